//! Entries of the registry by their facts: `accelerators(memory>=80GB, vendor=nvidia, year>=2022)`.
//!
//! All conditions must hold. A condition is a fact, a comparison and a value, or a fact alone, which asks
//! that the registry has it. `=` and `!=` compare words without regard to case; a word is equal where it
//! is a part of the fact (`name=h100`), except for `group`. An entry whose fact nobody published does not
//! meet a condition on it.

use super::{AxisError, Base, Words};
use crate::plan::fields::{Field, Kind};
use crate::registry::{Accelerator, Entry, Grid, Model, WorkloadKind};
use crate::units::{self, Dimension};

/// A fact of an entry.
enum Fact<'e> {
    Number(f64),
    Word(&'e str),
}

/// Reads a fact; `None` where the entry has none.
type Read<T> = fn(&Entry<T>) -> Option<Fact<'_>>;

/// Key, the dimension of numbers with a unit (a bare number is in its unit where the flag says so), reader.
struct Row<T> {
    key: &'static str,
    dimension: Option<(Dimension, bool)>,
    read: Read<T>,
}

const fn row<T>(key: &'static str, dimension: Option<(Dimension, bool)>, read: Read<T>) -> Row<T> {
    Row { key, dimension, read }
}

fn number(value: Option<f64>) -> Option<Fact<'static>> {
    value.map(Fact::Number)
}

const PLAIN: Option<(Dimension, bool)> = Some((Dimension::Ratio, true));
const WORD: Option<(Dimension, bool)> = None;

const ACCELERATORS: &[Row<Accelerator>] = &[
    row("memory", Some((Dimension::Data, false)), |e| number(Some(e.facts.memory_bytes))),
    row("bandwidth", Some((Dimension::DataRate, false)), |e| number(Some(e.facts.memory_bytes_per_s))),
    row("peak", Some((Dimension::WorkRate, false)), |e| number(Some(e.facts.peak_flop_per_s))),
    row("fp8", Some((Dimension::WorkRate, false)), |e| {
        number(e.facts.precision_flop_per_s.get("fp8").copied())
    }),
    row("fp4", Some((Dimension::WorkRate, false)), |e| {
        number(e.facts.precision_flop_per_s.get("fp4").copied())
    }),
    row("int8", Some((Dimension::WorkRate, false)), |e| {
        number(e.facts.precision_flop_per_s.get("int8").copied())
    }),
    row("power", Some((Dimension::Power, true)), |e| number(e.facts.tdp_w)),
    row("price", Some((Dimension::Money, true)), |e| number(e.facts.unit_cost_usd)),
    row("rent", Some((Dimension::HourlyPrice, true)), |e| number(e.facts.rent_usd_per_accelerator_hour)),
    row("year", PLAIN, |e| number(e.facts.release_year.map(f64::from))),
    row("node", PLAIN, |e| number(e.facts.vendor_node.map(f64::from))),
    row("link", Some((Dimension::DataRate, false)), |e| {
        number(e.facts.nvlink.as_ref().or(e.facts.interconnect.as_ref()).map(|link| link.one_way_bytes_per_s))
    }),
    row("vendor", WORD, |e| e.name.split(' ').next().map(Fact::Word)),
    row("name", WORD, |e| Some(Fact::Word(&e.name))),
    row("group", WORD, |e| Some(Fact::Word(&e.group))),
];

const MODELS: &[Row<Model>] = &[
    row("parameters", PLAIN, |e| number(e.facts.parameters)),
    row("active", PLAIN, |e| number(e.facts.active_parameters.or(e.facts.parameters))),
    row("layers", PLAIN, |e| number(e.facts.layers.map(f64::from))),
    row("experts", PLAIN, |e| number(e.facts.experts.map(f64::from))),
    row("context", PLAIN, |e| number(e.facts.context_length.map(f64::from))),
    row("year", PLAIN, |e| number(e.facts.release_year.map(f64::from))),
    row("kind", WORD, |e| {
        Some(Fact::Word(match e.facts.kind {
            WorkloadKind::Transformer => "transformer",
            WorkloadKind::SparseTransformer => "moe",
            WorkloadKind::Cnn => "cnn",
            WorkloadKind::Ssm => "ssm",
            WorkloadKind::Diffusion => "diffusion",
            WorkloadKind::Embodied => "embodied",
            WorkloadKind::Plain => "plain",
        }))
    }),
    row("name", WORD, |e| Some(Fact::Word(&e.name))),
    row("group", WORD, |e| Some(Fact::Word(&e.group))),
];

