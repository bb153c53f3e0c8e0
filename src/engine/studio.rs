//! The `studio` profile.

use super::mlsysim;
use super::report::{Report, Warning};
use crate::plan::Plan;
use crate::registry::{Physics, Registry};

/// Evaluates a plan with the physics that this profile has so far: that of mlsysim 0.3.0, and says so.
pub fn evaluate(plan: &Plan, registry: &Registry) -> Report {
    let mut report = mlsysim::evaluate(plan, registry);
    report.physics = Physics::Mlsysim;
    report.warnings.push(Warning {
        code: "physics_fallback",
        message: "evaluated with the physics of mlsysim 0.3.0".into(),
    });
    report
}
