//! Events of the file system as wake-ups: the one place that decides which of them can mean a change.

use std::path::Path;
use std::sync::mpsc::Sender;

use notify::{Config, Event, PollWatcher, Watcher};

use super::{POLL, Signal};

/// A watcher that wakes the reader by [`Signal::Event`] for whatever happens to a path that `about` knows. With
/// `poll` it looks every second, whatever the system can do.
pub(super) fn watcher(
    signals: &Sender<Signal>,
    poll: bool,
    about: impl Fn(&Path) -> bool + Send + 'static,
) -> notify::Result<Box<dyn Watcher + Send>> {
    let signals = signals.clone();
    let handler = move |event: notify::Result<Event>| {
        if event.map_or(true, |event| concerns(&event, &about)) {
            // Nobody listens any more: the watch is being dropped.
            let _ = signals.send(Signal::Event);
        }
    };
    Ok(if poll {
        let config = Config::default().with_poll_interval(POLL).with_compare_contents(true);
        Box::new(PollWatcher::new(handler, config)?)
    } else {
        Box::new(notify::recommended_watcher(handler)?)
    })
}

/// Whether an event can mean a change. Reading a file is an event too (`Access`), and answering it by reading
/// again would never end. An event without a path may be about anything.
fn concerns(event: &Event, about: impl Fn(&Path) -> bool) -> bool {
    !event.kind.is_access()
        && (event.need_rescan() || event.paths.is_empty() || event.paths.iter().any(|path| about(path)))
}
