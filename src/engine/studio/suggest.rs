//! Edits that help: a plan that does not fit, one that breaks a promise, one that is simply bound.
//!
//! Each edit is evaluated like any plan and never guessed. The plan's own goal ranks them: to fit; else the
//! first broken assertion; else the metric that its mode is about. Where a plan keeps its promises, a
//! cheaper and a cleaner way of doing the same come last.
//!
//! | room | what it holds |
//! | --- | --- |
//! | `candidate` | one changed plan and its edits |
//! | `moves` | which changes are tried for which goal |
//! | `words` | what an edit gains and costs, in a sentence |

mod candidate;
mod moves;
mod words;

#[cfg(test)]
mod tests;

use super::machine::Machine;
use super::mode;
use crate::engine::assertions;
use crate::engine::figures::{Figures, Workspace};
use crate::engine::report::{ChosenParallelism, LensStatus, Report, Status, Suggestion};
use crate::metrics::{self, Better, Lens, Metric};
use crate::plan::{Assertion, Mode, Plan};
use crate::registry::Registry;
use candidate::{Candidate, Price};
use moves::{Ladder, Pull, Site};

/// Suggestions offered at most.
const MOST: usize = 4;
/// Evaluations for a plan that fails.
const TRIALS: usize = 20;
/// Evaluations for a plan that holds.
const TRIALS_IF_SOUND: usize = 7;
/// A smaller gain is not worth an edit.
const LEAST_GAIN: f64 = 0.03;

/// What the edits are for.
#[derive(Debug, Clone, Copy)]
enum Goal<'a> {
    /// Memory suffices.
    Fit,
    /// A broken assertion holds.
    Promise(&'static Metric, &'a Assertion),
    /// A metric improves.
    Better(&'static Metric),
}

impl Goal<'_> {
    fn metric(&self) -> Option<&'static Metric> {
        match self {
            Goal::Fit => metric(Lens::Feasibility, "memory_utilization"),
            Goal::Promise(metric, _) | Goal::Better(metric) => Some(metric),
        }
    }
}

/// The numbers of a plan, as far as edits are judged by them.
trait Numbers {
    /// A metric by lens and key.
    fn get(&self, lens: Lens, key: &str) -> Option<f64>;
    /// How the fleet is divided.
    fn division(&self) -> Option<ChosenParallelism>;

    /// A metric of the table.
    fn value(&self, metric: &Metric) -> Option<f64> {
        self.get(metric.lens, metric.key)
    }
}

impl Numbers for Report {
    fn get(&self, lens: Lens, key: &str) -> Option<f64> {
        self.metric(lens, key)
    }
    fn division(&self) -> Option<ChosenParallelism> {
        self.parallelism
    }
}

impl Numbers for Figures {
    fn get(&self, lens: Lens, key: &str) -> Option<f64> {
        self.metric(lens, key)
    }
    fn division(&self) -> Option<ChosenParallelism> {
        self.parallelism
    }
}

/// A candidate and its evaluation.
struct Trial {
    candidate: Candidate,
    figures: Figures,
    rank: [f64; 5],
}

fn metric(lens: Lens, key: &str) -> Option<&'static Metric> {
    metrics::METRICS.iter().find(|metric| metric.lens == lens && metric.key == key)
}

/// Share by which a metric improves; negative where it gets worse.
fn gain(metric: &Metric, before: f64, after: f64) -> f64 {
    let change = (after - before) / before.abs().max(f64::MIN_POSITIVE);
    if metric.better == Better::Higher { change } else { -change }
}

/// The metric that a plan of this mode is about.
fn headline(report: &Report) -> Option<&'static Metric> {
    let of = |key: &str| metric(Lens::Performance, key).filter(|metric| report.value(metric).is_some());
    let get = |key: &str| report.metric(Lens::Performance, key);
    if report.mode == Mode::Train {
        return of("time_to_train_days").or_else(|| of("step_latency")).or_else(|| of("latency"));
    }
    if get("offered_load").is_some_and(|load| load >= 0.95) {
        return of("offered_load");
    }
    let waits = get("ttft_ms").zip(get("request_latency_ms")).is_some_and(|(first, all)| first > 0.5 * all);
    of(if waits { "ttft_ms" } else { "itl_ms" }).or_else(|| of("latency"))
}

/// What a plan costs, for ranking: a year's dollars, else the price of its accelerators, else their number.
fn cost(plan: &Plan, report: &impl Numbers) -> f64 {
    let priced = ["annual_tco_usd", "tco_usd"].iter().find_map(|key| report.get(Lens::Macro, key));
    if plan.ops.is_some() {
        return priced.unwrap_or(f64::MAX);
    }
    let count = plan.hardware.accelerators as f64;
    plan.hardware.accelerator.facts.unit_cost_usd.map_or(f64::MAX, |usd| usd * count)
}

