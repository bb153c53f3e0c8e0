//! Following directories, also such as do not exist yet.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use notify::{RecursiveMode, Watcher};

use super::{Signal, Watch, events, explain, settle};

/// What is watched for a few directories: each of them, or what is nearest above it while it is missing.
struct Nest {
    wanted: Vec<PathBuf>,
    watcher: Box<dyn Watcher + Send>,
    watched: HashSet<PathBuf>,
    /// The wanted directories as the system spells them, for telling what an event is about.
    spelled: Arc<Mutex<Vec<PathBuf>>>,
}

impl Nest {
    fn new(wanted: &[PathBuf], signals: &Sender<Signal>, poll: bool) -> notify::Result<Nest> {
        let spelled = Arc::new(Mutex::new(Vec::<PathBuf>::new()));
        let known = Arc::clone(&spelled);
        // A wanted directory, something in it, or something above it.
        let watcher = events::watcher(signals, poll, move |path| {
            let known = known.lock().unwrap_or_else(PoisonError::into_inner);
            known.iter().any(|wanted| path.starts_with(wanted) || wanted.starts_with(path))
        })?;
        let mut nest = Nest { wanted: wanted.to_vec(), watcher, watched: HashSet::new(), spelled };
        nest.cover()?;
        Ok(nest)
    }

    /// Watches what is there now, and lets go of what is not any more.
    fn cover(&mut self) -> notify::Result<()> {
        let mut wanted = HashSet::new();
        let mut spelled = Vec::new();
        for directory in &self.wanted {
            let Some(nearest) = directory.ancestors().find(|path| path.is_dir()) else { continue };
            let real = nearest.canonicalize().map_err(notify::Error::io)?;
            let rest = directory.strip_prefix(nearest).unwrap_or(Path::new(""));
            spelled.push(if rest.as_os_str().is_empty() { real.clone() } else { real.join(rest) });
            // Above it as well: a directory that is removed and made anew is another one.
            wanted.extend(real.parent().map(Path::to_owned));
            wanted.insert(real);
        }
        *self.spelled.lock().unwrap_or_else(PoisonError::into_inner) = spelled;
        let gone: Vec<PathBuf> = self.watched.difference(&wanted).cloned().collect();
        for directory in gone {
            // It may have gone by itself.
            let _ = self.watcher.unwatch(&directory);
            self.watched.remove(&directory);
        }
        let mut first_error = None;
        for directory in wanted {
            // Again also where it is watched: it may be another directory of the same name by now.
            match self.watcher.watch(&directory, RecursiveMode::NonRecursive) {
                Ok(()) => {
                    self.watched.insert(directory);
                }
                Err(error) => first_error = first_error.or(Some(error)),
            }
        }
        match first_error {
            Some(error) if self.watched.is_empty() => Err(error),
            _ => Ok(()),
        }
    }
}

/// Calls back, from a thread of its own, when anything in these directories was created, changed or removed.
/// A directory that is not there is followed from the moment that it appears.
///
/// # Errors
/// One sentence where none of them can be watched, not even what is above it.
pub fn watch_dirs(directories: &[PathBuf], callback: impl Fn() + Send + 'static) -> Result<Watch, String> {
    let (signals, inbox) = mpsc::channel();
    let name = directories.first().map(|path| path.display().to_string()).unwrap_or_default();
    let cannot = |error: &notify::Error| format!("{name}: {}", explain(error));
    let (mut nest, polling) = match Nest::new(directories, &signals, false) {
        Ok(nest) => (nest, false),
        Err(_) => (Nest::new(directories, &signals, true).map_err(|error| cannot(&error))?, true),
    };
    thread::Builder::new()
        .name("directory watch".to_owned())
        .spawn(move || {
            loop {
                match inbox.recv() {
                    Ok(Signal::Event) => {}
                    Ok(Signal::Stop) | Err(_) => return,
                    Ok(_) => continue,
                }
                if !settle(&inbox, &mut |_| ()) {
                    return;
                }
                // Where nothing can be watched any more there is nothing to tell either.
                let _ = nest.cover();
                callback();
            }
        })
        .map_err(|error| cannot(&error.into()))?;
    Ok(Watch { signals, polling })
}
