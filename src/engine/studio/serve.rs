//! Transformers answering requests.
//!
//! `batch_size` sequences are live at once, spread over the replicas, each holding `seq_len` tokens of
//! context. A request has `prompt_tokens` and `output_tokens`; where a plan gives neither, the output is
//! an eighth of the context, at most 512 tokens, and the prompt the rest.

mod notes;

use super::formats::{self, Chosen};
use super::machine::{self, Machine};
use super::{Outcome, band, bottleneck, divides, memory_fit, parts, powers};
use crate::engine::common::{ResolveError, Resolved};
use crate::engine::format;
use crate::engine::model::constants::Prediction;
use crate::engine::model::inference::{self, Pass, Serving};
use crate::engine::model::memory::{self, ServingMemory};
use crate::engine::model::primitives::Rates;
use crate::engine::model::{Case, Shape, Split, Stack};
use crate::engine::readings::{Communication, Load, PhaseLoads, Queue, ServingFigures};
use crate::engine::report::{ChosenParallelism, Timeline, Warning};
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
}

/// What placements share.
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
}

impl Site<'_> {
    fn place(&self, tensor: u64, pipeline: u64, data: Option<u64>) -> Placement {
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
        let memory = memory::serving(&case, sequences, request.context, request.prompt, pass, self.kv_bytes);
        let serving = Serving { kv_bytes: self.kv_bytes, chunk, max_sequences };
        Placement { case, serving, replicas, sequences, memory }
    }

    /// The written division; what is open is the smallest that fits, in powers of two, first inside a
    /// node, then over pipeline stages.
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
        let tensors: Vec<u64> = match (tensor, data) {
            (Some(tensor), _) => vec![tensor],
            // Stated replicas share the fleet out.
            (None, Some(_)) => vec![(room / pipeline.unwrap_or(1)).max(1)],
            (None, None) => powers(room.min(self.machine.node)),
        };
        let stages = match pipeline {
            Some(pipeline) => vec![pipeline],
            None => powers(room),
        };
        let mut nearest: Option<Placement> = None;
        for &stage in &stages {
            for &rank in &tensors {
                let ranks = rank.saturating_mul(stage);
                // Stages come into play only when a whole node of tensor parallelism is not enough.
                let last = rank == tensors.last().copied().unwrap_or(1);
                if ranks > room || (pipeline.is_none() && stage > 1 && !last) {
                    continue;
                }
                let placement = self.place(rank, stage, data);
                let used = placement.memory.total();
                if used <= placement.case.device.capacity {
                    return Ok(placement);
                }
                if nearest.is_none_or(|best| used < best.memory.total()) {
                    nearest = Some(placement);
                }
            }
        }
        Ok(nearest.unwrap_or_else(|| self.place(tensor.unwrap_or(1), pipeline.unwrap_or(1), data)))
    }
}

/// Most sequences on one replica that memory allows.
fn room_for(placement: &Placement, request: &Request) -> f64 {
    let case = &placement.case;
    let capacity = case.device.capacity;
    let fixed = placement.memory.weights + placement.memory.context;
    let cache = request.context * memory::kv_token_local(case, placement.serving.kv_bytes);
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

/// Figures of one decode step of the whole depth, per tensor rank.
fn loads(placement: &Placement, rates: &Rates, context: f64) -> (Load, Load) {
    let case = &placement.case;
    let split = &case.split;
    let piece = placement.sequences / split.pipeline.min(placement.sequences);
    let span = case.shape.span(context);
    let flop = case.shape.forward_flops(piece, piece * span) / split.tensor;
    let touched = if case.shape.is_moe() {
        let share = case.shape.top_k / case.shape.experts;
        let experts = case.shape.layers * case.shape.ffn_params * case.shape.scale_total / case.shape.total;
        1.0 - experts.min(1.0) * (1.0 - share).max(0.0).powf(piece)
    } else {
        1.0
    };
    let cache = piece * span * memory::kv_token_local(case, placement.serving.kv_bytes) * split.pipeline;
    let bytes = placement.memory.weights * split.pipeline * touched + cache;
    (
        Load { amount: flop, rate: rates.gemm, seconds: flop / rates.gemm },
        Load { amount: bytes, rate: rates.bandwidth, seconds: bytes / rates.bandwidth },
    )
}

/// Evaluates a serving plan.
pub(super) fn evaluate(plan: &Plan, machine: &Machine<'_>) -> Resolved<Outcome> {
    let entry = &plan.workload.model;
    let Some(shape) = machine::shape(entry) else {
        return Err(ResolveError::bad_input("workload.name", "has no layers or width"));
    };
    let empty = Serve::default();
    let serve = plan.workload.serve.as_ref().unwrap_or(&empty);
    let chosen = formats::choose(&plan.hardware.precision, machine, false);
    let named = plan.workload.stack.as_deref().and_then(Stack::by_name).filter(|stack| !stack.trains());
    let stack = named.unwrap_or_else(|| Stack::serving_default(chosen.gguf));
    let known = named.is_some() || chosen.gguf;
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
    };
    let placement = site.divide(plan)?;
    if machine::is_encoder(entry) {
        return Ok(encoder(plan, &site, &placement, known));
    }
    Ok(decoder(plan, serve, &site, &placement, known))
}

