//! The roofline: attainable speed over arithmetic intensity, both logarithmic, with the plan's work as points.

use ratatui::layout::Position;
use unicode_width::UnicodeWidthStr;

use super::canvas::Canvas;
use super::number;
use crate::engine::report::Roofline;
use crate::studio::app::App;
use crate::studio::theme::Role;
use crate::units::format_flop_rate;

/// Dots of a braille cell: columns and rows.
const DOTS: (usize, usize) = (2, 4);

/// Draws the pane.
pub fn draw(app: &App, canvas: &mut Canvas) -> Option<Position> {
    let report = app.report.as_ref()?;
    canvas.stale = app.stale();
    let Some(roofline) = &report.roofline else {
        canvas.text(0, 0, Role::Dim, "no roofline: not evaluated, or the accelerator publishes no peak");
        return None;
    };
    let (width, height) = (canvas.width(), canvas.height());
    if width < 16 || height < 3 {
        return None;
    }
    // Below the plot: the axis, and the points in figures where there is room for both.
    let legend = if height >= 9 { roofline.points.len() as u16 } else { 0 };
    let plot = Plot::of(roofline, (width, height - 1 - legend));
    plot.roof(canvas, roofline);
    let marks = plot.marks(roofline);
    plot.ceilings(canvas, roofline, &marks);
    points(canvas, roofline, &marks);
    let y = plot.height;
    let last = format!("{} FLOP/B", number::plain(10_f64.powf(plot.x.1)));
    let start = canvas.text_right(width, y, Role::Dim, &last);
    let memory = format!("{}/s", number::bytes(roofline.bytes_per_s));
    let x = canvas.text(0, y, Role::Dim, &number::plain(10_f64.powf(plot.x.0)));
    if usize::from(x) + memory.width() + 12 < usize::from(start) {
        canvas.spans(x + 2, y, &[(Role::Dim, "memory "), (Role::Strong, &memory)]);
    }
    for (at, point) in roofline.points.iter().take(usize::from(legend)).enumerate() {
        let (sign, role) = mark(canvas, at);
        let share = number::percent(point.flop_per_s / roofline.attainable(point.flop_per_byte));
        let place = format!(
            ": {}, {} FLOP/B",
            format_flop_rate(point.flop_per_s),
            number::plain(point.flop_per_byte)
        );
        let ceiling = roofline.ceilings.get(roofline.own).map_or("", |(label, _)| label);
        let roof = format!(" of the {ceiling} roof");
        let name = format!(" {} ", point.label);
        canvas.spans(
            0,
            y + 1 + at as u16,
            &[
                (role, sign),
                (Role::Text, &name),
                (Role::Strong, &share),
                (Role::Dim, &roof),
                (Role::Dim, &place),
            ],
        );
    }
    None
}

/// Sign and role of a point.
fn mark(canvas: &Canvas, index: usize) -> (&'static str, Role) {
    match index {
        0 => (canvas.sign("●", "@"), Role::Accent),
        _ => (canvas.sign("◆", "%"), Role::Good),
    }
}

/// The plane: decimal logarithms at its edges.
struct Plot {
    width: u16,
    height: u16,
    x: (f64, f64),
    y: (f64, f64),
}

impl Plot {
    /// A plane that holds every ridge and every point.
    fn of(roofline: &Roofline, (width, height): (u16, u16)) -> Plot {
        let peaks = || roofline.ceilings.iter().map(|(_, rate)| rate.log10());
        let top = peaks().fold(f64::MIN, f64::max);
        let lowest = peaks().fold(f64::MAX, f64::min);
        let bandwidth = roofline.bytes_per_s.log10();
        let points = || roofline.points.iter().map(|point| point.flop_per_byte.log10());
        let left = points().fold(lowest - bandwidth, f64::min).max(-6.0).floor();
        let right = points().fold(top - bandwidth, f64::max).min(12.0).ceil().max(left + 1.0);
        let floor = roofline
            .points
            .iter()
            .map(|point| point.flop_per_s.log10())
            .fold((left + bandwidth).min(lowest), f64::min);
        Plot { width, height, x: (left, right), y: (floor.max(top - 9.0) - 0.1, top + 0.15) }
    }

