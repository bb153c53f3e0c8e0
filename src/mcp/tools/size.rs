//! `size_serving`: traffic and latency targets to a fleet.

mod answer;

use serde_json::json;

use super::{Answer, Effect, Job, Tool, object};
use crate::engine::figures::{Figures, figures};
use crate::engine::report::Status;
use crate::mcp::arguments::{Argument, Kind};
use crate::mcp::draft::NAME;
use crate::mcp::errors::Refusal;
use crate::metrics::Lens;
use crate::plan::edit;
use crate::registry::Physics;
use crate::render::numbers::number;
use crate::search::optimize::axes;

const ABOVE_ZERO: Kind = Kind::Number(0.0, f64::INFINITY);
const TOKENS: Kind = Kind::Integer(1, 10_000_000);

/// Accelerators that are tried where the call names none.
const USUAL: [&str; 5] = ["A100", "H100", "H200", "B200", "MI300X"];

/// The argument that each field of the plan comes from.
const FIELDS: [(&str, &str); 8] = [
    ("workload.name", "model"),
    ("workload.serve.prompt_tokens", "prompt_tokens"),
    ("workload.serve.output_tokens", "output_tokens"),
    ("workload.seq_len", "prompt_tokens"),
    ("workload.serve.request_rate", "request_rate_per_s"),
    ("hardware.name", "accelerators"),
    ("hardware.precision", "precisions"),
    ("ops.region", "region"),
];

/// Arguments about the answer and not about the fleet.
const ABOUT_ANSWER: [&str; 1] = ["limit"];

/// The registry's group of accelerators for data centres.
const GROUP: &str = "cloud";

/// Accelerators that one model instance may be divided over.
const TENSOR: [u64; 4] = [1, 2, 4, 8];

/// Most concurrent sequences of one instance.
const MOST_SEQUENCES: u64 = 4096;

/// Most instances of one fleet.
const MOST_INSTANCES: u64 = 100_000;

/// Times the instances that carry the load that are tried for the sake of latency.
const MOST_MORE: u64 = 16;

/// The tool.
pub const TOOL: Tool = Tool {
    name: "size_serving",
    title: "Size a serving fleet",
    description: "Traffic and latency targets to the cheapest fleet: over accelerators, number formats and tensor division, the \
        instances that carry the load and keep the latencies, and the cost of a year. Traffic is request_rate_per_s, or \
        users and how often each asks. Gives the winner's plan, the targets asserted in it.",
    arguments: &[
        Argument::required("model", NAME, "Such as Llama3_70B."),
        Argument::optional(
            "request_rate_per_s",
            ABOVE_ZERO,
            "",
            "Requests per second at peak; or give users.",
        ),
        Argument::optional("users", ABOVE_ZERO, "", "People who use it at the same time, at peak."),
        Argument::optional(
            "seconds_between_requests",
            ABOVE_ZERO,
            "60",
            "With users: from one request of a user to the next.",
        ),
        Argument::optional("prompt_tokens", TOKENS, "1024", "Mean prompt, tokens."),
        Argument::optional("output_tokens", TOKENS, "256", "Mean answer, tokens."),
        Argument::optional("max_ttft_ms", ABOVE_ZERO, "2000", "Longest mean time to first token, ms."),
        Argument::optional("max_ttft_p99_ms", ABOVE_ZERO, "", "Longest P99 time to first token, ms."),
        Argument::optional("max_itl_ms", ABOVE_ZERO, "50", "Longest inter-token latency, ms."),
        Argument::optional(
            "max_load",
            Kind::Number(0.0, 0.99),
            "0.8",
            "Share of capacity that may be asked for at peak.",
        ),
        Argument::optional(
            "accelerators",
            Kind::Texts(1, 12, 200),
            "[\"A100\",\"H100\",\"H200\",\"B200\",\"MI300X\"]",
            "To try, by registry name.",
        ),
        Argument::optional(
            "precisions",
            Kind::Texts(1, 6, 40),
            "[\"fp16\",\"fp8\"]",
            "To try, beside the model's own.",
        ),
        Argument::optional("region", NAME, "\"US_Avg\"", "Region for money and carbon."),
        Argument::optional(
            "acquisition",
            Kind::Choice(&[("buy", ""), ("rent", "")]),
            "\"buy\"",
            "Buy or rent.",
        ),
        Argument::optional("limit", Kind::Integer(1, 200), "5", "Most candidates and refusals."),
    ],
    output: || {
        object(
            json!({
                "found": {"type": "boolean"},
                "best": {"type": ["object", "null"]},
                "candidates": {"type": "array", "description": "Cheapest of each accelerator first."},
                "refused": {"type": "array"},
                "assumed": {"type": "object"},
                "not_tried": {"type": "array"},
                "yaml": {"type": ["string", "null"]},
            }),
            &["found", "candidates", "assumed"],
        )
    },
    effect: Effect::None,
    open_plan: false,
    work,
};

