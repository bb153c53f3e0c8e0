//! The views that fill the screen: opening them, and the keys in them.

use std::path::PathBuf;
use std::sync::Arc;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};

use super::actions;
use crate::metrics::Lens;
use crate::plan::edit;
use crate::render::derivation;
use crate::search::fitting::{Fit, Rank};
use crate::studio::app::{
    App, Browser, Comparison, Derivation, Export, MoneyView, Overlay, Rival, SHELVES, Screen,
};
use crate::studio::keymap::Action;
use crate::studio::layout::Pane;
use crate::studio::message::Effect;
use crate::studio::view;

/// How far the page keys move.
const PAGE: usize = 10;

fn show(app: &mut App, screen: Screen) {
    app.overlay = Overlay::Screen(Box::new(screen));
}

/// Opens the registry.
pub(super) fn registry(app: &mut App, browser: Browser) -> Vec<Effect> {
    show(app, Screen::Registry(browser));
    survey(app)
}

/// Asks what every accelerator would do in the plan, unless that is known.
fn survey(app: &App) -> Vec<Effect> {
    if app.reading.plan.is_some() && app.fits().is_none() { vec![Effect::Survey] } else { Vec::new() }
}

/// Opens the derivation of the figures of the focused pane.
pub(super) fn derive(app: &mut App, pane: Pane) -> Vec<Effect> {
    if app.stale() || app.report.is_none() {
        app.say("mend the problems first; the figures are of an earlier text");
        return Vec::new();
    }
    let (title, lenses): (&str, &[Lens]) = match pane {
        Pane::Memory => ("memory", &[Lens::Feasibility]),
        Pane::Time => ("speed", &[Lens::Performance]),
        Pane::Money => ("money and carbon", &[Lens::Macro]),
        _ => ("every figure", &[Lens::Feasibility, Lens::Performance, Lens::Macro]),
    };
    match Derivation::of_lenses(app, title, lenses) {
        Some(view) => show(app, Screen::Derivation(view)),
        None => app.say("there is no figure here: nothing was evaluated"),
    }
    Vec::new()
}

/// Opens the derivation of a wall.
pub(super) fn derive_wall(app: &mut App, number: u8) -> Vec<Effect> {
    match Derivation::of_wall(app, number) {
        Some(view) if !app.stale() => show(app, Screen::Derivation(view)),
        _ => app.say("mend the problems first; the figures are of an earlier text"),
    }
    Vec::new()
}

/// Opens the comparison.
pub(super) fn compare(app: &mut App) -> Vec<Effect> {
    if app.reading.plan.is_none() {
        app.say("mend the problems first; there are no numbers to compare");
        return Vec::new();
    }
    show(app, Screen::Comparison(Comparison::default()));
    let mut rivals = Vec::new();
    if let Some(text) = app.baseline.as_ref().and(app.baseline_text.clone()) {
        rivals.push(("pinned baseline".to_owned(), text));
    }
    for tab in app.other_tabs() {
        rivals.push((tab.title.clone(), tab.editor.text()));
    }
    vec![Effect::Compare(rivals)]
}

/// Opens the money view.
pub(super) fn money(app: &mut App) -> Vec<Effect> {
    if app.stale() || app.report.as_ref().is_none_or(|report| report.tco.is_none()) {
        app.say("nothing is priced: add an ops: block, or mend the problems first");
        return Vec::new();
    }
    show(app, Screen::Money(MoneyView::default()));
    let known = app.money.as_ref().is_some_and(|(revision, _)| *revision == app.editor.revision());
    if known { Vec::new() } else { vec![Effect::Price] }
}

/// Opens the export dialog.
pub(super) fn export(app: &mut App) -> Vec<Effect> {
    if app.stale() || app.report.is_none() {
        app.say("mend the problems first; there is no report of this text");
        return Vec::new();
    }
    let export = Export::new(app);
    show(app, Screen::Export(export));
    Vec::new()
}

/// The view that is open, also where the help lies over it.
fn open_view(app: &mut App) -> Option<&mut Screen> {
    let overlay = match &mut app.overlay {
        Overlay::Help(_) => app.help.behind.as_deref_mut()?,
        overlay => overlay,
    };
    if let Overlay::Screen(screen) = overlay { Some(&mut **screen) } else { None }
}

/// Takes in what the accelerators would do. The list changes its order; who looks at an entry goes on looking at it.
pub(super) fn surveyed(app: &mut App, revision: u64, fits: Arc<Vec<Fit>>) {
    let browser = match open_view(app) {
        Some(Screen::Registry(view)) if view.at_entry || view.selected > 0 => Some(view.clone()),
        _ => None,
    };
    let chosen = browser.and_then(|view| view.lines(app).get(view.selected).map(|line| line.id.clone()));
    app.fits = Some((revision, fits));
    let Some(id) = chosen else { return };
    let Some(Screen::Registry(view)) = open_view(app) else { return };
    let view = view.clone();
    let place = view.lines(app).iter().position(|line| line.id == id);
    if let (Some(place), Some(Screen::Registry(view))) = (place, open_view(app)) {
        view.selected = place;
    }
}

