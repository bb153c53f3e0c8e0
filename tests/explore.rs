//! The studio's view of the design space.

use std::collections::BTreeSet;

use mlsysim_tui::engine::figures::{self, Figures};
use mlsysim_tui::metrics::Lens;
use mlsysim_tui::plan::{self, Options};
use mlsysim_tui::search::explore::Dot;
use mlsysim_tui::search::optimize::objective;
use mlsysim_tui::studio::app::{App, Design, Exploration, Explored, Offer, Overlay, Question};
use mlsysim_tui::studio::effects;
use mlsysim_tui::studio::message::{Effect, Message};
use mlsysim_tui::studio::theme::ColorDepth;
use mlsysim_tui::studio::update::update;

use crossterm::event::{KeyCode, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};

use super::screen::{app, draw, fixed, key, letters, screen};

const PLAN: &str = "\
version: \"1.0\"
name: small
workload: {name: Llama3_8B, mode: serve, batch_size: 3} # users
hardware: {name: H100, accelerators: 1}
parallelism: {tensor: 1, pipeline: 1}
ops: {region: Quebec}
";

/// A picture that stands still whatever the engine learns.
pub fn still(app: &mut App) {
    let plan = plan::read(PLAN, &app.registry, Options::default()).plan.unwrap();
    let base = figures::figures(&plan, &app.registry);
    let objectives = ["tco", "itl_ms"].map(|name| objective::objective(name, &base).unwrap());
    let offer = |path: &str, on, ends: (&str, &str), count| Offer {
        path: path.into(),
        on,
        ends: (ends.0.into(), ends.1.into()),
        count,
    };
    let dots: Vec<Dot> = (0..60)
        .map(|index| {
            let turn = f64::from(index);
            let at = (20_000.0 + 2_000.0 * turn, 120.0 / (1.0 + turn / 4.0) + f64::from(index % 7) * 4.0);
            Dot { index: index as u64, at, ok: index % 5 != 0 }
        })
        .collect();
    // Figures of the plan that stands still, but twice as fast.
    let figures = app.report.clone().map(|mut report| {
        report.performance.metrics =
            vec![("itl_ms", 12.0), ("ttft_ms", 406.0), ("output_tokens_per_s", 666.0)];
        Figures::of(&report)
    });
    let design = |index: usize, batch: &str, count: &str| Design {
        dot: dots[index],
        values: vec![count.into(), batch.into()],
        edits: vec![
            ("hardware.accelerators".into(), count.into()),
            ("workload.batch_size".into(), batch.into()),
        ],
        figures,
        warnings: Vec::new(),
    };
    let frontier =
        vec![design(7, "8", "1"), design(14, "16", "2"), design(28, "32", "4"), design(56, "64", "8")];
    let found = Exploration {
        offers: vec![
            offer("hardware.accelerators", true, ("1", "8"), 4),
            offer("workload.batch_size", true, ("1", "512"), 10),
            offer("hardware.name", false, ("H100", "H20"), 14),
            offer("parallelism.tensor", false, ("1", "8"), 4),
            offer("hardware.precision", false, ("fp16", "fp8"), 2),
        ],
        pairs: 3,
        limits: Vec::new(),
        objectives,
        varied: vec!["hardware.accelerators".into(), "workload.batch_size".into()],
        dots: dots.clone(),
        frontier,
        counts: (60, 80, 60),
        refused: None,
        finished: false,
    };
    app.explore.found = Some(Ok(found));
    app.explore.selected = 1;
    app.overlay = Overlay::Explore;
}

#[test]
fn the_space_at_three_sizes() {
    for (name, size) in [("wide", (160, 50)), ("medium", (80, 24)), ("side_pane", (45, 40))] {
        let mut app = fixed(size, "terminal", ColorDepth::True);
        app.baseline.clone_from(&app.report);
        still(&mut app);
        insta::assert_snapshot!(format!("explore_{name}"), screen(&mut app));
    }
    let mut ascii = fixed((100, 30), "mono", ColorDepth::Mono);
    ascii.ascii = true;
    still(&mut ascii);
    let drawn = screen(&mut ascii);
    assert!(drawn.contains("enter writes: count 2, batch 16"), "{drawn}");
    assert!(drawn.is_ascii(), "{drawn}");
}

