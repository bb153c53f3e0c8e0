//! What each key does.
//!
//! Chords that belong to the application (save, quit, find, function keys, copy and cut, which need
//! a clipboard) are left to it: [`EditorEvent::Ignored`].

use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

use super::columns;
use super::history::Kind;
use super::{Editor, EditorEvent};

/// The editor's own keys and what they do, for help and documentation.
pub const KEYS: &[(&str, &str)] = &[
    ("arrows", "move by character and line"),
    ("ctrl-left / ctrl-right", "move by word"),
    ("home / end", "start of the line's text, then of the line / end of the line"),
    ("ctrl-home / ctrl-end", "start / end of the plan"),
    ("page up / page down", "move by a screen"),
    ("ctrl-up / ctrl-down", "scroll without moving the cursor"),
    ("shift with any of these", "select"),
    ("ctrl-a", "select all"),
    ("enter", "new line, indented as YAML goes on; on an empty item or a blank line one level out"),
    ("tab / shift-tab", "indent / outdent the line or the selected lines"),
    ("ctrl-backspace / ctrl-delete", "delete the word before / after the cursor"),
    ("ctrl-k", "delete the line"),
    ("ctrl-d", "duplicate the line or the selected lines"),
    ("alt-shift-up / alt-shift-down", "move the line or the selected lines"),
    ("ctrl-/", "comment or uncomment the line or the selected lines"),
    ("ctrl-z / ctrl-y", "undo / redo"),
    ("click, drag, double click", "place the cursor, select, select a word"),
];

impl Editor {
    /// Handles a key.
    pub fn on_key(&mut self, key: KeyEvent) -> EditorEvent {
        let foreign = KeyModifiers::SUPER | KeyModifiers::HYPER | KeyModifiers::META;
        if key.kind == KeyEventKind::Release || key.modifiers.intersects(foreign) {
            return EditorEvent::Ignored;
        }
        let before = self.revision;
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        let alt = key.modifiers.contains(KeyModifiers::ALT);
        let shift = key.modifiers.contains(KeyModifiers::SHIFT);
        // On Windows AltGr arrives as Control and Alt together and types a character.
        let alt_gr = cfg!(windows) && control && alt;
        let known = match key.code {
            KeyCode::Char(c) if alt_gr || (!control && !alt) => {
                self.insert(c.encode_utf8(&mut [0; 4]), Kind::Type);
                true
            }
            KeyCode::Char(c) => self.on_chord(c, control, alt, shift),
            code => self.on_named(code, control, alt, shift),
        };
        if known { self.event_since(before) } else { EditorEvent::Ignored }
    }

    fn on_chord(&mut self, c: char, control: bool, alt: bool, shift: bool) -> bool {
        if !control {
            // Alt and a letter: only the word commands every shell has.
            match c {
                'b' if alt => self.move_word(false, shift),
                'f' if alt => self.move_word(true, shift),
                'd' if alt => self.delete_word(true),
                _ => return false,
            }
            return true;
        }
        match c {
            'a' => self.select_all(),
            'd' => self.duplicate_lines(),
            'h' => self.delete_word(false), // what many terminals send for Ctrl-Backspace
            'k' => self.delete_lines(),
            'z' if shift => {
                self.redo();
            }
            'z' => {
                self.undo();
            }
            'y' | 'Z' => {
                self.redo();
            }
            // Terminals without the newer protocol send Ctrl-/ as one of the other two.
            '/' | '_' | '7' => self.toggle_comment(),
            _ => return false,
        }
        true
    }

    fn on_named(&mut self, code: KeyCode, control: bool, alt: bool, shift: bool) -> bool {
        let word = control || alt;
        let extend = shift || self.marking;
        match code {
            KeyCode::Left if word => self.move_word(false, extend),
            KeyCode::Right if word => self.move_word(true, extend),
            KeyCode::Left => self.step(false, extend),
            KeyCode::Right => self.step(true, extend),
            KeyCode::Up if alt => self.move_lines(false),
            KeyCode::Down if alt => self.move_lines(true),
            KeyCode::Up if control => self.scroll(-1, 0),
            KeyCode::Down if control => self.scroll(1, 0),
            KeyCode::Up => self.rows(-1, extend),
            KeyCode::Down => self.rows(1, extend),
            KeyCode::PageUp if !word => self.rows(-self.page(), extend),
            KeyCode::PageDown if !word => self.rows(self.page(), extend),
            KeyCode::Home if control => self.move_to(0, extend),
            KeyCode::End if control => self.move_to(self.document.len(), extend),
            KeyCode::Home => self.home(extend),
            KeyCode::End => {
                let end = self.document.line_range(self.cursor().0).end;
                self.move_to(end, extend);
            }
            KeyCode::Enter if !word => self.newline(),
            KeyCode::Tab if !word => self.tab(),
            KeyCode::BackTab => self.dedent(),
            KeyCode::Backspace if word => self.delete_word(false),
            KeyCode::Backspace => self.backspace(),
            KeyCode::Delete if word => self.delete_word(true),
            KeyCode::Delete if !shift => self.delete(),
            KeyCode::Esc if self.selection().is_some() => {
                self.move_to(self.cursor_offset(), false);
            }
            _ => return false,
        }
        true
    }

