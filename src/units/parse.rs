//! The reader for quantities as people write them: `50 GB/s`, `80 GiB`, `989 TFLOP/s`, `30 min`, `0.12 USD/kWh`.
//!
//! Depends on nothing but the standard library, so that the build script reads the shipped facts with the
//! same code as the program reads plans. Decimal prefixes move the decimal point in the text before it is
//! converted: `3.35 TB/s` is exactly the number `3.35e12`.

use std::fmt;

/// What a quantity measures. Values are in [`Dimension::unit`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Dimension {
    /// Bytes.
    Data,
    /// Bytes per second.
    DataRate,
    /// Floating-point (or integer) operations.
    Work,
    /// Operations per second.
    WorkRate,
    /// Operations per byte.
    Intensity,
    /// Seconds.
    Time,
    /// Joules.
    Energy,
    /// Watts.
    Power,
    /// US dollars.
    Money,
    /// US dollars per hour.
    HourlyPrice,
    /// US dollars per kWh.
    EnergyPrice,
    /// US dollars per byte.
    DataPrice,
    /// US dollars per token.
    TokenPrice,
    /// Kilograms of CO2e.
    Carbon,
    /// Grams of CO2e per kWh.
    CarbonIntensity,
    /// Tokens.
    Tokens,
    /// Tokens per second.
    TokenRate,
    /// Joules per byte.
    EnergyPerByte,
    /// Joules per operation.
    EnergyPerWork,
    /// Events per second.
    Rate,
    /// A plain number; `%` is a hundredth.
    Ratio,
}

/// Exponents of work, data, time, energy, money, carbon and tokens.
type Powers = [i8; 7];

/// Dimension, its powers, its name, its unit, an example, and what 1 of the unit is in base units
/// (decimal exponent, numerator): only the prices and the carbon intensity differ from 1.
const DIMENSIONS: [(Dimension, Powers, &str, &str, &str, (i32, u128, u128)); 21] = [
    (Dimension::Data, [0, 1, 0, 0, 0, 0, 0], "data", "B", "80 GiB", (0, 1, 1)),
    (Dimension::DataRate, [0, 1, -1, 0, 0, 0, 0], "a data rate", "B/s", "50 GB/s", (0, 1, 1)),
    (Dimension::Work, [1, 0, 0, 0, 0, 0, 0], "work", "FLOP", "16 GFLOP", (0, 1, 1)),
    (Dimension::WorkRate, [1, 0, -1, 0, 0, 0, 0], "a rate of work", "FLOP/s", "989 TFLOP/s", (0, 1, 1)),
    (Dimension::Intensity, [1, -1, 0, 0, 0, 0, 0], "work per byte", "FLOP/B", "295 FLOP/B", (0, 1, 1)),
    (Dimension::Time, [0, 0, 1, 0, 0, 0, 0], "time", "s", "30 min", (0, 1, 1)),
    (Dimension::Energy, [0, 0, 0, 1, 0, 0, 0], "energy", "J", "3 kWh", (0, 1, 1)),
    (Dimension::Power, [0, 0, -1, 1, 0, 0, 0], "power", "W", "700 W", (0, 1, 1)),
    (Dimension::Money, [0, 0, 0, 0, 1, 0, 0], "money", "USD", "25000 USD", (0, 1, 1)),
    (Dimension::HourlyPrice, [0, 0, -1, 0, 1, 0, 0], "a price per time", "USD/h", "2.5 USD/h", (-2, 1, 36)),
    (
        Dimension::EnergyPrice,
        [0, 0, 0, -1, 1, 0, 0],
        "a price of energy",
        "USD/kWh",
        "0.12 USD/kWh",
        (-5, 1, 36),
    ),
    (Dimension::DataPrice, [0, -1, 0, 0, 1, 0, 0], "a price per byte", "USD/B", "0.09 USD/GB", (0, 1, 1)),
    (
        Dimension::TokenPrice,
        [0, 0, 0, 0, 1, 0, -1],
        "a price per token",
        "USD/token",
        "2 USD/Mtok",
        (0, 1, 1),
    ),
    (Dimension::Carbon, [0, 0, 0, 0, 0, 1, 0], "carbon", "kg", "164 kg", (0, 1, 1)),
    (
        Dimension::CarbonIntensity,
        [0, 0, 0, -1, 0, 1, 0],
        "a carbon intensity",
        "g/kWh",
        "20 g/kWh",
        (-8, 1, 36),
    ),
    (Dimension::Tokens, [0, 0, 0, 0, 0, 0, 1], "tokens", "token", "15 Ttok", (0, 1, 1)),
    (Dimension::TokenRate, [0, 0, -1, 0, 0, 0, 1], "a token rate", "token/s", "120 tok/s", (0, 1, 1)),
    (Dimension::EnergyPerByte, [0, -1, 0, 1, 0, 0, 0], "energy per byte", "J/B", "160 pJ/B", (0, 1, 1)),
    (
        Dimension::EnergyPerWork,
        [-1, 0, 0, 1, 0, 0, 0],
        "energy per operation",
        "J/FLOP",
        "1 pJ/FLOP",
        (0, 1, 1),
    ),
    (Dimension::Rate, [0, 0, -1, 0, 0, 0, 0], "a rate", "1/s", "4/s", (0, 1, 1)),
    (Dimension::Ratio, [0, 0, 0, 0, 0, 0, 0], "a plain number", "", "0.5", (0, 1, 1)),
];

