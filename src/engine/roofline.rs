//! The roofline of one accelerator, and where a plan's work stands under it.
//!
//! A piece of work that executes `F` operations and moves `B` bytes has the intensity `F / B`. It can run at
//! `min(peak, bandwidth × intensity)` at most; the ridge point of a peak is the intensity at which both are equal,
//! `peak / bandwidth` (Williams, Waterman, Patterson: Roofline, CACM 52(4), 2009).

use crate::engine::report::{Roofline, RooflinePoint};
use crate::plan::Plan;

/// Work of one phase on one accelerator: label, operations, bytes, seconds.
pub(super) type Work = (&'static str, f64, f64, f64);

/// The published ceilings of the plan's accelerator with its work under them; `None` where nothing is published.
pub(super) fn of(plan: &Plan, work: &[Work]) -> Option<Roofline> {
    let facts = &plan.hardware.accelerator.facts;
    let chips = facts.accelerator_count.map_or(1.0, |count| f64::from(count.max(1)));
    let known = |value: f64| value.is_finite() && value > 0.0;
    let mut ceilings: Vec<(String, f64)> = Vec::new();
    for (key, rate) in &facts.precision_flop_per_s {
        // Rates with structured sparsity are no ceiling of dense work.
        if !known(*rate) || key.contains("sparse") {
            continue;
        }
        let key = key.trim_end_matches("_dense");
        let rate = rate / chips;
        match ceilings.iter_mut().find(|(_, other)| (*other - rate).abs() <= 1e-9 * rate) {
            Some((label, _)) if label.split('/').all(|word| word != key) => {
                label.push('/');
                label.push_str(key);
            }
            Some(_) => {}
            None => ceilings.push((key.to_owned(), rate)),
        }
    }
    let peak = facts.peak_flop_per_s / chips;
    if known(peak) && ceilings.iter().all(|(_, other)| (*other - peak).abs() > 1e-9 * peak) {
        ceilings.push(("peak".into(), peak));
    }
    ceilings.sort_by(|a, b| b.1.total_cmp(&a.1));
    let bytes_per_s = facts.memory_bytes_per_s / chips;
    if ceilings.is_empty() || !known(bytes_per_s) {
        return None;
    }
    let points = work
        .iter()
        .filter(|(_, flop, bytes, seconds)| known(*flop) && known(*bytes) && known(*seconds))
        .map(|&(label, flop, bytes, seconds)| RooflinePoint {
            label,
            flop_per_byte: flop / bytes,
            flop_per_s: flop / seconds,
        })
        .collect();
    let own = own(&ceilings, &plan.hardware.precision, peak);
    Some(Roofline { ceilings, own, bytes_per_s, points })
}

/// The ceiling of the plan's arithmetic: the one of its precision, else the published 16-bit or default peak. Four-bit
/// integers are a format of weights: what is multiplied has 16 bits.
fn own(ceilings: &[(String, f64)], precision: &str, peak: f64) -> usize {
    let named =
        |wanted: &str| ceilings.iter().position(|(label, _)| label.split('/').any(|key| key == wanted));
    let same = |(_, rate): &(String, f64)| (rate - peak).abs() <= 1e-9 * peak;
    let precision = if precision.starts_with("int4") { "fp16" } else { precision };
    named(precision)
        .or_else(|| named("fp16"))
        .or_else(|| named("bf16"))
        .or_else(|| ceilings.iter().position(same))
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::own;

    #[test]
    fn the_ceiling_is_the_one_of_the_arithmetic() {
        let ceilings = [("fp8/int8".to_owned(), 4e15), ("fp16".to_owned(), 2e15), ("fp32".to_owned(), 6e13)];
        for (precision, index) in
            [("fp8", 0), ("int8", 0), ("fp16", 1), ("bf16", 1), ("int4", 1), ("fp32", 2)]
        {
            assert_eq!(own(&ceilings, precision, 2e15), index, "{precision}");
        }
        assert_eq!(own(&[("peak".to_owned(), 1e9)], "int8", 1e9), 0);
    }
}
