//! From one plan to 22 readings: what must hold of every plan, and that `docs/walls.md` is fresh.

use std::fmt::Write as _;

use mlsysim_tui::engine::readings::guide;
use mlsysim_tui::engine::report::{Phase, Report, Status, WallReading, WallState};
use mlsysim_tui::engine::walls::WALLS;
use mlsysim_tui::engine::{self, json};
use mlsysim_tui::plan::{self, Options, Plan};
use mlsysim_tui::registry::{Physics, Registry};

const BOTH: [Physics; 2] = [Physics::Studio, Physics::Mlsysim];

fn samples() -> Vec<(String, String)> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/sample-plans");
    let mut found: Vec<(String, String)> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "yaml"))
        .map(|path| (path.display().to_string(), std::fs::read_to_string(&path).unwrap()))
        .collect();
    found.sort();
    found
}

fn read(text: &str, physics: Physics) -> Plan {
    let options = Options { physics: Some(physics), ..Options::default() };
    let reading = plan::read(text, &Registry::builtin(), options);
    reading.plan.unwrap_or_else(|| panic!("{text}\n{:?}", reading.diagnostics))
}

/// What holds of every report. `id` names the plan in a failure.
fn check(id: &str, report: &Report, longest: usize) {
    assert_eq!(report.walls.len(), 22, "{id}");
    for (wall, known) in report.walls.iter().zip(&WALLS) {
        assert_eq!((wall.number, wall.name), (known.number, known.name), "{id}");
        let say = |what: &str| format!("{id}: wall {} {what}: {wall:?}", wall.number);
        assert!(
            !wall.sentence.is_empty() && !wall.equation.is_empty() && !wall.sources.is_empty(),
            "{}",
            say("is silent")
        );
        assert!(wall.sentence.chars().count() <= longest, "{}", say("talks too long"));
        assert!(
            wall.pressure.is_none_or(|pressure| pressure.is_finite() && pressure >= 0.0),
            "{}",
            say("has no number")
        );
        for text in [&wall.value, &wall.limit, &wall.sentence, &wall.substituted] {
            let strange = ["NaN", "inf ", "inf%", "Some(", "None"].iter().any(|word| text.contains(word));
            assert!(!strange, "{}", say("has words of the machine"));
        }
        match &wall.state {
            WallState::NotApplicable(why) => assert!(why.len() > 8, "{}", say("gives no reason")),
            WallState::NeedsInput(field) => {
                let known = ["ops", "ops.utilization", "constraints.assert"].contains(&field.as_str())
                    || field.starts_with("workload.")
                    || field.starts_with("data.");
                assert!(known, "{}", say("names no field"));
            }
            WallState::NotEvaluated(_) => panic!("{}", say("is not evaluated")),
            _ => {
                assert!(!wall.value.is_empty() && !wall.limit.is_empty(), "{}", say("has no value"));
                assert!(!wall.substituted.is_empty(), "{}", say("shows no numbers"));
                // A pressure, or a word for it.
                let word = ["no limit asserted", "a method, not a limit", "no room"]
                    .contains(&wall.limit.as_str())
                    || wall.sentence.contains("waits")
                    || wall.sentence.contains("never ends");
                assert!(wall.pressure.is_some() || word, "{}", say("has neither pressure nor word"));
            }
        }
    }
    let fits = report.memory.as_ref().is_some_and(|memory| memory.used_bytes <= memory.capacity_bytes);
    assert!(!report.phases.is_empty(), "{id}");
    for phase in &report.phases {
        let of_phase =
            |wall: &&WallReading| wall.state == WallState::Binding && wall.phase.covers(phase.phase);
        let binding: Vec<u8> = report.walls.iter().filter(of_phase).map(|wall| wall.number).collect();
        if fits {
            assert_eq!(binding, [phase.binding], "{id}: {:?}", phase.phase);
        } else {
            assert_eq!((binding.len(), phase.binding), (0, 2), "{id}");
            assert_eq!(report.walls[1].state, WallState::Violated, "{id}");
        }
    }
    // Nothing binds outside a phase.
    for wall in report.walls.iter().filter(|wall| wall.state == WallState::Binding) {
        assert!(report.phases.iter().any(|phase| phase.binding == wall.number), "{id}: {wall:?}");
    }
    let headline = report.binding_wall().map(|wall| wall.number);
    assert_eq!(headline, report.phases.last().map(|phase| phase.binding), "{id}");
    for lever in &report.sensitivities {
        assert!(lever.value.is_finite(), "{id}: {lever:?}");
    }
    assert!(report.sensitivities.len() >= 3, "{id}");
}

