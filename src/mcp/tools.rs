//! The tools: one table of what there is.

mod apply;
mod check;
mod compare;
mod evaluate;
mod explain;
mod optimize;
mod registry;
mod render;
pub mod schemas;
mod sensitivity;
mod size;
mod solve;
mod suggest;
mod sweep;
pub mod words;

use serde_json::{Value, json};

use super::arguments::{Argument, Given};
use super::bench::Bench;
use super::errors::Refusal;
pub use super::progress::Progress;
use super::proposals;

/// One call.
pub struct Job<'a> {
    /// Facts and the open plan.
    pub bench: &'a Bench,
    /// Arguments that passed the check.
    pub given: &'a Given,
    /// Progress and cancellation.
    pub progress: &'a Progress,
}

/// What a tool answers.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// For reading; the first line says the answer.
    pub text: String,
    /// For programs; an object.
    pub structured: Value,
}

/// What calling a tool changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Nothing.
    None,
    /// A proposal waits for a person.
    Proposal,
}

/// One tool.
pub struct Tool {
    /// Its name.
    pub name: &'static str,
    /// Its name for people.
    pub title: &'static str,
    /// What it does and when to call it.
    pub description: &'static str,
    /// What it takes.
    pub arguments: &'static [Argument],
    /// Schema of its structured content.
    pub output: fn() -> Value,
    /// What calling it changes.
    pub effect: Effect,
    /// True where it works only beside an open plan.
    pub open_plan: bool,
    /// The work.
    pub work: fn(&Job<'_>) -> Result<Answer, Refusal>,
}

/// Every tool, in the order of a design loop.
pub const TOOLS: &[&Tool] = &[
    &schemas::TOOL,
    &evaluate::TOOL,
    &evaluate::VALIDATE,
    &check::TOOL,
    &explain::TOOL,
    &suggest::TOOL,
    &apply::TOOL,
    &compare::TOOL,
    &sensitivity::TOOL,
    &sweep::TOOL,
    &optimize::TOOL,
    &solve::TOOL,
    &size::TOOL,
    &registry::TOOL,
    &render::TOOL,
    &proposals::READ,
    &proposals::PROPOSE,
    &proposals::STATUS,
];

/// The tools of a server: those for an open plan only where one is open.
pub fn offered(plan_is_open: bool) -> impl Iterator<Item = &'static Tool> {
    TOOLS.iter().copied().filter(move |tool| plan_is_open || !tool.open_plan)
}

// The properties are always written in place.
#[allow(clippy::needless_pass_by_value)]
/// An object schema with these properties; others may be there as well.
pub fn object(properties: Value, required: &[&str]) -> Value {
    json!({"type": "object", "properties": properties, "required": required})
}
