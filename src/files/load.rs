//! Reading a plan: what is accepted, and one sentence with a way out for what is not.

use std::fs::{self, File, FileType, Metadata, OpenOptions};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use super::{content_hash, reason};

/// The largest file that is read. Plans are a few kilobytes; more is a mistake in the name.
pub const MAX_BYTES: u64 = 1 << 20;

/// How many names of a directory are looked at for a better guess.
const MAX_NAMES: usize = 2000;

/// A file's text and what saving it again needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loaded {
    /// The text, byte for byte.
    pub text: String,
    /// [`content_hash`] of the text.
    pub hash: u64,
    /// True where saving under the same name would be refused.
    pub read_only: bool,
    /// `\r\n` or `\n`, as in the first line; `None` in a text of one line.
    pub line_ending: Option<&'static str>,
}

/// Why a file cannot be read. The text is one sentence; [`FileError::help`] says what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FileError {
    /// There is no such file.
    #[error("{}: there is no such file", path.display())]
    Missing {
        /// As asked for.
        path: PathBuf,
        /// Names in the same directory that look like it, best first.
        near: Vec<String>,
    },
    /// A link to a file that is not there.
    #[error("{}: this link leads to {}, which does not exist", path.display(), target.display())]
    Dangling {
        /// As asked for.
        path: PathBuf,
        /// Where it leads.
        target: PathBuf,
    },
    /// A directory.
    #[error("{}: this is a directory, not a plan", path.display())]
    Directory {
        /// As asked for.
        path: PathBuf,
        /// Plans inside.
        plans: Vec<String>,
    },
    /// A pipe, a device, a socket.
    #[error("{}: this is {what}, not a file", path.display())]
    NotAFile {
        /// As asked for.
        path: PathBuf,
        /// With its article: `a pipe`.
        what: &'static str,
    },
    /// The system refuses.
    #[error("{}: cannot be read: {reason}", path.display())]
    Unreadable {
        /// As asked for.
        path: PathBuf,
        /// The system's reason.
        reason: String,
    },
    /// Larger than [`MAX_BYTES`].
    #[error("{}: the file has {}, more than the {} a plan may have", path.display(), size(*bytes), size(MAX_BYTES))]
    TooLarge {
        /// As asked for.
        path: PathBuf,
        /// Its size.
        bytes: u64,
    },
    /// Not UTF-8.
    #[error("{}: this is not UTF-8 text: byte {offset} (line {line}) is no part of a character", path.display())]
    NotText {
        /// As asked for.
        path: PathBuf,
        /// First byte that is wrong.
        offset: usize,
        /// Its line, from 1.
        line: usize,
        /// The file starts as UTF-16 does.
        utf16: bool,
    },
}

impl FileError {
    /// What to do about it.
    pub fn help(&self) -> Option<String> {
        match self {
            FileError::Missing { path, near } if near.is_empty() => {
                let folder = path.parent().filter(|folder| folder.as_os_str().is_empty() || folder.is_dir());
                folder.map(|_| format!("`mlsysim-tui new {}` writes a plan to start from", path.display()))
            }
            FileError::Missing { near, .. } => Some(format!("did you mean {}?", near.join(" or "))),
            FileError::Directory { plans, .. } if plans.is_empty() => {
                Some("name a plan file, for example plan.yaml".to_owned())
            }
            FileError::Directory { plans, .. } => {
                Some(format!("it holds {}; name one of them", plans.join(", ")))
            }
            FileError::Unreadable { path, .. } if path.exists() => {
                Some(format!("check the permissions with: ls -l {}", path.display()))
            }
            FileError::NotText { utf16: true, .. } => {
                Some("it looks like UTF-16; save it as UTF-8".to_owned())
            }
            FileError::NotText { .. } => Some("a plan is a YAML text in UTF-8".to_owned()),
            FileError::NotAFile { what: "a pipe", .. } => {
                Some("copy its output into a file first".to_owned())
            }
            FileError::Dangling { .. }
            | FileError::NotAFile { .. }
            | FileError::Unreadable { .. }
            | FileError::TooLarge { .. } => None,
        }
    }

    /// The sentence and the help together, for a place with one line.
    pub fn sentence(&self) -> String {
        match self.help() {
            Some(help) => format!("{self} ({help})"),
            None => self.to_string(),
        }
    }
}

