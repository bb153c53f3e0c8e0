//! What an evaluation says.

use super::format;
use crate::metrics::{self, Lens};
use crate::plan::{Mode, Plan};
use crate::registry::Physics;

/// Status of one lens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LensStatus {
    /// Holds.
    Pass,
    /// Does not.
    Fail,
    /// Not evaluated; the summary says why.
    Skipped,
}

impl LensStatus {
    /// `PASS`, `FAIL` or `SKIPPED`.
    pub fn name(self) -> &'static str {
        match self {
            LensStatus::Pass => "PASS",
            LensStatus::Fail => "FAIL",
            LensStatus::Skipped => "SKIPPED",
        }
    }
}

/// Status of the whole plan; each has an exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Exit 0.
    Ok,
    /// Exit 2: physics says no.
    Infeasible,
    /// Exit 3: an assertion fails.
    SlaFailed,
    /// Exit 1: the inputs allow no evaluation (for example a zero bandwidth).
    Error,
}

impl Status {
    /// `ok`, `infeasible`, `sla_failed`, `error`.
    pub fn name(self) -> &'static str {
        match self {
            Status::Ok => "ok",
            Status::Infeasible => "infeasible",
            Status::SlaFailed => "sla_failed",
            Status::Error => "error",
        }
    }
    /// Process exit code.
    pub fn exit_code(self) -> u8 {
        match self {
            Status::Ok => 0,
            Status::Error => 1,
            Status::Infeasible => 2,
            Status::SlaFailed => 3,
        }
    }
}

/// One lens of the verdict.
#[derive(Debug, Clone, PartialEq)]
pub struct LensReport {
    /// Which.
    pub lens: Lens,
    /// Pass, fail or skipped.
    pub status: LensStatus,
    /// One sentence.
    pub summary: String,
    /// Metrics by key without prefix (`memory_used_gb`), in table order.
    pub metrics: Vec<(&'static str, f64)>,
}

/// What limits the engine step: the roofline's two sides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bottleneck {
    /// Data movement.
    Memory,
    /// Arithmetic.
    Compute,
}

impl Bottleneck {
    /// `Memory` or `Compute`.
    pub fn name(self) -> &'static str {
        match self {
            Bottleneck::Memory => "Memory",
            Bottleneck::Compute => "Compute",
        }
    }
}

/// One part of a sum that a panel shows (memory part, TCO term, timeline segment).
#[derive(Debug, Clone, PartialEq)]
pub struct Part {
    /// Stable key: `weights`, `kv_cache`, `energy_usd`, …
    pub key: &'static str,
    /// Label on screen.
    pub label: &'static str,
    /// Value in the unit of the owning structure.
    pub value: f64,
}

/// Memory on one accelerator.
#[derive(Debug, Clone, PartialEq)]
pub struct MemoryFit {
    /// Bytes by part, in stacking order; only parts that apply.
    pub parts: Vec<Part>,
    /// Sum of the parts, bytes.
    pub used_bytes: f64,
    /// Capacity, bytes.
    pub capacity_bytes: f64,
    /// True where the verdict depends on it (the reference does not check fleets).
    pub checked: bool,
}

/// Every cost term.
#[derive(Debug, Clone, PartialEq)]
pub struct Tco {
    /// USD by term over the duration.
    pub terms: Vec<Part>,
    /// Sum, USD.
    pub total_usd: f64,
    /// Days priced.
    pub duration_days: f64,
    /// Electricity price used, USD/kWh, and where it came from.
    pub electricity_usd_per_kwh: f64,
    /// Source of the electricity price in words.
    pub electricity_source: String,
    /// Region in words.
    pub region: String,
    /// Prices that are not known and therefore not in the total; empty when complete.
    pub missing: Vec<String>,
    /// What renting the same accelerators for the same days would cost, USD; for a plan that buys.
    pub rent_alternative_usd: Option<f64>,
    /// The rent behind it and behind `break_even_days`, with its source and date.
    pub rent_source: Option<String>,
    /// Days of use after which buying has cost less than renting.
    pub break_even_days: Option<f64>,
    /// What the capital cost covers and what stands for figures that the plan does not give, a sentence each.
    pub assumed: Vec<String>,
}

