//! Wall 5, Batching: how many requests share the memory, in whole slots or in pages.
//!
//! Request lengths are exponential, cut at `S`, with mean `μ`; `k` bytes of KV cache a token:
//!
//! ```text
//! T        = (capacity − W) / k                     tokens that fit
//! static   : N = min(floor(T/S), C)                 waste 1 − μ/S
//! E        = (1 − e^(−K p/θ)) / (1 − e^(−p/θ))      blocks per request, K = ceil(S/p)
//! paged    : N = min(floor(floor(T/p) / E), C)      waste 1 − μ/(p E)
//! step(N)  = (W + k N μ) / BW,   tokens/s = N / step(N)
//! TTFT     = (2 P S C + 4 L a dh S² C) / (peak η) + dispatch
//! ```
//!
//! Bytes, s. Defaults: C 1, page 16 tokens, μ = S, fp16, η 0.5.
//! Sources: Kwon 2023 (vLLM), Yu 2022 (Orca). TTFT is that of a whole batch of full prompts.

use super::error::{WallError, at_least, between, positive, precision, transformer};
use super::output::output;
use super::serving::prefill_flop;
use crate::engine::common::memory::kv_cache_bytes;
use crate::engine::common::{peak_flop_per_s, weight_bytes};
use crate::registry::{Accelerator, Model};

/// Reported between tokens where nothing fits, s.
const NEVER_S: f64 = 1000.0;
const HALVINGS: u32 = 100;

/// What the wall needs.
#[derive(Debug, Clone, Copy)]
pub struct Inputs<'a> {
    /// The model, a transformer.
    pub model: &'a Model,
    /// The device.
    pub hardware: &'a Accelerator,
    /// Longest request, tokens.
    pub max_seq_len: u64,
    /// Mean request, tokens; `max_seq_len` where not given.
    pub mean_request_tokens: Option<f64>,
    /// Requests that the scheduler admits.
    pub max_batch_size: u64,
    /// Tokens of one page.
    pub page_size: u64,
    /// Precision key.
    pub precision: &'a str,
    /// Share of peak that prefill reaches.
    pub efficiency: f64,
}

output! {
    /// What the wall answers.
    pub struct Outputs {
        /// At least one request fits.
        pub feasible: bool,
        /// Paged, tokens/s.
        pub throughput_tokens_per_sec: f64,
        /// Paged, requests at a time.
        pub max_active_requests: u64,
        /// Whole slots, tokens/s.
        pub static_throughput_tokens_per_sec: f64,
        /// Whole slots, requests at a time.
        pub static_max_active_requests: u64,
        /// Mean request used, tokens.
        pub mean_request_tokens: f64,
        /// Share of the pages that stays empty.
        pub paged_internal_fragmentation: f64,
        /// Share of the slots that stays empty.
        pub static_internal_fragmentation: f64,
        /// KV cache in pages, bytes.
        pub paged_kv_cache_size_bytes: f64,
        /// KV cache in slots, bytes.
        pub static_kv_cache_size_bytes: f64,
        /// Prefill of the whole batch, s.
        pub ttft_s: f64,
        /// Between tokens, s.
        pub itl_s: f64,
        /// Paged over static throughput.
        pub speedup_vs_static: f64,
    }
}

/// Scale θ of the exponential that, cut at `longest`, has this mean; infinite where every request is longest.
fn exponential_scale(mean: f64, longest: f64) -> f64 {
    let ratio = mean / longest;
    if ratio >= 1.0 {
        return f64::INFINITY;
    }
    let (mut low, mut high) = (0.0, 1.0 / ratio);
    for _ in 0..HALVINGS {
        let middle: f64 = f64::midpoint(low, high);
        let value = if middle == 0.0 { 1.0 } else { -(-middle).exp_m1() / middle };
        if value > ratio {
            low = middle;
        } else {
            high = middle;
        }
    }
    longest / f64::midpoint(low, high)
}

/// Pages that a request occupies, on average.
fn expected_blocks(pages: f64, page: f64, scale: f64) -> f64 {
    if scale.is_infinite() { pages } else { (-pages * page / scale).exp_m1() / (-page / scale).exp_m1() }
}

