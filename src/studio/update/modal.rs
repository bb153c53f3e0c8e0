//! The keys of a set: chords of several keys, and the modes of the vim-like one.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::{actions, after_editing, macros};
use crate::studio::app::{App, Awaiting, Mode, Overlay};
use crate::studio::editor::{Command, EditorEvent, Motion, Object, Operator, Reach, Registers};
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
    if app.modal.mode != Mode::Normal {
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
    app.editor.registers_mut().choose(None);
}

/// Nothing is selected any longer, and letters are commands.
fn to_normal(app: &mut App) {
    app.editor.select_by(None);
    app.modal.mode = Mode::Normal;
}

/// Normal mode, and what is selected.
fn command(app: &mut App, key: KeyEvent) -> Option<Vec<Effect>> {
    if app.modal.begun.is_none() {
        app.modal.begun = Some((app.editor.undo_depth(), app.editor.revision()));
    }
    app.modal.recording.push(key);
    let plain = !key.modifiers.intersects(KeyModifiers::CONTROL | KeyModifiers::ALT);
    if let Some(awaiting) = app.modal.awaiting.take()
        && key.code != KeyCode::Esc
    {
        let letter = match key.code {
            KeyCode::Char(letter) if plain => Some(letter),
            _ => None,
        };
        return Some(named(app, awaiting, letter));
    }
    if key.code == KeyCode::Esc {
        let selecting = app.modal.mode != Mode::Normal;
        to_normal(app);
        app.editor.clear_search();
        app.modal.reset();
        app.editor.registers_mut().choose(None);
        if selecting {
            app.editor.step_back_onto_text();
        }
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
    let selects = app.modal.mode.reach().is_some();
    let tables: &[&'static [Binding]] = match app.modal.operator {
        Some(_) => &[MOTIONS, OBJECTS],
        None if selects => &[OBJECTS, NORMAL, MOTIONS],
        None => &[NORMAL, MOTIONS],
    };
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
    if more && found.is_none_or(|binding| binding.action != Action::Edit(Command::Comment) || !selects) {
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
        app.editor.registers_mut().choose(None);
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
        let start =
            app.editor.selection().filter(|_| app.modal.mode.reach().is_some()).map(|range| range.start);
        let effects = actions::on_action(app, action);
        to_normal(app);
        if let Some(start) = start.filter(|_| action == Action::Edit(Command::Comment)) {
            app.editor.go_to_offset(start);
        }
        finish(app);
        return effects;
    };
    let reach = app.modal.mode.reach();
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
                if reach == Some(Reach::Characters) && motion != Motion::LineEnd {
                    app.editor.step_back_onto_text();
                }
                done(app)
            }
        }
        Vim::Find { forward, beside } => awaits(app, Awaiting::Find(forward, beside)),
        Vim::FindAgain { back } => {
            if let Some((letter, forward, beside)) = app.modal.found {
                return find_letter(app, letter, (forward != back, beside), true);
            }
            app.say("nothing was looked for in a line yet: f, t, F or T and a character");
            done(app)
        }
        Vim::Register => awaits(app, Awaiting::Register),
        Vim::Object(object) => {
            let range = app.editor.object(object);
            if let Some((operator, ..)) = app.modal.operator {
                return operate(app, operator, range, false);
            }
            app.editor.select_range(&range);
            done(app)
        }
        Vim::Operate(operator) if reach.is_some() => {
            operate_selected(app, operator, reach == Some(Reach::Lines))
        }
        Vim::Operate(operator) => {
            let Some(key) = app.modal.recording.last().copied() else { return done(app) };
            app.modal.operator = Some((operator, key, count));
            app.modal.count = None;
            Vec::new()
        }
        // `x` and `s` take what is selected, `D`, `C` and `X` its lines.
        Vim::Short(operator, motion) if reach.is_some() => {
            operate_selected(app, operator, motion != Motion::Right || reach == Some(Reach::Lines))
        }
        Vim::Short(operator, motion) => {
            let (range, _) = app.editor.range_of(motion, count);
            operate(app, operator, range, false)
        }
        Vim::Insert(Place::Below) if reach.is_some() => {
            app.editor.swap_ends();
            done(app)
        }
        Vim::Insert(place) => begin(app, place),
        Vim::Select(wanted) => {
            app.modal.mode = match (reach == Some(wanted), wanted) {
                (true, _) => Mode::Normal,
                (false, Reach::Characters) => Mode::Visual,
                (false, Reach::Lines) => Mode::Lines,
            };
            app.editor.select_by(app.modal.mode.reach());
            app.modal.pause();
            if app.modal.mode == Mode::Normal {
                app.modal.reset();
                app.editor.step_back_onto_text();
            }
            Vec::new()
        }
        Vim::Put { before } if reach.is_some() => {
            let range = app.editor.selection().unwrap_or(0..0);
            to_normal(app);
            app.editor.put_over(range, reach == Some(Reach::Lines), before);
            done(app)
        }
        Vim::Put { before } => {
            app.editor.put(before, count.unwrap_or(1));
            done(app)
        }
        Vim::Join if reach.is_some() => {
            let range = app.editor.selection().unwrap_or(0..0);
            let breaks = app.editor.as_str()[range.clone()].trim_end_matches('\n').matches('\n').count();
            to_normal(app);
            app.editor.go_to_offset(range.start);
            app.editor.join_lines(breaks.max(1));
            done(app)
        }
        Vim::Join => {
            app.editor.join_lines(count.map_or(1, |count| count.saturating_sub(1).max(1)));
            done(app)
        }
        Vim::Replace => awaits(app, Awaiting::Replacement),
        Vim::Mark => awaits(app, Awaiting::Mark),
        Vim::ToMark { line } => awaits(app, Awaiting::ToMark(line)),
        Vim::Record => match macros::end(app) {
            Some(effects) => effects,
            None => awaits(app, Awaiting::Record),
        },
        Vim::Play => awaits(app, Awaiting::Play),
        Vim::Repeat => repeat(app),
        Vim::Undo | Vim::Redo => {
            to_normal(app);
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

/// The next key names something.
fn awaits(app: &mut App, awaiting: Awaiting) -> Vec<Effect> {
    app.modal.awaiting = Some(awaiting);
    Vec::new()
}

/// The key that names something: a register, a mark, a macro, a character to find or to put in.
fn named(app: &mut App, awaiting: Awaiting, letter: Option<char>) -> Vec<Effect> {
    match (awaiting, letter) {
        (Awaiting::Replacement, Some(letter)) => {
            if app.modal.mode.reach().is_some() {
                let range = app.editor.selection().unwrap_or(0..0);
                to_normal(app);
                app.editor.fill(range, letter);
            } else {
                app.editor.replace_characters(letter, app.modal.count.unwrap_or(1));
            }
            done(app)
        }
        (Awaiting::Find(forward, beside), Some(letter)) => {
            app.modal.found = Some((letter, forward, beside));
            find_letter(app, letter, (forward, beside), false)
        }
        (Awaiting::Register, Some(name)) if Registers::is_name(name) => {
            app.editor.registers_mut().choose(Some(name));
            Vec::new()
        }
        (Awaiting::Register, _) => {
            app.say("registers are a to z, A to Z to add to one, 0 for the last copy, _ to keep nothing");
            done(app)
        }
        (Awaiting::Mark, Some(name)) => macros::mark(app, name),
        (Awaiting::ToMark(line), Some(name)) => macros::to_mark(app, name, line),
        (Awaiting::Record, Some(name)) => macros::begin(app, name),
        (Awaiting::Play, Some(name)) => macros::play(app, name),
        (_, None) => done(app),
    }
}

/// To a character of the line, or an operator up to there.
fn find_letter(app: &mut App, letter: char, (forward, beside): (bool, bool), again: bool) -> Vec<Effect> {
    let before = app.modal.operator.and_then(|(.., before)| before).unwrap_or(1);
    let times = app.modal.count.unwrap_or(1).saturating_mul(before);
    let Some(at) = app.editor.find_in_line(letter, forward, beside, again, times) else {
        app.say(format!("no {letter} that way in this line"));
        return done(app);
    };
    let here = app.editor.cursor_offset();
    if let Some((operator, ..)) = app.modal.operator {
        // Forward the character that one stops on belongs to it.
        let range = if forward { app.editor.through(here, at) } else { at..here };
        return operate(app, operator, range, false);
    }
    app.editor.go_to_offset(at);
    done(app)
}

/// An operator on what is selected.
fn operate_selected(app: &mut App, operator: Operator, lines: bool) -> Vec<Effect> {
    if lines {
        app.editor.select_by(Some(Reach::Lines));
    }
    let range = app.editor.selection().unwrap_or(0..0);
    to_normal(app);
    app.editor.go_to_offset(range.start);
    operate(app, operator, range, lines)
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
pub(super) fn operate(
    app: &mut App,
    operator: Operator,
    range: std::ops::Range<usize>,
    lines: bool,
) -> Vec<Effect> {
    if range.is_empty() && !lines && operator != Operator::Change {
        return done(app);
    }
    if app.editor.operate(operator, range, lines) {
        app.modal.mode = Mode::Insert;
        app.modal.pressed.clear();
        app.modal.operator = None;
        app.modal.count = None;
        app.editor.registers_mut().choose(None);
        return vec![Effect::Evaluate];
    }
    // What has a register of its own is not for the clipboard.
    let copies = operator == Operator::Yank
        && app.editor.registers().chosen().is_none_or(|name| !name.is_ascii_alphabetic() && name != '_');
    let mut effects = done(app);
    if copies {
        effects.push(Effect::Copy(app.editor.registers().last().to_owned()));
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
    app.editor.select_by(None);
    app.modal.mode = Mode::Insert;
    app.modal.pressed.clear();
    app.modal.count = None;
    let changed = app.editor.revision() != revision;
    after_editing(app, if changed { EditorEvent::Changed } else { EditorEvent::Moved })
}

/// A command is done; what it changed is evaluated.
pub(super) fn done(app: &mut App) -> Vec<Effect> {
    let changed = app.modal.begun.is_some_and(|(_, revision)| app.editor.revision() != revision);
    if app.modal.mode.reach().is_some() {
        app.modal.pause();
        app.editor.registers_mut().choose(None);
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
