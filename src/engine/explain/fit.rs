//! Memory of one accelerator, part by part.

use super::cited;
use super::pass::{bytes, number};
use super::step::Step;
use super::tree::Builder;
use crate::engine::format;
use crate::engine::model::memory;
use crate::engine::model::{Case, ComputeClass};
use crate::engine::report::Part;
use crate::engine::studio::anatomy::{Anatomy, Replica, Trained};
use crate::registry::{Accelerator, Entry};

/// What stands behind the reserve.
pub(super) const RESERVE: &str = "the engine's allowance for driver, runtime and libraries (docs/physics.md)";
const TRAINING: &str = "what layers at work keep for their backward pass (docs/physics.md)";

fn total(name: &str, value: f64, inputs: Vec<Step>) -> Step {
    Step::product(name, format::bytes(value), value, inputs)
}

/// Tokens of a sequence that the cache keeps, over all layers: one with a window, or with a state of fixed size,
/// keeps no more than that.
pub(super) fn held(name: &'static str, r: &Replica) -> Step {
    const PLAN: &str = "plan: workload.seq_len";
    let (window, share) = r.case.shape.window;
    let span = r.case.shape.span(r.context);
    if span >= r.context {
        return number(name, r.context, PLAN);
    }
    let part = |name: &'static str, share: f64, tokens: Step| {
        let value = share * tokens.number.unwrap_or(0.0);
        Step::product(
            name,
            format::figure(value),
            value,
            vec![number("share of the layers", share, ""), tokens],
        )
    };
    let all = part("in layers that keep everything", 1.0 - share, number("context", r.context, PLAN));
    let some =
        part("in layers with a window or a state", share, number("tokens that weigh as much", window, ""));
    Step::sum(name, format::grouped(span), span, vec![all, some])
}

