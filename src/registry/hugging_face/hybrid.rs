//! Models with recurrent layers, alone or among attention.

use serde_json::Value;

use super::super::count::{Attention, DeltaNet, Experts, Mamba1, Mamba2, QueryNorm, Tally, mlp};
use super::super::{Model, WorkloadKind};
use super::Counted;
use super::config::Config;
use super::decoder::{facts, settle};

/// Notes how many layers of a kind there are.
fn note(model: &mut Model, key: &str, layers: u32) {
    if layers > 0 {
        model.figures.insert(key.to_owned(), Value::from(layers));
    }
}

fn grouped(config: &Config<'_>, hidden: u32) -> Result<Attention, String> {
    let heads = config.need(&["num_attention_heads"])?;
    let kv_heads = config.count(&["num_key_value_heads"])?.unwrap_or(heads);
    if heads % kv_heads != 0 {
        return Err(format!("{heads} attention heads cannot share {kv_heads} key/value heads evenly"));
    }
    let width = config.count(&["head_dim", "attention_head_dim"])?.unwrap_or(hidden / heads).max(1);
    Ok(Attention {
        heads: f64::from(heads),
        kv_heads: f64::from(kv_heads),
        width: f64::from(width),
        bias: config.flag("attention_bias") == Some(true),
        output_bias: config.flag("attention_bias") == Some(true),
        ..Attention::default()
    })
}

/// Mamba-1 and Mamba-2 without any attention.
pub(super) fn mamba(config: &Config<'_>, family: &str) -> Result<Counted, String> {
    let layers = config.layers(&["num_hidden_layers", "n_layer"])?;
    let hidden = config.need(&["hidden_size", "d_model"])?;
    let expand = config.count(&["expand"])?.unwrap_or(2);
    let inner = f64::from(hidden) * f64::from(expand);
    let state = config.need(&["state_size", "d_state"])?;
    let conv = config.count(&["conv_kernel"])?.unwrap_or(4);
    let vocab = config.need(&["vocab_size"])?;
    let tied = config.tied(family != "mamba2");
    let mut model = Model {
        kind: WorkloadKind::Ssm,
        architecture: "SSM".to_owned(),
        layers: Some(layers),
        hidden_dim: Some(hidden),
        vocab_size: Some(vocab),
        tied_embeddings: Some(tied),
        state_size: Some(state),
        ..Model::default()
    };
    let (h, n) = (f64::from(hidden), f64::from(layers));
    let mut tally = Tally::default();
    tally.tables(f64::from(vocab), h, tied);
    tally.aside(h, n + 1.0);
    let kept = if family == "mamba2" {
        let width = config.count(&["head_dim"])?.unwrap_or(64);
        let heads = config.count(&["num_heads"])?.unwrap_or((inner / f64::from(width)) as u32);
        note(&mut model, "ssm_heads", heads);
        let mixer = Mamba2 {
            inner,
            state: f64::from(state),
            conv: f64::from(conv),
            groups: config.count(&["n_groups"])?.map_or(1.0, f64::from),
            heads: f64::from(heads),
            conv_bias: config.flag("use_conv_bias") != Some(false),
        };
        tally.add(mixer.parameters(h), n);
        mixer.kept()
    } else {
        let rank = config.count(&["time_step_rank"]).ok().flatten().unwrap_or(hidden.div_ceil(16));
        note(&mut model, "dt_rank", rank);
        let mixer = Mamba1 {
            inner,
            state: f64::from(state),
            conv: f64::from(conv),
            step_rank: f64::from(rank),
            norms: false,
        };
        tally.add(mixer.parameters(h), n);
        mixer.kept()
    };
    note(&mut model, "conv", conv);
    note(&mut model, "expand", expand);
    model.state_elements = Some(kept * n);
    settle(&mut model, &tally)?;
    Ok(Counted { model, exact: true, lacks: "" })
}

