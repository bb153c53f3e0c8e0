//! Leaving out points that cannot win, with proof: bounds along the batch of a service.
//!
//! With the division of the fleet written out, a larger batch never makes a service of a language model
//! lighter or quicker: memory, the step and every latency stay or grow. And since a batch of `b` sequences
//! takes at least the time that a smaller one took, throughput grows by no more than `b` over that batch.
//! Power lies between its idle share and all of it. So one evaluated batch bounds every larger one, and
//! where even the bound is beaten by a design that is known (or breaks a promise), none of them is
//! evaluated. `tests` hold the result against the exhaustive one.

use super::objective::Objective;
use super::{How, Progress, Weighed};
use crate::engine::common::constants::IDLE_POWER_FRACTION;
use crate::engine::figures::Figures;
use crate::engine::report::Status;
use crate::metrics::{self, Lens, METRICS};
use crate::plan::{Auto, Mode, Plan};
use crate::registry::Physics;
use crate::search::pareto::{Frontier, Goal};
use crate::search::points::{Evaluator, Outcome, Space};
use std::ops::Range;
use std::sync::atomic::Ordering;
use std::thread;

const BATCH: &str = "workload.batch_size";

/// Fields that may vary beside the batch without breaking what the bounds rest on.
const ALLOWED: &[&str] = &[
    "hardware.name",
    "hardware.accelerators",
    "hardware.node_count",
    "hardware.accelerators_per_node",
    "hardware.intra_node_bw",
    "hardware.fabric_bandwidth",
    "hardware.precision",
    "hardware.efficiency",
    "workload.seq_len",
    "workload.serve.kv_precision",
    "parallelism.tensor",
    "parallelism.pipeline",
    "parallelism.data",
    "parallelism.expert",
    "ops.region",
    "ops.duration_days",
    "ops.acquisition",
    "ops.electricity_usd_per_kwh",
    "ops.rent_usd_per_accelerator_hour",
    "ops.utilization",
];

/// Room for rounding: a bound must not be missed by the last digit.
const SLACK: f64 = 1e-9;

/// Rows that are worked with the same frontier: fixed, so that what is evaluated does not depend on the
/// number of threads.
const BLOCK: u64 = 64;

/// The batch axis of a space, and what holds along it.
pub(super) struct Ladder {
    /// Batch and its place on the axis, smallest first.
    rungs: Vec<(f64, u64)>,
    /// Points from one place on the axis to the next.
    stride: u64,
    /// Upper and lower bounds that the plan sets, by metric.
    promises: Vec<(usize, Option<f64>, Option<f64>)>,
    /// Carbon has a price, so that not only the electricity bill follows the load.
    carbon_priced: bool,
}

impl Ladder {
    /// The ladder of a space; `None` where the bounds would not hold or would bound nothing.
    pub(super) fn of(
        space: &Space<'_>,
        plan: &Plan,
        base: &Figures,
        objectives: &[Objective],
    ) -> Option<Ladder> {
        let axes = space.axes();
        let served = plan.physics == Physics::Studio
            && base.mode == Mode::Serve
            && base.metric(Lens::Performance, "itl_ms").is_some();
        let simple = plan.workload.serve.as_ref().is_none_or(|serve| {
            serve.request_rate_per_s.is_none()
                && serve.draft_model.is_none()
                && serve.decode_hardware.is_none()
        });
        let known = axes.iter().all(|axis| axis.path == BATCH || ALLOWED.contains(&axis.path.as_str()));
        let p = &plan.parallelism;
        let written = |field: Option<Auto<u64>>, path: &str| match axes.iter().find(|axis| axis.path == path)
        {
            Some(axis) => axis.values.iter().all(|value| value.parse::<u64>().is_ok()),
            None => matches!(field, Some(Auto::Is(_))),
        };
        let divided = written(p.tensor, "parallelism.tensor") && written(p.pipeline, "parallelism.pipeline");
        let bounded = objectives.iter().all(|one| growth(one.place).is_some());
        if !(served && simple && known && divided && bounded) {
            return None;
        }
        let at = axes.iter().position(|axis| axis.path == BATCH)?;
        // Where something else turns with the batch, it alone is no ladder.
        if axes[at].linked || axes.get(at + 1).is_some_and(|next| next.linked) {
            return None;
        }
        let mut rungs: Vec<(f64, u64)> = Vec::with_capacity(axes[at].values.len());
        for (place, value) in (0..).zip(&axes[at].values) {
            rungs.push((value.parse().ok().filter(|batch| *batch >= 1.0)?, place));
        }
        rungs.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let inner = axes[at + 1..].iter().filter(|axis| !axis.linked);
        let stride = inner.map(|axis| axis.values.len() as u64).product();
        let promises = plan
            .assertions
            .iter()
            .filter_map(|promise| {
                let metric = metrics::by_assertion_name(&promise.metric)?;
                Some((metrics::place(metric.lens, metric.key), promise.max, promise.min))
            })
            .collect();
        let carbon_priced = plan.ops.as_ref().is_some_and(|ops| ops.carbon_usd_per_tonne > 0.0);
        Some(Ladder { rungs, stride, promises, carbon_priced })
    }

