//! What the vim-like key set needs of the editor: operators over ranges, text objects, whole lines, repeated steps.

use std::ops::Range;

use super::history::{Caret, Kind};
use super::registers::Clip;
use super::{Editor, Motion};

/// What an operator may be given instead of a movement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Object {
    /// The word.
    Word,
    /// The word and the blanks behind it.
    AroundWord,
    /// The value of the line's key, without its comment.
    Value,
}

/// What is done with a range.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Operator {
    /// Cut it.
    Delete,
    /// Cut it and go on typing.
    Change,
    /// Keep a copy.
    Yank,
    /// Indent its lines.
    Indent,
    /// Take one level of indentation off its lines.
    Outdent,
}

/// What movements select.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reach {
    /// From character to character, both included.
    Characters,
    /// Whole lines.
    Lines,
}

impl Editor {
    /// The range of an object at the cursor; empty where there is none.
    pub fn object(&self, object: Object) -> Range<usize> {
        let cursor = self.cursor_offset();
        match object {
            Object::Word => self.word_at(cursor),
            Object::AroundWord => {
                let word = self.word_at(cursor);
                let line = self.line_range(self.cursor().0);
                let rest = &self.as_str()[word.end..line.end];
                word.start..word.end + rest.len() - rest.trim_start_matches(' ').len()
            }
            Object::Value => {
                let (row, _) = self.cursor();
                let (line, start) = (self.line(row), self.line_range(row).start);
                let Some(colon) = line.find(": ") else { return cursor..cursor };
                let value = &line[colon + 2..];
                let from = colon + 2 + value.len() - value.trim_start().len();
                let code = line[from..].find(" #").map_or(&line[from..], |at| &line[from..from + at]);
                start + from..start + from + code.trim_end().len()
            }
        }
    }

    /// The range that an operator takes with a movement, and whether it is whole lines.
    pub fn range_of(&self, motion: Motion, count: Option<usize>) -> (Range<usize>, bool) {
        let (from, to) = (self.cursor_offset(), self.target_of(motion, count));
        if motion.is_lines() {
            let rows = self.document.row_of(from.min(to))..=self.document.row_of(from.max(to));
            return (self.whole_lines(*rows.start(), *rows.end()), true);
        }
        let end = if motion == Motion::WordEnd { self.after(from.max(to)) } else { from.max(to) };
        let mut range = from.min(to)..end;
        if motion == Motion::Word {
            // The last word of a line does not take the line break along.
            let line = self.line_range(self.document.row_of(range.start));
            if range.end > line.end && range.start < line.end {
                range.end = line.end;
            }
        }
        (range, false)
    }

    /// From the start of a row to the end of another, line breaks and folded lines included.
    pub fn whole_lines(&self, first: usize, last: usize) -> Range<usize> {
        let last = last.min(self.line_count() - 1);
        let last = self.folded_rows(last).map_or(last, |rows| rows.end - 1);
        self.line_range(first).start..self.document.line_end_with_ending(last)
    }

    /// Does something with a range. Says whether typing is to go on.
    pub fn operate(&mut self, operator: Operator, range: Range<usize>, lines: bool) -> bool {
        let row = self.document.row_of(range.start);
        match operator {
            Operator::Yank => {
                self.keep(range.clone(), lines, true);
                self.go_to_offset(if lines { self.cursor_offset() } else { range.start });
            }
            Operator::Delete => {
                self.keep(range.clone(), lines, false);
                let mut range = range;
                if lines && range.end == self.document.len() && row > 0 && !self.as_str().ends_with('\n') {
                    // The last line takes the break before it along.
                    range.start = self.line_range(row - 1).end;
                }
                self.history.close();
                let after = Caret { cursor: range.start, anchor: None };
                self.change(vec![(range, String::new())], Some(after), Kind::Command);
                if lines {
                    let row = row.min(self.last_line());
                    self.go_to(row, 0);
                    self.go(Motion::TextStart, None);
                }
            }
            Operator::Change => {
                self.keep(range.clone(), lines, false);
                let mut range = range;
                if lines {
                    let line = self.line(row);
                    range.start += line.len() - line.trim_start_matches(' ').len();
                    range.end = self
                        .line_range(self.document.row_of(range.end.saturating_sub(1)))
                        .end
                        .max(range.start);
                }
                self.history.close();
                let after = Caret { cursor: range.start, anchor: None };
                self.change(vec![(range, String::new())], Some(after), Kind::Command);
                return true;
            }
            Operator::Indent | Operator::Outdent => {
                let cursor = self.cursor();
                self.select(range);
                if operator == Operator::Indent {
                    self.tab();
                } else {
                    self.dedent();
                }
                self.go_to(cursor.0, cursor.1);
                self.go(Motion::TextStart, None);
            }
        }
        false
    }

