//! What can be read: the schema, the guide, the walls, the sample plans, the registry, the sources.

use rmcp::model::{ErrorData, ReadResourceResult, Resource, ResourceContents, ResourceTemplate};

use crate::engine::walls::{self, WALLS};
use crate::metrics::{METRICS, Metric};
use crate::plan::schema::{SchemaKind, schema};
use crate::registry::{Kind, Physics, Registry};

const SCHEME: &str = "mlsysim://";

/// Plans to start from: name, story and text.
const SAMPLES: [(&str, &str, &str); 5] = [
    (
        "serve-llama3-70b",
        "Serve Llama-3 70B on one H100: does it fit?",
        include_str!("../../sample-plans/serve-llama3-70b.yaml"),
    ),
    (
        "serve-llama3-70b-on-eight",
        "The same on eight, and what it costs a year",
        include_str!("../../sample-plans/serve-llama3-70b-on-eight.yaml"),
    ),
    (
        "train-llama3-8b-64",
        "Train Llama-3 8B on 64 H100s",
        include_str!("../../sample-plans/train-llama3-8b-64.yaml"),
    ),
    ("moe-mixtral", "Mixture of experts: Mixtral 8x7B", include_str!("../../sample-plans/moe-mixtral.yaml")),
    ("tinyml-esp32", "TinyML: DS-CNN on an ESP32", include_str!("../../sample-plans/tinyml-esp32.yaml")),
];

/// What is read whole: address, name, title, what it is, type.
const FIXED: [(&str, &str, &str, &str, &str); 7] = [
    (
        "schema/plan",
        "plan-schema",
        "Schema of plans",
        "JSON Schema of a plan, with every registry name.",
        "application/schema+json",
    ),
    (
        "schema/hardware",
        "hardware-schema",
        "Schema of an accelerator entry",
        "JSON Schema of an accelerator of your own.",
        "application/schema+json",
    ),
    (
        "schema/workload",
        "workload-schema",
        "Schema of a model entry",
        "JSON Schema of a model of your own.",
        "application/schema+json",
    ),
    (
        "guide",
        "guide",
        "How to work with this server",
        "Order of calls, units, accuracy, errors.",
        "text/markdown",
    ),
    ("walls", "walls", "The 22 walls", "What each wall asks, its equation and its sources.", "text/markdown"),
    (
        "plan-reference",
        "plan-reference",
        "Every field of a plan",
        "Meaning, unit, default and range of each field.",
        "text/markdown",
    ),
    (
        "sources",
        "sources",
        "Sources of the equations",
        "Where the equations of the walls come from.",
        "text/markdown",
    ),
];

/// Every metric of a report: key, unit, meaning.
fn metrics() -> String {
    let line = |metric: &Metric| {
        let unit = if metric.unit.is_empty() { "ratio" } else { metric.unit };
        format!("- `{}{}` ({unit}): {}\n", metric.lens.prefix(), metric.key, metric.doc)
    };
    METRICS.iter().map(line).collect()
}

/// What there is.
pub fn list() -> Vec<Resource> {
    let fixed = FIXED.iter().map(|(path, name, title, what, kind)| {
        Resource::new(format!("{SCHEME}{path}"), *name)
            .with_title(*title)
            .with_description(*what)
            .with_mime_type(*kind)
    });
    let samples = SAMPLES.iter().map(|(name, story, text)| {
        Resource::new(format!("{SCHEME}samples/{name}"), *name)
            .with_title(*story)
            .with_description("A sample plan.")
            .with_mime_type("application/yaml")
            .with_size(text.len() as u64)
    });
    fixed.chain(samples).collect()
}

/// What can be read by name.
pub fn templates() -> Vec<ResourceTemplate> {
    vec![
        ResourceTemplate::new(format!("{SCHEME}registry/{{kind}}/{{id}}"), "registry-entry")
            .with_title("A registry entry")
            .with_description(
                "Facts with units, sources and dates. kind: hardware, models, grids, prices, nodes, systems.",
            )
            .with_mime_type("application/json"),
        ResourceTemplate::new(format!("{SCHEME}walls/{{number}}"), "wall")
            .with_title("A wall")
            .with_description("What a wall asks, its equation and its sources; 1 to 22.")
            .with_mime_type("text/markdown"),
        ResourceTemplate::new(format!("{SCHEME}samples/{{name}}"), "sample-plan")
            .with_title("A sample plan")
            .with_description("A plan to start from.")
            .with_mime_type("application/yaml"),
    ]
}

fn wall_card(wall: &walls::Wall) -> String {
    format!(
        "## {} {}\n\n{}\n\nDomain: {}. Equation: {}\n\nSources: {}\n",
        wall.number,
        wall.name,
        wall.question,
        wall.domain,
        wall.equation,
        wall.sources.join("; ")
    )
}

