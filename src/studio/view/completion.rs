//! The list of what could be written at the cursor, with a sentence about the one that would be taken.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use unicode_width::UnicodeWidthStr;

use super::canvas::{Canvas, wrap};
use super::{first_line, frame};
use crate::studio::app::{App, Popup};
use crate::studio::layout::Panes;
use crate::studio::theme::Role;

/// Entries shown at once.
const SHOWN: usize = 8;
/// Rows of the sentence.
const SENTENCE: usize = 2;

/// Draws the list below the cursor, or above it where there is more room.
pub fn draw(app: &App, popup: &Popup, panes: &Panes, cursor: Position, buf: &mut Buffer) {
    let body = panes.body;
    let labels = popup.items.iter().map(|item| item.label.width()).max().unwrap_or(0);
    let details = popup.items.iter().map(|item| item.detail.width()).max().unwrap_or(0);
    let width = (labels + 2 + details + 4).clamp(34, 64).min(usize::from(body.width)) as u16;
    let selected = popup.selected.unwrap_or(0);
    let Some(item) = popup.items.get(selected) else { return };
    let sentence = wrap(&item.doc, usize::from(width.saturating_sub(4)));
    let said = sentence.len().min(SENTENCE) as u16;
    let below = body.bottom().saturating_sub(cursor.y + 1);
    let above = cursor.y.saturating_sub(body.y);
    let wanted = popup.items.len().min(SHOWN) as u16 + said + 2;
    let height = wanted.min(below.max(above));
    if height < 3 {
        return;
    }
    let y = if wanted <= below || below >= above { cursor.y + 1 } else { cursor.y - height };
    let x = cursor.x.min(body.right().saturating_sub(width));
    let title = if popup.selected.is_some() { "enter or tab takes it" } else { "tab takes the first" };
    let inner = frame::boxed(app, Rect { x, y, width, height }, title, buf);
    let mut canvas = Canvas::new(app, inner, buf);
    let rows = canvas.height().saturating_sub(said).max(1);
    let first = first_line(selected, popup.items.len(), usize::from(rows));
    for (row, item) in popup.items.iter().skip(first).take(usize::from(rows)).enumerate() {
        let row = row as u16;
        let x = canvas.text(0, row, Role::Text, &item.label);
        let room = usize::from(canvas.width().saturating_sub(x + 2));
        if room >= 8 {
            let detail = &item.detail;
            let start = canvas.width().saturating_sub(detail.width().min(room) as u16);
            canvas.text(start, row, Role::Dim, detail);
        }
        if popup.selected == Some(first + usize::from(row)) {
            canvas.highlight(row, Role::Selection);
        }
    }
    canvas.paragraph(0, rows, said, Role::Dim, &item.doc);
}
