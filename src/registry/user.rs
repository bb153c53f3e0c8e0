//! A user's own entries: registry files laid over the shipped facts, and the stand-alone `model.yaml` and
//! `hardware.yaml` that a plan may name.

use serde_json::{Map, Value};

use super::shape::{self, Problem};
use super::{
    Accelerator, Entry, Grid, Kind, Model, NodeFacts, Origin, Physics, Price, Registry, RegistryProblem,
    Shelved, Source, Table,
};
use crate::yaml;

/// Lays the entries of one file over `registry`.
pub(super) fn lay_over(registry: &mut Registry, file: &str, text: &str, problems: &mut Vec<RegistryProblem>) {
    let mut say = |offset: usize, message: String| {
        let line = yaml::line_column(text, offset).0;
        problems.push(RegistryProblem { file: file.to_owned(), line, message });
    };
    let root = match yaml::parse(text) {
        Ok(root) => root,
        Err(error) => return say(error.range.start, error.message),
    };
    let sections = match &root.value {
        yaml::Value::Null => return,
        yaml::Value::Mapping(sections) => sections,
        other => {
            return say(
                root.range.start,
                format!(
                    "a registry file is a mapping of {}; this is {}",
                    shape::SECTIONS.join(", "),
                    other.kind()
                ),
            );
        }
    };
    for section in sections {
        let Some(kind) = Kind::named(&section.key) else {
            say(section.key_range.start, unknown(&section.key, shape::SECTIONS));
            continue;
        };
        let yaml::Value::Mapping(entries) = &section.value.value else {
            say(section.key_range.start, format!("`{}` is a mapping of ids to entries", section.key));
            continue;
        };
        if kind == Kind::Prices {
            say(section.key_range.start, NO_PRICES.to_owned());
            continue;
        }
        for entry in entries {
            if kind == Kind::Systems
                && let Some(why) = unread(registry, entry)
            {
                say(entry.key_range.start, format!("{}.{}: {why}", section.key, entry.key));
                continue;
            }
            let found = match kind {
                Kind::Hardware => put::<Accelerator>(registry, file, entry),
                Kind::Models => put::<Model>(registry, file, entry),
                Kind::Grids => put::<Grid>(registry, file, entry),
                Kind::Prices => put::<Price>(registry, file, entry),
                Kind::Nodes => put::<NodeFacts>(registry, file, entry),
                Kind::Systems => put::<Table>(registry, file, entry),
            };
            for problem in found {
                let offset = place(&entry.value, &problem.path).unwrap_or(entry.key_range.start);
                say(offset, format!("{}.{}: {}", section.key, entry.key, sentence(&problem)));
            }
        }
    }
}

/// The prices that plans are computed with stand elsewhere.
const NO_PRICES: &str = "`prices` of a file of your own would have no effect: write `unit_cost` or `rent` of the \
    accelerator under `hardware`, or ops.rent_usd_per_accelerator_hour and ops.electricity_usd_per_kwh in the plan";

/// Groups of `systems` that something looks names up in.
const READ_GROUPS: [&str; 4] = ["dataset", "fabric", "cluster", "datacenter"];

/// Why an entry of `systems` would have no effect; `None` where something reads it.
fn unread(registry: &Registry, entry: &yaml::Entry) -> Option<String> {
    let written = match &entry.value.value {
        yaml::Value::Mapping(facts) => facts.iter().find_map(|fact| match &fact.value.value {
            yaml::Value::Text(group) if fact.key == "group" => Some(group.clone()),
            _ => None,
        }),
        _ => return None,
    };
    let shipped = registry.table(Physics::Studio, &entry.key).ok();
    let group = written.or_else(|| shipped.map(|entry| entry.group.clone()));
    let groups = READ_GROUPS.join(", ");
    match group {
        Some(group) if READ_GROUPS.contains(&group.as_str()) => None,
        Some(group) => {
            Some(format!("nothing looks up entries of the group `{group}`; those of {groups} count"))
        }
        None => Some(format!("write its `group`: one of {groups}")),
    }
}

