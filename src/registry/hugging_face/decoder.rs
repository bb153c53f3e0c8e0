//! Decoders whose layers are alike, experts in some or all of them.

use serde_json::Value;

use super::super::count::{Attention, Experts, Latent, QueryNorm, Tally, mlp};
use super::super::{Model, WorkloadKind};
use super::Counted;
use super::config::Config;

/// What a family does beyond the plain decoder with RMS norms, a gated MLP and no biases.
#[derive(Default, Clone, Copy)]
#[allow(clippy::struct_excessive_bools)] // each is one trait of a family, read off its published code
struct Traits {
    /// Layer norms with a bias count double.
    layer_norm: bool,
    /// Norms have no parameters beyond the weight, and the MLP two matrices.
    plain_mlp: bool,
    norms_per_layer: f64,
    bias: bool,
    output_bias: bool,
    mlp_bias: bool,
    query_norm: QueryNorm,
    sinks: bool,
    /// Scalars for each expert beside the router's matrix.
    router_bias: bool,
    expert_bias: bool,
    shared_gate: bool,
    embedding_norm: bool,
    tied: bool,
    /// Positions learned, beyond the context length.
    positions: Option<f64>,
    /// `intermediate_size` belongs to dense layers only, not to experts.
    dense_width_apart: bool,
}

/// The traits of a family whose parameters are counted exactly.
fn traits(family: &str, config: &Config<'_>) -> Option<Traits> {
    let base = Traits { norms_per_layer: 2.0, ..Traits::default() };
    let biased = config.flag("attention_bias") == Some(true);
    let llama =
        Traits { bias: biased, output_bias: biased, mlp_bias: config.flag("mlp_bias") == Some(true), ..base };
    let gpt =
        Traits { layer_norm: true, plain_mlp: true, bias: true, output_bias: true, mlp_bias: true, ..base };
    Some(match family {
        "llama" | "mistral" | "mixtral" | "phi3" | "granite" | "llama4" => llama,
        "gemma" => Traits { tied: true, ..llama },
        "gemma2" => Traits { tied: true, norms_per_layer: 4.0, ..llama },
        "gemma3" => Traits { tied: true, norms_per_layer: 4.0, query_norm: QueryNorm::Head, ..llama },
        // Biases on query, key and value that the configuration does not mention.
        "qwen2" => Traits { bias: true, ..base },
        "qwen2_moe" => Traits { bias: true, shared_gate: true, dense_width_apart: true, ..base },
        "qwen3" => Traits { query_norm: QueryNorm::Head, ..llama },
        "qwen3_moe" => Traits { query_norm: QueryNorm::Head, dense_width_apart: true, ..llama },
        "olmo2" | "olmoe" => Traits { query_norm: QueryNorm::Full, ..llama },
        "deepseek_v2" | "deepseek_v3" | "deepseek_v32" | "glm_moe_dsa" => {
            Traits { bias: biased, dense_width_apart: true, ..base }
        }
        "kimi_k2" => Traits { bias: biased, dense_width_apart: true, router_bias: true, ..base },
        "gpt_oss" => Traits {
            bias: true,
            output_bias: true,
            sinks: true,
            router_bias: true,
            expert_bias: true,
            ..base
        },
        "minimax_m2" => Traits { query_norm: QueryNorm::Full, ..base },
        "gpt2" => Traits { tied: true, positions: Some(0.0), ..gpt },
        // Two rows for the padding offset.
        "opt" => Traits { tied: true, positions: Some(2.0), ..gpt },
        "gpt_neox" => gpt,
        "bloom" => Traits { tied: true, embedding_norm: true, ..gpt },
        "mpt" if config.flag("no_bias") != Some(false) => Traits { tied: true, plain_mlp: true, ..base },
        "falcon" => {
            let bias = config.flag("bias") == Some(true);
            let two_norms = config.flag("new_decoder_architecture") == Some(true)
                || config.flag("parallel_attn") == Some(false);
            Traits {
                layer_norm: true,
                plain_mlp: true,
                bias,
                output_bias: bias,
                mlp_bias: bias,
                norms_per_layer: if two_norms { 2.0 } else { 1.0 },
                tied: true,
                ..base
            }
        }
        _ => return None,
    })
}

