//! Models as tables and model hubs name them: `meta-llama/Llama-3.1-70B-Instruct`, `Qwen2.5-7B-AWQ`.
//!
//! An owner before the name, and words behind it that say how a model was tuned, packed or dated, change
//! no dimension. They are taken off from the end, one at a time, until the registry knows the rest.

use std::sync::Arc;

use crate::registry::{Entry, Model, Physics, Registry};

/// Words behind a name that leave its shape as it is.
const SILENT: &[&str] = &[
    "instruct",
    "chat",
    "hf",
    "it",
    "base",
    "pt",
    "text",
    "tuned",
    "finetuned",
    "sft",
    "dpo",
    "rlhf",
    "gguf",
    "ggml",
    "awq",
    "gptq",
    "marlin",
    "fp16",
    "bf16",
    "fp8",
    "fp4",
    "nvfp4",
    "mxfp4",
    "int4",
    "int8",
    "w4a16",
    "w8a8",
    "w8a16",
    "4bit",
    "8bit",
    "dynamic",
    "quantized",
    "kv",
    "preview",
    "thinking",
    "reasoning",
    "unsloth",
    "original",
    "latest",
    "model",
    "float16",
    "bfloat16",
];

/// Whether a word says nothing about the shape: a known one, a release, a date or a context length.
fn is_silent(word: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let release = word.strip_prefix('v').is_some_and(|rest| digits(&rest.replace('.', "")));
    // `0528` and `2407` are months and days; `128k` is a context.
    let dated = word.len() >= 4 && digits(word);
    let context = word.strip_suffix('k').is_some_and(digits);
    // `16E` and `128E` count experts that the name has told before.
    let experts = word.strip_suffix('e').is_some_and(digits);
    SILENT.contains(&word) || release || dated || context || experts
}

/// The registry's entry of a model, however it is spelt.
pub fn model(registry: &Registry, name: &str) -> Option<Arc<Entry<Model>>> {
    let known = |name: &str| {
        // Llama's maker is left out of its name since 3.1.
        let find = |name: &str| registry.model(Physics::Studio, name).ok();
        find(name).or_else(|| find(name.strip_prefix("Meta-")?))
    };
    if let Some(entry) = known(name) {
        return Some(entry);
    }
    let mut rest = name.rsplit('/').next().unwrap_or(name).trim();
    loop {
        if let Some(entry) = known(rest) {
            return Some(entry);
        }
        let cut = rest.rfind(['-', '_', ' ', ':'])?;
        if !is_silent(&rest[cut + 1..].to_lowercase()) {
            return None;
        }
        rest = &rest[..cut];
    }
}

/// The number format that a model's name states, as `-AWQ` or `-FP8` do.
pub fn precision(name: &str) -> Option<&'static str> {
    const FORMATS: &[(&str, &str)] = &[
        ("awq", "awq"),
        ("gptq", "gptq"),
        ("w4a16", "int4"),
        ("int4", "int4"),
        ("w8a8", "int8"),
        ("w8a16", "w8a16"),
        ("int8", "int8"),
        ("nvfp4", "nvfp4"),
        ("mxfp4", "mxfp4"),
        ("fp4", "nvfp4"),
        ("fp8", "fp8"),
    ];
    let lower = name.to_lowercase();
    let mut words = lower.rsplit(|c: char| !c.is_alphanumeric());
    words.find_map(|word| FORMATS.iter().find(|(written, _)| *written == word)).map(|(_, format)| *format)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn owners_tunings_and_packings_do_not_hide_a_model() {
        let registry = Registry::builtin();
        let id = |name: &str| model(&registry, name).map(|entry| entry.id.clone());
        for (name, plain) in [
            ("meta-llama/Llama-3.1-70B-Instruct", "Llama-3.1-70B"),
            ("Llama-2-7b-chat-hf", "Llama-2-7B"),
            ("TheBloke/Llama-2-70B-GPTQ", "Llama-2-70B"),
            ("Mistral-7B-Instruct-v0.3", "Mistral-7B"),
            ("google/gemma-2-27b-it", "Gemma-2-27B"),
            ("Qwen2.5-7B-Instruct", "Qwen2.5-7B"),
            ("Meta-Llama-3.1-405B-Instruct-FP8", "Llama-3.1-405B"),
            ("DeepSeek-R1-0528", "DeepSeek-R1"),
        ] {
            assert!(id(plain).is_some(), "{plain}");
            assert_eq!(id(name), id(plain), "{name}");
        }
        // A number of parameters is no date, and a distilled model no original.
        assert_eq!(id("Llama-3.1-7000B"), None);
        assert_eq!(id("é-Instruct"), None);
        assert_eq!(precision("Llama-3-8B-Instruct-AWQ"), Some("awq"));
        assert_eq!(precision("Llama-3-8B"), None);
    }
}
