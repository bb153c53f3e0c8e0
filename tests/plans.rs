//! Reading plans: what is accepted, what is said.
//!
//! `plans/valid` and `plans/invalid` hold one plan a file; `NAME.expected` beside it holds what is printed
//! about it (nothing, where a valid plan has no such file). `UPDATE=1 cargo test plans` rewrites them.

use std::fs;
use std::path::{Path, PathBuf};

use mlsysim_tui::plan::schema::{SchemaKind, schema};
use mlsysim_tui::plan::{self, Diagnostic, Files, Options, Reading, Severity, diagnostic, edit};
use mlsysim_tui::registry::{Physics, Registry};
use proptest::prelude::*;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

fn read(text: &str) -> Reading {
    plan::read(text, &Registry::builtin(), Options::default())
}

/// Plans of a folder: name and text.
fn plans(folder: &str) -> Vec<(String, String)> {
    let mut found: Vec<_> = fs::read_dir(root().join(folder))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "yaml"))
        .map(|path| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            (name, fs::read_to_string(path).unwrap())
        })
        .collect();
    found.sort();
    assert!(!found.is_empty());
    found
}

fn update() -> bool {
    std::env::var_os("UPDATE").is_some()
}

/// Compares a text with a file of the project, or writes the file.
fn same_as_file(path: &Path, text: &str) -> Result<(), String> {
    if update() {
        if text.is_empty() {
            let _ = fs::remove_file(path);
        } else {
            fs::write(path, text).unwrap();
        }
    }
    let expected = fs::read_to_string(path).unwrap_or_default();
    if expected == text {
        return Ok(());
    }
    Err(format!("{}\nexpected:\n{expected}\nfound:\n{text}", path.display()))
}

