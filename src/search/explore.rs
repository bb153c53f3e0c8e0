//! A space as a cloud of points over two figures, coarse first and finer with time.
//!
//! Points are taken in an order that spreads over the whole space from the start, so that what is seen after
//! a moment is a fair picture of it; once all are seen, so is the exact frontier.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::optimize::Objective;
use super::pareto::Frontier;
use super::points::{Evaluator, Outcome, Space};
use crate::engine::report::Status;

/// Dots that are kept to be drawn: far more than a terminal has cells for.
const MOST_DOTS: usize = 4000;

/// Points between two looks at the clock.
const STRIDE: u64 = 16;

/// One point that fits.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Dot {
    /// Number in the space.
    pub index: u64,
    /// Figures of the two objectives, in their units.
    pub at: (f64, f64),
    /// Every promise of the plan is kept.
    pub ok: bool,
}

/// What is known of a space so far.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Cloud {
    /// Points that fit, a sample of them where there are many.
    pub dots: Vec<Dot>,
    /// Points that keep every promise and that nothing beats, best first in the first objective.
    pub frontier: Vec<Dot>,
    /// Points that were evaluated.
    pub done: u64,
    /// Points of the space.
    pub of: u64,
    /// Points that fit.
    pub fit: u64,
    /// Why a point was no plan, the first time.
    pub refused: Option<String>,
}

/// Looks at up to `budget` points of a space, for at most `time`. `each` is given what is known every now and
/// then, and at the end; it ends the work by answering false.
pub fn explore(
    space: &Space<'_>,
    objectives: [Objective; 2],
    (budget, time): (u64, Duration),
    cancel: &AtomicBool,
    mut each: impl FnMut(&Cloud) -> bool,
) -> Cloud {
    /// How often the picture is renewed.
    const RENEWED: Duration = Duration::from_millis(120);
    let mut cloud = Cloud { of: space.len(), ..Cloud::default() };
    let mut frontier = Frontier::new();
    let mut evaluator = Evaluator::new(space);
    let step = spread(space.len());
    let (begin, mut told) = (Instant::now(), Instant::now());
    let values = |outcome: &Outcome| {
        let figures = outcome.figures()?;
        Some((figures.at(objectives[0].place)?, figures.at(objectives[1].place)?))
    };
    for turn in 0..space.len().min(budget) {
        if turn % STRIDE == 0 {
            if cancel.load(Ordering::Relaxed) || begin.elapsed() > time {
                break;
            }
            if told.elapsed() > RENEWED {
                cloud.frontier = members(&frontier, objectives);
                if !each(&cloud) {
                    return cloud;
                }
                told = Instant::now();
            }
        }
        let index = (u128::from(turn) * u128::from(step) % u128::from(space.len())) as u64;
        let outcome = evaluator.figures(index);
        cloud.done += 1;
        let status = match &outcome {
            Outcome::Refused(why) => {
                cloud.refused.get_or_insert_with(|| why.clone());
                continue;
            }
            Outcome::Figures(figures) => figures.status,
        };
        if !matches!(status, Status::Ok | Status::SlaFailed) {
            continue;
        }
        cloud.fit += 1;
        let Some((x, y)) = values(&outcome) else { continue };
        if !(x.is_finite() && y.is_finite()) {
            continue;
        }
        let ok = status == Status::Ok;
        if cloud.dots.len() < MOST_DOTS {
            cloud.dots.push(Dot { index, at: (x, y), ok });
        }
        if ok {
            frontier.offer(index, &[objectives[0].goal.cost(x), objectives[1].goal.cost(y)]);
        }
    }
    cloud.frontier = members(&frontier, objectives);
    each(&cloud);
    cloud
}

fn members(frontier: &Frontier, objectives: [Objective; 2]) -> Vec<Dot> {
    let dot = |index, costs: &[f64]| {
        // A cost is its own opposite's opposite.
        let at = (objectives[0].goal.cost(costs[0]), objectives[1].goal.cost(costs[1]));
        Dot { index, at, ok: true }
    };
    frontier.sorted().iter().map(|one| dot(one.index, &one.costs)).collect()
}

/// A step that visits every number below `length` once and spreads the visits evenly: near the golden section,
/// and without a common divisor.
fn spread(length: u64) -> u64 {
    let mut step = ((length as f64 * 0.618_033_988_749_895) as u64).max(1);
    while gcd(step, length) != 1 {
        step += 1;
    }
    step
}

fn gcd(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { gcd(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::figures;
    use crate::plan::{self, Options};
    use crate::registry::Registry;
    use crate::search::axis::Axis;
    use crate::search::optimize::{How, objective, search};

    #[test]
    fn every_point_is_visited_once() {
        for length in [1, 2, 3, 12, 97, 1000] {
            let step = spread(length);
            let mut seen: Vec<u64> = (0..length).map(|turn| turn * step % length).collect();
            seen.sort_unstable();
            assert_eq!(seen, (0..length).collect::<Vec<_>>());
        }
    }

    #[test]
    fn a_whole_cloud_has_the_exact_frontier_and_a_cancelled_one_ends() {
        let text = "version: \"1.0\"\nname: x\nworkload: {name: Llama3_8B, mode: serve}\nhardware: {name: H100}\nops: {region: Quebec}\n";
        let registry = Registry::builtin();
        let plan = plan::read(text, &registry, Options::default()).plan.unwrap();
        let base = figures::figures(&plan, &registry);
        let axis = |path: &str, values: &[&str]| {
            Axis::new(path, values.iter().map(|value| (*value).to_owned()).collect())
        };
        let axes = vec![
            axis("hardware.name", &["H100", "A100"]),
            axis("workload.batch_size", &["1", "8", "64", "4096"]),
        ];
        let space = Space::new(text, &registry, Options::default(), axes).unwrap();
        let goals = ["cost", "latency"].map(|word| objective::objective(word, &base).unwrap());
        let cancel = AtomicBool::new(false);
        let budget = (1000, Duration::from_secs(600));
        let mut told = 0;
        let cloud = explore(&space, goals, budget, &cancel, |_| {
            told += 1;
            true
        });
        assert!(told >= 1);
        assert_eq!((cloud.done, cloud.of), (8, 8));
        assert_eq!(cloud.dots.len() as u64, cloud.fit);
        let found =
            search(&space, &plan, &base, &goals, &How { threads: 1, cancel: &cancel, method: None }, |_| {
                true
            });
        let indices = |found: &[Dot]| found.iter().map(|dot| dot.index).collect::<Vec<_>>();
        assert_eq!(
            indices(&cloud.frontier),
            found.frontier.iter().map(|design| design.index).collect::<Vec<_>>()
        );
        cancel.store(true, Ordering::Relaxed);
        assert_eq!(explore(&space, goals, budget, &cancel, |_| true).done, 0);
    }
}
