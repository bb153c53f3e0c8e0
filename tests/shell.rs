//! What surrounds the plan: the palette, the sizes of panes.

use crossterm::event::{KeyCode, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use mlsysim_tui::studio::app::{App, Overlay};
use mlsysim_tui::studio::layout::Pane;
use mlsysim_tui::studio::message::{Effect, Message};
use mlsysim_tui::studio::theme::ColorDepth;
use mlsysim_tui::studio::update::update;

use crate::screen::{fixed, key, letters, screen};

fn studio() -> App {
    fixed((120, 36), "terminal", ColorDepth::True)
}

fn press(app: &mut App, code: KeyCode) -> Vec<Effect> {
    key(app, code, KeyModifiers::NONE)
}

fn ctrl(app: &mut App, code: KeyCode) -> Vec<Effect> {
    key(app, code, KeyModifiers::CONTROL)
}

fn mouse(app: &mut App, kind: MouseEventKind, column: u16, row: u16) {
    update(app, Message::Mouse(MouseEvent { kind, column, row, modifiers: KeyModifiers::NONE }));
}

#[test]
fn a_few_letters_find_an_action_and_enter_does_it() {
    let mut app = studio();
    ctrl(&mut app, KeyCode::Char('p'));
    letters(&mut app, "zoom");
    let shown = screen(&mut app);
    assert!(shown.contains("› zoom") && shown.contains("alt-z"), "{shown}");
    press(&mut app, KeyCode::Enter);
    assert!(app.zoom);
    assert_eq!(app.overlay, Overlay::None);
    // What was done last comes first the next time.
    ctrl(&mut app, KeyCode::Char('p'));
    let Overlay::Palette(palette) = &app.overlay else { panic!("no palette") };
    assert_eq!(palette.choice().unwrap().label, "zoom");
}

#[test]
fn a_theme_is_shown_while_it_is_selected_and_kept_by_enter_alone() {
    let mut app = studio();
    ctrl(&mut app, KeyCode::Char('p'));
    letters(&mut app, "dark theme");
    assert_eq!(app.theme.name, "dark");
    press(&mut app, KeyCode::Esc);
    assert_eq!(app.theme.name, "terminal");
    ctrl(&mut app, KeyCode::Char('p'));
    letters(&mut app, "light theme");
    press(&mut app, KeyCode::Enter);
    assert_eq!(app.theme.name, "light");
}

#[test]
fn the_palette_leads_to_fields_walls_samples_and_modes() {
    let mut app = studio();
    ctrl(&mut app, KeyCode::Char('p'));
    letters(&mut app, "batch_size field");
    press(&mut app, KeyCode::Enter);
    assert_eq!((app.focus, app.editor.cursor().0), (Pane::Plan, 5));

    ctrl(&mut app, KeyCode::Char('p'));
    letters(&mut app, "memory wall");
    press(&mut app, KeyCode::Enter);
    assert_eq!(app.overlay, Overlay::Card(2, 0));
    press(&mut app, KeyCode::Esc);

    ctrl(&mut app, KeyCode::Char('p'));
    letters(&mut app, "train mode");
    let effects = press(&mut app, KeyCode::Enter);
    assert!(app.editor.as_str().contains("mode: train"), "{}", app.editor.as_str());
    assert_eq!(effects, [Effect::Evaluate]);

    // The plan has unsaved text now: a sample does not take its place unasked.
    ctrl(&mut app, KeyCode::Char('p'));
    letters(&mut app, "mixtral sample");
    press(&mut app, KeyCode::Enter);
    assert!(matches!(app.overlay, Overlay::Leave(_)));
}

#[test]
fn a_recent_file_is_opened_from_the_palette() {
    let mut app = studio();
    app.recent = vec!["/somewhere/fleet.yaml".into()];
    ctrl(&mut app, KeyCode::Char('p'));
    letters(&mut app, "fleet open");
    assert_eq!(press(&mut app, KeyCode::Enter), [Effect::Open("/somewhere/fleet.yaml".into())]);
}

#[test]
fn the_mouse_selects_and_takes_a_line_of_the_palette() {
    let mut app = studio();
    ctrl(&mut app, KeyCode::Char('p'));
    letters(&mut app, "verdict");
    let shown = screen(&mut app);
    let row =
        shown.lines().position(|line| line.contains("verdict") && line.contains("alt-2")).unwrap() as u16;
    for _ in 0..2 {
        if app.overlay != Overlay::None {
            mouse(&mut app, MouseEventKind::Down(MouseButton::Left), 60, row);
        }
    }
    assert_eq!(app.focus, Pane::Verdict);
    ctrl(&mut app, KeyCode::Char('p'));
    mouse(&mut app, MouseEventKind::Down(MouseButton::Left), 0, 30);
    assert_eq!(app.overlay, Overlay::None);
}

#[test]
fn keys_move_the_borders_of_a_pane_and_put_them_back() {
    let mut app = studio();
    press(&mut app, KeyCode::Esc);
    press(&mut app, KeyCode::Char('7'));
    let usual = app.panes();
    let height = |app: &App| app.panes().place(Pane::Problems).unwrap().height;
    let before = height(&app);
    press(&mut app, KeyCode::Char('+'));
    press(&mut app, KeyCode::Char('+'));
    assert_eq!(height(&app), before + 2);
    press(&mut app, KeyCode::Char('-'));
    assert_eq!(height(&app), before + 1);
    ctrl(&mut app, KeyCode::Right);
    assert!(app.panes().place(Pane::Problems).unwrap().width > usual.place(Pane::Problems).unwrap().width);
    // Another size of screen has sizes of its own.
    app.size = (160, 50);
    assert_eq!(app.panes().places, fixed((160, 50), "terminal", ColorDepth::True).panes().places.clone());
    app.size = (120, 36);
    press(&mut app, KeyCode::Char('='));
    assert_eq!(app.panes(), usual);
}

#[test]
fn a_border_that_cannot_move_says_so_and_comes_back_at_once() {
    let mut app = studio();
    press(&mut app, KeyCode::Esc);
    press(&mut app, KeyCode::Char('7'));
    for _ in 0..80 {
        press(&mut app, KeyCode::Char('+'));
    }
    assert!(app.toast.as_ref().unwrap().text.contains("no room"));
    let highest = app.panes().place(Pane::Problems).unwrap().height;
    press(&mut app, KeyCode::Char('-'));
    assert_eq!(app.panes().place(Pane::Problems).unwrap().height, highest - 1);
}

#[test]
fn the_mouse_drags_a_border() {
    let mut app = studio();
    let plan = app.panes().place(Pane::Plan).unwrap();
    let (border, row) = (plan.right() - 1, plan.y + 5);
    mouse(&mut app, MouseEventKind::Down(MouseButton::Left), border, row);
    mouse(&mut app, MouseEventKind::Drag(MouseButton::Left), border + 9, row + 2);
    mouse(&mut app, MouseEventKind::Up(MouseButton::Left), border + 9, row + 2);
    assert_eq!(app.panes().place(Pane::Plan).unwrap().width, plan.width + 9);
    // Let go of: nothing moves any more.
    mouse(&mut app, MouseEventKind::Drag(MouseButton::Left), border - 9, row);
    assert_eq!(app.panes().place(Pane::Plan).unwrap().width, plan.width + 9);
}
