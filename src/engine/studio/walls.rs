//! Readings of the 22 walls under this profile.

mod further;

use super::{Levers, Outcome};
use crate::engine::assertions;
use crate::engine::format;
use crate::engine::readings::{self, ReadingInputs, blank, state_of};
use crate::engine::report::{Report, WallReading, WallState};
use crate::engine::walls::{Wall, wall};
use crate::plan::{Mode, Plan};

/// What walls 4 and 5 need to know of a language model being served.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ServingFigures {
    /// Time to first token, s.
    pub ttft_s: f64,
    /// Inter-token latency, s.
    pub itl_s: f64,
    /// Live sequences of the deployment.
    pub sequences: f64,
    /// Sequences that memory allows.
    pub most: f64,
    /// Prompt, tokens.
    pub prompt: f64,
    /// Context held per sequence, tokens.
    pub context: f64,
    /// KV bytes of a token on one accelerator.
    pub kv_token_bytes: f64,
    /// Weight bytes on one accelerator.
    pub weights: f64,
}

/// Walls that have no reading here, and why.
fn other(wall: &Wall, mode: Mode) -> WallState {
    let not = |why: &str| WallState::NotApplicable(why.to_owned());
    let training = mode == Mode::Train;
    match wall.number {
        4 | 5 if training => not("nobody waits for tokens in training"),
        4 | 5 => not("only language models write tokens"),
        6 => not("weights stay in the accelerator's memory"),
        7 | 12 if training => not("training answers no requests"),
        11 | 15 | 19 | 20 if !training => not("serving trains nothing"),
        _ => WallState::NotEvaluated(format!(
            "not read from a plan; `solve {}` runs its resolver",
            wall.number
        )),
    }
}

/// All 22 readings.
pub(super) fn readings(
    report: &Report,
    plan: &Plan,
    outcome: &Outcome,
    levers: Option<&Levers>,
) -> Vec<WallReading> {
    let unpriced = if plan.ops.is_some() {
        WallState::NotEvaluated("a figure for the price or the power is missing".into())
    } else {
        WallState::NeedsInput("ops".into())
    };
    // An incomplete total must not look like a cost.
    let tco = report.tco.as_ref().filter(|tco| tco.missing.is_empty());
    let mut walls = readings::readings(&ReadingInputs {
        mode: report.mode,
        accelerator: &plan.hardware.accelerator,
        model: &plan.workload.model,
        accelerators: plan.hardware.accelerators,
        step_s: outcome.timeline.total_s,
        compute: outcome.compute,
        memory: outcome.traffic,
        footprint_bytes: outcome.memory.used_bytes,
        capacity_bytes: outcome.memory.capacity_bytes,
        overhead_s: outcome.overhead_s,
        mfu: outcome.mfu,
        efficiency: outcome.efficiency,
        communication: outcome.communication.clone(),
        tco,
        carbon: report.carbon.as_ref(),
        unpriced,
        tco_limit_usd: assertions::upper_bound(&plan.assertions, "macro.tco_usd"),
        carbon_limit_t: assertions::upper_bound(&plan.assertions, "macro.carbon_footprint"),
        other,
    });
    further::fill(&mut walls, report, plan, outcome, levers);
    if let Some(serving) = &outcome.serving {
        let bound = |metric| assertions::upper_bound(&plan.assertions, metric);
        for (number, reading) in [
            (4, latency(serving, bound("performance.itl_ms"), bound("performance.ttft_ms"))),
            (5, batching(serving, outcome.memory.capacity_bytes)),
        ] {
            if let Some((slot, reading)) = walls.iter_mut().find(|wall| wall.number == number).zip(reading) {
                *slot = reading;
            }
        }
    }
    walls
}

/// Wall 4: latency against the bounds that the plan asserts.
fn latency(serving: &ServingFigures, itl_ms: Option<f64>, ttft_ms: Option<f64>) -> Option<WallReading> {
    let against = |seconds: f64, bound: Option<f64>| bound.filter(|b| *b > 0.0).map(|b| seconds * 1e3 / b);
    let (itl, ttft) = (against(serving.itl_s, itl_ms), against(serving.ttft_s, ttft_ms));
    let pressure = match (itl, ttft) {
        (Some(a), Some(b)) => Some(a.max(b)),
        (a, b) => a.or(b),
    };
    let by_ttft = ttft.is_some() && ttft > itl;
    let (value, bound) = if by_ttft { (serving.ttft_s, ttft_ms) } else { (serving.itl_s, itl_ms) };
    Some(WallReading {
        pressure,
        value: format::seconds(value),
        limit: bound.map_or_else(|| "no limit asserted".into(), |bound| format::seconds(bound / 1e3)),
        sentence: format!(
            "The first token comes after {}, each further one after {}.",
            format::seconds(serving.ttft_s),
            format::seconds(serving.itl_s)
        ),
        substituted: format!(
            "TTFT {} for {} prompt tokens; ITL {} at {} sequences",
            format::seconds(serving.ttft_s),
            format::grouped(serving.prompt),
            format::seconds(serving.itl_s),
            format::grouped(serving.sequences)
        ),
        ..blank(wall(4)?, state_of(pressure.unwrap_or(0.0), true))
    })
}

/// Wall 5: live sequences against those that memory allows.
fn batching(serving: &ServingFigures, capacity: f64) -> Option<WallReading> {
    let pressure = (serving.most > 0.0).then(|| serving.sequences / serving.most);
    let state =
        if serving.most > 0.0 { state_of(pressure.unwrap_or(0.0), true) } else { WallState::Violated };
    Some(WallReading {
        pressure,
        value: format::count(serving.sequences as u64, "sequence"),
        limit: format::count(serving.most as u64, "sequence"),
        sentence: if serving.most > 0.0 {
            format!(
                "{} asked for; {} fit at {} tokens each.",
                format::count(serving.sequences as u64, "sequence"),
                format::grouped(serving.most),
                format::grouped(serving.context)
            )
        } else {
            "Weights alone leave no room for a single sequence.".into()
        },
        substituted: format!(
            "({} − {}) / ({} tokens × {}) per accelerator",
            format::bytes(capacity),
            format::bytes(serving.weights),
            format::grouped(serving.context),
            format::bytes(serving.kv_token_bytes)
        ),
        ..blank(wall(5)?, state)
    })
}
