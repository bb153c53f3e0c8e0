//! The accelerator and the fleet as the model sees them.

use super::facts::Chip;
use crate::engine::common::constants::FALLBACK_HOST_LINK_BYTES_PER_S;
use crate::engine::common::{ResolveError, Resolved};
use crate::engine::model::{Bridge, Device, Shape, ShapeSpec, Stack, units_by_peak};
use crate::engine::report::Warning;
use crate::plan::Hardware;
use crate::registry::{Accelerator, Entry, Model};

/// Devices of a node where neither plan nor registry says: the usual server.
const NODE: u64 = 8;

/// One accelerator of the plan, and what surrounds it. A rack in the registry counts as the
/// accelerators inside it: `accelerators` in a plan are accelerators, never racks.
#[derive(Debug, Clone, Copy)]
pub struct Machine<'a> {
    /// The registry entry.
    pub entry: &'a Entry<Accelerator>,
    /// Its figures as the model reads them.
    pub chip: Chip,
    /// One accelerator.
    pub device: Device,
    /// Accelerators that share the fast link.
    pub node: u64,
    /// One-way network per accelerator, bytes/s. A plan's `fabric_bandwidth` is the rate of one network
    /// card, and a node has one card for each accelerator, as vendors build them.
    pub nic: f64,
    /// Accelerators of the plan.
    pub count: u64,
    /// Accelerators inside the registry entry: 1, or those of a rack.
    pub chips: f64,
    /// Share of peak that the plan states.
    pub efficiency: Option<f64>,
    /// Factor on the published peaks of narrower formats; 1 but for wall 21.
    pub peak_scale: f64,
}

/// A rate of the entry's table, of one accelerator; 0 where the table has none.
pub fn table_rate(entry: &Entry<Accelerator>, key: &str) -> f64 {
    let chips = entry.facts.accelerator_count.map_or(1.0, |count| f64::from(count.max(1)));
    entry.facts.precision_flop_per_s.get(key).copied().unwrap_or(0.0) / chips
}

/// One-way link between `ranks` accelerators of a node, bytes/s per accelerator; `None` where the registry
/// has none. A bridge joins a few cards: more of them talk over PCIe. A rack's link is quoted for the rack.
pub fn link(facts: &Accelerator, ranks: f64) -> Option<f64> {
    let chips = facts.accelerator_count.map_or(1.0, |count| f64::from(count.max(1)));
    let reaches = bridge(facts).is_none_or(|bridge| ranks <= bridge.cards);
    let scale_up = facts.nvlink.as_ref().filter(|_| reaches);
    scale_up.or(facts.interconnect.as_ref()).map(|link| link.one_way_bytes_per_s / chips)
}

/// Whether weights can be held outside the part and stream in layer by layer (Lie 2022): wafer-scale systems.
pub fn streams(entry: &Entry<Accelerator>) -> bool {
    entry.id.starts_with("Cerebras")
}

/// Rate at which weights stream into one part, bytes/s; `None` where it does not stream.
pub fn stream(entry: &Entry<Accelerator>) -> Option<f64> {
    let link = entry.facts.interconnect.as_ref().filter(|_| streams(entry))?;
    Some(link.one_way_bytes_per_s).filter(|rate| *rate > 0.0)
}

/// The bridge that joins a few cards, such as `NVLink bridge (2 cards)`; 2 where the name does not say.
pub fn bridge(facts: &Accelerator) -> Option<Bridge> {
    let link = facts.nvlink.as_ref()?;
    let name = link.name.to_ascii_lowercase();
    let (_, behind) = name.split_once("bridge")?;
    let cards =
        behind.split_once(" cards").and_then(|(before, _)| before.rsplit('(').next()?.trim().parse().ok());
    Some(Bridge { cards: cards.unwrap_or(2.0), one_way: link.one_way_bytes_per_s })
}

/// Parallel units of one accelerator, each under its maker's word; by the peak where the registry has none.
pub fn units(entry: &Entry<Accelerator>, peak16: f64) -> f64 {
    ["sm_count", "compute_units", "gpu_cores", "matrix_units"]
        .iter()
        .find_map(|key| entry.facts.figures.get(*key)?.as_f64())
        .filter(|units| *units >= 1.0)
        .unwrap_or_else(|| units_by_peak(peak16))
}

/// Dense 16-bit peak of one accelerator, flop/s, and whether the part has 16-bit arithmetic at all.
pub fn peak16(entry: &Entry<Accelerator>, chips: f64) -> (f64, bool) {
    let default = entry.facts.peak_flop_per_s / chips;
    for key in ["fp16", "bf16", "fp16_dense", "bf16_dense"] {
        let rate = table_rate(entry, key);
        if rate > 0.0 {
            return (rate, true);
        }
    }
    // The default peak is an 8-bit one where the table repeats it there and knows nothing wider.
    let int8 = table_rate(entry, "int8");
    let wider = ["fp32", "tf32"].iter().any(|key| table_rate(entry, key) > 0.0);
    if int8 > 0.0 && default >= int8 && !wider { (default / 2.0, false) } else { (default, true) }
}

