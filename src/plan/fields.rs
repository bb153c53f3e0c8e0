//! Every field of the plan language, in one table: what the decoder checks, the schema states and the
//! editor shows on hover all come from here.

use crate::units::Dimension;

/// What may stand as the value of a field.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Kind {
    /// A mapping whose keys are fields of their own.
    Block,
    /// A list; its items are the field `path[]`.
    List,
    /// Any text.
    Text,
    /// A model: registry name, `model.yaml`, a Hugging Face `config.json`.
    Model,
    /// An accelerator: registry name or `accelerator.yaml`.
    Accelerator,
    /// A region or grid of the registry.
    Region,
    /// A metric of the report, as assertions name it.
    Metric,
    /// The path of a file.
    Path,
    /// A whole number.
    Count {
        /// Smallest.
        min: u64,
        /// Largest.
        max: u64,
    },
    /// A number.
    Number(Bounds),
    /// A number with a unit.
    Quantity {
        /// What it measures.
        dimension: Dimension,
        /// True where a bare number is taken in the unit that the key names.
        bare: bool,
    },
    /// `true` or `false`.
    Flag,
    /// One of a few words, in any case.
    Choice(&'static [(&'static str, &'static str)]),
    /// A number format; see [`PRECISIONS`].
    Precision,
}

/// The range of a number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bounds {
    /// Lower end.
    pub low: f64,
    /// True where the lower end itself is not allowed.
    pub above: bool,
    /// Upper end, included.
    pub high: f64,
}

impl Bounds {
    /// Any finite number.
    pub const ANY: Bounds = Bounds { low: f64::NEG_INFINITY, above: false, high: f64::INFINITY };
    /// Zero or more.
    pub const NOT_NEGATIVE: Bounds = Bounds { low: 0.0, above: false, high: f64::INFINITY };
    /// More than zero.
    pub const POSITIVE: Bounds = Bounds { low: 0.0, above: true, high: f64::INFINITY };
    /// More than zero and at most one.
    pub const SHARE: Bounds = Bounds { low: 0.0, above: true, high: 1.0 };
    /// Zero to one.
    pub const PROBABILITY: Bounds = Bounds { low: 0.0, above: false, high: 1.0 };

    /// Is a finite `value` inside?
    pub fn contains(&self, value: f64) -> bool {
        value.is_finite() && value <= self.high && (value > self.low || (!self.above && value == self.low))
    }

    /// `greater than 0 and at most 1`.
    pub fn describe(&self) -> String {
        let low = if self.above { "greater than" } else { "at least" };
        match (self.low.is_finite(), self.high.is_finite()) {
            (true, true) => format!("{low} {} and at most {}", self.low, self.high),
            (true, false) => format!("{low} {}", self.low),
            (false, true) => format!("at most {}", self.high),
            (false, false) => "finite".into(),
        }
    }
}

/// One field.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Field {
    /// Dotted path; `[]` stands for any item of a list.
    pub path: &'static str,
    /// What may stand there.
    pub kind: Kind,
    /// True where `auto` is also a value.
    pub auto: bool,
    /// True where its block must have it.
    pub required: bool,
    /// True where mlsysim 0.3.0 has the field.
    pub reference: bool,
    /// Unit of a bare number, in words.
    pub unit: &'static str,
    /// What holds when it is absent.
    pub default: &'static str,
    /// A value as one would write it.
    pub example: &'static str,
    /// What it is, in a sentence or two.
    pub doc: &'static str,
}

