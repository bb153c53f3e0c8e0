//! The terms behind the figures of a plan, for derivations. Computed on demand: a report does not carry them.

use crate::engine::model::Case;
use crate::engine::model::inference::PassParts;
use crate::engine::model::memory::{ServingMemory, TrainingMemory};
use crate::engine::model::primitives::Rates;
use crate::engine::model::training::{Step, Training};
use crate::engine::readings::Load;

/// What a plan's figures are made of.
#[derive(Debug, Clone)]
pub enum Anatomy {
    /// A language model that answers requests.
    Serve(Box<Serving>),
    /// A transformer that reads whole sequences and writes none.
    Encoder(Box<Encoder>),
    /// A transformer in training.
    Train(Box<Trained>),
    /// Everything else.
    Plain(Box<Plain>),
}

/// One replica and what it is divided into.
#[derive(Debug, Clone)]
pub struct Replica {
    /// Model, device, division.
    pub case: Case,
    /// What the device attains.
    pub rates: Rates,
    /// Replicas.
    pub replicas: f64,
    /// Live sequences of the busiest one.
    pub sequences: f64,
    /// Memory of one accelerator, bytes.
    pub memory: ServingMemory,
    /// Weight bytes of one accelerator, wherever they are held.
    pub weights: f64,
    /// They stream in.
    pub streamed: bool,
    /// Bytes of a number in the KV cache.
    pub kv_bytes: f64,
    /// Tokens that memory is kept for, each sequence.
    pub context: f64,
    /// Tokens of one prefill chunk.
    pub chunk: f64,
    /// Weights of a draft on one accelerator, bytes.
    pub draft_weights: f64,
    /// KV cache of a draft on one accelerator, bytes.
    pub draft_kv: f64,
    /// The same of a token.
    pub draft_kv_token: f64,
}

/// A language model that answers requests.
#[derive(Debug, Clone)]
pub struct Serving {
    /// Where tokens are written.
    pub replica: Replica,
    /// Where prompts are read, where that is another pool.
    pub reader: Option<Replica>,
    /// Prompt, output, and what of the prompt is cached, tokens.
    pub request: (f64, f64, f64),
    /// Live sequences of the deployment.
    pub batch: f64,
    /// One step of all live sequences, without a request rate.
    pub step: PassParts,
    /// Drafting before it, s.
    pub drafting_s: f64,
    /// Tokens that it yields for each sequence.
    pub yields: f64,
    /// One prompt.
    pub prompt: PassParts,
    /// The draft reads it too, s.
    pub draft_prompt_s: f64,
    /// Its cache moves to the other pool, s.
    pub transfer_s: f64,
    /// The prompts of a replica's whole batch, s.
    pub batch_prompt_s: f64,
    /// Tokens/s that can be written.
    pub capacity: f64,
    /// What a request rate does.
    pub load: Option<Offered>,
    /// Operations of one request, flop.
    pub request_flop: f64,
    /// Peak of all accelerators, flop/s.
    pub peak: f64,
    /// Sequences that one replica has room for.
    pub most: f64,
}

/// A deployment under a request rate.
#[derive(Debug, Clone)]
pub struct Offered {
    /// Requests/s.
    pub rate: f64,
    /// Live sequences of a replica.
    pub live: f64,
    /// A step of so many, and the drafting before it.
    pub step: (PassParts, f64),
    /// Share of the time that decode loses to prefill.
    pub lost: f64,
    /// Prompts that arrive while one is read.
    pub prefill_load: f64,
    /// One prompt, s.
    pub prefill_s: f64,
    /// Wait for a live sequence on average, median, 99th percentile, s; nothing where the queue has no end.
    pub waits_s: Option<[f64; 3]>,
}

/// A transformer that reads whole sequences.
#[derive(Debug, Clone)]
pub struct Encoder {
    /// Its replica.
    pub replica: Replica,
    /// The batch of one replica.
    pub pass: PassParts,
    /// Sequences of the deployment.
    pub batch: f64,
    /// Operations of a replica's batch, flop.
    pub flop: f64,
}

/// A transformer in training.
#[derive(Debug, Clone)]
pub struct Trained {
    /// Model, device, division.
    pub case: Case,
    /// What the device attains.
    pub rates: Rates,
    /// With nothing left open.
    pub plan: Training,
    /// Memory of one accelerator, bytes.
    pub memory: TrainingMemory,
    /// Where the step goes.
    pub step: Step,
    /// Operations of the batch as MFU counts them, flop.
    pub flop: f64,
    /// Operations executed over those.
    pub executed: f64,
    /// Sequences of the batch.
    pub batch: f64,
    /// Accelerators that are paid.
    pub fleet: f64,
}

/// A network by its operation count.
#[derive(Debug, Clone)]
pub struct Plain {
    /// Arithmetic of one replica's batch.
    pub compute: Load,
    /// Its data movement.
    pub traffic: Load,
    /// Weights among the bytes.
    pub weights: f64,
    /// Launches, s.
    pub overhead_s: f64,
    /// Gradient exchange, and what of it is not hidden, s.
    pub exchange_s: (f64, f64),
    /// The whole, s.
    pub total_s: f64,
    /// Inputs.
    pub batch: f64,
    /// Operations of all inputs, flop.
    pub flop: f64,
    /// Peak of all accelerators, flop/s.
    pub peak: f64,
    /// Peak of one.
    pub peak_one: f64,
}
