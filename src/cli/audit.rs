//! `audit`: this machine against the registry, and how a model would run on it.

pub mod detect;
pub mod identify;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::args::{AuditArgs, Global, Output};
use super::eval;
use super::input::{self, Session};
use super::out::{self, Outcome, Paint, Tone, clean};
use crate::engine::report::{Bottleneck, Report};
use crate::metrics::Lens;
use crate::registry::{Accelerator, Entry};
use crate::render::numbers::{bytes, number};
use crate::render::{markdown, text};
use detect::{Found, Machine};

/// An accelerator of this machine, and what the registry knows it as.
#[derive(Debug, Clone)]
pub struct Device {
    /// As the system says.
    pub found: Found,
    /// How many of it there are.
    pub count: usize,
    /// The registry's entry, or the nearest names.
    pub known: Result<Arc<Entry<Accelerator>>, Vec<String>>,
}

/// Runs the command.
pub fn run(args: &AuditArgs, global: &Global) -> Outcome {
    super::allow(global.output, "audit", &[Output::Text, Output::Json, Output::Markdown])?;
    let session = Session::open(global);
    let machine = detect::detect(&detect::System);
    let devices = devices(&machine, &session);
    let runs_on = devices.iter().find_map(|device| device.known.as_ref().ok());
    let mut code = 0;
    let mut estimate = None;
    if let Some(model) = &args.workload {
        if let Some(entry) = runs_on {
            let source = eval::quick(model, &entry.id);
            let (reading, report) = session.evaluate(&source);
            let Some(report) = report.filter(|report| report.error.is_none()) else {
                return input::refuse(&source, &reading.diagnostics, global);
            };
            let baseline = session.evaluate(&eval::quick(model, "H100")).1;
            code = report.status.exit_code();
            estimate = Some((model.as_str(), report, baseline));
        } else {
            // The name is still worth checking.
            let source = eval::quick(model, "H100");
            let reading = session.read(&source);
            if reading.plan.is_none() {
                return input::refuse(&source, &reading.diagnostics, global);
            }
            code = 1;
        }
    }
    let advice = advice(&machine, &devices, args.workload.as_deref());
    if global.output == Output::Json {
        out::json(&answer(&machine, &devices, args.workload.as_deref(), estimate.as_ref(), &advice))?;
        return Ok(code);
    }
    let mut rows = machine_rows(&machine, &devices);
    if let Some((model, report, baseline)) = &estimate {
        rows.extend(estimate_rows(model, report, baseline.as_ref()));
    }
    print(&rows, &advice, global)?;
    Ok(code)
}

/// The accelerators, equal ones counted.
pub fn devices(machine: &Machine, session: &Session) -> Vec<Device> {
    let physics = session.physics.unwrap_or_default();
    let mut devices: Vec<Device> = Vec::new();
    for found in &machine.accelerators {
        match devices.iter_mut().find(|device| device.found == *found) {
            Some(device) => device.count += 1,
            None => devices.push(Device {
                found: found.clone(),
                count: 1,
                known: identify::identify(found, &session.registry, physics),
            }),
        }
    }
    devices
}

/// What to do where the machine cannot be evaluated.
pub fn advice(machine: &Machine, devices: &[Device], model: Option<&str>) -> Vec<String> {
    let mut lines = machine.notes.clone();
    let model = model.unwrap_or("Llama3_8B");
    if devices.is_empty() {
        lines.push(
            "no accelerator was found on this machine: the system tells of no NVIDIA, AMD or Apple device"
                .into(),
        );
        lines.push(format!(
            "to evaluate for another machine, run `mlsysim-tui eval {model} H100`; `mlsysim-tui zoo hardware` lists what is known"
        ));
    }
    for device in devices {
        match &device.known {
            Err(nearest) => {
                let near = if nearest.is_empty() {
                    String::new()
                } else {
                    format!("; the nearest names are {}", nearest.join(", "))
                };
                lines.push(format!("the registry does not know {}{near}", device.found.name));
                lines.push("describe it in a registry file of your own (`mlsysim-tui schema -t hardware`), or evaluate for an entry by name".into());
            }
            Ok(entry) => {
                if device.count > 1 {
                    lines.push(format!(
                        "there are {} of them; for all, write a plan with hardware.accelerators: {}",
                        device.count, device.count
                    ));
                }
                if let Some(memory) = device
                    .found
                    .memory_bytes
                    .or(machine.memory_bytes.filter(|_| device.found.told_by == "sysctl"))
                    && (memory / entry.facts.memory_bytes - 1.0).abs() > 0.1
                {
                    lines.push(format!(
                        "{} is evaluated with the registry's {}; this one has {}",
                        entry.id,
                        bytes(entry.facts.memory_bytes),
                        bytes(memory)
                    ));
                }
            }
        }
    }
    lines
}

type Row = (String, String, Tone);

