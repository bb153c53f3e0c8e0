//! `eval`: a plan, or one model on one accelerator, to a report.

use std::path::Path;

use serde_json::Value;

use super::args::{EvalArgs, Global, Output, Overrides};
use super::input::{self, Session, Source};
use super::out::{self, Failure, Outcome, Paint};
use crate::engine::cash::Cash;
use crate::engine::report::{Report, Status};
use crate::engine::{self, json};
use crate::plan::{Plan, Reading, edit};
use crate::render::numbers::number;
use crate::render::{division, document, html, markdown, text};

/// Runs the command.
pub fn run(args: &EvalArgs, global: &Global) -> Outcome {
    let session = Session::open(global);
    let mut source = match &args.hardware {
        None => plan_source(&args.subject, &session)?,
        Some(hardware) => quick(&args.subject.to_string_lossy(), hardware),
    };
    if let Err(failure) = apply(&mut source, &args.overrides) {
        // A plan that cannot be read cannot be changed either: its own problems come first.
        let reading = session.read(&source);
        return match reading.plan {
            None => input::refuse(&source, &reading.diagnostics, global),
            Some(_) => Err(failure),
        };
    }
    let (reading, report) = session.evaluate(&source);
    let Some(report) = report else {
        return input::refuse(&source, &reading.diagnostics, global);
    };
    if let Some((message, path)) = &report.error {
        let mut diagnostics = reading.diagnostics.clone();
        diagnostics.push(input::evaluation_error(
            &reading.spans,
            &source.text,
            message.clone(),
            path.clone(),
        ));
        return input::refuse(&source, &diagnostics, global);
    }
    // What the reader of the plan would be told goes to standard error, or it would be lost here.
    if global.output != Output::Json && !reading.diagnostics.is_empty() {
        let color = out::wants_color(global.color, &std::io::stderr());
        out::notice(input::diagnostics_text(&source, &reading.diagnostics, color).trim_end());
    }
    let assumed =
        reading.plan.as_ref().filter(|_| args.hardware.is_some()).and_then(|plan| assumed(plan, &reading));
    let cash = reading
        .plan
        .as_ref()
        .filter(|_| global.output == Output::Html)
        .and_then(|plan| engine::cash::cash(plan, reading.registry_or(&session.registry)));
    print_with(&report, args.detail, (cash.as_ref(), assumed.as_deref()), global)?;
    Ok(report.status.exit_code())
}

/// What a plan of a model and an accelerator takes where the call says nothing: what sets its numbers.
fn assumed(plan: &Plan, reading: &Reading) -> Option<String> {
    let silent = |path: &str| !reading.spans.values.contains_key(path);
    let workload = &plan.workload;
    let mut parts = Vec::new();
    if silent("workload.batch_size") {
        parts.push(format!("batch {}", workload.batch_size));
    }
    if silent("workload.seq_len") && workload.model.facts.kind.is_transformer() {
        parts.push(format!("{} tokens", number(workload.seq_len as f64)));
    }
    if silent("hardware.precision") {
        parts.push(plan.hardware.precision.clone());
    }
    (!parts.is_empty()).then(|| format!("{} (assumed)", parts.join(", ")))
}

/// Prints a report in the form that was asked for.
pub fn print(report: &Report, detail: bool, global: &Global) -> Result<(), Failure> {
    print_with(report, detail, (None, None), global)
}

/// The same; a page also draws what is spent over time, and what was assumed is told once.
fn print_with(
    report: &Report,
    detail: bool,
    (cash, assumed): (Option<&Cash>, Option<&str>),
    global: &Global,
) -> Result<(), Failure> {
    if let Some(assumed) = assumed.filter(|_| matches!(global.output, Output::Markdown | Output::Html)) {
        out::notice(assumed);
    }
    match global.output {
        Output::Json => out::json(&json::flat(report, detail))?,
        Output::Text => {
            let paint = Paint { color: out::wants_color(global.color, &std::io::stdout()) };
            let mut document = document::document(report, detail);
            let division = division::chosen(report);
            let told: Vec<&str> =
                assumed.into_iter().chain(division.as_deref()).chain([document.subtitle.as_str()]).collect();
            document.subtitle = told.join(" · ");
            out::payload(&text::print(&document, paint))?;
        }
        Output::Markdown => out::payload(&markdown::report(report, detail))?,
        // A page has room for everything; the evidence is folded away.
        Output::Html => out::payload(&html::report(report, cash))?,
        Output::Jsonl | Output::Csv | Output::Parquet => {
            super::allow(global.output, "a report", &[Output::Text, Output::Json])?;
        }
    }
    Ok(())
}

