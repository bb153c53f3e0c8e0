//! Where rows go: standard output, or a file that appears under its name once it is whole.

use std::ffi::OsStr;
use std::io::{self, IsTerminal, Write};
use std::path::Path;

use crate::cli::args::Output;
use crate::cli::out::{self, Failure};
use crate::files::Stream;

/// The forms that a file's ending asks for.
const ENDINGS: &[(&str, Output)] = &[
    ("csv", Output::Csv),
    ("json", Output::Json),
    ("jsonl", Output::Jsonl),
    ("ndjson", Output::Jsonl),
    ("parquet", Output::Parquet),
];

/// The form of an answer: what is asked for, else what the file's ending says.
pub fn form(asked: Output, to: Option<&Path>) -> Result<Output, Failure> {
    let form = match (asked, to) {
        (Output::Text, Some(path)) => {
            let ending = path.extension().and_then(OsStr::to_str).unwrap_or_default().to_lowercase();
            let known = ENDINGS.iter().find(|(known, _)| *known == ending);
            let (_, form) = known.ok_or_else(|| {
                Failure::bad_input(format!(
                    "{} does not say what to write: end it in .csv, .json, .jsonl or .parquet, or add --output",
                    path.display()
                ))
            })?;
            *form
        }
        (asked, _) => asked,
    };
    if form == Output::Parquet {
        if cfg!(not(feature = "parquet")) {
            return Err(Failure::bad_input(
                "this build writes no Parquet: install it with `cargo install --path . --features parquet`, or write csv or jsonl",
            ));
        }
        if to.is_none() && io::stdout().is_terminal() {
            return Err(Failure::bad_input(
                "Parquet is nothing for a terminal: name a file, --to points.parquet, or pipe it into one",
            ));
        }
    }
    Ok(form)
}

/// Writes one value as JSON.
pub fn json(value: &serde_json::Value, to: Option<&Path>) -> Result<(), Failure> {
    let Some(path) = to else { return Ok(out::json(value)?) };
    let text = serde_json::to_string_pretty(value).map_err(io::Error::other)?;
    let mut sink = Sink::open(Some(path))?;
    writeln!(sink, "{}", out::escape_controls_in_json(&text))?;
    sink.finish()
}

/// Takes bytes.
pub enum Sink {
    /// Standard output.
    Stdout(io::BufWriter<io::Stdout>),
    /// A file.
    File(Box<Stream>),
}

impl Sink {
    /// The file of that name, or standard output.
    pub fn open(to: Option<&Path>) -> Result<Sink, Failure> {
        match to {
            None => Ok(Sink::Stdout(io::BufWriter::with_capacity(1 << 16, io::stdout()))),
            Some(path) => match Stream::start(path) {
                Ok(stream) => Ok(Sink::File(Box::new(stream))),
                Err(error) => Err(Failure::bad_input(error.to_string())),
            },
        }
    }

    /// All of it is written.
    pub fn finish(self) -> Result<(), Failure> {
        match self {
            Sink::Stdout(mut stdout) => Ok(stdout.flush()?),
            Sink::File(stream) => stream.finish().map_err(|error| Failure::bad_input(error.to_string())),
        }
    }
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Sink::Stdout(stdout) => stdout.write(bytes),
            Sink::File(stream) => stream.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Sink::Stdout(stdout) => stdout.flush(),
            Sink::File(stream) => stream.flush(),
        }
    }
}
