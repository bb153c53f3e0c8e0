//! The shipped facts and a user's own.

use mlsysim_tui::registry::{
    Kind, Origin, Physics, Registry, WorkloadKind, accelerator_from_yaml, model_from_hf_config,
    model_from_yaml,
};

#[test]
fn the_whole_reference_catalogue_is_there() {
    let registry = Registry::builtin();
    let count = |kind| registry.list(kind).len();
    assert!(count(Kind::Hardware) >= 52, "{}", count(Kind::Hardware));
    assert!(count(Kind::Models) >= 42);
    assert!(count(Kind::Grids) >= 12);
    assert_eq!(count(Kind::Prices), 50);
    assert!(count(Kind::Nodes) >= 8);
}

#[test]
fn a_name_is_found_in_any_case_by_id_display_name_and_alias() {
    let registry = Registry::builtin();
    for name in ["H100", "h100", "NVIDIA H100", "nvidia h100"] {
        assert_eq!(registry.accelerator(Physics::Studio, name).unwrap().id, "H100", "{name}");
    }
    for name in ["Llama3_70B", "llama3_70b", "Llama-3.1-70B", "llama 3.1 70b"] {
        assert_eq!(registry.model(Physics::Studio, name).unwrap().id, "Llama3_70B", "{name}");
    }
    assert_eq!(registry.grid(Physics::Studio, "quebec").unwrap().id, "Quebec");
}

#[test]
fn an_unknown_name_gets_its_likely_neighbours_and_only_those() {
    let registry = Registry::builtin();
    let miss = registry.accelerator(Physics::Studio, "H1000").unwrap_err();
    assert_eq!(miss.nearest.first().map(String::as_str), Some("H100"), "{miss:?}");
    let miss = registry.model(Physics::Studio, "Lama3_70B").unwrap_err();
    assert_eq!(miss.nearest.first().map(String::as_str), Some("Llama3_70B"), "{miss:?}");
    let miss = registry.grid(Physics::Studio, "Atlantis").unwrap_err();
    assert!(miss.nearest.is_empty(), "{miss:?}");
    assert!(registry.accelerator(Physics::Studio, "").is_err());
}

#[test]
fn technology_classes_are_no_accelerators() {
    let registry = Registry::builtin();
    for name in ["L2", "DDR5", "NVLink", "HBM3", "Register"] {
        assert!(registry.accelerator(Physics::Mlsysim, name).is_err(), "{name}");
    }
    assert!(registry.table(Physics::Studio, "HBM3").is_ok());
}

#[test]
fn tables_and_constants_are_readable() {
    let registry = Registry::builtin();
    assert_eq!(registry.calibration("MFU_FFN_CAP"), Some(0.6));
    assert_eq!(registry.calibration("HBM3"), None);
    let fabric = registry.table(Physics::Studio, "Fabrics.InfiniBand_NDR").unwrap();
    assert_eq!(fabric.facts.number("bandwidth_bytes_per_s"), Some(50e9));
    assert_eq!(fabric.id, "InfiniBand_NDR");
    let electricity = registry.price(Physics::Mlsysim, "ElectricityPerKwh").unwrap();
    assert_eq!((electricity.facts.value, electricity.facts.unit.as_str()), (0.12, "USD/kWh"));
}

#[test]
fn a_tuned_model_is_found_by_the_one_it_was_made_from() {
    let registry = Registry::builtin();
    let id = |name: &str| registry.model(Physics::Studio, name).map(|entry| entry.id.clone());
    for name in ["meta-llama/Llama-3.1-70B-Instruct", "Llama-3.1-70B-instruct", "Llama3_70B-Base"] {
        assert_eq!(id(name).as_deref(), Ok("Llama3_70B"), "{name}");
    }
    // One that is listed itself stays itself, and one that is not is told with what is near.
    assert_ne!(id("meta-llama/Llama-3.3-70B-Instruct").unwrap(), "Llama3_70B");
    assert!(registry.model(Physics::Studio, "Nothing-Instruct").is_err());
    assert!(registry.model(Physics::Mlsysim, "Llama3_70B-Base").is_err());
}

