//! Where a report goes, and in which form.

use std::path::Path;

use ratatui::buffer::Buffer;
use ratatui::layout::Position;
use unicode_width::UnicodeWidthStr;

use super::{Hits, tabs};
use crate::studio::app::{App, Export, Format, file_name};
use crate::studio::keymap::Context;
use crate::studio::layout::Panes;
use crate::studio::theme::Role;
use crate::studio::view::canvas::Canvas;
use crate::studio::view::{frame, prompt};

/// Draws the dialog.
pub fn draw(app: &App, panes: &Panes, view: &Export, buf: &mut Buffer, hits: &mut Hits) -> Position {
    let inner = frame::dialog(app, panes.body, "write a report", (72, 10), buf);
    let mut canvas = Canvas::new(app, inner, buf);
    let names: Vec<&str> = Format::ALL.iter().map(|format| format.word()).collect();
    let front = Format::ALL.iter().position(|format| *format == view.format).unwrap_or(0);
    tabs(&mut canvas, 0, &names, front, hits);
    canvas.paragraph(0, 1, 2, Role::Dim, view.format.purpose());
    let x = canvas.text(0, 4, Role::Key, "to ");
    // The end of a long path is what is being typed.
    let room = usize::from(canvas.width().saturating_sub(x + 1));
    let mut shown = view.path.as_str();
    while shown.width() > room {
        let mut letters = shown.chars();
        letters.next();
        shown = letters.as_str();
    }
    let end = canvas.text(x, 4, Role::Strong, shown);
    if let Some(path) = &view.exists {
        let name = file_name(Path::new(path));
        canvas.paragraph(0, 5, 2, Role::Warn, &format!("! {name} exists: enter again writes over it"));
    }
    prompt::keys(&mut canvas, 7, Context::Export);
    Position::new(inner.x + end, inner.y + 4)
}
