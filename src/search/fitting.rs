//! The accelerators and the places of the registry, each put into one plan.

use crate::engine::{self, Report, report::Status};
use crate::metrics::{Better, Lens, METRICS, Metric};
use crate::plan::Plan;
use crate::registry::Registry;

/// Figures that say how well a plan does its work, most telling first.
const HEADLINES: &[&str] =
    &["output_tokens_per_s", "tokens_per_s", "fleet_throughput", "throughput", "latency"];

/// The figure that says how well a plan does its work, and its value.
pub fn headline(report: &Report) -> Option<(&'static Metric, f64)> {
    HEADLINES.iter().find_map(|key| {
        let metric = METRICS.iter().find(|one| one.lens == Lens::Performance && one.key == *key)?;
        Some((metric, report.metric(metric.lens, metric.key)?))
    })
}

/// Whether an accelerator can do the work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// It fits and every assertion holds.
    Fits,
    /// It fits, and an assertion does not hold.
    Misses,
    /// The work does not fit.
    TooSmall,
    /// The plan cannot be evaluated with it.
    Impossible,
}

impl Verdict {
    /// One or two words.
    pub fn word(self) -> &'static str {
        match self {
            Verdict::Fits => "fits",
            Verdict::Misses => "misses a limit",
            Verdict::TooSmall => "too small",
            Verdict::Impossible => "cannot run it",
        }
    }
}

