//! Points as rows: JSON Lines, CSV, cells of a table.

use std::io;

use serde_json::{Map, Value, json};

use crate::cli::out::escape_controls_in_json;
use crate::engine::figures::Figures;
use crate::metrics::METRICS;
use crate::plan::fields;
use crate::render::numbers::number;
use crate::search::axis::Axis;
use crate::search::points::{Outcome, Space};

/// The axes of a space; one that turns with the one before it says so.
pub fn axes(space: &Space<'_>) -> Value {
    let one = |axis: &Axis| {
        let mut one = json!({"field": axis.path, "values": axis.values});
        if axis.linked {
            one["linked"] = true.into();
        }
        one
    };
    space.axes().iter().map(one).collect()
}

/// Writes rows of one space.
pub struct Rows<'s> {
    space: &'s Space<'s>,
    metrics: &'s [usize],
    /// Keys of the metrics as flat JSON has them.
    keys: Vec<String>,
    /// `"field":value,` of every value of every axis, so that a row is put together from pieces.
    pieces: Vec<Vec<String>>,
}

impl<'s> Rows<'s> {
    /// Rows with these metrics, by place in [`METRICS`].
    pub fn new(space: &'s Space<'s>, metrics: &'s [usize]) -> Rows<'s> {
        let keys = metrics.iter().map(|place| &METRICS[*place]);
        let piece = |path: &str, value: &str| {
            let text = format!("{}:{},", Value::from(path), typed(value));
            escape_controls_in_json(&text).into_owned()
        };
        let pieces = space
            .axes()
            .iter()
            .map(|axis| axis.values.iter().map(|value| piece(&axis.path, value)).collect())
            .collect();
        Rows {
            space,
            metrics,
            keys: keys.map(|metric| format!("{}{}", metric.lens.prefix(), metric.key)).collect(),
            pieces,
        }
    }

    /// One object a line.
    pub fn jsonl(&self, first: u64, outcomes: &[Outcome]) -> io::Result<Vec<u8>> {
        let mut out = Vec::with_capacity(outcomes.len() * (64 + 32 * self.keys.len()));
        for (index, outcome) in (first..).zip(outcomes) {
            out.extend_from_slice(b"{\"point\":");
            serde_json::to_writer(&mut out, &index)?;
            out.push(b',');
            for (pieces, place) in self.pieces.iter().zip(self.space.places(index)) {
                out.extend_from_slice(pieces[place].as_bytes());
            }
            out.extend_from_slice(b"\"status\":\"");
            out.extend_from_slice(status(outcome).as_bytes());
            out.push(b'"');
            match outcome {
                Outcome::Refused(why) => {
                    out.extend_from_slice(b",\"reason\":");
                    let why = Value::from(why.as_str()).to_string();
                    out.extend_from_slice(escape_controls_in_json(&why).as_bytes());
                }
                Outcome::Figures(figures) => {
                    for (key, place) in self.keys.iter().zip(self.metrics) {
                        out.extend_from_slice(b",\"");
                        out.extend_from_slice(key.as_bytes());
                        out.extend_from_slice(b"\":");
                        serde_json::to_writer(&mut out, &finite(figures, *place))?;
                    }
                }
            }
            out.extend_from_slice(b"}\n");
        }
        Ok(out)
    }

    /// The same as values.
    pub fn values(&self, first: u64, outcomes: &[Outcome]) -> Vec<Value> {
        let row = |(index, outcome): (u64, &Outcome)| {
            let mut row = Map::new();
            row.insert("point".into(), index.into());
            for (axis, value) in self.space.axes().iter().zip(self.space.values(index)) {
                row.insert(axis.path.clone(), typed(value));
            }
            row.insert("status".into(), status(outcome).into());
            match outcome {
                Outcome::Refused(why) => {
                    row.insert("reason".into(), why.as_str().into());
                }
                Outcome::Figures(figures) => {
                    for (key, place) in self.keys.iter().zip(self.metrics) {
                        row.insert(key.clone(), finite(figures, *place).into());
                    }
                }
            }
            Value::Object(row)
        };
        (first..).zip(outcomes).map(row).collect()
    }

    /// The head of a table of comma-separated values.
    pub fn csv_head(&self) -> io::Result<Vec<u8>> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        let axes = self.space.axes().iter().map(|axis| axis.path.as_str());
        let keys = self.keys.iter().map(String::as_str);
        let head = std::iter::once("point").chain(axes).chain(["status"]).chain(keys).chain(["reason"]);
        writer.write_record(head)?;
        writer.into_inner().map_err(csv::IntoInnerError::into_error)
    }

