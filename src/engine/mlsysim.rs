//! The `mlsysim` profile: a plan composed exactly as mlsysim 0.3.0 composes it, defects included.
//!
//! [`compose`] gives the numbers, [`evaluate`] the report. Where the reference stays silent about
//! something that a reader must know, the report carries a warning.

use super::assertions;
use super::common::constants::{DEFAULT_EFFICIENCY, FALLBACK_TDP_W};
use super::common::memory::TrainingMemory;
use super::common::{Precision, ResolveError, Resolved, weight_bytes};
use super::economics::{Economics, EconomicsInputs, economics, environment};
use super::fleet::{Distributed, DistributedInputs, Fleet, distributed};
use super::format;
use super::readings::{self, Communication, Load, ReadingInputs};
use super::report::{
    Carbon, ChosenParallelism, LensStatus, MemoryFit, Part, Report, Status, Suggestion, Tco, Timeline,
    WallState, Warning,
};
use super::single::{NodeProfile, SingleInputs, precision_falls_back, single_node};
use super::walls::Wall;
use crate::plan::{Mode, ModeChoice, Plan};
use crate::registry::{Entry, Grid, Physics, Registry};

/// What the engine computed for a plan.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// One device, inference.
    Single(NodeProfile),
    /// A fleet, one training step.
    Fleet(Distributed),
}

impl Step {
    /// The device's profile, or the replica's.
    pub fn node(&self) -> &NodeProfile {
        match self {
            Step::Single(node) => node,
            Step::Fleet(step) => &step.node,
        }
    }
}

/// The numbers of a plan, without words.
#[derive(Debug, Clone, PartialEq)]
pub struct Composition {
    /// Precision.
    pub precision: Precision,
    /// Share of peak.
    pub efficiency: f64,
    /// Time and memory.
    pub step: Step,
    /// Money and carbon; `None` for one device or without `ops`.
    pub economics: Option<Economics>,
}

/// The fleet that a plan describes. A node holds what the plan says, else what the device's entry
/// says, else one accelerator.
pub fn fleet(plan: &Plan) -> Resolved<Fleet<'_>> {
    let hardware = &plan.hardware;
    let device = &hardware.accelerator.facts;
    let per_node = hardware
        .accelerators_per_node
        .or(device.accelerator_count.map(u64::from))
        .filter(|&count| count > 0)
        .unwrap_or(1);
    if !hardware.accelerators.is_multiple_of(per_node) {
        return Err(ResolveError::bad_input(
            "hardware.accelerators",
            format!("{} accelerators do not fill nodes of {per_node}", hardware.accelerators),
        ));
    }
    let link = |link: &Option<crate::registry::Link>| link.as_ref().map(|link| link.one_way_bytes_per_s);
    let inside = hardware
        .intra_node_bytes_per_s
        .or_else(|| link(&device.nvlink))
        .or_else(|| link(&device.interconnect))
        .unwrap_or(hardware.fabric_bytes_per_s);
    Ok(Fleet::new(device, hardware.accelerators / per_node, per_node, inside, hardware.fabric_bytes_per_s))
}

/// Evaluates a plan to numbers.
pub fn compose(plan: &Plan, registry: &Registry) -> Resolved<Composition> {
    let precision = Precision::parse(&plan.hardware.precision).ok_or_else(|| {
        ResolveError::bad_input(
            "hardware.precision",
            format!(
                "{} is not a precision of mlsysim 0.3.0; it knows fp32, tf32, fp16, bf16, fp8, int8, int4",
                plan.hardware.precision
            ),
        )
    })?;
    let efficiency = plan.hardware.efficiency.unwrap_or(DEFAULT_EFFICIENCY);
    let model = &plan.workload.model.facts;
    let device = &plan.hardware.accelerator.facts;
    let batch = plan.workload.batch_size;
    if plan.hardware.accelerators <= 1 {
        let inputs = SingleInputs { batch, precision, efficiency, ..SingleInputs::default() };
        let step = Step::Single(single_node(model, device, &inputs)?);
        return Ok(Composition { precision, efficiency, step, economics: None });
    }
    let fleet = fleet(plan)?;
    let inputs = DistributedInputs { batch, precision, efficiency, ..DistributedInputs::default() };
    let step = Step::Fleet(distributed(model, &fleet, &inputs)?);
    let economics = match &plan.ops {
        None => None,
        Some(ops) => {
            let grid = us_average(registry)?;
            let inputs = EconomicsInputs {
                accelerators: fleet.accelerators() as f64,
                duration_days: ops.duration_days,
                ..EconomicsInputs::default()
            };
            Some(economics(device, &inputs, &environment(None, None, None, &grid))?)
        }
    };
    Ok(Composition { precision, efficiency, step, economics })
}