fn fit(placement: &Placement) -> crate::engine::report::MemoryFit {
    let memory = &placement.memory;
    memory_fit(
        &[
            ("weights", "weights", memory.weights),
            ("kv_cache", "KV cache", memory.kv),
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

fn communication(placement: &Placement, pass: &Pass) -> Option<Communication> {
    let talk = pass.communication + pass.p2p;
    (placement.case.devices > 1.0 || placement.replicas > 1).then_some(Communication {
        data_s: 0.0,
        tensor_s: talk,
        expert_s: 0.0,
        bubble_s: 0.0,
        exposed_s: talk,
        how: if talk > 0.0 {
            format!(
                "tensor {} and pipeline {} in each decode step",
                placement.case.split.tensor, placement.case.split.pipeline
            )
        } else {
            String::new()
        },
    })
}

fn timeline(pass: &Pass, compute: Load, traffic: Load) -> Timeline {
    Timeline {
        segments: parts(&[
            ("compute", "compute", compute.seconds),
            ("memory", "memory", traffic.seconds),
            ("communication", "communication", pass.communication + pass.p2p),
            ("overhead", "overhead", pass.launch + pass.host),
        ]),
        total_s: pass.total,
    }
}

fn decoder(plan: &Plan, serve: &Serve, site: &Site<'_>, placement: &Placement, known: bool) -> Outcome {
    let case = &placement.case;
    let rates = Rates::of(case);
    let request = &site.request;
    let (prompt, output) = (request.prompt, request.output);
    let replicas = placement.replicas as f64;
    let context = prompt + output / 2.0;
    let pass = inference::decode(case, &rates, &placement.serving, placement.sequences, context);
    let alone = inference::prefill(case, &rates, &placement.serving, 1.0, prompt, request.cached);
    let together =
        inference::prefill(case, &rates, &placement.serving, placement.sequences, prompt, request.cached);
    let steps = (output - 1.0).max(0.0);
    let batch = site.batch as f64;
    let cycle = together.total + steps * pass.total;
    let mut tokens_per_s = batch * output / cycle;
    let capacity = tokens_per_s;
    let (mut ttft, mut itl) = (alone.total, pass.total);
    let mut warnings = notes::warnings(plan, site, placement);
    let mut prediction = Prediction::Decode;
    if let Some(rate) = serve.request_rate_per_s.filter(|rate| *rate > 0.0) {
        let load = inference::online(
            case,
            &rates,
            &placement.serving,
            prompt,
            output,
            request.cached,
            rate / replicas,
        );
        (ttft, itl) = (load.ttft_s, load.itl_s);
        tokens_per_s = tokens_per_s.min(rate * output);
        prediction = Prediction::ServeOnline;
        if load.saturated || rate * output > capacity * 1.001 {
            warnings.push(Warning {
                code: "saturated",
                message: format!(
                    "{} requests/s are more than the deployment carries: about {} output tokens/s at {} sequences",
                    format::figure(rate),
                    format::figure(capacity),
                    format::grouped(batch)
                ),
            });
        }
    }
    let fresh = prompt - request.cached;
    let pairs = |n: f64| case.shape.pairs(n, n * (n + 1.0) / 2.0);
    let prompt_flops = case.shape.forward_flops(fresh, (pairs(prompt) - pairs(request.cached)).max(0.0));
    let output_flops = case.shape.forward_flops(steps, steps * case.shape.span(context));
    let possible = case.devices * replicas * case.peak();
    let mfu = (tokens_per_s / output.max(1.0) * (prompt_flops + output_flops) / possible).min(1.0);
    let (compute, traffic) = loads(placement, &rates, context);
    let most = room_for(placement, request) * replicas;
    let fitted = site.machine.fitted();
    let summary = format!(
        "TTFT {}, ITL {} {}, {} output tokens/s",
        format::seconds(ttft),
        format::seconds(itl),
        band(prediction.band(known, fitted), fitted),
        format::figure(tokens_per_s)
    );
    Outcome {
        memory: fit(placement),
        metrics: vec![
            ("latency", pass.total * 1e3),
            ("throughput", batch / pass.total),
            ("mfu", mfu),
            ("ttft_ms", ttft * 1e3),
            ("itl_ms", itl * 1e3),
            ("request_latency_ms", (ttft + steps * itl) * 1e3),
            ("output_tokens_per_s", tokens_per_s),
            ("max_concurrency", most),
        ],
        summary,
        timeline: timeline(&pass, compute, traffic),
        bottleneck: bottleneck(compute, traffic),
        parallelism: Some(chosen_parallelism(placement)),
        warnings,
        tokens_per_s: Some(tokens_per_s),
        mfu,
        efficiency: rates.gemm16 / case.device.peak16,
        compute,
        traffic,
        overhead_s: pass.launch + pass.host,
        communication: communication(placement, &pass),
        node: case.node,
        serving: Some(ServingFigures {
            ttft_s: ttft,
            itl_s: itl,
            sequences: batch,
            most,
            prompt,
            context: request.context,
            kv_token_bytes: memory::kv_token_local(case, placement.serving.kv_bytes),
            weights: placement.memory.weights,
        }),
        prefill: Some(prefill_loads(placement, &rates, &alone, prompt_flops, fresh)),
        // A request holds one of the live sequences from its first to its last token.
        queue: Some(Queue {
            per_server_per_s: capacity / output.max(1.0) / batch,
            servers: site.batch,
            latency_s: ttft + steps * itl,
        }),
    }
}

/// Where the time of one request's prefill goes, per tensor rank.
fn prefill_loads(placement: &Placement, rates: &Rates, pass: &Pass, flop: f64, fresh: f64) -> PhaseLoads {
    let split = &placement.case.split;
    let flop = flop / split.tensor;
    // Each chunk reads the weights once.
    let chunks = (fresh / placement.serving.chunk).ceil().max(1.0);
    let bytes = placement.memory.weights * split.pipeline * chunks;
    PhaseLoads {
        total_s: pass.total,
        compute: Load { amount: flop, rate: rates.gemm, seconds: flop / rates.gemm },
        memory: Load { amount: bytes, rate: rates.bandwidth, seconds: bytes / rates.bandwidth },
        overhead_s: pass.launch + pass.host,
        talk_s: pass.communication + pass.p2p,
    }
}

/// A forward pass over whole sequences of `seq_len` tokens; nothing is generated.
fn encoder(plan: &Plan, site: &Site<'_>, placement: &Placement, known: bool) -> Outcome {
    let case = &placement.case;
    let rates = Rates::of(case);
    let tokens = plan.workload.seq_len.max(1) as f64;
    let pass = inference::prefill(case, &rates, &placement.serving, placement.sequences, tokens, 0.0);
    let batch = site.batch as f64;
    let flop = case.shape.forward_flops(placement.sequences * tokens, placement.sequences * tokens * tokens);
    let per_rank = flop / case.split.tensor;
    let bytes = placement.memory.weights * case.split.pipeline;
    let compute = Load { amount: per_rank, rate: rates.gemm, seconds: per_rank / rates.gemm };
    let traffic = Load { amount: bytes, rate: rates.bandwidth, seconds: bytes / rates.bandwidth };
    let mfu = (flop / (pass.total * case.devices * case.peak())).min(1.0);
    let fitted = site.machine.fitted();
    let mut memory = fit(placement);
    // Nothing is generated, so nothing is cached.
    memory.parts.retain(|part| part.key != "kv_cache");
    memory.used_bytes = memory.parts.iter().map(|part| part.value).sum();
    let mut warnings = notes::warnings(plan, site, placement);
    warnings.retain(|warning| warning.code != "context_length");
    Outcome {
        memory,
        metrics: vec![("latency", pass.total * 1e3), ("throughput", batch / pass.total), ("mfu", mfu)],
        summary: format!(
            "{} for a batch of {} sequences {}, {} sequences/s",
            format::seconds(pass.total),
            format::grouped(batch),
            band(Prediction::Prefill.band(known, fitted), fitted),
            format::figure(batch / pass.total)
        ),
        timeline: timeline(&pass, compute, traffic),
        bottleneck: bottleneck(compute, traffic),
        parallelism: Some(chosen_parallelism(placement)),
        warnings,
        tokens_per_s: Some(batch * tokens / pass.total),
        mfu,
        efficiency: rates.gemm16 / case.device.peak16,
        compute,
        traffic,
        overhead_s: pass.launch + pass.host,
        communication: communication(placement, &pass),
        node: case.node,
        serving: None,
        prefill: None,
        queue: None,
    }
}
