//! Everything that is not a transformer with known dimensions: convolutional networks, diffusion, state
//! space models, robot policies, plain operation counts. One roofline per batch of inputs.
//!
//! Activations are not known layer by layer. Convolutions and denoisers move about one byte of 16-bit
//! activations for 100 operations (ResNet-50 has 8.2 GFLOP and some 80 MB of feature maps); other kinds a
//! tenth of their weights per input, but never more than that.

use super::anatomy::{self, Anatomy};
use super::formats::{self, Chosen};
use super::machine::Machine;
use super::{Outcome, Query, bottleneck, idle, memory_fit, parts, performance};
use crate::engine::common::constants::{ACTIVATION_TRAFFIC_SHARE, LAYER_TAX_S, TRAINING_LAYER_TAX_FACTOR};
use crate::engine::common::memory::{Optimizer, kv_cache_bytes, ssm_state_bytes};
use crate::engine::common::{ResolveError, Resolved, lowering};
use crate::engine::format;
use crate::engine::model::primitives::{self, Rates};
use crate::engine::model::{Case, Device, Shape, ShapeSpec, Split, Stack};
use crate::engine::readings::{Communication, Load};
use crate::engine::report::{ChosenParallelism, Timeline, Warning};
use crate::metrics::Values;
use crate::plan::{Auto, Mode, Plan};
use crate::registry::{Model, WorkloadKind};

/// Operations for which one byte of 16-bit activations moves.
const FLOP_PER_ACTIVATION_BYTE: f64 = 100.0;

/// Layers that a network has at least, where the registry counts it as one.
const FEWEST_LAYERS: f64 = 16.0;

/// One unit of work: an input, or a whole sampling run of a denoiser.
#[derive(Debug, Clone, Copy)]
struct Unit {
    /// Forward operations.
    flop: f64,
    /// Weights, bytes.
    weights: f64,
    /// Times that the weights are read: once, or once per denoising step.
    passes: f64,
    /// Activation traffic of one input, bytes.
    activations: f64,
    /// Launch time, s.
    overhead_s: f64,
}

fn unit(model: &Model, chosen: &Chosen, dispatch_s: f64, layer_tax_s: f64) -> Resolved<Unit> {
    let width = chosen.format.weight_bytes;
    let weights = match (model.parameters, model.model_bytes) {
        (Some(count), _) => count * width,
        (None, Some(bytes)) => bytes,
        (None, None) => {
            return Err(ResolveError::bad_input("workload.name", "has neither a parameter count nor a size"));
        }
    };
    let flop = lowering::forward_flop(model)?;
    let passes = match model.kind {
        WorkloadKind::Diffusion => f64::from(model.denoising_steps.unwrap_or(1).max(1)),
        _ => 1.0,
    };
    let moved = flop / FLOP_PER_ACTIVATION_BYTE * chosen.format.head_bytes / 2.0;
    let activations = match model.kind {
        WorkloadKind::Cnn | WorkloadKind::Diffusion => moved,
        _ => moved.min(ACTIVATION_TRAFFIC_SHARE * weights),
    };
    let launches = lowering::layers(model) * layer_tax_s;
    Ok(Unit { flop, weights, passes, activations, overhead_s: passes * (dispatch_s + launches) })
}

/// A case that carries the device into the model's rates and collectives; its dimensions do not matter.
fn case(machine: &Machine<'_>, chosen: &Chosen, training: bool) -> Case {
    let device = Device { peak8: chosen.peak8, peak32: chosen.peak32, ..machine.device };
    let stack = if training {
        Stack::training_default(device.family, false, true)
    } else {
        Stack::serving_default(false)
    };
    Case {
        shape: Shape::new(&ShapeSpec { layers: 1.0, hidden: 128.0, ..ShapeSpec::default() }),
        device,
        node: machine.node as f64,
        nic: machine.nic,
        stack,
        format: chosen.format,
        split: Split { data: machine.count as f64, ..Split::ONE },
        devices: machine.count as f64,
        training,
        sequence_parallel: false,
        efficiency: machine.efficiency,
    }
}

/// Where weights that do not fit main memory are read from: flash, on devices that have it.
fn store(plan: &Plan, machine: &Machine<'_>, weights: f64, bandwidth: f64) -> (f64, f64) {
    let facts = &plan.hardware.accelerator.facts;
    if weights > machine.device.capacity
        && let (Some(capacity), Some(rate)) = (facts.flash_bytes, facts.flash_bytes_per_s)
        && weights <= capacity
        && rate > 0.0
    {
        return (capacity, rate);
    }
    if let (Some(capacity), Some(rate)) = (facts.sram_bytes, facts.sram_bytes_per_s)
        && weights <= capacity
        && rate > bandwidth
    {
        return (machine.device.capacity, rate);
    }
    (machine.device.capacity, bandwidth)
}

