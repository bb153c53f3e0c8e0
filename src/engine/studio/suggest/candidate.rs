//! A changed plan, and the edits that make it of the user's.
//!
//! Each change writes the key that the text uses, keeps the mode, and gives `None` where the reader of
//! plans would refuse the result.

use crate::engine::report::ChosenParallelism;
use crate::engine::studio::mode;
use crate::plan::fields::MAX_COUNT;
use crate::plan::{Acquisition, Auto, Mode, ModeChoice, Plan, Recompute, Serve, Train};
use crate::registry::{Accelerator, Entry, Grid, Physics};
use std::sync::Arc;

/// What a change asks of its user, beside money.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Price {
    /// The same work, done another way.
    Nothing,
    /// Another maker's device, or so few bits that accuracy must be measured.
    Effort,
    /// Less work: fewer sequences, shorter ones, fewer trained weights.
    Work,
}

/// A changed plan and the edits that make it.
#[derive(Debug, Clone)]
pub(super) struct Candidate {
    pub plan: Plan,
    pub title: String,
    pub edits: Vec<(String, String)>,
    pub price: Price,
    /// Fewer bits than before: results change a little.
    pub fewer_bits: bool,
}

/// The number written, if one is.
pub(super) fn written(field: Option<Auto<u64>>) -> Option<u64> {
    match field {
        Some(Auto::Is(value)) => Some(value.max(1)),
        _ => None,
    }
}

impl Candidate {
    pub fn of(plan: &Plan) -> Candidate {
        Candidate {
            plan: plan.clone(),
            title: String::new(),
            edits: Vec::with_capacity(3),
            price: Price::Nothing,
            fewer_bits: false,
        }
    }

    /// Whether the batch is lowered.
    pub fn lowers_batch(&self, from: &Plan) -> bool {
        self.plan.workload.batch_size < from.workload.batch_size
    }

    /// Notes an assignment; a later one to the same field replaces it.
    fn edit(&mut self, field: &str, value: &str) {
        if let Some(edit) = self.edits.iter_mut().find(|edit| edit.0 == field) {
            value.clone_into(&mut edit.1);
        } else {
            self.edits.push((field.to_owned(), value.to_owned()));
        }
    }

    fn say(&mut self, words: &str) {
        let again = if self.title.is_empty() { None } else { words.strip_prefix("use ") };
        if !self.title.is_empty() {
            self.title.push_str(", ");
        }
        self.title.push_str(again.unwrap_or(words));
    }

    fn asks(&mut self, price: Price) {
        self.price = self.price.max(price);
    }

    pub fn precision(mut self, key: &str, price: Price) -> Candidate {
        key.clone_into(&mut self.plan.hardware.precision);
        self.edit("hardware.precision", key);
        self.say(&format!("use {key}"));
        self.fewer_bits |= self.plan.workload.model.facts.narrowed_by(key);
        self.asks(price);
        self
    }

    pub fn kv(mut self, key: &str) -> Candidate {
        let serve = self.plan.workload.serve.get_or_insert_with(Serve::default);
        serve.kv_precision = Some(key.to_owned());
        self.edit("workload.serve.kv_precision", key);
        self.say(&format!("KV cache in {key}"));
        self.fewer_bits = true;
        self
    }

    pub fn chunk(mut self, tokens: u64) -> Candidate {
        let serve = self.plan.workload.serve.get_or_insert_with(Serve::default);
        serve.prefill_chunk_tokens = Some(tokens);
        self.edit("workload.serve.prefill_chunk_tokens", &tokens.to_string());
        self.say(&format!("prefill in chunks of {tokens} tokens"));
        self
    }

    pub fn batch(mut self, batch: u64, price: Price) -> Candidate {
        let lower = batch < self.plan.workload.batch_size;
        self.plan.workload.batch_size = batch;
        self.edit("workload.batch_size", &batch.to_string());
        self.say(&if lower { format!("lower the batch to {batch}") } else { format!("batch {batch}") });
        self.asks(price);
        self
    }

