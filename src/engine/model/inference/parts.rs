//! What a forward pass is made of, for derivations: every term with what it came from.

use super::super::constants::Launch;
use super::super::primitives::GemmParts;
use super::{Engine, Pass, Phase, Work};

/// What attention takes, s.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum AttentionParts {
    /// The smooth maximum of arithmetic and of reading the cache.
    Fused {
        /// Arithmetic.
        compute: f64,
        /// Keys and values read.
        read: f64,
    },
    /// Scores written out and read back.
    Unfused(f64),
}

/// The terms of a pass over the whole depth, s.
#[derive(Debug, Clone, PartialEq)]
pub struct PassParts {
    /// Matrix products by name, all layers.
    pub linear: Vec<(&'static str, GemmParts)>,
    /// Sorting tokens to their experts and back.
    pub permute: f64,
    /// Attention, all layers.
    pub attention: AttentionParts,
    /// Norms, residuals and the like.
    pub elementwise: f64,
    /// Sums over tensor ranks.
    pub sums: f64,
    /// To the experts and back.
    pub experts: f64,
    /// Kernel launches.
    pub launch: f64,
    /// Launches run beside device work: the smooth maximum of both counts, not their sum.
    pub beside: bool,
    /// LM head.
    pub head: GemmParts,
    /// Logits.
    pub logits: f64,
    /// Between stages.
    pub p2p: f64,
    /// Scheduler and sampling.
    pub host: f64,
    /// Weights on their way in.
    pub stream: f64,
    /// The pass.
    pub pass: Pass,
    /// New tokens of one pass.
    pub tokens: f64,
    /// Passes that make it up, with the filling of the pipe.
    pub passes: f64,
}

impl Engine<'_> {
    /// What [`Engine::verify`] is made of.
    pub fn verify_parts(&self, batch: f64, context: f64, tokens: f64) -> PassParts {
        let work = self.verify_work(batch, context, tokens);
        self.parts(&work, 1.0, self.forward(&work))
    }

    /// What [`Engine::prefill`] is made of.
    pub fn prefill_parts(&self, batch: f64, prompt: f64, cached: f64) -> PassParts {
        let (work, chunks, pipe) = self.prefill_work(batch, prompt, cached);
        self.parts(&work, chunks * pipe, self.forward(&work).times(chunks).times(pipe))
    }

    fn parts(&self, work: &Work, passes: f64, pass: Pass) -> PassParts {
        let layers = self.case.shape.layers * passes;
        let (linear, permute) = self.linear.parts(work.tokens);
        let compute = work.pairs * self.pair;
        let attention = match work.phase {
            Phase::Prefill if !self.case.stack.fused => {
                AttentionParts::Unfused(layers * self.attention(work))
            }
            Phase::Prefill => {
                AttentionParts::Fused { compute: layers * compute, read: layers * work.context * self.read.0 }
            }
            Phase::Decode => {
                AttentionParts::Fused { compute: layers * compute, read: layers * work.context * self.read.1 }
            }
        };
        PassParts {
            linear: linear.into_iter().map(|(name, parts)| (name, parts.times(layers))).collect(),
            permute: layers * permute,
            attention,
            elementwise: pass.elementwise,
            sums: layers * self.sums.seconds(work.tokens),
            experts: layers * self.experts.seconds(work.tokens),
            launch: pass.launch,
            beside: self.case.stack.launch == Launch::Host,
            head: self.head.parts(work.rows, 1.0).times(passes),
            logits: passes * work.rows * self.logits,
            p2p: pass.p2p,
            host: pass.host,
            stream: pass.stream,
            pass,
            tokens: work.tokens,
            passes,
        }
    }
}
