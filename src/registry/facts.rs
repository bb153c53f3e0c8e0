//! What an entry holds, by kind.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Where a figure comes from.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Source {
    /// `datasheet`, `literature`, `industry_report`, `estimate`, `convention`, `user`, …
    pub kind: String,
    /// Document title; empty for conventions.
    pub title: String,
    /// Address, if any.
    pub url: String,
    /// Date the figure was checked, ISO 8601.
    pub date: String,
}

/// Who supplied an entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Default)]
#[serde(rename_all = "lowercase")]
pub enum Origin {
    /// Shipped with the program.
    #[default]
    Builtin,
    /// A user's file.
    User(String),
}

/// What `confidence` may say, best first: counted or published to the last digit; the total so, the shape
/// from memory; counted on an instance; read from the named source; worked out; from memory; then the
/// kinds that call for doubt.
pub const CONFIDENCE: &[&str] = &[
    "exact",
    "exact-total",
    "counted",
    "high",
    "read",
    "computed",
    "medium",
    "recalled",
    "low",
    "estimate",
    "unverified",
    "unknown",
    "rumour",
];

/// A named set of facts with their sources.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry<T> {
    /// Lookup name, for example `H100`.
    pub id: String,
    /// Display name, for example `NVIDIA H100`.
    pub name: String,
    /// Other names it is found by.
    #[serde(default)]
    pub aliases: Vec<String>,
    /// Group for listings: `cloud`, `edge`, `language`, …
    #[serde(default)]
    pub group: String,
    /// Source of every figure that `field_sources` does not name.
    #[serde(default)]
    pub source: Source,
    /// Figures with a source of their own, by field name (`precision_flop_per_s.fp8` for one of a map).
    #[serde(default)]
    pub field_sources: BTreeMap<String, Source>,
    /// How far the figures can be trusted where their sources do not say it: one of [`CONFIDENCE`], or
    /// nothing.
    #[serde(default)]
    pub confidence: String,
    /// Shipped or a user's.
    #[serde(skip_deserializing)]
    pub origin: Origin,
    /// The facts.
    pub facts: T,
}

impl<T> Entry<T> {
    /// Why a result that rests on this entry deserves doubt: nothing where its figures are sourced, else a
    /// few words such as `a rumour`.
    pub fn doubt(&self) -> Option<&'static str> {
        let kind = |word: &str| self.confidence == word || self.source.kind == word;
        let rumour = self.field_sources.values().any(|source| source.kind == "rumour");
        match () {
            () if rumour || kind("rumour") => Some("a rumour"),
            () if kind("unverified") => Some("not verified"),
            () if kind("unknown") => Some("without a known source"),
            () if self.confidence == "estimate" => Some("an estimate"),
            () => None,
        }
    }

    /// The source of one figure: its own, else the entry's.
    pub fn source_of(&self, field: &str) -> &Source {
        self.field_sources.get(field).unwrap_or(&self.source)
    }
}

/// A link, one way per device.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Link {
    /// For example `NVLink 4.0`.
    #[serde(default)]
    pub name: String,
    /// As the vendor quotes it.
    pub quoted_bytes_per_s: f64,
    /// One direction.
    pub one_way_bytes_per_s: f64,
    /// Seconds, where published.
    #[serde(default)]
    pub latency_s: Option<f64>,
}

