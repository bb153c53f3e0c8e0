//! Wall 14, Communication: one training step of a fleet and what talking adds to it.
//!
//! ```text
//! DP  ring, or rings inside and between nodes, over the gradients of one replica
//! TP  4 · ceil(L/pp) rings of B S h b
//! EP  one all-to-all of B S h b k
//! PP  bubble (pp−1)/(v m + pp−1)
//! step = replica + DP (1 − overlap) + TP + EP + bubble
//! ```
//!
//! The equations are those of [`crate::engine::fleet`]. Flop, bytes, s.
//! Sources: Shoeybi 2019 (Megatron-LM), Patarasuk 2009 (ring all-reduce), Narayanan 2021 (pipelines),
//! Rajbhandari 2020 (ZeRO).

use super::compute;
use super::error::WallError;
use super::output::output;
use super::training_memory::Parallelism;
use crate::engine::fleet::{DistributedInputs, Fleet, distributed};
use crate::registry::Model;

/// What the wall needs.
#[derive(Debug, Clone, Copy)]
pub struct Inputs<'a> {
    /// The model.
    pub model: &'a Model,
    /// The fleet.
    pub fleet: Fleet<'a>,
    /// Batch, split and the rest.
    pub setting: DistributedInputs,
}

output! {
    /// What the wall answers.
    pub struct Outputs {
        /// One replica, before communication.
        pub node_profile: compute::Outputs,
        /// Gradients, s.
        pub dp_communication_latency_s: f64,
        /// Activations inside layers, s.
        pub tp_communication_latency_s: f64,
        /// Tokens to experts, s.
        pub ep_communication_latency_s: f64,
        /// All three before overlap, s.
        pub communication_latency_s: f64,
        /// Empty pipeline, s.
        pub pipeline_bubble_latency_s: f64,
        /// Share of the pipeline that is empty.
        pub bubble_fraction: f64,
        /// One step, s.
        pub step_latency_total_s: f64,
        /// Replica over step.
        pub scaling_efficiency: f64,
        /// Samples/s of the fleet.
        pub effective_throughput_per_s: f64,
        /// The split.
        pub parallelism: Parallelism,
    }
}

/// Solves the wall.
pub fn solve(inputs: &Inputs<'_>) -> Result<Outputs, WallError> {
    let setting = &inputs.setting;
    let step = distributed(inputs.model, &inputs.fleet, setting)?;
    Ok(Outputs {
        node_profile: compute::Outputs::from(&step.node),
        dp_communication_latency_s: step.data_parallel_s,
        tp_communication_latency_s: step.tensor_parallel_s,
        ep_communication_latency_s: step.expert_parallel_s,
        communication_latency_s: step.communication_s,
        pipeline_bubble_latency_s: step.bubble_s,
        bubble_fraction: step.bubble_fraction,
        step_latency_total_s: step.step_s,
        scaling_efficiency: step.scaling_efficiency,
        effective_throughput_per_s: step.throughput_per_s,
        parallelism: Parallelism {
            dp: step.data,
            tp: setting.tensor,
            pp: setting.pipeline,
            ep: setting.expert,
        },
    })
}
