//! `compare`: plans side by side, the best cell of each metric marked with a word.

use serde_json::{Value, json};

use super::args::{CompareArgs, Global, Output};
use super::input::{self, Session};
use super::out::{self, Failure, Outcome, Paint, Tone, clean};
use crate::engine::report::{Report, Status};
use crate::metrics::{Better, Lens, METRICS, Metric};
use crate::render::{document, html, markdown, numbers::number, text};

/// Runs the command. The exit code is that of the worst plan.
pub fn run(args: &CompareArgs, global: &Global) -> Outcome {
    let session = Session::open(global);
    let mut reports: Vec<(String, Report)> = Vec::with_capacity(args.plans.len());
    for path in &args.plans {
        let source = input::source(path)?;
        let (reading, report) = session.evaluate(&source);
        match report {
            Some(report) if report.error.is_none() => reports.push((source.name, report)),
            Some(report) => {
                let (message, path) = report.error.unwrap_or_default();
                let mut diagnostics = reading.diagnostics;
                diagnostics.push(input::evaluation_error(&reading.spans, &source.text, message, path));
                return input::refuse(&source, &diagnostics, global);
            }
            None => return input::refuse(&source, &reading.diagnostics, global),
        }
    }
    print(&reports, global)?;
    Ok(super::eval::worst(reports.iter().map(|(_, report)| report.status)))
}

/// Metrics that at least one of the reports has, with their values.
fn rows(reports: &[(String, Report)]) -> Vec<(&'static Metric, Vec<Option<f64>>)> {
    METRICS
        .iter()
        .map(|metric| {
            (metric, reports.iter().map(|(_, report)| report.metric(metric.lens, metric.key)).collect())
        })
        .filter(|(_, values): &(_, Vec<Option<f64>>)| values.iter().any(Option::is_some))
        .collect()
}

/// The values that compete: what cannot run wins no race, however fast or cheap it would be.
fn contenders(metric: &Metric, reports: &[(String, Report)], values: &[Option<f64>]) -> Vec<Option<f64>> {
    let runs = |report: &Report| metric.lens == Lens::Feasibility || report.status != Status::Infeasible;
    values.iter().zip(reports).map(|(value, (_, report))| value.filter(|_| runs(report))).collect()
}

/// Places of the best value; empty where fewer than two compete or all are equal.
fn best(metric: &Metric, values: &[Option<f64>]) -> Vec<usize> {
    let known = || values.iter().flatten().copied().filter(|value| !value.is_nan());
    if known().count() < 2 {
        return Vec::new();
    }
    let target = match metric.better {
        Better::Lower => known().reduce(f64::min),
        Better::Higher => known().reduce(f64::max),
        Better::Neither => None,
    };
    let Some(target) = target else { return Vec::new() };
    let places: Vec<usize> = values
        .iter()
        .enumerate()
        .filter(|(_, value)| **value == Some(target))
        .map(|(index, _)| index)
        .collect();
    if places.len() == values.len() { Vec::new() } else { places }
}

fn print(reports: &[(String, Report)], global: &Global) -> Result<(), Failure> {
    if global.output == Output::Json {
        let plans: Vec<Value> = reports
            .iter()
            .map(|(file, report)| json!({ "file": file, "report": crate::engine::json::flat(report, false) }))
            .collect();
        let mut winners = serde_json::Map::new();
        for (metric, values) in rows(reports) {
            let places = best(metric, &contenders(metric, reports, &values));
            if !places.is_empty() {
                winners.insert(format!("{}{}", metric.lens.prefix(), metric.key), places.into());
            }
        }
        return Ok(out::json(&json!({ "plans": plans, "best": winners }))?);
    }
    let mut head = vec!["metric".to_string(), "unit".to_string()];
    head.extend(reports.iter().map(|(_, report)| clean(&report.scenario).into_owned()));
    let mut table: Vec<Vec<String>> = Vec::new();
    let mut verdicts = vec!["verdict".to_string(), String::new()];
    verdicts.extend(reports.iter().map(|(_, report)| document::verdict(report).0));
    table.push(verdicts);
    let mut walls = vec!["binding wall".to_string(), String::new()];
    walls.extend(reports.iter().map(|(_, report)| {
        report.binding_wall().map_or_else(|| "–".to_string(), |wall| format!("{} {}", wall.number, wall.name))
    }));
    table.push(walls);
    for (metric, values) in rows(reports) {
        let winners = best(metric, &contenders(metric, reports, &values));
        // Ratios read better as percentages, as in the other reports.
        let (scale, unit) = if metric.unit.is_empty() { (100.0, "%") } else { (1.0, metric.unit) };
        let mut row = vec![metric.label.to_string(), unit.to_string()];
        row.extend(values.iter().enumerate().map(|(index, value)| {
            let shown = value.map_or_else(|| "–".to_string(), |value| number(value * scale));
            if winners.contains(&index) { format!("{shown} best") } else { shown }
        }));
        table.push(row);
    }
    let head: Vec<&str> = head.iter().map(String::as_str).collect();
    match global.output {
        Output::Markdown => {
            let mut answer = String::new();
            markdown::table(&mut answer, &head, &table);
            out::payload(answer.trim_end())?;
        }
        Output::Html => out::payload(&html::page("Comparison of plans", &html::table(&head, &table)))?,
        Output::Text | Output::Json => {
            let paint = Paint { color: out::wants_color(global.color, &std::io::stdout()) };
            let lines = text::table(&head, &table, paint);
            let lines: Vec<String> = lines
                .iter()
                .map(|line| line.replace(" best", &format!(" {}", paint.tone(Tone::Good, "best"))))
                .collect();
            out::payload(&lines.join("\n"))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn metric(key: &str) -> &'static Metric {
        METRICS.iter().find(|metric| metric.key == key).unwrap()
    }

    #[test]
    fn the_best_cell_follows_the_direction_of_the_metric() {
        let values = [Some(3.0), Some(2.0), None];
        assert_eq!(best(metric("latency"), &values), [1]);
        assert_eq!(best(metric("throughput"), &values), [0]);
        assert!(best(metric("memory_capacity_gb"), &values).is_empty());
        assert!(best(metric("latency"), &[Some(1.0), Some(1.0)]).is_empty());
        assert!(best(metric("latency"), &[Some(1.0), None]).is_empty(), "nobody wins alone");
    }
}
