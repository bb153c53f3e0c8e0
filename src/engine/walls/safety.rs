//! Wall 20, Safety: what privacy and fairness cost.
//!
//! `slowdown = 1 + 2 / max(ε, 0.01)`, `time = base · slowdown`, `data = 1 / max(prevalence, 1e-6)`.
//! Seconds. Defaults: ε 1, δ 1e-5 (echoed only), smallest group 1 %.
//! Source: Abadi 2016 (DP-SGD); the coefficient 2 is a choice of mlsysim 0.3.0.

use super::error::WallError;
use super::output::output;
use crate::engine::common::constants::DP_SGD_COEFFICIENT;

const LEAST_EPSILON: f64 = 0.01;
const LEAST_PREVALENCE: f64 = 1e-6;

/// What the wall needs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Inputs {
    /// Training time without privacy, s.
    pub base_training_time_s: f64,
    /// Privacy budget.
    pub epsilon: f64,
    /// Probability that the budget does not hold.
    pub delta: f64,
    /// Share of the rarest group in the data.
    pub min_subgroup_prevalence: f64,
}

impl Default for Inputs {
    fn default() -> Self {
        Inputs { base_training_time_s: 0.0, epsilon: 1.0, delta: 1e-5, min_subgroup_prevalence: 0.01 }
    }
}

output! {
    /// What the wall answers.
    pub struct Outputs {
        /// Time with privacy over time without.
        pub dp_slowdown_factor: f64,
        /// Time with privacy, s.
        pub effective_training_time_s: f64,
        /// Data needed for one sample of the rarest group.
        pub additional_data_requirement: f64,
        /// Echo.
        pub epsilon: f64,
        /// Echo.
        pub delta: f64,
        /// Echo.
        pub min_subgroup_prevalence: f64,
        /// The slowdown again, as a cost.
        pub privacy_cost_ratio: f64,
        /// The data factor again, as a cost.
        pub fairness_data_ratio: f64,
    }
}

/// Solves the wall.
#[allow(clippy::unnecessary_wraps, reason = "every wall has the same shape")]
pub fn solve(inputs: &Inputs) -> Result<Outputs, WallError> {
    let slowdown = 1.0 + DP_SGD_COEFFICIENT / inputs.epsilon.max(LEAST_EPSILON);
    let data = 1.0 / inputs.min_subgroup_prevalence.max(LEAST_PREVALENCE);
    Ok(Outputs {
        dp_slowdown_factor: slowdown,
        effective_training_time_s: inputs.base_training_time_s * slowdown,
        additional_data_requirement: data,
        epsilon: inputs.epsilon,
        delta: inputs.delta,
        min_subgroup_prevalence: inputs.min_subgroup_prevalence,
        privacy_cost_ratio: slowdown,
        fairness_data_ratio: data,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tighter_budget_costs_more_time_but_never_without_end() {
        let slowdown =
            |epsilon| solve(&Inputs { base_training_time_s: 10.0, epsilon, ..Inputs::default() }).unwrap();
        assert_eq!(slowdown(1.0).effective_training_time_s, 30.0);
        assert_eq!(slowdown(0.0).dp_slowdown_factor, 201.0);
    }
}
