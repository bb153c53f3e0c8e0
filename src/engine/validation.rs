//! Published measurements against the model: one row of a table to one prediction with its band.
//!
//! A row brings its own shapes, its division of the work and its batch; the registry adds what the row
//! leaves out: the accelerator's figures, and dimensions of models that it knows. What neither says is
//! assumed by the same rules as for a plan and listed in [`Prediction::assumed`]. No constant is ever
//! adjusted to a row.
//!
//! | room | what it holds |
//! | --- | --- |
//! | [`measurement`] | a row, typed |
//! | [`metrics`] | metrics by the names that tables give them |
//! | [`names`] | models by the names that tables give them |
//! | [`hardware`] | the accelerator that a row names |
//! | [`software`] | the stack that a row's source names, or the one assumed |
//! | [`formats`] | number formats as tables write them |
//! | [`notes`] | figures that tables keep in their notes |
//! | [`setup`] | row to the model's case |
//! | [`scores`] | errors by kind and source |

pub mod formats;
pub mod hardware;
pub mod measurement;
pub mod metrics;
pub mod names;
pub mod notes;
pub mod scores;
pub mod setup;
pub mod software;

pub use measurement::{Kind, Measurement};
pub use scores::{Scored, Summary};

use super::model::constants::Prediction as Class;
use super::model::inference::{self, Engine, Online};
use super::model::primitives::Rates;
use super::model::training::{Recompute, Training};
use super::model::{Case, GIB, memory, training};
use crate::registry::Registry;
use setup::Setup;

/// Which software a prediction assumes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum StackChoice {
    /// As the row's source names it.
    #[default]
    Known,
    /// As for a plan that names none.
    Default,
}

impl StackChoice {
    /// The name in options and output.
    pub fn name(self) -> &'static str {
        match self {
            StackChoice::Known => "known",
            StackChoice::Default => "default",
        }
    }
}

/// What the model says about a row, in the unit of the row's metric.
#[derive(Debug, Clone, PartialEq)]
pub struct Prediction {
    /// The figure.
    pub value: f64,
    /// Lower end of the band that 80 % of measurements should fall in.
    pub lower: f64,
    /// Upper end.
    pub upper: f64,
    /// Name of the stack whose constants were used.
    pub stack: &'static str,
    /// Whether the family's constants were fitted to measurements.
    pub fitted: bool,
    /// What neither the row nor the registry says.
    pub assumed: Vec<String>,
    /// Operations per step over the peak of all devices, s; for training rows. Over a step's time it is
    /// the share of peak that is used.
    pub ideal_s: Option<f64>,
    /// Seconds of a step, for training rows.
    pub step_s: Option<f64>,
}

/// Whether more of a metric means less time.
pub fn is_rate(metric: &str) -> bool {
    metric.contains("per_s")
        || metric.contains("tflops")
        || metric.starts_with("mfu")
        || metric.starts_with("hfu")
}

/// What the metric of a row is about; decides on its band.
fn class(row: &Measurement) -> Class {
    let metric = row.metric.as_str();
    match row.kind {
        _ if metric.starts_with("train_") => Class::TrainMemory,
        Kind::Train if row.n_experts.is_some() => Class::TrainMoe,
        Kind::Train => Class::TrainDense,
        Kind::Memory => Class::InferMemory,
        Kind::Decode => Class::Decode,
        Kind::Prefill => Class::Prefill,
        Kind::Serve if ["_mean", "_p50", "_p99"].iter().any(|end| metric.ends_with(end)) => {
            Class::ServeOnline
        }
        Kind::Serve if metric == "request_latency_ms" => Class::ServeRequest,
        Kind::Serve => Class::ServeOffline,
    }
}

