//! The command line as a process: exit codes, streams, forms of output.

mod completing;
mod quick;
mod searches;
mod shown;
mod spaces;
mod views;

use std::io::{BufRead, BufReader, Read, Write};
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

/// The program, away from the user's configuration and colours.
fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mlsysim-tui"));
    command
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .env("MLSYSIM_TUI_CONFIG_DIR", std::env::temp_dir().join("mlsysim-tui-no-config"))
        .env_remove("NO_COLOR")
        .env_remove("CLICOLOR_FORCE");
    command
}

fn run(arguments: &[&str]) -> Output {
    program().args(arguments).stdin(Stdio::null()).output().unwrap()
}

fn run_with(arguments: &[&str], input: &str) -> Output {
    let mut child = program()
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_string();
    let writer = std::thread::spawn(move || {
        // The program may end before it has read everything.
        let _ = stdin.write_all(input.as_bytes());
    });
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    output
}

fn code(output: &Output) -> i32 {
    output.status.code().unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// Standard output as exactly one JSON value.
fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {}", stdout(output)))
}

fn plan(hardware: &str, rest: &str) -> String {
    format!(
        "version: \"1.0\"\nname: test\nworkload: {{name: Llama3_8B, batch_size: 1}}\nhardware: {{{hardware}}}\n{rest}"
    )
}

fn fits() -> String {
    plan("name: H100", "")
}

const SERVE_70B: &str = "sample-plans/serve-llama3-70b.yaml";

// Exit codes

#[test]
fn a_plan_that_holds_gives_0_one_that_does_not_fit_2_and_a_failed_assertion_3() {
    let output = run_with(&["eval", "-"], &fits());
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    assert_eq!(code(&run(&["eval", SERVE_70B])), 2);
    let strict = plan("name: H100", "constraints: {assert: [{metric: performance.latency, max: 0.001}]}");
    assert_eq!(code(&run_with(&["eval", "-"], &strict)), 3);
    let both = strict.replace("Llama3_8B", "GPT4");
    assert_eq!(code(&run_with(&["eval", "-"], &both)), 2, "physics outranks assertions");
}

#[test]
fn usage_errors_give_1_and_say_so_on_stderr_alone() {
    for arguments in [
        &["eval"][..],
        &["--no-such-option"],
        &["eval", SERVE_70B, "--physics", "newton"],
        &["eval", SERVE_70B, "--output", "pdf"],
        &["batch", "x.jsonl", "--threads", "0"],
        &["compare", SERVE_70B],
        &["schema", "--type", "cluster"],
    ] {
        let output = run(arguments);
        assert_eq!(code(&output), 1, "{arguments:?}");
        assert!(output.stdout.is_empty(), "{arguments:?}");
        assert!(stderr(&output).contains("error"), "{arguments:?}");
    }
}

#[test]
fn help_and_version_are_answers() {
    for arguments in [&["--help"][..], &["-h"], &["eval", "--help"], &["--version"], &["help", "batch"]] {
        let output = run(arguments);
        assert_eq!(code(&output), 0, "{arguments:?}");
        assert!(!output.stdout.is_empty() && output.stderr.is_empty(), "{arguments:?}");
    }
    let version = stdout(&run(&["--version"]));
    assert!(version.contains(env!("CARGO_PKG_VERSION")) && version.contains("registry"), "{version}");
}

#[test]
fn a_missing_file_is_bad_input_in_every_form() {
    let output = run(&["eval", "no-such-plan.yaml"]);
    assert_eq!(code(&output), 1);
    assert!(output.stdout.is_empty());
    assert!(stderr(&output).contains("no-such-plan.yaml"));
    let output = run(&["eval", "no-such-plan.yaml", "--output", "json"]);
    assert_eq!(code(&output), 1);
    let value = json(&output);
    assert_eq!(value["status"], "error");
    assert_eq!(value["title"], "Bad Input");
    assert!(value["reason"].as_str().unwrap().contains("no-such-plan.yaml"));
    assert_eq!(code(&run(&["check", "src"])), 1, "a directory is no plan");
}

