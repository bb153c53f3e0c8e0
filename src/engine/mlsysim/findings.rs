//! What the profile says beside its numbers: warnings, wall readings, suggestions.

use super::levers::time_s;
use super::{Composition, Step, fleet};
use crate::engine::common::constants::FALLBACK_TDP_W;
use crate::engine::common::memory::kv_cache_bytes;
use crate::engine::common::{Precision, weight_bytes};
use crate::engine::fleet::Distributed;
use crate::engine::format;
use crate::engine::readings::{
    self, Communication, Load, PhaseLoads, Queue, ReadingInputs, Readings, ServingFigures,
};
use crate::engine::report::{Report, Suggestion, WallState, Warning};
use crate::engine::single::{NodeProfile, precision_falls_back};
use crate::engine::studio::machine::is_encoder;
use crate::engine::walls::{batching, serving};
use crate::plan::{Mode, ModeChoice, Plan};
use crate::registry::Registry;

/// Output of a request where a plan does not say, tokens, as in `ServingCapacityModel`.
const OUTPUT_TOKENS: u64 = 128;

pub(super) fn warnings(plan: &Plan, composition: &Composition) -> Vec<Warning> {
    let mut warnings = Vec::new();
    let mut warn = |code, message: String| warnings.push(Warning { code, message });
    let accelerator = &plan.hardware.accelerator;
    let device = &accelerator.facts;
    let batch = plan.workload.batch_size;
    let single_engine = match &composition.step {
        Step::Single(_) => true,
        Step::Fleet(step) => step.single_device_replica,
    };
    if single_engine && precision_falls_back(device, composition.precision) {
        warn(
            "precision_fallback",
            format!(
                "{} lists no {} rate; its default peak of {} is used instead",
                accelerator.name,
                composition.precision.key(),
                format::flop_per_s(device.peak_flop_per_s)
            ),
        );
    }
    if let Step::Fleet(step) = &composition.step {
        if !step.node.feasible {
            warn(
                "fleet_memory",
                format!(
                    "a replica needs {} per accelerator and has {}; mlsysim 0.3.0 does not check this for fleets",
                    format::bytes(step.node.footprint_bytes),
                    format::bytes(device.memory_bytes)
                ),
            );
        }
        if step.idle_ranks > 0 {
            warn(
                "idle_ranks",
                format!(
                    "a batch of {batch} gives {} of {} accelerators no work, yet mlsysim 0.3.0 counts them as busy",
                    step.idle_ranks, step.data
                ),
            );
        }
        if step.dropped > 0 {
            warn(
                "remainder_dropped",
                format!(
                    "a batch of {batch} over {} replicas leaves {} over; mlsysim 0.3.0 drops the remainder",
                    step.data, step.dropped
                ),
            );
        }
        if plan.workload.mode == ModeChoice::Serve {
            warn("mode_ignored", "mlsysim 0.3.0 evaluates every fleet as one training step".into());
        }
    } else if plan.workload.mode == ModeChoice::Train {
        warn("mode_ignored", "mlsysim 0.3.0 evaluates one accelerator as inference".into());
    }
    if let Some(ops) = &plan.ops {
        if ops.region.is_none() {
            warn(
                "unknown_region",
                format!(
                    "{} is not a known region; mlsysim 0.3.0 prices every plan at US_Avg",
                    ops.region_name
                ),
            );
        } else if !ops.region_name.eq_ignore_ascii_case("US_Avg") {
            warn(
                "region_ignored",
                format!(
                    "region {} has no effect: mlsysim 0.3.0 prices every plan at US_Avg",
                    ops.region_name
                ),
            );
        }
        if composition.economics.is_some() && device.unit_cost_usd.is_none() {
            warn(
                "unknown_price",
                format!("the price of {} is not known; the purchase counts as 0 USD", accelerator.name),
            );
        }
        if composition.economics.is_some() && device.tdp_w.is_none() {
            warn(
                "unknown_power",
                format!("the power of {} is not known; {FALLBACK_TDP_W} W is used", accelerator.name),
            );
        }
    }
    warnings
}

