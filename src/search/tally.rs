//! What became of the points of a space, counted.

use super::points::Outcome;
use crate::engine::figures::Figures;
use crate::engine::report::Status;
use crate::metrics::Lens;

/// Counts of points by what became of them.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Tally {
    /// All of them.
    pub points: u64,
    /// Fit, and every assertion holds.
    pub ok: u64,
    /// Fit, and an assertion fails.
    pub sla_failed: u64,
    /// Do not fit.
    pub infeasible: u64,
    /// Are plans that cannot be evaluated.
    pub error: u64,
    /// Are no plans: two fields contradict each other.
    pub refused: u64,
    /// The first point that is no plan, and why.
    pub first_refusal: Option<(u64, String)>,
    /// Of the points that do not fit, the one that needs the least for what it has, and how much.
    pub nearest: Option<(u64, f64)>,
}

impl Tally {
    /// The tally of consecutive points.
    pub fn of(first: u64, outcomes: &[Outcome]) -> Tally {
        let mut tally = Tally::default();
        (first..).zip(outcomes).for_each(|(index, outcome)| tally.count(index, outcome));
        tally
    }

    /// Counts a point.
    pub fn count(&mut self, index: u64, outcome: &Outcome) {
        self.points += 1;
        match outcome {
            Outcome::Refused(why) => {
                self.refused += 1;
                if self.first_refusal.as_ref().is_none_or(|(first, _)| index < *first) {
                    self.first_refusal = Some((index, why.clone()));
                }
            }
            Outcome::Figures(figures) => self.figures(index, figures),
        }
    }

    fn figures(&mut self, index: u64, figures: &Figures) {
        match figures.status {
            Status::Ok => self.ok += 1,
            Status::SlaFailed => self.sla_failed += 1,
            Status::Error => self.error += 1,
            Status::Infeasible => {
                self.infeasible += 1;
                if let Some(share) = figures.metric(Lens::Feasibility, "memory_utilization") {
                    self.near(index, share);
                }
            }
        }
    }

    fn near(&mut self, index: u64, share: f64) {
        let nearer = |(best, least): &(u64, f64)| share < *least || (share == *least && index < *best);
        if self.nearest.as_ref().is_none_or(nearer) {
            self.nearest = Some((index, share));
        }
    }

    /// Fit, whatever the assertions say.
    pub fn feasible(&self) -> u64 {
        self.ok + self.sla_failed
    }

    /// Adds another tally.
    pub fn merge(&mut self, other: &Tally) {
        self.points += other.points;
        self.ok += other.ok;
        self.sla_failed += other.sla_failed;
        self.infeasible += other.infeasible;
        self.error += other.error;
        self.refused += other.refused;
        if let Some((index, why)) = &other.first_refusal
            && self.first_refusal.as_ref().is_none_or(|(first, _)| index < first)
        {
            self.first_refusal = Some((*index, why.clone()));
        }
        if let Some((index, share)) = other.nearest {
            self.near(index, share);
        }
    }
}
