//! The entries of one kind under both physics, and finding one by what people call it.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::pack::expand;
use super::{Entry, NotFound, Physics};

/// Facts that live on a shelf.
pub trait Facts: DeserializeOwned + Serialize + Clone + PartialEq + Default {
    /// The section of a registry file that holds them.
    const SECTION: &'static str;
    /// What is told apart without reading the entry.
    type Glance: Clone + std::fmt::Debug;
    /// The same of facts that have been read.
    fn glance(&self) -> Self::Glance;
    /// The same from the cell of a row, as the build script writes it; `None` where it is not whole.
    fn glanced(cell: &str) -> Option<Self::Glance>;
}

/// An entry as its shelf shows it: what it is called and what is seen at a glance. Reading it is put off.
#[derive(Debug)]
pub struct Shown<'a, T: Facts>(&'a Slot<T>);

impl<'a, T: Facts> Shown<'a, T> {
    /// Registry id.
    pub fn id(&self) -> &'a str {
        &self.0.id
    }

    /// Display name.
    pub fn name(&self) -> &'a str {
        &self.0.name
    }

    /// Group in listings.
    pub fn group(&self) -> &'a str {
        &self.0.group
    }

    /// The facts that are seen without reading the entry.
    pub fn glance(&self) -> &'a T::Glance {
        // Kept: suggestions look at every device and place with every key.
        self.0.seen.get_or_init(|| self.seen_in_row().unwrap_or_else(|| self.0.entry().facts.glance()))
    }

    /// The same from the row alone; `None` for an entry that has none.
    pub(super) fn seen_in_row(&self) -> Option<T::Glance> {
        self.0.glance.and_then(T::glanced)
    }

    /// The entry, read.
    pub fn entry(&self) -> &'a Arc<Entry<T>> {
        self.0.entry()
    }
}

/// A table as the build script writes it, which says what is in it.
#[derive(Debug, Clone, Copy)]
pub struct Packed {
    /// What entries are called, a line each.
    pub rows: &'static str,
    /// What they have in common.
    pub dictionary: &'static [u8],
    /// Everything about them, one after another.
    pub entries: &'static [u8],
}

impl Packed {
    fn slots<T: Facts>(self) -> impl Iterator<Item = Slot<T>> {
        let mut rest = self.entries;
        self.rows.lines().filter_map(move |row| {
            let (names, length) = row.rsplit_once('\t')?;
            let (own, after) = rest.split_at_checked(length.parse().ok()?)?;
            rest = after;
            Slot::packed(names, own, self.dictionary)
        })
    }
}

/// Entries of one kind in listing order.
#[derive(Debug, Clone)]
pub struct Shelf<T: Facts> {
    /// Corrected facts.
    studio: Vec<Slot<T>>,
    /// What 0.3.0 has instead, by place in `studio`.
    mlsysim: HashMap<usize, Slot<T>>,
    names: Names,
}

/// Places by id, display name and alias, folded.
#[derive(Debug, Clone)]
enum Names {
    /// As the build script sorted them: a folded name, and places with commas between.
    Packed(Vec<(&'static str, &'static str)>),
    /// With a user's entries.
    Own(HashMap<String, Vec<usize>>),
}

impl Names {
    fn places(&self, folded: &str) -> Vec<usize> {
        match self {
            Names::Packed(names) => names
                .binary_search_by(|(name, _)| (*name).cmp(folded))
                .map(|at| numbers(names[at].1).collect())
                .unwrap_or_default(),
            Names::Own(names) => names.get(folded).cloned().unwrap_or_default(),
        }
    }

    /// Calls `with` for every name and the places of its entries.
    fn each(&self, mut with: impl FnMut(&str, &mut dyn Iterator<Item = usize>)) {
        match self {
            Names::Packed(names) => {
                for (name, at) in names {
                    with(name, &mut numbers(at));
                }
            }
            Names::Own(names) => names.iter().for_each(|(name, at)| with(name, &mut at.iter().copied())),
        }
    }
}

fn numbers(cell: &str) -> impl Iterator<Item = usize> {
    cell.split(',').filter_map(|number| number.parse().ok())
}

/// An entry that is read when it is first asked for; what it is called is known before.
#[derive(Debug, Clone)]
struct Slot<T: Facts> {
    id: Cow<'static, str>,
    name: Cow<'static, str>,
    group: Cow<'static, str>,
    aliases: Vec<Cow<'static, str>>,
    /// Shipped, and not in mlsysim 0.3.0.
    ours: bool,
    /// The row's cell of facts; none for a user's entry, which has been read.
    glance: Option<&'static str>,
    seen: OnceLock<T::Glance>,
    packed: &'static [u8],
    dictionary: &'static [u8],
    entry: OnceLock<Arc<Entry<T>>>,
}

