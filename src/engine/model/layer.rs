//! One transformer layer, forward, on one rank.

use super::Case;
use super::constants as c;
use super::primitives::{GemmKind, Rates, gemm};

/// Linear layers for `tokens` tokens, s.
pub fn gemms(case: &Case, rates: &Rates, tokens: f64) -> f64 {
    let (shape, split) = (&case.shape, &case.split);
    let (hidden, head, tensor) = (shape.hidden, shape.head_dim, split.tensor);
    let kind = GemmKind {
        rate: rates.gemm,
        weight_bytes: case.format.weight_bytes,
        weight_only: case.format.weight_only,
    };
    let run = |size, groups| gemm(case, rates, kind, size, groups);
    let up = shape.mlp_matrices - 1.0;

    let attention = if shape.latent {
        run((tokens, shape.attention_params / hidden / tensor, hidden), 1.0)
    } else {
        let queries = shape.heads / tensor;
        let keys = (shape.kv_heads / tensor).max(1.0);
        run((tokens, head * (queries + 2.0 * keys), hidden), 1.0)
            + run((tokens, hidden, head * shape.heads / tensor), 1.0)
    };
    if !shape.is_moe() {
        let mlp = run((tokens, up * shape.ffn / tensor, hidden), 1.0)
            + run((tokens, hidden, shape.ffn / tensor), 1.0);
        return shape.scale_active * (attention + mlp);
    }

    let expert_tensor = case.expert_tensor();
    let width = shape.expert_ffn / expert_tensor;
    let gathered = tokens * split.expert * expert_tensor / tensor;
    let local = shape.experts / split.expert;
    let share = shape.top_k / shape.experts;
    let touched = local * (1.0 - (1.0 - share).max(0.0).powf(gathered));
    let rows = (gathered * share * local / touched.max(1e-9)).max(1.0);
    let experts = if touched > 0.0 {
        run((rows, up * width, hidden), touched) + run((rows, hidden, width), touched)
    } else {
        0.0
    };
    let permute =
        c::MOE_PERMUTE * tokens * shape.top_k * hidden * 2.0 / rates.bandwidth / case.sequence_ranks();
    attention + c::MOE_IMBALANCE * shape.scale_active * experts + permute
}

/// Norms, residuals, activation functions and rotary embeddings: memory traffic, s.
/// `fusion` is the stack's share of eager traffic, `ranks` the divisor of norms and residuals.
pub fn elementwise(case: &Case, rates: &Rates, tokens: f64, fusion: f64, ranks: f64) -> f64 {
    let shape = &case.shape;
    let inner =
        shape.mlp_matrices * shape.ffn_width() + 3.0 * shape.head_dim * (shape.heads + shape.kv_heads);
    let elements = 10.0 * shape.hidden / ranks + inner / case.split.tensor;
    let bytes = if case.stack.fp32_activations { 4.0 } else { 2.0 };
    tokens * elements * bytes * fusion / rates.bandwidth
}

/// Attained rate of an unfused attention GEMM, flop/s.
pub fn unfused_rate(case: &Case, rates: &Rates) -> f64 {
    rates.gemm16 * case.shape.head_dim / (case.shape.head_dim + c::HEAD_HALF)
}
