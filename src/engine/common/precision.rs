//! Precision: storage width and peak rate.

use crate::registry::Accelerator;

/// A precision that mlsysim 0.3.0 knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Precision {
    /// IEEE single.
    Fp32,
    /// TensorFloat-32: stored as single.
    Tf32,
    /// IEEE half.
    Fp16,
    /// bfloat16.
    Bf16,
    /// 8-bit floating point.
    Fp8,
    /// 8-bit integer.
    Int8,
    /// 4-bit integer.
    Int4,
}

impl Precision {
    /// All, widest first.
    pub const ALL: [Precision; 7] = [
        Precision::Fp32,
        Precision::Tf32,
        Precision::Fp16,
        Precision::Bf16,
        Precision::Fp8,
        Precision::Int8,
        Precision::Int4,
    ];

    /// By key in any case; `None` for any other text.
    pub fn parse(text: &str) -> Option<Precision> {
        Precision::ALL.into_iter().find(|precision| precision.key().eq_ignore_ascii_case(text))
    }

    /// `fp32`, `tf32`, `fp16`, `bf16`, `fp8`, `int8`, `int4`.
    pub fn key(self) -> &'static str {
        match self {
            Precision::Fp32 => "fp32",
            Precision::Tf32 => "tf32",
            Precision::Fp16 => "fp16",
            Precision::Bf16 => "bf16",
            Precision::Fp8 => "fp8",
            Precision::Int8 => "int8",
            Precision::Int4 => "int4",
        }
    }

    /// Bytes of one element.
    pub fn bytes(self) -> f64 {
        match self {
            Precision::Fp32 | Precision::Tf32 => 4.0,
            Precision::Fp16 | Precision::Bf16 => 2.0,
            Precision::Fp8 | Precision::Int8 => 1.0,
            Precision::Int4 => 0.5,
        }
    }
}

/// Peak rate of a device at a precision key, flop/s: its entry in the device's table, else the default
/// peak, whatever the width (reference behaviour; see [`falls_back`]).
pub fn peak_flop_per_s(device: &Accelerator, key: &str) -> f64 {
    device.precision_flop_per_s.get(key).copied().unwrap_or(device.peak_flop_per_s)
}

/// True where the default peak stands in for a rate that the device's table does not have, and the
/// default is not meant for that width anyway.
pub fn falls_back(device: &Accelerator, precision: Precision) -> bool {
    !matches!(precision, Precision::Fp16 | Precision::Bf16)
        && !device.precision_flop_per_s.is_empty()
        && !device.precision_flop_per_s.contains_key(precision.key())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_found_in_any_case_and_nothing_else_is() {
        assert_eq!(Precision::parse("BF16"), Some(Precision::Bf16));
        assert_eq!(Precision::parse("fp4"), None);
        for precision in Precision::ALL {
            assert_eq!(Precision::parse(precision.key()), Some(precision));
        }
    }
}
