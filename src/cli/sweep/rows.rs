//! Points as rows: JSON Lines, CSV, cells of a table.

use std::io;

use serde_json::{Map, Value, json};

use crate::cli::out::escape_controls_in_json;
use crate::engine::figures::Figures;
use crate::engine::report::Status;
use crate::metrics::{Lens, METRICS};
use crate::plan::fields;
use crate::render::numbers::{column, number};
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
    /// Whether rows carry codes of warnings, for which each point is evaluated in words too.
    warn: bool,
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
            warn: false,
            keys: keys.map(|metric| format!("{}{}", metric.lens.prefix(), metric.key)).collect(),
            pieces,
        }
    }

    /// The same rows with the codes of each point's warnings.
    #[must_use]
    pub fn with_warnings(self, warn: bool) -> Rows<'s> {
        Rows { warn, ..self }
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
                    out.extend_from_slice(b",\"feasible\":");
                    serde_json::to_writer(&mut out, &feasible(outcome))?;
                    if self.warn {
                        out.extend_from_slice(b",\"warnings\":");
                        serde_json::to_writer(&mut out, &self.space.warnings(index))?;
                    }
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
                    row.insert("feasible".into(), feasible(outcome).into());
                    if self.warn {
                        row.insert("warnings".into(), self.space.warnings(index).into());
                    }
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
        let head =
            std::iter::once("point").chain(axes).chain(["status", "feasible"]).chain(keys).chain(["reason"]);
        let head = head.chain(self.warn.then_some("warnings"));
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
            // As in JSON: what was refused was not judged.
            let judged = outcome.figures().map(|_| if feasible(outcome) { "true" } else { "false" });
            writer.write_field(judged.unwrap_or_default())?;
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
            if self.warn {
                let codes = outcome.figures().map_or_else(Vec::new, |_| self.space.warnings(index));
                writer.write_field(codes.join(" "))?;
            }
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

    /// Rows of a table for people, every column with one number of decimals. Of a point that does not fit only its
    /// memory is a fact: `all` gives the other figures too, for a terminal that can show them faint. The last
    /// column, where any row has them, is codes of warnings, and why a point is no plan.
    pub fn table(&self, points: &[(u64, Outcome)], all: bool) -> (Vec<Vec<String>>, bool) {
        let mut rows: Vec<Vec<String>> = points
            .iter()
            .map(|(index, outcome)| {
                let axes = self.space.values(*index).into_iter().map(words);
                axes.chain([status(outcome).replace('_', " ")]).collect()
            })
            .collect();
        for place in self.metrics {
            let told =
                |outcome: &Outcome| all || METRICS[*place].lens == Lens::Feasibility || feasible(outcome);
            let values: Vec<Option<f64>> = points
                .iter()
                .map(|(_, outcome)| value(outcome.figures().filter(|_| told(outcome)), *place))
                .collect();
            rows.iter_mut().zip(column(&values)).for_each(|(row, cell)| row.push(cell));
        }
        let warnings: Vec<String> = points
            .iter()
            .map(|(index, outcome)| match outcome {
                Outcome::Figures(_) => told(&self.space.warnings(*index)),
                Outcome::Refused(why) => why.clone(),
            })
            .collect();
        let any = warnings.iter().any(|codes| !codes.is_empty());
        if any {
            rows.iter_mut().zip(warnings).for_each(|(row, codes)| row.push(codes));
        }
        (rows, any)
    }
}

/// Codes of warnings as a table has them: that a division was chosen says nothing where all are.
pub fn told(codes: &[&str]) -> String {
    let codes: Vec<&str> = codes.iter().copied().filter(|code| *code != "parallelism_chosen").collect();
    codes.join(", ")
}

/// A metric for a table; a ratio as a percentage.
pub fn cell(figures: Option<&Figures>, place: usize) -> String {
    value(figures, place).map_or_else(|| "–".into(), number)
}

/// The same as a number.
pub fn value(figures: Option<&Figures>, place: usize) -> Option<f64> {
    let scale = if METRICS[place].unit.is_empty() { 100.0 } else { 1.0 };
    figures.and_then(|figures| figures.at(place)).map(|value| value * scale)
}

/// JSON has no infinity.
pub(super) fn finite(figures: &Figures, place: usize) -> Option<f64> {
    figures.at(place).filter(|value| value.is_finite())
}

/// Whether a point is a plan that fits.
pub(super) fn feasible(outcome: &Outcome) -> bool {
    outcome.figures().is_some_and(|figures| matches!(figures.status, Status::Ok | Status::SlaFailed))
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
