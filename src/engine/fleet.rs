//! Wall 14: one training step of a fleet (`DistributedModel`).

use super::common::collectives::{all_to_all, bubble_fraction, hierarchical_allreduce, ring_allreduce};
use super::common::constants::{
    ACTIVATION_TRAFFIC_SHARE, COMMUNICATION_BUFFER_FRACTION, FABRIC_LATENCY_S, INTRA_NODE_LATENCY_S,
    LAYER_TAX_S, LORA_GRADIENT_SHARE, OVERLAP_EFFICIENCY, TRAINING_LAYER_TAX_FACTOR,
};
use super::common::memory::{Optimizer, TrainingMemoryInputs, lora_fraction, training_memory};
use super::common::{
    Precision, ResolveError, Resolved, check_efficiency, check_positive, check_range, lower, lowering,
    peak_flop_per_s, weight_bytes,
};
use super::single::{
    NodeProfile, SingleInputs, Work, host_link_bytes_per_s, plain_training_parts, single_node,
};
use crate::plan::Recompute;
use crate::registry::{Accelerator, Model};

/// Nodes of accelerators on a fabric. Bandwidths are one-way.
#[derive(Debug, Clone, Copy)]
pub struct Fleet<'a> {
    /// The accelerator.
    pub device: &'a Accelerator,
    /// Nodes.
    pub node_count: u64,
    /// Accelerators of a node.
    pub accelerators_per_node: u64,
    /// Between accelerators of a node, bytes/s.
    pub intra_node_bytes_per_s: f64,
    /// Between nodes, bytes/s, before oversubscription.
    pub fabric_bytes_per_s: f64,
    /// Of the fabric, s; `None` is the InfiniBand default.
    pub fabric_latency_s: Option<f64>,
    /// Oversubscription of the fabric, at least 1.
    pub oversubscription: f64,
    /// Network cards of a node.
    pub nics_per_node: u64,
    /// Power supplies of a node.
    pub psus_per_node: u64,
    /// Redundant power supplies of a node.
    pub psu_redundancy: u64,
}

impl<'a> Fleet<'a> {
    /// A fleet with the reference's defaults for everything that a plan does not say.
    pub fn new(
        device: &'a Accelerator,
        node_count: u64,
        accelerators_per_node: u64,
        intra_node_bytes_per_s: f64,
        fabric_bytes_per_s: f64,
    ) -> Fleet<'a> {
        Fleet {
            device,
            node_count,
            accelerators_per_node,
            intra_node_bytes_per_s,
            fabric_bytes_per_s,
            fabric_latency_s: None,
            oversubscription: 1.0,
            nics_per_node: 1,
            psus_per_node: 2,
            psu_redundancy: 0,
        }
    }

    /// Accelerators of the whole fleet.
    pub fn accelerators(&self) -> u64 {
        self.node_count.saturating_mul(self.accelerators_per_node)
    }

    /// Bandwidth between nodes after oversubscription, bytes/s.
    pub fn inter_node_bytes_per_s(&self) -> f64 {
        self.fabric_bytes_per_s / self.oversubscription
    }

    /// Latency inside a node, s.
    pub fn intra_node_latency_s(&self) -> f64 {
        self.device.nvlink.as_ref().and_then(|link| link.latency_s).unwrap_or(INTRA_NODE_LATENCY_S)
    }

    /// Latency between nodes, s.
    pub fn inter_node_latency_s(&self) -> f64 {
        self.fabric_latency_s.unwrap_or(FABRIC_LATENCY_S)
    }
}

