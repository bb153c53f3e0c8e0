//! Wall 11, Complexity: how large a model and how many tokens a compute budget is worth.
//!
//! Compute-optimal: `P = sqrt(C/120)`, `D = 20 P`. With a given size: `D = C/(6 P)`.
//! A budget of H100-days is `C = seconds · 989e12 · 0.40` flop.
//! Sources: Hoffmann 2022 (6 flop per parameter and token, 20 tokens per parameter), NVIDIA H100 datasheet
//! (989 TFLOP/s dense 16-bit); 0.40 is the utilization that mlsysim 0.3.0 assumes.

use super::error::{WallError, positive};
use super::output::output;
use crate::engine::common::constants::{
    REFERENCE_GPU_FLOP_PER_S, REFERENCE_GPU_UTILIZATION, TOKENS_PER_PARAMETER,
    TRAINING_FLOP_PER_PARAMETER_TOKEN,
};

const SECONDS_PER_DAY: f64 = 86_400.0;
/// Peak of the reference accelerator (H100 SXM, dense bf16), flop/s, times the utilization assumed of it.
const REFERENCE_FLOP_PER_S: f64 = REFERENCE_GPU_FLOP_PER_S * REFERENCE_GPU_UTILIZATION;

/// A budget, in either of the two ways people state it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Budget {
    /// Operations.
    Flop(f64),
    /// Days of one H100 at 40 % of peak.
    H100Days(f64),
}

impl Budget {
    /// Operations.
    pub fn flop(self) -> f64 {
        match self {
            Budget::Flop(flop) => flop,
            Budget::H100Days(days) => days * SECONDS_PER_DAY * REFERENCE_FLOP_PER_S,
        }
    }
}

/// What the wall needs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Inputs {
    /// What may be spent.
    pub budget: Budget,
    /// Parameters, where the size is already decided.
    pub target_model_params: Option<f64>,
}

output! {
    /// What the wall answers.
    pub struct Outputs {
        /// Parameters.
        pub optimal_parameters_count: f64,
        /// Tokens to train on.
        pub optimal_tokens_count: f64,
        /// The budget, flop.
        pub compute_budget_flops: f64,
        /// Tokens over parameters.
        pub tokens_per_parameter: f64,
    }
}

/// Solves the wall.
pub fn solve(inputs: &Inputs) -> Result<Outputs, WallError> {
    let budget = inputs.budget.flop();
    super::error::at_least("compute_budget_flop", budget, 0.0)?;
    let (parameters, tokens) = if let Some(target) = inputs.target_model_params {
        positive("target_model_params", target)?;
        (target, budget / (TRAINING_FLOP_PER_PARAMETER_TOKEN * target))
    } else {
        let optimal = (budget / (TRAINING_FLOP_PER_PARAMETER_TOKEN * TOKENS_PER_PARAMETER)).sqrt();
        (optimal, TOKENS_PER_PARAMETER * optimal)
    };
    Ok(Outputs {
        optimal_parameters_count: parameters,
        optimal_tokens_count: tokens,
        compute_budget_flops: budget,
        tokens_per_parameter: if parameters == 0.0 { 0.0 } else { tokens / parameters },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_chinchilla_budget_gives_the_chinchilla_model() {
        let budget = Budget::Flop(6.0 * 70e9 * 1.4e12);
        let found = solve(&Inputs { budget, target_model_params: None }).unwrap();
        assert!((found.optimal_parameters_count / 70e9 - 1.0).abs() < 0.01);
        assert!((found.tokens_per_parameter - 20.0).abs() < 1e-12);
    }

    #[test]
    fn a_smaller_model_gets_more_tokens_from_the_same_budget() {
        let tokens = |size| {
            solve(&Inputs { budget: Budget::H100Days(100.0), target_model_params: Some(size) })
                .unwrap()
                .optimal_tokens_count
        };
        assert!(tokens(1e9) > tokens(7e9));
    }
}
