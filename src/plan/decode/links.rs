//! Links: data sheets quote both directions together, plans take one way.

use super::super::edit;
use super::Decoder;
use super::names::Names;
use crate::registry::Physics;
use crate::units::format_rate;

const PATH: &str = "hardware.intra_node_bw";

impl Decoder<'_> {
    /// A link as fast as the data sheet's total of both directions.
    pub(super) fn links(&mut self, names: &Names) {
        if self.physics == Physics::Mlsysim {
            return;
        }
        let (Some(written), Some(accelerator)) = (self.number(PATH), names.accelerator.as_deref()) else {
            return;
        };
        let facts = &accelerator.facts;
        let doubled = [&facts.nvlink, &facts.interconnect].into_iter().flatten().find(|link| {
            let (total, one_way) = (link.quoted_bytes_per_s, link.one_way_bytes_per_s);
            total > 1.5 * one_way && (written - total).abs() <= 0.005 * total
        });
        let Some(link) = doubled else { return };
        let one_way = format_rate(link.one_way_bytes_per_s);
        let message = format!(
            "{} is both directions of {} together; `intra_node_bw` is one way",
            format_rate(written),
            link.name
        );
        let range = self.value_range(PATH);
        self.warning("two-way-link", PATH, range, message).help = Some(format!("one way it is {one_way}"));
        self.fix_value(format!("change to {one_way}"), PATH, edit::scalar(&one_way));
    }
}
