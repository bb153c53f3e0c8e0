//! Clicks, drags and the wheel.

use std::ops::Range;
use std::time::{Duration, Instant};

use crossterm::event::{KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use ratatui::layout::{Position, Rect};

use super::columns;
use super::{Editor, EditorEvent};

/// Two clicks within this time on the same cell are a double click.
const DOUBLE: Duration = Duration::from_millis(400);
/// Lines or cells per turn of the wheel.
const WHEEL: isize = 3;

/// What the mouse did last.
#[derive(Debug, Clone, Default)]
pub(super) struct Clicks {
    last: Option<(Instant, Position)>,
    /// 1 for a click, 2 for a word, 3 for a line.
    count: u8,
    dragging: bool,
}

impl Editor {
    /// Handles a mouse event; `area` is where the editor was drawn.
    pub fn on_mouse(&mut self, event: MouseEvent, area: Rect) -> EditorEvent {
        let at = Position::new(event.column, event.row);
        let inside = area.contains(at);
        match event.kind {
            MouseEventKind::Down(MouseButton::Left) if inside => self.press(event, at, area),
            MouseEventKind::Drag(MouseButton::Left) if self.clicks.dragging => {
                let offset = self.offset_at(at, area);
                self.move_to(offset, true);
            }
            MouseEventKind::Up(MouseButton::Left) if self.clicks.dragging => {
                self.clicks.dragging = false;
            }
            MouseEventKind::ScrollDown if inside => self.scroll(WHEEL, 0),
            MouseEventKind::ScrollUp if inside => self.scroll(-WHEEL, 0),
            MouseEventKind::ScrollRight if inside => self.scroll(0, WHEEL),
            MouseEventKind::ScrollLeft if inside => self.scroll(0, -WHEEL),
            _ => return EditorEvent::Ignored,
        }
        EditorEvent::Moved
    }

    fn press(&mut self, event: MouseEvent, at: Position, area: Rect) {
        let now = Instant::now();
        let again = self
            .clicks
            .last
            .is_some_and(|(then, there)| there == at && now.saturating_duration_since(then) < DOUBLE);
        self.clicks = Clicks {
            last: Some((now, at)),
            count: if again { self.clicks.count % 3 + 1 } else { 1 },
            dragging: true,
        };
        let offset = self.offset_at(at, area);
        let sign = self.view.gutter.checked_sub(1).is_some_and(|sign| usize::from(at.x - area.x) == sign);
        if sign && self.toggle_fold_at(self.document.row_of(offset)) {
            self.clicks.dragging = false;
            return;
        }
        match self.clicks.count {
            2 => self.select(self.word_at(offset)),
            3 => {
                let row = self.document.row_of(offset);
                let start = self.document.line_range(row).start;
                self.select(start..self.document.line_end_with_ending(row));
            }
            _ => self.move_to(offset, event.modifiers.contains(KeyModifiers::SHIFT)),
        }
    }

    /// Byte offset of the text drawn at a screen position, the nearest one outside of the text.
    pub fn offset_at(&self, at: Position, area: Rect) -> usize {
        let at_y = at.y.clamp(area.y, area.bottom().saturating_sub(1).max(area.y));
        let mut shown = self.view.top + usize::from(at_y - area.y);
        // Dragging past an edge goes on to the line beyond it.
        if at.y < area.y {
            shown = shown.saturating_sub(1);
        } else if at.y >= area.bottom() {
            shown += 1;
        }
        let row = self.shown_row(shown);
        let x = usize::from(at.x.saturating_sub(area.x));
        let column = self.view.left + x.saturating_sub(self.view.gutter);
        let line = self.document.line_range(row);
        line.start + columns::offset_at(self.document.line(row), column)
    }

    /// The word around an offset: letters, digits and the signs that names have.
    pub(super) fn word_at(&self, offset: usize) -> Range<usize> {
        let line = self.document.line_range(self.document.row_of(offset));
        let text = &self.document.text()[line.clone()];
        let at = offset.clamp(line.start, line.end) - line.start;
        let part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
        let end = at + text[at..].find(|c| !part(c)).unwrap_or(text.len() - at);
        let before = text[..at].trim_end_matches(part).len();
        if before == end {
            let one = text[at..].chars().next().map_or(0, char::len_utf8);
            return line.start + at..line.start + at + one;
        }
        line.start + before..line.start + end
    }

    /// Moves the view without the cursor.
    pub(super) fn scroll(&mut self, rows: isize, columns: isize) {
        let last = self.shown_count().saturating_sub(self.view.height.max(1));
        self.view.top = self.view.top.saturating_add_signed(rows).min(last);
        let widest = (self.view.top..self.view.top + self.view.height.max(1))
            .map(|at| {
                let line = self.document.line(self.shown_row(at));
                columns::column_of(line, line.len())
            })
            .max()
            .unwrap_or(0);
        let end = (widest + 1).saturating_sub(self.view.width);
        if columns != 0 {
            self.view.left = self.view.left.saturating_add_signed(columns).min(end);
        }
        self.view.follow = false;
    }
}
