//! Common ground of every wall: widths and peaks, lowering, the roofline, memory, collectives.
//!
//! Pure functions over numbers and registry facts, in base units: bytes, flop, seconds, watts.
//! The equations are those of mlsysim 0.3.0, which the `mlsysim` profile reproduces to 1e-9; the
//! `studio` profile composes the same functions differently and adds terms of its own.

pub mod collectives;
pub mod constants;
pub mod lowering;
pub mod memory;
pub mod precision;
pub mod roofline;

pub use lowering::{Lowered, lower, weight_bytes};
pub use precision::{Precision, peak_flop_per_s};

/// Who can mend a failed evaluation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// An input is out of its range or a fact is missing: exit code 1.
    BadInput,
    /// The work does not fit into memory: exit code 2.
    OutOfMemory,
}

/// Why a resolver gives no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {message}")]
pub struct ResolveError {
    /// Exit class.
    pub kind: ErrorKind,
    /// The input to change: a plan path (`hardware.fabric_bandwidth`) or a resolver's input (`batch`).
    pub field: &'static str,
    /// One sentence: what was found and what is needed.
    pub message: String,
}

impl ResolveError {
    /// An input that allows no evaluation.
    pub fn bad_input(field: &'static str, message: impl Into<String>) -> ResolveError {
        ResolveError { kind: ErrorKind::BadInput, field, message: message.into() }
    }

    /// Work that does not fit.
    pub fn out_of_memory(field: &'static str, message: impl Into<String>) -> ResolveError {
        ResolveError { kind: ErrorKind::OutOfMemory, field, message: message.into() }
    }
}

/// What a resolver gives.
pub type Resolved<T> = Result<T, ResolveError>;

/// Checks that `value` lies in `low..=high` (which also refuses NaN).
pub fn check_range(field: &'static str, value: f64, low: f64, high: f64) -> Resolved<()> {
    if value >= low && value <= high {
        Ok(())
    } else if high == f64::INFINITY {
        Err(ResolveError::bad_input(field, format!("is {value}; at least {low} is needed")))
    } else {
        Err(ResolveError::bad_input(field, format!("is {value}; allowed is {low} to {high}")))
    }
}

/// Checks that a count is at least one.
pub fn check_positive(field: &'static str, value: u64) -> Resolved<()> {
    if value >= 1 { Ok(()) } else { Err(ResolveError::bad_input(field, "is 0; at least 1 is needed")) }
}

/// Checks the attained share of peak compute, 1e-9 to 1.
pub fn check_efficiency(value: f64) -> Resolved<()> {
    check_range("hardware.efficiency", value, 1e-9, 1.0)
}

/// `value` held inside 0 to 1.
pub fn clamp01(value: f64) -> f64 {
    value.clamp(0.0, 1.0)
}