/// Energy and carbon.
#[derive(Debug, Clone, PartialEq)]
pub struct Carbon {
    /// Accelerator energy, kWh.
    pub it_energy_kwh: f64,
    /// With PUE, kWh.
    pub facility_energy_kwh: f64,
    /// kg CO2e.
    pub operational_kg: f64,
    /// kg CO2e of manufacture, where counted.
    pub embodied_kg: Option<f64>,
    /// Litres.
    pub water_l: f64,
    /// Grid intensity, g/kWh.
    pub grid_g_per_kwh: f64,
    /// Power usage effectiveness.
    pub pue: f64,
}

/// Where the time of one step goes.
#[derive(Debug, Clone, PartialEq)]
pub struct Timeline {
    /// Seconds by segment: `compute`, `memory`, `overhead`, `communication`, `bubble`.
    pub segments: Vec<Part>,
    /// Seconds of the whole step. Compute and memory overlap, so the segments may add up to more.
    pub total_s: f64,
}

/// One piece of the plan's work under the roofline.
#[derive(Debug, Clone, PartialEq)]
pub struct RooflinePoint {
    /// `prefill`, `decode`, `step`, `batch`.
    pub label: &'static str,
    /// Operations per byte moved.
    pub flop_per_byte: f64,
    /// Attained over the whole time of the work, flop/s.
    pub flop_per_s: f64,
}

/// What one accelerator can attain, as published, and where the plan's work stands under it.
#[derive(Debug, Clone, PartialEq)]
pub struct Roofline {
    /// Peaks by number format, highest first, flop/s; formats of the same rate share an entry.
    pub ceilings: Vec<(String, f64)>,
    /// Which of them the plan's arithmetic runs under.
    pub own: usize,
    /// Memory bandwidth, bytes/s.
    pub bytes_per_s: f64,
    /// The plan's work.
    pub points: Vec<RooflinePoint>,
}

impl Roofline {
    /// The most that work of an intensity can attain under the plan's ceiling, flop/s.
    pub fn attainable(&self, flop_per_byte: f64) -> f64 {
        let peak = self.ceilings.get(self.own).map_or(f64::INFINITY, |(_, rate)| *rate);
        peak.min(self.bytes_per_s * flop_per_byte)
    }
}

/// The part of the work that a reading is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// No part of it: capacity, money, the whole run.
    Always,
    /// A training step, or one batch of inputs.
    Step,
    /// Reading the prompt.
    Prefill,
    /// Writing tokens.
    Decode,
    /// Prefill and decode alike.
    Request,
}

impl Phase {
    /// `always`, `step`, `prefill`, `decode`, `request`.
    pub fn name(self) -> &'static str {
        match self {
            Phase::Always => "always",
            Phase::Step => "step",
            Phase::Prefill => "prefill",
            Phase::Decode => "decode",
            Phase::Request => "request",
        }
    }

    /// True where a reading of this phase is also one of `other`.
    pub fn covers(self, other: Phase) -> bool {
        self == other || (self == Phase::Request && matches!(other, Phase::Prefill | Phase::Decode))
    }
}

/// One phase of the plan and what binds it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PhaseReading {
    /// `Step`, `Prefill` or `Decode`.
    pub phase: Phase,
    /// One step, the prefill of one request, or one decode step, s.
    pub seconds: f64,
    /// Number of the wall that binds; 2 where the plan does not fit.
    pub binding: u8,
}

