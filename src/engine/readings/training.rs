//! Walls 11, 13, 15, 16, 19 and 20: what a run is worth, and what eats into it.

use super::super::common::constants::TRAINING_FLOP_PER_PARAMETER_TOKEN;
use super::super::format;
use super::super::report::WallReading;
use super::super::studio::formats;
use super::super::walls::complexity::Budget;
use super::super::walls::{
    Wall, checkpoint as save, complexity as scale, fidelity as compress, fragility as fail,
    multi_tenant as queue, safety as private,
};
use super::{ReadingInputs, blank, cite, finite, needs, refused, state_of, without};
use crate::registry::{Accelerator, Physics};

/// Accuracy that MLPerf lets a submission lose against the reference model.
const TOLERATED_LOSS: f64 = 0.01;
/// What 8-bit integers cost; 0.3.0 has the figure, and charges them as little as 8-bit floating point.
const INT8_LOSS: f64 = 0.005;
/// Hours between checkpoints where the plan does not say, as in mlsysim 0.3.0.
const CHECKPOINT_HOURS: f64 = 4.0;
/// What a parallel file system takes, GB/s, as in mlsysim 0.3.0.
const FILE_SYSTEM_GB_PER_S: f64 = 500.0;
/// Time from a failure until work goes on, as in mlsysim 0.3.0.
const RECOVERY_S: f64 = 300.0;
const SECONDS_PER_DAY: f64 = 86_400.0;

pub(super) fn complexity(wall: &Wall, i: &ReadingInputs<'_>) -> WallReading {
    if !i.trains() {
        return without(wall, "the model is trained already");
    }
    if !i.model().kind.is_transformer() {
        return without(wall, "20 tokens a parameter is a rule for language models");
    }
    let Some(tokens) = i.plan.workload.train.as_ref().and_then(|train| train.tokens) else {
        return needs(wall, "workload.train.tokens");
    };
    let Some(parameters) = i.model().active_parameters.or(i.model().parameters).filter(|count| *count > 0.0)
    else {
        return without(wall, "the model's parameters are not counted");
    };
    let flop = TRAINING_FLOP_PER_PARAMETER_TOKEN * parameters * tokens;
    let answer = match scale::solve(&scale::Inputs { budget: Budget::Flop(flop), target_model_params: None })
    {
        Ok(answer) => answer,
        Err(error) => return refused(wall, &error),
    };
    let best = answer.optimal_parameters_count;
    let pressure = if best > 0.0 { parameters / best } else { f64::INFINITY };
    let (have, ideal) = (count(parameters), count(best));
    let ratio = format::figure(tokens / parameters);
    let mut reading = WallReading {
        pressure: finite(pressure),
        sentence: if pressure > 1.0 {
            format!("{ratio} tokens a parameter: this budget trains {ideal} parameters better.")
        } else {
            format!("{ratio} tokens a parameter: smaller than the best {ideal}, cheaper to serve.")
        },
        substituted: format!("6 × {have} × {} = {}; √(C/120) = {ideal}", count(tokens), format::flop(flop)),
        value: format!("{have} parameters"),
        limit: format!("{ideal} parameters"),
        ..blank(wall, state_of(pressure, false))
    };
    cite(&mut reading, i.entry(), "parameters");
    reading
}

/// A large count: `8.03 B`, `1 T`.
fn count(value: f64) -> String {
    for (scale, suffix) in [(1e12, "T"), (1e9, "B"), (1e6, "M")] {
        if value >= scale {
            return format!("{} {suffix}", format::figure(value / scale));
        }
    }
    format::grouped(value)
}

/// The format in which a model was published: as the registry has it, else language models in 16 bits and everything
/// else in 32.
fn released<'a>(i: &'a ReadingInputs<'_>) -> &'a str {
    let model = i.model();
    match model.released_in().filter(|_| studio(i)) {
        Some(format) => format,
        None if i.writes() || super::is_encoder(i.entry()) && model.kind.is_transformer() => "bf16",
        None => "fp32",
    }
}

fn bits_of(format: &str) -> f64 {
    (formats::format(format).weight_bytes * 8.0).max(1.0)
}

