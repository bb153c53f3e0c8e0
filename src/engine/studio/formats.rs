//! Number formats: what a plan's `precision` means on a device, and what the device cannot do.

use super::machine::Machine;
use crate::engine::model::{ComputeClass, Family, Format};
use crate::engine::report::Warning;

/// A precision on a device.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Chosen {
    /// Storage and arithmetic.
    pub format: Format,
    /// Dense 8-bit peak that it uses, flop/s; 0 where the device has none.
    pub peak8: f64,
    /// 32-bit peak that it uses; 0 where not known.
    pub peak32: f64,
    /// A format of llama.cpp.
    pub gguf: bool,
    /// What the device cannot do, and what happens instead.
    pub finding: Option<Finding>,
}

/// What a device cannot do with a format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finding {
    /// No tf32 arithmetic: the fp32 rate.
    NoTf32,
    /// No published 32-bit rate: an eighth of the 16-bit one.
    NoFp32Rate,
    /// No such 8-bit arithmetic in training: the 16-bit rate.
    NoEightTraining,
    /// No such 8-bit arithmetic: stored in 8 bits and multiplied in 16.
    NoEight,
    /// No 4-bit floats: unpacked and multiplied in 16 bits.
    NoFour,
    /// Only 8-bit arithmetic: half its rate.
    OnlyEight,
}

impl Finding {
    /// In words: `key` is the plan's precision, `name` the device's.
    pub fn warning(self, key: &str, name: &str) -> Warning {
        let message = match self {
            Finding::NoTf32 => format!("{name} has no tf32 arithmetic: evaluated at its fp32 rate"),
            Finding::NoFp32Rate => {
                format!("{name} publishes no fp32 rate: evaluated at an eighth of its 16-bit rate")
            }
            Finding::NoEightTraining => {
                format!("{name} has no {key} arithmetic: evaluated at its 16-bit rate")
            }
            Finding::NoEight => {
                format!("{name} has no {key} arithmetic: weights are stored in 8 bits and multiplied in 16")
            }
            Finding::NoFour => format!(
                "{name} has no 4-bit floating-point arithmetic: weights are unpacked and multiplied in 16 bits"
            ),
            Finding::OnlyEight => {
                format!("{name} publishes only 8-bit arithmetic: {key} is evaluated at half its rate")
            }
        };
        Warning { code: "precision_unsupported", message }
    }
}

fn plain(class: ComputeClass, weight_bytes: f64, head_bytes: f64) -> Format {
    Format { class, weight_bytes, weight_only: false, head_bytes, fp4: false, total_bytes: None }
}

/// Bits per weight of a llama.cpp format.
fn gguf_bits(key: &str) -> Option<f64> {
    let digits = key.strip_prefix("iq").or_else(|| key.strip_prefix('q'))?;
    let known = match key {
        "q4_0" => 4.55,
        "q4_k_s" => 4.6,
        "q4_k_m" => 4.9,
        "q5_k_m" => 5.7,
        "q6_k" => 6.6,
        "q8_0" => 8.5,
        "q3_k_m" => 3.9,
        "q2_k" => 3.2,
        _ => f64::from(digits.chars().next()?.to_digit(10)?) + 0.8,
    };
    Some(known)
}

/// The format of a precision key, before a device is asked.
pub fn format(key: &str) -> Format {
    let sixteen = ComputeClass::Sixteen;
    if let Some(bits) = gguf_bits(key) {
        let bytes = bits / 8.0;
        return Format { weight_only: true, ..plain(sixteen, bytes, bytes) };
    }
    match key {
        "fp32" | "tf32" => plain(ComputeClass::ThirtyTwo, 4.0, 4.0),
        "fp8" | "mxfp8" | "int8" => plain(ComputeClass::Eight, 1.0, 2.0),
        // Groups of 128 weights share a scale and a zero point.
        "int4" | "awq" | "gptq" | "nf4" => {
            Format { weight_only: true, ..plain(sixteen, 0.5 + 4.0 / 128.0, 2.0) }
        }
        "mxfp4" => Format { fp4: true, ..plain(ComputeClass::Four, 0.531_25, 2.0) },
        "fp4" | "nvfp4" => Format { fp4: true, ..plain(ComputeClass::Four, 0.5625, 2.0) },
        _ => plain(sixteen, 2.0, 2.0),
    }
}

/// Bytes of one KV element in a precision.
pub fn kv_bytes(key: &str) -> f64 {
    match key {
        "fp32" | "tf32" => 4.0,
        "fp8" | "mxfp8" | "int8" | "q8_0" => 1.0,
        "fp4" | "nvfp4" | "mxfp4" | "int4" | "q4_0" => 0.5,
        _ => 2.0,
    }
}

/// What a precision is on a machine. A width that the device lacks is never given a narrower one's rate.
pub fn choose(key: &str, machine: &Machine<'_>, training: bool) -> Chosen {
    let mut format = format(key);
    let chip = &machine.chip;
    let family = machine.device.family;
    let mut peak8 = 0.0;
    let mut peak32 = machine.device.peak32;
    let mut finding = None;
    match format.class {
        ComputeClass::ThirtyTwo => {
            if key == "tf32" {
                let rate = chip.tf32 * machine.peak_scale;
                if rate > 0.0 {
                    peak32 = rate;
                } else {
                    finding = Some(Finding::NoTf32);
                }
            }
            if peak32 <= 0.0 && finding.is_none() {
                finding = Some(Finding::NoFp32Rate);
            }
        }
        ComputeClass::Eight => {
            peak8 = if key == "int8" { chip.int8 } else { chip.fp8 } * machine.peak_scale;
            let tensor_int8 = matches!(family, Family::Turing | Family::Ampere | Family::AmpereGddr);
            if peak8 <= 0.0 && key == "int8" && tensor_int8 {
                peak8 = 2.0 * machine.device.peak16;
            }
            if peak8 > 0.0 && chip.geforce {
                // As for 16 bits: the rate with narrow accumulation.
                peak8 = peak8.max(2.0 * machine.device.peak16);
            }
            if peak8 <= 0.0 && training {
                finding = Some(Finding::NoEightTraining);
            } else if peak8 <= 0.0 {
                format.weight_only = true;
                finding = Some(Finding::NoEight);
            }
        }
        ComputeClass::Four => {
            peak8 = if chip.fp4 > 0.0 { chip.fp4 / 2.0 } else { chip.fp8 } * machine.peak_scale;
            if chip.fp4 <= 0.0 && !family.has_fp4() {
                format.weight_only = true;
                finding = Some(Finding::NoFour);
            }
        }
        ComputeClass::Sixteen => {
            if !machine.has_16bit() {
                finding = Some(Finding::OnlyEight);
            }
        }
    }
    Chosen { format, peak8, peak32, gguf: gguf_bits(key).is_some(), finding }
}
