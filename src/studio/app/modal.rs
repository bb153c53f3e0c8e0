//! The state of a key set with modes, and of chords of several keys.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::App;
use crate::studio::editor::Operator;
use crate::studio::keymap::{Context, KeySet};

/// What keys mean in the vim-like set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    /// Letters are commands.
    #[default]
    Normal,
    /// Letters are text.
    Insert,
    /// Lines are selected.
    Lines,
}

impl Mode {
    /// As the status line shows it.
    pub fn word(self) -> &'static str {
        match self {
            Mode::Normal => "NORMAL",
            Mode::Insert => "INSERT",
            Mode::Lines => "LINES",
        }
    }
}

/// Keys that were pressed and have not done anything yet, and what `.` does again.
#[derive(Debug, Clone, Default)]
pub struct Modal {
    /// What keys mean now.
    pub mode: Mode,
    /// Keys of a chord that goes on.
    pub pressed: Vec<KeyEvent>,
    /// Number typed before a command.
    pub count: Option<usize>,
    /// An operator that waits for its movement, its key, and the number before it.
    pub operator: Option<(Operator, KeyEvent, Option<usize>)>,
    /// The next key replaces characters.
    pub replacing: bool,
    /// The keys of the last change.
    pub last: Vec<KeyEvent>,
    /// The keys of the present command.
    pub recording: Vec<KeyEvent>,
    /// Undo depth and revision when the present command began.
    pub begun: Option<(usize, u64)>,
    /// `.` is being carried out.
    pub repeating: bool,
}

impl Modal {
    /// What was pressed comes to nothing.
    pub fn reset(&mut self) {
        self.pressed.clear();
        self.count = None;
        self.operator = None;
        self.replacing = false;
        self.recording.clear();
        self.begun = None;
    }

    /// Whether a command is under way.
    pub fn waits(&self) -> bool {
        !self.pressed.is_empty() || self.count.is_some() || self.operator.is_some() || self.replacing
    }

    /// What was pressed, for the status line.
    pub fn pending(&self) -> String {
        let mut shown = String::new();
        if let Some((_, key, count)) = &self.operator {
            shown.extend(count.map(|count| count.to_string()));
            shown.push_str(&name(*key));
        }
        shown.extend(self.count.map(|count| count.to_string()));
        for key in &self.pressed {
            shown.push_str(&name(*key));
        }
        shown
    }
}

fn name(key: KeyEvent) -> String {
    match key.code {
        KeyCode::Char(letter) if key.modifiers.contains(KeyModifiers::CONTROL) => format!("ctrl-{letter} "),
        KeyCode::Char(letter) => letter.to_string(),
        other => format!("{other} "),
    }
}

/// How the terminal's cursor looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// On a character.
    Block,
    /// Between two.
    Bar,
    /// Below a character: something is expected.
    Underline,
}

impl App {
    /// How the cursor is to look; `None` leaves that to the terminal.
    pub fn cursor_shape(&self) -> Option<Shape> {
        if self.keys != KeySet::Vim {
            return None;
        }
        Some(match self.modal.mode {
            _ if self.context() != Context::Editor => Shape::Block,
            Mode::Insert => Shape::Bar,
            _ if self.modal.operator.is_some() || self.modal.replacing => Shape::Underline,
            Mode::Normal | Mode::Lines => Shape::Block,
        })
    }
}
