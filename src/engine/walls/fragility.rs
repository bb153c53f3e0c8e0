//! Wall 15, Fragility: how often something in the fleet breaks, and what checkpoints and restarts cost.
//!
//! ```text
//! node rate = g/50000 + nics/150000 + psus/100000   (1/h; a redundant supply counts as none)
//! MTBF      = 1 / (rate · nodes)
//! p         = 1 − e^(−T/MTBF)
//! τ         = sqrt(2 δ MTBF)
//! goodput   = max(0, 1 − δ/τ − R/MTBF)
//! ```
//!
//! Defaults: checkpoint 60 s, recovery 300 s. Sources: Young 1974 and Daly 2006 for τ; component lifetimes
//! (GPU 50 000 h, NIC 150 000 h, power supply 100 000 h) are the conventions of mlsysim 0.3.0.

use super::error::{WallError, at_least, positive};
use super::output::output;

const GPU_MTTF_H: f64 = 50_000.0;
const NIC_MTTF_H: f64 = 150_000.0;
const PSU_MTTF_H: f64 = 100_000.0;
const SECONDS_PER_HOUR: f64 = 3_600.0;

/// What the wall needs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Inputs {
    /// Nodes of the fleet.
    pub node_count: f64,
    /// Accelerators in each.
    pub accelerators_per_node: f64,
    /// Network cards in each.
    pub nics_per_node: f64,
    /// Power supplies in each.
    pub psus_per_node: f64,
    /// Supplies that may fail without harm.
    pub psu_redundancy: f64,
    /// Length of the job, h.
    pub job_duration_hours: f64,
    /// Time to write a checkpoint, s.
    pub checkpoint_time_s: f64,
    /// Time from a failure until work goes on, s.
    pub avg_recovery_time_s: f64,
}

impl Default for Inputs {
    fn default() -> Self {
        Inputs {
            node_count: 1.0,
            accelerators_per_node: 1.0,
            nics_per_node: 1.0,
            psus_per_node: 2.0,
            psu_redundancy: 0.0,
            job_duration_hours: 0.0,
            checkpoint_time_s: 60.0,
            avg_recovery_time_s: 300.0,
        }
    }
}

output! {
    /// What the wall answers.
    pub struct Outputs {
        /// Mean time between failures of the whole fleet, s.
        pub fleet_mtbf_s: f64,
        /// Probability of at least one failure in the job.
        pub failure_probability: f64,
        /// Best time between checkpoints, s.
        pub optimal_checkpoint_interval_s: f64,
        /// Failures in the job, on average.
        pub expected_failures: f64,
        /// Share of time that is useful work.
        pub goodput_ratio: f64,
    }
}

/// Solves the wall.
pub fn solve(inputs: &Inputs) -> Result<Outputs, WallError> {
    positive("checkpoint_time_s", inputs.checkpoint_time_s)?;
    at_least("job_duration_hours", inputs.job_duration_hours, 0.0)?;
    at_least("avg_recovery_time_s", inputs.avg_recovery_time_s, 0.0)?;
    let supplies = if inputs.psu_redundancy > 0.0 { 0.0 } else { inputs.psus_per_node };
    let node_rate =
        inputs.accelerators_per_node / GPU_MTTF_H + inputs.nics_per_node / NIC_MTTF_H + supplies / PSU_MTTF_H;
    let rate = node_rate * inputs.node_count;
    positive("node_count", rate)?;
    let mtbf_h = 1.0 / rate;
    let mtbf_s = mtbf_h * SECONDS_PER_HOUR;
    let failures = inputs.job_duration_hours / mtbf_h;
    let interval = (2.0 * inputs.checkpoint_time_s * mtbf_s).sqrt();
    let goodput = 1.0 - inputs.checkpoint_time_s / interval - inputs.avg_recovery_time_s / mtbf_s;
    Ok(Outputs {
        fleet_mtbf_s: mtbf_s,
        failure_probability: 1.0 - (-failures).exp(),
        optimal_checkpoint_interval_s: interval,
        expected_failures: failures,
        goodput_ratio: goodput.max(0.0),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn twice_the_nodes_fail_twice_as_often() {
        let one = Inputs {
            node_count: 16.0,
            accelerators_per_node: 8.0,
            job_duration_hours: 720.0,
            ..Inputs::default()
        };
        let two = solve(&Inputs { node_count: 32.0, ..one }).unwrap();
        let one = solve(&one).unwrap();
        assert!((one.fleet_mtbf_s / two.fleet_mtbf_s - 2.0).abs() < 1e-12);
        assert!(two.goodput_ratio < one.goodput_ratio && two.goodput_ratio > 0.0);
    }

    #[test]
    fn checkpoints_must_take_time() {
        assert_eq!(
            solve(&Inputs { checkpoint_time_s: 0.0, ..Inputs::default() }).unwrap_err().field,
            "checkpoint_time_s"
        );
    }
}