impl Builder<'_> {
    pub(super) fn capacity_fact(value: f64, device: &Entry<Accelerator>) -> Step {
        let name = format!("memory of one {}", device.id);
        let source = cited(&device.id, "memory", device.source_of("memory_bytes"));
        Step::given(name, format::bytes(value), Some(value), source)
    }

    /// A part of the memory, opened; `None` where its terms are not known.
    pub(super) fn fitted(&self, part: &Part) -> Option<Step> {
        let step = match self.anatomy.as_ref()? {
            Anatomy::Serve(serving) => self.served(part, &serving.replica)?,
            Anatomy::Encoder(encoder) => self.served(part, &encoder.replica)?,
            Anatomy::Train(trained) => self.trained_part(part, trained),
            Anatomy::Plain(_) => self.plain_part(part),
        };
        // Another pool's memory may be the one that is shown.
        let same = step.number.is_some_and(|number| (number - part.value).abs() <= 1e-9 * part.value.abs());
        same.then(|| step.named(part.label))
    }

    /// A part of a network that is known by its operation count.
    fn plain_part(&self, part: &Part) -> Step {
        let model = &self.plan.workload.model;
        let count = model.facts.parameters.filter(|count| part.key == "weights" && *count > 0.0);
        let Some(count) = count else {
            let source = "as its kind needs (docs/physics.md, other models)";
            return Step::given(part.label, format::bytes(part.value), Some(part.value), source);
        };
        let width = bytes("bytes of each", part.value / count, "plan: hardware.precision");
        total(
            part.label,
            part.value,
            vec![number("parameters", count, cited(&model.id, "parameters", &model.source)), width],
        )
    }

    fn ways(&self, name: &str, ways: f64) -> Step {
        number(name, ways, self.provenance(name.split(' ').next().unwrap_or(name)))
    }

    fn served(&self, part: &Part, r: &Replica) -> Option<Step> {
        let case = &r.case;
        Some(match part.key {
            "weights" => {
                let weights = self.weights(case, r.weights);
                if !r.streamed {
                    return Some(weights);
                }
                let layers = case.shape.layers / case.split.pipeline;
                total(
                    part.label,
                    part.value,
                    vec![
                        weights.named("all weights"),
                        number("layers at a time: the one at work and the next", 2.0, ""),
                        number("layers", layers, "").below(),
                    ],
                )
            }
            "kv_cache" => {
                let token = memory::kv_token_local(case, r.kv_bytes);
                let heads = &case.shape;
                let numbers = if heads.latent {
                    "latent numbers of a token in a layer"
                } else {
                    "keys and values of a token in a layer: 2 × KV heads × head width"
                };
                let model = &self.plan.workload.model;
                let kv = self.plan.workload.serve.as_ref().and_then(|serve| serve.kv_precision.as_deref());
                let width = match kv {
                    Some(_) => "plan: workload.serve.kv_precision",
                    None => "16 bits, unless the plan is in fp32",
                };
                let mut inputs = vec![
                    number("layers", heads.layers, cited(&model.id, "layers", &model.source)),
                    number(numbers, heads.kv_elements, cited(&model.id, "shape", &model.source)),
                    bytes("bytes of a number", r.kv_bytes, width),
                ];
                if case.kv_ranks() > 1.0 {
                    inputs.push(self.ways("tensor ranks that share the KV heads", case.kv_ranks()).below());
                }
                if case.split.pipeline > 1.0 {
                    inputs.push(self.ways("pipeline", case.split.pipeline).below());
                }
                total(
                    part.label,
                    part.value,
                    vec![
                        number(
                            "sequences on a replica",
                            r.sequences,
                            "plan: workload.batch_size over the replicas",
                        ),
                        held("tokens held for each", r),
                        total("one token", token, inputs),
                    ],
                )
            }
            "activations" => Step::given(
                part.label,
                format::bytes(part.value),
                Some(part.value),
                "what one layer needs for the tokens of the largest pass (docs/physics.md)",
            ),
            "draft_weights" | "draft_kv" => Step::given(
                part.label,
                format::bytes(part.value),
                Some(part.value),
                "plan: workload.serve.draft_model",
            ),
            _ => Step::given(part.label, format::bytes(part.value), Some(part.value), RESERVE),
        })
    }

    /// Weights of one accelerator: tables of tokens keep more bits than the layers do.
    fn weights(&self, case: &Case, local: f64) -> Step {
        let (shape, number_format) = (&case.shape, &case.format);
        let model = &self.plan.workload.model;
        let from = |what: &str| cited(&model.id, what, &model.source);
        let whole = memory::weights_total(case);
        let tables = shape.tables();
        let named = |name: &str, count: f64, width: f64, source: String| {
            total(
                name,
                count * width,
                vec![
                    number("parameters", count, source),
                    bytes("bytes of each", width, "plan: hardware.precision"),
                ],
            )
        };
        let mixed = number_format.class == ComputeClass::Eight && number_format.weight_bytes == 1.0;
        let all = if number_format.total_bytes.is_some() || (number_format.fp4 && shape.is_moe()) {
            bytes(
                "all weights",
                whole,
                from("size of the released weights, or experts in 4 bits and the rest in 16"),
            )
        } else {
            let head = if mixed { 2.0 } else { number_format.head_bytes };
            let count = shape.total - tables;
            let parts = vec![
                named(
                    "layers",
                    count,
                    number_format.weight_bytes,
                    from("parameters without the tables of tokens"),
                ),
                named(
                    if head > number_format.weight_bytes {
                        "embedding and head, which stay in wider numbers"
                    } else {
                        "embedding and head"
                    },
                    tables,
                    head,
                    from("vocabulary × width"),
                ),
            ];
            Step::sum("all weights", format::bytes(whole), whole, parts)
        };
        let split = &case.split;
        let ranks = split.tensor * split.pipeline;
        let even = whole / ranks;
        if ranks == 1.0 {
            return all.named("weights");
        }
        let mut inputs = vec![all];
        for (name, ways) in [("tensor", split.tensor), ("pipeline", split.pipeline)] {
            if ways > 1.0 {
                inputs.push(self.ways(name, ways).below());
            }
        }
        let share = total("their share", even, inputs);
        let more = local - even;
        if more.abs() <= 1e-9 * local {
            return share.named("weights");
        }
        let (word, why) = if shape.is_moe() {
            ("experts that are shared otherwise", "plan: parallelism.expert")
        } else {
            ("copies of KV heads: more ranks than heads", "the ranks beyond the KV heads keep copies")
        };
        let mut rest = bytes(word, more.abs(), why);
        rest.divides = more < 0.0;
        Step::sum("weights", format::bytes(local), local, vec![share, rest])
    }

    fn trained_part(&self, part: &Part, t: &Trained) -> Step {
        let (count, shares) = memory::training_shares(&t.case, &t.plan);
        let place = ["weights", "gradients", "optimizer"].iter().position(|key| *key == part.key);
        let Some(place) = place else {
            let source = if part.key == "reserve" { RESERVE } else { TRAINING };
            return Step::given(part.label, format::bytes(part.value), Some(part.value), source);
        };
        let (width, ranks) = shares[place];
        let model = &self.plan.workload.model;
        let all = number(
            "parameters on one rank",
            count,
            cited(&model.id, "parameters, over tensor, pipeline and experts", &model.source),
        );
        let recipe = match part.key {
            "optimizer" => "master copy and states (plan: workload.train.optimizer)",
            _ => "mixed precision: 16 bits, gradients in 32 where the stack adds them so",
        };
        let mut inputs = vec![all, bytes("bytes of each", width, recipe)];
        if t.plan.trainable < 1.0 && part.key != "weights" {
            inputs[1].sources.push("LoRA: of the adapters alone".into());
        }
        if ranks > 1.0 {
            let source = format!("{}; ZeRO {}", self.provenance("data"), t.plan.zero);
            inputs.push(number("ranks that share them", ranks, source).below());
        }
        total(part.label, part.value, inputs)
    }
}
