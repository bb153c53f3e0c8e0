//! What an edit gains and what it costs, in one sentence.

use super::candidate::Price;
use super::{Figures, Goal, Numbers, Trial, broken, cost, gain, time_ms};
use crate::engine::format;
use crate::engine::report::{Report, Suggestion};
use crate::metrics::{Better, Lens, METRICS, Metric};
use crate::plan::{Mode, Plan};

/// A metric's value as a sentence shows it.
fn shown(metric: &Metric, value: f64) -> String {
    match metric.unit {
        "ms" => format::seconds(value / 1e3),
        "days" => format::seconds(value * 86_400.0),
        "USD" => format::usd(value),
        "t CO2e" => format::carbon_kg(value * 1e3),
        "g" => format::carbon_kg(value / 1e3),
        "GB" => format::bytes(value * 1e9),
        "" => format::percent(value),
        // The label says what is counted.
        "tok/s" | "sequences" => format::figure(value),
        unit => format!("{} {unit}", format::figure(value)),
    }
}

/// `+$37.2k`, `−$1,204`.
fn difference(before: f64, after: f64) -> String {
    let change = after - before;
    format!("{}{}", if change < 0.0 { '−' } else { '+' }, format::usd(change.abs()))
}

/// A year's cost, with its change.
fn money(before: &Report, after: &Figures) -> Option<String> {
    let key = "annual_tco_usd";
    let now = after.get(Lens::Macro, key)?;
    let mut words = format!("{}/yr", format::usd(now));
    if let Some(was) = before.get(Lens::Macro, key) {
        let change = (now - was).abs();
        if change >= 0.005 * was.abs().max(1.0) {
            words.extend([" (", &difference(was, now), ")"]);
        }
    }
    Some(words)
}

/// What a tonne of carbon less costs, where less carbon costs more money.
fn per_tonne(before: &Report, after: &Figures) -> Option<String> {
    let of = |key: &str| Some((before.get(Lens::Macro, key)?, after.get(Lens::Macro, key)?));
    let ((paid, pays), (had, has)) = (of("tco_usd")?, of("carbon_footprint")?);
    let (more, less) = (pays - paid, had - has);
    let counts = more >= 0.005 * paid.abs().max(1.0) && less > 0.0;
    counts.then(|| format!("{} a tonne saved", format::usd(more / less)))
}

/// The time that the mode is about.
fn time(mode: Mode, figures: &Figures) -> Option<String> {
    let label = if figures.get(Lens::Performance, "itl_ms").is_some() {
        "ITL"
    } else if mode == Mode::Train {
        "step"
    } else {
        "latency"
    };
    Some(format!("{label} {}", format::seconds(time_ms(figures)? / 1e3)))
}

/// Metrics of speed whose loss must be told.
const TOLD: &[&str] = &[
    "itl_ms",
    "ttft_ms",
    "output_tokens_per_s",
    "max_concurrency",
    "step_latency",
    "tokens_per_s",
    "time_to_train_days",
    "latency",
    "throughput",
];

/// The first metric of speed that gets worse by a twentieth or more.
fn slower(goal: &Metric, before: &Report, after: &Figures) -> Option<String> {
    // Those that say the same as the goal.
    let same = |key: &str| match goal.key {
        "itl_ms" | "request_latency_ms" => matches!(key, "latency" | "itl_ms"),
        "latency" => key == "itl_ms",
        _ => key == goal.key,
    };
    TOLD.iter().filter(|key| !same(key)).find_map(|key| {
        let metric = METRICS.iter().find(|metric| metric.lens == Lens::Performance && metric.key == *key)?;
        let (was, now) = (before.value(metric)?, after.value(metric)?);
        (gain(metric, was, now) < -0.05)
            .then(|| format!("{} {} → {}", metric.label, shown(metric, was), shown(metric, now)))
    })
}

fn percent_change(metric: &Metric, share: f64) -> String {
    let down = (metric.better == Better::Higher) == (share < 0.0);
    let rounded = format::percent(share.abs());
    format!("{}{rounded}", if down { '−' } else { '+' })
}

/// The suggestion that a trial makes.
pub(super) fn suggestion(goal: &Goal<'_>, plan: &Plan, before: &Report, trial: Trial) -> Suggestion {
    let Trial { candidate, figures: after, .. } = trial;
    let metric = goal.metric();
    let was = metric.and_then(|metric| before.value(metric));
    let now = metric.and_then(|metric| after.value(metric));
    let share = metric.zip(was.zip(now)).map(|(metric, (was, now))| gain(metric, was, now));
    let mut first = String::new();
    let mut rest: Vec<String> = Vec::with_capacity(5);
    match goal {
        Goal::Fit => {
            first.push_str("fits");
            rest.extend(time(before.mode, &after));
        }
        Goal::Promise(metric, assertion) => {
            if let (Some(was), Some(now)) = (was, now) {
                first = format!("{} {} → {}", metric.label, shown(metric, was), shown(metric, now));
                let bound = assertion.max.filter(|max| was > *max).or(assertion.min);
                if let Some(bound) = bound {
                    let met = super::excess(assertion, Some(now)) == 0.0;
                    let word = if met { "meets" } else { "not yet" };
                    first.extend([", ", word, " ", &shown(metric, bound)]);
                }
            }
            rest.extend(slower(metric, before, &after));
        }
        Goal::Better(metric) => {
            if let (Some(was), Some(now), Some(share)) = (was, now, share) {
                first = format!(
                    "{} {} → {} ({})",
                    metric.label,
                    shown(metric, was),
                    shown(metric, now),
                    percent_change(metric, share)
                );
            }
            rest.extend(slower(metric, before, &after));
        }
    }
    if metric.is_none_or(|metric| metric.key != "annual_tco_usd") {
        rest.extend(money(before, &after));
        rest.extend(per_tonne(before, &after).filter(|_| matches!(goal, Goal::Better(metric) if metric.key.contains("co2") || metric.key == "carbon_footprint")));
    }
    if plan.ops.is_some() && cost(&candidate.plan, &after) == f64::MAX {
        rest.push("its price is not known".into());
    }
    if candidate.fewer_bits {
        rest.push("check the accuracy".into());
    }
    if candidate.price == Price::Effort && candidate.edits.iter().any(|edit| edit.0 == "hardware.name") {
        rest.push("another maker's software".into());
    }
    // A promise that only this edit breaks, or that it leaves broken, is named.
    let already = broken(plan, before);
    for name in broken(plan, &after) {
        let own = matches!(goal, Goal::Promise(_, assertion) if assertion.metric == name);
        if !own {
            let word = if already.contains(&name) { "still breaks" } else { "breaks" };
            rest.push(format!("{word} {name}"));
        }
    }
    let gain_words = if rest.is_empty() { first } else { format!("{first}; {}", rest.join(", ")) };
    Suggestion {
        title: candidate.title,
        edits: candidate.edits,
        gain: gain_words,
        metric: metric.map_or_else(String::new, |metric| format!("{}.{}", metric.lens.name(), metric.key)),
        unit: metric.map_or("", |metric| metric.unit),
        before: was,
        after: now,
        share,
    }
}