impl<T: Facts> Slot<T> {
    /// From a row of the build script; `None` for what is no such row.
    fn packed(names: &'static str, packed: &'static [u8], dictionary: &'static [u8]) -> Option<Slot<T>> {
        let mut cells = names.split('\t');
        let mut cell = || cells.next();
        Some(Slot {
            id: cell()?.into(),
            name: cell()?.into(),
            group: cell()?.into(),
            aliases: cell()?.split('|').filter(|alias| !alias.is_empty()).map(Cow::Borrowed).collect(),
            ours: cell()? != "1",
            glance: Some(cell()?),
            seen: OnceLock::new(),
            packed,
            dictionary,
            entry: OnceLock::new(),
        })
    }

    fn ready(entry: Entry<T>) -> Slot<T> {
        Slot {
            id: entry.id.clone().into(),
            name: entry.name.clone().into(),
            group: entry.group.clone().into(),
            aliases: entry.aliases.iter().cloned().map(Cow::Owned).collect(),
            ours: false,
            glance: None,
            seen: OnceLock::new(),
            packed: &[],
            dictionary: &[],
            entry: OnceLock::from(Arc::new(entry)),
        }
    }

    /// The text is ours and checked at build time. Should it not be readable all the same, the entry is
    /// empty, and the test that compares every figure says so.
    fn entry(&self) -> &Arc<Entry<T>> {
        self.entry.get_or_init(|| {
            Arc::new(serde_json::from_slice(&expand(self.packed, self.dictionary)).unwrap_or_else(|_| {
                Entry {
                    id: self.id.clone().into_owned(),
                    name: self.name.clone().into_owned(),
                    aliases: self.aliases.iter().map(|alias| alias.clone().into_owned()).collect(),
                    group: self.group.clone().into_owned(),
                    confidence: String::new(),
                    source: super::Source::default(),
                    field_sources: std::collections::BTreeMap::new(),
                    origin: super::Origin::Builtin,
                    facts: T::default(),
                }
            }))
        })
    }
}

