//! Numbers as tables show them: a digit more than sentences need. Machines get the full figures from JSON.

pub use crate::engine::format::{bytes, bytes_per_s, percent, seconds};

use crate::engine::format::grouped;

/// A number with about four significant digits, thousands grouped: `1,234,568`, `85.9`, `0.01234`.
pub fn number(value: f64) -> String {
    if value.is_nan() {
        return "–".into();
    }
    if value.is_infinite() {
        return if value > 0.0 { "∞".into() } else { "-∞".into() };
    }
    let size = value.abs();
    if size == 0.0 {
        return "0".into();
    }
    if !(1e-4..1e15).contains(&size) {
        return format!("{value:.3e}");
    }
    if size >= 999.95 {
        return grouped(value.round());
    }
    let decimals = if size >= 99.995 {
        1
    } else if size >= 0.99995 {
        2
    } else {
        // Four digits after the leading zeros.
        (-size.log10()).ceil() as usize + 3
    };
    trimmed(&format!("{value:.decimals$}"))
}

/// Numbers one below the other, with as many decimals each as the smallest needs for three digits:
/// `0.0138`, `0.5282`. What is no number is `–`.
pub fn column(values: &[Option<f64>]) -> Vec<String> {
    let finite = values.iter().flatten().filter(|value| value.is_finite());
    let whole = finite.clone().all(|value| value.fract() == 0.0);
    let sizes = finite.map(|value| value.abs()).filter(|size| *size > 0.0);
    let (least, most) =
        sizes.fold((f64::INFINITY, 0.0_f64), |(least, most), size| (least.min(size), most.max(size)));
    // Beside a large number the digits of a small one say nothing.
    let least = least.max(most / 1e4);
    if whole || !(1e-4..1e15).contains(&least) || most >= 1e15 {
        return values.iter().map(|value| value.map_or_else(|| "–".into(), number)).collect();
    }
    let digits = |size: f64| size.log10().floor() as i32;
    // Five digits of the largest are enough.
    let decimals = (2 - digits(least)).min(4 - digits(most)).max(0) as usize;
    let one = |value: &Option<f64>| match value {
        Some(value) if value.is_finite() && value.abs() >= 999.5 => {
            let text = format!("{value:.decimals$}");
            let (whole, fraction) =
                text.split_once('.').map_or((text.as_str(), ""), |(whole, rest)| (whole, rest));
            let whole = grouped(whole.parse().unwrap_or(*value));
            if fraction.is_empty() { whole } else { format!("{whole}.{fraction}") }
        }
        Some(value) if value.is_finite() => format!("{value:.decimals$}"),
        Some(value) => number(*value),
        None => "–".into(),
    };
    values.iter().map(one).collect()
}

/// A rate or count with an SI prefix before `unit`: `989 TFLOP/s`.
pub fn si(value: f64, unit: &str) -> String {
    const STEPS: [(f64, &str); 7] =
        [(1e18, "E"), (1e15, "P"), (1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"), (1.0, "")];
    let (scale, prefix) = step(value, &STEPS);
    format!("{} {prefix}{unit}", number(value / scale)).trim_end().to_string()
}

/// Energy from kWh, in the unit that suits: `47.3 MWh`, as sentences have it.
pub fn energy(kwh: f64) -> String {
    const STEPS: [(f64, &str); 4] = [(1e6, "GWh"), (1e3, "MWh"), (1.0, "kWh"), (1e-3, "Wh")];
    let (scale, unit) = step(kwh, &STEPS);
    format!("{} {unit}", number(kwh / scale))
}

fn step<'a>(value: f64, steps: &[(f64, &'a str)]) -> (f64, &'a str) {
    let smallest = steps.last().copied().unwrap_or((1.0, ""));
    if value == 0.0 {
        return steps.iter().copied().find(|(scale, _)| *scale == 1.0).unwrap_or(smallest);
    }
    steps.iter().copied().find(|(scale, _)| value.abs() >= *scale * 0.99995).unwrap_or(smallest)
}

fn trimmed(text: &str) -> String {
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_string()
    } else {
        text.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_what_matters() {
        for (value, text) in [
            (0.0, "0"),
            (1234567.8, "1,234,568"),
            (-1234.4, "-1,234"),
            (85.89934592, "85.9"),
            (141.2, "141.2"),
            (999.99, "1,000"),
            (1.0, "1"),
            (0.9999999, "1"),
            (0.00012340, "0.0001234"),
            (0.0000123, "1.230e-5"),
            (f64::INFINITY, "∞"),
            (f64::NAN, "–"),
        ] {
            assert_eq!(number(value), text);
        }
    }

    #[test]
    fn a_column_has_one_number_of_decimals() {
        let column = |values: &[f64]| column(&values.iter().map(|value| Some(*value)).collect::<Vec<_>>());
        assert_eq!(column(&[0.01384, 0.0141, 0.5282]), ["0.0138", "0.0141", "0.5282"]);
        assert_eq!(column(&[13974.4, 479.6, 177.3]), ["13,974", "480", "177"]);
        assert_eq!(column(&[1.0, 64.0, 4096.0]), ["1", "64", "4,096"]);
        assert_eq!(column(&[2.0, 8.5]), ["2.00", "8.50"]);
        assert_eq!(column(&[9.42, 38.56, 1152.8]), ["9.4", "38.6", "1,152.8"]);
        assert_eq!(column(&[1.5, 999.96]), ["1.50", "999.96"]);
        assert_eq!(column(&[1.5, 1999.96]), ["1.5", "2,000.0"]);
        assert_eq!(column(&[0.91, 18.44]), ["0.910", "18.440"]);
        assert_eq!(super::column(&[None, Some(f64::INFINITY), Some(1.5)]), ["–", "∞", "1.50"]);
    }

    #[test]
    fn units_get_the_prefix_that_suits() {
        assert_eq!(si(989e12, "FLOP/s"), "989 TFLOP/s");
        assert_eq!(si(512.0, ""), "512");
        for (kwh, text) in [(40_000.0, "40 MWh"), (812.5, "812.5 kWh"), (0.25, "250 Wh"), (0.0, "0 kWh")] {
            assert_eq!(energy(kwh), text);
        }
    }
}
