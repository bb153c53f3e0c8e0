//! A design space, and the numbers of each of its points.
//!
//! A [`Space`] is a plan's text and axes. Point `i` is the plan with each axis at one of its values, the
//! last axis turning fastest. An [`Evaluator`], one for each thread, gives the point's [`Outcome`]: what
//! reading and evaluating the edited text would say.

use super::axis::Axis;
use crate::engine;
use crate::engine::figures::{Figures, Workspace};
use crate::engine::report::Report;
use crate::plan::decode::draft;
use crate::plan::edit::{self, EditError};
use crate::plan::{self, Diagnostic, Draft, Options, Outline, Setter, Severity};
use crate::registry::Registry;

/// Points that a space may have; more could not be walked in a lifetime, and would overflow counters.
pub const MOST_POINTS: u64 = 1 << 48;

/// Why there is no such space.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum SpaceError {
    /// An axis has no values.
    #[error("{0} has no values to take")]
    NoValues(String),
    /// Axes that turn together differ in length.
    #[error("{0} turns with the axis before it and has not as many values")]
    Unequal(String),
    /// Two axes turn the same field.
    #[error("{0} is varied twice")]
    Twice(String),
    /// The product of the axes.
    #[error("the space has more than 2^48 points: leave out an axis or values")]
    TooLarge,
    /// A value cannot be put into the text.
    #[error("{path}: {value} cannot be written into the plan: {error}")]
    Edit {
        /// Field.
        path: String,
        /// Value.
        value: String,
        /// Why not.
        error: EditError,
    },
}

/// Plans that differ in the values of some fields.
pub struct Space<'a> {
    text: String,
    registry: &'a Registry,
    options: Options<'a>,
    axes: Vec<Axis>,
    /// Points between two values of an axis.
    strides: Vec<u64>,
    length: u64,
    /// How points are made without their texts; `None` where an axis decides how everything else is read
    /// (`physics`), is a list, or where no value of an axis is sound.
    direct: Option<Direct>,
}

/// Points without texts.
struct Direct {
    draft: Draft,
    registry: Registry,
    /// By axis and value; one sentence where the value is not sound.
    setters: Vec<Vec<Result<Setter, String>>>,
}

impl Direct {
    fn new(text: &str, registry: &Registry, options: Options<'_>, axes: &[Axis]) -> Option<Direct> {
        if !axes.iter().all(|axis| draft::can_set(&axis.path)) {
            return None;
        }
        // Every axis at a value that is sound by itself: so the blocks that it needs are there.
        let alone = Outline::read(text, registry, options)?;
        let mut all = text.to_owned();
        for axis in axes {
            let sound = |value: &&String| alone.setter(&axis.path, value, options.files).is_ok();
            all = edit::set(&all, &axis.path, axis.values.iter().find(sound)?).ok()?;
        }
        let outline = Outline::read(&all, registry, options)?;
        if !outline.errors().is_empty() {
            return None;
        }
        let setters = axes.iter().map(|axis| {
            axis.values.iter().map(|value| outline.setter(&axis.path, value, options.files)).collect()
        });
        Some(Direct {
            draft: outline.draft()?,
            registry: outline.registry().clone(),
            setters: setters.collect(),
        })
    }
}

impl<'a> Space<'a> {
    /// The space of `text` over `axes`; a space without axes has one point, the plan itself.
    pub fn new(
        text: &str,
        registry: &'a Registry,
        options: Options<'a>,
        axes: Vec<Axis>,
    ) -> Result<Space<'a>, SpaceError> {
        let mut length = 1_u64;
        for (place, axis) in axes.iter().enumerate() {
            let Some(first) = axis.values.first() else {
                return Err(SpaceError::NoValues(axis.path.clone()));
            };
            if axes[..place].iter().any(|other| other.path == axis.path) {
                return Err(SpaceError::Twice(axis.path.clone()));
            }
            if axis.linked {
                let before = place.checked_sub(1).map(|before| axes[before].values.len());
                if before != Some(axis.values.len()) {
                    return Err(SpaceError::Unequal(axis.path.clone()));
                }
            } else {
                length = length
                    .checked_mul(axis.values.len() as u64)
                    .filter(|length| *length <= MOST_POINTS)
                    .ok_or(SpaceError::TooLarge)?;
            }
            let refused = |value: &String, error| SpaceError::Edit {
                path: axis.path.clone(),
                value: value.clone(),
                error,
            };
            edit::set(text, &axis.path, first).map_err(|error| refused(first, error))?;
            for value in &axis.values {
                draft::is_value(value).map_err(|error| refused(value, error))?;
            }
        }
        let mut strides = Vec::with_capacity(axes.len());
        let mut stride = length;
        for axis in &axes {
            if !axis.linked {
                stride /= axis.values.len() as u64;
            }
            strides.push(stride);
        }
        let direct = Direct::new(text, registry, options, &axes);
        Ok(Space { text: text.to_owned(), registry, options, axes, strides, length, direct })
    }

    /// How many points there are.
    pub fn len(&self) -> u64 {
        self.length
    }

    /// Never: a space has at least one point.
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// The axes.
    pub fn axes(&self) -> &[Axis] {
        &self.axes
    }

    /// For each axis, which of its values point `i` has.
    pub fn places(&self, i: u64) -> impl Iterator<Item = usize> {
        self.axes
            .iter()
            .zip(&self.strides)
            .map(move |(axis, stride)| (i / stride % axis.values.len() as u64) as usize)
    }

    /// The value of each axis at point `i`, in the order of the axes.
    pub fn values(&self, i: u64) -> Vec<&str> {
        self.axes.iter().zip(self.places(i)).map(|(axis, place)| axis.values[place].as_str()).collect()
    }

    /// Field and value of each axis at point `i`: the edits that make the plan.
    pub fn edits(&self, i: u64) -> Vec<(String, String)> {
        self.axes
            .iter()
            .zip(self.places(i))
            .map(|(axis, place)| (axis.path.clone(), axis.values[place].clone()))
            .collect()
    }

    /// The text of the plan at point `i`, comments kept.
    pub fn text(&self, i: u64) -> Result<String, EditError> {
        edit::set_all(&self.text, &self.edits(i))
    }

    /// The whole report of point `i`, words and warnings too: for the few points that are shown. `None` where it is
    /// no plan.
    pub fn report(&self, i: u64) -> Option<Report> {
        let reading = plan::read(&self.text(i).ok()?, self.registry, self.options);
        reading.plan.as_ref().map(|plan| engine::evaluate(plan, reading.registry_or(self.registry)))
    }

    /// Codes of what evaluating point `i` warns of, each once.
    pub fn warnings(&self, i: u64) -> Vec<&'static str> {
        let mut codes: Vec<&'static str> = Vec::new();
        for warning in self.report(i).iter().flat_map(|report| &report.warnings) {
            if !codes.contains(&warning.code) {
                codes.push(warning.code);
            }
        }
        codes
    }
}

