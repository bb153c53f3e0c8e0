//! Money as it is spent: bought on the first day, or rented day by day.

use super::common::constants::{AMORTIZATION_YEARS, DAYS_PER_YEAR};
use super::report::Tco;
use crate::plan::{Acquisition, Plan};
use crate::registry::Registry;

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
        super::evaluate(&other, registry).tco
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