/// Every figure of the reference registry, exact to the last bit, through the same door as everybody.
#[test]
fn mlsysim_physics_reads_the_figures_of_0_3_0_exactly() {
    let registry = Registry::builtin();
    let mut wrong = Vec::new();
    let mut rows = 0;
    for line in include_str!("registry/mlsysim-0.3.0.tsv").lines().filter(|line| !line.starts_with('#')) {
        let [kind, name, path, value] = line.split('\t').collect::<Vec<_>>()[..] else { panic!("{line}") };
        let wanted: serde_json::Value = serde_json::from_str(value).unwrap();
        let Some(entry) = registry.entry_json(Physics::Mlsysim, Kind::named(kind).unwrap(), name) else {
            wrong.push(format!("{kind} {name}: not found"));
            continue;
        };
        let found = path.strip_prefix('/').map_or_else(
            || path.split('/').try_fold(&entry["facts"], |at, key| at.get(key)),
            |key| entry.get(key),
        );
        let same = match (found, &wanted) {
            (Some(found), serde_json::Value::Number(_)) => found.as_f64() == wanted.as_f64(),
            (Some(found), _) => found == &wanted,
            (None, _) => false,
        };
        if !same {
            wrong.push(format!("{kind} {name} {path}: {found:?}, not {wanted}"));
        }
        rows += 1;
    }
    assert!(wrong.is_empty(), "{} of {rows}:\n{}", wrong.len(), wrong.join("\n"));
    assert!(rows > 1500, "{rows}");
}

#[test]
fn the_studio_reads_corrected_figures_with_their_own_source() {
    let registry = Registry::builtin();
    let studio = registry.accelerator(Physics::Studio, "Trainium2").unwrap();
    let reference = registry.accelerator(Physics::Mlsysim, "Trainium2").unwrap();
    assert_eq!((studio.facts.peak_flop_per_s, reference.facts.peak_flop_per_s), (667e12, 380e12));
    assert!(studio.source_of("peak_flop_per_s").title.contains("Neuron"));
    assert_eq!(reference.source_of("peak_flop_per_s"), &reference.source);

    let t4 = registry.accelerator(Physics::Studio, "T4").unwrap();
    assert_eq!(t4.facts.precision_flop_per_s.get("fp32"), Some(&8.1e12));
    let orin = registry.accelerator(Physics::Studio, "JetsonAGXOrin").unwrap();
    assert!(
        orin.facts.peak_flop_per_s < orin.facts.precision_flop_per_s["int8"],
        "dense, and int8 is faster"
    );
    let coral = registry.accelerator(Physics::Studio, "Coral").unwrap();
    assert_eq!(coral.facts.peak_precision.as_deref(), Some("int8"));
    assert_eq!(registry.model(Physics::Studio, "DeepSeek_V3").unwrap().facts.heads, Some(128));
    assert_eq!(registry.model(Physics::Mlsysim, "DeepSeek_V3").unwrap().facts.heads, Some(56));
    let iowa = |physics| registry.grid(physics, "Iowa").unwrap().facts.carbon_g_per_kwh;
    assert_eq!((iowa(Physics::Studio), iowa(Physics::Mlsysim)), (287.6, 680.0));
}

#[test]
fn every_shipped_entry_says_where_it_comes_from_and_when() {
    let registry = Registry::builtin();
    for kind in Kind::ALL {
        for (id, name, group) in registry.list(kind) {
            let entry = registry.entry_json(Physics::Studio, kind, &id).unwrap();
            assert!(!name.is_empty() && !group.is_empty(), "{id}");
            assert!(entry["source"]["kind"].is_string() && entry["source"]["date"].is_string(), "{id}");
        }
    }
}

fn with(files: &[(&str, &str)]) -> (Registry, Vec<mlsysim_tui::registry::RegistryProblem>) {
    let files: Vec<(String, String)> =
        files.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
    Registry::builtin().with_user_files(&files)
}

const OWN: &str = "\
hardware:
  MyChip:
    name: My Chip
    peak: 400 TFLOP/s
    peaks: {fp8: 800 TFLOP/s}
    memory: 96 GiB
    memory_bandwidth: 2.5 TB/s
    nvlink: {name: link, one_way: 200 GB/s}
    tdp: 500 W
  H100:
    unit_cost: 21000 USD
grids:
  Home: {carbon: 35 g/kWh, pue: 1.2, wue_l_per_kwh: 0, electricity: 0.2 USD/kWh}
";

