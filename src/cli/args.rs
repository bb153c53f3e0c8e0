//! What may be typed: one definition for parsing, help, manual pages and completions.

mod others;
mod plans;
mod search;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::registry::Physics;
use crate::studio::keymap::KeySet;

pub use others::*;
pub use plans::*;
pub use search::*;

const EXAMPLES: &str = "\
Examples:
  mlsysim-tui plan.yaml                      open the studio on a plan
  mlsysim-tui --watch plan.yaml              panels only, following each save
  mlsysim-tui new plan.yaml                  write a commented template
  mlsysim-tui check plan.yaml                problems and verdict as plain lines
  mlsysim-tui eval plan.yaml --output json   flat JSON for scripts
  mlsysim-tui eval Llama3_8B H100 -b 8       one model on one accelerator
  mlsysim-tui explain latency plan.yaml      where a number comes from
  mlsysim-tui sweep plan.yaml --vary batch_size=1..64*2
  mlsysim-tui optimize plan.yaml             the designs that nothing beats
  mlsysim-tui zoo hardware H100              facts, sources and dates

Exit codes: 0 fine, 1 bad input or usage, 2 physics says no, 3 an assertion fails.";

/// A design studio for machine-learning systems.
///
/// Write a plan (a model, its hardware, where it runs) as YAML and see whether it fits, which wall
/// binds, how fast it is and what it costs. Without a command, the studio opens on PLAN.
#[derive(Debug, Parser)]
#[command(name = "mlsysim-tui", version = super::version(), after_long_help = EXAMPLES, max_term_width = 100)]
pub struct Cli {
    /// Options that every command takes.
    #[command(flatten)]
    pub global: Global,

    /// Options of the studio.
    #[command(flatten)]
    pub studio: StudioArgs,

    /// Plan to open in the studio.
    #[arg(value_name = "PLAN")]
    pub plans: Vec<PathBuf>,

    /// What to do instead of opening the studio.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// Options that every command takes.
#[derive(Debug, Clone, Args)]
pub struct Global {
    /// When to use colour. `auto`: on a terminal, unless NO_COLOR is set.
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto, value_name = "WHEN")]
    pub color: Color,

    /// Body of physics and facts; wins over what the plan says.
    #[arg(long, global = true, value_enum, value_name = "PROFILE")]
    pub physics: Option<PhysicsArg>,

    /// Form of the answer.
    #[arg(short, long, global = true, value_enum, default_value_t = Output::Text, value_name = "FORMAT")]
    pub output: Output,

    /// Fetch nothing over the network; so do MLSYSIM_TUI_OFFLINE=1 and HF_HUB_OFFLINE=1.
    #[arg(long, global = true)]
    pub offline: bool,
}

/// Options of the studio, without a command.
#[derive(Debug, Clone, Args)]
pub struct StudioArgs {
    /// Panels only, following each save of the plan: for a pane beside your editor.
    #[arg(long)]
    pub watch: bool,

    /// Theme: a name, a file in the themes folder of the configuration, or auto (light or dark as the terminal is).
    #[arg(long, value_name = "NAME")]
    pub theme: Option<String>,

    /// Keys of the editor: in the manner of most programs, of emacs, or of vim.
    #[arg(long, value_enum, value_name = "SET")]
    pub keys: Option<KeysArg>,

    /// No movement on screen.
    #[arg(long)]
    pub no_animation: bool,

    /// Borders and bars from plain ASCII characters.
    #[arg(long)]
    pub ascii: bool,

    /// Begin with a two-minute tour on a sample plan.
    #[arg(long, conflicts_with_all = ["watch", "plans"])]
    pub tour: bool,

    /// Leave the mouse to the terminal.
    #[arg(long)]
    pub no_mouse: bool,

    /// Serve agents over the Model Context Protocol on standard input and output.
    #[arg(long)]
    pub mcp: bool,

    /// With --mcp: over HTTP on this address instead, for example 8137 or 127.0.0.1:8137.
    #[arg(long, value_name = "ADDRESS", requires = "mcp")]
    pub http: Option<String>,

    /// With --mcp: a plan that may be open in the studio; agents read it and propose changes to it.
    #[arg(long, value_name = "PLAN", requires = "mcp")]
    pub plan: Option<PathBuf>,
}

/// When to use colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal, unless NO_COLOR is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// A key set as typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum KeysArg {
    /// Those of most programs.
    Default,
    /// Chords of emacs.
    Emacs,
    /// Modes of vim.
    Vim,
}

impl From<KeysArg> for KeySet {
    fn from(value: KeysArg) -> Self {
        match value {
            KeysArg::Default => KeySet::Default,
            KeysArg::Emacs => KeySet::Emacs,
            KeysArg::Vim => KeySet::Vim,
        }
    }
}

/// A profile as typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum PhysicsArg {
    /// Corrected physics and facts.
    Studio,
    /// mlsysim 0.3.0, defects included.
    Mlsysim,
}

impl From<PhysicsArg> for Physics {
    fn from(value: PhysicsArg) -> Self {
        match value {
            PhysicsArg::Studio => Physics::Studio,
            PhysicsArg::Mlsysim => Physics::Mlsysim,
        }
    }
}

