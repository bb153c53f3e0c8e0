//! Two minutes on a sample plan: each step asks for one thing and goes on once it is done.

use super::app::{App, Overlay};
use super::layout::Pane;
use crate::engine::report::LensStatus;

/// One step.
pub struct Step {
    /// A few words.
    pub title: &'static str,
    /// What to look at and what to do.
    pub text: &'static str,
    /// The pane that it is about.
    pub pane: Option<Pane>,
    /// Whether the user has done it.
    done: fn(&App) -> bool,
}

/// The sample that it is told on: its place among the samples.
pub const SAMPLE: usize = 0;

/// The steps.
pub const STEPS: &[Step] = &[
    Step {
        title: "the verdict",
        text: "This plan serves a model on one accelerator, and the verdict says that it does not fit. Press enter to \
               see why: every figure with its equation, this plan's numbers, and where they come from. The tour goes \
               on by itself when that is done.",
        pane: Some(Pane::Verdict),
        done: |app| matches!(app.overlay, Overlay::Card(..) | Overlay::Screen(_)),
    },
    Step {
        title: "what would help?",
        text: "Close it with esc. Outside of the editor letters are commands. Below are suggestions, each evaluated \
               before it is offered. Press a: the first one is written into the plan.",
        pane: Some(Pane::Problems),
        done: |app| app.overlay == Overlay::None && fits(app),
    },
    Step {
        title: "pin, and compare",
        text: "Press b to pin these numbers: from here on every figure shows its change.",
        pane: Some(Pane::Verdict),
        done: |app| app.baseline.is_some(),
    },
    Step {
        title: "change something",
        text: "Press esc for the editor and give batch_size another number, or change hardware.precision. Completions \
               open while you type; every panel follows at once.",
        pane: Some(Pane::Plan),
        done: |app| {
            app.baseline.as_ref().zip(app.report.as_ref()).is_some_and(|(before, now)| {
                !app.stale() && before.performance.metrics != now.performance.metrics
            })
        },
    },
    Step {
        title: "everything else",
        text: "Press ctrl-p: the palette finds every action, theme, sample, wall and field by a few letters, and \
               shows the key beside it.",
        pane: None,
        done: |app| matches!(app.overlay, Overlay::Palette(_)),
    },
    Step {
        title: "yours now",
        text: "ctrl-s saves under a name, f1 lists every key, ctrl-q leaves. f8 ends the tour; the plan stays open.",
        pane: None,
        done: |_| false,
    },
];

fn fits(app: &App) -> bool {
    !app.stale() && app.report.as_ref().is_some_and(|report| report.feasibility.status == LensStatus::Pass)
}

/// Goes on from a step that is done.
pub fn follow(app: &mut App) {
    if let Some(step) = app.tour
        && STEPS.get(step).is_some_and(|step| (step.done)(app))
    {
        app.tour = Some(step + 1);
    }
}

/// To the next step, done or not; behind the last one the tour ends.
pub fn next(app: &mut App) {
    app.tour = app.tour.map(|step| step + 1).filter(|step| *step < STEPS.len());
    if app.tour.is_none() {
        app.say("the tour is over; shift-f1 starts it");
    }
}

/// To the step before.
pub fn back(app: &mut App) {
    app.tour = app.tour.map(|step| step.saturating_sub(1));
}