/// Jamba: Mamba-1 with attention every few layers, experts in every other.
pub(super) fn jamba(config: &Config<'_>) -> Result<Counted, String> {
    let layers = config.layers(&["num_hidden_layers"])?;
    let hidden = config.need(&["hidden_size"])?;
    let attention = grouped(config, hidden)?;
    let mut model = facts(config, "jamba", layers, &attention)?;
    let every = |period: &str, offset: &str, default: (u32, u32)| -> Result<u32, String> {
        let period = config.count(&[period])?.unwrap_or(default.0);
        let offset = config.count(&[offset])?.unwrap_or(default.1);
        let chosen = (0..layers).filter(|layer| layer % period == offset % period).count();
        Ok(u32::try_from(chosen).unwrap_or(layers))
    };
    let attending = every("attn_layer_period", "attn_layer_offset", (8, 4))?;
    let sparse = every("expert_layer_period", "expert_layer_offset", (2, 1))?;
    let width = config.need(&["intermediate_size"])?;
    let count = config.need(&["num_experts"])?;
    let used = config.need(&["num_experts_per_tok"])?;
    let h = f64::from(hidden);
    let mixer = Mamba1 {
        inner: h * config.count(&["mamba_expand"])?.map_or(2.0, f64::from),
        state: config.count(&["mamba_d_state"])?.map_or(16.0, f64::from),
        conv: config.count(&["mamba_d_conv"])?.map_or(4.0, f64::from),
        step_rank: f64::from(config.count(&["mamba_dt_rank"]).ok().flatten().unwrap_or(hidden.div_ceil(16))),
        norms: true,
    };
    model.kind = WorkloadKind::SparseTransformer;
    model.tied_embeddings = Some(config.tied(false));
    model.gated_mlp = Some(true);
    model.ffn_dim = Some(width);
    model.experts = Some(count);
    model.active_experts = Some(used);
    model.expert_ffn_dim = Some(width);
    model.attention_layers = Some(attending);
    let recurrent = f64::from(layers - attending);
    model.state_elements = Some(mixer.kept() * recurrent);
    note(&mut model, "mamba_layers", layers - attending);
    note(&mut model, "moe_layers", sparse);
    let one = mlp(h, f64::from(width), true, false);
    let mut tally = Tally::default();
    tally.tables(f64::from(model.vocab_size.unwrap_or(0)), h, model.tied_embeddings == Some(true));
    tally.aside(h, 2.0 * f64::from(layers) + 1.0);
    tally.add(attention.parameters(h), f64::from(attending));
    tally.add(mixer.parameters(h), recurrent);
    tally.add(one, f64::from(layers - sparse));
    let experts =
        Experts { count: f64::from(count), used: f64::from(used), each: one, common: h * f64::from(count) };
    tally.experts(&experts, f64::from(sparse));
    settle(&mut model, &tally)?;
    Ok(Counted { model, exact: true, lacks: "" })
}

/// Nemotron-H: every layer is one part, Mamba-2, attention, an MLP or experts, by a pattern of letters.
pub(super) fn nemotron(config: &Config<'_>) -> Result<Counted, String> {
    let layers = config.layers(&["num_hidden_layers"])?;
    let hidden = config.need(&["hidden_size"])?;
    let pattern = config.text("hybrid_override_pattern").ok_or("`hybrid_override_pattern` is missing")?;
    let of = |letter: char| u32::try_from(pattern.chars().filter(|c| *c == letter).count()).unwrap_or(0);
    let (mamba, attending, plain, sparse) = (of('M'), of('*'), of('-'), of('E'));
    if mamba + attending + plain + sparse != layers || pattern.chars().count() != layers as usize {
        return Err("`hybrid_override_pattern` does not name the kind of every layer".to_owned());
    }
    let attention = grouped(config, hidden)?;
    let mut model = facts(config, "nemotron_h", layers, &attention)?;
    let h = f64::from(hidden);
    let heads = config.size(&["mamba_num_heads"])?;
    let mixer = Mamba2 {
        inner: heads * config.size(&["mamba_head_dim"])?,
        state: config.size(&["ssm_state_size"])?,
        conv: config.count(&["conv_kernel"])?.map_or(4.0, f64::from),
        groups: config.count(&["n_groups"])?.map_or(1.0, f64::from),
        heads,
        conv_bias: config.flag("use_conv_bias") != Some(false),
    };
    model.tied_embeddings = Some(config.tied(false));
    model.gated_mlp = Some(false);
    model.attention_layers = Some(attending);
    model.state_elements = Some(mixer.kept() * f64::from(mamba));
    for (key, count) in [("mamba_layers", mamba), ("mlp_layers", plain), ("moe_layers", sparse)] {
        note(&mut model, key, count);
    }
    let mut tally = Tally::default();
    tally.tables(f64::from(model.vocab_size.unwrap_or(0)), h, model.tied_embeddings == Some(true));
    tally.aside(h, f64::from(layers) + 1.0);
    tally.add(mixer.parameters(h), f64::from(mamba));
    tally.add(attention.parameters(h), f64::from(attending));
    if plain > 0 {
        let width = config.need(&["intermediate_size"])?;
        model.ffn_dim = Some(width);
        tally.add(mlp(h, f64::from(width), false, config.flag("mlp_bias") == Some(true)), f64::from(plain));
    }
    if sparse > 0 {
        let (count, used) = (config.need(&["n_routed_experts"])?, config.need(&["num_experts_per_tok"])?);
        let width = config.need(&["moe_intermediate_size"])?;
        let shared = config.count(&["moe_shared_expert_intermediate_size"])?.map_or(0.0, f64::from)
            * f64::from(config.or_zero(&["n_shared_experts"]));
        model.kind = WorkloadKind::SparseTransformer;
        model.experts = Some(count);
        model.active_experts = Some(used);
        model.expert_ffn_dim = Some(width);
        model.shared_experts = Some(config.or_zero(&["n_shared_experts"])).filter(|n| *n > 0);
        note(&mut model, "shared_ffn", shared as u32);
        let experts = Experts {
            count: f64::from(count),
            used: f64::from(used),
            each: mlp(h, f64::from(width), false, false),
            common: h * f64::from(count) + mlp(h, shared, false, false),
        };
        tally.experts(&experts, f64::from(sparse));
    }
    settle(&mut model, &tally)?;
    Ok(Counted { model, exact: true, lacks: "" })
}

