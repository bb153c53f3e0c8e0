//! `new`: a commented plan to start from.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};

use super::args::{Global, NewArgs, Output};
use super::out::{self, Failure, Outcome};
use crate::files;
use crate::plan::template::TEMPLATE;

/// Runs the command.
pub fn run(args: &NewArgs, global: &Global) -> Outcome {
    super::allow(global.output, "new", &[Output::Text])?;
    let Some(path) = &args.file else {
        out::payload(TEMPLATE)?;
        return Ok(0);
    };
    let shown = path.display();
    if args.force {
        files::save(path, TEMPLATE, None).map_err(|error| Failure::bad_input(error.to_string()))?;
    } else {
        let refuse = |error: &io::Error| {
            Failure::bad_input(format!("{shown} cannot be written: {}", files::reason(error)))
        };
        // One system call decides, so that no file that appears meanwhile is lost.
        let mut file = OpenOptions::new().write(true).create_new(true).open(path).map_err(|error| {
            if error.kind() == io::ErrorKind::AlreadyExists {
                Failure::bad_input(format!("{shown} is there already; --force replaces it"))
            } else {
                refuse(&error)
            }
        })?;
        file.write_all(TEMPLATE.as_bytes()).map_err(|error| {
            // Half a plan is worth nothing, and would be in the way of the next attempt.
            let _ = fs::remove_file(path);
            refuse(&error)
        })?;
    }
    out::notice(&format!("wrote {0}; open it with `mlsysim-tui {0}`", out::clean(&shown.to_string())));
    Ok(0)
}
