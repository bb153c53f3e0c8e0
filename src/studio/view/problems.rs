//! Problems and suggestions. The selected one shows its help below it.

use std::borrow::Cow;
use std::fmt::Write as _;

use ratatui::layout::{Position, Rect};
use unicode_width::UnicodeWidthStr;

use super::canvas::{Canvas, wrap};
use super::steady;
use crate::plan::{Severity, complete};
use crate::studio::app::{App, Problem};
use crate::studio::layout::Pane;
use crate::studio::theme::Role;

/// Rows that the documentation of a field may take.
const HOVER_ROWS: usize = 2;

/// Columns that a suggestion's title keeps beside what it gains.
const TITLE: usize = 14;

/// `2 errors, 1 warning` for the title.
pub fn count(app: &App) -> String {
    let problems = app.problems();
    let of = |wanted: Option<Severity>, word: &str| {
        let count = problems.iter().filter(|problem| problem.severity == wanted).count();
        match count {
            0 => None,
            1 => Some(format!("1 {word}")),
            count => Some(format!("{count} {word}s")),
        }
    };
    let parts: Vec<String> = [
        of(Some(Severity::Error), "error"),
        of(Some(Severity::Warning), "warning"),
        of(Some(Severity::Note), "note"),
        of(None, "suggestion"),
    ]
    .into_iter()
    .flatten()
    .collect();
    if parts.is_empty() { "none".into() } else { parts.join(", ") }
}

/// Draws the pane.
pub fn draw(app: &App, canvas: &mut Canvas) -> Option<Position> {
    let problems = app.problems();
    let used = if problems.is_empty() { 1 } else { rows(app, &problems, canvas.width()).len() };
    hover(app, canvas, used);
    if problems.is_empty() {
        let sign = canvas.sign("✔", "+");
        canvas.spans(0, 0, &[(Role::Good, sign), (Role::Dim, " no problems, and nothing to suggest")]);
        return None;
    }
    let focused = app.focus == Pane::Problems;
    let selected = app.selected[usize::from(Pane::Problems.number())].min(problems.len() - 1);
    let rows = rows(app, &problems, canvas.width());
    let height = usize::from(canvas.height());
    // The last row of the selected problem must be seen as well as its first.
    let own = rows.iter().rposition(|(owner, _)| *owner == selected).unwrap_or(0);
    let top = rows.iter().position(|(owner, _)| *owner == selected).unwrap_or(0);
    let first = steady(app, Pane::Problems, top..=own, rows.len(), height);
    let is_suggestion = |at: usize| problems.get(at).is_some_and(|problem| problem.suggestion.is_some());
    let applied = if focused && is_suggestion(selected) {
        selected
    } else {
        (0..problems.len()).find(|at| is_suggestion(*at)).unwrap_or(usize::MAX)
    };
    let mut at = None;
    for (y, (owner, row)) in rows.iter().skip(first).take(height).enumerate() {
        let y = y as u16;
        match row {
            Row::Head(first) => {
                // The suggestion that the apply key would write shows the key.
                let applies = *owner == applied && !app.watch;
                let key = if app.focus == Pane::Plan { "alt-a" } else { "a" };
                head(canvas, y, &problems[*owner], first.as_deref(), applies.then_some(key));
            }
            Row::More(text) => {
                canvas.text(2, y, Role::Text, text);
            }
            Row::Help(text) => {
                canvas.text(2, y, Role::Dim, text);
            }
        }
        if focused && *owner == selected {
            canvas.highlight(y, Role::Selection);
            at = at.or(Some(canvas.position(0, y)));
        }
    }
    at
}

/// Below the problems, where there is room: what the field under the cursor is.
fn hover(app: &App, canvas: &mut Canvas, used: usize) {
    let free = usize::from(canvas.height()).saturating_sub(used);
    if app.focus != Pane::Plan || app.watch || free == 0 {
        return;
    }
    let Some(hover) = complete::hover(&app.reading.spans, app.editor.cursor_offset()) else { return };
    let doc = &hover.doc;
    let mut text = format!("{}: {}", hover.path, doc.doc);
    for (word, part) in [("Unit", &doc.unit), ("Default", &doc.default)] {
        if let Some(part) = part {
            // Writing to a String cannot fail.
            let _ = write!(text, " {word}: {part}.");
        }
    }
    let lines = wrap(&text, usize::from(canvas.width())).len().min(free).min(HOVER_ROWS) as u16;
    let y = canvas.height() - lines;
    canvas.paragraph(0, y, lines, Role::Dim, &text);
    canvas.text(0, y, Role::Info, &hover.path);
}

