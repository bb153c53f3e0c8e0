//! What can be wrong between fields that are sound by themselves, as pure functions: the decoder makes
//! diagnostics of it, a search only asks whether there is a plan at all.

use std::fmt;

use super::fields::MAX_COUNT;
use super::{Auto, ModeChoice, Parallelism, Plan, default_node_size};
use crate::registry::{Accelerator, Physics};

/// A count as a text has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Key {
    /// Not there, or without a value.
    #[default]
    Absent,
    /// There, but no sound count.
    Unsound,
    /// This count.
    Is(u64),
}

impl Key {
    fn value(self) -> Option<u64> {
        match self {
            Key::Is(count) => Some(count),
            Key::Absent | Key::Unsound => None,
        }
    }

    fn present(self) -> bool {
        self != Key::Absent
    }
}

/// How a text gives the size of the fleet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FleetText {
    /// `accelerators`.
    pub total: Key,
    /// `node_count`.
    pub node_count: Key,
    /// `accelerators_per_node`.
    pub per_node: Key,
    /// `nodes`, of mlsysim 0.1.
    pub nodes: Key,
}

/// The fleet as it is evaluated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fleet {
    /// Accelerators in all.
    pub total: u64,
    /// As written, or implied by `nodes`.
    pub node_count: Option<u64>,
    /// As written, or implied by `nodes`.
    pub per_node: Option<u64>,
}

/// A contradiction between sound fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// `node_count` without `accelerators_per_node`.
    NodeCountAlone,
    /// Nodes times accelerators of a node.
    TooMany {
        /// Nodes.
        nodes: u64,
        /// Accelerators of each.
        per_node: u64,
    },
    /// The total is another one than nodes and their size make.
    TotalDiffers {
        /// As written.
        total: u64,
        /// Nodes.
        nodes: u64,
        /// Accelerators of each.
        per_node: u64,
        /// What they make.
        product: u64,
    },
    /// The last node is not full.
    Unfilled {
        /// Accelerators.
        total: u64,
        /// Of a node.
        size: u64,
        /// The plan says so; else it is the accelerator's default.
        written: bool,
    },
    /// `nodes` beside a key that replaced it.
    OldNameBeside {
        /// `accelerators`, `node_count`, `accelerators_per_node`.
        keys: [bool; 3],
    },
    /// `nodes` that do not fill nodes.
    OldNameUnfilled {
        /// Accelerators.
        total: u64,
        /// Of a node.
        size: u64,
    },
    /// Both blocks, and no mode.
    TwoModes,
    /// Tensor × pipeline × context do not divide the fleet.
    Indivisible {
        /// Tensor, pipeline, context; 1 where not written.
        degrees: [u64; 3],
        /// Their product.
        model: u64,
        /// Accelerators.
        total: u64,
    },
    /// With `data` they make another number.
    Product {
        /// Tensor, pipeline, context; 1 where not written.
        degrees: [u64; 3],
        /// Replicas.
        data: u64,
        /// The product of all.
        product: u64,
        /// Accelerators.
        total: u64,
    },
    /// More cached than there is prompt.
    Prefix {
        /// Cached, tokens.
        cached: u64,
        /// Prompt, tokens.
        prompt: u64,
    },
}

const SPLITS: [&str; 3] = ["parallelism.tensor", "parallelism.pipeline", "parallelism.context"];

