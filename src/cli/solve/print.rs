//! Results and the list of resolvers for people.

use serde_json::Value;

use super::super::out::{Paint, Tone, clean, pad};
use super::table::{RESOLVERS, Resolver};
use crate::engine::walls::wall;

/// A result as lines of key and value, parts indented below their name.
pub(super) fn answer(value: &Value, paint: Paint) -> String {
    let mut text = String::new();
    lines(value, 0, paint, &mut text);
    text
}

fn lines(value: &Value, depth: usize, paint: Paint, text: &mut String) {
    let Some(object) = value.as_object() else { return };
    let width = object.keys().map(String::len).max().unwrap_or(0);
    let indent = "  ".repeat(depth);
    for (key, value) in object {
        match value {
            Value::Object(_) => {
                text.push_str(&format!("{indent}{}\n", paint.tone(Tone::Quiet, key)));
                lines(value, depth + 1, paint, text);
            }
            Value::Array(parts) => {
                for (index, part) in parts.iter().enumerate() {
                    text.push_str(&format!("{indent}{} {}\n", paint.tone(Tone::Quiet, key), index + 1));
                    lines(part, depth + 1, paint, text);
                }
            }
            Value::String(word) => line(&indent, key, width, &clean(word), paint, text),
            other => line(&indent, key, width, &other.to_string(), paint, text),
        }
    }
}

fn line(indent: &str, key: &str, width: usize, value: &str, paint: Paint, text: &mut String) {
    let key = paint.tone(Tone::Quiet, &pad(key, width));
    text.push_str(&format!("{indent}{key}  {value}\n"));
}

/// The walls that a resolver answers for: `7 Tail Latency`.
fn walls(resolver: &Resolver) -> String {
    let names: Vec<String> = resolver
        .walls
        .iter()
        .filter_map(|number| wall(*number))
        .map(|wall| format!("{} {}", wall.number, wall.name))
        .collect();
    names.join(", ")
}

/// All resolvers with their walls.
pub(super) fn list(paint: Paint) -> String {
    let width = RESOLVERS.iter().map(|resolver| resolver.name.len()).max().unwrap_or(0);
    let mut text = String::new();
    for resolver in RESOLVERS {
        let name = paint.tone(Tone::Strong, &pad(resolver.name, width));
        text.push_str(format!("{name}  {}", walls(resolver)).trim_end());
        text.push('\n');
    }
    text.push_str("\nInputs of one: mlsysim-tui solve RESOLVER\n");
    text
}

/// Inputs one by one: what brackets or an `or` hold together stays together.
fn words(inputs: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for piece in inputs.split(' ') {
        match words.last_mut() {
            Some(last)
                if (last.starts_with('[') && !last.ends_with(']'))
                    || piece == "or"
                    || last.ends_with(" or") =>
            {
                last.push(' ');
                last.push_str(piece);
            }
            _ => words.push(piece.to_owned()),
        }
    }
    words
}

/// One resolver's inputs, one a line.
pub(super) fn inputs(resolver: &Resolver, paint: Paint) -> String {
    let mut text = paint.tone(Tone::Strong, resolver.name);
    let walls = walls(resolver);
    if !walls.is_empty() {
        text.push_str(&format!("  {walls}"));
    }
    text.push('\n');
    for word in words(resolver.inputs) {
        text.push_str(&format!("  {word}\n"));
    }
    if let Some(wall) = resolver.walls.first().and_then(|number| wall(*number)) {
        text.push_str(&format!(
            "\n{}\n{}\n",
            wall.equation,
            paint.tone(Tone::Quiet, &wall.sources.join("; "))
        ));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::solve::table::named;

    #[test]
    fn inputs_stand_one_a_line_with_their_defaults() {
        let plain = Paint { color: false };
        let text = inputs(named("7").unwrap(), plain);
        assert!(text.contains("\n  arrival_rate_qps\n  service_latency_ms\n  [num_replicas 1]\n"), "{text}");
        let text = inputs(named("complexity").unwrap(), plain);
        assert!(text.contains("\n  compute_budget_flop or compute_budget_h100_days\n"), "{text}");
        for resolver in RESOLVERS {
            assert!(inputs(resolver, plain).ends_with('\n'));
        }
    }

    #[test]
    fn parts_are_indented() {
        let value = serde_json::json!({"a": 1, "part": {"b": "x"}, "list": [{"c": 2}]});
        assert_eq!(answer(&value, Paint { color: false }), "a     1\npart\n  b  x\nlist 1\n  c  2\n");
    }
}
