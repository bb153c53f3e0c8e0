//! What leaves the program: the payload on standard output alone, everything else on standard error.

use std::io::{self, IsTerminal, Write};

use super::args::Color;
pub use crate::render::paint::{Paint, Tone, pad, pad_left};
pub use crate::render::safe::{clean, clean_lines, escape_controls_in_json};

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
