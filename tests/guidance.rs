//! What the studio says about its keys, its signs and its lists.

use crossterm::event::{KeyCode, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use mlsysim_tui::plan;
use mlsysim_tui::studio::app::{App, Overlay, Screen};
use mlsysim_tui::studio::effects;
use mlsysim_tui::studio::layout::Pane;
use mlsysim_tui::studio::message::{Effect, Message};
use mlsysim_tui::studio::samples::SAMPLES;
use mlsysim_tui::studio::theme::ColorDepth;
use mlsysim_tui::studio::tour;
use mlsysim_tui::studio::update::update;
use mlsysim_tui::studio::work;

use super::screen::{app, draw, fixed, key, letters, screen};

/// A studio with a sample, evaluated, the focus on a panel.
fn studio(size: (u16, u16), sample: &str) -> App {
    let mut app = app(size, "terminal", ColorDepth::True);
    let text = SAMPLES.iter().find(|entry| entry.name == sample).unwrap().text;
    app.open_unnamed(sample, text);
    app.welcome = false;
    effects::evaluate(&mut app);
    key(&mut app, KeyCode::Esc, KeyModifiers::NONE);
    app
}

fn footer(app: &mut App) -> String {
    screen(app).lines().last().unwrap_or_default().to_owned()
}

fn press(app: &mut App, code: KeyCode) -> Vec<Effect> {
    key(app, code, KeyModifiers::NONE)
}

fn click(app: &mut App, column: u16, row: u16) -> Vec<Effect> {
    let kind = MouseEventKind::Down(MouseButton::Left);
    update(app, Message::Mouse(MouseEvent { kind, column, row, modifiers: KeyModifiers::NONE }))
}

fn find(app: &mut App, wanted: &str) -> (u16, u16) {
    let shown = screen(app);
    let (y, line) = shown.lines().enumerate().find(|(_, line)| line.contains(wanted)).unwrap_or_else(|| {
        panic!("{wanted}\n{shown}");
    });
    let x = line[..line.find(wanted).unwrap()].chars().count();
    (x as u16, y as u16)
}

fn toast(app: &App) -> String {
    app.toast.as_ref().map(|toast| toast.text.clone()).unwrap_or_default()
}

#[test]
fn each_prompt_names_its_own_keys() {
    let mut app = studio((160, 50), "serve-llama3-70b-on-eight");
    letters(&mut app, "S");
    let saving = footer(&mut app);
    assert!(saving.contains("save") && saving.contains("ctrl-a select all"), "{saving}");
    assert!(!saving.contains("match") && !saving.contains("replace"), "{saving}");
    press(&mut app, KeyCode::Esc);
    letters(&mut app, "O");
    assert!(footer(&mut app).contains("open") && !footer(&mut app).contains("match"));
    press(&mut app, KeyCode::Esc);
    letters(&mut app, "/");
    assert!(footer(&mut app).contains("next match"), "{}", footer(&mut app));
    press(&mut app, KeyCode::Esc);
    letters(&mut app, "xv");
    assert!(footer(&mut app).contains("explore") && !footer(&mut app).contains("match"));
}

#[test]
fn ctrl_a_selects_the_line_of_a_prompt_and_typing_takes_its_place() {
    let mut app = studio((120, 36), "serve-llama3-70b-on-eight");
    letters(&mut app, "S");
    key(&mut app, KeyCode::Char('a'), KeyModifiers::CONTROL);
    letters(&mut app, "new.yaml");
    let Overlay::Name { text, .. } = &app.overlay else { panic!() };
    assert_eq!(text, "new.yaml");
    key(&mut app, KeyCode::Char('a'), KeyModifiers::CONTROL);
    press(&mut app, KeyCode::Backspace);
    assert!(matches!(&app.overlay, Overlay::Name { text, .. } if text.is_empty()));
    letters(&mut app, "a");
    key(&mut app, KeyCode::Char('a'), KeyModifiers::CONTROL);
    update(&mut app, Message::Paste("b.yaml".into()));
    assert!(matches!(&app.overlay, Overlay::Name { text, .. } if text == "b.yaml"));
    // The selection ends with the prompt.
    key(&mut app, KeyCode::Char('a'), KeyModifiers::CONTROL);
    press(&mut app, KeyCode::Esc);
    letters(&mut app, "/");
    letters(&mut app, "na");
    assert!(matches!(&app.overlay, Overlay::Search(text) if text == "na"));
}

#[test]
fn a_view_is_explained_and_the_help_leads_back_to_it() {
    let mut app = studio((120, 36), "serve-llama3-70b-on-eight");
    letters(&mut app, "x");
    for code in [KeyCode::Char('?'), KeyCode::F(1)] {
        press(&mut app, code);
        let shown = screen(&mut app);
        for term in ["dominated", "frontier", "point", "axis"] {
            assert!(shown.contains(term), "{term}\n{shown}");
        }
        press(&mut app, KeyCode::Esc);
        assert_eq!(app.overlay, Overlay::Explore);
    }
    press(&mut app, KeyCode::Esc);
    letters(&mut app, "m?");
    assert!(screen(&mut app).contains("What the money view shows"));
    letters(&mut app, "q");
    assert!(matches!(&app.overlay, Overlay::Screen(view) if matches!(**view, Screen::Money(_))));
}

#[test]
fn an_answer_reaches_the_view_below_the_help() {
    let mut app = studio((120, 36), "serve-llama3-70b-on-eight");
    letters(&mut app, "b");
    let effects = press(&mut app, KeyCode::Char('c'));
    letters(&mut app, "?");
    for effect in effects {
        if let Effect::Compare(rivals) = effect {
            let answer = work::compare(&app, rivals)();
            update(&mut app, answer);
        }
    }
    press(&mut app, KeyCode::Esc);
    assert!(!screen(&mut app).contains("evaluating the others"), "{}", screen(&mut app));
}

#[test]
fn the_signs_of_the_panes_are_explained_in_help_and_menu() {
    let mut app = studio((160, 50), "serve-llama3-70b-on-eight");
    letters(&mut app, "?");
    for searched in ["near", "idle", "band", "22 read"] {
        letters(&mut app, "/");
        key(&mut app, KeyCode::Char('u'), KeyModifiers::CONTROL);
        letters(&mut app, searched);
        press(&mut app, KeyCode::Enter);
        let shown = screen(&mut app);
        assert!(shown.contains("Signs and words of"), "{searched}\n{shown}");
    }
    press(&mut app, KeyCode::Esc);
    letters(&mut app, "3 ");
    let shown = screen(&mut app);
    assert!(shown.contains("▶ binds") && shown.contains("! 80 %"), "{shown}");
}

#[test]
fn what_is_pinned_stands_in_the_first_line_and_changes_come_before_other_figures() {
    let mut app = studio((120, 36), "serve-llama3-70b-on-eight");
    letters(&mut app, "b");
    let first = screen(&mut app).lines().next().unwrap_or_default().to_owned();
    assert!(first.contains("◇ vs ") && first.contains("(pinned)"), "{first}");
    let text = app.editor.text().replace("batch_size: 32", "batch_size: 64");
    app.editor.replace_all(&text);
    effects::evaluate(&mut app);
    let shown = screen(&mut app);
    assert!(shown.contains("▼22 % better"), "the cost of a token changed most\n{shown}");
    // At the width of a side pane too.
    app.size = (45, 40);
    press(&mut app, KeyCode::Char('2'));
    app.size = (45, 40);
    let first = screen(&mut app).lines().next().unwrap_or_default().to_owned();
    assert!(first.contains('◇'), "{first}");
}

#[test]
fn a_plan_that_does_not_fit_still_shows_what_changed() {
    let mut app = studio((120, 36), "serve-llama3-70b");
    letters(&mut app, "b");
    let text = app.editor.text().replace("seq_len: 4096", "seq_len: 8192");
    app.editor.replace_all(&text);
    effects::evaluate(&mut app);
    let shown = screen(&mut app);
    assert!(shown.contains("worse"), "{shown}");
}

#[test]
fn no_figure_is_told_twice_in_the_verdict() {
    let mut app = studio((160, 50), "serve-llama3-70b-on-eight");
    let shown = screen(&mut app);
    assert!(!shown.contains("TCO per year") && !shown.contains("latency 15"), "{shown}");
    assert_eq!(shown.matches("memory used").count(), 0, "the sentence says it\n{shown}");
}

#[test]
fn tokens_per_second_are_told_once() {
    for size in [(200, 50), (160, 50), (120, 36), (45, 40)] {
        let mut app = studio(size, "serve-llama3-70b-on-eight");
        press(&mut app, KeyCode::Char('2'));
        let shown = screen(&mut app);
        assert_eq!(shown.matches("1,193").count(), 1, "{size:?}\n{shown}");
        assert!(!shown.contains("tok/s"), "the label has the unit\n{shown}");
    }
}

#[test]
fn the_parts_of_a_step_that_overlap_are_said_to() {
    let mut app = studio((120, 36), "serve-llama3-70b-on-eight");
    letters(&mut app, "5z");
    assert!(screen(&mut app).contains("the parts overlap: together they make more than the step"));
}

#[test]
fn a_suggestion_points_at_the_name_that_still_says_the_old_value() {
    let mut app = studio((160, 50), "serve-llama3-70b");
    let text = app.editor.text().replacen("version:", "# one H100\nversion:", 1);
    app.editor.replace_all(&text);
    effects::evaluate(&mut app);
    let suggestions = &app.report.as_ref().unwrap().suggestions;
    let at =
        suggestions.iter().position(|one| one.edits.iter().any(|edit| edit.0 == "hardware.name")).unwrap();
    letters(&mut app, "7");
    app.selected[7] = app.problems().iter().position(|one| one.suggestion == Some(at)).unwrap();
    letters(&mut app, "f");
    let told = toast(&app);
    assert!(told.contains(" still says H100; u undoes"), "{told}");
    let line = told.split("; line ").nth(1).and_then(|rest| rest.split(' ').next()).unwrap();
    let line = app.editor.text().lines().nth(line.parse::<usize>().unwrap() - 1).unwrap().to_owned();
    assert!(line.contains("H100"), "{line}");
}

#[test]
fn fix_falls_through_to_a_suggestion_and_says_what_it_does() {
    let mut app = studio((160, 50), "serve-llama3-70b-on-eight");
    let before = app.editor.text();
    let title = app.report.as_ref().unwrap().suggestions[0].title.clone();
    letters(&mut app, "f");
    let told = toast(&app);
    assert!(told.starts_with(&format!("applied: {title}")) && told.ends_with("; u undoes"), "{told}");
    assert!(told.contains('→'), "its effect is told: {told}");
    letters(&mut app, "u");
    assert_eq!(app.editor.text(), before);
    // On a suggestion it is that one that is meant.
    effects::evaluate(&mut app);
    letters(&mut app, "7j");
    let second = app.report.as_ref().unwrap().suggestions[1].title.clone();
    assert!(footer(&mut app).contains("↵ apply this one"), "{}", footer(&mut app));
    letters(&mut app, "f");
    assert!(toast(&app).starts_with(&format!("applied: {second}")), "{}", toast(&app));
}

#[test]
fn the_price_of_a_suggestion_is_never_cut() {
    for size in [(160, 50), (120, 36), (100, 30), (80, 24), (45, 40)] {
        let mut app = studio(size, "serve-llama3-70b-on-eight");
        press(&mut app, KeyCode::Char('2'));
        let shown = screen(&mut app);
        let rows: Vec<&str> =
            shown.lines().filter(|line| line.contains("→ ") && line.contains('$')).collect();
        let offered = app.report.as_ref().unwrap().suggestions.len();
        assert!(rows.len() >= offered.min(2), "{size:?}\n{shown}");
        assert!(rows.iter().all(|row| row.contains("/yr")), "{size:?}\n{shown}");
    }
}

#[test]
fn lists_that_go_on_say_so() {
    let mut app = studio((120, 36), "serve-llama3-70b-on-eight");
    letters(&mut app, "3");
    assert!(screen(&mut app).lines().any(|line| line.ends_with('↓')), "{}", screen(&mut app));
    letters(&mut app, "G");
    assert!(screen(&mut app).lines().any(|line| line.ends_with('↑')), "{}", screen(&mut app));
    letters(&mut app, "?");
    assert!(screen(&mut app).contains(" more"), "{}", screen(&mut app));
}

#[test]
fn from_the_end_of_a_text_the_first_key_up_moves_it() {
    let mut app = studio((120, 36), "serve-llama3-70b-on-eight");
    letters(&mut app, "?");
    screen(&mut app);
    press(&mut app, KeyCode::End);
    let end = screen(&mut app);
    press(&mut app, KeyCode::PageDown);
    assert_eq!(screen(&mut app), end, "there is nothing below the end");
    press(&mut app, KeyCode::Up);
    assert_ne!(screen(&mut app), end);
}

#[test]
fn a_click_in_a_list_hits_what_was_seen_twice() {
    let mut app = studio((120, 36), "serve-llama3-70b-on-eight");
    let effects = press(&mut app, KeyCode::Char('R'));
    for effect in effects {
        if effect == Effect::Survey {
            let job = work::survey(&app).unwrap();
            let answer = job();
            update(&mut app, answer);
        }
    }
    for _ in 0..30 {
        press(&mut app, KeyCode::Down);
    }
    draw(&mut app);
    // Any row that is seen: after the click it stands where it stood.
    let before = screen(&mut app);
    click(&mut app, 6, 8);
    let after = screen(&mut app);
    let list = |shown: &str| {
        let columns = |line: &str| line.chars().skip(2).take(18).collect::<String>();
        shown.lines().skip(4).take(20).map(columns).collect::<Vec<_>>()
    };
    assert_eq!(list(&before), list(&after));
}

#[test]
fn people_find_the_cheapest_place_by_other_words() {
    for (word, wanted) in [
        ("cheapest", "money view"),
        ("budget", "money view"),
        ("green", "money view"),
        ("bottleneck", "walls"),
        ("oom", "memory"),
        ("pareto", "explore"),
        ("gpu", "registry"),
    ] {
        let mut app = studio((120, 36), "serve-llama3-70b-on-eight");
        letters(&mut app, ":");
        letters(&mut app, word);
        let Overlay::Palette(palette) = &app.overlay else { panic!() };
        let first: Vec<String> =
            palette.found.iter().take(3).map(|found| palette.choices[found.index].label.clone()).collect();
        assert!(first.iter().any(|label| label == wanted), "{word}: {first:?}");
    }
    let mut app = studio((160, 50), "serve-llama3-70b-on-eight");
    letters(&mut app, "6");
    assert!(footer(&mut app).contains("m cheapest place"), "{}", footer(&mut app));
    let (x, y) = find(&mut app, "m places");
    click(&mut app, x, y);
    assert!(matches!(&app.overlay, Overlay::Screen(_)));
}

#[test]
fn the_tour_covers_nothing_that_it_speaks_of_and_says_that_it_goes_on() {
    for size in [(160, 50), (120, 36), (100, 30)] {
        for step in 0..tour::STEPS.len() {
            let Some(pane) = tour::STEPS[step].pane.filter(|pane| *pane != Pane::Plan) else { continue };
            let mut app = fixed(size, "terminal", ColorDepth::True);
            let free = screen(&mut app);
            app.tour = Some(step);
            let shown = screen(&mut app);
            let panes = app.panes();
            let Some(place) = panes.inner(pane) else { continue };
            let cells = |shown: &str| {
                shown
                    .lines()
                    .skip(usize::from(place.y))
                    .take(usize::from(place.height))
                    .map(|line| {
                        line.chars().skip(usize::from(place.x)).take(usize::from(place.width)).collect()
                    })
                    .collect::<Vec<String>>()
            };
            assert_eq!(cells(&free), cells(&shown), "step {step} at {size:?}\n{shown}");
            assert!(shown.contains("goes on by itself"), "{shown}");
        }
    }
}

#[test]
fn the_template_is_read_whole_in_the_editor_at_120_columns() {
    let widest = plan::template().lines().map(str::len).max().unwrap_or(0);
    assert!(widest <= 50, "{widest}");
    let mut app = app((120, 36), "terminal", ColorDepth::True);
    app.open_unnamed("new plan", plan::template());
    effects::evaluate(&mut app);
    let place = app.panes().inner(Pane::Plan).unwrap();
    let cut = screen(&mut app)
        .lines()
        .take(usize::from(place.bottom()))
        .any(|line| line.chars().take(usize::from(place.right())).collect::<String>().contains('…'));
    assert!(!cut, "{}", screen(&mut app));
}

#[test]
fn a_broken_promise_makes_its_lens_say_no() {
    let mut app = studio((120, 36), "serve-llama3-70b-on-eight");
    let text = app.editor.text();
    let line = text.lines().find(|line| line.trim_start().starts_with("batch_size:")).unwrap().to_owned();
    let indent = &line[..line.find('b').unwrap()];
    app.editor.replace_all(&text.replace(&line, &format!("{indent}batch_size: 256")));
    effects::evaluate(&mut app);
    let shown = screen(&mut app);
    let fast = shown.lines().find(|line| line.contains("FAST")).unwrap();
    assert!(fast.contains("NO") && fast.contains("ITL 40.8") && fast.contains(", above 40"), "{shown}");
}

#[test]
fn a_name_that_is_offered_is_replaced_by_typing_and_kept_by_moving() {
    let mut app = studio((120, 36), "serve-llama3-70b-on-eight");
    letters(&mut app, "S");
    letters(&mut app, "new.yaml");
    assert!(matches!(&app.overlay, Overlay::Name { text, .. } if text == "new.yaml"));
    press(&mut app, KeyCode::Esc);
    letters(&mut app, "S");
    update(&mut app, Message::Paste("b.yaml".into()));
    assert!(matches!(&app.overlay, Overlay::Name { text, .. } if text == "b.yaml"));
    for moving in [KeyCode::Left, KeyCode::Right, KeyCode::Home, KeyCode::End] {
        press(&mut app, KeyCode::Esc);
        letters(&mut app, "S");
        press(&mut app, moving);
        letters(&mut app, "x");
        let Overlay::Name { text, .. } = &app.overlay else { panic!() };
        assert!(text.ends_with("lx"), "{moving:?}: {text}");
    }
}

#[test]
fn a_plan_that_does_not_fit_names_the_phase_of_its_compute() {
    let mut app = studio((160, 50), "serve-llama3-70b");
    let shown = screen(&mut app);
    assert!(shown.contains("Compute prefill"), "{shown}");
}

#[test]
fn suggestions_have_their_prices_in_one_column() {
    for (size, sample) in [(160, 50), (120, 36), (100, 30), (80, 24), (45, 40)]
        .into_iter()
        .flat_map(|size| [(size, "serve-llama3-70b"), (size, "resnet50-a100"), (size, "sla-fails")])
    {
        let mut app = studio(size, sample);
        press(&mut app, KeyCode::Char('2'));
        let shown = screen(&mut app);
        let rows: Vec<&str> =
            shown.lines().filter(|line| line.contains("→ ") && line.contains("/yr")).collect();
        let ends: Vec<usize> =
            rows.iter().filter_map(|line| line.rfind("/yr").map(|at| line[..at].chars().count())).collect();
        assert!(
            !ends.is_empty() && ends.windows(2).all(|pair| pair[0] == pair[1]),
            "{size:?} {ends:?}\n{shown}"
        );
    }
    // Where the row is short the figure that a promise gets is still told.
    let mut app = studio((120, 36), "sla-fails");
    let shown = screen(&mut app);
    let row = shown.lines().find(|line| line.contains("use 4 accelerators")).unwrap();
    assert!(row.contains(" ms ") && row.contains("/yr"), "{row}");
}

#[test]
fn enter_on_the_walls_first_explains_the_one_that_binds() {
    let mut app = studio((120, 36), "serve-llama3-70b-on-eight");
    let binds = app.report.as_ref().unwrap().binding_wall().unwrap().name;
    letters(&mut app, "3");
    press(&mut app, KeyCode::Enter);
    let title = format!("{binds} (");
    assert!(screen(&mut app).contains(&title), "{}", screen(&mut app));
}
