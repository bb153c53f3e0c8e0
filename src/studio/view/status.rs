//! First line: which plan, in which state. Last line: keys, or what the program has to say.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use unicode_width::UnicodeWidthStr;

use super::canvas::{Canvas, wrap};
use crate::engine::report::Status;
use crate::studio::app::{App, Mode};
use crate::studio::keymap::{self, KeySet};
use crate::studio::layout::Panes;
use crate::studio::theme::Role;

/// What a first start says, longest first.
const WELCOME: &[&str] = &[
    "Welcome. First time? shift-f1 is a two-minute tour.   f10 menu   f1 help   ctrl-s save   ctrl-q quit",
    "First time? shift-f1 is a two-minute tour.   f10 menu   f1 help   ctrl-q quit",
    "shift-f1 tour  f10 menu  f1 help  ctrl-q quit",
    "shift-f1 tour  f10 menu  ctrl-q quit",
];

/// What a later start says.
const WELCOME_BACK: &[&str] = &[
    "Welcome. Type, and every panel follows.   f10 menu   f1 help   ctrl-s save   ctrl-q quit",
    "f10 menu  f1 help  ctrl-s save  ctrl-q quit",
    "f10 menu  ctrl-s save  ctrl-q quit",
];

/// The one line of a screen that is too small.
pub fn tiny(app: &App, area: Rect, buf: &mut Buffer) {
    let mut canvas = Canvas::new(app, area, buf);
    let verdict = app.report.as_ref().map_or("no numbers", |report| word(report.status));
    canvas.text(0, 0, Role::Text, &format!("{verdict} - needs 40x10"));
}

fn word(status: Status) -> &'static str {
    match status {
        Status::Ok => "OK",
        Status::Infeasible => "INFEASIBLE",
        Status::SlaFailed => "SLA FAILED",
        Status::Error => "NOT EVALUABLE",
    }
}

/// The first line.
pub fn header(app: &App, panes: &Panes, buf: &mut Buffer) {
    let mut canvas = Canvas::new(app, panes.header, buf);
    let width = canvas.width();
    let mut right: Vec<String> = Vec::new();
    if let Some(report) = &app.report {
        right.push(format!("{} physics", report.physics.name()));
        right.push(report.mode.name().into());
    }
    let beside = match (app.removed, app.undecided) {
        (true, _) => "file is gone",
        (_, true) => "file differs: save decides",
        _ => app.follow.word(),
    };
    right.push(beside.into());
    right.push(format!("{:.2} ms", app.elapsed_ms));
    if !app.other_tabs().is_empty() {
        return with_tabs(app, &mut canvas);
    }
    let name = if app.path.is_some() { app.title.clone() } else { format!("{} (unnamed)", app.title) };
    let dirty = app.dirty() && !app.watch;
    let (sign, role) = verdict_sign(app, &canvas);
    let mut text = right.join(" · ");
    let state = match &app.report {
        _ if app.stale() => "stale numbers",
        Some(report) if report.status != Status::Ok => word(report.status),
        _ => "",
    };
    // What is said elsewhere gives way first where there is little room.
    let pinned = pinned(app, &canvas);
    let needed = name.width() + if dirty { 10 } else { 0 } + state.width() + pinned.width() + 8;
    while !right.is_empty() && usize::from(width) < needed + text.width() {
        right.remove(0);
        text = right.join(" · ");
    }
    let start = canvas.text_right(width.saturating_sub(1), 0, Role::Dim, &text);
    let end = start.saturating_sub(1);
    let mut x = canvas.text_within(1, 0, end, role, sign);
    // A mark of what is pinned is worth more than the end of a name.
    let brief = canvas.sign("◇ pinned", "+ pinned");
    let kept = if pinned.is_empty() { 0 } else { pinned.width().min(brief.width()) as u16 + 1 };
    let room = end.saturating_sub(state.width() as u16 + 3 + kept + if dirty { 10 } else { 0 });
    x = canvas.text_within(x + 1, 0, room, Role::Strong, &name);
    if dirty {
        let dot = canvas.sign(" ● unsaved", " * unsaved");
        x = canvas.text_within(x, 0, end, Role::Warn, dot);
    }
    let role = if app.stale() { Role::Warn } else { role };
    x = canvas.text_within(x + 2, 0, end, role, state);
    if !pinned.is_empty() {
        let x = if state.is_empty() { x } else { x + 2 };
        // A name that is cut to a letter or two names nothing.
        let fits = usize::from(x) + pinned.width() <= usize::from(end);
        canvas.text_within(x, 0, end, Role::Info, if fits { &pinned } else { brief });
    }
}

