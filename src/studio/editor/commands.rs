//! Commands that work on whole lines: indentation, comments, moving, duplicating.

use std::ops::RangeInclusive;

use super::history::{Caret, Kind};
use super::{Edit, Editor};

const INDENT: &str = "  ";

/// How a new line goes on after the text before the cursor.
#[derive(Debug, PartialEq, Eq)]
enum NewLine {
    /// A line that starts like this.
    Start(String),
    /// A line one level deeper, because the line opens a block.
    Deeper(String),
    /// The line holds an empty list item, which Enter ends.
    EndList,
    /// The line holds nothing but blanks: it is left empty, and the next one stands one level further out.
    Outward(String),
    /// Between two brackets: what is between stands deeper, the closing one on a line of its own.
    Between(String),
}

/// Reads the line before the cursor as YAML would be continued. `rest` is what follows the cursor.
fn continuation(before: &str, rest: &str) -> NewLine {
    let text = before.trim_start_matches(' ');
    let indent = &before[..before.len() - text.len()];
    if text.is_empty() {
        return if rest.trim().is_empty() {
            NewLine::Outward(indent[..indent.len().saturating_sub(INDENT.len())].to_owned())
        } else {
            NewLine::Start(indent.to_owned())
        };
    }
    let code = without_comment(text).trim_end();
    if code == "-" && rest.trim().is_empty() {
        return NewLine::EndList;
    }
    if code.ends_with(['{', '[']) && code.len() == text.trim_end().len() {
        let closes = rest.trim_start().starts_with(['}', ']']);
        return if closes { NewLine::Between(indent.to_owned()) } else { NewLine::Deeper(indent.to_owned()) };
    }
    let Some(item) = code.strip_prefix("- ") else {
        return if opens(code) {
            NewLine::Deeper(indent.to_owned())
        } else {
            NewLine::Start(indent.to_owned())
        };
    };
    let aligned = format!("{indent}{INDENT}");
    if opens(item) {
        NewLine::Deeper(aligned)
    } else if item.contains(": ") && !item.starts_with(['"', '\'', '{', '[']) {
        NewLine::Start(aligned)
    } else if rest.trim().is_empty() {
        NewLine::Start(format!("{indent}- "))
    } else {
        NewLine::Start(aligned)
    }
}

/// Whether what stands below belongs to this line: a key without a value, or the head of a text of several lines.
fn opens(code: &str) -> bool {
    let value = code.rsplit_once(": ").map_or("", |(_, value)| value.trim_start());
    let several =
        value.starts_with(['|', '>']) && value[1..].chars().all(|c| matches!(c, '+' | '-' | '1'..='9'));
    code.ends_with(':') || several
}

fn without_comment(text: &str) -> &str {
    if text.starts_with('#') {
        return "";
    }
    text.find(" #").map_or(text, |at| &text[..at])
}

impl Editor {
    /// Enter: a new line with the indentation that belongs there.
    pub(super) fn newline(&mut self) {
        let cursor = self.cursor_offset();
        let range = self.selection().unwrap_or(cursor..cursor);
        let row = self.document.row_of(range.start);
        let line = self.document.line_range(row);
        let before = &self.document.text()[line.start..range.start];
        let end_row = self.document.row_of(range.end);
        let rest = &self.document.text()[range.end..self.document.line_range(end_row).end];
        let blanks = rest.len() - rest.trim_start_matches(' ').len();
        let ending = self.document.ending();
        self.history.close();
        let start = match continuation(before, rest) {
            NewLine::EndList => {
                let dash = line.start + before.len() - before.trim_start_matches(' ').len();
                self.change(vec![(dash..line.end, String::new())], None, Kind::Command);
                return;
            }
            NewLine::Between(indent) => {
                let text = format!("{ending}{indent}{INDENT}");
                let cursor = range.start + text.len();
                let text = format!("{text}{ending}{indent}");
                let after = Caret { cursor, anchor: None };
                self.change(vec![(range.start..range.end + blanks, text)], Some(after), Kind::Command);
                return;
            }
            NewLine::Outward(indent) => {
                let text = format!("{ending}{indent}");
                self.change(vec![(line.start..range.end + rest.len(), text)], None, Kind::Command);
                return;
            }
            NewLine::Deeper(indent) => self.indent_below(end_row, &indent).unwrap_or(indent + INDENT),
            NewLine::Start(start) => start,
        };
        if before.trim().is_empty() {
            // Before the text of a line: the line above is left without blanks.
            let text = format!("{ending}{start}");
            self.change(vec![(line.start..range.end, text)], None, Kind::Command);
            return;
        }
        let text = format!("{ending}{start}");
        self.change(vec![(range.start..range.end + blanks, text)], None, Kind::Command);
    }

