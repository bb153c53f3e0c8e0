//! `get_schemas`: how a plan is written.

use std::sync::OnceLock;

use serde_json::{Map, Value, json};

use super::{Answer, Effect, Job, Tool};
use crate::mcp::arguments::{Argument, Given, Kind};
use crate::mcp::errors::Refusal;
use crate::plan::schema::{SchemaKind, schema};
use crate::registry::Registry;

/// A list of names longer than this is shown by its beginning where the answer is concise.
const LONG: usize = 40;

/// The tool.
pub const TOOL: Tool = Tool {
    name: "get_schemas",
    title: "Schemas of plans and registry entries",
    description: "Call this first. JSON Schema of a plan (the YAML that the other tools take) and an example. A plan needs \
        version, name, workload and hardware; everything else is optional and has a default. Quantities carry their unit as text (450 GB/s, 4/s, 30 min). \
        Names of models, accelerators and regions come from search_registry.",
    arguments: &[
        Argument::optional(
            "kind",
            Kind::Choice(&[
                ("plan", ""),
                ("hardware", "an accelerator of your own"),
                ("workload", "a model of your own"),
                ("all", "the three"),
            ]),
            "\"plan\"",
            "Which schema.",
        ),
        Argument::optional(
            "detail",
            Kind::Choice(&[("concise", ""), ("full", "every name and meaning")]),
            "\"concise\"",
            "How much to say.",
        ),
    ],
    // Short: a client compiles the schema of an answer at the first call, which holds up every call beside it.
    output: || {
        json!({
            "type": "object",
            "description": "example_yaml, and by kind the JSON Schemas MlsysPlanSchema, HardwareSchema, WorkloadSchema.",
        })
    },
    effect: Effect::None,
    open_plan: false,
    work,
};

/// The plan that agents start from.
pub const EXAMPLE: &str = include_str!("../../../sample-plans/serve-llama3-70b-on-eight.yaml");

/// What may be asked for.
const KINDS: [&str; 4] = ["plan", "hardware", "workload", "all"];

/// Answers that were given, by kind and by length of lists, and the same as they go out.
#[derive(Default)]
pub struct Kept([[OnceLock<(Answer, Written)>; 2]; KINDS.len()]);

/// An answer as JSON: its text in quotation marks, and its structured content.
pub struct Written {
    /// The text.
    pub text: Vec<u8>,
    /// The object.
    pub structured: Vec<u8>,
}

impl Written {
    fn of(answer: &Answer) -> Written {
        let bytes = |value: &Value| value.to_string().into_bytes();
        Written { text: bytes(&answer.text.as_str().into()), structured: bytes(&answer.structured) }
    }
}

impl Kept {
    /// The answer, made at its first call.
    fn answer(&self, registry: &Registry, kind: &str, full: bool) -> Answer {
        match KINDS.iter().position(|known| *known == kind) {
            Some(place) => self.made(registry, place, full).0.clone(),
            None => make(registry, kind, full),
        }
    }

    fn made(&self, registry: &Registry, place: usize, full: bool) -> &(Answer, Written) {
        self.0[place][usize::from(full)].get_or_init(|| {
            let answer = make(registry, KINDS[place], full);
            let written = Written::of(&answer);
            (answer, written)
        })
    }

    /// The number of the answer to these arguments, which is then kept.
    pub fn number(&self, registry: &Registry, given: &Given) -> Option<usize> {
        let (kind, full) = asked(given);
        let place = KINDS.iter().position(|known| *known == kind)?;
        self.made(registry, place, full);
        Some(2 * place + usize::from(full))
    }

    /// An answer that is kept, by its number.
    pub fn written(&self, number: usize) -> Option<&Written> {
        self.0.get(number / 2)?[number % 2].get().map(|(_, written)| written)
    }

    /// Makes what agents ask for first.
    pub fn warm(&self, registry: &Registry) {
        self.answer(registry, "plan", false);
    }
}

