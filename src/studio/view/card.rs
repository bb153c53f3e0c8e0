//! The card of a wall: what it says, its equation with this plan's values, and where that comes from.

use ratatui::buffer::Buffer;
use ratatui::layout::Position;

use super::canvas::{Canvas, wrap};
use super::{frame, number, walls};
use crate::engine::report::WallState;
use crate::studio::app::App;
use crate::studio::layout::Panes;
use crate::studio::theme::Role;

/// Draws the card.
pub fn draw(app: &App, panes: &Panes, wall: u8, scroll: usize, buf: &mut Buffer) -> Option<Position> {
    let report = app.report.as_ref()?;
    let wall = report.walls.iter().find(|reading| reading.number == wall)?;
    let width = panes.body.width.min(84);
    let room = usize::from(width.saturating_sub(4));
    let mut rows: Vec<(Role, String)> = Vec::new();
    let mut say = |role: Role, heading: &str, text: &str| {
        if text.is_empty() {
            return;
        }
        if !rows.is_empty() {
            rows.push((Role::Text, String::new()));
        }
        if !heading.is_empty() {
            rows.push((Role::Dim, heading.to_owned()));
        }
        rows.extend(wrap(text, room).into_iter().map(|line| (role, line)));
    };
    say(Role::Text, "", &wall.sentence);
    match &wall.state {
        WallState::NotApplicable(why) => say(Role::Text, "why it does not apply", why),
        WallState::NotEvaluated(why) => say(Role::Text, "why it is not evaluated", why),
        WallState::NeedsInput(field) => say(Role::Text, "needs this field", field),
        _ => {}
    }
    if let Some(pressure) = wall.pressure {
        let text = format!("{} against {}: {}", wall.value, wall.limit, number::percent(pressure));
        say(Role::Strong, "demand against limit", &text);
    }
    say(Role::Info, "equation", wall.equation);
    say(Role::Text, "with this plan", &wall.substituted);
    say(Role::Text, "sources", &wall.sources.join("; "));
    for (at, suggestion) in report.suggestions.iter().enumerate().take(3) {
        say(
            Role::Text,
            if at == 0 { "what helps" } else { "" },
            &format!("{}: {}", suggestion.title, suggestion.gain),
        );
    }
    let height = (rows.len() as u16 + 3).min(panes.body.height);
    let title = format!("wall {} {} ({})", wall.number, wall.name, wall.domain);
    let inner = frame::dialog(app, panes.body, &title, (width, height), buf);
    let mut canvas = Canvas::new(app, inner, buf);
    let (_, role, word) = walls::state(&canvas, wall);
    canvas.text(0, 0, role, word);
    let room = usize::from(canvas.height().saturating_sub(1));
    let first = scroll.min(rows.len().saturating_sub(room));
    for (y, (role, text)) in rows.iter().skip(first).take(room).enumerate() {
        canvas.text(0, 1 + y as u16, *role, text);
    }
    Some(Position::new(inner.x, inner.y))
}
