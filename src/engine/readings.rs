//! What a composition of the plan means for each of the 22 walls.
//!
//! A profile fills [`ReadingInputs`] with what it computed; readings are the same words and the same rules
//! for both. Inputs come from the plan, then from the registry, then from the defaults that [`guide`] lists.
//!
//! # What binds
//!
//! A plan has one phase, the *step* (of training, or of a batch), or two, *prefill* and *decode*, where a
//! language model answers requests. In each phase exactly one wall binds:
//!
//! 1. Where the plan does not fit into memory, wall 2 is violated and stands for every phase.
//! 2. Else the walls that share the phase's time (1 arithmetic, 2 data movement, 3 launches and host,
//!    14 communication) compete: the one with the most seconds binds, the first of equals.
//! 3. Work beside the phase (6 streaming weights in, 8 reading samples, 9 preparing them) competes only where
//!    it takes longer than the whole phase: then the phase waits for it. Reading and preparing samples
//!    compete only where the plan describes them: an assumption never binds.
//!
//! All other walls never bind. They are violated (a promise or a capacity does not hold), near (from 80 % on)
//! or clear. A wall that competes in both phases is read where it binds, else where its share is larger.
//!
//! | room | walls |
//! | --- | --- |
//! | `node` | 1, 2, 3, 14 |
//! | `serving` | 4 to 7, 12 |
//! | `data` | 8, 9, 10 |
//! | `training` | 11, 13, 15, 16, 19, 20 |
//! | `ops` | 17, 18 |
//! | `analysis` | 21, 22 |
//! | [`guide`] | the same in words, for `docs/walls.md` |

mod analysis;
mod data;
pub mod guide;
mod node;
mod ops;
mod serving;
mod training;

use super::common::Precision;
use super::report::{Carbon, Part, Phase, PhaseReading, Tco, WallReading, WallState};
use super::studio::formats;
use super::studio::machine::{is_encoder, streams};
use super::walls::error::WallError;
use super::walls::{WALLS, Wall};
use crate::plan::{Mode, Plan};
use crate::registry::{Accelerator, Entry, Model, Physics, Registry};
pub use analysis::{GROWTH, elasticity};
pub use serving::{Queue, ServingFigures, Streaming};

/// Pressure from which a wall is near.
pub const NEAR: f64 = 0.8;

/// Context that mlsysim 0.3.0 assumes for every fleet, tokens.
const REFERENCE_CONTEXT: u64 = 2048;

/// Something that takes time: an amount at a rate.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
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

impl Communication {
    /// Seconds in which nothing is computed.
    pub fn waiting_s(&self) -> f64 {
        self.exposed_s + self.bubble_s
    }
}

/// Where the time of one phase goes.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct PhaseLoads {
    /// The whole phase, s.
    pub total_s: f64,
    /// Arithmetic.
    pub compute: Load,
    /// Memory traffic.
    pub memory: Load,
    /// Launch and framework, s.
    pub overhead_s: f64,
    /// Communication and waiting that computation does not hide, s.
    pub talk_s: f64,
    /// Weights that come in from outside, s, where the phase waits for them; else 0.
    pub stream_s: f64,
}

impl PhaseLoads {
    /// Seconds of a wall that shares the phase's time.
    fn seconds(&self, number: u8) -> f64 {
        match number {
            1 => self.compute.seconds,
            2 => self.memory.seconds,
            3 => self.overhead_s,
            6 => self.stream_s,
            _ => self.talk_s,
        }
    }

    fn share(&self, number: u8) -> f64 {
        if self.total_s > 0.0 { self.seconds(number) / self.total_s } else { 0.0 }
    }
}

/// Walls that share a phase's time.
const TIMED: [u8; 4] = [1, 2, 3, 14];

