//! The panes, and the pages that the narrow shape sorts them into.

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
