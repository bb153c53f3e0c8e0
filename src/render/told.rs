//! Which figures a reader is shown: one that only says again what another one says is left out. Machines get all of
//! them from JSON.

use crate::engine::report::{LensReport, Report};
use crate::metrics::Metric;

/// Whether a metric of a lens repeats another one of it: the latency of a service is its time between tokens, a year's
/// cost is the cost where the plan runs a year, and steps a second say less than tokens a second.
pub fn repeats(lens: &LensReport, key: &str) -> bool {
    let value = |wanted: &str| lens.metrics.iter().find(|(key, _)| *key == wanted).map(|(_, value)| *value);
    let same = |other: &str| {
        value(key).zip(value(other)).is_some_and(|(own, other)| (own - other).abs() <= 1e-9 * own.abs())
    };
    match key {
        "latency" => same("itl_ms") || same("step_latency"),
        "annual_tco_usd" => same("tco_usd"),
        "throughput" => value("output_tokens_per_s").is_some() || same("fleet_throughput"),
        _ => false,
    }
}

/// Whether a metric repeats another one in every report that has it.
pub fn repeats_in_all(reports: &[&Report], metric: &Metric) -> bool {
    let lens = |report: &Report| {
        let lenses = [&report.feasibility, &report.performance, &report.economics];
        let own = lenses.into_iter().find(|lens| lens.lens == metric.lens)?;
        own.metrics.iter().any(|(key, _)| *key == metric.key).then(|| repeats(own, metric.key))
    };
    let mut known = reports.iter().filter_map(|report| lens(report)).peekable();
    known.peek().is_some() && known.all(|repeats| repeats)
}

#[cfg(test)]
mod tests {
    use super::repeats;
    use crate::engine::report::{LensReport, LensStatus};
    use crate::metrics::Lens;

    #[test]
    fn only_what_says_the_same_is_left_out() {
        let lens = |lens, metrics: &[(&'static str, f64)]| LensReport {
            lens,
            status: LensStatus::Pass,
            summary: String::new(),
            metrics: metrics.to_vec(),
        };
        let serving = lens(
            Lens::Performance,
            &[("latency", 15.5), ("throughput", 64.0), ("itl_ms", 15.5), ("output_tokens_per_s", 1193.0)],
        );
        assert!(repeats(&serving, "latency") && repeats(&serving, "throughput"));
        assert!(!repeats(&serving, "itl_ms") && !repeats(&serving, "output_tokens_per_s"));
        let batches = lens(Lens::Performance, &[("latency", 15.5), ("throughput", 64.0)]);
        assert!(!repeats(&batches, "latency") && !repeats(&batches, "throughput"));
        let money = |days: f64| lens(Lens::Macro, &[("tco_usd", days / 365.0), ("annual_tco_usd", 1.0)]);
        assert!(repeats(&money(365.0), "annual_tco_usd") && !repeats(&money(30.0), "annual_tco_usd"));
    }
}