/// Solves the wall.
pub fn solve(inputs: &Inputs<'_>) -> Result<Outputs, WallError> {
    transformer("model", inputs.model)?;
    at_least("max_seq_len", inputs.max_seq_len as f64, 1.0)?;
    at_least("max_batch_size", inputs.max_batch_size as f64, 1.0)?;
    at_least("page_size", inputs.page_size as f64, 1.0)?;
    between("efficiency", inputs.efficiency, 1e-9, 1.0)?;
    let longest = inputs.max_seq_len as f64;
    let mean = inputs.mean_request_tokens.unwrap_or(longest);
    positive("mean_request_tokens", mean)?;
    between("mean_request_tokens", mean, 0.0, longest)?;
    let width = precision("precision", inputs.precision)?;

    let admitted = inputs.max_batch_size as f64;
    let rate = peak_flop_per_s(inputs.hardware, width.key()) * inputs.efficiency;
    let ttft =
        prefill_flop(inputs.model, longest, longest, admitted)? / rate + inputs.hardware.dispatch_tax_s;
    let weights = weight_bytes(inputs.model, width.bytes())?;
    let free = inputs.hardware.memory_bytes - weights;
    let per_token = kv_cache_bytes(inputs.model, 1.0, 1.0, width.bytes());
    if free <= 0.0 {
        return Ok(nothing_fits(mean, ttft));
    }
    if per_token == 0.0 {
        return Err(WallError::evaluation(
            "model",
            "has no KV cache: the registry lacks its layers or heads",
        ));
    }

    let tokens = free / per_token;
    let slots = (tokens / longest).floor().min(admitted);
    let page = inputs.page_size as f64;
    let pages_per_request = expected_blocks((longest / page).ceil(), page, exponential_scale(mean, longest));
    let held = page * pages_per_request;
    let pool = (tokens / page).floor();
    // The reference forgives the last bit of the division.
    let active = (pool * page / held + 1e-9).floor().min(admitted);

    let step = |requests: f64| (weights + per_token * requests * mean) / inputs.hardware.memory_bytes_per_s;
    let throughput = |requests: f64| if requests == 0.0 { 0.0 } else { requests / step(requests) };
    let (paged, fixed) = (throughput(active), throughput(slots));
    let speedup = match (paged > 0.0, fixed > 0.0) {
        (_, true) => paged / fixed,
        (true, false) => f64::INFINITY,
        (false, false) => 1.0,
    };
    Ok(Outputs {
        feasible: active > 0.0,
        throughput_tokens_per_sec: paged,
        max_active_requests: active as u64,
        static_throughput_tokens_per_sec: fixed,
        static_max_active_requests: slots as u64,
        mean_request_tokens: mean,
        paged_internal_fragmentation: (1.0 - mean / held).max(0.0),
        static_internal_fragmentation: 1.0 - mean / longest,
        paged_kv_cache_size_bytes: per_token * active * held,
        static_kv_cache_size_bytes: per_token * slots * longest,
        ttft_s: ttft,
        itl_s: step(active),
        speedup_vs_static: speedup,
    })
}

fn nothing_fits(mean: f64, ttft: f64) -> Outputs {
    Outputs {
        feasible: false,
        throughput_tokens_per_sec: 0.0,
        max_active_requests: 0,
        static_throughput_tokens_per_sec: 0.0,
        static_max_active_requests: 0,
        mean_request_tokens: mean,
        paged_internal_fragmentation: 0.0,
        static_internal_fragmentation: 0.0,
        paged_kv_cache_size_bytes: 0.0,
        static_kv_cache_size_bytes: 0.0,
        ttft_s: ttft,
        itl_s: NEVER_S,
        speedup_vs_static: 1.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scale_reproduces_the_mean_it_was_found_for() {
        let scale = exponential_scale(500.0, 2048.0);
        let mean = scale * (1.0 - (-2048.0 / scale).exp());
        assert!((mean - 500.0).abs() < 1e-9);
        assert!(exponential_scale(2048.0, 2048.0).is_infinite());
    }

    #[test]
    fn pages_of_one_token_waste_nothing_much() {
        let scale = exponential_scale(100.0, 1000.0);
        let tokens = expected_blocks(1000.0, 1.0, scale);
        assert!(tokens > 100.0 && tokens < 101.0, "{tokens}");
    }
}
