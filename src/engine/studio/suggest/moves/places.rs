//! Where else the work could run: another device, another region.

use std::sync::Arc;

use super::super::candidate::{Candidate, Price};
use super::{Ladder, Site};
use crate::registry::{Accelerator, DeviceGlance, Entry, GridGlance};

impl Site<'_> {
    /// Devices of the same class that are `wanted`: the cheapest of the same maker, then of another.
    fn devices(&self, wanted: impl Fn(&DeviceGlance) -> bool) -> Vec<Candidate> {
        let now = &self.plan.hardware.accelerator;
        let maker = |name: &str| name.split(' ').next().unwrap_or_default().to_owned();
        let own = maker(&now.name);
        let format = self.plan.hardware.precision.as_str();
        let multiplies = |facts: &Accelerator| {
            facts.peak_precision.is_none()
                && (!matches!(format, "fp8" | "int8" | "fp4" | "tf32")
                    || facts.precision_flop_per_s.contains_key(format))
        };
        let mut best: [Option<&Arc<Entry<Accelerator>>>; 2] = [None, None];
        for shown in self.registry.accelerators_shown() {
            let seen = shown.glance();
            let Some(price) = seen.unit_cost_usd else { continue };
            if shown.id() == now.id || shown.group() != now.group || !wanted(seen) {
                continue;
            }
            let place = &mut best[usize::from(!shown.name().starts_with(&own))];
            let cheaper = |other: &&Arc<Entry<Accelerator>>| {
                other.facts.unit_cost_usd.is_some_and(|other| other <= price)
            };
            if place.as_ref().is_some_and(cheaper) {
                continue;
            }
            // Only what would be chosen is read.
            let entry = shown.entry();
            let facts = &entry.facts;
            let sold = facts.tdp_w.is_some() && facts.accelerator_count.is_none();
            if sold && multiplies(facts) && entry.doubt().is_none() {
                *place = Some(entry);
            }
        }
        let [same, other] = best;
        let of = |entry: Option<&Arc<Entry<Accelerator>>>, price| {
            entry.and_then(|entry| self.base().hardware(entry, price))
        };
        of(same, Price::Nothing).into_iter().chain(of(other, Price::Effort)).collect()
    }

    pub(super) fn faster(&self) -> Vec<Ladder> {
        let now = &self.plan.hardware.accelerator.facts;
        let (bandwidth, peak, memory) = (now.memory_bytes_per_s, now.peak_flop_per_s, now.memory_bytes);
        let wanted = |facts: &DeviceGlance| {
            facts.memory_bytes_per_s >= 1.25 * bandwidth
                && facts.peak_flop_per_s >= 0.95 * peak
                && facts.memory_bytes >= memory
        };
        self.devices(wanted).into_iter().map(|one| vec![one]).collect()
    }

    pub(super) fn larger(&self) -> Vec<Ladder> {
        let needed = self.report.memory.as_ref().map_or(0.0, |memory| memory.used_bytes);
        self.devices(|facts| facts.memory_bytes >= needed).into_iter().map(|one| vec![one]).collect()
    }

    pub(super) fn cheaper(&self) -> Vec<Ladder> {
        let now = &self.plan.hardware.accelerator.facts;
        let needed = self.report.memory.as_ref().map_or(0.0, |memory| memory.used_bytes);
        let Some(price) = now.unit_cost_usd else { return Vec::new() };
        let wanted = |facts: &DeviceGlance| {
            facts.memory_bytes >= needed && facts.unit_cost_usd.is_some_and(|cost| cost < 0.9 * price)
        };
        self.devices(wanted).into_iter().map(|one| vec![one]).collect()
    }

    /// The place where a figure of the grid is smallest, where that is not where the plan runs.
    fn region(&self, figure: impl Fn(&GridGlance) -> Option<f64>) -> Ladder {
        let Some(ops) = &self.plan.ops else { return Vec::new() };
        let best = self
            .registry
            .grids_shown()
            .filter_map(|grid| Some((figure(grid.glance())?, grid)))
            .min_by(|a, b| a.0.total_cmp(&b.0));
        let Some((_, grid)) = best.filter(|(_, grid)| grid.id() != ops.region_name) else {
            return Vec::new();
        };
        self.base().region(grid.entry()).into_iter().collect()
    }

    pub(super) fn cheapest_power(&self) -> Ladder {
        if self.plan.ops.as_ref().is_some_and(|ops| ops.electricity_usd_per_kwh.is_some()) {
            return self.region(|grid| Some(grid.pue));
        }
        self.region(|grid| Some(grid.electricity_usd_per_kwh? * grid.pue))
    }

    pub(super) fn cleanest(&self, key: &str) -> Ladder {
        match key {
            "energy_kwh" => self.region(|grid| Some(grid.pue)),
            "water_liters" => self.region(|grid| Some(grid.wue_l_per_kwh)),
            _ => self.region(|grid| Some(grid.carbon_g_per_kwh * grid.pue)),
        }
    }
}
