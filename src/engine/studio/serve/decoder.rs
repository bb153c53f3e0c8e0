//! Language models that write tokens: latencies, throughput, and what a request rate does to them.

use super::parts::{
    chosen_parallelism, communication, fit, loads, prefill_loads, replica, streaming, timeline, waiting,
};
use super::placement::room_for;
use super::{Placement, Request, Site, draft, load, notes, pools};
use crate::engine::common::constants::TOKENS_PER_REASONING_STEP;
use crate::engine::format;
use crate::engine::model::constants::Prediction;
use crate::engine::model::inference::{self, Engine, Online, Pass, PassParts};
use crate::engine::model::memory;
use crate::engine::model::primitives::Rates;
use crate::engine::readings::{Queue, ServingFigures, Streaming};
use crate::engine::studio::anatomy::{self, Anatomy};
use crate::engine::studio::{Outcome, band, bottleneck, performance};
use crate::metrics::Values;
use crate::plan::{Plan, Serve};

/// Forward passes of the model and of the draft beside it.
#[derive(Clone, Copy)]
struct Engines<'a> {
    model: Engine<'a>,
    draft: Option<Engine<'a>>,
}

impl<'a> Engines<'a> {
    fn of(placement: &'a Placement, rates: &Rates) -> Engines<'a> {
        let serving = &placement.serving;
        Engines {
            model: Engine::new(&placement.case, rates, serving),
            draft: placement.draft.as_ref().map(|draft| draft.engine(serving)),
        }
    }
}

/// Where tokens are written, and with what.
#[derive(Clone, Copy)]
struct Decode<'a> {
    engines: &'a Engines<'a>,
    placement: &'a Placement,
    context: f64,
}

impl Decode<'_> {
    /// Positions of each sequence in one step of the model.
    fn positions(&self) -> f64 {
        if self.placement.draft.is_some() { draft::DRAFTED + 1.0 } else { 1.0 }
    }

    fn pass(&self, live: f64) -> Pass {
        self.engines.model.verify(live, self.context, self.positions())
    }

    fn parts(&self, live: f64) -> PassParts {
        self.engines.model.verify_parts(live, self.context, self.positions())
    }

    /// Seconds that the drafting before one step takes.
    fn drafting(&self, live: f64) -> f64 {
        self.engines
            .draft
            .as_ref()
            .map_or(0.0, |draft| draft::DRAFTED * draft.decode(live, self.context).total)
    }

    /// Tokens that one step yields for each sequence.
    fn yields(&self) -> f64 {
        self.placement.draft.map_or(1.0, |draft| draft.yields)
    }

    /// Seconds between two tokens of `live` sequences on a replica.
    fn itl(&self, live: f64) -> f64 {
        (self.pass(live).total + self.drafting(live)) / self.yields()
    }

    /// The same, for many numbers of sequences one after the other.
    fn pace(&self) -> impl Fn(f64) -> f64 {
        let steps = self.engines.model.steps(self.context, self.positions());
        let drafts = self.engines.draft.as_ref().map(|draft| draft.steps(self.context, 1.0));
        let yields = self.yields();
        move |live| {
            let drafting = drafts.as_ref().map_or(0.0, |steps| draft::DRAFTED * steps.seconds(live));
            (steps.seconds(live) + drafting) / yields
        }
    }
}

/// Where prompts are read.
struct Prefill<'a> {
    engines: &'a Engines<'a>,
    placement: &'a Placement,
    /// Its accelerators do nothing else.
    alone: bool,
    transfer_s: f64,
}

impl Prefill<'_> {
    fn pass(&self, batch: f64, request: &Request) -> Pass {
        self.engines.model.prefill(batch, request.prompt, request.cached)
    }

    fn seconds(&self, batch: f64, request: &Request) -> f64 {
        self.with_draft(self.pass(batch, request).total, batch, request)
    }

    /// The draft reads the prompts as well.
    fn with_draft(&self, seconds: f64, batch: f64, request: &Request) -> f64 {
        let drafts =
            self.engines.draft.as_ref().map(|draft| draft.prefill(batch, request.prompt, request.cached));
        seconds + drafts.map_or(0.0, |pass| pass.total)
    }
}

/// Seconds in which a replica answers its live sequences, all at once: their prompts, then their tokens.
pub(super) fn answer_s(placement: &Placement, request: &Request) -> f64 {
    let rates = Rates::of(&placement.case);
    let engines = Engines::of(placement, &rates);
    let decode = Decode { engines: &engines, placement, context: request.prompt + request.output / 2.0 };
    let prefill = Prefill { engines: &engines, placement, alone: false, transfer_s: 0.0 };
    let live = placement.sequences;
    prefill.seconds(live, request) + (request.output - 1.0).max(0.0) * decode.itl(live)
}

