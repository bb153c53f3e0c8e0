//! Reports side by side: which cell is best, and which edit explains which change.

use crate::engine::Report;
use crate::engine::report::Status;
use crate::metrics::{Better, Lens, METRICS, Metric};

/// A metric, its value in each report, and the places of the best.
pub type Race = (&'static Metric, Vec<Option<f64>>, Vec<usize>);

/// Metrics that at least one of the reports has, their values, and which of these are best. What cannot run wins
/// no race, however fast or cheap it would be; nobody wins alone or against equals.
pub fn best(reports: &[&Report]) -> Vec<Race> {
    METRICS
        .iter()
        .filter_map(|metric| {
            let values: Vec<Option<f64>> =
                reports.iter().map(|report| report.metric(metric.lens, metric.key)).collect();
            values.iter().any(Option::is_some).then(|| {
                let runs =
                    |report: &Report| metric.lens == Lens::Feasibility || report.status != Status::Infeasible;
                let known = values.iter().zip(reports).map(|(value, report)| value.filter(|_| runs(report)));
                let known: Vec<Option<f64>> = known.collect();
                let better = metric.judged(known.iter().flatten().copied());
                let winners = winners(better, &known);
                (metric, values, winners)
            })
        })
        .collect()
}

fn winners(better: Better, values: &[Option<f64>]) -> Vec<usize> {
    let known = || values.iter().flatten().copied().filter(|value| !value.is_nan());
    let target = match better {
        Better::Lower => known().reduce(f64::min),
        Better::Higher => known().reduce(f64::max),
        Better::Neither => None,
    };
    let (Some(target), true) = (target, known().count() > 1) else { return Vec::new() };
    let places: Vec<usize> =
        values.iter().enumerate().filter(|(_, value)| **value == Some(target)).map(|(at, _)| at).collect();
    if places.len() == values.len() { Vec::new() } else { places }
}

/// The edits behind a change in a sentence, strongest first. `interaction` is what they do together beyond the sum of
/// what each does alone: `None` where they do not interact, and inside it the size, where it is known.
///
/// A share is the number of its edit, from 1, what that does alone, and what it does after all others.
pub fn told(
    shares: impl IntoIterator<Item = (usize, Option<f64>, Option<f64>)>,
    interaction: Option<Option<f64>>,
    show: impl Fn(f64) -> String,
) -> String {
    let signed = |value: f64| format!("{}{}", if value < 0.0 { "−" } else { "+" }, show(value.abs()));
    let mut parts: Vec<String> = shares
        .into_iter()
        .map(|share| match share {
            (edit, Some(alone), _) => format!("edit {edit} {}", signed(alone)),
            (edit, None, Some(last)) => format!("edit {edit} {} after the others", signed(last)),
            (edit, None, None) => format!("edit {edit} cannot be tried alone"),
        })
        .collect();
    if let Some(rest) = interaction.filter(|_| parts.len() > 1) {
        parts.push(match rest {
            Some(rest) => format!("and {} because they interact", signed(rest)),
            None => "and they interact".into(),
        });
    }
    parts.join(", ")
}

#[cfg(test)]
mod tests {
    use super::{told, winners};
    use crate::metrics::{Better, METRICS};

    #[test]
    fn the_best_cell_follows_the_direction_of_the_metric() {
        let values = [Some(3.0), Some(2.0), None];
        assert_eq!(winners(Better::Lower, &values), [1]);
        assert_eq!(winners(Better::Higher, &values), [0]);
        assert!(winners(Better::Neither, &values).is_empty());
        assert!(winners(Better::Lower, &[Some(1.0), Some(1.0)]).is_empty());
        assert!(winners(Better::Lower, &[Some(1.0), None]).is_empty(), "nobody wins alone");
    }

    #[test]
    fn memory_in_use_wins_no_race_while_it_fits() {
        let judged = |key: &str, values: &[f64]| {
            let metric = METRICS.iter().find(|metric| metric.key == key).unwrap();
            metric.judged(values.iter().copied())
        };
        assert_eq!(judged("memory_utilization", &[0.3, 0.9]), Better::Neither);
        assert_eq!(judged("memory_utilization", &[0.9, 1.2]), Better::Lower);
        assert_eq!(judged("memory_used_gb", &[50.0, 90.0]), Better::Neither);
        assert_eq!(judged("mfu", &[0.3, 0.4]), Better::Higher);
    }

    #[test]
    fn shares_are_told_with_their_sign() {
        let shares = [(2, Some(-3.0), None), (1, None, Some(1.0))];
        let text = told(shares, Some(Some(0.5)), |value| format!("{value} GB"));
        assert_eq!(text, "edit 2 −3 GB, edit 1 +1 GB after the others, and +0.5 GB because they interact");
    }
}
