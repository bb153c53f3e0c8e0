//! `check`: every problem of a plan, then its verdict as plain lines.

use super::args::{CheckArgs, Global, Output};
use super::input::{self, Session};
use super::out::{self, Outcome, Paint, Tone};
use super::render::document::{self, Block};
use super::render::text;
use crate::plan::Severity;

/// Runs the command.
pub fn run(args: &CheckArgs, global: &Global) -> Outcome {
    super::allow(global.output, "check", &[Output::Text, Output::Json])?;
    let session = Session::open(global);
    let source = input::source(&args.plan)?;
    let (reading, report) = session.evaluate(&source);
    let mut diagnostics = reading.diagnostics;
    // A plan that reads well and still has no answer is an error of the plan.
    if let Some((message, path)) = report.as_ref().and_then(|report| report.error.clone()) {
        diagnostics.push(input::evaluation_error(&reading.spans, &source.text, message, path));
    }
    let failed = diagnostics.iter().any(|one| one.severity == Severity::Error);
    if global.output == Output::Json {
        out::json(&serde_json::json!({ "diagnostics": crate::plan::diagnostic::to_json(&diagnostics) }))?;
        return Ok(u8::from(failed));
    }
    let paint = Paint { color: out::wants_color(global.color, &std::io::stdout()) };
    let mut answer = String::new();
    if diagnostics.is_empty() {
        answer.push_str(&paint.tone(Tone::Good, "no problems"));
    } else {
        answer.push_str(input::diagnostics_text(&source, &diagnostics, paint.color).trim_end());
    }
    answer.push('\n');
    if let Some(report) = report {
        let document = document::document(&report, false);
        let (word, tone, sentence) = &document.verdict;
        answer.push_str(&format!("{}: {} {sentence}\n", document.title, paint.tone(*tone, word)));
        answer.push_str(&format!("  {}\n", document.subtitle));
        for line in text::lens_lines(&document, paint) {
            answer.push_str(line.trim_end());
            answer.push('\n');
        }
        for block in &document.blocks {
            match block {
                Block::Bar(title, _, total) => {
                    answer.push_str(&format!("  {}: {total}\n", title.to_lowercase()));
                }
                Block::Figures(title, rows) if title == document::LIMITS => {
                    for row in rows {
                        answer.push_str(&format!(
                            "  {}: {} {}. {}\n",
                            row.label, row.value, row.unit, row.note
                        ));
                    }
                }
                Block::Figures(title, rows) if title == document::MONEY => {
                    for row in rows.iter().filter(|row| row.label == "total") {
                        answer.push_str(&format!("  money: {} {} {}\n", row.value, row.unit, row.note));
                    }
                }
                Block::Sentences(title, _, items) => {
                    for item in items {
                        answer.push_str(&format!("  {}: {item}\n", title.to_lowercase()));
                    }
                }
                Block::Figures(..) | Block::Cards(..) | Block::Table(..) => {}
            }
        }
    }
    out::payload(&answer)?;
    Ok(u8::from(failed))
}
