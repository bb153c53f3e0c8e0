//! What a training plan leaves open, chosen in a fixed order.

use super::memory::{self, TrainingMemory};
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

/// ZeRO stage: as written, else 1 beside other dimensions and 3 alone.
fn zero(split: &Split, request: &Request) -> u8 {
    request.zero.unwrap_or(if split.tensor > 1.0 || split.pipeline > 1.0 { 1 } else { 3 })
}

/// A plan whose micro-batch and recomputation are still to be chosen.
fn open(case: &Case, request: &Request) -> Training {
    let (split, stack) = (&case.split, case.stack);
    let stated_zero3 = request.zero.is_some_and(|zero| zero >= 3);
    let fp32_master =
        !request.pure_16bit && (request.fp32_master || (stated_zero3 && stack.name != "deepspeed-zero3"));
    let wide = request.fp32_accumulation || fp32_master || stack.megatron;
    Training {
        sequence: request.sequence,
        global_batch: request.global_batch,
        micro_batch: 1.0,
        micro_batches: 1.0,
        virtual_stages: request.virtual_stages.unwrap_or(1.0),
        zero: zero(split, request),
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
    }
}

/// Sequences of a micro-batch: as written, else as the stack chooses; at most those of one replica.
pub fn micro_batch(case: &Case, request: &Request) -> f64 {
    let (split, stack) = (&case.split, case.stack);
    let per_rank = (request.global_batch / split.data).max(1.0);
    let chosen = request.micro_batch.unwrap_or_else(|| {
        if stack.name.starts_with("fsdp") && split.pipeline > 1.0 {
            (per_rank / split.pipeline).floor().max(1.0)
        } else if zero(split, request) >= 3 && split.pipeline <= 1.0 {
            let mut probe = Training { micro_batch: per_rank, ..open(case, request) };
            while probe.micro_batch > 1.0
                && memory::training(case, &probe).total > case.device.capacity * 0.95
            {
                probe.micro_batch = (probe.micro_batch / 2.0).floor().max(1.0);
            }
            probe.micro_batch
        } else {
            per_rank.min((4096.0 / request.sequence).floor().max(1.0))
        }
    });
    chosen.min(per_rank)
}

/// Chooses what is open.
pub fn training(case: &Case, request: &Request) -> Training {
    with_memory(case, request).0
}

/// Chooses what is open, and says what the plan keeps: the memory that the choice rests on is that of
/// [`memory::training_chosen`], worked out once.
pub fn with_memory(case: &Case, request: &Request) -> (Training, TrainingMemory) {
    let (data, pipeline) = (case.split.data, case.split.pipeline);
    let mut plan = open(case, request);
    plan.micro_batch = micro_batch(case, request);
    plan.micro_batches = (request.global_batch / (data * plan.micro_batch)).round_ties_even().max(1.0);
    plan.virtual_stages = request
        .virtual_stages
        .unwrap_or_else(|| interleave(case.shape.layers, pipeline, case.stack.virtual_stages));

    if let Some(policy) = request.recompute {
        plan.recompute = policy;
        plan.recomputed = if policy == Recompute::Full { 1.0 } else { 0.0 };
        return (plan, memory::training_chosen(case, &plan));
    }
    let limit = 0.96 * case.device.capacity;
    let full = memory::training(case, &Training { recompute: Recompute::Full, ..plan });
    let none = memory::training(case, &Training { recompute: Recompute::None, ..plan });
    plan.recompute = Recompute::Auto;
    plan.recomputed = if none.total <= limit {
        0.0
    } else if full.total >= limit {
        1.0
    } else {
        (none.total - limit) / (none.total - full.total)
    };
    (plan, TrainingMemory::between(&full, &none, plan.recomputed))
}
