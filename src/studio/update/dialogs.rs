//! Chooser, help, cards, prompts, and the two questions: leave? and whose text?

use std::path::PathBuf;

use super::{actions, disk, ex, explore, prompts, proposals, screens};
use crate::studio::app::{App, Browser, Help, Overlay, Then};
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
    // What is typed takes the place of the old name; a key that moves keeps it.
    app.line_selected = !text.is_empty();
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
        Action::SelectAll | Action::Clear => return prompts::on_line(app, action),
        Action::Help if !matches!(app.overlay, Overlay::Help(_)) => return help(app),
        Action::Tour => {
            app.overlay = Overlay::None;
            return actions::take_tour(app);
        }
        _ => {}
    }
    match std::mem::replace(&mut app.overlay, Overlay::None) {
        Overlay::Help(at) if app.help.typing || action == Action::Find => {
            // Enter keeps what was typed, Esc takes it back; both return to the list.
            if app.help.typing && action == Action::Cancel {
                app.help.query.clear();
            }
            app.help.typing = !app.help.typing || !matches!(action, Action::Accept | Action::Cancel);
            app.overlay = Overlay::Help(if app.help.typing { 0 } else { at });
            Vec::new()
        }
        Overlay::Help(at) => {
            app.overlay = if matches!(action, Action::Cancel | Action::Accept | Action::Help) {
                // Back to where it was asked for.
                app.help.behind.take().map_or(Overlay::None, |behind| *behind)
            } else {
                Overlay::Help(moved(at, action, app.scroll_last.get()))
            };
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
            if action != Action::Cancel {
                app.overlay =
                    Overlay::Entry { kind, id, scroll: moved(scroll, action, app.scroll_last.get()) };
            }
            Vec::new()
        }
        Overlay::Card(number, at) => {
            match action {
                Action::Cancel => {}
                Action::Apply => return actions::on_action(app, Action::Apply),
                Action::Derive => return screens::derive_wall(app, number),
                Action::PageUp | Action::PageDown => {
                    app.overlay = Overlay::Card(number, moved(at, action, app.scroll_last.get()));
                }
                _ => next_card(app, number, action),
            }
            Vec::new()
        }
        Overlay::Chooser(at) => match action {
            Action::Accept => app.choose(at),
            // With no plan behind it, closing the chooser is leaving.
            Action::Cancel if app.on_disk.is_none() => vec![Effect::Leave],
            Action::Cancel => Vec::new(),
            _ => {
                app.overlay = Overlay::Chooser(moved(at, action, app.choices().len() - 1));
                Vec::new()
            }
        },
        Overlay::Search(text) => prompts::search_action(app, text, action),
        Overlay::Replace { find, text } => prompts::replace_action(app, find, text, action),
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
            Action::Discard => {
                app.say("the kept text is removed");
                vec![Effect::ForgetRecovery]
            }
            _ => {
                app.say("this is the file; the kept text is offered again at the next start");
                Vec::new()
            }
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
        Overlay::Limit { text, selected } => {
            explore::limit(app, text, selected, action);
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

/// Opens the help over what is shown.
pub(super) fn help(app: &mut App) -> Vec<Effect> {
    let of = Some(app.context());
    let behind = std::mem::replace(&mut app.overlay, Overlay::Help(0));
    let behind = Some(Box::new(behind)).filter(|behind| !matches!(**behind, Overlay::None | Overlay::Menu));
    app.help = Help { of, behind, ..Help::default() };
    Vec::new()
}

/// A position after a movement.
pub(super) fn moved(at: usize, action: Action, last: usize) -> usize {
    match action {
        Action::Up => at.min(last).saturating_sub(1),
        Action::Down => at.saturating_add(1).min(last),
        Action::PageUp => at.min(last).saturating_sub(10),
        Action::PageDown => at.saturating_add(10).min(last),
        Action::First => 0,
        Action::Last => last,
        _ => at,
    }
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
            app.undecided = false;
            return Vec::new();
        }
        Action::Cancel => {
            app.say("both texts are kept; saving asks again");
            app.undecided = true;
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
