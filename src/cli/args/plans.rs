//! Arguments of the commands that evaluate plans.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// `check`
#[derive(Debug, Args)]
pub struct CheckArgs {
    /// Plan file; `-` reads standard input.
    #[arg(value_name = "PLAN")]
    pub plan: PathBuf,

    /// Apply every fix that leaves no choice, show the difference and save the file. Comments are kept.
    #[arg(long)]
    pub fix: bool,

    /// Show what --fix would change, and change nothing.
    #[arg(long, conflicts_with = "fix")]
    pub diff: bool,

    /// Apply the Nth thing that would help, too; shown only, unless --fix is given.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=99))]
    pub suggestion: Option<u8>,
}

/// `eval`
#[derive(Debug, Args)]
pub struct EvalArgs {
    /// Plan file (`-` reads standard input), or the name of a model when HARDWARE follows.
    #[arg(value_name = "PLAN|MODEL")]
    pub subject: PathBuf,

    /// Name of an accelerator.
    #[arg(value_name = "HARDWARE")]
    pub hardware: Option<String>,

    /// Changes to the plan.
    #[command(flatten)]
    pub overrides: Overrides,

    /// Add every part: memory, walls, money, carbon, time and the split of the fleet.
    #[arg(long)]
    pub detail: bool,
}

/// Options that change the plan that is evaluated.
#[derive(Debug, Clone, Default, Args)]
pub struct Overrides {
    /// Batch: concurrent sequences when serving, sequences of a step when training.
    #[arg(short, long, value_name = "N", allow_negative_numbers = true)]
    pub batch_size: Option<String>,

    /// Precision: fp32, fp16, fp8, int4, …
    #[arg(short, long, value_name = "NAME")]
    pub precision: Option<String>,

    /// Share of peak compute that is attained, above 0 up to 1.
    #[arg(short, long, value_name = "SHARE", allow_negative_numbers = true)]
    pub efficiency: Option<String>,

    /// Set any field, for example `hardware.accelerators=16`; may be repeated.
    #[arg(long = "set", value_name = "FIELD=VALUE")]
    pub set: Vec<String>,
}

/// `explain`
#[derive(Debug, Args)]
pub struct ExplainArgs {
    /// Metric, or a wall by number or name.
    pub metric: String,
    /// Plan file; `-` reads standard input.
    #[arg(value_name = "PLAN")]
    pub plan: PathBuf,
}

/// `compare`
#[derive(Debug, Args)]
pub struct CompareArgs {
    /// Two or more plan files; one is enough with --git.
    #[arg(value_name = "PLAN", num_args = 1.., required = true)]
    pub plans: Vec<PathBuf>,
    /// Put the version of the first plan that was last committed to git before the plans.
    #[arg(long)]
    pub git: bool,
}

/// `batch`
#[derive(Debug, Args)]
pub struct BatchArgs {
    /// JSON Lines file; `-` reads standard input.
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Worker threads; all cores when left out.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub threads: Option<u16>,
    /// Put the nested parts into `flat` too: memory, walls, TCO, carbon, timeline, parallelism.
    #[arg(long)]
    pub detail: bool,
}

/// `serve`
#[derive(Debug, Args)]
pub struct ServeArgs {
    /// Name of a model.
    pub model: String,
    /// Name of an accelerator.
    pub hardware: String,
    /// Tokens held for each sequence.
    #[arg(short, long, default_value_t = 2048, value_name = "TOKENS")]
    pub seq_len: u64,
    /// Concurrent sequences.
    #[arg(short, long, default_value_t = 1, value_name = "N")]
    pub batch_size: u64,
    /// Precision.
    #[arg(short, long, default_value = "fp16", value_name = "NAME")]
    pub precision: String,
    /// Share of peak compute that is attained, above 0 up to 1.
    #[arg(short, long, default_value_t = 0.5, value_name = "SHARE")]
    pub efficiency: f64,
    /// Prefill in chunks of this many tokens.
    #[arg(long, value_name = "TOKENS")]
    pub prefill_chunk_tokens: Option<u64>,
}

/// `solve`
#[derive(Debug, Args)]
pub struct SolveArgs {
    /// A wall by number or name, or a resolver's name.
    pub resolver: Option<String>,
    /// Inputs; dots reach into objects, as in `fleet.node_count=8`.
    #[arg(value_name = "KEY=VALUE")]
    pub inputs: Vec<String>,
    /// Rows of a JSON Lines file instead; `-` reads standard input.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["resolver", "inputs"])]
    pub jsonl: Option<PathBuf>,
}

/// `validate`
#[derive(Debug, Args)]
pub struct ValidateArgs {
    /// Table of measurements (CSV); `-` reads standard input. The shipped table when left out.
    #[arg(value_name = "FILE")]
    pub file: Option<PathBuf>,
    /// Software: as each row's source names it, or always the one assumed for an unnamed stack.
    #[arg(long, value_enum, default_value_t = StackArg::Known, value_name = "STACK")]
    pub stack: StackArg,
}

/// Which software a prediction assumes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum StackArg {
    /// As the row's source names it.
    Known,
    /// As for a plan that names none.
    Default,
}
