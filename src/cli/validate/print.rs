//! The answers of `validate` for people, notes and programs.

use serde_json::{Map, Value, json};

use super::super::out::{self, Paint, Tone, pad, pad_left};
use super::{Answer, Validation};
use crate::engine::validation::scores::Errors;

/// Reasons shown to people; JSON has them all.
const REASONS: usize = 12;

/// Columns of the tables for people.
const HEADS: [&str; 6] = ["rows", "MAPE", "median", "bias", "rank", "in band"];

fn kind(group: &str) -> &'static str {
    match group {
        "train" => "training step",
        "decode" => "decode",
        "prefill" => "prefill",
        "serve-offline" => "offline throughput",
        "serve-request" => "request latency",
        "serve-online" => "server under load",
        "memory-train" => "training memory",
        _ => "inference memory",
    }
}

fn cells(errors: &Errors) -> [String; 6] {
    // Steps are ranked by the share of peak that they use: their times rank by batch size.
    let rank = errors.rank_correlation_of_peak_share.or(errors.rank_correlation);
    [
        errors.rows.to_string(),
        format!("{:.1} %", errors.mape_pct),
        format!("{:.1} %", errors.median_pct),
        format!("{:+.1} %", errors.bias_pct),
        rank.map_or_else(|| "–".to_owned(), |rank| format!("{rank:.2}")),
        format!("{:.0} %", errors.coverage_pct),
    ]
}

fn unpredicted(validation: &Validation) -> Vec<(&Answer, &str)> {
    let reasons =
        validation.answers.iter().filter_map(|answer| Some((answer, answer.prediction.as_ref().err()?)));
    reasons.map(|(answer, reason)| (answer, reason.as_str())).collect()
}

fn headline(validation: &Validation, name: &str) -> String {
    let total = validation.answers.len();
    let predicted = total - unpredicted(validation).len();
    let stack = match validation.stack.name() {
        "known" => "the software that each source names",
        _ => "the software assumed for a plan that names none",
    };
    let coverage = validation.coverage.map(|(rows, sources)| {
        format!("; the 80 % bands hold {rows:.0} % of the rows, {sources:.0} % as the mean over sources")
    });
    let coverage = coverage.unwrap_or_default();
    format!("{}: {predicted} of {total} rows predicted, with {stack}{coverage}", out::clean(name))
}

const EXPLANATION: &str = "Errors of time or bytes. Macro: mean over sources. Bias above zero: predicted too long or too large. \
     Rank: rank correlation, for training steps of the share of peak in use. In band: measured inside the 80 % band.";

/// For reading.
pub fn text(validation: &Validation, name: &str, paint: Paint) -> String {
    let mut lines = vec![paint.tone(Tone::Strong, &headline(validation, name)), EXPLANATION.to_owned()];
    let wide = 60;
    for summary in &validation.summaries {
        lines.push(String::new());
        let title = format!("{}  macro {:.1} %", kind(summary.group), summary.macro_mape_pct);
        let heads: String = HEADS.iter().map(|head| pad_left(head, 9)).collect();
        lines.push(format!(
            "{}{}",
            paint.tone(Tone::Strong, &pad(&title, wide)),
            paint.tone(Tone::Quiet, &heads)
        ));
        let all = ("all rows".to_owned(), summary.all.clone());
        for (source, errors) in summary.sources.iter().chain((summary.sources.len() > 1).then_some(&all)) {
            let mut short: String = out::clean(source).chars().take(wide - 4).collect();
            if short.is_empty() {
                short.push_str("no source");
            }
            let figures: String = cells(errors).iter().map(|cell| pad_left(cell, 9)).collect();
            lines.push(format!("  {}{figures}", pad(&short, wide - 2)));
        }
    }
    let missing = unpredicted(validation);
    if !missing.is_empty() {
        lines.push(String::new());
        lines.push(paint.tone(Tone::Strong, &format!("Not predicted: {}", missing.len())));
        for (answer, reason) in missing.iter().take(REASONS) {
            lines.push(format!("  {}: {}", out::clean(&answer.id), out::clean(reason)));
        }
        if missing.len() > REASONS {
            lines.push(format!("  and {} more; --output json has all", missing.len() - REASONS));
        }
    }
    lines.join("\n")
}