/// One accelerator (or the rack that 0.3.0 treats as one).
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Accelerator {
    /// First year on sale.
    #[serde(default)]
    pub release_year: Option<u32>,
    /// Default peak, flop/s (16-bit dense where the device has it).
    pub peak_flop_per_s: f64,
    /// What `peak_flop_per_s` is quoted in where it is not 16-bit floating point: `int8` for an Edge TPU,
    /// `fp32` for a GPU without half precision. Such a device has no 16-bit peak of its own.
    #[serde(default)]
    pub peak_precision: Option<String>,
    /// Peaks by precision key (`fp32`, `tf32`, `fp8`, `int8`, `fp16_sparse`, …), flop/s.
    #[serde(default)]
    pub precision_flop_per_s: BTreeMap<String, f64>,
    /// Capacity of main memory, bytes.
    pub memory_bytes: f64,
    /// Main memory bandwidth, bytes/s.
    pub memory_bytes_per_s: f64,
    /// On-chip SRAM capacity, bytes.
    #[serde(default)]
    pub sram_bytes: Option<f64>,
    /// On-chip SRAM bandwidth, bytes/s.
    #[serde(default)]
    pub sram_bytes_per_s: Option<f64>,
    /// Flash capacity, bytes.
    #[serde(default)]
    pub flash_bytes: Option<f64>,
    /// Flash bandwidth, bytes/s.
    #[serde(default)]
    pub flash_bytes_per_s: Option<f64>,
    /// Host link (PCIe …).
    #[serde(default)]
    pub interconnect: Option<Link>,
    /// Scale-up link (NVLink …).
    #[serde(default)]
    pub nvlink: Option<Link>,
    /// Local storage bandwidth, bytes/s.
    #[serde(default)]
    pub storage_bytes_per_s: Option<f64>,
    /// Thermal design power, W.
    #[serde(default)]
    pub tdp_w: Option<f64>,
    /// Purchase price, USD.
    #[serde(default)]
    pub unit_cost_usd: Option<f64>,
    /// Median on-demand rent, USD per accelerator hour.
    #[serde(default)]
    pub rent_usd_per_accelerator_hour: Option<f64>,
    /// Carbon of manufacture, kg CO2e.
    #[serde(default)]
    pub embodied_carbon_kg: Option<f64>,
    /// Fixed launch overhead per batch, s.
    #[serde(default)]
    pub dispatch_tax_s: f64,
    /// Chips in the entry where it is a rack (GB200 NVL72: 72).
    #[serde(default)]
    pub accelerator_count: Option<u32>,
    /// Devices in the vendor's usual node; the default node size of a fleet.
    #[serde(default)]
    pub vendor_node: Option<u32>,
    /// Further figures, for display: numbers in SI units named by key suffix, text otherwise.
    #[serde(default)]
    pub figures: BTreeMap<String, serde_json::Value>,
}

impl Accelerator {
    /// Accelerators that a switched link spans, beyond the vendor's tray, where the link's name says so:
    /// 72 of `NVLink 5.0 (72-GPU NVSwitch domain)`.
    pub fn link_domain(&self) -> Option<u32> {
        let (before, _) = self.nvlink.as_ref()?.name.split_once("-GPU")?;
        before.rsplit(|c: char| !c.is_ascii_digit()).next()?.parse().ok().filter(|devices| *devices > 0)
    }

    /// Operations per byte at which the default peak and main memory take equally long.
    pub fn ridge_flop_per_byte(&self) -> f64 {
        crate::units::ridge_flop_per_byte(self.peak_flop_per_s, self.memory_bytes_per_s)
    }

    /// Seconds to read the whole main memory once: the floor of a decode step that touches all of it.
    pub fn memory_sweep_s(&self) -> f64 {
        crate::units::transfer_s(self.memory_bytes, self.memory_bytes_per_s)
    }
}

/// How a workload becomes work and bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WorkloadKind {
    /// Dense transformer.
    Transformer,
    /// Mixture of experts.
    SparseTransformer,
    /// Convolutional network.
    Cnn,
    /// State-space model.
    Ssm,
    /// Iterated denoiser.
    Diffusion,
    /// Robot policy.
    Embodied,
    /// Anything with a FLOP count.
    #[default]
    Plain,
}

impl WorkloadKind {
    /// Transformer of either kind.
    pub fn is_transformer(self) -> bool {
        matches!(self, WorkloadKind::Transformer | WorkloadKind::SparseTransformer)
    }
}

/// One model.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Model {
    /// Which lowering rule applies.
    pub kind: WorkloadKind,
    /// Architecture text for display.
    pub architecture: String,
    /// Total parameters.
    pub parameters: Option<f64>,
    /// Parameters used per token (MoE).
    pub active_parameters: Option<f64>,
    /// Operations of one unit of work, flop (one denoising step for diffusion).
    pub inference_flop: Option<f64>,
    /// Declared size, bytes.
    pub model_bytes: Option<f64>,
    /// Layers.
    pub layers: Option<u32>,
    /// Hidden width.
    pub hidden_dim: Option<u32>,
    /// Attention heads.
    pub heads: Option<u32>,
    /// Key/value heads.
    pub kv_heads: Option<u32>,
    /// Declared head width.
    pub head_dim: Option<u32>,
    /// MLP width.
    pub ffn_dim: Option<u32>,
    /// True for three-matrix MLPs (SwiGLU, GeGLU), false for two-matrix ones.
    pub gated_mlp: Option<bool>,
    /// Vocabulary.
    pub vocab_size: Option<u32>,
    /// The input embedding is also the output matrix.
    pub tied_embeddings: Option<bool>,
    /// Longest context, tokens.
    pub context_length: Option<u32>,
    /// Window of the layers that do not see the whole context, tokens.
    pub sliding_window: Option<u32>,
    /// Share of the layers that use the window, 0..=1.
    pub sliding_window_share: Option<f64>,
    /// Experts.
    pub experts: Option<u32>,
    /// Experts used per token.
    pub active_experts: Option<u32>,
    /// MLP width of one expert.
    pub expert_ffn_dim: Option<u32>,
    /// Experts that every token uses, beside the routed ones.
    pub shared_experts: Option<u32>,
    /// Layers at the start without experts.
    pub dense_layers: Option<u32>,
    /// MLA latent rank.
    pub kv_lora_rank: Option<u32>,
    /// MLA rotary part.
    pub qk_rope_head_dim: Option<u32>,
    /// SSM state size.
    pub state_size: Option<u32>,
    /// Layers with attention, where others are recurrent or have none.
    pub attention_layers: Option<u32>,
    /// Scalars that recurrent layers keep for a sequence, whatever its length, over all layers.
    pub state_elements: Option<f64>,
    /// Denoising steps of one sampling run.
    pub denoising_steps: Option<u32>,
    /// Tokens it was trained on.
    pub training_tokens: Option<f64>,
    /// First published.
    pub release_year: Option<u32>,
    /// Further figures, for display: numbers in SI units named by key suffix, text otherwise.
    pub figures: BTreeMap<String, serde_json::Value>,
}

