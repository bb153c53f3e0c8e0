//! Drawing: gutter, colours, marks, selection. Only the rows that can be seen are looked at.

use std::ops::Range;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::{Color, Modifier, Style};

use super::columns::{self, Glyph};
use super::highlight::Token;
use super::{Editor, Mark};
use crate::engine::format;
use crate::plan::Severity;

/// How the editor looks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EditorStyles {
    /// Text without a role, and the background.
    pub text: Style,
    /// Line numbers.
    pub gutter: Style,
    /// The number of the line with the cursor.
    pub gutter_current: Style,
    /// Laid over the line with the cursor.
    pub current_line: Style,
    /// Laid over selected text.
    pub selection: Style,
    /// Laid over what the search found.
    pub search_match: Style,
    /// Keys.
    pub key: Style,
    /// Text values.
    pub string: Style,
    /// Numbers with their units.
    pub number: Style,
    /// `true`, `null`, `auto`.
    pub boolean: Style,
    /// Comments.
    pub comment: Style,
    /// `:`, `-`, brackets.
    pub punctuation: Style,
    /// Anchors, aliases and tags.
    pub anchor: Style,
    /// Sign of an error; its colour underlines the text.
    pub error: Style,
    /// The same for a warning.
    pub warning: Style,
    /// The same for a note.
    pub note: Style,
    /// Signs of an error, a warning and a note; one cell each.
    pub signs: [&'static str; 3],
    /// Signs of a folded and of an open block, one cell each, and what stands for the hidden lines.
    pub folds: [&'static str; 3],
}

impl Default for EditorStyles {
    fn default() -> Self {
        let ink = |color| Style::new().fg(color);
        Self {
            text: Style::new(),
            gutter: ink(Color::DarkGray),
            gutter_current: Style::new().add_modifier(Modifier::BOLD),
            current_line: Style::new(),
            selection: Style::new().add_modifier(Modifier::REVERSED),
            search_match: Style::new().add_modifier(Modifier::BOLD | Modifier::UNDERLINED),
            key: ink(Color::Blue),
            string: ink(Color::Green),
            number: ink(Color::Cyan),
            boolean: ink(Color::Magenta),
            comment: ink(Color::DarkGray),
            punctuation: ink(Color::DarkGray),
            anchor: ink(Color::Yellow),
            error: ink(Color::Red),
            warning: ink(Color::Yellow),
            note: ink(Color::Blue),
            signs: ["✖", "▲", "●"],
            folds: ["▸", "▾", "⋯"],
        }
    }
}

impl EditorStyles {
    fn token(&self, token: Token) -> Style {
        match token {
            Token::Key => self.key,
            Token::Text => self.string,
            Token::Number => self.number,
            Token::Boolean => self.boolean,
            Token::Comment => self.comment,
            Token::Punctuation => self.punctuation,
            Token::Anchor => self.anchor,
        }
    }

    fn mark(&self, severity: Severity) -> (Style, &'static str) {
        match severity {
            Severity::Error => (self.error, self.signs[0]),
            Severity::Warning => (self.warning, self.signs[1]),
            Severity::Note => (self.note, self.signs[2]),
        }
    }
}

/// The part of the text that is on the screen.
#[derive(Debug, Clone, Default)]
pub(super) struct View {
    /// First row.
    pub(super) top: usize,
    /// First cell of the text.
    pub(super) left: usize,
    /// Rows.
    pub(super) height: usize,
    /// Cells of text, without the gutter.
    pub(super) width: usize,
    /// Cells of the gutter.
    pub(super) gutter: usize,
    /// Bring the cursor into view: set by every movement of it, cleared by the wheel.
    pub(super) follow: bool,
    /// Rows of the screen, from the first, whose text goes on to the right.
    pub(super) cut: Vec<u16>,
}

/// The least text that is left beside a gutter.
const NARROW: usize = 12;

impl Editor {
    /// Draws the editor and says where the terminal's cursor belongs, if it is in view.
    pub fn render(
        &mut self,
        area: Rect,
        buf: &mut Buffer,
        styles: &EditorStyles,
        focused: bool,
    ) -> Option<Position> {
        let area = area.intersection(buf.area);
        if area.is_empty() {
            return None;
        }
        let cursor = self.cursor();
        let line = self.document.line_range(cursor.0);
        let column = columns::column_of(self.document.line(cursor.0), self.cursor_offset() - line.start);
        self.fit_view(area, self.shown_before(cursor.0), column);
        self.search_matches();
        buf.set_style(area, styles.text);

        let pair = self.bracket_pair();
        self.view.cut.clear();
        let shown = self.view.top..(self.view.top + self.view.height).min(self.shown_count());
        for (y, at) in (area.y..).zip(shown) {
            let row = self.shown_row(at);
            let current = row == cursor.0;
            self.draw_gutter(area, y, row, buf, styles, current);
            self.draw_line((area, y), row, buf, styles, current && focused, pair);
        }

        self.cursor_on_screen(area).filter(|_| focused)
    }

    /// Rows of the screen, from the first of the last drawing, whose text goes on to the right of it.
    pub fn cut_rows(&self) -> &[u16] {
        &self.view.cut
    }

    /// Where the cursor was drawn in `area`, if it is in view.
    pub fn cursor_on_screen(&self, area: Rect) -> Option<Position> {
        let (row, _) = self.cursor();
        let line = self.document.line_range(row);
        let column = columns::column_of(self.document.line(row), self.cursor_offset() - line.start);
        let x = self.view.gutter + column.checked_sub(self.view.left)?;
        let y = self.shown_before(row).checked_sub(self.view.top)?;
        let cells = |n: usize| u16::try_from(n).unwrap_or(u16::MAX);
        (x < usize::from(area.width) && y < self.view.height)
            .then(|| Position::new(area.x + cells(x), area.y + cells(y)))
    }

    /// Cells of the gutter in a pane of this width: sign, number, blank.
    fn gutter_width(&self, width: usize) -> usize {
        let digits = self.document.line_count().to_string().len().max(3);
        let full = digits + 2;
        if width >= full + NARROW { full } else { usize::from(width > NARROW) }
    }

    fn fit_view(&mut self, area: Rect, row: usize, column: usize) {
        let gutter = self.gutter_width(usize::from(area.width));
        let count = self.shown_count();
        let view = &mut self.view;
        view.height = usize::from(area.height);
        view.gutter = gutter;
        view.width = usize::from(area.width) - gutter;
        let last_top = count.saturating_sub(view.height);
        if view.follow {
            let margin = (view.height / 4).min(2);
            let above = row.saturating_sub(margin);
            let below = (row + margin + 1).saturating_sub(view.height);
            view.top = view.top.clamp(below.min(above), above.max(below));
            // Short lines are shown whole; the view moves sideways only as far as needed.
            let beyond = (column + 1).saturating_sub(view.width);
            view.left = view.left.clamp(beyond.min(column), column);
            if column < view.width / 2 {
                view.left = 0;
            }
        }
        view.top = view.top.min(last_top);
    }

    fn draw_gutter(
        &self,
        area: Rect,
        y: u16,
        row: usize,
        buf: &mut Buffer,
        styles: &EditorStyles,
        current: bool,
    ) {
        if self.view.gutter == 0 {
            return;
        }
        let hidden = self.folded_rows(row);
        let folded = hidden.is_some();
        let last = hidden.map_or(row, |rows| rows.end - 1);
        let line = self.document.line_range(row).start..self.document.line_range(last).end;
        let worst = (self.marks.iter())
            .filter(|mark| line.contains(&mark.range.start) || mark.range.start == line.end)
            .map(|mark| mark.severity)
            .min();
        if let Some(severity) = worst {
            let (style, sign) = styles.mark(severity);
            buf.set_stringn(area.x, y, sign, 1, style);
        }
        let digits = self.view.gutter.saturating_sub(2);
        if digits > 0 {
            let style = if current { styles.gutter_current } else { styles.gutter };
            let number = format!("{:>digits$}", row + 1);
            let end = buf.set_stringn(area.x + 1, y, number, digits, style).0;
            if folded {
                buf.set_stringn(end, y, styles.folds[0], 1, styles.gutter_current);
            } else if current && super::fold::block(&self.document, row).is_some() {
                buf.set_stringn(end, y, styles.folds[1], 1, styles.gutter);
            }
        }
    }

    fn draw_line(
        &mut self,
        (area, y): (Rect, u16),
        row: usize,
        buf: &mut Buffer,
        styles: &EditorStyles,
        current: bool,
        pair: Option<[usize; 2]>,
    ) {
        let folded = self.folded_rows(row);
        let selection = self.selection();
        let document = &self.document;
        let line = document.line_range(row);
        let text = document.line(row);
        let left = area.x + u16::try_from(self.view.gutter).unwrap_or(area.width);
        let strip = Rect { x: left, y, width: area.right().saturating_sub(left), height: 1 };
        if current {
            buf.set_style(strip, styles.current_line);
        }
        let tokens = self.highlights.spans(row, |row| document.line(row));
        let found = self.search.matches().unwrap_or_default();
        let found = &found[found.partition_point(|m| m.end <= line.start)..];
        let marks = marks_of(&self.marks, &line);

        let mut canvas = Canvas { buf, strip, left: self.view.left };
        let mut next_token = 0;
        for glyph in columns::glyphs(text) {
            if glyph.col >= self.view.left + self.view.width {
                self.view.cut.push(y - area.y);
                break;
            }
            let at = line.start + glyph.byte;
            while tokens.get(next_token).is_some_and(|(range, _)| range.end <= glyph.byte) {
                next_token += 1;
            }
            let mut style = Style::new();
            if let Some((range, token)) = tokens.get(next_token)
                && range.contains(&glyph.byte)
            {
                style = styles.token(*token);
            }
            let matched = found.iter().take_while(|m| m.start <= at).any(|m| m.contains(&at));
            if matched || pair.is_some_and(|pair| pair.contains(&at)) {
                style = style.patch(styles.search_match);
            }
            if let Some(mark) = marks.iter().find(|(range, _)| range.contains(&at)) {
                style = style.patch(underline(styles.mark(mark.1).0));
            }
            if selection.as_ref().is_some_and(|s| s.contains(&at)) {
                style = style.patch(styles.selection);
            }
            canvas.put(&glyph, style);
        }

        // The cell behind the text shows a selected line break, or a mark where nothing stands.
        let mut style = None;
        if let Some(mark) = marks.iter().find(|(range, _)| range.start == line.end) {
            style = Some(underline(styles.mark(mark.1).0));
        }
        if selection.is_some_and(|s| s.contains(&line.end)) {
            style = Some(style.unwrap_or_default().patch(styles.selection));
        }
        if let Some(style) = style {
            let col = columns::column_of(text, text.len());
            let blank = Glyph { shown: " ", byte: text.len(), len: 0, col, width: 1 };
            canvas.put(&blank, style);
        }
        if let Some(hidden) = folded {
            let said = format!(" {} {}", styles.folds[2], format::count(hidden.len() as u64, "line"));
            let start = columns::column_of(text, text.len());
            for glyph in columns::glyphs(&said) {
                canvas.put(&Glyph { col: start + glyph.col, ..glyph }, styles.comment);
            }
        }
    }

    /// The brackets of a flow mapping or list that belong together, where the cursor is on one or behind one.
    fn bracket_pair(&self) -> Option<[usize; 2]> {
        let (text, cursor) = (self.document.text(), self.cursor_offset());
        let is_bracket = |at: &usize| matches!(text.as_bytes().get(*at), Some(b'[' | b']' | b'{' | b'}'));
        let at = [Some(cursor), cursor.checked_sub(1)].into_iter().flatten().find(is_bracket)?;
        let (mut open, mut quote, mut comment, mut previous) = (Vec::new(), None, false, '\n');
        for (here, c) in text.char_indices() {
            match c {
                '\n' => comment = false,
                _ if comment => {}
                _ if quote == Some(c) => quote = None,
                _ if quote.is_some() => {}
                '"' | '\'' if previous.is_whitespace() || "[{,:".contains(previous) => quote = Some(c),
                '#' if previous.is_whitespace() => comment = true,
                '[' | '{' => open.push((here, c)),
                ']' | '}' => {
                    let (start, opened) = open.pop()?;
                    if start == at || here == at {
                        return ((opened == '[') == (c == ']')).then_some([start, here]);
                    }
                }
                _ => {}
            }
            previous = c;
        }
        None
    }
}

/// One row of cells, moved sideways.
struct Canvas<'a> {
    buf: &'a mut Buffer,
    strip: Rect,
    left: usize,
}

