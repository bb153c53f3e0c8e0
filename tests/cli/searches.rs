//! `optimize`, `audit`, `check --fix` and the reference of the command line.

use std::path::{Path, PathBuf};

use super::{code, json, plan, run, run_with, stderr, stdout};

const TRAIN: &str = "sample-plans/train-llama3-8b-64.yaml";
const REFERENCE: &str = "sample-plans/reference-profile.yaml";

/// A plan file of its own, gone when dropped.
struct Scratch(tempfile::TempDir, PathBuf);

impl Scratch {
    fn new(text: &str) -> Scratch {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("plan.yaml");
        std::fs::write(&path, text).unwrap();
        Scratch(dir, path)
    }

    fn path(&self) -> &str {
        self.1.to_str().unwrap()
    }

    fn text(&self) -> String {
        assert_eq!(std::fs::read_dir(self.0.path()).unwrap().count(), 1, "something was left behind");
        std::fs::read_to_string(&self.1).unwrap()
    }
}

#[test]
fn optimize_parallelism_names_fields_that_eval_confirms() {
    let found = run(&["optimize", "parallelism", TRAIN, "--output", "json"]);
    assert_eq!(code(&found), 0, "{}", stderr(&found));
    let found = json(&found);
    let mut arguments = vec!["eval".to_string(), TRAIN.into(), "--output".into(), "json".into()];
    for (path, value) in found["edits"].as_object().unwrap() {
        arguments.push("--set".into());
        arguments.push(format!("{path}={}", value.as_str().unwrap()));
    }
    let report = json(&run(&arguments.iter().map(String::as_str).collect::<Vec<_>>()));
    assert_eq!(report["p_mfu"], found["best_mfu"]);
}

#[test]
fn optimize_answers_with_the_keys_of_the_reference() {
    for (arguments, keys) in [
        (
            &["parallelism", REFERENCE][..],
            &[
                "objective_value",
                "best_config",
                "total_searched",
                "best_mfu",
                "best_throughput",
                "best_step_time",
                "search_space_size",
                "top_candidates",
            ][..],
        ),
        (
            &["batching", REFERENCE, "--sla-ms", "20000", "--qps", "2"],
            &[
                "objective_value",
                "best_config",
                "total_searched",
                "best_batch_size",
                "max_throughput",
                "p99_latency",
                "slo_headroom_ratio",
                "is_feasible",
            ],
        ),
        (
            &["placement", REFERENCE, "--carbon-tax", "100"],
            &[
                "objective_value",
                "best_config",
                "total_searched",
                "best_region",
                "lowest_tco",
                "carbon_footprint",
                "pue",
                "top_candidates",
            ],
        ),
    ] {
        let arguments = [&["optimize"], arguments, &["-o", "json"]].concat();
        let found = json(&run(&arguments));
        for key in keys {
            assert!(found.get(*key).is_some(), "{arguments:?} has no {key}");
        }
    }
}

#[test]
fn optimize_agrees_with_the_resolvers_under_the_reference_profile() {
    let found = json(&run(&["optimize", "parallelism", REFERENCE, "-o", "json"]));
    let solved = json(&run(&[
        "solve",
        "ParallelismOptimizer",
        "model=Llama3_8B",
        "fleet.accelerator=H100",
        "fleet.node_count=1",
        "fleet.accelerators_per_node=8",
        "batch_size=8",
        "-o",
        "json",
    ]));
    for key in ["objective_value", "best_config", "total_searched", "top_candidates"] {
        assert_eq!(found[key], solved[key], "{key}");
    }
    let found =
        json(&run(&["optimize", "batching", REFERENCE, "--sla-ms", "20000", "--qps", "2", "-o", "json"]));
    let solved = json(&run(&[
        "solve",
        "BatchingOptimizer",
        "model=Llama3_8B",
        "hardware=H100",
        "seq_len=2048",
        "sla_latency_ms=20000",
        "arrival_rate_qps=2",
        "num_replicas=8",
        "-o",
        "json",
    ]));
    for key in ["objective_value", "best_batch_size", "p99_latency_s"] {
        assert_eq!(found[key], solved[key], "{key}");
    }
}

#[test]
fn optimize_tells_what_does_not_fit_from_what_is_too_slow_and_from_bad_input() {
    let serve = plan("name: H100", "");
    let slow = run_with(&["optimize", "batching", "-", "--sla-ms", "1", "--qps", "4"], &serve);
    assert_eq!(code(&slow), 3);
    assert!(stdout(&slow).contains("TARGET MISSED"));
    let large = run(&[
        "optimize",
        "batching",
        "sample-plans/serve-llama3-70b.yaml",
        "--sla-ms",
        "1e6",
        "--qps",
        "0.1",
    ]);
    assert_eq!(code(&large), 2, "{}", stdout(&large));
    assert_eq!(code(&run_with(&["optimize", "parallelism", "-"], &serve)), 1);
    assert_eq!(code(&run_with(&["optimize", "batching", "-", "--sla-ms", "-1", "--qps", "4"], &serve)), 1);
    assert_eq!(code(&run(&["optimize", "parallelism", "no-such-plan.yaml"])), 1);
    assert_eq!(code(&run(&["optimize"])), 1);
}

#[test]
fn optimize_has_every_form_of_output() {
    for form in ["text", "markdown", "html", "json"] {
        let output = run(&["optimize", "placement", TRAIN, "--output", form]);
        assert_eq!(code(&output), 0);
        assert!(stdout(&output).contains("Quebec"), "{form}");
        assert!(stderr(&output).is_empty());
    }
}

