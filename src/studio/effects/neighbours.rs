//! Evaluates the neighbourhood of the value under the cursor on a thread of its own, after the frame, so that no key
//! waits for it. A newer question ends the work on an older one.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};
use std::thread;

use super::read;
use crate::plan::Hub;
use crate::plan::step::{self, Facts, Item};
use crate::registry::{Physics, Registry};
use crate::studio::app::{App, Neighbourhood, Outcome, Value, figure, headline, outcome, second};
use crate::studio::message::Message;

/// Values on either side of the present one.
const EACH: usize = 8;

/// A question.
struct Job {
    revision: u64,
    text: String,
    offset: usize,
    registry: Registry,
    /// Registry with the plan's own entries, for names.
    names: Registry,
    forced: Option<Physics>,
    physics: Physics,
    accelerators: Option<u64>,
    path: Option<PathBuf>,
    hub: Option<Arc<dyn Hub>>,
}

/// The thread, once there was a first question.
#[derive(Default)]
pub(super) struct Worker {
    jobs: Option<Sender<Job>>,
}

impl Worker {
    /// Asks, unless the answer is on its way or has come.
    pub(super) fn ask(&mut self, app: &mut App, answers: &Sender<Message>) {
        if !app.around.shown || app.watch {
            return;
        }
        let question = (app.editor.revision(), app.editor.cursor_offset());
        if app.around.asked == Some(question) {
            return;
        }
        app.around.asked = Some(question);
        let facts = app.stepping();
        let job = Job {
            revision: question.0,
            text: app.editor.text(),
            offset: question.1,
            registry: app.registry.clone(),
            names: facts.registry.clone(),
            forced: app.physics,
            physics: facts.physics,
            accelerators: facts.accelerators,
            path: app.path.clone(),
            hub: app.hub.clone(),
        };
        if self.jobs.is_none() {
            match start(answers.clone()) {
                Ok(jobs) => self.jobs = Some(jobs),
                Err(why) => {
                    app.around.shown = false;
                    return app.complain(format!("the neighbourhood cannot be computed: {why}"));
                }
            }
        }
        if self.jobs.as_ref().is_some_and(|jobs| jobs.send(job).is_err()) {
            // The thread has ended, which only a panic does: the next question starts another.
            self.jobs = None;
        }
    }
}

fn start(answers: Sender<Message>) -> io::Result<Sender<Job>> {
    let (jobs, waiting) = channel();
    thread::Builder::new().name("neighbours".into()).spawn(move || work(&waiting, &answers))?;
    Ok(jobs)
}

fn work(jobs: &Receiver<Job>, answers: &Sender<Message>) {
    let mut next = jobs.recv().ok();
    while let Some(mut job) = next.take() {
        while let Ok(newer) = jobs.try_recv() {
            job = newer;
        }
        let mut superseded = || match jobs.try_recv() {
            Ok(newer) => {
                next = Some(newer);
                true
            }
            Err(TryRecvError::Empty) => false,
            Err(TryRecvError::Disconnected) => true,
        };
        if let Some(found) = neighbourhood(&job, &mut superseded)
            && answers.send(Message::Neighbourhood(Box::new(found))).is_err()
        {
            return;
        }
        if next.is_none() {
            next = jobs.recv().ok();
        }
    }
}

/// The answer; `None` where `superseded` says that nobody wants it any more.
fn neighbourhood(job: &Job, superseded: &mut dyn FnMut() -> bool) -> Option<Neighbourhood> {
    let facts = Facts { registry: &job.names, physics: job.physics, accelerators: job.accelerators };
    let nothing = |why| Neighbourhood {
        revision: job.revision,
        field: Err(why),
        metric: None,
        second: None,
        values: Vec::new(),
        at: 0,
    };
    let found = step::target(&job.text, job.offset)
        .and_then(|target| Ok((step::scale(&target, facts)?.around(EACH), target)));
    let ((items, at), target) = match found {
        Ok(found) => found,
        Err(why) => return Some(nothing(why)),
    };
    let evaluate = |item: &Item| {
        let mut text = job.text.clone();
        text.replace_range(target.range.clone(), &item.written);
        read(&text, &job.registry, job.forced, job.path.as_deref(), job.hub.as_ref()).1
    };
    let Some(present) = evaluate(&items[at]) else {
        return Some(nothing("mend the problems first".into()));
    };
    let (metric, second) = (headline(&present, &target.path), second(&present, &target.path));
    let mut values = Vec::with_capacity(items.len());
    for item in items {
        if superseded() {
            return None;
        }
        let report = evaluate(&item);
        values.push(Value {
            figure: report.as_ref().zip(metric).and_then(|(report, metric)| figure(report, metric)),
            second: report.as_ref().zip(second).and_then(|(report, metric)| figure(report, metric)),
            outcome: report.as_ref().map_or(Outcome::Impossible, outcome),
            written: item.written,
        });
    }
    let field = target.path.rsplit('.').next().unwrap_or(&target.path).to_owned();
    Some(Neighbourhood { revision: job.revision, field: Ok(field), metric, second, values, at })
}
