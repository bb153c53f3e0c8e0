//! The fields of each section of a registry file.

use super::Dimension;

/// How a field is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// A quantity with its unit, or a plain number in the base unit.
    Quantity(Dimension),
    /// A plain number, not negative.
    Number,
    /// A whole number from 0.
    Count,
    /// Text.
    Text,
    /// `true` or `false`.
    Flag,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// A mapping of names to quantities.
    QuantityMap(Dimension),
    /// A link: `name`, `quoted`, `one_way`, `latency`.
    Link,
    /// A mapping of names to numbers or text.
    Figures,
}

/// One field of a section.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    /// Key in the file.
    pub key: &'static str,
    /// Key in the compact form and in the program.
    pub fact: &'static str,
    /// How it is written.
    pub form: Form,
    /// An entry without it is no entry.
    pub required: bool,
}

const fn field(key: &'static str, fact: &'static str, form: Form) -> Field {
    Field { key, fact, form, required: false }
}

const fn required(key: &'static str, fact: &'static str, form: Form) -> Field {
    Field { key, fact, form, required: true }
}

pub const HARDWARE: &[Field] = &[
    field("release_year", "release_year", Form::Count),
    required("peak", "peak_flop_per_s", Form::Quantity(Dimension::WorkRate)),
    field("peak_precision", "peak_precision", Form::Text),
    field("peaks", "precision_flop_per_s", Form::QuantityMap(Dimension::WorkRate)),
    required("memory", "memory_bytes", Form::Quantity(Dimension::Data)),
    required("memory_bandwidth", "memory_bytes_per_s", Form::Quantity(Dimension::DataRate)),
    field("sram", "sram_bytes", Form::Quantity(Dimension::Data)),
    field("sram_bandwidth", "sram_bytes_per_s", Form::Quantity(Dimension::DataRate)),
    field("flash", "flash_bytes", Form::Quantity(Dimension::Data)),
    field("flash_bandwidth", "flash_bytes_per_s", Form::Quantity(Dimension::DataRate)),
    field("interconnect", "interconnect", Form::Link),
    field("nvlink", "nvlink", Form::Link),
    field("storage_bandwidth", "storage_bytes_per_s", Form::Quantity(Dimension::DataRate)),
    field("tdp", "tdp_w", Form::Quantity(Dimension::Power)),
    field("unit_cost", "unit_cost_usd", Form::Quantity(Dimension::Money)),
    field("rent", "rent_usd_per_accelerator_hour", Form::Quantity(Dimension::HourlyPrice)),
    field("embodied_carbon", "embodied_carbon_kg", Form::Quantity(Dimension::Carbon)),
    field("dispatch_tax", "dispatch_tax_s", Form::Quantity(Dimension::Time)),
    field("accelerator_count", "accelerator_count", Form::Count),
    field("vendor_node", "vendor_node", Form::Count),
    field("figures", "figures", Form::Figures),
];

const MODELS: &[Field] = &[
    required(
        "kind",
        "kind",
        Form::Choice(&["transformer", "sparse_transformer", "cnn", "ssm", "diffusion", "embodied", "plain"]),
    ),
    field("architecture", "architecture", Form::Text),
    field("release_year", "release_year", Form::Count),
    field("parameters", "parameters", Form::Number),
    field("active_parameters", "active_parameters", Form::Number),
    field("inference_work", "inference_flop", Form::Quantity(Dimension::Work)),
    field("size", "model_bytes", Form::Quantity(Dimension::Data)),
    field("layers", "layers", Form::Count),
    field("hidden_dim", "hidden_dim", Form::Count),
    field("heads", "heads", Form::Count),
    field("kv_heads", "kv_heads", Form::Count),
    field("head_dim", "head_dim", Form::Count),
    field("ffn_dim", "ffn_dim", Form::Count),
    field("gated_mlp", "gated_mlp", Form::Flag),
    field("vocab_size", "vocab_size", Form::Count),
    field("tied_embeddings", "tied_embeddings", Form::Flag),
    field("context_length", "context_length", Form::Count),
    field("sliding_window", "sliding_window", Form::Count),
    field("sliding_window_share", "sliding_window_share", Form::Number),
    field("experts", "experts", Form::Count),
    field("active_experts", "active_experts", Form::Count),
    field("expert_ffn_dim", "expert_ffn_dim", Form::Count),
    field("shared_experts", "shared_experts", Form::Count),
    field("dense_layers", "dense_layers", Form::Count),
    field("kv_lora_rank", "kv_lora_rank", Form::Count),
    field("qk_rope_head_dim", "qk_rope_head_dim", Form::Count),
    field("state_size", "state_size", Form::Count),
    field("attention_layers", "attention_layers", Form::Count),
    field("state_elements", "state_elements", Form::Number),
    field("denoising_steps", "denoising_steps", Form::Count),
    field("training_tokens", "training_tokens", Form::Quantity(Dimension::Tokens)),
    field("figures", "figures", Form::Figures),
];

const GRIDS: &[Field] = &[
    required("carbon", "carbon_g_per_kwh", Form::Quantity(Dimension::CarbonIntensity)),
    required("pue", "pue", Form::Number),
    required("wue_l_per_kwh", "wue_l_per_kwh", Form::Number),
    field("primary_source", "primary_source", Form::Text),
    field("electricity", "electricity_usd_per_kwh", Form::Quantity(Dimension::EnergyPrice)),
    field("figures", "figures", Form::Figures),
];

const PRICES: &[Field] = &[required("value", "value", Form::Number), required("unit", "unit", Form::Text)];

const NODES: &[Field] = &[
    required("accelerator", "accelerator", Form::Text),
    required("accelerators_per_node", "accelerators_per_node", Form::Count),
    field("intra_node_bandwidth", "intra_node_bytes_per_s", Form::Quantity(Dimension::DataRate)),
    field("nics_per_node", "nics_per_node", Form::Count),
    field("psus_per_node", "psus_per_node", Form::Count),
    field("psu_redundancy", "psu_redundancy", Form::Count),
    field("max_power", "max_power_w", Form::Quantity(Dimension::Power)),
    field("figures", "figures", Form::Figures),
];

const SYSTEMS: &[Field] = &[required("figures", "figures", Form::Figures)];

/// Keys that every entry may have.
pub const COMMON: &[&str] = &["name", "aliases", "group", "confidence", "source", "sources"];

/// The sections of a registry file.
pub const SECTIONS: &[&str] = &["hardware", "models", "grids", "prices", "nodes", "systems"];

/// Keys of a link.
pub const LINK: &[&str] = &["name", "quoted", "one_way", "latency"];

/// Keys of a source.
pub const SOURCE: &[&str] = &["kind", "title", "url", "date"];

/// The fields of a section; none for an unknown one.
pub fn fields(section: &str) -> &'static [Field] {
    match section {
        "hardware" => HARDWARE,
        "models" => MODELS,
        "grids" => GRIDS,
        "prices" => PRICES,
        "nodes" => NODES,
        "systems" => SYSTEMS,
        _ => &[],
    }
}
