//! Bytes to lines, and a line to a message or to the answer for what is none. No streams and no clock:
//! what arrives decides alone.

use rmcp::RoleServer;
use rmcp::model::{ErrorCode, ErrorData, JsonRpcMessage, NumberOrString};
use rmcp::service::{RxJsonRpcMessage, TxJsonRpcMessage};
use serde_json::Value;

/// Buffer of a line that is kept between lines.
const KEPT_BYTES: usize = 1 << 20;

/// Bytes at both ends of a line that is too long: enough to find its id.
const ENDS: usize = 512;

/// Most JSON values of one message: a number of one digit takes many times its text in memory.
pub const MOST_VALUES: usize = 200_000;

/// What a value takes in memory beside its text, bytes.
const VALUE_BYTES: usize = 64;

/// Collects bytes until a line is there, and never more than a bound of them.
pub struct Lines {
    most: usize,
    line: Vec<u8>,
    /// Set while a line that is too long is passed over; its last bytes are kept in `tail`.
    passing: bool,
    tail: Vec<u8>,
}

/// What a line says.
#[derive(Debug)]
pub enum Said {
    /// Nothing that is answered: an empty line, or a notification that is not the protocol's.
    Nothing,
    /// A message.
    Message(Box<RxJsonRpcMessage<RoleServer>>),
    /// No message; this is the answer.
    Refused(Box<TxJsonRpcMessage<RoleServer>>),
}

impl Lines {
    /// Lines of at most so many bytes, their ends counted.
    pub fn new(most: usize) -> Lines {
        Lines { most, line: Vec::new(), passing: false, tail: Vec::new() }
    }

    /// Takes bytes up to the end of the line: how many were taken, and whether the line ended there.
    pub fn push(&mut self, available: &[u8]) -> (usize, bool) {
        let end = available.iter().position(|byte| *byte == b'\n');
        let taken = end.map_or(available.len(), |at| at + 1);
        let bytes = &available[..taken];
        if !self.passing && self.line.len() + taken > self.most {
            self.passing = true;
            self.tail.extend_from_slice(&self.line[self.line.len().saturating_sub(ENDS)..]);
            self.line.truncate(ENDS);
            self.line.shrink_to(KEPT_BYTES);
        }
        if self.passing {
            // The beginning that is kept may still be on its way.
            let missing = ENDS.saturating_sub(self.line.len()).min(taken);
            self.line.extend_from_slice(&bytes[..missing]);
            self.tail.extend_from_slice(&bytes[bytes.len().saturating_sub(ENDS)..]);
            let surplus = self.tail.len().saturating_sub(ENDS);
            self.tail.drain(..surplus);
        } else {
            self.line.extend_from_slice(bytes);
        }
        (taken, end.is_some())
    }

    /// What the line that has ended says, and about how much memory that takes, bytes; the next one begins.
    pub fn end(&mut self) -> (Said, usize) {
        if std::mem::take(&mut self.passing) {
            let id = id_of(&self.line, &self.tail);
            self.line.clear();
            self.tail.clear();
            let what = format!("a message may have {} bytes, and this has more", self.most);
            return (refused(id, ErrorCode::INVALID_REQUEST, what), 0);
        }
        let values = values(&self.line);
        let said = if values > MOST_VALUES {
            let ends =
                (&self.line[..self.line.len().min(ENDS)], &self.line[self.line.len().saturating_sub(ENDS)..]);
            refused(id_of(ends.0, ends.1), ErrorCode::INVALID_REQUEST, too_many())
        } else {
            read(&self.line)
        };
        let size = memory(self.line.len(), values);
        self.line.clear();
        self.line.shrink_to(KEPT_BYTES);
        (said, size)
    }

    /// Takes all of some bytes, and tells of every line that ends among them.
    pub fn feed(&mut self, mut bytes: &[u8], mut each: impl FnMut(Said)) {
        while !bytes.is_empty() {
            let (taken, whole) = self.push(bytes);
            bytes = &bytes[taken..];
            if whole {
                each(self.end().0);
            }
        }
    }

    /// Bytes of memory that are held.
    pub fn held(&self) -> usize {
        self.line.capacity() + self.tail.capacity()
    }
}

fn refused(
    id: Option<NumberOrString>,
    code: ErrorCode,
    message: impl Into<std::borrow::Cow<'static, str>>,
) -> Said {
    Said::Refused(Box::new(JsonRpcMessage::error(ErrorData::new(code, message, None), id)))
}

/// About how many values a JSON text has: its separators outside of strings.
pub fn values(text: &[u8]) -> usize {
    let (mut count, mut quoted, mut escaped) = (1, false, false);
    for byte in text {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b',' | b':' | b'[' | b'{' if !quoted => count += 1,
            _ => {}
        }
    }
    count
}

/// About how much memory a message takes, bytes, from the length of its text and its values.
pub fn memory(length: usize, values: usize) -> usize {
    length.saturating_add(values.saturating_mul(VALUE_BYTES))
}

