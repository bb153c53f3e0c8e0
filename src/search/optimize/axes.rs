//! What a search varies where nobody says what.

use super::Objective;
use crate::engine::figures::Figures;
use crate::metrics::Lens;
use crate::plan::{Acquisition, Auto, Mode, Plan, edit};
use crate::registry::{Accelerator, Entry, Physics, Registry};
use crate::search::axis::Axis;

/// Accelerators older than this are not offered by default.
const SINCE: u32 = 2020;
/// Regions offered on top of the plan's own: so many of the cleanest, and of the cheapest.
const REGIONS: usize = 4;

/// The axes that a search has by default, from the plan and the registry. What the plan's mode or model has
/// no use for is left out. Batches come last: bounds work along them.
///
/// | axis | values |
/// | --- | --- |
/// | accelerator | the plan's, and those of its group since 2020 whose price is known |
/// | accelerators | powers of two from an eighth of the plan's to eight times as many; nodes, where a plan counts nodes |
/// | tensor, pipeline | powers of two up to 8, and up to the model's layers |
/// | expert | powers of two up to 8, for mixtures of experts |
/// | context | 1 to 8, for training on 16,384 tokens and more |
/// | ZeRO, recompute | every stage and kind, for training |
/// | precision | the plan's and fp8; bf16 too for training |
/// | KV precision | 16 bits and fp8, for serving |
/// | region | the plan's, the four cleanest and the four cheapest with a known price, where money, carbon or energy counts |
/// | batch | powers of two up to 512, for serving; training keeps its batch, on which what is learnt depends |
pub fn defaults(plan: &Plan, base: &Figures, registry: &Registry, objectives: &[Objective]) -> Vec<Axis> {
    let mut axes = Axes(Vec::new());
    let training = base.mode == Mode::Train;
    let facts = &plan.workload.model.facts;
    let transformer = facts.kind.is_transformer();
    let studio = plan.physics == Physics::Studio;

    axes.add("hardware.name", accelerators(plan, registry));
    if let Some(nodes) = plan.hardware.node_count {
        axes.add("hardware.node_count", around(nodes));
    } else {
        axes.add("hardware.accelerators", around(plan.hardware.accelerators));
    }
    if transformer && studio {
        let layers = facts.layers.map_or(1, u64::from);
        axes.add("parallelism.tensor", with_written(powers(8), plan.parallelism.tensor));
        axes.add("parallelism.pipeline", with_written(powers(8.min(layers)), plan.parallelism.pipeline));
        if let Some(experts) = facts.experts.filter(|experts| *experts > 1) {
            axes.add(
                "parallelism.expert",
                with_written(powers(8.min(u64::from(experts))), plan.parallelism.expert),
            );
        }
        if training {
            if plan.workload.seq_len >= 16_384 {
                axes.add("parallelism.context", with_written(powers(8), plan.parallelism.context));
            }
            axes.add("parallelism.zero", (0..=3).map(|stage| stage.to_string()).collect());
            // `auto` recomputes as many layers as memory asks for, which no word says.
            let ways = ["auto", "none", "selective", "full"];
            axes.add("parallelism.recompute", ways.map(str::to_owned).to_vec());
        }
    }
    let own = plan.hardware.precision.as_str();
    let others: &[&str] = if training { &["bf16", "fp8"] } else { &["fp8"] };
    axes.add(
        "hardware.precision",
        std::iter::once(own).chain(others.iter().copied()).map(str::to_owned).collect(),
    );
    if !training && transformer && studio {
        let own = plan.workload.serve.as_ref().and_then(|serve| serve.kv_precision.as_deref());
        let all = own.into_iter().chain(["fp16", "fp8"]);
        axes.add("workload.serve.kv_precision", all.map(str::to_owned).collect());
    }
    if objectives.iter().any(|one| one.metric().lens == Lens::Macro) {
        axes.add("ops.region", regions(plan, registry));
    }
    if !training {
        let mut batches = powers(512);
        batches.push(plan.workload.batch_size);
        batches.sort_unstable();
        axes.add("workload.batch_size", batches.iter().map(u64::to_string).collect());
    }
    axes.0
}

/// Fields that replicas follow from.
const DIVIDING: [&str; 5] = [
    "hardware.accelerators",
    "hardware.node_count",
    "parallelism.tensor",
    "parallelism.pipeline",
    "parallelism.context",
];

