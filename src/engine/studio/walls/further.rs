//! Readings that only some plans allow: queues, data, scaling laws, failures, checkpoints, privacy, and
//! the two methods (what moves the result, what the target would need).

use crate::engine::format;
use crate::engine::readings::{blank, state_of};
use crate::engine::report::{Report, WallReading, WallState};
use crate::engine::studio::{Levers, Outcome};
use crate::engine::walls::{fragility, wall};
use crate::engine::{assertions, common};
use crate::metrics::Lens;
use crate::plan::{Mode, Plan};

/// A finished reading, or the state of a wall that cannot be read.
type Answer = Result<WallReading, WallState>;

fn needs<T>(field: &str) -> Result<T, WallState> {
    Err(WallState::NeedsInput(field.to_owned()))
}

fn reading(number: u8, state: WallState, pressure: Option<f64>) -> Option<WallReading> {
    Some(WallReading { pressure: pressure.filter(|value| value.is_finite()), ..blank(wall(number)?, state) })
}

fn says(reading: &mut WallReading, value: String, limit: String, sentence: String, substituted: String) {
    reading.value = value;
    reading.limit = limit;
    reading.sentence = sentence;
    reading.substituted = substituted;
}

/// Builds a reading from its words.
fn answer(
    number: u8,
    state: WallState,
    pressure: Option<f64>,
    [value, limit, sentence, substituted]: [String; 4],
) -> Answer {
    let mut reading =
        reading(number, state, pressure).ok_or_else(|| WallState::NotEvaluated("no such wall".to_owned()))?;
    says(&mut reading, value, limit, sentence, substituted);
    Ok(reading)
}

/// Replaces the readings that this plan allows.
pub(super) fn fill(
    walls: &mut [WallReading],
    report: &Report,
    plan: &Plan,
    outcome: &Outcome,
    levers: Option<&Levers>,
) {
    let training = report.mode == Mode::Train;
    let mut answers: Vec<(u8, Answer)> = Vec::with_capacity(9);
    if training {
        answers.push((11, complexity(plan)));
        answers.push((15, fragile(report, plan, outcome)));
        answers.push((19, checkpoint(plan)));
        answers.push((20, privacy(plan)));
    } else if outcome.serving.is_some() {
        answers.push((7, queue(report, plan)));
        answers.push((12, reasoning(report, plan)));
    }
    if outcome.serving.is_none() {
        answers.push((8, ingestion(report, plan)));
    }
    answers
        .push((21, levers.map_or_else(|| needs("a full evaluation"), |levers| sensitivity(outcome, levers))));
    answers.push((22, synthesis(plan, outcome)));
    for (number, answer) in answers {
        let Some(slot) = walls.iter_mut().find(|reading| reading.number == number) else { continue };
        match answer {
            Ok(reading) => *slot = reading,
            Err(state) => {
                if let Some(wall) = wall(number) {
                    *slot = blank(wall, state);
                }
            }
        }
    }
}

/// Probability that a request finds all of `servers` busy, at an offered load in servers (Erlang C).
fn erlang_c(servers: f64, load: f64) -> f64 {
    let mut blocking = 1.0;
    let mut count = 1.0;
    while count <= servers {
        blocking = load * blocking / (count + load * blocking);
        count += 1.0;
    }
    let share = load / servers;
    blocking / (1.0 - share * (1.0 - blocking))
}