/// What a profile knows about the plan.
#[derive(Debug)]
pub struct ReadingInputs<'a> {
    /// The plan.
    pub plan: &'a Plan,
    /// Data sets and other figures.
    pub registry: &'a Registry,
    /// Train or serve.
    pub mode: Mode,
    /// The step, or the decode step where there is a prefill.
    pub main: PhaseLoads,
    /// Accelerators of a node.
    pub node_size: f64,
    /// Prefill of one request; only for language models that serve.
    pub prefill: Option<PhaseLoads>,
    /// Bytes needed on each accelerator.
    pub footprint_bytes: f64,
    /// Whether what comes with the batch, and not with the model, takes more than half of them.
    pub batch_fills: bool,
    /// Bytes each accelerator has.
    pub capacity_bytes: f64,
    /// Model operations over peak.
    pub mfu: f64,
    /// Share of peak that the plan assumes.
    pub efficiency: f64,
    /// `None` for one accelerator.
    pub communication: Option<Communication>,
    /// Latency and room of a language model that serves.
    pub serving: Option<ServingFigures>,
    /// Weights that may come in from outside; `None` where the device has no such way.
    pub streaming: Option<Streaming>,
    /// What carries the requests; `None` in training.
    pub queue: Option<Queue>,
    /// Cost, where priced.
    pub tco: Option<&'a Tco>,
    /// Carbon, where counted.
    pub carbon: Option<&'a Carbon>,
    /// State of wall 17 where not priced.
    pub unpriced: WallState,
    /// State of wall 18 where not counted.
    pub uncounted: WallState,
    /// Elasticities of the phase's time, for wall 21.
    pub sensitivities: &'a [Part],
}

impl<'a> ReadingInputs<'a> {
    fn accelerator(&self) -> &'a Entry<Accelerator> {
        &self.plan.hardware.accelerator
    }

    fn entry(&self) -> &'a Entry<Model> {
        &self.plan.workload.model
    }

    fn device(&self) -> &'a Accelerator {
        &self.accelerator().facts
    }

    fn model(&self) -> &'a Model {
        &self.entry().facts
    }

    fn trains(&self) -> bool {
        self.mode == Mode::Train
    }

    /// Writes tokens one by one.
    fn writes(&self) -> bool {
        self.model().kind.is_transformer() && !is_encoder(self.entry())
    }

    fn accelerators(&self) -> f64 {
        self.plan.hardware.accelerators.max(1) as f64
    }

    fn per_node(&self) -> f64 {
        self.node_size.min(self.accelerators()).max(1.0)
    }

    fn nodes(&self) -> f64 {
        (self.accelerators() / self.per_node()).ceil().max(1.0)
    }

    fn batch(&self) -> f64 {
        self.plan.workload.batch_size.max(1) as f64
    }

    /// Tokens of a sequence. 0.3.0 trains every fleet at 2,048.
    fn context(&self) -> u64 {
        match (self.plan.physics, self.mode) {
            (Physics::Mlsysim, Mode::Train) => REFERENCE_CONTEXT,
            _ => self.plan.workload.seq_len.max(1),
        }
    }

    /// The precision that resolvers know: as written, else the one of the same width.
    fn precision(&self) -> &'static str {
        precision(&self.plan.hardware.precision)
    }

    /// Inputs of the whole fleet a second; 0 where the step takes for ever.
    fn samples_per_s(&self) -> f64 {
        if self.main.total_s > 0.0 { self.batch() / self.main.total_s } else { 0.0 }
    }

    /// Seconds of the whole run where the plan says how long it is, and in whose words.
    fn job_s(&self) -> Option<f64> {
        let train = self.plan.workload.train.as_ref();
        let tokens = train.and_then(|train| train.tokens);
        let rate = self.samples_per_s() * self.context() as f64;
        match tokens {
            Some(tokens) if rate > 0.0 => Some(tokens / rate),
            _ => self.plan.ops.as_ref().map(|ops| ops.duration_days * 86_400.0),
        }
    }

    fn main_phase(&self) -> Phase {
        if self.prefill.is_some() { Phase::Decode } else { Phase::Step }
    }

    fn fits(&self) -> bool {
        self.footprint_bytes <= self.capacity_bytes
    }
}

