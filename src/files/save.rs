//! Saving: the new text is complete under the name, or the old one still is.
//!
//! The text goes into a new file beside the old one, is forced to the disk and then renamed over
//! it. A reader sees one or the other, a crash leaves one or the other. Permissions and (where the
//! system allows) the owner stay; a symbolic link stays one and its target is written. A further
//! hard link to the file keeps the old text, as with every program that saves this way.

mod stream;

use std::fs::{self, Metadata};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::{FileError, content_hash, reason};
pub use stream::Stream;

/// Links followed before a chain counts as a circle.
const MAX_LINKS: usize = 40;

/// Why a text was not saved. The file is as it was.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SaveError {
    /// Another program changed the file since it was read.
    #[error("not saved: the file was changed by another program since it was read")]
    Conflict {
        /// What it holds now; `None` where that cannot be read as text.
        disk_text: Option<String>,
    },
    /// The file may not be written.
    #[error("{}: not saved: the file is read-only; change that with chmod u+w, or save under another name", path.display())]
    ReadOnly {
        /// The file.
        path: PathBuf,
    },
    /// The name stands for something that is not a file.
    #[error("not saved: {0}")]
    NotAFile(FileError),
    /// No file can be made in the directory.
    #[error("{}: not saved: no file can be created in this directory: {reason}; save under another name", directory.display())]
    Directory {
        /// The directory.
        directory: PathBuf,
        /// The system's reason.
        reason: String,
    },
    /// Writing failed half way.
    #[error("{}: not saved: {reason}; the file is unchanged", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        reason: String,
    },
}

/// Saves a text under a name and gives its hash. With `expected` it refuses where the file on the
/// disk is no longer the one with that hash; without, it overwrites.
///
/// # Errors
/// See [`SaveError`]. Whatever the error, the file on the disk is unchanged.
pub fn save(path: &Path, text: &str, expected: Option<u64>) -> Result<u64, SaveError> {
    let target = link_target(path);
    let before = match fs::metadata(&target) {
        Ok(metadata) => Some(check(&target, metadata, expected)?),
        Err(_) => None,
    };
    let directory = parent(&target);
    let name = target.file_name().unwrap_or_default().to_string_lossy();
    let failed = |error: &io::Error| SaveError::Write { path: path.into(), reason: reason(error) };

    // Removed when dropped, so no error below leaves it behind.
    let mut file = new_file(directory, &format!(".{name}."))
        .map_err(|error| SaveError::Directory { directory: directory.into(), reason: reason(&error) })?;
    file.write_all(text.as_bytes()).map_err(|error| failed(&error))?;
    if let Some(before) = &before {
        keep_owner(file.as_file(), before);
        file.as_file().set_permissions(before.permissions()).map_err(|error| failed(&error))?;
    }
    file.as_file().sync_all().map_err(|error| failed(&error))?;
    // Once more, since forcing to the disk takes a while.
    if expected.is_some()
        && let Ok(metadata) = fs::metadata(&target)
    {
        check(&target, metadata, expected)?;
    }
    file.persist(&target).map_err(|error| failed(&error.error))?;
    // The rename itself is only safe once the directory is on the disk. Not all systems can do
    // this, and the text is in place either way.
    let _ = fs::File::open(directory).and_then(|directory| directory.sync_all());
    Ok(content_hash(text))
}

/// Whether an existing file may be replaced.
fn check(target: &Path, metadata: Metadata, expected: Option<u64>) -> Result<Metadata, SaveError> {
    let read = super::load::read(target);
    if let Err(error @ (FileError::Directory { .. } | FileError::NotAFile { .. })) = read {
        return Err(SaveError::NotAFile(error));
    }
    if metadata.permissions().readonly() || !may_write(target) {
        return Err(SaveError::ReadOnly { path: target.into() });
    }
    match (expected, read) {
        (None, _) | (Some(_), Err(FileError::Missing { .. } | FileError::Dangling { .. })) => Ok(metadata),
        (Some(expected), Ok((text, _))) if content_hash(&text) == expected => Ok(metadata),
        (Some(_), Ok((text, _))) => Err(SaveError::Conflict { disk_text: Some(text) }),
        (Some(_), Err(_)) => Err(SaveError::Conflict { disk_text: None }),
    }
}

fn may_write(target: &Path) -> bool {
    match fs::OpenOptions::new().write(true).open(target) {
        Ok(_) => true,
        Err(error) => {
            !matches!(error.kind(), io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem)
        }
    }
}

#[cfg(unix)]
fn new_file(directory: &Path, prefix: &str) -> io::Result<tempfile::NamedTempFile> {
    use std::os::unix::fs::PermissionsExt as _;
    // What a new file gets from any other program; the user's umask takes its share.
    let mode = fs::Permissions::from_mode(0o666);
    tempfile::Builder::new().prefix(prefix).suffix(".tmp").permissions(mode).tempfile_in(directory)
}

#[cfg(not(unix))]
fn new_file(directory: &Path, prefix: &str) -> io::Result<tempfile::NamedTempFile> {
    tempfile::Builder::new().prefix(prefix).suffix(".tmp").tempfile_in(directory)
}

/// A file edited by root stays its owner's.
#[cfg(unix)]
fn keep_owner(file: &fs::File, before: &Metadata) {
    use std::os::unix::fs::{MetadataExt as _, fchown};
    let same = file.metadata().is_ok_and(|now| now.uid() == before.uid() && now.gid() == before.gid());
    if !same {
        // Only root may give files away; for others the saved text matters more than the group.
        let _ = fchown(file, Some(before.uid()), Some(before.gid()));
    }
}

#[cfg(not(unix))]
fn keep_owner(_: &fs::File, _: &Metadata) {}

/// The file that a name leads to through links, whether it exists or not.
pub(super) fn link_target(path: &Path) -> PathBuf {
    links(path).pop().unwrap_or_else(|| path.to_owned())
}

/// A name and every name its links lead through; the last one is no link.
pub(super) fn links(path: &Path) -> Vec<PathBuf> {
    let mut names = vec![path.to_owned()];
    while let Some(last) = names.last()
        && names.len() <= MAX_LINKS
        && let Ok(next) = fs::read_link(last)
    {
        let next = parent(last).join(next);
        names.push(next);
    }
    names
}

/// The directory a name is in; `.` for a bare name.
pub(super) fn parent(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}
