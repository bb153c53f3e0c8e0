//! What can be done from here: the panel keys in columns, above the footer.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use unicode_width::UnicodeWidthStr;

use super::canvas::Canvas;
use super::frame;
use crate::studio::app::App;
use crate::studio::glossary;
use crate::studio::keymap::{self, Context};
use crate::studio::layout::Panes;
use crate::studio::theme::Role;

/// Draws the menu.
pub fn draw(app: &App, panes: &Panes, buf: &mut Buffer) -> Position {
    let bindings = keymap::choices(&[Context::Panel], app.watch);
    let width = panes.body.width.saturating_sub(4);
    let (mut rows, mut places) = (bindings.len() as u16, Vec::new());
    // As few rows as the width allows, each column as wide as what stands in it.
    for few in 1..=bindings.len() as u16 {
        places = columns(&bindings, few);
        let end = places.last().map_or(0, |(x, keys, labels)| x + keys + 1 + labels);
        if end <= width {
            rows = few;
            break;
        }
    }
    let legend = legend(app, width);
    let height = (rows + 2 + u16::from(!legend.is_empty())).min(panes.body.height);
    let rect = Rect { y: panes.body.y + panes.body.height - height, height, ..panes.body };
    let title = if app.mouse() { "menu: press a key or click" } else { "menu: press a key" };
    let inner = frame::boxed(app, rect, title, buf);
    let mut canvas = Canvas::new(app, inner, buf);
    for (at, binding) in bindings.iter().enumerate() {
        let Some((x, keys, labels)) = places.get(at / usize::from(rows)) else { break };
        let y = at as u16 % rows;
        let name = binding.keys[0];
        canvas.text_right(x + keys, y, Role::Key, keymap::shown(name, app.ascii));
        canvas.text(x + keys + 1, y, Role::Text, binding.label);
        canvas.note(*x..(x + keys + 1 + labels).min(canvas.width()), y, name);
    }
    let mut x = 0;
    for (sign, words) in legend {
        x = canvas.spans(x, rows, &[(Role::Strong, sign), (Role::Dim, " "), (Role::Dim, words)]) + 3;
    }
    Position::new(inner.x, inner.y)
}

/// Signs of the focused pane with a few words each, as many as have room.
fn legend(app: &App, width: u16) -> Vec<(&'static str, &'static str)> {
    let mut left = usize::from(width);
    let sign = |term: &glossary::Term| if app.ascii { term.ascii } else { term.word };
    let terms = glossary::of_pane(app.focus).iter().map(|term| (sign(term), term.brief));
    terms
        .take_while(|(sign, words)| {
            let needed = sign.width() + 1 + words.width();
            let fits = needed <= left;
            left = left.saturating_sub(needed + 3);
            fits
        })
        .collect()
}

/// Where each column begins, and how wide its keys and its labels are.
fn columns(bindings: &[&keymap::Binding], rows: u16) -> Vec<(u16, u16, u16)> {
    let mut x = 0;
    bindings
        .chunks(usize::from(rows.max(1)))
        .map(|column| {
            let widest = |of: fn(&keymap::Binding) -> &str| {
                column.iter().map(|binding| of(binding).width()).max().unwrap_or(0) as u16
            };
            let place = (x, widest(|binding| binding.keys[0]), widest(|binding| binding.label));
            x += place.1 + 1 + place.2 + 3;
            place
        })
        .collect()
}
