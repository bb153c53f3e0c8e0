//! Arguments of the commands that search a space of plans.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use crate::search::run::{self, Shard};

/// `sweep`
#[derive(Debug, Args)]
pub struct SweepArgs {
    /// Plan file; `-` reads standard input.
    #[arg(value_name = "PLAN")]
    pub plan: PathBuf,

    /// A field and the values it takes, for example `workload.batch_size=1..256*2`; may be repeated.
    #[arg(long, value_name = "FIELD=VALUES", required = true)]
    pub vary: Vec<String>,

    /// A metric to show, for example `cost` or `p_itl_ms`; `all` for every one; may be repeated.
    #[arg(short, long, value_name = "NAME")]
    pub metric: Vec<String>,

    /// Count instead of listing: points, feasible points, seconds, points per second.
    #[arg(long)]
    pub summary: bool,

    /// Add the codes of what each point's evaluation warns of to json, jsonl and csv; slower. The table has them anyway.
    #[arg(long, conflicts_with = "summary")]
    pub warnings: bool,

    /// A file for the points; its ending says the form: .csv, .json, .jsonl, or .parquet in builds with that feature.
    #[arg(long, value_name = "FILE", conflicts_with = "summary")]
    pub to: Option<PathBuf>,

    /// One part of the space, for example 3/16. The parts one after the other are the whole.
    #[arg(long, value_name = "PART/PARTS", default_value = "1/1")]
    pub shard: Shard,

    /// How to walk.
    #[command(flatten)]
    pub walk: WalkArgs,
}

/// Options of every walk through a space.
#[derive(Debug, Clone, Args)]
pub struct WalkArgs {
    /// Worker threads; all cores when left out. The answer does not depend on it.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub threads: Option<u16>,

    /// Most points to walk.
    #[arg(long, value_name = "POINTS", default_value_t = 10_000_000)]
    pub limit: u64,
}

impl WalkArgs {
    /// Threads to use.
    pub fn threads(&self) -> usize {
        self.threads.map_or_else(run::all_cores, usize::from)
    }
}

/// `optimize`
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub struct OptimizeArgs {
    /// What to search for.
    #[command(subcommand)]
    pub what: Option<Optimize>,

    /// Plan file; `-` reads standard input.
    #[arg(value_name = "PLAN", required = true)]
    pub plan: Option<PathBuf>,

    /// What to make small or large: cost, tco, latency, throughput, energy, carbon, time-to-train or a
    /// metric. Several give the designs that nothing beats. Cost and latency when left out.
    #[arg(long, value_name = "NAME")]
    pub objective: Vec<String>,

    /// Values for a field, in place of those it would get; may be repeated.
    #[arg(long, value_name = "FIELD=VALUES")]
    pub vary: Vec<String>,

    /// Vary what --vary names and nothing else.
    #[arg(long, requires = "vary")]
    pub only: bool,

    /// How to go through the space; chosen by its size when left out. The answer is the same.
    #[arg(long, value_enum, value_name = "METHOD")]
    pub method: Option<MethodArg>,

    /// A file for the designs; its ending says the form: .csv, .json, .jsonl, or .parquet in builds with that feature.
    #[arg(long, value_name = "FILE")]
    pub to: Option<PathBuf>,

    /// How to walk.
    #[command(flatten)]
    pub walk: WalkArgs,
}

/// How to go through a space.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum MethodArg {
    /// Evaluate every point.
    Exhaustive,
    /// Leave out what provably cannot win, where that can be proved.
    Pruned,
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