    fn rows(&self, space: &Space<'_>) -> u64 {
        space.len() / self.rungs.len() as u64
    }

    /// The first point of a row: the batch at the first place of its axis.
    fn row(&self, row: u64) -> u64 {
        let turn = self.stride * self.rungs.len() as u64;
        row / self.stride * turn + row % self.stride
    }

    /// The best that a metric can be at a batch up to `ratio` times that of `figures`.
    fn best(&self, place: usize, goal: Goal, figures: &Figures, ratio: f64) -> Option<f64> {
        let value = figures.at(place)?;
        let idle = IDLE_POWER_FRACTION;
        // What of a cost is left where the accelerators idle.
        let paid = || {
            let total = figures.metric(Lens::Macro, "tco_usd")?;
            let energy = figures.metric(Lens::Macro, "energy_cost")?;
            let least = if self.carbon_priced { total * idle } else { total - energy * (1.0 - idle) };
            (total > 0.0).then(|| least.max(0.0) / total)
        };
        let best = match (growth(place)?, goal) {
            (Growth::Up, Goal::Least) => value,
            (Growth::Share, Goal::Most) => value * ratio,
            (Growth::Power, Goal::Least) => value * idle,
            (Growth::Paid, Goal::Least) => value * paid()?,
            (Growth::PowerPerToken, Goal::Least) => value * idle / ratio,
            (Growth::PaidPerToken, Goal::Least) => value * paid()? / ratio,
            _ => return None,
        };
        Some(match goal {
            Goal::Least => best - best.abs() * SLACK,
            Goal::Most => best + best.abs() * SLACK,
        })
    }

    /// True where no larger batch up to `ratio` times this one can keep every promise.
    fn breaks_a_promise(&self, figures: &Figures, ratio: f64) -> bool {
        self.promises.iter().any(|&(place, max, min)| {
            let over =
                |max: f64| self.best(place, Goal::Least, figures, ratio).is_some_and(|best| best > max);
            let under =
                |min: f64| self.best(place, Goal::Most, figures, ratio).is_some_and(|best| best < min);
            max.is_some_and(over) || min.is_some_and(under)
        })
    }
}

/// How a metric follows the batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Growth {
    /// Never falls.
    Up,
    /// Grows by no more than the batch does.
    Share,
    /// Between its idle share and all of it.
    Power,
    /// What is paid for, with or without load, and electricity.
    Paid,
    /// The two, over tokens.
    PowerPerToken,
    PaidPerToken,
}

fn growth(place: usize) -> Option<Growth> {
    let metric = METRICS.get(place)?;
    Some(match (metric.lens, metric.key) {
        (Lens::Feasibility, "memory_used_gb" | "memory_utilization")
        | (Lens::Performance, "latency" | "ttft_ms" | "itl_ms" | "request_latency_ms") => Growth::Up,
        (Lens::Performance, "output_tokens_per_s" | "throughput") => Growth::Share,
        (Lens::Macro, "energy_kwh" | "energy_cost" | "carbon_footprint" | "water_liters") => Growth::Power,
        (Lens::Macro, "tco_usd" | "annual_tco_usd") => Growth::Paid,
        (Lens::Macro, "g_co2_per_million_tokens") => Growth::PowerPerToken,
        (Lens::Macro, "usd_per_million_tokens") => Growth::PaidPerToken,
        _ => return None,
    })
}

