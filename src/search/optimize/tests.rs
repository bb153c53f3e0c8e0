use super::*;
use crate::engine::figures;
use crate::engine::report::Status;
use crate::plan::{self, Options};
use crate::registry::Registry;
use crate::search::axis::Axis;

const SERVE: &str = "version: \"1.0\"
name: serve
workload: {name: Llama3_8B, mode: serve, batch_size: 4, seq_len: 2048}
hardware: {name: H100, accelerators: 2}
parallelism: {tensor: 1, pipeline: 1}
ops: {region: Quebec}
";

struct Random(u64);

impl Random {
    fn below(&mut self, most: usize) -> usize {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (self.0 >> 33) as usize % most
    }

    fn some<'a>(&mut self, from: &[&'a str], most: usize) -> Vec<&'a str> {
        let count = 1 + self.below(most);
        let mut all = from.to_vec();
        while all.len() > count {
            let at = self.below(all.len());
            all.remove(at);
        }
        // In any order.
        let turn = self.below(all.len());
        all.rotate_left(turn);
        all
    }
}

fn axis(path: &str, values: &[&str]) -> Axis {
    Axis::new(path, values.iter().map(|value| (*value).to_owned()).collect())
}

fn found(text: &str, axes: Vec<Axis>, objectives: &[&str], method: Option<Method>, threads: usize) -> Found {
    let registry = Registry::builtin();
    let reading = plan::read(text, &registry, Options::default());
    let plan = reading.plan.unwrap();
    let base = figures::figures(&plan, &registry);
    let objectives: Vec<Objective> =
        objectives.iter().map(|name| objective::objective(name, &base).unwrap()).collect();
    let space = Space::new(text, &registry, Options::default(), axes).unwrap();
    let cancel = AtomicBool::new(false);
    search(&space, &plan, &base, &objectives, &How { threads, cancel: &cancel, method }, |_| true)
}

/// What no other point beats, by comparing each with every other; best first in the first objective. And the
/// same from `parts` parts of the space, walked by themselves and put together from the last to the first.
fn brute_force(text: &str, axes: Vec<Axis>, names: &[&str], parts: u64) -> (Vec<u64>, Vec<u64>) {
    let registry = Registry::builtin();
    let plan = plan::read(text, &registry, Options::default()).plan.unwrap();
    let base = figures::figures(&plan, &registry);
    let goals: Vec<Objective> = names.iter().map(|name| objective::objective(name, &base).unwrap()).collect();
    let space = Space::new(text, &registry, Options::default(), axes).unwrap();
    let mut evaluator = Evaluator::new(&space);
    let costs = |outcome: &Outcome| -> Option<Vec<f64>> {
        let figures = outcome.figures().filter(|figures| figures.status == Status::Ok)?;
        goals.iter().map(|one| figures.at(one.place).map(|value| one.goal.cost(value))).collect()
    };
    let points: Vec<(u64, Vec<f64>)> =
        (0..space.len()).filter_map(|index| Some((index, costs(&evaluator.figures(index))?))).collect();
    // Beaten: nowhere better than another that is better somewhere, or the same as an earlier one.
    let beats = |(a, one): &(u64, Vec<f64>), (b, other): &(u64, Vec<f64>)| {
        one.iter().zip(other).all(|(one, other)| one <= other) && (one != other || a < b)
    };
    let mut best: Vec<&(u64, Vec<f64>)> =
        points.iter().filter(|point| !points.iter().any(|other| beats(other, point))).collect();
    best.sort_by(|a, b| a.1.partial_cmp(&b.1).unwrap().then(a.0.cmp(&b.0)));

    let mut together = Weighed::default();
    for part in (1..=parts).rev() {
        let mut weighed = Weighed::default();
        for index in (run::Shard { part, parts }).range(space.len()) {
            if let Some(costs) = weigh(&evaluator.figures(index), &goals, &mut weighed.unweighed) {
                weighed.frontier.offer(index, &costs);
            }
        }
        together.merge(&weighed);
    }
    let merged = together.frontier.sorted().into_iter().map(|one| one.index).collect();
    (best.into_iter().map(|(index, _)| *index).collect(), merged)
}

fn indices(found: &Found) -> Vec<u64> {
    found.frontier.iter().map(|design| design.index).collect()
}