/// Which layers have experts.
fn sparse_layers(config: &Config<'_>, layers: u32) -> Result<u32, String> {
    let dense_first = config.or_zero(&["first_k_dense_replace"]);
    if dense_first > layers {
        return Err("`first_k_dense_replace` is above the number of layers".to_owned());
    }
    let every = config.count(&["interleave_moe_layer_step", "decoder_sparse_step"])?.unwrap_or(1);
    let only_mlp = config.list("mlp_only_layers");
    let dense =
        |layer: u32| only_mlp.is_some_and(|list| list.iter().any(|l| l.as_u64() == Some(layer.into())));
    let sparse = |layer: &u32| *layer >= dense_first && (layer + 1).is_multiple_of(every) && !dense(*layer);
    let count = (0..layers).filter(sparse).count();
    Ok(u32::try_from(count).unwrap_or(layers))
}

/// The attention of a configuration, and its parameters beside those of the latent form.
fn attention(config: &Config<'_>, hidden: u32, traits: &Traits) -> Result<Attention, String> {
    let heads = config.need(&["num_attention_heads", "n_head", "n_heads"])?;
    let mut kv_heads = config.count(&["num_key_value_heads", "num_kv_heads", "n_head_kv"])?.unwrap_or(heads);
    if config.flag("multi_query") == Some(true) && config.flag("new_decoder_architecture") != Some(true) {
        kv_heads = 1;
    }
    if heads % kv_heads != 0 {
        return Err(format!("{heads} attention heads cannot share {kv_heads} key/value heads evenly"));
    }
    let latent = match config.count(&["kv_lora_rank"])? {
        None => None,
        Some(rank) => Some(Latent {
            query_rank: config.count(&["q_lora_rank"])?.map(f64::from),
            rank: f64::from(rank),
            nope: config.size(&["qk_nope_head_dim"])?,
            rope: config.size(&["qk_rope_head_dim"])?,
            value: config.size(&["v_head_dim"])?,
            indexer: config
                .count(&["index_n_heads"])?
                .zip(config.count(&["index_head_dim"])?)
                .map(|(heads, width)| (f64::from(heads), f64::from(width))),
        }),
    };
    let width = match &latent {
        Some(latent) => latent.nope + latent.rope,
        None => f64::from(config.count(&["head_dim"])?.unwrap_or(hidden / heads).max(1)),
    };
    Ok(Attention {
        heads: f64::from(heads),
        kv_heads: f64::from(kv_heads),
        width,
        bias: traits.bias,
        output_bias: traits.output_bias,
        sinks: traits.sinks,
        norm: traits.query_norm,
        latent,
        ..Attention::default()
    })
}

/// The facts that every decoder has.
pub(super) fn facts(
    config: &Config<'_>,
    family: &str,
    layers: u32,
    attention: &Attention,
) -> Result<Model, String> {
    let whole = |value: f64| Some(value as u32);
    let mut model = Model {
        kind: WorkloadKind::Transformer,
        architecture: family.to_owned(),
        layers: Some(layers),
        hidden_dim: Some(config.need(&["hidden_size", "n_embd", "d_model"])?),
        heads: whole(attention.heads),
        kv_heads: whole(attention.kv_heads),
        head_dim: whole(attention.width),
        vocab_size: Some(config.need(&["vocab_size"])?),
        context_length: config.count(&["max_position_embeddings", "n_positions", "max_seq_len"])?,
        kv_lora_rank: attention.latent.and_then(|latent| whole(latent.rank)),
        qk_rope_head_dim: attention.latent.and_then(|latent| whole(latent.rope)),
        ..Model::default()
    };
    if let Some(latent) = attention.latent {
        let rank = latent.query_rank.map(|rank| ("q_lora_rank", rank));
        for (key, value) in
            rank.into_iter().chain([("qk_nope_head_dim", latent.nope), ("v_head_dim", latent.value)])
        {
            model.figures.insert(key.to_owned(), Value::from(value));
        }
    }
    Ok(model)
}

/// Takes the sums over.
pub(super) fn settle(model: &mut Model, tally: &Tally) -> Result<(), String> {
    if !tally.countable() {
        return Err("the sizes multiply to more parameters than can be counted".to_owned());
    }
    model.parameters = Some(tally.total);
    model.active_parameters = model.experts.map(|_| tally.active);
    model.inference_flop = Some(2.0 * tally.products);
    Ok(())
}

