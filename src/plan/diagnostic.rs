//! One problem of a plan, and how it is printed.

use std::ops::Range;

/// How bad.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The plan cannot be evaluated.
    Error,
    /// It can, but something is not as the writer may think.
    Warning,
    /// Good to know.
    Note,
}

impl Severity {
    /// `error`, `warning` or `note`.
    pub fn name(self) -> &'static str {
        match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "note",
        }
    }
}

/// A text edit that mends a problem.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fix {
    /// For example `change to H100`.
    pub title: String,
    /// Bytes to replace.
    pub range: Range<usize>,
    /// What to put there.
    pub replacement: String,
}

/// One problem, with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// Stable, kebab-case: `unknown-key`, `unknown-name`, `wrong-type`, `out-of-range`, `wrong-dimension`, …
    pub code: &'static str,
    /// How bad.
    pub severity: Severity,
    /// Dotted path of the field, empty for the whole plan.
    pub path: String,
    /// 1-based line.
    pub line: usize,
    /// 1-based column in characters.
    pub column: usize,
    /// Byte range.
    pub range: Range<usize>,
    /// One sentence: what was found and what is wrong with it.
    pub message: String,
    /// What is allowed, the nearest name.
    pub help: Option<String>,
    /// Edits that mend it, best first.
    pub fixes: Vec<Fix>,
}
