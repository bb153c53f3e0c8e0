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
    let inner = frame::dialog(app, panes.body, "help: every key (esc closes)", (100, 200), buf);
    let mut canvas = Canvas::new(app, inner, buf);
    let key_width = if canvas.width() >= 60 { 24 } else { 13 };
    let rows =
        rows(app.keys, usize::from(canvas.width()).saturating_sub(key_width + 1), key_width, app.ascii);
    let height = usize::from(canvas.height());
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
    Position::new(inner.x, inner.y)
}

fn rows(set: KeySet, width: usize, key_width: usize, ascii: bool) -> Vec<Row> {
    let mut rows = Vec::new();
    let own = set.parts().iter().map(|(title, bindings)| (*title, bindings.iter().collect::<Vec<_>>()));
    let common = Context::ALL.map(|context| (context.title(), keymap::bindings(context).collect::<Vec<_>>()));
    for (title, bindings) in own.chain(common) {
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
