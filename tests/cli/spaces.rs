//! `sweep` and `optimize PLAN`.

use super::{code, json, run, stderr, stdout};

const SERVE: &str = "sample-plans/serve-llama3-70b-on-eight.yaml";
const AXES: &[&str] =
    &["--vary", "hardware.name=H100,H200", "--vary", "batch_size=1..32*2", "--vary", "tp=8,16"];

fn sweep(more: &[&str]) -> std::process::Output {
    run(&[&["sweep", SERVE], AXES, more].concat())
}

#[test]
fn a_sweep_is_the_same_for_any_number_of_threads_and_in_shards() {
    for form in ["jsonl", "csv"] {
        let whole = stdout(&sweep(&["--output", form, "--threads", "1"]));
        assert_eq!(stdout(&sweep(&["--output", form, "--threads", "3"])), whole);
        let parts: String =
            ["1/3", "2/3", "3/3"].map(|part| stdout(&sweep(&["--output", form, "--shard", part]))).concat();
        assert_eq!(parts, whole);
        assert_eq!(whole.lines().count(), if form == "csv" { 25 } else { 24 });
    }
}

#[test]
fn a_row_has_the_numbers_of_eval() {
    let rows = stdout(&sweep(&["--output", "jsonl", "-m", "all"]));
    let row: serde_json::Value = serde_json::from_str(rows.lines().nth(6).unwrap()).unwrap();
    assert_eq!(row["point"], 6);
    assert_eq!(row["workload.batch_size"], 8);
    let report = json(&run(&[
        "eval",
        SERVE,
        "--set",
        "hardware.name=H100",
        "--set",
        "workload.batch_size=8",
        "--set",
        "parallelism.tensor=8",
        "--output",
        "json",
    ]));
    for key in
        ["f_memory_used_gb", "p_itl_ms", "p_output_tokens_per_s", "m_tco_usd", "m_usd_per_million_tokens"]
    {
        assert!(row[key].is_number(), "{key}");
        assert_eq!(row[key], report[key], "{key}");
    }
}

#[test]
fn a_point_that_is_no_plan_says_so() {
    let rows = stdout(&sweep(&["--output", "jsonl"]));
    let row: serde_json::Value = serde_json::from_str(rows.lines().nth(1).unwrap()).unwrap();
    assert_eq!(row["parallelism.tensor"], 16);
    assert_eq!(row["status"], "refused");
    assert_eq!(row["reason"], "tensor 16 needs a multiple of 16 accelerators, the plan has 8");
}

#[test]
fn a_summary_counts() {
    let counted = json(&sweep(&["--summary", "--output", "json"]));
    assert_eq!(counted["points"], 24);
    assert_eq!(counted["feasible"], 12);
    assert_eq!(counted["refused"], 12);
    assert!(counted["seconds"].as_f64().unwrap() > 0.0);
    assert!(counted["points_per_second"].as_f64().unwrap() > 0.0);
    let text = stdout(&sweep(&[]));
    assert!(text.contains("24 points: 12 fine, 12 are refused"), "{text}");
}

#[test]
fn what_is_wrong_with_an_axis_is_told_at_once_with_its_place() {
    let wrong = run(&["sweep", SERVE, "--vary", "batch_sise=1", "--vary", "hardware.name=H100,H100x"]);
    assert_eq!(code(&wrong), 1);
    assert_eq!(stdout(&wrong), "");
    let said = stderr(&wrong);
    assert!(said.contains("did you mean workload.batch_size?"), "{said}");
    assert!(said.contains("unknown accelerator `H100x`") && said.contains("^^^^^"), "{said}");
    let large = run(&["sweep", SERVE, "--vary", "batch_size=1..100000", "--vary", "seq_len=1..100000"]);
    assert_eq!(code(&large), 1);
    assert!(
        stderr(&large).contains("10,000,000,000 points, more than --limit 10000000"),
        "{}",
        stderr(&large)
    );
    assert_eq!(code(&run(&["eval", SERVE, "--output", "csv"])), 1);
    assert_eq!(code(&sweep(&["--shard", "4/3"])), 1);
}

#[test]
fn optimize_finds_designs_that_eval_confirms() {
    let arguments =
        ["optimize", SERVE, "--only", "--objective", "cost", "--objective", "latency", "--output", "json"];
    let found = json(&run(&[&arguments[..], AXES].concat()));
    assert_eq!(found["status"], "ok");
    assert_eq!(found["method"], "exhaustive");
    assert_eq!(found["space"], 24);
    let frontier = found["frontier"].as_array().unwrap();
    assert!(frontier.len() > 1, "{found}");
    let best = &frontier[0];
    let mut arguments = vec!["eval".to_string(), SERVE.into(), "--output".into(), "json".into()];
    for (path, value) in best["edits"].as_object().unwrap() {
        arguments.push("--set".into());
        arguments.push(format!("{path}={}", value.to_string().trim_matches('"')));
    }
    let report = json(&run(&arguments.iter().map(String::as_str).collect::<Vec<_>>()));
    assert_eq!(report["m_usd_per_million_tokens"], best["metrics"]["m_usd_per_million_tokens"]);
    assert_eq!(report["p_request_latency_ms"], best["metrics"]["p_request_latency_ms"]);
}

#[test]
fn optimize_says_why_there_is_nothing() {
    let one = "sample-plans/serve-llama3-70b.yaml";
    let none = run(&["optimize", one, "--only", "--vary", "batch_size=1,2", "--objective", "cost"]);
    assert_eq!(code(&none), 2);
    assert!(stdout(&none).contains("no design fits; the nearest needs"), "{}", stdout(&none));
    let missing = run(&["optimize", one, "--objective", "time-to-train"]);
    assert_eq!(code(&missing), 1);
    assert!(stderr(&missing).contains("workload.train.tokens"), "{}", stderr(&missing));
    assert_eq!(code(&run(&["optimize"])), 1);
}
