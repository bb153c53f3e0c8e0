//! Benchmarks of the path from text to report: `cargo bench --bench engine`.
#![allow(clippy::unwrap_used, missing_docs)]

use std::hint::black_box;
use std::sync::atomic::AtomicBool;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use mlsysim_tui::plan::Options;
use mlsysim_tui::registry::Physics;
use mlsysim_tui::search::axis::Axis;
use mlsysim_tui::search::points::{Evaluator, Space};
use mlsysim_tui::search::run::{self, Walk};
use mlsysim_tui::{engine, plan, registry::Registry, yaml};

const PLANS: &[(&str, &str)] = &[
    ("serve", include_str!("../../sample-plans/serve-llama3-70b-on-eight.yaml")),
    ("serve-oom", include_str!("../../sample-plans/serve-llama3-70b.yaml")),
    ("train", include_str!("../../sample-plans/train-llama3-8b-64.yaml")),
    ("reference", include_str!("../../sample-plans/reference-profile.yaml")),
];

fn text_to_report(c: &mut Criterion) {
    let registry = Registry::builtin();
    for (name, text) in PLANS {
        let plan = plan::read(text, &registry, plan::Options::default()).plan.unwrap();
        let mut group = c.benchmark_group(*name);
        group.bench_function("parse", |b| b.iter(|| yaml::parse(black_box(text))));
        group.bench_function("read", |b| {
            b.iter(|| plan::read(black_box(text), &registry, plan::Options::default()));
        });
        group.bench_function("evaluate", |b| b.iter(|| engine::evaluate(black_box(&plan), &registry)));
        group.bench_function("text to report", |b| {
            b.iter(|| {
                let plan = plan::read(black_box(text), &registry, plan::Options::default()).plan.unwrap();
                engine::evaluate(&plan, &registry)
            });
        });
        group.finish();
    }
}

/// Name, plan, physics, and the axes of a sweep of 100,000 points.
type Sweep = (&'static str, &'static str, Option<Physics>, Vec<Axis>);

fn axis(path: &str, values: impl IntoIterator<Item = impl ToString>) -> Axis {
    Axis { path: path.into(), values: values.into_iter().map(|value| value.to_string()).collect() }
}

fn sweeps() -> Vec<Sweep> {
    let batches = || axis("workload.batch_size", 1..=500);
    let lengths = || axis("workload.seq_len", (1..=25).map(|i| i * 512));
    let formats = || axis("hardware.precision", ["fp16", "fp8"]);
    let devices = || axis("hardware.name", ["H100", "H200", "B200", "A100"]);
    let serve = || vec![devices(), formats(), lengths(), batches()];
    let mut under_load = serve();
    under_load.push(axis("workload.serve.request_rate", ["4/s"]));
    let mut open = serve();
    open.push(axis("parallelism.tensor", ["auto"]));
    let train = |tensor: &[&str]| {
        vec![
            devices(),
            formats(),
            axis("parallelism.tensor", tensor),
            axis("parallelism.recompute", ["none", "selective", "full", "auto", "null"]),
            axis("workload.batch_size", (1..=2500 / tensor.len()).map(|i| i * 64)),
        ]
    };
    vec![
        ("serve", PLANS[0].1, None, serve()),
        ("serve under load", PLANS[0].1, None, under_load),
        ("serve, division searched", PLANS[0].1, None, open),
        ("train", PLANS[2].1, None, train(&["1", "2", "4", "8"])),
        ("train, division searched", PLANS[2].1, None, train(&["auto"])),
        ("serve, mlsysim", PLANS[0].1, Some(Physics::Mlsysim), serve()),
        ("train, mlsysim", PLANS[2].1, Some(Physics::Mlsysim), train(&["1"])),
    ]
}

fn points(c: &mut Criterion) {
    let registry = Registry::builtin();
    for (name, text, physics, axes) in sweeps() {
        let options = Options { physics, ..Options::default() };
        let space = Space::new(text, &registry, options, axes).unwrap();
        let mut group = c.benchmark_group("points");
        group.sample_size(10).throughput(Throughput::Elements(space.len()));
        group.bench_function(name, |b| {
            b.iter(|| {
                let mut evaluator = Evaluator::new(&space);
                for point in 0..space.len() {
                    black_box(evaluator.figures(point));
                }
            });
        });
        let cancel = AtomicBool::new(false);
        group.bench_function(format!("{name}, 2 threads"), |b| {
            b.iter(|| {
                let walk = Walk { range: 0..space.len(), threads: 2, cancel: &cancel };
                run::walk(&space, &walk, |_, outcomes| black_box(outcomes.len()), |_, _| true)
            });
        });
        group.finish();
    }
}

criterion_group!(benches, text_to_report, points);
criterion_main!(benches);
