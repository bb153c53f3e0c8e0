//! Every metric and every wall as a tree of steps down to sourced facts. One tree for all doors.

use super::step::{Rule, Step};
use super::{Explanation, cited};
use crate::engine::format;
use crate::engine::report::{Part, Phase, Report, WallReading};
use crate::engine::studio::{self, anatomy::Anatomy};
use crate::metrics::{Lens, METRICS, Metric};
use crate::plan::{Auto, Plan};
use crate::registry::Physics;

/// What the steps are made from.
pub(super) struct Builder<'a> {
    pub(super) plan: &'a Plan,
    pub(super) report: &'a Report,
    /// The terms behind the figures, where the profile has them.
    pub(super) anatomy: Option<Anatomy>,
}

impl<'a> Builder<'a> {
    pub(super) fn new(plan: &'a Plan, report: &'a Report) -> Builder<'a> {
        let studio = plan.physics == Physics::Studio;
        Builder { plan, report, anatomy: if studio { studio::anatomy(plan) } else { None } }
    }
}

/// A metric of a plan's report as a tree; `None` where the report has no such metric.
pub fn metric(metric: &Metric, plan: &Plan, report: &Report) -> Option<Step> {
    report.metric(metric.lens, metric.key)?;
    let builder = Builder::new(plan, report);
    let opened = super::told(metric, plan, report);
    let step = match metric.lens {
        Lens::Macro => builder.macro_metric(metric.key),
        Lens::Feasibility => builder.memory(metric.key),
        Lens::Performance => builder.performance(metric.key),
    };
    let step = step.unwrap_or_else(|| builder.opened(metric, &opened));
    let known: Vec<String> = step.walk().iter().flat_map(|(_, step)| step.sources.clone()).collect();
    let further = opened.sources.into_iter().filter(|source| !known.contains(source)).collect::<Vec<_>>();
    // Manufacture is told beside it, not in it.
    let name = if metric.key == "carbon_footprint" { "carbon of operation" } else { metric.label };
    Some(Step { name: name.into(), ..step }.with_sources(further))
}

/// A wall as a tree: its equation with values, and the figures of the report that it rests on.
pub fn wall(wall: &WallReading, plan: &Plan, report: &Report) -> Step {
    let builder = Builder::new(plan, report);
    let keys: &[(Lens, &str)] = match wall.number {
        2 => &[(Lens::Feasibility, "memory_utilization")],
        4 => &[(Lens::Performance, "ttft_ms"), (Lens::Performance, "itl_ms")],
        14 => &[(Lens::Performance, "comm_overhead")],
        17 => &[(Lens::Macro, "tco_usd")],
        18 => &[(Lens::Macro, "carbon_footprint")],
        _ => &[],
    };
    let mut inputs: Vec<Step> = keys
        .iter()
        .filter_map(|(lens, key)| METRICS.iter().find(|one| one.lens == *lens && one.key == *key))
        .filter_map(|one| metric(one, plan, report))
        .collect();
    if wall.number == 1 {
        inputs.extend([builder.peak(), builder.parameters()].into_iter().flatten());
    }
    let value = match (wall.value.is_empty(), wall.pressure) {
        (false, _) if !wall.limit.is_empty() => format!("{} against {}", wall.value, wall.limit),
        (false, _) => wall.value.clone(),
        (true, Some(pressure)) => super::pass::share(pressure),
        (true, None) => wall.sentence.clone(),
    };
    let phase = match wall.phase {
        Phase::Prefill | Phase::Decode => format!(", {}", wall.phase.name()),
        _ => String::new(),
    };
    let name = format!("wall {} {}{phase}", wall.number, wall.name);
    Step::equation(name, value, wall.equation, wall.substituted.clone(), inputs)
        .with_sources(wall.sources.iter().cloned())
}