/// Takes in the plans to compare with.
pub(super) fn compared(app: &mut App, revision: u64, rivals: Arc<Vec<Rival>>) {
    if revision == app.editor.revision()
        && let Some(Screen::Comparison(view)) = open_view(app)
    {
        view.rivals = Some(rivals);
    }
}

/// A file of that name is there already: the dialog asks.
pub(super) fn export_exists(app: &mut App, path: String) {
    if let Some(Screen::Export(export)) = open_view(app) {
        export.exists = Some(path);
    }
}

fn moved(at: usize, action: Action, last: usize) -> usize {
    match action {
        Action::Up => at.min(last).saturating_sub(1),
        Action::Down => at.saturating_add(1).min(last),
        Action::PageUp => at.min(last).saturating_sub(PAGE),
        Action::PageDown => at.saturating_add(PAGE).min(last),
        Action::First => 0,
        Action::Last => last,
        _ => at.min(last),
    }
}

/// An action in a view.
pub(super) fn on_action(app: &mut App, action: Action) -> Vec<Effect> {
    let Overlay::Screen(mut screen) = std::mem::replace(&mut app.overlay, Overlay::None) else {
        return Vec::new();
    };
    if action == Action::Cancel {
        return Vec::new();
    }
    if action == Action::Clear {
        app.overlay = Overlay::Screen(screen);
        if let Some(text) = typed(app) {
            text.clear();
        }
        return Vec::new();
    }
    let effects = match &mut *screen {
        Screen::Registry(view) => match on_registry(app, view, action) {
            Ok(effects) => effects,
            Err(effects) => return effects,
        },
        Screen::Derivation(view) => on_derivation(app, view, action),
        Screen::Comparison(view) => {
            let rivals = view.rivals.as_ref().map_or(0, |rivals| rivals.len());
            match action {
                Action::NextShelf => view.against = (view.against + 1) % rivals.max(1),
                Action::PreviousShelf => view.against = (view.against + rivals.max(1) - 1) % rivals.max(1),
                _ => view.scroll = moved(view.scroll, action, app.scroll_last.get()),
            }
            Vec::new()
        }
        Screen::Money(view) => match on_money(app, view, action) {
            Ok(effects) => effects,
            Err(effects) => return effects,
        },
        Screen::Export(view) => on_export(app, view, action),
    };
    // What an action opened by itself stays.
    if app.overlay == Overlay::None {
        app.overlay = Overlay::Screen(screen);
    }
    effects
}

/// `Err` closes the view.
fn on_registry(app: &mut App, view: &mut Browser, action: Action) -> Result<Vec<Effect>, Vec<Effect>> {
    let lines = view.lines(app);
    let last = lines.len().saturating_sub(1);
    match action {
        Action::NextShelf | Action::PreviousShelf => {
            let count = SHELVES.len();
            let step = if action == Action::NextShelf { 1 } else { count - 1 };
            view.shelf = (view.shelf + step) % count;
            view.selected = 0;
            view.scroll = 0;
            view.at_entry = false;
            Ok(survey(app))
        }
        Action::ScrollDown => {
            view.scroll += PAGE / 2;
            Ok(Vec::new())
        }
        Action::ScrollUp => {
            view.scroll = view.scroll.saturating_sub(PAGE / 2);
            Ok(Vec::new())
        }
        Action::Accept => {
            let Some(line) = lines.get(view.selected.min(last)) else {
                app.say("no entry has these letters");
                return Ok(Vec::new());
            };
            match view.edits(app, &line.id) {
                Ok(edits) => write(app, &edits).map_or_else(|| Ok(Vec::new()), Err),
                Err(why) => {
                    app.say(why);
                    Ok(Vec::new())
                }
            }
        }
        _ => {
            let before = view.selected;
            view.selected = moved(view.selected, action, last);
            view.scroll = if before == view.selected { view.scroll } else { 0 };
            Ok(Vec::new())
        }
    }
}

/// Writes edits into the plan; `None` where they were refused, with the reason on the screen.
fn write(app: &mut App, edits: &[(String, String)]) -> Option<Vec<Effect>> {
    if app.watch {
        app.say("watching: the plan is edited elsewhere");
        return None;
    }
    let before = app.editor.text();
    match edit::set_all(&before, edits) {
        Ok(after) if after == before => {
            app.say("the plan says so already");
            None
        }
        Ok(after) => {
            let said: Vec<String> = edits.iter().map(|(path, value)| format!("{path}: {value}")).collect();
            app.say(format!("{}; {}", said.join(", "), app.undoes()));
            Some(actions::put(app, &before, &after))
        }
        Err(why) => {
            app.complain(format!("not written: {why}"));
            None
        }
    }
}

