//! The views that fill the screen: drawn at every size, theme and in ASCII, and what their keys do.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use mlsysim_tui::metrics::Lens;
use mlsysim_tui::registry::Registry;
use mlsysim_tui::studio::app::{App, Format, Overlay, Screen, Start};
use mlsysim_tui::studio::message::{Effect, Message};
use mlsysim_tui::studio::theme::{ColorDepth, Themes};
use mlsysim_tui::studio::update::update;
use mlsysim_tui::studio::{effects, view, work};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::sample;

const SIZES: [(u16, u16); 5] = [(160, 50), (120, 36), (100, 30), (80, 24), (45, 40)];

fn studio(size: (u16, u16), theme: &str, ascii: bool) -> App {
    let mut app = App::new(Start {
        registry: Registry::builtin(),
        physics: None,
        watch: false,
        ascii,
        themes: Themes::new(ColorDepth::True, Vec::new()),
        theme: theme.into(),
        size,
    });
    app.open_unnamed("plan", sample("serve-llama3-70b-on-eight"));
    app.welcome = false;
    effects::evaluate(&mut app);
    app
}

/// Types keys and does the work that they ask for, here and now.
fn keys(app: &mut App, text: &str) {
    for letter in text.chars() {
        let code = match letter {
            '⎋' => KeyCode::Esc,
            '⏎' => KeyCode::Enter,
            '⇥' => KeyCode::Tab,
            '↓' => KeyCode::Down,
            other => KeyCode::Char(other),
        };
        send(app, Message::Key(KeyEvent::new(code, KeyModifiers::NONE)));
    }
}

fn send(app: &mut App, message: Message) {
    for effect in update(app, message) {
        let job = match effect {
            Effect::Evaluate => {
                effects::evaluate(app);
                None
            }
            Effect::Survey => work::survey(app),
            Effect::Price => work::price(app),
            Effect::Compare(others) => Some(work::compare(app, others)),
            _ => None,
        };
        if let Some(job) = job {
            send(app, job());
        }
    }
}

fn drawn(app: &mut App) -> (Buffer, Vec<String>) {
    let area = Rect::new(0, 0, app.size.0, app.size.1);
    let mut buffer = Buffer::empty(area);
    view::draw(app, area, &mut buffer);
    let lines = (0..area.height)
        .map(|y| (0..area.width).map(|x| buffer[(x, y)].symbol()).collect::<String>())
        .collect();
    (buffer, lines)
}

fn text(app: &mut App) -> String {
    drawn(app).1.join("\n")
}

fn place_of(app: &mut App, wanted: &str) -> (u16, u16) {
    let (_, lines) = drawn(app);
    let (y, line) = lines.iter().enumerate().find(|(_, line)| line.contains(wanted)).unwrap_or_else(|| {
        panic!("{wanted} is not on the screen:\n{}", lines.join("\n"));
    });
    let x = line[..line.find(wanted).unwrap()].chars().count();
    (x as u16, y as u16)
}

fn click(app: &mut App, wanted: &str) {
    let (column, row) = place_of(app, wanted);
    let kind = MouseEventKind::Down(MouseButton::Left);
    send(app, Message::Mouse(MouseEvent { kind, column, row, modifiers: KeyModifiers::NONE }));
}

#[test]
fn every_view_shows_what_it_is_for_at_every_size_and_theme() {
    let cases: [(&str, &[&str]); 5] = [
        ("⎋R", &["accelerators", "find", "H100", "tok/s", "fits"]),
        ("⎋m", &["spent over time", "buy", "rent", "places by cost", "CO2e", "total over 365 days"]),
        ("⎋⏎", &["memory used", "TTFT", "= "]),
        ("⎋bRmi300x⏎c", &["pinned baseline", "this plan", "verdict"]),
        ("⎋X", &["HTML", "Markdown", "JSON", "SVG", "plan.html"]),
    ];
    for size in SIZES {
        for (theme, ascii) in [("terminal", false), ("dark", false), ("light", false), ("mono", true)] {
            for (typed, wanted) in cases {
                let mut app = studio(size, theme, ascii);
                keys(&mut app, typed);
                let (buffer, lines) = drawn(&mut app);
                let all = lines.join("\n");
                for word in wanted {
                    assert!(all.contains(word), "{size:?} {theme} {typed}: {word} is missing\n{all}");
                }
                if ascii {
                    for cell in buffer.content() {
                        assert!(cell.symbol().is_ascii(), "{size:?} {typed}: {:?}\n{all}", cell.symbol());
                    }
                }
            }
        }
    }
}

