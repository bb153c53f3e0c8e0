//! Keys that are named on the screen: a click on the name is the key.

use std::cell::RefCell;

use ratatui::layout::{Position, Rect};

/// Where keys are named. Drawing notes them, so that what is clicked is what is seen.
#[derive(Debug, Default)]
pub struct Hints(RefCell<Vec<(Rect, &'static str)>>);

impl Hints {
    /// A new frame begins.
    pub fn clear(&self) {
        self.0.borrow_mut().clear();
    }

    /// A key is named here.
    pub fn note(&self, place: Rect, key: &'static str) {
        self.0.borrow_mut().push((place, key));
    }

    /// The key that is named at a cell; what was drawn last lies on top.
    pub fn at(&self, column: u16, row: u16) -> Option<&'static str> {
        let cell = Position::new(column, row);
        self.0.borrow().iter().rev().find(|(place, _)| place.contains(cell)).map(|(_, key)| *key)
    }
}
