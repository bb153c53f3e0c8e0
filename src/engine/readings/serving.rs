//! Walls 4 to 7 and 12: what a user of the model waits for, and how many users there can be.

use super::super::assertions::upper_bound;
use super::super::common::constants::TOKENS_PER_REASONING_STEP;
use super::super::format;
use super::super::report::{Phase, WallReading, WallState};
use super::super::studio::machine::streams;
use super::super::walls::{Wall, streaming as stream, tail_latency};
use super::{ReadingInputs, blank, cite, finite, needs, refused, state_of, without};
use crate::registry::Physics;

/// Servers that the queue is solved for; a larger pool at the same load waits no longer.
const MOST_SERVERS: u64 = 256;

/// What walls 4, 5 and 12 need to know of a language model being served.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ServingFigures {
    /// Time to first token, s.
    pub ttft_s: f64,
    /// Inter-token latency, s.
    pub itl_s: f64,
    /// The same while it thinks: the context grows with the thoughts.
    pub thinking_itl_s: f64,
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

/// What carries the requests, for wall 7.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Queue {
    /// Requests a second that one server completes while it is busy.
    pub per_server_per_s: f64,
    /// Places for a request: live sequences, or replicas that take a batch at a time.
    pub servers: u64,
    /// One request on a deployment without a queue, s.
    pub latency_s: f64,
}

/// A time, also one without end.
fn time(seconds: f64) -> String {
    if seconds.is_finite() { format::seconds(seconds) } else { "no end".into() }
}

/// Why walls 4 and 5 have no reading.
fn silent(i: &ReadingInputs<'_>) -> &'static str {
    if i.trains() { "nobody waits for tokens in training" } else { "only language models write tokens" }
}

/// Wall 4: latency against the bounds that the plan asserts.
pub(super) fn latency(wall: &Wall, i: &ReadingInputs<'_>) -> WallReading {
    let Some(serving) = &i.serving else {
        return without(wall, silent(i));
    };
    let bound = |metric| upper_bound(&i.plan.assertions, metric).filter(|bound| *bound > 0.0);
    let (itl_ms, ttft_ms) = (bound("performance.itl_ms"), bound("performance.ttft_ms"));
    let against = |seconds: f64, bound: Option<f64>| bound.and_then(|bound| finite(seconds * 1e3 / bound));
    let (itl, ttft) = (against(serving.itl_s, itl_ms), against(serving.ttft_s, ttft_ms));
    let pressure = match (itl, ttft) {
        (Some(a), Some(b)) => Some(a.max(b)),
        (a, b) => a.or(b),
    };
    let by_ttft = ttft.is_some() && ttft > itl;
    let (value, bound) = if by_ttft { (serving.ttft_s, ttft_ms) } else { (serving.itl_s, itl_ms) };
    let (first, next) = (time(serving.ttft_s), time(serving.itl_s));
    let limit = bound.map(|bound| format::seconds(bound / 1e3));
    WallReading {
        phase: if by_ttft { Phase::Prefill } else { Phase::Decode },
        pressure,
        value: time(value),
        sentence: match &limit {
            Some(limit) if pressure.is_some_and(|pressure| pressure > 1.0) && by_ttft => {
                format!("The first token takes {first}, over {limit}: shorten the prompt or divide more.")
            }
            Some(limit) if pressure.is_some_and(|pressure| pressure > 1.0) => {
                format!("A token takes {next}, over {limit}: fewer bits or sequences, more division.")
            }
            _ => format!("The first token comes after {first}, each further one after {next}."),
        },
        limit: limit.unwrap_or_else(|| "no limit asserted".into()),
        substituted: format!(
            "TTFT {first} for {} prompt tokens; ITL {next} at {} sequences",
            format::grouped(serving.prompt),
            format::grouped(serving.sequences)
        ),
        ..blank(wall, state_of(pressure.unwrap_or(0.0), true))
    }
}

/// Wall 5: live sequences against those that memory allows.
pub(super) fn batching(wall: &Wall, i: &ReadingInputs<'_>) -> WallReading {
    let Some(serving) = &i.serving else {
        return without(wall, silent(i));
    };
    let room = serving.most > 0.0;
    let pressure = if room { finite(serving.sequences / serving.most) } else { None };
    let state = if room { state_of(pressure.unwrap_or(0.0), true) } else { WallState::Violated };
    let (live, most) = (format::grouped(serving.sequences), format::grouped(serving.most));
    WallReading {
        pressure,
        value: format!("{live} sequences"),
        limit: if room { format!("{most} sequences") } else { "no room".into() },
        sentence: if !room {
            "The weights leave no room for a single sequence: fewer bits or more memory.".into()
        } else if serving.sequences > serving.most {
            format!("{live} sequences are asked for and {most} fit: shorten the context or add memory.")
        } else {
            format!(
                "{live} of {most} sequences are in use, {} tokens each.",
                format::grouped(serving.context)
            )
        },
        substituted: format!(
            "({} − {}) / ({} tokens × {}) per accelerator",
            format::bytes(i.capacity_bytes),
            format::bytes(serving.weights),
            format::grouped(serving.context),
            format::bytes(serving.kv_token_bytes)
        ),
        ..blank(wall, state)
    }
}

/// How the weights of a plan get to where they are used, on devices that can stream them in.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Streaming {
    /// Weight bytes of the whole depth, as one tensor rank holds them.
    pub weights: f64,
    /// Bytes/s into one device.
    pub link: f64,
    /// Layers of the whole depth.
    pub layers: f64,
    /// One step with the weights at hand, s.
    pub run_s: f64,
    /// One step's weights on their way in, s.
    pub stream_s: f64,
    /// The same two of the prefill of one request, where there is one.
    pub prefill: Option<(f64, f64)>,
    /// KV cache of one device, bytes.
    pub cache: f64,
    /// The weights are on the device: nothing streams in.
    pub held: bool,
}

