//! Writes `docs/performance.md`: `cargo bench --bench table`, a few minutes.
//!
//! Where one thread works, times are of the processor, not of the clock: they hardly change when the machine
//! is busy with something else. What a user waits for is by the clock. With
//! `PYTHON=path/to/python cargo bench --bench table`, the public mlsysim that this interpreter can import is
//! measured in the same run.
#![allow(clippy::unwrap_used, missing_docs)]

#[path = "sweeps.rs"]
mod sweeps;
#[path = "terminal.rs"]
mod terminal;

use std::fmt::Write as _;
use std::fs;
use std::hint::black_box;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use mlsysim_tui::engine;
use mlsysim_tui::engine::report::Status;
use mlsysim_tui::plan::{self, Options};
use mlsysim_tui::registry::{Physics, Registry};
use mlsysim_tui::search::axis::Axis;
use mlsysim_tui::search::points::{Evaluator, Outcome, Space};
use mlsysim_tui::search::run::{self, Walk};
use sweeps::{PLANS, sweeps};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// Processor seconds of this thread; of the clock where the system does not tell.
fn now() -> f64 {
    thread_local! { static START: Instant = Instant::now(); }
    let told = fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanoseconds = told.and_then(|text| text.split(' ').next()?.parse::<f64>().ok());
    nanoseconds.map_or_else(|| START.with(|start| start.elapsed().as_secs_f64()), |time| time / 1e9)
}

/// Processor seconds of one call, in the least disturbed of `rounds` rounds of `calls`.
fn seconds(rounds: usize, calls: usize, mut work: impl FnMut()) -> f64 {
    (0..rounds)
        .map(|_| {
            let start = now();
            (0..calls).for_each(|_| work());
            (now() - start) / calls as f64
        })
        .fold(f64::INFINITY, f64::min)
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

/// Points a second of one thread, by processor time, and how many of them fit.
fn rate(space: &Space<'_>) -> (f64, u64) {
    let mut fit = 0;
    let time = seconds(5, 1, || {
        fit = 0;
        let mut evaluator = Evaluator::new(space);
        for point in 0..space.len() {
            let Outcome::Figures(figures) = black_box(evaluator.figures(point)) else {
                panic!("point {point} is no plan")
            };
            fit += u64::from(matches!(figures.status, Status::Ok | Status::SlaFailed));
        }
    });
    (space.len() as f64 / time, fit)
}

/// How much faster two threads are: by the clock, the best of eight walks each; and by the work, that is if two
/// cores had nothing else to do: twice what one thread works over what two work.
fn scaling(space: &Space<'_>) -> (f64, f64) {
    let cancel = AtomicBool::new(false);
    let walked = |threads| {
        let walk = Walk { range: 0..space.len(), threads, cancel: &cancel };
        (0..8)
            .map(|_| {
                let (start, worked) = (Instant::now(), processor_time());
                run::walk(space, &walk, |_, outcomes| black_box(outcomes.len()), |_, _| true);
                (start.elapsed().as_secs_f64(), processor_time() - worked)
            })
            .fold((f64::INFINITY, 0.0), |(best, all), (time, work)| (best.min(time), all + work))
    };
    let ((one, alone), (two, both)) = (walked(1), walked(2));
    (one / two, 2.0 * alone / both)
}

/// Processor time of all threads of this process, in ticks; not a number where the system does not tell.
fn processor_time() -> f64 {
    let told = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = told.rsplit_once(')').map_or("", |(_, fields)| fields).split_whitespace();
    let ticks: Vec<f64> = fields.skip(11).take(2).filter_map(|field| field.parse().ok()).collect();
    if ticks.len() == 2 { ticks[0] + ticks[1] } else { f64::NAN }
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
        "\n## Sweeps\n\n100,000 plans each, all three lenses and the binding wall of every one. Budget: 200,000 plans a \
         second on one core, 1.8 times that on two.\n\n",
    );
    out.push_str(
        "| sweep | fit | plans/s, one core | a plan | two threads, by the clock | by the work |\n\
         | --- | ---: | ---: | ---: | ---: | ---: |\n",
    );
    for sweep in sweeps() {
        let options = Options { physics: sweep.physics, ..Options::default() };
        let space = Space::new(sweep.text, &registry, options, sweep.axes).unwrap();
        let (rate, fit) = rate(&space);
        assert_eq!(space.len(), 100_000, "{}", sweep.name);
        let (by_clock, by_work) = scaling(&space);
        let cells = [
            sweep.name.to_owned(),
            thousands(fit as f64),
            thousands(rate),
            format!("{:.2} µs", 1e6 / rate),
            format!("×{by_clock:.2}"),
            format!("×{by_work:.2}"),
        ];
        writeln!(out, "| {} |", cells.join(" | ")).unwrap();
    }
    out.push_str(
        "\nA plan takes no memory from the heap (`tests/allocations.rs`). Two threads by the clock are the best \
         of eight walks each, and on a busy machine show less than there is; by the work, they are twice what one thread \
         works over what two work for the same.\n",
    );
}

