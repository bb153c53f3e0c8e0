//! Where the panes stand: a pure function of the size of the screen, the focus and a few switches.
//!
//! Panes of the framed shapes share their borders: neighbours overlap by one cell.

use ratatui::layout::{Position, Rect};

/// The panes, in the order of their number keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Pane {
    /// The editor.
    Plan,
    /// Fits, fast, worth it.
    Verdict,
    /// The 22 walls.
    Walls,
    /// Memory of one accelerator.
    Memory,
    /// Where the time of one step goes.
    Time,
    /// Money and carbon.
    Money,
    /// Problems and suggestions.
    Problems,
}

impl Pane {
    /// Every pane, by number.
    pub const ALL: [Pane; 7] =
        [Pane::Plan, Pane::Verdict, Pane::Walls, Pane::Memory, Pane::Time, Pane::Money, Pane::Problems];

    /// Title on its frame.
    pub fn title(self) -> &'static str {
        match self {
            Pane::Plan => "plan",
            Pane::Verdict => "verdict",
            Pane::Walls => "walls",
            Pane::Memory => "memory per accelerator",
            Pane::Time => "time of one step",
            Pane::Money => "money and carbon",
            Pane::Problems => "problems",
        }
    }

    /// One word, for tabs.
    pub fn word(self) -> &'static str {
        match self {
            Pane::Memory => "memory",
            Pane::Time => "time",
            Pane::Money => "money",
            other => other.title(),
        }
    }

    /// 1 to 7, the key that focuses it.
    pub fn number(self) -> u8 {
        Pane::ALL.iter().position(|pane| *pane == self).map_or(1, |at| at as u8 + 1)
    }

    /// The pane of a number key.
    pub fn by_number(number: u8) -> Option<Pane> {
        Pane::ALL.get(usize::from(number).checked_sub(1)?).copied()
    }
}

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

/// The pages of the narrow shape.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Page {
    /// The editor with the verdict above it.
    Plan,
    /// Everything in short.
    Overview,
    /// The walls alone.
    Walls,
    /// Time, money and carbon.
    Money,
}

impl Page {
    /// In the order of the tabs.
    pub const ALL: [Page; 4] = [Page::Plan, Page::Overview, Page::Walls, Page::Money];

    /// The page that shows a pane.
    pub fn of(pane: Pane) -> Page {
        match pane {
            Pane::Plan => Page::Plan,
            Pane::Verdict | Pane::Memory | Pane::Problems => Page::Overview,
            Pane::Walls => Page::Walls,
            Pane::Time | Pane::Money => Page::Money,
        }
    }

    /// The pane that is focused by choosing the page.
    pub fn home(self) -> Pane {
        match self {
            Page::Plan => Pane::Plan,
            Page::Overview => Pane::Verdict,
            Page::Walls => Pane::Walls,
            Page::Money => Pane::Money,
        }
    }

    /// Its tab, with the key that leads there.
    pub fn label(self) -> &'static str {
        match self {
            Page::Plan => " 1 plan ",
            Page::Overview => " 2 overview ",
            Page::Walls => " 3 walls ",
            Page::Money => " 6 money ",
        }
    }
}

/// Divides the screen.
pub fn layout(size: (u16, u16), focus: Pane, zoom: bool, watch: bool) -> Panes {
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
        };
    }
    let header = Rect { height: 1, ..screen };
    let footer = Rect { y: height - 1, height: 1, ..screen };
    let tabs = (shape == Shape::Narrow && !watch).then_some(Rect { y: 1, height: 1, ..screen });
    let top = 1 + u16::from(tabs.is_some());
    let body = Rect { y: top, height: height - top - 1, ..screen };
    let mut panes = Panes { shape, header, tabs, body, footer, places: Vec::new(), group: Vec::new() };
    if zoom {
        panes.places.push((focus, body));
    } else {
        match shape {
            Shape::Wide => wide(&mut panes, focus, watch),
            Shape::Medium => medium(&mut panes, focus, watch),
            _ => narrow(&mut panes, focus, watch),
        }
    }
    panes
}

/// Splits off `rows` at the top; the rest begins on the shared border.
fn split_top(area: &mut Rect, rows: u16, overlap: u16) -> Rect {
    let rows = rows.min(area.height);
    let top = Rect { height: rows, ..*area };
    let used = rows.saturating_sub(overlap);
    area.y += used;
    area.height -= used;
    top
}

/// Splits off `columns` at the left; the rest begins on the shared border.
fn split_left(area: &mut Rect, columns: u16) -> Rect {
    let columns = columns.min(area.width);
    let left = Rect { width: columns, ..*area };
    let used = columns.saturating_sub(1);
    area.x += used;
    area.width -= used;
    left
}

/// Splits off `rows` at the bottom, sharing the border.
fn split_bottom(area: &mut Rect, rows: u16, overlap: u16) -> Rect {
    let rows = rows.min(area.height);
    let bottom = Rect { y: area.y + area.height - rows, height: rows, ..*area };
    area.height -= rows.saturating_sub(overlap);
    bottom
}

