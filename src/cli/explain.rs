//! `explain`: where a number of a plan comes from.

use serde_json::{Value, json};

use super::args::{ExplainArgs, Global, Output};
use super::input::{self, Session};
use super::out::{self, Failure, Outcome, Paint, Tone, clean};
use crate::engine;
use crate::engine::report::{Report, WallReading};
use crate::metrics::{Better, Lens, METRICS, Metric};
use crate::render::numbers::{number, percent};
use crate::render::{derivation, document, markdown};

/// What can be explained.
enum Subject<'a> {
    Metric(&'static Metric),
    Wall(&'a WallReading),
}

/// Runs the command.
pub fn run(args: &ExplainArgs, global: &Global) -> Outcome {
    super::allow(global.output, "explain", &[Output::Text, Output::Json, Output::Markdown])?;
    let session = Session::open(global);
    let source = input::source(&args.plan)?;
    let (reading, report) = session.evaluate(&source);
    let Some(report) = report else {
        return input::refuse(&source, &reading.diagnostics, global);
    };
    let Some(subject) = find(&args.metric, &report) else {
        return Err(Failure::bad_input(unknown(&args.metric, &report)));
    };
    let mut opened = None;
    let tree = reading.plan.as_ref().and_then(|plan| match &subject {
        Subject::Metric(metric) => engine::explain::tree::metric(metric, plan, &report),
        Subject::Wall(wall) => Some(engine::explain::tree::wall(wall, plan, &report)),
    });
    let (title, value, mut facts, walls) = match subject {
        Subject::Metric(metric) => {
            opened = reading
                .plan
                .as_ref()
                .filter(|_| report.metric(metric.lens, metric.key).is_some())
                .map(|plan| engine::explain::metric(metric, plan, &report));
            (
                format!("{}.{}", metric.lens.name(), metric.key),
                report.metric(metric.lens, metric.key),
                metric_facts(metric, &report),
                related(metric, &report),
            )
        }
        Subject::Wall(wall) => {
            (format!("wall {}: {}", wall.number, wall.name), wall.pressure, Vec::new(), vec![wall])
        }
    };
    if global.output != Output::Json
        && let Some(opened) = &opened
    {
        facts.push(("equation", opened.equation.clone()));
    }
    match global.output {
        Output::Json => {
            let value = json!({
                "subject": title,
                "scenario": report.scenario,
                "physics": report.physics.name(),
                "value": value.filter(|value| value.is_finite()),
                "facts": facts.iter().map(|(name, text)| ((*name).to_string(), json!(text))).collect::<serde_json::Map<_, _>>(),
                "equation": opened.as_ref().map(|opened| &opened.equation),
                "values": opened.as_ref().map(|opened| {
                    let pairs = opened.values.iter().map(|(name, text)| (name.clone(), json!(text)));
                    pairs.collect::<serde_json::Map<_, _>>()
                }),
                "sources": opened.as_ref().map(|opened| &opened.sources),
                "derivation": tree.as_ref().map(derivation::json),
                "walls": walls.iter().map(|wall| wall_json(wall)).collect::<Vec<_>>(),
            });
            out::json(&value)?;
        }
        Output::Markdown => {
            let mut answer = String::new();
            if !facts.is_empty() {
                answer.push_str(&format!("# {}\n\n", markdown::escape(&title)));
            }
            for (name, text) in &facts {
                answer.push_str(&format!("- **{name}**: {}\n", markdown::escape(text)));
            }
            if let Some(tree) = &tree {
                answer.push_str(&format!("\n## Derivation\n\n{}", derivation::markdown(tree)));
            }
            for wall in walls {
                if !answer.is_empty() {
                    answer.push('\n');
                }
                answer.push_str(&format!("## Wall {}: {}\n\n", wall.number, markdown::escape(wall.name)));
                for (name, text) in wall_facts(wall) {
                    answer.push_str(&format!("- **{name}**: {}\n", markdown::escape(&text)));
                }
            }
            out::payload(&answer)?;
        }
        _ => {
            let paint = Paint { color: out::wants_color(global.color, &std::io::stdout()) };
            let mut answer = String::new();
            if !facts.is_empty() {
                answer.push_str(&format!("{}\n", paint.tone(Tone::Strong, &title)));
                write_facts(&mut answer, &facts);
            }
            if let Some(tree) = &tree {
                answer.push_str(&format!("\n{}\n", paint.tone(Tone::Strong, "Derivation")));
                for line in derivation::text(tree).lines() {
                    let (tone, quiet) = (Tone::Quiet, line.trim_start().starts_with("from "));
                    let line = if quiet { paint.tone(tone, line) } else { line.to_string() };
                    answer.push_str(&format!("  {line}\n"));
                }
            }
            for wall in walls {
                if !answer.is_empty() {
                    answer.push('\n');
                }
                let heading = format!("Wall {}: {}", wall.number, wall.name);
                answer.push_str(&format!("{}\n", paint.tone(Tone::Strong, &heading)));
                write_facts(&mut answer, &wall_facts(wall));
            }
            out::payload(&answer)?;
        }
    }
    Ok(0)
}

fn write_facts(answer: &mut String, facts: &[(&str, String)]) {
    let width = facts.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    for (name, text) in facts {
        answer.push_str(&format!("  {}  {}\n", out::pad(name, width), clean(text)));
    }
}

/// A metric by flat key, assertion name, bare key or label; a wall by number or name.
fn find<'a>(name: &str, report: &'a Report) -> Option<Subject<'a>> {
    let name = name.trim();
    if let Ok(number) = name.parse::<u8>() {
        return report.walls.iter().find(|wall| wall.number == number).map(Subject::Wall);
    }
    let same = |other: &str| other.eq_ignore_ascii_case(name);
    let exact = METRICS.iter().find(|metric| {
        same(&format!("{}{}", metric.lens.prefix(), metric.key))
            || same(&format!("{}.{}", metric.lens.name(), metric.key))
    });
    let loose = || METRICS.iter().filter(|metric| same(metric.key) || same(metric.label));
    // Of metrics that share a name, the one that this plan has is meant.
    let metric = exact
        .or_else(|| loose().find(|metric| report.metric(metric.lens, metric.key).is_some()))
        .or_else(|| loose().next());
    metric
        .map(Subject::Metric)
        .or_else(|| report.walls.iter().find(|wall| same(wall.name)).map(Subject::Wall))
}

