//! Reports in a few words: what an agent reads first.

use serde_json::{Map, Value, json};

use crate::engine::figures::Figures;
use crate::engine::format;
use crate::engine::report::{LensStatus, Part, Report, Status};
use crate::metrics::{Lens, METRICS, Metric};
use crate::render::numbers::{bytes, number, percent, seconds};
use crate::render::{division, document};
use crate::search::optimize::notes;

/// The answer to a plan in one line.
pub fn headline(report: &Report) -> String {
    let (word, _, _) = document::verdict(report);
    let main = match report.status {
        Status::Infeasible => vec![report.feasibility.summary.as_str()],
        _ => vec![
            report.feasibility.summary.as_str(),
            report.performance.summary.as_str(),
            report.economics.summary.as_str(),
        ],
    };
    let mut line = format!("{word}: {}", main.join("; "));
    if report.status == Status::SlaFailed {
        let broken: Vec<String> =
            report.violations.iter().map(crate::engine::report::Violation::sentence).collect();
        line.push_str(&format!(". Fails: {}", broken.join("; ")));
    }
    line
}

/// A metric of a report as `p_itl_ms = 45.2 ms (ITL)`.
pub fn metric_line(metric: &Metric, value: f64) -> String {
    let unit = if metric.unit.is_empty() { String::new() } else { format!(" {}", metric.unit) };
    format!("{}{} = {}{unit} ({})", metric.lens.prefix(), metric.key, number(value), metric.label)
}

/// The whole report in lines, without what `full` adds.
pub fn report(report: &Report) -> String {
    let division = division::chosen(report).map_or_else(String::new, |words| format!("; {words}"));
    let training = training(&Figures::of(report));
    let mut text = format!("{}{training}{division}\n", headline(report));
    for lens in [&report.feasibility, &report.performance, &report.economics] {
        if lens.status != LensStatus::Pass {
            text.push_str(&format!("{} {}: {}\n", lens.lens.name(), lens.status.name(), lens.summary));
        }
    }
    text.push_str(&format!("mode {}, {} physics\n", report.mode.name(), report.physics.name()));
    if let Some(wall) = report.binding_wall() {
        text.push_str(&format!("binding wall: {} {}. {}\n", wall.number, wall.name, wall.sentence));
    }
    for metric in METRICS {
        if let Some(value) = report.metric(metric.lens, metric.key) {
            text.push_str(&format!("{}\n", metric_line(metric, value)));
        }
    }
    for warning in &report.warnings {
        text.push_str(&format!("warning {}: {}\n", warning.code, warning.message));
    }
    for said in report.tco.iter().flat_map(|tco| &tco.assumed) {
        text.push_str(&format!("assumed: {said}\n"));
    }
    text.push_str(&suggestions(report));
    text
}

/// What `full` adds, a line each; the structured content has every part, equation and source.
pub fn parts(report: &Report) -> String {
    let mut text = String::from("\n");
    let mut line = |head: &str, parts: &[Part], show: &dyn Fn(f64) -> String| {
        let told: Vec<String> =
            parts.iter().map(|part| format!("{} {}", part.label, show(part.value))).collect();
        if !told.is_empty() {
            text.push_str(&format!("{head}: {}\n", told.join(", ")));
        }
    };
    if let Some(memory) = &report.memory {
        line("memory of each accelerator", &memory.parts, &bytes);
    }
    if let Some(timeline) = &report.timeline {
        line("time", &timeline.segments, &seconds);
    }
    if let Some(tco) = &report.tco {
        line("cost", &tco.terms, &format::usd);
    }
    line("elasticity of the time", &report.sensitivities, &number);
    for wall in &report.walls {
        let pressure = wall.pressure.filter(|pressure| pressure.is_finite());
        let Some(pressure) = pressure else { continue };
        text.push_str(&format!(
            "wall {} {} {}, {}: {}\n",
            wall.number,
            wall.name,
            document::state_words(wall),
            percent(pressure),
            wall.sentence
        ));
    }
    let silent: Vec<String> = report
        .walls
        .iter()
        .filter(|wall| wall.pressure.is_none_or(|pressure| !pressure.is_finite()))
        .map(|wall| format!("{} {}", wall.number, wall.name))
        .collect();
    if !silent.is_empty() {
        text.push_str(&format!("walls without a pressure here: {}\n", silent.join(", ")));
    }
    text
}

/// What training on the plan's tokens takes and costs in all, where it does: `, trained in 12.3 days for $1.2M in all`.
pub fn training(figures: &Figures) -> String {
    let days = figures.metric(Lens::Performance, "time_to_train_days");
    let days = days.map_or_else(String::new, |days| format!(", trained in {} days", number(days)));
    let usd = notes::training_usd(figures);
    let usd = usd.map_or_else(String::new, |usd| format!(" for {} in all", format::usd(usd)));
    format!("{days}{usd}")
}

/// The suggestions, numbered as `apply_suggestion` takes them.
pub fn suggestions(report: &Report) -> String {
    let mut text = String::new();
    for (index, suggestion) in report.suggestions.iter().enumerate() {
        let edits: Vec<String> =
            suggestion.edits.iter().map(|(path, value)| format!("{path}={value}")).collect();
        text.push_str(&format!(
            "suggestion {}: {} ({}) [{}]\n",
            index + 1,
            suggestion.title,
            suggestion.gain,
            edits.join(", ")
        ));
    }
    text
}