fn wide(panes: &mut Panes, focus: Pane, watch: bool) {
    let mut area = panes.body;
    let rows = if area.height >= 40 { 8 } else { 6 };
    let problems = split_bottom(&mut area, rows, 1);
    if !watch {
        let columns = (area.width * 38 / 100).max(54);
        panes.places.push((Pane::Plan, split_left(&mut area, columns)));
    }
    panes.places.push((Pane::Verdict, split_top(&mut area, 8, 1)));
    let columns = area.width * 53 / 100;
    panes.places.push((Pane::Walls, split_left(&mut area, columns)));
    let memory = if area.height >= 28 { 12 } else { 8 };
    panes.places.push((Pane::Memory, split_top(&mut area, memory, 1)));
    if area.height >= 16 {
        // Tall screens have room for what moves the step as well.
        let rows = if area.height >= 28 { 13 } else { 8 };
        panes.places.push((Pane::Time, split_top(&mut area, rows, 1)));
        panes.places.push((Pane::Money, area));
    } else {
        panes.places.push((if focus == Pane::Time { Pane::Time } else { Pane::Money }, area));
        panes.group = vec![Pane::Money, Pane::Time];
    }
    panes.places.push((Pane::Problems, problems));
}

fn medium(panes: &mut Panes, focus: Pane, watch: bool) {
    let mut area = panes.body;
    let tall = area.height >= 42;
    let columns = area.width * 48 / 100;
    let mut left = split_left(&mut area, columns);
    let problems = split_bottom(&mut left, if tall { 9 } else { 7 }, 1);
    let mut group = vec![Pane::Walls, Pane::Money, Pane::Time];
    if watch {
        panes.places.push((Pane::Verdict, split_top(&mut left, 8, 1)));
        if left.height >= 20 {
            panes.places.push((Pane::Memory, split_top(&mut left, 12, 1)));
            panes.places.push((Pane::Time, left));
            group.retain(|pane| *pane != Pane::Time);
        } else {
            panes.places.push((Pane::Memory, left));
        }
    } else {
        panes.places.push((Pane::Plan, left));
        panes.places.push((Pane::Verdict, split_top(&mut area, 8, 1)));
        panes.places.push((Pane::Memory, split_top(&mut area, if tall { 9 } else { 7 }, 1)));
    }
    if area.height >= 24 {
        let rows = if area.height >= 38 { 27 } else { area.height - 10 };
        panes.places.push((Pane::Walls, split_top(&mut area, rows, 1)));
        group.retain(|pane| *pane != Pane::Walls);
    }
    let front = if group.contains(&focus) { focus } else { group[0] };
    panes.places.push((front, area));
    panes.group = group;
    panes.places.push((Pane::Problems, problems));
}

fn narrow(panes: &mut Panes, focus: Pane, watch: bool) {
    let mut area = panes.body;
    let tall = area.height >= 26;
    let page = match Page::of(focus) {
        Page::Plan if watch => Page::Overview,
        page => page,
    };
    match page {
        Page::Plan => {
            panes.places.push((Pane::Verdict, split_top(&mut area, if tall { 7 } else { 4 }, 0)));
            if tall {
                panes.places.push((Pane::Memory, split_top(&mut area, 3, 0)));
            }
            let problems = split_bottom(&mut area, if tall { 6 } else { 3 }, 0);
            panes.places.push((Pane::Plan, area));
            panes.places.push((Pane::Problems, problems));
        }
        Page::Overview => {
            panes.places.push((Pane::Verdict, split_top(&mut area, if tall { 8 } else { 4 }, 0)));
            panes.places.push((Pane::Memory, split_top(&mut area, if tall { 7 } else { 3 }, 0)));
            if tall {
                panes.places.push((Pane::Walls, split_top(&mut area, 8, 0)));
                let rows = area.height / 2;
                panes.places.push((Pane::Problems, split_top(&mut area, rows, 0)));
                panes.places.push((Pane::Money, area));
            } else {
                panes.places.push((Pane::Problems, area));
            }
        }
        Page::Walls => panes.places.push((Pane::Walls, area)),
        Page::Money => {
            panes.places.push((Pane::Time, split_top(&mut area, 7, 0)));
            panes.places.push((Pane::Money, area));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn breakpoints() {
        for (size, shape) in [
            ((140, 40), Shape::Wide),
            ((139, 40), Shape::Medium),
            ((84, 24), Shape::Medium),
            ((83, 24), Shape::Narrow),
            ((40, 10), Shape::Narrow),
            ((39, 40), Shape::Tiny),
            ((200, 9), Shape::Tiny),
            ((0, 0), Shape::Tiny),
        ] {
            assert_eq!(layout(size, Pane::Plan, false, false).shape, shape, "{size:?}");
        }
    }

    #[test]
    fn every_pane_can_be_reached_and_lies_on_the_screen() {
        for width in (40..260).step_by(7) {
            for height in (10..90).step_by(3) {
                for focus in Pane::ALL {
                    for (zoom, watch) in [(false, false), (true, false), (false, true)] {
                        let panes = layout((width, height), focus, zoom, watch);
                        for (_, rect) in &panes.places {
                            assert_eq!(rect.intersection(panes.body), *rect, "{width}x{height} {focus:?}");
                        }
                        if !(watch && focus == Pane::Plan) && (panes.body.height >= 24 || zoom) {
                            assert!(panes.place(focus).is_some(), "{width}x{height} {focus:?} {watch}");
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn watching_shows_no_editor() {
        for width in [45, 100, 180] {
            assert_eq!(layout((width, 40), Pane::Verdict, false, true).place(Pane::Plan), None);
        }
    }

    #[test]
    fn zoom_gives_everything_to_the_focus() {
        let panes = layout((160, 50), Pane::Walls, true, false);
        assert_eq!(panes.places, vec![(Pane::Walls, panes.body)]);
    }
}
