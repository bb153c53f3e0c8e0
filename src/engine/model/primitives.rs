//! Attained rates, one GEMM, links and collectives.

use super::constants as c;
use super::{Case, ComputeClass};

/// Smooth maximum of times: near the larger, a quarter above it where both are equal. Neither is negative.
#[inline]
pub fn smooth_max(a: f64, b: f64) -> f64 {
    let larger = a.max(b);
    if larger <= 0.0 {
        return 0.0;
    }
    let ratio = a.min(b) / larger;
    larger * cube_root_of_one_and(ratio * ratio * ratio)
}

/// Cube root of `1 + more`, `more` in [0, 1], to the last digit or two: a polynomial that is right to six
/// digits, then one step of Halley's method. Half of a sweep is roots of this kind; this is several times
/// quicker than a cube root of any number, and the same on every machine.
#[inline]
fn cube_root_of_one_and(more: f64) -> f64 {
    let square = more * more;
    let low = 1.000001783 + 0.3332035656 * more;
    let middle = -0.1095137266 + 0.05411104754 * more;
    let high = -0.02295355406 + 0.005072953325 * more;
    let root = low + square * (middle + square * high);
    let (cube, wanted) = (root * root * root, 1.0 + more);
    root + root * (wanted - cube) / (2.0 * cube + wanted)
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

/// A GEMM of fixed outputs and inputs: all that does not hang on its tokens is worked out.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Gemm {
    /// Arithmetic of one token, s.
    token: f64,
    /// What tile and wave quantisation adds, in tokens for each token of the first tile.
    tail: f64,
    /// Most that quantisation multiplies by.
    most: f64,
    /// Reading the weights, s.
    weights: f64,
    /// Inputs and outputs of one token, s.
    stream: f64,
    /// Unpacking the weights, s; 0 where they are multiplied as they are.
    unpack: f64,
    /// What unpacking multiplies the arithmetic by.
    slower: f64,
}

impl Gemm {
    /// `outputs` sums over `inputs` for each token.
    pub fn new(case: &Case, rates: &Rates, kind: GemmKind, outputs: f64, inputs: f64) -> Gemm {
        if outputs <= 0.0 || inputs <= 0.0 {
            return Gemm::default();
        }
        let units = case.device.units;
        let (packed, slower, unpack) = if kind.weight_only {
            (c::WEIGHT_ONLY_BYTES, c::QUANT_COMPUTE, outputs * inputs * c::DEQUANT_OPS / case.device.peak16)
        } else {
            (0.0, 1.0, 0.0)
        };
        Gemm {
            token: 2.0 * outputs * inputs / kind.rate * slower,
            tail: c::TAIL_WAVE * 128.0 * units / outputs,
            most: 1.0 + c::TAIL_WAVE * units,
            weights: (kind.weight_bytes + packed) * outputs * inputs / rates.bandwidth,
            stream: 2.0 * (outputs + inputs) / rates.bandwidth,
            unpack,
            slower,
        }
    }

    /// Time of one launch, s.
    #[inline]
    pub fn seconds(&self, tokens: f64) -> f64 {
        self.grouped(tokens, 1.0)
    }

    /// Time of `groups` equal GEMMs in one launch, s.
    #[inline]
    pub fn grouped(&self, tokens: f64, groups: f64) -> f64 {
        if tokens <= 0.0 || groups <= 0.0 {
            return 0.0;
        }
        // Tile and wave quantisation, additive in time and therefore monotone.
        let quantised = (groups * tokens + self.tail * tokens.min(128.0)).min(groups * tokens * self.most);
        let mut memory = groups * (self.weights + self.stream * tokens);
        if self.unpack > 0.0 {
            memory = smooth_max(memory, groups * self.unpack);
        }
        smooth_max(self.token * quantised, memory)
    }
}

