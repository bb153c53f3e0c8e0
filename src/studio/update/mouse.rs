//! The mouse: a click focuses, selects, and on what is selected already acts; the wheel scrolls.

use crossterm::event::{KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use ratatui::layout::Position;

use super::{actions, after_editing, explore, palette, resize, screens};
use crate::plan::step::{self, Step};
use crate::studio::app::{App, Overlay};
use crate::studio::keymap;
use crate::studio::layout::{Pane, Panes};
use crate::studio::message::Effect;
use crate::studio::view;

/// Lines of one step of the wheel.
const WHEEL: isize = 3;

/// Takes a mouse event in.
pub(super) fn on_mouse(app: &mut App, event: MouseEvent) -> Vec<Effect> {
    let wheel = match event.kind {
        MouseEventKind::ScrollUp => -WHEEL,
        MouseEventKind::ScrollDown => WHEEL,
        _ => 0,
    };
    if event.kind == MouseEventKind::Down(MouseButton::Left) {
        app.toast = None;
        if let Some(key) = app.hints.at(event.column, event.row) {
            // What is named there is what a click means.
            return keymap::events(key).into_iter().flat_map(|key| super::on_key(app, key)).collect();
        }
    }
    let last = app.scroll_last.get();
    match &mut app.overlay {
        Overlay::None => {}
        Overlay::Help(at) | Overlay::Card(_, at) | Overlay::Entry { scroll: at, .. } => {
            *at = at.saturating_add_signed(wheel).min(last);
            return Vec::new();
        }
        Overlay::Conflict { difference: Some(lines), scroll, .. } => {
            *scroll = scroll.saturating_add_signed(wheel).min(lines.len().saturating_sub(1));
            return Vec::new();
        }
        Overlay::Screen(_) => return screens::on_mouse(app, event),
        Overlay::Palette(_) => return palette::on_mouse(app, event),
        Overlay::Explore => return explore::on_mouse(app, event),
        Overlay::Limit { .. } => return explore::on_limit_mouse(app, event),
        Overlay::Chooser(_) => return on_chooser(app, event, wheel),
        Overlay::Menu => {
            if matches!(event.kind, MouseEventKind::Down(_)) {
                app.overlay = Overlay::None;
            }
            return Vec::new();
        }
        _ => return Vec::new(),
    }
    if resize::on_mouse(app, event) {
        return Vec::new();
    }
    let panes = app.panes();
    let down = event.kind == MouseEventKind::Down(MouseButton::Left);
    if down && let Some(tab) = view::tab_at(app, event.column, event.row) {
        return app.show_tab(tab);
    }
    if down && let Some(pane) = panes.tab_at(event.column, event.row).or_else(|| group_tab(&panes, event)) {
        return actions::focus(app, pane);
    }
    match panes.at(event.column, event.row) {
        Some(Pane::Plan)
            if wheel != 0 && event.modifiers.intersects(KeyModifiers::CONTROL | KeyModifiers::ALT) =>
        {
            let Some(area) = app.editor_area(&panes) else { return Vec::new() };
            let offset = app.editor.offset_at(Position::new(event.column, event.row), area);
            if area.contains(Position::new(event.column, event.row)) && !app.watch {
                // Going there would end the run of steps that one undo takes back.
                let path = |at| step::target(app.editor.as_str(), at).map(|target| target.path);
                if path(offset) != path(app.editor.cursor_offset()) {
                    app.editor.go_to_offset(offset);
                }
                let doubles = event.modifiers.contains(KeyModifiers::ALT);
                return vec![Effect::Step(match (wheel < 0, doubles) {
                    (true, false) => Step::Next,
                    (false, false) => Step::Previous,
                    (true, true) => Step::Double,
                    (false, true) => Step::Halve,
                })];
            }
            Vec::new()
        }
        Some(Pane::Plan) => {
            if down {
                actions::focus(app, Pane::Plan);
            }
            match app.editor_area(&app.panes()) {
                Some(area) => {
                    let event = app.editor.on_mouse(event, area);
                    after_editing(app, event)
                }
                None => Vec::new(),
            }
        }
        // A drag that began in the editor goes on outside it.
        Some(_) if matches!(event.kind, MouseEventKind::Drag(_)) && app.focus == Pane::Plan => {
            match app.editor_area(&panes) {
                Some(area) => {
                    let event = app.editor.on_mouse(event, area);
                    after_editing(app, event)
                }
                None => Vec::new(),
            }
        }
        Some(pane) if wheel != 0 => {
            let last = actions::lines(app, pane).saturating_sub(1);
            let selected = &mut app.selected[usize::from(pane.number())];
            *selected = selected.saturating_add_signed(wheel).min(last);
            Vec::new()
        }
        Some(pane) if down => on_panel(app, &panes, pane, event),
        _ => Vec::new(),
    }
}

fn on_panel(app: &mut App, panes: &Panes, pane: Pane, event: MouseEvent) -> Vec<Effect> {
    let again = app.focus == pane;
    actions::focus(app, pane);
    let line = panes.inner(pane).and_then(|area| view::line_at(app, pane, area, event.row));
    let Some(line) = line else { return Vec::new() };
    let selected = &mut app.selected[usize::from(pane.number())];
    if again && *selected == line {
        return actions::activate(app);
    }
    *selected = line;
    Vec::new()
}

/// The tab in a shared frame under the mouse.
fn group_tab(panes: &Panes, event: MouseEvent) -> Option<Pane> {
    let front = panes.group.iter().find_map(|pane| panes.place(*pane))?;
    if panes.group.len() < 2 || event.row != front.y {
        return None;
    }
    let mut x = front.x + 2;
    for pane in &panes.group {
        let width = view::tab_width(*pane);
        if (x..x + width).contains(&event.column) {
            return Some(*pane);
        }
        x += width + 1;
    }
    None
}

fn on_chooser(app: &mut App, event: MouseEvent, wheel: isize) -> Vec<Effect> {
    let count = app.choices().len();
    let Overlay::Chooser(selected) = &mut app.overlay else { return Vec::new() };
    if wheel != 0 {
        *selected = selected.saturating_add_signed(wheel.signum()).min(count - 1);
        return Vec::new();
    }
    if event.kind != MouseEventKind::Down(MouseButton::Left) {
        return Vec::new();
    }
    let before = *selected;
    let Some(line) = view::chooser_line_at(app, before, event.column, event.row) else {
        return Vec::new();
    };
    if before == line {
        return app.choose(line);
    }
    app.overlay = Overlay::Chooser(line);
    Vec::new()
}
