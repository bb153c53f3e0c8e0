//! Names to registry entries, the registry's and the plan's own.

use std::sync::Arc;

use super::super::edit;
use super::{Decoder, shorten};
use crate::plan::Fetched;
use crate::registry::{self, Accelerator, Entry, Grid, Kind, Model, NotFound, RegistryProblem};

/// What the names of a plan stand for; `None` where a name is absent or unknown.
#[derive(Debug, Clone, Default)]
pub(super) struct Names {
    pub(super) model: Option<Arc<Entry<Model>>>,
    pub(super) accelerator: Option<Arc<Entry<Accelerator>>>,
    pub(super) region: Option<Arc<Entry<Grid>>>,
    pub(super) draft_model: Option<Arc<Entry<Model>>>,
    pub(super) decode_hardware: Option<Arc<Entry<Accelerator>>>,
}

/// Region of a plan that names none.
pub(super) const DEFAULT_REGION: &str = "US_Avg";

impl Decoder<'_> {
    /// Adds the registry files that the plan names. A problem in one is a warning: its other entries count.
    pub(super) fn extend_registry(&mut self) {
        let mut files = Vec::new();
        let mut places = Vec::new();
        for path in self.items("registry") {
            let Some(name) = self.words(&path).map(str::to_owned) else { continue };
            match self.files.read(&name) {
                Ok(text) => {
                    files.push((name, text));
                    places.push(path);
                }
                Err(reason) => self.cannot_read(&path, &reason),
            }
        }
        if files.is_empty() {
            return;
        }
        let (registry, problems) = self.registry.with_user_files(&files);
        for problem in problems {
            let place = files.iter().position(|(name, _)| *name == problem.file);
            let path = place.map_or("registry", |index| places[index].as_str()).to_owned();
            let message = format!("{}:{}: {}", problem.file, problem.line, problem.message);
            let range = self.value_range(&path);
            self.warning("registry-entry", &path, range, message);
        }
        self.registry = registry;
        self.extended = true;
    }

    fn cannot_read(&mut self, path: &str, reason: &str) {
        let message = format!("`{path}`: {reason}");
        let range = self.value_range(path);
        self.error("unreadable-file", path, range, message).help =
            Some("paths are relative to the plan".into());
    }

    /// Looks every name up.
    pub(super) fn resolve(&mut self) -> Names {
        Names {
            model: self.model("workload.name"),
            accelerator: self.accelerator("hardware.name"),
            region: self.region(),
            draft_model: self.model("workload.serve.draft_model"),
            decode_hardware: self.accelerator("workload.serve.decode_hardware"),
        }
    }

    fn model(&mut self, path: &str) -> Option<Arc<Entry<Model>>> {
        let name = self.words(path)?.to_owned();
        if let Some(address) = name.strip_prefix("hf://") {
            return self.hub_model(path, &name, address);
        }
        if is_file(&name, &[".json"]) {
            let entry = self.own_entry(path, &name, registry::model_from_hf_config)?;
            self.doubt(path, &entry);
            return Some(entry);
        }
        if is_file(&name, &[".yaml", ".yml"]) {
            return self.own_entry(path, &name, registry::model_from_yaml);
        }
        match self.registry.model(self.physics, &name) {
            Ok(entry) => {
                self.ours(path, Kind::Models, &entry);
                self.doubt(path, &entry);
                Some(entry)
            }
            Err(miss) => {
                self.unknown_name(path, "model", "models", &name, &miss);
                None
            }
        }
    }

    /// A model by its configuration on a hub.
    fn hub_model(&mut self, path: &str, name: &str, address: &str) -> Option<Arc<Entry<Model>>> {
        let Some(hub) = self.files.hub() else {
            self.not_fetched(path, name, address, "nothing is fetched over the network here");
            return None;
        };
        match hub.config(address) {
            Fetched::Text(text) => {
                let entry = self.parsed_entry(path, name, &text, registry::model_from_hf_config)?;
                self.doubt(path, &entry);
                Some(entry)
            }
            Fetched::Pending => {
                let range = self.value_range(path);
                self.error(
                    "fetching",
                    path,
                    range,
                    format!("fetching the configuration of {} …", shorten(address)),
                );
                None
            }
            Fetched::Failed(reason) => {
                self.not_fetched(path, name, address, &reason);
                None
            }
        }
    }

    /// The registry may have what the hub did not give.
    fn not_fetched(&mut self, path: &str, name: &str, address: &str, reason: &str) {
        let range = self.value_range(path);
        let message = format!("`{}`: {reason}", shorten(name));
        let model = address.split('@').next().unwrap_or(address);
        let plain = model.rsplit('/').next().unwrap_or(model);
        let found = [model, plain].iter().find_map(|name| self.registry.model(self.physics, name).ok());
        let near =
            self.registry.model(self.physics, plain).err().and_then(|miss| miss.nearest.into_iter().next());
        let help = match (&found, &near) {
            (Some(entry), _) => format!("the registry has it as `{}`", entry.id),
            (None, Some(near)) => {
                format!("the nearest in the registry is `{near}`; a path of a config.json works too")
            }
            _ => "write the path of a downloaded config.json, or a name of the registry".to_owned(),
        };
        self.error("not-fetched", path, range, message).help = Some(help);
        if let Some(id) = found.map(|entry| entry.id.clone()).or(near) {
            self.fix_value(format!("change to {id}"), path, edit::scalar(&id));
        }
    }

    fn accelerator(&mut self, path: &str) -> Option<Arc<Entry<Accelerator>>> {
        let name = self.words(path)?.to_owned();
        if is_file(&name, &[".yaml", ".yml"]) {
            return self.own_entry(path, &name, registry::accelerator_from_yaml);
        }
        match self.registry.accelerator(self.physics, &name) {
            Ok(entry) => {
                self.ours(path, Kind::Hardware, &entry);
                self.doubt(path, &entry);
                Some(entry)
            }
            Err(miss) => {
                self.unknown_name(path, "accelerator", "hardware", &name, &miss);
                None
            }
        }
    }

    /// Says so where the figures of an entry are a rumour or the like.
    fn doubt<T>(&mut self, path: &str, entry: &Entry<T>) {
        let Some(doubt) = entry.doubt().filter(|_| !self.is_mlsysim()) else { return };
        let message = format!("figures of {} are {doubt}: {}", entry.name, entry.source.title);
        let range = self.value_range(path);
        self.warning("doubtful-figures", path, range, message.trim_end_matches([':', ' ']).to_owned());
    }

    /// mlsysim 0.3.0 refuses a name that it does not know; its physics takes ours and says so.
    fn ours<T>(&mut self, path: &str, kind: Kind, entry: &Entry<T>) {
        if self.is_mlsysim() && !self.registry.in_reference(kind, &entry.id) {
            let message = format!("mlsysim 0.3.0 has no `{}`: the figures are this program's", entry.id);
            let range = self.value_range(path);
            self.warning("not-in-reference", path, range, message);
        }
    }

    /// An entry from a file of its own; every problem of the file is one of the plan.
    fn own_entry<T>(
        &mut self,
        path: &str,
        name: &str,
        parse: impl Fn(&str, &str) -> Result<Entry<T>, Vec<RegistryProblem>>,
    ) -> Option<Arc<Entry<T>>> {
        let text = match self.files.read(name) {
            Ok(text) => text,
            Err(reason) => {
                self.cannot_read(path, &reason);
                return None;
            }
        };
        self.parsed_entry(path, name, &text, parse)
    }

    fn parsed_entry<T>(
        &mut self,
        path: &str,
        name: &str,
        text: &str,
        parse: impl Fn(&str, &str) -> Result<Entry<T>, Vec<RegistryProblem>>,
    ) -> Option<Arc<Entry<T>>> {
        match parse(text, name) {
            Ok(entry) => Some(Arc::new(entry)),
            Err(problems) => {
                for problem in problems {
                    let message = format!("{}:{}: {}", problem.file, problem.line, problem.message);
                    let range = self.value_range(path);
                    self.error("registry-entry", path, range, message);
                }
                None
            }
        }
    }

    fn region(&mut self) -> Option<Arc<Entry<Grid>>> {
        if !self.present("ops") {
            return None;
        }
        let name = self.words("ops.region").unwrap_or(DEFAULT_REGION).to_owned();
        match self.registry.grid(self.physics, &name) {
            Ok(entry) => Some(entry),
            Err(_) if !self.present("ops.region") => None,
            Err(_) if self.is_mlsysim() => {
                let message = format!(
                    "unknown region `{}`; mlsysim 0.3.0 uses none and computes with US_Avg",
                    shorten(&name)
                );
                let range = self.value_range("ops.region");
                self.warning("unknown-name", "ops.region", range, message);
                None
            }
            Err(miss) => {
                self.unknown_name("ops.region", "region", "grids", &name, &miss);
                None
            }
        }
    }

    fn unknown_name(&mut self, path: &str, what: &str, listing: &str, name: &str, miss: &NotFound) {
        let range = self.value_range(path);
        let message = format!("unknown {what} `{}`", shorten(name));
        let mut nearest = miss.nearest.clone();
        // A name without the word before it is spelt like its end: `us-east-1` is `AWS_us_east_1`, not `GCP_us_east1`.
        let spelt = |name: &str| name.to_lowercase().replace(['-', ' '], "_");
        let end = spelt(name);
        nearest.sort_by_key(|id| !spelt(id).ends_with(&end));
        self.error("unknown-name", path, range, message).help = Some(if nearest.is_empty() {
            format!("`mlsysim-tui zoo {listing}` lists what there is")
        } else {
            let names: Vec<String> = nearest.iter().map(|name| format!("`{name}`")).collect();
            format!("did you mean {}?", names.join(" or "))
        });
        for name in nearest {
            self.fix_value(format!("change to {name}"), path, edit::scalar(&name));
        }
        // An unknown name is present, but no value to go on with.
        self.values.remove(path);
    }
}

fn is_file(name: &str, extensions: &[&str]) -> bool {
    let name = name.to_lowercase();
    extensions.iter().any(|extension| name.ends_with(extension))
}
