//! Where a metric of a report comes from: its equation, the values put in, and the sources of both.

mod fit;
mod money;
mod pass;
mod serve;
pub mod step;
mod train;
pub mod tree;

#[cfg(test)]
mod tests;

use super::format;
use super::report::{Part, Report};
use crate::metrics::{Lens, Metric};
use crate::plan::{Acquisition, Plan};
use crate::registry::Source;

/// A metric, opened.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Explanation {
    /// How it is computed, in words and signs.
    pub equation: String,
    /// What was put in: name, and value with unit.
    pub values: Vec<(String, String)>,
    /// Where the values come from, each with the date on which it was checked.
    pub sources: Vec<String>,
}

/// Facts of the registry that a metric rests on.
#[derive(Clone, Copy)]
enum Fact {
    Memory,
    Bandwidth,
    Peak,
    Power,
    Price,
    Rent,
    Model,
    Grid,
    Electricity,
}

/// Opens a metric of a plan's report: the first two layers of its derivation.
pub fn metric(metric: &Metric, plan: &Plan, report: &Report) -> Explanation {
    let told = told(metric, plan, report);
    let Some(tree) = tree::metric(metric, plan, report).filter(|tree| !tree.equation.is_empty()) else {
        return told;
    };
    let mut values: Vec<(String, String)> = Vec::new();
    for (depth, step) in tree.walk() {
        let new = !values.iter().any(|(name, _)| *name == step.name);
        if (1..=2).contains(&depth) && new {
            values.push((step.name.clone(), step.value.clone()));
        }
    }
    let equation = match tree.rule {
        // The words say what the sum is.
        step::Rule::Equation => told.equation,
        _ => tree.equation,
    };
    Explanation { equation, values, sources: told.sources }
}

/// A metric in words, with the values that the report itself carries.
fn told(metric: &Metric, plan: &Plan, report: &Report) -> Explanation {
    let mut explanation = match metric.lens {
        Lens::Feasibility => memory(metric.key, plan, report),
        Lens::Performance => speed(metric.key, plan, report),
        Lens::Macro => money(metric.key, plan, report),
    };
    for number in walls(metric.key) {
        let wall = report.walls.iter().find(|wall| wall.number == *number);
        let unpriced = matches!(metric.key, "capex" | "maintenance_usd");
        for source in wall.map(|wall| wall.sources.as_slice()).unwrap_or_default() {
            let said = explanation.sources.iter().any(|known| known.contains(document_of(source)));
            let beside = unpriced && source.starts_with("electricity: ");
            if !(said || beside) {
                explanation.sources.push(source.clone());
            }
        }
    }
    explanation
}

/// The document that a wall's source names: without whose figures it holds and when it was checked.
fn document_of(source: &str) -> &str {
    let document = source.split(" (checked ").next().unwrap_or(source);
    document.split_once(": ").map_or(document, |(_, document)| document)
}

/// Walls whose equations a metric uses.
fn walls(key: &str) -> &'static [u8] {
    match key {
        "memory_used_gb" | "memory_utilization" => &[2],
        "ttft_ms" | "itl_ms" | "request_latency_ms" | "output_tokens_per_s" | "max_concurrency" => &[4],
        "comm_overhead" | "scaling_efficiency" | "step_latency" | "fleet_throughput" => &[14],
        "latency" | "throughput" | "mfu" | "node_mfu" | "hfu" => &[1],
        "carbon_footprint" | "energy_kwh" | "water_liters" | "g_co2_per_million_tokens" => &[18],
        "tco_usd"
        | "annual_tco_usd"
        | "capex"
        | "maintenance_usd"
        | "energy_cost"
        | "usd_per_million_tokens" => &[17],
        _ => &[],
    }
}

fn cited(subject: &str, what: &str, source: &Source) -> String {
    let title = if source.title.is_empty() { &source.kind } else { &source.title };
    let title = if title.is_empty() { "no source recorded" } else { title };
    let date = if source.date.is_empty() { String::new() } else { format!(" ({})", source.date) };
    format!("{subject}, {what}: {title}{date}")
}