/// Inputs beside model and fleet. `Default` is the reference's.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DistributedInputs {
    /// Global batch, sequences.
    pub batch: u64,
    /// Precision.
    pub precision: Precision,
    /// Attained share of peak compute, 1e-9 to 1.
    pub efficiency: f64,
    /// Tensor parallel.
    pub tensor: u64,
    /// Pipeline parallel.
    pub pipeline: u64,
    /// Expert parallel.
    pub expert: u64,
    /// Interleaved stages of a device.
    pub virtual_stages: u64,
    /// Micro-batches of a step.
    pub microbatches: u64,
    /// ZeRO stage.
    pub zero_stage: u64,
    /// LoRA instead of full training.
    pub lora: bool,
    /// Full activation recomputation.
    pub recompute: bool,
    /// Overlap the gradient exchange with computation.
    pub overlap: bool,
    /// Share of it that overlap hides.
    pub overlap_efficiency: f64,
    /// Communication times this.
    pub congestion_factor: f64,
    /// Step times this where above 1.
    pub straggler_factor: f64,
    /// Expert traffic times this, at least 1.
    pub routing_imbalance: f64,
    /// Gradient accumulation.
    pub gradient_accumulation: u64,
    /// Sequence length, tokens.
    pub seq_len: u64,
}

impl Default for DistributedInputs {
    fn default() -> Self {
        DistributedInputs {
            batch: 1,
            precision: Precision::Fp16,
            efficiency: 0.5,
            tensor: 1,
            pipeline: 1,
            expert: 1,
            virtual_stages: 1,
            microbatches: 1,
            zero_stage: 0,
            lora: false,
            recompute: false,
            overlap: false,
            overlap_efficiency: OVERLAP_EFFICIENCY,
            congestion_factor: 1.0,
            straggler_factor: 1.0,
            routing_imbalance: 1.0,
            gradient_accumulation: 1,
            seq_len: 2048,
        }
    }
}

/// How the replicas exchange their gradients.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GradientExchange {
    /// Gradients of one rank, bytes.
    pub bytes: f64,
    /// Nodes that a ring spans; 1 where everything stays inside a node.
    pub nodes: u64,
    /// Replicas inside a node.
    pub ranks_per_node: u64,
    /// Seconds, once, before congestion and accumulation.
    pub seconds: f64,
}

/// One training step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Distributed {
    /// One replica, before communication.
    pub node: NodeProfile,
    /// How gradients are exchanged; `None` for one replica.
    pub exchange: Option<GradientExchange>,
    /// Gradient exchange, s.
    pub data_parallel_s: f64,
    /// Tensor-parallel exchange, s.
    pub tensor_parallel_s: f64,
    /// Expert exchange, s.
    pub expert_parallel_s: f64,
    /// Sum of the three before overlap, s.
    pub communication_s: f64,
    /// Pipeline bubble, s.
    pub bubble_s: f64,
    /// Pipeline bubble as a share.
    pub bubble_fraction: f64,
    /// The whole step, s.
    pub step_s: f64,
    /// Replica time over step time.
    pub scaling_efficiency: f64,
    /// Sequences (or inputs) per second.
    pub throughput_per_s: f64,
    /// Data-parallel replicas.
    pub data: u64,
    /// Sequences of one replica.
    pub local_batch: u64,
    /// Ranks that find no sequence of their own.
    pub idle_ranks: u64,
    /// Sequences that the division drops.
    pub dropped: u64,
    /// The single-device engine priced the replica (it alone warns of a missing precision).
    pub single_device_replica: bool,
}

fn check(i: &DistributedInputs) -> Resolved<()> {
    for (field, value) in [
        ("workload.batch_size", i.batch),
        ("parallelism.tensor", i.tensor),
        ("parallelism.pipeline", i.pipeline),
        ("parallelism.expert", i.expert),
        ("parallelism.virtual_stages", i.virtual_stages),
        ("parallelism.microbatches", i.microbatches),
        ("workload.train.gradient_accumulation", i.gradient_accumulation),
        ("workload.seq_len", i.seq_len),
    ] {
        check_positive(field, value)?;
    }
    check_efficiency(i.efficiency)?;
    check_range("overlap_efficiency", i.overlap_efficiency, 0.0, 1.0)?;
    check_range("moe_routing_imbalance_factor", i.routing_imbalance, 1.0, f64::INFINITY)
}