/// Predicts a row, or says why it cannot be expressed.
pub fn predict(row: &Measurement, registry: &Registry, stack: StackChoice) -> Result<Prediction, String> {
    let (metric, factor) = metrics::canonical(row.kind, &row.metric);
    if metric != row.metric || factor != 1.0 {
        let row = Measurement { metric, ..row.clone() };
        let found = predict(&row, registry, stack)?;
        let (value, lower, upper) = (found.value * factor, found.lower * factor, found.upper * factor);
        return Ok(Prediction { value, lower, upper, ..found });
    }
    let setup = setup::of(row, registry, stack)?;
    let mut plan = None;
    let value = if row.trains() {
        let resolved = setup.training(row)?;
        plan = Some(resolved);
        if row.kind == Kind::Train {
            training_metric(row, &setup.case, &resolved)?
        } else {
            training_memory(row, &setup.case, &resolved)?
        }
    } else if row.kind == Kind::Memory {
        serving_memory(row, &setup)?
    } else {
        serving_metric(row, &setup)?
    };
    if !(value.is_finite() && value > 0.0) {
        return Err(format!("the row's figures give no {} above zero", row.metric));
    }
    let fitted = setup.case.device.family.constants().fitted;
    let (fast, slow) = class(row).band(stack == StackChoice::Known, fitted);
    let (low, high) = if is_rate(&row.metric) { (1.0 / slow, 1.0 / fast) } else { (fast, slow) };
    let timed = plan.filter(|_| row.kind == Kind::Train);
    Ok(Prediction {
        value,
        lower: value * low,
        upper: value * high,
        stack: setup.case.stack.name,
        fitted,
        ideal_s: timed.map(|plan| {
            setup.case.shape.training_flops(plan.global_batch, plan.sequence)
                / (setup.case.devices * setup.case.device.peak16)
        }),
        step_s: timed.map(|plan| training::step(&setup.case, &plan).total),
        assumed: setup.assumed,
    })
}

fn unknown_metric(row: &Measurement) -> String {
    let shown: String = row.metric.chars().take(48).collect();
    format!(
        "`{shown}` is not a metric of {} rows that the model has; these are: {}",
        row.kind.name(),
        metrics::of_kind(row.kind)
    )
}

/// Operations of a step as hardware counts them: with the recomputed forward pass.
fn hardware_flops(case: &Case, plan: &Training) -> f64 {
    let shape = &case.shape;
    let model = shape.training_flops(plan.global_batch, plan.sequence);
    if shape.mlp_matrices == 2.0 && !shape.is_moe() {
        // The Megatron formula always counts the recomputed pass.
        return 96.0
            * plan.global_batch
            * plan.sequence
            * shape.layers
            * shape.hidden
            * shape.hidden
            * (1.0
                + plan.sequence / (6.0 * shape.hidden)
                + shape.vocab / (16.0 * shape.layers * shape.hidden));
    }
    if plan.recompute == Recompute::Full { model * 4.0 / 3.0 } else { model }
}

fn training_metric(row: &Measurement, case: &Case, plan: &Training) -> Result<f64, String> {
    let step = training::step(case, plan).total;
    let per_device = 1.0 / (step * case.devices);
    let model = || case.shape.training_flops(plan.global_batch, plan.sequence) * per_device;
    let hardware = || hardware_flops(case, plan) * per_device;
    Ok(match row.metric.as_str() {
        "step_time_s" => step,
        "tokens_per_s_per_accel" => plan.global_batch * plan.sequence * per_device,
        "tokens_per_s" => plan.global_batch * plan.sequence / step,
        "samples_per_s_per_accel" => plan.global_batch * per_device,
        "samples_per_s" => plan.global_batch / step,
        "model_tflops_per_accel" => model() / 1e12,
        "hw_tflops_per_accel" => hardware() / 1e12,
        "mfu_pct" => 100.0 * model() / case.device.peak16,
        "hfu_pct" => 100.0 * hardware() / case.device.peak16,
        _ => return Err(unknown_metric(row)),
    })
}

fn training_memory(row: &Measurement, case: &Case, plan: &Training) -> Result<f64, String> {
    let bytes = memory::training(case, plan);
    // A measured peak cannot pass the card.
    let most = 0.97 * case.device.capacity;
    Ok(match row.metric.as_str() {
        // Frameworks report their allocator, device monitors everything.
        "train_peak_mem_gib_per_accel" => bytes.allocated.min(most) / GIB,
        "train_peak_mem_gb_per_accel" => bytes.total.min(most) / 1e9,
        _ => return Err(unknown_metric(row)),
    })
}

