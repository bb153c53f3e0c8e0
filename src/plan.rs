//! The plan: what a user writes, typed and resolved.
//!
//! [`read`] is the one way in: text and registry to a [`Reading`], which holds every problem at once
//! and a [`Plan`] only when none of them is an error.

pub mod complete;
pub mod decode;
pub mod diagnostic;
pub mod difference;
pub mod edit;
pub mod faults;
pub mod fields;
pub mod mend;
pub mod reference;
pub mod schema;
pub mod step;
pub mod template;

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

pub use decode::draft::{Draft, Outline, Setter};
pub(crate) use decode::nearest;
pub use diagnostic::{Diagnostic, Fix, Severity, line_column};

use crate::registry::{Accelerator, Entry, Grid, Model, Physics, Registry};

/// Either `auto` or a value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Auto<T> {
    /// The engine chooses and shows what it chose.
    Auto,
    /// As written.
    Is(T),
}

impl<T: Copy> Auto<T> {
    /// The written value, or `default` for `auto`.
    pub fn or(self, default: T) -> T {
        match self {
            Auto::Auto => default,
            Auto::Is(value) => value,
        }
    }
}

/// What the workload is asked to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ModeChoice {
    /// A `serve:` or `train:` block decides; else one accelerator serves and a fleet trains.
    #[default]
    Auto,
    /// Train.
    Train,
    /// Serve.
    Serve,
}

/// What the workload does, decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Training steps.
    Train,
    /// Inference.
    Serve,
}

impl Mode {
    /// `train` or `serve`.
    pub fn name(self) -> &'static str {
        match self {
            Mode::Train => "train",
            Mode::Serve => "serve",
        }
    }
}

/// A plan without errors, names resolved to registry entries.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// `version:`, as text.
    pub version: String,
    /// `name:`.
    pub name: String,
    /// `physics:` or what the caller forced.
    pub physics: Physics,
    /// `workload:`.
    pub workload: Workload,
    /// `hardware:`.
    pub hardware: Hardware,
    /// `parallelism:`; all `None` when absent.
    pub parallelism: Parallelism,
    /// `data:`.
    pub data: Option<Data>,
    /// `ops:`. `None` when absent (the reference then skips economics).
    pub ops: Option<Ops>,
    /// `constraints.assert`.
    pub assertions: Vec<Assertion>,
}

/// `workload:`
#[derive(Debug, Clone, PartialEq)]
pub struct Workload {
    /// The resolved model.
    pub model: Arc<Entry<Model>>,
    /// `mode`, as written.
    pub mode: ModeChoice,
    /// Train: global batch in sequences; serve: concurrent sequences. Default 1.
    pub batch_size: u64,
    /// Tokens. Default 2048.
    pub seq_len: u64,
    /// `stack`; `None` is `auto`.
    pub stack: Option<String>,
    /// `serve:` block.
    pub serve: Option<Serve>,
    /// `train:` block.
    pub train: Option<Train>,
}

/// `workload.serve:`
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Serve {
    /// Prompt length, tokens.
    pub prompt_tokens: Option<u64>,
    /// Output length, tokens.
    pub output_tokens: Option<u64>,
    /// Requests per second.
    pub request_rate_per_s: Option<f64>,
    /// Prompt tokens already in the cache.
    pub cached_prefix_tokens: Option<u64>,
    /// Chunk of chunked prefill.
    pub prefill_chunk_tokens: Option<u64>,
    /// KV cache precision key.
    pub kv_precision: Option<String>,
    /// Paged KV block, tokens.
    pub kv_block_tokens: Option<u64>,
    /// Speculative draft model.
    pub draft_model: Option<Arc<Entry<Model>>>,
    /// Acceptance rate 0..=1.
    pub draft_acceptance: Option<f64>,
    /// Device of a disaggregated decode pool.
    pub decode_hardware: Option<Arc<Entry<Accelerator>>>,
    /// Reasoning steps.
    pub reasoning_steps: Option<u64>,
}

/// `workload.train:`
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Train {
    /// Token budget.
    pub tokens: Option<f64>,
    /// `adam`, `adamw`, `sgd`, `none`.
    pub optimizer: Option<String>,
    /// Accumulation steps.
    pub gradient_accumulation: Option<u64>,
    /// LoRA rank; 0 is full fine-tuning.
    pub lora_rank: Option<u64>,
    /// Seconds between checkpoints.
    pub checkpoint_interval_s: Option<f64>,
    /// Differential-privacy epsilon.
    pub dp_epsilon: Option<f64>,
}