/// Reads a plan.
///
/// # Errors
/// Anything that is not a readable UTF-8 file of at most [`MAX_BYTES`].
pub fn load(path: &Path) -> Result<Loaded, FileError> {
    let (text, metadata) = read(path)?;
    let writable = !metadata.permissions().readonly() && OpenOptions::new().write(true).open(path).is_ok();
    let line_ending = text.find('\n').map(|at| if text[..at].ends_with('\r') { "\r\n" } else { "\n" });
    Ok(Loaded { hash: content_hash(&text), read_only: !writable, line_ending, text })
}

/// Reads a text without touching the file otherwise.
pub(super) fn read(path: &Path) -> Result<(String, Metadata), FileError> {
    let unreadable = |error: &io::Error| FileError::Unreadable { path: path.into(), reason: reason(error) };
    // Looked at before it is opened: opening a pipe would wait for its writer.
    let metadata = fs::metadata(path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => missing(path),
        _ => unreadable(&error),
    })?;
    if metadata.is_dir() {
        return Err(FileError::Directory { path: path.into(), plans: plans_in(path) });
    }
    if !metadata.is_file() {
        return Err(FileError::NotAFile { path: path.into(), what: kind_of(metadata.file_type()) });
    }
    if metadata.len() > MAX_BYTES {
        return Err(FileError::TooLarge { path: path.into(), bytes: metadata.len() });
    }
    let mut bytes = Vec::new();
    File::open(path).and_then(|file| file.take(MAX_BYTES + 1).read_to_end(&mut bytes)).map_err(|error| {
        match error.kind() {
            io::ErrorKind::NotFound => missing(path),
            _ => unreadable(&error),
        }
    })?;
    // Some files (under /proc) do not know their size, and others grow.
    if bytes.len() as u64 > MAX_BYTES {
        return Err(FileError::TooLarge { path: path.into(), bytes: metadata.len().max(bytes.len() as u64) });
    }
    match String::from_utf8(bytes) {
        Ok(text) => Ok((text, metadata)),
        Err(error) => {
            let offset = error.utf8_error().valid_up_to();
            let bytes = error.as_bytes();
            Err(FileError::NotText {
                path: path.into(),
                offset,
                line: 1 + String::from_utf8_lossy(&bytes[..offset]).matches('\n').count(),
                utf16: bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]),
            })
        }
    }
}

fn missing(path: &Path) -> FileError {
    if let Ok(target) = fs::read_link(path) {
        return FileError::Dangling { path: path.into(), target };
    }
    let wanted = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
    let mut near: Vec<(f64, String)> = names_in(super::save::parent(path))
        .into_iter()
        .map(|name| (strsim::jaro_winkler(&wanted, &name.to_lowercase()), name))
        .filter(|(likeness, _)| *likeness > 0.82)
        .collect();
    near.sort_by(|a, b| b.0.total_cmp(&a.0));
    FileError::Missing { path: path.into(), near: near.into_iter().take(3).map(|(_, name)| name).collect() }
}

/// Names of the files in a directory, sorted.
fn names_in(directory: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(directory) else {
        return Vec::new();
    };
    let mut names: Vec<String> = entries
        .take(MAX_NAMES)
        .flatten()
        .filter(|entry| !entry.file_type().is_ok_and(|kind| kind.is_dir()))
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .filter(|name| !name.starts_with('.'))
        .collect();
    names.sort();
    names
}

fn plans_in(directory: &Path) -> Vec<String> {
    let is_yaml = |name: &String| {
        Path::new(name)
            .extension()
            .is_some_and(|e| e.eq_ignore_ascii_case("yaml") || e.eq_ignore_ascii_case("yml"))
    };
    names_in(directory).into_iter().filter(is_yaml).take(5).collect()
}

#[cfg(unix)]
fn kind_of(kind: FileType) -> &'static str {
    use std::os::unix::fs::FileTypeExt as _;
    if kind.is_fifo() {
        "a pipe"
    } else if kind.is_socket() {
        "a socket"
    } else {
        "a device"
    }
}

#[cfg(not(unix))]
fn kind_of(_: FileType) -> &'static str {
    "a device"
}

/// Bytes as people say them.
fn size(bytes: u64) -> String {
    const MIB: u64 = 1 << 20;
    match bytes {
        MIB => "1 MiB".to_owned(),
        0..MIB => format!("{} kB", bytes.div_ceil(1000)),
        _ => format!("{:.1} MB", bytes as f64 / 1e6).replace(".0 ", " "),
    }
}
