//! Curves on a plane of cells: braille dots, or signs where only ASCII may be shown.

use super::canvas::Canvas;
use crate::studio::theme::Role;

/// Signs of the series where only ASCII may be shown.
const ASCII: [&str; 3] = ["*", "o", "+"];

/// Signs of the first series in a legend, and of the second, which is dashed.
pub const SIGNS: [&str; 2] = ["━", "╍"];

/// Columns of dots in a dash, and in the gap after it.
const DASH: usize = 4;

/// A part of a canvas with linear axes.
pub struct Plane {
    /// Left column, top row, columns, rows.
    pub place: (u16, u16, u16, u16),
    /// Values at the left and the right edge.
    pub x: (f64, f64),
    /// Values at the bottom and the top.
    pub y: (f64, f64),
}

impl Plane {
    /// The cell of a point; always one of the plane.
    pub fn cell(&self, x: f64, y: f64) -> (u16, u16) {
        let (left, top, width, height) = self.place;
        let share = |value: f64, (low, high): (f64, f64)| {
            if high > low { ((value - low) / (high - low)).clamp(0.0, 1.0) } else { 0.0 }
        };
        let column = (share(x, self.x) * f64::from(width.saturating_sub(1))).round() as u16;
        let row = ((1.0 - share(y, self.y)) * f64::from(height.saturating_sub(1))).round() as u16;
        (left + column, top + row)
    }

    /// Draws a line through points that go from left to right. `index` is the number of the series; the second is
    /// dashed, so that two are told apart without their colours.
    pub fn line(&self, canvas: &mut Canvas, index: usize, role: Role, points: &[(f64, f64)]) {
        let (left, top, width, height) = self.place;
        if width == 0 || height == 0 || points.len() < 2 {
            return;
        }
        if canvas.ascii {
            for column in 0..width {
                let x = self.x.0 + (self.x.1 - self.x.0) * f64::from(column) / f64::from(width.max(2) - 1);
                if let Some(y) = at(points, x) {
                    let (column, row) = self.cell(x, y);
                    canvas.text(column, row, role, ASCII[index % ASCII.len()]);
                }
            }
            return;
        }
        let (columns, rows) = (usize::from(width) * 2, usize::from(height) * 4);
        let mut cells = vec![0_u8; usize::from(width) * usize::from(height)];
        let mut previous: Option<usize> = None;
        for column in 0..columns {
            let x = self.x.0 + (self.x.1 - self.x.0) * column as f64 / (columns - 1) as f64;
            let Some(y) = at(points, x) else { continue };
            let share = if self.y.1 > self.y.0 { (y - self.y.0) / (self.y.1 - self.y.0) } else { 0.0 };
            let row = ((1.0 - share.clamp(0.0, 1.0)) * (rows - 1) as f64).round() as usize;
            if index == 1 && column / DASH % 2 == 1 {
                previous = None;
                continue;
            }
            // A steep line has no gaps.
            let from = previous.unwrap_or(row);
            previous = Some(row);
            for row in from.min(row)..=from.max(row) {
                cells[row / 4 * usize::from(width) + column / 2] |= braille(column % 2, row % 4);
            }
        }
        for (at, dots) in cells.iter().enumerate().filter(|(_, dots)| **dots != 0) {
            let (column, row) = (at as u16 % width, at as u16 / width);
            let sign = char::from_u32(0x2800 + u32::from(*dots)).map(String::from).unwrap_or_default();
            canvas.text(left + column, top + row, role, &sign);
        }
    }
}

/// The value of a polyline; `None` beside it.
fn at(points: &[(f64, f64)], x: f64) -> Option<f64> {
    points.windows(2).find_map(|pair| {
        let [(x0, y0), (x1, y1)] = [pair[0], pair[1]];
        let slack = (x1 - x0).abs() * 1e-9;
        (x >= x0 - slack && x <= x1 + slack)
            .then(|| if x1 > x0 { y0 + (y1 - y0) * ((x - x0) / (x1 - x0)).clamp(0.0, 1.0) } else { y1 })
    })
}

/// The bit of a dot in a braille cell.
fn braille(column: usize, row: usize) -> u8 {
    const BITS: [[u8; 4]; 2] = [[0x01, 0x02, 0x04, 0x40], [0x08, 0x10, 0x20, 0x80]];
    BITS[column][row]
}

#[cfg(test)]
mod tests {
    use super::at;

    #[test]
    fn between_points_a_line_is_straight_and_beside_them_it_is_nothing() {
        let points = [(0.0, 0.0), (1.0, 10.0), (2.0, 10.0)];
        assert_eq!(at(&points, 0.5), Some(5.0));
        assert_eq!(at(&points, 1.5), Some(10.0));
        assert_eq!(at(&points, 3.0), None);
    }
}