fn serving_memory(row: &Measurement, setup: &Setup) -> Result<f64, String> {
    let (case, serving) = (&setup.case, &setup.serving);
    let pool = || {
        memory::kv_pool(
            case,
            serving.chunk,
            serving.max_sequences,
            setup.noted.utilization.unwrap_or(0.90),
            setup.noted.usable_bytes,
        )
        .max(0.0)
    };
    let bytes = match row.metric.as_str() {
        "weights_gib_per_accel" => memory::weights_local(case),
        "activation_peak_gib_per_accel" => {
            memory::activation_peak(case, serving.chunk, serving.max_sequences)
        }
        "kv_pool_gib_per_accel" => pool(),
        "kv_pool_tokens" => return Ok(pool() / memory::kv_token_local(case, serving.kv_bytes)),
        "infer_peak_mem_gb" | "infer_peak_mem_gib" => {
            let batch = row.batch.unwrap_or(1.0);
            let prompt = row.input_len.unwrap_or(0.0);
            let held = prompt + row.output_len.unwrap_or(0.0);
            memory::serving(case, batch, held, prompt, batch * prompt, serving.kv_bytes).total()
        }
        _ => return Err(unknown_metric(row)),
    };
    Ok(bytes / if row.metric.ends_with("_gb") { 1e9 } else { GIB })
}

fn serving_metric(row: &Measurement, setup: &Setup) -> Result<f64, String> {
    let (case, serving) = (&setup.case, &setup.serving);
    let rates = Rates::of(case);
    // A batch is what all replicas hold together.
    let batch = (row.batch.unwrap_or(1.0) / setup.replicas).max(1.0);
    let prompt = || row.input_len.ok_or("the row has no input_len");
    let output = || row.output_len.ok_or("the row has no output_len");
    // A decode measured from an empty context has no prompt.
    let context = row.input_len.unwrap_or(0.0) + row.output_len.unwrap_or(0.0) / 2.0;
    let engine = Engine::new(case, &rates, serving);
    let prefill = |prompt| engine.prefill(batch, prompt, 0.0).total;
    let decode = |context| engine.decode(batch, context).total;
    let request = || -> Result<f64, String> {
        let (prompt, output) = (prompt()?, output()?);
        Ok(prefill(prompt) + (output - 1.0).max(0.0) * decode(prompt + output / 2.0))
    };
    let (metric, shared) = match row.metric.strip_suffix("_per_accel") {
        Some(metric) => (metric, case.devices),
        None => (row.metric.as_str(), 1.0),
    };
    let all = setup.replicas / shared;
    Ok(match metric {
        "ttft_ms" => prefill(prompt()?) * 1e3,
        "prefill_tokens_per_s" => batch * prompt()? / prefill(prompt()?) * all,
        "tpot_ms" | "itl_ms" => decode(context) * 1e3,
        "decode_tokens_per_s" => batch / decode(context) * all,
        "tokens_per_s_per_user" => 1.0 / decode(context),
        "request_latency_ms" => request()? * 1e3,
        "output_tokens_per_s" | "total_tokens_per_s" | "requests_per_s" => {
            let (prompt, output) = (prompt()?, output()?);
            let per_s = if row.batch.is_some() {
                batch * output / request()?
            } else {
                inference::offline(case, &rates, serving, prompt, output).tokens_per_s
            };
            let of_request = match metric {
                "output_tokens_per_s" => output,
                "total_tokens_per_s" => prompt + output,
                _ => 1.0,
            };
            per_s / output.max(1.0) * of_request * all
        }
        "ttft_ms_mean" | "ttft_ms_p50" | "ttft_ms_p99" | "itl_ms_mean" | "request_latency_ms_mean" => {
            let (prompt, output) = (prompt()?, output()?);
            let under = |rate| inference::online(case, &rates, serving, prompt, output, 0.0, rate);
            let load = match (setup.noted.requests_per_s, row.batch) {
                (Some(rate), _) => under(rate / setup.replicas),
                (None, Some(_)) => closed_loop(under, batch, output),
                (None, None) => {
                    return Err("the notes state no offered load and the row no batch".to_owned());
                }
            };
            1e3 * match metric {
                "ttft_ms_mean" => load.ttft_s,
                "ttft_ms_p50" => load.ttft_quantile_s(0.5),
                "ttft_ms_p99" => load.ttft_quantile_s(0.99),
                "itl_ms_mean" => load.itl_s,
                _ => load.ttft_s + (output - 1.0).max(0.0) * load.itl_s,
            }
        }
        _ => return Err(unknown_metric(row)),
    })
}

