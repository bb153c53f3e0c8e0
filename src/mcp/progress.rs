//! How far long work is, and whether anybody still waits for it.

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::Notify;
use tokio::sync::mpsc::Sender;

use super::errors::Refusal;

/// Between two messages about progress.
const APART: Duration = Duration::from_millis(100);

/// One message: done, of how much, and what.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// How much is done.
    pub done: f64,
    /// Of how much.
    pub total: f64,
    /// In words.
    pub message: String,
}

/// The end of a session: once it has come, nobody waits for anything.
#[derive(Debug, Default)]
pub struct Stop {
    come: AtomicBool,
    told: Notify,
}

impl Stop {
    /// A session that is over before it begins: long work ends where it first looks up.
    pub fn come() -> Stop {
        Stop { come: AtomicBool::new(true), told: Notify::new() }
    }

    /// Ends all long work.
    pub fn end(&self) {
        self.come.store(true, Ordering::Relaxed);
        self.told.notify_waiters();
    }

    /// Whether it has come.
    pub fn ended(&self) -> bool {
        self.come.load(Ordering::Relaxed)
    }

    /// Waits for it.
    pub async fn wait(&self) {
        loop {
            let told = self.told.notified();
            if self.ended() {
                return;
            }
            told.await;
        }
    }
}

/// What a tool tells of its progress, and what tells it to stop.
pub struct Progress {
    /// Set when the call was cancelled.
    cancelled: Arc<AtomicBool>,
    /// The end of the session.
    stop: Arc<Stop>,
    to: Option<Sender<Step>>,
    last: Mutex<Option<Instant>>,
}

impl Progress {
    /// Steps go to `to`, where the client asked for them.
    pub fn new(cancelled: Arc<AtomicBool>, stop: Arc<Stop>, to: Option<Sender<Step>>) -> Progress {
        Progress { cancelled, stop, to, last: Mutex::new(None) }
    }

    /// True where the work should end: nobody waits for it.
    pub fn stopped(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed) || self.stop.ended()
    }

    /// The flag of this call, for work that looks at it between two steps.
    pub fn cancelled(&self) -> &AtomicBool {
        &self.cancelled
    }

    /// Refuses where nobody waits for the work any more.
    ///
    /// # Errors
    ///
    /// As [`Progress::step`].
    pub fn go_on(&self) -> Result<(), Refusal> {
        if self.stopped() { Err(Refusal::new("cancelled", "", "the call was cancelled")) } else { Ok(()) }
    }

    /// Tells how far the work is; a client is told a few times a second.
    ///
    /// # Errors
    ///
    /// Where the work should end.
    pub fn step(&self, done: f64, total: f64, message: impl FnOnce() -> String) -> Result<(), Refusal> {
        self.go_on()?;
        let Some(to) = &self.to else { return Ok(()) };
        let Ok(mut last) = self.last.lock() else { return Ok(()) };
        let now = Instant::now();
        if last.is_none_or(|last| now.duration_since(last) >= APART) {
            *last = Some(now);
            // A client that reads slowly misses a step; the next one says more.
            let _ = to.try_send(Step { done, total, message: message() });
        }
        Ok(())
    }
}
