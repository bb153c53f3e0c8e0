//! The command itself: arguments in, results or the list of resolvers out.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;

use serde_json::Value;

use super::{SolveError, inputs_from_words, solve, solve_line, table};
use crate::cli::args::{Global, Output, SolveArgs};
use crate::cli::input::Session;
use crate::cli::out::{self, Failure, Outcome, Paint, clean};
use crate::cli::render::numbers::number;
use crate::cli::render::{markdown, text};

/// Runs the command.
pub fn run(args: &SolveArgs, global: &Global) -> Outcome {
    crate::cli::allow(global.output, "solve", &[Output::Text, Output::Json, Output::Markdown])?;
    let session = Session::open(global);
    if let Some(file) = &args.file {
        return lines(file, &session);
    }
    let Some(wall) = &args.wall else { return list(global) };
    let answer = inputs_from_words(&args.inputs).and_then(|inputs| solve(wall, &inputs, &session.registry));
    match answer {
        Ok(value) => {
            print(&value, global)?;
            Ok(0)
        }
        Err(error) => refuse(wall, &error, global),
    }
}

fn refuse(wall: &str, error: &SolveError, global: &Global) -> Outcome {
    let (title, code) = (error.category.title(), error.category.exit_code());
    let reason = error.to_string();
    if global.output == Output::Json {
        out::json(&serde_json::json!({
            "status": "error",
            "title": title,
            "reason": reason,
            "diagnostics": [],
        }))?;
        return Ok(code);
    }
    out::notice(&format!("error: {}", clean(&reason)));
    if let Some(resolver) = table::named(wall) {
        out::notice(&format!("inputs of {}: {}", resolver.name, resolver.inputs));
    }
    Ok(code)
}

/// What can be solved.
fn list(global: &Global) -> Outcome {
    let walls = |numbers: &[u8]| numbers.iter().map(u8::to_string).collect::<Vec<_>>();
    if global.output == Output::Json {
        let list: Vec<Value> = table::RESOLVERS
            .iter()
            .map(|one| serde_json::json!({ "resolver": one.name, "walls": one.walls, "inputs": one.inputs }))
            .collect();
        out::json(&Value::Array(list))?;
        return Ok(0);
    }
    let rows: Vec<Vec<String>> = table::RESOLVERS
        .iter()
        .map(|one| vec![walls(one.walls).join(", "), one.name.to_string(), one.inputs.to_string()])
        .collect();
    let head = ["walls", "resolver", "inputs"];
    if global.output == Output::Markdown {
        let mut answer = String::new();
        markdown::table(&mut answer, &head, &rows);
        out::payload(answer.trim_end())?;
    } else {
        let paint = Paint { color: out::wants_color(global.color, &std::io::stdout()) };
        out::payload(&text::table(&head, &rows, paint).join("\n"))?;
    }
    Ok(0)
}

fn print(value: &Value, global: &Global) -> Result<(), Failure> {
    if global.output == Output::Json {
        return Ok(out::json(value)?);
    }
    let mut rows = Vec::new();
    flatten("", value, &mut rows);
    if global.output == Output::Markdown {
        let mut answer = String::new();
        let rows: Vec<Vec<String>> = rows.into_iter().map(|(key, value)| vec![key, value]).collect();
        markdown::table(&mut answer, &["result", "value"], &rows);
        return Ok(out::payload(answer.trim_end())?);
    }
    let width = rows.iter().map(|(key, _)| key.len()).max().unwrap_or(0);
    let lines: Vec<String> =
        rows.iter().map(|(key, value)| format!("{}  {}", out::pad(key, width), clean(value))).collect();
    Ok(out::payload(&lines.join("\n"))?)
}

/// Results as dotted keys, which carry their units.
fn flatten(prefix: &str, value: &Value, rows: &mut Vec<(String, String)>) {
    let join = |key: &str| if prefix.is_empty() { key.to_string() } else { format!("{prefix}.{key}") };
    match value {
        Value::Object(map) => map.iter().for_each(|(key, value)| flatten(&join(key), value, rows)),
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                flatten(&format!("{prefix}[{index}]"), item, rows);
            }
        }
        Value::Number(figure) => {
            let shown =
                figure.as_f64().filter(|_| figure.is_f64()).map_or_else(|| figure.to_string(), number);
            rows.push((prefix.to_string(), shown));
        }
        Value::String(text) => rows.push((prefix.to_string(), text.clone())),
        other => rows.push((prefix.to_string(), other.to_string())),
    }
}

/// One answer for each line of a file.
fn lines(file: &Path, session: &Session) -> Outcome {
    let input: Box<dyn Read> = if file == Path::new("-") {
        Box::new(std::io::stdin().lock())
    } else {
        let opened = std::fs::File::open(file);
        Box::new(
            opened
                .map_err(|error| Failure::bad_input(format!("{} cannot be read: {error}", file.display())))?,
        )
    };
    let mut sink = std::io::BufWriter::new(std::io::stdout().lock());
    for line in BufReader::new(input).lines() {
        let line =
            line.map_err(|error| Failure::bad_input(format!("{} cannot be read: {error}", file.display())))?;
        if line.trim().is_empty() {
            continue;
        }
        let answer = solve_line(&line, &session.registry).to_string();
        writeln!(sink, "{}", out::escape_controls_in_json(&answer))?;
    }
    sink.flush()?;
    Ok(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nested_results_get_dotted_keys() {
        let value: Value = serde_json::from_str(r#"{"a_s": 0.25, "b": {"c": [1, "x"]}, "d": true}"#).unwrap();
        let mut rows = Vec::new();
        flatten("", &value, &mut rows);
        let rows: Vec<String> = rows.into_iter().map(|(key, value)| format!("{key}={value}")).collect();
        assert_eq!(rows, ["a_s=0.25", "b.c[0]=1", "b.c[1]=x", "d=true"]);
    }
}