/// One training step of `model` on `fleet`.
pub fn distributed(model: &Model, fleet: &Fleet<'_>, inputs: &DistributedInputs) -> Resolved<Distributed> {
    let i = inputs;
    check(i)?;
    let total = fleet.accelerators();
    let width = i.tensor.saturating_mul(i.pipeline).saturating_mul(i.expert);
    if width > total || !total.is_multiple_of(width) {
        return Err(ResolveError::bad_input(
            "parallelism",
            format!(
                "tensor {} × pipeline {} × expert {} = {width} does not divide {total} accelerators",
                i.tensor, i.pipeline, i.expert
            ),
        ));
    }
    let data = total / width;
    let local_batch = (i.batch / data).max(1);
    let node = replica(model, fleet, i, width, data, local_batch)?;

    let batch = local_batch as f64;
    let bytes = i.precision.bytes();
    let (inside, between) = (
        (fleet.intra_node_bytes_per_s, fleet.intra_node_latency_s()),
        (fleet.inter_node_bytes_per_s(), fleet.inter_node_latency_s()),
    );
    let hidden = lowering::hidden_dim(model);
    let activations = batch * i.seq_len as f64 * hidden * bytes;

    let exchange = gradient_exchange(model, fleet, i, width, data)?;
    let tensor_exchange = if i.tensor > 1 {
        let (rate, latency) = if i.tensor <= fleet.accelerators_per_node { inside } else { between };
        let layers = (model.layers.map_or(1.0, f64::from) / i.pipeline as f64).ceil();
        let ring = ring_allreduce(activations, i.tensor as f64, rate, latency);
        4.0 * layers * if i.tensor <= fleet.accelerators_per_node { blame_node(ring)? } else { ring? }
    } else {
        0.0
    };
    let expert_exchange = if i.expert > 1 {
        let routed = model.active_experts.map_or(1.0, f64::from).max(1.0);
        all_to_all(activations * routed * i.routing_imbalance, i.expert as f64, between.0, between.1)?
    } else {
        0.0
    };

    let data_parallel_s = exchange.map_or(0.0, |exchange| exchange.seconds) * i.congestion_factor
        / i.gradient_accumulation as f64;
    let tensor_parallel_s = tensor_exchange * i.congestion_factor;
    let expert_parallel_s = expert_exchange * i.congestion_factor;
    let bubble = bubble_fraction(i.pipeline as f64, i.microbatches as f64, i.virtual_stages as f64);
    let bubble_s = if i.pipeline > 1 { node.latency_s * bubble / (1.0 - bubble) } else { 0.0 };
    let exposed = if i.overlap { data_parallel_s * (1.0 - i.overlap_efficiency) } else { data_parallel_s };
    let mut step_s = node.latency_s + exposed + tensor_parallel_s + expert_parallel_s + bubble_s;
    if i.straggler_factor > 1.0 {
        step_s *= i.straggler_factor;
    }
    let scaling_efficiency = if step_s > 0.0 { node.latency_s / step_s } else { 0.0 };
    Ok(Distributed {
        node,
        exchange,
        data_parallel_s,
        tensor_parallel_s,
        expert_parallel_s,
        communication_s: data_parallel_s + tensor_parallel_s + expert_parallel_s,
        bubble_s,
        bubble_fraction: bubble,
        step_s,
        scaling_efficiency,
        throughput_per_s: data as f64 * node.throughput_per_s * scaling_efficiency,
        data,
        local_batch,
        idle_ranks: data.saturating_sub(i.batch),
        dropped: if i.batch > data { i.batch % data } else { 0 },
        single_device_replica: width == 1 && !model.kind.is_transformer(),
    })
}