/// What every figure is compared with, where something is pinned.
fn pinned(app: &App, canvas: &Canvas) -> String {
    let Some(report) = &app.baseline else { return String::new() };
    let sign = canvas.sign("◇", "+");
    if report.scenario.is_empty() {
        format!("{sign} pinned")
    } else {
        format!("{sign} vs {} (pinned)", report.scenario)
    }
}

/// Names of the open plans, with the columns each takes.
fn tab_places(app: &App) -> Vec<(std::ops::Range<u16>, String, bool)> {
    let (titles, front) = app.tab_titles();
    let mut x = 3;
    let mut places = Vec::new();
    for (at, (title, dirty)) in titles.into_iter().enumerate() {
        let mark = match (dirty, app.ascii) {
            (true, true) => " *",
            (true, false) => " ●",
            _ => "",
        };
        let name = format!(" {title}{mark} ");
        let width = name.width() as u16;
        places.push((x..x + width, name, at == front));
        x += width + 1;
    }
    places
}

/// The tab under a cell of the first line, where several plans are open.
pub fn tab_at(app: &App, column: u16, row: u16) -> Option<usize> {
    if row != app.panes().header.y || app.other_tabs().is_empty() {
        return None;
    }
    tab_places(app).iter().position(|(place, ..)| place.contains(&column))
}

/// The first line with a tab for each plan.
fn with_tabs(app: &App, canvas: &mut Canvas) {
    let (sign, role) = verdict_sign(app, canvas);
    canvas.text(1, 0, role, sign);
    let mut end = 3;
    for (place, name, front) in tab_places(app) {
        let role = if front { Role::Selection } else { Role::Dim };
        end = canvas.text(place.start, 0, role, &name);
    }
    let mut parts = vec![format!("{:.2} ms", app.elapsed_ms)];
    if let Some(report) = &app.report {
        parts.insert(0, word(report.status).to_owned());
    }
    let pinned = pinned(app, canvas);
    if !pinned.is_empty() {
        parts.insert(0, pinned);
    }
    let width = canvas.width();
    // What is said elsewhere gives way to what is pinned.
    while parts.len() > 1 && usize::from(end) + parts.join(" · ").width() + 2 >= usize::from(width) {
        parts.pop();
    }
    let text = parts.join(" · ");
    if end + (text.width() as u16) + 2 < width {
        let role = if app.stale() { Role::Warn } else { Role::Dim };
        canvas.text_right(width - 1, 0, role, &text);
    }
}

fn verdict_sign(app: &App, canvas: &Canvas) -> (&'static str, Role) {
    if app.error_count() > 0 {
        return (canvas.sign("✖", "x"), Role::Bad);
    }
    match app.report.as_ref().map(|report| report.status) {
        Some(Status::Ok) => (canvas.sign("✔", "+"), Role::Good),
        Some(_) => (canvas.sign("✖", "x"), Role::Bad),
        None => (canvas.sign("·", "-"), Role::Dim),
    }
}

/// The mode and what was pressed so far at the left of the last line; the answer is what is left of it.
fn mode(app: &App, footer: Rect, buf: &mut Buffer) -> Rect {
    if app.context() != keymap::Context::Editor {
        return footer;
    }
    let mut canvas = Canvas::new(app, footer, buf);
    let pending = app.modal.pending(app.editor.registers().chosen());
    let mut x = 0;
    if app.keys == KeySet::Vim {
        x = canvas.text(0, 0, Role::Selection, &format!(" {} ", app.modal.mode.word()));
    }
    if !pending.is_empty() {
        x = canvas.text(x + 1, 0, Role::Key, &pending);
    }
    Rect { x: footer.x + x, width: footer.width.saturating_sub(x), ..footer }
}

