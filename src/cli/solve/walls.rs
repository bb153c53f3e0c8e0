//! From inputs by name to the resolvers of single walls and back.

use serde_json::Value;

use super::places;
use super::reader::Reader;
use crate::engine::common::constants::{AMORTIZATION_YEARS, OVERLAP_EFFICIENCY};
use crate::engine::economics::EconomicsInputs;
use crate::engine::fleet::DistributedInputs;
use crate::engine::single::SingleInputs;
use crate::engine::walls::error::WallError;
use crate::engine::walls::{
    batching, capital, checkpoint, communication, complexity, compute, fidelity, fragility, ingestion,
    locality, multi_tenant, reasoning, safety, sensitivity, serving, software, streaming, sustainability,
    synthesis, tail_latency, transformation,
};

/// What a resolver gives back.
pub(super) type Answer = Result<Value, WallError>;

pub(super) fn single_node(reader: &Reader<'_>) -> Answer {
    let (model, hardware) = (reader.model()?, reader.hardware()?);
    let setting = SingleInputs {
        batch: reader.whole("batch_size", 1)?,
        precision: reader.precision()?,
        efficiency: reader.efficiency()?,
        training: reader.flag("is_training", false)?,
        seq_len: reader.whole("seq_len", 2048)?,
        zero_stage: reader.whole("zero_stage", 0)?,
        data_parallel: reader.whole("dp_size", 1)?,
        lora: reader.flag("is_lora", false)?,
        recompute: reader.flag("activation_recomputation", false)?,
        raise_errors: reader.flag("raise_errors", false)?,
    };
    reader.finish()?;
    let inputs = compute::Inputs { model: &model.facts, hardware: &hardware.facts, setting };
    Ok(compute::solve(&inputs)?.to_json())
}

pub(super) fn efficiency(reader: &Reader<'_>) -> Answer {
    // The reference asks for a model and does not look at it.
    if reader.value("model").is_some() {
        reader.model()?;
    }
    let hardware = reader.hardware()?;
    let inputs = software::Inputs {
        hardware: &hardware.facts,
        workload_type: reader.text("workload_type", "ffn")?,
        use_flash_attention: reader.flag("use_flash_attention", false)?,
        precision: reader.text("precision", "fp16")?,
        efficiency: reader.efficiency()?,
    };
    reader.finish()?;
    Ok(software::solve(&inputs)?.to_json())
}

pub(super) fn serving(reader: &Reader<'_>) -> Answer {
    let (model, hardware) = (reader.model()?, reader.hardware()?);
    let decode_hardware =
        reader.value("decode_hardware").map(|_| reader.accelerator("decode_hardware")).transpose()?;
    let network = reader.number("network_bandwidth_bytes_per_s", 100e9)?;
    let draft_model = reader.value("draft_model").map(|_| reader.model_named("draft_model")).transpose()?;
    let acceptance_rate = reader.number("draft_acceptance_rate", 0.7)?;
    let inputs = serving::Inputs {
        model: &model.facts,
        hardware: &hardware.facts,
        seq_len: reader.required_whole("seq_len")?,
        batch_size: reader.whole("batch_size", 1)?,
        precision: reader.text("precision", "fp16")?,
        efficiency: reader.efficiency()?,
        decode: decode_hardware.as_ref().map(|device| serving::Disaggregated {
            hardware: &device.facts,
            network_bandwidth_bytes_per_s: network,
        }),
        draft: draft_model.as_ref().map(|draft| serving::Draft { model: &draft.facts, acceptance_rate }),
        cached_prefix_len: reader.whole("cached_prefix_len", 0)?,
        prefill_chunk_tokens: reader.whole_opt("prefill_chunk_tokens")?,
    };
    reader.finish()?;
    Ok(serving::solve(&inputs)?.to_json())
}

