//! Serving capacity (walls 4, 5 and 7 together): replicas for a load and a tail target.
//!
//! The batch that pages allow (wall 5, 16-token pages), latency of one request at that batch (wall 4),
//! then the least number of replicas whose queue (wall 7) keeps p99 within the target:
//! `q = tokens/s / output_tokens`, `base = TTFT + ITL · output_tokens`, `p99 = base + wait`.
//! Requests/s, ms in, s out. Defaults: 2048 tokens, 128 out, batch 32, up to 1024 replicas, cv 1.
//! Sources: those of the three walls.

use super::error::{WallError, at_least, at_most, positive};
use super::output::output;
use super::{batching, serving, tail_latency};
use crate::registry::{Accelerator, Model};

const PAGE_TOKENS: u64 = 16;

/// What the solver needs.
#[derive(Debug, Clone, Copy)]
pub struct Inputs<'a> {
    /// The model, a transformer.
    pub model: &'a Model,
    /// The device; one replica each.
    pub hardware: &'a Accelerator,
    /// Requests per second.
    pub qps: f64,
    /// 99th percentile allowed, ms.
    pub target_p99_latency_ms: f64,
    /// Longest request, tokens.
    pub max_seq_len: u64,
    /// Mean request, tokens; the longest where not given.
    pub mean_request_tokens: Option<f64>,
    /// Tokens of an answer.
    pub output_tokens: u64,
    /// Requests that the scheduler admits.
    pub max_batch_size: u64,
    /// Precision key.
    pub precision: &'a str,
    /// Share of peak that prefill reaches.
    pub efficiency: f64,
    /// Most replicas to try.
    pub max_replicas: u64,
    /// Standard deviation of the service time over its mean.
    pub service_time_cv: f64,
}

output! {
    /// What the solver answers.
    pub struct Outputs {
        /// A number of replicas meets the target.
        pub feasible: bool,
        /// That number, or the most tried.
        pub required_replicas: u64,
        /// Echo, requests/s.
        pub qps_target: f64,
        /// Requests/s of all replicas.
        pub qps_capacity: f64,
        /// Requests/s of one.
        pub per_replica_qps_capacity: f64,
        /// Load over capacity.
        pub utilization: f64,
        /// Echo, s.
        pub target_p99_latency_s: f64,
        /// 99th percentile reached, s.
        pub estimated_p99_latency_s: f64,
        /// One request without waiting, s.
        pub base_request_latency_s: f64,
        /// 99th percentile of the wait, s.
        pub queue_wait_p99_s: f64,
        /// Requests at a time on one replica.
        pub active_batch_size: u64,
        /// Time to first token, s.
        pub ttft_s: f64,
        /// Time between tokens, s.
        pub itl_s: f64,
        /// `Feasible`, `Memory`, `Capacity` or `Tail Latency`.
        pub bottleneck: &'static str,
    }
}

/// Solves it.
pub fn solve(inputs: &Inputs<'_>) -> Result<Outputs, WallError> {
    positive("qps", inputs.qps)?;
    positive("target_p99_latency_ms", inputs.target_p99_latency_ms)?;
    at_least("output_tokens", inputs.output_tokens as f64, 1.0)?;
    at_least("max_replicas", inputs.max_replicas as f64, 1.0)?;
    at_most("max_replicas", inputs.max_replicas, tail_latency::MOST_REPLICAS)?;
    at_least("service_time_cv", inputs.service_time_cv, 0.0)?;
    let batch = batching::solve(&batching::Inputs {
        model: inputs.model,
        hardware: inputs.hardware,
        max_seq_len: inputs.max_seq_len,
        mean_request_tokens: inputs.mean_request_tokens,
        max_batch_size: inputs.max_batch_size,
        page_size: PAGE_TOKENS,
        precision: inputs.precision,
        efficiency: inputs.efficiency,
    })?;
    let active = batch.max_active_requests.max(1);
    let context = batch.mean_request_tokens.floor().max(1.0) as u64;
    let request = serving::solve(&serving::Inputs::plain(
        inputs.model,
        inputs.hardware,
        context,
        active,
        inputs.precision,
        inputs.efficiency,
    ))?;
    let output = inputs.output_tokens as f64;
    let per_replica = batch.throughput_tokens_per_sec / output;
    let target = inputs.target_p99_latency_ms / 1000.0;
    let mut found = Outputs {
        feasible: false,
        required_replicas: inputs.max_replicas,
        qps_target: inputs.qps,
        qps_capacity: 0.0,
        per_replica_qps_capacity: 0.0,
        utilization: f64::INFINITY,
        target_p99_latency_s: target,
        estimated_p99_latency_s: f64::INFINITY,
        base_request_latency_s: request.ttft_s + request.itl_s * output,
        queue_wait_p99_s: f64::INFINITY,
        active_batch_size: active,
        ttft_s: request.ttft_s,
        itl_s: request.itl_s,
        bottleneck: "Capacity",
    };
    if !batch.feasible || !request.feasible {
        found.bottleneck = "Memory";
        return Ok(found);
    }
    if per_replica <= 0.0 {
        return Ok(found);
    }
    let service_ms = 1000.0 / per_replica;
    // Where one request alone takes too long, no number of replicas helps: only the last try is worth it.
    let first = if found.base_request_latency_s > target { inputs.max_replicas } else { 1 };
    for replicas in first..=inputs.max_replicas {
        let queue = tail_latency::queue(&tail_latency::Inputs {
            arrival_rate_qps: inputs.qps,
            service_latency_ms: service_ms,
            num_replicas: replicas,
            service_time_cv: inputs.service_time_cv,
        });
        found.queue_wait_p99_s = (queue.p99_latency_s - service_ms / 1000.0).max(0.0);
        found.estimated_p99_latency_s = found.base_request_latency_s + found.queue_wait_p99_s;
        found.bottleneck = if queue.is_stable { "Tail Latency" } else { "Capacity" };
        if queue.is_stable && found.estimated_p99_latency_s <= target {
            found.feasible = true;
            found.required_replicas = replicas;
            found.bottleneck = "Feasible";
            break;
        }
    }
    found.per_replica_qps_capacity = per_replica;
    found.qps_capacity = found.required_replicas as f64 * per_replica;
    found.utilization = inputs.qps / found.qps_capacity;
    Ok(found)
}
