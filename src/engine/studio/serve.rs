//! Transformers answering requests.
//!
//! `batch_size` sequences are live at once, spread over the replicas, each holding `seq_len` tokens of
//! context. A request has `prompt_tokens` and `output_tokens`; where a plan gives neither, the output is
//! an eighth of the context, at most 512 tokens, and the prompt the rest.
//!
//! | room | what it holds |
//! | --- | --- |
//! | `decoder` | language models that write tokens, under load too |
//! | `draft` | speculative decoding |
//! | `load` | waiting when requests arrive at random |
//! | `pools` | prefill and decode on different accelerators |
//! | `notes` | warnings |

mod decoder;
mod draft;
mod load;
mod notes;
mod pools;

use super::anatomy::{self, Anatomy, Replica};
use super::formats::{self, Chosen};
use super::machine::Machine;
use super::{Outcome, Query, band, bottleneck, degrees, divides, memory_fit, parts, performance};
use crate::engine::common::{ResolveError, Resolved};
use crate::engine::format;
use crate::engine::model::constants::Prediction;
use crate::engine::model::inference::{Engine, Pass, Serving};
use crate::engine::model::memory::{self, ServingMemory};
use crate::engine::model::primitives::Rates;
use crate::engine::model::{Case, Shape, Split, Stack};
use crate::engine::readings::{Communication, Load, PhaseLoads, Streaming};
use crate::engine::report::{ChosenParallelism, Timeline, Warning};
use crate::metrics::Values;
use crate::plan::{Auto, Plan, Serve};

/// One request, tokens.
#[derive(Debug, Clone, Copy)]
struct Request {
    prompt: f64,
    output: f64,
    cached: f64,
    /// Context that memory is kept for.
    context: f64,
}

fn request(plan: &Plan, serve: &Serve) -> Request {
    let held = plan.workload.seq_len.max(1);
    let shortest = |length: u64| (length / 8).clamp(1, 512);
    let (prompt, output) = match (serve.prompt_tokens, serve.output_tokens) {
        (Some(prompt), Some(output)) => (prompt, output),
        (Some(prompt), None) if prompt < held => (prompt, held - prompt),
        (Some(prompt), None) => (prompt, shortest(prompt)),
        (None, Some(output)) => (held.saturating_sub(output).max(1), output),
        (None, None) => (held.saturating_sub(shortest(held)).max(1), shortest(held)),
    };
    let block = serve.kv_block_tokens.unwrap_or(1).max(1) as f64;
    let longest = held.max(prompt.saturating_add(output)) as f64;
    Request {
        prompt: prompt as f64,
        output: output as f64,
        cached: serve.cached_prefix_tokens.unwrap_or(0).min(prompt) as f64,
        // A paged cache is held in whole blocks.
        context: (longest / block).ceil() * block,
    }
}

/// One way to divide the fleet.
#[derive(Debug, Clone, Copy)]
struct Placement {
    case: Case,
    serving: Serving,
    replicas: u64,
    /// Live sequences of the busiest replica.
    sequences: f64,
    memory: ServingMemory,
    /// The model that drafts tokens.
    draft: Option<draft::Draft>,
    /// Weight bytes of one accelerator, wherever they are held.
    weights: f64,
}

impl Placement {
    /// Weights come in from outside, layer by layer.
    fn streamed(&self) -> bool {
        self.serving.stream.is_some()
    }

    /// Bytes on one accelerator.
    fn used(&self) -> f64 {
        self.memory.total() + self.draft.map_or(0.0, |draft| draft.weights + draft.kv)
    }

    fn fits(&self) -> bool {
        self.used() <= self.case.device.capacity
    }
}

/// Share of the memory that a division which the engine chooses fills, where there is a choice.
const COMFORTABLE: f64 = 0.95;

/// What an open division is chosen for.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Aim {
    /// The plan's live sequences are answered soonest; at so many sequences that is also the most tokens/s.
    Answer,
    /// A batch of sequences of so many tokens is read soonest.
    Read(f64),
    /// As many replicas as memory allows.
    Smallest,
}

/// What placements share.
#[derive(Clone, Copy)]
struct Site<'a> {
    machine: &'a Machine<'a>,
    shape: Shape,
    chosen: &'a Chosen,
    stack: &'static Stack,
    kv_bytes: f64,
    chunk: Option<f64>,
    request: Request,
    batch: u64,
    expert: u64,
    /// Shape of the model that drafts tokens, and the share of them that is accepted.
    speculation: Option<(Shape, f64)>,
    /// What an open division is chosen for.
    aim: Aim,
    /// Words are wanted beside numbers.
    words: bool,
    /// The terms behind the figures are wanted too.
    open: bool,
}

