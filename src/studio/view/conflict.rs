//! The file changed on both sides: theirs, mine, or see the difference.

use ratatui::buffer::Buffer;
use ratatui::layout::Position;

use super::canvas::Canvas;
use super::{frame, prompt};
use crate::studio::app::App;
use crate::studio::diff::DiffLine;
use crate::studio::keymap::Context;
use crate::studio::layout::Panes;
use crate::studio::theme::Role;

/// Draws the dialog.
pub fn draw(
    app: &App,
    panes: &Panes,
    difference: Option<&[DiffLine]>,
    scroll: usize,
    buf: &mut Buffer,
) -> Position {
    let size = if difference.is_some() { (110, panes.body.height.saturating_sub(2)) } else { (64, 8) };
    let inner = frame::dialog(app, panes.body, "changed on both sides", size, buf);
    let mut canvas = Canvas::new(app, inner, buf);
    let text =
        "Another program wrote the file while you have unsaved changes. Nothing is lost until you choose.";
    let y = canvas.paragraph(0, 0, 4, Role::Text, text);
    let last = canvas.height().saturating_sub(1);
    if let Some(lines) = difference {
        canvas.spans(0, y, &[(Role::Removed, "- yours"), (Role::Text, "   "), (Role::Added, "+ the file's")]);
        let room = usize::from(last.saturating_sub(y + 2));
        // Unchanged stretches are shown in full: plans are short, and the line numbers stay true.
        let first = scroll.min(lines.len().saturating_sub(room));
        for (row, line) in lines.iter().skip(first).take(room).enumerate() {
            let y = y + 1 + row as u16;
            match line {
                DiffLine::Same(text) => canvas.text(2, y, Role::Dim, text),
                DiffLine::Mine(text) => canvas.spans(0, y, &[(Role::Removed, "- "), (Role::Removed, text)]),
                DiffLine::Theirs(text) => canvas.spans(0, y, &[(Role::Added, "+ "), (Role::Added, text)]),
            };
        }
    }
    prompt::keys(&mut canvas, last, Context::Conflict);
    Position::new(inner.x, inner.y)
}
