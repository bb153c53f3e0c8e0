//! Plan and registry to report. Pure: no IO, clock, threads, randomness or terminal.

pub mod common;
pub mod report;

use crate::plan::Plan;
use crate::registry::Registry;
pub use report::Report;

/// Evaluates a plan. Deterministic and total: every plan gives a report.
pub fn evaluate(plan: &Plan, registry: &Registry) -> Report {
    let _ = registry;
    Report::empty(plan)
}
