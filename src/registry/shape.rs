//! The shape of a registry file, and its reduction to the compact form that the program keeps.
//!
//! The build script includes this file for the shipped facts, the program uses it for a user's: both
//! accept the same keys and units. It depends on `serde_json` and the quantity reader alone.

use serde_json::{Map, Value};

use super::quantity::{self, Dimension};

#[path = "shape/fields.rs"]
mod fields;

pub use fields::{COMMON, Field, Form, SECTIONS, fields};
use fields::{HARDWARE, LINK, SOURCE};

/// Something that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Keys that lead to it, from the entry down.
    pub path: Vec<String>,
    /// One sentence.
    pub message: String,
    /// Where the key is not known: it, and the known ones.
    pub unknown: Option<(String, Vec<&'static str>)>,
}

/// Collects problems on the way down.
#[derive(Default)]
struct Problems(Vec<Problem>);

impl Problems {
    fn say(&mut self, path: &[&str], message: String) {
        self.0.push(Problem { path: path.iter().map(|p| (*p).to_owned()).collect(), message, unknown: None });
    }

    fn unknown(&mut self, path: &[&str], key: &str, known: Vec<&'static str>) {
        self.0.push(Problem {
            path: path.iter().map(|p| (*p).to_owned()).collect(),
            message: format!("unknown key `{key}`"),
            unknown: Some((key.to_owned(), known)),
        });
    }
}

/// Reduces one entry as written to `{name, aliases, group, source, field_sources, facts}`; what is not
/// written is absent. A `null` stays `null`, so that it can remove a figure of the entry it overrides.
pub fn reduce(section: &str, raw: &Value) -> (Map<String, Value>, Vec<Problem>) {
    let mut problems = Problems::default();
    let mut out = Map::new();
    let mut facts = Map::new();
    let Some(entry) = raw.as_object() else {
        problems.say(&[], "an entry is a mapping of keys to values".to_owned());
        return (out, problems.0);
    };
    let known = fields(section);
    for (key, value) in entry {
        let at = [key.as_str()];
        match key.as_str() {
            "name" | "group" | "confidence" => {
                if let Some(text) = text(value, &at, &mut problems) {
                    out.insert(key.clone(), text);
                }
            }
            "aliases" => match value.as_array() {
                Some(list) if list.iter().all(Value::is_string) => {
                    out.insert(key.clone(), value.clone());
                }
                _ => problems.say(&at, "`aliases` is a list of names".to_owned()),
            },
            "source" => {
                if let Some(source) = source(value, &at, &mut problems) {
                    out.insert(key.clone(), source);
                }
            }
            "sources" => {
                let sources = field_sources(known, value, &mut problems);
                out.insert("field_sources".to_owned(), Value::Object(sources));
            }
            _ => match known.iter().find(|field| field.key == key) {
                Some(_) if value.is_null() => {
                    if let Some(field) = known.iter().find(|field| field.key == key) {
                        facts.insert(field.fact.to_owned(), Value::Null);
                    }
                }
                Some(field) => {
                    if let Some(fact) = fact(field.form, value, &at, &mut problems) {
                        facts.insert(field.fact.to_owned(), fact);
                    }
                }
                None => {
                    let keys = COMMON.iter().copied().chain(known.iter().map(|field| field.key)).collect();
                    problems.unknown(&at, key, keys);
                }
            },
        }
    }
    out.insert("facts".to_owned(), Value::Object(facts));
    (out, problems.0)
}

/// What a whole entry (after overrides) must satisfy: required figures, sane sizes, peaks that do not
/// shrink as numbers get narrower.
pub fn check(section: &str, entry: &Map<String, Value>) -> Vec<Problem> {
    let mut problems = Problems::default();
    let empty = Map::new();
    let facts = entry.get("facts").and_then(Value::as_object).unwrap_or(&empty);
    for field in fields(section).iter().filter(|field| field.required) {
        if facts.get(field.fact).is_none_or(Value::is_null) {
            problems.say(&[], format!("`{}` is missing", field.key));
        }
    }
    if section == "hardware" {
        let positive = ["peak_flop_per_s", "memory_bytes", "memory_bytes_per_s"];
        for field in HARDWARE.iter().filter(|field| positive.contains(&field.fact)) {
            if facts.get(field.fact).and_then(Value::as_f64).is_some_and(|value| value <= 0.0) {
                problems.say(&[field.key], format!("`{}` must be above 0", field.key));
            }
        }
        peaks(facts, &mut problems);
    }
    if section == "nodes" {
        let single = facts.get("accelerators_per_node").and_then(Value::as_u64) == Some(1);
        if !single && facts.get("intra_node_bytes_per_s").is_none_or(Value::is_null) {
            problems.say(&[], "`intra_node_bandwidth` is missing".to_owned());
        }
    }
    if section == "grids" && facts.get("pue").and_then(Value::as_f64).is_some_and(|pue| pue < 1.0) {
        problems.say(&["pue"], "`pue` is at least 1".to_owned());
    }
    problems.0
}

