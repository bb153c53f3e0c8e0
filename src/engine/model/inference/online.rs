//! A server under an offered rate.

use super::super::{Case, primitives::Rates};
use super::{Engine, Serving};

/// A server under an offered rate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Online {
    /// Mean time to first token, s.
    pub ttft_s: f64,
    /// Mean inter-token latency, s.
    pub itl_s: f64,
    /// Live sequences.
    pub concurrency: f64,
    /// Prefill of one prompt alone, s.
    pub prefill_s: f64,
    /// What one more prompt adds to a running batch, s.
    pub prefill_increment_s: f64,
    /// Share of the time that prefill takes, at most [`MOST_PREFILL`].
    pub prefill_share: f64,
    /// Prompts that arrive while one is read: from 1 on their queue has no end.
    pub prefill_load: f64,
    /// The offered rate is more than the engine's sequences can carry.
    pub saturated: bool,
}

/// Mean latencies of one replica at `rate` requests/s.
pub fn online(
    case: &Case,
    rates: &Rates,
    serving: &Serving,
    prompt: f64,
    output: f64,
    cached: f64,
    rate: f64,
) -> Online {
    let engine = Engine::new(case, rates, serving);
    let alone = engine.prefill(1.0, prompt, cached).total;
    let increment = ((engine.prefill(4.0, prompt, cached).total - alone) / 3.0).max(0.0);
    let share = (rate * increment).min(MOST_PREFILL);
    let context = prompt + output / 2.0;
    let most = serving.max_sequences.min(MOST_LIVE);
    let steps = engine.steps(context, 1.0);
    let load = settle((alone, increment), share, share, (rate * output, most), |live| steps.seconds(live));
    Online { prefill_load: rate * increment, ..load }
}

impl Online {
    /// Time to first token that a share `quantile` (above 0, below 1) of requests stays under, s: prompts
    /// arrive at random (Poisson) and differ in length as an exponential does, so that their time in an
    /// M/M/1 queue does too, with the mean `prefill_s / (1 − ρ)`; the step that is under way when a prompt
    /// arrives comes on top. Without end from `ρ` = 1 on.
    pub fn ttft_quantile_s(&self, quantile: f64) -> f64 {
        if self.prefill_load >= 1.0 {
            return f64::INFINITY;
        }
        quantile * self.itl_s - self.prefill_s / (1.0 - self.prefill_load) * (1.0 - quantile).ln()
    }
}

/// Share of the time that prefill takes at most, under load.
pub const MOST_PREFILL: f64 = 0.70;

/// Sequences that a server under load runs at once, at most.
pub const MOST_LIVE: f64 = 256.0;

/// The steady state of a server under load. Prefill of one prompt takes `alone` and each further one
/// `increment`; it takes `share` of its device's time, of which decode loses `lost` (nothing where decode
/// has a pool of its own). `tokens_per_s` are asked of at most `most` sequences; `step` is the seconds
/// between two tokens of a number of live sequences.
pub fn settle(
    (alone, increment): (f64, f64),
    share: f64,
    lost: f64,
    (tokens_per_s, most): (f64, f64),
    step: impl Fn(f64) -> f64,
) -> Online {
    let mut live = 1.0;
    let mut seconds = step(live);
    let mut itl = seconds;
    for _ in 0..24 {
        let next = (tokens_per_s * itl).max(1.0).min(most);
        // At either end of its range the number stays, and the step with it.
        if next != live {
            (live, seconds) = (next, step(next));
        }
        let following = 0.5 * itl + 0.5 * seconds / (1.0 - lost);
        // Nothing moves any more, to the last digit.
        if following == itl {
            break;
        }
        itl = following;
    }
    Online {
        ttft_s: alone + 0.5 * itl + share / (1.0 - share) * alone,
        itl_s: itl,
        concurrency: live,
        prefill_s: alone,
        prefill_increment_s: increment,
        prefill_share: share,
        prefill_load: share,
        saturated: tokens_per_s * itl > most,
    }
}
