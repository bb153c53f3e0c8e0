//! What agents call an argument that has another name here.

use serde_json::{Value, json};

use super::{Argument, Kind, Values};

/// Other words for an argument that mean the same: taken for it, and said so.
pub(super) const SAME: &[(&str, &str)] = &[
    ("yaml", "yaml_config_string"),
    ("plan", "yaml_config_string"),
    ("plan_yaml", "yaml_config_string"),
    ("config", "yaml_config_string"),
    ("yaml_config", "yaml_config_string"),
    ("name", "model"),
    ("model_name", "model"),
    ("workload", "model"),
    ("gpu", "accelerator"),
    ("hardware", "accelerator"),
    ("device", "accelerator"),
    ("accelerator_name", "accelerator"),
    ("count", "accelerators"),
    ("gpus", "accelerators"),
    ("num_gpus", "accelerators"),
    ("gpu_count", "accelerators"),
    ("num_accelerators", "accelerators"),
    ("accelerator_count", "accelerators"),
    ("batch", "batch_size"),
    ("accelerator", "accelerators"),
    ("gpu", "accelerators"),
    ("hardware", "accelerators"),
    ("precision", "precisions"),
    ("dtype", "precision"),
    ("quantization", "precision"),
    ("context", "seq_len"),
    ("context_length", "seq_len"),
    ("sequence_length", "seq_len"),
    ("max_model_len", "seq_len"),
    ("qps", "request_rate_per_s"),
    ("rps", "request_rate_per_s"),
    ("requests_per_second", "request_rate_per_s"),
    ("ttft_ms", "max_ttft_ms"),
    ("itl_ms", "max_itl_ms"),
    ("concurrent_users", "users"),
    ("goal", "objectives"),
    ("goals", "objectives"),
    ("objective", "objectives"),
    ("axes", "vary"),
    ("reason", "why"),
    ("author", "who"),
    ("edits", "assignments"),
    ("name", "metric"),
    ("type", "kind"),
    ("yamls", "plans"),
    ("configs", "plans"),
];

/// What agents write for an argument that is called otherwise and means a little more or less: named, not taken.
pub(super) const NEAR: &[(&str, &str)] = &[
    ("latency_ms", "max_itl_ms"),
    ("latency_ms", "sla_ms"),
    ("max_latency_ms", "max_itl_ms"),
    ("metric", "objectives"),
    ("metric", "max_itl_ms"),
    ("value", "max_itl_ms"),
    ("parameter", "vary"),
    ("values", "vary"),
    ("yaml_a", "plans"),
    ("yaml_b", "plans"),
    ("mode", "what"),
    ("fields", "vary"),
];

/// Puts values under the argument's own name that came under one of [`SAME`], where they are what it takes and
/// nothing else was given for it. What was put where: `name as model`.
pub(super) fn take_same(arguments: &[Argument], values: &mut Values) -> Vec<String> {
    let mut taken = Vec::new();
    for (other, real) in SAME {
        let Some(argument) = arguments.iter().find(|argument| argument.name == *real) else { continue };
        let own = arguments.iter().any(|argument| argument.name == *other);
        if own || values.contains_key(*real) {
            continue;
        }
        let Some(value) = values.get(*other) else { continue };
        // One word of a list is a list of one.
        let value = match (argument.kind, value) {
            (Kind::Texts(1, ..), Value::String(one)) => json!([one]),
            _ => value.clone(),
        };
        if argument.check(&value).is_ok() {
            values.remove(*other);
            values.insert((*real).to_owned(), value);
            taken.push(format!("{other} as {real}"));
        }
    }
    taken
}
