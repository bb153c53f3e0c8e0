//! `solve_for`: the value of one field that a target needs.

use serde_json::{Value, json};

use super::words;
use super::{Answer, Effect, Job, Tool, object};
use crate::engine::assertions;
use crate::engine::figures::{Figures, figures};
use crate::engine::report::Status;
use crate::engine::{self, format};
use crate::mcp::arguments::{Argument, Kind, PHYSICS, PLAN};
use crate::mcp::draft;
use crate::mcp::errors::Refusal;
use crate::metrics::{self, Lens, METRICS};
use crate::plan::Plan;
use crate::render::division;

const ABOVE_ZERO: Kind = Kind::Number(0.0, f64::INFINITY);

/// Targets that a call may set: argument, and key of the performance lens.
const TARGETS: [(&str, &str); 4] = [
    ("max_itl_ms", "itl_ms"),
    ("max_ttft_ms", "ttft_ms"),
    ("max_step_latency_ms", "step_latency"),
    ("max_request_latency_ms", "request_latency_ms"),
];

/// Most accelerators that are tried.
const MOST_ACCELERATORS: u64 = 65_536;

/// Largest batch and context that are tried.
const MOST: u64 = 1 << 24;

/// The tool.
pub const TOOL: Tool = Tool {
    name: "solve_for",
    title: "Solve for one field",
    description: "The value of one field with which the plan holds (it fits, and its own assertions and the targets given here hold): fewest accelerators, largest batch, longest context, or the bandwidth that a latency needs; and the plan's new text. Everything else stays as it is.",
    arguments: &[
        PLAN,
        Argument::required(
            "target",
            Kind::Choice(&[
                ("least_accelerators", ""),
                ("largest_batch", ""),
                ("longest_context", "workload.seq_len"),
                ("needed_bandwidth", "the least that meets the targets"),
            ]),
            "What to solve for.",
        ),
        Argument::optional(
            "bandwidth",
            Kind::Choice(&[
                ("memory", "of each accelerator"),
                ("intra_node", "one way, inside a node"),
                ("fabric", "one way, of each node"),
            ]),
            "\"memory\"",
            "For needed_bandwidth: which.",
        ),
        Argument::optional("max_itl_ms", ABOVE_ZERO, "", "Longest inter-token latency, ms."),
        Argument::optional("max_ttft_ms", ABOVE_ZERO, "", "Longest time to first token, ms."),
        Argument::optional("max_step_latency_ms", ABOVE_ZERO, "", "Longest training step, ms."),
        Argument::optional(
            "max_request_latency_ms",
            ABOVE_ZERO,
            "",
            "Longest request, prompt to last token, ms.",
        ),
        PHYSICS,
    ],
    output: || {
        object(
            json!({
                "found": {"type": "boolean"},
                "value": {"type": ["number", "null"]},
                "unit": {"type": "string"},
                "as_written": {"type": ["number", "null"]},
                "why": {"type": ["string", "null"], "description": "What stops it, or would beyond the value."},
                "after": {"type": ["object", "null"]},
                "yaml": {"type": ["string", "null"]},
            }),
            &["found", "value", "unit"],
        )
    },
    effect: Effect::None,
    open_plan: false,
    work,
};

/// The question: a text, and what must hold.
struct Question<'a, 'j> {
    job: &'a Job<'j>,
    text: String,
    limits: Vec<(&'static str, f64)>,
    tried: u64,
}

impl Question<'_, '_> {
    /// Nothing where the plan holds, else the first reason why it does not.
    fn obstacle(&self, plan: &Plan, figures: &Figures) -> Option<String> {
        if figures.status == Status::Infeasible {
            let used = figures.metric(Lens::Feasibility, "memory_used_gb");
            let capacity = figures.metric(Lens::Feasibility, "memory_capacity_gb");
            return Some(match used.zip(capacity) {
                Some((used, capacity)) => {
                    format!("it needs {used:.1} GB per accelerator and has {capacity:.1} GB")
                }
                None => "it does not fit".into(),
            });
        }
        for (key, max) in &self.limits {
            match figures.metric(Lens::Performance, key) {
                None => return Some(format!("the plan has no {key}")),
                Some(value) if value > *max => {
                    let (mut found, mut allowed) = (format::figure(value), format::figure(*max));
                    if found == allowed {
                        // So near that three digits hide the difference.
                        (found, allowed) = (value.to_string(), max.to_string());
                    }
                    return Some(format!("{key} is {found}, above {allowed}"));
                }
                Some(_) => {}
            }
        }
        match figures.status {
            Status::SlaFailed => Some(broken(plan, figures)),
            Status::Error => {
                let why = engine::evaluate(plan, &self.job.bench.registry).error;
                Some(why.map_or_else(|| "the plan cannot be evaluated".into(), |(message, _)| message))
            }
            Status::Ok | Status::Infeasible => None,
        }
    }

