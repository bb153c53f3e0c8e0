//! The `studio` profile: a plan composed into the performance model of [`super::model`], with memory,
//! money and carbon, and what would help where it does not fit.
//!
//! | room | what it holds |
//! | --- | --- |
//! | [`anatomy`](mod@anatomy) | the terms behind the figures, for derivations |
//! | [`facts`] | registry entries as the model reads them |
//! | [`machine`] | accelerator and fleet as the model sees them |
//! | [`formats`] | number formats, and what a device cannot do |
//! | [`serve`] | transformers answering requests |
//! | [`train`] | transformers in training |
//! | [`plain`] | everything that is not a transformer |
//! | [`money`] | cost, energy, carbon, water |
//! | [`walls`] | readings of the 22 walls |
//! | [`suggest`] | edits that help: fit, keep a promise, be faster or cheaper |

pub mod anatomy;
pub mod facts;
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
use super::figures::Figures;
use super::format;
use super::mlsysim::failed;
use super::readings::{Communication, Load, PhaseLoads, Queue, ServingFigures, Streaming};
use super::report::{Bottleneck, ChosenParallelism, LensStatus, MemoryFit, Part, Report, Timeline, Warning};
use super::roofline;
use crate::metrics::{self, Lens, Values};
use crate::plan::{Mode, ModeChoice, Plan};
use crate::registry::Registry;
use anatomy::Anatomy;
use facts::Facts;
use machine::Machine;

/// Evaluates a plan to a report: everything, suggestions included.
pub fn evaluate(plan: &Plan, registry: &Registry) -> Report {
    let mut report = composed(plan, registry, true);
    report.suggestions = suggest::suggestions(plan, registry, &report);
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
    let facts = Facts::of(plan, registry);
    let query = Query { plan, facts: &facts, words: true, open: false };
    let found = machine(&query).and_then(|machine| Ok((machine, outcome(&query, &machine, mode)?)));
    match found {
        Ok((machine, mut outcome)) => {
            outcome.warnings.extend(machine.notes());
            if read {
                report.sensitivities = walls::sensitivities(&query, &machine, mode, &outcome);
            }
            fill(&mut report, &query, registry, outcome, read);
            report
        }
        Err(error) => failed(report, &error),
    }
}

/// The figures of a plan whose facts are `facts`: those of its report, and nothing else. Where the plan
/// describes no data and can be evaluated, it takes no memory from the heap.
pub fn figures(plan: &Plan, registry: &Registry, facts: &Facts) -> Figures {
    let mode = mode(plan);
    let query = Query { plan, facts, words: false, open: false };
    let Ok(outcome) = machine(&query).and_then(|machine| outcome(&query, &machine, mode)) else {
        return Figures::failed(mode);
    };
    let fits = outcome.fits();
    let mut values = outcome.metrics;
    memory_metrics(&outcome, &mut values);
    let economics = money::figures(&query, registry, &outcome, &mut values);
    let feasibility = if fits { LensStatus::Pass } else { LensStatus::Fail };
    Figures {
        status: assertions::verdict(!fits, assertions::hold(&plan.assertions, &values)),
        mode,
        feasibility,
        performance: feasibility,
        economics,
        binding_wall: Some(walls::binding(plan, registry, mode, &outcome)),
        parallelism: outcome.parallelism,
        values,
    }
}

/// The terms behind a plan's figures; `None` where it cannot be evaluated.
pub fn anatomy(plan: &Plan) -> Option<Anatomy> {
    let facts = Facts::without_prices(plan);
    let query = Query { plan, facts: &facts, words: false, open: true };
    let machine = machine(&query).ok()?;
    outcome(&query, &machine, mode(plan)).ok()?.anatomy
}

/// A plan, what its names stand for, and whether words are wanted beside numbers.
#[derive(Clone, Copy)]
struct Query<'a> {
    plan: &'a Plan,
    facts: &'a Facts,
    /// Sentences, warnings and lists for a report; without them an outcome is numbers alone.
    words: bool,
    /// The terms behind the figures are wanted too.
    open: bool,
}

