//! Wall 4, Serving: time to the first token, time between tokens, and the memory both need.
//!
//! With `n = max(1, S − cached)` prompt tokens to work on, `a` heads of width `dh = floor(hidden/a)`:
//!
//! ```text
//! F_prefill = 2 P n B + 4 L a dh n S B
//! TTFT      = F_prefill / (peak η) + chunks · dispatch  [+ KV / network, prefill and decode apart]
//! ITL       = (W + KV) / BW + L · 0.01 ms
//! draft     : ITL ← (4 (W_d + KV_d)/BW + ITL) / E,  E = 1 + α (1 − α⁴)/(1 − α), 5 at α = 1
//! memory    = W + KV (+ W_d)
//! ```
//!
//! Flop, bytes, s. Defaults: batch 1, fp16, η 0.5, network 100 GB/s, α 0.7, nothing cached, one chunk.
//! Sources: Pope 2023, Agrawal 2024 (Sarathi), Zhong 2024 (DistServe), Patel 2024 (Splitwise),
//! Leviathan 2023 (speculative decoding). Mixtures of experts count all parameters, attention is not
//! causal, and decoding has no arithmetic side, as in mlsysim 0.3.0.

use super::error::{WallError, at_least, between, parameters, positive, precision, transformer};
use super::output::output;
use crate::engine::common::constants::{DEFAULT_HEADS, LAYER_TAX_S, SPECULATIVE_DRAFT_TOKENS};
use crate::engine::common::memory::kv_cache_bytes;
use crate::engine::common::{lowering, peak_flop_per_s, weight_bytes};
use crate::registry::{Accelerator, Model};

/// Decoding on a device of its own.
#[derive(Debug, Clone, Copy)]
pub struct Disaggregated<'a> {
    /// The device that decodes.
    pub hardware: &'a Accelerator,
    /// Link that carries the KV cache to it, bytes/s.
    pub network_bandwidth_bytes_per_s: f64,
}

/// Speculative decoding.
#[derive(Debug, Clone, Copy)]
pub struct Draft<'a> {
    /// The small model.
    pub model: &'a Model,
    /// Probability that a drafted token is accepted.
    pub acceptance_rate: f64,
}

/// What the wall needs.
#[derive(Debug, Clone, Copy)]
pub struct Inputs<'a> {
    /// The model, a transformer.
    pub model: &'a Model,
    /// The device, for prefill where decoding happens elsewhere.
    pub hardware: &'a Accelerator,
    /// Context, tokens.
    pub seq_len: u64,
    /// Sequences at a time.
    pub batch_size: u64,
    /// Precision key.
    pub precision: &'a str,
    /// Share of peak that prefill reaches.
    pub efficiency: f64,
    /// Decoding elsewhere.
    pub decode: Option<Disaggregated<'a>>,
    /// Speculative decoding.
    pub draft: Option<Draft<'a>>,
    /// Tokens of the prompt whose KV cache is already there.
    pub cached_prefix_len: u64,
    /// Tokens of one prefill chunk.
    pub prefill_chunk_tokens: Option<u64>,
}

impl<'a> Inputs<'a> {
    /// A plain deployment: one device, no draft, no cache, no chunks.
    pub fn plain(
        model: &'a Model,
        hardware: &'a Accelerator,
        seq_len: u64,
        batch_size: u64,
        precision: &'a str,
        efficiency: f64,
    ) -> Inputs<'a> {
        Inputs {
            model,
            hardware,
            seq_len,
            batch_size,
            precision,
            efficiency,
            decode: None,
            draft: None,
            cached_prefix_len: 0,
            prefill_chunk_tokens: None,
        }
    }
}

output! {
    /// What the wall answers.
    pub struct Outputs {
        /// Memory suffices.
        pub feasible: bool,
        /// Time to first token, s.
        pub ttft_s: f64,
        /// Time between tokens, s.
        pub itl_s: f64,
        /// KV cache of the batch, bytes.
        pub kv_cache_size_bytes: f64,
        /// Weights, bytes.
        pub model_weights_size_bytes: f64,
        /// Everything, bytes.
        pub total_memory_required_bytes: f64,
        /// Everything over capacity.
        pub memory_utilization: f64,
        /// Cached share of the prompt.
        pub prompt_cache_hit_ratio: f64,
        /// Prefill chunks.
        pub prefill_chunks: u64,
        /// Longest chunk, s; only with chunked prefill.
        pub prefill_chunk_time_s: Option<f64>,
        /// How long a decode step may have to wait for a chunk, s; only with chunked prefill.
        pub decode_stall_bound_s: Option<f64>,
    }
}

