//! Undo and redo in steps a person would expect: a word, a paste, an applied suggestion.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// A pause this long between two keys ends an undo step.
const PAUSE: Duration = Duration::from_millis(500);
/// Text kept for undo before the oldest steps are forgotten.
const MAX_BYTES: usize = 64 << 20;

/// What made a change; decides whether it joins the step before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A typed character.
    Type,
    /// A character removed with Backspace.
    Backspace,
    /// A character removed with Delete.
    Delete,
    /// A value stepped without typing; steps of the same value in a row are one.
    Step,
    /// Anything else: its own step.
    Command,
}

/// `removed` at `at` became `inserted`.
#[derive(Debug, Clone)]
pub(super) struct Change {
    pub(super) at: usize,
    pub(super) removed: String,
    pub(super) inserted: String,
}

/// Where the cursor and the other end of the selection were, as byte offsets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Caret {
    pub(super) cursor: usize,
    pub(super) anchor: Option<usize>,
}

/// One undo step.
#[derive(Debug, Clone)]
pub(super) struct Step {
    pub(super) changes: Vec<Change>,
    pub(super) before: Caret,
    pub(super) after: Caret,
    kind: Kind,
    at: Instant,
}

impl Step {
    fn bytes(&self) -> usize {
        let change = |c: &Change| c.removed.len() + c.inserted.len() + 64;
        self.changes.iter().map(change).sum()
    }
}

/// The steps taken and the steps taken back.
#[derive(Debug, Clone, Default)]
pub(super) struct History {
    done: VecDeque<Step>,
    undone: Vec<Step>,
    bytes: usize,
    /// The next change starts a step of its own whatever it is.
    closed: bool,
}

impl History {
    /// Ends the current step: the cursor moved, the file was saved, focus went elsewhere.
    pub(super) fn close(&mut self) {
        self.closed = true;
    }

    /// Whether the next change starts a step of its own.
    pub(super) fn is_closed(&self) -> bool {
        self.closed
    }

    /// Adds changes that happened together; `closed` as it was before they were made.
    pub(super) fn record(
        &mut self,
        changes: Vec<Change>,
        before: Caret,
        after: Caret,
        kind: Kind,
        closed: bool,
        now: Instant,
    ) {
        if changes.is_empty() {
            return;
        }
        self.undone.clear();
        let joins = !closed
            && self.done.back().is_some_and(|last| {
                // A value is stepped as slowly as one likes.
                let in_time = kind == Kind::Step || now.saturating_duration_since(last.at) < PAUSE;
                in_time && continues(last, &changes, kind)
            });
        self.closed = false;
        if joins && let Some(last) = self.done.back_mut() {
            self.bytes -= last.bytes();
            last.changes.extend(changes);
            squeeze(&mut last.changes);
            last.after = after;
            last.at = now;
            self.bytes += last.bytes();
            self.forget_nothing();
            return;
        }
        let step = Step { changes, before, after, kind, at: now };
        self.bytes += step.bytes();
        self.done.push_back(step);
        while self.bytes > MAX_BYTES && self.done.len() > 1 {
            if let Some(oldest) = self.done.pop_front() {
                self.bytes -= oldest.bytes();
            }
        }
    }

    /// Removes the last step where it has come back to what was there.
    fn forget_nothing(&mut self) {
        let nothing = |step: &Step| step.changes.iter().all(|change| change.removed == change.inserted);
        if self.done.back().is_some_and(nothing)
            && let Some(last) = self.done.pop_back()
        {
            self.bytes -= last.bytes();
            self.closed = true;
        }
    }

    /// Takes the last step for undoing.
    pub(super) fn undo(&mut self) -> Option<Step> {
        let step = self.done.pop_back()?;
        self.bytes -= step.bytes();
        self.closed = true;
        self.undone.push(step.clone());
        Some(step)
    }

    /// Takes the last undone step for doing it again.
    pub(super) fn redo(&mut self) -> Option<Step> {
        let step = self.undone.pop()?;
        self.bytes += step.bytes();
        self.closed = true;
        self.done.push_back(step.clone());
        Some(step)
    }

    /// How many steps could be taken back.
    pub(super) fn depth(&self) -> usize {
        self.done.len()
    }

    /// Makes the steps since a depth one.
    pub(super) fn join_since(&mut self, depth: usize) {
        self.closed = true;
        if self.done.len() < depth + 2 {
            return;
        }
        let mut rest = self.done.split_off(depth).into_iter();
        let Some(mut joined) = rest.next() else { return };
        self.bytes -= joined.bytes();
        for step in rest {
            self.bytes -= step.bytes();
            joined.changes.extend(step.changes);
            joined.after = step.after;
            joined.at = step.at;
        }
        joined.kind = Kind::Command;
        self.bytes += joined.bytes();
        self.done.push_back(joined);
    }

    pub(super) fn can_undo(&self) -> bool {
        !self.done.is_empty()
    }

    pub(super) fn can_redo(&self) -> bool {
        !self.undone.is_empty()
    }
}

/// Whether a change goes on where the step left off, within the same word.
fn continues(last: &Step, changes: &[Change], kind: Kind) -> bool {
    let ([.., previous], [change]) = (last.changes.as_slice(), changes) else {
        return false;
    };
    match kind {
        Kind::Type => {
            // A step is a word with the blanks after it: a new word starts a new step.
            let blank = |text: &str| text.chars().all(char::is_whitespace);
            let ended = previous.inserted.chars().next_back();
            let new_word = ended.is_some_and(char::is_whitespace) && !blank(&change.inserted);
            last.kind == Kind::Type
                && change.removed.is_empty()
                && change.at == previous.at + previous.inserted.len()
                && !change.inserted.contains('\n')
                && !new_word
        }
        Kind::Backspace => {
            last.kind == kind
                && previous.inserted.is_empty()
                && change.inserted.is_empty()
                && change.at + change.removed.len() == previous.at
                && !change.removed.contains('\n')
        }
        Kind::Delete => {
            last.kind == kind
                && previous.inserted.is_empty()
                && change.inserted.is_empty()
                && change.at == previous.at
                && !change.removed.contains('\n')
        }
        Kind::Step => last.kind == kind && change.at == previous.at && change.removed == previous.inserted,
        Kind::Command => false,
    }
}

/// Joins the last two changes of a step into one where they touch.
fn squeeze(changes: &mut Vec<Change>) {
    let Some(next) = changes.pop() else { return };
    match changes.last_mut() {
        Some(last) if next.removed.is_empty() && next.at == last.at + last.inserted.len() => {
            last.inserted.push_str(&next.inserted);
        }
        Some(last) if next.at == last.at && next.removed == last.inserted && !next.removed.is_empty() => {
            last.inserted = next.inserted;
        }
        Some(last) if last.inserted.is_empty() && next.inserted.is_empty() => {
            if next.at == last.at {
                last.removed.push_str(&next.removed);
            } else if next.at + next.removed.len() == last.at {
                last.removed.insert_str(0, &next.removed);
                last.at = next.at;
            } else {
                changes.push(next);
            }
        }
        _ => changes.push(next),
    }
}