/// Refuses what has no meaning for these models.
fn refuse(plan: &Plan) -> Resolved<()> {
    let p = &plan.parallelism;
    for (field, degree) in [
        ("parallelism.tensor", p.tensor),
        ("parallelism.pipeline", p.pipeline),
        ("parallelism.expert", p.expert),
        ("parallelism.context", p.context),
    ] {
        if let Some(Auto::Is(degree)) = degree
            && degree > 1
        {
            return Err(ResolveError::bad_input(
                field,
                format!(
                    "is {degree}: only data parallelism is modelled for {}; set it to 1",
                    plan.workload.model.name
                ),
            ));
        }
    }
    Ok(())
}

/// Evaluates a plan of any other kind of model.
pub(super) fn evaluate(query: &Query<'_>, machine: &Machine<'_>, mode: Mode) -> Resolved<Outcome> {
    let (plan, words) = (query.plan, query.words);
    refuse(plan)?;
    let training = mode == Mode::Train;
    let model = &plan.workload.model.facts;
    let facts = &plan.hardware.accelerator.facts;
    let chosen = formats::choose(&plan.hardware.precision, machine, training);
    let tax = if training { LAYER_TAX_S * TRAINING_LAYER_TAX_FACTOR } else { LAYER_TAX_S };
    let mut unit = unit(model, &chosen, facts.dispatch_tax_s, tax)?;
    if training && model.kind == WorkloadKind::Diffusion {
        // A training step draws one denoising step per sample.
        unit.flop /= unit.passes;
        unit.activations /= unit.passes;
        unit.overhead_s /= unit.passes;
        unit.passes = 1.0;
    }
    let tokens = training && !query.facts.net.encoder && per_token(model);
    if tokens {
        let length = plan.workload.seq_len.max(1) as f64;
        unit.flop *= length;
        unit.activations *= length;
    }
    let case = case(machine, &chosen, training);
    let rates = Rates::of(&case);
    let replicas = match plan.parallelism.data {
        Some(Auto::Is(data)) => {
            super::divides("parallelism.data", data, machine.count)?;
            data.max(1)
        }
        _ => machine.count,
    };
    let batch = plan.workload.batch_size.max(1);
    // The busiest replica sets the time; a remainder is worked on, not dropped.
    let local = batch.div_ceil(replicas) as f64;
    let (capacity, bandwidth) = store(plan, machine, unit.weights, rates.bandwidth);

    let factor = if training { 3.0 } else { 1.0 };
    let flop = unit.flop * factor * local;
    let bytes = unit.weights * unit.passes * factor + unit.activations * factor * local;
    let compute = Load { amount: flop, rate: rates.gemm, seconds: flop / rates.gemm };
    let traffic = Load { amount: bytes, rate: bandwidth, seconds: bytes / bandwidth };
    let mut exchange = 0.0;
    let mut optimizer_bytes = 0.0;
    let trained = model.parameters.unwrap_or(unit.weights / chosen.format.weight_bytes.max(0.25));
    if training {
        optimizer_bytes = trained * optimizer(plan).bytes_per_parameter();
        exchange = primitives::all_reduce(&case, trained * 2.0, replicas as f64, 1.0);
    }
    let hidden = if training && plan.parallelism.overlap != Some(false) {
        crate::engine::model::constants::OVERLAP_DATA
    } else {
        0.0
    };
    let busy = primitives::smooth_max(compute.seconds, traffic.seconds);
    let exposed = (exchange - hidden * busy).max((1.0 - hidden) * exchange);
    let total = busy + unit.overhead_s + exposed;
    let throughput = batch as f64 / total;
    let possible = total * machine.count as f64 * case.peak();
    let mfu = (unit.flop * factor * batch as f64 / possible).min(1.0);

    let state = serving_state(plan, model, training, local);
    let gradients = if training { trained * 2.0 } else { 0.0 };
    let memory = memory_fit(
        words,
        &[
            ("weights", "weights", unit.weights),
            ("gradients", "gradients", gradients),
            ("optimizer", "optimizer", optimizer_bytes),
            ("kv_cache", "state", state),
            ("activations", "activations", kept(model, &unit, training, local)),
        ],
        capacity,
    );
    let mut warnings: Vec<Warning> = Vec::new();
    if words {
        let precision = &plan.hardware.precision;
        warnings.extend(chosen.finding.map(|finding| finding.warning(precision, &machine.entry.name)));
        note(plan, machine, model, replicas, batch, &mut warnings);
    }
    let fleet = machine.count > 1;
    let mut metrics = Values::default();
    metrics.set(const { performance("mfu") }, mfu);
    if !(training && fleet) {
        metrics.set(const { performance("latency") }, total * 1e3);
        metrics.set(const { performance("throughput") }, throughput);
    }
    if training {
        let scaling = (busy + unit.overhead_s) / total;
        metrics.set(const { performance("step_latency") }, total * 1e3);
        metrics.set(const { performance("comm_overhead") }, exchange * 1e3);
        metrics.set(const { performance("fleet_throughput") }, throughput);
        metrics.set(const { performance("node_mfu") }, (mfu / scaling.max(1e-12)).min(1.0));
        metrics.set(const { performance("scaling_efficiency") }, scaling);
    }
    let summary = || {
        format!(
            "{} of {} in {} (no measurements for this kind of model), {}/s, MFU {}",
            if training { "step" } else { "batch" },
            format::grouped(batch as f64),
            format::seconds(total),
            format::figure(throughput),
            format::percent(mfu)
        )
    };
    Ok(Outcome {
        memory,
        metrics,
        summary: if words { summary() } else { String::new() },
        timeline: Timeline {
            segments: parts(
                words,
                &[
                    ("compute", "compute", compute.seconds),
                    ("memory", "memory", traffic.seconds),
                    ("communication", "communication", exposed),
                    ("overhead", "overhead", unit.overhead_s),
                ],
            ),
            total_s: total,
        },
        bottleneck: bottleneck(compute, traffic),
        parallelism: Some(ChosenParallelism { tensor: 1, pipeline: 1, data: replicas, expert: 1 }),
        warnings,
        tokens_per_s: tokens.then_some(throughput * plan.workload.seq_len as f64),
        mfu,
        efficiency: rates.gemm16 / case.device.peak16,
        compute,
        traffic,
        overhead_s: unit.overhead_s,
        communication: fleet.then_some(Communication {
            data_s: exchange,
            tensor_s: 0.0,
            expert_s: 0.0,
            bubble_s: 0.0,
            exposed_s: exposed,
            how: if words && exchange > 0.0 {
                format!("gradients of {} over {replicas} replicas", format::bytes(trained * 2.0))
            } else {
                String::new()
            },
        }),
        node: case.node,
        serving: None,
        streaming: None,
        waits_s: 0.0,
        prefill: None,
        queue: None,
        second_pool: false,
        anatomy: query.open.then(|| {
            Anatomy::Plain(Box::new(anatomy::Plain {
                compute,
                traffic,
                weights: unit.weights * unit.passes * factor,
                overhead_s: unit.overhead_s,
                exchange_s: (exchange, exposed),
                total_s: total,
                batch: batch as f64,
                flop: unit.flop * factor * batch as f64,
                peak: machine.count as f64 * case.peak(),
                peak_one: case.peak(),
            }))
        }),
    })
}

