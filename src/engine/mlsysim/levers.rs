//! What moves the time of a plan under this profile.

use std::sync::Arc;

use super::{Step, compose};
use crate::engine::readings::{GROWTH, elasticity};
use crate::engine::report::Part;
use crate::plan::Plan;
use crate::registry::Registry;

/// Time of a batch, or of a step of the fleet, s.
pub(super) fn time_s(step: &Step) -> f64 {
    match step {
        Step::Single(node) => node.latency_s,
        Step::Fleet(step) => step.step_s,
    }
}

/// Elasticities of that time. Rates grow by 10 %; the batch, which is a whole number, doubles.
pub(super) fn sensitivities(plan: &Plan, registry: &Registry, before_s: f64) -> Vec<Part> {
    let mut levers = Vec::with_capacity(6);
    let mut changed = plan.clone();
    changed.ops = None;
    let mut add = |key, label, growth: f64, changed: &Plan| {
        let after = compose(changed, registry).map_or(before_s, |found| time_s(&found.step));
        levers.push(Part { key, label, value: elasticity(before_s, after, growth) });
    };
    let original = &plan.hardware.accelerator.facts;
    // The entry is copied once and put back after each lever.
    let facts = &mut Arc::make_mut(&mut changed.hardware.accelerator).facts;
    facts.peak_flop_per_s *= GROWTH;
    facts.precision_flop_per_s.values_mut().for_each(|rate| *rate *= GROWTH);
    add("peak_compute", "peak compute", GROWTH, &changed);
    let facts = &mut Arc::make_mut(&mut changed.hardware.accelerator).facts;
    facts.peak_flop_per_s = original.peak_flop_per_s;
    for (rate, before) in facts.precision_flop_per_s.values_mut().zip(original.precision_flop_per_s.values())
    {
        *rate = *before;
    }
    facts.memory_bytes_per_s *= GROWTH;
    add("memory_bandwidth", "memory bandwidth", GROWTH, &changed);
    let facts = &mut Arc::make_mut(&mut changed.hardware.accelerator).facts;
    facts.memory_bytes_per_s = original.memory_bytes_per_s;
    facts.memory_bytes *= GROWTH;
    add("memory_capacity", "memory capacity", GROWTH, &changed);
    Arc::make_mut(&mut changed.hardware.accelerator).facts.memory_bytes = original.memory_bytes;
    let hardware = &plan.hardware;
    if hardware.accelerators > 1 {
        let links = [&original.nvlink, &original.interconnect];
        let own = links.into_iter().flatten().map(|link| link.one_way_bytes_per_s).next();
        if let Some(link) = hardware.intra_node_bytes_per_s.or(own) {
            changed.hardware.intra_node_bytes_per_s = Some(link * GROWTH);
            add("node_link", "link in the node", GROWTH, &changed);
            changed.hardware.intra_node_bytes_per_s = hardware.intra_node_bytes_per_s;
        }
        if hardware.accelerators > hardware.node_size(plan.physics) {
            changed.hardware.fabric_bytes_per_s *= GROWTH;
            add("fabric", "fabric", GROWTH, &changed);
            changed.hardware.fabric_bytes_per_s = hardware.fabric_bytes_per_s;
        }
    }
    changed.workload.batch_size = plan.workload.batch_size.saturating_mul(2);
    add("batch_size", "batch size", 2.0, &changed);
    levers
}
