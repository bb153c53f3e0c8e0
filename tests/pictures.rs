//! The pictures of the documentation are real frames. `UPDATE=1 cargo test` draws them again.

use std::path::Path;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use mlsysim_tui::engine;
use mlsysim_tui::files::proposals::Proposal;
use mlsysim_tui::plan;
use mlsysim_tui::registry::Registry;
use mlsysim_tui::studio::app::{App, Considered, Overlay, Start};
use mlsysim_tui::studio::diff::diff;
use mlsysim_tui::studio::message::{Effect, Message};
use mlsysim_tui::studio::picture::svg;
use mlsysim_tui::studio::samples::SAMPLES;
use mlsysim_tui::studio::theme::{ColorDepth, Themes};
use mlsysim_tui::studio::update::update;
use mlsysim_tui::studio::{effects, view, work};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// A sample plan in the studio, with an evaluation time that does not depend on the machine. `keys` are pressed, and the
/// work that they ask for is done at once.
fn frame(sample: &str, theme: &str, size: (u16, u16), keys: &str) -> Buffer {
    let text = SAMPLES.iter().find(|entry| entry.name == sample).unwrap().text;
    let mut app = App::new(Start {
        registry: Registry::builtin(),
        physics: None,
        watch: false,
        ascii: false,
        themes: Themes::new(ColorDepth::True, Vec::new()),
        theme: theme.into(),
        size,
    });
    app.open_unnamed(&format!("{sample}.yaml"), text);
    app.welcome = false;
    let reading = plan::read(text, &app.registry, plan::Options::default());
    let report = engine::evaluate(reading.plan.as_ref().unwrap(), &app.registry);
    app.accept(reading, Some(report), 0.11);
    for key in keys.chars().filter(|_| keys != "p") {
        let code = if key == '⎋' { KeyCode::Esc } else { KeyCode::Char(key) };
        press(&mut app, Message::Key(KeyEvent::new(code, KeyModifiers::NONE)));
    }
    if app.overlay == Overlay::None && keys == "p" {
        propose(&mut app);
    }
    if app.overlay == Overlay::Explore {
        effects::explore_now(&mut app);
    }
    let area = Rect::new(0, 0, size.0, size.1);
    let mut buffer = Buffer::empty(area);
    view::draw(&mut app, area, &mut buffer);
    buffer
}

/// What an agent would propose for a plan that does not fit.
fn propose(app: &mut App) {
    let now = app.editor.text();
    let text =
        now.replace("accelerators: 1 ", "accelerators: 4 ").replace("precision: fp16", "precision: fp8");
    let plan = plan::read(&text, &app.registry, plan::Options::default()).plan.unwrap();
    let considered = Considered {
        report: Some(engine::evaluate(&plan, &app.registry)),
        difference: diff(&now, &text),
        moved: false,
        proposal: Proposal {
            id: "1".into(),
            who: "an agent".into(),
            why: "Four accelerators in fp8 hold the weights, with room for three times the users.".into(),
            base: 0,
            text,
            created_s: 0,
        },
    };
    app.overlay = Overlay::Proposal { considered: Box::new(considered), scroll: 0 };
}

fn press(app: &mut App, message: Message) {
    for effect in update(app, message) {
        let job = match effect {
            Effect::Survey => work::survey(app),
            Effect::Price => work::price(app),
            Effect::Compare(others) => Some(work::compare(app, others)),
            Effect::Evaluate => {
                effects::evaluate(app);
                app.elapsed_ms = 0.11;
                None
            }
            _ => None,
        };
        if let Some(job) = job {
            press(app, job());
        }
    }
}

#[test]
fn documentation_shows_real_frames() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/pictures");
    let mut stale = Vec::new();
    for (file, sample, theme, size, keys) in [
        ("studio.svg", "serve-llama3-70b", "dark", (160, 46), ""),
        ("pane.svg", "serve-llama3-70b-on-eight", "dark", (45, 40), ""),
        ("light.svg", "train-llama3-8b-64", "light", (120, 40), ""),
        ("explore.svg", "serve-llama3-70b", "dark", (120, 32), "⎋x"),
        ("registry.svg", "serve-llama3-70b", "dark", (120, 32), "⎋R"),
        ("proposal.svg", "serve-llama3-70b", "dark", (120, 34), "p"),
        ("compare.svg", "serve-llama3-70b", "light", (120, 36), "⎋bac"),
        ("money.svg", "serve-llama3-70b-on-eight", "light", (120, 36), "⎋m"),
    ] {
        let picture = svg(&frame(sample, theme, size, keys), &format!("mlsysim-tui on {sample}.yaml"));
        let path = folder.join(file);
        if std::env::var_os("UPDATE").is_some() {
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::write(&path, &picture).unwrap();
        }
        if std::fs::read_to_string(&path).unwrap_or_default() != picture {
            stale.push(file);
        }
    }
    assert!(stale.is_empty(), "run `UPDATE=1 cargo test pictures`: stale {}", stale.join(", "));
}
