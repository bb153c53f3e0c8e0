//! Transformers in training.
//!
//! `batch_size` sequences of `seq_len` tokens make one optimizer step. What a plan leaves open is chosen
//! as in [`crate::engine::model::resolve`]; an open tensor or pipeline degree is searched for: of the
//! divisions that fit, the fastest.

use super::anatomy::{Anatomy, Trained};
use super::formats::{self, Chosen};
use super::machine::Machine;
use super::{Outcome, Query, band, bottleneck, degrees, divides, idle, memory_fit, parts, performance, rack};
use crate::engine::common::memory::Optimizer;
use crate::engine::common::{ResolveError, Resolved};
use crate::engine::format;
use crate::engine::model::constants::Prediction;
use crate::engine::model::memory::TrainingMemory;
use crate::engine::model::primitives::Rates;
use crate::engine::model::resolve::{self, Request};
use crate::engine::model::training::{self, Recompute, Step, Training};
use crate::engine::model::{Case, Device, Shape, Split, Stack};
use crate::engine::readings::{Communication, Load};
use crate::engine::report::{ChosenParallelism, Timeline, Warning};
use crate::metrics::Values;
use crate::plan::{self, Auto, ModeChoice, Parallelism, Plan};

/// One way to divide the fleet, with its memory. Its step is worked out where two divisions that fit are
/// compared, and for the one that is chosen.
#[derive(Debug, Clone, Copy)]
struct Division {
    case: Case,
    plan: Training,
    memory: TrainingMemory,
    step: Option<Step>,
}

impl Division {
    fn step(&mut self) -> Step {
        *self.step.get_or_insert_with(|| training::step(&self.case, &self.plan))
    }
}

fn written<T: Copy>(field: Option<Auto<T>>) -> Option<T> {
    match field {
        Some(Auto::Is(value)) => Some(value),
        _ => None,
    }
}

struct Site<'a> {
    machine: &'a Machine<'a>,
    shape: Shape,
    chosen: &'a Chosen,
    named: Option<&'static Stack>,
    parallelism: &'a Parallelism,
    sequence: f64,
    batch: f64,
    micro_batches: Option<f64>,
    trainable: f64,
    optimizer_states: f64,
    context: u64,
    expert: u64,
}

impl Site<'_> {
    fn stack(&self, tensor: u64, pipeline: u64) -> &'static Stack {
        self.named.unwrap_or_else(|| {
            let zero3 = written(self.parallelism.zero).is_some_and(|zero| zero >= 3);
            Stack::training_default(self.machine.device.family, zero3, tensor == 1 && pipeline == 1)
        })
    }

    fn divide(&self, tensor: u64, pipeline: u64, data: Option<u64>) -> Division {
        let machine = self.machine;
        let stack = self.stack(tensor, pipeline);
        let ranks = tensor.saturating_mul(pipeline).saturating_mul(self.context).max(1);
        let data = data.unwrap_or(machine.count / ranks).max(1);
        let case = Case {
            shape: self.shape,
            device: Device { peak8: self.chosen.peak8, peak32: self.chosen.peak32, ..machine.device },
            node: machine.node as f64,
            nic: machine.nic,
            stack,
            format: self.chosen.format,
            split: Split {
                tensor: tensor as f64,
                pipeline: pipeline as f64,
                context: self.context as f64,
                data: data as f64,
                expert: self.expert as f64,
            },
            devices: (ranks * data) as f64,
            training: true,
            sequence_parallel: stack.sequence_parallel,
            efficiency: machine.efficiency,
        };
        // A step ends when the replica with the most sequences has done its last: that one is worked out, and where
        // its sequences do not divide over its microbatches, memory holds the largest and time is spent on the mean.
        let longest = (self.batch / data as f64).ceil().max(1.0);
        let request = |micro_batch: Option<f64>, sequences: f64| Request {
            sequence: self.sequence,
            global_batch: sequences * data as f64,
            micro_batch,
            virtual_stages: written(self.parallelism.virtual_stages).map(|stages| stages.max(1) as f64),
            zero: written(self.parallelism.zero).map(|zero| zero.min(3) as u8),
            recompute: written(self.parallelism.recompute).map(|policy| match policy {
                plan::Recompute::None => Recompute::None,
                plan::Recompute::Selective => Recompute::Selective,
                plan::Recompute::Full => Recompute::Full,
            }),
            trainable: self.trainable,
            optimizer_states: self.optimizer_states,
            overlap_data: self.parallelism.overlap,
            ..Request::default()
        };
        let balanced = |count: f64| {
            let largest = (longest / count).ceil();
            (largest, largest * count)
        };
        let (micro_batch, sequences) = match self.micro_batches {
            Some(count) => balanced(count.min(longest)),
            None => match resolve::micro_batch(&case, &request(None, longest)) {
                even if longest % even == 0.0 => (even, longest),
                uneven => balanced((longest / uneven).ceil()),
            },
        };
        let (mut plan, memory) = resolve::with_memory(&case, &request(Some(micro_batch), sequences));
        plan.micro_batch = longest / plan.micro_batches;
        plan.global_batch = self.batch;
        Division { case, plan, memory, step: None }
    }

    /// The written division; what is open is searched for.
    fn search(&self) -> Resolved<Division> {
        let p = self.parallelism;
        let total = self.machine.count;
        let (tensor, pipeline, data) = (written(p.tensor), written(p.pipeline), written(p.data));
        let fixed = tensor
            .unwrap_or(1)
            .saturating_mul(pipeline.unwrap_or(1))
            .saturating_mul(data.unwrap_or(1))
            .saturating_mul(self.context);
        divides("parallelism", fixed, total)?;
        let room = (total / data.unwrap_or(1) / self.context).max(1);
        let tensors = degrees(tensor, room.min(self.machine.node));
        let asked = matches!(p.pipeline, Some(Auto::Auto));
        let mut best: Option<Division> = None;
        for stage in degrees(pipeline, room.min(self.shape.layers as u64)) {
            // An omitted pipeline stays off unless nothing else fits.
            if stage > 1 && pipeline.is_none() && !asked && best.is_some_and(|best| fits(&best)) {
                break;
            }
            for rank in tensors.clone() {
                if rank.saturating_mul(stage) > room {
                    continue;
                }
                let mut division = self.divide(rank, stage, data);
                if best.as_mut().is_none_or(|best| better(&mut division, best)) {
                    best = Some(division);
                }
            }
        }
        Ok(best.unwrap_or_else(|| self.divide(tensor.unwrap_or(1), pipeline.unwrap_or(1), data)))
    }
}

