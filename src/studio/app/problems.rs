//! What the problems pane lists, from the reading and the report.

use std::ops::Range;

use crate::engine::Report;
use crate::engine::assertions::OFFERED_LOAD;
use crate::engine::report::Status;
use crate::plan::{Diagnostic, Fix, Reading, Severity};

/// One line of the problems pane.
#[derive(Debug, Clone, PartialEq)]
pub struct Problem {
    /// How bad; `None` is a suggestion.
    pub severity: Option<Severity>,
    /// Line and column in the text, where it has a place.
    pub place: Option<(usize, usize)>,
    /// Byte range in the text, where it has a place.
    pub range: Option<Range<usize>>,
    /// One sentence.
    pub message: String,
    /// What helps, or what a suggestion gains.
    pub help: Option<String>,
    /// The first edit that mends it.
    pub fix: Option<Fix>,
    /// Which suggestion of the report this is.
    pub suggestion: Option<usize>,
}

/// Errors of the text first, then what the engine says, then what would help.
pub fn problems(reading: &Reading, report: Option<&Report>) -> Vec<Problem> {
    let mut list: Vec<Problem> = reading
        .diagnostics
        .iter()
        .map(|diagnostic| Problem {
            severity: Some(diagnostic.severity),
            place: Some((diagnostic.line, diagnostic.column)),
            range: Some(diagnostic.range.clone()),
            message: diagnostic.message.clone(),
            help: diagnostic.help.clone(),
            fix: diagnostic.fixes.first().cloned(),
            suggestion: None,
        })
        .collect();
    list.sort_by_key(|problem| problem.severity);
    let Some(report) = report else { return list };
    let plain = |severity, message: String, range: Option<Range<usize>>| Problem {
        severity: Some(severity),
        place: None,
        range,
        message,
        help: None,
        fix: None,
        suggestion: None,
    };
    let at = |path: &str| reading.spans.values.get(path).cloned();
    if let Some((message, field)) = &report.error {
        list.push(plain(Severity::Error, message.clone(), at(field)));
    }
    if report.status == Status::Infeasible && report.error.is_none() {
        let place = at("hardware.name").or_else(|| at("workload.batch_size"));
        list.push(plain(Severity::Error, report.feasibility.summary.clone(), place));
    }
    for violation in &report.violations {
        let place = reading
            .spans
            .values
            .iter()
            .find(|(path, _)| path.starts_with("constraints.assert[") && path.ends_with(".metric"))
            .map(|(_, range)| range.clone());
        let own = reading.plan.as_ref().and_then(|plan| {
            let index = plan.assertions.iter().position(|assertion| assertion.metric == violation.metric)?;
            at(&format!("constraints.assert[{index}].metric"))
        });
        // Not asserted by the plan: it is what the request rate asks for.
        let asked = || at("workload.serve.request_rate").filter(|_| violation.metric == OFFERED_LOAD);
        list.push(plain(Severity::Error, violation.sentence(), own.or_else(asked).or(place)));
    }
    for warning in &report.warnings {
        // What the program chose is no reason to worry.
        let chosen = warning.code.ends_with("_chosen");
        let severity = if chosen { Severity::Note } else { Severity::Warning };
        list.push(plain(severity, warning.message.clone(), None));
    }
    list.sort_by_key(|problem| problem.severity);
    for (index, suggestion) in report.suggestions.iter().enumerate() {
        list.push(Problem {
            severity: None,
            place: None,
            range: suggestion.edits.first().and_then(|(path, _)| at(path)),
            message: suggestion.title.clone(),
            help: Some(suggestion.gain.clone()).filter(|gain| !gain.is_empty()),
            fix: None,
            suggestion: Some(index),
        });
    }
    list
}

/// A mistake in the settings. It has no place in the plan.
pub(super) fn of_settings(problem: &Diagnostic) -> Problem {
    Problem {
        severity: Some(Severity::Warning),
        place: None,
        range: None,
        message: super::preferences::sentence(problem),
        help: problem.help.clone(),
        fix: None,
        suggestion: None,
    }
}
