//! Wall 1, Compute: the time that arithmetic takes, `t = operations · batch / (peak · η)`.
//!
//! The whole single-device answer stands here; wall 2 reads its memory side. The equations are those of
//! [`crate::engine::single`]: latency is the longer of `t_compute` and `t_memory`, plus launch overhead.
//! Flop, bytes, s, J. Defaults: batch 1, fp16, η 0.5, inference. Source: Williams 2009 (roofline).

use super::error::WallError;
use super::output::output;
use crate::engine::single::{NodeProfile, SingleInputs, single_node};
use crate::registry::{Accelerator, Model};

/// What the wall needs.
#[derive(Debug, Clone, Copy)]
pub struct Inputs<'a> {
    /// The model.
    pub model: &'a Model,
    /// The device.
    pub hardware: &'a Accelerator,
    /// Batch, precision and the rest.
    pub setting: SingleInputs,
}

output! {
    /// What one device, or one replica of a fleet, does.
    pub struct Outputs {
        /// One batch, s.
        pub latency_s: f64,
        /// Arithmetic, s.
        pub latency_compute_s: f64,
        /// Data movement, s.
        pub latency_memory_s: f64,
        /// Launch and framework, s.
        pub latency_overhead_s: f64,
        /// Units of work per second.
        pub throughput_per_s: f64,
        /// `Memory` or `Compute`.
        pub bottleneck: &'static str,
        /// Operations over traffic, flop/byte.
        pub arithmetic_intensity_flop_per_byte: f64,
        /// One batch, J.
        pub energy_j: f64 => "energy_J",
        /// Bytes needed.
        pub memory_footprint_bytes: f64,
        /// Rate reached, flop/s.
        pub peak_flops_actual_flops_per_s: f64,
        /// Bandwidth charged, bytes/s.
        pub peak_bw_actual_bytes_per_s: f64,
        /// Model operations over peak.
        pub mfu: f64,
        /// Executed operations over peak.
        pub hfu: f64,
        /// The footprint fits.
        pub feasible: bool,
        /// Bytes that do not fit; only where some do not.
        pub offload_spill_bytes: Option<f64>,
        /// Bandwidth of the link they come over, bytes/s.
        pub offload_effective_bw_bytes_per_s: Option<f64>,
        /// Overhead exceeds both sides of the roofline.
        pub overhead_dominated: bool,
    }
}

impl From<&NodeProfile> for Outputs {
    fn from(profile: &NodeProfile) -> Outputs {
        Outputs {
            latency_s: profile.latency_s,
            latency_compute_s: profile.compute_s,
            latency_memory_s: profile.memory_s,
            latency_overhead_s: profile.overhead_s,
            throughput_per_s: profile.throughput_per_s,
            bottleneck: profile.bottleneck.name(),
            arithmetic_intensity_flop_per_byte: profile.intensity_flop_per_byte,
            energy_j: profile.energy_j,
            memory_footprint_bytes: profile.footprint_bytes,
            peak_flops_actual_flops_per_s: profile.flop_per_s,
            peak_bw_actual_bytes_per_s: profile.bytes_per_s,
            mfu: profile.mfu,
            hfu: profile.hfu,
            feasible: profile.feasible,
            offload_spill_bytes: profile.offload.map(|offload| offload.spill_bytes),
            offload_effective_bw_bytes_per_s: profile.offload.map(|offload| offload.bytes_per_s),
            overhead_dominated: profile.overhead_dominated,
        }
    }
}

/// Solves the wall.
pub fn solve(inputs: &Inputs<'_>) -> Result<Outputs, WallError> {
    Ok(Outputs::from(&single_node(inputs.model, inputs.hardware, &inputs.setting)?))
}