    /// Dot column of an intensity, dot row of a rate: logarithms in, fractions of a dot out.
    fn dot(&self, x: f64, y: f64) -> (f64, f64) {
        let (columns, rows) = (self.width * DOTS.0 as u16, self.height * DOTS.1 as u16);
        (
            (x - self.x.0) / (self.x.1 - self.x.0) * f64::from(columns - 1),
            (self.y.1 - y) / (self.y.1 - self.y.0) * f64::from(rows - 1),
        )
    }

    /// The cell of a place; always one of the plane.
    fn cell(&self, x: f64, y: f64) -> (u16, u16) {
        let (column, row) = self.dot(x, y);
        (
            ((column / DOTS.0 as f64).max(0.0) as u16).min(self.width - 1),
            ((row / DOTS.1 as f64).max(0.0) as u16).min(self.height - 1),
        )
    }

    /// Bandwidth times intensity up to each ridge, each ceiling from its ridge on.
    fn roof(&self, canvas: &mut Canvas, roofline: &Roofline) {
        let (columns, rows) = (usize::from(self.width) * DOTS.0, usize::from(self.height) * DOTS.1);
        let bandwidth = roofline.bytes_per_s.log10();
        let top = roofline.ceilings.iter().map(|(_, rate)| rate.log10()).fold(f64::MIN, f64::max);
        let mut cells = vec![(0_u8, false); usize::from(self.width) * usize::from(self.height)];
        let mut set = |column: usize, row: f64, slope: bool| {
            if !(0.0..rows as f64).contains(&row) {
                return;
            }
            let row = row as usize;
            let cell = &mut cells[row / DOTS.1 * usize::from(self.width) + column / DOTS.0];
            cell.0 |= braille(column % DOTS.0, row % DOTS.1);
            cell.1 |= slope;
        };
        let mut previous = None;
        for column in 0..columns {
            let x = self.x.0 + (self.x.1 - self.x.0) * column as f64 / (columns - 1) as f64;
            let (_, row) = self.dot(x, (x + bandwidth).min(top));
            let row = row.round();
            // A steep line has no gaps.
            let from = previous.unwrap_or(row).max(row).min(row + rows as f64);
            let mut at = row;
            while at <= (from - 1.0).max(row) {
                set(column, at, x + bandwidth <= top);
                at += 1.0;
            }
            previous = Some(row);
            for (_, rate) in &roofline.ceilings {
                if x + bandwidth >= rate.log10() {
                    set(column, self.dot(x, rate.log10()).1.round(), false);
                }
            }
        }
        for (at, (bits, slope)) in cells.into_iter().enumerate().filter(|(_, (bits, _))| *bits != 0) {
            let (x, y) = ((at % usize::from(self.width)) as u16, (at / usize::from(self.width)) as u16);
            let role = if slope { Role::Series1 } else { Role::Series2 };
            let letter = match (canvas.ascii, slope) {
                (true, true) => '/',
                (true, false) => '-',
                (false, _) => char::from_u32(0x2800 + u32::from(bits)).unwrap_or('.'),
            };
            canvas.text(x, y, role, letter.encode_utf8(&mut [0; 4]));
        }
    }

    /// The name of each ceiling at its right end, highest first, shorter or before a point where one stands in the
    /// way; a name that would lie over something else is left out.
    fn ceilings(&self, canvas: &mut Canvas, roofline: &Roofline, marks: &[Mark]) {
        let mut taken: Vec<(u16, u16, u16)> = marks.iter().map(Mark::span).collect();
        for (at, (label, rate)) in roofline.ceilings.iter().enumerate() {
            let (_, row) = self.cell(self.x.1, rate.log10());
            let short = format!(" {label}");
            let text = format!("{short} {}", format_flop_rate(*rate));
            let ridge = format!("{text}, ridge {}", number::plain(rate / roofline.bytes_per_s));
            // One row of shift is read as the same line; more is not.
            let found = [ridge, text, short].into_iter().find_map(|text| {
                let (y, end) = self.free(&taken, marks.len(), row, text.width() as u16)?;
                Some((y, end, text))
            });
            let Some((y, end, text)) = found else { continue };
            // The plan's own stands out.
            let role = if at == roofline.own { Role::Text } else { Role::Dim };
            let start = canvas.text_right(end, y, role, &text);
            taken.push((y, start, end));
        }
    }

