//! Metrics of a language model that answers requests, and of one that only reads.

use super::pass::{Attained, bytes, number, plain, time, told};
use super::step::{Rule, Step};
use super::tree::Builder;
use crate::engine::format;
use crate::engine::model::memory;
use crate::engine::studio::anatomy::{Encoder, Offered, Replica, Serving};
use crate::metrics::Lens;
use crate::registry::{Accelerator, Entry};

fn factor(name: &str, value: f64, source: &str) -> Step {
    Step::given(name, format::figure(value), Some(value), source)
}

impl Builder<'_> {
    /// The accelerators that write tokens.
    fn writer(&self) -> &Entry<Accelerator> {
        let second = self.plan.workload.serve.as_ref().and_then(|serve| serve.decode_hardware.as_deref());
        second.unwrap_or(&self.plan.hardware.accelerator)
    }

    fn attained<'b>(&'b self, replica: &'b Replica, entry: &'b Entry<Accelerator>) -> Attained<'b> {
        Attained::new(self.plan, entry, &replica.case, &replica.rates)
    }

    fn output_tokens(&self, s: &Serving) -> Step {
        let written = self.plan.workload.serve.as_ref().is_some_and(|serve| serve.output_tokens.is_some());
        let source = if written {
            "plan: workload.serve.output_tokens"
        } else {
            "from workload.seq_len: an eighth, at most 512"
        };
        number("output tokens", s.request.1, source)
    }

    fn batch_step(&self) -> Step {
        number("concurrent sequences", self.plan.workload.batch_size as f64, "plan: workload.batch_size")
    }

    /// One step of a number of sequences on a replica, with the drafting before it.
    fn round(
        &self,
        s: &Serving,
        name: &str,
        live: f64,
        of: (&crate::engine::model::inference::PassParts, f64),
    ) -> Step {
        let (parts, drafting) = of;
        let mut attained = self.attained(&s.replica, self.writer());
        let replicas = s.replica.replicas;
        let sequences = if replicas == 1.0 {
            format!("{} sequences on one replica", plain(live))
        } else {
            format!("{} sequences on each of {} replicas", plain(live), plain(replicas))
        };
        let source = if s.load.is_some() {
            format!("{sequences}, as the requests keep them alive")
        } else {
            format!("{sequences} (plan: workload.batch_size)")
        };
        if drafting > 0.0 {
            let check = attained.pass("checking the drafted tokens", parts);
            let draft = told("drafting them", drafting, "the draft model's steps (docs/physics.md)");
            return time(Rule::Sum, name, parts.pass.total + drafting, vec![check, draft])
                .with_sources([source]);
        }
        attained.pass(name, parts).with_sources([source])
    }

    fn itl(&self, s: &Serving) -> Option<Step> {
        let itl = self.report.metric(Lens::Performance, "itl_ms")? / 1e3;
        let (round, lost) = match &s.load {
            Some(load) => {
                let name = format!("a step of {} live sequences", format::figure(load.live));
                (self.round(s, &name, load.live, (&load.step.0, load.step.1)), load.lost)
            }
            None => (self.round(s, "one step", s.replica.sequences, (&s.step, s.drafting_s)), 0.0),
        };
        let mut inputs = Vec::new();
        if s.yields != 1.0 {
            let source = "accepted drafts and the model's own (Leviathan 2023)";
            inputs.push(factor("tokens of a step", s.yields, source).below());
        }
        if lost > 0.0 {
            let source = "prefill takes the rest of the time";
            let share = 1.0 - lost;
            inputs.push(
                Step::given("share of the time for decode", super::pass::share(share), Some(share), source)
                    .below(),
            );
        }
        if inputs.is_empty() {
            return Some(round);
        }
        inputs.insert(0, round);
        Some(time(Rule::Product, "ITL", itl, inputs))
    }

    /// Reading one prompt on a free replica.
    fn read_prompt(&self, s: &Serving) -> Step {
        let replica = s.reader.as_ref().unwrap_or(&s.replica);
        let entry = if s.reader.is_some() { &*self.plan.hardware.accelerator } else { self.writer() };
        let written = self.plan.workload.serve.as_ref().is_some_and(|serve| serve.prompt_tokens.is_some());
        let from = if written { "plan: workload.serve.prompt_tokens" } else { "from workload.seq_len" };
        let fresh = s.request.0 - s.request.2;
        let passes = if s.prompt.passes > 1.0 {
            format!(" in chunks of {}", plain(s.prompt.tokens.ceil()))
        } else {
            String::new()
        };
        let source = format!("{} prompt tokens to read{passes} ({from})", plain(fresh));
        let pass = self.attained(replica, entry).pass("reading the prompt", &s.prompt).with_sources([source]);
        if s.draft_prompt_s <= 0.0 {
            return pass;
        }
        let draft = told("the draft reads it too", s.draft_prompt_s, "");
        time(
            Rule::Sum,
            "reading the prompt with both",
            s.prompt.pass.total + s.draft_prompt_s,
            vec![pass, draft],
        )
    }

    /// Time to first token, on average (`None`) or of a quantile with its place in the list of waits.
    fn first_token(&self, s: &Serving, quantile: Option<(f64, usize)>) -> Option<Step> {
        let read = self.read_prompt(s);
        let alone = read.number?;
        let Some(load) = &s.load else {
            if s.transfer_s <= 0.0 {
                return Some(read);
            }
            let moved = told("its cache moves to the other pool", s.transfer_s, "");
            return Some(time(Rule::Sum, "TTFT", alone + s.transfer_s, vec![read, moved]));
        };
        let itl = self.report.metric(Lens::Performance, "itl_ms")? / 1e3;
        let (share, waits) = (quantile.map_or(0.5, |(q, _)| q), load.waits_s?);
        let queue = Self::queued(load, read);
        let queued = queue.number?;
        let under_way = time(
            Rule::Product,
            "the step that is under way",
            share * itl,
            vec![factor("share of it", share, ""), self.itl(s)?.brief().named("ITL")],
        );
        let reading = match quantile {
            None => queue,
            Some((q, _)) => {
                let times = -(1.0 - q).ln();
                let times = factor("ln(1 / (1 − q))", times, "the quantile q of an exponential");
                time(Rule::Product, "reading, this quantile", queued * -(1.0 - q).ln(), vec![queue, times])
            }
        };
        let wait = told("wait for a live sequence", waits[quantile.map_or(0, |(_, at)| at)], "Erlang C");
        let mut inputs = vec![under_way, reading];
        if s.transfer_s > 0.0 {
            inputs.push(told("its cache moves to the other pool", s.transfer_s, ""));
        }
        let total = inputs.iter().filter_map(|step| step.number).sum::<f64>() + wait.number?;
        inputs.push(wait);
        Some(time(Rule::Sum, "TTFT", total, inputs))
    }

    fn queued(load: &Offered, read: Step) -> Step {
        let free = 1.0 - load.prefill_load;
        let source = "M/M/1: prompts that arrive while one is read";
        let free = Step::given("share that is free", super::pass::share(free), Some(free), source);
        time(
            Rule::Product,
            "reading, with the prompts before it",
            load.prefill_s / (1.0 - load.prefill_load),
            vec![read, free.below()],
        )
    }

    /// From the first to the last token.
    fn writing(&self, s: &Serving) -> Option<Step> {
        let itl = self.itl(s)?.named("ITL");
        let steps = (s.request.1 - 1.0).max(0.0);
        let seconds = steps * self.report.metric(Lens::Performance, "itl_ms")? / 1e3;
        Some(time(
            Rule::Product,
            "writing",
            seconds,
            vec![number("output tokens after the first", steps, "plan: workload.serve.output_tokens"), itl],
        ))
    }

    fn whole(&self, s: &Serving, first: Step) -> Option<Step> {
        let writing = self.writing(s)?;
        let total = first.number? + writing.number?;
        let first =
            if s.load.is_some() { first.named("TTFT") } else { first.named("TTFT, nobody before it") };
        Some(time(Rule::Sum, "request latency", total, vec![first, writing]))
    }

    /// Tokens a second that the deployment can write.
    fn capacity(&self, s: &Serving) -> Step {
        let per_token = (s.step.pass.total + s.drafting_s) / s.yields;
        let steps = (s.request.1 - 1.0).max(0.0);
        let shown = format!("{} tok/s", format::figure(s.capacity));
        if s.reader.is_some() {
            return Step::given(
                "tokens that can be written",
                shown,
                Some(s.capacity),
                "the slower pool (docs/physics.md)",
            );
        }
        let read = told(
            "prefill of the whole batch",
            s.batch_prompt_s,
            "as one prompt, for all sequences of a replica",
        );
        let pace = self.round(s, "one step", s.replica.sequences, (&s.step, s.drafting_s));
        let pace = if s.yields == 1.0 {
            pace
        } else {
            let yields = factor("tokens of a step", s.yields, "").below();
            time(Rule::Product, "time of a token", per_token, vec![pace, yields])
        };
        let writing = time(
            Rule::Product,
            "writing",
            steps * per_token,
            vec![number("output tokens after the first", steps, ""), pace],
        );
        let total = s.batch_prompt_s + steps * per_token;
        let whole = time(Rule::Sum, "one batch", total, vec![read, writing]);
        Step::product(
            "tokens that can be written",
            shown,
            s.capacity,
            vec![self.batch_step(), self.output_tokens(s), whole.below()],
        )
    }

    fn offered(&self, s: &Serving, load: &Offered) -> Step {
        let asked = load.rate * s.request.1;
        Step::product(
            "tokens asked for",
            format!("{} tok/s", format::figure(asked)),
            asked,
            vec![
                Step::given(
                    "request rate",
                    format!("{}/s", format::figure(load.rate)),
                    Some(load.rate),
                    "plan: workload.serve.request_rate",
                ),
                self.output_tokens(s),
            ],
        )
    }

    fn output(&self, s: &Serving) -> Option<Step> {
        let can = self.capacity(s);
        let Some(load) = &s.load else { return Some(can) };
        let rate = self.report.metric(Lens::Performance, "output_tokens_per_s")?;
        let shown = format!("{} tok/s", format::figure(rate));
        Some(Step::of(Rule::Minimum, "output tokens/s", shown, rate, vec![self.offered(s, load), can]))
    }

    /// Sequences that memory allows.
    fn room(&self, s: &Serving) -> Step {
        let replica = &s.replica;
        let (case, prompt) = (&replica.case, (s.request.0 - s.request.2).max(1.0));
        let token = memory::kv_token_local(case, replica.kv_bytes) + replica.draft_kv_token;
        let cache = replica.case.shape.span(replica.context) * token;
        let one = memory::serving(case, 0.0, 0.0, s.request.0, 1.0, 2.0).activations;
        let mut free = vec![
            Self::capacity_fact(case.device.capacity, self.writer()),
            bytes("weights", replica.memory.weights, "see memory used").below(),
            bytes("reserve", replica.memory.context, super::fit::RESERVE).below(),
        ];
        if replica.draft_weights > 0.0 {
            free.push(bytes("draft weights", replica.draft_weights, "").below());
        }
        let left = Rule::Sum
            .apply(&free.iter().filter_map(|step| Some((step.number?, step.divides))).collect::<Vec<_>>());
        let left = left.unwrap_or(0.0);
        let held = Step::product(
            "cache of one sequence",
            format::bytes(cache),
            cache,
            vec![
                super::fit::held("tokens held", replica),
                bytes("bytes of a token on one accelerator", token, "see the KV cache"),
            ],
        );
        let buffers = bytes("buffers of one prompt", prompt * one, "");
        let small = left / (cache + prompt * one);
        let (ratio, inputs) = if small * prompt <= replica.chunk {
            let per = Step::sum(
                "one more sequence",
                format::bytes(cache + prompt * one),
                cache + prompt * one,
                vec![held, buffers],
            );
            (small, vec![Step::sum("free", format::bytes(left), left, free), per.below()])
        } else {
            free.push(bytes("buffers of one chunk", replica.chunk * one, "").below());
            let left = left - replica.chunk * one;
            (left / cache, vec![Step::sum("free", format::bytes(left), left, free), held.below()])
        };
        let shown = format::grouped(s.most);
        if s.most != ratio.max(0.0).floor() || ratio < 0.0 {
            return Step::given(
                "sequences on one replica",
                shown,
                Some(s.most),
                "memory of one accelerator (docs/physics.md)",
            );
        }
        let ratio = Step::product("free over one more sequence", format::figure(ratio), ratio, inputs);
        Step::of(Rule::Floor, "sequences on one replica", shown, s.most, vec![ratio])
    }

    /// A metric of a language model that answers requests.
    pub(super) fn serving(&self, key: &str, s: &Serving) -> Option<Step> {
        let value = self.report.metric(Lens::Performance, key)?;
        let latency = |s| self.round(s, "one step", s.replica.sequences, (&s.step, s.drafting_s));
        Some(match key {
            "itl_ms" => self.itl(s)?,
            "latency" => latency(s),
            "ttft_ms" => self.first_token(s, None)?,
            "ttft_p50_ms" => self.first_token(s, Some((0.5, 1)))?,
            "ttft_p99_ms" => self.first_token(s, Some((0.99, 2)))?,
            "request_latency_ms" => self.whole(s, self.first_token(s, None)?)?,
            "request_latency_p50_ms" => self.whole(s, self.first_token(s, Some((0.5, 1)))?)?,
            "request_latency_p99_ms" => self.whole(s, self.first_token(s, Some((0.99, 2)))?)?,
            "throughput" => {
                let mut inputs = vec![self.batch_step(), latency(s).below()];
                if s.yields != 1.0 {
                    inputs.push(factor("tokens of a step", s.yields, ""));
                }
                Step::product("throughput", format!("{}/s", format::figure(value)), value, inputs)
            }
            "output_tokens_per_s" => self.output(s)?,
            "offered_load" => {
                let asked = self.offered(s, s.load.as_ref()?);
                Step::product(
                    "offered load",
                    super::pass::share(value),
                    value,
                    vec![asked, self.capacity(s).below()],
                )
            }
            "max_concurrency" => Step::product(
                "sequences",
                format::grouped(value),
                value,
                vec![self.room(s), number("replicas", s.replica.replicas, self.provenance("data"))],
            ),
            "mfu" => {
                let rate = self.output(s)?;
                if s.request_flop / s.request.1.max(1.0) * rate.number? / s.peak > 1.0 {
                    return None;
                }
                let model = &self.plan.workload.model;
                Step::product(
                    "MFU",
                    super::pass::share(value),
                    value,
                    vec![
                        Step::given(
                            "operations of one request",
                            format::flop(s.request_flop),
                            Some(s.request_flop),
                            super::cited(&model.id, "operations of prompt and output", &model.source),
                        ),
                        rate,
                        self.output_tokens(s).below(),
                        Step::given("peak of all accelerators", format::flop_per_s(s.peak), Some(s.peak), "")
                            .below(),
                    ],
                )
            }
            _ => return None,
        })
    }

    /// A metric of a transformer that reads whole sequences.
    pub(super) fn encoding(&self, key: &str, e: &Encoder) -> Option<Step> {
        let value = self.report.metric(Lens::Performance, key)?;
        let batch = || number("sequences", e.batch, "plan: workload.batch_size");
        let pass = || {
            let entry = &self.plan.hardware.accelerator;
            let source = format!(
                "{} sequences of {} tokens on a replica",
                plain(e.replica.sequences),
                self.plan.workload.seq_len
            );
            self.attained(&e.replica, entry).pass("one batch", &e.pass).with_sources([source])
        };
        Some(match key {
            "latency" => pass(),
            "throughput" => Step::product(
                "throughput",
                format!("{}/s", format::figure(value)),
                value,
                vec![batch(), pass().below()],
            ),
            "mfu" if value < 1.0 => {
                let (case, flop) = (&e.replica.case, e.flop);
                let peak = case.devices * case.peak();
                Step::product(
                    "MFU",
                    super::pass::share(value),
                    value,
                    vec![
                        Step::given("operations of a replica's batch", format::flop(flop), Some(flop), ""),
                        pass().below(),
                        Step::given("peak of a replica", format::flop_per_s(peak), Some(peak), "").below(),
                    ],
                )
            }
            _ => return None,
        })
    }
}
