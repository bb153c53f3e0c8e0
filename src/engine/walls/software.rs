//! Wall 3, Software: the share of peak that kernels reach.
//!
//! With `k = efficiency / 0.5`:
//!
//! | kernel | η |
//! | --- | --- |
//! | attention, fused | `min(0.75 k, 0.85)` |
//! | attention | `0.30 k` |
//! | ffn | `min(0.50 k, 0.60)` |
//! | conv | `min(0.40 k, 0.55)` |
//! | anything else | `0.30 k` |
//!
//! clamped to 0…1; `achievable = peak · η`; `occupancy_loss = 1 − min(1.1 e, 1)`;
//! `memory_stall = max(0, (1 − η) − occupancy_loss)`. Rates in flop/s. Defaults: ffn, not fused, fp16, 0.5.
//! Sources: Chowdhery 2022 (PaLM) for the 0.30–0.50 band, Dao 2022 (FlashAttention), NVIDIA Hopper tuning
//! guide; 0.75, 0.85, 0.60, 0.55 and 1.1 are heuristics of mlsysim 0.3.0.

use super::error::WallError;
use super::output::output;
use crate::engine::common::constants::{DEFAULT_EFFICIENCY, MFU_HIGH, MFU_LOW, OCCUPANCY_HEADROOM};
use crate::engine::common::{clamp01, peak_flop_per_s};
use crate::registry::Accelerator;

/// What the wall needs.
#[derive(Debug, Clone)]
pub struct Inputs<'a> {
    /// The device.
    pub hardware: &'a Accelerator,
    /// `attention`, `ffn`, `conv` or anything else.
    pub workload_type: &'a str,
    /// Fused attention kernels.
    pub use_flash_attention: bool,
    /// Precision key, looked up as it stands; one the device does not list runs at the default peak.
    pub precision: &'a str,
    /// Overall efficiency that scales the table.
    pub efficiency: f64,
}

output! {
    /// Where the rest of the peak goes.
    pub struct Breakdown {
        /// Too few threads in flight.
        pub occupancy_loss: f64,
        /// Waiting for memory.
        pub memory_stall: f64,
    }
}

output! {
    /// What the wall answers.
    pub struct Outputs {
        /// Share of peak reached.
        pub mfu: f64,
        /// Rate reached, flop/s.
        pub achievable_flops_per_s: f64,
        /// Peak rate, flop/s.
        pub peak_flops_per_s: f64,
        /// Echo of the kernel kind.
        pub workload_type: String,
        /// Echo of the fusion flag.
        pub use_flash_attention: bool,
        /// Losses.
        pub overhead_breakdown: Breakdown,
    }
}

/// Solves the wall.
#[allow(clippy::unnecessary_wraps, reason = "every wall has the same shape")]
pub fn solve(inputs: &Inputs<'_>) -> Result<Outputs, WallError> {
    let scale = inputs.efficiency / DEFAULT_EFFICIENCY;
    let share = match inputs.workload_type {
        "attention" if inputs.use_flash_attention => (0.75 * scale).min(0.85),
        "ffn" => (MFU_HIGH * scale).min(0.60),
        "conv" => (0.40 * scale).min(0.55),
        _ => MFU_LOW * scale,
    };
    let mfu = clamp01(share);
    let peak = peak_flop_per_s(inputs.hardware, inputs.precision);
    let occupancy_loss = 1.0 - (OCCUPANCY_HEADROOM * inputs.efficiency).min(1.0);
    Ok(Outputs {
        mfu,
        achievable_flops_per_s: peak * mfu,
        peak_flops_per_s: peak,
        workload_type: inputs.workload_type.to_owned(),
        use_flash_attention: inputs.use_flash_attention,
        overhead_breakdown: Breakdown {
            occupancy_loss,
            memory_stall: ((1.0 - mfu) - occupancy_loss).max(0.0),
        },
    })
}
