//! The reader for quantities as people write them: `50 GB/s`, `80 GiB`, `989 TFLOP/s`, `30 min`, `0.12 USD/kWh`.
//!
//! Depends on nothing but the standard library, so that the build script reads the shipped facts with the
//! same code as the program reads plans. Decimal prefixes move the decimal point in the text before it is
//! converted: `3.35 TB/s` is exactly the number `3.35e12`.

use std::fmt;

#[path = "parse/dimension.rs"]
mod dimension;
#[path = "parse/table.rs"]
mod table;

pub use dimension::Dimension;
use dimension::{DIMENSIONS, Powers};
pub(crate) use table::COMMON_UNITS;
use table::{
    BINARY_PREFIX_WORDS, BINARY_PREFIXES, CARBON, MONEY, PREFIX_WORDS, PREFIXES, Prefixes, SYMBOLS, Symbol,
    WORDS, WORK, WORK_RATE,
};

/// A number with its dimension.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Quantity {
    /// In [`Dimension::unit`].
    pub value: f64,
    /// What it measures.
    pub dimension: Dimension,
}

/// Why a text is not the quantity asked for. `Display` gives one sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UnitError {
    /// Nothing, or no number at its start.
    NoNumber {
        /// As written.
        found: String,
    },
    /// The number is beyond what a computer number holds.
    TooLarge {
        /// As written.
        found: String,
    },
    /// A unit that is not known.
    UnknownUnit {
        /// The part that is not known.
        unit: String,
        /// A unit that looks like it.
        nearest: Option<String>,
    },
    /// Known units that combine to nothing we measure, such as `GB*s`.
    NoDimension {
        /// As written.
        found: String,
    },
    /// A sound quantity of the wrong dimension.
    WrongDimension {
        /// As written.
        found: String,
        /// What it is.
        is: Dimension,
        /// What the field wants.
        wanted: Dimension,
    },
}

impl fmt::Display for UnitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            UnitError::NoNumber { found } if found.is_empty() => write!(f, "a quantity is missing"),
            UnitError::NoNumber { found } => write!(f, "`{found}` does not start with a number"),
            UnitError::TooLarge { found } => write!(f, "`{found}` is too large"),
            UnitError::UnknownUnit { unit, nearest: Some(near) } => {
                write!(f, "unknown unit `{unit}`; did you mean `{near}`?")
            }
            UnitError::UnknownUnit { unit, nearest: None } => write!(f, "unknown unit `{unit}`"),
            UnitError::NoDimension { found } => {
                write!(f, "the units of `{found}` do not combine to anything known")
            }
            UnitError::WrongDimension { found, is, wanted } => {
                let wants = if wanted.unit().is_empty() { "a number without a unit" } else { wanted.name() };
                write!(
                    f,
                    "`{found}` is {}, the field wants {wants} such as `{}`",
                    is.name(),
                    wanted.example()
                )
            }
        }
    }
}

impl std::error::Error for UnitError {}

/// What one unit is in base units: `10^exponent * numerator / denominator`, with its powers.
#[derive(Debug, Clone, Copy)]
struct Scale {
    exponent: i32,
    numerator: u128,
    denominator: u128,
    powers: Powers,
}

impl Scale {
    const ONE: Scale = Scale { exponent: 0, numerator: 1, denominator: 1, powers: [0; 7] };

    /// `self * other^sign`; `None` where the factors grow out of bounds.
    fn times(self, other: Scale, sign: i8) -> Option<Scale> {
        let (up, down) = if sign > 0 {
            (other.numerator, other.denominator)
        } else {
            (other.denominator, other.numerator)
        };
        let numerator = self.numerator.checked_mul(up)?;
        let denominator = self.denominator.checked_mul(down)?;
        let common = gcd(numerator, denominator);
        let mut powers = self.powers;
        for (power, more) in powers.iter_mut().zip(other.powers) {
            *power = power.checked_add(more.checked_mul(sign)?)?;
        }
        Some(Scale {
            exponent: self.exponent + other.exponent * i32::from(sign),
            numerator: numerator / common,
            denominator: denominator / common,
            powers,
        })
    }
}

