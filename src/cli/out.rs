//! What leaves the program: the payload on standard output alone, everything else on standard error.

use std::borrow::Cow;
use std::io::{self, IsTerminal, Write};

use unicode_width::UnicodeWidthStr;

use super::args::Color;

/// Why a command could not do its work. Each says what to do about it.
#[derive(Debug)]
pub enum Failure {
    /// Bad input or usage: exit code 1. A title for JSON, and one sentence.
    Input(&'static str, String),
    /// Writing failed; a broken pipe is the reader's choice and no failure.
    Io(io::Error),
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Failure::Io(error)
    }
}

impl Failure {
    /// Something that was asked for cannot be had.
    pub fn bad_input(sentence: impl Into<String>) -> Failure {
        Failure::Input("Bad Input", sentence.into())
    }
}

/// What a command answers: its exit code.
pub type Outcome = Result<u8, Failure>;

/// Decides about colour on a stream.
pub fn wants_color(choice: Color, stream: &impl IsTerminal) -> bool {
    match choice {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => {
            stream.is_terminal()
                && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
                && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
        }
    }
}

/// Writes the payload, then flushes.
pub fn payload(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    if !text.ends_with('\n') {
        out.write_all(b"\n")?;
    }
    out.flush()
}

/// Writes a JSON payload, indented.
pub fn json(value: &serde_json::Value) -> io::Result<()> {
    let text = serde_json::to_string_pretty(value).map_err(io::Error::other)?;
    payload(&escape_controls_in_json(&text))
}

/// Writes a line for people on standard error. A closed standard error is nobody's problem.
pub fn notice(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// Text that is safe on a terminal: control characters, and the characters that reorder text, are
/// shown as escapes instead of being obeyed. Line ends and tabs become spaces.
pub fn clean(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_hostile) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        match character {
            '\n' | '\r' | '\t' => safe.push(' '),
            hostile if is_hostile(hostile) => safe.extend(hostile.escape_unicode()),
            plain => safe.push(plain),
        }
    }
    Cow::Owned(safe)
}

/// As [`clean`], but keeps line ends: for text of several lines.
pub fn clean_lines(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for (index, line) in text.split('\n').enumerate() {
        if index > 0 {
            safe.push('\n');
        }
        safe.push_str(&clean(line));
    }
    safe
}

fn is_hostile(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{200e}' | '\u{200f}' | '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// JSON leaves DEL and the C1 controls as they are, and some terminals obey them. They can only
/// stand inside strings, so that an escape is always right.
pub fn escape_controls_in_json(text: &str) -> Cow<'_, str> {
    let obeyed = |character: char| ('\u{7f}'..='\u{9f}').contains(&character);
    if !text.contains(obeyed) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        if obeyed(character) {
            safe.push_str(&format!("\\u{:04x}", u32::from(character)));
        } else {
            safe.push(character);
        }
    }
    Cow::Owned(safe)
}

/// What a piece of text means; colour only repeats what the words say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// Nothing special.
    Plain,
    /// A heading.
    Strong,
    /// Less important.
    Quiet,
    /// Holds.
    Good,
    /// Look at this.
    Warn,
    /// Does not hold.
    Bad,
}

/// Colours text, or leaves it alone.
#[derive(Debug, Clone, Copy)]
pub struct Paint {
    /// True where escape sequences may be written.
    pub color: bool,
}

impl Paint {
    /// The text in the tone.
    pub fn tone(self, tone: Tone, text: &str) -> String {
        let code = match tone {
            Tone::Plain => return text.to_string(),
            Tone::Strong => "1",
            Tone::Quiet => "2",
            Tone::Good => "32",
            Tone::Warn => "33",
            Tone::Bad => "1;31",
        };
        if self.color { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_string() }
    }
}

/// The text, filled up on the right to `width` columns.
pub fn pad(text: &str, width: usize) -> String {
    let missing = width.saturating_sub(text.width());
    format!("{text}{:missing$}", "")
}

/// The text, filled up on the left to `width` columns.
pub fn pad_left(text: &str, width: usize) -> String {
    let missing = width.saturating_sub(text.width());
    format!("{:missing$}{text}", "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_shown_not_obeyed() {
        assert_eq!(clean("a\x1b[31mred\x07"), "a\\u{1b}[31mred\\u{7}");
        assert_eq!(clean("two\nlines"), "two lines");
        assert_eq!(clean("right\u{202e}left"), "right\\u{202e}left");
        assert_eq!(clean_lines("a\x1b\nb"), "a\\u{1b}\nb");
        assert!(matches!(clean("Größe 日本"), Cow::Borrowed(_)));
    }

    #[test]
    fn json_escapes_what_terminals_obey() {
        assert_eq!(escape_controls_in_json("\"a\u{9b}31m\u{7f}\""), "\"a\\u009b31m\\u007f\"");
    }

    #[test]
    fn paint_without_color_writes_no_escapes() {
        assert_eq!(Paint { color: false }.tone(Tone::Bad, "FAIL"), "FAIL");
        assert_eq!(Paint { color: true }.tone(Tone::Good, "PASS"), "\x1b[32mPASS\x1b[0m");
    }

    #[test]
    fn padding_counts_columns() {
        assert_eq!(pad("日本", 6), "日本  ");
        assert_eq!(pad_left("é", 3), "  é");
    }
}
