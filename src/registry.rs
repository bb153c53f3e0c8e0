//! Sourced facts about accelerators, models, nodes, grids and prices.
//!
//! Facts are YAML under `registry/`, checked and packed at build time, parsed per kind on first use.
//! Users add or override entries; the registry never changes once built.

mod count;
mod facts;
mod glance;
mod hugging_face;
mod pack;
pub(crate) mod shape;
mod shelf;
mod user;

use std::sync::{Arc, OnceLock};

pub use facts::{
    Accelerator, CONFIDENCE, Entry, Grid, Link, Model, NodeFacts, Origin, Price, Source, Table, WorkloadKind,
};
pub use glance::{DeviceGlance, GridGlance};
pub use shelf::Shown;
use shelf::{Facts, Shelf};

use crate::units::parse as quantity;

/// Which body of physics and facts a plan is evaluated with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Physics {
    /// Corrected physics and facts.
    #[default]
    Studio,
    /// mlsysim 0.3.0, defects included.
    Mlsysim,
}

impl Physics {
    /// The name used in plans and output.
    pub fn name(self) -> &'static str {
        match self {
            Physics::Studio => "studio",
            Physics::Mlsysim => "mlsysim",
        }
    }
}

/// The kinds of entry, also the names `zoo` takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// Accelerators.
    Hardware,
    /// Models.
    Models,
    /// Grids and regions.
    Grids,
    /// Prices.
    Prices,
    /// Nodes.
    Nodes,
    /// Fabrics, clusters, storage, reliability, technology and literature figures.
    Systems,
}

impl Kind {
    /// Every kind, in the order of listings.
    pub const ALL: [Kind; 6] =
        [Kind::Hardware, Kind::Models, Kind::Grids, Kind::Prices, Kind::Nodes, Kind::Systems];

    /// The name that `zoo` takes and that heads a section of a registry file.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Hardware => Accelerator::SECTION,
            Kind::Models => Model::SECTION,
            Kind::Grids => Grid::SECTION,
            Kind::Prices => Price::SECTION,
            Kind::Nodes => NodeFacts::SECTION,
            Kind::Systems => Table::SECTION,
        }
    }

    /// The kind of a name.
    pub fn named(name: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| kind.name().eq_ignore_ascii_case(name))
    }
}

/// What a lookup found when it found nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotFound {
    /// Up to three nearest ids, best first.
    pub nearest: Vec<String>,
}

/// The shipped facts plus the user's. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Registry {
    user: Arc<Shelves>,
}

/// Shelves with a user's entries on them; `None` stands for the shipped shelf.
#[derive(Debug, Clone, Default)]
struct Shelves {
    hardware: Option<Shelf<Accelerator>>,
    models: Option<Shelf<Model>>,
    grids: Option<Shelf<Grid>>,
    prices: Option<Shelf<Price>>,
    nodes: Option<Shelf<NodeFacts>>,
    systems: Option<Shelf<Table>>,
}

/// Facts that the registry has a shelf for.
trait Shelved: Facts + 'static {
    /// The shipped shelf, read on first use.
    fn shipped() -> &'static Shelf<Self>;
    /// The user's shelf, if the user has entries of this kind.
    fn users(shelves: &Shelves) -> Option<&Shelf<Self>>;
    /// The same, to write.
    fn users_mut(shelves: &mut Shelves) -> &mut Option<Shelf<Self>>;
}

/// A table of the build script.
macro_rules! packed {
    ($($name:literal),*) => {
        shelf::Packed {
            rows: include_str!(concat!(env!("OUT_DIR"), "/", $($name,)* ".tsv")),
            dictionary: include_bytes!(concat!(env!("OUT_DIR"), "/", $($name,)* ".dict")),
            entries: include_bytes!(concat!(env!("OUT_DIR"), "/", $($name,)* ".bin")),
        }
    };
}

macro_rules! shelved {
    ($facts:ty, $field:ident, $section:literal, $glance:ty, $of:expr, $read:expr) => {
        impl Facts for $facts {
            const SECTION: &'static str = $section;
            type Glance = $glance;
            fn glance(&self) -> $glance {
                $of(self)
            }
            fn glanced(cell: &str) -> Option<$glance> {
                $read(cell)
            }
        }
        impl Shelved for $facts {
            fn shipped() -> &'static Shelf<Self> {
                static SHELF: OnceLock<Shelf<$facts>> = OnceLock::new();
                SHELF.get_or_init(|| {
                    Shelf::packed(
                        packed!($section),
                        packed!($section, "-mlsysim"),
                        include_str!(concat!(env!("OUT_DIR"), "/", $section, "-names.tsv")),
                    )
                })
            }
            fn users(shelves: &Shelves) -> Option<&Shelf<Self>> {
                shelves.$field.as_ref()
            }
            fn users_mut(shelves: &mut Shelves) -> &mut Option<Shelf<Self>> {
                &mut shelves.$field
            }
        }
    };
}

