//! An entry of the registry: what is known about it, and from where.

use ratatui::buffer::Buffer;
use ratatui::layout::Position;
use serde_json::Value;

use super::canvas::{Canvas, wrap};
use super::frame;
use crate::registry::Kind;
use crate::render::facts;
use crate::studio::app::App;
use crate::studio::layout::Panes;
use crate::studio::theme::Role;

/// Columns of the names of facts.
const NAMES: u16 = 30;

enum Row {
    Fact(String, String),
    Text(Role, String),
    Gap,
}

/// Draws the card.
pub fn draw(app: &App, panes: &Panes, kind: Kind, id: &str, scroll: usize, buf: &mut Buffer) -> Position {
    let known = app.stepping();
    let entry = known.registry.entry_json(known.physics, kind, id).unwrap_or_default();
    let width = panes.body.width.min(92);
    let rows = rows(&entry, usize::from(width.saturating_sub(4)));
    let height = (rows.len() as u16 + 4).min(panes.body.height);
    let title = format!("{}: {id}", kind.name());
    let inner = frame::dialog(app, panes.body, &title, (width, height), buf);
    let mut canvas = Canvas::new(app, inner, buf);
    let room = usize::from(canvas.height().saturating_sub(1));
    let last = rows.len().saturating_sub(room);
    app.scroll_last.set(last);
    let first = scroll.min(last);
    for (y, row) in rows.iter().skip(first).take(room).enumerate() {
        let y = y as u16;
        match row {
            Row::Fact(name, value) => {
                let end = NAMES.min(canvas.width() / 2);
                canvas.text_within(0, y, end, Role::Dim, name);
                canvas.text(end + 1, y, Role::Text, value);
            }
            Row::Text(role, text) => {
                canvas.text(0, y, *role, text);
            }
            Row::Gap => {}
        }
    }
    let y = canvas.height().saturating_sub(1);
    let x = canvas.hint(0, y, "enter", Role::Dim, "in the registry");
    canvas.hint(x + 3, y, "esc", Role::Dim, "close");
    if first + room < rows.len() && canvas.height() > 1 {
        let more = canvas.sign(" pgdn ↓ ", " pgdn v ");
        let width = canvas.width();
        canvas.text_right(width, y, Role::Key, more);
    }
    Position::new(inner.x, inner.y)
}

fn rows(entry: &Value, width: usize) -> Vec<Row> {
    let mut rows = Vec::new();
    let text = |key: &str| entry.get(key).and_then(Value::as_str).unwrap_or_default();
    rows.push(Row::Text(Role::Strong, text("name").to_owned()));
    let aliases = facts::aliases(entry);
    if !aliases.is_empty() {
        for line in wrap(&format!("also {}", aliases.join(", ")), width) {
            rows.push(Row::Text(Role::Dim, line));
        }
    }
    rows.push(Row::Gap);
    for (field, figure) in facts::flat(entry.get("facts").unwrap_or(&Value::Null)) {
        rows.push(Row::Fact(facts::label(&field), facts::show(&field, &figure)));
    }
    rows.push(Row::Gap);
    rows.push(Row::Text(Role::Info, "source".into()));
    said(entry.get("source"), "", width, &mut rows);
    let own = entry.get("field_sources").and_then(Value::as_object);
    for (field, source) in own.into_iter().flatten() {
        said(Some(source), &format!("{field}: "), width, &mut rows);
    }
    let confidence = text("confidence");
    if !confidence.is_empty() {
        rows.push(Row::Text(Role::Dim, format!("confidence: {confidence}")));
    }
    rows
}

/// One source on as many lines as it needs.
fn said(source: Option<&Value>, lead: &str, width: usize, rows: &mut Vec<Row>) {
    let Some(source) = source else { return };
    let parts: Vec<&str> = ["title", "kind", "date", "url"]
        .iter()
        .filter_map(|key| source.get(key).and_then(Value::as_str))
        .filter(|part| !part.is_empty())
        .collect();
    for line in wrap(&format!("{lead}{}", parts.join(" · ")), width) {
        rows.push(Row::Text(Role::Text, line));
    }
}
