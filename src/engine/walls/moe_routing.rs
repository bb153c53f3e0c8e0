//! MoE routing (beside wall 14): what uneven experts cost in parameters touched and bytes exchanged.
//!
//! With imbalance `f` and `k` experts a token: effective experts `min(E, k f)`, multiplier `μ = that / k`,
//! effective parameters `P_active μ`, payload `B S h b k μ`, of which `(ep − 1)/ep` leaves the device;
//! all-to-all `(ep − 1)/ep · payload / BW + (ep − 1) α`. Bytes, s. Defaults: ep 1, f 1.
//! Sources: Shazeer 2017, Lepikhin 2020 (GShard), Fedus 2021 (Switch).

use super::error::{WallError, at_least, precision};
use super::output::output;
use crate::engine::common::collectives::all_to_all;
use crate::engine::common::lowering;
use crate::registry::{Model, WorkloadKind};

/// A network between nodes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Network {
    /// One way, bytes/s, oversubscription taken off.
    pub bytes_per_s: f64,
    /// Per message, s.
    pub latency_s: f64,
}

/// What the solver needs.
#[derive(Debug, Clone, Copy)]
pub struct Inputs<'a> {
    /// The model, a mixture of experts.
    pub model: &'a Model,
    /// Sequences.
    pub batch_size: u64,
    /// Tokens of each.
    pub seq_len: u64,
    /// Precision key.
    pub precision: &'a str,
    /// Devices that share the experts.
    pub ep_size: u64,
    /// Load of the busiest expert over the mean.
    pub routing_imbalance_factor: f64,
    /// The network they talk over.
    pub network: Option<Network>,
}

output! {
    /// What the solver answers.
    pub struct Outputs {
        /// Experts a token costs, imbalance included.
        pub effective_active_experts: f64,
        /// Parameters a token costs.
        pub effective_active_parameters_count: f64,
        /// Over the balanced case.
        pub active_parameter_multiplier: f64,
        /// Echo.
        pub routing_imbalance_factor: f64,
        /// Bytes that leave the device.
        pub token_dispatch_bytes: f64,
        /// One exchange, s; only where there is a network and somebody to talk to.
        pub all_to_all_latency_s: Option<f64>,
        /// Echo.
        pub ep_size: u64,
    }
}

/// Solves it.
pub fn solve(inputs: &Inputs<'_>) -> Result<Outputs, WallError> {
    let model = inputs.model;
    if model.kind != WorkloadKind::SparseTransformer {
        return Err(WallError::bad_input("model", "is no mixture of experts"));
    }
    at_least("batch_size", inputs.batch_size as f64, 1.0)?;
    at_least("seq_len", inputs.seq_len as f64, 1.0)?;
    at_least("ep_size", inputs.ep_size as f64, 1.0)?;
    at_least("routing_imbalance_factor", inputs.routing_imbalance_factor, 1.0)?;
    let bytes = precision("precision", inputs.precision)?.bytes();
    let chosen = model.active_experts.map_or(1.0, f64::from).max(1.0);
    let experts = model.experts.map_or(chosen, f64::from);
    let effective = (chosen * inputs.routing_imbalance_factor).min(experts);
    let multiplier = effective / chosen;
    let active = model
        .active_parameters
        .or(model.parameters)
        .ok_or_else(|| WallError::bad_input("model", "has no parameter count in the registry"))?;
    let tokens = inputs.batch_size as f64 * inputs.seq_len as f64;
    let payload = tokens * lowering::hidden_dim(model) * bytes * chosen * multiplier;
    let ranks = inputs.ep_size as f64;
    let exchange = match inputs.network {
        Some(network) if inputs.ep_size > 1 => {
            Some(all_to_all(payload, ranks, network.bytes_per_s, network.latency_s)?)
        }
        _ => None,
    };
    Ok(Outputs {
        effective_active_experts: effective,
        effective_active_parameters_count: active * multiplier,
        active_parameter_multiplier: multiplier,
        routing_imbalance_factor: inputs.routing_imbalance_factor,
        token_dispatch_bytes: payload * (ranks - 1.0) / ranks,
        all_to_all_latency_s: exchange,
        ep_size: inputs.ep_size,
    })
}
