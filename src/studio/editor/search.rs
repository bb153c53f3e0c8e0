//! Searching and replacing, line by line.

use std::ops::Range;

use regex::Regex;

use super::history::Kind;
use super::{Edit, Editor};

/// What is searched for and where it was found.
#[derive(Debug, Clone, Default)]
pub(super) struct Search {
    active: bool,
    regex: bool,
    /// Byte ranges in order; `None` until asked for after a change.
    matches: Option<Vec<Range<usize>>>,
}

impl Search {
    pub(super) fn forget_matches(&mut self) {
        self.matches = None;
    }

    /// The matches as far as they are known for the present text.
    pub(super) fn matches(&self) -> Option<&[Range<usize>]> {
        self.matches.as_deref()
    }
}

impl Editor {
    /// Searches for a plain text, or a regular expression, and says how often it occurs. Letters
    /// match either case unless the pattern has a capital. An empty pattern ends the search.
    ///
    /// # Errors
    /// One sentence where the pattern is not a regular expression; the search before stays.
    pub fn set_search(&mut self, pattern: &str, regex: bool) -> Result<usize, String> {
        if pattern.is_empty() {
            self.clear_search();
            return Ok(0);
        }
        let mut expression = String::new();
        if !pattern.chars().any(char::is_uppercase) {
            expression.push_str("(?i)");
        }
        if regex {
            expression.push_str(pattern);
        } else {
            for c in pattern.chars() {
                if c.is_ascii_punctuation() {
                    expression.push('\\');
                }
                expression.push(c);
            }
        }
        self.matcher = Some(Regex::new(&expression).map_err(|error| reason(&error.to_string()))?);
        self.search = Search { active: true, regex, matches: None };
        Ok(self.search_matches().len())
    }

    /// Ends the search.
    pub fn clear_search(&mut self) {
        self.search = Search::default();
        self.matcher = None;
    }

    /// Where the pattern occurs: byte ranges in order, none of them empty.
    pub fn search_matches(&mut self) -> &[Range<usize>] {
        let found = match self.search.matches.take() {
            Some(matches) => matches,
            None if self.search.active => self.find_all(),
            None => Vec::new(),
        };
        self.search.matches.insert(found)
    }

    fn find_all(&self) -> Vec<Range<usize>> {
        let Some(pattern) = &self.matcher else {
            return Vec::new();
        };
        (0..self.document.line_count())
            .flat_map(|row| {
                let start = self.document.line_range(row).start;
                pattern
                    .find_iter(self.document.line(row))
                    .filter(|found| !found.is_empty())
                    .map(move |found| start + found.start()..start + found.end())
            })
            .collect()
    }

    /// Number of the match that is selected, from 0.
    pub fn search_current(&mut self) -> Option<usize> {
        let selection = self.selection()?;
        self.search_matches()
            .binary_search_by_key(&selection.start, |m| m.start)
            .ok()
            .filter(|index| self.search_matches().get(*index) == Some(&selection))
    }

    /// Number of the selected match, from 0, and how many there are, as far as they are known.
    pub fn search_place(&self) -> (Option<usize>, usize) {
        let matches = self.search.matches.as_deref().unwrap_or_default();
        let selection = self.selection();
        (matches.iter().position(|found| Some(found) == selection.as_ref()), matches.len())
    }

    /// Selects the next match after the cursor, round the end; gives its number.
    pub fn search_next(&mut self) -> Option<usize> {
        let from = self.selection().map_or(self.cursor_offset(), |s| s.end);
        let matches = self.search_matches();
        let after = matches.partition_point(|m| m.start < from);
        let index = if after < matches.len() { after } else { 0 };
        self.select_match(index)
    }

    /// Puts the cursor on the next match that begins behind it, or on the one before it, round the end, and selects
    /// nothing: as commands of letters go to a match. Gives its number.
    pub fn go_to_match(&mut self, forward: bool) -> Option<usize> {
        let cursor = self.selection().map_or(self.cursor_offset(), |s| s.start);
        let matches = self.search_matches();
        let last = matches.len().checked_sub(1)?;
        let index = if forward {
            let behind = matches.partition_point(|m| m.start <= cursor);
            if behind > last { 0 } else { behind }
        } else {
            matches.partition_point(|m| m.start < cursor).checked_sub(1).unwrap_or(last)
        };
        let start = matches.get(index)?.start;
        self.go_to_offset(start);
        Some(index)
    }

    /// Selects the first match that begins where the selection or the cursor is, or after it: while a pattern is typed
    /// it stays with its match.
    pub fn search_here(&mut self) -> Option<usize> {
        let from = self.selection().map_or(self.cursor_offset(), |s| s.start);
        let matches = self.search_matches();
        let after = matches.partition_point(|m| m.start < from);
        let index = if after < matches.len() { after } else { 0 };
        self.select_match(index)
    }

    /// Selects the match before the cursor, round the start; gives its number.
    pub fn search_prev(&mut self) -> Option<usize> {
        let from = self.selection().map_or(self.cursor_offset(), |s| s.start);
        let matches = self.search_matches();
        let before = matches.partition_point(|m| m.start < from);
        let index = before.checked_sub(1).unwrap_or(matches.len().saturating_sub(1));
        self.select_match(index)
    }

    fn select_match(&mut self, index: usize) -> Option<usize> {
        let found = self.search_matches().get(index)?.clone();
        self.select(found);
        Some(index)
    }

    /// Replaces the selected match and goes to the next one. Where no match is selected it only
    /// goes there, so that one sees what will be replaced. Says whether the text changed.
    pub fn replace_current(&mut self, with: &str) -> bool {
        let before = self.revision;
        if let Some(index) = self.search_current() {
            let found = self.search_matches()[index].clone();
            let edit = self.replacement(found, with);
            self.history.close();
            self.change(vec![edit], None, Kind::Command);
        }
        self.search_next();
        self.revision != before
    }

    /// Replaces every match as one undo step and says how many there were.
    pub fn replace_all_matches(&mut self, with: &str) -> usize {
        let matches = self.search_matches().to_vec();
        let count = matches.len();
        let edits = matches.into_iter().map(|found| self.replacement(found, with)).collect();
        self.history.close();
        self.change(edits, None, Kind::Command);
        count
    }

    /// The text for one match; with a regular expression `$1` and `${name}` stand for groups.
    fn replacement(&self, found: Range<usize>, with: &str) -> Edit {
        let mut text = String::new();
        let row = self.document.row_of(found.start);
        let line = self.document.line_range(row);
        let captures = self
            .matcher
            .as_ref()
            .filter(|_| self.search.regex)
            .and_then(|p| p.captures_at(self.document.line(row), found.start - line.start));
        match captures {
            Some(captures) => captures.expand(with, &mut text),
            None => text.push_str(with),
        }
        (found, self.document.normalized(&text))
    }
}

/// The last line of a regular expression's error, which says what is wrong.
fn reason(error: &str) -> String {
    let line = error.lines().last().unwrap_or(error).trim();
    let line = line.strip_prefix("error: ").unwrap_or(line);
    format!("not a regular expression: {line}")
}
