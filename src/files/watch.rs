//! Following a file that other programs change.
//!
//! What is watched is the directory, never the file: many editors save by renaming a new file over
//! the old one, and a watch on the old one would end there. Where the name is a link, the
//! directories of all files it leads through are watched. Events only wake the reader; what counts
//! is the content, compared by hash, so that reading, touching and our own saving say nothing.
//!
//! One thread per watch sleeps in `recv` without a timeout until an event comes: nothing runs while
//! nothing happens. (The fallback for file systems without events, such as NFS, looks once a
//! second; [`Watch::polling`] says so.)

mod directories;
mod events;

use std::collections::HashSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use notify::{RecursiveMode, Watcher};

pub use directories::watch_dirs;

use super::load::read;
use super::save::{links, parent};
use super::{FileError, content_hash};

/// Silence after which a burst of events counts as over.
const QUIET: Duration = Duration::from_millis(25);
/// A burst is not waited for longer than this.
const BURST: Duration = Duration::from_millis(70);
/// Some editors move the file away before they write it anew; it is gone only after this.
const GONE: Duration = Duration::from_millis(300);
/// How often the fallback looks.
const POLL: Duration = Duration::from_secs(1);

/// What happened to the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DiskChange {
    /// It has another text, or is back after it was removed.
    Changed {
        /// The new text.
        text: String,
        /// Its [`content_hash`].
        hash: u64,
    },
    /// It is gone.
    Removed,
    /// It is there and cannot be read; the sentence says why.
    Unreadable(String),
}

enum Signal {
    /// Something happened in a watched directory.
    Event,
    /// A text we are about to write.
    Ignore(u64),
    /// The text we believe is on the disk.
    Expect(u64),
    Stop,
}

/// A running watch; dropping it ends it.
#[derive(Debug)]
pub struct Watch {
    signals: Sender<Signal>,
    polling: bool,
}

impl Watch {
    /// Says which text we are about to save, so that our own save is no news. Call it before
    /// saving.
    pub fn ignore(&self, hash: u64) {
        // The thread ends only with the watch itself, so this cannot fail in a way that matters.
        let _ = self.signals.send(Signal::Ignore(hash));
    }

    /// Compares the file with the text we believe it has and reports where it has another: for
    /// what happened between loading it and watching it.
    pub fn expect(&self, hash: u64) {
        let _ = self.signals.send(Signal::Expect(hash));
    }

    /// Whether the file is looked at every second because the system reports no changes.
    pub fn polling(&self) -> bool {
        self.polling
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let _ = self.signals.send(Signal::Stop);
    }
}

/// A watcher, and the names that matter to it.
struct Source {
    watcher: Box<dyn Watcher + Send>,
    directories: HashSet<PathBuf>,
    /// File names that wake the reader; empty means all.
    names: Arc<Mutex<HashSet<OsString>>>,
}

impl Source {
    fn new(signals: &Sender<Signal>, poll: bool) -> notify::Result<Self> {
        let names = Arc::new(Mutex::new(HashSet::<OsString>::new()));
        let known = Arc::clone(&names);
        let watcher = events::watcher(signals, poll, move |path| {
            let known = known.lock().unwrap_or_else(PoisonError::into_inner);
            known.is_empty() || path.file_name().is_some_and(|name| known.contains(name))
        })?;
        Ok(Source { watcher, directories: HashSet::new(), names })
    }

    /// Watches a directory unless that is done already.
    fn add(&mut self, directory: &Path) -> notify::Result<()> {
        let directory = directory.canonicalize().map_err(notify::Error::io)?;
        if !self.directories.contains(&directory) {
            self.watcher.watch(&directory, RecursiveMode::NonRecursive)?;
            self.directories.insert(directory);
        }
        Ok(())
    }

    /// Watches the directories of a file and of all files its links lead through.
    fn follow(&mut self, path: &Path) -> notify::Result<()> {
        let chain = links(path);
        let names = chain.iter().filter_map(|name| name.file_name().map(OsString::from));
        *self.names.lock().unwrap_or_else(PoisonError::into_inner) = names.collect();
        self.add(parent(path))?;
        for name in &chain[1..] {
            // A link into a directory that is not there yet: its own directory is watched.
            let _ = self.add(parent(name));
        }
        Ok(())
    }
}

fn explain(error: &notify::Error) -> String {
    match &error.kind {
        notify::ErrorKind::Io(error) => format!("cannot be watched: {}", super::reason(error)),
        _ => format!("cannot be watched: {error}"),
    }
}

/// Follows a file: calls back, from a thread of its own, whenever its text on the disk has become
/// another one. Where the system reports no changes, it looks every second.
///
/// # Errors
/// One sentence where its directory is not there.
pub fn watch(path: &Path, callback: impl Fn(DiskChange) + Send + 'static) -> Result<Watch, String> {
    start(path, callback, false)
}

