//! A model from the `config.json` that Hugging Face repositories carry.
//!
//! Shapes are read; parameters are counted from them. For the families named below the count is exact
//! (each stored scalar, tied matrices once); other decoders of uniform layers get the dense estimate and
//! say so in their source. What is not a uniform stack of layers is refused, never guessed at.

use serde_json::{Map, Value};

use super::{Entry, Model, Origin, RegistryProblem, Source, WorkloadKind};

/// Model types whose layers differ among themselves in ways that the shape below cannot express.
const REFUSED: &[&str] = &[
    "nemotron-nas",
    "nemotron_h",
    "kimi_k3",
    "jamba",
    "mamba",
    "mamba2",
    "qwen3_next",
    "qwen3_5",
    "t5",
    "whisper",
    "gemma4",
    "llama4",
    "zamba2",
    "recurrent_gemma",
    "rwkv",
];

/// Decoders with RMS norms, a gated MLP and no biases.
const LLAMA_LIKE: &[&str] = &[
    "llama",
    "mistral",
    "mixtral",
    "qwen2",
    "qwen3",
    "qwen3_moe",
    "phi3",
    "deepseek_v2",
    "deepseek_v3",
    "kimi_k2",
];

/// Decoders with layer norms, a two-matrix MLP of four times the width, and biases throughout.
const GPT_LIKE: &[&str] = &["gpt2", "opt", "gpt_neox"];

/// The numbers of a configuration by the names that families give them.
struct Config<'a>(&'a Map<String, Value>);

impl Config<'_> {
    /// The first of `keys` that is there; an error where it is not a whole number above zero.
    fn count(&self, keys: &[&str]) -> Result<Option<u32>, String> {
        for key in keys {
            match self.0.get(*key) {
                None | Some(Value::Null) => {}
                Some(value) => {
                    let number = value.as_f64().filter(|n| n.fract() == 0.0 && *n >= 1.0 && *n <= 1e8);
                    return number
                        .map(|n| Some(n as u32))
                        .ok_or_else(|| format!("`{key}` is {value}, not a whole number above 0"));
                }
            }
        }
        Ok(None)
    }

    fn need(&self, keys: &[&str]) -> Result<u32, String> {
        self.count(keys)?.ok_or_else(|| format!("`{}` is missing", keys.first().unwrap_or(&"")))
    }

    fn flag(&self, key: &str) -> Option<bool> {
        self.0.get(key).and_then(Value::as_bool)
    }

    fn zero_or_count(&self, key: &str) -> u32 {
        self.0.get(key).and_then(Value::as_u64).and_then(|n| u32::try_from(n).ok()).unwrap_or(0)
    }
}

/// Reads a configuration. `name` is what the plan calls it.
pub(super) fn model(text: &str, name: &str) -> Result<Entry<Model>, Vec<RegistryProblem>> {
    read(text, name).map_err(|(line, message)| {
        vec![RegistryProblem { file: name.to_owned(), line, message: format!("{name}: {message}") }]
    })
}

fn read(text: &str, name: &str) -> Result<Entry<Model>, (usize, String)> {
    let text = text.trim_start_matches('\u{feff}');
    if text.starts_with("version https://git-lfs") {
        return Err((1, "this is a Git LFS pointer, not the configuration itself".to_owned()));
    }
    let root: Value =
        serde_json::from_str(text).map_err(|error| (error.line().max(1), format!("not JSON: {error}")))?;
    let Value::Object(root) = root else { return Err((1, "a configuration is a JSON object".to_owned())) };
    let model_type = root.get("model_type").and_then(Value::as_str).unwrap_or("").to_owned();
    // Multimodal configurations keep the language model's shape one level down.
    let shape = match root.get("text_config") {
        Some(Value::Object(inner)) => inner,
        _ => &root,
    };
    if model_type.is_empty() {
        let what = match root.get("_class_name").and_then(Value::as_str) {
            Some(class) => format!("`{class}` is not a language model"),
            None => "`model_type` is missing: the family decides how parameters are counted".to_owned(),
        };
        return Err((1, what));
    }
    if REFUSED.contains(&model_type.as_str()) || root.contains_key("block_configs") {
        let what = format!(
            "layers of `{model_type}` models differ among themselves and cannot be counted from here"
        );
        return Err((1, what));
    }
    let (model, exact) = uniform(&Config(shape), &model_type).map_err(|message| (1, message))?;
    let kind = if exact { "derived" } else { "estimate" };
    let title = if exact {
        format!("{name}: parameters counted from the shape of a {model_type} model")
    } else {
        format!("{name}: dense estimate, `{model_type}` is not a family whose parameters are counted exactly")
    };
    Ok(Entry {
        id: name.to_owned(),
        name: match root.get("_name_or_path").and_then(Value::as_str) {
            Some(path) if !path.is_empty() => path.to_owned(),
            _ => name.to_owned(),
        },
        aliases: Vec::new(),
        group: "user".to_owned(),
        source: Source { kind: kind.to_owned(), title, ..Source::default() },
        field_sources: std::collections::BTreeMap::new(),
        origin: Origin::User(name.to_owned()),
        facts: model,
    })
}

