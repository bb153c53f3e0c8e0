//! Wall 2, Memory: does it fit, `M ≤ capacity`, and how long does moving it take, `t = traffic / bandwidth`?
//!
//! Inference keeps the weights. Training a transformer keeps weights, gradients, Adam's state and activations
//! (see [`super::training_memory`] for the per-device split); training anything else keeps
//! `2 W + 12 W/b`. What does not fit makes all traffic cross the host link.
//! Bytes, s. Defaults: batch 1, fp16, η 0.5, 2048 tokens, ZeRO 0.
//! Sources: Williams 2009, Rajbhandari 2020 (ZeRO), Korthikanti 2023 (activations).

pub use super::compute::{Inputs, Outputs};
use super::error::WallError;

/// Solves the wall. One device has one answer: both its walls read the same solution.
pub fn solve(inputs: &Inputs<'_>) -> Result<Outputs, WallError> {
    super::compute::solve(inputs)
}
