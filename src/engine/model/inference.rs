//! Prefill, decode, a saturated server and a server under load.

use super::Case;
use super::constants::{self as c, Launch};
use super::layer::{Linear, elementwise, unfused_rate};
use super::memory;
use super::primitives::{self, Gemm, GemmKind, Rates, Transfer, smooth_max};

/// What a serving plan adds to a case.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Serving {
    /// KV bytes per element.
    pub kv_bytes: f64,
    /// Tokens of one prefill chunk.
    pub chunk: f64,
    /// Sequences the engine runs at most.
    pub max_sequences: f64,
}

/// Where the seconds of one forward pass go.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Pass {
    /// Linear layers.
    pub gemm: f64,
    /// Attention.
    pub attention: f64,
    /// Elementwise traffic.
    pub elementwise: f64,
    /// Collectives.
    pub communication: f64,
    /// Kernel launches.
    pub launch: f64,
    /// LM head and logits.
    pub head: f64,
    /// Transfers between stages.
    pub p2p: f64,
    /// Scheduler and sampling on the host.
    pub host: f64,
    /// The pass. Where launches run behind device work the parts add up to more.
    pub total: f64,
}

impl Pass {
    /// The pass, `factor` times.
    #[must_use]
    pub fn times(self, factor: f64) -> Pass {
        Pass {
            gemm: self.gemm * factor,
            attention: self.attention * factor,
            elementwise: self.elementwise * factor,
            communication: self.communication * factor,
            launch: self.launch * factor,
            head: self.head * factor,
            p2p: self.p2p * factor,
            host: self.host * factor,
            total: self.total * factor,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Prefill,
    Decode,
}

/// The work of one forward pass.
#[derive(Debug, Clone, Copy)]
struct Work {
    /// New tokens.
    tokens: f64,
    /// Sequences they belong to.
    sequences: f64,
    /// Pairs of new token and attended position.
    pairs: f64,
    /// KV tokens read.
    context: f64,
    /// Rows of logits.
    rows: f64,
    phase: Phase,
}

/// A server's forward passes: all that does not hang on the work is worked out, since a server under load is
/// asked for many of them.
#[derive(Debug, Clone, Copy)]
pub struct Engine<'a> {
    case: &'a Case,
    serving: &'a Serving,
    linear: Linear,
    head: Gemm,
    /// Logits of one row, s.
    logits: f64,
    /// Norms and the like for one token, s.
    elements: f64,
    /// Arithmetic of one pair of new token and attended position, s.
    pair: f64,
    /// Reading one KV token in prefill and in decode, s.
    read: (f64, f64),
    /// Unfused attention: for each pair of the whole rectangle, s.
    unfused: f64,
    /// Sums over tensor ranks, by tokens.
    sums: Transfer,
    /// To the experts and back, by tokens.
    experts: Transfer,
    /// Launches of a layer, s.
    launch: f64,
    /// Between stages, by tokens.
    stages: Transfer,
}

impl<'a> Engine<'a> {
    /// The server of a case.
    pub fn new(case: &'a Case, rates: &Rates, serving: &'a Serving) -> Engine<'a> {
        let (shape, split, stack) = (&case.shape, &case.split, case.stack);
        let (tensor, pipeline) = (split.tensor, split.pipeline);
        let head = GemmKind {
            rate: rates.gemm16,
            weight_bytes: case.format.head_bytes,
            weight_only: case.format.head_bytes < 2.0,
        };
        let width = case.attention_width();
        let read = shape.kv_elements * serving.kv_bytes / case.kv_ranks() / rates.bandwidth;
        let bytes = if stack.fp32_activations { 4.0 } else { 2.0 };
        let sums = primitives::reduction(case, tensor, 1.0);
        let routed = if shape.is_moe() && split.expert > 1.0 {
            primitives::dispatch(case, split.expert)
        } else {
            Transfer::default()
        };
        let stages = if pipeline > 1.0 {
            let (bandwidth, latency) = primitives::stage_link(case, tensor * pipeline);
            let hops = pipeline - 1.0;
            Transfer { unit: hops * shape.hidden * 2.0 / bandwidth, fixed: hops * latency }
        } else {
            Transfer::default()
        };
        Engine {
            case,
            serving,
            linear: Linear::new(case, rates),
            head: Gemm::new(case, rates, head, shape.vocab / tensor, shape.hidden),
            logits: shape.vocab * 8.0 / tensor / rates.bandwidth,
            elements: elementwise(case, rates, stack.elementwise, 1.0),
            pair: 4.0 * width / rates.attention,
            read: (read, if stack.kv_unfused { read / c::KV_UNFUSED } else { read }),
            unfused: 4.0 * width / unfused_rate(case, rates)
                + c::UNFUSED_PASSES * bytes * (shape.heads / tensor) / rates.bandwidth,
            sums: Transfer { unit: 2.0 * shape.hidden * 2.0 * sums.unit, fixed: 2.0 * sums.fixed },
            experts: Transfer { unit: 2.0 * routed.unit / tensor, fixed: 2.0 * routed.fixed },
            launch: stack.kernels
                * match stack.launch {
                    Launch::Graph => c::KERNEL_GRAPH,
                    Launch::Stream => c::KERNEL_STREAM,
                    Launch::Host => c::KERNEL_HOST,
                },
            stages,
        }
    }

