//! `optimize` by objectives: the designs of a plan that nothing beats.

use serde_json::{Map, Value, json};

use super::super::{Answer, Job, sweep, words};
use crate::engine::figures::{self, Figures};
use crate::engine::report::Status;
use crate::mcp::arguments::CONSTRAINTS;
use crate::mcp::draft;
use crate::mcp::errors::Refusal;
use crate::metrics::{self, Lens, METRICS, Metric};
use crate::plan::{self, Options, Plan, Reading};
use crate::render::numbers::number;
use crate::search::axis::{Axis, Base};
use crate::search::optimize::{self, Design, Found, How, Method, Objective, axes, notes, objective};
use crate::search::pareto::Goal;
use crate::search::points::Space;

/// Most points that are evaluated one by one or left out by bounds: minutes on a small machine.
const MOST_POINTS: u64 = 50_000_000;

/// How much worse a metric must be to be told, times.
const WORSE: f64 = 1.05;

/// Searches, and says what was found.
pub fn work(job: &Job<'_>) -> Result<Answer, Refusal> {
    let text = job.bench.given(job.given)?.text;
    let limits =
        job.given.texts(CONSTRAINTS.name).into_iter().map(sweep::limit).collect::<Result<Vec<_>, _>>()?;
    let text = draft::with_limits(job.bench, &text, job.bench.physics(job.given), &limits)?;
    job.bench.with_options(job.bench.physics(job.given), |options| find(job, &text, options))
}

fn chosen(job: &Job<'_>, base: &Figures) -> Result<Vec<Objective>, Refusal> {
    let names = job.given.texts("objectives");
    let mut found: Vec<Objective> = Vec::new();
    for name in &names {
        let one = objective::objective(name, base).map_err(|why| {
            let words: Vec<&str> = objective::WORDS.iter().map(|(word, _)| *word).collect();
            Refusal::new("bad-objective", "objectives", why)
                .found(*name)
                .allowed(format!("{}, or a key of a metric that the plan has", words.join(", ")))
        })?;
        if !found.contains(&one) {
            found.push(one);
        }
    }
    if names.is_empty() {
        found = objective::defaults(base);
    }
    if found.is_empty() {
        return Err(Refusal::new(
            "no-objective",
            "objectives",
            "this plan has nothing to search for by itself",
        )
        .fix("name metrics in objectives"));
    }
    Ok(found)
}

fn find(job: &Job<'_>, text: &str, options: Options<'_>) -> Result<Answer, Refusal> {
    let reading = plan::read(text, &job.bench.registry, options);
    let (Some(plan), Some(base)) = (&reading.plan, Base::of(text, &reading, &job.bench.registry, options))
    else {
        return Err(Refusal::plan(&reading.diagnostics, text));
    };
    let before = figures::figures(plan, base.registry);
    let objectives = chosen(job, &before)?;
    let given = sweep::axes(job, &base)?;
    let mut all: Vec<Axis> = axes::defaults(plan, &before, base.registry, &objectives);
    all.retain(|axis| given.iter().all(|own| own.path != axis.path));
    // The batch stays last: bounds work along it.
    let at = all.iter().position(|axis| axis.path == "workload.batch_size").unwrap_or(all.len());
    all.splice(at..at, given);
    all.extend(axes::follows(plan, &all));
    let space = Space::new(text, base.registry, options, all)
        .map_err(|error| Refusal::new("bad-space", "vary", error.to_string()))?;
    if space.len() > MOST_POINTS {
        return Err(Refusal::new("too-large", "vary", format!("the space has {} points", space.len()))
            .found(space.len().to_string())
            .allowed(format!("at most {MOST_POINTS} points"))
            .fix("keep some fields with FIELD=VALUE in vary"));
    }
    let how = How {
        threads: std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
        cancel: job.progress.cancelled(),
        method: None,
    };
    let mut stopped = None;
    let found = optimize::search(&space, plan, &before, &objectives, &how, |progress| {
        let told = job.progress.step(progress.done as f64, progress.of as f64, || {
            format!("{} of {} plans, {} that nothing beats", progress.done, progress.of, progress.best)
        });
        if let Err(refusal) = told {
            stopped = Some(refusal);
            return false;
        }
        true
    });
    match stopped.map_or_else(|| job.progress.go_on(), Err) {
        Err(refusal) => Err(refusal),
        Ok(()) => Say {
            job,
            text,
            reading: &reading,
            space: &space,
            objectives: &objectives,
            before: &before,
            found: &found,
            plan,
            duration_days: plan.ops.as_ref().map(|ops| ops.duration_days),
        }
        .answer(),
    }
}

fn key(metric: &Metric) -> String {
    format!("{}{}", metric.lens.prefix(), metric.key)
}

fn flat(figures: &Figures) -> Map<String, Value> {
    let metrics = METRICS.iter().enumerate().filter_map(|(place, metric)| {
        let value = figures.at(place).filter(|value| value.is_finite())?;
        Some((key(metric), json!(value)))
    });
    metrics.collect()
}