pub(super) fn continuous_batching(reader: &Reader<'_>) -> Answer {
    let (model, hardware) = (reader.model()?, reader.hardware()?);
    let inputs = batching::Inputs {
        model: &model.facts,
        hardware: &hardware.facts,
        max_seq_len: reader.required_whole("max_seq_len")?,
        mean_request_tokens: reader.number_opt("mean_request_tokens")?,
        max_batch_size: reader.whole("max_batch_size", 1)?,
        page_size: reader.whole("page_size", 16)?,
        precision: reader.text("precision", "fp16")?,
        efficiency: reader.efficiency()?,
    };
    reader.finish()?;
    Ok(batching::solve(&inputs)?.to_json())
}

pub(super) fn weight_streaming(reader: &Reader<'_>) -> Answer {
    let (model, hardware) = (reader.model()?, reader.hardware()?);
    let inputs = streaming::Inputs {
        model: &model.facts,
        hardware: &hardware.facts,
        seq_len: reader.required_whole("seq_len")?,
        batch_size: reader.whole("batch_size", 1)?,
        precision: reader.text("precision", "fp16")?,
        efficiency: reader.efficiency()?,
        prefill: reader.text("phase", "decode")? == "prefill",
    };
    reader.finish()?;
    Ok(streaming::solve(&inputs)?.to_json())
}

pub(super) fn tail_latency(reader: &Reader<'_>) -> Answer {
    let inputs = tail_latency::Inputs {
        arrival_rate_qps: reader.required_number("arrival_rate_qps")?,
        service_latency_ms: reader.required_number("service_latency_ms")?,
        // Half a replica is none; at least one answers.
        num_replicas: reader.number("num_replicas", 1.0)?.max(1.0) as u64,
        service_time_cv: reader.number("service_time_cv", 1.0)?,
    };
    reader.finish()?;
    Ok(tail_latency::solve(&inputs)?.to_json())
}

pub(super) fn data(reader: &Reader<'_>) -> Answer {
    let hardware = reader.hardware()?;
    let inputs = ingestion::Inputs {
        workload_data_rate_bytes_per_s: reader.required_number("workload_data_rate_bytes_per_s")?,
        hardware: &hardware.facts,
    };
    reader.finish()?;
    Ok(ingestion::solve(&inputs)?.to_json())
}

pub(super) fn transformation(reader: &Reader<'_>) -> Answer {
    let inputs = transformation::Inputs {
        batch_size: reader.required_number("batch_size")?,
        sample_size_bytes: reader.required_number("sample_size_bytes")?,
        cpu_throughput_bytes_per_s: reader.required_number("cpu_throughput_bytes_per_s")?,
        accelerator_step_time_s: reader.required_number("accelerator_step_time_s")?,
    };
    reader.finish()?;
    Ok(transformation::solve(&inputs)?.to_json())
}

pub(super) fn topology(reader: &Reader<'_>) -> Answer {
    let fabric = places::fabric(reader)?;
    let inputs = locality::Inputs {
        link_bytes_per_s: fabric.bytes_per_s,
        oversubscription_ratio: fabric.oversubscription,
        topology: reader.text("topology", "fat_tree")?,
        num_nodes: reader.whole("num_nodes", 64)?,
    };
    reader.finish()?;
    Ok(locality::solve(&inputs)?.to_json())
}

pub(super) fn scaling(reader: &Reader<'_>) -> Answer {
    let flop = reader.number_opt("compute_budget_flop")?;
    let days = reader.number_opt("compute_budget_h100_days")?;
    let budget = match (flop, days) {
        (Some(flop), None) => complexity::Budget::Flop(flop),
        (None, Some(days)) => complexity::Budget::H100Days(days),
        (None, None) => {
            return Err(WallError::schema("compute_budget_flop", "is required, or compute_budget_h100_days"));
        }
        (Some(_), Some(_)) => {
            return Err(WallError::bad_input(
                "compute_budget_h100_days",
                "must not stand beside compute_budget_flop",
            ));
        }
    };
    let inputs =
        complexity::Inputs { budget, target_model_params: reader.number_opt("target_model_params")? };
    reader.finish()?;
    Ok(complexity::solve(&inputs)?.to_json())
}

