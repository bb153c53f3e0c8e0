//! The cursor and the other end of the selection, as rows and columns in characters.

use ratatui_textarea::{CursorMove, TextArea};

use super::document::Document;

/// A row and a column in characters, both from 0.
type Place = (usize, usize);

/// Where the cursor is and where the selection began.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Pointer {
    pub(super) cursor: Place,
    anchor: Option<Place>,
}

impl Pointer {
    /// Moves the cursor; by `extend` the other end of the selection stays where it is.
    pub(super) fn go(&mut self, to: Place, extend: bool) {
        self.anchor = if extend { self.anchor.or(Some(self.cursor)) } else { None };
        self.cursor = to;
    }

    /// The cursor at the other end of the selection.
    pub(super) fn swap(&mut self) {
        if let Some(anchor) = &mut self.anchor {
            std::mem::swap(anchor, &mut self.cursor);
        }
    }

    /// Both ends of the selection, in order.
    pub(super) fn selection(&self) -> Option<(Place, Place)> {
        self.anchor.map(|anchor| (anchor.min(self.cursor), anchor.max(self.cursor)))
    }
}

/// Where the next word begins, or the one before: never further than the line beside, so no other is looked at.
pub(super) fn word(document: &Document, (row, col): Place, forward: bool) -> Place {
    let Ok(near) = u16::try_from(col) else {
        // Further than its jump reaches: no line that anybody reads. One character is a word there.
        let length = document.line(row).chars().count();
        return (row, if forward { (col + 1).min(length) } else { col - 1 });
    };
    let first = row.saturating_sub(1);
    let last = (row + 1).min(document.line_count() - 1);
    let mut area = TextArea::new((first..=last).map(|row| document.line(row).to_owned()).collect());
    area.move_cursor(CursorMove::Jump(u16::from(first < row), near));
    area.move_cursor(if forward { CursorMove::WordForward } else { CursorMove::WordBack });
    let found = area.cursor();
    (first + found.0, found.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lines_beside_are_enough_to_find_a_word() {
        let text = "name: x  # why\r\n\n\n   \n  batch_size: 8\n日本 語: é\n\n- a\n-  b.c\n";
        let document = Document::new(text);
        for (offset, _) in text.char_indices() {
            let (row, col) = document.position(offset);
            for forward in [true, false] {
                let mut whole = TextArea::new(document.lines());
                let near = |n: usize| u16::try_from(n).unwrap();
                whole.move_cursor(CursorMove::Jump(near(row), near(col)));
                whole.move_cursor(if forward { CursorMove::WordForward } else { CursorMove::WordBack });
                let found = whole.cursor();
                assert_eq!(word(&document, (row, col), forward), (found.0, found.1), "{row}:{col} {forward}");
            }
        }
    }

    #[test]
    fn a_line_longer_than_a_jump_is_walked_by_characters() {
        let document = Document::new(&"x".repeat(70_000));
        assert_eq!(word(&document, (0, 69_999), false), (0, 69_998));
        assert_eq!(word(&document, (0, 69_999), true), (0, 70_000));
        assert_eq!(word(&document, (0, 70_000), true), (0, 70_000));
        assert_eq!(word(&document, (0, 65_535), false), (0, 0));
    }
}
