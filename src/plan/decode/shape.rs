//! How many accelerators, and how they stand in nodes.

use super::super::{default_node_size, fields::MAX_COUNT};
use super::{Decoder, listed};
use crate::registry::Accelerator;

/// The fleet as it will be evaluated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shape {
    pub(super) total: u64,
    pub(super) node_count: Option<u64>,
    pub(super) per_node: Option<u64>,
}

const NODES: &str = "hardware.nodes";
const TOTAL: &str = "hardware.accelerators";
const NODE_COUNT: &str = "hardware.node_count";
const PER_NODE: &str = "hardware.accelerators_per_node";

impl Decoder<'_> {
    /// The fleet's shape, with every contradiction reported.
    pub(super) fn shape(&mut self, accelerator: Option<&Accelerator>) -> Shape {
        if self.present(NODES) {
            return self.legacy_shape();
        }
        let (total, node_count, per_node) = (self.count(TOTAL), self.count(NODE_COUNT), self.count(PER_NODE));
        let shape = |total| Shape { total, node_count, per_node };
        match (total, node_count, per_node) {
            (_, Some(_), None) if !self.present(PER_NODE) => {
                let range = self.key_range(NODE_COUNT);
                let message =
                    "`hardware.node_count` needs `hardware.accelerators_per_node` beside it".to_owned();
                self.error("missing-key", NODE_COUNT, range, message).help =
                    Some("write how many accelerators a node has".into());
                let size =
                    accelerator.and_then(|a| a.vendor_node.or(a.accelerator_count)).unwrap_or(8).to_string();
                self.fix_insert(
                    format!("add `accelerators_per_node: {size}`"),
                    "hardware",
                    &["accelerators_per_node"],
                    &size,
                );
                shape(total.unwrap_or(1))
            }
            (total, Some(nodes), Some(per_node)) => {
                let product = nodes.checked_mul(per_node).filter(|product| *product <= MAX_COUNT);
                let Some(product) = product else {
                    let range = self.value_range(NODE_COUNT);
                    let message =
                        format!("{nodes} nodes of {per_node} accelerators are more than can be counted");
                    self.error("out-of-range", NODE_COUNT, range, message);
                    return shape(1);
                };
                if let Some(total) = total.filter(|total| *total != product) {
                    let range = self.value_range(TOTAL);
                    let message = format!(
                        "`hardware.accelerators` is {total}, but {nodes} nodes of {per_node} have {product}"
                    );
                    self.error("conflict", TOTAL, range, message).help = Some(
                        "`node_count` × `accelerators_per_node` is the total; `accelerators` may be left out"
                            .into(),
                    );
                    self.fix_value(format!("change to {product}"), TOTAL, product.to_string());
                    self.fix_remove("remove `accelerators`", "hardware", "accelerators");
                }
                shape(product)
            }
            (None, None, Some(per_node)) if !self.present(TOTAL) && !self.present(NODE_COUNT) => {
                let range = self.key_range(PER_NODE);
                let message = "`accelerators_per_node` has no effect by itself: the plan has one accelerator"
                    .to_owned();
                self.warning("no-effect", PER_NODE, range, message).help =
                    Some("say how many there are in all with `accelerators`".into());
                let size = per_node.to_string();
                self.fix_insert(format!("add `accelerators: {size}`"), "hardware", &["accelerators"], &size);
                shape(1)
            }
            (Some(total), None, per_node) if total > 1 => {
                self.fills_nodes(total, per_node, accelerator);
                shape(total)
            }
            (total, _, _) => shape(total.unwrap_or(1)),
        }
    }

    /// A fleet consists of full nodes.
    fn fills_nodes(&mut self, total: u64, per_node: Option<u64>, accelerator: Option<&Accelerator>) {
        let size = match (per_node, accelerator) {
            (Some(size), _) => size,
            (None, Some(accelerator)) => default_node_size(accelerator, self.physics, total),
            (None, None) => return,
        };
        if total.is_multiple_of(size) {
            return;
        }
        let written = per_node.is_some();
        let path = if written { PER_NODE } else { TOTAL };
        let range = self.value_range(path);
        let default = if written { "" } else { ", the default of this accelerator" };
        let message = format!("{total} accelerators do not fill nodes of {size}{default}");
        let sizes: Vec<u64> = (1..=total.min(72)).rev().filter(|size| total.is_multiple_of(*size)).collect();
        let best = sizes.iter().copied().find(|other| *other <= size).unwrap_or(1);
        let shown: Vec<String> = sizes.iter().rev().map(u64::to_string).collect();
        self.error("indivisible", path, range, message).help =
            Some(format!("nodes can have {} accelerators", listed(shown.iter().map(String::as_str))));
        let best = best.to_string();
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

    /// `nodes` of mlsysim 0.1 is the total number of accelerators, in nodes of up to eight.
    fn legacy_shape(&mut self) -> Shape {
        let one = Shape { total: 1, node_count: None, per_node: None };
        let beside: Vec<&str> =
            [TOTAL, NODE_COUNT, PER_NODE].into_iter().filter(|path| self.present(path)).collect();
        if !beside.is_empty() {
            let range = self.key_range(NODES);
            let keys = listed(beside.iter().map(|path| path.trim_start_matches("hardware.")));
            let message = format!(
                "`nodes` is the old name for the number of accelerators and cannot stand beside {keys}"
            );
            self.error("conflict", NODES, range, message).help = Some("remove `nodes`".into());
            self.fix_remove("remove `nodes`", "hardware", "nodes");
            return one;
        }
        let Some(total) = self.count(NODES) else { return one };
        let size = total.min(8);
        if !total.is_multiple_of(size) {
            let range = self.value_range(NODES);
            let message =
                format!("`nodes: {total}` means {total} accelerators, which do not fill nodes of {size}");
            self.error("indivisible", NODES, range, message).help =
                Some("write `accelerators` and `accelerators_per_node` instead".into());
            return one;
        }
        let range = self.key_range(NODES);
        let message = format!(
            "`nodes` is the name of mlsysim 0.1; it is read as `accelerators: {total}` in nodes of {size}"
        );
        self.warning("deprecated", NODES, range, message).help =
            Some("write `accelerators` and `accelerators_per_node`".into());
        self.fix_legacy_nodes(total, size);
        Shape { total, node_count: Some(total / size), per_node: Some(size) }
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
