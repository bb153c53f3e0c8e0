//! Parallelism optimizer (wall 14): the split of a fleet that keeps most of its efficiency.
//!
//! Tensor and pipeline sizes 1, 2, 4 … 512 whose product divides the fleet, data parallel the rest. Splits
//! whose model state, `(2 · size + 12 P)/(tp · pp)` at 16 bits, takes more than nine tenths of the memory are
//! skipped, then those whose replica does not fit. Score: `scaling efficiency · η`, first of the best wins.
//! Defaults: tensor within a node, overlap on, 2048 tokens. Sources: Shoeybi 2019, Narayanan 2021.

use super::error::{WallError, parameters};
use super::output::output;
use crate::engine::common::constants::ADAM_BYTES_PER_PARAMETER;
use crate::engine::common::{Precision, check_efficiency, check_positive, weight_bytes};
use crate::engine::fleet::{DistributedInputs, Fleet, distributed};
use crate::registry::Model;

const LARGEST: u64 = 512;
const KEPT: usize = 5;
/// Share of the memory that the screen leaves to model state.
const SCREEN: f64 = 0.9;

/// What the optimizer needs.
#[derive(Debug, Clone, Copy)]
pub struct Inputs<'a> {
    /// The model.
    pub model: &'a Model,
    /// The fleet.
    pub fleet: Fleet<'a>,
    /// Global batch, sequences.
    pub batch_size: u64,
    /// Precision.
    pub precision: Precision,
    /// Share of peak reached.
    pub efficiency: f64,
    /// Largest tensor size; the node's accelerators where not given.
    pub max_tp: Option<u64>,
    /// Largest pipeline; the whole fleet where not given.
    pub max_pp: Option<u64>,
    /// Gradients travel during computation.
    pub overlap_comm: bool,
    /// Tokens of a sequence.
    pub seq_len: u64,
    /// Full activation recomputation.
    pub activation_recomputation: bool,
}

output! {
    /// A split.
    #[derive(Copy)]
    pub struct Config {
        /// Tensor parallel.
        pub tp: u64,
        /// Pipeline parallel.
        pub pp: u64,
        /// Data parallel.
        pub dp: u64,
    }
}

output! {
    /// A split and what it gives.
    pub struct Candidate {
        /// The split.
        pub config: Config,
        /// Its score.
        pub mfu: f64,
        /// Samples/s of the fleet.
        pub throughput_per_s: f64,
        /// One step, s.
        pub step_time_s: f64,
    }
}

output! {
    /// What the optimizer answers.
    pub struct Outputs {
        /// Best score.
        pub objective_value: f64,
        /// Best split.
        pub best_config: Config,
        /// Splits that work.
        pub total_searched: u64,
        /// Best score again: scaling efficiency times η, not the share of peak.
        pub best_mfu: f64,
        /// Samples/s of the best.
        pub best_throughput_per_s: f64,
        /// One step of the best, s.
        pub best_step_time_s: f64,
        /// Splits that work.
        pub search_space_size: u64,
        /// The five best.
        pub top_candidates: Vec<Candidate>,
    }
}

fn sizes(most: u64) -> impl Iterator<Item = u64> {
    (0..=LARGEST.ilog2()).map(|power| 1 << power).take_while(move |size| *size <= most)
}

/// Searches.
pub fn solve(inputs: &Inputs<'_>) -> Result<Outputs, WallError> {
    check_positive("batch_size", inputs.batch_size)?;
    check_positive("seq_len", inputs.seq_len)?;
    check_efficiency(inputs.efficiency)?;
    let total = inputs.fleet.accelerators();
    let state = 2.0 * weight_bytes(inputs.model, Precision::Fp16.bytes())?
        + ADAM_BYTES_PER_PARAMETER * parameters(inputs.model)?;
    let room = SCREEN * inputs.fleet.device.memory_bytes;
    let mut candidates = Vec::new();
    for tp in sizes(inputs.max_tp.unwrap_or(inputs.fleet.accelerators_per_node)) {
        for pp in sizes(inputs.max_pp.unwrap_or(total)) {
            let width = tp * pp;
            if width > total || !total.is_multiple_of(width) || state / width as f64 > room {
                continue;
            }
            let dp = total / width;
            let setting = DistributedInputs {
                batch: inputs.batch_size,
                precision: inputs.precision,
                efficiency: inputs.efficiency,
                tensor: tp,
                pipeline: pp,
                microbatches: if pp > 1 { (inputs.batch_size / dp).max(1) } else { 1 },
                overlap: inputs.overlap_comm,
                recompute: inputs.activation_recomputation,
                seq_len: inputs.seq_len,
                ..DistributedInputs::default()
            };
            let Ok(step) = distributed(inputs.model, &inputs.fleet, &setting) else { continue };
            if step.node.feasible {
                candidates.push(Candidate {
                    config: Config { tp, pp, dp },
                    mfu: step.scaling_efficiency * inputs.efficiency,
                    throughput_per_s: step.throughput_per_s,
                    step_time_s: step.step_s,
                });
            }
        }
    }
    let searched = candidates.len() as u64;
    // Stable, so that of equals the first tried stays first.
    candidates.sort_by(|a, b| b.mfu.total_cmp(&a.mfu));
    candidates.truncate(KEPT);
    let Some(best) = candidates.first().cloned() else {
        return Err(WallError::bad_input(
            "fleet",
            format!("no tensor and pipeline split of {total} accelerators holds the model"),
        ));
    };
    Ok(Outputs {
        objective_value: best.mfu,
        best_config: best.config,
        total_searched: searched,
        best_mfu: best.mfu,
        best_throughput_per_s: best.throughput_per_s,
        best_step_time_s: best.step_time_s,
        search_space_size: searched,
        top_candidates: candidates,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_powers_of_two_up_to_the_limit() {
        assert_eq!(sizes(6).collect::<Vec<_>>(), [1, 2, 4]);
        assert_eq!(sizes(4096).last(), Some(512));
        assert_eq!(sizes(0).count(), 0);
    }
}
