//! The plan editor: a text with undo in words, marks, search, mouse and colours.
//!
//! `Document` is the text, byte for byte what will be saved, and speaks in byte offsets like diagnostics and fixes do.
//! `Pointer` is the cursor and the other end of the selection. `ratatui_textarea` is asked for two things only: where a
//! word ends, and what a pattern finds; nothing outside this module knows it. It does not hold the text, because it
//! measures every line again after each edit, so that each key would cost the whole plan. Drawing is done here and not by
//! its widget, because a plan wants colours, underlines, signs and a gutter that stays, and because a cell is a grapheme
//! on the screen while the widget counts characters. Its undo is not used either: it takes back single characters.

mod columns;
mod commands;
mod document;
mod draw;
mod fold;
mod highlight;
mod history;
mod keys;
mod modal;
mod motion;
mod mouse;
mod pointer;
mod registers;
mod search;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::ops::Range;
use std::time::Instant;

use regex::Regex;

use crate::plan::Severity;
use document::Document;
pub use draw::EditorStyles;
use history::{Caret, Change, History, Kind};
pub use keys::KEYS;
pub use modal::{Object, Operator, Reach};
pub use motion::{Command, Motion};
use pointer::Pointer;
pub use registers::Registers;

/// A problem to show in the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// Bytes of the text it is about.
    pub range: Range<usize>,
    /// How bad.
    pub severity: Severity,
    /// What to say when the cursor is on it.
    pub message: String,
}

/// What an input did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EditorEvent {
    /// Not for the editor; the application may use it.
    Ignored,
    /// The cursor, the selection or the view moved, or the key had nothing to do.
    Moved,
    /// The text changed.
    Changed,
}

/// An edit of the text: bytes to replace and what to put there.
type Edit = (Range<usize>, String);

/// The editor.
#[derive(Debug, Clone)]
pub struct Editor {
    document: Document,
    pointer: Pointer,
    /// The pattern that is searched for.
    matcher: Option<Regex>,
    history: History,
    revision: u64,
    /// The text as it was last on the disk.
    saved: String,
    marks: Vec<Mark>,
    search: search::Search,
    highlights: highlight::Cache,
    view: draw::View,
    clicks: mouse::Clicks,
    folds: fold::Folds,
    registers: Registers,
    /// Places under a letter; they go along with the text around them.
    places: BTreeMap<char, usize>,
    /// Where the last cut to the end of a line was, and the revision after it.
    killed_at: Option<(usize, u64)>,
    /// Movements select.
    marking: bool,
    /// From this place to the cursor all is selected: the characters under both, or whole lines.
    selecting: Option<(usize, Reach)>,
    /// Column that up and down try to keep, in cells.
    goal: Option<usize>,
}

impl Editor {
    /// An editor of a text, the cursor at its start.
    pub fn new(text: &str) -> Self {
        Self {
            document: Document::new(text),
            pointer: Pointer::default(),
            matcher: None,
            history: History::default(),
            revision: 0,
            saved: text.to_owned(),
            marks: Vec::new(),
            search: search::Search::default(),
            highlights: highlight::Cache::default(),
            view: draw::View::default(),
            clicks: mouse::Clicks::default(),
            folds: fold::Folds::default(),
            registers: Registers::default(),
            places: BTreeMap::new(),
            killed_at: None,
            marking: false,
            selecting: None,
            goal: None,
        }
    }

    /// The whole text, exactly as it would be saved.
    pub fn text(&self) -> String {
        self.document.text().to_owned()
    }

    /// The whole text without a copy.
    pub fn as_str(&self) -> &str {
        self.document.text()
    }

    /// A number that changes whenever the text does, and only then.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// Remembers the present text as what is on the disk.
    pub fn mark_saved(&mut self) {
        self.document.text().clone_into(&mut self.saved);
        self.history.close();
    }

    /// Whether the text differs from what was loaded or last marked as saved.
    pub fn is_modified(&self) -> bool {
        self.document.text() != self.saved
    }

    /// Lines as an editor counts them: one more than the newlines.
    pub fn line_count(&self) -> usize {
        self.document.line_count()
    }

    /// A line without its ending; empty past the end.
    pub fn line(&self, row: usize) -> &str {
        self.document.line(row)
    }

    /// Byte range of a line without its ending.
    pub fn line_range(&self, row: usize) -> Range<usize> {
        self.document.line_range(row)
    }

    /// Replaces the whole text, for example by what another program wrote to the disk. One undo
    /// step; the cursor stays on its line and column.
    pub fn replace_all(&mut self, text: &str) {
        let old = self.document.text();
        let common = |a: &mut dyn Iterator<Item = (char, char)>| -> usize {
            a.take_while(|(x, y)| x == y).map(|(x, _)| x.len_utf8()).sum()
        };
        let head = common(&mut old.chars().zip(text.chars()));
        let tail = common(&mut old[head..].chars().rev().zip(text[head..].chars().rev()));
        let (row, col) = self.cursor();
        let range = head..old.len() - tail;
        let with = text[head..text.len() - tail].to_owned();
        self.history.close();
        self.change(vec![(range, with)], None, Kind::Command);
        self.go_to(row, col);
    }