fn check_folder(folder: &str, check: impl Fn(&str, &Reading)) {
    let mut wrong = Vec::new();
    for (name, text) in plans(folder) {
        let reading = read(&text);
        check(&name, &reading);
        let printed = diagnostic::render(&reading.diagnostics, &text, &name);
        let path = root().join(folder).join(&name).with_extension("expected");
        wrong.extend(same_as_file(&path, &printed).err());
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn valid_plans_are_accepted() {
    check_folder("tests/plans/valid", |name, reading| {
        assert!(reading.plan.is_some(), "{name}: {:?}", reading.diagnostics);
        assert!(!reading.has_errors());
    });
}

#[test]
fn invalid_plans_are_refused_in_these_words() {
    check_folder("tests/plans/invalid", |name, reading| {
        assert!(reading.plan.is_none() && reading.has_errors(), "{name} was accepted");
    });
}

#[test]
fn sample_plans_have_no_problems() {
    for (name, text) in plans("sample-plans") {
        let reading = read(&text);
        assert!(reading.diagnostics.is_empty(), "{name}: {:?}", reading.diagnostics);
        assert!(reading.plan.is_some(), "{name}");
    }
}

/// Every fix, applied by itself, removes its problem and breaks nothing that the problem did not hide.
#[test]
fn fixes_mend_what_they_are_attached_to() {
    let count = |list: &[Diagnostic], one: &Diagnostic| {
        list.iter().filter(|other| other.code == one.code && other.path == one.path).count()
    };
    let mut fixes = 0;
    for folder in ["tests/plans/valid", "tests/plans/invalid"] {
        for (name, text) in plans(folder) {
            let before = read(&text).diagnostics;
            for problem in &before {
                for fix in &problem.fixes {
                    let mended = edit::apply_fix(&text, fix).unwrap();
                    let after = read(&mended).diagnostics;
                    assert!(
                        count(&after, problem) < count(&before, problem),
                        "{name}: `{}` does not mend {problem:?}\n{mended}",
                        fix.title
                    );
                    assert!(
                        after.iter().all(|other| other.code != "syntax"),
                        "{name}: {}\n{mended}",
                        fix.title
                    );
                    fixes += 1;
                }
            }
        }
    }
    assert!(fixes > 40, "only {fixes} fixes are exercised");
}

#[test]
fn problems_come_in_text_order_with_exact_places() {
    let text = "version: \"1.0\"\nname: x\nworkload:\n  name: Llama3_8B\n  batch_size: 0\nhardware:\n  name: é100\n  gpus: 4\n";
    let reading = read(text);
    let seen: Vec<_> =
        reading.diagnostics.iter().map(|d| (d.code, d.path.as_str(), d.line, d.column)).collect();
    assert_eq!(
        seen,
        [
            ("out-of-range", "workload.batch_size", 5, 15),
            ("unknown-name", "hardware.name", 7, 9),
            ("unknown-key", "hardware.gpus", 8, 3),
        ]
    );
    assert_eq!(&text[reading.diagnostics[1].range.clone()], "é100");
    assert_eq!(&text[reading.spans.keys["hardware.gpus"].clone()], "gpus");
    assert_eq!(&text[reading.spans.values["hardware.gpus"].clone()], "4");
}

#[test]
fn names_and_numbers_are_read_kindly() {
    let text = "version: 1.0\nname: 2026\nworkload: {name: llama3_70b, batch_size: 8.0, seq_len: \"4096\"}\nhardware: {name: nvidia h100, precision: FP16, efficiency: auto, fabric_bandwidth: 400 Gbit/s}\nops:\n";
    let reading = read(text);
    let plan = reading.plan.unwrap();
    assert_eq!((plan.version.as_str(), plan.name.as_str()), ("1.0", "2026"));
    assert_eq!(plan.workload.model.id, "Llama3_70B");
    assert_eq!((plan.workload.batch_size, plan.workload.seq_len), (8, 4096));
    assert_eq!(plan.hardware.accelerator.id, "H100");
    assert_eq!(plan.hardware.precision, "fp16");
    assert_eq!(plan.hardware.efficiency, None);
    assert_eq!(plan.hardware.fabric_bytes_per_s, 50e9);
    assert!(plan.ops.is_none());
    assert_eq!(reading.diagnostics.len(), 1);
    assert_eq!(reading.diagnostics[0].severity, Severity::Note);
}

#[test]
fn old_plans_keep_their_meaning() {
    let text = "version: '0.1'\nname: old\nworkload: {name: GPT2}\nhardware: {name: A100, nodes: 16}\n";
    let reading = read(text);
    let hardware = reading.plan.unwrap().hardware;
    assert_eq!(
        (hardware.accelerators, hardware.accelerators_per_node, hardware.node_count),
        (16, Some(8), Some(2))
    );
    assert_eq!(reading.diagnostics[0].code, "deprecated");
    let mended = edit::apply_fix(text, &reading.diagnostics[0].fixes[0]).unwrap();
    assert!(mended.contains("{name: A100, accelerators: 16, accelerators_per_node: 8}"));
    assert!(read(&mended).diagnostics.is_empty());
}

#[test]
fn the_profile_decides_what_is_an_error() {
    let text = "version: '1'\nname: x\nworkload: {name: Llama3_8B, mode: serve}\nhardware: {name: H100}\nops: {region: Atlantis}\nconstraints: {assert: [{metric: macro.nonsense, max: 1}, {metric: macro.tco_usd}]}\n";
    let options = |physics| Options { physics: Some(physics), ..Options::default() };
    let studio = plan::read(text, &Registry::builtin(), options(Physics::Studio));
    let errors =
        |reading: &Reading| reading.diagnostics.iter().filter(|d| d.severity == Severity::Error).count();
    assert_eq!(errors(&studio), 3);
    let reference = plan::read(text, &Registry::builtin(), options(Physics::Mlsysim));
    assert_eq!(errors(&reference), 0);
    let plan = reference.plan.unwrap();
    assert_eq!(plan.physics, Physics::Mlsysim);
    assert!(plan.ops.unwrap().region.is_none());
    let codes: Vec<_> = reference.diagnostics.iter().map(|d| d.code).collect();
    assert_eq!(codes, ["no-effect", "unknown-name", "unknown-name", "no-effect"]);
}

struct OneFile(&'static str, &'static str);

impl Files for OneFile {
    fn read(&self, path: &str) -> Result<String, String> {
        if path == self.0 { Ok(self.1.to_owned()) } else { Err(format!("{path}: no such file")) }
    }
}

#[test]
fn files_that_a_plan_names_are_read_through_the_caller() {
    let text = "version: '1'\nname: x\nregistry: [missing.yaml]\nworkload: {name: hf://org/model}\nhardware: {name: gone.yaml}\n";
    let options = Options { physics: None, files: &OneFile("chips.yaml", "hardware: {}\n") };
    let reading = plan::read(text, &Registry::builtin(), options);
    let codes: Vec<_> = reading.diagnostics.iter().map(|d| (d.code, d.path.as_str())).collect();
    assert_eq!(
        codes,
        [
            ("unreadable-file", "registry[0]"),
            ("not-fetched", "workload.name"),
            ("unreadable-file", "hardware.name"),
        ]
    );
    assert!(reading.registry.is_none());
    let text =
        "version: '1'\nname: x\nregistry: [chips.yaml]\nworkload: {name: GPT2}\nhardware: {name: H100}\n";
    let reading = plan::read(text, &Registry::builtin(), options);
    assert!(reading.registry.is_some() && reading.plan.is_some());
}

#[test]
fn models_and_accelerators_may_stand_in_files() {
    let text = "version: '1'\nname: x\nworkload: {name: models/config.json}\nhardware: {name: H100}\n";
    let config = r#"{"architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_size": 4096,
        "num_hidden_layers": 32, "num_attention_heads": 32, "num_key_value_heads": 8,
        "intermediate_size": 14336, "vocab_size": 128256, "max_position_embeddings": 8192}"#;
    let files = OneFile("models/config.json", config);
    let options = Options { physics: None, files: &files };
    let reading = plan::read(text, &Registry::builtin(), options);
    let model = &reading.plan.unwrap().workload.model.facts;
    assert_eq!((model.layers, model.kv_heads), (Some(32), Some(8)));

    let text = "version: '1'\nname: x\nworkload: {name: GPT2}\nhardware: {name: chip.yaml}\n";
    let chip = "peak: 100 TFLOP/s\nmemory: 64 GiB\nmemory_bandwidth: 2 TB/s\n";
    let files = OneFile("chip.yaml", chip);
    let reading = plan::read(text, &Registry::builtin(), Options { physics: None, files: &files });
    assert_eq!(reading.plan.unwrap().hardware.accelerator.facts.peak_flop_per_s, 100e12);

    let files = OneFile("chip.yaml", "peak: 100 GB\nmemory: 64 GiB\n");
    let reading = plan::read(text, &Registry::builtin(), Options { physics: None, files: &files });
    assert!(reading.plan.is_none());
    assert!(
        reading.diagnostics.iter().all(|d| d.path == "hardware.name" && d.message.starts_with("chip.yaml:"))
    );
}

#[test]
fn the_schema_in_the_documentation_is_fresh() {
    let fresh = schema(SchemaKind::Plan, &Registry::builtin());
    let fresh = format!("{}\n", serde_json::to_string_pretty(&fresh).unwrap());
    let path = root().join("docs/plan.schema.json");
    let found = same_as_file(&path, &fresh);
    assert!(
        found.is_ok(),
        "docs/plan.schema.json is out of date: run `UPDATE=1 cargo test --test runner plans`"
    );
}

#[test]
fn the_reference_in_the_documentation_is_fresh() {
    let found = same_as_file(&root().join("docs/plan-reference.md"), &plan::reference::markdown());
    assert!(
        found.is_ok(),
        "docs/plan-reference.md is out of date: run `UPDATE=1 cargo test --test runner plans`"
    );
}

/// A plan that has everything, to be damaged.
const FULL: &str = include_str!("plans/valid/everything.yaml");

proptest! {
    #[test]
    fn no_damage_makes_reading_panic(
        cuts in prop::collection::vec((0..FULL.len(), 0usize..30, "[a-z0-9 :,.\\-\\[\\]{}#&*\"'\n\té日/%]{0,6}"), 1..4)
    ) {
        let mut text = FULL.to_owned();
        for (start, length, put) in cuts {
            let floor = |mut at: usize| { at = at.min(text.len()); while !text.is_char_boundary(at) { at -= 1 } at };
            let (start, end) = (floor(start), floor(start + length));
            text.replace_range(start..end.max(start), &put);
        }
        let reading = read(&text);
        prop_assert!(reading.plan.is_some() != reading.has_errors());
        for problem in &reading.diagnostics {
            prop_assert!(text.get(problem.range.clone()).is_some());
            for fix in &problem.fixes {
                prop_assert!(edit::apply_fix(&text, fix).is_some());
            }
        }
        for range in reading.spans.keys.values().chain(reading.spans.values.values()) {
            prop_assert!(text.get(range.clone()).is_some());
        }
        let _ = diagnostic::render(&reading.diagnostics, &text, "plan.yaml");
    }
}