/// Whether weights published in `released` lose nothing in `written`.
fn keeps(written: &str, released: &str) -> bool {
    const ALIKE: [&[&str]; 2] = [&["fp8", "mxfp8"], &["fp4", "nvfp4", "mxfp4"]];
    let (bits, before) = (bits_of(written), bits_of(released));
    written == released
        || ALIKE.iter().any(|alike| alike.contains(&written) && alike.contains(&released))
        // Below 16 bits a format of the same width is another grid.
        || if before < 16.0 { bits > before.ceil() } else { bits >= before }
}

pub(super) fn fidelity(wall: &Wall, i: &ReadingInputs<'_>) -> WallReading {
    let written = &i.plan.hardware.precision;
    let released = released(i);
    let (bits, released_bits) = (bits_of(written), bits_of(released));
    let kept = if studio(i) { keeps(written, released) } else { bits >= released_bits };
    let answer = match compress::solve(&compress::Inputs {
        model: i.model(),
        hardware: i.device(),
        method: if kept { "none" } else { "quantization" },
        target_bitwidth: bits.round() as u64,
        sparsity: 0.0,
        sparsity_type: "unstructured",
        baseline_precision: match released_bits {
            32.0.. => "fp32",
            16.0.. => "bf16",
            8.0.. => "int8",
            _ => "int4",
        },
    }) {
        Ok(answer) => answer,
        Err(error) => return refused(wall, &error),
    };
    let mut loss = (0.0 - answer.estimated_accuracy_delta).max(0.0);
    if studio(i) && written == "int8" && !kept {
        loss = INT8_LOSS;
    }
    let pressure = loss / TOLERATED_LOSS;
    // The rule is no measurement of this model: who says it is said.
    let rule = match () {
        () if loss <= 0.0 => None,
        () if studio(i) && written == "int8" => {
            Some("loss: 0.5 points for 8-bit integers, a rule of thumb of mlsysim 0.3.0")
        }
        () => Some(
            "loss: 0.2 points at 8 bits, 2.5 from 4 on, 5 below, a rule of thumb of mlsysim 0.3.0 after Gholami et al. 2021",
        ),
    };
    let lost = format!("{} points", format::figure(loss * 100.0));
    let cache = i.plan.workload.serve.as_ref().and_then(|serve| serve.kv_precision.as_deref());
    let cache = cache.filter(|cache| formats::kv_bytes(cache) < 2.0);
    let mut reading = WallReading {
        pressure: finite(pressure),
        sentence: if kept {
            format!("{written} keeps the {released} weights as they were released.")
        } else if loss <= 0.0 {
            format!("{written} halves the {released} weights at no known loss of accuracy.")
        } else if answer.compression_ratio <= 1.0 {
            format!("{written} rounds the {released} weights anew and may cost {lost} of accuracy.")
        } else {
            format!(
                "{written} is {}× smaller than {released} and may cost {lost} of accuracy.",
                format::figure(answer.compression_ratio)
            )
        },
        substituted: format!(
            "{lost} ≤ 1 point{}; {} bits / {} bits = {}; {} GB → {} GB",
            if pressure > 1.0 { " does not hold" } else { "" },
            format::figure(released_bits.round()),
            format::figure(bits.round()),
            format::figure(answer.compression_ratio),
            format::figure(answer.original_size_gb),
            format::figure(answer.compressed_size_gb)
        ),
        value: lost,
        limit: "1 point".into(),
        ..blank(wall, state_of(pressure, false))
    };
    if pressure > 1.0 {
        reading.sentence.insert_str(reading.sentence.len() - 1, ", over the limit");
    }
    if let Some(cache) = cache {
        reading.sentence.push_str(" A KV cache in ");
        reading.sentence.push_str(cache);
        reading.sentence.push_str(" is not counted.");
    }
    reading.sources.extend(rule.map(str::to_owned));
    reading.sources.push("limit: MLPerf Inference, 99 % of the reference accuracy".into());
    cite(
        &mut reading,
        i.entry(),
        if kept && released_bits < 16.0 { "figures.weights_dtype" } else { "parameters" },
    );
    reading
}