/// Dense floating-point peaks must not shrink from one width to the next narrower one.
fn peaks(facts: &Map<String, Value>, problems: &mut Problems) {
    let peaks = facts.get("precision_flop_per_s");
    let peak = |key: &str| peaks.and_then(|map| map.get(key)).and_then(Value::as_f64);
    let half = peak("fp16")
        .or_else(|| peak("bf16"))
        .or_else(|| facts.get("peak_flop_per_s").and_then(Value::as_f64));
    let ladder = [
        ("fp64", peak("fp64")),
        ("fp32", peak("fp32")),
        ("tf32", peak("tf32")),
        ("fp16", half),
        ("fp8", peak("fp8")),
        ("fp4", peak("fp4")),
    ];
    let mut last: Option<(&str, f64)> = None;
    for (key, value) in ladder {
        let Some(value) = value else { continue };
        if let Some((wider, before)) = last
            && before > value
        {
            let message =
                format!("the {wider} peak is above the {key} peak: narrower numbers are never slower");
            problems.say(&["peaks"], message);
        }
        last = Some((key, value));
    }
}

fn text(value: &Value, path: &[&str], problems: &mut Problems) -> Option<Value> {
    if value.is_string() {
        return Some(value.clone());
    }
    problems.say(path, format!("`{}` is text", path.last().unwrap_or(&"")));
    None
}

fn source(value: &Value, path: &[&str], problems: &mut Problems) -> Option<Value> {
    let Some(map) = value.as_object() else {
        problems.say(path, "a source is a mapping of kind, title, url and date".to_owned());
        return None;
    };
    for (key, value) in map {
        let at: Vec<&str> = path.iter().copied().chain([key.as_str()]).collect();
        if !SOURCE.contains(&key.as_str()) {
            problems.unknown(&at, key, SOURCE.to_vec());
        } else if !value.is_string() {
            problems.say(&at, format!("`{key}` is text"));
        }
    }
    Some(value.clone())
}

/// Sources by field, renamed to the facts they stand for. `peaks.fp8` names one figure of a map.
fn field_sources(known: &[Field], value: &Value, problems: &mut Problems) -> Map<String, Value> {
    let mut out = Map::new();
    let Some(map) = value.as_object() else {
        problems.say(&["sources"], "`sources` is a mapping of fields to sources".to_owned());
        return out;
    };
    for (key, value) in map {
        let (head, tail) =
            key.split_once('.').map_or((key.as_str(), None), |(head, tail)| (head, Some(tail)));
        let at = ["sources", key.as_str()];
        let Some(field) = known.iter().find(|field| field.key == head) else {
            problems.unknown(&at, key, known.iter().map(|field| field.key).collect());
            continue;
        };
        if let Some(source) = source(value, &at, problems) {
            let fact = tail.map_or(field.fact.to_owned(), |tail| format!("{}.{tail}", field.fact));
            out.insert(fact, source);
        }
    }
    out
}

