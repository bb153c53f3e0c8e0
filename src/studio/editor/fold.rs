//! Folding: blocks of which only the first line is shown.
//!
//! The text does not know about it. A fold is the place of its first line, which moves along with edits; which rows it
//! hides is read off the indentation each time the text or a fold has changed. The cursor is never in a hidden row:
//! whatever brings it there (a search, a problem, an edit) opens the fold.

use std::ops::Range;

use super::Editor;
use super::document::Document;

/// What is folded.
#[derive(Debug, Clone, Default)]
pub(super) struct Folds {
    /// Byte offsets of the first lines' text, in order.
    heads: Vec<usize>,
    /// Hidden rows, in order and apart.
    hidden: Vec<Range<usize>>,
}

impl Folds {
    /// Moves the folds along with a change of the text, before [`Folds::settle`].
    pub(super) fn moved(&mut self, range: &Range<usize>, with: &str) {
        // A first line that is cut away takes its fold along.
        self.heads.retain(|head| !(range.start <= *head && *head < range.end));
        for head in &mut self.heads {
            if *head >= range.end {
                *head = *head - range.len() + with.len();
            }
        }
    }

    /// Finds the hidden rows anew.
    pub(super) fn settle(&mut self, document: &Document) {
        self.hidden.clear();
        if self.heads.is_empty() {
            return;
        }
        let mut heads: Vec<(usize, Range<usize>)> = self
            .heads
            .iter()
            .filter_map(|head| {
                let row = document.row_of(*head);
                Some((row, block(document, row)?))
            })
            .collect();
        heads.sort_by_key(|(row, _)| *row);
        heads.dedup_by_key(|(row, _)| *row);
        self.heads = heads.iter().map(|(row, _)| head_of(document, *row)).collect();
        for (_, rows) in heads {
            match self.hidden.last_mut() {
                Some(last) if rows.start < last.end => last.end = last.end.max(rows.end),
                _ => self.hidden.push(rows),
            }
        }
    }

    fn hides(&self, row: usize) -> bool {
        let at = self.hidden.partition_point(|rows| rows.end <= row);
        self.hidden.get(at).is_some_and(|rows| rows.contains(&row))
    }
}

/// Byte offset of the first character of a row's text.
fn head_of(document: &Document, row: usize) -> usize {
    let line = document.line(row);
    document.line_range(row).start + line.len() - line.trim_start().len()
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start_matches(' ').len()
}

/// The rows below a row that belong to its block; `None` where there are none.
pub(super) fn block(document: &Document, row: usize) -> Option<Range<usize>> {
    let line = document.line(row);
    let text = line.trim();
    if text.is_empty() || text.starts_with('#') {
        return None;
    }
    let own = indent(line);
    let code = text.find(" #").map_or(text, |at| &text[..at]).trim_end();
    // A list may stand as far left as the key that it belongs to.
    let lists = code.ends_with(':') && !text.starts_with("- ");
    let mut end = row + 1;
    for below in row + 1..document.line_count() {
        let line = document.line(below);
        let text = line.trim();
        let deeper = indent(line) > own || (lists && indent(line) == own && text.starts_with("- "));
        if text.is_empty() || (text.starts_with('#') && !deeper) {
            // Belongs to the block only where the block goes on behind it.
            continue;
        }
        if !deeper {
            break;
        }
        end = below + 1;
    }
    (end > row + 1).then_some(row + 1..end)
}

impl Editor {
    /// Whether anything is folded.
    pub fn has_folds(&self) -> bool {
        !self.folds.hidden.is_empty()
    }

    /// Whether a row is the first line of a folded block.
    pub fn is_folded(&self, row: usize) -> bool {
        self.folded_rows(row).is_some()
    }

    /// The rows that the fold of a first line hides.
    pub(super) fn folded_rows(&self, row: usize) -> Option<Range<usize>> {
        if self.folds.heads.is_empty() || self.is_hidden(row) {
            return None;
        }
        let head = head_of(&self.document, row);
        self.folds.heads.binary_search(&head).ok()?;
        block(&self.document, row)
    }

    /// Whether a row is inside a folded block.
    pub fn is_hidden(&self, row: usize) -> bool {
        self.folds.hides(row)
    }