#[test]
fn every_sample_plan_reads_all_walls_in_both_profiles() {
    let registry = Registry::builtin();
    for (name, text) in samples() {
        for physics in BOTH {
            let report = engine::evaluate(&read(&text, physics), &registry);
            check(&format!("{name} ({})", physics.name()), &report, 90);
        }
    }
}

/// A generator without state outside: the same 1,000 plans on every machine.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        // splitmix64
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) % sides as u64) as usize
    }

    fn pick<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.roll(of.len())]
    }

    /// One in `sides`.
    fn maybe(&mut self, sides: usize) -> bool {
        self.roll(sides) == 0
    }
}

fn any_plan(dice: &mut Dice) -> String {
    let model = dice.pick(&[
        "Llama3_8B",
        "Llama3_70B",
        "Mixtral_8x7B",
        "DeepSeek_V3",
        "GPT2_Small",
        "BERT_Base",
        "ResNet50",
        "MobileNetV2",
        "DLRM",
        "StableDiffusion_v1_5",
        "Mamba_2_8B",
        "OpenVLA_7B",
        "DS_CNN",
        "AnomalyDetector",
        "WakeVision",
    ]);
    let device = dice.pick(&[
        "H100",
        "A100",
        "H200",
        "B200",
        "MI300X",
        "TPUv5p",
        "T4",
        "Cerebras_CS3",
        "ESP32_S3",
        "Coral",
    ]);
    let (total, per_node) = [(1, 1), (1, 1), (8, 8), (16, 8), (64, 8), (4, 2), (256, 4)][dice.roll(7)];
    let mut text = format!(
        "version: \"1.0\"\nname: any\nworkload:\n  name: {model}\n  batch_size: {}\n  seq_len: {}\n",
        [1, 2, 8, 64, 512, 4096][dice.roll(6)],
        [1, 128, 2048, 8192, 131_072][dice.roll(5)]
    );
    let serves = dice.maybe(2);
    text.push_str(if serves { "  mode: serve\n" } else { "  mode: train\n" });
    if serves && dice.maybe(2) {
        let rate = dice.pick(&["0.1/s", "4/s", "1000/s", "1000000/s"]);
        writeln!(
            text,
            "  serve: {{output_tokens: 64, prompt_tokens: 100, request_rate: {rate}, reasoning_steps: 4}}"
        )
        .unwrap();
    } else if !serves && dice.maybe(2) {
        let every = dice.pick(&["1 s", "30 min", "4 h"]);
        writeln!(
            text,
            "  train: {{tokens: 1.0e12, checkpoint_interval: {every}, dp_epsilon: 4, optimizer: adamw}}"
        )
        .unwrap();
    }
    let precision = dice.pick(&["fp32", "tf32", "fp16", "bf16", "fp8", "int8", "int4"]);
    writeln!(text, "hardware:\n  name: {device}\n  accelerators: {total}\n  accelerators_per_node: {per_node}\n  precision: {precision}").unwrap();
    if dice.maybe(3) {
        text.push_str("  fabric_bandwidth: 12.5 GB/s\n  efficiency: 0.3\n");
    }
    match dice.roll(4) {
        0 => text.push_str("data: {dataset: ImageNet, cpu_workers: 4, storage_bandwidth: 100 MB/s}\n"),
        1 => text.push_str("data: {sample_bytes: 1 MB}\n"),
        2 => text.push_str("data: {dataset: C4}\n"),
        _ => {}
    }
    match dice.roll(3) {
        0 => text.push_str("ops: {region: Quebec, duration_days: 90, utilization: 0.7}\n"),
        1 => text.push_str("ops: {region: US_Avg, duration_days: 30, utilization: 1.0}\n"),
        _ => {}
    }
    if dice.maybe(2) {
        let metric = dice.pick(&[
            "performance.itl_ms",
            "performance.latency",
            "performance.step_latency",
            "macro.tco_usd",
        ]);
        writeln!(
            text,
            "constraints:\n  assert:\n    - {{metric: {metric}, max: {}}}",
            [1, 40, 100_000][dice.roll(3)]
        )
        .unwrap();
    }
    text
}