    /// Row and column in characters, both from 0.
    pub fn cursor(&self) -> (usize, usize) {
        self.pointer.cursor
    }

    /// The cursor as a byte offset.
    pub fn cursor_offset(&self) -> usize {
        let (row, col) = self.cursor();
        self.document.offset(row, col)
    }

    /// Moves the cursor to a byte offset and drops the selection.
    pub fn go_to_offset(&mut self, offset: usize) {
        self.move_to(offset, false);
    }

    /// Moves the cursor to a row and a column in characters, both from 0.
    pub fn go_to(&mut self, row: usize, col: usize) {
        self.move_to(self.document.offset(row, col), false);
    }

    /// Selects a byte range and puts the cursor at its end.
    pub fn select(&mut self, range: Range<usize>) {
        let range = self.document.floor_range(&range);
        self.move_to(range.start, false);
        self.move_to(range.end, true);
    }

    /// Selects the whole text.
    pub fn select_all(&mut self) {
        self.select(0..self.document.len());
    }

    /// Byte range of the selection, if anything is selected.
    pub fn selection(&self) -> Option<Range<usize>> {
        if let Some((from, reach)) = self.selecting {
            return Some(self.reached(from, reach));
        }
        let ((from_row, from_col), (to_row, to_col)) = self.pointer.selection()?;
        let start = self.document.offset(from_row, from_col);
        let end = self.document.offset(to_row, to_col);
        (start < end).then_some(start..end)
    }

    /// The selected text.
    pub fn selected_text(&self) -> Option<String> {
        Some(self.document.text()[self.selection()?].to_owned())
    }

    /// What copying gives: the selection, or the whole line where nothing is selected.
    pub fn copy(&self) -> String {
        self.document.text()[self.clip_range()].to_owned()
    }

    /// Removes what [`Editor::copy`] gives and returns it.
    pub fn cut(&mut self) -> String {
        let range = self.clip_range();
        let text = self.document.text()[range.clone()].to_owned();
        self.keep_clip();
        self.change(vec![(range, String::new())], None, Kind::Command);
        text
    }

    fn clip_range(&self) -> Range<usize> {
        self.selection().unwrap_or_else(|| {
            let row = self.cursor().0;
            self.whole_lines(row, row)
        })
    }

    /// Remembers what [`Editor::copy`] gives, for putting it back.
    pub fn keep_clip(&mut self) {
        let whole = matches!(self.selecting, Some((_, Reach::Lines)));
        let lines = self.selection().is_none() || whole;
        self.keep(self.clip_range(), lines, false);
    }

    /// What was cut or copied.
    pub fn registers(&self) -> &Registers {
        &self.registers
    }

    /// What was cut or copied, to choose from or to take from another editor.
    pub fn registers_mut(&mut self) -> &mut Registers {
        &mut self.registers
    }

    /// Inserts pasted text in place of the selection, as one undo step.
    pub fn on_paste(&mut self, text: &str) -> EditorEvent {
        let before = self.revision;
        let text = self.document.normalized(text);
        self.history.close();
        self.insert(&text, Kind::Command);
        self.event_since(before)
    }

    /// Applies edits whose ranges are in the present text as one undo step. Edits that overlap
    /// an earlier one of the list are left out. Says whether the text changed.
    pub fn apply_edits(&mut self, edits: &[(Range<usize>, String)]) -> bool {
        let before = self.revision;
        let edits = edits
            .iter()
            .map(|(range, with)| (self.document.floor_range(range), self.document.normalized(with)))
            .collect();
        self.history.close();
        self.change(edits, None, Kind::Command);
        self.history.close();
        self.revision != before
    }

    /// Puts another value in the place of one, the cursor where it was in it. Values that follow each other in the same
    /// place are one undo step.
    pub fn step_value(&mut self, range: Range<usize>, value: &str) {
        let range = self.document.floor_range(&range);
        let cursor = self.cursor_offset();
        let inside = if (range.start..=range.end).contains(&cursor) {
            range.start + (cursor - range.start).min(value.len())
        } else {
            moved_by(cursor, &[(range.clone(), value.to_owned())])
        };
        let after = Caret { cursor: self.document.floor(inside), anchor: None };
        self.change(vec![(range, value.to_owned())], Some(after), Kind::Step);
    }

    /// Takes the last step back.
    pub fn undo(&mut self) -> bool {
        let Some(step) = self.history.undo() else {
            return false;
        };
        for change in step.changes.iter().rev() {
            self.splice(change.at..change.at + change.inserted.len(), &change.removed);
        }
        self.finish(step.before);
        true
    }

    /// Does the step taken back again.
    pub fn redo(&mut self) -> bool {
        let Some(step) = self.history.redo() else {
            return false;
        };
        for change in &step.changes {
            self.splice(change.at..change.at + change.removed.len(), &change.inserted);
        }
        self.finish(step.after);
        true
    }

    /// Whether there is something to undo.
    pub fn can_undo(&self) -> bool {
        self.history.can_undo()
    }

    /// Whether there is something to redo.
    pub fn can_redo(&self) -> bool {
        self.history.can_redo()
    }

