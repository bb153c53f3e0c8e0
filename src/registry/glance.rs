//! What is seen of an entry without reading it: enough to choose one among many.

use super::{Accelerator, Grid, NodeFacts};

/// What an accelerator is chosen by.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DeviceGlance {
    /// Capacity of main memory, bytes.
    pub memory_bytes: f64,
    /// Main memory bandwidth, bytes/s.
    pub memory_bytes_per_s: f64,
    /// Default peak, flop/s.
    pub peak_flop_per_s: f64,
    /// Purchase price, USD.
    pub unit_cost_usd: Option<f64>,
}

/// What a region is chosen by.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GridGlance {
    /// Grams of CO2e per kWh.
    pub carbon_g_per_kwh: f64,
    /// Power usage effectiveness.
    pub pue: f64,
    /// Water, litres per IT kWh.
    pub wue_l_per_kwh: f64,
    /// Industrial electricity price, USD per kWh, where known.
    pub electricity_usd_per_kwh: Option<f64>,
}

/// Figures of a cell, an empty one being unknown. Read by the parser that reads entries: the same bits.
fn figures<const N: usize>(cell: &str) -> Option<[Option<f64>; N]> {
    let mut cells = cell.split(' ');
    let mut all = [None; N];
    for figure in &mut all {
        let text = cells.next()?;
        if !text.is_empty() {
            *figure = Some(serde_json::from_str(text).ok()?);
        }
    }
    cells.next().is_none().then_some(all)
}

impl DeviceGlance {
    pub(super) fn of(facts: &Accelerator) -> DeviceGlance {
        DeviceGlance {
            memory_bytes: facts.memory_bytes,
            memory_bytes_per_s: facts.memory_bytes_per_s,
            peak_flop_per_s: facts.peak_flop_per_s,
            unit_cost_usd: facts.unit_cost_usd,
        }
    }

    pub(super) fn read(cell: &str) -> Option<DeviceGlance> {
        let [memory_bytes, memory_bytes_per_s, peak_flop_per_s, unit_cost_usd] = figures(cell)?;
        Some(DeviceGlance {
            memory_bytes: memory_bytes?,
            memory_bytes_per_s: memory_bytes_per_s?,
            peak_flop_per_s: peak_flop_per_s?,
            unit_cost_usd,
        })
    }
}

impl GridGlance {
    pub(super) fn of(facts: &Grid) -> GridGlance {
        GridGlance {
            carbon_g_per_kwh: facts.carbon_g_per_kwh,
            pue: facts.pue,
            wue_l_per_kwh: facts.wue_l_per_kwh,
            electricity_usd_per_kwh: facts.electricity_usd_per_kwh,
        }
    }

    pub(super) fn read(cell: &str) -> Option<GridGlance> {
        let [carbon_g_per_kwh, pue, wue_l_per_kwh, electricity_usd_per_kwh] = figures(cell)?;
        Some(GridGlance {
            carbon_g_per_kwh: carbon_g_per_kwh?,
            pue: pue?,
            wue_l_per_kwh: wue_l_per_kwh?,
            electricity_usd_per_kwh,
        })
    }
}

/// The accelerator that a node holds.
pub(super) fn held(facts: &NodeFacts) -> String {
    facts.accelerator.clone()
}

/// The same from its cell.
pub(super) fn held_in(cell: &str) -> Option<String> {
    (!cell.is_empty()).then(|| cell.to_owned())
}

#[cfg(test)]
mod tests {
    use super::super::shelf::{Facts, Shelf};
    use super::super::{Physics, Shelved};

    /// Reads every entry of a shelf, and says how many were seen otherwise than they are.
    fn all<T: Shelved>() -> usize
    where
        T::Glance: PartialEq + std::fmt::Debug,
    {
        let shelf: &Shelf<T> = T::shipped();
        for shown in shelf.shown() {
            let whole = shown.seen_in_row();
            assert_eq!(whole, Some(shown.entry().facts.glance()), "{}.{}", <T as Facts>::SECTION, shown.id());
            assert_eq!(shown.id(), shown.entry().id);
        }
        shelf.all(Physics::Mlsysim).count()
    }

    #[test]
    fn what_is_seen_of_an_entry_is_what_it_says() {
        assert!(all::<super::Accelerator>() > 100);
        assert!(all::<super::Grid>() > 100);
        assert!(all::<super::NodeFacts>() > 50);
    }
}