fn sources(plan: &Plan, report: &Report, facts: &[Fact]) -> Vec<String> {
    let device = &plan.hardware.accelerator;
    let model = &plan.workload.model;
    let grid = plan.ops.as_ref().and_then(|ops| ops.region.as_ref());
    let of = |what: &str, field: &str| Some(cited(&device.id, what, device.source_of(field)));
    let found: Vec<String> = facts
        .iter()
        .filter_map(|fact| match fact {
            Fact::Memory => of("memory", "memory_bytes"),
            Fact::Bandwidth => of("memory bandwidth", "memory_bytes_per_s"),
            Fact::Peak => {
                let field = format!("precision_flop_per_s.{}", plan.hardware.precision);
                let own = device.field_sources.contains_key(&field);
                of("peak", if own { &field } else { "peak_flop_per_s" })
            }
            Fact::Power => of("power", "tdp_w"),
            Fact::Price => of("price", "unit_cost_usd"),
            Fact::Rent => of("rent", "rent_usd_per_accelerator_hour"),
            Fact::Model => Some(cited(&model.id, "shape", &model.source)),
            Fact::Grid => {
                grid.map(|grid| cited(&grid.id, "carbon, PUE and water", grid.source_of("carbon_g_per_kwh")))
            }
            Fact::Electricity => {
                report.tco.as_ref().map(|tco| format!("electricity price: {}", tco.electricity_source))
            }
        })
        .collect();
    once_each(found)
}

/// `H100, peak: DOCUMENT` and `H100, memory: DOCUMENT` as `H100, peak and memory: DOCUMENT`.
fn once_each(found: Vec<String>) -> Vec<String> {
    let mut all: Vec<(String, Vec<String>, String)> = Vec::new();
    for source in found {
        let (head, document) = source.split_once(": ").unwrap_or((&source, ""));
        let (subject, fact) = head.split_once(", ").unwrap_or((head, ""));
        match all.iter_mut().find(|one| one.0 == subject && one.2 == document) {
            Some(one) if !one.1.iter().any(|known| known == fact) => one.1.push(fact.to_owned()),
            Some(_) => {}
            None => all.push((subject.to_owned(), vec![fact.to_owned()], document.to_owned())),
        }
    }
    let join = |facts: &[String]| match facts {
        [facts @ .., last] if !facts.is_empty() => format!("{} and {last}", facts.join(", ")),
        facts => facts.join(", "),
    };
    all.into_iter()
        .map(|(subject, facts, document)| match (join(&facts), document) {
            (facts, _) if facts.is_empty() && subject.is_empty() => String::new(),
            (facts, document) if facts.is_empty() => {
                if document.is_empty() {
                    subject
                } else {
                    format!("{subject}: {document}")
                }
            }
            (facts, document) if document.is_empty() => format!("{subject}, {facts}"),
            (facts, document) => format!("{subject}, {facts}: {document}"),
        })
        .collect()
}

fn written(parts: &[Part], show: impl Fn(f64) -> String) -> Vec<(String, String)> {
    parts.iter().map(|part| (part.label.to_owned(), show(part.value))).collect()
}

fn memory(key: &str, plan: &Plan, report: &Report) -> Explanation {
    let fit = report.memory.as_ref();
    let mut values = fit.map(|fit| written(&fit.parts, format::bytes)).unwrap_or_default();
    if let Some(fit) = fit {
        if key == "memory_capacity_gb" {
            values.clear();
        } else {
            values.push(("used".into(), format::bytes(fit.used_bytes)));
        }
        values.push(("capacity".into(), format::bytes(fit.capacity_bytes)));
    }
    let (equation, facts): (_, &[Fact]) = match key {
        "memory_capacity_gb" => ("memory of one accelerator", &[Fact::Memory]),
        "memory_utilization" => ("used / capacity", &[Fact::Model, Fact::Memory]),
        _ => ("the sum of the parts on one accelerator", &[Fact::Model, Fact::Memory]),
    };
    Explanation { equation: equation.to_owned(), values, sources: sources(plan, report, facts) }
}

/// A figure of the report as a value to put in.
fn figure(report: &Report, lens: Lens, key: &str, unit: &str) -> Option<String> {
    report.metric(lens, key).map(|value| format!("{} {unit}", format::figure(value)).trim_end().to_owned())
}

