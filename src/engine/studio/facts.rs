//! What registry entries mean to the model: read once for an entry, not once for each plan.
//!
//! An entry's figures stand in tables of text keys, and some follow from its name. A search evaluates the
//! same few entries a hundred thousand times, so everything that does not depend on the rest of the plan is
//! worked out here, as plain numbers.

use super::{machine, money};
use crate::engine::model::{Bridge, Family, Shape};
use crate::plan::Plan;
use crate::registry::{Accelerator, Entry, Model, Registry};

/// One accelerator of a registry entry. Rates are of one accelerator, also where the entry is a rack.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Chip {
    /// Accelerators inside the entry: 1, or those of a rack.
    pub chips: f64,
    /// Which constants apply.
    pub family: Family,
    /// Dense 16-bit peak, flop/s.
    pub peak16: f64,
    /// Whether the part multiplies 16-bit numbers at all.
    pub has_16bit: bool,
    /// Whether it is a GeForce part.
    pub geforce: bool,
    /// Published rates by format, flop/s; 0 where there is none.
    pub fp32: f64,
    /// As `fp32`.
    pub tf32: f64,
    /// As `fp32`.
    pub fp8: f64,
    /// As `fp32`.
    pub int8: f64,
    /// As `fp32`.
    pub fp4: f64,
    /// Memory bandwidth, bytes/s.
    pub bandwidth: f64,
    /// Memory, bytes.
    pub capacity: f64,
    /// Parallel units.
    pub units: f64,
    /// TDP, W; the largest number where it is not published.
    pub power_w: f64,
    /// One-way link between accelerators that a bridge joins, and between more, bytes/s.
    pub links: (Option<f64>, Option<f64>),
    /// The bridge, where there is one.
    pub bridge: Option<Bridge>,
    /// Accelerators of a node where the plan does not say: of the rack, of the switched link, of the vendor's
    /// server.
    pub node: Option<u64>,
    /// Where the part can hold the weights outside and take them in layer by layer: bytes/s into one of it.
    pub stream: Option<f64>,
}

impl Chip {
    /// The figures of an entry.
    pub fn of(entry: &Entry<Accelerator>) -> Chip {
        let facts = &entry.facts;
        let chips = facts.accelerator_count.map_or(1.0, |count| f64::from(count.max(1)));
        let (peak16, has_16bit) = machine::peak16(entry, chips);
        let geforce = machine::is_geforce(&entry.id);
        let bandwidth = facts.memory_bytes_per_s / chips;
        let rate = |key| machine::table_rate(entry, key);
        let rack = if chips > 1.0 { Some(chips as u64) } else { None };
        Chip {
            chips,
            family: Family::of_device(&entry.id, bandwidth),
            peak16,
            has_16bit,
            geforce,
            fp32: rate("fp32"),
            tf32: rate("tf32"),
            fp8: rate("fp8"),
            int8: rate("int8"),
            fp4: rate("fp4"),
            bandwidth,
            capacity: facts.memory_bytes / chips,
            units: machine::units(entry, peak16),
            power_w: facts.tdp_w.map_or(f64::MAX, |tdp| tdp / chips),
            links: (machine::link(facts, 1.0), machine::link(facts, f64::INFINITY)),
            bridge: machine::bridge(facts),
            node: rack.or(facts.link_domain().map(u64::from)).or(facts.vendor_node.map(u64::from)),
            stream: machine::stream(entry),
        }
    }

    /// One-way link between `ranks` accelerators of a node, bytes/s; `None` where the registry has none.
    pub fn link(&self, ranks: f64) -> Option<f64> {
        if self.bridge.is_none_or(|bridge| ranks <= bridge.cards) { self.links.0 } else { self.links.1 }
    }
}

/// A model of a registry entry.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Net {
    /// A transformer, its dimensions known or not.
    pub transformer: bool,
    /// Reads whole sequences and writes none.
    pub encoder: bool,
    /// Dimensions, where layers and width are known.
    pub shape: Option<Shape>,
}

impl Net {
    /// The figures of an entry.
    pub fn of(entry: &Entry<Model>) -> Net {
        Net {
            transformer: entry.facts.kind.is_transformer(),
            encoder: machine::is_encoder(entry),
            shape: machine::shape(entry),
        }
    }
}

/// Accelerators and what serves them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Supply {
    /// One accelerator.
    pub chip: Chip,
    /// Watts of host, fans and network beside each; `None` for whole computers and racks.
    pub host_w: Option<f64>,
    /// No server's power is published: `host_w` is what servers usually draw.
    pub host_assumed: bool,
}

impl Supply {
    /// The figures of an entry.
    pub fn of(entry: &Entry<Accelerator>, registry: &Registry) -> Supply {
        let host = money::host_w(entry, registry);
        Supply {
            chip: Chip::of(entry),
            host_w: host.map(|(power, _)| power),
            host_assumed: host.is_some_and(|(_, assumed)| assumed),
        }
    }
}

/// Everything of this kind that a plan names.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Facts {
    /// `hardware.name`.
    pub supply: Supply,
    /// `workload.name`.
    pub net: Net,
    /// `workload.serve.draft_model`.
    pub draft: Option<Net>,
    /// `workload.serve.decode_hardware`.
    pub second: Option<Supply>,
}

impl Facts {
    /// The facts of a plan, without what only a registry knows: the power of servers.
    pub fn without_prices(plan: &Plan) -> Facts {
        let serve = plan.workload.serve.as_ref();
        let supply =
            |entry: &Entry<Accelerator>| Supply { chip: Chip::of(entry), host_w: None, host_assumed: false };
        Facts {
            supply: supply(&plan.hardware.accelerator),
            net: Net::of(&plan.workload.model),
            draft: serve.and_then(|serve| serve.draft_model.as_deref()).map(Net::of),
            second: serve.and_then(|serve| serve.decode_hardware.as_deref()).map(supply),
        }
    }

    /// The facts of a plan.
    pub fn of(plan: &Plan, registry: &Registry) -> Facts {
        let serve = plan.workload.serve.as_ref();
        Facts {
            supply: Supply::of(&plan.hardware.accelerator, registry),
            net: Net::of(&plan.workload.model),
            draft: serve.and_then(|serve| serve.draft_model.as_deref()).map(Net::of),
            second: serve
                .and_then(|serve| serve.decode_hardware.as_deref())
                .map(|entry| Supply::of(entry, registry)),
        }
    }
}
