//! Limits of the design space: as they hold, and the line that asks for them with the metrics there are.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use unicode_width::UnicodeWidthStr;

use crate::metrics::{self, Metric};
use crate::plan::Assertion;
use crate::studio::app::{App, Exploration, Overlay};
use crate::studio::layout::Panes;
use crate::studio::theme::Role;
use crate::studio::view::canvas::Canvas;
use crate::studio::view::{first_line, frame, number, prompt};

/// Metrics listed at once.
const LISTED: usize = 8;

/// `ITL ≤ 40 ms`.
fn words(limit: &Assertion, ascii: bool) -> String {
    let Some(metric) = metrics::by_assertion_name(&limit.metric) else { return limit.metric.clone() };
    let (most, least) = if ascii { ("<=", ">=") } else { ("≤", "≥") };
    let side = |sign: &str, value: Option<f64>| {
        value.map(|value| format!(" {sign} {}", number::metric(metric, value)))
    };
    [Some(metric.label.to_owned()), side(least, limit.min), side(most, limit.max)]
        .into_iter()
        .flatten()
        .collect()
}

/// The limits that hold, on a row of their own below row `y`; the answer is the last row that is taken.
pub(super) fn told(canvas: &mut Canvas, found: &Exploration, y: u16) -> u16 {
    if found.limits.is_empty() {
        return y;
    }
    let (ascii, width) = (canvas.ascii, canvas.width());
    let mut x = canvas.spans(0, y + 1, &[(Role::Key, "l"), (Role::Text, " within ")]);
    for (at, limit) in found.limits.iter().enumerate() {
        let comma = if at == 0 { "" } else { ", " };
        let text = format!("{comma}{}", words(limit, ascii));
        let left = found.limits.len() - at - 1;
        let more = format!(" and {} more", left + 1);
        let room = if left == 0 { 0 } else { more.width() };
        if at > 0 && usize::from(x) + text.width() + room > usize::from(width) {
            canvas.text_within(x, y + 1, width, Role::Dim, &more);
            break;
        }
        x = canvas.text_within(x, y + 1, width, Role::Info, &text);
    }
    y + 1
}

fn widest(choices: &[(&'static Metric, f64)], part: fn(&Metric) -> &'static str) -> u16 {
    choices.iter().map(|(metric, _)| part(metric).width()).max().unwrap_or(0) as u16
}

/// Where the metrics stand, above the line.
fn place(panes: &Panes, choices: &[(&'static Metric, f64)]) -> Option<Rect> {
    let above = panes.body.height.saturating_sub(3);
    let height = (choices.len().min(LISTED) as u16 + 2).min(above);
    let width = widest(choices, |metric| metric.key) + widest(choices, |metric| metric.label) + 20;
    let rect = Rect {
        y: panes.body.y + above - height,
        width: width.max(34).min(panes.body.width),
        height,
        ..panes.body
    };
    (!choices.is_empty() && height > 2).then_some(rect)
}

/// The metric at a cell of the screen, while the line is open.
pub fn choice_at(app: &App, column: u16, row: u16) -> Option<usize> {
    let Overlay::Limit { text, selected } = &app.overlay else { return None };
    let choices = app.limit_choices(text);
    let rect = place(&app.panes(), &choices)?;
    let rows = usize::from(rect.height - 2);
    let line = usize::from(row.checked_sub(rect.y + 1)?);
    let at = first_line(*selected, choices.len(), rows) + line;
    (line < rows && at < choices.len() && (rect.x..rect.right()).contains(&column)).then_some(at)
}

/// The line that asks for limits, and above it the metrics that it may mean with their figures in this plan. The answer
/// is the place of the cursor.
pub fn limit(app: &App, panes: &Panes, text: &str, selected: usize, buf: &mut Buffer) -> Position {
    let title = prompt::title(
        panes,
        &[
            "limit METRIC < VALUE, as in ttft_ms < 500; tco_usd < 2M: here alone, not in the plan",
            "limit, as in ttft_ms < 500; tco_usd < 2M",
            "limit, as in ttft_ms < 500",
        ],
    );
    let cursor = prompt::draw(app, panes, title, text, buf);
    let choices = app.limit_choices(text);
    let Some(rect) = place(panes, &choices) else { return cursor };
    let rows = usize::from(rect.height - 2);
    let keys = widest(&choices, |metric| metric.key);
    let inner = frame::boxed(app, rect, "tab takes one; this plan has", buf);
    let mut canvas = Canvas::new(app, inner, buf);
    let first = first_line(selected, choices.len(), rows);
    for (row, (metric, value)) in choices.iter().enumerate().skip(first).take(rows) {
        let y = (row - first) as u16;
        let x = canvas.text(0, y, Role::Text, metric.key).max(keys) + 2;
        let width = canvas.width();
        let start = canvas.text_right(width, y, Role::Strong, &number::metric(metric, *value));
        // A name that has no room is known by its key.
        if usize::from(x) + metric.label.width() < usize::from(start) {
            canvas.text(x, y, Role::Dim, metric.label);
        }
        if row == selected {
            canvas.highlight(y, Role::Selection);
        }
    }
    cursor
}
