//! Edits that make an infeasible plan fit.
//!
//! A small set of changes, each evaluated like any plan; those that fit are offered, the cheapest first.

use super::machine::Machine;
use super::{assess, mode};
use crate::engine::format;
use crate::engine::report::{LensStatus, Report, Suggestion};
use crate::metrics::Lens;
use crate::plan::{Auto, Mode, ModeChoice, Plan, Recompute, Serve};
use crate::registry::{Physics, Registry};

/// Suggestions offered at most.
const MOST: usize = 4;

/// A changed plan and the edits that make it.
struct Candidate {
    plan: Plan,
    title: String,
    edits: Vec<(String, String)>,
}

impl Candidate {
    fn of(plan: &Plan) -> Candidate {
        Candidate { plan: plan.clone(), title: String::new(), edits: Vec::new() }
    }

    fn then(mut self, title: &str, field: &str, value: &impl ToString) -> Candidate {
        if !title.is_empty() {
            if !self.title.is_empty() {
                self.title.push_str(", ");
            }
            self.title.push_str(title);
        }
        self.edits.push((field.to_owned(), value.to_string()));
        self
    }

    fn precision(mut self, key: &str) -> Candidate {
        key.clone_into(&mut self.plan.hardware.precision);
        self.then(&format!("use {key}"), "hardware.precision", &key)
    }

    /// `factor` times the accelerators; a written tensor degree grows with them inside a node.
    fn accelerators(mut self, factor: u64, mode: Mode) -> Candidate {
        let hardware = &mut self.plan.hardware;
        hardware.accelerators = hardware.accelerators.saturating_mul(factor);
        let count = hardware.accelerators;
        let nodes = hardware.node_count.map(|nodes| nodes.saturating_mul(factor));
        hardware.node_count = nodes;
        let title = format!("use {count} accelerators");
        self = match nodes {
            Some(nodes) => self.then(&title, "hardware.node_count", &nodes),
            None => self.then(&title, "hardware.accelerators", &count),
        };
        let node = Machine::of(&self.plan.hardware).map_or(1, |machine| machine.node);
        if let Some(Auto::Is(tensor)) = self.plan.parallelism.tensor
            && mode == Mode::Serve
            && tensor.saturating_mul(factor) <= node
        {
            let tensor = tensor.saturating_mul(factor);
            self.plan.parallelism.tensor = Some(Auto::Is(tensor));
            self = self.then(&format!("tensor {tensor}"), "parallelism.tensor", &tensor);
        }
        // More accelerators must not turn serving into training.
        if super::mode(&self.plan) != mode {
            self.plan.workload.mode = match mode {
                Mode::Train => ModeChoice::Train,
                Mode::Serve => ModeChoice::Serve,
            };
            self = self.then("", "workload.mode", &mode.name());
        }
        self
    }

    fn batch(mut self, batch: u64) -> Candidate {
        self.plan.workload.batch_size = batch;
        self.then(&format!("batch {batch}"), "workload.batch_size", &batch)
    }

    fn zero3(mut self) -> Candidate {
        self.plan.parallelism.zero = Some(Auto::Is(3));
        self.then("ZeRO 3", "parallelism.zero", &3)
    }

    fn recompute(mut self) -> Candidate {
        self.plan.parallelism.recompute = Some(Auto::Is(Recompute::Full));
        self.then("recompute every layer", "parallelism.recompute", &"full")
    }

    fn kv(mut self, key: &str) -> Candidate {
        let serve = self.plan.workload.serve.get_or_insert_with(Serve::default);
        serve.kv_precision = Some(key.to_owned());
        self.then(&format!("KV cache in {key}"), "workload.serve.kv_precision", &key)
    }

    fn hardware(mut self, registry: &Registry, name: &str) -> Option<Candidate> {
        let entry = registry.accelerator(Physics::Studio, name).ok()?;
        let now = &self.plan.hardware.accelerator.facts;
        if entry.facts.memory_bytes <= now.memory_bytes || entry.facts.accelerator_count.is_some() {
            return None;
        }
        let id = entry.id.clone();
        self.plan.hardware.accelerator = entry;
        Some(self.then(&format!("use {id}"), "hardware.name", &id))
    }
}

