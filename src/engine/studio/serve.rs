//! Transformers answering requests.
//!
//! `batch_size` sequences are live at once, spread over the replicas, each holding `seq_len` tokens of
//! context. A request has `prompt_tokens` and `output_tokens`; where a plan gives neither, the output is
//! an eighth of the context, at most 512 tokens, and the prompt the rest.
//!
//! | room | what it holds |
//! | --- | --- |
//! | `placement` | how the fleet is divided |
//! | `decoder` | language models that write tokens, under load too |
//! | `encoder` | models that read whole sequences and write nothing |
//! | `draft` | speculative decoding |
//! | `load` | waiting when requests arrive at random |
//! | `pools` | prefill and decode on different accelerators |
//! | `parts` | parts of an outcome that all of these have |
//! | `notes` | warnings |

mod decoder;
mod draft;
mod encoder;
mod load;
mod notes;
mod parts;
mod placement;
mod pools;

use super::formats;
use super::machine::Machine;
use super::{Outcome, Query, divides};
use crate::engine::common::{ResolveError, Resolved};
use crate::engine::model::{Shape, Stack};
use crate::plan::{Auto, Plan, Serve};
use placement::{Aim, Placement, Site};

/// One request, tokens.
#[derive(Debug, Clone, Copy)]
struct Request {
    prompt: f64,
    output: f64,
    cached: f64,
    /// Context that memory is kept for.
    context: f64,
}

fn request(plan: &Plan, serve: &Serve) -> Request {
    let held = plan.workload.seq_len.max(1);
    let shortest = |length: u64| (length / 8).clamp(1, 512);
    let (prompt, output) = match (serve.prompt_tokens, serve.output_tokens) {
        (Some(prompt), Some(output)) => (prompt, output),
        (Some(prompt), None) if prompt < held => (prompt, held - prompt),
        (Some(prompt), None) => (prompt, shortest(prompt)),
        (None, Some(output)) => (held.saturating_sub(output).max(1), output),
        (None, None) => (held.saturating_sub(shortest(held)).max(1), shortest(held)),
    };
    let block = serve.kv_block_tokens.unwrap_or(1).max(1) as f64;
    let longest = held.max(prompt.saturating_add(output)) as f64;
    Request {
        prompt: prompt as f64,
        output: output as f64,
        cached: serve.cached_prefix_tokens.unwrap_or(0).min(prompt) as f64,
        // A paged cache is held in whole blocks.
        context: (longest / block).ceil() * block,
    }
}

/// Evaluates a serving plan.
pub(super) fn evaluate(query: &Query<'_>, machine: &Machine<'_>, shape: Shape) -> Resolved<Outcome> {
    let plan = query.plan;
    let empty = Serve::default();
    let serve = plan.workload.serve.as_ref().unwrap_or(&empty);
    let gguf = formats::choose(&plan.hardware.precision, machine, false).gguf;
    let named = plan.workload.stack.as_deref().and_then(Stack::by_name).filter(|stack| !stack.trains());
    let stack = named.unwrap_or_else(|| Stack::serving_default(gguf));
    let known = named.is_some() || gguf;
    let machine = &machine.under(stack);
    let chosen = formats::choose(&plan.hardware.precision, machine, false);
    let mut expert = match plan.parallelism.expert {
        Some(Auto::Is(expert)) => expert.max(1),
        _ => 1,
    };
    if expert > 1 && !shape.is_moe() {
        expert = 1;
    }
    if shape.is_moe() && expert as f64 > shape.experts {
        return Err(ResolveError::bad_input(
            "parallelism.expert",
            format!("is {expert}; the model has {} experts", shape.experts),
        ));
    }
    divides("parallelism.expert", expert, machine.count)?;
    let site = Site {
        machine,
        shape,
        chosen: &chosen,
        stack,
        kv_bytes: formats::kv_bytes(
            serve.kv_precision.as_deref().unwrap_or(if plan.hardware.precision == "fp32" {
                "fp32"
            } else {
                "fp16"
            }),
        ),
        chunk: serve.prefill_chunk_tokens.map(|tokens| tokens.max(1) as f64),
        request: request(plan, serve),
        batch: plan.workload.batch_size.max(1),
        expert,
        speculation: draft::speculation(serve, query.facts.draft.as_ref())?,
        aim: Aim::Answer,
        words: query.words,
        open: query.open,
    };
    if query.facts.net.encoder {
        let site = Site { speculation: None, aim: Aim::Read(plan.workload.seq_len.max(1) as f64), ..site };
        return Ok(encoder::evaluate(plan, &site, &site.divide(plan)?, known));
    }
    let Some((entry, supply)) = serve.decode_hardware.as_deref().zip(query.facts.second.as_ref()) else {
        let placement = site.divide(plan)?;
        return Ok(decoder::evaluate(plan, serve, (&site, &placement), None, known));
    };
    let decoding = pools::machine(query, machine, (entry, &supply.chip), stack)?;
    let chosen = formats::choose(&plan.hardware.precision, &decoding, false);
    let second = Site { machine: &decoding, chosen: &chosen, ..site };
    // A prompt at a time is in work on each replica of the first pool; it has no draft to hold. Many small
    // replicas read the most prompts.
    let first = Site { batch: 1, speculation: None, aim: Aim::Smallest, ..site };
    let prefill = first.divide(plan)?;
    let placement = second.divide(plan)?;
    Ok(decoder::evaluate(plan, serve, (&second, &placement), Some((&first, &prefill)), known))
}
