//! What the profile says beside its numbers: warnings, wall readings, suggestions.

use super::{Composition, Step, fleet};
use crate::engine::assertions;
use crate::engine::common::constants::FALLBACK_TDP_W;
use crate::engine::common::{Precision, weight_bytes};
use crate::engine::fleet::Distributed;
use crate::engine::format;
use crate::engine::readings::{self, Communication, Load, ReadingInputs};
use crate::engine::report::{Report, Suggestion, WallReading, WallState, Warning};
use crate::engine::single::{NodeProfile, precision_falls_back};
use crate::engine::walls::Wall;
use crate::plan::{Mode, ModeChoice, Plan};

pub(super) fn warnings(plan: &Plan, composition: &Composition) -> Vec<Warning> {
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

pub(super) fn walls(report: &Report, plan: &Plan, composition: &Composition) -> Vec<WallReading> {
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
                how: how(step, plan),
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

/// The gradient exchange in numbers.
fn how(step: &Distributed, plan: &Plan) -> String {
    let (Some(exchange), Ok(fleet)) = (step.exchange, fleet(plan)) else {
        return String::new();
    };
    let leg = |ranks: u64, bytes: f64, rate: f64| {
        format!("2({ranks}−1)/{ranks} × {} / {}", format::bytes(bytes), format::bytes_per_s(rate))
    };
    let (inside, between) = (fleet.intra_node_bytes_per_s, fleet.inter_node_bytes_per_s());
    match (exchange.nodes, exchange.ranks_per_node) {
        (1, _) => format!("ring inside the node: {} + latencies", leg(step.data, exchange.bytes, inside)),
        (_, 1) => format!("ring over the fabric: {} + latencies", leg(step.data, exchange.bytes, between)),
        (nodes, ranks) => format!(
            "inside nodes: {}; over the fabric: {}; + latencies",
            leg(ranks, exchange.bytes, inside),
            leg(nodes, exchange.bytes / ranks as f64, between)
        ),
    }
}

/// For one device that is too small: the widest precision at which the weights fit.
pub(super) fn suggestions(plan: &Plan, node: &NodeProfile) -> Vec<Suggestion> {
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