/// Form of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Output {
    /// For reading.
    Text,
    /// For programs: strict JSON.
    Json,
    /// For notes and pull requests.
    Markdown,
    /// One page that stands alone.
    Html,
    /// For programs: one JSON object a line, as they are found.
    Jsonl,
    /// For tables: comma-separated values with a head.
    Csv,
    /// For data frames: typed columns. Builds with the feature `parquet` have it.
    Parquet,
}

impl Output {
    /// As typed.
    pub fn name(self) -> &'static str {
        match self {
            Output::Text => "text",
            Output::Json => "json",
            Output::Markdown => "markdown",
            Output::Html => "html",
            Output::Jsonl => "jsonl",
            Output::Csv => "csv",
            Output::Parquet => "parquet",
        }
    }
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// List the problems of a plan and its verdict, as plain lines.
    ///
    /// Every problem is reported at once, with its place, what is allowed and the nearest name.
    /// With `--output json`: {"diagnostics": [...]}. Exit code 1 when there is an error.
    #[command(
        after_long_help = "Examples:\n  mlsysim-tui check plan.yaml\n  cat plan.yaml | mlsysim-tui check - --output json\n  mlsysim-tui check plan.yaml --diff\n  mlsysim-tui check plan.yaml --fix\n  mlsysim-tui check plan.yaml --suggestion 1 --fix"
    )]
    Check(CheckArgs),

    /// Evaluate a plan, or one model on one accelerator.
    ///
    /// The options change the plan that is evaluated, never the file.
    #[command(
        after_long_help = "Examples:\n  mlsysim-tui eval plan.yaml\n  mlsysim-tui eval plan.yaml --set hardware.accelerators=16 --output json\n  mlsysim-tui eval plan.yaml --output html > report.html\n  mlsysim-tui eval Llama3_8B H100 -b 8 -p fp8\n\nExit codes: 0 fine, 1 bad input, 2 physics says no, 3 an assertion fails; 2 outranks 3."
    )]
    Eval(EvalArgs),

    /// Show where a number of a plan comes from.
    ///
    /// METRIC is a key of the report (p_latency, performance.latency or just latency), the number
    /// of a wall (1 to 22) or its name.
    #[command(
        after_long_help = "Examples:\n  mlsysim-tui explain tco_usd plan.yaml\n  mlsysim-tui explain memory plan.yaml\n  mlsysim-tui explain 14 plan.yaml"
    )]
    Explain(ExplainArgs),

    /// Put the metrics of plans side by side, the best of each marked.
    ///
    /// Below the table: the edits from the first plan to each other one, and which of them explain which
    /// change. Each edit is tried alone and taken back alone; where edits interact, that is said.
    #[command(
        after_long_help = "Examples:\n  mlsysim-tui compare one-node.yaml two-nodes.yaml\n  mlsysim-tui compare --git plan.yaml"
    )]
    Compare(CompareArgs),

    /// Evaluate many plans, one JSON object a line, on all cores.
    ///
    /// In:  {"id": ..., "plan": {...} or "YAML text"}, other keys ignored.
    /// Out: {"id", "exit", "flat", "bottleneck"} or {"id", "exit", "diagnostics"}, in the same order.
    /// The exit code is 0 when the batch ran, whatever its plans say.
    #[command(
        after_long_help = "Examples:\n  mlsysim-tui batch plans.jsonl > results.jsonl\n  generate | mlsysim-tui batch - --physics mlsysim"
    )]
    Batch(BatchArgs),

    /// Serve one model on one accelerator, in the numbers of mlsysim 0.3.0.
    ///
    /// Takes what `mlsysim serve` takes. Exit code 2 when it does not fit. For the corrected physics, evaluate a plan with `mode: serve`.
    #[command(after_long_help = "Example:\n  mlsysim-tui serve Llama3_8B H100 -s 4096 -b 8 --output json")]
    Serve(ServeArgs),

    /// Answer one wall from its own inputs, without a plan.
    ///
    /// RESOLVER is a wall by number or name, or a resolver's name in mlsysim. Without it all are listed;
    /// without inputs, those it takes. The equations are those of mlsysim 0.3.0, and so are the facts unless
    /// --physics studio is given.
    ///
    /// --jsonl answers rows {"id", "resolver", "inputs"} with {"id", "outputs"} or {"id", "error"}.
    #[command(
        after_long_help = "Examples:\n  mlsysim-tui solve\n  mlsysim-tui solve tail-latency\n  mlsysim-tui solve 7 arrival_rate_qps=80 service_latency_ms=100 num_replicas=10\n  mlsysim-tui solve communication model=Llama3_8B fleet=Lab_64_H100 batch_size=64\n  mlsysim-tui solve 14 model=Llama3_8B fleet.accelerator=H100 fleet.node_count=8 fleet.accelerators_per_node=8\n  mlsysim-tui solve --jsonl rows.jsonl > answers.jsonl"
    )]
    Solve(SolveArgs),

    /// Predict a table of measurements and tell how far off the model is.
    ///
    /// Without FILE: the shipped table of published measurements, each with its citation. A FILE has its
    /// columns (`--output json` names the row of each answer); a row that cannot be expressed gets a reason.
    /// Errors are those of time or bytes; `macro` is the mean over sources.
    #[command(
        after_long_help = "Examples:\n  mlsysim-tui validate\n  mlsysim-tui validate mine.csv --stack default --output json\n\nColumns: id, kind (train, prefill, decode, serve, memory), model, params, active_params, layers, hidden, heads, kv_heads, head_dim, ffn, ffn_type (gelu, swiglu), vocab, n_experts, top_k, moe_ffn, seq_len, input_len, output_len, batch, hardware, n_accel, accel_per_node, tp, pp, vpp, cp, dp, ep, zero, global_batch, micro_batch, precision, kv_precision, recompute, metric, value, unit, source, notes. Only kind, hardware and metric are needed everywhere."
    )]
    Validate(ValidateArgs),

    /// Evaluate a plan at every combination of values of its fields.
    ///
    /// VALUES are a list (1,2,4), a range (1..64, 1..64+8 in steps, 1..1024*2 by a factor, 100..400 GB/s*2),
    /// all, or what the registry has: accelerators(memory>=80GB, vendor=nvidia, year>=2022). See docs/search.md.
    /// Rows come in the order of the space, the last field turning fastest, for any number of threads. A point
    /// whose fields contradict each other is a row too, and says why. The exit code is 0 when the sweep ran.
    #[command(
        after_long_help = "Examples:\n  mlsysim-tui sweep plan.yaml --vary workload.batch_size=1..256*2\n  mlsysim-tui sweep plan.yaml --vary 'hardware.name=accelerators(memory>=80GB)' --vary tp=1,2,4,8 -m cost -m itl_ms\n  mlsysim-tui sweep plan.yaml --vary accelerators,tensor=1,2,4,8 --vary batch_size=1..256*2\n  mlsysim-tui sweep plan.yaml --vary batch_size=1..1000 --to sweep.csv\n  mlsysim-tui sweep plan.yaml --vary batch_size=1..1000 --shard 3/16 --output jsonl > part-3.jsonl\n  mlsysim-tui sweep plan.yaml --vary batch_size=1..1000 --summary --output json"
    )]
    Sweep(SweepArgs),

    /// Search for better plans: cheaper, faster, cleaner, under the plan's constraints.
    ///
    /// Varies hardware, how many, how they are divided, number formats, region and batch, each as the plan and
    /// the registry suggest or as --vary says, and keeps the designs that fit, hold every assertion and that
    /// nothing beats in all objectives. Small spaces are evaluated point by point; in large ones points that
    /// provably cannot win are left out. Exit code 2 when nothing fits, 3 when nothing meets the assertions.
    ///
    /// parallelism, batching and placement take what `mlsysim optimize` takes and answer with its keys. Under
    /// studio physics every candidate is the plan itself with a few fields changed.
    #[command(
        after_long_help = "Examples:\n  mlsysim-tui optimize plan.yaml\n  mlsysim-tui optimize plan.yaml --objective cost --objective latency\n  mlsysim-tui optimize plan.yaml --objective carbon --vary ops.region=all --only\n  mlsysim-tui optimize training.yaml --objective time-to-train --vary hardware.name=H100,H200 --output json\n  mlsysim-tui optimize parallelism plan.yaml\n  mlsysim-tui optimize batching plan.yaml --sla-ms 5000 --qps 4\n  mlsysim-tui optimize placement plan.yaml --carbon-tax 100 --output json"
    )]
    Optimize(OptimizeArgs),

    /// Say what this machine is, and how a model would run on it.
    ///
    /// Reads the processor, the memory and the accelerators that the system tells of, and looks each up in
    /// the registry. What the registry does not know is said to be unknown, never guessed.
    #[command(
        after_long_help = "Examples:\n  mlsysim-tui audit\n  mlsysim-tui audit -w Llama3_8B --output json"
    )]
    Audit(AuditArgs),

    /// Print the JSON Schema of plans or of registry entries.
    Schema(SchemaArgs),

    /// List what the registry knows, or show one entry with its sources.
    #[command(
        after_long_help = "Examples:\n  mlsysim-tui zoo hardware\n  mlsysim-tui zoo hardware H100\n  mlsysim-tui zoo models qwen\n  mlsysim-tui zoo models --output json\n  mlsysim-tui zoo Quebec"
    )]
    Zoo(ZooArgs),

    /// Write a commented plan to start from.
    #[command(after_long_help = "Examples:\n  mlsysim-tui new plan.yaml\n  mlsysim-tui new > plan.yaml")]
    New(NewArgs),

    /// Print the completion script of a shell.
    #[command(
        after_long_help = "Example:\n  mlsysim-tui completions fish > ~/.config/fish/completions/mlsysim-tui.fish"
    )]
    Completions(CompletionsArgs),

    /// Print the manual page.
    #[command(after_long_help = "Examples:\n  mlsysim-tui man | man -l -\n  mlsysim-tui man eval | man -l -")]
    Man(ManArgs),
}