/// What the call asks for.
struct Demand {
    model: String,
    rate: f64,
    prompt: u64,
    output: u64,
    ttft_ms: f64,
    ttft_p99_ms: Option<f64>,
    itl_ms: f64,
    load: f64,
    region: String,
    acquisition: String,
}

/// One way to serve it.
#[derive(Clone)]
struct Fleet {
    accelerator: String,
    precision: String,
    tensor: u64,
    instances: u64,
    concurrency: u64,
}

struct Candidate {
    fleet: Fleet,
    figures: Figures,
    usd_per_year: f64,
}

impl Demand {
    /// The plan of a fleet with this traffic.
    fn text(&self, fleet: &Fleet) -> String {
        self.text_at(fleet, Some(self.rate))
    }

    /// The plan of a fleet; without a rate it is as busy as its concurrency makes it.
    fn text_at(&self, fleet: &Fleet, rate: Option<f64>) -> String {
        let traffic = rate.map_or_else(String::new, |rate| format!("    request_rate: {rate}/s\n"));
        let mut promises = format!(
            "    - {{metric: performance.ttft_ms, max: {}}}\n    - {{metric: performance.itl_ms, max: {}}}\n",
            self.ttft_ms, self.itl_ms
        );
        if let Some(most) = self.ttft_p99_ms {
            promises.push_str(&format!("    - {{metric: performance.ttft_p99_ms, max: {most}}}\n"));
        }
        promises.push_str(&format!("    - {{metric: performance.offered_load, max: {}}}\n", self.load));
        let total = fleet.tensor * fleet.instances;
        format!(
            "version: \"1.0\"\nname: {}\nworkload:\n  name: {}\n  mode: serve\n  batch_size: {}\n  seq_len: {}\n  serve:\n    prompt_tokens: {}\n    output_tokens: {}\n{traffic}hardware:\n  name: {}\n  accelerators: {total}\n  precision: {}\nparallelism:\n  tensor: {}\n  data: {}\nops:\n  region: {}\n  duration_days: 365\n  acquisition: {}\nconstraints:\n  assert:\n{promises}",
            edit::scalar(&format!(
                "Serve {} at {} requests/s on {total} × {}",
                self.model,
                number(self.rate),
                fleet.accelerator
            )),
            edit::scalar(&self.model),
            fleet.concurrency * fleet.instances,
            self.prompt + self.output,
            self.prompt,
            self.output,
            edit::scalar(&fleet.accelerator),
            edit::scalar(&fleet.precision),
            fleet.tensor,
            fleet.instances,
            edit::scalar(&self.region),
            self.acquisition,
        )
    }
}

struct Search<'a, 'j> {
    job: &'a Job<'j>,
    demand: Demand,
    tried: u64,
    of: f64,
    done: f64,
}

impl Search<'_, '_> {
    fn figures(&mut self, fleet: &Fleet, rate: Option<f64>) -> Result<Figures, Refusal> {
        self.job.progress.step(self.done, self.of, || {
            format!("{} {} tensor {}, {} plans", fleet.accelerator, fleet.precision, fleet.tensor, self.tried)
        })?;
        self.tried += 1;
        let text = self.demand.text_at(fleet, rate);
        let reading = self.job.bench.read(&text, Some(Physics::Studio));
        match &reading.plan {
            Some(plan) => Ok(figures(plan, reading.registry_or(&self.job.bench.registry))),
            None => Err(Refusal::plan(&reading.diagnostics, &text)),
        }
    }

