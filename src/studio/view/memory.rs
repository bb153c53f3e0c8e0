//! Memory of one accelerator as one stacked bar against its capacity.

use ratatui::layout::Position;
use unicode_width::UnicodeWidthStr;

use super::canvas::{Canvas, series};
use super::{change, number};
use crate::engine::report::MemoryFit;
use crate::metrics::Better;
use crate::studio::app::App;
use crate::studio::theme::Role;

/// From this width on each part has a bar of its own.
const BARS: u16 = 64;

/// Draws the pane.
pub fn draw(app: &App, canvas: &mut Canvas) -> Option<Position> {
    let report = app.report.as_ref()?;
    canvas.stale = app.stale();
    let Some(memory) = &report.memory else {
        canvas.text(0, 0, Role::Dim, "not evaluated");
        return None;
    };
    let height = canvas.height();
    let rows = if height >= 7 { 2 } else { 1 };
    let scale = memory.used_bytes.max(memory.capacity_bytes)
        * if memory.used_bytes > memory.capacity_bytes { 1.0 } else { 1.02 };
    let values: Vec<(&str, f64)> = memory.parts.iter().map(|part| (part.label, part.value)).collect();
    canvas.stacked(0, rows.min(1), &values, scale, Some(memory.capacity_bytes));
    if rows > 1 {
        canvas.limit_line(1, memory.used_bytes, scale, memory.capacity_bytes);
    }
    sum(canvas, rows, memory);
    let first = rows + 1;
    let room = height.saturating_sub(first);
    if room >= memory.parts.len() as u16 {
        let names = memory.parts.iter().map(|part| part.label.width()).max().unwrap_or(0) as u16 + 5;
        for (index, part) in memory.parts.iter().enumerate() {
            let y = first + index as u16;
            let x = canvas.swatch(0, y, index, part.label);
            canvas.text(x, y, Role::Text, part.label);
            let width = canvas.width();
            if width >= BARS {
                // The eye needs a way from the name to a figure far off.
                canvas.bar(names, y, width - names - 18, part.value / scale, series(index));
            }
            canvas.text_right(width.saturating_sub(7), y, Role::Strong, &number::bytes(part.value));
            let share = part.value / memory.capacity_bytes;
            canvas.text_right(width, y, Role::Dim, &number::percent(share));
        }
        since_pin(app, canvas, first + memory.parts.len() as u16, memory);
        return None;
    }
    legend(canvas, first, memory);
    None
}

/// Used, capacity, and what is over or free.
fn sum(canvas: &mut Canvas, y: u16, memory: &MemoryFit) {
    let over = memory.used_bytes - memory.capacity_bytes;
    let (role, verdict) = if over > 0.0 {
        (Role::Bad, format!("{} over by {}", canvas.sign("✖", "x"), number::bytes(over)))
    } else {
        (Role::Good, format!("{} {} free", canvas.sign("✔", "+"), number::bytes(-over)))
    };
    let share = number::percent(memory.used_bytes / memory.capacity_bytes);
    let width = canvas.width();
    let start = canvas.text_right(width, y, role, &verdict);
    let mut x = canvas.spans(
        0,
        y,
        &[
            (Role::Strong, &number::bytes(memory.used_bytes)),
            (Role::Dim, " of "),
            (Role::Text, &number::bytes(memory.capacity_bytes)),
            (Role::Dim, "  "),
        ],
    );
    if x + (share.len() as u16) < start {
        x = canvas.text(x, y, Role::Strong, &share);
    }
    if !memory.checked && x + 14 < start {
        canvas.text(x, y, Role::Warn, "  not checked");
    }
}

/// What is used against what was used at the pin.
fn since_pin(app: &App, canvas: &mut Canvas, y: u16, memory: &MemoryFit) {
    let Some(before) = app.baseline.as_ref().and_then(|report| report.memory.as_ref()) else { return };
    let (before, now) = (before.used_bytes, memory.used_bytes);
    // More in use is no loss while it fits.
    let fits = before.max(now) <= memory.capacity_bytes;
    let better = if fits { Better::Neither } else { Better::Lower };
    if let Some((role, words)) = change::signed(better, before, now, app.ascii) {
        let width = canvas.width();
        let text = format!("used since the pin, {} then", number::bytes(before));
        canvas.text_within(0, y, width.saturating_sub(words.chars().count() as u16 + 1), Role::Dim, &text);
        canvas.text_right(width, y, role, &words);
    }
}

/// The parts in a running line, as many rows as there are.
fn legend(canvas: &mut Canvas, first: u16, memory: &MemoryFit) {
    let (mut x, mut y) = (0, first);
    for (index, part) in memory.parts.iter().enumerate() {
        let value = number::bytes(part.value);
        let needed = 3 + part.label.chars().count() as u16 + 1 + value.chars().count() as u16;
        if x > 0 && x + needed > canvas.width() {
            (x, y) = (0, y + 1);
        }
        if y >= canvas.height() {
            break;
        }
        x = canvas.swatch(x, y, index, part.label);
        x = canvas.spans(
            x,
            y,
            &[(Role::Dim, part.label), (Role::Text, " "), (Role::Strong, &value), (Role::Text, "  ")],
        );
    }
}