fn machine<'a>(query: &Query<'a>) -> Resolved<Machine<'a>> {
    let hardware = &query.plan.hardware;
    Machine::with(hardware, &hardware.accelerator, &query.facts.supply.chip)
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
    pub metrics: Values,
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
    /// Weights that may stream in from outside.
    pub streaming: Option<Streaming>,
    /// Seconds that the step waits for them.
    pub waits_s: f64,
    /// Prefill of one request, where the step is a decode step.
    pub prefill: Option<PhaseLoads>,
    /// What carries the requests, where that is not simply batch over step.
    pub queue: Option<Queue>,
    /// Tokens are written on a second pool, `decode_hardware`: as many as the plan has of the first. It is
    /// paid for too.
    pub second_pool: bool,
    /// The terms behind the figures, where they are wanted.
    pub anatomy: Option<Anatomy>,
}

impl Outcome {
    /// True where memory suffices.
    pub fn fits(&self) -> bool {
        self.memory.used_bytes <= self.memory.capacity_bytes
    }
}

fn outcome(query: &Query<'_>, machine: &Machine<'_>, mode: Mode) -> Resolved<Outcome> {
    let net = &query.facts.net;
    match (net.shape.filter(|_| net.transformer), mode) {
        (None, _) => plain::evaluate(query, machine, mode),
        (Some(shape), Mode::Serve) => serve::evaluate(query, machine, shape),
        (Some(shape), Mode::Train) => train::evaluate(query, machine, shape),
    }
}

/// Place of a metric of the second lens.
const fn performance(key: &str) -> usize {
    metrics::place(Lens::Performance, key)
}

/// Metrics of the first lens.
fn memory_metrics(outcome: &Outcome, values: &mut Values) {
    let (used, capacity) = (outcome.memory.used_bytes, outcome.memory.capacity_bytes);
    values.set(const { metrics::place(Lens::Feasibility, "memory_used_gb") }, used / 1e9);
    values.set(const { metrics::place(Lens::Feasibility, "memory_capacity_gb") }, capacity / 1e9);
    values.set(const { metrics::place(Lens::Feasibility, "memory_utilization") }, used / capacity);
}

fn fill(report: &mut Report, query: &Query<'_>, registry: &Registry, mut outcome: Outcome, read: bool) {
    let plan = query.plan;
    let mut values = outcome.metrics;
    memory_metrics(&outcome, &mut values);
    let fits = outcome.fits();
    let (used, capacity) = (outcome.memory.used_bytes, outcome.memory.capacity_bytes);
    let share = used / capacity;
    report.feasibility.status = if fits { LensStatus::Pass } else { LensStatus::Fail };
    report.feasibility.metrics = values.of(Lens::Feasibility);
    report.feasibility.summary = if fits {
        let (used, capacity) = (format::bytes(used), format::bytes(capacity));
        format!("fits: {used} of {capacity} per accelerator ({})", format::percent(share))
    } else {
        let (needs, has) = (format::bytes(used), format::bytes(capacity));
        // Two equal figures would say nothing.
        let over = if needs == has {
            format!(": {} too few", format::bytes(used - capacity))
        } else {
            String::new()
        };
        let filled = filled(&outcome.memory).unwrap_or_default();
        format!("OOM: requires {needs} per accelerator but only has {has}{over}{filled}")
    };
    report.performance.status = report.feasibility.status;
    report.performance.metrics = values.of(Lens::Performance);
    report.performance.summary = if fits {
        std::mem::take(&mut outcome.summary)
    } else {
        format!("does not fit; with enough memory: {}", outcome.summary)
    };
    report.bottleneck = Some(outcome.bottleneck);
    report.parallelism = outcome.parallelism;
    report.warnings = std::mem::take(&mut outcome.warnings);
    money::fill(report, query, registry, &outcome);
    if !fits && report.economics.status == LensStatus::Pass {
        report.economics.summary.push_str("; for a plan that does not fit");
    }
    if read {
        let readings = walls::readings(report, plan, registry, &outcome);
        (report.walls, report.phases) = (readings.walls, readings.phases);
        report.warnings.extend(accuracy(report));
    }
    report.roofline = roofline::of(plan, &work(report.mode, &outcome));
    report.memory = Some(outcome.memory);
    report.timeline = Some(outcome.timeline);
    report.violations = assertions::check(&plan.assertions, report);
    report.status = assertions::status(!fits, &report.violations);
}

