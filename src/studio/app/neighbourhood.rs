//! What the values around the one under the cursor would lead to.

use ratatui::layout::Rect;

use crate::engine::Report;
use crate::engine::report::Status;
use crate::metrics::{Metric, by_assertion_name};
use crate::plan::Mode;
use crate::plan::fields::{Kind, field};
use crate::plan::step::{self, Facts};
use crate::registry;
use crate::studio::layout::{Pane, Panes};

use super::App;

/// How a value turns out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Fits and keeps every promise.
    Holds,
    /// Fits and breaks a promise.
    Breaks,
    /// Does not fit.
    Infeasible,
    /// The plan cannot have it.
    Impossible,
}

/// A value of the neighbourhood.
#[derive(Debug, Clone, PartialEq)]
pub struct Value {
    /// As it would be written.
    pub written: String,
    /// The headline figure, where there is one.
    pub figure: Option<f64>,
    /// The figure told beside it, where there is one.
    pub second: Option<f64>,
    /// How it turns out.
    pub outcome: Outcome,
}

/// The neighbourhood of a value.
#[derive(Debug, Clone, PartialEq)]
pub struct Neighbourhood {
    /// The text that it belongs to.
    pub revision: u64,
    /// The last part of the field's path, or why there is nothing to show.
    pub field: Result<String, String>,
    /// What is drawn.
    pub metric: Option<&'static Metric>,
    /// What is told beside it: places are chosen by cost as often as by carbon.
    pub second: Option<&'static Metric>,
    /// From less to more.
    pub values: Vec<Value>,
    /// Which of them is in the plan.
    pub at: usize,
}

/// The neighbourhood that is shown.
#[derive(Debug, Clone, Default)]
pub struct Around {
    /// Whether there is a place for it on the screen.
    pub shown: bool,
    /// What was asked for last: text and place.
    pub asked: Option<(u64, usize)>,
    /// What came back.
    pub found: Option<Neighbourhood>,
}

impl Around {
    /// Takes an answer in.
    pub fn take(&mut self, found: Neighbourhood) {
        self.found = Some(found);
    }

    /// Another plan begins.
    pub fn forget(&mut self) {
        *self = Around { shown: self.shown, ..Around::default() };
    }
}

/// Rows of the plot below the text.
const ROWS: u16 = 7;
/// Rows that the text keeps.
const TEXT_ROWS: u16 = 8;

impl App {
    /// Where the text of the editor stands: its pane, without the plot below it.
    pub fn editor_area(&self, panes: &Panes) -> Option<Rect> {
        let inner = panes.inner(Pane::Plan)?;
        let plot = self.around.shown && !self.watch && inner.height >= ROWS + TEXT_ROWS;
        Some(if plot { Rect { height: inner.height - ROWS, ..inner } } else { inner })
    }

    /// The registry entry that the value under the cursor names.
    ///
    /// # Errors
    /// One sentence where there is none.
    pub fn entry_at_cursor(&self) -> Result<(registry::Kind, String), String> {
        let target = step::target(self.editor.as_str(), self.editor.cursor_offset())?;
        let Facts { registry, physics, .. } = self.stepping();
        let name = target.written.trim();
        let found = match field(&target.path).map(|field| field.kind) {
            Some(Kind::Model) => {
                registry.model(physics, name).map(|entry| (registry::Kind::Models, entry.id.clone()))
            }
            Some(Kind::Accelerator) => {
                registry.accelerator(physics, name).map(|entry| (registry::Kind::Hardware, entry.id.clone()))
            }
            Some(Kind::Region) => {
                registry.grid(physics, name).map(|entry| (registry::Kind::Grids, entry.id.clone()))
            }
            _ => return Err(format!("{} names no entry of the registry", target.path)),
        };
        found.map_err(|_| format!("`{name}` is not in the registry"))
    }

    /// What stepping depends on beside the text.
    pub fn stepping(&self) -> Facts<'_> {
        let plan = self.reading.plan.as_ref();
        Facts {
            registry: self.reading.registry_or(&self.registry),
            physics: self.physics.or(plan.map(|plan| plan.physics)).unwrap_or_default(),
            accelerators: plan.map(|plan| plan.hardware.accelerators),
        }
    }
}

/// The figure that a plan is judged by first when a field changes: money where the field is about money, carbon where it
/// is the region, else speed.
pub fn headline(report: &Report, path: &str) -> Option<&'static Metric> {
    const MONEY: &[&str] = &["macro.tco_usd"];
    const CARBON: &[&str] = &["macro.carbon_footprint"];
    const SERVE: &[&str] = &["performance.output_tokens_per_s", "performance.throughput"];
    const TRAIN: &[&str] =
        &["performance.time_to_train_days", "performance.fleet_throughput", "performance.throughput"];
    let wanted = match path {
        "ops.region" => CARBON,
        path if path.starts_with("ops.") => MONEY,
        _ if report.mode == Mode::Train => TRAIN,
        _ => SERVE,
    };
    let named = |name: &&str| by_assertion_name(name).filter(|metric| figure(report, metric).is_some());
    wanted.iter().find_map(named)
}

/// The figure that is told beside the headline.
pub fn second(report: &Report, path: &str) -> Option<&'static Metric> {
    let cost = by_assertion_name("macro.tco_usd").filter(|_| path == "ops.region")?;
    figure(report, cost).map(|_| cost)
}

/// The value of a metric in a report.
pub fn figure(report: &Report, metric: &Metric) -> Option<f64> {
    let lenses = [&report.feasibility, &report.performance, &report.economics];
    let lens = lenses.into_iter().find(|lens| lens.lens == metric.lens)?;
    let (_, value) = lens.metrics.iter().find(|(key, _)| *key == metric.key)?;
    value.is_finite().then_some(*value)
}

/// How a report turns out.
pub fn outcome(report: &Report) -> Outcome {
    match report.status {
        Status::Ok => Outcome::Holds,
        Status::SlaFailed => Outcome::Breaks,
        Status::Infeasible => Outcome::Infeasible,
        Status::Error => Outcome::Impossible,
    }
}
