//! `compare`: plans side by side, the best cell of each metric marked with a word.

use serde_json::{Value, json};

use super::args::{CompareArgs, Global, Output};
use super::input::{self, Session, Source};
use super::out::{self, Failure, Outcome, Paint, Tone, clean};
use crate::engine::Report;
use crate::files;
use crate::metrics::{Better, METRICS, Metric};
use crate::render::comparison::{best, told};
use crate::render::{document, html, markdown, numbers::number, text};
use crate::search::attribution::{Attribution, MOST_EDITS, Story, attribute};

/// Runs the command. The exit code is that of the worst plan.
pub fn run(args: &CompareArgs, global: &Global) -> Outcome {
    let session = Session::open(global);
    let mut sources: Vec<Source> = Vec::with_capacity(args.plans.len() + 1);
    if let (true, Some(first)) = (args.git, args.plans.first()) {
        let text = files::committed(first).map_err(Failure::bad_input)?;
        sources.push(Source::new(first.display().to_string(), text));
    }
    for path in &args.plans {
        sources.push(input::source(path)?);
    }
    if sources.len() < 2 {
        return Err(Failure::bad_input(
            "compare needs two plans, or --git to compare one with its last commit",
        ));
    }
    let mut reports: Vec<(String, Report)> = Vec::with_capacity(sources.len());
    for source in &sources {
        let (reading, report) = session.evaluate(source);
        match report {
            Some(report) if report.error.is_none() => reports.push((source.name.clone(), report)),
            Some(report) => {
                let (message, path) = report.error.unwrap_or_default();
                let mut diagnostics = reading.diagnostics;
                diagnostics.push(input::evaluation_error(&reading.spans, &source.text, message, path));
                return input::refuse(source, &diagnostics, global);
            }
            None => return input::refuse(source, &reading.diagnostics, global),
        }
    }
    if args.git {
        reports[0].0 = format!("{} as committed", reports[0].0);
    }
    let stories: Vec<Option<Attribution>> = sources
        .iter()
        .skip(1)
        .map(|other| {
            attribute(&sources[0].text, &other.text, |text| {
                session.evaluate(&Source::new(other.name.as_str(), text)).1
            })
        })
        .collect();
    print(&reports, &stories, global)?;
    Ok(super::eval::worst(reports.iter().map(|(_, report)| report.status)))
}

