//! The roofline: which of arithmetic and data movement takes longer (Williams et al. 2009).

use crate::engine::report::Bottleneck;

/// Times below this count as zero, milliseconds.
const NOTHING_MS: f64 = 1e-15;
/// Relative difference below which two times are equal: rounding must not decide what limits.
const TIE: f64 = 1e-12;

/// True where `a` is larger than `b` by more than rounding.
pub fn exceeds(a: f64, b: f64) -> bool {
    a > b * (1.0 + TIE)
}

/// What limits, and by how much.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Roofline {
    /// The longer side; a tie is compute.
    pub bottleneck: Bottleneck,
    /// Longer side over shorter side; infinite where only one side exists.
    pub ratio: f64,
    /// Operations over bytes, flop per byte.
    pub intensity: f64,
}

/// Classifies `flop` operations at `flop_per_s` against `bytes` at `bytes_per_s`.
pub fn classify(flop: f64, bytes: f64, flop_per_s: f64, bytes_per_s: f64) -> Roofline {
    let compute = time(flop, flop_per_s) * 1e3;
    let memory = time(bytes, bytes_per_s) * 1e3;
    let (bottleneck, ratio) = match (compute < NOTHING_MS, memory < NOTHING_MS) {
        (true, true) => (Bottleneck::Compute, 1.0),
        (true, false) => (Bottleneck::Memory, f64::INFINITY),
        (false, true) => (Bottleneck::Compute, f64::INFINITY),
        (false, false) if exceeds(memory, compute) => (Bottleneck::Memory, memory / compute),
        (false, false) => (Bottleneck::Compute, (compute / memory).max(1.0)),
    };
    Roofline { bottleneck, ratio, intensity: intensity(flop, bytes) }
}

/// `amount / rate`; 0 where there is nothing to do or no rate.
pub fn time(amount: f64, rate: f64) -> f64 {
    if amount > 0.0 && rate > 0.0 { amount / rate } else { 0.0 }
}

/// Operations per byte: 0 without operations, infinite where only the bytes vanish.
pub fn intensity(flop: f64, bytes: f64) -> f64 {
    if flop <= 0.0 {
        0.0
    } else if bytes <= 0.0 {
        f64::INFINITY
    } else {
        flop / bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tie_is_compute() {
        let tie = classify(10.0, 10.0, 1.0, 1.0);
        assert_eq!((tie.bottleneck, tie.ratio), (Bottleneck::Compute, 1.0));
        assert_eq!(classify(10.0, 10.1, 1.0, 1.0).bottleneck, Bottleneck::Memory);
        // 0.1 × 3 and 0.3 differ in the last bit only.
        assert_eq!(classify(0.3, 0.1 * 3.0, 1.0, 1.0).bottleneck, Bottleneck::Compute);
    }

    #[test]
    fn nothing_to_move_is_infinitely_intense() {
        assert_eq!(classify(10.0, 0.0, 1.0, 1.0).ratio, f64::INFINITY);
        assert_eq!(classify(0.0, 0.0, 1.0, 1.0).ratio, 1.0);
        assert_eq!(intensity(0.0, 0.0), 0.0);
    }
}
