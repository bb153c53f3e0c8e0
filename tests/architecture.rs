//! Arrows between modules point one way, and each third-party crate has one door.
//!
//! Reads the sources as text: what it forbids is a `use` or a path, so text is enough, and a wrong
//! arrow is named with file and line.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::{Path, PathBuf};

/// Module, and the modules of this crate that it may use (itself aside).
const LAYERS: &[(&str, &[&str])] = &[
    ("yaml", &[]),
    ("units", &[]),
    ("metrics", &[]),
    ("registry", &["units", "yaml"]),
    ("plan", &["units", "yaml", "metrics", "registry"]),
    ("engine", &["units", "metrics", "registry", "plan"]),
    ("files", &["plan"]),
    ("render", &["units", "metrics", "registry", "plan", "engine"]),
    ("search", &["units", "metrics", "registry", "plan", "engine"]),
    ("net", &["plan"]),
    (
        "studio",
        &["yaml", "units", "metrics", "registry", "plan", "engine", "files", "render", "search", "net"],
    ),
    ("mcp", &["yaml", "units", "metrics", "registry", "plan", "engine", "files", "render", "search", "net"]),
    (
        "cli",
        &[
            "units", "metrics", "registry", "plan", "engine", "files", "render", "search", "net", "studio",
            "mcp",
        ],
    ),
    ("main", &["cli"]),
];

/// Crate (as spelled in code), and the path prefixes under `src/` that may name it.
const DOORS: &[(&str, &[&str])] = &[
    ("uom", &["units"]),
    ("serde_saphyr", &["yaml"]),
    ("ratatui_textarea", &["studio/editor"]),
    ("regex", &["studio/editor"]),
    ("notify", &["files"]),
    ("directories", &["files"]),
    ("tempfile", &["files"]),
    ("ratatui", &["studio"]),
    ("crossterm", &["studio"]),
    ("signal_hook", &["studio"]),
    ("clap", &["cli", "main"]),
    ("clap_complete", &["cli"]),
    ("clap_mangen", &["cli"]),
    ("csv", &["cli"]),
    ("parquet", &["cli/sweep/parquet", "cli/sweep", "cli/optimize"]),
    ("indicatif", &["cli"]),
    ("terminal_colorsaurus", &["studio"]),
    ("nucleo_matcher", &["search"]),
    ("rmcp", &["mcp"]),
    ("tokio", &["mcp"]),
    ("axum", &["mcp"]),
    ("ureq", &["net"]),
    ("schemars", &["plan", "units"]),
];

/// What a pure module may not touch.
const IMPURE: &[&str] = &[
    "std::fs",
    "std::env",
    "std::net",
    "std::process",
    "std::thread",
    "std::time",
    "SystemTime",
    "Instant::",
];

const PURE: &[&str] = &[
    "yaml",
    "units",
    "metrics",
    "registry",
    "plan",
    "engine",
    "studio/app",
    "studio/update",
    "studio/layout",
    "studio/keymap",
];

struct Source {
    /// Below `src/`, with `/`, without `.rs`.
    name: String,
    /// Lines of the program; unit tests at the end of a file are not part of the structure.
    lines: Vec<String>,
}

fn sources() -> Vec<Source> {
    fn walk(dir: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path);
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut paths = Vec::new();
    walk(&root, &mut paths);
    paths.sort();
    paths
        .into_iter()
        .map(|path| {
            let name = path.strip_prefix(&root).unwrap().with_extension("");
            let text = fs::read_to_string(&path).unwrap();
            let program = text.split("\n#[cfg(test)]\nmod ").next().unwrap();
            let lines =
                program.lines().map(|line| line.split("//").next().unwrap_or_default().to_owned()).collect();
            Source { name: name.to_string_lossy().replace('\\', "/"), lines }
        })
        // A file of tests only belongs to no layer.
        .filter(|source| !source.name.ends_with("tests") && !source.name.contains("/tests/"))
        .collect()
}

fn under(name: &str, prefix: &str) -> bool {
    name == prefix || name.strip_prefix(prefix).is_some_and(|rest| rest.starts_with('/'))
}

/// The word starting at the front of `text`.
fn word(text: &str) -> &str {
    let end = text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len());
    &text[..end]
}

#[test]
fn arrows_point_one_way() {
    let mut wrong = Vec::new();
    for source in sources() {
        let module = source.name.split('/').next().unwrap();
        if module == "lib" {
            continue;
        }
        let allowed = LAYERS
            .iter()
            .find(|(name, _)| *name == module)
            .unwrap_or_else(|| panic!("src/{}.rs is in no layer: add it to LAYERS and docs", source.name))
            .1;
        for (index, line) in source.lines.iter().enumerate() {
            let used = line.match_indices("crate::").map(|(at, text)| word(&line[at + text.len()..]));
            for used in used.filter(|used| LAYERS.iter().any(|(name, _)| name == used)) {
                if used != module && !allowed.contains(&used) {
                    wrong.push(format!("src/{}.rs:{}: {module} uses {used}", source.name, index + 1));
                }
            }
            assert!(
                !line.contains("use crate::{"),
                "src/{}.rs:{}: one `use` a module",
                source.name,
                index + 1
            );
        }
    }
    assert!(wrong.is_empty(), "wrong arrows:\n{}", wrong.join("\n"));
}

#[test]
fn third_party_crates_have_one_door() {
    let mut wrong = Vec::new();
    for source in sources() {
        for (index, line) in source.lines.iter().enumerate() {
            for (name, doors) in DOORS {
                let named = line.match_indices(&format!("{name}::")).any(|(at, _)| {
                    !line[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':')
                });
                if named && !doors.iter().any(|door| under(&source.name, door)) {
                    wrong.push(format!("src/{}.rs:{}: {name}", source.name, index + 1));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "crates used outside their door:\n{}", wrong.join("\n"));
}

#[test]
fn pure_modules_do_no_io() {
    let mut wrong = Vec::new();
    for source in sources().iter().filter(|source| PURE.iter().any(|pure| under(&source.name, pure))) {
        for (index, line) in source.lines.iter().enumerate() {
            wrong.extend(
                IMPURE
                    .iter()
                    .filter(|what| line.contains(**what))
                    .map(|what| format!("src/{}.rs:{}: {what}", source.name, index + 1)),
            );
        }
    }
    assert!(wrong.is_empty(), "pure modules that are not:\n{}", wrong.join("\n"));
}

/// The engine knows plans as types; how text becomes a plan is none of its business.
#[test]
fn engine_does_not_know_plan_text() {
    for source in sources().iter().filter(|source| under(&source.name, "engine")) {
        for (index, line) in source.lines.iter().enumerate() {
            for part in ["decode", "edit", "schema"] {
                let path = format!("plan::{part}");
                assert!(!line.contains(&path), "src/{}.rs:{}: {path}", source.name, index + 1);
            }
        }
    }
}