#[test]
fn what_a_design_warns_of_stands_beside_what_it_writes() {
    let mut app = fixed((160, 50), "terminal", ColorDepth::True);
    still(&mut app);
    if let Some(Ok(found)) = &mut app.explore.found {
        found.frontier[1].warnings = vec!["uneven_batch"];
    }
    let drawn = screen(&mut app);
    assert!(drawn.contains("enter writes: count 2, batch 16 (warns: uneven batch)"), "{drawn}");
}

#[test]
fn any_size_is_drawn_and_clicked_without_harm() {
    for width in [30, 45, 60, 80, 120, 200] {
        for height in [8, 12, 24, 60] {
            let mut app = fixed((width, height), "dark", ColorDepth::True);
            still(&mut app);
            draw(&mut app);
            for (column, row) in [(0, 0), (width / 4, height / 2), (width - 3, height - 3)] {
                click(&mut app, column, row);
            }
        }
    }
}

fn click(app: &mut App, column: u16, row: u16) -> Vec<Effect> {
    let event = MouseEvent {
        kind: MouseEventKind::Down(MouseButton::Left),
        column,
        row,
        modifiers: KeyModifiers::NONE,
    };
    update(app, Message::Mouse(event))
}

#[test]
fn the_mouse_picks_in_the_table_and_in_the_plot() {
    let mut app = fixed((160, 50), "terminal", ColorDepth::True);
    still(&mut app);
    let (buffer, _) = draw(&mut app);
    let find = |wanted: &str| {
        (0..buffer.area.height)
            .flat_map(|y| (0..buffer.area.width).map(move |x| (x, y)))
            .filter(|at| buffer[*at].symbol() == wanted)
            .collect::<Vec<_>>()
    };
    let (x, y) = find("▸")[0];
    click(&mut app, x + 3, y + 2);
    assert_eq!(app.explore.selected, 3);
    // Marks of the plot: the leftmost is the first design.
    let legend = |(x, y): (u16, u16)| buffer[(x + 2, y)].symbol() == "b";
    let first = find("●").into_iter().filter(|at| !legend(*at)).min_by_key(|(x, _)| *x).unwrap();
    click(&mut app, first.0, first.1);
    assert_eq!(app.explore.selected, 0);
}

/// A studio with a small plan, evaluated.
fn small() -> App {
    let mut app = app((160, 50), "terminal", ColorDepth::True);
    app.open_unnamed("small", PLAN);
    effects::evaluate(&mut app);
    let at = PLAN.find("batch_size: 3").unwrap() + "batch_size: ".len();
    app.editor.go_to_offset(at);
    key(&mut app, KeyCode::Esc, KeyModifiers::NONE);
    app
}

#[test]
fn a_design_is_found_written_and_taken_back() {
    let mut app = small();
    letters(&mut app, "x");
    assert_eq!(app.overlay, Overlay::Explore);
    // Fewer axes, so that a test build is quick: the batch alone.
    app.explore.flipped = ["hardware.accelerators", "parallelism.tensor"].map(String::from).into();
    effects::explore_now(&mut app);
    let Some(Ok(found)) = &app.explore.found else { panic!("{:?}", app.explore.found) };
    assert!(found.finished);
    assert_eq!(found.offers[0].path, "workload.batch_size", "the field under the cursor comes first");
    assert_eq!(found.varied, ["workload.batch_size"]);
    assert!(found.frontier.len() > 3, "{:?}", found.frontier);
    let design = found.frontier[1].clone();
    key(&mut app, KeyCode::Down, KeyModifiers::NONE);
    let effects = key(&mut app, KeyCode::Enter, KeyModifiers::NONE);
    assert_eq!(effects, [Effect::Evaluate]);
    assert_eq!(app.overlay, Overlay::None);
    let wanted = format!("batch_size: {}}} # users", design.values[0]);
    assert!(app.editor.as_str().contains(&wanted), "{}", app.editor.as_str());
    effects::evaluate(&mut app);
    let report = app.report.as_ref().unwrap();
    let shown = found_figure(report, "usd_per_million_tokens");
    assert_eq!(shown, design.dot.at.0, "the plan has the figures that the table showed");
    // The focus is where it was before: the key of a panel undoes, as the message says, and types nothing.
    let told = app.toast.as_ref().map(|toast| toast.text.clone()).unwrap_or_default();
    assert_eq!(told, "wrote 1 field of the design; u undoes");
    letters(&mut app, "u");
    assert_eq!(app.editor.as_str(), PLAN);
    // From the editor it is the editor's key.
    key(&mut app, KeyCode::Char('i'), KeyModifiers::NONE);
    assert_eq!(app.undoes(), "ctrl-u undoes");
}