fn print(
    reports: &[(String, Report)],
    stories: &[Option<Attribution>],
    global: &Global,
) -> Result<(), Failure> {
    if global.output == Output::Json {
        let plans: Vec<Value> = reports
            .iter()
            .map(|(file, report)| json!({ "file": file, "report": crate::engine::json::flat(report, false) }))
            .collect();
        let mut winners = serde_json::Map::new();
        for (metric, _, places) in best(&plain(reports)) {
            if !places.is_empty() {
                winners.insert(format!("{}{}", metric.lens.prefix(), metric.key), places.into());
            }
        }
        let changes: Vec<Value> = (stories.iter().zip(1..))
            .filter_map(|(story, at)| Some(changes_json(story.as_ref()?, at, reports)))
            .collect();
        return Ok(out::json(&json!({ "plans": plans, "best": winners, "changes": changes }))?);
    }
    let mut head = vec!["metric".to_string(), "unit".to_string()];
    let same_names = reports.iter().any(|(_, report)| report.scenario == reports[0].1.scenario)
        && reports.iter().skip(1).any(|(_, report)| report.scenario == reports[0].1.scenario);
    head.extend(reports.iter().map(|(file, report)| {
        // Two versions of one plan share its name.
        clean(if same_names { file } else { &report.scenario }).into_owned()
    }));
    let mut table: Vec<Vec<String>> = Vec::new();
    let mut verdicts = vec!["verdict".to_string(), String::new()];
    verdicts.extend(reports.iter().map(|(_, report)| document::verdict(report).0));
    table.push(verdicts);
    let mut walls = vec!["binding wall".to_string(), String::new()];
    walls.extend(reports.iter().map(|(_, report)| {
        report.binding_wall().map_or_else(|| "–".to_string(), |wall| format!("{} {}", wall.number, wall.name))
    }));
    table.push(walls);
    for (metric, values, winners) in best(&plain(reports)) {
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
    let lists: Vec<(String, Vec<String>)> = (stories.iter().zip(1..))
        .filter_map(|(story, at)| story.as_ref().map(|story| tell(story, at, reports)))
        .flatten()
        .collect();
    match global.output {
        Output::Markdown => {
            let mut answer = String::new();
            markdown::table(&mut answer, &head, &table);
            for (title, lines) in lists {
                answer.push_str(&format!("## {}\n\n", markdown::escape(&title)));
                for line in lines {
                    answer.push_str(&format!("- {}\n", markdown::escape(&line)));
                }
                answer.push('\n');
            }
            out::payload(answer.trim_end())?;
        }
        Output::Html => {
            let mut content = html::table(&head, &table);
            for (title, lines) in lists {
                content.push_str(&format!("<h2>{}</h2>\n<ul class=\"says\">\n", html::escape(&title)));
                for line in lines {
                    content.push_str(&format!("<li>{}</li>\n", html::escape(&line)));
                }
                content.push_str("</ul>\n");
            }
            out::payload(&html::page("Comparison of plans", &content))?;
        }
        _ => {
            let paint = Paint { color: out::wants_color(global.color, &std::io::stdout()) };
            let lines = text::table(&head, &table, paint);
            let lines: Vec<String> = lines
                .iter()
                .map(|line| line.replace(" best", &format!(" {}", paint.tone(Tone::Good, "best"))))
                .collect();
            let mut answer = lines.join("\n");
            for (title, lines) in lists {
                answer.push_str(&format!("\n\n{}", paint.tone(Tone::Strong, &clean(&title))));
                for line in lines {
                    answer.push_str(&format!("\n  {}", clean(&line)));
                }
            }
            out::payload(&answer)?;
        }
    }
    Ok(())
}

fn plain(reports: &[(String, Report)]) -> Vec<&Report> {
    reports.iter().map(|(_, report)| report).collect()
}

/// A figure with its unit.
fn shown(metric: &Metric, value: f64) -> String {
    let (scale, unit) = if metric.unit.is_empty() { (100.0, "%") } else { (1.0, metric.unit) };
    format!("{} {unit}", number(value * scale))
}

/// The figures that change from the first plan to plan `at`, and how.
fn changed(
    attribution: &Attribution,
    at: usize,
    reports: &[(String, Report)],
) -> Vec<(&'static Metric, Story)> {
    METRICS
        .iter()
        .filter_map(|metric| Some((metric, attribution.story(metric, &reports[0].1, &reports[at].1)?)))
        .collect()
}

/// The edits from the first plan to plan `at`, and what they explain, as headed lists.
fn tell(attribution: &Attribution, at: usize, reports: &[(String, Report)]) -> Vec<(String, Vec<String>)> {
    let edits: Vec<String> = attribution
        .edits
        .iter()
        .zip(1..)
        .map(|(edit, number): (_, usize)| format!("{number} {}", edit.sentence()))
        .collect();
    let from_to = format!("from {} to {}", reports[0].0, reports[at].0);
    if edits.is_empty() {
        return vec![(format!("Edits {from_to}"), vec!["none: the plans say the same".into()])];
    }
    let mut lists = vec![(format!("Edits {from_to}"), edits)];
    if attribution.edits.len() > MOST_EDITS {
        return lists;
    }
    let lines: Vec<String> = changed(attribution, at, reports)
        .into_iter()
        .map(|(metric, story)| {
            let better =
                match (metric.judged([story.values.0, story.values.1]), story.values.1 > story.values.0) {
                    (Better::Neither, _) => "",
                    (Better::Lower, false) | (Better::Higher, true) => " better",
                    _ => " worse",
                };
            let shares = story.shares.iter().map(|share| (share.edit + 1, share.alone, share.last));
            let interaction = story.interacts().then_some(story.interaction);
            format!(
                "{}: {} to {}{better}: {}",
                metric.label,
                shown(metric, story.values.0),
                shown(metric, story.values.1),
                told(shares, interaction, |value| shown(metric, value))
            )
        })
        .collect();
    if !lines.is_empty() {
        lists.push(("Which edit explains what".into(), lines));
    }
    lists
}

fn changes_json(attribution: &Attribution, at: usize, reports: &[(String, Report)]) -> Value {
    let edits: Vec<Value> = attribution
        .edits
        .iter()
        .map(|edit| json!({ "path": edit.path, "before": edit.before, "after": edit.after }))
        .collect();
    let figures: serde_json::Map<String, Value> = changed(attribution, at, reports)
        .into_iter()
        .map(|(metric, story)| {
            let shares: Vec<Value> = story
                .shares
                .iter()
                .map(|share| json!({ "edit": share.edit, "alone": share.alone, "last": share.last }))
                .collect();
            let value = json!({
                "from": story.values.0,
                "to": story.values.1,
                "edits": shares,
                "interaction": story.interaction,
            });
            (format!("{}{}", metric.lens.prefix(), metric.key), value)
        })
        .collect();
    json!({ "from": reports[0].0, "to": reports[at].0, "edits": edits, "figures": figures })
}
