//! What must be said beside a design: what its change asks for, what the search tried, and what it left as it was.

use crate::engine::figures::Figures;
use crate::metrics::Lens;
use crate::plan::{Mode, Plan};
use crate::registry::Registry;
use crate::search::axis::Axis;
use crate::search::points::Space;

/// A list of numbers longer than this is told by its ends.
const LISTED: usize = 9;

/// Fields that a search leaves alone by itself, and why; told where they matter.
const KEPT: [(Mode, &str, &str); 2] = [
    (Mode::Train, "workload.batch_size", "what is learnt depends on it"),
    (Mode::Train, "workload.seq_len", "what is learnt depends on it"),
];

/// What changing these fields asks of people: fewer bits, another maker's software, another place. Each is what the
/// design does: `has fp8 in place of bf16: check the accuracy`.
pub fn asks(plan: &Plan, edits: &[(String, String)], registry: &Registry) -> Vec<String> {
    let mut notes = Vec::new();
    let bare = |value: &str| value.trim().trim_matches(['"', '\'']).to_owned();
    let own_kv = plan.workload.serve.as_ref().and_then(|serve| serve.kv_precision.as_deref());
    for (path, value) in edits {
        let value = bare(value);
        match path.as_str() {
            "hardware.precision" if is_narrow(&value) && value != plan.hardware.precision => {
                notes
                    .push(format!("has {value} in place of {}: check the accuracy", plan.hardware.precision));
            }
            "workload.serve.kv_precision" if is_narrow(&value) && own_kv != Some(value.as_str()) => {
                notes.push(format!("keeps its KV cache in {value}: check the accuracy"));
            }
            "hardware.name" => {
                let maker = |name: &str| name.split(' ').next().unwrap_or_default().to_owned();
                let Ok(entry) = registry.accelerator(plan.physics, &value) else { continue };
                if maker(&entry.name) != maker(&plan.hardware.accelerator.name) {
                    notes.push(format!("runs on {value}, another maker's: its software must run the model"));
                }
            }
            "ops.region" => {
                let own = plan.ops.as_ref().map(|ops| {
                    ops.region.as_ref().map_or(ops.region_name.as_str(), |region| region.id.as_str())
                });
                if own.is_some_and(|own| own != value) {
                    notes.push(format!(
                        "is in {value} in place of {}: check data residency and latency to users",
                        own.unwrap_or_default()
                    ));
                }
            }
            _ => {}
        }
    }
    notes
}

/// Whether a number format has fewer than 16 bits.
pub fn is_narrow(key: &str) -> bool {
    !matches!(key, "fp32" | "tf32" | "fp16" | "bf16")
}

/// The values that were tried of each field: `hardware.accelerators 8, 16, 32`.
pub fn tried(space: &Space<'_>) -> Vec<String> {
    space.axes().iter().filter(|axis| axis.values.len() > 1).map(one).collect()
}

fn one(axis: &Axis) -> String {
    let values: Vec<&str> = axis.values.iter().map(|value| value.trim_matches('"')).collect();
    match values.as_slice() {
        // The ends of a list of names say nothing of what lies between.
        [first, .., last]
            if values.len() > LISTED && values.iter().all(|value| value.parse::<f64>().is_ok()) =>
        {
            format!("{} {} values from {first} to {last}", axis.path, values.len())
        }
        _ => format!("{} {}", axis.path, values.join(", ")),
    }
}

/// Fields that were left as they are and could be varied: `workload.batch_size 512 (what is learnt depends on it)`.
pub fn kept(space: &Space<'_>, plan: &Plan, base: &Figures) -> Vec<String> {
    KEPT.iter()
        .filter(|(mode, path, _)| *mode == base.mode && space.axes().iter().all(|axis| axis.path != *path))
        .map(|(_, path, why)| {
            let value = match *path {
                "workload.seq_len" => plan.workload.seq_len,
                _ => plan.workload.batch_size,
            };
            format!("{path} {value} ({why})")
        })
        .collect()
}

/// What training on the plan's number of tokens costs in all, USD: the price of a million tokens times their number,
/// which is the rate times the time that they take. `None` for plans that train on no given number, or have no price.
pub fn training_usd(figures: &Figures) -> Option<f64> {
    let performance = |key| figures.metric(Lens::Performance, key);
    let tokens = performance("tokens_per_s")? * performance("time_to_train_days")? * 86_400.0;
    Some(figures.metric(Lens::Macro, "usd_per_million_tokens")? * tokens / 1e6)
}
