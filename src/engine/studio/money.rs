//! Cost, energy, carbon and water of one accelerator or a fleet.
//!
//! Power is TDP × (0.3 + 0.7 · u), u being the plan's `utilization` or else the achieved share of peak.
//! Carbon and cost count facility energy (IT × PUE), water IT energy × WUE. A figure that nobody
//! published is never zero: it is named, and the total is left out.
//!
//! Hosts, fans and network cards draw what the smallest published server of the accelerator draws beyond
//! its accelerators, in the same proportion; where the registry has no server of an accelerator, what
//! servers usually draw is assumed, and a warning says so. Devices that are whole computers have no host.

use super::facts::Supply;
use super::{Outcome, Query};
use crate::engine::common::constants::{
    AMORTIZATION_YEARS, DAYS_PER_YEAR, DYNAMIC_POWER_FRACTION, ELECTRICITY_USD_PER_KWH, IDLE_POWER_FRACTION,
    MAINTENANCE_SHARE,
};
use crate::engine::format;
use crate::engine::report::{Carbon, LensStatus, Part, Report, Tco, Warning};
use crate::metrics::{self, Lens, Values};
use crate::plan::{Acquisition, Ops, Plan};
use crate::registry::{Accelerator, Entry, Grid, Physics, Registry};
use std::sync::Arc;

#[derive(Debug, Clone, Copy)]
struct Energy {
    /// kWh of the machines.
    it_kwh: f64,
    /// kWh with cooling.
    facility_kwh: f64,
    /// kWh of `facility_kwh` that hosts, fans and network cards take; 0 for whole computers.
    hosts: f64,
}

/// Host, fans and network over the TDP of their accelerators: the median of the 16 servers in the registry
/// whose power is published (from 0.31 in racks to 1.03 in a DGX A100).
const HOST_SHARE: f64 = 0.67;

/// Watts of host, fans and network beside one accelerator, and whether they are assumed: what the smallest
/// published server of it draws beyond its accelerators when all of it is busy.
pub(super) fn host_w(entry: &Entry<Accelerator>, registry: &Registry) -> Option<(f64, bool)> {
    let facts = &entry.facts;
    // A rack's figure has its hosts inside.
    let tdp = facts.tdp_w.filter(|_| facts.accelerator_count.is_none())?;
    let beside = |power: f64, devices: u32| (power / f64::from(devices.max(1)) - tdp).max(0.0);
    let published = registry
        .nodes_of(&entry.id)
        .filter_map(|node| Some(beside(node.facts.max_power_w?, node.facts.accelerators_per_node)))
        .min_by(f64::total_cmp);
    let assumed = || needs_host(entry).then_some((tdp * HOST_SHARE, true));
    published.map(|power| (power, false)).or_else(assumed)
}

/// Whether the device sits in somebody else's server: cards and modules do, whole computers do not.
fn needs_host(entry: &Entry<Accelerator>) -> bool {
    let facts = &entry.facts;
    let card = facts.interconnect.as_ref().is_some_and(|link| link.name.contains("PCIe"));
    let whole = ["mobile", "edge", "tiny"].contains(&entry.group.as_str());
    !whole && (card || facts.nvlink.is_some() || facts.vendor_node.is_some_and(|node| node > 1))
}

/// Accelerators of one kind that the plan pays for.
#[derive(Clone, Copy)]
struct Pool<'a> {
    entry: &'a Entry<Accelerator>,
    supply: &'a Supply,
    count: f64,
}

impl Pool<'_> {
    fn price_usd(&self) -> Option<f64> {
        let cost = self.entry.facts.unit_cost_usd.filter(|cost| *cost > 0.0)?;
        Some(cost / self.supply.chip.chips * self.count)
    }

    /// The plan's rate is that of its own accelerator.
    fn rent_usd_per_hour(&self, plan: &Plan, ops: &Ops) -> Option<f64> {
        let stated =
            ops.rent_usd_per_accelerator_hour.filter(|_| self.entry.id == plan.hardware.accelerator.id);
        Some(stated.or(self.entry.facts.rent_usd_per_accelerator_hour)? * self.count)
    }

    fn embodied_kg(&self) -> Option<f64> {
        Some(self.entry.facts.embodied_carbon_kg? / self.supply.chip.chips * self.count)
    }
}

