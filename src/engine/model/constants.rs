//! The model's constants.
//!
//! *Fitted* ones were estimated from 621 published measurements of 25 sources, with Gaussian priors
//! centred on engineering estimates; the rest are documented behaviour or plain estimates.
//! Ranges in brackets are plausible values.

mod families;
mod stacks;

pub use families::{Family, FamilyConstants};
pub use stacks::{Launch, STACKS, Stack};

// Arithmetic.
/// Fitted [0.2–0.6]: empty share of the last wave of 128 × 128 tiles.
pub const TAIL_WAVE: f64 = 0.48;
/// Fitted [0.75–1]: share of the 8-bit/16-bit ratio of peaks that GEMMs attain.
pub const FP8: f64 = 0.92;
/// Fitted [1–1.5]: slowdown of weight-only formats in large GEMMs.
pub const QUANT_COMPUTE: f64 = 1.23;
/// Fitted [0–0.4]: unpacking cost of a weight-only format, bytes per weight.
pub const WEIGHT_ONLY_BYTES: f64 = 0.11;
/// Estimate: ALU operations to unpack one weight.
pub const DEQUANT_OPS: f64 = 25.0;
/// Fitted [0.45–0.8]: FlashAttention-2 on Hopper and later, over the vendor's kernel.
pub const FA2_ON_NEWER: f64 = 0.60;
/// Fitted [0.45–0.8]: rate of fused attention over the GEMM rate.
pub const ATTENTION: f64 = 0.58;
/// Fitted [0.1–0.6]: share of bandwidth that unfused decode attention attains.
pub const KV_UNFUSED: f64 = 0.28;
/// Fitted [4–9]: passes over the score matrix of unfused attention.
pub const UNFUSED_PASSES: f64 = 5.3;
/// Estimate: head size at which an unfused attention GEMM runs at half rate.
pub const HEAD_HALF: f64 = 64.0;
/// Fitted [0.3–0.6]: exponent of rate over power below a family's power need.
pub const POWER_EXPONENT: f64 = 0.466;

// Launches and host time, s.
/// Fitted [0.8–2.5e-6]: gap per kernel of a replayed graph.
pub const KERNEL_GRAPH: f64 = 1.36e-6;
/// Fitted [3–8e-6]: gap per kernel launched by native code.
pub const KERNEL_STREAM: f64 = 4.7e-6;
/// Fitted [1–5e-5]: host time per kernel issued from Python.
pub const KERNEL_HOST: f64 = 3.17e-5;
/// Estimate: host work of an optimizer step.
pub const STEP_TRAINING: f64 = 0.015;
/// Estimate: host work of a forward pass (scheduler, sampling).
pub const STEP_INFERENCE: f64 = 5e-4;
/// Estimate: host work per sequence of a forward pass.
pub const SEQUENCE_INFERENCE: f64 = 1.5e-6;

// Network.
/// Fitted [0.6–0.85]: attained share of a one-way scale-up link.
pub const NET_INTRA: f64 = 0.72;
/// Estimate [0.65–0.9]: attained share of a network card.
pub const NET_INTER: f64 = 0.75;
/// Estimate [0.35–0.7]: attained share of a PCIe link in a collective.
pub const NET_PCIE: f64 = 0.50;
/// Links up to this rate (bytes/s) are taken as PCIe.
pub const PCIE_LIMIT: f64 = 64e9;
/// Fitted [5e-6–3e-5]: base time of a collective inside a node, s.
pub const LATENCY_INTRA: f64 = 1.42e-5;
/// Estimate: base time of a collective between nodes, s.
pub const LATENCY_INTER: f64 = 2.5e-5;
/// Estimate ±0.15: share of data-parallel communication that can hide.
pub const OVERLAP_DATA: f64 = 0.8;
/// Estimate ±0.15: share of tensor-parallel communication hidden where a stack overlaps it.
pub const OVERLAP_TENSOR: f64 = 0.35;
/// Estimate ±0.15: share of expert exchange hidden where a stack overlaps it.
pub const OVERLAP_EXPERT: f64 = 0.50;

