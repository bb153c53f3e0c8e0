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
    app.session.visit(std::path::Path::new("/somewhere/fleet.yaml"), (0, 0));
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
    ctrl(&mut app, KeyCode::Down);
    ctrl(&mut app, KeyCode::Down);
    assert_eq!(height(&app), before + 2);
    ctrl(&mut app, KeyCode::Up);
    assert_eq!(height(&app), before + 1);
    ctrl(&mut app, KeyCode::Right);
    assert!(app.panes().place(Pane::Problems).unwrap().width > usual.place(Pane::Problems).unwrap().width);
    // Another size of screen has sizes of its own.
    app.size = (160, 50);
    assert_eq!(app.panes().places, fixed((160, 50), "terminal", ColorDepth::True).panes().places.clone());
    app.size = (120, 36);
    press(&mut app, KeyCode::Char('Z'));
    assert_eq!(app.panes(), usual);
}

#[test]
fn a_border_that_cannot_move_says_so_and_comes_back_at_once() {
    let mut app = studio();
    press(&mut app, KeyCode::Esc);
    press(&mut app, KeyCode::Char('7'));
    for _ in 0..80 {
        ctrl(&mut app, KeyCode::Down);
    }
    assert!(app.toast.as_ref().unwrap().text.contains("no room"));
    let highest = app.panes().place(Pane::Problems).unwrap().height;
    ctrl(&mut app, KeyCode::Up);
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

#[test]
fn a_mistake_in_the_settings_is_listed_with_the_problems_and_stops_nothing() {
    let mut app = studio();
    app.take_settings(Some("borders: asci\nroofline: true\n"));
    assert!(app.roofline && !app.ascii);
    let problem =
        app.problems().into_iter().find(|problem| problem.message.contains("settings.yaml")).unwrap();
    assert_eq!(problem.message, "settings.yaml:1:10: `borders` cannot be `asci`");
    assert_eq!(problem.help.as_deref(), Some("did you mean `ascii`? Allowed: unicode, ascii"));
    app.take_settings(None);
    assert!(!app.problems().iter().any(|problem| problem.message.contains("settings.yaml")));
}

#[test]
fn arguments_win_over_settings_and_settings_over_the_last_choice() {
    let mut app = studio();
    app.session.theme = Some("light".into());
    app.load_theme();
    assert_eq!(app.theme.name, "light");
    app.take_settings(Some("theme: dark\nmouse: false\n"));
    assert_eq!((app.theme.name.as_str(), app.mouse()), ("dark", false));
    app.preferences.flags.theme = Some("mono".into());
    app.load_theme();
    assert_eq!(app.theme.name, "mono");
}

#[test]
fn a_theme_chosen_over_the_settings_can_be_kept() {
    let mut app = studio();
    app.take_settings(Some("theme: dark\n"));
    ctrl(&mut app, KeyCode::Char('p'));
    letters(&mut app, "light theme");
    press(&mut app, KeyCode::Enter);
    assert!(app.toast.as_ref().unwrap().text.contains("keep theme"));
    ctrl(&mut app, KeyCode::Char('p'));
    letters(&mut app, "keep theme");
    assert_eq!(press(&mut app, KeyCode::Enter), [Effect::Set { key: "theme", value: "light".into() }]);
}

#[test]
fn the_cursor_returns_to_its_place_in_a_file() {
    let mut app = studio();
    app.directory = "/plans".into();
    let text = app.editor.text();
    app.open_file("a.yaml".into(), text.clone());
    app.editor.go_to(4, 2);
    app.open_file("b.yaml".into(), text.clone());
    assert_eq!(app.editor.cursor(), (0, 0));
    app.open_file("/plans/a.yaml".into(), text);
    assert_eq!(app.editor.cursor(), (4, 2));
    // And the chooser offers what was open, before the samples.
    assert_eq!(app.choices()[0].0, "b.yaml");
}

#[test]
fn the_page_about_settings_is_fresh() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/settings.md");
    let page = mlsysim_tui::studio::settings::settings_markdown();
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, &page).unwrap();
    }
    let stands = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(
        stands, page,
        "docs/settings.md is out of date: run `UPDATE=1 cargo test --test runner shell`"
    );
}

