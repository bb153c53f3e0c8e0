//! Money over time and under other prices: buy against rent, and what electricity and carbon would change.

use crate::engine::common::constants::{AMORTIZATION_YEARS, DAYS_PER_YEAR};
use crate::engine::report::{Report, Tco};
use crate::engine::{self};
use crate::metrics::Lens;
use crate::plan::{Acquisition, Plan};
use crate::registry::Registry;

use super::fitting::{Place, regions};

/// Points of a sensitivity curve.
const POINTS: usize = 13;
/// Dearest carbon that is looked at, USD per tonne, where the plan asks for less than half of it.
const CARBON_USD_PER_TONNE: f64 = 200.0;

/// What buying and renting the plan's accelerators cost as time goes on.
#[derive(Debug, Clone, PartialEq)]
pub struct Cash {
    /// Price of everything bought, paid on the first day, USD.
    pub purchase_usd: Option<f64>,
    /// Electricity, maintenance and carbon of what is owned, USD a day.
    pub owned_usd_per_day: Option<f64>,
    /// Rent and carbon of what is rented, USD a day.
    pub rent_usd_per_day: Option<f64>,
    /// Days of use after which buying has cost less; `None` where it never does or a figure is missing.
    pub break_even_days: Option<f64>,
    /// The plan's duration, days.
    pub duration_days: f64,
    /// Days after which what was bought is written off.
    pub write_off_days: f64,
    /// Figures that nobody published.
    pub missing: Vec<String>,
    /// Where the rent comes from.
    pub rent_source: Option<String>,
}

impl Cash {
    /// Spent on buying after so many days, USD.
    pub fn bought(&self, days: f64) -> Option<f64> {
        Some(self.purchase_usd? + self.owned_usd_per_day? * days)
    }

    /// Spent on renting after so many days, USD.
    pub fn rented(&self, days: f64) -> Option<f64> {
        Some(self.rent_usd_per_day? * days)
    }

    /// Days that a plot of it should show: the plan's, and the break-even with what comes after it, as far as
    /// what was bought lasts.
    pub fn horizon_days(&self) -> f64 {
        let even = self.break_even_days.map_or(0.0, |days| days * 1.5).min(self.write_off_days);
        self.duration_days.max(even).max(1.0)
    }
}

/// The plan's cost bought and rented. `None` without an `ops:` block, or where nothing can be priced.
pub fn cash(plan: &Plan, registry: &Registry) -> Option<Cash> {
    let priced = |acquisition| {
        let mut other = plan.clone();
        other.ops.as_mut()?.acquisition = acquisition;
        engine::evaluate(&other, registry).tco
    };
    let (bought, rented) = (priced(Acquisition::Buy)?, priced(Acquisition::Rent)?);
    let days = bought.duration_days;
    if days <= 0.0 {
        return None;
    }
    let capex = term(&bought, "capex_usd");
    let running: f64 =
        bought.terms.iter().filter(|term| term.key != "capex_usd").map(|term| term.value).sum();
    let rent = term(&rented, "rent_usd").map(|_| rented.total_usd / days);
    let mut missing = bought.missing.clone();
    missing.extend(rented.missing.iter().filter(|name| !bought.missing.contains(name)).cloned());
    let purchase_usd = capex.map(|share| share * AMORTIZATION_YEARS * DAYS_PER_YEAR / days);
    let owned_usd_per_day = bought.missing.is_empty().then_some(running / days);
    let saved = rent.zip(owned_usd_per_day).map(|(rent, owned)| rent - owned).filter(|saved| *saved > 0.0);
    Some(Cash {
        purchase_usd,
        owned_usd_per_day,
        rent_usd_per_day: rent,
        break_even_days: purchase_usd.zip(saved).map(|(price, saved)| price / saved),
        duration_days: days,
        write_off_days: AMORTIZATION_YEARS * DAYS_PER_YEAR,
        missing,
        rent_source: rented.rent_source.clone().or(bought.rent_source),
    })
}

fn term(tco: &Tco, key: &str) -> Option<f64> {
    tco.terms.iter().find(|term| term.key == key).map(|term| term.value)
}

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
