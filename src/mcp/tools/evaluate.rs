//! `evaluate_cluster_yaml` and `validate_plan`: a plan to its report, and to its problems.

use serde_json::{Map, Value, json};

use super::words;
use super::{Answer, Effect, Job, Tool, object};
use crate::engine::json;
use crate::mcp::arguments::{DETAIL, PHYSICS, PLAN};
use crate::mcp::errors::{self, Refusal};
use crate::metrics::METRICS;
use crate::plan::{Severity, diagnostic, mend};

/// The tool.
pub const TOOL: Tool = Tool {
    name: "evaluate_cluster_yaml",
    title: "Evaluate a plan",
    description: "Does it fit, how fast is it, what does it cost? One plan as YAML to every number: memory per \
        accelerator, TTFT, ITL, tokens/s or step time and MFU, TCO (m_annual_tco_usd is scaled to 365 days), energy, \
        carbon, the binding wall (wall 2 Memory in a plan that fits: memory bandwidth limits it), and suggestions. f_status FAIL means out of memory (f_summary \
        says OOM and by how much): call suggest_fixes, then apply_suggestion. An infeasible plan is an answer, not an \
        error; a plan that cannot be read is an error with the line. Add an ops block (region, duration_days) to get \
        money and carbon. Deterministic; under a millisecond.",
    arguments: &[PLAN, DETAIL, PHYSICS],
    output: report_schema,
    effect: Effect::None,
    open_plan: false,
    work,
};

/// The tool.
pub const VALIDATE: Tool = Tool {
    name: "validate_plan",
    title: "Find every problem of a plan",
    description: "Every problem of a plan's text at once, with line, column, what is allowed, the nearest name and a \
        fix, and the text with those fixes applied that leave no choice. Call it while drafting; \
        evaluate_cluster_yaml reports the same errors.",
    arguments: &[PLAN, PHYSICS],
    output: || {
        object(
            json!({
                "valid": {"type": "boolean", "description": "True where no problem is an error."},
                "errors": {"type": "integer"},
                "warnings": {"type": "integer"},
                "problems": {"type": "array", "items": {"type": "object"}},
                "applied_fixes": {"type": "array", "items": {"type": "string"}},
                "fixed_yaml": {"type": ["string", "null"], "description": "The text with the fixes applied; null where there is nothing to fix."},
            }),
            &["valid", "errors", "warnings", "problems"],
        )
    },
    effect: Effect::None,
    open_plan: false,
    work: validate,
};

fn work(job: &Job<'_>) -> Result<Answer, Refusal> {
    let evaluated = job.bench.given(job.given)?;
    let full = job.given.choice("detail", "concise") == "full";
    let mut text = words::report(&evaluated.report);
    for diagnostic in evaluated.reading.diagnostics.iter().take(20) {
        text.push_str(&format!(
            "{} line {}: {}\n",
            diagnostic.severity.name(),
            diagnostic.line,
            diagnostic.message
        ));
    }
    if full {
        let document = crate::render::document::document(&evaluated.report, true);
        let paint = crate::render::paint::Paint { color: false };
        text.push_str(&format!("\n{}", crate::render::text::print(&document, paint)));
    }
    Ok(Answer { text, structured: json::flat(&evaluated.report, full) })
}

fn validate(job: &Job<'_>) -> Result<Answer, Refusal> {
    let source = job.bench.text(job.given)?;
    let physics = job.bench.physics(job.given);
    let reading = job.bench.read(&source, physics);
    let count = |severity| reading.diagnostics.iter().filter(|one| one.severity == severity).count();
    let (errors, warnings) = (count(Severity::Error), count(Severity::Warning));
    let (fixed, applied) = mend::mend(&source, |text| job.bench.read(text, physics).diagnostics);
    let problems: Vec<Value> = reading.diagnostics.iter().map(|one| errors::problem(one, &source)).collect();
    let mut text = if errors == 0 {
        format!(
            "valid{}\n",
            diagnostic::summary(&reading.diagnostics)
                .map_or_else(String::new, |words| format!(", with {words}"))
        )
    } else {
        format!("not valid: {}\n", diagnostic::summary(&reading.diagnostics).unwrap_or_default())
    };
    text.push_str(&diagnostic::render(&reading.diagnostics, &source, "plan"));
    if !applied.is_empty() {
        text.push_str(&format!("\nfixed_yaml has these fixes applied: {}\n{fixed}", applied.join("; ")));
    }
    let structured = json!({
        "valid": errors == 0,
        "errors": errors,
        "warnings": warnings,
        "problems": problems,
        "applied_fixes": applied,
        "fixed_yaml": (fixed != source).then_some(fixed),
    });
    Ok(Answer { text, structured })
}

/// Schema of a report, from the table of metrics.
pub fn report_schema() -> Value {
    let text = |doc: &str| json!({"type": "string", "description": doc});
    let maybe = |doc: &str| json!({"type": ["string", "null"], "description": doc});
    let mut properties = Map::new();
    properties.insert("scenario".into(), text("The plan's name."));
    properties.insert(
        "status".into(),
        json!({"enum": ["ok", "infeasible", "sla_failed"], "description": "The whole verdict."}),
    );
    for (key, doc) in
        [("f_status", "Does it fit?"), ("p_status", "Is it fast?"), ("m_status", "Money and carbon.")]
    {
        properties.insert(key.into(), json!({"enum": ["PASS", "FAIL", "SKIPPED"], "description": doc}));
    }
    for metric in METRICS {
        let unit = if metric.unit.is_empty() { "ratio".to_owned() } else { metric.unit.to_owned() };
        properties.insert(
            format!("{}{}", metric.lens.prefix(), metric.key),
            json!({"type": ["number", "null"], "description": format!("{} In {unit}.", metric.doc)}),
        );
    }
    for key in ["f_summary", "p_summary", "m_summary"] {
        properties.insert(key.into(), text("One sentence."));
    }
    properties.insert("bottleneck".into(), maybe("Memory or Compute: the longer side of the roofline."));
    properties.insert("binding_wall".into(), maybe("The wall that limits the plan."));
    properties.insert("mode".into(), json!({"enum": ["serve", "train"]}));
    properties.insert("physics".into(), json!({"enum": ["studio", "mlsysim"]}));
    for key in ["warnings", "violations", "suggestions"] {
        properties.insert(key.into(), json!({"type": "array"}));
    }
    json!({
        "type": "object",
        "properties": properties,
        "required": ["scenario", "status", "f_status", "p_status", "m_status", "f_summary", "mode", "physics"],
    })
}
