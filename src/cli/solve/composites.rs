//! From inputs by name to the resolvers of several walls, the optimizers, and back.

use serde_json::Value;

use super::places::{self, Place};
use super::reader::Reader;
use super::walls::{Answer, money};
use crate::engine::common::constants::COMMUNICATION_BUFFER_FRACTION;
use crate::engine::common::memory::TrainingMemoryInputs;
use crate::engine::walls::error::WallError;
use crate::engine::walls::{
    batching_optimizer, moe_routing, network_roofline, parallelism_optimizer, placement_optimizer,
    serving_capacity, training_memory,
};

pub(super) fn training_memory(reader: &Reader<'_>) -> Answer {
    let (model, hardware) = (reader.model()?, reader.hardware()?);
    let shape = TrainingMemoryInputs {
        batch: reader.whole("batch_size", 1)?,
        seq_len: reader.whole("seq_len", 2048)?,
        tensor: reader.whole("tp_size", 1)?,
        pipeline: reader.whole("pp_size", 1)?,
        data: reader.whole("dp_size", 1)?,
        expert: reader.whole("ep_size", 1)?,
        zero_stage: reader.whole("zero_stage", 0)?,
        gradient_accumulation: reader.whole("gradient_accumulation_steps", 1)?,
        trainable_fraction: reader.number("trainable_fraction", 1.0)?,
        buffer_fraction: reader.number("communication_buffer_fraction", COMMUNICATION_BUFFER_FRACTION)?,
        sequence_parallel: reader.flag("sequence_parallel", true)?,
        ..TrainingMemoryInputs::default()
    };
    let inputs = training_memory::Inputs {
        model: &model.facts,
        hardware: &hardware.facts,
        precision: reader.text("precision", "fp16")?,
        optimizer: reader.text("optimizer", "adam")?,
        activation_checkpointing: reader.text("activation_checkpointing", "selective")?,
        shape,
    };
    reader.finish()?;
    Ok(training_memory::solve(&inputs)?.to_json())
}

pub(super) fn serving_capacity(reader: &Reader<'_>) -> Answer {
    let (model, hardware) = (reader.model()?, reader.hardware()?);
    let inputs = serving_capacity::Inputs {
        model: &model.facts,
        hardware: &hardware.facts,
        qps: reader.required_number("qps")?,
        target_p99_latency_ms: reader.required_number("target_p99_latency_ms")?,
        max_seq_len: reader.whole("max_seq_len", 2048)?,
        mean_request_tokens: reader.number_opt("mean_request_tokens")?,
        output_tokens: reader.whole("output_tokens", 128)?,
        max_batch_size: reader.whole("max_batch_size", 32)?,
        precision: reader.text("precision", "fp16")?,
        efficiency: reader.efficiency()?,
        max_replicas: reader.whole("max_replicas", 1024)?,
        service_time_cv: reader.number("service_time_cv", 1.0)?,
    };
    reader.finish()?;
    Ok(serving_capacity::solve(&inputs)?.to_json())
}

pub(super) fn moe_routing(reader: &Reader<'_>) -> Answer {
    let model = reader.model()?;
    let fleet = places::fleet_opt(reader)?;
    let inputs = moe_routing::Inputs {
        model: &model.facts,
        batch_size: reader.required_whole("batch_size")?,
        seq_len: reader.required_whole("seq_len")?,
        precision: reader.text("precision", "fp16")?,
        ep_size: reader.whole("ep_size", 1)?,
        routing_imbalance_factor: reader.number("routing_imbalance_factor", 1.0)?,
        network: fleet.as_ref().map(|facts| {
            let fleet = facts.fleet();
            moe_routing::Network {
                bytes_per_s: fleet.inter_node_bytes_per_s(),
                latency_s: fleet.inter_node_latency_s(),
            }
        }),
    };
    reader.finish()?;
    Ok(moe_routing::solve(&inputs)?.to_json())
}

pub(super) fn network_roofline(reader: &Reader<'_>) -> Answer {
    let (model, fleet) = (reader.model()?, places::fleet(reader)?);
    let inputs = network_roofline::Inputs {
        model: &model.facts,
        hardware: fleet.device(),
        accelerators: fleet.fleet().accelerators() as f64,
        network_bytes_per_s: fleet.fleet().inter_node_bytes_per_s(),
        precision: reader.text("precision", "fp16")?,
        efficiency: reader.efficiency()?,
    };
    reader.finish()?;
    Ok(network_roofline::solve(&inputs)?.to_json())
}

pub(super) fn parallelism(reader: &Reader<'_>) -> Answer {
    let (model, fleet) = (reader.model()?, places::fleet(reader)?);
    let inputs = parallelism_optimizer::Inputs {
        model: &model.facts,
        fleet: fleet.fleet(),
        batch_size: reader.required_whole("batch_size")?,
        precision: reader.precision()?,
        efficiency: reader.efficiency()?,
        max_tp: reader.whole_opt("max_tp")?,
        max_pp: reader.whole_opt("max_pp")?,
        overlap_comm: reader.flag("overlap_comm", true)?,
        seq_len: reader.whole("seq_len", 2048)?,
        activation_recomputation: reader.flag("activation_recomputation", false)?,
    };
    reader.finish()?;
    Ok(parallelism_optimizer::solve(&inputs)?.to_json())
}

pub(super) fn batching(reader: &Reader<'_>) -> Answer {
    let (model, hardware) = (reader.model()?, reader.hardware()?);
    let inputs = batching_optimizer::Inputs {
        model: &model.facts,
        hardware: &hardware.facts,
        seq_len: reader.required_whole("seq_len")?,
        sla_latency_ms: reader.required_number("sla_latency_ms")?,
        arrival_rate_qps: reader.required_number("arrival_rate_qps")?,
        num_replicas: reader.whole("num_replicas", 1)?,
        precision: reader.text("precision", "fp16")?,
        efficiency: reader.efficiency()?,
        max_search_batch: reader.whole("max_search_batch", 256)?,
    };
    reader.finish()?;
    Ok(batching_optimizer::solve(&inputs)?.to_json())
}

fn regions<'a>(reader: &Reader<'a>) -> Result<Vec<&'a str>, WallError> {
    let wrong = || WallError::schema("regions", "must be a list of grid names");
    match reader.value("regions") {
        None => Ok(placement_optimizer::DEFAULT_REGIONS.to_vec()),
        // From the command line: regions=Quebec,Iowa
        Some(Value::String(text)) => Ok(text.split(',').map(str::trim).collect()),
        Some(Value::Array(names)) => {
            names.iter().map(|name| name.as_str().ok_or_else(wrong)).collect::<Result<Vec<_>, _>>()
        }
        Some(_) => Err(wrong()),
    }
}

pub(super) fn placement(reader: &Reader<'_>) -> Answer {
    let fleet = places::fleet(reader)?;
    let setting = money(reader, fleet.fleet().accelerators())?;
    let carbon_tax_per_ton = reader.number("carbon_tax_per_ton", 100.0)?;
    // Names that are unknown are left out, as in the reference.
    let places: Vec<(String, Place)> = regions(reader)?
        .into_iter()
        .filter_map(|name| reader.registry().grid(reader.physics(), name).ok())
        .map(|grid| (grid.id.clone(), Place::on_grid(grid)))
        .collect();
    reader.finish()?;
    let inputs = placement_optimizer::Inputs {
        hardware: fleet.device(),
        setting,
        regions: places.iter().map(|(name, place)| (name.clone(), fleet.environment(Some(place)))).collect(),
        carbon_tax_per_ton,
    };
    Ok(placement_optimizer::solve(&inputs)?.to_json())
}
