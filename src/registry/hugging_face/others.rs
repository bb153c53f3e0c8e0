//! Encoders, encoder-decoders, and the vision towers beside language models.

use serde_json::Value;

use super::super::count::{Tally, mlp, vision_layer};
use super::super::{Model, WorkloadKind};
use super::Counted;
use super::config::Config;
use super::decoder::settle;

/// Parameters of the vision tower, and what is left out where there is one that nobody here counts.
pub(super) fn tower(config: &Config<'_>) -> Result<(f64, &'static str), String> {
    let Some(vision) = config.part("vision_config") else { return Ok((0.0, "")) };
    let hidden = config.size(&["hidden_size", "n_embd", "d_model"])?;
    match vision.text("model_type").unwrap_or("") {
        "gemma4_vision" => Ok((gemma_tower(&vision, hidden)?, "")),
        "qwen3_5" | "qwen3_5_moe" => Ok((qwen_tower(&vision)?, "")),
        _ => Ok((0.0, "its vision tower")),
    }
}

fn gemma_tower(vision: &Config<'_>, hidden: f64) -> Result<f64, String> {
    let width = vision.size(&["hidden_size"])?;
    let layers = vision.size(&["num_hidden_layers"])?;
    let patch = vision.size(&["patch_size"])?;
    let norms = 2.0 * vision.size(&["head_dim"])? + 4.0 * width;
    let ffn = mlp(width, vision.size(&["intermediate_size"])?, true, false);
    // Two tables of positions, one for each axis.
    let positions = 2.0 * vision.size(&["position_embedding_size"])? * width;
    Ok(layers * (4.0 * width * width + ffn + norms)
        + 3.0 * patch * patch * width
        + positions
        + width * hidden)
}

fn qwen_tower(vision: &Config<'_>) -> Result<f64, String> {
    let width = vision.size(&["hidden_size"])?;
    let layers = vision.size(&["depth"])?;
    let patch = vision.size(&["patch_size"])?;
    let channels = vision.size(&["in_channels"])? * vision.size(&["temporal_patch_size"])?;
    let merge = vision.size(&["spatial_merge_size"])?;
    let merged = width * merge * merge;
    let out = vision.size(&["out_hidden_size"])?;
    let ffn = vision.size(&["intermediate_size"])?;
    let positions = vision.size(&["num_position_embeddings"])? * width;
    let merger = 2.0 * width + merged * merged + merged + merged * out + out;
    Ok(layers * vision_layer(width, ffn) + channels * patch * patch * width + width + positions + merger)
}

/// BERT and RoBERTa with their masked-language head, whose matrix is the embedding.
pub(super) fn bert(config: &Config<'_>, family: &str) -> Result<Counted, String> {
    let layers = config.layers(&["num_hidden_layers"])?;
    let hidden = config.need(&["hidden_size"])?;
    let heads = config.need(&["num_attention_heads"])?;
    let width = config.need(&["intermediate_size"])?;
    let vocab = config.need(&["vocab_size"])?;
    let positions = config.need(&["max_position_embeddings"])?;
    let rows = config.count(&["type_vocab_size"])?.map_or(2.0, f64::from);
    // RoBERTa keeps two rows for padding.
    let context = if family == "bert" { positions } else { positions.saturating_sub(2).max(1) };
    let mut model = Model {
        kind: WorkloadKind::Transformer,
        architecture: "Encoder (Transformer)".to_owned(),
        layers: Some(layers),
        hidden_dim: Some(hidden),
        heads: Some(heads),
        kv_heads: Some(heads),
        head_dim: Some((hidden / heads).max(1)),
        ffn_dim: Some(width),
        gated_mlp: Some(false),
        vocab_size: Some(vocab),
        tied_embeddings: Some(true),
        context_length: Some(context),
        ..Model::default()
    };
    let (h, n, v) = (f64::from(hidden), f64::from(layers), f64::from(vocab));
    let mut tally = Tally::default();
    tally.tables(v, h, true);
    tally.aside((f64::from(positions) + rows) * h, 1.0);
    tally.add(4.0 * h * h + 4.0 * h + mlp(h, f64::from(width), false, true), n);
    tally.aside(2.0 * h, 2.0 * n + 1.0);
    // The head: a transform with its norm, and a bias for each word.
    tally.add(h * h + h + v, 1.0);
    tally.aside(2.0 * h, 1.0);
    settle(&mut model, &tally)?;
    // The unit of work of an encoder is a sequence; operations for a token are not it.
    model.inference_flop = None;
    Ok(Counted { model, exact: true, lacks: "" })
}