    #[inline]
    fn attention(&self, work: &Work) -> f64 {
        let compute = work.pairs * self.pair;
        match work.phase {
            // Unfused kernels work on the whole rectangle and write the scores out.
            Phase::Prefill if !self.case.stack.fused => {
                work.tokens * work.context / work.sequences.max(1.0) * self.unfused
            }
            Phase::Prefill => smooth_max(compute, work.context * self.read.0),
            Phase::Decode => smooth_max(work.context * self.read.1, compute),
        }
    }

    #[inline]
    fn forward(&self, work: &Work) -> Pass {
        let linear = self.linear.seconds(work.tokens);
        let attention = self.attention(work);
        let elements = self.elements * work.tokens;
        let comm = self.sums.seconds(work.tokens) + self.experts.seconds(work.tokens);
        let device = linear + attention + elements + comm;
        let layer = if self.case.stack.launch == Launch::Host {
            smooth_max(device, self.launch)
        } else {
            device + self.launch
        };
        let head = self.head.seconds(work.rows) + work.rows * self.logits;
        let p2p = self.stages.seconds(work.tokens);
        let host = c::STEP_INFERENCE + work.sequences * c::SEQUENCE_INFERENCE;
        let layers = self.case.shape.layers;
        Pass {
            gemm: layers * linear,
            attention: layers * attention,
            elementwise: layers * elements,
            communication: layers * comm,
            launch: layers * self.launch,
            head,
            p2p,
            host,
            total: layers * layer + head + p2p + host,
        }
    }

    /// Prefill of `batch` prompts of `prompt` tokens, of which `cached` are already in the cache.
    /// A batch over pipeline stages is cut into pieces that fill the pipe.
    pub fn prefill(&self, batch: f64, prompt: f64, cached: f64) -> Pass {
        let stages = self.case.split.pipeline;
        if stages <= 1.0 || batch < 2.0 {
            return self.prefill_piece(batch, prompt, cached);
        }
        let pieces = stages.min(batch);
        self.prefill_piece(batch / pieces, prompt, cached).times((stages + pieces - 1.0) / stages)
    }

    fn prefill_piece(&self, batch: f64, prompt: f64, cached: f64) -> Pass {
        let shape = &self.case.shape;
        let fresh = (prompt - cached).max(0.0);
        let tokens = batch * fresh;
        let chunks = (tokens / self.serving.chunk).ceil().max(1.0);
        let per_pass = tokens / chunks;
        let causal = |n: f64| shape.pairs(n, n * (n + 1.0) / 2.0);
        let pairs = causal(prompt) - if cached > 0.0 { causal(cached.min(prompt)) } else { 0.0 };
        let work = |tokens, sequences, pairs, context| Work {
            tokens,
            sequences,
            pairs,
            context,
            rows: sequences,
            phase: Phase::Prefill,
        };
        if chunks <= 1.0 {
            return self.forward(&work(tokens, batch, batch * pairs, batch * prompt));
        }
        // While chunks advance a single prompt reads half of its context on average.
        let (sequences, context) = if batch <= 1.0 {
            (1.0, cached + f64::midpoint(fresh, per_pass))
        } else {
            ((per_pass / fresh).max(1.0), prompt)
        };
        self.forward(&work(per_pass, sequences, batch * pairs / chunks, sequences * context)).times(chunks)
    }

    /// One decode step: one token for each of `batch` sequences at a context, which may be a mean.
    /// Pipeline stages work on different pieces of the batch.
    pub fn decode(&self, batch: f64, context: f64) -> Pass {
        self.verify(batch, context, 1.0)
    }

