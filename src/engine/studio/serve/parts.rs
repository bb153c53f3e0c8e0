//! The parts of an outcome that every kind of serving has: memory, loads, communication, time line.

use super::super::anatomy::Replica;
use super::super::{memory_fit, parts};
use super::{Placement, Site};
use crate::engine::model::inference::Pass;
use crate::engine::model::memory;
use crate::engine::model::primitives::Rates;
use crate::engine::readings::{Communication, Load, PhaseLoads, Streaming};
use crate::engine::report::{ChosenParallelism, MemoryFit, Timeline};

/// Figures of one decode step of the whole depth, per tensor rank, at `tokens` positions of each sequence.
pub(super) fn loads(placement: &Placement, rates: &Rates, context: f64, tokens: f64) -> (Load, Load) {
    let case = &placement.case;
    let split = &case.split;
    let piece = placement.sequences / split.pipeline.min(placement.sequences);
    let span = case.shape.span(context);
    let flop = case.shape.forward_flops(piece * tokens, piece * span * tokens) / split.tensor;
    let touched = if case.shape.is_moe() {
        let share = case.shape.top_k / case.shape.experts;
        let experts = case.shape.layers * case.shape.ffn_params * case.shape.scale_total / case.shape.total;
        1.0 - experts.min(1.0) * (1.0 - share).max(0.0).powf(piece * tokens)
    } else {
        1.0
    };
    let cache = piece * span * memory::kv_token_local(case, placement.serving.kv_bytes) * split.pipeline;
    let bytes = placement.weights * split.pipeline * touched + cache;
    (
        Load { amount: flop, rate: rates.gemm, seconds: flop / rates.gemm },
        Load { amount: bytes, rate: rates.bandwidth, seconds: bytes / rates.bandwidth },
    )
}

/// Memory of one accelerator; nothing is cached where nothing is generated.
pub(super) fn fit(words: bool, placement: &Placement, writes: bool) -> MemoryFit {
    let memory = &placement.memory;
    let weights = if placement.streamed() { "two layers of weights" } else { "weights" };
    memory_fit(
        words,
        &[
            ("weights", weights, memory.weights),
            ("kv_cache", "KV cache", if writes { memory.kv } else { 0.0 }),
            ("draft_weights", "draft weights", placement.draft.map_or(0.0, |draft| draft.weights)),
            ("draft_kv", "draft KV cache", placement.draft.map_or(0.0, |draft| draft.kv)),
            ("activations", "buffers", memory.activations),
            ("reserve", "reserve", memory.context),
        ],
        placement.case.device.capacity,
    )
}

pub(super) fn chosen_parallelism(placement: &Placement) -> ChosenParallelism {
    let split = &placement.case.split;
    ChosenParallelism {
        tensor: split.tensor as u64,
        pipeline: split.pipeline as u64,
        data: placement.replicas,
        expert: split.expert as u64,
    }
}

pub(super) fn communication(words: bool, placement: &Placement, pass: &Pass) -> Option<Communication> {
    let talk = pass.communication + pass.p2p;
    (placement.case.devices > 1.0 || placement.replicas > 1).then_some(Communication {
        data_s: 0.0,
        tensor_s: talk,
        expert_s: 0.0,
        bubble_s: 0.0,
        exposed_s: talk,
        how: if words && talk > 0.0 {
            format!(
                "tensor {} and pipeline {} in each decode step",
                placement.case.split.tensor, placement.case.split.pipeline
            )
        } else {
            String::new()
        },
    })
}

pub(super) fn timeline(
    words: bool,
    pass: &Pass,
    (compute, traffic): (Load, Load),
    drafting_s: f64,
) -> Timeline {
    Timeline {
        segments: parts(
            words,
            &[
                ("compute", "compute", compute.seconds),
                ("memory", "memory", traffic.seconds),
                ("streaming", "weights streaming in", pass.stream),
                ("communication", "communication", pass.communication + pass.p2p),
                ("overhead", "overhead", pass.launch + pass.host),
                ("draft", "drafting", drafting_s),
            ],
        ),
        total_s: pass.total + drafting_s,
    }
}

/// Where the time of one request's prefill goes, per tensor rank.
pub(super) fn prefill_loads(
    placement: &Placement,
    rates: &Rates,
    pass: &Pass,
    flop: f64,
    fresh: f64,
) -> PhaseLoads {
    let split = &placement.case.split;
    let flop = flop / split.tensor;
    // Each chunk reads the weights once.
    let chunks = (fresh / placement.serving.chunk).ceil().max(1.0);
    let bytes = placement.weights * split.pipeline * chunks;
    PhaseLoads {
        total_s: pass.total,
        compute: Load { amount: flop, rate: rates.gemm, seconds: flop / rates.gemm },
        memory: Load { amount: bytes, rate: rates.bandwidth, seconds: bytes / rates.bandwidth },
        overhead_s: pass.launch + pass.host,
        talk_s: pass.communication + pass.p2p,
        stream_s: waiting(pass),
    }
}

/// Seconds of weights on their way in, where the pass waits for them.
pub(super) fn waiting(pass: &Pass) -> f64 {
    if pass.stream >= pass.total { pass.stream } else { 0.0 }
}

/// How the weights get to where they are used, on machines that can stream them in.
pub(super) fn streaming(site: &Site<'_>, placement: &Placement, pass: &Pass) -> Option<Streaming> {
    let case = &placement.case;
    let link = site.machine.chip.stream?;
    Some(Streaming {
        weights: placement.weights * case.split.pipeline,
        link,
        layers: case.shape.layers,
        run_s: pass.run,
        stream_s: pass.stream,
        prefill: None,
        cache: placement.memory.kv,
        held: !placement.streamed(),
    })
}

/// One replica, for derivations.
pub(super) fn replica(site: &Site<'_>, placement: &Placement, rates: &Rates) -> Replica {
    Replica {
        case: placement.case,
        rates: *rates,
        replicas: placement.replicas as f64,
        sequences: placement.sequences,
        memory: placement.memory,
        weights: placement.weights,
        streamed: placement.streamed(),
        kv_bytes: placement.serving.kv_bytes,
        context: site.request.context,
        chunk: placement.serving.chunk,
        draft_weights: placement.draft.map_or(0.0, |draft| draft.weights),
        draft_kv: placement.draft.map_or(0.0, |draft| draft.kv),
        draft_kv_token: placement.draft.map_or(0.0, |draft| draft.kv_token),
    }
}