#[test]
fn audit_says_what_this_machine_is() {
    let output = run(&["audit"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    assert!(stdout(&output).contains("processor"));
    let found = json(&run(&["audit", "--output", "json"]));
    for key in
        ["workload", "environment", "reference_hardware", "estimated_latency_ms", "h100_relative_speed"]
    {
        assert!(found.get(key).is_some(), "{key}");
    }
    // A misspelt model is told, whatever the machine has.
    let output = run(&["audit", "-w", "Lama3_8B"]);
    assert_eq!(code(&output), 1);
    assert!(stderr(&output).contains("Llama3_8B"));
}

#[test]
fn usage_errors_are_json_where_a_program_listens() {
    for arguments in [
        &["eval", "--nope", "--output", "json"][..],
        &["--output=json", "nonsense-command", "--x"],
        &["eval", "-o", "json"],
        &["optimize", "batching", "plan.yaml", "-o", "json"],
    ] {
        let output = run(arguments);
        assert_eq!(code(&output), 1);
        let value = json(&output);
        assert_eq!(value["status"], "error");
        assert_eq!(value["title"], "Usage Error");
        assert!(!value["reason"].as_str().unwrap().contains('\n'));
        assert!(stderr(&output).is_empty());
    }
}

const TYPO: &str = "# mine\nversion: \"1.0\"\nname: test\nworkload:\n  name: Llama3_8B\n  batch_sise: 1  # one\nhardware:\n  name: H100\n";

#[test]
fn check_fix_mends_what_leaves_no_choice_and_keeps_comments() {
    let file = Scratch::new(TYPO);
    let shown = run(&["check", file.path(), "--diff"]);
    assert_eq!(code(&shown), 1);
    assert!(
        stdout(&shown).contains("-  batch_sise: 1  # one\n+  batch_size: 1  # one\n"),
        "{}",
        stdout(&shown)
    );
    assert_eq!(file.text(), TYPO);
    let fixed = run(&["check", file.path(), "--fix"]);
    assert_eq!(code(&fixed), 0, "{}", stdout(&fixed));
    assert_eq!(file.text(), TYPO.replace("batch_sise", "batch_size"));
    let again = run(&["check", file.path(), "--fix", "--output", "json"]);
    assert_eq!(json(&again)["written"], false);
}

#[test]
fn check_applies_a_suggestion_and_saves_it_only_with_fix() {
    let text = "# large\nversion: \"1.0\"\nname: large\nworkload: {name: Llama3_70B, mode: serve, batch_size: 8}\nhardware:\n  name: H100   # one\n";
    let file = Scratch::new(text);
    let shown = run(&["check", file.path(), "--suggestion", "1"]);
    assert!(stdout(&shown).contains("would change"), "{}", stdout(&shown));
    assert_eq!(file.text(), text);
    let fixed = run(&["check", file.path(), "--suggestion", "1", "--fix", "--output", "json"]);
    assert_eq!(json(&fixed)["written"], true);
    assert!(file.text().contains("# large") && file.text().contains("# one"));
    assert_eq!(code(&run(&["eval", file.path()])), 0);
    let beyond = run(&["check", file.path(), "--suggestion", "99"]);
    assert_eq!(code(&beyond), 1);
    assert!(stderr(&beyond).contains("no suggestion"));
    assert_eq!(code(&run_with(&["check", "-", "--fix"], text)), 1);
}

/// Every key of the metrics that a report carries can be explained, in both spellings.
#[test]
fn every_metric_of_a_report_can_be_explained() {
    for path in [TRAIN, "sample-plans/serve-llama3-70b-on-eight.yaml"] {
        let report = json(&run(&["eval", path, "--output", "json"]));
        let object = report.as_object().unwrap();
        let keys: Vec<&String> = object
            .iter()
            .filter(|(key, value)| {
                value.is_number() && ["f_", "p_", "m_"].iter().any(|lens| key.starts_with(lens))
            })
            .map(|(key, _)| key)
            .collect();
        assert!(keys.len() > 8);
        for key in keys {
            let output = run(&["explain", key, path, "--output", "json"]);
            assert_eq!(code(&output), 0, "{key}: {}", stdout(&output));
            let value = json(&output);
            assert_eq!(value["value"], object[key], "{key}");
            assert!(value["equation"].as_str().is_some_and(|text| !text.is_empty()), "{key} has no equation");
            assert!(value["values"].as_object().is_some_and(|map| !map.is_empty()), "{key} has no values");
            assert!(value["sources"].as_array().is_some_and(|list| !list.is_empty()), "{key} has no sources");
        }
    }
}

#[test]
fn the_reference_of_the_command_line_is_fresh() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/cli.md");
    let right = mlsysim_tui::cli::reference::markdown();
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, &right).unwrap();
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(found == right, "docs/cli.md is stale: run the tests with UPDATE=1");
    for command in ["optimize", "audit", "check", "eval"] {
        assert!(right.contains(&format!("\n## {command}\n")));
    }
}

#[test]
fn labels_of_metrics_are_told_apart() {
    let labels: Vec<&str> = mlsysim_tui::metrics::METRICS.iter().map(|metric| metric.label).collect();
    let distinct: std::collections::BTreeSet<&str> = labels.iter().copied().collect();
    assert_eq!(labels.len(), distinct.len());
}
