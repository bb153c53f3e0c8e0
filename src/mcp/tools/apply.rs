//! `apply_suggestion`: text in, text out, comments kept.

use serde_json::{Value, json};

use super::words;
use super::{Answer, Effect, Job, Tool, object};
use crate::mcp::arguments::{Argument, Kind, PHYSICS, PLAN};
use crate::mcp::draft;
use crate::mcp::errors::Refusal;
use crate::render::diff;

/// The tool.
pub const TOOL: Tool = Tool {
    name: "apply_suggestion",
    title: "Change a plan's text",
    description: "Makes changes in a plan's text and gives the new text: a suggestion by its number (as evaluate_cluster_yaml \
        and suggest_fixes list them), or your own assignments such as hardware.accelerators=8. Comments and \
        layout stay. No file is touched.",
    arguments: &[
        PLAN,
        Argument::optional("suggestion", Kind::Integer(1, 100), "", "Number of a suggestion, from 1."),
        Argument::optional(
            "assignments",
            Kind::Texts(1, 50, 1000),
            "",
            "FIELD=VALUE each: workload.batch_size=64.",
        ),
        PHYSICS,
    ],
    output: || {
        object(
            json!({
                "yaml": {"type": "string"},
                "difference": {"type": "string"},
                "after": {"type": "object"},
            }),
            &["yaml", "difference", "after"],
        )
    },
    effect: Effect::None,
    open_plan: false,
    work,
};

fn work(job: &Job<'_>) -> Result<Answer, Refusal> {
    let text = job.bench.text(job.given)?;
    let physics = job.bench.physics(job.given);
    let mut edits = Vec::new();
    if let Some(number) = job.given.integer("suggestion") {
        let report = job.bench.evaluate(&text, physics)?.report;
        let Some(suggestion) = report.suggestions.get(number as usize - 1) else {
            return Err(Refusal::new(
                "out-of-range",
                "suggestion",
                format!("there is no suggestion {number} for this plan"),
            )
            .found(number.to_string())
            .allowed(match report.suggestions.len() {
                0 => "no number: this plan has no suggestions".to_owned(),
                count => format!("1 to {count}"),
            })
            .fix("call suggest_fixes to see them, or give assignments"));
        };
        edits.extend(suggestion.edits.iter().cloned());
    }
    edits.extend(draft::assignments(&job.given.texts("assignments"), "assignments")?);
    if edits.is_empty() {
        return Err(Refusal::new("missing-argument", "suggestion", "nothing to change was given")
            .allowed("suggestion, assignments, or both")
            .fix("add suggestion: 1, or assignments: [\"hardware.accelerators=8\"]"));
    }
    let changed = draft::set_all(&text, &edits)?;
    let after = job.bench.evaluate(&changed, physics).map_err(|refusal| refusal.of_assignments(&edits))?;
    let difference = diff::unified(&text, &changed, "plan");
    let answer = format!("{}\n\n{difference}\nnew plan:\n{changed}", words::headline(&after.report));
    let structured = json!({
        "yaml": changed,
        "difference": difference,
        "edits": words::edits(&edits),
        "after": Value::Object(words::brief(&after.report)),
    });
    Ok(Answer { text: answer, structured })
}
