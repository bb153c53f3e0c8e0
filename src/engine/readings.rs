//! What a composition of the plan means for each of the 22 walls.
//!
//! A profile fills [`ReadingInputs`] with what it computed; readings are the same words and the same rule
//! for both: a wall over its limit is violated; of the walls that share the step's time the one with the
//! largest share binds, unless the plan does not fit into memory; from 80 % on a wall is near.

use super::common::roofline::exceeds;
use super::format;
use super::report::{Carbon, Tco, WallReading, WallState};
use super::walls::{WALLS, Wall};
use crate::plan::Mode;
use crate::registry::{Accelerator, Entry, Model};

/// Pressure from which a wall is near.
pub const NEAR: f64 = 0.8;

/// Something that takes time: an amount at a rate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Load {
    /// Flop or bytes, per accelerator.
    pub amount: f64,
    /// Flop/s or bytes/s.
    pub rate: f64,
    /// Seconds.
    pub seconds: f64,
}

/// Time that a fleet spends talking or waiting.
#[derive(Debug, Clone, PartialEq)]
pub struct Communication {
    /// Gradient exchange, s.
    pub data_s: f64,
    /// Tensor-parallel exchange, s.
    pub tensor_s: f64,
    /// Expert exchange, s.
    pub expert_s: f64,
    /// Pipeline bubble, s.
    pub bubble_s: f64,
    /// What of it computation does not hide, s, without the bubble.
    pub exposed_s: f64,
    /// How the gradients travel, in numbers; empty where nothing is exchanged.
    pub how: String,
}

/// What a profile knows about the plan.
#[derive(Debug)]
pub struct ReadingInputs<'a> {
    /// Train or serve.
    pub mode: Mode,
    /// The accelerator, for citations.
    pub accelerator: &'a Entry<Accelerator>,
    /// The model, for citations.
    pub model: &'a Entry<Model>,
    /// Accelerators in all.
    pub accelerators: u64,
    /// The whole step, s.
    pub step_s: f64,
    /// Arithmetic.
    pub compute: Load,
    /// Memory traffic.
    pub memory: Load,
    /// Bytes needed on each accelerator.
    pub footprint_bytes: f64,
    /// Bytes each accelerator has.
    pub capacity_bytes: f64,
    /// Launch and framework, s.
    pub overhead_s: f64,
    /// Model operations over peak.
    pub mfu: f64,
    /// Share of peak that the plan assumes.
    pub efficiency: f64,
    /// `None` for one accelerator.
    pub communication: Option<Communication>,
    /// Cost, where priced.
    pub tco: Option<&'a Tco>,
    /// Carbon, where counted.
    pub carbon: Option<&'a Carbon>,
    /// State of walls 17 and 18 where not priced.
    pub unpriced: WallState,
    /// Upper bound that the plan asserts on the cost, USD.
    pub tco_limit_usd: Option<f64>,
    /// Upper bound that the plan asserts on the carbon, metric tons.
    pub carbon_limit_t: Option<f64>,
    /// State of every wall that has no reading here, by number.
    pub other: fn(&Wall, Mode) -> WallState,
}

/// All 22 readings, by number. Never empty, never out of order.
pub fn readings(inputs: &ReadingInputs<'_>) -> Vec<WallReading> {
    let share = |seconds: f64| if inputs.step_s > 0.0 { seconds / inputs.step_s } else { 0.0 };
    let mut walls: Vec<WallReading> = WALLS
        .iter()
        .map(|wall| match wall.number {
            1 => compute(wall, inputs, share(inputs.compute.seconds)),
            2 => memory(wall, inputs, share(inputs.memory.seconds)),
            3 => software(wall, inputs, share(inputs.overhead_s)),
            14 => communication(wall, inputs),
            17 => capital(wall, inputs),
            18 => sustainability(wall, inputs),
            _ => blank(wall, (inputs.other)(wall, inputs.mode)),
        })
        .collect();
    let fits = inputs.footprint_bytes <= inputs.capacity_bytes;
    if fits {
        let talk = inputs.communication.as_ref().map_or(0.0, |talk| talk.exposed_s + talk.bubble_s);
        bind(
            &mut walls,
            &[(1, inputs.compute.seconds), (2, inputs.memory.seconds), (3, inputs.overhead_s), (14, talk)],
        );
    }
    walls
}

/// The 22 walls of a plan that cannot be evaluated.
pub fn unread(why: &str) -> Vec<WallReading> {
    WALLS.iter().map(|wall| blank(wall, WallState::NotEvaluated(why.to_owned()))).collect()
}

/// Marks the wall with the largest time as binding; the first one where two are equal.
pub fn bind(walls: &mut [WallReading], times: &[(u8, f64)]) {
    let mut largest: Option<(u8, f64)> = None;
    for &(number, seconds) in times {
        if exceeds(seconds, largest.map_or(0.0, |(_, most)| most)) {
            largest = Some((number, seconds));
        }
    }
    if let Some((number, _)) = largest
        && let Some(wall) = walls.iter_mut().find(|wall| wall.number == number)
    {
        wall.state = WallState::Binding;
    }
}