    /// To the next word or the one before.
    fn move_word(&mut self, forward: bool, extend: bool) {
        self.pointer.go(super::pointer::word(&self.document, self.cursor(), forward), extend);
        self.moved();
    }

    /// One grapheme left or right; a selection collapses to that side.
    fn step(&mut self, right: bool, extend: bool) {
        let target = match self.selection() {
            Some(selection) if !extend && right => selection.end,
            Some(selection) if !extend => selection.start,
            _ if right => self.after_cursor(),
            _ => self.before_cursor(),
        };
        let target = self.out_of_folds(target, right);
        self.move_to(target, extend);
    }

    /// A place that is not folded away: behind the fold when going right, at the end of its first line when going left.
    fn out_of_folds(&self, target: usize, right: bool) -> usize {
        let row = self.document.row_of(target);
        if !self.is_hidden(row) {
            return target;
        }
        let shown = self.shown_before(row);
        if right && shown < self.shown_count() {
            self.document.line_range(self.shown_row(shown)).start
        } else {
            self.document.line_range(self.shown_row(shown.saturating_sub(1))).end
        }
    }

    /// Start of the grapheme before the cursor, the end of the line above at a line's start.
    pub(super) fn before_cursor(&self) -> usize {
        let (row, _) = self.cursor();
        let line = self.document.line_range(row);
        let within = self.cursor_offset() - line.start;
        match columns::previous(self.document.line(row), within) {
            Some(byte) => line.start + byte,
            None if row > 0 => self.document.line_range(row - 1).end,
            None => line.start,
        }
    }

    /// End of the grapheme after the cursor, the start of the line below at a line's end.
    pub(super) fn after_cursor(&self) -> usize {
        let (row, _) = self.cursor();
        let line = self.document.line_range(row);
        let within = self.cursor_offset() - line.start;
        match columns::next(self.document.line(row), within) {
            Some(byte) => line.start + byte,
            None => self.document.line_end_with_ending(row),
        }
    }

    pub(super) fn page(&self) -> isize {
        isize::try_from(self.view.height.saturating_sub(1).max(1)).unwrap_or(1)
    }

    /// Up or down by rows, keeping the column where lines are long enough. Beyond the first or
    /// last line the cursor goes to its very start or end.
    fn rows(&mut self, by: isize, extend: bool) {
        let at = self.shown_before(self.cursor().0);
        let goal = self.goal_column();
        let last = self.shown_count() - 1;
        let target = match at.checked_add_signed(by) {
            None if at == 0 => 0,
            Some(target) if target > last && at == last => self.document.len(),
            _ => self.rows_away(by),
        };
        self.move_to(target, extend);
        self.goal = Some(goal);
    }

    /// The column that movements up and down keep.
    pub(super) fn goal_column(&self) -> usize {
        let (row, _) = self.cursor();
        let line = self.document.line_range(row);
        let here = || columns::column_of(self.document.line(row), self.cursor_offset() - line.start);
        self.goal.unwrap_or_else(here)
    }

    /// The place some shown rows away in the same column, the first or last row beyond them.
    pub(super) fn rows_away(&self, by: isize) -> usize {
        let at = self.shown_before(self.cursor().0);
        let row = self.shown_row(at.saturating_add_signed(by));
        self.at_column(row, self.goal_column())
    }

    fn at_column(&self, row: usize, column: usize) -> usize {
        self.document.line_range(row).start + columns::offset_at(self.document.line(row), column)
    }

    /// To the first character of the line; a second time to its very start.
    fn home(&mut self, extend: bool) {
        let (row, _) = self.cursor();
        let line = self.document.line(row);
        let start = self.document.line_range(row).start;
        let text = start + line.len() - line.trim_start().len();
        let target = if self.cursor_offset() == text { start } else { text };
        self.move_to(target, extend);
    }

    fn backspace(&mut self) {
        let cursor = self.cursor_offset();
        let range = self.selection().unwrap_or_else(|| {
            let (row, _) = self.cursor();
            let start = self.document.line_range(row).start;
            let before = &self.document.text()[start..cursor];
            let blank = before.bytes().all(|b| b == b' ');
            if blank && before.len() >= 2 {
                // Indentation goes by levels.
                cursor - (2 - before.len() % 2)..cursor
            } else {
                self.before_cursor()..cursor
            }
        });
        self.change(vec![(range, String::new())], None, Kind::Backspace);
    }

    pub(super) fn delete(&mut self) {
        let range = self.selection().unwrap_or_else(|| self.cursor_offset()..self.after_cursor());
        self.change(vec![(range, String::new())], None, Kind::Delete);
    }

    pub(super) fn delete_word(&mut self, forward: bool) {
        let range = self.selection().unwrap_or_else(|| {
            let here = self.cursor_offset();
            let (row, col) = super::pointer::word(&self.document, self.cursor(), forward);
            let there = self.document.offset(row, col);
            here.min(there)..here.max(there)
        });
        self.history.close();
        self.change(vec![(range, String::new())], None, Kind::Command);
    }
}
