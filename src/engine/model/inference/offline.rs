//! A saturated server: throughput of a batch that memory and the engine bound.

use super::super::{Case, constants as c, memory, primitives::Rates};
use super::{Engine, Pass, Phase, Serving, Work};

/// A saturated server with in-flight batching.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Offline {
    /// Output tokens per second.
    pub tokens_per_s: f64,
    /// Live sequences.
    pub concurrency: f64,
    /// Sequences that KV memory allows.
    pub kv_concurrency: f64,
    /// Iterations while one generation of requests lives.
    pub iterations: f64,
    /// Tokens of one iteration.
    pub tokens_per_iteration: f64,
    /// One iteration without attention.
    pub iteration: Pass,
    /// Attention of one prompt.
    pub prefill_attention: f64,
    /// Attention of one decode step.
    pub decode_attention: f64,
    /// Seconds of one generation of requests.
    pub total: f64,
}

/// Throughput of a saturated server whose batch is bound by KV memory and the engine.
pub fn offline(case: &Case, rates: &Rates, serving: &Serving, prompt: f64, output: f64) -> Offline {
    let engine = Engine::new(case, rates, serving);
    let shape = &case.shape;
    let (prompt, output, stages) = (prompt.max(1.0), output.max(1.0), case.split.pipeline);
    let capacity = case.device.capacity * c::USABLE;
    let free = capacity - memory::weights_local(case) - c::SERVER_RESERVE;
    let token = memory::kv_token_local(case, serving.kv_bytes);
    let kv_concurrency =
        (c::SERVER_KV_SHARE * free.max(0.02 * capacity) / token / shape.span(prompt + output)).max(1.0);
    let live = kv_concurrency.min(serving.max_sequences);
    let iterations = output.max(live * (prompt + output) / serving.chunk.min(8192.0));
    let tokens = live * (prompt + output) / iterations;
    let sequences = live / stages;
    let base = Work {
        tokens: tokens / stages,
        sequences,
        pairs: 0.0,
        context: 0.0,
        rows: sequences,
        phase: Phase::Decode,
    };
    let iteration = engine.forward(&base);
    let prompt_work = Work {
        tokens: prompt,
        sequences: 1.0,
        pairs: shape.pairs(prompt, prompt * (prompt + 1.0) / 2.0),
        context: prompt,
        rows: 0.0,
        phase: Phase::Prefill,
    };
    let read = sequences * shape.span(prompt + output / 2.0);
    let decode_work = Work { tokens: sequences, pairs: read, context: read, rows: 0.0, ..base };
    let prefill_attention = shape.layers * engine.attention(&prompt_work);
    let decode_attention = shape.layers * engine.attention(&decode_work);
    let total = iterations * iteration.total + sequences * prefill_attention + output * decode_attention;
    Offline {
        tokens_per_s: live * output / total,
        concurrency: live,
        kv_concurrency,
        iterations,
        tokens_per_iteration: tokens,
        iteration,
        prefill_attention,
        decode_attention,
        total,
    }
}
