//! Cuts the screen into panes, one after the other, with the sizes that the user gave them.

use ratatui::layout::Rect;

use super::{Class, Divider, Edge, MIN_COLUMNS, Sizes};

/// Cuts panes off an area. Framed neighbours share a border.
pub(super) struct Cutter<'a> {
    /// What is left.
    pub(super) area: Rect,
    /// Cells that neighbours share.
    pub(super) overlap: u16,
    pub(super) class: Class,
    pub(super) sizes: &'a Sizes,
    pub(super) edges: Vec<Edge>,
}

impl Cutter<'_> {
    /// The size that the user wants, or `usual`. Once a border was moved, this side keeps at least `least` and the
    /// other one `rest`.
    fn sized(&self, divider: Divider, usual: u16, whole: u16, least: u16, rest: u16) -> u16 {
        let usual = usual.min(whole);
        if self.sizes.are_usual(self.class) {
            return usual;
        }
        let most = (whole + self.overlap).saturating_sub(rest).clamp(1.min(whole), whole);
        usual.saturating_add_signed(self.sizes.get(self.class, divider)).clamp(least.min(most), most)
    }

    /// Fewest rows of `panes` stacked panes: each its frame or rule, and one line.
    fn least_rows(&self, panes: u16) -> u16 {
        panes * 2 + self.overlap
    }

    /// Cuts `rows` off at the top; so many panes come below.
    pub(super) fn top(&mut self, divider: Divider, rows: u16, below: u16) -> Rect {
        let area = self.area;
        let rows = self.sized(divider, rows, area.height, self.least_rows(1), self.least_rows(below));
        let used = rows.saturating_sub(self.overlap);
        self.area = Rect { y: area.y + used, height: area.height - used, ..area };
        self.edge(divider, Rect { y: area.y + used, height: 1, ..area }, false, 1);
        Rect { height: rows, ..area }
    }

    /// Cuts `rows` off at the bottom; so many panes stay above.
    pub(super) fn bottom(&mut self, divider: Divider, rows: u16, above: u16) -> Rect {
        let area = self.area;
        let rows = self.sized(divider, rows, area.height, self.least_rows(1), self.least_rows(above));
        self.area.height -= rows.saturating_sub(self.overlap);
        let bottom = Rect { y: area.bottom() - rows, height: rows, ..area };
        self.edge(divider, Rect { height: 1, ..bottom }, false, -1);
        bottom
    }

    /// Cuts `columns` off at the left; the rest keeps at least `rest`.
    pub(super) fn left(&mut self, divider: Divider, columns: u16, rest: u16) -> Rect {
        let area = self.area;
        let columns = self.sized(divider, columns, area.width, MIN_COLUMNS, rest);
        let used = columns.saturating_sub(self.overlap);
        self.area = Rect { x: area.x + used, width: area.width - used, ..area };
        self.edge(divider, Rect { x: area.x + used, width: 1, ..area }, true, 1);
        Rect { width: columns, ..area }
    }

    fn edge(&mut self, divider: Divider, cells: Rect, vertical: bool, sign: i16) {
        self.edges.push(Edge { divider, cells, vertical, sign });
    }

    /// Goes on with another area; the answer is the one that was left.
    pub(super) fn turn(&mut self, area: Rect) -> Rect {
        std::mem::replace(&mut self.area, area)
    }
}