impl Dimension {
    fn row(
        self,
    ) -> &'static (Dimension, Powers, &'static str, &'static str, &'static str, (i32, u128, u128)) {
        // Every dimension has its row; the fallback keeps this total without a panic.
        DIMENSIONS.iter().find(|row| row.0 == self).unwrap_or(&DIMENSIONS[20])
    }

    /// In words, for messages: `a data rate`.
    pub fn name(self) -> &'static str {
        self.row().2
    }

    /// The unit its values are in: `B/s`. Empty for a plain number.
    pub fn unit(self) -> &'static str {
        self.row().3
    }

    /// How one may be written: `50 GB/s`.
    pub fn example(self) -> &'static str {
        self.row().4
    }
}

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

/// Which prefixes a unit takes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Prefixes {
    /// None: `min`, `%`.
    None,
    /// `k` and up: things that come in whole pieces.
    Large,
    /// `k` and up, and `Ki` and up: bytes and bits.
    Binary,
    /// All decimal ones.
    All,
}

const WORK: Powers = [1, 0, 0, 0, 0, 0, 0];
const WORK_RATE: Powers = [1, 0, -1, 0, 0, 0, 0];
const DATA: Powers = [0, 1, 0, 0, 0, 0, 0];
const DATA_RATE: Powers = [0, 1, -1, 0, 0, 0, 0];
const TIME: Powers = [0, 0, 1, 0, 0, 0, 0];
const ENERGY: Powers = [0, 0, 0, 1, 0, 0, 0];
const POWER: Powers = [0, 0, -1, 1, 0, 0, 0];
const MONEY: Powers = [0, 0, 0, 0, 1, 0, 0];
const CARBON: Powers = [0, 0, 0, 0, 0, 1, 0];
const TOKENS: Powers = [0, 0, 0, 0, 0, 0, 1];
const RATE: Powers = [0, 0, -1, 0, 0, 0, 0];
const PURE: Powers = [0; 7];

/// Symbol, powers, decimal exponent, numerator, denominator, prefixes. Symbols count case.
const SYMBOLS: &[(&str, Powers, i32, u128, u128, Prefixes)] = &[
    ("B", DATA, 0, 1, 1, Prefixes::Binary),
    ("b", DATA, 0, 1, 8, Prefixes::Binary),
    ("bit", DATA, 0, 1, 8, Prefixes::Binary),
    ("Bps", DATA_RATE, 0, 1, 1, Prefixes::Binary),
    ("bps", DATA_RATE, 0, 1, 8, Prefixes::Binary),
    ("FLOP", WORK, 0, 1, 1, Prefixes::Large),
    ("FLOPs", WORK, 0, 1, 1, Prefixes::Large),
    ("flop", WORK, 0, 1, 1, Prefixes::Large),
    ("flops", WORK, 0, 1, 1, Prefixes::Large),
    ("OP", WORK, 0, 1, 1, Prefixes::Large),
    ("OPs", WORK, 0, 1, 1, Prefixes::Large),
    ("FLOPS", WORK_RATE, 0, 1, 1, Prefixes::Large),
    ("OPS", WORK_RATE, 0, 1, 1, Prefixes::Large),
    ("s", TIME, 0, 1, 1, Prefixes::All),
    ("sec", TIME, 0, 1, 1, Prefixes::None),
    ("min", TIME, 1, 6, 1, Prefixes::None),
    ("h", TIME, 2, 36, 1, Prefixes::None),
    ("hr", TIME, 2, 36, 1, Prefixes::None),
    ("d", TIME, 2, 864, 1, Prefixes::None),
    ("yr", TIME, 3, 31536, 1, Prefixes::None),
    ("J", ENERGY, 0, 1, 1, Prefixes::All),
    ("Wh", ENERGY, 2, 36, 1, Prefixes::All),
    ("W", POWER, 0, 1, 1, Prefixes::All),
    ("USD", MONEY, 0, 1, 1, Prefixes::Large),
    ("$", MONEY, 0, 1, 1, Prefixes::None),
    ("g", CARBON, -3, 1, 1, Prefixes::Large),
    ("t", CARBON, 3, 1, 1, Prefixes::Large),
    ("tok", TOKENS, 0, 1, 1, Prefixes::Large),
    ("token", TOKENS, 0, 1, 1, Prefixes::Large),
    ("tokens", TOKENS, 0, 1, 1, Prefixes::Large),
    ("Hz", RATE, 0, 1, 1, Prefixes::All),
    ("req", PURE, 0, 1, 1, Prefixes::Large),
    ("request", PURE, 0, 1, 1, Prefixes::None),
    ("requests", PURE, 0, 1, 1, Prefixes::None),
    ("sample", PURE, 0, 1, 1, Prefixes::None),
    ("samples", PURE, 0, 1, 1, Prefixes::None),
    ("%", PURE, -2, 1, 1, Prefixes::None),
];

