//! Entry point: arguments in, exit code out. Everything else is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    mlsysim_tui::cli::run(std::env::args_os())
}