shelved!(Accelerator, hardware, "hardware", DeviceGlance, DeviceGlance::of, DeviceGlance::read);
shelved!(Model, models, "models", (), |_| (), |_| Some(()));
shelved!(Grid, grids, "grids", GridGlance, GridGlance::of, GridGlance::read);
shelved!(Price, prices, "prices", (), |_| (), |_| Some(()));
shelved!(NodeFacts, nodes, "nodes", String, glance::held, glance::held_in);
shelved!(Table, systems, "systems", (), |_| (), |_| Some(()));

/// Something in a user's registry file that could not be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegistryProblem {
    /// File name as given.
    pub file: String,
    /// 1-based line.
    pub line: usize,
    /// One sentence.
    pub message: String,
}

impl Registry {
    /// The shipped registry.
    pub fn builtin() -> Registry {
        Registry::default()
    }

    fn shelf<T: Shelved>(&self) -> &Shelf<T> {
        T::users(&self.user).unwrap_or_else(|| T::shipped())
    }

    /// This registry with a user's entries on top: `files` are (name, YAML text) pairs, later ones win.
    /// Problems are reported, never fatal: the entries that are sound are used.
    pub fn with_user_files(&self, files: &[(String, String)]) -> (Registry, Vec<RegistryProblem>) {
        let (mut registry, mut problems) = (self.clone(), Vec::new());
        for (name, text) in files {
            user::lay_over(&mut registry, name, text, &mut problems);
        }
        (registry, problems)
    }

    /// An accelerator by id, display name or alias, in any case.
    pub fn accelerator(&self, physics: Physics, name: &str) -> Result<Arc<Entry<Accelerator>>, NotFound> {
        self.shelf().find(physics, name)
    }

    /// A model by id, display name or alias, in any case. A tuned model has the shape of the one that it was made
    /// from, so that `meta-llama/Llama-3.1-70B-Instruct` is found too; not under the physics of mlsysim 0.3.0.
    pub fn model(&self, physics: Physics, name: &str) -> Result<Arc<Entry<Model>>, NotFound> {
        const TUNED: [&str; 6] = ["-Instruct", "-Instruct-HF", "-it", "-Chat", "-Base", "-HF"];
        let found = self.shelf().find(physics, name);
        if found.is_ok() || physics == Physics::Mlsysim {
            return found;
        }
        let ends = |end: &&str| {
            let at = name.len().checked_sub(end.len())?;
            name.get(at..).filter(|tail| tail.eq_ignore_ascii_case(end)).and_then(|_| name.get(..at))
        };
        match TUNED.iter().find_map(ends) {
            Some(plain) => self.shelf().find(physics, plain).or(found),
            None => found,
        }
    }

    /// A grid or region by id, display name or alias, in any case. mlsysim 0.3.0 computes with its default
    /// where it does not know one, so a region that only we have is none under its physics.
    pub fn grid(&self, physics: Physics, name: &str) -> Result<Arc<Entry<Grid>>, NotFound> {
        let found = self.shelf::<Grid>().find(physics, name)?;
        if physics == Physics::Mlsysim && !self.in_reference(Kind::Grids, &found.id) {
            return Err(NotFound { nearest: Vec::new() });
        }
        Ok(found)
    }

    /// False for a shipped entry that mlsysim 0.3.0 does not have: its physics computes with our figures.
    /// A user's entries count as known to both.
    pub fn in_reference(&self, kind: Kind, id: &str) -> bool {
        !match kind {
            Kind::Hardware => self.shelf::<Accelerator>().is_ours(id),
            Kind::Models => self.shelf::<Model>().is_ours(id),
            Kind::Grids => self.shelf::<Grid>().is_ours(id),
            Kind::Prices => self.shelf::<Price>().is_ours(id),
            Kind::Nodes => self.shelf::<NodeFacts>().is_ours(id),
            Kind::Systems => self.shelf::<Table>().is_ours(id),
        }
    }

    /// A price by id.
    pub fn price(&self, physics: Physics, name: &str) -> Result<Arc<Entry<Price>>, NotFound> {
        self.shelf().find(physics, name)
    }

    /// A node by id, display name or alias, in any case.
    pub fn node(&self, physics: Physics, name: &str) -> Result<Arc<Entry<NodeFacts>>, NotFound> {
        self.shelf().find(physics, name)
    }

    /// A table of figures (fabric, cluster, storage, reliability, technology, literature) by id, display
    /// name, or its path in mlsysim such as `Fabrics.InfiniBand_NDR`.
    pub fn table(&self, physics: Physics, name: &str) -> Result<Arc<Entry<Table>>, NotFound> {
        self.shelf().find(physics, name)
    }

    /// A constant of the reference engine by its name there, for example `MFU_FFN_CAP`.
    pub fn calibration(&self, key: &str) -> Option<f64> {
        let entry = self.shelf::<Table>().by_id(Physics::Mlsysim, key)?;
        (entry.group == "calibration").then(|| entry.facts.number("value")).flatten()
    }

