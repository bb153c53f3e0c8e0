//! What was fetched before, one file a model, below a directory for each hub.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::LARGEST;
use super::address::{Address, authority};

/// Younger copies are used without asking again.
const FRESH: Duration = Duration::from_secs(30 * 24 * 3600);

#[derive(Debug)]
pub(super) struct Cache {
    directory: PathBuf,
}

impl Cache {
    /// A cache of what `endpoint` gave.
    pub(super) fn new(directory: &Path, endpoint: &str) -> Cache {
        let host = authority(endpoint);
        let host = host.split_once("://").map_or(host, |(_, host)| host);
        Cache { directory: directory.join("models").join(safe(host)) }
    }

    fn path(&self, address: &Address) -> PathBuf {
        // Neither part can hold `--` and `@` both ways round: `a--b@main` is one model.
        self.directory.join(format!("{}@{}.json", address.model.replace('/', "--"), safe(&address.revision)))
    }

    /// A copy that is young enough.
    pub(super) fn fresh(&self, address: &Address) -> Option<String> {
        let age = fs::metadata(self.path(address)).ok()?.modified().ok()?.elapsed().unwrap_or_default();
        if age < FRESH { self.any(address) } else { None }
    }

    /// A copy of any age.
    pub(super) fn any(&self, address: &Address) -> Option<String> {
        let path = self.path(address);
        let metadata = fs::metadata(&path).ok()?;
        (metadata.is_file() && metadata.len() <= LARGEST).then(|| fs::read_to_string(path).ok())?
    }

    /// Keeps a text. That it cannot be kept is no reason to fail: it is fetched again another time.
    pub(super) fn keep(&self, address: &Address, text: &str) {
        let path = self.path(address);
        // Another process may read at this moment: the file appears whole or not at all.
        let part = path.with_extension(format!("{}.part", std::process::id()));
        let written = fs::create_dir_all(&self.directory)
            .and_then(|()| fs::write(&part, text))
            .and_then(|()| fs::rename(&part, &path));
        if written.is_err() {
            let _ = fs::remove_file(part);
        }
    }
}

/// A name that is a file's name on every system.
fn safe(name: &str) -> String {
    name.chars().map(|c| if c.is_ascii_alphanumeric() || ".-_".contains(c) { c } else { '_' }).collect()
}
