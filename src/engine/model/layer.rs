//! One transformer layer, forward, on one rank.

use super::Case;
use super::constants as c;
use super::primitives::{Gemm, GemmKind, GemmParts, Rates};

/// The linear layers of one transformer layer, ready for any number of tokens.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Linear {
    /// Projections before and after attention; one alone where the cache is latent.
    attention: [Gemm; 2],
    /// Into the MLP, and out of it.
    mlp: [Gemm; 2],
    /// Parameters that the dimensions leave out, as a factor.
    scale: f64,
    experts: Option<Experts>,
}

/// What mixtures of experts add: `mlp` is one expert's.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Experts {
    /// Tokens that reach the experts of one rank, for each token of it.
    gathered: f64,
    /// Experts of one rank.
    local: f64,
    /// Share of the experts that a token goes to.
    share: f64,
    /// Sorting one token to its experts and back, s.
    permute: f64,
}

impl Experts {
    /// Rows of each expert that is touched, and how many are.
    fn rows(&self, tokens: f64) -> (f64, f64) {
        let gathered = tokens * self.gathered;
        let touched = self.local * (1.0 - (1.0 - self.share).max(0.0).powf(gathered));
        ((gathered * self.share * self.local / touched.max(1e-9)).max(1.0), touched)
    }
}

impl Linear {
    /// The linear layers of a case.
    pub fn new(case: &Case, rates: &Rates) -> Linear {
        let (shape, split) = (&case.shape, &case.split);
        let (hidden, head, tensor) = (shape.hidden, shape.head_dim, split.tensor);
        let kind = GemmKind {
            rate: rates.gemm,
            weight_bytes: case.format.weight_bytes,
            weight_only: case.format.weight_only,
        };
        let gemm = |outputs, inputs| Gemm::new(case, rates, kind, outputs, inputs);
        let up = shape.mlp_matrices - 1.0;
        let attention = if shape.latent {
            [gemm(shape.attention_params / hidden / tensor, hidden), Gemm::default()]
        } else {
            let queries = shape.heads / tensor;
            let keys = (shape.kv_heads / tensor).max(1.0);
            [gemm(head * (queries + 2.0 * keys), hidden), gemm(hidden, head * shape.heads / tensor)]
        };
        if !shape.is_moe() {
            let mlp = [gemm(up * shape.ffn / tensor, hidden), gemm(hidden, shape.ffn / tensor)];
            return Linear { attention, mlp, scale: shape.scale_active, experts: None };
        }
        let expert_tensor = case.expert_tensor();
        let width = shape.expert_ffn / expert_tensor;
        let experts = Experts {
            gathered: split.expert * expert_tensor / tensor,
            local: shape.experts / split.expert,
            share: shape.top_k / shape.experts,
            permute: c::MOE_PERMUTE * shape.top_k * hidden * 2.0 / rates.bandwidth / case.sequence_ranks(),
        };
        let mlp = [gemm(up * width, hidden), gemm(hidden, width)];
        Linear { attention, mlp, scale: shape.scale_active, experts: Some(experts) }
    }

    /// Time for `tokens` tokens, s.
    #[inline]
    pub fn seconds(&self, tokens: f64) -> f64 {
        let [before, after] = &self.attention;
        let [up, down] = &self.mlp;
        let attention = before.seconds(tokens) + after.seconds(tokens);
        match &self.experts {
            None => self.scale * (attention + up.seconds(tokens) + down.seconds(tokens)),
            Some(experts) => attention + self.routed(experts, tokens),
        }
    }

    /// What [`Linear::seconds`] is made of: matrix products by name, and the sorting of tokens to experts, s.
    pub fn parts(&self, tokens: f64) -> (Vec<(&'static str, GemmParts)>, f64) {
        let [before, after] = &self.attention;
        let [up, down] = &self.mlp;
        let mut all = Vec::with_capacity(4);
        let mut permute = 0.0;
        let attention = if self.experts.is_some() { 1.0 } else { self.scale };
        let into = if *after == Gemm::default() { "attention projections" } else { "query, key and value" };
        all.push((into, before.parts(tokens, 1.0).times(attention)));
        all.push(("attention output", after.parts(tokens, 1.0).times(attention)));
        if let Some(experts) = &self.experts {
            let (rows, touched) = experts.rows(tokens);
            let factor = c::MOE_IMBALANCE * self.scale;
            all.push(("into the experts", up.parts(rows, touched).times(factor)));
            all.push(("out of the experts", down.parts(rows, touched).times(factor)));
            permute = experts.permute * tokens;
        } else {
            all.push(("into the MLP", up.parts(tokens, 1.0).times(self.scale)));
            all.push(("out of the MLP", down.parts(tokens, 1.0).times(self.scale)));
        }
        all.retain(|(_, parts)| parts.seconds() > 0.0);
        (all, permute)
    }

    fn routed(&self, experts: &Experts, tokens: f64) -> f64 {
        let (rows, touched) = experts.rows(tokens);
        let [up, down] = &self.mlp;
        let work = up.grouped(rows, touched) + down.grouped(rows, touched);
        c::MOE_IMBALANCE * self.scale * work + experts.permute * tokens
    }
}

/// Norms, residuals, activation functions and rotary embeddings: memory traffic of one token, s.
/// `fusion` is the stack's share of eager traffic, `ranks` the divisor of norms and residuals.
pub fn elementwise(case: &Case, rates: &Rates, fusion: f64, ranks: f64) -> f64 {
    let shape = &case.shape;
    let inner =
        shape.mlp_matrices * shape.ffn_width() + 3.0 * shape.head_dim * (shape.heads + shape.kv_heads);
    let elements = 10.0 * shape.hidden / ranks + inner / case.split.tensor;
    let bytes = if case.stack.fp32_activations { 4.0 } else { 2.0 };
    elements * bytes * fusion / rates.bandwidth
}

/// Attained rate of an unfused attention GEMM, flop/s.
pub fn unfused_rate(case: &Case, rates: &Rates) -> f64 {
    rates.gemm16 * case.shape.head_dim / (case.shape.head_dim + c::HEAD_HALF)
}
