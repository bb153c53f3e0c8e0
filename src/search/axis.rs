//! A field of the plan and the values that it takes: the language of `--vary FIELD=SPEC`.
//!
//! `SPEC` is a list of items with commas between them:
//!
//! | item | meaning |
//! | --- | --- |
//! | `32`, `fp8`, `H100`, `400 Gbit/s`, `auto`, `null` | one value, as a plan would have it |
//! | `1..64` | every whole number, both ends included |
//! | `1..64+8`, `0.1..0.9+0.2`, `100..400 GB/s+100` | from the first in steps, up to the last at most |
//! | `1..1024*2` | each the double of the one before |
//! | `all` | every word of a choice, every format, every entry of the registry |
//! | `accelerators(memory>=80GB, vendor=nvidia)` | what the registry has; see [`filter`] |
//! | `"a, b"` | a value with commas in it |
//!
//! `FIELD` is the path of a plan's field, or its last part where only one field has that, or a name that
//! people use for it (`tp`, `gpus`).
//!
//! Fields that turn together instead of by every combination:
//!
//! | axis | meaning |
//! | --- | --- |
//! | `accelerators,tensor=1,2,4,8` | the same value in each field |
//! | `accelerators=8,16,32; pipeline=1,2,4` | the first values, then the second, and so on: as many each |

pub mod filter;
mod range;

use std::collections::HashSet;
use std::fmt::Write as _;
use std::ops::Range;

use crate::plan::fields::{self, FIELDS, Field, Kind, PRECISIONS, SYNONYMS};
use crate::plan::{self, Options, Reading, Severity, edit};
use crate::registry::{Physics, Registry};

/// Values that one axis may have.
pub const MOST_VALUES: usize = 1_000_000;

/// One axis of a design space.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Axis {
    /// Dotted path of the field, for example `workload.batch_size`.
    pub path: String,
    /// Values as they would be written into the plan.
    pub values: Vec<String>,
    /// Turns with the axis before it, which has as many values, and not by itself.
    pub linked: bool,
}

impl Axis {
    /// An axis that turns by itself.
    pub fn new(path: impl Into<String>, values: Vec<String>) -> Axis {
        Axis { path: path.into(), values, linked: false }
    }
}

/// What is wrong with the text of an axis, where, and what would be right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AxisError {
    /// The text as typed.
    pub given: String,
    /// Bytes of it that are wrong.
    pub range: Range<usize>,
    /// One sentence.
    pub message: String,
    /// What is allowed, the nearest name, what to write instead.
    pub help: Option<String>,
}

impl AxisError {
    /// The message, the text with the place underlined, and the help, as lines.
    pub fn render(&self) -> String {
        let mut out = format!("{}\n  {}", self.message, self.given);
        let width = |text: Option<&str>| text.map_or(0, |text| text.chars().count());
        let before = width(self.given.get(..self.range.start));
        let under = width(self.given.get(self.range.clone())).max(1);
        // Writing to a `String` cannot fail.
        let _ = write!(out, "\n  {}{}", " ".repeat(before), "^".repeat(under));
        if let Some(help) = &self.help {
            let _ = write!(out, "\n  {help}");
        }
        out
    }
}

/// The plan that axes are about.
#[derive(Clone, Copy)]
pub struct Base<'a> {
    /// Its text; it reads without errors.
    pub text: &'a str,
    /// The registry with the plan's own entries.
    pub registry: &'a Registry,
    /// How the text is read.
    pub options: Options<'a>,
    /// Whose physics and facts.
    pub physics: Physics,
}

impl<'a> Base<'a> {
    /// The base of a plan that has been read; `None` where it has errors.
    pub fn of(
        text: &'a str,
        reading: &'a Reading,
        registry: &'a Registry,
        options: Options<'a>,
    ) -> Option<Base<'a>> {
        let plan = reading.plan.as_ref()?;
        Some(Base { text, registry: reading.registry_or(registry), options, physics: plan.physics })
    }
}