impl Site<'_> {
    /// What the accelerators cannot do with the plan's precision.
    fn finding(&self, plan: &Plan) -> Option<Warning> {
        let name = &self.machine.entry.name;
        self.chosen.finding.map(|finding| finding.warning(&plan.hardware.precision, name))
    }

    fn place(&self, tensor: u64, pipeline: u64, data: Option<u64>) -> Placement {
        self.place_with(tensor, pipeline, data, None)
    }

    /// A placement whose weights are held, or stream in at so many bytes/s.
    fn place_with(&self, tensor: u64, pipeline: u64, data: Option<u64>, stream: Option<f64>) -> Placement {
        let machine = self.machine;
        let ranks = tensor.saturating_mul(pipeline).max(1);
        let replicas = data.unwrap_or(machine.count / ranks).max(1);
        let device = crate::engine::model::Device {
            peak8: self.chosen.peak8,
            peak32: self.chosen.peak32,
            ..machine.device
        };
        let (chunk, max_sequences) = self.stack.limits(&device);
        let chunk = self.chunk.unwrap_or(chunk);
        let case = Case {
            shape: self.shape,
            device,
            node: machine.node as f64,
            nic: machine.nic,
            stack: self.stack,
            format: self.chosen.format,
            split: Split {
                tensor: tensor as f64,
                pipeline: pipeline as f64,
                expert: self.expert as f64,
                ..Split::ONE
            },
            devices: ranks as f64,
            training: false,
            sequence_parallel: true,
            efficiency: machine.efficiency,
        };
        let sequences = self.batch.div_ceil(replicas).max(1) as f64;
        let request = &self.request;
        let pass = (sequences * (request.prompt - request.cached).max(1.0)).min(chunk);
        let mut memory =
            memory::serving(&case, sequences, request.context, request.prompt, pass, self.kv_bytes);
        let weights = memory.weights;
        if stream.is_some() {
            // The layer at work and the next one.
            memory.weights *= (2.0 * case.split.pipeline / case.shape.layers.max(1.0)).min(1.0);
        }
        let serving = Serving { kv_bytes: self.kv_bytes, chunk, max_sequences, stream };
        let draft = self.speculation.map(|(shape, acceptance)| {
            draft::Draft::beside(&case, shape, acceptance, sequences * request.context, self.kv_bytes)
        });
        Placement { case, serving, replicas, sequences, memory, draft, weights }
    }

    /// What a division is judged by, s.
    fn aimed_s(&self, placement: &Placement) -> f64 {
        match self.aim {
            Aim::Answer => decoder::answer_s(placement, &self.request),
            Aim::Read(tokens) => {
                let rates = Rates::of(&placement.case);
                let engine = Engine::new(&placement.case, &rates, &placement.serving);
                engine.prefill(placement.sequences, tokens, 0.0).total
            }
            Aim::Smallest => placement.case.devices,
        }
    }

    /// The written division. What is open is chosen for the plan's aim, in powers of two: tensor ranks inside a
    /// node, and over pipeline stages only where no node of tensor ranks is enough.
    fn divide(&self, plan: &Plan) -> Resolved<Placement> {
        let total = self.machine.count;
        let written = |field: Option<Auto<u64>>| match field {
            Some(Auto::Is(value)) => Some(value.max(1)),
            _ => None,
        };
        let p = &plan.parallelism;
        let (tensor, pipeline, data) = (written(p.tensor), written(p.pipeline), written(p.data));
        let fixed =
            tensor.unwrap_or(1).saturating_mul(pipeline.unwrap_or(1)).saturating_mul(data.unwrap_or(1));
        divides("parallelism", fixed, total)?;
        let room = total / data.unwrap_or(1);
        // Stated replicas share the fleet out.
        let shared = data.map(|_| (room / pipeline.unwrap_or(1)).max(1));
        let only = tensor.or(shared);
        let tensors = degrees(only, room.min(self.machine.node));
        let widest = tensors.clone().next_back().unwrap_or(1);
        let mut nearest: Option<Placement> = None;
        let mut best: Option<(bool, f64, Placement)> = None;
        for stage in degrees(pipeline, room) {
            if best.is_some() {
                break;
            }
            for rank in tensors.clone() {
                let ranks = rank.saturating_mul(stage);
                // Stages come into play only when a whole node of tensor parallelism is not enough.
                let last = rank == widest;
                if ranks > room || (pipeline.is_none() && stage > 1 && !last) {
                    continue;
                }
                let placement = self.place(rank, stage, data);
                if !placement.fits() {
                    if nearest.is_none_or(|best| placement.used() < best.used()) {
                        nearest = Some(placement);
                    }
                    continue;
                }
                if only.is_some() || self.aim == Aim::Smallest {
                    return Ok(placement);
                }
                // A full memory, uneven shards or idle accelerators are taken only where nothing else fits.
                let sound = placement.used() <= COMFORTABLE * placement.case.device.capacity
                    && self.shape.heads % rank as f64 == 0.0
                    && total.is_multiple_of(ranks);
                let seconds = self.aimed_s(&placement);
                let better = best.is_none_or(|(other, least, _)| {
                    // A gain below half a percent is no reason to divide further.
                    if sound == other { seconds < 0.995 * least } else { sound }
                });
                if better {
                    best = Some((sound, seconds, placement));
                }
            }
        }
        if let Some((_, _, placement)) = best {
            return Ok(placement);
        }
        let (tensor, pipeline) = (tensor.unwrap_or(1), pipeline.unwrap_or(1));
        // Weights that no division can hold stream in, where the machine has a way.
        if let Some(link) = self.machine.chip.stream {
            return Ok(self.place_with(tensor, pipeline, data, Some(link)));
        }
        Ok(nearest.unwrap_or_else(|| self.place(tensor, pipeline, data)))
    }
}