/// One pool, or two.
#[derive(Clone, Copy)]
struct Pools<'a>(Pool<'a>, Option<Pool<'a>>);

impl<'a> Pools<'a> {
    fn of(query: &Query<'a>, outcome: &Outcome) -> Pools<'a> {
        let (plan, facts) = (query.plan, query.facts);
        let count = plan.hardware.accelerators.max(1) as f64;
        let second = plan.workload.serve.as_ref().and_then(|serve| serve.decode_hardware.as_deref());
        Pools(
            Pool { entry: &plan.hardware.accelerator, supply: &facts.supply, count },
            second.zip(facts.second.as_ref()).filter(|_| outcome.second_pool).map(|(entry, supply)| Pool {
                entry,
                supply,
                count,
            }),
        )
    }

    fn all(&self) -> impl Iterator<Item = &Pool<'a>> {
        std::iter::once(&self.0).chain(&self.1)
    }

    /// The sum over the pools; `None` where one has no figure.
    fn sum(&self, figure: impl Fn(&Pool<'a>) -> Option<f64>) -> Option<f64> {
        self.all().map(figure).sum()
    }

    /// The pools without a figure, in words.
    fn without(&self, word: &str, figure: impl Fn(&Pool<'a>) -> Option<f64>) -> Vec<String> {
        let unknown = self.all().filter(|pool| figure(pool).is_none());
        unknown.map(|pool| format!("{} has no known {word}", pool.entry.id)).collect()
    }
}

fn energy(pools: &Pools<'_>, utilization: f64, days: f64, pue: f64) -> Option<Energy> {
    let share = IDLE_POWER_FRACTION + DYNAMIC_POWER_FRACTION * utilization;
    let devices = pools.sum(|pool| Some(pool.entry.facts.tdp_w? / pool.supply.chip.chips * pool.count))?;
    let kwh = |watts: f64| watts * 24.0 * days / 1e3;
    // Servers publish their maximum only: hosts are taken to rise and fall with their accelerators.
    let hosts = pools.all().filter_map(|pool| Some(pool.supply.host_w? * pool.count)).sum::<f64>();
    let (device_kwh, host_kwh) = (kwh(devices * share), kwh(hosts * share));
    let it_kwh = device_kwh + host_kwh;
    Some(Energy { it_kwh, facility_kwh: it_kwh * pue, hosts: host_kwh * pue })
}

/// The price of electricity, and whether anybody published it.
fn electricity(ops: &Ops, grid: &Entry<Grid>) -> (f64, bool) {
    match ops.electricity_usd_per_kwh.or(grid.facts.electricity_usd_per_kwh) {
        Some(price) => (price, true),
        None => (ELECTRICITY_USD_PER_KWH, false),
    }
}

/// Where the price of electricity comes from.
fn electricity_source(ops: &Ops, grid: &Entry<Grid>) -> String {
    if ops.electricity_usd_per_kwh.is_some() {
        return "the plan".into();
    }
    if grid.facts.electricity_usd_per_kwh.is_none() {
        return "assumed".into();
    }
    let source = grid.source_of("electricity_usd_per_kwh");
    let title = if source.title.is_empty() { &source.kind } else { &source.title };
    if source.date.is_empty() {
        format!("{}: {title}", grid.name)
    } else {
        format!("{}: {title} ({})", grid.name, source.date)
    }
}

/// What the plan costs, in numbers.
#[derive(Clone, Copy)]
struct Bill {
    days: f64,
    years: f64,
    energy: Option<Energy>,
    /// USD/kWh, and whether it is published.
    electricity: (f64, bool),
    rented: bool,
    /// Rent of the accelerators over the duration, USD.
    rent_usd: Option<f64>,
    /// Purchase of everything, USD.
    purchase_usd: Option<f64>,
    /// Terms of the total, in their order.
    terms: [Option<(&'static str, &'static str, f64)>; 6],
    total_usd: f64,
    /// No term is missing.
    complete: bool,
    operational_kg: Option<f64>,
    /// Tokens over the duration, millions.
    millions: Option<f64>,
}

impl Bill {
    fn of(query: &Query<'_>, pools: &Pools<'_>, ops: &Ops, grid: &Entry<Grid>, outcome: &Outcome) -> Bill {
        let days = ops.duration_days;
        let years = days / DAYS_PER_YEAR;
        let utilization = ops.utilization.unwrap_or(outcome.mfu).clamp(0.0, 1.0);
        let energy = energy(pools, utilization, days, grid.facts.pue);
        let (price, known) = electricity(ops, grid);
        let rented = ops.acquisition == Acquisition::Rent;
        let hourly = pools.sum(|pool| pool.rent_usd_per_hour(query.plan, ops));
        let rent_usd = hourly.map(|hourly| hourly * 24.0 * days);
        let purchase_usd = pools.sum(Pool::price_usd).map(|cost| cost * ops.infrastructure_multiplier);
        let operational_kg = energy.map(|energy| energy.facility_kwh * grid.facts.carbon_g_per_kwh / 1e3);
        let term = |key, label, value: Option<f64>| value.map(|value| (key, label, value));
        let bought = purchase_usd.filter(|_| !rented);
        let metered = energy.filter(|_| !rented);
        let hosts_usd = metered.map(|energy| energy.hosts * price);
        let devices_usd = metered.map(|energy| energy.facility_kwh * price - energy.hosts * price);
        let carbon_usd = operational_kg
            .filter(|_| ops.carbon_usd_per_tonne > 0.0)
            .map(|kg| kg / 1e3 * ops.carbon_usd_per_tonne);
        let terms = [
            term("rent_usd", "rent", rent_usd.filter(|_| rented)),
            term("capex_usd", "capex", bought.map(|purchase| purchase / AMORTIZATION_YEARS * years)),
            term("energy_usd", "energy", devices_usd),
            term("host_energy_usd", "host energy", hosts_usd.filter(|usd| *usd > 0.0)),
            term(
                "maintenance_usd",
                "maintenance",
                bought.map(|purchase| purchase * MAINTENANCE_SHARE * years),
            ),
            term("carbon_usd", "carbon price", carbon_usd),
        ];
        // While it works: a plan's utilization is the share of the time that it does.
        let tokens = outcome.tokens_per_s.map(|rate| rate * 86_400.0 * days * ops.utilization.unwrap_or(1.0));
        Bill {
            days,
            years,
            energy,
            electricity: (price, known),
            rented,
            rent_usd,
            purchase_usd,
            terms,
            total_usd: terms.iter().flatten().fold(0.0, |sum, term| sum + term.2),
            complete: if rented { rent_usd.is_some() } else { purchase_usd.is_some() && energy.is_some() },
            operational_kg,
            millions: tokens.map(|tokens| tokens / 1e6).filter(|millions| *millions > 0.0),
        }
    }

    fn term(&self, key: &str) -> Option<f64> {
        self.terms.iter().flatten().find(|term| term.0 == key).map(|term| term.2)
    }

    /// Metrics of the third lens.
    fn metrics(&self, grid: &Entry<Grid>, values: &mut Values) {
        const fn place(key: &str) -> usize {
            metrics::place(Lens::Macro, key)
        }
        let mut add = |place, value: Option<f64>| {
            if let Some(value) = value {
                values.set(place, value);
            }
        };
        let total = Some(self.total_usd).filter(|_| self.complete);
        let devices = self.term("energy_usd");
        let energy_usd = devices.map(|devices| devices + self.term("host_energy_usd").unwrap_or(0.0));
        add(const { place("tco_usd") }, total);
        add(const { place("carbon_footprint") }, self.operational_kg.map(|kg| kg / 1e3));
        add(const { place("energy_cost") }, energy_usd);
        add(const { place("capex") }, self.term("capex_usd"));
        add(
            const { place("annual_tco_usd") },
            total.filter(|_| self.days > 0.0).map(|total| total / self.years),
        );
        add(const { place("maintenance_usd") }, self.term("maintenance_usd"));
        add(const { place("energy_kwh") }, self.energy.map(|energy| energy.facility_kwh));
        add(
            const { place("water_liters") },
            self.energy.map(|energy| energy.it_kwh * grid.facts.wue_l_per_kwh),
        );
        add(
            const { place("usd_per_million_tokens") },
            self.millions.zip(total).map(|(millions, total)| total / millions),
        );
        add(
            const { place("g_co2_per_million_tokens") },
            self.millions.zip(self.operational_kg).map(|(millions, kg)| kg * 1e3 / millions),
        );
    }
}

/// The grid of the plan's region, else the average that stands in for it.
fn grid<'a>(
    ops: &'a Ops,
    registry: &Registry,
    spare: &'a mut Option<Arc<Entry<Grid>>>,
) -> Option<&'a Entry<Grid>> {
    if let Some(region) = ops.region.as_deref() {
        return Some(region);
    }
    *spare = registry.grid(Physics::Studio, "US_Avg").ok();
    spare.as_deref()
}