    /// The indentation of what follows a row, where it is deeper than `indent`: a block goes on as it began.
    fn indent_below(&self, row: usize, indent: &str) -> Option<String> {
        let line =
            (row + 1..self.line_count()).map(|row| self.line(row)).find(|line| !line.trim().is_empty())?;
        let deeper = &line[..line.len() - line.trim_start_matches(' ').len()];
        (deeper.len() > indent.len()).then(|| deeper.to_owned())
    }

    /// Tab: indents the selected lines, or goes to the next multiple of two.
    pub(super) fn tab(&mut self) {
        if self.selection().is_some() {
            let rows = self.selected_rows();
            let edits = rows
                .filter(|row| !self.document.line(*row).trim().is_empty())
                .map(|row| {
                    let start = self.document.line_range(row).start;
                    (start..start, INDENT.to_owned())
                })
                .collect();
            self.change_lines(edits);
        } else {
            let (_, col) = self.cursor();
            self.insert(&INDENT[col % 2..], Kind::Command);
        }
    }

    /// Shift-Tab: takes one level of indentation off the lines.
    pub(super) fn dedent(&mut self) {
        let edits = self
            .selected_rows()
            .map(|row| {
                let line = self.document.line(row);
                let start = self.document.line_range(row).start;
                let blanks = line.len() - line.trim_start_matches(' ').len();
                (start..start + blanks.min(INDENT.len()), String::new())
            })
            .collect();
        self.change_lines(edits);
    }

    /// Ctrl-/: comments the lines, or takes the comment signs off when all have one.
    pub(super) fn toggle_comment(&mut self) {
        let rows: Vec<_> =
            self.selected_rows().filter(|row| !self.document.line(*row).trim().is_empty()).collect();
        if rows.is_empty() && self.selection().is_none() {
            // An empty line becomes the start of a comment.
            let end = self.document.line_range(self.cursor().0).end;
            self.history.close();
            let after = Caret { cursor: end + 2, anchor: None };
            self.change(vec![(end..end, "# ".to_owned())], Some(after), Kind::Command);
            return;
        }
        let indent = |row: &usize| {
            let line = self.document.line(*row);
            line.len() - line.trim_start_matches(' ').len()
        };
        let commented = |row: &usize| self.document.line(*row).trim_start_matches(' ').starts_with('#');
        let edits = if rows.iter().all(commented) {
            let off = |row: &usize| {
                let at = self.document.line_range(*row).start + indent(row);
                let rest = &self.document.text()[at + 1..];
                (at..at + 1 + usize::from(rest.starts_with(' ')), String::new())
            };
            rows.iter().map(off).collect()
        } else {
            let column = rows.iter().map(indent).min().unwrap_or(0);
            let on = |row: &usize| {
                let at = self.document.line_range(*row).start + column;
                (at..at, "# ".to_owned())
            };
            rows.iter().map(on).collect()
        };
        self.change_lines(edits);
    }

    /// Ctrl-D: the lines once more below, the cursor in the copy.
    pub(super) fn duplicate_lines(&mut self) {
        let rows = self.selected_rows();
        let start = self.document.line_range(*rows.start()).start;
        let end = self.document.line_range(*rows.end()).end;
        let block = self.document.text()[start..end].to_owned();
        let text = format!("{}{block}", self.document.ending());
        let before = self.caret();
        let after =
            Caret { cursor: before.cursor + text.len(), anchor: before.anchor.map(|at| at + text.len()) };
        self.history.close();
        self.change(vec![(end..end, text)], Some(after), Kind::Command);
    }

    /// Ctrl-K: removes the lines.
    pub(super) fn delete_lines(&mut self) {
        let rows = self.selected_rows();
        let (_, col) = self.cursor();
        let mut start = self.document.line_range(*rows.start()).start;
        let end = self.document.line_end_with_ending(*rows.end());
        let last = *rows.end() + 1 >= self.document.line_count();
        if last && *rows.start() > 0 {
            // The last line takes the break before it along.
            start = self.document.line_range(*rows.start() - 1).end;
        }
        self.history.close();
        self.change(vec![(start..end, String::new())], None, Kind::Command);
        let row = if last { rows.start().saturating_sub(1) } else { *rows.start() };
        self.go_to(row, col);
    }

