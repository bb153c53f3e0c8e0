//! `optimize`: how to divide, batch or place one plan, or which design is the best by some objectives.

mod designs;

use serde_json::{Value, json};

use super::words;
use super::{Answer, Effect, Job, Tool, object};
use crate::engine::optimize;
use crate::mcp::arguments::{Argument, CONSTRAINTS, Kind, PHYSICS, PLAN, ROWS};
use crate::mcp::draft;
use crate::mcp::errors::Refusal;
use crate::render::numbers::number;

const ABOVE_ZERO: Kind = Kind::Number(0.0, f64::INFINITY);

/// The tool.
pub const TOOL: Tool = Tool {
    name: "optimize",
    title: "Optimize one plan",
    description: "Makes one plan better. designs: cheaper, faster, greener or less of any metric, over accelerator, count, parallelism, precision, region and, serving, batch; with two to four objectives the designs that no other beats. Keeps what the plan asserts and constraints say: constraints=[\"p_time_to_train_days<=30\"]. cost is per million tokens: the least is also the cheapest whole training (training_usd). Narrow searches: parallelism (divide the fleet), batching (most served within a latency), placement (region). searched says what was varied and held. To choose the values yourself use sweep.",
    arguments: &[
        PLAN,
        Argument::optional(
            "what",
            Kind::Choice(&[
                ("designs", "by objectives"),
                ("parallelism", ""),
                ("batching", ""),
                ("placement", ""),
            ]),
            "\"designs\"",
            "What to search.",
        ),
        Argument::optional(
            "objectives",
            Kind::Texts(1, 4, 100),
            "",
            "For designs: cost, tco, latency, throughput, energy, carbon, time-to-train, or keys of metrics. Default: cost, \
             latency.",
        ),
        Argument::optional(
            "vary",
            Kind::Texts(1, 8, 2000),
            "",
            "For designs: FIELD=VALUES each, as in sweep, in place of what is tried for that field; hardware.name=H100 keeps it.",
        ),
        Argument {
            doc: "For designs: METRIC<=VALUE or METRIC>=VALUE each; written into the plan.",
            ..CONSTRAINTS
        },
        Argument::optional("limit", Kind::Integer(1, 200), "5", "Most candidates in the answer."),
        ROWS,
        Argument::optional(
            "sla_ms",
            ABOVE_ZERO,
            "",
            "For batching: longest 99th percentile of a whole request, ms. Required there.",
        ),
        Argument::optional(
            "request_rate_per_s",
            ABOVE_ZERO,
            "",
            "For batching: requests per second. Required there.",
        ),
        Argument::optional(
            "carbon_usd_per_tonne",
            Kind::Number(-1.0, 1e6),
            "",
            "For placement: price of carbon; without it, the plan's.",
        ),
        PHYSICS,
    ],
    output: || {
        object(
            json!({
                "status": {"type": "string"},
                "summary": {"type": "string"},
                "searched": {"type": "string"},
                "edits": {"type": "array"},
                "candidates": {"type": "array", "description": "Best first; with one objective the winner, then the best at each other value of the first field that varies."},
                "notes": {"type": "array"},
                "yaml": {"type": ["string", "null"]},
                "before": {"type": "object"},
            }),
            &["status", "summary", "edits", "candidates"],
        )
    },
    effect: Effect::None,
    open_plan: false,
    work,
};

fn work(job: &Job<'_>) -> Result<Answer, Refusal> {
    let what = job.given.choice("what", "designs");
    if what == "designs" {
        return designs::work(job);
    }
    for name in ["objectives", "vary", CONSTRAINTS.name] {
        if !job.given.texts(name).is_empty() {
            return Err(Refusal::new("not-used", name, format!("{what} takes no {name}"))
                .fix("leave it out, or search designs"));
        }
    }
    let evaluated = job.bench.given(job.given)?;
    let registry = evaluated.reading.registry_or(&job.bench.registry);
    let need = |name: &str| {
        job.given.number(name).ok_or_else(|| {
            let both = ["sla_ms", "request_rate_per_s"];
            let missing: Vec<&str> =
                both.into_iter().filter(|name| job.given.number(name).is_none()).collect();
            let missing = missing.join(" and ");
            Refusal::new("missing-argument", name, format!("batching needs {missing}"))
                .fix(format!("add {missing}"))
        })
    };
    job.progress.step(0.0, 1.0, || "searching".into())?;
    let found = match what.as_str() {
        "batching" => {
            optimize::batching(&evaluated.plan, registry, need("sla_ms")?, need("request_rate_per_s")?)
        }
        "placement" => {
            let tax = job.given.number("carbon_usd_per_tonne");
            if tax.is_some_and(|tax| tax < 0.0) {
                return Err(Refusal::new(
                    "out-of-range",
                    "carbon_usd_per_tonne",
                    "a price of carbon is not negative",
                )
                .allowed("a number of at least 0"));
            }
            optimize::placement(&evaluated.plan, registry, tax)
        }
        _ => optimize::parallelism(&evaluated.plan, registry),
    };
    let found = found.map_err(|error| Refusal::new("not-searchable", PLAN.name, error.to_string()))?;
    let yaml =
        if found.edits.is_empty() { None } else { Some(draft::set_all(&evaluated.text, &found.edits)?) };
    let full = job.given.choice("detail", "concise") == "full";
    let limit = job.given.integer("limit").and_then(|most| usize::try_from(most).ok()).unwrap_or(5);
    let mut outputs = found.outputs.clone();
    if !full {
        // The long lists stand in the candidates already, best first.
        outputs.retain(|_, value| match value {
            Value::Array(items) => items.len() <= limit,
            Value::Object(entries) => entries.len() <= limit,
            _ => true,
        });
    }
    let candidates: Vec<Value> = found
        .rows
        .iter()
        .take(if full { 200 } else { limit })
        .map(|row| {
            let cells = found.columns.iter().zip(row).map(|(head, cell)| ((*head).to_owned(), cell.clone()));
            Value::Object(cells.collect())
        })
        .collect();
    let mut text = format!("{}\nsearched: {}\n", found.sentence, found.searched);
    if let Some((name, value, unit)) = &found.objective {
        text.push_str(&format!("{name}: {} {unit}\n", number(*value)));
    }
    for (path, value) in &found.edits {
        text.push_str(&format!("{path}={value}\n"));
    }
    for note in &found.notes {
        text.push_str(&format!("note: {note}\n"));
    }
    text.push_str(&format!("{}\n", found.columns.join(" | ")));
    for row in found.rows.iter().take(limit) {
        let cells: Vec<String> = row
            .iter()
            .map(|cell| match cell {
                Value::Number(value) => value.as_f64().map_or_else(String::new, number),
                Value::String(text) => text.clone(),
                _ => "–".into(),
            })
            .collect();
        text.push_str(&format!("{}\n", cells.join(" | ")));
    }
    if let Some(yaml) = &yaml {
        let after = job.bench.evaluate(yaml, job.bench.physics(job.given))?;
        text.push_str(&format!("{}\n\nplan:\n{yaml}", words::headline(&after.report)));
    }
    let objective = found
        .objective
        .map_or(Value::Null, |(name, value, unit)| json!({"name": name, "value": value, "unit": unit}));
    let structured = json!({
        "status": found.status.name(),
        "summary": found.sentence,
        "searched": found.searched,
        "objective": objective,
        "edits": words::edits(&found.edits),
        "outputs": outputs,
        "candidates": candidates,
        "notes": found.notes,
        "yaml": yaml,
    });
    Ok(Answer { text, structured })
}
