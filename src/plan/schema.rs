//! JSON Schema of plans and of registry entries, with registry names.
//!
//! Made from the same table that the decoder checks against, so that an editor beside the studio
//! completes and refuses what the studio does.

use schemars::consts::meta_schemas::DRAFT2020_12;
use schemars::{Schema, json_schema};
use serde_json::{Map, Value, json};

use super::fields::{self, Bounds, Field, Kind, MAX_COUNT, PRECISIONS};
use crate::metrics::METRICS;
use crate::registry::shape::{self, Form};
use crate::registry::{self, Registry};
use crate::units::Dimension;

/// Documents that have a schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SchemaKind {
    /// A plan.
    Plan,
    /// An accelerator: one entry under `hardware:` of a registry file.
    Hardware,
    /// A model: one entry under `models:` of a registry file.
    Workload,
}

/// The JSON Schema (draft 2020-12) of a kind of document. Names of the registry are offered, not enforced:
/// any case is accepted, and display names, and files.
pub fn schema(kind: SchemaKind, registry: &Registry) -> Value {
    let schema = match kind {
        SchemaKind::Plan => plan(registry),
        SchemaKind::Hardware => {
            entry("hardware", "Accelerator", "An accelerator of your own, in a registry file.")
        }
        SchemaKind::Workload => entry("models", "Model", "A model of your own, in a registry file."),
    };
    schema.to_value()
}

fn plan(registry: &Registry) -> Schema {
    let mut schema = json_schema!({
        "$schema": DRAFT2020_12,
        "title": "Plan",
        "description": "A plan of mlsysim-tui: a workload, the hardware that computes it, and what must hold.",
    });
    for (key, value) in block("", registry) {
        schema.insert(key, value);
    }
    schema
}

/// The keywords of a mapping.
fn block(path: &str, registry: &Registry) -> Map<String, Value> {
    let mut properties = Map::new();
    let mut required = Vec::new();
    for field in fields::children(path) {
        properties.insert(field.key().to_owned(), property(field, registry));
        if field.required {
            required.push(field.key());
        }
    }
    if path == "hardware" {
        properties.insert(
            "nodes".to_owned(),
            json!({
                "type": "integer",
                "minimum": 1,
                "deprecated": true,
                "description": "Total accelerators, in plans of mlsysim 0.1. Write `accelerators` and `accelerators_per_node`.",
            }),
        );
    }
    let mut keywords = Map::new();
    keywords.insert("type".to_owned(), "object".into());
    keywords.insert("properties".to_owned(), properties.into());
    if !required.is_empty() {
        keywords.insert("required".to_owned(), required.into());
    }
    keywords.insert("additionalProperties".to_owned(), false.into());
    keywords
}

fn property(field: &Field, registry: &Registry) -> Value {
    let mut keywords = value_of(field, registry);
    if field.auto {
        keywords = any_of([Value::Object(keywords), json!({"const": "auto"})]);
    }
    if !field.required && !field.path.ends_with("[]") {
        // Nothing after the colon is the same as no key.
        keywords = or_null(keywords);
    }
    let mut documented = Map::new();
    let unit = if field.unit.is_empty() { String::new() } else { format!(" In {}.", field.unit) };
    // How it is written comes after what it is.
    let form = match keywords.remove("description") {
        Some(Value::String(form)) => format!(" {}.", capitalized(form.trim_end_matches('.'))),
        _ => String::new(),
    };
    documented.insert("description".to_owned(), format!("{}{unit}{form}", field.doc).into());
    if !field.default.is_empty() {
        documented.insert("default".to_owned(), literal(field.default));
    }
    if !field.example.is_empty() && field.kind != Kind::Block && field.kind != Kind::List {
        documented.insert("examples".to_owned(), json!([literal(field.example)]));
    }
    documented.append(&mut keywords);
    documented.into()
}

fn capitalized(words: &str) -> String {
    let mut characters = words.chars();
    characters.next().map_or_else(String::new, |first| first.to_uppercase().chain(characters).collect())
}