/// A precision of 0.3.0 for any key: as written, else one of the same width.
pub(super) fn precision(key: &str) -> &'static str {
    if let Some(precision) = Precision::parse(key) {
        return precision.key();
    }
    let bytes = formats::format(key).weight_bytes;
    if bytes > 2.0 {
        "fp32"
    } else if bytes > 1.1 {
        "fp16"
    } else if bytes > 0.7 {
        "int8"
    } else {
        "int4"
    }
}

/// Everything that the readings say.
#[derive(Debug, Clone, PartialEq)]
pub struct Readings {
    /// All 22, by number.
    pub walls: Vec<WallReading>,
    /// One or two.
    pub phases: Vec<PhaseReading>,
}

/// The wall that limits the plan, without reading all of them. Where the plan describes its data, or streams
/// its weights in, the walls that this is about are read.
pub fn binding(inputs: &ReadingInputs<'_>) -> u8 {
    if !inputs.fits() {
        return 2;
    }
    let mut beside = Vec::new();
    for wall in &WALLS {
        // Only these can add to what runs beside the step, and only where there is such a thing.
        match wall.number {
            6 if inputs.plan.physics == Physics::Mlsysim && streams(inputs.accelerator()) => {
                _ = serving::streaming(wall, inputs, &mut beside);
            }
            8 if inputs.plan.data.is_some() => _ = data::ingestion(wall, inputs, &mut beside),
            9 if inputs.plan.data.is_some() => _ = data::transformation(wall, inputs, &mut beside),
            _ => {}
        }
    }
    winner(&inputs.main, &beside)
}

/// All 22 readings, by number. Never empty, never out of order.
pub fn readings(inputs: &ReadingInputs<'_>) -> Readings {
    let mut walls = Vec::with_capacity(WALLS.len());
    // Seconds that run beside a phase.
    let mut beside: Vec<(u8, f64)> = Vec::new();
    let mut both = Vec::with_capacity(2);
    let winners = |beside: &[(u8, f64)]| {
        let main = winner(&inputs.main, beside);
        (main, inputs.prefill.as_ref().map(|prefill| winner(prefill, &[])))
    };
    for wall in &WALLS {
        walls.push(match wall.number {
            1..=3 | 14 => blank(wall, WallState::Clear),
            4 => serving::latency(wall, inputs),
            5 => serving::batching(wall, inputs),
            6 => serving::streaming(wall, inputs, &mut beside),
            7 => serving::tail(wall, inputs),
            8 => data::ingestion(wall, inputs, &mut beside),
            9 => data::transformation(wall, inputs, &mut beside),
            10 => data::locality(wall, inputs),
            11 => training::complexity(wall, inputs),
            12 => serving::reasoning(wall, inputs),
            13 => training::fidelity(wall, inputs),
            15 => training::fragility(wall, inputs),
            16 => training::tenancy(wall, inputs),
            17 => ops::capital(wall, inputs),
            18 => ops::sustainability(wall, inputs),
            19 => training::checkpoint(wall, inputs),
            20 => training::safety(wall, inputs),
            21 => analysis::sensitivity(wall, inputs),
            _ => analysis::synthesis(wall, inputs),
        });
    }
    let fits = inputs.fits();
    let (main, prefill) = if fits { winners(&beside) } else { (2, inputs.prefill.map(|_| 2)) };
    both.extend(prefill.map(|wall| PhaseReading {
        phase: Phase::Prefill,
        seconds: inputs.prefill.map_or(0.0, |prefill| prefill.total_s),
        binding: wall,
    }));
    both.push(PhaseReading { phase: inputs.main_phase(), seconds: inputs.main.total_s, binding: main });
    for (slot, wall) in walls.iter_mut().zip(&WALLS) {
        let number = wall.number;
        let binds = (fits && main == number, fits && prefill == Some(number));
        if TIMED.contains(&number) {
            let early = inputs.prefill.filter(|early| match binds {
                (true, _) => false,
                (false, true) => true,
                (false, false) => early.share(number) > inputs.main.share(number),
            });
            let phase = match (binds, early) {
                ((true, true), _) => Phase::Request,
                (_, Some(_)) => Phase::Prefill,
                (_, None) => inputs.main_phase(),
            };
            let view = node::View { phase, loads: early.unwrap_or(inputs.main), binds: binds.0 || binds.1 };
            *slot = node::read(wall, inputs, &view);
            if slot.pressure.is_some() {
                slot.phase = phase;
            }
        }
        if binds.0 || binds.1 {
            slot.state = WallState::Binding;
            if !TIMED.contains(&number) {
                slot.phase = match binds {
                    (true, true) => Phase::Request,
                    (false, true) => Phase::Prefill,
                    _ => inputs.main_phase(),
                };
            }
        }
    }
    Readings { walls, phases: both }
}

