//! Sweeps of 100,000 points that benchmarks walk.

use mlsysim_tui::registry::Physics;
use mlsysim_tui::search::axis::Axis;

/// A plan of ours for each kind of work.
pub const PLANS: &[(&str, &str)] = &[
    ("serve", include_str!("../../sample-plans/serve-llama3-70b-on-eight.yaml")),
    ("serve, does not fit", include_str!("../../sample-plans/serve-llama3-70b.yaml")),
    ("train", include_str!("../../sample-plans/train-llama3-8b-64.yaml")),
    ("reference", include_str!("../../sample-plans/reference-profile.yaml")),
];

/// One sweep.
pub struct Sweep {
    /// What it is.
    pub name: &'static str,
    /// The plan.
    pub text: &'static str,
    /// Forced physics.
    pub physics: Option<Physics>,
    /// 100,000 points.
    pub axes: Vec<Axis>,
}

fn axis(path: &str, values: impl IntoIterator<Item = impl ToString>) -> Axis {
    Axis::new(path, values.into_iter().map(|value| value.to_string()).collect())
}

/// All of them.
pub fn sweeps() -> Vec<Sweep> {
    let (served, trained) = (PLANS[0].1, PLANS[2].1);
    // Everything fits: what does not is refused early, and would flatter.
    let serve = || {
        vec![
            axis("hardware.name", ["H200", "B200", "MI300X", "MI325X"]),
            axis("hardware.precision", ["fp16", "fp8"]),
            axis("workload.seq_len", (1..=25).map(|i| i * 64)),
            axis("workload.batch_size", 1..=500),
        ]
    };
    let with = |mut axes: Vec<Axis>, path: &str, value: &str| {
        axes.push(axis(path, [value]));
        axes
    };
    let train = |tensor: &[&str]| {
        vec![
            axis("hardware.name", ["H100", "H200", "B200", "A100"]),
            axis("hardware.precision", ["bf16", "fp8"]),
            axis("parallelism.tensor", tensor),
            axis("parallelism.recompute", ["none", "selective", "full", "auto", "null"]),
            axis("workload.batch_size", (1..=2500 / tensor.len()).map(|i| i * 64)),
        ]
    };
    let studio = |name, text, axes| Sweep { name, text, physics: None, axes };
    let mlsysim = |name, text, axes| Sweep { name, text, physics: Some(Physics::Mlsysim), axes };
    vec![
        studio("serve", served, serve()),
        studio("serve, division searched", served, with(serve(), "parallelism.tensor", "auto")),
        studio("serve under load", served, with(serve(), "workload.serve.request_rate", "4/s")),
        studio("train", trained, train(&["1", "2", "4", "8"])),
        studio("train, division searched", trained, train(&["auto"])),
        mlsysim("one accelerator, mlsysim", served, with(serve(), "hardware.accelerators", "1")),
        mlsysim("fleet, mlsysim", trained, train(&["1"])),
    ]
}