#[test]
fn without_a_terminal_the_studio_says_what_to_use() {
    let output = run(&[SERVE_70B]);
    assert_eq!(code(&output), 1);
    assert!(output.stdout.is_empty());
    assert!(stderr(&output).contains("eval"));
    for arguments in [&["--watch"][..], &["-"], &["a.yaml", "b.yaml"]] {
        assert_eq!(code(&run(arguments)), 1, "{arguments:?}");
    }
    assert!(stderr(&run(&["evla", SERVE_70B])).contains("eval"), "a mistyped command is told");
}

// eval

#[test]
fn json_is_one_strict_object_on_stdout_alone() {
    let output = run(&["eval", SERVE_70B, "--output", "json"]);
    assert_eq!(code(&output), 2);
    let value = json(&output);
    assert_eq!(value["status"], "infeasible");
    assert_eq!(value["f_status"], "FAIL");
    assert!(value["f_memory_used_gb"].is_f64());
    assert!(value["f_summary"].as_str().unwrap().contains("GB"));
    assert_eq!(value["physics"], "studio");
    assert!(value.get("walls").is_none());
    let detail = json(&run(&["eval", SERVE_70B, "--output", "json", "--detail"]));
    assert_eq!(detail["walls"].as_array().unwrap().len(), 22);
    assert!(output.stderr.is_empty());
}

#[test]
fn every_form_of_output_tells_the_verdict() {
    let text = stdout(&run(&["eval", SERVE_70B]));
    assert!(
        text.contains("INFEASIBLE") && text.contains("FAIL") && text.contains("Memory on each accelerator"),
        "{text}"
    );
    assert!(!text.contains('\x1b'), "no colour in a pipe");
    let markdown = stdout(&run(&["eval", SERVE_70B, "--output", "markdown"]));
    assert!(markdown.starts_with("# ") && markdown.contains("| fits | FAIL |"), "{markdown}");
    let html = stdout(&run(&["eval", SERVE_70B, "--output", "html", "--detail"]));
    assert!(html.starts_with("<!doctype html>") && html.trim_end().ends_with("</html>"));
    assert!(
        html.contains("prefers-color-scheme:dark")
            && !html.contains("http-equiv")
            && !html.contains("<script")
    );
    let colored = stdout(&run(&["eval", SERVE_70B, "--color", "always"]));
    assert!(colored.contains('\x1b'));
    let never = program().args(["eval", SERVE_70B]).env("NO_COLOR", "1").output().unwrap();
    assert!(!stdout(&never).contains('\x1b'));
}

#[test]
fn every_sample_plan_says_the_same_in_every_form() {
    let mut count = 0;
    for entry in std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/sample-plans")).unwrap() {
        let path = entry.unwrap().path();
        let file = path.to_str().unwrap();
        if path.extension().is_none_or(|extension| extension != "yaml") {
            continue;
        }
        count += 1;
        let answer = run(&["eval", file, "--output", "json", "--detail"]);
        let report = json(&answer);
        let name = report["scenario"].as_str().unwrap();
        assert_ne!(code(&answer), 1, "{file}: {report}");
        for form in ["text", "markdown", "html"] {
            let output = run(&["eval", file, "--detail", "--output", form]);
            assert_eq!(code(&output), code(&answer), "{file} as {form}");
            assert!(form != "text" || stdout(&output).starts_with(name), "{file} as {form}");
            for lens in ["f_status", "p_status", "m_status"] {
                assert!(stdout(&output).contains(report[lens].as_str().unwrap()), "{file} as {form}");
            }
        }
    }
    assert!(count >= 8, "{count} sample plans");
}

