//! Sound values to a plan.

use super::super::{
    Acquisition, Assertion, Auto, Data, FleetKeys, Hardware, ModeChoice, Ops, Parallelism, Plan, Recompute,
    Serve, Train, Workload,
};
use super::names::{DEFAULT_REGION, Names};
use super::shape::Shape;
use super::{Decoder, Given, join};

/// Batch of a plan that names none.
pub(super) const DEFAULT_BATCH_SIZE: u64 = 1;
/// Tokens of a sequence where a plan says nothing.
pub(super) const DEFAULT_SEQ_LEN: u64 = 2048;
/// Days of a plan that says nothing.
pub(super) const DEFAULT_DURATION_DAYS: f64 = 30.0;

impl Decoder<'_> {
    /// The plan, where what it needs is there. The caller drops it where anything was an error.
    pub(super) fn assemble(&self, names: Names, shape: &Shape) -> Option<Plan> {
        let mode = match self.words("workload.mode") {
            Some("train") => ModeChoice::Train,
            Some("serve") => ModeChoice::Serve,
            _ => ModeChoice::Auto,
        };
        let fabric = self.number("hardware.fabric_bandwidth");
        Some(Plan {
            version: self.words("version")?.to_owned(),
            name: self.words("name")?.to_owned(),
            physics: self.physics,
            workload: Workload {
                model: names.model?,
                mode,
                batch_size: self.count("workload.batch_size").unwrap_or(DEFAULT_BATCH_SIZE),
                seq_len: self.count("workload.seq_len").unwrap_or(DEFAULT_SEQ_LEN),
                stack: self.words("workload.stack").filter(|stack| *stack != "auto").map(str::to_owned),
                serve: self.present("workload.serve").then(|| Serve {
                    draft_model: names.draft_model,
                    decode_hardware: names.decode_hardware,
                    ..self.serve()
                }),
                train: self.present("workload.train").then(|| self.train()),
            },
            hardware: Hardware {
                accelerator: names.accelerator?,
                accelerators: shape.total,
                node_count: shape.node_count,
                accelerators_per_node: shape.per_node,
                fleet_keys: FleetKeys {
                    accelerators: self.present("hardware.accelerators"),
                    nodes: self.present("hardware.nodes"),
                },
                intra_node_bytes_per_s: self.number("hardware.intra_node_bw"),
                fabric_bytes_per_s: fabric.unwrap_or(50e9),
                fabric_given: fabric.is_some(),
                precision: self.words("hardware.precision").unwrap_or("fp16").to_owned(),
                efficiency: self.number("hardware.efficiency"),
            },
            parallelism: self.parallelism(),
            data: self.present("data").then(|| Data {
                dataset: self.text_of("data.dataset"),
                sample_bytes: self.number("data.sample_bytes"),
                storage_bytes_per_s: self.number("data.storage_bandwidth"),
                cpu_workers: self.count("data.cpu_workers"),
            }),
            ops: self.present("ops").then(|| Ops {
                region: names.region,
                region_name: self.words("ops.region").unwrap_or(DEFAULT_REGION).to_owned(),
                duration_days: self.number("ops.duration_days").unwrap_or(DEFAULT_DURATION_DAYS),
                acquisition: match self.words("ops.acquisition") {
                    Some("rent") => Acquisition::Rent,
                    _ => Acquisition::Buy,
                },
                electricity_usd_per_kwh: self.number("ops.electricity_usd_per_kwh"),
                rent_usd_per_accelerator_hour: self.number("ops.rent_usd_per_accelerator_hour"),
                utilization: self.number("ops.utilization"),
                infrastructure_multiplier: self.number("ops.infrastructure_multiplier").unwrap_or(1.0),
                carbon_usd_per_tonne: self.number("ops.carbon_usd_per_tonne").unwrap_or(0.0),
            }),
            assertions: self.promises(),
        })
    }

    fn text_of(&self, path: &str) -> Option<String> {
        self.words(path).map(str::to_owned)
    }

    fn serve(&self) -> Serve {
        let count = |key| self.count(&join("workload.serve", key));
        Serve {
            prompt_tokens: count("prompt_tokens"),
            output_tokens: count("output_tokens"),
            request_rate_per_s: self.number("workload.serve.request_rate"),
            cached_prefix_tokens: count("cached_prefix_tokens"),
            prefill_chunk_tokens: count("prefill_chunk_tokens"),
            kv_precision: self.text_of("workload.serve.kv_precision"),
            kv_block_tokens: count("kv_block_tokens"),
            draft_model: None,
            draft_acceptance: self.number("workload.serve.draft_acceptance"),
            decode_hardware: None,
            reasoning_steps: count("reasoning_steps"),
        }
    }

    fn train(&self) -> Train {
        Train {
            tokens: self.number("workload.train.tokens"),
            optimizer: self.text_of("workload.train.optimizer"),
            gradient_accumulation: self.count("workload.train.gradient_accumulation"),
            lora_rank: self.count("workload.train.lora_rank"),
            checkpoint_interval_s: self.number("workload.train.checkpoint_interval"),
            dp_epsilon: self.number("workload.train.dp_epsilon"),
        }
    }

    pub(super) fn parallelism(&self) -> Parallelism {
        let count = |key| match self.values.get(&join("parallelism", key)) {
            Some(Given::Auto) => Some(Auto::Auto),
            Some(Given::Count(value)) => Some(Auto::Is(*value)),
            _ => None,
        };
        Parallelism {
            tensor: count("tensor"),
            pipeline: count("pipeline"),
            data: count("data"),
            expert: count("expert"),
            context: count("context"),
            zero: count("zero"),
            microbatches: count("microbatches"),
            virtual_stages: count("virtual_stages"),
            recompute: match self.values.get("parallelism.recompute") {
                Some(Given::Auto) => Some(Auto::Auto),
                Some(Given::Text(word)) => Some(Auto::Is(match word.as_str() {
                    "selective" => Recompute::Selective,
                    "full" => Recompute::Full,
                    _ => Recompute::None,
                })),
                _ => None,
            },
            overlap: match self.values.get("parallelism.overlap") {
                Some(Given::Flag(flag)) => Some(*flag),
                _ => None,
            },
        }
    }

    fn promises(&self) -> Vec<Assertion> {
        self.items("constraints.assert")
            .into_iter()
            .filter_map(|path| {
                Some(Assertion {
                    metric: self.text_of(&join(&path, "metric"))?,
                    max: self.number(&join(&path, "max")),
                    min: self.number(&join(&path, "min")),
                })
            })
            .collect()
    }
}
