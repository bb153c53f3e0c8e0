//! Walls 1 and 2: one device (`SingleNodeModel`).

use super::common::constants::{
    ACTIVATION_TRAFFIC_SHARE, DYNAMIC_POWER_FRACTION, FALLBACK_HOST_LINK_BYTES_PER_S, IDLE_POWER_FRACTION,
    LAYER_TAX_S, TRAINING_LAYER_TAX_FACTOR,
};
use super::common::memory::{TrainingMemory, TrainingState, activation_bytes, lora_fraction};
use super::common::{
    Lowered, Precision, ResolveError, Resolved, check_efficiency, check_positive, check_range, clamp01,
    lower, lowering, memory, peak_flop_per_s, precision, roofline,
};
use super::report::Bottleneck;
use crate::plan::Recompute;
use crate::registry::{Accelerator, Model};

/// Inputs beside model and device. `Default` is the reference's.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SingleInputs {
    /// Units of work at once.
    pub batch: u64,
    /// Precision.
    pub precision: Precision,
    /// Attained share of peak compute, 1e-9 to 1.
    pub efficiency: f64,
    /// Training instead of inference.
    pub training: bool,
    /// Tokens of a sequence; only training activations read it.
    pub seq_len: u64,
    /// ZeRO stage.
    pub zero_stage: u64,
    /// Data-parallel ranks, for ZeRO.
    pub data_parallel: u64,
    /// LoRA instead of full training.
    pub lora: bool,
    /// Full activation recomputation.
    pub recompute: bool,
    /// Out of memory is an error instead of an answer.
    pub raise_errors: bool,
}

impl Default for SingleInputs {
    fn default() -> Self {
        SingleInputs {
            batch: 1,
            precision: Precision::Fp16,
            efficiency: 0.5,
            training: false,
            seq_len: 2048,
            zero_stage: 0,
            data_parallel: 1,
            lora: false,
            recompute: false,
            raise_errors: false,
        }
    }
}

/// Work that spills over the device's memory.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Offload {
    /// Bytes that do not fit.
    pub spill_bytes: f64,
    /// Rate at which all traffic is then charged, bytes/s.
    pub bytes_per_s: f64,
}

/// What one device, or one replica of a fleet, does.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NodeProfile {
    /// Time of one batch, s.
    pub latency_s: f64,
    /// Arithmetic, s.
    pub compute_s: f64,
    /// Data movement, s.
    pub memory_s: f64,
    /// Launch and framework, s.
    pub overhead_s: f64,
    /// Units of work per second.
    pub throughput_per_s: f64,
    /// The longer side of the roofline.
    pub bottleneck: Bottleneck,
    /// Executed operations per byte moved.
    pub intensity_flop_per_byte: f64,
    /// Energy of one batch, J; 0 where the device publishes no TDP.
    pub energy_j: f64,
    /// Bytes needed on each device.
    pub footprint_bytes: f64,
    /// The footprint by part. For inference everything is weights.
    pub parts: TrainingMemory,
    /// Attained rate, flop/s.
    pub flop_per_s: f64,
    /// Bandwidth charged, bytes/s.
    pub bytes_per_s: f64,
    /// Model operations over peak.
    pub mfu: f64,
    /// Executed operations over peak.
    pub hfu: f64,
    /// True where the footprint fits.
    pub feasible: bool,
    /// Present where it does not.
    pub offload: Option<Offload>,
    /// Overhead exceeds both sides of the roofline.
    pub overhead_dominated: bool,
    /// Operations charged per device, flop.
    pub flop: f64,
    /// Traffic charged per device, bytes.
    pub traffic_bytes: f64,
}