#[test]
fn a_model_and_an_accelerator_are_a_plan() {
    let output = run(&["eval", "llama3_8b", "h100", "-b", "4", "-p", "fp8", "-e", "0.4", "--output", "json"]);
    assert_eq!(code(&output), 0, "{}", stdout(&output));
    let value = json(&output);
    assert_eq!(value["scenario"], "llama3_8b on h100");
    let unknown = run(&["eval", "Llama3_8B", "H1000", "--output", "json"]);
    assert_eq!(code(&unknown), 1);
    let value = json(&unknown);
    assert_eq!(value["title"], "Bad Input");
    let diagnostic = &value["diagnostics"][0];
    assert_eq!(diagnostic["code"], "unknown-name");
    assert_eq!(diagnostic["path"], "hardware.name");
    let alone = run(&["eval", "Llama3_8B"]);
    assert_eq!(code(&alone), 1);
    assert!(stderr(&alone).contains("accelerator"), "{}", stderr(&alone));
}

#[test]
fn options_change_the_plan_that_is_evaluated() {
    let before = json(&run_with(&["eval", "-", "--output", "json"], &fits()));
    let after = json(&run_with(&["eval", "-", "-b", "16", "--output", "json"], &fits()));
    assert_ne!(before["p_latency"], after["p_latency"]);
    let set = json(&run_with(&["eval", "-", "--set", "workload.batch_size=16", "--output", "json"], &fits()));
    assert_eq!(set["p_latency"], after["p_latency"]);
    let output = run_with(&["eval", "-", "-b", "-3", "--output", "json"], &fits());
    assert_eq!(code(&output), 1);
    assert_eq!(json(&output)["diagnostics"][0]["path"], "workload.batch_size");
    let output = run_with(&["eval", "-", "-p", "fp8: [", "--output", "json"], &fits());
    assert_eq!(code(&output), 1);
    assert_eq!(json(&output)["diagnostics"][0]["path"], "hardware.precision");
    let output = run_with(&["eval", "-", "-b", "4", "--output", "json"], "version: [\n");
    assert_eq!(json(&output)["title"], "Schema Validation Error", "the plan's own problems come first");
    let output = run_with(&["eval", "-", "--set", "workload.batch_size"], &fits());
    assert_eq!(code(&output), 1);
    assert!(stderr(&output).contains("FIELD=VALUE"));
}

#[test]
fn a_broken_plan_shows_every_problem_with_its_place() {
    let broken =
        "version: \"1.0\"\nname: x\nworkload: {name: Llama3_8B, batch_size: 0}\nhardware: {nam: H100}\n";
    let output = run_with(&["eval", "-"], broken);
    assert_eq!(code(&output), 1);
    assert!(output.stdout.is_empty());
    let text = stderr(&output);
    assert!(text.contains("error[") && text.contains('^') && text.contains("<stdin>:3:"), "{text}");
    let output = run_with(&["eval", "-", "--output", "json"], broken);
    assert!(output.stderr.is_empty());
    let value = json(&output);
    assert_eq!(value["title"], "Schema Validation Error");
    assert!(value["diagnostics"].as_array().unwrap().len() >= 2, "{value}");
}

#[test]
fn the_profile_of_the_command_line_wins() {
    for physics in ["studio", "mlsysim"] {
        let value = json(&run(&["eval", SERVE_70B, "--physics", physics, "--output", "json"]));
        assert_eq!(value["physics"], physics);
    }
}

// check

#[test]
fn check_lists_problems_and_the_verdict() {
    let output = run_with(&["check", "-"], &fits());
    assert_eq!(code(&output), 0);
    let text = stdout(&output);
    assert!(text.contains("fits") && text.contains("fast") && text.contains("worth it"), "{text}");
    let value = json(&run_with(&["check", "-", "--output", "json"], &fits()));
    let keys: Vec<&String> = value.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["diagnostics"]);
    let output = run_with(&["check", "-", "--output", "json"], "version: \"1.0\"\nname: x\n");
    assert_eq!(code(&output), 1);
    let value = json(&output);
    for one in value["diagnostics"].as_array().unwrap() {
        for key in ["code", "severity", "path", "line", "column", "message", "help", "fixes"] {
            assert!(one.get(key).is_some(), "{key} is missing in {one}");
        }
    }
    assert_eq!(code(&run(&["check", SERVE_70B])), 0, "a sound plan whose answer is no is still sound");
}

