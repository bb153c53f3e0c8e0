//! Points without texts against points by way of their texts.

use proptest::prelude::*;
use proptest::sample::{Index, select, subsequence};

use super::*;
use crate::metrics::Lens;
use crate::registry::Physics;

const PLAN: &str =
    "version: \"1.0\"\nname: x\nworkload: {name: Llama3_8B, mode: serve} # kept\nhardware: {name: H100}\n";

const BASES: &[&str] = &[
    PLAN,
    include_str!("../../../sample-plans/serve-llama3-70b-on-eight.yaml"),
    include_str!("../../../sample-plans/serve-llama3-70b.yaml"),
    include_str!("../../../sample-plans/train-llama3-8b-64.yaml"),
    include_str!("../../../sample-plans/reference-profile.yaml"),
    // Two pools, a draft, a rate, promises.
    "version: 1
name: pools
workload:
  name: Llama3_70B
  batch_size: 16
  serve: {prompt_tokens: 2000, output_tokens: 300, request_rate: 3/s, draft_model: Llama3_8B, decode_hardware: H200}
hardware: {name: H100, accelerators: 8}
ops: {region: Quebec, duration_days: 90}
constraints:
  assert:
    - {metric: performance.itl_ms, max: 12}
    - {metric: macro.tco_usd, max: 300000, min: 10}
    - {metric: performance.hfu, max: 1}
",
    // Data that the step may wait for.
    "version: 1
name: vision
workload: {name: ResNet50, mode: train, batch_size: 512, train: {optimizer: sgd}}
hardware: {name: A100, node_count: 2, accelerators_per_node: 8}
data: {dataset: ImageNet1k_Train, storage_bandwidth: 1 GB/s, cpu_workers: 16}
ops: {acquisition: rent, rent_usd_per_accelerator_hour: 2, carbon_usd_per_tonne: 50}
",
    // Weights that stream in.
    "version: 1
name: wafer
workload: {name: Llama3_8B, mode: serve, batch_size: 4}
hardware: {name: Cerebras_CS3}
",
    "version: 1
name: encoder
workload: {name: BERT_Base, mode: serve, batch_size: 64, seq_len: 512}
hardware: {name: T4, accelerators: 2}
ops: {}
",
    // Wrong in itself.
    "version: 1
name: wrong
workload: {name: Llama3_8B, mode: sing}
hardware: {name: H100}
",
];

