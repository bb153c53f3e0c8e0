//! The 22 walls: number, name, how hard each is pressed, and where the limit lies.

use ratatui::layout::{Position, Rect};
use unicode_width::UnicodeWidthStr;

use super::canvas::Canvas;
use super::{number, steady};
use crate::engine::report::{LensStatus, Phase, Report, WallReading, WallState};
use crate::studio::app::App;
use crate::studio::layout::Pane;
use crate::studio::theme::Role;

/// Rows that the sentence about the binding wall may take.
const SENTENCE_ROWS: u16 = 3;

/// Columns from which on the domain has a column of its own.
const WIDE: u16 = 44;

/// `5 of 22 read` for the title.
pub fn count(app: &App) -> String {
    let Some(report) = &app.report else { return String::new() };
    let pressed = report.walls.iter().filter(|wall| wall.pressure.is_some()).count();
    format!("{pressed} of {} read", report.walls.len())
}

/// Sign, role and word of a state.
pub fn state(canvas: &Canvas, wall: &WallReading) -> (&'static str, Role, &'static str) {
    match wall.state {
        WallState::Violated => (canvas.sign("✖", "x"), Role::Bad, "violated"),
        // One wall binds the plan; another may bind its prefill.
        WallState::Binding if wall.phase == Phase::Prefill => {
            (canvas.sign("▷", "-"), Role::Info, "binds prefill")
        }
        WallState::Binding => (canvas.sign("▶", ">"), Role::Info, "binding"),
        WallState::Near if wall.pressure.is_some_and(|pressure| pressure > 1.0) => ("!", Role::Warn, "over"),
        WallState::Near => ("!", Role::Warn, "near"),
        WallState::Clear => (" ", Role::Good, "clear"),
        WallState::NotApplicable(_) => (canvas.sign("·", "."), Role::Faint, "does not apply"),
        WallState::NeedsInput(_) => ("?", Role::Faint, "needs input"),
        WallState::NotEvaluated(_) => (canvas.sign("·", "."), Role::Faint, "not evaluated"),
    }
}

/// Sign and role of a wall in its report. One wall binds the plan; another one may bind a phase of it, like the reading
/// of prompts. The word is that of the phase, where there are several.
pub fn place(canvas: &Canvas, report: &Report, wall: &WallReading) -> (&'static str, Role, &'static str) {
    let (sign, role, _) = state(canvas, wall);
    let own = report.phases.iter().rev().find(|phase| phase.binding == wall.number);
    let word = own.filter(|_| report.phases.len() > 1).map_or("", |phase| phase.phase.name());
    let binds = report.binding_wall().is_some_and(|binding| binding.number == wall.number);
    match (own, &wall.state) {
        // What does not fit has no phases that bind; a wall of the reading of prompts is told all the same.
        (None, WallState::Near | WallState::Clear)
            if wall.phase == Phase::Prefill && report.feasibility.status == LensStatus::Fail =>
        {
            (sign, role, wall.phase.name())
        }
        (_, WallState::Violated) | (None, WallState::Near | WallState::Clear) => (sign, role, ""),
        (Some(_), _) if !binds => (canvas.sign("▷", "-"), Role::Info, word),
        (Some(_), _) => (canvas.sign("▶", ">"), Role::Info, word),
        _ => (sign, role, word),
    }
}

/// Draws the pane; `short` shows only the walls that press most.
pub fn draw(app: &App, canvas: &mut Canvas, short: bool) -> Option<Position> {
    let report = app.report.as_ref()?;
    canvas.stale = app.stale();
    if short {
        brief(app, canvas);
        return None;
    }
    let head = head_rows(app, canvas.area);
    if head > 0
        && let Some(wall) = report.binding_wall()
    {
        let (sign, role, _) = place(canvas, report, wall);
        let text = format!("{} {}: {}", sign, wall.name, wall.sentence);
        canvas.paragraph(0, 0, head - 1, Role::Text, &text);
        canvas.spans(0, 0, &[(role, sign), (role, " "), (Role::Strong, wall.name)]);
    }
    let height = usize::from(canvas.height() - head.min(canvas.height()));
    let selected = app.selected[usize::from(Pane::Walls.number())].min(report.walls.len().saturating_sub(1));
    let first = steady(app, Pane::Walls, selected..=selected, report.walls.len(), height);
    let focused = app.focus == Pane::Walls;
    detail(app, canvas, head + report.walls.len() as u16);
    let mut domain = "";
    let mut at = None;
    for (row, wall) in report.walls.iter().skip(first).take(height).enumerate() {
        let y = head + row as u16;
        let name = if wall.domain == domain { "" } else { wall.domain };
        domain = wall.domain;
        line(canvas, y, (report, wall), name);
        if focused && first + row == selected {
            // Not over the bar: its colour says something.
            canvas.highlight_to(y, bar_start(canvas.width()), Role::Selection);
            at = Some(canvas.position(0, y));
        }
    }
    at
}