fn plan_source(path: &Path, session: &Session) -> Result<Source, Failure> {
    let name = path.to_string_lossy();
    let is_name = !path.exists() && path != Path::new("-");
    if is_name && session.registry.model(session.physics.unwrap_or_default(), &name).is_ok() {
        return Err(Failure::bad_input(format!(
            "{name} is a model: name an accelerator too, for example `mlsysim-tui eval {name} H100`"
        )));
    }
    input::source(path)
}

/// A plan for one model on one accelerator. Names come from outside, so they are quoted.
pub(super) fn quick(model: &str, hardware: &str) -> Source {
    let text = format!(
        "version: \"1.0\"\nname: {}\nworkload:\n  name: {}\nhardware:\n  name: {}\n",
        quoted(&format!("{model} on {hardware}")),
        quoted(model),
        quoted(hardware)
    );
    let arguments = [("workload.name", "MODEL"), ("hardware.name", "HARDWARE")];
    Source {
        arguments: arguments.map(|(path, name)| (path.to_owned(), name.to_owned())).to_vec(),
        ..Source::new(input::COMMAND_LINE, text)
    }
}

/// A YAML scalar in double quotes: JSON's escapes are YAML's.
fn quoted(text: &str) -> String {
    let json = Value::from(text).to_string();
    out::escape_controls_in_json(&json).into_owned()
}

/// Applies the options that change the plan, in the order in which they bind: `--set` last.
pub fn apply(source: &mut Source, overrides: &Overrides) -> Result<(), Failure> {
    // A precision is text, whatever it looks like; the others are written as numbers.
    let precision = overrides.precision.as_deref().map(edit::scalar);
    let short = [
        ("workload.batch_size", "--batch-size", overrides.batch_size.as_deref()),
        ("hardware.precision", "--precision", precision.as_deref()),
        ("hardware.efficiency", "--efficiency", overrides.efficiency.as_deref()),
    ];
    let mut edits: Vec<(&str, String, &str)> = short
        .into_iter()
        .filter_map(|(path, option, value)| Some((path, option.to_owned(), value?)))
        .collect();
    for pair in &overrides.set {
        let Some((path, value)) = pair.split_once('=') else {
            return Err(Failure::bad_input(format!(
                "--set {pair}: write FIELD=VALUE, for example hardware.accelerators=16"
            )));
        };
        edits.push((path.trim(), format!("--set {}", path.trim()), value.trim()));
    }
    for (path, option, value) in edits {
        source.text = edit::set(&source.text, path, value)
            .map_err(|error| Failure::bad_input(format!("{path} cannot be set to {value}: {error}")))?;
        source.arguments.push((path.to_owned(), option));
    }
    Ok(())
}

/// Exit code of several reports: 1 outranks 2 outranks 3.
pub fn worst(codes: impl Iterator<Item = Status>) -> u8 {
    codes.map(Status::exit_code).filter(|code| *code != 0).min().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_quoted_so_that_they_stay_names() {
        let source = quick("a\"b: [\n", "x\u{9b}#");
        assert!(source.text.contains("  name: \"a\\\"b: [\\n\"\n"));
        assert!(source.text.contains("\"x\\u009b#\""));
    }

    #[test]
    fn a_set_without_a_value_is_refused() {
        let mut source = quick("Llama3_8B", "H100");
        let overrides = Overrides { set: vec!["hardware.accelerators".into()], ..Overrides::default() };
        assert!(
            matches!(apply(&mut source, &overrides), Err(Failure::Input(_, reason)) if reason.contains("FIELD=VALUE"))
        );
    }
}
