//! Moving the borders between panes, by keys and by mouse.

use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};

use crate::studio::app::App;
use crate::studio::keymap::Action;
use crate::studio::layout::{Class, Edge, Step};
use crate::studio::message::Effect;

/// Columns of one step of the keys.
const COLUMNS: i16 = 3;

/// A key that makes the focused pane larger or smaller.
pub(super) fn on_action(app: &mut App, action: Action) -> Vec<Effect> {
    let panes = app.panes();
    let Some(class) = Class::of(panes.shape, app.watch) else { return Vec::new() };
    let step = match action {
        Action::Wider => Step { vertical: true, grow: true },
        Action::Narrower => Step { vertical: true, grow: false },
        Action::Taller => Step { vertical: false, grow: true },
        Action::Shorter => Step { vertical: false, grow: false },
        _ => {
            let moved = app.sizes.reset(class);
            app.say(if moved { "the usual sizes" } else { "the sizes are the usual ones" });
            return Vec::new();
        }
    };
    if app.zoom {
        app.say("this pane has the whole screen; z gives the others back");
        return Vec::new();
    }
    let Some((edge, way)) = panes.edge_of(app.focus, step) else {
        app.say("this pane has no border that moves that way");
        return Vec::new();
    };
    let cells = if step.vertical { COLUMNS } else { 1 };
    let before = app.sizes.get(class, edge.divider);
    if !put(app, class, edge, before + way * cells * edge.sign) {
        app.say("no room to move further");
    }
    Vec::new()
}

/// Puts a border at a distance; false where the layout does not let it move.
fn put(app: &mut App, class: Class, edge: Edge, offset: i16) -> bool {
    let (places, before) = (app.panes().places, app.sizes.get(class, edge.divider));
    app.sizes.set(class, edge.divider, offset);
    if app.panes().places == places && offset != before {
        // Where it cannot go it is not pushed either: the way back would begin with keys that do nothing.
        app.sizes.set(class, edge.divider, before);
        return false;
    }
    true
}

/// Takes hold of a border, moves it, lets it go. Whether the event was for a border.
pub(super) fn on_mouse(app: &mut App, event: MouseEvent) -> bool {
    let panes = app.panes();
    let Some(class) = Class::of(panes.shape, app.watch) else { return false };
    match event.kind {
        MouseEventKind::Down(MouseButton::Left) => {
            app.drag = panes.edge_at(event.column, event.row).map(|edge| {
                let from = if edge.vertical { event.column } else { event.row };
                (edge, from, app.sizes.get(class, edge.divider))
            });
            // The click counts as well: a border is the title of the pane below it.
            false
        }
        MouseEventKind::Drag(MouseButton::Left) => {
            let Some((edge, from, start)) = app.drag else { return false };
            let to = if edge.vertical { event.column } else { event.row };
            let way = i32::from(to) - i32::from(from);
            put(app, class, edge, start.saturating_add(way as i16 * edge.sign));
            true
        }
        MouseEventKind::Up(_) => app.drag.take().is_some(),
        _ => false,
    }
}