/// Wall 6: only devices whose main memory holds activations and whose weights come in layer by layer.
pub(super) fn streaming(wall: &Wall, i: &ReadingInputs<'_>, beside: &mut Vec<(u8, f64)>) -> WallReading {
    if !streams(i.accelerator()) {
        return without(wall, "weights stay in memory; only wafer-scale systems stream them");
    }
    if !i.model().kind.is_transformer() {
        return without(wall, "only transformers are streamed layer by layer");
    }
    if i.plan.physics == Physics::Mlsysim { as_the_reference(wall, i, beside) } else { streamed(wall, i) }
}

/// The plan's own figures: what does not wait in the step must not look like waiting here.
fn streamed(wall: &Wall, i: &ReadingInputs<'_>) -> WallReading {
    let Some(now) = &i.streaming else {
        // Training keeps weights, gradients and optimizer on the wafers.
        let why =
            "in training everything is kept on the wafers; weights that stream in are evaluated for serving";
        return without(wall, why);
    };
    let (weights, link) = (format::bytes(now.weights), format::bytes_per_s(now.link));
    if now.held {
        return without(wall, &format!("the wafers hold all {weights} of the weights: nothing streams in"));
    }
    let layers = now.layers.max(1.0);
    // Read where a phase waits.
    let early = now.prefill.filter(|(run, stream)| now.stream_s < now.run_s && stream >= run);
    let (pass_run_s, pass_s) = early.unwrap_or((now.run_s, now.stream_s));
    let (inject_s, run_s) = (pass_s / layers, pass_run_s / layers);
    let (inject, run) = (time(inject_s), time(run_s));
    let pressure = if run_s > 0.0 { inject_s / run_s } else { f64::INFINITY };
    let mut reading = WallReading {
        phase: if early.is_some() { Phase::Prefill } else { i.main_phase() },
        pressure: finite(pressure),
        sentence: if pressure > 1.0 {
            format!(
                "A layer streams in for {inject} and runs {run}: more wafers hold the weights, or more sequences share them."
            )
        } else {
            format!("A layer streams in in {inject}, while the last one runs for {run}.")
        },
        substituted: format!(
            "{weights} / {link} = {} a pass, {inject} a layer; {inject} / {run} = {}; KV cache {} of the memory",
            time(now.stream_s),
            format::percent(pressure),
            format::percent(now.cache / i.capacity_bytes)
        ),
        value: inject,
        limit: run,
        ..blank(wall, state_of(pressure, false))
    };
    cite(&mut reading, i.accelerator(), "interconnect");
    reading
}

/// As 0.3.0 has it: beside the step, which does not wait for it.
fn as_the_reference(wall: &Wall, i: &ReadingInputs<'_>, beside: &mut Vec<(u8, f64)>) -> WallReading {
    let inputs = stream::Inputs {
        model: i.model(),
        hardware: i.device(),
        seq_len: i.context(),
        batch_size: i.plan.workload.batch_size.max(1),
        precision: i.precision(),
        efficiency: i.efficiency,
        prefill: i.trains(),
    };
    let answer = match stream::solve(&inputs) {
        Ok(answer) => answer,
        Err(error) => return refused(wall, &error),
    };
    let layers = i.model().layers.map_or(1.0, f64::from);
    beside.push((wall.number, layers * answer.layer_injection_time_s));
    let (inject, run) = (time(answer.layer_injection_time_s), time(answer.layer_compute_time_s));
    let pressure = if answer.layer_compute_time_s > 0.0 {
        answer.layer_injection_time_s / answer.layer_compute_time_s
    } else {
        f64::INFINITY
    };
    let mut reading = WallReading {
        pressure: finite(pressure),
        sentence: if !answer.feasible {
            "The KV cache does not fit on the wafer: fewer sequences or a shorter context.".into()
        } else if pressure > 1.0 {
            format!(
                "A layer streams in for {inject} and runs {run}: batch {} evens them out.",
                format::grouped(answer.optimal_batch_size as f64)
            )
        } else {
            format!("A layer streams in in {inject}, while the last one runs for {run}.")
        },
        substituted: format!(
            "{inject} / {run} = {}; KV cache {} of the memory",
            format::percent(pressure),
            format::percent(answer.wafer_memory_utilization)
        ),
        value: inject,
        limit: run,
        ..blank(wall, if answer.feasible { state_of(pressure, false) } else { WallState::Violated })
    };
    cite(&mut reading, i.accelerator(), "interconnect");
    reading
}

