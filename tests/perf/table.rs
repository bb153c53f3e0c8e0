//! Writes `docs/performance.md`: `cargo bench --bench table`.
//!
//! Times are of the processor, not of the clock, where one thread works: they hardly change when the machine
//! is busy with something else. With `PYTHON=path/to/python cargo bench --bench table`, the public mlsysim
//! that this interpreter can import is measured in the same run.
#![allow(clippy::unwrap_used, missing_docs)]

#[path = "sweeps.rs"]
mod sweeps;

use std::fmt::Write as _;
use std::fs;
use std::hint::black_box;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use mlsysim_tui::engine;
use mlsysim_tui::plan::{self, Options};
use mlsysim_tui::registry::{Physics, Registry};
use mlsysim_tui::search::axis::Axis;
use mlsysim_tui::search::points::{Evaluator, Outcome, Space};
use mlsysim_tui::search::run::{self, Walk};
use sweeps::{PLANS, sweeps};

const PROGRAM: &str = env!("CARGO_BIN_EXE_mlsysim-tui");
const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// Processor seconds of this thread; of the clock where the system does not tell.
fn now() -> f64 {
    thread_local! { static START: Instant = Instant::now(); }
    let told = fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanoseconds = told.and_then(|text| text.split(' ').next()?.parse::<f64>().ok());
    nanoseconds.map_or_else(|| START.with(|start| start.elapsed().as_secs_f64()), |time| time / 1e9)
}

/// Processor seconds of one call, the median of `rounds` rounds of `calls`.
fn seconds(rounds: usize, calls: usize, mut work: impl FnMut()) -> f64 {
    let mut all: Vec<f64> = (0..rounds)
        .map(|_| {
            let start = now();
            (0..calls).for_each(|_| work());
            (now() - start) / calls as f64
        })
        .collect();
    all.sort_by(f64::total_cmp);
    all[rounds / 2]
}

fn texts(out: &mut String) {
    let registry = Registry::builtin();
    out.push_str("## One plan\n\nText to full report, suggestions included. Budget: 0.25 ms.\n\n");
    out.push_str("| plan | read | evaluate | text to report |\n| --- | ---: | ---: | ---: |\n");
    for (name, text) in PLANS {
        let read = || plan::read(black_box(text), &registry, Options::default()).plan.unwrap();
        let plan = read();
        let reading = seconds(9, 200, || _ = black_box(read()));
        let evaluating = seconds(9, 200, || _ = black_box(engine::evaluate(&plan, &registry)));
        let both = reading + evaluating;
        let ms = |seconds: f64| format!("{:.3} ms", seconds * 1e3);
        writeln!(out, "| {name} | {} | {} | {} |", ms(reading), ms(evaluating), ms(both)).unwrap();
    }
}

/// Points a second of one thread, by processor time, and how many of them are plans.
fn rate(space: &Space<'_>) -> (f64, u64) {
    let mut plans = 0;
    let time = seconds(3, 1, || {
        plans = 0;
        let mut evaluator = Evaluator::new(space);
        for point in 0..space.len() {
            plans += u64::from(matches!(black_box(evaluator.figures(point)), Outcome::Figures(_)));
        }
    });
    (space.len() as f64 / time, plans)
}

/// How much faster two threads are, by the clock: the best of five walks each.
fn scaling(space: &Space<'_>) -> f64 {
    let cancel = AtomicBool::new(false);
    let best = |threads| {
        let walk = Walk { range: 0..space.len(), threads, cancel: &cancel };
        (0..5)
            .map(|_| {
                let start = Instant::now();
                run::walk(space, &walk, |_, outcomes| black_box(outcomes.len()), |_, _| true);
                start.elapsed().as_secs_f64()
            })
            .fold(f64::INFINITY, f64::min)
    };
    best(1) / best(2)
}

