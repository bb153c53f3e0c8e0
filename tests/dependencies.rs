//! Every dependency has a licence we accept, comes from the package registry, and has a reason on record.

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

#[test]
fn licences_and_sources_are_accepted() {
    let metadata = metadata();
    let mut wrong = Vec::new();
    for package in metadata["packages"].as_array().unwrap() {
        let name = package["name"].as_str().unwrap();
        if name == env!("CARGO_PKG_NAME") {
            continue;
        }
        let licence = package["license"].as_str().unwrap_or("none");
        if !accepted(licence) {
            wrong.push(format!("{name}: licence {licence}"));
        }
        if !package["source"].as_str().unwrap_or_default().starts_with("registry+") {
            wrong.push(format!("{name}: not from the package registry"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
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
