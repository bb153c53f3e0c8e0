//! The model's constants.
//!
//! *Fitted* ones were estimated from 621 published measurements of 25 sources, with Gaussian priors
//! centred on engineering estimates; the rest are documented behaviour or plain estimates.
//! Ranges in brackets are plausible values.

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

/// Hardware families that share constants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Family {
    /// V100.
    Volta,
    /// T4.
    Turing,
    /// A100, A800, A30.
    Ampere,
    /// H100, H200, H800, H20, GH200.
    Hopper,
    /// B200, GB200, B300, GB300.
    Blackwell,
    /// A10, A40, A6000, RTX 30.
    AmpereGddr,
    /// L4, L40S, RTX 40, RTX Ada.
    Ada,
    /// RTX 50.
    BlackwellGddr,
    /// MI250X, MI300X and later.
    Cdna,
    /// Apple silicon.
    Apple,
    /// Google TPU.
    Tpu,
    /// Intel Gaudi.
    Gaudi,
    /// Anything with HBM-class bandwidth.
    GenericHbm,
    /// Anything with GDDR-class bandwidth.
    GenericGddr,
    /// Anything slower.
    GenericEdge,
}

/// Constants of a family.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FamilyConstants {
    /// Name in output.
    pub name: &'static str,
    /// Attained share of the 16-bit peak in large GEMMs.
    pub gemm: f64,
    /// Attained share of memory bandwidth.
    pub memory: f64,
    /// W per Tflop/s below which the part is power limited; 0 where unknown.
    pub power_reference: f64,
    /// FlashAttention-2 is native to the part.
    pub fa2_native: bool,
    /// True where at least one of the two shares was fitted to measurements.
    pub fitted: bool,
}

const fn family(
    name: &'static str,
    gemm: f64,
    memory: f64,
    power_reference: f64,
    fa2_native: bool,
    fitted: bool,
) -> FamilyConstants {
    FamilyConstants { name, gemm, memory, power_reference, fa2_native, fitted }
}

impl Family {
    /// The family's constants.
    pub const fn constants(self) -> FamilyConstants {
        match self {
            Family::Volta => family("volta", 0.63, 0.80, 2.80, true, true),
            Family::Turing => family("turing", 0.55, 0.80, 1.08, true, false),
            Family::Ampere => family("ampere", 0.686, 0.808, 1.28, true, true),
            Family::Hopper => family("hopper", 0.61, 0.79, 0.708, false, true),
            Family::Blackwell => family("blackwell", 0.656, 0.80, 0.445, false, true),
            Family::AmpereGddr => family("ampere-gddr", 0.64, 0.903, 2.46, true, true),
            Family::Ada => family("ada", 0.64, 0.93, 1.36, true, true),
            Family::BlackwellGddr => family("blackwell-gddr", 0.62, 0.91, 1.37, true, false),
            Family::Cdna => family("cdna", 0.50, 0.735, 0.57, false, true),
            Family::Apple => family("apple", 0.743, 0.848, 0.0, true, true),
            Family::Tpu => family("tpu", 0.85, 0.85, 0.0, true, false),
            Family::Gaudi => family("gaudi", 0.65, 0.80, 0.0, true, false),
            Family::GenericHbm => family("generic-hbm", 0.60, 0.80, 0.0, true, false),
            Family::GenericGddr => family("generic-gddr", 0.55, 0.85, 0.0, true, false),
            Family::GenericEdge => family("generic-edge", 0.50, 0.70, 0.0, true, false),
        }
    }

    /// Every family.
    pub const ALL: [Family; 15] = [
        Family::Volta,
        Family::Turing,
        Family::Ampere,
        Family::Hopper,
        Family::Blackwell,
        Family::AmpereGddr,
        Family::Ada,
        Family::BlackwellGddr,
        Family::Cdna,
        Family::Apple,
        Family::Tpu,
        Family::Gaudi,
        Family::GenericHbm,
        Family::GenericGddr,
        Family::GenericEdge,
    ];

    /// The family of a name such as `hopper`.
    pub fn by_name(name: &str) -> Option<Family> {
        Family::ALL.into_iter().find(|family| family.constants().name == name)
    }

    /// The family of a part whose maker's line is not known, by bandwidth (bytes/s).
    pub fn by_bandwidth(bandwidth: f64) -> Family {
        if bandwidth >= 1.4e12 {
            Family::GenericHbm
        } else if bandwidth >= 2.5e11 {
            Family::GenericGddr
        } else {
            Family::GenericEdge
        }
    }

