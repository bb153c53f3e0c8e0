//! The registry: shelves, a search, what is found, and the facts of the selected entry with their sources.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use serde_json::Value;
use unicode_width::UnicodeWidthStr;

use super::{Hits, above, beside, line_hit, tabs};
use crate::render::facts;
use crate::search::fitting::{Fit, Verdict};
use crate::studio::app::{App, Browser, Line, SHELVES};
use crate::studio::theme::Role;
use crate::studio::view::canvas::{Canvas, wrap};
use crate::studio::view::{number, steady_list};

/// From this width on the facts stand beside the list.
const BESIDE: u16 = 90;
/// Columns from which on a name says something.
const NAME_COLUMNS: u16 = 8;
/// Columns of an id.
const ID_COLUMNS: u16 = 18;

/// Draws the view.
pub fn draw(app: &App, view: &Browser, area: Rect, buf: &mut Buffer, hits: &mut Hits) -> Position {
    let (head, body) = above(area, 3);
    let lines = view.lines(app);
    let selected = view.selected.min(lines.len().saturating_sub(1));
    let mut canvas = Canvas::new(app, head, buf);
    let names: Vec<&str> = SHELVES.iter().map(|(name, _)| *name).collect();
    tabs(&mut canvas, 0, &names, view.shelf, hits);
    let x = canvas.spans(0, 1, &[(Role::Key, "find "), (Role::Strong, &view.query)]);
    let cursor = canvas.position(x, 1);
    let count = match (lines.len(), app.fits().is_some(), view.shelf, view.query.is_empty()) {
        (count, true, 0, true) => format!("{count}, what suits this plan first"),
        (count, ..) => count.to_string(),
    };
    if x + (count.width() as u16) + 2 <= canvas.width() {
        canvas.text_right(canvas.width(), 1, Role::Dim, &count);
    }
    let (list, facts) = if area.width >= BESIDE {
        beside(body, (body.width * 48 / 100).max(44))
    } else {
        let (list, rest) = above(body, (body.height * 45 / 100).max(4));
        (list, Rect { y: rest.y + 1.min(rest.height), height: rest.height.saturating_sub(1), ..rest })
    };
    if area.width < BESIDE && facts.y > body.y {
        let rule = Rect { y: facts.y - 1, height: 1, ..facts };
        Canvas::new(app, rule, buf).rule(0, Role::Border);
    }
    list_of(app, &lines, selected, &mut Canvas::new(app, list, buf), hits);
    let mut canvas = Canvas::new(app, facts, buf);
    match lines.get(selected) {
        Some(line) => entry(app, view, line, &mut canvas),
        None => {
            canvas.paragraph(
                0,
                0,
                4,
                Role::Dim,
                "No entry has these letters. Ctrl-u clears the search; tab goes to the next shelf.",
            );
        }
    }
    cursor
}

fn list_of(app: &App, lines: &[Line], selected: usize, canvas: &mut Canvas, hits: &mut Hits) {
    let height = usize::from(canvas.height());
    let first = steady_list(app, selected, lines.len(), height);
    let widest = lines.iter().map(|line| line.id.width()).max().unwrap_or(0) as u16;
    let ids = widest.clamp(8, ID_COLUMNS.max(canvas.width() / 3));
    for (row, line) in lines.iter().enumerate().skip(first).take(height) {
        let y = (row - first) as u16;
        let sign = match &line.fit {
            Some(fit) => sign(canvas, fit),
            None => (Role::Text, " "),
        };
        canvas.text(0, y, sign.0, sign.1);
        canvas.text_within(2, y, 2 + ids, Role::Strong, &line.id);
        for at in &line.matched {
            if let Some(letter) = line.id.chars().nth(*at).filter(|_| (*at as u16) < ids.saturating_sub(1)) {
                canvas.text(2 + *at as u16, y, Role::SearchMatch, &letter.to_string());
            }
        }
        let width = canvas.width();
        let end = match &line.fit {
            Some(fit) => canvas.text_right(width, y, Role::Text, &figures(fit)).saturating_sub(2),
            None => width,
        };
        // A letter and an ellipsis name nothing.
        if end >= ids + 4 + NAME_COLUMNS || line.name.width() <= usize::from(end.saturating_sub(ids + 4)) {
            canvas.text_within(4 + ids, y, end, Role::Dim, &line.name);
        }
        if row == selected {
            canvas.highlight(y, Role::Selection);
        }
        line_hit(canvas, y, row, hits);
    }
}

fn sign(canvas: &Canvas, fit: &Fit) -> (Role, &'static str) {
    match fit.verdict {
        Verdict::Fits => (Role::Good, canvas.sign("✔", "+")),
        Verdict::Misses => (Role::Warn, canvas.sign("▲", "!")),
        Verdict::TooSmall => (Role::Bad, canvas.sign("✖", "x")),
        Verdict::Impossible => (Role::Dim, canvas.sign("–", "-")),
    }
}

