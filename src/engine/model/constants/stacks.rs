//! Software stacks: efficiency, launches, kernels, overlap.

use super::Family;
use crate::engine::model::GIB;

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
        const SPELLINGS: &[(&str, &str)] = &[
            ("nemo", "megatron"),
            ("megatron-core", "megatron"),
            ("megatron-lm", "megatron"),
            ("torchtitan", "fsdp-compile"),
            ("pytorch", "fsdp"),
            ("llm-foundry", "fsdp"),
            ("fsdp2", "fsdp"),
            ("deepspeed", "deepspeed-zero3"),
            ("zero3", "deepspeed-zero3"),
            ("jax", "maxtext"),
            ("trt-llm", "tensorrt-llm"),
            ("tensorrt", "tensorrt-llm"),
            ("sglang", "vllm"),
            ("huggingface", "transformers"),
            ("hf", "transformers"),
            ("llamacpp", "llama.cpp"),
            ("llama-cpp", "llama.cpp"),
            ("ollama", "llama.cpp"),
        ];
        let canonical = SPELLINGS
            .iter()
            .find(|(spelling, _)| spelling.eq_ignore_ascii_case(name))
            .map_or(name, |(_, canonical)| canonical);
        STACKS.iter().find(|stack| stack.name.eq_ignore_ascii_case(canonical))
    }

    fn exactly(name: &str) -> Option<&'static Stack> {
        STACKS.iter().find(|stack| stack.name == name)
    }

    /// Sums up 16-bit products in 16 bits: llama.cpp's kernels do, where frameworks ask for 32.
    pub fn narrow_sums(&self) -> bool {
        self.name == "llama.cpp"
    }

    /// A training stack.
    pub fn trains(&self) -> bool {
        self.chunk <= 0.0
    }

    /// Chunk and sequence limits on a device: vLLM lowers both on smaller cards.
    pub fn limits(&self, device: &crate::engine::model::Device) -> (f64, f64) {
        if self.name == "vllm" && (device.capacity < 70.0 * GIB || device.family == Family::Ampere) {
            (2048.0, 256.0)
        } else {
            (self.chunk, self.max_sequences)
        }
    }

    /// The stack assumed for serving where a plan names none.
    pub fn serving_default(gguf: bool) -> &'static Stack {
        Stack::exactly(if gguf { "llama.cpp" } else { "serve-default" }).unwrap_or(&SERVING)
    }

    /// The stack assumed for training where a plan names none.
    pub fn training_default(family: Family, zero3: bool, one_rank_model: bool) -> &'static Stack {
        let name = match family {
            Family::Tpu => "maxtext",
            _ if zero3 && one_rank_model => "fsdp",
            Family::Hopper | Family::Blackwell => "megatron",
            _ => "train-default",
        };
        Stack::exactly(name).unwrap_or(&TRAINING)
    }
}
