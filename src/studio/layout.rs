//! Where the panes stand: a pure function of the size of the screen, the focus and a few switches.
//!
//! Panes of the framed shapes share their borders: neighbours overlap by one cell.

mod sizes;

use ratatui::layout::{Position, Rect};

pub use sizes::{Class, Divider, Edge, Sizes, Step};

/// Least columns of a pane whose border is moved.
const MIN_COLUMNS: u16 = 24;

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

/// Cuts panes off an area. Framed neighbours share a border.
struct Cutter<'a> {
    /// What is left.
    area: Rect,
    /// Cells that neighbours share.
    overlap: u16,
    class: Class,
    sizes: &'a Sizes,
    edges: Vec<Edge>,
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
    fn top(&mut self, divider: Divider, rows: u16, below: u16) -> Rect {
        let area = self.area;
        let rows = self.sized(divider, rows, area.height, self.least_rows(1), self.least_rows(below));
        let used = rows.saturating_sub(self.overlap);
        self.area = Rect { y: area.y + used, height: area.height - used, ..area };
        self.edge(divider, Rect { y: area.y + used, height: 1, ..area }, false, 1);
        Rect { height: rows, ..area }
    }

    /// Cuts `rows` off at the bottom; so many panes stay above.
    fn bottom(&mut self, divider: Divider, rows: u16, above: u16) -> Rect {
        let area = self.area;
        let rows = self.sized(divider, rows, area.height, self.least_rows(1), self.least_rows(above));
        self.area.height -= rows.saturating_sub(self.overlap);
        let bottom = Rect { y: area.bottom() - rows, height: rows, ..area };
        self.edge(divider, Rect { height: 1, ..bottom }, false, -1);
        bottom
    }

    /// Cuts `columns` off at the left; the rest keeps at least `rest`.
    fn left(&mut self, divider: Divider, columns: u16, rest: u16) -> Rect {
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
    fn turn(&mut self, area: Rect) -> Rect {
        std::mem::replace(&mut self.area, area)
    }
}

fn wide(panes: &mut Panes, cut: &mut Cutter, focus: Pane, watch: bool) {
    let rows = if cut.area.height >= 40 { 8 } else { 6 };
    let problems = cut.bottom(Divider::Problems, rows, 3);
    if !watch {
        let columns = (cut.area.width * 38 / 100).max(54);
        panes.places.push((Pane::Plan, cut.left(Divider::Plan, columns, 2 * MIN_COLUMNS)));
    }
    panes.places.push((Pane::Verdict, cut.top(Divider::Verdict, 8, 2)));
    let columns = cut.area.width * 53 / 100;
    panes.places.push((Pane::Walls, cut.left(Divider::Walls, columns, MIN_COLUMNS)));
    let memory = if cut.area.height >= 28 { 12 } else { 8 };
    panes.places.push((Pane::Memory, cut.top(Divider::Memory, memory, 1)));
    if cut.area.height >= 16 {
        // Tall screens have room for what moves the step as well.
        let rows = if cut.area.height >= 28 { 13 } else { 8 };
        panes.places.push((Pane::Time, cut.top(Divider::Time, rows, 1)));
        panes.places.push((Pane::Money, cut.area));
    } else {
        panes.places.push((if focus == Pane::Time { Pane::Time } else { Pane::Money }, cut.area));
        panes.group = vec![Pane::Money, Pane::Time];
    }
    panes.places.push((Pane::Problems, problems));
}

fn medium(panes: &mut Panes, cut: &mut Cutter, focus: Pane, watch: bool) {
    let tall = cut.area.height >= 42;
    let columns = cut.area.width * 48 / 100;
    let left = cut.left(Divider::Plan, columns, MIN_COLUMNS);
    let right = cut.turn(left);
    let problems = cut.bottom(Divider::Problems, if tall { 9 } else { 7 }, if watch { 2 } else { 1 });
    let mut group = vec![Pane::Walls, Pane::Money, Pane::Time];
    if watch {
        panes.places.push((Pane::Verdict, cut.top(Divider::Verdict, 8, 1)));
        if cut.area.height >= 20 {
            panes.places.push((Pane::Memory, cut.top(Divider::Memory, 12, 1)));
            panes.places.push((Pane::Time, cut.area));
            group.retain(|pane| *pane != Pane::Time);
        } else {
            panes.places.push((Pane::Memory, cut.area));
        }
        cut.turn(right);
    } else {
        panes.places.push((Pane::Plan, cut.area));
        cut.turn(right);
        panes.places.push((Pane::Verdict, cut.top(Divider::Verdict, 8, 2)));
        panes.places.push((Pane::Memory, cut.top(Divider::Memory, if tall { 9 } else { 7 }, 1)));
    }
    if cut.area.height >= 24 {
        let rows = if cut.area.height >= 38 { 27 } else { cut.area.height - 10 };
        panes.places.push((Pane::Walls, cut.top(Divider::WallsBottom, rows, 1)));
        group.retain(|pane| *pane != Pane::Walls);
    }
    let front = if group.contains(&focus) { focus } else { group[0] };
    panes.places.push((front, cut.area));
    panes.group = group;
    panes.places.push((Pane::Problems, problems));
}

