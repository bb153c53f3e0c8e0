//! Which changes are tried for a goal, and in what order.
//!
//! A ladder holds steps of one change, the smallest first; the first that reaches the goal ends it.

mod memory;
mod places;

use super::candidate::{Candidate, Price, written};
use crate::engine::report::{ChosenParallelism, Report};
use crate::metrics::Lens;
use crate::plan::{Auto, Mode, Plan, Recompute, Serve};
use crate::registry::Registry;

/// Steps of one change.
pub(super) type Ladder = Vec<Candidate>;

/// Which way a metric is moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pull {
    /// Less memory on each accelerator.
    Memory,
    /// A decode step, or a batch of inputs, sooner.
    Latency,
    /// The first token sooner.
    FirstToken,
    /// More work per second of a service.
    Throughput,
    /// More sequences at once.
    Room,
    /// A training step sooner, or with more of the peak.
    Step,
    /// Fewer dollars.
    Money,
    /// Less energy, carbon or water.
    Carbon,
}

impl Pull {
    /// What moves a metric of a mode.
    pub fn of(key: &str, mode: Mode) -> Pull {
        match (key, mode) {
            ("memory_used_gb" | "memory_utilization", _) => Pull::Memory,
            (
                "tco_usd"
                | "annual_tco_usd"
                | "capex"
                | "energy_cost"
                | "maintenance_usd"
                | "usd_per_million_tokens",
                _,
            ) => Pull::Money,
            ("carbon_footprint" | "energy_kwh" | "water_liters" | "g_co2_per_million_tokens", _) => {
                Pull::Carbon
            }
            (_, Mode::Train) => Pull::Step,
            ("ttft_ms", _) => Pull::FirstToken,
            ("max_concurrency", _) => Pull::Room,
            ("throughput" | "output_tokens_per_s" | "offered_load" | "mfu", _) => Pull::Throughput,
            _ => Pull::Latency,
        }
    }
}

/// The plan, and what its evaluation said.
pub(super) struct Site<'a> {
    pub plan: &'a Plan,
    pub registry: &'a Registry,
    pub report: &'a Report,
    pub mode: Mode,
    /// Accelerators on one fast link.
    pub node: u64,
}

