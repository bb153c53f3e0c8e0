//! Completion and hover at a place in the text.
//!
//! Works on text that does not parse, as text being typed seldom does: the block that the cursor is in is
//! read off the indentation and the open brackets, never off the tree.

use std::ops::Range;

use super::Spans;
use super::edit::{self, TextEdit};
use super::fields::{self, Field, FieldDoc, Kind, PRECISIONS};
use crate::metrics::METRICS;
use crate::registry::{self, Physics, Registry};
use crate::units::{self, Dimension};
use crate::yaml::{self, Value};

/// Something that may be put at the cursor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Completion {
    /// What to show: a key, a name, a word.
    pub label: String,
    /// A few words beside it: the display name of an entry, the unit of a field.
    pub detail: String,
    /// A sentence about it; may be empty.
    pub doc: String,
    /// The change to the text.
    pub edit: TextEdit,
    /// What it names.
    pub about: About,
}

/// What a completion names, for [`notes`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum About {
    /// A field, by its path.
    Field(String),
    /// An entry of the registry, by its id.
    Entry(registry::Kind, String),
    /// A word.
    Word,
}

mod notes;

pub use notes::notes;

/// The documentation of what stands at a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hover {
    /// Dotted path of the field.
    pub path: String,
    /// Bytes that the documentation is about.
    pub range: Range<usize>,
    /// The field.
    pub doc: FieldDoc,
}

/// What is known about the field at a byte offset of the text that `spans` were read from.
pub fn hover(spans: &Spans, offset: usize) -> Option<Hover> {
    let holds = |range: &&Range<usize>| range.start <= offset && offset < range.end.max(range.start + 1);
    let smallest = |ranges: &std::collections::BTreeMap<String, Range<usize>>| {
        ranges
            .iter()
            .filter(|(_, range)| holds(range))
            .min_by_key(|(path, range)| (range.len(), usize::MAX - path.len()))
            .map(|(path, range)| (path.clone(), range.clone()))
    };
    let (path, range) = smallest(&spans.keys).or_else(|| smallest(&spans.values))?;
    let doc = fields::field_doc(&path)?;
    Some(Hover { path, range, doc })
}

/// What may stand at a byte offset, best first. Keys that their block has already are left out.
pub fn complete(text: &str, offset: usize, physics: Physics, registry: &Registry) -> Vec<Completion> {
    let Some(place) = Place::at(text, offset) else { return Vec::new() };
    match &place.key {
        None => keys(text, &place),
        Some(key) => {
            let path = match (place.block.as_str(), key.as_str()) {
                ("", key) => key.to_owned(),
                (block, "") => block.to_owned(),
                (block, key) => format!("{block}.{key}"),
            };
            fields::field(&path).map(|field| values(field, &place, physics, registry)).unwrap_or_default()
        }
    }
}

/// Where the cursor is.
#[derive(Debug, PartialEq, Eq)]
struct Place {
    /// Path of the block, with `[]` for list items.
    block: String,
    /// The key whose value is being typed; `None` where a key is.
    key: Option<String>,
    /// The word so far, up to the cursor.
    typed: String,
    /// Bytes that a completion replaces.
    range: Range<usize>,
    /// True inside `{…}` or `[…]`.
    flow: bool,
    /// True right behind the colon of a key.
    needs_blank: bool,
}

