//! Metrics as tables write them, brought to the names that the predictions have.

use super::super::model::GIB;
use super::measurement::Kind;

/// A metric's own name here, and the factor from its unit to the written one: `step_time_ms` is
/// `step_time_s`, times a thousand.
pub fn canonical(kind: Kind, written: &str) -> (String, f64) {
    let mut name = written.trim().to_lowercase();
    for device in ["_per_gpu", "_per_device", "_per_chip", "_per_accelerator"] {
        if let Some(stem) = name.strip_suffix(device) {
            name = format!("{stem}_per_accel");
        }
    }
    let same = |name: &str| (name.to_owned(), 1.0);
    match (kind, name.as_str()) {
        (Kind::Train, "step_time_ms" | "iteration_time_ms" | "time_per_iter_ms") => {
            ("step_time_s".into(), 1e3)
        }
        (Kind::Train, "iteration_time_s") => same("step_time_s"),
        (Kind::Train, "tflops_per_accel") => same("model_tflops_per_accel"),
        (Kind::Train, "mfu" | "hfu") => (format!("{name}_pct"), 0.01),
        (Kind::Prefill, "prefill_ms" | "latency_ms" | "prefill_latency_ms") => same("ttft_ms"),
        (Kind::Prefill, "input_tokens_per_s" | "tokens_per_s") => same("prefill_tokens_per_s"),
        (Kind::Decode, "tokens_per_s") => same("decode_tokens_per_s"),
        (Kind::Decode, "tokens_per_s_per_accel") => same("decode_tokens_per_s_per_accel"),
        (Kind::Decode, "token_latency_ms" | "decode_ms" | "decode_latency_ms") => same("tpot_ms"),
        (Kind::Serve, "tokens_per_s" | "tokens_per_s_per_accel") => (format!("output_{name}"), 1.0),
        (Kind::Serve, "latency_ms" | "e2e_latency_ms") => same("request_latency_ms"),
        (Kind::Serve, "e2e_latency_ms_mean") => same("request_latency_ms_mean"),
        (Kind::Serve, "tpot_ms_mean") => same("itl_ms_mean"),
        (Kind::Serve, "ttft_ms_median") => same("ttft_ms_p50"),
        (Kind::Memory, _) if !name.starts_with("train_") => memory(&name),
        (Kind::Prefill | Kind::Decode | Kind::Serve, _) if !name.contains("per_s") => {
            name.strip_suffix("_s").map_or_else(
                || same(&name),
                |stem| {
                    let (name, factor) = canonical(kind, &format!("{stem}_ms"));
                    (name, factor * 1e-3)
                },
            )
        }
        _ => same(&name),
    }
}

/// Bytes by their part; sizes in GB are those in GiB on another scale.
fn memory(name: &str) -> (String, f64) {
    let (base, accel) = name.strip_suffix("_per_accel").map_or((name, ""), |base| (base, "_per_accel"));
    let (stem, factor) = match (base.strip_suffix("_gb"), base.strip_suffix("_gib")) {
        (Some(stem), _) => (stem, GIB / 1e9),
        (_, Some(stem)) => (stem, 1.0),
        _ => return (name.to_owned(), 1.0),
    };
    match stem {
        "weights" | "kv_pool" | "activation_peak" => (format!("{stem}_gib_per_accel"), factor),
        "activations" => ("activation_peak_gib_per_accel".into(), factor),
        "infer_peak_mem" => ("infer_peak_mem_gib".into(), factor),
        _ => (format!("{stem}_gib{accel}"), factor),
    }
}

/// The metrics that rows of a kind can have, for a message.
pub fn of_kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Train => {
            "step_time_s, tokens_per_s[_per_accel], samples_per_s[_per_accel], model_tflops_per_accel, hw_tflops_per_accel, mfu_pct, hfu_pct"
        }
        Kind::Prefill => "ttft_ms, prefill_tokens_per_s[_per_accel]",
        Kind::Decode => "tpot_ms, itl_ms, tokens_per_s_per_user, decode_tokens_per_s[_per_accel]",
        Kind::Serve => {
            "request_latency_ms, output_tokens_per_s, total_tokens_per_s, requests_per_s (each also _per_accel), ttft_ms_mean, ttft_ms_p50, ttft_ms_p99, itl_ms_mean, request_latency_ms_mean"
        }
        Kind::Memory => {
            "weights_gib_per_accel, activation_peak_gib_per_accel, kv_pool_gib_per_accel, kv_pool_tokens, infer_peak_mem_gb, train_peak_mem_gib_per_accel, train_peak_mem_gb_per_accel"
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_and_other_words_reach_one_name() {
        for (kind, written, name, factor) in [
            (Kind::Train, "step_time_ms", "step_time_s", 1e3),
            (Kind::Train, "tokens_per_s_per_gpu", "tokens_per_s_per_accel", 1.0),
            (Kind::Train, "mfu", "mfu_pct", 0.01),
            (Kind::Serve, "ttft_s_mean", "ttft_s_mean", 1.0),
            (Kind::Serve, "request_latency_s", "request_latency_ms", 1e-3),
            (Kind::Serve, "tokens_per_s", "output_tokens_per_s", 1.0),
            (Kind::Decode, "decode_tokens_per_s", "decode_tokens_per_s", 1.0),
            (Kind::Memory, "kv_pool_tokens", "kv_pool_tokens", 1.0),
            (Kind::Memory, "train_peak_mem_gb_per_accel", "train_peak_mem_gb_per_accel", 1.0),
        ] {
            assert_eq!(canonical(kind, written), (name.to_owned(), factor), "{written}");
        }
        let (name, factor) = canonical(Kind::Memory, "weights_gb_per_gpu");
        assert_eq!(name, "weights_gib_per_accel");
        assert!((factor - 1.073_741_824).abs() < 1e-12);
    }
}
