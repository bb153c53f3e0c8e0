//! How the fleet is divided: what a division holds, and which of those that a plan leaves open is taken.

use super::super::formats::Chosen;
use super::super::machine::Machine;
use super::super::{degrees, divides};
use super::{Request, decoder, draft};
use crate::engine::common::Resolved;
use crate::engine::model::inference::{Engine, Serving};
use crate::engine::model::memory::{self, ServingMemory};
use crate::engine::model::primitives::Rates;
use crate::engine::model::{Case, Shape, Split, Stack};
use crate::engine::report::Warning;
use crate::plan::{Auto, Plan};

/// One way to divide the fleet.
#[derive(Debug, Clone, Copy)]
pub(super) struct Placement {
    pub(super) case: Case,
    pub(super) serving: Serving,
    pub(super) replicas: u64,
    /// Live sequences of the busiest replica.
    pub(super) sequences: f64,
    pub(super) memory: ServingMemory,
    /// The model that drafts tokens.
    pub(super) draft: Option<draft::Draft>,
    /// Weight bytes of one accelerator, wherever they are held.
    pub(super) weights: f64,
}

impl Placement {
    /// Weights come in from outside, layer by layer.
    pub(super) fn streamed(&self) -> bool {
        self.serving.stream.is_some()
    }

    /// Bytes on one accelerator.
    pub(super) fn used(&self) -> f64 {
        self.memory.total() + self.draft.map_or(0.0, |draft| draft.weights + draft.kv)
    }

    pub(super) fn fits(&self) -> bool {
        self.used() <= self.case.device.capacity
    }
}

/// Share of the memory that a division which the engine chooses fills, where there is a choice.
const COMFORTABLE: f64 = 0.95;

/// What an open division is chosen for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Aim {
    /// The plan's live sequences are answered soonest; at so many sequences that is also the most tokens/s.
    Answer,
    /// A batch of sequences of so many tokens is read soonest.
    Read(f64),
    /// As many replicas as memory allows.
    Smallest,
}

/// What placements share.
#[derive(Clone, Copy)]
pub(super) struct Site<'a> {
    pub(super) machine: &'a Machine<'a>,
    pub(super) shape: Shape,
    pub(super) chosen: &'a Chosen,
    pub(super) stack: &'static Stack,
    pub(super) kv_bytes: f64,
    pub(super) chunk: Option<f64>,
    pub(super) request: Request,
    pub(super) batch: u64,
    pub(super) expert: u64,
    /// Shape of the model that drafts tokens, and the share of them that is accepted.
    pub(super) speculation: Option<(Shape, f64)>,
    /// What an open division is chosen for.
    pub(super) aim: Aim,
    /// Words are wanted beside numbers.
    pub(super) words: bool,
    /// The terms behind the figures are wanted too.
    pub(super) open: bool,
}