    /// Rows of comma-separated values.
    pub fn csv(&self, first: u64, outcomes: &[Outcome]) -> io::Result<Vec<u8>> {
        let mut writer = csv::Writer::from_writer(Vec::with_capacity(outcomes.len() * 128));
        let mut figure = Vec::with_capacity(32);
        for (index, outcome) in (first..).zip(outcomes) {
            writer.write_field(index.to_string())?;
            for value in self.space.values(index) {
                writer.write_field(words(value))?;
            }
            writer.write_field(status(outcome))?;
            for place in self.metrics {
                figure.clear();
                if let Some(value) = outcome.figures().and_then(|figures| finite(figures, *place)) {
                    serde_json::to_writer(&mut figure, &value)?;
                }
                writer.write_field(&figure)?;
            }
            writer.write_field(match outcome {
                Outcome::Refused(why) => why.as_str(),
                Outcome::Figures(_) => "",
            })?;
            writer.write_record(None::<&[u8]>)?;
        }
        writer.into_inner().map_err(csv::IntoInnerError::into_error)
    }

    /// The head of a table for people.
    pub fn head(&self) -> Vec<String> {
        let axes = self.space.axes().iter().map(|axis| {
            fields::field(&axis.path).map_or(axis.path.clone(), |field| match field.path {
                // Of the keys that are no words of their own.
                "hardware.name" => "accelerator".into(),
                "workload.name" => "model".into(),
                _ => field.key().replace('_', " "),
            })
        });
        let metrics = self.metrics.iter().map(|place| {
            let metric = &METRICS[*place];
            let unit = if metric.unit.is_empty() { "%" } else { metric.unit };
            format!("{} {unit}", metric.label)
        });
        axes.chain(["status".into()]).chain(metrics).collect()
    }

    /// The first rows of a table for people, at most `most`.
    pub fn cells(&self, first: u64, outcomes: &[Outcome], most: usize) -> Vec<Vec<String>> {
        let row = |(index, outcome): (u64, &Outcome)| {
            let axes = self.space.values(index).into_iter().map(words).collect::<Vec<_>>();
            let figures = self.metrics.iter().map(|place| cell(outcome.figures(), *place));
            axes.into_iter().chain([status(outcome).replace('_', " ")]).chain(figures).collect()
        };
        (first..).zip(outcomes).take(most).map(row).collect()
    }
}

/// A metric for a table; a ratio as a percentage.
pub fn cell(figures: Option<&Figures>, place: usize) -> String {
    let scale = if METRICS[place].unit.is_empty() { 100.0 } else { 1.0 };
    figures.and_then(|figures| figures.at(place)).map_or_else(|| "–".into(), |value| number(value * scale))
}

/// JSON has no infinity.
pub(super) fn finite(figures: &Figures, place: usize) -> Option<f64> {
    figures.at(place).filter(|value| value.is_finite())
}

pub(super) fn status(outcome: &Outcome) -> &'static str {
    outcome.figures().map_or("refused", |figures| figures.status.name())
}

/// A value of an axis as JSON has it: numbers and flags as such, else the words.
pub fn typed(value: &str) -> Value {
    match serde_json::from_str(value) {
        Ok(Value::Object(_) | Value::Array(_)) | Err(_) => value.into(),
        Ok(found) => found,
    }
}

/// A value of an axis as people read it: without the quotes that YAML may need.
pub fn words(value: &str) -> String {
    match typed(value) {
        Value::String(words) => words,
        _ => value.to_owned(),
    }
}