fn time_ms(report: &impl Numbers) -> Option<f64> {
    ["itl_ms", "step_latency", "latency"].iter().find_map(|key| report.get(Lens::Performance, key))
}

/// How far a value is from a bound, as a share of the bound; 0 where it holds.
fn excess(assertion: &Assertion, value: Option<f64>) -> f64 {
    let Some(value) = value else { return f64::MAX };
    let over = |distance: f64, bound: f64| (distance / bound.abs().max(1e-12)).max(0.0);
    let above = assertion.max.map_or(0.0, |max| over(value - max, max));
    let below = assertion.min.map_or(0.0, |min| over(min - value, min));
    above.max(below)
}

/// Names of the assertions that do not hold.
fn broken<'a>(plan: &'a Plan, figures: &impl Numbers) -> Vec<&'a str> {
    let holds = |assertion: &&Assertion| {
        let metric = metrics::by_assertion_name(&assertion.metric);
        excess(assertion, metric.and_then(|metric| figures.value(metric))) <= 0.0
    };
    let load = figures.get(Lens::Performance, "offered_load");
    let unanswered = assertions::unanswered(&plan.assertions, load);
    plan.assertions
        .iter()
        .filter(|one| !holds(one))
        .chain(unanswered)
        .map(|one| one.metric.as_str())
        .collect()
}

/// Reasons to doubt the numbers: replicas without work or with unequal work, a queue that grows.
fn doubts(plan: &Plan, figures: &impl Numbers) -> [bool; 3] {
    let (batch, data) =
        (plan.workload.batch_size, figures.division().map_or(1, |division| division.data.max(1)));
    let training = mode(plan) == Mode::Train;
    [
        batch < data,
        training && !batch.is_multiple_of(data),
        figures.get(Lens::Performance, "offered_load").is_some_and(|load| load >= 1.0),
    ]
}

/// The rank of a trial, smallest first, and whether it reaches the goal; `None` where it does not help.
fn judge(
    goal: &Goal<'_>,
    plan: &Plan,
    before: &Report,
    trial: &Candidate,
    after: &Figures,
) -> Option<([f64; 5], bool)> {
    if after.feasibility != LensStatus::Pass || after.status == Status::Error {
        return None;
    }
    // An edit never replaces one reason to doubt the numbers by another.
    if doubts(&trial.plan, after).iter().zip(doubts(plan, before)).any(|(after, before)| *after && !before) {
        return None;
    }
    let broken = broken(&trial.plan, after).len() as f64;
    let price = f64::from(trial.price as u8);
    let money = cost(&trial.plan, after);
    let time = time_ms(after).unwrap_or(f64::MAX);
    match goal {
        Goal::Fit => Some(([broken, price, money, time, trial.edits.len() as f64], broken == 0.0)),
        Goal::Promise(metric, assertion) => {
            let value = after.value(metric);
            let (was, left) = (excess(assertion, before.value(metric)), excess(assertion, value));
            // At least a step towards the bound.
            (left <= was * (1.0 - LEAST_GAIN)).then_some((
                [
                    if left > 0.0 { 1.0 } else { 0.0 },
                    broken,
                    price,
                    if left > 0.0 { left } else { money },
                    time,
                ],
                left == 0.0,
            ))
        }
        Goal::Better(metric) => {
            let gain = gain(metric, before.value(metric)?, after.value(metric)?);
            let dearer = money > 1.1 * cost(plan, before);
            (gain >= LEAST_GAIN && broken == 0.0 && trial.price != Price::Work)
                .then_some(([price, f64::from(u8::from(dearer)), -gain, money, time], true))
        }
    }
}

/// Evaluates ladders step by step; a ladder ends where its goal is reached.
fn trials(
    work: &mut Workspace,
    site: &Site<'_>,
    goal: &Goal<'_>,
    ladders: Vec<Ladder>,
    most: usize,
) -> Vec<Trial> {
    let mut found: Vec<Trial> = Vec::with_capacity(most);
    let mut left = most;
    for ladder in ladders {
        for mut candidate in ladder {
            if left == 0 {
                return found;
            }
            left -= 1;
            let figures = work.figures(&candidate.plan);
            let Some((rank, reached)) = judge(goal, site.plan, site.report, &candidate, &figures) else {
                if matches!(goal, Goal::Better(_)) {
                    break;
                }
                continue;
            };
            candidate.write_division(site.plan, site.report.parallelism, figures.division());
            found.push(Trial { candidate, figures, rank });
            if reached {
                break;
            }
        }
    }
    found.sort_by(|a, b| {
        a.rank
            .iter()
            .zip(&b.rank)
            .map(|(a, b)| a.total_cmp(b))
            .find(|order| order.is_ne())
            .unwrap_or(std::cmp::Ordering::Equal)
    });
    found
}