/// [`watch`] by looking every second, whatever the system can do.
///
/// # Errors
/// As [`watch`].
pub fn watch_polling(path: &Path, callback: impl Fn(DiskChange) + Send + 'static) -> Result<Watch, String> {
    start(path, callback, true)
}

fn start(path: &Path, callback: impl Fn(DiskChange) + Send + 'static, poll: bool) -> Result<Watch, String> {
    let cannot = |error: &notify::Error| format!("{}: {}", path.display(), explain(error));
    // The program may change its directory later; the name is meant from here.
    let full = std::path::absolute(path).map_err(|error| cannot(&error.into()))?;
    parent(&full).metadata().map_err(|error| cannot(&error.into()))?;
    let (signals, inbox) = mpsc::channel();
    let follow = |mut source: Source| source.follow(&full).map(|()| source);
    let source = if poll { None } else { Source::new(&signals, false).and_then(follow).ok() };
    let polling = source.is_none();
    let mut follower =
        Follower { state: State::of(&full), path: full, source, own: None, gone_since: None, callback };
    thread::Builder::new()
        .name("plan watch".to_owned())
        .spawn(move || follower.run(&inbox))
        .map_err(|error| cannot(&error.into()))?;
    Ok(Watch { signals, polling })
}

/// Waits for the end of a burst of events; false where the watch ended meanwhile.
fn settle(inbox: &Receiver<Signal>, other: &mut dyn FnMut(Signal)) -> bool {
    let end = Instant::now() + BURST;
    loop {
        let left = end.saturating_duration_since(Instant::now());
        match inbox.recv_timeout(QUIET.min(left)) {
            Ok(Signal::Stop) | Err(RecvTimeoutError::Disconnected) => return false,
            Ok(Signal::Event) if left.is_zero() => return true,
            Ok(Signal::Event) => {}
            Ok(signal) => other(signal),
            Err(RecvTimeoutError::Timeout) => return true,
        }
    }
}

/// What the file was when it was last looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
enum State {
    Text(u64),
    Gone,
    Unreadable(String),
}

impl State {
    fn of(path: &Path) -> Self {
        look(path).0
    }
}

fn look(path: &Path) -> (State, String) {
    match read(path) {
        Ok((text, _)) => (State::Text(content_hash(&text)), text),
        Err(FileError::Missing { .. } | FileError::Dangling { .. }) => (State::Gone, String::new()),
        Err(error) => (State::Unreadable(error.sentence()), String::new()),
    }
}

struct Follower<F> {
    path: PathBuf,
    /// `None`: no events come, look every second.
    source: Option<Source>,
    /// What the other side knows.
    state: State,
    /// A text we said we would write.
    own: Option<u64>,
    /// Since when the file has been missing without having been reported.
    gone_since: Option<Instant>,
    callback: F,
}

impl<F: Fn(DiskChange)> Follower<F> {
    fn run(&mut self, inbox: &Receiver<Signal>) {
        loop {
            let gone = self.gone_since.map(|since| (since + GONE).saturating_duration_since(Instant::now()));
            let next_look = gone.or(self.source.is_none().then_some(POLL));
            let signal = match next_look {
                None => inbox.recv().map_err(|_| RecvTimeoutError::Disconnected),
                Some(left) => inbox.recv_timeout(left),
            };
            match signal {
                Ok(Signal::Stop) | Err(RecvTimeoutError::Disconnected) => return,
                Ok(Signal::Event) => {
                    let mut others = Vec::new();
                    if !settle(inbox, &mut |signal| others.push(signal)) {
                        return;
                    }
                    for signal in others {
                        self.note(&signal);
                    }
                }
                Ok(signal) => {
                    self.note(&signal);
                    if matches!(signal, Signal::Ignore(_)) {
                        continue;
                    }
                }
                Err(RecvTimeoutError::Timeout) => {}
            }
            // Links may lead elsewhere by now; a failure is seen as a missing file below.
            if let Some(source) = &mut self.source {
                let _ = source.follow(&self.path);
            }
            self.look();
        }
    }

    fn note(&mut self, signal: &Signal) {
        match signal {
            Signal::Ignore(hash) => self.own = Some(*hash),
            Signal::Expect(hash) => self.state = State::Text(*hash),
            Signal::Event | Signal::Stop => {}
        }
    }

    fn look(&mut self) {
        let (now, text) = look(&self.path);
        if now != State::Gone {
            self.gone_since = None;
        }
        if now == self.state {
            return;
        }
        let change = match &now {
            State::Text(hash) if self.own == Some(*hash) => {
                self.own = None;
                self.state = now;
                return;
            }
            State::Text(hash) => DiskChange::Changed { text, hash: *hash },
            State::Unreadable(why) => DiskChange::Unreadable(why.clone()),
            State::Gone => {
                let since = *self.gone_since.get_or_insert_with(Instant::now);
                if since.elapsed() < GONE {
                    return;
                }
                self.gone_since = None;
                DiskChange::Removed
            }
        };
        self.own = None;
        self.state = now;
        (self.callback)(change);
    }
}
