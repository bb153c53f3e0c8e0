//! Fleets, fabrics, datacenters and grids as resolvers take them.

use std::sync::Arc;

use serde_json::Value;

use super::reader::Reader;
use crate::engine::economics::{self, Environment};
use crate::engine::fleet::Fleet;
use crate::engine::walls::error::{WallError, at_least};
use crate::registry::{Accelerator, Entry, Grid, Table};

/// Between nodes, where nobody says: one 400 Gbit/s port.
const DEFAULT_FABRIC_BYTES_PER_S: f64 = 50e9;
const DEFAULT_GRID: &str = "US_Avg";

/// A place of its own: a facility on a grid, or a bare grid.
#[derive(Debug, Clone)]
pub(super) struct Place {
    grid: Arc<Entry<Grid>>,
    /// A facility's own PUE.
    pue: Option<f64>,
}

impl Place {
    pub(super) fn on_grid(grid: Arc<Entry<Grid>>) -> Place {
        Place { grid, pue: None }
    }

    pub(super) fn borrow(&self) -> economics::Place<'_> {
        economics::Place::Datacenter { grid: &self.grid, pue: self.pue }
    }
}

/// A fleet that owns its facts.
#[derive(Debug)]
pub(super) struct FleetFacts {
    accelerator: Arc<Entry<Accelerator>>,
    node_count: u64,
    accelerators_per_node: u64,
    intra_node_bytes_per_s: f64,
    fabric_bytes_per_s: f64,
    fabric_latency_s: Option<f64>,
    oversubscription: f64,
    nics_per_node: u64,
    psus_per_node: u64,
    psu_redundancy: u64,
    region: Option<Arc<Entry<Grid>>>,
    datacenter: Option<Place>,
    default_grid: Arc<Entry<Grid>>,
}

impl FleetFacts {
    pub(super) fn device(&self) -> &Accelerator {
        &self.accelerator.facts
    }

    pub(super) fn fleet(&self) -> Fleet<'_> {
        Fleet {
            device: &self.accelerator.facts,
            node_count: self.node_count,
            accelerators_per_node: self.accelerators_per_node,
            intra_node_bytes_per_s: self.intra_node_bytes_per_s,
            fabric_bytes_per_s: self.fabric_bytes_per_s,
            fabric_latency_s: self.fabric_latency_s,
            oversubscription: self.oversubscription,
            nics_per_node: self.nics_per_node,
            psus_per_node: self.psus_per_node,
            psu_redundancy: self.psu_redundancy,
        }
    }

    /// Where the fleet stands, or is asked to stand.
    pub(super) fn environment<'a>(&'a self, argument: Option<&'a Place>) -> Environment<'a> {
        economics::environment(
            argument.map(Place::borrow),
            self.datacenter.as_ref().map(Place::borrow),
            self.region.as_deref(),
            &self.default_grid,
        )
    }
}

/// The entry of a group (`fabric`, `cluster`, `datacenter`) by id or display name, in any case.
fn table(reader: &Reader<'_>, key: &str, group: &str, name: &str) -> Result<Arc<Entry<Table>>, WallError> {
    let of_group = || reader.registry().tables(reader.physics()).filter(|entry| entry.group == group);
    let found = of_group()
        .find(|entry| entry.id.eq_ignore_ascii_case(name) || entry.name.eq_ignore_ascii_case(name))
        .cloned();
    found.ok_or_else(|| {
        let like =
            |entry: &Entry<Table>| strsim::jaro_winkler(&entry.id.to_lowercase(), &name.to_lowercase());
        let nearest = of_group()
            .map(|entry| (like(entry), &entry.id))
            .filter(|(likeness, _)| *likeness > 0.7)
            .max_by(|a, b| a.0.total_cmp(&b.0))
            .map(|(_, id)| id.clone());
        reader.unknown(key, group, name, nearest.as_slice())
    })
}