    /// Problems to show; they move along with edits until the next call.
    pub fn set_marks(&mut self, marks: Vec<Mark>) {
        self.marks = marks;
        for mark in &mut self.marks {
            mark.range = self.document.floor_range(&mark.range);
        }
    }

    /// The problems shown.
    pub fn marks(&self) -> &[Mark] {
        &self.marks
    }

    /// The problem under the cursor, else the worst one on its line.
    pub fn mark_at_cursor(&self) -> Option<&Mark> {
        let cursor = self.cursor_offset();
        let line = self.document.line_range(self.cursor().0);
        let under = |mark: &&Mark| mark.range.start <= cursor && cursor <= mark.range.end;
        let on_line = |mark: &&Mark| line.start <= mark.range.start && mark.range.start <= line.end;
        // `Error` sorts first.
        let worst = |mark: &&Mark| mark.severity;
        (self.marks.iter().filter(under).min_by_key(worst))
            .or_else(|| self.marks.iter().filter(on_line).min_by_key(worst))
    }

    fn event_since(&self, revision: u64) -> EditorEvent {
        if self.revision == revision { EditorEvent::Moved } else { EditorEvent::Changed }
    }

    fn caret(&self) -> Caret {
        let anchor = self
            .selection()
            .filter(|_| self.selecting.is_none())
            .map(|range| if range.start == self.cursor_offset() { range.end } else { range.start });
        Caret { cursor: self.cursor_offset(), anchor }
    }

    /// Moves the cursor, by `extend` keeping the other end of the selection where it is.
    fn move_to(&mut self, offset: usize, extend: bool) {
        self.pointer.go(self.document.position(offset), extend);
        self.moved();
    }

    /// Common end of every movement.
    fn moved(&mut self) {
        self.goal = None;
        self.view.follow = true;
        self.history.close();
        self.reveal(self.cursor().0);
    }

    fn place(&mut self, caret: Caret) {
        self.move_to(caret.anchor.unwrap_or(caret.cursor), false);
        if caret.anchor.is_some() {
            self.move_to(caret.cursor, true);
        }
    }

    /// Puts text in place of the selection, the cursor behind it.
    fn insert(&mut self, text: &str, kind: Kind) {
        let cursor = self.cursor_offset();
        let range = self.selection().unwrap_or(cursor..cursor);
        self.change(vec![(range, text.to_owned())], None, kind);
    }

    /// Every change of the text but undo and redo comes through here: applies edits with ranges in
    /// the present text as (part of) one undo step. Without `after` the cursor goes to the end of
    /// an edit that contains it, else stays with its text.
    fn change(&mut self, mut edits: Vec<Edit>, after: Option<Caret>, kind: Kind) {
        let before = self.caret();
        edits.sort_by_key(|(range, _)| (range.start, range.end));
        let mut end = 0;
        edits.retain(|(range, _)| {
            let apart = range.start >= end;
            end = end.max(range.end);
            apart
        });
        let after = after.unwrap_or_else(|| Caret { cursor: moved_by(before.cursor, &edits), anchor: None });
        let mut changes = Vec::with_capacity(edits.len());
        // From the end, so that the ranges still to come keep their places.
        for (range, with) in edits.into_iter().rev() {
            if self.document.text()[range.clone()] == with {
                continue;
            }
            let at = range.start;
            let removed = self.splice(range, &with);
            changes.push(Change { at, removed, inserted: with });
        }
        if changes.is_empty() {
            self.place(after);
            return;
        }
        // Placing the cursor closes a step, so ask first and record last.
        let closed = self.history.is_closed();
        self.finish(after);
        self.history.record(changes, before, after, kind, closed, Instant::now());
    }

    /// Changes the document and all that points into it.
    fn splice(&mut self, range: Range<usize>, with: &str) -> String {
        self.highlights.invalidate_from(self.document.row_of(range.start.saturating_sub(1)));
        let edit = [(range.clone(), with.to_owned())];
        for mark in &mut self.marks {
            let start = moved_by(mark.range.start, &edit);
            let end = moved_by(mark.range.end, &edit).max(start);
            mark.range = start..end;
        }
        self.folds.moved(&range, with);
        for place in self.places.values_mut() {
            *place = moved_by(*place, &edit);
        }
        if let Some((from, _)) = &mut self.selecting {
            *from = moved_by(*from, &edit);
        }
        self.revision += 1;
        self.marking = false;
        self.document.splice(range, with)
    }

    /// Common end of every change: places the cursor.
    fn finish(&mut self, caret: Caret) {
        self.search.forget_matches();
        self.folds.settle(&self.document);
        self.place(caret);
    }
}

/// Where an offset is after edits: behind the new text where an edit contained it.
fn moved_by(offset: usize, edits: &[Edit]) -> usize {
    let mut shift = 0isize;
    for (range, with) in edits {
        if offset < range.start {
            break;
        }
        if offset <= range.end {
            return range.start.saturating_add_signed(shift) + with.len();
        }
        shift += with.len().cast_signed() - range.len().cast_signed();
    }
    offset.saturating_add_signed(shift)
}
