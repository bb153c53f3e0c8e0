//! A row as the model's case: its own columns first, then the registry, then the assumptions of a plan.

use super::super::model::inference::Serving;
use super::super::model::resolve::{self, Request};
use super::super::model::training::Training;
use super::super::model::{Case, Shape, ShapeSpec, Split};
use super::super::studio::facts::Chip;
use super::super::studio::machine::Machine;
use super::measurement::Measurement;
use super::notes::{self, Noted};
use super::{StackChoice, formats, hardware, names, software};
use crate::registry::{Entry, Model, Registry};

/// What the model needs to know about a row.
#[derive(Debug, Clone)]
pub struct Setup {
    /// Model, machine and software.
    pub case: Case,
    /// Limits of the serving engine.
    pub serving: Serving,
    /// Copies of the model that serve side by side.
    pub replicas: f64,
    /// Figures from the notes.
    pub noted: Noted,
    /// What neither the row nor the registry says.
    pub assumed: Vec<String>,
}

/// Builds the case of a row.
pub fn of(row: &Measurement, registry: &Registry, choice: StackChoice) -> Result<Setup, String> {
    let mut assumed = Vec::new();
    let training = row.trains();
    let part = hardware::find(registry, &row.hardware)?;
    let at_least_one = |ranks: Option<f64>| ranks.unwrap_or(1.0).max(1.0);

    let mut split = Split {
        tensor: at_least_one(row.tp),
        pipeline: at_least_one(row.pp),
        context: at_least_one(row.cp),
        data: 1.0,
        expert: at_least_one(row.ep),
    };
    if !training && row.tp.is_none() && row.pp.is_none() {
        split.tensor = at_least_one(row.n_accel);
        if split.tensor > 1.0 {
            assumed.push(format!("tensor parallel over all {} accelerators", split.tensor));
        }
    }
    let model_ranks = split.tensor * split.pipeline * split.context;
    let devices = row.n_accel.unwrap_or_else(|| {
        if !training {
            return model_ranks;
        }
        let data = row.dp.unwrap_or_else(|| row.global_batch.unwrap_or(256.0).clamp(1.0, 256.0));
        assumed.push(format!("{} accelerators", data * model_ranks));
        data * model_ranks
    });
    split.data = row.dp.unwrap_or_else(|| resolve::data_ranks(devices, &split)).max(1.0);

    let node = row.accel_per_node.unwrap_or_else(|| {
        let node = part.node(devices);
        if devices > 1.0 {
            assumed.push(format!("{node} accelerators in a node"));
        }
        node
    });
    let device = part.device(node.min(devices))?;
    let noted = notes::read(&row.notes, &row.source, node);
    let nic = noted.nic.unwrap_or_else(|| {
        let rate = hardware::usual_network(device.family);
        if devices > node {
            assumed.push(format!("a network of {} Gb/s per accelerator", rate * 8.0 / 1e9));
        }
        rate
    });
    let stated = if choice == StackChoice::Known { software::stated(row, device.family) } else { None };
    let stack = stated.unwrap_or_else(|| software::assumed(row, device.family));
    if choice == StackChoice::Known && stated.is_none() {
        assumed.push(format!("software like {}", stack.name));
    }
    let shape = shape(row, registry, &noted, &mut assumed)?;
    let machine = Machine {
        entry: &part.entry,
        chip: Chip::of(&part.entry),
        device,
        node: node as u64,
        nic,
        count: devices as u64,
        chips: f64::from(part.entry.facts.accelerator_count.unwrap_or(1).max(1)),
        efficiency: None,
        peak_scale: 1.0,
    }
    .under(stack);
    let named = names::precision(&row.model).filter(|_| row.precision.is_empty());
    if row.precision.is_empty() {
        assumed.push(
            named.map_or("16-bit weights".to_owned(), |format| {
                format!("{format} weights, by the model's name")
            }),
        );
    }
    let precision = named.unwrap_or(&row.precision);
    let (format, device) = formats::choose(precision, Some(shape.total), &machine, training)?;
    let sequence_parallel = if noted.sequence_parallel_if_selective {
        row.recompute == Some(super::super::model::training::Recompute::Selective)
    } else {
        stack.sequence_parallel
    };
    if training {
        open_fields(row, &noted, &mut assumed);
    }
    let (chunk, mut max_sequences) = stack.limits(&device);
    if stack.name == "vllm" && noted.vllm_minor.is_some_and(|minor| minor < 9) {
        max_sequences = max_sequences.min(OLD_VLLM_SEQUENCES);
    }
    let case = Case {
        shape,
        device,
        node,
        nic,
        stack,
        format,
        split,
        devices,
        training,
        sequence_parallel,
        efficiency: None,
    };
    let replicas = if training { 1.0 } else { (devices / (split.tensor * split.pipeline)).floor().max(1.0) };
    let serving =
        Serving { kv_bytes: formats::kv_bytes(&row.kv_precision), chunk, max_sequences, stream: None };
    Ok(Setup { case, serving, replicas, noted, assumed })
}

