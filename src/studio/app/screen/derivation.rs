//! Figures that open into what they were made from.

use std::collections::BTreeSet;

use crate::engine::explain::step::Step;
use crate::engine::explain::tree;
use crate::metrics::{Lens, METRICS};
use crate::studio::app::App;

/// The state of the view.
#[derive(Debug, Clone, PartialEq)]
pub struct Derivation {
    /// What is explained, in words.
    pub title: String,
    /// The figures.
    pub roots: Vec<Step>,
    /// Steps that are open, by their place when all are.
    pub open: BTreeSet<usize>,
    /// The selected row of those that are shown.
    pub selected: usize,
}

/// A row that is shown.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Row<'a> {
    /// Its place when everything is open.
    pub place: usize,
    /// How far in.
    pub depth: usize,
    /// The step.
    pub step: &'a Step,
    /// Whether its inputs are shown; `None` where it has none.
    pub open: Option<bool>,
}

impl Derivation {
    /// The figures of some lenses of the present report; `None` without a report.
    pub fn of_lenses(app: &App, title: &str, lenses: &[Lens]) -> Option<Derivation> {
        let (plan, report) = (app.reading.plan.as_ref()?, app.report.as_ref()?);
        let roots: Vec<Step> = METRICS
            .iter()
            .filter(|metric| lenses.contains(&metric.lens))
            .filter_map(|metric| tree::metric(metric, plan, report))
            .collect();
        (!roots.is_empty()).then(|| Derivation::new(title.to_owned(), roots))
    }

    /// A wall of the present report.
    pub fn of_wall(app: &App, number: u8) -> Option<Derivation> {
        let (plan, report) = (app.reading.plan.as_ref()?, app.report.as_ref()?);
        let wall = report.walls.iter().find(|wall| wall.number == number)?;
        let mut view =
            Derivation::new(format!("wall {number} {}", wall.name), vec![tree::wall(wall, plan, report)]);
        view.open.insert(0);
        Some(view)
    }

    fn new(title: String, roots: Vec<Step>) -> Derivation {
        Derivation { title, roots, open: BTreeSet::new(), selected: 0 }
    }

    /// The rows that are shown.
    pub fn rows(&self) -> Vec<Row<'_>> {
        let mut rows = Vec::new();
        let mut place = 0;
        for root in &self.roots {
            // Steps below a closed one are passed over.
            let mut closed_at: Option<usize> = None;
            for (depth, step) in root.walk() {
                let here = place;
                place += 1;
                if closed_at.is_some_and(|closed| depth > closed) {
                    continue;
                }
                closed_at = None;
                let open = (!step.inputs.is_empty()).then(|| self.open.contains(&here));
                if open == Some(false) {
                    closed_at = Some(depth);
                }
                rows.push(Row { place: here, depth, step, open });
            }
        }
        rows
    }

    /// Opens or closes the selected step; moving out of a closed one goes to the step above it.
    pub fn set_open(&mut self, open: Option<bool>) {
        let rows = self.rows();
        let Some(row) = rows.get(self.selected).copied() else { return };
        let wanted = open.unwrap_or(row.open != Some(true));
        match (row.open, wanted) {
            (Some(_), true) => {
                let place = row.place;
                self.open.insert(place);
            }
            (Some(true), false) => {
                let place = row.place;
                self.open.remove(&place);
            }
            (_, false) => {
                let above = rows[..self.selected].iter().rposition(|other| other.depth < row.depth);
                self.selected = above.unwrap_or(self.selected);
            }
            (None, true) => {}
        }
    }

    /// Opens everything below the selected step, or closes it where everything is open.
    pub fn toggle_all(&mut self) {
        let rows = self.rows();
        let Some(row) = rows.get(self.selected) else { return };
        let (first, count) = (row.place, row.step.walk().len());
        let inner: Vec<usize> = row
            .step
            .walk()
            .iter()
            .enumerate()
            .filter(|(_, (_, step))| !step.inputs.is_empty())
            .map(|(at, _)| first + at)
            .collect();
        if inner.iter().all(|place| self.open.contains(place)) {
            self.open.retain(|place| !(first..first + count).contains(place));
        } else {
            self.open.extend(inner);
        }
    }
}
