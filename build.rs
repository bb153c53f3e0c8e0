//! Reads the facts under `registry/`, checks them, and packs them as tables of text, by section.
//!
//! `registry/**/*.yaml` holds the corrected facts; `registry/overlay/*.yaml` what mlsysim 0.3.0 has
//! instead. An overlay row patches the entry of that id: `null` takes a figure away. For each section
//! `SECTION.tsv`, `SECTION-names.tsv` and `SECTION-mlsysim.tsv` (only the entries that differ) come out.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

use serde_json::{Map, Value};

#[allow(dead_code)]
#[path = "src/registry/pack.rs"]
mod pack;
#[allow(dead_code, unused_imports)]
#[path = "src/units/parse.rs"]
mod quantity;
#[allow(dead_code, unused_imports)]
#[path = "src/registry/shape.rs"]
mod shape;

/// Order of groups in listings; groups that are not named follow in the order they appear.
const GROUPS: &[&str] =
    &["cloud", "workstation", "mobile", "edge", "tiny", "language", "multimodal", "vision"];

/// Entries of a section by id, reduced.
type Section = Vec<(String, Map<String, Value>)>;

/// A section of a file with its entries as written.
type Written = (String, Vec<(String, Value)>);

fn main() {
    println!("cargo::rerun-if-changed=registry");
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=src/units/parse.rs");
    println!("cargo::rerun-if-changed=src/units/parse");
    println!("cargo::rerun-if-changed=src/registry/pack.rs");
    println!("cargo::rerun-if-changed=src/registry/shape.rs");
    println!("cargo::rerun-if-changed=src/registry/shape/fields.rs");
    let mut errors = Vec::new();
    if let Err(error) = pack(&mut errors) {
        errors.push(error);
    }
    for error in &errors {
        println!("cargo::error={error}");
    }
    if !errors.is_empty() {
        std::process::exit(1);
    }
}

fn pack(errors: &mut Vec<String>) -> Result<(), String> {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR").map_err(|e| e.to_string())?).join("registry");
    let out = PathBuf::from(env::var("OUT_DIR").map_err(|e| e.to_string())?);
    let mut files = Vec::new();
    list(&root, &mut files)?;
    files.sort();
    let overlay_dir = root.join("overlay");
    let (overlays, mains): (Vec<_>, Vec<_>) =
        files.into_iter().partition(|path| path.starts_with(&overlay_dir));

    let mut sections: BTreeMap<String, Section> = BTreeMap::new();
    for path in &mains {
        for (section, entries) in read(path)? {
            for (id, raw) in entries {
                let place = format!("{}: {section}.{id}", path.display());
                let (mut entry, problems) = shape::reduce(&section, &raw);
                errors
                    .extend(problems.iter().map(|p| format!("{place}.{}: {}", p.path.join("."), p.message)));
                errors
                    .extend(shape::check(&section, &entry).iter().map(|p| format!("{place}: {}", p.message)));
                require_source(&place, &entry, errors);
                entry.shift_insert(0, "id".to_owned(), Value::String(id.clone()));
                let list = sections.entry(section.clone()).or_default();
                if list.iter().any(|(other, _)| *other == id) {
                    errors.push(format!("{place}: the id is used twice"));
                }
                list.push((id, entry));
            }
        }
    }
    for (section, list) in &mut sections {
        if section != "systems" {
            same_names(section, list, errors);
        }
        let mut seen: Vec<String> = GROUPS.iter().map(|g| (*g).to_owned()).collect();
        for (_, entry) in &*list {
            let group = group(entry);
            if !seen.contains(&group) {
                seen.push(group);
            }
        }
        list.sort_by_key(|(_, entry)| seen.iter().position(|g| *g == group(entry)));
    }

    let mut differing: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for path in &overlays {
        for (section, patches) in read(path)? {
            for (id, raw) in patches {
                let place = format!("{}: {section}.{id}", path.display());
                let (patch, problems) = shape::reduce(&section, &raw);
                errors
                    .extend(problems.iter().map(|p| format!("{place}.{}: {}", p.path.join("."), p.message)));
                let base =
                    sections.get(&section).and_then(|list| list.iter().find(|(other, _)| *other == id));
                let Some((_, base)) = base else {
                    errors.push(format!("{place}: no such entry to patch"));
                    continue;
                };
                let mut entry = base.clone();
                shape::overlay(&mut entry, &patch);
                forget_sources(&mut entry, &patch);
                differing.entry(section.clone()).or_default().push(Value::Object(entry));
            }
        }
    }

    let mut reference = reference_ids(&overlay_dir.join("mlsysim-0.3.0.ids"))?;
    for section in shape::SECTIONS {
        let entries: Vec<Value> = sections
            .remove(*section)
            .unwrap_or_default()
            .into_iter()
            .map(|(_, entry)| Value::Object(entry))
            .collect();
        let ids = reference.remove(*section).unwrap_or_default();
        if let Some(lost) = ids.iter().find(|id| !entries.iter().any(|entry| entry["id"] == ***id)) {
            errors.push(format!("{section}.{lost}: mlsysim 0.3.0 has it, the registry does not"));
        }
        write(&out, section, &entries, &ids, true)?;
        let other = differing.remove(*section).unwrap_or_default();
        write(&out, &format!("{section}-mlsysim"), &other, &ids, false)?;
    }
    Ok(())
}

