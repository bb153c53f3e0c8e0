//! Benchmarks of the path from text to report: `cargo bench --bench engine`.
#![allow(clippy::unwrap_used, missing_docs)]

#[path = "sweeps.rs"]
mod sweeps;

use std::hint::black_box;
use std::sync::atomic::AtomicBool;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use mlsysim_tui::plan::Options;
use mlsysim_tui::search::points::{Evaluator, Space};
use mlsysim_tui::search::run::{self, Walk};
use mlsysim_tui::{engine, plan, registry::Registry, yaml};
use sweeps::{PLANS, Sweep};

fn text_to_report(c: &mut Criterion) {
    let registry = Registry::builtin();
    for (name, text) in PLANS {
        let plan = plan::read(text, &registry, Options::default()).plan.unwrap();
        let mut group = c.benchmark_group(*name);
        group.bench_function("parse", |b| b.iter(|| yaml::parse(black_box(text))));
        group.bench_function("read", |b| {
            b.iter(|| plan::read(black_box(text), &registry, Options::default()));
        });
        group.bench_function("evaluate", |b| b.iter(|| engine::evaluate(black_box(&plan), &registry)));
        group.bench_function("text to report", |b| {
            b.iter(|| {
                let plan = plan::read(black_box(text), &registry, Options::default()).plan.unwrap();
                engine::evaluate(&plan, &registry)
            });
        });
        group.finish();
    }
}

fn points(c: &mut Criterion) {
    let registry = Registry::builtin();
    for Sweep { name, text, physics, axes } in sweeps::sweeps() {
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