impl Place {
    fn at(text: &str, offset: usize) -> Option<Place> {
        let before = text.get(..offset)?;
        let scan = scan(before)?;
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        let mut steps: Vec<String> = Vec::new();
        let start = if let Some(outer) = scan.open.first() {
            // The brackets stand in a block of their own line; inside them, each key before a bracket is a step.
            let line = before[..*outer].rfind('\n').map_or(0, |at| at + 1);
            let opened = &before[line..*outer];
            steps.extend(parents(&before[..line], opened));
            for (index, at) in scan.open.iter().enumerate() {
                let from = if index == 0 { line } else { scan.open[index - 1] + 1 };
                let head = before[from..*at].rsplit(',').next().unwrap_or("");
                // `- {…` has no key: the item is a step already.
                if let Some((key, _)) = head.trim_start_matches([' ', '-']).trim().split_once(':') {
                    steps.push(unquoted(key));
                }
                if before[*at..].starts_with('[') {
                    steps.push("[]".into());
                }
            }
            scan.item
        } else {
            let line = &before[line_start..];
            steps.extend(parents(&before[..line_start], line));
            line_start + (line.len() - line.trim_start_matches([' ', '-']).len())
        };
        let part = &before[start..];
        let part_start = start + (part.len() - part.trim_start().len());
        let part = part.trim_start();
        let flow = !scan.open.is_empty();
        let (key, typed, from) = match part.split_once(':') {
            Some((key, value)) if value.is_empty() || value.starts_with(' ') => {
                let typed = value.trim_start();
                (Some(unquoted(key)), typed, offset - typed.len())
            }
            _ => (None, part, part_start),
        };
        let rest = &text[offset..];
        let stop = |c: char| c.is_whitespace() || ",]}:#".contains(c);
        let to = offset + rest.find(stop).unwrap_or(rest.len());
        let block = steps.join(".").replace(".[]", "[]");
        // Items of a list of words have no key.
        let key = key.or_else(|| {
            (block.ends_with("[]") && fields::children(&block).next().is_none()).then(String::new)
        });
        let needs_blank = part.ends_with(':');
        Some(Place { block, key, typed: typed.to_owned(), range: from..to, flow, needs_blank })
    }
}

/// Open brackets and the start of the current item; `None` inside a comment.
struct Scan {
    open: Vec<usize>,
    item: usize,
}

fn scan(before: &str) -> Option<Scan> {
    let mut scan = Scan { open: Vec::new(), item: 0 };
    let (mut quote, mut comment, mut previous) = (None, false, '\n');
    for (at, character) in before.char_indices() {
        match character {
            '\n' => comment = false,
            _ if comment => {}
            _ if quote == Some(character) => quote = None,
            _ if quote.is_some() => {}
            '"' | '\'' if previous.is_whitespace() || "[{,:".contains(previous) => quote = Some(character),
            '#' if previous.is_whitespace() => comment = true,
            '[' | '{' if !scan.open.is_empty() || previous.is_whitespace() => {
                scan.open.push(at);
                scan.item = at + 1;
            }
            ']' | '}' => drop(scan.open.pop()),
            ',' => scan.item = at + 1,
            _ => {}
        }
        previous = character;
    }
    (!comment).then_some(scan)
}

/// The steps of the path that lead to a line, from the indentation of the lines above it.
fn parents(above: &str, line: &str) -> Vec<String> {
    let mut steps = Vec::new();
    let mut column = line.len() - line.trim_start_matches(' ').len();
    let mut in_item = false;
    if line.trim_start().starts_with('-') {
        steps.push("[]".to_owned());
        in_item = true;
    }
    for line in above.lines().rev() {
        let content = line.trim_start_matches(' ');
        if content.is_empty() || content.starts_with('#') {
            continue;
        }
        let indent = line.len() - content.len();
        if let Some(item) = content.strip_prefix("- ") {
            // A sibling of this key may stand behind the dash that opens the item.
            if !in_item && indent < column {
                let own = indent + 2 + (item.len() - item.trim_start().len());
                if own < column {
                    steps.extend(key_of(item));
                }
                steps.push("[]".to_owned());
                (column, in_item) = (indent, true);
            }
            continue;
        }
        let is_parent = indent < column || (in_item && indent == column);
        if is_parent && let Some(key) = key_of(content) {
            steps.push(key);
            (column, in_item) = (indent, false);
        }
    }
    steps.reverse();
    steps
}

fn key_of(content: &str) -> Option<String> {
    content.split_once(':').map(|(key, _)| unquoted(key))
}

fn unquoted(key: &str) -> String {
    key.trim().trim_matches(['"', '\'']).to_owned()
}