fn unknown(name: &str, report: &Report) -> String {
    let mut candidates: Vec<(f64, String)> = METRICS
        .iter()
        .map(|metric| metric.key.to_string())
        .chain(report.walls.iter().map(|wall| wall.name.to_lowercase()))
        .map(|candidate| (strsim::jaro_winkler(&name.to_lowercase(), &candidate), candidate))
        .filter(|(score, _)| *score > 0.7)
        .collect();
    candidates.sort_by(|a, b| b.0.total_cmp(&a.0));
    let nearest: Vec<String> = candidates.into_iter().take(3).map(|(_, candidate)| candidate).collect();
    if nearest.is_empty() {
        format!(
            "there is no metric and no wall {name}; `mlsysim-tui eval PLAN --output json` lists the metrics"
        )
    } else {
        format!("there is no metric and no wall {name}; nearest: {}", nearest.join(", "))
    }
}

fn metric_facts(metric: &'static Metric, report: &Report) -> Vec<(&'static str, String)> {
    let lens = match metric.lens {
        Lens::Feasibility => &report.feasibility,
        Lens::Performance => &report.performance,
        Lens::Macro => &report.economics,
    };
    let mut facts = vec![("meaning", metric.doc.to_string())];
    facts.push((
        "value",
        report.metric(metric.lens, metric.key).map_or_else(
            || format!("none for this plan: {}", lens.summary),
            |value| {
                let exact = format!("{value}");
                let shown = number(value);
                let exact = if exact == shown { String::new() } else { format!("  (exactly {exact})") };
                format!("{shown} {}{exact}", metric.unit).trim_end().to_string()
            },
        ),
    ));
    facts.push((
        "better",
        match metric.better {
            Better::Lower => "smaller is better",
            Better::Higher => "larger is better",
            Better::Neither => "neither way; a fact",
        }
        .into(),
    ));
    facts.push(("verdict", format!("{}: {}", lens.status.name(), lens.summary)));
    facts.push(("physics", format!("{}, registry {}", report.physics.name(), report.registry_version)));
    facts
}

/// The walls a metric depends on: those of its subject, else the one that binds.
fn related<'a>(metric: &Metric, report: &'a Report) -> Vec<&'a WallReading> {
    let numbers: &[u8] = match metric.key {
        "memory_used_gb" | "memory_capacity_gb" | "memory_utilization" => &[2],
        "max_concurrency" | "ttft_ms" | "itl_ms" | "request_latency_ms" | "output_tokens_per_s" => &[4],
        "comm_overhead" | "scaling_efficiency" => &[14],
        "carbon_footprint" | "water_liters" | "energy_kwh" | "g_co2_per_million_tokens" => &[18],
        _ if metric.lens == Lens::Macro => &[17],
        _ => &[],
    };
    let mut walls: Vec<&WallReading> =
        report.walls.iter().filter(|wall| numbers.contains(&wall.number)).collect();
    if metric.lens != Lens::Macro
        && let Some(binding) = report.binding_wall()
        && !walls.iter().any(|wall| wall.number == binding.number)
    {
        walls.push(binding);
    }
    walls
}

fn wall_facts(wall: &WallReading) -> Vec<(&'static str, String)> {
    let mut facts = vec![("state", document::state_words(wall))];
    let mut add = |name, text: &str| {
        if !text.is_empty() {
            facts.push((name, text.to_string()));
        }
    };
    add("what", &wall.sentence);
    add("pressure", &wall.pressure.map(percent).unwrap_or_default());
    add("demand", &wall.value);
    add("limit", &wall.limit);
    add("equation", wall.equation);
    add("here", &wall.substituted);
    for source in &wall.sources {
        add("source", source);
    }
    facts
}

fn wall_json(wall: &WallReading) -> Value {
    json!({
        "number": wall.number,
        "name": wall.name,
        "domain": wall.domain,
        "state": document::state_words(wall),
        "pressure": wall.pressure.filter(|pressure| pressure.is_finite()),
        "demand": wall.value,
        "limit": wall.limit,
        "sentence": wall.sentence,
        "equation": wall.equation,
        "substituted": wall.substituted,
        "sources": wall.sources,
    })
}
