//! The models of the registry against a count of their shapes.

use serde_json::Value;

use super::*;
use crate::registry::{Model, Physics, Registry};

/// How one model is counted: what the registry does not say of it.
struct Rules<'a>(&'a Value);

impl Rules<'_> {
    fn size(&self, key: &str) -> f64 {
        self.0[key].as_f64().unwrap_or(0.0)
    }

    fn is(&self, key: &str) -> bool {
        self.0[key].as_bool() == Some(true)
    }

    fn norm(&self, width: f64) -> f64 {
        match self.0["norm"].as_str() {
            Some("ln") => 2.0 * width,
            Some("np") => 0.0,
            _ => width,
        }
    }

    fn attention(&self, model: &Model) -> Attention {
        let latent = model.kv_lora_rank.map(|rank| Latent {
            query_rank: self.0["q_lora_rank"].as_f64(),
            rank: f64::from(rank),
            nope: self.size("qk_nope_head_dim"),
            rope: number(model.qk_rope_head_dim),
            value: self.size("v_head_dim"),
            indexer: self.0["indexer"]["heads"].as_f64().zip(self.0["indexer"]["head_dim"].as_f64()),
        });
        Attention {
            heads: number(model.heads),
            kv_heads: number(model.kv_heads.or(model.heads)),
            width: number(model.head_dim),
            gate: self.is("out_gate"),
            bias: self.is("qkv_bias"),
            output_bias: self.is("o_bias"),
            sinks: self.is("sinks"),
            keys_are_values: false,
            norm: match self.0["qk_norm"].as_str() {
                Some("head") => QueryNorm::Head,
                Some(_) => QueryNorm::Full,
                None => QueryNorm::No,
            },
            latent,
        }
    }
}

fn number(value: Option<u32>) -> f64 {
    value.map_or(0.0, f64::from)
}

/// Parameters of a decoder.
fn decoder(rules: &Rules<'_>, model: &Model) -> Tally {
    let (hidden, layers) = (number(model.hidden_dim), number(model.layers));
    let gated = model.gated_mlp == Some(true);
    let mix = &rules.0["layer_mix"];
    let of = |kind: &str, plain: f64| if mix.is_object() { mix[kind].as_f64().unwrap_or(0.0) } else { plain };
    let sparse = if model.experts.is_some() { layers - number(model.dense_layers) } else { 0.0 };
    let sparse = mix["moe"].as_f64().unwrap_or(sparse);
    let mut tally = Tally::default();
    let embedded = if rules.size("embed_dim") > 0.0 { rules.size("embed_dim") } else { hidden };
    let tied = model.tied_embeddings == Some(true) || rules.is("no_head");
    let vocab = model.vocab_size.map_or_else(|| rules.size("vocab"), f64::from);
    tally.aside(vocab * embedded, 1.0);
    if embedded < hidden {
        tally.add(2.0 * embedded * hidden, 1.0);
    }
    tally.add(if tied { 0.0 } else { vocab * hidden }, 1.0);
    tally.add(if rules.is("lm_head_bias") { vocab } else { 0.0 }, 1.0);
    tally.aside(rules.size("pos_rows") * hidden, 1.0);
    tally.add(rules.attention(model).parameters(hidden), of("attention", layers));
    let dense = of("mlp", layers - sparse);
    if dense > 0.0 {
        tally.add(mlp(hidden, number(model.ffn_dim), gated, rules.is("mlp_bias")), dense);
    }
    if sparse > 0.0 {
        let count = number(model.experts);
        let gated = rules.0["expert_type"].as_str().map_or(gated, |kind| kind.ends_with("glu"));
        let latent = rules.size("latent");
        let width = if latent > 0.0 { latent } else { hidden };
        let shared = match rules.0["shared_ffn"].as_f64() {
            Some(width) => width,
            None => number(model.shared_experts) * number(model.expert_ffn_dim),
        };
        let shared = if model.shared_experts.is_some() {
            mlp(hidden, shared, gated, rules.is("expert_bias"))
                + if rules.is("shared_gate") { hidden } else { 0.0 }
        } else {
            0.0
        };
        let router = hidden * count + if rules.is("router_bias") { count } else { 0.0 };
        let experts = Experts {
            count,
            used: number(model.active_experts),
            each: mlp(width, number(model.expert_ffn_dim), gated, rules.is("expert_bias")),
            common: router + shared + 2.0 * hidden * latent,
        };
        tally.experts(&experts, sparse);
    }
    mixers(rules, hidden, &mut tally);
    let per_layer = rules.0["npl"].as_f64().unwrap_or(2.0);
    let last = rules.0["final_norm"].as_f64().unwrap_or(1.0) + if rules.is("emb_norm") { 1.0 } else { 0.0 };
    tally.aside(rules.norm(hidden), per_layer * layers + last);
    tally.aside(rules.size("extra"), 1.0);
    tally
}

fn mixers(rules: &Rules<'_>, hidden: f64, tally: &mut Tally) {
    let mix = &rules.0["layer_mix"];
    let ssm = Rules(&rules.0["ssm"]);
    let mamba = Mamba1 {
        inner: ssm.size("expand") * hidden,
        state: ssm.size("state"),
        conv: ssm.size("conv"),
        step_rank: ssm.size("dt_rank"),
        norms: ssm.is("bcdt_norm"),
    };
    let mamba2 = Mamba2 {
        inner: ssm.size("inner"),
        state: ssm.size("state"),
        conv: ssm.size("conv"),
        groups: ssm.size("groups"),
        heads: ssm.size("heads"),
        conv_bias: ssm.0["conv_bias"].as_bool() != Some(false),
    };
    let delta = DeltaNet {
        keys: (ssm.size("k_heads"), ssm.size("k_dim")),
        values: (ssm.size("v_heads"), ssm.size("v_dim")),
        conv: ssm.size("conv"),
    };
    tally.add(mamba.parameters(hidden), mix["mamba1"].as_f64().unwrap_or(0.0));
    tally.add(mamba2.parameters(hidden), mix["mamba2"].as_f64().unwrap_or(0.0));
    tally.add(delta.parameters(hidden), mix["gated_deltanet"].as_f64().unwrap_or(0.0));
}

#[test]
fn decoders_of_the_registry_have_the_parameters_that_their_shapes_make() {
    let registry = Registry::builtin();
    let mut wrong = Vec::new();
    let mut counted = 0;
    for line in include_str!("../../../tests/registry/parameter-rules.jsonl").lines() {
        let rules: Value = serde_json::from_str(line).unwrap();
        let id = rules["id"].as_str().unwrap();
        let model = &registry.model(Physics::Studio, id).unwrap().facts;
        let tally = decoder(&Rules(&rules), model);
        let close = |found: f64, stated: f64| (found - stated).abs() < 0.5;
        if !model.parameters.is_some_and(|stated| close(tally.total, stated)) {
            wrong.push(format!("{id}: {} from the shape, {:?} stated", tally.total, model.parameters));
        }
        if model.active_parameters.is_some_and(|stated| !close(tally.active, stated)) {
            wrong.push(format!("{id}: {} active, {:?} stated", tally.active, model.active_parameters));
        }
        counted += 1;
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(counted > 150, "{counted}");
}