/// Most sequences on one replica that memory allows.
fn room_for(placement: &Placement, request: &Request) -> f64 {
    let case = &placement.case;
    let capacity = case.device.capacity;
    let draft = placement.draft;
    let fixed =
        placement.memory.weights + placement.memory.context + draft.map_or(0.0, |draft| draft.weights);
    let cache = request.context
        * (memory::kv_token_local(case, placement.serving.kv_bytes)
            + draft.map_or(0.0, |draft| draft.kv_token));
    let one = memory::serving(case, 0.0, 0.0, request.prompt, 1.0, 2.0).activations;
    let prompt = (request.prompt - request.cached).max(1.0);
    let free = capacity - fixed;
    let small = free / (cache + prompt * one);
    let count = if small * prompt <= placement.serving.chunk {
        small
    } else {
        // Prefill works in chunks: past one chunk the working set no longer grows.
        ((free - placement.serving.chunk * one) / cache).max(placement.serving.chunk / prompt)
    };
    count.max(0.0).floor()
}

/// Figures of one decode step of the whole depth, per tensor rank, at `tokens` positions of each sequence.
fn loads(placement: &Placement, rates: &Rates, context: f64, tokens: f64) -> (Load, Load) {
    let case = &placement.case;
    let split = &case.split;
    let piece = placement.sequences / split.pipeline.min(placement.sequences);
    let span = case.shape.span(context);
    let flop = case.shape.forward_flops(piece * tokens, piece * span * tokens) / split.tensor;
    let touched = if case.shape.is_moe() {
        let share = case.shape.top_k / case.shape.experts;
        let experts = case.shape.layers * case.shape.ffn_params * case.shape.scale_total / case.shape.total;
        1.0 - experts.min(1.0) * (1.0 - share).max(0.0).powf(piece * tokens)
    } else {
        1.0
    };
    let cache = piece * span * memory::kv_token_local(case, placement.serving.kv_bytes) * split.pipeline;
    let bytes = placement.weights * split.pipeline * touched + cache;
    (
        Load { amount: flop, rate: rates.gemm, seconds: flop / rates.gemm },
        Load { amount: bytes, rate: rates.bandwidth, seconds: bytes / rates.bandwidth },
    )
}

