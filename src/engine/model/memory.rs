//! Bytes on one device.

use super::constants as c;
use super::training::{Recompute, Training, local_params};
use super::{Case, ComputeClass};

/// Memory of a training process on one device, bytes.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct TrainingMemory {
    /// Parameters.
    pub weights: f64,
    /// Gradients.
    pub gradients: f64,
    /// Optimizer state.
    pub optimizer: f64,
    /// Parameters gathered for the layers at work (ZeRO-3).
    pub gathered: f64,
    /// Activations kept for the backward pass.
    pub activations: f64,
    /// Logits and their gradient.
    pub logits: f64,
    /// Allocator fragmentation.
    pub fragmentation: f64,
    /// Device context and communication buffers.
    pub context: f64,
    /// Peak of the allocator.
    pub allocated: f64,
    /// What a device monitor shows.
    pub total: f64,
}

/// Bytes per parameter of weights, gradients and optimizer (mixed-precision Adam and its variants).
fn recipe(plan: &Training) -> (f64, f64, f64) {
    let states = plan.optimizer_states;
    let (weights, gradients, optimizer) = if plan.fp32_master {
        (4.0, 4.0, 4.0 * states)
    } else if plan.pure_16bit {
        (2.0, 2.0, 2.0 * states)
    } else {
        let partition = if plan.gradient_bytes == 2.0 && plan.zero >= 1 { 4.0 } else { 0.0 };
        (2.0, plan.gradient_bytes, 4.0 + 4.0 * states + partition)
    };
    let gradients = if plan.fp32_accumulation { 6.0 } else { gradients };
    (weights, gradients * plan.trainable, optimizer * plan.trainable)
}

/// Parameters of one rank, and for weights, gradients and optimizer in this order: bytes of one parameter, and
/// ranks that share them.
pub fn training_shares(case: &Case, plan: &Training) -> (f64, [(f64, f64); 3]) {
    let ranks = case.split.data * case.split.context;
    let sharded = |from: u8| if plan.zero >= from { ranks } else { 1.0 };
    let (weight, gradient, state) = recipe(plan);
    let pipelined_shards = plan.zero >= 3 && case.split.pipeline > 1.0;
    (
        local_params(case),
        [
            (weight, sharded(3)),
            (gradient, if pipelined_shards { 1.0 } else { sharded(2) }),
            (state, sharded(1)),
        ],
    )
}

