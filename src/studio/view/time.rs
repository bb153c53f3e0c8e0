//! Where the time of one step goes.

use ratatui::layout::Position;
use unicode_width::UnicodeWidthStr;

use super::canvas::{Canvas, series};
use super::{change, levers, number};
use crate::engine::Report;
use crate::metrics::Better;
use crate::studio::app::App;
use crate::studio::theme::Role;

/// Draws the pane.
pub fn draw(app: &App, canvas: &mut Canvas) -> Option<Position> {
    let report = app.report.as_ref()?;
    canvas.stale = app.stale();
    let Some(timeline) = &report.timeline else {
        canvas.text(0, 0, Role::Dim, "not evaluated");
        return None;
    };
    let total = timeline.total_s;
    let mut x = canvas.spans(0, 0, &[(Role::Strong, &number::seconds(total)), (Role::Dim, " a step")]);
    if let Some(bottleneck) = report.bottleneck {
        let name = bottleneck.name().to_lowercase();
        x = canvas.spans(x, 0, &[(Role::Dim, ", "), (Role::Info, &name), (Role::Dim, " bound")]);
    }
    let before = app.baseline.as_ref().and_then(|report| report.timeline.as_ref());
    let mut end = canvas.width();
    if let Some((role, words)) =
        before.and_then(|before| change::signed(Better::Lower, before.total_s, total, app.ascii))
        && usize::from(x) + words.width() + 2 <= usize::from(end)
    {
        end = canvas.text_right(end, 0, role, &words).saturating_sub(2);
    }
    let sum: f64 = timeline.segments.iter().map(|segment| segment.value).sum();
    if sum > total * (1.0 + 1e-6) {
        // The bars together are longer than the step: nobody is to add them up.
        let words = [
            "; the parts overlap: together they make more than the step",
            "; the parts overlap",
            " (overlap)",
        ];
        let room = usize::from(end.saturating_sub(x));
        if let Some(words) = words.into_iter().find(|words| words.width() <= room) {
            canvas.text(x, 0, Role::Dim, words);
        }
    }
    let longest = timeline.segments.iter().map(|segment| segment.value).fold(total, f64::max);
    // Compute and memory overlap, so each segment has a bar of its own on a common scale.
    let label =
        timeline.segments.iter().map(|segment| segment.label.chars().count()).max().unwrap_or(0) as u16;
    for (index, segment) in timeline.segments.iter().enumerate() {
        let y = 1 + index as u16;
        let value = number::seconds(segment.value);
        let width = canvas.width();
        canvas.text(0, y, Role::Text, segment.label);
        let end = width.saturating_sub(10);
        let share = if longest > 0.0 { segment.value / longest } else { 0.0 };
        canvas.bar(label + 1, y, end.saturating_sub(label + 1), share, series(index));
        canvas.text_right(width, y, Role::Strong, &value);
    }
    sensitivities(report, canvas, 1 + timeline.segments.len() as u16);
    None
}

/// Below the segments, where there is room: what would make the step shorter or longer, strongest first.
fn sensitivities(report: &Report, canvas: &mut Canvas, y: u16) {
    let levers = levers::levers(report);
    let room = canvas.height().saturating_sub(y + 1);
    if levers.is_empty() || room == 0 {
        return;
    }
    canvas.text(0, y, Role::Dim, levers::HEADING);
    let label = levers.iter().map(|(label, _)| label.chars().count()).max().unwrap_or(0) as u16;
    for (row, lever) in levers.into_iter().take(usize::from(room)).enumerate() {
        levers::draw(canvas, y + 1 + row as u16, label, lever);
    }
}
