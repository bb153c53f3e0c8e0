//! Wall 7, Tail latency: how much longer than the mean the slowest requests wait.
//!
//! M/M/c queue with Erlang C, `μ = 1000/s` per replica, `ρ = λ/(cμ)`, `A = cρ`:
//!
//! ```text
//! P(wait) = (A^c / c! / (1-ρ)) / (Σ_{i<c} A^i / i! + A^c / c! / (1-ρ))
//! W_q     = max(0, ln(P(wait)/(1-q)) / (cμ(1-ρ))) · (cv² + 1)/2
//! p_q     = W_q + s
//! ```
//!
//! Rates in requests/s, service time in ms, results in s. Defaults: 1 replica, coefficient of variation 1.
//! Sources: Dean and Barroso 2013 (tail at scale); Erlang 1917; Kingman 1961 for the variability factor.

use super::error::{WallError, at_least, at_most};
use super::output::output;

/// How many service times of waiting the headroom ratio calls its whole budget.
const HEADROOM_SERVICE_TIMES: f64 = 5.0;

/// More replicas than anybody has; beyond it the sum would take for ever.
pub(super) const MOST_REPLICAS: u64 = 1_000_000;

/// What the wall needs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Inputs {
    /// Requests per second offered to the whole pool.
    pub arrival_rate_qps: f64,
    /// Mean service time of one request, ms.
    pub service_latency_ms: f64,
    /// Replicas behind one queue.
    pub num_replicas: u64,
    /// Standard deviation of the service time over its mean.
    pub service_time_cv: f64,
}

impl Default for Inputs {
    fn default() -> Self {
        Inputs { arrival_rate_qps: 0.0, service_latency_ms: 0.0, num_replicas: 1, service_time_cv: 1.0 }
    }
}

output! {
    /// What the wall answers.
    pub struct Outputs {
        /// Median time from arrival to answer, s.
        pub p50_latency_s: f64,
        /// 99th percentile of the same, s.
        pub p99_latency_s: f64,
        /// Load over capacity; exactly 1 when overloaded.
        pub queue_utilization: f64,
        /// Whether the queue stays finite.
        pub is_stable: bool,
        /// p99 wait over five service times; 1 when overloaded.
        pub slo_headroom_ratio: f64,
    }
}

/// Solves the wall.
pub fn solve(inputs: &Inputs) -> Result<Outputs, WallError> {
    at_least("service_time_cv", inputs.service_time_cv, 0.0)?;
    at_least("arrival_rate_qps", inputs.arrival_rate_qps, 0.0)?;
    at_most("num_replicas", inputs.num_replicas, MOST_REPLICAS)?;
    Ok(queue(inputs))
}

/// The same without range checks, for solvers that search over replicas.
pub(super) fn queue(inputs: &Inputs) -> Outputs {
    let service_s = inputs.service_latency_ms / 1000.0;
    let replicas = inputs.num_replicas.max(1);
    let servers = replicas as f64;
    let rate = if inputs.service_latency_ms > 0.0 { 1000.0 / inputs.service_latency_ms } else { 0.0 };
    if rate == 0.0 || inputs.arrival_rate_qps >= servers * rate {
        return Outputs {
            p50_latency_s: f64::INFINITY,
            p99_latency_s: f64::INFINITY,
            queue_utilization: 1.0,
            is_stable: false,
            slo_headroom_ratio: 1.0,
        };
    }
    let load = inputs.arrival_rate_qps / (servers * rate);
    let waiting = erlang_c(replicas, load);
    let drain = servers * rate * (1.0 - load);
    let variability =
        if inputs.service_time_cv == 1.0 { 1.0 } else { f64::midpoint(inputs.service_time_cv.powi(2), 1.0) };
    let wait = |beyond: f64| {
        if waiting < beyond { 0.0 } else { (-(beyond / waiting).ln() / drain).max(0.0) * variability }
    };
    let wait_p99 = wait(0.01);
    Outputs {
        p50_latency_s: wait(0.5) + service_s,
        p99_latency_s: wait_p99 + service_s,
        queue_utilization: load,
        is_stable: load < 1.0,
        slo_headroom_ratio: (wait_p99 / (HEADROOM_SERVICE_TIMES * service_s)).max(0.0),
    }
}

