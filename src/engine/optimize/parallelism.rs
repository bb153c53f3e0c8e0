//! The division of a fleet that makes the most of it.

use serde_json::{Map, Value, json};

use super::{Search, object, performance, quantity, refused, written};
use crate::engine::common::Precision;
use crate::engine::common::constants::DEFAULT_EFFICIENCY;
use crate::engine::report::{LensStatus, Report, Status};
use crate::engine::studio::{self, machine::Machine};
use crate::engine::walls::error::WallError;
use crate::engine::walls::parallelism_optimizer as resolver;
use crate::engine::{format, mlsysim};
use crate::plan::{Auto, Mode, Plan};
use crate::registry::{Physics, Registry};

/// Candidates shown.
const KEPT: usize = 5;

/// Searches for the tensor, pipeline and data degrees (and the ZeRO stage) that give the plan's fleet its
/// highest MFU in training, or the most output tokens per second in serving.
pub fn parallelism(plan: &Plan, registry: &Registry) -> Result<Search, WallError> {
    if plan.hardware.accelerators <= 1 {
        return Err(WallError::bad_input(
            "hardware.accelerators",
            "one accelerator cannot be divided; parallelism needs a fleet",
        ));
    }
    match plan.physics {
        Physics::Mlsysim => reference(plan),
        Physics::Studio => search(plan, registry),
    }
}

fn reference(plan: &Plan) -> Result<Search, WallError> {
    let mut found = Search::new("parallelism", plan);
    found.searched = format!(
        "tensor, pipeline and data degrees of {} accelerators for the highest score; held: everything else",
        plan.hardware.accelerators
    );
    let key = &plan.hardware.precision;
    let precision = Precision::parse(key).ok_or_else(|| {
        WallError::bad_input("hardware.precision", format!("{key} is not a precision of mlsysim 0.3.0"))
    })?;
    let answer = resolver::solve(&resolver::Inputs {
        model: &plan.workload.model.facts,
        fleet: mlsysim::fleet(plan)?,
        batch_size: plan.workload.batch_size,
        precision,
        efficiency: plan.hardware.efficiency.unwrap_or(DEFAULT_EFFICIENCY),
        max_tp: None,
        max_pp: None,
        overlap_comm: true,
        seq_len: 2048,
        activation_recomputation: false,
    });
    let answer = match answer {
        Ok(answer) => answer,
        // The resolver's name for: no division holds the model.
        Err(error) if error.field == "fleet" => {
            return Ok(found.without(Status::Infeasible, error.message));
        }
        Err(error) => return Err(error),
    };
    let mut outputs = object(answer.to_json());
    outputs.insert("best_throughput".into(), quantity(answer.best_throughput_per_s, "1/s"));
    outputs.insert("best_step_time".into(), quantity(answer.best_step_time_s, "s"));
    let best = answer.best_config;
    let row = |one: &resolver::Candidate| {
        let config = one.config;
        vec![
            json!(config.tp),
            json!(config.pp),
            json!(config.dp),
            json!(one.mfu * 100.0),
            json!(one.throughput_per_s),
            json!(one.step_time_s * 1e3),
        ]
    };
    Ok(Search {
        sentence: format!(
            "tensor {}, pipeline {}, data {}: score {}",
            best.tp,
            best.pp,
            best.dp,
            format::percent(answer.best_mfu)
        ),
        objective: Some(("score (scaling efficiency × efficiency)", answer.best_mfu * 100.0, "%")),
        columns: vec!["tensor", "pipeline", "data", "score %", "samples/s", "step ms"],
        rows: answer.top_candidates.iter().map(row).collect(),
        outputs,
        notes: vec![
            "as mlsysim 0.3.0 searches: 2,048 tokens a sequence and overlapped communication, whatever the plan says"
                .into(),
        ],
        ..found
    })
}

/// A division of the plan, evaluated.
struct Candidate {
    tensor: u64,
    pipeline: u64,
    data: u64,
    zero: Option<u64>,
    objective: f64,
    /// Step in training, inter-token latency in serving, ms.
    time_ms: f64,
    report: Report,
}