enum Row {
    /// The first row; `None` where the whole problem stands on it, cut if it must be.
    Head(Option<String>),
    /// The rest of a message that does not fit on one row.
    More(String),
    /// Help.
    Help(String),
}

/// Every row of the pane with the problem that it belongs to. Errors are read to their end, and so is the chosen
/// problem, which shows its help as well.
fn rows(app: &App, problems: &[Problem], width: u16) -> Vec<(usize, Row)> {
    let selected = app.selected[usize::from(Pane::Problems.number())].min(problems.len().saturating_sub(1));
    let room = usize::from(width.saturating_sub(2));
    let mut rows = Vec::new();
    for (at, problem) in problems.iter().enumerate() {
        let chosen = at == selected && app.focus == Pane::Problems;
        let error = problem.severity == Some(Severity::Error);
        if !chosen && !error {
            rows.push((at, Row::Head(None)));
            continue;
        }
        let mut lines = wrap(&sentence(problem), room).into_iter();
        let first = lines.next().unwrap_or_default();
        rows.push((at, Row::Head(Some(first))));
        rows.extend(lines.map(|line| (at, Row::More(line))));
        // The help of many problems would push them out of sight.
        if !chosen && app.error_count() != 1 {
            continue;
        }
        if let Some(help) = problem.help.as_ref().filter(|_| problem.severity.is_some()) {
            rows.extend(wrap(help, room).into_iter().map(|line| (at, Row::Help(line))));
        }
        if let Some(fix) = &problem.fix {
            let key = if app.focus == Pane::Plan { "alt-." } else { "f" };
            rows.push((at, Row::Help(format!("{key}: {}", fix.title))));
        }
    }
    rows
}

/// A problem in one sentence: place and message, or suggestion and gain.
fn sentence(problem: &Problem) -> String {
    match (problem.place, problem.severity, &problem.help) {
        (Some((line, column)), ..) => format!("{line}:{column} {}", problem.message),
        (None, None, Some(gain)) => format!("{}: {gain}", problem.message),
        _ => problem.message.clone(),
    }
}

fn head(canvas: &mut Canvas, y: u16, problem: &Problem, first: Option<&str>, key: Option<&str>) {
    let (sign, role) = match problem.severity {
        Some(Severity::Error) => (canvas.sign("✖", "x"), Role::Bad),
        Some(Severity::Warning) => (canvas.sign("▲", "!"), Role::Warn),
        Some(Severity::Note) => (canvas.sign("●", "i"), Role::Info),
        None => (canvas.sign("→", ">"), Role::Good),
    };
    canvas.text(0, y, role, sign);
    if let Some(first) = first {
        canvas.text(2, y, Role::Text, first);
        return;
    }
    let mut x = 2;
    if let Some(key) = key {
        x = canvas.spans(x, y, &[(Role::Key, key), (Role::Text, " ")]);
    }
    if let Some((line, column)) = problem.place {
        x = canvas.text(x, y, Role::Dim, &format!("{line}:{column} "));
    }
    let Some(gain) = problem.help.as_ref().filter(|_| problem.severity.is_none()) else {
        canvas.text(x, y, Role::Text, &problem.message);
        return;
    };
    // What it costs is read first and stands in a column of its own: the words before it give way.
    let gain = Gain::of(gain);
    let width = canvas.width();
    let mut end = canvas.text_right(width, y, Role::Strong, &gain.price);
    end = end.saturating_sub(if gain.price.is_empty() { 0 } else { 2 });
    let dearer = gain.dearer;
    let with = |words: &str| (words.to_owned(), dearer);
    let without = |words: &str| (words.to_owned(), "");
    let reached =
        if gain.after.is_empty() { String::new() } else { format!("{} {}", name(gain.first), gain.after) };
    let named = format!("{} {}", name(gain.first), gain.change);
    // The one name of a figure that is longer than most titles.
    let brief = named.replace("cost per million tokens", "$/Mtok");
    // A title that takes the whole row leaves room for what it gains: without that it says too little.
    let whole = usize::from(end.saturating_sub(x));
    let gained = if gain.change.is_empty() { [&reached, gain.after] } else { [&named, &*brief] };
    let beside = |words: &&str| !words.is_empty() && whole.saturating_sub(words.width() + 2) >= TITLE;
    let until = match gained.into_iter().find(beside) {
        Some(words) => end - (words.width() + 2) as u16,
        None => end,
    };
    x = canvas.text_within(x, y, until, Role::Text, &problem.message);
    let room = usize::from(end).saturating_sub(usize::from(x) + 2);
    // Whole words only: a figure that is cut says something else.
    let told = [
        with(&gain.rest),
        without(&gain.rest),
        with(gain.first),
        without(gain.first),
        without(if gain.change.is_empty() { "" } else { &named }),
        without(if gain.change.is_empty() { "" } else { &brief }),
        without(&reached),
        without(if gain.change.is_empty() { gain.after } else { "" }),
    ]
    .into_iter()
    .find(|(words, dearer)| {
        !words.is_empty() && words.width() + dearer.width() + if dearer.is_empty() { 0 } else { 2 } <= room
    });
    if let Some((words, dearer)) = told {
        // One blank before the price, which it belongs to.
        canvas.text_right(end + u16::from(!gain.price.is_empty()), y, Role::Dim, dearer);
        canvas.text_within(x + 2, y, end, Role::Dim, &words);
    }
}