#[test]
fn on_200_spaces_pruning_walking_and_brute_force_find_the_same() {
    let mut random = Random(7);
    let (mut evaluated, mut points, mut frontiers) = (0, 0, 0);
    for round in 0..200 {
        let model = random.some(&["Llama3_8B", "Llama3_70B", "Mixtral_8x7B"], 1)[0];
        let promise = match random.below(4) {
            0 => "constraints: {assert: [{metric: performance.itl_ms, max: 12}]}\n",
            1 => {
                "constraints: {assert: [{metric: performance.output_tokens_per_s, min: 2000}, {metric: feasibility.memory_utilization, max: 0.8}]}\n"
            }
            2 => "constraints: {assert: [{metric: macro.usd_per_million_tokens, max: 2}]}\n",
            _ => "",
        };
        let text = format!("{}{promise}", SERVE.replace("Llama3_8B", model));
        let mut axes = vec![
            axis("hardware.name", &random.some(&["H100", "A100", "MI300X", "L4"], 2)),
            axis("hardware.accelerators", &random.some(&["1", "2", "4", "8"], 2)),
            axis(
                "workload.batch_size",
                &random.some(&["1", "2", "3", "7", "8", "16", "17", "64", "100", "256", "300", "1024"], 9),
            ),
        ];
        if random.below(2) == 0 {
            axes.push(axis("parallelism.tensor", &random.some(&["1", "2", "4"], 2)));
        }
        if random.below(4) == 0 {
            axes.push(axis("hardware.precision", &["fp16", "fp8"]));
        }
        if random.below(4) == 0 {
            axes.push(axis("ops.region", &["Quebec", "Poland"]));
        }
        let turn = random.below(axes.len());
        axes.rotate_left(turn);
        // Now and then a field turns with the last one.
        if random.below(4) == 0
            && let Some(Axis { path, values, .. }) = axes.last()
            && path != "workload.batch_size"
        {
            let lengths = ["512", "2048", "4096", "16000"];
            let values = (0..values.len()).map(|at| lengths[at % 4].to_owned()).collect();
            axes.push(Axis { linked: true, ..Axis::new("workload.seq_len", values) });
        }
        let wanted =
            ["cost", "latency", "throughput", "itl_ms", "tco", "energy", "carbon", "memory_utilization"];
        let objectives = random.some(&wanted, 3);
        let all = found(&text, axes.clone(), &objectives, Some(Method::Exhaustive), 1 + random.below(4));
        let pruned = found(&text, axes.clone(), &objectives, Some(Method::Pruned), 1 + random.below(3));
        let (best, merged) = brute_force(&text, axes.clone(), &objectives, 1 + random.below(5) as u64);
        assert_eq!(indices(&all), best, "round {round}: {objectives:?} over {axes:?} of {text}");
        assert_eq!(merged, best, "round {round}: in parts");
        assert_eq!(pruned.method, Method::Pruned, "round {round}");
        assert_eq!(all.frontier, pruned.frontier, "round {round}: {objectives:?} over {axes:?} of {text}");
        assert_eq!(all.others, pruned.others, "round {round}: {objectives:?} over {axes:?} of {text}");
        points += all.tally.points;
        evaluated += pruned.tally.points;
        frontiers += all.frontier.len();
    }
    assert!(frontiers > 200, "{frontiers}");
    assert!(evaluated * 10 < points * 9, "{evaluated} of {points}: pruning leaves nothing out");
}

#[test]
fn frontiers_equal_brute_force() {
    let axes = || {
        vec![
            axis("hardware.name", &["H100", "A100", "L4"]),
            axis("hardware.accelerators", &["1", "2"]),
            axis("workload.batch_size", &["1", "8", "64"]),
        ]
    };
    let registry = Registry::builtin();
    let space = Space::new(SERVE, &registry, Options::default(), axes()).unwrap();
    let mut evaluator = Evaluator::new(&space);
    let keys = ["usd_per_million_tokens", "request_latency_ms"];
    let points: Vec<(u64, Vec<f64>)> = (0..space.len())
        .filter_map(|index| {
            let outcome = evaluator.figures(index);
            let figures = outcome.figures().filter(|figures| figures.is_ok())?;
            let costs = keys.iter().map(|key| figures.at(objective::metric(key).unwrap()));
            Some((index, costs.collect::<Option<Vec<f64>>>()?))
        })
        .collect();
    let beaten = |one: &Vec<f64>| {
        points.iter().any(|(_, other)| other != one && other.iter().zip(one).all(|(a, b)| a <= b))
    };
    let mut wanted: Vec<u64> =
        points.iter().filter(|(_, costs)| !beaten(costs)).map(|(index, _)| *index).collect();
    wanted.sort_unstable();
    for threads in [1, 2, 5] {
        let mut frontier = indices(&found(SERVE, axes(), &["cost", "latency"], None, threads));
        frontier.sort_unstable();
        assert_eq!(frontier, wanted);
    }
}

