//! What brings the memory of an accelerator down.

use super::super::candidate::{Price, written};
use super::{Ladder, Site};
use crate::plan::{Auto, Mode, Recompute};

impl Site<'_> {
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
        let batch = self.plan.workload.batch_size;
        match self.metric("max_concurrency") {
            Some(most) if most >= 1.0 && most < batch as f64 => {
                all.push(vec![self.base().batch(most as u64, Price::Work)]);
            }
            Some(_) => {}
            None => all.push(self.smaller_batches()),
        }
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
        let (pieces, data) = (self.pieces(), self.chosen().data.max(1));
        let per_rank = (self.plan.workload.batch_size / data).max(1);
        let smaller = [2, 4, 8, 16].into_iter().map(|times| pieces.saturating_mul(times));
        all.push(smaller.filter(|&count| count <= per_rank).map(|count| self.base().pieces(count)).collect());
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
        if per_rank > 1 {
            all.push(self.smaller_batches());
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
            (_, false) => {
                let mut all = self.precisions();
                all.push(self.smaller_batches());
                all
            }
        };
        all.extend(self.larger());
        all
    }
}
