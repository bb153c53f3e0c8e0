//! What a resolver says when it cannot answer, and the checks that make it say so.

use std::fmt;

use crate::engine::common::{ErrorKind, Precision, ResolveError};

/// Whose fault it is; decides the exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Category {
    /// An input is missing, misspelt or of the wrong type.
    Schema,
    /// An input has a value that is not allowed or names nothing.
    BadInput,
    /// The inputs are allowed one by one, but the equation has no value at them.
    Evaluation,
    /// The machine cannot do it.
    Physics,
}

impl Category {
    /// The name in machine-readable output.
    pub fn name(self) -> &'static str {
        match self {
            Category::Schema => "schema",
            Category::BadInput => "bad_input",
            Category::Evaluation => "evaluation",
            Category::Physics => "physics",
        }
    }

    /// Process exit code: 2 where physics says no, 1 otherwise.
    pub fn exit_code(self) -> u8 {
        match self {
            Category::Physics => 2,
            _ => 1,
        }
    }

    /// Heading for people, the same as for a plan that fails this way.
    pub fn title(self) -> &'static str {
        match self {
            Category::Schema => "Schema Validation Error",
            Category::BadInput => "Bad Input",
            Category::Evaluation => "Evaluation Error",
            Category::Physics => "Physics Violation (Out of Memory)",
        }
    }
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WallError {
    /// Whose fault.
    pub category: Category,
    /// The input to change, as the caller wrote it.
    pub field: String,
    /// What is wrong with it, without the field's name.
    pub message: String,
}

impl fmt::Display for WallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.field, self.message)
    }
}

impl std::error::Error for WallError {}

/// Shared physics names plan fields; a resolver's caller knows the same values by shorter names.
impl From<ResolveError> for WallError {
    fn from(error: ResolveError) -> WallError {
        let field = match error.field {
            "workload.name" => "model",
            "hardware.name" => "hardware",
            "hardware.fabric_bandwidth" => "fleet.fabric_bw_bytes_per_s",
            "hardware.intra_node_bw" => "fleet.intra_node_bw_bytes_per_s",
            other => other.rsplit('.').next().unwrap_or(other),
        };
        let category = match error.kind {
            ErrorKind::BadInput => Category::BadInput,
            ErrorKind::OutOfMemory => Category::Physics,
        };
        WallError { category, field: field.to_owned(), message: error.message }
    }
}

impl WallError {
    /// A missing, misspelt or mistyped input.
    pub fn schema(field: impl Into<String>, message: impl Into<String>) -> WallError {
        WallError { category: Category::Schema, field: field.into(), message: message.into() }
    }

    /// A value that is not allowed.
    pub fn bad_input(field: impl Into<String>, message: impl Into<String>) -> WallError {
        WallError { category: Category::BadInput, field: field.into(), message: message.into() }
    }

    /// An equation without a value.
    pub fn evaluation(field: impl Into<String>, message: impl Into<String>) -> WallError {
        WallError { category: Category::Evaluation, field: field.into(), message: message.into() }
    }
}

/// Refuses a value below `least`.
pub fn at_least(field: &str, value: f64, least: f64) -> Result<(), WallError> {
    if value >= least {
        return Ok(());
    }
    Err(WallError::bad_input(field, format!("must be at least {least}, is {value}")))
}

/// Refuses a count above `most`, where the work would grow with it.
pub fn at_most(field: &str, value: u64, most: u64) -> Result<(), WallError> {
    if value <= most {
        return Ok(());
    }
    Err(WallError::bad_input(field, format!("must be at most {most}, is {value}")))
}

/// Refuses a value that is not above zero.
pub fn positive(field: &str, value: f64) -> Result<(), WallError> {
    if value > 0.0 {
        return Ok(());
    }
    Err(WallError::bad_input(field, format!("must be above 0, is {value}")))
}

/// Refuses a value outside `low..=high`.
pub fn between(field: &str, value: f64, low: f64, high: f64) -> Result<(), WallError> {
    if (low..=high).contains(&value) {
        return Ok(());
    }
    Err(WallError::bad_input(field, format!("must be from {low} to {high}, is {value}")))
}

/// A precision by key, in any case.
pub fn precision(field: &str, key: &str) -> Result<Precision, WallError> {
    Precision::parse(key).ok_or_else(|| {
        let known: Vec<_> = Precision::ALL.iter().map(|precision| precision.key()).collect();
        WallError::bad_input(field, format!("`{key}` is no precision; known are {}", known.join(", ")))
    })
}

/// Refuses a model without attention.
pub fn transformer(field: &str, model: &crate::registry::Model) -> Result<(), WallError> {
    if model.kind.is_transformer() {
        return Ok(());
    }
    Err(WallError::bad_input(field, "is no transformer: it has no KV cache and makes no tokens"))
}

/// A model's parameter count, which most walls cannot do without.
pub fn parameters(model: &crate::registry::Model) -> Result<f64, WallError> {
    model.parameters.ok_or_else(|| WallError::bad_input("model", "has no parameter count in the registry"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_names_the_field_and_the_allowed_range() {
        let error = between("efficiency", 1.2, 0.0, 1.0).unwrap_err();
        assert_eq!(error.to_string(), "efficiency: must be from 0 to 1, is 1.2");
        assert_eq!(error.category, Category::BadInput);
        assert!(positive("qps", f64::NAN).is_err(), "not-a-number passes no check");
    }

    #[test]
    fn only_physics_exits_with_two() {
        assert_eq!(Category::Physics.exit_code(), 2);
        assert_eq!(Category::Evaluation.exit_code(), 1);
    }
}