/// `8` as a number, `"1.0"` as the text in the quotes, anything else as text.
fn literal(written: &str) -> Value {
    match serde_json::from_str(written) {
        Ok(value @ (Value::Number(_) | Value::Bool(_) | Value::String(_))) => value,
        _ => written.into(),
    }
}

fn value_of(field: &Field, registry: &Registry) -> Map<String, Value> {
    use registry::Kind::{Grids, Hardware, Models};
    let names = |kind| {
        let ids: Vec<String> = registry.list(kind).into_iter().map(|(id, _, _)| id).collect();
        offered(&ids)
    };
    match field.kind {
        Kind::Block => block(field.path, registry),
        Kind::List => {
            let item = fields::field(&format!("{}[]", field.path)).map(|item| property(item, registry));
            object(json!({"type": "array", "items": item}))
        }
        // A version or a name may be written as a number; it is read as text.
        Kind::Text => object(json!({"type": ["string", "number"]})),
        Kind::Path => object(json!({"type": "string"})),
        Kind::Model => names(Models),
        Kind::Accelerator => names(Hardware),
        Kind::Region => names(Grids),
        Kind::Metric => {
            let all: Vec<String> =
                METRICS.iter().map(|metric| format!("{}.{}", metric.lens.name(), metric.key)).collect();
            object(json!({"type": "string", "enum": all}))
        }
        Kind::Count { min, max } => {
            let mut keywords = object(json!({"type": "integer", "minimum": min}));
            if max != MAX_COUNT {
                keywords.insert("maximum".to_owned(), max.into());
            }
            keywords
        }
        Kind::Number(bounds) => number(bounds),
        Kind::Quantity { dimension, bare } => {
            let text = json!({"type": "string", "description": with_unit(dimension)});
            if bare { any_of([Value::Object(number(Bounds::POSITIVE)), text]) } else { object(text) }
        }
        Kind::Flag => object(json!({"type": "boolean"})),
        Kind::Choice(choices) => {
            any_of(choices.iter().map(|(key, doc)| json!({"const": key, "description": doc})))
        }
        Kind::Precision => {
            let keys: Vec<String> = PRECISIONS.iter().map(|precision| precision.key.to_owned()).collect();
            offered(&keys)
        }
    }
}

fn with_unit(dimension: Dimension) -> String {
    format!("{} with its unit, for example {}", dimension.name(), dimension.example())
}

fn number(bounds: Bounds) -> Map<String, Value> {
    let mut keywords = object(json!({"type": "number"}));
    if bounds.low.is_finite() {
        keywords
            .insert(if bounds.above { "exclusiveMinimum" } else { "minimum" }.to_owned(), bounds.low.into());
    }
    if bounds.high.is_finite() {
        keywords.insert("maximum".to_owned(), bounds.high.into());
    }
    keywords
}

/// Names that an editor offers; others are accepted.
fn offered(names: &[String]) -> Map<String, Value> {
    any_of([json!({"enum": names}), json!({"type": "string"})])
}

fn any_of(options: impl IntoIterator<Item = Value>) -> Map<String, Value> {
    let options: Vec<Value> = options.into_iter().collect();
    object(json!({"anyOf": options}))
}

