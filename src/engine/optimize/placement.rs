//! The grid on which a fleet is cheapest, with a price on carbon.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::{Search, object, refused};
use crate::engine::common::constants::DEFAULT_EFFICIENCY;
use crate::engine::economics::{EconomicsInputs, Place, environment};
use crate::engine::report::{LensStatus, Status};
use crate::engine::walls::error::WallError;
use crate::engine::walls::placement_optimizer as resolver;
use crate::engine::{format, mlsysim, studio};
use crate::metrics::Lens;
use crate::plan::{Acquisition, Ops, Plan};
use crate::registry::{Entry, Grid, Physics, Registry};

/// USD per metric ton where nobody says, as in the reference.
const DEFAULT_TAX: f64 = 100.0;
/// Days priced where the plan has no `ops`.
const DEFAULT_DAYS: f64 = 30.0;

/// Searches the grids for the least cost of ownership plus carbon at `tax` USD per metric ton.
pub fn placement(plan: &Plan, registry: &Registry, tax: Option<f64>) -> Result<Search, WallError> {
    let own = plan.ops.as_ref().map(|ops| ops.carbon_usd_per_tonne).filter(|price| *price > 0.0);
    let tax = match plan.physics {
        Physics::Mlsysim => tax.unwrap_or(DEFAULT_TAX),
        Physics::Studio => tax.or(own).unwrap_or(DEFAULT_TAX),
    };
    if !(tax >= 0.0 && tax.is_finite()) {
        return Err(WallError::bad_input("carbon-tax", format!("must be at least 0, is {tax}")));
    }
    match plan.physics {
        Physics::Mlsysim => reference(plan, registry, tax),
        Physics::Studio => search(plan, registry, tax),
    }
}

fn sentence(region: &str, days: f64, tco: f64, carbon_t: f64) -> String {
    format!(
        "{region}: {} and {} over {} days",
        format::usd(tco),
        format::carbon_kg(carbon_t * 1e3),
        format::figure(days)
    )
}

fn reference(plan: &Plan, registry: &Registry, tax: f64) -> Result<Search, WallError> {
    let mut found = Search::new("placement", plan);
    found.searched =
        "the region for the least cost with carbon; held: the machines, their work and the duration".into();
    if plan.hardware.accelerators <= 1 {
        return Err(WallError::bad_input("hardware.accelerators", "placement needs a fleet"));
    }
    let fleet = mlsysim::fleet(plan)?;
    let days = plan.ops.as_ref().map_or(DEFAULT_DAYS, |ops| ops.duration_days);
    let grids: Vec<Arc<Entry<Grid>>> = resolver::DEFAULT_REGIONS
        .iter()
        .filter_map(|name| registry.grid(Physics::Mlsysim, name).ok())
        .collect();
    let answer = resolver::solve(&resolver::Inputs {
        hardware: fleet.device,
        setting: EconomicsInputs {
            accelerators: fleet.accelerators() as f64,
            duration_days: days,
            utilization: plan.hardware.efficiency.unwrap_or(DEFAULT_EFFICIENCY),
            ..EconomicsInputs::default()
        },
        regions: grids
            .iter()
            .map(|grid| {
                let place = Place::Datacenter { grid: grid.as_ref(), pue: None };
                (grid.id.clone(), environment(Some(place), None, None, grid))
            })
            .collect(),
        carbon_tax_per_ton: tax,
    })?;
    Ok(Search {
        sentence: sentence(&answer.best_region, days, answer.lowest_tco, answer.carbon_footprint),
        objective: Some(("cost with carbon", answer.objective_value, "USD")),
        edits: edits(plan, &answer.best_region),
        columns: vec!["region", "TCO USD", "carbon t", "PUE", "with carbon USD"],
        rows: answer
            .top_candidates
            .iter()
            .map(|one| {
                vec![
                    json!(one.region),
                    json!(one.tco),
                    json!(one.carbon),
                    json!(one.pue),
                    json!(one.objective),
                ]
            })
            .collect(),
        outputs: object(answer.to_json()),
        notes: vec![
            "as mlsysim 0.3.0 searches: three grids, 0.12 USD/kWh on each, power by the stated efficiency"
                .into(),
        ],
        ..found
    })
}

fn edits(plan: &Plan, region: &str) -> Vec<(String, String)> {
    let there = plan.ops.as_ref().and_then(|ops| ops.region.as_ref()).is_some_and(|grid| grid.id == region);
    if there { Vec::new() } else { vec![("ops.region".into(), region.to_owned())] }
}

/// A grid, and the plan's cost there.
struct Candidate {
    grid: Arc<Entry<Grid>>,
    tco: f64,
    carbon_t: f64,
    electricity: f64,
    objective: f64,
}