    /// The last line that has something on it: a newline at the end begins no line of its own here.
    pub fn last_line(&self) -> usize {
        let last = self.line_count() - 1;
        if last > 0 && self.line(last).is_empty() { last - 1 } else { last }
    }

    /// Remembers a range for putting it back; `copied`: it also stays where it is.
    pub fn keep(&mut self, range: Range<usize>, lines: bool, copied: bool) {
        let mut text = self.as_str()[range].to_owned();
        if lines && !text.ends_with('\n') {
            text.push('\n');
        }
        self.registers.keep(Clip { text, lines }, copied);
    }

    /// Puts back what was kept, behind the cursor or before it; lines go below or above its line.
    pub fn put(&mut self, before: bool, times: usize) {
        let Clip { text, lines } = self.registers.clip();
        let mut kept = text.repeat(times.clamp(1, 1000));
        if kept.is_empty() {
            return;
        }
        let (row, _) = self.cursor();
        if !lines {
            let at = if before { self.cursor_offset() } else { self.after(self.cursor_offset()) };
            let revision = self.revision;
            self.insert_lines(&kept, at);
            if self.revision != revision {
                // Onto the last character that was put in.
                self.go_to_offset(at + self.document.normalized(&kept).len());
                self.go(Motion::Left, None);
            }
            return;
        }
        let at = if before { self.line_range(row).start } else { self.whole_lines(row, row).end };
        if at == self.document.len() && !self.as_str().is_empty() && !self.as_str().ends_with('\n') {
            kept.pop();
            kept.insert(0, '\n');
        }
        let target = if before { row } else { self.document.row_of(at.saturating_sub(1)) + 1 };
        self.insert_lines(&kept, at);
        self.go_to(target, 0);
        self.go(Motion::TextStart, None);
    }

    /// Joins the next lines to this one, with a blank in between.
    pub fn join_lines(&mut self, times: usize) {
        for _ in 0..times.clamp(1, 1000) {
            let (row, _) = self.cursor();
            if row + 1 >= self.line_count() {
                return;
            }
            let end = self.line_range(row).end;
            let next = self.line(row + 1);
            let blanks = next.len() - next.trim_start().len();
            let to = self.line_range(row + 1).start + blanks;
            let with = if next.trim().is_empty() || self.line(row).ends_with(' ') { "" } else { " " };
            self.history.close();
            self.change(vec![(end..to, with.to_owned())], None, Kind::Command);
            self.go_to_offset(end);
        }
    }

    /// Replaces the characters from the cursor on, as many as `times`.
    pub fn replace_characters(&mut self, with: char, times: usize) {
        let start = self.cursor_offset();
        let mut end = start;
        let line_end = self.line_range(self.cursor().0).end;
        for _ in 0..times.max(1) {
            if end >= line_end {
                return;
            }
            end = self.after(end);
        }
        let text: String = std::iter::repeat_n(with, times.max(1)).collect();
        self.history.close();
        self.change(vec![(start..end, text)], None, Kind::Command);
        self.go(Motion::Left, None);
    }

    /// A new line below or above, indented as this one goes on.
    pub fn open_line(&mut self, below: bool) {
        let (row, _) = self.cursor();
        if below {
            self.unfold(row);
            let end = self.line_range(row).end;
            self.go_to_offset(end);
            self.newline();
        } else {
            let line = self.line(row);
            let indent = " ".repeat(line.len() - line.trim_start_matches(' ').len());
            let start = self.line_range(row).start;
            self.insert_lines(&format!("{indent}\n"), start);
            self.go_to_offset(start + indent.len());
        }
    }

    /// Not behind the last character of a line, where nothing stands that a command could mean.
    pub fn step_back_onto_text(&mut self) {
        let line = self.line_range(self.cursor().0);
        if self.cursor_offset() == line.end && !line.is_empty() {
            let goal = self.goal;
            self.go(Motion::Left, None);
            self.goal = goal;
        }
    }

    /// Movements select from here on, or no longer. What is selected already changes its reach only.
    pub fn select_by(&mut self, reach: Option<Reach>) {
        let from = self.selecting.map(|(from, _)| from);
        let here = self.cursor_offset();
        self.selecting = reach.map(|reach| (from.unwrap_or(here), reach));
    }

