//! A change that an agent proposes: who and why, what it does to the verdict and to every wall, and the
//! difference in text.

use ratatui::buffer::Buffer;
use ratatui::layout::Position;
use unicode_width::UnicodeWidthStr;

use super::canvas::{Canvas, wrap};
use super::{frame, number, prompt};
use crate::engine::Report;
use crate::engine::report::{LensReport, LensStatus, WallReading, WallState};
use crate::render::document::state_words;
use crate::studio::app::{App, Considered};
use crate::studio::diff::DiffLine;
use crate::studio::keymap::Context;
use crate::studio::layout::Panes;
use crate::studio::theme::Role;

/// Columns of the dialog.
const WIDTH: u16 = 110;

/// One row: spans of text.
type Row = Vec<(Role, String)>;

/// Draws the dialog.
pub fn draw(app: &App, panes: &Panes, considered: &Considered, scroll: usize, buf: &mut Buffer) -> Position {
    let rows = rows(app, considered, usize::from(panes.body.width.min(WIDTH).saturating_sub(4)));
    let words = format!("{}: {}", considered.proposal.who, considered.proposal.why);
    // As tall as what is to be read, with who says it above and the keys below.
    let head = wrap(&words, usize::from(panes.body.width.min(WIDTH).saturating_sub(4))).len().min(4)
        + if considered.moved { 2 } else { 0 };
    let height = ((rows.len() + head) as u16 + 4).min(panes.body.height.saturating_sub(2));
    let inner = frame::dialog(app, panes.body, "a proposed change", (WIDTH, height), buf);
    let mut canvas = Canvas::new(app, inner, buf);
    let mut y = canvas.paragraph(0, 0, 4, Role::Strong, &words);
    if considered.moved {
        let words = "Your text has changed since; accepting replaces that too. Undo brings yours back.";
        y = canvas.paragraph(0, y, 2, Role::Warn, words);
    }
    let last = canvas.height().saturating_sub(1);
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
    let width = app.panes().body.width.min(WIDTH).saturating_sub(4);
    rows(app, considered, usize::from(width)).len()
}

fn rows(app: &App, considered: &Considered, width: usize) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    let heading = |rows: &mut Vec<Row>, text: &str| {
        rows.push(Vec::new());
        rows.push(vec![(Role::Accent, text.to_owned())]);
    };
    let now = app.report.as_ref();
    let to = if app.ascii { " > " } else { " → " };
    match &considered.report {
        None => rows.push(vec![(Role::Bad, "The proposed text cannot be evaluated here.".into())]),
        Some(after) => {
            heading(&mut rows, "verdict");
            for (label, pick) in LENSES {
                rows.extend(lens(label, now.map(pick), pick(after), to, width));
            }
        }
    }
    heading(&mut rows, "text");
    rows.extend(difference(&considered.difference));
    if let Some(after) = &considered.report {
        heading(&mut rows, "walls");
        let before = |wall: &WallReading| {
            now.and_then(|report| report.walls.iter().find(|other| other.number == wall.number))
        };
        // What changes has a row each; a wall that stays is still named.
        let (changed, same): (Vec<&WallReading>, Vec<&WallReading>) =
            after.walls.iter().partition(|wall| before(wall).is_none_or(|was| reading(was) != reading(wall)));
        for wall in &changed {
            rows.extend(wall_row(before(wall), wall, to, width));
        }
        let names: Vec<String> = same.iter().map(|wall| format!("{} {}", wall.number, wall.name)).collect();
        if !names.is_empty() {
            let lead = if changed.is_empty() { "all as before" } else { "as before" };
            let text = format!("{lead}: {}", names.join(", "));
            rows.extend(wrap(&text, width).into_iter().map(|line| vec![(Role::Dim, line)]));
        }
    }
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

/// Spans, and running text behind them that goes on below where it must.
fn hanging(mut lead: Row, indent: usize, role: Role, text: &str, width: usize) -> Vec<Row> {
    let used = lead.iter().map(|(_, text)| text.width()).sum::<usize>();
    let mut lines = wrap(text, width.saturating_sub(indent.max(used)).max(12)).into_iter();
    lead.push((
        role,
        format!("{}{}", " ".repeat(indent.saturating_sub(used)), lines.next().unwrap_or_default()),
    ));
    let mut rows = vec![lead];
    rows.extend(lines.map(|line| vec![(role, format!("{}{line}", " ".repeat(indent.max(used))))]));
    rows
}

fn lens(label: &str, before: Option<&LensReport>, after: &LensReport, to: &str, width: usize) -> Vec<Row> {
    let mut row = vec![(Role::Text, label.to_owned())];
    if let Some(before) = before.filter(|before| before.status != after.status) {
        row.push(status(before.status));
        row.push((Role::Dim, to.into()));
    }
    row.push(status(after.status));
    row.push((Role::Text, "  ".into()));
    hanging(row, 0, Role::Text, &after.summary, width)
}

fn pressure(wall: &WallReading) -> String {
    wall.pressure.filter(|pressure| pressure.is_finite()).map(number::percent).unwrap_or_default()
}

/// State and pressure of a wall in words.
fn reading(wall: &WallReading) -> String {
    format!("{} {}", state_words(wall), pressure(wall)).trim_end().to_owned()
}

/// How bad a state is: nothing is worse than violated.
fn weight(wall: &WallReading) -> (u8, f64) {
    let state = match wall.state {
        WallState::Violated => 2,
        WallState::Binding | WallState::Near => 1,
        _ => 0,
    };
    (state, wall.pressure.unwrap_or(0.0))
}

fn wall_row(before: Option<&WallReading>, after: &WallReading, to: &str, width: usize) -> Vec<Row> {
    let name = format!("{:>2} {:<16}", after.number, after.name);
    let indent = name.width();
    let role = match before {
        Some(before) if weight(after) < weight(before) => Role::Good,
        Some(before) if weight(after) > weight(before) => Role::Warn,
        _ => Role::Text,
    };
    let new = reading(after);
    let text = match before {
        // The state is said once where only the pressure moves.
        Some(was) if state_words(was) == state_words(after) => {
            format!("{} {}{to}{}", state_words(after), pressure(was), pressure(after))
        }
        Some(was) => format!("{}{to}{new}", reading(was)),
        None => new,
    };
    hanging(vec![(Role::Text, name)], indent, role, &text, width)
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
