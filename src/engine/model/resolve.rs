//! What a training plan leaves open, chosen in a fixed order.

use super::memory;
use super::training::{Recompute, Training};
use super::{Case, Split};

/// A training plan as written: `None` is open.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Request {
    /// Sequence length, tokens; above 0.
    pub sequence: f64,
    /// Sequences per step; above 0.
    pub global_batch: f64,
    /// Sequences of a micro-batch.
    pub micro_batch: Option<f64>,
    /// Interleaved stages per device.
    pub virtual_stages: Option<f64>,
    /// ZeRO stage.
    pub zero: Option<u8>,
    /// Recomputation.
    pub recompute: Option<Recompute>,
    /// The plan states that sharded parameters are kept in 32 bits.
    pub fp32_master: bool,
    /// All state in 16 bits.
    pub pure_16bit: bool,
    /// Gradients accumulate in 32 bits.
    pub fp32_accumulation: bool,
    /// Tensor-parallel overlap beyond the stack's own.
    pub overlap_tensor: bool,
    /// Share of the parameters that is trained.
    pub trainable: f64,
    /// Numbers the optimizer keeps per parameter; see [`Training::optimizer_states`].
    pub optimizer_states: f64,
    /// Overlap against the stack's habit.
    pub overlap_data: Option<bool>,
}

impl Default for Request {
    fn default() -> Request {
        let plan = Training::default();
        Request {
            sequence: plan.sequence,
            global_batch: plan.global_batch,
            micro_batch: None,
            virtual_stages: None,
            zero: None,
            recompute: None,
            fp32_master: false,
            pure_16bit: false,
            fp32_accumulation: false,
            overlap_tensor: false,
            trainable: plan.trainable,
            optimizer_states: plan.optimizer_states,
            overlap_data: None,
        }
    }
}

/// Data-parallel ranks left over by the other dimensions.
pub fn data_ranks(devices: f64, split: &Split) -> f64 {
    (devices / (split.tensor * split.pipeline * split.context)).max(1.0)
}

/// Most interleaved stages, up to `most`, that divide the layers (embedding and head may count as one each).
fn interleave(layers: f64, pipeline: f64, most: u32) -> f64 {
    if pipeline <= 1.0 {
        return 1.0;
    }
    (1..=most)
        .rev()
        .map(f64::from)
        .find(|count| [0.0, 1.0, 2.0].iter().any(|extra| (layers + extra) % (pipeline * count) == 0.0))
        .unwrap_or(1.0)
}

/// Chooses what is open.
pub fn training(case: &Case, request: &Request) -> Training {
    let (split, stack) = (&case.split, case.stack);
    let (data, pipeline) = (split.data, split.pipeline);
    let capacity = case.device.capacity;
    let stated_zero3 = request.zero.is_some_and(|zero| zero >= 3);
    let fp32_master =
        !request.pure_16bit && (request.fp32_master || (stated_zero3 && stack.name != "deepspeed-zero3"));
    let wide = request.fp32_accumulation || fp32_master || stack.megatron;
    let zero = request.zero.unwrap_or(if split.tensor > 1.0 || pipeline > 1.0 { 1 } else { 3 });
    let mut plan = Training {
        sequence: request.sequence,
        global_batch: request.global_batch,
        micro_batch: 1.0,
        micro_batches: 1.0,
        virtual_stages: request.virtual_stages.unwrap_or(1.0),
        zero,
        recompute: request.recompute.unwrap_or(Recompute::Full),
        recomputed: 0.0,
        overlap_tensor: request.overlap_tensor,
        fp32_master,
        pure_16bit: request.pure_16bit,
        fp32_accumulation: request.fp32_accumulation,
        gradient_bytes: if wide { 4.0 } else { 2.0 },
        trainable: request.trainable,
        optimizer_states: request.optimizer_states,
        overlap_data: request.overlap_data,
    };

    let per_rank = (request.global_batch / data).max(1.0);
    let chosen = request.micro_batch.unwrap_or_else(|| {
        if stack.name.starts_with("fsdp") && pipeline > 1.0 {
            (per_rank / pipeline).floor().max(1.0)
        } else if zero >= 3 && pipeline <= 1.0 {
            let mut probe = Training { micro_batch: per_rank, ..plan };
            while probe.micro_batch > 1.0 && memory::training(case, &probe).total > capacity * 0.95 {
                probe.micro_batch = (probe.micro_batch / 2.0).floor().max(1.0);
            }
            probe.micro_batch
        } else {
            per_rank.min((4096.0 / request.sequence).floor().max(1.0))
        }
    });
    plan.micro_batch = chosen.min(per_rank);
    plan.micro_batches = (request.global_batch / (data * plan.micro_batch)).round_ties_even().max(1.0);
    plan.virtual_stages = request
        .virtual_stages
        .unwrap_or_else(|| interleave(case.shape.layers, pipeline, stack.virtual_stages));

    if let Some(policy) = request.recompute {
        plan.recompute = policy;
        plan.recomputed = if policy == Recompute::Full { 1.0 } else { 0.0 };
    } else {
        let limit = 0.96 * capacity;
        plan.recompute = Recompute::Full;
        let full = memory::training(case, &plan).total;
        plan.recompute = Recompute::None;
        let none = memory::training(case, &plan).total;
        plan.recompute = Recompute::Auto;
        plan.recomputed = if none <= limit {
            0.0
        } else if full >= limit {
            1.0
        } else {
            (none - limit) / (none - full)
        };
    }
    plan
}