/// Puts one entry on its shelf, over the shipped one of that name where there is one.
fn put<T: Shelved>(registry: &mut Registry, file: &str, written: &yaml::Entry) -> Vec<Problem> {
    let raw = plain(&written.value);
    let (patch, mut problems) = shape::reduce(T::SECTION, &raw);
    if !problems.is_empty() {
        return problems;
    }
    let base = registry.shelf::<T>().find(Physics::Studio, &written.key).ok().map(|entry| entry.id.clone());
    let mut read = |physics| -> Option<Entry<T>> {
        let base = base.as_ref().and_then(|id| registry.shelf::<T>().by_id(physics, id));
        let (entry, found) = merged(base.map(AsRef::as_ref), &written.key, file, &patch);
        if entry.is_none() && problems.is_empty() {
            problems = found;
        }
        entry
    };
    let (studio, mlsysim) = (read(Physics::Studio), read(Physics::Mlsysim));
    let Some(studio) = studio else { return problems };
    let mlsysim = mlsysim.filter(|other| *other != studio);
    let shelves = std::sync::Arc::make_mut(&mut registry.user);
    let shelf = T::users_mut(shelves).get_or_insert_with(|| T::shipped().clone());
    shelf.put(studio, mlsysim);
    problems
}

/// A user's patch over a shipped entry, or a new entry.
fn merged<T: Shelved>(
    base: Option<&Entry<T>>,
    id: &str,
    file: &str,
    patch: &Map<String, Value>,
) -> (Option<Entry<T>>, Vec<Problem>) {
    let mut whole = match base.map(serde_json::to_value) {
        Some(Ok(Value::Object(map))) => map,
        _ => Map::new(),
    };
    let user = Source { kind: "user".to_owned(), title: file.to_owned(), ..Source::default() };
    let user = serde_json::to_value(user).unwrap_or(Value::Null);
    if base.is_none() {
        whole.insert("id".to_owned(), Value::String(id.to_owned()));
        whole.insert("name".to_owned(), Value::String(id.to_owned()));
        whole.insert("group".to_owned(), Value::String("user".to_owned()));
        whole.insert("source".to_owned(), user.clone());
    } else if let Some(Value::Object(facts)) = patch.get("facts") {
        // The figures that the user changed are the user's, the others keep their source.
        let own = patch.get("source").cloned().unwrap_or(user);
        let sources = whole.entry("field_sources").or_insert_with(|| Value::Object(Map::new()));
        if let Value::Object(sources) = sources {
            for fact in facts.keys() {
                sources.insert(fact.clone(), own.clone());
            }
        }
    }
    let mut patch = patch.clone();
    if base.is_some() {
        patch.shift_remove("source");
    }
    shape::overlay(&mut whole, &patch);
    let mut problems = shape::check(T::SECTION, &whole);
    if !problems.is_empty() {
        return (None, problems);
    }
    match serde_json::from_value::<Entry<T>>(Value::Object(whole)) {
        Ok(entry) => (Some(Entry { origin: Origin::User(file.to_owned()), ..entry }), problems),
        Err(error) => {
            problems.push(Problem { path: Vec::new(), message: error.to_string(), unknown: None });
            (None, problems)
        }
    }
}

/// The accelerator of a stand-alone file: our own keys, or those of an mlsysim hardware file.
pub(super) fn accelerator(text: &str, name: &str) -> Result<Entry<Accelerator>, Vec<RegistryProblem>> {
    single(
        text,
        name,
        "hardware",
        |raw| if raw.contains_key("compute") { hardware_keys(raw) } else { Vec::new() },
    )
}

/// The model of a stand-alone file: our own keys, or those of an mlsysim workload file.
pub(super) fn model(text: &str, name: &str) -> Result<Entry<Model>, Vec<RegistryProblem>> {
    single(text, name, "models", model_keys)
}