fn keys(text: &str, place: &Place) -> Vec<Completion> {
    // Without the line being typed the rest often parses, and says which keys there are.
    let line_start = text[..place.range.start].rfind('\n').map_or(0, |at| at + 1);
    let line_end = text[place.range.end..].find('\n').map_or(text.len(), |at| place.range.end + at);
    let tree = yaml::parse(&format!("{}{}", &text[..line_start], &text[line_end..])).ok();
    let block = tree.as_ref().and_then(|tree| match place.block.as_str() {
        "" => Some(tree),
        path => edit::node_at(tree, path),
    });
    let present =
        |key: &str| block.is_some_and(|block| block.get(key).is_some_and(|node| node.value != Value::Null));
    let mut found = Matches::new(place);
    for field in fields::children(&place.block).filter(|field| !present(field.key())) {
        let opens = matches!(field.kind, Kind::Block | Kind::List);
        // Where the colon stands already, only the key is missing.
        let end = match text[place.range.end..].starts_with(':') {
            true => "",
            false if opens && !place.flow => ":",
            false => ": ",
        };
        let about = About::Field(field.path.to_owned());
        found.add_about(field.key(), &format!("{}{end}", field.key()), detail(field), field.doc, about);
    }
    found.sorted()
}

fn detail(field: &Field) -> String {
    match (field.unit, field.default) {
        ("", "") => String::new(),
        (unit, "") => unit.to_owned(),
        ("", default) => format!("default {default}"),
        (unit, default) => format!("{unit}, default {default}"),
    }
}

fn values(field: &Field, place: &Place, physics: Physics, registry: &Registry) -> Vec<Completion> {
    let mut found = Matches::new(place);
    if field.auto {
        found.add("auto", "auto", String::new(), "The program chooses and shows what it chose.");
    }
    match field.kind {
        Kind::Model | Kind::Accelerator | Kind::Region => {
            let kind = match field.kind {
                Kind::Model => registry::Kind::Models,
                Kind::Accelerator => registry::Kind::Hardware,
                _ => registry::Kind::Grids,
            };
            for (id, name, group) in registry.list(kind) {
                let other = if name == id { group } else { name };
                found.add_about(&id, &edit::scalar(&id), other, "", About::Entry(kind, id.clone()));
            }
        }
        Kind::Metric => {
            for metric in METRICS {
                let name = format!("{}.{}", metric.lens.name(), metric.key);
                found.add(&name, &name, metric.unit.to_owned(), metric.doc);
            }
        }
        Kind::Choice(choices) => {
            for (key, doc) in choices {
                found.add(key, key, String::new(), doc);
            }
        }
        Kind::Precision => {
            for precision in
                PRECISIONS.iter().filter(|precision| precision.reference || physics == Physics::Studio)
            {
                found.add(precision.key, precision.key, String::new(), precision.doc);
            }
        }
        Kind::Flag => {
            found.add("true", "true", String::new(), "");
            found.add("false", "false", String::new(), "");
        }
        Kind::Quantity { dimension, .. } if place.typed.starts_with(|c: char| c.is_ascii_digit()) => {
            let digits = place.typed.find(|c: char| !(c.is_ascii_digit() || ".eE+_".contains(c)));
            let number = &place.typed[..digits.unwrap_or(place.typed.len())];
            for unit in units_of(dimension) {
                let whole = format!("{number} {unit}");
                found.add(&whole, &whole, String::new(), field.doc);
            }
        }
        _ if place.typed.is_empty() && !field.example.is_empty() => {
            found.add(field.example, field.example, "for example".to_owned(), field.doc);
        }
        _ => {}
    }
    found.sorted()
}

/// The units that a quantity may be written in, the usual one first.
fn units_of(dimension: Dimension) -> Vec<String> {
    let fits = |unit: &String| units::parse_as(&format!("1 {unit}"), dimension).is_ok();
    let example = dimension.example();
    let usual = example.trim_start_matches(|c: char| c.is_ascii_digit() || ".eE+_ ".contains(c));
    let common = units::parse::COMMON_UNITS;
    let plain = common.iter().map(|unit| (*unit).to_owned());
    let rates = common.iter().map(|unit| format!("{unit}/s"));
    let mut found = vec![usual.to_owned()];
    for unit in plain.chain(rates).filter(fits) {
        if !found.contains(&unit) {
            found.push(unit);
        }
    }
    found.retain(|unit| !unit.is_empty());
    found
}

/// Completions that fit what is typed so far, those that begin with it first.
struct Matches<'p> {
    place: &'p Place,
    wanted: String,
    found: Vec<(u8, Completion)>,
}