#[test]
fn a_users_entries_are_found_and_overrides_keep_the_rest() {
    let (registry, problems) = with(&[("mine.yaml", OWN)]);
    assert!(problems.is_empty(), "{problems:?}");
    let mine = registry.accelerator(Physics::Studio, "my chip").unwrap();
    assert_eq!(mine.facts.memory_bytes, 96.0 * 1_073_741_824.0);
    assert_eq!(mine.facts.precision_flop_per_s["fp8"], 800e12);
    assert_eq!(mine.facts.nvlink.as_ref().unwrap().quoted_bytes_per_s, 200e9);
    assert_eq!(mine.origin, Origin::User("mine.yaml".to_owned()));
    for physics in [Physics::Studio, Physics::Mlsysim] {
        let h100 = registry.accelerator(physics, "H100").unwrap();
        assert_eq!(h100.facts.unit_cost_usd, Some(21000.0));
        assert_eq!(h100.facts.peak_flop_per_s, 989e12);
        assert_eq!(h100.source_of("unit_cost_usd").kind, "user");
        assert_eq!(h100.source_of("peak_flop_per_s").kind, "datasheet");
        assert!(matches!(h100.origin, Origin::User(_)));
    }
    assert_eq!(registry.grid(Physics::Studio, "home").unwrap().facts.electricity_usd_per_kwh, Some(0.2));
    // The shipped registry is as it was.
    let shipped = Registry::builtin();
    assert!(shipped.accelerator(Physics::Studio, "MyChip").is_err());
    assert_eq!(shipped.accelerator(Physics::Studio, "H100").unwrap().origin, Origin::Builtin);
}

#[test]
fn an_override_keeps_what_differs_between_the_physics() {
    let (registry, _) = with(&[("mine.yaml", "hardware:\n  trainium2: {unit_cost: 9000 USD}\n")]);
    let peak = |physics| registry.accelerator(physics, "Trainium2").unwrap().facts.peak_flop_per_s;
    assert_eq!((peak(Physics::Studio), peak(Physics::Mlsysim)), (667e12, 380e12));
}

#[test]
fn a_bad_entry_is_reported_with_its_line_and_the_good_ones_are_used() {
    let text = "\
hardware:
  Good: {peak: 1 TFLOP/s, memory: 1 GiB, memory_bandwidth: 1 GB/s}
  Bad:
    peak: 1 TFLOP/s
    memory: 50 W
    memory_bandwith: 1 GB/s
  Missing: {peak: 1 TFLOP/s}
  Shrinks: {peak: 2 TFLOP/s, peaks: {fp8: 1 TFLOP/s}, memory: 1 GiB, memory_bandwidth: 1 GB/s}
hardwear: {}
";
    let (registry, problems) = with(&[("mine.yaml", text)]);
    assert!(registry.accelerator(Physics::Studio, "Good").is_ok());
    for name in ["Bad", "Missing", "Shrinks"] {
        assert!(registry.accelerator(Physics::Studio, name).is_err(), "{name}");
    }
    let said: Vec<(usize, &str)> = problems.iter().map(|p| (p.line, p.message.as_str())).collect();
    let says = |line: usize, part: &str| said.iter().any(|(at, text)| *at == line && text.contains(part));
    assert!(says(5, "is power, the field wants data"), "{said:?}");
    assert!(says(6, "did you mean `memory_bandwidth`?"), "{said:?}");
    assert!(says(7, "`memory` is missing"), "{said:?}");
    assert!(says(8, "narrower numbers are never slower"), "{said:?}");
    assert!(says(9, "did you mean `hardware`?"), "{said:?}");
}

#[test]
fn later_files_win_and_text_that_is_no_yaml_is_one_problem() {
    let (registry, problems) = with(&[
        ("a.yaml", "hardware:\n  H100: {unit_cost: 1 USD}\n"),
        ("b.yaml", "hardware:\n  H100: {unit_cost: 2 USD}\n"),
        ("c.yaml", "hardware: [\n"),
        ("d.yaml", ""),
    ]);
    assert_eq!(registry.accelerator(Physics::Studio, "H100").unwrap().facts.unit_cost_usd, Some(2.0));
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert_eq!(problems[0].file, "c.yaml");
}