/// One entry of a file that holds nothing else. `rename` turns foreign keys into ours and says which came
/// from where.
fn single<T: Shelved>(
    text: &str,
    file: &str,
    section: &str,
    rename: impl Fn(&mut Map<String, Value>) -> Vec<(&'static str, &'static str)>,
) -> Result<Entry<T>, Vec<RegistryProblem>> {
    let problem = |offset: usize, message: String| RegistryProblem {
        file: file.to_owned(),
        line: yaml::line_column(text, offset).0,
        message,
    };
    let root = yaml::parse(text).map_err(|error| vec![problem(error.range.start, error.message)])?;
    // A registry file with one entry will do as well.
    let root = match &root.value {
        yaml::Value::Mapping(sections) if sections.len() == 1 && sections[0].key == section => {
            match &sections[0].value.value {
                yaml::Value::Mapping(entries) if entries.len() == 1 => entries[0].value.clone(),
                _ => {
                    return Err(vec![problem(
                        root.range.start,
                        format!("{file} must hold one entry of {section}"),
                    )]);
                }
            }
        }
        _ => root,
    };
    let Value::Object(mut raw) = plain(&root) else {
        return Err(vec![problem(root.range.start, format!("{file} is not a mapping of keys to values"))]);
    };
    let renamed = rename(&mut raw);
    let (patch, mut problems) = shape::reduce(section, &Value::Object(raw));
    let mut entry = None;
    if problems.is_empty() {
        (entry, problems) = merged(None, file, file, &patch);
    }
    entry.ok_or_else(|| {
        problems
            .iter()
            .map(|found| {
                let mut path = found.path.clone();
                if let Some((from, _)) = renamed.iter().find(|(_, to)| path.first().is_some_and(|p| p == to))
                {
                    path.splice(0..1, from.split('.').map(str::to_owned));
                }
                let offset = place(&root, &path).unwrap_or(root.range.start);
                problem(offset, sentence(found))
            })
            .collect()
    })
}

/// Keys of an mlsysim hardware file and ours.
const HARDWARE_KEYS: &[(&str, &str)] = &[
    ("compute.peak_flops", "peak"),
    ("compute.precision_flops", "peaks"),
    ("memory.capacity", "memory"),
    ("memory.bandwidth", "memory_bandwidth"),
    ("memory.sram_capacity", "sram"),
    ("memory.sram_bandwidth", "sram_bandwidth"),
    ("memory.flash_capacity", "flash"),
    ("memory.flash_bandwidth", "flash_bandwidth"),
    ("storage.bandwidth", "storage_bandwidth"),
    ("embodied_carbon_kg", "embodied_carbon"),
    ("unit_cost_usd", "unit_cost"),
];

/// Keys of an mlsysim workload file and ours.
const MODEL_KEYS: &[(&str, &str)] = &[
    ("inference_flops", "inference_work"),
    ("model_size", "size"),
    ("active_experts_per_token", "active_experts"),
    ("parameters_count", "parameters"),
    ("ffn_hidden_dim", "ffn_dim"),
];

/// Sections of an mlsysim hardware file; `storage.capacity` is a figure that nothing reads.
const HARDWARE_PARTS: &[&str] = &["compute", "memory", "storage"];

fn hardware_keys(raw: &mut Map<String, Value>) -> Vec<(&'static str, &'static str)> {
    let mut renamed = Vec::new();
    let mut parts = Map::new();
    for part in HARDWARE_PARTS {
        if let Some(value) = raw.shift_remove(*part) {
            parts.insert((*part).to_owned(), value);
        }
    }
    if let Some(Value::Object(storage)) = parts.get_mut("storage") {
        storage.shift_remove("capacity");
    }
    for (from, to) in HARDWARE_KEYS {
        let value = match from.split_once('.') {
            Some((part, key)) => match parts.get_mut(part) {
                Some(Value::Object(part)) => part.shift_remove(key),
                _ => None,
            },
            None => raw.shift_remove(*from),
        };
        if let Some(value) = value {
            raw.insert((*to).to_owned(), value);
            renamed.push((*from, *to));
        }
    }
    // What is left over is not known: it goes back, so that it is reported under its own name.
    for (part, rest) in parts {
        match rest {
            Value::Object(rest) => {
                rest.into_iter().for_each(|(key, value)| {
                    raw.entry(key).or_insert(value);
                });
            }
            other => {
                raw.entry(part).or_insert(other);
            }
        }
    }
    for link in ["interconnect", "nvlink"] {
        if let Some(Value::Object(map)) = raw.get_mut(link) {
            link_keys(map);
        }
    }
    renamed
}

