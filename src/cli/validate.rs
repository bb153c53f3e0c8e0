//! `validate`: a table of measurements against the model.

mod print;
mod table;

use super::args::{Global, Output, StackArg, ValidateArgs};
use super::input::{self, Session};
use super::out::{self, Outcome, Paint};
use super::progress::Progress;
use crate::engine::validation::{self, Measurement, Prediction, Scored, StackChoice, Summary, scores};
use crate::registry::Registry;

pub use table::Row;

/// The shipped table: published measurements with their citations.
pub const SHIPPED: &str = include_str!("../../registry/measured.csv");

/// A row with what came of it.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The row's name, or its line where it has none.
    pub id: String,
    /// Line of the table, from 1.
    pub line: u64,
    /// The row, where it can be read.
    pub row: Option<Measurement>,
    /// The prediction, or why there is none.
    pub prediction: Result<Prediction, String>,
}

/// Every row of a table with its answer, and the summaries.
#[derive(Debug, Clone)]
pub struct Validation {
    /// Software that was assumed.
    pub stack: StackChoice,
    /// Answers in the order of the table.
    pub answers: Vec<Answer>,
    /// Errors by kind and source.
    pub summaries: Vec<Summary>,
    /// Rows inside their band, per cent: of all rows, and the mean over sources.
    pub coverage: Option<(f64, f64)>,
}

/// Predicts every row of a table. An error where the text is no such table at all.
pub fn validate(text: &[u8], registry: &Registry, stack: StackChoice) -> Result<Validation, String> {
    let mut scored = Vec::new();
    let rows = table::read(text)?;
    let mut progress = Progress::new(Some(rows.len() as u64), "rows", false);
    let answers = (1..)
        .zip(rows)
        .map(|(count, Row { line, id, measurement })| {
            progress.at(count, "");
            let (row, prediction) = match measurement {
                Ok(row) => {
                    let prediction = validation::predict(&row, registry, stack);
                    (Some(row), prediction)
                }
                Err(reason) => (None, Err(reason)),
            };
            if let (Some(row), Ok(prediction)) = (&row, &prediction) {
                scored.extend(Scored::of(row, prediction));
            }
            let id = if id.is_empty() { format!("line {line}") } else { id };
            Answer {
                id,
                line,
                row,
                prediction: prediction.map_err(|reason| format!("line {line}: {reason}")),
            }
        })
        .collect();
    let (summaries, coverage) = (scores::summarize(&scored), scores::coverage(&scored));
    Ok(Validation { stack, answers, summaries, coverage })
}

/// Runs the command. Exit code 0 when the table was read, whatever its rows say.
pub fn run(args: &ValidateArgs, global: &Global) -> Outcome {
    super::allow(global.output, "validate", &[Output::Text, Output::Json, Output::Markdown])?;
    let session = Session::open(global);
    if session.physics == Some(crate::registry::Physics::Mlsysim) {
        return Err(out::Failure::bad_input(
            "validate tests the studio model; that of mlsysim 0.3.0 has no bands to test",
        ));
    }
    let stack = match args.stack {
        StackArg::Known => StackChoice::Known,
        StackArg::Default => StackChoice::Default,
    };
    let (name, text) = match &args.file {
        None => ("the shipped table".to_owned(), SHIPPED.as_bytes().to_vec()),
        Some(file) => (file.display().to_string(), table::bytes(input::open(file)?, file)?),
    };
    let validation = validate(&text, &session.registry, stack)
        .map_err(|reason| out::Failure::bad_input(format!("{name}: {reason}")))?;
    match global.output {
        Output::Json => out::json(&print::json(&validation))?,
        Output::Markdown => out::payload(&print::markdown(&validation, &name))?,
        _ => {
            let paint = Paint { color: out::wants_color(global.color, &std::io::stdout()) };
            out::payload(&print::text(&validation, &name, paint))?;
        }
    }
    Ok(0)
}
