//! `sweep`: a design space, its best points or its frontier.

use serde_json::{Map, Value, json};

use super::words;
use super::{Answer, Effect, Job, Tool, object};
use crate::engine;
use crate::engine::figures::Figures;
use crate::engine::report::Status;
use crate::engine::walls;
use crate::mcp::arguments::{Argument, CONSTRAINTS, Kind, PHYSICS, PLAN, ROWS};
use crate::mcp::draft::Limit;
use crate::mcp::errors::Refusal;
use crate::metrics::{METRICS, Metric};
use crate::plan::{self, Options};
use crate::render::numbers::number;
use crate::search::axis::{self, Axis, Base};
use crate::search::optimize::{notes, objective};
use crate::search::pareto::{Frontier, Goal};
use crate::search::points::{Outcome, Space};
use crate::search::run::{self, Walk};

/// Most points of one sweep: minutes on a small machine.
const MOST_POINTS: u64 = 5_000_000;

/// Most points that one answer shows.
const MOST_SHOWN: u64 = 200;

/// The tool.
pub const TOOL: Tool = Tool {
    name: "sweep",
    title: "Sweep a design space",
    description: "Evaluates every combination of some fields' values, up to 5 million plans. One objective: the best points that hold. Two to four: the Pareto frontier. vary takes FIELD=VALUES each: workload.batch_size=1..256*2 (doubling), hardware.accelerators=8,16,32, hardware.name=accelerators(memory>=80GB); fields that change together share one item: accelerators,tensor=1,2,4,8 or accelerators=8,16; pipeline=1,2. Points that do not fit or break an assertion are counted and left out. best_yaml is the plan of the first; the edits of another go to apply_suggestion as assignments. For the cheapest training of given tokens take m_usd_per_million_tokens: m_tco_usd pays for ops.duration_days, whatever is done in them.",
    arguments: &[
        PLAN,
        Argument::required("vary", Kind::Texts(1, 8, 2000), "FIELD=VALUES each."),
        Argument::optional(
            "objectives",
            Kind::Texts(1, 4, 100),
            "[\"m_annual_tco_usd\"]",
            "Keys of metrics, or words as in optimize.",
        ),
        CONSTRAINTS,
        Argument::optional("limit", Kind::Integer(1, MOST_SHOWN), "10", "Most points in the answer."),
        ROWS,
        PHYSICS,
    ],
    output: || {
        object(
            json!({
                "points": {"type": "integer"},
                "holding": {"type": "integer", "description": "Fit, and meet assertions and constraints."},
                "infeasible": {"type": "integer"},
                "failing": {"type": "integer"},
                "refused": {"type": "integer", "description": "Are no plan; refused_because says why."},
                "unranked": {"type": "integer"},
                "best": {"type": "array", "description": "Best first: edits, status, metrics, codes of warnings."},
                "best_yaml": {"type": ["string", "null"]},
            }),
            &["points", "holding", "best"],
        )
    },
    effect: Effect::None,
    open_plan: false,
    work,
};

/// A limit, and the place of its metric.
struct Bound {
    place: usize,
    limit: Limit,
}

/// Points by fate.
#[derive(Default, Clone)]
struct Tally {
    holding: u64,
    infeasible: u64,
    failing: u64,
    refused: u64,
    /// Those that hold and have not every figure that is asked for, as a cost whose price nobody knows.
    unranked: u64,
    because: Option<String>,
}

fn metric(name: &str, field: &str) -> Result<(usize, &'static Metric), Refusal> {
    let found = words::metric_named(name, None);
    let place = found.and_then(|found| METRICS.iter().position(|metric| metric == found));
    if let (Some(place), Some(metric)) = (place, found) {
        return Ok((place, metric));
    }
    let keys = words::metric_keys();
    Err(Refusal::new("unknown-metric", field, format!("there is no metric {name}"))
        .found(name)
        .allowed(keys.join(", "))
        .nearest(name, objective::WORDS.iter().map(|(word, _)| *word).chain(keys.iter().map(String::as_str))))
}

