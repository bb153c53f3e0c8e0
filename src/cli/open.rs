//! Without a command: the studio.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use super::args::{Color, Global, StudioArgs};
use super::out::{self, Failure, Outcome};
use crate::mcp;
use crate::studio;

/// Opens the studio on at most one plan.
pub fn run(plans: Vec<PathBuf>, args: &StudioArgs, global: &Global) -> Outcome {
    if args.mcp {
        return serve(&plans, args, global);
    }
    let mut plans = plans;
    let others = if plans.len() > 1 { plans.split_off(1) } else { Vec::new() };
    let plan = single(&plans)?;
    if args.watch && !others.is_empty() {
        return Err(Failure::bad_input("--watch follows one plan at a time"));
    }
    if args.watch && plan.is_none() {
        return Err(Failure::bad_input("--watch needs a plan: mlsysim-tui --watch PLAN"));
    }
    let example = plan.as_deref().unwrap_or(Path::new("PLAN")).display().to_string();
    if !std::io::stdout().is_terminal() || !std::io::stdin().is_terminal() {
        if let Some(missing) = plan.iter().chain(&others).find(|path| !path.exists()) {
            return Err(Failure::bad_input(format!(
                "there is no file {}; `mlsysim-tui new` writes a plan to start from, and `mlsysim-tui --help` lists the commands",
                missing.display()
            )));
        }
        return Err(Failure::bad_input(format!(
            "the studio needs a terminal; without one, use `mlsysim-tui eval {example}` or `mlsysim-tui check {example}`"
        )));
    }
    if std::env::var_os("TERM").is_some_and(|term| term == "dumb") {
        return Err(Failure::bad_input(format!(
            "the studio draws a screen, and TERM=dumb says that this terminal cannot; use `mlsysim-tui eval {example}`"
        )));
    }
    let mono = match global.color {
        Color::Never => true,
        Color::Always => false,
        Color::Auto => std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty()),
    };
    studio::run(studio::Options {
        plan,
        others,
        watch: args.watch,
        physics: global.physics.map(Into::into),
        theme: args.theme.clone(),
        keys: args.keys.map(Into::into),
        mono,
        no_animation: args.no_animation,
        ascii: args.ascii,
        no_mouse: args.no_mouse,
        offline: global.offline,
        tour: args.tour,
    })
    .map_err(|error| Failure::bad_input(error.to_string()))?;
    Ok(0)
}

/// Serves agents until the input closes.
fn serve(plans: &[PathBuf], args: &StudioArgs, global: &Global) -> Outcome {
    if let Some(plan) = plans.first() {
        return Err(Failure::bad_input(format!(
            "--mcp opens no studio; to let agents read a plan and propose changes to it, write --plan {}",
            plan.display()
        )));
    }
    if args.watch {
        return Err(Failure::bad_input(
            "--watch and --mcp cannot stand together: one draws, the other serves",
        ));
    }
    let options = mcp::Options {
        http: args.http.clone(),
        plan: args.plan.clone(),
        physics: global.physics.map(Into::into),
    };
    mcp::serve(options, |line| out::notice(&out::clean(line)))
        .map_err(|error| Failure::bad_input(error.to_string()))?;
    Ok(0)
}

/// The one plan to open. Words that look like a mistyped command are told as such.
fn single(plans: &[PathBuf]) -> Result<Option<PathBuf>, Failure> {
    let Some(first) = plans.first() else { return Ok(None) };
    if first == Path::new("-") {
        return Err(Failure::bad_input(
            "the studio edits a file and cannot read standard input; use `mlsysim-tui eval -` or `check -`",
        ));
    }
    let word = first.to_string_lossy();
    let bare = !word.contains(['.', '/', '\\']) && !first.exists();
    if bare && let Some(command) = nearest_command(&word) {
        return Err(Failure::bad_input(format!(
            "there is no file {word} and no command of that name; did you mean `mlsysim-tui {command}`?"
        )));
    }
    Ok(plans.first().cloned())
}

fn nearest_command(word: &str) -> Option<String> {
    use clap::CommandFactory;
    super::args::Cli::command()
        .get_subcommands()
        .map(|command| (strsim::jaro_winkler(word, command.get_name()), command.get_name().to_string()))
        .filter(|(score, _)| *score > 0.84)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, name)| name)
}
