//! Arguments of the commands that need no plan.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// `audit`
#[derive(Debug, Args)]
pub struct AuditArgs {
    /// Model to evaluate on this machine's accelerator.
    #[arg(short, long, value_name = "MODEL")]
    pub workload: Option<String>,
}

/// `schema`
#[derive(Debug, Args)]
pub struct SchemaArgs {
    /// Which document.
    #[arg(short = 't', long = "type", value_enum, default_value_t = SchemaKind::Plan, value_name = "TYPE")]
    pub kind: SchemaKind,
}

/// Documents that have a schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SchemaKind {
    /// A plan.
    Plan,
    /// An accelerator of your own.
    Hardware,
    /// A model of your own.
    Workload,
    /// The settings of the studio.
    Settings,
}

/// `zoo`
#[derive(Debug, Args)]
pub struct ZooArgs {
    /// hardware, models, grids, prices, nodes or systems; or straight away a name.
    #[arg(value_name = "KIND|NAME")]
    pub kind: Option<String>,
    /// One entry, by id, display name or alias; or a word, for the entries that have it in their names.
    pub name: Option<String>,
}

/// `new`
#[derive(Debug, Args)]
pub struct NewArgs {
    /// Where to write; standard output when left out.
    pub file: Option<PathBuf>,
    /// Replace a file that is there.
    #[arg(long)]
    pub force: bool,
}

/// `completions`
#[derive(Debug, Args)]
pub struct CompletionsArgs {
    /// Shell.
    #[arg(value_enum)]
    pub shell: clap_complete::Shell,
}

/// `man`
#[derive(Debug, Args)]
pub struct ManArgs {
    /// Page of one command; the program's page when left out.
    pub command: Option<String>,
}