// Hostile input

#[test]
fn names_never_reach_the_terminal_raw() {
    let hostile =
        fits().replace("name: test", "name: \"\\e[2J\\u009b31m<script>alert(1)</script> | `x` \\u202e\"");
    let raw = |text: &str| {
        text.chars().any(|character| (character.is_control() && character != '\n') || character == '\u{202e}')
    };
    for form in ["text", "markdown", "html", "json"] {
        let output = run_with(&["eval", "-", "--output", form], &hostile);
        assert_eq!(code(&output), 0, "{}", stderr(&output));
        let text = stdout(&output);
        assert!(form == "json" && !text.contains(['\x1b', '\u{9b}']) || !raw(&text), "{form}: {text:?}");
        assert!(form == "text" || form == "json" || !text.contains("<script"), "{form}");
    }
    let output = run_with(&["check", "-"], &hostile);
    assert!(!raw(&stdout(&output)));
    let output = run_with(&["eval", "-"], "\u{1b}[31m: [\u{7}\n");
    assert_eq!(code(&output), 1);
    assert!(!raw(&stderr(&output)), "{:?}", stderr(&output));
    let output = run(&["eval", "\u{1b}[31m", "H100\u{7}"]);
    assert_eq!(code(&output), 1);
    assert!(!raw(&stderr(&output)), "{:?}", stderr(&output));
}

#[test]
fn input_that_is_no_text_is_refused() {
    let mut child = program()
        .args(["eval", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(b"name: \xff\xfe").unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(code(&output), 1);
    assert!(stderr(&output).contains("UTF-8"));
}

#[cfg(unix)]
#[test]
fn a_closed_pipe_is_quiet() {
    for arguments in [&["zoo", "hardware"][..], &["eval", SERVE_70B, "--output", "html"], &["schema"]] {
        let mut child =
            program().args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let mut noise = String::new();
        child.stderr.take().unwrap().read_to_string(&mut noise).unwrap();
        let status = child.wait().unwrap();
        assert!(noise.is_empty(), "{arguments:?}: {noise}");
        assert_ne!(status.code(), Some(101), "{arguments:?} panicked");
        assert_eq!(status.code(), Some(0), "{arguments:?}");
    }
}

// batch

#[test]
fn batch_answers_in_order_whatever_the_number_of_threads() {
    let line = |index: u32| {
        let batch = index % 7 + 1;
        format!(
            r#"{{"id": {index}, "other": [1], "plan": {{"version": "1.0", "name": "n",
                "workload": {{"name": "Llama3_8B", "batch_size": {batch}}},
                "hardware": {{"name": "H100", "efficiency": 0.5}}}}}}"#
        )
        .replace('\n', "")
            + "\n"
    };
    let input: String = (0..700).map(line).collect();
    let one = run_with(&["batch", "-", "--threads", "1"], &input);
    let many = run_with(&["batch", "-", "--threads", "16"], &input);
    assert_eq!(code(&one), 0);
    assert_eq!(one.stdout, many.stdout);
    let lines: Vec<Value> = stdout(&many).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 700);
    for (index, line) in lines.iter().enumerate() {
        assert_eq!(line["id"], index);
        assert_eq!(line["exit"], 0, "{line}");
        assert!(line["flat"]["p_latency"].is_f64());
        assert!(["Memory", "Compute"].contains(&line["bottleneck"].as_str().unwrap()));
    }
}