/// A patched figure is the entry's own source's again, not the one that corrected it.
fn forget_sources(entry: &mut Map<String, Value>, patch: &Map<String, Value>) {
    let Some(facts) = patch.get("facts").and_then(Value::as_object) else { return };
    let Some(Value::Object(sources)) = entry.get_mut("field_sources") else { return };
    for (fact, value) in facts {
        sources.shift_remove(fact);
        match value {
            Value::Object(inner) => inner.keys().for_each(|key| {
                sources.shift_remove(&format!("{fact}.{key}"));
            }),
            _ => sources.retain(|key, _| !key.starts_with(&format!("{fact}."))),
        }
    }
}

/// No two entries of a section may answer to the same name.
fn same_names(section: &str, list: &Section, errors: &mut Vec<String>) {
    let mut owner: BTreeMap<String, &str> = BTreeMap::new();
    for (id, entry) in list {
        let aliases = entry.get("aliases").and_then(Value::as_array).into_iter().flatten();
        let names = entry.get("name").into_iter().chain(aliases).filter_map(Value::as_str);
        for name in names.chain([id.as_str()]) {
            // `1.3B` and `13B` are told apart, though a lookup without punctuation finds both and asks.
            let folded = fold_between_digits(name);
            match owner.get(&folded) {
                Some(other) if other != id => {
                    errors.push(format!("{section}: `{name}` names both {other} and {id}"));
                }
                _ => {
                    owner.insert(folded, id);
                }
            }
        }
    }
}

/// Facts that stand beside the name of an entry, in the order in which `src/registry/glance.rs` reads them, so that
/// choosing one among many reads none of the others.
fn glance(section: &str) -> &'static [&'static str] {
    match section {
        "hardware" => &["memory_bytes", "memory_bytes_per_s", "peak_flop_per_s", "unit_cost_usd"],
        "grids" => &["carbon_g_per_kwh", "pue", "wue_l_per_kwh", "electricity_usd_per_kwh"],
        "nodes" => &["accelerator"],
        _ => &[],
    }
}

