//! Sourced facts about accelerators, models, nodes, grids and prices.
//!
//! Facts are YAML under `registry/`, checked and packed at build time, parsed per kind on first use.
//! Users add or override entries; the registry never changes once built.

use std::collections::BTreeMap;
use std::sync::Arc;

/// Which body of physics and facts a plan is evaluated with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Physics {
    /// Corrected physics and facts.
    #[default]
    Studio,
    /// mlsysim 0.3.0, defects included.
    Mlsysim,
}

impl Physics {
    /// The name used in plans and output.
    pub fn name(self) -> &'static str {
        match self {
            Physics::Studio => "studio",
            Physics::Mlsysim => "mlsysim",
        }
    }
}

/// Where a figure comes from.
#[derive(Debug, Clone, PartialEq, Default)]
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
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// Shipped with the program.
    Builtin,
    /// A user's file.
    User(String),
}

/// A named set of facts with their sources.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry<T> {
    /// Lookup name, for example `H100`.
    pub id: String,
    /// Display name, for example `NVIDIA H100`.
    pub name: String,
    /// Other names it is found by.
    pub aliases: Vec<String>,
    /// Group for listings: `cloud`, `edge`, `language`, …
    pub group: String,
    /// Source of every figure that `field_sources` does not name.
    pub source: Source,
    /// Figures with a source of their own, by field name.
    pub field_sources: BTreeMap<String, Source>,
    /// Shipped or a user's.
    pub origin: Origin,
    /// The facts.
    pub facts: T,
}

/// A link, one way per device.
#[derive(Debug, Clone, PartialEq)]
pub struct Link {
    /// For example `NVLink 4.0`.
    pub name: String,
    /// As the vendor quotes it.
    pub quoted_bytes_per_s: f64,
    /// One direction.
    pub one_way_bytes_per_s: f64,
    /// Seconds, where published.
    pub latency_s: Option<f64>,
}

/// One accelerator (or the rack that 0.3.0 treats as one).
#[derive(Debug, Clone, PartialEq)]
pub struct Accelerator {
    /// First year on sale.
    pub release_year: Option<u32>,
    /// Default peak, flop/s (16-bit dense where the device has it).
    pub peak_flop_per_s: f64,
    /// Peaks by precision key (`fp32`, `tf32`, `fp8`, `int8`, `fp16_sparse`, …), flop/s.
    pub precision_flop_per_s: BTreeMap<String, f64>,
    /// Capacity of main memory, bytes.
    pub memory_bytes: f64,
    /// Main memory bandwidth, bytes/s.
    pub memory_bytes_per_s: f64,
    /// On-chip SRAM capacity, bytes.
    pub sram_bytes: Option<f64>,
    /// On-chip SRAM bandwidth, bytes/s.
    pub sram_bytes_per_s: Option<f64>,
    /// Flash capacity, bytes.
    pub flash_bytes: Option<f64>,
    /// Flash bandwidth, bytes/s.
    pub flash_bytes_per_s: Option<f64>,
    /// Host link (PCIe …).
    pub interconnect: Option<Link>,
    /// Scale-up link (NVLink …).
    pub nvlink: Option<Link>,
    /// Local storage bandwidth, bytes/s.
    pub storage_bytes_per_s: Option<f64>,
    /// Thermal design power, W.
    pub tdp_w: Option<f64>,
    /// Purchase price, USD.
    pub unit_cost_usd: Option<f64>,
    /// Carbon of manufacture, kg CO2e.
    pub embodied_carbon_kg: Option<f64>,
    /// Fixed launch overhead per batch, s.
    pub dispatch_tax_s: f64,
    /// Chips in the entry where it is a rack (GB200 NVL72: 72).
    pub accelerator_count: Option<u32>,
    /// Devices in the vendor's usual node; the default node size of a fleet.
    pub vendor_node: Option<u32>,
}

/// How a workload becomes work and bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
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
    Plain,
}

impl WorkloadKind {
    /// Transformer of either kind.
    pub fn is_transformer(self) -> bool {
        matches!(self, WorkloadKind::Transformer | WorkloadKind::SparseTransformer)
    }
}

/// One model.
#[derive(Debug, Clone, PartialEq)]
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
    /// Vocabulary.
    pub vocab_size: Option<u32>,
    /// Longest context, tokens.
    pub context_length: Option<u32>,
    /// Experts.
    pub experts: Option<u32>,
    /// Experts used per token.
    pub active_experts: Option<u32>,
    /// MLA latent rank.
    pub kv_lora_rank: Option<u32>,
    /// MLA rotary part.
    pub qk_rope_head_dim: Option<u32>,
    /// SSM state size.
    pub state_size: Option<u32>,
    /// Denoising steps of one sampling run.
    pub denoising_steps: Option<u32>,
    /// Tokens it was trained on.
    pub training_tokens: Option<f64>,
    /// First published.
    pub release_year: Option<u32>,
}

