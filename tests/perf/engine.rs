//! Benchmarks of the path from text to report: `cargo bench --bench engine`.
#![allow(clippy::unwrap_used, missing_docs)]

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
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

criterion_group!(benches, text_to_report);
criterion_main!(benches);
