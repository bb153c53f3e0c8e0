//! The values around a value: what a number, a word or a registry name becomes when it is stepped.
//!
//! Every scale runs from less to more: numbers and models by size, number formats by width, accelerators of one
//! maker and class by year and peak, regions by carbon, words in the order of the schema. What a plan makes of a value is not known
//! here; the caller reads the changed text and passes over what is refused.

mod number;

use std::ops::Range;

use super::fields::{self, Field, Kind, PRECISIONS};
use crate::registry::{Accelerator, Entry, Physics, Registry};
use crate::yaml::{self, Node, Value};
use number::Number;

/// A way to go along a scale.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Step {
    /// To the next one up.
    Next,
    /// To the next one down.
    Previous,
    /// To twice as much.
    Double,
    /// To half as much.
    Halve,
}

/// A value in a text that may be stepped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// Dotted path of its field.
    pub path: String,
    /// Bytes of the value, without its quotes.
    pub range: Range<usize>,
    /// What stands there.
    pub written: String,
}

/// A value of a scale.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    /// As it would be written in the place of the present one.
    pub written: String,
    /// What orders the scale, in words; may be empty.
    pub note: String,
    /// The size that doubling goes by; `None` where twice as much means nothing.
    size: Option<f64>,
    /// Who makes it and since when, where doubling goes to another generation of the same maker.
    lineage: Option<Lineage>,
}

/// Where a device stands among those of its maker.
#[derive(Debug, Clone, PartialEq)]
struct Lineage {
    maker: String,
    year: Option<u32>,
    /// Whether it has a price and a link between devices: what others are variants of.
    known: bool,
    /// Bytes a second from its memory.
    memory: f64,
}

impl Item {
    fn plain(written: impl Into<String>) -> Item {
        Item { written: written.into(), note: String::new(), size: None, lineage: None }
    }
}

/// The values that a place may hold, from less to more.
#[derive(Debug, Clone, PartialEq)]
pub struct Scale {
    kind: Values,
}

#[derive(Debug, Clone, PartialEq)]
enum Values {
    /// Numbers, as many as one likes.
    Number(Number),
    /// These, and which one it is.
    List { items: Vec<Item>, at: usize, turns: bool },
}

/// What a scale depends on beside the text.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// Names.
    pub registry: &'a Registry,
    /// Which of them count.
    pub physics: Physics,
    /// Accelerators of the plan, where it could be read: sizes of groups divide them.
    pub accelerators: Option<u64>,
}

/// The value that an offset of a text is about: the one under it, else the nearest on its line.
///
/// # Errors
/// One sentence where there is none.
pub fn target(text: &str, offset: usize) -> Result<Target, String> {
    let tree =
        yaml::parse(text).map_err(|_| "mend the text first: it is not YAML as it stands".to_owned())?;
    let offset = offset.min(text.len());
    let start = text.get(..offset).and_then(|before| before.rfind('\n')).map_or(0, |at| at + 1);
    let end = text.get(offset..).and_then(|after| after.find('\n')).map_or(text.len(), |at| offset + at);
    let mut leaves = Vec::new();
    collect(&tree, "", None, &mut leaves);
    let here = |leaf: &&Leaf<'_>| leaf.whole.start <= end && leaf.whole.start >= start;
    let away = |leaf: &&Leaf<'_>| {
        let outside = leaf.whole.start.saturating_sub(offset) + offset.saturating_sub(leaf.whole.end);
        (outside, leaf.whole.len())
    };
    let leaf = leaves.iter().filter(here).min_by_key(away).ok_or("no value on this line")?;
    let path = leaf.path.clone();
    if leaf.node.aliased {
        return Err(format!("{path} comes from an alias: step the value that it refers to"));
    }
    let raw = leaf.node.raw(text);
    let range = leaf.node.range.clone();
    let range = match raw.as_bytes() {
        [] => return Err(format!("{path} has no value yet")),
        [b'"', .., b'"'] | [b'\'', .., b'\''] => range.start + 1..range.end - 1,
        [b'&' | b'!' | b'|' | b'>', ..] => return Err(format!("{path} is not a plain value")),
        _ => range,
    };
    let written = text.get(range.clone()).unwrap_or_default().to_owned();
    Ok(Target { path, range, written })
}