/// Memory of a training plan.
pub fn training(case: &Case, plan: &Training) -> TrainingMemory {
    let (shape, split, stack) = (&case.shape, &case.split, case.stack);
    let (tensor, pipeline) = (split.tensor, split.pipeline);
    let ranks = split.data * split.context;
    let (params, shares) = training_shares(case, plan);
    let [weights, gradients, optimizer] = shares.map(|(bytes, ranks)| bytes * params / ranks);
    let gradient = shares[1].0;
    let gathered = if plan.zero < 3 || ranks <= 1.0 {
        0.0
    } else if pipeline > 1.0 {
        2.0 * params
    } else {
        let experts = if shape.is_moe() { split.expert } else { 1.0 };
        let layer = (shape.attention_params + shape.ffn_params / experts) / tensor;
        2.0 * (2.0 * layer + shape.embedding / tensor) + gradient * layer
    };

    let tokens = plan.micro_batch * plan.sequence / split.context;
    let width = shape.ffn_width();
    let norms = shape.hidden * (8.0 + if shape.tied { 2.0 } else { 0.0 }) / case.sequence_ranks();
    let heads = 4.0 * shape.head_dim * (shape.heads + shape.kv_heads) / tensor;
    let gate = if shape.mlp_matrices == 3.0 { 1.0 } else { 0.0 };
    let mlp = 2.0 * (shape.mlp_matrices + gate) * width / tensor;
    // Stacks of this line keep the inputs of linear layers in 8 bits.
    let kept = if case.format.class == ComputeClass::Eight && stack.megatron { 0.75 } else { 1.0 };
    let layer = tokens * (norms + heads + mlp) * kept;
    let scores = if stack.fused {
        0.0
    } else {
        5.0 * (shape.heads / tensor) * plan.sequence / split.context * plan.sequence * plan.micro_batch
    };
    let full = plan.recompute == Recompute::Full;
    let divided = case.sequence_parallel && tensor > 1.0 && full && stack.name != "megatron-classic";
    let checkpoint = 2.0 * tokens * shape.hidden / if divided { tensor } else { 1.0 };
    let layers = shape.layers / pipeline;
    let mut live = if pipeline > 1.0 { pipeline.min(plan.micro_batches) } else { 1.0 };
    if pipeline > 1.0 && plan.virtual_stages > 1.0 {
        live *= 1.0 + (pipeline - 1.0) / (pipeline * plan.virtual_stages);
    }
    let kept_none = layers * live * (layer + scores);
    let kept_full = layers * live * checkpoint + layer + scores;
    let activations = match plan.recompute {
        Recompute::Full => kept_full,
        Recompute::None => kept_none,
        Recompute::Selective => {
            let share = if plan.zero >= 3 && stack.fused { 0.36 } else { 1.0 };
            layers * live * layer * share + scores
        }
        Recompute::Auto => plan.recomputed * kept_full + (1.0 - plan.recomputed) * kept_none,
    };
    let mut logits = tokens * shape.vocab / tensor * c::LOGIT_BYTES;
    if pipeline > 1.0 {
        // The last stage keeps one micro-batch while the first keeps `live`.
        let spare = if full { (live - 1.0) * layers * checkpoint } else { 0.0 };
        logits = (logits - spare).max(0.0);
    }
    let context = c::CONTEXT + if case.devices > 1.0 { c::COLLECTIVE_BUFFERS } else { 0.0 };
    let held = weights + gradients + optimizer + gathered + activations + logits;
    let allocated = held * c::FRAGMENTATION;
    TrainingMemory {
        weights,
        gradients,
        optimizer,
        gathered,
        activations,
        logits,
        fragmentation: allocated - held,
        context,
        allocated,
        total: allocated + context,
    }
}

/// Memory of a training plan whose recomputed share was chosen: between the memory of recomputing
/// every layer and that of keeping all, in proportion.
pub fn training_chosen(case: &Case, plan: &Training) -> TrainingMemory {
    if plan.recompute != Recompute::Auto {
        return training(case, plan);
    }
    let full = training(case, &Training { recompute: Recompute::Full, recomputed: 1.0, ..*plan });
    let none = training(case, &Training { recompute: Recompute::None, recomputed: 0.0, ..*plan });
    TrainingMemory::between(&full, &none, plan.recomputed)
}

impl TrainingMemory {
    /// With a share of the layers recomputed: what is kept of them is in proportion.
    pub fn between(full: &TrainingMemory, none: &TrainingMemory, share: f64) -> TrainingMemory {
        let blend = |full: f64, none: f64| share * full + (1.0 - share) * none;
        TrainingMemory {
            weights: full.weights,
            gradients: full.gradients,
            optimizer: full.optimizer,
            gathered: full.gathered,
            activations: blend(full.activations, none.activations),
            logits: blend(full.logits, none.logits),
            fragmentation: blend(full.fragmentation, none.fragmentation),
            context: full.context,
            allocated: blend(full.allocated, none.allocated),
            total: blend(full.total, none.total),
        }
    }
}

/// Weight bytes of the whole model.
pub fn weights_total(case: &Case) -> f64 {
    let (shape, format) = (&case.shape, &case.format);
    if let Some(bytes) = format.total_bytes {
        return bytes;
    }
    let tables = shape.tables();
    let body = shape.total - tables;
    if format.fp4 && shape.is_moe() {
        // Only experts are stored in 4 bits, their width padded to whole blocks.
        let experts = shape.layers * shape.ffn_params;
        let padding = (shape.expert_ffn / 256.0).ceil() * 256.0 / shape.expert_ffn;
        return experts * format.weight_bytes * padding + (shape.total - experts) * 2.0;
    }
    if format.class == ComputeClass::Eight && format.weight_bytes == 1.0 {
        return body + tables * 2.0;
    }
    body * format.weight_bytes + tables * format.head_bytes
}

