//! Cost, energy, carbon and water of one accelerator or a fleet.
//!
//! Power is TDP × (0.3 + 0.7 · u), u being the plan's `utilization` or else the achieved share of peak.
//! Carbon and cost count facility energy (IT × PUE), water IT energy × WUE. A figure that nobody
//! published is never zero: it is named, and the total is left out.
//!
//! Hosts, fans and network cards draw what the smallest published server of the accelerator draws beyond
//! its accelerators, in the same proportion; where the registry has no server, only accelerators count.

use super::Outcome;
use crate::engine::common::constants::{
    AMORTIZATION_YEARS, DAYS_PER_YEAR, DYNAMIC_POWER_FRACTION, ELECTRICITY_USD_PER_KWH, IDLE_POWER_FRACTION,
    MAINTENANCE_SHARE,
};
use crate::engine::format;
use crate::engine::report::{Carbon, LensStatus, Part, Report, Tco, Warning};
use crate::plan::{Acquisition, Ops, Plan};
use crate::registry::{Accelerator, Entry, Grid, Physics, Registry};
use std::sync::Arc;

struct Energy {
    /// kWh of the machines.
    it_kwh: f64,
    /// kWh with cooling.
    facility_kwh: f64,
    /// kWh of `facility_kwh` that hosts, fans and network cards take; 0 where no server is known.
    hosts: f64,
}

/// Accelerators of one kind that the plan pays for.
struct Pool<'a> {
    entry: &'a Entry<Accelerator>,
    count: f64,
}

impl Pool<'_> {
    /// Accelerators inside the registry entry: 1, or those of a rack.
    fn chips(&self) -> f64 {
        self.entry.facts.accelerator_count.map_or(1.0, |count| f64::from(count.max(1)))
    }

    fn price_usd(&self) -> Option<f64> {
        let cost = self.entry.facts.unit_cost_usd.filter(|cost| *cost > 0.0)?;
        Some(cost / self.chips() * self.count)
    }

    /// The plan's rate is that of its own accelerator.
    fn rent_usd_per_hour(&self, plan: &Plan, ops: &Ops) -> Option<f64> {
        let stated =
            ops.rent_usd_per_accelerator_hour.filter(|_| self.entry.id == plan.hardware.accelerator.id);
        Some(stated.or(self.entry.facts.rent_usd_per_accelerator_hour)? * self.count)
    }

    fn embodied_kg(&self) -> Option<f64> {
        Some(self.entry.facts.embodied_carbon_kg? / self.chips() * self.count)
    }

    /// Watts of host, fans and network beside one accelerator: what the smallest published server of it
    /// draws beyond its accelerators when all of it is busy.
    fn host_w(&self, registry: &Registry) -> Option<f64> {
        let facts = &self.entry.facts;
        // A rack's figure has its hosts inside.
        let tdp = facts.tdp_w.filter(|_| facts.accelerator_count.is_none())?;
        let beside = |power: f64, devices: u32| (power / f64::from(devices.max(1)) - tdp).max(0.0);
        registry
            .nodes(Physics::Studio)
            .filter(|node| node.facts.accelerator == self.entry.id)
            .filter_map(|node| Some(beside(node.facts.max_power_w?, node.facts.accelerators_per_node)))
            .min_by(f64::total_cmp)
    }
}

fn pools<'a>(plan: &'a Plan, outcome: &'a Outcome) -> Vec<Pool<'a>> {
    let count = plan.hardware.accelerators.max(1) as f64;
    let first = Pool { entry: &plan.hardware.accelerator, count };
    let second = outcome.second_pool.as_deref().map(|entry| Pool { entry, count });
    std::iter::once(first).chain(second).collect()
}

/// The sum over the pools; `None` where one has no figure.
fn sum<'a>(pools: &[Pool<'a>], figure: impl Fn(&Pool<'a>) -> Option<f64>) -> Option<f64> {
    pools.iter().map(figure).sum()
}

/// The pools without a figure, in words.
fn without<'a>(pools: &[Pool<'a>], word: &str, figure: impl Fn(&Pool<'a>) -> Option<f64>) -> Vec<String> {
    let unknown = pools.iter().filter(|pool| figure(pool).is_none());
    unknown.map(|pool| format!("{} has no known {word}", pool.entry.id)).collect()
}

