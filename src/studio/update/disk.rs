//! The file beside the text: changes from outside, and our own saves.

use std::path::PathBuf;

use super::actions;
use crate::studio::app::{App, Overlay, Then, file_name};
use crate::studio::message::Effect;
use crate::studio::view::Flash;

/// The file has this text now.
pub(super) fn changed(app: &mut App, text: String) -> Vec<Effect> {
    let returned = std::mem::take(&mut app.removed);
    app.undecided = false;
    if app.editor.as_str() == text {
        // Both sides say the same: nothing to choose.
        app.on_disk = Some(text);
        if matches!(app.overlay, Overlay::Conflict { .. }) {
            app.overlay = Overlay::None;
        }
        return Vec::new();
    }
    if app.dirty() && !app.watch {
        if app.on_disk.as_ref() == Some(&text) && !matches!(app.overlay, Overlay::Conflict { .. }) {
            // The file is as it was when the text was opened: the edits go on.
            return Vec::new();
        }
        app.overlay = Overlay::Conflict { theirs: text, difference: None, scroll: 0 };
        return Vec::new();
    }
    app.say(if returned { "the file is back; reloaded" } else { "reloaded: the file changed on disk" });
    take(app, text)
}

/// Takes the file's text in place of ours, as an edit that undo takes back.
pub(super) fn take(app: &mut App, text: String) -> Vec<Effect> {
    if app.watch && app.animation() {
        app.flash = Flash::Armed;
    }
    app.editor.replace_all(&text);
    app.on_disk = Some(text);
    app.undecided = false;
    vec![Effect::Evaluate]
}

/// Our text is in the file now.
pub(super) fn saved(app: &mut App, path: PathBuf, text: String) -> Vec<Effect> {
    let moved = app.path.as_ref() != Some(&path);
    app.say(format!("saved {}", file_name(&path)));
    app.on_disk = Some(text);
    app.removed = false;
    app.undecided = false;
    app.title = file_name(&path);
    app.path = Some(path.clone());
    if moved { vec![Effect::Follow(path)] } else { Vec::new() }
}

/// Another plan takes the place of this one.
pub(super) fn opened(app: &mut App, path: PathBuf, text: String, read_only: bool) -> Vec<Effect> {
    app.open_file(path.clone(), text);
    if read_only {
        app.say("the file is read-only: save under another name");
    }
    vec![Effect::Follow(path), Effect::Evaluate, Effect::Redraw]
}

/// Does what waited for the text to be safe.
pub(super) fn proceed(app: &mut App, then: Then) -> Vec<Effect> {
    match then {
        Then::Stay => Vec::new(),
        Then::CloseTab => app.close_tab(),
        Then::Leave => vec![Effect::Leave],
        Then::Choose => {
            app.overlay = Overlay::Chooser(0);
            Vec::new()
        }
        Then::Tour => actions::start_tour(app),
        Then::Open => app.opening.take().map_or_else(Vec::new, |path| vec![Effect::Open(path)]),
    }
}
