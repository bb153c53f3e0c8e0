//! Chooser, help, cards, prompts, and the two questions: leave? and whose text?

use std::path::PathBuf;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::{actions, disk, ex, explore, proposals, screens};
use crate::studio::app::{App, Browser, Overlay, Then};
use crate::studio::diff::diff;
use crate::studio::keymap::Action;
use crate::studio::layout::Pane;
use crate::studio::message::Effect;

/// Saves; an unnamed plan asks for a name first.
pub(super) fn save(app: &mut App, then: Then) -> Vec<Effect> {
    if app.watch {
        app.say("watching: there is nothing to save here");
        return Vec::new();
    }
    let Some(path) = app.path.clone() else { return ask_name(app, then) };
    if then == Then::Stay && !app.dirty() && !app.removed {
        app.say("no changes to save");
        return Vec::new();
    }
    save_to(app, path, then)
}

pub(super) fn save_to(app: &mut App, path: PathBuf, then: Then) -> Vec<Effect> {
    app.overlay = Overlay::None;
    let mut effects = vec![Effect::Save(path)];
    if then == Then::Leave && app.unsaved_tab().is_some() {
        app.complain("saved; another tab has unsaved text: leave again");
    } else if then == Then::Leave {
        effects.push(Effect::Leave);
    } else {
        effects.extend(disk::proceed(app, then));
    }
    effects
}

/// Asks under which name to save.
pub(super) fn ask_name(app: &mut App, then: Then) -> Vec<Effect> {
    if app.watch {
        return Vec::new();
    }
    let text = match &app.path {
        Some(path) => path.display().to_string(),
        None => format!("{}.yaml", app.title.replace(' ', "-")),
    };
    app.overlay = Overlay::Name { text, then };
    Vec::new()
}

/// Leaves the plan, after asking where something would be lost.
pub(super) fn leave(app: &mut App, then: Then) -> Vec<Effect> {
    if app.dirty() && !app.watch {
        app.overlay = Overlay::Leave(then);
        Vec::new()
    } else if let Some(place) = app.unsaved_tab().filter(|_| then == Then::Leave && !app.watch) {
        let effects = app.show_tab(place);
        app.overlay = Overlay::Leave(then);
        effects
    } else {
        actions::close(app, then)
    }
}