fn speed(key: &str, plan: &Plan, report: &Report) -> Explanation {
    let mut values: Vec<(String, String)> = Vec::new();
    let get = |key: &str| report.metric(Lens::Performance, key);
    let batch = plan.workload.batch_size;
    let mut add = |name: &'static str, value: Option<String>| {
        if let Some(value) = value {
            values.push((name.to_owned(), value));
        }
    };
    let show = |key: &str, unit: &str| figure(report, Lens::Performance, key, unit);
    let step = || report.timeline.as_ref().map(|timeline| format::seconds(timeline.total_s));
    let count = |value: u64| Some(format::grouped(value as f64));
    let timeline = matches!(key, "latency" | "step_latency" | "comm_overhead" | "itl_ms");
    let mut facts: &[Fact] = &[Fact::Model, Fact::Peak, Fact::Bandwidth];
    let equation = match key {
        "latency" | "step_latency" => {
            "the longer of compute and memory where they overlap, plus communication, pipeline bubble and overhead"
        }
        "comm_overhead" => "the collectives of one step one after the other: tensor, pipeline, expert, data",
        "throughput" => {
            let one = get("latency").zip(get("throughput")).map(|(latency, rate)| latency * rate / 1e3);
            add("latency", show("latency", "ms"));
            if one.is_some_and(|units| (units - batch as f64).abs() < 1e-6 * units.max(1.0)) {
                add("batch", count(batch));
                "batch / latency"
            } else {
                "1 / latency"
            }
        }
        "fleet_throughput" => {
            add("batch", count(batch));
            add("step", step());
            "batch / step time"
        }
        "mfu" | "node_mfu" | "hfu" => {
            add("step", step());
            add("batch", count(batch));
            add("accelerators", count(plan.hardware.accelerators));
            add("peak", Some(format::flop_per_s(plan.hardware.accelerator.facts.peak_flop_per_s)));
            match key {
                "mfu" => "model FLOP of the batch / (step time × accelerators × peak)",
                "hfu" => {
                    add("MFU", get("mfu").map(format::percent));
                    "MFU × executed FLOP / model FLOP; recomputation is executed, not model"
                }
                _ => "model FLOP / (replica time × peak), the step without communication and bubble",
            }
        }
        "scaling_efficiency" => {
            add("step", step());
            add("communication", show("comm_overhead", "ms"));
            "(step − exposed communication − bubble) / step"
        }
        "ttft_ms" => {
            add(
                "prompt tokens",
                plan.workload
                    .serve
                    .as_ref()
                    .and_then(|serve| serve.prompt_tokens)
                    .map_or(Some(format!("from seq_len {}", plan.workload.seq_len)), count),
            );
            "time to prefill the prompt of one request, plus its share of the queue where a rate is given"
        }
        "itl_ms" => {
            add("concurrent sequences", count(batch));
            "one decode step of the batch: the longer of compute and memory, plus communication and overhead"
        }
        "request_latency_ms" => {
            add("TTFT", show("ttft_ms", "ms"));
            add("ITL", show("itl_ms", "ms"));
            "TTFT + (output tokens − 1) × ITL"
        }
        "output_tokens_per_s" => {
            add("concurrent sequences", count(batch));
            add("TTFT", show("ttft_ms", "ms"));
            add("ITL", show("itl_ms", "ms"));
            "batch × output tokens / (prefill of the batch + (output tokens − 1) × ITL), at most the requests that arrive"
        }
        "max_concurrency" => {
            facts = &[Fact::Model, Fact::Memory];
            if let Some(fit) = &report.memory {
                for part in fit.parts.iter().filter(|part| part.key != "activations") {
                    add(part.label, Some(format::bytes(part.value)));
                }
                add("capacity", Some(format::bytes(fit.capacity_bytes)));
            }
            add("concurrent sequences now", count(batch));
            "(capacity − weights − reserve) / (KV cache and buffers of one sequence), for all replicas"
        }
        "tokens_per_s" => {
            add("samples/s", show("fleet_throughput", "").or_else(|| show("throughput", "")));
            add("tokens of a sequence", count(plan.workload.seq_len));
            "samples/s × tokens of a sequence"
        }
        "time_to_train_days" => {
            let tokens = plan.workload.train.as_ref().and_then(|train| train.tokens);
            add("tokens", tokens.map(|tokens| format!("{tokens:e}")));
            add("tokens/s", show("tokens_per_s", ""));
            "tokens / (tokens/s × 86,400 s)"
        }
        _ => "see the walls below",
    };
    if timeline && let Some(timeline) = &report.timeline {
        values.extend(written(&timeline.segments, format::seconds));
        values.push(("step".into(), format::seconds(timeline.total_s)));
    }
    if plan.hardware.efficiency.is_some() {
        values.push((
            "stated efficiency".into(),
            format::percent(plan.hardware.efficiency.unwrap_or_default()),
        ));
    }
    Explanation { equation: equation.to_owned(), values, sources: sources(plan, report, facts) }
}

