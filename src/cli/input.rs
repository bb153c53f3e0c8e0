//! What comes in: plans from files or standard input, and the registry with the user's entries.

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use serde_json::Value;

use super::args::{Global, Output};
use super::out::{self, Failure, Paint, Tone};

use crate::engine::{self, Report};
use crate::files::{self, FileError, MAX_BYTES, PlanFiles};
use crate::net::{ModelHub, Settings};
use crate::plan::{self, Diagnostic, Reading, Severity, Spans};
use crate::registry::{Physics, Registry};

/// A text and what to call it in messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// File name as given, or `<stdin>`.
    pub name: String,
    /// The text.
    pub text: String,
    /// Fields that arguments set, and what each argument is called: a problem in one is told of the argument.
    pub arguments: Vec<(String, String)>,
}

/// What a plan made of arguments alone is called.
pub const COMMAND_LINE: &str = "<command line>";

impl Source {
    /// A text of this name.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Source {
        Source { name: name.into(), text: text.into(), arguments: Vec::new() }
    }

    /// The argument that a problem is in.
    fn argument(&self, diagnostic: &Diagnostic) -> Option<&str> {
        let last = self.arguments.iter().rev().find(|(path, _)| *path == diagnostic.path);
        last.map(|(_, argument)| argument.as_str())
    }

    /// Whether somebody can look a problem's place up: it stands in a text of theirs.
    fn is_seen(&self, diagnostic: &Diagnostic) -> bool {
        self.name != COMMAND_LINE && self.argument(diagnostic).is_none()
    }

    /// A problem in the words of the command line, where that is where it is.
    fn told(&self, diagnostic: &Diagnostic) -> Diagnostic {
        let mut told = diagnostic.clone();
        if let Some(argument) = self.argument(diagnostic) {
            let field = format!("`{}`", diagnostic.path);
            told.message = if told.message.contains(&field) {
                told.message.replace(&field, &format!("`{argument}`"))
            } else {
                format!("{argument}: {}", told.message)
            };
        }
        told
    }
}

/// Reads a plan file, or standard input for `-`. Pipes (`<(command)` in a shell) are read as well.
pub fn source(path: &Path) -> Result<Source, Failure> {
    if path == Path::new("-") {
        return stream(&mut std::io::stdin().lock(), "<stdin>", "standard input");
    }
    let name = path.display().to_string();
    match files::load(path) {
        Ok(loaded) => Ok(Source::new(name, loaded.text)),
        Err(FileError::NotAFile { what: "a pipe", .. }) => {
            let mut pipe = File::open(path)
                .map_err(|error| Failure::bad_input(format!("{name} cannot be read: {error}")))?;
            stream(&mut pipe, &name, &name)
        }
        Err(error) => Err(Failure::bad_input(error.sentence())),
    }
}

fn stream(from: &mut dyn Read, name: &str, words: &str) -> Result<Source, Failure> {
    let mut bytes = Vec::new();
    from.take(MAX_BYTES + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| Failure::bad_input(format!("{words} cannot be read: {error}")))?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(Failure::bad_input(format!("{words} has more than the 1 MiB that a plan may have")));
    }
    let text = String::from_utf8(bytes)
        .map_err(|error| Failure::bad_input(format!("{words} is not UTF-8 text: {error}")))?;
    Ok(Source::new(name, text))
}

/// Opens a file of rows, or standard input for `-`.
pub fn open(path: &Path) -> Result<Box<dyn Read + Send>, Failure> {
    if path == Path::new("-") {
        return Ok(Box::new(std::io::stdin()));
    }
    let refuse =
        |why: &dyn std::fmt::Display| Failure::bad_input(format!("{} cannot be read: {why}", path.display()));
    let file = File::open(path).map_err(|error| refuse(&error))?;
    if file.metadata().is_ok_and(|meta| meta.is_dir()) {
        return Err(refuse(&"it is a directory"));
    }
    Ok(Box::new(file))
}

/// What plans are read against.
pub struct Session {
    /// Shipped facts with the user's on top.
    pub registry: Registry,
    /// `--physics`.
    pub physics: Option<Physics>,
    /// Where `hf://` addresses are looked up.
    pub hub: Arc<dyn plan::Hub>,
}

impl Session {
    /// Loads the registry and the user's entries; problems of theirs are told on standard error.
    pub fn open(global: &Global) -> Session {
        let mut registry = Registry::builtin();
        let (texts, unreadable) = files::places::user_registry();
        for problem in unreadable {
            out::notice(&format!("warning: {}", out::clean(&problem)));
        }
        if !texts.is_empty() {
            let (with_user, problems) = registry.with_user_files(&texts);
            registry = with_user;
            for problem in problems {
                let place = format!("{}:{}: {}", problem.file, problem.line, problem.message);
                out::notice(&format!("warning: {}", out::clean(&place)));
            }
        }
        let hub = ModelHub::waiting(Settings::from_env(global.offline), files::cache_dir());
        Session { registry, physics: global.physics.map(Physics::from), hub: Arc::new(hub) }
    }

