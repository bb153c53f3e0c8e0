//! The largest batch of each replica that keeps the tail of the latency within a target.

use serde_json::{Map, Value, json};

use super::{Search, object, performance, quantity, refused};
use crate::engine::common::constants::DEFAULT_EFFICIENCY;
use crate::engine::format;
use crate::engine::report::{LensStatus, Report, Status};
use crate::engine::studio;
use crate::engine::walls::error::WallError;
use crate::engine::walls::{batching_optimizer as resolver, serving, tail_latency};
use crate::plan::{ModeChoice, Plan};
use crate::registry::{Physics, Registry};

/// Largest batch of a replica that is tried, as in the reference.
const MOST: u64 = 256;

/// Searches for the largest batch with which the 99th percentile of a request stays within `sla_ms`
/// when `qps` requests arrive each second.
pub fn batching(plan: &Plan, registry: &Registry, sla_ms: f64, qps: f64) -> Result<Search, WallError> {
    let allowed = |value: f64| value > 0.0 && value.is_finite();
    if !allowed(sla_ms) {
        return Err(WallError::bad_input("sla-ms", format!("must be above 0, is {sla_ms}")));
    }
    if !allowed(qps) {
        return Err(WallError::bad_input("qps", format!("must be above 0, is {qps}")));
    }
    match plan.physics {
        Physics::Mlsysim => reference(plan, sla_ms, qps),
        Physics::Studio => search(plan, registry, sla_ms, qps),
    }
}

fn missed(sla_ms: f64, qps: f64) -> String {
    format!(
        "no batch answers {} requests/s with a 99th percentile within {}",
        format::figure(qps),
        format::seconds(sla_ms / 1e3)
    )
}

fn reference(plan: &Plan, sla_ms: f64, qps: f64) -> Result<Search, WallError> {
    let mut found = Search::new("batching", plan);
    found.searched =
        "the batch of one accelerator for the most load within the latency; held: everything else".into();
    let efficiency = plan.hardware.efficiency.unwrap_or(DEFAULT_EFFICIENCY);
    let (model, hardware) = (&plan.workload.model.facts, &plan.hardware.accelerator.facts);
    let (precision, seq_len) = (plan.hardware.precision.as_str(), plan.workload.seq_len);
    let answer = resolver::solve(&resolver::Inputs {
        model,
        hardware,
        seq_len,
        sla_latency_ms: sla_ms,
        arrival_rate_qps: qps,
        num_replicas: plan.hardware.accelerators,
        precision,
        efficiency,
        max_search_batch: MOST,
    })?;
    let mut outputs = object(answer.to_json());
    outputs.insert("p99_latency".into(), quantity(answer.p99_latency_s, "s"));
    let mut search = Search {
        outputs,
        notes: vec![
            "as mlsysim 0.3.0 searches: one replica on each accelerator, no wait for a batch to fill, and a throughput that is the load"
                .into(),
        ],
        ..found
    };
    if !answer.is_feasible {
        let one =
            serving::solve(&serving::Inputs::plain(model, hardware, seq_len, 1, precision, efficiency))?;
        return Ok(if one.feasible {
            search.without(Status::SlaFailed, missed(sla_ms, qps))
        } else {
            search.without(Status::Infeasible, "the model does not fit on one accelerator".into())
        });
    }
    search.sentence = format!(
        "batch {}: 99th percentile {}",
        answer.best_batch_size,
        format::seconds(answer.p99_latency_s)
    );
    search.objective = Some(("load", answer.max_throughput, "tokens/s"));
    search.edits = edits(plan, answer.best_batch_size);
    Ok(search)
}

fn edits(plan: &Plan, batch: u64) -> Vec<(String, String)> {
    if plan.workload.batch_size == batch {
        return Vec::new();
    }
    vec![("workload.batch_size".into(), batch.to_string())]
}

/// A batch of each replica, and what it gives.
struct Candidate {
    batch: u64,
    replicas: u64,
    tensor: u64,
    service_s: f64,
    fill_s: f64,
    p99_s: f64,
    headroom: f64,
    tokens_per_s: f64,
}

/// The plan as a server with this many sequences at a time on each replica; requests come one batch after
/// the other, so that the plan's own request rate plays no part.
fn served(plan: &Plan, batch: u64, replicas: u64) -> Plan {
    let mut plan = plan.clone();
    plan.workload.mode = ModeChoice::Serve;
    plan.workload.batch_size = batch.saturating_mul(replicas);
    if let Some(serve) = &mut plan.workload.serve {
        serve.request_rate_per_s = None;
    }
    plan
}

fn replicas(report: &Report) -> u64 {
    report.parallelism.map_or(1, |split| split.data.max(1))
}

