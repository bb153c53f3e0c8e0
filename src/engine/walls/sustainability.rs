//! Wall 18, Sustainability: energy, carbon and water.
//!
//! Power of a device is `TDP (0.30 + 0.70 u)` (700 W without a TDP); `IT = power · N · 24 · days`,
//! `facility = IT · PUE`, `carbon = facility · intensity + embodied · N`, `water = facility · WUE`. kWh, kg, L.
//! The equations are those of [`crate::engine::economics`]. Defaults: utilization 1, nothing embodied, the
//! average grid of the United States at PUE 1.12. Only accelerators draw power.
//! Sources: Patterson 2021 and 2022, Barroso and Hölzle 2007, Gupta 2022.

use super::error::{WallError, at_least};
use super::output::output;
use crate::engine::economics::{Environment, sustainability};
use crate::registry::Accelerator;

/// What the wall needs.
#[derive(Debug, Clone, Copy)]
pub struct Inputs<'a> {
    /// The device.
    pub hardware: &'a Accelerator,
    /// Devices in the fleet.
    pub accelerators: f64,
    /// Days.
    pub duration_days: f64,
    /// Share of peak that sets power.
    pub mfu: f64,
    /// Carbon of making one device, kg.
    pub embodied_carbon_kg_per_device: f64,
    /// Where the fleet stands.
    pub place: Environment<'a>,
}

output! {
    /// What the wall answers.
    pub struct Outputs {
        /// Accelerators, kWh.
        pub it_energy_kwh: f64,
        /// With the facility, kWh.
        pub total_energy_kwh: f64,
        /// Operation and making, kg CO2e.
        pub carbon_footprint_kg: f64,
        /// L.
        pub water_usage_liters: f64,
        /// Facility over IT energy.
        pub pue: f64,
        /// Display name of the grid.
        pub region_name: String,
        /// Making, kg CO2e.
        pub embodied_carbon_kg: f64,
    }
}

/// Solves the wall.
pub fn solve(inputs: &Inputs<'_>) -> Result<Outputs, WallError> {
    at_least("duration_days", inputs.duration_days, 0.0)?;
    let found = sustainability(
        inputs.hardware,
        inputs.accelerators,
        inputs.duration_days,
        inputs.mfu,
        inputs.embodied_carbon_kg_per_device,
        &inputs.place,
    )?;
    Ok(Outputs {
        it_energy_kwh: found.it_energy_kwh,
        total_energy_kwh: found.facility_energy_kwh,
        carbon_footprint_kg: found.carbon_kg(),
        water_usage_liters: found.water_l,
        pue: found.pue,
        embodied_carbon_kg: found.embodied_kg,
        region_name: inputs.place.region.to_owned(),
    })
}
