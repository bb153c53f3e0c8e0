//! A figure's derivation for reading: indented text, a nested Markdown list, nested JSON.

use serde_json::{Value, json};

use super::markdown;
use super::safe::clean;
use crate::engine::explain::step::{Rule, Step};

/// One step in one line: `name = equation = values = value`.
fn line(step: &Step) -> String {
    let mut text = format!("{}: {}", step.name, step.value);
    if !step.equation.is_empty() {
        text.push_str(&format!(" = {}", step.equation));
    }
    if !step.substituted.is_empty() && step.substituted != step.equation {
        text.push_str(&format!(" = {}", step.substituted));
    }
    clean(&text).into_owned()
}

/// As text, two columns further in for each step down.
pub fn text(step: &Step) -> String {
    let mut out = String::new();
    for (depth, step) in step.walk() {
        let indent = "  ".repeat(depth);
        out.push_str(&format!("{indent}{}\n", line(step)));
        for source in step.citations() {
            out.push_str(&format!("{indent}    from {}\n", clean(&source)));
        }
    }
    out
}

/// As a nested list.
pub fn markdown(step: &Step) -> String {
    let mut out = String::new();
    for (depth, step) in step.walk() {
        let indent = "  ".repeat(depth);
        out.push_str(&format!(
            "{indent}- **{}**: {}",
            markdown::escape(&step.name),
            markdown::escape(&step.value)
        ));
        if !step.equation.is_empty() {
            out.push_str(&format!(" = {}", markdown::escape(&step.equation)));
        }
        if !step.substituted.is_empty() && step.substituted != step.equation {
            out.push_str(&format!(" = {}", markdown::escape(&step.substituted)));
        }
        out.push('\n');
        for source in step.citations() {
            out.push_str(&format!("{indent}  - source: {}\n", markdown::escape(&source)));
        }
    }
    out
}

/// As nested objects; empty parts are left out.
pub fn json(step: &Step) -> Value {
    let mut value = json!({ "name": step.name, "value": step.value });
    if let Some(map) = value.as_object_mut() {
        if let Some(number) = step.number.filter(|number| number.is_finite()) {
            map.insert("number".into(), json!(number));
        }
        if step.rule != Rule::Given {
            map.insert("rule".into(), json!(step.rule.name()));
        }
        if step.divides {
            map.insert("divides".into(), json!(true));
        }
        for (key, text) in [("equation", &step.equation), ("substituted", &step.substituted)] {
            if !text.is_empty() {
                map.insert(key.into(), json!(text));
            }
        }
        if !step.sources.is_empty() {
            map.insert("sources".into(), json!(step.sources));
        }
        if !step.inputs.is_empty() {
            map.insert("inputs".into(), step.inputs.iter().map(json_of).collect());
        }
    }
    value
}

fn json_of(step: &Step) -> Value {
    json(step)
}
