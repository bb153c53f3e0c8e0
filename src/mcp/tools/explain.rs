//! `explain_metric`: where a number comes from.

use serde_json::{Map, Value, json};

use super::words;
use super::{Answer, Effect, Job, Tool, object};
use crate::engine;
use crate::engine::report::WallReading;
use crate::mcp::arguments::{Argument, PHYSICS, PLAN};
use crate::mcp::draft::NAME;
use crate::mcp::errors::Refusal;
use crate::metrics::METRICS;
use crate::render::document::state_words;
use crate::render::numbers::{number, percent};

const METRIC: Argument = Argument::required(
    "metric",
    NAME,
    "A key of the report (p_itl_ms, m_tco_usd), or a wall by number (1 to 22) or name (Memory).",
);

/// The tool.
pub const TOOL: Tool = Tool {
    name: "explain_metric",
    title: "Where a number comes from",
    description: "The equation of a metric or of a wall, the values that this plan puts in, and the sources of both \
        with their dates. Use it for evidence behind a claim, or to learn what to change.",
    arguments: &[PLAN, METRIC, PHYSICS],
    output: || {
        object(
            json!({
                "subject": {"type": "string"},
                "value": {"type": ["number", "null"]},
                "equation": {"type": ["string", "null"]},
                "values": {"type": "object"},
                "sources": {"type": "array"},
                "wall": {"type": ["object", "null"]},
            }),
            &["subject", "value", "sources"],
        )
    },
    effect: Effect::None,
    open_plan: false,
    work,
};

fn work(job: &Job<'_>) -> Result<Answer, Refusal> {
    let evaluated = job.bench.given(job.given)?;
    let report = &evaluated.report;
    let name = job.given.text("metric").unwrap_or_default().trim();
    let name = name.strip_prefix("wall ").or_else(|| name.strip_prefix("Wall ")).unwrap_or(name).trim();
    let limits =
        ["binding_wall", "binding wall", "bottleneck"].iter().any(|word| word.eq_ignore_ascii_case(name));
    let wall = report.binding_wall().filter(|_| limits).or_else(|| {
        report.walls.iter().find(|wall| {
            name.parse::<u8>().is_ok_and(|number| number == wall.number)
                || wall.name.eq_ignore_ascii_case(name)
        })
    });
    // A metric by its own key comes before a wall of the same name.
    match (words::metric_named(name, Some(report)), wall) {
        (Some(metric), _) => {
            let value = report.metric(metric.lens, metric.key);
            let subject = format!("{}{}", metric.lens.prefix(), metric.key);
            let Some(value) = value else {
                let lens = [&report.feasibility, &report.performance, &report.economics];
                let lens = lens.into_iter().find(|lens| lens.lens == metric.lens);
                return Err(Refusal::new(
                    "unavailable-metric",
                    "metric",
                    format!("this plan has no {subject}: {}", lens.map_or("", |lens| lens.summary.as_str())),
                )
                .found(name)
                .allowed(words::brief(report).keys().skip(3).cloned().collect::<Vec<_>>().join(", ")));
            };
            let opened = engine::explain::metric(metric, &evaluated.plan, report);
            let mut text = format!("{}\n{}\n", words::metric_line(metric, value), metric.doc);
            if !opened.equation.is_empty() {
                text.push_str(&format!("equation: {}\n", opened.equation));
            }
            for (name, value) in &opened.values {
                text.push_str(&format!("{name}: {value}\n"));
            }
            for source in &opened.sources {
                text.push_str(&format!("source: {source}\n"));
            }
            let values: Map<String, Value> =
                opened.values.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
            let structured = json!({
                "subject": subject,
                "value": value,
                "unit": metric.unit,
                "meaning": metric.doc,
                "equation": opened.equation,
                "values": values,
                "sources": opened.sources,
                "wall": null,
            });
            Ok(Answer { text, structured })
        }
        (None, Some(wall)) => Ok(of_wall(wall)),
        (None, None) => {
            let keys = words::metric_keys();
            let names = keys.iter().map(String::as_str).chain(METRICS.iter().map(|metric| metric.key));
            let names = names.chain(report.walls.iter().map(|wall| wall.name));
            Err(Refusal::new("unknown-metric", "metric", format!("there is no metric and no wall {name}"))
                .found(name)
                .allowed(format!("{}; a wall by number 1 to 22 or name", keys.join(", ")))
                .nearest(name, names))
        }
    }
}

fn of_wall(wall: &WallReading) -> Answer {
    let mut text = format!("wall {} {}: {}. {}\n", wall.number, wall.name, state_words(wall), wall.sentence);
    let pressure = wall.pressure.map(percent).unwrap_or_default();
    let facts = [
        ("pressure", pressure.as_str()),
        ("demand", &wall.value),
        ("limit", &wall.limit),
        ("equation", wall.equation),
        ("here", &wall.substituted),
    ];
    for (name, value) in facts {
        if !value.is_empty() {
            text.push_str(&format!("{name}: {value}\n"));
        }
    }
    for source in &wall.sources {
        text.push_str(&format!("source: {source}\n"));
    }
    if let Some(pressure) = wall.pressure.filter(|pressure| pressure.is_finite()) {
        text.push_str(&format!(
            "(pressure {} means demand over limit; 1 is at the wall)\n",
            number(pressure)
        ));
    }
    let structured = json!({
        "subject": format!("wall {}: {}", wall.number, wall.name),
        "value": wall.pressure.filter(|pressure| pressure.is_finite()),
        "unit": "demand over limit",
        "meaning": wall.sentence,
        "equation": wall.equation,
        "values": {"here": wall.substituted},
        "sources": wall.sources,
        "wall": engine::json::wall(wall),
    });
    Answer { text, structured }
}