impl NodeProfile {
    /// `Some((key, value))` of every number under the names that conformance vectors use.
    pub fn figures(&self) -> Vec<(&'static str, f64)> {
        let mut figures = vec![
            ("latency_s", self.latency_s),
            ("latency_compute_s", self.compute_s),
            ("latency_memory_s", self.memory_s),
            ("latency_overhead_s", self.overhead_s),
            ("throughput_per_s", self.throughput_per_s),
            ("arithmetic_intensity_flop_per_byte", self.intensity_flop_per_byte),
            ("energy_J", self.energy_j),
            ("memory_footprint_bytes", self.footprint_bytes),
            ("peak_flops_actual_flops_per_s", self.flop_per_s),
            ("peak_bw_actual_bytes_per_s", self.bytes_per_s),
            ("mfu", self.mfu),
            ("hfu", self.hfu),
        ];
        if let Some(offload) = self.offload {
            figures.push(("offload_spill_bytes", offload.spill_bytes));
            figures.push(("offload_effective_bw_bytes_per_s", offload.bytes_per_s));
        }
        figures
    }
}

/// Bandwidth of the link over which a device reaches host memory, one way.
pub fn host_link_bytes_per_s(device: &Accelerator) -> f64 {
    device.interconnect.as_ref().map_or(FALLBACK_HOST_LINK_BYTES_PER_S, |link| link.one_way_bytes_per_s)
}

/// Energy of `seconds` at utilization `hfu` on `devices` devices, J; 0 without a published TDP.
pub fn energy_j(device: &Accelerator, hfu: f64, devices: f64, seconds: f64) -> f64 {
    device
        .tdp_w
        .map_or(0.0, |tdp| tdp * (IDLE_POWER_FRACTION + DYNAMIC_POWER_FRACTION * hfu) * devices * seconds)
}

/// Training footprint where the layers are not known one by one: weights, gradients, Adam.
pub(crate) fn plain_training_parts(
    weights: f64,
    bytes_per_element: f64,
    lora: bool,
    devices: f64,
) -> TrainingMemory {
    let (gradients, optimizer) =
        if lora { (0.1 * weights, 0.0) } else { (weights, 12.0 * weights / bytes_per_element) };
    TrainingMemory {
        state: TrainingState {
            weights: weights / devices,
            gradients: gradients / devices,
            optimizer: optimizer / devices,
        },
        activations: 0.0,
        buffers: 0.0,
    }
}

fn footprint(model: &Model, lowered: Lowered, i: &SingleInputs) -> Resolved<TrainingMemory> {
    let bytes = i.precision.bytes();
    if !i.training {
        let state = TrainingState { weights: lowered.weight_bytes, gradients: 0.0, optimizer: 0.0 };
        return Ok(TrainingMemory { state, activations: 0.0, buffers: 0.0 });
    }
    if !model.kind.is_transformer() {
        return Ok(plain_training_parts(lowered.weight_bytes, bytes, i.lora, 1.0));
    }
    let count = lowering::parameters(model)?;
    let share = if i.lora { lora_fraction(model)? } else { 1.0 };
    let state = TrainingState {
        weights: count * bytes,
        gradients: count * bytes * share,
        optimizer: count * memory::Optimizer::Adam.bytes_per_parameter() * share,
    }
    .sharded(i.zero_stage, i.data_parallel as f64);
    let recompute = if i.recompute { Recompute::Full } else { Recompute::None };
    let layers = model.layers.map_or(1.0, f64::from);
    let hidden = lowering::hidden_dim(model);
    let activations =
        activation_bytes(recompute, layers, i.seq_len as f64, i.batch as f64, hidden, model.heads, bytes)?;
    Ok(TrainingMemory { state, activations, buffers: 0.0 })
}

/// Bandwidth that the weights stream at: over the host link where they do not fit, else from SRAM where
/// they fit there, else from flash where the device has it, else from main memory.
fn bandwidth(device: &Accelerator, weights: f64, fits: bool) -> f64 {
    if !fits {
        return device.memory_bytes_per_s.min(host_link_bytes_per_s(device));
    }
    match (device.sram_bytes, device.sram_bytes_per_s) {
        (Some(capacity), Some(rate)) if weights <= capacity => rate,
        _ => device.flash_bytes_per_s.unwrap_or(device.memory_bytes_per_s),
    }
}