/// Reads `FIELD=SPEC`; several axes where fields turn together.
pub fn parse(given: &str, base: &Base<'_>) -> Result<Vec<Axis>, AxisError> {
    let whole = Words { given, at: 0..given.len() };
    let mut axes: Vec<Axis> = Vec::new();
    for part in whole.split(';') {
        let text = part.text();
        let Some(equals) = text.find('=') else {
            return Err(part.error(
                format!("`{text}` is no axis: an axis is FIELD=VALUES"),
                Some("for example workload.batch_size=1..256*2 or hardware.name=H100,H200".into()),
            ));
        };
        let (names, spec) = (part.part(0..equals), part.part(equals + 1..text.len()));
        for name in names.split(',') {
            let axis = axis(&name, &spec, base)?;
            if let Some(first) = axes.first()
                && first.values.len() != axis.values.len()
            {
                let Axis { path, values, .. } = first;
                return Err(spec.error(
                    format!(
                        "{path} takes {} values and {} takes {}",
                        values.len(),
                        axis.path,
                        axis.values.len()
                    ),
                    Some("fields that turn together take as many values each".into()),
                ));
            }
            axes.push(Axis { linked: !axes.is_empty(), ..axis });
        }
    }
    once(&mut axes);
    Ok(axes)
}

/// What comes twice, by two names or in two items, is one point.
fn once(axes: &mut [Axis]) {
    let count = axes.first().map_or(0, |axis| axis.values.len());
    let mut seen = HashSet::with_capacity(count);
    let kept: Vec<bool> = (0..count)
        .map(|at| seen.insert(axes.iter().map(|axis| axis.values[at].clone()).collect::<Vec<_>>()))
        .collect();
    for axis in axes {
        let mut kept = kept.iter();
        axis.values.retain(|_| kept.next().copied().unwrap_or(true));
    }
}

/// The values of one field.
fn axis(name: &Words<'_>, spec: &Words<'_>, base: &Base<'_>) -> Result<Axis, AxisError> {
    let (path, field) = field_of(name)?;
    if matches!(field.kind, Kind::Block | Kind::List) {
        let inner: Vec<String> =
            fields::children(&path).map(|child| format!("{path}.{}", child.key())).collect();
        let help = (!inner.is_empty()).then(|| format!("vary one of its fields: {}", inner.join(", ")));
        return Err(name.error(format!("`{path}` is a block and has no values of its own"), help));
    }
    let reader = Reader { path, field, base };
    let mut values = Vec::new();
    // `[1, 2, 4]` is the list that it looks like.
    let text = spec.text();
    let bare = match text.strip_prefix('[').and_then(|text| text.strip_suffix(']')) {
        Some(inner) => spec.part(1..1 + inner.len()),
        None => spec.clone(),
    };
    for item in bare.split(',') {
        reader.item(&item, &mut values)?;
        if values.len() > MOST_VALUES {
            return Err(item.error(
                format!("an axis has at most {MOST_VALUES} values"),
                Some("take larger steps, as in 1..1000000+10, or a factor, as in 1..1000000*2".into()),
            ));
        }
    }
    Ok(Axis::new(reader.path, values))
}

/// A part of what was typed that knows its place in it.
#[derive(Debug, Clone)]
pub(super) struct Words<'g> {
    given: &'g str,
    at: Range<usize>,
}