#[test]
fn the_tour_follows_what_the_user_does() {
    let mut app = studio();
    app.open_unnamed("serve", "name: x\n");
    let effects = key(&mut app, KeyCode::F(1), KeyModifiers::SHIFT);
    assert_eq!(app.tour, Some(0));
    assert!(effects.contains(&Effect::Evaluate) && effects.contains(&Effect::Remember));
    let evaluate = |app: &mut App| mlsysim_tui::studio::effects::evaluate(app);
    evaluate(&mut app);
    let shown = screen(&mut app);
    assert!(shown.contains("tour 1 of 6: the verdict") && shown.contains("does not fit"), "{shown}");
    let text = app.editor.as_str().to_owned();
    press(&mut app, KeyCode::Enter);
    assert_eq!(app.tour, Some(1));
    assert_eq!(app.editor.as_str(), text, "enter opens the figures; it parts no line");
    press(&mut app, KeyCode::Esc);
    letters(&mut app, "a");
    evaluate(&mut app);
    assert_eq!(app.tour, Some(2));
    letters(&mut app, "b");
    assert_eq!(app.tour, Some(3));
    // What the step asks for.
    let text = mlsysim_tui::plan::edit::set(app.editor.as_str(), "workload.batch_size", "3").unwrap();
    app.editor.replace_all(&text);
    evaluate(&mut app);
    assert_eq!(app.tour, Some(4));
    ctrl(&mut app, KeyCode::Char('p'));
    assert_eq!(app.tour, Some(5));
    press(&mut app, KeyCode::Esc);
    // Back and on by hand, and out.
    key(&mut app, KeyCode::F(8), KeyModifiers::SHIFT);
    assert_eq!(app.tour, Some(4));
    press(&mut app, KeyCode::F(8));
    press(&mut app, KeyCode::F(8));
    assert_eq!(app.tour, None);
}

#[test]
fn the_tour_asks_before_unsaved_text_is_lost() {
    let mut app = studio();
    letters(&mut app, "# mine");
    key(&mut app, KeyCode::F(1), KeyModifiers::SHIFT);
    assert!(matches!(app.overlay, Overlay::Leave(_)));
    press(&mut app, KeyCode::Esc);
    assert_eq!(app.tour, None);
    assert!(app.editor.as_str().contains("# mine"));
}

#[test]
fn the_help_is_searched() {
    let mut app = studio();
    press(&mut app, KeyCode::F(1));
    letters(&mut app, "/theme");
    let shown = screen(&mut app);
    assert!(
        shown.contains("Switch to the next theme.") && !shown.contains("Draw the whole screen"),
        "{shown}"
    );
    press(&mut app, KeyCode::Enter);
    // Letters are commands of the list again.
    press(&mut app, KeyCode::Char('q'));
    assert_eq!(app.overlay, Overlay::None);
    press(&mut app, KeyCode::F(1));
    assert!(screen(&mut app).contains("Draw the whole screen") || app.help.query.is_empty());
}

#[test]
fn watching_sets_off_what_a_save_changed_and_nothing_when_nothing_may_move() {
    use ratatui::style::Modifier;
    let set_off = |settings: Option<&str>| {
        let mut app = studio();
        app.take_settings(settings);
        app.watch = true;
        app.focus = Pane::Walls;
        app.selected[3] = 2;
        mlsysim_tui::studio::effects::evaluate(&mut app);
        crate::screen::draw(&mut app);
        let text = app.editor.text().replace("batch_size: 8", "batch_size: 64");
        update(&mut app, Message::DiskChanged(text));
        mlsysim_tui::studio::effects::evaluate(&mut app);
        let (buffer, _) = crate::screen::draw(&mut app);
        assert_eq!((app.focus, app.selected[3]), (Pane::Walls, 2), "nothing moves under the reader");
        let cells = |buffer: &ratatui::buffer::Buffer| {
            let inner = app.panes().inner(Pane::Memory).unwrap();
            inner
                .positions()
                .filter(|at| buffer[*at].modifier.contains(Modifier::BOLD | Modifier::REVERSED))
                .count()
        };
        let count = cells(&buffer);
        update(&mut app, Message::FlashOver);
        let (buffer, _) = crate::screen::draw(&mut app);
        let inner = app.panes().inner(Pane::Memory).unwrap();
        let after = inner
            .positions()
            .filter(|at| buffer[*at].modifier.contains(Modifier::BOLD | Modifier::REVERSED))
            .count();
        (count, after)
    };
    let (during, after) = set_off(None);
    // The memory of the plan has grown with its batch.
    assert!(during > after, "{during} {after}");
    let (during, after) = set_off(Some("animation: false\n"));
    assert_eq!(during, after);
}

#[test]
fn a_long_message_is_read_whole_on_a_narrow_screen() {
    let mut app = studio();
    app.size = (45, 40);
    let text = "hardware.region is Quebec now, which changes the electricity and its carbon; ctrl-z undoes";
    app.say(text);
    let shown = screen(&mut app);
    let rows: Vec<&str> = shown.lines().rev().take(3).map(str::trim).collect();
    let read: Vec<&str> = rows.iter().rev().flat_map(|row| row.split_whitespace()).collect();
    assert!(read.join(" ").ends_with(&format!("● {text}")), "{shown}");
    assert!(shown.lines().all(|line| !line.contains('…') || !line.contains("undoes")), "{shown}");
    // What fits stays on the last line.
    app.say("saved");
    let shown = screen(&mut app);
    assert!(shown.lines().last().unwrap().contains("● saved"), "{shown}");
}

#[test]
fn the_list_of_samples_says_that_it_goes_on() {
    let mut app = fixed((45, 14), "terminal", ColorDepth::True);
    app.overlay = Overlay::Chooser(0);
    let shown = screen(&mut app);
    assert!(shown.contains("more"), "{shown}");
    app.size = (120, 50);
    assert!(!screen(&mut app).contains(" more"));
}