/// An electricity grid or region.
#[derive(Debug, Clone, PartialEq)]
pub struct Grid {
    /// Grams of CO2e per kWh.
    pub carbon_g_per_kwh: f64,
    /// Power usage effectiveness.
    pub pue: f64,
    /// Water, litres per IT kWh.
    pub wue_l_per_kwh: f64,
    /// Main source of power.
    pub primary_source: String,
    /// Industrial electricity price, USD per kWh, where known.
    pub electricity_usd_per_kwh: Option<f64>,
}

/// A price.
#[derive(Debug, Clone, PartialEq)]
pub struct Price {
    /// Amount.
    pub value: f64,
    /// Unit as text, for example `USD/kWh`.
    pub unit: String,
}

/// A server or board that holds accelerators.
#[derive(Debug, Clone, PartialEq)]
pub struct NodeFacts {
    /// Registry id of the accelerator.
    pub accelerator: String,
    /// How many.
    pub accelerators_per_node: u32,
    /// One-way bandwidth between them, bytes/s.
    pub intra_node_bytes_per_s: f64,
    /// Network cards.
    pub nics_per_node: u32,
    /// Power supplies.
    pub psus_per_node: u32,
    /// Redundant power supplies.
    pub psu_redundancy: u32,
    /// Rated power, W.
    pub max_power_w: Option<f64>,
}

/// Everything else that 0.3.0 ships (fabrics, clusters, storage, reliability, technology classes,
/// literature constants, calibration): figures by name, for listing and for the walls that read them.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// Figures, numbers in SI units named by key suffix, text otherwise.
    pub figures: BTreeMap<String, serde_json::Value>,
}

/// The kinds of entry, also the names `zoo` takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// Accelerators.
    Hardware,
    /// Models.
    Models,
    /// Grids and regions.
    Grids,
    /// Prices.
    Prices,
    /// Nodes.
    Nodes,
    /// Fabrics, clusters, storage, reliability, technology and literature figures.
    Systems,
}

/// What a lookup found when it found nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotFound {
    /// Up to three nearest ids, best first.
    pub nearest: Vec<String>,
}

/// The facts of one profile plus the user's. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Registry {
    _private: Arc<()>,
}

/// Something in a user's registry file that could not be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegistryProblem {
    /// File name as given.
    pub file: String,
    /// 1-based line.
    pub line: usize,
    /// One sentence.
    pub message: String,
}

impl Registry {
    /// The shipped registry.
    pub fn builtin() -> Registry {
        Registry { _private: Arc::new(()) }
    }

    /// This registry with a user's entries on top: `files` are (name, YAML text) pairs, later ones win.
    /// Problems are reported, never fatal: the entries that are sound are used.
    pub fn with_user_files(&self, files: &[(String, String)]) -> (Registry, Vec<RegistryProblem>) {
        let _ = files;
        (self.clone(), Vec::new())
    }

    /// An accelerator by id, display name or alias, in any case.
    pub fn accelerator(&self, physics: Physics, name: &str) -> Result<Arc<Entry<Accelerator>>, NotFound> {
        let _ = (physics, name);
        Err(NotFound { nearest: Vec::new() })
    }

    /// A model by id, display name or alias, in any case.
    pub fn model(&self, physics: Physics, name: &str) -> Result<Arc<Entry<Model>>, NotFound> {
        let _ = (physics, name);
        Err(NotFound { nearest: Vec::new() })
    }

    /// A grid or region by id, display name or alias, in any case.
    pub fn grid(&self, physics: Physics, name: &str) -> Result<Arc<Entry<Grid>>, NotFound> {
        let _ = (physics, name);
        Err(NotFound { nearest: Vec::new() })
    }

    /// A price by id.
    pub fn price(&self, physics: Physics, name: &str) -> Result<Arc<Entry<Price>>, NotFound> {
        let _ = (physics, name);
        Err(NotFound { nearest: Vec::new() })
    }

    /// A node by id, display name or alias, in any case.
    pub fn node(&self, physics: Physics, name: &str) -> Result<Arc<Entry<NodeFacts>>, NotFound> {
        let _ = (physics, name);
        Err(NotFound { nearest: Vec::new() })
    }

    /// Ids, display names and groups of one kind, in registry order.
    pub fn list(&self, kind: Kind) -> Vec<(String, String, String)> {
        let _ = kind;
        Vec::new()
    }

    /// Version of the shipped facts, for example `2026.11`.
    pub fn version(&self) -> &'static str {
        "2026.11"
    }
}
