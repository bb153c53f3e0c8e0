//! Training memory (beside wall 2): weights, gradients, optimizer, activations and buffers on each device.
//!
//! The equations are those of [`crate::engine::common::memory::training_memory`]; here they meet a device.
//! Bytes. Defaults: 2048 tokens, fp16, Adam, selective recomputation, no parallelism, ZeRO 0, buffers 5 % of
//! the gradients, activations divided over tensor ranks.
//! Sources: Shoeybi 2019 (tensor parallelism), Rajbhandari 2020 (ZeRO), Korthikanti 2023 (activations).

use super::error::{WallError, precision};
use super::output::output;
use crate::engine::common::memory::{Optimizer, TrainingMemoryInputs, training_memory};
use crate::plan::Recompute;
use crate::registry::{Accelerator, Model};

/// What the solver needs.
#[derive(Debug, Clone, Copy)]
pub struct Inputs<'a> {
    /// The model, a transformer.
    pub model: &'a Model,
    /// The device.
    pub hardware: &'a Accelerator,
    /// Precision key.
    pub precision: &'a str,
    /// `adam`, `adamw`, `sgd` or `none`, in any case.
    pub optimizer: &'a str,
    /// `none`, `selective` or `full`.
    pub activation_checkpointing: &'a str,
    /// Batch, lengths and split. Its precision, optimizer and recomputation are taken from the texts above.
    pub shape: TrainingMemoryInputs,
}

output! {
    /// How the fleet is divided.
    pub struct Parallelism {
        /// Data parallel.
        pub dp: u64,
        /// Tensor parallel.
        pub tp: u64,
        /// Pipeline parallel.
        pub pp: u64,
        /// Expert parallel.
        pub ep: u64,
    }
}

output! {
    /// What the solver answers.
    pub struct Outputs {
        /// Everything fits.
        pub feasible: bool,
        /// Sum, bytes.
        pub total_memory_bytes: f64,
        /// Capacity, bytes.
        pub available_memory_bytes: f64,
        /// Sum over capacity.
        pub memory_utilization: f64,
        /// Bytes.
        pub weights_bytes: f64,
        /// After ZeRO, bytes.
        pub gradients_bytes: f64,
        /// After ZeRO, bytes.
        pub optimizer_state_bytes: f64,
        /// Bytes.
        pub activations_bytes: f64,
        /// Bytes.
        pub communication_buffers_bytes: f64,
        /// Echo.
        pub precision: String,
        /// Echo.
        pub optimizer: String,
        /// Echo.
        pub activation_checkpointing: String,
        /// Echo.
        pub parallelism: Parallelism,
    }
}

/// Solves it.
pub fn solve(inputs: &Inputs<'_>) -> Result<Outputs, WallError> {
    super::error::transformer("model", inputs.model)?;
    let width = precision("precision", inputs.precision)?;
    let optimizer = Optimizer::parse(inputs.optimizer).ok_or_else(|| {
        WallError::bad_input("optimizer", format!("`{}` is none of adam, adamw, sgd, none", inputs.optimizer))
    })?;
    let recompute = match inputs.activation_checkpointing {
        "none" => Recompute::None,
        "selective" => Recompute::Selective,
        "full" => Recompute::Full,
        other => {
            return Err(WallError::bad_input(
                "activation_checkpointing",
                format!("`{other}` is none of none, selective, full"),
            ));
        }
    };
    let shape =
        TrainingMemoryInputs { bytes_per_element: width.bytes(), optimizer, recompute, ..inputs.shape };
    let memory = training_memory(inputs.model, &shape)?;
    let total = memory.total();
    let capacity = inputs.hardware.memory_bytes;
    Ok(Outputs {
        feasible: total <= capacity,
        total_memory_bytes: total,
        available_memory_bytes: capacity,
        memory_utilization: total / capacity,
        weights_bytes: memory.state.weights,
        gradients_bytes: memory.state.gradients,
        optimizer_state_bytes: memory.state.optimizer,
        activations_bytes: memory.activations,
        communication_buffers_bytes: memory.buffers,
        precision: inputs.precision.to_owned(),
        optimizer: inputs.optimizer.to_ascii_lowercase(),
        activation_checkpointing: inputs.activation_checkpointing.to_owned(),
        parallelism: Parallelism { dp: shape.data, tp: shape.tensor, pp: shape.pipeline, ep: shape.expert },
    })
}