/// The grid that 0.3.0 prices every plan on, whatever its region.
fn us_average(registry: &Registry) -> Resolved<std::sync::Arc<Entry<Grid>>> {
    registry
        .grid(Physics::Mlsysim, "US_Avg")
        .map_err(|_| ResolveError::bad_input("ops.region", "the registry has no US_Avg grid"))
}

/// Evaluates a plan to a report.
pub fn evaluate(plan: &Plan, registry: &Registry) -> Report {
    let mut report = Report::empty(plan);
    report.registry_version = registry.version();
    report.mode = if plan.hardware.accelerators > 1 { Mode::Train } else { Mode::Serve };
    let composition = match compose(plan, registry) {
        Ok(composition) => composition,
        Err(error) => return failed(report, &error),
    };
    let node = composition.step.node();
    let device = &plan.hardware.accelerator.facts;
    report.bottleneck = Some(node.bottleneck);
    report.memory = Some(memory_fit(&node.parts, device.memory_bytes, report.mode == Mode::Serve));
    report.warnings = warnings(plan, &composition);
    match &composition.step {
        Step::Single(node) => single_lenses(&mut report, plan, node),
        Step::Fleet(step) => fleet_lenses(&mut report, plan, step),
    }
    if let Some(economics) = &composition.economics {
        money(&mut report, plan, economics);
    } else if plan.ops.is_some() {
        report.economics.summary = "mlsysim 0.3.0 prices fleets only, not one accelerator".into();
    } else {
        report.economics.summary = "not priced: the plan has no ops block".into();
    }
    report.walls = walls(&report, plan, &composition);
    report.suggestions = suggestions(plan, node);
    report.violations = assertions::check(&plan.assertions, &report);
    report.status = assertions::status(!node.feasible, &report.violations);
    report
}

/// A report that says why there are no numbers.
pub fn failed(mut report: Report, error: &ResolveError) -> Report {
    let sentence = format!("not evaluated: {error}");
    for lens in [&mut report.feasibility, &mut report.performance, &mut report.economics] {
        lens.summary.clone_from(&sentence);
    }
    report.walls = readings::unread("the plan cannot be evaluated");
    report.status = Status::Error;
    report.error = Some((error.message.clone(), error.field.to_owned()));
    report
}

/// Memory of one accelerator by part; parts of zero bytes do not apply.
fn memory_fit(parts: &TrainingMemory, capacity_bytes: f64, checked: bool) -> MemoryFit {
    let parts: Vec<Part> = [
        ("weights", "weights", parts.state.weights),
        ("gradients", "gradients", parts.state.gradients),
        ("optimizer", "optimizer", parts.state.optimizer),
        ("activations", "activations", parts.activations),
        ("buffers", "buffers", parts.buffers),
    ]
    .into_iter()
    .filter(|part| part.2 > 0.0)
    .map(|(key, label, value)| Part { key, label, value })
    .collect();
    let used_bytes = parts.iter().map(|part| part.value).sum();
    MemoryFit { parts, used_bytes, capacity_bytes, checked }
}

/// The verdict's sentence about memory that does not suffice.
fn oom(node: &NodeProfile, capacity: f64) -> String {
    format!(
        "OOM: requires {} per accelerator but only has {}",
        format::bytes(node.footprint_bytes),
        format::bytes(capacity)
    )
}

