//! `check_fit`: the question asked first.

use serde_json::json;

use super::words;
use super::{Answer, Effect, Job, Tool, object};
use crate::engine::report::LensStatus;
use crate::mcp::arguments::{Argument, Kind, PHYSICS, PLAN};
use crate::mcp::draft;
use crate::mcp::errors::Refusal;
use crate::metrics::Lens;
use crate::render::numbers::number;
use crate::yaml::MAX_BYTES;

const ARGUMENTS: [Argument; 10] = {
    let [model, accelerator, accelerators, precision, mode, batch, seq, region] = draft::FLAT;
    let plan =
        Argument::optional(PLAN.name, Kind::Text(MAX_BYTES), "", "The plan, YAML, or model and accelerator.");
    [plan, model, accelerator, accelerators, precision, mode, batch, seq, region, PHYSICS]
};

/// The tool.
pub const TOOL: Tool = Tool {
    name: "check_fit",
    title: "Does it fit in memory?",
    description: "Does a model fit on some accelerators? Memory needed on each by part, the headroom, how many \
        sequences fit. Takes a plan, or just model and accelerator (model=Llama3_70B accelerator=H100); plan_yaml in \
        the answer is the plan to go on with.",
    arguments: &ARGUMENTS,
    output: || {
        object(
            json!({
                "fits": {"type": "boolean"},
                "f_summary": {"type": "string"},
                "headroom_gb": {"type": ["number", "null"], "description": "Negative where it does not fit."},
                "parts_gb": {"type": "object"},
                "max_concurrency": {"type": ["number", "null"]},
                "assumed": {"type": "object", "description": "Taken for what was left out."},
                "plan_yaml": {"type": "string"},
            }),
            &["fits", "f_summary", "plan_yaml"],
        )
    },
    effect: Effect::None,
    open_plan: false,
    work,
};

fn work(job: &Job<'_>) -> Result<Answer, Refusal> {
    let flat = job.given.has("model") || job.given.has("accelerator");
    if flat && job.given.has(PLAN.name) {
        return Err(Refusal::new("conflict", "model", "a plan and a model were both given")
            .fix("give yaml_config_string alone, or model and accelerator"));
    }
    let own = job.given.has(PLAN.name) || (!flat && job.bench.plan.is_some());
    let text = if own { job.bench.text(job.given)? } else { draft::from_flat(job.given)? };
    let evaluated = job
        .bench
        .evaluate(&text, job.bench.physics(job.given))
        .map_err(|refusal| if own { refusal } else { refusal.of_arguments(&draft::FLAT_FIELDS) })?;
    let sequences = evaluated.plan.workload.model.facts.kind.is_transformer();
    let assumed = job.given.assumed(&draft::FLAT, |name| !own && (sequences || name != "seq_len"));
    let report = &evaluated.report;
    let fits = report.feasibility.status == LensStatus::Pass;
    let metric = |key| report.metric(Lens::Feasibility, key);
    let (used, capacity) = (metric("memory_used_gb"), metric("memory_capacity_gb"));
    let headroom = used.zip(capacity).map(|(used, capacity)| capacity - used);
    let concurrency = report.metric(Lens::Performance, "max_concurrency");
    let mut answer = format!(
        "{}: {}\n",
        if fits { "Yes, it fits" } else { "No, it does not fit" },
        report.feasibility.summary
    );
    if !assumed.is_empty() {
        answer.push_str(&format!("assumed: {}\n", words::assumed(&assumed)));
    }
    let mut parts = serde_json::Map::new();
    for part in report.memory.iter().flat_map(|memory| &memory.parts) {
        parts.insert(part.key.into(), json!(part.value / 1e9));
        answer.push_str(&format!("{}: {} GB\n", part.label, number(part.value / 1e9)));
    }
    if let Some(headroom) = headroom {
        answer.push_str(&format!("headroom: {} GB per accelerator\n", number(headroom)));
    }
    if let Some(concurrency) = concurrency {
        answer.push_str(&format!("concurrent sequences that fit at this context: {}\n", number(concurrency)));
    }
    answer.push_str(&words::suggestions(report));
    answer.push_str(&format!("\nplan:\n{text}"));
    let structured = json!({
        "fits": fits,
        "f_status": report.feasibility.status.name(),
        "f_summary": report.feasibility.summary,
        "used_gb": used,
        "capacity_gb": capacity,
        "headroom_gb": headroom,
        "parts_gb": parts,
        "max_concurrency": concurrency,
        "suggestions": crate::engine::json::flat(report, false)["suggestions"],
        "assumed": assumed,
        "plan_yaml": text,
    });
    Ok(Answer { text: answer, structured })
}
