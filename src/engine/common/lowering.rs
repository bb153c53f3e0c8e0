//! Lowering: from a model to operations and weight bytes of one unit of work.
//!
//! The unit is one token for language models, one sequence for BERT entries, one input for vision and
//! recommendation, one full sampling run for diffusion.

use super::{ResolveError, Resolved};
use crate::registry::{Model, WorkloadKind};

/// Operations and weights of one unit of work.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Lowered {
    /// Forward operations, flop.
    pub flop: f64,
    /// Weights, bytes.
    pub weight_bytes: f64,
}

/// Size of the weights at `bytes_per_element`: the declared size where there is one and it is the only
/// fact or the width is 16 bits, else parameters times width.
pub fn weight_bytes(model: &Model, bytes_per_element: f64) -> Resolved<f64> {
    match (model.model_bytes, model.parameters) {
        (Some(declared), None) => Ok(declared),
        (Some(declared), Some(_)) if bytes_per_element == 2.0 => Ok(declared),
        (_, Some(parameters)) => Ok(parameters * bytes_per_element),
        (None, None) => {
            Err(ResolveError::bad_input("workload.name", "has neither a parameter count nor a size"))
        }
    }
}

/// Operations and weights of one unit of work at `bytes_per_element`.
pub fn lower(model: &Model, bytes_per_element: f64) -> Resolved<Lowered> {
    let weights = match (model.kind, model.parameters) {
        // A plain workload uses its declared size only where nothing else is known.
        (WorkloadKind::Plain, Some(parameters)) => parameters * bytes_per_element,
        _ => weight_bytes(model, bytes_per_element)?,
    };
    Ok(Lowered { flop: forward_flop(model)?, weight_bytes: weights })
}

/// Forward operations of one unit of work, flop.
pub fn forward_flop(model: &Model) -> Resolved<f64> {
    let twice = |parameters: Option<f64>| parameters.map(|count| 2.0 * count);
    let missing = |what: &str| ResolveError::bad_input("workload.name", format!("has no {what}"));
    match model.kind {
        WorkloadKind::Plain => Ok(model.inference_flop.or_else(|| twice(model.parameters)).unwrap_or(0.0)),
        WorkloadKind::Cnn => model.inference_flop.ok_or_else(|| missing("operation count")),
        WorkloadKind::SparseTransformer => model
            .inference_flop
            .or_else(|| twice(model.active_parameters.or(model.parameters)))
            .ok_or_else(|| missing("parameter count")),
        WorkloadKind::Diffusion => {
            let steps = model.denoising_steps.map_or(1.0, f64::from);
            model
                .inference_flop
                .or_else(|| twice(model.parameters))
                .map(|flop| flop * steps)
                .ok_or_else(|| missing("parameter count"))
        }
        WorkloadKind::Transformer | WorkloadKind::Ssm | WorkloadKind::Embodied => {
            model.inference_flop.or_else(|| twice(model.parameters)).ok_or_else(|| missing("parameter count"))
        }
    }
}

/// Layers as the overhead model counts them: 1 where unknown, and always 1 for diffusion.
pub fn layers(model: &Model) -> f64 {
    match model.kind {
        WorkloadKind::Diffusion => 1.0,
        _ => model.layers.filter(|&count| count > 0).map_or(1.0, f64::from),
    }
}

/// Hidden width, 4096 where unknown.
pub fn hidden_dim(model: &Model) -> f64 {
    model.hidden_dim.filter(|&width| width > 0).map_or(super::constants::DEFAULT_HIDDEN_DIM, f64::from)
}

/// Parameters, or the error that names the model.
pub fn parameters(model: &Model) -> Resolved<f64> {
    model.parameters.ok_or_else(|| ResolveError::bad_input("workload.name", "has no parameter count"))
}
