//! Reading a table of measurements. A row that cannot be read gets a reason; the others are used.

use std::io::Read;
use std::path::Path;

use super::super::out::Failure;
use crate::engine::validation::Measurement;

/// Largest table; the shipped one is a third of a megabyte.
const LARGEST: u64 = 256 * 1024 * 1024;

/// One row of a table.
#[derive(Debug, Clone)]
pub struct Row {
    /// Line where it starts, from 1.
    pub line: u64,
    /// Its `id`, if any.
    pub id: String,
    /// The row, or why it cannot be read.
    pub measurement: Result<Measurement, String>,
}

/// All bytes of a table.
pub fn bytes(from: impl Read, path: &Path) -> Result<Vec<u8>, Failure> {
    let name = path.display();
    let mut bytes = Vec::new();
    from.take(LARGEST + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| Failure::bad_input(format!("{name} cannot be read: {error}")))?;
    if bytes.len() as u64 > LARGEST {
        return Err(Failure::bad_input(format!("{name} is too large to be a table of measurements")));
    }
    Ok(bytes)
}

/// Columns without which no row means anything.
const NEEDED: [&str; 3] = ["kind", "hardware", "metric"];

/// Reads the rows; an error where the first line does not name the columns that are needed.
pub fn read(text: &[u8]) -> Result<Vec<Row>, String> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text);
    let columns: Vec<String> = reader
        .byte_headers()
        .map_err(|error| format!("the first line cannot be read: {error}"))?
        .iter()
        .map(|name| String::from_utf8_lossy(name).trim_start_matches('\u{feff}').trim().to_lowercase())
        .collect();
    for needed in NEEDED {
        match columns.iter().filter(|column| *column == needed).count() {
            0 => return Err(format!("the first line names no column `{needed}`")),
            1 => {}
            _ => return Err(format!("the first line names the column `{needed}` twice")),
        }
    }
    let mut rows = Vec::new();
    let mut record = csv::ByteRecord::new();
    let mut lines = Lines { text, at: 0, line: 1 };
    loop {
        match reader.read_byte_record(&mut record) {
            Ok(false) => return Ok(rows),
            Ok(true) => {
                let start = record.position().map_or(0, csv::Position::byte);
                rows.push(row(lines.of(start as usize), &columns, &record));
            }
            // Reading from memory and with rows of any length allowed, nothing is left to go wrong.
            Err(error) => return Err(format!("the table cannot be read to its end: {error}")),
        }
    }
}

/// Lines of places in a text, asked for in ascending order. The reader's own count is one short where
/// lines end in a carriage return and a line feed.
struct Lines<'a> {
    text: &'a [u8],
    at: usize,
    line: u64,
}

impl Lines<'_> {
    /// The line of the first cell at or after a place.
    fn of(&mut self, place: usize) -> u64 {
        let rest = self.text.get(place..).unwrap_or_default();
        let start = place + rest.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        let passed = self.text.get(self.at..start).unwrap_or_default();
        self.line += passed.split(|byte| *byte == b'\n').count() as u64 - 1;
        self.at = start.max(self.at);
        self.line
    }
}

fn row(line: u64, columns: &[String], record: &csv::ByteRecord) -> Row {
    let cells: Vec<_> = record.iter().map(String::from_utf8_lossy).collect();
    let column = |name: &str| {
        let at = columns.iter().position(|column| column == name);
        at.and_then(|at| cells.get(at)).map_or("", AsRef::as_ref)
    };
    let id = column("id").trim().to_owned();
    // A cell too many or too few puts figures under the wrong heading.
    let measurement = if cells.len() == columns.len() {
        Measurement::read(column)
    } else {
        Err(format!("the row has {} cells where the first line names {}", cells.len(), columns.len()))
    };
    Row { line, id, measurement }
}
