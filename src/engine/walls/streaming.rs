//! Wall 6, Streaming: weights come in layer by layer while activations stay on the wafer.
//!
//! ```text
//! KV      = 2 S kv_heads dh b L B;  required = 1.1 KV
//! t_in    = (P b / L) / injection bandwidth
//! t_run   = (2 (P/L) B, or with prefill 2 (P/L) S B + 2 kv_heads S² dh B) / (peak η) + dispatch
//! layer   = max(t_in, t_run),  tokens/s = B (or B S) / (L · layer)
//! optimal = max(1, floor(t_in · peak η / (2 P/L)))
//! ```
//!
//! Bytes, s. Defaults: batch 1, fp16, η 0.5, decode; a device without an interconnect injects at 100 GB/s.
//! Source: Lie 2022 (Cerebras). Latent attention and declared head widths are ignored, as in mlsysim 0.3.0.

use super::error::{WallError, parameters, precision};
use super::output::output;
use crate::engine::common::constants::{
    DEFAULT_HEADS, FALLBACK_INTERCONNECT_BYTES_PER_S, OCCUPANCY_HEADROOM,
};
use crate::engine::common::{lowering, peak_flop_per_s};
use crate::registry::{Accelerator, Model};

/// What the wall needs.
#[derive(Debug, Clone, Copy)]
pub struct Inputs<'a> {
    /// The model.
    pub model: &'a Model,
    /// The device that keeps the activations.
    pub hardware: &'a Accelerator,
    /// Context, tokens.
    pub seq_len: u64,
    /// Sequences.
    pub batch_size: u64,
    /// Precision key.
    pub precision: &'a str,
    /// Share of peak reached.
    pub efficiency: f64,
    /// Prompt processing instead of decoding.
    pub prefill: bool,
}

output! {
    /// What the wall answers.
    pub struct Outputs {
        /// The cache fits beside the work space.
        pub feasible: bool,
        /// Tokens/s; 0 where it does not fit.
        pub throughput_tokens_per_sec: f64,
        /// `Compute-Bound` or `Interconnect-Bandwidth-Bound`.
        pub bottleneck: &'static str,
        /// One layer, arithmetic, s.
        pub layer_compute_time_s: f64,
        /// One layer, streaming in, s.
        pub layer_injection_time_s: f64,
        /// Batch at which both take equally long.
        pub optimal_batch_size: u64,
        /// Memory needed over memory there is.
        pub wafer_memory_utilization: f64,
    }
}

/// Solves the wall.
pub fn solve(inputs: &Inputs<'_>) -> Result<Outputs, WallError> {
    let model = inputs.model;
    let width = precision("precision", inputs.precision)?;
    let layers = model.layers.map_or(0.0, f64::from);
    if layers == 0.0 {
        return Err(WallError::evaluation("model", "has no layers in the registry to stream one by one"));
    }
    let (context, sequences) = (inputs.seq_len as f64, inputs.batch_size as f64);
    let heads = model.heads.filter(|&heads| heads > 0);
    let kv_heads = model.kv_heads.filter(|&heads| heads > 0).or(heads).map_or(DEFAULT_HEADS, f64::from);
    let head_width = (lowering::hidden_dim(model) / heads.map_or(DEFAULT_HEADS, f64::from)).floor();

    let cache = 2.0 * context * kv_heads * head_width * width.bytes() * layers * sequences;
    let utilization = OCCUPANCY_HEADROOM * cache / inputs.hardware.memory_bytes;
    let feasible = utilization <= 1.0;

    let layer_parameters = parameters(model)? / layers;
    let injection = inputs
        .hardware
        .interconnect
        .as_ref()
        .map(|link| link.quoted_bytes_per_s)
        .filter(|rate| *rate != 0.0)
        .unwrap_or(FALLBACK_INTERCONNECT_BYTES_PER_S);
    let injection_time = layer_parameters * width.bytes() / injection;
    let rate = peak_flop_per_s(inputs.hardware, width.key()) * inputs.efficiency;
    if rate == 0.0 {
        return Err(WallError::evaluation("efficiency", "is zero: no layer is ever done"));
    }
    let flop = if inputs.prefill {
        2.0 * layer_parameters * context * sequences
            + 2.0 * kv_heads * context * context * head_width * sequences
    } else {
        2.0 * layer_parameters * sequences
    };
    let compute_time = flop / rate + inputs.hardware.dispatch_tax_s;
    let tokens = if inputs.prefill { sequences * context } else { sequences };
    let optimal = (injection_time * rate / (2.0 * layer_parameters)).floor().max(1.0);
    Ok(Outputs {
        feasible,
        throughput_tokens_per_sec: if feasible {
            tokens / (layers * compute_time.max(injection_time))
        } else {
            0.0
        },
        bottleneck: if compute_time >= injection_time {
            "Compute-Bound"
        } else {
            "Interconnect-Bandwidth-Bound"
        },
        layer_compute_time_s: compute_time,
        layer_injection_time_s: injection_time,
        optimal_batch_size: optimal as u64,
        wafer_memory_utilization: utilization,
    })
}
