//! Explores the design space on a thread of its own. An edit, another question or closing the view ends it.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Sender;
use std::thread;
use std::time::Duration;

use crate::engine::figures::{self, Figures};
use crate::files::PlanFiles;
use crate::plan::step::{self, Facts};
use crate::plan::{self, NoFiles, Options, Plan};
use crate::registry::{Physics, Registry};
use crate::search::axis::{self, Axis, Base};
use crate::search::explore::{Cloud, explore};
use crate::search::limits::{self, Limited};
use crate::search::optimize::{Objective, axes, objective};
use crate::search::points::{Evaluator, Space};
use crate::studio::app::{App, Design, Exploration, Explored, Offer, Overlay, Question};
use crate::studio::message::Message;

/// Points that are looked at, and for how long: enough for a picture, and no burden.
const BUDGET: (u64, Duration) = (200_000, Duration::from_secs(8));

/// Values on either side of the one under the cursor.
const EACH: usize = 8;

/// Axes that are varied unless they are turned off, beside the field under the cursor.
const USUAL: &[&str] =
    &["hardware.accelerators", "hardware.node_count", "workload.batch_size", "parallelism.tensor"];

/// Pairs of objectives, as far as a plan has them.
const PAIRS: &[[&str; 2]] = &[
    ["cost", "latency"],
    ["throughput", "latency"],
    ["cost", "throughput"],
    ["cost", "time-to-train"],
    ["carbon", "latency"],
    ["cost", "carbon"],
    ["memory_utilization", "latency"],
    ["memory_utilization", "throughput"],
];

/// The thread that is at work, by the flag that ends it.
#[derive(Default)]
pub(super) struct Worker {
    running: Option<Arc<AtomicBool>>,
}

impl Worker {
    /// Asks where the view is open, unless the answer is on its way; ends the work on an older question.
    pub(super) fn ask(&mut self, app: &mut App, answers: &Sender<Message>) {
        let question = (app.overlay == Overlay::Explore).then(|| question(app));
        if app.explore.asked == question {
            return;
        }
        if let Some(running) = self.running.take() {
            running.store(true, Ordering::Relaxed);
        }
        app.explore.asked.clone_from(&question);
        let Some(question) = question else { return };
        let (job, cancel) = (Job::of(app, question), Arc::new(AtomicBool::new(false)));
        let (flag, answers) = (Arc::clone(&cancel), answers.clone());
        let work = move || {
            job.run(&flag, |answer| answers.send(Message::Explored(Box::new(answer))).is_ok());
        };
        match thread::Builder::new().name("explore".into()).spawn(work) {
            Ok(_) => self.running = Some(cancel),
            Err(why) => app.complain(format!("the space cannot be explored: {why}")),
        }
    }
}

/// The same without a thread, to the end: for pictures and tests.
pub fn explore_now(app: &mut App) {
    let question = question(app);
    app.explore.asked = Some(question.clone());
    let job = Job::of(app, question);
    job.run(&AtomicBool::new(false), |answer| {
        app.explore.take(answer);
        true
    });
}

fn question(app: &App) -> Question {
    Question {
        revision: app.editor.revision(),
        offset: app.editor.cursor_offset(),
        pair: app.explore.pair,
        flipped: app.explore.flipped.clone(),
        typed: app.explore.typed.clone(),
        limits: app.explore.limits.clone(),
    }
}

/// A question with all that answering it needs.
struct Job {
    question: Question,
    text: String,
    registry: Registry,
    physics: Option<Physics>,
    path: Option<PathBuf>,
}

impl Job {
    fn of(app: &App, question: Question) -> Job {
        Job {
            question,
            text: app.editor.text(),
            registry: app.registry.clone(),
            physics: app.physics,
            path: app.path.clone(),
        }
    }

    fn run(&self, cancel: &AtomicBool, mut answer: impl FnMut(Explored) -> bool) {
        let mut tell = |found| answer(Explored { question: self.question.clone(), found });
        if let Err(why) = self.explore(cancel, &mut tell) {
            tell(Err(why));
        }
    }

    fn explore(
        &self,
        cancel: &AtomicBool,
        tell: &mut dyn FnMut(Result<Exploration, String>) -> bool,
    ) -> Result<(), String> {
        let beside = self.path.as_deref().map(PlanFiles::beside);
        let files: &dyn plan::Files = match &beside {
            Some(files) => files,
            None => &NoFiles,
        };
        let options = Options { physics: self.physics, files };
        let own = plan::read(&self.text, &self.registry, options);
        if own.plan.is_none() {
            return Err("mend the problems of the plan first".to_owned());
        }
        // Limits hold here alone: they go into a copy, never into the user's plan.
        let Limited { text, reading, limits } = if self.question.limits.is_empty() {
            Limited { text: self.text.clone(), reading: own, limits: Vec::new() }
        } else {
            limits::put(&self.question.limits, &self.text, &self.registry, options)
                .map_err(|why| format!("{why}. l changes the limits."))?
        };
        let plan = reading.plan.as_ref().ok_or("mend the problems of the plan first")?;
        let registry = reading.registry_or(&self.registry);
        let base = figures::figures(plan, registry);
        let pairs = pairs(&base);
        let objectives = *pairs.get(self.question.pair % pairs.len().max(1)).ok_or(
            "this plan has no two figures to weigh against each other; an `ops:` block adds its cost",
        )?;
        let typed = self.typed(&text, &reading, options)?;
        let (offers, mut chosen) = self.axes(plan, &base, registry, objectives, typed);
        let varied: Vec<String> = chosen.iter().map(|axis| axis.path.clone()).collect();
        chosen.extend(axes::follows(plan, &chosen));
        let space = Space::new(&text, registry, options, chosen).map_err(|error| error.to_string())?;
        // The designs to pick from are shown with all their figures: they are few.
        let evaluator = RefCell::new(Evaluator::new(&space));
        let picture = |cloud: &Cloud, finished: bool| Exploration {
            offers: offers.clone(),
            pairs: pairs.len(),
            limits: limits.clone(),
            objectives,
            varied: varied.clone(),
            dots: cloud.dots.clone(),
            frontier: cloud
                .frontier
                .iter()
                .map(|dot| Design {
                    dot: *dot,
                    values: space
                        .values(dot.index)
                        .into_iter()
                        .take(varied.len())
                        .map(str::to_owned)
                        .collect(),
                    edits: edits(&space, &text, &reading, dot.index),
                    figures: evaluator.borrow_mut().figures(dot.index).figures().copied(),
                    // Words take longer than figures: they wait until all else is there.
                    warnings: if finished { space.warnings(dot.index) } else { Vec::new() },
                })
                .collect(),
            counts: (cloud.done, cloud.of, cloud.fit),
            refused: cloud.refused.clone(),
            finished,
        };
        let cloud = explore(&space, objectives, BUDGET, cancel, |cloud| tell(Ok(picture(cloud, false))));
        if !cancel.load(Ordering::Relaxed) {
            tell(Ok(picture(&cloud, true)));
        }
        Ok(())
    }