    /// Alt-Up and Alt-Down: exchanges the lines with the one above or below.
    pub(super) fn move_lines(&mut self, down: bool) {
        let rows = self.selected_rows();
        let (first, second, neighbour) = if down {
            let below = rows.end() + 1;
            if below >= self.document.line_count() {
                return;
            }
            let last = self.last_with(below);
            (*rows.start(), last, below..=last)
        } else {
            let Some(above) = self.shown_before(*rows.start()).checked_sub(1) else {
                return;
            };
            let above = self.shown_row(above);
            (above, *rows.end(), above..=rows.start() - 1)
        };
        let moved = self.document.line_range(*rows.start()).start..self.document.line_range(*rows.end()).end;
        let other = self.document.line_range(*neighbour.start()).start
            ..self.document.line_range(*neighbour.end()).end;
        let text = self.document.text();
        let span = self.document.line_range(first).start..self.document.line_range(second).end;
        // The break between the two blocks stays where it is, whatever it is.
        let (with, shift) = if down {
            let between = &text[moved.end..other.start];
            let with = format!("{}{between}{}", &text[other.clone()], &text[moved.clone()]);
            (with, (other.len() + between.len()).cast_signed())
        } else {
            let between = &text[other.end..moved.start];
            let with = format!("{}{between}{}", &text[moved.clone()], &text[other.clone()]);
            (with, -(other.len() + between.len()).cast_signed())
        };
        let before = self.caret();
        let shifted = |at: usize| at.saturating_add_signed(shift);
        let after = Caret { cursor: shifted(before.cursor), anchor: before.anchor.map(shifted) };
        self.history.close();
        self.change(vec![(span, with)], Some(after), Kind::Command);
    }

    /// The last row of what is shown as one line.
    fn last_with(&self, row: usize) -> usize {
        self.folded_rows(row).map_or(row, |hidden| hidden.end - 1)
    }

    /// Rows touched by the selection; a selection that ends at a line's start does not touch it.
    fn selected_rows(&self) -> RangeInclusive<usize> {
        match self.selection() {
            None => {
                let (row, _) = self.cursor();
                row..=self.last_with(row)
            }
            Some(selection) => {
                let first = self.document.row_of(selection.start);
                let last = self.document.row_of(selection.end);
                let at_start = self.document.line_range(last).start == selection.end;
                first..=self.last_with(if at_start && last > first { last - 1 } else { last })
            }
        }
    }

    /// Small edits in many lines; the selection goes along.
    fn change_lines(&mut self, edits: Vec<Edit>) {
        let before = self.caret();
        let after = Caret {
            cursor: super::moved_by(before.cursor, &edits),
            anchor: before.anchor.map(|at| super::moved_by(at, &edits)),
        };
        self.history.close();
        self.change(edits, Some(after), Kind::Command);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn start(before: &str) -> String {
        match continuation(before, "") {
            NewLine::Start(start) => start,
            NewLine::Deeper(start) => format!("{start}{INDENT}"),
            NewLine::EndList => "end".into(),
            NewLine::Outward(start) => format!("out{start}"),
            NewLine::Between(start) => format!("between{start}"),
        }
    }

    #[test]
    fn enter_knows_where_yaml_goes_on() {
        assert_eq!(start("  batch: 8"), "  ");
        assert_eq!(start("hardware:"), "  ");
        assert_eq!(start("  serve:  # note"), "    ");
        assert_eq!(start("note: |"), "  ");
        assert_eq!(start("  - metric: ttft"), "    ");
        assert_eq!(start("  - serve:"), "      ");
        assert_eq!(start("  - plain"), "  - ");
        assert_eq!(start("  - "), "end");
        assert_eq!(start("# a: comment:"), "");
        assert_eq!(start("    "), "out  ");
        assert_eq!(start("note: >-2"), "  ");
        assert_eq!(start("note: a | b"), "");
        assert_eq!(start("serve: {"), "  ");
        assert_eq!(start("  note: # {"), "    ");
        assert_eq!(continuation("serve: {", "}"), NewLine::Between(String::new()));
        assert_eq!(continuation("  ", "a: 1"), NewLine::Start("  ".into()));
    }
}