/// An action inside a dialog.
pub(super) fn on_action(app: &mut App, action: Action) -> Vec<Effect> {
    match action {
        Action::NextTheme => return actions::next_theme(app),
        Action::Quit => return leave_from_list(app),
        Action::Tour => {
            app.overlay = Overlay::None;
            return actions::take_tour(app);
        }
        _ => {}
    }
    match std::mem::replace(&mut app.overlay, Overlay::None) {
        Overlay::Help(at) if app.help.1 || action == Action::Find => {
            // Enter keeps what was typed, Esc takes it back; both return to the list.
            if app.help.1 && action == Action::Cancel {
                app.help.0.clear();
            }
            app.help.1 = !app.help.1 || !matches!(action, Action::Accept | Action::Cancel);
            app.overlay = Overlay::Help(if app.help.1 { 0 } else { at });
            Vec::new()
        }
        Overlay::Help(at) => {
            if !matches!(action, Action::Cancel | Action::Accept | Action::Help) {
                app.overlay = Overlay::Help(moved(at, action, usize::MAX - 1));
            } else if app.on_disk.is_none() {
                // Back to where it was asked for: there is no plan yet.
                app.overlay = Overlay::Chooser(0);
            }
            Vec::new()
        }
        Overlay::Command(text) => match action {
            Action::Accept => ex::run(app, &text),
            Action::Cancel => Vec::new(),
            _ => {
                app.overlay = Overlay::Command(text);
                Vec::new()
            }
        },
        Overlay::Entry { kind, id, scroll } => {
            if action == Action::Accept {
                let browser = Browser::at(app, kind, &id);
                return screens::registry(app, browser);
            }
            if !matches!(action, Action::Cancel | Action::Help) {
                app.overlay = Overlay::Entry { kind, id, scroll: moved(scroll, action, usize::MAX - 1) };
            }
            Vec::new()
        }
        Overlay::Card(number, at) => {
            match action {
                Action::Cancel => {}
                Action::Apply => return actions::on_action(app, Action::Apply),
                Action::Derive => return screens::derive_wall(app, number),
                Action::PageUp | Action::PageDown => {
                    app.overlay = Overlay::Card(number, moved(at, action, usize::MAX - 1));
                }
                _ => next_card(app, number, action),
            }
            Vec::new()
        }
        Overlay::Chooser(at) => match action {
            Action::Accept => app.choose(at),
            Action::Help => {
                app.overlay = Overlay::Help(0);
                Vec::new()
            }
            // With no plan behind it, closing the chooser is leaving.
            Action::Cancel if app.on_disk.is_none() => vec![Effect::Leave],
            Action::Cancel => Vec::new(),
            _ => {
                app.overlay = Overlay::Chooser(moved(at, action, app.choices().len() - 1));
                Vec::new()
            }
        },
        Overlay::Search(text) => search_action(app, text, action),
        Overlay::Replace { find, text } => replace_action(app, find, text, action),
        Overlay::Name { text, then } => {
            if action == Action::Accept {
                let name = text.trim();
                if name.is_empty() {
                    app.complain("a file needs a name");
                    return Vec::new();
                }
                return save_to(app, PathBuf::from(name), then);
            }
            if action != Action::Cancel {
                app.overlay = Overlay::Name { text, then };
            }
            Vec::new()
        }
        Overlay::Conflict { theirs, difference, scroll } => {
            conflict_action(app, theirs, difference, scroll, action)
        }
        Overlay::Proposal { considered, scroll } => proposals::on_action(app, considered, scroll, action),
        Overlay::Refusal { considered, text } => proposals::refuse(app, considered, text, action),
        Overlay::Recovered { text, .. } => match action {
            Action::Restore => {
                app.say("restored; save to keep it");
                app.editor.replace_all(&text);
                vec![Effect::Evaluate]
            }
            Action::Discard => vec![Effect::ForgetRecovery],
            _ => Vec::new(),
        },
        Overlay::OpenTab(text) => {
            if action == Action::Accept {
                let name = text.trim();
                if name.is_empty() {
                    app.complain("which file? give its name");
                    return Vec::new();
                }
                return vec![Effect::OpenTab(PathBuf::from(name))];
            }
            if action != Action::Cancel {
                app.overlay = Overlay::OpenTab(text);
            }
            Vec::new()
        }
        Overlay::Vary(text) => {
            explore::vary(app, &text, action);
            Vec::new()
        }
        Overlay::Leave(then) => match action {
            Action::SaveAndLeave => save(app, then),
            Action::Discard if then == Then::Leave && app.unsaved_tab().is_some() => {
                // This one is let go; the next with unsaved text asks.
                let mut effects = app.close_tab();
                effects.extend(leave(app, then));
                effects
            }
            Action::Discard => actions::close(app, then),
            _ => Vec::new(),
        },
        other @ (Overlay::None
        | Overlay::Menu
        | Overlay::Palette(_)
        | Overlay::Screen(_)
        | Overlay::Explore) => {
            app.overlay = other;
            Vec::new()
        }
    }
}

/// Turns to the card of another wall; the list of walls goes along.
fn next_card(app: &mut App, number: u8, action: Action) {
    let walls = app.report.as_ref().map_or(&[][..], |report| report.walls.as_slice());
    let at = walls.iter().position(|wall| wall.number == number).unwrap_or(0);
    let at = moved(at, action, walls.len().saturating_sub(1));
    let number = walls.get(at).map_or(number, |wall| wall.number);
    app.selected[usize::from(Pane::Walls.number())] = at;
    app.overlay = Overlay::Card(number, 0);
}

/// Quit from a view: the view is closed, and unsaved text is asked about.
pub(super) fn quit_from_screen(app: &mut App) -> Vec<Effect> {
    app.overlay = Overlay::None;
    leave(app, Then::Leave)
}

/// Quit from a list: the list is closed, and unsaved text is asked about.
fn leave_from_list(app: &mut App) -> Vec<Effect> {
    if app.on_disk.is_none() {
        return vec![Effect::Leave];
    }
    app.overlay = Overlay::None;
    leave(app, Then::Leave)
}

/// A position after a movement.
pub(super) fn moved(at: usize, action: Action, last: usize) -> usize {
    match action {
        Action::Up => at.saturating_sub(1),
        Action::Down => (at + 1).min(last),
        Action::PageUp => at.saturating_sub(10),
        Action::PageDown => (at + 10).min(last),
        Action::First => 0,
        Action::Last => last,
        _ => at,
    }
}

fn search_action(app: &mut App, text: String, action: Action) -> Vec<Effect> {
    match action {
        Action::Cancel => {
            app.editor.clear_search();
            return Vec::new();
        }
        Action::Accept => {
            app.focus = if app.watch { app.focus } else { Pane::Plan };
            return Vec::new();
        }
        Action::FindNext => {
            app.editor.search_next();
        }
        Action::FindPrevious => {
            app.editor.search_prev();
        }
        Action::Replace => {
            app.overlay = Overlay::Search(text);
            ask_replacement(app);
            return Vec::new();
        }
        _ => {}
    }
    app.overlay = Overlay::Search(text);
    Vec::new()
}