/// The wall that takes most of a phase.
fn winner(phase: &PhaseLoads, beside: &[(u8, f64)]) -> u8 {
    let waits = beside.iter().copied().filter(|(_, seconds)| *seconds > phase.total_s);
    let stream = Some((6, phase.stream_s)).filter(|(_, seconds)| *seconds > 0.0);
    let waits = waits.chain(stream);
    let mut largest = (1, f64::NEG_INFINITY);
    for (number, seconds) in TIMED.into_iter().map(|number| (number, phase.seconds(number))).chain(waits) {
        if seconds > largest.1 {
            largest = (number, seconds);
        }
    }
    largest.0
}

/// The 22 walls of a plan that cannot be evaluated.
pub fn unread(why: &str) -> Vec<WallReading> {
    WALLS.iter().map(|wall| blank(wall, WallState::NotEvaluated(why.to_owned()))).collect()
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
        phase: Phase::Always,
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

/// A wall that does not apply, and why.
fn without(wall: &Wall, why: &str) -> WallReading {
    blank(wall, WallState::NotApplicable(why.to_owned()))
}

/// A wall that needs a field.
fn needs(wall: &Wall, field: &str) -> WallReading {
    blank(wall, WallState::NeedsInput(field.to_owned()))
}

/// What a resolver refuses is no reading.
fn refused(wall: &Wall, error: &WallError) -> WallReading {
    without(wall, &format!("{} {}", error.field, error.message))
}

/// A pressure that can be drawn; what has no end is said in words.
fn finite(pressure: f64) -> Option<f64> {
    pressure.is_finite().then_some(pressure)
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

#[cfg(test)]
mod tests {
    use super::*;

    fn phase(compute: f64, memory: f64, overhead: f64, talk: f64) -> PhaseLoads {
        let load = |seconds| Load { amount: 0.0, rate: 0.0, seconds };
        PhaseLoads {
            total_s: compute.max(memory) + overhead + talk,
            compute: load(compute),
            memory: load(memory),
            overhead_s: overhead,
            talk_s: talk,
            stream_s: 0.0,
        }
    }

    #[test]
    fn the_longest_share_binds_and_the_first_of_equals() {
        assert_eq!(winner(&phase(1.0, 2.0, 0.5, 0.5), &[]), 2);
        assert_eq!(winner(&phase(2.0, 2.0, 0.5, 0.5), &[]), 1);
        assert_eq!(winner(&phase(0.0, 0.0, 0.0, 0.0), &[]), 1);
        assert_eq!(winner(&phase(1.0, 2.0, 0.5, 3.0), &[]), 14);
    }

    #[test]
    fn what_runs_beside_binds_only_where_the_phase_waits_for_it() {
        let step = phase(1.0, 2.0, 0.5, 0.5);
        assert_eq!(winner(&step, &[(8, 2.9)]), 2);
        assert_eq!(winner(&step, &[(8, 3.1), (9, 3.2)]), 9);
        assert_eq!(winner(&step, &[(8, f64::INFINITY)]), 8);
        assert_eq!(winner(&step, &[(8, f64::NAN)]), 2);
    }

    #[test]
    fn every_precision_has_a_width_that_resolvers_know() {
        for (key, known) in
            [("bf16", "bf16"), ("awq", "int4"), ("q8_0", "int8"), ("mxfp8", "int8"), ("nvfp4", "int4")]
        {
            assert_eq!(precision(key), known);
        }
    }
}
