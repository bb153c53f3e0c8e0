//! Wall 17, Capital: what owning and running the fleet costs.
//!
//! `purchase = unit · N · multiplier`, `capex = purchase / years · days / 365`, `energy = facility kWh · price`,
//! `maintenance = 5 % · purchase · days / 365`, `TCO = capex + energy + maintenance`. USD.
//! The equations are those of [`crate::engine::economics`]. Defaults: utilization 1, three years, multiplier 1,
//! 0.12 USD/kWh. A device without a price costs nothing here. Source: Barroso 2018.

use super::error::{WallError, at_least};
use super::output::output;
use crate::engine::economics::{EconomicsInputs, Environment, economics};
use crate::registry::Accelerator;

/// What the wall needs.
#[derive(Debug, Clone, Copy)]
pub struct Inputs<'a> {
    /// The device.
    pub hardware: &'a Accelerator,
    /// Fleet size, duration and prices.
    pub setting: EconomicsInputs,
    /// Where the fleet stands.
    pub place: Environment<'a>,
}

output! {
    /// What the wall answers.
    pub struct Outputs {
        /// Share of the purchase, USD.
        pub capex_usd: f64,
        /// Electricity, USD.
        pub opex_energy_usd: f64,
        /// Maintenance, USD.
        pub opex_maintenance_usd: f64,
        /// Both, USD.
        pub total_opex_usd: f64,
        /// Everything, USD.
        pub tco_usd: f64,
        /// Accelerators, kWh.
        pub it_energy_kwh: f64,
        /// With the facility, kWh.
        pub total_energy_kwh: f64,
        /// Of the energy, kg CO2e.
        pub carbon_footprint_kg: f64,
        /// L.
        pub water_usage_liters: f64,
        /// Facility over IT energy.
        pub pue: f64,
        /// Display name of the grid.
        pub region_name: String,
    }
}

/// Solves the wall.
pub fn solve(inputs: &Inputs<'_>) -> Result<Outputs, WallError> {
    at_least("duration_days", inputs.setting.duration_days, 0.0)?;
    if inputs.setting.amortization_years == 0.0 {
        return Err(WallError::evaluation(
            "amortization_years",
            "is zero: no year to spread the purchase over",
        ));
    }
    let cost = economics(inputs.hardware, &inputs.setting, &inputs.place)?;
    let energy = &cost.sustainability;
    Ok(Outputs {
        capex_usd: cost.capex_usd,
        opex_energy_usd: cost.energy_usd,
        opex_maintenance_usd: cost.maintenance_usd,
        total_opex_usd: cost.opex_usd(),
        tco_usd: cost.tco_usd(),
        it_energy_kwh: energy.it_energy_kwh,
        total_energy_kwh: energy.facility_energy_kwh,
        carbon_footprint_kg: energy.carbon_kg(),
        water_usage_liters: energy.water_l,
        pue: energy.pue,
        region_name: inputs.place.region.to_owned(),
    })
}