fn gradient_exchange(
    model: &Model,
    fleet: &Fleet<'_>,
    i: &DistributedInputs,
    width: u64,
    data: u64,
) -> Resolved<Option<GradientExchange>> {
    let mut gradients = weight_bytes(model, i.precision.bytes())? / (i.tensor as f64 * i.pipeline as f64);
    if i.lora {
        gradients *= LORA_GRADIENT_SHARE;
    }
    if data <= 1 {
        return Ok(None);
    }
    let ranks_per_node = (fleet.accelerators_per_node / width).max(1);
    let nodes = data.div_ceil(ranks_per_node);
    let between = (fleet.inter_node_bytes_per_s(), fleet.inter_node_latency_s());
    let inside = fleet.intra_node_bytes_per_s;
    let seconds = if nodes == 1 {
        blame_node(ring_allreduce(gradients, data as f64, inside, fleet.intra_node_latency_s()))?
    } else if ranks_per_node == 1 {
        ring_allreduce(gradients, data as f64, between.0, between.1)?
    } else {
        // The reference takes the default latency here, whatever the device's link says.
        let exchange = hierarchical_allreduce(
            gradients,
            nodes as f64,
            ranks_per_node as f64,
            (inside, INTRA_NODE_LATENCY_S),
            between,
        );
        if inside > 0.0 { exchange? } else { blame_node(exchange)? }
    };
    Ok(Some(GradientExchange { bytes: gradients, nodes, ranks_per_node, seconds }))
}

/// Names the link inside the node where a collective over it fails.
fn blame_node<T>(result: Resolved<T>) -> Resolved<T> {
    result.map_err(|error| ResolveError { field: "hardware.intra_node_bw", ..error })
}

/// One replica: `width` devices that share one copy of the model and `local_batch` sequences.
fn replica(
    model: &Model,
    fleet: &Fleet<'_>,
    i: &DistributedInputs,
    width: u64,
    data: u64,
    local_batch: u64,
) -> Resolved<NodeProfile> {
    let device = fleet.device;
    let transformer = model.kind.is_transformer();
    if width == 1 && !transformer {
        let inputs = SingleInputs {
            batch: local_batch,
            precision: i.precision,
            efficiency: i.efficiency,
            training: true,
            seq_len: i.seq_len,
            zero_stage: i.zero_stage,
            data_parallel: data,
            lora: i.lora,
            recompute: i.recompute,
            raise_errors: false,
        };
        return single_node(model, device, &inputs);
    }
    let (batch, devices) = (local_batch as f64, width as f64);
    let bytes = i.precision.bytes();
    let lowered = lower(model, bytes)?;
    let flop = lowered.flop * if transformer { i.seq_len as f64 } else { 1.0 } * batch;
    let parts = if transformer {
        let stages = if i.pipeline > 1 { (i.microbatches / i.pipeline).max(1) } else { 1 };
        let inputs = TrainingMemoryInputs {
            batch: local_batch.saturating_mul(data),
            seq_len: i.seq_len,
            bytes_per_element: bytes,
            optimizer: Optimizer::Adam,
            recompute: if i.recompute { Recompute::Full } else { Recompute::Selective },
            tensor: i.tensor,
            pipeline: i.pipeline,
            data,
            expert: i.expert,
            zero_stage: i.zero_stage,
            gradient_accumulation: i.gradient_accumulation.saturating_mul(stages),
            trainable_fraction: if i.lora { lora_fraction(model)? } else { 1.0 },
            buffer_fraction: COMMUNICATION_BUFFER_FRACTION,
            sequence_parallel: true,
        };
        training_memory(model, &inputs)?
    } else {
        plain_training_parts(lowered.weight_bytes, bytes, false, devices)
    };
    let fits = parts.total() <= device.memory_bytes;
    let bytes_per_s = if fits {
        device.memory_bytes_per_s
    } else {
        device.memory_bytes_per_s.min(host_link_bytes_per_s(device))
    };
    let work = Work {
        model_flop: 3.0 * flop,
        executed_flop: if i.recompute { 4.0 } else { 3.0 } * flop,
        traffic_bytes: lowered.weight_bytes / devices * (1.0 + ACTIVATION_TRAFFIC_SHARE * batch),
        overhead_s: device.dispatch_tax_s + lowering::layers(model) * LAYER_TAX_S * TRAINING_LAYER_TAX_FACTOR,
        peak: peak_flop_per_s(device, i.precision.key()),
        efficiency: i.efficiency,
        bytes_per_s,
        devices,
        batch,
    };
    Ok(work.profile(device, parts))
}
