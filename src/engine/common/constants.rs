//! Calibration constants of the engine, with their sources.

/// Framework overhead of one layer's launch, s (0.01 ms; mlsysim convention).
pub const LAYER_TAX_S: f64 = 1e-5;
/// Layer overhead of a training step over that of a forward pass: forward, backward, optimizer.
pub const TRAINING_LAYER_TAX_FACTOR: f64 = 3.0;
/// Share of TDP drawn when idle (Barroso & Hölzle 2007).
pub const IDLE_POWER_FRACTION: f64 = 0.3;
/// Share of TDP that follows utilization (Barroso & Hölzle 2007).
pub const DYNAMIC_POWER_FRACTION: f64 = 0.7;
/// TDP taken where a device publishes none, W (H100 SXM data sheet).
pub const FALLBACK_TDP_W: f64 = 700.0;
/// Adam training state beside weights and gradients, bytes per parameter (Rajbhandari 2020).
pub const ADAM_BYTES_PER_PARAMETER: f64 = 12.0;
/// SGD training state, bytes per parameter.
pub const SGD_BYTES_PER_PARAMETER: f64 = 4.0;
/// Checkpoint size with Adam, bytes per parameter (Eisenman 2022).
pub const ADAM_CHECKPOINT_BYTES_PER_PARAMETER: f64 = 14.0;
/// Checkpoint size with any other optimizer, bytes per parameter.
pub const OTHER_CHECKPOINT_BYTES_PER_PARAMETER: f64 = 4.0;
/// Storage bandwidth taken where none is published, bytes/s.
pub const FALLBACK_STORAGE_BYTES_PER_S: f64 = 1e9;
/// Interconnect bandwidth taken where none is published, bytes/s.
pub const FALLBACK_INTERCONNECT_BYTES_PER_S: f64 = 100e9;
/// Host link taken where none is published, bytes/s (PCIe Gen5 x16, one way).
pub const FALLBACK_HOST_LINK_BYTES_PER_S: f64 = 64e9;
/// Latency of a link inside a node where none is published, s (NVLink class).
pub const INTRA_NODE_LATENCY_S: f64 = 500e-9;
/// Latency of the fabric where none is given, s (InfiniBand NDR class).
pub const FABRIC_LATENCY_S: f64 = 5e-6;
/// Hidden width taken where a model publishes none.
pub const DEFAULT_HIDDEN_DIM: f64 = 4096.0;
/// Attention heads taken where a model publishes none.
pub const DEFAULT_HEADS: f64 = 32.0;
/// Draft length of speculative decoding, tokens (Leviathan 2023).
pub const SPECULATIVE_DRAFT_TOKENS: f64 = 4.0;
/// Tokens of one reasoning step.
pub const TOKENS_PER_REASONING_STEP: f64 = 50.0;
/// Activation traffic of one sample as a share of the weights (mlsysim heuristic).
pub const ACTIVATION_TRAFFIC_SHARE: f64 = 0.1;
/// Share of communication that overlap hides (Shoeybi 2019).
pub const OVERLAP_EFFICIENCY: f64 = 0.85;
/// Communication buffers as a share of the gradients.
pub const COMMUNICATION_BUFFER_FRACTION: f64 = 0.05;
/// LoRA rank that the reference assumes (Hu 2021).
pub const LORA_RANK: f64 = 16.0;
/// Gradient volume of LoRA as a share of the full gradients (mlsysim convention).
pub const LORA_GRADIENT_SHARE: f64 = 0.01;
/// Reference GPU, flop/s (H100 SXM fp16 dense).
pub const REFERENCE_GPU_FLOP_PER_S: f64 = 989e12;
/// Utilization of the reference GPU.
pub const REFERENCE_GPU_UTILIZATION: f64 = 0.40;
/// Slowdown coefficient of DP-SGD (Abadi 2016).
pub const DP_SGD_COEFFICIENT: f64 = 2.0;
/// Head room of occupancy before it costs efficiency.
pub const OCCUPANCY_HEADROOM: f64 = 1.1;
/// Low end of the usual MFU band (Chowdhery 2022).
pub const MFU_LOW: f64 = 0.30;
/// High end of the usual MFU band (Chowdhery 2022).
pub const MFU_HIGH: f64 = 0.50;
/// Efficiency where a plan gives none.
pub const DEFAULT_EFFICIENCY: f64 = 0.5;
/// Training operations per parameter and token (Kaplan 2020, Hoffmann 2022).
pub const TRAINING_FLOP_PER_PARAMETER_TOKEN: f64 = 6.0;
/// Compute-optimal tokens per parameter (Hoffmann 2022).
pub const TOKENS_PER_PARAMETER: f64 = 20.0;
/// Electricity price of the reference, USD/kWh.
pub const ELECTRICITY_USD_PER_KWH: f64 = 0.12;
/// PUE of the reference where neither region nor facility is set (best air cooling).
pub const DEFAULT_PUE: f64 = 1.12;
/// Yearly maintenance as a share of the purchase (Barroso 2018).
pub const MAINTENANCE_SHARE: f64 = 0.05;
/// Years over which the purchase is written off.
pub const AMORTIZATION_YEARS: f64 = 3.0;
/// Days of a year in cost formulas.
pub const DAYS_PER_YEAR: f64 = 365.0;