impl<'p> Matches<'p> {
    fn new(place: &'p Place) -> Self {
        Matches { place, wanted: place.typed.trim_matches(['"', '\'']).to_lowercase(), found: Vec::new() }
    }

    fn add(&mut self, label: &str, insert: &str, detail: String, doc: &str) {
        self.add_about(label, insert, detail, doc, About::Word);
    }

    fn add_about(&mut self, label: &str, insert: &str, detail: String, doc: &str, about: About) {
        let Some(rank) = rank(&self.wanted, &label.to_lowercase(), &detail.to_lowercase()) else { return };
        // After `key:` a blank is due before the value.
        let blank = if self.place.needs_blank { " " } else { "" };
        let edit = TextEdit { range: self.place.range.clone(), replacement: format!("{blank}{insert}") };
        let completion = Completion { label: label.to_owned(), detail, doc: doc.to_owned(), edit, about };
        self.found.push((rank, completion));
    }

    fn sorted(mut self) -> Vec<Completion> {
        self.found.sort_by_key(|(rank, _)| *rank);
        // Scattered letters are a guess, for where nothing else fits.
        if self.found.first().is_some_and(|(rank, _)| *rank < SCATTERED) {
            self.found.retain(|(rank, _)| *rank < SCATTERED);
        }
        self.found.into_iter().map(|(_, completion)| completion).collect()
    }
}

/// Rank of a candidate that has the typed letters in their order only.
const SCATTERED: u8 = 6;