const REGIONS: &[Row<Grid>] = &[
    row("carbon", Some((Dimension::CarbonIntensity, true)), |e| number(Some(e.facts.carbon_g_per_kwh))),
    row("pue", PLAIN, |e| number(Some(e.facts.pue))),
    row("water", PLAIN, |e| number(Some(e.facts.wue_l_per_kwh))),
    row("electricity", Some((Dimension::EnergyPrice, true)), |e| number(e.facts.electricity_usd_per_kwh)),
    row("source", WORD, |e| Some(Fact::Word(&e.facts.primary_source))),
    row("name", WORD, |e| Some(Fact::Word(&e.name))),
    row("group", WORD, |e| Some(Fact::Word(&e.group))),
];

/// What filters are called, by the kind of field.
fn word_of(kind: Kind) -> Option<&'static str> {
    match kind {
        Kind::Accelerator => Some("accelerators"),
        Kind::Model => Some("models"),
        Kind::Region => Some("regions"),
        _ => None,
    }
}

/// Facts that a filter may ask for, by its word.
pub fn facts(word: &str) -> Vec<&'static str> {
    match word {
        "accelerators" => ACCELERATORS.iter().map(|row| row.key).collect(),
        "models" => MODELS.iter().map(|row| row.key).collect(),
        "regions" => REGIONS.iter().map(|row| row.key).collect(),
        _ => Vec::new(),
    }
}

/// Ids of the entries that a filter finds, in listing order; `None` where the item is no filter.
pub(super) fn read(
    item: &Words<'_>,
    field: &Field,
    base: &Base<'_>,
) -> Result<Option<Vec<String>>, AxisError> {
    let text = item.text();
    let Some(open) = text.find('(') else { return Ok(None) };
    let head = item.part(0..open);
    let called = head.text();
    if called.contains(|c: char| !c.is_ascii_alphabetic()) || called.is_empty() {
        return Ok(None);
    }
    let Some(word) = word_of(field.kind) else {
        return Err(head.error(format!("{} takes no filter", field.path), None));
    };
    if called != word {
        return Err(head
            .error(format!("`{called}` is no filter of {}", field.path), Some(format!("write {word}(…)"))));
    }
    if !text.ends_with(')') {
        return Err(item.error("a parenthesis is not closed".into(), Some(format!("write {text})"))));
    }
    let inner = item.part(open + 1..text.len() - 1);
    let conditions: Vec<Words<'_>> =
        inner.split(',').into_iter().filter(|one| !one.text().is_empty()).collect();
    let (registry, physics) = (base.registry, base.physics);
    let found = match field.kind {
        Kind::Accelerator => select(&conditions, ACCELERATORS, registry.accelerators(physics))?,
        Kind::Model => select(&conditions, MODELS, registry.models(physics))?,
        _ => select(&conditions, REGIONS, registry.grids(physics))?,
    };
    match found {
        Found::Ids(ids) => Ok(Some(ids)),
        Found::None(unknown) => {
            let help = match unknown {
                Some((key, count)) => format!("{count} of them do not state their {key}"),
                None => "ask for less".into(),
            };
            Err(item.error(format!("no entry of the registry meets {text}"), Some(help)))
        }
    }
}

enum Found {
    Ids(Vec<String>),
    /// Nothing, and the fact that most entries lack.
    None(Option<(&'static str, usize)>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Comparison {
    Least,
    Most,
    More,
    Less,
    Is,
    IsNot,
    Known,
}

/// As typed, longest first.
const COMPARISONS: &[(&str, Comparison)] = &[
    (">=", Comparison::Least),
    ("≥", Comparison::Least),
    ("<=", Comparison::Most),
    ("≤", Comparison::Most),
    ("!=", Comparison::IsNot),
    ("==", Comparison::Is),
    (">", Comparison::More),
    ("<", Comparison::Less),
    ("=", Comparison::Is),
];

enum Wanted {
    Number(f64),
    Word(String),
}

struct Condition<'r, T> {
    row: &'r Row<T>,
    comparison: Comparison,
    wanted: Wanted,
}

impl<T> Condition<'_, T> {
    /// `None` where the entry has no such fact.
    fn holds(&self, entry: &Entry<T>) -> Option<bool> {
        Some(match ((self.row.read)(entry)?, &self.wanted) {
            (_, _) if self.comparison == Comparison::Known => true,
            (Fact::Number(found), Wanted::Number(wanted)) => match self.comparison {
                Comparison::Least => found >= *wanted,
                Comparison::Most => found <= *wanted,
                Comparison::More => found > *wanted,
                Comparison::Less => found < *wanted,
                Comparison::Is | Comparison::Known => found == *wanted,
                Comparison::IsNot => found != *wanted,
            },
            (Fact::Word(found), Wanted::Word(wanted)) => {
                let found = found.to_lowercase();
                let same =
                    if self.row.key == "group" { found == *wanted } else { found.contains(wanted.as_str()) };
                same == (self.comparison == Comparison::Is)
            }
            // A condition is only built with the kind of value that its fact has.
            _ => false,
        })
    }
}