/// The common facts of an encoder-decoder; its unit of work is one token in and one token out.
fn two_stacks(
    config: &Config<'_>,
    encoder: u32,
    decoder: u32,
    heads: u32,
    ffn: u32,
) -> Result<Model, String> {
    let mut model = Model {
        kind: WorkloadKind::Plain,
        architecture: "Encoder-decoder (Transformer)".to_owned(),
        layers: Some(encoder.saturating_add(decoder)),
        hidden_dim: Some(config.need(&["d_model"])?),
        heads: Some(heads),
        ffn_dim: Some(ffn),
        vocab_size: Some(config.need(&["vocab_size"])?),
        ..Model::default()
    };
    model.figures.insert("encoder_layers".to_owned(), Value::from(encoder));
    model.figures.insert("decoder_layers".to_owned(), Value::from(decoder));
    Ok(model)
}

/// T5 and its kin, with relative positions in the first layer of each stack.
pub(super) fn t5(config: &Config<'_>) -> Result<Counted, String> {
    let encoder = config.layers(&["num_layers"])?;
    let decoder = config.count(&["num_decoder_layers"])?.unwrap_or(encoder);
    let (heads, ffn) = (config.need(&["num_heads"])?, config.need(&["d_ff"])?);
    let width = config.need(&["d_kv"])?;
    let buckets = config.count(&["relative_attention_num_buckets"])?.map_or(32.0, f64::from);
    let gated = config
        .text("feed_forward_proj")
        .map_or(config.flag("is_gated_act") == Some(true), |p| p.starts_with("gated"));
    let mut model = two_stacks(config, encoder, decoder, heads, ffn)?;
    model.head_dim = Some(width);
    model.kv_heads = Some(heads);
    model.gated_mlp = Some(gated);
    model.tied_embeddings = Some(config.tied(true));
    let h = config.size(&["d_model"])?;
    let attention = 4.0 * h * f64::from(heads) * f64::from(width);
    let mlp = mlp(h, f64::from(ffn), gated, false);
    let mut tally = Tally::default();
    tally.tables(config.size(&["vocab_size"])?, h, model.tied_embeddings == Some(true));
    tally.add(attention + mlp, f64::from(encoder));
    tally.add(2.0 * attention + mlp, f64::from(decoder));
    tally.aside(h, 2.0 * f64::from(encoder) + 3.0 * f64::from(decoder) + 2.0);
    tally.aside(buckets * f64::from(heads), 2.0);
    settle(&mut model, &tally)?;
    Ok(Counted { model, exact: true, lacks: "" })
}

/// Whisper.
pub(super) fn whisper(config: &Config<'_>) -> Result<Counted, String> {
    let (encoder, decoder) = (config.layers(&["encoder_layers"])?, config.layers(&["decoder_layers"])?);
    let heads = config.need(&["decoder_attention_heads"])?;
    let ffn = config.need(&["decoder_ffn_dim"])?;
    let mut model = two_stacks(config, encoder, decoder, heads, ffn)?;
    model.gated_mlp = Some(false);
    model.tied_embeddings = Some(true);
    model.context_length = config.count(&["max_target_positions"])?;
    let h = config.size(&["d_model"])?;
    model.head_dim = Some((model.hidden_dim.unwrap_or(0) / heads).max(1));
    let mels = config.size(&["num_mel_bins"])?;
    let rows = config.size(&["max_source_positions"])? + config.size(&["max_target_positions"])?;
    // Keys have no bias.
    let attention = 4.0 * h * h + 3.0 * h;
    let wide = |ffn: f64| mlp(h, ffn, false, true);
    let mut tally = Tally::default();
    tally.tables(config.size(&["vocab_size"])?, h, true);
    tally.add(3.0 * mels * h + h + 3.0 * h * h + h, 1.0);
    tally.aside(rows * h, 1.0);
    tally.add(attention + wide(config.size(&["encoder_ffn_dim"])?), f64::from(encoder));
    tally.add(2.0 * attention + wide(f64::from(ffn)), f64::from(decoder));
    tally.aside(2.0 * h, 2.0 * f64::from(encoder) + 3.0 * f64::from(decoder) + 2.0);
    settle(&mut model, &tally)?;
    // An input is thirty seconds of sound, whatever the clip; that is not a token.
    model.inference_flop = None;
    Ok(Counted { model, exact: true, lacks: "" })
}