// Every tool may refuse; this one has nothing to refuse.
#[allow(clippy::unnecessary_wraps)]
fn work(job: &Job<'_>) -> Result<Answer, Refusal> {
    let (kind, full) = asked(job.given);
    Ok(job.bench.schemas.answer(&job.bench.registry, &kind, full))
}

/// Which schemas, and whether at length.
fn asked(given: &Given) -> (String, bool) {
    (given.choice("kind", "plan"), given.choice("detail", "concise") == "full")
}

fn make(registry: &Registry, kind: &str, full: bool) -> Answer {
    let wanted = |name: &str| kind == "all" || kind == name;
    let mut object = Map::new();
    if wanted("plan") {
        object.insert("MlsysPlanSchema".into(), of(SchemaKind::Plan, registry, full));
    }
    if wanted("hardware") {
        object.insert("HardwareSchema".into(), of(SchemaKind::Hardware, registry, full));
    }
    if wanted("workload") {
        object.insert("WorkloadSchema".into(), of(SchemaKind::Workload, registry, full));
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
        text.push_str(&serde_json::to_string(&object).unwrap_or_default());
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
            // The long list stands once.
            let allowed = match field.kind {
                fields::Kind::Precision if field.path != "hardware.precision" => {
                    "as hardware.precision".into()
                }
                fields::Kind::Block => "block".into(),
                _ => fields::allowed(field).replace('`', ""),
            };
            out.push_str(&format!("{}: {allowed}{must}{default}\n", field.path));
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

fn of(kind: SchemaKind, registry: &Registry, full: bool) -> Value {
    let mut value = schema(kind, registry);
    if !full {
        shorten(&mut value);
        plain(&mut value);
    }
    value
}

/// Choices whose meanings are told one by one; of longer lists the words alone.
const FEW: usize = 4;

/// The same schema in fewer words: a choice is one list, and `null`, which leaves a field out, is not named.
fn plain(value: &mut Value) {
    let map = match value {
        Value::Object(map) => map,
        Value::Array(items) => return items.iter_mut().for_each(plain),
        _ => return,
    };
    if let Some(Value::Array(types)) = map.get_mut("type") {
        types.retain(|one| one != "null");
        if let [one] = types.as_slice() {
            let one = one.clone();
            map.insert("type".into(), one);
        }
    }
    if let Some(Value::Array(mut ways)) = map.remove("anyOf") {
        ways.retain(|way| way["type"] != "null");
        let any_text = json!({"type": "string"});
        let words: Vec<Value> = ways.iter().filter_map(|way| way.get("const").cloned()).collect();
        if words.len() == ways.len() {
            let told =
                ways.iter().filter_map(|way| Some((way["const"].as_str()?, way["description"].as_str()?)));
            let told: Vec<String> = told.map(|(word, meaning)| format!("{word}: {meaning}")).collect();
            if told.len() <= FEW && !told.is_empty() {
                say(map, &told.join("; "));
            }
            map.insert("enum".into(), words.into());
        } else if let [way, other] = ways.as_slice()
            && *other == any_text
            && let Value::Object(way) = way
        {
            // Names of the registry beside any other text: a file.
            for (key, inner) in way {
                match (key.as_str(), inner.as_str()) {
                    ("description", Some(more)) => say(map, more),
                    _ => drop(map.insert(key.clone(), inner.clone())),
                }
            }
        } else {
            map.insert("anyOf".into(), ways.into());
        }
    }
    if map.contains_key("enum") || map.contains_key("default") {
        // A list or a value is example enough.
        map.remove("examples");
    }
    map.values_mut().for_each(plain);
}

/// One more sentence about a field.
fn say(map: &mut Map<String, Value>, more: &str) {
    let own = map.get("description").and_then(Value::as_str).unwrap_or_default();
    let words = format!("{own} {more}").trim().to_owned();
    map.insert("description".into(), words.into());
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
