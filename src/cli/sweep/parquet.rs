//! Points as a Parquet file: typed columns, units in their names, and beside them the plan.

mod sheet;

use std::io::{self, Write};

use parquet::data_type::ByteArray;
use serde_json::Value;

use super::rows::{self, feasible, status, typed, words};
use crate::metrics::METRICS;
use crate::plan::fields::{self, Kind};
use crate::search::axis::Axis;
use crate::search::points::{Outcome, Space};
use crate::units::{self, Dimension};
pub use sheet::Column;
use sheet::Sheet;

/// The columns of a space's points.
pub struct Frame {
    /// Of each axis: its name, its values, and how many points until it turns.
    axes: Vec<(String, Column)>,
    metrics: Vec<usize>,
}

impl Frame {
    /// With these metrics, by place in [`METRICS`].
    pub fn new(space: &Space<'_>, metrics: &[usize]) -> Frame {
        Frame { axes: space.axes().iter().map(values).collect(), metrics: metrics.to_vec() }
    }

    /// Names and kinds, in order.
    fn columns(&self) -> Vec<(String, Column)> {
        let empty = |column: &Column| column.at(std::iter::empty());
        let mut columns = vec![("point".to_owned(), Column::Integers(Vec::new()))];
        columns.extend(self.axes.iter().map(|(name, column)| (name.clone(), empty(column))));
        columns.push(("status".into(), Column::Words(Vec::new())));
        columns.push(("feasible".into(), Column::Flags(Vec::new())));
        columns.extend(self.metrics.iter().map(|place| {
            let metric = &METRICS[*place];
            (format!("{}{}", metric.lens.prefix(), metric.key), Column::Numbers(Vec::new()))
        }));
        columns.push(("reason".into(), Column::Words(Vec::new())));
        columns
    }

    /// The rows of some points.
    pub fn rows(&self, space: &Space<'_>, points: &[(u64, &Outcome)]) -> Vec<Column> {
        let numbers = points.iter().map(|(index, _)| i64::try_from(*index).ok());
        let mut columns = vec![Column::Integers(numbers.collect())];
        for (axis, (_, column)) in self.axes.iter().enumerate() {
            columns.push(column.at(points.iter().filter_map(|(index, _)| space.places(*index).nth(axis))));
        }
        let word = |text: &str| Some(ByteArray::from(text));
        columns.push(Column::Words(points.iter().map(|(_, outcome)| word(status(outcome))).collect()));
        let judged = |outcome: &Outcome| outcome.figures().map(|_| feasible(outcome));
        columns.push(Column::Flags(points.iter().map(|(_, outcome)| judged(outcome)).collect()));
        for place in &self.metrics {
            let figure = |outcome: &Outcome| rows::finite(outcome.figures()?, *place);
            columns.push(Column::Numbers(points.iter().map(|(_, outcome)| figure(outcome)).collect()));
        }
        let reason = |outcome: &Outcome| match outcome {
            Outcome::Refused(why) => word(why),
            Outcome::Figures(_) => None,
        };
        columns.push(Column::Words(points.iter().map(|(_, outcome)| reason(outcome)).collect()));
        columns
    }
}

/// Each value, `null` as none; nothing where one of them is not of the kind.
fn all<T>(axis: &Axis, read: impl Fn(&str) -> Option<T>) -> Option<Vec<Option<T>>> {
    let one = |value: &String| if value == "null" { Some(None) } else { read(value).map(Some) };
    axis.values.iter().map(one).collect()
}

/// A value in its column: a number in the unit of its name, or the words.
fn values(axis: &Axis) -> (String, Column) {
    let plain = |column| (axis.path.clone(), column);
    let kind = fields::field(&axis.path).map(|field| field.kind);
    let quantity = |dimension: Dimension| all(axis, |value| units::parse_as(&words(value), dimension).ok());
    match kind {
        Some(Kind::Count { .. }) => all(axis, |value| value.parse().ok()).map(Column::Integers).map(plain),
        Some(Kind::Number(_)) => quantity(Dimension::Ratio).map(Column::Numbers).map(plain),
        Some(Kind::Flag) => all(axis, |value| value.parse().ok()).map(Column::Flags).map(plain),
        Some(Kind::Quantity { dimension, .. }) => quantity(dimension)
            .map(|values| (format!("{} ({})", axis.path, dimension.unit()), Column::Numbers(values))),
        _ => None,
    }
    .unwrap_or_else(|| {
        let word = |value: &String| match typed(value) {
            Value::Null => None,
            _ => Some(ByteArray::from(words(value).as_str())),
        };
        plain(Column::Words(axis.values.iter().map(word).collect()))
    })
}

/// A file that takes points as they come.
pub struct File<W: Write + Send>(Sheet<W>);

impl<W: Write + Send> File<W> {
    /// Starts it; `notes` are what a reader must know to make sense of the points.
    pub fn start(sink: W, frame: &Frame, notes: &[(&str, String)]) -> io::Result<File<W>> {
        Sheet::new(sink, &frame.columns(), notes).map(File)
    }

    /// The next rows.
    pub fn push(&mut self, rows: Vec<Column>) -> io::Result<()> {
        self.0.push(rows)
    }

    /// Writes the end.
    pub fn finish(self) -> io::Result<W> {
        self.0.finish()
    }
}