    /// Rows that can be seen or scrolled to.
    pub(super) fn shown_count(&self) -> usize {
        self.document.line_count() - self.folds.hidden.iter().map(Range::len).sum::<usize>()
    }

    /// How many shown rows stand above a row.
    pub(super) fn shown_before(&self, row: usize) -> usize {
        let hidden: usize = self
            .folds
            .hidden
            .iter()
            .take_while(|rows| rows.start < row)
            .map(|rows| rows.end.min(row) - rows.start)
            .sum();
        row - hidden
    }

    /// The row at a place among the shown ones; the last one beyond them.
    pub(super) fn shown_row(&self, at: usize) -> usize {
        let mut row = at.min(self.shown_count().saturating_sub(1));
        for hidden in &self.folds.hidden {
            if row < hidden.start {
                break;
            }
            row += hidden.len();
        }
        row
    }

    /// Folds the block of the cursor's line, or the block that the line is in; opens it where it is folded. Says
    /// whether there was one.
    pub fn toggle_fold(&mut self) -> bool {
        let (row, _) = self.cursor();
        if self.is_folded(row) { self.unfold(row) } else { self.fold_around(row) }
    }

    /// Folds the block of a line, or the block that the line is in.
    pub fn fold_around(&mut self, row: usize) -> bool {
        let head = (0..=row).rev().find(|head| {
            !self.is_folded(*head)
                && (*head == row || block(&self.document, *head).is_some_and(|rows| rows.contains(&row)))
                && block(&self.document, *head).is_some()
        });
        let Some(head) = head else { return false };
        self.folds.heads.push(head_of(&self.document, head));
        self.folds.heads.sort_unstable();
        self.settle_folds(head);
        true
    }

    /// Opens the fold of a first line.
    pub fn unfold(&mut self, row: usize) -> bool {
        let head = head_of(&self.document, row);
        let Ok(at) = self.folds.heads.binary_search(&head) else { return false };
        self.folds.heads.remove(at);
        self.settle_folds(row);
        true
    }

    /// Folds or opens the block whose first line this row is.
    pub(super) fn toggle_fold_at(&mut self, row: usize) -> bool {
        if self.is_folded(row) {
            return self.unfold(row);
        }
        block(&self.document, row).is_some() && self.fold_around(row)
    }

    /// Folds every block of the first level.
    pub fn fold_all(&mut self) -> bool {
        let heads: Vec<usize> = (0..self.document.line_count())
            .filter(|row| indent(self.document.line(*row)) == 0 && block(&self.document, *row).is_some())
            .map(|row| head_of(&self.document, row))
            .collect();
        let any = !heads.is_empty();
        self.folds.heads.extend(heads);
        self.folds.heads.sort_unstable();
        self.folds.heads.dedup();
        let (row, _) = self.cursor();
        let head = (0..=row).rev().find(|head| {
            indent(self.document.line(*head)) == 0 && !self.document.line(*head).trim().is_empty()
        });
        self.settle_folds(head.unwrap_or(row));
        any
    }

    /// Opens every fold.
    pub fn unfold_all(&mut self) -> bool {
        let any = self.has_folds();
        self.folds = Folds::default();
        self.view.follow = true;
        any
    }

    /// Brings the hidden rows up to date; a cursor that would be hidden goes to the first line `head`.
    fn settle_folds(&mut self, head: usize) {
        self.folds.settle(&self.document);
        self.view.follow = true;
        if self.is_hidden(self.cursor().0) {
            let target = head_of(&self.document, head);
            self.move_to(target, false);
        }
    }

    /// Opens the folds that hide a row.
    pub(super) fn reveal(&mut self, row: usize) {
        while self.is_hidden(row) {
            let around = |head: &usize| {
                let first = self.document.row_of(*head);
                block(&self.document, first).is_some_and(|rows| rows.contains(&row))
            };
            let before = self.folds.heads.len();
            let kept = self.folds.heads.iter().copied().filter(|head| !around(head)).collect();
            self.folds.heads = kept;
            self.folds.settle(&self.document);
            if self.folds.heads.len() == before {
                // Cannot be: a hidden row has a fold around it. Rather everything open than a hidden cursor.
                self.folds = Folds::default();
            }
        }
    }
}