/// Latencies of one replica at the plan's request rate; a prompt by itself takes `alone`.
fn under_load(
    prefill: &Prefill<'_>,
    decode: &Decode<'_>,
    request: &Request,
    (alone, rate): (f64, f64),
) -> Online {
    let increment = ((prefill.seconds(4.0, request) - alone) / 3.0).max(0.0);
    let per_prompt = rate / prefill.placement.replicas as f64;
    let share = (per_prompt * increment).min(inference::MOST_PREFILL);
    let lost = if prefill.alone { 0.0 } else { share };
    let most = decode.placement.serving.max_sequences.min(inference::MOST_LIVE);
    let tokens = rate * request.output / decode.placement.replicas as f64;
    let mut load = inference::settle((alone, increment), share, lost, (tokens, most), decode.pace());
    load.prefill_load = per_prompt * increment;
    load.saturated |= load.prefill_load >= 1.0;
    load
}

/// Evaluates a language model on the accelerators that write tokens; `first` is the pool that reads the
/// prompts, where that is another one.
pub(super) fn evaluate(
    plan: &Plan,
    serve: &Serve,
    (site, placement): (&Site<'_>, &Placement),
    first: Option<(&Site<'_>, &Placement)>,
    known: bool,
) -> Outcome {
    let case = &placement.case;
    let request = &site.request;
    let (prompt, output) = (request.prompt, request.output);
    let context = prompt + output / 2.0;
    let rates = Rates::of(case);
    let engines = Engines::of(placement, &rates);
    let decode = Decode { engines: &engines, placement, context };
    let reader = first.map_or(placement, |(_, prefill)| prefill);
    let reading = first.map(|(_, prefill)| {
        let rates = Rates::of(&prefill.case);
        (rates, Engines::of(prefill, &rates))
    });
    let (reading_rates, readers) =
        reading.as_ref().map_or((&rates, &engines), |(rates, engines)| (rates, engines));
    let prefill = Prefill {
        engines: readers,
        placement: reader,
        alone: first.is_some(),
        transfer_s: first.map_or(0.0, |(_, prefill)| pools::transfer(prefill, placement, prompt)),
    };
    let pass = decode.pass(placement.sequences);
    let drafting = decode.drafting(placement.sequences);
    let round = pass.total + drafting;
    let per_token = round / decode.yields();
    let steps = (output - 1.0).max(0.0);
    let batch = site.batch as f64;
    let one_prompt = prefill.pass(1.0, request);
    let alone = prefill.with_draft(one_prompt.total, 1.0, request);
    let capacity = if prefill.alone {
        // The slower pool sets the pace.
        let read = reader.replicas as f64 / alone;
        output * if steps > 0.0 { read.min(batch / (steps * per_token)) } else { read }
    } else {
        batch * output / (prefill.seconds(placement.sequences, request) + steps * per_token)
    };
    let mut tokens_per_s = capacity;
    let mut itl = per_token;
    let mut warnings = notes::warnings(plan, site, placement);
    let mut prediction = Prediction::Decode;
    let mut offered = None;
    // One request on a free deployment, until a rate is given.
    let mut ttft = Some(alone + prefill.transfer_s);
    let mut latencies = None;
    let mut under = None;
    let per_place = capacity / output.max(1.0) / batch;
    if let Some(rate) = serve.request_rate_per_s.filter(|rate| *rate > 0.0) {
        let load = under_load(&prefill, &decode, request, (alone, rate));
        itl = load.itl_s;
        tokens_per_s = tokens_per_s.min(rate * output);
        prediction = Prediction::ServeOnline;
        offered = Some(rate * output / capacity);
        latencies = load::latencies(&load, rate, (per_place, site.batch), prefill.transfer_s, steps * itl);
        ttft = latencies.map(|latencies| latencies.ttft_s);
        under = Some(load);
        if latencies.is_none() && site.words {
            warnings.push(notes::saturated(rate, capacity / output.max(1.0), batch));
        }
    }
    let mut held = placement;
    if let Some((first, prefill)) = first {
        if site.words {
            warnings.extend(first.finding(plan));
            warnings.push(notes::two_pools(first, site, pools::transfer(prefill, placement, prompt)));
        }
        if placement.fits() && !prefill.fits() {
            held = prefill;
        }
    }
    let fresh = prompt - request.cached;
    let pairs = |n: f64| case.shape.pairs(n, n * (n + 1.0) / 2.0);
    let prompt_flops = case.shape.forward_flops(fresh, (pairs(prompt) - pairs(request.cached)).max(0.0));
    let output_flops = case.shape.forward_flops(steps, steps * case.shape.span(context));
    let peak =
        |placement: &Placement| placement.case.devices * placement.replicas as f64 * placement.case.peak();
    let possible = peak(placement) + first.map_or(0.0, |(_, prefill)| peak(prefill));
    let mfu = (tokens_per_s / output.max(1.0) * (prompt_flops + output_flops) / possible).min(1.0);
    let (compute, traffic) = loads(placement, &rates, context, decode.positions());
    let most = room_for(placement, request) * placement.replicas as f64;
    let fitted = site.machine.fitted();
    let summary = || {
        format!(
            "{}, ITL {} {}, {} output tokens/s",
            notes::first_token(ttft, latencies),
            format::seconds(itl),
            band(prediction.band(known, fitted), fitted),
            format::figure(tokens_per_s)
        )
    };
    let mut metrics = Values::default();
    metrics.set(const { performance("latency") }, round * 1e3);
    metrics.set(const { performance("throughput") }, batch * decode.yields() / round);
    metrics.set(const { performance("mfu") }, mfu);
    if let Some(ttft) = ttft {
        metrics.set(const { performance("ttft_ms") }, ttft * 1e3);
        metrics.set(const { performance("request_latency_ms") }, (ttft + steps * itl) * 1e3);
    }
    if let Some(at) = latencies {
        metrics.set(const { performance("ttft_p50_ms") }, at.ttft_p50_s * 1e3);
        metrics.set(const { performance("ttft_p99_ms") }, at.ttft_p99_s * 1e3);
        metrics.set(const { performance("request_latency_p50_ms") }, (at.ttft_p50_s + at.writing_s) * 1e3);
        metrics.set(const { performance("request_latency_p99_ms") }, (at.ttft_p99_s + at.writing_s) * 1e3);
    }
    metrics.set(const { performance("itl_ms") }, itl * 1e3);
    metrics.set(const { performance("output_tokens_per_s") }, tokens_per_s);
    metrics.set(const { performance("max_concurrency") }, most);
    if let Some(offered) = offered {
        metrics.set(const { performance("offered_load") }, offered);
    }
    Outcome {
        memory: fit(site.words, held, true),
        metrics,
        summary: if site.words { summary() } else { String::new() },
        timeline: timeline(site.words, &pass, (compute, traffic), drafting),
        bottleneck: bottleneck(compute, traffic),
        parallelism: Some(chosen_parallelism(placement)),
        warnings,
        tokens_per_s: Some(tokens_per_s),
        mfu,
        efficiency: rates.gemm16 / case.device.peak16,
        compute,
        traffic,
        overhead_s: pass.launch + pass.host,
        communication: communication(site.words, placement, &pass),
        node: case.node,
        serving: Some(ServingFigures {
            ttft_s: ttft.unwrap_or(f64::INFINITY),
            itl_s: itl,
            thinking_itl_s: serve.reasoning_steps.map_or(itl, |steps| {
                // Thoughts stay in the context: on average half of them are there.
                let context = prompt + steps as f64 * TOKENS_PER_REASONING_STEP / 2.0;
                itl * Decode { context, ..decode }.itl(placement.sequences) / per_token
            }),
            sequences: batch,
            most,
            prompt,
            context: request.context,
            // On average over the layers: those with a window keep fewer tokens.
            kv_token_bytes: memory::kv_token_local(case, placement.serving.kv_bytes)
                * case.shape.span(request.context)
                / request.context,
            weights: placement.memory.weights,
        }),
        // Another pool's prefill streams over links of its own.
        streaming: streaming(site, placement, &pass).map(|streaming| Streaming {
            prefill: first.is_none().then_some((one_prompt.run, one_prompt.stream)),
            ..streaming
        }),
        waits_s: waiting(&pass),
        prefill: Some(prefill_loads(reader, reading_rates, &one_prompt, prompt_flops, fresh)),
        // A request holds one of the live sequences from its first to its last token.
        queue: Some(Queue {
            per_server_per_s: per_place,
            servers: site.batch,
            latency_s: match (latencies, ttft) {
                (Some(latencies), _) => latencies.p99_without_wait_s,
                (None, Some(ttft)) => ttft + steps * itl,
                (None, None) => f64::INFINITY,
            },
        }),
        second_pool: first.is_some(),
        anatomy: site.open.then(|| {
            Anatomy::Serve(Box::new(anatomy::Serving {
                replica: replica(site, placement, &rates),
                reader: first.map(|(first, prefill)| replica(first, prefill, reading_rates)),
                request: (prompt, output, request.cached),
                batch,
                step: decode.parts(placement.sequences),
                drafting_s: drafting,
                yields: decode.yields(),
                prompt: readers.model.prefill_parts(1.0, prompt, request.cached),
                draft_prompt_s: alone - one_prompt.total,
                transfer_s: prefill.transfer_s,
                batch_prompt_s: prefill.seconds(placement.sequences, request),
                capacity,
                load: serve.request_rate_per_s.zip(under).map(|(rate, load)| anatomy::Offered {
                    rate,
                    live: load.concurrency,
                    step: (decode.parts(load.concurrency), decode.drafting(load.concurrency)),
                    lost: if prefill.alone { 0.0 } else { load.prefill_share },
                    prefill_load: load.prefill_load,
                    prefill_s: load.prefill_s,
                    waits_s: latencies.map(|at| {
                        let quantile = |q| load.ttft_quantile_s(q) + prefill.transfer_s;
                        let read = load.prefill_s / (1.0 - load.prefill_load);
                        [
                            at.ttft_s - 0.5 * load.itl_s - read - prefill.transfer_s,
                            at.ttft_p50_s - quantile(0.5),
                            at.ttft_p99_s - quantile(0.99),
                        ]
                    }),
                }),
                request_flop: prompt_flops + output_flops,
                peak: possible,
                most: room_for(placement, request),
            }))
        }),
    }
}
