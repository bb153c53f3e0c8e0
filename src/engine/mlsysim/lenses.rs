//! The three lenses of the profile, in numbers and in one sentence each.

use super::{Composition, Step};
use crate::engine::common::memory::TrainingMemory;
use crate::engine::economics::Economics;
use crate::engine::fleet::Distributed;
use crate::engine::format;
use crate::engine::report::{Carbon, ChosenParallelism, LensStatus, MemoryFit, Part, Report, Tco, Timeline};
use crate::engine::single::NodeProfile;
use crate::metrics::{self, Lens, Values};
use crate::plan::Plan;

/// Memory of one accelerator by part; parts of zero bytes do not apply.
pub(super) fn memory_fit(parts: &TrainingMemory, capacity_bytes: f64, checked: bool) -> MemoryFit {
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

/// How the fleet is divided; nothing for one device.
pub(super) fn parallelism(step: &Step) -> Option<ChosenParallelism> {
    match step {
        Step::Single(_) => None,
        Step::Fleet(step) => Some(ChosenParallelism { tensor: 1, pipeline: 1, data: step.data, expert: 1 }),
    }
}

/// The metrics of all three lenses.
pub(super) fn metrics(plan: &Plan, composition: &Composition) -> Values {
    const fn fit(key: &str) -> usize {
        metrics::place(Lens::Feasibility, key)
    }
    const fn fast(key: &str) -> usize {
        metrics::place(Lens::Performance, key)
    }
    const fn worth(key: &str) -> usize {
        metrics::place(Lens::Macro, key)
    }
    let mut values = Values::default();
    match &composition.step {
        Step::Single(node) => {
            let capacity = plan.hardware.accelerator.facts.memory_bytes;
            values.set(const { fit("memory_used_gb") }, node.footprint_bytes / 1e9);
            values.set(const { fit("memory_capacity_gb") }, capacity / 1e9);
            values.set(const { fit("memory_utilization") }, node.footprint_bytes / capacity);
            values.set(const { fast("latency") }, node.latency_s * 1e3);
            values.set(const { fast("throughput") }, node.throughput_per_s);
            values.set(const { fast("mfu") }, node.mfu);
        }
        Step::Fleet(step) => {
            values.set(const { fast("step_latency") }, step.step_s * 1e3);
            values.set(const { fast("comm_overhead") }, step.communication_s * 1e3);
            values.set(const { fast("fleet_throughput") }, step.throughput_per_s);
            values.set(const { fast("mfu") }, step.node.mfu * step.scaling_efficiency);
            values.set(const { fast("node_mfu") }, step.node.mfu);
            values.set(const { fast("scaling_efficiency") }, step.scaling_efficiency);
        }
    }
    if let Some(economics) = &composition.economics {
        values.set(const { worth("tco_usd") }, economics.tco_usd());
        values.set(const { worth("carbon_footprint") }, economics.sustainability.carbon_kg() / 1e3);
        values.set(const { worth("energy_cost") }, economics.energy_usd);
        values.set(const { worth("capex") }, economics.capex_usd);
    }
    values
}

/// The verdict's sentence about memory that does not suffice.
fn oom(node: &NodeProfile, capacity: f64) -> String {
    format!(
        "OOM: requires {} per accelerator but only has {}",
        format::bytes(node.footprint_bytes),
        format::bytes(capacity)
    )
}

pub(super) fn single(report: &mut Report, plan: &Plan, node: &NodeProfile) {
    let capacity = plan.hardware.accelerator.facts.memory_bytes;
    let status = if node.feasible { LensStatus::Pass } else { LensStatus::Fail };
    let fill = node.footprint_bytes / capacity;
    report.feasibility.status = status;
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

pub(super) fn fleet(report: &mut Report, plan: &Plan, step: &Distributed) {
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
    report.performance.summary = format!(
        "{} a step, {} samples/s, MFU {}, communication {} of the step",
        format::seconds(step.step_s),
        format::figure(step.throughput_per_s),
        format::percent(node.mfu * step.scaling_efficiency),
        format::percent(1.0 - step.scaling_efficiency)
    );
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

pub(super) fn money(report: &mut Report, plan: &Plan, economics: &Economics, region: String) {
    let place = &economics.sustainability;
    let duration_days = plan.ops.as_ref().map_or(0.0, |ops| ops.duration_days);
    report.economics.status = LensStatus::Pass;
    report.economics.summary = format!(
        "{} over {} days, {} ({})",
        format::usd(economics.tco_usd()),
        format::figure(duration_days),
        format::carbon_kg(place.carbon_kg()),
        region
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
        region,
        missing: if priced {
            Vec::new()
        } else {
            vec![format!("purchase price of {}", plan.hardware.accelerator.name)]
        },
        rent_alternative_usd: None,
        rent_source: None,
        break_even_days: None,
        assumed: Vec::new(),
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
