//! What lies over the panes, and what the program has to say.

use super::{Palette, Screen};
use crate::engine::Report;
use crate::files::proposals::Proposal;
use crate::registry;
use crate::studio::diff::DiffLine;
use crate::studio::keymap::Context;

/// What lies over the panes.
#[derive(Debug, Clone, PartialEq)]
pub enum Overlay {
    /// Nothing.
    None,
    /// What can be done from here.
    Menu,
    /// Every action, theme, sample, wall and field, found by a few letters.
    Palette(Box<Palette>),
    /// Every key; the first line shown.
    Help(usize),
    /// Sample plans and the template; the selected one.
    Chooser(usize),
    /// Search prompt.
    Search(String),
    /// Prompt for what takes the place of the matches of a search.
    Replace {
        /// What was searched for.
        find: String,
        /// What was typed.
        text: String,
    },
    /// Prompt for a file name, and whether to leave after saving.
    Name {
        /// What was typed.
        text: String,
        /// What to do once it is saved.
        then: Then,
    },
    /// The file and the text differ: what the file says, and the difference once asked for.
    Conflict {
        /// The text of the file.
        theirs: String,
        /// Line by line, once asked for.
        difference: Option<Vec<DiffLine>>,
        /// First line shown.
        scroll: usize,
    },
    /// A crash left this text.
    Recovered {
        /// Where it is kept.
        place: String,
        /// The text.
        text: String,
    },
    /// Unsaved text would be lost by this.
    Leave(Then),
    /// A change that an agent proposes.
    Proposal {
        /// The change and what it would do.
        considered: Box<Considered>,
        /// First line shown.
        scroll: usize,
    },
    /// Prompt for the reason why a proposal is refused.
    Refusal {
        /// The change and what it would do.
        considered: Box<Considered>,
        /// The reason.
        text: String,
    },
    /// An entry of the registry.
    Entry {
        /// Its kind.
        kind: registry::Kind,
        /// Its id.
        id: String,
        /// The first line shown.
        scroll: usize,
    },
    /// The prompt for a command of the vim-like key set.
    Command(String),
    /// The card of a wall, by number; the first line shown.
    Card(u8, usize),
    /// Prompt for a file to open in a tab.
    OpenTab(String),
    /// A view that fills the screen.
    Screen(Box<Screen>),
    /// The design space around the plan.
    Explore,
    /// Prompt for an axis of it.
    Vary(String),
    /// Prompt for limits that hold there.
    Limit {
        /// What was typed.
        text: String,
        /// The selected metric of those that it may mean.
        selected: usize,
    },
}

/// The help while it is open.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Help {
    /// What is searched for.
    pub query: String,
    /// Whether that is being typed.
    pub typing: bool,
    /// Where it was asked for.
    pub of: Option<Context>,
    /// What it lies over and returns to.
    pub behind: Option<Box<Overlay>>,
}

/// A proposal, evaluated.
#[derive(Debug, Clone, PartialEq)]
pub struct Considered {
    /// The proposal.
    pub proposal: Proposal,
    /// The report of the proposed text.
    pub report: Option<Report>,
    /// From the text in the editor to the proposed one.
    pub difference: Vec<DiffLine>,
    /// Whether the text in the editor is another than the one that the proposal changes.
    pub moved: bool,
}

/// What follows once the text is safe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Then {
    /// Go on with this plan.
    Stay,
    /// End the program.
    Leave,
    /// Open the chooser.
    Choose,
    /// Begin the tour.
    Tour,
    /// Close the tab.
    CloseTab,
    /// Open the file that [`App::opening`](super::App::opening) names.
    Open,
}

/// A short message of the program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Toast {
    /// What it says.
    pub text: String,
    /// Whether something went wrong.
    pub bad: bool,
}