impl Site<'_> {
    /// What the accelerators cannot do with the plan's precision.
    pub(super) fn finding(&self, plan: &Plan) -> Option<Warning> {
        let name = &self.machine.entry.name;
        self.chosen.finding.map(|finding| finding.warning(&plan.hardware.precision, name))
    }

    fn place(&self, tensor: u64, pipeline: u64, data: Option<u64>) -> Placement {
        self.place_with(tensor, pipeline, data, None)
    }

    /// A placement whose weights are held, or stream in at so many bytes/s.
    fn place_with(&self, tensor: u64, pipeline: u64, data: Option<u64>, stream: Option<f64>) -> Placement {
        let machine = self.machine;
        let ranks = tensor.saturating_mul(pipeline).max(1);
        let replicas = data.unwrap_or(machine.count / ranks).max(1);
        let device = crate::engine::model::Device {
            peak8: self.chosen.peak8,
            peak32: self.chosen.peak32,
            ..machine.device
        };
        let (chunk, max_sequences) = self.stack.limits(&device);
        let chunk = self.chunk.unwrap_or(chunk);
        let case = Case {
            shape: self.shape,
            device,
            node: machine.node as f64,
            nic: machine.nic,
            stack: self.stack,
            format: self.chosen.format,
            split: Split {
                tensor: tensor as f64,
                pipeline: pipeline as f64,
                expert: self.expert as f64,
                ..Split::ONE
            },
            devices: ranks as f64,
            training: false,
            sequence_parallel: true,
            efficiency: machine.efficiency,
        };
        let sequences = self.batch.div_ceil(replicas).max(1) as f64;
        let request = &self.request;
        let pass = (sequences * (request.prompt - request.cached).max(1.0)).min(chunk);
        // A layer with a window forgets what lies before it.
        let held = self.shape.span(request.context);
        let mut memory = memory::serving(&case, sequences, held, request.prompt, pass, self.kv_bytes);
        let weights = memory.weights;
        if stream.is_some() {
            // The layer at work and the next one.
            memory.weights *= (2.0 * case.split.pipeline / case.shape.layers.max(1.0)).min(1.0);
        }
        let serving = Serving { kv_bytes: self.kv_bytes, chunk, max_sequences, stream };
        let draft = self.speculation.map(|(shape, acceptance)| {
            let tokens = sequences * shape.span(request.context);
            draft::Draft::beside(&case, shape, acceptance, tokens, self.kv_bytes)
        });
        Placement { case, serving, replicas, sequences, memory, draft, weights }
    }

    /// What a division is judged by, s.
    fn aimed_s(&self, placement: &Placement) -> f64 {
        match self.aim {
            Aim::Answer => decoder::answer_s(placement, &self.request),
            Aim::Read(tokens) => {
                let rates = Rates::of(&placement.case);
                let engine = Engine::new(&placement.case, &rates, &placement.serving);
                engine.prefill(placement.sequences, tokens, 0.0).total
            }
            Aim::Smallest => placement.case.devices,
        }
    }

    /// The written division. What is open is chosen for the plan's aim, in powers of two: tensor ranks inside a
    /// node, and over pipeline stages only where no node of tensor ranks is enough.
    pub(super) fn divide(&self, plan: &Plan) -> Resolved<Placement> {
        let total = self.machine.count;
        let written = |field: Option<Auto<u64>>| match field {
            Some(Auto::Is(value)) => Some(value.max(1)),
            _ => None,
        };
        let p = &plan.parallelism;
        let (tensor, pipeline, data) = (written(p.tensor), written(p.pipeline), written(p.data));
        let fixed =
            tensor.unwrap_or(1).saturating_mul(pipeline.unwrap_or(1)).saturating_mul(data.unwrap_or(1));
        divides("parallelism", fixed, total)?;
        let room = total / data.unwrap_or(1);
        // Stated replicas share the fleet out.
        let shared = data.map(|_| (room / pipeline.unwrap_or(1)).max(1));
        let only = tensor.or(shared);
        let tensors = degrees(only, room.min(self.machine.node));
        let widest = tensors.clone().next_back().unwrap_or(1);
        let mut nearest: Option<Placement> = None;
        let mut best: Option<(bool, f64, Placement)> = None;
        for stage in degrees(pipeline, room) {
            if best.is_some() {
                break;
            }
            for rank in tensors.clone() {
                let ranks = rank.saturating_mul(stage);
                // Stages come into play only when a whole node of tensor parallelism is not enough.
                let last = rank == widest;
                if ranks > room || (pipeline.is_none() && stage > 1 && !last) {
                    continue;
                }
                let placement = self.place(rank, stage, data);
                if !placement.fits() {
                    if nearest.is_none_or(|best| placement.used() < best.used()) {
                        nearest = Some(placement);
                    }
                    continue;
                }
                if only.is_some() || self.aim == Aim::Smallest {
                    return Ok(placement);
                }
                // A full memory, uneven shards or idle accelerators are taken only where nothing else fits.
                let sound = placement.used() <= COMFORTABLE * placement.case.device.capacity
                    && self.shape.heads % rank as f64 == 0.0
                    && total.is_multiple_of(ranks);
                let seconds = self.aimed_s(&placement);
                let better = best.is_none_or(|(other, least, _)| {
                    // A gain below half a percent is no reason to divide further.
                    if sound == other { seconds < 0.995 * least } else { sound }
                });
                if better {
                    best = Some((sound, seconds, placement));
                }
            }
        }
        if let Some((_, _, placement)) = best {
            return Ok(placement);
        }
        let (tensor, pipeline) = (tensor.unwrap_or(1), pipeline.unwrap_or(1));
        // Weights that no division can hold stream in, where the machine has a way.
        if let Some(link) = self.machine.chip.stream {
            return Ok(self.place_with(tensor, pipeline, data, Some(link)));
        }
        Ok(nearest.unwrap_or_else(|| self.place(tensor, pipeline, data)))
    }
}

/// Most sequences on one replica that memory allows.
pub(super) fn room_for(placement: &Placement, request: &Request) -> f64 {
    let case = &placement.case;
    let capacity = case.device.capacity;
    let draft = placement.draft;
    let fixed =
        placement.memory.weights + placement.memory.context + draft.map_or(0.0, |draft| draft.weights);
    let cache = case.shape.span(request.context) * memory::kv_token_local(case, placement.serving.kv_bytes)
        + draft.map_or(0.0, |draft| draft.cache(request.context));
    let one = memory::serving(case, 0.0, 0.0, request.prompt, 1.0, 2.0).activations;
    let prompt = (request.prompt - request.cached).max(1.0);
    let free = capacity - fixed;
    let small = free / (cache + prompt * one);
    let count = if small * prompt <= placement.serving.chunk {
        small
    } else {
        // Prefill works in chunks: past one chunk the working set no longer grows.
        ((free - placement.serving.chunk * one) / cache).max(placement.serving.chunk / prompt)
    };
    count.max(0.0).floor()
}