impl Field {
    /// The last part of the path: the key.
    pub fn key(&self) -> &'static str {
        self.path.rsplit('.').next().unwrap_or(self.path)
    }

    /// The path of the block that it belongs to; empty at the top.
    pub fn parent(&self) -> &'static str {
        match (self.path.strip_suffix("[]"), self.path.rsplit_once('.')) {
            (Some(list), _) => list,
            (None, Some((parent, _))) => parent,
            (None, None) => "",
        }
    }

    const fn new(path: &'static str, kind: Kind, example: &'static str, doc: &'static str) -> Field {
        Field {
            path,
            kind,
            auto: false,
            required: false,
            reference: false,
            unit: "",
            default: "",
            example,
            doc,
        }
    }
    const fn auto(mut self) -> Field {
        self.auto = true;
        self
    }
    const fn required(mut self) -> Field {
        self.required = true;
        self
    }
    const fn reference(mut self) -> Field {
        self.reference = true;
        self
    }
    const fn unit(mut self, unit: &'static str) -> Field {
        self.unit = unit;
        self
    }
    const fn default(mut self, default: &'static str) -> Field {
        self.default = default;
        self
    }
}

/// Largest whole number that plans may hold: exact as a floating-point number too.
pub const MAX_COUNT: u64 = 1 << 53;

const COUNT: Kind = Kind::Count { min: 1, max: MAX_COUNT };
const COUNT_OR_ZERO: Kind = Kind::Count { min: 0, max: MAX_COUNT };

/// A number format that a plan may name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Precision {
    /// Lower-case key.
    pub key: &'static str,
    /// True where mlsysim 0.3.0 has it.
    pub reference: bool,
    /// What it is.
    pub doc: &'static str,
}

const fn precision(key: &'static str, reference: bool, doc: &'static str) -> Precision {
    Precision { key, reference, doc }
}

/// Every number format, widest first, then weight formats.
pub const PRECISIONS: &[Precision] = &[
    precision("fp32", true, "32-bit floating point"),
    precision("tf32", true, "NVIDIA TensorFloat-32: 19 bits used, 32 stored"),
    precision("fp16", true, "16-bit floating point"),
    precision("bf16", true, "16-bit floating point with the range of 32 bits"),
    precision("fp8", true, "8-bit floating point"),
    precision(
        "mxfp8",
        false,
        "8-bit floating point in blocks of 32 with a shared exponent (OCP microscaling)",
    ),
    precision("int8", true, "8-bit integers"),
    precision("int4", true, "4-bit integers"),
    precision("fp4", false, "4-bit floating point"),
    precision("mxfp4", false, "weights in 4-bit blocks of 32 with a shared exponent (OCP microscaling)"),
    precision("nvfp4", false, "weights in 4-bit blocks of 16 with an 8-bit scale (NVIDIA)"),
    precision("awq", false, "weights in 4 bits, activation-aware; arithmetic in 16 bits"),
    precision("gptq", false, "weights in 4 bits, error-compensated; arithmetic in 16 bits"),
    precision("nf4", false, "weights in 4-bit normal-float (QLoRA); arithmetic in 16 bits"),
    precision("q8_0", false, "llama.cpp: weights in 8.5 bits"),
    precision("q6_k", false, "llama.cpp: weights in about 6.6 bits"),
    precision("q5_k_m", false, "llama.cpp: weights in about 5.7 bits"),
    precision("q4_k_m", false, "llama.cpp: weights in about 4.9 bits"),
    precision("q4_k_s", false, "llama.cpp: weights in about 4.6 bits"),
    precision("q4_0", false, "llama.cpp: weights in about 4.5 bits"),
    precision("q3_k_m", false, "llama.cpp: weights in about 3.9 bits"),
    precision("q2_k", false, "llama.cpp: weights in about 3.2 bits"),
];

const PHYSICS: &[(&str, &str)] = &[
    ("studio", "corrected physics and facts"),
    ("mlsysim", "mlsysim 0.3.0 digit for digit, its defects included"),
];

const MODES: &[(&str, &str)] = &[
    ("auto", "a `serve:` or `train:` block decides; else one accelerator serves and a fleet trains"),
    ("train", "training steps"),
    ("serve", "inference"),
];