fn or_null(mut keywords: Map<String, Value>) -> Map<String, Value> {
    if let Some(Value::Array(options)) = keywords.get_mut("anyOf") {
        options.push(json!({"type": "null"}));
        return keywords;
    }
    match keywords.get_mut("type") {
        Some(Value::Array(types)) => types.push("null".into()),
        Some(name) => *name = json!([name.take(), "null"]),
        None => {}
    }
    if let Some(Value::Array(values)) = keywords.get_mut("enum") {
        values.push(Value::Null);
    }
    keywords
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

/// The schema of a registry entry.
fn entry(section: &str, title: &str, description: &str) -> Schema {
    let text = json!({"type": "string"});
    let source = json!({
        "type": "object",
        "description": "Where the figures come from.",
        "properties": {"kind": text, "title": text, "url": text, "date": text},
        "additionalProperties": false,
    });
    let mut properties = Map::new();
    let mut required = Vec::new();
    for key in shape::COMMON {
        let value = match *key {
            "aliases" => json!({"type": "array", "items": text, "description": "Other names."}),
            "source" => source.clone(),
            "sources" => json!({
                "type": "object",
                "description": "Sources of single figures, by key.",
                "additionalProperties": source,
            }),
            "name" => json!({"type": "string", "description": "Display name."}),
            _ => text.clone(),
        };
        properties.insert((*key).to_owned(), value);
    }
    for field in shape::fields(section) {
        properties.insert(field.key.to_owned(), form(field.form));
        if field.required {
            required.push(field.key);
        }
    }
    json_schema!({
        "$schema": DRAFT2020_12,
        "title": title,
        "description": description,
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    })
}

fn form(form: Form) -> Value {
    let quantity = |dimension: Dimension| json!({"type": ["string", "number"], "description": format!("{}; a plain number is in {}", with_unit(dimension), dimension.unit())});
    match form {
        Form::Quantity(dimension) => quantity(dimension),
        Form::Number => json!({"type": "number", "minimum": 0}),
        Form::Count => json!({"type": "integer", "minimum": 0}),
        Form::Text => json!({"type": "string"}),
        Form::Flag => json!({"type": "boolean"}),
        Form::Choice(words) => json!({"enum": words}),
        Form::QuantityMap(dimension) => {
            json!({"type": "object", "additionalProperties": quantity(dimension)})
        }
        Form::Link => json!({
            "type": "object",
            "properties": {
                "name": {"type": "string"},
                "quoted": quantity(Dimension::DataRate),
                "one_way": quantity(Dimension::DataRate),
                "latency": quantity(Dimension::Time),
            },
            "additionalProperties": false,
        }),
        Form::Figures => json!({"type": "object", "additionalProperties": {"type": ["number", "string"]}}),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at<'v>(schema: &'v Value, path: &str) -> &'v Value {
        path.split('.').fold(schema, |schema, key| &schema["properties"][key])
    }

    #[test]
    fn a_quantity_says_what_it_is_and_how_it_is_written() {
        let schema = schema(SchemaKind::Plan, &Registry::builtin());
        let words = at(&schema, "workload.serve.request_rate")["description"].as_str().unwrap().to_owned();
        assert!(
            !words.starts_with("A rate") && words.ends_with("A rate with its unit, for example 4/s."),
            "{words}"
        );
    }

    #[test]
    fn the_plan_schema_says_what_the_decoder_checks() {
        let schema = schema(SchemaKind::Plan, &Registry::builtin());
        assert_eq!(schema["required"], json!(["version", "name", "workload", "hardware"]));
        assert_eq!(schema["additionalProperties"], false);
        assert_eq!(at(&schema, "workload.batch_size")["minimum"], 1);
        assert_eq!(at(&schema, "workload.batch_size")["default"], 1);
        assert_eq!(at(&schema, "hardware.efficiency")["anyOf"][0]["exclusiveMinimum"], 0.0);
        let models = at(&schema, "workload.name")["anyOf"][0]["enum"].as_array().unwrap();
        assert!(models.contains(&"Llama3_70B".into()));
        let assertion = &at(&schema, "constraints.assert")["items"];
        assert_eq!(assertion["required"], json!(["metric"]));
        assert!(at(assertion, "metric")["enum"].as_array().unwrap().contains(&"macro.tco_usd".into()));
        assert_eq!(at(&schema, "parallelism.zero")["anyOf"][0]["maximum"], 3);
    }

    #[test]
    fn entries_have_their_fields() {
        let schema = schema(SchemaKind::Hardware, &Registry::builtin());
        assert!(schema["required"].as_array().unwrap().contains(&"memory_bandwidth".into()));
        assert_eq!(at(&schema, "nvlink")["type"], "object");
        let schema = super::schema(SchemaKind::Workload, &Registry::builtin());
        assert!(at(&schema, "kind")["enum"].is_array());
    }
}