fn fits(division: &Division) -> bool {
    division.memory.total <= division.case.device.capacity
}

/// What fits beats what does not; then the faster, else the smaller.
fn better(a: &mut Division, b: &mut Division) -> bool {
    match (fits(a), fits(b)) {
        (true, false) => true,
        (false, true) => false,
        // A gain below half a percent is no reason to divide further.
        (true, true) => a.step().total < 0.995 * b.step().total,
        (false, false) => a.memory.total < b.memory.total,
    }
}

/// Parameters of LoRA adapters of a rank on the four attention matrices, as a share of the model.
fn adapter_share(shape: &Shape, rank: f64) -> f64 {
    let heads = shape.head_dim * shape.heads;
    let keys = shape.head_dim * shape.kv_heads;
    let sides = 2.0 * (shape.hidden + heads) + 2.0 * (shape.hidden + keys);
    (rank * sides * shape.layers / shape.total).clamp(0.0, 1.0)
}

/// Evaluates a training plan.
pub(super) fn evaluate(query: &Query<'_>, machine: &Machine<'_>, shape: Shape) -> Resolved<Outcome> {
    let plan = query.plan;
    let chosen = formats::choose(&plan.hardware.precision, machine, true);
    let named = plan.workload.stack.as_deref().and_then(Stack::by_name).filter(|stack| stack.trains());
    let train = plan.workload.train.as_ref();
    let p = &plan.parallelism;
    let context = written(p.context).unwrap_or(1).max(1);
    let expert = if shape.is_moe() { written(p.expert).unwrap_or(1).max(1) } else { 1 };
    if shape.is_moe() && expert as f64 > shape.experts {
        return Err(ResolveError::bad_input(
            "parallelism.expert",
            format!("is {expert}; the model has {} experts", shape.experts),
        ));
    }
    divides("parallelism.expert", expert, machine.count)?;
    let optimizer =
        train.and_then(|train| train.optimizer.as_deref()).and_then(Optimizer::parse).unwrap_or_default();
    let accumulated = train.and_then(|train| train.gradient_accumulation).filter(|&steps| steps > 1);
    let micro_batches = written(p.microbatches).or(accumulated);
    let site = Site {
        machine,
        shape,
        chosen: &chosen,
        named,
        parallelism: p,
        sequence: plan.workload.seq_len.max(1) as f64,
        batch: plan.workload.batch_size.max(1) as f64,
        micro_batches: micro_batches.map(|count| count.max(1) as f64),
        trainable: match train.and_then(|train| train.lora_rank) {
            Some(rank) if rank > 0 => adapter_share(&shape, rank as f64),
            _ => 1.0,
        },
        optimizer_states: match optimizer {
            Optimizer::Adam => 2.0,
            Optimizer::Sgd => 1.0,
            Optimizer::None => 0.0,
        },
        context,
        expert,
    };
    let mut division = site.search()?;
    let step = division.step();
    Ok(outcome(query, &site, &division, &step))
}

