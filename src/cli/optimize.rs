//! `optimize`: searches over one plan, our own and those with the reference's arguments and keys.

mod designs;

use serde_json::Value;

use super::args::{Global, Optimize, OptimizeArgs, Output};
use super::input::{self, Session};
use super::out::{self, Failure, Outcome, Paint, Tone, clean};
use super::solve;
use crate::engine::optimize::{self, Search};
use crate::engine::report::Status;
use crate::render::document::{Block, Document};
use crate::render::numbers::number;
use crate::render::{html, markdown, text};

/// Runs the command.
pub fn run(args: &OptimizeArgs, global: &Global) -> Outcome {
    let what = match (&args.what, &args.plan) {
        (Some(what), _) => what,
        (None, Some(plan)) => return designs::run(plan, args, global),
        (None, None) => return Err(Failure::bad_input("a plan is missing: mlsysim-tui optimize PLAN")),
    };
    let session = Session::open(global);
    let path = match what {
        Optimize::Parallelism { plan }
        | Optimize::Batching { plan, .. }
        | Optimize::Placement { plan, .. } => plan,
    };
    let source = input::source(path)?;
    let reading = session.read(&source);
    let Some(plan) = &reading.plan else {
        return input::refuse(&source, &reading.diagnostics, global);
    };
    let registry = reading.registry_or(&session.registry);
    let found = match what {
        Optimize::Parallelism { .. } => optimize::parallelism(plan, registry),
        Optimize::Batching { sla_ms, qps, .. } => optimize::batching(plan, registry, *sla_ms, *qps),
        Optimize::Placement { carbon_tax, .. } => optimize::placement(plan, registry, *carbon_tax),
    };
    let found = match found {
        Ok(found) => found,
        Err(error) => return solve::refuse(&error, global),
    };
    if global.output == Output::Json {
        out::json(&found.json())?;
        return Ok(found.status.exit_code());
    }
    print(&document(&found, &plan.name), global)?;
    Ok(found.status.exit_code())
}

fn print(document: &Document, global: &Global) -> Result<(), Failure> {
    match global.output {
        Output::Markdown => out::payload(&markdown::print(document))?,
        Output::Html => out::payload(&html::print(document))?,
        _ => {
            let paint = Paint { color: out::wants_color(global.color, &std::io::stdout()) };
            out::payload(&text::print(document, paint))?;
        }
    }
    Ok(())
}

fn document(found: &Search, name: &str) -> Document {
    let (word, tone) = match found.status {
        Status::Ok => ("FOUND", Tone::Good),
        Status::Infeasible => ("NOTHING FITS", Tone::Bad),
        Status::SlaFailed => ("TARGET MISSED", Tone::Bad),
        Status::Error => ("ERROR", Tone::Bad),
    };
    let mut blocks = Vec::new();
    if !found.rows.is_empty() {
        let cell = |value: &Value| match value {
            Value::Number(figure) => figure.as_f64().map_or_else(String::new, number),
            Value::String(text) => clean(text).into_owned(),
            _ => "–".into(),
        };
        let rows = found.rows.iter().map(|row| row.iter().map(cell).collect()).collect();
        blocks.push(Block::Table("Candidates, best first".into(), found.columns.clone(), rows));
    }
    let mut say = |title: &str, tone, items: Vec<String>| {
        if !items.is_empty() {
            let items = items.iter().map(|item| clean(item).into_owned()).collect();
            blocks.push(Block::Sentences(title.into(), tone, items));
        }
    };
    if found.status == Status::Ok && found.edits.is_empty() {
        say("To put it into the plan", Tone::Good, vec!["the plan has it already".into()]);
    }
    let edits = found.edits.iter().map(|(path, value)| format!("{path}: {value}")).collect();
    say("To put it into the plan", Tone::Good, edits);
    let searched = format!("searched: {}", found.searched);
    say("Notes", Tone::Quiet, std::iter::once(searched).chain(found.notes.clone()).collect());
    Document {
        title: format!("Optimize {}: {}", found.what, clean(name)),
        subtitle: format!("{} physics · engine {}", found.physics.name(), env!("CARGO_PKG_VERSION")),
        verdict: (word.into(), tone, clean(&found.sentence).into_owned()),
        lenses: Vec::new(),
        blocks,
    }
}