impl Builder<'_> {
    /// A fact of the plan's accelerator.
    pub(super) fn fact(&self, name: &str, value: String, number: f64, field: &str) -> Step {
        let device = &self.plan.hardware.accelerator;
        Step::given(name, value, Some(number), cited(&device.id, name, device.source_of(field)))
    }

    /// A fact of the plan's region.
    pub(super) fn grid_fact(&self, name: &str, value: String, number: f64, field: &str) -> Step {
        let grid = self.plan.ops.as_ref().and_then(|ops| ops.region.as_ref());
        let source = grid.map_or_else(
            || "average of the United States".to_owned(),
            |grid| cited(&grid.id, name, grid.source_of(field)),
        );
        Step::given(name, value, Some(number), source)
    }

    pub(super) fn accelerators(&self) -> Step {
        let count = self.plan.hardware.accelerators.max(1) as f64;
        Step::given("accelerators", format::grouped(count), Some(count), "plan: hardware.accelerators")
    }

    fn peak(&self) -> Option<Step> {
        let hardware = &self.plan.hardware;
        let facts = &hardware.accelerator.facts;
        let own = facts.precision_flop_per_s.get(&hardware.precision).copied();
        let rate = own.unwrap_or(facts.peak_flop_per_s);
        let field = match own {
            Some(_) => format!("precision_flop_per_s.{}", hardware.precision),
            None => "peak_flop_per_s".into(),
        };
        let name = format!("peak of one {} ({})", hardware.accelerator.id, hardware.precision);
        (rate > 0.0).then(|| self.fact(&name, format::flop_per_s(rate), rate, &field))
    }

    fn bandwidth(&self) -> Step {
        let device = &self.plan.hardware.accelerator;
        let rate = device.facts.memory_bytes_per_s;
        let name = format!("memory bandwidth of one {}", device.id);
        self.fact(&name, format::bytes_per_s(rate), rate, "memory_bytes_per_s")
    }

    fn shape(&self, name: &str, value: Option<f64>) -> Option<Step> {
        let model = &self.plan.workload.model;
        let value = value?;
        let source = cited(&model.id, name, &model.source);
        Some(Step::given(name, format::figure(value), Some(value), source))
    }

    fn parameters(&self) -> Option<Step> {
        self.shape("parameters", self.plan.workload.model.facts.parameters)
    }

    fn field(name: &str, value: u64, path: &str) -> Step {
        Step::given(name, format::grouped(value as f64), Some(value as f64), format!("plan: {path}"))
    }

    fn split(&self) -> Vec<Step> {
        let Some(split) = self.report.parallelism else { return Vec::new() };
        [
            ("tensor", split.tensor),
            ("pipeline", split.pipeline),
            ("data", split.data),
            ("expert", split.expert),
        ]
        .into_iter()
        .filter(|(_, ways)| *ways > 1)
        .map(|(name, ways)| {
            Step::given(name, format::grouped(ways as f64), Some(ways as f64), self.provenance(name))
        })
        .collect()
    }

    /// Who set a degree of the division: the plan, or the engine and why.
    pub(super) fn provenance(&self, name: &str) -> String {
        let p = &self.plan.parallelism;
        let field = match name {
            "tensor" => p.tensor,
            "pipeline" => p.pipeline,
            "data" => p.data,
            "expert" => p.expert,
            _ => p.context,
        };
        match field {
            Some(Auto::Is(_)) => format!("plan: parallelism.{name}"),
            _ => format!("chosen by the engine: {}", studio::why_divided(self.plan, name)),
        }
    }

    /// A metric of the performance lens from the terms behind it.
    fn performance(&self, key: &str) -> Option<Step> {
        match self.anatomy.as_ref()? {
            Anatomy::Serve(serving) => self.serving(key, serving),
            Anatomy::Encoder(encoder) => self.encoding(key, encoder),
            Anatomy::Train(trained) => self.training(key, trained),
            Anatomy::Plain(plain) => self.plain(key, plain),
        }
    }

    /// A metric of the feasibility lens.
    fn memory(&self, key: &str) -> Option<Step> {
        let fit = self.report.memory.as_ref()?;
        let device = &self.plan.hardware.accelerator;
        let name = format!("memory of one {}", device.id);
        let capacity =
            self.fact(&name, format::bytes(fit.capacity_bytes), fit.capacity_bytes, "memory_bytes");
        let used = || {
            let parts = fit.parts.iter().map(|part| self.memory_part(part)).collect();
            Step::sum("memory used", format::bytes(fit.used_bytes), fit.used_bytes, parts)
        };
        Some(match key {
            "memory_capacity_gb" => capacity,
            "memory_used_gb" => used(),
            "memory_utilization" => {
                let share = fit.used_bytes / fit.capacity_bytes;
                Step::product(
                    "memory utilization",
                    super::pass::share(share),
                    share,
                    vec![used(), capacity.below()],
                )
            }
            _ => return None,
        })
    }

    fn memory_part(&self, part: &Part) -> Step {
        if let Some(step) = self.fitted(part) {
            return step;
        }
        let workload = &self.plan.workload;
        let facts = &workload.model.facts;
        let precision = &self.plan.hardware.precision;
        let format_step =
            || Step::given("number format", precision.clone(), None, "plan: hardware.precision");
        let mut inputs: Vec<Step> = Vec::new();
        let equation = match part.key {
            "weights" => {
                inputs.extend(self.parameters());
                inputs.push(format_step());
                inputs.extend(self.split());
                "parameters × bytes of one, divided over the ranks that share them"
            }
            "kv_cache" | "kv" => {
                let kv = workload.serve.as_ref().and_then(|serve| serve.kv_precision.clone());
                inputs.extend(self.shape("layers", facts.layers.map(f64::from)));
                inputs.extend(self.shape("KV heads", facts.kv_heads.or(facts.heads).map(f64::from)));
                inputs.extend(self.shape("head width", facts.head_dim.map(f64::from)));
                inputs.extend(self.shape("latent rank", facts.kv_lora_rank.map(f64::from)));
                inputs.push(Self::field("tokens held per sequence", workload.seq_len, "workload.seq_len"));
                inputs.push(Self::field("concurrent sequences", workload.batch_size, "workload.batch_size"));
                inputs.push(match kv {
                    Some(kv) => Step::given("number format", kv, None, "plan: workload.serve.kv_precision"),
                    None => format_step(),
                });
                inputs.extend(self.split());
                "2 × layers × KV heads × head width × bytes × tokens × sequences, divided over the ranks that share them"
            }
            "gradients" | "optimizer" => {
                inputs.extend(self.parameters());
                let optimizer = workload.train.as_ref().and_then(|train| train.optimizer.clone());
                inputs.push(Step::given(
                    "optimizer",
                    optimizer.unwrap_or_else(|| "adam".into()),
                    None,
                    "plan: workload.train.optimizer",
                ));
                inputs.extend(self.split());
                "parameters × bytes of the training recipe, divided over the ranks that share them"
            }
            "activations" => {
                inputs.extend(self.shape("layers", facts.layers.map(f64::from)));
                inputs.extend(self.shape("hidden width", facts.hidden_dim.map(f64::from)));
                inputs.push(Self::field("tokens of a sequence", workload.seq_len, "workload.seq_len"));
                inputs.push(Self::field("batch", workload.batch_size, "workload.batch_size"));
                inputs.extend(self.split());
                "what the layers at work keep, for the tokens on this device"
            }
            _ => "",
        };
        if equation.is_empty() {
            let source = "the engine's allowance for runtime, libraries and fragmentation (docs/physics.md)";
            return Step::given(part.label, format::bytes(part.value), Some(part.value), source);
        }
        let step = Step::equation(part.label, format::bytes(part.value), equation, "", inputs);
        Step { number: Some(part.value), ..step }
    }

    /// A metric of the performance lens as an input.
    pub(super) fn speed(&self, key: &str) -> Step {
        let found = METRICS.iter().find(|one| one.lens == Lens::Performance && one.key == key);
        let Some(one) = found else { return Step::given(key, "", None, "") };
        if let Some(step) = self.performance(key) {
            return Step { name: one.label.to_owned(), ..step };
        }
        let opened = super::told(one, self.plan, self.report);
        self.opened(one, &opened)
    }

    /// A metric from its explanation, each value opened as far as its name is known.
    fn opened(&self, metric: &Metric, opened: &Explanation) -> Step {
        let value = self.report.metric(metric.lens, metric.key);
        let shown = match (value, metric.unit) {
            (None, _) => "none".to_owned(),
            (Some(value), "") => super::pass::share(value),
            (Some(value), "ms") => format::seconds(value / 1e3),
            (Some(value), unit) => format!("{} {unit}", format::figure(value)),
        };
        let mut inputs: Vec<Step> =
            opened.values.iter().map(|(name, value)| self.input(metric.key, name, value)).collect();
        let names = |inputs: &[Step]| inputs.iter().map(|step| step.name.clone()).collect::<Vec<_>>();
        if !names(&inputs).iter().any(|name| name == "step") && inputs.is_empty() {
            inputs.extend(self.peak());
            inputs.push(self.bandwidth());
            inputs.extend(self.parameters());
        }
        let substituted = put_in(&opened.equation, &opened.values);
        let step = Step::equation(metric.label, shown, opened.equation.clone(), substituted, inputs);
        Step { number: value, ..step }
    }

    /// One value of an explanation.
    fn input(&self, above: &str, name: &str, value: &str) -> Step {
        let given = |source: &str| Step::given(name, value, None, source);
        // A metric never opens into itself: each leads to earlier ones only.
        let metric = |key: &str| {
            if key == above { given("") } else { Step { name: name.to_owned(), ..self.speed(key) } }
        };
        match name {
            "TTFT" => metric("ttft_ms"),
            "ITL" => metric("itl_ms"),
            "latency" => metric("latency"),
            "MFU" => metric("mfu"),
            "tokens/s" => metric("tokens_per_s"),
            "communication" if above == "scaling_efficiency" => metric("comm_overhead"),
            "samples/s" if self.report.metric(Lens::Performance, "fleet_throughput").is_some() => {
                metric("fleet_throughput")
            }
            "samples/s" => metric("throughput"),
            "step" => self
                .step_time(value, !matches!(above, "latency" | "step_latency" | "comm_overhead" | "itl_ms")),
            "peak" => self.peak().unwrap_or_else(|| given("")),
            "compute" => {
                let mut inputs: Vec<Step> = self.peak().into_iter().chain(self.parameters()).collect();
                inputs.extend(self.wall(1));
                Step::equation(name, value, "work / (peak × what the kernels attain of it)", "", inputs)
            }
            "memory" => {
                let mut inputs = vec![self.bandwidth()];
                if let Some(weights) = self.report.memory.as_ref().and_then(|fit| fit.parts.first()) {
                    inputs.push(self.memory_part(weights));
                }
                Step::equation(name, value, "bytes moved / bandwidth", "", inputs)
            }
            "communication" => {
                let inputs = self.wall(14).into_iter().chain(self.split()).collect();
                Step::equation(name, value, "the collectives of one step over the links", "", inputs)
            }
            "capacity" => self.memory("memory_capacity_gb").unwrap_or_else(|| given("")),
            "used" => self.memory("memory_used_gb").unwrap_or_else(|| given("")),
            "batch" | "concurrent sequences" | "concurrent sequences now" => {
                given("plan: workload.batch_size")
            }
            "tokens of a sequence" => given("plan: workload.seq_len"),
            "prompt tokens" => given("plan: workload.serve.prompt_tokens"),
            "tokens" => given("plan: workload.train.tokens"),
            "accelerators" => given("plan: hardware.accelerators"),
            "stated efficiency" => given("plan: hardware.efficiency"),
            _ => {
                let part = self
                    .report
                    .memory
                    .as_ref()
                    .and_then(|fit| fit.parts.iter().find(|part| part.label == name));
                part.map_or_else(|| given(""), |part| self.memory_part(part))
            }
        }
    }

    fn wall(&self, number: u8) -> Option<Step> {
        let wall =
            self.report.walls.iter().find(|wall| wall.number == number && !wall.substituted.is_empty())?;
        let name = format!("wall {number} {}", wall.name);
        let step =
            Step::equation(name, wall.value.clone(), wall.equation, wall.substituted.clone(), Vec::new());
        Some(step.with_sources(wall.sources.iter().cloned()))
    }

    /// The time of one step; its segments where they are not siblings already.
    fn step_time(&self, value: &str, open: bool) -> Step {
        let Some(timeline) = self.report.timeline.as_ref().filter(|_| open) else {
            return Step::given("step", value, None, "the sum above");
        };
        let inputs = timeline
            .segments
            .iter()
            .map(|part| self.input("step", part.label, &format::seconds(part.value)))
            .collect();
        let equation =
            "the longer of compute and memory where they overlap, plus communication, bubble and overhead";
        Step { rule: Rule::Equation, ..Step::equation("step", value, equation, "", inputs) }
    }
}