fn gcd(a: u128, b: u128) -> u128 {
    if b == 0 { a.max(1) } else { gcd(b, a % b) }
}

/// Longest text that is looked at; longer ones are no quantity.
const LONGEST: usize = 128;

fn symbol(text: &str) -> Option<&'static Symbol> {
    SYMBOLS.iter().find(|row| row.0 == text)
}

fn scaled(row: &Symbol, exponent: i32, bits: u32) -> Scale {
    Scale { exponent: row.2 + exponent, numerator: row.3 << bits, denominator: row.4, powers: row.1 }
}

/// One unit with its prefix: `GB`, `Gbit`, `µs`, `gigabyte`, `kgCO2e`.
fn atom(text: &str) -> Option<Scale> {
    if text == "1" {
        return Some(Scale::ONE);
    }
    if let Some(row) = symbol(text) {
        return Some(scaled(row, 0, 0));
    }
    for (prefix, bits) in BINARY_PREFIXES {
        if let Some(row) = text.strip_prefix(prefix).and_then(symbol)
            && row.5 == Prefixes::Binary
        {
            return Some(scaled(row, 0, *bits));
        }
    }
    for (prefix, exponent) in PREFIXES {
        if let Some(row) = text.strip_prefix(prefix).and_then(symbol) {
            let fits = match row.5 {
                Prefixes::None => false,
                Prefixes::Large | Prefixes::Binary => *exponent > 0,
                Prefixes::All => true,
            };
            if fits {
                return Some(scaled(row, *exponent, 0));
            }
        }
    }
    for suffix in ["CO2eq", "CO2e", "CO2"] {
        if let Some(mass) = text.strip_suffix(suffix) {
            return atom(mass.trim_end_matches(['_', '-'])).filter(|scale| scale.powers == CARBON);
        }
    }
    word(&text.to_ascii_lowercase())
}

/// A spelt-out unit in lower case: `gigabytes`, `kilowatt_hour`.
fn word(lower: &str) -> Option<Scale> {
    let single = |text: &str| {
        let found = WORDS.iter().find(|row| row.0 == text || text.strip_suffix('s') == Some(row.0))?;
        symbol(found.1)
    };
    if let Some(row) = single(lower) {
        return Some(scaled(row, 0, 0));
    }
    for (prefix, bits) in BINARY_PREFIX_WORDS {
        if let Some(row) = lower.strip_prefix(prefix).and_then(single)
            && row.5 == Prefixes::Binary
        {
            return Some(scaled(row, 0, *bits));
        }
    }
    for (prefix, exponent) in PREFIX_WORDS {
        if let Some(row) = lower.strip_prefix(prefix).and_then(single)
            && row.5 != Prefixes::None
        {
            return Some(scaled(row, *exponent, 0));
        }
    }
    None
}

/// The whole unit part: factors joined by `/`, `*`, `·` or the word `per`.
fn unit(text: &str) -> Result<Scale, String> {
    let spaced = text.replace(" per ", "/");
    let mut whole = Scale::ONE;
    let mut sign = 1;
    let mut rest = spaced.trim();
    // `/s` after the number: the numerator is that number.
    if let Some(after) = rest.strip_prefix('/') {
        sign = -1;
        rest = after;
    }
    loop {
        let end = rest.find(['/', '*', '·']).unwrap_or(rest.len());
        let name = rest[..end].trim();
        let name = match name.rsplit_once(' ') {
            // `kg CO2e`: the gas is not a factor.
            Some((mass, "CO2e" | "CO2" | "CO2eq")) => mass.trim(),
            _ => name,
        };
        let separator = rest[end..].chars().next();
        let mut scale = atom(name).ok_or_else(|| name.to_owned())?;
        // `TFLOPS/s` says "per second" twice; people write it, and mean it once.
        if scale.powers == WORK_RATE && separator == Some('/') {
            let after = rest[end + 1..].trim();
            if after == "s" || after == "sec" || after == "second" {
                scale.powers = WORK;
            }
        }
        whole = whole.times(scale, sign).ok_or_else(|| text.to_owned())?;
        let Some(separator) = separator else { return Ok(whole) };
        sign = if separator == '/' { -1 } else { sign };
        rest = &rest[end + separator.len_utf8()..];
    }
}

