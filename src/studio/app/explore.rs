//! The design space around the plan: what is asked about it, and what has been found so far.

use std::collections::BTreeSet;

use super::{App, figure};
use crate::engine::figures::Figures;
use crate::metrics::{Lens, METRICS, Metric};
use crate::plan::Assertion;
use crate::search::explore::Dot;
use crate::search::optimize::Objective;
use crate::search::{fuzzy, limits};

/// What is asked: a text and a place in it, which objectives, and which axes other than usual.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// Revision of the text.
    pub revision: u64,
    /// The cursor: the field under it is an axis.
    pub offset: usize,
    /// Which pair of objectives.
    pub pair: usize,
    /// Axes that are turned on or off against their default, by path.
    pub flipped: BTreeSet<String>,
    /// An axis as typed, `accelerators,tensor=1,2,4,8`; empty where there is none.
    pub typed: String,
    /// Limits as typed, `ttft_ms < 500; tco_usd < 2M`; empty where there is none.
    pub limits: String,
}

/// An axis that is there to be turned on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// Field; several with commas between them where they turn together.
    pub path: String,
    /// Whether it is varied.
    pub on: bool,
    /// First and last value.
    pub ends: (String, String),
    /// How many values.
    pub count: usize,
}

/// A design that nothing beats.
#[derive(Debug, Clone, PartialEq)]
pub struct Design {
    /// Its place in the cloud.
    pub dot: Dot,
    /// Values of the varied fields, in their order.
    pub values: Vec<String>,
    /// What makes the plan this design.
    pub edits: Vec<(String, String)>,
    /// All its figures.
    pub figures: Option<Figures>,
    /// Codes of what its evaluation warns of; empty while the work goes on.
    pub warnings: Vec<&'static str>,
}

/// What has been found so far.
#[derive(Debug, Clone, PartialEq)]
pub struct Exploration {
    /// Every axis on offer.
    pub offers: Vec<Offer>,
    /// How many pairs of objectives there are.
    pub pairs: usize,
    /// Limits beside the plan's own assertions.
    pub limits: Vec<Assertion>,
    /// The two objectives: along the plot, and up it.
    pub objectives: [Objective; 2],
    /// Fields that are varied.
    pub varied: Vec<String>,
    /// Points that fit.
    pub dots: Vec<Dot>,
    /// Designs that nothing beats, best first in the first objective.
    pub frontier: Vec<Design>,
    /// Points that were evaluated, of how many, and how many fit.
    pub counts: (u64, u64, u64),
    /// Why a point was no plan, the first time.
    pub refused: Option<String>,
    /// The work is over.
    pub finished: bool,
}

impl Exploration {
    /// The metric of an objective.
    pub fn metric(&self, which: usize) -> &'static Metric {
        self.objectives[which.min(1)].metric()
    }
}

/// An answer, and to what.
#[derive(Debug, Clone, PartialEq)]
pub struct Explored {
    /// The question.
    pub question: Question,
    /// What was found, or in one sentence why nothing can be.
    pub found: Result<Exploration, String>,
}

/// The state of the view.
#[derive(Debug, Clone, Default)]
pub struct Explore {
    /// Which pair of objectives is looked at.
    pub pair: usize,
    /// Axes against their default.
    pub flipped: BTreeSet<String>,
    /// The axis that was typed.
    pub typed: String,
    /// The limits that were typed; they hold here and never go into the plan.
    pub limits: String,
    /// What was asked last; `None` while the view is closed.
    pub asked: Option<Question>,
    /// What came back.
    pub found: Option<Result<Exploration, String>>,
    /// The selected design of the frontier.
    pub selected: usize,
}

impl Explore {
    /// Takes an answer in, where it is one to the last question. The selected design stays selected while the
    /// frontier grows around it.
    pub fn take(&mut self, answer: Explored) {
        if self.asked.as_ref() != Some(&answer.question) {
            return;
        }
        let index = self.design().map(|design| design.dot.index);
        self.found = Some(answer.found);
        let frontier = self.frontier();
        let last = frontier.len().saturating_sub(1);
        let again = frontier.iter().position(|design| Some(design.dot.index) == index);
        self.selected = match again {
            // The first row is where a new picture begins, not a choice.
            Some(at) if self.selected > 0 => at,
            _ => self.selected.min(last),
        };
    }

    /// The designs that nothing beats.
    pub fn frontier(&self) -> &[Design] {
        match &self.found {
            Some(Ok(found)) => &found.frontier,
            _ => &[],
        }
    }

    /// The selected one.
    pub fn design(&self) -> Option<&Design> {
        self.frontier().get(self.selected)
    }

    /// Asks for another picture of the same plan: the old one goes.
    pub fn restart(&mut self) {
        self.found = None;
        self.selected = 0;
    }
}

impl App {
    /// The metrics that the limit at the end of a line may mean, with the plan's own figures: those with the letters
    /// that are typed, best first. None once the limit has its comparison.
    pub fn limit_choices(&self, line: &str) -> Vec<(&'static Metric, f64)> {
        let (from, compared) = limits::last(line);
        let Some(report) = self.report.as_ref().filter(|_| !compared) else { return Vec::new() };
        let mut known: Vec<(&'static Metric, f64)> =
            METRICS.iter().filter_map(|metric| Some((metric, figure(report, metric)?))).collect();
        // What fits is no question here: its figures come last.
        known.sort_by_key(|(metric, _)| metric.lens == Lens::Feasibility);
        let words: Vec<String> =
            known.iter().map(|(metric, _)| format!("{} {}", metric.key, metric.label)).collect();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let typed = line[from..].trim();
        let typed = typed.rsplit('.').next().unwrap_or(typed);
        fuzzy::rank(typed, &words).into_iter().map(|found| known[found.index]).collect()
    }
}
