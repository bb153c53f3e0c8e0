//! The list of what could be written at the cursor, and beside it what there is to know about the one that would be
//! taken.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use unicode_width::UnicodeWidthStr;

use super::canvas::{Canvas, wrap};
use super::{first_line, frame};
use crate::plan::complete::{Completion, notes};
use crate::studio::app::{App, Popup};
use crate::studio::layout::Panes;
use crate::studio::theme::Role;

/// Entries shown at once.
const SHOWN: usize = 10;
/// Rows of the sentence below the list where there is no room beside it.
const SENTENCE: usize = 2;
/// Columns of what stands beside the list.
const BESIDE: u16 = 44;
/// Rows of it at most.
const BESIDE_ROWS: u16 = 14;

/// Where the list stands, and which of its rows are entries.
struct Place {
    frame: Rect,
    rows: u16,
    first: usize,
    said: u16,
    beside: Option<Rect>,
}

fn place(popup: &Popup, panes: &Panes, cursor: Position) -> Option<Place> {
    let body = panes.body;
    let selected = popup.selected.unwrap_or(0);
    let item = popup.items.get(selected)?;
    let labels = popup.items.iter().map(|item| item.label.width()).max().unwrap_or(0);
    let details = popup.items.iter().map(|item| item.detail.width()).max().unwrap_or(0);
    let width = (labels + 2 + details + 4).clamp(34, 64).min(usize::from(body.width)) as u16;
    let x = cursor.x.min(body.right().saturating_sub(width));
    let right = body.right().saturating_sub(x + width);
    let left = x.saturating_sub(body.x);
    let beside = if right >= BESIDE { Some(x + width) } else { (left >= BESIDE).then(|| x - BESIDE) };
    let said = match beside {
        Some(_) => 0,
        None => wrap(&item.doc, usize::from(width.saturating_sub(4))).len().min(SENTENCE) as u16,
    };
    let below = body.bottom().saturating_sub(cursor.y + 1);
    let above = cursor.y.saturating_sub(body.y);
    let wanted = popup.items.len().min(SHOWN) as u16 + said + 2;
    let height = wanted.min(below.max(above));
    if height < 3 {
        return None;
    }
    let under = wanted <= below || below >= above;
    let y = if under { cursor.y + 1 } else { cursor.y - height };
    let rows = (height - 2).saturating_sub(said).max(1);
    let first = first_line(selected, popup.items.len(), usize::from(rows));
    let tall = if under { below } else { above }.min(BESIDE_ROWS);
    let beside =
        beside.map(|x| Rect { x, y: if under { y } else { cursor.y - tall }, width: BESIDE, height: tall });
    Some(Place { frame: Rect { x, y, width, height }, rows, first, said, beside })
}

/// The entry at a cell of the screen.
pub fn item_at(app: &App, panes: &Panes, column: u16, row: u16) -> Option<usize> {
    let popup = app.popup.as_ref()?;
    let cursor = app.editor.cursor_on_screen(app.editor_area(panes)?)?;
    let place = place(popup, panes, cursor)?;
    let inside = (place.frame.x..place.frame.right()).contains(&column);
    let at = usize::from(row.checked_sub(place.frame.y + 1)?);
    let index = place.first + at;
    (inside && at < usize::from(place.rows) && index < popup.items.len()).then_some(index)
}

/// Draws the list below the cursor, or above it where there is more room.
pub fn draw(app: &App, popup: &Popup, panes: &Panes, cursor: Position, buf: &mut Buffer) {
    let Some(place) = place(popup, panes, cursor) else { return };
    let Some(item) = popup.items.get(popup.selected.unwrap_or(0)) else { return };
    let title = if popup.selected.is_some() { "enter or tab takes it" } else { "tab takes the first" };
    let inner = frame::boxed(app, place.frame, title, buf);
    let mut canvas = Canvas::new(app, inner, buf);
    for (row, item) in popup.items.iter().skip(place.first).take(usize::from(place.rows)).enumerate() {
        let row = row as u16;
        let x = canvas.text(0, row, Role::Text, &item.label);
        let room = usize::from(canvas.width().saturating_sub(x + 2));
        if room >= 8 {
            let detail = &item.detail;
            let start = canvas.width().saturating_sub(detail.width().min(room) as u16);
            canvas.text(start, row, Role::Dim, detail);
        }
        if popup.selected == Some(place.first + usize::from(row)) {
            canvas.highlight(row, Role::Selection);
        }
    }
    match place.beside {
        Some(rect) => beside(app, item, rect, buf),
        None => drop(canvas.paragraph(0, place.rows, place.said, Role::Dim, &item.doc)),
    }
}

/// What there is to know about an entry, in a box of its own.
fn beside(app: &App, item: &Completion, rect: Rect, buf: &mut Buffer) {
    const NAMES: u16 = 11;
    let facts = app.stepping();
    let notes = notes(item, facts.physics, facts.registry);
    let room = usize::from(rect.width.saturating_sub(4));
    let doc = wrap(&item.doc, room);
    let mut rows: Vec<(&str, String)> = doc.into_iter().map(|line| ("", line)).collect();
    let own = rows.len();
    for (name, text) in &notes {
        let lines = wrap(text, room.saturating_sub(usize::from(NAMES)));
        rows.extend(lines.into_iter().enumerate().map(|(at, line)| (if at == 0 { *name } else { "" }, line)));
    }
    if rows.is_empty() || rect.height < 3 {
        return;
    }
    let height = (rows.len() as u16 + 2).min(rect.height);
    let inner = frame::boxed(app, Rect { height, ..rect }, &item.label, buf);
    let mut canvas = Canvas::new(app, inner, buf);
    for (y, (name, text)) in rows.iter().enumerate() {
        let row = y as u16;
        if y < own {
            canvas.text(0, row, Role::Text, text);
        } else {
            canvas.text(0, row, Role::Dim, name);
            canvas.text(NAMES, row, Role::Text, text);
        }
    }
}