/// How near a wall is.
#[derive(Debug, Clone, PartialEq)]
pub enum WallState {
    /// Demand is over the limit.
    Violated,
    /// The limit that sets the plan's speed or size.
    Binding,
    /// Within 20 % of the limit.
    Near,
    /// Far away.
    Clear,
    /// Does not apply; why.
    NotApplicable(String),
    /// Would apply if this field were given.
    NeedsInput(String),
    /// This version does not evaluate it yet.
    NotEvaluated(String),
}

/// One of the 22 walls for this plan.
#[derive(Debug, Clone, PartialEq)]
pub struct WallReading {
    /// 1 to 22.
    pub number: u8,
    /// For example `Memory`.
    pub name: &'static str,
    /// `node`, `data`, `algorithm`, `fleet`, `ops`, `analysis`.
    pub domain: &'static str,
    /// What part of the work it is about.
    pub phase: Phase,
    /// How near.
    pub state: WallState,
    /// Demand over limit; 1 is at the wall. `None` where there is no reading.
    pub pressure: Option<f64>,
    /// Demand with unit, for example `141.2 GB`.
    pub value: String,
    /// Limit with unit.
    pub limit: String,
    /// One sentence.
    pub sentence: String,
    /// For example `W / capacity`.
    pub equation: &'static str,
    /// The equation with this plan's numbers.
    pub substituted: String,
    /// Sources of the equation and of the figures.
    pub sources: Vec<String>,
}

/// An assertion that does not hold.
#[derive(Debug, Clone, PartialEq)]
pub struct Violation {
    /// Metric name as written.
    pub metric: String,
    /// `max`, `min` or `unavailable`.
    pub why: &'static str,
    /// Value found.
    pub value: Option<f64>,
    /// Bound it breaks.
    pub bound: Option<f64>,
}

impl Violation {
    /// One sentence.
    pub fn sentence(&self) -> String {
        let (Some(value), Some(bound)) = (self.value, self.bound) else {
            return format!("{} is not available for this plan", self.metric);
        };
        let (mut found, mut allowed) = (format::figure(value), format::figure(bound));
        if found == allowed {
            // So near that three digits hide the difference.
            (found, allowed) = (value.to_string(), bound.to_string());
        }
        let unit = metrics::by_assertion_name(&self.metric).map_or("", |metric| metric.unit);
        let [found, allowed] = [found, allowed].map(|figure| match unit {
            "" => figure,
            "USD" => format!("${figure}"),
            unit => format!("{figure} {unit}"),
        });
        if self.why == "max" {
            format!("{} is {found}, above the maximum {allowed}", self.metric)
        } else {
            format!("{} is {found}, below the minimum {allowed}", self.metric)
        }
    }
}

/// Something the reader of the numbers must know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// Stable code: `precision_fallback`, `idle_ranks`, `unknown_price`, …
    pub code: &'static str,
    /// One sentence.
    pub message: String,
}

/// A change to the plan that helps.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Suggestion {
    /// What it does, for example `use 2 accelerators, tensor 2`.
    pub title: String,
    /// Field assignments: dotted path and YAML scalar.
    pub edits: Vec<(String, String)>,
    /// What it gains and what it costs, in words.
    pub gain: String,
    /// What it is for, as an assertion names it: `feasibility.memory_utilization`, `performance.itl_ms`.
    pub metric: String,
    /// Unit of `before` and `after`; empty for a ratio.
    pub unit: &'static str,
    /// The metric as it is.
    pub before: Option<f64>,
    /// The metric with the edits.
    pub after: Option<f64>,
    /// Share by which it improves: 0.4 is 40 % less of what should be small, or more of what should be large.
    pub share: Option<f64>,
}

/// How the fleet is divided, as evaluated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChosenParallelism {
    /// Tensor parallel.
    pub tensor: u64,
    /// Pipeline parallel.
    pub pipeline: u64,
    /// Data parallel (replicas).
    pub data: u64,
    /// Expert parallel.
    pub expert: u64,
}