/// Reads an address.
///
/// # Errors
///
/// Where there is nothing at it.
pub fn read(uri: &str, registry: &Registry) -> Result<ReadResourceResult, ErrorData> {
    let missing = || {
        let short: String = uri.chars().take(120).collect();
        ErrorData::resource_not_found(
            format!(
                "there is nothing at {short}; resources/list and resources/templates/list name what there is"
            ),
            None,
        )
    };
    let path = uri.strip_prefix(SCHEME).ok_or_else(missing)?;
    let json = |kind| serde_json::to_string_pretty(&schema(kind, registry)).unwrap_or_default();
    let (kind, text) = match path.split('/').collect::<Vec<_>>().as_slice() {
        ["schema", "plan"] => ("application/schema+json", json(SchemaKind::Plan)),
        ["schema", "hardware"] => ("application/schema+json", json(SchemaKind::Hardware)),
        ["schema", "workload"] => ("application/schema+json", json(SchemaKind::Workload)),
        ["guide"] => ("text/markdown", format!("{}\n## Metrics\n\n{}", include_str!("guide.md"), metrics())),
        ["walls"] => {
            let cards: Vec<String> = WALLS.iter().map(wall_card).collect();
            ("text/markdown", format!("# The 22 walls\n\n{}", cards.join("\n")))
        }
        ["walls", number] => {
            let wall = number.parse().ok().and_then(walls::wall).ok_or_else(missing)?;
            ("text/markdown", wall_card(wall))
        }
        ["plan-reference"] => ("text/markdown", crate::plan::reference::markdown()),
        ["sources"] => {
            let lines: Vec<String> = WALLS
                .iter()
                .map(|wall| format!("- Wall {} {}: {}\n", wall.number, wall.name, wall.sources.join("; ")))
                .collect();
            let note = "Each figure of the registry has a source and a date of its own: read mlsysim://registry/{kind}/{id}.";
            ("text/markdown", format!("# Sources of the equations\n\n{}\n{note}\n", lines.concat()))
        }
        ["samples", name] => {
            let sample = SAMPLES.iter().find(|(known, _, _)| known == name).ok_or_else(missing)?;
            ("application/yaml", sample.2.to_owned())
        }
        ["registry", kind, id] => {
            let kind = Kind::named(kind).ok_or_else(missing)?;
            let id = decoded(id);
            let entry = registry.entry_json(Physics::Studio, kind, &id).ok_or_else(missing)?;
            ("application/json", serde_json::to_string_pretty(&entry).unwrap_or_default())
        }
        _ => return Err(missing()),
    };
    Ok(ReadResourceResult::new(vec![ResourceContents::text(text, uri).with_mime_type(kind)]))
}

/// `%20` and the like as the characters they stand for; what is no such escape stays.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let escaped = (*first == b'%').then(|| std::str::from_utf8(after.get(..2)?).ok()).flatten();
        if let Some(byte) = escaped.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            bytes.push(byte);
            rest = &after[2..];
        } else {
            bytes.push(*first);
            rest = after;
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// What the variable of a template may be; `kind` is what was chosen for that variable.
pub fn values(
    template: &str,
    variable: &str,
    kind: Option<&str>,
    registry: &Registry,
) -> Option<Vec<String>> {
    let known = templates().iter().any(|one| one.uri_template == template);
    match (known, variable) {
        (true, "kind") => Some(Kind::ALL.iter().map(|kind| kind.name().to_owned()).collect()),
        (true, "id") => {
            let kinds = kind.and_then(Kind::named).map_or(Kind::ALL.to_vec(), |kind| vec![kind]);
            Some(kinds.into_iter().flat_map(|kind| registry.list(kind)).map(|(id, _, _)| id).collect())
        }
        (true, "number") => Some(WALLS.iter().map(|wall| wall.number.to_string()).collect()),
        (true, "name") => Some(SAMPLES.iter().map(|(name, _, _)| (*name).to_owned()).collect()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_that_is_listed_can_be_read() {
        let registry = Registry::builtin();
        for resource in list() {
            let read = read(&resource.uri, &registry).unwrap();
            assert_eq!(read.contents.len(), 1, "{}", resource.uri);
        }
        assert!(read("mlsysim://registry/hardware/H100", &registry).is_ok());
        assert!(read("mlsysim://walls/14", &registry).is_ok());
        for wrong in [
            "mlsysim://walls/23",
            "file:///etc/passwd",
            "mlsysim://samples/../x",
            "mlsysim://registry/hardware/none",
        ] {
            assert!(read(wrong, &registry).is_err(), "{wrong}");
        }
    }

    #[test]
    fn escapes_of_addresses() {
        assert_eq!(decoded("a%20b%zz%"), "a b%zz%");
    }
}
