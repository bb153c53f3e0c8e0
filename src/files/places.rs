//! The user's own directories, and files that a plan names.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use directories::ProjectDirs;

use super::load::read;
use crate::plan::{Files, Hub};

/// Most files read from the user's registry directory.
const MAX_REGISTRY_FILES: usize = 200;

fn project() -> Option<ProjectDirs> {
    ProjectDirs::from("", "", "mlsysim-tui")
}

fn from_env(name: &str) -> Option<PathBuf> {
    env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from)
}

/// Where the user's settings are: `MLSYSIM_TUI_CONFIG_DIR`, else the system's place for them.
/// `None` where there is no home directory.
pub fn config_dir() -> Option<PathBuf> {
    from_env("MLSYSIM_TUI_CONFIG_DIR").or_else(|| Some(project()?.config_dir().to_owned()))
}

/// Where the program keeps what it must remember: `MLSYSIM_TUI_STATE_DIR`, else the system's place.
pub fn state_dir() -> Option<PathBuf> {
    from_env("MLSYSIM_TUI_STATE_DIR").or_else(|| {
        let project = project()?;
        Some(project.state_dir().unwrap_or_else(|| project.data_local_dir()).to_owned())
    })
}

/// Where fetched files are kept: `MLSYSIM_TUI_CACHE_DIR`, else the system's place for what may be deleted.
pub fn cache_dir() -> Option<PathBuf> {
    from_env("MLSYSIM_TUI_CACHE_DIR").or_else(|| Some(project()?.cache_dir().to_owned()))
}

/// The user's own themes.
pub fn themes_dir() -> Option<PathBuf> {
    Some(config_dir()?.join("themes"))
}

/// The user's own registry entries: name and text of every YAML file in `registry` under
/// [`config_dir`], by name. Files that cannot be read are left out; [`user_registry`] names them.
pub fn user_registry_files() -> Vec<(String, String)> {
    user_registry().0
}

/// [`user_registry_files`], and one sentence for each file that cannot be read.
pub fn user_registry() -> (Vec<(String, String)>, Vec<String>) {
    config_dir().map_or_else(Default::default, |directory| yaml_files(&directory.join("registry")))
}

/// Name and text of every YAML file in a directory by name, and a sentence for each that cannot be
/// read. A directory that is not there is empty.
pub fn yaml_files(directory: &Path) -> (Vec<(String, String)>, Vec<String>) {
    let Ok(entries) = fs::read_dir(directory) else {
        return Default::default();
    };
    let is_yaml = |path: &PathBuf| {
        path.extension().is_some_and(|e| e.eq_ignore_ascii_case("yaml") || e.eq_ignore_ascii_case("yml"))
    };
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).filter(is_yaml).collect();
    paths.sort();
    let mut files = Vec::new();
    let mut problems = Vec::new();
    for path in paths.into_iter().take(MAX_REGISTRY_FILES) {
        match read(&path) {
            Ok((text, _)) => files.push((path.display().to_string(), text)),
            Err(error) => problems.push(error.sentence()),
        }
    }
    (files, problems)
}

/// Files that a plan names. A relative name is meant from the plan's own directory; where nothing
/// stands there, from the working directory, as in mlsysim.
#[derive(Debug, Clone)]
pub struct PlanFiles {
    base: PathBuf,
    hub: Option<Arc<dyn Hub>>,
}

impl PlanFiles {
    /// Names are meant from `base`, the directory of the plan.
    pub fn new(base: impl Into<PathBuf>) -> Self {
        PlanFiles { base: base.into(), hub: None }
    }

    /// The same with a hub for `hf://` addresses.
    #[must_use]
    pub fn with_hub(self, hub: Option<Arc<dyn Hub>>) -> Self {
        PlanFiles { hub, ..self }
    }

    /// For the plan at this path.
    pub fn beside(plan: &Path) -> Self {
        PlanFiles::new(super::save::parent(plan))
    }
}

impl Files for PlanFiles {
    fn read(&self, path: &str) -> Result<String, String> {
        let near = self.base.join(path);
        let here = Path::new(path);
        let chosen = if !near.exists() && here.exists() { here } else { &near };
        match read(chosen) {
            Ok((text, _)) => Ok(text),
            Err(error) => Err(error.sentence()),
        }
    }

    fn hub(&self) -> Option<&dyn Hub> {
        self.hub.as_deref()
    }
}
