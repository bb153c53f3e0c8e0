//! The text itself, byte for byte as it came from the disk, with an index of its lines.
//!
//! The text area that draws and moves the cursor knows lines without their endings and columns in
//! characters. Diagnostics, edits and files speak in bytes. This type is the one place where the
//! two meet, and the reason why `\r\n`, a missing last newline or a stray `\r` survive editing.

use std::iter;
use std::ops::Range;

/// A text and the offsets at which its lines start.
#[derive(Debug, Clone)]
pub(super) struct Document {
    text: String,
    /// Byte offset of each line's first character; never empty.
    starts: Vec<usize>,
}

impl Document {
    pub(super) fn new(text: &str) -> Self {
        let starts = iter::once(0).chain(line_starts(text)).collect();
        Self { text: text.to_owned(), starts }
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    pub(super) fn len(&self) -> usize {
        self.text.len()
    }

    /// Number of lines as an editor counts them: one more than the newlines.
    pub(super) fn line_count(&self) -> usize {
        self.starts.len()
    }

    /// Bytes of a line without its ending. A row past the end is the empty range at the end.
    pub(super) fn line_range(&self, row: usize) -> Range<usize> {
        let Some(&start) = self.starts.get(row) else {
            return self.text.len()..self.text.len();
        };
        let Some(&next) = self.starts.get(row + 1) else {
            return start..self.text.len();
        };
        let mut end = next - 1;
        if end > start && self.text.as_bytes()[end - 1] == b'\r' {
            end -= 1;
        }
        start..end
    }

    /// A line without its ending.
    pub(super) fn line(&self, row: usize) -> &str {
        &self.text[self.line_range(row)]
    }

    /// First byte of the next line, or the end of the text.
    pub(super) fn line_end_with_ending(&self, row: usize) -> usize {
        self.starts.get(row + 1).copied().unwrap_or(self.text.len())
    }

    #[cfg(test)]
    pub(super) fn lines(&self) -> Vec<String> {
        (0..self.line_count()).map(|row| self.line(row).to_owned()).collect()
    }

    /// The ending a new line gets: that of the first line, `\n` in a text without any.
    pub(super) fn ending(&self) -> &'static str {
        match self.starts.get(1) {
            Some(&next) if self.text[..next].ends_with("\r\n") => "\r\n",
            _ => "\n",
        }
    }

    /// Every kind of line break in `text` turned into this document's own.
    pub(super) fn normalized(&self, text: &str) -> String {
        let unix = text.replace("\r\n", "\n").replace('\r', "\n");
        match self.ending() {
            "\n" => unix,
            ending => unix.replace('\n', ending),
        }
    }

    /// Row of a byte offset.
    pub(super) fn row_of(&self, offset: usize) -> usize {
        self.starts.partition_point(|start| *start <= offset).saturating_sub(1)
    }

    /// Row and column in characters of a byte offset.
    pub(super) fn position(&self, offset: usize) -> (usize, usize) {
        let offset = self.floor(offset);
        let row = self.row_of(offset);
        let range = self.line_range(row);
        let end = offset.clamp(range.start, range.end);
        (row, self.text[range.start..end].chars().count())
    }

    /// Byte offset of a row and a column in characters, each brought into bounds.
    pub(super) fn offset(&self, row: usize, col: usize) -> usize {
        let range = self.line_range(row.min(self.line_count() - 1));
        let line = &self.text[range.clone()];
        let within = line.char_indices().nth(col).map_or(line.len(), |(i, _)| i);
        range.start + within
    }

    /// The nearest character boundary at or before `offset`, never between `\r` and `\n`.
    pub(super) fn floor(&self, offset: usize) -> usize {
        let mut at = offset.min(self.text.len());
        while !self.text.is_char_boundary(at) {
            at -= 1;
        }
        if at > 0 && self.text[at..].starts_with('\n') && self.text[..at].ends_with('\r') {
            at -= 1;
        }
        at
    }

    /// A range brought onto character boundaries and into order.
    pub(super) fn floor_range(&self, range: &Range<usize>) -> Range<usize> {
        let start = self.floor(range.start);
        let end = self.floor(range.end).max(start);
        start..end
    }

    /// Replaces a range and says what was there.
    pub(super) fn splice(&mut self, range: Range<usize>, with: &str) -> String {
        let removed = self.text[range.clone()].to_owned();
        // Line starts within the range go, those after it move.
        let from = self.starts.partition_point(|start| *start <= range.start);
        let to = self.starts.partition_point(|start| *start <= range.end);
        for start in &mut self.starts[to..] {
            *start = *start - range.len() + with.len();
        }
        self.starts.splice(from..to, line_starts(with).map(|start| range.start + start));
        self.text.replace_range(range, with);
        removed
    }
}

/// Offsets just behind the newlines of a text.
fn line_starts(text: &str) -> impl Iterator<Item = usize> {
    text.match_indices('\n').map(|(at, _)| at + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_lose_their_endings_and_the_text_does_not() {
        let document = Document::new("a: 1\r\nb: 日本 # x\nc\r\r\n");
        assert_eq!(document.lines(), ["a: 1", "b: 日本 # x", "c\r", ""]);
        assert_eq!(document.text(), "a: 1\r\nb: 日本 # x\nc\r\r\n");
        assert_eq!(document.ending(), "\r\n");
        assert_eq!(document.normalized("x\ny\rz\r\n"), "x\r\ny\r\nz\r\n");
    }

    #[test]
    fn offsets_and_positions_are_inverse() {
        let document = Document::new("a: 1\r\nb: 日本 # x\n\nlast");
        for (offset, _) in document.text().char_indices() {
            let at = document.floor(offset);
            let (row, col) = document.position(at);
            assert_eq!(document.offset(row, col), at);
        }
        assert_eq!(document.position(5), (0, 4), "inside the line break");
        assert_eq!(document.position(10), (1, 3), "inside a character");
        assert_eq!(document.position(9999), (3, 4));
        assert_eq!(document.offset(99, 99), document.len());
    }
}
