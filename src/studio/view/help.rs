//! Every key, from the key table.

use ratatui::buffer::Buffer;
use ratatui::layout::Position;

use super::canvas::{Canvas, wrap};
use super::frame;
use crate::studio::app::App;
use crate::studio::keymap::{self, Context, KeySet};
use crate::studio::layout::Panes;
use crate::studio::theme::Role;

enum Row {
    Heading(&'static str),
    Key(String, String),
    Gap,
}

/// Draws the screen.
pub fn draw(app: &App, panes: &Panes, scroll: usize, buf: &mut Buffer) -> Position {
    if app.on_disk.is_none() {
        // Asked for before there is a plan: nothing lies behind.
        Canvas::new(app, buf.area, buf).clear(Role::Text);
    }
    let inner = frame::dialog(app, panes.body, "help: every key", (100, 200), buf);
    let mut canvas = Canvas::new(app, inner, buf);
    let (query, typing) = &app.help;
    let line = canvas.height().saturating_sub(1);
    let mut cursor = Position::new(inner.x, inner.y);
    if *typing || !query.is_empty() {
        let x = canvas.spans(0, line, &[(Role::Accent, "/"), (Role::Strong, query)]);
        if *typing {
            cursor = Position::new(inner.x + x, inner.y + line);
        } else {
            let x = canvas.hint(x + 3, line, "/", Role::Dim, "search");
            canvas.hint(x + 2, line, "esc", Role::Dim, "close");
        }
    } else {
        let x = canvas.hint(0, line, "/", Role::Dim, "search");
        canvas.hint(x + 3, line, "esc", Role::Dim, "close");
    }
    let key_width = if canvas.width() >= 60 { 24 } else { 13 };
    let rows = rows(
        app.keys,
        usize::from(canvas.width()).saturating_sub(key_width + 1),
        key_width,
        app.ascii,
        &query.to_lowercase(),
    );
    let height = usize::from(line);
    let first = scroll.min(rows.len().saturating_sub(height));
    for (y, row) in rows.iter().skip(first).take(height).enumerate() {
        let y = y as u16;
        match row {
            Row::Heading(text) => {
                canvas.text(0, y, Role::TitleFocus, text);
            }
            Row::Key(key, text) => {
                canvas.text_within(0, y, key_width as u16, Role::Key, key);
                canvas.text(key_width as u16 + 1, y, Role::Text, text);
            }
            Row::Gap => {}
        }
    }
    if rows.is_empty() {
        canvas.text(0, 0, Role::Dim, "no key has these letters");
    }
    cursor
}

/// Every line that has the letters of `query` (in small letters) in its keys or its text, under its heading.
fn rows(set: KeySet, width: usize, key_width: usize, ascii: bool, query: &str) -> Vec<Row> {
    let mut rows = Vec::new();
    let has = |binding: &&keymap::Binding| {
        query.is_empty()
            || binding.description.to_lowercase().contains(query)
            || binding.label.contains(query)
            || binding.keys.iter().any(|key| key.to_lowercase().contains(query))
    };
    let own =
        set.parts().iter().map(|(title, bindings)| (*title, bindings.iter().filter(has).collect::<Vec<_>>()));
    let common =
        Context::ALL.map(|context| (context.title(), keymap::bindings(context).filter(has).collect()));
    for (title, bindings) in own.chain(common).filter(|(_, bindings)| !bindings.is_empty()) {
        if !rows.is_empty() {
            rows.push(Row::Gap);
        }
        rows.push(Row::Heading(title));
        for binding in bindings {
            let keys: Vec<&str> = binding.keys.iter().map(|key| keymap::shown(key, ascii)).collect();
            let mut shown = keys.join(" ");
            if shown.chars().count() > key_width {
                keys.first().copied().unwrap_or_default().clone_into(&mut shown);
            }
            for (at, line) in wrap(binding.description, width).into_iter().enumerate() {
                rows.push(Row::Key(if at == 0 { std::mem::take(&mut shown) } else { String::new() }, line));
            }
        }
    }
    rows
}
