//! What brings the memory of an accelerator down.

use super::super::candidate::{Candidate, Price, written};
use super::{Ladder, Site};
use crate::engine::figures::Workspace;
use crate::engine::report::LensStatus;
use crate::engine::studio::WORK_PARTS;
use crate::plan::{Auto, Mode, Recompute};

impl Site<'_> {
    /// Whether what the batch brings with it takes more than half of the memory.
    pub fn work_fills(&self) -> bool {
        WORK_PARTS.iter().map(|key| self.share(key)).sum::<f64>() > 0.5
    }

    /// The largest batch below the candidate's own with which it fits, in whole sequences of each replica.
    fn largest_batch(&self, work: &mut Workspace, from: &Candidate) -> Option<u64> {
        let data = if self.mode == Mode::Train { self.chosen().data.max(1) } else { 1 };
        let mut fits = |count: u64| {
            let candidate = from.clone().batch(count.saturating_mul(data), Price::Work);
            work.figures(&candidate.plan).feasibility == LensStatus::Pass
        };
        let (mut low, mut high) = (1, self.plan.workload.batch_size.div_ceil(data));
        if high <= 1 || !fits(1) {
            return None;
        }
        // A smaller batch never needs more: what holds at `low` fails at `high`.
        while high - low > 1 {
            let middle = u64::midpoint(low, high);
            *(if fits(middle) { &mut low } else { &mut high }) = middle;
        }
        Some(low * data)
    }

    /// The fewest pieces, in powers of two, in which the batch fits one after another.
    fn fewest_pieces(&self, work: &mut Workspace, from: &Candidate) -> Option<Candidate> {
        let per_rank = (self.plan.workload.batch_size / self.chosen().data.max(1)).max(1);
        let steps = (1..=16).filter_map(|power| self.pieces().checked_mul(1 << power));
        steps
            .take_while(|count| *count <= per_rank)
            .map(|count| from.clone().pieces(count))
            .find(|candidate| work.figures(&candidate.plan).feasibility == LensStatus::Pass)
    }

    /// The plan, and the plan with less beside the batch: fewer bits in serving, states divided and activations
    /// computed again in training.
    fn roomier(&self) -> Vec<Candidate> {
        let mut all = vec![self.base()];
        match self.mode {
            Mode::Serve => all.extend(self.precisions().into_iter().filter_map(|mut ladder| ladder.pop())),
            Mode::Train if self.language() && self.total() > 1 => {
                let zero = self.base().zero(3);
                all.extend([zero.clone(), zero.recompute(Recompute::Full)]);
            }
            Mode::Train => {}
        }
        all
    }

    /// Less work at a time: training in smaller pieces; the largest batch that fits. With less beside the batch where
    /// that alone is not enough.
    pub fn smaller_work(&self, work: &mut Workspace) -> Vec<Ladder> {
        let mut all = Vec::with_capacity(2);
        let from = self.roomier();
        if self.mode == Mode::Train && self.language() {
            all.extend(from.iter().find_map(|from| self.fewest_pieces(work, from)));
        }
        all.extend(from.into_iter().find_map(|from| {
            let most = self.largest_batch(work, &from)?;
            Some(from.batch(most, Price::Work))
        }));
        all.into_iter().map(|one| vec![one]).collect()
    }

    fn fit_serving(&self, times: &[u64]) -> Vec<Ladder> {
        let mut all = Vec::with_capacity(12);
        if written(self.plan.parallelism.tensor).is_some() {
            all.push(self.tensor());
        }
        all.push(self.more(&self.base(), times));
        let precisions = self.precisions();
        let narrow = precisions.first().map(|ladder| ladder[0].clone());
        all.extend(precisions);
        all.push(self.cache());
        if let Some(narrow) = narrow {
            let fewer: Vec<u64> = times.iter().map(|times| times / 2).filter(|times| *times > 1).collect();
            all.push(self.more(&narrow, &fewer));
        }
        all.push(self.experts());
        if self.share("kv_cache") > 0.2 {
            all.push(self.shorter());
        }
        all
    }

    fn fit_training(&self, times: &[u64]) -> Vec<Ladder> {
        let mut all = Vec::with_capacity(12);
        let p = &self.plan.parallelism;
        let kept = matches!(p.recompute, Some(Auto::Is(Recompute::None | Recompute::Selective)));
        if matches!(self.plan.hardware.precision.as_str(), "fp32" | "tf32") && self.has("bf16") {
            all.push(vec![self.base().precision("bf16", Price::Nothing)]);
        }
        if kept {
            all.push(vec![self.base().recompute(Recompute::Full)]);
        }
        let open = !matches!(p.zero, Some(Auto::Is(3)));
        if open && self.total() > 1 {
            let zero = self.base().zero(3);
            all.push(if kept { vec![zero.clone(), zero.recompute(Recompute::Full)] } else { vec![zero] });
        }
        if written(p.tensor).is_some() {
            all.push(self.tensor());
        }
        if let Some(pipeline) = written(p.pipeline) {
            let layers = self.plan.workload.model.facts.layers.map_or(1, u64::from);
            all.push(self.wider("pipeline", pipeline, self.total().min(layers)));
        }
        if self.plan.workload.seq_len >= 8192 && self.total() > 1 {
            all.push(self.wider("context", written(p.context).unwrap_or(1), self.node.min(self.total())));
        }
        all.push(self.experts());
        all.push(self.more(&self.base(), times));
        if open || kept {
            all.push(self.more(&self.base().zero(3).recompute(Recompute::Full), times));
        }
        let adapters = self.plan.workload.train.as_ref().and_then(|train| train.lora_rank).unwrap_or(0);
        if adapters == 0 {
            all.push(vec![self.base().adapters(16)]);
        }
        if self.share("activations") + self.share("logits") > 0.2 {
            all.push(self.shorter());
        }
        all
    }

    /// What brings memory down to the capacity, or to `share` of it.
    pub(super) fn fit(&self, share: f64) -> Vec<Ladder> {
        let over =
            self.report.memory.as_ref().map_or(2.0, |memory| memory.used_bytes / memory.capacity_bytes);
        let least = ((over / share.clamp(0.05, 1.0)).ceil().clamp(2.0, 1024.0) as u64).next_power_of_two();
        let times = [least, least * 2, least * 4];
        let mut all = match (self.mode, self.language()) {
            (Mode::Train, true) => self.fit_training(&times),
            (Mode::Serve, true) => self.fit_serving(&times),
            (_, false) => self.precisions(),
        };
        all.extend(self.larger());
        all
    }
}