/// Wall 7: each live sequence is a server that a request holds from its first to its last token.
fn queue(report: &Report, plan: &Plan) -> Answer {
    let Some(rate) = plan.workload.serve.as_ref().and_then(|serve| serve.request_rate_per_s) else {
        return needs("workload.serve.request_rate");
    };
    let service_s = report.metric(Lens::Performance, "request_latency_ms").unwrap_or(0.0) / 1e3;
    // More servers than this change no digit.
    let servers = (plan.workload.batch_size.max(1) as f64).min(4096.0);
    let load = rate * service_s;
    let share = load / servers;
    let wait_s = if share < 1.0 {
        // P(wait > t) = C · e^(−(c − a) t / s) = 1 %
        (erlang_c(servers, load) * 100.0).ln().max(0.0) * service_s / (servers - load)
    } else {
        f64::INFINITY
    };
    let waits = if wait_s.is_finite() { format::seconds(wait_s) } else { "without bound".to_owned() };
    answer(
        7,
        state_of(share, true),
        Some(share),
        [
            format!("{} of {} sequences", format::figure(load), format::grouped(servers)),
            format!("{} sequences", format::grouped(servers)),
            format!(
                "One request in a hundred waits {waits} for a place, beside its {}.",
                format::seconds(service_s)
            ),
            format!(
                "{} requests/s × {} = {} of {} places",
                format::figure(rate),
                format::seconds(service_s),
                format::figure(load),
                format::grouped(servers)
            ),
        ],
    )
}

/// Wall 8: what the deployment reads against what storage gives.
fn ingestion(report: &Report, plan: &Plan) -> Answer {
    let data = plan.data.as_ref();
    let rate = ["fleet_throughput", "throughput"]
        .iter()
        .find_map(|key| report.metric(Lens::Performance, key))
        .unwrap_or(0.0);
    let tokens = plan.workload.model.facts.kind.is_transformer();
    let sample = match data.and_then(|data| data.sample_bytes) {
        Some(bytes) => bytes,
        // Token numbers are stored in four bytes.
        None if tokens => plan.workload.seq_len as f64 * 4.0,
        None => return needs("data.sample_bytes"),
    };
    let Some(supply) = data.and_then(|data| data.storage_bytes_per_s).filter(|rate| *rate > 0.0) else {
        return needs("data.storage_bandwidth");
    };
    let demand = rate * sample;
    let share = demand / supply;
    answer(
        8,
        state_of(share, true),
        Some(share),
        [
            format::bytes_per_s(demand),
            format::bytes_per_s(supply),
            format!(
                "Samples are read at {}, {} of what storage gives.",
                format::bytes_per_s(demand),
                format::percent(share)
            ),
            format!(
                "{} samples/s × {} = {}",
                format::figure(rate),
                format::bytes(sample),
                format::bytes_per_s(demand)
            ),
        ],
    )
}

/// Wall 11: tokens per parameter against the compute-optimal twenty.
fn complexity(plan: &Plan) -> Answer {
    let Some(tokens) = plan.workload.train.as_ref().and_then(|train| train.tokens) else {
        return needs("workload.train.tokens");
    };
    let Some(parameters) = plan.workload.model.facts.parameters.filter(|count| *count > 0.0) else {
        return Err(WallState::NotEvaluated("the model's parameters are not known".into()));
    };
    let ratio = tokens / parameters;
    let optimal = common::constants::TOKENS_PER_PARAMETER;
    let verdict = if ratio < 0.5 * optimal {
        "fewer: a smaller model would do better with this budget"
    } else if ratio > 2.0 * optimal {
        "more: training costs more than it must, and serving a smaller model will repay it"
    } else {
        "close to it"
    };
    answer(
        11,
        WallState::Clear,
        None,
        [
            format!("{} tokens per parameter", format::figure(ratio)),
            format!("{optimal} where compute is spent best"),
            format!(
                "{} tokens per parameter against a compute-optimal {optimal}: {verdict}.",
                format::figure(ratio)
            ),
            format!(
                "6 × {} × {} tokens = {}",
                format::grouped(parameters),
                format::figure(tokens),
                format::flop(6.0 * parameters * tokens)
            ),
        ],
    )
}

