//! `compare_plans`: plans side by side.

use serde_json::{Map, Value, json};

use super::words;
use super::{Answer, Effect, Job, Tool, object};
use crate::engine::report::Report;
use crate::mcp::arguments::{Argument, Kind, PHYSICS};
use crate::mcp::errors::Refusal;
use crate::render::numbers::number;
use crate::yaml::MAX_BYTES;

/// The tool.
pub const TOOL: Tool = Tool {
    name: "compare_plans",
    title: "Compare plans",
    description: "Two to eight plans side by side: verdict, binding wall and every metric of each, and which is best in \
        each metric. A plan that cannot run wins nothing.",
    arguments: &[
        Argument::required("plans", Kind::Texts(2, 8, MAX_BYTES), "The plans, each as YAML text."),
        PHYSICS,
    ],
    output: || {
        object(
            json!({
                "plans": {"type": "array", "description": "The report of each, in order."},
                "best": {"type": "object", "description": "By metric: places of the best, from 0."},
            }),
            &["plans", "best"],
        )
    },
    effect: Effect::None,
    open_plan: false,
    work,
};

fn work(job: &Job<'_>) -> Result<Answer, Refusal> {
    let mut reports = Vec::new();
    for (index, text) in job.given.texts("plans").into_iter().enumerate() {
        let evaluated = job.bench.evaluate(text, job.bench.physics(job.given)).map_err(|mut refusal| {
            refusal.message = format!("plan {}: {}", index + 1, refusal.message);
            refusal
        })?;
        reports.push(evaluated.report);
    }
    let mut best = Map::new();
    let mut text = String::from("Best by metric:\n");
    let mut table = String::new();
    let all: Vec<&Report> = reports.iter().collect();
    for (metric, values, winners) in crate::render::comparison::best(&all) {
        let key = format!("{}{}", metric.lens.prefix(), metric.key);
        let cells: Vec<String> = values.iter().map(|value| value.map_or("–".into(), number)).collect();
        table.push_str(&format!("{key} [{}]: {}\n", metric.unit, cells.join(" | ")));
        if !winners.is_empty() {
            // With its place: plans under comparison often share a name.
            let names: Vec<String> =
                winners.iter().map(|index| format!("{}. {}", index + 1, reports[*index].scenario)).collect();
            text.push_str(&format!("{key}: {}\n", names.join(", ")));
            best.insert(key, json!(winners));
        }
    }
    let heads: Vec<String> = reports
        .iter()
        .enumerate()
        .map(|(index, report)| format!("{}. {}: {}\n", index + 1, report.scenario, words::headline(report)))
        .collect();
    let plans: Vec<Value> = reports.iter().map(|report| crate::engine::json::flat(report, false)).collect();
    let text = format!("{}{text}\nAll, in order:\n{table}", heads.concat());
    Ok(Answer { text, structured: json!({"plans": plans, "best": best}) })
}
