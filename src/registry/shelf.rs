//! The entries of one kind under both physics, and finding one by what people call it.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Entry, NotFound, Physics};

/// Facts that live on a shelf.
pub trait Facts: DeserializeOwned + Serialize + Clone + PartialEq + Default {
    /// The section of a registry file that holds them.
    const SECTION: &'static str;
}

/// Entries of one kind in listing order.
#[derive(Debug, Clone)]
pub struct Shelf<T> {
    /// Corrected facts.
    studio: Vec<Slot<T>>,
    /// What 0.3.0 has instead, by place in `studio`.
    mlsysim: HashMap<usize, Slot<T>>,
    /// Place by id as written.
    ids: HashMap<String, usize>,
    /// Places by id, display name and alias, folded.
    names: HashMap<String, Vec<usize>>,
}

/// An entry that is read when it is first asked for; what it is called is known before.
#[derive(Debug, Clone)]
struct Slot<T> {
    id: String,
    name: String,
    group: String,
    aliases: Vec<String>,
    packed: &'static str,
    entry: OnceLock<Arc<Entry<T>>>,
}

impl<T: Facts> Slot<T> {
    /// From a line of the build script.
    fn packed(line: &'static str) -> Option<Slot<T>> {
        let (names, packed) = line.split_once('\t')?;
        let (id, name, group, aliases) = serde_json::from_str(names).ok()?;
        Some(Slot { id, name, group, aliases, packed, entry: OnceLock::new() })
    }

    fn ready(entry: Entry<T>) -> Slot<T> {
        Slot {
            id: entry.id.clone(),
            name: entry.name.clone(),
            group: entry.group.clone(),
            aliases: entry.aliases.clone(),
            packed: "",
            entry: OnceLock::from(Arc::new(entry)),
        }
    }

    /// The text is ours and checked at build time. Should it not be readable all the same, the entry is
    /// empty, and the test that compares every figure says so.
    fn entry(&self) -> &Arc<Entry<T>> {
        self.entry.get_or_init(|| {
            Arc::new(serde_json::from_str(self.packed).unwrap_or_else(|_| Entry {
                id: self.id.clone(),
                name: self.name.clone(),
                aliases: self.aliases.clone(),
                group: self.group.clone(),
                source: super::Source::default(),
                field_sources: std::collections::BTreeMap::new(),
                origin: super::Origin::Builtin,
                facts: T::default(),
            }))
        })
    }
}

/// A name without case, spaces and punctuation: `Llama 3.1-8B` and `llama_3_1_8b` are the same.
pub fn fold(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

impl<T: Facts> Shelf<T> {
    /// From the lines that the build script packs.
    pub fn packed(studio: &'static str, mlsysim: &'static str) -> Shelf<T> {
        let studio = studio.lines().filter_map(Slot::packed).collect();
        let mut shelf = Shelf { studio, mlsysim: HashMap::new(), ids: HashMap::new(), names: HashMap::new() };
        shelf.index();
        for slot in mlsysim.lines().filter_map(Slot::packed) {
            if let Some(&place) = shelf.ids.get(&slot.id) {
                shelf.mlsysim.insert(place, slot);
            }
        }
        shelf
    }

    /// Puts an entry on the shelf, in place of the one with its id or at the end.
    /// `mlsysim` is given where the entry differs under that physics.
    pub fn put(&mut self, entry: Entry<T>, mlsysim: Option<Entry<T>>) {
        let place = self.ids.get(&entry.id).copied().unwrap_or(self.studio.len());
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
        self.ids.clear();
        self.names.clear();
        for (place, entry) in self.studio.iter().enumerate() {
            self.ids.insert(entry.id.clone(), place);
            for name in [&entry.id, &entry.name].into_iter().chain(&entry.aliases) {
                let places = self.names.entry(fold(name)).or_default();
                if !places.contains(&place) {
                    places.push(place);
                }
            }
        }
    }

    /// The entry of an id, exactly as written.
    pub fn by_id(&self, physics: Physics, id: &str) -> Option<&Arc<Entry<T>>> {
        self.ids.get(id).map(|&place| self.at(physics, place))
    }

    fn at(&self, physics: Physics, place: usize) -> &Arc<Entry<T>> {
        match physics {
            Physics::Mlsysim => self.mlsysim.get(&place).unwrap_or(&self.studio[place]).entry(),
            Physics::Studio => self.studio[place].entry(),
        }
    }

    /// Id, display name and group of every entry, in listing order.
    pub fn rows(&self) -> impl Iterator<Item = (String, String, String)> {
        self.studio.iter().map(|slot| (slot.id.clone(), slot.name.clone(), slot.group.clone()))
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
        let places = self.names.get(&fold(name)).map_or(&[][..], Vec::as_slice);
        if let [place] = places {
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
        if places.is_empty() {
            return Err(NotFound { nearest: self.nearest(name) });
        }
        Err(NotFound { nearest: places.iter().take(3).map(|&place| self.studio[place].id.clone()).collect() })
    }

    /// Up to three ids that the name may have meant.
    fn nearest(&self, name: &str) -> Vec<String> {
        let wanted = fold(name);
        if wanted.is_empty() || wanted.len() > 80 {
            return Vec::new();
        }
        let mut best: HashMap<usize, f64> = HashMap::new();
        for (own, places) in &self.names {
            let score = likeness(&wanted, own);
            if score >= 0.82 {
                for &place in places {
                    let known = best.entry(place).or_insert(score);
                    *known = known.max(score);
                }
            }
        }
        let mut scored: Vec<(usize, f64)> = best.into_iter().collect();
        // Equal scores in listing order, so that the answer is the same every time.
        scored.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        scored.into_iter().take(3).map(|(place, _)| self.studio[place].id.clone()).collect()
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