/// Wall 12: more thinking, more tokens.
fn reasoning(report: &Report, plan: &Plan) -> Answer {
    let steps = plan.workload.serve.as_ref().and_then(|serve| serve.reasoning_steps).unwrap_or(1);
    if steps <= 1 {
        return needs("workload.serve.reasoning_steps");
    }
    let per_step = common::constants::TOKENS_PER_REASONING_STEP;
    let itl_s = report.metric(Lens::Performance, "itl_ms").unwrap_or(0.0) / 1e3;
    let more_s = steps as f64 * per_step * itl_s;
    answer(
        12,
        WallState::Clear,
        None,
        [
            format::seconds(more_s),
            "no limit".into(),
            format!("{steps} steps of {per_step} tokens add {} to each request.", format::seconds(more_s)),
            format!("{steps} × {per_step} × {} = {}", format::seconds(itl_s), format::seconds(more_s)),
        ],
    )
}

/// Wall 15: time between failures of the fleet.
fn fragile(report: &Report, plan: &Plan, outcome: &Outcome) -> Answer {
    if plan.hardware.accelerators <= 1 {
        return Err(WallState::NotApplicable("one accelerator is no fleet".into()));
    }
    let days = report
        .metric(Lens::Performance, "time_to_train_days")
        .or(plan.ops.as_ref().map(|ops| ops.duration_days))
        .unwrap_or(30.0);
    let per_node = outcome.node.max(1.0);
    let inputs = fragility::Inputs {
        node_count: (plan.hardware.accelerators as f64 / per_node).max(1.0),
        accelerators_per_node: per_node,
        nics_per_node: per_node,
        job_duration_hours: days * 24.0,
        ..fragility::Inputs::default()
    };
    let Ok(found) = fragility::solve(&inputs) else {
        return Err(WallState::NotEvaluated("the fleet has no nodes".into()));
    };
    let lost = 1.0 - found.goodput_ratio;
    answer(
        15,
        state_of(lost, false),
        Some(lost),
        [
            format::seconds(found.fleet_mtbf_s),
            format!("{} days of work", format::figure(days)),
            format!(
                "Something fails every {}; with a checkpoint each {}, {} of the time is lost.",
                format::seconds(found.fleet_mtbf_s),
                format::seconds(found.optimal_checkpoint_interval_s),
                format::percent(lost)
            ),
            format!(
                "{} nodes: {} failures in {} days",
                format::grouped(inputs.node_count),
                format::figure(found.expected_failures),
                format::figure(days)
            ),
        ],
    )
}

/// Wall 19: writing a checkpoint against the time between two.
fn checkpoint(plan: &Plan) -> Answer {
    let Some(interval) = plan.workload.train.as_ref().and_then(|train| train.checkpoint_interval_s) else {
        return needs("workload.train.checkpoint_interval");
    };
    let Some(supply) =
        plan.data.as_ref().and_then(|data| data.storage_bytes_per_s).filter(|rate| *rate > 0.0)
    else {
        return needs("data.storage_bandwidth");
    };
    let Some(parameters) = plan.workload.model.facts.parameters else {
        return Err(WallState::NotEvaluated("the model's parameters are not known".into()));
    };
    let bytes = parameters * common::constants::ADAM_CHECKPOINT_BYTES_PER_PARAMETER;
    let write_s = bytes / supply;
    let share = write_s / interval.max(1e-9);
    answer(
        19,
        state_of(share, true),
        Some(share),
        [
            format::seconds(write_s),
            format::seconds(interval),
            format!(
                "A checkpoint of {} takes {} to write, {} of the time between two.",
                format::bytes(bytes),
                format::seconds(write_s),
                format::percent(share)
            ),
            format!(
                "{} / {} = {}",
                format::bytes(bytes),
                format::bytes_per_s(supply),
                format::seconds(write_s)
            ),
        ],
    )
}