#[test]
fn a_thousand_plans_read_all_walls_in_both_profiles() {
    let registry = Registry::builtin();
    let mut dice = Dice(22);
    let mut evaluated = [0, 0];
    for index in 0..1000 {
        let text = any_plan(&mut dice);
        for (slot, physics) in BOTH.into_iter().enumerate() {
            let report = engine::evaluate(&read(&text, physics), &registry);
            if report.status == Status::Error {
                // What cannot be evaluated says why, 22 times.
                assert_eq!(report.walls.len(), 22);
                assert!(report.error.is_some(), "{text}");
                continue;
            }
            evaluated[slot] += 1;
            // Absurd plans have long numbers.
            check(&format!("plan {index} ({}):\n{text}", physics.name()), &report, 110);
            same_in_json(&text, &report);
        }
    }
    assert!(evaluated.iter().all(|&count| count > 800), "{evaluated:?}");
}

/// `--detail` says the same as the engine.
fn same_in_json(id: &str, report: &Report) {
    let shown = json::flat(report, true);
    for (found, wall) in shown["walls"].as_array().unwrap().iter().zip(&report.walls) {
        assert_eq!(found["number"].as_u64(), Some(u64::from(wall.number)), "{id}");
        assert_eq!(found["state"].as_str(), Some(json::state(&wall.state).0), "{id}");
        assert_eq!(found["phase"].as_str(), Some(wall.phase.name()), "{id}");
        assert_eq!(found["pressure"].as_f64(), wall.pressure, "{id}");
        for (key, text) in [
            ("name", wall.name),
            ("domain", wall.domain),
            ("value", &wall.value),
            ("limit", &wall.limit),
            ("sentence", &wall.sentence),
            ("equation", wall.equation),
            ("substituted", &wall.substituted),
        ] {
            assert_eq!(found[key].as_str(), Some(text), "{id}: {key}");
        }
        assert_eq!(found["sources"].as_array().unwrap().len(), wall.sources.len(), "{id}");
    }
    assert_eq!(shown["phases"].as_array().unwrap().len(), report.phases.len());
    assert_eq!(shown["sensitivities"].as_object().unwrap().len(), report.sensitivities.len());
    assert_eq!(shown["binding_wall"].as_str(), report.binding_wall().map(|wall| wall.name));
}

fn evaluated(text: &str) -> Report {
    engine::evaluate(&read(text, Physics::Studio), &Registry::builtin())
}

fn state(report: &Report, number: usize) -> &WallState {
    &report.walls[number - 1].state
}

const TRAIN: &str = "version: \"1.0\"\nname: t\nworkload: {name: ResNet50, batch_size: 4096, mode: train}\n\
hardware: {name: H100, accelerators: 8, accelerators_per_node: 8}\n";

#[test]
fn a_step_that_waits_for_storage_is_bound_by_it() {
    let report = evaluated(&format!(
        "{TRAIN}data: {{dataset: ImageNet, storage_bandwidth: 10 MB/s, cpu_workers: 512}}\n"
    ));
    assert_eq!(state(&report, 8), &WallState::Binding);
    assert_eq!(report.binding_wall().unwrap().name, "Ingestion");
    assert!(report.walls[7].pressure.unwrap() > 1.0);
    let report = evaluated(&format!(
        "{TRAIN}data: {{dataset: ImageNet, storage_bandwidth: 1 TB/s, cpu_workers: 512}}\n"
    ));
    assert_ne!(report.binding_wall().unwrap().name, "Ingestion");
}

#[test]
fn prefill_and_decode_have_a_binding_wall_each() {
    let text = "version: \"1.0\"\nname: s\nworkload: {name: Llama3_8B, batch_size: 8, seq_len: 8192, mode: serve}\n\
hardware: {name: H100}\n";
    let report = evaluated(text);
    let phases: Vec<(Phase, u8)> = report.phases.iter().map(|phase| (phase.phase, phase.binding)).collect();
    assert_eq!(phases, [(Phase::Prefill, 1), (Phase::Decode, 2)]);
    assert_eq!((state(&report, 1), report.walls[0].phase), (&WallState::Binding, Phase::Prefill));
    assert_eq!((state(&report, 2), report.walls[1].phase), (&WallState::Binding, Phase::Decode));
    assert_eq!(report.binding_wall().unwrap().name, "Memory");
}