/// Waits for one of many places, s.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Waits {
    /// Mean over all arrivals.
    pub mean_s: f64,
    /// Median.
    pub p50_s: f64,
    /// 99th percentile.
    pub p99_s: f64,
}

/// Waits in an M/M/c queue of `places`, each of which takes `per_place` requests/s; `None` where `rate`
/// is more than all of them take, and the queue has no end.
pub fn waits(rate: f64, per_place: f64, places: u64) -> Option<Waits> {
    let places = places.clamp(1, MOST_REPLICAS);
    let carried = places as f64 * per_place;
    let load = rate / carried;
    if !(load.is_finite() && load < 1.0) {
        return None;
    }
    let waiting = erlang_c(places, load);
    let drain = carried * (1.0 - load);
    let beyond = |share: f64| if waiting < share { 0.0 } else { (waiting / share).ln() / drain };
    Some(Waits { mean_s: waiting / drain, p50_s: beyond(0.5), p99_s: beyond(0.01) })
}

/// Probability that an arrival has to wait: Erlang B, then Erlang C. What B is one part of is summed from that
/// part on, in units of it: `1/B = 1 + c/A + c(c−1)/A² + …`, which loses no digits, and ends early since the
/// terms shrink ever faster. Where it has no end in an `f64`, nobody is blocked.
fn erlang_c(servers: u64, load: f64) -> f64 {
    let offered = servers as f64 * load;
    let each = 1.0 / offered;
    let (mut sum, mut term) = (1.0, 1.0);
    for left in (1..=servers).rev() {
        term *= left as f64 * each;
        sum += term;
        if term < sum * 1e-18 || sum == f64::INFINITY {
            break;
        }
    }
    let blocked = 1.0 / sum;
    blocked / (1.0 - load * (1.0 - blocked))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_server_waits_with_the_probability_of_its_load() {
        assert!((erlang_c(1, 0.7) - 0.7).abs() < 1e-12);
    }

    /// Erlang B one server at a time.
    fn one_by_one(servers: u64, load: f64) -> f64 {
        let offered = servers as f64 * load;
        let blocked =
            (1..=servers).fold(1.0, |blocked, busy| offered * blocked / (busy as f64 + offered * blocked));
        blocked / (1.0 - load * (1.0 - blocked))
    }

    #[test]
    fn waiting_is_what_one_server_after_the_other_gives() {
        for servers in [1, 2, 3, 10, 100, 256, 1000, 100_000] {
            for load in [0.0, 1e-300, 1e-9, 0.1, 0.5, 0.7, 0.9, 0.99, 0.999_999] {
                let (found, wanted) = (erlang_c(servers, load), one_by_one(servers, load));
                let near = (found - wanted).abs() <= 1e-11 * wanted + 1e-250;
                assert!(near, "{servers} servers at {load}: {found} for {wanted}");
            }
        }
    }

    #[test]
    fn more_replicas_shorten_the_tail_and_overload_makes_it_endless() {
        let one = Inputs { arrival_rate_qps: 9.0, service_latency_ms: 100.0, ..Inputs::default() };
        let two = solve(&Inputs { num_replicas: 2, ..one }).unwrap();
        let one = solve(&one).unwrap();
        assert!(two.p99_latency_s < one.p99_latency_s);
        let over = solve(&Inputs { arrival_rate_qps: 11.0, service_latency_ms: 100.0, ..Inputs::default() })
            .unwrap();
        assert!(!over.is_stable && over.p99_latency_s.is_infinite());
    }

    #[test]
    fn an_idle_pool_answers_in_the_service_time() {
        let idle = solve(&Inputs { service_latency_ms: 10.0, num_replicas: 4, ..Inputs::default() }).unwrap();
        assert!((idle.p99_latency_s - 0.01).abs() < 1e-15);
        assert_eq!(idle.queue_utilization, 0.0);
    }

    #[test]
    fn a_negative_spread_is_refused() {
        let error = solve(&Inputs { service_time_cv: -1.0, ..Inputs::default() }).unwrap_err();
        assert_eq!(error.field, "service_time_cv");
    }
}
