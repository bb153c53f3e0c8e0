//! The keys of a set: chords of several keys, and the modes of the vim-like one.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::{actions, after_editing, dialogs};
use crate::studio::app::{App, Mode, Overlay, Then};
use crate::studio::editor::{Command, EditorEvent, Motion, Object, Operator};
use crate::studio::keymap::sets::{EMACS, MOTIONS, NORMAL, OBJECTS, Place, Vim, find};
use crate::studio::keymap::{Action, Binding, KeySet};
use crate::studio::message::Effect;

/// A key in the editor. `None`: not for the set, the common table and the text may have it.
pub(super) fn on_key(app: &mut App, key: KeyEvent) -> Option<Vec<Effect>> {
    match app.keys {
        KeySet::Default => None,
        KeySet::Emacs => chord(app, key),
        KeySet::Vim if app.modal.mode == Mode::Insert => insert(app, key),
        KeySet::Vim => Some(command(app, key)?),
    }
}

/// Emacs: one key or several.
fn chord(app: &mut App, key: KeyEvent) -> Option<Vec<Effect>> {
    app.modal.pressed.push(key);
    let (found, more) = find(EMACS, &app.modal.pressed);
    if let Some(binding) = found {
        app.modal.pressed.clear();
        return Some(actions::on_action(app, binding.action));
    }
    if more {
        return Some(Vec::new());
    }
    let begun = app.modal.pressed.len() > 1;
    app.modal.pressed.clear();
    if begun {
        app.say("no such chord; f1 shows every key");
        return Some(Vec::new());
    }
    None
}

/// Typing, until Esc.
fn insert(app: &mut App, key: KeyEvent) -> Option<Vec<Effect>> {
    let ends = key.code == KeyCode::Esc
        || (key.modifiers == KeyModifiers::CONTROL && matches!(key.code, KeyCode::Char('c' | '[')));
    app.modal.recording.push(key);
    if !ends {
        return None;
    }
    app.modal.mode = Mode::Normal;
    app.editor.go(Motion::Left, None);
    finish(app);
    Some(Vec::new())
}

/// A command is over: its steps become one, and `.` will do it again if it changed the text.
fn finish(app: &mut App) {
    if app.modal.mode == Mode::Insert || app.modal.mode == Mode::Lines {
        return;
    }
    app.editor.step_back_onto_text();
    let recording = std::mem::take(&mut app.modal.recording);
    if let Some((depth, revision)) = app.modal.begun.take()
        && app.editor.revision() != revision
    {
        app.editor.join_since(depth);
        if !app.modal.repeating {
            app.modal.last = recording;
        }
    }
    app.modal.reset();
}

