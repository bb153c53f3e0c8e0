//! Plans made from flat arguments and from other plans: always text, always read like any other.

use super::arguments::{Argument, Given, Kind};
use super::errors::{self, Refusal};
use crate::plan::edit;

/// Longest name that an argument may have.
pub const NAME: Kind = Kind::Text(200);

/// Most of anything that is counted.
pub const COUNT: Kind = Kind::Integer(1, 1_000_000_000);

/// A plan in flat arguments, for tools that do not insist on YAML.
pub const FLAT: [Argument; 8] = [
    Argument::optional(
        "model",
        NAME,
        "",
        "Model by registry name, for example Llama3_70B. With accelerator, instead of yaml_config_string.",
    ),
    Argument::optional("accelerator", NAME, "", "Accelerator by registry name, for example H100."),
    Argument::optional("accelerators", COUNT, "1", "How many accelerators."),
    Argument::optional(
        "precision",
        NAME,
        "\"fp16\"",
        "Number format of weights and arithmetic: fp16, bf16, fp8, int8, int4, awq, q4_k_m and others.",
    ),
    Argument::optional(
        "mode",
        Kind::Choice(&[("serve", "inference"), ("train", "training")]),
        "\"serve\"",
        "What the model does.",
    ),
    Argument::optional(
        "batch_size",
        COUNT,
        "1",
        "Serve: concurrent sequences. Train: global batch in sequences.",
    ),
    Argument::optional(
        "seq_len",
        COUNT,
        "2048",
        "Serve: context tokens of each sequence. Train: sequence length in tokens.",
    ),
    Argument::optional("region", NAME, "\"US_Avg\"", "Region for money and carbon, for example Quebec."),
];

/// The plan that flat arguments describe.
///
/// # Errors
///
/// Where model or accelerator is missing.
pub fn from_flat(given: &Given) -> Result<String, Refusal> {
    let need = |name: &str| {
        given.text(name).ok_or_else(|| {
            Refusal::new("missing-argument", name, format!("{name} is missing"))
                .allowed("yaml_config_string, or model and accelerator")
                .fix(format!("add {name}, or give the whole plan as yaml_config_string"))
        })
    };
    let (model, accelerator) = (need("model")?, need("accelerator")?);
    let accelerators = given.integer("accelerators").unwrap_or(1);
    let name = format!("{model} on {accelerators} × {accelerator}");
    Ok(format!(
        "version: \"1.0\"\nname: {}\nworkload:\n  name: {}\n  mode: {}\n  batch_size: {}\n  seq_len: {}\nhardware:\n  name: {}\n  accelerators: {accelerators}\n  precision: {}\nops:\n  region: {}\n  duration_days: 365\n",
        edit::scalar(&name),
        edit::scalar(model),
        given.choice("mode", "serve"),
        given.integer("batch_size").unwrap_or(1),
        given.integer("seq_len").unwrap_or(2048),
        edit::scalar(accelerator),
        edit::scalar(given.text("precision").unwrap_or("fp16")),
        edit::scalar(given.text("region").unwrap_or("US_Avg")),
    ))
}

/// Assignments as `hardware.accelerators=8`.
///
/// # Errors
///
/// Where one has no equals sign.
pub fn assignments(texts: &[&str], field: &str) -> Result<Vec<(String, String)>, Refusal> {
    texts
        .iter()
        .map(|text| {
            let (path, value) = text.split_once('=').ok_or_else(|| {
                Refusal::new("wrong-form", field, format!("{text} is not an assignment"))
                    .found(*text)
                    .allowed("FIELD=VALUE, for example hardware.accelerators=8")
            })?;
            Ok((path.trim().to_owned(), value.trim().to_owned()))
        })
        .collect()
}

/// A text with assignments made in it, comments kept.
///
/// # Errors
///
/// Where one cannot be made exactly.
pub fn set_all(text: &str, edits: &[(String, String)]) -> Result<String, Refusal> {
    let mut edited = text.to_owned();
    for (path, value) in edits {
        edited = edit::set(&edited, path, value).map_err(|error| errors::edit(&error, path))?;
    }
    Ok(edited)
}