fn fact(form: Form, value: &Value, path: &[&str], problems: &mut Problems) -> Option<Value> {
    let key = path.last().copied().unwrap_or("");
    match form {
        Form::Quantity(dimension) => amount(value, dimension, path, problems),
        Form::Number => match number(value) {
            Some(number) if number >= 0.0 => Some(float(number)),
            _ => {
                problems.say(path, format!("`{key}` is a number from 0"));
                None
            }
        },
        Form::Count => match number(value) {
            Some(number) if number >= 0.0 && number.fract() == 0.0 && number <= f64::from(u32::MAX) => {
                Some(Value::from(number as u64))
            }
            _ => {
                problems.say(path, format!("`{key}` is a whole number from 0"));
                None
            }
        },
        Form::Text => text(value, path, problems),
        Form::Flag => {
            if value.is_boolean() {
                return Some(value.clone());
            }
            problems.say(path, format!("`{key}` is true or false"));
            None
        }
        Form::Choice(words) => {
            if value.as_str().is_some_and(|word| words.contains(&word)) {
                return Some(value.clone());
            }
            problems.say(path, format!("`{key}` is one of {}", words.join(", ")));
            None
        }
        Form::QuantityMap(dimension) => {
            let Some(map) = value.as_object() else {
                problems.say(path, format!("`{key}` is a mapping of names to {}", dimension.name()));
                return None;
            };
            let mut out = Map::new();
            for (name, value) in map {
                let at: Vec<&str> = path.iter().copied().chain([name.as_str()]).collect();
                if value.is_null() {
                    out.insert(name.clone(), Value::Null);
                } else if let Some(value) = amount(value, dimension, &at, problems) {
                    out.insert(name.clone(), value);
                }
            }
            Some(Value::Object(out))
        }
        Form::Link => link(value, path, problems),
        Form::Figures => {
            let Some(map) = value.as_object() else {
                problems.say(path, format!("`{key}` is a mapping of names to numbers or text"));
                return None;
            };
            for (name, value) in map {
                if value.is_array() || value.is_object() {
                    let at: Vec<&str> = path.iter().copied().chain([name.as_str()]).collect();
                    problems.say(&at, format!("`{name}` is a number or text"));
                }
            }
            Some(value.clone())
        }
    }
}

fn link(value: &Value, path: &[&str], problems: &mut Problems) -> Option<Value> {
    let Some(map) = value.as_object() else {
        problems.say(path, "a link is a mapping of name, quoted, one_way and latency".to_owned());
        return None;
    };
    let mut out = Map::new();
    for (key, value) in map {
        let at: Vec<&str> = path.iter().copied().chain([key.as_str()]).collect();
        let (fact, dimension) = match key.as_str() {
            "name" => {
                if let Some(name) = text(value, &at, problems) {
                    out.insert("name".to_owned(), name);
                }
                continue;
            }
            "quoted" => ("quoted_bytes_per_s", Dimension::DataRate),
            "one_way" => ("one_way_bytes_per_s", Dimension::DataRate),
            "latency" => ("latency_s", Dimension::Time),
            _ => {
                problems.unknown(&at, key, LINK.to_vec());
                continue;
            }
        };
        if let Some(value) = amount(value, dimension, &at, problems) {
            out.insert(fact.to_owned(), value);
        }
    }
    let Some(one_way) = out.get("one_way_bytes_per_s").cloned() else {
        problems.say(path, "`one_way` is missing: the bandwidth in one direction".to_owned());
        return None;
    };
    out.entry("quoted_bytes_per_s").or_insert(one_way);
    Some(Value::Object(out))
}

/// A quantity, not negative: text with a unit, or a plain number in the base unit.
fn amount(value: &Value, dimension: Dimension, path: &[&str], problems: &mut Problems) -> Option<Value> {
    let key = path.last().copied().unwrap_or("");
    let found = match value {
        Value::String(text) => match quantity::parse_as(text, dimension) {
            Ok(number) => Ok(number),
            Err(error) => Err(error.to_string()),
        },
        _ => number(value).ok_or_else(|| format!("`{key}` is a quantity such as `{}`", dimension.example())),
    };
    match found {
        Ok(number) if number >= 0.0 => Some(float(number)),
        Ok(_) => {
            problems.say(path, format!("`{key}` must not be negative"));
            None
        }
        Err(message) => {
            problems.say(path, message);
            None
        }
    }
}

/// A number, or a text that is a plain number (`1_000`, `8.03e9`).
fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => quantity::parse_as(text, Dimension::Ratio).ok(),
        _ => None,
    }
    .filter(|number| number.is_finite())
}

fn float(number: f64) -> Value {
    serde_json::Number::from_f64(number).map_or(Value::Null, Value::Number)
}

/// `patch` laid over `base`: mappings key by key, `null` removes, anything else replaces.
pub fn overlay(base: &mut Map<String, Value>, patch: &Map<String, Value>) {
    for (key, value) in patch {
        match (base.get_mut(key), value) {
            (_, Value::Null) => {
                base.shift_remove(key);
            }
            (Some(Value::Object(old)), Value::Object(new)) => overlay(old, new),
            (_, Value::Object(new)) => {
                let mut fresh = Map::new();
                overlay(&mut fresh, new);
                base.insert(key.clone(), Value::Object(fresh));
            }
            _ => {
                base.insert(key.clone(), value.clone());
            }
        }
    }
}
