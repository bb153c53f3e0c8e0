//! `sweep`: a plan at every combination of values of its fields.

#[cfg(feature = "parquet")]
pub mod parquet;
pub mod rows;
pub mod sink;

use std::io::Write;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use serde_json::{Value, json};

use super::args::{Global, Output, SweepArgs};
use super::input::{self, Session};
use super::out::{self, Failure, Outcome as Exit, Paint, Tone};
use super::progress::Progress;
use crate::engine::figures::{self, Figures};
use crate::files::PlanFiles;
use crate::metrics::METRICS;
use crate::plan::{Options, Reading};
use crate::render::numbers::number;
use crate::render::text;
use crate::search::axis::{self, Axis, Base};
use crate::search::optimize::objective;
use crate::search::points::{Outcome, Space};
use crate::search::run::{self, Walk};
use crate::search::tally::Tally;
use rows::Rows;
use sink::Sink;

/// Rows that a table for people shows.
const SHOWN: usize = 100;

/// Metrics shown where none is asked for: those of these that the plan has.
const USUAL: &[&str] = &[
    "memory_utilization",
    "step_latency",
    "ttft_ms",
    "itl_ms",
    "latency",
    "mfu",
    "output_tokens_per_s",
    "tokens_per_s",
    "time_to_train_days",
    "usd_per_million_tokens",
    "tco_usd",
    "carbon_footprint",
];

