//! The software stack of a measurement: as its source names it, or as for a plan that names none.

use super::super::model::{Family, Stack};
use super::formats;
use super::measurement::Measurement;

/// Words in a source, and the training stack they stand for; the first match counts.
const TRAINING: &[(&[&str], &str)] = &[
    (&["megatron-bridge", "nemo", "megatron core", "megatron-core"], "megatron"),
    (
        &["bigscience", "bloom", "megatron", "sc21", "korthikanti", "narayanan", "smith et al", "gpt-neox"],
        "megatron-classic",
    ),
    (&["maxtext", "palm", "paxml", "t5x", "levanter", "jax"], "maxtext"),
    (&["llm-foundry", "mosaic", "fsdp", "opt (", "olmo", "pytorch", "lightning", "litgpt"], "fsdp"),
];

/// The same for inference.
const INFERENCE: &[(&[&str], &str)] = &[
    (&["llama.cpp", "ggml", "gguf", "ollama"], "llama.cpp"),
    (&["fastertransformer"], "fastertransformer"),
    (&["gpt-fast"], "gpt-fast"),
    (&["hugging", "transformers lib", "optimum"], "transformers"),
    (&["tensorrt", "trt-llm"], "tensorrt-llm"),
    (&["vllm", "llm-d", "sglang"], "vllm"),
];

fn named(table: &[(&[&str], &'static str)], source: &str) -> Option<&'static str> {
    table.iter().find(|(words, _)| words.iter().any(|word| source.contains(word))).map(|(_, stack)| *stack)
}

/// Weights in a format of llama.cpp: the format itself names the runtime.
fn is_gguf(row: &Measurement) -> bool {
    formats::gguf(&row.precision).is_some()
}

/// The stack that the row's source names.
pub fn stated(row: &Measurement, family: Family) -> Option<&'static Stack> {
    let source = row.source.to_lowercase();
    let zero3 = row.zero == Some(3);
    let one = |ranks: Option<f64>| ranks.unwrap_or(1.0) <= 1.0;
    let name = if row.trains() {
        if source.contains("torchtitan") {
            // The one stack whose sources compare eager and compiled runs.
            let eager = row.notes.to_lowercase().contains("eager") || row.id.contains("eager");
            Some(if eager { "fsdp" } else { "fsdp-compile" })
        } else if source.contains("zero-3") && zero3 && row.tp.is_none_or(|tp| tp < 8.0) {
            Some("deepspeed-zero3")
        } else if source.contains("megatron") && matches!(family, Family::Hopper | Family::Blackwell) {
            // Megatron of these years is Megatron Core.
            Some("megatron")
        } else if let Some(name) = named(TRAINING, &source) {
            Some(name)
        } else if family == Family::Tpu {
            Some("maxtext")
        } else if source.contains("deepspeed") {
            Some(if zero3 { "deepspeed-zero3" } else { "megatron-classic" })
        } else if source.contains("llama") && one(row.pp) {
            Some("fsdp")
        } else {
            None
        }
    } else if is_gguf(row) {
        Some("llama.cpp")
    } else {
        named(INFERENCE, &source)
    };
    name.and_then(Stack::by_name)
}

/// The stack assumed for a plan that names none.
pub fn assumed(row: &Measurement, family: Family) -> &'static Stack {
    if !row.trains() {
        return Stack::serving_default(is_gguf(row));
    }
    let one = |ranks: Option<f64>| ranks.unwrap_or(1.0) <= 1.0;
    Stack::training_default(family, row.zero == Some(3), one(row.tp) && one(row.pp))
}
