//! Stored parameters, counted from shapes: every scalar of a checkpoint, tied matrices once.
//!
//! Sizes are `f64`: whole numbers are exact far beyond any model, and a product too large shows as such.

/// Norms of queries and keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum QueryNorm {
    /// None.
    #[default]
    No,
    /// One vector of a head's width each for queries and keys.
    Head,
    /// As wide as all the heads.
    Full,
}

/// The latent attention of DeepSeek (MLA).
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Latent {
    /// Rank of the query; a plain projection where there is none.
    pub query_rank: Option<f64>,
    /// Rank that keys and values share.
    pub rank: f64,
    /// Part of a head without positions.
    pub nope: f64,
    /// Part of a head with rotary positions.
    pub rope: f64,
    /// Width of a value head.
    pub value: f64,
    /// Heads and head width of the indexer of sparse attention.
    pub indexer: Option<(f64, f64)>,
}

/// The attention part of a layer.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Attention {
    /// Query heads.
    pub heads: f64,
    /// Key and value heads.
    pub kv_heads: f64,
    /// Width of a head.
    pub width: f64,
    /// The query projection yields a gate as well, and is twice as wide.
    pub gate: bool,
    /// Biases on query, key and value.
    pub bias: bool,
    /// Bias on the output.
    pub output_bias: bool,
    /// One scalar a head that attends to nothing.
    pub sinks: bool,
    /// Keys are the values too: one projection less.
    pub keys_are_values: bool,
    /// Norms of queries and keys.
    pub norm: QueryNorm,
    /// Compressed keys and values.
    pub latent: Option<Latent>,
}

impl Attention {
    /// Parameters beside norms, and those of the norms.
    pub fn parameters(&self, hidden: f64) -> f64 {
        if let Some(latent) = &self.latent {
            return latent.parameters(hidden, self.heads, self.bias);
        }
        let query = self.heads * self.width * if self.gate { 2.0 } else { 1.0 };
        let key = self.kv_heads * self.width;
        let mut count = hidden * (query + if self.keys_are_values { key } else { 2.0 * key });
        count += self.heads * self.width * hidden;
        count += if self.bias { query + 2.0 * key } else { 0.0 };
        count += if self.output_bias { hidden } else { 0.0 };
        count += if self.sinks { self.heads } else { 0.0 };
        count
            + match self.norm {
                QueryNorm::No => 0.0,
                QueryNorm::Head => 2.0 * self.width,
                QueryNorm::Full => (self.heads + self.kv_heads) * self.width,
            }
    }
}

impl Latent {
    fn parameters(&self, hidden: f64, heads: f64, bias: bool) -> f64 {
        let width = self.nope + self.rope;
        let query = match self.query_rank {
            Some(rank) => hidden * rank + rank + rank * heads * width,
            None => hidden * heads * width,
        };
        let keys = hidden * (self.rank + self.rope) + self.rank;
        let values = self.rank * heads * (self.nope + self.value);
        let biases = if bias { self.query_rank.unwrap_or(0.0) + self.rank + self.rope } else { 0.0 };
        let indexer = self.indexer.map_or(0.0, |(heads, width)| {
            let query = self.query_rank.unwrap_or(hidden) * heads * width;
            query + hidden * width + 2.0 * width + hidden * heads
        });
        query + keys + values + heads * self.value * hidden + biases + indexer
    }
}

/// An MLP of two matrices, or three where it is gated.
pub(super) fn mlp(hidden: f64, width: f64, gated: bool, bias: bool) -> f64 {
    let inner = if gated { 2.0 } else { 1.0 };
    (inner + 1.0) * hidden * width + if bias { inner * width + hidden } else { 0.0 }
}

/// Routed experts of a layer.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Experts {
    /// Experts.
    pub count: f64,
    /// Those that a token uses.
    pub used: f64,
    /// Parameters of one.
    pub each: f64,
    /// Parameters of the parts that every token uses: shared experts, their gate, the router.
    pub common: f64,
}

/// A Mamba-1 mixer.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Mamba1 {
    /// Inner width.
    pub inner: f64,
    /// State of one channel.
    pub state: f64,
    /// Convolution width.
    pub conv: f64,
    /// Rank of the time step.
    pub step_rank: f64,
    /// Norms on time step, B and C (Jamba).
    pub norms: bool,
}

