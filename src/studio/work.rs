//! Work that takes longer than a key may: done on a thread of its own, the answer comes back as a message.

use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::thread;

use super::app::{App, Rival};
use super::message::Message;
use crate::engine::{self, Report};
use crate::files::{self, PlanFiles};
use crate::plan::{self, Options, Reading, edit};
use crate::registry::{Physics, Registry};
use crate::search::{attribution, fitting, money};

/// Accelerators that a plan with no rival is compared on.
const MACHINES: usize = 6;

/// Something to work out.
pub type Job = Box<dyn FnOnce() -> Message + Send>;

/// Starts a job. Without a thread to spare it is done at once.
pub fn start(sender: &Sender<Message>, job: Job) {
    let sender = sender.clone();
    let work = move || {
        // The loop has ended: nobody is left to tell.
        let _ = sender.send(job());
    };
    // A machine that gives no thread gives no answer either; the view says that it waits.
    let _ = thread::Builder::new().name("work".into()).spawn(work);
}

/// What every accelerator would do in the plan.
pub fn survey(app: &App) -> Option<Job> {
    let (plan, registry) = (app.reading.plan.clone()?, app.reading.registry_or(&app.registry).clone());
    let revision = app.editor.revision();
    Some(Box::new(move || Message::Surveyed(revision, Arc::new(fitting::accelerators(&plan, &registry)))))
}

/// The plan's money from every side.
pub fn price(app: &App) -> Option<Job> {
    let (plan, registry) = (app.reading.plan.clone()?, app.reading.registry_or(&app.registry).clone());
    let report = app.report.clone()?;
    let revision = app.editor.revision();
    Some(Box::new(move || Message::Priced(revision, Arc::new(money::money(&plan, &report, &registry)))))
}

/// Other plans, evaluated, and what the edits from each to the present one do; the committed version of the file
/// comes last.
pub fn compare(app: &App, others: Vec<(String, String)>) -> Job {
    let reader = Reader {
        registry: app.registry.clone(),
        physics: app.physics,
        files: app.path.as_deref().map(PlanFiles::beside),
    };
    let (revision, text, path) = (app.editor.revision(), app.editor.text(), app.path.clone());
    let alone = others.is_empty();
    Box::new(move || {
        let mut rivals: Vec<Rival> = others
            .into_iter()
            .map(|(name, other)| Rival { answer: reader.rival(&name, &other, &text), name, same_plan: false })
            .collect();
        if let Some(path) = path {
            rivals.push(committed(&reader, &path, &text));
        }
        if alone && rivals.iter().all(|rival| rival.answer.is_err()) {
            // With nothing to hold it against, the plan meets the machines it could run on.
            let machines = elsewhere(&reader, &text);
            if !machines.is_empty() {
                rivals = machines;
            }
        }
        Message::Compared(revision, Arc::new(rivals))
    })
}

fn committed(reader: &Reader, path: &Path, text: &str) -> Rival {
    let name = "last commit".to_owned();
    match files::committed(path) {
        Ok(other) => {
            Rival { answer: reader.rival("the committed version", &other, text), name, same_plan: false }
        }
        Err(why) => Rival { name, answer: Err(format!("No committed version: {why}.")), same_plan: false },
    }
}

/// The plan on the best other accelerators: those it fits on, by cost per token, then by speed.
fn elsewhere(reader: &Reader, text: &str) -> Vec<Rival> {
    let reading = reader.read(text);
    let Some(plan) = &reading.plan else { return Vec::new() };
    let own = &plan.hardware.accelerator.id;
    fitting::accelerators(plan, reading.registry_or(&reader.registry))
        .into_iter()
        .filter(|fit| fit.id != *own && fit.verdict <= fitting::Verdict::Misses)
        .filter_map(|fit| {
            let other = edit::set(text, "hardware.name", &edit::scalar(&fit.id)).ok()?;
            let answer = reader.rival(&fit.id, &other, text);
            answer.is_ok().then_some(Rival { name: fit.id, answer, same_plan: true })
        })
        .take(MACHINES)
        .collect()
}

/// Reads and evaluates texts that are not in the editor.
struct Reader {
    registry: Registry,
    physics: Option<Physics>,
    files: Option<PlanFiles>,
}

impl Reader {
    fn read(&self, text: &str) -> Reading {
        let files: &dyn plan::Files = match &self.files {
            Some(files) => files,
            None => &plan::NoFiles,
        };
        plan::read(text, &self.registry, Options { physics: self.physics, files })
    }

    fn evaluate(&self, text: &str) -> Option<Report> {
        let reading = self.read(text);
        let facts = reading.registry_or(&self.registry);
        reading.plan.as_ref().map(|plan| engine::evaluate(plan, facts))
    }

    fn rival(
        &self,
        name: &str,
        other: &str,
        text: &str,
    ) -> Result<(Report, attribution::Attribution), String> {
        let report = self.evaluate(other).ok_or_else(|| format!("{name} has problems and no numbers."))?;
        let attribution = attribution::attribute(other, text, |text| self.evaluate(text))
            .ok_or_else(|| format!("{name} is no YAML."))?;
        Ok((report, attribution))
    }
}
