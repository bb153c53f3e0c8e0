//! The `mlsysim` profile: a plan composed exactly as mlsysim 0.3.0 composes it, defects included.
//!
//! [`compose`] gives the numbers, [`evaluate`] the report. Where the reference stays silent about
//! something that a reader must know, the report carries a warning.

mod findings;
mod lenses;
mod levers;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use super::common::constants::DEFAULT_EFFICIENCY;
use super::common::{Precision, ResolveError, Resolved};
use super::economics::{Economics, EconomicsInputs, economics, environment};
use super::figures::Figures;
use super::fleet::{Distributed, DistributedInputs, Fleet, distributed};
use super::report::{LensStatus, Report, Status};
use super::single::{NodeProfile, SingleInputs, single_node};
use super::{assertions, readings, roofline};
use crate::metrics::Lens;
use crate::plan::{Mode, Plan};
use crate::registry::{Entry, Grid, Link, Physics, Registry};

/// What the engine computed for a plan.
#[derive(Debug, Clone, Copy, PartialEq)]
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
#[derive(Debug, Clone, Copy, PartialEq)]
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

impl Composition {
    fn mode(&self) -> Mode {
        match self.step {
            Step::Single(_) => Mode::Serve,
            Step::Fleet(_) => Mode::Train,
        }
    }
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
    let link = |link: &Option<Link>| link.as_ref().map(|link| link.one_way_bytes_per_s);
    let inside = hardware
        .intra_node_bytes_per_s
        .or_else(|| link(&device.nvlink))
        .or_else(|| link(&device.interconnect))
        .unwrap_or(hardware.fabric_bytes_per_s);
    Ok(Fleet::new(device, hardware.accelerators / per_node, per_node, inside, hardware.fabric_bytes_per_s))
}

/// Evaluates a plan to numbers.
pub fn compose(plan: &Plan, registry: &Registry) -> Resolved<Composition> {
    composed(plan, us_average(registry).as_deref())
}

/// The same, `grid` being the one that 0.3.0 prices every plan on, whatever its region.
fn composed(plan: &Plan, grid: Option<&Entry<Grid>>) -> Resolved<Composition> {
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
            let Some(grid) = grid else {
                return Err(ResolveError::bad_input("ops.region", "the registry has no US_Avg grid"));
            };
            let inputs = EconomicsInputs {
                accelerators: fleet.accelerators() as f64,
                duration_days: ops.duration_days,
                ..EconomicsInputs::default()
            };
            Some(economics(device, &inputs, &environment(None, None, None, grid))?)
        }
    };
    Ok(Composition { precision, efficiency, step, economics })
}

fn us_average(registry: &Registry) -> Option<Arc<Entry<Grid>>> {
    registry.grid(Physics::Mlsysim, "US_Avg").ok()
}

/// The figures of a plan, `us_average` being the grid that everything is priced on: those of its report, and
/// nothing else. Where the plan describes no data and can be evaluated, it takes no memory from the heap.
pub fn figures(plan: &Plan, registry: &Registry, us_average: Option<&Entry<Grid>>) -> Figures {
    let mode = if plan.hardware.accelerators > 1 { Mode::Train } else { Mode::Serve };
    let Ok(composition) = composed(plan, us_average) else { return Figures::failed(mode) };
    let node = composition.step.node();
    let values = lenses::metrics(plan, &composition);
    let pass = |holds: bool| if holds { LensStatus::Pass } else { LensStatus::Fail };
    let single = mode == Mode::Serve;
    Figures {
        status: assertions::verdict(!node.feasible, assertions::hold(&plan.assertions, &values)),
        mode,
        feasibility: if single { pass(node.feasible) } else { LensStatus::Skipped },
        performance: pass(node.feasible || !single),
        economics: if composition.economics.is_some() { LensStatus::Pass } else { LensStatus::Skipped },
        binding_wall: Some(findings::binding(plan, registry, &composition)),
        parallelism: lenses::parallelism(&composition.step),
        values,
    }
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
    report.memory = Some(lenses::memory_fit(&node.parts, device.memory_bytes, report.mode == Mode::Serve));
    report.warnings = findings::warnings(plan, &composition);
    let label = if report.mode == Mode::Train { "step" } else { "batch" };
    report.roofline = roofline::of(plan, &[(label, node.flop, node.traffic_bytes, node.latency_s)]);
    let values = lenses::metrics(plan, &composition);
    report.feasibility.metrics = values.of(Lens::Feasibility);
    report.performance.metrics = values.of(Lens::Performance);
    report.economics.metrics = values.of(Lens::Macro);
    report.parallelism = lenses::parallelism(&composition.step);
    match &composition.step {
        Step::Single(node) => lenses::single(&mut report, plan, node),
        Step::Fleet(step) => lenses::fleet(&mut report, plan, step),
    }
    if let Some(economics) = &composition.economics {
        let region = us_average(registry).map(|grid| grid.name.clone()).unwrap_or_default();
        lenses::money(&mut report, plan, economics, region);
    } else if plan.ops.is_some() {
        report.economics.summary = "mlsysim 0.3.0 prices fleets only, not one accelerator".into();
    } else {
        report.economics.summary = "not priced: the plan has no ops block".into();
    }
    report.sensitivities = levers::sensitivities(plan, registry, levers::time_s(&composition.step));
    let readings = findings::walls(&report, plan, registry, &composition);
    (report.walls, report.phases) = (readings.walls, readings.phases);
    report.suggestions = findings::suggestions(plan, node);
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
