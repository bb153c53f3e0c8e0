//! What must be said beside a design: what its change asks for, what the search tried, and what it left as it was.

use super::Objective;
use crate::engine::figures::Figures;
use crate::engine::format;
use crate::engine::report::LensStatus;
use crate::metrics::Lens;
use crate::plan::{Mode, Plan};
use crate::registry::{Model, Registry};
use crate::search::axis::Axis;
use crate::search::pareto::Goal;
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
            "hardware.precision"
                if value != plan.hardware.precision && plan.workload.model.facts.narrowed_by(&value) =>
            {
                notes
                    .push(format!("has {value} in place of {}: check the accuracy", plan.hardware.precision));
            }
            "workload.serve.kv_precision" if Model::is_narrow(&value) && own_kv != Some(value.as_str()) => {
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

/// What was varied for what, and what was held.
pub fn searched(space: &Space<'_>, objectives: &[Objective], named: impl Fn(&Objective) -> String) -> String {
    let varied: Vec<&str> =
        space.axes().iter().filter(|axis| axis.values.len() > 1).map(|axis| axis.path.as_str()).collect();
    let goals: Vec<String> = objectives
        .iter()
        .map(|one| format!("{} {}", if one.goal == Goal::Least { "least" } else { "most" }, named(one)))
        .collect();
    let varied = if varied.is_empty() { "nothing".to_owned() } else { varied.join(", ") };
    format!("{varied} for {}; held: everything else of the plan", goals.join(" and "))
}

/// Tokens in a step of the largest language models: 16 M of Llama 3 405B (Grattafiori et al. 2024, §3.4.1), in
/// powers of two.
const LARGE_STEP_TOKENS: f64 = 16.0 * 1024.0 * 1024.0;

/// What a training's batch means for what is learnt: where it was varied, and where a step of the design holds more
/// tokens than large models were trained with.
pub fn batch(space: &Space<'_>, plan: &Plan, base: &Figures, first: Option<u64>) -> Vec<String> {
    let mut notes = Vec::new();
    if base.mode != Mode::Train {
        return notes;
    }
    let varies = |path: &str| space.axes().iter().any(|axis| axis.path == path && axis.values.len() > 1);
    let varied: Vec<&str> =
        ["workload.batch_size", "workload.seq_len"].into_iter().filter(|path| varies(path)).collect();
    if !varied.is_empty() {
        notes.push(format!(
            "{} varies: what is learnt from the same tokens depends on it, and no metric here shows that",
            varied.join(" and ")
        ));
    }
    let at = |path: &str, own: u64| {
        let edits = first.map(|index| space.edits(index)).unwrap_or_default();
        let value =
            edits.into_iter().find(|(edited, _)| edited == path).and_then(|(_, value)| value.parse().ok());
        value.unwrap_or(own)
    };
    let language = plan.workload.model.facts.kind.is_transformer();
    let tokens = at("workload.batch_size", plan.workload.batch_size) as f64
        * at("workload.seq_len", plan.workload.seq_len) as f64;
    if first.is_some() && language && tokens > LARGE_STEP_TOKENS {
        notes.push(format!(
            "the first has {} M tokens in each step: above the critical batch size a larger step learns little more \
             (McCandlish et al. 2018, arXiv:1812.06162); Llama 3 405B went up to 16 M (arXiv:2407.21783)",
            format::figure(tokens / 1e6)
        ));
    }
    notes
}

/// Number formats of fewer than 16 bits among designs behind the first, where the first and the plan have none: their
/// accuracy is to be measured. Of the first [`asks`] says it.
pub fn narrow(plan: &Plan, designs: &[Vec<(String, String)>]) -> Option<String> {
    let formats = |design: &[(String, String)]| {
        let paths = ["hardware.precision", "workload.serve.kv_precision"];
        let model = &plan.workload.model.facts;
        let bare = design.iter().filter(|edit| paths.contains(&edit.0.as_str()));
        let bare = bare.map(|(path, value)| (path, value.trim().trim_matches(['"', '\'']).to_owned()));
        // A cache has no format that it was published in.
        let narrow = bare.filter(|(path, value)| match path.as_str() {
            "hardware.precision" => *value != plan.hardware.precision && model.narrowed_by(value),
            _ => Model::is_narrow(value) && *value != plan.hardware.precision,
        });
        narrow.map(|(_, value)| value).collect::<Vec<_>>()
    };
    let (first, others) = designs.split_first()?;
    if !formats(first).is_empty() {
        return None;
    }
    let mut found: Vec<String> = others.iter().flat_map(|design| formats(design)).collect();
    found.sort_unstable();
    found.dedup();
    let formats = found.join(" and ");
    (!found.is_empty()).then(|| format!("some designs are in {formats}: their accuracy needs validation"))
}

/// Why the plan's own figures are no measure; `None` where they are one.
pub fn no_measure(base: &Figures) -> Option<&'static str> {
    (base.feasibility == LensStatus::Fail)
        .then_some("the plan as it is does not fit, so that nothing is compared with its figures")
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