#[test]
fn a_plan_may_name_a_model_and_a_device_of_its_own() {
    let model = model_from_yaml(
        "name: Mine\narchitecture: Transformer\nparameters: 7e9 count\ninference_flops: 14 GFLOPs\nlayers: 32\n\
         hidden_dim: 4096\nheads: 32\n",
        "model.yaml",
    )
    .unwrap();
    assert_eq!(model.name, "Mine");
    assert_eq!(model.facts.kind, WorkloadKind::Transformer);
    assert_eq!((model.facts.parameters, model.facts.inference_flop), (Some(7e9), Some(14e9)));

    let device = accelerator_from_yaml(
        "name: Chip\nrelease_year: 2025\ncompute:\n  peak_flops: 100 TFLOPs/s\n  precision_flops: {fp8: 200 TFLOPs/s}\n\
         memory: {capacity: 24 GiB, bandwidth: 1 TB/s}\ntdp: 150 W\n\
         nvlink: {name: bus, bandwidth: 100 GB/s, direction: bidirectional_total}\n",
        "hardware.yaml",
    )
    .unwrap();
    assert_eq!(device.facts.peak_flop_per_s, 100e12);
    assert_eq!(device.facts.memory_bytes, 24.0 * 1_073_741_824.0);
    assert_eq!(device.facts.nvlink.as_ref().unwrap().one_way_bytes_per_s, 50e9);

    let problems =
        accelerator_from_yaml("name: x\ncompute: {peak_flop: 1 TFLOP/s}\n", "hardware.yaml").unwrap_err();
    assert!(!problems.is_empty());
    let problems = model_from_yaml("name: x\narchitecture: CNN\nlayrs: 3\n", "model.yaml").unwrap_err();
    assert_eq!(problems[0].line, 3, "{problems:?}");
    assert!(problems[0].message.contains("`layers`"), "{problems:?}");
}

#[test]
fn a_hugging_face_configuration_is_counted_to_the_last_parameter() {
    let counted = |json: &str| model_from_hf_config(json, "config.json").unwrap().facts;
    let llama = counted(
        r#"{"model_type": "llama", "hidden_size": 4096, "intermediate_size": 14336, "num_attention_heads": 32,
            "num_hidden_layers": 32, "num_key_value_heads": 8, "vocab_size": 128256, "tie_word_embeddings": false,
            "max_position_embeddings": 131072}"#,
    );
    assert_eq!(llama.parameters, Some(8_030_261_248.0));
    assert_eq!(llama.head_dim, Some(128));
    let mixtral = counted(
        r#"{"model_type": "mixtral", "hidden_size": 4096, "intermediate_size": 14336, "num_attention_heads": 32,
            "num_hidden_layers": 32, "num_key_value_heads": 8, "vocab_size": 32000, "tie_word_embeddings": false,
            "num_local_experts": 8, "num_experts_per_tok": 2}"#,
    );
    assert_eq!(mixtral.parameters, Some(46_702_792_704.0));
    assert_eq!(mixtral.kind, WorkloadKind::SparseTransformer);
    let gpt2 = counted(
        r#"{"model_type": "gpt2", "n_embd": 1600, "n_layer": 48, "n_head": 25, "n_positions": 1024, "n_inner": null,
            "vocab_size": 50257}"#,
    );
    assert_eq!(gpt2.parameters, Some(1_557_611_200.0));
}