#[test]
fn missing_inputs_are_named_and_given_ones_are_read() {
    let report = evaluated(TRAIN);
    assert_eq!(state(&report, 20), &WallState::NeedsInput("workload.train.dp_epsilon".into()));
    assert_eq!(state(&report, 16), &WallState::NeedsInput("ops.utilization".into()));
    assert_eq!(state(&report, 22), &WallState::NeedsInput("constraints.assert".into()));
    let text = "version: \"1.0\"\nname: t\nworkload:\n  name: Llama3_8B\n  batch_size: 256\n  mode: train\n  train: {tokens: 1.0e12, \
dp_epsilon: 2, checkpoint_interval: 10 min}\nhardware: {name: H100, accelerators: 64, accelerators_per_node: 8}\n\
ops: {utilization: 0.5}\nconstraints:\n  assert:\n    - {metric: performance.step_latency, max: 100}\n";
    let report = evaluated(text);
    assert_eq!(report.walls[19].value, "2× the time");
    assert_eq!(report.walls[18].limit, "600 s");
    for number in [11, 15, 16, 19, 20, 22] {
        assert!(report.walls[number - 1].pressure.is_some(), "{:?}", report.walls[number - 1]);
    }
}

#[test]
fn an_overloaded_service_says_so_in_a_word() {
    let plan = |rate: &str| {
        evaluated(&format!(
            "version: \"1.0\"\nname: s\nworkload:\n  name: Llama3_8B\n  batch_size: 16\n  mode: serve\n  serve: {{request_rate: {rate}}}\n\
hardware: {{name: H100}}\n"
        ))
    };
    let busy = plan("100000/s");
    assert_eq!(state(&busy, 7), &WallState::Violated);
    assert!(busy.walls[6].sentence.contains("never ends"), "{}", busy.walls[6].sentence);
    assert!(busy.walls[6].pressure.unwrap() > 1.0);
    assert_eq!(state(&plan("0.01/s"), 7), &WallState::Clear);
}

#[test]
fn sensitivities_follow_the_binding_wall() {
    let report = evaluated(
        "version: \"1.0\"\nname: s\nworkload: {name: Llama3_70B, batch_size: 4, seq_len: 4096, mode: serve}\n\
hardware: {name: H100, accelerators: 8}\nparallelism: {tensor: 8}\n",
    );
    let lever = |key| report.sensitivities.iter().find(|part| part.key == key).unwrap().value;
    assert!(lever("memory_bandwidth") < -0.5, "{:?}", report.sensitivities);
    assert!(lever("peak_compute").abs() < 0.1);
    assert!(report.walls[20].sentence.contains("memory bandwidth"), "{}", report.walls[20].sentence);
}

#[test]
fn the_guide_to_the_walls_is_fresh() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/walls.md");
    let wanted = guide::markdown();
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(path, &wanted).unwrap();
    }
    let found = std::fs::read_to_string(path).unwrap_or_default();
    assert!(found == wanted, "docs/walls.md is stale: UPDATE=1 cargo test --test runner readings");
}

/// `eval --detail` and `batch --detail` are the same object for every sample plan.
#[test]
fn batch_and_eval_give_the_same_readings() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-plans");
    let run = |arguments: &[&str]| {
        let output =
            std::process::Command::new(env!("CARGO_BIN_EXE_mlsysim-tui")).args(arguments).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    let mut names: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    names.sort();
    let work = tempfile::tempdir().unwrap();
    let rows = work.path().join("rows.jsonl");
    let lines: Vec<String> = names
        .iter()
        .map(|path| {
            let text = std::fs::read_to_string(path).unwrap();
            serde_json::json!({"id": path.to_str().unwrap(), "plan": text}).to_string()
        })
        .collect();
    std::fs::write(&rows, lines.join("\n")).unwrap();
    let answers = run(&["batch", rows.to_str().unwrap(), "--detail"]);
    assert_eq!(answers.lines().count(), names.len());
    for (path, line) in names.iter().zip(answers.lines()) {
        let row: serde_json::Value = serde_json::from_str(line).unwrap();
        let single = run(&["eval", path.to_str().unwrap(), "--output", "json", "--detail"]);
        let single: serde_json::Value = serde_json::from_str(&single).unwrap();
        assert_eq!(row["flat"], single, "{}", path.display());
        assert_eq!(row["flat"]["walls"].as_array().unwrap().len(), 22);
    }
}
