//! A design space, and the numbers of each of its points.
//!
//! A [`Space`] is a plan's text and axes. Point `i` is the plan with each axis at one of its values, the
//! last axis turning fastest. An [`Evaluator`], one for each thread, gives the point's [`Outcome`]: what
//! reading and evaluating the edited text would say.

use super::axis::Axis;
use crate::engine::figures::{self, Figures};
use crate::plan::edit::{self, EditError};
use crate::plan::{self, Diagnostic, Options, Severity};
use crate::registry::Registry;

/// Points that a space may have; more could not be walked in a lifetime, and would overflow counters.
pub const MOST_POINTS: u64 = 1 << 48;

/// Why there is no such space.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum SpaceError {
    /// An axis has no values.
    #[error("{0} has no values to take")]
    NoValues(String),
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
    length: u64,
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
            if axis.values.is_empty() {
                return Err(SpaceError::NoValues(axis.path.clone()));
            }
            if axes[..place].iter().any(|other| other.path == axis.path) {
                return Err(SpaceError::Twice(axis.path.clone()));
            }
            length = length
                .checked_mul(axis.values.len() as u64)
                .filter(|length| *length <= MOST_POINTS)
                .ok_or(SpaceError::TooLarge)?;
            for value in &axis.values {
                edit::set(text, &axis.path, value).map_err(|error| SpaceError::Edit {
                    path: axis.path.clone(),
                    value: value.clone(),
                    error,
                })?;
            }
        }
        Ok(Space { text: text.to_owned(), registry, options, axes, length })
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
    fn places(&self, i: u64) -> impl Iterator<Item = usize> {
        let mut below = self.length;
        self.axes.iter().map(move |axis| {
            let size = axis.values.len() as u64;
            below /= size;
            (i / below % size) as usize
        })
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
}

/// What a point is.
#[derive(Debug, Clone, PartialEq)]
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
}

impl<'s> Evaluator<'s> {
    /// An evaluator of a space.
    pub fn new(space: &'s Space<'s>) -> Evaluator<'s> {
        Evaluator { space }
    }

    /// Point `i`, which is below the space's length.
    pub fn figures(&mut self, i: u64) -> Outcome {
        by_text(self.space, i)
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
        Some(plan) => Outcome::Figures(figures::figures(plan, reading.registry_or(space.registry))),
        None => Outcome::Refused(first_error(&reading.diagnostics)),
    }
}

fn first_error(diagnostics: &[Diagnostic]) -> String {
    let first = diagnostics.iter().find(|diagnostic| diagnostic.severity == Severity::Error);
    first.map_or_else(|| "the plan cannot be read".to_owned(), |diagnostic| diagnostic.message.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::Lens;

    const PLAN: &str = "version: \"1.0\"\nname: x\nworkload: {name: Llama3_8B, mode: serve} # kept\nhardware: {name: H100}\n";

    fn axis(path: &str, values: &[&str]) -> Axis {
        Axis { path: path.into(), values: values.iter().map(|&value| value.into()).collect() }
    }

    #[test]
    fn the_last_axis_turns_fastest() {
        let registry = Registry::builtin();
        let axes =
            vec![axis("workload.batch_size", &["1", "2"]), axis("hardware.name", &["H100", "A100", "no"])];
        let space = Space::new(PLAN, &registry, Options::default(), axes).unwrap();
        assert_eq!(space.len(), 6);
        assert_eq!(space.values(0), ["1", "H100"]);
        assert_eq!(space.values(1), ["1", "A100"]);
        assert_eq!(space.values(5), ["2", "no"]);
        assert!(space.text(4).unwrap().contains("# kept"));
        let mut evaluator = Evaluator::new(&space);
        let itl = |outcome: &Outcome| outcome.figures().unwrap().metric(Lens::Performance, "itl_ms").unwrap();
        assert!(itl(&evaluator.figures(0)) < itl(&evaluator.figures(3)));
        assert!(matches!(evaluator.figures(5), Outcome::Refused(why) if why.contains("unknown accelerator")));
    }

    #[test]
    fn a_space_that_cannot_be_is_refused() {
        let registry = Registry::builtin();
        let space = |axes| Space::new(PLAN, &registry, Options::default(), axes).map(|space| space.len());
        assert_eq!(space(vec![]), Ok(1));
        assert!(matches!(space(vec![axis("name", &[])]), Err(SpaceError::NoValues(_))));
        let twice = vec![axis("name", &["a"]), axis("name", &["b"])];
        assert!(matches!(space(twice), Err(SpaceError::Twice(_))));
        assert!(matches!(space(vec![axis("workload.name.x", &["H100"])]), Err(SpaceError::Edit { .. })));
    }
}
