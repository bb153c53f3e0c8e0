//! Wall 8, Ingestion: can storage and the host link feed the accelerator?
//!
//! `utilization = demand / min(storage, host link)`; stalled above 1; `margin = supply − demand`. Bytes/s.
//! A device without either figure has supply 0 and infinite utilization; on a tie storage is named.
//! Source: Mohan 2022 (data stalls).

use super::error::WallError;
use super::output::output;
use crate::registry::Accelerator;

/// What the wall needs.
#[derive(Debug, Clone, Copy)]
pub struct Inputs<'a> {
    /// Bytes per second that training or serving consumes.
    pub workload_data_rate_bytes_per_s: f64,
    /// The device.
    pub hardware: &'a Accelerator,
}

output! {
    /// What the wall answers.
    pub struct Outputs {
        /// Demand above supply.
        pub is_stalled: bool,
        /// Demand over supply.
        pub utilization: f64,
        /// Echo of the demand, bytes/s.
        pub demand_bw_bytes_per_s: f64,
        /// Slower of the two links, bytes/s.
        pub supply_bw_bytes_per_s: f64,
        /// `Storage`, `Interconnect` or `Unknown`.
        pub bottleneck: &'static str,
        /// Supply minus demand, bytes/s.
        pub margin_bytes_per_s: f64,
    }
}

/// Solves the wall.
#[allow(clippy::unnecessary_wraps, reason = "every wall has the same shape")]
pub fn solve(inputs: &Inputs<'_>) -> Result<Outputs, WallError> {
    let storage = inputs.hardware.storage_bytes_per_s.filter(|rate| *rate > 0.0);
    // The reference takes the link as the vendor quotes it, both directions together where it is quoted so.
    let link =
        inputs.hardware.interconnect.as_ref().map(|link| link.quoted_bytes_per_s).filter(|rate| *rate > 0.0);
    let (bottleneck, supply) = match (storage, link) {
        (Some(storage), Some(link)) if link < storage => ("Interconnect", link),
        (Some(storage), _) => ("Storage", storage),
        (None, Some(link)) => ("Interconnect", link),
        (None, None) => ("Unknown", 0.0),
    };
    let demand = inputs.workload_data_rate_bytes_per_s;
    let utilization = if supply > 0.0 { demand / supply } else { f64::INFINITY };
    Ok(Outputs {
        is_stalled: utilization > 1.0,
        utilization,
        demand_bw_bytes_per_s: demand,
        supply_bw_bytes_per_s: supply,
        bottleneck,
        margin_bytes_per_s: supply - demand,
    })
}