/// `hardware:`
#[derive(Debug, Clone, PartialEq)]
pub struct Hardware {
    /// The resolved accelerator.
    pub accelerator: Arc<Entry<Accelerator>>,
    /// Total accelerators after all shape rules (`nodes`, `node_count × accelerators_per_node`); at least 1.
    pub accelerators: u64,
    /// As written, or implied by legacy `nodes`.
    pub node_count: Option<u64>,
    /// As written, or implied by legacy `nodes`.
    pub accelerators_per_node: Option<u64>,
    /// Which keys the text gives the size of the fleet by: an edit must change those.
    pub fleet_keys: FleetKeys,
    /// One-way link inside a node, bytes/s, as written.
    pub intra_node_bytes_per_s: Option<f64>,
    /// One-way inter-node link per node, bytes/s. Default 50 GB/s.
    pub fabric_bytes_per_s: f64,
    /// True where `fabric_bandwidth` was written.
    pub fabric_given: bool,
    /// Precision key in lower case. Default `fp16`.
    pub precision: String,
    /// Share of peak compute that is attained; omitted or `auto` is `None` (0.5 under mlsysim).
    pub efficiency: Option<f64>,
}

/// Keys of `hardware` that say how many accelerators there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FleetKeys {
    /// `accelerators`.
    pub accelerators: bool,
    /// `nodes`, as mlsysim 0.1 has it.
    pub nodes: bool,
}

impl Hardware {
    /// Accelerators in a node: as written, else the default of the device. Under mlsysim that is the
    /// device's own count or 1; under studio the vendor's node, or the whole fleet where it is smaller.
    pub fn node_size(&self, physics: Physics) -> u64 {
        self.accelerators_per_node
            .unwrap_or_else(|| default_node_size(&self.accelerator.facts, physics, self.accelerators))
    }
}

fn default_node_size(accelerator: &Accelerator, physics: Physics, total: u64) -> u64 {
    let own = accelerator.accelerator_count;
    let size = match physics {
        Physics::Mlsysim => own,
        Physics::Studio => {
            accelerator.vendor_node.or(own).map(|size| size.min(u32::try_from(total).unwrap_or(u32::MAX)))
        }
    };
    u64::from(size.unwrap_or(1).max(1))
}

/// `parallelism:`
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Parallelism {
    /// Tensor parallel.
    pub tensor: Option<Auto<u64>>,
    /// Pipeline parallel.
    pub pipeline: Option<Auto<u64>>,
    /// Data parallel.
    pub data: Option<Auto<u64>>,
    /// Expert parallel.
    pub expert: Option<Auto<u64>>,
    /// Context parallel.
    pub context: Option<Auto<u64>>,
    /// ZeRO stage 0..=3.
    pub zero: Option<Auto<u64>>,
    /// Micro-batches per step.
    pub microbatches: Option<Auto<u64>>,
    /// Interleaved stages per device.
    pub virtual_stages: Option<Auto<u64>>,
    /// `none`, `selective`, `full`.
    pub recompute: Option<Auto<Recompute>>,
    /// Overlap communication with compute.
    pub overlap: Option<bool>,
}

/// Activation recomputation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recompute {
    /// Keep all activations.
    None,
    /// Recompute attention.
    Selective,
    /// Recompute the layer.
    Full,
}

/// `data:`
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Data {
    /// Data set name.
    pub dataset: Option<String>,
    /// Bytes of one sample.
    pub sample_bytes: Option<f64>,
    /// Bytes/s.
    pub storage_bytes_per_s: Option<f64>,
    /// Loader workers.
    pub cpu_workers: Option<u64>,
}

/// Buy or rent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Acquisition {
    /// Amortised purchase.
    #[default]
    Buy,
    /// Hourly rent.
    Rent,
}