/// The plan divided so, with everything else as it is written.
fn divided(plan: &Plan, tensor: u64, pipeline: u64, data: u64, zero: Option<u64>) -> Plan {
    let mut plan = plan.clone();
    let p = &mut plan.parallelism;
    p.tensor = Some(Auto::Is(tensor));
    p.pipeline = Some(Auto::Is(pipeline));
    p.data = Some(Auto::Is(data));
    if let Some(zero) = zero {
        p.zero = Some(Auto::Is(zero));
    }
    plan
}

fn powers(most: u64) -> impl Iterator<Item = u64> {
    (0..63).map(|power| 1 << power).take_while(move |size| *size <= most)
}

fn search(plan: &Plan, registry: &Registry) -> Result<Search, WallError> {
    let mut found = Search::new("parallelism", plan);
    let entry = &plan.workload.model;
    if !entry.facts.kind.is_transformer() {
        return Err(WallError::bad_input(
            "workload.name",
            format!("{} is no transformer: a fleet is divided by data alone", entry.id),
        ));
    }
    let mode = studio::mode(plan);
    let machine = Machine::of(&plan.hardware)?;
    let context = if mode == Mode::Train { written(plan.parallelism.context).unwrap_or(1) } else { 1 };
    let total = machine.count;
    let (degrees, aim) = match mode {
        Mode::Train => ("tensor, pipeline and data degrees and the ZeRO stage", "the highest MFU"),
        Mode::Serve => ("tensor, pipeline and data degrees", "the most output tokens/s"),
    };
    found.searched = format!(
        "{degrees} of {total} × {} for {aim}; held: batch {}, {} and everything else",
        plan.hardware.accelerator.id, plan.workload.batch_size, plan.hardware.precision
    );
    let layers = entry.facts.layers.map_or(1, u64::from);
    let mut tried = 0_u64;
    let mut nearest: Option<(f64, String)> = None;
    let mut candidates: Vec<Candidate> = Vec::new();
    for tensor in powers(machine.node.min(total)) {
        for pipeline in powers(layers.min(total)) {
            let Some(ranks) = tensor.checked_mul(pipeline).and_then(|ranks| ranks.checked_mul(context))
            else {
                continue;
            };
            if ranks > total || !total.is_multiple_of(ranks) {
                continue;
            }
            let data = total / ranks;
            // `None` is the plan's own stage, or else what its stack does.
            let stages: &[Option<u64>] = if mode == Mode::Train && data > 1 {
                &[None, Some(0), Some(1), Some(2), Some(3)]
            } else {
                &[None]
            };
            for &zero in stages {
                tried += 1;
                let report = studio::assess(&divided(plan, tensor, pipeline, data, zero), registry);
                if tried == 1
                    && let Some(error) = refused(&report)
                {
                    // What makes one division impossible to evaluate, but for the division, is the plan's.
                    if !error.field.starts_with("parallelism") {
                        return Err(error);
                    }
                }
                if report.feasibility.status != LensStatus::Pass {
                    let over = report.memory.as_ref().map_or(f64::MAX, |fit| fit.used_bytes);
                    if nearest.as_ref().is_none_or(|(least, _)| over < *least) {
                        nearest = Some((over, report.feasibility.summary.clone()));
                    }
                    continue;
                }
                let (key, time) = match mode {
                    Mode::Train => ("mfu", "step_latency"),
                    Mode::Serve => ("output_tokens_per_s", "itl_ms"),
                };
                let time = performance(&report, time).or_else(|| performance(&report, "latency"));
                let objective = performance(&report, key).or_else(|| performance(&report, "throughput"));
                let (Some(objective), Some(time_ms)) = (objective, time) else { continue };
                candidates.push(Candidate { tensor, pipeline, data, zero, objective, time_ms, report });
            }
        }
    }
    // Stable: of equals the one with less machinery, tried first, stays first.
    candidates.sort_by(|a, b| b.objective.total_cmp(&a.objective).then(a.time_ms.total_cmp(&b.time_ms)));
    let Some(best) = candidates.first() else {
        let why = nearest.map_or_else(String::new, |(_, summary)| format!("; the nearest: {summary}"));
        let mut found = found
            .without(Status::Infeasible, format!("no division of {total} accelerators holds the model{why}"));
        found.outputs.insert("total_searched".into(), 0.into());
        found.outputs.insert("search_space_size".into(), tried.into());
        return Ok(found);
    };
    Ok(answer(&found, plan, mode, best, &candidates, tried))
}

