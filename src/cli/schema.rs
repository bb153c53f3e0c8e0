//! `schema`: the JSON Schema of plans, of registry entries and of the settings.

use super::args::{self, Global, Output, SchemaArgs};
use super::out::{self, Outcome};
use crate::plan::schema::{SchemaKind, schema};
use crate::registry::Registry;

/// Runs the command. A schema is JSON, whichever of the two is asked for.
pub fn run(args: &SchemaArgs, global: &Global) -> Outcome {
    super::allow(global.output, "schema", &[Output::Text, Output::Json])?;
    let kind = match args.kind {
        args::SchemaKind::Plan => SchemaKind::Plan,
        args::SchemaKind::Hardware => SchemaKind::Hardware,
        args::SchemaKind::Workload => SchemaKind::Workload,
        args::SchemaKind::Settings => {
            out::json(&crate::studio::settings::schema())?;
            return Ok(0);
        }
    };
    out::json(&schema(kind, &Registry::builtin()))?;
    Ok(0)
}
