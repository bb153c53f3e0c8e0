//! `get_schemas`: how a plan is written.

use std::sync::OnceLock;

use serde_json::{Map, Value, json};

use super::{Answer, Effect, Job, Tool, object};
use crate::mcp::arguments::{Argument, Kind};
use crate::mcp::errors::Refusal;
use crate::plan::schema::{SchemaKind, schema};
use crate::registry::Registry;

/// A list of names longer than this is shown by its beginning where the answer is concise.
const LONG: usize = 40;

/// The tool.
pub const TOOL: Tool = Tool {
    name: "get_schemas",
    title: "Schemas of plans and registry entries",
    description: "Call this first. JSON Schema of a plan (the YAML that the other tools take), of a hardware and of a \
        workload entry, and an example plan. A plan needs version, name, workload and hardware; everything else is \
        optional and has a documented default. Quantities carry their unit as text (450 GB/s, 4/s, 30 min). \
        Names of models, accelerators and regions come from search_registry.",
    arguments: &[
        Argument::optional(
            "kind",
            Kind::Choice(&[
                ("all", ""),
                ("plan", ""),
                ("hardware", "an accelerator of your own"),
                ("workload", "a model of your own"),
            ]),
            "\"all\"",
            "Which schema.",
        ),
        Argument::optional(
            "detail",
            Kind::Choice(&[
                ("concise", "long lists of names are cut"),
                ("full", "every name of the registry"),
            ]),
            "\"concise\"",
            "How much of the long lists.",
        ),
    ],
    output: || {
        let schema = json!({"type": "object", "description": "A JSON Schema, draft 2020-12."});
        object(
            json!({
                "MlsysPlanSchema": schema, "HardwareSchema": schema, "WorkloadSchema": schema,
                "example_yaml": {"type": "string", "description": "A plan that can be evaluated as it stands."},
            }),
            &[],
        )
    },
    effect: Effect::None,
    open_plan: false,
    work,
};

/// The plan that agents start from.
pub const EXAMPLE: &str = include_str!("../../../sample-plans/serve-llama3-70b-on-eight.yaml");

/// What may be asked for.
const KINDS: [&str; 4] = ["all", "plan", "hardware", "workload"];

/// Answers that were given, by kind and by length of lists.
#[derive(Default)]
pub struct Kept([[OnceLock<Answer>; 2]; KINDS.len()]);

impl Kept {
    /// The answer, made at its first call.
    fn answer(&self, registry: &Registry, kind: &str, full: bool) -> Answer {
        let made = || make(registry, kind, full);
        match KINDS.iter().position(|known| *known == kind) {
            Some(place) => self.0[place][usize::from(full)].get_or_init(made).clone(),
            None => made(),
        }
    }

    /// Makes what agents ask for first.
    pub fn warm(&self, registry: &Registry) {
        self.answer(registry, "all", false);
    }
}

// Every tool may refuse; this one has nothing to refuse.
#[allow(clippy::unnecessary_wraps)]
fn work(job: &Job<'_>) -> Result<Answer, Refusal> {
    let full = job.given.choice("detail", "concise") == "full";
    Ok(job.bench.schemas.answer(&job.bench.registry, &job.given.choice("kind", "all"), full))
}

fn make(registry: &Registry, kind: &str, full: bool) -> Answer {
    let wanted = |name: &str| kind == "all" || kind == name;
    let mut object = Map::new();
    if wanted("plan") {
        object.insert("MlsysPlanSchema".into(), plan(registry, full));
    }
    if wanted("hardware") {
        object.insert("HardwareSchema".into(), schema(SchemaKind::Hardware, registry));
    }
    if wanted("workload") {
        object.insert("WorkloadSchema".into(), schema(SchemaKind::Workload, registry));
    }
    if wanted("plan") {
        object.insert("example_yaml".into(), EXAMPLE.into());
    }
    let mut text = String::from(
        "A plan is YAML with version, name, workload and hardware; parallelism, data, ops and constraints are optional. \
         The schemas are in the structured content.\n",
    );
    if wanted("plan") {
        text.push_str(&format!("\nFields:\n{}\nExample:\n{EXAMPLE}", fields()));
    } else {
        text.push_str(&serde_json::to_string_pretty(&object).unwrap_or_default());
    }
    Answer { text, structured: Value::Object(object) }
}

/// Every field on a line, for clients that show text alone.
fn fields() -> String {
    use crate::plan::fields;
    fn walk(path: &str, out: &mut String) {
        for field in fields::children(path) {
            let must = if field.required { ", required" } else { "" };
            let default =
                if field.default.is_empty() { String::new() } else { format!(", default {}", field.default) };
            out.push_str(&format!("{}: {}{must}{default}\n", field.path, fields::allowed(field)));
            walk(field.path, out);
            if field.kind == fields::Kind::List {
                walk(&format!("{}[]", field.path), out);
            }
        }
    }
    let mut out = String::new();
    walk("", &mut out);
    out
}

fn plan(registry: &Registry, full: bool) -> Value {
    let mut value = schema(SchemaKind::Plan, registry);
    if !full {
        shorten(&mut value);
    }
    value
}

/// Takes long lists of offered names down to their beginning and says so. What the lists allow stays as it
/// was: they stand beside `type: string`.
fn shorten(value: &mut Value) {
    match value {
        Value::Object(map) => {
            if let Some(Value::Array(names)) = map.get("enum")
                && names.len() > LONG
                && names.iter().all(|name| name.is_string() || name.is_null())
            {
                let examples: Vec<Value> = names.iter().take(8).cloned().collect();
                let words = format!(
                    "One of {} names; search_registry finds them. The first are examples.",
                    names.len()
                );
                map.shift_remove("enum");
                map.insert("type".into(), "string".into());
                map.insert("examples".into(), examples.into());
                map.insert("description".into(), words.into());
            }
            map.values_mut().for_each(shorten);
        }
        Value::Array(items) => items.iter_mut().for_each(shorten),
        _ => {}
    }
}
