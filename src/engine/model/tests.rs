use super::inference::{Engine, Serving};
use super::primitives::{Rates, smooth_max};
use super::*;

/// Llama-3-8B on one H100 under the default serving stack.
pub(super) fn case() -> Case {
    let shape = Shape::new(&ShapeSpec {
        layers: 32.0,
        hidden: 4096.0,
        heads: Some(32.0),
        kv_heads: Some(8.0),
        ffn: Some(14336.0),
        gated: true,
        vocab: Some(128256.0),
        params: Some(8.03e9),
        ..ShapeSpec::default()
    });
    Case {
        shape,
        device: Device {
            family: Family::Hopper,
            peak16: 989e12,
            peak8: 1979e12,
            peak32: 0.0,
            bandwidth: 3.35e12,
            capacity: 80.0 * GIB,
            intra: 450e9,
            bridge: None,
            units: 132.0,
            power_w: 700.0,
        },
        node: 8.0,
        nic: 50e9,
        stack: Stack::serving_default(false),
        format: Format {
            class: ComputeClass::Sixteen,
            weight_bytes: 2.0,
            weight_only: false,
            head_bytes: 2.0,
            fp4: false,
            total_bytes: None,
        },
        split: Split::ONE,
        devices: 1.0,
        training: false,
        sequence_parallel: true,
        efficiency: None,
    }
}

#[test]
fn decode_of_an_8b_model_takes_a_little_longer_than_reading_its_weights() {
    let case = case();
    let rates = Rates::of(&case);
    let serving = Serving { kv_bytes: 2.0, chunk: 8192.0, max_sequences: 1024.0, stream: None };
    let step = Engine::new(&case, &rates, &serving).decode(1.0, 1024.0);
    let floor = memory::weights_local(&case) / case.device.bandwidth;
    assert!(step.total > floor && step.total < 2.0 * floor, "{step:?} against {floor}");
}

#[test]
fn a_step_by_itself_takes_what_its_parts_take() {
    let plain = case();
    let split = Split { tensor: 4.0, pipeline: 2.0, expert: 2.0, ..Split::ONE };
    let experts = Shape::new(&ShapeSpec {
        layers: 32.0,
        hidden: 4096.0,
        heads: Some(32.0),
        kv_heads: Some(8.0),
        vocab: Some(32000.0),
        gated: true,
        experts: 8.0,
        top_k: Some(2.0),
        expert_ffn: Some(14336.0),
        window: Some((4096.0, 0.5)),
        ..ShapeSpec::default()
    });
    let host = Stack::by_name("transformers").unwrap_or(plain.stack);
    let cases = [
        plain,
        Case { split, devices: 8.0, ..plain },
        Case { shape: experts, split, devices: 8.0, stack: host, ..plain },
    ];
    for case in &cases {
        let rates = Rates::of(case);
        let serving = Serving { kv_bytes: 2.0, chunk: 8192.0, max_sequences: 1024.0, stream: None };
        let engine = Engine::new(case, &rates, &serving);
        for (context, positions) in [(100.0, 1.0), (9000.0, 1.0), (3000.0, 5.0)] {
            let steps = engine.steps(context, positions);
            for batch in [0.5, 1.0, 1.7, 8.0, 127.0, 128.5, 256.0, 1000.0] {
                let (found, wanted) = (steps.seconds(batch), engine.verify(batch, context, positions).total);
                assert!((found / wanted - 1.0).abs() < 1e-13, "{batch} at {context}: {found} for {wanted}");
            }
        }
    }
}

#[test]
fn a_cached_prefix_shortens_prefill() {
    let case = case();
    let rates = Rates::of(&case);
    let serving = Serving { kv_bytes: 2.0, chunk: 8192.0, max_sequences: 1024.0, stream: None };
    let engine = Engine::new(&case, &rates, &serving);
    let prefill = |cached| engine.prefill(1.0, 8000.0, cached).total;
    assert!(prefill(6000.0) < 0.5 * prefill(0.0));
    assert!(prefill(8000.0).is_finite());
}

#[test]
fn the_smooth_maximum_is_the_cube_root_of_its_definition() {
    let larger = 3.7e-3;
    let mut before = larger;
    for step in 0..=4096 {
        let smaller = larger * f64::from(step) / 4096.0;
        let found = smooth_max(smaller, larger);
        let wanted = larger * (1.0 + (smaller / larger).powi(3)).cbrt();
        assert!((found / wanted - 1.0).abs() < 1e-15, "{smaller}: {found} for {wanted}");
        assert!(found >= before * (1.0 - 1e-15), "it never falls");
        before = found;
    }
    assert_eq!(smooth_max(larger, 0.0), larger);
    assert_eq!(smooth_max(f64::INFINITY, 1.0), f64::INFINITY);
}

#[test]
fn a_group_of_one_costs_nothing() {
    let case = case();
    assert_eq!(primitives::all_reduce(&case, 1e9, 1.0, 1.0), 0.0);
    assert_eq!(primitives::gather(&case, 1e9, 1.0, 1.0, 1.0), 0.0);
    assert_eq!(primitives::dispatch(&case, 1.0).seconds(1e3), 0.0);
    assert_eq!(smooth_max(0.0, 0.0), 0.0);
}

#[test]
fn families_are_recognised_by_name_and_else_by_bandwidth() {
    for (name, family) in [
        ("H100", Family::Hopper),
        ("NVIDIA H100 PCIe", Family::Hopper),
        ("GB200_NVL72", Family::Blackwell),
        ("A100_40GB", Family::Ampere),
        ("RTX_4090", Family::Ada),
        ("T4", Family::Turing),
        ("L40S", Family::Ada),
        ("MI300X", Family::Cdna),
        ("TPUv5p", Family::Tpu),
        ("NVIDIA Tesla T4", Family::Turing),
        ("Apple M3 Max", Family::Apple),
    ] {
        assert_eq!(Family::of_device(name, 1e12), family, "{name}");
    }
    assert_eq!(Family::of_device("nRF52840", 1e8), Family::GenericEdge);
    assert_eq!(Family::of_device("CS-3", 2e16), Family::GenericHbm);
}

#[test]
fn stacks_are_found_by_their_usual_names() {
    assert_eq!(Stack::by_name("NeMo").map(|stack| stack.name), Some("megatron"));
    assert_eq!(Stack::by_name("ollama").map(|stack| stack.name), Some("llama.cpp"));
    assert!(Stack::by_name("abacus").is_none());
    assert!(constants::STACKS.iter().all(|stack| Stack::by_name(stack.name).is_some()));
}