#[test]
fn no_column_that_tells_designs_apart_is_ever_left_out() {
    for size in [(160, 50), (120, 36), (100, 30), (80, 24), (45, 40)] {
        let mut app = fixed(size, "terminal", ColorDepth::True);
        still(&mut app);
        let Some(Ok(found)) = &mut app.explore.found else { panic!() };
        found.varied =
            ["hardware.name", "hardware.accelerators", "parallelism.tensor", "workload.batch_size"]
                .map(String::from)
                .into();
        for (at, design) in found.frontier.iter_mut().enumerate() {
            let device = ["MI300X", "GB200_NVL72", "H200", "B200"][at];
            design.values = [device, "8", "4", &(17 << at).to_string()].map(String::from).into();
        }
        let shown = screen(&mut app);
        let row = shown.lines().find(|line| line.contains("GB200")).unwrap_or_else(|| panic!("{shown}"));
        assert!(row.contains("34"), "{size:?}: the batch is missing\n{shown}");
        // What is the same in every design goes first, and is said below the list instead.
        let narrow = size.0 < 60;
        assert_eq!(shown.contains("in all of them: "), narrow, "{size:?}\n{shown}");
        assert!(shown.contains("latency") || shown.contains("ITL"), "{size:?}\n{shown}");
    }
}

#[test]
fn the_designs_figures_stand_beside_the_plans_at_120_columns() {
    let mut app = fixed((120, 36), "terminal", ColorDepth::True);
    still(&mut app);
    let Some(Ok(found)) = &mut app.explore.found else { panic!() };
    let more: Vec<Design> = found.frontier.iter().cycle().take(40).cloned().collect();
    found.frontier = more;
    let shown = screen(&mut app);
    assert!(shown.contains("this design") && shown.contains("this plan"), "{shown}");
    assert!(shown.contains("2 of 40"), "{shown}");
}

fn found_of(app: &App, lens: Lens, key: &str) -> f64 {
    app.report.as_ref().and_then(|report| report.metric(lens, key)).unwrap()
}

fn found_figure(report: &mlsysim_tui::engine::Report, key: &str) -> f64 {
    report.metric(Lens::Macro, key).unwrap()
}

#[test]
fn axes_and_objectives_are_chosen_by_key() {
    let mut app = small();
    letters(&mut app, "x");
    still(&mut app);
    letters(&mut app, "3");
    assert!(app.explore.flipped.contains("hardware.name"));
    assert!(app.explore.found.is_none(), "the old picture goes");
    still(&mut app);
    letters(&mut app, "3");
    assert!(app.explore.flipped.is_empty());
    still(&mut app);
    letters(&mut app, "9");
    assert_eq!(app.toast.as_ref().map(|toast| toast.text.as_str()), Some("there is no such axis"));
    key(&mut app, KeyCode::Tab, KeyModifiers::NONE);
    assert_eq!(app.explore.pair, 1);
    key(&mut app, KeyCode::Esc, KeyModifiers::NONE);
    assert_eq!(app.overlay, Overlay::None);
}

