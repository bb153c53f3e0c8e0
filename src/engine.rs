//! Plan and registry to report. Pure: no IO, clock, threads, randomness or terminal.

pub mod common;
pub mod economics;
pub mod fleet;
pub mod model;
pub mod report;
pub mod single;
pub mod walls;

use crate::plan::Plan;
use crate::registry::Registry;
pub use report::Report;

/// Evaluates a plan. Deterministic and total: every plan gives a report.
pub fn evaluate(plan: &Plan, registry: &Registry) -> Report {
    let _ = registry;
    Report::empty(plan)
}