/// A registry table lacks a figure that it must have. Only a damaged registry gets here.
fn lacking(key: &str, entry: &Entry<Table>, figure: &str) -> WallError {
    WallError::evaluation(key, format!("`{}` has no {figure} in the registry", entry.id))
}

fn grid(reader: &Reader<'_>, key: &str, name: &str) -> Result<Arc<Entry<Grid>>, WallError> {
    reader
        .registry()
        .grid(reader.physics(), name)
        .map_err(|missing| reader.unknown(key, "grid", name, &missing.nearest))
}

fn facility(reader: &Reader<'_>, key: &str, name: &str) -> Result<Place, WallError> {
    let entry = table(reader, key, "datacenter", name)?;
    let on = entry.facts.text("grid").ok_or_else(|| lacking(key, &entry, "grid"))?;
    Ok(Place { grid: grid(reader, key, on)?, pue: entry.facts.number("pue") })
}

/// A datacenter by name, where given.
pub(super) fn datacenter(reader: &Reader<'_>, key: &'static str) -> Result<Option<Place>, WallError> {
    reader.text_opt(key)?.map(|name| facility(reader, key, name)).transpose()
}

/// The place argument of walls 17 and 18: `datacenter` where given, else `grid`.
pub(super) fn place(reader: &Reader<'_>) -> Result<Option<Place>, WallError> {
    let grid = reader.grid("grid")?.map(Place::on_grid);
    Ok(datacenter(reader, "datacenter")?.or(grid))
}

/// A link between nodes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fabric {
    pub(super) bytes_per_s: f64,
    pub(super) latency_s: Option<f64>,
    pub(super) oversubscription: f64,
}

fn fabric_named(reader: &Reader<'_>, key: &str, name: &str) -> Result<Fabric, WallError> {
    let entry = table(reader, key, "fabric", name)?;
    let figures = &entry.facts;
    Ok(Fabric {
        bytes_per_s: figures
            .number("bandwidth_bytes_per_s")
            .ok_or_else(|| lacking(key, &entry, "bandwidth"))?,
        latency_s: figures.number("latency_s"),
        oversubscription: figures.number("oversubscription_ratio").unwrap_or(1.0),
    })
}

/// `fabric`: a name, `{fabric: name}`, or `{bandwidth_bytes_per_s, oversubscription_ratio}`.
pub(super) fn fabric(reader: &Reader<'_>) -> Result<Fabric, WallError> {
    match reader.value("fabric") {
        Some(Value::String(name)) => fabric_named(reader, "fabric", name),
        Some(Value::Object(inputs)) => {
            let inner = reader.nested(inputs, "fabric.");
            if let Some(name) = inner.text_opt("fabric")? {
                inner.finish()?;
                return fabric_named(&inner, "fabric", name);
            }
            let fabric = Fabric {
                bytes_per_s: inner.required_number("bandwidth_bytes_per_s")?,
                latency_s: None,
                oversubscription: inner.number("oversubscription_ratio", 1.0)?,
            };
            inner.finish()?;
            at_least("fabric.oversubscription_ratio", fabric.oversubscription, 1.0)?;
            Ok(fabric)
        }
        _ => Err(WallError::schema("fabric", "must be a name, or an object with bandwidth_bytes_per_s")),
    }
}

