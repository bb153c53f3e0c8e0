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
fn fields_turn_together_in_rows_and_in_the_answer() {
    let linked = ["sweep", SERVE, "--vary", "accelerators,tensor=1,2,4,8", "--vary", "batch_size=1,2"];
    let answer = json(&run(&[&linked[..], &["--output", "json"]].concat()));
    assert_eq!(answer["points"], 8);
    assert_eq!(answer["axes"][1]["field"], "parallelism.tensor");
    assert_eq!(answer["axes"][1]["linked"], true);
    assert!(answer["axes"][2].get("linked").is_none());
    for row in answer["rows"].as_array().unwrap() {
        assert_eq!(row["hardware.accelerators"], row["parallelism.tensor"]);
    }
    let pairs = run(&["sweep", SERVE, "--vary", "accelerators=8,16; tensor=8", "--output", "json"]);
    assert_eq!(code(&pairs), 1);
    let said = json(&pairs)["reason"].as_str().unwrap().to_owned();
    assert!(said.contains("hardware.accelerators takes 2 values and parallelism.tensor takes 1"), "{said}");
}

#[test]
fn a_file_takes_the_points_in_the_form_of_its_ending() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    for form in ["csv", "jsonl", "json"] {
        let file = path(&format!("points.{form}"));
        std::fs::write(&file, "older").unwrap();
        let written = sweep(&["--to", &file]);
        assert_eq!((code(&written), stdout(&written).as_str()), (0, ""), "{}", stderr(&written));
        assert_eq!(std::fs::read_to_string(&file).unwrap(), stdout(&sweep(&["--output", form])));
        let designs = path(&format!("designs.{form}"));
        let found = run(&[&["optimize", SERVE, "--only", "--to", &designs][..], AXES].concat());
        assert_eq!((code(&found), stdout(&found).as_str()), (0, ""), "{}", stderr(&found));
        assert!(std::fs::read_to_string(&designs).unwrap().contains("m_usd_per_million_tokens"));
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 6, "nothing else is left behind");
    let unknown = sweep(&["--to", &path("points.txt")]);
    assert_eq!(code(&unknown), 1);
    assert!(stderr(&unknown).contains("end it in .csv, .json, .jsonl or .parquet"), "{}", stderr(&unknown));
    std::fs::create_dir(path("folder.csv")).unwrap();
    assert_eq!(code(&sweep(&["--to", &path("folder.csv")])), 1);
    assert_eq!(code(&sweep(&["--to", &path("no/such/folder.csv")])), 1);
    assert_eq!(code(&sweep(&["--summary", "--to", &path("points.csv")])), 1);
}

#[cfg(not(feature = "parquet"))]
#[test]
fn a_build_without_parquet_says_how_to_get_it() {
    for more in [&["--output", "parquet"][..], &["--to", "points.parquet"]] {
        let refused = sweep(more);
        assert_eq!(code(&refused), 1);
        assert!(stderr(&refused).contains("--features parquet"), "{}", stderr(&refused));
    }
}

#[cfg(feature = "parquet")]
mod parquet_files {
    use std::fs::File;
    use std::path::Path;

    use parquet::file::reader::{FileReader, SerializedFileReader};
    use parquet::record::Field;
    use serde_json::Value;

    use super::*;

    /// The rows of a file as JSON; what is null is left out, as in a line of JSON.
    fn rows(path: &Path) -> Vec<Value> {
        let reader = SerializedFileReader::new(File::open(path).unwrap()).unwrap();
        let row = |row: parquet::record::Row| {
            let columns = row.get_column_iter().filter(|(_, field)| **field != Field::Null);
            let value = |field: &Field| match field {
                Field::Bool(flag) => Value::from(*flag),
                Field::Long(number) => Value::from(*number),
                Field::Double(number) => Value::from(*number),
                Field::Str(text) => Value::from(text.as_str()),
                other => panic!("{other:?} is no type of a column"),
            };
            Value::Object(columns.map(|(name, field)| (name.clone(), value(field))).collect())
        };
        reader.get_row_iter(None).unwrap().map(|found| row(found.unwrap())).collect()
    }

