//! `zoo`: what the registry knows, and where each figure comes from.

use serde_json::{Map, Value, json};

use super::args::{Global, Output, ZooArgs};
use super::input::Session;
use super::out::{self, Failure, Outcome, Paint, Tone, clean};
use crate::registry::{Kind, Physics};
use crate::render::{facts, html, markdown, text};

/// Key figures of a kind for its listing: heading and field.
fn columns(kind: Kind) -> &'static [(&'static str, &'static str)] {
    match kind {
        Kind::Hardware => &[
            ("peak", "peak_flop_per_s"),
            ("memory", "memory_bytes"),
            ("bandwidth", "memory_bytes_per_s"),
            ("power", "tdp_w"),
            ("price", "unit_cost_usd"),
        ],
        Kind::Models => &[
            ("parameters", "parameters"),
            ("active", "active_parameters"),
            ("work", "inference_flop"),
            ("layers", "layers"),
            ("context", "context_length"),
        ],
        Kind::Grids => &[
            ("carbon", "carbon_g_per_kwh"),
            ("PUE", "pue"),
            ("water", "wue_l_per_kwh"),
            ("electricity", "electricity_usd_per_kwh"),
            ("source", "primary_source"),
        ],
        Kind::Prices => &[("value", "value"), ("unit", "unit")],
        Kind::Nodes => &[
            ("accelerator", "accelerator"),
            ("count", "accelerators_per_node"),
            ("link", "intra_node_bytes_per_s"),
            ("power", "max_power_w"),
        ],
        Kind::Systems => &[],
    }
}

/// Runs the command.
pub fn run(args: &ZooArgs, global: &Global) -> Outcome {
    let session = Session::open(global);
    let physics = session.physics.unwrap_or_default();
    match (&args.kind, &args.name) {
        (None, _) => overview(&session, physics, global),
        (Some(word), None) => match Kind::named(word) {
            Some(kind) => list(&session, physics, kind, None, global),
            None => entry(&session, physics, &find_anywhere(&session, physics, word)?, global),
        },
        (Some(word), Some(name)) => {
            let kind = Kind::named(word).ok_or_else(|| unknown_kind(word))?;
            match session.registry.entry_json(physics, kind, name) {
                Some(value) => entry(&session, physics, &(kind, value), global),
                // No entry of that name: those that have the word in theirs.
                None if any_like(&session, physics, kind, name) => {
                    list(&session, physics, kind, Some(name), global)
                }
                None => Err(not_found(&session, physics, &[kind], name)),
            }
        }
    }
}

fn unknown_kind(word: &str) -> Failure {
    let names: Vec<&str> = Kind::ALL.iter().map(|kind| kind.name()).collect();
    Failure::bad_input(format!("the registry has no kind {word}; it has {}", names.join(", ")))
}

fn find_anywhere(session: &Session, physics: Physics, name: &str) -> Result<(Kind, Value), Failure> {
    Kind::ALL
        .into_iter()
        .find_map(|kind| Some((kind, session.registry.entry_json(physics, kind, name)?)))
        .ok_or_else(|| not_found(session, physics, &Kind::ALL, name))
}

fn not_found(session: &Session, physics: Physics, kinds: &[Kind], name: &str) -> Failure {
    let registry = &session.registry;
    let nearest = |kind| match kind {
        Kind::Hardware => registry.accelerator(physics, name).err().map(|error| error.nearest),
        Kind::Models => registry.model(physics, name).err().map(|error| error.nearest),
        Kind::Grids => registry.grid(physics, name).err().map(|error| error.nearest),
        Kind::Prices => registry.price(physics, name).err().map(|error| error.nearest),
        Kind::Nodes => registry.node(physics, name).err().map(|error| error.nearest),
        Kind::Systems => registry.table(physics, name).err().map(|error| error.nearest),
    };
    let mut near: Vec<(f64, String)> = kinds
        .iter()
        .filter_map(|kind| nearest(*kind))
        .flatten()
        .map(|id| (strsim::jaro_winkler(&name.to_lowercase(), &id.to_lowercase()), id))
        .collect();
    near.sort_by(|a, b| b.0.total_cmp(&a.0));
    near.dedup_by(|a, b| a.1 == b.1);
    let near: Vec<String> = near.into_iter().take(3).map(|(_, id)| id).collect();
    let place = match kinds {
        [one] => one.name(),
        _ => "the registry",
    };
    Failure::bad_input(if near.is_empty() {
        format!("{place} has no entry {name}; `mlsysim-tui zoo` lists what there is")
    } else {
        format!("{place} has no entry {name}; nearest: {}", near.join(", "))
    })
}

/// How many entries of each kind there are.
fn overview(session: &Session, physics: Physics, global: &Global) -> Outcome {
    let rows: Vec<(Kind, usize)> =
        Kind::ALL.into_iter().map(|kind| (kind, session.registry.list(kind).len())).collect();
    if global.output == Output::Json {
        let counts: Map<String, Value> =
            rows.iter().map(|(kind, count)| (kind.name().into(), (*count).into())).collect();
        out::json(&json!({
            "registry_version": session.registry.version(),
            "physics": physics.name(),
            "entries": counts,
        }))?;
        return Ok(0);
    }
    let rows = rows
        .into_iter()
        .map(|(kind, count)| {
            vec![kind.name().to_string(), count.to_string(), format!("mlsysim-tui zoo {}", kind.name())]
        })
        .collect();
    table(
        &format!("Registry {}", session.registry.version()),
        &["kind", "entries", "to list them"],
        rows,
        global,
    )
}

