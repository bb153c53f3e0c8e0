//! Stepping numbers and quantities in the spelling that they have.

use super::Step;
use crate::plan::fields::{Bounds, Field, Kind};

/// A number with its unit and the way it is written.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Number {
    value: f64,
    /// Sign and digits as written.
    digits: String,
    /// Everything behind them: blanks, unit.
    rest: String,
    whole: bool,
    bounds: Bounds,
    /// What to begin with at zero.
    first: f64,
}

impl Number {
    /// The value of a field that has none yet.
    pub(super) fn first(field: &Field) -> String {
        let bounds = bounds(field);
        if field.kind == Kind::Flag || bounds.low.is_infinite() {
            return field.example.to_owned();
        }
        match field.kind {
            Kind::Count { min, .. } => min.to_string(),
            _ => field.example.to_owned(),
        }
    }

    /// Reads what stands in a plan.
    pub(super) fn read(field: &Field, written: &str) -> Option<Number> {
        let end = number_end(written);
        let (digits, rest) = (&written[..end], &written[end..]);
        let value: f64 = digits.replace('_', "").parse().ok().filter(|value: &f64| value.is_finite())?;
        let (whole, percent) = (matches!(field.kind, Kind::Count { .. }), rest.trim() == "%");
        if !rest.is_empty() && !percent && !matches!(field.kind, Kind::Quantity { .. }) {
            return None;
        }
        let mut bounds = bounds(field);
        if percent {
            bounds.high *= 100.0;
            bounds.low *= 100.0;
        }
        let example: f64 = field.example[..number_end(field.example)].parse().unwrap_or(1.0);
        let first = if whole { 1.0 } else { grid(example, false) };
        Some(Number { value, digits: digits.to_owned(), rest: rest.to_owned(), whole, bounds, first })
    }

    pub(super) fn written(&self) -> String {
        format!("{}{}", self.digits, self.rest)
    }

    /// What a step may lead to, nearest first.
    pub(super) fn after(&self, step: Step, reach: usize) -> Vec<String> {
        let mut found = Vec::new();
        let mut value = self.value;
        for round in 0..reach {
            let factor = round as f64 + 2.0;
            let mut next = match step {
                Step::Next => self.up(value),
                Step::Previous => self.down(value),
                Step::Double => self.value * factor,
                Step::Halve => self.value / factor,
            };
            if self.whole {
                next = if step == Step::Halve { next.floor() } else { next.round() };
            }
            let last = !self.bounds.contains(next);
            if last {
                // The end of the range is a value too, unless it is the present one.
                next = if next > value { self.bounds.high } else { self.bounds.low };
                if !self.bounds.contains(next) || next == value {
                    break;
                }
            }
            if next != value {
                let text = self.write(next);
                if text != self.written() && found.last() != Some(&text) {
                    found.push(text);
                }
            }
            if last || next == value && step != Step::Halve {
                break;
            }
            value = next;
        }
        found
    }

    fn up(&self, value: f64) -> f64 {
        if value == 0.0 {
            return self.first;
        }
        if value < 0.0 {
            return -toward_zero(-value, self.whole, self.first);
        }
        let step = grid(value, self.whole);
        ((value / step + 1e-9).floor() + 1.0) * step
    }

    fn down(&self, value: f64) -> f64 {
        if value == 0.0 {
            return -self.first;
        }
        if value < 0.0 {
            let step = grid(-value, self.whole);
            return -((-value / step + 1e-9).floor() + 1.0) * step;
        }
        toward_zero(value, self.whole, self.first)
    }