/// The answer to a plan.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// The plan's name.
    pub scenario: String,
    /// Profile that produced every number here.
    pub physics: Physics,
    /// Train or serve.
    pub mode: Mode,
    /// The whole verdict.
    pub status: Status,
    /// Where `status` is `Error`: what makes the plan impossible to evaluate, and the field to change.
    pub error: Option<(String, String)>,
    /// Fits?
    pub feasibility: LensReport,
    /// Fast?
    pub performance: LensReport,
    /// Worth it?
    pub economics: LensReport,
    /// Roofline side.
    pub bottleneck: Option<Bottleneck>,
    /// Memory per accelerator.
    pub memory: Option<MemoryFit>,
    /// Always 22, by number.
    pub walls: Vec<WallReading>,
    /// One phase, or prefill and decode; empty where nothing is evaluated.
    pub phases: Vec<PhaseReading>,
    /// Elasticity of the step's time (of the decode step's) by lever: −1 where twice the lever takes half
    /// the time.
    pub sensitivities: Vec<Part>,
    /// Money.
    pub tco: Option<Tco>,
    /// Carbon.
    pub carbon: Option<Carbon>,
    /// Time.
    pub timeline: Option<Timeline>,
    /// Roofline of one accelerator.
    pub roofline: Option<Roofline>,
    /// Split of the fleet.
    pub parallelism: Option<ChosenParallelism>,
    /// Assertions that fail.
    pub violations: Vec<Violation>,
    /// Things to know.
    pub warnings: Vec<Warning>,
    /// Changes that help, best first.
    pub suggestions: Vec<Suggestion>,
    /// Version of the facts.
    pub registry_version: &'static str,
}

impl Report {
    /// A report in which nothing has been evaluated.
    pub fn empty(plan: &Plan) -> Report {
        let skipped = |lens| LensReport {
            lens,
            status: LensStatus::Skipped,
            summary: "not evaluated".into(),
            metrics: Vec::new(),
        };
        Report {
            scenario: plan.name.clone(),
            physics: plan.physics,
            mode: Mode::Serve,
            status: Status::Ok,
            error: None,
            feasibility: skipped(Lens::Feasibility),
            performance: skipped(Lens::Performance),
            economics: skipped(Lens::Macro),
            bottleneck: None,
            memory: None,
            walls: Vec::new(),
            phases: Vec::new(),
            sensitivities: Vec::new(),
            tco: None,
            carbon: None,
            timeline: None,
            roofline: None,
            parallelism: None,
            violations: Vec::new(),
            warnings: Vec::new(),
            suggestions: Vec::new(),
            registry_version: "",
        }
    }

    /// A metric by lens and key.
    pub fn metric(&self, lens: Lens, key: &str) -> Option<f64> {
        let report = match lens {
            Lens::Feasibility => &self.feasibility,
            Lens::Performance => &self.performance,
            Lens::Macro => &self.economics,
        };
        report.metrics.iter().find(|(name, _)| *name == key).map(|(_, value)| *value)
    }

    /// How the suggestions are ordered, in one line; empty where there are none.
    pub fn suggestion_order(&self) -> &'static str {
        if self.suggestions.is_empty() {
            ""
        } else if self.feasibility.status == LensStatus::Fail {
            "what breaks the fewest assertions first, then what asks least of you, then the cheapest"
        } else if !self.violations.is_empty() {
            "what meets the first broken assertion, the cheapest first; then what comes closest"
        } else {
            "what costs no more, by gain; then what costs more; a cheaper and a cleaner way last"
        }
    }

    /// The wall that limits the plan: the one that binds the step or, for requests, decode (each output
    /// token waits for it), or memory where the plan does not fit.
    pub fn binding_wall(&self) -> Option<&WallReading> {
        let state = |state| self.walls.iter().find(|wall| wall.state == state);
        match self.phases.last() {
            Some(phase) => self.walls.iter().find(|wall| wall.number == phase.binding),
            None => state(WallState::Violated).or_else(|| state(WallState::Binding)),
        }
    }
}