impl Fault {
    /// The field that is blamed.
    pub fn path(&self) -> &'static str {
        match self {
            Fault::NodeCountAlone | Fault::TooMany { .. } => "hardware.node_count",
            Fault::Unfilled { written: true, .. } => "hardware.accelerators_per_node",
            Fault::TotalDiffers { .. } | Fault::Unfilled { written: false, .. } => "hardware.accelerators",
            Fault::OldNameBeside { .. } | Fault::OldNameUnfilled { .. } => "hardware.nodes",
            Fault::TwoModes => "workload.train",
            Fault::Indivisible { degrees, .. } => SPLITS
                .into_iter()
                .zip(degrees)
                .find(|(_, degree)| **degree > 1)
                .map_or("parallelism.data", |(path, _)| path),
            Fault::Product { .. } => "parallelism.data",
            Fault::Prefix { .. } => "workload.serve.cached_prefix_tokens",
        }
    }

    /// Code of the diagnostic.
    pub fn code(&self) -> &'static str {
        match self {
            Fault::NodeCountAlone => "missing-key",
            Fault::TooMany { .. } | Fault::Prefix { .. } => "out-of-range",
            Fault::TotalDiffers { .. }
            | Fault::OldNameBeside { .. }
            | Fault::TwoModes
            | Fault::Product { .. } => "conflict",
            Fault::Unfilled { .. } | Fault::OldNameUnfilled { .. } | Fault::Indivisible { .. } => {
                "indivisible"
            }
        }
    }
}

/// `tensor 2 × pipeline 4`.
fn product(f: &mut fmt::Formatter<'_>, degrees: &[u64; 3], data: Option<u64>) -> fmt::Result {
    let named = [("tensor", degrees[0]), ("pipeline", degrees[1]), ("context", degrees[2])];
    let factors = named.into_iter().filter(|(_, degree)| *degree > 1);
    for (place, (name, degree)) in factors.chain(data.map(|data| ("data", data))).enumerate() {
        write!(f, "{}{name} {degree}", if place > 0 { " × " } else { "" })?;
    }
    Ok(())
}

/// One sentence.
impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fault::NodeCountAlone => {
                f.write_str("`hardware.node_count` needs `hardware.accelerators_per_node` beside it")
            }
            Fault::TooMany { nodes, per_node } => {
                write!(f, "{nodes} nodes of {per_node} accelerators are more than can be counted")
            }
            Fault::TotalDiffers { total, nodes, per_node, product } => write!(
                f,
                "`hardware.accelerators` is {total}, but {nodes} nodes of {per_node} have {product}"
            ),
            Fault::Unfilled { total, size, written } => {
                let default = if *written { "" } else { ", the default of this accelerator" };
                write!(f, "{total} accelerators do not fill nodes of {size}{default}")
            }
            Fault::OldNameBeside { keys } => {
                let names = ["accelerators", "node_count", "accelerators_per_node"];
                let beside = names.into_iter().zip(keys).filter(|(_, present)| **present);
                let beside = super::decode::listed(beside.map(|(name, _)| name));
                write!(
                    f,
                    "`nodes` is the old name for the number of accelerators and cannot stand beside {beside}"
                )
            }
            Fault::OldNameUnfilled { total, size } => {
                write!(f, "`nodes: {total}` means {total} accelerators, which do not fill nodes of {size}")
            }
            Fault::TwoModes => {
                f.write_str("both `serve` and `train` are given, and `mode` does not say which counts")
            }
            Fault::Indivisible { degrees, model, total } => {
                product(f, degrees, None)?;
                write!(f, " needs a multiple of {model} accelerators, the plan has {total}")
            }
            Fault::Product { degrees, data, product: made, total } => {
                product(f, degrees, Some(*data))?;
                write!(f, " makes {made} accelerators, the plan has {total}")
            }
            Fault::Prefix { cached, prompt } => {
                write!(f, "a cached prefix of {cached} tokens is longer than the prompt of {prompt}")
            }
        }
    }
}

