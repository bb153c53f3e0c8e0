//! What the studio draws, and that nothing a user does breaks it.

use mlsysim_tui::engine::Report;
use mlsysim_tui::engine::report::{
    Bottleneck, Carbon, LensReport, LensStatus, MemoryFit, Part, Phase, Status, Suggestion, Tco, Timeline,
    WallReading, WallState, Warning,
};
use mlsysim_tui::metrics::Lens;
use mlsysim_tui::plan::{self, Mode};
use mlsysim_tui::registry::{Physics, Registry};
use mlsysim_tui::studio::app::{App, Overlay, Start};
use mlsysim_tui::studio::effects;
use mlsysim_tui::studio::layout::Pane;
use mlsysim_tui::studio::message::{Effect, Message};
use mlsysim_tui::studio::samples::SAMPLES;
use mlsysim_tui::studio::theme::{ColorDepth, Themes};
use mlsysim_tui::studio::update::update;
use mlsysim_tui::studio::view;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use proptest::prelude::*;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::{Color, Modifier};

const PLAN: &str = "\
# One model on one device.
version: \"1.0\"
name: \"Serve on one H100\"
workload:
  name: Llama3_70B
  batch_size: 8   # users
hardware:
  name: H100
ops:
  region: Quebec
";

pub fn app(size: (u16, u16), theme: &str, depth: ColorDepth) -> App {
    App::new(Start {
        registry: Registry::builtin(),
        physics: None,
        watch: false,
        ascii: false,
        themes: Themes::new(depth, Vec::new()),
        theme: theme.into(),
        size,
    })
}

/// A studio with a plan and numbers that stand still whatever the engine learns.
pub fn fixed(size: (u16, u16), theme: &str, depth: ColorDepth) -> App {
    let mut app = app(size, theme, depth);
    app.open_unnamed("serve", PLAN);
    app.welcome = false;
    let reading = plan::read(PLAN, &app.registry, plan::Options::default());
    let report = report(reading.plan.as_ref().unwrap());
    let reading = plan::Reading { diagnostics: Vec::new(), ..reading };
    app.accept(reading, Some(report), 0.11);
    app
}

/// The report of the plan that stands still.
pub fn fixed_report(app: &App) -> Report {
    report(app.reading.plan.as_ref().unwrap())
}