fn single_lenses(report: &mut Report, plan: &Plan, node: &NodeProfile) {
    let capacity = plan.hardware.accelerator.facts.memory_bytes;
    let status = if node.feasible { LensStatus::Pass } else { LensStatus::Fail };
    let fill = node.footprint_bytes / capacity;
    report.feasibility.status = status;
    report.feasibility.metrics = vec![
        ("memory_used_gb", node.footprint_bytes / 1e9),
        ("memory_capacity_gb", capacity / 1e9),
        ("memory_utilization", fill),
    ];
    report.feasibility.summary = if node.feasible {
        format!(
            "fits: {} of {} ({})",
            format::bytes(node.footprint_bytes),
            format::bytes(capacity),
            format::percent(fill)
        )
    } else {
        oom(node, capacity)
    };
    report.performance.status = status;
    report.performance.metrics =
        vec![("latency", node.latency_s * 1e3), ("throughput", node.throughput_per_s), ("mfu", node.mfu)];
    report.performance.summary = match node.offload {
        None => format!(
            "{} a batch of {}, {}/s, {}-bound, MFU {}",
            format::seconds(node.latency_s),
            format::grouped(plan.workload.batch_size as f64),
            format::figure(node.throughput_per_s),
            node.bottleneck.name().to_lowercase(),
            format::percent(node.mfu)
        ),
        Some(offload) => format!(
            "does not fit: {} a batch of {} with everything streamed at {}",
            format::seconds(node.latency_s),
            format::grouped(plan.workload.batch_size as f64),
            format::bytes_per_s(offload.bytes_per_s)
        ),
    };
    report.timeline = Some(Timeline { segments: segments(node, None), total_s: node.latency_s });
}

fn fleet_lenses(report: &mut Report, plan: &Plan, step: &Distributed) {
    let node = &step.node;
    let capacity = plan.hardware.accelerator.facts.memory_bytes;
    report.feasibility.summary = if node.feasible {
        format!(
            "not checked by mlsysim 0.3.0: a replica needs {} of {} per accelerator",
            format::bytes(node.footprint_bytes),
            format::bytes(capacity)
        )
    } else {
        format!("{} (mlsysim 0.3.0 does not check fleets)", oom(node, capacity))
    };
    report.performance.status = LensStatus::Pass;
    report.performance.metrics = vec![
        ("step_latency", step.step_s * 1e3),
        ("comm_overhead", step.communication_s * 1e3),
        ("fleet_throughput", step.throughput_per_s),
        ("mfu", node.mfu * step.scaling_efficiency),
        ("node_mfu", node.mfu),
        ("scaling_efficiency", step.scaling_efficiency),
    ];
    report.performance.summary = format!(
        "{} a step, {} samples/s, MFU {}, communication {} of the step",
        format::seconds(step.step_s),
        format::figure(step.throughput_per_s),
        format::percent(node.mfu * step.scaling_efficiency),
        format::percent(1.0 - step.scaling_efficiency)
    );
    report.parallelism = Some(ChosenParallelism { tensor: 1, pipeline: 1, data: step.data, expert: 1 });
    report.timeline = Some(Timeline { segments: segments(node, Some(step)), total_s: step.step_s });
}

fn segments(node: &NodeProfile, step: Option<&Distributed>) -> Vec<Part> {
    let mut segments = vec![
        Part { key: "compute", label: "compute", value: node.compute_s },
        Part { key: "memory", label: "memory", value: node.memory_s },
        Part { key: "overhead", label: "overhead", value: node.overhead_s },
    ];
    if let Some(step) = step {
        segments.push(Part { key: "communication", label: "communication", value: step.communication_s });
        if step.bubble_s > 0.0 {
            segments.push(Part { key: "bubble", label: "bubble", value: step.bubble_s });
        }
    }
    segments
}

