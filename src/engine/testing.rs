//! Plans for the engine's own tests.

use crate::plan::{Acquisition, FleetKeys, Hardware, ModeChoice, Ops, Parallelism, Plan, Workload};
use crate::registry::{Physics, Registry};

/// `model` on one `device`, everything else at its default, under the `mlsysim` profile.
pub(crate) fn plan(model: &str, device: &str) -> Plan {
    let registry = Registry::builtin();
    Plan {
        version: "1.0".into(),
        name: format!("{model} on {device}"),
        physics: Physics::Mlsysim,
        workload: Workload {
            model: registry.model(Physics::Mlsysim, model).unwrap(),
            mode: ModeChoice::Auto,
            batch_size: 1,
            seq_len: 2048,
            stack: None,
            serve: None,
            train: None,
        },
        hardware: Hardware {
            accelerator: registry.accelerator(Physics::Mlsysim, device).unwrap(),
            accelerators: 1,
            node_count: None,
            accelerators_per_node: None,
            fleet_keys: FleetKeys::default(),
            intra_node_bytes_per_s: None,
            fabric_bytes_per_s: 50e9,
            fabric_given: false,
            precision: "fp16".into(),
            efficiency: None,
        },
        parallelism: Parallelism::default(),
        data: None,
        ops: None,
        assertions: Vec::new(),
    }
}

/// The same on `accelerators` in nodes of `per_node`.
pub(crate) fn fleet(model: &str, device: &str, accelerators: u64, per_node: u64) -> Plan {
    let mut plan = plan(model, device);
    plan.hardware.accelerators = accelerators;
    plan.hardware.accelerators_per_node = Some(per_node);
    plan
}

/// `days` in `region`.
pub(crate) fn ops(region: &str, days: f64) -> Ops {
    Ops {
        region: Registry::builtin().grid(Physics::Mlsysim, region).ok(),
        region_name: region.into(),
        duration_days: days,
        acquisition: Acquisition::Buy,
        electricity_usd_per_kwh: None,
        rent_usd_per_accelerator_hour: None,
        utilization: None,
        infrastructure_multiplier: 1.0,
        carbon_usd_per_tonne: 0.0,
    }
}
