//! The `studio` profile: a plan composed into the performance model of [`super::model`], with memory,
//! money and carbon, and what would help where it does not fit.
//!
//! | room | what it holds |
//! | --- | --- |
//! | [`machine`] | accelerator and fleet as the model sees them |
//! | [`formats`] | number formats, and what a device cannot do |
//! | [`serve`] | transformers answering requests |
//! | [`train`] | transformers in training |
//! | [`plain`] | everything that is not a transformer |
//! | [`money`] | cost, energy, carbon, water |
//! | [`walls`] | readings of the 22 walls |
//! | [`suggest`] | edits that make an infeasible plan fit |

pub mod formats;
pub mod machine;
pub mod money;
pub mod plain;
pub mod serve;
pub mod suggest;
pub mod train;
pub mod walls;

#[cfg(test)]
mod tests;

use super::assertions;
use super::common::{ResolveError, Resolved};
use super::format;
use super::mlsysim::failed;
use super::readings::{Communication, Load, PhaseLoads, Queue, ServingFigures};
use super::report::{Bottleneck, ChosenParallelism, LensStatus, MemoryFit, Part, Report, Timeline, Warning};
use super::roofline;
use crate::plan::{Mode, ModeChoice, Plan};
use crate::registry::{Accelerator, Entry, Registry};
use machine::Machine;
use std::sync::Arc;

/// Evaluates a plan to a report: everything, suggestions included.
pub fn evaluate(plan: &Plan, registry: &Registry) -> Report {
    let mut report = composed(plan, registry, true);
    if report.status == super::report::Status::Infeasible {
        report.suggestions = suggest::suggestions(plan, registry);
    }
    report
}

/// Evaluates a plan without looking for better ones and without readings of the walls.
pub fn assess(plan: &Plan, registry: &Registry) -> Report {
    composed(plan, registry, false)
}

fn composed(plan: &Plan, registry: &Registry, read: bool) -> Report {
    let mut report = Report::empty(plan);
    report.registry_version = registry.version();
    report.mode = mode(plan);
    let mode = report.mode;
    let found = Machine::of(&plan.hardware).and_then(|machine| Ok((machine, outcome(plan, &machine, mode)?)));
    match found {
        Ok((machine, outcome)) => {
            if read {
                report.sensitivities = walls::sensitivities(plan, &machine, mode, &outcome);
            }
            fill(&mut report, plan, registry, outcome, read);
            report
        }
        Err(error) => failed(report, &error),
    }
}

/// Train or serve: what the plan says, else a `serve:` or `train:` block decides, else one accelerator
/// serves and a fleet trains.
pub fn mode(plan: &Plan) -> Mode {
    match plan.workload.mode {
        ModeChoice::Train => Mode::Train,
        ModeChoice::Auto if plan.workload.serve.is_none() => {
            let fleet = plan.hardware.accelerators > 1;
            if plan.workload.train.is_some() || fleet { Mode::Train } else { Mode::Serve }
        }
        ModeChoice::Serve | ModeChoice::Auto => Mode::Serve,
    }
}

