//! Changes that an agent proposes to a plan that a person has open: a folder between two programs.
//!
//! The folder of a plan stands under the state directory and is named after the plan's real path. A server
//! puts a proposal in, the studio answers it, and neither ever writes the plan for the other:
//!
//! | file | by | what |
//! | --- | --- | --- |
//! | `ID.json` | server | the proposed text, against which text, who and why |
//! | `ID.outcome.json` | studio | accepted, or refused and why |
//! | `open.json` | studio | what the editor holds; locked while the studio lives, so that a dead one's is ignored |

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use super::load::MAX_BYTES;

/// Most proposals that wait at once; a person reads them one by one.
pub const MOST: usize = 20;

/// Answered or forgotten proposals are kept this long, so that their outcome can be read.
const KEPT: Duration = Duration::from_secs(7 * 24 * 3600);

/// A change that waits for a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proposal {
    /// Its name.
    pub id: String,
    /// Who proposes it.
    pub who: String,
    /// Why.
    pub why: String,
    /// [`super::content_hash`] of the text that the proposal changes.
    pub base: u64,
    /// The proposed text of the plan.
    pub text: String,
    /// Seconds since 1970.
    pub created_s: u64,
}

/// What became of a proposal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "status", rename_all = "lowercase")]
pub enum Outcome {
    /// It is in the editor; saving it is the person's own step.
    Accepted,
    /// It is not, and why, where the person said so.
    Refused {
        /// In the person's words, or the studio's.
        why: String,
    },
}

/// What a studio has open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Open {
    /// True where the editor holds changes that are not on disk.
    pub unsaved: bool,
}

/// The folder of one plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Desk {
    directory: PathBuf,
}

/// While it lives, the studio is known to have the plan open.
#[derive(Debug)]
pub struct Presence {
    file: File,
    path: PathBuf,
}

impl Desk {
    /// The folder for a plan's file; `None` where there is no state directory or the file has no real path.
    pub fn of(plan: &Path) -> Option<Desk> {
        Desk::under(&super::places::state_dir()?, plan)
    }

    /// The same under a state directory of the caller's choice.
    pub fn under(state: &Path, plan: &Path) -> Option<Desk> {
        let real = fs::canonicalize(plan).ok()?;
        let name = format!("{:016x}", super::content_hash(&real.to_string_lossy()));
        Some(Desk { directory: state.join("proposals").join(name) })
    }

    /// The folder itself, to watch. It may not be there yet.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// Makes the folder.
    ///
    /// # Errors
    ///
    /// Where the state directory cannot be written.
    pub fn prepare(&self) -> io::Result<()> {
        fs::create_dir_all(&self.directory)
    }

    /// Puts a proposal in and gives its name.
    ///
    /// # Errors
    ///
    /// Where the folder cannot be written, or [`MOST`] proposals wait already.
    pub fn propose(&self, who: &str, why: &str, base: u64, text: &str) -> io::Result<String> {
        self.prepare()?;
        self.tidy();
        if self.pending().len() >= MOST {
            return Err(io::Error::other(format!(
                "{MOST} proposals wait already; let them be answered first"
            )));
        }
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let id = format!("{:x}-{:x}", now.as_nanos(), std::process::id());
        let proposal = Proposal {
            id: id.clone(),
            who: who.into(),
            why: why.into(),
            base,
            text: text.into(),
            created_s: now.as_secs(),
        };
        self.write(&self.directory.join(format!("{id}.json")), &proposal)?;
        Ok(id)
    }

    /// The proposals without an outcome, oldest first.
    pub fn pending(&self) -> Vec<Proposal> {
        let Ok(entries) = fs::read_dir(&self.directory) else { return Vec::new() };
        let mut found: Vec<Proposal> = entries
            .flatten()
            .filter_map(|entry| self.proposal(entry.file_name().to_str()?.strip_suffix(".json")?))
            .filter(|proposal| self.outcome(&proposal.id).is_none())
            .collect();
        found.sort_by(|a, b| (a.created_s, &a.id).cmp(&(b.created_s, &b.id)));
        found
    }

    /// A proposal by name.
    pub fn proposal(&self, id: &str) -> Option<Proposal> {
        let proposal: Proposal = read(&self.file(id, "json")?)?;
        (proposal.id == id).then_some(proposal)
    }

    /// What became of a proposal; `None` while it waits.
    pub fn outcome(&self, id: &str) -> Option<Outcome> {
        read(&self.file(id, "outcome.json")?)
    }

    /// Answers a proposal.
    ///
    /// # Errors
    ///
    /// Where the folder cannot be written.
    pub fn answer(&self, id: &str, outcome: &Outcome) -> io::Result<()> {
        let path = self.file(id, "outcome.json").ok_or_else(|| io::Error::other("no such proposal"))?;
        self.write(&path, outcome)
    }