#[test]
fn what_is_evaluated_does_not_depend_on_the_threads() {
    let axes = || {
        vec![
            axis("hardware.name", &["H100", "A100", "MI300X"]),
            axis("workload.batch_size", &["1", "2", "4", "8", "16", "32", "64", "128"]),
        ]
    };
    let one = found(SERVE, axes(), &["cost", "latency"], Some(Method::Pruned), 1);
    let four = found(SERVE, axes(), &["cost", "latency"], Some(Method::Pruned), 4);
    assert_eq!(one, four);
}

#[test]
fn where_the_bounds_do_not_hold_every_point_is_walked() {
    let batch = || axis("workload.batch_size", &["1", "2", "4"]);
    let method = |text: &str, axes: Vec<Axis>, objective: &str| {
        found(text, axes, &[objective], Some(Method::Pruned), 1).method
    };
    assert_eq!(method(SERVE, vec![batch()], "latency"), Method::Pruned);
    // The engine chooses the division, and may choose another for another batch.
    assert_eq!(method(&SERVE.replace("tensor: 1, ", ""), vec![batch()], "latency"), Method::Exhaustive);
    let tensor = axis("parallelism.tensor", &["1", "auto"]);
    assert_eq!(method(SERVE, vec![tensor, batch()], "latency"), Method::Exhaustive);
    // What else turns with the batch may undo what the batch does.
    let name = Axis { linked: true, ..axis("hardware.name", &["L4", "A100", "H100"]) };
    assert_eq!(method(SERVE, vec![batch(), name], "latency"), Method::Exhaustive);
    // A queue moves with the load, not with the batch.
    let rate = SERVE.replace("seq_len: 2048}", "seq_len: 2048, serve: {request_rate: 1/s}}");
    assert_eq!(method(&rate, vec![batch()], "latency"), Method::Exhaustive);
    assert_eq!(method(SERVE, vec![batch()], "mfu"), Method::Exhaustive);
    assert_eq!(
        method(&SERVE.replace("mode: serve", "mode: train"), vec![batch()], "mfu"),
        Method::Exhaustive
    );
}

#[test]
fn nothing_found_says_what_was_seen() {
    let text = SERVE.replace("Llama3_8B", "Llama3_70B");
    let none = found(&text, vec![axis("workload.batch_size", &["1", "2"])], &["cost"], None, 1);
    assert!(none.frontier.is_empty());
    assert_eq!((none.tally.points, none.tally.infeasible), (2, 2));
    assert!(none.tally.nearest.is_some_and(|(index, share)| index == 0 && share > 1.0));
}

#[test]
fn objectives_by_the_words_people_use() {
    let registry = Registry::builtin();
    let plan = plan::read(SERVE, &registry, Options::default()).plan.unwrap();
    let base = figures::figures(&plan, &registry);
    let key = |name: &str| objective::objective(name, &base).unwrap().metric().key;
    assert_eq!(key("cost"), "usd_per_million_tokens");
    assert_eq!(key("Throughput"), "output_tokens_per_s");
    assert_eq!(key("macro.tco_usd"), "tco_usd");
    assert_eq!(key("m_tco_usd"), "tco_usd");
    assert_eq!(key("itl_ms"), "itl_ms");
    let wrong = |name: &str| objective::objective(name, &base).unwrap_err();
    assert!(wrong("thruput").contains("did you mean throughput?"), "{}", wrong("thruput"));
    assert!(wrong("time-to-train").contains("workload.train.tokens"));
    assert!(wrong("memory_capacity_gb").contains("no better side"));
}

#[test]
fn defaults_suit_the_mode() {
    let registry = Registry::builtin();
    let axes = |text: &str| {
        let plan = plan::read(text, &registry, Options::default()).plan.unwrap();
        let base = figures::figures(&plan, &registry);
        let objectives = objective::defaults(&base);
        axes::defaults(&plan, &base, &registry, &objectives)
    };
    let paths = |axes: &[Axis]| axes.iter().map(|axis| axis.path.clone()).collect::<Vec<_>>();
    let serve = axes(SERVE);
    assert_eq!(paths(&serve).last().unwrap(), "workload.batch_size");
    assert!(paths(&serve).contains(&"workload.serve.kv_precision".to_owned()));
    assert!(!paths(&serve).contains(&"parallelism.zero".to_owned()));
    assert_eq!(serve[0].values[0], "H100");
    let train = axes(&SERVE.replace("mode: serve", "mode: train"));
    assert!(paths(&train).contains(&"parallelism.zero".to_owned()));
    assert!(!paths(&train).contains(&"workload.batch_size".to_owned()));
}