/// Tables for the program to search without reading anything, one row a line, its cells set off by tabs: `SECTION.tsv`
/// with id, name, group, aliases (set off by `|`), whether mlsysim 0.3.0 has the entry (`1`), the facts of
/// [`glance`] (set off by spaces, empty where not known), and how many bytes of `SECTION.bin` it has; `SECTION-names.tsv` with folded names, sorted, and the places of the entries that go by them.
/// As text, because arrays of texts cost forty bytes more for each text. `SECTION.dict` is what the entries have in
/// common, and `SECTION.bin` is everything as JSON, squeezed.
fn write(out: &Path, file: &str, entries: &[Value], reference: &[String], names: bool) -> Result<(), String> {
    let mut text = String::new();
    let mut places: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    let written: Vec<String> = entries.iter().map(Value::to_string).collect();
    let dictionary = dictionary(&written);
    let known_places = four_byte_places(&dictionary);
    let mut packed = Vec::new();
    for (place, entry) in entries.iter().enumerate() {
        let text_of = |key: &str| entry.get(key).and_then(Value::as_str).unwrap_or_default();
        let aliases = entry.get("aliases").and_then(Value::as_array).into_iter().flatten();
        let aliases: Vec<&str> = aliases.filter_map(Value::as_str).collect();
        let (id, name, group) = (text_of("id"), text_of("name"), text_of("group"));
        let known = u8::from(reference.iter().any(|other| other == id));
        for cell in [id, name, group].iter().chain(&aliases) {
            if cell.contains(['\t', '\n', '|']) {
                return Err(format!("{file}: `{cell}`: a tab, a line break or `|` in a name"));
            }
        }
        let squeezed = squeeze(written[place].as_bytes(), &dictionary, &known_places);
        if pack::expand(&squeezed, &dictionary) != written[place].as_bytes() {
            return Err(format!("{file}: {id} is not what it was after packing"));
        }
        let section = file.trim_end_matches("-mlsysim");
        let facts = glance(section).iter().map(|fact| match entry.pointer(&format!("/facts/{fact}")) {
            None | Some(Value::Null) => String::new(),
            Some(Value::String(text)) => text.clone(),
            Some(number) => number.to_string(),
        });
        let facts = facts.collect::<Vec<_>>().join(" ");
        let (aliases_cell, length) = (aliases.join("|"), squeezed.len());
        let _ = writeln!(text, "{id}\t{name}\t{group}\t{aliases_cell}\t{known}\t{facts}\t{length}");
        packed.extend(squeezed);
        for called in [id, name].into_iter().chain(aliases) {
            let list = places.entry(fold(called)).or_default();
            if !list.contains(&place) {
                list.push(place);
            }
        }
    }
    let save = |file: String, text: &[u8]| {
        let path = out.join(file);
        fs::write(&path, text).map_err(|e| format!("{}: {e}", path.display()))
    };
    save(format!("{file}.tsv"), text.as_bytes())?;
    save(format!("{file}.dict"), &dictionary)?;
    save(format!("{file}.bin"), &packed)?;
    if names {
        let mut text = String::new();
        for (name, list) in &places {
            let list: Vec<String> = list.iter().map(usize::to_string).collect();
            let _ = writeln!(text, "{name}\t{}", list.join(","));
        }
        save(format!("{file}-names.tsv"), text.as_bytes())?;
    }
    Ok(())
}

/// Entries from all over a section, as many as fit: what the others are likely to repeat.
fn dictionary(written: &[String]) -> Vec<u8> {
    const BYTES: usize = 24 << 10;
    let all: usize = written.iter().map(String::len).sum();
    let step = all.div_ceil(BYTES).max(1);
    let mut dictionary: Vec<u8> = written.iter().step_by(step).flat_map(|text| text.bytes()).collect();
    dictionary.truncate(BYTES.min(all / 8));
    dictionary
}

/// Where each four bytes stand.
type Places = HashMap<[u8; pack::LEAST], Vec<usize>>;

fn four_byte_places(bytes: &[u8]) -> Places {
    let mut places = Places::new();
    for (at, four) in bytes.windows(pack::LEAST).enumerate() {
        if let Ok(four) = four.try_into() {
            places.entry(four).or_default().push(at);
        }
    }
    places
}

/// What [`pack::expand`] makes the text of again: at each place the longest copy, or else a new byte.
fn squeeze(text: &[u8], dictionary: &[u8], known: &Places) -> Vec<u8> {
    const TRIED: usize = 256;
    const LONGEST: usize = pack::LEAST + 127;
    let whole = [dictionary, text].concat();
    let mut own = Places::new();
    let mut packed = Vec::new();
    let mut new: Vec<u8> = Vec::new();
    let mut at = dictionary.len();
    while at < whole.len() {
        let four: Option<[u8; pack::LEAST]> = whole[at..].first_chunk().copied();
        let near = four.and_then(|four| own.get(&four)).into_iter().flatten();
        let far = four.and_then(|four| known.get(&four)).into_iter().flatten();
        let best = near
            .rev()
            .chain(far.rev())
            .take(TRIED)
            .filter(|&&from| u16::try_from(at - from).is_ok())
            .map(|&from| {
                let pairs = whole[from..].iter().zip(&whole[at..]).take(LONGEST);
                (pairs.take_while(|(old, now)| old == now).count(), from)
            })
            .max_by_key(|(length, from)| (*length, *from))
            .filter(|(length, _)| *length >= pack::LEAST);
        let step = if let Some((length, from)) = best {
            literal(&mut packed, &mut new);
            packed.push((pack::RUN + length - pack::LEAST) as u8);
            packed.extend(((at - from) as u16).to_le_bytes());
            length
        } else {
            new.push(whole[at]);
            1
        };
        for place in at..at + step {
            if let Some(four) = whole[place..].first_chunk().copied() {
                own.entry(four).or_default().push(place);
            }
        }
        at += step;
    }
    literal(&mut packed, &mut new);
    packed
}