/// A stack of like layers.
fn uniform(config: &Config<'_>, model_type: &str) -> Result<(Model, bool), String> {
    let layers = config.need(&["num_hidden_layers", "n_layer", "n_layers", "num_layers"])?;
    let hidden = config.need(&["hidden_size", "n_embd", "d_model"])?;
    let heads = config.need(&["num_attention_heads", "n_head", "n_heads"])?;
    let vocab = config.need(&["vocab_size"])?;
    let mut kv_heads = config.count(&["num_key_value_heads", "num_kv_heads", "n_head_kv"])?.unwrap_or(heads);
    if config.flag("multi_query") == Some(true) && config.flag("new_decoder_architecture") != Some(true) {
        kv_heads = 1;
    }
    if heads % kv_heads != 0 {
        return Err(format!("{heads} attention heads cannot share {kv_heads} key/value heads evenly"));
    }
    let rope = config.count(&["qk_rope_head_dim"])?;
    let nope = config.count(&["qk_nope_head_dim"])?;
    let head_dim = match (nope, rope) {
        (Some(nope), Some(rope)) => nope + rope,
        _ => config.count(&["head_dim"])?.unwrap_or(hidden / heads),
    };
    let gpt_like = GPT_LIKE.contains(&model_type);
    let llama_like = LLAMA_LIKE.contains(&model_type);
    let dense_ffn = config.count(&["intermediate_size", "ffn_dim", "n_inner"])?;
    let experts = config.count(&["num_local_experts", "num_experts", "n_routed_experts"])?.filter(|n| *n > 1);
    let active = config.count(&["num_experts_per_tok", "top_k_experts"])?;
    if experts.is_some() && active.is_none() {
        return Err("`num_experts_per_tok` is missing: how many experts a token uses".to_owned());
    }
    let moe_ffn = config.count(&["moe_intermediate_size"])?.or(dense_ffn).filter(|_| experts.is_some());
    let tied_default =
        matches!(model_type, "gpt2" | "opt" | "falcon" | "bloom" | "mpt" | "bert" | "roberta" | "gemma2");
    let window =
        config.count(&["sliding_window"])?.filter(|_| config.flag("use_sliding_window") != Some(false));
    let window = window.and_then(|tokens| Some((tokens, window_share(config, model_type)?)));
    let model = Model {
        kind: if experts.is_some() { WorkloadKind::SparseTransformer } else { WorkloadKind::Transformer },
        architecture: model_type.to_owned(),
        layers: Some(layers),
        hidden_dim: Some(hidden),
        heads: Some(heads),
        kv_heads: Some(kv_heads),
        head_dim: Some(head_dim),
        // Eight times the squared width in two or three matrices, where the configuration says nothing.
        ffn_dim: dense_ffn.or(gpt_like.then_some(4 * hidden)),
        gated_mlp: Some(!gpt_like && !matches!(model_type, "falcon" | "bloom" | "mpt" | "bert" | "roberta")),
        vocab_size: Some(vocab),
        tied_embeddings: Some(config.flag("tie_word_embeddings").unwrap_or(tied_default)),
        context_length: config.count(&["max_position_embeddings", "n_positions", "max_seq_len"])?,
        sliding_window: window.map(|(tokens, _)| tokens),
        sliding_window_share: window.map(|(_, share)| share),
        experts,
        active_experts: active.filter(|_| experts.is_some()),
        expert_ffn_dim: moe_ffn,
        shared_experts: config.count(&["n_shared_experts", "num_shared_experts"]).unwrap_or(None),
        dense_layers: Some(config.zero_or_count("first_k_dense_replace"))
            .filter(|n| *n > 0 && experts.is_some()),
        kv_lora_rank: config.count(&["kv_lora_rank"])?,
        qk_rope_head_dim: rope,
        ..Model::default()
    };
    if model.dense_layers.is_some_and(|dense| dense > layers) {
        return Err("`first_k_dense_replace` is above the number of layers".to_owned());
    }
    let counts = if llama_like {
        llama(config, &model, model_type)?
    } else if gpt_like {
        let total = gpt(config, &model, model_type);
        (total, total)
    } else if experts.is_some() {
        llama(config, &model, model_type)?
    } else {
        let total = estimate(&model);
        (total, total)
    };
    let (total, active) = counts;
    let model = Model {
        parameters: Some(total),
        active_parameters: experts.map(|_| active),
        inference_flop: Some(2.0 * active),
        ..model
    };
    Ok((model, llama_like || gpt_like))
}

/// The share of the layers that see only the window, where the configuration or the family says so.
fn window_share(config: &Config<'_>, model_type: &str) -> Option<f64> {
    if let Some(Value::Array(kinds)) = config.0.get("layer_types") {
        let sliding = kinds.iter().filter(|kind| *kind == "sliding_attention").count();
        return (sliding > 0).then(|| sliding as f64 / kinds.len() as f64);
    }
    if let Ok(Some(pattern)) = config.count(&["sliding_window_pattern"]) {
        return Some(1.0 - 1.0 / f64::from(pattern));
    }
    match model_type {
        "mistral" | "mixtral" | "qwen2" | "phi3" => Some(1.0),
        "gpt_oss" | "gemma2" => Some(0.5),
        _ => None,
    }
}

