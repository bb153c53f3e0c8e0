//! `evaluate_cluster_yaml` and `validate_plan`: a plan to its report, and to its problems.

use serde_json::{Value, json};

use super::words;
use super::{Answer, Effect, Job, Tool, object};
use crate::engine::json;
use crate::mcp::arguments::{DETAIL, PHYSICS, PLAN};
use crate::mcp::errors::{self, Refusal};
use crate::plan::{Severity, diagnostic, mend};

/// The tool.
pub const TOOL: Tool = Tool {
    name: "evaluate_cluster_yaml",
    title: "Evaluate a plan",
    description: "Does it fit, how fast is it, what does it cost? One plan as YAML to every number: memory per accelerator, TTFT, ITL, tokens/s or step time and MFU, TCO (m_annual_tco_usd is for 365 days), carbon, the binding wall (2 Memory in a plan that fits: memory bandwidth), suggestions. f_status FAIL is out of memory, an answer and no error: call suggest_fixes, then apply_suggestion. Money and carbon need an ops block (region, duration_days). physics mlsysim answers as mlsysim 0.3.0 does.",
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
                "valid": {"type": "boolean"},
                "errors": {"type": "integer"},
                "warnings": {"type": "integer"},
                "problems": {"type": "array"},
                "fixed_yaml": {"type": ["string", "null"], "description": "Null where there is nothing to fix."},
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
        text.push_str(&words::parts(&evaluated.report));
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

/// Schema of a report. Its metrics are numbers under keys of one form, so that a client checks them by that form
/// and not by a list of forty names.
pub fn report_schema() -> Value {
    let mut schema = object(
        json!({
            "status": {"enum": ["ok", "infeasible", "sla_failed"]},
            "f_status": {"enum": ["PASS", "FAIL", "SKIPPED"]},
            "f_summary": {"type": "string"},
            "p_summary": {"type": "string"},
            "m_summary": {"type": "string"},
            "binding_wall": {"type": ["string", "null"]},
            "warnings": {"type": "array"},
            "violations": {"type": "array"},
            "suggestions": {"type": "array"},
        }),
        &["status", "f_status", "f_summary"],
    );
    schema["description"] = "Metrics that apply are numbers: f_memory_used_gb, f_memory_utilization, p_itl_ms, p_ttft_ms, \
        p_output_tokens_per_s, p_max_concurrency; p_step_latency (ms), p_mfu, p_time_to_train_days; m_tco_usd, \
        m_annual_tco_usd, m_usd_per_million_tokens, m_carbon_footprint (t), and others."
        .into();
    schema
}