fn search(plan: &Plan, registry: &Registry, tax: f64) -> Result<Search, WallError> {
    let mut found = Search::new("placement", plan);
    found.searched =
        "the region for the least cost with carbon; held: the machines, their work and the duration".into();
    let mut base = plan.clone();
    let ops = base.ops.get_or_insert_with(|| Ops {
        region: None,
        region_name: "US_Avg".into(),
        duration_days: DEFAULT_DAYS,
        acquisition: Acquisition::Buy,
        electricity_usd_per_kwh: None,
        rent_usd_per_accelerator_hour: None,
        utilization: None,
        infrastructure_multiplier: 1.0,
        carbon_usd_per_tonne: 0.0,
    });
    // Carbon is priced here, once.
    ops.carbon_usd_per_tonne = 0.0;
    let (days, stated) = (ops.duration_days, ops.electricity_usd_per_kwh);
    let rented = ops.acquisition == Acquisition::Rent;
    let mut candidates: Vec<Candidate> = Vec::new();
    let mut assumed = 0_usize;
    let mut incomplete = None;
    for grid in registry.grids(Physics::Studio) {
        let mut there = base.clone();
        if let Some(ops) = &mut there.ops {
            ops.region = Some(Arc::clone(grid));
            ops.region_name.clone_from(&grid.id);
        }
        let report = studio::assess(&there, registry);
        if let Some(error) = refused(&report) {
            return Err(error);
        }
        if report.feasibility.status == LensStatus::Fail {
            return Ok(found.without(Status::Infeasible, report.feasibility.summary));
        }
        let money = |key| report.metric(Lens::Macro, key);
        let (Some(tco), Some(carbon_t)) = (money("tco_usd"), money("carbon_footprint")) else {
            incomplete = Some(report.economics.summary);
            continue;
        };
        assumed += usize::from(report.warnings.iter().any(|warning| warning.code == "assumed_price"));
        candidates.push(Candidate {
            grid: Arc::clone(grid),
            tco,
            carbon_t,
            electricity: report.tco.as_ref().map_or(0.0, |tco| tco.electricity_usd_per_kwh),
            objective: tco + carbon_t * tax,
        });
    }
    candidates.sort_by(|a, b| a.objective.total_cmp(&b.objective));
    let Some(best) = candidates.first() else {
        let why = incomplete.unwrap_or_else(|| "the registry has no grid".into());
        return Err(WallError::bad_input("hardware.name", format!("cannot be priced: {why}")));
    };
    let mut notes = vec![format!(
        "each grid with its own electricity price, PUE and carbon; carbon at {} USD/t; power by the plan's utilization, else its MFU, as `eval` does",
        format::figure(tax)
    )];
    if let Some(price) = stated {
        notes.push(format!("the plan states {price} USD/kWh, which holds on every grid"));
    } else if assumed > 0 && !rented {
        notes.push(format!(
            "{} without a known electricity price: an average is assumed there",
            format::count(assumed as u64, "grid")
        ));
    }
    let candidate = |one: &Candidate| {
        json!({
            "region": one.grid.id,
            "tco": one.tco,
            "carbon": one.carbon_t,
            "pue": one.grid.facts.pue,
            "electricity_usd_per_kwh": one.electricity,
            "objective": one.objective,
        })
    };
    let mut outputs = Map::new();
    let mut put = |key: &str, value: Value| {
        outputs.insert(key.into(), value);
    };
    put("objective_value", json!(best.objective));
    put("best_config", json!({ "region": best.grid.id }));
    put("total_searched", candidates.len().into());
    put("best_region", best.grid.id.as_str().into());
    put("lowest_tco", json!(best.tco));
    put("carbon_footprint", json!(best.carbon_t));
    put("pue", json!(best.grid.facts.pue));
    put("carbon_tax_per_ton", json!(tax));
    put("top_candidates", candidates.iter().map(candidate).collect());
    Ok(Search {
        sentence: sentence(&best.grid.id, days, best.tco, best.carbon_t),
        objective: Some(("cost with carbon", best.objective, "USD")),
        edits: edits(plan, &best.grid.id),
        outputs,
        columns: vec!["region", "TCO USD", "carbon t", "PUE", "USD/kWh", "with carbon USD"],
        rows: candidates
            .iter()
            .map(|one| {
                vec![
                    json!(one.grid.id),
                    json!(one.tco),
                    json!(one.carbon_t),
                    json!(one.grid.facts.pue),
                    json!(one.electricity),
                    json!(one.objective),
                ]
            })
            .collect(),
        notes,
        ..found
    })
}
