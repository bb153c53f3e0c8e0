//! What keys do.

use super::sets::Vim;
use crate::plan::step::Step;
use crate::studio::editor::Command;

/// What a key does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs)] // the table below describes each
pub enum Action {
    Save,
    SaveAs,
    Open,
    Quit,
    Suspend,
    Redraw,
    Help,
    Menu,
    Palette,
    NextTheme,
    Tour,
    TourNext,
    TourBack,
    KeepTheme,
    NextPane,
    PreviousPane,
    Focus(u8),
    ToEditor,
    ToPanels,
    Zoom,
    Wider,
    Narrower,
    Taller,
    Shorter,
    ResetSizes,
    Apply,
    Fix,
    Pin,
    Unpin,
    Find,
    FindNext,
    FindPrevious,
    Replace,
    ReplaceAll,
    Undo,
    Redo,
    Copy,
    Cut,
    SelectAll,
    Clear,
    Complete,
    Roofline,
    Up,
    Down,
    PageUp,
    PageDown,
    First,
    Last,
    Activate,
    Accept,
    Cancel,
    TakeTheirs,
    KeepMine,
    Difference,
    SaveAndLeave,
    Discard,
    Restore,
    Step(Step),
    Neighbourhood,
    GoToEntry,
    Edit(Command),
    Vim(Vim),
    SaveAndQuit,
    Fold,
    FoldAll,
    Registry,
    Compare,
    Money,
    Export,
    Derive,
    OpenTab,
    CloseTab,
    NextTab,
    PreviousTab,
    NextShelf,
    PreviousShelf,
    ScrollDown,
    ScrollUp,
    ToggleAll,
    Proposals,
    Explore,
    Objectives,
    Vary,
    Limit,
    Axis(u8),
}

impl Action {
    /// Whether it needs an editor, which `--watch` has not.
    pub fn edits(self) -> bool {
        matches!(
            self,
            Action::Save
                | Action::SaveAs
                | Action::Open
                | Action::Tour
                | Action::ToEditor
                | Action::Focus(1)
                | Action::Apply
                | Action::Fix
                | Action::Find
                | Action::FindNext
                | Action::FindPrevious
                | Action::Replace
                | Action::Undo
                | Action::Redo
                | Action::Step(_)
                | Action::Neighbourhood
                | Action::Edit(_)
                | Action::Vim(_)
                | Action::SaveAndQuit
                | Action::Fold
                | Action::FoldAll
                | Action::Proposals
        )
    }

    /// Movements, sizes by a cell, and what means nothing but at its own place: no choice to be made from a list.
    pub fn only_by_key(self) -> bool {
        matches!(
            self,
            Action::Up
                | Action::Down
                | Action::PageUp
                | Action::PageDown
                | Action::First
                | Action::Last
                | Action::Wider
                | Action::Narrower
                | Action::Taller
                | Action::Shorter
                | Action::Menu
                | Action::Accept
                | Action::Cancel
        )
    }
}
