//! The best designs of a space: one objective gives one winner, several give their frontier.
//!
//! A design counts where it fits and keeps every promise of the plan. Small spaces are walked point by
//! point; in large ones, where `bounds` hold, points that cannot win are left out. Either way the answer
//! is the same, for any number of threads.
//!
//! One winner alone says little, so a search by one objective also gives the best design at every other
//! value of the first field that varies: mostly, the best with each accelerator.

pub mod axes;
mod bounds;
pub mod notes;
pub mod objective;

use std::sync::atomic::{AtomicBool, Ordering};

pub use objective::Objective;

use super::axis::Axis;
use super::pareto::{Candidate, Frontier};
use super::points::{Evaluator, Outcome, Space};
use super::run::{self, Walk};
use super::tally::Tally;
use crate::engine::figures::Figures;
use crate::plan::Plan;

/// Spaces up to this size are walked point by point.
pub const SMALL: u64 = 50_000;

/// How the points were gone through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Every point was evaluated.
    Exhaustive,
    /// Points that provably cannot win were left out.
    Pruned,
}

impl Method {
    /// `exhaustive` or `pruned`.
    pub fn name(self) -> &'static str {
        match self {
            Method::Exhaustive => "exhaustive",
            Method::Pruned => "pruned",
        }
    }
}

/// How to search.
pub struct How<'h> {
    /// Threads, at least one.
    pub threads: usize,
    /// Ends the search early once true.
    pub cancel: &'h AtomicBool,
    /// `None` chooses by the size of the space.
    pub method: Option<Method>,
}

/// How far a search has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Points that are dealt with.
    pub done: u64,
    /// Points of the space.
    pub of: u64,
    /// Designs that nothing beats so far.
    pub best: usize,
}

/// One design of the frontier.
#[derive(Debug, Clone, PartialEq)]
pub struct Design {
    /// Its number in the space.
    pub index: u64,
    /// Its figures.
    pub figures: Figures,
}

/// What a search found.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// How.
    pub method: Method,
    /// The designs that nothing beats, best first in the first objective.
    pub frontier: Vec<Design>,
    /// With one objective: the best at each other value of the leading field, best first.
    pub others: Vec<Design>,
    /// Points that were evaluated, by what became of them.
    pub tally: Tally,
    /// Points that keep every promise and lack a metric of an objective, so that they cannot be ranked.
    pub unweighed: u64,
    /// True where the search was ended early: the frontier is that of what was seen.
    pub cancelled: bool,
}

/// What was seen of a part of a space.
#[derive(Debug, Clone, PartialEq, Default)]
struct Weighed {
    frontier: Frontier,
    /// With one objective: the best at each value of the leading axis.
    groups: Vec<Frontier>,
    tally: Tally,
    unweighed: u64,
    cancelled: bool,
}

/// The axis whose values each have a best design of their own where there is one objective: the first that
/// varies. Not the batch, along which bounds work.
fn leading(space: &Space<'_>, objectives: &[Objective]) -> Option<usize> {
    let varies = |axis: &Axis| axis.values.len() > 1 && axis.path != "workload.batch_size";
    (objectives.len() == 1).then(|| space.axes().iter().position(varies)).flatten()
}

/// The group of a point: its place on the leading axis.
fn group(space: &Space<'_>, leading: Option<usize>, index: u64) -> Option<usize> {
    leading.and_then(|axis| space.places(index).nth(axis))
}

impl Weighed {
    /// Offers a point that keeps every promise to the frontier, and to that of its group.
    fn offer(&mut self, group: Option<usize>, index: u64, costs: &[f64]) {
        self.frontier.offer(index, costs);
        if let Some(group) = group {
            self.group(group).offer(index, costs);
        }
    }

    fn group(&mut self, group: usize) -> &mut Frontier {
        if self.groups.len() <= group {
            self.groups.resize_with(group + 1, Frontier::new);
        }
        &mut self.groups[group]
    }

    fn merge(&mut self, other: &Weighed) {
        self.frontier.merge(&other.frontier);
        for (group, frontier) in other.groups.iter().enumerate() {
            self.group(group).merge(frontier);
        }
        self.tally.merge(&other.tally);
        self.unweighed += other.unweighed;
    }
}

/// Costs of a point that keeps every promise.
fn weigh(outcome: &Outcome, objectives: &[Objective], unweighed: &mut u64) -> Option<Vec<f64>> {
    let figures = outcome.figures().filter(|figures| figures.is_ok())?;
    let costs: Option<Vec<f64>> = objectives.iter().map(|one| one.cost(figures)).collect();
    if costs.is_none() {
        *unweighed += 1;
    }
    costs
}

/// Searches a space. `plan` and `base` are the plan that the space is built on and its figures. `progress`
/// is told now and then how far the search has come, and ends it by answering false.
pub fn search(
    space: &Space<'_>,
    plan: &Plan,
    base: &Figures,
    objectives: &[Objective],
    how: &How<'_>,
    mut progress: impl FnMut(&Progress) -> bool,
) -> Found {
    let ladder = match how.method {
        Some(Method::Exhaustive) => None,
        None if space.len() <= SMALL => None,
        _ => bounds::Ladder::of(space, plan, base, objectives),
    };
    let method = if ladder.is_some() { Method::Pruned } else { Method::Exhaustive };
    let weighed = match &ladder {
        Some(ladder) => bounds::search(space, ladder, objectives, how, &mut progress),
        None => exhaustive(space, objectives, how, &mut progress),
    };
    let Weighed { frontier, groups, tally, unweighed, cancelled } = weighed;
    let frontier = frontier.sorted();
    let mut each = Frontier::each(&groups);
    each.retain(|other| frontier.iter().all(|best| best.index != other.index));
    let mut evaluator = Evaluator::new(space);
    let mut design = |Candidate { index, .. }: Candidate| {
        let figures = *evaluator.figures(index).figures()?;
        Some(Design { index, figures })
    };
    let frontier = frontier.into_iter().filter_map(&mut design).collect();
    let others = each.into_iter().filter_map(&mut design).collect();
    Found { method, frontier, others, tally, unweighed, cancelled }
}

fn exhaustive(
    space: &Space<'_>,
    objectives: &[Objective],
    how: &How<'_>,
    progress: &mut dyn FnMut(&Progress) -> bool,
) -> Weighed {
    let mut whole = Weighed::default();
    let leading = leading(space, objectives);
    let walk = Walk { range: 0..space.len(), threads: how.threads, cancel: how.cancel };
    let work = |first: u64, outcomes: &[Outcome]| {
        let mut part = Weighed { tally: Tally::of(first, outcomes), ..Weighed::default() };
        for (index, outcome) in (first..).zip(outcomes) {
            if let Some(costs) = weigh(outcome, objectives, &mut part.unweighed) {
                part.offer(group(space, leading, index), index, &costs);
            }
        }
        part
    };
    let done = run::walk(space, &walk, work, |part, done| {
        whole.merge(&part);
        progress(&Progress { done, of: space.len(), best: whole.frontier.len() })
    });
    whole.cancelled = done < space.len() || how.cancel.load(Ordering::Relaxed);
    whole
}

#[cfg(test)]
mod tests;