/// A stack of like layers.
pub(super) fn decoder(config: &Config<'_>, family: &str) -> Result<Counted, String> {
    let layers = config.layers(&["num_hidden_layers", "n_layer", "n_layers", "num_layers"])?;
    let hidden = config.need(&["hidden_size", "n_embd", "d_model"])?;
    let known = traits(family, config);
    let traits = known.unwrap_or(Traits { norms_per_layer: 2.0, ..Traits::default() });
    let attention = attention(config, hidden, &traits)?;
    let mut model = facts(config, family, layers, &attention)?;
    model.tied_embeddings = Some(config.tied(traits.tied));
    model.gated_mlp = Some(!traits.plain_mlp);

    let written = config.count(&["intermediate_size", "ffn_dim", "ffn_hidden_size", "n_inner"])?;
    let experts = config.count(&["num_local_experts", "num_experts", "n_routed_experts"])?.filter(|n| *n > 1);
    let used = config.count(&["num_experts_per_tok", "top_k_experts", "experts_per_token"])?;
    let sparse = if experts.is_some() { sparse_layers(config, layers)? } else { 0 };
    let dense = layers - sparse;
    let ratio = config.count(&["expansion_ratio"])?.unwrap_or(4);
    // Four times the width is what the GPT line does where the configuration says nothing.
    let width = written.or_else(|| traits.plain_mlp.then(|| hidden.saturating_mul(ratio)));
    let dense_width = config.count(&["intermediate_size_mlp"])?.or(width);
    model.ffn_dim =
        dense_width.filter(|_| dense > 0 || !(traits.dense_width_apart || family == "minimax_m2"));

    let (h, n) = (f64::from(hidden), f64::from(layers));
    let mut tally = Tally::default();
    let norm = if traits.layer_norm { 2.0 * h } else { h };
    embeddings(config, &model, &traits, &mut tally)?;
    tally.add(attention.parameters(h), n);
    tally.aside(norm, traits.norms_per_layer * n + 1.0 + if traits.embedding_norm { 1.0 } else { 0.0 });
    if dense > 0 {
        let dense_width = f64::from(dense_width.ok_or("`intermediate_size` is missing")?);
        tally.add(mlp(h, dense_width, !traits.plain_mlp, traits.mlp_bias), f64::from(dense));
    }
    if let Some(experts) = experts {
        let used = used.ok_or("`num_experts_per_tok` is missing: how many experts a token uses")?;
        if used > experts {
            return Err(format!("a token cannot use {used} of {experts} experts"));
        }
        let width =
            config.count(&["moe_intermediate_size"])?.or(width).ok_or("`intermediate_size` is missing")?;
        let shared = match family {
            // One shared expert, as wide as a routed one.
            "llama4" => 1,
            _ => config.or_zero(&["n_shared_experts", "num_shared_experts"]),
        };
        let shared_width = config
            .count(&["shared_expert_intermediate_size"])?
            .map_or(f64::from(shared) * f64::from(width), f64::from);
        model.kind = WorkloadKind::SparseTransformer;
        model.experts = Some(experts);
        model.active_experts = Some(used);
        model.expert_ffn_dim = Some(width);
        model.shared_experts = Some(shared).filter(|n| *n > 0);
        model.dense_layers = Some(config.or_zero(&["first_k_dense_replace"])).filter(|n| *n > 0);
        if sparse < layers {
            model.figures.insert("moe_layers".to_owned(), Value::from(sparse));
        }
        tally.experts(&routed(h, experts, used, width, shared_width, &traits), f64::from(sparse));
    }
    if let Some(tokens) = config.count(&["index_topk"])? {
        model.figures.insert("index_topk".to_owned(), Value::from(tokens));
    }
    window(config, family, &mut model)?;
    settle(&mut model, &tally)?;
    Ok(Counted { model, exact: known.is_some(), lacks: "" })
}

fn routed(hidden: f64, experts: u32, used: u32, width: u32, shared_width: f64, traits: &Traits) -> Experts {
    let count = f64::from(experts);
    let router = hidden * count + if traits.router_bias { count } else { 0.0 };
    let shared = if shared_width > 0.0 { mlp(hidden, shared_width, true, false) } else { 0.0 };
    let gate = if traits.shared_gate && shared_width > 0.0 { hidden } else { 0.0 };
    Experts {
        count,
        used: f64::from(used),
        each: mlp(hidden, f64::from(width), true, traits.expert_bias),
        common: router + shared + gate,
    }
}

/// Token table, output matrix, learned positions.
fn embeddings(config: &Config<'_>, model: &Model, traits: &Traits, tally: &mut Tally) -> Result<(), String> {
    let (hidden, vocab) =
        (f64::from(model.hidden_dim.unwrap_or(0)), f64::from(model.vocab_size.unwrap_or(0)));
    let tied = model.tied_embeddings == Some(true);
    // Small OPT models embed narrower than they compute; the projections in and out have no bias.
    let narrow = config.count(&["word_embed_proj_dim"])?.map_or(hidden, f64::from);
    tally.tables(vocab, narrow, tied);
    if narrow < hidden {
        tally.add(narrow * hidden, 2.0);
    }
    if let Some(more) = traits.positions {
        let context = model.context_length.ok_or("the number of positions is missing")?;
        tally.aside((f64::from(context) + more) * hidden, 1.0);
    }
    Ok(())
}

