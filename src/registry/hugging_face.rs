//! A model from the `config.json` that Hugging Face repositories carry.
//!
//! Shapes are read; parameters are counted from them. For the families of `families` the count is exact
//! (each stored scalar, tied matrices once); other decoders of uniform layers get a dense estimate and say
//! so. What is neither is refused, never guessed at.

use serde_json::{Map, Value};

use super::{Entry, Model, Origin, RegistryProblem, Source};

mod config;
mod decoder;
mod hybrid;
mod others;

use config::Config;

/// Model types whose layers differ among themselves in ways that nobody here counts.
const REFUSED: &[&str] = &["nemotron-nas", "kimi_k3", "zamba2", "recurrent_gemma", "rwkv"];

/// What a family made of a configuration.
struct Counted {
    model: Model,
    /// Each parameter is counted.
    exact: bool,
    /// What the count leaves out, or nothing.
    lacks: &'static str,
}

/// Reads a configuration. `name` is what the plan calls it.
pub(super) fn model(text: &str, name: &str) -> Result<Entry<Model>, Vec<RegistryProblem>> {
    read(text, name).map_err(|(line, message)| {
        vec![RegistryProblem { file: name.to_owned(), line, message: format!("{name}: {message}") }]
    })
}

fn read(text: &str, name: &str) -> Result<Entry<Model>, (usize, String)> {
    let text = text.trim_start_matches('\u{feff}');
    if text.trim().is_empty() {
        return Err((1, "the file is empty".to_owned()));
    }
    if text.starts_with("version https://git-lfs") {
        return Err((1, "this is a Git LFS pointer, not the configuration itself".to_owned()));
    }
    let root: Value = serde_json::from_str(&strict(text))
        .map_err(|error| (error.line().max(1), format!("not JSON: {error}")))?;
    let Value::Object(root) = root else { return Err((1, "a configuration is a JSON object".to_owned())) };
    let model_type = root.get("model_type").and_then(Value::as_str).unwrap_or("").to_owned();
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
    let counted = family(&root, &model_type).map_err(|message| (1, message))?;
    let (kind, title) = if !counted.exact {
        let title = format!("dense estimate: `{model_type}` is not a family whose parameters are counted");
        ("estimate", title)
    } else if counted.lacks.is_empty() {
        ("derived", format!("parameters counted from the shape of a {model_type} model"))
    } else {
        let title =
            format!("parameters counted from the shape of a {model_type} model, without {}", counted.lacks);
        ("estimate", title)
    };
    Ok(Entry {
        id: name.to_owned(),
        name: match root.get("_name_or_path").and_then(Value::as_str) {
            Some(path) if !path.is_empty() => path.to_owned(),
            _ => name.to_owned(),
        },
        aliases: Vec::new(),
        group: "user".to_owned(),
        confidence: kind.to_owned(),
        source: Source { kind: kind.to_owned(), title: format!("{name}: {title}"), ..Source::default() },
        field_sources: std::collections::BTreeMap::new(),
        origin: Origin::User(name.to_owned()),
        facts: counted.model,
    })
}

fn family(root: &Map<String, Value>, model_type: &str) -> Result<Counted, String> {
    // Multimodal configurations keep the language model's shape one level down.
    let nested = match root.get("text_config") {
        Some(Value::Object(inner)) => Some(inner),
        _ => None,
    };
    let config = Config::new(nested.unwrap_or(root), root);
    let model_type = match nested.and_then(|inner| inner.get("model_type")).and_then(Value::as_str) {
        Some(inner) => inner,
        None => model_type,
    };
    let family = model_type.strip_suffix("_text").unwrap_or(model_type);
    let (tower, lacks) = others::tower(&config)?;
    let mut counted = match family {
        "mamba" | "falcon_mamba" | "mamba2" => hybrid::mamba(&config, family),
        "jamba" => hybrid::jamba(&config),
        "nemotron_h" => hybrid::nemotron(&config),
        "qwen3_next" | "qwen3_5" | "qwen3_5_moe" => hybrid::qwen(&config, family, tower),
        "gemma4" => decoder::gemma4(&config, tower),
        "bert" | "roberta" | "xlm-roberta" => others::bert(&config, family),
        "t5" => others::t5(&config),
        "whisper" => others::whisper(&config),
        _ => decoder::decoder(&config, family),
    }?;
    if counted.lacks.is_empty() {
        counted.lacks = lacks;
    }
    if let Some(method) = config.quantization() {
        counted.model.figures.insert("weights_dtype".to_owned(), Value::from(method));
    }
    Ok(counted)
}

/// JSON without the tokens `NaN` and `Infinity` that Python writes: they become `null`.
fn strict(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let (mut inside, mut escaped) = (false, false);
    let mut rest = text;
    while let Some(next) = rest.chars().next() {
        if !inside
            && let Some(token) =
                ["-Infinity", "Infinity", "NaN"].iter().find(|token| rest.starts_with(**token))
        {
            out.push_str("null");
            rest = &rest[token.len()..];
            continue;
        }
        inside ^= next == '"' && !escaped;
        escaped = inside && next == '\\' && !escaped;
        out.push(next);
        rest = &rest[next.len_utf8()..];
    }
    out
}
