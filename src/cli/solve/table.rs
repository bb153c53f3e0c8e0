//! The resolvers by name: what `solve` finds, lists and documents.

use super::reader::Reader;
use super::walls::Answer;
use super::{composites, walls};

/// One resolver.
pub struct Resolver {
    /// Name in the reference, for example `TailLatencyModel`.
    pub name: &'static str,
    /// The walls it answers for.
    pub walls: &'static [u8],
    /// Other names, lower case letters and digits.
    pub aliases: &'static [&'static str],
    /// Inputs: required ones bare, others in brackets with their default. `fleet` and `fabric` are names, or
    /// objects whose keys are written `fleet.node_count`.
    pub inputs: &'static str,
    pub(super) run: fn(&Reader<'_>) -> Answer,
}

macro_rules! resolvers {
    ($($name:literal [$($wall:literal),*] [$($alias:literal),*] $run:path, $inputs:literal;)*) => {
        &[$(Resolver {
            name: $name,
            walls: &[$($wall),*],
            aliases: &[$($alias),*],
            inputs: $inputs,
            run: $run,
        }),*]
    };
}

/// Every resolver, by wall.
pub const RESOLVERS: &[Resolver] = resolvers! {
    "SingleNodeModel" [1, 2] ["compute", "memory"] walls::single_node,
        "model hardware [batch_size 1] [precision fp16] [efficiency 0.5] [is_training false] [seq_len 2048] [zero_stage 0] [dp_size 1] [is_lora false] [activation_recomputation false] [raise_errors false]";
    "EfficiencyModel" [3] ["software"] walls::efficiency,
        "hardware [model] [workload_type ffn] [use_flash_attention false] [precision fp16] [efficiency 0.5]";
    "ServingModel" [4] ["serving"] walls::serving,
        "model hardware seq_len [batch_size 1] [precision fp16] [efficiency 0.5] [decode_hardware] [network_bandwidth_bytes_per_s 100e9] [draft_model] [draft_acceptance_rate 0.7] [cached_prefix_len 0] [prefill_chunk_tokens]";
    "ContinuousBatchingModel" [5] ["batching"] walls::continuous_batching,
        "model hardware max_seq_len [mean_request_tokens] [max_batch_size 1] [page_size 16] [precision fp16] [efficiency 0.5]";
    "WeightStreamingModel" [6] ["streaming"] walls::weight_streaming,
        "model hardware seq_len [batch_size 1] [precision fp16] [efficiency 0.5] [phase decode]";
    "TailLatencyModel" [7] ["taillatency"] walls::tail_latency,
        "arrival_rate_qps service_latency_ms [num_replicas 1] [service_time_cv 1]";
    "DataModel" [8] ["ingestion"] walls::data, "workload_data_rate_bytes_per_s hardware";
    "TransformationModel" [9] ["transformation"] walls::transformation,
        "batch_size sample_size_bytes cpu_throughput_bytes_per_s accelerator_step_time_s";
    "TopologyModel" [10] ["locality"] walls::topology, "fabric [topology fat_tree] [num_nodes 64]";
    "ScalingModel" [11] ["complexity"] walls::scaling,
        "compute_budget_flop or compute_budget_h100_days [target_model_params]";
    "InferenceScalingModel" [12] ["reasoning"] walls::inference_scaling,
        "model hardware [reasoning_steps 8] [context_length 2048] [precision fp16] [efficiency 0.5]";
    "CompressionModel" [13] ["fidelity"] walls::compression,
        "model hardware [method quantization] [target_bitwidth 8] [sparsity 0] [sparsity_type unstructured] [baseline_precision fp32]";
    "DistributedModel" [14] ["communication"] walls::distributed,
        "model fleet [batch_size 1] [precision fp16] [efficiency 0.5] [tp_size 1] [pp_size 1] [ep_size 1] [v_stages 1] [microbatch_count 1] [zero_stage 0] [is_lora false] [activation_recomputation false] [overlap_comm false] [overlap_efficiency 0.85] [congestion_factor 1] [straggler_factor 1] [moe_routing_imbalance_factor 1] [gradient_accumulation_steps 1] [seq_len 2048] [topology_override]";
    "ReliabilityModel" [15] ["fragility"] walls::reliability,
        "fleet job_duration_hours [checkpoint_time_s 60] [avg_recovery_time_s 300]";
    "OrchestrationModel" [16] ["multitenant"] walls::orchestration,
        "arrival_rate_jobs_per_day avg_job_duration_days [fleet]";
    "EconomicsModel" [17] ["capital"] walls::economics,
        "fleet duration_days [kwh_price_usd 0.12] [datacenter] [grid] [mfu 1] [amortization_years 3] [infrastructure_multiplier 1]";
    "SustainabilityModel" [18] ["sustainability"] walls::sustainability,
        "fleet duration_days [datacenter] [grid] [mfu 1] [embodied_carbon_kg_per_device 0]";
    "CheckpointModel" [19] ["checkpoint"] walls::checkpoint,
        "model hardware [optimizer adam] [checkpoint_interval_hours 4] [n_writers 1] [filesystem_limit_gbs 500]";
    "ResponsibleEngineeringModel" [20] ["safety"] walls::responsible_engineering,
        "base_training_time_s [epsilon 1] [delta 1e-5] [min_subgroup_prevalence 0.01]";
    "SensitivitySolver" [21] ["sensitivity"] walls::sensitivity,
        "model hardware [precision fp16] [perturbation_pct 10] [efficiency 0.5]";
    "SynthesisSolver" [22] ["synthesis"] walls::synthesis,
        "model target_latency_s [precision fp16] [efficiency 0.5]";
    "TrainingMemoryModel" [2] ["trainingmemory"] composites::training_memory,
        "model hardware [batch_size 1] [seq_len 2048] [precision fp16] [optimizer adam] [activation_checkpointing selective] [tp_size 1] [pp_size 1] [dp_size 1] [ep_size 1] [zero_stage 0] [gradient_accumulation_steps 1] [trainable_fraction 1] [communication_buffer_fraction 0.05] [sequence_parallel true]";
    "ServingCapacityModel" [4, 5, 7] ["servingcapacity"] composites::serving_capacity,
        "model hardware qps target_p99_latency_ms [max_seq_len 2048] [mean_request_tokens] [output_tokens 128] [max_batch_size 32] [precision fp16] [efficiency 0.5] [max_replicas 1024] [service_time_cv 1]";
    "MoERoutingModel" [14] ["moerouting"] composites::moe_routing,
        "model batch_size seq_len [precision fp16] [ep_size 1] [routing_imbalance_factor 1] [fleet]";
    "NetworkRooflineModel" [] ["networkroofline"] composites::network_roofline,
        "model fleet [precision fp16] [efficiency 0.5]";
    "ParallelismOptimizer" [14] ["parallelism"] composites::parallelism,
        "model fleet batch_size [precision fp16] [efficiency 0.5] [max_tp] [max_pp] [overlap_comm true] [seq_len 2048] [activation_recomputation false]";
    "BatchingOptimizer" [5, 7] [] composites::batching,
        "model hardware seq_len sla_latency_ms arrival_rate_qps [num_replicas 1] [precision fp16] [efficiency 0.5] [max_search_batch 256]";
    "PlacementOptimizer" [17, 18] ["placement"] composites::placement,
        "fleet duration_days [regions US_Avg,Quebec,Iowa] [carbon_tax_per_ton 100] [mfu 1]";
};

/// A resolver by its name in the reference, its wall's name (`tail latency`) or its wall's number.
pub fn named(name: &str) -> Option<&'static Resolver> {
    let wanted: String = name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase();
    let number = wanted.parse::<u8>().ok();
    RESOLVERS.iter().find(|resolver| {
        resolver.name.eq_ignore_ascii_case(&wanted)
            || resolver.aliases.contains(&wanted.as_str())
            || number.is_some_and(|number| resolver.walls.contains(&number))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::walls::WALLS;

    #[test]
    fn every_wall_is_found_by_number_and_by_name() {
        for wall in WALLS {
            let by_number = named(&wall.number.to_string()).unwrap();
            assert!(by_number.walls.contains(&wall.number), "{}", wall.name);
            assert_eq!(named(wall.name).map(|found| found.name), Some(by_number.name), "{}", wall.name);
        }
        assert!(named("23").is_none() && named("").is_none() && named("TailLatencyModel").is_some());
    }
}
