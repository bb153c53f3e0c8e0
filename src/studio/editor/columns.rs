//! How wide text is on the screen.
//!
//! A column is a terminal cell. One grapheme (what a reader calls a character) takes one or two of
//! them; a tab goes to the next stop; what has no shape of its own is given a visible stand-in, so
//! that nothing in a file can hide.

use ratatui::buffer::CellWidth as _;
use unicode_segmentation::UnicodeSegmentation as _;

/// Tab stops; YAML forbids tabs for indentation, so this matters for mistakes only.
const TAB: usize = 4;

/// One grapheme of a line and where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Glyph<'a> {
    /// What is drawn; empty for a tab, which is blank.
    pub(super) shown: &'a str,
    /// First byte within the line.
    pub(super) byte: usize,
    /// Bytes.
    pub(super) len: usize,
    /// First cell.
    pub(super) col: usize,
    /// Cells.
    pub(super) width: usize,
}

/// The graphemes of a line from left to right.
pub(super) fn glyphs(line: &str) -> impl Iterator<Item = Glyph<'_>> {
    let mut col = 0;
    graphemes(line).map(move |(byte, grapheme)| {
        let (shown, width) = shape(grapheme, col);
        let glyph = Glyph { shown, byte, len: grapheme.len(), col, width };
        col += width;
        glyph
    })
}

/// The graphemes of a line with their places. Where two ASCII characters follow each other, which is nearly everywhere
/// in a plan, a boundary lies between them and nothing has to be looked up.
fn graphemes(line: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let rest = &line[at..];
        let grapheme = match rest.as_bytes() {
            [b' '..=b'~'] => rest,
            [b' '..=b'~', next, ..] if next.is_ascii() => &rest[..1],
            _ => rest.graphemes(true).next()?,
        };
        let start = at;
        at += grapheme.len();
        Some((start, grapheme))
    })
}

fn shape(grapheme: &str, col: usize) -> (&str, usize) {
    if let [b' '..=b'~'] = grapheme.as_bytes() {
        return (grapheme, 1);
    }
    if grapheme == "\t" {
        return ("", TAB - col % TAB);
    }
    if grapheme.contains(char::is_control) {
        return ("␦", 1);
    }
    match usize::from(grapheme.cell_width()) {
        0 => ("·", 1),
        width => (grapheme, width),
    }
}

/// Cell at which the byte `offset` of a line stands; the width of the line at its end.
pub(super) fn column_of(line: &str, offset: usize) -> usize {
    let mut end = 0;
    for glyph in glyphs(line) {
        if glyph.byte + glyph.len > offset {
            return glyph.col;
        }
        end = glyph.col + glyph.width;
    }
    end
}

/// Byte offset of the grapheme that covers a cell; the end of the line right of it.
pub(super) fn offset_at(line: &str, column: usize) -> usize {
    glyphs(line).find(|glyph| column < glyph.col + glyph.width).map_or(line.len(), |glyph| glyph.byte)
}

/// Start of the grapheme before `offset`.
pub(super) fn previous(line: &str, offset: usize) -> Option<usize> {
    graphemes(line).map(|(byte, _)| byte).take_while(|byte| *byte < offset).last()
}

/// End of the grapheme at `offset`.
pub(super) fn next(line: &str, offset: usize) -> Option<usize> {
    graphemes(line).map(|(byte, grapheme)| byte + grapheme.len()).find(|end| *end > offset)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_short_way_finds_the_same_graphemes() {
        for line in [
            "",
            "a",
            "batch_size: 8",
            "e\u{301}x",
            "日本 語",
            "a\u{301}\u{302}b",
            "🇫🇷🇩🇪 ok",
            "x\r",
            "\r\n",
            "👩‍👩‍👧 a",
            "\t a\u{200d}b",
        ] {
            let all: Vec<_> = line.grapheme_indices(true).collect();
            assert_eq!(graphemes(line).collect::<Vec<_>>(), all, "{line:?}");
        }
    }

    #[test]
    fn wide_and_joined_graphemes_keep_columns() {
        let line = "name: 日本 # x";
        let hash = line.find('#').unwrap();
        assert_eq!(column_of(line, hash), 11);
        assert_eq!(offset_at(line, 11), hash);
        assert_eq!(offset_at(line, 7), 6, "second half of a wide character");
        let family = "👨‍👩‍👧x";
        assert_eq!(column_of(family, family.len() - 1), 2);
        assert_eq!(next(family, 0), Some(family.len() - 1));
        assert_eq!(previous(family, family.len() - 1), Some(0));
        let accent = "e\u{301}x";
        assert_eq!(column_of(accent, 3), 1);
    }

    #[test]
    fn what_has_no_shape_is_visible() {
        let shown: Vec<_> = glyphs("a\u{1b}\u{200b}\tb").map(|g| (g.shown, g.col)).collect();
        assert_eq!(shown, [("a", 0), ("␦", 1), ("·", 2), ("", 3), ("b", 4)]);
    }
}