/// The last line.
pub fn footer(app: &App, panes: &Panes, buf: &mut Buffer) {
    let mut canvas = Canvas::new(app, mode(app, panes.footer, buf), buf);
    if app.toast.is_some() {
        return;
    }
    if app.welcome && app.report.is_some() && !app.watch {
        let texts = if app.session.tour_seen { WELCOME_BACK } else { WELCOME };
        let room = usize::from(canvas.width().saturating_sub(1));
        let text = texts.iter().find(|text| text.width() <= room).or(texts.last());
        let text = text.copied().unwrap_or_default();
        canvas.text(1, 0, Role::Accent, text);
        for key in ["shift-f1", "f10", "f1", "ctrl-s", "ctrl-q"] {
            let named = format!(" {key} ");
            if let Some(at) = format!(" {text}").find(&named) {
                let label = text[at + key.len() + 1..].split("  ").next().unwrap_or_default();
                let start = 1 + at as u16;
                canvas.note(start..start + (key.len() + 1 + label.len()) as u16, 0, key);
            }
        }
        return;
    }
    if let Some(mark) = app.editor.mark_at_cursor().filter(|_| app.context() == keymap::Context::Editor) {
        let text = mark.message.clone();
        let role = match mark.severity {
            crate::plan::Severity::Error => Role::Bad,
            crate::plan::Severity::Warning => Role::Warn,
            crate::plan::Severity::Note => Role::Info,
        };
        let fixable = app
            .reading
            .diagnostics
            .iter()
            .any(|diagnostic| diagnostic.range.start == mark.range.start && !diagnostic.fixes.is_empty());
        let room = canvas.width().saturating_sub(if fixable { 11 } else { 1 });
        let x = canvas.text_within(1, 0, room, role, &text);
        if fixable {
            canvas.hint(x + 2, 0, "alt-.", Role::Dim, "fix");
        }
        return;
    }
    let mut x = 1;
    let bindings = match (app.context(), app.keys, app.modal.mode) {
        (keymap::Context::Editor, KeySet::Vim, Mode::Insert) => {
            x = canvas.hint(x, 0, "esc", Role::Dim, "normal") + 2;
            keymap::footer(keymap::Context::Anywhere)
        }
        (keymap::Context::Editor, set, _) if set != KeySet::Default => keymap::editor_footer(set),
        (keymap::Context::Panel, ..) => keymap::footer(app.row_context()),
        (context, ..) => keymap::footer(context),
    };
    for binding in bindings {
        if app.watch && binding.action.edits() {
            continue;
        }
        let key = keymap::shown(binding.keys[0], app.ascii);
        if usize::from(x) + key.width() + 1 + binding.label.width() >= usize::from(canvas.width()) {
            break;
        }
        x = canvas.hint(x, 0, binding.keys[0], Role::Dim, binding.label) + 2;
    }
}

/// What the program has to say: on the last line, and on as many above it as a long message takes on a narrow screen.
pub fn toast(app: &App, panes: &Panes, buf: &mut Buffer) {
    let Some(toast) = &app.toast else { return };
    let one = mode(app, panes.footer, buf);
    let room = |rect: Rect| usize::from(rect.width.saturating_sub(4));
    let fits = toast.text.width() <= room(one);
    let lines = if fits { vec![toast.text.clone()] } else { wrap(&toast.text, room(panes.footer)) };
    let rows = (lines.len() as u16).min(panes.body.height / 2 + 1).max(1);
    let area = if fits {
        one
    } else {
        Rect { y: panes.footer.bottom().saturating_sub(rows), height: rows, ..panes.footer }
    };
    let mut canvas = Canvas::new(app, area, buf);
    if rows > 1 {
        canvas.clear(Role::Dialog);
    }
    let (sign, role) = if toast.bad {
        (canvas.sign("✖", "x"), Role::Bad)
    } else {
        (canvas.sign("●", "*"), Role::Accent)
    };
    canvas.text(1, 0, role, sign);
    for (at, line) in lines.iter().take(usize::from(rows)).enumerate() {
        let rest = if at + 1 == usize::from(rows) { lines[at..].join(" ") } else { line.clone() };
        canvas.text(3, at as u16, role, &rest);
    }
}
