//! One problem of a plan, and how it is printed.

use std::fmt::Write as _;
use std::ops::Range;

use serde_json::json;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

pub use crate::yaml::line_column;

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

/// Columns of source shown around a problem on a very long line.
const WINDOW: usize = 120;

/// The diagnostics as plain text, each with its line of the plan underlined, and a last line that counts.
/// Empty where there are none.
pub fn render(diagnostics: &[Diagnostic], text: &str, file_name: &str) -> String {
    let mut out = String::new();
    for diagnostic in diagnostics {
        render_one(&mut out, diagnostic, Some((text, file_name)));
        out.push('\n');
    }
    if let Some(summary) = summary(diagnostics) {
        out.push_str(&summary);
        out.push('\n');
    }
    out
}

/// One diagnostic as plain text: with its line of the plan, from text and file name, or without a place, where
/// nobody has seen the text.
pub fn one(diagnostic: &Diagnostic, place: Option<(&str, &str)>) -> String {
    let mut out = String::new();
    render_one(&mut out, diagnostic, place);
    out
}

/// `2 errors, 1 warning`, or nothing where there is nothing to count.
pub fn summary(diagnostics: &[Diagnostic]) -> Option<String> {
    let parts: Vec<String> = [Severity::Error, Severity::Warning, Severity::Note]
        .into_iter()
        .filter_map(|severity| match diagnostics.iter().filter(|found| found.severity == severity).count() {
            0 => None,
            1 => Some(format!("1 {}", severity.name())),
            count => Some(format!("{count} {}s", severity.name())),
        })
        .collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

fn render_one(out: &mut String, diagnostic: &Diagnostic, place: Option<(&str, &str)>) {
    let Diagnostic { code, severity, line, column, message, .. } = diagnostic;
    let margin = " ".repeat(if place.is_some() { line.to_string().len() } else { 1 });
    // Writing to a `String` cannot fail.
    let _ = writeln!(out, "{}[{code}]: {}", severity.name(), printable(message));
    if let Some((text, file_name)) = place {
        let _ = writeln!(out, "{margin}--> {file_name}:{line}:{column}");
        if let Some((source, before, under)) = underlined(text, &diagnostic.range) {
            let _ = writeln!(out, "{margin} |");
            let _ = writeln!(out, "{line} | {source}");
            let _ = writeln!(out, "{margin} | {}{}", " ".repeat(before), "^".repeat(under));
        }
    }
    if let Some(help) = &diagnostic.help {
        let _ = writeln!(out, "{margin} = help: {}", printable(help));
    }
    for fix in &diagnostic.fixes {
        let _ = writeln!(out, "{margin} = fix: {}", printable(&fix.title));
    }
}

/// The first line of a range ready to print, the columns before the underline, and its length.
fn underlined(text: &str, range: &Range<usize>) -> Option<(String, usize, usize)> {
    text.get(range.clone())?;
    let start = text[..range.start].rfind('\n').map_or(0, |at| at + 1);
    let line = text[start..].split('\n').next()?.trim_end_matches('\r');
    if line.trim().is_empty() {
        return None;
    }
    let from = (range.start - start).min(line.len());
    let to = (range.end - start).clamp(from, line.len());
    let (before, marked, after) =
        (printable(&line[..from]), printable(&line[from..to]), printable(&line[to..]));
    let under = marked.width().clamp(1, WINDOW);
    let column = before.width();
    if column + under <= WINDOW {
        let source = format!("{before}{marked}{after}");
        return Some((cropped(&source, WINDOW), column, under));
    }
    let rest = format!("{marked}{after}");
    Some((format!("… {}", cropped(&rest, WINDOW)), 2, under))
}

fn cropped(line: &str, columns: usize) -> String {
    if line.width() <= columns {
        return line.trim_end().to_owned();
    }
    let mut used = 0;
    let kept = line.chars().take_while(|character| {
        used += character.width().unwrap_or(0);
        used < columns
    });
    format!("{}…", kept.collect::<String>())
}

/// Tabs as four spaces; nothing that a terminal would obey.
fn printable(text: &str) -> String {
    text.replace('\u{feff}', "").replace('\t', "    ").replace(|c: char| c.is_control(), "\u{fffd}")
}

/// The diagnostics as JSON: one object each, with 1-based line and column and byte ranges.
pub fn to_json(diagnostics: &[Diagnostic]) -> serde_json::Value {
    let fix = |fix: &Fix| {
        json!({
            "title": fix.title,
            "start": fix.range.start,
            "end": fix.range.end,
            "replacement": fix.replacement,
        })
    };
    diagnostics
        .iter()
        .map(|diagnostic| {
            json!({
                "code": diagnostic.code,
                "severity": diagnostic.severity.name(),
                "path": diagnostic.path,
                "line": diagnostic.line,
                "column": diagnostic.column,
                "start": diagnostic.range.start,
                "end": diagnostic.range.end,
                "message": diagnostic.message,
                "help": diagnostic.help,
                "fixes": diagnostic.fixes.iter().map(fix).collect::<Vec<_>>(),
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn diagnostic(text: &str, range: Range<usize>) -> Diagnostic {
        let (line, column) = line_column(text, range.start);
        Diagnostic {
            code: "unknown-key",
            severity: Severity::Error,
            path: "hardware.fabrik".into(),
            line,
            column,
            range: range.clone(),
            message: "unknown key `fabrik`".into(),
            help: Some("did you mean `fabric_bandwidth`?".into()),
            fixes: vec![Fix { title: "change to `fabric_bandwidth`".into(), range, replacement: "x".into() }],
        }
    }

    #[test]
    fn the_underline_stands_under_the_words() {
        let text = "a: 1\n日本\t: {fabrik: 1}\n";
        let at = text.find("fabrik").unwrap();
        assert_eq!(
            render(&[diagnostic(text, at..at + 6)], text, "p.yaml"),
            "error[unknown-key]: unknown key `fabrik`\n --> p.yaml:2:7\n  |\n2 | 日本    : {fabrik: 1}\n  |            ^^^^^^\n  = help: did you mean `fabric_bandwidth`?\n  = fix: change to `fabric_bandwidth`\n\n1 error\n"
        );
        assert_eq!(render(&[], text, "p.yaml"), "");
    }

    #[test]
    fn any_range_can_be_printed() {
        let long = format!("a: {}\n\u{1b}[2J: é", "x".repeat(5000));
        for range in [0..0, 0..long.len(), 3..5003, 4990..4995, long.len()..long.len(), 9000..9001] {
            let printed = render(&[diagnostic(&long, range)], &long, "p.yaml");
            assert!(!printed.contains('\u{1b}'));
            assert!(printed.lines().all(|line| line.width() <= WINDOW + 8));
        }
    }

    #[test]
    fn json_has_the_fixes() {
        let json = to_json(&[diagnostic("fabrik: 1", 0..6)]);
        assert_eq!(json[0]["severity"], "error");
        assert_eq!(json[0]["fixes"][0]["end"], 6);
        assert_eq!(json[0]["column"], 1);
    }
}
