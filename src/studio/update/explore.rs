//! The design space: choosing axes and objectives, picking a design, writing it into the plan.

use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};

use super::actions::changed_range;
use super::after_editing;
use crate::metrics::Better;
use crate::plan::edit;
use crate::search::limits;
use crate::studio::app::{App, Overlay};
use crate::studio::editor::EditorEvent;
use crate::studio::keymap::Action;
use crate::studio::message::Effect;
use crate::studio::view;

/// How far the page keys move.
const PAGE: usize = 10;

/// Opens the view.
pub(super) fn open(app: &mut App) -> Vec<Effect> {
    if app.stale() || app.reading.plan.is_none() {
        app.say("mend the problems of the plan first: there is no space around it yet");
        return Vec::new();
    }
    app.explore.restart();
    app.overlay = Overlay::Explore;
    Vec::new()
}

/// An action while it is open.
pub(super) fn on_action(app: &mut App, action: Action) -> Vec<Effect> {
    let last = app.explore.frontier().len().saturating_sub(1);
    let at = app.explore.selected;
    app.explore.selected = match action {
        Action::Up => at.saturating_sub(1),
        Action::Down => (at + 1).min(last),
        Action::PageUp => at.saturating_sub(PAGE),
        Action::PageDown => (at + PAGE).min(last),
        Action::First => 0,
        Action::Last => last,
        _ => at,
    };
    match action {
        Action::Cancel => app.overlay = Overlay::None,
        Action::Accept => return write(app),
        Action::Objectives => {
            app.explore.pair += 1;
            app.explore.restart();
        }
        Action::Vary => app.overlay = Overlay::Vary(app.explore.typed.clone()),
        Action::Limit => {
            app.overlay = Overlay::Limit { text: app.explore.limits.clone(), selected: 0 };
        }
        Action::Axis(number) => flip(app, usize::from(number)),
        _ => {}
    }
    Vec::new()
}

/// An action in the prompt for an axis: what is typed is varied too, nothing takes it away again.
pub(super) fn vary(app: &mut App, text: &str, action: Action) {
    app.overlay = match action {
        Action::Accept | Action::Cancel => Overlay::Explore,
        _ => Overlay::Vary(text.to_owned()),
    };
    if action == Action::Accept {
        text.trim().clone_into(&mut app.explore.typed);
        app.explore.restart();
    }
}

/// An action in the prompt for limits.
pub(super) fn limit(app: &mut App, mut text: String, mut selected: usize, action: Action) {
    let choices = app.limit_choices(&text);
    let (from, compared) = limits::last(&text);
    let unfinished = !compared && from < text.len();
    match action {
        Action::Down => selected = (selected + 1).min(choices.len().saturating_sub(1)),
        Action::Up => selected = selected.saturating_sub(1),
        Action::Complete | Action::Accept if action == Action::Complete || unfinished => {
            // A name without a value is no limit yet; one that nothing has is told where the limits are read.
            let Some((metric, _)) = choices.get(selected) else {
                if action == Action::Accept {
                    explore_within(app, &text);
                    return;
                }
                app.say("no metric of this plan has these letters");
                app.overlay = Overlay::Limit { text, selected };
                return;
            };
            let sign = if metric.better == Better::Higher { ">" } else { "<" };
            text.truncate(from);
            text.extend([metric.key, " ", sign, " "]);
            selected = 0;
        }
        Action::Accept => {
            explore_within(app, &text);
            return;
        }
        Action::Cancel => {
            app.overlay = Overlay::Explore;
            return;
        }
        _ => {}
    }
    app.overlay = Overlay::Limit { text, selected };
}

/// Asks for the space within limits.
fn explore_within(app: &mut App, text: &str) {
    if let Err(why) = limits::check(text, &app.registry) {
        // What was found stays, and so does what was typed.
        app.complain(why);
        app.overlay = Overlay::Limit { text: text.to_owned(), selected: 0 };
        return;
    }
    app.overlay = Overlay::Explore;
    text.trim().clone_into(&mut app.explore.limits);
    app.explore.restart();
}

/// Turns an axis on or off.
fn flip(app: &mut App, number: usize) {
    let Some(Ok(found)) = &app.explore.found else { return };
    let Some(offer) = number.checked_sub(1).and_then(|at| found.offers.get(at)) else {
        app.say("there is no such axis");
        return;
    };
    if offer.on && found.offers.iter().filter(|offer| offer.on).count() == 1 {
        app.say("one axis at least stays on");
        return;
    }
    let path = offer.path.clone();
    if !app.explore.flipped.remove(&path) {
        app.explore.flipped.insert(path);
    }
    app.explore.restart();
}

/// Writes the selected design into the plan; comments stay, and one undo takes it back.
fn write(app: &mut App) -> Vec<Effect> {
    if app.watch {
        app.say("watching: the plan is edited elsewhere");
        return Vec::new();
    }
    let Some(design) = app.explore.design().cloned() else { return Vec::new() };
    let asked = app.explore.asked.as_ref().map(|question| question.revision);
    if asked != Some(app.editor.revision()) {
        app.say("the plan has changed since; look again");
        return Vec::new();
    }
    if design.edits.is_empty() {
        app.say("the plan is this design already");
        return Vec::new();
    }
    let before = app.editor.text();
    match edit::set_all(&before, &design.edits) {
        Ok(after) => {
            let changed = app.editor.apply_edits(&[changed_range(&before, &after)]);
            let count = design.edits.len();
            let fields = if count == 1 { "field" } else { "fields" };
            // The focus stays where the view was opened from: the next key means what it meant there.
            app.say(format!("wrote {count} {fields} of the design; {}", app.undoes()));
            app.overlay = Overlay::None;
            after_editing(app, if changed { EditorEvent::Changed } else { EditorEvent::Moved })
        }
        Err(why) => {
            app.complain(format!("not written: {why}"));
            Vec::new()
        }
    }
}

/// The wheel moves, a click selects, a click on the selected design writes it.
pub(super) fn on_mouse(app: &mut App, event: MouseEvent) -> Vec<Effect> {
    match event.kind {
        MouseEventKind::ScrollUp => on_action(app, Action::Up),
        MouseEventKind::ScrollDown => on_action(app, Action::Down),
        MouseEventKind::Down(MouseButton::Left) => {
            match view::explore_design_at(app, event.column, event.row) {
                Some(index) if index == app.explore.selected => write(app),
                Some(index) => {
                    app.explore.selected = index;
                    Vec::new()
                }
                None => Vec::new(),
            }
        }
        _ => Vec::new(),
    }
}

/// The mouse while a limit is asked for: a click takes a metric.
pub(super) fn on_limit_mouse(app: &mut App, event: MouseEvent) -> Vec<Effect> {
    if event.kind == MouseEventKind::Down(MouseButton::Left)
        && let Some(at) = view::explore_choice_at(app, event.column, event.row)
        && let Overlay::Limit { text, .. } = &app.overlay
    {
        let text = text.clone();
        limit(app, text, at, Action::Complete);
    }
    Vec::new()
}