/// What a point is.
#[derive(Debug, Clone, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "a box would take memory from the heap at every point")]
pub enum Outcome {
    /// No plan: the text at this point has errors; the first of them in words.
    Refused(String),
    /// Its numbers.
    Figures(Figures),
}

impl Outcome {
    /// The numbers, where the point is a plan.
    pub fn figures(&self) -> Option<&Figures> {
        match self {
            Outcome::Refused(_) => None,
            Outcome::Figures(figures) => Some(figures),
        }
    }
}

/// Evaluates points; each thread has its own.
pub struct Evaluator<'s> {
    space: &'s Space<'s>,
    walker: Option<Walker<'s>>,
}

/// A draft that goes from point to point: from one to the next only the fields that differ are set.
struct Walker<'s> {
    direct: &'s Direct,
    draft: Draft,
    /// By axis: which value the draft has; `None` where it has another one.
    at: Vec<Option<usize>>,
    workspace: Workspace,
}

impl Walker<'_> {
    fn figures(&mut self, places: impl Iterator<Item = usize>) -> Outcome {
        let mut unsound = None;
        for ((setters, at), place) in self.direct.setters.iter().zip(&mut self.at).zip(places) {
            match &setters[place] {
                Ok(set) if *at != Some(place) => {
                    set(&mut self.draft);
                    *at = Some(place);
                }
                Ok(_) => {}
                Err(why) => unsound = unsound.or(Some(why)),
            }
        }
        if let Some(why) = unsound {
            return Outcome::Refused(why.clone());
        }
        match self.draft.settle() {
            Some(fault) => Outcome::Refused(fault.to_string()),
            None => Outcome::Figures(self.workspace.figures(self.draft.plan())),
        }
    }
}

impl<'s> Evaluator<'s> {
    /// An evaluator of a space.
    pub fn new(space: &'s Space<'s>) -> Evaluator<'s> {
        let walker = space.direct.as_ref().map(|direct| Walker {
            direct,
            draft: direct.draft.clone(),
            at: vec![None; space.axes.len()],
            workspace: Workspace::new(&direct.registry),
        });
        Evaluator { space, walker }
    }

    /// Point `i`, which is below the space's length.
    pub fn figures(&mut self, i: u64) -> Outcome {
        match &mut self.walker {
            Some(walker) => walker.figures(self.space.places(i)),
            None => by_text(self.space, i),
        }
    }
}

/// A point by way of its text: what every faster way must agree with.
pub fn by_text(space: &Space<'_>, i: u64) -> Outcome {
    let text = match space.text(i) {
        Ok(text) => text,
        Err(error) => return Outcome::Refused(error.to_string()),
    };
    let reading = plan::read(&text, space.registry, space.options);
    match &reading.plan {
        Some(plan) => {
            Outcome::Figures(Figures::of(&engine::evaluate(plan, reading.registry_or(space.registry))))
        }
        None => Outcome::Refused(first_error(&reading.diagnostics)),
    }
}

fn first_error(diagnostics: &[Diagnostic]) -> String {
    let first = diagnostics.iter().find(|diagnostic| diagnostic.severity == Severity::Error);
    first.map_or_else(|| "the plan cannot be read".to_owned(), |diagnostic| diagnostic.message.clone())
}

#[cfg(test)]
mod tests;
