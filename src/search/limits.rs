//! Bounds on metrics for a search alone: typed in a line, put beside the assertions of a copy of the plan's text.
//!
//! A line holds one limit or several with `;` or `,` between them:
//!
//! | limit | meaning |
//! | --- | --- |
//! | `ttft_ms < 500`, `performance.itl_ms <= 40` | the metric by its key or its whole name, its largest value |
//! | `mfu > 0.4`, `output_tokens_per_s >= 2k` | its smallest value |
//! | `tco_usd < $2M`, `ttft_ms < 2 s`, `memory_used_gb < 70 GiB` | with a unit or a prefix; without one the value has the metric's own unit |
//! | `{metric: performance.itl_ms, max: 40}` | as a plan writes it |

use crate::metrics::{METRICS, Metric};
use crate::plan::{self, Assertion, Options, Reading, Severity, edit};
use crate::registry::Registry;
use crate::units::{self, Dimension};

/// Where a plan keeps its own.
const LIST: &str = "constraints.assert";

/// Comparisons, and whether the value is the largest that is allowed. The longer ones come first.
const COMPARISONS: &[(&str, bool)] =
    &[("<=", true), (">=", false), ("≤", true), ("≥", false), ("<", true), (">", false)];

/// A copy of a plan with limits beside its own assertions.
#[derive(Debug)]
pub struct Limited {
    /// The text of the copy.
    pub text: String,
    /// What reading it gave: a plan without errors.
    pub reading: Reading,
    /// The limits, in their order.
    pub limits: Vec<Assertion>,
}

/// Puts the limits of a line beside the assertions of a plan's text, in a copy.
///
/// # Errors
///
/// One sentence: which limit is none, or what the plan reader says of it, with what is allowed.
pub fn put(typed: &str, text: &str, registry: &Registry, options: Options<'_>) -> Result<Limited, String> {
    let own = plan::read(text, registry, options);
    let own = own.plan.map_or(0, |plan| plan.assertions.len());
    let mut copy = text.to_owned();
    let items = pieces(typed);
    for piece in &items {
        copy = edit::push(&copy, LIST, &item(piece)?).map_err(|why| format!("{piece}: {why}"))?;
    }
    let reading = plan::read(&copy, registry, options);
    for (at, piece) in items.iter().enumerate() {
        let place = format!("{LIST}[{}]", own + at);
        // What a plan may carry along as dead, a limit that somebody types may not.
        if let Some(found) = reading
            .diagnostics
            .iter()
            .find(|found| found.path.starts_with(&place) && found.severity != Severity::Note)
        {
            let help = found.help.as_ref().map(|help| format!("; {help}")).unwrap_or_default();
            let message = found.message.replace(&format!("{place}."), "");
            // Whoever types a sign has written neither word.
            let message = if piece.starts_with('{') {
                message
            } else {
                message.replace("`max`", "the value").replace("`min`", "the value")
            };
            return Err(format!("{piece}: {message}{help}"));
        }
    }
    let Some(plan) = &reading.plan else {
        let why = reading.diagnostics.iter().find(|found| found.severity == Severity::Error);
        return Err(why.map_or_else(|| "the plan cannot be read".to_owned(), |why| why.message.clone()));
    };
    let limits = plan.assertions.get(own..).unwrap_or_default().to_vec();
    Ok(Limited { text: copy, limits, reading })
}

/// Whether everything in a line is a limit, whatever the plan.
///
/// # Errors
///
/// As [`put`].
pub fn check(typed: &str, registry: &Registry) -> Result<(), String> {
    const ANY: &str = "version: \"1.0\"\nname: any\nworkload: {name: Llama3_8B}\nhardware: {name: H100}\n";
    put(typed, ANY, registry, Options::default()).map(drop)
}

/// The limits of a line, each as typed.
pub fn pieces(typed: &str) -> Vec<&str> {
    let (mut depth, mut from) = (0usize, 0);
    let mut found = Vec::new();
    for (at, letter) in typed.char_indices() {
        match letter {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            ';' | ',' if depth == 0 => {
                found.push(&typed[from..at]);
                from = at + 1;
            }
            _ => {}
        }
    }
    found.push(&typed[from..]);
    found.into_iter().map(str::trim).filter(|piece| !piece.is_empty()).collect()
}

/// Where the limit at the end of a line begins, and whether it has a comparison already.
pub fn last(typed: &str) -> (usize, bool) {
    let from = typed.rfind([';', ',']).map_or(0, |at| at + 1);
    let piece = &typed[from..];
    let blank = piece.len() - piece.trim_start().len();
    (from + blank, piece.contains(['<', '>', '≤', '≥', '{']))
}

/// The metric that a name means: its key, its whole name, its key in a report, its label.
fn metric(name: &str) -> Option<&'static Metric> {
    let lower = name.to_lowercase();
    METRICS.iter().find(|metric| {
        let bare = lower
            .strip_prefix(metric.lens.prefix())
            .or_else(|| lower.strip_prefix(metric.lens.name()).and_then(|rest| rest.strip_prefix('.')));
        lower == metric.key || bare == Some(metric.key) || lower == metric.label.to_lowercase()
    })
}