    fn of_plan(&mut self, plan: &Plan) -> Option<String> {
        self.tried += 1;
        self.obstacle(plan, &figures(plan, &self.job.bench.registry))
    }

    /// The plan with a field at a value.
    fn at(&mut self, edits: &[(String, String)]) -> Result<Option<String>, Refusal> {
        self.job.progress.step(self.tried as f64, 60.0, || format!("{} plans", self.tried))?;
        let text = draft::set_all(&self.text, edits)?;
        let physics = self.job.bench.physics(self.job.given);
        let reading = self.job.bench.read(&text, physics);
        self.tried += 1;
        Ok(match &reading.plan {
            None => Some(
                reading
                    .diagnostics
                    .iter()
                    .find(|one| one.severity == crate::plan::Severity::Error)
                    .map_or_else(|| "the plan cannot be read".into(), |one| one.message.clone()),
            ),
            Some(plan) => self.obstacle(plan, &figures(plan, reading.registry_or(&self.job.bench.registry))),
        })
    }
}

/// The first assertion of a plan that its figures break, with the value and the limit.
fn broken(plan: &Plan, figures: &Figures) -> String {
    for assertion in &plan.assertions {
        let name = &assertion.metric;
        let known = metrics::by_assertion_name(name);
        let place = known.and_then(|known| METRICS.iter().position(|metric| metric == known));
        let Some((metric, value)) = known.zip(place.and_then(|place| figures.at(place))) else {
            return format!("the plan asserts {name}, and has no such metric");
        };
        let unit = if metric.unit.is_empty() { String::new() } else { format!(" {}", metric.unit) };
        let says = |word: &str, limit: f64| {
            format!(
                "{name} is {}{unit}, and the plan asserts {word} {}{unit}",
                format::figure(value),
                format::figure(limit)
            )
        };
        match (assertion.max, assertion.min) {
            (Some(max), _) if value > max => return says("at most", max),
            (_, Some(min)) if value < min => return says("at least", min),
            _ => {}
        }
    }
    match figures.metric(Lens::Performance, "offered_load") {
        Some(load) if assertions::unanswered(&plan.assertions, Some(load)).is_some() => {
            format!(
                "more requests arrive than are answered (performance.offered_load is {})",
                format::figure(load)
            )
        }
        _ => "an assertion of the plan fails".into(),
    }
}

/// What was found: value, edits, and what stops it (or would, beyond it).
struct Found {
    value: Option<u64>,
    edits: Vec<(String, String)>,
    why: Option<String>,
}

fn work(job: &Job<'_>) -> Result<Answer, Refusal> {
    let evaluated = job.bench.given(job.given)?;
    let limits: Vec<(&'static str, f64)> =
        TARGETS.iter().filter_map(|(argument, key)| Some((*key, job.given.number(argument)?))).collect();
    for (argument, key) in TARGETS.iter().filter(|(argument, _)| job.given.has(argument)) {
        if evaluated.report.metric(Lens::Performance, key).is_none() {
            return Err(Refusal::new(
                "unavailable-metric",
                argument,
                format!("this plan has no {key}, so {argument} cannot be a target"),
            )
            .allowed(
                words::brief(&evaluated.report)
                    .keys()
                    .filter(|key| key.starts_with("p_"))
                    .cloned()
                    .collect::<Vec<_>>()
                    .join(", "),
            )
            .fix("leave the target out; serving has itl_ms and ttft_ms, training step_latency"));
        }
    }
    let plan = evaluated.plan.clone();
    let mut question = Question { job, text: evaluated.text.clone(), limits, tried: 0 };
    let target = job.given.choice("target", "");
    let (field, unit, written, found) = match target.as_str() {
        "least_accelerators" => (
            "hardware.accelerators",
            "accelerators",
            plan.hardware.accelerators as f64,
            least_accelerators(&mut question, &plan)?,
        ),
        "largest_batch" => (
            "workload.batch_size",
            "sequences",
            plan.workload.batch_size as f64,
            largest(&mut question, "workload.batch_size", 1)?,
        ),
        "longest_context" => (
            "workload.seq_len",
            "tokens",
            plan.workload.seq_len as f64,
            largest(&mut question, "workload.seq_len", 16)?,
        ),
        _ => return bandwidth(&mut question, &plan),
    };
    let after = match found.value {
        Some(_) => {
            let text = draft::set_all(&evaluated.text, &found.edits)?;
            Some((job.bench.evaluate(&text, job.bench.physics(job.given))?.report, text))
        }
        None => None,
    };
    let text = match (&found.value, &after) {
        (Some(value), Some((report, text))) => {
            let division = division::chosen(report).map_or_else(String::new, |words| format!("; {words}"));
            let word = if target == "least_accelerators" { "Fewer do not hold" } else { "Beyond that" };
            format!(
                "{target}: {value} {unit} (now {written}).{}\nsearched: {field} by trying values of the plan; held: \
                 everything else\n{}{division}\n{warned}\nplan:\n{text}",
                found.why.as_ref().map_or_else(String::new, |why| format!(" {word}: {why}.")),
                words::headline(report),
                warned = words::warnings(report),
            )
        }
        _ => {
            format!("{target}: nothing holds. {}\n", found.why.as_deref().unwrap_or("no value was accepted"))
        }
    };
    let structured = json!({
        "target": target,
        "found": found.value.is_some(),
        "value": found.value,
        "unit": unit,
        "field": field,
        "as_written": written,
        "why": found.why,
        "after": after.as_ref().map_or(Value::Null, |(report, _)| Value::Object(words::brief(report))),
        "yaml": after.map(|(_, text)| text),
        "tried": question.tried,
    });
    Ok(Answer { text, structured })
}

/// The edits that give a plan `count` accelerators, in the way in which it counts them.
fn with_accelerators(plan: &Plan, count: u64) -> Option<Vec<(String, String)>> {
    let mut edits = Vec::new();
    match (plan.hardware.node_count, plan.hardware.accelerators_per_node) {
        (Some(_), Some(each)) => {
            if !count.is_multiple_of(each) {
                return None;
            }
            edits.push(("hardware.node_count".to_owned(), (count / each).to_string()));
        }
        _ => edits.push(("hardware.accelerators".to_owned(), count.to_string())),
    }
    let written = |field: Option<crate::plan::Auto<u64>>| match field {
        Some(crate::plan::Auto::Is(value)) => Some(value.max(1)),
        _ => None,
    };
    let p = &plan.parallelism;
    let model = [p.tensor, p.pipeline, p.context]
        .into_iter()
        .map(|field| written(field).unwrap_or(1))
        .product::<u64>();
    if written(p.data).is_some() {
        if !count.is_multiple_of(model) {
            return None;
        }
        edits.push(("parallelism.data".to_owned(), (count / model).to_string()));
    }
    Some(edits)
}

/// Every number up to a node, whole nodes to 64 of them, then doubling and halving the gap.
fn least_accelerators(question: &mut Question<'_, '_>, plan: &Plan) -> Result<Found, Refusal> {
    let node = plan
        .hardware
        .accelerators_per_node
        .or(plan.hardware.accelerator.facts.vendor_node.map(u64::from))
        .unwrap_or(8)
        .max(1);
    let mut why = None;
    let mut attempt =
        |question: &mut Question<'_, '_>, count: u64| -> Result<Option<Vec<(String, String)>>, Refusal> {
            let Some(edits) = with_accelerators(plan, count) else { return Ok(None) };
            Ok(match question.at(&edits)? {
                None => Some(edits),
                Some(obstacle) => {
                    why = Some(format!("with {count}: {obstacle}"));
                    None
                }
            })
        };
    let small = (1..=node).chain((2..=64).map(|nodes| nodes * node));
    for count in small {
        if let Some(edits) = attempt(question, count)? {
            return Ok(Found { value: Some(count), edits, why });
        }
    }
    let mut low = 64 * node;
    let mut high = low * 2;
    let mut found = None;
    while high <= MOST_ACCELERATORS && found.is_none() {
        if let Some(edits) = attempt(question, high)? {
            found = Some((high, edits));
        } else {
            low = high;
            high *= 2;
        }
    }
    let Some((mut best, mut edits)) = found else {
        return Ok(Found { value: None, edits: Vec::new(), why });
    };
    while best - low > node {
        let middle = u64::midpoint(low, best) / node * node;
        if middle <= low {
            break;
        }
        match attempt(question, middle)? {
            Some(fewer) => (best, edits) = (middle, fewer),
            None => low = middle,
        }
    }
    Ok(Found { value: Some(best), edits, why })
}

/// Powers of two up to the largest that holds, then halving the gap to the next.
fn largest(question: &mut Question<'_, '_>, field: &str, from: u64) -> Result<Found, Refusal> {
    let edits = |value: u64| vec![(field.to_owned(), value.to_string())];
    let (mut best, mut over, mut why) = (None, None, None);
    let mut value = from;
    let mut misses = 0;
    while value <= MOST {
        match question.at(&edits(value))? {
            None => {
                (best, over, misses) = (Some(value), None, 0);
            }
            Some(obstacle) => {
                if over.is_none() {
                    over = Some(value);
                    why = Some(format!("at {value}: {obstacle}"));
                }
                misses += 1;
                // A larger value may be divided in another way and hold again; three in a row settle it.
                if misses == 3 && best.is_some() {
                    break;
                }
            }
        }
        value *= 2;
    }
    let Some(mut low) = best else {
        return Ok(Found { value: None, edits: Vec::new(), why });
    };
    if let Some(mut high) = over {
        while high - low > 1 {
            let middle = low + (high - low) / 2;
            match question.at(&edits(middle))? {
                None => low = middle,
                Some(obstacle) => {
                    high = middle;
                    why = Some(format!("at {middle}: {obstacle}"));
                }
            }
        }
    } else {
        why = Some(format!("no limit was found up to {MOST}"));
    }
    Ok(Found { value: Some(low), edits: edits(low), why })
}

/// The least bandwidth with which the targets are met, by halving on a logarithmic scale.
fn bandwidth(question: &mut Question<'_, '_>, plan: &Plan) -> Result<Answer, Refusal> {
    if question.limits.is_empty() && plan.assertions.is_empty() {
        return Err(Refusal::new("missing-argument", "max_itl_ms", "a bandwidth needs a target to meet")
            .allowed("max_itl_ms, max_ttft_ms, max_step_latency_ms, max_request_latency_ms, or constraints.assert in the plan")
            .fix("add max_itl_ms when serving, max_step_latency_ms when training"));
    }
    let which = question.job.given.choice("bandwidth", "memory");
    let facts = &plan.hardware.accelerator.facts;
    let (field, now) = match which.as_str() {
        "fabric" => ("hardware.fabric_bandwidth", Some(plan.hardware.fabric_bytes_per_s)),
        "intra_node" => (
            "hardware.intra_node_bw",
            plan.hardware
                .intra_node_bytes_per_s
                .or(facts.nvlink.as_ref().map(|link| link.one_way_bytes_per_s)),
        ),
        _ => ("memory bandwidth of the accelerator", Some(facts.memory_bytes_per_s)),
    };
    let Some(now) = now.filter(|now| *now > 0.0) else {
        return Err(Refusal::new(
            "unavailable",
            "bandwidth",
            format!("this plan has no {which} bandwidth to start from"),
        )
        .fix("write hardware.intra_node_bw into the plan"));
    };
    let with = |bytes_per_s: f64| {
        let mut plan = plan.clone();
        match which.as_str() {
            "fabric" => {
                plan.hardware.fabric_bytes_per_s = bytes_per_s;
                plan.hardware.fabric_given = true;
            }
            "intra_node" => plan.hardware.intra_node_bytes_per_s = Some(bytes_per_s),
            _ => {
                let mut entry = (*plan.hardware.accelerator).clone();
                entry.facts.memory_bytes_per_s = bytes_per_s;
                plan.hardware.accelerator = std::sync::Arc::new(entry);
            }
        }
        plan
    };
    let (mut low, mut high) = (now / 1024.0, now * 1024.0);
    let out_of_reach = question.of_plan(&with(high));
    let found = if out_of_reach.is_some() {
        None
    } else {
        // 1 % is finer than any bandwidth is known.
        while high / low > 1.01 {
            let middle = (low * high).sqrt();
            if question.of_plan(&with(middle)).is_none() { high = middle } else { low = middle }
        }
        Some(high)
    };
    let report = found.map(|value| engine::evaluate(&with(value), &question.job.bench.registry));
    let text = match (found, &report) {
        (Some(value), Some(report)) => format!(
            "needed {which} bandwidth: {} (now {}, ×{:.2})\nsearched: {field} by halving until 1 % is left; held: \
             everything else, so that only the time on this bandwidth shrinks\n{}\n",
            format::bytes_per_s(value),
            format::bytes_per_s(now),
            value / now,
            words::headline(report)
        ),
        _ => format!(
            "no {which} bandwidth meets the target: even with {}, {}\n",
            format::bytes_per_s(now * 1024.0),
            out_of_reach.as_deref().unwrap_or("it does not hold")
        ),
    };
    let structured = json!({
        "target": "needed_bandwidth",
        "found": found.is_some(),
        "value": found.map(|value| value / 1e9),
        "unit": "GB/s",
        "field": field,
        "as_written": now / 1e9,
        "why": out_of_reach,
        "after": report.map_or(Value::Null, |report| Value::Object(words::brief(&report))),
        "yaml": Value::Null,
        "tried": question.tried,
    });
    Ok(Answer { text, structured })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::METRICS;

    #[test]
    fn targets_are_metrics() {
        for (argument, key) in TARGETS {
            assert!(TOOL.arguments.iter().any(|known| known.name == argument));
            assert!(METRICS.iter().any(|metric| metric.lens == Lens::Performance && metric.key == key));
        }
    }
}
