//! The numbers of a plan without their words: what a search keeps of each of its many points.

use super::report::{ChosenParallelism, LensStatus, Report, Status};
use crate::metrics::{Lens, Values, place};
use crate::plan::{Mode, Plan};
use crate::registry::Registry;

/// Verdict, metrics and binding wall of one plan: exactly those of its [`Report`], and nothing that has to
/// be written out.
#[derive(Debug, Clone, Copy, PartialEq)]
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
    /// Every metric that applies.
    pub values: Values,
}

impl Figures {
    /// The figures of a report.
    pub fn of(report: &Report) -> Figures {
        let mut values = Values::default();
        for lens in [&report.feasibility, &report.performance, &report.economics] {
            for (key, value) in &lens.metrics {
                values.set(place(lens.lens, key), *value);
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

    /// Of a plan that cannot be evaluated.
    pub fn failed(mode: Mode) -> Figures {
        Figures {
            status: Status::Error,
            mode,
            feasibility: LensStatus::Skipped,
            performance: LensStatus::Skipped,
            economics: LensStatus::Skipped,
            binding_wall: None,
            parallelism: None,
            values: Values::default(),
        }
    }

    /// The metric at a place of [`crate::metrics::METRICS`], in its unit; `None` where this plan has none.
    pub fn at(&self, place: usize) -> Option<f64> {
        self.values.at(place)
    }

    /// A metric by lens and key.
    pub fn metric(&self, lens: Lens, key: &str) -> Option<f64> {
        self.at(place(lens, key))
    }

    /// True where the plan fits and its assertions hold.
    pub fn is_ok(&self) -> bool {
        self.status == Status::Ok
    }
}

/// The figures of a plan: those of [`super::evaluate`].
pub fn figures(plan: &Plan, registry: &Registry) -> Figures {
    Figures::of(&super::evaluate(plan, registry))
}