/// Operations of prefill, flop: `tokens` new tokens that attend to `context`, for `sequences`.
pub(super) fn prefill_flop(
    model: &Model,
    tokens: f64,
    context: f64,
    sequences: f64,
) -> Result<f64, WallError> {
    let heads = model.heads.filter(|&heads| heads > 0).map_or(DEFAULT_HEADS, f64::from);
    let head_width = (lowering::hidden_dim(model) / heads).floor();
    let layers = model.layers.map_or(0.0, f64::from);
    let linear = 2.0 * parameters(model)? * tokens * sequences;
    Ok(linear + 4.0 * layers * heads * head_width * tokens * context * sequences)
}

fn check(inputs: &Inputs<'_>) -> Result<(), WallError> {
    transformer("model", inputs.model)?;
    at_least("seq_len", inputs.seq_len as f64, 1.0)?;
    at_least("batch_size", inputs.batch_size as f64, 1.0)?;
    positive("efficiency", inputs.efficiency)?;
    between("efficiency", inputs.efficiency, 0.0, 1.0)?;
    if let Some(decode) = &inputs.decode {
        positive("network_bandwidth_bytes_per_s", decode.network_bandwidth_bytes_per_s)?;
    }
    if let Some(draft) = &inputs.draft {
        transformer("draft_model", draft.model)?;
        between("draft_acceptance_rate", draft.acceptance_rate, 0.0, 1.0)?;
    }
    if inputs.cached_prefix_len >= inputs.seq_len {
        return Err(WallError::bad_input(
            "cached_prefix_len",
            format!("must be below seq_len, {}, is {}", inputs.seq_len, inputs.cached_prefix_len),
        ));
    }
    if inputs.prefill_chunk_tokens == Some(0) {
        return Err(WallError::bad_input("prefill_chunk_tokens", "must be above 0, is 0"));
    }
    Ok(())
}

/// Tokens of one verification step when `rate` of the drafted tokens are accepted.
fn accepted_tokens(rate: f64) -> f64 {
    if rate >= 1.0 {
        SPECULATIVE_DRAFT_TOKENS + 1.0
    } else {
        1.0 + rate * (1.0 - rate.powf(SPECULATIVE_DRAFT_TOKENS)) / (1.0 - rate)
    }
}

/// Solves the wall.
pub fn solve(inputs: &Inputs<'_>) -> Result<Outputs, WallError> {
    check(inputs)?;
    let width = precision("precision", inputs.precision)?;
    let model = inputs.model;
    let context = inputs.seq_len as f64;
    let sequences = inputs.batch_size as f64;
    let rate = peak_flop_per_s(inputs.hardware, width.key()) * inputs.efficiency;
    let dispatch = inputs.hardware.dispatch_tax_s;

    let fresh = (inputs.seq_len - inputs.cached_prefix_len).max(1);
    let chunk = inputs.prefill_chunk_tokens.unwrap_or(fresh);
    let chunks = fresh.div_ceil(chunk).max(1);
    let weights = weight_bytes(model, width.bytes())?;
    let kv_cache = kv_cache_bytes(model, context, sequences, width.bytes());
    let mut ttft = prefill_flop(model, fresh as f64, context, sequences)? / rate + chunks as f64 * dispatch;
    if let Some(decode) = &inputs.decode {
        ttft += kv_cache / decode.network_bandwidth_bytes_per_s;
    }
    let chunk_time = if inputs.prefill_chunk_tokens.is_some() {
        Some(prefill_flop(model, chunk.min(fresh) as f64, context, sequences)? / rate + dispatch)
    } else {
        None
    };

    let device = inputs.decode.map_or(inputs.hardware, |decode| decode.hardware);
    let layers = model.layers.map_or(0.0, f64::from);
    let mut itl = (weights + kv_cache) / device.memory_bytes_per_s + layers * LAYER_TAX_S;
    let mut memory = weights + kv_cache;
    if let Some(draft) = &inputs.draft {
        let draft_weights = weight_bytes(draft.model, width.bytes())?;
        let draft_kv = kv_cache_bytes(draft.model, context, sequences, width.bytes());
        let draft_step = (draft_weights + draft_kv) / device.memory_bytes_per_s;
        itl = (SPECULATIVE_DRAFT_TOKENS * draft_step + itl) / accepted_tokens(draft.acceptance_rate);
        memory += draft_weights;
    }
    let utilization = memory / device.memory_bytes;
    Ok(Outputs {
        feasible: utilization <= 1.0,
        ttft_s: ttft,
        itl_s: itl,
        kv_cache_size_bytes: kv_cache,
        model_weights_size_bytes: weights,
        total_memory_required_bytes: memory,
        memory_utilization: utilization,
        prompt_cache_hit_ratio: inputs.cached_prefix_len as f64 / context,
        prefill_chunks: chunks,
        prefill_chunk_time_s: chunk_time,
        decode_stall_bound_s: chunk_time,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_perfect_draft_yields_five_tokens_and_a_useless_one_yields_one() {
        assert_eq!(accepted_tokens(1.0), 5.0);
        assert_eq!(accepted_tokens(0.0), 1.0);
        assert!((accepted_tokens(0.5) - 1.9375).abs() < 1e-12);
    }
}
