//! The command line: one file per command, and the printers they share.
//!
//! The payload goes to standard output alone and everything else to standard error, so that every
//! command can stand in a pipe. Exit codes: 0 fine, 1 bad input or usage, 2 physics says no,
//! 3 an assertion fails.

// Reports are short: pushing a formatted line reads better than a `write!` whose result is nothing.
#![allow(clippy::format_push_string)]

pub mod args;
pub mod audit;
pub mod batch;
pub mod check;
pub mod compare;
pub mod completions;
pub mod eval;
pub mod explain;
pub mod input;
pub mod new;
pub mod open;
pub mod optimize;
pub mod out;
pub mod progress;
pub mod reference;
pub mod schema;
pub mod serve;
pub mod solve;
pub mod sweep;
pub mod validate;
pub mod zoo;

use std::ffi::OsString;
use std::io::{self, Write as _};
use std::process::ExitCode;
use std::sync::LazyLock;

use clap::Parser;
use clap::error::ErrorKind;

use crate::files;
use crate::studio::signals;

use args::{Cli, Command, Output};
use out::{Failure, Outcome};

/// What `--version` prints after the name.
pub fn version() -> &'static str {
    static VERSION: LazyLock<String> = LazyLock::new(|| {
        format!(
            "{} (engine {}, registry {})",
            env!("CARGO_PKG_VERSION"),
            env!("CARGO_PKG_VERSION"),
            crate::registry::Registry::builtin().version()
        )
    });
    &VERSION
}

/// Parses arguments (the program's name first), does what they say, and gives the exit code.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    signals::fail_large_writes();
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let cli = match Cli::try_parse_from(&arguments) {
        Ok(cli) => cli,
        Err(error) => {
            let answered = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
            if !answered && asks_for_json(&arguments) {
                let _ = out::json(&serde_json::json!({
                    "status": "error",
                    "title": "Usage Error",
                    "reason": usage_reason(&error.render().to_string()),
                    "diagnostics": [],
                }));
            } else {
                let written = error.print().and_then(|()| io::stdout().flush());
                // Help and version are answers, and an answer that could not be written is a failure.
                if answered && let Err(error) = written {
                    return ExitCode::from(report(&Failure::Io(error), Output::Text));
                }
            }
            return ExitCode::from(u8::from(!answered));
        }
    };
    let output = cli.global.output;
    match dispatch(cli) {
        Ok(code) => ExitCode::from(code),
        Err(failure) => ExitCode::from(report(&failure, output)),
    }
}

/// Whether a line that could not be parsed asks for JSON: its reader is a program.
fn asks_for_json(arguments: &[OsString]) -> bool {
    let words: Vec<&str> = arguments.iter().filter_map(|word| word.to_str()).collect();
    let words = words.split(|word| *word == "--").next().unwrap_or_default();
    words.windows(2).any(|pair| matches!(pair[0], "--output" | "-o") && pair[1] == "json")
        || words.iter().any(|word| matches!(*word, "--output=json" | "-ojson" | "-o=json"))
}

/// What a usage error says, on one line and without the usage that follows.
fn usage_reason(rendered: &str) -> String {
    let said = rendered.split("\n\nUsage:").next().unwrap_or(rendered);
    let said = said.split("\n\nFor more information").next().unwrap_or(said);
    let said = said.trim().strip_prefix("error: ").unwrap_or(said.trim());
    out::clean(&said.split_whitespace().collect::<Vec<_>>().join(" ")).into_owned()
}

fn dispatch(cli: Cli) -> Outcome {
    let global = &cli.global;
    let Some(command) = cli.command else {
        return open::run(cli.plans, &cli.studio, global);
    };
    if !cli.plans.is_empty() {
        return Err(Failure::bad_input("a plan before a command has no meaning; put it after the command"));
    }
    if matches!(global.output, Output::Jsonl | Output::Csv) && !matches!(command, Command::Sweep(_)) {
        return Err(Failure::bad_input(format!(
            "only sweep writes {}; other commands write text, json, markdown or html",
            global.output.name()
        )));
    }
    match command {
        Command::Check(args) => check::run(&args, global),
        Command::Eval(args) => eval::run(&args, global),
        Command::Explain(args) => explain::run(&args, global),
        Command::Compare(args) => compare::run(&args, global),
        Command::Batch(args) => batch::run(&args, global),
        Command::Serve(args) => serve::run(&args, global),
        Command::Optimize(args) => optimize::run(&args, global),
        Command::Sweep(args) => sweep::run(&args, global),
        Command::Audit(args) => audit::run(&args, global),
        Command::Schema(args) => schema::run(&args, global),
        Command::Solve(args) => solve::run(&args, global),
        Command::Validate(args) => validate::run(&args, global),
        Command::Zoo(args) => zoo::run(&args, global),
        Command::New(args) => new::run(&args, global),
        Command::Completions(args) => completions::run(&args),
        Command::Man(args) => completions::man(&args),
    }
}

/// Tells of a failure where the caller listens, and gives its exit code.
fn report(failure: &Failure, output: Output) -> u8 {
    match failure {
        Failure::Io(error) if error.kind() == io::ErrorKind::BrokenPipe => 0,
        Failure::Io(error) => {
            out::notice(&format!("error: the answer could not be written: {}", files::reason(error)));
            1
        }
        Failure::Input(title, reason) if output == Output::Json => {
            let value = serde_json::json!({
                "status": "error",
                "title": title,
                "reason": reason,
                "diagnostics": [],
            });
            // Where not even this can be written, the exit code still tells.
            let _ = out::json(&value);
            1
        }
        Failure::Input(_, reason) => {
            out::notice(&format!("error: {}", out::clean_lines(reason)));
            1
        }
    }
}

/// Refuses forms of output that a command does not have.
pub fn allow(output: Output, command: &str, allowed: &[Output]) -> Result<(), Failure> {
    if allowed.contains(&output) {
        return Ok(());
    }
    let names: Vec<&str> = allowed.iter().map(|one| one.name()).collect();
    Err(Failure::bad_input(format!(
        "{command} does not write {}; it writes {}",
        output.name(),
        names.join(", ")
    )))
}
