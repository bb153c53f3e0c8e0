//! Stepping the value under the cursor: the plan is read and evaluated with each value that comes next, until one is
//! sound.

use std::fmt::Write as _;
use std::time::Instant;

use super::read;
use crate::engine::Report;
use crate::plan::step::{self, Item, Step, Target};
use crate::plan::{Reading, Severity};
use crate::studio::app::App;

/// Values that were passed over and are named; the others are counted.
const NAMED: usize = 3;

/// Steps the value and takes the new numbers in, or says why not.
pub(super) fn step(app: &mut App, step: Step) {
    let (text, offset) = (app.editor.as_str(), app.editor.cursor_offset());
    let found =
        step::target(text, offset).and_then(|target| Ok((step::scale(&target, app.stepping())?, target)));
    let (scale, target) = match found {
        Ok(found) => found,
        Err(why) => return app.say(why),
    };
    let items = scale.after(step);
    if items.is_empty() {
        return app.say(format!("{} {} {}", key(&target), target.written, scale.end(step)));
    }
    let begin = Instant::now();
    let mut passed: Vec<&str> = Vec::new();
    let mut reason = String::new();
    for item in &items {
        match attempt(app, &target, item) {
            Ok((reading, report)) => {
                let elapsed_ms = begin.elapsed().as_secs_f64() * 1e3;
                app.editor.step_value(target.range.clone(), &item.written);
                app.welcome = false;
                app.accept(reading, report, elapsed_ms);
                return app.say(said(&target, item, &passed));
            }
            Err(why) => {
                passed.push(&item.written);
                if reason.is_empty() {
                    reason = why;
                }
            }
        }
    }
    app.complain(format!("{}: no value that way is possible; {}: {reason}", key(&target), items[0].written));
}

/// The plan with another value, unless that makes it impossible.
fn attempt(app: &App, target: &Target, item: &Item) -> Result<(Reading, Option<Report>), String> {
    let mut text = app.editor.text();
    text.replace_range(target.range.clone(), &item.written);
    let (reading, report) = read(&text, &app.registry, app.physics, app.path.as_deref(), app.hub.as_ref());
    let errors = reading.diagnostics.iter().filter(|diagnostic| diagnostic.severity == Severity::Error);
    // What was wrong before, elsewhere, is not the fault of this value.
    let known = |path: &str, code: &str| {
        app.reading.diagnostics.iter().any(|old| {
            old.severity == Severity::Error && old.path == path && old.code == code && path != target.path
        })
    };
    if let Some(new) = errors.into_iter().find(|error| !known(&error.path, error.code)) {
        return Err(new.message.clone());
    }
    if let Some((why, _)) = report.as_ref().and_then(|report| report.error.as_ref())
        && app.report.as_ref().is_none_or(|before| before.error.is_none())
    {
        return Err(why.clone());
    }
    Ok((reading, report))
}

fn key(target: &Target) -> &str {
    target.path.rsplit('.').next().unwrap_or(&target.path)
}

/// `batch_size 32 → 64`, with what is worth knowing about the value, and what was passed over.
fn said(target: &Target, item: &Item, passed: &[&str]) -> String {
    let mut said = format!("{} {} → {}", key(target), target.written, item.written);
    if !item.note.is_empty() {
        said.push_str(" · ");
        said.push_str(&item.note);
    }
    if !passed.is_empty() {
        said.push_str(" · passed over ");
        said.push_str(&passed[..passed.len().min(NAMED)].join(", "));
        if passed.len() > NAMED {
            // Writing to a String cannot fail.
            let _ = write!(said, " and {} more", passed.len() - NAMED);
        }
        said.push_str(": not possible in this plan");
    }
    said
}
