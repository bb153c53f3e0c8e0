//! Plan and registry to report. Pure: no IO, clock, threads, randomness or terminal.

pub mod assertions;
pub mod cash;
pub mod common;
pub mod economics;
pub mod explain;
pub mod figures;
pub mod fleet;
pub mod format;
pub mod json;
pub mod mlsysim;
pub mod model;
pub mod optimize;
pub mod readings;
pub mod report;
mod roofline;
pub mod single;
pub mod studio;
#[cfg(test)]
pub(crate) mod testing;
pub mod validation;
pub mod walls;

use crate::plan::Plan;
use crate::registry::{Physics, Registry};
pub use report::Report;

/// Evaluates a plan. Deterministic and total: every plan gives a report.
pub fn evaluate(plan: &Plan, registry: &Registry) -> Report {
    match plan.physics {
        Physics::Mlsysim => mlsysim::evaluate(plan, registry),
        Physics::Studio => studio::evaluate(plan, registry),
    }
}