    /// Where a name of a ceiling ends: on its row or the one below, at the right or before a point, of which there are
    /// `points` first among what is taken.
    fn free(&self, taken: &[(u16, u16, u16)], points: usize, row: u16, width: u16) -> Option<(u16, u16)> {
        if width > self.width / 2 {
            return None;
        }
        let clear = |y: u16, from: u16, to: u16| {
            taken.iter().all(|(row, first, last)| *row != y || to <= *first || *last <= from)
        };
        for y in (row..=row + 1).filter(|y| *y < self.height) {
            let before = taken[..points]
                .iter()
                .filter(|(row, ..)| *row == y)
                .map(|(_, from, _)| from.saturating_sub(1));
            for end in std::iter::once(self.width).chain(before) {
                let from = end.saturating_sub(width);
                if from >= self.width / 2 && clear(y, from, end) {
                    return Some((y, end));
                }
            }
        }
        None
    }

    /// Where the plan's work stands, and its names: at the right, else at the left, else the legend has to do.
    fn marks(&self, roofline: &Roofline) -> Vec<Mark> {
        let places = roofline.points.iter().map(|point| {
            let (x, y) = self.cell(point.flop_per_byte.log10(), point.flop_per_s.log10());
            (x, y, point.label.width() as u16)
        });
        let signs: Vec<(u16, u16)> = places.clone().map(|(x, y, _)| (x, y)).collect();
        let mut marks: Vec<Mark> = Vec::new();
        for (x, y, width) in places {
            let fits = |from: u16| {
                let free =
                    |row: u16, first: u16, last: u16| row != y || from + width <= first || last <= from;
                from + width <= self.width
                    && marks.iter().map(Mark::span).all(|(row, first, last)| free(row, first, last))
                    && signs.iter().all(|(x, row)| free(*row, *x, x + 1))
            };
            let left = x.checked_sub(width + 1);
            let label = Some(x + 2).filter(|from| fits(*from)).or(left.filter(|from| fits(*from)));
            marks.push(Mark { x, y, label, width });
        }
        marks
    }
}

/// The plan's work with its names.
fn points(canvas: &mut Canvas, roofline: &Roofline, marks: &[Mark]) {
    for (at, (point, place)) in roofline.points.iter().zip(marks).enumerate() {
        let (sign, role) = mark(canvas, at);
        canvas.text(place.x, place.y, role, sign);
        let Some(label) = place.label else { continue };
        // First in the face of text: bold alone would keep the colour of a line below it.
        canvas.text(label, place.y, Role::Text, point.label);
        canvas.text(label, place.y, Role::Strong, point.label);
    }
}

/// A point of the plan's work: its cell, and where its name begins.
struct Mark {
    x: u16,
    y: u16,
    label: Option<u16>,
    width: u16,
}

impl Mark {
    /// Row, first column and the one after the last, with a column of air on either side.
    fn span(&self) -> (u16, u16, u16) {
        let label = self.label.unwrap_or(self.x);
        let end = self.label.map_or(self.x, |label| label + self.width).max(self.x + 1);
        (self.y, label.min(self.x).saturating_sub(1), end + 1)
    }
}

/// The bit of a dot in a braille cell.
pub(super) fn braille(column: usize, row: usize) -> u8 {
    const BITS: [[u8; 4]; 2] = [[0x01, 0x02, 0x04, 0x40], [0x08, 0x10, 0x20, 0x80]];
    BITS[column][row]
}