    /// The family of a registry id, display name or alias; by bandwidth where no word is known.
    pub fn of_device(name: &str, bandwidth: f64) -> Family {
        // First match wins, so that `rtx_a6000` and `rtx 6000 ada` part before `a100`-like words.
        const WORDS: &[(&str, Family)] = &[
            ("rtx50", Family::BlackwellGddr),
            ("rtx40", Family::Ada),
            ("rtx30", Family::AmpereGddr),
            ("5090", Family::BlackwellGddr),
            ("5080", Family::BlackwellGddr),
            ("4090", Family::Ada),
            ("4080", Family::Ada),
            ("4070", Family::Ada),
            ("3090", Family::AmpereGddr),
            ("3080", Family::AmpereGddr),
            ("3070", Family::AmpereGddr),
            ("jetson", Family::GenericEdge),
            ("gh200", Family::Hopper),
            ("gb200", Family::Blackwell),
            ("gb300", Family::Blackwell),
            ("h100", Family::Hopper),
            ("h200", Family::Hopper),
            ("h800", Family::Hopper),
            ("h20", Family::Hopper),
            ("b100", Family::Blackwell),
            ("b200", Family::Blackwell),
            ("b300", Family::Blackwell),
            ("a6000", Family::AmpereGddr),
            ("a100", Family::Ampere),
            ("a800", Family::Ampere),
            ("a30", Family::Ampere),
            ("v100", Family::Volta),
            ("mi2", Family::Cdna),
            ("mi3", Family::Cdna),
            ("tpu", Family::Tpu),
            ("gaudi", Family::Gaudi),
            ("l40", Family::Ada),
            ("blackwell", Family::BlackwellGddr),
            ("ada", Family::Ada),
            ("a10", Family::AmpereGddr),
            ("a40", Family::AmpereGddr),
            ("apple", Family::Apple),
            ("macbook", Family::Apple),
        ];
        let word: String =
            name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
        if let Some((_, family)) = WORDS.iter().find(|(part, _)| word.contains(part)) {
            return *family;
        }
        // Short names only as whole words: `t4` must not match `nrf52840`.
        let is_word = |short: &str| {
            name.split(|c: char| !c.is_ascii_alphanumeric()).any(|part| part.eq_ignore_ascii_case(short))
        };
        if is_word("t4") {
            Family::Turing
        } else if is_word("l4") {
            Family::Ada
        } else if ["m1", "m2", "m3", "m4"].iter().any(|chip| is_word(chip)) {
            Family::Apple
        } else {
            Family::by_bandwidth(bandwidth)
        }
    }

    /// Whether the family multiplies 4-bit floats.
    pub fn has_fp4(self) -> bool {
        matches!(self, Family::Blackwell | Family::BlackwellGddr | Family::Cdna)
    }
}

/// How kernels are issued in inference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Launch {
    /// Replayed graph or compiled plan.
    Graph,
    /// Native code on a stream.
    Stream,
    /// From Python.
    Host,
}

/// A software stack.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stack {
    /// Name in plans.
    pub name: &'static str,
    /// Efficiency over the family's attained rate.
    pub eta: f64,
    /// Kernels per layer, forward.
    pub kernels: f64,
    /// How they are issued.
    pub launch: Launch,
    /// Fused attention.
    pub fused: bool,
    /// Attention is FlashAttention-2.
    pub fa2: bool,
    /// Sequence parallelism comes with tensor parallelism.
    pub sequence_parallel: bool,
    /// Overlaps data-parallel communication.
    pub overlaps_data: bool,
    /// Overlaps tensor-parallel communication.
    pub overlaps_tensor: bool,
    /// Overlaps expert exchange.
    pub overlaps_expert: bool,
    /// Most interleaved stages it chooses by default.
    pub virtual_stages: u32,
    /// Elementwise traffic over eager execution.
    pub elementwise: f64,
    /// Share of the network that sharded (ZeRO-3) collectives attain.
    pub sharded_network: f64,
    /// Tokens of one prefill chunk; 0 for training stacks.
    pub chunk: f64,
    /// Sequences the engine runs at most; 0 for training stacks.
    pub max_sequences: f64,
    /// Activations in 32 bits.
    pub fp32_activations: bool,
    /// Decode attention is unfused.
    pub kv_unfused: bool,
    /// Bandwidth (bytes/s) at which its GEMV kernels reach half of a device's attained rate.
    pub saturation: Option<f64>,
    /// Gradients are accumulated in 32 bits but reduced in 16 (Megatron's distributed optimizer).
    pub megatron: bool,
}

/// A whole prompt in one pass.
const UNCHUNKED: f64 = (1_u64 << 30) as f64;

const TRAINING: Stack = Stack {
    name: "train-default",
    eta: 0.854,
    kernels: 24.0,
    launch: Launch::Host,
    fused: true,
    fa2: false,
    sequence_parallel: true,
    overlaps_data: true,
    overlaps_tensor: false,
    overlaps_expert: true,
    virtual_stages: 4,
    elementwise: 1.0,
    sharded_network: 1.0,
    chunk: 0.0,
    max_sequences: 0.0,
    fp32_activations: false,
    kv_unfused: false,
    saturation: None,
    megatron: false,
};

const SERVING: Stack = Stack {
    name: "serve-default",
    eta: 0.96,
    kernels: 10.0,
    launch: Launch::Graph,
    overlaps_data: false,
    overlaps_expert: false,
    virtual_stages: 1,
    elementwise: 0.6,
    chunk: 8192.0,
    max_sequences: 1024.0,
    ..TRAINING
};

