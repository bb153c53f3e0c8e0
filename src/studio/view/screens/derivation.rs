//! Figures and what they were made from, as a tree; below it the selected step in full.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use unicode_width::UnicodeWidthStr;

use super::{Hits, above, line_hit};
use crate::studio::app::{App, Derivation, Row};
use crate::studio::theme::Role;
use crate::studio::view::canvas::{Canvas, wrap};
use crate::studio::view::steady_list;

/// Draws the view.
pub fn draw(app: &App, view: &Derivation, area: Rect, buf: &mut Buffer, hits: &mut Hits) -> Option<Position> {
    let rows = view.rows();
    let selected = view.selected.min(rows.len().saturating_sub(1));
    let details = rows.get(selected).map(|row| details(row, usize::from(area.width))).unwrap_or_default();
    let below = (details.len() as u16 + 1).min(area.height / 2);
    // The selected step stands right below a short list: one look takes in both.
    let (list, foot) = above(area, (area.height - below).min(rows.len() as u16 + 1));
    let mut canvas = Canvas::new(app, list, buf);
    let height = usize::from(canvas.height());
    let first = steady_list(app, selected, rows.len(), height);
    // Names in one column, values in the next, equations where there is room for them.
    let widest = |of: &dyn Fn(&Row) -> usize| rows.iter().map(of).max().unwrap_or(0) as u16 + 2;
    let names = widest(&|row| row.depth * 2 + 4 + row.step.name.width()).min((list.width / 2).min(46));
    let values = widest(&|row| row.step.value.width()).min((list.width - names).min(24));
    let mut cursor = None;
    for (at, row) in rows.iter().enumerate().skip(first).take(height) {
        let y = (at - first) as u16;
        let indent = (row.depth as u16 * 2).min(names / 2);
        let sign = match row.open {
            Some(true) => canvas.sign("▾", "v"),
            Some(false) => canvas.sign("▸", ">"),
            None => canvas.sign("·", "-"),
        };
        canvas.text(indent, y, Role::Key, sign);
        let role = if row.depth == 0 { Role::Strong } else { Role::Text };
        let operator = if row.step.divides { canvas.sign("÷ ", "/ ") } else { "" };
        let x = canvas.text_within(indent + 2, y, names, Role::Dim, operator);
        canvas.text_within(x, y, names.saturating_sub(1), role, &row.step.name);
        let x = canvas.text_within(names, y, names + values, Role::Strong, &row.step.value);
        if list.width > names + values + 12 {
            let text = if row.step.equation.is_empty() {
                row.step.citations().into_iter().next().unwrap_or_default()
            } else {
                format!("= {}", row.step.equation)
            };
            canvas.text((names + values).max(x) + 1, y, Role::Dim, &text);
        }
        if at == selected {
            canvas.highlight(y, Role::Selection);
            cursor = Some(canvas.position(indent, y));
        }
        line_hit(&canvas, y, at, hits);
    }
    let mut canvas = Canvas::new(app, foot, buf);
    canvas.rule(0, Role::Border);
    if rows.len() > height {
        let place = format!(" {} of {} ", selected + 1, rows.len());
        canvas.text_right(canvas.width(), 0, Role::Dim, &place);
    }
    for (y, (role, text)) in details.iter().enumerate() {
        canvas.text(0, y as u16 + 1, *role, text);
    }
    cursor
}

/// The selected step in full.
fn details(row: &Row, width: usize) -> Vec<(Role, String)> {
    let mut lines = Vec::new();
    let mut add = |role: Role, text: &str| {
        lines.extend(wrap(text, width).into_iter().map(|line| (role, line)));
    };
    add(Role::Strong, &format!("{} = {}", row.step.name, row.step.value));
    if !row.step.equation.is_empty() {
        add(Role::Info, &format!("= {}", row.step.equation));
    }
    if !row.step.substituted.is_empty() && row.step.substituted != row.step.equation {
        add(Role::Text, &format!("= {}", row.step.substituted));
    }
    for source in row.step.citations() {
        add(Role::Dim, &format!("from {source}"));
    }
    lines
}
