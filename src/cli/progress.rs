//! A progress bar on standard error, for people who wait.

use std::io::{IsTerminal, stderr, stdout};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Work that is done sooner shows nothing.
const PATIENCE: Duration = Duration::from_millis(400);

/// A bar that appears once the work has taken a while; only where a person looks on.
pub struct Progress {
    started: Instant,
    /// `None` where nobody looks on, or the bar has not appeared yet.
    bar: Option<ProgressBar>,
    wanted: bool,
    total: Option<u64>,
    word: &'static str,
}

impl Progress {
    /// The bar of work whose amount is known, or not; `word` is what is counted, `points`.
    /// `streams` says that the payload is written while the work goes on: a bar would run through it.
    pub fn new(total: Option<u64>, word: &'static str, streams: bool) -> Progress {
        let dumb = std::env::var_os("TERM").is_none_or(|term| term == "dumb");
        let wanted = stderr().is_terminal() && !dumb && !(streams && stdout().is_terminal());
        Progress { started: Instant::now(), bar: None, wanted, total, word }
    }

    /// So much is done, and what to say beside it.
    pub fn at(&mut self, done: u64, beside: &str) {
        if !self.wanted || (self.bar.is_none() && self.started.elapsed() < PATIENCE) {
            return;
        }
        let bar = self.bar.get_or_insert_with(|| bar(self.total, self.word));
        bar.set_position(done);
        if bar.message() != beside {
            bar.set_message(beside.to_owned());
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

fn bar(total: Option<u64>, word: &'static str) -> ProgressBar {
    let target = ProgressDrawTarget::stderr_with_hz(10);
    let (bar, template) = match total {
        Some(total) => (
            ProgressBar::with_draw_target(Some(total), target),
            "{bar:30} {percent:>3} %  {human_pos} of {human_len}",
        ),
        None => (ProgressBar::with_draw_target(None, target), "{spinner} {human_pos}"),
    };
    let template = format!("{template} {word}, {{per_sec:.0}}  {{msg}}");
    // The template is ours: were it wrong, the plain bar would do.
    if let Ok(style) = ProgressStyle::with_template(&template) {
        bar.set_style(style.progress_chars("━╸─"));
    }
    bar
}
