//! `optimize PLAN`: the designs that nothing beats.

use std::io::Write;
use std::path::Path;
use std::sync::atomic::AtomicBool;

use serde_json::{Map, Value, json};

use super::super::args::{Global, MethodArg, OptimizeArgs, Output};
use super::super::input::{self, Session};
use super::super::out::{Failure, Outcome, Tone, clean};
use super::super::progress::Progress;
use super::super::sweep;
use super::super::sweep::rows::{self, Rows};
use super::super::sweep::sink::{self, Sink};
use crate::engine::figures::{self, Figures};
use crate::engine::format;
use crate::engine::report::Status;
use crate::files::PlanFiles;
use crate::metrics::{Lens, METRICS};
use crate::plan::fields;
use crate::plan::{Options, Plan, Reading};
use crate::registry::Registry;
use crate::render::document::{Block, Document};
use crate::render::numbers::{column, number};
use crate::search::axis::Axis;
use crate::search::optimize::{self, Design, Found, How, Method, Objective, axes, notes, objective};
use crate::search::pareto::Goal;
use crate::search::points::{self, Space};

/// Designs that a table for people shows.
const SHOWN: usize = 20;

struct Answer<'a> {
    name: &'a str,
    text: &'a str,
    reading: &'a Reading,
    space: &'a Space<'a>,
    objectives: &'a [Objective],
    base: &'a Figures,
    plan: &'a Plan,
    registry: &'a Registry,
    found: &'a Found,
}

/// Runs the command.
pub fn run(path: &Path, args: &OptimizeArgs, global: &Global) -> Outcome {
    let form = sink::form(global.output, args.to.as_deref())?;
    if args.to.is_some() && matches!(form, Output::Text | Output::Markdown | Output::Html) {
        return Err(Failure::bad_input(
            "--to takes csv, json, jsonl or parquet; a text goes into a file by >",
        ));
    }
    let session = Session::open(global);
    let source = input::source(path)?;
    let reading = session.read(&source);
    let Some(plan) = &reading.plan else {
        return input::refuse(&source, &reading.diagnostics, global);
    };
    let files = PlanFiles::beside(Path::new(&source.name));
    let options = Options { physics: session.physics, files: &files };
    let registry = reading.registry_or(&session.registry);
    let base = figures::figures(plan, registry);
    let objectives = match &args.objective[..] {
        [] => objective::defaults(&base),
        names => {
            let mut found: Vec<Objective> = Vec::new();
            for name in names {
                let one = objective::objective(name, &base).map_err(Failure::bad_input)?;
                if !found.contains(&one) {
                    found.push(one);
                }
            }
            found
        }
    };
    if objectives.is_empty() {
        return Err(Failure::bad_input(
            "this plan has nothing to search for; name a metric with --objective",
        ));
    }
    let given = sweep::axes(&args.vary, &source.text, &reading, &session, options)?;
    let mut chosen: Vec<Axis> =
        if args.only { Vec::new() } else { axes::defaults(plan, &base, registry, &objectives) };
    chosen.retain(|axis| given.iter().all(|own| own.path != axis.path));
    // The batch stays last: bounds work along it.
    let at = chosen.iter().position(|axis| axis.path == "workload.batch_size").unwrap_or(chosen.len());
    chosen.splice(at..at, given);
    if !args.only {
        chosen.extend(axes::follows(plan, &chosen));
    }
    let space = sweep::space(&source.text, registry, options, chosen)?;
    sweep::within(space.len(), space.len(), args.walk.limit)?;

    let cancel = AtomicBool::new(false);
    let method = args.method.map(|method| match method {
        MethodArg::Exhaustive => Method::Exhaustive,
        MethodArg::Pruned => Method::Pruned,
    });
    let how = How { threads: args.walk.threads(), cancel: &cancel, method };
    let mut bar = Progress::new(Some(space.len()), "points", false);
    let found = optimize::search(&space, plan, &base, &objectives, &how, |progress| {
        bar.at(progress.done, &format!("{} on the frontier", progress.best));
        true
    });
    drop(bar);
    let answer = Answer {
        name: &plan.name,
        text: &source.text,
        reading: &reading,
        space: &space,
        objectives: &objectives,
        base: &base,
        plan,
        registry,
        found: &found,
    };
    let status = answer.status();
    match form {
        Output::Json => sink::json(&answer.json(), args.to.as_deref())?,
        Output::Csv | Output::Jsonl => answer.rows(form == Output::Csv, args.to.as_deref())?,
        #[cfg(feature = "parquet")]
        Output::Parquet => {
            use sweep::parquet::{File, Frame};
            let frame = Frame::new(&space, &answer.metrics());
            let notes = sweep::notes(&source.text, plan, registry, &space, crate::search::run::Shard::WHOLE);
            let mut file = File::start(Sink::open(args.to.as_deref())?, &frame, &notes)?;
            let designs = answer.outcomes();
            let designs: Vec<_> = designs.iter().map(|(index, outcome)| (*index, outcome)).collect();
            file.push(frame.rows(&space, &designs))?;
            file.finish()?.finish()?;
        }
        _ => super::print(&answer.document(plan.physics.name()), global)?,
    }
    Ok(status.exit_code())
}