/// The frontier of the whole space; only the points that could be on it are evaluated.
pub(super) fn search(
    space: &Space<'_>,
    ladder: &Ladder,
    objectives: &[Objective],
    how: &How<'_>,
    progress: &mut dyn FnMut(&Progress) -> bool,
) -> Weighed {
    let rows = ladder.rows(space);
    let threads = how.threads.clamp(1, 1024).min(usize::try_from(rows).unwrap_or(usize::MAX).max(1));
    let mut evaluators: Vec<Evaluator<'_>> = (0..threads).map(|_| Evaluator::new(space)).collect();
    let mut whole = Weighed::default();
    let leading = super::leading(space, objectives);
    let none = Frontier::new();
    let mut from = 0;
    while from < rows {
        if how.cancel.load(Ordering::Relaxed) {
            whole.cancelled = true;
            break;
        }
        let to = (from + BLOCK).min(rows);
        let known = (whole.frontier.clone(), whole.groups.clone());
        let parts: Vec<Weighed> = thread::scope(|scope| {
            let mut running = Vec::with_capacity(threads);
            for (thread, evaluator) in (0_u64..).zip(evaluators.iter_mut()) {
                let (known, none) = (&known, &none);
                running.push(scope.spawn(move || {
                    let mut part = Weighed::default();
                    for row in (from + thread..to).step_by(threads) {
                        if how.cancel.load(Ordering::Relaxed) {
                            break;
                        }
                        let group = super::group(space, leading, ladder.row(row));
                        // Where each group has a best of its own, only that beats another of it.
                        let known = group.map_or(&known.0, |group| known.1.get(group).unwrap_or(none));
                        climb(ladder, row, objectives, evaluator, (known, group), &mut part);
                    }
                    part
                }));
            }
            // A thread that panicked has lost rows; passing the panic on is the only honest answer.
            running
                .into_iter()
                .map(|one| one.join().unwrap_or_else(|why| std::panic::resume_unwind(why)))
                .collect()
        });
        for part in &parts {
            whole.merge(part);
        }
        from = to;
        let done = from * ladder.rungs.len() as u64;
        if !progress(&Progress { done, of: space.len(), best: whole.frontier.len() }) {
            whole.cancelled = true;
            break;
        }
    }
    whole
}

/// One row: every batch of one combination of the other axes.
fn climb(
    ladder: &Ladder,
    row: u64,
    objectives: &[Objective],
    evaluator: &mut Evaluator<'_>,
    (known, group): (&Frontier, Option<usize>),
    part: &mut Weighed,
) {
    let first = ladder.row(row);
    // Of this row alone: what other rows of the block found depends on the threads.
    let mut own = Frontier::new();
    let mut open: Vec<Range<usize>> = std::iter::once(0..ladder.rungs.len()).collect();
    while let Some(span) = open.pop() {
        let (batch, place) = ladder.rungs[span.start];
        let index = first + place * ladder.stride;
        let outcome = evaluator.figures(index);
        part.tally.count(index, &outcome);
        let costs = super::weigh(&outcome, objectives, &mut part.unweighed);
        if let Some(costs) = &costs {
            own.offer(index, costs);
        }
        let rest = span.start + 1..span.end;
        if rest.is_empty() {
            continue;
        }
        let Outcome::Figures(figures) = &outcome else {
            // Nothing is known of the others: a plan may be refused for this batch alone.
            open.push(rest);
            continue;
        };
        // What does not fit fits no larger batch; a division that cannot be has nothing to do with the batch.
        if matches!(figures.status, Status::Infeasible | Status::Error) {
            continue;
        }
        let ratio = ladder.rungs[span.end - 1].0 / batch;
        if ladder.breaks_a_promise(figures, ratio) {
            continue;
        }
        let bound: Option<Vec<f64>> = objectives
            .iter()
            .map(|one| Some(one.goal.cost(ladder.best(one.place, one.goal, figures, ratio)?)))
            .collect();
        if bound.is_some_and(|bound| known.beats(&bound) || own.beats(&bound)) {
            continue;
        }
        let middle = rest.start + rest.len() / 2;
        if middle > rest.start {
            open.push(middle..rest.end);
            open.push(rest.start..middle);
        } else {
            open.push(rest);
        }
    }
    for member in own.sorted() {
        part.offer(group, member.index, &member.costs);
    }
}
