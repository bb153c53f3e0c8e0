//! Movements and commands by name, for the key sets that have chords or letters for them.

use super::history::Kind;
use super::{Editor, columns};

/// A movement of the cursor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Motion {
    /// One character left, within the line.
    Left,
    /// One character right, within the line.
    Right,
    /// One line up.
    Up,
    /// One line down.
    Down,
    /// To the next word.
    Word,
    /// To the start of this word or the one before.
    WordBack,
    /// To the end of this word or the next.
    WordEnd,
    /// To the start of the line.
    LineStart,
    /// To the first character of the line's text.
    TextStart,
    /// To the end of the line.
    LineEnd,
    /// To the first line, or the one with a number.
    FirstLine,
    /// To the last line, or the one with a number.
    LastLine,
    /// To the blank line before.
    BlockBack,
    /// To the next blank line.
    Block,
    /// Half a screen up.
    HalfUp,
    /// Half a screen down.
    HalfDown,
    /// A screen up.
    PageUp,
    /// A screen down.
    PageDown,
}

impl Motion {
    /// Whether an operator takes the whole lines that it spans.
    pub fn is_lines(self) -> bool {
        use Motion::{Down, FirstLine, HalfDown, HalfUp, LastLine, PageDown, PageUp, Up};
        matches!(self, Up | Down | FirstLine | LastLine | HalfUp | HalfDown | PageUp | PageDown)
    }
}

/// A command of the editor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Command {
    /// Move; with the mark set, select.
    Move(Motion),
    /// Delete the character under the cursor.
    Delete,
    /// Delete to the end of the word.
    DeleteWord,
    /// Cut to the end of the line, or the line break where nothing is left of it.
    KillLine,
    /// Delete the lines.
    DeleteLines,
    /// Duplicate the lines.
    Duplicate,
    /// Comment or uncomment the lines.
    Comment,
    /// Move the lines up.
    LinesUp,
    /// Move the lines down.
    LinesDown,
    /// Begin to select.
    Mark,
    /// Stop selecting.
    Unmark,
    /// To the other end of the selection.
    SwapEnds,
    /// A line break behind the cursor.
    OpenLine,
    /// Put back what was cut or copied last.
    Paste,
}

/// What a character is, as far as words go.
fn class(c: char) -> u8 {
    match c {
        c if c.is_whitespace() => 0,
        c if c.is_alphanumeric() || c == '_' => 1,
        _ => 2,
    }
}

impl Editor {
    /// Where a movement leads from an offset; `count` lines, words or screens.
    pub fn target_of(&self, motion: Motion, count: Option<usize>) -> usize {
        let times = count.unwrap_or(1).max(1);
        let by = isize::try_from(times).unwrap_or(isize::MAX / 2);
        let (row, _) = self.cursor();
        let mut at = self.cursor_offset();
        match motion {
            Motion::Up => self.rows_away(-by),
            Motion::Down => self.rows_away(by),
            Motion::HalfUp => self.rows_away(by.saturating_mul(-(self.page() / 2).max(1))),
            Motion::HalfDown => self.rows_away(by.saturating_mul((self.page() / 2).max(1))),
            Motion::PageUp => self.rows_away(by.saturating_mul(-self.page())),
            Motion::PageDown => self.rows_away(by.saturating_mul(self.page())),
            Motion::FirstLine => self.text_start(count.map_or(0, |line| line.saturating_sub(1))),
            Motion::LastLine => {
                self.text_start(count.map_or(self.line_count() - 1, |line| line.saturating_sub(1)))
            }
            Motion::LineStart => self.line_range(row).start,
            Motion::TextStart => self.text_start(row),
            Motion::LineEnd => self.line_range(row + times - 1).end,
            Motion::Left | Motion::Right | Motion::Word | Motion::WordBack | Motion::WordEnd => {
                for _ in 0..times {
                    at = self.once(motion, at);
                }
                at
            }
            Motion::Block | Motion::BlockBack => {
                let mut row = row;
                for _ in 0..times {
                    row = self.blank_row(row, motion == Motion::Block);
                }
                self.line_range(row).start
            }
        }
    }