    pub fn length(mut self, tokens: u64) -> Candidate {
        self.plan.workload.seq_len = tokens;
        self.edit("workload.seq_len", &tokens.to_string());
        self.say(&format!("{tokens} tokens of context"));
        self.asks(Price::Work);
        self
    }

    fn key_total(&mut self, total: u64) -> Option<()> {
        let hardware = &mut self.plan.hardware;
        let keys = hardware.fleet_keys;
        hardware.accelerators = total;
        if keys.nodes {
            // The old key is the total, in nodes of up to eight.
            let size = total.min(8);
            hardware.node_count = Some(total / size);
            hardware.accelerators_per_node = Some(size);
            self.edit("hardware.nodes", &total.to_string());
            return Some(());
        }
        let mut changes: Vec<(&str, u64)> = Vec::with_capacity(3);
        match (hardware.node_count, hardware.accelerators_per_node) {
            (Some(nodes), Some(size)) => {
                let fewer = if total.is_multiple_of(size) {
                    (total / size, size)
                } else if nodes == 1 {
                    (1, total)
                } else {
                    return None;
                };
                (hardware.node_count, hardware.accelerators_per_node) = (Some(fewer.0), Some(fewer.1));
                if fewer.0 != nodes {
                    changes.push(("hardware.node_count", fewer.0));
                }
                if fewer.1 != size {
                    changes.push(("hardware.accelerators_per_node", fewer.1));
                }
                if keys.accelerators {
                    changes.push(("hardware.accelerators", total));
                }
            }
            (_, Some(size)) if total > 1 && !total.is_multiple_of(size) => {
                if total > size {
                    return None;
                }
                hardware.accelerators_per_node = Some(total);
                changes.push(("hardware.accelerators", total));
                changes.push(("hardware.accelerators_per_node", total));
            }
            _ => changes.push(("hardware.accelerators", total)),
        }
        for (key, value) in changes {
            self.edit(key, &value.to_string());
        }
        Some(())
    }

    /// Another number of accelerators. A written tensor degree grows with them inside a node, and a written
    /// number of replicas follows.
    pub fn accelerators(mut self, total: u64, node: u64) -> Option<Candidate> {
        let before = self.plan.hardware.accelerators.max(1);
        let was = mode(&self.plan);
        self.key_total(total)?;
        self.say(&format!("use {total} accelerator{}", if total == 1 { "" } else { "s" }));
        let p = &self.plan.parallelism;
        let (tensor, pipeline) = (written(p.tensor), written(p.pipeline));
        if let Some(tensor) = tensor {
            let scaled = u64::try_from(u128::from(tensor) * u128::from(total) / u128::from(before)).ok()?;
            let fits = scaled >= 1 && scaled <= node && was == Mode::Serve;
            let ranks = tensor.saturating_mul(pipeline.unwrap_or(1));
            if fits && scaled != tensor {
                self = self.degree("tensor", scaled);
            } else if ranks > total || !total.is_multiple_of(ranks) {
                return None;
            }
        }
        self = self.replicas();
        self.keep_mode(was);
        self.accepted()
    }

    /// More or fewer accelerators must not turn serving into training.
    fn keep_mode(&mut self, was: Mode) {
        if mode(&self.plan) != was {
            self.plan.workload.mode = match was {
                Mode::Train => ModeChoice::Train,
                Mode::Serve => ModeChoice::Serve,
            };
            self.edit("workload.mode", was.name());
        }
    }

    /// A written number of replicas follows from the rest.
    fn replicas(mut self) -> Candidate {
        let p = &self.plan.parallelism;
        if let Some(data) = written(p.data) {
            let one = |field| written(field).unwrap_or(1);
            let ranks = one(p.tensor).saturating_mul(one(p.pipeline)).saturating_mul(one(p.context)).max(1);
            let total = self.plan.hardware.accelerators;
            let now = (total / ranks).max(1);
            // Where tensor or pipeline is open the rest is theirs.
            let open = p.tensor.is_none() || p.pipeline.is_none();
            if now != data && !(open && data.saturating_mul(ranks) <= total && total.is_multiple_of(data)) {
                self = self.degree("data", now);
            }
        }
        self
    }

