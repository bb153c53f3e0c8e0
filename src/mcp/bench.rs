//! What tools work with: the facts, the open plan, and the one way from a text to its report.

use std::path::{Path, PathBuf};

use super::ServeError;
use super::arguments::{Given, PLAN};
use super::errors::{self, Refusal};
use super::tools::schemas;
use crate::engine::{self, Report};
use crate::files::{self, PlanFiles};
use crate::plan::{self, Files, NoFiles, Plan, Reading};
use crate::registry::{Physics, Registry};

/// The facts, and the plan that is open.
pub struct Bench {
    /// Shipped facts with the user's on top.
    pub registry: Registry,
    /// `--physics`.
    pub physics: Option<Physics>,
    /// The plan that a person may have open in the studio.
    pub plan: Option<PathBuf>,
    /// Answers of `get_schemas`: they do not change while the server runs.
    pub schemas: schemas::Kept,
}

/// A plan that was read and evaluated.
pub struct Evaluated {
    /// Its text.
    pub text: String,
    /// What reading it gave.
    pub reading: Reading,
    /// The plan.
    pub plan: Plan,
    /// The answer.
    pub report: Report,
}

/// Files that the open plan names itself, and no others: a text that an agent sends may not read on its own.
struct Named<'a> {
    disk: &'a str,
    files: PlanFiles,
}

impl Files for Named<'_> {
    fn read(&self, path: &str) -> Result<String, String> {
        if self.disk.contains(path) {
            self.files.read(path)
        } else {
            Err(format!("{path}: only files that the open plan names on disk are read here"))
        }
    }
}

impl Bench {
    /// With these facts, no plan open and the physics that plans say.
    pub fn of(registry: Registry) -> Bench {
        Bench { registry, physics: None, plan: None, schemas: schemas::Kept::default() }
    }

    /// Loads the user's registry; problems of theirs are told to `notice`.
    ///
    /// # Errors
    ///
    /// Where the plan cannot be read as a file.
    pub fn open(
        plan: Option<PathBuf>,
        physics: Option<Physics>,
        notice: fn(&str),
    ) -> Result<Bench, ServeError> {
        let mut registry = Registry::builtin();
        let (texts, unreadable) = files::places::user_registry();
        for problem in unreadable {
            notice(&format!("warning: {problem}"));
        }
        if !texts.is_empty() {
            let (with_user, problems) = registry.with_user_files(&texts);
            registry = with_user;
            for problem in problems {
                notice(&format!("warning: {}:{}: {}", problem.file, problem.line, problem.message));
            }
        }
        let bench = Bench { physics, plan, ..Bench::of(registry) };
        if bench.plan.is_some() {
            bench.disk().map_err(|refusal| ServeError::Plan(refusal.message))?;
        }
        Ok(bench)
    }

    /// Makes what the first calls need: schemas, and what reading and evaluating a plan makes once.
    pub fn warm(&self) {
        self.schemas.warm(&self.registry);
        // Only the time matters: the example holds, and whether it does is tested elsewhere.
        let _ = self.evaluate(schemas::EXAMPLE, None);
    }

    /// The open plan's text as it stands on disk.
    ///
    /// # Errors
    ///
    /// Where no plan is open, or its file cannot be read.
    pub fn disk(&self) -> Result<String, Refusal> {
        let Some(path) = &self.plan else {
            return Err(Refusal::new("no-open-plan", "", "no plan is open here")
                .fix("start the server as mlsysim-tui --mcp --plan plan.yaml"));
        };
        match files::load(path) {
            Ok(loaded) => Ok(loaded.text),
            Err(error) => Err(Refusal::new("unreadable-file", "", error.sentence())),
        }
    }

    /// The plan that a call is about: its own text, else the open plan.
    ///
    /// # Errors
    ///
    /// Where the open plan cannot be read.
    pub fn text(&self, given: &Given) -> Result<String, Refusal> {
        match given.text(PLAN.name) {
            Some(text) => Ok(text.to_owned()),
            None => self.disk(),
        }
    }

    /// The physics that a call asks for.
    pub fn physics(&self, given: &Given) -> Option<Physics> {
        match given.text("physics").map(str::to_lowercase).as_deref() {
            Some("studio") => Some(Physics::Studio),
            Some("mlsysim") => Some(Physics::Mlsysim),
            _ => self.physics,
        }
    }

    /// Does something with the way in which a text is to be read.
    pub fn with_options<T>(&self, physics: Option<Physics>, work: impl FnOnce(plan::Options<'_>) -> T) -> T {
        match self.plan.as_deref().and_then(|path| Some((path, self.disk().ok()?))) {
            Some((path, disk)) => {
                let named = Named { disk: &disk, files: PlanFiles::beside(absolute(path).as_path()) };
                work(plan::Options { physics, files: &named })
            }
            None => work(plan::Options { physics, files: &NoFiles }),
        }
    }

    /// Reads a text.
    pub fn read(&self, text: &str, physics: Option<Physics>) -> Reading {
        self.with_options(physics, |options| plan::read(text, &self.registry, options))
    }

    /// Reads and evaluates a text.
    ///
    /// # Errors
    ///
    /// Where it cannot be read, or its inputs allow no evaluation.
    pub fn evaluate(&self, text: &str, physics: Option<Physics>) -> Result<Evaluated, Refusal> {
        let reading = self.read(text, physics);
        let Some(plan) = reading.plan.clone() else {
            return Err(Refusal::plan(&reading.diagnostics, text));
        };
        let report = engine::evaluate(&plan, reading.registry_or(&self.registry));
        if let Some((message, path)) = &report.error {
            return Err(errors::evaluation(message, path));
        }
        Ok(Evaluated { text: text.to_owned(), reading, plan, report })
    }

    /// Reads and evaluates the plan that a call is about.
    ///
    /// # Errors
    ///
    /// As [`Bench::text`] and [`Bench::evaluate`].
    pub fn given(&self, given: &Given) -> Result<Evaluated, Refusal> {
        self.evaluate(&self.text(given)?, self.physics(given))
    }
}

fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}