    /// Says that a studio has the plan open. `None` where another one has said so already.
    ///
    /// # Errors
    ///
    /// Where the folder cannot be written.
    pub fn enter(&self, open: &Open) -> io::Result<Option<Presence>> {
        self.prepare()?;
        let path = self.directory.join("open.json");
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(error)) => return Err(error),
        }
        let mut presence = Presence { file, path };
        presence.update(open)?;
        Ok(Some(presence))
    }

    /// What a living studio has open.
    pub fn open(&self) -> Option<Open> {
        let path = self.directory.join("open.json");
        let file = File::open(&path).ok()?;
        // Whoever wrote it holds the lock while it lives.
        match file.try_lock_shared() {
            Err(TryLockError::WouldBlock) => read(&path),
            _ => None,
        }
    }

    /// A file of the folder; names from outside must not lead out of it.
    fn file(&self, id: &str, ending: &str) -> Option<PathBuf> {
        let plain =
            !id.is_empty() && id.len() < 64 && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        plain.then(|| self.directory.join(format!("{id}.{ending}")))
    }

    /// Written beside and renamed, so that a reader sees all of it or nothing.
    fn write(&self, path: &Path, value: &impl Serialize) -> io::Result<()> {
        let mut file = tempfile::NamedTempFile::new_in(&self.directory)?;
        file.write_all(&serde_json::to_vec(value).map_err(io::Error::other)?)?;
        file.as_file().sync_all()?;
        file.persist(path).map_err(|error| error.error)?;
        Ok(())
    }

    /// Takes what is old away.
    fn tidy(&self) {
        let Ok(entries) = fs::read_dir(&self.directory) else { return };
        for entry in entries.flatten() {
            let modified = entry.metadata().and_then(|meta| meta.modified());
            let old = modified.is_ok_and(|at| at.elapsed().is_ok_and(|age| age > KEPT));
            if old && entry.file_name() != "open.json" {
                // What cannot be taken away is in nobody's way.
                let _ = fs::remove_file(entry.path());
            }
        }
    }
}

impl Presence {
    /// Says what the editor holds now.
    ///
    /// # Errors
    ///
    /// Where the file cannot be written.
    pub fn update(&mut self, open: &Open) -> io::Result<()> {
        let bytes = serde_json::to_vec(open).map_err(io::Error::other)?;
        self.file.seek(io::SeekFrom::Start(0))?;
        self.file.write_all(&bytes)?;
        self.file.set_len(bytes.len() as u64)
    }
}

impl Drop for Presence {
    fn drop(&mut self) {
        // A file that stays behind is ignored, since nobody holds its lock.
        let _ = fs::remove_file(&self.path);
    }
}

fn read<T: for<'de> Deserialize<'de>>(path: &Path) -> Option<T> {
    let mut bytes = Vec::new();
    // Twice a plan: its text grows when it is written as JSON.
    File::open(path).ok()?.take(2 * MAX_BYTES + 4096).read_to_end(&mut bytes).ok()?;
    serde_json::from_slice(&bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn desk() -> (tempfile::TempDir, Desk) {
        let directory = tempfile::tempdir().unwrap();
        let desk = Desk { directory: directory.path().join("p") };
        (directory, desk)
    }

    #[test]
    fn a_proposal_waits_until_it_is_answered() {
        let (_kept, desk) = desk();
        assert!(desk.pending().is_empty());
        let id = desk.propose("agent", "it fits", 7, "a: 1\n").unwrap();
        assert_eq!(desk.pending().len(), 1);
        assert_eq!(desk.proposal(&id).unwrap().text, "a: 1\n");
        assert_eq!(desk.outcome(&id), None);
        let refused = Outcome::Refused { why: "too dear".into() };
        desk.answer(&id, &refused).unwrap();
        assert_eq!(desk.outcome(&id), Some(refused));
        assert!(desk.pending().is_empty());
        assert_eq!(desk.proposal("../../etc/passwd"), None);
        assert!(desk.answer("../x", &Outcome::Accepted).is_err());
    }

    #[test]
    fn presence_ends_with_its_holder() {
        let (_kept, desk) = desk();
        assert_eq!(desk.open(), None);
        let open = Open { unsaved: false };
        let mut presence = desk.enter(&open).unwrap().unwrap();
        assert_eq!(desk.open(), Some(open));
        assert!(desk.enter(&open).unwrap().is_none(), "one studio speaks for the plan");
        let unsaved = Open { unsaved: true };
        presence.update(&unsaved).unwrap();
        assert_eq!(desk.open(), Some(unsaved));
        drop(presence);
        assert_eq!(desk.open(), None);
        fs::write(desk.directory().join("open.json"), "{\"unsaved\":true}").unwrap();
        assert_eq!(desk.open(), None, "a file that a dead studio left behind is ignored");
    }

    #[test]
    fn no_more_wait_than_a_person_can_read() {
        let (_kept, desk) = desk();
        for _ in 0..MOST {
            desk.propose("a", "b", 1, "c").unwrap();
        }
        assert!(desk.propose("a", "b", 1, "c").unwrap_err().to_string().contains("wait already"));
    }
}