/// As a plan asserts it. A name or a value that means nothing stays as typed: the plan's reader says what is wrong.
fn item(piece: &str) -> Result<String, String> {
    if piece.starts_with('{') {
        return Ok(piece.to_owned());
    }
    let Some((at, sign, largest)) = COMPARISONS
        .iter()
        .filter_map(|(sign, largest)| Some((piece.find(sign)?, *sign, *largest)))
        .min_by_key(|(at, sign, _)| (*at, usize::MAX - sign.len()))
    else {
        return Err(format!(
            "{piece} is no limit: a limit is METRIC < VALUE or METRIC > VALUE, as in ttft_ms < 500"
        ));
    };
    // The sign stands there already after a metric was completed: typed once more, it is the same.
    let again: &[char] = if largest { &['<', '='] } else { &['>', '='] };
    let value = piece[at + sign.len()..].trim_start().trim_start_matches(again).trim();
    let name = piece[..at].trim();
    if name.is_empty() || value.is_empty() {
        let lacks = if name.is_empty() { "the metric" } else { "the value" };
        return Err(format!("{piece} lacks {lacks}: a limit is METRIC < VALUE, as in ttft_ms < 500"));
    }
    let metric = metric(name);
    let name = metric.map_or_else(|| edit::scalar(name), |one| format!("{}.{}", one.lens.name(), one.key));
    let value = metric
        .and_then(|metric| in_unit(metric, value))
        .map_or_else(|| edit::scalar(value), |v| v.to_string());
    Ok(format!("{{metric: {name}, {}: {value}}}", if largest { "max" } else { "min" }))
}

/// A value in the unit of a metric: `2 s` is 2000 of a metric in ms, `$2M` is 2000000 USD, `80%` is 0.8.
fn in_unit(metric: &Metric, typed: &str) -> Option<f64> {
    let of = |dimension, unit: f64| units::parse_as(typed, dimension).ok().map(|value| value / unit);
    let bare = typed.trim_start_matches('$').replace('_', "");
    let plain = || bare.parse::<f64>().ok();
    let prefixed = || {
        let (number, size) = [("k", 1e3), ("K", 1e3), ("M", 1e6), ("B", 1e9), ("G", 1e9)]
            .into_iter()
            .find_map(|(prefix, size)| Some((bare.strip_suffix(prefix)?, size)))?;
        Some(number.trim().parse::<f64>().ok()? * size)
    };
    let found = plain().or_else(|| match metric.unit {
        "ms" => of(Dimension::Time, 1e-3),
        "days" => of(Dimension::Time, 86_400.0),
        "GB" => of(Dimension::Data, 1e9),
        "kWh" => of(Dimension::Energy, 3.6e6),
        "" => typed.strip_suffix('%')?.trim().parse::<f64>().ok().map(|value| value / 100.0),
        "t CO2e" => of(Dimension::Carbon, 1e3),
        _ => None,
    });
    found.or_else(|| if metric.unit.is_empty() { None } else { prefixed() }).filter(|value| value.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_checked_by_itself() {
        let check = |typed: &str| check(typed, &Registry::builtin());
        assert_eq!(check("ttft_ms < < 500; tco_usd <= = 2M"), Ok(()));
        let why = check("ttft_ms < soon").unwrap_err();
        assert!(why.contains("the value cannot be `soon`") && !why.contains("max"), "{why}");
        assert!(check("ttft_ms").is_err() && check("ttfm_ms < 3").is_err());
    }

    const PLAN: &str = "version: \"1.0\"\nname: x\nworkload: {name: Llama3_8B, mode: serve}\nhardware: {name: H100}\nops: {region: Quebec}\nconstraints:\n  assert:\n    - {metric: performance.itl_ms, max: 40} # promised\n";

    type Read = (String, Option<f64>, Option<f64>);

    fn put(typed: &str) -> Result<Vec<Read>, String> {
        let limited = super::put(typed, PLAN, &Registry::builtin(), Options::default())?;
        assert!(limited.text.starts_with(PLAN), "{}", limited.text);
        Ok(limited.limits.into_iter().map(|one| (one.metric, one.max, one.min)).collect())
    }

    #[test]
    fn limits_are_read_in_the_metrics_units() {
        let one = |metric: &str, max, min| -> Read { (metric.to_owned(), max, min) };
        assert_eq!(put("ttft_ms < 500").unwrap(), [one("performance.ttft_ms", Some(500.0), None)]);
        assert_eq!(put("ttft_ms<2 s").unwrap(), [one("performance.ttft_ms", Some(2000.0), None)]);
        assert_eq!(put("TCO ≤ $2M").unwrap(), [one("macro.tco_usd", Some(2e6), None)]);
        assert_eq!(
            put("p_output_tokens_per_s >= 2k").unwrap(),
            [one("performance.output_tokens_per_s", None, Some(2000.0))]
        );
        assert_eq!(
            put("memory_utilization < 80%").unwrap(),
            [one("feasibility.memory_utilization", Some(0.8), None)]
        );
        assert_eq!(
            put("itl_ms < 30; {metric: macro.tco_usd, max: 1e5, min: 3}, ").unwrap(),
            [one("performance.itl_ms", Some(30.0), None), one("macro.tco_usd", Some(1e5), Some(3.0))]
        );
        assert_eq!(put("").unwrap(), []);
    }

    #[test]
    fn what_is_wrong_is_told_as_the_plan_would() {
        let why = |typed| put(typed).unwrap_err();
        assert!(
            why("itl_mss < 4").contains("unknown metric `itl_mss`; did you mean `performance.itl_ms`?"),
            "{}",
            why("itl_mss < 4")
        );
        assert_eq!(why("itl_ms < fast"), "itl_ms < fast: the value cannot be `fast`; allowed: a number");
        assert!(why("itl_ms").contains("a limit is METRIC < VALUE"));
        assert!(why("itl_ms <").contains("lacks the value"));
        assert!(
            why("{metric: performance.itl_ms}").contains("neither `max` nor `min`"),
            "{}",
            why("{metric: performance.itl_ms}")
        );
        assert!(why("{metric: ").contains("is not a value"), "{}", why("{metric: "));
    }
}