impl Mamba1 {
    /// Parameters.
    pub fn parameters(&self, hidden: f64) -> f64 {
        let Mamba1 { inner, state, conv, step_rank, .. } = *self;
        let read = inner * (step_rank + 2.0 * state);
        let step = step_rank * inner + inner;
        let norms = if self.norms { step_rank + 2.0 * state } else { 0.0 };
        3.0 * hidden * inner + inner * conv + inner + read + step + inner * state + inner + norms
    }

    /// Scalars kept for a sequence.
    pub fn kept(&self) -> f64 {
        self.inner * (self.state + self.conv - 1.0)
    }
}

/// A Mamba-2 mixer.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Mamba2 {
    /// Inner width.
    pub inner: f64,
    /// State of one channel.
    pub state: f64,
    /// Convolution width.
    pub conv: f64,
    /// Groups that share B and C.
    pub groups: f64,
    /// Heads.
    pub heads: f64,
    /// The convolution has a bias.
    pub conv_bias: bool,
}

impl Mamba2 {
    fn convolved(&self) -> f64 {
        self.inner + 2.0 * self.groups * self.state
    }

    /// Parameters.
    pub fn parameters(&self, hidden: f64) -> f64 {
        let channels = self.convolved();
        let bias = if self.conv_bias { channels } else { 0.0 };
        let input = hidden * (self.inner + channels + self.heads);
        input + channels * self.conv + bias + 3.0 * self.heads + self.inner + self.inner * hidden
    }

    /// Scalars kept for a sequence.
    pub fn kept(&self) -> f64 {
        self.inner * self.state + self.convolved() * (self.conv - 1.0)
    }
}

/// A gated delta-rule mixer (Qwen3-Next and later).
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct DeltaNet {
    /// Key heads and their width.
    pub keys: (f64, f64),
    /// Value heads and their width.
    pub values: (f64, f64),
    /// Convolution width.
    pub conv: f64,
}

impl DeltaNet {
    /// Parameters.
    pub fn parameters(&self, hidden: f64) -> f64 {
        let (keys, values) = (self.keys.0 * self.keys.1, self.values.0 * self.values.1);
        let projections = hidden * (2.0 * keys + 2.0 * values) + 2.0 * hidden * self.values.0;
        let conv = (2.0 * keys + values) * self.conv;
        projections + conv + 2.0 * self.values.0 + self.values.1 + values * hidden
    }

    /// Scalars kept for a sequence.
    pub fn kept(&self) -> f64 {
        let (keys, values) = (self.keys.0 * self.keys.1, self.values.0 * self.values.1);
        self.values.0 * self.keys.1 * self.values.1 + (2.0 * keys + values) * (self.conv - 1.0)
    }
}

/// Sums of parts.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Tally {
    /// Stored parameters.
    pub total: f64,
    /// Those that one token uses.
    pub active: f64,
    /// Those of them that take part in products with the token.
    pub products: f64,
}

impl Tally {
    /// Weights that every token is multiplied with.
    pub fn add(&mut self, each: f64, times: f64) {
        self.aside(each, times);
        self.products += each * times;
    }

    /// Parameters without products: tables that are looked up, positions, norms, other towers.
    pub fn aside(&mut self, each: f64, times: f64) {
        self.total += each * times;
        self.active += each * times;
    }

    /// Layers of experts.
    pub fn experts(&mut self, experts: &Experts, layers: f64) {
        self.add(experts.common + experts.used * experts.each, layers);
        self.total += (experts.count - experts.used) * experts.each * layers;
    }

    /// Embedding and output matrix; where they are the same, it is stored once.
    pub fn tables(&mut self, vocab: f64, hidden: f64, tied: bool) {
        self.add(vocab * hidden, 1.0);
        if !tied {
            self.aside(vocab * hidden, 1.0);
        }
    }

    /// False where a sum is beyond what can be counted exactly.
    pub fn countable(&self) -> bool {
        self.total.is_finite() && self.total < 9e15 && self.active > 0.0
    }
}

/// A vision transformer of towers that use patches of three channels; layers have biases and layer norms.
pub(super) fn vision_layer(width: f64, ffn: f64) -> f64 {
    4.0 * width * width + 4.0 * width + mlp(width, ffn, false, true) + 4.0 * width
}

#[cfg(test)]
mod tests;