fn number(value: Option<u32>) -> f64 {
    value.map_or(0.0, f64::from)
}

/// Total and active parameters of a decoder with RMS norms and gated MLPs.
fn llama(config: &Config<'_>, model: &Model, model_type: &str) -> Result<(f64, f64), String> {
    let (layers, hidden) = (number(model.layers), number(model.hidden_dim));
    let (heads, kv) = (number(model.heads), number(model.kv_heads));
    let width = number(model.head_dim);
    let attention = if let Some(rank) = model.kv_lora_rank {
        let rank = f64::from(rank);
        let value = f64::from(config.need(&["v_head_dim"])?);
        let rope = number(model.qk_rope_head_dim);
        let query = match config.count(&["q_lora_rank"])? {
            Some(query) => hidden * f64::from(query) + f64::from(query) * heads * width + f64::from(query),
            None => hidden * heads * width,
        };
        let latent = hidden * (rank + rope) + rank + rank * heads * (width - rope + value);
        query + latent + heads * value * hidden
    } else {
        let projections = hidden * width * (2.0 * heads + 2.0 * kv);
        // Qwen2 has biases on query, key and value without saying so; Llama may have them on all four.
        let bias = match model_type {
            "qwen2" => (heads + 2.0 * kv) * width,
            _ if config.flag("attention_bias") == Some(true) => (heads + 2.0 * kv) * width + hidden,
            _ => 0.0,
        };
        let norms = if model_type.starts_with("qwen3") { 2.0 * width } else { 0.0 };
        projections + bias + norms
    };
    let dense = 3.0 * hidden * model.ffn_dim.map_or(8.0 / 3.0 * hidden, f64::from);
    let expert = 3.0 * hidden * number(model.expert_ffn_dim);
    let experts = number(model.experts);
    let shared = number(model.shared_experts) * expert;
    // DeepSeek-V3 keeps one correction bias for each expert beside the router.
    let correction = if matches!(model_type, "deepseek_v3" | "kimi_k2") { experts } else { 0.0 };
    let router = hidden * experts + correction;
    let dense_layers = if model.experts.is_some() { number(model.dense_layers) } else { layers };
    let sparse_layers = layers - dense_layers;
    let embeddings = number(model.vocab_size) * hidden;
    let embeddings = if model.tied_embeddings == Some(true) { embeddings } else { 2.0 * embeddings };
    let fixed = embeddings + hidden + layers * (attention + 2.0 * hidden) + dense_layers * dense;
    let total = fixed + sparse_layers * (router + shared + experts * expert);
    let active = fixed + sparse_layers * (router + shared + number(model.active_experts) * expert);
    Ok((total, active))
}

/// Parameters of GPT-2, OPT and GPT-NeoX: biases and layer norms throughout.
fn gpt(config: &Config<'_>, model: &Model, model_type: &str) -> f64 {
    let (layers, hidden) = (number(model.layers), number(model.hidden_dim));
    let ffn = number(model.ffn_dim);
    let attention = 4.0 * hidden * hidden + 4.0 * hidden;
    let mlp = 2.0 * hidden * ffn + ffn + hidden;
    let norms = 4.0 * hidden;
    let positions = match model_type {
        "gpt2" => number(model.context_length),
        // Two rows for the padding offset.
        "opt" => number(model.context_length) + 2.0,
        _ => 0.0,
    };
    let embeddings = number(model.vocab_size) * hidden;
    let output = if model.tied_embeddings == Some(true) { 0.0 } else { embeddings };
    // Small OPT models embed narrower than they compute; the projections in and out have no bias.
    let narrow = config.count(&["word_embed_proj_dim"]).ok().flatten().map_or(hidden, f64::from);
    let (embeddings, projections) = if narrow < hidden {
        (number(model.vocab_size) * narrow, 2.0 * narrow * hidden)
    } else {
        (embeddings, 0.0)
    };
    embeddings + output + projections + positions * hidden + layers * (attention + mlp + norms) + 2.0 * hidden
}

/// Attention, a gated MLP and the embeddings of a dense decoder; no biases, no norms.
fn estimate(model: &Model) -> f64 {
    let (layers, hidden) = (number(model.layers), number(model.hidden_dim));
    let attention = hidden * number(model.head_dim) * 2.0 * (number(model.heads) + number(model.kv_heads));
    let matrices = if model.gated_mlp == Some(true) { 3.0 } else { 2.0 };
    let mlp = model.ffn_dim.map_or(8.0 * hidden * hidden, |ffn| matrices * hidden * f64::from(ffn));
    let embeddings = number(model.vocab_size) * hidden;
    layers * (attention + mlp)
        + if model.tied_embeddings == Some(true) { embeddings } else { 2.0 * embeddings }
}
