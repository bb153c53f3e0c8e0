//! An entry of the registry: what is known about it, and from where.

use ratatui::buffer::Buffer;
use ratatui::layout::Position;
use serde_json::Value;

use super::canvas::{Canvas, wrap};
use super::frame;
use crate::registry::Kind;
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
    let facts = app.stepping();
    let entry = facts.registry.entry_json(facts.physics, kind, id).unwrap_or_default();
    let width = panes.body.width.min(92);
    let rows = rows(&entry, usize::from(width.saturating_sub(4)));
    let height = (rows.len() as u16 + 2).min(panes.body.height);
    let title = format!("{}: {id}", kind.name());
    let inner = frame::dialog(app, panes.body, &title, (width, height), buf);
    let mut canvas = Canvas::new(app, inner, buf);
    let room = usize::from(canvas.height());
    let first = scroll.min(rows.len().saturating_sub(room));
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
    if first + room < rows.len() && canvas.height() > 1 {
        let more = canvas.sign(" pgdn ↓ ", " pgdn v ");
        let (width, y) = (canvas.width(), canvas.height() - 1);
        canvas.text_right(width, y, Role::Key, more);
    }
    Position::new(inner.x, inner.y)
}

fn rows(entry: &Value, width: usize) -> Vec<Row> {
    let mut rows = Vec::new();
    let text = |key: &str| entry.get(key).and_then(Value::as_str).unwrap_or_default();
    rows.push(Row::Text(Role::Strong, text("name").to_owned()));
    let aliases: Vec<&str> = entry
        .get("aliases")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    if !aliases.is_empty() {
        for line in wrap(&format!("also {}", aliases.join(", ")), width) {
            rows.push(Row::Text(Role::Dim, line));
        }
    }
    rows.push(Row::Gap);
    if let Some(facts) = entry.get("facts") {
        flatten("", facts, &mut rows);
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

fn flatten(lead: &str, facts: &Value, rows: &mut Vec<Row>) {
    let Some(facts) = facts.as_object() else { return };
    for (name, value) in facts {
        let name = if lead.is_empty() { name.clone() } else { format!("{lead}.{name}") };
        match value {
            Value::Object(_) => flatten(&name, value, rows),
            Value::Null => {}
            Value::String(text) => rows.push(Row::Fact(name, text.clone())),
            Value::Number(number) => rows.push(Row::Fact(name, short(number))),
            other => rows.push(Row::Fact(name, other.to_string())),
        }
    }
}

/// A number as a person reads it: `3.35e12`, not thirteen digits.
fn short(number: &serde_json::Number) -> String {
    match number.as_f64() {
        Some(value) if value.abs() >= 1e6 || (value != 0.0 && value.abs() < 1e-3) => {
            let scientific = format!("{value:.4e}");
            match scientific.split_once('e') {
                Some((mantissa, power)) if mantissa.contains('.') => {
                    format!("{}e{power}", mantissa.trim_end_matches('0').trim_end_matches('.'))
                }
                _ => scientific,
            }
        }
        Some(value) => format!("{value}"),
        None => number.to_string(),
    }
}