/// What the time of a GEMM is made of, s: the smooth maximum of its arithmetic, of its data and, where weights
/// are unpacked first, of that.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct GemmParts {
    /// Operations, with rows of tiles that are not full.
    pub arithmetic: f64,
    /// Rows that are multiplied in one launch, one for each token of each group.
    pub rows: f64,
    /// Rows that tiles and waves which are not full add to them.
    pub padding: f64,
    /// Matrices multiplied in one launch: experts, or 1.
    pub groups: f64,
    /// Operations take so much longer than their number says: weights that are unpacked on the way.
    pub slower: f64,
    /// Weights read.
    pub weights: f64,
    /// Inputs and outputs.
    pub stream: f64,
    /// Unpacking weights; 0 where they are multiplied as they are.
    pub unpack: f64,
}

impl GemmParts {
    /// The same, `factor` times.
    #[must_use]
    pub fn times(self, factor: f64) -> GemmParts {
        GemmParts {
            arithmetic: self.arithmetic * factor,
            rows: self.rows,
            padding: self.padding,
            groups: self.groups,
            slower: self.slower,
            weights: self.weights * factor,
            stream: self.stream * factor,
            unpack: self.unpack * factor,
        }
    }

    /// What the parts make.
    pub fn seconds(&self) -> f64 {
        smooth_max(self.arithmetic, smooth_max(self.weights + self.stream, self.unpack))
    }
}

impl Gemm {
    /// What [`Gemm::grouped`] is made of.
    pub fn parts(&self, tokens: f64, groups: f64) -> GemmParts {
        if tokens <= 0.0 || groups <= 0.0 {
            return GemmParts::default();
        }
        let quantised = (groups * tokens + self.tail * tokens.min(128.0)).min(groups * tokens * self.most);
        GemmParts {
            arithmetic: self.token * quantised,
            rows: groups * tokens,
            padding: quantised - groups * tokens,
            groups,
            slower: self.slower,
            weights: groups * self.weights,
            stream: groups * self.stream * tokens,
            unpack: groups * self.unpack,
        }
    }
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

/// A transfer among fixed ranks: so long for each unit of what is sent, and so long in any case. Nothing
/// among one.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Transfer {
    /// Seconds a unit.
    pub unit: f64,
    /// Seconds in any case.
    pub fixed: f64,
}

impl Transfer {
    /// Time for `amount` units, s.
    #[inline]
    pub fn seconds(&self, amount: f64) -> f64 {
        self.unit * amount + self.fixed
    }
}

/// All-reduce, by bytes.
pub fn reduction(case: &Case, ranks: f64, stride: f64) -> Transfer {
    if ranks <= 1.0 {
        return Transfer::default();
    }
    let (bandwidth, latency) = link(case, ranks, stride);
    Transfer { unit: 2.0 * (ranks - 1.0) / ranks / bandwidth, fixed: latency * hops(ranks) }
}

/// All-reduce of `bytes`, s.
pub fn all_reduce(case: &Case, bytes: f64, ranks: f64, stride: f64) -> f64 {
    reduction(case, ranks, stride).seconds(bytes)
}

/// All-gather or reduce-scatter of a tensor of `bytes`, s; `share` of the link is attained.
pub fn gather(case: &Case, bytes: f64, ranks: f64, stride: f64, share: f64) -> f64 {
    if ranks <= 1.0 {
        return 0.0;
    }
    let (bandwidth, latency) = link(case, ranks, stride);
    (ranks - 1.0) / ranks * bytes / (bandwidth * share) + latency * hops(ranks)
}

/// Dispatch (or combination) over `ranks` of experts, by tokens. One copy goes to each remote node.
pub fn dispatch(case: &Case, ranks: f64) -> Transfer {
    if ranks <= 1.0 {
        return Transfer::default();
    }
    let (hidden, top_k) = (case.shape.hidden, case.shape.top_k);
    let local = top_k * hidden * 2.0 / intra_bandwidth(case, ranks);
    if ranks <= case.node {
        return Transfer { unit: (ranks - 1.0) / ranks * local, fixed: c::LATENCY_INTRA };
    }
    let nodes = ranks / case.node;
    let copies = nodes * (1.0 - (1.0 - 1.0 / nodes).powf(top_k));
    let remote = (nodes - 1.0) / nodes * copies * hidden * 2.0 / (case.nic * c::NET_INTER);
    Transfer { unit: remote + local, fixed: c::LATENCY_INTER }
}