fn optimizer(plan: &Plan) -> Optimizer {
    let written = plan.workload.train.as_ref().and_then(|train| train.optimizer.as_deref());
    written.and_then(Optimizer::parse).unwrap_or_default()
}

/// Kinds whose unit of work is one token.
fn per_token(model: &Model) -> bool {
    model.kind == WorkloadKind::Ssm || model.kind.is_transformer()
}

/// Activations held at once: one layer's worth when serving, all of them when training.
fn kept(model: &Model, unit: &Unit, training: bool, local: f64) -> f64 {
    // Traffic counts a write and a read; what is held is half of it, and forward two layers of many.
    let all = unit.activations / unit.passes / 2.0 * local;
    if training { all } else { all * 2.0 / lowering::layers(model).max(FEWEST_LAYERS) }
}

/// State that live sequences hold: a state space, or a cache where only layers are known.
fn serving_state(plan: &Plan, model: &Model, training: bool, local: f64) -> f64 {
    if training {
        return 0.0;
    }
    match model.kind {
        WorkloadKind::Ssm => ssm_state_bytes(model, local, 2.0),
        kind if kind.is_transformer() => kv_cache_bytes(model, plan.workload.seq_len as f64, local, 2.0),
        _ => 0.0,
    }
}

fn note(
    plan: &Plan,
    machine: &Machine<'_>,
    model: &Model,
    replicas: u64,
    batch: u64,
    warnings: &mut Vec<Warning>,
) {
    let mut warn = |code, message: String| warnings.push(Warning { code, message });
    if model.kind.is_transformer() {
        warn(
            "shape_unknown",
            format!(
                "{} has no layers or width in the registry: evaluated by its operation count alone",
                plan.workload.model.name
            ),
        );
    }
    if batch < replicas {
        warn(
            "idle_ranks",
            format!("a batch of {batch} leaves {} of {replicas} replicas without work", replicas - batch),
        );
    } else if !batch.is_multiple_of(replicas) {
        let longest = batch.div_ceil(replicas);
        warn(
            "uneven_batch",
            format!(
                "a batch of {batch} does not divide over {replicas} replicas: a step takes as long as {longest} samples on each"
            ),
        );
    }
    if plan.workload.serve.is_some() {
        warn(
            "field_not_evaluated",
            format!("workload.serve has no effect: {} writes no tokens here", plan.workload.model.name),
        );
    }
    warnings.extend(idle(machine.count, replicas));
}
