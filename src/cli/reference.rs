//! The reference of the command line as Markdown, from the same definition as the help: `docs/cli.md`.

use clap::{Arg, Command, CommandFactory};

use super::args::Cli;

/// The whole reference.
pub fn markdown() -> String {
    let mut program = Cli::command();
    program.build();
    let mut out = String::from(
        "# Command line\n\nGenerated from the program's own definition; `mlsysim-tui help COMMAND` says the same.\n\n",
    );
    if let Some(about) = program.get_long_about().or(program.get_about()) {
        out.push_str(&format!("{about}\n\n"));
    }
    out.push_str("| command | what it does |\n| --- | --- |\n");
    for command in visible(&program) {
        let about = command.get_about().map(ToString::to_string).unwrap_or_default();
        out.push_str(&format!(
            "| [`{}`](#{}) | {} |\n",
            command.get_name(),
            command.get_name(),
            cell(&about)
        ));
    }
    out.push('\n');
    arguments(&mut out, &program, "Options", |_| true);
    if let Some(examples) = program.get_after_long_help() {
        code(&mut out, &examples.to_string());
    }
    for command in visible(&program) {
        section(&mut out, command, command.get_name(), 2);
    }
    out.truncate(out.trim_end().len());
    out.push('\n');
    out
}

fn visible(command: &Command) -> impl Iterator<Item = &Command> {
    command.get_subcommands().filter(|one| !one.is_hide_set() && one.get_name() != "help")
}

fn section(out: &mut String, command: &Command, name: &str, level: usize) {
    out.push_str(&format!("{} {name}\n\n", "#".repeat(level)));
    if let Some(about) = command.get_long_about().or(command.get_about()) {
        out.push_str(&format!("{}\n\n", text(&about.to_string())));
    }
    let mut command = command.clone();
    let usage = command.render_usage().to_string();
    code(out, usage.strip_prefix("Usage: ").unwrap_or(&usage));
    // What every command takes is told once, at the top.
    arguments(out, &command, "", |argument| !argument.is_global_set());
    if let Some(examples) = command.get_after_long_help() {
        code(out, &examples.to_string());
    }
    for inner in visible(&command) {
        section(out, inner, &format!("{name} {}", inner.get_name()), level + 1);
    }
}

fn arguments(out: &mut String, command: &Command, title: &str, wanted: impl Fn(&Arg) -> bool) {
    let listed: Vec<&Arg> = command
        .get_arguments()
        .filter(|argument| wanted(argument) && !argument.is_hide_set())
        .filter(|argument| !matches!(argument.get_id().as_str(), "help" | "version"))
        .collect();
    if listed.is_empty() {
        return;
    }
    if !title.is_empty() {
        out.push_str(&format!("## {title}\n\n"));
    }
    out.push_str("| argument | meaning |\n| --- | --- |\n");
    for argument in listed {
        let help = argument.get_help().map(ToString::to_string).unwrap_or_default();
        let mut meaning = cell(&help);
        if meaning.ends_with(char::is_alphanumeric) {
            meaning.push('.');
        }
        let choices: Vec<String> = argument
            .get_possible_values()
            .iter()
            .filter(|value| argument.get_action().takes_values() && !value.is_hide_set())
            .map(|value| format!("`{}`", value.get_name()))
            .collect();
        if !choices.is_empty() {
            meaning.push_str(&format!(" One of {}.", choices.join(", ")));
        }
        let defaults: Vec<String> =
            argument.get_default_values().iter().map(|value| value.to_string_lossy().into_owned()).collect();
        if !defaults.is_empty() && argument.get_action().takes_values() {
            meaning.push_str(&format!(" Default `{}`.", defaults.join(" ")));
        }
        out.push_str(&format!("| `{}` | {} |\n", spelled(argument).replace('|', "\\|"), meaning.trim()));
    }
    out.push('\n');
}

/// `-o, --output <FORMAT>` or `[PLAN]`.
fn spelled(argument: &Arg) -> String {
    let mut names: Vec<String> = Vec::new();
    names.extend(argument.get_short().map(|short| format!("-{short}")));
    names.extend(argument.get_long().map(|long| format!("--{long}")));
    let value = argument
        .get_value_names()
        .and_then(|names| names.first())
        .map_or_else(|| argument.get_id().to_string().to_uppercase(), ToString::to_string);
    match (names.is_empty(), argument.get_action().takes_values()) {
        (true, _) if argument.is_required_set() => value,
        (true, _) => format!("[{value}]"),
        (false, true) => format!("{} <{value}>", names.join(", ")),
        (false, false) => names.join(", "),
    }
}

fn code(out: &mut String, text: &str) {
    let text = text.trim();
    // The notes after examples are prose.
    out.push_str(&format!("```text\n{text}\n```\n\n"));
}

fn cell(help: &str) -> String {
    text(help).replace('\n', " ").replace('|', "\\|")
}

/// Help as Markdown shows it: angle brackets are no tags.
fn text(help: &str) -> String {
    help.trim().replace('<', "&lt;")
}