/// `max_num_seqs` of vLLM before 0.9, on every card.
const OLD_VLLM_SEQUENCES: f64 = 256.0;

/// Sequence length of a training row that states none.
const SEQUENCE: f64 = 2048.0;

/// What a training row leaves to the rules that plans follow.
fn open_fields(row: &Measurement, noted: &Noted, assumed: &mut Vec<String>) {
    if row.seq_len.or(noted.sequence).is_none() {
        assumed.push(format!("sequences of {SEQUENCE} tokens"));
    }
    let open = [
        ("micro_batch", row.micro_batch.is_none()),
        ("zero", row.zero.is_none()),
        ("recompute", row.recompute.is_none()),
        ("vpp", row.vpp.is_none() && noted.interleaved.is_none() && row.pp.is_some_and(|pp| pp > 1.0)),
    ];
    let open: Vec<&str> = open.iter().filter(|(_, open)| *open).map(|(name, _)| *name).collect();
    if !open.is_empty() {
        assumed.push(format!("{} chosen as for a plan", open.join(", ")));
    }
}

impl Setup {
    /// The training plan of the row, with what it leaves open chosen as for a plan.
    pub fn training(&self, row: &Measurement) -> Result<Training, String> {
        // Where only the batch of a replica is known, it is all that a replica sees.
        let global_batch = row
            .global_batch
            .or_else(|| Some(row.micro_batch? * self.case.split.data))
            .ok_or("the row has no global_batch")?;
        let schedule = self.noted.interleaved.filter(|_| self.case.split.pipeline > 1.0);
        let virtual_stages = row.vpp.or(schedule.map(|interleaved| if interleaved { 2.0 } else { 1.0 }));
        let has = |word: &str| row.precision.contains(word);
        Ok(resolve::training(
            &self.case,
            &Request {
                sequence: row.seq_len.or(self.noted.sequence).unwrap_or(SEQUENCE),
                global_batch,
                micro_batch: row.micro_batch,
                virtual_stages,
                zero: row.zero,
                recompute: row.recompute,
                fp32_master: has("fp32 master"),
                pure_16bit: has("pure"),
                fp32_accumulation: has("fp32 grad"),
                overlap_tensor: self.noted.async_tensor,
                ..Request::default()
            },
        ))
    }
}

/// Width over depth of dense transformers of any size.
const ASPECT: f64 = 128.0;

/// A dense model of which only the size is known: twelve squares of the width in each layer, as wide as
/// such models are.
fn typical(row: &Measurement, assumed: &mut Vec<String>) -> Option<Shape> {
    let params = row.params.filter(|params| *params >= 1e7)?;
    let mixture =
        row.n_experts.or(row.top_k).or(row.active_params.filter(|active| *active < params)).is_some();
    if mixture || row.layers.is_some() || row.hidden.is_some() {
        return None;
    }
    let layers = (params / (12.0 * ASPECT * ASPECT)).cbrt().round().max(1.0);
    let hidden = layers * ASPECT;
    assumed.push(format!("{layers} layers of width {hidden}, from the parameters alone"));
    let spec = ShapeSpec {
        layers,
        hidden,
        heads: row.heads,
        kv_heads: row.kv_heads,
        gated: !matches!(row.ffn_type.as_str(), "gelu" | "relu"),
        ffn: row
            .ffn
            .or(Some((8.0 * hidden / 3.0).round()))
            .filter(|_| !matches!(row.ffn_type.as_str(), "gelu" | "relu")),
        vocab: row.vocab.or(Some(32000.0)),
        params: Some(params),
        ..ShapeSpec::default()
    };
    Some(Shape::new(&spec))
}

