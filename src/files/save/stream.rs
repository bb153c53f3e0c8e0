//! A file that is written bit by bit and appears under its name once it is whole.

use std::fs;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use super::{SaveError, check, link_target, new_file, parent};
use crate::files::reason;

/// A file that grows beside its name. Dropped before [`Stream::finish`], nothing of it is left, and what was
/// under the name still is.
#[derive(Debug)]
pub struct Stream {
    path: PathBuf,
    target: PathBuf,
    file: BufWriter<tempfile::NamedTempFile>,
}

impl Stream {
    /// Starts a file; what is under the name stays until the new one is whole.
    ///
    /// # Errors
    /// Where the name stands for something else than a file, or none can be made beside it.
    pub fn start(path: &Path) -> Result<Stream, SaveError> {
        let target = link_target(path);
        if let Ok(metadata) = fs::metadata(&target) {
            check(&target, metadata, None)?;
        }
        let directory = parent(&target);
        let name = target.file_name().unwrap_or_default().to_string_lossy();
        let file = new_file(directory, &format!(".{name}."))
            .map_err(|error| SaveError::Directory { directory: directory.into(), reason: reason(&error) })?;
        Ok(Stream { path: path.into(), file: BufWriter::with_capacity(1 << 16, file), target })
    }

    /// Puts the file under its name.
    ///
    /// # Errors
    /// Where the last of it cannot be written; then nothing is left of it.
    pub fn finish(self) -> Result<(), SaveError> {
        let failed = |error: &io::Error| SaveError::Write { path: self.path.clone(), reason: reason(error) };
        let file = self.file.into_inner().map_err(|error| failed(error.error()))?;
        file.as_file().sync_all().map_err(|error| failed(&error))?;
        file.persist(&self.target).map_err(|error| failed(&error.error))?;
        Ok(())
    }
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}
