//! Wall 19, Checkpoint: the share of time lost to writing state.
//!
//! `size = P · bytes` (Adam 14: 2 weights, 12 state; anything else 4), `rate = min(storage · writers, limit)`,
//! `t = size / rate`, `penalty = t / interval` (1 where the interval is not above zero). It is a bottleneck
//! above 60 s. Bytes, bytes/s, s. Defaults: Adam, every 4 h, one writer, file system 500 GB/s; a device without
//! a storage figure writes 1 GB/s. Source: Eisenman 2022 (Check-N-Run); 1 GB/s and 60 s are choices of
//! mlsysim 0.3.0.

use super::error::{WallError, parameters};
use super::output::output;
use crate::engine::common::constants::{
    ADAM_CHECKPOINT_BYTES_PER_PARAMETER, FALLBACK_STORAGE_BYTES_PER_S, OTHER_CHECKPOINT_BYTES_PER_PARAMETER,
};
use crate::registry::{Accelerator, Model};

const SLOW_WRITE_S: f64 = 60.0;

/// What the wall needs.
#[derive(Debug, Clone, Copy)]
pub struct Inputs<'a> {
    /// The model.
    pub model: &'a Model,
    /// The device.
    pub hardware: &'a Accelerator,
    /// `adam`, in any case, or another.
    pub optimizer: &'a str,
    /// Hours between checkpoints.
    pub checkpoint_interval_hours: f64,
    /// Devices that write at the same time.
    pub n_writers: u64,
    /// What the file system takes, GB/s.
    pub filesystem_limit_gbs: f64,
}

output! {
    /// What the wall answers.
    pub struct Outputs {
        /// Bytes of one checkpoint.
        pub checkpoint_size_bytes: f64,
        /// Time to write it, s.
        pub write_time_seconds: f64,
        /// Storage bandwidth of one writer, bytes/s.
        pub max_bandwidth_required_bytes_per_s: f64,
        /// Writing takes more than a minute.
        pub storage_bottleneck: bool,
        /// Write time over interval: a fraction, though its name says per cent.
        pub mfu_penalty_pct: f64,
    }
}

/// Solves the wall.
pub fn solve(inputs: &Inputs<'_>) -> Result<Outputs, WallError> {
    let per_parameter = if inputs.optimizer.eq_ignore_ascii_case("adam") {
        ADAM_CHECKPOINT_BYTES_PER_PARAMETER
    } else {
        OTHER_CHECKPOINT_BYTES_PER_PARAMETER
    };
    let size = parameters(inputs.model)? * per_parameter;
    let storage = inputs
        .hardware
        .storage_bytes_per_s
        .filter(|rate| *rate != 0.0)
        .unwrap_or(FALLBACK_STORAGE_BYTES_PER_S);
    let rate = (storage * inputs.n_writers as f64).min(inputs.filesystem_limit_gbs * 1e9);
    if rate == 0.0 {
        return Err(WallError::evaluation("filesystem_limit_gbs", "leaves no bandwidth to write with"));
    }
    let seconds = size / rate;
    let interval = inputs.checkpoint_interval_hours * 3600.0;
    Ok(Outputs {
        checkpoint_size_bytes: size,
        write_time_seconds: seconds,
        max_bandwidth_required_bytes_per_s: storage,
        storage_bottleneck: seconds > SLOW_WRITE_S,
        mfu_penalty_pct: if interval > 0.0 { seconds / interval } else { 1.0 },
    })
}
