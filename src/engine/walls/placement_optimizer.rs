//! Placement optimizer (walls 17 and 18): the grid on which a fleet is cheapest, carbon priced in.
//!
//! For each grid, wall 17 there; objective `TCO + carbon · tax`, USD, with carbon in metric tons. The first of
//! the cheapest wins; all are listed, cheapest first. Defaults: United States average, Quebec and Iowa,
//! 100 USD per ton, utilization 1. Sources: those of the two walls.

use super::capital;
use super::error::{WallError, at_least};
use super::output::output;
use crate::engine::economics::{EconomicsInputs, Environment};
use crate::registry::Accelerator;

/// The grids searched where none are named.
pub const DEFAULT_REGIONS: [&str; 3] = ["US_Avg", "Quebec", "Iowa"];

/// What the optimizer needs.
#[derive(Debug, Clone)]
pub struct Inputs<'a> {
    /// The device.
    pub hardware: &'a Accelerator,
    /// Fleet size, duration and prices.
    pub setting: EconomicsInputs,
    /// Grids by lookup name; unknown ones are left out by the caller.
    pub regions: Vec<(String, Environment<'a>)>,
    /// USD per metric ton.
    pub carbon_tax_per_ton: f64,
}

output! {
    /// The winner's setting.
    pub struct Config {
        /// Grid.
        pub region: String,
    }
}

output! {
    /// A grid and what it gives.
    pub struct Candidate {
        /// Grid.
        pub region: String,
        /// USD.
        pub tco: f64,
        /// Metric tons.
        pub carbon: f64,
        /// Facility over IT energy.
        pub pue: f64,
        /// USD with carbon priced in.
        pub objective: f64,
    }
}

output! {
    /// What the optimizer answers.
    pub struct Outputs {
        /// Least objective, USD.
        pub objective_value: f64,
        /// The winner's setting.
        pub best_config: Config,
        /// Grids tried.
        pub total_searched: u64,
        /// The winner.
        pub best_region: String,
        /// The winner's cost, USD.
        pub lowest_tco: f64,
        /// The winner's carbon, metric tons.
        pub carbon_footprint: f64,
        /// The winner's PUE.
        pub pue: f64,
        /// All, cheapest first.
        pub top_candidates: Vec<Candidate>,
    }
}

/// Searches.
pub fn solve(inputs: &Inputs<'_>) -> Result<Outputs, WallError> {
    at_least("carbon_tax_per_ton", inputs.carbon_tax_per_ton, 0.0)?;
    let mut candidates = Vec::with_capacity(inputs.regions.len());
    for (region, place) in &inputs.regions {
        let cost = capital::solve(&capital::Inputs {
            hardware: inputs.hardware,
            setting: inputs.setting,
            place: *place,
        })?;
        let carbon = cost.carbon_footprint_kg / 1000.0;
        candidates.push(Candidate {
            region: region.clone(),
            tco: cost.tco_usd,
            carbon,
            pue: cost.pue,
            objective: cost.tco_usd + carbon * inputs.carbon_tax_per_ton,
        });
    }
    let searched = candidates.len() as u64;
    candidates.sort_by(|a, b| a.objective.total_cmp(&b.objective));
    let Some(best) = candidates.first().cloned() else {
        return Err(WallError::bad_input("regions", "names no grid of the registry"));
    };
    Ok(Outputs {
        objective_value: best.objective,
        best_config: Config { region: best.region.clone() },
        total_searched: searched,
        lowest_tco: best.tco,
        carbon_footprint: best.carbon,
        pue: best.pue,
        best_region: best.region,
        top_candidates: candidates,
    })
}