/// Every stack that has constants: training first.
pub static STACKS: [Stack; 14] = [
    TRAINING,
    Stack {
        name: "megatron-classic",
        eta: 0.98,
        fused: false,
        sequence_parallel: false,
        overlaps_data: false,
        overlaps_expert: false,
        virtual_stages: 1,
        ..TRAINING
    },
    Stack {
        name: "megatron",
        eta: 1.02,
        kernels: 18.0,
        overlaps_tensor: true,
        elementwise: 0.7,
        megatron: true,
        ..TRAINING
    },
    Stack { name: "fsdp", eta: 0.93, fa2: true, overlaps_expert: false, virtual_stages: 1, ..TRAINING },
    Stack {
        name: "fsdp-compile",
        eta: 1.015,
        kernels: 10.0,
        launch: Launch::Graph,
        fa2: true,
        overlaps_expert: false,
        virtual_stages: 1,
        elementwise: 0.55,
        ..TRAINING
    },
    Stack {
        name: "deepspeed-zero3",
        eta: 0.98,
        fused: false,
        sequence_parallel: false,
        overlaps_expert: false,
        virtual_stages: 1,
        sharded_network: 0.12,
        ..TRAINING
    },
    Stack {
        name: "maxtext",
        eta: 1.0,
        kernels: 6.0,
        launch: Launch::Graph,
        overlaps_tensor: true,
        virtual_stages: 1,
        elementwise: 0.6,
        ..TRAINING
    },
    SERVING,
    Stack {
        name: "tensorrt-llm",
        eta: 1.0,
        kernels: 8.0,
        max_sequences: 2048.0,
        elementwise: 0.5,
        ..SERVING
    },
    Stack { name: "vllm", eta: 1.0, kernels: 12.0, elementwise: 0.7, ..SERVING },
    Stack {
        name: "fastertransformer",
        eta: 1.0,
        kernels: 20.0,
        launch: Launch::Stream,
        fused: false,
        chunk: UNCHUNKED,
        max_sequences: 256.0,
        elementwise: 0.7,
        ..SERVING
    },
    Stack {
        name: "transformers",
        eta: 1.0,
        kernels: 36.0,
        launch: Launch::Host,
        chunk: UNCHUNKED,
        max_sequences: 64.0,
        elementwise: 1.0,
        ..SERVING
    },
    Stack {
        name: "gpt-fast",
        eta: 1.0,
        kernels: 12.0,
        fused: false,
        chunk: UNCHUNKED,
        max_sequences: 1.0,
        ..SERVING
    },
    Stack {
        name: "llama.cpp",
        eta: 1.05,
        kernels: 26.0,
        fused: false,
        chunk: 512.0,
        max_sequences: 1.0,
        elementwise: 2.5,
        fp32_activations: true,
        kv_unfused: true,
        saturation: Some(6.0e12),
        ..SERVING
    },
];

impl Stack {
    /// The stack of a name in a plan; other spellings of the same software are known.
    pub fn by_name(name: &str) -> Option<&'static Stack> {
        let name = name.to_ascii_lowercase();
        let canonical = match name.as_str() {
            "nemo" | "megatron-core" | "megatron-lm" => "megatron",
            "torchtitan" => "fsdp-compile",
            "pytorch" | "llm-foundry" | "fsdp2" => "fsdp",
            "deepspeed" | "zero3" => "deepspeed-zero3",
            "jax" => "maxtext",
            "trt-llm" | "tensorrt" => "tensorrt-llm",
            "sglang" => "vllm",
            "huggingface" | "hf" => "transformers",
            "llamacpp" | "llama-cpp" | "ollama" => "llama.cpp",
            other => other,
        };
        STACKS.iter().find(|stack| stack.name == canonical)
    }

    /// A training stack.
    pub fn trains(&self) -> bool {
        self.chunk <= 0.0
    }

    /// Chunk and sequence limits on a device: vLLM lowers both on smaller cards.
    pub fn limits(&self, device: &super::Device) -> (f64, f64) {
        if self.name == "vllm" && (device.capacity < 70.0 * super::GIB || device.family == Family::Ampere) {
            (2048.0, 256.0)
        } else {
            (self.chunk, self.max_sequences)
        }
    }

    /// The stack assumed for serving where a plan names none.
    pub fn serving_default(gguf: bool) -> &'static Stack {
        Stack::by_name(if gguf { "llama.cpp" } else { "serve-default" }).unwrap_or(&SERVING)
    }

    /// The stack assumed for training where a plan names none.
    pub fn training_default(family: Family, zero3: bool, one_rank_model: bool) -> &'static Stack {
        let name = match family {
            Family::Tpu => "maxtext",
            _ if zero3 && one_rank_model => "fsdp",
            Family::Hopper | Family::Blackwell => "megatron",
            _ => "train-default",
        };
        Stack::by_name(name).unwrap_or(&TRAINING)
    }
}

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
