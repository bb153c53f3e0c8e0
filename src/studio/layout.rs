//! Where the panes stand: a pure function of the size of the screen, the focus and a few switches.
//!
//! Panes of the framed shapes share their borders: neighbours overlap by one cell.

mod cutter;
mod pane;
mod shapes;
mod sizes;
#[cfg(test)]
mod tests;

use ratatui::layout::{Position, Rect};

use cutter::Cutter;
pub use pane::{Page, Pane};
use shapes::{medium, narrow, wide};
pub use sizes::{Class, Divider, Edge, Sizes, Step};

/// Least columns of a pane whose border is moved.
const MIN_COLUMNS: u16 = 24;
/// How the screen is divided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// 140 columns and more: plan, walls and figures side by side.
    Wide,
    /// 84 to 139 columns: plan beside panels.
    Medium,
    /// Fewer: one column with tabs, rules instead of frames.
    Narrow,
    /// Under 40×10: one line.
    Tiny,
}

/// The result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Panes {
    /// How it is divided.
    pub shape: Shape,
    /// First line: file and state.
    pub header: Rect,
    /// Line of tabs, narrow only.
    pub tabs: Option<Rect>,
    /// What lies between header and footer.
    pub body: Rect,
    /// Last line: keys.
    pub footer: Rect,
    /// The panes that are visible, with their frames.
    pub places: Vec<(Pane, Rect)>,
    /// Panes that share one place, front one included; drawn as tabs in its frame.
    pub group: Vec<Pane>,
    /// The borders that can be moved.
    pub edges: Vec<Edge>,
}

impl Panes {
    /// Where a pane stands, if it is visible.
    pub fn place(&self, pane: Pane) -> Option<Rect> {
        self.places.iter().find(|(known, _)| *known == pane).map(|(_, rect)| *rect)
    }

    /// Where the content of a pane stands: without its frame, or without its rule when narrow.
    pub fn inner(&self, pane: Pane) -> Option<Rect> {
        self.place(pane).map(|rect| inner(self.shape, pane, rect))
    }

    /// The pane under a cell.
    pub fn at(&self, column: u16, row: u16) -> Option<Pane> {
        self.places
            .iter()
            .rev()
            .find(|(_, rect)| rect.contains(Position::new(column, row)))
            .map(|(pane, _)| *pane)
    }

    /// The tab under a cell.
    pub fn tab_at(&self, column: u16, row: u16) -> Option<Pane> {
        let tabs = self.tabs?;
        if row != tabs.y {
            return None;
        }
        let mut x = tabs.x;
        for page in Page::ALL {
            let width = page.label().len() as u16;
            if (x..x + width).contains(&column) {
                return Some(page.home());
            }
            x += width;
        }
        None
    }
}

/// The content of a frame.
pub fn inner(shape: Shape, pane: Pane, rect: Rect) -> Rect {
    let margin = u16::from(pane != Pane::Plan);
    match shape {
        Shape::Narrow | Shape::Tiny => Rect {
            x: rect.x + margin.min(rect.width),
            y: rect.y + 1.min(rect.height),
            width: rect.width.saturating_sub(2 * margin),
            height: rect.height.saturating_sub(1),
        },
        Shape::Wide | Shape::Medium => Rect {
            x: rect.x + (1 + margin).min(rect.width),
            y: rect.y + 1.min(rect.height),
            width: rect.width.saturating_sub(2 + 2 * margin),
            height: rect.height.saturating_sub(2),
        },
    }
}

/// Divides the screen; `sizes` says how far the user has moved the borders.
pub fn layout(size: (u16, u16), focus: Pane, zoom: bool, watch: bool, sizes: &Sizes) -> Panes {
    let (width, height) = size;
    let screen = Rect::new(0, 0, width, height);
    let shape = match width {
        _ if width < 40 || height < 10 => Shape::Tiny,
        0..84 => Shape::Narrow,
        84..140 => Shape::Medium,
        _ => Shape::Wide,
    };
    if shape == Shape::Tiny {
        let none = Rect::new(0, 0, 0, 0);
        return Panes {
            shape,
            header: none,
            tabs: None,
            body: screen,
            footer: none,
            places: vec![],
            group: vec![],
            edges: vec![],
        };
    }
    let header = Rect { height: 1, ..screen };
    let footer = Rect { y: height - 1, height: 1, ..screen };
    let tabs = (shape == Shape::Narrow && !watch).then_some(Rect { y: 1, height: 1, ..screen });
    let top = 1 + u16::from(tabs.is_some());
    let body = Rect { y: top, height: height - top - 1, ..screen };
    let mut panes = Panes { shape, header, tabs, body, footer, places: vec![], group: vec![], edges: vec![] };
    let Some(class) = Class::of(shape, watch).filter(|_| !zoom) else {
        panes.places.push((focus, body));
        return panes;
    };
    let mut cutter =
        Cutter { area: body, overlap: u16::from(shape != Shape::Narrow), class, sizes, edges: vec![] };
    match shape {
        Shape::Wide => wide(&mut panes, &mut cutter, focus, watch),
        Shape::Medium => medium(&mut panes, &mut cutter, focus, watch),
        _ => narrow(&mut panes, &mut cutter, focus, watch),
    }
    panes.edges = cutter.edges;
    panes
}