/// Words, in lower case and the singular; all decimal (and for bytes and bits binary) prefix words apply.
const WORDS: &[(&str, &str)] = &[
    ("byte", "B"),
    ("bit", "b"),
    ("flop", "FLOP"),
    ("second", "s"),
    ("minute", "min"),
    ("hour", "h"),
    ("day", "d"),
    ("year", "yr"),
    ("joule", "J"),
    ("watt", "W"),
    ("watt_hour", "Wh"),
    ("watthour", "Wh"),
    ("dollar", "USD"),
    ("usd", "USD"),
    ("gram", "g"),
    ("tonne", "t"),
    ("token", "tok"),
    ("hertz", "Hz"),
    ("percent", "%"),
];

const PREFIXES: &[(&str, i32)] = &[
    ("k", 3),
    ("K", 3),
    ("M", 6),
    ("G", 9),
    ("T", 12),
    ("P", 15),
    ("E", 18),
    ("Z", 21),
    ("m", -3),
    ("u", -6),
    ("µ", -6),
    ("μ", -6),
    ("n", -9),
    ("p", -12),
    ("f", -15),
];

const BINARY_PREFIXES: &[(&str, u32)] =
    &[("Ki", 10), ("Mi", 20), ("Gi", 30), ("Ti", 40), ("Pi", 50), ("Ei", 60)];

const PREFIX_WORDS: &[(&str, i32)] = &[
    ("kilo", 3),
    ("mega", 6),
    ("giga", 9),
    ("tera", 12),
    ("peta", 15),
    ("exa", 18),
    ("milli", -3),
    ("micro", -6),
    ("nano", -9),
    ("pico", -12),
];

const BINARY_PREFIX_WORDS: &[(&str, u32)] =
    &[("kibi", 10), ("mebi", 20), ("gibi", 30), ("tebi", 40), ("pebi", 50)];

/// Longest text that is looked at; longer ones are no quantity.
const LONGEST: usize = 128;

/// Units to suggest when one is not known.
pub(crate) const COMMON_UNITS: &[&str] = &[
    "B", "kB", "MB", "GB", "TB", "PB", "KiB", "MiB", "GiB", "TiB", "kbit", "Mbit", "Gbit", "Tbit", "Kbps",
    "Mbps", "Gbps", "Tbps", "bit", "byte", "FLOP", "kFLOP", "MFLOP", "GFLOP", "TFLOP", "PFLOP", "EFLOP",
    "TOPS", "TFLOPS", "PFLOPS", "GOPS", "ns", "us", "ms", "s", "min", "h", "hour", "day", "year", "J", "kJ",
    "Wh", "kWh", "MWh", "W", "mW", "kW", "MW", "USD", "g", "kg", "t", "tok", "token", "Hz", "MHz", "GHz",
    "%",
];

fn symbol(text: &str) -> Option<&'static (&'static str, Powers, i32, u128, u128, Prefixes)> {
    SYMBOLS.iter().find(|row| row.0 == text)
}

fn scaled(row: &(&str, Powers, i32, u128, u128, Prefixes), exponent: i32, bits: u32) -> Scale {
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
        .find(|row| row.1 == scale.powers)
        .ok_or_else(|| UnitError::NoDimension { found: found() })?;
    let own = Scale { exponent: row.5.0, numerator: row.5.1, denominator: row.5.2, powers: [0; 7] };
    let scale = scale.times(own, -1).ok_or_else(|| UnitError::NoDimension { found: found() })?;
    let decimal: f64 = format!("{digits}e{}", exponent + scale.exponent)
        .parse()
        .map_err(|_| UnitError::NoNumber { found: found() })?;
    let value = decimal * scale.numerator as f64 / scale.denominator as f64;
    if !value.is_finite() {
        return Err(UnitError::TooLarge { found: found() });
    }
    Ok(Quantity { value, dimension: row.0 })
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
