//! Readings of the 22 walls under this profile.

use super::machine::Machine;
use super::{Outcome, Query, outcome};
use crate::engine::readings::{
    self, Communication, GROWTH, PhaseLoads, Queue, ReadingInputs, Readings, elasticity,
};
use crate::engine::report::{Part, Report, WallState};
use crate::plan::{Auto, Mode, Plan};
use crate::registry::Registry;

/// Elasticities of the step's time with the division kept as it is.
///
/// Rates grow by 10 %; batch and sequence, which are whole numbers, double.
pub(super) fn sensitivities(
    query: &Query<'_>,
    machine: &Machine<'_>,
    mode: Mode,
    now: &Outcome,
) -> Vec<Part> {
    let plan = query.plan;
    let transformer = plan.workload.model.facts.kind.is_transformer();
    let mut fixed = plan.clone();
    if let Some(division) = now.parallelism
        && transformer
    {
        fixed.parallelism.tensor = Some(Auto::Is(division.tensor));
        fixed.parallelism.pipeline = Some(Auto::Is(division.pipeline));
        fixed.parallelism.data = Some(Auto::Is(division.data));
    }
    // The queue does not change the step.
    if let Some(serve) = &mut fixed.workload.serve {
        serve.request_rate_per_s = None;
    }
    let before = now.timeline.total_s;
    let mut levers = Vec::with_capacity(6);
    let mut add = |key, label, growth: f64, plan: &Plan, machine: &Machine<'_>| {
        let changed = Query { plan, words: false, open: false, ..*query };
        let after = outcome(&changed, machine, mode).map_or(before, |outcome| outcome.timeline.total_s);
        levers.push(Part { key, label, value: elasticity(before, after, growth) });
    };
    let mut more = *machine;
    more.peak_scale = machine.peak_scale * GROWTH;
    more.device.peak16 *= GROWTH;
    more.device.peak32 *= GROWTH;
    // The power of the part grows with it, or the gain would be lost to the power cap.
    more.device.power_w *= GROWTH;
    add("peak_compute", "peak compute", GROWTH, &fixed, &more);
    more = *machine;
    more.device.bandwidth *= GROWTH;
    add("memory_bandwidth", "memory bandwidth", GROWTH, &fixed, &more);
    if machine.count > 1 {
        more = *machine;
        more.device.intra *= GROWTH;
        if let Some(bridge) = &mut more.device.bridge {
            bridge.one_way *= GROWTH;
        }
        add("node_link", "link in the node", GROWTH, &fixed, &more);
        if machine.count > machine.node {
            more = *machine;
            more.nic *= GROWTH;
            add("fabric", "fabric", GROWTH, &fixed, &more);
        }
    }
    if outcome_streams(now) {
        more = *machine;
        more.chip.stream = more.chip.stream.map(|rate| rate * GROWTH);
        add("stream_link", "link that weights stream over", GROWTH, &fixed, &more);
    }
    fixed.workload.batch_size = plan.workload.batch_size.saturating_mul(2);
    add("batch_size", "batch size", 2.0, &fixed, machine);
    fixed.workload.batch_size = plan.workload.batch_size;
    let serve = plan.workload.serve.as_ref();
    // A request with both its lengths given does not follow `seq_len`.
    let given = serve.is_some_and(|serve| serve.prompt_tokens.is_some() && serve.output_tokens.is_some());
    if transformer && !(given && mode == Mode::Serve) {
        fixed.workload.seq_len = plan.workload.seq_len.saturating_mul(2);
        add("seq_len", "sequence length", 2.0, &fixed, machine);
    }
    levers
}

fn outcome_streams(outcome: &Outcome) -> bool {
    outcome.streaming.is_some_and(|streaming| !streaming.held)
}

/// Where the time of the step goes, or of a decode step.
fn main_loads(outcome: &Outcome) -> PhaseLoads {
    PhaseLoads {
        total_s: outcome.timeline.total_s,
        compute: outcome.compute,
        memory: outcome.traffic,
        overhead_s: outcome.overhead_s,
        talk_s: outcome.communication.as_ref().map_or(0.0, Communication::waiting_s),
        stream_s: outcome.waits_s,
    }
}

/// What is known before words and money: enough to tell the binding wall.
fn loads<'a>(plan: &'a Plan, registry: &'a Registry, mode: Mode, outcome: &Outcome) -> ReadingInputs<'a> {
    ReadingInputs {
        plan,
        registry,
        mode,
        main: main_loads(outcome),
        node_size: outcome.node,
        prefill: outcome.prefill,
        footprint_bytes: outcome.memory.used_bytes,
        batch_fills: super::filled(&outcome.memory).is_some(),
        capacity_bytes: outcome.memory.capacity_bytes,
        mfu: outcome.mfu,
        efficiency: outcome.efficiency,
        communication: None,
        serving: None,
        streaming: None,
        queue: None,
        tco: None,
        carbon: None,
        unpriced: WallState::Clear,
        uncounted: WallState::Clear,
        sensitivities: &[],
    }
}

/// The wall that limits the plan: the one that all 22 readings name.
pub(super) fn binding(plan: &Plan, registry: &Registry, mode: Mode, outcome: &Outcome) -> u8 {
    readings::binding(&loads(plan, registry, mode, outcome))
}

/// All 22 readings.
pub(super) fn readings(report: &Report, plan: &Plan, registry: &Registry, outcome: &Outcome) -> Readings {
    let priced = plan.ops.is_some();
    let unpriced = if !priced {
        WallState::NeedsInput("ops".into())
    } else if plan.hardware.accelerator.facts.unit_cost_usd.is_none() {
        WallState::NotApplicable(format!("the price of {} is not known", plan.hardware.accelerator.name))
    } else {
        WallState::NotApplicable(format!("the power of {} is not known", plan.hardware.accelerator.name))
    };
    let uncounted = if priced {
        WallState::NotApplicable(format!("the power of {} is not known", plan.hardware.accelerator.name))
    } else {
        WallState::NeedsInput("ops".into())
    };
    let main = main_loads(outcome);
    let queue = outcome.queue.or_else(|| {
        let replicas =
            outcome.parallelism.map_or(plan.hardware.accelerators, |division| division.data).max(1);
        (report.mode == Mode::Serve && main.total_s > 0.0).then(|| Queue {
            per_server_per_s: plan.workload.batch_size.max(1) as f64 / main.total_s / replicas as f64,
            servers: replicas,
            latency_s: main.total_s,
        })
    });
    readings::readings(&ReadingInputs {
        communication: outcome.communication.clone(),
        serving: outcome.serving,
        streaming: outcome.streaming,
        queue,
        // An incomplete total must not look like a cost.
        tco: report.tco.as_ref().filter(|tco| tco.missing.is_empty()),
        carbon: report.carbon.as_ref(),
        unpriced,
        uncounted,
        sensitivities: &report.sensitivities,
        ..loads(plan, registry, report.mode, outcome)
    })
}