/// The words of a gain, taken apart.
struct Gain<'a> {
    /// What it is about: `ITL 15.5 ms → 12.2 ms (−21 %)`.
    first: &'a str,
    /// The share in it: `−21 %`; empty where there is none.
    change: &'a str,
    /// All but the price.
    rest: String,
    /// What the figure is then: `12.2 ms`; empty where that is not said.
    after: &'a str,
    /// `$78.2k/yr`; empty where it names none.
    price: Cow<'a, str>,
    /// `(+$5,832)`; empty where the price hardly changes.
    dearer: &'a str,
}

impl Gain<'_> {
    fn of(gain: &str) -> Gain<'_> {
        let (first, others) = gain.split_once("; ").unwrap_or((gain, ""));
        let change = first.rsplit_once(" (").map_or("", |(_, share)| share.trim_end_matches(')'));
        let after = first.split_once(" → ").map_or("", |(_, after)| after);
        let after = after.split(", ").next().unwrap_or_default();
        let after = after.split(" (").next().unwrap_or_default();
        let (mut price, mut dearer) = ("", "");
        let mut rest = Vec::new();
        for part in others.split(", ").filter(|part| !part.is_empty()) {
            let (figure, more) = part.split_once(' ').unwrap_or((part, ""));
            if price.is_empty() && figure.starts_with('$') && figure.ends_with("/yr") {
                (price, dearer) = (figure, more);
            } else {
                rest.push(part);
            }
        }
        let rest = if rest.is_empty() { first.to_owned() } else { format!("{first}; {}", rest.join(", ")) };
        // A gain in yearly cost names it before all else.
        let price = match price {
            "" if first.starts_with("TCO per year ") => Cow::Owned(format!("{after}/yr")),
            price => Cow::Borrowed(price),
        };
        Gain { first, change, rest, after, price, dearer }
    }
}

/// The figure that a gain is about: the words before its first value.
fn name(gain: &str) -> &str {
    let value = gain.find(|letter: char| letter.is_ascii_digit() || letter == '$').unwrap_or(gain.len());
    gain[..value].trim()
}

/// Which problem a row of the pane shows.
pub fn line_at(app: &App, inner: Rect, row: usize) -> Option<usize> {
    let problems = app.problems();
    if problems.is_empty() {
        return None;
    }
    let selected = app.selected[usize::from(Pane::Problems.number())].min(problems.len() - 1);
    let rows = rows(app, &problems, inner.width);
    let own = rows.iter().rposition(|(owner, _)| *owner == selected)?;
    let top = rows.iter().position(|(owner, _)| *owner == selected)?;
    let first = steady(app, Pane::Problems, top..=own, rows.len(), usize::from(inner.height));
    rows.get(first + row).map(|(owner, _)| *owner)
}

#[cfg(test)]
mod tests {
    use super::Gain;

    #[test]
    fn a_gain_is_taken_apart() {
        let gain = Gain::of("carbon 220 kg → 113 kg (−48 %); $80.9k/yr (+$2,491), $23.4k a tonne saved");
        assert_eq!((&*gain.price, gain.dearer, gain.change), ("$80.9k/yr", "(+$2,491)", "−48 %"));
        assert_eq!(gain.rest, "carbon 220 kg → 113 kg (−48 %); $23.4k a tonne saved");
        let gain = Gain::of("fits; ITL 24.9 ms");
        assert_eq!((&*gain.price, gain.first, gain.rest.as_str()), ("", "fits", "fits; ITL 24.9 ms"));
        let gain = Gain::of("ITL 30.8 ms → 14.8 ms, meets 15 ms; $24.3k/yr (+$18.2k)");
        assert_eq!((gain.after, gain.change, &*gain.price), ("14.8 ms", "", "$24.3k/yr"));
        let gain = Gain::of("TCO per year $6,122 → $5,938 (−3.0 %)");
        assert_eq!((&*gain.price, gain.change), ("$5,938/yr", "−3.0 %"));
    }
}