struct Leaf<'n> {
    path: String,
    /// Key and value.
    whole: Range<usize>,
    node: &'n Node,
}

fn collect<'n>(node: &'n Node, path: &str, key: Option<&Range<usize>>, leaves: &mut Vec<Leaf<'n>>) {
    match &node.value {
        Value::Mapping(entries) => {
            for entry in entries {
                let path = if path.is_empty() { entry.key.clone() } else { format!("{path}.{}", entry.key) };
                collect(&entry.value, &path, Some(&entry.key_range), leaves);
            }
        }
        Value::Sequence(items) => {
            for (index, item) in items.iter().enumerate() {
                collect(item, &format!("{path}[{index}]"), None, leaves);
            }
        }
        _ => {
            let start = key.map_or(node.range.start, |key| key.start.min(node.range.start));
            leaves.push(Leaf { path: path.to_owned(), whole: start..node.range.end.max(start), node });
        }
    }
}

/// The scale that a value stands on.
///
/// # Errors
/// One sentence where its field has none, or where the value is not on it.
pub fn scale(target: &Target, facts: Facts<'_>) -> Result<Scale, String> {
    let path = &target.path;
    let field = fields::field(path).ok_or_else(|| format!("{path} is not a field of a plan"))?;
    let written = target.written.trim();
    if let Some(items) = divisors(field, facts) {
        return list(path, written, items);
    }
    let mut items: Vec<Item> = match field.kind {
        Kind::Count { .. } | Kind::Number(_) | Kind::Quantity { .. } => {
            return number_scale(field, path, written);
        }
        Kind::Flag => {
            let items = vec![Item::plain("false"), Item::plain("true")];
            let at = usize::from(written.eq_ignore_ascii_case("true"));
            return Ok(Scale { kind: Values::List { items, at, turns: true } });
        }
        Kind::Choice(choices) => {
            choices.iter().map(|(key, doc)| Item { note: (*doc).to_owned(), ..Item::plain(*key) }).collect()
        }
        Kind::Precision => precisions(facts.physics),
        Kind::Region => regions(facts),
        Kind::Model => models(written, facts)?,
        Kind::Accelerator => accelerators(written, facts)?,
        Kind::Metric => crate::metrics::METRICS
            .iter()
            .map(|metric| Item::plain(format!("{}.{}", metric.lens.name(), metric.key)))
            .collect(),
        Kind::Block | Kind::List | Kind::Text | Kind::Path => {
            return Err(format!("{path} is text: there is nothing to step"));
        }
    };
    if field.auto && !items.iter().any(|item| item.written == "auto") {
        items.insert(0, Item::plain("auto"));
    }
    list(path, &canonical(field, written, facts), items)
}

/// A name as the registry writes it.
fn canonical(field: &Field, written: &str, facts: Facts<'_>) -> String {
    let (registry, physics) = (facts.registry, facts.physics);
    let id = match field.kind {
        Kind::Region => registry.grid(physics, written).map(|entry| entry.id.clone()),
        Kind::Model => registry.model(physics, written).map(|entry| entry.id.clone()),
        Kind::Accelerator => registry.accelerator(physics, written).map(|entry| entry.id.clone()),
        _ => return written.to_owned(),
    };
    id.unwrap_or_else(|_| written.to_owned())
}

fn list(path: &str, written: &str, items: Vec<Item>) -> Result<Scale, String> {
    let at = items
        .iter()
        .position(|item| item.written.eq_ignore_ascii_case(written))
        .ok_or_else(|| format!("{path}: `{written}` is none of the values that can be stepped through"))?;
    Ok(Scale { kind: Values::List { items, at, turns: false } })
}