/// The window of the layers that do not see the whole context, and how many those are.
pub(super) fn window(config: &Config<'_>, family: &str, model: &mut Model) -> Result<(), String> {
    let layers = model.layers.unwrap_or(0).max(1);
    let window = config
        .count(&["sliding_window", "attention_chunk_size"])?
        .filter(|_| config.flag("use_sliding_window") != Some(false));
    let Some(tokens) = window else { return Ok(()) };
    let by_pattern = |pattern: u32| f64::from(layers - layers / pattern) / f64::from(layers);
    let share = if let Some(sliding) = config.layers_of_kind("sliding_attention") {
        Some(f64::from(sliding) / f64::from(layers))
    } else if let Some(pattern) = config.count(&["sliding_window_pattern", "_sliding_window_pattern"])? {
        Some(by_pattern(pattern))
    } else {
        match family {
            "mistral" | "mixtral" | "qwen2" | "phi3" => Some(1.0),
            "gpt_oss" | "gemma2" => Some(0.5),
            "llama4" => Some(by_pattern(4)),
            "gemma3" => Some(by_pattern(6)),
            _ => None,
        }
    };
    if let Some(share) = share.filter(|share| *share > 0.0) {
        model.sliding_window = Some(tokens);
        model.sliding_window_share = Some(share);
        let full = (f64::from(layers) * (1.0 - share)).round();
        model.figures.insert("full_attention_layers".to_owned(), Value::from(full as u32));
    }
    Ok(())
}

/// Gemma 4: full layers have heads of another width, and experts stand beside a dense MLP.
pub(super) fn gemma4(config: &Config<'_>, tower: f64) -> Result<Counted, String> {
    if config.or_zero(&["num_kv_shared_layers"]) > 0 || config.or_zero(&["hidden_size_per_layer_input"]) > 0 {
        return Err("Gemma 4 models with inputs for each layer cannot be counted from here".to_owned());
    }
    let layers = config.layers(&["num_hidden_layers"])?;
    let hidden = config.need(&["hidden_size"])?;
    let traits = Traits { query_norm: QueryNorm::Head, norms_per_layer: 4.0, ..Traits::default() };
    let sliding = attention(config, hidden, &traits)?;
    let full = Attention {
        width: config.count(&["global_head_dim"])?.map_or(sliding.width, f64::from),
        kv_heads: config.count(&["num_global_key_value_heads"])?.map_or(sliding.kv_heads, f64::from),
        keys_are_values: config.flag("attention_k_eq_v") == Some(true),
        ..sliding
    };
    let mut model = facts(config, "gemma4", layers, &sliding)?;
    model.tied_embeddings = Some(config.tied(true));
    model.gated_mlp = Some(true);
    window(config, "gemma3", &mut model)?;
    let of_full = config.layers_of_kind("full_attention").ok_or("`layer_types` is missing")?;
    let (h, n, of_full) = (f64::from(hidden), f64::from(layers), f64::from(of_full));
    let width = config.need(&["intermediate_size"])?;
    model.ffn_dim = Some(width);
    let mut tally = Tally::default();
    tally.tables(f64::from(model.vocab_size.unwrap_or(0)), h, model.tied_embeddings == Some(true));
    tally.add(sliding.parameters(h), n - of_full);
    tally.add(full.parameters(h), of_full);
    tally.add(mlp(h, f64::from(width), true, false), n);
    let mut norms = 4.0;
    let experts = config.count(&["num_experts"])?.filter(|_| config.flag("enable_moe_block") == Some(true));
    if let Some(count) = experts {
        let used = config.need(&["top_k_experts", "num_experts_per_tok"])?;
        let width = config.need(&["moe_intermediate_size"])?;
        model.kind = WorkloadKind::SparseTransformer;
        model.experts = Some(count);
        model.active_experts = Some(used);
        model.expert_ffn_dim = Some(width);
        let mut experts = routed(h, count, used, width, 0.0, &Traits::default());
        // A scale of the router's input, and one for each expert.
        experts.common += h + f64::from(count);
        tally.experts(&experts, n);
        norms = 7.0;
    }
    tally.aside(h, norms * n + 1.0);
    tally.aside(tower, 1.0);
    settle(&mut model, &tally)?;
    Ok(Counted { model, exact: true, lacks: "" })
}