/// Plans that both programs evaluate: what each is, and its text.
fn shared_plans() -> Vec<(&'static str, String)> {
    let fleet = PLANS[3].1;
    let one = fleet.replace("accelerators: 8\n  accelerators_per_node: 8\n", "accelerators: 1\n");
    let large = fleet.replace("Llama3_8B", "Llama3_70B").replace("accelerators: 8\n", "accelerators: 64\n");
    vec![
        ("one accelerator, fits", one.clone()),
        ("one accelerator, out of memory", one.replace("Llama3_8B", "Llama3_70B")),
        ("eight accelerators", fleet.to_owned()),
        ("64 accelerators", large),
    ]
}

/// The public mlsysim beside this program, on the same plans.
fn beside(out: &mut String, python: &str) {
    let folder = tempfile::tempdir().unwrap();
    let plans = shared_plans();
    let mut command = Command::new(python);
    command.arg(Path::new(ROOT).join("tests/perf/mlsysim_rate.py"));
    for (number, (_, text)) in plans.iter().enumerate() {
        let path = folder.path().join(format!("{number}.yaml"));
        // The one key that it does not know.
        fs::write(&path, text.replace("physics: mlsysim\n", "")).unwrap();
        command.arg(path);
    }
    let answer = command.stderr(Stdio::null()).output().unwrap();
    let answer: serde_json::Value = serde_json::from_slice(&answer.stdout)
        .unwrap_or_else(|_| panic!("{python} cannot import mlsysim and evaluate a plan with it"));
    let registry = Registry::builtin();
    let options = Options { physics: Some(Physics::Mlsysim), ..Options::default() };
    writeln!(
        out,
        "\n## Beside mlsysim\n\nmlsysim {} and this program (`physics: mlsysim`, the same numbers) on the same plans, one \
         core, in one run, in plans a second. Evaluated: one batch size after the other, with everything read before. From \
         the text: reading, evaluating, and here all 22 walls with their sentences, which mlsysim does not have. Budget: \
         500 times as many evaluated.\n\n\
         | plan | mlsysim, evaluated | here | ratio | mlsysim, from the text | here | ratio |\n\
         | --- | ---: | ---: | ---: | ---: | ---: | ---: |",
        answer["version"].as_str().unwrap()
    )
    .unwrap();
    for ((name, text), theirs) in plans.iter().zip(answer["rows"].as_array().unwrap()) {
        let values = (1..=100_000).map(|batch| batch.to_string()).collect();
        let axes = vec![Axis::new("workload.batch_size", values)];
        let (evaluated, _) = rate(&Space::new(text, &registry, options, axes).unwrap());
        let whole = 1.0
            / seconds(9, 100, || {
                let plan = plan::read(black_box(text), &registry, options).plan.unwrap();
                black_box(engine::evaluate(&plan, &registry));
            });
        let mut cells = vec![(*name).to_owned()];
        for (key, ours) in [("evaluator", evaluated), ("text", whole)] {
            let theirs = theirs[key].as_f64().unwrap();
            cells.extend([thousands(theirs), thousands(ours), format!("×{}", thousands(ours / theirs))]);
        }
        writeln!(out, "| {} |", cells.join(" | ")).unwrap();
    }
}

/// What a user waits for, and what the program takes.
fn program(out: &mut String) {
    let mut rows = Vec::new();
    let whole = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| terminal::measure(&mut rows)));
    out.push_str(
        "\n## The program\n\nBy the clock, from outside, in a terminal of 160 × 50; `cargo bench --bench terminal` measures \
         this alone.\n\n| what | measured | budget |\n| --- | --- | --- |\n",
    );
    for (what, measured, budget) in rows {
        writeln!(out, "| {what} | {measured} | {budget} |").unwrap();
    }
    if whole.is_err() {
        out.push_str("\nThe rest could not be measured: the machine was too busy to answer in time.\n");
    }
}

/// How many processes were waiting for a processor in the last minute, where the system tells.
fn busy() -> Option<f64> {
    fs::read_to_string("/proc/loadavg").ok()?.split(' ').next()?.parse().ok()
}

fn processor() -> String {
    let told = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let line = told.lines().find_map(|line| line.strip_prefix("model name"));
    line.map_or("an unknown processor", |line| line.trim_start_matches([' ', '\t', ':'])).to_owned()
}

fn main() {
    let load = busy().filter(|load| *load > 1.0).map_or(String::new(), |load| {
        format!(
            " When it began the machine was busy with other things, {load:.0} processes for {} cores: times by the clock are \
             longer than on a quiet one.",
            run::all_cores()
        )
    });
    let mut out = format!(
        "# Performance\n\nWritten by `cargo bench --bench table` on {} cores of {}, with the release profile. Times of one \
         thread are processor time, of the least disturbed of several rounds.{load}\n\n",
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
