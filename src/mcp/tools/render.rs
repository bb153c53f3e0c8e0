//! `render_report`: a report to send to people.

use serde_json::json;

use super::words;
use super::{Answer, Effect, Job, Tool, object};
use crate::mcp::arguments::{Argument, DETAIL, Kind, PHYSICS, PLAN};
use crate::mcp::errors::Refusal;
use crate::render::paint::Paint;
use crate::render::{document, html, markdown, text};

/// The tool.
pub const TOOL: Tool = Tool {
    name: "render_report",
    title: "A report for people",
    description: "The report of a plan as Markdown, plain text or one HTML page that stands alone, with verdict, memory, \
        walls, money and carbon. Use it at the end, for a memo or a review.",
    arguments: &[
        PLAN,
        Argument::optional(
            "format",
            Kind::Choice(&[("markdown", ""), ("text", ""), ("html", "")]),
            "\"markdown\"",
            "Form of the report.",
        ),
        DETAIL,
        PHYSICS,
    ],
    output: || {
        object(
            json!({
                "format": {"enum": ["markdown", "text", "html"]},
                "document": {"type": "string"},
            }),
            &["format", "document"],
        )
    },
    effect: Effect::None,
    open_plan: false,
    work,
};

fn work(job: &Job<'_>) -> Result<Answer, Refusal> {
    let report = job.bench.given(job.given)?.report;
    let format = job.given.choice("format", "markdown");
    let full = job.given.choice("detail", "concise") == "full";
    let rendered = match format.as_str() {
        // A page has room for everything; the evidence is folded away.
        "html" => html::print(&document::document(&report, true)),
        "text" => text::print(&document::document(&report, full), Paint { color: false }),
        _ => markdown::report(&report, full),
    };
    // A page is for a browser: its source says nothing to a reader of the answer.
    let body = if format == "html" {
        format!("{} bytes of HTML in the structured content", rendered.len())
    } else {
        rendered.clone()
    };
    let text = format!("{}\n\n{body}", words::headline(&report));
    Ok(Answer { text, structured: json!({"format": format, "document": rendered}) })
}