fn energy(pools: &[Pool<'_>], registry: &Registry, utilization: f64, days: f64, pue: f64) -> Option<Energy> {
    let share = IDLE_POWER_FRACTION + DYNAMIC_POWER_FRACTION * utilization;
    let devices = sum(pools, |pool| Some(pool.entry.facts.tdp_w? / pool.chips() * pool.count))?;
    let kwh = |watts: f64| watts * 24.0 * days / 1e3;
    // Servers publish their maximum only: hosts are taken to rise and fall with their accelerators.
    let hosts = pools.iter().filter_map(|pool| Some(pool.host_w(registry)? * pool.count)).sum::<f64>();
    let (device_kwh, host_kwh) = (kwh(devices * share), kwh(hosts * share));
    let it_kwh = device_kwh + host_kwh;
    Some(Energy { it_kwh, facility_kwh: it_kwh * pue, hosts: host_kwh * pue })
}

/// The price of electricity and where it comes from.
fn electricity(ops: &Ops, grid: &Entry<Grid>) -> (f64, String, bool) {
    if let Some(price) = ops.electricity_usd_per_kwh {
        return (price, "the plan".into(), true);
    }
    if let Some(price) = grid.facts.electricity_usd_per_kwh {
        let source = grid.source_of("electricity_usd_per_kwh");
        let title = if source.title.is_empty() { &source.kind } else { &source.title };
        let words = if source.date.is_empty() {
            format!("{}: {title}", grid.name)
        } else {
            format!("{}: {title} ({})", grid.name, source.date)
        };
        return (price, words, true);
    }
    (ELECTRICITY_USD_PER_KWH, "assumed".into(), false)
}

/// Fills the economic lens.
pub(super) fn fill(report: &mut Report, plan: &Plan, registry: &Registry, outcome: &Outcome) {
    let Some(ops) = &plan.ops else {
        report.economics.status = LensStatus::Skipped;
        report.economics.summary = "add an ops: block to price this plan".into();
        return;
    };
    let grid: Option<Arc<Entry<Grid>>> =
        ops.region.clone().or_else(|| registry.grid(Physics::Studio, "US_Avg").ok());
    let Some(grid) = grid else {
        report.economics.status = LensStatus::Skipped;
        report.economics.summary = format!("region {} has no figures", ops.region_name);
        return;
    };
    price(report, plan, registry, ops, &grid, outcome);
}

/// Days after which buying has cost less than renting; `None` where a figure is missing or rent is always
/// the cheaper one.
fn break_even_days(purchase: Option<f64>, rent_a_day: Option<f64>, owned_a_day: Option<f64>) -> Option<f64> {
    let saved = rent_a_day? - owned_a_day?;
    (saved > 0.0).then_some(purchase? / saved).filter(|days| days.is_finite())
}

/// Where the rent comes from, with its date.
fn rent_source(plan: &Plan, ops: &Ops) -> Option<String> {
    if ops.rent_usd_per_accelerator_hour.is_some() {
        return Some("the plan".into());
    }
    let entry = &plan.hardware.accelerator;
    let rate = entry.facts.rent_usd_per_accelerator_hour?;
    let source = ["rent_usd_per_accelerator_hour", "rent"]
        .iter()
        .find_map(|field| entry.field_sources.get(*field))
        .unwrap_or(&entry.source);
    let date = if source.date.is_empty() { String::new() } else { format!(" ({})", source.date) };
    Some(format!("{rate} USD/h: {}{date}", source.title))
}

fn price(
    report: &mut Report,
    plan: &Plan,
    registry: &Registry,
    ops: &Ops,
    grid: &Entry<Grid>,
    outcome: &Outcome,
) {
    let pools = pools(plan, outcome);
    let days = ops.duration_days;
    let years = days / DAYS_PER_YEAR;
    let utilization = ops.utilization.unwrap_or(outcome.mfu).clamp(0.0, 1.0);
    let mut missing = Vec::new();
    let mut warnings: Vec<Warning> = Vec::new();

    let energy = energy(&pools, registry, utilization, days, grid.facts.pue);
    let (price, source, known) = electricity(ops, grid);
    let rented = ops.acquisition == Acquisition::Rent;
    let mut terms: Vec<Part> = Vec::with_capacity(4);
    let rent = sum(&pools, |pool| pool.rent_usd_per_hour(plan, ops)).map(|hourly| hourly * 24.0 * days);
    let purchase = sum(&pools, Pool::price_usd).map(|cost| cost * ops.infrastructure_multiplier);
    if rented {
        match rent {
            Some(value) => terms.push(Part { key: "rent_usd", label: "rent", value }),
            None => missing.extend(without(&pools, "rent", |pool| pool.rent_usd_per_hour(plan, ops))),
        }
    } else {
        match purchase {
            Some(purchase) => {
                terms.push(Part {
                    key: "capex_usd",
                    label: "capex",
                    value: purchase / AMORTIZATION_YEARS * years,
                });
                terms.push(Part {
                    key: "maintenance_usd",
                    label: "maintenance",
                    value: purchase * MAINTENANCE_SHARE * years,
                });
            }
            None => missing.extend(without(&pools, "price", Pool::price_usd)),
        }
        match &energy {
            Some(energy) => {
                let hosts = energy.hosts * price;
                let value = energy.facility_kwh * price - hosts;
                let place = terms.len().min(1);
                terms.insert(place, Part { key: "energy_usd", label: "energy", value });
                if hosts > 0.0 {
                    let label = "host energy";
                    terms.insert(place + 1, Part { key: "host_energy_usd", label, value: hosts });
                }
                if !known {
                    warnings.push(Warning {
                        code: "assumed_price",
                        message: format!(
                            "no electricity price is known for {}: {price} USD/kWh is assumed",
                            grid.name
                        ),
                    });
                }
            }
            None => missing.extend(without(&pools, "power", |pool| pool.entry.facts.tdp_w)),
        }
    }
    let operational_kg =
        energy.as_ref().map(|energy| energy.facility_kwh * grid.facts.carbon_g_per_kwh / 1e3);
    if let Some(kg) = operational_kg
        && ops.carbon_usd_per_tonne > 0.0
    {
        terms.push(Part {
            key: "carbon_usd",
            label: "carbon price",
            value: kg / 1e3 * ops.carbon_usd_per_tonne,
        });
    }
    for name in &missing {
        warnings.push(Warning { code: "unknown_price", message: format!("{name}: the total is incomplete") });
    }
    // What an owned accelerator costs each day beside its price.
    let per_day = purchase.zip(energy.as_ref()).map(|(purchase, energy)| {
        let electricity = if days > 0.0 { energy.facility_kwh * price / days } else { 0.0 };
        purchase * MAINTENANCE_SHARE / DAYS_PER_YEAR + electricity
    });
    let total_usd: f64 = terms.iter().map(|term| term.value).sum();
    let complete = missing.is_empty();
    // While it works: a plan's utilization is the share of the time that it does.
    let tokens = outcome.tokens_per_s.map(|rate| rate * 86_400.0 * days * ops.utilization.unwrap_or(1.0));
    let millions = tokens.map(|tokens| tokens / 1e6).filter(|millions| *millions > 0.0);

    let mut metrics = Vec::with_capacity(10);
    let term = |key| terms.iter().find(|term| term.key == key).map(|term| term.value);
    let mut add = |key, value: Option<f64>| {
        if let Some(value) = value {
            metrics.push((key, value));
        }
    };
    add("tco_usd", complete.then_some(total_usd));
    add("carbon_footprint", operational_kg.map(|kg| kg / 1e3));
    add("energy_cost", term("energy_usd").map(|devices| devices + term("host_energy_usd").unwrap_or(0.0)));
    add("capex", term("capex_usd"));
    add("annual_tco_usd", (complete && days > 0.0).then(|| total_usd / years));
    add("maintenance_usd", term("maintenance_usd"));
    add("energy_kwh", energy.as_ref().map(|energy| energy.facility_kwh));
    add("water_liters", energy.as_ref().map(|energy| energy.it_kwh * grid.facts.wue_l_per_kwh));
    add("usd_per_million_tokens", millions.filter(|_| complete).map(|millions| total_usd / millions));
    add("g_co2_per_million_tokens", millions.zip(operational_kg).map(|(millions, kg)| kg * 1e3 / millions));
    report.economics.metrics = metrics;
    let emitted = operational_kg.map_or_else(|| "carbon unknown".to_owned(), format::carbon_kg);
    if complete {
        report.economics.status = LensStatus::Pass;
        report.economics.summary = format!(
            "{} over {} days, {emitted} ({})",
            format::usd(total_usd),
            format::figure(days),
            grid.name
        );
    } else {
        report.economics.status = LensStatus::Skipped;
        report.economics.summary = format!("incomplete: {}; {emitted} ({})", missing.join(", "), grid.name);
    }
    report.tco = Some(Tco {
        terms,
        total_usd,
        duration_days: days,
        electricity_usd_per_kwh: price,
        electricity_source: source,
        region: grid.name.clone(),
        missing,
        rent_alternative_usd: rent.filter(|_| !rented),
        rent_source: rent.and_then(|_| rent_source(plan, ops)),
        break_even_days: break_even_days(
            purchase,
            rent.filter(|_| days > 0.0).map(|usd| usd / days),
            per_day,
        ),
    });
    report.carbon = energy.zip(operational_kg).map(|(energy, operational_kg)| Carbon {
        it_energy_kwh: energy.it_kwh,
        facility_energy_kwh: energy.facility_kwh,
        operational_kg,
        embodied_kg: sum(&pools, Pool::embodied_kg).map(|kg| kg * years / AMORTIZATION_YEARS),
        water_l: energy.it_kwh * grid.facts.wue_l_per_kwh,
        grid_g_per_kwh: grid.facts.carbon_g_per_kwh,
        pue: grid.facts.pue,
    });
    report.warnings.append(&mut warnings);
}