/// What a composition computed, before money.
pub(super) struct Outcome {
    /// Memory of one accelerator.
    pub memory: MemoryFit,
    /// Metrics of the performance lens.
    pub metrics: Vec<(&'static str, f64)>,
    /// Sentence of the performance lens.
    pub summary: String,
    /// Where one step's time goes.
    pub timeline: Timeline,
    /// Longer side of the roofline.
    pub bottleneck: Bottleneck,
    /// Division of the fleet, for transformers.
    pub parallelism: Option<ChosenParallelism>,
    /// Things to know.
    pub warnings: Vec<Warning>,
    /// Output or training tokens per second of the whole deployment, while it works.
    pub tokens_per_s: Option<f64>,
    /// Model operations over peak.
    pub mfu: f64,
    /// Share of peak that large matrix products attain.
    pub efficiency: f64,
    /// Arithmetic of one step, per accelerator.
    pub compute: Load,
    /// Memory traffic of one step, per accelerator.
    pub traffic: Load,
    /// Launch and host time of one step, s.
    pub overhead_s: f64,
    /// Communication of one step; `None` for one accelerator.
    pub communication: Option<Communication>,
    /// Accelerators of a node.
    pub node: f64,
    /// Serving of a language model: for walls 4, 5 and 12.
    pub serving: Option<ServingFigures>,
    /// Prefill of one request, where the step is a decode step.
    pub prefill: Option<PhaseLoads>,
    /// What carries the requests, where that is not simply batch over step.
    pub queue: Option<Queue>,
    /// Accelerator of a second pool, as many as the plan has of the first; it is paid for too.
    pub second_pool: Option<Arc<Entry<Accelerator>>>,
}

impl Outcome {
    /// True where memory suffices.
    pub fn fits(&self) -> bool {
        self.memory.used_bytes <= self.memory.capacity_bytes
    }
}

fn outcome(plan: &Plan, machine: &Machine<'_>, mode: Mode) -> Resolved<Outcome> {
    let model = &plan.workload.model.facts;
    if !model.kind.is_transformer() || machine::shape(&plan.workload.model).is_none() {
        return plain::evaluate(plan, machine, mode);
    }
    match mode {
        Mode::Serve => serve::evaluate(plan, machine),
        Mode::Train => train::evaluate(plan, machine),
    }
}

fn fill(report: &mut Report, plan: &Plan, registry: &Registry, mut outcome: Outcome, read: bool) {
    let fits = outcome.fits();
    let (used, capacity) = (outcome.memory.used_bytes, outcome.memory.capacity_bytes);
    let share = used / capacity;
    report.feasibility.status = if fits { LensStatus::Pass } else { LensStatus::Fail };
    report.feasibility.metrics = vec![
        ("memory_used_gb", used / 1e9),
        ("memory_capacity_gb", capacity / 1e9),
        ("memory_utilization", share),
    ];
    report.feasibility.summary = if fits {
        let (used, capacity) = (format::bytes(used), format::bytes(capacity));
        format!("fits: {used} of {capacity} per accelerator ({})", format::percent(share))
    } else {
        format!(
            "OOM: requires {} per accelerator but only has {}",
            format::bytes(used),
            format::bytes(capacity)
        )
    };
    report.performance.status = report.feasibility.status;
    report.performance.metrics = std::mem::take(&mut outcome.metrics);
    report.performance.summary = if fits {
        std::mem::take(&mut outcome.summary)
    } else {
        format!("does not fit; with enough memory: {}", outcome.summary)
    };
    report.bottleneck = Some(outcome.bottleneck);
    report.parallelism = outcome.parallelism;
    report.warnings = std::mem::take(&mut outcome.warnings);
    money::fill(report, plan, registry, &outcome);
    if read {
        let readings = walls::readings(report, plan, registry, &outcome);
        (report.walls, report.phases) = (readings.walls, readings.phases);
    }
    report.roofline = roofline::of(plan, &work(report.mode, &outcome));
    report.memory = Some(outcome.memory);
    report.timeline = Some(outcome.timeline);
    report.violations = assertions::check(&plan.assertions, report);
    report.status = assertions::status(!fits, &report.violations);
}

/// The plan's work as points under the roofline.
fn work(mode: Mode, outcome: &Outcome) -> Vec<roofline::Work> {
    let label = match mode {
        Mode::Train => "step",
        Mode::Serve if outcome.serving.is_some() => "decode",
        Mode::Serve => "batch",
    };
    let prefill = outcome
        .prefill
        .iter()
        .map(|phase| ("prefill", phase.compute.amount, phase.memory.amount, phase.total_s));
    std::iter::once((label, outcome.compute.amount, outcome.traffic.amount, outcome.timeline.total_s))
        .chain(prefill)
        .collect()
}

/// A part of a sum; parts of zero do not apply and are left out.
fn parts(all: &[(&'static str, &'static str, f64)]) -> Vec<Part> {
    all.iter().filter(|part| part.2 > 0.0).map(|&(key, label, value)| Part { key, label, value }).collect()
}

/// Memory of one accelerator from its parts.
fn memory_fit(all: &[(&'static str, &'static str, f64)], capacity_bytes: f64) -> MemoryFit {
    let parts = parts(all);
    let used_bytes = parts.iter().map(|part| part.value).sum();
    MemoryFit { parts, used_bytes, capacity_bytes, checked: true }
}

/// The longer side of the roofline.
fn bottleneck(compute: Load, traffic: Load) -> Bottleneck {
    if traffic.seconds > compute.seconds { Bottleneck::Memory } else { Bottleneck::Compute }
}

/// A band behind a predicted time: `(×0.79–1.18)`, and whether it is assumed.
fn band((low, high): (f64, f64), fitted: bool) -> String {
    let assumed = if fitted { "" } else { ", assumed" };
    format!("(×{low:.2}–{high:.2}{assumed})")
}

/// A count of accelerators that the division does not use.
fn idle(total: u64, used: u64) -> Option<Warning> {
    (used < total).then(|| Warning {
        code: "idle_ranks",
        message: format!("{} of {total} accelerators have no work: the division uses {used}", total - used),
    })
}

fn divides(field: &'static str, width: u64, total: u64) -> Resolved<()> {
    if width <= total {
        return Ok(());
    }
    Err(ResolveError::bad_input(
        field,
        format!("the division needs {width} accelerators and the plan has {total}"),
    ))
}

/// Powers of two from 1 up to `most`.
fn powers(most: u64) -> Vec<u64> {
    (0..63).map(|exponent| 1_u64 << exponent).take_while(|&power| power <= most.max(1)).collect()
}
