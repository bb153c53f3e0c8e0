//! The help: signs and words of what is shown, then every key, from the key table.

use ratatui::buffer::Buffer;
use ratatui::layout::Position;

use super::canvas::{Canvas, wrap};
use super::frame;
use crate::studio::app::App;
use crate::studio::glossary;
use crate::studio::keymap::{self, Binding, Context};
use crate::studio::layout::Panes;
use crate::studio::theme::Role;

enum Row {
    Heading(&'static str),
    /// A key or a sign, and what it does or means.
    Line(Role, String, String),
    Gap,
}

/// Draws the screen.
pub fn draw(app: &App, panes: &Panes, scroll: usize, buf: &mut Buffer) -> Position {
    if app.on_disk.is_none() {
        // Asked for before there is a plan: nothing lies behind.
        Canvas::new(app, buf.area, buf).clear(Role::Text);
    }
    let inner = frame::dialog(app, panes.body, "help: signs and keys", (100, 200), buf);
    let mut canvas = Canvas::new(app, inner, buf);
    let line = canvas.height().saturating_sub(1);
    let mut cursor = Position::new(inner.x, inner.y);
    let help = &app.help;
    if help.typing || !help.query.is_empty() {
        let marked = if help.typing && app.line_selected { Role::Selection } else { Role::Strong };
        let x = canvas.spans(0, line, &[(Role::Accent, "/"), (marked, &help.query)]);
        if help.typing {
            cursor = Position::new(inner.x + x, inner.y + line);
        } else {
            let x = canvas.hint(x + 3, line, "/", Role::Dim, "search");
            canvas.hint(x + 2, line, "esc", Role::Dim, "close");
        }
    } else {
        let x = canvas.hint(0, line, "/", Role::Dim, "search");
        canvas.hint(x + 3, line, "esc", Role::Dim, "close");
    }
    let first_columns = if canvas.width() >= 60 { 24 } else { 13 };
    let width = usize::from(canvas.width()).saturating_sub(first_columns + 1);
    let rows = rows(app, width, first_columns);
    let height = usize::from(line);
    let last = rows.len().saturating_sub(height);
    app.scroll_last.set(last);
    let first = scroll.min(last);
    for (y, row) in rows.iter().skip(first).take(height).enumerate() {
        let y = y as u16;
        match row {
            Row::Heading(text) => {
                canvas.text(0, y, Role::TitleFocus, text);
            }
            Row::Line(role, word, text) => {
                canvas.text_within(0, y, first_columns as u16, *role, word);
                canvas.text(first_columns as u16 + 1, y, Role::Text, text);
            }
            Row::Gap => {}
        }
    }
    canvas.more(first, height, rows.len(), line);
    if rows.is_empty() {
        canvas.text(0, 0, Role::Dim, "nothing here has these letters");
    }
    cursor
}

/// Every line that has the letters searched for in its first column or its text, under its heading: what is shown
/// where the help was asked for comes first.
fn rows(app: &App, width: usize, first_columns: usize) -> Vec<Row> {
    let query = app.help.query.to_lowercase();
    let here = app.help.of;
    let mut rows = Vec::new();
    let mut part = |title: &'static str, lines: Vec<Row>| {
        if lines.is_empty() {
            return;
        }
        if !rows.is_empty() {
            rows.push(Row::Gap);
        }
        rows.push(Row::Heading(title));
        rows.extend(lines);
    };
    let keys = |bindings: &mut dyn Iterator<Item = &'static Binding>| -> Vec<Row> {
        bindings
            .filter(|binding| {
                query.is_empty()
                    || binding.description.to_lowercase().contains(&query)
                    || binding.label.contains(&query)
                    || binding.keys.iter().any(|key| key.to_lowercase().contains(&query))
            })
            .flat_map(|binding| {
                let keys: Vec<&str> = binding.keys.iter().map(|key| keymap::shown(key, app.ascii)).collect();
                let mut shown = keys.join(" ");
                if shown.chars().count() > first_columns {
                    keys.first().copied().unwrap_or_default().clone_into(&mut shown);
                }
                lines(Role::Key, shown, binding.description, width)
            })
            .collect()
    };
    let terms = |terms: &[glossary::Term]| -> Vec<Row> {
        terms
            .iter()
            .filter(|term| {
                query.is_empty()
                    || term.word.to_lowercase().contains(&query)
                    || term.meaning.to_lowercase().contains(&query)
            })
            .flat_map(|term| {
                let word = if app.ascii { term.ascii } else { term.word };
                lines(Role::Strong, word.to_owned(), term.meaning, width)
            })
            .collect()
    };
    let pane = here.is_none_or(|here| matches!(here, Context::Editor | Context::Panel));
    let view = here.filter(|_| !pane);
    if let Some(view) = view {
        for (title, own) in glossary::of(view) {
            part(title, terms(own));
        }
        for context in std::iter::once(view).chain(view.also().iter().copied()) {
            part(context.title(), keys(&mut keymap::bindings(context)));
        }
    }
    // The keys of the panes are what most people look for; the signs follow them.
    for (title, own) in app.keys.parts() {
        part(title, keys(&mut own.iter()));
    }
    let (panes, rest): (Vec<Context>, Vec<Context>) = Context::ALL
        .into_iter()
        .filter(|context| view.is_none_or(|view| *context != view && !view.also().contains(context)))
        .partition(|context| matches!(context, Context::Anywhere | Context::Editor | Context::Panel));
    for context in panes {
        part(context.title(), keys(&mut keymap::bindings(context)));
    }
    for (title, own) in glossary::of(Context::Panel) {
        part(title, terms(own));
    }
    for context in rest {
        part(context.title(), keys(&mut keymap::bindings(context)));
        if view != Some(context) {
            for (title, own) in glossary::of(context).into_iter().filter(|_| context != Context::Card) {
                part(title, terms(own));
            }
        }
    }
    rows
}

/// A first column and a wrapped text beside it.
fn lines(role: Role, mut word: String, text: &str, width: usize) -> Vec<Row> {
    wrap(text, width).into_iter().map(|line| Row::Line(role, std::mem::take(&mut word), line)).collect()
}