/// The best of each kind of change (first field edited) before a second of a kind, so that there is a choice.
/// Of those that `must` picks the first is among them in any case.
fn choose(found: Vec<Trial>, most: usize, must: impl Fn(&Candidate) -> bool) -> Vec<Trial> {
    let field = |trial: &Trial| trial.candidate.edits.first().map(|edit| edit.0.clone());
    let mut kept: Vec<usize> = Vec::with_capacity(most);
    for another_of_a_kind in [false, true] {
        for (place, trial) in found.iter().enumerate() {
            let seen = kept.iter().any(|&other| field(&found[other]) == field(trial));
            // What only adds to something better says nothing new.
            let edits = &trial.candidate.edits;
            let covered = kept
                .iter()
                .any(|&better| found[better].candidate.edits.iter().all(|edit| edits.contains(edit)));
            if kept.len() < most && !covered && seen == another_of_a_kind {
                kept.push(place);
            }
        }
    }
    let wanted = found.iter().position(|trial| must(&trial.candidate));
    if let Some(place) = wanted
        && !kept.iter().any(|&place| must(&found[place].candidate))
    {
        // The last of the kept has the lowest rank, or is a second of its kind.
        if kept.len() >= most {
            kept.pop();
        }
        kept.push(place);
    }
    found.into_iter().enumerate().filter(|(place, _)| kept.contains(place)).map(|(_, trial)| trial).collect()
}

/// What the plan is after, in order.
fn goal<'a>(plan: &'a Plan, report: &Report) -> Option<Goal<'a>> {
    if report.feasibility.status == LensStatus::Fail {
        return Some(Goal::Fit);
    }
    // First of all: while the queue grows, nobody can say how long anything takes.
    let load = report.metric(Lens::Performance, "offered_load");
    let unanswered = assertions::unanswered(&plan.assertions, load);
    let broken = unanswered.into_iter().chain(&plan.assertions).find_map(|assertion| {
        let metric = metrics::by_assertion_name(&assertion.metric)?;
        let broken = excess(assertion, Some(report.value(metric)?)) > 0.0;
        broken.then_some(Goal::Promise(metric, assertion))
    });
    broken.or_else(|| headline(report).map(Goal::Better))
}

/// At most four edits that help the plan, best first.
pub(super) fn suggestions(plan: &Plan, registry: &Registry, report: &Report) -> Vec<Suggestion> {
    if report.status == Status::Error {
        return Vec::new();
    }
    let Some(goal) = goal(plan, report) else { return Vec::new() };
    let node = Machine::of(&plan.hardware).map_or(1, |machine| machine.node);
    let site = Site { plan, registry, report, mode: mode(plan), node };
    let Some(of) = goal.metric() else { return Vec::new() };
    let share = match goal {
        Goal::Promise(metric, assertion) if metric.key == "memory_utilization" => {
            assertion.max.unwrap_or(1.0)
        }
        Goal::Promise(metric, assertion) if metric.key == "memory_used_gb" => assertion
            .max
            .zip(report.memory.as_ref())
            .map_or(1.0, |(gb, memory)| gb * 1e9 / memory.capacity_bytes),
        _ => 1.0,
    };
    let mut work = Workspace::new(registry);
    let mut ladders = site.ladders(Pull::of(of.key, site.mode), of.key, share);
    if matches!(goal, Goal::Fit) {
        ladders.splice(0..0, site.smaller_work(&mut work));
    }
    let sound = matches!(goal, Goal::Better(_));
    let found = trials(&mut work, &site, &goal, ladders, if sound { TRIALS_IF_SOUND } else { TRIALS });
    let mut kept: Vec<Suggestion> = Vec::with_capacity(MOST);
    let mut add = |goal: &Goal<'_>, trials: Vec<Trial>| {
        kept.extend(trials.into_iter().map(|trial| words::suggestion(goal, plan, report, trial)));
    };
    if !sound {
        let fills = matches!(goal, Goal::Fit) && site.work_fills();
        add(&goal, choose(found, MOST, |candidate| fills && candidate.lowers_batch(plan)));
        return kept;
    }
    add(&goal, choose(found, MOST - 2, |_| false));
    if plan.ops.is_some() {
        let money = ["usd_per_million_tokens", "annual_tco_usd"]
            .iter()
            .find_map(|key| metric(Lens::Macro, key).filter(|metric| report.value(metric).is_some()));
        for (metric, pull) in [(money, Pull::Money), (metric(Lens::Macro, "carbon_footprint"), Pull::Carbon)]
        {
            let Some(goal) = metric.map(Goal::Better) else { continue };
            let found = trials(&mut work, &site, &goal, site.second(pull), 3);
            add(&goal, choose(found, 1, |_| false));
        }
    }
    let mut seen: Vec<Vec<(String, String)>> = Vec::with_capacity(kept.len());
    kept.retain(|suggestion| {
        let new = !seen.contains(&suggestion.edits);
        seen.push(suggestion.edits.clone());
        new
    });
    kept
}
