//! The state of a key set with modes, and of chords of several keys.

use std::collections::BTreeMap;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::App;
use crate::studio::editor::{Operator, Reach};
use crate::studio::keymap::{Context, KeySet};

/// What keys mean in the vim-like set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    /// Letters are commands.
    #[default]
    Normal,
    /// Letters are text.
    Insert,
    /// Characters are selected.
    Visual,
    /// Lines are selected.
    Lines,
}

impl Mode {
    /// As the status line shows it.
    pub fn word(self) -> &'static str {
        match self {
            Mode::Normal => "NORMAL",
            Mode::Insert => "INSERT",
            Mode::Visual => "VISUAL",
            Mode::Lines => "LINES",
        }
    }

    /// Whether movements select, and what.
    pub fn reach(self) -> Option<Reach> {
        match self {
            Mode::Visual => Some(Reach::Characters),
            Mode::Lines => Some(Reach::Lines),
            Mode::Normal | Mode::Insert => None,
        }
    }
}

/// What a key may be the name of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Awaiting {
    /// What takes the place of characters.
    Replacement,
    /// A register.
    Register,
    /// What is looked for in the line: forward, and beside it.
    Find(bool, bool),
    /// A mark to set.
    Mark,
    /// A mark to go to; whether its whole line is meant.
    ToMark(bool),
    /// A macro to record.
    Record,
    /// A macro to play.
    Play,
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
    /// What the next key is the name of, where it is no command.
    pub awaiting: Option<Awaiting>,
    /// What was found in the line last: the character, forward, beside it.
    pub found: Option<(char, bool, bool)>,
    /// The keys of the last change.
    pub last: Vec<KeyEvent>,
    /// The keys of the present command.
    pub recording: Vec<KeyEvent>,
    /// Undo depth and revision when the present command began.
    pub begun: Option<(usize, u64)>,
    /// `.` is being carried out.
    pub repeating: bool,
    /// The macro that is being recorded.
    pub macro_recorded: Option<(char, Vec<KeyEvent>)>,
    /// Every macro.
    pub macros: BTreeMap<char, Vec<KeyEvent>>,
    /// The macro that was played last.
    pub macro_played: Option<char>,
    /// A macro is being played.
    pub playing: bool,
}

impl Modal {
    /// A movement of a selection is done; what is done with it in the end is still to come.
    pub fn pause(&mut self) {
        self.pressed.clear();
        self.count = None;
        self.operator = None;
        self.awaiting = None;
    }

    /// What was pressed comes to nothing.
    pub fn reset(&mut self) {
        self.pause();
        self.recording.clear();
        self.begun = None;
    }

    /// Whether a command is under way.
    pub fn waits(&self) -> bool {
        !self.pressed.is_empty() || self.count.is_some() || self.operator.is_some() || self.awaiting.is_some()
    }

    /// What was pressed, for the status line.
    pub fn pending(&self, register: Option<char>) -> String {
        let mut shown = String::new();
        shown.extend(self.macro_recorded.as_ref().map(|(name, _)| format!("recording {name} ")));
        shown.extend(register.map(|name| format!("\"{name}")));
        if let Some((_, key, count)) = &self.operator {
            shown.extend(count.map(|count| count.to_string()));
            shown.push_str(&name(*key));
        }
        shown.extend(self.count.map(|count| count.to_string()));
        for key in &self.pressed {
            shown.push_str(&name(*key));
        }
        shown.push_str(match self.awaiting {
            None => "",
            Some(Awaiting::Replacement) => "r",
            Some(Awaiting::Register) => "\"",
            Some(Awaiting::Find(true, false)) => "f",
            Some(Awaiting::Find(true, true)) => "t",
            Some(Awaiting::Find(false, false)) => "F",
            Some(Awaiting::Find(false, true)) => "T",
            Some(Awaiting::Mark) => "m",
            Some(Awaiting::ToMark(true)) => "'",
            Some(Awaiting::ToMark(false)) => "`",
            Some(Awaiting::Record) => "q",
            Some(Awaiting::Play) => "@",
        });
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
            _ if self.modal.operator.is_some() || self.modal.awaiting.is_some() => Shape::Underline,
            Mode::Normal | Mode::Visual | Mode::Lines => Shape::Block,
        })
    }
}
