//! Answers that do not change while the server runs, put into the line that goes out as the bytes that they are.
//!
//! Every session of an agent begins with the schemas. The protocol's library takes an answer as a tree, so that one
//! is copied, walked and dropped for each call: most of what the call costs. On standard output a marker goes that
//! way instead, and the line gets the bytes in its place.

use serde_json::{Value, json};

use super::bench::Bench;
use super::tools::Answer;

/// Key of the marker. In a JSON text it stands as `\u0001kept`, between quotation marks that no string can have in
/// it, so that nothing that anybody writes looks like one.
const KEY: &str = "\u{1}kept";

/// Longest line that may have a marker: it holds little else than an id.
const SHORT: usize = 4096;

/// The answer that stands for the one with this number.
pub fn marker(number: usize) -> Answer {
    Answer { text: format!("{KEY}{number}"), structured: json!({KEY: number}) }
}

/// The line with what its marker stands for; unchanged where it has none.
pub fn fill(line: Vec<u8>, bench: &Bench) -> Vec<u8> {
    if line.len() > SHORT {
        return line;
    }
    let key = Value::from(KEY).to_string();
    let start = format!("{{{key}:");
    let Some(at) = find(&line, start.as_bytes()) else { return line };
    let digits = &line[at + start.len()..];
    let length = digits.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let number = std::str::from_utf8(&digits[..length]).ok().and_then(|digits| digits.parse().ok());
    let Some((number, written)) = number.and_then(|number| Some((number, bench.schemas.written(number)?)))
    else {
        return line;
    };
    let Answer { text, structured } = marker(number);
    let line = replaced(line, structured.to_string().as_bytes(), &written.structured);
    replaced(line, Value::from(text).to_string().as_bytes(), &written.text)
}

fn replaced(line: Vec<u8>, mark: &[u8], by: &[u8]) -> Vec<u8> {
    match find(&line, mark) {
        Some(at) => [&line[..at], by, &line[at + mark.len()..]].concat(),
        None => line,
    }
}

fn find(line: &[u8], what: &[u8]) -> Option<usize> {
    line.windows(what.len()).position(|window| window == what)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mcp::arguments::{Given, Values};
    use crate::mcp::tools::schemas;
    use crate::registry::Registry;

    #[test]
    fn a_marker_becomes_the_answer_and_nothing_else_does() {
        let bench = Bench::of(Registry::builtin());
        let given = |kind: &str| {
            let values: Values = [("kind".to_owned(), Value::from(kind))].into_iter().collect();
            Given::check(schemas::TOOL.arguments, values, false).unwrap()
        };
        let number = bench.schemas.number(&bench.registry, &given("hardware")).unwrap();
        let Answer { text, structured } = marker(number);
        // In either order.
        for line in [
            json!({"id": 1, "text": text, "structured": structured}),
            json!({"structured": structured, "text": text, "id": 1}),
        ] {
            let filled: Value = serde_json::from_slice(&fill(line.to_string().into_bytes(), &bench)).unwrap();
            assert!(filled["structured"]["HardwareSchema"]["properties"].is_object(), "{filled}");
            assert!(filled["text"].as_str().unwrap().contains("hardware") && filled["id"] == 1);
        }
        // What somebody writes is in quotation marks, and what is not kept stays.
        for line in [
            json!({"text": structured.to_string()}),
            json!({"text": text}),
            json!({"structured": {KEY: 77}}),
            json!({"structured": {KEY: "x"}}),
        ] {
            let line = line.to_string().into_bytes();
            assert_eq!(fill(line.clone(), &bench), line);
        }
    }
}