    fn degree(mut self, key: &str, value: u64) -> Candidate {
        let p = &mut self.plan.parallelism;
        let field = match key {
            "tensor" => &mut p.tensor,
            "pipeline" => &mut p.pipeline,
            "context" => &mut p.context,
            "expert" => &mut p.expert,
            "data" => &mut p.data,
            "virtual_stages" => &mut p.virtual_stages,
            _ => &mut p.microbatches,
        };
        *field = Some(Auto::Is(value));
        self.edit(&format!("parallelism.{key}"), &value.to_string());
        let label = match key {
            "virtual_stages" => "interleaved stages",
            "microbatches" => "micro-batches",
            "data" => "replicas",
            _ => key,
        };
        self.say(&format!("{label} {value}"));
        self
    }

    /// One degree of the division; replicas follow.
    pub fn divided(self, key: &str, value: u64) -> Option<Candidate> {
        let heads = self.plan.workload.model.facts.heads.unwrap_or(0);
        if key == "tensor" && heads > 0 && !u64::from(heads).is_multiple_of(value) {
            return None;
        }
        self.degree(key, value).replicas().accepted()
    }

    pub fn zero(mut self, stage: u64) -> Candidate {
        self.plan.parallelism.zero = Some(Auto::Is(stage));
        self.edit("parallelism.zero", &stage.to_string());
        self.say(&format!("ZeRO {stage}"));
        self
    }

    pub fn recompute(mut self, policy: Recompute) -> Candidate {
        let (key, words) = match policy {
            Recompute::None => ("none", "keep all activations"),
            Recompute::Selective => ("selective", "recompute attention only"),
            Recompute::Full => ("full", "recompute every layer"),
        };
        self.plan.parallelism.recompute = Some(Auto::Is(policy));
        self.edit("parallelism.recompute", key);
        self.say(words);
        self
    }

    pub fn overlap(mut self) -> Candidate {
        self.plan.parallelism.overlap = Some(true);
        self.edit("parallelism.overlap", "true");
        self.say("overlap communication with compute");
        self
    }

    /// Smaller pieces of the batch at a time, under the key that the plan has.
    pub fn pieces(mut self, count: u64) -> Candidate {
        if written(self.plan.parallelism.microbatches).is_some() {
            return self.degree("microbatches", count);
        }
        let train = self.plan.workload.train.get_or_insert_with(Train::default);
        train.gradient_accumulation = Some(count);
        self.edit("workload.train.gradient_accumulation", &count.to_string());
        self.say(&format!("accumulate gradients over {count} passes"));
        self
    }

    /// Adapters instead of every weight.
    pub fn adapters(mut self, rank: u64) -> Candidate {
        let train = self.plan.workload.train.get_or_insert_with(Train::default);
        train.lora_rank = Some(rank);
        self.edit("workload.train.lora_rank", &rank.to_string());
        self.say(&format!("train LoRA adapters of rank {rank} only"));
        self.asks(Price::Work);
        self
    }

    pub fn hardware(mut self, entry: &Arc<Entry<Accelerator>>, price: Price) -> Option<Candidate> {
        self.plan.hardware.accelerator = entry.clone();
        self.edit("hardware.name", &entry.id);
        self.say(&format!("use {}", entry.id));
        self.asks(price);
        self.accepted()
    }

    /// Nodes as the vendor builds them.
    pub fn node(mut self, size: u64) -> Option<Candidate> {
        let hardware = &mut self.plan.hardware;
        if hardware.fleet_keys.nodes || !hardware.accelerators.is_multiple_of(size) {
            return None;
        }
        hardware.accelerators_per_node = Some(size);
        let nodes = hardware.accelerators / size;
        let counted = hardware.node_count.is_some();
        hardware.node_count = hardware.node_count.map(|_| nodes);
        self.edit("hardware.accelerators_per_node", &size.to_string());
        if counted {
            self.edit("hardware.node_count", &nodes.to_string());
        }
        self.say(&format!("nodes of {size}"));
        self.accepted()
    }

