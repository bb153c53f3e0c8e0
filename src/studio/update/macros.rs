//! Marks and macros of the vim-like key set.

use crossterm::event::KeyEvent;

use super::modal::{done, operate};
use crate::studio::app::App;
use crate::studio::editor::Motion;
use crate::studio::message::Effect;

/// Most keys that one command presses.
const MOST_KEYS: usize = 10_000;

/// A key that was pressed, also in a prompt: part of the macro while one is recorded.
pub(super) fn record(app: &mut App, key: KeyEvent) {
    if app.modal.playing {
        return;
    }
    if let Some((_, keys)) = &mut app.modal.macro_recorded
        && keys.len() < MOST_KEYS
    {
        keys.push(key);
    }
}

/// Begins to record under a letter.
pub(super) fn begin(app: &mut App, name: char) -> Vec<Effect> {
    if !name.is_ascii_alphabetic() {
        app.say("macros are a to z");
        return done(app);
    }
    app.modal.macro_recorded = Some((name.to_ascii_lowercase(), Vec::new()));
    app.say(format!("recording {name}: q ends it"));
    done(app)
}

/// Ends recording; the key that ends it is no part of it. `None`: nothing is being recorded.
pub(super) fn end(app: &mut App) -> Option<Vec<Effect>> {
    let (name, mut keys) = app.modal.macro_recorded.take()?;
    keys.pop();
    app.say(format!("recorded {} keys: @{name} presses them again", keys.len()));
    app.modal.macros.insert(name, keys);
    Some(done(app))
}

/// Presses the keys of a macro again; `@` is the one played last.
pub(super) fn play(app: &mut App, name: char) -> Vec<Effect> {
    let name = if name == '@' { app.modal.macro_played } else { Some(name.to_ascii_lowercase()) };
    let times = app.modal.count.unwrap_or(1);
    let keys = name.and_then(|name| app.modal.macros.get(&name).cloned()).unwrap_or_default();
    if keys.is_empty() || app.modal.playing {
        app.say(match name {
            Some(name) if !app.modal.playing => format!("nothing is recorded under {name}: q{name} records"),
            Some(_) => "a macro does not play another one".to_owned(),
            None => "no macro was played yet: q and a letter records one".to_owned(),
        });
        return done(app);
    }
    app.modal.macro_played = name;
    let mut effects = done(app);
    app.modal.playing = true;
    for key in keys.iter().cycle().take(keys.len().saturating_mul(times).min(MOST_KEYS)) {
        effects.extend(super::on_key(app, *key));
        // What happens outside happens after all keys, and in a failure the keys would go on blindly.
        let outside = effects.iter().any(|effect| !matches!(effect, Effect::Evaluate | Effect::Copy(_)));
        if outside || app.toast.as_ref().is_some_and(|toast| toast.bad) {
            if outside {
                app.say("the macro ends here: what the last key asks for happens first");
            }
            break;
        }
    }
    app.modal.playing = false;
    // However often the text changed, it is evaluated once.
    let changed = effects.contains(&Effect::Evaluate);
    effects.retain(|effect| *effect != Effect::Evaluate);
    if changed {
        effects.insert(0, Effect::Evaluate);
    }
    effects
}

/// Keeps the cursor's place under a letter.
pub(super) fn mark(app: &mut App, name: char) -> Vec<Effect> {
    if name.is_ascii_lowercase() {
        app.editor.set_place(name);
        app.say(format!("marked {name}: `{name} goes there"));
    } else {
        app.say("marks are a to z");
    }
    done(app)
}

/// To a mark, or an operator up to it: whole lines, or the characters between.
pub(super) fn to_mark(app: &mut App, name: char, line: bool) -> Vec<Effect> {
    let Some(at) = app.editor.place_of(name) else {
        app.say(format!("nothing is marked {name}: m{name} marks a place"));
        return done(app);
    };
    let here = app.editor.cursor_offset();
    if let Some((operator, ..)) = app.modal.operator {
        if line {
            let rows = [here, at].map(|offset| app.editor.row_of(offset));
            let range = app.editor.whole_lines(rows[0].min(rows[1]), rows[0].max(rows[1]));
            return operate(app, operator, range, true);
        }
        return operate(app, operator, here.min(at)..here.max(at), false);
    }
    app.editor.go_to_offset(at);
    if line {
        app.editor.go(Motion::TextStart, None);
    }
    done(app)
}
