//! The plane of the exploration: points that fit, the frontier, this plan and the pinned one.

use ratatui::layout::Rect;
use unicode_width::UnicodeWidthStr;

use super::super::{number, roofline};
use super::LABELS;
use crate::engine::Report;
use crate::studio::app::{App, Exploration, figure};
use crate::studio::theme::Role;
use crate::studio::view::canvas::Canvas;

/// Where designs fit and none keeps the promises. Not told by its colour alone.
const BREAKS: &str = "×";

/// One axis of the plot: its ends, and whether it is logarithmic.
#[derive(Debug, Clone, Copy)]
struct Ruler {
    low: f64,
    high: f64,
    log: bool,
}

impl Ruler {
    fn of(values: impl Iterator<Item = f64> + Clone) -> Ruler {
        let finite = values.filter(|value| value.is_finite());
        let low = finite.clone().fold(f64::INFINITY, f64::min);
        let high = finite.fold(f64::NEG_INFINITY, f64::max);
        if low > high {
            return Ruler { low: 0.0, high: 1.0, log: false };
        }
        let log = low > 0.0 && high / low > 8.0;
        // One value alone stands in the middle.
        let (low, high) = if high > low {
            (low, high)
        } else {
            (low - low.abs().max(1.0) * 0.5, high + high.abs().max(1.0) * 0.5)
        };
        Ruler { low, high, log }
    }

    /// 0 at the low end, 1 at the high end.
    fn share(&self, value: f64) -> f64 {
        let scale = |value: f64| if self.log { value.ln() } else { value };
        let (low, high) = (scale(self.low), scale(self.high));
        ((scale(value) - low) / (high - low)).clamp(0.0, 1.0)
    }
}

/// The plane of the plot, inside its rectangle.
pub(super) struct Plot {
    x: Ruler,
    y: Ruler,
    width: u16,
    height: u16,
}

impl Plot {
    pub(super) fn of(app: &App, found: &Exploration, area: Rect) -> Plot {
        let marks: Vec<(f64, f64)> = [app.report.as_ref(), app.baseline.as_ref()]
            .into_iter()
            .flatten()
            .filter_map(|report| place(found, report))
            .collect();
        let all = found.dots.iter().map(|dot| dot.at).chain(marks.iter().copied());
        Plot {
            x: Ruler::of(all.clone().map(|at| at.0)),
            y: Ruler::of(all.map(|at| at.1)),
            width: area.width.saturating_sub(LABELS + 1),
            // Ticks and a legend below.
            height: area.height.saturating_sub(3),
        }
    }

    pub(super) fn drawable(&self) -> bool {
        self.width >= 12 && self.height >= 3
    }

    /// Dot of a place, two columns and four rows to a cell.
    fn dot(&self, at: (f64, f64)) -> (u16, u16) {
        let columns = f64::from(self.width * 2 - 1);
        let rows = f64::from(self.height * 4 - 1);
        ((self.x.share(at.0) * columns).round() as u16, ((1.0 - self.y.share(at.1)) * rows).round() as u16)
    }

    /// Cell of a place, in the plot's rectangle.
    pub(super) fn cell(&self, at: (f64, f64)) -> (u16, u16) {
        let (x, y) = self.dot(at);
        (LABELS + 1 + x / 2, y / 4)
    }