#[test]
fn an_entry_is_found_by_its_letters_and_put_into_the_plan_and_undo_takes_it_back() {
    let mut app = studio((120, 36), "dark", false);
    let before = app.editor.text();
    keys(&mut app, "⎋Rmi300x⏎");
    assert_eq!(app.overlay, Overlay::None);
    assert_eq!(app.editor.text(), before.replace("name: H100", "name: MI300X"));
    assert!(app.report.as_ref().unwrap().scenario.contains("Llama"));
    keys(&mut app, "u");
    assert_eq!(app.editor.text(), before);
}

#[test]
fn every_shelf_opens_and_says_what_cannot_stand_in_a_plan() {
    let mut app = studio((120, 36), "dark", false);
    keys(&mut app, "⎋R");
    for shelf in ["models", "regions", "nodes", "data sets", "prices", "systems"] {
        click(&mut app, shelf);
        assert!(text(&mut app).contains("source:"), "{shelf}\n{}", text(&mut app));
    }
    let before = app.editor.text();
    keys(&mut app, "⏎");
    assert_eq!(app.editor.text(), before);
    assert!(app.toast.as_ref().unwrap().text.contains("no field"), "{:?}", app.toast);
}

#[test]
fn a_figure_opens_down_to_a_source_and_is_copied_as_markdown() {
    let mut app = studio((160, 50), "dark", false);
    keys(&mut app, "⎋6⏎*");
    let shown = text(&mut app);
    assert!(shown.contains("price of one H100") && shown.contains("datasheet"), "{shown}");
    let copied = update(&mut app, Message::Key(KeyEvent::new(KeyCode::Char('y'), KeyModifiers::NONE)));
    let [Effect::Copy(markdown)] = copied.as_slice() else { panic!("{copied:?}") };
    assert!(markdown.starts_with("- **TCO**") && markdown.contains("  - **capex**"), "{markdown}");
    assert!(markdown.contains("source: "));
    // Closed again, and the step above is reached from below.
    keys(&mut app, "*");
    assert!(!text(&mut app).contains('▾'));
    keys(&mut app, "l↓h");
    let Overlay::Screen(screen) = &app.overlay else { panic!() };
    let Screen::Derivation(view) = &**screen else { panic!() };
    assert_eq!(view.selected, 0);
}

#[test]
fn the_card_of_a_wall_leads_to_its_derivation() {
    let mut app = studio((160, 50), "dark", false);
    keys(&mut app, "⎋3⏎");
    assert!(matches!(app.overlay, Overlay::Card(2, _)));
    keys(&mut app, "d");
    assert!(text(&mut app).contains("where it comes from: wall 2"), "{}", text(&mut app));
}

#[test]
fn the_money_view_ranks_places_and_puts_one_into_the_plan() {
    let mut app = studio((160, 50), "dark", false);
    keys(&mut app, "⎋m");
    assert!(text(&mut app).contains("buying is cheaper after"), "{}", text(&mut app));
    keys(&mut app, "s");
    assert!(text(&mut app).contains("places by carbon"));
    keys(&mut app, "s↓⏎");
    assert_eq!(app.overlay, Overlay::None);
    let report = app.report.as_ref().unwrap();
    assert!(!app.editor.text().contains("region: Quebec\n"), "{}", app.editor.text());
    assert!(report.tco.is_some());
    // By mouse: the first click selects, the second one takes.
    keys(&mut app, "m");
    click(&mut app, "Quebec (Hydro)");
    click(&mut app, "Quebec (Hydro)");
    assert!(app.editor.text().contains("region: Quebec\n"), "{}", app.editor.text());
}

