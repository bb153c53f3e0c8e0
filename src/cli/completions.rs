//! `completions` and `man`: generated from the same definition as the help.

use clap::CommandFactory;

use super::args::{Cli, CompletionsArgs, ManArgs};
use super::out::{self, Failure, Outcome};

/// Prints a shell's completion script.
pub fn run(args: &CompletionsArgs) -> Outcome {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "mlsysim-tui", &mut script);
    let mut script = String::from_utf8_lossy(&script).into_owned();
    if args.shell == clap_complete::Shell::Bash {
        // clap_complete 4.6 takes the hyphen of our name for a step to a subcommand in half of the places, and no
        // option of a command would be completed.
        script = script.replace("mlsysim__subcmd__tui", "mlsysim__tui");
    }
    out::payload(&script)?;
    Ok(0)
}

/// Prints a manual page.
pub fn man(args: &ManArgs) -> Outcome {
    let mut program = Cli::command();
    program.build();
    let page = match &args.command {
        None => program,
        Some(name) => {
            let Some(command) = program.find_subcommand(name) else {
                let names: Vec<&str> = program.get_subcommands().map(clap::Command::get_name).collect();
                return Err(Failure::bad_input(format!(
                    "there is no command {name}; the commands are {}",
                    names.join(", ")
                )));
            };
            command.clone()
        }
    };
    let mut text = Vec::new();
    clap_mangen::Man::new(page).render(&mut text)?;
    out::payload(&String::from_utf8_lossy(&text))?;
    Ok(0)
}
