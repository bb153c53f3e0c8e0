//! `serve`: one model on one accelerator as a server, in the numbers of mlsysim 0.3.0.
//!
//! Scripts written for `mlsysim serve` find the same arguments and the same JSON keys here. The
//! corrected physics is reached through a plan.

use serde_json::{Map, Value, json};

use super::args::{Global, Output, PhysicsArg, ServeArgs};
use super::input::Session;
use super::out::{self, Failure, Outcome, Paint, Tone, clean};
use super::solve;
use crate::render::{markdown, numbers::number};

/// Runs the command. What does not fit is answered in full and exits 2, where the reference exits 0.
pub fn run(args: &ServeArgs, global: &Global) -> Outcome {
    super::allow(global.output, "serve", &[Output::Text, Output::Json, Output::Markdown])?;
    if global.physics == Some(PhysicsArg::Studio) {
        return Err(Failure::bad_input(
            "serve gives the numbers of mlsysim 0.3.0; for studio physics evaluate a plan with `mode: serve`",
        ));
    }
    let session = Session::open(global);
    let mut inputs = Map::new();
    inputs.insert("model".into(), args.model.as_str().into());
    inputs.insert("hardware".into(), args.hardware.as_str().into());
    inputs.insert("seq_len".into(), args.seq_len.into());
    inputs.insert("batch_size".into(), args.batch_size.into());
    inputs.insert("precision".into(), args.precision.as_str().into());
    inputs.insert("efficiency".into(), args.efficiency.into());
    if let Some(chunk) = args.prefill_chunk_tokens {
        inputs.insert("prefill_chunk_tokens".into(), chunk.into());
    }
    match solve::solve("ServingModel", &inputs, &session.registry) {
        Ok(found) => {
            print(&answer(args, &found), global)?;
            // Physics says no, as it does to a plan.
            Ok(if found.get("feasible") == Some(&Value::Bool(false)) { 2 } else { 0 })
        }
        Err(error) => solve::refuse(&error, global),
    }
}

/// The reference's keys and units, and which physics they come from.
fn answer(args: &ServeArgs, found: &Value) -> Value {
    let figure = |key: &str| found.get(key).and_then(Value::as_f64);
    let itl_s = figure("itl_s").unwrap_or(0.0);
    let rate = if itl_s > 0.0 { args.batch_size as f64 / itl_s } else { 0.0 };
    let mut object = Map::new();
    let mut put = |key: &str, value: Value| {
        object.insert(key.into(), value);
    };
    put("model", args.model.as_str().into());
    put("hardware", args.hardware.as_str().into());
    put("seq_len", args.seq_len.into());
    put("batch_size", args.batch_size.into());
    put("precision", args.precision.as_str().into());
    put("efficiency", args.efficiency.into());
    put("feasible", found.get("feasible").cloned().unwrap_or(Value::Null));
    put("ttft_ms", json!(figure("ttft_s").map(|seconds| seconds * 1e3)));
    put("itl_ms", json!(itl_s * 1e3));
    put("tokens_per_sec", json!(rounded(rate, 1)));
    put("kv_cache_gb", json!(figure("kv_cache_size_bytes").map(|bytes| bytes / 1e9)));
    put("memory_utilization", json!(figure("memory_utilization").map(|share| rounded(share, 3))));
    if args.prefill_chunk_tokens.is_some() {
        put("prefill_chunks", found.get("prefill_chunks").cloned().unwrap_or(Value::Null));
        put("prefill_chunk_time_ms", json!(figure("prefill_chunk_time_s").map(|seconds| seconds * 1e3)));
        put("decode_stall_bound_ms", json!(figure("decode_stall_bound_s").map(|seconds| seconds * 1e3)));
    }
    put("physics", "mlsysim".into());
    Value::Object(object)
}

/// Rounded to decimals as the reference rounds: by the exact value, ties to even.
fn rounded(value: f64, decimals: usize) -> f64 {
    format!("{value:.decimals$}").parse().unwrap_or(value)
}

fn print(answer: &Value, global: &Global) -> Result<(), Failure> {
    let rows: Vec<Vec<String>> = answer
        .as_object()
        .into_iter()
        .flatten()
        .map(|(key, value)| {
            let shown = match value {
                Value::Number(figure) => figure.as_f64().map_or_else(String::new, number),
                Value::String(text) => clean(text).into_owned(),
                Value::Bool(true) => "yes".into(),
                Value::Bool(false) => "no".into(),
                other => other.to_string(),
            };
            vec![key.clone(), shown]
        })
        .collect();
    match global.output {
        Output::Json => out::json(answer)?,
        Output::Markdown => {
            let mut table = String::new();
            markdown::table(&mut table, &["result", "value"], &rows);
            out::payload(table.trim_end())?;
        }
        _ => {
            let paint = Paint { color: out::wants_color(global.color, &std::io::stdout()) };
            let width = rows.iter().map(|row| row[0].len()).max().unwrap_or(0);
            let lines: Vec<String> = rows
                .iter()
                .map(|row| format!("{}  {}", paint.tone(Tone::Quiet, &out::pad(&row[0], width)), row[1]))
                .collect();
            out::payload(&lines.join("\n"))?;
        }
    }
    Ok(())
}