fn candidates(plan: &Plan, registry: &Registry, mode: Mode) -> Vec<Candidate> {
    let base = || Candidate::of(plan);
    let wide = matches!(plan.hardware.precision.as_str(), "fp32" | "tf32" | "fp16" | "bf16");
    let facts = &plan.hardware.accelerator.facts;
    let has = |key: &str| facts.precision_flop_per_s.contains_key(key);
    let batch = plan.workload.batch_size;
    let language = plan.workload.model.facts.kind.is_transformer();
    let eight = if has("fp8") { "fp8" } else { "int8" };
    let mut all = Vec::with_capacity(20);
    for factor in [2, 4, 8] {
        all.push(base().accelerators(factor, mode));
    }
    if mode == Mode::Serve {
        if wide {
            all.push(base().precision(eight));
            if language {
                all.push(base().precision("int4"));
            }
            for factor in [2, 4] {
                all.push(base().precision(eight).accelerators(factor, mode));
            }
        } else if plan.hardware.precision != "int4" && language {
            all.push(base().precision("int4"));
        }
        let kv = plan.workload.serve.as_ref().and_then(|serve| serve.kv_precision.as_deref());
        if language && kv != Some("fp8") {
            all.push(base().kv("fp8"));
            if wide {
                all.push(base().precision(eight).kv("fp8"));
            }
        }
    } else if language {
        all.push(base().recompute());
        if plan.hardware.accelerators > 1 {
            all.push(base().zero3());
            all.push(base().zero3().recompute());
        }
        all.push(base().zero3().recompute().accelerators(2, mode));
        all.push(base().zero3().recompute().accelerators(8, mode));
    }
    for divisor in [2, 4, 8] {
        if batch >= divisor && batch > 1 {
            all.push(base().batch((batch / divisor).max(1)));
        }
    }
    for name in ["H200", "B200", "MI300X"] {
        all.extend(base().hardware(registry, name));
    }
    all
}

/// Order of preference: known cost, then time.
fn rank(report: &Report) -> (f64, f64) {
    let cost = report
        .metric(Lens::Macro, "annual_tco_usd")
        .or_else(|| report.metric(Lens::Macro, "tco_usd"))
        .unwrap_or(f64::MAX);
    (cost, time_ms(report).unwrap_or(f64::MAX))
}

fn time_ms(report: &Report) -> Option<f64> {
    ["itl_ms", "step_latency", "latency"].iter().find_map(|key| report.metric(Lens::Performance, key))
}

fn gain(report: &Report) -> String {
    let mut words = String::from("fits");
    if let Some(ms) = time_ms(report) {
        let label = if report.metric(Lens::Performance, "itl_ms").is_some() {
            "ITL"
        } else if report.mode == Mode::Train {
            "step"
        } else {
            "latency"
        };
        words.extend([", ", label, " ", &format::seconds(ms / 1e3)]);
    }
    if let Some(usd) = report.metric(Lens::Macro, "annual_tco_usd") {
        words.extend([", ", &format::usd(usd), "/yr"]);
    }
    words
}

/// At most four edits that make the plan fit, best first. The best of each kind of change (first field
/// edited) comes before a second one of a kind, so that there is a choice.
pub(super) fn suggestions(plan: &Plan, registry: &Registry) -> Vec<Suggestion> {
    let mut found: Vec<((f64, f64), Suggestion)> = Vec::new();
    let mode = mode(plan);
    for mut candidate in candidates(plan, registry, mode) {
        let report = assess(&candidate.plan, registry);
        if report.feasibility.status != LensStatus::Pass {
            continue;
        }
        let more = candidate.plan.hardware.accelerators > plan.hardware.accelerators;
        if let Some(chosen) = report.parallelism
            && more
            && mode == Mode::Serve
            && chosen.tensor > 1
            && !matches!(candidate.plan.parallelism.tensor, Some(Auto::Is(_)))
        {
            candidate =
                candidate.then(&format!("tensor {}", chosen.tensor), "parallelism.tensor", &chosen.tensor);
        }
        let gain = gain(&report);
        found.push((rank(&report), Suggestion { title: candidate.title, edits: candidate.edits, gain }));
    }
    found.sort_by(|a, b| a.0.0.total_cmp(&b.0.0).then(a.0.1.total_cmp(&b.0.1)));
    let mut kept: Vec<(usize, Suggestion)> = Vec::with_capacity(MOST);
    for another_of_a_kind in [false, true] {
        for (place, (_, suggestion)) in found.iter().enumerate() {
            let field = |suggestion: &Suggestion| suggestion.edits.first().map(|edit| edit.0.clone());
            let seen = kept.iter().any(|(_, other)| field(other) == field(suggestion));
            // A suggestion that only adds to a better one says nothing new.
            let covered = kept
                .iter()
                .any(|(_, better)| better.edits.iter().all(|edit| suggestion.edits.contains(edit)));
            if kept.len() < MOST && !covered && seen == another_of_a_kind {
                kept.push((place, suggestion.clone()));
            }
        }
    }
    kept.sort_by_key(|(place, _)| *place);
    kept.into_iter().map(|(_, suggestion)| suggestion).collect()
}