pub(super) fn inference_scaling(reader: &Reader<'_>) -> Answer {
    let (model, hardware) = (reader.model()?, reader.hardware()?);
    let inputs = reasoning::Inputs {
        model: &model.facts,
        hardware: &hardware.facts,
        reasoning_steps: reader.whole("reasoning_steps", 8)?,
        context_length: reader.whole("context_length", 2048)?,
        precision: reader.text("precision", "fp16")?,
        efficiency: reader.efficiency()?,
    };
    reader.finish()?;
    Ok(reasoning::solve(&inputs)?.to_json())
}

pub(super) fn compression(reader: &Reader<'_>) -> Answer {
    let (model, hardware) = (reader.model()?, reader.hardware()?);
    let inputs = fidelity::Inputs {
        model: &model.facts,
        hardware: &hardware.facts,
        method: reader.text("method", "quantization")?,
        target_bitwidth: reader.whole("target_bitwidth", 8)?,
        sparsity: reader.number("sparsity", 0.0)?,
        sparsity_type: reader.text("sparsity_type", "unstructured")?,
        baseline_precision: reader.text("baseline_precision", "fp32")?,
    };
    reader.finish()?;
    Ok(fidelity::solve(&inputs)?.to_json())
}

pub(super) fn distributed(reader: &Reader<'_>) -> Answer {
    let (model, fleet) = (reader.model()?, places::fleet(reader)?);
    // Accepted and without effect, as in the reference.
    reader.text_opt("topology_override")?;
    let setting = DistributedInputs {
        batch: reader.whole("batch_size", 1)?,
        precision: reader.precision()?,
        efficiency: reader.efficiency()?,
        tensor: reader.whole("tp_size", 1)?,
        pipeline: reader.whole("pp_size", 1)?,
        expert: reader.whole("ep_size", 1)?,
        virtual_stages: reader.whole("v_stages", 1)?,
        microbatches: reader.whole("microbatch_count", 1)?,
        zero_stage: reader.whole("zero_stage", 0)?,
        lora: reader.flag("is_lora", false)?,
        recompute: reader.flag("activation_recomputation", false)?,
        overlap: reader.flag("overlap_comm", false)?,
        overlap_efficiency: reader.number("overlap_efficiency", OVERLAP_EFFICIENCY)?,
        congestion_factor: reader.number("congestion_factor", 1.0)?,
        straggler_factor: reader.number("straggler_factor", 1.0)?,
        routing_imbalance: reader.number("moe_routing_imbalance_factor", 1.0)?,
        gradient_accumulation: reader.whole("gradient_accumulation_steps", 1)?,
        seq_len: reader.whole("seq_len", 2048)?,
    };
    reader.finish()?;
    let inputs = communication::Inputs { model: &model.facts, fleet: fleet.fleet(), setting };
    Ok(communication::solve(&inputs)?.to_json())
}

pub(super) fn reliability(reader: &Reader<'_>) -> Answer {
    let facts = places::fleet(reader)?;
    let fleet = facts.fleet();
    let inputs = fragility::Inputs {
        node_count: fleet.node_count as f64,
        accelerators_per_node: fleet.accelerators_per_node as f64,
        nics_per_node: fleet.nics_per_node as f64,
        psus_per_node: fleet.psus_per_node as f64,
        psu_redundancy: fleet.psu_redundancy as f64,
        job_duration_hours: reader.required_number("job_duration_hours")?,
        checkpoint_time_s: reader.number("checkpoint_time_s", 60.0)?,
        avg_recovery_time_s: reader.number("avg_recovery_time_s", 300.0)?,
    };
    reader.finish()?;
    Ok(fragility::solve(&inputs)?.to_json())
}

pub(super) fn orchestration(reader: &Reader<'_>) -> Answer {
    // The reference asks for a fleet and does not look at it.
    places::fleet_opt(reader)?;
    let inputs = multi_tenant::Inputs {
        arrival_rate_jobs_per_day: reader.required_number("arrival_rate_jobs_per_day")?,
        avg_job_duration_days: reader.required_number("avg_job_duration_days")?,
    };
    reader.finish()?;
    Ok(multi_tenant::solve(&inputs)?.to_json())
}

