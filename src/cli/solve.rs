//! `solve`: one resolver with inputs by name, or many from a file of JSON Lines.

mod composites;
mod places;
mod print;
mod reader;
pub mod table;
mod walls;

use std::io::{BufRead, BufReader, BufWriter, Read, Write};

use serde_json::{Map, Value, json};

use super::args::{Global, Output, SolveArgs};
use super::input::{self, Session};
use super::out::{self, Failure, Outcome, Paint};
use crate::registry::{Physics, Registry};
use reader::Reader;

pub use crate::engine::walls::error::{Category, WallError as SolveError};

/// Longest row; inputs are far smaller.
const LONGEST: u64 = 4 * 1024 * 1024;

/// Solves one resolver with the facts of mlsysim 0.3.0: `inputs` by the names that [`table::RESOLVERS`] lists,
/// results by name with the unit in the key and infinities as words.
pub fn solve(resolver: &str, inputs: &Map<String, Value>, registry: &Registry) -> Result<Value, SolveError> {
    solve_with(resolver, inputs, registry, Physics::Mlsysim)
}

/// The same with the facts of a profile. The equations are those of the reference in either.
pub fn solve_with(
    resolver: &str,
    inputs: &Map<String, Value>,
    registry: &Registry,
    facts: Physics,
) -> Result<Value, SolveError> {
    let found = table::named(resolver).ok_or_else(|| unknown_resolver(resolver))?;
    let answer = (found.run)(&Reader::new(inputs, registry, facts))?;
    match no_number(&answer) {
        None => Ok(answer),
        Some(key) => {
            Err(SolveError::evaluation(key, "has no value at these inputs: they are too large or too small"))
        }
    }
}

/// The key of a result that is no number.
fn no_number(answer: &Value) -> Option<&str> {
    answer
        .as_object()?
        .iter()
        .find_map(|(key, value)| if value.is_null() { Some(key.as_str()) } else { no_number(value) })
}

fn unknown_resolver(name: &str) -> SolveError {
    let nearest = table::RESOLVERS
        .iter()
        .map(|resolver| {
            (strsim::jaro_winkler(&resolver.name.to_lowercase(), &name.to_lowercase()), resolver.name)
        })
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .filter(|(likeness, _)| *likeness > 0.7);
    let hint = nearest.map(|(_, name)| format!("; did you mean {name}?")).unwrap_or_default();
    SolveError::bad_input("resolver", format!("no resolver is called `{name}`{hint}"))
}

/// An error as machine-readable output has it.
fn error_json(error: &SolveError) -> Value {
    json!({ "category": error.category.name(), "message": error.to_string() })
}

/// Runs the command.
pub fn run(args: &SolveArgs, global: &Global) -> Outcome {
    super::allow(global.output, "solve", &[Output::Text, Output::Json])?;
    let session = Session::open(global);
    let facts = session.physics.unwrap_or(Physics::Mlsysim);
    if let Some(file) = &args.jsonl {
        return many(input::open(file)?, &session.registry, facts);
    }
    let paint = Paint { color: out::wants_color(global.color, &std::io::stdout()) };
    let Some(name) = &args.resolver else {
        out::payload(&print::list(paint))?;
        return Ok(0);
    };
    let answer = inputs_from_words(&args.inputs)
        .and_then(|inputs| solve_with(name, &inputs, &session.registry, facts));
    match answer {
        Ok(value) if global.output == Output::Json => out::json(&value)?,
        Ok(value) => out::payload(&print::answer(&value, paint))?,
        Err(error) => {
            let code = refuse(&error, global)?;
            // Who forgets or misspells an input wants to see them.
            if error.category == Category::Schema
                && global.output != Output::Json
                && let Some(resolver) = table::named(name)
            {
                let paint = Paint { color: out::wants_color(global.color, &std::io::stderr()) };
                out::notice(&format!("\n{}", print::inputs(resolver, paint).trim_end()));
            }
            return Ok(code);
        }
    }
    Ok(0)
}

/// Tells of an error where the caller listens, and gives its exit code.
pub(super) fn refuse(error: &SolveError, global: &Global) -> Outcome {
    if global.output == Output::Json {
        out::json(&json!({
            "status": "error",
            "title": error.category.title(),
            "reason": error.to_string(),
        }))?;
    } else {
        out::notice(&format!("error: {}", out::clean(&error.to_string())));
    }
    Ok(error.category.exit_code())
}

