//! Which edits between two plans explain which change of which figure.

use crate::engine::Report;
use crate::metrics::Metric;
use crate::plan::difference::{Edit, difference};

/// Edits that are looked at one by one; of more, only what all of them do together is told.
pub const MOST_EDITS: usize = 24;

/// What a pair of plans and the edits between them give.
#[derive(Debug, Clone, PartialEq)]
pub struct Attribution {
    /// The edits that turn the first plan into the second.
    pub edits: Vec<Edit>,
    /// The first plan with each edit alone; `None` where that is no plan.
    pub alone: Vec<Option<Report>>,
    /// The second plan with each edit taken back; `None` where that is no plan.
    pub without: Vec<Option<Report>>,
}

/// One edit's share in the change of a figure.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Share {
    /// Which edit.
    pub edit: usize,
    /// Change from the first plan by this edit alone; `None` where the plan has no such figure then.
    pub alone: Option<f64>,
    /// Change to the second plan by this edit after all others.
    pub last: Option<f64>,
}

/// How a figure's change comes about.
#[derive(Debug, Clone, PartialEq)]
pub struct Story {
    /// Value in the first and the second plan.
    pub values: (f64, f64),
    /// The edits that move the figure, alone or as the last one, strongest first.
    pub shares: Vec<Share>,
    /// What the edits do together beyond the sum of what each does alone; `None` where one of them cannot
    /// stand alone.
    pub interaction: Option<f64>,
}

impl Story {
    /// True where the edits do together clearly more or less than one by one.
    pub fn interacts(&self) -> bool {
        let total = (self.values.1 - self.values.0).abs();
        let scale =
            total.max(self.shares.iter().filter_map(|share| share.alone).map(f64::abs).fold(0.0, f64::max));
        match self.interaction {
            Some(rest) => scale > 0.0 && rest.abs() > 0.02 * scale,
            None => true,
        }
    }
}

/// Evaluates each edit alone and each edit taken back. `evaluate` reads a plan and evaluates it. `None` where one
/// of the texts is no YAML.
pub fn attribute(
    before: &str,
    after: &str,
    evaluate: impl Fn(&str) -> Option<Report>,
) -> Option<Attribution> {
    let edits = difference(before, after)?;
    let few = edits.len() <= MOST_EDITS;
    let tried = |text: Option<String>| text.filter(|_| few).and_then(|text| evaluate(&text));
    let alone = edits.iter().map(|edit| tried(edit.apply(before).ok())).collect();
    let without = edits.iter().map(|edit| tried(edit.revert(after).ok())).collect();
    Some(Attribution { edits, alone, without })
}

impl Attribution {
    /// How the change of a figure comes about; `None` where it does not change or one plan lacks it.
    pub fn story(&self, metric: &Metric, before: &Report, after: &Report) -> Option<Story> {
        let of = |report: &Report| report.metric(metric.lens, metric.key).filter(|value| value.is_finite());
        let values = (of(before)?, of(after)?);
        let moved = |change: f64| change.abs() > 1e-9 * values.0.abs().max(values.1.abs());
        if !moved(values.1 - values.0) {
            return None;
        }
        let mut shares: Vec<Share> = (0..self.edits.len())
            .map(|edit| Share {
                edit,
                alone: self.alone[edit].as_ref().and_then(of).map(|value| value - values.0),
                last: self.without[edit].as_ref().and_then(of).map(|value| values.1 - value),
            })
            .collect();
        let sum: Option<f64> = shares.iter().map(|share| share.alone).sum();
        shares.retain(|share| share.alone.is_none_or(moved) || share.last.is_none_or(moved));
        let size = |share: &Share| share.alone.or(share.last).unwrap_or(0.0).abs();
        shares.sort_by(|a, b| size(b).total_cmp(&size(a)));
        Some(Story { values, shares, interaction: sum.map(|sum| values.1 - values.0 - sum) })
    }
}