/// Below the list, where there is room: the equation of the selected wall (of the binding one while the focus is
/// elsewhere), in general and with this plan's values.
fn detail(app: &App, canvas: &mut Canvas, y: u16) {
    let Some(report) = &app.report else { return };
    if canvas.height() < y + 4 {
        return;
    }
    let wall = if app.focus == Pane::Walls {
        report.walls.get(app.selected[usize::from(Pane::Walls.number())])
    } else {
        report.binding_wall()
    };
    let Some(wall) = wall else { return };
    canvas.rule(y, Role::Faint);
    canvas.text(1, y, Role::Dim, &format!(" {} ", wall.name));
    let end = canvas.height();
    let y = canvas.paragraph(0, y + 1, 2, Role::Info, wall.equation);
    let y = canvas.paragraph(0, y, end.saturating_sub(y + 1), Role::Text, &wall.substituted);
    canvas.paragraph(0, y, end.saturating_sub(y), Role::Dim, &wall.sources.join("; "));
}

/// Column where bars and reasons begin.
fn bar_start(width: u16) -> u16 {
    if width >= WIDE { 31 } else { 21 }
}

/// One wall on one row: domain, sign, number, name, bar, percent; or why there is no reading.
fn line(canvas: &mut Canvas, y: u16, (report, wall): (&Report, &WallReading), domain: &str) {
    let width = canvas.width();
    let wide = width >= WIDE;
    let (sign, role, phase) = place(canvas, report, wall);
    let mut x = 0;
    if wide {
        canvas.text(0, y, Role::Faint, &domain.to_uppercase());
        x = 10;
    }
    canvas.text(x, y, role, sign);
    let off = wall.pressure.is_none() && !matches!(wall.state, WallState::Violated | WallState::Binding);
    canvas.text_right(x + 4, y, Role::Dim, &wall.number.to_string());
    let name = match wall.state {
        WallState::Violated | WallState::Binding => Role::Strong,
        _ if off => Role::Dim,
        _ => Role::Text,
    };
    let name_end = x + 20;
    let after = canvas.text_within(x + 5, y, name_end, name, wall.name) + 1;
    if !phase.is_empty() && after + phase.len() as u16 <= name_end {
        canvas.text_within(after, y, name_end, Role::Dim, phase);
    }
    let from = bar_start(width);
    match &wall.state {
        WallState::NotApplicable(why) | WallState::NotEvaluated(why) => {
            canvas.text(from, y, Role::Faint, why);
        }
        WallState::NeedsInput(field) => {
            // The last part of a field says most where the whole has no room.
            let whole = format!("needs {field}");
            let short = format!("needs {}", field.rsplit('.').next().unwrap_or(field));
            let fits = whole.width() <= usize::from(width.saturating_sub(from));
            canvas.text(from, y, Role::Faint, if fits { &whole } else { &short });
        }
        _ => match wall.pressure {
            Some(pressure) => {
                let end = width.saturating_sub(7);
                canvas.bar(from, y, end.saturating_sub(from), pressure, role);
                canvas.text_right(
                    width,
                    y,
                    if pressure > 1.0 { Role::Bad } else { Role::Text },
                    &number::percent(pressure),
                );
            }
            None => {
                canvas.text(from, y, Role::Text, &wall.value);
            }
        },
    }
}

/// The binding wall, and the ones that press most after it, with a sentence each.
fn brief(app: &App, canvas: &mut Canvas) {
    let Some(report) = &app.report else { return };
    let binding = report.binding_wall();
    let mut rest: Vec<&WallReading> = report
        .walls
        .iter()
        .filter(|wall| wall.pressure.is_some() && binding.is_none_or(|binding| binding.number != wall.number))
        .collect();
    rest.sort_by(|a, b| b.pressure.unwrap_or(0.0).total_cmp(&a.pressure.unwrap_or(0.0)));
    let mut y = 0;
    for wall in binding.into_iter().chain(rest) {
        if y >= canvas.height() {
            break;
        }
        line(canvas, y, (report, wall), "");
        y += 1;
        if y < canvas.height() && binding.is_some_and(|binding| binding.number == wall.number) {
            y = canvas.paragraph(2, y, 3, Role::Dim, &wall.sentence);
        }
    }
}

/// Rows above the list.
fn head_rows(app: &App, inner: Rect) -> u16 {
    let Some(wall) = app.report.as_ref().and_then(|report| report.binding_wall()) else { return 0 };
    let text = format!("x {}: {}", wall.name, wall.sentence);
    let rows = super::canvas::wrap(&text, usize::from(inner.width)).len() as u16;
    // The list comes first where there is little room.
    if inner.height < 8 { 0 } else { rows.min(SENTENCE_ROWS) + 1 }
}

/// Which wall a row of the pane shows.
pub fn line_at(app: &App, inner: Rect, row: usize) -> Option<usize> {
    let count = app.report.as_ref()?.walls.len();
    let head = usize::from(head_rows(app, inner));
    let height = usize::from(inner.height).saturating_sub(head);
    let selected = app.selected[usize::from(Pane::Walls.number())].min(count.saturating_sub(1));
    let line = row.checked_sub(head)? + steady(app, Pane::Walls, selected..=selected, count, height);
    (line < count).then_some(line)
}