    /// A step that works on `tokens` positions of each of `batch` sequences at once, as the verification of
    /// drafted tokens does: the cache is read once, the arithmetic is done for every position.
    pub fn verify(&self, batch: f64, context: f64, tokens: f64) -> Pass {
        let piece = batch / self.case.split.pipeline.min(batch.max(1.0));
        let span = self.case.shape.span(context);
        self.forward(&Work {
            tokens: piece * tokens,
            sequences: piece,
            pairs: piece * span * tokens,
            context: piece * span,
            rows: piece * tokens,
            phase: Phase::Decode,
        })
    }
}

/// The steps of a server at one context, by their sequences: a step's time alone, without what it is made of.
#[derive(Debug, Clone, Copy)]
pub struct Steps<'a> {
    engine: &'a Engine<'a>,
    /// Positions of each sequence in one step.
    positions: f64,
    /// Attention of one sequence in a layer, s: both its sides grow with the sequences.
    attention: f64,
    /// What grows with the tokens in a layer, s.
    token: f64,
    /// What stays in a layer, s.
    fixed: f64,
}

impl<'a> Engine<'a> {
    /// Steps that work on `positions` positions of each sequence at a context.
    pub fn steps(&'a self, context: f64, positions: f64) -> Steps<'a> {
        let span = self.case.shape.span(context);
        let one = Work {
            tokens: positions,
            sequences: 1.0,
            pairs: span * positions,
            context: span,
            rows: positions,
            phase: Phase::Decode,
        };
        Steps {
            engine: self,
            positions,
            attention: self.attention(&one),
            token: self.elements + self.sums.unit + self.experts.unit,
            fixed: self.sums.fixed + self.experts.fixed,
        }
    }
}

impl Steps<'_> {
    /// The step of `batch` sequences, s: the total of [`Engine::verify`].
    #[inline]
    pub fn seconds(&self, batch: f64) -> f64 {
        let Engine { case, linear, head, logits, launch, stages, .. } = self.engine;
        let piece = batch / case.split.pipeline.min(batch.max(1.0));
        let tokens = piece * self.positions;
        let device = linear.seconds(tokens) + self.attention * piece + self.token * tokens + self.fixed;
        let layer =
            if case.stack.launch == Launch::Host { smooth_max(device, *launch) } else { device + launch };
        case.shape.layers * layer
            + head.seconds(tokens)
            + tokens * logits
            + stages.seconds(tokens)
            + c::STEP_INFERENCE
            + piece * c::SEQUENCE_INFERENCE
    }
}

/// A saturated server with in-flight batching.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Offline {
    /// Output tokens per second.
    pub tokens_per_s: f64,
    /// Live sequences.
    pub concurrency: f64,
    /// Sequences that KV memory allows.
    pub kv_concurrency: f64,
    /// Iterations while one generation of requests lives.
    pub iterations: f64,
    /// Tokens of one iteration.
    pub tokens_per_iteration: f64,
    /// One iteration without attention.
    pub iteration: Pass,
    /// Attention of one prompt.
    pub prefill_attention: f64,
    /// Attention of one decode step.
    pub decode_attention: f64,
    /// Seconds of one generation of requests.
    pub total: f64,
}

/// Throughput of a saturated server whose batch is bound by KV memory and the engine.
pub fn offline(case: &Case, rates: &Rates, serving: &Serving, prompt: f64, output: f64) -> Offline {
    let engine = Engine::new(case, rates, serving);
    let shape = &case.shape;
    let (prompt, output, stages) = (prompt.max(1.0), output.max(1.0), case.split.pipeline);
    let capacity = case.device.capacity * c::USABLE;
    let free = capacity - memory::weights_local(case) - c::SERVER_RESERVE;
    let token = memory::kv_token_local(case, serving.kv_bytes);
    let kv_concurrency =
        (c::SERVER_KV_SHARE * free.max(0.02 * capacity) / token / shape.span(prompt + output)).max(1.0);
    let live = kv_concurrency.min(serving.max_sequences);
    let iterations = output.max(live * (prompt + output) / serving.chunk.min(8192.0));
    let tokens = live * (prompt + output) / iterations;
    let sequences = live / stages;
    let base = Work {
        tokens: tokens / stages,
        sequences,
        pairs: 0.0,
        context: 0.0,
        rows: sequences,
        phase: Phase::Decode,
    };
    let iteration = engine.forward(&base);
    let prompt_work = Work {
        tokens: prompt,
        sequences: 1.0,
        pairs: shape.pairs(prompt, prompt * (prompt + 1.0) / 2.0),
        context: prompt,
        rows: 0.0,
        phase: Phase::Prefill,
    };
    let read = sequences * shape.span(prompt + output / 2.0);
    let decode_work = Work { tokens: sequences, pairs: read, context: read, rows: 0.0, ..base };
    let prefill_attention = shape.layers * engine.attention(&prompt_work);
    let decode_attention = shape.layers * engine.attention(&decode_work);
    let total = iterations * iteration.total + sequences * prefill_attention + output * decode_attention;
    Offline {
        tokens_per_s: live * output / total,
        concurrency: live,
        kv_concurrency,
        iterations,
        tokens_per_iteration: tokens,
        iteration,
        prefill_attention,
        decode_attention,
        total,
    }
}

