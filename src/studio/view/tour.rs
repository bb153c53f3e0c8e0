//! The tour: a box that says what to do, away from what it is about.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::canvas::{Canvas, wrap};
use super::frame;
use crate::studio::app::{App, Overlay};
use crate::studio::layout::{Pane, Panes, Shape};
use crate::studio::theme::Role;
use crate::studio::tour::STEPS;

/// Where the box stands: in the corner of the screen, or beside the pane that it is about, where it covers least of it.
pub fn place(app: &App, panes: &Panes) -> Option<Rect> {
    let step = STEPS.get(app.tour?)?;
    let width = panes.body.width.min(62);
    let text = wrap(step.text, usize::from(width.saturating_sub(4))).len() as u16;
    let height = (text + 3).min(panes.body.height);
    let body = panes.body;
    let shown = step.pane.filter(|_| app.overlay == Overlay::None).and_then(|pane| panes.place(pane));
    let problems = panes.place(Pane::Problems).map(|rect| rect.y.saturating_sub(height));
    let above = shown.map(|pane| pane.y.saturating_sub(height));
    let below = shown.map(Rect::bottom);
    let last = body.bottom() - height;
    // Above the problems first: they say what the plan lacks.
    let rows = [problems, Some(last), above, below, Some(body.y)];
    let places = rows.into_iter().flatten().flat_map(|y| {
        let y = y.clamp(body.y, last);
        [body.right() - width, body.x].map(|x| Rect { x, y, width, height })
    });
    let covered = |place: &Rect| shown.map_or(0, |pane| pane.intersection(*place).area());
    places.min_by_key(covered)
}

/// Draws it, and a mark on the frame of the pane that it is about.
pub fn draw(app: &App, panes: &Panes, buf: &mut Buffer) {
    if !matches!(app.overlay, Overlay::None | Overlay::Card(..) | Overlay::Screen(_)) {
        return;
    }
    let (Some(at), Some(rect)) = (app.tour, place(app, panes)) else { return };
    let Some(step) = STEPS.get(at) else { return };
    if let Some(pane) = step.pane.filter(|_| app.overlay == Overlay::None).and_then(|pane| panes.place(pane))
    {
        let accent = app.theme.style(Role::Accent);
        let sides: &[Rect] = if panes.shape == Shape::Narrow {
            &[Rect { height: 1, ..pane }]
        } else {
            &[
                Rect { height: 1, ..pane },
                Rect { y: pane.bottom() - 1, height: 1, ..pane },
                Rect { width: 1, ..pane },
                Rect { x: pane.right() - 1, width: 1, ..pane },
            ]
        };
        for side in sides {
            buf.set_style(side.intersection(buf.area), accent);
        }
    }
    let title = format!("tour {} of {}: {}", at + 1, STEPS.len(), step.title);
    let inner = frame::boxed(app, rect, &title, buf);
    let mut canvas = Canvas::new(app, inner, buf);
    let rows = canvas.height().saturating_sub(1);
    canvas.paragraph(0, 0, rows, Role::Text, step.text);
    let y = canvas.height().saturating_sub(1);
    let last = at + 1 == STEPS.len();
    let mut x = 0;
    for (key, does) in
        [("f8", if last { "end" } else { "next" }), ("shift-f8", "back"), ("shift-f1", "leave")]
    {
        x = canvas.hint(x, y, key, Role::Dim, does) + 2;
    }
    let alone = "goes on by itself";
    if !last && usize::from(x) + alone.len() <= usize::from(canvas.width()) {
        let width = canvas.width();
        canvas.text_right(width, y, Role::Info, alone);
    }
}
