//! The numbers of a plan without their words: what a search keeps of each of its many points.

use super::report::{ChosenParallelism, LensStatus, Report, Status};
use crate::metrics::{Lens, METRICS};
use crate::plan::{Mode, Plan};
use crate::registry::Registry;

/// How many metrics there are.
pub const COUNT: usize = METRICS.len();

/// Verdict, metrics and binding wall of one plan: exactly those of its [`Report`], and nothing that has to
/// be written out.
#[derive(Debug, Clone, Copy)]
pub struct Figures {
    /// The whole verdict, assertions included.
    pub status: Status,
    /// Train or serve.
    pub mode: Mode,
    /// Fits?
    pub feasibility: LensStatus,
    /// Fast?
    pub performance: LensStatus,
    /// Worth it?
    pub economics: LensStatus,
    /// Number of the wall that limits the plan; `None` where nothing could be evaluated.
    pub binding_wall: Option<u8>,
    /// Division of the fleet, as evaluated.
    pub parallelism: Option<ChosenParallelism>,
    /// By place in [`METRICS`]; NaN where this plan has no such metric.
    values: [f64; COUNT],
}

/// Place of a metric in [`METRICS`].
pub fn index(lens: Lens, key: &str) -> Option<usize> {
    METRICS.iter().position(|metric| metric.lens == lens && metric.key == key)
}

impl Figures {
    /// The figures of a report.
    pub fn of(report: &Report) -> Figures {
        let mut values = [f64::NAN; COUNT];
        for lens in [&report.feasibility, &report.performance, &report.economics] {
            for (key, value) in &lens.metrics {
                if let Some(place) = index(lens.lens, key) {
                    values[place] = *value;
                }
            }
        }
        Figures {
            status: report.status,
            mode: report.mode,
            feasibility: report.feasibility.status,
            performance: report.performance.status,
            economics: report.economics.status,
            binding_wall: report.binding_wall().map(|wall| wall.number),
            parallelism: report.parallelism,
            values,
        }
    }

    /// The metric at a place of [`METRICS`], in its unit; `None` where this plan has none.
    pub fn at(&self, place: usize) -> Option<f64> {
        self.values.get(place).copied().filter(|value| !value.is_nan())
    }

    /// A metric by lens and key.
    pub fn metric(&self, lens: Lens, key: &str) -> Option<f64> {
        self.at(index(lens, key)?)
    }

    /// True where the plan fits and its assertions hold.
    pub fn is_ok(&self) -> bool {
        self.status == Status::Ok
    }
}

/// Equal to the last bit; a metric that both lack is equal.
impl PartialEq for Figures {
    fn eq(&self, other: &Figures) -> bool {
        let same = |(a, b): (&f64, &f64)| a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan());
        self.status == other.status
            && self.mode == other.mode
            && self.feasibility == other.feasibility
            && self.performance == other.performance
            && self.economics == other.economics
            && self.binding_wall == other.binding_wall
            && self.parallelism == other.parallelism
            && self.values.iter().zip(&other.values).all(same)
    }
}

/// The figures of a plan: those of [`super::evaluate`].
pub fn figures(plan: &Plan, registry: &Registry) -> Figures {
    Figures::of(&super::evaluate(plan, registry))
}