    /// Reads a plan.
    pub fn read(&self, source: &Source) -> Reading {
        let files = PlanFiles::beside(Path::new(&source.name)).with_hub(Some(Arc::clone(&self.hub)));
        plan::read(&source.text, &self.registry, plan::Options { physics: self.physics, files: &files })
    }

    /// Reads and evaluates: the report, or the answer that says why there is none.
    pub fn evaluate(&self, source: &Source) -> (Reading, Option<Report>) {
        let reading = self.read(source);
        let facts = reading.registry_or(&self.registry);
        let report = reading.plan.as_ref().map(|plan| engine::evaluate(plan, facts));
        (reading, report)
    }
}

/// The title under which bad input is reported.
pub fn title(diagnostics: &[Diagnostic]) -> &'static str {
    let mut errors = diagnostics.iter().filter(|one| one.severity == Severity::Error).peekable();
    if errors.peek().is_some()
        && errors.all(|one| ["unknown-name", "unreadable-file", "not-fetched"].contains(&one.code))
    {
        "Bad Input"
    } else {
        "Schema Validation Error"
    }
}

/// Reports a plan that cannot be evaluated, where the caller listens. Gives exit code 1.
pub fn refuse(source: &Source, diagnostics: &[Diagnostic], global: &Global) -> Result<u8, Failure> {
    if global.output == Output::Json {
        let reason = diagnostics
            .iter()
            .find(|one| one.severity == Severity::Error)
            .map_or("the plan cannot be read".to_owned(), |one| source.told(one).message);
        let value: Value = serde_json::json!({
            "status": "error",
            "title": title(diagnostics),
            "reason": reason,
            "diagnostics": to_json(source, diagnostics),
        });
        out::json(&value)?;
    } else {
        out::notice(
            diagnostics_text(source, diagnostics, out::wants_color(global.color, &std::io::stderr()))
                .trim_end(),
        );
    }
    Ok(1)
}

/// Diagnostics as JSON. Of those in an argument, `argument` names it, and the places in a text that nobody has
/// seen are null.
fn to_json(source: &Source, diagnostics: &[Diagnostic]) -> Value {
    let mut all = plan::diagnostic::to_json(diagnostics);
    for (json, diagnostic) in all.as_array_mut().into_iter().flatten().zip(diagnostics) {
        if source.is_seen(diagnostic) {
            continue;
        }
        json["message"] = source.told(diagnostic).message.into();
        json["argument"] = source.argument(diagnostic).into();
        for place in ["line", "column", "start", "end"] {
            json[place] = Value::Null;
        }
    }
    all
}

/// Diagnostics for people, with the line and a caret. Colour repeats the word at the line's start.
pub fn diagnostics_text(source: &Source, diagnostics: &[Diagnostic], color: bool) -> String {
    let name = out::clean(&source.name);
    let mut text = String::new();
    for diagnostic in diagnostics {
        let place = source.is_seen(diagnostic).then_some((source.text.as_str(), name.as_ref()));
        text.push_str(&plan::diagnostic::one(&source.told(diagnostic), place));
        text.push('\n');
    }
    text.push_str(&plan::diagnostic::summary(diagnostics).unwrap_or_default());
    let text = out::clean_lines(&text);
    if !color {
        return text;
    }
    let paint = Paint { color };
    // Lines of the plan are printed behind their number, so that these words are ours.
    let tones = [("error[", Tone::Bad), ("warning[", Tone::Warn), ("note[", Tone::Quiet)];
    let lines: Vec<String> = text
        .lines()
        .map(|line| {
            let tone = tones.iter().find(|(word, _)| line.starts_with(word)).map(|(_, tone)| *tone);
            match (tone, line.split_once(']')) {
                (Some(tone), Some((head, rest))) => {
                    format!("{}{rest}", paint.tone(tone, &format!("{head}]")))
                }
                _ => line.to_string(),
            }
        })
        .collect();
    lines.join("\n")
}

/// A plan that reads well and still allows no evaluation, as a diagnostic at the field to change.
pub fn evaluation_error(spans: &Spans, text: &str, message: String, path: String) -> Diagnostic {
    let range = spans.values.get(&path).or_else(|| spans.keys.get(&path)).cloned().unwrap_or(0..0);
    let before = text.get(..range.start).unwrap_or("");
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
    Diagnostic {
        code: "evaluation",
        severity: Severity::Error,
        path,
        line,
        column,
        range,
        message,
        help: None,
        fixes: Vec::new(),
    }
}
