//! Signals as messages, and stopping at the user's wish.

#[cfg(unix)]
pub use unix::{fail_large_writes, listen, stop};

#[cfg(unix)]
mod unix {
    use std::process::{Command, Stdio};
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::sync::mpsc::Sender;
    use std::thread;

    use signal_hook::consts::{SIGCONT, SIGHUP, SIGINT, SIGSTOP, SIGTERM, SIGTSTP, SIGXFSZ};
    use signal_hook::flag;
    use signal_hook::iterator::Signals;
    use signal_hook::low_level;

    use crate::studio::message::Message;

    /// We are about to stop by ourselves: the SIGTSTP that comes is ours.
    static STOPPING: AtomicBool = AtomicBool::new(false);

    /// Sends signals as messages.
    pub fn listen(sender: Sender<Message>) -> std::io::Result<()> {
        let mut signals = Signals::new([SIGTERM, SIGHUP, SIGINT, SIGTSTP, SIGCONT])?;
        thread::Builder::new().name("signals".into()).spawn(move || {
            for signal in signals.forever() {
                let message = match signal {
                    SIGTSTP if STOPPING.load(Ordering::SeqCst) => continue,
                    SIGTSTP => Message::Suspend,
                    SIGCONT => Message::Resume,
                    signal => Message::Terminate(signal),
                };
                if sender.send(message).is_err() {
                    return;
                }
            }
        })?;
        Ok(())
    }

    /// From here on, writing more than a file may have (`ulimit -f`) fails and says so. Unheard, the signal would
    /// end the program in the middle of a save.
    pub fn fail_large_writes() {
        // Where it cannot be heard, all is as it was.
        let _ = flag::register(SIGXFSZ, Arc::default());
    }

    /// Stops this process and its job, and returns when it goes on. The terminal has been given back before.
    pub fn stop() {
        STOPPING.store(true, Ordering::SeqCst);
        // The whole job stops, as with Ctrl-Z in a cooked terminal: a `cargo run` above us has to stop as
        // well, or the shell would not get the terminal.
        let group = Command::new("sh")
            .args(["-c", "kill -s TSTP 0"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        // Our own handler catches the gentle signal, so this process needs the strict one.
        let _ = low_level::raise(SIGSTOP);
        if let Ok(mut child) = group {
            let _ = child.wait();
        }
        STOPPING.store(false, Ordering::SeqCst);
    }
}

/// Sends signals as messages: there are none here.
#[cfg(not(unix))]
pub fn listen(_sender: std::sync::mpsc::Sender<super::message::Message>) -> std::io::Result<()> {
    Ok(())
}

/// Writes that are too large fail by themselves here.
#[cfg(not(unix))]
pub fn fail_large_writes() {}

/// Stops this process: not possible here.
#[cfg(not(unix))]
pub fn stop() {}