/// State of a wall by its pressure alone.
pub fn state_of(pressure: f64, hard: bool) -> WallState {
    if hard && pressure > 1.0 {
        WallState::Violated
    } else if pressure >= NEAR {
        WallState::Near
    } else {
        WallState::Clear
    }
}

/// A wall without a reading: the state says why.
pub fn blank(wall: &Wall, state: WallState) -> WallReading {
    let sentence = match &state {
        WallState::NotApplicable(why) | WallState::NotEvaluated(why) => why.clone(),
        WallState::NeedsInput(field) => format!("needs {field}"),
        _ => String::new(),
    };
    WallReading {
        number: wall.number,
        name: wall.name,
        domain: wall.domain,
        state,
        pressure: None,
        value: String::new(),
        limit: String::new(),
        sentence,
        equation: wall.equation,
        substituted: String::new(),
        sources: wall.sources.iter().map(|&source| source.to_owned()).collect(),
    }
}

/// `equation's sources`, then where each named figure of an entry comes from.
fn cite<T>(reading: &mut WallReading, entry: &Entry<T>, field: &str) {
    let source = entry.field_sources.get(field).unwrap_or(&entry.source);
    let title = match (source.title.is_empty(), source.kind.is_empty()) {
        (false, _) => source.title.as_str(),
        (true, false) => source.kind.as_str(),
        (true, true) => return,
    };
    let text = if source.date.is_empty() {
        format!("{}: {title}", entry.name)
    } else {
        format!("{}: {title} (checked {})", entry.name, source.date)
    };
    if !reading.sources.contains(&text) {
        reading.sources.push(text);
    }
}

fn compute(wall: &Wall, i: &ReadingInputs<'_>, share: f64) -> WallReading {
    let mut reading = WallReading {
        pressure: Some(share),
        value: format::seconds(i.compute.seconds),
        limit: format!("{} step", format::seconds(i.step_s)),
        sentence: format!(
            "Arithmetic takes {} of a step of {}: {}.",
            format::seconds(i.compute.seconds),
            format::seconds(i.step_s),
            format::percent(share)
        ),
        substituted: format!(
            "{} / {} = {}",
            format::flop(i.compute.amount),
            format::flop_per_s(i.compute.rate),
            format::seconds(i.compute.seconds)
        ),
        ..blank(wall, state_of(share, false))
    };
    cite(&mut reading, i.accelerator, "peak_flop_per_s");
    cite(&mut reading, i.model, "inference_flop");
    reading
}

fn memory(wall: &Wall, i: &ReadingInputs<'_>, share: f64) -> WallReading {
    let fill = if i.capacity_bytes > 0.0 { i.footprint_bytes / i.capacity_bytes } else { f64::INFINITY };
    let (used, capacity) = (format::bytes(i.footprint_bytes), format::bytes(i.capacity_bytes));
    let traffic = format::seconds(i.memory.seconds);
    let violated = i.footprint_bytes > i.capacity_bytes;
    let by_time = !violated && share > fill;
    let pressure = if by_time { share } else { fill };
    let mut reading = WallReading {
        pressure: Some(pressure),
        value: if by_time { traffic.clone() } else { used.clone() },
        limit: if by_time { format!("{} step", format::seconds(i.step_s)) } else { capacity.clone() },
        sentence: if violated {
            format!(
                "Each accelerator needs {used} and has {capacity}: {} too much.",
                format::bytes(i.footprint_bytes - i.capacity_bytes)
            )
        } else {
            format!(
                "{used} of {capacity} are used ({}); moving data takes {traffic}, {} of the step.",
                format::percent(fill),
                format::percent(share)
            )
        },
        substituted: format!(
            "{used} / {capacity} = {}; {} / {} = {traffic}",
            format::percent(fill),
            format::bytes(i.memory.amount),
            format::bytes_per_s(i.memory.rate),
        ),
        ..blank(wall, state_of(pressure, violated))
    };
    cite(&mut reading, i.accelerator, "memory_bytes");
    cite(&mut reading, i.accelerator, "memory_bytes_per_s");
    cite(&mut reading, i.model, "parameters");
    reading
}

fn software(wall: &Wall, i: &ReadingInputs<'_>, share: f64) -> WallReading {
    let mut reading = WallReading {
        pressure: Some(share),
        value: format::seconds(i.overhead_s),
        limit: format!("{} step", format::seconds(i.step_s)),
        sentence: format!(
            "Launches and framework take {} of the step; the plan assumes {} of peak and reaches an MFU of {}.",
            format::percent(share),
            format::percent(i.efficiency),
            format::percent(i.mfu)
        ),
        substituted: format!(
            "{} / {} = {}",
            format::seconds(i.overhead_s),
            format::seconds(i.step_s),
            format::percent(share)
        ),
        ..blank(wall, state_of(share, false))
    };
    reading.equation = "overhead share = (dispatch + layers × layer tax) / step";
    cite(&mut reading, i.accelerator, "dispatch_tax_s");
    reading
}

