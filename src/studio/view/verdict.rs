//! The three lenses: does it fit, is it fast, is it worth it.

use std::borrow::Cow;

use ratatui::layout::Position;
use unicode_width::UnicodeWidthStr;

use super::canvas::{Canvas, wrap};
use super::number;
use crate::engine::report::{LensReport, LensStatus, Report, Violation};
use crate::metrics::{Lens, METRICS, Metric};
use crate::render::told;
use crate::studio::app::App;
use crate::studio::theme::Role;

/// The figures of each lens that are shown, most telling first.
const FITS: &[&str] = &["memory_used_gb", "memory_utilization"];
const FAST: &[&str] = &[
    "step_latency",
    "itl_ms",
    "ttft_ms",
    "output_tokens_per_s",
    "time_to_train_days",
    "tokens_per_s",
    "fleet_throughput",
    "latency",
    "throughput",
    "mfu",
    "max_concurrency",
    "scaling_efficiency",
    "comm_overhead",
    "request_latency_ms",
];
const WORTH: &[&str] = &[
    "tco_usd",
    "usd_per_million_tokens",
    "carbon_footprint",
    "annual_tco_usd",
    "energy_kwh",
    "water_liters",
];

/// Column in which the sentence of a lens begins.
const SENTENCE: u16 = 12;

/// Draws the pane.
pub fn draw(app: &App, canvas: &mut Canvas) -> Option<Position> {
    let Some(report) = &app.report else {
        let text = if app.error_count() > 0 {
            "No numbers yet: the plan has problems. They are listed under problems; Enter on one goes to its line."
        } else {
            "No numbers yet."
        };
        canvas.paragraph(0, 0, canvas.height(), Role::Dim, text);
        return None;
    };
    canvas.stale = app.stale();
    let (memory, speed, money) = (
        Judged::of(report, &report.feasibility),
        Judged::of(report, &report.performance),
        Judged::of(report, &report.economics),
    );
    let lenses = [("FITS", &memory, FITS), ("FAST", &speed, FAST), ("WORTH", &money, WORTH)];
    // What the money buys does not exist while the plan does not fit.
    let fits = report.feasibility.status != LensStatus::Fail;
    let mut y = 0;
    let rows = shares(
        canvas,
        lenses.map(|(_, lens, keys)| (lens, !figures(app, lens.lens, keys, Some(&lens.summary)).is_empty())),
    );
    for ((word, lens, keys), rows) in lenses.into_iter().zip(rows) {
        if !fits && lens.lens.lens == Lens::Macro && lens.status == LensStatus::Pass {
            if_it_fit(app, canvas, y, rows, lens);
        } else {
            one(app, canvas, y, rows, word, lens, keys);
        }
        y += rows;
    }
    None
}

/// A lens as the plan's own promises judge it: one that passes but breaks an assertion says NO and which.
struct Judged<'a> {
    lens: &'a LensReport,
    status: LensStatus,
    summary: Cow<'a, str>,
}