    /// Every accelerator, in listing order.
    pub fn accelerators(&self, physics: Physics) -> impl Iterator<Item = &Arc<Entry<Accelerator>>> {
        self.shelf().all(physics)
    }

    /// Every model, in listing order.
    pub fn models(&self, physics: Physics) -> impl Iterator<Item = &Arc<Entry<Model>>> {
        self.shelf().all(physics)
    }

    /// Every grid, in listing order.
    pub fn grids(&self, physics: Physics) -> impl Iterator<Item = &Arc<Entry<Grid>>> {
        self.shelf().all(physics)
    }

    /// Every node, in listing order.
    pub fn nodes(&self, physics: Physics) -> impl Iterator<Item = &Arc<Entry<NodeFacts>>> {
        self.shelf().all(physics)
    }

    /// Every accelerator of the corrected facts as its shelf shows it, in listing order.
    pub fn accelerators_shown(&self) -> impl Iterator<Item = Shown<'_, Accelerator>> {
        self.shelf().shown()
    }

    /// Every grid of the corrected facts as its shelf shows it, in listing order.
    pub fn grids_shown(&self) -> impl Iterator<Item = Shown<'_, Grid>> {
        self.shelf().shown()
    }

    /// The nodes, by the corrected facts, that hold an accelerator of this id, in listing order.
    pub fn nodes_of(&self, accelerator: &str) -> impl Iterator<Item = &Arc<Entry<NodeFacts>>> {
        let nodes = self.shelf::<NodeFacts>().shown();
        nodes.filter(move |node| node.glance().as_str() == accelerator).map(|node| node.entry())
    }

    /// Every table, in listing order.
    pub fn tables(&self, physics: Physics) -> impl Iterator<Item = &Arc<Entry<Table>>> {
        self.shelf().all(physics)
    }

    /// Ids, display names and groups of one kind, in registry order.
    pub fn list(&self, kind: Kind) -> Vec<(String, String, String)> {
        fn rows<T: Shelved>(registry: &Registry) -> Vec<(String, String, String)> {
            registry.shelf::<T>().rows().collect()
        }
        match kind {
            Kind::Hardware => rows::<Accelerator>(self),
            Kind::Models => rows::<Model>(self),
            Kind::Grids => rows::<Grid>(self),
            Kind::Prices => rows::<Price>(self),
            Kind::Nodes => rows::<NodeFacts>(self),
            Kind::Systems => rows::<Table>(self),
        }
    }

    /// Everything known about one entry: names, sources, origin, and `facts` with the unit in each key.
    /// Figures that are not known are left out.
    pub fn entry_json(&self, physics: Physics, kind: Kind, name: &str) -> Option<serde_json::Value> {
        fn show<T: Shelved>(registry: &Registry, physics: Physics, name: &str) -> Option<serde_json::Value> {
            let entry = registry.shelf::<T>().find(physics, name).ok()?;
            let mut shown = serde_json::to_value(&*entry).ok()?;
            drop_unknown(&mut shown);
            Some(shown)
        }
        match kind {
            Kind::Hardware => show::<Accelerator>(self, physics, name),
            Kind::Models => show::<Model>(self, physics, name),
            Kind::Grids => show::<Grid>(self, physics, name),
            Kind::Prices => show::<Price>(self, physics, name),
            Kind::Nodes => show::<NodeFacts>(self, physics, name),
            Kind::Systems => show::<Table>(self, physics, name),
        }
    }

    /// Version of the shipped facts, for example `2026.11`.
    pub fn version(&self) -> &'static str {
        "2026.11"
    }
}

/// The accelerator of a stand-alone file that a plan names, in our own keys or in those of an mlsysim
/// hardware file. `name` is the file's name, for messages and as the entry's id.
pub fn accelerator_from_yaml(text: &str, name: &str) -> Result<Entry<Accelerator>, Vec<RegistryProblem>> {
    user::accelerator(text, name)
}

/// The model of a stand-alone file that a plan names, in our own keys or in those of an mlsysim workload
/// file (`architecture` then decides how it is lowered).
pub fn model_from_yaml(text: &str, name: &str) -> Result<Entry<Model>, Vec<RegistryProblem>> {
    user::model(text, name)
}

/// The model of a Hugging Face `config.json`.
pub fn model_from_hf_config(json_text: &str, name: &str) -> Result<Entry<Model>, Vec<RegistryProblem>> {
    hugging_face::model(json_text, name)
}

/// Takes nulls and empty mappings, lists and texts away.
fn drop_unknown(value: &mut serde_json::Value) {
    use serde_json::Value;
    if let Value::Object(map) = value {
        map.values_mut().for_each(drop_unknown);
        map.retain(|_, value| match value {
            Value::Null => false,
            Value::Object(inner) => !inner.is_empty(),
            Value::Array(inner) => !inner.is_empty(),
            Value::String(text) => !text.is_empty(),
            _ => true,
        });
    }
}