fn money(key: &str, plan: &Plan, report: &Report) -> Explanation {
    let mut values: Vec<(String, String)> = Vec::new();
    let mut add = |name: &'static str, value: Option<String>| {
        if let Some(value) = value {
            values.push((name.to_owned(), value));
        }
    };
    let (tco, carbon) = (report.tco.as_ref(), report.carbon.as_ref());
    let days = tco.map(|tco| format!("{} days", format::figure(tco.duration_days)));
    let kwh = |value: f64| format!("{} kWh", format::figure(value));
    let usd = money::usd;
    let facility = carbon.map(|carbon| kwh(carbon.facility_energy_kwh));
    let electricity = tco.map(|tco| format!("${}/kWh", format::figure(tco.electricity_usd_per_kwh)));
    let intensity = carbon.map(|carbon| format!("{} g CO2e/kWh", format::figure(carbon.grid_g_per_kwh)));
    let device = &plan.hardware.accelerator.facts;
    let count = format::grouped(plan.hardware.accelerators as f64);
    let rented = plan.ops.as_ref().is_some_and(|ops| ops.acquisition == Acquisition::Rent);
    let energy: &[Fact] = &[Fact::Power, Fact::Grid];
    let all: &[Fact] = if rented {
        &[Fact::Rent, Fact::Grid]
    } else {
        &[Fact::Price, Fact::Power, Fact::Grid, Fact::Electricity]
    };
    let tokens = report
        .metric(Lens::Performance, "output_tokens_per_s")
        .or_else(|| report.metric(Lens::Performance, "tokens_per_s"))
        .map(|rate| format!("{} tokens/s", format::figure(rate)));
    let (equation, facts) = match key {
        "tco_usd" => {
            if let Some(tco) = tco {
                for part in &tco.terms {
                    add(part.label, Some(usd(part.value)));
                }
            }
            add("duration", days);
            ("the sum of the terms over the duration", all)
        }
        "annual_tco_usd" => {
            add("TCO", tco.map(|tco| usd(tco.total_usd)));
            add("duration", days);
            ("TCO × 365 / days", all)
        }
        "capex" | "maintenance_usd" => {
            add("price of one accelerator", device.unit_cost_usd.map(usd));
            add("accelerators", Some(count));
            add(
                "infrastructure multiplier",
                plan.ops.as_ref().map(|ops| format::figure(ops.infrastructure_multiplier)),
            );
            add("duration", days);
            let equation = if key == "capex" {
                "price × accelerators × infrastructure multiplier / write-off in years × days / 365"
            } else {
                "price × accelerators × infrastructure multiplier × yearly maintenance share × days / 365"
            };
            (equation, &[Fact::Price][..])
        }
        "energy_cost" => {
            add("facility energy", facility);
            add("electricity", electricity);
            ("facility energy × electricity price", &[Fact::Power, Fact::Grid, Fact::Electricity][..])
        }
        "energy_kwh" => {
            add("energy of the machines", carbon.map(|carbon| kwh(carbon.it_energy_kwh)));
            add("PUE", carbon.map(|carbon| format::figure(carbon.pue)));
            ("energy of the machines × PUE", energy)
        }
        "carbon_footprint" => {
            add("facility energy", facility);
            add("grid", intensity);
            ("facility energy × carbon intensity of the grid", energy)
        }
        "water_liters" => {
            add("energy of the machines", carbon.map(|carbon| kwh(carbon.it_energy_kwh)));
            add("water", carbon.map(|carbon| format!("{} L", format::figure(carbon.water_l))));
            ("energy of the machines × litres per kWh of the region", energy)
        }
        "usd_per_million_tokens" => {
            add("TCO", tco.map(|tco| usd(tco.total_usd)));
            add("tokens", tokens);
            add("duration", days);
            ("TCO / (tokens in the duration, in millions)", all)
        }
        _ => {
            add("facility energy", facility);
            add("grid", intensity);
            add("tokens", tokens);
            add("duration", days);
            ("facility energy × carbon intensity / (tokens in the duration, in millions)", energy)
        }
    };
    Explanation { equation: equation.to_owned(), values, sources: sources(plan, report, facts) }
}
