//! Walls 17 and 18: money, energy, carbon, water (`EconomicsModel`, `SustainabilityModel`).

use super::common::constants::{
    AMORTIZATION_YEARS, DAYS_PER_YEAR, DEFAULT_PUE, DYNAMIC_POWER_FRACTION, ELECTRICITY_USD_PER_KWH,
    FALLBACK_TDP_W, IDLE_POWER_FRACTION, MAINTENANCE_SHARE,
};
use super::common::{Resolved, check_range};
use crate::registry::{Accelerator, Entry, Grid};

/// A place that a resolver is asked to use: a facility on a grid, or a bare grid.
#[derive(Debug, Clone, Copy)]
pub enum Place<'a> {
    /// A datacenter; its own PUE, where it has one, wins over its grid's.
    Datacenter {
        /// The grid it stands on.
        grid: &'a Entry<Grid>,
        /// Its own PUE.
        pue: Option<f64>,
    },
    /// A grid.
    Grid(&'a Entry<Grid>),
}

impl<'a> Place<'a> {
    fn grid(self) -> &'a Entry<Grid> {
        match self {
            Place::Datacenter { grid, .. } | Place::Grid(grid) => grid,
        }
    }

    fn pue(self) -> f64 {
        match self {
            Place::Datacenter { grid, pue } => pue.unwrap_or(grid.facts.pue),
            Place::Grid(grid) => grid.facts.pue,
        }
    }
}

/// Power, carbon and water of a place.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Environment<'a> {
    /// Display name of the grid.
    pub region: &'a str,
    /// Carbon, g/kWh.
    pub carbon_g_per_kwh: f64,
    /// Power usage effectiveness.
    pub pue: f64,
    /// Water, L/kWh.
    pub wue_l_per_kwh: f64,
}

/// Where a fleet's power comes from: the argument, else the fleet's facility, else the fleet's region,
/// else `default` with the PUE of the best air-cooled facilities.
pub fn environment<'a>(
    argument: Option<Place<'a>>,
    fleet_datacenter: Option<Place<'a>>,
    fleet_region: Option<&'a Entry<Grid>>,
    default: &'a Entry<Grid>,
) -> Environment<'a> {
    let place = argument.or(fleet_datacenter).or(fleet_region.map(Place::Grid));
    let grid = place.map_or(default, Place::grid);
    Environment {
        region: &grid.name,
        carbon_g_per_kwh: grid.facts.carbon_g_per_kwh,
        pue: place.map_or(DEFAULT_PUE, Place::pue),
        wue_l_per_kwh: grid.facts.wue_l_per_kwh,
    }
}

/// Energy, carbon and water over a duration.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sustainability {
    /// Accelerators, kWh.
    pub it_energy_kwh: f64,
    /// With the facility's overhead, kWh.
    pub facility_energy_kwh: f64,
    /// Of the energy, kg CO2e.
    pub operational_kg: f64,
    /// Of the devices' manufacture, kg CO2e.
    pub embodied_kg: f64,
    /// Water, L.
    pub water_l: f64,
    /// Power usage effectiveness.
    pub pue: f64,
    /// Carbon of the grid, g/kWh.
    pub carbon_g_per_kwh: f64,
}

impl Sustainability {
    /// Operational and embodied, kg CO2e.
    pub fn carbon_kg(&self) -> f64 {
        self.operational_kg + self.embodied_kg
    }
}

/// Energy, carbon and water of `accelerators` devices for `duration_days` (wall 18). `utilization` is the
/// share of peak that sets power between idle and TDP; `embodied_kg` is per device.
pub fn sustainability(
    device: &Accelerator,
    accelerators: f64,
    duration_days: f64,
    utilization: f64,
    embodied_kg: f64,
    place: &Environment<'_>,
) -> Resolved<Sustainability> {
    check_range("mfu", utilization, 0.0, 1.0)?;
    check_range("embodied_carbon_per_device", embodied_kg, 0.0, f64::INFINITY)?;
    let power_w =
        device.tdp_w.unwrap_or(FALLBACK_TDP_W) * (IDLE_POWER_FRACTION + DYNAMIC_POWER_FRACTION * utilization);
    let it_energy_kwh = power_w * accelerators * 24.0 * duration_days / 1000.0;
    let facility_energy_kwh = it_energy_kwh * place.pue;
    Ok(Sustainability {
        it_energy_kwh,
        facility_energy_kwh,
        operational_kg: facility_energy_kwh * place.carbon_g_per_kwh / 1000.0,
        embodied_kg: embodied_kg * accelerators,
        // The reference charges water for the facility's energy, not the accelerators'.
        water_l: facility_energy_kwh * place.wue_l_per_kwh,
        pue: place.pue,
        carbon_g_per_kwh: place.carbon_g_per_kwh,
    })
}

/// Inputs of [`economics`] beside device and place. `Default` is the reference's, for one device and a day.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EconomicsInputs {
    /// Devices.
    pub accelerators: f64,
    /// Days priced.
    pub duration_days: f64,
    /// USD/kWh; `None` is the reference's 0.12.
    pub electricity_usd_per_kwh: Option<f64>,
    /// Share of peak that sets power.
    pub utilization: f64,
    /// Years of write-off.
    pub amortization_years: f64,
    /// Purchase times this, for everything around the accelerators.
    pub infrastructure_multiplier: f64,
}

impl Default for EconomicsInputs {
    fn default() -> Self {
        EconomicsInputs {
            accelerators: 1.0,
            duration_days: 1.0,
            electricity_usd_per_kwh: None,
            utilization: 1.0,
            amortization_years: AMORTIZATION_YEARS,
            infrastructure_multiplier: 1.0,
        }
    }
}

/// Money over a duration, USD.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Economics {
    /// Whole purchase.
    pub purchase_usd: f64,
    /// Its share in the duration.
    pub capex_usd: f64,
    /// Electricity.
    pub energy_usd: f64,
    /// Maintenance.
    pub maintenance_usd: f64,
    /// Electricity price used, USD/kWh.
    pub electricity_usd_per_kwh: f64,
    /// Energy, carbon and water.
    pub sustainability: Sustainability,
}

impl Economics {
    /// Electricity and maintenance.
    pub fn opex_usd(&self) -> f64 {
        self.energy_usd + self.maintenance_usd
    }

    /// Total cost of ownership over the duration.
    pub fn tco_usd(&self) -> f64 {
        self.capex_usd + self.opex_usd()
    }
}

/// Cost of ownership (wall 17). A device without a price costs nothing here; callers warn.
pub fn economics(
    device: &Accelerator,
    inputs: &EconomicsInputs,
    place: &Environment<'_>,
) -> Resolved<Economics> {
    let i = inputs;
    let sustainability = sustainability(device, i.accelerators, i.duration_days, i.utilization, 0.0, place)?;
    let purchase_usd = device.unit_cost_usd.unwrap_or(0.0) * i.accelerators * i.infrastructure_multiplier;
    let price = i.electricity_usd_per_kwh.unwrap_or(ELECTRICITY_USD_PER_KWH);
    Ok(Economics {
        purchase_usd,
        capex_usd: purchase_usd / i.amortization_years * i.duration_days / DAYS_PER_YEAR,
        energy_usd: sustainability.facility_energy_kwh * price,
        maintenance_usd: MAINTENANCE_SHARE * purchase_usd * i.duration_days / DAYS_PER_YEAR,
        electricity_usd_per_kwh: price,
        sustainability,
    })
}