/// What suggestions are, so that they are not taken for the best of a search.
pub fn searched(report: &Report) -> String {
    let mut goals: Vec<&str> = Vec::new();
    for suggestion in &report.suggestions {
        let fits = report.feasibility.status == LensStatus::Fail;
        let goal = if fits { "memory" } else { suggestion.metric.as_str() };
        if !goals.contains(&goal) {
            goals.push(goal);
        }
    }
    format!(
        "usual changes for {}, one at a time; held: everything else of the plan. optimize searches combinations",
        goals.join(", ")
    )
}

/// Warnings a line each, but for what the answer says itself.
pub fn warnings(report: &Report) -> String {
    let told = report.warnings.iter().filter(|warning| warning.code != "parallelism_chosen");
    let lines: Vec<String> =
        told.map(|warning| format!("warning {}: {}\n", warning.code, warning.message)).collect();
    lines.concat()
}

/// What a table of plans shows of each: status and the metrics that it has.
pub fn brief(report: &Report) -> Map<String, Value> {
    let mut object = Map::new();
    object.insert("status".into(), json!(report.status.name()));
    object.insert("f_status".into(), json!(report.feasibility.status.name()));
    object.insert("binding_wall".into(), json!(report.binding_wall().map(|wall| wall.name)));
    for metric in METRICS {
        if let Some(value) = report.metric(metric.lens, metric.key).filter(|value| value.is_finite()) {
            object.insert(format!("{}{}", metric.lens.prefix(), metric.key), json!(value));
        }
    }
    object
}

/// Metrics that people ask for, by flat key: what a table of plans shows where it is concise.
const TOLD: [&str; 13] = [
    "f_memory_utilization",
    "p_step_latency",
    "p_mfu",
    "p_ttft_ms",
    "p_itl_ms",
    "p_output_tokens_per_s",
    "p_tokens_per_s",
    "p_offered_load",
    "p_time_to_train_days",
    "m_tco_usd",
    "m_annual_tco_usd",
    "m_carbon_footprint",
    "m_usd_per_million_tokens",
];

/// Takes the metrics out of a row that nobody asks for, but for those named in `also`.
pub fn shorten(row: &mut Map<String, Value>, also: &[String]) {
    row.retain(|key, _| {
        METRICS.iter().all(|metric| !is(metric, key))
            || TOLD.contains(&key.as_str())
            || also.iter().any(|name| name == key)
    });
}

/// Whether this is the flat key of a metric.
fn is(metric: &Metric, key: &str) -> bool {
    key.strip_prefix(metric.lens.prefix()).is_some_and(|bare| bare == metric.key)
}

/// What was taken for arguments that were left out: `prompt_tokens 1024, region US_Avg`.
pub fn assumed(values: &Map<String, Value>) -> String {
    let one = |(name, value): (&String, &Value)| match value {
        Value::String(text) => format!("{name} {text}"),
        Value::Array(items) => {
            let items: Vec<&str> = items.iter().filter_map(Value::as_str).collect();
            format!("{name} {}", items.join("/"))
        }
        other => format!("{name} {other}"),
    };
    values.iter().map(one).collect::<Vec<_>>().join(", ")
}

/// The codes at the end of a line, where there are any.
pub fn codes(codes: &[&str]) -> String {
    // That a division was chosen says nothing where it was of every plan.
    let codes: Vec<&str> = codes.iter().copied().filter(|code| *code != "parallelism_chosen").collect();
    if codes.is_empty() { String::new() } else { format!(" (warns: {})", codes.join(", ")) }
}

/// A metric by flat key (`p_itl_ms`), assertion name (`performance.itl_ms`), bare key or label.
pub fn metric_named(name: &str, report: Option<&Report>) -> Option<&'static Metric> {
    let name = name.trim();
    let plain = |text: &str| text.replace([' ', '-'], "_");
    let spelt = plain(name);
    let same = |other: &str| plain(other).eq_ignore_ascii_case(&spelt);
    let exact = METRICS.iter().find(|metric| {
        same(&format!("{}{}", metric.lens.prefix(), metric.key))
            || same(&format!("{}.{}", metric.lens.name(), metric.key))
    });
    let has =
        |metric: &&Metric| report.is_some_and(|report| report.metric(metric.lens, metric.key).is_some());
    // People leave the unit out: `annual_tco`.
    let bare = |key: &'static str| {
        ["_usd", "_ms", "_gb", "_days", "_kwh"].iter().find_map(|unit| key.strip_suffix(unit)).unwrap_or(key)
    };
    let loose = || {
        METRICS.iter().filter(move |metric| {
            let key = format!("{}{}", metric.lens.prefix(), bare(metric.key));
            same(metric.key) || same(metric.label) || same(bare(metric.key)) || same(&key)
        })
    };
    exact.or_else(|| loose().find(has)).or_else(|| loose().next())
}

/// The flat keys of all metrics.
pub fn metric_keys() -> Vec<String> {
    METRICS.iter().map(|metric| format!("{}{}", metric.lens.prefix(), metric.key)).collect()
}

/// Edits as JSON: `{"hardware.accelerators": "16"}` in order.
pub fn edits(edits: &[(String, String)]) -> Value {
    edits.iter().map(|(path, value)| json!({"path": path, "value": value})).collect()
}
