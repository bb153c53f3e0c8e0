//! Plans made from flat arguments and from other plans: always text, always read like any other.

use super::arguments::{Argument, Given, Kind};
use super::bench::Bench;
use super::errors::{self, Refusal};
use crate::metrics::Metric;
use crate::plan::edit;
use crate::registry::Physics;

/// Longest name that an argument may have.
pub const NAME: Kind = Kind::Text(200);

/// Most of anything that is counted.
pub const COUNT: Kind = Kind::Integer(1, 1_000_000_000);

/// A plan in flat arguments, for tools that do not insist on YAML.
pub const FLAT: [Argument; 8] = [
    Argument::optional("model", NAME, "", "Such as Llama3_70B; with accelerator, instead of a plan."),
    Argument::optional("accelerator", NAME, "", "Such as H100."),
    Argument::optional("accelerators", COUNT, "1", "How many accelerators."),
    Argument::optional("precision", NAME, "\"fp16\"", "fp16, bf16, fp8, int8, int4, awq, q4_k_m, …"),
    Argument::optional("mode", Kind::Choice(&[("serve", ""), ("train", "")]), "\"serve\"", "What it does."),
    Argument::optional("batch_size", COUNT, "1", "Concurrent sequences; training: global batch."),
    Argument::optional("seq_len", COUNT, "2048", "Context of each sequence, tokens."),
    Argument::optional("region", NAME, "\"US_Avg\"", "Region for money and carbon."),
];

/// The field that each of [`FLAT`] goes to.
pub const FLAT_FIELDS: [(&str, &str); 8] = [
    ("workload.name", "model"),
    ("hardware.name", "accelerator"),
    ("hardware.accelerators", "accelerators"),
    ("hardware.precision", "precision"),
    ("workload.mode", "mode"),
    ("workload.batch_size", "batch_size"),
    ("workload.seq_len", "seq_len"),
    ("ops.region", "region"),
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

/// A bound on a metric.
pub struct Limit {
    /// The metric.
    pub metric: &'static Metric,
    /// Its largest value.
    pub max: Option<f64>,
    /// Its least value.
    pub min: Option<f64>,
}

impl Limit {
    /// As a plan asserts it: `{metric: performance.itl_ms, max: 40}`.
    fn item(&self) -> String {
        let side =
            |word: &str, value: Option<f64>| value.map_or_else(String::new, |v| format!(", {word}: {v}"));
        format!(
            "{{metric: {}.{}{}{}}}",
            self.metric.lens.name(),
            self.metric.key,
            side("max", self.max),
            side("min", self.min)
        )
    }
}

/// A text that asserts these limits as well, whatever it asserts itself.
///
/// # Errors
///
/// Where the text cannot be read, or its list of assertions is written so that nothing can be put into it.
pub fn with_limits(
    bench: &Bench,
    text: &str,
    physics: Option<Physics>,
    limits: &[Limit],
) -> Result<String, Refusal> {
    // What the plan asserts already stays as it is.
    let own = bench.read(text, physics).plan.map(|plan| plan.assertions).unwrap_or_default();
    let stated = |limit: &&Limit| {
        let name = format!("{}.{}", limit.metric.lens.name(), limit.metric.key);
        !own.iter().any(|one| one.metric == name && one.max == limit.max && one.min == limit.min)
    };
    let limits: Vec<&Limit> = limits.iter().filter(stated).collect();
    if limits.is_empty() {
        return Ok(text.to_owned());
    }
    let refused = || {
        Refusal::new("edit", "constraints", "the constraints cannot be put beside the plan's own assertions")
            .fix("write them into the plan: constraints: {assert: [{metric: performance.itl_ms, max: 40}]}")
    };
    let mut changed = text.to_owned();
    for limit in &limits {
        changed = edit::push(&changed, "constraints.assert", &limit.item()).map_err(|error| match error {
            edit::EditError::Unsafe(_) => refused(),
            other => errors::edit(&other, "constraints.assert"),
        })?;
    }
    let asserted = bench.read(&changed, physics).plan.map(|plan| plan.assertions.len());
    if asserted == Some(own.len() + limits.len()) { Ok(changed) } else { Err(refused()) }
}