fn number_scale(field: &Field, path: &str, written: &str) -> Result<Scale, String> {
    if field.auto && written.eq_ignore_ascii_case("auto") {
        let first = Number::first(field);
        let items = vec![Item::plain("auto"), Item::plain(first)];
        return Ok(Scale { kind: Values::List { items, at: 0, turns: false } });
    }
    let number = Number::read(field, written)
        .ok_or_else(|| format!("{path}: `{written}` is not a number that can be stepped"))?;
    Ok(Scale { kind: Values::Number(number) })
}

/// Sizes of groups: what divides the fleet.
fn divisors(field: &Field, facts: Facts<'_>) -> Option<Vec<Item>> {
    const SIZES: [&str; 5] = [
        "parallelism.tensor",
        "parallelism.pipeline",
        "parallelism.data",
        "parallelism.expert",
        "parallelism.context",
    ];
    let fleet = facts.accelerators.filter(|_| SIZES.contains(&field.path))?;
    let small = (1..).take_while(|size: &u64| size.saturating_mul(*size) <= fleet && *size <= 1 << 12);
    let mut sizes: Vec<u64> =
        small.filter(|size| fleet.is_multiple_of(*size)).flat_map(|size| [size, fleet / size]).collect();
    sizes.sort_unstable();
    sizes.dedup();
    let sized = sizes.into_iter().map(|size| Item {
        written: size.to_string(),
        note: format!("a divisor of {fleet} accelerators"),
        size: Some(size as f64),
        lineage: None,
    });
    Some(std::iter::once(Item::plain("auto")).chain(sized).collect())
}

/// From narrow to wide.
fn precisions(physics: Physics) -> Vec<Item> {
    let known = PRECISIONS.iter().rev().filter(|format| format.reference || physics == Physics::Studio);
    known
        .map(|format| {
            let digits: String = format.key.chars().skip_while(|c| !c.is_ascii_digit()).collect();
            let end = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
            // Formats named after a method hold four bits.
            let bits = digits[..end].parse().unwrap_or(4.0);
            Item { note: format.doc.to_owned(), size: Some(bits), ..Item::plain(format.key) }
        })
        .collect()
}

/// By carbon, cleanest first.
fn regions(facts: Facts<'_>) -> Vec<Item> {
    let mut regions: Vec<_> = facts.registry.grids(facts.physics).collect();
    regions.sort_by(|a, b| {
        (a.facts.carbon_g_per_kwh.total_cmp(&b.facts.carbon_g_per_kwh)).then_with(|| a.id.cmp(&b.id))
    });
    let count = regions.len();
    regions
        .into_iter()
        .enumerate()
        .map(|(index, region)| {
            let carbon = region.facts.carbon_g_per_kwh;
            let note = format!("{carbon} g CO2e/kWh, {} of {count} from the cleanest", index + 1);
            Item { note, size: Some(carbon), ..Item::plain(super::edit::scalar(&region.id)) }
        })
        .collect()
}

/// Models of the same group by parameters.
fn models(written: &str, facts: Facts<'_>) -> Result<Vec<Item>, String> {
    let present = facts
        .registry
        .model(facts.physics, written)
        .map_err(|_| format!("`{written}` is not a model of the registry: there is no next one"))?;
    let size = |model: &crate::registry::Model| model.parameters.unwrap_or(0.0);
    let mut models: Vec<_> =
        facts.registry.models(facts.physics).filter(|model| model.group == present.group).collect();
    models.sort_by(|a, b| size(&a.facts).total_cmp(&size(&b.facts)).then_with(|| a.id.cmp(&b.id)));
    Ok(models
        .into_iter()
        .map(|model| {
            let parameters = size(&model.facts);
            let note = format!("{}, {} parameters", model.name, crate::units::format_count(parameters));
            Item { note, size: Some(parameters), ..Item::plain(super::edit::scalar(&model.id)) }
        })
        .collect())
}