struct Say<'a, 'j> {
    job: &'a Job<'j>,
    text: &'a str,
    reading: &'a Reading,
    space: &'a Space<'a>,
    objectives: &'a [Objective],
    before: &'a Figures,
    found: &'a Found,
    plan: &'a Plan,
    /// Days that the plan pays for.
    duration_days: Option<f64>,
}

impl Say<'_, '_> {
    fn status(&self) -> Status {
        let tally = &self.found.tally;
        match () {
            () if !self.found.frontier.is_empty() => Status::Ok,
            () if tally.sla_failed > 0 => Status::SlaFailed,
            () if tally.infeasible > 0 => Status::Infeasible,
            () => Status::Error,
        }
    }

    /// Each objective of a design beside what the plan has: `m_tco_usd 5.2M USD (now 10.1M, ×0.51)`.
    fn against(&self, figures: &Figures) -> String {
        let one = |objective: &Objective| {
            let metric = objective.metric();
            let value = figures.at(objective.place);
            let unit = if metric.unit.is_empty() { String::new() } else { format!(" {}", metric.unit) };
            let shown = value.map_or_else(|| "–".into(), number);
            let measure =
                self.before.at(objective.place).filter(|_| notes::no_measure(self.before).is_none());
            let now = value.zip(measure).filter(|(_, now)| *now > 0.0);
            let now = now.map_or_else(String::new, |(value, now)| {
                format!(" (now {}, ×{})", number(now), number(value / now))
            });
            format!("{} {shown}{unit}{now}", key(metric))
        };
        self.objectives.iter().map(one).collect::<Vec<_>>().join(", ")
    }

    fn summary(&self) -> String {
        let tally = &self.found.tally;
        let names: Vec<String> = self.objectives.iter().map(|one| key(one.metric())).collect();
        match (&self.found.frontier[..], self.status()) {
            ([first, ..], _) if self.objectives.len() == 1 => {
                format!("best: {}{}", self.against(&first.figures), words::training(&first.figures))
            }
            ([], Status::Infeasible) => "no design fits".into(),
            ([], Status::SlaFailed) => "designs fit, and none keeps every assertion of the plan".into(),
            ([], _) => match &tally.first_refusal {
                Some((_, why)) => format!("no design can be evaluated: {why}"),
                None => "no design can be evaluated".into(),
            },
            (designs, _) => format!(
                "{} designs that no other beats in {}, best {} first",
                designs.len(),
                names.join(" and "),
                names[0]
            ),
        }
    }

    /// Whether the plan has an assertion about a metric.
    fn promised(&self, metric: &Metric) -> bool {
        let name = format!("{}.{}", metric.lens.name(), metric.key);
        self.reading.plan.as_ref().is_some_and(|plan| plan.assertions.iter().any(|one| one.metric == name))
    }

    /// What the design pays with: metrics that people care for and that got worse, though nobody asked.
    fn paid(&self, figures: &Figures) -> Vec<String> {
        let (mut notes, mut worse) = (Vec::new(), Vec::new());
        let measured = notes::no_measure(self.before).is_none();
        let mut seen: Vec<usize> = self.objectives.iter().map(|one| one.place).collect();
        for (word, _) in objective::WORDS {
            let Ok(one) = objective::objective(word, self.before) else { continue };
            // What the plan promises is held already.
            if !measured || seen.contains(&one.place) || self.promised(one.metric()) {
                continue;
            }
            seen.push(one.place);
            let values = figures.at(one.place).zip(self.before.at(one.place));
            let Some((after, now)) = values.filter(|(_, now)| *now > 0.0) else { continue };
            let ratio = after / now;
            if one.goal == Goal::Least && ratio > WORSE || one.goal == Goal::Most && ratio < 1.0 / WORSE {
                worse.push(format!(
                    "{} {} {} (now {})",
                    key(one.metric()),
                    number(after),
                    one.metric().unit,
                    number(now)
                ));
            }
        }
        if !worse.is_empty() {
            notes.push(format!(
                "the first pays with {}; to hold one, name it in objectives or give a constraint",
                worse.join(", ")
            ));
        }
        let days = metrics::place(Lens::Performance, "time_to_train_days");
        if let Some((takes, has)) =
            figures.at(days).zip(self.duration_days).filter(|(takes, has)| takes > has)
        {
            notes.push(format!(
                "the first does not end its training in time: it takes {} days, and ops.duration_days is {}; \
                 the cost of the whole training is training_usd, not m_tco_usd",
                number(takes),
                number(has)
            ));
        }
        notes
    }

    /// Fields that the design has otherwise than the plan.
    fn edits(&self, index: u64) -> Vec<(String, String)> {
        let plain = |text: &str| text.trim().trim_matches(['"', '\'']).to_owned();
        let written = |path: &str| {
            let range = self.reading.spans.values.get(path)?.clone();
            Some(plain(self.text.get(range)?))
        };
        let mut edits = self.space.edits(index);
        edits.retain(|(path, value)| written(path).is_none_or(|own| own != plain(value)));
        edits
    }

