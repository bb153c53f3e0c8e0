//! Network roofline: does a fleet train one token at the speed of arithmetic or of its gradients?
//!
//! `C = 6 P` flop against `Y = 2 P b` bytes; compute `C / (N peak η)`, network `Y / BW` over one link;
//! the longer one is the latency. Flop, bytes, s. Defaults: fp16, η 0.5.
//! Sources: Williams 2009 for the roofline, Hoffmann 2022 for 6 flop per parameter and token.

use super::error::{WallError, parameters, precision};
use super::output::output;
use crate::engine::common::constants::TRAINING_FLOP_PER_PARAMETER_TOKEN;
use crate::engine::common::peak_flop_per_s;
use crate::registry::{Accelerator, Model};

/// What the solver needs.
#[derive(Debug, Clone, Copy)]
pub struct Inputs<'a> {
    /// The model.
    pub model: &'a Model,
    /// The device.
    pub hardware: &'a Accelerator,
    /// Devices in the fleet.
    pub accelerators: f64,
    /// Between nodes, one way, oversubscription taken off, bytes/s.
    pub network_bytes_per_s: f64,
    /// Precision key.
    pub precision: &'a str,
    /// Share of peak reached.
    pub efficiency: f64,
}

output! {
    /// What the solver answers.
    pub struct Outputs {
        /// The longer side, s.
        pub latency_s: f64,
        /// Arithmetic, s.
        pub latency_compute_s: f64,
        /// Network, s.
        pub latency_memory_s: f64,
        /// None, s.
        pub latency_overhead_s: f64,
        /// Tokens/s.
        pub throughput_per_s: f64,
        /// `Network` or `Compute`.
        pub bottleneck: &'static str,
        /// flop/byte.
        pub arithmetic_intensity_flop_per_byte: f64,
        /// Not modelled.
        pub energy_j: f64 => "energy_J",
        /// Bytes exchanged.
        pub memory_footprint_bytes: f64,
        /// Fleet rate, flop/s.
        pub peak_flops_actual_flops_per_s: f64,
        /// Link, bytes/s.
        pub peak_bw_actual_bytes_per_s: f64,
        /// Share of peak reached.
        pub mfu: f64,
        /// The same.
        pub hfu: f64,
        /// Always.
        pub feasible: bool,
        /// Never.
        pub overhead_dominated: bool,
    }
}

/// Solves it.
pub fn solve(inputs: &Inputs<'_>) -> Result<Outputs, WallError> {
    let count = parameters(inputs.model)?;
    let bytes = precision("precision", inputs.precision)?.bytes();
    let peak = inputs.accelerators * peak_flop_per_s(inputs.hardware, inputs.precision);
    let rate = peak * inputs.efficiency;
    if rate == 0.0 {
        return Err(WallError::evaluation("efficiency", "is zero: no token is ever trained"));
    }
    if inputs.network_bytes_per_s == 0.0 {
        return Err(WallError::evaluation(
            "fleet.fabric_bw_bytes_per_s",
            "is zero: no gradient ever arrives",
        ));
    }
    let flop = TRAINING_FLOP_PER_PARAMETER_TOKEN * count;
    let exchanged = 2.0 * count * bytes;
    let compute = flop / rate;
    let network = exchanged / inputs.network_bytes_per_s;
    let latency = compute.max(network);
    let mfu = (flop / latency / peak).min(1.0);
    Ok(Outputs {
        latency_s: latency,
        latency_compute_s: compute,
        latency_memory_s: network,
        latency_overhead_s: 0.0,
        throughput_per_s: 1.0 / latency,
        bottleneck: if network > compute { "Network" } else { "Compute" },
        arithmetic_intensity_flop_per_byte: flop / exchanged,
        energy_j: 0.0,
        memory_footprint_bytes: exchanged,
        peak_flops_actual_flops_per_s: rate,
        peak_bw_actual_bytes_per_s: inputs.network_bytes_per_s,
        mfu,
        hfu: mfu,
        feasible: true,
        overhead_dominated: false,
    })
}
