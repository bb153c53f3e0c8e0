//! Memory: activations, KV cache, and what training keeps on each accelerator.
//!
//! Sources: Shoeybi 2019 (tensor parallelism), Rajbhandari 2020 (ZeRO), Korthikanti 2023 (activations).

use super::constants::{
    ADAM_BYTES_PER_PARAMETER, COMMUNICATION_BUFFER_FRACTION, DEFAULT_HEADS, LORA_RANK,
    SGD_BYTES_PER_PARAMETER,
};
use super::lowering::{self, parameters};
use super::{ResolveError, Resolved, check_positive, check_range};
use crate::plan::Recompute;
use crate::registry::Model;

/// Activation bytes of `layers` layers on one device for `samples` sequences of `tokens` tokens
/// (Korthikanti et al. 2023). `heads` is needed only where nothing is recomputed.
pub fn activation_bytes(
    recompute: Recompute,
    layers: f64,
    tokens: f64,
    samples: f64,
    hidden: f64,
    heads: Option<u32>,
    bytes_per_element: f64,
) -> Resolved<f64> {
    let linear = tokens * samples * hidden;
    let per_layer = match recompute {
        Recompute::None => {
            let heads = heads.ok_or_else(|| {
                ResolveError::bad_input("workload.name", "has no head count, which activations need")
            })?;
            34.0 * linear + 5.0 * f64::from(heads) * tokens * tokens * samples
        }
        Recompute::Selective => 34.0 * linear,
        Recompute::Full => 2.0 * linear,
    };
    Ok(layers * per_layer * bytes_per_element / 2.0)
}

/// KV cache of `sequences` sequences of `tokens` tokens, bytes; latent attention (MLA) keeps one
/// compressed vector a token and no separate keys and values.
pub fn kv_cache_bytes(model: &Model, tokens: f64, sequences: f64, bytes_per_element: f64) -> f64 {
    let layers = model.layers.map_or(0.0, f64::from);
    let per_token = if let (Some(rank), Some(rotary)) = (model.kv_lora_rank, model.qk_rope_head_dim) {
        f64::from(rank) + f64::from(rotary)
    } else {
        let heads = model.heads.map_or(DEFAULT_HEADS, f64::from);
        let kv_heads = model.kv_heads.map_or(heads, f64::from);
        let width = model.head_dim.map_or_else(|| (lowering::hidden_dim(model) / heads).floor(), f64::from);
        2.0 * kv_heads * width
    };
    layers * per_token * tokens * sequences * bytes_per_element
}

/// State of a state-space model, bytes.
pub fn ssm_state_bytes(model: &Model, sequences: f64, bytes_per_element: f64) -> f64 {
    let layers = model.layers.map_or(0.0, f64::from);
    let state = model.state_size.map_or(0.0, f64::from);
    layers * sequences * lowering::hidden_dim(model) * state * bytes_per_element
}

/// Share of the parameters that the reference's LoRA trains: rank 16 on four matrices of each layer.
pub fn lora_fraction(model: &Model) -> Resolved<f64> {
    let layers = model.layers.map_or(0.0, f64::from);
    let adapters = 2.0 * LORA_RANK * lowering::hidden_dim(model) * 4.0 * layers;
    Ok((adapters / parameters(model)?).min(1.0))
}

/// An optimizer, for the state it keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Optimizer {
    /// Adam or AdamW.
    #[default]
    Adam,
    /// SGD with momentum.
    Sgd,
    /// No state.
    None,
}

impl Optimizer {
    /// `adam`, `adamw`, `sgd` or `none`, in any case.
    pub fn parse(text: &str) -> Option<Optimizer> {
        const NAMES: [(&str, Optimizer); 4] = [
            ("adam", Optimizer::Adam),
            ("adamw", Optimizer::Adam),
            ("sgd", Optimizer::Sgd),
            ("none", Optimizer::None),
        ];
        NAMES.into_iter().find(|(name, _)| name.eq_ignore_ascii_case(text)).map(|(_, optimizer)| optimizer)
    }

    /// State, bytes per trained parameter.
    pub fn bytes_per_parameter(self) -> f64 {
        match self {
            Optimizer::Adam => ADAM_BYTES_PER_PARAMETER,
            Optimizer::Sgd => SGD_BYTES_PER_PARAMETER,
            Optimizer::None => 0.0,
        }
    }
}

/// Weights, gradients and optimizer state after ZeRO, bytes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TrainingState {
    /// Weights.
    pub weights: f64,
    /// Gradients.
    pub gradients: f64,
    /// Optimizer state.
    pub optimizer: f64,
}

impl TrainingState {
    /// Shards over `data_parallel` ranks: the optimizer from stage 1, gradients from 2, weights from 3.
    #[must_use]
    pub fn sharded(mut self, zero_stage: u64, data_parallel: f64) -> TrainingState {
        if zero_stage >= 1 {
            self.optimizer /= data_parallel;
        }
        if zero_stage >= 2 {
            self.gradients /= data_parallel;
        }
        if zero_stage >= 3 {
            self.weights /= data_parallel;
        }
        self
    }
}