    /// The largest concurrency of one instance that fits and keeps the inter-token latency. The traffic is not asked
    /// here: on one instance, all of it would be too much.
    fn concurrency(&mut self, fleet: &Fleet) -> Result<Result<u64, String>, Refusal> {
        let mut fleet = Fleet { instances: 1, ..fleet.clone() };
        let mut holds = |search: &mut Self, concurrency: u64| -> Result<Option<String>, Refusal> {
            fleet.concurrency = concurrency;
            let figures = search.figures(&fleet, None)?;
            if figures.status == Status::Infeasible {
                return Ok(Some("it does not fit".into()));
            }
            Ok(match figures.metric(Lens::Performance, "itl_ms") {
                Some(itl) if itl <= search.demand.itl_ms => None,
                Some(itl) if concurrency == 1 => {
                    Some(format!("ITL is {} ms with a single sequence", number(itl)))
                }
                Some(_) => Some("ITL is too long".into()),
                None => Some("it has no inter-token latency".into()),
            })
        };
        if let Some(why) = holds(self, 1)? {
            return Ok(Err(why));
        }
        let (mut low, mut high) = (1, 2);
        while high <= MOST_SEQUENCES && holds(self, high)?.is_none() {
            low = high;
            high *= 2;
        }
        while high - low > 1 && high <= MOST_SEQUENCES {
            let middle = u64::midpoint(low, high);
            if holds(self, middle)?.is_none() { low = middle } else { high = middle }
        }
        Ok(Ok(low))
    }

    /// The instances that carry the load and keep the time to the first token.
    fn candidate(&mut self, mut fleet: Fleet, node: u64) -> Result<Result<Candidate, String>, Refusal> {
        fleet.concurrency = match self.concurrency(&fleet)? {
            Ok(concurrency) => concurrency,
            Err(why) => return Ok(Err(why)),
        };
        fleet.instances = 1;
        let alone = self.figures(&fleet, Some(self.demand.rate))?;
        let load = alone.metric(Lens::Performance, "offered_load").unwrap_or(f64::INFINITY);
        let carrying = (load / self.demand.load).ceil().max(1.0);
        if carrying > MOST_INSTANCES as f64 {
            return Ok(Err(format!("it takes more than {MOST_INSTANCES} instances")));
        }
        // What carries the load may still be too slow: more instances shorten the queue and leave each more time
        // between two prompts. Doubling finds some that hold, halving the gap the fewest.
        let mut few = carrying as u64;
        let mut many = fill(few, fleet.tensor, node);
        let most = many.saturating_mul(MOST_MORE);
        let held = loop {
            fleet.instances = many;
            let figures = self.figures(&fleet, Some(self.demand.rate))?;
            if figures.status == Status::Ok {
                break figures;
            }
            if many >= most {
                return Ok(Err(self.obstacle(&fleet, &figures)));
            }
            few = many + 1;
            many = fill(many * 2, fleet.tensor, node);
        };
        let mut best = (many, held);
        let mut end = best.0;
        while few < end {
            let middle = u64::midpoint(few, end);
            fleet.instances = fill(middle, fleet.tensor, node);
            if fleet.instances >= best.0 {
                end = middle;
                continue;
            }
            let figures = self.figures(&fleet, Some(self.demand.rate))?;
            if figures.status == Status::Ok {
                (best, end) = ((fleet.instances, figures), middle);
            } else {
                few = fleet.instances + 1;
            }
        }
        (fleet.instances, _) = best;
        Ok(match best.1.metric(Lens::Macro, "annual_tco_usd") {
            Some(usd_per_year) => Ok(Candidate { fleet, figures: best.1, usd_per_year }),
            None => Err("its price is not known".into()),
        })
    }