    /// The axes that the user typed.
    fn typed(&self, text: &str, reading: &plan::Reading, options: Options<'_>) -> Result<Vec<Axis>, String> {
        let typed = &self.question.typed;
        let Some(base) = Base::of(text, reading, &self.registry, options).filter(|_| !typed.is_empty())
        else {
            return Ok(Vec::new());
        };
        axis::parse(typed, &base).map_err(|error| {
            let help = error.help.map(|help| format!("; {help}")).unwrap_or_default();
            format!("{typed}: {}{help}. v changes it.", error.message)
        })
    }

    /// Every axis on offer, and those that are varied.
    fn axes(
        &self,
        plan: &Plan,
        base: &Figures,
        registry: &Registry,
        objectives: [Objective; 2],
        typed: Vec<Axis>,
    ) -> (Vec<Offer>, Vec<Axis>) {
        let mut all = axes::defaults(plan, base, registry, &objectives);
        let own = self.under_the_cursor(plan, registry);
        let mut on: BTreeSet<String> = USUAL.iter().map(|path| (*path).to_owned()).collect();
        if let Some(own) = own {
            on.insert(own.path.clone());
            // The field at hand comes first, with the values of a search where it is one of those.
            let axis = match all.iter().position(|axis| axis.path == own.path) {
                Some(at) => all.remove(at),
                None => own,
            };
            all.insert(0, axis);
        }
        // What is typed takes the place of what would be offered; fields that turn together are one offer.
        all.retain(|axis| typed.iter().all(|typed| typed.path != axis.path));
        let count = typed.len();
        let mut offers: Vec<(Offer, Vec<Axis>)> = Vec::new();
        for (at, axis) in typed.into_iter().chain(all).enumerate() {
            match offers.last_mut() {
                Some((offer, together)) if axis.linked => {
                    offer.path = format!("{},{}", offer.path, axis.path);
                    together.push(axis);
                }
                _ => {
                    let offer = Offer {
                        on: at < count || on.contains(&axis.path),
                        ends: (
                            axis.values.first().cloned().unwrap_or_default(),
                            axis.values.last().cloned().unwrap_or_default(),
                        ),
                        count: axis.values.len(),
                        path: axis.path.clone(),
                    };
                    offers.push((offer, vec![axis]));
                }
            }
        }
        for (offer, _) in &mut offers {
            offer.on ^= self.question.flipped.contains(&offer.path);
        }
        let chosen = offers.iter().filter(|(offer, _)| offer.on).flat_map(|(_, axes)| axes.clone()).collect();
        (offers.into_iter().map(|(offer, _)| offer).collect(), chosen)
    }

    /// The values around the one under the cursor.
    fn under_the_cursor(&self, plan: &Plan, registry: &Registry) -> Option<Axis> {
        let facts = Facts { registry, physics: plan.physics, accelerators: Some(plan.hardware.accelerators) };
        let target = step::target(&self.text, self.question.offset).ok()?;
        // What a promise says changes no design.
        if target.path.starts_with("constraints") || matches!(target.path.as_str(), "physics" | "version") {
            return None;
        }
        let (items, _) = step::scale(&target, facts).ok()?.around(EACH);
        let values: Vec<String> = items.into_iter().map(|item| item.written).collect();
        (values.len() > 1).then(|| Axis::new(target.path, values))
    }
}

/// What makes the plan the design of a point: the fields that it has otherwise.
fn edits(space: &Space<'_>, text: &str, reading: &plan::Reading, index: u64) -> Vec<(String, String)> {
    let bare = |value: &str| value.trim().trim_matches(['"', '\'']).to_owned();
    let mut edits = space.edits(index);
    edits.retain(|(path, value)| {
        let written = reading.spans.values.get(path).and_then(|range| text.get(range.clone()));
        written.is_none_or(|written| bare(written) != bare(value))
    });
    edits
}

/// The pairs of objectives that a plan has.
fn pairs(base: &Figures) -> Vec<[Objective; 2]> {
    let mut found: Vec<[Objective; 2]> = Vec::new();
    for pair in PAIRS {
        if let (Ok(x), Ok(y)) = (objective::objective(pair[0], base), objective::objective(pair[1], base))
            && x != y
            && !found.contains(&[x, y])
        {
            found.push([x, y]);
        }
    }
    found
}