/// Qwen3-Next and Qwen3.5: gated delta-rule layers with full attention every few layers.
pub(super) fn qwen(config: &Config<'_>, family: &str, tower: f64) -> Result<Counted, String> {
    let layers = config.layers(&["num_hidden_layers"])?;
    let hidden = config.need(&["hidden_size"])?;
    let attention = Attention { gate: true, norm: QueryNorm::Head, ..grouped(config, hidden)? };
    let mut model = facts(config, family, layers, &attention)?;
    let attending = match config.layers_of_kind("full_attention") {
        Some(full) => full,
        None => layers / config.count(&["full_attention_interval"])?.unwrap_or(4),
    };
    if attending > layers {
        return Err("`layer_types` names more layers than there are".to_owned());
    }
    let h = f64::from(hidden);
    let mixer = DeltaNet {
        keys: (config.size(&["linear_num_key_heads"])?, config.size(&["linear_key_head_dim"])?),
        values: (config.size(&["linear_num_value_heads"])?, config.size(&["linear_value_head_dim"])?),
        conv: config.count(&["linear_conv_kernel_dim"])?.map_or(4.0, f64::from),
    };
    let recurrent = layers - attending;
    model.tied_embeddings = Some(config.tied(false));
    model.gated_mlp = Some(true);
    model.attention_layers = Some(attending);
    model.state_elements = Some(mixer.kept() * f64::from(recurrent));
    note(&mut model, "linear_attention_layers", recurrent);
    let mut tally = Tally::default();
    tally.tables(f64::from(model.vocab_size.unwrap_or(0)), h, model.tied_embeddings == Some(true));
    tally.aside(h, 2.0 * f64::from(layers) + 1.0);
    tally.add(attention.parameters(h), f64::from(attending));
    tally.add(mixer.parameters(h), f64::from(recurrent));
    tally.aside(tower, 1.0);
    if let Some(count) = config.count(&["num_experts"])?.filter(|n| *n > 1) {
        let used = config.need(&["num_experts_per_tok"])?;
        let width = config.need(&["moe_intermediate_size"])?;
        let shared = config.count(&["shared_expert_intermediate_size"])?.map_or(0.0, f64::from);
        model.kind = WorkloadKind::SparseTransformer;
        model.experts = Some(count);
        model.active_experts = Some(used);
        model.expert_ffn_dim = Some(width);
        model.shared_experts = (shared > 0.0).then_some(1);
        if shared > 0.0 {
            model.figures.insert("shared_ffn".to_owned(), Value::from(shared));
        }
        let gate = if shared > 0.0 { h } else { 0.0 };
        let experts = Experts {
            count: f64::from(count),
            used: f64::from(used),
            each: mlp(h, f64::from(width), true, false),
            common: h * f64::from(count) + mlp(h, shared, true, false) + gate,
        };
        tally.experts(&experts, f64::from(layers));
    } else {
        let width = config.need(&["intermediate_size"])?;
        model.ffn_dim = Some(width);
        tally.add(mlp(h, f64::from(width), true, false), f64::from(layers));
    }
    settle(&mut model, &tally)?;
    Ok(Counted { model, exact: true, lacks: "" })
}