/// Fields and values, sound ones and others.
const FIELDS: &[(&str, &[&str])] = &[
    ("name", &["a", "\"b: c\""]),
    ("physics", &["studio", "mlsysim"]),
    (
        "workload.name",
        &["Llama3_8B", "Mixtral_8x7B", "ResNet50", "BERT_Base", "GPT2", "StableDiffusion", "nobody"],
    ),
    ("workload.mode", &["serve", "train", "auto"]),
    ("workload.batch_size", &["1", "8", "96", "1000", "0", "2.5", "null"]),
    ("workload.seq_len", &["128", "8192", "200000"]),
    ("workload.stack", &["auto", "vllm", "fsdp", "llama.cpp", "megatron"]),
    ("workload.serve.prompt_tokens", &["100", "4000", "null"]),
    ("workload.serve.output_tokens", &["1", "700"]),
    ("workload.serve.request_rate", &["0.5/s", "40/s", "1000/s", "7"]),
    ("workload.serve.cached_prefix_tokens", &["0", "90", "3000"]),
    ("workload.serve.prefill_chunk_tokens", &["256", "8192", "null"]),
    ("workload.serve.kv_block_tokens", &["16", "null"]),
    ("workload.serve.draft_acceptance", &["0.6", "0.9"]),
    ("workload.serve.reasoning_steps", &["1", "8"]),
    ("workload.serve.kv_precision", &["fp8", "fp16", "null", "nvfp4"]),
    ("workload.serve.draft_model", &["GPT2", "ResNet50", "null"]),
    ("workload.serve.decode_hardware", &["A100", "H100", "null"]),
    ("workload.train.tokens", &["1e9", "1.0e12"]),
    ("workload.train.lora_rank", &["0", "16"]),
    ("workload.train.checkpoint_interval", &["10 min", "2 h"]),
    ("workload.train.dp_epsilon", &["1.5", "null"]),
    ("workload.train.optimizer", &["adam", "sgd", "none"]),
    ("workload.train.gradient_accumulation", &["1", "4"]),
    ("hardware.name", &["H100", "A100", "MI300X", "RTX4090", "GB200_NVL72", "T4", "Cerebras_CS3", "H1000"]),
    ("hardware.accelerators", &["1", "2", "8", "12", "64", "100"]),
    ("hardware.node_count", &["1", "2", "3"]),
    ("hardware.accelerators_per_node", &["4", "8", "6"]),
    ("hardware.intra_node_bw", &["100 GB/s", "900 GB/s", "null", "0 GB/s"]),
    ("hardware.fabric_bandwidth", &["100 Gbit/s", "50 GB/s"]),
    ("hardware.precision", &["fp16", "fp8", "int8", "int4", "fp32", "tf32", "nvfp4", "q4_k_m"]),
    ("hardware.efficiency", &["0.4", "auto", "40%"]),
    ("parallelism.tensor", &["1", "2", "8", "auto"]),
    ("parallelism.pipeline", &["1", "4", "auto"]),
    ("parallelism.data", &["1", "2", "8"]),
    ("parallelism.expert", &["1", "4", "16"]),
    ("parallelism.context", &["1", "2"]),
    ("parallelism.zero", &["0", "1", "3", "auto"]),
    ("parallelism.microbatches", &["1", "16"]),
    ("parallelism.virtual_stages", &["1", "2"]),
    ("parallelism.recompute", &["none", "selective", "full", "auto"]),
    ("parallelism.overlap", &["true", "false"]),
    ("data.sample_bytes", &["150 kB", "2 MB"]),
    ("data.storage_bandwidth", &["10 MB/s", "100 GB/s"]),
    ("data.cpu_workers", &["1", "500"]),
    ("ops.region", &["Quebec", "Poland", "null"]),
    ("ops.duration_days", &["30", "365"]),
    ("ops.acquisition", &["buy", "rent"]),
    ("ops.utilization", &["0.3", "1"]),
    ("ops.rent_usd_per_accelerator_hour", &["2.5", "null"]),
    ("ops.electricity_usd_per_kwh", &["0.05", "null"]),
    ("ops.carbon_usd_per_tonne", &["0", "100"]),
    ("ops.infrastructure_multiplier", &["1", "1.5"]),
];

fn axis(path: &str, values: &[&str]) -> Axis {
    Axis::new(path, values.iter().map(|&value| value.into()).collect())
}

/// What a text's point must be: figures to the last bit, or one of the errors.
fn agrees(space: &Space<'_>, i: u64, found: &Outcome) -> Result<(), String> {
    let expected = by_text(space, i);
    let told = || format!("point {i}, {:?}: {found:?} instead of {expected:?}", space.edits(i));
    let same = match (&expected, found) {
        (Outcome::Figures(expected), Outcome::Figures(found)) => expected == found,
        (Outcome::Refused(_), Outcome::Refused(why)) => {
            let text = space.text(i).map_err(|error| error.to_string())?;
            let reading = plan::read(&text, space.registry, space.options);
            reading.diagnostics.iter().any(|d| d.severity == Severity::Error && d.message == *why)
        }
        _ => false,
    };
    if same { Ok(()) } else { Err(told()) }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn figures_are_those_of_the_report_of_the_edited_text(
        base in select(BASES),
        fields in subsequence(FIELDS, 0..=4),
        physics in select(&[None, None, Some(Physics::Mlsysim)][..]),
        linked in any::<bool>(),
        points in prop::collection::vec(any::<Index>(), 5),
    ) {
        let registry = Registry::builtin();
        let options = Options { physics, ..Options::default() };
        let mut axes: Vec<Axis> = fields.iter().map(|(path, values)| axis(path, values)).collect();
        if let [.., before, last] = &mut axes[..] && linked {
            // As long as the other one, from the start again where it is shorter.
            let values: Vec<String> = last.values.iter().cycle().take(before.values.len()).cloned().collect();
            *last = Axis { values, linked, ..last.clone() };
        }
        let Ok(space) = Space::new(base, &registry, options, axes) else { return Ok(()) };
        let mut evaluator = Evaluator::new(&space);
        for point in points {
            let i = point.index(space.len() as usize) as u64;
            let told = agrees(&space, i, &evaluator.figures(i));
            prop_assert!(told.is_ok(), "{}", told.unwrap_err());
        }
    }
}