#[test]
fn compare_tells_the_edits_and_what_each_does() {
    let mut app = studio((160, 50), "dark", false);
    keys(&mut app, "⎋bRmi300x⏎c");
    let shown = text(&mut app);
    for word in
        ["hardware.name: H100 → MI300X", "which edit explains what", "edit 1 ", "better", "worse", "✔"]
    {
        assert!(shown.contains(word), "{word}\n{shown}");
    }
    keys(&mut app, "⎋");
    assert_eq!(app.overlay, Overlay::None);
}

#[test]
fn a_plan_without_a_rival_is_compared_with_itself_on_other_accelerators() {
    for size in SIZES {
        let mut app = studio(size, "terminal", false);
        let before = app.editor.text();
        keys(&mut app, "⎋c");
        let shown = text(&mut app);
        assert!(shown.contains("the same plan on other accelerators"), "{size:?} {shown}");
        let Overlay::Screen(screen) = &app.overlay else { panic!("{shown}") };
        let Screen::Comparison(view) = &**screen else { panic!("{shown}") };
        let rivals = view.rivals.clone().unwrap();
        assert_eq!(rivals.len(), 6);
        assert!(rivals.iter().all(|rival| rival.same_plan && rival.name != "H100"), "{shown}");
        let told: Vec<_> = rivals.iter().map(|rival| &rival.answer.as_ref().unwrap().1.edits).collect();
        assert!(told.iter().all(|edits| edits.len() == 1 && edits[0].path == "hardware.name"), "{told:?}");
        let wide = format!("what differs from {}", rivals[0].name);
        assert!(shown.contains(&wide) || size.0 < 160, "{shown}");
        let own = app.report.as_ref().unwrap().metric(Lens::Macro, "usd_per_million_tokens").unwrap();
        let first = rivals[0].answer.as_ref().unwrap().0.metric(Lens::Macro, "usd_per_million_tokens");
        assert!(first.unwrap() < own, "the best comes first");
        assert!(shown.contains('✔'), "{shown}");
        // The next one is turned to like any rival, and the plan stays as it was.
        keys(&mut app, "⇥");
        assert!(text(&mut app).contains(&rivals[1].name));
        assert_eq!(app.editor.text(), before);
    }
    // A pinned plan is what is compared with.
    let mut app = studio((120, 36), "terminal", false);
    keys(&mut app, "⎋bc");
    assert!(!text(&mut app).contains("other accelerators"));
}

#[test]
fn nothing_to_compare_with_is_said() {
    let mut app = studio((100, 30), "dark", false);
    let vast = app.editor.text().replacen("batch_size: 32", "batch_size: 100000000", 1);
    app.open_unnamed("plan", &vast);
    effects::evaluate(&mut app);
    keys(&mut app, "⎋c");
    assert!(text(&mut app).contains("Pin a baseline"), "{}", text(&mut app));
}

#[test]
fn plans_stand_in_tabs_with_their_own_text_undo_and_baseline() {
    let mut app = studio((120, 36), "dark", false);
    keys(&mut app, "⎋b");
    app.add_tab(std::path::Path::new("/nowhere/other.yaml"), sample("carbon-poland").into());
    assert!(text(&mut app).contains("other.yaml"));
    let first = app.editor.text();
    keys(&mut app, "]");
    assert_eq!(app.editor.text(), sample("carbon-poland"));
    assert!(app.baseline.is_none(), "each plan has its own baseline");
    // By mouse back to the first one, whose baseline is still there.
    click(&mut app, " plan ");
    assert_eq!(app.editor.text(), first);
    assert!(app.baseline.is_some());
    keys(&mut app, "c");
    assert!(text(&mut app).contains("other.yaml"), "the other tab is a rival");
    keys(&mut app, "⎋]W");
    assert!(app.other_tabs().is_empty() && app.editor.text() == first);
}

