//! The card of a wall: what it says, how hard it is pressed now and was before, its equation with this plan's values,
//! where that comes from, and what would move it.

use ratatui::buffer::Buffer;
use ratatui::layout::Position;

use super::canvas::{Canvas, wrap};
use super::{frame, levers, number, walls};
use crate::engine::report::{Report, WallReading, WallState};
use crate::studio::app::App;
use crate::studio::layout::Panes;
use crate::studio::theme::Role;

/// Suggestions that a card repeats.
const SUGGESTIONS: usize = 3;

/// The wall that is about what moves the step.
const SENSITIVITY: u8 = 21;
/// Columns of the names of levers.
const LEVER_COLUMNS: u16 = 18;

/// One row of the card.
enum Row {
    /// Words.
    Text(Role, String),
    /// How hard the wall is pressed.
    Pressure(f64),
    /// How hard it was, oldest first.
    History(Vec<f64>),
    /// A lever and what it does to the time of the step.
    Lever(&'static str, f64),
}

/// Draws the card.
pub fn draw(app: &App, panes: &Panes, wall: u8, scroll: usize, buf: &mut Buffer) -> Option<Position> {
    let report = app.report.as_ref()?;
    let wall = report.walls.iter().find(|reading| reading.number == wall)?;
    let width = panes.body.width.min(84);
    let rows = rows(app, report, wall, usize::from(width.saturating_sub(4)));
    let height = (rows.len() as u16 + 3).min(panes.body.height);
    let title = format!("wall {} {} ({})", wall.number, wall.name, wall.domain);
    let inner = frame::dialog(app, panes.body, &title, (width, height), buf);
    let mut canvas = Canvas::new(app, inner, buf);
    canvas.stale = app.stale();
    let (sign, role, word) = walls::state(&canvas, wall);
    canvas.spans(0, 0, &[(role, sign), (role, if sign == " " { "" } else { " " }), (role, word)]);
    let room = usize::from(canvas.height().saturating_sub(1));
    let last = rows.len().saturating_sub(room);
    app.scroll_last.set(last);
    let first = scroll.min(last);
    for (y, row) in rows.iter().skip(first).take(room).enumerate() {
        let y = 1 + y as u16;
        match row {
            Row::Text(role, text) => {
                canvas.text(0, y, *role, text);
            }
            Row::Pressure(pressure) => {
                let end = canvas.width().saturating_sub(8);
                canvas.bar(0, y, end, *pressure, role);
                let role = if *pressure > 1.0 { Role::Bad } else { Role::Strong };
                canvas.text_right(end + 8, y, role, &number::percent(*pressure));
            }
            Row::Lever(label, value) => levers::draw(&mut canvas, y, LEVER_COLUMNS, (label, *value)),
            Row::History(values) => {
                // The limit is always on the scale, so that curves of different walls can be compared.
                let scale = values.iter().copied().fold(1.0, f64::max);
                let span = format!(
                    "  {} to {}",
                    number::percent(values.first().copied().unwrap_or_default()),
                    number::percent(values.last().copied().unwrap_or_default())
                );
                let room = usize::from(canvas.width()).saturating_sub(span.chars().count());
                let shown = &values[values.len().saturating_sub(room)..];
                let x = canvas.sparkline(0, y, shown, scale, Role::Info);
                canvas.text(x, y, Role::Dim, &span);
            }
        }
    }
    if first + room < rows.len() && canvas.height() > 1 {
        let more = canvas.sign(" pgdn ↓ ", " pgdn v ");
        let (width, y) = (canvas.width(), canvas.height() - 1);
        canvas.text_right(width, y, Role::Key, more);
    }
    Some(Position::new(inner.x, inner.y))
}

/// Everything that the card says.
fn rows(app: &App, report: &Report, wall: &WallReading, room: usize) -> Vec<Row> {
    let mut rows = Vec::new();
    say(&mut rows, room, Role::Text, "", &wall.sentence);
    match &wall.state {
        WallState::NotApplicable(why) => say(&mut rows, room, Role::Text, "why it does not apply", why),
        WallState::NotEvaluated(why) => say(&mut rows, room, Role::Text, "why it is not evaluated", why),
        WallState::NeedsInput(field) => say(&mut rows, room, Role::Text, "needs this field", field),
        _ => {}
    }
    if let Some(pressure) = wall.pressure {
        let text = format!("{} against {}", wall.value, wall.limit);
        say(&mut rows, room, Role::Strong, "demand against limit", &text);
        rows.push(Row::Pressure(pressure));
    }
    say(&mut rows, room, Role::Info, "equation", wall.equation);
    say(&mut rows, room, Role::Text, "with this plan", &wall.substituted);
    let history = app.history.of(wall.number);
    if history.len() > 1 {
        rows.push(Row::Text(Role::Text, String::new()));
        rows.push(Row::Text(Role::Dim, "in this session".into()));
        rows.push(Row::History(history));
    }
    let levers = levers::levers(report);
    if wall.number == SENSITIVITY && !levers.is_empty() {
        rows.push(Row::Text(Role::Text, String::new()));
        rows.push(Row::Text(Role::Dim, levers::HEADING.into()));
        rows.extend(levers.into_iter().map(|(label, value)| Row::Lever(label, value)));
    }
    for (at, suggestion) in report.suggestions.iter().enumerate().take(SUGGESTIONS) {
        let heading = if at == 0 { "what helps" } else { "" };
        let key = if at == 0 && !app.watch { "a: " } else { "" };
        let text = format!("{key}{}: {}", suggestion.title, suggestion.gain);
        if at > 0 {
            rows.extend(wrap(&text, room).into_iter().map(|line| Row::Text(Role::Text, line)));
        } else {
            say(&mut rows, room, Role::Text, heading, &text);
        }
    }
    say(&mut rows, room, Role::Dim, "sources", &wall.sources.join("; "));
    rows
}

/// A heading and a wrapped text below it, apart from what comes before.
fn say(rows: &mut Vec<Row>, room: usize, role: Role, heading: &str, text: &str) {
    if text.is_empty() {
        return;
    }
    if !rows.is_empty() {
        rows.push(Row::Text(Role::Text, String::new()));
    }
    if !heading.is_empty() {
        rows.push(Row::Text(Role::Dim, heading.to_owned()));
    }
    rows.extend(wrap(text, room).into_iter().map(|line| Row::Text(role, line)));
}