// Mixture of experts.
/// Estimate: busiest expert rank over the mean.
pub const MOE_IMBALANCE: f64 = 1.15;
/// Estimate: passes over k·h bytes to route, permute and restore.
pub const MOE_PERMUTE: f64 = 8.0;
/// Estimate: further kernels per mixture-of-experts layer.
pub const MOE_KERNELS: f64 = 36.0;

// Memory, bytes.
/// Fitted [0.5–2.5e9]: device context of a training process.
pub const CONTEXT: f64 = 1.61e9;
/// Fitted [0.3–3e9]: communication buffers of a training process.
pub const COLLECTIVE_BUFFERS: f64 = 1.54e9;
/// Fitted [1.02–1.2]: allocator fragmentation, a factor.
pub const FRAGMENTATION: f64 = 1.088;
/// Fitted [8–14]: bytes per logit in training.
pub const LOGIT_BYTES: f64 = 12.5;
/// Fitted [0.5–2.5e9]: device context of an inference process.
pub const CONTEXT_INFERENCE: f64 = 1.95e9;
/// Read off one engine's logs [28–42]: bytes per logit of a sampler.
pub const SAMPLER_BYTES: f64 = 38.0;
/// Read off one engine's logs: memory outside the allocator, one device.
pub const OUTSIDE_ONE: f64 = 0.13 * super::GIB;
/// Read off one engine's logs: memory outside the allocator, several devices.
pub const OUTSIDE_MANY: f64 = 0.54 * super::GIB;
/// Estimate: what a saturated server keeps free.
pub const SERVER_RESERVE: f64 = 2.0 * super::GIB;
/// Documented default: share of free memory a server gives to KV.
pub const SERVER_KV_SHARE: f64 = 0.90;
/// Share of the capacity that a process can use at all.
pub const USABLE: f64 = 0.985;

/// What a band is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Prediction {
    /// Step of a dense model.
    TrainDense,
    /// Step of a mixture of experts.
    TrainMoe,
    /// Training memory.
    TrainMemory,
    /// Inference memory.
    InferMemory,
    /// Decode step.
    Decode,
    /// Prefill.
    Prefill,
    /// Throughput of a saturated server.
    ServeOffline,
    /// Latency of a static request.
    ServeRequest,
    /// Server under load.
    ServeOnline,
}

impl Prediction {
    /// Factors on the predicted time or bytes between which 80 % of measurements fell, with the stack
    /// named by the plan or assumed. Wider by a quarter for families without measurements.
    pub fn band(self, stack_known: bool, family_fitted: bool) -> (f64, f64) {
        let (low, high) = match (self, stack_known) {
            (Prediction::TrainDense, true) => (0.857, 1.167),
            (Prediction::TrainDense, false) => (0.839, 1.280),
            (Prediction::TrainMoe, _) => (0.800, 3.007),
            (Prediction::TrainMemory, true) | (Prediction::ServeOffline, _) => (0.800, 1.250),
            (Prediction::TrainMemory, false) => (0.800, 1.471),
            (Prediction::InferMemory, true) => (0.784, 1.051),
            (Prediction::InferMemory, false) => (0.784, 1.157),
            (Prediction::Decode, true) => (0.790, 1.175),
            (Prediction::Decode, false) => (0.800, 1.295),
            (Prediction::Prefill, true) => (0.805, 1.339),
            (Prediction::Prefill, false) => (0.848, 1.482),
            (Prediction::ServeRequest, true) => (0.800, 1.299),
            (Prediction::ServeRequest, false) => (0.800, 1.561),
            (Prediction::ServeOnline, true) => (0.800, 1.461),
            (Prediction::ServeOnline, false) => (0.752, 1.394),
        };
        if family_fitted { (low, high) } else { (low / 1.25, high * 1.25) }
    }
}