/// Dimensions: the row's, completed by the registry where it knows the same model.
fn shape(
    row: &Measurement,
    registry: &Registry,
    noted: &Noted,
    assumed: &mut Vec<String>,
) -> Result<Shape, String> {
    let entry = names::model(registry, &row.model);
    let count = |value: Option<u32>| value.filter(|count| *count > 0).map(f64::from);
    // A name is not enough: the registry's model must have the row's layers and width.
    let agrees = |mine: Option<f64>, known: Option<u32>| match (mine, count(known)) {
        (Some(mine), Some(known)) => mine == known,
        (None, Some(_)) => true,
        (_, None) => false,
    };
    let known: Option<&Entry<Model>> = entry
        .as_deref()
        .filter(|entry| agrees(row.layers, entry.facts.layers) && agrees(row.hidden, entry.facts.hidden_dim));
    let facts = known.map(|entry| &entry.facts);
    let from = |mine: Option<f64>, pick: fn(&Model) -> Option<u32>| mine.or_else(|| count(pick(facts?)));
    let (Some(layers), Some(hidden)) =
        (from(row.layers, |model| model.layers), from(row.hidden, |model| model.hidden_dim))
    else {
        if let Some(shape) = typical(row, assumed) {
            return Ok(shape);
        }
        return Err(if row.model.is_empty() {
            "the row has neither a shape (layers, hidden) nor a model".to_owned()
        } else {
            let shown: String = row.model.chars().take(48).collect();
            format!("the row has no shape (layers, hidden) and the registry no model `{shown}` that has one")
        });
    };
    let gated = match row.ffn_type.as_str() {
        "gelu" | "relu" => false,
        "swiglu" | "geglu" => true,
        _ => facts.and_then(|model| model.gated_mlp).unwrap_or(true),
    };
    let heads = from(row.heads, |model| model.heads);
    let latent = match facts {
        Some(model) => model.kv_lora_rank.is_some(),
        // The line of models that brought latent attention; smaller ones of its name are ordinary.
        None => row.model.to_lowercase().contains("deepseek") && heads.is_some_and(|heads| heads >= 64.0),
    };
    let experts = from(row.n_experts, |model| model.experts).unwrap_or(0.0);
    if heads.is_none() {
        assumed.push("attention heads of 128".to_owned());
    }
    let expert_ffn = from(row.moe_ffn, |model| model.expert_ffn_dim);
    let vocab = from(row.vocab, |model| model.vocab_size);
    if vocab.is_none() {
        assumed.push("a vocabulary of 50257".to_owned());
    }
    let spec = ShapeSpec {
        layers,
        hidden,
        heads,
        kv_heads: from(row.kv_heads, |model| model.kv_heads),
        head_dim: if latent { None } else { from(row.head_dim, |model| model.head_dim) },
        ffn: from(row.ffn, |model| model.ffn_dim),
        gated,
        vocab,
        tied: facts.and_then(|model| model.tied_embeddings).unwrap_or(!gated || noted.tied),
        experts,
        top_k: from(row.top_k, |model| model.active_experts),
        expert_ffn,
        latent,
        params: row.params.or_else(|| facts?.parameters.filter(|count| *count > 0.0)),
        active: row.active_params.or_else(|| facts?.active_parameters.filter(|count| *count > 0.0)),
        window: facts.and_then(|model| model.sliding_window.map(f64::from).zip(model.sliding_window_share)),
    };
    if spec.heads.is_some_and(|heads| heads < 1.0) || layers < 1.0 || hidden < 1.0 {
        return Err("the row's shape has less than one layer, head or channel".to_owned());
    }
    Ok(Shape::new(&spec))
}
