//! The version of a file that was last committed, where git knows one.

use std::path::Path;
use std::process::{Command, Stdio};

use super::load::MAX_BYTES;

/// The text of the file in the last commit, or one sentence why there is none.
pub fn committed(path: &Path) -> Result<String, String> {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let output = Command::new("git")
        .arg("-C")
        .arg(folder)
        // Nothing of the user's may answer in git's place: no pager, no prompt, no hook of a filter's.
        .args(["--no-pager", "-c", "core.fsmonitor=false", "show", "--no-textconv"])
        .arg(format!("HEAD:./{name}"))
        .env("LC_ALL", "C")
        .env("GIT_TERMINAL_PROMPT", "0")
        .stdin(Stdio::null())
        .output();
    let output = match output {
        Ok(output) => output,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Err("git is not installed".into());
        }
        Err(error) => return Err(format!("git cannot be run: {}", super::reason(&error))),
    };
    if !output.status.success() {
        return Err(why(&String::from_utf8_lossy(&output.stderr), &name));
    }
    if output.stdout.len() as u64 > MAX_BYTES {
        return Err(format!("the committed {name} is too large to be a plan"));
    }
    String::from_utf8(output.stdout).map_err(|_| format!("the committed {name} is not UTF-8 text"))
}

/// What git's refusal means.
fn why(stderr: &str, name: &str) -> String {
    if stderr.contains("not a git repository") {
        return format!("{name} is not in a git repository");
    }
    if stderr.contains("exists on disk, but not in") || stderr.contains("does not exist in") {
        return format!("git does not know {name} yet: commit it once");
    }
    if stderr.contains("invalid object name")
        || stderr.contains("bad revision")
        || stderr.contains("unknown revision")
    {
        return "the git repository has no commit yet".into();
    }
    let line = stderr.lines().next().unwrap_or_default();
    format!("git does not show the committed {name}: {line}")
}