/// An mlsysim link has `bandwidth` and `direction`; ours says the one-way bandwidth.
fn link_keys(map: &mut Map<String, Value>) {
    let both_ways = map.shift_remove("direction").is_some_and(|way| way == "bidirectional_total");
    let Some(bandwidth) = map.shift_remove("bandwidth") else { return };
    let one_way = match &bandwidth {
        Value::String(text) if both_ways => crate::units::parse_as(text, crate::units::Dimension::DataRate)
            .map(|rate| Value::from(rate / 2.0))
            .ok(),
        Value::Number(number) if both_ways => number.as_f64().map(|rate| Value::from(rate / 2.0)),
        _ => None,
    };
    if let Some(one_way) = one_way {
        map.insert("quoted".to_owned(), bandwidth);
        map.insert("one_way".to_owned(), one_way);
    } else {
        map.insert("one_way".to_owned(), bandwidth);
    }
}

fn model_keys(raw: &mut Map<String, Value>) -> Vec<(&'static str, &'static str)> {
    let mut renamed = Vec::new();
    for (from, to) in MODEL_KEYS {
        if let Some(value) = raw.shift_remove(*from) {
            raw.insert((*to).to_owned(), value);
            renamed.push((*from, *to));
        }
    }
    // `parameters: 8e9 count`
    for key in ["parameters", "active_parameters", "training_tokens"] {
        if let Some(Value::String(text)) = raw.get_mut(key) {
            for unit in ["count", "params", "param", "parameters", "dimensionless"] {
                if let Some(number) = text.trim_end().strip_suffix(unit) {
                    *text = number.trim_end().to_owned();
                    break;
                }
            }
        }
    }
    if !raw.contains_key("kind")
        && let Some(architecture) = raw.get("architecture").and_then(Value::as_str)
    {
        let kind = kind_of(architecture, raw.contains_key("experts"));
        raw.insert("kind".to_owned(), Value::String(kind.to_owned()));
    }
    renamed
}

/// The lowering rule of an architecture text, as mlsysim finds it; experts make a transformer sparse.
fn kind_of(architecture: &str, experts: bool) -> &'static str {
    let text = architecture.to_lowercase();
    match () {
        () if text.contains("transformer") && experts => "sparse_transformer",
        () if text.contains("transformer") => "transformer",
        () if text.contains("cnn") => "cnn",
        () if text.contains("ssm") => "ssm",
        () if text.contains("diffusion") => "diffusion",
        () => "plain",
    }
}

/// A tree without its places. Of duplicate keys the first counts, as everywhere.
fn plain(node: &yaml::Node) -> Value {
    match &node.value {
        yaml::Value::Null => Value::Null,
        yaml::Value::Bool(flag) => Value::Bool(*flag),
        yaml::Value::Integer(number) => Value::from(*number),
        yaml::Value::Float(number) => Value::from(*number),
        yaml::Value::Text(text) => Value::String(text.clone()),
        yaml::Value::Sequence(items) => Value::Array(items.iter().map(plain).collect()),
        yaml::Value::Mapping(entries) => {
            let mut map = Map::new();
            for entry in entries {
                map.entry(entry.key.clone()).or_insert_with(|| plain(&entry.value));
            }
            Value::Object(map)
        }
    }
}

/// Where a path leads: the key of its last step.
fn place(node: &yaml::Node, path: &[String]) -> Option<usize> {
    let (key, rest) = path.split_first()?;
    let yaml::Value::Mapping(entries) = &node.value else { return None };
    let entry = entries.iter().find(|entry| entry.key == *key)?;
    place(&entry.value, rest).or(Some(entry.key_range.start))
}

fn sentence(problem: &Problem) -> String {
    match &problem.unknown {
        Some((key, known)) => unknown(key, known),
        None => problem.message.clone(),
    }
}

/// An unknown key with the known one that looks like it.
fn unknown(key: &str, known: &[&str]) -> String {
    let near = known
        .iter()
        .map(|other| (strsim::jaro_winkler(key, other), other))
        .filter(|(score, _)| *score >= 0.8)
        .max_by(|a, b| a.0.total_cmp(&b.0));
    match near {
        Some((_, near)) => format!("unknown key `{key}`; did you mean `{near}`?"),
        None => format!("unknown key `{key}`; known are {}", known.join(", ")),
    }
}