/// For notes and pull requests.
pub fn markdown(validation: &Validation, name: &str) -> String {
    let safe = |text: &str| out::clean(text).replace('|', "\\|").replace('<', "&lt;");
    let mut lines = vec![
        "# Predictions against measurements".to_owned(),
        String::new(),
        format!("{}.", safe(&headline(validation, name))),
        EXPLANATION.to_owned(),
        String::new(),
        "| kind | source | rows | MAPE | median | bias | rank | in band |".to_owned(),
        "| --- | --- | --: | --: | --: | --: | --: | --: |".to_owned(),
    ];
    for summary in &validation.summaries {
        lines.push(format!(
            "| **{}** | **macro over {} sources** | {} | **{:.1} %** | | | | {:.0} % |",
            kind(summary.group),
            summary.sources.len(),
            summary.all.rows,
            summary.macro_mape_pct,
            summary.macro_coverage_pct
        ));
        for (source, errors) in &summary.sources {
            lines.push(format!("| | {} | {} |", safe(source), cells(errors).join(" | ")));
        }
    }
    let missing = unpredicted(validation);
    if !missing.is_empty() {
        lines.push(String::new());
        lines.push(format!("Not predicted: {}", missing.len()));
        lines.push(String::new());
        lines.extend(
            missing.iter().map(|(answer, reason)| format!("- {}: {}", safe(&answer.id), safe(reason))),
        );
    }
    lines.join("\n")
}

fn errors_json(errors: &Errors) -> Map<String, Value> {
    let mut map = Map::new();
    map.insert("rows".into(), json!(errors.rows));
    map.insert("mape_pct".into(), json!(errors.mape_pct));
    map.insert("median_pct".into(), json!(errors.median_pct));
    map.insert("bias_pct".into(), json!(errors.bias_pct));
    map.insert("rank_correlation".into(), json!(errors.rank_correlation));
    if let Some(rank) = errors.rank_correlation_of_peak_share {
        map.insert("rank_correlation_of_peak_share".into(), json!(rank));
    }
    map.insert("coverage_pct".into(), json!(errors.coverage_pct));
    map
}

fn row_json(answer: &Answer) -> Value {
    let row = answer.row.as_ref();
    let prediction = answer.prediction.as_ref();
    let found = prediction.ok();
    json!({
        "id": answer.id,
        "predicted": found.map(|found| found.value),
        "lower": found.map(|found| found.lower),
        "upper": found.map(|found| found.upper),
        "measured": row.and_then(|row| row.value),
        "unit": row.map(|row| &row.unit),
        "reason": prediction.err(),
        "line": answer.line,
        "kind": row.map(|row| row.kind.name()),
        "metric": row.map(|row| &row.metric),
        "source": row.map(|row| &row.source),
        "stack": found.map(|found| found.stack),
        "family_fitted": found.map(|found| found.fitted),
        "assumed": found.map_or(&[][..], |found| &found.assumed),
    })
}

/// For programs.
pub fn json(validation: &Validation) -> Value {
    let summaries = validation.summaries.iter().map(|summary| {
        let mut map = Map::new();
        map.insert("kind".into(), json!(summary.group));
        map.insert("sources".into(), json!(summary.sources.len()));
        map.insert("macro_mape_pct".into(), json!(summary.macro_mape_pct));
        map.insert("macro_coverage_pct".into(), json!(summary.macro_coverage_pct));
        map.extend(errors_json(&summary.all));
        let sources = summary.sources.iter().map(|(source, errors)| {
            let mut map = errors_json(errors);
            map.shift_insert(0, "source".into(), json!(source));
            Value::Object(map)
        });
        map.insert("by_source".into(), Value::Array(sources.collect()));
        Value::Object(map)
    });
    json!({
        "stack": validation.stack.name(),
        "predicted": validation.answers.len() - unpredicted(validation).len(),
        "not_predicted": unpredicted(validation).len(),
        "coverage_pct": validation.coverage.map(|(rows, _)| rows),
        "macro_coverage_pct": validation.coverage.map(|(_, sources)| sources),
        "rows": validation.answers.iter().map(row_json).collect::<Vec<_>>(),
        "summaries": summaries.collect::<Vec<_>>(),
    })
}