const STACKS: &[(&str, &str)] = &[
    ("auto", "the usual one for the mode and the hardware; the report says which"),
    ("megatron", "Megatron-Core training"),
    ("megatron-classic", "Megatron-LM before fused kernels and sequence parallelism"),
    ("nemo", "NVIDIA NeMo training, on Megatron-Core"),
    ("fsdp", "PyTorch FSDP training, eager"),
    ("fsdp-compile", "PyTorch FSDP training, compiled"),
    ("torchtitan", "TorchTitan training: compiled FSDP"),
    ("deepspeed", "DeepSpeed ZeRO training"),
    ("maxtext", "MaxText (JAX) training"),
    ("vllm", "vLLM serving"),
    ("sglang", "SGLang serving"),
    ("tensorrt-llm", "TensorRT-LLM serving"),
    ("fastertransformer", "FasterTransformer serving"),
    ("transformers", "Hugging Face Transformers, without a server"),
    ("gpt-fast", "gpt-fast: one sequence, compiled"),
    ("llama.cpp", "llama.cpp local inference"),
    ("ollama", "Ollama, on llama.cpp"),
];

const OPTIMIZERS: &[(&str, &str)] = &[
    ("adam", "two moments for each parameter"),
    ("adamw", "Adam with decoupled weight decay; the same memory"),
    ("sgd", "momentum only"),
    ("none", "no optimizer state"),
];

const RECOMPUTE: &[(&str, &str)] = &[
    ("none", "keep all activations"),
    ("selective", "recompute attention in the backward pass"),
    ("full", "recompute every layer in the backward pass: least memory, a third more work"),
];

const ACQUISITION: &[(&str, &str)] =
    &[("buy", "the purchase, spread over its years of service"), ("rent", "an hourly price")];

const DATA_RATE: Kind = Kind::Quantity { dimension: Dimension::DataRate, bare: false };

