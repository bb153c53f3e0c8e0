//! Wall 22, Synthesis: the machine that a latency target asks for.
//!
//! `bandwidth = W/t`, `rate = F/(t η)`, `memory = W`, `ratio = rate/bandwidth`: one pass at batch 1, no
//! overheads, no KV cache. Bytes, flop, s. Defaults: fp16, η 0.5. Sources: Williams 2009, Jouppi 2017.

use super::error::{WallError, precision};
use super::output::output;
use crate::engine::common::lowering::forward_flop;
use crate::engine::common::weight_bytes;
use crate::registry::Model;

/// What the wall needs.
#[derive(Debug, Clone, Copy)]
pub struct Inputs<'a> {
    /// The model.
    pub model: &'a Model,
    /// Time one pass may take, s.
    pub target_latency_s: f64,
    /// Precision key.
    pub precision: &'a str,
    /// Share of peak reached.
    pub efficiency: f64,
}

output! {
    /// What the wall answers.
    pub struct Outputs {
        /// Memory bandwidth to build, bytes/s.
        pub required_bw_bytes_per_s: f64,
        /// Peak rate to build, flop/s.
        pub required_flops_per_s: f64,
        /// Memory to build, bytes.
        pub required_memory_bytes: f64,
        /// Ridge point to build, flop/byte.
        pub compute_memory_ratio_flop_per_byte: f64,
        /// Echo, s.
        pub target_latency_s: f64,
        /// Weights, bytes.
        pub model_size_bytes: f64,
        /// One pass, flop.
        pub total_ops_flop: f64,
    }
}

/// Solves the wall.
pub fn solve(inputs: &Inputs<'_>) -> Result<Outputs, WallError> {
    let bytes = precision("precision", inputs.precision)?.bytes();
    let weights = weight_bytes(inputs.model, bytes)?;
    let flop = forward_flop(inputs.model)?;
    for (field, value) in [("target_latency_s", inputs.target_latency_s), ("efficiency", inputs.efficiency)] {
        if value == 0.0 {
            return Err(WallError::evaluation(field, "is zero: no machine is fast enough"));
        }
    }
    let bandwidth = weights / inputs.target_latency_s;
    let rate = flop / (inputs.target_latency_s * inputs.efficiency);
    if bandwidth == 0.0 {
        return Err(WallError::evaluation("model", "has no weights to move"));
    }
    Ok(Outputs {
        required_bw_bytes_per_s: bandwidth,
        required_flops_per_s: rate,
        required_memory_bytes: weights,
        compute_memory_ratio_flop_per_byte: rate / bandwidth,
        target_latency_s: inputs.target_latency_s,
        model_size_bytes: weights,
        total_ops_flop: flop,
    })
}