/// A name without case, spaces and punctuation: `Llama 3.1-8B` and `llama_3_1_8b` are the same.
pub fn fold(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// The same, with what stands between two digits.
fn fold_between_digits(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    let mut chars = name.chars().peekable();
    let mut after_digit = false;
    while let Some(c) = chars.next() {
        if c.is_alphanumeric() {
            out.extend(c.to_lowercase());
        } else if after_digit && chars.peek().is_some_and(char::is_ascii_digit) {
            out.push('.');
        }
        after_digit = c.is_ascii_digit();
    }
    out
}

impl<T: Facts> Shelf<T> {
    /// From the tables of the build script: the entries, what mlsysim 0.3.0 has instead, and all names.
    pub fn packed(studio: Packed, mlsysim: Packed, names: &'static str) -> Shelf<T> {
        let names = Names::Packed(names.lines().filter_map(|row| row.split_once('\t')).collect());
        let mut shelf = Shelf { studio: studio.slots().collect(), mlsysim: HashMap::new(), names };
        for slot in mlsysim.slots() {
            if let Some(place) = shelf.place(&slot.id) {
                shelf.mlsysim.insert(place, slot);
            }
        }
        shelf
    }

    fn place(&self, id: &str) -> Option<usize> {
        self.names.places(&fold(id)).into_iter().find(|&place| self.studio[place].id == id)
    }

    /// Puts an entry on the shelf, in place of the one with its id or at the end.
    /// `mlsysim` is given where the entry differs under that physics.
    pub fn put(&mut self, entry: Entry<T>, mlsysim: Option<Entry<T>>) {
        let place = self.place(&entry.id).unwrap_or(self.studio.len());
        let entry = Slot::ready(entry);
        if place < self.studio.len() {
            self.studio[place] = entry;
        } else {
            self.studio.push(entry);
        }
        match mlsysim {
            Some(other) => self.mlsysim.insert(place, Slot::ready(other)),
            None => self.mlsysim.remove(&place),
        };
        self.index();
    }

    fn index(&mut self) {
        let mut names: HashMap<String, Vec<usize>> = HashMap::new();
        for (place, entry) in self.studio.iter().enumerate() {
            for name in [&entry.id, &entry.name].into_iter().chain(&entry.aliases) {
                let places = names.entry(fold(name)).or_default();
                if !places.contains(&place) {
                    places.push(place);
                }
            }
        }
        self.names = Names::Own(names);
    }

    /// True for a shipped entry that mlsysim 0.3.0 does not have.
    pub fn is_ours(&self, id: &str) -> bool {
        self.place(id).is_some_and(|place| self.studio[place].ours)
    }

    /// The entry of an id, exactly as written.
    pub fn by_id(&self, physics: Physics, id: &str) -> Option<&Arc<Entry<T>>> {
        self.place(id).map(|place| self.at(physics, place))
    }

    fn at(&self, physics: Physics, place: usize) -> &Arc<Entry<T>> {
        match physics {
            Physics::Mlsysim => self.mlsysim.get(&place).unwrap_or(&self.studio[place]).entry(),
            Physics::Studio => self.studio[place].entry(),
        }
    }

    /// Id, display name and group of every entry, in listing order.
    pub fn rows(&self) -> impl Iterator<Item = (String, String, String)> {
        self.studio.iter().map(|slot| (slot.id.to_string(), slot.name.to_string(), slot.group.to_string()))
    }

    /// Corrected entries in listing order, none of them read for it.
    pub fn shown(&self) -> impl Iterator<Item = Shown<'_, T>> {
        self.studio.iter().map(Shown)
    }

    /// All entries in listing order.
    pub fn all(&self, physics: Physics) -> impl Iterator<Item = &Arc<Entry<T>>> {
        (0..self.studio.len()).map(move |place| self.at(physics, place))
    }

    /// By id, display name or alias: as written, else in any case, else without regard to spaces and
    /// punctuation. A name that several entries go by finds none of them: it must be said which.
    pub fn find(&self, physics: Physics, name: &str) -> Result<Arc<Entry<T>>, NotFound> {
        let name = name.trim();
        if let Some(entry) = self.by_id(physics, name) {
            return Ok(entry.clone());
        }
        let places = self.names.places(&fold(name));
        if let [place] = places.as_slice() {
            return Ok(self.at(physics, *place).clone());
        }
        let called = |entry: &Slot<T>, own_names: bool| {
            same(&entry.id, name)
                || own_names && (same(&entry.name, name) || entry.aliases.iter().any(|a| same(a, name)))
        };
        for own_names in [false, true] {
            let mut hits = places.iter().filter(|&&place| called(&self.studio[place], own_names));
            if let (Some(&place), None) = (hits.next(), hits.next()) {
                return Ok(self.at(physics, place).clone());
            }
        }
        // `1.3B` is not `13B`, though both are letters and digits alike.
        let wanted = fold_between_digits(name);
        let told_apart = |slot: &Slot<T>| {
            let names = [&slot.id, &slot.name].into_iter().chain(&slot.aliases);
            names.into_iter().any(|own| fold_between_digits(own) == wanted)
        };
        let mut hits = places.iter().filter(|&&place| told_apart(&self.studio[place]));
        if let (Some(&place), None) = (hits.next(), hits.next()) {
            return Ok(self.at(physics, place).clone());
        }
        if places.is_empty() {
            return Err(NotFound { nearest: self.nearest(name) });
        }
        Err(NotFound {
            nearest: places.iter().take(3).map(|&place| self.studio[place].id.to_string()).collect(),
        })
    }

    /// Up to three ids that the name may have meant.
    fn nearest(&self, name: &str) -> Vec<String> {
        let wanted = fold(name);
        if wanted.is_empty() || wanted.len() > 80 {
            return Vec::new();
        }
        let mut best: HashMap<usize, f64> = HashMap::new();
        self.names.each(|own, places| {
            let score = likeness(&wanted, own);
            if score >= 0.82 {
                for place in places {
                    let known = best.entry(place).or_insert(score);
                    *known = known.max(score);
                }
            }
        });
        let mut scored: Vec<(usize, f64)> = best.into_iter().collect();
        // Equal scores in listing order, so that the answer is the same every time.
        scored.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        scored.into_iter().take(3).map(|(place, _)| self.studio[place].id.to_string()).collect()
    }
}

fn same(a: &str, b: &str) -> bool {
    a.to_lowercase() == b.to_lowercase()
}

/// 1 for the same text. Digits tell entries apart (`H100`, `A100`), so a share of equal letters alone is
/// not enough: one edit in a short name counts as much as two in a long one.
fn likeness(wanted: &str, own: &str) -> f64 {
    if own.is_empty() {
        return 0.0;
    }
    if wanted.len() >= 3 && (own.contains(wanted) || (own.len() >= 3 && wanted.contains(own))) {
        let (short, long) = if wanted.len() < own.len() { (wanted, own) } else { (own, wanted) };
        return 0.86 + 0.12 * short.len() as f64 / long.len() as f64;
    }
    // Cheap first: most names are nothing alike.
    let winkler = strsim::jaro_winkler(wanted, own);
    if winkler < 0.82 {
        return 0.0;
    }
    if strsim::normalized_damerau_levenshtein(wanted, own) >= 0.6 { winkler } else { 0.0 }
}