impl<'a> Machine<'a> {
    /// The plan's hardware; an error where a figure allows no evaluation.
    pub fn of(hardware: &'a Hardware) -> Resolved<Machine<'a>> {
        Machine::with(hardware, &hardware.accelerator, &Chip::of(&hardware.accelerator))
    }

    /// The plan's hardware around accelerators of `entry`, whose figures are `chip`. A stated link is that of
    /// the plan's own accelerators.
    pub fn with(hardware: &Hardware, entry: &'a Entry<Accelerator>, chip: &Chip) -> Resolved<Machine<'a>> {
        let (peak, bandwidth, capacity) = (chip.peak16, chip.bandwidth, chip.capacity);
        let node = hardware
            .accelerators_per_node
            .or_else(|| hardware.node_count.map(|nodes| hardware.accelerators.div_ceil(nodes.max(1))))
            .or(chip.node)
            .unwrap_or(NODE)
            .max(1);
        let sharing = hardware.accelerators.max(1).min(node) as f64;
        let intra = hardware
            .intra_node_bytes_per_s
            .filter(|_| entry.id == hardware.accelerator.id)
            .or(chip.link(sharing))
            .unwrap_or(FALLBACK_HOST_LINK_BYTES_PER_S);
        for (field, value, what) in [
            ("hardware.name", peak, "peak"),
            ("hardware.name", bandwidth, "memory bandwidth"),
            ("hardware.name", capacity, "memory"),
            ("hardware.intra_node_bw", intra, "link inside a node"),
            ("hardware.fabric_bandwidth", hardware.fabric_bytes_per_s, "link between nodes"),
        ] {
            if !(value > 0.0 && value.is_finite()) {
                return Err(ResolveError::bad_input(
                    field,
                    format!("{} has a {what} of {value}; above 0 is needed", entry.name),
                ));
            }
        }
        Ok(Machine {
            entry,
            chip: *chip,
            device: Device {
                family: chip.family,
                peak16: peak,
                peak8: 0.0,
                peak32: chip.fp32,
                bandwidth,
                capacity,
                intra,
                // A stated link is the one between all cards of a node.
                bridge: chip.bridge.filter(|bridge| {
                    let stated =
                        hardware.intra_node_bytes_per_s.is_some() && entry.id == hardware.accelerator.id;
                    !stated && sharing > bridge.cards
                }),
                units: chip.units,
                power_w: chip.power_w,
            },
            node,
            nic: hardware.fabric_bytes_per_s,
            count: hardware.accelerators.max(1),
            chips: chip.chips,
            efficiency: hardware.efficiency,
            peak_scale: 1.0,
        })
    }

    /// What a reader must know about links: a plan's nodes end a link that reaches further.
    pub fn notes(&self) -> Option<Warning> {
        let domain = u64::from(self.entry.facts.link_domain()?);
        let reach = domain.min(self.count);
        (self.node < reach).then(|| Warning {
            code: "link_cut",
            message: format!(
                "one link spans {domain} of {}, but the plan's nodes have {}: beyond them the fabric is taken; \
                 leave `accelerators_per_node` out or write {domain}",
                self.entry.id, self.node
            ),
        })
    }

    /// The machine as a stack drives it. GeForce parts add in 16 bits at twice the published rate, which is
    /// that of adding in 32 bits; of the stacks only llama.cpp makes use of it.
    #[must_use]
    pub fn under(self, stack: &Stack) -> Machine<'a> {
        let factor = if stack.narrow_sums() && self.chip.geforce { 2.0 } else { 1.0 };
        Machine { device: Device { peak16: self.device.peak16 * factor, ..self.device }, ..self }
    }

    /// Whether the part multiplies 16-bit numbers.
    pub fn has_16bit(&self) -> bool {
        self.chip.has_16bit
    }

    /// Whether the family's constants were fitted to measurements (or the plan states the efficiency).
    pub fn fitted(&self) -> bool {
        self.device.family.constants().fitted
    }
}

/// GeForce parts by id: a four-digit number behind RTX, without a word of the professional lines.
pub fn is_geforce(id: &str) -> bool {
    let id = id.to_ascii_lowercase();
    let digits: String =
        id.chars().skip_while(|c| !c.is_ascii_digit()).take_while(char::is_ascii_digit).collect();
    let professional = ["ada", "pro", "a6000", "a5000", "a4000", "a2000", "quadro", "titan"]
        .iter()
        .any(|word| id.contains(word));
    id.contains("rtx") && !professional && digits.len() == 4 && matches!(digits.as_bytes()[0], b'2'..=b'5')
}

/// A share of the body's parameters left for MLPs, when their width is not published.
fn derived_ffn(model: &Model, spec: &ShapeSpec, heads: f64, matrices: f64) -> Option<f64> {
    let counted = Shape::new(&ShapeSpec { heads: Some(heads), ..*spec });
    let body = model.parameters? - counted.tables() - spec.layers * counted.attention_params;
    let per_width = spec.layers * matrices * spec.hidden * spec.experts.max(1.0);
    let width = body / per_width;
    (width >= 1.0).then_some(width)
}

/// Recurrent layers among attention: each keeps a state of fixed size, which weighs in memory and traffic
/// as a window of so many tokens does.
fn recurrent(model: &Model) -> Option<(f64, f64)> {
    let layers = model.layers.filter(|&layers| layers > 0)?;
    let others = layers.checked_sub(model.attention_layers?).filter(|&others| others > 0)?;
    let width = model.head_dim.or_else(|| Some(model.hidden_dim? / model.heads?.max(1)))?;
    let token = 2.0 * f64::from(model.kv_heads.or(model.heads)?) * f64::from(width);
    let state = model.state_elements.unwrap_or(0.0) / f64::from(others);
    (token > 0.0).then(|| ((state / token).max(1.0), f64::from(others) / f64::from(layers)))
}

/// The dimensions of a transformer; `None` where layers or width are not known.
pub fn shape(entry: &Entry<Model>) -> Option<Shape> {
    let model = &entry.facts;
    let number = |value: Option<u32>| value.filter(|&value| value > 0).map(f64::from);
    let (layers, hidden) = (number(model.layers)?, number(model.hidden_dim)?);
    let gated = model.gated_mlp.unwrap_or_else(|| !plain_mlp(&entry.id));
    let experts = number(model.experts).unwrap_or(0.0);
    let latent = model.kv_lora_rank.is_some();
    let mut spec = ShapeSpec {
        layers,
        hidden,
        heads: number(model.heads),
        kv_heads: number(model.kv_heads),
        head_dim: number(model.head_dim).filter(|_| !latent),
        ffn: number(model.ffn_dim),
        gated,
        vocab: number(model.vocab_size),
        tied: model.tied_embeddings.unwrap_or(!gated),
        experts,
        top_k: number(model.active_experts),
        expert_ffn: number(model.expert_ffn_dim),
        latent,
        params: model.parameters.filter(|count| *count > 0.0),
        active: model.active_parameters.filter(|count| *count > 0.0),
        window: number(model.sliding_window).zip(model.sliding_window_share).or_else(|| recurrent(model)),
    };
    let heads = spec.heads.unwrap_or_else(|| (hidden / 128.0).round_ties_even().max(1.0));
    let matrices = if gated { 3.0 } else { 2.0 };
    if experts > 0.0 && spec.expert_ffn.is_none() {
        spec.expert_ffn = derived_ffn(model, &spec, heads, matrices);
    } else if experts <= 0.0 && spec.ffn.is_none() {
        spec.ffn = derived_ffn(model, &spec, heads, matrices);
    }
    Some(Shape::new(&thinned(model, spec)))
}

/// A stack of layers of which each has a mixer or an MLP, not both, is one of fewer whole layers: as many as
/// the parameters make. What caches or keeps a state stays as it is.
fn thinned(model: &Model, spec: ShapeSpec) -> ShapeSpec {
    let counted = Shape::new(&spec);
    let (Some(params), Some(caching)) = (spec.params, model.attention_layers.map(f64::from)) else {
        return spec;
    };
    let body = spec.layers * (counted.attention_params + counted.ffn_params);
    let share = (params - counted.tables()) / body;
    let layers = (spec.layers * share).max(caching).max(1.0);
    // Up to a fifth is what shapes leave out; it is carried by a factor.
    if share >= LEAST_SHARE || caching >= layers {
        return spec;
    }
    let state = model.state_elements.unwrap_or(0.0) / (layers - caching);
    let window = (state / counted.kv_elements).max(1.0);
    ShapeSpec { layers, window: Some((window, (layers - caching) / layers)), ..spec }
}

/// Share of the counted parameters below which a shape has not all its parts in every layer.
const LEAST_SHARE: f64 = 0.8;

/// Models of the GPT line, whose MLP has two matrices and whose head shares the embedding.
fn plain_mlp(id: &str) -> bool {
    const LINES: &[&str] = &["gpt", "bert", "opt_", "bloom", "t5", "falcon", "vit"];
    let id = id.to_ascii_lowercase();
    LINES.iter().any(|line| id.starts_with(line))
}

/// True for models that read a whole sequence at once and write none (BERT and its kin): their unit of
/// work is a sequence.
pub fn is_encoder(entry: &Entry<Model>) -> bool {
    let model = &entry.facts;
    let text = &model.architecture;
    if text.to_ascii_lowercase().contains("encoder") && !text.to_ascii_lowercase().contains("decoder") {
        return true;
    }
    // A token costs two operations per parameter; a sequence costs hundreds.
    model.inference_flop.zip(model.parameters).is_some_and(|(flop, count)| flop > 20.0 * count)
}