    fn answer(&self) -> Result<Answer, Refusal> {
        let Found { tally, method, unweighed, frontier, others, .. } = self.found;
        let limit = self.job.given.integer("limit").and_then(|most| usize::try_from(most).ok()).unwrap_or(5);
        // One winner, and the best of each other group; a long frontier is shown from end to end, evenly.
        let ranked: Vec<&Design> = frontier.iter().chain(others).collect();
        let even = others.is_empty();
        let shown = limit.min(ranked.len());
        let place = |nth: usize| if shown > 1 && even { nth * (ranked.len() - 1) / (shown - 1) } else { nth };
        let full = self.job.given.choice("detail", "concise") == "full";
        let asked: Vec<String> = self.objectives.iter().map(|one| key(one.metric())).collect();
        let mut candidates = Vec::new();
        let mut shown_edits = Vec::new();
        let mut lines = String::new();
        for (nth, design) in (0..shown).map(|nth| (nth, ranked[place(nth)])) {
            let edits = self.edits(design.index);
            let assignments: Vec<String> =
                edits.iter().map(|(path, value)| format!("{path}={value}")).collect();
            let assignments =
                if edits.is_empty() { "the plan as it is".to_owned() } else { assignments.join(", ") };
            let warnings = self.space.warnings(design.index);
            lines.push_str(&format!(
                "{}. {}{}: {assignments}",
                nth + 1,
                self.against(&design.figures),
                words::training(&design.figures)
            ));
            lines.push_str(&words::codes(&warnings));
            lines.push('\n');
            let mut row = flat(&design.figures);
            if !full {
                words::shorten(&mut row, &asked);
            }
            if let Some(usd) = notes::training_usd(&design.figures) {
                row.insert("training_usd".into(), json!(usd));
            }
            row.insert("warnings".into(), json!(warnings));
            row.insert("edits".into(), words::edits(&edits));
            candidates.push(Value::Object(row));
            shown_edits.push(edits);
        }
        let every = if *method == Method::Exhaustive {
            "every point of those tried"
        } else {
            "bounds leave out the rest"
        };
        let mut notes = vec![format!(
            "{} of {} points were evaluated ({every}): {} keep every assertion, {} break one, {} do not fit, {} are no plan",
            tally.points,
            self.space.len(),
            tally.ok,
            tally.sla_failed,
            tally.infeasible,
            tally.refused + tally.error
        )];
        if *unweighed > 0 {
            notes
                .push(format!("{unweighed} lack a figure of an objective, mostly a price, and are left out"));
        }
        if let Some(axis) =
            self.space.axes().iter().find(|axis| axis.values.len() > 1).filter(|_| !others.is_empty())
        {
            notes.push(format!(
                "behind the first stands the best at each other value of {}, not what comes second",
                axis.path
            ));
        }
        notes.push(format!("tried: {}; other values with vary", notes::tried(self.space).join("; ")));
        let kept = notes::kept(self.space, self.plan, self.before);
        if !kept.is_empty() {
            notes.push(format!("kept as written: {}; vary them too where they may change", kept.join(", ")));
        }
        notes.extend(notes::no_measure(self.before).map(str::to_owned));
        notes.extend(notes::batch(
            self.space,
            self.plan,
            self.before,
            frontier.first().map(|design| design.index),
        ));
        notes.extend(notes::narrow(self.plan, &shown_edits));
        let searched = notes::searched(self.space, self.objectives, |one| key(one.metric()));
        let mut text = format!("{}\nsearched: {searched}\n{lines}", self.summary());
        for note in &notes {
            text.push_str(&format!("note: {note}\n"));
        }
        let (mut edits, mut yaml) = (Vec::new(), None);
        if let Some(first) = frontier.first() {
            edits = self.edits(first.index);
            let asks = notes::asks(self.plan, &edits, &self.job.bench.registry);
            let asks = asks.into_iter().map(|ask| format!("the first {ask}"));
            for note in asks.chain(self.paid(&first.figures)) {
                text.push_str(&format!("note: {note}\n"));
                notes.push(note);
            }
            let changed = self
                .space
                .text(first.index)
                .map_err(|error| Refusal::new("edit", "vary", error.to_string()))?;
            let after = self.job.bench.evaluate(&changed, self.job.bench.physics(self.job.given))?;
            text.push_str(&format!("{}\n\nplan of the first:\n{changed}", words::headline(&after.report)));
            yaml = Some(changed);
        }
        let mut before = flat(self.before);
        before.insert("f_status".into(), self.before.feasibility.name().into());
        if !full {
            words::shorten(&mut before, &asked);
        }
        if let Some(usd) = notes::training_usd(self.before) {
            before.insert("training_usd".into(), json!(usd));
        }
        let goal = |one: &Objective| {
            let goal = if one.goal == Goal::Least { "least" } else { "most" };
            json!({"metric": key(one.metric()), "goal": goal, "unit": one.metric().unit})
        };
        let structured = json!({
            "status": self.status().name(),
            "summary": self.summary(),
            "searched": searched,
            "objectives": self.objectives.iter().map(goal).collect::<Vec<_>>(),
            "edits": words::edits(&edits),
            "before": before,
            "candidates": candidates,
            "notes": notes,
            "points": self.space.len(),
            "evaluated": tally.points,
            "yaml": yaml,
        });
        Ok(Answer { text, structured })
    }
}