#[test]
fn what_is_usual_needs_no_text() {
    let registry = Registry::builtin();
    for base in BASES.iter().filter(|base| !base.contains("mode: sing")) {
        let axes =
            vec![axis("workload.batch_size", &["1", "2"]), axis("hardware.accelerators", &["8", "16"])];
        let space = Space::new(base, &registry, Options::default(), axes);
        // One plan gives its nodes, so that a total of its own contradicts them: still no text is needed.
        assert!(space.unwrap().direct.is_some(), "{base}");
    }
}

#[test]
fn the_last_axis_turns_fastest() {
    let registry = Registry::builtin();
    let axes = vec![axis("workload.batch_size", &["1", "2"]), axis("hardware.name", &["H100", "A100", "no"])];
    let space = Space::new(PLAN, &registry, Options::default(), axes).unwrap();
    assert_eq!(space.len(), 6);
    assert_eq!(space.values(0), ["1", "H100"]);
    assert_eq!(space.values(1), ["1", "A100"]);
    assert_eq!(space.values(5), ["2", "no"]);
    assert!(space.text(4).unwrap().contains("# kept"));
    let mut evaluator = Evaluator::new(&space);
    let itl = |outcome: &Outcome| outcome.figures().unwrap().metric(Lens::Performance, "itl_ms").unwrap();
    assert!(itl(&evaluator.figures(0)) < itl(&evaluator.figures(3)));
    assert!(matches!(evaluator.figures(5), Outcome::Refused(why) if why.contains("unknown accelerator")));
}

#[test]
fn axes_that_turn_together_are_one() {
    let registry = Registry::builtin();
    let linked = Axis { linked: true, ..axis("parallelism.tensor", &["1", "2"]) };
    let axes = vec![
        axis("workload.batch_size", &["1", "8"]),
        axis("hardware.accelerators", &["1", "2"]),
        linked.clone(),
        axis("hardware.name", &["H100", "A100", "H200"]),
    ];
    let space = Space::new(PLAN, &registry, Options::default(), axes).unwrap();
    assert_eq!(space.len(), 2 * 2 * 3);
    let all: Vec<Vec<&str>> = (0..space.len()).map(|i| space.values(i)).collect();
    assert!(all.iter().all(|values| values[1] == values[2]));
    assert_eq!(all[3], ["1", "2", "2", "H100"]);
    assert_eq!(all[7], ["8", "1", "1", "A100"]);
    let mut evaluator = Evaluator::new(&space);
    for i in 0..space.len() {
        agrees(&space, i, &evaluator.figures(i)).unwrap();
    }
    let space = |axes| Space::new(PLAN, &registry, Options::default(), axes).map(|space| space.len());
    assert!(matches!(space(vec![linked.clone()]), Err(SpaceError::Unequal(_))));
    let short = vec![axis("hardware.accelerators", &["1"]), linked];
    assert!(matches!(space(short), Err(SpaceError::Unequal(_))));
}

#[test]
fn a_space_that_cannot_be_is_refused() {
    let registry = Registry::builtin();
    let space = |axes| Space::new(PLAN, &registry, Options::default(), axes).map(|space| space.len());
    assert_eq!(space(vec![]), Ok(1));
    assert!(matches!(space(vec![axis("name", &[])]), Err(SpaceError::NoValues(_))));
    let twice = vec![axis("name", &["a"]), axis("name", &["b"])];
    assert!(matches!(space(twice), Err(SpaceError::Twice(_))));
    assert!(matches!(space(vec![axis("workload.name.x", &["H100"])]), Err(SpaceError::Edit { .. })));
    assert!(matches!(space(vec![axis("name", &["a", "b\nc"])]), Err(SpaceError::Edit { .. })));
}