/// Walls 4, 5 and 7 of a language model on one device, from their resolvers.
fn serving(plan: &Plan, composition: &Composition) -> Option<(ServingFigures, Queue)> {
    let entry = &plan.workload.model;
    let (model, device) = (&entry.facts, &plan.hardware.accelerator.facts);
    if !matches!(composition.step, Step::Single(_)) || !model.kind.is_transformer() || is_encoder(entry) {
        return None;
    }
    let (batch, context) = (plan.workload.batch_size.max(1), plan.workload.seq_len.max(1));
    let precision = composition.precision;
    let asked = plan.workload.serve.as_ref();
    let inputs = serving::Inputs {
        cached_prefix_len: asked.and_then(|serve| serve.cached_prefix_tokens).unwrap_or(0).min(context - 1),
        prefill_chunk_tokens: asked.and_then(|serve| serve.prefill_chunk_tokens).filter(|&chunk| chunk > 0),
        ..serving::Inputs::plain(model, device, context, batch, precision.key(), composition.efficiency)
    };
    let answer = serving::solve(&inputs).ok()?;
    let room = batching::solve(&batching::Inputs {
        model,
        hardware: device,
        max_seq_len: context,
        mean_request_tokens: None,
        max_batch_size: u64::MAX,
        page_size: asked.and_then(|serve| serve.kv_block_tokens).unwrap_or(16).max(1),
        precision: precision.key(),
        efficiency: composition.efficiency,
    })
    .ok()?;
    let output = asked.and_then(|serve| serve.output_tokens).unwrap_or(OUTPUT_TOKENS).max(1) as f64;
    let latency_s = answer.ttft_s + output * answer.itl_s;
    let figures = ServingFigures {
        ttft_s: answer.ttft_s,
        itl_s: answer.itl_s,
        thinking_itl_s: answer.itl_s,
        sequences: batch as f64,
        most: room.max_active_requests as f64,
        prompt: context as f64,
        context: context as f64,
        kv_token_bytes: kv_cache_bytes(model, 1.0, 1.0, precision.bytes()),
        weights: answer.model_weights_size_bytes,
    };
    // A replica that is full answers its batch once every output.
    let queue = Queue { per_server_per_s: batch as f64 / (answer.itl_s * output), servers: 1, latency_s };
    Some((figures, queue))
}

/// What the fleet says to itself, without words.
fn talk(step: &Distributed) -> Communication {
    Communication {
        data_s: step.data_parallel_s,
        tensor_s: step.tensor_parallel_s,
        expert_s: step.expert_parallel_s,
        bubble_s: step.bubble_s,
        exposed_s: step.communication_s,
        how: String::new(),
    }
}

fn main_loads(composition: &Composition) -> PhaseLoads {
    let node = composition.step.node();
    PhaseLoads {
        total_s: time_s(&composition.step),
        compute: Load { amount: node.flop, rate: node.flop_per_s, seconds: node.compute_s },
        memory: Load { amount: node.traffic_bytes, rate: node.bytes_per_s, seconds: node.memory_s },
        overhead_s: node.overhead_s,
        talk_s: match &composition.step {
            Step::Single(_) => 0.0,
            Step::Fleet(step) => talk(step).waiting_s(),
        },
        stream_s: 0.0,
    }
}

/// What is known before words and money: enough to tell the binding wall.
fn loads<'a>(
    plan: &'a Plan,
    registry: &'a Registry,
    mode: Mode,
    composition: &Composition,
) -> ReadingInputs<'a> {
    let node = composition.step.node();
    ReadingInputs {
        plan,
        registry,
        mode,
        main: main_loads(composition),
        node_size: plan.hardware.node_size(plan.physics) as f64,
        prefill: None,
        footprint_bytes: node.footprint_bytes,
        batch_fills: false,
        capacity_bytes: plan.hardware.accelerator.facts.memory_bytes,
        mfu: node.mfu,
        efficiency: composition.efficiency,
        communication: None,
        serving: None,
        streaming: None,
        queue: None,
        tco: None,
        carbon: None,
        unpriced: WallState::Clear,
        uncounted: WallState::Clear,
        sensitivities: &[],
    }
}