/// True where the id, name, group or an alias has the word in it, in any case.
fn is_like(value: &Value, word: &str) -> bool {
    let word = word.trim().to_lowercase();
    let has = |text: Option<&Value>| {
        text.and_then(Value::as_str).is_some_and(|text| text.to_lowercase().contains(&word))
    };
    let aliases = value.get("aliases").and_then(Value::as_array);
    word.len() > 1
        && (["id", "name", "group"].iter().any(|key| has(value.get(key)))
            || aliases.into_iter().flatten().any(|alias| has(Some(alias))))
}

fn any_like(session: &Session, physics: Physics, kind: Kind, word: &str) -> bool {
    let mut entries = session.registry.list(kind).into_iter();
    entries.any(|(id, ..)| {
        session.registry.entry_json(physics, kind, &id).is_some_and(|value| is_like(&value, word))
    })
}

fn list(session: &Session, physics: Physics, kind: Kind, word: Option<&str>, global: &Global) -> Outcome {
    let entries = session.registry.list(kind);
    // A profile may lack entries that the other has.
    let known = entries.into_iter().filter_map(|(id, name, group)| {
        let value = session.registry.entry_json(physics, kind, &id)?;
        word.is_none_or(|word| is_like(&value, word)).then_some((value, id, name, group))
    });
    if global.output == Output::Json {
        let list: Vec<Value> = known
            .map(|(value, id, name, group)| {
                json!({ "id": id, "name": name, "group": group, "facts": value.get("facts").cloned().unwrap_or_default() })
            })
            .collect();
        out::json(&Value::Array(list))?;
        return Ok(0);
    }
    let mut head = vec!["id", "name", "group"];
    head.extend(columns(kind).iter().map(|(heading, _)| *heading));
    if kind == Kind::Systems {
        head.push("figures");
    }
    let rows = known
        .map(|(value, id, name, group)| {
            let facts = value.get("facts");
            let mut row = vec![id, name, group];
            row.extend(columns(kind).iter().map(|(_, field)| {
                facts
                    .and_then(|facts| facts.get(*field))
                    .map(|value| facts::show(field, value))
                    .unwrap_or_default()
            }));
            if kind == Kind::Systems {
                row.push(facts.map(facts::brief).unwrap_or_default());
            }
            row
        })
        .collect();
    table(kind.name(), &head, rows, global)
}

fn table(title: &str, head: &[&str], rows: Vec<Vec<String>>, global: &Global) -> Outcome {
    let rows: Vec<Vec<String>> =
        rows.into_iter().map(|row| row.into_iter().map(|cell| clean(&cell).into_owned()).collect()).collect();
    match global.output {
        Output::Markdown => {
            let mut answer = String::new();
            markdown::table(&mut answer, head, &rows);
            out::payload(answer.trim_end())?;
        }
        Output::Html => out::payload(&html::page(title, &html::table(head, &rows)))?,
        _ => {
            let paint = Paint { color: out::wants_color(global.color, &std::io::stdout()) };
            out::payload(&text::table(head, &rows, paint).join("\n"))?;
        }
    }
    Ok(0)
}

/// One entry: facts, each with its source and the source's date.
fn entry(session: &Session, physics: Physics, found: &(Kind, Value), global: &Global) -> Outcome {
    let (kind, value) = found;
    if global.output == Output::Json {
        let mut object = Map::new();
        object.insert("kind".into(), kind.name().into());
        object.insert("physics".into(), physics.name().into());
        object.insert("registry_version".into(), session.registry.version().into());
        object.extend(value.as_object().cloned().unwrap_or_default());
        out::json(&Value::Object(object))?;
        return Ok(0);
    }
    let words = |key: &str| value.get(key).and_then(Value::as_str).unwrap_or_default().to_string();
    let title = format!("{} ({})", words("name"), words("id"));
    let mut rows = vec![vec!["kind".into(), kind.name().to_string(), words("group")]];
    let aliases = facts::aliases(value);
    if !aliases.is_empty() {
        rows.push(vec!["also".into(), aliases.join(", "), String::new()]);
    }
    let sources = value.get("field_sources");
    for (field, figure) in facts::flat(value.get("facts").unwrap_or(&Value::Null)) {
        let own = sources.and_then(|sources| sources.get(&field)).map(facts::source).unwrap_or_default();
        rows.push(vec![facts::label(&field), facts::show(&field, &figure), own]);
    }
    let source = value.get("source").map(facts::source).unwrap_or_default();
    rows.push(vec!["source".into(), source, String::new()]);
    let confidence = words("confidence");
    if !confidence.is_empty() {
        rows.push(vec!["confidence".into(), confidence, String::new()]);
    }
    if let Some(user) = value.pointer("/origin/user").and_then(Value::as_str) {
        rows.push(vec!["from".into(), format!("your file {user}"), String::new()]);
    }
    if global.output != Output::Text {
        return table(&title, &["fact", "value", "note"], rows, global);
    }
    let paint = Paint { color: out::wants_color(global.color, &std::io::stdout()) };
    let width = rows.iter().map(|row| row[0].len()).max().unwrap_or(0);
    let mut answer = format!("{}\n", paint.tone(Tone::Strong, &clean(&title)));
    for row in rows {
        let note = if row[2].is_empty() {
            String::new()
        } else {
            paint.tone(Tone::Quiet, &format!("  {}", clean(&row[2])))
        };
        answer.push_str(&format!("  {}  {}{note}\n", out::pad(&row[0], width), clean(&row[1])));
    }
    out::payload(&answer)?;
    Ok(0)
}