/// What an accelerator does in the plan, in short.
fn figures(fit: &Fit) -> String {
    if fit.verdict > Verdict::Misses {
        return match (fit.verdict, fit.memory_share) {
            (Verdict::TooSmall, Some(share)) if share > 1.0 => format!("needs {}", number::percent(share)),
            (verdict, _) => verdict.word().into(),
        };
    }
    let speed = fit.headline.map(|(metric, value)| number::metric(metric, value));
    let price = match (fit.usd_per_million_tokens, fit.tco_usd) {
        (Some(price), _) => Some(format!("{}/Mtok", number::usd(price))),
        (None, Some(total)) => Some(number::usd(total)),
        (None, None) => None,
    };
    speed.into_iter().chain(price).collect::<Vec<_>>().join("  ")
}

/// The facts of an entry.
fn entry(app: &App, view: &Browser, line: &Line, canvas: &mut Canvas) {
    let registry = app.reading.registry_or(&app.registry);
    let Some(value) = registry.entry_json(app.profile(), view.shelf().kind(), &line.id) else {
        canvas.text(0, 0, Role::Dim, "this profile has no such entry");
        return;
    };
    let rows = rows(line, &value, usize::from(canvas.width()));
    let height = usize::from(canvas.height());
    let first = view.scroll.min(rows.len().saturating_sub(height));
    let widest = rows.iter().map(|(_, label, _)| label.width()).max().unwrap_or(0) as u16;
    let columns = label_columns(canvas.width()).max(widest.min(canvas.width() * 3 / 5));
    for (y, (role, label, text)) in rows.iter().skip(first).take(height).enumerate() {
        let y = y as u16;
        let x = canvas.text(0, y, Role::Dim, label);
        if text.is_empty() {
            continue;
        }
        let start = if label.is_empty() { 0 } else { x.max(columns) + 1 };
        canvas.text(start, y, *role, text);
    }
    if first + height < rows.len() && height > 1 {
        let more = canvas.sign(" ctrl-d ↓ ", " ctrl-d v ");
        canvas.text_right(canvas.width(), canvas.height() - 1, Role::Key, more);
    }
}

fn label_columns(width: u16) -> u16 {
    (width * 2 / 5).clamp(12, 26)
}

/// Role, label and text of each row; running texts have no label.
fn rows(line: &Line, value: &Value, width: usize) -> Vec<(Role, String, String)> {
    let words = |key: &str| value.get(key).and_then(Value::as_str).unwrap_or_default();
    let mut rows: Vec<(Role, String, String)> = Vec::new();
    let running = |rows: &mut Vec<(Role, String, String)>, role: Role, text: &str| {
        rows.extend(wrap(text, width).into_iter().map(|line| (role, String::new(), line)));
    };
    running(&mut rows, Role::Strong, words("name"));
    let group = words("group");
    if !group.is_empty() && group != words("name") {
        rows.push((Role::Text, "group".into(), group.to_owned()));
    }
    if let Some(fit) = &line.fit {
        let role = if fit.verdict == Verdict::Fits { Role::Good } else { Role::Warn };
        rows.push((role, "in this plan".into(), fit.verdict.word().into()));
        let word = format!("{}: ", fit.verdict.word());
        running(&mut rows, Role::Text, fit.why.strip_prefix(&word).unwrap_or(&fit.why));
    }
    if let Some(doubt) = doubt(value) {
        running(&mut rows, Role::Warn, &format!("! doubt: its figures are {doubt}"));
    }
    rows.push((Role::Text, String::new(), String::new()));
    let sources = value.get("field_sources");
    let mut notes: Vec<(String, String)> = Vec::new();
    for (field, figure) in facts::flat(value.get("facts").unwrap_or(&Value::Null)) {
        let own = sources.and_then(|sources| sources.get(&field)).map(facts::source);
        let mut text = facts::show(&field, &figure);
        if let Some(own) = own {
            let known = notes.iter().position(|(_, source)| *source == own);
            let at = known.unwrap_or_else(|| {
                notes.push((String::new(), own));
                notes.len() - 1
            });
            text = format!("{text} [{}]", at + 1);
        }
        rows.push((Role::Text, facts::label(&field), text));
    }
    rows.push((Role::Text, String::new(), String::new()));
    let source = value.get("source").map(facts::source).unwrap_or_default();
    if !source.is_empty() {
        running(&mut rows, Role::Dim, &format!("source: {source}"));
    }
    for (at, (_, source)) in notes.iter().enumerate() {
        running(&mut rows, Role::Dim, &format!("[{}] {source}", at + 1));
    }
    if !words("confidence").is_empty() {
        rows.push((Role::Text, "confidence".into(), words("confidence").to_owned()));
    }
    if let Some(file) = value.pointer("/origin/user").and_then(Value::as_str) {
        running(&mut rows, Role::Info, &format!("from your file {file}"));
    }
    rows
}

/// Why the figures of an entry deserve doubt.
fn doubt(value: &Value) -> Option<&'static str> {
    let words = |pointer: &str| value.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    let own = value.get("field_sources").and_then(Value::as_object);
    let rumour = own.is_some_and(|own| {
        own.values().any(|source| source.get("kind").and_then(Value::as_str) == Some("rumour"))
    });
    let is = |word: &str| words("/confidence") == word || words("/source/kind") == word;
    match () {
        () if rumour || is("rumour") => Some("a rumour"),
        () if is("unverified") => Some("not verified"),
        () if is("unknown") => Some("without a known source"),
        () if words("/confidence") == "estimate" => Some("an estimate"),
        () => None,
    }
}