/// Runs the command.
pub fn run(args: &SweepArgs, global: &Global) -> Exit {
    let forms = [Output::Text, Output::Json, Output::Jsonl, Output::Csv, Output::Parquet];
    super::allow(global.output, "sweep", &forms)?;
    let form = sink::form(global.output, args.to.as_deref())?;
    if args.warnings && form == Output::Parquet {
        return Err(Failure::bad_input(
            "--warnings goes into json, jsonl and csv; parquet has no column for them",
        ));
    }
    let session = Session::open(global);
    let source = input::source(&args.plan)?;
    let reading = session.read(&source);
    let Some(plan) = &reading.plan else {
        return input::refuse(&source, &reading.diagnostics, global);
    };
    let files = PlanFiles::beside(std::path::Path::new(&source.name));
    let options = Options { physics: session.physics, files: &files };
    let registry = reading.registry_or(&session.registry);
    let axes = axes(&args.vary, &source.text, &reading, &session, options)?;
    let space = space(&source.text, registry, options, axes)?;
    let range = args.shard.range(space.len());
    within(range.end - range.start, space.len(), args.walk.limit)?;

    let base = figures::figures(plan, registry);
    let metrics = metrics(&args.metric, &base)?;
    let rows = Rows::new(&space, &metrics).with_warnings(args.warnings);
    let cancel = AtomicBool::new(false);
    let walk = Walk { range: range.clone(), threads: args.walk.threads(), cancel: &cancel };
    let streams = !args.summary && args.to.is_none() && matches!(form, Output::Jsonl | Output::Csv);
    let mut progress = Progress::new(Some(range.end - range.start), "points", streams);
    let started = Instant::now();
    if args.summary {
        let mut whole = Tally::default();
        run::walk(&space, &walk, Tally::of, |part, done| {
            whole.merge(&part);
            progress.at(done, "");
            true
        });
        drop(progress);
        let seconds = started.elapsed().as_secs_f64();
        return summary(&whole, &space, args, seconds, form);
    }
    match form {
        Output::Jsonl | Output::Csv => {
            let csv = form == Output::Csv;
            let mut sink = Sink::open(args.to.as_deref())?;
            // Every part of a sharded space but the first goes behind another: only one head.
            if csv && args.shard.part == 1 {
                sink.write_all(&rows.csv_head()?)?;
            }
            let mut written = Ok(());
            run::walk(
                &space,
                &walk,
                |first, outcomes| if csv { rows.csv(first, outcomes) } else { rows.jsonl(first, outcomes) },
                |bytes, done| {
                    progress.at(done, "");
                    written = bytes.and_then(|bytes| sink.write_all(&bytes));
                    written.is_ok()
                },
            );
            written?;
            sink.finish()?;
        }
        #[cfg(feature = "parquet")]
        Output::Parquet => {
            let frame = parquet::Frame::new(&space, &metrics);
            let notes = notes(&source.text, plan, registry, &space, args.shard);
            let mut file = parquet::File::start(Sink::open(args.to.as_deref())?, &frame, &notes)?;
            let mut written = Ok(());
            run::walk(
                &space,
                &walk,
                |first, outcomes| frame.rows(&space, &(first..).zip(outcomes).collect::<Vec<_>>()),
                |rows, done| {
                    progress.at(done, "");
                    written = file.push(rows);
                    written.is_ok()
                },
            );
            written?;
            file.finish()?.finish()?;
        }
        Output::Json => {
            let (mut tally, mut all) = (Tally::default(), Vec::new());
            run::walk(
                &space,
                &walk,
                |first, outcomes| (Tally::of(first, outcomes), rows.values(first, outcomes)),
                |(part, rows), done| {
                    tally.merge(&part);
                    all.extend(rows);
                    progress.at(done, "");
                    true
                },
            );
            drop(progress);
            let mut answer = counts(&tally, &space, args);
            answer["axes"] = rows::axes(&space);
            answer["rows"] = all.into();
            sink::json(&answer, args.to.as_deref())?;
        }
        _ => {
            let (mut tally, mut shown) = (Tally::default(), Vec::new());
            run::walk(
                &space,
                &walk,
                |first, outcomes| {
                    let kept: Vec<(u64, Outcome)> = (first..)
                        .zip(outcomes)
                        .take(SHOWN)
                        .map(|(index, outcome)| (index, outcome.clone()))
                        .collect();
                    (Tally::of(first, outcomes), kept)
                },
                |(part, kept), done| {
                    tally.merge(&part);
                    let room = SHOWN.saturating_sub(shown.len());
                    shown.extend(kept.into_iter().take(room));
                    progress.at(done, "");
                    true
                },
            );
            drop(progress);
            let paint = Paint { color: out::wants_color(global.color, &std::io::stdout()) };
            let (mut table, warned) = rows.table(&shown, paint.color);
            for cell in table.iter_mut().flatten() {
                *cell = out::clean(cell).into_owned();
            }
            let mut head = rows.head();
            head.extend(warned.then(|| "warnings".to_owned()));
            let head: Vec<&str> = head.iter().map(String::as_str).collect();
            let mut lines = text::table(&head, &table, paint);
            for (line, (_, outcome)) in lines.iter_mut().skip(1).zip(&shown) {
                if !rows::feasible(outcome) {
                    *line = paint.tone(Tone::Quiet, line);
                }
            }
            if tally.points > SHOWN as u64 {
                lines.push(format!(
                    "… and {} more rows: --output csv or jsonl has them all",
                    number((tally.points - SHOWN as u64) as f64)
                ));
            }
            lines.push(String::new());
            lines.push(sentence(&tally));
            out::payload(&lines.join("\n"))?;
        }
    }
    Ok(0)
}

/// What a reader of points must know beside them.
#[cfg(feature = "parquet")]
pub fn notes(
    text: &str,
    plan: &crate::plan::Plan,
    registry: &crate::registry::Registry,
    space: &Space<'_>,
    shard: run::Shard,
) -> [(&'static str, String); 6] {
    [
        ("mlsysim_tui.version", env!("CARGO_PKG_VERSION").to_owned()),
        ("mlsysim_tui.registry_version", registry.version().to_owned()),
        ("mlsysim_tui.physics", plan.physics.name().to_owned()),
        ("mlsysim_tui.plan", text.to_owned()),
        ("mlsysim_tui.axes", rows::axes(space).to_string()),
        ("mlsysim_tui.shard", shard.to_string()),
    ]
}

/// Axes as typed; every one that is wrong is told.
pub fn axes(
    given: &[String],
    text: &str,
    reading: &Reading,
    session: &Session,
    options: Options<'_>,
) -> Result<Vec<Axis>, Failure> {
    let Some(base) = Base::of(text, reading, &session.registry, options) else {
        return Err(Failure::bad_input("the plan has errors"));
    };
    let mut axes = Vec::new();
    let mut wrong = Vec::new();
    for one in given {
        match axis::parse(one, &base) {
            Ok(found) => axes.extend(found),
            Err(error) => wrong.push(error.render()),
        }
    }
    if wrong.is_empty() { Ok(axes) } else { Err(Failure::bad_input(wrong.join("\n"))) }
}

/// The space, or why there is none.
pub fn space<'a>(
    text: &str,
    registry: &'a crate::registry::Registry,
    options: Options<'a>,
    axes: Vec<Axis>,
) -> Result<Space<'a>, Failure> {
    Space::new(text, registry, options, axes).map_err(|error| Failure::bad_input(error.to_string()))
}

