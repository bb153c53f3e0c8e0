//! Prefill, decode, a saturated server and a server under load.

mod offline;
mod online;
mod parts;

use super::Case;
use super::constants::{self as c, Launch};
use super::layer::{Linear, elementwise, unfused_rate};
use super::memory;
use super::primitives::{self, Gemm, GemmKind, Rates, Transfer, smooth_max};
pub use offline::{Offline, offline};
pub use online::{MOST_LIVE, MOST_PREFILL, Online, online, settle};
pub use parts::{AttentionParts, PassParts};

/// What a serving plan adds to a case.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Serving {
    /// KV bytes per element.
    pub kv_bytes: f64,
    /// Tokens of one prefill chunk.
    pub chunk: f64,
    /// Sequences the engine runs at most.
    pub max_sequences: f64,
    /// Where weights are held outside the device and come in layer by layer: bytes/s into each device.
    pub stream: Option<f64>,
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
    /// Weights that come in from outside while layers run; 0 where they are held.
    pub stream: f64,
    /// The pass with its weights at hand.
    pub run: f64,
    /// The pass. Where launches run behind device work the parts add up to more; where weights stream in, the
    /// longer of that and of everything else.
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
            stream: self.stream * factor,
            run: self.run * factor,
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
    /// Weights that come in from outside in one pass, s; 0 where they are held.
    stream: f64,
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
            // Each stage takes in its own layers, one after the other.
            stream: serving.stream.map_or(0.0, |link| memory::weights_local(case) * pipeline / link),
        }
    }

    /// The same with its weights on the device, whatever the serving plan says of the others.
    #[must_use]
    pub fn held(self) -> Engine<'a> {
        Engine { stream: 0.0, ..self }
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
        let run = layers * layer + head + p2p + host;
        Pass {
            gemm: layers * linear,
            attention: layers * attention,
            elementwise: layers * elements,
            communication: layers * comm,
            launch: layers * self.launch,
            head,
            p2p,
            host,
            stream: self.stream,
            run,
            total: run.max(self.stream),
        }
    }

    /// Prefill of `batch` prompts of `prompt` tokens, of which `cached` are already in the cache.
    /// A batch over pipeline stages is cut into pieces that fill the pipe.
    pub fn prefill(&self, batch: f64, prompt: f64, cached: f64) -> Pass {
        let (work, chunks, pipe) = self.prefill_work(batch, prompt, cached);
        self.forward(&work).times(chunks).times(pipe)
    }

    /// One pass of it, how many times it is done, and what filling the pipe multiplies by.
    fn prefill_work(&self, batch: f64, prompt: f64, cached: f64) -> (Work, f64, f64) {
        let stages = self.case.split.pipeline;
        if stages <= 1.0 || batch < 2.0 {
            let (work, chunks) = self.piece(batch, prompt, cached);
            return (work, chunks, 1.0);
        }
        let pieces = stages.min(batch);
        let (work, chunks) = self.piece(batch / pieces, prompt, cached);
        (work, chunks, (stages + pieces - 1.0) / stages)
    }

    fn piece(&self, batch: f64, prompt: f64, cached: f64) -> (Work, f64) {
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
            return (work(tokens, batch, batch * pairs, batch * prompt), 1.0);
        }
        // While chunks advance a single prompt reads half of its context on average.
        let (sequences, context) = if batch <= 1.0 {
            (1.0, cached + f64::midpoint(fresh, per_pass))
        } else {
            ((per_pass / fresh).max(1.0), prompt)
        };
        (work(per_pass, sequences, batch * pairs / chunks, sequences * context), chunks)
    }

    /// One decode step: one token for each of `batch` sequences at a context, which may be a mean.
    /// Pipeline stages work on different pieces of the batch.
    pub fn decode(&self, batch: f64, context: f64) -> Pass {
        self.verify(batch, context, 1.0)
    }

    /// A step that works on `tokens` positions of each of `batch` sequences at once, as the verification of
    /// drafted tokens does: the cache is read once, the arithmetic is done for every position.
    pub fn verify(&self, batch: f64, context: f64, tokens: f64) -> Pass {
        self.forward(&self.verify_work(batch, context, tokens))
    }

    fn verify_work(&self, batch: f64, context: f64, tokens: f64) -> Work {
        let piece = batch / self.case.split.pipeline.min(batch.max(1.0));
        let span = self.case.shape.span(context);
        Work {
            tokens: piece * tokens,
            sequences: piece,
            pairs: piece * span * tokens,
            context: piece * span,
            rows: piece * tokens,
            phase: Phase::Decode,
        }
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
        let Engine { case, linear, head, logits, launch, stages, stream, .. } = self.engine;
        let piece = batch / case.split.pipeline.min(batch.max(1.0));
        let tokens = piece * self.positions;
        let device = linear.seconds(tokens) + self.attention * piece + self.token * tokens + self.fixed;
        let layer =
            if case.stack.launch == Launch::Host { smooth_max(device, *launch) } else { device + launch };
        let run = case.shape.layers * layer
            + head.seconds(tokens)
            + tokens * logits
            + stages.seconds(tokens)
            + c::STEP_INFERENCE
            + piece * c::SEQUENCE_INFERENCE;
        run.max(*stream)
    }
}
