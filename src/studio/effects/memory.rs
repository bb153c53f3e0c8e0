//! The session file: read at the start, written when something worth it happens and at the end.

use std::fs::{self, File};
use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use crate::files;
use crate::studio::app::App;
use crate::studio::session::{FILE, Session};

/// How often, and how long apart, another studio that is writing is waited for.
const ATTEMPTS: u32 = 10;
const PAUSE: Duration = Duration::from_millis(3);

/// What the file said when it was last read or written.
#[derive(Debug, Default)]
pub struct Memory {
    before: Session,
}

impl Memory {
    /// Reads the file into the state.
    pub fn recall(&mut self, app: &mut App) {
        if !app.preferences.settings.remember {
            return;
        }
        match read() {
            Ok(session) => {
                app.sizes = session.sizes();
                app.session = session;
                self.before = app.session.clone();
            }
            Err(why) => app.complain(why),
        }
    }

    /// Writes what changed over what is in the file now. A failure costs nothing but the memory, so it is said once
    /// and stops nobody.
    pub fn keep(&mut self, app: &mut App) {
        if !app.preferences.settings.remember {
            return;
        }
        let sizes = app.sizes.clone();
        app.session.set_sizes(&sizes);
        if app.session == self.before {
            return;
        }
        match write(&app.session, &self.before) {
            Ok(()) => self.before = app.session.clone(),
            Err(why) => app.complain(format!("not remembered: {why}")),
        }
    }
}

fn path() -> Option<PathBuf> {
    Some(files::state_dir()?.join(FILE))
}

fn read() -> Result<Session, String> {
    let Some(path) = path() else { return Ok(Session::default()) };
    match files::load(&path) {
        Ok(loaded) => Session::read(&loaded.text),
        Err(files::FileError::Missing { .. }) => Ok(Session::default()),
        Err(error) => Err(error.sentence()),
    }
}

fn write(session: &Session, before: &Session) -> Result<(), String> {
    let Some(path) = path() else { return Ok(()) };
    let directory = files::state_dir().ok_or("there is no state directory")?;
    fs::create_dir_all(&directory).map_err(|error| format!("{}: {error}", directory.display()))?;
    // Held while reading and writing, so that two studios do not forget each other; the lock goes with the handle.
    let lock = File::create(directory.join("session.lock")).ok();
    for _ in 0..ATTEMPTS {
        if lock.as_ref().is_none_or(|lock| lock.try_lock().is_ok()) {
            break;
        }
        thread::sleep(PAUSE);
    }
    let theirs = read().unwrap_or_default();
    let text = session.merged(before, theirs).write();
    files::save(&path, &text, None).map(|_| ()).map_err(|error| error.to_string())
}