fn select<'e, T: 'e>(
    conditions: &[Words<'_>],
    table: &'static [Row<T>],
    entries: impl Iterator<Item = &'e std::sync::Arc<Entry<T>>>,
) -> Result<Found, AxisError> {
    let conditions: Vec<Condition<'_, T>> =
        conditions.iter().map(|words| condition(words, table)).collect::<Result<_, _>>()?;
    let mut unknown = vec![0_usize; conditions.len()];
    let mut ids = Vec::new();
    for entry in entries {
        let mut holds = true;
        for (condition, unknown) in conditions.iter().zip(&mut unknown) {
            match condition.holds(entry) {
                Some(true) => {}
                Some(false) => holds = false,
                None => {
                    holds = false;
                    *unknown += 1;
                }
            }
        }
        if holds {
            ids.push(entry.id.clone());
        }
    }
    if !ids.is_empty() {
        return Ok(Found::Ids(ids));
    }
    let most = conditions.iter().zip(unknown).filter(|(_, count)| *count > 0).max_by_key(|(_, count)| *count);
    Ok(Found::None(most.map(|(condition, count)| (condition.row.key, count))))
}

fn condition<'r, T>(words: &Words<'_>, table: &'r [Row<T>]) -> Result<Condition<'r, T>, AxisError> {
    let text = words.text();
    let place = COMPARISONS
        .iter()
        .filter_map(|(sign, comparison)| text.find(sign).map(|at| (at, *sign, *comparison)))
        // The first sign, and of two that begin there the longer.
        .min_by_key(|(at, sign, _)| (*at, std::cmp::Reverse(sign.len())));
    let key = words.part(0..place.map_or(text.len(), |(at, ..)| at));
    let name = key.text().to_lowercase();
    let Some(row) = table.iter().find(|row| row.key == name) else {
        let near = table
            .iter()
            .map(|row| (strsim::jaro_winkler(&name, row.key), row.key))
            .filter(|(score, _)| *score > 0.75)
            .max_by(|a, b| a.0.total_cmp(&b.0));
        let all: Vec<&str> = table.iter().map(|row| row.key).collect();
        let meant = near.map(|(_, key)| format!("did you mean {key}? ")).unwrap_or_default();
        return Err(key.error(
            format!("`{}` is no fact that a filter knows", key.text()),
            Some(format!("{meant}Facts: {}", all.join(", "))),
        ));
    };
    let Some((at, sign, comparison)) = place else {
        return Ok(Condition { row, comparison: Comparison::Known, wanted: Wanted::Number(0.0) });
    };
    let value = words.part(at + sign.len()..text.len());
    let wanted = match row.dimension {
        None => {
            if !matches!(comparison, Comparison::Is | Comparison::IsNot) {
                return Err(words.error(format!("{} is a word: compare it with = or !=", row.key), None));
            }
            if value.text().is_empty() {
                return Err(words.error(format!("{} is compared with nothing", row.key), None));
            }
            Wanted::Word(value.text().trim_matches('"').to_lowercase())
        }
        Some((dimension, bare)) => Wanted::Number(quantity(&value, row.key, dimension, bare)?),
    };
    Ok(Condition { row, comparison, wanted })
}

/// `80GB`, `2022`, `70e9`, `70B`.
fn quantity(words: &Words<'_>, key: &str, dimension: Dimension, bare: bool) -> Result<f64, AxisError> {
    let text = words.text();
    if let Ok(value) = text.parse::<f64>()
        && value.is_finite()
    {
        if bare {
            return Ok(value);
        }
        return Err(words.error(
            format!("{key} needs a unit, found `{text}`"),
            Some(format!("for example {}", dimension.example())),
        ));
    }
    // Counts as people say them: 70B parameters, 128k tokens.
    if dimension == Dimension::Ratio {
        let scale = match text.chars().last() {
            Some('k' | 'K') => 1e3,
            Some('M') => 1e6,
            Some('B' | 'G') => 1e9,
            Some('T') => 1e12,
            _ => 0.0,
        };
        if scale > 0.0
            && let Ok(value) = text[..text.len() - 1].trim().parse::<f64>()
            && value.is_finite()
        {
            return Ok(value * scale);
        }
    }
    units::parse_as(text, dimension).map_err(|error| words.error(format!("{key}: {error}"), None))
}
