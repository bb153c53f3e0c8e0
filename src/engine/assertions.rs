//! Assertions and the verdict they lead to.

use super::report::{Report, Status, Violation};
use crate::metrics::{self, Lens, Values};
use crate::plan::Assertion;

/// The assertions that `report` breaks. Bounds are inclusive; a metric that this plan does not have
/// counts as broken, because nobody can say that it holds.
pub fn check(assertions: &[Assertion], report: &Report) -> Vec<Violation> {
    let mut violations = Vec::new();
    for assertion in assertions {
        let value = value(&assertion.metric, report);
        let mut add = |why, bound| {
            violations.push(Violation { metric: assertion.metric.clone(), why, value, bound });
        };
        match value {
            None => add("unavailable", None),
            Some(value) => {
                if let Some(max) = assertion.max.filter(|max| value > *max) {
                    add("max", Some(max));
                }
                if let Some(min) = assertion.min.filter(|min| value < *min) {
                    add("min", Some(min));
                }
            }
        }
    }
    violations
}

fn value(metric: &str, report: &Report) -> Option<f64> {
    let (lens, key) = metric.split_once('.')?;
    let lens = [Lens::Feasibility, Lens::Performance, Lens::Macro].into_iter().find(|l| l.name() == lens)?;
    report.metric(lens, key)
}

/// True where [`check`] of a report with these values would find nothing.
pub fn hold(assertions: &[Assertion], values: &Values) -> bool {
    assertions.iter().all(|assertion| {
        let metric = metrics::by_assertion_name(&assertion.metric);
        let value = metric.and_then(|metric| values.at(metrics::place(metric.lens, metric.key)));
        value.is_some_and(|value| {
            !assertion.max.is_some_and(|max| value > max) && !assertion.min.is_some_and(|min| value < min)
        })
    })
}

/// The verdict: what does not fit outranks what is too slow or too dear.
pub fn status(infeasible: bool, violations: &[Violation]) -> Status {
    verdict(infeasible, violations.is_empty())
}

/// The same, from whether all assertions hold.
pub fn verdict(infeasible: bool, hold: bool) -> Status {
    if infeasible {
        Status::Infeasible
    } else if hold {
        Status::Ok
    } else {
        Status::SlaFailed
    }
}

/// The tightest upper bound that the plan sets on a metric.
pub fn upper_bound(assertions: &[Assertion], metric: &str) -> Option<f64> {
    assertions.iter().filter(|assertion| assertion.metric == metric).filter_map(|a| a.max).reduce(f64::min)
}
