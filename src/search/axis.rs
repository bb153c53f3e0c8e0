//! A field of the plan and the values that it takes.

/// One axis of a design space.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Axis {
    /// Dotted path of the field, for example `workload.batch_size`.
    pub path: String,
    /// Values as they would be written into the plan.
    pub values: Vec<String>,
}
