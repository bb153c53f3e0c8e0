//! Money over time and under other prices: buy against rent, and what electricity and carbon would change.

pub use crate::engine::cash::Cash;
use crate::engine::cash::cash;
use crate::engine::report::Report;
use crate::engine::{self};
use crate::metrics::Lens;
use crate::plan::Plan;
use crate::registry::Registry;

use super::fitting::{Place, regions};

/// Points of a sensitivity curve.
const POINTS: usize = 13;
/// Dearest carbon that is looked at, USD per tonne, where the plan asks for less than half of it.
const CARBON_USD_PER_TONNE: f64 = 200.0;

/// Total cost under another price.
#[derive(Debug, Clone, PartialEq)]
pub struct Curve {
    /// Price and total cost over the plan's duration, USD, cheapest price first.
    pub points: Vec<(f64, f64)>,
    /// The plan's own price.
    pub here: f64,
}

impl Curve {
    /// USD of total cost for one unit of price: how much it matters.
    pub fn slope(&self) -> f64 {
        match (self.points.first(), self.points.last()) {
            (Some(first), Some(last)) if last.0 > first.0 => (last.1 - first.1) / (last.0 - first.0),
            _ => 0.0,
        }
    }
}

/// Everything that the money view shows and a report does not have.
#[derive(Debug, Clone, PartialEq)]
pub struct Money {
    /// Bought and rented over time.
    pub cash: Option<Cash>,
    /// Total cost by electricity price, USD/kWh.
    pub electricity: Option<Curve>,
    /// Total cost by carbon price, USD per tonne CO2e.
    pub carbon: Option<Curve>,
    /// Every place for this plan, cheapest first.
    pub regions: Vec<Place>,
}

/// Looks at the plan's money from every side.
pub fn money(plan: &Plan, report: &Report, registry: &Registry) -> Money {
    let own = report.tco.as_ref();
    let electricity = own.map(|tco| {
        let here = tco.electricity_usd_per_kwh;
        let end = (here * 3.0).max(0.3);
        curve(plan, registry, here, end, |other, price| {
            if let Some(ops) = &mut other.ops {
                ops.electricity_usd_per_kwh = Some(price);
            }
        })
    });
    let carbon = plan.ops.as_ref().filter(|_| report.carbon.is_some()).map(|ops| {
        let here = ops.carbon_usd_per_tonne;
        curve(plan, registry, here, (here * 2.0).max(CARBON_USD_PER_TONNE), |other, price| {
            if let Some(ops) = &mut other.ops {
                ops.carbon_usd_per_tonne = price;
            }
        })
    });
    let drawn = |curve: Option<Curve>| curve.filter(|curve| curve.points.len() > 1);
    Money {
        cash: cash(plan, registry),
        electricity: drawn(electricity),
        carbon: drawn(carbon),
        regions: regions(plan, registry),
    }
}

fn curve(plan: &Plan, registry: &Registry, here: f64, end: f64, set: impl Fn(&mut Plan, f64)) -> Curve {
    let points = (0..POINTS).filter_map(|at| {
        let price = end * at as f64 / (POINTS - 1) as f64;
        let mut other = plan.clone();
        set(&mut other, price);
        Some((price, engine::evaluate(&other, registry).metric(Lens::Macro, "tco_usd")?))
    });
    Curve { points: points.collect(), here }
}
