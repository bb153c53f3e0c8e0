//! The performance model of the `studio` profile: a per-operator roofline for dense and
//! mixture-of-experts transformers, training and inference, with memory. Numbers in, numbers out.
//!
//! All quantities are SI: seconds, bytes, flop/s, bytes/s. Counts are `f64`, because shards may be
//! fractional (20 heads over 8 ranks). Nothing here fails: every division is by a quantity that the
//! caller keeps above zero ([`Device`] documents which), and a group of one costs nothing.
//!
//! | room | what it holds |
//! | --- | --- |
//! | [`constants`] | fitted and fixed constants, hardware families, software stacks, bands |
//! | [`shapes`] | parameters and traffic per block from a model's dimensions |
//! | [`primitives`] | attained rates, GEMM, links and collectives |
//! | [`layer`] | one transformer layer on one rank |
//! | [`training`] | one optimizer step |
//! | [`memory`] | bytes on one device |
//! | [`inference`] | prefill, decode, offline throughput, a server under load |
//! | [`resolve`] | what a training plan leaves open |

pub mod constants;
pub mod inference;
pub mod layer;
pub mod memory;
pub mod primitives;
pub mod resolve;
pub mod shapes;
pub mod training;

pub use constants::{Family, Stack};
pub use shapes::{Shape, ShapeSpec};

/// One gibibyte.
pub const GIB: f64 = 1_073_741_824.0;

/// One accelerator. `peak16`, `bandwidth`, `capacity` and `intra` must be above zero.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Device {
    /// Which constants apply.
    pub family: Family,
    /// Dense 16-bit peak, flop/s.
    pub peak16: f64,
    /// Dense 8-bit peak, flop/s; 0 where the device has none.
    pub peak8: f64,
    /// 32-bit peak, flop/s; 0 where it is not known, which counts as an eighth of the 16-bit peak.
    pub peak32: f64,
    /// Memory bandwidth, bytes/s.
    pub bandwidth: f64,
    /// Memory capacity, bytes.
    pub capacity: f64,
    /// One-way link inside a node, bytes/s per device.
    pub intra: f64,
    /// A faster link that joins a few cards of a node only.
    pub bridge: Option<Bridge>,
    /// Parallel units (SM, CU, core).
    pub units: f64,
    /// The smaller of power cap and TDP, W.
    pub power_w: f64,
}

/// A link between neighbouring cards that does not reach the rest of their node.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bridge {
    /// Cards that it joins.
    pub cards: f64,
    /// One way, bytes/s per device.
    pub one_way: f64,
}

/// Parallel units where a device's figure is not known: about one per 4 Tflop/s.
pub fn units_by_peak(peak16: f64) -> f64 {
    (peak16 / 4.0e12).clamp(1.0, 160.0)
}

/// Which peak a precision computes with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ComputeClass {
    /// 4-bit matrix units, twice the 8-bit rate.
    Four,
    /// 8-bit matrix units.
    Eight,
    /// 16-bit matrix units.
    Sixteen,
    /// 32-bit, an eighth of the 16-bit rate.
    ThirtyTwo,
}

/// How weights are stored and multiplied.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Format {
    /// Arithmetic.
    pub class: ComputeClass,
    /// Bytes per weight of the linear layers.
    pub weight_bytes: f64,
    /// True where weights are unpacked to 16 bits before they are multiplied.
    pub weight_only: bool,
    /// Bytes per weight of embedding and head.
    pub head_bytes: f64,
    /// True for block-scaled 4-bit floats: in mixture-of-experts models only experts use them.
    pub fp4: bool,
    /// Total bytes of the weights where a file's size is known.
    pub total_bytes: Option<f64>,
}

/// How the devices divide the work. Each at least 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Split {
    /// Tensor parallel.
    pub tensor: f64,
    /// Pipeline stages.
    pub pipeline: f64,
    /// Context parallel.
    pub context: f64,
    /// Data parallel.
    pub data: f64,
    /// Expert parallel.
    pub expert: f64,
}

impl Split {
    /// One device.
    pub const ONE: Split = Split { tensor: 1.0, pipeline: 1.0, context: 1.0, data: 1.0, expert: 1.0 };
}

/// What training and inference share: the model, the machine and the software.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Case {
    /// The model.
    pub shape: Shape,
    /// Each device.
    pub device: Device,
    /// Devices in one fast domain (node).
    pub node: f64,
    /// One-way network between nodes, bytes/s **per device**: what a node has over its devices.
    pub nic: f64,
    /// Software.
    pub stack: &'static Stack,
    /// Weights and arithmetic.
    pub format: Format,
    /// Division of the work.
    pub split: Split,
    /// All devices.
    pub devices: f64,
    /// Training step, or forward passes only.
    pub training: bool,
    /// Norms and residuals divided over the tensor-parallel ranks.
    pub sequence_parallel: bool,
    /// Share of peak that large GEMMs attain, where a plan states it: it replaces the family's and the
    /// stack's.
    pub efficiency: Option<f64>,
}

impl Case {
    /// Peak of the arithmetic that the format uses, flop/s: what MFU is a share of.
    pub fn peak(&self) -> f64 {
        let device = &self.device;
        match self.format.class {
            ComputeClass::ThirtyTwo if device.peak32 > 0.0 => device.peak32,
            ComputeClass::ThirtyTwo => device.peak16 / 8.0,
            ComputeClass::Eight if !self.format.weight_only => device.peak8.max(device.peak16),
            ComputeClass::Four if !self.format.weight_only => (2.0 * device.peak8).max(device.peak16),
            _ => device.peak16,
        }
    }

    /// Ranks over which the norm and residual region is divided.
    pub(crate) fn sequence_ranks(&self) -> f64 {
        if self.sequence_parallel { self.split.tensor } else { 1.0 }
    }

    /// Tensor-parallel degree inside one expert.
    pub(crate) fn expert_tensor(&self) -> f64 {
        if self.training && self.split.expert > 1.0 {
            1.0
        } else {
            (self.split.tensor / self.split.expert).max(1.0)
        }
    }

    /// Ranks over which KV heads divide; the rest hold copies. A latent cache is always whole.
    pub(crate) fn kv_ranks(&self) -> f64 {
        if self.shape.latent { 1.0 } else { self.split.tensor.min(self.shape.kv_heads) }
    }

    /// Attention width of one rank.
    pub(crate) fn attention_width(&self) -> f64 {
        self.shape.heads * self.shape.head_dim / self.split.tensor
    }
}

#[cfg(test)]
mod tests;