/// What writing a checkpoint takes.
fn saved(i: &ReadingInputs<'_>) -> Result<(save::Outputs, f64), super::WallError> {
    let train = i.plan.workload.train.as_ref();
    let stated = i.plan.data.as_ref().and_then(|data| data.storage_bytes_per_s);
    let nodes = i.nodes();
    let store = Accelerator {
        // The plan's storage is that of the fleet; every node writes its share.
        storage_bytes_per_s: stated.map(|rate| rate / nodes).or(i.device().storage_bytes_per_s),
        ..Accelerator::default()
    };
    let stated = train.and_then(|train| train.checkpoint_interval_s);
    let optimizer = match train.and_then(|train| train.optimizer.as_deref()) {
        None | Some("adam" | "adamw") => "adam",
        Some(other) => other,
    };
    let mut inputs = save::Inputs {
        model: i.model(),
        hardware: &store,
        optimizer,
        checkpoint_interval_hours: stated.map_or(CHECKPOINT_HOURS, |seconds| seconds / 3600.0),
        n_writers: if studio(i) { nodes as u64 } else { 1 },
        filesystem_limit_gbs: FILE_SYSTEM_GB_PER_S,
    };
    let answer = save::solve(&inputs)?;
    if stated.is_some() || !studio(i) {
        return Ok((answer, inputs.checkpoint_interval_hours * 3600.0));
    }
    // Nobody says how often: as often as failures make it worth.
    let best_s = failing(i, answer.write_time_seconds)?.optimal_checkpoint_interval_s;
    inputs.checkpoint_interval_hours = best_s / 3600.0;
    Ok((save::solve(&inputs)?, best_s))
}

fn studio(i: &ReadingInputs<'_>) -> bool {
    i.plan.physics == Physics::Studio
}

/// How often the fleet fails, and how often to save for it.
fn failing(i: &ReadingInputs<'_>, write_s: f64) -> Result<fail::Outputs, super::WallError> {
    fail::solve(&fail::Inputs {
        node_count: i.nodes(),
        accelerators_per_node: i.per_node(),
        nics_per_node: if studio(i) { i.per_node() } else { 1.0 },
        job_duration_hours: i.job_s().unwrap_or(0.0) / 3600.0,
        checkpoint_time_s: write_s,
        ..fail::Inputs::default()
    })
}

pub(super) fn fragility(wall: &Wall, i: &ReadingInputs<'_>) -> WallReading {
    if !i.trains() {
        return without(wall, "a replica that fails is restarted; no work is lost");
    }
    let answer = saved(i).and_then(|(saved, every_s)| {
        Ok((failing(i, saved.write_time_seconds)?, saved.write_time_seconds, every_s))
    });
    let (answer, write_s, every_s) = match answer {
        Ok(answer) => answer,
        Err(error) => return refused(wall, &error),
    };
    let mtbf_s = answer.fleet_mtbf_s;
    // 0.3.0 forgets the work since the last checkpoint, and uses the best interval whatever the plan says.
    let lost = if studio(i) && every_s > 0.0 {
        (write_s / every_s + (every_s / 2.0 + RECOVERY_S) / mtbf_s).min(1.0)
    } else {
        1.0 - answer.goodput_ratio
    };
    let mtbf = format::seconds(mtbf_s);
    let best = format::seconds(answer.optimal_checkpoint_interval_s);
    let mut reading = WallReading {
        pressure: finite(lost),
        value: format!("{} lost", format::percent(lost)),
        limit: "all the time".into(),
        sentence: format!(
            "A failure every {mtbf} costs {} of the time; best save every {best}.",
            format::percent(lost)
        ),
        substituted: format!(
            "MTBF {mtbf} of {}; save {} every {}; {} failures in the run",
            format::count(i.nodes() as u64, "node"),
            format::seconds(write_s),
            format::seconds(every_s),
            format::figure(answer.expected_failures)
        ),
        ..blank(wall, state_of(lost, false))
    };
    if studio(i) {
        reading.equation = "lost = write / interval + (interval / 2 + recovery) / MTBF";
    }
    reading.sources.push("lifetimes of GPU, NIC and supply: mlsysim 0.3.0".into());
    reading
}