fn money(report: &mut Report, plan: &Plan, economics: &Economics) {
    let place = &economics.sustainability;
    let duration_days = plan.ops.as_ref().map_or(0.0, |ops| ops.duration_days);
    report.economics.status = LensStatus::Pass;
    report.economics.metrics = vec![
        ("tco_usd", economics.tco_usd()),
        ("carbon_footprint", place.carbon_kg() / 1e3),
        ("energy_cost", economics.energy_usd),
        ("capex", economics.capex_usd),
    ];
    report.economics.summary = format!(
        "{} over {} days, {} ({})",
        format::usd(economics.tco_usd()),
        format::figure(duration_days),
        format::carbon_kg(place.carbon_kg()),
        place.region
    );
    let priced = plan.hardware.accelerator.facts.unit_cost_usd.is_some();
    report.tco = Some(Tco {
        terms: vec![
            Part { key: "capex_usd", label: "capex", value: economics.capex_usd },
            Part { key: "energy_usd", label: "energy", value: economics.energy_usd },
            Part { key: "maintenance_usd", label: "maintenance", value: economics.maintenance_usd },
        ],
        total_usd: economics.tco_usd(),
        duration_days,
        electricity_usd_per_kwh: economics.electricity_usd_per_kwh,
        electricity_source: "constant of mlsysim 0.3.0".into(),
        region: place.region.clone(),
        missing: if priced {
            Vec::new()
        } else {
            vec![format!("purchase price of {}", plan.hardware.accelerator.name)]
        },
    });
    report.carbon = Some(Carbon {
        it_energy_kwh: place.it_energy_kwh,
        facility_energy_kwh: place.facility_energy_kwh,
        operational_kg: place.operational_kg,
        embodied_kg: None,
        water_l: place.water_l,
        grid_g_per_kwh: place.carbon_g_per_kwh,
        pue: place.pue,
    });
}

fn warnings(plan: &Plan, composition: &Composition) -> Vec<Warning> {
    let mut warnings = Vec::new();
    let mut warn = |code, message: String| warnings.push(Warning { code, message });
    let accelerator = &plan.hardware.accelerator;
    let device = &accelerator.facts;
    let batch = plan.workload.batch_size;
    let single_engine = match &composition.step {
        Step::Single(_) => true,
        Step::Fleet(step) => step.single_device_replica,
    };
    if single_engine && precision_falls_back(device, composition.precision) {
        warn(
            "precision_fallback",
            format!(
                "{} lists no {} rate; its default peak of {} is used instead",
                accelerator.name,
                composition.precision.key(),
                format::flop_per_s(device.peak_flop_per_s)
            ),
        );
    }
    if let Step::Fleet(step) = &composition.step {
        if !step.node.feasible {
            warn(
                "fleet_memory",
                format!(
                    "a replica needs {} per accelerator and has {}; mlsysim 0.3.0 does not check this for fleets",
                    format::bytes(step.node.footprint_bytes),
                    format::bytes(device.memory_bytes)
                ),
            );
        }
        if step.idle_ranks > 0 {
            warn(
                "idle_ranks",
                format!(
                    "a batch of {batch} gives {} of {} accelerators no work, yet mlsysim 0.3.0 counts them as busy",
                    step.idle_ranks, step.data
                ),
            );
        }
        if step.dropped > 0 {
            warn(
                "remainder_dropped",
                format!(
                    "a batch of {batch} over {} replicas leaves {} over; mlsysim 0.3.0 drops the remainder",
                    step.data, step.dropped
                ),
            );
        }
        if plan.workload.mode == ModeChoice::Serve {
            warn("mode_ignored", "mlsysim 0.3.0 evaluates every fleet as one training step".into());
        }
    } else if plan.workload.mode == ModeChoice::Train {
        warn("mode_ignored", "mlsysim 0.3.0 evaluates one accelerator as inference".into());
    }
    if let Some(ops) = &plan.ops {
        if ops.region.is_none() {
            warn(
                "unknown_region",
                format!(
                    "{} is not a known region; mlsysim 0.3.0 prices every plan at US_Avg",
                    ops.region_name
                ),
            );
        } else if !ops.region_name.eq_ignore_ascii_case("US_Avg") {
            warn(
                "region_ignored",
                format!(
                    "region {} has no effect: mlsysim 0.3.0 prices every plan at US_Avg",
                    ops.region_name
                ),
            );
        }
        if composition.economics.is_some() && device.unit_cost_usd.is_none() {
            warn(
                "unknown_price",
                format!("the price of {} is not known; the purchase counts as 0 USD", accelerator.name),
            );
        }
        if composition.economics.is_some() && device.tdp_w.is_none() {
            warn(
                "unknown_power",
                format!("the power of {} is not known; {FALLBACK_TDP_W} W is used", accelerator.name),
            );
        }
    }
    warnings
}

