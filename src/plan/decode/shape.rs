//! How many accelerators, and how they stand in nodes.

use super::super::faults::{self, Fault, FleetText, Key};
use super::Decoder;
use crate::plan::fields::SYNONYMS;
use crate::registry::Accelerator;
use crate::yaml::Value;

pub(super) use super::super::faults::Fleet as Shape;

const NODES: &str = "hardware.nodes";
const TOTAL: &str = "hardware.accelerators";
const NODE_COUNT: &str = "hardware.node_count";
const PER_NODE: &str = "hardware.accelerators_per_node";

impl Decoder<'_> {
    fn key(&self, path: &str) -> Key {
        match self.count(path) {
            Some(count) => Key::Is(count),
            None if self.present(path) => Key::Unsound,
            None => Key::Absent,
        }
    }

    /// How the text gives the size of the fleet.
    pub(super) fn fleet_text(&self) -> FleetText {
        FleetText {
            total: self.key(TOTAL),
            node_count: self.key(NODE_COUNT),
            per_node: self.key(PER_NODE),
            nodes: self.key(NODES),
        }
    }

    /// The fleet's shape, with every contradiction reported.
    pub(super) fn shape(&mut self, accelerator: Option<&Accelerator>) -> Shape {
        let text = self.fleet_text();
        let (shape, fault) = faults::fleet(&text, accelerator, self.physics);
        if let Some(fault) = fault {
            self.fleet_fault(fault, accelerator);
        } else if let Key::Is(total) = text.nodes {
            self.old_name(total);
        } else if let (Key::Absent, Key::Absent, Key::Is(per_node)) =
            (text.total, text.node_count, text.per_node)
        {
            let range = self.key_range(PER_NODE);
            let message =
                "`accelerators_per_node` has no effect by itself: the plan has one accelerator".to_owned();
            self.warning("no-effect", PER_NODE, range, message).help =
                Some("say how many there are in all with `accelerators`".into());
            let size = per_node.to_string();
            self.fix_insert(format!("add `accelerators: {size}`"), "hardware", &["accelerators"], &size);
        }
        shape
    }

    /// The diagnostic of a contradiction about the fleet.
    fn fleet_fault(&mut self, fault: Fault, accelerator: Option<&Accelerator>) {
        let path = fault.path();
        let of_key = matches!(fault, Fault::NodeCountAlone | Fault::OldNameBeside { .. });
        let range = if of_key { self.key_range(path) } else { self.value_range(path) };
        let help = |text: &str| Some(text.to_owned());
        let diagnostic = self.error(fault.code(), path, range, fault.to_string());
        match fault {
            Fault::NodeCountAlone => {
                diagnostic.help = help("write how many accelerators a node has");
                let size =
                    accelerator.and_then(|a| a.vendor_node.or(a.accelerator_count)).unwrap_or(8).to_string();
                self.fix_insert(
                    format!("add `accelerators_per_node: {size}`"),
                    "hardware",
                    &["accelerators_per_node"],
                    &size,
                );
            }
            Fault::TotalDiffers { product, .. } => {
                diagnostic.help = help(
                    "`node_count` × `accelerators_per_node` is the total; `accelerators` may be left out",
                );
                self.fix_value(format!("change to {product}"), TOTAL, product.to_string());
                self.fix_remove("remove `accelerators`", "hardware", "accelerators");
            }
            Fault::Unfilled { total, size, written } => {
                let sizes: Vec<u64> =
                    (1..=total.min(72)).rev().filter(|size| total.is_multiple_of(*size)).collect();
                let shown: Vec<String> = sizes.iter().rev().map(u64::to_string).collect();
                let shown = super::listed(shown.iter().map(String::as_str));
                diagnostic.help = Some(format!("nodes can have {shown} accelerators"));
                let best = sizes.iter().copied().find(|other| *other <= size).unwrap_or(1).to_string();
                if written {
                    self.fix_value(format!("change to {best} per node"), PER_NODE, best);
                } else {
                    self.fix_insert(
                        format!("add `accelerators_per_node: {best}`"),
                        "hardware",
                        &["accelerators_per_node"],
                        &best,
                    );
                }
                let full = total.div_ceil(size) * size;
                self.fix_value(format!("use {full} accelerators"), TOTAL, full.to_string());
            }
            Fault::OldNameBeside { keys: [false, false, true] } => {
                diagnostic.help = help("beside the size of a node it is `node_count`");
                let key = self.key_range(NODES);
                self.fix("change to `node_count`", key, "node_count");
                self.fix_remove("remove `nodes`", "hardware", "nodes");
            }
            Fault::OldNameBeside { .. } => {
                diagnostic.help = help("remove `nodes`");
                self.fix_remove("remove `nodes`", "hardware", "nodes");
            }
            Fault::OldNameUnfilled { .. } => {
                diagnostic.help = help("write `accelerators` and `accelerators_per_node` instead");
            }
            _ => {}
        }
    }

    /// `nodes` of mlsysim 0.1 is the total number of accelerators, in nodes of up to eight.
    fn old_name(&mut self, total: u64) {
        let size = total.clamp(1, 8);
        let range = self.key_range(NODES);
        if self.names_node_size() {
            let message = "`nodes` is the total number of accelerators in mlsysim 0.1; beside the size of a node it is `node_count`";
            self.warning("deprecated", NODES, range.clone(), message.to_owned()).help =
                Some("write `node_count`".into());
            self.fix("change to `node_count`", range, "node_count");
            return;
        }
        let message = format!(
            "`nodes` is the name of mlsysim 0.1; it is read as `accelerators: {total}` in nodes of {size}"
        );
        self.warning("deprecated", NODES, range, message).help =
            Some("write `accelerators` and `accelerators_per_node`".into());
        self.fix_legacy_nodes(total, size);
    }

    /// Whether an unknown key of the block is another word for `accelerators_per_node`.
    fn names_node_size(&self) -> bool {
        let Some(Value::Mapping(entries)) = self.node("hardware").map(|node| &node.value) else {
            return false;
        };
        entries.iter().any(|entry| {
            let name = entry.key.to_lowercase();
            SYNONYMS.iter().any(|(word, path)| *word == name && *path == PER_NODE)
        })
    }

    fn fix_legacy_nodes(&mut self, total: u64, size: u64) {
        let (Some(parent), Some(node)) = (self.node("hardware"), self.node(NODES)) else { return };
        if parent.aliased || node.aliased {
            return;
        }
        let (key, value) = (self.key_range(NODES), node.range.clone());
        let flow = parent.raw(self.text).starts_with('{');
        let line = self.text[..key.start].rfind('\n').map_or(0, |at| at + 1);
        let indent = self.text[line..key.start].chars().count();
        let between = if flow { ", ".to_owned() } else { format!("\n{}", " ".repeat(indent)) };
        self.fix(
            "write the new names",
            key.start..value.end,
            format!("accelerators: {total}{between}accelerators_per_node: {size}"),
        );
    }
}
