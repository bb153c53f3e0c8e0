//! Wall 9, Transformation: can the host CPUs prepare a batch while the accelerator works on the last one?
//!
//! `t = batch · sample / throughput`, `total = max(t, step)` with perfect prefetch; it binds where `t > step`.
//! Accelerator utilization is `step / total`, slowdown `total / step`. Bytes, bytes/s, s. No defaults.
//! Sources: Murray 2021 (tf.data), Mohan 2022 (data stalls).

use super::error::WallError;
use super::output::output;

/// What the wall needs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Inputs {
    /// Samples per batch.
    pub batch_size: f64,
    /// Bytes of one sample before it is prepared.
    pub sample_size_bytes: f64,
    /// Bytes per second that the CPUs prepare.
    pub cpu_throughput_bytes_per_s: f64,
    /// Step of the accelerator, s.
    pub accelerator_step_time_s: f64,
}

output! {
    /// What the wall answers.
    pub struct Outputs {
        /// Time to prepare one batch, s.
        pub transform_time_s: f64,
        /// Echo of the step, s.
        pub accelerator_step_time_s: f64,
        /// Preparation is slower than the step.
        pub is_bottleneck: bool,
        /// Share of the time the accelerator works.
        pub accelerator_utilization: f64,
        /// Real step over ideal step.
        pub slowdown_factor: f64,
    }
}

/// Solves the wall.
pub fn solve(inputs: &Inputs) -> Result<Outputs, WallError> {
    if inputs.cpu_throughput_bytes_per_s == 0.0 {
        return Err(WallError::evaluation("cpu_throughput_bytes_per_s", "is zero: no batch is ever ready"));
    }
    let step = inputs.accelerator_step_time_s;
    let transform = inputs.batch_size * inputs.sample_size_bytes / inputs.cpu_throughput_bytes_per_s;
    let total = transform.max(step);
    Ok(Outputs {
        transform_time_s: transform,
        accelerator_step_time_s: step,
        is_bottleneck: transform > step,
        accelerator_utilization: if total == 0.0 { 0.0 } else { step / total },
        slowdown_factor: if step == 0.0 { f64::INFINITY } else { total / step },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn preparation_hides_behind_a_longer_step() {
        let inputs = Inputs {
            batch_size: 10.0,
            sample_size_bytes: 1e6,
            cpu_throughput_bytes_per_s: 1e8,
            accelerator_step_time_s: 0.2,
        };
        let hidden = solve(&inputs).unwrap();
        assert!(!hidden.is_bottleneck && hidden.slowdown_factor == 1.0);
        let exposed = solve(&Inputs { accelerator_step_time_s: 0.05, ..inputs }).unwrap();
        assert!(exposed.is_bottleneck && (exposed.slowdown_factor - 2.0).abs() < 1e-12);
    }

    #[test]
    fn a_cpu_that_does_nothing_is_an_error_not_an_infinity() {
        let inputs = Inputs {
            batch_size: 1.0,
            sample_size_bytes: 1.0,
            cpu_throughput_bytes_per_s: 0.0,
            accelerator_step_time_s: 1.0,
        };
        assert_eq!(solve(&inputs).unwrap_err().field, "cpu_throughput_bytes_per_s");
    }
}