    pub fn region(mut self, grid: &Arc<Entry<Grid>>) -> Option<Candidate> {
        let ops = self.plan.ops.as_mut()?;
        ops.region = Some(grid.clone());
        grid.id.clone_into(&mut ops.region_name);
        self.edit("ops.region", &grid.id);
        self.say(&format!("run in {}", grid.name));
        Some(self)
    }

    pub fn acquisition(mut self) -> Option<Candidate> {
        let ops = self.plan.ops.as_mut()?;
        let (other, key, words) = match ops.acquisition {
            Acquisition::Buy => (Acquisition::Rent, "rent", "rent instead of buying"),
            Acquisition::Rent => (Acquisition::Buy, "buy", "buy instead of renting"),
        };
        // A stated rent without effect would be a warning.
        if other == Acquisition::Buy && ops.rent_usd_per_accelerator_hour.is_some() {
            return None;
        }
        ops.acquisition = other;
        self.edit("ops.acquisition", key);
        self.say(words);
        Some(self)
    }

    /// What the engine chose is written down, for the reader, where an edit brings another division with it:
    /// `was` is that of the plan as it stands. Nothing moves in silence.
    pub fn write_division(
        &mut self,
        before: &Plan,
        was: Option<ChosenParallelism>,
        chosen: Option<ChosenParallelism>,
    ) {
        let (Some(was), Some(chosen)) = (was, chosen) else { return };
        let more = self.plan.hardware.accelerators > before.hardware.accelerators;
        let moved = chosen.tensor != was.tensor || chosen.pipeline != was.pipeline;
        let p = &self.plan.parallelism;
        let open = |field: Option<Auto<u64>>| written(field).is_none();
        let serves = mode(&self.plan) == Mode::Serve;
        // With more accelerators another division is what one expects; a single rank needs no word.
        let wanted = if more { serves && chosen.tensor > 1 } else { moved };
        if !wanted || !open(p.tensor) || !open(p.data) {
            return;
        }
        let stages = open(p.pipeline) && (chosen.pipeline > 1 || chosen.pipeline != was.pipeline);
        let mut written = self.clone();
        written = written.degree("tensor", chosen.tensor);
        if stages {
            written = written.degree("pipeline", chosen.pipeline);
        }
        if let Some(accepted) = written.accepted() {
            *self = accepted;
        }
    }

    /// `None` where the reader of plans would refuse this.
    fn accepted(self) -> Option<Candidate> {
        acceptable(&self.plan).then_some(self)
    }
}

/// Whether the reader of plans takes the shape of the fleet and its division.
pub(super) fn acceptable(plan: &Plan) -> bool {
    let hardware = &plan.hardware;
    let total = hardware.accelerators;
    if total == 0 || total > MAX_COUNT {
        return false;
    }
    let filled = match (hardware.node_count, hardware.accelerators_per_node) {
        (Some(nodes), Some(size)) => nodes.checked_mul(size) == Some(total),
        (Some(_), None) => false,
        (None, _) => total == 1 || total.is_multiple_of(hardware.node_size(Physics::Studio).max(1)),
    };
    let p = &plan.parallelism;
    let degrees = [p.tensor, p.pipeline, p.context];
    let ranks = degrees.iter().filter_map(|degree| written(*degree)).try_fold(1_u64, u64::checked_mul);
    let Some(ranks) = ranks.filter(|ranks| *ranks <= total && total.is_multiple_of(*ranks)) else {
        return false;
    };
    let fixed = degrees.iter().all(|degree| !matches!(degree, Some(Auto::Auto)));
    let shared = match written(p.data) {
        Some(data) if fixed => {
            let product = ranks.saturating_mul(data);
            if p.tensor.is_none() || p.pipeline.is_none() {
                product <= total && total.is_multiple_of(product)
            } else {
                product == total
            }
        }
        _ => true,
    };
    filled && shared
}