    /// Which target a fleet with instances enough for the load misses.
    fn obstacle(&self, fleet: &Fleet, figures: &Figures) -> String {
        let over = |key, most: f64| figures.metric(Lens::Performance, key).filter(|value| *value > most);
        let demand = &self.demand;
        let count = fleet.instances;
        if let Some(itl) = over("itl_ms", demand.itl_ms) {
            return format!("ITL is {} ms with {count} instances", number(itl));
        }
        if let Some(ttft) = over("ttft_ms", demand.ttft_ms) {
            return format!("TTFT is {} ms with {count} instances", number(ttft));
        }
        if let Some(ttft) = demand.ttft_p99_ms.and_then(|most| over("ttft_p99_ms", most)) {
            return format!("P99 TTFT is {} ms with {count} instances", number(ttft));
        }
        "it does not carry the load".into()
    }
}

/// The least number of instances, from this one, whose accelerators are less than a node or fill nodes.
fn fill(instances: u64, tensor: u64, node: u64) -> u64 {
    let whole = |count: &u64| count * tensor <= node || (count * tensor).is_multiple_of(node);
    (instances..=instances + node).find(whole).unwrap_or(instances)
}

fn work(job: &Job<'_>) -> Result<Answer, Refusal> {
    let given = job.given;
    let rate = match (given.number("request_rate_per_s"), given.number("users")) {
        (Some(rate), None) => rate,
        (None, Some(users)) => users / given.number("seconds_between_requests").unwrap_or(60.0),
        (Some(_), Some(_)) => {
            return Err(Refusal::new("conflict", "users", "a request rate and users were both given")
                .fix("give request_rate_per_s alone, or users and seconds_between_requests"));
        }
        (None, None) => {
            return Err(Refusal::new("missing-argument", "request_rate_per_s", "the traffic is missing")
                .allowed("request_rate_per_s, or users and seconds_between_requests")
                .fix("add request_rate_per_s, or users"));
        }
    };
    let demand = Demand {
        model: given.text("model").unwrap_or_default().to_owned(),
        rate,
        prompt: given.integer("prompt_tokens").unwrap_or(1024),
        output: given.integer("output_tokens").unwrap_or(256),
        ttft_ms: given.number("max_ttft_ms").unwrap_or(2000.0),
        ttft_p99_ms: given.number("max_ttft_p99_ms"),
        itl_ms: given.number("max_itl_ms").unwrap_or(50.0),
        load: given.number("max_load").unwrap_or(0.8),
        region: given.text("region").unwrap_or("US_Avg").to_owned(),
        acquisition: given.choice("acquisition", "buy"),
    };
    let or = |list: Vec<&str>, usual: &[&str]| -> Vec<String> {
        let list = if list.is_empty() { usual.to_vec() } else { list };
        list.into_iter().map(str::to_owned).collect()
    };
    let accelerators = or(given.texts("accelerators"), &USUAL);
    let mut precisions = or(given.texts("precisions"), &["fp16", "fp8"]);
    // What the makers published in loses nothing, and is mostly the cheapest.
    let model = job.bench.registry.model(Physics::Studio, &demand.model).ok();
    let native = model.as_ref().and_then(|model| model.facts.released_in());
    if let Some(native) = native.filter(|_| given.texts("precisions").is_empty())
        && !precisions.iter().any(|one| one == native)
    {
        precisions.push(native.to_owned());
    }
    // Names are checked once and before the work: a wrong one is an error and no empty answer.
    let (mut nodes, mut tried) = (Vec::new(), Vec::new());
    let rented = demand.acquisition == "rent";
    for accelerator in &accelerators {
        for precision in &precisions {
            let probe = Fleet {
                accelerator: accelerator.clone(),
                precision: precision.clone(),
                tensor: 1,
                instances: 1,
                concurrency: 1,
            };
            let text = demand.text(&probe);
            let reading = job.bench.read(&text, Some(Physics::Studio));
            let Some(plan) = &reading.plan else {
                return Err(Refusal::plan(&reading.diagnostics, &text).of_arguments(&FIELDS));
            };
            let figures = figures(plan, reading.registry_or(&job.bench.registry));
            if figures.status != Status::Infeasible && figures.metric(Lens::Performance, "itl_ms").is_none() {
                return Err(Refusal::new(
                    "not-served",
                    "model",
                    format!("{} generates no tokens, so there is no fleet to size for them", demand.model),
                )
                .found(demand.model.as_str())
                .allowed("a model that generates tokens: search_registry kind=models")
                .fix("for other models evaluate a plan: p_throughput is what it does in a second"));
            }
            tried.push(plan.hardware.accelerator.id.clone());
            let facts = &plan.hardware.accelerator.facts;
            let priced =
                if rented { facts.rent_usd_per_accelerator_hour } else { facts.unit_cost_usd }.is_some();
            nodes.push((facts.vendor_node.map_or(8, u64::from).max(1), priced));
        }
    }
    let of = (accelerators.len() * precisions.len() * TENSOR.len()) as f64;
    let mut assumed = given.assumed(TOOL.arguments, |name| {
        !ABOUT_ANSWER.contains(&name) && (name != "seconds_between_requests" || given.has("users"))
    });
    // What the quantiles rest on; the arguments say only the means.
    assumed.insert("arrivals".into(), "at random (Poisson)".into());
    assumed.insert(
        "times_in_service".into(),
        "vary like an exponential in the queue; every answer has output_tokens".into(),
    );
    let not_tried: Vec<String> = axes::offered(&job.bench.registry, Physics::Studio, GROUP, rented)
        .map(|entry| entry.id.clone())
        .filter(|id| !tried.contains(id))
        .collect();
    let mut search = Search { job, demand, tried: 0, of, done: 0.0 };
    let mut candidates = Vec::new();
    let mut refused = Vec::new();
    let mut nodes = nodes.into_iter();
    let mut unpriced = std::collections::HashSet::new();
    for accelerator in &accelerators {
        for precision in &precisions {
            let (node, priced) = nodes.next().unwrap_or((8, true));
            if !priced {
                // Said once, and nothing searched: what has no price cannot be the cheapest.
                if unpriced.insert(accelerator) {
                    refused.push(format!("{accelerator}: its price is not known"));
                }
                continue;
            }
            let mut misses: Vec<(String, Vec<u64>)> = Vec::new();
            let mut miss = |tensor: u64, why: String| match misses.iter_mut().find(|(other, _)| *other == why)
            {
                Some((_, tensors)) => tensors.push(tensor),
                None => misses.push((why, vec![tensor])),
            };
            for tensor in TENSOR {
                let fleet = Fleet {
                    accelerator: accelerator.clone(),
                    precision: precision.clone(),
                    tensor,
                    instances: 1,
                    concurrency: 1,
                };
                match search.candidate(fleet, node) {
                    Ok(Ok(candidate)) => candidates.push(candidate),
                    Ok(Err(why)) => miss(tensor, why),
                    Err(refusal) if refusal.code == "cancelled" => return Err(refusal),
                    Err(refusal) => miss(tensor, refusal.message),
                }
                search.done += 1.0;
            }
            refused.extend(misses.into_iter().map(|(why, tensors)| {
                let tensors: Vec<String> = tensors.iter().map(u64::to_string).collect();
                format!("{accelerator} {precision} tensor {}: {why}", tensors.join(", "))
            }));
        }
    }
    let itl = |candidate: &Candidate| {
        candidate.figures.metric(Lens::Performance, "itl_ms").unwrap_or(f64::INFINITY)
    };
    // Of two that cost the same (to the dollar), the one that answers sooner.
    candidates.sort_by(|a, b| {
        a.usd_per_year.round().total_cmp(&b.usd_per_year.round()).then(itl(a).total_cmp(&itl(b)))
    });
    // Whoever names several wants to see each: the cheapest of every accelerator comes before the second of any.
    let (mut each, mut rest): (Vec<Candidate>, Vec<Candidate>) = (Vec::new(), Vec::new());
    for candidate in candidates {
        let seen = each.iter().any(|one| one.fleet.accelerator == candidate.fleet.accelerator);
        if seen { rest.push(candidate) } else { each.push(candidate) }
    }
    each.append(&mut rest);
    answer::answer(&search, &each, &refused, (&assumed, &not_tried))
}
