//! Numbers as sentences show them: few digits, a fitting prefix, never an exponent where a word will do.

const PREFIXES: [(&str, f64); 10] = [
    ("E", 1e18),
    ("P", 1e15),
    ("T", 1e12),
    ("G", 1e9),
    ("M", 1e6),
    ("k", 1e3),
    ("", 1.0),
    ("m", 1e-3),
    ("µ", 1e-6),
    ("n", 1e-9),
];

/// Three significant digits: `1.23`, `12.3`, `123`, `1,230`.
pub fn figure(value: f64) -> String {
    let size = value.abs();
    if size >= 999.5 {
        return grouped(value);
    }
    let decimals = if size >= 99.95 {
        0
    } else if size >= 9.995 {
        1
    } else if size >= 0.9995 || size == 0.0 {
        2
    } else {
        // Below one: three digits after the leading zeros, up to a point.
        (2 - size.log10().floor() as i32).clamp(2, 9) as usize
    };
    let text = format!("{value:.decimals$}");
    match text.split_once('.') {
        Some((whole, rest)) if rest.bytes().all(|digit| digit == b'0') => whole.to_owned(),
        _ => text,
    }
}

/// A whole number with thousands separated: `1,234,567`.
pub fn grouped(value: f64) -> String {
    let digits = format!("{:.0}", value.abs());
    let mut text = String::with_capacity(digits.len() + digits.len() / 3 + 1);
    if value < 0.0 {
        text.push('-');
    }
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn scaled(value: f64, smallest: f64) -> (f64, &'static str) {
    let size = value.abs();
    PREFIXES
        .iter()
        // 999.95 would print as 1000.0, so the next prefix takes over there.
        .find(|(_, scale)| size >= scale * 0.99995 && *scale >= smallest)
        .map_or((value / smallest, if smallest < 1.0 { "n" } else { "" }), |(prefix, scale)| {
            (value / scale, *prefix)
        })
}

/// Bytes with one decimal: `141.2 GB`, `512 B`.
pub fn bytes(value: f64) -> String {
    let (number, prefix) = scaled(value, 1.0);
    if prefix.is_empty() { format!("{number:.0} B") } else { format!("{number:.1} {prefix}B") }
}

/// A rate in bytes: `3.35 TB/s`.
pub fn bytes_per_s(value: f64) -> String {
    let (number, prefix) = scaled(value, 1.0);
    format!("{} {prefix}B/s", figure(number))
}

/// A count of operations: `423 TFLOP`.
pub fn flop(value: f64) -> String {
    let (number, prefix) = scaled(value, 1.0);
    format!("{} {prefix}FLOP", figure(number))
}

/// A rate of operations: `494 TFLOP/s`.
pub fn flop_per_s(value: f64) -> String {
    let (number, prefix) = scaled(value, 1.0);
    format!("{} {prefix}FLOP/s", figure(number))
}

/// A time: `640 ns`, `45.2 µs`, `12.3 ms`, `2.5 s`, `3.1 h`, `12 days`.
pub fn seconds(value: f64) -> String {
    let size = value.abs();
    if size >= 86_400.0 {
        format!("{} days", figure(value / 86_400.0))
    } else if size >= 3_600.0 {
        format!("{} h", figure(value / 3_600.0))
    } else if size >= 1.0 || size == 0.0 {
        format!("{} s", figure(value))
    } else {
        let (number, prefix) = scaled(value, 1e-9);
        format!("{} {prefix}s", figure(number))
    }
}

/// Days after which something holds, whole and rounded up: `324 days`.
pub fn whole_days(value: f64) -> String {
    let days = value.ceil();
    format!("{} {}", grouped(days), if days == 1.0 { "day" } else { "days" })
}

/// Money: `$0.0302`, `$12.34`, `$1,234`, `$93.3k`, `$4.56M`.
pub fn usd(value: f64) -> String {
    let size = value.abs();
    if size >= 999_950.0 {
        let (number, prefix) = if size >= 999.95e6 { (value / 1e9, "B") } else { (value / 1e6, "M") };
        format!("${}{prefix}", figure(number))
    } else if size >= 9_999.5 {
        format!("${}k", figure(value / 1e3))
    } else if size >= 100.0 {
        format!("${}", grouped(value))
    } else if size >= 0.0995 || size == 0.0 {
        format!("${value:.2}")
    } else {
        format!("${}", figure(value))
    }
}

/// Mass of carbon: `1.94 t CO2e`, `12.3 kg CO2e`.
pub fn carbon_kg(value: f64) -> String {
    if value.abs() >= 1e3 {
        format!("{} t CO2e", figure(value / 1e3))
    } else if value.abs() >= 1.0 || value == 0.0 {
        format!("{} kg CO2e", figure(value))
    } else {
        format!("{} g CO2e", figure(value * 1e3))
    }
}

/// A share: `42 %`, `3.1 %`, `177 %`; `99.7 %` and `100.3 %` beside the whole.
pub fn percent(share: f64) -> String {
    let value = share * 100.0;
    let size = value.abs();
    if value > 0.0 && value < 0.05 {
        return "<0.1 %".into();
    }
    // What is not quite the whole is not told as the whole: it decides what fits and what is left.
    if (99.5..100.5).contains(&size) && (size - 100.0).abs() > 1e-9 {
        let tenths = if size < 100.0 { (size * 10.0).floor() } else { (size * 10.0).ceil() };
        return format!("{:.1} %", value.signum() * tenths / 10.0);
    }
    if size >= 9.95 || value == 0.0 { format!("{} %", grouped(value)) } else { format!("{value:.1} %") }
}

/// A count with its noun: `1 sequence`, `8 sequences`.
pub fn count(value: u64, noun: &str) -> String {
    let ending = if value == 1 { "" } else { "s" };
    format!("{} {noun}{ending}", grouped(value as f64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_until_something_holds_are_whole() {
        assert_eq!((whole_days(323.2).as_str(), whole_days(0.4).as_str()), ("324 days", "1 day"));
    }

    #[test]
    fn prefixes_fit() {
        assert_eq!(bytes(141.2e9), "141.2 GB");
        assert_eq!(bytes(85_899_345_920.0), "85.9 GB");
        assert_eq!(bytes(512.0), "512 B");
        assert_eq!(bytes(999.99e9), "1.0 TB");
        assert_eq!(bytes_per_s(3.35e12), "3.35 TB/s");
        assert_eq!(flop_per_s(494.5e12), "494 TFLOP/s");
        assert_eq!(seconds(0.0000452), "45.2 µs");
        assert_eq!(seconds(0.0123), "12.3 ms");
        assert_eq!(seconds(6.4e-7), "640 ns");
        assert_eq!(seconds(0.0), "0 s");
        assert_eq!(seconds(86_400.0 * 12.0), "12 days");
    }

    #[test]
    fn money_and_carbon_read_well() {
        assert_eq!(usd(0.0), "$0.00");
        assert_eq!(usd(12.3), "$12.30");
        assert_eq!(usd(1234.4), "$1,234");
        assert_eq!(usd(93_300.0), "$93.3k");
        assert_eq!(usd(4_560_000.0), "$4.56M");
        assert_eq!(usd(-5.0), "$-5.00");
        assert_eq!(carbon_kg(1937.3), "1.94 t CO2e");
        assert_eq!(carbon_kg(0.0036), "3.60 g CO2e");
        assert_eq!(percent(1.767), "177 %");
        assert_eq!(percent(1e-6), "<0.1 %");
        assert_eq!([0.9949, 0.997, 0.99999, 1.0].map(percent), ["99 %", "99.7 %", "99.9 %", "100 %"]);
        assert_eq!([1.00001, 1.004, 1.006, -0.997].map(percent), ["100.1 %", "100.4 %", "101 %", "-99.7 %"]);
        assert_eq!(count(1, "sequence"), "1 sequence");
        assert_eq!(grouped(1234567.0), "1,234,567");
    }

    #[test]
    fn figures_keep_three_digits() {
        assert_eq!(figure(0.00123456), "0.00123");
        assert_eq!(figure(1.0), "1");
        assert_eq!(figure(999.7), "1,000");
        assert_eq!(figure(0.0), "0");
    }
}