/// The axis that has to turn with others: replicas that a plan writes for one count and one division contradict
/// every other, so they are what the others leave. `None` where nothing of that varies, or replicas do themselves.
pub fn follows(plan: &Plan, axes: &[Axis]) -> Option<Axis> {
    let data = "parallelism.data";
    let written = matches!(plan.parallelism.data, Some(Auto::Is(_)));
    let divides = |axis: &Axis| axis.values.len() > 1 && DIVIDING.contains(&axis.path.as_str());
    let needed = written && axes.iter().any(divides) && axes.iter().all(|axis| axis.path != data);
    needed.then(|| Axis::new(data, vec!["auto".to_owned()]))
}

/// Axes with something to choose.
struct Axes(Vec<Axis>);

impl Axes {
    fn add(&mut self, path: &str, mut values: Vec<String>) {
        let mut seen = std::collections::HashSet::new();
        values.retain(|value| seen.insert(value.clone()));
        if values.len() > 1 {
            self.0.push(Axis::new(path, values));
        }
    }
}

fn powers(most: u64) -> Vec<u64> {
    (0..63).map(|power| 1_u64 << power).take_while(|power| *power <= most.max(1)).collect()
}

/// A count, and powers of two around it.
fn around(count: u64) -> Vec<String> {
    let mut counts: Vec<u64> =
        powers(count.saturating_mul(8)).into_iter().filter(|power| *power >= count / 8).collect();
    counts.push(count);
    counts.sort_unstable();
    counts.iter().map(u64::to_string).collect()
}

fn with_written(mut degrees: Vec<u64>, written: Option<Auto<u64>>) -> Vec<String> {
    if let Some(Auto::Is(value)) = written {
        degrees.push(value);
        degrees.sort_unstable();
    }
    degrees.iter().map(u64::to_string).collect()
}

/// Accelerators that are offered to take the place of others of a group: since 2020, with known power and
/// price (rent, where `rented`), and no doubt about their facts.
pub fn offered<'r>(
    registry: &'r Registry,
    physics: Physics,
    group: &str,
    rented: bool,
) -> impl Iterator<Item = &'r Entry<Accelerator>> {
    let priced = move |facts: &Accelerator| {
        if rented { facts.rent_usd_per_accelerator_hour.is_some() } else { facts.unit_cost_usd.is_some() }
    };
    registry.accelerators(physics).map(AsRef::as_ref).filter(move |entry: &&Entry<Accelerator>| {
        let facts = &entry.facts;
        entry.group == group
            && entry.doubt().is_none()
            && facts.release_year.is_some_and(|year| year >= SINCE)
            && facts.tdp_w.is_some()
            && priced(facts)
    })
}

fn accelerators(plan: &Plan, registry: &Registry) -> Vec<String> {
    let own = &plan.hardware.accelerator;
    // An accelerator from a file of the plan's own is not in the registry: then the plan's stays.
    if registry.accelerator(plan.physics, &own.id).is_err() {
        return Vec::new();
    }
    let rented = plan.ops.as_ref().is_some_and(|ops| ops.acquisition == Acquisition::Rent);
    let others = offered(registry, plan.physics, &own.group, rented).map(|entry| entry.id.as_str());
    std::iter::once(own.id.as_str()).chain(others).map(edit::scalar).collect()
}

fn regions(plan: &Plan, registry: &Registry) -> Vec<String> {
    let Some(ops) = &plan.ops else { return Vec::new() };
    let mut known: Vec<_> = registry
        .grids(plan.physics)
        .filter_map(|entry| Some((entry, entry.facts.electricity_usd_per_kwh?)))
        .collect();
    known.sort_by(|a, b| a.0.facts.carbon_g_per_kwh.total_cmp(&b.0.facts.carbon_g_per_kwh));
    let cleanest: Vec<&str> = known.iter().take(REGIONS).map(|(entry, _)| entry.id.as_str()).collect();
    known.sort_by(|a, b| a.1.total_cmp(&b.1));
    let cheapest = known.iter().take(REGIONS).map(|(entry, _)| entry.id.as_str());
    let own = ops.region.as_ref().map_or(ops.region_name.as_str(), |region| region.id.as_str());
    std::iter::once(own).chain(cleanest).chain(cheapest).map(edit::scalar).collect()
}
