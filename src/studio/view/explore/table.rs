//! The frontier as a table to pick from, and the picked design beside the plan.

use ratatui::layout::Position;
use unicode_width::UnicodeWidthStr;

use super::super::{change, first_line, number};
use super::{brief, name};
use crate::engine::figures::Figures;
use crate::metrics::{Lens, METRICS, Metric};
use crate::studio::app::{App, Design, Exploration, figure};
use crate::studio::theme::Role;
use crate::studio::view::canvas::{Canvas, wrap};

/// Rows of the table before its designs.
pub(super) const HEAD: u16 = 1;
/// Rows below the table: what the selected design changes.
pub(super) const FOOT: u16 = 3;

/// Figures by which a design is judged, as far as it has them.
const JUDGED: &[(Lens, &str)] = &[
    (Lens::Feasibility, "memory_utilization"),
    (Lens::Performance, "ttft_ms"),
    (Lens::Performance, "itl_ms"),
    (Lens::Performance, "request_latency_ms"),
    (Lens::Performance, "output_tokens_per_s"),
    (Lens::Performance, "max_concurrency"),
    (Lens::Performance, "step_latency"),
    (Lens::Performance, "time_to_train_days"),
    (Lens::Performance, "tokens_per_s"),
    (Lens::Performance, "mfu"),
    (Lens::Macro, "tco_usd"),
    (Lens::Macro, "usd_per_million_tokens"),
    (Lens::Macro, "carbon_footprint"),
    (Lens::Macro, "energy_kwh"),
];

/// The figures of a design from row `y` on, beside those of the plan.
fn against(app: &App, design: &Figures, canvas: &mut Canvas, y: u16) {
    const VALUE: u16 = 14;
    let plan = app.report.as_ref().filter(|_| !app.stale());
    let rows: Vec<(&Metric, f64)> = JUDGED
        .iter()
        .filter_map(|(lens, key)| METRICS.iter().find(|metric| metric.lens == *lens && metric.key == *key))
        .filter_map(|metric| Some((metric, design.metric(metric.lens, metric.key)?)))
        .collect();
    let widest = rows.iter().map(|(metric, _)| metric.label.width()).max().unwrap_or(0) as u16;
    let names = widest.max(12).min(canvas.width().saturating_sub(2 * VALUE));
    let (mine, yours) = (names + VALUE, names + 2 * VALUE);
    canvas.text_right(mine, y, Role::Dim, "this design");
    if plan.is_some() {
        canvas.text_right(yours, y, Role::Dim, "this plan");
    }
    let last = canvas.height();
    for (row, (metric, value)) in rows.into_iter().enumerate() {
        let y = y + 1 + row as u16;
        if y >= last {
            return;
        }
        canvas.text_within(0, y, names, Role::Dim, metric.label);
        canvas.text_right(mine, y, Role::Strong, &number::metric(metric, value));
        let Some(before) = plan.and_then(|report| figure(report, metric)) else { continue };
        canvas.text_right(yours, y, Role::Text, &number::metric(metric, before));
        let Some((role, words)) = change::words(metric, before, value, app.ascii) else { continue };
        // Arrow and size have room where the word for it has none.
        let room = usize::from(canvas.width().saturating_sub(yours + 2));
        let size = words.split(' ').next().unwrap_or_default();
        if let Some(text) = [words.as_str(), size].into_iter().find(|text| text.width() <= room) {
            canvas.text(yours + 2, y, role, text);
        }
    }
}