impl<'g> Words<'g> {
    /// The text, without blanks around it.
    pub(super) fn text(&self) -> &'g str {
        self.given[self.at.clone()].trim()
    }

    /// A part of this part, by bytes, blanks trimmed.
    pub(super) fn part(&self, range: Range<usize>) -> Words<'g> {
        let (start, end) = (self.at.start + range.start, self.at.start + range.end);
        let raw = &self.given[start..end];
        let (left, right) = (raw.len() - raw.trim_start().len(), raw.len() - raw.trim_end().len());
        // All blank: an empty place at its start.
        let at = if left == raw.len() { start..start } else { start + left..end - right };
        Words { given: self.given, at }
    }

    pub(super) fn error(&self, message: String, help: Option<String>) -> AxisError {
        AxisError { given: self.given.to_owned(), range: self.at.clone(), message, help }
    }

    /// The parts between separators that stand in no parentheses and no quotes.
    pub(super) fn split(&self, separator: char) -> Vec<Words<'g>> {
        let raw = &self.given[self.at.clone()];
        let (mut depth, mut quoted, mut start) = (0_usize, false, 0);
        let mut items = Vec::new();
        for (at, character) in raw.char_indices() {
            match character {
                '"' => quoted = !quoted,
                '(' if !quoted => depth += 1,
                ')' if !quoted => depth = depth.saturating_sub(1),
                _ if character == separator && !quoted && depth == 0 => {
                    items.push(self.part(start..at));
                    start = at + character.len_utf8();
                }
                _ => {}
            }
        }
        items.push(self.part(start..raw.len()));
        items
    }
}

/// The field that a path, a key or another name of it means.
fn field_of(words: &Words<'_>) -> Result<(String, &'static Field), AxisError> {
    let name = words.text();
    if let Some(field) = fields::field(name) {
        return Ok((name.to_owned(), field));
    }
    let lower = name.to_lowercase();
    let simple =
        |field: &&Field| !field.path.contains("[]") && !matches!(field.kind, Kind::Block | Kind::List);
    let keyed: Vec<&'static Field> = FIELDS
        .iter()
        .filter(simple)
        .filter(|field| field.path.contains('.') && field.key() == lower)
        .collect();
    match keyed[..] {
        [field] => return Ok((field.path.to_owned(), field)),
        [] => {}
        _ => {
            let paths: Vec<&str> = keyed.iter().map(|field| field.path).collect();
            return Err(words.error(
                format!("`{name}` could be several fields"),
                Some(format!("write one of {}", paths.join(", "))),
            ));
        }
    }
    let synonym = SYNONYMS.iter().find(|(synonym, _)| *synonym == lower).map(|(_, path)| *path);
    if let Some(path) = synonym
        && let Some(field) = fields::field(path).filter(simple)
    {
        return Ok((path.to_owned(), field));
    }
    let near = |field: &&'static Field| {
        let whole = strsim::jaro_winkler(&lower, field.path);
        let key = if lower.contains('.') { 0.0 } else { strsim::jaro_winkler(&lower, field.key()) };
        whole.max(key)
    };
    let nearest = FIELDS.iter().filter(simple).map(|field| (near(&field), field.path));
    let nearest = nearest.filter(|(score, _)| *score > 0.8).max_by(|a, b| a.0.total_cmp(&b.0));
    let help = match nearest {
        Some((_, path)) => format!("did you mean {path}?"),
        None => {
            "a path such as workload.batch_size or hardware.name; docs/plan-reference.md lists them".into()
        }
    };
    let message =
        if name.is_empty() { "a field is missing".into() } else { format!("unknown field `{name}`") };
    Err(words.error(message, Some(help)))
}

/// Reads the items of one field.
struct Reader<'b> {
    path: String,
    field: &'static Field,
    base: &'b Base<'b>,
}

