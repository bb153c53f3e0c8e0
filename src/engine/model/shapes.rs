//! Parameters and traffic per block from a model's dimensions.

/// Dimensions as a model card gives them.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct ShapeSpec {
    /// Layers; must be above 0.
    pub layers: f64,
    /// Hidden width; must be above 0.
    pub hidden: f64,
    /// Attention heads; about `hidden / 128` where missing.
    pub heads: Option<f64>,
    /// KV heads; as many as heads where missing.
    pub kv_heads: Option<f64>,
    /// Head width; `hidden / heads` where missing, 128 with a latent cache.
    pub head_dim: Option<f64>,
    /// MLP width; `4 · hidden` where missing.
    pub ffn: Option<f64>,
    /// Gated MLP (three matrices) or plain (two).
    pub gated: bool,
    /// Vocabulary; 50257 where missing.
    pub vocab: Option<f64>,
    /// The head shares the embedding.
    pub tied: bool,
    /// Experts; 0 is dense.
    pub experts: f64,
    /// Experts per token; 2 where missing.
    pub top_k: Option<f64>,
    /// MLP width of one expert; `ffn` where missing.
    pub expert_ffn: Option<f64>,
    /// Multi-head latent attention.
    pub latent: bool,
    /// Declared parameters.
    pub params: Option<f64>,
    /// Declared parameters used per token.
    pub active: Option<f64>,
    /// Sliding window: tokens, and the share of layers that use it.
    pub window: Option<(f64, f64)>,
}

/// Dimensions, completed and counted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shape {
    /// Layers.
    pub layers: f64,
    /// Hidden width.
    pub hidden: f64,
    /// Attention heads.
    pub heads: f64,
    /// KV heads.
    pub kv_heads: f64,
    /// Head width.
    pub head_dim: f64,
    /// MLP width.
    pub ffn: f64,
    /// Matrices of the MLP: 3 gated, 2 plain.
    pub mlp_matrices: f64,
    /// Vocabulary.
    pub vocab: f64,
    /// The head shares the embedding.
    pub tied: bool,
    /// Experts; 0 is dense.
    pub experts: f64,
    /// Experts per token.
    pub top_k: f64,
    /// MLP width of one expert.
    pub expert_ffn: f64,
    /// Latent cache.
    pub latent: bool,
    /// Sliding window: tokens and share of layers.
    pub window: (f64, f64),
    /// Attention parameters of a layer.
    pub attention_params: f64,
    /// MLP parameters of a layer, all experts.
    pub ffn_params: f64,
    /// MLP parameters of a layer used by one token.
    pub ffn_active: f64,
    /// KV elements of a token in a layer.
    pub kv_elements: f64,
    /// Embedding parameters.
    pub embedding: f64,
    /// All parameters: declared, else counted.
    pub total: f64,
    /// Declared over counted body: carries biases, norms and shared experts. 0.8 to 1.25.
    pub scale_total: f64,
    /// The same for the parameters that one token uses.
    pub scale_active: f64,
}

