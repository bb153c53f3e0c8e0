//! What the editor could write at the cursor.

use crate::plan::complete::{Completion, complete};

use super::App;

/// The list beside the cursor.
#[derive(Debug, Clone, PartialEq)]
pub struct Popup {
    /// What could be written, best first; never empty.
    pub items: Vec<Completion>,
    /// The one that was moved to; `None` until the user moves in the list, so that Enter stays a line break.
    pub selected: Option<usize>,
}

/// Whether the list follows what is typed. It is looked for when it is needed, not for each of many keys at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Following {
    /// The last key was not part of a word.
    #[default]
    Off,
    /// The last key was part of a word, and the list is that of the present text.
    Known,
    /// The same, and the list is still to be found.
    Due,
}

impl App {
    /// Finds the list if typing asks for it. To be called before the list is looked at.
    pub fn settle_completions(&mut self) {
        if self.following == Following::Due {
            self.following = Following::Known;
            self.popup = self.completions_while_typing();
        }
    }

    /// What could be written at the cursor.
    pub fn completions(&self) -> Option<Popup> {
        if self.watch || self.editor.selection().is_some() {
            return None;
        }
        let physics =
            self.physics.or(self.reading.plan.as_ref().map(|plan| plan.physics)).unwrap_or_default();
        let registry = self.reading.registry_or(&self.registry);
        let items = complete(self.editor.as_str(), self.editor.cursor_offset(), physics, registry);
        (!items.is_empty()).then_some(Popup { items, selected: None })
    }

    /// The same while typing: nothing where a word has not begun, goes on behind the cursor, or is complete.
    pub fn completions_while_typing(&self) -> Option<Popup> {
        let is_word = |letter: char| letter.is_alphanumeric() || letter == '_';
        let (text, offset) = (self.editor.as_str(), self.editor.cursor_offset());
        let (before, after) = (text.get(..offset)?, text.get(offset..)?);
        if !before.ends_with(is_word) || after.starts_with(is_word) {
            return None;
        }
        let popup = self.completions()?;
        let is_complete = |item: &Completion| {
            before.get(item.edit.range.start..).is_some_and(|typed| typed.trim() == item.label)
        };
        (!popup.items.iter().any(is_complete)).then_some(popup)
    }
}