#[test]
fn batch_takes_yaml_text_and_skips_nothing_but_blank_lines() {
    let yaml = Value::from(fits());
    let input = format!(
        "\u{feff}{{\"id\": \"a\", \"plan\": {yaml}}}\n\n   \n{{\"id\": \"b\", \"plan\": {{\"version\": \"1.0\"}}}}\nnot json\n{{\"id\": \"c\"}}\n{{\"id\": [1], \"plan\": {yaml}}}"
    );
    let output = run_with(&["batch", "-"], &input);
    assert_eq!(code(&output), 0);
    let lines: Vec<Value> = stdout(&output).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 5, "{lines:#?}");
    assert_eq!(lines[0]["id"], "a");
    assert_eq!(lines[0]["exit"], 0, "{}", lines[0]);
    assert_eq!(lines[1]["exit"], 1);
    let missing = &lines[1]["diagnostics"][0];
    assert!(missing["code"].is_string() && missing["severity"] == "error" && missing["message"].is_string());
    assert_eq!(lines[2]["id"], Value::Null);
    assert_eq!(lines[2]["diagnostics"][0]["code"], "bad-line");
    assert_eq!(lines[2]["diagnostics"][0]["line"], 5);
    assert_eq!(lines[3]["id"], "c");
    assert_eq!(lines[3]["exit"], 1);
    assert_eq!(lines[4]["id"], serde_json::json!([1]));
}

#[test]
fn batch_reports_a_key_that_stands_twice() {
    let line = r#"{"id": 1, "plan": {"version": "1.0", "name": "x", "name": "y", "workload": {"name": "Llama3_8B"}, "hardware": {"name": "H100"}}}"#;
    let output = run_with(&["batch", "-"], line);
    let answer = json(&output);
    assert_eq!(answer["exit"], 1, "{answer}");
    assert!(answer["diagnostics"][0]["message"].as_str().unwrap().contains("name"));
}

