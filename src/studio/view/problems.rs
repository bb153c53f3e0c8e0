//! Problems and suggestions. The selected one shows its help below it.

use ratatui::layout::{Position, Rect};

use super::canvas::{Canvas, wrap};
use super::first_line;
use crate::plan::Severity;
use crate::studio::app::{App, Problem};
use crate::studio::layout::Pane;
use crate::studio::theme::Role;

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
    let first = first_line(own, rows.len(), height).min(top);
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
            Row::Head => {
                // The suggestion that the apply key would write shows the key.
                let applies = *owner == applied && !app.watch;
                let key = if app.focus == Pane::Plan { "alt-a" } else { "a" };
                head(canvas, y, &problems[*owner], applies.then_some(key));
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

enum Row {
    /// Sign, place and message.
    Head,
    /// The rest of a message that does not fit on one row.
    More(String),
    /// Help.
    Help(String),
}

/// Every row of the pane with the problem that it belongs to.
fn rows(app: &App, problems: &[Problem], width: u16) -> Vec<(usize, Row)> {
    let selected = app.selected[usize::from(Pane::Problems.number())].min(problems.len().saturating_sub(1));
    let mut rows = Vec::new();
    for (at, problem) in problems.iter().enumerate() {
        rows.push((at, Row::Head));
        let open =
            at == selected && (app.focus == Pane::Problems || problem.severity == Some(Severity::Error));
        if !open {
            continue;
        }
        let text = head_text(problem);
        let room = usize::from(width.saturating_sub(2));
        let lines = wrap(&text, room);
        rows.extend(lines.into_iter().skip(1).map(|line| (at, Row::More(line))));
        if let Some(help) = &problem.help {
            rows.extend(wrap(help, room).into_iter().map(|line| (at, Row::Help(line))));
        }
        if let Some(fix) = &problem.fix {
            rows.push((at, Row::Help(format!("f: {}", fix.title))));
        }
    }
    rows
}

fn head_text(problem: &Problem) -> String {
    match (problem.place, problem.severity) {
        (Some((line, column)), _) => format!("{line}:{column} {}", problem.message),
        (None, None) => match &problem.help {
            Some(gain) => format!("{}: {gain}", problem.message),
            None => problem.message.clone(),
        },
        (None, Some(_)) => problem.message.clone(),
    }
}

fn head(canvas: &mut Canvas, y: u16, problem: &Problem, key: Option<&str>) {
    let (sign, role) = match problem.severity {
        Some(Severity::Error) => (canvas.sign("✖", "x"), Role::Bad),
        Some(Severity::Warning) => (canvas.sign("▲", "!"), Role::Warn),
        Some(Severity::Note) => (canvas.sign("●", "i"), Role::Info),
        None => (canvas.sign("→", ">"), Role::Good),
    };
    canvas.text(0, y, role, sign);
    let mut x = 2;
    if let Some((line, column)) = problem.place {
        x = canvas.text(x, y, Role::Dim, &format!("{line}:{column} "));
    }
    let wrapped = wrap(&head_text(problem), usize::from(canvas.width().saturating_sub(2)));
    let open = wrapped.len() > 1 && problem.severity == Some(Severity::Error);
    let text = match (open, wrapped.first()) {
        (true, Some(first)) if problem.place.is_none() => first.clone(),
        _ => problem.message.clone(),
    };
    if let Some(key) = key {
        x = canvas.spans(x, y, &[(Role::Key, key), (Role::Text, " ")]);
    }
    x = canvas.text(x, y, Role::Text, &text);
    if problem.severity.is_none()
        && let Some(gain) = &problem.help
    {
        canvas.text(x, y, Role::Dim, &format!("  {gain}"));
    }
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
    let first = first_line(own, rows.len(), usize::from(inner.height)).min(top);
    rows.get(first + row).map(|(owner, _)| *owner)
}