    /// In the spelling of the present value: exponent, decimals and unit stay.
    fn write(&self, value: f64) -> String {
        let (mantissa, exponent) = match self.digits.find(['e', 'E']) {
            Some(at) => (&self.digits[..at], Some(&self.digits[at..=at])),
            None => (self.digits.as_str(), None),
        };
        let decimals = mantissa.split_once('.').map_or(0, |(_, decimals)| decimals.len());
        let number = match exponent {
            Some(letter) => {
                let scientific = format!("{value:.11e}");
                let (mantissa, power) = scientific.split_once('e').unwrap_or((&scientific, "0"));
                let sign = if self.digits.contains("e+") || self.digits.contains("E+") { "+" } else { "" };
                let sign = if power.starts_with('-') { "" } else { sign };
                format!("{}{letter}{sign}{power}", trimmed(mantissa, decimals))
            }
            None if self.whole => format!("{value:.0}"),
            None => {
                // Twelve digits are more than a person writes and fewer than the noise of binary fractions.
                let places = (11.0 - value.abs().max(1e-300).log10().floor()).clamp(0.0, 20.0) as usize;
                trimmed(&format!("{value:.places$}"), decimals)
            }
        };
        format!("{number}{}", self.rest)
    }
}

/// Without zeros at the end, but with at least `decimals` places.
fn trimmed(number: &str, decimals: usize) -> String {
    let Some((whole, places)) = number.split_once('.') else {
        return if decimals == 0 { number.to_owned() } else { format!("{number}.{}", "0".repeat(decimals)) };
    };
    let kept = places.trim_end_matches('0').len().max(decimals);
    let places: String = places.chars().chain(std::iter::repeat('0')).take(kept).collect();
    if places.is_empty() { whole.to_owned() } else { format!("{whole}.{places}") }
}

fn number_end(text: &str) -> usize {
    let bytes = text.as_bytes();
    let digit = |at: usize| bytes.get(at).is_some_and(|byte| byte.is_ascii_digit() || *byte == b'_');
    let mut at = usize::from(matches!(bytes.first(), Some(b'+' | b'-')));
    while digit(at) {
        at += 1;
    }
    if bytes.get(at) == Some(&b'.') {
        at += 1;
        while digit(at) {
            at += 1;
        }
    }
    if matches!(bytes.get(at), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(at + 1), Some(b'+' | b'-')));
        if digit(at + 1 + sign) {
            at += 1 + sign;
            while digit(at) {
                at += 1;
            }
        }
    }
    at
}

fn toward_zero(value: f64, whole: bool, first: f64) -> f64 {
    let step = grid(value * (1.0 - 1e-9), whole);
    let next = ((value / step - 1e-9).ceil() - 1.0) * step;
    // Fractions never reach zero by halving their steps; below the first one they do.
    if !whole && value <= first * 1e-3 { 0.0 } else { next }
}

/// The distance between neighbours at a value: about eight or more of them lead to twice as much. Whole numbers go by
/// powers of two, as batches and lengths do, unless the number is a round decimal one.
fn grid(value: f64, whole: bool) -> f64 {
    if value <= 0.0 {
        return 1.0;
    }
    if !whole {
        return decimal(value / 8.0);
    }
    if value <= 16.0 {
        return 1.0;
    }
    let binary = 2f64.powf(value.log2().floor() - 3.0).max(1.0);
    let ten = decimal(value / 8.0).max(1.0);
    let rounded = value.round();
    if rounded >= 100.0 && rounded % 50.0 == 0.0 && rounded % ten == 0.0 { ten } else { binary }
}

/// The largest of 1, 2 and 5 times a power of ten that is not above `most`.
fn decimal(most: f64) -> f64 {
    let power = most.log10().floor() as i32;
    let ten = |times: f64| if power < 0 { times / 10f64.powi(-power) } else { times * 10f64.powi(power) };
    [5.0, 2.0].into_iter().map(ten).find(|step| *step <= most * (1.0 + 1e-9)).unwrap_or_else(|| ten(1.0))
}

fn bounds(field: &Field) -> Bounds {
    match field.kind {
        Kind::Count { min, max } => Bounds { low: min as f64, above: false, high: max as f64 },
        Kind::Number(bounds) => bounds,
        _ => Bounds::POSITIVE,
    }
}
