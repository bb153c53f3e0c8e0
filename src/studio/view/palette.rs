//! The palette: a line to type in, the matches below it, and a sentence about the selected one.

use std::cell::Cell;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use super::canvas::Canvas;
use super::{frame, steadily};
use crate::studio::app::{App, Palette};
use crate::studio::keymap;
use crate::studio::theme::Role;

/// Columns of the word that says what kind of thing a line is.
const KIND: u16 = 8;
/// Rows of the box that are no lines: two borders, what is typed, a rule, and two of explanation.
const AROUND: u16 = 6;

/// What lies under the mouse.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spot {
    /// A line.
    Line(usize),
    /// Another part of the box.
    Box,
    /// Something else.
    Beside,
}

/// The box. Its height does not follow the number of matches, so that nothing jumps while typing.
fn place(palette: &Palette, body: Rect) -> Rect {
    let width = body.width.min(84);
    let most = (body.height * 3 / 4).max(12).min(body.height);
    let height = (palette.choices.len() as u16).saturating_add(AROUND).min(most);
    Rect { x: body.x + (body.width - width) / 2, y: body.y + (body.height - height) / 4, width, height }
}

fn rows(rect: Rect) -> usize {
    usize::from(rect.height.saturating_sub(AROUND))
}

/// Which line lies under a cell.
pub fn line_at(top: &Cell<usize>, palette: &Palette, body: Rect, (column, row): (u16, u16)) -> Spot {
    let rect = place(palette, body);
    if !rect.contains(Position::new(column, row)) {
        return Spot::Beside;
    }
    let first = shown_from(top, palette, rows(rect));
    let Some(line) = row.checked_sub(rect.y + 3).map(usize::from) else { return Spot::Box };
    let at = first + line;
    if line < rows(rect) && at < palette.found.len() { Spot::Line(at) } else { Spot::Box }
}

/// The first line shown.
fn shown_from(top: &Cell<usize>, palette: &Palette, height: usize) -> usize {
    steadily(top, palette.selected..=palette.selected, palette.found.len(), height)
}

/// Draws it; the answer is the place of its cursor.
pub fn draw(app: &App, palette: &Palette, body: Rect, buf: &mut Buffer) -> Position {
    let rect = place(palette, body);
    let inner = frame::boxed(app, rect, "palette", buf);
    let mut canvas = Canvas::new(app, inner, buf);
    let width = canvas.width();
    let prompt = canvas.sign("› ", "> ");
    let x = canvas.text(0, 0, Role::Accent, prompt);
    // The end of a long text is what is being typed.
    let mut shown = palette.query.as_str();
    while shown.width() + usize::from(x) + 1 > usize::from(width) {
        let mut letters = shown.chars();
        letters.next();
        shown = letters.as_str();
    }
    let cursor = canvas.text(x, 0, Role::Strong, shown);
    let count = format!("{} of {}", palette.found.len(), palette.choices.len());
    if usize::from(cursor) + count.len() + 2 < usize::from(width) {
        canvas.text_right(width, 0, Role::Dim, &count);
    }
    canvas.rule(1, Role::Faint);
    let height = rows(rect);
    if palette.found.is_empty() {
        canvas.text(0, 2, Role::Dim, "nothing has these letters; backspace takes one back");
    }
    let first = shown_from(&app.list_top, palette, height);
    for (row, found) in palette.found.iter().enumerate().skip(first).take(height) {
        let y = 2 + (row - first) as u16;
        let Some(choice) = palette.choices.get(found.index) else { continue };
        let key = keymap::shown(choice.key, app.ascii);
        let end = if key.is_empty() { width } else { width.saturating_sub(key.width() as u16 + 1) };
        canvas.text(0, y, Role::Dim, choice.kind);
        letters(&mut canvas, KIND, y, end, &choice.label, &found.positions);
        canvas.text_right(width, y, Role::Key, key);
        if row == palette.selected {
            canvas.highlight(y, Role::Selection);
        }
    }
    let about = canvas.height().saturating_sub(2);
    if let Some(choice) = palette.choice() {
        canvas.paragraph(0, about, 2, Role::Dim, &choice.detail);
    }
    Position::new(inner.x + cursor, inner.y)
}

/// A label with the letters that matched set off: underlined by the theme or bold, never by colour alone.
fn letters(canvas: &mut Canvas, x: u16, y: u16, end: u16, label: &str, positions: &[usize]) {
    canvas.text_within(x, y, end, Role::Text, label);
    let mut column = x;
    for (at, letter) in label.graphemes(true).enumerate() {
        let next = column + letter.width() as u16;
        if next >= end {
            break;
        }
        if positions.binary_search(&at).is_ok() {
            canvas.text_within(column, y, next, Role::Strong, letter);
        }
        column = next;
    }
}