fn outcome(query: &Query<'_>, site: &Site<'_>, division: &Division, step: &Step) -> Outcome {
    let (plan, words) = (query.plan, query.words);
    let (case, memory) = (&division.case, &division.memory);
    let total = step.total;
    let exposed = step.model_comm + step.p2p + step.data_exposed;
    let busy = step.gemm + step.attention + step.elementwise + step.head + step.optimizer;
    let overhead = (total - exposed - step.bubble - busy).max(0.0);
    let replica = (total - exposed - step.bubble).max(0.0);
    let scaling = replica / total;
    // The whole fleet of the plan pays, also where the division leaves a part of it idle.
    let fleet = site.machine.count as f64;
    let peak = case.peak();
    let flop = case.shape.training_flops(site.batch, site.sequence)
        * (if site.trainable < 1.0 { (2.0 + site.trainable) / 3.0 } else { 1.0 });
    let mfu = (flop / (total * fleet * peak)).min(1.0);
    let executed = 1.0 + division.plan.recomputed / (2.0 + site.trainable);
    let samples_per_s = site.batch / total;
    let tokens_per_s = samples_per_s * site.sequence;
    let comm = step.tensor_comm + step.expert_comm + step.p2p + step.data_comm;
    let mut metrics = Values::default();
    if site.machine.count == 1 {
        metrics.set(const { performance("latency") }, total * 1e3);
        metrics.set(const { performance("throughput") }, samples_per_s);
    }
    metrics.set(const { performance("step_latency") }, total * 1e3);
    metrics.set(const { performance("comm_overhead") }, comm * 1e3);
    metrics.set(const { performance("fleet_throughput") }, samples_per_s);
    metrics.set(const { performance("mfu") }, mfu);
    metrics.set(const { performance("node_mfu") }, (mfu / scaling.max(1e-12)).min(1.0));
    metrics.set(const { performance("scaling_efficiency") }, scaling);
    metrics.set(const { performance("tokens_per_s") }, tokens_per_s);
    metrics.set(const { performance("hfu") }, (mfu * executed).min(1.0));
    if let Some(tokens) = plan.workload.train.as_ref().and_then(|train| train.tokens) {
        metrics.set(const { performance("time_to_train_days") }, tokens / tokens_per_s / 86_400.0);
    }
    let prediction = if case.shape.is_moe() { Prediction::TrainMoe } else { Prediction::TrainDense };
    let fitted = site.machine.fitted();
    let rates = Rates::of(case);
    let ranks = case.split.tensor * case.split.pipeline * case.split.context;
    let per_device = flop * executed / (ranks * case.split.data);
    let compute_s = step.gemm + step.attention + step.head;
    let compute = Load { amount: per_device, rate: per_device / compute_s.max(1e-12), seconds: compute_s };
    let memory_s = step.elementwise + step.optimizer;
    let traffic = Load { amount: memory_s * rates.bandwidth, rate: rates.bandwidth, seconds: memory_s };
    let summary = || {
        format!(
            "step {} {}, {} tokens/s, MFU {}",
            format::seconds(total),
            band(prediction.band(site.named.is_some(), fitted), fitted),
            format::figure(tokens_per_s),
            format::percent(mfu)
        )
    };
    let how = || format!("{} of it hidden", format::percent((1.0 - exposed / comm.max(1e-12)).max(0.0)));
    Outcome {
        memory: memory_fit(
            words,
            &[
                ("weights", "weights", memory.weights),
                ("gradients", "gradients", memory.gradients),
                ("optimizer", "optimizer", memory.optimizer),
                ("gathered", "gathered layers", memory.gathered),
                ("activations", "activations", memory.activations),
                ("logits", "logits", memory.logits),
                ("fragmentation", "fragmentation", memory.fragmentation),
                ("reserve", "reserve", memory.context),
            ],
            case.device.capacity,
        ),
        metrics,
        summary: if words { summary() } else { String::new() },
        timeline: Timeline {
            segments: parts(
                words,
                &[
                    ("compute", "compute", busy),
                    ("communication", "communication", exposed),
                    ("bubble", "bubble", step.bubble),
                    ("overhead", "overhead", overhead),
                ],
            ),
            total_s: total,
        },
        bottleneck: bottleneck(compute, traffic),
        parallelism: Some(ChosenParallelism {
            tensor: case.split.tensor as u64,
            pipeline: case.split.pipeline as u64,
            data: case.split.data as u64,
            expert: case.split.expert as u64,
        }),
        warnings: if words { warnings(plan, site, division) } else { Vec::new() },
        tokens_per_s: Some(tokens_per_s),
        mfu,
        efficiency: rates.gemm16 / case.device.peak16,
        compute,
        traffic,
        overhead_s: overhead,
        communication: (site.machine.count > 1).then_some(Communication {
            data_s: step.data_comm,
            tensor_s: step.tensor_comm + step.p2p,
            expert_s: step.expert_comm,
            bubble_s: step.bubble,
            exposed_s: exposed,
            how: if words { how() } else { String::new() },
        }),
        node: case.node,
        serving: None,
        streaming: None,
        waits_s: 0.0,
        prefill: None,
        queue: None,
        second_pool: false,
        anatomy: query.open.then(|| {
            Anatomy::Train(Box::new(Trained {
                case: *case,
                rates,
                plan: division.plan,
                memory: *memory,
                step: *step,
                flop,
                executed,
                batch: site.batch,
                fleet,
            }))
        }),
    }
}

