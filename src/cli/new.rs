//! `new`: a commented plan to start from.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};

use super::args::{Global, NewArgs, Output};
use super::out::{self, Failure, Outcome};
use crate::plan::template::TEMPLATE;

/// Runs the command.
pub fn run(args: &NewArgs, global: &Global) -> Outcome {
    super::allow(global.output, "new", &[Output::Text])?;
    let Some(path) = &args.file else {
        out::payload(TEMPLATE)?;
        return Ok(0);
    };
    let shown = path.display();
    let mut options = OpenOptions::new();
    options.write(true);
    if args.force {
        options.create(true).truncate(true);
    } else {
        // One system call decides, so that no file that appears meanwhile is lost.
        options.create_new(true);
    }
    let mut file = options.open(path).map_err(|error| {
        Failure::bad_input(if error.kind() == ErrorKind::AlreadyExists {
            format!("{shown} is there already; --force replaces it")
        } else {
            format!("{shown} cannot be written: {error}")
        })
    })?;
    file.write_all(TEMPLATE.as_bytes())
        .map_err(|error| Failure::bad_input(format!("{shown} cannot be written: {error}")))?;
    out::notice(&format!("wrote {0}; open it with `mlsysim-tui {0}`", out::clean(&shown.to_string())));
    Ok(0)
}
