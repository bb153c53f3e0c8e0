//! Cost, energy, carbon and water of one accelerator or a fleet.
//!
//! Power is TDP × (0.3 + 0.7 · u), u being the plan's `utilization` or else the achieved share of peak.
//! Carbon and cost count facility energy (IT × PUE), water IT energy × WUE. A figure that nobody
//! published is never zero: it is named, and the total is left out.

use super::Outcome;
use crate::engine::common::constants::{
    AMORTIZATION_YEARS, DAYS_PER_YEAR, DYNAMIC_POWER_FRACTION, ELECTRICITY_USD_PER_KWH, IDLE_POWER_FRACTION,
    MAINTENANCE_SHARE,
};
use crate::engine::format;
use crate::engine::report::{Carbon, LensStatus, Part, Report, Tco, Warning};
use crate::plan::{Acquisition, Ops, Plan};
use crate::registry::{Entry, Grid, Physics, Registry};
use std::sync::Arc;

struct Energy {
    it_kwh: f64,
    facility_kwh: f64,
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
    price(report, plan, ops, &grid, outcome);
}

fn price(report: &mut Report, plan: &Plan, ops: &Ops, grid: &Entry<Grid>, outcome: &Outcome) {
    let accelerator = &plan.hardware.accelerator;
    let facts = &accelerator.facts;
    let chips = facts.accelerator_count.map_or(1.0, |count| f64::from(count.max(1)));
    let count = plan.hardware.accelerators.max(1) as f64;
    let days = ops.duration_days;
    let years = days / DAYS_PER_YEAR;
    let utilization = ops.utilization.unwrap_or(outcome.mfu).clamp(0.0, 1.0);
    let mut missing = Vec::new();
    let mut warnings: Vec<Warning> = Vec::new();

    let energy = facts.tdp_w.map(|tdp| {
        let watts = tdp / chips * count * (IDLE_POWER_FRACTION + DYNAMIC_POWER_FRACTION * utilization);
        let it_kwh = watts * 24.0 * days / 1e3;
        Energy { it_kwh, facility_kwh: it_kwh * grid.facts.pue }
    });
    let (price, source, known) = electricity(ops, grid);
    let rented = ops.acquisition == Acquisition::Rent;
    let mut terms: Vec<Part> = Vec::with_capacity(4);
    if rented {
        match ops.rent_usd_per_accelerator_hour.or(facts.rent_usd_per_accelerator_hour) {
            Some(rate) => {
                terms.push(Part { key: "rent_usd", label: "rent", value: rate * count * 24.0 * days });
            }
            None => missing.push(format!("{} has no known rent", accelerator.id)),
        }
    } else {
        match facts.unit_cost_usd.filter(|cost| *cost > 0.0) {
            Some(cost) => {
                let purchase = cost / chips * count * ops.infrastructure_multiplier;
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
            None => missing.push(format!("{} has no known price", accelerator.id)),
        }
        match &energy {
            Some(energy) => {
                let value = energy.facility_kwh * price;
                terms.insert(terms.len().min(1), Part { key: "energy_usd", label: "energy", value });
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
            None => missing.push(format!("{} has no known power", accelerator.id)),
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
    add("energy_cost", term("energy_usd"));
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
    });
    report.carbon = energy.zip(operational_kg).map(|(energy, operational_kg)| Carbon {
        it_energy_kwh: energy.it_kwh,
        facility_energy_kwh: energy.facility_kwh,
        operational_kg,
        embodied_kg: facts.embodied_carbon_kg.map(|kg| kg / chips * count * years / AMORTIZATION_YEARS),
        water_l: energy.it_kwh * grid.facts.wue_l_per_kwh,
        grid_g_per_kwh: grid.facts.carbon_g_per_kwh,
        pue: grid.facts.pue,
    });
    report.warnings.append(&mut warnings);
}
