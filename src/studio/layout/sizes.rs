//! How far the user has moved the borders between panes, for each kind of screen.

use std::collections::BTreeMap;

use ratatui::layout::{Position, Rect};

use super::{Pane, Panes, Shape};

/// Farthest that a border is moved, in cells: more than any screen has.
const MAX_OFFSET: i16 = 500;

macro_rules! named {
    ($(#[$doc:meta])* $name:ident { $($variant:ident $word:literal $what:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $(#[doc = $what] $variant),* }

        impl $name {
            /// Every one.
            pub const ALL: &'static [$name] = &[$($name::$variant),*];

            /// Its word in the session file.
            pub fn name(self) -> &'static str {
                match self { $($name::$variant => $word),* }
            }

            /// By its word.
            pub fn by_name(word: &str) -> Option<$name> {
                match word { $($word => Some($name::$variant),)* _ => None }
            }
        }
    };
}

named! {
    /// Kinds of screen. What is moved on one does not move on another.
    Class {
        Wide "wide" "140 columns and more.",
        Medium "medium" "84 to 139 columns.",
        Narrow "narrow" "Fewer.",
        WideWatch "wide-watch" "Wide, without the editor.",
        MediumWatch "medium-watch" "Medium, without the editor.",
        NarrowWatch "narrow-watch" "Narrow, without the editor.",
    }
}

named! {
    /// The borders that can be moved.
    Divider {
        Plan "plan" "Between the left column and the rest.",
        Walls "walls-right" "Between the walls and the column at their right.",
        Verdict "verdict" "Under the verdict.",
        Memory "memory" "Under the memory fit.",
        WallsBottom "walls" "Under the walls.",
        Time "time" "Under the time line.",
        Problems "problems" "Above the problems.",
    }
}

impl Class {
    /// The kind of a screen; nothing can be moved on a tiny one.
    pub fn of(shape: Shape, watch: bool) -> Option<Class> {
        Some(match (shape, watch) {
            (Shape::Wide, false) => Class::Wide,
            (Shape::Medium, false) => Class::Medium,
            (Shape::Narrow, false) => Class::Narrow,
            (Shape::Wide, true) => Class::WideWatch,
            (Shape::Medium, true) => Class::MediumWatch,
            (Shape::Narrow, true) => Class::NarrowWatch,
            (Shape::Tiny, _) => return None,
        })
    }
}

/// How many cells each border stands from where the layout would put it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sizes(BTreeMap<(Class, Divider), i16>);

impl Sizes {
    /// The distance of one border.
    pub fn get(&self, class: Class, divider: Divider) -> i16 {
        self.0.get(&(class, divider)).copied().unwrap_or(0)
    }

    /// Puts a border at a distance; 0 is where the layout puts it.
    pub fn set(&mut self, class: Class, divider: Divider, offset: i16) {
        if offset == 0 {
            self.0.remove(&(class, divider));
        } else {
            self.0.insert((class, divider), offset.clamp(-MAX_OFFSET, MAX_OFFSET));
        }
    }

    /// Whether no border of a kind of screen was moved.
    pub fn are_usual(&self, class: Class) -> bool {
        !self.0.keys().any(|(known, _)| *known == class)
    }

    /// Puts every border of a kind of screen back. Whether any had been moved.
    pub fn reset(&mut self, class: Class) -> bool {
        let before = self.0.len();
        self.0.retain(|(known, _), _| *known != class);
        self.0.len() != before
    }

    /// Every border that was moved.
    pub fn iter(&self) -> impl Iterator<Item = (Class, Divider, i16)> {
        self.0.iter().map(|((class, divider), offset)| (*class, *divider, *offset))
    }
}

/// A border as it stands on the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Edge {
    /// Which one.
    pub divider: Divider,
    /// Its cells: one column, or one row.
    pub cells: Rect,
    /// A column, moved to the left and right; else a row.
    pub vertical: bool,
    /// 1 where moving it right or down is a larger offset, -1 where it is a smaller one.
    pub sign: i16,
}

/// A way to make a pane larger or smaller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// Sideways, else up and down.
    pub vertical: bool,
    /// Larger, else smaller.
    pub grow: bool,
}

impl Panes {
    /// The border under a cell. A column wins where two cross.
    pub fn edge_at(&self, column: u16, row: u16) -> Option<Edge> {
        let under = |edge: &&Edge| edge.cells.contains(Position::new(column, row));
        let vertical = self.edges.iter().find(|edge| edge.vertical && under(edge));
        vertical.or_else(|| self.edges.iter().find(under)).copied()
    }

    /// The border to move so that a pane becomes larger or smaller, and which way (cells right or down).
    pub fn edge_of(&self, pane: Pane, step: Step) -> Option<(Edge, i16)> {
        let place = self.place(pane)?;
        let framed = u16::from(self.shape != Shape::Narrow);
        let touches = |edge: &&Edge| {
            edge.vertical == step.vertical
                && if step.vertical {
                    edge.cells.top() < place.bottom() && place.top() < edge.cells.bottom()
                } else {
                    edge.cells.left() < place.right() && place.left() < edge.cells.right()
                }
        };
        let (near, far) = if step.vertical {
            (place.left(), place.right() - framed)
        } else {
            (place.top(), place.bottom() - framed)
        };
        let at = |edge: &Edge| if step.vertical { edge.cells.x } else { edge.cells.y };
        let way = if step.grow { 1 } else { -1 };
        let find = |position| self.edges.iter().filter(touches).find(|edge| at(edge) == position).copied();
        find(far).map(|edge| (edge, way)).or_else(|| find(near).map(|edge| (edge, -way)))
    }
}