/// `ops:`
#[derive(Debug, Clone, PartialEq)]
pub struct Ops {
    /// The resolved region; `None` under mlsysim where the name is unknown (0.3.0 ignores it).
    pub region: Option<Arc<Entry<Grid>>>,
    /// As written; default `US_Avg`.
    pub region_name: String,
    /// Default 30.
    pub duration_days: f64,
    /// Default buy.
    pub acquisition: Acquisition,
    /// Overrides the region's price.
    pub electricity_usd_per_kwh: Option<f64>,
    /// Rent per accelerator hour.
    pub rent_usd_per_accelerator_hour: Option<f64>,
    /// Share of the time the fleet works, (0, 1].
    pub utilization: Option<f64>,
    /// Capex multiplier for everything around the accelerators. Default 1.
    pub infrastructure_multiplier: f64,
    /// Price of carbon. Default 0.
    pub carbon_usd_per_tonne: f64,
}

/// One `constraints.assert` item.
#[derive(Debug, Clone, PartialEq)]
pub struct Assertion {
    /// For example `macro.tco_usd`.
    pub metric: String,
    /// Upper bound, inclusive.
    pub max: Option<f64>,
    /// Lower bound, inclusive.
    pub min: Option<f64>,
}

/// Places of keys and values by dotted path (`hardware.accelerators`, `constraints.assert[0].max`).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Spans {
    /// Byte range of the value (for mappings: the whole block).
    pub values: BTreeMap<String, Range<usize>>,
    /// Byte range of the key.
    pub keys: BTreeMap<String, Range<usize>>,
}

/// What reading a text gave.
#[derive(Debug, Clone)]
pub struct Reading {
    /// Present when no diagnostic is an error.
    pub plan: Option<Plan>,
    /// Every problem, in text order.
    pub diagnostics: Vec<Diagnostic>,
    /// Where things stand in the text.
    pub spans: Spans,
    /// Where the plan names registry files of its own: the registry with their entries. Evaluate with it.
    pub registry: Option<Registry>,
}

impl Reading {
    /// True where a diagnostic is an error.
    pub fn has_errors(&self) -> bool {
        self.diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error)
    }

    /// The registry to evaluate with: the plan's own extension of `shipped`, else `shipped`.
    pub fn registry_or<'a>(&'a self, shipped: &'a Registry) -> &'a Registry {
        self.registry.as_ref().unwrap_or(shipped)
    }
}

/// Files that a plan names (`model.yaml`, a registry overlay): the caller decides what may be read.
/// Shared by the threads of a search.
pub trait Files: Sync {
    /// Text of the file, or one sentence why not.
    fn read(&self, path: &str) -> Result<String, String>;

    /// The hub that `hf://` addresses are looked up on; none where nothing may be fetched.
    fn hub(&self) -> Option<&dyn Hub> {
        None
    }
}

/// What a hub of models has to say about one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fetched {
    /// The text of its `config.json`.
    Text(String),
    /// Being fetched: whoever gave the hub will hear of it, and reads the plan again.
    Pending,
    /// One sentence why there is none.
    Failed(String),
}

/// A hub of models, such as Hugging Face. Fetching is the caller's: reading a plan stays pure.
pub trait Hub: std::fmt::Debug + Send + Sync {
    /// The configuration of `organisation/model`.
    fn config(&self, name: &str) -> Fetched;
}

/// No files, but a hub perhaps: for a plan that has no file yet.
#[derive(Debug, Clone, Default)]
pub struct HubOnly(pub Option<Arc<dyn Hub>>);

impl Files for HubOnly {
    fn read(&self, path: &str) -> Result<String, String> {
        NoFiles.read(path)
    }

    fn hub(&self) -> Option<&dyn Hub> {
        self.0.as_deref()
    }
}

/// No file may be read.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoFiles;

impl Files for NoFiles {
    fn read(&self, path: &str) -> Result<String, String> {
        Err(format!("{path}: files are not read here"))
    }
}

/// How a text is to be read.
#[derive(Clone, Copy)]
pub struct Options<'a> {
    /// `--physics`: wins over the plan's own key.
    pub physics: Option<Physics>,
    /// Access to files that the plan names.
    pub files: &'a dyn Files,
}

impl Default for Options<'_> {
    fn default() -> Self {
        Options { physics: None, files: &NoFiles }
    }
}

/// Reads a plan. Never fails and never panics: what is wrong is in the diagnostics.
pub fn read(text: &str, registry: &Registry, options: Options<'_>) -> Reading {
    decode::decode(text, registry, options)
}

/// A commented plan to start from; it can be evaluated as it stands.
pub fn template() -> &'static str {
    template::TEMPLATE
}
