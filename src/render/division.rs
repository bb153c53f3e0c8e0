//! How a fleet is divided, where nobody wrote it down.

use crate::engine::report::{LensStatus, Report};
use crate::plan::Mode;

/// Code of the warning that the engine has chosen the division.
const CHOSEN: &str = "parallelism_chosen";

/// The division that was chosen, and for what: `divided tensor 8 × data 4 (chosen: answers soonest)`. `None` where the
/// plan says it, or where there is nothing to divide.
pub fn chosen(report: &Report) -> Option<String> {
    let division = report.parallelism?;
    report.warnings.iter().find(|warning| warning.code == CHOSEN)?;
    let ways = [
        ("tensor", division.tensor),
        ("pipeline", division.pipeline),
        ("data", division.data),
        ("expert", division.expert),
    ];
    let ways: Vec<String> =
        ways.iter().filter(|(_, ways)| *ways > 1).map(|(name, ways)| format!("{name} {ways}")).collect();
    let aim = match (report.feasibility.status, report.mode) {
        (LensStatus::Fail, _) => "none fits, this one is nearest".to_owned(),
        // Stages that a plan leaves out are only tried where nothing fits without them.
        (_, Mode::Train) if division.pipeline > 1 => {
            format!("shortest step at pipeline {}", division.pipeline)
        }
        (_, Mode::Train) => "shortest step without pipeline".to_owned(),
        (_, Mode::Serve) => "answers soonest".to_owned(),
    };
    (!ways.is_empty()).then(|| format!("divided {} (chosen: {aim})", ways.join(" × ")))
}