/// Refuses more points than the limit.
pub fn within(points: u64, whole: u64, limit: u64) -> Result<(), Failure> {
    if points <= limit {
        return Ok(());
    }
    let part = if points == whole { "the space" } else { "this part of the space" };
    Err(Failure::bad_input(format!(
        "{part} has {} points, more than --limit {limit}: vary fewer fields, take larger steps or factors, split it with --shard, or raise the limit",
        number(points as f64)
    )))
}

fn metrics(asked: &[String], base: &Figures) -> Result<Vec<usize>, Failure> {
    if asked.iter().any(|name| name == "all") {
        return Ok((0..METRICS.len()).collect());
    }
    if asked.is_empty() {
        let usual = USUAL.iter().filter_map(|key| METRICS.iter().position(|metric| metric.key == *key));
        let has: Vec<usize> = usual.filter(|place| base.at(*place).is_some()).collect();
        // A decode step and the time between tokens are one figure.
        let itl = has.iter().any(|place| METRICS[*place].key == "itl_ms");
        return Ok(has.into_iter().filter(|place| !itl || METRICS[*place].key != "latency").collect());
    }
    let mut places = Vec::new();
    for name in asked {
        objective::metric(name).map_err(Failure::bad_input)?;
        let named = objective::named(name);
        // A word means the first of its metrics that the plan has.
        let place = named.iter().find(|place| base.at(**place).is_some()).or(named.first());
        places.extend(place.filter(|place| !places.contains(*place)).copied());
    }
    Ok(places)
}

fn counts(tally: &Tally, space: &Space<'_>, args: &SweepArgs) -> Value {
    json!({
        "points": tally.points,
        "space": space.len(),
        "shard": args.shard.to_string(),
        "feasible": tally.feasible(),
        "ok": tally.ok,
        "sla_failed": tally.sla_failed,
        "infeasible": tally.infeasible,
        "error": tally.error,
        "refused": tally.refused,
    })
}

fn summary(tally: &Tally, space: &Space<'_>, args: &SweepArgs, seconds: f64, output: Output) -> Exit {
    let rate = tally.points as f64 / seconds.max(1e-9);
    match output {
        Output::Json | Output::Jsonl => {
            let mut answer = counts(tally, space, args);
            answer["threads"] = args.walk.threads().into();
            answer["seconds"] = json!(seconds);
            answer["points_per_second"] = json!(rate);
            if let Some((index, why)) = &tally.first_refusal {
                answer["first_refusal"] = json!({"point": index, "reason": why});
            }
            if output == Output::Json {
                out::json(&answer)?;
            } else {
                out::payload(&out::escape_controls_in_json(&answer.to_string()))?;
            }
        }
        Output::Csv | Output::Parquet => return Err(Failure::bad_input("a summary is text or json")),
        _ => {
            let mut lines = vec![sentence(tally)];
            if let Some((index, why)) = &tally.first_refusal {
                lines.push(format!("point {index} is the first refused: {why}"));
            }
            lines.push(format!("{} s, {} points/s", number(seconds), number(rate)));
            out::payload(&out::clean_lines(&lines.join("\n")))?;
        }
    }
    Ok(0)
}

/// What became of the points, in one sentence.
pub fn sentence(tally: &Tally) -> String {
    let count = |count: u64, words: &str| (count > 0).then(|| format!("{} {words}", number(count as f64)));
    let parts = [
        count(tally.ok, "fine"),
        count(tally.sla_failed, "fail an assertion"),
        count(tally.infeasible, "do not fit"),
        count(tally.error, "cannot be evaluated"),
        count(tally.refused, "are refused"),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    let noun = if tally.points == 1 { "point" } else { "points" };
    format!("{} {noun}: {}", number(tally.points as f64), parts.join(", "))
}