fn candidate(report: &Report, batch: u64, sla_ms: f64, qps: f64) -> Option<(Candidate, bool)> {
    let get = |key| performance(report, key);
    let (ttft, itl, request) = (get("ttft_ms")?, get("itl_ms")?, get("request_latency_ms")?);
    let tokens_per_s = get("output_tokens_per_s").filter(|rate| *rate > 0.0)?;
    let replicas = replicas(report);
    // Tokens of an answer, from the figures that it made.
    let output = if itl > 0.0 { 1.0 + (request - ttft) / itl } else { 1.0 };
    // A whole batch is prefilled, then decoded: longer than one request alone.
    let service_s = (batch as f64 * replicas as f64 * output / tokens_per_s).max(request / 1e3);
    let fill_s = (batch - 1) as f64 / qps;
    let queue = tail_latency::solve(&tail_latency::Inputs {
        arrival_rate_qps: qps / batch as f64,
        service_latency_ms: service_s * 1e3,
        num_replicas: replicas,
        service_time_cv: 1.0,
    })
    .ok()?;
    let p99_s = queue.p99_latency_s + fill_s;
    let holds = queue.is_stable && p99_s * 1e3 <= sla_ms;
    let found = Candidate {
        batch,
        replicas,
        tensor: report.parallelism.map_or(1, |split| split.tensor),
        service_s,
        fill_s,
        p99_s,
        headroom: queue.slo_headroom_ratio,
        tokens_per_s,
    };
    Some((found, holds))
}

fn search(plan: &Plan, registry: &Registry, sla_ms: f64, qps: f64) -> Result<Search, WallError> {
    let mut found = Search::new("batching", plan);
    found.searched = format!(
        "the batch of each replica from 1 to {MOST} for the most requests at once within the latency; held: {} × {}, {} and everything else but the division, which fits the batch",
        plan.hardware.accelerators, plan.hardware.accelerator.id, plan.hardware.precision
    );
    let entry = &plan.workload.model;
    if !entry.facts.kind.is_transformer() {
        return Err(WallError::bad_input(
            "workload.name",
            format!("{} is no transformer: it does not answer token by token", entry.id),
        ));
    }
    let mut held: Vec<Candidate> = Vec::new();
    let mut fastest: Option<f64> = None;
    let mut count = 1;
    let mut tried = 0_u64;
    for batch in 1..=MOST {
        let mut report = studio::assess(&served(plan, batch, count), registry);
        // A larger batch may need wider replicas, and there are fewer of them then.
        if replicas(&report) != count {
            count = replicas(&report);
            report = studio::assess(&served(plan, batch, count), registry);
        }
        if let Some(error) = refused(&report) {
            return Err(error);
        }
        if report.feasibility.status != LensStatus::Pass {
            if batch == 1 {
                return Ok(found.without(Status::Infeasible, report.feasibility.summary));
            }
            break;
        }
        tried += 1;
        let Some((one, holds)) = candidate(&report, batch, sla_ms, qps) else {
            return Err(WallError::bad_input(
                "workload.name",
                format!("{} has no time between tokens", entry.id),
            ));
        };
        if one.p99_s.is_finite() && fastest.is_none_or(|least| one.p99_s < least) {
            fastest = Some(one.p99_s);
        }
        if holds {
            held.push(one);
        }
    }
    found.outputs.insert("total_searched".into(), tried.into());
    let Some(best) = held.last() else {
        let near = fastest.map_or_else(
            || "; the deployment cannot keep up with the load at any batch".to_owned(),
            |least| format!("; the best is {}", format::seconds(least)),
        );
        found.outputs.insert("is_feasible".into(), false.into());
        found.outputs.insert("best_batch_size".into(), 0.into());
        return Ok(found.without(
            Status::SlaFailed,
            missed(sla_ms, qps)
                + &near
                + "; that is one batch after the other: a server that takes requests in as others end is \
                   workload.serve.request_rate in the plan, evaluated",
        ));
    };
    let mut outputs = Map::new();
    let mut put = |key: &str, value: Value| {
        outputs.insert(key.into(), value);
    };
    put("objective_value", json!(best.tokens_per_s));
    put("best_config", json!({ "max_batch_size": best.batch }));
    put("total_searched", tried.into());
    put("best_batch_size", best.batch.into());
    put("max_throughput", json!(best.tokens_per_s));
    put("p99_latency_s", json!(best.p99_s));
    put("slo_headroom_ratio", json!(best.headroom));
    put("is_feasible", true.into());
    put("replicas", best.replicas.into());
    put("tensor", best.tensor.into());
    put("service_s", json!(best.service_s));
    put("batch_fill_s", json!(best.fill_s));
    let row = |one: &Candidate| {
        vec![
            json!(one.batch),
            json!(one.replicas),
            json!(one.tensor),
            json!(one.service_s * 1e3),
            json!(one.fill_s * 1e3),
            json!(one.p99_s * 1e3),
            json!(one.tokens_per_s),
        ]
    };
    Ok(Search {
        sentence: format!(
            "batch {} on each of {}: 99th percentile {}, up to {} output tokens/s",
            best.batch,
            format::count(best.replicas, "replica"),
            format::seconds(best.p99_s),
            format::figure(best.tokens_per_s)
        ),
        objective: Some(("capacity", best.tokens_per_s, "tokens/s")),
        edits: edits(plan, best.batch.saturating_mul(best.replicas)),
        outputs,
        columns: vec!["batch", "replicas", "tensor", "service ms", "fill ms", "p99 ms", "tokens/s"],
        rows: held.iter().rev().take(5).map(row).collect(),
        notes: vec![
            "the 99th percentile counts the wait for a batch to fill, the queue and the service; answers vary in length (coefficient of variation 1)"
                .into(),
            "batches are answered one after the other; for continuous batching set workload.serve.request_rate and evaluate"
                .into(),
        ],
        ..found
    })
}
