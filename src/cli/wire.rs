//! Interim.
#![allow(missing_docs, clippy::all, clippy::pedantic, dead_code)]
use crate::engine::report::Report;
use crate::plan::{Diagnostic, Files};
use serde_json::{Map, Value, json};
use std::io;
use std::path::Path;

pub fn load(path: &Path) -> io::Result<String> {
    std::fs::read_to_string(path)
}
pub fn user_registry_files() -> (Vec<(String, String)>, Vec<String>) {
    (Vec::new(), Vec::new())
}
pub struct PlanFiles;
impl PlanFiles {
    pub fn current_dir() -> PlanFiles {
        PlanFiles
    }
}
impl Files for PlanFiles {
    fn read(&self, path: &str) -> Result<String, String> {
        std::fs::read_to_string(path).map_err(|error| error.to_string())
    }
}
pub mod studio {
    use std::path::PathBuf;
    pub struct Options {
        pub plan: Option<PathBuf>,
        pub watch: bool,
        pub physics: Option<crate::registry::Physics>,
        pub theme: Option<String>,
        pub mono: bool,
        pub animation: bool,
        pub ascii: bool,
    }
    pub fn run(_options: Options) -> std::io::Result<()> {
        Err(std::io::Error::other("not here yet"))
    }
}
pub mod schema {
    pub enum SchemaType {
        Plan,
        Hardware,
        Workload,
    }
    pub fn schema(_kind: SchemaType, _registry: &crate::registry::Registry) -> serde_json::Value {
        serde_json::json!({})
    }
}