impl Reader<'_> {
    fn is_numeric(&self) -> bool {
        matches!(self.field.kind, Kind::Count { .. } | Kind::Number(_) | Kind::Quantity { .. })
    }

    fn item(&self, item: &Words<'_>, values: &mut Vec<String>) -> Result<(), AxisError> {
        let text = item.text();
        if text.is_empty() {
            return Err(item.error(
                format!("a value of {} is missing", self.path),
                Some(format!("allowed: {}", fields::allowed(self.field))),
            ));
        }
        if let Some(inner) = text.strip_prefix('"') {
            let Some(inner) = inner.strip_suffix('"') else {
                return Err(item.error("a quotation mark is not closed".into(), None));
            };
            return self.one(item, inner, values);
        }
        if text == "null" {
            values.push("null".into());
            return Ok(());
        }
        if self.is_numeric() && text.contains("..") {
            let found = range::read(item, self.field)?;
            // Ends inside the field's bounds: so is all between them.
            for end in [found.first(), found.last()].into_iter().flatten() {
                self.check(item, end)?;
            }
            values.extend(found);
            return Ok(());
        }
        if text == "all" {
            let all = self.all().ok_or_else(|| {
                item.error(
                    format!("{} has no list of all its values", self.path),
                    Some("write values or a range, as in 1..64*2".into()),
                )
            })?;
            values.extend(all);
            return Ok(());
        }
        if let Some(found) = filter::read(item, self.field, self.base)? {
            values.extend(found.iter().map(|id| edit::scalar(id)));
            return Ok(());
        }
        self.one(item, text, values)
    }

    /// One value, as a plan would have it.
    fn one(&self, item: &Words<'_>, text: &str, values: &mut Vec<String>) -> Result<(), AxisError> {
        let value = match self.field.kind {
            Kind::Count { .. } | Kind::Number(_) | Kind::Quantity { .. } | Kind::Flag => text.to_owned(),
            _ => edit::scalar(&self.canonical(text)),
        };
        self.check(item, &value)?;
        values.push(value);
        Ok(())
    }

    /// The registry's own name of an entry, so that two names for one thing are one value.
    fn canonical(&self, name: &str) -> String {
        let Base { registry, physics, .. } = *self.base;
        let id = match self.field.kind {
            Kind::Accelerator => registry.accelerator(physics, name).ok().map(|entry| entry.id.clone()),
            Kind::Model => registry.model(physics, name).ok().map(|entry| entry.id.clone()),
            Kind::Region => registry.grid(physics, name).ok().map(|entry| entry.id.clone()),
            Kind::Choice(_) | Kind::Precision => Some(name.to_lowercase()),
            _ => None,
        };
        id.unwrap_or_else(|| name.to_owned())
    }

    /// Every value there is, where that is a list.
    fn all(&self) -> Option<Vec<String>> {
        let Base { registry, physics, .. } = *self.base;
        Some(match self.field.kind {
            Kind::Flag => vec!["true".into(), "false".into()],
            Kind::Choice(words) => words.iter().map(|(word, _)| (*word).to_owned()).collect(),
            Kind::Precision => PRECISIONS
                .iter()
                .filter(|one| one.reference || !self.field.reference || physics == Physics::Studio)
                .map(|one| one.key.to_owned())
                .collect(),
            Kind::Accelerator => registry.accelerators(physics).map(|one| edit::scalar(&one.id)).collect(),
            Kind::Model => registry.models(physics).map(|one| edit::scalar(&one.id)).collect(),
            Kind::Region => registry.grids(physics).map(|one| edit::scalar(&one.id)).collect(),
            Kind::Count { min, max } if max < 100 => (min..=max).map(|count| count.to_string()).collect(),
            _ => return None,
        })
    }

    /// Asks the plan language itself: the plan with this value must have no complaint about the value.
    fn check(&self, item: &Words<'_>, value: &str) -> Result<(), AxisError> {
        /// What concerns a value whatever else the plan says.
        const OWN: &[&str] = &[
            "wrong-type",
            "out-of-range",
            "unknown-value",
            "unknown-name",
            "unknown-unit",
            "wrong-dimension",
            "missing-unit",
            "unreadable-file",
            "registry-entry",
            "not-available",
        ];
        let text = edit::set(self.base.text, &self.path, value)
            .map_err(|error| item.error(format!("{} cannot be set to {value}: {error}", self.path), None))?;
        let reading = plan::read(&text, self.base.registry, self.base.options);
        let wrong = reading
            .diagnostics
            .iter()
            .find(|one| one.severity == Severity::Error && one.path == self.path && OWN.contains(&one.code));
        match wrong {
            None => Ok(()),
            Some(one) => {
                let fix = one.fixes.first().map(|fix| fix.title.clone());
                Err(item.error(one.message.clone(), one.help.clone().or(fix)))
            }
        }
    }
}

#[cfg(test)]
mod tests;