/// Metrics of the economic lens, and whether it could be evaluated.
pub(super) fn figures(
    query: &Query<'_>,
    registry: &Registry,
    outcome: &Outcome,
    values: &mut Values,
) -> LensStatus {
    let Some(ops) = &query.plan.ops else { return LensStatus::Skipped };
    let mut spare = None;
    let Some(grid) = grid(ops, registry, &mut spare) else { return LensStatus::Skipped };
    let bill = Bill::of(query, &Pools::of(query, outcome), ops, grid, outcome);
    bill.metrics(grid, values);
    if bill.complete { LensStatus::Pass } else { LensStatus::Skipped }
}

/// Fills the economic lens.
pub(super) fn fill(report: &mut Report, query: &Query<'_>, registry: &Registry, outcome: &Outcome) {
    let Some(ops) = &query.plan.ops else {
        report.economics.status = LensStatus::Skipped;
        report.economics.summary = "add an ops: block to price this plan".into();
        return;
    };
    let mut spare = None;
    let Some(grid) = grid(ops, registry, &mut spare) else {
        report.economics.status = LensStatus::Skipped;
        report.economics.summary = format!("region {} has no figures", ops.region_name);
        return;
    };
    price(report, query, ops, grid, outcome);
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
    Some(format!("${rate:.2}/h: {}{date}", source.title))
}

