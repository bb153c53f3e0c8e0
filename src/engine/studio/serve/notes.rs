//! What a reader of serving numbers must know.

use super::load::Latencies;
use super::parts::chosen_parallelism;
use super::{Placement, Site};
use crate::engine::format;
use crate::engine::model::Stack;
use crate::engine::report::Warning;
use crate::engine::studio::{divided, idle, rack, why_divided};
use crate::plan::{Auto, Plan};

pub(super) fn warnings(plan: &Plan, site: &Site<'_>, placement: &Placement) -> Vec<Warning> {
    let mut all = Vec::new();
    if !site.words {
        return all;
    }
    all.extend(site.finding(plan));
    all.extend(rack(site.machine));
    let mut warn = |code, message: String| all.push(Warning { code, message });
    let machine = site.machine;
    if let Some(name) = &plan.workload.stack
        && (Stack::by_name(name).is_none_or(Stack::trains) && !name.eq_ignore_ascii_case("auto"))
    {
        warn(
            "stack_assumed",
            format!("no figures for serving with {name}: those of {} are used", site.stack.name),
        );
    }
    let split = &placement.case.split;
    let (tensor, pipeline) = (split.tensor as u64, split.pipeline as u64);
    let given = matches!(plan.parallelism.tensor, Some(Auto::Is(_)));
    if !given && machine.count > 1 {
        warn(
            "parallelism_chosen",
            format!(
                "chosen: {}: {}",
                divided(&chosen_parallelism(placement)),
                if placement.fits() {
                    why_divided(plan, "tensor")
                } else {
                    "none fits; it needs the least memory"
                }
            ),
        );
    }
    if let Some(link) = placement.serving.stream {
        warn(
            "weights_stream_in",
            format!(
                "no division of {} holds the weights: {} stream in for every step, at {}",
                format::count(machine.count, "accelerator"),
                format::bytes(placement.weights * split.pipeline),
                format::bytes_per_s(link)
            ),
        );
    }
    if placement.case.node < split.tensor * split.pipeline {
        warn(
            "network_per_accelerator",
            format!(
                "a replica spans nodes: {} between them is taken per accelerator, one network card each",
                format::bytes_per_s(machine.nic)
            ),
        );
    }
    if site.shape.heads % split.tensor != 0.0 || site.shape.layers % split.pipeline != 0.0 {
        warn(
            "uneven_shards",
            format!("tensor {tensor} and pipeline {pipeline} do not divide the model evenly"),
        );
    }
    if placement.sequences > placement.serving.max_sequences {
        warn(
            "engine_limit",
            format!(
                "{} runs at most {} sequences at once by default; a replica is asked for {}",
                site.stack.name, placement.serving.max_sequences, placement.sequences
            ),
        );
    }
    if let Some(limit) = plan.workload.model.facts.context_length
        && site.request.context > f64::from(limit)
    {
        warn(
            "context_length",
            format!("{} tokens of context are more than the model's {limit}", site.request.context),
        );
    }
    let live = site.batch.min(placement.replicas);
    let mut idle_warning = idle(machine.count, placement.replicas * tensor * pipeline);
    if live < placement.replicas {
        idle_warning = Some(Warning {
            code: "idle_ranks",
            message: format!(
                "{} sequences leave {} of {} replicas without work",
                site.batch,
                placement.replicas - live,
                placement.replicas
            ),
        });
    }
    let unread = [
        ("parallelism.context", matches!(plan.parallelism.context, Some(Auto::Is(ranks)) if ranks > 1)),
        (
            "parallelism.expert",
            matches!(plan.parallelism.expert, Some(Auto::Is(ranks)) if ranks > 1 && site.expert == 1),
        ),
    ];
    for (field, _) in unread.iter().filter(|(_, given)| *given) {
        warn("field_not_evaluated", format!("{field} has no effect on these numbers"));
    }
    all.extend(idle_warning);
    all
}

/// More requests than the deployment answers.
pub(super) fn saturated(rate: f64, carried: f64, sequences: f64) -> Warning {
    Warning {
        code: "saturated",
        message: format!(
            "{} requests/s arrive and about {} are answered, at {} sequences: the queue has no end, so times to first \
             token and of whole requests are withheld",
            format::figure(rate),
            format::figure(carried),
            format::grouped(sequences)
        ),
    }
}

/// The time to first token in words, with how the requests arrive.
pub(super) fn first_token(ttft: Option<f64>, load: Option<Latencies>) -> String {
    match (ttft, load) {
        (_, Some(load)) => format!(
            "TTFT {} mean, {} P99 (Poisson arrivals)",
            format::seconds(load.ttft_s),
            format::seconds(load.ttft_p99_s)
        ),
        (Some(ttft), None) => format!("TTFT {} (idle)", format::seconds(ttft)),
        (None, None) => "TTFT without end (saturated)".to_owned(),
    }
}

/// What stands where, when prompts and tokens have accelerators of their own.
pub(super) fn two_pools(first: &Site<'_>, second: &Site<'_>, transfer_s: f64) -> Warning {
    Warning {
        code: "two_pools",
        message: format!(
            "{} × {} for prompts and as many {} for tokens; the KV cache of a prompt moves in {}",
            first.machine.count,
            first.machine.entry.id,
            second.machine.entry.id,
            format::seconds(transfer_s)
        ),
    }
}
