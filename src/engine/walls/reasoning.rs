//! Wall 12, Reasoning: what thinking longer costs per question.
//!
//! `total = TTFT + K · 50 · ITL` with TTFT and ITL of wall 4 at batch 1 and the context given;
//! `energy = TDP · total`. s, J. Defaults: 8 steps, 2048 tokens, fp16, η 0.5.
//! Sources: Wei 2022 (chain of thought), Snell 2024 (test-time compute); 50 tokens a step is a heuristic of
//! mlsysim 0.3.0, as is full power for the whole time.

use super::error::{WallError, at_least};
use super::output::output;
use super::serving;
use crate::engine::common::constants::TOKENS_PER_REASONING_STEP;
use crate::registry::{Accelerator, Model};

/// What the wall needs.
#[derive(Debug, Clone, Copy)]
pub struct Inputs<'a> {
    /// The model, a transformer.
    pub model: &'a Model,
    /// The device.
    pub hardware: &'a Accelerator,
    /// Steps of reasoning.
    pub reasoning_steps: u64,
    /// Prompt, tokens.
    pub context_length: u64,
    /// Precision key.
    pub precision: &'a str,
    /// Share of peak that prefill reaches.
    pub efficiency: f64,
}

output! {
    /// What the wall answers.
    pub struct Outputs {
        /// Question to answer, s.
        pub total_reasoning_time_s: f64,
        /// Time to first token, s.
        pub ttft_s: f64,
        /// Time between tokens, s.
        pub itl_s: f64,
        /// Tokens made.
        pub tokens_generated: u64,
        /// Echo.
        pub reasoning_steps: u64,
        /// One step, s.
        pub time_per_step_s: f64,
        /// One question, J; 0 where the device has no TDP.
        pub energy_per_query_j: f64 => "energy_per_query_J",
        /// Memory suffices.
        pub feasible: bool,
        /// Wall 4 underneath.
        pub serving_detail: serving::Outputs,
    }
}

/// Solves the wall.
pub fn solve(inputs: &Inputs<'_>) -> Result<Outputs, WallError> {
    at_least("reasoning_steps", inputs.reasoning_steps as f64, 1.0)?;
    let detail = serving::solve(&serving::Inputs::plain(
        inputs.model,
        inputs.hardware,
        inputs.context_length,
        1,
        inputs.precision,
        inputs.efficiency,
    ))
    .map_err(|error| WallError {
        field: if error.field == "seq_len" { "context_length".to_owned() } else { error.field },
        ..error
    })?;
    let step = TOKENS_PER_REASONING_STEP * detail.itl_s;
    let total = detail.ttft_s + inputs.reasoning_steps as f64 * step;
    Ok(Outputs {
        total_reasoning_time_s: total,
        ttft_s: detail.ttft_s,
        itl_s: detail.itl_s,
        tokens_generated: inputs.reasoning_steps.saturating_mul(TOKENS_PER_REASONING_STEP as u64),
        reasoning_steps: inputs.reasoning_steps,
        time_per_step_s: step,
        energy_per_query_j: inputs.hardware.tdp_w.unwrap_or(0.0) * total,
        feasible: detail.feasible,
        serving_detail: detail,
    })
}