/// Why 0.3.0 says nothing about a wall.
fn not_composed(wall: &Wall, mode: Mode) -> WallState {
    match (wall.number, mode) {
        (4..=7 | 12, Mode::Train) => WallState::NotApplicable("a fleet is one training step here".into()),
        (11 | 15 | 19 | 20, Mode::Serve) => {
            WallState::NotApplicable("one accelerator is inference here".into())
        }
        _ => WallState::NotEvaluated(format!(
            "mlsysim 0.3.0 does not evaluate {} from a plan; `solve {}` runs its resolver",
            wall.name, wall.number
        )),
    }
}

fn walls(report: &Report, plan: &Plan, composition: &Composition) -> Vec<super::report::WallReading> {
    let node = composition.step.node();
    let (step_s, communication) = match &composition.step {
        Step::Single(node) => (node.latency_s, None),
        Step::Fleet(step) => (
            step.step_s,
            Some(Communication {
                data_s: step.data_parallel_s,
                tensor_s: step.tensor_parallel_s,
                expert_s: step.expert_parallel_s,
                bubble_s: step.bubble_s,
                exposed_s: step.communication_s,
            }),
        ),
    };
    let unpriced = if plan.ops.is_some() {
        WallState::NotApplicable("mlsysim 0.3.0 prices fleets only".into())
    } else {
        WallState::NeedsInput("ops".into())
    };
    readings::readings(&ReadingInputs {
        mode: report.mode,
        accelerator: &plan.hardware.accelerator,
        model: &plan.workload.model,
        accelerators: plan.hardware.accelerators,
        step_s,
        compute: Load { amount: node.flop, rate: node.flop_per_s, seconds: node.compute_s },
        memory: Load { amount: node.traffic_bytes, rate: node.bytes_per_s, seconds: node.memory_s },
        footprint_bytes: node.footprint_bytes,
        capacity_bytes: plan.hardware.accelerator.facts.memory_bytes,
        overhead_s: node.overhead_s,
        mfu: node.mfu,
        efficiency: composition.efficiency,
        communication,
        tco: report.tco.as_ref(),
        carbon: report.carbon.as_ref(),
        unpriced,
        tco_limit_usd: assertions::upper_bound(&plan.assertions, "macro.tco_usd"),
        carbon_limit_t: assertions::upper_bound(&plan.assertions, "macro.carbon_footprint"),
        other: not_composed,
    })
}

/// For one device that is too small: the widest precision at which the weights fit.
fn suggestions(plan: &Plan, node: &NodeProfile) -> Vec<Suggestion> {
    if node.feasible || plan.hardware.accelerators > 1 {
        return Vec::new();
    }
    let capacity = plan.hardware.accelerator.facts.memory_bytes;
    [Precision::Fp16, Precision::Int8, Precision::Int4]
        .into_iter()
        .find_map(|precision| {
            let needed = weight_bytes(&plan.workload.model.facts, precision.bytes()).ok()?;
            (needed <= capacity && needed < node.footprint_bytes).then(|| Suggestion {
                title: format!("use {} weights", precision.key()),
                edits: vec![("hardware.precision".into(), precision.key().into())],
                gain: format!(
                    "fits: {} of {} instead of {}",
                    format::bytes(needed),
                    format::bytes(capacity),
                    format::bytes(node.footprint_bytes)
                ),
            })
        })
        .into_iter()
        .collect()
}
