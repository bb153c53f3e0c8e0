//! A search walks a hundred thousand points without asking for memory. A test of its own, since counting
//! takes the allocator of the whole process.
#![allow(clippy::unwrap_used)]

use mlsysim_tui::plan::Options;
use mlsysim_tui::registry::{Physics, Registry};
use mlsysim_tui::search::axis::Axis;
use mlsysim_tui::search::points::{Evaluator, Outcome, Space};

const SERVE: &str = include_str!("../sample-plans/serve-llama3-70b-on-eight.yaml");
const TRAIN: &str = include_str!("../sample-plans/train-llama3-8b-64.yaml");

fn axis(path: &str, values: &[&str]) -> Axis {
    Axis::new(path, values.iter().map(|value| (*value).to_owned()).collect())
}

/// Blocks of memory that walking a space takes, once its entries of the registry have been met; and the points
/// that are plans.
fn walked(text: &str, physics: Option<Physics>, axes: Vec<Axis>) -> (u64, u64) {
    let registry = Registry::builtin();
    let space = Space::new(text, &registry, Options { physics, ..Options::default() }, axes).unwrap();
    let mut evaluator = Evaluator::new(&space);
    let mut plans = 0;
    let mut walk = || {
        plans = 0;
        for point in 0..space.len() {
            plans += u64::from(matches!(evaluator.figures(point), Outcome::Figures(_)));
        }
    };
    walk();
    let taken = allocation_counter::measure(&mut walk).count_total;
    (taken, plans)
}

#[test]
fn a_point_takes_no_memory_from_the_heap() {
    let serve = |more: &[(&str, &[&str])]| {
        let mut axes = vec![
            axis("hardware.name", &["H100", "H200", "A100", "MI300X"]),
            axis("hardware.precision", &["fp16", "fp8"]),
            axis("workload.seq_len", &["512", "4096", "32768"]),
            axis("workload.batch_size", &["1", "2", "16", "100", "512"]),
        ];
        axes.extend(more.iter().map(|(path, values)| axis(path, values)));
        axes
    };
    let train = vec![
        axis("hardware.name", &["H100", "H200", "A100"]),
        axis("hardware.precision", &["bf16", "fp8"]),
        axis("parallelism.tensor", &["1", "2", "8", "auto"]),
        axis("parallelism.recompute", &["none", "selective", "full", "auto"]),
        axis("workload.batch_size", &["64", "512", "4096"]),
    ];
    let linked = Axis { linked: true, ..axis("parallelism.tensor", &["1", "8"]) };
    let spaces = [
        ("serve", SERVE, None, serve(&[])),
        ("division searched", SERVE, None, serve(&[("parallelism.tensor", &["auto", "2", "8"])])),
        ("under load", SERVE, None, serve(&[("workload.serve.request_rate", &["0.1/s", "4/s", "400/s"])])),
        ("a draft", SERVE, None, serve(&[("workload.serve.draft_model", &["Llama3_8B", "null"])])),
        ("two pools", SERVE, None, serve(&[("workload.serve.decode_hardware", &["H200", "null"])])),
        ("another model", SERVE, None, serve(&[("workload.name", &["Mixtral_8x7B", "GPT2", "Llama3_8B"])])),
        (
            "places",
            SERVE,
            None,
            serve(&[("ops.region", &["Quebec", "Poland"]), ("ops.acquisition", &["buy", "rent"])]),
        ),
        (
            "together",
            SERVE,
            None,
            [vec![axis("hardware.accelerators", &["8", "64"]), linked], serve(&[])].concat(),
        ),
        ("train", TRAIN, None, train.clone()),
        ("serve, mlsysim", SERVE, Some(Physics::Mlsysim), serve(&[])),
        ("train, mlsysim", TRAIN, Some(Physics::Mlsysim), train[..2].to_vec()),
    ];
    for (name, text, physics, axes) in spaces {
        let (taken, plans) = walked(text, physics, axes);
        assert!(plans > 5, "{name}: {plans} plans");
        assert_eq!(taken, 0, "{name}: {taken} blocks for {plans} plans");
    }
}

/// What is counted is counted: a point that is no plan says why.
#[test]
fn a_refusal_takes_memory() {
    let axes = vec![axis("parallelism.tensor", &["8", "16"])];
    let (taken, plans) = walked(SERVE, None, axes);
    assert_eq!(plans, 1);
    assert!(taken > 0);
}
