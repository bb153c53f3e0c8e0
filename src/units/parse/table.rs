//! The units that are known, by symbol and by word.

use super::dimension::Powers;

/// Which prefixes a unit takes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Prefixes {
    /// None: `min`, `%`.
    None,
    /// `k` and up: things that come in whole pieces.
    Large,
    /// `k` and up, and `Ki` and up: bytes and bits.
    Binary,
    /// All decimal ones.
    All,
}

pub(super) const WORK: Powers = [1, 0, 0, 0, 0, 0, 0];
pub(super) const WORK_RATE: Powers = [1, 0, -1, 0, 0, 0, 0];
const DATA: Powers = [0, 1, 0, 0, 0, 0, 0];
const DATA_RATE: Powers = [0, 1, -1, 0, 0, 0, 0];
const TIME: Powers = [0, 0, 1, 0, 0, 0, 0];
const ENERGY: Powers = [0, 0, 0, 1, 0, 0, 0];
const POWER: Powers = [0, 0, -1, 1, 0, 0, 0];
pub(super) const MONEY: Powers = [0, 0, 0, 0, 1, 0, 0];
pub(super) const CARBON: Powers = [0, 0, 0, 0, 0, 1, 0];
const TOKENS: Powers = [0, 0, 0, 0, 0, 0, 1];
const RATE: Powers = [0, 0, -1, 0, 0, 0, 0];
const PURE: Powers = [0; 7];

/// A symbol with its powers, decimal exponent, numerator, denominator and prefixes.
pub(super) type Symbol = (&'static str, Powers, i32, u128, u128, Prefixes);

/// Symbol, powers, decimal exponent, numerator, denominator, prefixes. Symbols count case.
pub(super) const SYMBOLS: &[Symbol] = &[
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
pub(super) const WORDS: &[(&str, &str)] = &[
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

pub(super) const PREFIXES: &[(&str, i32)] = &[
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

pub(super) const BINARY_PREFIXES: &[(&str, u32)] =
    &[("Ki", 10), ("Mi", 20), ("Gi", 30), ("Ti", 40), ("Pi", 50), ("Ei", 60)];

pub(super) const PREFIX_WORDS: &[(&str, i32)] = &[
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

pub(super) const BINARY_PREFIX_WORDS: &[(&str, u32)] =
    &[("kibi", 10), ("mebi", 20), ("gibi", 30), ("tebi", 40), ("pebi", 50)];

/// Units to suggest when one is not known.
pub(crate) const COMMON_UNITS: &[&str] = &[
    "B", "kB", "MB", "GB", "TB", "PB", "KiB", "MiB", "GiB", "TiB", "kbit", "Mbit", "Gbit", "Tbit", "Kbps",
    "Mbps", "Gbps", "Tbps", "bit", "byte", "FLOP", "kFLOP", "MFLOP", "GFLOP", "TFLOP", "PFLOP", "EFLOP",
    "TOPS", "TFLOPS", "PFLOPS", "GOPS", "ns", "us", "ms", "s", "min", "h", "hour", "day", "year", "J", "kJ",
    "Wh", "kWh", "MWh", "W", "mW", "kW", "MW", "USD", "g", "kg", "t", "tok", "token", "Hz", "MHz", "GHz",
    "%",
];