fn on_derivation(app: &mut App, view: &mut Derivation, action: Action) -> Vec<Effect> {
    match action {
        Action::Activate => view.set_open(None),
        Action::NextShelf => view.set_open(Some(true)),
        Action::PreviousShelf => view.set_open(Some(false)),
        Action::ToggleAll => view.toggle_all(),
        Action::Copy => {
            let Some(text) = view.rows().get(view.selected).map(|row| derivation::markdown(row.step)) else {
                return Vec::new();
            };
            app.say("copied the derivation as Markdown");
            return vec![Effect::Copy(text)];
        }
        _ => view.selected = moved(view.selected, action, view.rows().len().saturating_sub(1)),
    }
    Vec::new()
}

fn on_money(app: &mut App, view: &mut MoneyView, action: Action) -> Result<Vec<Effect>, Vec<Effect>> {
    let places = view.places(app);
    match action {
        Action::ToggleAll => {
            view.rank = if view.rank == Rank::Cost { Rank::Carbon } else { Rank::Cost };
            view.selected = 0;
            Ok(Vec::new())
        }
        Action::Accept => {
            let Some(place) = places.get(view.selected) else { return Ok(Vec::new()) };
            write(app, &[("ops.region".into(), edit::scalar(&place.id))]).map_or_else(|| Ok(Vec::new()), Err)
        }
        _ => {
            view.selected = moved(view.selected, action, places.len().saturating_sub(1));
            Ok(Vec::new())
        }
    }
}

fn on_export(app: &mut App, view: &mut Export, action: Action) -> Vec<Effect> {
    match action {
        Action::NextShelf | Action::PreviousShelf => {
            view.turn(action == Action::NextShelf);
            Vec::new()
        }
        Action::Accept if view.path.trim().is_empty() => {
            app.complain("a file needs a name");
            Vec::new()
        }
        Action::Accept => {
            let path = view.path.trim().to_owned();
            let overwrite = view.exists.as_ref() == Some(&path);
            vec![Effect::Export { path: PathBuf::from(path), format: view.format, overwrite }]
        }
        _ => Vec::new(),
    }
}

/// The text that is typed in a view, where it takes text.
fn typed(app: &mut App) -> Option<&mut String> {
    let Overlay::Screen(screen) = &mut app.overlay else { return None };
    match &mut **screen {
        Screen::Registry(view) => {
            view.selected = 0;
            view.scroll = 0;
            view.at_entry = false;
            Some(&mut view.query)
        }
        Screen::Export(view) => {
            view.exists = None;
            Some(&mut view.path)
        }
        _ => None,
    }
}

/// A key that the table does not know: text.
pub(super) fn on_key(app: &mut App, key: KeyEvent) -> Vec<Effect> {
    let Some(text) = typed(app) else { return Vec::new() };
    match key.code {
        KeyCode::Backspace => {
            text.pop();
        }
        KeyCode::Char(letter) if !key.modifiers.intersects(KeyModifiers::CONTROL | KeyModifiers::ALT) => {
            text.push(letter);
        }
        _ => {}
    }
    Vec::new()
}

/// Pasted text.
pub(super) fn on_paste(app: &mut App, pasted: &str) {
    if let Some(text) = typed(app) {
        text.extend(pasted.chars().filter(|letter| !letter.is_control()));
    }
}

/// The mouse: a click selects, on what is selected it acts; the wheel moves; tabs are clicked.
pub(super) fn on_mouse(app: &mut App, event: MouseEvent) -> Vec<Effect> {
    let wheel = match event.kind {
        MouseEventKind::ScrollUp => Some(Action::Up),
        MouseEventKind::ScrollDown => Some(Action::Down),
        _ => None,
    };
    if let Some(action) = wheel {
        for _ in 0..3 {
            on_action(app, action);
        }
        return Vec::new();
    }
    if event.kind != MouseEventKind::Down(MouseButton::Left) {
        return Vec::new();
    }
    let Some(hit) = view::screen_hit(app, event.column, event.row) else { return Vec::new() };
    let Overlay::Screen(screen) = &mut app.overlay else { return Vec::new() };
    let again = match (&mut **screen, hit) {
        (Screen::Registry(view), view::Hit::Tab(shelf)) => {
            view.shelf = shelf;
            view.selected = 0;
            return survey(app);
        }
        (Screen::Registry(view), view::Hit::Line(line)) => {
            std::mem::replace(&mut view.selected, line) == line
        }
        (Screen::Derivation(view), view::Hit::Line(line)) => {
            view.selected = line;
            true
        }
        (Screen::Money(view), view::Hit::Line(line)) => std::mem::replace(&mut view.selected, line) == line,
        (Screen::Comparison(view), view::Hit::Tab(rival)) => {
            view.against = rival;
            false
        }
        (Screen::Export(view), view::Hit::Tab(format)) => {
            if let Some(format) = crate::studio::app::Format::ALL.get(format) {
                view.take(*format);
            }
            false
        }
        _ => false,
    };
    let derivation =
        matches!(&app.overlay, Overlay::Screen(screen) if matches!(**screen, Screen::Derivation(_)));
    match (again, derivation) {
        (true, true) => on_action(app, Action::Activate),
        (true, false) => on_action(app, Action::Accept),
        _ => Vec::new(),
    }
}
