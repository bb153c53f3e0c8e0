//! Wall 13, Fidelity: what fewer bits or fewer weights gain, and what they may cost in accuracy.
//!
//! | method | ratio r | accuracy | speed |
//! | --- | --- | --- | --- |
//! | quantization to w bits | `bits/w` | 0 from 16 bits, −0.002 at 8, −0.025 from 4, −0.05 below | r if memory-bound, else the device's rate at the width over its default peak, at most r |
//! | pruning σ of the weights | `1/(1−σ)`, 100 at σ = 1 | −0.001 to one half, then `−0.01 e^(2σ)` | r structured; 2 at n:m near one half; else 1 |
//! | anything else | 1 | 0 | 1 |
//!
//! `compressed = original / r`; savings `(1 − 1/r) · 100` per cent. Decimal GB. Defaults: quantization to 8 bits
//! from fp32. Sources: Gholami 2021, Han 2015, Blalock 2020, NVIDIA Ampere white paper (2:4 sparsity).

use super::error::{WallError, at_least, between, precision};
use super::output::output;
use crate::engine::common::roofline::classify;
use crate::engine::common::{lower, weight_bytes};
use crate::engine::report::Bottleneck;
use crate::registry::{Accelerator, Model};

/// Ratio reported where every weight is gone.
const EVERYTHING_PRUNED: f64 = 100.0;

/// What the wall needs.
#[derive(Debug, Clone, Copy)]
pub struct Inputs<'a> {
    /// The model.
    pub model: &'a Model,
    /// The device.
    pub hardware: &'a Accelerator,
    /// `quantization`, `pruning` or another, which does nothing.
    pub method: &'a str,
    /// Bits after quantization.
    pub target_bitwidth: u64,
    /// Share of the weights that pruning removes.
    pub sparsity: f64,
    /// `unstructured`, `structured` or `n_m`.
    pub sparsity_type: &'a str,
    /// Precision key before.
    pub baseline_precision: &'a str,
}

output! {
    /// What the wall answers.
    pub struct Outputs {
        /// Echo.
        pub baseline_precision: String,
        /// Before, GB.
        pub original_size_gb: f64,
        /// After, GB.
        pub compressed_size_gb: f64,
        /// Before over after.
        pub compression_ratio: f64,
        /// Change of accuracy, a fraction.
        pub estimated_accuracy_delta: f64,
        /// Memory saved, per cent.
        pub memory_savings_pct: f64,
        /// Before over after in time.
        pub inference_speedup: f64,
    }
}

struct Effect {
    ratio: f64,
    accuracy: f64,
    speedup: f64,
}

fn quantize(inputs: &Inputs<'_>, bytes: f64) -> Result<Effect, WallError> {
    let bits = inputs.target_bitwidth;
    let ratio = 8.0 * bytes / bits as f64;
    let accuracy = match bits {
        16.. => 0.0,
        8 => -0.002,
        4..16 => -0.025,
        _ => -0.05,
    };
    let device = inputs.hardware;
    let work = lower(inputs.model, bytes)?;
    let bound =
        classify(work.flop, work.weight_bytes, device.peak_flop_per_s, device.memory_bytes_per_s).bottleneck;
    let speedup = if bound == Bottleneck::Memory {
        ratio
    } else {
        let key = if bits <= 8 { format!("int{bits}") } else { format!("fp{bits}") };
        device.precision_flop_per_s.get(&key).map_or(1.0, |rate| (rate / device.peak_flop_per_s).min(ratio))
    };
    Ok(Effect { ratio, accuracy, speedup })
}

fn prune(sparsity: f64, kind: &str) -> Effect {
    let ratio = if sparsity >= 1.0 { EVERYTHING_PRUNED } else { 1.0 / (1.0 - sparsity) };
    let accuracy = if sparsity <= 0.5 { -0.001 } else { -0.01 * (2.0 * sparsity).exp() };
    let speedup = match kind {
        "structured" => ratio,
        "n_m" if (sparsity - 0.5).abs() < 0.05 => 2.0,
        _ => 1.0,
    };
    Effect { ratio, accuracy, speedup }
}

/// Solves the wall.
pub fn solve(inputs: &Inputs<'_>) -> Result<Outputs, WallError> {
    at_least("target_bitwidth", inputs.target_bitwidth as f64, 1.0)?;
    between("sparsity", inputs.sparsity, 0.0, 1.0)?;
    let bytes = precision("baseline_precision", inputs.baseline_precision)?.bytes();
    let original = weight_bytes(inputs.model, bytes)?;
    let effect = match inputs.method {
        "quantization" => quantize(inputs, bytes)?,
        "pruning" => prune(inputs.sparsity, inputs.sparsity_type),
        _ => Effect { ratio: 1.0, accuracy: 0.0, speedup: 1.0 },
    };
    Ok(Outputs {
        baseline_precision: inputs.baseline_precision.to_owned(),
        original_size_gb: original / 1e9,
        compressed_size_gb: original / effect.ratio / 1e9,
        compression_ratio: effect.ratio,
        estimated_accuracy_delta: effect.accuracy,
        memory_savings_pct: (1.0 - 1.0 / effect.ratio) * 100.0,
        inference_speedup: effect.speedup,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_structure_makes_pruning_faster() {
        assert_eq!(prune(0.5, "unstructured").speedup, 1.0);
        assert_eq!(prune(0.5, "structured").speedup, 2.0);
        assert_eq!(prune(0.5, "n_m").speedup, 2.0);
        assert_eq!(prune(0.9, "n_m").speedup, 1.0);
        assert_eq!(prune(1.0, "structured").ratio, 100.0);
    }
}