/// Every field, in the order in which a plan is usually written.
pub const FIELDS: &[Field] = &[
    Field::new("version", Kind::Text, "\"1.0\"", "Version of the plan format. Quotes are optional.").required().reference(),
    Field::new("name", Kind::Text, "Serve Llama-3 70B", "What the plan is called in reports.").required().reference(),
    Field::new("physics", Kind::Choice(PHYSICS), "mlsysim", "Which body of physics and facts evaluates the plan.").default("studio"),
    Field::new("registry", Kind::List, "[my-chips.yaml]", "Files with registry entries of your own, relative to the plan. They come on top of the shipped ones."),
    Field::new("registry[]", Kind::Path, "my-chips.yaml", "A file with registry entries."),
    Field::new("workload", Kind::Block, "", "What is to be computed.").required().reference(),
    Field::new("workload.name", Kind::Model, "Llama3_70B", "The model: a registry name in any case, a `model.yaml`, or the `config.json` of a Hugging Face model.").required().reference(),
    Field::new("workload.mode", Kind::Choice(MODES), "serve", "Train the model or serve it.").default("auto"),
    Field::new("workload.batch_size", COUNT, "32", "Training: sequences in the global batch. Serving: sequences at the same time.").reference().unit("sequences").default("1"),
    Field::new("workload.seq_len", COUNT, "4096", "Training: length of a sequence. Serving: context held for each sequence.").reference().unit("tokens").default("2048"),
    Field::new("workload.stack", Kind::Choice(STACKS), "vllm", "The software that runs it; each has a sourced efficiency.").default("auto"),
    Field::new("workload.serve", Kind::Block, "", "What is asked of a served model."),
    Field::new("workload.serve.prompt_tokens", COUNT, "3584", "Length of a prompt.").unit("tokens"),
    Field::new("workload.serve.output_tokens", COUNT, "512", "Length of an answer.").unit("tokens"),
    Field::new("workload.serve.request_rate", Kind::Quantity { dimension: Dimension::Rate, bare: false }, "4/s", "Requests that arrive, over all users. A plan that answers fewer does not hold."),
    Field::new("workload.serve.cached_prefix_tokens", COUNT_OR_ZERO, "1024", "Part of the prompt whose KV entries are in the cache already.").unit("tokens").default("0"),
    Field::new("workload.serve.prefill_chunk_tokens", COUNT, "2048", "Chunk of chunked prefill; absent means the prompt is one piece.").unit("tokens"),
    Field::new("workload.serve.kv_precision", Kind::Precision, "fp8", "Number format of the KV cache.").default("16 bits; 32 with fp32"),
    Field::new("workload.serve.kv_block_tokens", COUNT, "16", "Block of a paged KV cache.").unit("tokens"),
    Field::new("workload.serve.draft_model", Kind::Model, "Llama3_8B", "Small model that drafts tokens for speculative decoding."),
    Field::new("workload.serve.draft_acceptance", Kind::Number(Bounds::PROBABILITY), "0.7", "Share of drafted tokens that the model accepts."),
    Field::new("workload.serve.decode_hardware", Kind::Accelerator, "H200", "Accelerator of a separate decode pool."),
    Field::new("workload.serve.reasoning_steps", COUNT, "8", "Passes of hidden reasoning before the answer.").default("1"),
    Field::new("workload.train", Kind::Block, "", "What a training run is to do."),
    Field::new("workload.train.tokens", Kind::Quantity { dimension: Dimension::Tokens, bare: true }, "1.0e12", "Token budget of the run.").unit("tokens"),
    Field::new("workload.train.optimizer", Kind::Choice(OPTIMIZERS), "adamw", "Optimizer, for its memory.").default("adam"),
    Field::new("workload.train.gradient_accumulation", COUNT, "4", "Passes before the weights change; divides the batch that is in memory at once.").default("1"),
    Field::new("workload.train.lora_rank", COUNT_OR_ZERO, "16", "Rank of LoRA adapters; 0 trains every weight.").default("0"),
    Field::new("workload.train.checkpoint_interval", Kind::Quantity { dimension: Dimension::Time, bare: false }, "30 min", "Time between checkpoints.").default("the best interval, where failures count"),
    Field::new("workload.train.dp_epsilon", Kind::Number(Bounds::POSITIVE), "8", "Privacy budget of differentially private training."),
    Field::new("hardware", Kind::Block, "", "What computes it.").required().reference(),
    Field::new("hardware.name", Kind::Accelerator, "H100", "The accelerator: a registry name in any case, or an `accelerator.yaml`.").required().reference(),
    Field::new("hardware.accelerators", COUNT, "16", "How many accelerators in all.").reference().default("1"),
    Field::new("hardware.node_count", COUNT, "2", "How many nodes; needs `accelerators_per_node`.").reference(),
    Field::new("hardware.accelerators_per_node", COUNT, "8", "Accelerators in a node.").reference().default("the vendor's node size"),
    Field::new("hardware.intra_node_bw", DATA_RATE, "450 GB/s", "Bandwidth between the accelerators of a node, one way.").reference().default("of the device's own link"),
    Field::new("hardware.fabric_bandwidth", DATA_RATE, "400 Gbit/s", "Bandwidth between nodes, one way.").reference().default("50 GB/s"),
    Field::new("hardware.precision", Kind::Precision, "bf16", "Number format of weights and arithmetic.").reference().default("fp16"),
    Field::new("hardware.efficiency", Kind::Number(Bounds::SHARE), "0.5", "Share of the peak that is attained; `auto` takes it from the calibration table.").auto().reference().default("auto; 0.5 under `physics: mlsysim`"),
    Field::new("parallelism", Kind::Block, "", "How the work is divided. With `auto` the best division is searched for and shown."),
    Field::new("parallelism.tensor", COUNT, "8", "Accelerators that share every layer.").auto().default("auto"),
    Field::new("parallelism.pipeline", COUNT, "4", "Stages that the layers are divided into.").auto().default("auto"),
    Field::new("parallelism.data", COUNT, "2", "Replicas of the model.").auto().default("what the others leave"),
    Field::new("parallelism.expert", COUNT, "8", "Accelerators that share the experts of a mixture.").auto().default("1"),
    Field::new("parallelism.context", COUNT, "2", "Accelerators that share a sequence.").auto().default("1"),
    Field::new("parallelism.zero", Kind::Count { min: 0, max: 3 }, "1", "ZeRO stage: 1 shards the optimizer, 2 the gradients too, 3 the weights too.").auto().default("auto"),
    Field::new("parallelism.microbatches", COUNT, "16", "Micro-batches of a step.").auto().default("auto"),
    Field::new("parallelism.virtual_stages", COUNT, "2", "Interleaved pipeline stages on each accelerator.").auto().default("auto"),
    Field::new("parallelism.recompute", Kind::Choice(RECOMPUTE), "selective", "Activations that the backward pass computes again.").auto().default("auto"),
    Field::new("parallelism.overlap", Kind::Flag, "true", "Communication runs while the accelerators compute.").default("true"),
    Field::new("data", Kind::Block, "", "Where the training data comes from."),
    Field::new("data.dataset", Kind::Text, "ImageNet", "Name of the data set."),
    Field::new("data.sample_bytes", Kind::Quantity { dimension: Dimension::Data, bare: true }, "150 kB", "Size of one sample.").unit("bytes"),
    Field::new("data.storage_bandwidth", DATA_RATE, "7 GB/s", "Bandwidth of storage, for the whole fleet."),
    Field::new("data.cpu_workers", COUNT, "32", "Processes that prepare samples."),
    Field::new("ops", Kind::Block, "", "Where it runs, how long, and what it costs.").reference(),
    Field::new("ops.region", Kind::Region, "Quebec", "Region: its grid sets carbon, water and the price of power.").reference().default("US_Avg"),
    Field::new("ops.duration_days", Kind::Number(Bounds::POSITIVE), "365", "How long it runs.").reference().unit("days").default("30"),
    Field::new("ops.acquisition", Kind::Choice(ACQUISITION), "rent", "Buy the accelerators or rent them.").default("buy"),
    Field::new("ops.electricity_usd_per_kwh", Kind::Number(Bounds::NOT_NEGATIVE), "0.05", "Price of electricity.").unit("USD/kWh").default("the region's"),
    Field::new("ops.rent_usd_per_accelerator_hour", Kind::Number(Bounds::NOT_NEGATIVE), "2.5", "Rent of one accelerator.").unit("USD/h").default("the registry's price"),
    Field::new("ops.utilization", Kind::Number(Bounds::SHARE), "0.6", "Share of the time in which the accelerators work."),
    Field::new("ops.infrastructure_multiplier", Kind::Number(Bounds::POSITIVE), "1.5", "Purchase of everything around the accelerators: 1 is the accelerators alone.").default("1"),
    Field::new("ops.carbon_usd_per_tonne", Kind::Number(Bounds::NOT_NEGATIVE), "100", "Price of carbon.").unit("USD/t").default("0"),
    Field::new("constraints", Kind::Block, "", "What must hold.").reference(),
    Field::new("constraints.assert", Kind::List, "", "Promises about metrics; a broken one ends with exit code 3.").reference(),
    Field::new("constraints.assert[]", Kind::Block, "{metric: performance.itl_ms, max: 40}", "One promise.").reference(),
    Field::new("constraints.assert[].metric", Kind::Metric, "performance.itl_ms", "The metric: `feasibility.`, `performance.` or `macro.` and its key.").required().reference(),
    Field::new("constraints.assert[].max", Kind::Number(Bounds::ANY), "40", "Largest value that keeps the promise.").reference(),
    Field::new("constraints.assert[].min", Kind::Number(Bounds::ANY), "0.4", "Smallest value that keeps the promise.").reference(),
];