/// The wall that limits the plan: the one that all 22 readings name.
pub(super) fn binding(plan: &Plan, registry: &Registry, composition: &Composition) -> u8 {
    readings::binding(&loads(plan, registry, composition.mode(), composition))
}

pub(super) fn walls(
    report: &Report,
    plan: &Plan,
    registry: &Registry,
    composition: &Composition,
) -> Readings {
    let node = composition.step.node();
    let communication = match &composition.step {
        Step::Single(_) => None,
        Step::Fleet(step) => Some(Communication { how: how(step, plan), ..talk(step) }),
    };
    let unpriced = if plan.ops.is_some() {
        WallState::NotApplicable("mlsysim 0.3.0 prices fleets only".into())
    } else {
        WallState::NeedsInput("ops".into())
    };
    let served = serving(plan, composition);
    let queue = served.map(|(_, queue)| queue).or_else(|| {
        (report.mode == Mode::Serve).then_some(Queue {
            per_server_per_s: node.throughput_per_s,
            servers: 1,
            latency_s: node.latency_s,
        })
    });
    readings::readings(&ReadingInputs {
        communication,
        serving: served.map(|(figures, _)| figures),
        queue,
        tco: report.tco.as_ref(),
        carbon: report.carbon.as_ref(),
        uncounted: unpriced.clone(),
        unpriced,
        sensitivities: &report.sensitivities,
        ..loads(plan, registry, report.mode, composition)
    })
}

/// The gradient exchange in numbers.
fn how(step: &Distributed, plan: &Plan) -> String {
    let (Some(exchange), Ok(fleet)) = (step.exchange, fleet(plan)) else {
        return String::new();
    };
    let leg = |ranks: u64, bytes: f64, rate: f64| {
        format!("2({ranks}−1)/{ranks} × {} / {}", format::bytes(bytes), format::bytes_per_s(rate))
    };
    let (inside, between) = (fleet.intra_node_bytes_per_s, fleet.inter_node_bytes_per_s());
    match (exchange.nodes, exchange.ranks_per_node) {
        (1, _) => format!("ring inside the node: {} + latencies", leg(step.data, exchange.bytes, inside)),
        (_, 1) => format!("ring over the fabric: {} + latencies", leg(step.data, exchange.bytes, between)),
        (nodes, ranks) => format!(
            "inside nodes: {}; over the fabric: {}; + latencies",
            leg(ranks, exchange.bytes, inside),
            leg(nodes, exchange.bytes / ranks as f64, between)
        ),
    }
}

/// For one device that is too small: the widest precision at which the weights fit.
pub(super) fn suggestions(plan: &Plan, node: &NodeProfile) -> Vec<Suggestion> {
    if node.feasible || plan.hardware.accelerators > 1 {
        return Vec::new();
    }
    let capacity = plan.hardware.accelerator.facts.memory_bytes;
    [Precision::Fp16, Precision::Int8, Precision::Int4]
        .into_iter()
        .find_map(|precision| {
            let needed = weight_bytes(&plan.workload.model.facts, precision.bytes()).ok()?;
            (needed <= capacity && needed < node.footprint_bytes).then(|| Suggestion {
                title: format!("use {} weights", precision.key()),
                edits: vec![("hardware.precision".into(), precision.key().into())],
                gain: format!(
                    "fits: {} of {} instead of {}",
                    format::bytes(needed),
                    format::bytes(capacity),
                    format::bytes(node.footprint_bytes)
                ),
                metric: "feasibility.memory_utilization".into(),
                unit: "",
                before: Some(node.footprint_bytes / capacity),
                after: Some(needed / capacity),
                share: Some(1.0 - needed / node.footprint_bytes),
            })
        })
        .into_iter()
        .collect()
}
