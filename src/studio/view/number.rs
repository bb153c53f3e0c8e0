//! Figures as people read them. Where the engine's sentences have a figure too, both are written the same way.

use crate::engine::format;
use crate::metrics::Metric;

/// About three significant digits, thousands grouped.
pub fn plain(value: f64) -> String {
    let size = value.abs();
    if !value.is_finite() {
        return if value.is_nan() { "?".into() } else { "∞".into() };
    }
    if size >= 1e15 || (size > 0.0 && size < 1e-3) {
        return format!("{value:.2e}");
    }
    let digits = match size {
        _ if size >= 100.0 || value.fract() == 0.0 => 0,
        _ if size >= 10.0 => 1,
        _ if size >= 1.0 => 2,
        _ if size == 0.0 => 0,
        _ => 3,
    };
    grouped(&format!("{value:.digits$}"))
}

/// Puts a comma between thousands.
fn grouped(text: &str) -> String {
    let (sign, text) = text.strip_prefix('-').map_or(("", text), |rest| ("-", rest));
    let (whole, fraction) = text.split_once('.').map_or((text, None), |(whole, rest)| (whole, Some(rest)));
    let mut out = String::from(sign);
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    if let Some(fraction) = fraction {
        out.push('.');
        out.push_str(fraction);
    }
    out
}

/// A value with the prefix that leaves one to three digits before the point.
fn scaled(value: f64, steps: &[(f64, &str)]) -> String {
    let size = value.abs();
    let (scale, unit) = steps
        .iter()
        .find(|(scale, _)| size >= *scale * 0.9995)
        .or(steps.last())
        .copied()
        .unwrap_or((1.0, ""));
    format!("{}{unit}", fixed(value / scale))
}

/// One decimal from 10 on, two below, none from 1000.
fn fixed(value: f64) -> String {
    let size = value.abs();
    if size == 0.0 {
        return "0".into();
    }
    if !value.is_finite() || !(1e-3..1e15).contains(&size) {
        return plain(value);
    }
    let digits = if size >= 999.95 { 0 } else { 1 + usize::from(size < 9.995) };
    grouped(&format!("{value:.digits$}"))
}

/// Mass of CO2e, from kilograms.
pub fn carbon(kg: f64) -> String {
    odd(kg).unwrap_or_else(|| format::carbon_kg(kg))
}

/// Bytes, decimal prefixes.
pub fn bytes(value: f64) -> String {
    odd(value).unwrap_or_else(|| format::bytes(value))
}

/// Seconds.
pub fn seconds(value: f64) -> String {
    odd(value).unwrap_or_else(|| format::seconds(value))
}

/// US dollars.
pub fn usd(value: f64) -> String {
    // A sum of nothing is -0.
    let value = value + 0.0;
    odd(value).unwrap_or_else(|| format::usd(value))
}

/// Numbers that would make a line of digits, and those that are none.
fn odd(value: f64) -> Option<String> {
    let size = value.abs();
    (!value.is_finite() || size >= 1e21 || (size > 0.0 && size < 1e-12)).then(|| plain(value))
}

/// Energy, from kWh.
pub fn energy(kwh: f64) -> String {
    scaled(kwh, &[(1e6, " GWh"), (1e3, " MWh"), (1.0, " kWh"), (1e-3, " Wh")])
}

/// Volume, from litres.
pub fn litres(value: f64) -> String {
    scaled(value, &[(1e3, " m³"), (1.0, " L"), (1e-3, " mL")])
}

/// A share as a percentage.
pub fn percent(share: f64) -> String {
    match share.abs() {
        size if !size.is_finite() => "∞ %".into(),
        size if size >= 99.95 => format!("×{}", plain(share)),
        _ => format::percent(share),
    }
}

/// A metric of a report with its unit.
pub fn metric(metric: &Metric, value: f64) -> String {
    match (metric.unit, metric.key) {
        ("", _) => percent(value),
        ("USD", _) => usd(value),
        ("GB", _) => bytes(value * 1e9),
        ("ms", _) => seconds(value / 1e3),
        ("t CO2e", _) => carbon(value * 1e3),
        ("kWh", _) => energy(value),
        ("L", _) => litres(value),
        ("days", _) => format!("{} days", fixed(value)),
        ("g", _) => carbon(value / 1e3),
        ("1/s", _) => format!("{}/s", plain(value)),
        (unit, _) => format!("{} {unit}", plain(value)),
    }
}

/// A metric beside its label: a unit that the label says is left out.
pub fn beside_label(of: &Metric, value: f64) -> String {
    let shown = metric(of, value);
    let unit = match of.unit {
        "tok/s" if of.label.ends_with("tokens/s") => " tok/s",
        "sequences" if of.label.ends_with("concurrency") => " sequences",
        _ => return shown,
    };
    shown.strip_suffix(unit).map_or_else(|| shown.clone(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_short_and_carry_their_unit() {
        assert_eq!(bytes(141.2e9), "141.2 GB");
        assert_eq!(bytes(85_899_345_920.0), "85.9 GB");
        assert_eq!(seconds(0.0418), "41.8 ms");
        assert_eq!(seconds(3.2e6), "37 days");
        assert_eq!(usd(37_123.4), "$37.1k");
        assert_eq!(usd(1_234_567.0), "$1.23M");
        assert_eq!(usd(0.42), "$0.42");
        assert_eq!(percent(1.769), "177 %");
        assert_eq!(percent(0.0321), "3.2 %");
        assert_eq!(percent(626.21), "×626");
        assert_eq!(usd(-0.0), "$0.00");
        assert_eq!(carbon(7_630.0), "7.63 t CO2e");
        assert_eq!(plain(123_456.0), "123,456");
        assert_eq!(plain(0.0), "0");
    }

    #[test]
    fn odd_numbers_are_shown_too() {
        for value in [f64::NAN, f64::INFINITY, -1.5, 1e300, 1e-300, 0.0] {
            for text in
                [bytes(value), seconds(value), usd(value), percent(value), plain(value), litres(value)]
            {
                assert!(!text.is_empty() && text.len() < 20, "{value}: {text}");
            }
        }
    }
}
