//! `suggest_fixes`: changes that help, each tried.

use serde_json::{Value, json};

use super::words;
use super::{Answer, Effect, Job, Tool, object};
use crate::mcp::arguments::{PHYSICS, PLAN};
use crate::mcp::draft;
use crate::mcp::errors::Refusal;

/// The tool.
pub const TOOL: Tool = Tool {
    name: "suggest_fixes",
    title: "Changes that help",
    description: "Single changes that make a plan fit, or where it holds faster, cheaper or greener; each with its edits, \
        and verdict and metrics after it. Call it when f_status is \
        FAIL; apply_suggestion makes the change in the text. For several fields at once use optimize.",
    arguments: &[PLAN, PHYSICS],
    output: || {
        object(
            json!({
                "status": {"type": "string"},
                "suggestions": {"type": "array", "description": "number, title, gain, edits, after."},
            }),
            &["status", "suggestions"],
        )
    },
    effect: Effect::None,
    open_plan: false,
    work,
};

fn work(job: &Job<'_>) -> Result<Answer, Refusal> {
    let evaluated = job.bench.given(job.given)?;
    let report = &evaluated.report;
    let mut list = Vec::new();
    let mut text = match report.suggestions.len() {
        0 => format!("No suggestions. {}\n", words::headline(report)),
        1 => format!("1 change helps. Now: {}\n", words::headline(report)),
        many => format!("{many} changes help, best first. Now: {}\n", words::headline(report)),
    };
    let searched = words::searched(report);
    if !report.suggestions.is_empty() {
        text.push_str(&format!("searched: {searched}\n"));
    }
    for (index, suggestion) in report.suggestions.iter().enumerate() {
        job.progress.step(index as f64, report.suggestions.len() as f64, || suggestion.title.clone())?;
        let after = draft::set_all(&evaluated.text, &suggestion.edits)
            .ok()
            .and_then(|text| job.bench.evaluate(&text, job.bench.physics(job.given)).ok());
        let number = index + 1;
        text.push_str(&format!("{number}. {} ({})\n", suggestion.title, suggestion.gain));
        for (path, value) in &suggestion.edits {
            text.push_str(&format!("   {path}={value}\n"));
        }
        if after.is_none() {
            text.push_str(
                "   by hand: the text is laid out so that apply_suggestion cannot make this change\n",
            );
        }
        if let Some(after) = &after {
            text.push_str(&format!("   after: {}\n", words::headline(&after.report)));
        }
        list.push(json!({
            "number": number,
            "title": suggestion.title,
            "gain": suggestion.gain,
            "edits": words::edits(&suggestion.edits),
            "after": after.map_or(Value::Null, |after| {
                let mut row = words::brief(&after.report);
                words::shorten(&mut row, &[]);
                Value::Object(row)
            }),
        }));
    }
    Ok(Answer {
        text,
        structured: json!({"status": report.status.name(), "searched": searched, "suggestions": list}),
    })
}
