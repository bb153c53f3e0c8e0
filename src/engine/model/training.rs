//! One optimizer step: micro-batches through a pipeline, then gradients and the optimizer.

use super::constants as c;
use super::layer::{Linear, elementwise, unfused_rate};
use super::primitives::{self, Gemm, GemmKind, GemmParts, Rates, smooth_max};
use super::{Case, ComputeClass};

/// What is recomputed in the backward pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recompute {
    /// Nothing.
    None,
    /// Attention (unfused stacks) or every other matrix product (sharded stacks).
    Selective,
    /// Every layer.
    Full,
    /// As many layers as memory asks for; the share is in [`Training::recomputed`].
    Auto,
}

/// A training plan with nothing left open.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Training {
    /// Sequence length, tokens.
    pub sequence: f64,
    /// Sequences per step.
    pub global_batch: f64,
    /// Sequences of one micro-batch on one replica.
    pub micro_batch: f64,
    /// Micro-batches per step.
    pub micro_batches: f64,
    /// Interleaved stages per device; at least 1.
    pub virtual_stages: f64,
    /// ZeRO stage 0 to 3.
    pub zero: u8,
    /// Policy.
    pub recompute: Recompute,
    /// Share of the layers that are recomputed, 0 to 1.
    pub recomputed: f64,
    /// Tensor-parallel communication overlaps although the stack does not do so by itself.
    pub overlap_tensor: bool,
    /// Sharded 32-bit parameters (the FSDP recipe).
    pub fp32_master: bool,
    /// All state in 16 bits.
    pub pure_16bit: bool,
    /// Gradients accumulate in 32 bits beside 16-bit ones.
    pub fp32_accumulation: bool,
    /// Bytes of a gradient.
    pub gradient_bytes: f64,
    /// Share of the parameters that is trained: 1, or that of the adapters.
    pub trainable: f64,
    /// 32-bit numbers that the optimizer keeps per parameter beside the master copy: 2 for Adam.
    pub optimizer_states: f64,
    /// Overlap of data-parallel communication against the stack's habit.
    pub overlap_data: Option<bool>,
}

impl Default for Training {
    /// One sequence of 2048 tokens, mixed-precision Adam, everything kept.
    fn default() -> Training {
        Training {
            sequence: 2048.0,
            global_batch: 1.0,
            micro_batch: 1.0,
            micro_batches: 1.0,
            virtual_stages: 1.0,
            zero: 0,
            recompute: Recompute::None,
            recomputed: 0.0,
            overlap_tensor: false,
            fp32_master: false,
            pure_16bit: false,
            fp32_accumulation: false,
            gradient_bytes: 2.0,
            trainable: 1.0,
            optimizer_states: 2.0,
            overlap_data: None,
        }
    }
}

/// Where the seconds of a step go, on one rank. With host-bound layers the parts add up to less.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Step {
    /// Linear layers.
    pub gemm: f64,
    /// Attention.
    pub attention: f64,
    /// Elementwise traffic.
    pub elementwise: f64,
    /// Tensor and expert collectives that are not hidden.
    pub model_comm: f64,
    /// LM head and loss.
    pub head: f64,
    /// Transfers between stages.
    pub p2p: f64,
    /// Pipeline fill and drain.
    pub bubble: f64,
    /// Data-parallel communication that is not hidden.
    pub data_exposed: f64,
    /// All data-parallel communication.
    pub data_comm: f64,
    /// Tensor collectives before overlap.
    pub tensor_comm: f64,
    /// Expert exchange before overlap.
    pub expert_comm: f64,
    /// Optimizer.
    pub optimizer: f64,
    /// Fixed host work.
    pub host: f64,
    /// One micro-batch through the slowest stage.
    pub stage: f64,
    /// One layer forward and backward.
    pub layer: f64,
    /// Its device time.
    pub layer_device: f64,
    /// Its host time.
    pub layer_host: f64,
    /// The step.
    pub total: f64,
}

/// Parameters of the fullest pipeline stage on one rank.
pub fn local_params(case: &Case) -> f64 {
    let (shape, split) = (&case.shape, &case.split);
    let dense = shape.attention_params + if shape.is_moe() { 0.0 } else { shape.ffn_params };
    let experts = if shape.is_moe() { shape.ffn_params / split.expert } else { 0.0 };
    let tables = if split.pipeline > 1.0 { shape.embedding } else { shape.tables() };
    shape.layers / split.pipeline
        * shape.scale_total
        * (dense / split.tensor + experts / case.expert_tensor())
        + tables / split.tensor
}

struct Attention {
    forward: f64,
    backward: f64,
}

