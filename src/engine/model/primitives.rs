//! Attained rates, one GEMM, links and collectives.

use super::constants as c;
use super::{Case, ComputeClass};

/// Smooth maximum: near the larger, a quarter above it where both are equal.
pub fn smooth_max(a: f64, b: f64) -> f64 {
    let larger = a.max(b);
    if larger <= 0.0 {
        return 0.0;
    }
    let ratio = a.min(b) / larger;
    larger * (1.0 + ratio * ratio * ratio).cbrt()
}

/// What a device attains under a stack and a precision.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rates {
    /// 16-bit GEMMs, flop/s.
    pub gemm16: f64,
    /// GEMMs of the linear layers in the plan's precision, flop/s.
    pub gemm: f64,
    /// Memory, bytes/s.
    pub bandwidth: f64,
    /// Fused attention, flop/s.
    pub attention: f64,
    /// Factor of a power cap, at most 1.
    pub derate: f64,
}

impl Rates {
    /// The attained rates of a case.
    pub fn of(case: &Case) -> Rates {
        let (device, stack, format) = (&case.device, case.stack, &case.format);
        let family = device.family.constants();
        let mut bandwidth = device.bandwidth * family.memory;
        if let Some(saturation) = stack.saturation {
            bandwidth /= 1.0 + device.bandwidth / saturation;
        }
        let derate = if family.power_reference > 0.0 {
            (device.power_w / (device.peak16 / 1e12) / family.power_reference)
                .min(1.0)
                .powf(c::POWER_EXPONENT)
        } else {
            1.0
        };
        let share = case.efficiency.unwrap_or(family.gemm * stack.eta * derate);
        let gemm16 = device.peak16 * share;
        let gemm = match format.class {
            ComputeClass::ThirtyTwo if device.peak32 > 0.0 => device.peak32 * share,
            ComputeClass::ThirtyTwo => gemm16 / 8.0,
            ComputeClass::Four | ComputeClass::Eight if !format.weight_only => {
                let peak = device.peak8 * if format.class == ComputeClass::Four { 2.0 } else { 1.0 };
                gemm16 * (peak / device.peak16 * c::FP8).max(1.0)
            }
            _ => gemm16,
        };
        let kernel = if stack.fa2 && !family.fa2_native { c::FA2_ON_NEWER } else { 1.0 };
        Rates { gemm16, gemm, bandwidth, attention: gemm16 * c::ATTENTION * kernel, derate }
    }
}

/// How the weights of a GEMM are read and multiplied.
#[derive(Debug, Clone, Copy)]
pub struct GemmKind {
    /// Arithmetic rate, flop/s.
    pub rate: f64,
    /// Bytes per weight.
    pub weight_bytes: f64,
    /// Weights are unpacked first.
    pub weight_only: bool,
}

/// Time of `groups` equal GEMMs in one launch: `tokens` × `outputs` with `inputs` summed over.
pub fn gemm(
    case: &Case,
    rates: &Rates,
    kind: GemmKind,
    (tokens, outputs, inputs): (f64, f64, f64),
    groups: f64,
) -> f64 {
    if tokens <= 0.0 || outputs <= 0.0 || inputs <= 0.0 || groups <= 0.0 {
        return 0.0;
    }
    let units = case.device.units;
    // Tile and wave quantisation, additive in time and therefore monotone.
    let tail = (1.0 + c::TAIL_WAVE * tokens.min(128.0) * 128.0 * units / (tokens * outputs * groups))
        .min(1.0 + c::TAIL_WAVE * units);
    let mut compute = 2.0 * tokens * outputs * inputs * groups / kind.rate * tail;
    let unpack = if kind.weight_only { c::WEIGHT_ONLY_BYTES } else { 0.0 };
    let mut memory = groups
        * ((kind.weight_bytes + unpack) * outputs * inputs + 2.0 * tokens * (outputs + inputs))
        / rates.bandwidth;
    if kind.weight_only {
        compute *= c::QUANT_COMPUTE;
        memory = smooth_max(memory, groups * outputs * inputs * c::DEQUANT_OPS / case.device.peak16);
    }
    smooth_max(compute, memory)
}

/// Attained bandwidth of the link between `span` neighbours of a node, bytes/s: a bridge where it joins
/// them all.
pub fn intra_bandwidth(case: &Case, span: f64) -> f64 {
    let bridge = case.device.bridge.filter(|bridge| span <= bridge.cards);
    let link = bridge.map_or(case.device.intra, |bridge| bridge.one_way);
    link * if link > c::PCIE_LIMIT { c::NET_INTRA } else { c::NET_PCIE }
}

/// Attained bandwidth (bytes/s) and base latency (s) of a group of `ranks` placed `stride` apart.
pub fn link(case: &Case, ranks: f64, stride: f64) -> (f64, f64) {
    if ranks * stride <= case.node {
        return (intra_bandwidth(case, ranks * stride), c::LATENCY_INTRA);
    }
    let local = ranks.min(case.node / stride).max(1.0);
    ((case.nic * local * c::NET_INTER).min(intra_bandwidth(case, ranks)), c::LATENCY_INTER)
}

/// The link that point-to-point transfers between pipeline stages use.
pub fn stage_link(case: &Case, model_ranks: f64) -> (f64, f64) {
    if case.node >= model_ranks {
        (intra_bandwidth(case, model_ranks), c::LATENCY_INTRA)
    } else {
        (case.nic * c::NET_INTER, c::LATENCY_INTER)
    }
}

fn hops(ranks: f64) -> f64 {
    1.0 + ranks.log2() / 3.0
}

/// All-reduce of `bytes`, s.
pub fn all_reduce(case: &Case, bytes: f64, ranks: f64, stride: f64) -> f64 {
    if ranks <= 1.0 {
        return 0.0;
    }
    let (bandwidth, latency) = link(case, ranks, stride);
    2.0 * (ranks - 1.0) / ranks * bytes / bandwidth + latency * hops(ranks)
}

/// All-gather or reduce-scatter of a tensor of `bytes`, s; `share` of the link is attained.
pub fn gather(case: &Case, bytes: f64, ranks: f64, stride: f64, share: f64) -> f64 {
    if ranks <= 1.0 {
        return 0.0;
    }
    let (bandwidth, latency) = link(case, ranks, stride);
    (ranks - 1.0) / ranks * bytes / (bandwidth * share) + latency * hops(ranks)
}

/// Dispatch (or combination) of `tokens` over `ranks` of experts, s. One copy goes to each remote node.
pub fn all_to_all(case: &Case, tokens: f64, ranks: f64) -> f64 {
    if ranks <= 1.0 {
        return 0.0;
    }
    let (hidden, top_k) = (case.shape.hidden, case.shape.top_k);
    let local = tokens * top_k * hidden * 2.0 / intra_bandwidth(case, ranks);
    if ranks <= case.node {
        return (ranks - 1.0) / ranks * local + c::LATENCY_INTRA;
    }
    let nodes = ranks / case.node;
    let copies = nodes * (1.0 - (1.0 - 1.0 / nodes).powf(top_k));
    (nodes - 1.0) / nodes * copies * tokens * hidden * 2.0 / (case.nic * c::NET_INTER)
        + local
        + c::LATENCY_INTER
}
