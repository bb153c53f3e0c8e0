//! The list of what could be written at the cursor. It opens while typing and must not be in its way: letters, Enter
//! and everything else go to the text unless the user has moved in the list or asks with Tab.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};

use super::after_editing;
use crate::studio::app::{App, Following, Popup};
use crate::studio::editor::EditorEvent;
use crate::studio::keymap::{self, Action, Context};
use crate::studio::message::Effect;
use crate::studio::view;

/// Opens the list because the user asks.
pub(super) fn open(app: &mut App) -> Vec<Effect> {
    app.popup = app.completions();
    if app.popup.is_none() {
        app.say("nothing to complete here");
    }
    Vec::new()
}

/// A key while the list is open, which it is no longer unless this opens it again. `None`: the key is not for the list.
pub(super) fn on_key(app: &mut App, mut popup: Popup, key: KeyEvent) -> Option<Vec<Effect>> {
    let last = popup.items.len().saturating_sub(1);
    match keymap::action(Context::Completion, key)? {
        Action::Down => {
            popup.selected = Some(popup.selected.map_or(0, |at| if at == last { 0 } else { at + 1 }));
            app.popup = Some(popup);
        }
        Action::Up => {
            popup.selected = Some(popup.selected.map_or(last, |at| at.checked_sub(1).unwrap_or(last)));
            app.popup = Some(popup);
        }
        Action::Accept => return accept(app, &popup, popup.selected?),
        Action::Activate => return accept(app, &popup, popup.selected.unwrap_or(0)),
        // Closing is all.
        _ => {}
    }
    Some(Vec::new())
}

/// The mouse over the list: the wheel moves in it, a click takes. `None`: not over the list.
pub(super) fn on_mouse(app: &mut App, event: MouseEvent) -> Option<Vec<Effect>> {
    let panes = app.panes();
    let index = view::completion_at(app, &panes, event.column, event.row)?;
    let popup = app.popup.as_mut()?;
    let last = popup.items.len().saturating_sub(1);
    match event.kind {
        MouseEventKind::ScrollDown => {
            popup.selected = Some(popup.selected.map_or(0, |at| (at + 1).min(last)));
        }
        MouseEventKind::ScrollUp => popup.selected = Some(popup.selected.unwrap_or(0).saturating_sub(1)),
        MouseEventKind::Down(MouseButton::Left) => {
            let popup = app.popup.take()?;
            return accept(app, &popup, index);
        }
        _ => {}
    }
    Some(Vec::new())
}

fn accept(app: &mut App, popup: &Popup, index: usize) -> Option<Vec<Effect>> {
    let edit = &popup.items.get(index)?.edit;
    let end = edit.range.start + edit.replacement.len();
    let changed = app.editor.apply_edits(&[(edit.range.clone(), edit.replacement.clone())]);
    app.editor.go_to_offset(end);
    if edit.replacement.ends_with(": ") {
        // The key is written; what may stand behind it comes next.
        app.popup = app.completions();
    }
    Some(after_editing(app, if changed { EditorEvent::Changed } else { EditorEvent::Moved }))
}

/// Whether a key only writes or takes away a letter of a word, so that the list before it does not matter.
pub(super) fn is_of_word(key: KeyEvent) -> bool {
    let plain = !key.modifiers.intersects(KeyModifiers::CONTROL | KeyModifiers::ALT);
    match key.code {
        KeyCode::Char(letter) => plain && (letter.is_alphanumeric() || letter == '_'),
        code => code == KeyCode::Backspace,
    }
}

/// After a key that the editor took: the list follows what is typed, and comes back when what made it go is taken away.
pub(super) fn follow(app: &mut App, key: KeyEvent, followed: bool) {
    if is_of_word(key) && (followed || key.code != KeyCode::Backspace) {
        app.following = Following::Due;
    }
}