impl Canvas<'_> {
    /// Draws a glyph; one that an edge cuts leaves its cells blank so that the rest keep theirs.
    fn put(&mut self, glyph: &Glyph<'_>, style: Style) {
        let width = usize::from(self.strip.width);
        let start = glyph.col.max(self.left) - self.left;
        let end = (glyph.col + glyph.width).saturating_sub(self.left).min(width);
        if start >= end {
            return;
        }
        let x = self.strip.x + u16::try_from(start).unwrap_or(u16::MAX);
        if glyph.shown.len() == 1 {
            // Nearly all text: one byte, one cell, nothing to measure.
            if let Some(cell) = self.buf.cell_mut((x, self.strip.y)) {
                cell.set_symbol(glyph.shown).set_style(style);
            }
            return;
        }
        let cells = u16::try_from(end - start).unwrap_or(u16::MAX);
        if end - start == glyph.width && !glyph.shown.is_empty() {
            self.buf.set_stringn(x, self.strip.y, glyph.shown, glyph.width, Style::new());
        } else {
            for x in x..x + cells {
                self.buf[(x, self.strip.y)].set_symbol(" ");
            }
        }
        self.buf.set_style(Rect { x, width: cells, ..self.strip }, style);
    }
}

/// The parts of marks to underline in a line, worst first. A mark is shown on its first line only:
/// one about a whole block would underline half the plan.
fn marks_of(marks: &[Mark], line: &Range<usize>) -> Vec<(Range<usize>, Severity)> {
    let mut here: Vec<_> = marks
        .iter()
        .filter(|mark| line.start <= mark.range.start && mark.range.start <= line.end)
        .map(|mark| {
            let end = mark.range.end.min(line.end).max(mark.range.start + 1);
            (mark.range.start..end, mark.severity)
        })
        .collect();
    here.sort_by_key(|(_, severity)| *severity);
    here
}

fn underline(style: Style) -> Style {
    let line = Style::new().add_modifier(Modifier::UNDERLINED);
    match style.fg {
        Some(color) => line.underline_color(color),
        None => line,
    }
}