#[test]
fn an_axis_is_typed_and_what_is_wrong_with_it_is_told() {
    let mut app = small();
    letters(&mut app, "x");
    letters(&mut app, "v");
    assert_eq!(app.overlay, Overlay::Vary(String::new()));
    letters(&mut app, "gpus,tp=1,2; batch_size=8,16");
    key(&mut app, KeyCode::Enter, KeyModifiers::NONE);
    assert_eq!(app.overlay, Overlay::Explore);
    effects::explore_now(&mut app);
    let Some(Ok(found)) = &app.explore.found else { panic!("{:?}", app.explore.found) };
    let together = "hardware.accelerators,parallelism.tensor,workload.batch_size";
    assert_eq!((found.offers[0].path.as_str(), found.offers[0].on), (together, true));
    assert_eq!(found.varied.join(","), together);
    assert_eq!(found.counts.1, 2, "two points: the fields turn together");
    assert!(screen(&mut app).contains("1 count+tensor+batch"), "{}", screen(&mut app));
    letters(&mut app, "1");
    let told = app.toast.as_ref().map(|toast| toast.text.as_str());
    assert_eq!(told, Some("one axis at least stays on"));
    // What is wrong stays to be mended.
    letters(&mut app, "v");
    letters(&mut app, "4");
    key(&mut app, KeyCode::Enter, KeyModifiers::NONE);
    assert_eq!(app.explore.typed, "gpus,tp=1,2; batch_size=8,164");
    letters(&mut app, "v");
    key(&mut app, KeyCode::Char('u'), KeyModifiers::CONTROL);
    letters(&mut app, "gpsu=1");
    key(&mut app, KeyCode::Enter, KeyModifiers::NONE);
    effects::explore_now(&mut app);
    assert!(
        matches!(&app.explore.found, Some(Err(why)) if why.contains("unknown field `gpsu`") && why.contains("v changes it"))
    );
    // Nothing typed: the usual axes again. Esc leaves what was.
    letters(&mut app, "v");
    key(&mut app, KeyCode::Char('u'), KeyModifiers::CONTROL);
    key(&mut app, KeyCode::Esc, KeyModifiers::NONE);
    assert_eq!((app.overlay.clone(), app.explore.typed.as_str()), (Overlay::Explore, "gpsu=1"));
    letters(&mut app, "v");
    key(&mut app, KeyCode::Char('u'), KeyModifiers::CONTROL);
    key(&mut app, KeyCode::Enter, KeyModifiers::NONE);
    assert_eq!(app.explore.typed, "");
}

#[test]
fn limits_hold_in_the_space_and_never_reach_the_plan() {
    let mut app = small();
    letters(&mut app, "x");
    app.explore.flipped = ["hardware.accelerators", "parallelism.tensor"].map(String::from).into();
    effects::explore_now(&mut app);
    let of = |app: &App| {
        let Some(Ok(found)) = &app.explore.found else { panic!("{:?}", app.explore.found) };
        let fit = found.dots.iter().filter(|dot| dot.ok).count();
        (found.frontier.iter().map(|design| design.dot.at).collect::<Vec<_>>(), fit, found.limits.clone())
    };
    let (before, free, _) = of(&app);
    // The name is completed from a few letters, by the plan's own figures.
    letters(&mut app, "litl");
    let shown = screen(&mut app);
    let itl = found_of(&app, Lens::Performance, "itl_ms");
    assert!(shown.contains("itl_ms") && shown.contains("this plan has"), "{shown}");
    assert!(!shown.contains("tco_usd  "), "{shown}");
    key(&mut app, KeyCode::Tab, KeyModifiers::NONE);
    assert_eq!(app.overlay, Overlay::Limit { text: "itl_ms < ".into(), selected: 0 });
    // Between the least and the most of the frontier.
    letters(&mut app, &format!("{}; usd_per_million_tokens < 1k", itl * 1.2));
    key(&mut app, KeyCode::Enter, KeyModifiers::NONE);
    assert_eq!(app.overlay, Overlay::Explore);
    effects::explore_now(&mut app);
    let (after, held, limits) = of(&app);
    assert_eq!(limits.len(), 2);
    assert!(!after.is_empty() && after.len() < before.len(), "{before:?} {after:?}");
    assert!(held < free);
    let all = app.explore.frontier().iter().map(|design| design.figures.unwrap());
    assert!(all.map(|all| all.metric(Lens::Performance, "itl_ms").unwrap()).all(|one| one <= itl * 1.2));
    let shown = screen(&mut app);
    assert!(
        shown.contains("l within ITL ≤ ") && shown.contains("cost per million tokens ≤ $1,000"),
        "{shown}"
    );
    // The plan does not get them, and a design is written without them.
    assert_eq!(app.editor.as_str(), PLAN);
    key(&mut app, KeyCode::Down, KeyModifiers::NONE);
    key(&mut app, KeyCode::Enter, KeyModifiers::NONE);
    assert!(!app.editor.as_str().contains("constraints"), "{}", app.editor.as_str());
    // An empty line takes them away.
    letters(&mut app, "x");
    letters(&mut app, "l");
    key(&mut app, KeyCode::Char('u'), KeyModifiers::CONTROL);
    key(&mut app, KeyCode::Enter, KeyModifiers::NONE);
    effects::explore_now(&mut app);
    assert_eq!(of(&app).2, []);
}