/// A league of accelerators: no step leads from a card for a data centre to one for a shelf, or to a rack.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum League {
    /// Cards without a link between them, or with the memory of a graphics card.
    Small,
    /// Devices with a link and a memory of 700 GB/s, or with one of 900 GB/s.
    Large,
    /// Many devices that are sold as one.
    Rack,
}

impl League {
    fn of(device: &Entry<Accelerator>) -> League {
        // No single device holds a terabyte.
        const RACK_BYTES: f64 = 1e12;
        const LINKED_BYTES_PER_S: f64 = 700e9;
        const ALONE_BYTES_PER_S: f64 = 900e9;
        let facts = &device.facts;
        let least = if facts.nvlink.is_some() { LINKED_BYTES_PER_S } else { ALONE_BYTES_PER_S };
        match device.group.as_str() {
            _ if facts.memory_bytes >= RACK_BYTES => League::Rack,
            "cloud" if facts.memory_bytes_per_s < least => League::Small,
            _ => League::Large,
        }
    }
}

/// A display name begins with its maker.
fn maker(device: &Entry<Accelerator>) -> &str {
    device.name.split(' ').next().unwrap_or_default()
}

/// Accelerators of the same maker and class by year, then by peak, then by memory.
fn accelerators(written: &str, facts: Facts<'_>) -> Result<Vec<Item>, String> {
    let present = facts
        .registry
        .accelerator(facts.physics, written)
        .map_err(|_| format!("`{written}` is not an accelerator of the registry: there is no next one"))?;
    let alike = |device: &Entry<Accelerator>| {
        device.group == present.group
            && maker(device) == maker(&present)
            && League::of(device) == League::of(&present)
    };
    let mut devices: Vec<_> =
        facts.registry.accelerators(facts.physics).filter(|device| alike(device)).collect();
    devices.sort_by(|a, b| {
        (a.facts.release_year.cmp(&b.facts.release_year))
            .then(a.facts.peak_flop_per_s.total_cmp(&b.facts.peak_flop_per_s))
            .then(a.facts.memory_bytes.total_cmp(&b.facts.memory_bytes))
            .then_with(|| a.id.cmp(&b.id))
    });
    let count = devices.len();
    Ok(devices
        .into_iter()
        .enumerate()
        .map(|(index, device)| {
            let year = device.facts.release_year.map_or_else(String::new, |year| format!(", {year}"));
            let maker = maker(device).to_owned();
            let place = format!("{} of {count} of {maker} in its class by year, then peak", index + 1);
            let note = format!("{}{year}; {place}", device.name);
            Item {
                written: super::edit::scalar(&device.id),
                note,
                size: Some(device.facts.peak_flop_per_s),
                lineage: Some(Lineage {
                    maker,
                    year: device.facts.release_year,
                    memory: device.facts.memory_bytes_per_s,
                    known: device.facts.unit_cost_usd.is_some() && device.facts.nvlink.is_some(),
                }),
            }
        })
        .collect())
}

/// Most values that a step looks at before it gives up.
const REACH: usize = 48;

impl Scale {
    /// What a step may lead to, nearest first. Empty at the end of the scale.
    pub fn after(&self, step: Step) -> Vec<Item> {
        match &self.kind {
            Values::Number(number) => number.after(step, REACH).into_iter().map(Item::plain).collect(),
            Values::List { items, at, turns: true } => {
                vec![items[(at + 1) % items.len()].clone()]
            }
            Values::List { items, at, .. } => {
                if let (Step::Double | Step::Halve, Some(_)) = (step, &items[*at].lineage) {
                    return generation(items, &items[*at], step == Step::Double);
                }
                let present = items[*at].size;
                let (up, down) = (items.get(at + 1..).unwrap_or_default(), &items[..*at]);
                match (step, present.filter(|size| *size > 0.0)) {
                    (Step::Double, Some(size)) => by_size(items, |other| other >= 2.0 * size, false),
                    (Step::Halve, Some(size)) => by_size(items, |other| other <= size / 2.0, true),
                    (Step::Next | Step::Double, _) => up.iter().take(REACH).cloned().collect(),
                    (Step::Previous | Step::Halve, _) => down.iter().rev().take(REACH).cloned().collect(),
                }
            }
        }
    }