fn warnings(plan: &Plan, site: &Site<'_>, division: &Division) -> Vec<Warning> {
    let mut all = Vec::new();
    let name = &site.machine.entry.name;
    all.extend(site.chosen.finding.map(|finding| finding.warning(&plan.hardware.precision, name)));
    all.extend(rack(site.machine));
    let (case, resolved, machine) = (&division.case, &division.plan, site.machine);
    let split = &case.split;
    let mut warn = |code, message: String| all.push(Warning { code, message });
    if let Some(name) = &plan.workload.stack
        && site.named.is_none()
        && !name.eq_ignore_ascii_case("auto")
    {
        warn(
            "stack_assumed",
            format!("no figures for training with {name}: those of {} are used", case.stack.name),
        );
    }
    let workload = &plan.workload;
    if workload.mode == ModeChoice::Auto && workload.train.is_none() {
        warn(
            "mode_chosen",
            "chosen: training, as for every plan of several accelerators without a serve block; workload.mode says which"
                .to_owned(),
        );
    }
    let p = &plan.parallelism;
    let open = written(p.tensor).is_none() || written(p.zero).is_none() || written(p.recompute).is_none();
    if open {
        let kept = match resolved.recompute {
            Recompute::None => "none".to_owned(),
            Recompute::Selective => "selective".to_owned(),
            Recompute::Full => "full".to_owned(),
            Recompute::Auto => format!("{} of the layers", format::percent(resolved.recomputed)),
        };
        warn(
            "parallelism_chosen",
            format!(
                "stack {}, tensor {}, pipeline {}, data {}, ZeRO {}, micro-batch {}, recomputation {kept}",
                case.stack.name,
                split.tensor,
                split.pipeline,
                split.data,
                resolved.zero,
                format::figure(resolved.micro_batch.ceil()),
            ),
        );
    }
    if case.devices > case.node {
        warn(
            "network_per_accelerator",
            format!(
                "the fleet spans nodes: {} between them is taken per accelerator, one network card each",
                format::bytes_per_s(machine.nic)
            ),
        );
    }
    if site.batch < split.data {
        warn(
            "idle_ranks",
            format!(
                "a batch of {} leaves {} of {} replicas without work",
                site.batch,
                split.data - site.batch,
                split.data
            ),
        );
    } else if site.batch % split.data != 0.0 {
        warn(
            "uneven_batch",
            format!(
                "a batch of {} does not divide over {} replicas: a step takes as long as {} sequences on each",
                site.batch,
                split.data,
                (site.batch / split.data).ceil()
            ),
        );
    }
    if case.shape.heads % split.tensor != 0.0 || case.shape.layers % split.pipeline != 0.0 {
        warn(
            "uneven_shards",
            format!("tensor {} and pipeline {} do not divide the model evenly", split.tensor, split.pipeline),
        );
    }
    if let Some(limit) = plan.workload.model.facts.context_length
        && site.sequence > f64::from(limit)
    {
        warn(
            "context_length",
            format!("sequences of {} tokens are longer than the model's {limit}", site.sequence),
        );
    }
    if site.expert == 1 && written(p.expert).is_some_and(|ranks| ranks > 1) {
        warn("field_not_evaluated", "parallelism.expert has no effect: the model has no experts".into());
    }
    all.extend(idle(machine.count, case.devices as u64));
    all
}