#[test]
fn what_is_wrong_with_a_limit_is_told_and_stays_to_be_mended() {
    let mut app = small();
    letters(&mut app, "xlitl_mss < 4");
    key(&mut app, KeyCode::Enter, KeyModifiers::NONE);
    effects::explore_now(&mut app);
    let shown = screen(&mut app);
    assert!(shown.contains("unknown metric `itl_mss`; did you mean `performance.itl_ms`?"), "{shown}");
    // What was typed stays to be mended, and what was found stays behind it.
    assert_eq!(app.overlay, Overlay::Limit { text: "itl_mss < 4".into(), selected: 0 });
    assert!(shown.contains("176 points"), "{shown}");
    // Esc leaves what was.
    key(&mut app, KeyCode::Esc, KeyModifiers::NONE);
    assert_eq!((app.overlay.clone(), app.explore.limits.as_str()), (Overlay::Explore, ""));
    // Nothing keeps this one, and that is said.
    letters(&mut app, "l");
    key(&mut app, KeyCode::Char('u'), KeyModifiers::CONTROL);
    letters(&mut app, "ttft_ms < 1e-6");
    key(&mut app, KeyCode::Enter, KeyModifiers::NONE);
    app.explore.flipped = ["hardware.accelerators", "parallelism.tensor"].map(String::from).into();
    effects::explore_now(&mut app);
    let shown = screen(&mut app);
    assert!(shown.contains("none keeps every limit"), "{shown}");
}

#[test]
fn a_click_takes_a_metric_for_a_limit() {
    for size in [(160, 50), (80, 24), (45, 40)] {
        let mut app = small();
        app.size = size;
        letters(&mut app, "xl");
        let drawn = screen(&mut app);
        let row =
            drawn.lines().position(|line| line.contains(" ttft_ms")).unwrap_or_else(|| panic!("{drawn}"));
        click(&mut app, 6, row as u16);
        assert_eq!(app.overlay, Overlay::Limit { text: "ttft_ms < ".into(), selected: 0 }, "{drawn}");
    }
}

#[test]
fn an_answer_to_an_older_question_is_dropped() {
    let mut app = small();
    letters(&mut app, "x");
    let question = |revision| Question {
        revision,
        offset: 0,
        pair: 0,
        flipped: BTreeSet::new(),
        typed: String::new(),
        limits: String::new(),
    };
    app.explore.asked = Some(question(2));
    let answer = |revision| {
        Message::Explored(Box::new(Explored { question: question(revision), found: Err("no".into()) }))
    };
    update(&mut app, answer(1));
    assert!(app.explore.found.is_none());
    update(&mut app, answer(2));
    assert!(app.explore.found.is_some());
}

#[test]
fn a_broken_plan_has_no_space() {
    let mut app = small();
    app.open_unnamed("broken", "version: 1\nname: [");
    effects::evaluate(&mut app);
    key(&mut app, KeyCode::Char('x'), KeyModifiers::ALT);
    assert_eq!(app.overlay, Overlay::None);
    assert!(app.toast.is_some());
}
