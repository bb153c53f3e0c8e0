//! Lines that ask for text: what is typed in them, and the two that search and replace.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use crate::studio::app::{App, Overlay};
use crate::studio::keymap::Action;
use crate::studio::layout::Pane;
use crate::studio::message::Effect;

/// The text of the line that is open.
fn line(app: &mut App) -> Option<&mut String> {
    match &mut app.overlay {
        Overlay::Search(text)
        | Overlay::Command(text)
        | Overlay::OpenTab(text)
        | Overlay::Vary(text)
        | Overlay::Limit { text, .. }
        | Overlay::Name { text, .. }
        | Overlay::Refusal { text, .. }
        | Overlay::Replace { text, .. } => Some(text),
        Overlay::Help(at) => {
            *at = 0;
            Some(&mut app.help.query)
        }
        _ => None,
    }
}

/// Selects the whole line, or empties it.
pub(super) fn on_line(app: &mut App, action: Action) -> Vec<Effect> {
    let selects = action == Action::SelectAll;
    let Some(text) = line(app) else { return Vec::new() };
    if selects {
        app.line_selected = !text.is_empty();
        return Vec::new();
    }
    text.clear();
    after_prompt(app)
}

/// Text from the clipboard: it takes the place of a selected line.
pub(super) fn on_paste(app: &mut App, pasted: &str) -> Vec<Effect> {
    let selected = std::mem::take(&mut app.line_selected);
    let Some(text) = line(app) else { return Vec::new() };
    if selected {
        text.clear();
    }
    text.extend(pasted.chars().filter(|letter| !letter.is_control()));
    after_prompt(app)
}

/// A key in a prompt that the table does not know: text.
pub(super) fn on_prompt_key(app: &mut App, key: KeyEvent) -> Vec<Effect> {
    let letter = match key.code {
        KeyCode::Char(letter) if !key.modifiers.intersects(KeyModifiers::CONTROL | KeyModifiers::ALT) => {
            Some(letter)
        }
        KeyCode::Backspace => None,
        KeyCode::Left | KeyCode::Right | KeyCode::Home | KeyCode::End => {
            app.line_selected = false;
            return Vec::new();
        }
        _ => return Vec::new(),
    };
    let selected = std::mem::take(&mut app.line_selected);
    let Some(text) = line(app) else { return Vec::new() };
    if selected {
        text.clear();
    }
    match letter {
        Some(letter) => text.push(letter),
        None => {
            text.pop();
        }
    }
    after_prompt(app)
}

/// The text of a prompt changed: a search follows at once, a list begins anew.
pub(super) fn after_prompt(app: &mut App) -> Vec<Effect> {
    if let Overlay::Limit { selected, .. } = &mut app.overlay {
        *selected = 0;
    }
    if let Overlay::Search(text) = &app.overlay {
        if text.is_empty() {
            app.editor.clear_search();
        } else {
            let text = text.clone();
            match app.editor.set_search(&text, false) {
                Ok(0) => app.say("no match"),
                Ok(_) => {
                    // Vim looks behind the cursor, also where it stands on a match.
                    if app.letters_command() && app.editor.selection().is_none() {
                        app.editor.go_to_match(true);
                    }
                    app.editor.search_here();
                }
                Err(why) => app.complain(why),
            }
        }
    }
    Vec::new()
}

pub(super) fn search_action(app: &mut App, text: String, action: Action) -> Vec<Effect> {
    match action {
        Action::Cancel => {
            app.editor.clear_search();
            return Vec::new();
        }
        Action::Accept => {
            app.focus = if app.watch { app.focus } else { Pane::Plan };
            if app.letters_command()
                && let Some(found) = app.editor.selection()
            {
                app.editor.go_to_offset(found.start);
            }
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

pub(super) fn replace_action(app: &mut App, find: String, text: String, action: Action) -> Vec<Effect> {
    let changed = match action {
        Action::ReplaceAll => {
            let count = app.editor.replace_all_matches(&text);
            let matches = if count == 1 { "match" } else { "matches" };
            app.editor.clear_search();
            app.focus = Pane::Plan;
            app.say(format!("replaced {count} {matches}; {}", app.undoes()));
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