    fn once(&self, motion: Motion, at: usize) -> usize {
        let text = self.as_str();
        let line = self.line_range(self.document.row_of(at));
        match motion {
            Motion::Left => {
                let within = at - line.start;
                columns::previous(&text[line.clone()], within).map_or(at, |byte| line.start + byte)
            }
            Motion::Right => {
                let within = at - line.start;
                columns::next(&text[line.clone()], within).map_or(at, |byte| line.start + byte)
            }
            Motion::Word => {
                let mut letters = text[at..].char_indices();
                let Some((_, first)) = letters.next() else { return at };
                let mut kind = class(first);
                for (byte, letter) in letters {
                    let here = class(letter);
                    if here != 0 && here != kind {
                        return at + byte;
                    }
                    kind = here;
                }
                text.len()
            }
            Motion::WordEnd => {
                let after = at + text[at..].chars().next().map_or(0, char::len_utf8);
                let mut end = None;
                for (byte, letter) in text[after..].char_indices() {
                    match (class(letter), end) {
                        (0, None) => {}
                        (here, Some((_, kind))) if here != kind => break,
                        (here, _) => end = Some((after + byte, here)),
                    }
                }
                end.map_or(at, |(byte, _)| byte)
            }
            _ => {
                let before = text[..at].trim_end();
                let Some(kind) = before.chars().next_back().map(class) else { return 0 };
                before
                    .char_indices()
                    .rev()
                    .take_while(|(_, letter)| class(*letter) == kind)
                    .last()
                    .map_or(0, |(byte, _)| byte)
            }
        }
    }

    fn text_start(&self, row: usize) -> usize {
        let row = row.min(self.line_count() - 1);
        let line = self.line(row);
        self.line_range(row).start + line.len() - line.trim_start().len()
    }

    fn blank_row(&self, row: usize, down: bool) -> usize {
        let blank = |row: &usize| self.line(*row).trim().is_empty();
        if down {
            (row + 1..self.line_count()).find(blank).unwrap_or(self.line_count() - 1)
        } else {
            (0..row).rev().find(blank).unwrap_or(0)
        }
    }

    /// Carries a command out.
    pub fn run(&mut self, command: Command) {
        match command {
            Command::Move(motion) => self.go(motion, None),
            Command::Delete => self.delete(),
            Command::DeleteWord => self.kill_word(),
            Command::KillLine => self.kill_line(),
            Command::DeleteLines => self.delete_lines(),
            Command::Duplicate => self.duplicate_lines(),
            Command::Comment => self.toggle_comment(),
            Command::LinesUp => self.move_lines(false),
            Command::LinesDown => self.move_lines(true),
            Command::Mark => {
                let cursor = self.cursor_offset();
                self.move_to(cursor, false);
                self.marking = true;
            }
            Command::Unmark => {
                let cursor = self.cursor_offset();
                self.move_to(cursor, false);
                self.marking = false;
            }
            Command::SwapEnds => self.swap_ends(),
            Command::OpenLine => {
                let cursor = self.cursor_offset();
                self.insert_lines("\n", cursor);
                self.go_to_offset(cursor);
            }
            Command::Paste => {
                let clip = self.registers.clip();
                self.on_paste(&clip.text);
            }
        }
    }

    /// Moves; up and down keep the column.
    pub fn go(&mut self, motion: Motion, count: Option<usize>) {
        let vertical = motion.is_lines() && !matches!(motion, Motion::FirstLine | Motion::LastLine);
        let goal = self.goal_column();
        let target = self.target_of(motion, count);
        let extend = self.marking;
        self.move_to(target, extend);
        if vertical {
            self.goal = Some(goal);
        }
    }

    /// Cuts to the end of the word, or of the next one.
    fn kill_word(&mut self) {
        let cursor = self.cursor_offset();
        let rest = &self.document.text()[cursor..];
        let word = rest.find(|c| class(c) == 1).unwrap_or(rest.len());
        let end = rest[word..].find(|c| class(c) != 1).map_or(rest.len(), |end| word + end);
        self.keep(cursor..cursor + end, false, false);
        self.history.close();
        self.change(vec![(cursor..cursor + end, String::new())], None, Kind::Command);
    }

    fn kill_line(&mut self) {
        let cursor = self.cursor_offset();
        let line = self.line_range(self.cursor().0);
        let end =
            if cursor < line.end { line.end } else { self.document.line_end_with_ending(self.cursor().0) };
        // Kills in a row are put back together.
        if self.killed_at == Some((cursor, self.revision)) {
            self.registers.extend(&self.document.text()[cursor..end]);
        } else {
            self.keep(cursor..end, false, false);
        }
        self.change(vec![(cursor..end, String::new())], None, Kind::Command);
        self.killed_at = Some((cursor, self.revision));
    }

    /// Puts text in at a place, as one step.
    pub(super) fn insert_lines(&mut self, text: &str, at: usize) {
        let text = self.document.normalized(text);
        self.history.close();
        self.change(vec![(at..at, text)], None, Kind::Command);
    }
}