impl<'a> Judged<'a> {
    fn of(report: &Report, lens: &'a LensReport) -> Judged<'a> {
        let broken: Vec<String> = match lens.status {
            LensStatus::Pass => report.violations.iter().filter_map(|broken| promise(lens, broken)).collect(),
            _ => Vec::new(),
        };
        if broken.is_empty() {
            return Judged { lens, status: lens.status, summary: Cow::Borrowed(&lens.summary) };
        }
        Judged { lens, status: LensStatus::Fail, summary: Cow::Owned(broken.join("; ")) }
    }
}

/// A broken promise about a lens in few words: `ITL 40.8 ms, above 40.0 ms`.
fn promise(lens: &LensReport, broken: &Violation) -> Option<String> {
    let (name, key) = broken.metric.split_once('.')?;
    if name != lens.lens.name() {
        return None;
    }
    let metric = METRICS.iter().find(|metric| metric.lens == lens.lens && metric.key == key)?;
    let (Some(value), Some(bound)) = (broken.value, broken.bound) else {
        return Some(format!("{} is not available for this plan", metric.label));
    };
    let (mut found, mut allowed) = (number::metric(metric, value), number::metric(metric, bound));
    if found == allowed {
        // So near that three digits hide the difference.
        (found, allowed) = (value.to_string(), bound.to_string());
    }
    let side = if broken.why == "max" { "above" } else { "below" };
    Some(format!("{} {found}, {side} {allowed}", metric.label))
}

/// Rows of each lens: the same for all, but what a refusal needs to be read to its end comes first, and a lens whose
/// sentence says all of its figures leaves its other rows to speed.
fn shares(canvas: &Canvas, lenses: [(&Judged, bool); 3]) -> [u16; 3] {
    let usual = (canvas.height() / 3).max(1);
    let width = usize::from(canvas.width().saturating_sub(SENTENCE));
    let mut rows = [1; 3];
    let mut left = canvas.height().saturating_sub(3);
    for failing in [true, false] {
        for ((lens, more_to_say), rows) in lenses.into_iter().zip(&mut rows) {
            if (lens.status == LensStatus::Fail) == failing {
                let lines = if failing { wrap(&lens.summary, width).len() as u16 } else { 0 };
                let said = lens.summary.width() <= width && !more_to_say && !failing;
                let usual = if said { 1 } else { usual };
                let more = (lines.max(usual) - 1).min(left);
                *rows += more;
                left -= more;
            }
        }
    }
    if lenses[1].0.status == LensStatus::Pass && lenses[0].0.status == LensStatus::Pass {
        rows[1] += left;
    }
    rows
}

/// The price of a plan that cannot run: neither yes nor no.
fn if_it_fit(app: &App, canvas: &mut Canvas, y: u16, rows: u16, lens: &Judged) {
    let sign = canvas.sign("–", "-");
    let x = canvas.spans(0, y, &[(Role::Dim, sign), (Role::Text, " "), (Role::Dim, "WORTH")]);
    let x = canvas.text(x.max(7) + 1, y, Role::Dim, "if it fit: ");
    let figures = figures(app, lens.lens, WORTH, Some(&lens.summary));
    let used = canvas.paragraph(x, y, rows, Role::Text, &lens.summary) - y;
    if used < rows {
        figure_row(canvas, SENTENCE, y + used, &figures);
    } else {
        beside(canvas, x, y + used - 1, &lens.summary, &figures);
    }
}

/// Behind the last line of a sentence that left no row: the figures that changed, as far as there is room.
fn beside(canvas: &mut Canvas, x: u16, y: u16, sentence: &str, figures: &[Figure]) {
    let lines = wrap(sentence, usize::from(canvas.width().saturating_sub(x)));
    let Some(last) = lines.last() else { return };
    let changed: Vec<Figure> = figures.iter().filter(|figure| figure.2.is_some()).cloned().collect();
    figure_row(canvas, x + last.width() as u16 + 3, y, &changed);
}

fn one(app: &App, canvas: &mut Canvas, y: u16, rows: u16, word: &str, lens: &Judged, keys: &[&str]) {
    let (sign, role, state) = match lens.status {
        LensStatus::Pass => (canvas.sign("✔", "+"), Role::Good, "yes"),
        LensStatus::Fail => (canvas.sign("✖", "x"), Role::Bad, "NO"),
        LensStatus::Skipped => (canvas.sign("–", "-"), Role::Dim, "–"),
    };
    let state = if canvas.ascii && state == "–" { "-" } else { state };
    let x = canvas.spans(0, y, &[(role, sign), (role, " "), (Role::Strong, word)]);
    let x = canvas.text(x.max(7) + 1, y, role, state).max(11) + 1;
    let room = usize::from(canvas.width().saturating_sub(x));
    let fits = lens.summary.width() <= room;
    // The figures say the same in less room.
    let beside_it = figures(app, lens.lens, keys, Some(&lens.summary));
    let more_to_say = rows == 1 && !beside_it.is_empty();
    let instead = lens.status == LensStatus::Pass && (more_to_say || !fits);
    let figures = if instead { figures(app, lens.lens, keys, None) } else { beside_it };
    let role = if lens.status == LensStatus::Skipped { Role::Dim } else { Role::Text };
    if instead && !figures.is_empty() {
        figure_rows(canvas, x, y..y + rows, figures);
        return;
    }
    // A refusal is read to its end before any figure.
    let used =
        canvas.paragraph(x, y, if lens.status == LensStatus::Pass { 1 } else { rows }, role, &lens.summary)
            - y;
    if used < rows {
        figure_rows(canvas, x, y + used..y + rows, figures);
    } else {
        beside(canvas, x, (y + used).saturating_sub(1), &lens.summary, &figures);
    }
}

/// A figure: label, value, change since the baseline.
type Figure = (&'static str, String, Option<(Role, String)>);

/// The figures of a lens; those that `said` has already are left out unless they changed.
fn figures(app: &App, lens: &LensReport, keys: &[&str], said: Option<&str>) -> Vec<Figure> {
    let bare = |text: &str| text.replace([' ', '\u{a0}', '\u{202f}'], "");
    let said = said.map(bare);
    let known = |figure: &Figure| {
        figure.2.is_none() && said.as_ref().is_some_and(|said| says(said, &bare(&figure.1)))
    };
    keys.iter()
        .filter(|key| !told::repeats(lens, key))
        .filter_map(|key| {
            let (_, value) = lens.metrics.iter().find(|(name, _)| name == key)?;
            let metric = METRICS.iter().find(|metric| metric.lens == lens.lens && metric.key == *key)?;
            let change = change(app, lens.lens, metric, *value);
            let shown = number::beside_label(metric, *value);
            Some((metric.label, shown, change))
        })
        .filter(|figure| !known(figure))
        .collect()
}

/// Whether a sentence without blanks says a figure as a whole, not as a part of a longer number.
fn says(said: &str, figure: &str) -> bool {
    let digit = |letter: char| letter.is_ascii_digit();
    let point = ['.', ','];
    said.match_indices(figure).any(|(at, _)| {
        let (before, after) = (&said[..at], &said[at + figure.len()..]);
        let begins = !before.trim_end_matches(point).ends_with(digit);
        let ends = !figure.ends_with(digit) || !after.trim_start_matches(point).starts_with(digit);
        begins && ends
    })
}

/// Writes figures row by row.
fn figure_rows(canvas: &mut Canvas, x: u16, rows: std::ops::Range<u16>, mut figures: Vec<Figure>) {
    for y in rows {
        figures = figure_row(canvas, x, y, &figures);
    }
}

/// Writes the figures that fit whole, those that changed before all others, in their order; the answer is the rest.
fn figure_row(canvas: &mut Canvas, x: u16, y: u16, figures: &[Figure]) -> Vec<Figure> {
    const GAP: &str = "   ";
    let width = |(label, value, change): &Figure| {
        let note = change.as_ref().map_or(0, |(_, text)| text.width() + 1);
        label.width() + 1 + value.width() + note
    };
    let mut room = usize::from(canvas.width().saturating_sub(x)) + GAP.len();
    let mut chosen = vec![false; figures.len()];
    let mut left_out = false;
    for changed in [true, false] {
        for (figure, chosen) in figures.iter().zip(&mut chosen) {
            let needed = width(figure) + GAP.len();
            if figure.2.is_some() != changed {
                continue;
            }
            if changed && needed > room {
                // Another change may be shorter, but nothing that stayed the same takes its place.
                left_out = true;
                continue;
            }
            if !changed && (left_out || needed > room) {
                // What comes later is told less; a smaller one does not take its place.
                break;
            }
            room -= needed;
            *chosen = true;
        }
    }
    let mut column = x;
    let mut rest = Vec::new();
    for (figure, chosen) in figures.iter().zip(chosen) {
        if !chosen {
            rest.push(figure.clone());
            continue;
        }
        let (label, value, change) = figure;
        let gap = if column == x { "" } else { GAP };
        column = canvas.spans(
            column,
            y,
            &[(Role::Text, gap), (Role::Dim, label), (Role::Text, " "), (Role::Strong, value)],
        );
        if let Some((role, text)) = change {
            column = canvas.text(column, y, *role, &format!(" {text}"));
        }
    }
    rest
}

/// The change of a metric since the baseline was pinned.
fn change(app: &App, lens: Lens, metric: &Metric, value: f64) -> Option<(Role, String)> {
    let before = app.baseline.as_ref()?.metric(lens, metric.key)?;
    super::change::words(metric, before, value, app.ascii)
}

#[cfg(test)]
mod tests {
    use super::says;

    #[test]
    fn a_figure_is_said_as_a_whole_or_not_at_all() {
        let said = "TTFT188ms(idle),ITL15.5ms,1,193outputtokens/s";
        for known in ["188ms", "15.5ms", "1,193"] {
            assert!(says(said, known), "{known}");
        }
        for other in ["88ms", "5.5ms", "193", "1,19", "5", "17%"] {
            assert!(!says(said, other), "{other}");
        }
    }
}
