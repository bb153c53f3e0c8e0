//! Every view at five sizes in three themes: what stands where, and in which style. A new view is one line in `VIEWS`.
//!
//! The text of a screen is kept once a size; the styles once a size and theme, as runs: `a12 b3` is twelve cells of
//! style `a` and three of style `b`, rows that are alike together. `INSTA_UPDATE=always cargo test gallery` after a
//! change, and a look at what changed.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crossterm::event::{KeyCode, KeyModifiers};
use mlsysim_tui::plan;
use mlsysim_tui::studio::app::{App, Overlay, Then};
use mlsysim_tui::studio::layout::Pane;
use mlsysim_tui::studio::message::Message;
use mlsysim_tui::studio::theme::ColorDepth;
use mlsysim_tui::studio::update::update;
use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};

use crate::screen::{draw, fixed, key, letters, text};

mod newer;
use newer::NEWER;

const SIZES: [(u16, u16); 5] = [(160, 50), (120, 36), (100, 30), (80, 24), (45, 40)];
const THEMES: [(&str, ColorDepth); 3] =
    [("terminal", ColorDepth::Ansi16), ("dark", ColorDepth::True), ("mono", ColorDepth::Mono)];

type View = (&'static str, fn(&mut App));

/// Name of the view, and what leads to it from a plan that was just opened.
const VIEWS: &[View] = &[
    ("plan", |_| ()),
    ("verdict", |app| app.focus = Pane::Verdict),
    ("walls", |app| app.focus = Pane::Walls),
    ("walls_zoomed", |app| {
        app.focus = Pane::Walls;
        app.zoom = true;
    }),
    ("memory", |app| app.focus = Pane::Memory),
    ("time", |app| app.focus = Pane::Time),
    ("roofline", |app| {
        app.focus = Pane::Verdict;
        press(app, KeyCode::Char('r'));
    }),
    ("money", |app| app.focus = Pane::Money),
    ("problems", |app| app.focus = Pane::Problems),
    ("stale", |app| {
        app.editor.replace_all("workload: {name: Llama3_70B, bathc_size: 8}\nhardware: {name: H100}\n");
        let reading = plan::read(app.editor.as_str(), &app.registry, plan::Options::default());
        app.accept(reading, None, 0.11);
    }),
    ("pinned", |app| {
        app.focus = Pane::Verdict;
        press(app, KeyCode::Char('b'));
    }),
    ("card", |app| app.overlay = Overlay::Card(2, 0)),
    ("palette", |app| {
        key(app, KeyCode::Char('p'), KeyModifiers::CONTROL);
        letters(app, "mem");
    }),
    ("menu", |app| {
        app.focus = Pane::Verdict;
        press(app, KeyCode::Char(' '));
    }),
    ("help", |app| app.overlay = Overlay::Help(0)),
    ("help_searched", |app| {
        app.overlay = Overlay::Help(0);
        letters(app, "/theme");
    }),
    ("chooser", |app| app.overlay = Overlay::Chooser(2)),
    ("find", |app| {
        key(app, KeyCode::Char('f'), KeyModifiers::CONTROL);
        letters(app, "name");
    }),
    ("leave", |app| app.overlay = Overlay::Leave(Then::Leave)),
    ("recovered", |app| {
        app.overlay = Overlay::Recovered { place: "/state/plan.yaml".into(), text: "x".into() };
    }),
    ("conflict", |app| {
        letters(app, "# mine");
        update(app, Message::DiskChanged("# theirs\n".into()));
        press(app, KeyCode::Char('d'));
    }),
    ("tour", |app| app.tour = Some(0)),
    ("watch", |app| {
        app.watch = true;
        app.focus = Pane::Verdict;
    }),
    ("wide_letters", |app| {
        if let Some(report) = &mut app.report {
            report.scenario = "計画 e\u{301}te\u{301} 👩‍🔬".into();
            report.economics.summary = "費用 $37.1k 年間".into();
            report.suggestions[0].title = "アクセラレータを2台".into();
        }
        app.title = "計画.yaml".into();
        app.editor.replace_all("name: \"計画 e\u{301}te\u{301}\"\nworkload:\n  name: Llama3_70B\n");
    }),
];

fn press(app: &mut App, code: KeyCode) {
    key(app, code, KeyModifiers::NONE);
}

/// What leads to a view.
type Lead = Box<dyn Fn(&mut App)>;

/// Every view by its name, with what leads to it.
fn views() -> Vec<(&'static str, Lead)> {
    let mut views: Vec<(&'static str, Lead)> =
        VIEWS.iter().map(|(name, lead)| (*name, Box::new(*lead) as _)).collect();
    views.extend(NEWER.iter().map(|(name, lead)| {
        let lead: Lead = Box::new(|app| lead(app, "Example"));
        (*name, lead)
    }));
    views
}

#[test]
fn every_view_at_every_size_in_every_theme() {
    for (name, lead) in views() {
        let mut shown = String::new();
        let mut styles = Styles::default();
        for size in SIZES {
            let (columns, rows) = size;
            let mut plain = None;
            for (theme, depth) in THEMES {
                let mut app = fixed(size, theme, depth);
                lead(&mut app);
                let (buffer, cursor) = draw(&mut app);
                let written = text(&buffer);
                // A text that differs by theme (fills in the place of colours) is kept as well.
                if plain.as_ref() != Some(&written) {
                    let at =
                        cursor.map_or("none".into(), |cursor| format!("{}:{}", cursor.y + 1, cursor.x + 1));
                    let _ = writeln!(shown, "== {columns}x{rows} {theme}, cursor {at}\n{written}");
                    plain.get_or_insert(written);
                }
                let _ = writeln!(shown, "-- styles of {theme}\n{}", styles.map(&buffer));
                assert!(cursor.is_some(), "{name} {columns}x{rows}: the cursor stands nowhere");
                columns_are_kept(&buffer, name);
                if depth == ColorDepth::Mono {
                    for cell in buffer.content() {
                        assert_eq!(
                            (cell.fg, cell.bg),
                            (Color::Reset, Color::Reset),
                            "{name} {columns}x{rows}"
                        );
                    }
                }
            }
        }
        let shown = format!("{shown}== styles\n{}", styles.legend());
        insta::with_settings!({ snapshot_path => "snapshots/gallery", prepend_module_to_snapshot => false, omit_expression => true }, {
            insta::assert_snapshot!(name, shown);
        });
    }
}

/// Letters of two columns must not push what stands behind them: frames end where frames end.
fn columns_are_kept(buffer: &Buffer, name: &str) {
    use unicode_width::UnicodeWidthStr as _;
    for y in 0..buffer.area.height {
        let mut x = 0;
        while x < buffer.area.width {
            let width = buffer[(x, y)].symbol().width().max(1) as u16;
            assert!(x + width <= buffer.area.width, "{name}: a wide letter is cut in row {y}");
            for hidden in 1..width {
                assert!(buffer[(x + hidden, y)].symbol().trim().is_empty(), "{name}: row {y} column {x}");
            }
            x += width;
        }
    }
}

/// Names in letters of two columns, of none, and joined ones: the frame stands where it stands with plain names.
#[test]
fn wide_and_combining_letters_in_names_keep_every_column() {
    for (view, lead) in NEWER {
        for size in SIZES {
            let frame = |name: &str| {
                let mut app = fixed(size, "dark", ColorDepth::True);
                lead(&mut app, name);
                let buffer = draw(&mut app).0;
                columns_are_kept(&buffer, view);
                let edge = |y: u16| {
                    let last = buffer.area.width - 1;
                    matches!(buffer[(last, y)].symbol(), "│" | "┤" | "┐" | "┘" | "╮" | "╯")
                };
                (0..buffer.area.height).map(edge).collect::<Vec<bool>>()
            };
            let (plain, wide) = (frame("Example"), frame("計画 e\u{301}te\u{301} 👩‍🔬"));
            assert_eq!(plain, wide, "{view} at {size:?}");
        }
    }
}

/// Views that work with ASCII alone, every one of them.
#[test]
fn with_ascii_borders_no_view_draws_another_letter_of_its_own() {
    for (name, lead) in views().iter().filter(|(name, _)| *name != "wide_letters") {
        for size in SIZES {
            let mut app = fixed(size, "mono", ColorDepth::Mono);
            app.ascii = true;
            lead(&mut app);
            let shown = text(&draw(&mut app).0).replace("Hydro-Québec", "");
            let wrong = shown.lines().find(|line| !line.is_ascii());
            assert!(wrong.is_none(), "{name} at {size:?}: {}", wrong.unwrap_or_default());
        }
    }
}

/// Styles by letter, in the order in which they are met.
#[derive(Default)]
struct Styles {
    letters: BTreeMap<String, usize>,
}

impl Styles {
    fn letter(&mut self, cell: &Cell) -> char {
        let words = words(cell);
        let next = self.letters.len();
        let at = *self.letters.entry(words).or_insert(next);
        (b'a'..=b'z')
            .chain(b'A'..=b'Z')
            .map(char::from)
            .chain("αβγδεζηθικλμνξοπρστυφχψω".chars())
            .nth(at)
            .unwrap()
    }

    fn map(&mut self, buffer: &Buffer) -> String {
        let mut rows: Vec<(u16, u16, String)> = Vec::new();
        for y in 0..buffer.area.height {
            let mut runs: Vec<(char, u16)> = Vec::new();
            for x in 0..buffer.area.width {
                let letter = self.letter(&buffer[(x, y)]);
                match runs.last_mut() {
                    Some((last, count)) if *last == letter => *count += 1,
                    _ => runs.push((letter, 1)),
                }
            }
            let row: Vec<String> = runs.iter().map(|(letter, count)| format!("{letter}{count}")).collect();
            let row = row.join(" ");
            match rows.last_mut() {
                Some((_, last, same)) if *same == row => *last = y,
                _ => rows.push((y, y, row)),
            }
        }
        rows.iter().fold(String::new(), |mut out, (first, last, row)| {
            let place =
                if first == last { format!("{}", first + 1) } else { format!("{}-{}", first + 1, last + 1) };
            let _ = writeln!(out, "{place}: {row}");
            out
        })
    }

    fn legend(&self) -> String {
        let mut by_letter: Vec<(&usize, &String)> =
            self.letters.iter().map(|(words, at)| (at, words)).collect();
        by_letter.sort();
        let letters =
            (b'a'..=b'z').chain(b'A'..=b'Z').map(char::from).chain("αβγδεζηθικλμνξοπρστυφχψω".chars());
        let lines: Vec<String> =
            letters.zip(by_letter).map(|(letter, (_, words))| format!("{letter} {words}\n")).collect();
        lines.concat()
    }
}

fn words(cell: &Cell) -> String {
    let colour = |colour: Color| match colour {
        Color::Reset => "-".to_owned(),
        Color::Rgb(red, green, blue) => format!("#{red:02x}{green:02x}{blue:02x}"),
        other => format!("{other:?}").to_lowercase(),
    };
    let mut words = format!("{} on {}", colour(cell.fg), colour(cell.bg));
    for (modifier, word) in [
        (Modifier::BOLD, "bold"),
        (Modifier::DIM, "dim"),
        (Modifier::ITALIC, "italic"),
        (Modifier::UNDERLINED, "underlined"),
        (Modifier::REVERSED, "reversed"),
    ] {
        if cell.modifier.contains(modifier) {
            words.push(' ');
            words.push_str(word);
        }
    }
    words
}