/// The equation with values in the place of names; empty where none is in it.
fn put_in(equation: &str, values: &[(String, String)]) -> String {
    let mut names: Vec<&(String, String)> = values.iter().collect();
    names.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
    let mut text = String::new();
    let mut rest = equation;
    'scan: while !rest.is_empty() {
        let at_word = text.chars().last().is_none_or(|last| !last.is_alphanumeric());
        if at_word {
            for (name, value) in &names {
                let follows = rest.strip_prefix(name.as_str()).filter(|tail| {
                    tail.chars().next().is_none_or(|next| !next.is_alphanumeric() && next != '/')
                });
                if let Some(tail) = follows {
                    text.push_str(value);
                    rest = tail;
                    continue 'scan;
                }
            }
        }
        let mut letters = rest.chars();
        text.extend(letters.next());
        rest = letters.as_str();
    }
    if text == equation || equation.split(' ').count() > 12 { String::new() } else { text }
}

#[cfg(test)]
mod tests {
    use super::put_in;

    #[test]
    fn values_take_the_place_of_names() {
        let values =
            [("batch", "32"), ("latency", "20 ms")].map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(put_in("batch / latency", &values), "32 / 20 ms");
        assert_eq!(put_in("the sum of the parts", &values), "");
        assert_eq!(put_in("batches / latency", &values), "batches / 20 ms");
    }
}