/// An accelerator in the place of the plan's own.
#[derive(Debug, Clone, PartialEq)]
pub struct Fit {
    /// Registry id.
    pub id: String,
    /// Whether it can do the work.
    pub verdict: Verdict,
    /// The figure that says how well, where the work fits.
    pub headline: Option<(&'static Metric, f64)>,
    /// Total cost over the plan's duration, USD, where every price is known.
    pub tco_usd: Option<f64>,
    /// USD per million tokens, where there are tokens.
    pub usd_per_million_tokens: Option<f64>,
    /// Share of the memory that is taken.
    pub memory_share: Option<f64>,
    /// What stands in the way, or what the engine says about the fit.
    pub why: String,
}

/// Every accelerator of the registry in the place of the plan's own, best first: what fits before what does
/// not, then the cheaper a token, then the faster.
pub fn accelerators(plan: &Plan, registry: &Registry) -> Vec<Fit> {
    let mut fits: Vec<Fit> = registry
        .accelerators(plan.physics)
        .map(|entry| {
            let mut other = plan.clone();
            other.hardware.accelerator = entry.clone();
            fit(entry.id.clone(), &engine::evaluate(&other, registry))
        })
        .collect();
    fits.sort_by(|a, b| {
        let price = |fit: &Fit| fit.usd_per_million_tokens.unwrap_or(f64::INFINITY);
        a.verdict
            .cmp(&b.verdict)
            .then(price(a).total_cmp(&price(b)))
            .then_with(|| speed(b).total_cmp(&speed(a)))
            .then_with(|| {
                a.memory_share.unwrap_or(f64::INFINITY).total_cmp(&b.memory_share.unwrap_or(f64::INFINITY))
            })
    });
    fits
}

/// The headline with larger being better.
fn speed(fit: &Fit) -> f64 {
    fit.headline.map_or(f64::NEG_INFINITY, |(metric, value)| match metric.better {
        Better::Lower => -value,
        _ => value,
    })
}

fn fit(id: String, report: &Report) -> Fit {
    let verdict = match report.status {
        Status::Ok => Verdict::Fits,
        Status::SlaFailed => Verdict::Misses,
        Status::Infeasible => Verdict::TooSmall,
        Status::Error => Verdict::Impossible,
    };
    let runs = verdict <= Verdict::Misses;
    let money = |key| report.metric(Lens::Macro, key).filter(|_| runs);
    let why = match (&report.error, report.violations.first()) {
        (Some((message, _)), _) => message.clone(),
        (None, Some(violation)) if runs => violation.sentence(),
        _ => report.feasibility.summary.clone(),
    };
    Fit {
        id,
        verdict,
        headline: headline(report).filter(|_| runs),
        tco_usd: money("tco_usd"),
        usd_per_million_tokens: money("usd_per_million_tokens"),
        memory_share: report.metric(Lens::Feasibility, "memory_utilization"),
        why,
    }
}

/// A place of the registry for the plan.
#[derive(Debug, Clone, PartialEq)]
pub struct Place {
    /// Registry id.
    pub id: String,
    /// Display name.
    pub name: String,
    /// Total cost over the plan's duration, USD, where every price is known.
    pub tco_usd: Option<f64>,
    /// Electricity price that was used, USD/kWh.
    pub electricity_usd_per_kwh: f64,
    /// The registry has no price for this place.
    pub assumed_price: bool,
    /// Carbon of operation over the duration, kg CO2e.
    pub carbon_kg: Option<f64>,
    /// Grid intensity, g CO2e/kWh.
    pub grid_g_per_kwh: Option<f64>,
    /// Power usage effectiveness that was used.
    pub pue: Option<f64>,
    /// Why its figures deserve doubt.
    pub doubt: Option<&'static str>,
}

/// Every place of the registry for the plan, cheapest first, of equals the cleaner one. Empty for a plan
/// without an `ops:` block. A place without a known electricity price comes after those that have one.
pub fn regions(plan: &Plan, registry: &Registry) -> Vec<Place> {
    let Some(ops) = &plan.ops else { return Vec::new() };
    let mut places: Vec<Place> = registry
        .grids(plan.physics)
        .filter(|grid| registry.grid(plan.physics, &grid.id).is_ok())
        .filter_map(|grid| {
            let mut other = plan.clone();
            let ops = other.ops.as_mut()?;
            ops.region = Some(grid.clone());
            ops.region_name.clone_from(&grid.id);
            let report = engine::evaluate(&other, registry);
            let tco = report.tco.as_ref()?;
            let known = ops_price(plan).is_some() || grid.facts.electricity_usd_per_kwh.is_some();
            Some(Place {
                id: grid.id.clone(),
                name: grid.name.clone(),
                tco_usd: report.metric(Lens::Macro, "tco_usd"),
                electricity_usd_per_kwh: tco.electricity_usd_per_kwh,
                assumed_price: !known,
                carbon_kg: report.metric(Lens::Macro, "carbon_footprint").map(|tonnes| tonnes * 1e3),
                grid_g_per_kwh: report.carbon.as_ref().map(|carbon| carbon.grid_g_per_kwh),
                pue: report.carbon.as_ref().map(|carbon| carbon.pue),
                doubt: grid.doubt(),
            })
        })
        .collect();
    let rented = ops.acquisition == crate::plan::Acquisition::Rent;
    sort(&mut places, Rank::Cost, rented);
    places
}

fn ops_price(plan: &Plan) -> Option<f64> {
    plan.ops.as_ref()?.electricity_usd_per_kwh
}

/// What places are ranked by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Rank {
    /// Cheapest first.
    #[default]
    Cost,
    /// Least carbon first.
    Carbon,
}

/// Puts places into order. A rented plan pays no electricity, so an unknown price is no doubt about its cost.
pub fn sort(places: &mut [Place], by: Rank, rented: bool) {
    let or_last = |value: Option<f64>| value.unwrap_or(f64::INFINITY);
    places.sort_by(|a, b| {
        let cost = (a.assumed_price && !rented)
            .cmp(&(b.assumed_price && !rented))
            .then(or_last(a.tco_usd).total_cmp(&or_last(b.tco_usd)));
        let carbon = or_last(a.carbon_kg).total_cmp(&or_last(b.carbon_kg));
        match by {
            Rank::Cost => cost.then(carbon),
            Rank::Carbon => carbon.then(cost),
        }
    });
}
