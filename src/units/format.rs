//! Quantities as text for people: three or four digits and the prefix that fits.
//!
//! What can be written in a plan reads back through [`super::parse`] to the rounded number.

/// Shown where there is no number.
const NONE: &str = "n/a";

/// `141.2 GB`.
pub fn format_bytes(bytes: f64) -> String {
    scaled(bytes, "B")
}

/// `3.35 TB/s`.
pub fn format_rate(bytes_per_s: f64) -> String {
    scaled(bytes_per_s, "B/s")
}

/// `16.1 GFLOP`.
pub fn format_flop(flop: f64) -> String {
    scaled(flop, "FLOP")
}

/// `989 TFLOP/s`.
pub fn format_flop_rate(flop_per_s: f64) -> String {
    scaled(flop_per_s, "FLOP/s")
}

/// `10.2 kW`.
pub fn format_power(watts: f64) -> String {
    scaled(watts, "W")
}

/// `7.36 MWh`, from kilowatt-hours.
pub fn format_energy(kwh: f64) -> String {
    scaled(kwh * 1e3, "Wh")
}

/// `8.03 G`: a count with its prefix, or the plain number below a thousand.
pub fn format_count(count: f64) -> String {
    scaled(count, "").trim_end().to_owned()
}

/// `1.24 ms`, `38.2 s`, `2.5 h`, `14.2 days`: the unit that gives a number one can grasp.
pub fn format_seconds(seconds: f64) -> String {
    if let Some(text) = no_number(seconds) {
        return text;
    }
    let size = seconds.abs();
    let (divisor, unit) = match size {
        _ if size == 0.0 => (1.0, "s"),
        _ if size < 0.999_5e-6 => (1e-9, "ns"),
        _ if size < 0.999_5e-3 => (1e-6, "µs"),
        _ if size < 0.999_5 => (1e-3, "ms"),
        _ if size < 120.0 => (1.0, "s"),
        _ if size < 7_200.0 => (60.0, "min"),
        _ if size < 172_800.0 => (3_600.0, "h"),
        _ => (86_400.0, "days"),
    };
    format!("{} {unit}", digits(seconds / divisor))
}

/// `$37.1k`, `$1.23M`, `$12.34`, `$0.0042`.
pub fn format_usd(usd: f64) -> String {
    if let Some(text) = no_number(usd) {
        return text;
    }
    let sign = if usd < 0.0 { "-" } else { "" };
    let size = usd.abs();
    let body = match size {
        _ if size == 0.0 => "0".to_owned(),
        _ if size < 0.005 => significant(size, 2),
        _ if size < 999.995 => format!("{size:.2}").trim_end_matches(".00").to_owned(),
        _ => {
            let (number, prefix) = split(size);
            // People count dollars in billions.
            format!("{number}{}", if prefix == "G" { "B" } else { prefix })
        }
    };
    format!("{sign}${body}")
}

/// `38.7%` from 0.387; small shares keep a digit, large ones lose the fraction.
pub fn format_percent(ratio: f64) -> String {
    if let Some(text) = no_number(ratio) {
        return text;
    }
    let percent = ratio * 100.0;
    let size = percent.abs();
    let body = match size {
        _ if size == 0.0 => "0".to_owned(),
        _ if size < 0.1 => significant(percent, 1),
        _ if size < 99.95 => trim(&format!("{percent:.1}")),
        _ => format!("{percent:.0}"),
    };
    format!("{body}%")
}

fn no_number(value: f64) -> Option<String> {
    if value.is_nan() {
        return Some(NONE.to_owned());
    }
    value.is_infinite().then(|| if value > 0.0 { "∞".to_owned() } else { "-∞".to_owned() })
}

fn scaled(value: f64, unit: &str) -> String {
    if let Some(text) = no_number(value) {
        return text;
    }
    let (number, prefix) = split(value);
    format!("{number} {prefix}{unit}")
}

/// The digits and the decimal prefix of a value.
fn split(value: f64) -> (String, &'static str) {
    const PREFIXES: [&str; 8] = ["", "k", "M", "G", "T", "P", "E", "Z"];
    let mut scaled = value;
    for prefix in PREFIXES {
        // 999.96 would be shown as 1000: it belongs to the next prefix.
        if scaled.abs() < 999.95 {
            return (digits(scaled), prefix);
        }
        scaled /= 1e3;
    }
    (format!("{:.2e}", scaled * 1e3), "Z")
}

/// One decimal from ten, two from one, three significant ones below; without trailing zeros.
fn digits(value: f64) -> String {
    let size = value.abs();
    match size {
        _ if size == 0.0 => "0".to_owned(),
        _ if size >= 1e15 => format!("{value:.2e}"),
        _ if size >= 9.995 => trim(&format!("{value:.1}")),
        _ if size >= 0.9995 => trim(&format!("{value:.2}")),
        _ => significant(value, 3),
    }
}

/// A number below one with so many significant digits.
fn significant(value: f64, digits: usize) -> String {
    let exponent = -value.abs().log10().floor();
    if exponent > 12.0 {
        return format!("{value:.1e}");
    }
    trim(&format!("{value:.*}", exponent as usize + digits - 1))
}

fn trim(text: &str) -> String {
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        text.to_owned()
    }
}
