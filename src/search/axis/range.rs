//! `1..1024*2`: numbers in steps or by a factor.

use super::{AxisError, MOST_VALUES, Words};
use crate::plan::fields::{Field, Kind};

/// How one value follows from the one before.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Step {
    Plus(f64),
    Times(f64),
}

/// A number and the unit behind it.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Figure<'t> {
    value: f64,
    unit: &'t str,
}

/// `400 GB/s` as 400 and `GB/s`; `None` where it does not begin with a finite number.
fn figure(text: &str) -> Option<Figure<'_>> {
    let text = text.trim();
    let mut end = 0;
    let mut bytes = text.bytes().enumerate().peekable();
    while let Some((at, byte)) = bytes.next() {
        let sign =
            matches!(byte, b'+' | b'-') && (at == 0 || text.as_bytes()[at - 1].eq_ignore_ascii_case(&b'e'));
        // An `e` belongs to the number only where an exponent follows.
        let exponent = byte.eq_ignore_ascii_case(&b'e')
            && bytes.peek().is_some_and(|(_, next)| next.is_ascii_digit() || matches!(next, b'+' | b'-'));
        if !(byte.is_ascii_digit() || byte == b'.' || sign || exponent) {
            break;
        }
        end = at + 1;
    }
    let value: f64 = text[..end].parse().ok()?;
    value.is_finite().then(|| Figure { value, unit: text[end..].trim() })
}

/// Where the step begins in what stands behind `..`: the last `+` or `*` that is no part of a number.
fn step_at(text: &str) -> Option<usize> {
    text.char_indices().rev().find_map(|(at, character)| {
        let exponent = text[..at].ends_with(['e', 'E'])
            && text[..at - 1].ends_with(|before: char| before.is_ascii_digit() || before == '.');
        (at > 0 && matches!(character, '+' | '*') && !exponent).then_some(at)
    })
}

/// Twelve digits: what steps of 0.1 add up to is what a person would write.
fn rounded(value: f64) -> f64 {
    format!("{value:.11e}").parse().unwrap_or(value)
}

const FORMS: &str = "ranges are 1..64, 1..64+8 (steps) or 1..64*2 (a factor)";

fn need<'g>(words: &Words<'g>) -> Result<Figure<'g>, AxisError> {
    figure(words.text())
        .ok_or_else(|| words.error(format!("`{}` is no number", words.text()), Some(FORMS.into())))
}

/// Reads a range; its values as they would be written into a plan.
pub(super) fn read(item: &Words<'_>, field: &Field) -> Result<Vec<String>, AxisError> {
    let text = item.text();
    let whole = matches!(field.kind, Kind::Count { .. });
    let Some(dots) = text.find("..") else {
        return Err(item.error(format!("`{text}` is no range"), Some(FORMS.into())));
    };
    let (low, rest) = (item.part(0..dots), &text[dots + 2..]);
    let split = step_at(rest);
    let high = item.part(dots + 2..split.map_or(text.len(), |at| dots + 2 + at));
    let (first, last) = (need(&low)?, need(&high)?);
    if let Some(parts) = last.unit.strip_prefix('/').map(str::trim)
        && (parts.is_empty() || figure(parts).is_some_and(|parts| parts.unit.is_empty()))
    {
        let (low, high) = (low.text(), last.value);
        let size = figure(parts).map(|parts| rounded((last.value - first.value) / parts.value));
        let size = size.filter(|size| size.is_finite() && *size > 0.0);
        let size = size.unwrap_or_else(|| step_for(first, last));
        return Err(item.error(
            format!("a range is not divided by `/{parts}`"),
            Some(format!("write the step itself: {low}..{high}+{size}")),
        ));
    }
    let step = match split {
        None if whole => Step::Plus(1.0),
        None => {
            return Err(item.error(
                format!("a range of {} needs a step or a factor", field.path),
                Some(format!(
                    "for example {text}*2, or {}..{}+{}",
                    low.text(),
                    high.text(),
                    step_for(first, last)
                )),
            ));
        }
        Some(at) => {
            let words = item.part(dots + 3 + at..text.len());
            let size = need(&words)?;
            let times = rest[at..].starts_with('*');
            if times && !size.unit.is_empty() {
                return Err(
                    words.error("a factor has no unit".into(), Some(format!("write *{}", size.value)))
                );
            }
            if !size.unit.is_empty() && size.unit != last.unit {
                return Err(words.error("a step is in the unit of the ends".into(), None));
            }
            let (least, step) =
                if times { (1.0, Step::Times(size.value)) } else { (0.0, Step::Plus(size.value)) };
            if size.value <= least {
                let help = if times { "for example *2" } else { "for example +8" };
                return Err(words.error(
                    format!("a {} is more than {least}", if times { "factor" } else { "step" }),
                    Some(help.into()),
                ));
            }
            step
        }
    };
    if !first.unit.is_empty() && first.unit != last.unit {
        return Err(low.error(
            format!("the ends of a range are in one unit, here `{}` and `{}`", first.unit, last.unit),
            Some("write the unit once, behind the second end: 100..400 GB/s*2".into()),
        ));
    }
    if first.value > last.value {
        return Err(item.error(
            "a range goes upwards".into(),
            Some(format!("write {}..{}{}", high.text(), low.text(), split.map_or("", |at| &rest[at..]))),
        ));
    }
    if matches!(step, Step::Times(_)) && first.value <= 0.0 {
        return Err(low.error("a range with a factor begins above 0".into(), None));
    }
    if whole
        && let Some(words) = [(&low, first), (&high, last)].iter().find(|(_, end)| end.value.fract() != 0.0)
    {
        return Err(words.0.error(format!("`{}` is no whole number", words.0.text()), None));
    }
    values(item, (first.value, last.value), step, whole, last.unit)
}

/// A step that gives a handful of values.
fn step_for(first: Figure<'_>, last: Figure<'_>) -> f64 {
    rounded(((last.value - first.value) / 4.0).abs())
}

fn values(
    item: &Words<'_>,
    (first, last): (f64, f64),
    step: Step,
    whole: bool,
    unit: &str,
) -> Result<Vec<String>, AxisError> {
    // The end is met where only rounding keeps it away.
    let slack = 1.0 + 1e-9;
    let count = match step {
        Step::Plus(size) => ((last - first) / size * slack).floor() + 1.0,
        Step::Times(factor) => ((last / first).ln() / factor.ln() * slack).floor() + 1.0,
    };
    if count > MOST_VALUES as f64 {
        return Err(item.error(
            format!("the range has {count} values; an axis has at most {MOST_VALUES}"),
            Some("take larger steps, as in 1..1000000+10, or a factor, as in 1..1000000*2".into()),
        ));
    }
    let behind = match unit {
        "" => String::new(),
        unit if unit.starts_with(['/', '%']) => unit.to_owned(),
        unit => format!(" {unit}"),
    };
    let value = |at: usize| {
        let value = match step {
            Step::Plus(size) => first + at as f64 * size,
            Step::Times(factor) => first * factor.powi(i32::try_from(at).unwrap_or(i32::MAX)),
        };
        if whole { value.round() } else { rounded(value) }
    };
    Ok((0..count as usize).map(value).map(|value| format!("{value}{behind}")).collect())
}