    pub(super) fn draw(&self, app: &App, found: &Exploration, canvas: &mut Canvas) {
        if !self.drawable() {
            return;
        }
        self.frame(found, canvas);
        self.cloud(found, canvas);
        let sign = canvas.sign("●", "o");
        for design in &found.frontier {
            let (x, y) = self.cell(design.dot.at);
            canvas.text(x, y, Role::Good, sign);
        }
        let pinned = app.baseline.as_ref().and_then(|report| place(found, report));
        let plan = app.report.as_ref().filter(|_| !app.stale()).and_then(|report| place(found, report));
        let (pin, own) = (canvas.sign("◇", "+"), canvas.sign("◆", "@"));
        if let Some(at) = pinned {
            let (x, y) = self.cell(at);
            canvas.text(x, y, Role::Info, pin);
        }
        if let Some(at) = plan {
            let (x, y) = self.cell(at);
            canvas.text(x, y, Role::Accent, own);
        }
        if let Some(design) = app.explore.design() {
            let (x, y) = self.cell(design.dot.at);
            canvas.text(x, y, Role::Selection, sign);
        }
        let mut legend = vec![(Role::Good, sign), (Role::Dim, " best")];
        if plan.is_some() {
            legend.extend([(Role::Accent, own), (Role::Dim, " this plan")]);
        }
        if pinned.is_some() {
            legend.extend([(Role::Info, pin), (Role::Dim, " pinned")]);
        }
        let (fits, breaks) = (canvas.sign("⠶", ":"), canvas.sign(BREAKS, "."));
        legend.extend([(Role::Series1, fits), (Role::Dim, " fits")]);
        if found.dots.iter().any(|dot| !dot.ok) {
            legend.extend([(Role::Faint, breaks), (Role::Dim, " breaks a promise")]);
        }
        let long: usize = legend.chunks(2).map(|pair| pair[0].1.width() + pair[1].1.width() + 2).sum();
        let room = usize::from(canvas.width()) + 2;
        let mut x = if usize::from(LABELS + 1) + long <= room { LABELS + 1 } else { 0 };
        for pair in legend.chunks(2) {
            let [(role, sign), (dim, word)] = [pair[0], pair[1]];
            // Where the whole word has no room, its first says enough.
            let short = word.split_inclusive(' ').take(2).collect::<String>();
            let fits = |word: &&str| usize::from(x) + 1 + word.width() <= usize::from(canvas.width());
            if let Some(word) = [word, short.trim_end()].into_iter().find(fits) {
                x = canvas.spans(x, self.height + 2, &[(role, sign), (dim, word)]) + 2;
            }
        }
    }

    /// Lines at the left and below, with figures at their ends.
    fn frame(&self, found: &Exploration, canvas: &mut Canvas) {
        let (bar, corner, line) = (canvas.sign("│", "|"), canvas.sign("└", "+"), canvas.sign("─", "-"));
        for y in 0..self.height {
            canvas.text(LABELS, y, Role::Faint, bar);
        }
        canvas.text(LABELS, self.height, Role::Faint, corner);
        canvas.text(LABELS + 1, self.height, Role::Faint, &line.repeat(usize::from(self.width)));
        let (x, y) = (found.metric(0), found.metric(1));
        let show = |metric, value| number::metric(metric, value);
        canvas.text_right(LABELS, 0, Role::Dim, &short(&show(y, self.y.high), LABELS));
        canvas.text_right(LABELS, self.height - 1, Role::Dim, &short(&show(y, self.y.low), LABELS));
        let end = LABELS + 1 + self.width;
        let (left, right) = (show(x, self.x.low), show(x, self.x.high));
        let from = canvas.text(LABELS + 1, self.height + 1, Role::Dim, &left);
        let to = canvas.text_right(end, self.height + 1, Role::Dim, &right);
        let scale = if self.x.log { ", log" } else { "" };
        let label = format!("{}{scale}", x.label);
        let middle = from + (to.saturating_sub(from)).saturating_sub(label.width() as u16) / 2;
        if middle > from + 1 && middle + label.width() as u16 + 1 < to {
            canvas.text(middle, self.height + 1, Role::Text, &label);
        }
    }

    /// The points that fit, as dots; a cell of which none keeps the promises has a sign of its own.
    fn cloud(&self, found: &Exploration, canvas: &mut Canvas) {
        let mut cells = vec![(0_u8, false); usize::from(self.width) * usize::from(self.height)];
        for dot in &found.dots {
            let (x, y) = self.dot(dot.at);
            let cell = &mut cells[usize::from(y / 4) * usize::from(self.width) + usize::from(x / 2)];
            cell.0 |= roofline::braille(usize::from(x % 2), usize::from(y % 4));
            cell.1 |= dot.ok;
        }
        for (at, (bits, ok)) in cells.into_iter().enumerate().filter(|(_, (bits, _))| *bits != 0) {
            let x = LABELS + 1 + (at % usize::from(self.width)) as u16;
            let y = (at / usize::from(self.width)) as u16;
            let mut letter = [0; 4];
            let dots = char::from_u32(0x2800 + u32::from(bits)).unwrap_or('.').encode_utf8(&mut letter);
            let sign = match (canvas.ascii, ok) {
                (true, true) => ":",
                (true, false) => ".",
                (false, true) => &*dots,
                (false, false) => BREAKS,
            };
            let role = if ok { Role::Series1 } else { Role::Faint };
            canvas.text(x, y, role, sign);
        }
    }
}

/// Where a report stands in the plane.
fn place(found: &Exploration, report: &Report) -> Option<(f64, f64)> {
    Some((figure(report, found.metric(0))?, figure(report, found.metric(1))?))
}

/// A figure without its blank where it would not fit.
fn short(text: &str, width: u16) -> String {
    if text.width() <= usize::from(width) { text.to_owned() } else { text.replace(' ', "") }
}
