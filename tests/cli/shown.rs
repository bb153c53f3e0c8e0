//! What tables of many plans say beside their figures.

use super::{code, json, run, stdout};

const TRAIN: &str = "sample-plans/train-llama3-8b-64.yaml";

/// A plan that fits on two and more, for a batch that does not divide over eight.
const PLAN: &str = "version: \"1.0\"\nname: x\nworkload: {name: Llama3_70B, mode: serve, batch_size: 4}\nhardware: {name: H100}\nops: {region: Quebec}\n";

fn plan() -> (tempfile::TempDir, String) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("plan.yaml");
    std::fs::write(&path, PLAN).unwrap();
    let path = path.to_str().unwrap().to_owned();
    (dir, path)
}

#[test]
fn figures_of_what_does_not_fit_are_faint_or_not_there() {
    let (_dir, path) = plan();
    let vary = ["--vary", "accelerators=1,2", "-m", "memory_utilization", "-m", "itl_ms"];
    let of = |more: &[&str]| {
        let all: Vec<&str> = ["sweep", &path].iter().chain(&vary).chain(more).copied().collect();
        let output = run(&all);
        assert_eq!(code(&output), 0);
        output
    };
    let plain = stdout(&of(&[]));
    let row = |text: &str, at: usize| text.lines().nth(at).unwrap().to_owned();
    let one: Vec<String> = row(&plain, 1).split_whitespace().map(str::to_owned).collect();
    assert_eq!(one[1], "infeasible");
    assert!(one[2].parse::<f64>().unwrap() > 100.0 && one[3] == "–", "{plain}");
    assert!(!row(&plain, 2).contains('–'), "{plain}");
    let colored = stdout(&of(&["--color", "always"]));
    assert!(!colored.contains("\\u{1b}"), "colours are colours: {colored}");
    let faint = row(&colored, 1);
    assert!(faint.starts_with('\u{1b}') && !faint.contains('–'), "{faint}");
    assert!(!row(&colored, 2).starts_with('\u{1b}'), "{colored}");
    let rows = json(&of(&["--output", "json"]));
    assert_eq!((&rows["rows"][0]["feasible"], &rows["rows"][1]["feasible"]), (&false.into(), &true.into()));
    assert!(rows["rows"][0]["f_memory_utilization"].is_f64());
    let lines = stdout(&of(&["--output", "jsonl"]));
    for (line, row) in lines.lines().zip(rows["rows"].as_array().unwrap()) {
        assert_eq!(&serde_json::from_str::<serde_json::Value>(line).unwrap(), row);
    }
}

#[test]
fn warnings_come_with_the_rows() {
    let vary = ["--vary", "workload.batch_size=500,512", "-m", "time-to-train"];
    let of = |more: &[&str]| {
        let all: Vec<&str> = ["sweep", TRAIN].iter().chain(&vary).chain(more).copied().collect();
        run(&all)
    };
    let text = stdout(&of(&[]));
    assert!(text.lines().nth(1).unwrap().contains("uneven_batch"), "{text}");
    assert!(!text.lines().nth(2).unwrap().contains("uneven_batch"), "{text}");
    let rows = json(&of(&["--output", "json", "--warnings"]));
    let codes = |at: usize| rows["rows"][at]["warnings"].to_string();
    assert!(codes(0).contains("uneven_batch") && !codes(1).contains("uneven_batch"), "{rows}");
    assert!(json(&of(&["--output", "json"]))["rows"][0].get("warnings").is_none());
    let csv = stdout(&of(&["--output", "csv", "--warnings"]));
    let head: Vec<&str> = csv.lines().next().unwrap().split(',').collect();
    assert!(head.contains(&"feasible"), "as JSON has it: {head:?}");
    assert_eq!(head.last(), Some(&"warnings"));
    assert!(csv.lines().nth(1).unwrap().contains("uneven_batch"));
}

#[test]
fn one_objective_has_runners_up_and_a_training_its_whole_cost() {
    let vary = [
        "optimize",
        TRAIN,
        "--objective",
        "cost",
        "--only",
        "--vary",
        "hardware.name=H100,H200,MI300X",
        "--vary",
        "accelerators=32,64",
        "--vary",
        "precision=bf16,fp8",
    ];
    let text = stdout(&run(&vary));
    for said in [
        "time to train",
        "whole training USD",
        "then the best with each other accelerator",
        "hardware.accelerators 32, 64",
        "workload.batch_size 512 (what is learnt depends on it)",
        "fp8 in place of bf16: check the accuracy",
    ] {
        assert!(text.contains(said), "{said}: {text}");
    }
    let all: Vec<&str> = vary.iter().chain(&["--output", "json"]).copied().collect();
    let found = json(&run(&all));
    assert_eq!(
        (found["frontier"].as_array().unwrap().len(), found["others"].as_array().unwrap().len()),
        (1, 2)
    );
    let best = &found["frontier"][0]["metrics"];
    let each = best["m_usd_per_million_tokens"].as_f64().unwrap();
    assert!((best["training_usd"].as_f64().unwrap() - each * 1e6).abs() < 1e-6 * each * 1e6, "{best}");
    let cost = |design: &serde_json::Value| design["metrics"]["m_usd_per_million_tokens"].as_f64().unwrap();
    assert!(cost(&found["others"][0]) >= each && cost(&found["others"][1]) >= cost(&found["others"][0]));
    // As many as can be the best of their own: a wider search has them too.
    let few: Vec<&str> = all.iter().copied().chain(["--method", "exhaustive"]).collect();
    assert_eq!(json(&run(&few))["others"], found["others"]);
}

#[test]
fn a_division_that_was_chosen_stands_in_the_first_lines() {
    let head = |arguments: &[&str]| stdout(&run(arguments)).lines().take(3).collect::<Vec<_>>().join("\n");
    assert!(
        head(&["eval", TRAIN])
            .contains("divided tensor 2 × data 32 (chosen: shortest step without pipeline)"),
        "{}",
        head(&["eval", TRAIN])
    );
    assert!(!head(&["eval", "sample-plans/serve-llama3-70b-on-eight.yaml"]).contains("chosen"));
}