/// Splits off the number at the start: its digits without `_`, its exponent, and what follows.
fn number(text: &str) -> Option<(String, i32, &str)> {
    let bytes = text.as_bytes();
    let mut at = 0;
    let mut digits = String::new();
    if matches!(bytes.first(), Some(b'+' | b'-')) {
        if bytes[0] == b'-' {
            digits.push('-');
        }
        at = 1;
    }
    let (mut any, mut point) = (false, false);
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'0'..=b'9' => {
                any = true;
                digits.push(char::from(byte));
            }
            b'.' if !point => {
                point = true;
                digits.push('.');
            }
            b'_' if any && bytes.get(at + 1).is_some_and(u8::is_ascii_digit) => {}
            _ => break,
        }
        at += 1;
    }
    if !any {
        return None;
    }
    let mut exponent = 0;
    if matches!(bytes.get(at), Some(b'e' | b'E')) {
        let mut end = at + 1;
        if matches!(bytes.get(end), Some(b'+' | b'-')) {
            end += 1;
        }
        let first = end;
        while bytes.get(end).is_some_and(u8::is_ascii_digit) {
            end += 1;
        }
        if end > first {
            exponent = text[at + 1..end].parse::<i32>().ok().filter(|e| e.abs() < 10_000)?;
            at = end;
        }
    }
    Some((digits, exponent, &text[at..]))
}

/// Reads any quantity. See the module for what is accepted.
pub fn parse(text: &str) -> Result<Quantity, UnitError> {
    let trimmed = text.trim();
    let found = || shorten(trimmed);
    if trimmed.len() > LONGEST {
        return Err(UnitError::NoNumber { found: found() });
    }
    let (dollars, body) = match trimmed.strip_prefix('$') {
        Some(rest) => (true, rest.trim_start()),
        None => (false, trimmed),
    };
    let (digits, exponent, rest) = number(body).ok_or_else(|| UnitError::NoNumber { found: found() })?;
    let rest = rest.trim();
    let mut scale = if rest.is_empty() {
        Scale::ONE
    } else {
        unit(rest).map_err(|unit| UnitError::UnknownUnit { unit: shorten(&unit), nearest: None })?
    };
    if dollars {
        let dollar = Scale { powers: MONEY, ..Scale::ONE };
        scale = scale.times(dollar, 1).ok_or_else(|| UnitError::NoDimension { found: found() })?;
    }
    let row = DIMENSIONS
        .iter()
        .find(|row| row.powers == scale.powers)
        .ok_or_else(|| UnitError::NoDimension { found: found() })?;
    let own = Scale {
        exponent: row.unit_scale.0,
        numerator: row.unit_scale.1,
        denominator: row.unit_scale.2,
        powers: [0; 7],
    };
    let scale = scale.times(own, -1).ok_or_else(|| UnitError::NoDimension { found: found() })?;
    let decimal: f64 = format!("{digits}e{}", exponent + scale.exponent)
        .parse()
        .map_err(|_| UnitError::NoNumber { found: found() })?;
    let value = decimal * scale.numerator as f64 / scale.denominator as f64;
    if !value.is_finite() {
        return Err(UnitError::TooLarge { found: found() });
    }
    Ok(Quantity { value, dimension: row.dimension })
}

/// Reads a quantity of one dimension. The value is in [`Dimension::unit`].
pub fn parse_as(text: &str, wanted: Dimension) -> Result<f64, UnitError> {
    let quantity = parse(text)?;
    if quantity.dimension == wanted {
        return Ok(quantity.value);
    }
    Err(UnitError::WrongDimension { found: shorten(text.trim()), is: quantity.dimension, wanted })
}

/// A long text cut for a message.
fn shorten(text: &str) -> String {
    if text.chars().count() <= 40 {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(39).collect();
    short.push('…');
    short
}
