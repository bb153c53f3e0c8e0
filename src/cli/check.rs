//! `check`: every problem of a plan, then its verdict as plain lines; on request, its fixes.

use std::path::Path;

use serde_json::json;

use super::args::{CheckArgs, Global, Output};

use super::input::{self, Session, Source};
use super::out::{self, Failure, Outcome, Paint, Tone};
use crate::engine::report::{Report, Status};
use crate::files::{self, SaveError};
use crate::plan::{Diagnostic, Severity, edit};
use crate::render::document::{self, Block};
use crate::render::{diff, text};

/// Runs the command.
pub fn run(args: &CheckArgs, global: &Global) -> Outcome {
    super::allow(global.output, "check", &[Output::Text, Output::Json])?;
    if args.fix && args.plan == Path::new("-") {
        return Err(Failure::bad_input("--fix saves a file; for standard input, --diff shows the changes"));
    }
    let session = Session::open(global);
    let loaded = input::source(&args.plan)?;
    let mut source = loaded.clone();
    let mut changes = Vec::new();
    if args.fix || args.diff {
        changes = mend(&session, &mut source);
    }
    if let Some(number) = args.suggestion {
        changes.push(suggested(&session, &mut source, usize::from(number))?);
    }
    let asked = args.fix || args.diff || args.suggestion.is_some();
    let written = args.fix && source.text != loaded.text;
    if written {
        let expected = Some(files::content_hash(&loaded.text));
        files::save(&args.plan, &source.text, expected).map_err(|error| {
            // The others name the file themselves.
            let name = if matches!(error, SaveError::Conflict { .. }) {
                format!("{}: ", source.name)
            } else {
                String::new()
            };
            Failure::bad_input(format!("{name}{error}"))
        })?;
    }
    let difference = diff::unified(&loaded.text, &source.text, &out::clean(&source.name));

    // Without --fix the file is as it was, and so are its problems.
    let shown = if args.fix { &source } else { &loaded };
    let (reading, report) = session.evaluate(shown);
    let mut diagnostics = reading.diagnostics;
    // A plan that reads well and still has no answer is an error of the plan.
    if let Some((message, path)) = report.as_ref().and_then(|report| report.error.clone()) {
        diagnostics.push(input::evaluation_error(&reading.spans, &shown.text, message, path));
    }
    let failed = diagnostics.iter().any(|one| one.severity == Severity::Error);
    if global.output == Output::Json {
        let mut value = json!({ "diagnostics": crate::plan::diagnostic::to_json(&diagnostics) });
        if let Some(object) = value.as_object_mut().filter(|_| asked) {
            object.insert("changes".into(), changes.into());
            object.insert("diff".into(), difference.into());
            object.insert("written".into(), written.into());
        }
        out::json(&value)?;
        return Ok(u8::from(failed));
    }
    let paint = Paint { color: out::wants_color(global.color, &std::io::stdout()) };
    let mut answer = String::new();
    if asked {
        changed(&mut answer, &changes, &difference, written, paint);
    }
    verdict(&mut answer, shown, &diagnostics, report.as_ref(), paint);
    out::payload(&answer)?;
    Ok(u8::from(failed))
}

/// Applies each fix that leaves no choice, until there is none. Gives their titles.
fn mend(session: &Session, source: &mut Source) -> Vec<String> {
    let name = source.name.clone();
    let read = |text: &str| session.read(&Source::new(name.as_str(), text)).diagnostics;
    let (text, titles) = crate::plan::mend::mend(&source.text, read);
    source.text = text;
    titles
}

/// Applies the Nth suggestion of the report. Gives its title.
fn suggested(session: &Session, source: &mut Source, number: usize) -> Result<String, Failure> {
    let (_, report) = session.evaluate(source);
    let Some(report) = report else {
        return Err(Failure::bad_input("a plan with errors has no suggestions; fix them first (--fix)"));
    };
    let Some(suggestion) = report.suggestions.get(number - 1) else {
        return Err(Failure::bad_input(match report.suggestions.len() {
            0 => "there is no suggestion for this plan".to_string(),
            1 => format!("there is no suggestion {number}; there is one"),
            many => format!("there is no suggestion {number}; there are {many}"),
        }));
    };
    source.text = edit::set_all(&source.text, &suggestion.edits)
        .map_err(|error| Failure::bad_input(format!("suggestion {number} cannot be applied: {error}")))?;
    Ok(format!("suggestion {number}: {}", suggestion.title))
}

fn changed(answer: &mut String, changes: &[String], difference: &str, written: bool, paint: Paint) {
    if changes.is_empty() {
        answer.push_str("nothing to change\n\n");
        return;
    }
    let head = if written { "changed" } else { "would change (not saved)" };
    answer.push_str(&format!("{}\n", paint.tone(Tone::Strong, head)));
    for change in changes {
        answer.push_str(&format!("  {}\n", out::clean(change)));
    }
    answer.push('\n');
    for line in difference.lines() {
        let tone = match line.as_bytes().first() {
            Some(b'+') => Tone::Good,
            Some(b'-') => Tone::Bad,
            Some(b'@') => Tone::Quiet,
            _ => Tone::Plain,
        };
        answer.push_str(&format!("{}\n", paint.tone(tone, &out::clean(line))));
    }
    answer.push('\n');
}

fn verdict(
    answer: &mut String,
    source: &Source,
    diagnostics: &[Diagnostic],
    report: Option<&Report>,
    paint: Paint,
) {
    if diagnostics.is_empty() && report.is_some_and(|report| report.status != Status::Ok) {
        answer.push_str("read without problems");
    } else if diagnostics.is_empty() {
        answer.push_str(&paint.tone(Tone::Good, "no problems"));
    } else {
        answer.push_str(input::diagnostics_text(source, diagnostics, paint.color).trim_end());
    }
    answer.push('\n');
    let Some(report) = report else { return };
    let document = document::document(report, false);
    let (word, tone, sentence) = &document.verdict;
    answer.push_str(&format!("{}: {} {sentence}\n", document.title, paint.tone(*tone, word)));
    answer.push_str(&format!("  {}\n", document.subtitle));
    for line in text::lens_lines(&document, paint) {
        answer.push_str(line.trim_end());
        answer.push('\n');
    }
    for block in &document.blocks {
        match block {
            Block::Bar(title, _, total) if title != document::SPLIT => {
                answer.push_str(&format!("  {}: {total}\n", title.to_lowercase()));
            }
            Block::Figures(title, rows) if title == document::LIMITS => {
                for row in rows {
                    answer.push_str(&format!("  {}: {} {}. {}\n", row.label, row.value, row.unit, row.note));
                }
            }
            Block::Figures(title, rows) if title == document::MONEY => {
                for row in rows.iter().filter(|row| row.label == "total") {
                    answer.push_str(&format!("  money: {} {}\n", row.value, row.note));
                }
            }
            Block::Sentences(title, _, items) => {
                for item in items {
                    answer.push_str(&format!("  {}: {item}\n", title.to_lowercase()));
                }
            }
            Block::Bar(..) | Block::Figures(..) | Block::Cards(..) | Block::Table(..) => {}
        }
    }
    let order = report.suggestion_order();
    if !order.is_empty() {
        answer.push_str(&paint.tone(Tone::Quiet, &format!("  in this order: {order}")));
        answer.push('\n');
    }
}