/// Names that people write for a field, in lower case, and the field they mean.
pub const SYNONYMS: &[(&str, &str)] = &[
    ("tp", "parallelism.tensor"),
    ("tp_size", "parallelism.tensor"),
    ("tensor_parallel", "parallelism.tensor"),
    ("tensor_parallel_size", "parallelism.tensor"),
    ("pp", "parallelism.pipeline"),
    ("pp_size", "parallelism.pipeline"),
    ("pipeline_parallel", "parallelism.pipeline"),
    ("dp", "parallelism.data"),
    ("dp_size", "parallelism.data"),
    ("data_parallel", "parallelism.data"),
    ("replicas", "parallelism.data"),
    ("ep", "parallelism.expert"),
    ("ep_size", "parallelism.expert"),
    ("expert_parallel", "parallelism.expert"),
    ("expert_parallel_size", "parallelism.expert"),
    ("pipeline_parallel_size", "parallelism.pipeline"),
    ("context_parallel", "parallelism.context"),
    ("num_microbatches", "parallelism.microbatches"),
    ("cp", "parallelism.context"),
    ("zero_stage", "parallelism.zero"),
    ("gpus", "hardware.accelerators"),
    ("num_gpus", "hardware.accelerators"),
    ("gpu_count", "hardware.accelerators"),
    ("devices", "hardware.accelerators"),
    ("count", "hardware.accelerators"),
    ("world_size", "hardware.accelerators"),
    ("gpu", "hardware.name"),
    ("device", "hardware.name"),
    ("accelerator", "hardware.name"),
    ("gpus_per_node", "hardware.accelerators_per_node"),
    ("num_nodes", "hardware.node_count"),
    ("nvlink_bandwidth", "hardware.intra_node_bw"),
    ("intra_node_bandwidth", "hardware.intra_node_bw"),
    ("network_bandwidth", "hardware.fabric_bandwidth"),
    ("fabric_bw", "hardware.fabric_bandwidth"),
    ("dtype", "hardware.precision"),
    ("quantization", "hardware.precision"),
    ("mfu", "hardware.efficiency"),
    ("model", "workload.name"),
    ("batch", "workload.batch_size"),
    ("global_batch_size", "workload.batch_size"),
    ("concurrency", "workload.batch_size"),
    ("context_length", "workload.seq_len"),
    ("sequence_length", "workload.seq_len"),
    ("max_seq_len", "workload.seq_len"),
    ("engine", "workload.stack"),
    ("framework", "workload.stack"),
    ("qps", "workload.serve.request_rate"),
    ("rps", "workload.serve.request_rate"),
    ("input_tokens", "workload.serve.prompt_tokens"),
    ("kv_cache_dtype", "workload.serve.kv_precision"),
    ("training_tokens", "workload.train.tokens"),
    ("days", "ops.duration_days"),
    ("duration", "ops.duration_days"),
    ("location", "ops.region"),
    ("grid", "ops.region"),
    ("electricity_price", "ops.electricity_usd_per_kwh"),
    ("carbon_tax", "ops.carbon_usd_per_tonne"),
    ("assertions", "constraints.assert"),
    ("asserts", "constraints.assert"),
    ("sla", "constraints.assert"),
    ("serving", "workload.serve"),
    ("training", "workload.train"),
];