impl Answer<'_> {
    /// Fine, or why there is no design.
    fn status(&self) -> Status {
        let tally = &self.found.tally;
        if !self.found.frontier.is_empty() {
            Status::Ok
        } else if tally.sla_failed > 0 {
            Status::SlaFailed
        } else if tally.infeasible > 0 {
            Status::Infeasible
        } else {
            Status::Error
        }
    }

    /// Fields that the design has otherwise than the plan.
    fn edits(&self, index: u64) -> Vec<(String, String)> {
        let written = |path: &str| {
            let range = self.reading.spans.values.get(path)?.clone();
            Some(rows::words(self.text.get(range)?.trim()))
        };
        let mut edits = self.space.edits(index);
        edits.retain(|(path, value)| written(path).is_none_or(|own| own != rows::words(value)));
        edits
    }

    /// Metrics of rows: all that the designs have.
    fn metrics(&self) -> Vec<usize> {
        let designs = &self.found.frontier;
        (0..METRICS.len())
            .filter(|place| designs.iter().any(|one| one.figures.at(*place).is_some()))
            .collect()
    }

    /// The designs as points of a sweep.
    fn outcomes(&self) -> Vec<(u64, points::Outcome)> {
        let point = |design: &Design| (design.index, points::Outcome::Figures(design.figures));
        self.found.frontier.iter().map(point).collect()
    }

    /// The designs as rows of a sweep.
    fn rows(&self, csv: bool, to: Option<&Path>) -> Result<(), Failure> {
        let metrics = self.metrics();
        let rows = Rows::new(self.space, &metrics);
        let mut sink = Sink::open(to)?;
        if csv {
            sink.write_all(&rows.csv_head()?)?;
        }
        for (index, outcome) in self.outcomes() {
            let one = std::slice::from_ref(&outcome);
            sink.write_all(&if csv { rows.csv(index, one)? } else { rows.jsonl(index, one)? })?;
        }
        sink.finish()
    }

    fn goal(one: &Objective) -> String {
        let metric = one.metric();
        let unit = if metric.unit.is_empty() { String::new() } else { format!(" ({})", metric.unit) };
        format!("{}{unit}", metric.label)
    }

    fn sentence(&self) -> String {
        let tally = &self.found.tally;
        let goals: Vec<&str> = self.objectives.iter().map(|one| one.metric().label).collect();
        match (&self.found.frontier[..], self.status()) {
            ([only], _) if self.objectives.len() == 1 => {
                let place = self.objectives[0].place;
                let unit = METRICS[place].unit;
                let edits: Vec<String> = self
                    .edits(only.index)
                    .iter()
                    .map(|(path, value)| format!("{} {}", key(path), rows::words(value)))
                    .collect();
                let design = if edits.is_empty() { "the plan as it is".into() } else { edits.join(", ") };
                let value = rows::cell(Some(&only.figures), place);
                let unit = if unit.is_empty() { "%" } else { unit };
                let whole = notes::training_usd(&only.figures).map_or_else(String::new, |usd| {
                    format!(" ({} for the whole training)", format::usd(usd))
                });
                format!("{} {value} {unit}{whole} with {design}", METRICS[place].label)
            }
            ([], Status::Infeasible) => {
                let near = tally.nearest.map(|(index, share)| {
                    let design: Vec<String> = self
                        .space
                        .edits(index)
                        .iter()
                        .map(|(path, value)| format!("{} {}", key(path), rows::words(value)))
                        .collect();
                    format!(
                        "; the nearest needs {} % of its memory: {}",
                        number(share * 100.0),
                        design.join(", ")
                    )
                });
                format!("no design fits{}", near.unwrap_or_default())
            }
            ([], Status::SlaFailed) => "designs fit, and none keeps every assertion".into(),
            ([], _) => {
                let why = tally.first_refusal.as_ref().map(|(_, why)| format!(": {why}"));
                format!("no design can be evaluated{}", why.unwrap_or_default())
            }
            (designs, _) => {
                format!("{} that nothing beats in {}", count(designs.len()), goals.join(" and "))
            }
        }
    }

    fn notes(&self) -> Vec<String> {
        let Found { tally, method, unweighed, .. } = self.found;
        let searched = notes::searched(self.space, self.objectives, |one| one.metric().label.to_owned());
        let mut notes = vec![format!("searched: {searched}")];
        notes.extend(notes::no_measure(self.base).map(str::to_owned));
        let points = number(self.space.len() as f64);
        notes.push(match method {
            Method::Exhaustive => format!("every one of {points} points that were tried was evaluated"),
            Method::Pruned => format!(
                "{} of {points} points were evaluated; bounds along the batch show that no other can win",
                number(tally.points as f64)
            ),
        });
        notes.push(sweep::sentence(tally));
        notes.push(format!("tried: {}; other values with --vary", notes::tried(self.space).join("; ")));
        let kept = notes::kept(self.space, self.plan, self.base);
        if !kept.is_empty() {
            notes
                .push(format!("kept as written: {}; --vary them too where they may change", kept.join(", ")));
        }
        if let Some(first) = self.found.frontier.first() {
            let asks = notes::asks(self.plan, &self.edits(first.index), self.registry);
            notes.extend(asks.into_iter().map(|ask| format!("the first {ask}")));
        }
        let first = self.found.frontier.first().map(|design| design.index);
        notes.extend(notes::batch(self.space, self.plan, self.base, first));
        let shown: Vec<_> = self.ranked().take(SHOWN).map(|design| self.edits(design.index)).collect();
        notes.extend(notes::narrow(self.plan, &shown));
        if *unweighed > 0 {
            notes.push(format!(
                "{} that keep every assertion lack a figure of an objective, mostly a price, and are left out",
                count(usize::try_from(*unweighed).unwrap_or(usize::MAX))
            ));
        }
        notes.push(
            "each design is the plan with a few fields changed: `eval --set` gives its whole report".into(),
        );
        notes
    }

    fn json(&self) -> Value {
        let design = |Design { index, figures }: &Design| {
            let mut metrics = flat(figures);
            if let Some(usd) = notes::training_usd(figures) {
                metrics.insert("training_usd".into(), json!(usd));
            }
            let edits: Map<String, Value> =
                self.edits(*index).into_iter().map(|(path, value)| (path, rows::typed(&value))).collect();
            let values: Map<String, Value> = (self.space.axes().iter().zip(self.space.values(*index)))
                .map(|(axis, value)| (axis.path.clone(), rows::typed(value)))
                .collect();
            json!({"point": index, "values": values, "edits": edits, "metrics": metrics, "warnings": self.space.warnings(*index)})
        };
        let goal = |one: &Objective| {
            let metric = one.metric();
            let goal = if one.goal == Goal::Least { "min" } else { "max" };
            json!({"metric": format!("{}.{}", metric.lens.name(), metric.key), "goal": goal, "unit": metric.unit})
        };
        let tally = &self.found.tally;
        json!({
            "optimize": "designs",
            "status": self.status().name(),
            "summary": self.sentence(),
            "searched": notes::searched(self.space, self.objectives, |one| one.metric().label.to_owned()),
            "objectives": self.objectives.iter().map(goal).collect::<Vec<_>>(),
            "method": self.found.method.name(),
            "space": self.space.len(),
            "evaluated": tally.points,
            "ok": tally.ok,
            "sla_failed": tally.sla_failed,
            "infeasible": tally.infeasible,
            "error": tally.error,
            "refused": tally.refused,
            "unweighed": self.found.unweighed,
            "axes": rows::axes(self.space),
            "plan": flat(self.base),
            "frontier": self.found.frontier.iter().map(design).collect::<Vec<_>>(),
            "others": self.found.others.iter().map(design).collect::<Vec<_>>(),
        })
    }

    fn document(&self, physics: &str) -> Document {
        let status = self.status();
        let (word, tone) = match status {
            Status::Ok => ("FOUND", Tone::Good),
            Status::Infeasible => ("NOTHING FITS", Tone::Bad),
            Status::SlaFailed => ("NO DESIGN KEEPS THE ASSERTIONS", Tone::Bad),
            Status::Error => ("ERROR", Tone::Bad),
        };
        let mut blocks = Vec::new();
        if !self.found.frontier.is_empty() {
            blocks.push(self.table());
        }
        if let [only] = &self.found.frontier[..] {
            let edits = self.edits(only.index);
            let lines = if edits.is_empty() {
                vec!["the plan has it already".to_owned()]
            } else {
                edits.iter().map(|(path, value)| format!("{path}: {value}")).collect()
            };
            blocks.push(Block::Sentences("To put it into the plan".into(), Tone::Good, lines));
        }
        let notes = self.notes().iter().map(|note| clean(note).into_owned()).collect();
        blocks.push(Block::Sentences("Notes".into(), Tone::Quiet, notes));
        Document {
            title: format!("Optimize: {}", clean(self.name)),
            subtitle: format!("{physics} physics · engine {}", env!("CARGO_PKG_VERSION")),
            verdict: (word.into(), tone, clean(&self.sentence()).into_owned()),
            lenses: Vec::new(),
            blocks,
        }
    }

    /// The designs that are shown: the frontier, or one winner and the best of each other group.
    fn ranked(&self) -> impl Iterator<Item = &Design> {
        self.found.frontier.iter().chain(&self.found.others)
    }

    fn table(&self) -> Block {
        let varied: Vec<&Axis> = self.space.axes().iter().filter(|axis| axis.values.len() > 1).collect();
        let mut head: Vec<&'static str> = varied.iter().map(|axis| key(&axis.path)).collect();
        let mut places: Vec<usize> = self.objectives.iter().map(|one| one.place).collect();
        // What every design is judged by as well: of a training also how long it takes.
        for also in ["time_to_train_days", "memory_utilization"] {
            places.extend(objective::named(also).into_iter().filter(|place| self.base.at(*place).is_some()));
        }
        let mut seen = std::collections::HashSet::new();
        places.retain(|place| seen.insert(*place));
        let shown: Vec<&Design> = self.ranked().take(SHOWN).collect();
        let mut table: Vec<Vec<String>> = shown
            .iter()
            .map(|design| {
                let values = self.space.axes().iter().zip(self.space.values(design.index));
                values
                    .filter(|(axis, _)| axis.values.len() > 1)
                    .map(|(_, value)| clean(&rows::words(value)).into_owned())
                    .collect()
            })
            .collect();
        let mut plan: Vec<String> = varied.iter().map(|_| String::new()).collect();
        if let Some(first) = plan.first_mut() {
            let measure = notes::no_measure(self.base).is_none();
            *first = if measure { "the plan" } else { "the plan (does not fit)" }.into();
        }
        table.push(plan);
        let all: Vec<&Figures> = shown.iter().map(|design| &design.figures).chain([self.base]).collect();
        let mut add = |label: &'static str, unit: &str, values: &[Option<f64>]| {
            head.push(label);
            for (row, cell) in table.iter_mut().zip(column(values)) {
                row.push(if cell == "–" { cell } else { format!("{cell}{unit}") });
            }
        };
        for place in places {
            // A plan that cannot run is no measure for one that can; how far it is from fitting is told.
            let told = notes::no_measure(self.base).is_none() || METRICS[place].lens == Lens::Feasibility;
            let values: Vec<Option<f64>> = (all.iter().enumerate())
                .map(|(nth, figures)| rows::value(Some(figures), place).filter(|_| told || nth < shown.len()))
                .collect();
            add(METRICS[place].label, if METRICS[place].unit.is_empty() { " %" } else { "" }, &values);
        }
        let whole: Vec<Option<f64>> = all.iter().map(|figures| notes::training_usd(figures)).collect();
        if whole.iter().any(Option::is_some) {
            add("whole training USD", "", &whole);
        }
        let mut codes: Vec<String> =
            shown.iter().map(|design| rows::told(&self.space.warnings(design.index))).collect();
        if codes.iter().any(|codes| !codes.is_empty()) {
            head.push("warnings");
            codes.push(String::new());
            table.iter_mut().zip(codes).for_each(|(row, codes)| row.push(codes));
        }
        let goals: Vec<String> = self.objectives.iter().map(Self::goal).collect();
        let more = self.ranked().count().saturating_sub(SHOWN);
        let more = if more > 0 { format!("; {more} more with --output json") } else { String::new() };
        let each = match varied.first() {
            Some(axis) if !self.found.others.is_empty() => {
                format!(", then the best with each other {}", key(&axis.path))
            }
            _ => String::new(),
        };
        Block::Table(format!("Best first in {}{each}{more}", goals.join(", then ")), head, table)
    }
}

/// What a column or a sentence calls a field.
fn key(path: &str) -> &'static str {
    fields::field(path).map_or("field", |field| match field.path {
        "hardware.name" => "accelerator",
        "workload.name" => "model",
        "workload.batch_size" => "batch",
        "workload.serve.kv_precision" => "KV",
        _ => field.key(),
    })
}

fn count(designs: usize) -> String {
    if designs == 1 { "1 design".into() } else { format!("{} designs", number(designs as f64)) }
}

/// Metrics with the keys of flat JSON.
fn flat(figures: &Figures) -> Map<String, Value> {
    let metrics = METRICS.iter().enumerate().filter_map(|(place, metric)| {
        let value = figures.at(place).filter(|value| value.is_finite())?;
        Some((format!("{}{}", metric.lens.prefix(), metric.key), json!(value)))
    });
    metrics.collect()
}