fn communication(wall: &Wall, i: &ReadingInputs<'_>) -> WallReading {
    let Some(talk) = &i.communication else {
        return blank(wall, WallState::NotApplicable("one accelerator talks to nobody".into()));
    };
    let waiting = talk.exposed_s + talk.bubble_s;
    let share = if i.step_s > 0.0 { waiting / i.step_s } else { 0.0 };
    let mut terms = String::new();
    for (label, seconds) in [
        ("data parallel", talk.data_s),
        ("tensor parallel", talk.tensor_s),
        ("expert parallel", talk.expert_s),
        ("bubble", talk.bubble_s),
    ] {
        if seconds > 0.0 {
            if !terms.is_empty() {
                terms.push_str(" + ");
            }
            terms.push_str(label);
            terms.push(' ');
            terms.push_str(&format::seconds(seconds));
        }
    }
    let mut reading = WallReading {
        pressure: Some(share),
        value: format::seconds(waiting),
        limit: format!("{} step", format::seconds(i.step_s)),
        sentence: format!(
            "{} talk or wait for {} of a step of {}: {}.",
            format::count(i.accelerators, "accelerator"),
            format::seconds(waiting),
            format::seconds(i.step_s),
            format::percent(share)
        ),
        substituted: match (terms.is_empty(), talk.how.is_empty()) {
            (true, _) => "no collective".into(),
            (false, true) => terms,
            (false, false) => format!("{terms} ({})", talk.how),
        },
        ..blank(wall, state_of(share, false))
    };
    cite(&mut reading, i.accelerator, "nvlink");
    reading
}

/// Demand against an asserted bound; without a bound there is a figure but no pressure.
fn against_bound(
    wall: &Wall,
    demand: f64,
    bound: Option<f64>,
    show: fn(f64) -> String,
    sentence: &str,
    substituted: String,
) -> WallReading {
    let pressure = bound.map(|bound| if bound > 0.0 { demand / bound } else { f64::INFINITY });
    let pressure = pressure.filter(|pressure| pressure.is_finite());
    let state = match bound {
        Some(bound) if demand > bound => WallState::Violated,
        _ => state_of(pressure.unwrap_or(0.0), false),
    };
    let sentence = match bound {
        Some(bound) if demand > bound => format!("{sentence}, above the asserted {}.", show(bound)),
        Some(bound) => format!("{sentence}, within the asserted {}.", show(bound)),
        None => format!("{sentence}; the plan asserts no limit."),
    };
    WallReading {
        pressure,
        value: show(demand),
        limit: bound.map_or_else(|| "no limit asserted".to_owned(), show),
        sentence,
        substituted,
        ..blank(wall, state)
    }
}

fn capital(wall: &Wall, i: &ReadingInputs<'_>) -> WallReading {
    let Some(tco) = i.tco else {
        return blank(wall, i.unpriced.clone());
    };
    let terms: Vec<String> =
        tco.terms.iter().map(|term| format!("{} {}", term.label, format::usd(term.value))).collect();
    let days = format::count(tco.duration_days.round() as u64, "day");
    let mut reading = against_bound(
        wall,
        tco.total_usd,
        i.tco_limit_usd,
        format::usd,
        &format!("{} over {days}", format::usd(tco.total_usd)),
        format!("{} = {}", terms.join(" + "), format::usd(tco.total_usd)),
    );
    if !tco.missing.is_empty() {
        reading.sentence.push_str(" Not counted: ");
        reading.sentence.push_str(&tco.missing.join(", "));
        reading.sentence.push('.');
    }
    reading.sources.push(format!("electricity: {}", tco.electricity_source));
    cite(&mut reading, i.accelerator, "unit_cost_usd");
    reading
}

fn sustainability(wall: &Wall, i: &ReadingInputs<'_>) -> WallReading {
    let Some(carbon) = i.carbon else {
        return blank(wall, i.unpriced.clone());
    };
    let tons = (carbon.operational_kg + carbon.embodied_kg.unwrap_or(0.0)) / 1e3;
    let mut reading = against_bound(
        wall,
        tons,
        i.carbon_limit_t,
        |tons| format::carbon_kg(tons * 1e3),
        &format!(
            "{} from {} kWh at {} g/kWh",
            format::carbon_kg(tons * 1e3),
            format::figure(carbon.facility_energy_kwh),
            format::figure(carbon.grid_g_per_kwh)
        ),
        format!(
            "{} kWh × {} × {} g/kWh = {}",
            format::figure(carbon.it_energy_kwh),
            format::figure(carbon.pue),
            format::figure(carbon.grid_g_per_kwh),
            format::carbon_kg(carbon.operational_kg)
        ),
    );
    cite(&mut reading, i.accelerator, "tdp_w");
    reading
}