    /// What is selected between a place and the cursor.
    pub(super) fn reached(&self, from: usize, reach: Reach) -> Range<usize> {
        let cursor = self.cursor_offset();
        let (first, last) = (from.min(cursor), from.max(cursor));
        match reach {
            Reach::Lines => self.whole_lines(self.document.row_of(first), self.document.row_of(last)),
            Reach::Characters => {
                let row = self.document.row_of(last);
                let at_end = last == self.line_range(row).end;
                first..if at_end { self.document.line_end_with_ending(row) } else { self.after(last) }
            }
        }
    }

    /// Selects a range from its first character to its last one.
    pub fn select_range(&mut self, range: &Range<usize>) {
        if range.is_empty() {
            return;
        }
        self.go_to_offset(range.end);
        let last = self.before_cursor().max(range.start);
        self.go_to_offset(last);
        if let Some((from, _)) = &mut self.selecting {
            *from = range.start;
        }
    }

    /// From a place to another, the character there included.
    pub fn through(&self, from: usize, to: usize) -> Range<usize> {
        from..self.after(to).max(from)
    }

    /// To the other end of what is selected.
    pub fn swap_ends(&mut self) {
        if let Some((from, reach)) = self.selecting {
            let here = self.cursor_offset();
            self.go_to_offset(from);
            self.selecting = Some((here, reach));
        } else {
            self.pointer.swap();
            self.moved();
        }
    }

    /// Puts what was kept in the place of a range; `kept` then has what was there, unless `keeping`.
    pub fn put_over(&mut self, range: Range<usize>, over_lines: bool, keeping: bool) {
        let Clip { mut text, lines } = self.registers.clip();
        self.registers.choose(None);
        if !keeping {
            self.keep(range.clone(), over_lines, false);
        }
        if over_lines && !text.is_empty() && !text.ends_with('\n') {
            text.push('\n');
        } else if lines && !over_lines {
            // Lines among characters stand on lines of their own.
            text.insert(0, '\n');
        }
        if over_lines && range.end == self.document.len() && !self.as_str().ends_with('\n') {
            text.pop();
        }
        let text = self.document.normalized(&text);
        self.history.close();
        let end = range.start + text.len();
        let cursor = if over_lines || lines { range.start + usize::from(lines && !over_lines) } else { end };
        let after = Caret { cursor, anchor: None };
        self.change(vec![(range, text)], Some(after), Kind::Command);
        if over_lines || lines {
            self.go(Motion::TextStart, None);
        } else {
            self.go(Motion::Left, None);
        }
    }

    /// Puts one character in the place of each of a range; line breaks stay.
    pub fn fill(&mut self, range: Range<usize>, with: char) {
        let start = range.start;
        let mut edits = Vec::new();
        let mut at = start;
        while at < range.end {
            let row = self.document.row_of(at);
            if at == self.line_range(row).end {
                at = self.document.line_end_with_ending(row).max(at + 1);
                continue;
            }
            let next = self.after(at);
            edits.push((at..next, with.to_string()));
            at = next;
        }
        self.history.close();
        self.change(edits, Some(Caret { cursor: start, anchor: None }), Kind::Command);
    }

    /// The place of a character further on in the line, or before; `beside` stops short of it, and `again` then does
    /// not mean the one that it stopped at.
    pub fn find_in_line(
        &self,
        wanted: char,
        forward: bool,
        beside: bool,
        again: bool,
        times: usize,
    ) -> Option<usize> {
        let line = self.line_range(self.cursor().0);
        let text = self.as_str();
        let mut at = self.cursor_offset();
        for turn in 0..times.max(1) {
            let skip = beside && again && turn == 0;
            at = if forward {
                let mut from = self.after(at);
                if skip {
                    from = self.after(from);
                }
                from + text[from..line.end].find(wanted)?
            } else {
                let until = if skip { self.before(at) } else { at };
                line.start + text[line.start..until].rfind(wanted)?
            };
        }
        Some(match (beside, forward) {
            (false, _) => at,
            (true, true) => self.before(at),
            (true, false) => self.after(at),
        })
    }

    /// A number for [`Editor::join_since`].
    pub fn undo_depth(&self) -> usize {
        self.history.depth()
    }

    /// Makes the steps since a depth one, so that one undo takes all of them back.
    pub fn join_since(&mut self, depth: usize) {
        self.history.join_since(depth);
    }

    fn after(&self, at: usize) -> usize {
        let line = self.line_range(self.document.row_of(at));
        super::columns::next(&self.as_str()[line.clone()], at - line.start)
            .map_or(at, |byte| line.start + byte)
    }

    fn before(&self, at: usize) -> usize {
        let line = self.line_range(self.document.row_of(at));
        super::columns::previous(&self.as_str()[line.clone()], at - line.start)
            .map_or(at, |byte| line.start + byte)
    }
}
