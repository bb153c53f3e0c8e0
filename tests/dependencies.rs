//! Every dependency has a licence we accept, comes from the package registry, and has a reason on record.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

/// The same list as `deny.toml`.
const ACCEPTED: &[&str] = &[
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "MIT",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "ISC",
    "Zlib",
    "Unicode-3.0",
    "CC0-1.0",
    "MPL-2.0",
    "BSL-1.0",
    "Unlicense",
    "0BSD",
    "CDLA-Permissive-2.0",
];

/// An SPDX expression as these crates write them: AND binds tighter than OR, `/` is an old OR.
fn accepted(expression: &str) -> bool {
    let plain = expression.replace('/', " OR ").replace(['(', ')'], " ");
    plain.split(" OR ").any(|choice| choice.split(" AND ").all(|licence| ACCEPTED.contains(&licence.trim())))
}

fn metadata() -> serde_json::Value {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--locked", "--manifest-path"])
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Name and licence of every crate that is built into the program or its tests, on any platform.
/// (`cargo metadata` would also list crates behind features that nobody turns on.)
fn built() -> Vec<(String, String)> {
    tree("normal,build,dev")
}

fn tree(edges: &str) -> Vec<(String, String)> {
    let output = Command::new(env!("CARGO"))
        .args(["tree", "--locked", "--target", "all", "--edges", edges])
        .args(["--prefix", "none", "--format", "{p}\t{l}", "--manifest-path"])
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let mut rows: Vec<(String, String)> = String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .filter_map(|line| line.split_once('\t'))
        .map(|(package, licence)| (package.to_owned(), licence.trim_end_matches(" (*)").to_owned()))
        .collect();
    rows.sort();
    rows.dedup();
    rows
}

#[test]
fn licences_and_sources_are_accepted() {
    let rows = built();
    assert!(rows.len() > 50, "cargo tree lists the dependencies");
    let wrong: Vec<String> = rows
        .into_iter()
        .filter(|(package, licence)| !package.starts_with(env!("CARGO_PKG_NAME")) && !accepted(licence))
        .map(|(package, licence)| format!("{package}: licence `{licence}`"))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    for package in metadata()["packages"].as_array().unwrap() {
        let source = package["source"].as_str();
        assert!(
            source.is_none_or(|source| source.starts_with("registry+")),
            "{}: not from the package registry",
            package["name"]
        );
    }
}

#[test]
fn each_direct_dependency_has_a_reason() {
    let reasons =
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/decisions/dependencies.md"))
            .unwrap();
    let metadata = metadata();
    let ours = metadata["packages"]
        .as_array()
        .unwrap()
        .iter()
        .find(|package| package["name"] == env!("CARGO_PKG_NAME"))
        .unwrap();
    for dependency in ours["dependencies"].as_array().unwrap() {
        let name = dependency["name"].as_str().unwrap();
        assert!(
            reasons.contains(&format!("`{name}`")),
            "docs/decisions/dependencies.md does not explain `{name}`"
        );
    }
}

const HEAD: &str = "\
# Third-party software

What is compiled into the program, on any platform, and under which licences it comes. Each package's page on
crates.io has its source with the text of its licence; `cargo vendor` fetches all of them. Where a licence leaves a
choice (`OR`), the program takes the permissive one. `nucleo-matcher` and `option-ext` are under MPL-2.0 and unchanged.

This page is generated: `UPDATE=1 cargo test --test runner dependencies`.

| package | version | licence |
| --- | --- | --- |
";

#[test]
fn the_list_of_licences_is_fresh() {
    let mut page = HEAD.to_owned();
    let rows = tree("normal,no-proc-macro");
    assert!(rows.len() > 50, "cargo tree lists the dependencies");
    for (package, licence) in rows {
        // `name v1.2.3`, and for our own package the folder.
        let mut words = package.split_whitespace();
        let (name, version) = (words.next().unwrap(), words.next().unwrap().trim_start_matches('v'));
        if name != env!("CARGO_PKG_NAME") {
            let address = format!("https://crates.io/crates/{name}/{version}");
            writeln!(page, "| [{name}]({address}) | {version} | {licence} |").unwrap();
        }
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/third-party.md");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, &page).unwrap();
    }
    let stands = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(
        stands, page,
        "docs/third-party.md is out of date: run `UPDATE=1 cargo test --test runner dependencies`"
    );
}