/// The wall of accuracy, passed: it binds nothing, and whoever reads only the verdict must hear of it.
fn accuracy(report: &Report) -> Option<Warning> {
    let wall = report.walls.iter().find(|wall| wall.number == FIDELITY)?;
    let over = wall.pressure.is_some_and(|pressure| pressure > 1.0);
    over.then(|| Warning { code: "accuracy", message: wall.sentence.clone() })
}

/// Number of the wall that tells what fewer bits cost in accuracy.
const FIDELITY: u8 = 13;

/// Parts of the memory that come with the batch, and not with the model.
pub(super) const WORK_PARTS: [&str; 3] = ["kv_cache", "activations", "logits"];

/// What fills the memory where it is one of [`WORK_PARTS`] and takes more than half: ` (KV cache 171.8 GB)`.
fn filled(memory: &MemoryFit) -> Option<String> {
    let most = memory.parts.iter().max_by(|a, b| a.value.total_cmp(&b.value))?;
    let fills = WORK_PARTS.contains(&most.key) && most.value > 0.5 * memory.used_bytes;
    fills.then(|| format!(" ({} {})", most.label, format::bytes(most.value)))
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

/// Parts of a sum; parts of zero do not apply and are left out. Only where words are wanted.
fn parts(words: bool, all: &[(&'static str, &'static str, f64)]) -> Vec<Part> {
    if words { listed(all) } else { Vec::new() }
}

fn listed(all: &[(&'static str, &'static str, f64)]) -> Vec<Part> {
    all.iter().filter(|part| part.2 > 0.0).map(|&(key, label, value)| Part { key, label, value }).collect()
}

/// Memory of one accelerator from its parts.
fn memory_fit(words: bool, all: &[(&'static str, &'static str, f64)], capacity_bytes: f64) -> MemoryFit {
    let used_bytes = all.iter().map(|part| part.2).filter(|bytes| *bytes > 0.0).sum();
    MemoryFit { parts: parts(words, all), used_bytes, capacity_bytes, checked: true }
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

/// An entry that is a whole rack, of which the plan takes a part.
fn rack(machine: &Machine) -> Option<Warning> {
    (machine.chips > 1.0).then(|| Warning {
        code: "rack",
        message: format!(
            "{} is a rack of {}: the plan uses {} of its accelerators",
            machine.entry.name, machine.chips, machine.count
        ),
    })
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

/// The degree that a plan writes, or powers of two from 1 up to `most`.
fn degrees(written: Option<u64>, most: u64) -> impl DoubleEndedIterator<Item = u64> + Clone {
    let open = (0..=most.max(1).ilog2().min(62)).map(|exponent| 1_u64 << exponent);
    written.into_iter().chain(open.filter(move |_| written.is_none()))
}

/// A division in words: `tensor 4 × 2 replicas`.
fn divided(split: &ChosenParallelism) -> String {
    let part = |ways: u64, text: String| if ways > 1 { text } else { String::new() };
    let stages = part(split.pipeline, format!(" × pipeline {}", split.pipeline));
    let replicas = part(split.data, format!(" × {} replicas", split.data));
    format!("tensor {}{stages}{replicas}", split.tensor)
}

/// Why the engine divides the fleet as it does where the plan leaves a degree open.
pub fn why_divided(plan: &Plan, degree: &str) -> &'static str {
    match (degree, mode(plan)) {
        ("data", _) => "the accelerators that the other degrees leave",
        ("expert" | "context", _) => "1 where the plan says nothing",
        (_, Mode::Train) => "of the divisions that fit, the fastest",
        (_, Mode::Serve) => "of the divisions that fit, the one that answers the live sequences soonest",
    }
}
