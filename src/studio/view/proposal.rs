//! A change that an agent proposes: who and why, what it does to the verdict and to every wall, and the
//! difference in text.

use ratatui::buffer::Buffer;
use ratatui::layout::Position;

use super::canvas::Canvas;
use super::{frame, prompt};
use crate::engine::Report;
use crate::engine::report::{LensReport, LensStatus, WallReading};
use crate::render::document::state_words;
use crate::render::numbers::percent;
use crate::studio::app::{App, Considered};
use crate::studio::diff::DiffLine;
use crate::studio::keymap::Context;
use crate::studio::layout::Panes;
use crate::studio::theme::Role;

/// One row: spans of text.
type Row = Vec<(Role, String)>;

/// Draws the dialog.
pub fn draw(app: &App, panes: &Panes, considered: &Considered, scroll: usize, buf: &mut Buffer) -> Position {
    let size = (110, panes.body.height.saturating_sub(2));
    let inner = frame::dialog(app, panes.body, "a proposed change", size, buf);
    let mut canvas = Canvas::new(app, inner, buf);
    let proposal = &considered.proposal;
    let words = format!("{}: {}", proposal.who, proposal.why);
    let mut y = canvas.paragraph(0, 0, 4, Role::Strong, &words);
    if considered.moved {
        let words = "Your text has changed since; accepting replaces that too. Undo brings yours back.";
        y = canvas.paragraph(0, y, 2, Role::Warn, words);
    }
    let last = canvas.height().saturating_sub(1);
    let rows = rows(app, considered);
    let room = usize::from(last.saturating_sub(y + 1));
    let first = scroll.min(rows.len().saturating_sub(room));
    for (at, row) in rows.iter().skip(first).take(room).enumerate() {
        let spans: Vec<(Role, &str)> = row.iter().map(|(role, text)| (*role, text.as_str())).collect();
        canvas.spans(0, y + at as u16, &spans);
    }
    prompt::keys(&mut canvas, last, Context::Proposal);
    Position::new(inner.x, inner.y)
}

/// How many rows there are to scroll through.
pub fn length(app: &App, considered: &Considered) -> usize {
    rows(app, considered).len()
}

fn rows(app: &App, considered: &Considered) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    let heading = |rows: &mut Vec<Row>, text: &str| {
        rows.push(Vec::new());
        rows.push(vec![(Role::Accent, text.to_owned())]);
    };
    let now = app.report.as_ref();
    match &considered.report {
        None => rows.push(vec![(Role::Bad, "The proposed text cannot be evaluated here.".into())]),
        Some(after) => {
            heading(&mut rows, "verdict");
            for (label, pick) in LENSES {
                rows.push(lens(label, now.map(pick), pick(after)));
            }
            heading(&mut rows, "walls");
            let before = |wall: &WallReading| {
                now.and_then(|report| report.walls.iter().find(|other| other.number == wall.number))
            };
            // What changes comes first; a wall that stays is still named.
            let (changed, same): (Vec<&WallReading>, Vec<&WallReading>) = after
                .walls
                .iter()
                .partition(|wall| before(wall).is_none_or(|was| reading(was) != reading(wall)));
            for wall in changed.iter().chain(&same) {
                rows.push(wall_row(before(wall), wall));
            }
        }
    }
    heading(&mut rows, "text");
    rows.extend(difference(&considered.difference));
    rows
}

type Pick = fn(&Report) -> &LensReport;

const LENSES: [(&str, Pick); 3] = [
    ("fits  ", |report| &report.feasibility),
    ("fast  ", |report| &report.performance),
    ("worth ", |report| &report.economics),
];

fn status(status: LensStatus) -> (Role, String) {
    let role = match status {
        LensStatus::Pass => Role::Good,
        LensStatus::Fail => Role::Bad,
        LensStatus::Skipped => Role::Dim,
    };
    (role, status.name().to_owned())
}

fn lens(label: &str, before: Option<&LensReport>, after: &LensReport) -> Row {
    let mut row = vec![(Role::Text, label.to_owned())];
    if let Some(before) = before.filter(|before| before.status != after.status) {
        row.push(status(before.status));
        row.push((Role::Dim, " > ".into()));
    }
    row.push(status(after.status));
    row.push((Role::Text, format!("  {}", after.summary)));
    row
}

/// State and pressure of a wall in words.
fn reading(wall: &WallReading) -> String {
    let pressure = wall.pressure.filter(|pressure| pressure.is_finite()).map(percent).unwrap_or_default();
    format!("{} {pressure}", state_words(&wall.state)).trim_end().to_owned()
}

fn wall_row(before: Option<&WallReading>, after: &WallReading) -> Row {
    let name = format!("{:>2} {:<16}", after.number, after.name);
    let new = reading(after);
    match before.map(reading).filter(|old| *old != new) {
        None => vec![(Role::Dim, format!("{name}{new}"))],
        Some(old) => {
            let pressure = |wall: Option<&WallReading>| wall.and_then(|wall| wall.pressure).unwrap_or(0.0);
            let role = if pressure(Some(after)) > pressure(before) { Role::Warn } else { Role::Good };
            vec![(Role::Text, name), (Role::Dim, format!("{old} > ")), (role, new)]
        }
    }
}

/// The lines that change, each with two around it.
fn difference(lines: &[DiffLine]) -> Vec<Row> {
    const AROUND: usize = 2;
    let changes = |line: &DiffLine| !matches!(line, DiffLine::Same(_));
    let mut rows = Vec::new();
    let mut skipped = false;
    for (at, line) in lines.iter().enumerate() {
        let near = lines[at.saturating_sub(AROUND)..(at + AROUND + 1).min(lines.len())].iter().any(changes);
        if !near {
            skipped = true;
            continue;
        }
        if std::mem::take(&mut skipped) {
            rows.push(vec![(Role::Dim, "  ...".into())]);
        }
        rows.push(match line {
            DiffLine::Same(text) => vec![(Role::Dim, format!("  {text}"))],
            DiffLine::Mine(text) => vec![(Role::Removed, format!("- {text}"))],
            DiffLine::Theirs(text) => vec![(Role::Added, format!("+ {text}"))],
        });
    }
    rows
}