/// The field at a path; indices count as `[]`.
pub fn field(path: &str) -> Option<&'static Field> {
    let general = general(path);
    FIELDS.iter().find(|field| field.path == general)
}

/// The keys of a block, in table order; the empty path is the plan itself.
pub fn children(path: &str) -> impl Iterator<Item = &'static Field> {
    let general = general(path).into_owned();
    FIELDS.iter().filter(move |field| field.parent() == general && !field.path.ends_with("[]"))
}

/// `constraints.assert[0].max` as the table names it: `constraints.assert[].max`.
fn general(path: &str) -> std::borrow::Cow<'_, str> {
    if !path.contains('[') {
        return path.into();
    }
    let mut general = String::with_capacity(path.len());
    let mut inside = false;
    for character in path.chars() {
        match character {
            '[' => inside = true,
            ']' => inside = false,
            _ if inside => continue,
            _ => {}
        }
        general.push(character);
    }
    general.into()
}

/// What there is to say about a field, for hover text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldDoc {
    /// What it is.
    pub doc: String,
    /// Unit of a bare number, or how to write a quantity.
    pub unit: Option<String>,
    /// What holds when it is absent.
    pub default: Option<String>,
    /// What is allowed, in words.
    pub allowed: String,
    /// A value as one would write it.
    pub example: Option<String>,
}

