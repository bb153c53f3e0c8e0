//! `search_registry`: facts by name.

use serde_json::{Value, json};

use super::{Answer, Effect, Job, Tool, object};
use crate::mcp::arguments::{Argument, Kind};
use crate::mcp::errors::Refusal;
use crate::registry::{self, Physics};
use crate::render::facts;
use crate::search::fuzzy;

/// Entries of an answer where the call does not say, and of one with details.
const LISTED: u64 = 10;
const DETAILED: u64 = 3;

/// The tool.
pub const TOOL: Tool = Tool {
    name: "search_registry",
    title: "Find models, accelerators, regions, prices",
    description: "Finds registry entries by the letters of a query, best first: the ids that plans use. With details, \
        facts with units, sources and dates. An empty query lists a kind.",
    arguments: &[
        Argument::optional("query", Kind::Text(200), "\"\"", "Words of a name: llama 70b."),
        Argument::optional(
            "kind",
            Kind::Choice(&[
                ("all", ""),
                ("models", ""),
                ("hardware", "accelerators"),
                ("grids", "regions"),
                ("prices", ""),
                ("nodes", ""),
                ("systems", "fabrics, storage, reliability and others"),
            ]),
            "\"all\"",
            "What to look for.",
        ),
        Argument::optional("details", Kind::Flag, "false", "Facts, sources and dates of each entry."),
        Argument::optional(
            "limit",
            Kind::Integer(1, 100),
            "",
            "Most entries in one answer; without it 10, or 3 with details.",
        ),
        Argument::optional("cursor", Kind::Text(20), "", "next_cursor of the answer before."),
    ],
    output: || {
        object(
            json!({
                "total": {"type": "integer"},
                "entries": {"type": "array", "description": "id (what a plan uses), name, kind, group; entry with details."},
                "next_cursor": {"type": ["string", "null"]},
            }),
            &["total", "entries"],
        )
    },
    effect: Effect::None,
    open_plan: false,
    work,
};

fn work(job: &Job<'_>) -> Result<Answer, Refusal> {
    let registry = &job.bench.registry;
    let physics = job.bench.physics.unwrap_or(Physics::Studio);
    let kind = job.given.choice("kind", "all");
    let kinds: Vec<registry::Kind> =
        registry::Kind::named(&kind).map_or(registry::Kind::ALL.to_vec(), |kind| vec![kind]);
    let rows: Vec<(registry::Kind, (String, String, String))> = kinds
        .into_iter()
        .flat_map(|kind| registry.list(kind).into_iter().map(move |row| (kind, row)))
        .collect();
    let names: Vec<String> =
        rows.iter().map(|(_, (id, name, group))| format!("{id} {name} {group}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let query = job.given.text("query").unwrap_or_default();
    let (found, whole) = search(query, &names);
    let start = match job.given.text("cursor") {
        None => 0,
        Some(cursor) => cursor.parse::<usize>().map_err(|_| {
            Refusal::new("bad-cursor", "cursor", "this is not a cursor of this tool")
                .found(cursor)
                .fix("pass next_cursor of the answer before, unchanged")
        })?,
    };
    let details = job.given.flag("details");
    let limit = job.given.integer("limit").unwrap_or(if details { DETAILED } else { LISTED }) as usize;
    let mut text = match found.len() {
        0 => format!("Nothing matches {query}. Try fewer letters, or another kind.\n"),
        count if whole => format!("{count} match{}:\n", if count == 1 { "es" } else { "" }),
        count => format!("Nothing matches all of {query}; {count} match some of it, nearest first:\n"),
    };
    let mut entries = Vec::new();
    for place in found.iter().skip(start).take(limit) {
        let (kind, (id, name, group)) = &rows[*place];
        text.push_str(&format!("{id} ({name}; {}, {group})\n", kind.name()));
        let mut entry = json!({"id": id, "name": name, "kind": kind.name(), "group": group});
        if details && let Some(facts) = registry.entry_json(physics, *kind, id) {
            text.push_str(&told(&facts));
            entry["entry"] = facts;
        }
        entries.push(entry);
    }
    let end = start.saturating_add(limit);
    let next = (end < found.len()).then(|| end.to_string());
    if let Some(next) = &next {
        text.push_str(&format!("{} more: cursor {next}\n", found.len() - end));
    }
    Ok(Answer { text, structured: json!({"total": found.len(), "entries": entries, "next_cursor": next}) })
}

/// The facts of an entry in lines, for clients that show text alone: each with its unit, and where they are from.
fn told(entry: &Value) -> String {
    let facts: Vec<String> = facts::flat(&entry["facts"])
        .iter()
        .filter(|(field, _)| !field.starts_with("figures."))
        .map(|(field, value)| format!("{} {}", facts::label(field), facts::show(field, value)))
        .collect();
    format!("  {}\n  source: {}\n", facts.join("; "), facts::source(&entry["source"]))
}

/// Places of what matches, best first, and whether all of the query does. Else what has most of its words comes
/// first: people write `Llama-3.1-8B-Instruct` and `H100 SXM 80GB` for what stands here as `Llama3_8B` and `H100`.
fn search(query: &str, names: &[&str]) -> (Vec<usize>, bool) {
    let found: Vec<usize> = fuzzy::rank(query, names).iter().map(|found| found.index).collect();
    if !found.is_empty() {
        return (found, true);
    }
    let query = query.to_lowercase();
    let words: Vec<&str> =
        query.split(|c: char| !c.is_alphanumeric() && c != '.').filter(|word| word.len() > 1).collect();
    let mut scores: Vec<(usize, usize)> = names
        .iter()
        .enumerate()
        .map(|(index, name)| {
            let name = name.to_lowercase();
            let id = name.split(' ').next().unwrap_or_default();
            // What an id says tells entries apart; makers and form factors are common to many.
            let weight = |word: &&str| match () {
                () if id.contains(*word) => 3 * word.len(),
                () if name.contains(*word) => word.len(),
                () => 0,
            };
            (words.iter().map(weight).sum(), index)
        })
        .collect();
    let best = scores.iter().map(|(score, _)| *score).max().unwrap_or(0);
    // Less than half of the best is chance.
    scores.retain(|(score, _)| *score > 0 && score * 2 > best);
    // Among equals the shortest name has the least that was not asked for.
    scores.sort_by_key(|(score, index)| (std::cmp::Reverse(*score), names[*index].len(), *index));
    (scores.into_iter().map(|(_, index)| index).collect(), false)
}