/// The economic inputs that wall 17 and the placement optimizer share.
pub(super) fn money(reader: &Reader<'_>, accelerators: u64) -> Result<EconomicsInputs, WallError> {
    Ok(EconomicsInputs {
        accelerators: accelerators as f64,
        duration_days: reader.required_number("duration_days")?,
        utilization: reader.number("mfu", 1.0)?,
        ..EconomicsInputs::default()
    })
}

pub(super) fn economics(reader: &Reader<'_>) -> Answer {
    let fleet = places::fleet(reader)?;
    let setting = EconomicsInputs {
        electricity_usd_per_kwh: reader.number_opt("kwh_price_usd")?,
        amortization_years: reader.number("amortization_years", AMORTIZATION_YEARS)?,
        infrastructure_multiplier: reader.number("infrastructure_multiplier", 1.0)?,
        ..money(reader, fleet.fleet().accelerators())?
    };
    let place = places::place(reader)?;
    reader.finish()?;
    let inputs =
        capital::Inputs { hardware: fleet.device(), setting, place: fleet.environment(place.as_ref()) };
    Ok(capital::solve(&inputs)?.to_json())
}

pub(super) fn sustainability(reader: &Reader<'_>) -> Answer {
    let fleet = places::fleet(reader)?;
    let place = places::place(reader)?;
    let inputs = sustainability::Inputs {
        hardware: fleet.device(),
        accelerators: fleet.fleet().accelerators() as f64,
        duration_days: reader.required_number("duration_days")?,
        mfu: reader.number("mfu", 1.0)?,
        embodied_carbon_kg_per_device: reader.number("embodied_carbon_kg_per_device", 0.0)?,
        place: fleet.environment(place.as_ref()),
    };
    reader.finish()?;
    Ok(sustainability::solve(&inputs)?.to_json())
}

pub(super) fn checkpoint(reader: &Reader<'_>) -> Answer {
    let (model, hardware) = (reader.model()?, reader.hardware()?);
    let inputs = checkpoint::Inputs {
        model: &model.facts,
        hardware: &hardware.facts,
        optimizer: reader.text("optimizer", "adam")?,
        checkpoint_interval_hours: reader.number("checkpoint_interval_hours", 4.0)?,
        n_writers: reader.whole("n_writers", 1)?,
        filesystem_limit_gbs: reader.number("filesystem_limit_gbs", 500.0)?,
    };
    reader.finish()?;
    Ok(checkpoint::solve(&inputs)?.to_json())
}

pub(super) fn responsible_engineering(reader: &Reader<'_>) -> Answer {
    let inputs = safety::Inputs {
        base_training_time_s: reader.required_number("base_training_time_s")?,
        epsilon: reader.number("epsilon", 1.0)?,
        delta: reader.number("delta", 1e-5)?,
        min_subgroup_prevalence: reader.number("min_subgroup_prevalence", 0.01)?,
    };
    reader.finish()?;
    Ok(safety::solve(&inputs)?.to_json())
}

pub(super) fn sensitivity(reader: &Reader<'_>) -> Answer {
    let (model, hardware) = (reader.model()?, reader.hardware()?);
    let inputs = sensitivity::Inputs {
        model: &model.facts,
        hardware: &hardware.facts,
        precision: reader.text("precision", "fp16")?,
        perturbation_pct: reader.number("perturbation_pct", 10.0)?,
        efficiency: reader.efficiency()?,
    };
    reader.finish()?;
    Ok(sensitivity::solve(&inputs)?.to_json())
}

pub(super) fn synthesis(reader: &Reader<'_>) -> Answer {
    let model = reader.model()?;
    let inputs = synthesis::Inputs {
        model: &model.facts,
        target_latency_s: reader.required_number("target_latency_s")?,
        precision: reader.text("precision", "fp16")?,
        efficiency: reader.efficiency()?,
    };
    reader.finish()?;
    Ok(synthesis::solve(&inputs)?.to_json())
}