impl Model {
    /// The number format of fewer than 16 bits in which the model was published, where it was: its makers trained or
    /// tuned it for that, so that running it so loses nothing.
    pub fn released_in(&self) -> Option<&str> {
        const NARROW: [&str; 6] = ["fp8", "int8", "fp4", "nvfp4", "mxfp4", "int4"];
        let format = self.figures.get("weights_dtype").and_then(serde_json::Value::as_str)?;
        NARROW.contains(&format).then_some(format)
    }

    /// Whether a number format asks for a look at the accuracy: fewer than 16 bits, and not what the model was
    /// published in.
    pub fn narrowed_by(&self, format: &str) -> bool {
        Model::is_narrow(format) && self.released_in() != Some(format)
    }

    /// Whether a number format has fewer than 16 bits.
    pub fn is_narrow(format: &str) -> bool {
        !matches!(format, "fp32" | "tf32" | "fp16" | "bf16")
    }
}

/// An electricity grid or region.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Grid {
    /// Grams of CO2e per kWh.
    pub carbon_g_per_kwh: f64,
    /// Power usage effectiveness.
    pub pue: f64,
    /// Water, litres per IT kWh.
    pub wue_l_per_kwh: f64,
    /// Main source of power.
    #[serde(default)]
    pub primary_source: String,
    /// Industrial electricity price, USD per kWh, where known.
    #[serde(default)]
    pub electricity_usd_per_kwh: Option<f64>,
    /// Further figures, for display.
    #[serde(default)]
    pub figures: BTreeMap<String, serde_json::Value>,
}

/// A price.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Price {
    /// Amount.
    pub value: f64,
    /// Unit as text, for example `USD/kWh`.
    #[serde(default)]
    pub unit: String,
}

/// A server or board that holds accelerators.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct NodeFacts {
    /// Registry id of the accelerator.
    pub accelerator: String,
    /// How many.
    pub accelerators_per_node: u32,
    /// One-way bandwidth between them, bytes/s; 0 where there is but one.
    #[serde(default)]
    pub intra_node_bytes_per_s: f64,
    /// Network cards.
    #[serde(default)]
    pub nics_per_node: u32,
    /// Power supplies.
    #[serde(default)]
    pub psus_per_node: u32,
    /// Redundant power supplies.
    #[serde(default)]
    pub psu_redundancy: u32,
    /// Rated power, W.
    #[serde(default)]
    pub max_power_w: Option<f64>,
    /// Further figures, for display.
    #[serde(default)]
    pub figures: BTreeMap<String, serde_json::Value>,
}

/// Everything else that 0.3.0 ships (fabrics, clusters, storage, reliability, technology classes,
/// literature constants, calibration): figures by name, for listing and for the walls that read them.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Table {
    /// Figures, numbers in SI units named by key suffix, text otherwise.
    #[serde(default)]
    pub figures: BTreeMap<String, serde_json::Value>,
}

impl Table {
    /// A figure that is a number.
    pub fn number(&self, key: &str) -> Option<f64> {
        self.figures.get(key).and_then(serde_json::Value::as_f64)
    }

    /// A figure that is text.
    pub fn text(&self, key: &str) -> Option<&str> {
        self.figures.get(key).and_then(serde_json::Value::as_str)
    }
}
