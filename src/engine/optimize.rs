//! Searches over one plan: how to divide its fleet, how large a batch its target allows, where to put it.
//!
//! Under `mlsysim` a search is the reference's, with its narrow view of the plan; under `studio` each
//! candidate is the plan itself with a few fields changed, evaluated like any plan, so that [`Search::edits`]
//! put into the plan give the very numbers that the search shows.

mod batching;
mod parallelism;
mod placement;

pub use batching::batching;
pub use parallelism::parallelism;
pub use placement::placement;

use serde_json::{Map, Value};

use super::report::{Report, Status};
use super::walls::error::WallError;
use crate::metrics::Lens;
use crate::plan::{Auto, Plan};
use crate::registry::Physics;

/// What a search found.
#[derive(Debug, Clone, PartialEq)]
pub struct Search {
    /// `parallelism`, `batching` or `placement`.
    pub what: &'static str,
    /// Whose physics.
    pub physics: Physics,
    /// `Ok`, or why nothing was found: `Infeasible` where nothing fits, `SlaFailed` where nothing is fast enough.
    pub status: Status,
    /// The answer in one sentence.
    pub sentence: String,
    /// What was searched for what, and what was held: `searched …; held: …`.
    pub searched: String,
    /// What was made large or small: name, value and unit. `None` where nothing was found.
    pub objective: Option<(&'static str, f64, &'static str)>,
    /// Field assignments that put the winner into the plan; empty where the plan has it already.
    pub edits: Vec<(String, String)>,
    /// The reference's keys, and more.
    pub outputs: Map<String, Value>,
    /// Headings of the candidates.
    pub columns: Vec<&'static str>,
    /// The candidates, best first: numbers and names.
    pub rows: Vec<Vec<Value>>,
    /// Things to know.
    pub notes: Vec<String>,
}

impl Search {
    fn new(what: &'static str, plan: &Plan) -> Search {
        Search {
            what,
            physics: plan.physics,
            status: Status::Ok,
            sentence: String::new(),
            searched: String::new(),
            objective: None,
            edits: Vec::new(),
            outputs: Map::new(),
            columns: Vec::new(),
            rows: Vec::new(),
            notes: Vec::new(),
        }
    }

    /// Nothing was found, and why.
    fn without(mut self, status: Status, sentence: String) -> Search {
        self.status = status;
        self.sentence = sentence;
        self
    }

    /// The whole answer for programs.
    pub fn json(&self) -> Value {
        let mut object = Map::new();
        object.insert("optimize".into(), self.what.into());
        object.insert("physics".into(), self.physics.name().into());
        object.insert("status".into(), self.status.name().into());
        object.insert("summary".into(), self.sentence.as_str().into());
        object.insert("searched".into(), self.searched.as_str().into());
        object.extend(self.outputs.clone());
        let edits = self.edits.iter().map(|(path, value)| (path.clone(), Value::from(value.as_str())));
        object.insert("edits".into(), Value::Object(edits.collect()));
        object.insert("notes".into(), self.notes.clone().into());
        Value::Object(object)
    }
}

/// What a written degree says; `auto` and nothing say nothing.
fn written(field: Option<Auto<u64>>) -> Option<u64> {
    match field {
        Some(Auto::Is(value)) => Some(value.max(1)),
        _ => None,
    }
}

fn performance(report: &Report, key: &str) -> Option<f64> {
    report.metric(Lens::Performance, key)
}

/// The error of a plan that cannot be evaluated.
fn refused(report: &Report) -> Option<WallError> {
    report.error.as_ref().map(|(message, field)| WallError::bad_input(field.as_str(), message.as_str()))
}

/// A quantity as mlsysim 0.3.0 writes it into JSON.
fn quantity(value: f64, unit: &str) -> Value {
    Value::from(format!("{value} {unit}"))
}

/// The outputs of a resolver, which are an object.
fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(object) => object,
        _ => Map::new(),
    }
}

#[cfg(test)]
mod tests;
