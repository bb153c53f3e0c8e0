//! Wall 16, Multi-tenant: how long a job waits for the cluster that others use too.
//!
//! One server, Poisson arrivals, equal jobs (M/D/1): `ρ = λ D`, wait `ρ D / (2 (1 − ρ))`,
//! queue `ρ² / (2 (1 − ρ))`; without end at ρ ≥ 1. Jobs per day, days.
//! Sources: Little 1961, Pollaczek and Khinchine, Jeon 2019 (Philly trace).

use super::error::{WallError, at_least};
use super::output::output;

/// What the wall needs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Inputs {
    /// Jobs per day.
    pub arrival_rate_jobs_per_day: f64,
    /// Days one job holds the cluster.
    pub avg_job_duration_days: f64,
}

output! {
    /// What the wall answers.
    pub struct Outputs {
        /// Offered load over capacity.
        pub cluster_utilization: f64,
        /// Mean wait, days.
        pub avg_wait_time_days: f64,
        /// Mean number of jobs waiting.
        pub avg_queue_length: f64,
        /// Whether the queue stays finite.
        pub is_stable: bool,
    }
}

/// Solves the wall.
pub fn solve(inputs: &Inputs) -> Result<Outputs, WallError> {
    at_least("arrival_rate_jobs_per_day", inputs.arrival_rate_jobs_per_day, 0.0)?;
    at_least("avg_job_duration_days", inputs.avg_job_duration_days, 0.0)?;
    if inputs.avg_job_duration_days == 0.0 {
        return Err(WallError::evaluation(
            "avg_job_duration_days",
            "is zero: jobs without length have no queue",
        ));
    }
    let load = inputs.arrival_rate_jobs_per_day * inputs.avg_job_duration_days;
    let stable = load < 1.0;
    let (wait, queue) = if stable {
        let slack = 2.0 * (1.0 - load);
        (load * inputs.avg_job_duration_days / slack, load * load / slack)
    } else {
        (f64::INFINITY, f64::INFINITY)
    };
    Ok(Outputs {
        cluster_utilization: load,
        avg_wait_time_days: wait,
        avg_queue_length: queue,
        is_stable: stable,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_tenth_of_utilization_is_the_dear_one() {
        let wait = |rate| {
            solve(&Inputs { arrival_rate_jobs_per_day: rate, avg_job_duration_days: 1.0 })
                .unwrap()
                .avg_wait_time_days
        };
        assert!(wait(0.9) > 8.0 * wait(0.5));
        assert!(wait(1.0).is_infinite());
    }
}