/// A server whose callers send the next request when one is answered: the load at which, by Little's law,
/// as many requests are under way as there are callers.
fn closed_loop(under: impl Fn(f64) -> Online, callers: f64, output: f64) -> Online {
    let rate = |load: &Online| callers / (load.ttft_s + output * load.itl_s);
    let mut offered = rate(&under(0.0));
    for _ in 0..24 {
        offered = f64::midpoint(offered, rate(&under(offered)));
    }
    under(offered)
}

#[cfg(test)]
mod tests {
    use super::measurement::tests::row;
    use super::*;

    fn predicted(cells: &[(&str, &str)]) -> Result<Prediction, String> {
        let shared = [
            ("model", "Llama3_8B"),
            ("hardware", "H100-SXM-80GB"),
            ("precision", "bf16"),
            ("source", "vLLM"),
        ];
        let cells: Vec<_> = cells.iter().chain(&shared).copied().collect();
        predict(&row(&cells)?, &Registry::builtin(), StackChoice::Known)
    }

    const LOADED: [(&str, &str); 4] =
        [("kind", "serve"), ("metric", "itl_ms_mean"), ("input_len", "1000"), ("output_len", "500")];

    #[test]
    fn a_server_under_load_slows_with_requests_and_with_callers() {
        let with = |cell| {
            let mut cells = LOADED.to_vec();
            cells.push(cell);
            predicted(&cells).unwrap().value
        };
        let (idle, loaded) =
            (with(("notes", "offered load 0.1 requests/s")), with(("notes", "offered load 8 requests/s")));
        assert!(loaded > 1.1 * idle, "{idle} {loaded}");
        let (one, many) = (with(("batch", "1")), with(("batch", "64")));
        assert!(many > 1.1 * one && one < loaded, "{one} {many}");
        assert!(predicted(&LOADED).unwrap_err().contains("no offered load"));
    }

    #[test]
    fn rates_and_times_tell_the_same() {
        let decode = |metric| {
            predicted(&[("kind", "decode"), ("metric", metric), ("output_len", "256"), ("batch", "8")])
                .unwrap()
        };
        let (time, rate) = (decode("tpot_ms"), decode("decode_tokens_per_s"));
        assert!((8e3 / time.value - rate.value).abs() < 1e-9 * rate.value);
        assert!((8e3 / time.upper - rate.lower).abs() < 1e-9 * rate.lower);
    }

    #[test]
    fn replicas_share_the_batch_and_add_their_rates() {
        let with = |devices, batch| {
            let cells = [
                ("kind", "decode"),
                ("metric", "decode_tokens_per_s"),
                ("output_len", "256"),
                ("tp", "1"),
                ("n_accel", devices),
                ("batch", batch),
            ];
            predicted(&cells).unwrap().value
        };
        assert!((with("4", "64") - 4.0 * with("1", "16")).abs() < 1e-6);
    }

    #[test]
    fn releases_of_an_engine_with_fewer_sequences_profile_less_memory() {
        let peak = |source| {
            let row = row(&[
                ("kind", "memory"),
                ("metric", "activation_peak_gib_per_accel"),
                ("model", "Llama3_8B"),
                ("hardware", "H100"),
                ("source", source),
            ]);
            predict(&row.unwrap(), &Registry::builtin(), StackChoice::Known).unwrap().value
        };
        assert!((peak("vLLM v0.11 logs") / peak("vLLM v0.6.4 logs") - 4.0).abs() < 1e-9);
    }
}