fn cluster(reader: &Reader<'_>, name: &str) -> Result<FleetFacts, WallError> {
    const KEY: &str = "cluster";
    let entry = table(reader, KEY, "cluster", name)?;
    let figures = &entry.facts;
    let node_name = figures.text("node").ok_or_else(|| lacking(KEY, &entry, "node"))?;
    let node = reader
        .registry()
        .node(reader.physics(), node_name)
        .map_err(|missing| reader.unknown(KEY, "node", node_name, &missing.nearest))?;
    let accelerator = reader
        .registry()
        .accelerator(reader.physics(), &node.facts.accelerator)
        .map_err(|missing| reader.unknown(KEY, "accelerator", &node.facts.accelerator, &missing.nearest))?;
    let fabric_name = figures.text("fabric").ok_or_else(|| lacking(KEY, &entry, "fabric"))?;
    let fabric = fabric_named(reader, KEY, fabric_name)?;
    Ok(FleetFacts {
        accelerator,
        node_count: figures.number("count").ok_or_else(|| lacking(KEY, &entry, "count"))? as u64,
        accelerators_per_node: u64::from(node.facts.accelerators_per_node),
        intra_node_bytes_per_s: node.facts.intra_node_bytes_per_s,
        fabric_bytes_per_s: fabric.bytes_per_s,
        fabric_latency_s: fabric.latency_s,
        oversubscription: fabric.oversubscription,
        nics_per_node: u64::from(node.facts.nics_per_node),
        psus_per_node: u64::from(node.facts.psus_per_node),
        psu_redundancy: u64::from(node.facts.psu_redundancy),
        region: figures.text("region").map(|name| grid(reader, KEY, name)).transpose()?,
        datacenter: figures.text("datacenter").map(|name| facility(reader, KEY, name)).transpose()?,
        default_grid: grid(reader, KEY, DEFAULT_GRID)?,
    })
}

fn explicit(reader: &Reader<'_>) -> Result<FleetFacts, WallError> {
    let accelerator = reader.accelerator("accelerator")?;
    let device = &accelerator.facts;
    let per_node = device.accelerator_count.map_or(1, u64::from);
    let fabric = reader.number("fabric_bw_bytes_per_s", DEFAULT_FABRIC_BYTES_PER_S)?;
    let link = device.nvlink.as_ref().or(device.interconnect.as_ref());
    let inside = link.map_or(fabric, |link| link.one_way_bytes_per_s);
    let fleet = FleetFacts {
        node_count: reader.required_whole("node_count")?,
        accelerators_per_node: reader.whole("accelerators_per_node", per_node)?,
        intra_node_bytes_per_s: reader.number("intra_node_bw_bytes_per_s", inside)?,
        fabric_bytes_per_s: fabric,
        fabric_latency_s: reader.number_opt("fabric_latency_s")?,
        oversubscription: reader.number("oversubscription_ratio", 1.0)?,
        nics_per_node: reader.whole("nics_per_node", 1)?,
        psus_per_node: reader.whole("psus_per_node", 2)?,
        psu_redundancy: reader.whole("psu_redundancy", 0)?,
        region: reader.grid("region")?,
        datacenter: datacenter(reader, "datacenter")?,
        default_grid: grid(reader, "region", DEFAULT_GRID)?,
        accelerator,
    };
    at_least("fleet.node_count", fleet.node_count as f64, 1.0)?;
    at_least("fleet.accelerators_per_node", fleet.accelerators_per_node as f64, 1.0)?;
    at_least("fleet.oversubscription_ratio", fleet.oversubscription, 1.0)?;
    Ok(fleet)
}

/// `fleet`, where given: a cluster's name, `{cluster: name}`, or nodes and links one by one.
pub(super) fn fleet_opt(reader: &Reader<'_>) -> Result<Option<FleetFacts>, WallError> {
    match reader.value("fleet") {
        None => Ok(None),
        Some(Value::String(name)) => cluster(reader, name).map(Some),
        Some(Value::Object(inputs)) => {
            let inner = reader.nested(inputs, "fleet.");
            let fleet = match inner.text_opt("cluster")? {
                Some(name) => cluster(&inner, name)?,
                None => explicit(&inner)?,
            };
            inner.finish()?;
            Ok(Some(fleet))
        }
        Some(_) => Err(WallError::schema("fleet", "must be a cluster's name, or an object")),
    }
}

/// `fleet`, which must be given.
pub(super) fn fleet(reader: &Reader<'_>) -> Result<FleetFacts, WallError> {
    fleet_opt(reader)?.ok_or_else(|| {
        WallError::schema("fleet", "is required: a cluster's name, or fleet.accelerator and fleet.node_count")
    })
}