#[test]
fn leaving_asks_about_every_tab_with_unsaved_text() {
    let mut app = studio((120, 36), "dark", false);
    app.add_tab(std::path::Path::new("/nowhere/other.yaml"), sample("carbon-poland").into());
    keys(&mut app, "⎋]");
    app.editor.replace_all("name: changed\n");
    keys(&mut app, "[q");
    assert!(matches!(app.overlay, Overlay::Leave(_)));
    assert_eq!(app.title, "other.yaml", "the tab that would be lost is shown");
    keys(&mut app, "⎋");
    assert_eq!(app.overlay, Overlay::None);
}

#[test]
fn a_report_is_written_beside_the_plan_and_never_over_a_file_unasked() {
    let folder = tempfile::tempdir().unwrap();
    let plan = folder.path().join("plan.yaml");
    let mut app = studio((100, 30), "dark", false);
    let before = app.editor.text();
    app.open_file(plan.clone(), before);
    effects::evaluate(&mut app);
    let (sender, _receiver) = std::sync::mpsc::channel();
    let mut outside = effects::Outside::new(sender);
    let mut enter = |app: &mut App| {
        let effects = update(app, Message::Key(KeyEvent::new(KeyCode::Enter, KeyModifiers::NONE)));
        outside.carry_out(app, effects, &mut false);
    };
    for (at, format) in Format::ALL.into_iter().enumerate() {
        keys(&mut app, if at == 0 { "⎋X" } else { "X" });
        keys(&mut app, &"⇥".repeat(at));
        enter(&mut app);
        assert_eq!(app.overlay, Overlay::None, "{format:?}: {:?}", app.toast);
    }
    let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap();
    assert!(read("plan.html").contains("<svg") && !read("plan.html").contains("http"));
    assert!(read("plan.md").starts_with("# "));
    assert!(read("plan.json").starts_with("{\n"));
    assert!(read("plan.svg").starts_with("<svg") && read("plan.svg").contains("FITS"));
    std::fs::write(folder.path().join("plan.html"), "mine").unwrap();
    keys(&mut app, "X");
    enter(&mut app);
    assert_eq!(read("plan.html"), "mine");
    assert!(text(&mut app).contains("plan.html exists"), "{}", text(&mut app));
    enter(&mut app);
    assert!(read("plan.html").contains("<svg"));
}

#[test]
fn every_view_says_how_to_leave_in_the_narrowest_pane() {
    for open in ["x", "R", "m", "c", "X"] {
        let mut app = studio((45, 40), "dark", false);
        keys(&mut app, &format!("⎋{open}"));
        let shown = text(&mut app);
        let footer = shown.lines().last().unwrap();
        assert!(footer.contains("esc close") || footer.contains("esc cancel"), "{open}: {footer}");
    }
}