    const TYPED: &[&str] = &[
        "sweep",
        SERVE,
        "--vary",
        "hardware.name=H100,H200",
        "--vary",
        "batch_size=1,8",
        "--vary",
        "tp=8,16",
        "--vary",
        "hardware.efficiency=auto,0.5",
        "--vary",
        "parallelism.overlap=true,false",
        "--vary",
        "fabric_bandwidth=25 GB/s,400 Gbit/s",
        "--vary",
        "kv_precision=null,fp8",
    ];

    #[test]
    fn a_file_has_the_rows_of_a_sweep_with_types_units_and_the_plan() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("points.parquet");
        let written = run(&[TYPED, &["--to", path.to_str().unwrap()]].concat());
        assert_eq!((code(&written), stdout(&written).as_str()), (0, ""), "{}", stderr(&written));
        let found = rows(&path);
        let lines = stdout(&run(&[TYPED, &["--output", "jsonl"]].concat()));
        let wanted: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(found.len(), wanted.len());
        for (found, wanted) in found.iter().zip(&wanted) {
            let mut wanted = wanted.clone();
            let object = wanted.as_object_mut().unwrap();
            let bandwidth = object.remove("hardware.fabric_bandwidth").unwrap();
            let bytes = if bandwidth == "25 GB/s" { 25e9 } else { 50e9 };
            object.insert("hardware.fabric_bandwidth (B/s)".into(), bytes.into());
            // One word among numbers makes words of all.
            if let Some(efficiency) = object.get_mut("hardware.efficiency") {
                *efficiency = Value::from(efficiency.to_string().trim_matches('"'));
            }
            object.retain(|_, value| !value.is_null());
            assert_eq!(found.as_object().unwrap().len(), object.len(), "{found} for {object:?}");
            for (key, value) in object {
                let (found, wanted) = (&found[key.as_str()], value);
                // Reading JSON may miss the last digit.
                let near = found
                    .as_f64()
                    .zip(wanted.as_f64())
                    .is_some_and(|(found, wanted)| (found - wanted).abs() <= 1e-15 * wanted.abs());
                assert!(near || found == wanted, "{key}: {found} for {wanted}");
            }
        }
        let reader = SerializedFileReader::new(File::open(&path).unwrap()).unwrap();
        let notes = reader.metadata().file_metadata().key_value_metadata().unwrap();
        let note = |key: &str| {
            let found = notes.iter().find(|note| note.key == format!("mlsysim_tui.{key}"));
            found.and_then(|note| note.value.clone()).unwrap_or_else(|| panic!("no {key}"))
        };
        assert_eq!(note("plan"), std::fs::read_to_string(SERVE).unwrap());
        assert_eq!(
            (note("version").as_str(), note("physics").as_str()),
            (env!("CARGO_PKG_VERSION"), "studio")
        );
        assert_eq!((note("shard").as_str(), note("registry_version").is_empty()), ("1/1", false));
        assert!(note("axes").contains("parallelism.tensor"));
    }

    #[test]
    fn shards_one_after_the_other_are_the_whole_and_standard_output_takes_bytes() {
        let folder = tempfile::tempdir().unwrap();
        let whole = folder.path().join("whole.parquet");
        assert_eq!(code(&sweep(&["--to", whole.to_str().unwrap(), "--threads", "3"])), 0);
        let mut all = Vec::new();
        for part in 1..=3 {
            let path = folder.path().join(format!("part-{part}.parquet"));
            let shard = format!("{part}/3");
            assert_eq!(code(&sweep(&["--to", path.to_str().unwrap(), "--shard", &shard])), 0);
            all.extend(rows(&path));
        }
        assert_eq!(all, rows(&whole));
        let piped = sweep(&["--output", "parquet"]);
        assert_eq!(piped.stdout, std::fs::read(&whole).unwrap());
    }

    #[test]
    fn designs_are_rows_too() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("designs.parquet");
        let found = run(&[&["optimize", SERVE, "--only", "--to", path.to_str().unwrap()][..], AXES].concat());
        assert_eq!(code(&found), 0, "{}", stderr(&found));
        let listed = json(&run(&[&["optimize", SERVE, "--only", "--output", "json"][..], AXES].concat()));
        let points: Vec<&Value> =
            listed["frontier"].as_array().unwrap().iter().map(|design| &design["point"]).collect();
        let rows = rows(&path);
        assert_eq!(rows.iter().map(|row| &row["point"]).collect::<Vec<_>>(), points);
        assert!(rows.iter().all(|row| row["m_usd_per_million_tokens"].is_number()));
    }
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
