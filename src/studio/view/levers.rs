//! What moves the time of the step: a bar for each lever, as long as its elasticity.

use super::canvas::Canvas;
use crate::engine::Report;
use crate::studio::theme::Role;

/// An elasticity below this moves nothing that could be seen.
const NOTHING: f64 = 0.005;

/// The levers, strongest first.
pub fn levers(report: &Report) -> Vec<(&'static str, f64)> {
    let mut levers: Vec<(&'static str, f64)> = report
        .sensitivities
        .iter()
        .filter(|lever| lever.value.is_finite())
        .map(|lever| (lever.label, lever.value))
        .collect();
    levers.sort_by(|a, b| b.1.abs().total_cmp(&a.1.abs()));
    levers
}

/// One lever on one row. Shorter time is good; the number says the direction where there is no colour.
pub fn draw(canvas: &mut Canvas, y: u16, label_width: u16, (label, value): (&str, f64)) {
    let role = match value {
        _ if value.abs() < NOTHING => Role::Dim,
        _ if value < 0.0 => Role::Good,
        _ => Role::Warn,
    };
    canvas.text_within(0, y, label_width, Role::Text, label);
    let end = canvas.width().saturating_sub(10);
    let share = if role == Role::Dim { 0.0 } else { value.abs() };
    canvas.bar(label_width + 1, y, end.saturating_sub(label_width + 1), share, role);
    let sign = match value {
        _ if role == Role::Dim => "",
        _ if value < 0.0 => canvas.sign("−", "-"),
        _ => "+",
    };
    let text = format!("{sign}{:.2}%", value.abs());
    canvas.text_right(canvas.width(), y, if role == Role::Dim { role } else { Role::Strong }, &text);
}

/// What the bars mean, in words.
pub const HEADING: &str = "time of the step, for 1% more of";
