//! Assertions and the verdict they lead to.

use std::sync::LazyLock;

use super::report::{Report, Status, Violation};
use crate::metrics::{self, Lens, Values};
use crate::plan::Assertion;

/// What a plan that states a request rate promises without saying so: no more arrives than is answered.
static ANSWERED: LazyLock<Assertion> =
    LazyLock::new(|| Assertion { metric: OFFERED_LOAD.into(), max: Some(MOST_LOAD), min: None });
/// The metric that the promise is about.
pub const OFFERED_LOAD: &str = "performance.offered_load";
const MOST_LOAD: f64 = 1.0;
const LOAD: usize = metrics::place(Lens::Performance, "offered_load");

/// The promise that comes with a request rate, where this load breaks it and the plan says nothing else about it.
pub fn unanswered(assertions: &[Assertion], offered_load: Option<f64>) -> Option<&'static Assertion> {
    let over = offered_load.is_some_and(|load| load > MOST_LOAD);
    let own = || assertions.iter().any(|one| one.metric == OFFERED_LOAD && one.max.is_some());
    (over && !own()).then(|| &*ANSWERED)
}

/// The assertions that `report` breaks, and the promise that a request rate is. Bounds are inclusive; a metric that
/// this plan does not have counts as broken, because nobody can say that it holds.
pub fn check(assertions: &[Assertion], report: &Report) -> Vec<Violation> {
    let mut violations = Vec::new();
    let load = report.metric(Lens::Performance, "offered_load");
    for assertion in assertions.iter().chain(unanswered(assertions, load)) {
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
    let kept = assertions.iter().all(|assertion| {
        let metric = metrics::by_assertion_name(&assertion.metric);
        let value = metric.and_then(|metric| values.at(metrics::place(metric.lens, metric.key)));
        value.is_some_and(|value| {
            !assertion.max.is_some_and(|max| value > max) && !assertion.min.is_some_and(|min| value < min)
        })
    });
    kept && unanswered(assertions, values.at(LOAD)).is_none()
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