/// How well a candidate fits what is typed, smaller is better; `None` where it does not. All in lower case.
fn rank(wanted: &str, label: &str, detail: &str) -> Option<u8> {
    /// Letters from which on they may stand apart.
    const APART: usize = 3;
    let inside = |text: &str| {
        text.match_indices(wanted)
            .map(|(at, _)| !text[..at].chars().next_back().is_some_and(char::is_alphanumeric))
            .max()
    };
    let mut letters = label.chars();
    match () {
        () if label == wanted => Some(0),
        () if label.starts_with(wanted) => Some(1),
        () if inside(label) == Some(true) => Some(2),
        () if inside(detail) == Some(true) => Some(3),
        () if inside(label).is_some() => Some(4),
        () if inside(detail).is_some() => Some(5),
        () if wanted.chars().count() >= APART
            && wanted.chars().all(|wanted| letters.any(|letter| letter == wanted)) =>
        {
            Some(SCATTERED)
        }
        () => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Labels offered at the `|`.
    fn offered(marked: &str) -> Vec<String> {
        let offset = marked.find('|').unwrap();
        let text = marked.replacen('|', "", 1);
        let found = complete(&text, offset, Physics::Studio, &Registry::builtin());
        found.into_iter().map(|completion| completion.label).collect()
    }

    /// The text after taking the first completion at the `|`.
    fn taken(marked: &str) -> String {
        let offset = marked.find('|').unwrap();
        let text = marked.replacen('|', "", 1);
        complete(&text, offset, Physics::Studio, &Registry::builtin())[0].edit.apply(&text).unwrap()
    }

    #[test]
    fn keys_of_the_block_at_the_cursor() {
        assert_eq!(offered("ver|"), ["version"]);
        assert_eq!(offered("workload:\n  name: GPT2\n  ba|"), ["batch_size"]);
        assert_eq!(offered("workload:\n  serve:\n    prompt|\nhardware: {"), ["prompt_tokens"]);
        assert_eq!(offered("hardware: {name: H100, prec|}"), ["precision"]);
        assert_eq!(offered("workload:\n  serve: {out|"), ["output_tokens"]);
        assert_eq!(offered("workload: {serve: {out|"), ["output_tokens"]);
        assert_eq!(offered("constraints:\n  assert:\n    - metric: macro.tco_usd\n      ma|")[0], "max");
        assert_eq!(offered("constraints:\n  assert:\n  - {metric: macro.tco_usd, mi|")[0], "min");
        assert_eq!(offered("constraints:\n  assert:\n    - me|")[0], "metric");
        assert!(!offered("name: x\n|").contains(&"name".to_owned()));
        assert!(offered("name: x # com|").is_empty());
        assert_eq!(taken("workload:\n  batch|: 4"), "workload:\n  batch_size: 4");
        assert_eq!(taken("hard|"), "hardware:");
    }

    #[test]
    fn units_follow_a_number() {
        let offered = offered("hardware:\n  fabric_bandwidth: 400 Gb|");
        assert!(offered.contains(&"400 Gbit/s".to_owned()), "{offered:?}");
        assert!(offered.iter().all(|label| label.starts_with("400 ")));
        assert_eq!(
            taken("hardware:\n  fabric_bandwidth: 400 Gbit|"),
            "hardware:\n  fabric_bandwidth: 400 Gbit/s"
        );
    }

    #[test]
    fn what_fits_best_comes_first() {
        assert_eq!(offered("workload:\n  name: llama3_70b|")[0], "Llama3_70B");
        assert!(
            offered("workload:\n  name: ll70b|").contains(&"Llama3_70B".to_owned()),
            "letters may stand apart"
        );
        assert_eq!(rank("70b", "llama3_70b", ""), Some(2));
        assert_eq!(rank("0b", "llama3_70b", ""), Some(4));
        assert_eq!(rank("zz", "llama3_70b", ""), None);
    }

    #[test]
    fn notes_say_what_a_candidate_is() {
        let text = "hardware:\n  ";
        let registry = Registry::builtin();
        let found = complete(text, text.len(), Physics::Studio, &registry);
        let fabric = found.iter().find(|item| item.label == "fabric_bandwidth").unwrap();
        let said = notes(fabric, Physics::Studio, &registry);
        assert!(said.iter().any(|(name, text)| *name == "default" && text == "50 GB/s"), "{said:?}");
        assert!(said.iter().any(|(name, _)| *name == "allowed"));
        let text = "hardware:\n  name: H100";
        let found = complete(text, text.len(), Physics::Studio, &registry);
        let said = notes(&found[0], Physics::Studio, &registry);
        for name in ["memory", "peak", "source"] {
            assert!(said.iter().any(|(known, text)| *known == name && !text.is_empty()), "{name}: {said:?}");
        }
    }

    #[test]
    fn values_of_the_field_at_the_cursor() {
        assert_eq!(offered("hardware:\n  name: h200|")[0], "H200");
        assert_eq!(taken("hardware:\n  name: h200|x"), "hardware:\n  name: H200");
        assert_eq!(taken("hardware: {name:|}").find("{name: "), Some(10));
        assert_eq!(offered("workload: {name: x, mode: s|}")[0], "serve");
        assert_eq!(offered("ops:\n  region: queb|")[0], "Quebec");
        assert_eq!(offered("constraints:\n  assert:\n    - metric: macro.tco|"), ["macro.tco_usd"]);
        assert!(offered("workload:\n  name: 70b|").contains(&"Llama3_70B".to_owned()));
        assert_eq!(offered("hardware:\n  fabric_bandwidth: |"), ["400 Gbit/s"]);
        assert_eq!(offered("parallelism: {tensor: |")[0], "auto");
    }

    #[test]
    fn hover_knows_keys_and_values() {
        let text = "hardware:\n  name: H100\n  efficiency: 0.5\n";
        let spans = super::super::read(text, &Registry::builtin(), super::super::Options::default()).spans;
        let over = hover(&spans, text.find("effic").unwrap() + 2).unwrap();
        assert_eq!((over.path.as_str(), &text[over.range]), ("hardware.efficiency", "efficiency"));
        let over = hover(&spans, text.find("0.5").unwrap()).unwrap();
        assert_eq!(&text[over.range], "0.5");
        assert!(over.doc.allowed.contains("auto"));
        assert!(hover(&spans, 9999).is_none());
    }

    proptest! {
        #[test]
        fn no_place_makes_it_panic(text in "[ \\n\\-:,#{}\\[\\]a-cé\"']{0,60}", at in 0usize..70) {
            let text = format!("hardware:\n  {text}");
            for completion in complete(&text, at, Physics::Studio, &Registry::builtin()) {
                prop_assert!(completion.edit.apply(&text).is_some());
            }
        }
    }
}