/// One device: time, memory, energy of one batch.
pub fn single_node(model: &Model, device: &Accelerator, inputs: &SingleInputs) -> Resolved<NodeProfile> {
    let i = inputs;
    check_positive("workload.batch_size", i.batch)?;
    check_positive("workload.seq_len", i.seq_len)?;
    check_positive("dp_size", i.data_parallel)?;
    check_range("zero_stage", i.zero_stage as f64, 0.0, 3.0)?;
    check_efficiency(i.efficiency)?;

    let batch = i.batch as f64;
    let lowered = lower(model, i.precision.bytes())?;
    let peak = peak_flop_per_s(device, i.precision.key());
    let (model_factor, executed_factor) = match (i.training, i.recompute) {
        (false, _) => (1.0, 1.0),
        (true, false) => (3.0, 3.0),
        (true, true) => (3.0, 4.0),
    };
    let parts = footprint(model, lowered, i)?;
    let footprint_bytes = parts.total();
    let feasible = footprint_bytes <= device.memory_bytes;
    if !feasible && i.raise_errors {
        return Err(ResolveError::out_of_memory(
            "hardware.name",
            format!(
                "requires {:.1} GB but only {:.1} GB are there",
                footprint_bytes / 1e9,
                device.memory_bytes / 1e9
            ),
        ));
    }
    let layer_tax = if i.training { LAYER_TAX_S * TRAINING_LAYER_TAX_FACTOR } else { LAYER_TAX_S };
    let work = Work {
        model_flop: lowered.flop * model_factor * batch,
        executed_flop: lowered.flop * executed_factor * batch,
        traffic_bytes: lowered.weight_bytes * (1.0 + ACTIVATION_TRAFFIC_SHARE * batch),
        overhead_s: device.dispatch_tax_s + lowering::layers(model) * layer_tax,
        peak,
        efficiency: i.efficiency,
        bytes_per_s: bandwidth(device, lowered.weight_bytes, feasible),
        devices: 1.0,
        batch,
    };
    Ok(work.profile(device, parts))
}

/// True where the single-device engine warns that a default peak stands in for a missing one.
pub fn precision_falls_back(device: &Accelerator, precision: Precision) -> bool {
    precision::falls_back(device, precision)
}

/// Work of one batch on `devices` devices that share it evenly.
pub(crate) struct Work {
    pub model_flop: f64,
    pub executed_flop: f64,
    /// Per device.
    pub traffic_bytes: f64,
    pub overhead_s: f64,
    /// Of one device, not derated.
    pub peak: f64,
    pub efficiency: f64,
    pub bytes_per_s: f64,
    pub devices: f64,
    pub batch: f64,
}

impl Work {
    pub(crate) fn profile(&self, device: &Accelerator, parts: TrainingMemory) -> NodeProfile {
        let rate = self.peak * self.efficiency;
        let flop = self.executed_flop / self.devices;
        let compute_s = roofline::time(flop, rate);
        let memory_s = roofline::time(self.traffic_bytes, self.bytes_per_s);
        let busy_s = compute_s.max(memory_s);
        let latency_s = busy_s + self.overhead_s;
        let share = |flop: f64| {
            let possible = latency_s * self.peak * self.devices;
            if possible > 0.0 { clamp01(flop / possible) } else { 0.0 }
        };
        let hfu = share(self.executed_flop);
        let line = roofline::classify(flop, self.traffic_bytes, rate, self.bytes_per_s);
        let footprint_bytes = parts.total();
        let feasible = footprint_bytes <= device.memory_bytes;
        NodeProfile {
            latency_s,
            compute_s,
            memory_s,
            overhead_s: self.overhead_s,
            throughput_per_s: if latency_s > 0.0 { self.batch / latency_s } else { 0.0 },
            bottleneck: line.bottleneck,
            intensity_flop_per_byte: line.intensity,
            energy_j: energy_j(device, hfu, self.devices, latency_s),
            footprint_bytes,
            parts,
            flop_per_s: rate,
            bytes_per_s: self.bytes_per_s,
            mfu: share(self.model_flop),
            hfu,
            feasible,
            offload: (!feasible).then_some(Offload {
                spill_bytes: footprint_bytes - device.memory_bytes,
                bytes_per_s: self.bytes_per_s,
            }),
            overhead_dominated: roofline::exceeds(self.overhead_s, busy_s),
            flop,
            traffic_bytes: self.traffic_bytes,
        }
    }
}