/// Evaluates a serving plan.
pub(super) fn evaluate(query: &Query<'_>, machine: &Machine<'_>, shape: Shape) -> Resolved<Outcome> {
    let plan = query.plan;
    let empty = Serve::default();
    let serve = plan.workload.serve.as_ref().unwrap_or(&empty);
    let gguf = formats::choose(&plan.hardware.precision, machine, false).gguf;
    let named = plan.workload.stack.as_deref().and_then(Stack::by_name).filter(|stack| !stack.trains());
    let stack = named.unwrap_or_else(|| Stack::serving_default(gguf));
    let known = named.is_some() || gguf;
    let machine = &machine.under(stack);
    let chosen = formats::choose(&plan.hardware.precision, machine, false);
    let mut expert = match plan.parallelism.expert {
        Some(Auto::Is(expert)) => expert.max(1),
        _ => 1,
    };
    if expert > 1 && !shape.is_moe() {
        expert = 1;
    }
    if shape.is_moe() && expert as f64 > shape.experts {
        return Err(ResolveError::bad_input(
            "parallelism.expert",
            format!("is {expert}; the model has {} experts", shape.experts),
        ));
    }
    divides("parallelism.expert", expert, machine.count)?;
    let site = Site {
        machine,
        shape,
        chosen: &chosen,
        stack,
        kv_bytes: formats::kv_bytes(
            serve.kv_precision.as_deref().unwrap_or(if plan.hardware.precision == "fp32" {
                "fp32"
            } else {
                "fp16"
            }),
        ),
        chunk: serve.prefill_chunk_tokens.map(|tokens| tokens.max(1) as f64),
        request: request(plan, serve),
        batch: plan.workload.batch_size.max(1),
        expert,
        speculation: draft::speculation(serve, query.facts.draft.as_ref())?,
        aim: Aim::Answer,
        words: query.words,
        open: query.open,
    };
    if query.facts.net.encoder {
        let site = Site { speculation: None, aim: Aim::Read(plan.workload.seq_len.max(1) as f64), ..site };
        return Ok(encoder(plan, &site, &site.divide(plan)?, known));
    }
    let Some((entry, supply)) = serve.decode_hardware.as_deref().zip(query.facts.second.as_ref()) else {
        let placement = site.divide(plan)?;
        return Ok(decoder::evaluate(plan, serve, (&site, &placement), None, known));
    };
    let decoding = pools::machine(query, machine, (entry, &supply.chip), stack)?;
    let chosen = formats::choose(&plan.hardware.precision, &decoding, false);
    let second = Site { machine: &decoding, chosen: &chosen, ..site };
    // A prompt at a time is in work on each replica of the first pool; it has no draft to hold. Many small
    // replicas read the most prompts.
    let first = Site { batch: 1, speculation: None, aim: Aim::Smallest, ..site };
    let prefill = first.divide(plan)?;
    let placement = second.divide(plan)?;
    Ok(decoder::evaluate(plan, serve, (&second, &placement), Some((&first, &prefill)), known))
}

/// Memory of one accelerator; nothing is cached where nothing is generated.
fn fit(words: bool, placement: &Placement, writes: bool) -> crate::engine::report::MemoryFit {
    let memory = &placement.memory;
    let weights = if placement.streamed() { "two layers of weights" } else { "weights" };
    memory_fit(
        words,
        &[
            ("weights", weights, memory.weights),
            ("kv_cache", "KV cache", if writes { memory.kv } else { 0.0 }),
            ("draft_weights", "draft weights", placement.draft.map_or(0.0, |draft| draft.weights)),
            ("draft_kv", "draft KV cache", placement.draft.map_or(0.0, |draft| draft.kv)),
            ("activations", "buffers", memory.activations),
            ("reserve", "reserve", memory.context),
        ],
        placement.case.device.capacity,
    )
}

fn chosen_parallelism(placement: &Placement) -> ChosenParallelism {
    let split = &placement.case.split;
    ChosenParallelism {
        tensor: split.tensor as u64,
        pipeline: split.pipeline as u64,
        data: placement.replicas,
        expert: split.expert as u64,
    }
}

fn communication(words: bool, placement: &Placement, pass: &Pass) -> Option<Communication> {
    let talk = pass.communication + pass.p2p;
    (placement.case.devices > 1.0 || placement.replicas > 1).then_some(Communication {
        data_s: 0.0,
        tensor_s: talk,
        expert_s: 0.0,
        bubble_s: 0.0,
        exposed_s: talk,
        how: if words && talk > 0.0 {
            format!(
                "tensor {} and pipeline {} in each decode step",
                placement.case.split.tensor, placement.case.split.pipeline
            )
        } else {
            String::new()
        },
    })
}

fn timeline(words: bool, pass: &Pass, (compute, traffic): (Load, Load), drafting_s: f64) -> Timeline {
    Timeline {
        segments: parts(
            words,
            &[
                ("compute", "compute", compute.seconds),
                ("memory", "memory", traffic.seconds),
                ("streaming", "weights streaming in", pass.stream),
                ("communication", "communication", pass.communication + pass.p2p),
                ("overhead", "overhead", pass.launch + pass.host),
                ("draft", "drafting", drafting_s),
            ],
        ),
        total_s: pass.total + drafting_s,
    }
}

/// Where the time of one request's prefill goes, per tensor rank.
fn prefill_loads(placement: &Placement, rates: &Rates, pass: &Pass, flop: f64, fresh: f64) -> PhaseLoads {
    let split = &placement.case.split;
    let flop = flop / split.tensor;
    // Each chunk reads the weights once.
    let chunks = (fresh / placement.serving.chunk).ceil().max(1.0);
    let bytes = placement.weights * split.pipeline * chunks;
    PhaseLoads {
        total_s: pass.total,
        compute: Load { amount: flop, rate: rates.gemm, seconds: flop / rates.gemm },
        memory: Load { amount: bytes, rate: rates.bandwidth, seconds: bytes / rates.bandwidth },
        overhead_s: pass.launch + pass.host,
        talk_s: pass.communication + pass.p2p,
        stream_s: waiting(pass),
    }
}

