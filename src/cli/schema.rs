//! `schema`: the JSON Schema of plans and of registry entries.

use super::args::{Global, Output, SchemaArgs, SchemaKind};
use super::out::{self, Outcome};
use super::wire::schema::{self, SchemaType};
use crate::registry::Registry;

/// Runs the command. A schema is JSON, whichever of the two is asked for.
pub fn run(args: &SchemaArgs, global: &Global) -> Outcome {
    super::allow(global.output, "schema", &[Output::Text, Output::Json])?;
    let kind = match args.kind {
        SchemaKind::Plan => SchemaType::Plan,
        SchemaKind::Hardware => SchemaType::Hardware,
        SchemaKind::Workload => SchemaType::Workload,
    };
    out::json(&schema::schema(kind, &Registry::builtin()))?;
    Ok(0)
}
