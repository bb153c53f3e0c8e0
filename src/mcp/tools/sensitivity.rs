//! `sensitivity`: what moves the result most.

use serde_json::json;

use super::words;
use super::{Answer, Effect, Job, Tool, object};
use crate::mcp::arguments::{PHYSICS, PLAN};
use crate::mcp::errors::Refusal;
use crate::render::numbers::number;

/// The tool.
pub const TOOL: Tool = Tool {
    name: "sensitivity",
    title: "What moves the time most",
    description: "Elasticity of the step's time (of the decode step's, when serving) by lever, strongest first: −1 means \
        twice the lever takes half the time, 0 means it changes nothing. Tells which hardware fact is worth paying \
        for, and which is idle.",
    arguments: &[PLAN, PHYSICS],
    output: || {
        object(
            json!({
                "levers": {"type": "array", "description": "key, label, elasticity."},
                "binding_wall": {"type": ["string", "null"]},
            }),
            &["levers"],
        )
    },
    effect: Effect::None,
    open_plan: false,
    work,
};

fn work(job: &Job<'_>) -> Result<Answer, Refusal> {
    let evaluated = job.bench.given(job.given)?;
    let report = &evaluated.report;
    let mut levers: Vec<_> = report.sensitivities.iter().filter(|lever| lever.value.is_finite()).collect();
    levers.sort_by(|a, b| b.value.abs().total_cmp(&a.value.abs()));
    let Some(first) = levers.first() else {
        let why = report
            .walls
            .iter()
            .find(|wall| wall.number == 21)
            .map_or(String::new(), |wall| format!(": {}", crate::render::document::state_words(wall)));
        return Err(Refusal::new("unavailable", PLAN.name, format!("this plan has no sensitivities{why}"))
            .fix("studio physics has them for transformers; leave physics out"));
    };
    let mut text = format!(
        "{} moves the time most: elasticity {} (+10 % takes {} % of the time)\n",
        first.label,
        number(first.value),
        number(1.1_f64.powf(first.value) * 100.0)
    );
    for lever in &levers {
        text.push_str(&format!("{}: {} ({})\n", lever.key, number(lever.value), lever.label));
    }
    text.push_str(&format!("{}\n", words::headline(report)));
    let list: Vec<_> = levers
        .iter()
        .map(|lever| json!({"key": lever.key, "label": lever.label, "elasticity": lever.value}))
        .collect();
    let structured = json!({"levers": list, "binding_wall": report.binding_wall().map(|wall| wall.name)});
    Ok(Answer { text, structured })
}
