//! Speculative decoding: a small model drafts a few tokens, the large one checks them in one step.
//!
//! Of K = 4 drafted tokens, each accepted with probability α, a verification yields
//! `E = 1 + α (1 − α⁴) / (1 − α)` tokens on average (Leviathan 2023), so the time between tokens is
//! `(4 t_draft + t_verify) / E`. Verification works on five positions of every sequence: free while
//! memory traffic binds, not so in a large batch. The draft's weights and its KV cache take memory too.

use crate::engine::common::{ResolveError, Resolved};
use crate::engine::model::inference::{Engine, Serving};
use crate::engine::model::memory;
use crate::engine::model::primitives::Rates;
use crate::engine::model::{Case, Shape, Split};
use crate::engine::studio::facts::Net;
use crate::plan::Serve;

/// Tokens drafted before a verification.
pub(super) const DRAFTED: f64 = 4.0;

/// Share of drafted tokens that is accepted, where the plan does not say.
const ACCEPTANCE: f64 = 0.7;

/// A draft model beside the model that it drafts for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Draft {
    /// It runs on the tensor ranks of one stage.
    case: Case,
    rates: Rates,
    /// Tokens that a verification yields.
    pub(super) yields: f64,
    /// Weight bytes on one accelerator.
    pub(super) weights: f64,
    /// KV cache bytes on one accelerator.
    pub(super) kv: f64,
    /// KV bytes of a token on one accelerator.
    pub(super) kv_token: f64,
}

/// The shape of the plan's draft model and the share of its tokens that is accepted.
pub(super) fn speculation(serve: &Serve, net: Option<&Net>) -> Resolved<Option<(Shape, f64)>> {
    let Some((entry, net)) = serve.draft_model.as_ref().zip(net) else { return Ok(None) };
    let shape = net.shape.filter(|_| net.transformer).ok_or_else(|| {
        ResolveError::bad_input(
            "workload.serve.draft_model",
            format!("{} is no transformer with known dimensions", entry.id),
        )
    })?;
    Ok(Some((shape, serve.draft_acceptance.unwrap_or(ACCEPTANCE).clamp(0.0, 1.0))))
}

/// Tokens of one verification: the accepted ones and the one that the large model adds.
fn yields(acceptance: f64) -> f64 {
    if acceptance >= 1.0 {
        return DRAFTED + 1.0;
    }
    1.0 + acceptance * (1.0 - acceptance.powf(DRAFTED)) / (1.0 - acceptance)
}

impl Draft {
    /// The draft on the accelerators of `target`, holding `tokens` tokens of context.
    pub(super) fn beside(target: &Case, shape: Shape, acceptance: f64, tokens: f64, kv_bytes: f64) -> Draft {
        let tensor = target.split.tensor;
        let case = Case { shape, split: Split { tensor, ..Split::ONE }, devices: tensor, ..*target };
        let kv_token = memory::kv_token_local(&case, kv_bytes);
        Draft {
            case,
            rates: Rates::of(&case),
            yields: yields(acceptance),
            weights: memory::weights_local(&case),
            kv: tokens * kv_token,
            kv_token,
        }
    }

    /// Cache of one sequence of so many tokens on one accelerator, bytes.
    pub(super) fn cache(&self, context: f64) -> f64 {
        self.case.shape.span(context) * self.kv_token
    }

    /// Its forward passes.
    pub(super) fn engine<'a>(&'a self, serving: &'a Serving) -> Engine<'a> {
        // It is small: also beside weights that stream in, its own stay.
        Engine::new(&self.case, &self.rates, serving).held()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_verification_yields_between_one_and_five_tokens() {
        assert_eq!((yields(0.0), yields(1.0)), (1.0, 5.0));
        assert!((yields(0.7) - 2.773_1).abs() < 1e-9, "{}", yields(0.7));
        assert!((yields(1.0 - 1e-9) - 5.0).abs() < 1e-6);
    }
}