/// Why a message with more values than that is refused.
pub fn too_many() -> String {
    format!("a message may have {MOST_VALUES} values, and this has more")
}

/// What a whole line says.
pub fn read(line: &[u8]) -> Said {
    let line = line.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(line).trim_ascii();
    if line.is_empty() {
        return Said::Nothing;
    }
    if let Ok(message) = serde_json::from_slice(line) {
        return Said::Message(Box::new(message));
    }
    match serde_json::from_slice::<Value>(line) {
        Err(error) => {
            let place = error.column();
            let what = if std::str::from_utf8(line).is_err() {
                "the line is not UTF-8 text".to_owned()
            } else {
                format!("the line is not JSON: column {place}, or nested more than 128 deep")
            };
            refused(None, ErrorCode::PARSE_ERROR, what)
        }
        // A notification is never answered.
        Ok(Value::Object(object)) if object.contains_key("method") && !object.contains_key("id") => {
            Said::Nothing
        }
        Ok(value) => {
            let id = value.get("id").cloned().and_then(|id| serde_json::from_value(id).ok());
            // All of a request but its parameters.
            if id.is_some() && value["jsonrpc"] == "2.0" && value["method"].is_string() {
                let what = "the parameters are not as the protocol has them: params is an object";
                return refused(id, ErrorCode::INVALID_PARAMS, what);
            }
            let what = "not a JSON-RPC 2.0 request: it needs jsonrpc \"2.0\", id and method";
            refused(id, ErrorCode::INVALID_REQUEST, what)
        }
    }
}

/// The id of a message of which only the ends are known: clients write it near one of them.
fn id_of(start: &[u8], end: &[u8]) -> Option<NumberOrString> {
    let find = |bytes: &[u8]| -> Option<NumberOrString> {
        let text = String::from_utf8_lossy(bytes);
        let at = text.find("\"id\"")?;
        let rest = text[at + 4..].trim_start().strip_prefix(':')?.trim_start();
        let length = match rest.strip_prefix('"') {
            Some(inner) => inner.find('"')? + 2,
            None => rest.find(|c: char| !c.is_ascii_digit() && c != '-').unwrap_or(rest.len()),
        };
        serde_json::from_str(&rest[..length]).ok()
    };
    find(start).or_else(|| find(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(most: usize, text: &[u8], chunk: usize) -> Vec<String> {
        let mut lines = Lines::new(most);
        let mut all = Vec::new();
        for bytes in text.chunks(chunk) {
            lines.feed(bytes, |said| all.push(format!("{said:?}")));
        }
        all
    }

    #[test]
    fn however_the_bytes_arrive_the_lines_are_the_same() {
        let long = format!("{{\"id\":7,\"x\":\"{}\",\"y\":1}}\n", "x".repeat(3000));
        let text =
            format!("{{\n{long}[1]\n{{\"jsonrpc\":\"2.0\",\"id\":\"a\",\"method\":\"ping\"}}\n\n{long}");
        let whole = said(1000, text.as_bytes(), usize::MAX);
        assert_eq!(whole.len(), 6);
        assert!(whole[1].contains("1000 bytes") && whole[1].contains("Number(7)"), "{}", whole[1]);
        for chunk in [1, 7, 512, 999, 1000, 1001] {
            assert_eq!(said(1000, text.as_bytes(), chunk), whole, "{chunk}");
        }
    }

    #[test]
    fn a_line_without_end_is_not_kept() {
        let mut lines = Lines::new(1 << 20);
        for _ in 0..8000 {
            lines.push(&[b'x'; 8 << 10]);
        }
        assert!(lines.held() < 4 << 20, "{}", lines.held());
    }

    #[test]
    fn values_are_counted_outside_of_strings() {
        assert_eq!(values(b"{\"a\": [1, 2], \"b, c: [\": \"\\\", [[[\"}"), 7);
        let many = format!("{{\"id\": 5, \"x\": [{}1]}}\n", "1,".repeat(MOST_VALUES));
        let mut lines = Lines::new(1 << 20);
        assert_eq!(lines.push(many.as_bytes()), (many.len(), true));
        let (said, size) = lines.end();
        assert!(
            matches!(&said, Said::Refused(answer) if format!("{answer:?}").contains("Number(5)")),
            "{said:?}"
        );
        assert!(size > many.len());
    }

    #[test]
    fn the_id_is_found_at_either_end() {
        let number = |n| Some(NumberOrString::Number(n));
        assert_eq!(id_of(b"{\"jsonrpc\":\"2.0\",\"id\": 7,\"method\"", b"xxx"), number(7));
        assert_eq!(
            id_of(b"{\"method\":\"tools/call\"", b"xxx\"}},\"jsonrpc\":\"2.0\",\"id\":12}\n"),
            number(12)
        );
        assert_eq!(id_of(b"{\"id\":\"a-1\"", b""), Some(NumberOrString::String("a-1".into())));
        assert_eq!(id_of(b"{", b"}"), None);
    }
}