/// The fleet that a text describes, and what contradicts it.
pub fn fleet(
    text: &FleetText,
    accelerator: Option<&Accelerator>,
    physics: Physics,
) -> (Fleet, Option<Fault>) {
    if text.nodes.present() {
        return old_fleet(text);
    }
    let (total, node_count, per_node) = (text.total.value(), text.node_count.value(), text.per_node.value());
    let shape = |total| Fleet { total, node_count, per_node };
    match (total, node_count, per_node) {
        (_, Some(_), None) if !text.per_node.present() => {
            (shape(total.unwrap_or(1)), Some(Fault::NodeCountAlone))
        }
        (total, Some(nodes), Some(per_node)) => {
            let product = nodes.checked_mul(per_node).filter(|product| *product <= MAX_COUNT);
            let Some(product) = product else {
                return (shape(1), Some(Fault::TooMany { nodes, per_node }));
            };
            let other = total.filter(|total| *total != product);
            let fault = other.map(|total| Fault::TotalDiffers { total, nodes, per_node, product });
            (shape(product), fault)
        }
        (Some(total), None, per_node) if total > 1 => {
            let default = accelerator.map(|accelerator| default_node_size(accelerator, physics, total));
            // A rack that one link spans need not be full: its trays are the servers.
            let rack = accelerator.and_then(Accelerator::link_domain).map(u64::from);
            let rack = rack.filter(|_| physics == Physics::Studio);
            let partly = per_node.is_some() && per_node == rack;
            let size = per_node.or(default).filter(|size| !total.is_multiple_of(*size) && !partly);
            let fault = size.map(|size| Fault::Unfilled { total, size, written: per_node.is_some() });
            (shape(total), fault)
        }
        (total, _, _) => (shape(total.unwrap_or(1)), None),
    }
}

/// `nodes` of mlsysim 0.1 is the total number of accelerators, in nodes of up to eight.
fn old_fleet(text: &FleetText) -> (Fleet, Option<Fault>) {
    let one = Fleet { total: 1, node_count: None, per_node: None };
    let keys = [text.total, text.node_count, text.per_node].map(Key::present);
    if keys.contains(&true) {
        return (one, Some(Fault::OldNameBeside { keys }));
    }
    let Some(total) = text.nodes.value() else { return (one, None) };
    let size = total.clamp(1, 8);
    if !total.is_multiple_of(size) {
        return (one, Some(Fault::OldNameUnfilled { total, size }));
    }
    (Fleet { total, node_count: Some(total / size), per_node: Some(size) }, None)
}

/// Tensor × pipeline × context × data is the number of accelerators.
pub fn division(parallelism: &Parallelism, total: u64) -> Option<Fault> {
    let split = [parallelism.tensor, parallelism.pipeline, parallelism.context];
    let degrees = split.map(|degree| match degree {
        Some(Auto::Is(degree)) if degree > 1 => degree,
        _ => 1,
    });
    let model = degrees.iter().try_fold(1_u64, |product, n| product.checked_mul(*n)).unwrap_or(u64::MAX);
    if model > total || !total.is_multiple_of(model) {
        return Some(Fault::Indivisible { degrees, model, total });
    }
    let Some(Auto::Is(data)) = parallelism.data else { return None };
    if split.contains(&Some(Auto::Auto)) {
        return None;
    }
    let product = model.saturating_mul(data);
    // Dimensions that are not written are chosen by the program and may take up the rest.
    let open = split[..2].contains(&None);
    let wrong = if open { product > total || !total.is_multiple_of(product) } else { product != total };
    wrong.then_some(Fault::Product { degrees, data, product, total })
}

/// A cached prefix is part of the prompt.
pub fn prefix(cached: Option<u64>, prompt: Option<u64>) -> Option<Fault> {
    let (cached, prompt) = cached.zip(prompt)?;
    (cached > prompt).then_some(Fault::Prefix { cached, prompt })
}

/// What contradicts a plan whose fleet is settled.
pub fn of(plan: &Plan) -> Option<Fault> {
    if plan.physics == Physics::Mlsysim {
        return None;
    }
    let workload = &plan.workload;
    if workload.mode == ModeChoice::Auto && workload.serve.is_some() && workload.train.is_some() {
        return Some(Fault::TwoModes);
    }
    let serve = workload.serve.as_ref();
    division(&plan.parallelism, plan.hardware.accelerators)
        .or_else(|| prefix(serve.and_then(|s| s.cached_prefix_tokens), serve.and_then(|s| s.prompt_tokens)))
}