/// A constraint as a call writes it.
pub(super) fn limit(text: &str) -> Result<Limit, Refusal> {
    let wrong = || {
        let refusal = Refusal::new("wrong-form", "constraints", format!("{text} is not a constraint"))
            .found(text)
            .allowed("METRIC<=VALUE or METRIC>=VALUE, for example p_itl_ms<=40");
        // A bound that is not reached is none that a plan can assert.
        match text.split_once(['<', '>']) {
            Some((name, value)) if value.trim().parse::<f64>().is_ok() => {
                let sign = if text.contains('<') { "<=" } else { ">=" };
                refusal.fix(format!("write {}{sign}{}", name.trim(), value.trim()))
            }
            _ => refusal,
        }
    };
    let (name, value, below) = match (text.split_once("<="), text.split_once(">=")) {
        (Some((name, value)), None) => (name, value, true),
        (None, Some((name, value))) => (name, value, false),
        _ => return Err(wrong()),
    };
    let value: f64 = value.trim().parse().ok().filter(|value: &f64| value.is_finite()).ok_or_else(wrong)?;
    let (_, metric) = metric(name, "constraints")?;
    Ok(Limit { metric, max: below.then_some(value), min: (!below).then_some(value) })
}

fn bound(text: &str) -> Result<Bound, Refusal> {
    let limit = limit(text)?;
    let place = METRICS.iter().position(|metric| metric == limit.metric).unwrap_or(0);
    Ok(Bound { place, limit })
}

fn work(job: &Job<'_>) -> Result<Answer, Refusal> {
    let given = job.given;
    let evaluated = job.bench.given(given)?;
    let names = given.texts("objectives");
    let names = if names.is_empty() { vec!["m_annual_tco_usd"] } else { names };
    let mut objectives = Vec::new();
    for name in names {
        let before =
            || engine::figures::figures(&evaluated.plan, evaluated.reading.registry_or(&job.bench.registry));
        if objective::WORDS.iter().any(|(word, _)| word.eq_ignore_ascii_case(name))
            && let Ok(one) = objective::objective(name, &before())
        {
            objectives.push((one.place, one.metric(), one.goal));
            continue;
        }
        let (place, metric) = metric(name, "objectives")?;
        let goal = Goal::of(metric).ok_or_else(|| {
            Refusal::new("no-direction", "objectives", format!("{name} has no better side")).found(name)
        })?;
        objectives.push((place, metric, goal));
    }
    let bounds: Vec<Bound> = given.texts("constraints").into_iter().map(bound).collect::<Result<_, _>>()?;
    let physics = job.bench.physics(given);
    job.bench.with_options(physics, |options| explore(job, &evaluated.text, options, &objectives, &bounds))
}