/// Documentation of the field at a path (`hardware.precision`, `constraints.assert[0].max`).
pub fn field_doc(path: &str) -> Option<FieldDoc> {
    let field = field(path)?;
    let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let unit = match field.kind {
        Kind::Quantity { dimension, .. } if field.unit.is_empty() => {
            Some(format!("{}, for example {}", dimension.name(), field.example))
        }
        _ => some(field.unit),
    };
    Some(FieldDoc {
        doc: field.doc.to_owned(),
        unit,
        default: some(field.default),
        allowed: allowed(field),
        example: some(field.example),
    })
}

/// What a field allows, in words.
pub fn allowed(field: &Field) -> String {
    let mut words = match field.kind {
        Kind::Block => "a mapping".to_owned(),
        Kind::List => "a list".to_owned(),
        Kind::Text => "text".to_owned(),
        Kind::Model => "a model of the registry, a `.yaml` file, or a Hugging Face `config.json`".to_owned(),
        Kind::Accelerator => "an accelerator of the registry, or a `.yaml` file".to_owned(),
        Kind::Region => "a region of the registry".to_owned(),
        Kind::Metric => "`feasibility.`, `performance.` or `macro.` and a metric".to_owned(),
        Kind::Path => "the path of a file".to_owned(),
        Kind::Count { min, max } if max == MAX_COUNT => format!("a whole number, at least {min}"),
        Kind::Count { min, max } => format!("a whole number, {min} to {max}"),
        Kind::Number(bounds) => match bounds.describe().as_str() {
            "finite" => "a number".to_owned(),
            range => format!("a number {range}"),
        },
        Kind::Quantity { dimension, bare } => {
            let plain = if bare { format!(" or a plain number of {}", field.unit) } else { String::new() };
            format!("{} with its unit{plain}, for example `{}`", dimension.name(), field.example)
        }
        Kind::Flag => "`true` or `false`".to_owned(),
        Kind::Choice(choices) => list(choices.iter().map(|(key, _)| *key)),
        Kind::Precision => list(PRECISIONS.iter().map(|precision| precision.key)),
    };
    if field.auto {
        words.push_str(", or `auto`");
    }
    words
}

/// `a`, `b`, `c`.
fn list<'a>(names: impl Iterator<Item = &'a str>) -> String {
    names.map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_a_tree() {
        for (index, field) in FIELDS.iter().enumerate() {
            assert!(!FIELDS[..index].iter().any(|other| other.path == field.path), "{} twice", field.path);
            assert!(field.doc.ends_with('.'), "{} has no sentence", field.path);
            let parent = field.parent();
            if !parent.is_empty() {
                let kind = FIELDS[..index].iter().find(|other| other.path == parent).map(|other| other.kind);
                assert!(matches!(kind, Some(Kind::Block | Kind::List)), "{} has no block", field.path);
            }
            if let Kind::Number(bounds) = field.kind {
                assert!(bounds.contains(field.example.parse().unwrap()), "{}", field.path);
            }
            if let Kind::Quantity { dimension, .. } = field.kind
                && field.example.parse::<f64>().is_err()
            {
                assert!(crate::units::parse_as(field.example, dimension).is_ok(), "{}", field.path);
            }
        }
        for (_, path) in SYNONYMS {
            assert!(field(path).is_some(), "{path}");
        }
    }

    #[test]
    fn hover_text_has_all_parts() {
        let doc = field_doc("hardware.efficiency").unwrap();
        assert_eq!(doc.allowed, "a number greater than 0 and at most 1, or `auto`");
        let doc = field_doc("constraints.assert[12].max").unwrap();
        assert_eq!(doc.allowed, "a number");
        assert_eq!(field_doc("workload.seq_len").unwrap().unit.as_deref(), Some("tokens"));
        assert!(field_doc("hardware.nonsense").is_none());
        let keys: Vec<_> = children("constraints.assert[3]").map(Field::key).collect();
        assert_eq!(keys, ["metric", "max", "min"]);
    }
}