pub(super) fn tenancy(wall: &Wall, i: &ReadingInputs<'_>) -> WallReading {
    if !i.trains() {
        return without(wall, "a service holds its accelerators; it does not queue");
    }
    let ops = i.plan.ops.as_ref();
    let Some(load) = ops.and_then(|ops| ops.utilization) else {
        return needs(wall, "ops.utilization");
    };
    let days = i.job_s().unwrap_or(0.0) / SECONDS_PER_DAY;
    if days <= 0.0 {
        return needs(wall, "workload.train.tokens");
    }
    let answer = match queue::solve(&queue::Inputs {
        arrival_rate_jobs_per_day: load / days,
        avg_job_duration_days: days,
    }) {
        Ok(answer) => answer,
        Err(error) => return refused(wall, &error),
    };
    // A load of 1 may come back a bit below it.
    let stable = answer.is_stable && load < 1.0;
    let wait = if stable {
        format::seconds(answer.avg_wait_time_days * SECONDS_PER_DAY)
    } else {
        "no end".to_owned()
    };
    let (busy, job) = (format::percent(load), format::seconds(days * SECONDS_PER_DAY));
    WallReading {
        pressure: finite(load),
        sentence: if stable {
            format!("Jobs of {job} on a cluster {busy} busy wait {wait} on average.")
        } else {
            format!("A cluster {busy} busy has no room for a queue: waiting has no end.")
        },
        substituted: if stable {
            format!("{} × {job} / (2 × (1 − {})) = {wait}", format::figure(load), format::figure(load))
        } else {
            format!("ρ = {}: no end", format::figure(load))
        },
        value: format!("{busy} busy"),
        limit: "100 %".into(),
        ..blank(wall, state_of(load, true))
    }
}

pub(super) fn checkpoint(wall: &Wall, i: &ReadingInputs<'_>) -> WallReading {
    if !i.trains() {
        return without(wall, "serving changes no weights");
    }
    let (answer, interval_s) = match saved(i) {
        Ok(saved) => saved,
        Err(error) => return refused(wall, &error),
    };
    let share = answer.mfu_penalty_pct;
    let (write, every) = (format::seconds(answer.write_time_seconds), format::seconds(interval_s));
    let stated = i.plan.workload.train.as_ref().and_then(|train| train.checkpoint_interval_s).is_some();
    let mut reading = WallReading {
        pressure: finite(share),
        sentence: if share >= 1.0 && studio(i) {
            format!("Writing takes {write}, longer than the {every} between two: no time is left to train.")
        } else if share > 0.05 {
            format!("Writing takes {write} of every {every}: save less often or to faster storage.")
        } else {
            format!("Writing takes {write} of every {every} ({}).", format::percent(share))
        },
        substituted: format!(
            "{} in {write}; / {every} = {}",
            format::bytes(answer.checkpoint_size_bytes),
            format::percent(share)
        ),
        value: write,
        limit: every,
        ..blank(wall, state_of(share, true))
    };
    let storage = i.plan.data.as_ref().and_then(|data| data.storage_bytes_per_s);
    if storage.or(i.device().storage_bytes_per_s).is_none_or(|rate| rate == 0.0) {
        reading.sources.push("storage of 1 GB/s a writer: assumed; see data.storage_bandwidth".into());
    }
    if !stated {
        reading.sources.push(if studio(i) {
            "the best interval by Young and Daly: computed".to_owned()
        } else {
            "a checkpoint every 4 h: assumed".to_owned()
        });
    }
    reading
}

pub(super) fn safety(wall: &Wall, i: &ReadingInputs<'_>) -> WallReading {
    if !i.trains() {
        return without(wall, "privacy is paid for in training");
    }
    let Some(epsilon) = i.plan.workload.train.as_ref().and_then(|train| train.dp_epsilon) else {
        return needs(wall, "workload.train.dp_epsilon");
    };
    let answer = match private::solve(&private::Inputs {
        base_training_time_s: i.job_s().unwrap_or(0.0),
        epsilon,
        ..private::Inputs::default()
    }) {
        Ok(answer) => answer,
        Err(error) => return refused(wall, &error),
    };
    let slowdown = answer.dp_slowdown_factor;
    // Share of the time that privacy takes.
    let share = 1.0 - 1.0 / slowdown;
    WallReading {
        pressure: finite(share),
        value: format!("{}× the time", format::figure(slowdown)),
        limit: "all the time".into(),
        sentence: format!(
            "ε = {} makes training {}× as long; a larger ε costs less.",
            format::figure(epsilon),
            format::figure(slowdown)
        ),
        substituted: format!("1 + 2 / {} = {}", format::figure(epsilon), format::figure(slowdown)),
        ..blank(wall, state_of(share, false))
    }
}
