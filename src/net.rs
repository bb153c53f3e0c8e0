//! Fetching over HTTPS: the `config.json` of a model on Hugging Face, or a mirror of it.
//!
//! Certificates are checked, connections end after [`CONNECT`] and answers after [`TOTAL`], no more than
//! [`LARGEST`] bytes are read, and redirections lead to HTTPS addresses only. What was fetched is kept in
//! a cache, so that a model is asked for once and not at each evaluation. Nothing is fetched where the
//! user says so (`--offline`, `MLSYSIM_TUI_OFFLINE`, `HF_HUB_OFFLINE`).
//!
//! | room | what it holds |
//! | --- | --- |
//! | `address` | names of models, and where they are asked for |
//! | `cache` | what was fetched before |
//! | `fetch` | one request |

mod address;
mod cache;
mod fetch;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

pub use address::Settings;

use crate::plan::{Fetched, Hub};
use address::Address;
use cache::Cache;

/// Longest wait for a connection.
pub const CONNECT: Duration = Duration::from_secs(3);

/// Longest wait for a whole answer.
pub const TOTAL: Duration = Duration::from_secs(10);

/// Largest answer, bytes. A `config.json` is a few kilobytes.
pub const LARGEST: u64 = 1 << 20;

/// How long a name must stand before it is fetched while somebody types.
const STANDS: Duration = Duration::from_millis(700);

/// After so long a failed fetch is tried again.
const AGAIN: Duration = Duration::from_secs(60);

/// What is known of a name.
#[derive(Debug, Clone)]
enum Known {
    Text(String),
    /// A thread is about to fetch it.
    Pending,
    Failed(String, Instant),
}

/// A name and when it was last asked for.
#[derive(Debug, Clone)]
struct Asked {
    known: Known,
    last: Instant,
}

#[derive(Debug)]
struct Shared {
    settings: Settings,
    cache: Option<Cache>,
    asked: Mutex<HashMap<String, Asked>>,
}

impl Shared {
    fn asked(&self) -> MutexGuard<'_, HashMap<String, Asked>> {
        // A thread that panicked left the table whole: each change is one insertion.
        self.asked.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// From the cache, else over the network.
    fn get(&self, address: &Address) -> Known {
        if let Some(text) = self.cache.as_ref().and_then(|cache| cache.fresh(address)) {
            return Known::Text(text);
        }
        let failure = match self.fetch(address) {
            Ok(text) => {
                if let Some(cache) = &self.cache {
                    cache.keep(address, &text);
                }
                return Known::Text(text);
            }
            Err(failure) => failure,
        };
        // An old copy is better than none: configurations of published models hardly change.
        match self.cache.as_ref().and_then(|cache| cache.any(address)) {
            Some(text) => Known::Text(text),
            None => Known::Failed(failure, Instant::now()),
        }
    }

    fn fetch(&self, address: &Address) -> Result<String, String> {
        if let Some(why) = &self.settings.offline {
            return Err(format!("nothing is fetched: {why}"));
        }
        fetch::config(&self.settings, address)
    }
}

/// Tells whoever waits that a fetch has ended.
type Notify = Arc<dyn Fn() + Send + Sync>;

/// A hub of models.
pub struct ModelHub {
    shared: Arc<Shared>,
    /// Where set, fetching happens on a thread and this is called at its end.
    notify: Option<Notify>,
}

impl std::fmt::Debug for ModelHub {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ModelHub").field("shared", &self.shared).finish_non_exhaustive()
    }
}

impl ModelHub {
    /// For commands: asking waits for the answer. `cache` is the directory of fetched files.
    pub fn waiting(settings: Settings, cache: Option<PathBuf>) -> ModelHub {
        ModelHub::new(settings, cache, None)
    }

    /// For programs that must not wait: asking returns at once, and `notify` is called (on another thread)
    /// when asking again will give more.
    pub fn in_background(
        settings: Settings,
        cache: Option<PathBuf>,
        notify: impl Fn() + Send + Sync + 'static,
    ) -> ModelHub {
        ModelHub::new(settings, cache, Some(Arc::new(notify)))
    }

    fn new(settings: Settings, cache: Option<PathBuf>, notify: Option<Notify>) -> ModelHub {
        let cache = cache.map(|directory| Cache::new(&directory, &settings.endpoint));
        let shared = Shared { settings, cache, asked: Mutex::default() };
        ModelHub { shared: Arc::new(shared), notify }
    }

    /// Fetches on a thread, once the name has stood for a moment.
    fn start(&self, address: Address, notify: &Notify) -> bool {
        let (shared, notify) = (Arc::clone(&self.shared), Arc::clone(notify));
        let run = move || {
            thread::sleep(STANDS);
            let name = address.name();
            {
                let mut asked = shared.asked();
                let mine = asked.get(&name).map(|asked| asked.last);
                // Somebody types: a longer or shorter form of the name was asked for since.
                let passed = asked.iter().any(|(other, at)| {
                    *other != name
                        && matches!(at.known, Known::Pending)
                        && (other.starts_with(&name) || name.starts_with(other.as_str()))
                        && Some(at.last) > mine
                });
                if passed {
                    asked.remove(&name);
                    return;
                }
            }
            let known = shared.get(&address);
            if let Some(entry) = shared.asked().get_mut(&name) {
                entry.known = known;
            }
            notify();
        };
        thread::Builder::new().name("fetch".into()).spawn(run).is_ok()
    }
}

impl Hub for ModelHub {
    fn config(&self, name: &str) -> Fetched {
        let address = match Address::parse(name) {
            Ok(address) => address,
            Err(reason) => return Fetched::Failed(reason),
        };
        let now = Instant::now();
        let key = address.name();
        if let Some(asked) = self.shared.asked().get_mut(&key) {
            asked.last = now;
            match &asked.known {
                Known::Text(text) => return Fetched::Text(text.clone()),
                Known::Pending => return Fetched::Pending,
                Known::Failed(reason, at) if at.elapsed() < AGAIN => return Fetched::Failed(reason.clone()),
                Known::Failed(..) => {}
            }
        }
        let remember = |known: Known| {
            self.shared.asked().insert(key.clone(), Asked { known, last: now });
        };
        let known = match &self.notify {
            // What needs no network needs no thread.
            Some(notify) if self.shared.settings.offline.is_none() => {
                if let Some(text) = self.shared.cache.as_ref().and_then(|cache| cache.fresh(&address)) {
                    Known::Text(text)
                } else {
                    remember(Known::Pending);
                    if self.start(address, notify) {
                        return Fetched::Pending;
                    }
                    Known::Failed("no thread could be started to fetch it".into(), now)
                }
            }
            _ => self.shared.get(&address),
        };
        remember(known.clone());
        match known {
            Known::Text(text) => Fetched::Text(text),
            Known::Pending => Fetched::Pending,
            Known::Failed(reason, _) => Fetched::Failed(reason),
        }
    }
}