impl Shape {
    /// Completes and counts.
    pub fn new(spec: &ShapeSpec) -> Shape {
        let hidden = spec.hidden.max(1.0);
        let layers = spec.layers.max(1.0);
        let heads = spec.heads.unwrap_or_else(|| (hidden / 128.0).round_ties_even().max(1.0)).max(1.0);
        let kv_heads = spec.kv_heads.unwrap_or(heads).max(1.0);
        let head_dim = spec.head_dim.unwrap_or(if spec.latent { 128.0 } else { hidden / heads });
        let ffn = spec.ffn.unwrap_or(4.0 * hidden);
        let mlp_matrices = if spec.gated { 3.0 } else { 2.0 };
        let vocab = spec.vocab.unwrap_or(50257.0);
        let moe = spec.experts > 0.0;
        let top_k = if moe { spec.top_k.unwrap_or(2.0) } else { 0.0 };
        let expert_ffn = spec.expert_ffn.unwrap_or(ffn);

        let (attention_params, kv_elements) = if spec.latent {
            // DeepSeek-V3: query rank 1536, KV rank 512, rotary 64, head 128.
            let projections = hidden * 1536.0 + 1536.0 * heads * 192.0 + hidden * 576.0;
            (projections + 512.0 * heads * 256.0 + heads * 128.0 * hidden, 576.0)
        } else {
            (hidden * head_dim * (2.0 * heads + 2.0 * kv_heads), 2.0 * kv_heads * head_dim)
        };
        let (ffn_params, ffn_active) = if moe {
            let expert = mlp_matrices * hidden * expert_ffn;
            (spec.experts * expert, top_k * expert)
        } else {
            let dense = mlp_matrices * hidden * ffn;
            (dense, dense)
        };
        let embedding = vocab * hidden;
        let tables = if spec.tied { 1.0 } else { 2.0 } * embedding;
        let body = layers * (attention_params + ffn_params);
        let active_body = layers * (attention_params + ffn_active);
        let total = spec.params.unwrap_or(body + tables);
        let scale_total = ((total - tables) / body).clamp(0.8, 1.25);
        let scale_active = match spec.active {
            Some(active) if moe => ((active - tables) / active_body).clamp(0.8, 1.25),
            _ => scale_total,
        };
        Shape {
            layers,
            hidden,
            heads,
            kv_heads,
            head_dim,
            ffn,
            mlp_matrices,
            vocab,
            tied: spec.tied,
            experts: spec.experts,
            top_k,
            expert_ffn,
            latent: spec.latent,
            window: spec.window.unwrap_or((0.0, 0.0)),
            attention_params,
            ffn_params,
            ffn_active,
            kv_elements,
            embedding,
            total,
            scale_total,
            scale_active,
        }
    }

    /// Mixture of experts.
    pub fn is_moe(&self) -> bool {
        self.experts > 0.0
    }

    /// MLP width that one token passes through.
    pub fn ffn_width(&self) -> f64 {
        if self.is_moe() { self.top_k * self.expert_ffn } else { self.ffn }
    }

    /// Parameters of the embedding tables.
    pub fn tables(&self) -> f64 {
        if self.tied { self.embedding } else { 2.0 * self.embedding }
    }

    /// Pairs of query and key that `tokens` causal tokens attend to; `full` without a window.
    pub fn pairs(&self, tokens: f64, full: f64) -> f64 {
        let (window, share) = self.window;
        if window <= 0.0 || share <= 0.0 || tokens <= window {
            return full;
        }
        (1.0 - share) * full + share * full.min(window * tokens - window * (window - 1.0) / 2.0)
    }

    /// KV positions read at a context, mean over the layers.
    pub fn span(&self, context: f64) -> f64 {
        let (window, share) = self.window;
        if window <= 0.0 || share <= 0.0 || context <= window {
            return context;
        }
        (1.0 - share) * context + share * window
    }

    /// KV bytes of one token on the whole model.
    pub fn kv_token_bytes(&self, bytes_per_element: f64) -> f64 {
        self.layers * self.kv_elements * bytes_per_element
    }

    /// Operations of the forward and backward pass of `sequences` of `tokens`, as MFU counts them:
    /// two per parameter and token forward, four backward, and full attention.
    pub fn training_flops(&self, sequences: f64, tokens: f64) -> f64 {
        if self.mlp_matrices == 2.0 && !self.is_moe() {
            // The Megatron formula for GPT shapes.
            let width = self.hidden * self.hidden;
            return 72.0
                * sequences
                * tokens
                * self.layers
                * width
                * (1.0 + tokens / (6.0 * self.hidden) + self.vocab / (12.0 * self.layers * self.hidden));
        }
        let used =
            self.layers * (self.attention_params + self.ffn_active) * self.scale_active + self.embedding;
        sequences * tokens * (6.0 * used + 12.0 * self.layers * self.heads * self.head_dim * tokens)
    }

    /// Operations of one forward pass over `tokens` new tokens that attend to `pairs` positions.
    pub fn forward_flops(&self, tokens: f64, pairs: f64) -> f64 {
        let used =
            self.layers * (self.attention_params + self.ffn_active) * self.scale_active + self.embedding;
        2.0 * used * tokens + 4.0 * self.layers * self.heads * self.head_dim * pairs
    }
}