/// From what is searched for to what takes its place.
pub(super) fn ask_replacement(app: &mut App) {
    let count = app.editor.search_matches().len();
    match &app.overlay {
        Overlay::Search(_) if app.watch => app.say("watching: the plan is edited elsewhere"),
        Overlay::Search(find) if count > 0 => {
            app.overlay = Overlay::Replace { find: find.clone(), text: String::new() };
        }
        Overlay::Search(_) => app.say("no match to replace"),
        _ => {}
    }
}

fn replace_action(app: &mut App, find: String, text: String, action: Action) -> Vec<Effect> {
    let changed = match action {
        Action::ReplaceAll => {
            let count = app.editor.replace_all_matches(&text);
            let matches = if count == 1 { "match" } else { "matches" };
            app.say(format!("replaced {count} {matches}; one undo takes it back"));
            app.editor.clear_search();
            app.focus = Pane::Plan;
            return if count > 0 { vec![Effect::Evaluate] } else { Vec::new() };
        }
        Action::Cancel => {
            app.editor.clear_search();
            return Vec::new();
        }
        Action::Accept => app.editor.replace_current(&text),
        Action::FindNext => {
            app.editor.search_next();
            false
        }
        Action::FindPrevious => {
            app.editor.search_prev();
            false
        }
        _ => false,
    };
    if app.editor.search_matches().is_empty() {
        app.say("no match is left");
        app.editor.clear_search();
        app.focus = Pane::Plan;
    } else {
        app.overlay = Overlay::Replace { find, text };
    }
    if changed { vec![Effect::Evaluate] } else { Vec::new() }
}

fn conflict_action(
    app: &mut App,
    theirs: String,
    difference: Option<Vec<crate::studio::diff::DiffLine>>,
    scroll: usize,
    action: Action,
) -> Vec<Effect> {
    match action {
        Action::TakeTheirs => {
            app.say("took the file's text; undo brings yours back");
            return disk::take(app, theirs);
        }
        Action::KeepMine => {
            app.say("kept your text; saving writes over the file");
            app.on_disk = Some(theirs);
            return Vec::new();
        }
        Action::Cancel => {
            app.say("both texts are kept; saving asks again");
            return Vec::new();
        }
        _ => {}
    }
    let difference = match (action, difference) {
        (Action::Difference, None) => Some(diff(app.editor.as_str(), &theirs)),
        (Action::Difference, Some(_)) => None,
        (_, difference) => difference,
    };
    let last = difference.as_ref().map_or(0, |lines| lines.len().saturating_sub(1));
    app.overlay = Overlay::Conflict { theirs, difference, scroll: moved(scroll, action, last) };
    Vec::new()
}

/// A key in a prompt that the table does not know: text.
pub(super) fn on_prompt_key(app: &mut App, key: KeyEvent) -> Vec<Effect> {
    if let Overlay::Help(at) = &mut app.overlay {
        *at = 0;
    }
    let text = match &mut app.overlay {
        Overlay::Search(text)
        | Overlay::Command(text)
        | Overlay::OpenTab(text)
        | Overlay::Vary(text)
        | Overlay::Name { text, .. }
        | Overlay::Refusal { text, .. }
        | Overlay::Replace { text, .. } => text,
        Overlay::Help(_) => &mut app.help.0,
        _ => return Vec::new(),
    };
    match key.code {
        KeyCode::Backspace => {
            text.pop();
        }
        KeyCode::Char('u') if key.modifiers.contains(KeyModifiers::CONTROL) => text.clear(),
        KeyCode::Char(letter) if !key.modifiers.intersects(KeyModifiers::CONTROL | KeyModifiers::ALT) => {
            text.push(letter);
        }
        _ => return Vec::new(),
    }
    after_prompt(app)
}

/// The text of a prompt changed: a search follows at once.
pub(super) fn after_prompt(app: &mut App) -> Vec<Effect> {
    if let Overlay::Search(text) = &app.overlay {
        if text.is_empty() {
            app.editor.clear_search();
        } else {
            let text = text.clone();
            match app.editor.set_search(&text, false) {
                Ok(0) => app.say("no match"),
                Ok(_) => {
                    app.editor.search_here();
                }
                Err(why) => app.complain(why),
            }
        }
    }
    Vec::new()
}