fn attention(case: &Case, rates: &Rates, plan: &Training) -> Attention {
    let (shape, split) = (&case.shape, &case.split);
    let (sequence, batch, context) = (plan.sequence, plan.micro_batch, split.context);
    let width = case.attention_width();
    if !case.stack.fused {
        let compute = 4.0 * batch * sequence * sequence / context * width / unfused_rate(case, rates);
        let memory = c::UNFUSED_PASSES * 2.0 * batch * (shape.heads / split.tensor) * sequence * sequence
            / context
            / rates.bandwidth;
        return Attention { forward: compute + memory, backward: 2.0 * compute + 1.5 * memory };
    }
    let pairs = shape.pairs(sequence, sequence * sequence / 2.0);
    let mut forward = 4.0 * batch * pairs / context * width / rates.attention;
    let mut backward = 2.5 * forward;
    if context > 1.0 {
        // Ring attention: K and V travel round the ring, hidden under attention as far as it lasts.
        let bytes = batch * sequence / context * shape.kv_elements / split.tensor.min(shape.kv_heads)
            * 2.0
            * (context - 1.0);
        let (bandwidth, latency) = primitives::link(case, context, split.tensor);
        let exposed = (bytes / bandwidth - forward).max(0.0) + (context - 1.0) * latency;
        forward += exposed;
        backward += 2.0 * exposed;
    }
    Attention { forward, backward }
}

/// Layers and head of the slowest stage, one micro-batch.
fn stage_time(layers: f64, pipeline: f64, virtual_stages: f64, layer: f64, head: f64, embedding: f64) -> f64 {
    if pipeline <= 1.0 {
        return layers * layer + head + embedding;
    }
    let slots = pipeline * virtual_stages;
    match [0.0, 1.0, 2.0].into_iter().find(|extra| (layers + extra) % slots == 0.0) {
        Some(0.0) => layers / pipeline * layer + head,
        // Embedding and head take pipeline slots of their own.
        Some(extra) => {
            let most = (layers + extra) / pipeline;
            (most * layer).max((most - 1.0) * layer + head)
        }
        None => {
            let most = (layers / slots).ceil() * virtual_stages;
            (most * layer).max((most - virtual_stages) * layer + head)
        }
    }
}

/// Data-parallel communication: all of it, and what is left after overlap.
fn data_parallel(case: &Case, plan: &Training, params: f64, micro_batch_time: f64) -> (f64, f64) {
    let split = &case.split;
    let ranks = split.data * split.context;
    if ranks <= 1.0 {
        return (0.0, 0.0);
    }
    let stride = split.tensor;
    let overlaps = plan.overlap_data.unwrap_or(case.stack.overlaps_data);
    if plan.zero >= 3 {
        let body = plan.micro_batches * micro_batch_time;
        let repeats = if split.pipeline <= 1.0 { plan.micro_batches } else { 1.0 };
        let share = case.stack.sharded_network;
        let gradient = if plan.fp32_master { 4.0 } else { 2.0 };
        let all = repeats
            * (2.0 * primitives::gather(case, 2.0 * params, ranks, stride, share)
                + primitives::gather(case, gradient * params * plan.trainable, ranks, stride, share));
        let exposed = if overlaps {
            (all - c::OVERLAP_DATA * body).max(0.0) + (1.0 - c::OVERLAP_DATA) * 0.5 * all.min(body)
        } else {
            all
        };
        return (all, exposed);
    }
    let trained = params * plan.trainable;
    let bytes = trained * if case.stack.megatron { 2.0 } else { plan.gradient_bytes };
    let all = if plan.zero >= 1 {
        primitives::gather(case, bytes, ranks, stride, 1.0)
            + primitives::gather(case, 2.0 * trained, ranks, stride, 1.0)
    } else {
        primitives::all_reduce(case, bytes, ranks, stride)
    };
    let exposed = if overlaps { ((1.0 - c::OVERLAP_DATA) * all).max(all - micro_batch_time) } else { all };
    (all, exposed)
}