/// Answers every line of a file in order. Exit code 0 when the file was read, whatever its rows say.
/// When the input pauses, what is answered goes out: a program may write one row and wait.
fn many(input: impl Read, registry: &Registry, facts: Physics) -> Outcome {
    let mut input = BufReader::new(input);
    let mut sink = BufWriter::new(std::io::stdout().lock());
    let mut line = Vec::new();
    loop {
        line.clear();
        let read =
            input.by_ref().take(LONGEST).read_until(b'\n', &mut line).map_err(|error| {
                Failure::bad_input(format!("the rows cannot be read to their end: {error}"))
            })?;
        if read == 0 {
            break;
        }
        if read as u64 == LONGEST {
            sink.flush()?;
            return Err(Failure::bad_input("a row is too long to hold inputs"));
        }
        let text = String::from_utf8_lossy(&line);
        let text = text.trim_start_matches('\u{feff}').trim();
        if !text.is_empty() {
            let answer = solve_line(text, registry, facts).to_string();
            writeln!(sink, "{}", out::escape_controls_in_json(&answer))?;
        }
        if input.buffer().is_empty() {
            sink.flush()?;
        }
    }
    sink.flush()?;
    Ok(0)
}

/// Answers one line of a JSON Lines file: `{id, resolver, inputs}` in, other keys ignored;
/// `{id, outputs}` or `{id, error: {category, message}}` out.
pub fn solve_line(line: &str, registry: &Registry, facts: Physics) -> Value {
    let row = match serde_json::from_str::<Value>(line) {
        Ok(Value::Object(row)) => row,
        Ok(_) => {
            return json!({ "id": null, "error": error_json(&SolveError::schema("row", "must be an object")) });
        }
        Err(error) => {
            let error = SolveError::schema("row", format!("is no JSON: {error}"));
            return json!({ "id": null, "error": error_json(&error) });
        }
    };
    let id = row.get("id").cloned().unwrap_or(Value::Null);
    let resolver = row
        .get("resolver")
        .and_then(Value::as_str)
        .ok_or_else(|| SolveError::schema("resolver", "is required, as text"));
    let inputs = match row.get("inputs") {
        None | Some(Value::Null) => Ok(Map::new()),
        Some(Value::Object(inputs)) => Ok(inputs.clone()),
        Some(_) => Err(SolveError::schema("inputs", "must be an object")),
    };
    match resolver.and_then(|resolver| solve_with(resolver, &inputs?, registry, facts)) {
        Ok(outputs) => json!({ "id": id, "outputs": outputs }),
        Err(error) => json!({ "id": id, "error": error_json(&error) }),
    }
}

/// Inputs as typed: `key=value`, dots into objects (`fleet.node_count=8`). A value is JSON where it is JSON
/// and text otherwise.
pub fn inputs_from_words(words: &[String]) -> Result<Map<String, Value>, SolveError> {
    let mut inputs = Map::new();
    for word in words {
        let (key, value) = word
            .split_once('=')
            .filter(|(key, _)| !key.is_empty())
            .ok_or_else(|| SolveError::schema(word.as_str(), "must be written key=value"))?;
        let value = serde_json::from_str(value).unwrap_or_else(|_| Value::from(value));
        let (place, last) = match key.split_once('.') {
            None => (&mut inputs, key),
            Some((outer, inner)) => {
                let object = inputs.entry(outer).or_insert_with(|| Value::Object(Map::new()));
                match object {
                    Value::Object(object) => (object, inner),
                    _ => {
                        return Err(SolveError::schema(
                            key,
                            format!("stands beside `{outer}`, which is no object"),
                        ));
                    }
                }
            }
        };
        if place.insert(last.to_owned(), value).is_some() {
            return Err(SolveError::schema(key, "is given twice"));
        }
    }
    Ok(inputs)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(words: &[&str]) -> Result<Map<String, Value>, SolveError> {
        inputs_from_words(&words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn words_become_numbers_flags_text_and_objects() {
        let inputs =
            words(&["a=2", "b=true", "c=H100", "fleet.node_count=8", "fleet.accelerator=H100"]).unwrap();
        assert_eq!(
            Value::Object(inputs).to_string(),
            r#"{"a":2,"b":true,"c":"H100","fleet":{"node_count":8,"accelerator":"H100"}}"#
        );
        assert!(words(&["alone"]).is_err());
        assert!(words(&["a=1", "a=2"]).is_err());
        assert!(words(&["fleet=Lab_64_H100", "fleet.node_count=8"]).is_err());
    }

    #[test]
    fn a_line_that_says_nothing_is_answered_with_what_it_lacks() {
        let registry = Registry::builtin();
        let answer = |line: &str| {
            solve_line(line, &registry, Physics::Mlsysim)["error"]["message"].as_str().unwrap().to_owned()
        };
        assert!(answer("{").starts_with("row: is no JSON"));
        assert_eq!(answer("[]"), "row: must be an object");
        assert_eq!(answer("{}"), "resolver: is required, as text");
        assert_eq!(
            answer(r#"{"resolver":"TailLatencyMode"}"#),
            "resolver: no resolver is called `TailLatencyMode`; did you mean TailLatencyModel?"
        );
    }
}
