//! Arguments of the commands that search a space of plans.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// `optimize`
#[derive(Debug, Args)]
pub struct OptimizeArgs {
    /// What to search for.
    #[command(subcommand)]
    pub what: Optimize,
}

/// The searches.
#[derive(Debug, Subcommand)]
pub enum Optimize {
    /// Divide the fleet: tensor, pipeline and data parallel, and the ZeRO stage.
    ///
    /// Training is ranked by MFU, serving by output tokens per second.
    Parallelism {
        /// Plan file; `-` reads standard input.
        #[arg(value_name = "PLAN")]
        plan: PathBuf,
    },
    /// Find the largest batch that keeps the 99th percentile of the latency within a target.
    Batching {
        /// Plan file; `-` reads standard input.
        #[arg(value_name = "PLAN")]
        plan: PathBuf,
        /// 99th percentile of a request that is allowed, milliseconds.
        #[arg(long, value_name = "MS", allow_negative_numbers = true)]
        sla_ms: f64,
        /// Requests that arrive each second.
        #[arg(long, value_name = "RATE", allow_negative_numbers = true)]
        qps: f64,
    },
    /// Find the region with the least cost, carbon priced in.
    Placement {
        /// Plan file; `-` reads standard input.
        #[arg(value_name = "PLAN")]
        plan: PathBuf,
        /// USD per metric ton of CO2e; else what the plan says, else 100.
        #[arg(long, value_name = "USD", allow_negative_numbers = true)]
        carbon_tax: Option<f64>,
    },
}