/// The designs of the frontier; the answer is where the selected one stands.
pub(super) fn table(app: &App, found: &Exploration, canvas: &mut Canvas) -> Option<Position> {
    if found.frontier.is_empty() {
        let text = match (&found.refused, found.finished, found.counts.2) {
            (_, false, _) => "no design yet".to_owned(),
            (_, true, 1..) => "no design keeps every promise of the plan".to_owned(),
            (Some(why), true, _) => format!("no point fits; some are no plans: {why}"),
            (None, true, _) => "no point fits: turn another axis on".to_owned(),
        };
        let height = canvas.height();
        canvas.paragraph(0, 0, height, Role::Warn, &text);
        return None;
    }
    let room = usize::from(rows(canvas.height()));
    let first = first_line(app.explore.selected, found.frontier.len(), room);
    let shown = found.frontier.iter().enumerate().skip(first).take(room);
    let label = |which| {
        let metric = found.metric(which);
        if canvas.width() < 80 { brief(metric) } else { metric.label }
    };
    let heads: Vec<String> = [label(0).to_owned(), label(1).to_owned()]
        .into_iter()
        .chain(found.varied.iter().map(|path| name(path)))
        .collect();
    let lines: Vec<(usize, Vec<String>)> = shown.map(|(at, design)| (at, cells(found, design))).collect();
    let cells = |column: usize| lines.iter().map(move |(_, cells)| cells[column].width()).max().unwrap_or(0);
    // Long labels of the two figures are cut where all columns would not fit; figures and values never are.
    let values: usize = (2..heads.len()).map(|column| heads[column].width().max(cells(column)) + 2).sum();
    let spare = usize::from(canvas.width()).saturating_sub(values + 2 + 2);
    let whole = (0..2).map(|column| heads[column].width().max(cells(column))).sum::<usize>() <= spare;
    let label = if whole { usize::MAX } else { (spare / 2).max(6) };
    let widths: Vec<u16> = (0..heads.len())
        .map(|column| {
            let head = heads[column].width();
            cells(column).max(if column < 2 { head.min(label) } else { head }) as u16
        })
        .collect();
    let mut x = 2;
    for (head, width) in heads.iter().zip(&widths) {
        canvas.text_within(x, 0, x + width, Role::Dim, head);
        x += width + 2;
    }
    let mut at_selected = None;
    for (row, (at, cells)) in lines.iter().enumerate() {
        let y = HEAD + row as u16;
        let selected = *at == app.explore.selected;
        if selected {
            canvas.highlight(y, Role::Selection);
            at_selected = Some(canvas.position(0, y));
        }
        let sign = canvas.sign("▸", ">");
        canvas.text(
            0,
            y,
            if selected { Role::Selection } else { Role::Good },
            if selected { sign } else { " " },
        );
        let mut x = 2;
        for (column, (cell, width)) in cells.iter().zip(&widths).enumerate() {
            let role = match (selected, column < 2) {
                (true, _) => Role::Selection,
                (false, true) => Role::Strong,
                (false, false) => Role::Text,
            };
            let at = if column < 2 { x + width - (cell.width() as u16).min(*width) } else { x };
            canvas.text_within(at, y, x + width, role, cell);
            x += width + 2;
        }
    }
    let end = HEAD + lines.len() as u16;
    if canvas.height() > HEAD + FOOT {
        let below = canvas.height().saturating_sub(end + FOOT + 1);
        // Where the list leaves room, the selected design follows it with all its figures.
        let whole = below >= 4 && lines.len() == found.frontier.len();
        let y = if whole { end + 1 } else { canvas.height() - FOOT + 1 };
        let (more, rest) = (found.frontier.len(), canvas.width());
        if let Some(design) = app.explore.design() {
            let words = if design.edits.is_empty() {
                "this is the plan as it is".to_owned()
            } else {
                let edits = design.edits.iter().map(|(path, value)| format!("{} {value}", name(path)));
                format!("enter writes: {}", edits.collect::<Vec<_>>().join(", "))
            };
            let warned: Vec<String> = design.warnings.iter().map(|code| code.replace('_', " ")).collect();
            let words =
                if warned.is_empty() { words } else { format!("{words} (warns: {})", warned.join(", ")) };
            let lines = wrap(&words, usize::from(rest));
            let role = if design.edits.is_empty() { Role::Dim } else { Role::Text };
            for (row, line) in lines.iter().take(2).enumerate() {
                canvas.text(0, y + row as u16, role, line);
            }
            if let Some(figures) = design.figures.as_ref().filter(|_| whole) {
                against(app, figures, canvas, y + lines.len().min(2) as u16 + 1);
            }
        }
        if more > room {
            // In the row of air, so that no column loses its name.
            let place = format!("{} of {more}", app.explore.selected + 1);
            canvas.text_right(rest, y - 1, Role::Dim, &place);
        }
    }
    at_selected
}

fn cells(found: &Exploration, design: &Design) -> Vec<String> {
    let figures =
        [number::metric(found.metric(0), design.dot.at.0), number::metric(found.metric(1), design.dot.at.1)];
    figures.into_iter().chain(design.values.iter().map(|value| value.trim_matches('"').to_owned())).collect()
}

/// How many designs a table of a height shows.
pub(super) fn rows(height: u16) -> u16 {
    if height > HEAD + FOOT { height - HEAD - FOOT } else { height.saturating_sub(HEAD) }
}
