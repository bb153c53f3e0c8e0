//! What messages say about the keys of the moment.

use super::{App, Mode};
use crate::studio::keymap::sets::Vim;
use crate::studio::keymap::{self, Action, Context, KeySet};
use crate::studio::layout::Pane;

impl App {
    /// Where keys go from a panel, told by what is selected there: the footer names what they do to it.
    pub fn row_context(&self) -> Context {
        match self.focus {
            Pane::Money => Context::MoneyPane,
            Pane::Problems if self.selected_suggestion().is_some() => Context::Suggestion,
            Pane::Problems if !self.problems().is_empty() => Context::Problem,
            _ => Context::Panel,
        }
    }

    /// The suggestion that is selected among the problems.
    pub fn selected_suggestion(&self) -> Option<usize> {
        if self.focus != Pane::Problems {
            return None;
        }
        let problems = self.problems();
        let at = self.selected[usize::from(Pane::Problems.number())].min(problems.len().saturating_sub(1));
        problems.get(at)?.suggestion
    }

    /// `ctrl-u undoes`, with the key that takes the last change back from where the focus is.
    pub fn undoes(&self) -> String {
        let here = if self.focus == Pane::Plan { Context::Editor } else { Context::Panel };
        let modal = here == Context::Editor && self.keys == KeySet::Vim && self.modal.mode == Mode::Normal;
        let undo = if modal { Action::Vim(Vim::Undo) } else { Action::Undo };
        let key = keymap::key_for(undo, here, self.keys).unwrap_or("undo");
        format!("{key} undoes")
    }
}