fn lens(lens: Lens, status: LensStatus, summary: &str, metrics: &[(&'static str, f64)]) -> LensReport {
    LensReport { lens, status, summary: summary.into(), metrics: metrics.to_vec() }
}

fn part(key: &'static str, label: &'static str, value: f64) -> Part {
    Part { key, label, value }
}

fn report(plan: &plan::Plan) -> Report {
    let wall = |number: u8, name, domain, state, pressure| WallReading {
        phase: Phase::Always,
        number,
        name,
        domain,
        state,
        pressure,
        value: "151.9 GB".into(),
        limit: "85.9 GB".into(),
        sentence: format!("The {name} wall stands where it stands, and this plan knows it."),
        equation: "demand / limit",
        substituted: "151.9 GB / 85.9 GB = 1.77".into(),
        sources: vec!["A book, 2024".into()],
    };
    let mut walls = vec![
        wall(1, "Compute", "node", WallState::Clear, Some(0.12)),
        wall(2, "Memory", "node", WallState::Violated, Some(1.77)),
        wall(3, "Software", "node", WallState::Near, Some(0.85)),
        wall(4, "Serving", "node", WallState::NeedsInput("workload.serve.request_rate".into()), None),
    ];
    for number in 5..=22 {
        let domain = if number < 11 { "data" } else { "ops" };
        walls.push(wall(
            number,
            "Other",
            domain,
            WallState::NotApplicable("this plan has no data block".into()),
            None,
        ));
    }
    Report {
        physics: Physics::Studio,
        mode: Mode::Serve,
        status: Status::Infeasible,
        feasibility: lens(
            Lens::Feasibility,
            LensStatus::Fail,
            "OOM: requires 151.9 GB per accelerator but only has 85.9 GB",
            &[("memory_used_gb", 151.9), ("memory_utilization", 1.77)],
        ),
        performance: lens(
            Lens::Performance,
            LensStatus::Pass,
            "24 ms between tokens, 333 tokens a second",
            &[("itl_ms", 24.0), ("ttft_ms", 812.0), ("output_tokens_per_s", 333.0)],
        ),
        economics: lens(
            Lens::Macro,
            LensStatus::Pass,
            "$37.1k over 365 days",
            &[("tco_usd", 37_100.0), ("carbon_footprint", 0.0763)],
        ),
        bottleneck: Some(Bottleneck::Memory),
        memory: Some(MemoryFit {
            parts: vec![
                part("weights", "weights", 141.2e9),
                part("kv_cache", "KV cache", 9.4e9),
                part("reserve", "reserve", 1.3e9),
            ],
            used_bytes: 151.9e9,
            capacity_bytes: 85.9e9,
            checked: true,
        }),
        walls,
        tco: Some(Tco {
            terms: vec![part("capex", "capex", 30_000.0), part("energy", "energy", 5_000.0)],
            total_usd: 37_100.0,
            duration_days: 365.0,
            electricity_usd_per_kwh: 0.051,
            electricity_source: "Hydro-Québec, 2026".into(),
            region: "Quebec".into(),
            missing: vec!["rent".into()],
            rent_alternative_usd: None,
            rent_source: None,
            break_even_days: None,
            assumed: vec![],
        }),
        carbon: Some(Carbon {
            it_energy_kwh: 6_000.0,
            facility_energy_kwh: 6_720.0,
            operational_kg: 76.3,
            embodied_kg: None,
            water_l: 0.0,
            grid_g_per_kwh: 1.3,
            pue: 1.12,
        }),
        timeline: Some(Timeline {
            segments: vec![part("compute", "compute", 0.002), part("memory", "memory", 0.022)],
            total_s: 0.024,
        }),
        warnings: vec![Warning { code: "unknown_price", message: "the rent is not known".into() }],
        suggestions: vec![Suggestion {
            title: "use 2 accelerators, tensor 2".into(),
            edits: vec![
                ("hardware.accelerators".into(), "2".into()),
                ("parallelism.tensor".into(), "2".into()),
            ],
            gain: "fits; 24 ms between tokens".into(),
            ..Suggestion::default()
        }],
        ..Report::empty(plan)
    }
}

pub fn draw(app: &mut App) -> (Buffer, Option<Position>) {
    let area = Rect::new(0, 0, app.size.0, app.size.1);
    let mut buffer = Buffer::empty(area);
    let cursor = view::draw(app, area, &mut buffer);
    (buffer, cursor)
}

pub fn text(buffer: &Buffer) -> String {
    let mut out = String::new();
    for y in 0..buffer.area.height {
        let line: String = (0..buffer.area.width).map(|x| buffer[(x, y)].symbol()).collect();
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}

pub fn screen(app: &mut App) -> String {
    text(&draw(app).0)
}

pub fn key(app: &mut App, code: KeyCode, modifiers: KeyModifiers) -> Vec<Effect> {
    update(app, Message::Key(KeyEvent::new(code, modifiers)))
}

pub fn letters(app: &mut App, text: &str) -> Vec<Effect> {
    text.chars().flat_map(|letter| key(app, KeyCode::Char(letter), KeyModifiers::NONE)).collect()
}

#[test]
fn wide() {
    insta::assert_snapshot!(screen(&mut fixed((160, 50), "terminal", ColorDepth::True)));
}

#[test]
fn medium() {
    insta::assert_snapshot!(screen(&mut fixed((100, 30), "terminal", ColorDepth::True)));
}

#[test]
fn side_pane() {
    let mut app = fixed((45, 40), "terminal", ColorDepth::True);
    insta::assert_snapshot!("side_pane_plan", screen(&mut app));
    key(&mut app, KeyCode::Esc, KeyModifiers::NONE);
    insta::assert_snapshot!("side_pane_overview", screen(&mut app));
}

#[test]
fn without_colours_the_fills_tell_the_parts() {
    insta::assert_snapshot!(screen(&mut fixed((100, 30), "mono", ColorDepth::Mono)));
}

#[test]
fn ascii_draws_no_other_letter_of_its_own() {
    let mut app = fixed((160, 50), "mono", ColorDepth::Mono);
    app.ascii = true;
    for context in [KeyCode::Esc, KeyCode::Char(' ')] {
        // The source of the price is data and keeps its accent.
        let shown = screen(&mut app).replace("Hydro-Québec", "");
        assert!(shown.is_ascii(), "{}", shown.lines().find(|line| !line.is_ascii()).unwrap_or_default());
        key(&mut app, context, KeyModifiers::NONE);
    }
}

#[test]
fn tiny_says_so_in_one_line() {
    for size in [(39, 40), (100, 9), (5, 2), (1, 1), (0, 0)] {
        let mut app = fixed(size, "terminal", ColorDepth::True);
        let shown = screen(&mut app);
        assert_eq!(shown.lines().filter(|line| !line.is_empty()).count(), usize::from(size.0 > 0));
    }
}

#[test]
fn mono_says_with_signs_and_weight_what_others_say_with_colour() {
    let mut app = fixed((160, 50), "dark", ColorDepth::Mono);
    app.focus = Pane::Walls;
    let (buffer, cursor) = draw(&mut app);
    for cell in buffer.content() {
        assert!(matches!((cell.fg, cell.bg), (Color::Reset, Color::Reset)), "{cell:?}");
    }
    let cursor = cursor.unwrap();
    assert!(buffer[cursor].modifier.contains(Modifier::REVERSED), "the selected wall is reversed");
    let shown = text(&buffer);
    for needle in
        ["✖ FITS  NO", "✔ FAST  yes", "✖  2 Memory", "!  3 Software", "over by 66.0 GB", "INFEASIBLE"]
    {
        assert!(shown.contains(needle), "{needle}\n{shown}");
    }
}

#[test]
fn broken_text_keeps_the_numbers_and_marks_them_stale() {
    let mut app = app((160, 50), "terminal", ColorDepth::True);
    app.open_unnamed("serve", PLAN);
    effects::evaluate(&mut app);
    assert!(app.report.is_some(), "{:?}", app.reading.diagnostics);
    letters(&mut app, "@");
    effects::evaluate(&mut app);
    assert!(app.stale());
    let shown = screen(&mut app);
    assert!(shown.contains("stale") && shown.contains("1 error"), "{shown}");
    assert!(shown.contains("weights"), "the last numbers stay\n{shown}");
    // Enter on the problem goes back to its line.
    app.editor.go_to(5, 0);
    app.focus = Pane::Problems;
    key(&mut app, KeyCode::Enter, KeyModifiers::NONE);
    assert_eq!((app.focus, app.editor.cursor().0), (Pane::Plan, 0));
}

#[test]
fn a_suggestion_is_written_into_the_text_and_undone() {
    let mut app = fixed((160, 50), "terminal", ColorDepth::True);
    assert_eq!(key(&mut app, KeyCode::Char('a'), KeyModifiers::ALT), vec![Effect::Evaluate]);
    assert!(app.editor.as_str().contains("accelerators: 2"), "{}", app.editor.as_str());
    assert!(app.editor.as_str().contains("batch_size: 8   # users"));
    key(&mut app, KeyCode::Char('u'), KeyModifiers::CONTROL);
    assert_eq!(app.editor.as_str(), PLAN);
}

#[test]
fn a_fix_is_applied_with_one_key() {
    let mut app = app((160, 50), "terminal", ColorDepth::True);
    app.open_unnamed("serve", &PLAN.replace("batch_size", "batch_sizes"));
    effects::evaluate(&mut app);
    key(&mut app, KeyCode::Char('.'), KeyModifiers::ALT);
    assert_eq!(app.editor.as_str(), PLAN);
}

#[test]
fn a_pinned_baseline_shows_the_change_in_words() {
    let mut app = fixed((160, 50), "terminal", ColorDepth::True);
    key(&mut app, KeyCode::Char('b'), KeyModifiers::ALT);
    let report = app.report.as_mut().unwrap();
    report.performance.metrics = vec![("itl_ms", 30.0), ("output_tokens_per_s", 400.0)];
    report.performance.status = LensStatus::Pass;
    let shown = screen(&mut app);
    assert!(shown.contains("▲25 % worse") && shown.contains("▲20 % better"), "{shown}");
}

#[test]
fn leaving_with_unsaved_text_asks() {
    let mut app = fixed((100, 30), "terminal", ColorDepth::True);
    assert_eq!(key(&mut app, KeyCode::Char('q'), KeyModifiers::CONTROL), vec![Effect::Leave]);
    letters(&mut app, "x");
    assert!(key(&mut app, KeyCode::Char('q'), KeyModifiers::CONTROL).is_empty());
    assert!(screen(&mut app).contains("not saved"));
    assert!(key(&mut app, KeyCode::Esc, KeyModifiers::NONE).is_empty());
    key(&mut app, KeyCode::Char('q'), KeyModifiers::CONTROL);
    assert_eq!(key(&mut app, KeyCode::Char('d'), KeyModifiers::NONE), vec![Effect::Leave]);
}

#[test]
fn a_change_on_disk_is_taken_when_nothing_is_lost_and_asked_about_otherwise() {
    let mut app = fixed((100, 30), "terminal", ColorDepth::True);
    app.open_file("plan.yaml".into(), PLAN.into());
    let theirs = PLAN.replace("H100", "H200");
    assert_eq!(update(&mut app, Message::DiskChanged(theirs.clone())), vec![Effect::Evaluate]);
    assert_eq!(app.editor.as_str(), theirs);

    letters(&mut app, "x");
    let mine = app.editor.text();
    update(&mut app, Message::DiskChanged(PLAN.into()));
    assert_eq!(app.editor.as_str(), mine, "nothing is lost before the choice");
    letters(&mut app, "d");
    let shown = screen(&mut app);
    assert!(shown.contains("-   name: H200") && shown.contains("+   name: H100"), "{shown}");
    letters(&mut app, "tm");
    assert!(screen(&mut app).contains("changed on both sides"), "what is being typed decides nothing");
    key(&mut app, KeyCode::Char('m'), KeyModifiers::ALT);
    assert_eq!(app.editor.as_str(), mine);
    assert!(app.dirty());

    update(&mut app, Message::DiskChanged(theirs.clone()));
    key(&mut app, KeyCode::Char('t'), KeyModifiers::ALT);
    assert_eq!(app.editor.as_str(), theirs);
    key(&mut app, KeyCode::Char('u'), KeyModifiers::CONTROL);
    assert_eq!(app.editor.as_str(), mine, "undo brings mine back");
}

#[test]
fn the_keys_are_shown_from_the_chooser_and_it_comes_back() {
    for ask in [KeyCode::Char('?'), KeyCode::F(1)] {
        for close in [KeyCode::Esc, ask] {
            let mut app = app((100, 30), "terminal", ColorDepth::True);
            assert!(key(&mut app, ask, KeyModifiers::NONE).is_empty(), "{ask:?} leaves the program");
            assert!(screen(&mut app).contains("help: signs and keys"));
            assert!(key(&mut app, close, KeyModifiers::NONE).is_empty());
            assert!(screen(&mut app).contains("open a plan"));
        }
    }
    let mut app = app((100, 30), "terminal", ColorDepth::True);
    assert_eq!(key(&mut app, KeyCode::Esc, KeyModifiers::NONE), [Effect::Leave]);
}

#[test]
fn the_chooser_opens_every_sample_and_the_template() {
    for at in 0..=SAMPLES.len() {
        let mut app = app((100, 30), "terminal", ColorDepth::True);
        assert!(screen(&mut app).contains("open a plan"));
        for _ in 0..at {
            key(&mut app, KeyCode::Down, KeyModifiers::NONE);
        }
        key(&mut app, KeyCode::Enter, KeyModifiers::NONE);
        effects::evaluate(&mut app);
        assert_eq!(app.error_count(), 0, "{at}: {:?}", app.reading.diagnostics);
        assert!(app.report.is_some() && app.path.is_none() && !app.dirty());
        screen(&mut app);
        // Saving asks for a name.
        key(&mut app, KeyCode::Char('s'), KeyModifiers::CONTROL);
        assert!(matches!(app.overlay, Overlay::Name { .. }));
    }
}

#[test]
fn every_overlay_fits_every_screen() {
    for size in [(160, 50), (100, 30), (84, 24), (45, 40), (40, 10)] {
        let mut app = fixed(size, "terminal", ColorDepth::True);
        let conflict = Overlay::Conflict { theirs: String::new(), difference: None, scroll: 0 };
        let recovered = Overlay::Recovered { place: "/a/long/path/to/somewhere".into(), text: String::new() };
        for overlay in [
            Overlay::Menu,
            Overlay::Help(0),
            Overlay::Help(10_000),
            Overlay::Chooser(3),
            Overlay::Search("a very long text that is searched for, longer than a narrow screen".into()),
            Overlay::Card(2, 0),
            Overlay::Card(4, 99),
            conflict,
            recovered,
        ] {
            app.overlay = overlay;
            assert!(draw(&mut app).1.is_some(), "{size:?} {:?}: the cursor follows", app.overlay);
        }
    }
}

#[test]
fn the_mouse_focuses_selects_and_opens() {
    let mut app = fixed((160, 50), "terminal", ColorDepth::True);
    let walls = app.panes().inner(Pane::Walls).unwrap();
    let shown = screen(&mut app);
    let row = shown.lines().position(|line| line.contains("2 Memory")).unwrap() as u16;
    let click = |app: &mut App| {
        let kind = MouseEventKind::Down(MouseButton::Left);
        update(
            app,
            Message::Mouse(MouseEvent { kind, column: walls.x + 3, row, modifiers: KeyModifiers::NONE }),
        )
    };
    click(&mut app);
    assert_eq!((app.focus, app.selected[usize::from(Pane::Walls.number())]), (Pane::Walls, 1));
    click(&mut app);
    assert_eq!(app.overlay, Overlay::Card(2, 0));
    assert!(screen(&mut app).contains("151.9 GB / 85.9 GB = 1.77"));
}

#[test]
fn the_documentation_of_the_keys_is_fresh() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/keys.md");
    let wanted = mlsysim_tui::studio::keymap::keys_markdown();
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(file, &wanted).unwrap();
    }
    let found = std::fs::read_to_string(file).unwrap_or_default();
    assert!(found == wanted, "docs/keys.md is out of date: run `UPDATE=1 cargo test --test runner screen`");
}

fn any_key() -> impl Strategy<Value = Message> {
    let code = prop_oneof![
        12 => proptest::char::range(' ', '~').prop_map(KeyCode::Char),
        1 => any::<char>().prop_map(KeyCode::Char),
        2 => Just(KeyCode::Enter),
        2 => Just(KeyCode::Backspace),
        1 => Just(KeyCode::Delete),
        1 => Just(KeyCode::Tab),
        1 => Just(KeyCode::BackTab),
        2 => Just(KeyCode::Esc),
        1 => Just(KeyCode::Up),
        2 => Just(KeyCode::Down),
        1 => Just(KeyCode::Left),
        1 => Just(KeyCode::Right),
        1 => Just(KeyCode::PageDown),
        1 => Just(KeyCode::End),
        1 => (1u8..13).prop_map(KeyCode::F),
    ];
    let modifiers = prop_oneof![
        6 => Just(KeyModifiers::NONE),
        1 => Just(KeyModifiers::SHIFT),
        2 => Just(KeyModifiers::CONTROL),
        2 => Just(KeyModifiers::ALT),
    ];
    (code, modifiers).prop_map(|(code, modifiers)| Message::Key(KeyEvent::new(code, modifiers)))
}

fn any_message() -> impl Strategy<Value = Message> {
    let kind = prop_oneof![
        Just(MouseEventKind::Down(MouseButton::Left)),
        Just(MouseEventKind::Drag(MouseButton::Left)),
        Just(MouseEventKind::Up(MouseButton::Left)),
        Just(MouseEventKind::ScrollDown),
        Just(MouseEventKind::ScrollUp),
    ];
    prop_oneof![
        16 => any_key(),
        2 => "[ -~\n\ré日]{0,40}".prop_map(Message::Paste),
        3 => (kind, 0u16..180, 0u16..60).prop_map(|(kind, column, row)| {
            Message::Mouse(MouseEvent { kind, column, row, modifiers: KeyModifiers::NONE })
        }),
        1 => (0u16..200, 0u16..70).prop_map(|(columns, rows)| Message::Resize(columns, rows)),
        1 => "name: [a-z]{0,5}\n".prop_map(Message::DiskChanged),
        1 => Just(Message::DiskRemoved),
        1 => Just(Message::ToastOver),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever is typed, clicked, pasted or written to the disk: no panic, and unsaved text only goes where
    /// the user said so.
    #[test]
    fn nothing_breaks_it_and_nothing_is_lost(messages in proptest::collection::vec(any_message(), 1..80)) {
        let mut app = app((100, 30), "terminal", ColorDepth::True);
        app.open_file("plan.yaml".into(), PLAN.into());
        for message in messages {
            let dirty = app.dirty();
            let before = app.editor.text();
            let asked = matches!(app.overlay, Overlay::Leave(_) | Overlay::Chooser(_));
            let from_disk = matches!(message, Message::DiskChanged(_) | Message::DiskRemoved | Message::Resize(..));
            let effects = update(&mut app, message);
            if dirty && from_disk {
                prop_assert_eq!(&before, &app.editor.text());
            }
            if dirty && !asked {
                prop_assert!(!effects.contains(&Effect::Leave) || effects.iter().any(|effect| matches!(effect, Effect::Save(_))));
            }
            if effects.contains(&Effect::Evaluate) {
                effects::evaluate(&mut app);
            }
            draw(&mut app);
        }
    }
}

#[test]
fn a_card_leads_to_the_next_wall_and_remembers_the_session() {
    let mut app = fixed((160, 50), "terminal", ColorDepth::True);
    key(&mut app, KeyCode::Char('3'), KeyModifiers::ALT);
    key(&mut app, KeyCode::Enter, KeyModifiers::NONE);
    assert_eq!(app.overlay, Overlay::Card(2, 0), "the wall that binds comes first");
    key(&mut app, KeyCode::Up, KeyModifiers::NONE);
    assert_eq!(app.overlay, Overlay::Card(1, 0));
    key(&mut app, KeyCode::Down, KeyModifiers::NONE);
    assert_eq!(app.overlay, Overlay::Card(2, 0));
    assert_eq!(app.selected[usize::from(Pane::Walls.number())], 1, "the list goes along");
    let shown = screen(&mut app);
    for part in ["151.9 GB against 85.9 GB", "177 %", "demand / limit", "what helps", "A book, 2024"] {
        assert!(shown.contains(part), "{part}\n{shown}");
    }
    assert!(!shown.contains("in this session"), "one value is no history");
    let mut next = app.report.clone().unwrap();
    next.walls[1].pressure = Some(0.9);
    let reading = plan::read(PLAN, &app.registry, plan::Options::default());
    app.accept(reading, Some(next), 0.1);
    assert_eq!(app.history.of(2), [1.77, 0.9]);
    assert!(screen(&mut app).contains("177 % to 90 %"));
    key(&mut app, KeyCode::Esc, KeyModifiers::NONE);
    assert_eq!(app.overlay, Overlay::None);
}

#[test]
fn the_price_of_a_plan_that_does_not_fit_is_neither_yes_nor_no() {
    let mut app = fixed((160, 50), "terminal", ColorDepth::True);
    assert!(screen(&mut app).contains("WORTH if it fit: $37.1k"));
}

/// A studio in which a text was typed up to its end, key by key, evaluated after each as the loop does.
fn typed(size: (u16, u16), before: &str, more: &str) -> App {
    let mut app = app(size, "terminal", ColorDepth::True);
    app.open_unnamed("typed", before);
    app.welcome = false;
    let end = before.len();
    app.editor.go_to_offset(end);
    effects::evaluate(&mut app);
    for letter in more.chars() {
        letters(&mut app, &letter.to_string());
        effects::evaluate(&mut app);
    }
    app.settle_completions();
    app
}

#[test]
fn completions_open_while_typing_and_stay_out_of_its_way() {
    let start = "version: \"1.0\"\nname: x\nworkload:\n  name: Llama3_8B\nhardware:\n  name: H100\n  acc";
    let mut app = typed((110, 34), &start[..start.len() - 2], "cc");
    assert!(app.popup.is_some());
    let shown = screen(&mut app);
    // The left side only: numbers beside it are the engine's and move with it.
    let left: Vec<String> =
        shown.lines().skip(1).take(20).map(|line| line.chars().take(50).collect()).collect();
    insta::assert_snapshot!(left.join("\n"));
    // Enter is a line break until the user has moved in the list.
    let mut other = typed((110, 34), start, "e");
    key(&mut other, KeyCode::Enter, KeyModifiers::NONE);
    assert!(other.editor.as_str().starts_with(&format!("{start}e\n")), "{}", other.editor.as_str());
    assert_eq!(other.popup, None);
    // Esc closes the list and leaves the focus where it is.
    let mut other = typed((110, 34), start, "e");
    key(&mut other, KeyCode::Esc, KeyModifiers::NONE);
    assert_eq!((other.popup.clone(), other.focus), (None, Pane::Plan));
    // Moved to, Enter takes.
    let second = app.popup.as_ref().unwrap().items[1].label.clone();
    key(&mut app, KeyCode::Down, KeyModifiers::NONE);
    key(&mut app, KeyCode::Down, KeyModifiers::NONE);
    key(&mut app, KeyCode::Enter, KeyModifiers::NONE);
    assert!(app.editor.as_str().contains(&format!("\n  {second}: ")), "{}", app.editor.as_str());
    assert_eq!(app.editor.cursor_offset(), app.editor.as_str().len());
    app.editor.undo();
    assert_eq!(app.editor.as_str(), start);
}

#[test]
fn tab_takes_the_first_completion_and_control_space_asks() {
    let start = "version: \"1.0\"\nname: x\nworkload:\n  name: Llama3_8B\nhardware:\n  name: ";
    let mut app = typed((110, 34), start, "");
    assert_eq!(app.popup, None, "nothing is shown unasked before a word begins");
    key(&mut app, KeyCode::Char(' '), KeyModifiers::CONTROL);
    assert!(app.popup.as_ref().unwrap().items.len() > 20);
    for letter in "h10".chars() {
        letters(&mut app, &letter.to_string());
    }
    app.settle_completions();
    let first = app.popup.as_ref().unwrap().items[0].label.clone();
    key(&mut app, KeyCode::Tab, KeyModifiers::NONE);
    assert_eq!(app.editor.as_str(), format!("{start}{first}"));
    let mut comment = typed((110, 34), "version: \"1.0\"\n# hard", "w");
    assert_eq!(comment.popup, None);
    key(&mut comment, KeyCode::Char(' '), KeyModifiers::CONTROL);
    assert_eq!(comment.popup, None);
    assert!(screen(&mut comment).contains("nothing to complete here"));
}

#[test]
fn the_list_is_the_same_for_keys_one_by_one_and_at_once() {
    let start = "version: \"1.0\"\nname: x\nworkload:\n  name: Llama3_8B\nhardware:\n  name: ";
    let end = KeyCode::End;
    let back = KeyCode::Backspace;
    for script in [
        vec![KeyCode::Char('h'), KeyCode::Char('1')],
        vec![KeyCode::Char('h'), KeyCode::Char('q'), KeyCode::Char('q')],
        vec![KeyCode::Char('h'), KeyCode::Char('q'), back],
        vec![KeyCode::Char('h'), back, back],
        vec![KeyCode::Char('h'), end, back],
        vec![KeyCode::Char('h'), KeyCode::Char('1'), end],
        vec![KeyCode::Char('h'), KeyCode::Down, KeyCode::Down],
        vec![KeyCode::Char('h'), KeyCode::Esc, KeyCode::Char('1'), back],
        vec![KeyCode::Char('h'), KeyCode::Esc, back],
        vec![KeyCode::Char('h'), KeyCode::Tab, back],
        vec![KeyCode::Char('h'), KeyCode::Enter, KeyCode::Char('p')],
    ] {
        let (mut slow, mut fast) = (typed((110, 34), start, ""), typed((110, 34), start, ""));
        for code in &script {
            key(&mut slow, *code, KeyModifiers::NONE);
            screen(&mut slow);
            key(&mut fast, *code, KeyModifiers::NONE);
        }
        screen(&mut fast);
        assert_eq!(slow.editor.as_str(), fast.editor.as_str(), "{script:?}");
        assert_eq!(slow.popup, fast.popup, "{script:?}");
    }
    // What made the list go is taken away again.
    let mut app = typed((110, 34), start, "hq");
    assert_eq!(app.popup, None);
    key(&mut app, back, KeyModifiers::NONE);
    app.settle_completions();
    assert!(app.popup.is_some());
}

#[test]
fn the_field_under_the_cursor_is_explained() {
    let mut app = fixed((160, 50), "terminal", ColorDepth::True);
    app.editor.go_to_offset(PLAN.find("batch_size").unwrap() + 2);
    assert!(screen(&mut app).contains("workload.batch_size: "));
}

#[test]
fn the_roofline_takes_the_place_of_the_time_line() {
    for ascii in [false, true] {
        let mut app = app((160, 50), "terminal", ColorDepth::True);
        app.ascii = ascii;
        app.open_unnamed("serve", PLAN);
        effects::evaluate(&mut app);
        key(&mut app, KeyCode::Esc, KeyModifiers::NONE);
        letters(&mut app, "r");
        assert!(screen(&mut app).contains("roofline of one accelerator"));
        letters(&mut app, "z");
        let shown = screen(&mut app);
        for part in ["FLOP/B", "fp16", "memory 3.", "of the fp16 roof", "ridge"] {
            assert!(shown.contains(part), "{part}\n{shown}");
        }
        let braille = shown.contains(|letter| ('\u{2801}'..='\u{28ff}').contains(&letter));
        assert_eq!(braille, !ascii, "{shown}");
        letters(&mut app, "r");
        assert!(!screen(&mut app).contains("roofline"));
    }
    let mut narrow = app((45, 40), "terminal", ColorDepth::True);
    narrow.open_unnamed("serve", PLAN);
    effects::evaluate(&mut narrow);
    key(&mut narrow, KeyCode::Esc, KeyModifiers::NONE);
    letters(&mut narrow, "r");
    assert!(narrow.zoom && screen(&mut narrow).contains("of the fp16 roof"));
    letters(&mut narrow, "r");
    assert!(!narrow.zoom);
}

#[test]
fn matches_are_replaced_one_by_one_or_all_at_once() {
    let mut app = fixed((110, 34), "terminal", ColorDepth::True);
    key(&mut app, KeyCode::Char('f'), KeyModifiers::CONTROL);
    letters(&mut app, "H100");
    key(&mut app, KeyCode::Char('r'), KeyModifiers::CONTROL);
    letters(&mut app, "B200");
    assert!(screen(&mut app).contains("replace H100 with: 1 of 2"));
    let effects = key(&mut app, KeyCode::Enter, KeyModifiers::NONE);
    assert_eq!(effects, [Effect::Evaluate]);
    assert_eq!(app.editor.as_str().matches("B200").count(), 1);
    assert!(screen(&mut app).contains("replace H100 with: 1 of 1"));
    key(&mut app, KeyCode::Char('a'), KeyModifiers::CONTROL);
    assert!(app.toast.as_ref().is_some_and(|toast| toast.text.contains("replaced 1 match;")));
    assert_eq!((app.editor.as_str().matches("B200").count(), &app.overlay), (2, &Overlay::None));
    app.editor.undo();
    app.editor.undo();
    assert_eq!(app.editor.as_str(), PLAN);
}

#[test]
fn a_theme_that_is_being_written_is_seen_at_once() {
    let mut app = fixed((110, 34), "terminal", ColorDepth::True);
    let own = |text: &str| Message::ThemesChanged(vec![("terminal".into(), text.into())]);
    update(&mut app, own("name: terminal\nroles: {yaml-key: green}\n"));
    let before = app.theme.clone();
    assert_eq!(before.style(mlsysim_tui::studio::theme::Role::YamlKey).fg, Some(Color::Green));
    update(&mut app, own("name: terminal\nroles: {yaml-key: greenish}\n"));
    assert_eq!(app.theme, before, "a mistake changes nothing");
    assert!(app.toast.as_ref().is_some_and(|toast| toast.bad));
}

#[test]
fn what_moves_the_step_is_shown_strongest_first() {
    let mut app = fixed((160, 60), "terminal", ColorDepth::True);
    let mut report = app.report.clone().unwrap();
    report.sensitivities = vec![
        part("peak_compute", "peak compute", -0.04),
        part("memory_bandwidth", "memory bandwidth", -0.91),
        part("batch", "batch", 0.12),
    ];
    app.report = Some(report);
    key(&mut app, KeyCode::Char('5'), KeyModifiers::ALT);
    key(&mut app, KeyCode::Char('z'), KeyModifiers::ALT);
    let shown = screen(&mut app);
    let at = |word: &str| shown.find(word).unwrap_or_else(|| panic!("{word}\n{shown}"));
    assert!(at("memory bandwidth") < at("batch") && at("batch") < at("peak compute"));
    assert!(shown.contains("−0.91%") && shown.contains("+0.12%"), "{shown}");
    app.overlay = Overlay::Card(21, 0);
    assert!(screen(&mut app).contains("−0.91%"));
}