fn narrow(panes: &mut Panes, cut: &mut Cutter, focus: Pane, watch: bool) {
    let tall = cut.area.height >= 26;
    let page = match Page::of(focus) {
        Page::Plan if watch => Page::Overview,
        page => page,
    };
    match page {
        Page::Plan => {
            panes.places.push((
                Pane::Verdict,
                cut.top(Divider::Verdict, if tall { 7 } else { 4 }, if tall { 3 } else { 2 }),
            ));
            if tall {
                panes.places.push((Pane::Memory, cut.top(Divider::Memory, 3, 2)));
            }
            let problems = cut.bottom(Divider::Problems, if tall { 6 } else { 3 }, 1);
            panes.places.push((Pane::Plan, cut.area));
            panes.places.push((Pane::Problems, problems));
        }
        Page::Overview => {
            panes.places.push((
                Pane::Verdict,
                cut.top(Divider::Verdict, if tall { 8 } else { 4 }, if tall { 4 } else { 2 }),
            ));
            panes.places.push((
                Pane::Memory,
                cut.top(Divider::Memory, if tall { 7 } else { 3 }, if tall { 3 } else { 1 }),
            ));
            if tall {
                panes.places.push((Pane::Walls, cut.top(Divider::WallsBottom, 8, 2)));
                let rows = cut.area.height / 2;
                panes.places.push((Pane::Problems, cut.top(Divider::Problems, rows, 1)));
                panes.places.push((Pane::Money, cut.area));
            } else {
                if cut.area.height >= 12 {
                    panes.places.push((Pane::Walls, cut.top(Divider::WallsBottom, 6, 2)));
                }
                panes.places.push((Pane::Problems, cut.area));
            }
        }
        Page::Walls => panes.places.push((Pane::Walls, cut.area)),
        Page::Money => {
            panes.places.push((Pane::Time, cut.top(Divider::Time, 7, 1)));
            panes.places.push((Pane::Money, cut.area));
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
            assert_eq!(layout(size, Pane::Plan, false, false, &Sizes::default()).shape, shape, "{size:?}");
        }
    }

    #[test]
    fn every_pane_can_be_reached_and_lies_on_the_screen() {
        for width in (40..260).step_by(7) {
            for height in (10..90).step_by(3) {
                for focus in Pane::ALL {
                    let sizes = Sizes::default();
                    for (zoom, watch) in [(false, false), (true, false), (false, true)] {
                        let panes = layout((width, height), focus, zoom, watch, &sizes);
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
            assert_eq!(
                layout((width, 40), Pane::Verdict, false, true, &Sizes::default()).place(Pane::Plan),
                None
            );
        }
    }

    #[test]
    fn zoom_gives_everything_to_the_focus() {
        let panes = layout((160, 50), Pane::Walls, true, false, &Sizes::default());
        assert_eq!(panes.places, vec![(Pane::Walls, panes.body)]);
    }

    #[test]
    fn however_far_borders_are_moved_every_pane_keeps_room_on_the_screen() {
        for (width, height) in [(160, 50), (140, 24), (100, 30), (84, 20), (45, 40), (40, 12)] {
            for watch in [false, true] {
                for divider in Divider::ALL {
                    for offset in [-200, -7, 7, 200] {
                        let before = layout((width, height), Pane::Verdict, false, watch, &Sizes::default());
                        let mut sizes = Sizes::default();
                        sizes.set(Class::of(before.shape, watch).unwrap(), *divider, offset);
                        let panes = layout((width, height), Pane::Verdict, false, watch, &sizes);
                        for (pane, rect) in &panes.places {
                            assert_eq!(
                                rect.intersection(panes.body),
                                *rect,
                                "{width}x{height} {divider:?} {offset}"
                            );
                            let least =
                                if before.place(*pane).is_some_and(|usual| usual.height < 3) { 0 } else { 2 };
                            assert!(
                                rect.height >= least,
                                "{pane:?} {width}x{height} {divider:?} {offset}: {rect:?}"
                            );
                            assert!(
                                rect.width >= 12,
                                "{pane:?} {width}x{height} {divider:?} {offset}: {rect:?}"
                            );
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn a_pane_grows_at_its_far_border_and_else_at_its_near_one() {
        let panes = layout((160, 50), Pane::Plan, false, false, &Sizes::default());
        let sideways = Step { vertical: true, grow: true };
        assert_eq!(
            panes.edge_of(Pane::Plan, sideways).map(|(edge, way)| (edge.divider, way)),
            Some((Divider::Plan, 1))
        );
        let (edge, way) = panes.edge_of(Pane::Money, sideways).unwrap();
        assert_eq!((edge.divider, way), (Divider::Walls, -1));
        let down = Step { vertical: false, grow: true };
        let (edge, way) = panes.edge_of(Pane::Problems, down).unwrap();
        assert_eq!((edge.divider, way), (Divider::Problems, -1));
    }
}
