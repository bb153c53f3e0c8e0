//! Commands after `:` of the vim-like key set.

use super::{actions, dialogs};
use crate::studio::app::{App, Overlay, Then};
use crate::studio::editor::Motion;
use crate::studio::message::Effect;

/// Characters of a register that are said.
const SAID: usize = 24;

/// A command that was typed after `:`.
pub(super) fn run(app: &mut App, text: &str) -> Vec<Effect> {
    app.overlay = Overlay::None;
    let text = text.trim();
    let (name, argument) =
        text.split_once(' ').map_or((text, ""), |(name, argument)| (name, argument.trim()));
    match (name, argument) {
        ("", _) => Vec::new(),
        ("w" | "write", "") => dialogs::save(app, Then::Stay),
        ("w" | "write", path) => dialogs::save_to(app, path.into(), Then::Stay),
        ("wq" | "x", "") => save_and_quit(app),
        ("q" | "quit", "") => dialogs::leave(app, Then::Leave),
        ("q!", "") => actions::close(app, Then::Leave),
        ("e" | "edit", "") => dialogs::leave(app, Then::Choose),
        ("e!", "") => {
            let Some(theirs) = app.on_disk.clone() else {
                app.say("there is no file to read again");
                return Vec::new();
            };
            app.editor.replace_all(&theirs);
            vec![Effect::Evaluate]
        }
        ("reg" | "registers", "") => {
            app.say(registers(app));
            Vec::new()
        }
        ("noh" | "nohlsearch", "") => {
            app.editor.clear_search();
            Vec::new()
        }
        _ if text.starts_with("%s/") => substitute(app, &text[3..]),
        (line, "") if line.parse::<usize>().is_ok() => {
            app.editor.go(Motion::FirstLine, line.parse().ok());
            Vec::new()
        }
        _ => {
            app.complain(format!(
                "`:{text}` is not a command; there are :w :q :wq :x :e :%s/old/new/ :reg and :LINE"
            ));
            Vec::new()
        }
    }
}

/// Saves and leaves.
pub(super) fn save_and_quit(app: &mut App) -> Vec<Effect> {
    if app.dirty() { dialogs::save(app, Then::Leave) } else { dialogs::leave(app, Then::Leave) }
}

/// `OLD/NEW/` of `:%s/OLD/NEW/`.
fn substitute(app: &mut App, text: &str) -> Vec<Effect> {
    let mut parts = text.split('/');
    let (Some(old), Some(new)) = (parts.next(), parts.next()) else {
        app.complain("write :%s/old/new/");
        return Vec::new();
    };
    match app.editor.set_search(old, true) {
        Err(why) => {
            app.complain(why);
            Vec::new()
        }
        Ok(0) => {
            app.say(format!("no match for {old}"));
            Vec::new()
        }
        Ok(_) => {
            let count = app.editor.replace_all_matches(new);
            app.editor.clear_search();
            app.say(format!("replaced {count}"));
            vec![Effect::Evaluate]
        }
    }
}

/// What the registers hold, in a line.
fn registers(app: &App) -> String {
    let held = app.editor.registers().list();
    if held.is_empty() {
        return "the registers are empty: nothing was cut or copied yet".into();
    }
    let said = held.into_iter().map(|(name, text)| {
        let mut start: String = text.chars().take(SAID).collect::<String>().replace('\n', "⏎");
        if text.chars().nth(SAID).is_some() {
            start.push('…');
        }
        format!("\"{name} {start}")
    });
    said.collect::<Vec<_>>().join("   ")
}
