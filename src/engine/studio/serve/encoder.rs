//! Encoders: models that read whole sequences and write nothing.

use super::super::anatomy::{self, Anatomy};
use super::super::{Outcome, band, bottleneck, performance};
use super::parts::{chosen_parallelism, communication, fit, replica, streaming, timeline, waiting};
use super::{Placement, Site, notes};
use crate::engine::format;
use crate::engine::model::constants::Prediction;
use crate::engine::model::inference::Engine;
use crate::engine::model::primitives::Rates;
use crate::engine::readings::Load;
use crate::metrics::Values;
use crate::plan::Plan;

/// A forward pass over whole sequences of `seq_len` tokens; nothing is generated.
pub(super) fn evaluate(plan: &Plan, site: &Site<'_>, placement: &Placement, known: bool) -> Outcome {
    let case = &placement.case;
    let rates = Rates::of(case);
    let tokens = plan.workload.seq_len.max(1) as f64;
    let pass = Engine::new(case, &rates, &placement.serving).prefill(placement.sequences, tokens, 0.0);
    let batch = site.batch as f64;
    let flop = case.shape.forward_flops(placement.sequences * tokens, placement.sequences * tokens * tokens);
    let per_rank = flop / case.split.tensor;
    let bytes = placement.weights * case.split.pipeline;
    let compute = Load { amount: per_rank, rate: rates.gemm, seconds: per_rank / rates.gemm };
    let traffic = Load { amount: bytes, rate: rates.bandwidth, seconds: bytes / rates.bandwidth };
    let mfu = (flop / (pass.total * case.devices * case.peak())).min(1.0);
    let fitted = site.machine.fitted();
    let mut warnings = notes::warnings(plan, site, placement);
    warnings.retain(|warning| warning.code != "context_length");
    let mut metrics = Values::default();
    metrics.set(const { performance("latency") }, pass.total * 1e3);
    metrics.set(const { performance("throughput") }, batch / pass.total);
    metrics.set(const { performance("mfu") }, mfu);
    let summary = || {
        format!(
            "{} for a batch of {} sequences {}, {} sequences/s",
            format::seconds(pass.total),
            format::grouped(batch),
            band(Prediction::Prefill.band(known, fitted), fitted),
            format::figure(batch / pass.total)
        )
    };
    Outcome {
        memory: fit(site.words, placement, false),
        metrics,
        summary: if site.words { summary() } else { String::new() },
        timeline: timeline(site.words, &pass, (compute, traffic), 0.0),
        bottleneck: bottleneck(compute, traffic),
        parallelism: Some(chosen_parallelism(placement)),
        warnings,
        tokens_per_s: Some(batch * tokens / pass.total),
        mfu,
        efficiency: rates.gemm16 / case.device.peak16,
        compute,
        traffic,
        overhead_s: pass.launch + pass.host,
        communication: communication(site.words, placement, &pass),
        node: case.node,
        serving: None,
        streaming: streaming(site, placement, &pass),
        waits_s: waiting(&pass),
        prefill: None,
        queue: None,
        second_pool: false,
        anatomy: site.open.then(|| {
            let engine = Engine::new(case, &rates, &placement.serving);
            Anatomy::Encoder(Box::new(anatomy::Encoder {
                replica: replica(site, placement, &rates),
                pass: engine.prefill_parts(placement.sequences, tokens, 0.0),
                batch,
                flop,
            }))
        }),
    }
}