/// Wall 7: the queue in front of the replicas.
pub(super) fn tail(wall: &Wall, i: &ReadingInputs<'_>) -> WallReading {
    let Some(queue) = &i.queue else {
        return without(wall, "training answers no requests");
    };
    let rate = i.plan.workload.serve.as_ref().and_then(|serve| serve.request_rate_per_s);
    let Some(rate) = rate else {
        return needs(wall, "workload.serve.request_rate");
    };
    let servers = queue.servers.clamp(1, MOST_SERVERS);
    // One queue before fewer servers of the same load: no shorter a wait than the real one.
    let offered = rate * servers as f64 / queue.servers.max(1) as f64;
    let answer = match tail_latency::solve(&tail_latency::Inputs {
        arrival_rate_qps: offered,
        service_latency_ms: if queue.per_server_per_s > 0.0 { 1e3 / queue.per_server_per_s } else { 0.0 },
        num_replicas: servers,
        service_time_cv: 1.0,
    }) {
        Ok(answer) => answer,
        Err(error) => return refused(wall, &error),
    };
    let carried = queue.per_server_per_s * queue.servers as f64;
    let load = if carried > 0.0 { rate / carried } else { f64::INFINITY };
    let service = if queue.per_server_per_s > 0.0 { 1.0 / queue.per_server_per_s } else { 0.0 };
    let wait = (answer.p99_latency_s - service).max(0.0);
    let slowest = time(queue.latency_s + wait);
    let (asked, most) = (format!("{}/s", format::figure(rate)), format!("{}/s", format::figure(carried)));
    let mut reading = WallReading {
        pressure: finite(load),
        sentence: if answer.is_stable {
            format!("1 in 100 waits longer than {slowest}; {asked} of {most} arrive.")
        } else {
            format!("{asked} arrive and {most} are answered: the queue never ends. Add replicas.")
        },
        substituted: format!(
            "ρ = {asked} / ({} × {}/s) = {}; p99 = {} + wait {}",
            format::grouped(queue.servers as f64),
            format::figure(queue.per_server_per_s),
            format::percent(load),
            time(queue.latency_s),
            time(wait),
        ),
        value: asked,
        limit: most,
        phase: Phase::Always,
        ..blank(wall, if answer.is_stable { state_of(load, true) } else { WallState::Violated })
    };
    reading.sources.push("service times vary like an exponential: assumed".into());
    reading
}

/// Wall 12: thinking before the answer.
pub(super) fn reasoning(wall: &Wall, i: &ReadingInputs<'_>) -> WallReading {
    let Some(serving) = &i.serving else {
        return without(wall, if i.trains() { "training answers no questions" } else { silent(i) });
    };
    let steps = i.plan.workload.serve.as_ref().and_then(|serve| serve.reasoning_steps);
    let Some(steps) = steps else {
        return needs(wall, "workload.serve.reasoning_steps");
    };
    let tokens = steps as f64 * TOKENS_PER_REASONING_STEP;
    let total = serving.ttft_s + tokens * serving.thinking_itl_s;
    let bound =
        upper_bound(&i.plan.assertions, "performance.request_latency_ms").filter(|bound| *bound > 0.0);
    let pressure = bound.and_then(|bound| finite(total * 1e3 / bound));
    let taken = time(total);
    let mut reading = WallReading {
        phase: Phase::Request,
        pressure,
        sentence: format!(
            "{} think {} tokens: an answer begins after {taken}.",
            format::count(steps, "step"),
            format::grouped(tokens)
        ),
        substituted: format!(
            "{} + {} × {TOKENS_PER_REASONING_STEP} × {} = {taken}",
            time(serving.ttft_s),
            format::grouped(steps as f64),
            time(serving.thinking_itl_s)
        ),
        value: taken,
        limit: bound.map_or_else(|| "no limit asserted".into(), |bound| format::seconds(bound / 1e3)),
        ..blank(wall, state_of(pressure.unwrap_or(0.0), true))
    };
    reading.sources.push(format!("{TOKENS_PER_REASONING_STEP} tokens a step: assumed"));
    reading
}