#[test]
fn a_pinned_plan_shows_its_changes_in_memory_time_and_money() {
    let mut app = studio((160, 50), "dark", false);
    keys(&mut app, "⎋b");
    let text_before = app.editor.text();
    let changed = text_before.replacen("batch_size: 32", "batch_size: 16", 1);
    assert_ne!(text_before, changed);
    let (pinned, pinned_text) = (app.baseline.clone(), app.baseline_text.clone());
    app.open_unnamed("plan", &changed);
    (app.baseline, app.baseline_text) = (pinned, pinned_text);
    effects::evaluate(&mut app);
    let shown = text(&mut app);
    assert!(
        shown.lines().any(|line| line.contains("used since the pin") && line.contains("▼10 % │")),
        "less in use is no gain where both fit\n{shown}"
    );
    assert!(shown.lines().any(|line| line.contains("a step") && line.contains("% better")), "{shown}");
    assert!(
        shown.lines().any(|line| line.contains("per million tokens") && line.contains("% worse")),
        "{shown}"
    );
    // Every figure of money and carbon that moved says so: terms, energy, water, carbon of a token.
    keys(&mut app, "⎋6z");
    for size in [(120, 36), (80, 24), (45, 40)] {
        app.size = size;
        let shown = text(&mut app);
        for label in ["host energy", "carbon, operation", "energy at the meter", "water"] {
            let line = shown
                .lines()
                .rev()
                .find(|line| line.contains(label))
                .unwrap_or_else(|| panic!("{label}: {shown}"));
            let word = if size.0 < 60 { "▼" } else { "% better" };
            assert!(line.contains(word), "{size:?} {line}");
        }
        let twice =
            shown.lines().filter(|line| line.contains("per million tokens") && line.contains("% worse"));
        assert_eq!(twice.count(), 2, "money and carbon of a million tokens\n{shown}");
        let same = shown.lines().find(|line| line.contains("capex")).unwrap();
        assert!(
            !same.contains("better") && !same.contains("worse"),
            "what did not move says nothing: {same}"
        );
    }
}

#[test]
fn places_say_what_makes_them_dear_or_dirty_where_there_is_room() {
    let mut app = studio((160, 50), "dark", false);
    keys(&mut app, "⎋m");
    let shown = text(&mut app);
    for word in
        ["$/kWh", "g/kWh", "PUE", "total", "bought, whole price", "rented by the hour", "written off, of $"]
    {
        assert!(shown.contains(word), "{word}\n{shown}");
    }
    let quebec = shown.lines().find(|line| line.contains("▸ Quebec")).unwrap();
    for word in ["$0.043", "5.50", "1.06", "$78.4k", "220 kg CO2e"] {
        assert!(quebec.contains(word), "{word}: {quebec}");
    }
    // Without room for columns the selected place says it.
    for size in [(120, 36), (45, 40)] {
        let mut narrow = studio(size, "dark", false);
        keys(&mut narrow, "⎋m");
        let shown = text(&mut narrow);
        assert!(shown.contains("▸ $0.043/kWh, 5.50 g/kWh, PUE 1.06"), "{shown}");
        keys(&mut narrow, "↓");
        let shown = text(&mut narrow);
        assert!(shown.contains("$0.043/kWh, 5.48 g/kWh, PUE 1.10"), "{shown}");
    }
}

#[test]
fn a_total_of_which_nothing_is_known_is_not_zero() {
    let mut app = studio((160, 50), "dark", false);
    let unpriced = app.editor.text().replacen("name: H100", "name: Untether_speedAI240", 1);
    app.open_unnamed("plan", &unpriced);
    effects::evaluate(&mut app);
    let shown = text(&mut app);
    assert!(!shown.contains("$-0") && !shown.contains("$0.00"), "{shown}");
    assert!(
        shown.lines().any(|line| line.contains("total cost of ownership") && line.contains("not known")),
        "{shown}"
    );
}

#[test]
fn the_card_of_an_entry_has_units_and_leads_into_the_registry() {
    let mut app = studio((100, 40), "dark", false);
    let at = app.editor.text().find("name: H100").unwrap() + "name: ".len();
    app.editor.go_to_offset(at);
    send(&mut app, Message::Key(KeyEvent::new(KeyCode::F(12), KeyModifiers::NONE)));
    let shown = text(&mut app);
    assert!(
        shown.contains("TB/s") && shown.contains("↵ in the registry") && shown.contains("esc close"),
        "{shown}"
    );
    keys(&mut app, "⏎");
    let Overlay::Screen(screen) = &app.overlay else { panic!("{:?}", app.overlay) };
    let Screen::Registry(browser) = &**screen else { panic!("{screen:?}") };
    assert_eq!(browser.lines(&app)[browser.selected].id, "H100");
}