/// Wall 20: the slowdown of private training.
fn privacy(plan: &Plan) -> Answer {
    let epsilon = plan.workload.train.as_ref().and_then(|train| train.dp_epsilon);
    let Some(epsilon) = epsilon.filter(|value| *value > 0.0) else {
        return needs("workload.train.dp_epsilon");
    };
    let slowdown = 1.0 + common::constants::DP_SGD_COEFFICIENT / epsilon;
    answer(
        20,
        WallState::Clear,
        None,
        [
            format!("{} times as long", format::figure(slowdown)),
            "no limit".into(),
            format!(
                "Private training with ε = {} takes about {} times as long; the step time does not include it.",
                format::figure(epsilon),
                format::figure(slowdown)
            ),
            format!(
                "1 + {} / {} = {}",
                common::constants::DP_SGD_COEFFICIENT,
                format::figure(epsilon),
                format::figure(slowdown)
            ),
        ],
    )
}

/// Wall 21: what ten per cent more of each resource would save.
fn sensitivity(outcome: &Outcome, levers: &Levers) -> Answer {
    let now = outcome.timeline.total_s;
    let saved = |then: f64| if now > 0.0 { (1.0 - then / now).max(0.0) } else { 0.0 };
    let mut all = [
        ("peak", saved(levers.peak)),
        ("memory bandwidth", saved(levers.bandwidth)),
        ("links", saved(levers.links)),
    ];
    all.sort_by(|a, b| b.1.total_cmp(&a.1));
    let words: Vec<String> =
        all.iter().map(|(name, share)| format!("{name} {}", format::percent(*share))).collect();
    answer(
        21,
        WallState::Clear,
        None,
        [
            words[0].clone(),
            "10 % is the most there is".into(),
            format!("10 % more {} saves {} of a step.", all[0].0, format::percent(all[0].1)),
            format!("saved by 10 % more: {}", words.join(", ")),
        ],
    )
}

/// Wall 22: the bandwidth or rate that an asserted latency would need.
fn synthesis(plan: &Plan, outcome: &Outcome) -> Answer {
    let bound = ["performance.itl_ms", "performance.latency", "performance.step_latency"]
        .iter()
        .find_map(|metric| assertions::upper_bound(&plan.assertions, metric));
    let Some(bound_s) = bound.map(|ms| ms / 1e3).filter(|seconds| *seconds > 0.0) else {
        return needs("constraints.assert with an upper bound on a latency");
    };
    let now = outcome.timeline.total_s;
    let memory_bound = outcome.traffic.seconds > outcome.compute.seconds;
    let (load, what) = if memory_bound {
        (outcome.traffic, "memory bandwidth")
    } else {
        (outcome.compute, "arithmetic rate")
    };
    let show = if memory_bound { format::bytes_per_s } else { format::flop_per_s };
    // What is neither of the two stays as it is.
    let left = bound_s - (now - load.seconds).max(0.0);
    if left <= 0.0 {
        return answer(
            22,
            WallState::Near,
            None,
            [
                "out of reach".into(),
                format::seconds(bound_s),
                format!(
                    "No {what} reaches {}: other parts of the step take longer.",
                    format::seconds(bound_s)
                ),
                format!("{} − {} ≤ 0", format::seconds(bound_s), format::seconds(now - load.seconds)),
            ],
        );
    }
    let needed = load.amount / left;
    answer(
        22,
        WallState::Clear,
        None,
        [
            show(needed),
            format!("{} attained", show(load.rate)),
            format!(
                "{} needs an attained {what} of {} on each accelerator.",
                format::seconds(bound_s),
                show(needed)
            ),
            format!(
                "{what}: {} of work in {} = {}",
                format::percent(load.seconds / now),
                format::seconds(left),
                show(needed)
            ),
        ],
    )
}

#[cfg(test)]
mod tests {
    use super::erlang_c;

    #[test]
    fn one_server_waits_as_often_as_it_is_busy() {
        assert!((erlang_c(1.0, 0.5) - 0.5).abs() < 1e-12);
        assert!(erlang_c(8.0, 4.0) < 0.1);
    }
}
