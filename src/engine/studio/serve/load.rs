//! A deployment under an offered rate: how long requests wait when they arrive at random.
//!
//! Arrivals are Poisson. A request first waits for one of the live sequences (M/M/c, Erlang C), then its
//! prompt is read (M/M/1: `s / (1 − ρ)` on average, quantiles `s / (1 − ρ) · ln(1 / (1 − q))`), then its
//! tokens are written at the pace that the live batch allows. Quantiles of the parts are added, which
//! makes those of the sum an upper estimate. From a load of 1 on the queue has no end: nothing is given.

use crate::engine::model::inference::Online;
use crate::engine::walls::tail_latency;

/// Latencies of requests, s.
// Names carry their unit, as everywhere.
#[allow(clippy::struct_field_names)]
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Latencies {
    /// Mean time to first token.
    pub ttft_s: f64,
    /// Its median.
    pub ttft_p50_s: f64,
    /// Its 99th percentile.
    pub ttft_p99_s: f64,
    /// From first to last token.
    pub writing_s: f64,
    /// 99th percentile of a request that found a free sequence.
    pub p99_without_wait_s: f64,
}

/// More live sequences at the same load wait no longer than so many.
const MOST_PLACES: u64 = 256;

/// Latencies at `rate` requests/s on `places` live sequences that take `per_place` requests/s each;
/// `transfer_s` moves a prompt's cache, `writing_s` is the time from first to last token. `None` where the
/// queue has no end.
pub(super) fn latencies(
    load: &Online,
    rate: f64,
    (per_place, places): (f64, u64),
    transfer_s: f64,
    writing_s: f64,
) -> Option<Latencies> {
    if load.saturated || load.prefill_load >= 1.0 {
        return None;
    }
    let counted = places.clamp(1, MOST_PLACES);
    let waits = tail_latency::waits(rate * counted as f64 / places.max(1) as f64, per_place, counted)?;
    let read = load.prefill_s / (1.0 - load.prefill_load);
    let quantile = |q| load.ttft_quantile_s(q) + transfer_s;
    Some(Latencies {
        ttft_s: 0.5 * load.itl_s + read + transfer_s + waits.mean_s,
        ttft_p50_s: quantile(0.5) + waits.p50_s,
        ttft_p99_s: quantile(0.99) + waits.p99_s,
        writing_s,
        p99_without_wait_s: quantile(0.99) + writing_s,
    })
}