/// Seconds of weights on their way in, where the pass waits for them.
fn waiting(pass: &Pass) -> f64 {
    if pass.stream >= pass.total { pass.stream } else { 0.0 }
}

/// How the weights get to where they are used, on machines that can stream them in.
fn streaming(site: &Site<'_>, placement: &Placement, pass: &Pass) -> Option<Streaming> {
    let case = &placement.case;
    let link = site.machine.chip.stream?;
    Some(Streaming {
        weights: placement.weights * case.split.pipeline,
        link,
        layers: case.shape.layers,
        run_s: pass.run,
        stream_s: pass.stream,
        prefill: None,
        cache: placement.memory.kv,
        held: !placement.streamed(),
    })
}

/// A forward pass over whole sequences of `seq_len` tokens; nothing is generated.
fn encoder(plan: &Plan, site: &Site<'_>, placement: &Placement, known: bool) -> Outcome {
    let case = &placement.case;
    let rates = Rates::of(case);
    let tokens = plan.workload.seq_len.max(1) as f64;
    let pass = Engine::new(case, &rates, &placement.serving).prefill(placement.sequences, tokens, 0.0);
    let batch = site.batch as f64;
    let flop = case.shape.forward_flops(placement.sequences * tokens, placement.sequences * tokens * tokens);
    let per_rank = flop / case.split.tensor;
    let bytes = placement.weights * case.split.pipeline;
    let compute = Load { amount: per_rank, rate: rates.gemm, seconds: per_rank / rates.gemm };
    let traffic = Load { amount: bytes, rate: rates.bandwidth, seconds: bytes / rates.bandwidth };
    let mfu = (flop / (pass.total * case.devices * case.peak())).min(1.0);
    let fitted = site.machine.fitted();
    let mut warnings = notes::warnings(plan, site, placement);
    warnings.retain(|warning| warning.code != "context_length");
    let mut metrics = Values::default();
    metrics.set(const { performance("latency") }, pass.total * 1e3);
    metrics.set(const { performance("throughput") }, batch / pass.total);
    metrics.set(const { performance("mfu") }, mfu);
    let summary = || {
        format!(
            "{} for a batch of {} sequences {}, {} sequences/s",
            format::seconds(pass.total),
            format::grouped(batch),
            band(Prediction::Prefill.band(known, fitted), fitted),
            format::figure(batch / pass.total)
        )
    };
    Outcome {
        memory: fit(site.words, placement, false),
        metrics,
        summary: if site.words { summary() } else { String::new() },
        timeline: timeline(site.words, &pass, (compute, traffic), 0.0),
        bottleneck: bottleneck(compute, traffic),
        parallelism: Some(chosen_parallelism(placement)),
        warnings,
        tokens_per_s: Some(batch * tokens / pass.total),
        mfu,
        efficiency: rates.gemm16 / case.device.peak16,
        compute,
        traffic,
        overhead_s: pass.launch + pass.host,
        communication: communication(site.words, placement, &pass),
        node: case.node,
        serving: None,
        streaming: streaming(site, placement, &pass),
        waits_s: waiting(&pass),
        prefill: None,
        queue: None,
        second_pool: false,
        anatomy: site.open.then(|| {
            let engine = Engine::new(case, &rates, &placement.serving);
            Anatomy::Encoder(Box::new(anatomy::Encoder {
                replica: replica(site, placement, &rates),
                pass: engine.prefill_parts(placement.sequences, tokens, 0.0),
                batch,
                flop,
            }))
        }),
    }
}

/// One replica, for derivations.
fn replica(site: &Site<'_>, placement: &Placement, rates: &Rates) -> Replica {
    Replica {
        case: placement.case,
        rates: *rates,
        replicas: placement.replicas as f64,
        sequences: placement.sequences,
        memory: placement.memory,
        weights: placement.weights,
        streamed: placement.streamed(),
        kv_bytes: placement.serving.kv_bytes,
        context: site.request.context,
        chunk: placement.serving.chunk,
        draft_weights: placement.draft.map_or(0.0, |draft| draft.weights),
        draft_kv: placement.draft.map_or(0.0, |draft| draft.kv),
        draft_kv_token: placement.draft.map_or(0.0, |draft| draft.kv_token),
    }
}
