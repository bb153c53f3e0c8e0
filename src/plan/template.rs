//! The plan that `new` and the studio's chooser start from.

/// A commented plan that can be evaluated as it stands.
pub const TEMPLATE: &str = include_str!("template.yaml");
