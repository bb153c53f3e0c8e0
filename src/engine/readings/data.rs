//! Walls 8, 9 and 10: does the data arrive in time, and does the fabric carry it?
//!
//! A sample is what the plan says it is, else the mean stored sample of its data set, else that of the data
//! set that models of this kind are trained on; language models read token ids.

use super::super::format;
use super::super::report::{WallReading, WallState};
use super::super::walls::{Wall, ingestion as ingest, locality as local, transformation as transform};
use super::{ReadingInputs, blank, finite, needs, refused, state_of, without};
use crate::registry::{Accelerator, Physics, WorkloadKind};

/// Loader processes for each accelerator where the plan does not say; assumed.
pub(super) const WORKERS_PER_ACCELERATOR: f64 = 8.0;
/// Stored bytes that one loader process decodes and augments a second; assumed (some 350 JPEGs).
pub(super) const WORKER_BYTES_PER_S: f64 = 40e6;
/// Token ids above this vocabulary need four bytes.
const SHORT_VOCABULARY: u32 = 1 << 16;

struct Sample {
    bytes: f64,
    from: String,
}

/// The data set that a model without one is fed with.
fn usual(i: &ReadingInputs<'_>) -> Option<&'static str> {
    let entry = i.entry();
    match entry.group.as_str() {
        "vision" => Some("ImageNet1k_Train"),
        "recommendation" => Some("Criteo_1TB"),
        "generative_vision" => Some("LAION_5B"),
        _ if entry.id == "DS_CNN" => Some("SpeechCommands_v2"),
        _ => None,
    }
}

/// Reads token ids rather than files.
fn reads_tokens(i: &ReadingInputs<'_>) -> bool {
    i.model().kind.is_transformer() || i.model().kind == WorkloadKind::Ssm
}

fn sample(i: &ReadingInputs<'_>) -> Result<Sample, WallState> {
    let missing = || WallState::NeedsInput("data.sample_bytes".into());
    let data = i.plan.data.as_ref();
    if let Some(bytes) = data.and_then(|data| data.sample_bytes) {
        return Ok(Sample { bytes, from: "sample_bytes: the plan".into() });
    }
    let named = data.and_then(|data| data.dataset.as_deref());
    if let Some(name) = named.or_else(|| usual(i)) {
        let entry = i.registry.table(Physics::Studio, name).map_err(|_| missing())?;
        if entry.group != "dataset" {
            return Err(missing());
        }
        let facts = &entry.facts;
        let tokens = facts.number("total_bytes").zip(facts.number("tokens"));
        let bytes = match (tokens, reads_tokens(i)) {
            (Some((total, tokens)), true) if tokens > 0.0 => total / tokens * i.context() as f64,
            _ => facts.number("mean_stored_bytes").ok_or_else(missing)?,
        };
        let assumed = if named.is_some() { "" } else { ", assumed" };
        return Ok(Sample { bytes, from: format!("{}: {}{assumed}", entry.name, entry.source.title) });
    }
    if reads_tokens(i) {
        let wide = i.model().vocab_size.is_none_or(|size| size > SHORT_VOCABULARY);
        let width: f64 = if wide { 4.0 } else { 2.0 };
        return Ok(Sample {
            bytes: width * i.context() as f64,
            from: format!("token ids of {width} bytes: assumed"),
        });
    }
    Err(missing())
}

/// Why no data is loaded at all.
fn idle(i: &ReadingInputs<'_>) -> Option<&'static str> {
    if i.trains() {
        return None;
    }
    if reads_tokens(i) {
        Some("requests bring their own text; nothing is loaded")
    } else if i.model().kind == WorkloadKind::Diffusion {
        Some("a prompt is a few words; nothing is loaded")
    } else {
        None
    }
}

pub(super) fn ingestion(wall: &Wall, i: &ReadingInputs<'_>, beside: &mut Vec<(u8, f64)>) -> WallReading {
    if let Some(why) = idle(i) {
        return without(wall, why);
    }
    if i.accelerator().group == "tiny" {
        return without(wall, "a sensor feeds it; nothing is stored");
    }
    let sample = match sample(i) {
        Ok(sample) => sample,
        Err(state) => return blank(wall, state),
    };
    let stated = i.plan.data.as_ref().and_then(|data| data.storage_bytes_per_s);
    let device = i.device();
    // Per accelerator: the plan's storage is shared by the whole fleet.
    let count = i.accelerators();
    let supply = Accelerator {
        storage_bytes_per_s: stated.map(|rate| rate / count).or(device.storage_bytes_per_s),
        interconnect: device.interconnect.clone(),
        ..Accelerator::default()
    };
    let demand = i.samples_per_s() * sample.bytes / count;
    let inputs = ingest::Inputs { workload_data_rate_bytes_per_s: demand, hardware: &supply };
    let answer = match ingest::solve(&inputs) {
        Ok(answer) => answer,
        Err(error) => return refused(wall, &error),
    };
    if answer.supply_bw_bytes_per_s <= 0.0 {
        return needs(wall, "data.storage_bandwidth");
    }
    let known = i.plan.data.is_some();
    if known {
        beside.push((wall.number, answer.utilization * i.main.total_s));
    }
    let what = if answer.bottleneck == "Storage" { "storage" } else { "the host link" };
    let fleet = |rate: f64| format::bytes_per_s(rate * count);
    let (asked, given) = (fleet(demand), fleet(answer.supply_bw_bytes_per_s));
    let share = format::percent(answer.utilization);
    let mut reading = WallReading {
        pressure: finite(answer.utilization),
        sentence: if answer.is_stalled {
            format!("The step waits for {what}: {asked} wanted, {given} there. Add bandwidth.")
        } else {
            format!("Samples need {asked} of the {given} that {what} gives ({share}).")
        },
        substituted: format!(
            "{} samples/s × {} = {asked}; / {given} = {share}",
            format::figure(i.samples_per_s()),
            format::bytes(sample.bytes),
        ),
        value: asked,
        limit: given,
        phase: i.main_phase(),
        ..blank(wall, state_of(answer.utilization, known))
    };
    reading.sources.push(sample.from);
    reading
}

pub(super) fn transformation(wall: &Wall, i: &ReadingInputs<'_>, beside: &mut Vec<(u8, f64)>) -> WallReading {
    if let Some(why) = idle(i) {
        return without(wall, why);
    }
    if i.accelerator().group == "tiny" {
        return without(wall, "a microcontroller prepares its own input");
    }
    let sample = match sample(i) {
        Ok(sample) => sample,
        Err(state) => return blank(wall, state),
    };
    let stated = i.plan.data.as_ref().and_then(|data| data.cpu_workers);
    let workers = stated.map_or(WORKERS_PER_ACCELERATOR * i.accelerators(), |workers| workers.max(1) as f64);
    let answer = match transform::solve(&transform::Inputs {
        batch_size: i.batch(),
        sample_size_bytes: sample.bytes,
        cpu_throughput_bytes_per_s: workers * WORKER_BYTES_PER_S,
        accelerator_step_time_s: i.main.total_s,
    }) {
        Ok(answer) => answer,
        Err(error) => return refused(wall, &error),
    };
    if stated.is_some() {
        beside.push((wall.number, answer.transform_time_s));
    }
    let pressure =
        if i.main.total_s > 0.0 { answer.transform_time_s / i.main.total_s } else { f64::INFINITY };
    let (time, step) = (format::seconds(answer.transform_time_s), format::seconds(i.main.total_s));
    let hands = format::grouped(workers);
    let mut reading = WallReading {
        pressure: finite(pressure),
        sentence: if answer.is_bottleneck {
            let verb = if stated.is_some() { "raise" } else { "set" };
            format!("{hands} workers take {time} for a batch of {step}: {verb} data.cpu_workers.")
        } else {
            format!("{hands} workers prepare a batch in {time}; the step takes {step}.")
        },
        substituted: format!(
            "{} × {} / ({hands} × {}) = {time}",
            format::grouped(i.batch()),
            format::bytes(sample.bytes),
            format::bytes_per_s(WORKER_BYTES_PER_S),
        ),
        value: time,
        limit: step,
        phase: i.main_phase(),
        ..blank(wall, state_of(pressure, stated.is_some()))
    };
    reading.sources.push(sample.from);
    reading.sources.push(if stated.is_some() {
        "40 MB/s a worker: assumed".to_owned()
    } else {
        "8 workers an accelerator, 40 MB/s each: assumed".to_owned()
    });
    reading
}

pub(super) fn locality(wall: &Wall, i: &ReadingInputs<'_>) -> WallReading {
    let nodes = i.nodes();
    if nodes <= 1.0 {
        let one = if i.accelerators() > 1.0 { "one node" } else { "one accelerator" };
        return without(wall, &format!("{one} needs no fabric"));
    }
    let answer = match local::solve(&local::Inputs {
        link_bytes_per_s: i.plan.hardware.fabric_bytes_per_s,
        oversubscription_ratio: 1.0,
        topology: "fat_tree",
        num_nodes: nodes as u64,
    }) {
        Ok(answer) => answer,
        Err(error) => return refused(wall, &error),
    };
    let busy_s = i.communication.as_ref().map_or(0.0, |talk| talk.data_s + talk.expert_s);
    let share = if i.main.total_s > 0.0 { busy_s / i.main.total_s } else { 0.0 };
    let link = format::bytes_per_s(answer.effective_bw_bytes_per_s);
    let mut reading = WallReading {
        pressure: finite(share),
        value: format!("{} busy", format::percent(share)),
        limit: format!("{link} a link"),
        sentence: format!(
            "{} nodes keep {link} a link when all talk; it is busy {} of the step.",
            format::grouped(nodes),
            format::percent(share)
        ),
        substituted: format!(
            "{link} × {} × {} / 2 = {}",
            format::figure(answer.bisection_bw_fraction),
            format::grouped(nodes),
            format::bytes_per_s(answer.bisection_bw_bytes_per_s)
        ),
        ..blank(wall, state_of(share, false))
    };
    reading.sources.push("a fat tree without oversubscription: assumed".into());
    reading
}