fn thousands(number: f64) -> String {
    let digits = format!("{number:.0}");
    let mut out = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

fn points(out: &mut String) {
    let registry = Registry::builtin();
    out.push_str(
        "\n## Sweeps\n\n100,000 points each, all three lenses and the binding wall of every point. Budget: 200,000 \
         points a second on one core.\n\n",
    );
    out.push_str("| sweep | points/s, one core | a point | two threads |\n| --- | ---: | ---: | ---: |\n");
    for sweep in sweeps() {
        let options = Options { physics: sweep.physics, ..Options::default() };
        let space = Space::new(sweep.text, &registry, options, sweep.axes).unwrap();
        let (rate, plans) = rate(&space);
        assert_eq!((space.len(), plans), (100_000, 100_000), "{}", sweep.name);
        let each = format!("{:.2} µs", 1e6 / rate);
        writeln!(out, "| {} | {} | {each} | ×{:.2} |", sweep.name, thousands(rate), scaling(&space)).unwrap();
    }
}

/// The public mlsysim beside this program, on the same plans.
fn beside(out: &mut String, python: &str) {
    let plan = Path::new(ROOT).join("sample-plans/reference-profile.yaml");
    let script = Path::new(ROOT).join("tests/perf/mlsysim_rate.py");
    let answer = Command::new(python).arg(script).arg(plan).stderr(Stdio::null()).output().unwrap();
    let answer: serde_json::Value = serde_json::from_slice(&answer.stdout)
        .unwrap_or_else(|_| panic!("{python} cannot import mlsysim and evaluate a plan with it"));
    let theirs = answer["plans_per_second"].as_f64().unwrap();
    let registry = Registry::builtin();
    let values = (1..=100_000).map(|batch| batch.to_string()).collect();
    let axes = vec![Axis::new("workload.batch_size", values)];
    let options = Options { physics: Some(Physics::Mlsysim), ..Options::default() };
    let (ours, _) = rate(&Space::new(PLANS[3].1, &registry, options, axes).unwrap());
    writeln!(
        out,
        "\n## Beside mlsysim\n\n`sample-plans/reference-profile.yaml` at one batch size after the other, one core, in one \
         run. Of mlsysim only its evaluator is timed, with all objects built before.\n\n\
         | program | plans/s |\n| --- | ---: |\n| mlsysim {} | {} |\n| this program, `physics: mlsysim` | {} |\n\n\
         The ratio is {}.",
        answer["version"].as_str().unwrap(),
        thousands(theirs),
        thousands(ours),
        thousands(ours / theirs),
    )
    .unwrap();
}

fn program(out: &mut String) {
    let plan = Path::new(ROOT).join("sample-plans/serve-llama3-70b-on-eight.yaml");
    let mut all: Vec<f64> = (0..40)
        .map(|_| {
            let start = Instant::now();
            let run = Command::new(PROGRAM).arg("eval").arg(&plan).stdout(Stdio::null()).status().unwrap();
            assert!(run.success());
            start.elapsed().as_secs_f64()
        })
        .collect();
    all.sort_by(f64::total_cmp);
    let size = fs::metadata(PROGRAM).unwrap().len();
    writeln!(
        out,
        "\n## The program\n\n| what | measured | budget |\n| --- | ---: | ---: |\n\
         | `eval PLAN` as a process, median by the clock | {:.1} ms | 10 ms |\n| binary | {:.1} MB | 12 MB |\n\n\
         Key to screen, start to first frame, idle wake-ups and memory: `cargo bench --bench terminal`.",
        all[all.len() / 2] * 1e3,
        size as f64 / 1e6,
    )
    .unwrap();
}

fn processor() -> String {
    let told = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let line = told.lines().find_map(|line| line.strip_prefix("model name"));
    line.map_or("an unknown processor", |line| line.trim_start_matches([' ', '\t', ':'])).to_owned()
}

fn main() {
    let mut out = format!(
        "# Performance\n\nWritten by `cargo bench --bench table` on {} cores of {}, with the release profile. Times of one \
         thread are processor time.\n\n",
        run::all_cores(),
        processor()
    );
    texts(&mut out);
    points(&mut out);
    if let Ok(python) = std::env::var("PYTHON") {
        beside(&mut out, &python);
    }
    program(&mut out);
    print!("{out}");
    fs::write(Path::new(ROOT).join("docs/performance.md"), out).unwrap();
}
