//! Batching optimizer (walls 4 and 7): the largest batch whose tail stays within the target.
//!
//! For each batch `b`: wall 4 gives `service = TTFT + ITL · S`; wall 7 with `λ = qps/b` on the replicas gives
//! p99; accepted where stable and within the target; the largest accepted batch wins. The throughput reported is
//! `qps · S` tokens/s whatever the batch, as in mlsysim 0.3.0, which also leaves out the time a batch takes to
//! fill. Requests/s, ms in, s out. Defaults: batches up to 256. Sources: those of the two walls.

use super::error::{WallError, at_least, at_most, positive};
use super::output::output;
use super::{serving, tail_latency};
use crate::registry::{Accelerator, Model};

const MOST_BATCHES: u64 = 65_536;

/// What the optimizer needs.
#[derive(Debug, Clone, Copy)]
pub struct Inputs<'a> {
    /// The model, a transformer.
    pub model: &'a Model,
    /// The device; one replica each.
    pub hardware: &'a Accelerator,
    /// Context, tokens; also the length of the answer.
    pub seq_len: u64,
    /// 99th percentile allowed, ms.
    pub sla_latency_ms: f64,
    /// Requests per second.
    pub arrival_rate_qps: f64,
    /// Replicas.
    pub num_replicas: u64,
    /// Precision key.
    pub precision: &'a str,
    /// Share of peak that prefill reaches.
    pub efficiency: f64,
    /// Largest batch to try.
    pub max_search_batch: u64,
}

output! {
    /// The winner's setting.
    pub struct Config {
        /// Batch.
        pub max_batch_size: u64,
    }
}

output! {
    /// What the optimizer answers.
    pub struct Outputs {
        /// The throughput again.
        pub objective_value: f64,
        /// The winner's setting.
        pub best_config: Config,
        /// Batches tried.
        pub total_searched: u64,
        /// Largest accepted batch, 0 where none is.
        pub best_batch_size: u64,
        /// Tokens/s at the load given.
        pub max_throughput: f64,
        /// 99th percentile at that batch, s.
        pub p99_latency_s: f64,
        /// Wall 7's headroom ratio.
        pub slo_headroom_ratio: f64,
        /// Some batch is accepted.
        pub is_feasible: bool,
    }
}

/// Searches.
pub fn solve(inputs: &Inputs<'_>) -> Result<Outputs, WallError> {
    positive("sla_latency_ms", inputs.sla_latency_ms)?;
    at_least("arrival_rate_qps", inputs.arrival_rate_qps, 0.0)?;
    at_least("max_search_batch", inputs.max_search_batch as f64, 1.0)?;
    at_most("max_search_batch", inputs.max_search_batch, MOST_BATCHES)?;
    at_most("num_replicas", inputs.num_replicas, tail_latency::MOST_REPLICAS)?;
    let context = inputs.seq_len as f64;
    let mut best = Outputs {
        objective_value: 0.0,
        best_config: Config { max_batch_size: 0 },
        total_searched: inputs.max_search_batch,
        best_batch_size: 0,
        max_throughput: 0.0,
        p99_latency_s: 0.0,
        slo_headroom_ratio: 0.0,
        is_feasible: false,
    };
    for batch in 1..=inputs.max_search_batch {
        let request = serving::solve(&serving::Inputs::plain(
            inputs.model,
            inputs.hardware,
            inputs.seq_len,
            batch,
            inputs.precision,
            inputs.efficiency,
        ))?;
        // Memory only grows with the batch.
        if !request.feasible {
            break;
        }
        let queue = tail_latency::queue(&tail_latency::Inputs {
            arrival_rate_qps: inputs.arrival_rate_qps / batch as f64,
            service_latency_ms: (request.ttft_s + request.itl_s * context) * 1000.0,
            num_replicas: inputs.num_replicas,
            service_time_cv: 1.0,
        });
        if queue.is_stable && queue.p99_latency_s * 1000.0 <= inputs.sla_latency_ms {
            let throughput = inputs.arrival_rate_qps * context;
            best.objective_value = throughput;
            best.best_config.max_batch_size = batch;
            best.best_batch_size = batch;
            best.max_throughput = throughput;
            best.p99_latency_s = queue.p99_latency_s;
            best.slo_headroom_ratio = queue.slo_headroom_ratio;
            best.is_feasible = true;
        }
    }
    Ok(best)
}
