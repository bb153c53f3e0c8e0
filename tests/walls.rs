//! Resolver vectors: every row of `golden/walls.jsonl` through `solve`, as numbers of mlsysim 0.3.0. Rows of resolvers
//! that it lacks stand in `golden/walls-own.jsonl`, worked out by hand.

use mlsysim_tui::cli::solve::{solve, solve_line, table};
use mlsysim_tui::registry::{Physics, Registry};
use serde_json::{Map, Value};

const VECTORS: &str = include_str!("golden/walls.jsonl");
const RELATIVE: f64 = 1e-9;
const ABSOLUTE: f64 = 1e-15;

fn rows() -> impl Iterator<Item = Value> {
    let own = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/walls-own.jsonl");
    let own = std::fs::read_to_string(own).unwrap_or_default();
    let lines: Vec<String> = VECTORS.lines().chain(own.lines()).map(str::to_owned).collect();
    lines.into_iter().map(|line| serde_json::from_str(&line).unwrap())
}

/// The first row of a resolver that is answered.
fn answered_row(resolver: &table::Resolver) -> Value {
    resolver_rows().find(|row| row["resolver"] == resolver.name && row.get("error").is_none()).unwrap_or_else(|| {
        panic!(
            "{0} has no vector: add a line to tests/golden/walls-own.jsonl, {{\"id\":\"own-000\",\"walls\":[…],\
             \"resolver\":\"{0}\",\"inputs\":{{…}},\"outputs\":{{…}}}}",
            resolver.name
        )
    })
}

/// Rows of the resolvers; the others are commands.
fn resolver_rows() -> impl Iterator<Item = Value> {
    rows().filter(|row| !row["resolver"].as_str().unwrap().starts_with("cli:"))
}

/// Every difference between what was found and what is right, by path. `ties` are fields where rounding
/// decides and either side is right.
fn differences(path: &str, found: &Value, right: &Value, ties: &[&str], into: &mut Vec<String>) {
    match (found, right) {
        (Value::Object(found), Value::Object(right)) => {
            for key in found.keys().chain(right.keys().filter(|key| !found.contains_key(*key))) {
                if !ties.contains(&key.as_str()) {
                    let absent = Value::Null;
                    let (found, right) =
                        (found.get(key).unwrap_or(&absent), right.get(key).unwrap_or(&absent));
                    differences(&format!("{path}.{key}"), found, right, ties, into);
                }
            }
        }
        (Value::Array(found), Value::Array(right)) if found.len() == right.len() => {
            for (index, (found, right)) in found.iter().zip(right).enumerate() {
                differences(&format!("{path}[{index}]"), found, right, ties, into);
            }
        }
        (Value::Number(a), Value::Number(b)) => {
            let (a, b) = (a.as_f64().unwrap(), b.as_f64().unwrap());
            if (a - b).abs() > ABSOLUTE.max(RELATIVE * a.abs().max(b.abs())) {
                into.push(format!("{path}: {a} is not {b}"));
            }
        }
        _ if found == right => {}
        _ => into.push(format!("{path}: {found} is not {right}")),
    }
}

fn ties(row: &Value) -> Vec<&str> {
    row["ulp_tie"].as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}

/// A row's inputs.
fn inputs(row: &Value) -> &Map<String, Value> {
    row["inputs"].as_object().unwrap()
}

/// What is wrong with an answer to a row; empty when nothing is.
fn wrong(row: &Value, registry: &Registry) -> Vec<String> {
    let id = row["id"].as_str().unwrap();
    let mut wrong = Vec::new();
    match (solve(row["resolver"].as_str().unwrap(), inputs(row), registry), row.get("error")) {
        (Ok(found), None) => differences(id, &found, &row["outputs"], &ties(row), &mut wrong),
        (Err(error), Some(right)) => {
            if error.category.name() != right["category"] {
                wrong.push(format!("{id}: {} is not {}", error.category.name(), right["category"]));
            }
        }
        (Ok(_), Some(right)) => wrong.push(format!("{id}: an answer where {right} is right")),
        (Err(error), None) => wrong.push(format!("{id}: {error}")),
    }
    wrong
}

#[test]
fn every_resolver_agrees_with_the_reference() {
    let registry = Registry::builtin();
    let own = |row: &Value| row["id"].as_str().unwrap().starts_with("own-");
    let wrong: Vec<String> = resolver_rows().flat_map(|row| wrong(&row, &registry)).collect();
    assert!(wrong.is_empty(), "{} differences:\n{}", wrong.len(), wrong.join("\n"));
    assert_eq!(resolver_rows().filter(|row| !own(row)).count(), 1160, "vectors of mlsysim 0.3.0");
}

#[test]
fn a_line_in_gives_the_same_as_the_inputs_alone() {
    let registry = Registry::builtin();
    for row in resolver_rows().step_by(37) {
        let line = solve_line(&row.to_string(), &registry, Physics::Mlsysim);
        assert_eq!(line["id"], row["id"]);
        match solve(row["resolver"].as_str().unwrap(), inputs(&row), &registry) {
            Ok(outputs) => assert_eq!(line["outputs"], outputs),
            Err(error) => assert_eq!(line["error"]["category"], error.category.name()),
        }
    }
}

#[test]
fn the_list_of_inputs_names_every_input() {
    for row in resolver_rows() {
        let resolver = table::named(row["resolver"].as_str().unwrap()).unwrap();
        for key in inputs(&row).keys() {
            let listed = resolver
                .inputs
                .split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
                .any(|word| word == key);
            assert!(listed, "{} does not list {key}", resolver.name);
        }
    }
}

#[test]
fn a_misspelt_input_is_refused_by_every_resolver() {
    let registry = Registry::builtin();
    for resolver in table::RESOLVERS {
        let row = answered_row(resolver);
        let mut inputs = inputs(&row).clone();
        inputs.insert("efficency".into(), 0.5.into());
        let error = solve(resolver.name, &inputs, &registry).unwrap_err();
        assert!(error.to_string().starts_with("efficency: is no input"), "{}: {error}", resolver.name);
    }
}

#[test]
fn no_input_makes_a_resolver_panic_or_give_nonsense() {
    let registry = Registry::builtin();
    let odd = [
        Value::from(0),
        Value::from(-1),
        Value::from(1e300),
        Value::from(u64::MAX),
        Value::from(1e-300),
        Value::from("nonsense"),
        Value::from(true),
        Value::Null,
        Value::Array(Vec::new()),
        Value::Object(Map::new()),
    ];
    for resolver in table::RESOLVERS {
        let row = answered_row(resolver);
        for key in inputs(&row).keys() {
            for value in &odd {
                let mut inputs = inputs(&row).clone();
                inputs.insert(key.clone(), value.clone());
                if let Ok(answer) = solve(resolver.name, &inputs, &registry) {
                    assert!(
                        !answer.to_string().contains("null"),
                        "{} {key}={value}: {answer}",
                        resolver.name
                    );
                }
            }
        }
    }
}