#[test]
fn batch_answers_a_line_before_the_next_is_written() {
    let mut child = program()
        .args(["batch", "-", "--threads", "4"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let mut answers = BufReader::new(child.stdout.take().unwrap());
    for index in 0..3 {
        let line = format!("{{\"id\": {index}, \"plan\": {}}}\n", Value::from(fits()));
        stdin.write_all(line.as_bytes()).unwrap();
        stdin.flush().unwrap();
        let mut answer = String::new();
        answers.read_line(&mut answer).unwrap();
        let answer: Value = serde_json::from_str(&answer).unwrap();
        assert_eq!(answer["id"], index);
    }
    drop(stdin);
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn batch_without_its_file_gives_1() {
    assert_eq!(code(&run(&["batch", "no-such.jsonl"])), 1);
    assert_eq!(code(&run(&["batch", "src"])), 1);
}

// The rest

#[test]
fn new_writes_a_plan_that_evaluates_and_replaces_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path: PathBuf = folder.path().join("plan.yaml");
    let file = path.to_str().unwrap();
    assert_eq!(code(&run(&["new", file])), 0);
    let check = run(&["check", file, "--output", "json"]);
    assert_eq!(json(&check)["diagnostics"], serde_json::json!([]), "the template has no problems");
    let eval = run(&["eval", file]);
    assert_eq!(code(&eval), 0, "{}{}", stdout(&eval), stderr(&eval));
    std::fs::write(&path, "mine").unwrap();
    let refused = run(&["new", file]);
    assert_eq!(code(&refused), 1);
    assert!(stderr(&refused).contains("--force"));
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "mine");
    assert_eq!(code(&run(&["new", file, "--force"])), 0);
    assert!(std::fs::read_to_string(&path).unwrap().contains("workload:"));
    assert_eq!(stdout(&run(&["new"])), std::fs::read_to_string(&path).unwrap());
}

#[test]
fn schemas_are_json_schema() {
    for kind in ["plan", "hardware", "workload"] {
        let value = json(&run(&["schema", "--type", kind]));
        assert!(value["$schema"].as_str().unwrap().contains("json-schema.org"), "{kind}");
    }
    assert_eq!(stdout(&run(&["schema"])), stdout(&run(&["schema", "-t", "plan", "--output", "json"])));
}

#[test]
fn the_zoo_lists_and_shows_with_sources() {
    for kind in ["hardware", "models", "grids", "prices", "nodes", "systems"] {
        let text = stdout(&run(&["zoo", kind]));
        assert!(text.lines().count() > 5 && text.starts_with("id "), "{kind}: {text}");
        let list = json(&run(&["zoo", kind, "--output", "json"]));
        assert_eq!(list.as_array().unwrap().len(), text.lines().count() - 1, "{kind}");
        assert!(stdout(&run(&["zoo", kind, "--output", "markdown"])).starts_with("| id |"));
    }
    let entry = stdout(&run(&["zoo", "hardware", "h100"]));
    assert!(entry.contains("TFLOP/s") && entry.contains("checked 20"), "{entry}");
    assert_eq!(json(&run(&["zoo", "quebec", "--output", "json"]))["kind"], "grids");
    let unknown = run(&["zoo", "hardware", "H1000"]);
    assert_eq!(code(&unknown), 1);
    assert!(stderr(&unknown).contains("H100"));
    assert_eq!(code(&run(&["zoo", "hardwear", "H100"])), 1);
}

#[test]
fn explain_opens_a_number_and_a_wall() {
    let text = stdout(&run(&["explain", "f_memory_used_gb", SERVE_70B]));
    assert!(
        text.contains("feasibility.memory_used_gb") && text.contains("weights") && text.contains("Wall 2"),
        "{text}"
    );
    for name in ["feasibility.memory_used_gb", "memory_used_gb", "2", "memory"] {
        let output = run(&["explain", name, SERVE_70B]);
        assert_eq!(code(&output), 0, "{name}");
        assert!(stdout(&output).to_lowercase().contains("memory"), "{name}");
    }
    let value = json(&run(&["explain", "memory_used_gb", SERVE_70B, "--output", "json"]));
    assert!(value["value"].as_f64().unwrap() > 100.0);
    let unknown = run(&["explain", "latancy", SERVE_70B]);
    assert_eq!(code(&unknown), 1);
    assert!(stderr(&unknown).contains("latency"));
}

#[test]
fn compare_marks_the_better_cell_with_a_word() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_string()
    };
    let slow = write("slow.yaml", &plan("name: A100", ""));
    let fast = write("fast.yaml", &plan("name: H200", ""));
    let text = stdout(&run(&["compare", &slow, &fast]));
    let latency = text.lines().find(|line| line.starts_with("latency")).unwrap();
    assert!(latency.ends_with(" best") && latency.matches("best").count() == 1, "{text}");
    let value = json(&run(&["compare", &slow, &fast, "--output", "json"]));
    assert_eq!(value["plans"].as_array().unwrap().len(), 2);
    assert_eq!(value["best"]["p_latency"], serde_json::json!([1]));
    // What does not fit wins nothing, and decides the exit code.
    let output = run(&["compare", &slow, SERVE_70B, "--output", "json"]);
    assert_eq!(code(&output), 2);
    assert!(json(&output)["best"].get("p_latency").is_none());
}

#[test]
fn completions_and_manual_pages_are_generated() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        assert!(stdout(&run(&["completions", shell])).contains("mlsysim-tui"), "{shell}");
    }
    assert!(stdout(&run(&["man"])).contains(".TH"));
    assert!(stdout(&run(&["man", "eval"])).contains("HARDWARE"));
    assert_eq!(code(&run(&["man", "evla"])), 1);
}

#[test]
fn solve_answers_for_a_wall_and_lists_what_it_takes() {
    let list = stdout(&run(&["solve"]));
    assert!(list.contains("ServingModel") && list.contains("4 Serving"), "{list}");
    let value =
        json(&run(&["solve", "4", "model=Llama3_8B", "hardware=H100", "seq_len=2048", "--output", "json"]));
    assert!(value.as_object().unwrap().keys().any(|key| key.starts_with("ttft")), "{value}");
    let text = stdout(&run(&["solve", "tail latency", "arrival_rate_qps=10", "service_latency_ms=50"]));
    assert!(text.contains("p99"), "{text}");
    let missing = run(&["solve", "serving"]);
    assert_eq!(code(&missing), 1);
    assert!(missing.stdout.is_empty() && stderr(&missing).contains("seq_len"), "{}", stderr(&missing));
    let lines = run_with(
        &["solve", "--jsonl", "-"],
        "{\"id\": 1, \"resolver\": \"TailLatencyModel\", \"inputs\": {\"arrival_rate_qps\": 10, \"service_latency_ms\": 50}}\n\n{}\n",
    );
    let answers: Vec<Value> =
        stdout(&lines).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(answers.len(), 2);
    assert!(answers[0]["outputs"].is_object() && answers[1]["error"].is_object());
}