/// Normal mode and selected lines.
fn command(app: &mut App, key: KeyEvent) -> Option<Vec<Effect>> {
    if app.modal.begun.is_none() {
        app.modal.begun = Some((app.editor.undo_depth(), app.editor.revision()));
    }
    app.modal.recording.push(key);
    let plain = !key.modifiers.intersects(KeyModifiers::CONTROL | KeyModifiers::ALT);
    if app.modal.replacing {
        let count = app.modal.count.unwrap_or(1);
        if let KeyCode::Char(letter) = key.code
            && plain
        {
            app.editor.replace_characters(letter, count);
        }
        return Some(done(app));
    }
    if key.code == KeyCode::Esc {
        app.editor.select_lines(false);
        app.editor.clear_search();
        app.modal.mode = Mode::Normal;
        app.modal.reset();
        return Some(Vec::new());
    }
    if let KeyCode::Char(digit @ '0'..='9') = key.code
        && plain
        && app.modal.pressed.is_empty()
        && (digit != '0' || app.modal.count.is_some())
    {
        let value = digit as usize - '0' as usize;
        app.modal.count = Some((app.modal.count.unwrap_or(0) * 10 + value).min(99_999));
        return Some(Vec::new());
    }
    app.modal.pressed.push(key);
    let mut more = false;
    let mut found: Option<&'static Binding> = None;
    let tables: &[&'static [Binding]] =
        if app.modal.operator.is_some() { &[MOTIONS, OBJECTS] } else { &[NORMAL, MOTIONS] };
    for table in tables {
        let (binding, longer) = find(table, &app.modal.pressed);
        found = found.or(binding);
        more |= longer;
    }
    if let Some((operator, own, before)) = app.modal.operator
        && app.modal.pressed.len() == 1
        && own.code == key.code
    {
        // `dd`: whole lines.
        let times = before.unwrap_or(1).saturating_mul(app.modal.count.unwrap_or(1));
        let (row, _) = app.editor.cursor();
        let last = (row + times - 1).min(app.editor.last_line().max(row));
        let range = app.editor.whole_lines(row, last);
        return Some(operate(app, operator, range, true));
    }
    // `g c` is `g c c` in an instant; what is whole wins unless it may grow into a movement.
    if more
        && found.is_none_or(|binding| {
            binding.action != Action::Edit(Command::Comment) || app.modal.mode != Mode::Lines
        })
    {
        return Some(Vec::new());
    }
    let Some(binding) = found else {
        let chord = !plain
            || !matches!(
                key.code,
                KeyCode::Char(_) | KeyCode::Enter | KeyCode::Backspace | KeyCode::Delete | KeyCode::Tab
            );
        let alone = app.modal.pressed.len() == 1 && app.modal.operator.is_none();
        app.modal.reset();
        if alone && chord {
            return None;
        }
        app.say("no such command; f1 shows every key");
        return Some(Vec::new());
    };
    app.modal.pressed.clear();
    Some(carry_out(app, binding.action))
}

fn carry_out(app: &mut App, action: Action) -> Vec<Effect> {
    let count = app.modal.count;
    let Action::Vim(vim) = action else {
        let effects = actions::on_action(app, action);
        app.editor.select_lines(false);
        app.modal.mode = Mode::Normal;
        finish(app);
        return effects;
    };
    let lines = app.modal.mode == Mode::Lines;
    match vim {
        Vim::Motion(motion) => {
            if let Some((operator, _, before)) = app.modal.operator {
                let count = match (before, count) {
                    (Some(a), Some(b)) => Some(a.saturating_mul(b)),
                    (a, b) => a.or(b),
                };
                spanned(app, operator, motion, count)
            } else {
                app.editor.go(motion, count);
                done(app)
            }
        }
        Vim::Object(object) => match app.modal.operator {
            Some((operator, ..)) => {
                let range = app.editor.object(object);
                operate(app, operator, range, false)
            }
            None => done(app),
        },
        Vim::Operate(operator) if lines => {
            let range = app.editor.selection().unwrap_or(0..0);
            app.editor.select_lines(false);
            app.modal.mode = Mode::Normal;
            let row_start = range.start;
            app.editor.go_to_offset(row_start);
            operate(app, operator, range, true)
        }
        Vim::Operate(operator) => {
            let Some(key) = app.modal.recording.last().copied() else { return done(app) };
            app.modal.operator = Some((operator, key, count));
            app.modal.count = None;
            Vec::new()
        }
        Vim::Short(operator, _) if lines => carry_out(app, Action::Vim(Vim::Operate(operator))),
        Vim::Short(operator, motion) => {
            let (range, _) = app.editor.range_of(motion, count);
            operate(app, operator, range, false)
        }
        Vim::Insert(place) => begin(app, place),
        Vim::Lines => {
            app.modal.mode = if lines { Mode::Normal } else { Mode::Lines };
            app.editor.select_lines(!lines);
            app.modal.reset();
            Vec::new()
        }
        Vim::Put { before } => {
            app.editor.put(before, count.unwrap_or(1));
            done(app)
        }
        Vim::Join => {
            app.editor.join_lines(count.map_or(1, |count| count.saturating_sub(1).max(1)));
            done(app)
        }
        Vim::Replace => {
            app.modal.replacing = true;
            Vec::new()
        }
        Vim::Repeat => repeat(app),
        Vim::Undo | Vim::Redo => {
            let undo = vim == Vim::Undo;
            let mut changed = false;
            for _ in 0..count.unwrap_or(1) {
                changed |= if undo { app.editor.undo() } else { app.editor.redo() };
            }
            if !changed {
                app.say(if undo { "nothing to undo" } else { "nothing to redo" });
            }
            app.editor.step_back_onto_text();
            app.modal.reset();
            after_editing(app, if changed { EditorEvent::Changed } else { EditorEvent::Moved })
        }
        Vim::Fold(wanted) => {
            let (row, _) = app.editor.cursor();
            let folded = match wanted {
                Some(true) => app.editor.fold_around(row),
                Some(false) => app.editor.unfold(row),
                None => app.editor.toggle_fold(),
            };
            if !folded {
                app.say("nothing to fold here");
            }
            done(app)
        }
        Vim::FoldAll(fold) => {
            if fold {
                app.editor.fold_all()
            } else {
                app.editor.unfold_all()
            };
            done(app)
        }
        Vim::Ask => {
            app.modal.reset();
            app.overlay = Overlay::Command(String::new());
            Vec::new()
        }
        Vim::Ex => done(app),
    }
}

/// An operator with its movement. `cw` leaves the blanks behind the word.
fn spanned(app: &mut App, operator: Operator, motion: Motion, count: Option<usize>) -> Vec<Effect> {
    let here = app.editor.as_str()[app.editor.cursor_offset()..].chars().next();
    let on_word = here.is_some_and(|letter| !letter.is_whitespace());
    if motion == Motion::Word && operator == Operator::Change && on_word {
        if count.is_none() {
            let range = app.editor.cursor_offset()..app.editor.object(Object::Word).end;
            return operate(app, operator, range, false);
        }
        let (range, lines) = app.editor.range_of(Motion::WordEnd, count);
        return operate(app, operator, range, lines);
    }
    let (range, lines) = app.editor.range_of(motion, count);
    operate(app, operator, range, lines)
}

/// An operator at work.
fn operate(app: &mut App, operator: Operator, range: std::ops::Range<usize>, lines: bool) -> Vec<Effect> {
    if range.is_empty() && !lines && operator != Operator::Change {
        return done(app);
    }
    if app.editor.operate(operator, range, lines) {
        app.modal.mode = Mode::Insert;
        app.modal.pressed.clear();
        app.modal.operator = None;
        app.modal.count = None;
        return vec![Effect::Evaluate];
    }
    let yanked = operator == Operator::Yank;
    let mut effects = done(app);
    if yanked {
        effects.push(Effect::Copy(app.editor.kept().to_owned()));
    }
    effects
}

fn begin(app: &mut App, place: Place) -> Vec<Effect> {
    let revision = app.editor.revision();
    match place {
        Place::Here => {}
        Place::After => app.editor.go(Motion::Right, None),
        Place::TextStart => app.editor.go(Motion::TextStart, None),
        Place::LineEnd => app.editor.go(Motion::LineEnd, None),
        Place::Below => app.editor.open_line(true),
        Place::Above => app.editor.open_line(false),
    }
    app.editor.select_lines(false);
    app.modal.mode = Mode::Insert;
    app.modal.pressed.clear();
    app.modal.count = None;
    let changed = app.editor.revision() != revision;
    after_editing(app, if changed { EditorEvent::Changed } else { EditorEvent::Moved })
}

/// A command is done; what it changed is evaluated.
fn done(app: &mut App) -> Vec<Effect> {
    let changed = app.modal.begun.is_some_and(|(_, revision)| app.editor.revision() != revision);
    if app.modal.mode == Mode::Lines {
        app.modal.reset();
    } else {
        finish(app);
    }
    after_editing(app, if changed { EditorEvent::Changed } else { EditorEvent::Moved })
}

/// `.`: the keys of the last change once more.
fn repeat(app: &mut App) -> Vec<Effect> {
    let keys = app.modal.last.clone();
    app.modal.reset();
    if keys.is_empty() || app.modal.repeating {
        app.say("nothing to repeat yet");
        return Vec::new();
    }
    app.modal.repeating = true;
    let before = app.editor.revision();
    for key in keys {
        if on_key(app, key).is_none() {
            app.editor.on_key(key);
        }
    }
    app.modal.repeating = false;
    let changed = app.editor.revision() != before;
    after_editing(app, if changed { EditorEvent::Changed } else { EditorEvent::Moved })
}

/// A command that was typed after `:`.
pub(super) fn ex(app: &mut App, text: &str) -> Vec<Effect> {
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
                "`:{text}` is not a command; there are :w :q :wq :x :e :%s/old/new/ and :LINE"
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