/// Writes bytes that are not copied.
fn literal(packed: &mut Vec<u8>, new: &mut Vec<u8>) {
    for run in new.chunks(pack::RUN) {
        packed.push((run.len() - 1) as u8);
        packed.extend_from_slice(run);
    }
    new.clear();
}

/// A name without case, spaces and punctuation, as lookups compare them.
fn fold(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// The same, with what stands between two digits.
fn fold_between_digits(name: &str) -> String {
    let chars: Vec<char> = name.chars().collect();
    let digit = |at: Option<&char>| at.is_some_and(char::is_ascii_digit);
    let mut out = String::new();
    for (at, c) in chars.iter().enumerate() {
        if c.is_alphanumeric() {
            out.extend(c.to_lowercase());
        } else if at > 0 && digit(chars.get(at - 1)) && digit(chars.get(at + 1)) {
            out.push('.');
        }
    }
    out
}

/// Ids of mlsysim 0.3.0 by section, from `overlay/mlsysim-0.3.0.ids`: `section: id, id, …`.
fn reference_ids(path: &Path) -> Result<BTreeMap<String, Vec<String>>, String> {
    let text = fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()))?;
    let lines = text.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once(": "));
    Ok(lines
        .map(|(section, ids)| (section.to_owned(), ids.split(", ").map(str::to_owned).collect()))
        .collect())
}

fn group(entry: &Map<String, Value>) -> String {
    entry.get("group").and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// A shipped entry names where it comes from and when that was looked at.
fn require_source(place: &str, entry: &Map<String, Value>, errors: &mut Vec<String>) {
    let own = entry.get("field_sources").and_then(Value::as_object);
    let sources = entry.get("source").into_iter().chain(own.into_iter().flat_map(Map::values));
    let mut any = false;
    for source in sources {
        any = true;
        let says = |key: &str| source.get(key).and_then(Value::as_str).is_some_and(|text| !text.is_empty());
        if !says("kind") || !says("date") {
            errors.push(format!("{place}: a source needs kind and date"));
        }
    }
    if !any || !entry.contains_key("source") {
        errors.push(format!("{place}: the source is missing"));
    }
    if !entry.contains_key("name") {
        errors.push(format!("{place}: the name is missing"));
    }
}

/// The sections of a file with their entries, in the order written.
fn read(path: &Path) -> Result<Vec<Written>, String> {
    let text = fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()))?;
    let tree: Value = serde_saphyr::from_str(&text).map_err(|e| format!("{}: {e}", path.display()))?;
    let Value::Object(map) = tree else { return Err(format!("{}: not a mapping", path.display())) };
    let mut sections = Vec::new();
    for (section, entries) in map {
        if !shape::SECTIONS.contains(&section.as_str()) {
            return Err(format!("{}: unknown section {section}", path.display()));
        }
        let Value::Object(entries) = entries else {
            return Err(format!("{}: {section} is not a mapping", path.display()));
        };
        sections.push((section, entries.into_iter().collect()));
    }
    Ok(sections)
}

fn list(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), String> {
    for item in fs::read_dir(folder).map_err(|e| format!("{}: {e}", folder.display()))? {
        let path = item.map_err(|e| e.to_string())?.path();
        if path.is_dir() {
            list(&path, files)?;
        } else if path.extension().is_some_and(|ext| ext == "yaml") {
            files.push(path);
        }
    }
    Ok(())
}