/// Weight bytes of one rank.
pub fn weights_local(case: &Case) -> f64 {
    let (shape, split) = (&case.shape, &case.split);
    let whole = weights_total(case);
    let expert_share = if shape.is_moe() {
        (shape.layers * shape.ffn_params * shape.scale_total / shape.total).min(1.0)
    } else {
        0.0
    };
    let sharded = whole * (1.0 - expert_share) / split.tensor
        + whole * expert_share / (split.expert * case.expert_tensor());
    // More ranks than KV heads: each keeps a copy of a head's projections.
    let copies = if split.tensor > shape.kv_heads && !shape.latent {
        shape.layers
            * 2.0
            * shape.head_dim
            * shape.hidden
            * case.format.weight_bytes
            * (1.0 - shape.kv_heads / split.tensor)
    } else {
        0.0
    };
    (sharded + copies) / split.pipeline
}

/// KV bytes of one token on one rank.
pub fn kv_token_local(case: &Case, kv_bytes: f64) -> f64 {
    case.shape.kv_token_bytes(kv_bytes) / case.kv_ranks() / case.split.pipeline
}

/// Activation peak that a serving engine measures at start: sampler, or one layer's working set.
pub fn activation_peak(case: &Case, chunk: f64, max_sequences: f64) -> f64 {
    let shape = &case.shape;
    let layer = chunk.min(8192.0)
        * (shape.mlp_matrices * shape.ffn_width() / case.split.tensor + 4.0 * shape.hidden)
        * 2.0;
    (max_sequences * shape.vocab * c::SAMPLER_BYTES).max(layer)
}

/// KV pool of one device of a serving engine, bytes; at or below zero the server would not start.
pub fn kv_pool(case: &Case, chunk: f64, max_sequences: f64, utilization: f64, usable: Option<f64>) -> f64 {
    let usable = usable.unwrap_or(case.device.capacity * 0.99);
    let outside =
        if case.split.tensor * case.split.pipeline == 1.0 { c::OUTSIDE_ONE } else { c::OUTSIDE_MANY };
    let fixed = weights_local(case) + activation_peak(case, chunk, max_sequences) + outside;
    let pool = utilization * usable - fixed;
    if pool > 0.0 { pool } else { utilization.max(0.95) * usable - fixed }
}

/// Memory of a serving process on one device, bytes.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct ServingMemory {
    /// Weights.
    pub weights: f64,
    /// KV cache of the live sequences.
    pub kv: f64,
    /// Working set of the largest pass.
    pub activations: f64,
    /// Device context.
    pub context: f64,
}

impl ServingMemory {
    /// Sum of the parts.
    pub fn total(&self) -> f64 {
        self.weights + self.kv + self.activations + self.context
    }
}

/// Memory of `batch` sequences that hold `context` tokens each, of which at most `pass_tokens`
/// tokens of prompt are worked on in one pass over prompts of `prompt` tokens.
pub fn serving(
    case: &Case,
    batch: f64,
    context: f64,
    prompt: f64,
    pass_tokens: f64,
    kv_bytes: f64,
) -> ServingMemory {
    let shape = &case.shape;
    let mut activations =
        pass_tokens * (shape.mlp_matrices * shape.ffn_width() / case.split.tensor + 8.0 * shape.hidden) * 2.0;
    if !case.stack.fused {
        activations += 4.0 * pass_tokens * (shape.heads / case.split.tensor) * prompt;
    }
    ServingMemory {
        weights: weights_local(case),
        kv: batch * context * kv_token_local(case, kv_bytes),
        activations,
        context: c::CONTEXT_INFERENCE,
    }
}