/// Numbers equal to 1e-9, everything else exactly; keys beyond those of the reference are ours.
fn agrees(found: &Value, right: &Value) -> bool {
    match (found, right) {
        (Value::Object(found), Value::Object(right)) => {
            right.iter().all(|(key, value)| found.get(key).is_some_and(|mine| agrees(mine, value)))
        }
        (Value::Number(found), Value::Number(right)) => {
            let (found, right) = (found.as_f64().unwrap(), right.as_f64().unwrap());
            (found - right).abs() <= (1e-9 * right.abs()).max(1e-15)
        }
        _ => found == right,
    }
}

#[test]
fn serve_and_eval_answer_as_the_reference_does() {
    let vectors =
        include_str!("golden/walls.jsonl").lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let mut count = 0;
    for row in vectors {
        let command = match row["resolver"].as_str() {
            Some("cli:serve") => "serve",
            Some("cli:eval") => "eval",
            _ => continue,
        };
        count += 1;
        let inputs = &row["inputs"];
        let mut arguments = vec![command.to_string()];
        arguments.extend(["model", "hardware"].map(|key| inputs[key].as_str().unwrap().to_string()));
        for key in ["seq_len", "batch_size", "precision", "efficiency", "prefill_chunk_tokens"] {
            match &inputs[key] {
                Value::Null => {}
                Value::String(text) => arguments.push(format!("--{}={text}", key.replace('_', "-"))),
                value => arguments.push(format!("--{}={value}", key.replace('_', "-"))),
            }
        }
        arguments.extend(["--physics=mlsysim", "--output=json"].map(String::from));
        let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let output = run(&words);
        let outputs = &row["outputs"];
        let found = json(&output);
        if let Some(title) = outputs["error_title"].as_str() {
            assert_eq!(code(&output), 1, "{words:?}: {found}");
            assert_eq!(found["title"], title, "{words:?}: {found}");
        } else {
            // What does not fit exits 2 here and 0 in the reference.
            let fits = found["f_status"] != "FAIL" && found["feasible"] != false;
            assert_eq!(code(&output), if fits { 0 } else { 2 }, "{words:?}: {found}");
            assert!(agrees(&found, &outputs["json"]), "{words:?}: {found} is not {}", outputs["json"]);
        }
    }
    assert!(count > 70);
}

/// A plan that brings its own device and model, from another directory: both doors must find them.
#[test]
fn files_that_a_plan_names_are_found_beside_it() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(
        folder.path().join("chips.yaml"),
        "hardware:\n  MyChip:\n    name: My Chip\n    group: cloud\n    source: {kind: user, title: lab notes, date: \"2026-11-01\"}\n    peak: 100 TFLOP/s\n    memory: 24 GiB\n    memory_bandwidth: 1 TB/s\n",
    )
    .unwrap();
    let plan = folder.path().join("plan.yaml");
    std::fs::write(
        &plan,
        "version: \"1.0\"\nname: mine\nregistry: [chips.yaml]\nworkload: {name: Llama3_8B, mode: serve}\nhardware: {name: MyChip}\n",
    )
    .unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_mlsysim-tui"))
        .args(["eval", plan.to_str().unwrap(), "--output", "json"])
        .current_dir(std::env::temp_dir())
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let json: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(json["status"], "ok", "{text}\n{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(json["f_memory_capacity_gb"], 25.769803776);
}