/// What the purchase covers, and what stands for a utilization that the plan does not give.
fn assumed(plan: &Plan, ops: &Ops, outcome: &Outcome, bill: &Bill) -> Vec<String> {
    let mut said = Vec::with_capacity(2);
    let entry = &plan.hardware.accelerator;
    if !bill.rented && bill.purchase_usd.is_some() {
        let factor = ops.infrastructure_multiplier;
        said.push(if entry.facts.accelerator_count.is_some() || !needs_host(entry) {
            format!("capex is the price of {}, times ops.infrastructure_multiplier {factor}", entry.name)
        } else if factor > 1.0 {
            format!(
                "capex is the price of the accelerators times ops.infrastructure_multiplier {factor}, which stands for servers, \
                 network, storage and building"
            )
        } else {
            "capex covers the accelerators alone: servers, network, storage and building are not in it, and \
             ops.infrastructure_multiplier adds them"
                .into()
        });
    }
    if ops.utilization.is_none() && bill.energy.is_some() {
        said.push(format!(
            "power is TDP × (0.3 + 0.7 × {}): the MFU stands for ops.utilization",
            format::percent(outcome.mfu.clamp(0.0, 1.0))
        ));
    }
    said
}

fn price(report: &mut Report, query: &Query<'_>, ops: &Ops, grid: &Entry<Grid>, outcome: &Outcome) {
    let plan = query.plan;
    let pools = Pools::of(query, outcome);
    let bill = Bill::of(query, &pools, ops, grid, outcome);
    let (price, known) = bill.electricity;
    let mut missing = Vec::new();
    if bill.rented {
        if bill.rent_usd.is_none() {
            missing.extend(pools.without("rent", |pool| pool.rent_usd_per_hour(plan, ops)));
        }
    } else {
        if bill.purchase_usd.is_none() {
            missing.extend(pools.without("price", Pool::price_usd));
        }
        if bill.energy.is_none() {
            missing.extend(pools.without("power", |pool| pool.entry.facts.tdp_w));
        }
        for pool in pools.all().filter(|pool| bill.energy.is_some() && pool.supply.host_assumed) {
            report.warnings.push(Warning {
                code: "assumed_host_power",
                message: format!(
                    "no server of {} has a published power: {:.0} W beside each is assumed for host, fans and network",
                    pool.entry.id,
                    pool.supply.host_w.unwrap_or(0.0)
                ),
            });
        }
        if bill.energy.is_some() && !known {
            report.warnings.push(Warning {
                code: "assumed_price",
                message: format!(
                    "no electricity price is known for {}: {price} USD/kWh is assumed",
                    grid.name
                ),
            });
        }
    }
    for name in &missing {
        let message = format!("{name}: the total is incomplete");
        report.warnings.push(Warning { code: "unknown_price", message });
    }
    // What an owned accelerator costs each day beside its price.
    let days = bill.days;
    let per_day = bill.purchase_usd.zip(bill.energy).map(|(purchase, energy)| {
        let electricity = if days > 0.0 { energy.facility_kwh * price / days } else { 0.0 };
        purchase * MAINTENANCE_SHARE / DAYS_PER_YEAR + electricity
    });
    let mut values = Values::default();
    bill.metrics(grid, &mut values);
    report.economics.metrics = values.of(Lens::Macro);
    let emitted = bill.operational_kg.map_or_else(|| "carbon unknown".to_owned(), format::carbon_kg);
    if bill.complete {
        report.economics.status = LensStatus::Pass;
        report.economics.summary = format!(
            "{} over {} days, {emitted} ({})",
            format::usd(bill.total_usd),
            format::figure(days),
            grid.name
        );
    } else {
        report.economics.status = LensStatus::Skipped;
        report.economics.summary = format!("incomplete: {}; {emitted} ({})", missing.join(", "), grid.name);
    }
    let terms = bill.terms.iter().flatten();
    let rent = bill.rent_usd;
    report.tco = Some(Tco {
        terms: terms.map(|&(key, label, value)| Part { key, label, value }).collect(),
        total_usd: bill.total_usd,
        duration_days: days,
        electricity_usd_per_kwh: price,
        electricity_source: electricity_source(ops, grid),
        region: grid.name.clone(),
        missing,
        rent_alternative_usd: rent.filter(|_| !bill.rented),
        rent_source: rent.and_then(|_| rent_source(plan, ops)),
        break_even_days: break_even_days(
            bill.purchase_usd,
            rent.filter(|_| days > 0.0).map(|usd| usd / days),
            per_day,
        ),
        assumed: assumed(plan, ops, outcome, &bill),
    });
    report.carbon = bill.energy.zip(bill.operational_kg).map(|(energy, operational_kg)| Carbon {
        it_energy_kwh: energy.it_kwh,
        facility_energy_kwh: energy.facility_kwh,
        operational_kg,
        embodied_kg: pools.sum(Pool::embodied_kg).map(|kg| kg * bill.years / AMORTIZATION_YEARS),
        water_l: energy.it_kwh * grid.facts.wue_l_per_kwh,
        grid_g_per_kwh: grid.facts.carbon_g_per_kwh,
        pue: grid.facts.pue,
    });
}