    /// Why a step leads nowhere, to go on after the value.
    pub fn end(&self, step: Step) -> String {
        let present = match &self.kind {
            Values::List { items, at, .. } => items[*at].lineage.as_ref(),
            Values::Number(_) => None,
        };
        match (step, present) {
            (Step::Double, Some(lineage)) => {
                format!(
                    "has no successor of {} with twice its peak here; alt-up goes to the next device",
                    lineage.maker
                )
            }
            (Step::Halve, Some(lineage)) => {
                format!(
                    "has no ancestor of {} with half its peak here; alt-down goes to the one before",
                    lineage.maker
                )
            }
            (step, Some(lineage)) => {
                let end = if step == Step::Next { "newest" } else { "oldest" };
                format!(
                    "is the {end} of {} in its class; the registry (R on a panel) has other makers",
                    lineage.maker
                )
            }
            (Step::Next | Step::Double, _) => "is already at its highest".into(),
            (Step::Previous | Step::Halve, _) => "is already at its lowest".into(),
        }
    }

    /// The values around the present one, at most `each` on either side, and which of them is the present one.
    pub fn around(&self, each: usize) -> (Vec<Item>, usize) {
        if let Values::List { items, turns: true, at } = &self.kind {
            return (items.clone(), *at);
        }
        let mut below = self.after(Step::Previous);
        below.truncate(each);
        below.reverse();
        let at = below.len();
        let present = match &self.kind {
            Values::Number(number) => Item::plain(number.written()),
            Values::List { items, at, .. } => items[*at].clone(),
        };
        below.push(present);
        below.extend(self.after(Step::Next).into_iter().take(each));
        (below, at)
    }
}

/// Devices of the same maker, no older, with at least twice the peak, or no newer with at most half of it, the nearest
/// doubling first. More than eight times as much is another kind of thing: a rack. Among those of one doubling what has a
/// price and a link comes before variants for a market or a slot, then what has a memory of the same kind, then the shorter
/// name, then the nearest in time.
fn generation(items: &[Item], present: &Item, up: bool) -> Vec<Item> {
    let (Some(own), Some(size)) = (&present.lineage, present.size.filter(|size| *size > 0.0)) else {
        return Vec::new();
    };
    let rank = |item: &Item| {
        let (lineage, other) = (item.lineage.as_ref()?, item.size?);
        let (year, before) = (lineage.year?, own.year?);
        let ratio = if up { other / size } else { size / other };
        let later = if up { year >= before } else { year <= before };
        let fits = lineage.maker == own.maker && later && (2.0..8.0).contains(&ratio);
        // A memory that is not of the same kind: a factor of nearly three.
        let memory = if up { lineage.memory / own.memory } else { own.memory / lineage.memory };
        let alike = (0.7..2.8).contains(&memory);
        fits.then(|| (ratio >= 4.0, !lineage.known, !alike, item.written.len(), year.abs_diff(before)))
    };
    let mut found: Vec<&Item> = items.iter().filter(|item| rank(item).is_some()).collect();
    found.sort_by_cached_key(|item| (rank(item), item.written.clone()));
    found.into_iter().take(REACH).cloned().collect()
}

/// The sized items that `fits` takes, nearest in size first.
fn by_size(items: &[Item], fits: impl Fn(f64) -> bool, largest_first: bool) -> Vec<Item> {
    let mut sized: Vec<(f64, &Item)> =
        items.iter().filter_map(|item| Some((item.size?, item))).filter(|(size, _)| fits(*size)).collect();
    // Of equals the one that stands nearest comes first.
    if largest_first {
        sized.reverse();
    }
    sized.sort_by(|a, b| if largest_first { b.0.total_cmp(&a.0) } else { a.0.total_cmp(&b.0) });
    sized.into_iter().take(REACH).map(|(_, item)| item.clone()).collect()
}

#[cfg(test)]
mod tests;
