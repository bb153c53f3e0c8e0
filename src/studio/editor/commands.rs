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
    /// The line holds an empty list item, which Enter ends.
    EndList,
}

/// Reads the line before the cursor as YAML would be continued. `rest` is what follows the cursor.
fn continuation(before: &str, rest: &str) -> NewLine {
    let text = before.trim_start_matches(' ');
    let indent = &before[..before.len() - text.len()];
    if text.is_empty() {
        return NewLine::Start(indent.to_owned());
    }
    let code = without_comment(text).trim_end();
    let opens = |code: &str| {
        code.ends_with(':')
            || code.ends_with(": |")
            || code.ends_with(": >")
            || code.ends_with(": |-")
            || code.ends_with(": >-")
    };
    if code == "-" && rest.trim().is_empty() {
        return NewLine::EndList;
    }
    let Some(item) = code.strip_prefix("- ") else {
        let deeper = if opens(code) { INDENT } else { "" };
        return NewLine::Start(format!("{indent}{deeper}"));
    };
    let aligned = format!("{indent}{INDENT}");
    if opens(item) {
        NewLine::Start(format!("{aligned}{INDENT}"))
    } else if item.contains(": ") && !item.starts_with(['"', '\'', '{', '[']) {
        NewLine::Start(aligned)
    } else if rest.trim().is_empty() {
        NewLine::Start(format!("{indent}- "))
    } else {
        NewLine::Start(aligned)
    }
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
        self.history.close();
        match continuation(before, rest) {
            NewLine::EndList => {
                let dash = line.start + before.len() - before.trim_start_matches(' ').len();
                self.change(vec![(dash..line.end, String::new())], None, Kind::Command);
            }
            NewLine::Start(start) => {
                let blanks = if before.trim().is_empty() {
                    0
                } else {
                    rest.len() - rest.trim_start_matches(' ').len()
                };
                let text = format!("{}{start}", self.document.ending());
                let range = range.start..range.end + blanks;
                self.change(vec![(range, text)], None, Kind::Command);
            }
        }
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
            NewLine::EndList => "end".into(),
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
        assert_eq!(start("    "), "    ");
    }
}