/// Matrix products of one layer forward, by name, for one micro-batch.
pub fn linear_parts(case: &Case, plan: &Training) -> (Vec<(&'static str, GemmParts)>, f64) {
    let tokens = plan.micro_batch * plan.sequence / case.split.context;
    Linear::new(case, &Rates::of(case)).parts(tokens)
}

/// The step.
pub fn step(case: &Case, plan: &Training) -> Step {
    let (shape, split, stack) = (&case.shape, &case.split, case.stack);
    let rates = Rates::of(case);
    let (tensor, pipeline) = (split.tensor, split.pipeline);
    let micro_batches = plan.micro_batches;
    let virtual_stages = plan.virtual_stages.max(1.0);
    let tokens = plan.micro_batch * plan.sequence / split.context;
    let recomputed = plan.recomputed;

    let gemm_forward = Linear::new(case, &rates).seconds(tokens);
    let attention = attention(case, &rates, plan);
    // Casts and running maxima of 8-bit training.
    let casts = if case.format.class == ComputeClass::Eight { 1.25 } else { 1.0 };
    let element_forward =
        tokens * elementwise(case, &rates, stack.elementwise * casts, case.sequence_ranks());
    let element_backward = 2.0 * element_forward;

    let serial = plan.overlap_data == Some(false);
    let hidden_share =
        if !serial && (stack.overlaps_tensor || plan.overlap_tensor) { c::OVERLAP_TENSOR } else { 0.0 };
    let tensor_forward = 2.0 * primitives::all_reduce(case, tokens * shape.hidden * 2.0, tensor, 1.0);
    let mut expert_forward = 0.0;
    let mut comm_forward = tensor_forward * (1.0 - hidden_share);
    if shape.is_moe() && split.expert > 1.0 {
        let hidden = if stack.overlaps_expert && !serial { c::OVERLAP_EXPERT } else { 0.0 };
        expert_forward =
            2.0 * primitives::dispatch(case, split.expert).seconds(tokens / case.sequence_ranks());
        comm_forward += expert_forward * (1.0 - hidden);
    }
    let comm_backward = comm_forward;

    let forward = gemm_forward + attention.forward + element_forward;
    // Frozen weights need no gradient of their own, only the gradient that passes through them.
    let gemm_backward = (1.0 + plan.trainable) * gemm_forward;
    let mut backward = gemm_backward + attention.backward + element_backward;
    let mut comm_recompute = 0.0;
    if recomputed > 0.0 {
        backward += recomputed * forward;
        comm_recompute = recomputed * comm_forward;
    } else if plan.recompute == Recompute::Selective {
        if !stack.fused {
            backward += attention.forward;
        } else if plan.zero >= 3 {
            backward += 0.35 * (gemm_forward + element_forward);
        }
    }
    let kernels = stack.kernels + if shape.is_moe() { c::MOE_KERNELS } else { 0.0 };
    let layer_host = kernels * c::KERNEL_HOST * (3.0 + recomputed);
    let layer_device = forward + backward + comm_forward + comm_backward + comm_recompute;
    let layer = smooth_max(layer_device, layer_host);

    let head_kind = GemmKind { rate: rates.gemm16, weight_bytes: 2.0, weight_only: false };
    let head = 3.0 * Gemm::new(case, &rates, head_kind, shape.vocab / tensor, shape.hidden).seconds(tokens)
        + tokens * shape.vocab / tensor * 14.0 / rates.bandwidth;
    let embedding = 8.0 * tokens * shape.hidden / rates.bandwidth;
    let stage = stage_time(shape.layers, pipeline, virtual_stages, layer, head, embedding);
    let p2p = if pipeline > 1.0 {
        let (bandwidth, latency) = primitives::stage_link(case, tensor * split.context * pipeline);
        // Interleaved schedules send while they compute.
        let shown = if virtual_stages > 1.0 { 0.5 } else { 1.0 };
        2.0 * virtual_stages * (tokens * shape.hidden * 2.0 / tensor / bandwidth + latency) * shown
    } else {
        0.0
    };
    let micro_batch_time = stage + p2p;
    let params = local_params(case);
    let (data_comm, data_exposed) = data_parallel(case, plan, params, micro_batch_time);
    let shards = if plan.zero >= 1 { split.data * split.context } else { 1.0 };
    let optimizer = (30.0 * params / shards + 6.0 * params) * plan.trainable / rates.bandwidth;
    // Fill and drain pass through ordinary stages, not the slowest.
    let stage_layers = shape.layers / pipeline;
    let bubble = (pipeline - 1.0) / virtual_stages * (stage_layers * layer + p2p);
    let total = micro_batches * micro_batch_time + bubble + data_exposed + optimizer + c::STEP_TRAINING;
    let whole = micro_batches * stage_layers;
    Step {
        gemm: whole * (gemm_backward + gemm_forward * (1.0 + recomputed)),
        attention: whole * (attention.forward * (1.0 + recomputed) + attention.backward),
        elementwise: whole * (element_forward * (1.0 + recomputed) + element_backward),
        model_comm: whole * (comm_forward + comm_backward + comm_recompute),
        head: micro_batches * head,
        p2p: micro_batches * p2p,
        bubble,
        data_exposed,
        data_comm,
        tensor_comm: whole * tensor_forward * (2.0 + recomputed),
        expert_comm: whole * expert_forward * (2.0 + recomputed),
        optimizer,
        host: c::STEP_TRAINING,
        stage,
        layer,
        layer_device,
        layer_host,
        total,
    }
}