fn config(one: &Candidate) -> Value {
    let mut config = Map::new();
    config.insert("tp".into(), one.tensor.into());
    config.insert("pp".into(), one.pipeline.into());
    config.insert("dp".into(), one.data.into());
    if let Some(zero) = one.zero {
        config.insert("zero".into(), zero.into());
    }
    Value::Object(config)
}

/// Samples per second in training; output tokens per second in serving.
fn throughput(one: &Candidate, mode: Mode) -> f64 {
    match mode {
        Mode::Train => performance(&one.report, "fleet_throughput").unwrap_or(0.0),
        Mode::Serve => one.objective,
    }
}

fn answer(
    found: &Search,
    plan: &Plan,
    mode: Mode,
    best: &Candidate,
    candidates: &[Candidate],
    tried: u64,
) -> Search {
    let training = mode == Mode::Train;
    let mfu = |one: &Candidate| performance(&one.report, "mfu");
    let shown = |one: &Candidate| {
        let mut row = vec![json!(one.tensor), json!(one.pipeline), json!(one.data)];
        if training {
            row.push(one.zero.map_or_else(|| "as it is".into(), Value::from));
            row.push(json!(one.objective * 100.0));
        }
        row.push(json!(throughput(one, mode)));
        row.push(json!(one.time_ms));
        row.push(one.report.memory.as_ref().map_or(Value::Null, |fit| json!(fit.used_bytes / 1e9)));
        row
    };
    let candidate_json = |one: &Candidate| {
        let mut object = Map::new();
        object.insert("config".into(), config(one));
        object.insert("mfu".into(), json!(mfu(one)));
        object.insert("throughput_per_s".into(), json!(throughput(one, mode)));
        object.insert("step_time_s".into(), json!(one.time_ms / 1e3));
        Value::Object(object)
    };
    let mut outputs = Map::new();
    let mut put = |key: &str, value: Value| {
        outputs.insert(key.into(), value);
    };
    put("objective_value", json!(best.objective));
    put("objective", (if training { "mfu" } else { "output_tokens_per_s" }).into());
    put("best_config", config(best));
    put("total_searched", candidates.len().into());
    put("best_mfu", json!(mfu(best)));
    put("best_throughput_per_s", json!(throughput(best, mode)));
    put("best_step_time_s", json!(best.time_ms / 1e3));
    put("search_space_size", tried.into());
    put("top_candidates", candidates.iter().take(KEPT).map(candidate_json).collect());

    let p = &plan.parallelism;
    let mut edits = Vec::new();
    let mut edit = |key: &str, now: Option<Auto<u64>>, value: u64| {
        if now != Some(Auto::Is(value)) {
            edits.push((format!("parallelism.{key}"), value.to_string()));
        }
    };
    edit("tensor", p.tensor, best.tensor);
    edit("pipeline", p.pipeline, best.pipeline);
    edit("data", p.data, best.data);
    if let Some(zero) = best.zero {
        edit("zero", p.zero, zero);
    }
    let zero = best.zero.filter(|zero| *zero > 0).map(|zero| format!(", ZeRO {zero}")).unwrap_or_default();
    let gives = if training {
        format!("MFU {}, step {}", format::percent(best.objective), format::seconds(best.time_ms / 1e3))
    } else {
        format!(
            "{} output tokens/s, {} between tokens",
            format::figure(best.objective),
            format::seconds(best.time_ms / 1e3)
        )
    };
    Search {
        searched: found.searched.clone(),
        sentence: format!(
            "tensor {}, pipeline {}, data {}{zero}: {gives}",
            best.tensor, best.pipeline, best.data
        ),
        objective: Some(if training {
            ("MFU", best.objective * 100.0, "%")
        } else {
            ("output", best.objective, "tokens/s")
        }),
        edits,
        outputs,
        columns: if training {
            vec!["tensor", "pipeline", "data", "ZeRO", "MFU %", "samples/s", "step ms", "memory GB"]
        } else {
            vec!["tensor", "pipeline", "data", "tokens/s", "ITL ms", "memory GB"]
        },
        rows: candidates.iter().take(KEPT).map(shown).collect(),
        notes: vec![format!(
            "{} of {tried} divisions fit; each is the plan itself, evaluated as `eval` does",
            candidates.len()
        )],
        ..*found
    }
}
