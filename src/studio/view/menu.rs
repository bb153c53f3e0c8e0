//! What can be done from here: the panel keys in columns, above the footer.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use unicode_width::UnicodeWidthStr;

use super::canvas::Canvas;
use super::frame;
use crate::studio::app::App;
use crate::studio::keymap::{self, Context};
use crate::studio::layout::Panes;
use crate::studio::theme::Role;

/// Draws the menu.
pub fn draw(app: &App, panes: &Panes, buf: &mut Buffer) -> Position {
    let bindings = keymap::choices(&[Context::Panel], app.watch);
    let column = bindings
        .iter()
        .map(|binding| binding.keys[0].width().max(7) + 1 + binding.label.width() + 3)
        .max()
        .unwrap_or(20) as u16;
    let columns = (panes.body.width.saturating_sub(4) / column).max(1);
    let rows = (bindings.len() as u16).div_ceil(columns);
    let height = (rows + 2).min(panes.body.height);
    let rect = Rect { y: panes.body.y + panes.body.height - height, height, ..panes.body };
    let inner = frame::boxed(app, rect, "menu: press a key", buf);
    let mut canvas = Canvas::new(app, inner, buf);
    for (at, binding) in bindings.iter().enumerate() {
        let (x, y) = (at as u16 / rows * column, at as u16 % rows);
        let name = binding.keys[0];
        let key = keymap::shown(name, app.ascii);
        canvas.text_right(x + 7, y, Role::Key, key);
        canvas.text(x + 8, y, Role::Text, binding.label);
        canvas.note(x..(x + column - 2).min(canvas.width()), y, name);
    }
    Position::new(inner.x, inner.y)
}