impl Site<'_> {
    fn base(&self) -> Candidate {
        Candidate::of(self.plan)
    }

    fn total(&self) -> u64 {
        self.plan.hardware.accelerators.max(1)
    }

    fn language(&self) -> bool {
        self.plan.workload.model.facts.kind.is_transformer()
    }

    fn chosen(&self) -> ChosenParallelism {
        self.report.parallelism.unwrap_or(ChosenParallelism { tensor: 1, pipeline: 1, data: 1, expert: 1 })
    }

    fn has(&self, key: &str) -> bool {
        self.plan.hardware.accelerator.facts.precision_flop_per_s.contains_key(key)
    }

    fn wide(&self) -> bool {
        matches!(self.plan.hardware.precision.as_str(), "fp32" | "tf32" | "fp16" | "bf16")
    }

    /// The 8-bit format that the device multiplies.
    fn eight(&self) -> Option<&'static str> {
        ["fp8", "int8"].into_iter().find(|key| self.wide() && self.has(key))
    }

    /// Fewer bits in a weight, or nothing less is left.
    fn four(&self) -> bool {
        self.language() && (self.wide() || matches!(self.plan.hardware.precision.as_str(), "fp8" | "int8"))
    }

    fn metric(&self, key: &str) -> Option<f64> {
        self.report.metric(Lens::Performance, key)
    }

    fn serve(&self) -> Option<&Serve> {
        self.plan.workload.serve.as_ref()
    }

    fn wide_cache(&self) -> bool {
        let kv = self.serve().and_then(|serve| serve.kv_precision.as_deref());
        self.language() && self.metric("itl_ms").is_some() && !kv.is_some_and(|key| key.contains(['8', '4']))
    }

    /// Share of the needed memory that a part takes.
    fn share(&self, key: &str) -> f64 {
        let Some(memory) = &self.report.memory else { return 0.0 };
        let part = memory.parts.iter().find(|part| part.key == key).map_or(0.0, |part| part.value);
        part / memory.used_bytes.max(1.0)
    }

    /// `times` as many accelerators.
    fn more(&self, from: &Candidate, times: &[u64]) -> Ladder {
        let total = self.total();
        times
            .iter()
            .filter_map(|&times| from.clone().accelerators(total.checked_mul(times)?, self.node))
            .collect()
    }

    /// A part of the accelerators.
    fn fewer(&self, from: &Candidate) -> Ladder {
        let total = self.total();
        [2, 4, 8]
            .into_iter()
            .filter(|&part| total.is_multiple_of(part))
            .filter_map(|part| from.clone().accelerators(total / part, self.node))
            .collect()
    }

    /// A larger degree of one dimension within the fleet.
    fn wider(&self, key: &str, now: u64, most: u64) -> Ladder {
        [2, 4, 8]
            .into_iter()
            .filter_map(|times| now.checked_mul(times).filter(|&degree| degree <= most))
            .filter_map(|degree| self.base().divided(key, degree))
            .collect()
    }

    fn tensor(&self) -> Ladder {
        if !self.language() {
            return Vec::new();
        }
        let now = self.chosen();
        self.wider("tensor", now.tensor.max(1), self.node.min(self.total() / now.pipeline.max(1)))
    }

    fn precisions(&self) -> Vec<Ladder> {
        let mut all = Vec::with_capacity(2);
        let cache = self.wide_cache();
        let then = |first: Candidate| if cache { vec![first.clone(), first.kv("fp8")] } else { vec![first] };
        if let Some(eight) = self.eight() {
            all.push(then(self.base().precision(eight, Price::Nothing)));
        }
        if self.four() {
            all.push(then(self.base().precision("int4", Price::Effort)));
        }
        all
    }

    fn smaller_batches(&self) -> Ladder {
        let batch = self.plan.workload.batch_size;
        [2, 4, 8]
            .into_iter()
            .filter(|&part| batch >= part)
            .map(|part| self.base().batch(batch / part, Price::Work))
            .collect()
    }

    fn larger_batches(&self) -> Ladder {
        let batch = self.plan.workload.batch_size;
        let room = self.metric("max_concurrency").unwrap_or(f64::INFINITY);
        [2, 4, 8]
            .into_iter()
            .filter_map(|times| batch.checked_mul(times))
            .filter(|&batch| batch as f64 <= room && batch < 1 << 40)
            .map(|batch| self.base().batch(batch, Price::Nothing))
            .collect()
    }

    fn shorter(&self) -> Ladder {
        let length = self.plan.workload.seq_len;
        let asked = self.serve().map_or(0, |serve| {
            serve.prompt_tokens.unwrap_or(0).saturating_add(serve.output_tokens.unwrap_or(0))
        });
        [2, 4, 8]
            .into_iter()
            .map(|part| length / part)
            .filter(|&length| length >= 256 && length > asked)
            .map(|length| self.base().length(length))
            .collect()
    }

    /// More ranks that share the experts of a mixture.
    fn experts(&self) -> Ladder {
        let experts = self.plan.workload.model.facts.experts.map_or(0, u64::from);
        let now = written(self.plan.parallelism.expert).unwrap_or(1);
        [2, 4, 8]
            .into_iter()
            .map(|times| now.saturating_mul(times))
            .filter(|&ranks| {
                experts > 1
                    && experts.is_multiple_of(ranks)
                    && self.total().is_multiple_of(ranks)
                    && ranks <= self.total()
            })
            .filter_map(|ranks| self.base().divided("expert", ranks))
            .collect()
    }

    /// Pieces of the batch worked on one after another, as written.
    fn pieces(&self) -> u64 {
        let accumulation = self.plan.workload.train.as_ref().and_then(|train| train.gradient_accumulation);
        written(self.plan.parallelism.microbatches).or(accumulation).unwrap_or(1).max(1)
    }

    /// A fresh KV cache of 8 bits, where it weighs something.
    fn cache(&self) -> Ladder {
        if self.wide_cache() && self.share("kv_cache") > 0.1 {
            vec![self.base().kv("fp8")]
        } else {
            Vec::new()
        }
    }

    fn latency(&self) -> Vec<Ladder> {
        let mut all = vec![self.tensor()];
        all.extend(self.precisions());
        all.push(self.cache());
        if self.language() {
            all.push(self.more(&self.base(), &[2, 4, 8]));
        }
        all.extend(self.faster());
        all.push(self.smaller_batches());
        all
    }

    fn first_token(&self) -> Vec<Ladder> {
        let mut all = self.latency();
        let chunk = self.serve().and_then(|serve| serve.prefill_chunk_tokens);
        if let Some(chunk) = chunk.filter(|chunk| *chunk < 8192) {
            let larger = [2, 4].into_iter().map(|times| chunk.saturating_mul(times));
            all.insert(0, larger.map(|tokens| self.base().chunk(tokens)).collect());
        }
        all
    }

    /// The same deployment as many times over as the requests that arrive need: accelerators and sequences alike.
    fn replicas(&self) -> Ladder {
        let load = self.metric("offered_load").filter(|load| *load > 1.0 && *load < 1e6);
        let Some(least) = load.map(|load| load.ceil() as u64) else { return Vec::new() };
        let (total, batch) = (self.total(), self.plan.workload.batch_size);
        // Rounding leaves a little over now and then.
        [least, least + least.div_ceil(8), least.saturating_mul(2)]
            .into_iter()
            .filter_map(|times| {
                // Beyond one node a fleet is whole nodes.
                let whole = |times: &u64| {
                    let fleet = total.saturating_mul(*times);
                    fleet <= self.node || fleet.is_multiple_of(self.node)
                };
                let times = (times..=times.saturating_add(self.node)).find(whole)?;
                let fleet = self.base().accelerators(total.checked_mul(times)?, self.node)?;
                Some(fleet.batch(batch.checked_mul(times)?, Price::Nothing))
            })
            .collect()
    }

    fn throughput(&self) -> Vec<Ladder> {
        let mut all = vec![self.replicas(), self.larger_batches()];
        all.extend(self.precisions());
        all.push(self.cache());
        all.push(self.more(&self.base(), &[2, 4, 8]));
        all.extend(self.faster());
        all
    }

    fn room(&self) -> Vec<Ladder> {
        let mut all = vec![self.cache(), self.tensor()];
        all.extend(self.precisions());
        all.push(self.more(&self.base(), &[2, 4, 8]));
        all.extend(self.larger());
        all
    }

    fn step(&self) -> Vec<Ladder> {
        let p = &self.plan.parallelism;
        let mut all = Vec::with_capacity(14);
        if p.overlap == Some(false) {
            all.push(vec![self.base().overlap()]);
        }
        match p.recompute {
            Some(Auto::Is(Recompute::Full)) => {
                all.push(vec![self.base().recompute(Recompute::None)]);
                all.push(vec![self.base().recompute(Recompute::Selective)]);
            }
            Some(Auto::Is(Recompute::Selective)) => all.push(vec![self.base().recompute(Recompute::None)]),
            _ => {}
        }
        if self.language() {
            let (chosen, total) = (self.chosen(), self.total());
            if written(p.tensor).is_some() {
                all.push(self.tensor());
                if chosen.tensor > 1 {
                    all.push(self.base().divided("tensor", chosen.tensor / 2).into_iter().collect());
                }
            }
            if chosen.pipeline > 1 {
                let pieces = self.pieces().max(chosen.pipeline).saturating_mul(2);
                if pieces.saturating_mul(chosen.data) <= self.plan.workload.batch_size {
                    all.push(vec![self.base().pieces(pieces)]);
                }
                if p.virtual_stages.is_none_or(|stages| stages == Auto::Is(1)) {
                    all.push(self.base().divided("virtual_stages", 2).into_iter().collect());
                }
                if written(p.pipeline).is_some() {
                    all.push(self.base().divided("pipeline", chosen.pipeline / 2).into_iter().collect());
                }
            } else if self.pieces() > 1 {
                all.push(vec![self.base().pieces((self.pieces() / 2).max(1))]);
            }
            if total > 1 {
                let stages = match written(p.zero) {
                    Some(3) => [Some(1), None],
                    None if p.zero.is_none() => [Some(1), Some(3)],
                    _ => [None, None],
                };
                all.extend(stages.into_iter().flatten().map(|stage| vec![self.base().zero(stage)]));
            }
            let fp8 = self.wide() && self.has("fp8");
            if fp8 {
                all.push(vec![self.base().precision("fp8", Price::Nothing)]);
            }
        }
        if let Some(size) = self.plan.hardware.accelerator.facts.vendor_node.map(u64::from)
            && self.plan.hardware.accelerators_per_node.is_some_and(|own| own < size)
        {
            all.push(self.base().node(size).into_iter().collect());
        }
        all.push(self.more(&self.base(), &[2, 4, 8]));
        all.extend(self.faster());
        all
    }

    fn money(&self, key: &str) -> Vec<Ladder> {
        let mut all = vec![self.cheapest_power(), self.base().acquisition().into_iter().collect()];
        if key == "usd_per_million_tokens" {
            all.push(self.larger_batches());
            all.extend(self.precisions());
        } else {
            all.push(self.fewer(&self.base()));
            if let (Mode::Serve, Some(eight)) = (self.mode, self.eight()) {
                all.push(self.fewer(&self.base().precision(eight, Price::Nothing)));
            }
        }
        all.extend(self.cheaper());
        all
    }

    fn carbon(&self, key: &str) -> Vec<Ladder> {
        let mut all = vec![self.cleanest(key)];
        if key == "g_co2_per_million_tokens" {
            all.push(self.larger_batches());
            all.extend(self.precisions());
        } else {
            all.push(self.fewer(&self.base()));
            if let (Mode::Serve, Some(eight)) = (self.mode, self.eight()) {
                all.push(self.fewer(&self.base().precision(eight, Price::Nothing)));
            }
        }
        all
    }

    /// What may move a metric. `share` is the part of the capacity that memory may take.
    pub fn ladders(&self, pull: Pull, key: &str, share: f64) -> Vec<Ladder> {
        match pull {
            Pull::Memory => self.fit(share),
            Pull::Latency => self.latency(),
            Pull::FirstToken => self.first_token(),
            Pull::Throughput => self.throughput(),
            Pull::Room => self.room(),
            Pull::Step => self.step(),
            Pull::Money => self.money(key),
            Pull::Carbon => self.carbon(key),
        }
    }

    /// Cheaper or cleaner ways to do the same, for a plan that holds what it promises.
    pub fn second(&self, pull: Pull) -> Vec<Ladder> {
        match pull {
            Pull::Money => vec![
                self.cheapest_power(),
                self.base().acquisition().into_iter().collect(),
                if self.mode == Mode::Serve { self.larger_batches() } else { Vec::new() },
            ],
            _ => vec![self.cleanest("carbon_footprint")],
        }
    }
}
