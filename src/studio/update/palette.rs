//! The palette: letters search, the selected line is done. A theme is shown while it is selected.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};

use super::{actions, after_editing, dialogs};
use crate::plan::edit;
use crate::studio::app::{App, Command, Overlay, Palette, Then};
use crate::studio::editor::EditorEvent;
use crate::studio::keymap::{self, Action, Context};
use crate::studio::layout::Pane;
use crate::studio::message::Effect;
use crate::studio::view;

/// How many choices are remembered.
const REMEMBERED: usize = 10;
/// How far the page keys move.
const PAGE: usize = 10;

/// Opens it.
pub(super) fn open(app: &mut App) -> Vec<Effect> {
    app.overlay = Overlay::Palette(Box::new(app.palette()));
    Vec::new()
}

/// A key while it is open.
pub(super) fn on_key(app: &mut App, key: KeyEvent) -> Vec<Effect> {
    let Overlay::Palette(palette) = &mut app.overlay else { return Vec::new() };
    let last = palette.found.len().saturating_sub(1);
    let at = palette.selected;
    match keymap::action(Context::Palette, key) {
        Some(Action::Accept) => return accept(app),
        Some(Action::Cancel) => {
            close(app);
            return Vec::new();
        }
        Some(Action::Down) => palette.selected = if at >= last { 0 } else { at + 1 },
        Some(Action::Up) => palette.selected = at.checked_sub(1).unwrap_or(last),
        Some(Action::PageDown) => palette.selected = (at + PAGE).min(last),
        Some(Action::PageUp) => palette.selected = at.saturating_sub(PAGE),
        Some(Action::Clear) => {
            palette.query.clear();
            palette.search();
        }
        _ => match key.code {
            KeyCode::Backspace => {
                palette.query.pop();
                palette.search();
            }
            KeyCode::Char(letter) if !key.modifiers.intersects(KeyModifiers::CONTROL | KeyModifiers::ALT) => {
                palette.query.push(letter);
                palette.search();
            }
            _ => {}
        },
    }
    preview(app);
    Vec::new()
}

/// Pasted text is searched for.
pub(super) fn on_paste(app: &mut App, text: &str) {
    if let Overlay::Palette(palette) = &mut app.overlay {
        palette.query.extend(text.chars().filter(|letter| !letter.is_control()));
        palette.search();
        preview(app);
    }
}

/// The wheel moves, a click selects, a click on the selected line does it, a click beside it closes.
pub(super) fn on_mouse(app: &mut App, event: MouseEvent) -> Vec<Effect> {
    let panes = app.panes();
    let Overlay::Palette(palette) = &mut app.overlay else { return Vec::new() };
    let last = palette.found.len().saturating_sub(1);
    match event.kind {
        MouseEventKind::ScrollDown => palette.selected = (palette.selected + 1).min(last),
        MouseEventKind::ScrollUp => palette.selected = palette.selected.saturating_sub(1),
        MouseEventKind::Down(MouseButton::Left) => {
            match view::palette_line_at(&app.list_top, palette, panes.body, (event.column, event.row)) {
                view::PaletteSpot::Line(line) if line == palette.selected => return accept(app),
                view::PaletteSpot::Line(line) => palette.selected = line,
                view::PaletteSpot::Box => {}
                view::PaletteSpot::Beside => close(app),
            }
        }
        _ => return Vec::new(),
    }
    preview(app);
    Vec::new()
}

/// Shows the selected theme, or the one from before where none is selected.
fn preview(app: &mut App) {
    let Overlay::Palette(palette) = &app.overlay else { return };
    let name = match palette.choice().map(|choice| &choice.command) {
        Some(Command::Theme(name)) => name.clone(),
        _ => palette.theme.clone(),
    };
    if app.theme.name != name {
        match app.themes.load(&name) {
            Ok(theme) => app.theme = theme,
            Err(why) => app.complain(why),
        }
    }
}

/// Closes it; the theme is the one from before.
fn close(app: &mut App) {
    if let Overlay::Palette(palette) = std::mem::replace(&mut app.overlay, Overlay::None) {
        restore_theme(app, &palette);
    }
}

fn restore_theme(app: &mut App, palette: &Palette) {
    if app.theme.name != palette.theme {
        app.theme = app.themes.load_or_default(&palette.theme);
    }
}

fn accept(app: &mut App) -> Vec<Effect> {
    let Overlay::Palette(palette) = std::mem::replace(&mut app.overlay, Overlay::None) else {
        return Vec::new();
    };
    let Some(choice) = palette.choice() else {
        app.overlay = Overlay::Palette(palette);
        return Vec::new();
    };
    let id = choice.id();
    let chosen = &mut app.session.chosen;
    chosen.retain(|known| *known != id);
    chosen.insert(0, id);
    chosen.truncate(REMEMBERED);
    match &choice.command {
        Command::Act(action) => actions::on_action(app, *action),
        Command::Theme(name) => actions::choose_theme(app, name),
        Command::Sample(index) => {
            app.opening = None;
            open_sample(app, *index)
        }
        Command::Open(path) => {
            app.opening = Some(path.clone());
            dialogs::leave(app, Then::Open)
        }
        Command::Physics(physics) => {
            app.physics = Some(*physics);
            app.say(format!("{} physics, whatever the plan says", physics.name()));
            vec![Effect::Evaluate]
        }
        Command::Mode(mode) => write_mode(app, mode),
        Command::Wall(number) => {
            app.overlay = Overlay::Card(*number, 0);
            Vec::new()
        }
        Command::Field(offset) => {
            app.editor.go_to_offset(*offset);
            actions::focus(app, Pane::Plan)
        }
    }
}

/// A sample takes the place of the plan; unsaved text is asked about first.
fn open_sample(app: &mut App, index: usize) -> Vec<Effect> {
    if app.dirty() {
        app.overlay = Overlay::Leave(Then::Choose);
        return Vec::new();
    }
    app.open_sample(index)
}

fn write_mode(app: &mut App, mode: &str) -> Vec<Effect> {
    let before = app.editor.text();
    match edit::set(&before, "workload.mode", mode) {
        Ok(after) => {
            let changed = app.editor.apply_edits(&[actions::changed_range(&before, &after)]);
            app.say(format!("workload.mode: {mode}"));
            after_editing(app, if changed { EditorEvent::Changed } else { EditorEvent::Moved })
        }
        Err(why) => {
            app.complain(format!("not written: {why}"));
            Vec::new()
        }
    }
}