type Objective = (usize, &'static Metric, Goal);

fn explore(
    job: &Job<'_>,
    text: &str,
    options: Options<'_>,
    objectives: &[Objective],
    bounds: &[Bound],
) -> Result<Answer, Refusal> {
    let reading = plan::read(text, &job.bench.registry, options);
    let Some(base) = Base::of(text, &reading, &job.bench.registry, options) else {
        return Err(Refusal::plan(&reading.diagnostics, text));
    };
    let axes = axes(job, &base)?;
    let space = Space::new(text, base.registry, options, axes)
        .map_err(|error| Refusal::new("bad-space", "vary", error.to_string()))?;
    if space.len() > MOST_POINTS {
        return Err(Refusal::new("too-large", "vary", format!("the space has {} points", space.len()))
            .found(space.len().to_string())
            .allowed(format!("at most {MOST_POINTS} points"))
            .fix("take larger steps, fewer values, or one axis less"));
    }
    let (tally, best, frontier_size, done) = walk(job, &space, objectives, bounds)?;
    let full = job.given.choice("detail", "concise") == "full";
    answer(&space, (objectives, bounds), &tally, &best, (frontier_size, done, full))
}

/// The axes that a call gives in `vary`.
pub(super) fn axes(job: &Job<'_>, base: &Base<'_>) -> Result<Vec<Axis>, Refusal> {
    let mut axes = Vec::new();
    for vary in job.given.texts("vary") {
        let found = axis::parse(vary, base).map_err(|error| {
            let found = error.given.get(error.range.clone()).unwrap_or(vary).to_owned();
            Refusal {
                fix: error.help.clone(),
                ..Refusal::new("bad-axis", "vary", error.message).found(found)
            }
        })?;
        axes.extend(found);
    }
    Ok(axes)
}

/// One point that holds.
type Point = (u64, Figures);

fn walk(
    job: &Job<'_>,
    space: &Space<'_>,
    objectives: &[Objective],
    bounds: &[Bound],
) -> Result<(Tally, Vec<Point>, usize, u64), Refusal> {
    let limit = job.given.integer("limit").unwrap_or(10) as usize;
    let how = Walk { range: 0..space.len(), threads: run::all_cores(), cancel: job.progress.cancelled() };
    let costs = |figures: &Figures| -> Option<Vec<f64>> {
        objectives.iter().map(|(place, _, goal)| figures.at(*place).map(|value| goal.cost(value))).collect()
    };
    let holds = |figures: &Figures| {
        bounds.iter().all(|bound| {
            figures.at(bound.place).is_some_and(|value| {
                let Limit { max, min, .. } = bound.limit;
                max.is_none_or(|max| value <= max) && min.is_none_or(|min| value >= min)
            })
        })
    };
    let mut tally = Tally::default();
    let mut frontier = Frontier::new();
    let mut kept: Vec<(Vec<f64>, Point)> = Vec::new();
    let mut stopped = None;
    let single = objectives.len() == 1;
    let done = run::walk(
        space,
        &how,
        |first, outcomes| {
            let mut tally = Tally::default();
            let mut local = Frontier::new();
            let mut points: Vec<(Vec<f64>, Point)> = Vec::new();
            for (index, outcome) in (first..).zip(outcomes) {
                match outcome {
                    Outcome::Refused(why) => {
                        tally.refused += 1;
                        tally.because.get_or_insert_with(|| why.clone());
                    }
                    Outcome::Figures(figures) => match figures.status {
                        Status::Infeasible | Status::Error => tally.infeasible += 1,
                        Status::Ok if holds(figures) => {
                            tally.holding += 1;
                            match costs(figures) {
                                None => tally.unranked += 1,
                                Some(costs) if single || local.offer(index, &costs) => {
                                    points.push((costs, (index, *figures)));
                                }
                                Some(_) => {}
                            }
                        }
                        Status::Ok | Status::SlaFailed => tally.failing += 1,
                    },
                }
            }
            if single {
                points.sort_by(|a, b| a.0[0].total_cmp(&b.0[0]).then(a.1.0.cmp(&b.1.0)));
                points.truncate(limit);
            } else {
                let members: Vec<u64> = local.sorted().into_iter().map(|member| member.index).collect();
                points.retain(|(_, (index, _))| members.contains(index));
            }
            (tally, points)
        },
        |(part, points), done| {
            tally.holding += part.holding;
            tally.infeasible += part.infeasible;
            tally.failing += part.failing;
            tally.refused += part.refused;
            tally.unranked += part.unranked;
            tally.because = tally.because.take().or(part.because);
            if single {
                kept.extend(points);
                kept.sort_by(|a, b| a.0[0].total_cmp(&b.0[0]).then(a.1.0.cmp(&b.1.0)));
                kept.truncate(limit);
            } else {
                for (costs, point) in points {
                    if frontier.offer(point.0, &costs) {
                        kept.push((costs, point));
                    }
                }
                // What the frontier has let go is let go here as well, now and then.
                if kept.len() > 2 * frontier.len() + 1000 {
                    let members: std::collections::HashSet<u64> =
                        frontier.sorted().into_iter().map(|member| member.index).collect();
                    kept.retain(|(_, (index, _))| members.contains(index));
                }
            }
            let told = job.progress.step(done as f64, space.len() as f64, || {
                format!("{done} of {} plans, {} hold", space.len(), tally.holding)
            });
            match told {
                Ok(()) => true,
                Err(refusal) => {
                    stopped = Some(refusal);
                    false
                }
            }
        },
    );
    if let Some(refusal) = stopped {
        return Err(refusal);
    }
    job.progress.go_on()?;
    let size = if single { kept.len().min(1) } else { frontier.len() };
    let points = if single {
        kept.into_iter().map(|(_, point)| point).collect()
    } else {
        let sorted = frontier.sorted();
        let mut by_index: std::collections::HashMap<u64, Point> =
            kept.into_iter().map(|(_, point)| (point.0, point)).collect();
        // A long frontier is shown from end to end, evenly.
        let shown = limit.min(sorted.len());
        (0..shown)
            .filter_map(|nth| {
                let place = if shown > 1 { nth * (sorted.len() - 1) / (shown - 1) } else { 0 };
                by_index.remove(&sorted[place].index)
            })
            .collect()
    };
    Ok((tally, points, size, done))
}

fn answer(
    space: &Space<'_>,
    (objectives, bounds): (&[Objective], &[Bound]),
    tally: &Tally,
    best: &[Point],
    (frontier_size, done, full): (usize, u64, bool),
) -> Result<Answer, Refusal> {
    let key = |metric: &Metric| format!("{}{}", metric.lens.prefix(), metric.key);
    let names: Vec<String> = objectives.iter().map(|(_, metric, _)| key(metric)).collect();
    let asked: Vec<String> =
        names.iter().cloned().chain(bounds.iter().map(|bound| key(bound.limit.metric))).collect();
    let mut rows = Vec::new();
    let mut lines = String::new();
    for (index, figures) in best {
        let edits = space.edits(*index);
        let warnings = space.warnings(*index);
        let mut row = Map::new();
        row.insert("edits".into(), words::edits(&edits));
        row.insert("status".into(), json!(figures.status.name()));
        let wall = figures.binding_wall.and_then(walls::wall);
        row.insert("binding_wall".into(), json!(wall.map(|wall| wall.name)));
        for (place, metric) in METRICS.iter().enumerate() {
            if let Some(value) = figures.at(place).filter(|value| value.is_finite()) {
                row.insert(key(metric), json!(value));
            }
        }
        if !full {
            words::shorten(&mut row, &asked);
        }
        if let Some(usd) = notes::training_usd(figures) {
            row.insert("training_usd".into(), json!(usd));
        }
        let assignments: Vec<String> = edits.iter().map(|(path, value)| format!("{path}={value}")).collect();
        let values: Vec<String> = objectives
            .iter()
            .map(|(place, metric, _)| {
                let value = figures.at(*place).map_or("–".into(), number);
                format!("{} {value} {}", key(metric), metric.unit).trim_end().to_owned()
            })
            .collect();
        row.insert("warnings".into(), json!(warnings));
        let codes = words::codes(&warnings);
        let training = words::training(figures);
        lines.push_str(&format!("{}{training}: {}{codes}\n", values.join(", "), assignments.join(", ")));
        rows.push(Value::Object(row));
    }
    let head = match (best.first(), objectives.len()) {
        (None, _) => "No point holds".to_owned(),
        (Some(_), 1) => format!("Best of {} by {}", space.len(), names[0]),
        (Some(_), _) => {
            format!("Frontier of {frontier_size} points by {}, best {} first", names.join(" and "), names[0])
        }
    };
    let mut text = format!(
        "{head}: {} of {} points hold, {} do not fit, {} break a target, {} are no plan\n{lines}",
        tally.holding,
        space.len(),
        tally.infeasible,
        tally.failing,
        tally.refused
    );
    if tally.unranked > 0 {
        text.push_str(&format!(
            "{} of those that hold are not ranked: they have no {}\n",
            tally.unranked,
            names.join(" or no ")
        ));
    }
    if objectives.len() > 1 && frontier_size > best.len() {
        text.push_str(&format!("{} more on the frontier; limit shows them\n", frontier_size - best.len()));
    }
    if let Some(because) = &tally.because {
        text.push_str(&format!("no plan, for example: {because}\n"));
    }
    let best_yaml = match best.first() {
        Some((index, _)) => {
            Some(space.text(*index).map_err(|error| Refusal::new("edit", "vary", error.to_string()))?)
        }
        None => None,
    };
    if let Some(yaml) = &best_yaml {
        text.push_str(&format!("\nplan of the first:\n{yaml}"));
    }
    let goals: Vec<Value> = objectives
        .iter()
        .map(|(_, metric, goal)| {
            let way = if *goal == Goal::Least { "least" } else { "most" };
            json!({"metric": key(metric), "goal": way, "unit": metric.unit})
        })
        .collect();
    let structured = json!({
        "points": space.len(),
        "evaluated": done,
        "holding": tally.holding,
        "infeasible": tally.infeasible,
        "failing": tally.failing,
        "refused": tally.refused,
        "unranked": tally.unranked,
        "refused_because": tally.because,
        "objectives": goals,
        "frontier_size": frontier_size,
        "best": rows,
        "best_yaml": best_yaml,
    });
    Ok(Answer { text, structured })
}
