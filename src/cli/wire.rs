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
pub fn render(diagnostics: &[Diagnostic], _text: &str, name: &str, _color: bool) -> String {
    diagnostics
        .iter()
        .map(|one| format!("{}: {name}:{}:{}: {}\n", one.severity.name(), one.line, one.column, one.message))
        .collect()
}
pub fn to_json(diagnostics: &[Diagnostic]) -> Value {
    diagnostics.iter().map(|one| json!({"code": one.code, "severity": one.severity.name(), "path": one.path, "line": one.line, "column": one.column, "message": one.message, "help": one.help})).collect()
}
pub fn set(text: &str, _path: &str, _value: &str) -> Result<String, String> {
    Ok(text.to_string())
}
pub fn flat(report: &Report) -> Value {
    let mut map = Map::new();
    map.insert("scenario".into(), report.scenario.clone().into());
    map.insert("status".into(), report.status.name().into());
    Value::Object(map)
}
pub fn detail(report: &Report) -> Value {
    flat(report)
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
