//! Wall 21, Sensitivity: which figure of the device moves the result most.
//!
//! One at a time, peak rate, main-memory bandwidth and capacity grow by `π` per cent, and the single-device
//! latency is taken again: `(T' − T) / T`. The largest change, first on ties, binds; where the model does not
//! fit, capacity does. s. Defaults: 10 %, fp16, η 0.5; batch 1, inference. Source: Williams 2009.

use super::error::{WallError, precision};
use super::output::output;
use crate::engine::single::{SingleInputs, single_node};
use crate::registry::{Accelerator, Model};

/// What the wall needs.
#[derive(Debug, Clone, Copy)]
pub struct Inputs<'a> {
    /// The model.
    pub model: &'a Model,
    /// The device.
    pub hardware: &'a Accelerator,
    /// Precision key.
    pub precision: &'a str,
    /// Growth of each figure, per cent.
    pub perturbation_pct: f64,
    /// Share of peak reached.
    pub efficiency: f64,
}

output! {
    /// Relative change of the latency.
    pub struct Sensitivities {
        /// All peak rates.
        pub peak_flops: f64,
        /// Main memory, not SRAM, flash or host link.
        pub memory_bandwidth: f64,
        /// Main memory.
        pub memory_capacity: f64,
    }
}

output! {
    /// What the wall answers.
    pub struct Outputs {
        /// The model fits before any change.
        pub feasible: bool,
        /// Changes.
        pub sensitivities: Sensitivities,
        /// The figure that binds.
        pub binding_constraint: &'static str,
        /// Before any change, s.
        pub baseline_latency_s: f64,
        /// Echo.
        pub perturbation_pct: f64,
    }
}

/// Solves the wall.
pub fn solve(inputs: &Inputs<'_>) -> Result<Outputs, WallError> {
    let setting = SingleInputs {
        precision: precision("precision", inputs.precision)?,
        efficiency: inputs.efficiency,
        ..SingleInputs::default()
    };
    let growth = 1.0 + inputs.perturbation_pct / 100.0;
    let baseline = single_node(inputs.model, inputs.hardware, &setting)?;
    let change = |grow: &dyn Fn(&mut Accelerator)| -> Result<f64, WallError> {
        let mut device = inputs.hardware.clone();
        grow(&mut device);
        let changed = single_node(inputs.model, &device, &setting)?;
        Ok(if baseline.latency_s > 0.0 {
            (changed.latency_s - baseline.latency_s) / baseline.latency_s
        } else {
            0.0
        })
    };
    let sensitivities = Sensitivities {
        peak_flops: change(&|device| {
            device.peak_flop_per_s *= growth;
            device.precision_flop_per_s.values_mut().for_each(|rate| *rate *= growth);
        })?,
        memory_bandwidth: change(&|device| device.memory_bytes_per_s *= growth)?,
        memory_capacity: change(&|device| device.memory_bytes *= growth)?,
    };
    Ok(Outputs {
        feasible: baseline.feasible,
        binding_constraint: if baseline.feasible { largest(&sensitivities) } else { "memory_capacity" },
        sensitivities,
        baseline_latency_s: baseline.latency_s,
        perturbation_pct: inputs.perturbation_pct,
    })
}

fn largest(of: &Sensitivities) -> &'static str {
    let mut best = ("peak_flops", of.peak_flops.abs());
    for (name, value) in
        [("memory_bandwidth", of.memory_bandwidth.abs()), ("memory_capacity", of.memory_capacity.abs())]
    {
        if value > best.1 {
            best = (name, value);
        }
    }
    best.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_change_binds_and_the_first_wins_a_tie() {
        let of = |peak_flops, memory_bandwidth, memory_capacity| {
            largest(&Sensitivities { peak_flops, memory_bandwidth, memory_capacity })
        };
        assert_eq!(of(-0.01, -0.08, 0.0), "memory_bandwidth");
        assert_eq!(of(0.0, 0.0, 0.0), "peak_flops");
        assert_eq!(of(0.0, 0.0, -0.9), "memory_capacity");
    }
}