/// Inputs of [`training_memory`] beside model and capacity. `Default` is the reference's.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TrainingMemoryInputs {
    /// Global batch, sequences.
    pub batch: u64,
    /// Sequence length, tokens.
    pub seq_len: u64,
    /// Bytes of one element.
    pub bytes_per_element: f64,
    /// Optimizer.
    pub optimizer: Optimizer,
    /// Recomputation.
    pub recompute: Recompute,
    /// Tensor parallel.
    pub tensor: u64,
    /// Pipeline parallel.
    pub pipeline: u64,
    /// Data parallel.
    pub data: u64,
    /// Expert parallel.
    pub expert: u64,
    /// ZeRO stage 0 to 3.
    pub zero_stage: u64,
    /// Gradient accumulation.
    pub gradient_accumulation: u64,
    /// Share of parameters that is trained.
    pub trainable_fraction: f64,
    /// Buffers as a share of the gradients.
    pub buffer_fraction: f64,
    /// Activations divided over tensor ranks.
    pub sequence_parallel: bool,
}

impl Default for TrainingMemoryInputs {
    fn default() -> Self {
        TrainingMemoryInputs {
            batch: 1,
            seq_len: 2048,
            bytes_per_element: 2.0,
            optimizer: Optimizer::Adam,
            recompute: Recompute::Selective,
            tensor: 1,
            pipeline: 1,
            data: 1,
            expert: 1,
            zero_stage: 0,
            gradient_accumulation: 1,
            trainable_fraction: 1.0,
            buffer_fraction: COMMUNICATION_BUFFER_FRACTION,
            sequence_parallel: true,
        }
    }
}

/// What training keeps on one accelerator, bytes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TrainingMemory {
    /// Weights, gradients and optimizer after ZeRO.
    pub state: TrainingState,
    /// Activations.
    pub activations: f64,
    /// Communication buffers.
    pub buffers: f64,
}

impl TrainingMemory {
    /// Sum, bytes.
    pub fn total(&self) -> f64 {
        self.state.weights + self.state.gradients + self.state.optimizer + self.activations + self.buffers
    }
}

/// Training memory of a transformer on one accelerator (`TrainingMemoryModel`).
pub fn training_memory(model: &Model, inputs: &TrainingMemoryInputs) -> Resolved<TrainingMemory> {
    let i = inputs;
    for (field, value) in [
        ("batch_size", i.batch),
        ("seq_len", i.seq_len),
        ("tp_size", i.tensor),
        ("pp_size", i.pipeline),
        ("dp_size", i.data),
        ("ep_size", i.expert),
        ("gradient_accumulation_steps", i.gradient_accumulation),
    ] {
        check_positive(field, value)?;
    }
    check_range("zero_stage", i.zero_stage as f64, 0.0, 3.0)?;
    check_range("trainable_fraction", i.trainable_fraction, 0.0, 1.0)?;
    check_range("communication_buffer_fraction", i.buffer_fraction, 0.0, 1.0)?;

    let (tensor, pipeline) = (i.tensor as f64, i.pipeline as f64);
    let bytes = i.bytes_per_element;
    let count = parameters(model)? / (tensor * pipeline * i.expert as f64);
    let trained = count * i.trainable_fraction;
    let state = TrainingState {
        weights: count * bytes,
        gradients: trained * bytes,
        optimizer: trained * i.optimizer.bytes_per_parameter(),
    }
    .sharded(i.zero_stage, i.data as f64);

    let ranks = i.data.saturating_mul(i.gradient_accumulation);
    let samples = i.batch.div_ceil(ranks).max(1) as f64;
    let layers = (model.layers.map_or(1.0, f64::from) / pipeline).ceil().max(1.0);
    let hidden = lowering::hidden_dim(model);
    let tokens = i.seq_len as f64;
    let mut activations = activation_bytes(i.recompute, layers, tokens, samples, hidden, model.heads, bytes)?;
    if i.tensor > 1 && i.sequence_parallel {
        activations /= tensor;
    }
    let mut buffers = state.gradients * i.buffer_fraction;
    if i.pipeline > 1 {
        buffers += 2.0 * samples * tokens * hidden * bytes;
    }
    Ok(TrainingMemory { state, activations, buffers })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zero_shards_more_with_each_stage() {
        let whole = TrainingState { weights: 2.0, gradients: 2.0, optimizer: 12.0 };
        assert_eq!(whole.sharded(0, 4.0), whole);
        assert_eq!(whole.sharded(1, 4.0), TrainingState { optimizer: 3.0, ..whole });
        assert_eq!(whole.sharded(2, 4.0), TrainingState { optimizer: 3.0, gradients: 0.5, ..whole });
        assert_eq!(whole.sharded(3, 4.0), TrainingState { optimizer: 3.0, gradients: 0.5, weights: 0.5 });
    }

    #[test]
    fn activations_without_recomputation_need_heads() {
        assert!(activation_bytes(Recompute::None, 1.0, 1.0, 1.0, 1.0, None, 2.0).is_err());
        assert_eq!(activation_bytes(Recompute::Full, 3.0, 10.0, 2.0, 8.0, None, 2.0), Ok(960.0));
    }
}