/// A server under an offered rate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Online {
    /// Mean time to first token, s.
    pub ttft_s: f64,
    /// Mean inter-token latency, s.
    pub itl_s: f64,
    /// Live sequences.
    pub concurrency: f64,
    /// Prefill of one prompt alone, s.
    pub prefill_s: f64,
    /// What one more prompt adds to a running batch, s.
    pub prefill_increment_s: f64,
    /// Share of the time that prefill takes, at most [`MOST_PREFILL`].
    pub prefill_share: f64,
    /// Prompts that arrive while one is read: from 1 on their queue has no end.
    pub prefill_load: f64,
    /// The offered rate is more than the engine's sequences can carry.
    pub saturated: bool,
}

/// Mean latencies of one replica at `rate` requests/s.
pub fn online(
    case: &Case,
    rates: &Rates,
    serving: &Serving,
    prompt: f64,
    output: f64,
    cached: f64,
    rate: f64,
) -> Online {
    let engine = Engine::new(case, rates, serving);
    let alone = engine.prefill(1.0, prompt, cached).total;
    let increment = ((engine.prefill(4.0, prompt, cached).total - alone) / 3.0).max(0.0);
    let share = (rate * increment).min(MOST_PREFILL);
    let context = prompt + output / 2.0;
    let most = serving.max_sequences.min(MOST_LIVE);
    let steps = engine.steps(context, 1.0);
    let load = settle((alone, increment), share, share, (rate * output, most), |live| steps.seconds(live));
    Online { prefill_load: rate * increment, ..load }
}

impl Online {
    /// Time to first token that a share `quantile` (above 0, below 1) of requests stays under, s: prompts
    /// arrive at random (Poisson) and differ in length as an exponential does, so that their time in an
    /// M/M/1 queue does too, with the mean `prefill_s / (1 − ρ)`; the step that is under way when a prompt
    /// arrives comes on top. Without end from `ρ` = 1 on.
    pub fn ttft_quantile_s(&self, quantile: f64) -> f64 {
        if self.prefill_load >= 1.0 {
            return f64::INFINITY;
        }
        quantile * self.itl_s - self.prefill_s / (1.0 - self.prefill_load) * (1.0 - quantile).ln()
    }
}

/// Share of the time that prefill takes at most, under load.
pub const MOST_PREFILL: f64 = 0.70;

/// Sequences that a server under load runs at once, at most.
pub const MOST_LIVE: f64 = 256.0;

/// The steady state of a server under load. Prefill of one prompt takes `alone` and each further one
/// `increment`; it takes `share` of its device's time, of which decode loses `lost` (nothing where decode
/// has a pool of its own). `tokens_per_s` are asked of at most `most` sequences; `step` is the seconds
/// between two tokens of a number of live sequences.
pub fn settle(
    (alone, increment): (f64, f64),
    share: f64,
    lost: f64,
    (tokens_per_s, most): (f64, f64),
    step: impl Fn(f64) -> f64,
) -> Online {
    let mut live = 1.0;
    let mut seconds = step(live);
    let mut itl = seconds;
    for _ in 0..24 {
        let next = (tokens_per_s * itl).max(1.0).min(most);
        // At either end of its range the number stays, and the step with it.
        if next != live {
            (live, seconds) = (next, step(next));
        }
        let following = 0.5 * itl + 0.5 * seconds / (1.0 - lost);
        // Nothing moves any more, to the last digit.
        if following == itl {
            break;
        }
        itl = following;
    }
    Online {
        ttft_s: alone + 0.5 * itl + share / (1.0 - share) * alone,
        itl_s: itl,
        concurrency: live,
        prefill_s: alone,
        prefill_increment_s: increment,
        prefill_share: share,
        prefill_load: share,
        saturated: tokens_per_s * itl > most,
    }
}
