//! Number formats as tables of measurements write them: `bf16-pure`, `int4-wo-g32`,
//! `q4_k_m(4.58GiB 8B / 39.59GiB 70B file)`.

use super::super::model::{ComputeClass, Device, Format, GIB};
use super::super::studio::formats;
use super::super::studio::machine::Machine;

/// A format on a machine: storage and arithmetic, and the device with the peak that it uses.
pub fn choose(
    precision: &str,
    params: Option<f64>,
    machine: &Machine<'_>,
    training: bool,
) -> Result<(Format, Device), String> {
    let key = key(precision).ok_or_else(|| format!("`{precision}` is not a precision that the model has"))?;
    let chosen = formats::choose(&key, machine, training);
    let mut format = chosen.format;
    let only = ["wo", "w8a16", "8bit", "8-bit"].iter().any(|word| precision.contains(word));
    if only {
        format.weight_only = true;
        if format.class == ComputeClass::Eight {
            format.class = ComputeClass::Sixteen;
        }
    }
    if key == "int4" {
        format.weight_bytes = 0.5 + 4.0 / group(precision).unwrap_or(128.0);
    }
    format.total_bytes = file_bytes(precision, params);
    Ok((format, Device { peak8: chosen.peak8, peak32: chosen.peak32, ..machine.device }))
}

/// The key that plans use for a precision.
fn key(precision: &str) -> Option<String> {
    let has = |word: &str| precision.contains(word);
    let any = |words: &[&str]| words.iter().any(|word| precision.contains(word));
    if let Some(packed) = gguf(precision) {
        return Some(packed.to_owned());
    }
    let key = if has("fp4") {
        if has("mx") { "mxfp4" } else { "nvfp4" }
    } else if any(&["int4", "w4", "awq", "gptq", "nf4", "4bit", "4-bit", "marlin"]) {
        "int4"
    } else if any(&["fp8", "float8", "e4m3", "e5m2"]) {
        "fp8"
    } else if any(&["int8", "w8a", "8bit", "8-bit"]) {
        "int8"
    } else if precision.is_empty() || any(&["16", "half", "amp", "mixed"]) {
        "fp16"
    } else if has("tf32") {
        "tf32"
    } else if any(&["fp32", "float32", "f32", "single"]) {
        "fp32"
    } else {
        return None;
    };
    Some(key.to_owned())
}

/// A format of llama.cpp among the words: `q4_k_m` of `gguf-q4_k_m(4.58gib file)`.
pub fn gguf(precision: &str) -> Option<&str> {
    precision.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').find(|word| {
        let digits = word.strip_prefix("iq").or_else(|| word.strip_prefix('q'));
        digits.is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
    })
}

/// Weights that share a scale, from a mark such as `g32`.
fn group(precision: &str) -> Option<f64> {
    precision
        .split(|c: char| !c.is_ascii_alphanumeric())
        .find_map(|part| part.strip_prefix('g')?.parse().ok())
        .filter(|size| *size >= 1.0)
}

/// The size of a weight file: the only one, or the one of the model nearest in size, within a quarter.
fn file_bytes(precision: &str, params: Option<f64>) -> Option<f64> {
    let mut words = precision.split(|c: char| c.is_whitespace() || "()/,".contains(c)).peekable();
    let mut sizes = Vec::new();
    while let Some(word) = words.next() {
        let scaled = |unit: &str, bytes: f64| Some(word.strip_suffix(unit)?.parse::<f64>().ok()? * bytes);
        let Some(bytes) = scaled("gib", GIB).or_else(|| scaled("gb", 1e9)).filter(|bytes| *bytes > 0.0)
        else {
            continue;
        };
        let billions = words.peek().and_then(|next| next.strip_suffix('b')?.parse::<f64>().ok());
        sizes.push((bytes, billions));
    }
    let fits = |billions: Option<f64>| match (billions, params) {
        (Some(billions), Some(params)) => (billions * 1e9 / params - 1.0).abs() < 0.25,
        (None, _) => true,
        (Some(_), None) => false,
    };
    sizes.into_iter().find(|(_, billions)| fits(*billions)).map(|(bytes, _)| bytes)
}

/// Bytes of a KV element; 2 where the table says nothing.
pub fn kv_bytes(precision: &str) -> f64 {
    if precision.contains("32") {
        4.0
    } else if precision.contains('8') {
        1.0
    } else if precision.contains('4') {
        0.5
    } else {
        2.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_words_become_plan_keys() {
        for (written, expected) in [
            ("bf16-amp(fp32 master params)", Some("fp16")),
            ("bf16(fp32 grad accumulation)", Some("fp16")),
            ("fp8-cs", Some("fp8")),
            ("mxfp8", Some("fp8")),
            ("mxfp4", Some("mxfp4")),
            ("int4-wo-g32", Some("int4")),
            ("q4_k_m(4.58gib 8b / 39.59gib 70b file)", Some("q4_k_m")),
            ("iq3_xs", Some("iq3_xs")),
            ("gguf-q4_k_m", Some("q4_k_m")),
            ("float32", Some("fp32")),
            ("half", Some("fp16")),
            ("e4m3", Some("fp8")),
            ("8-bit", Some("int8")),
            ("mlx-4bit", Some("int4")),
            ("", Some("fp16")),
            ("ternary", None),
        ] {
            assert_eq!(key(written).as_deref(), expected, "{written}");
        }
        assert_eq!(group("int4-wo-g32"), Some(32.0));
    }

    #[test]
    fn a_file_size_is_that_of_the_model_in_question() {
        let written = "q4_k_m(4.58gib 8b / 39.59gib 70b file)";
        assert_eq!(file_bytes(written, Some(8.03e9)), Some(4.58 * GIB));
        assert_eq!(file_bytes(written, Some(70.6e9)), Some(39.59 * GIB));
        assert_eq!(file_bytes(written, Some(1e9)), None);
        assert_eq!(file_bytes("q8_0(6.67gib file)", Some(6.7e9)), Some(6.67 * GIB));
        assert_eq!(file_bytes("fp16", Some(6.7e9)), None);
    }
}