#[test]
fn a_configuration_that_cannot_be_read_is_refused_with_a_reason() {
    let refusal = |json: &str| model_from_hf_config(json, "config.json").unwrap_err().remove(0).message;
    assert!(refusal("{").contains("not JSON"));
    assert!(refusal("[]").contains("JSON object"));
    assert!(refusal("version https://git-lfs.github.com/spec/v1\n").contains("LFS"));
    assert!(refusal(r#"{"model_type": "nemotron-nas"}"#).contains("differ"));
    assert!(refusal(r#"{"model_type": "llama"}"#).contains("`num_hidden_layers` is missing"));
    assert!(refusal(r#"{"model_type": "jamba"}"#).contains("`num_hidden_layers` is missing"));
    assert!(refusal(r#"{"model_type": "llama", "num_hidden_layers": -2}"#).contains("from 1 to"));
    assert!(refusal(r#"{"_class_name": "UNet2DConditionModel"}"#).contains("not a language model"));
}

#[test]
fn devices_and_models_that_came_after_the_reference_are_there() {
    let registry = Registry::builtin();
    for name in ["L4", "L40S", "A10G", "RTX 4090", "B300", "GB300", "MI355X", "TPUv7", "H20", "Trainium3"] {
        let device = registry.accelerator(Physics::Studio, name).unwrap();
        assert!(device.facts.peak_flop_per_s > 1e13 && device.facts.memory_bytes > 1e10, "{name}");
    }
    for name in
        ["Qwen/Qwen3-8B", "deepseek-ai/DeepSeek-R1", "openai/gpt-oss-120b", "mistralai/Mistral-7B-v0.3"]
    {
        let model = registry.model(Physics::Studio, name).unwrap_or_else(|miss| panic!("{name}: {miss:?}"));
        assert!(model.facts.parameters.is_some() && model.facts.layers.is_some(), "{name}");
    }
    // One GPU of the rack is not the rack.
    let (gpu, rack) = ("GB200", "GB200_NVL72");
    let peak = |name| registry.accelerator(Physics::Studio, name).unwrap().facts.peak_flop_per_s;
    assert_eq!(peak(rack), 72.0 * peak(gpu));
}

#[test]
fn nearly_every_first_guess_at_a_name_is_answered() {
    let registry = Registry::builtin();
    for (guess, id) in [("a100 80gb", "A100"), ("h100-sxm", "H100"), ("gb200 nvl72", "GB200_NVL72")] {
        let found = registry.accelerator(Physics::Studio, guess);
        let ids = found.map_or_else(|miss| miss.nearest, |entry| vec![entry.id.clone()]);
        assert!(ids.iter().any(|found| found == id), "{guess}: {ids:?}");
    }
}

/// Sixty-three configurations with what a count of the published classes gives, broken ones among them.
#[test]
fn hugging_face_configurations_give_the_counts_of_the_published_classes() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/hf-configs");
    let text = |file: &str| std::fs::read_to_string(folder.join(file)).unwrap();
    let expected: serde_json::Value = serde_json::from_str(&text("expected.json")).unwrap();
    let mut wrong = Vec::new();
    let mut exact = 0;
    for case in expected["files"].as_array().unwrap() {
        let file = case["file"].as_str().unwrap();
        let found = model_from_hf_config(&text(file), file);
        match (case["outcome"].as_str().unwrap(), found) {
            ("ok", Ok(entry)) => {
                if entry.doubt().is_some() {
                    wrong.push(format!("{file}: {}", entry.source.title));
                }
                exact += 1;
                let facts = serde_json::to_value(&entry.facts).unwrap();
                for (key, wanted) in case["expected"].as_object().into_iter().flatten() {
                    let found = match key.as_str() {
                        "total_params" => &facts["parameters"],
                        "hidden" => &facts["hidden_dim"],
                        "ffn" => &facts["ffn_dim"],
                        "vocab" => &facts["vocab_size"],
                        "experts_per_token" => &facts["active_experts"],
                        "moe_ffn" => &facts["expert_ffn_dim"],
                        "state" => &facts["state_size"],
                        "model_type" => continue,
                        key if facts.get(key).is_some() => &facts[key],
                        key => &facts["figures"][key],
                    };
                    if found.as_f64() != wanted.as_f64() || found.is_string() && found != wanted {
                        wrong.push(format!("{file}: {key} is {found}, not {wanted}"));
                    }
                }
            }
            ("ok", Err(problems)) => wrong.push(format!("{file}: {}", problems[0].message)),
            ("unsupported_or_partial", Ok(entry)) if entry.doubt().is_none() => {
                wrong.push(format!("{file}: taken without a doubt"));
            }
            ("error" | "not_a_language_model", Ok(_)) => wrong.push(format!("{file}: taken")),
            (_, Err(problems)) if problems[0].message.len() < 20 => {
                wrong.push(format!("{file}: no reason: {}", problems[0].message));
            }
            _ => {}
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(exact, 47);
}

/// The two blocks of the last chapter of `docs/registry.md`, as written there.
#[test]
fn the_example_of_the_documentation_evaluates() {
    struct One(String);
    impl mlsysim_tui::plan::Files for One {
        fn read(&self, name: &str) -> Result<String, String> {
            (name == "lab.yaml").then(|| self.0.clone()).ok_or_else(|| "no such file".into())
        }
    }
    let blocks: Vec<&str> = include_str!("../docs/registry.md")
        .split("```yaml\n")
        .skip(1)
        .filter_map(|rest| rest.split("```").next())
        .collect();
    let [own, plan] = blocks[..] else { panic!("{} blocks", blocks.len()) };
    let registry = Registry::builtin();
    let files = One(own.to_owned());
    let options = mlsysim_tui::plan::Options { files: &files, ..mlsysim_tui::plan::Options::default() };
    let read = mlsysim_tui::plan::read(plan, &registry, options);
    assert!(read.diagnostics.is_empty(), "{:?}", read.diagnostics);
    let report = mlsysim_tui::engine::evaluate(read.plan.as_ref().unwrap(), read.registry_or(&registry));
    assert_eq!(report.status, mlsysim_tui::engine::report::Status::Ok, "{:?}", report.status);
}

/// What a name stands for under both physics; regions that 0.3.0 lacks count as none there.
#[test]
fn regions_of_clouds_are_found_and_unknown_to_the_reference() {
    let registry = Registry::builtin();
    for (name, id) in [
        ("us-central1", "GCP_us_central1"),
        ("AWS us-east-1", "AWS_us_east_1"),
        ("eastus", "Azure_eastus"),
        ("Virginia", "Virginia"),
        ("United Kingdom", "United_Kingdom"),
        ("GBR", "United_Kingdom"),
    ] {
        assert_eq!(registry.grid(Physics::Studio, name).unwrap().id, id, "{name}");
        assert!(registry.grid(Physics::Mlsysim, name).is_err(), "{name}");
    }
    assert!(registry.grid(Physics::Mlsysim, "Quebec").is_ok());
    // Two clouds have a region of that name.
    assert!(registry.grid(Physics::Studio, "us-east1").is_err());
    assert!(registry.in_reference(Kind::Hardware, "H100") && !registry.in_reference(Kind::Hardware, "L4"));
}

#[test]
fn the_rent_of_an_accelerator_is_the_median_of_its_dated_offers() {
    let registry = Registry::builtin();
    let mut compared = 0;
    for table in registry.tables(Physics::Studio).filter(|table| table.group == "market") {
        let item = table.facts.text("item").unwrap();
        let Ok(device) = registry.accelerator(Physics::Studio, item) else { continue };
        if let (Some(median), Some(rent)) =
            (table.facts.number("on_demand_median_usd_per_h"), device.facts.rent_usd_per_accelerator_hour)
        {
            assert_eq!(rent, median, "{item}");
            compared += 1;
        }
    }
    assert!(compared >= 20, "{compared}");
}

#[test]
fn names_that_differ_in_a_point_alone_are_told_apart() {
    let registry = Registry::builtin();
    for id in ["GPT3_13B", "GPT3_1_3B", "OPT_13B", "OPT_1_3B"] {
        assert_eq!(registry.model(Physics::Studio, id).unwrap().id, id);
    }
    assert_eq!(registry.model(Physics::Studio, "opt 13b").unwrap().id, "OPT_13B");
    assert_eq!(registry.model(Physics::Studio, "opt-1.3b").unwrap().id, "OPT_1_3B");
}

#[test]
fn doubt_about_figures_is_shown() {
    let registry = Registry::builtin();
    let doubt = |name| registry.model(Physics::Studio, name).unwrap().doubt();
    assert_eq!(doubt("GPT4"), Some("a rumour"));
    assert_eq!(doubt("Llama3_8B"), None);
    for kind in [Kind::Hardware, Kind::Models, Kind::Grids] {
        for (id, ..) in registry.list(kind) {
            let entry = registry.entry_json(Physics::Studio, kind, &id).unwrap();
            let said = entry["confidence"].as_str();
            assert!(
                said.is_none_or(|word| mlsysim_tui::registry::CONFIDENCE.contains(&word)),
                "{id}: {said:?}"
            );
        }
    }
}

#[test]
fn what_would_have_no_effect_is_refused() {
    let text =
        "prices:\n  H100: {value: 1}\nsystems:\n  Market_H100: {facts: {a: 1}}\n  Mine: {name: mine}\n";
    let (_, problems) = with(&[("own.yaml", text)]);
    let said: Vec<(usize, &str)> = problems.iter().map(|one| (one.line, one.message.as_str())).collect();
    assert_eq!(said.len(), 3, "{said:?}");
    assert!(said[0].0 == 1 && said[0].1.contains("write `unit_cost` or `rent`"), "{said:?}");
    assert!(said[1].0 == 4 && said[1].1.contains("group `market`"), "{said:?}");
    assert!(said[2].0 == 5 && said[2].1.contains("write its `group`: one of dataset"), "{said:?}");
}