fn machine_rows(machine: &Machine, devices: &[Device]) -> Vec<Row> {
    let unknown = || "not told by the system".to_string();
    let processor = match (&machine.processor, machine.threads) {
        (Some(name), Some(threads)) => format!("{name}, {threads} logical processors"),
        (Some(name), None) => name.clone(),
        (None, Some(threads)) => format!("{threads} logical processors; the model is {}", unknown()),
        (None, None) => unknown(),
    };
    let mut rows = vec![
        ("system".to_string(), machine.os.clone(), Tone::Plain),
        ("processor".into(), processor, Tone::Plain),
        ("memory".into(), machine.memory_bytes.map_or_else(unknown, bytes), Tone::Plain),
    ];
    if devices.is_empty() {
        rows.push(("accelerator".into(), "none found".into(), Tone::Warn));
    }
    for device in devices {
        let count = if device.count > 1 { format!("{} × ", device.count) } else { String::new() };
        let memory =
            device.found.memory_bytes.map(|memory| format!(", {}", bytes(memory))).unwrap_or_default();
        rows.push((
            "accelerator".into(),
            format!("{count}{}{memory} (from {})", device.found.name, device.found.told_by),
            Tone::Plain,
        ));
        rows.push(match &device.known {
            Ok(entry) => ("in the registry".into(), format!("{} ({})", entry.id, entry.name), Tone::Good),
            Err(_) => ("in the registry".into(), "unknown".into(), Tone::Warn),
        });
    }
    rows
}

fn relative(report: &Report, baseline: Option<&Report>) -> Option<f64> {
    let latency = |report: &Report| report.metric(Lens::Performance, "latency");
    Some(latency(baseline?)? / latency(report)?).filter(|ratio| ratio.is_finite())
}

fn estimate_rows(model: &str, report: &Report, baseline: Option<&Report>) -> Vec<Row> {
    let figure = |key: &str| report.metric(Lens::Performance, key).map(number);
    let mut rows = vec![
        ("model".to_string(), model.to_string(), Tone::Plain),
        (
            "fits".into(),
            format!("{}: {}", report.feasibility.status.name(), report.feasibility.summary),
            crate::render::document::lens_tone(report.feasibility.status),
        ),
    ];
    if let Some(latency) = figure("latency") {
        rows.push(("latency".into(), format!("{latency} ms"), Tone::Plain));
    }
    if let Some(rate) = figure("throughput") {
        rows.push(("throughput".into(), format!("{rate} /s"), Tone::Plain));
    }
    if let Some(ratio) = relative(report, baseline) {
        rows.push(("against an H100".into(), format!("{} times its speed", number(ratio)), Tone::Plain));
    }
    rows.push(("physics".into(), report.physics.name().into(), Tone::Quiet));
    rows
}

/// The reference's keys, and what it leaves open.
fn answer(
    machine: &Machine,
    devices: &[Device],
    model: Option<&str>,
    estimate: Option<&(&str, Report, Option<Report>)>,
    advice: &[String],
) -> Value {
    let listed: Vec<Value> = devices
        .iter()
        .map(|device| {
            json!({
                "name": device.found.name,
                "count": device.count,
                "memory_bytes": device.found.memory_bytes,
                "told_by": device.found.told_by,
                "registry_id": device.known.as_ref().ok().map(|entry| entry.id.as_str()),
                "nearest": device.known.as_ref().err(),
            })
        })
        .collect();
    let first = devices.first();
    let reference = devices.iter().find_map(|device| device.known.as_ref().ok());
    let mut object = Map::new();
    let mut put = |key: &str, value: Value| {
        object.insert(key.into(), value);
    };
    put("workload", json!(model));
    put(
        "environment",
        json!({
            "os": machine.os,
            "processor": machine.processor,
            "logical_processors": machine.threads,
            "memory_bytes": machine.memory_bytes,
            "accelerator": first.map(|device| device.found.name.as_str()),
            "type": first.map_or("none", |device| if device.known.is_ok() { "known" } else { "unknown" }),
            "accelerators": listed,
        }),
    );
    put("reference_hardware", json!(reference.map(|entry| entry.name.as_str())));
    let report = estimate.map(|(_, report, _)| report);
    let metric = |key: &str| report.and_then(|report| report.metric(Lens::Performance, key));
    put("estimated_latency_ms", json!(metric("latency")));
    put("estimated_throughput", json!(metric("throughput")));
    put("bottleneck", json!(report.and_then(|report| report.bottleneck).map(Bottleneck::name)));
    put(
        "h100_relative_speed",
        json!(estimate.and_then(|(_, report, baseline)| relative(report, baseline.as_ref()))),
    );
    put("status", json!(report.map(|report| report.status.name())));
    put("physics", json!(report.map(|report| report.physics.name())));
    put("advice", json!(advice));
    Value::Object(object)
}

fn print(rows: &[Row], advice: &[String], global: &Global) -> Result<(), out::Failure> {
    if global.output == Output::Markdown {
        let cells: Vec<Vec<String>> =
            rows.iter().map(|(label, value, _)| vec![label.clone(), value.clone()]).collect();
        let mut answer = String::from("# This machine\n\n");
        markdown::table(&mut answer, &["", "found"], &cells);
        for line in advice {
            answer.push_str(&format!("- {}\n", markdown::escape(line)));
        }
        out::payload(answer.trim_end())?;
        return Ok(());
    }
    let paint = Paint { color: out::wants_color(global.color, &std::io::stdout()) };
    let mut answer = format!("{}\n", paint.tone(Tone::Strong, "This machine"));
    let width = text::widest(rows.iter().map(|(label, ..)| label.as_str()));
    for (label, value, tone) in rows {
        answer.push_str(&format!(
            "  {}  {}\n",
            paint.tone(Tone::Quiet, &out::pad(label, width)),
            paint.tone(*tone, &clean(value))
        ));
    }
    if !advice.is_empty() {
        answer.push('\n');
    }
    for line in advice {
        answer.push_str(&format!("  - {}\n", clean(line)));
    }
    out::payload(&answer)?;
    Ok(())
}
