//! One forward pass, operator by operator, down to operations, bytes and what the device attains.

use super::cited;
use super::step::{Rule, Step};
use crate::engine::format;
use crate::engine::model::constants::{KV_UNFUSED, LATENCY_INTRA};
use crate::engine::model::inference::{AttentionParts, PassParts};
use crate::engine::model::primitives::{self, GemmParts, Rates};
use crate::engine::model::{Case, ComputeClass};
use crate::plan::Plan;
use crate::registry::{Accelerator, Entry};

/// Where the page that says how is.
const PHYSICS: &str = "docs/physics.md, from a plan to a time";

/// A time from what it is made of.
pub(super) fn time(rule: Rule, name: impl Into<String>, seconds: f64, inputs: Vec<Step>) -> Step {
    Step::of(rule, name, format::seconds(seconds), seconds, inputs)
}

/// A time that is not opened further.
pub(super) fn told(name: impl Into<String>, seconds: f64, source: &str) -> Step {
    Step::given(name, format::seconds(seconds), Some(seconds), source)
}

/// A count or a factor.
pub(super) fn number(name: impl Into<String>, value: f64, source: impl Into<String>) -> Step {
    Step::given(name, plain(value), Some(value), source)
}

/// Counts in full, everything else in three digits.
pub(super) fn plain(value: f64) -> String {
    if value.fract() == 0.0 { format::grouped(value) } else { format::figure(value) }
}

/// A share in three digits: what is multiplied needs more than a glance does.
pub(super) fn share(value: f64) -> String {
    format!("{} %", format::figure(value * 1e2))
}

/// Bytes with three digits, for sums and quotients.
pub(super) fn bytes(name: impl Into<String>, value: f64, source: impl Into<String>) -> Step {
    Step::given(name, format::bytes(value), Some(value), source)
}

/// A step that is opened where it stands first and only named after that.
struct Once(Option<Step>, Step);

impl Once {
    fn new(step: Step) -> Once {
        let brief = step.brief();
        Once(Some(step), brief)
    }

    fn take(&mut self) -> Step {
        self.0.take().unwrap_or_else(|| self.1.clone())
    }
}

/// What the device attains, and who says so.
pub(super) struct Attained<'a> {
    plan: &'a Plan,
    entry: &'a Entry<Accelerator>,
    case: &'a Case,
    rates: &'a Rates,
    matrices: Once,
    half: Once,
    attention: Once,
    bandwidth: Once,
    /// The model has been cited for its operations.
    counted: bool,
    /// Over what the weights of a matrix product are summed.
    depth: &'static str,
}

impl<'a> Attained<'a> {
    pub fn new(
        plan: &'a Plan,
        entry: &'a Entry<Accelerator>,
        case: &'a Case,
        rates: &'a Rates,
    ) -> Attained<'a> {
        let matrices = rate(plan, entry, case, "rate of matrix products", rates.gemm, case.peak());
        let half =
            rate(plan, entry, case, "rate of 16-bit matrix products", rates.gemm16, case.device.peak16);
        let attention =
            rate(plan, entry, case, "rate of attention kernels", rates.attention, case.device.peak16);
        let full = case.device.bandwidth;
        let share = rates.bandwidth / full;
        let fact = Step::given(
            format!("memory bandwidth of one {}", entry.id),
            format::bytes_per_s(full),
            Some(full),
            cited(&entry.id, "memory bandwidth", entry.source_of("memory_bytes_per_s")),
        );
        let fitted = format!(
            "measurements of the family {}, stack {} (docs/physics.md)",
            case.device.family.constants().name,
            case.stack.name
        );
        let attained = Step::product(
            "bandwidth attained",
            format::bytes_per_s(rates.bandwidth),
            rates.bandwidth,
            vec![fact, Step::given("share attained", super::pass::share(share), Some(share), fitted)],
        );
        Attained {
            plan,
            entry,
            case,
            rates,
            matrices: Once::new(matrices),
            half: Once::new(half),
            attention: Once::new(attention),
            bandwidth: Once::new(attained),
            counted: false,
            depth: ", all layers and passes",
        }
    }

    /// Of one layer alone.
    pub fn of_a_layer(mut self) -> Attained<'a> {
        self.depth = ", one layer";
        self
    }

    /// Who says how large the model's matrices are, once.
    fn counts(&mut self) -> String {
        let model = &self.plan.workload.model;
        let said = std::mem::replace(&mut self.counted, true);
        if said { String::new() } else { cited(&model.id, "shape", &model.source) }
    }

    fn operations(&mut self, seconds: f64, rate: f64) -> Step {
        let flop = seconds * rate;
        Step::given("operations", format::flop(flop), Some(flop), self.counts())
    }

    /// The operations of a matrix product from the matrix and the rows that go through it.
    fn product(&mut self, of: &str, parts: &GemmParts, rate: f64) -> Step {
        let flop = parts.arithmetic * rate;
        let rows = (parts.rows + parts.padding) / parts.groups;
        let matrix = flop / (2.0 * parts.slower * rows);
        let experts = if parts.groups > 1.0 { ", experts that work on the busiest" } else { "" };
        let depth = if of == "output matrix" { "" } else { self.depth };
        let name = format!("weights of it on one accelerator{depth}{experts}");
        let per_matrix = if parts.groups > 1.0 { "tokens of one expert" } else { "tokens" };
        let rows = Step::sum(
            "rows",
            plain(rows),
            rows,
            vec![
                number(per_matrix, parts.rows / parts.groups, ""),
                number("rows of tiles and waves that are not full", parts.padding / parts.groups, PHYSICS),
            ],
        );
        let mut factors = vec![
            number("a multiplication and an addition", 2.0, ""),
            Step::given(name, format::grouped(matrix), Some(matrix), self.counts()),
            rows,
        ];
        if parts.slower != 1.0 {
            factors.push(number("slower with weights that are unpacked", parts.slower, PHYSICS));
        }
        Step::product("operations", format::flop(flop), flop, factors)
    }

    /// Data of a time at the attained bandwidth.
    pub fn data(&mut self, name: &str, seconds: f64, parts: &[(&str, f64)]) -> Step {
        let all = self.rates.bandwidth;
        let shown: Vec<Step> = parts
            .iter()
            .filter(|part| part.1 > 0.0)
            .map(|(name, seconds)| bytes(*name, seconds * all, ""))
            .collect();
        let sum = seconds * all;
        let moved = match shown.len() {
            0 => bytes("bytes", sum, PHYSICS),
            1 => shown.into_iter().next().unwrap_or_else(|| bytes("bytes", sum, PHYSICS)),
            _ => Step::sum("bytes", format::bytes(sum), sum, shown),
        };
        time(Rule::Product, name, seconds, vec![moved, self.bandwidth.take().below()])
    }

    fn rate(&mut self, of: &str) -> (f64, Step) {
        match of {
            "attention" => (self.rates.attention, self.attention.take()),
            "half" if self.rates.gemm16 != self.rates.gemm => (self.rates.gemm16, self.half.take()),
            _ => (self.rates.gemm, self.matrices.take()),
        }
    }

    fn arithmetic(&mut self, name: &str, seconds: f64, of: &str) -> Step {
        let (rate, step) = self.rate(of);
        time(Rule::Product, name, seconds, vec![self.operations(seconds, rate), step.below()])
    }

    /// A matrix product.
    pub fn gemm(&mut self, name: &str, parts: &GemmParts, of: &str) -> Step {
        let (rate, step) = self.rate(of);
        let product = self.product(name, parts, rate);
        let mut inputs =
            vec![time(Rule::Product, "arithmetic", parts.arithmetic, vec![product, step.below()])];
        inputs.push(self.data(
            "data",
            parts.weights + parts.stream,
            &[("weights read", parts.weights), ("inputs and outputs", parts.stream)],
        ));
        if parts.unpack > 0.0 {
            inputs.push(told("unpacking", parts.unpack, PHYSICS));
        }
        time(Rule::SmoothMaximum, name, parts.seconds(), inputs)
    }

    /// All matrix products of a pass.
    fn linear(&mut self, parts: &PassParts) -> Step {
        let mut inputs: Vec<Step> =
            parts.linear.iter().map(|(name, gemm)| self.gemm(name, gemm, "matrices")).collect();
        if parts.permute > 0.0 {
            inputs.push(self.data("sorting tokens to experts", parts.permute, &[]));
        }
        time(Rule::Sum, "matrix products", parts.pass.gemm, inputs)
    }

    fn attention(&mut self, parts: &PassParts) -> Step {
        let AttentionParts::Fused { compute, read } = parts.attention else {
            return told(
                "attention",
                parts.pass.attention,
                "unfused kernels write the scores out (docs/physics.md)",
            );
        };
        let arithmetic = self.arithmetic("arithmetic", compute, "attention");
        let reading = if self.case.stack.kv_unfused && parts.tokens > 0.0 && parts.pass.attention > 0.0 {
            let all = self.rates.bandwidth;
            let cache = bytes("keys and values", read * all * KV_UNFUSED, "");
            let share = KV_UNFUSED;
            let slow = Step::given(
                "share of it that unfused kernels attain",
                super::pass::share(share),
                Some(share),
                PHYSICS,
            );
            time(
                Rule::Product,
                "reading the cache",
                read,
                vec![cache, self.bandwidth.take().below(), slow.below()],
            )
        } else {
            self.data("reading the cache", read, &[("keys and values", read)])
        };
        time(Rule::SmoothMaximum, "attention", parts.pass.attention, vec![arithmetic, reading])
    }

    /// Sums over the tensor ranks, two in each layer.
    fn sums(&self, parts: &PassParts) -> Step {
        let (ranks, hidden) = (self.case.split.tensor, self.case.shape.hidden);
        let (bandwidth, latency) = primitives::link(self.case, ranks, 1.0);
        let one = primitives::reduction(self.case, ranks, 1.0);
        let layers = self.case.shape.layers * parts.passes;
        let sent = 2.0 * parts.tokens * hidden * 2.0;
        let share = 2.0 * (ranks - 1.0) / ranks;
        let field = if latency == LATENCY_INTRA { "nvlink" } else { "interconnect" };
        let link = Step::given(
            "link that a ring attains",
            format::bytes_per_s(bandwidth),
            Some(bandwidth),
            cited(&self.entry.id, "link", self.entry.source_of(field)),
        );
        let transfer = time(
            Rule::Product,
            "transfer",
            sent * share / bandwidth,
            vec![
                bytes("two sums, 16 bits a number", sent, ""),
                number(
                    format!("2 (n − 1) / n of {ranks} ranks"),
                    share,
                    "Patarasuk & Yuan 2009, ring all-reduce",
                ),
                link.below(),
            ],
        );
        let fixed = told("latency of the two", 2.0 * one.fixed, PHYSICS);
        let layer = time(
            Rule::Sum,
            "one layer",
            2.0 * one.seconds(parts.tokens * hidden * 2.0),
            vec![transfer, fixed],
        );
        let count = number("layers", layers, "");
        let count = if parts.passes == 1.0 { count } else { count.named("layers of all passes") };
        time(Rule::Product, "sums over tensor ranks", parts.sums, vec![layer, count])
    }

    /// The pass.
    pub fn pass(&mut self, name: impl Into<String>, parts: &PassParts) -> Step {
        let pass = &parts.pass;
        let mut device = vec![self.linear(parts), self.attention(parts)];
        device.push(self.data("norms and activation functions", parts.elementwise, &[]));
        if parts.sums > 0.0 {
            device.push(self.sums(parts));
        }
        if parts.experts > 0.0 {
            device.push(told("tokens to experts and back", parts.experts, PHYSICS));
        }
        let launches = told("kernel launches", parts.launch, PHYSICS);
        let mut all = if parts.beside {
            // The host launches while the device works.
            let work = pass.gemm + pass.attention + pass.elementwise + pass.communication;
            let layers = pass.run - pass.head - pass.p2p - pass.host;
            let busy = time(Rule::Sum, "work of the device", work, device);
            vec![time(Rule::SmoothMaximum, "layers", layers, vec![busy, launches])]
        } else {
            device.push(launches);
            device
        };
        let logits = self.data("logits", parts.logits, &[]);
        let head = vec![self.gemm("output matrix", &parts.head, "half"), logits];
        all.push(time(Rule::Sum, "language head", pass.head, head));
        if pass.p2p > 0.0 {
            all.push(told("between pipeline stages", pass.p2p, PHYSICS));
        }
        all.push(told("scheduler and sampling", pass.host, PHYSICS));
        let name = name.into();
        if parts.stream <= 0.0 {
            return time(Rule::Sum, name, pass.total, all);
        }
        let work = time(Rule::Sum, "the work of it", pass.run, all);
        time(Rule::Maximum, name, pass.total, vec![work, self.stream(parts.stream)])
    }

    fn stream(&self, seconds: f64) -> Step {
        let link = self.entry.facts.interconnect.as_ref().map_or(0.0, |link| link.one_way_bytes_per_s);
        let fact = Step::given(
            format!("link into one {}", self.entry.id),
            format::bytes_per_s(link),
            Some(link),
            cited(&self.entry.id, "link", self.entry.source_of("interconnect")),
        );
        let weights = bytes(
            "weights of all passes",
            seconds * link,
            "no division of the plan holds them on the wafers",
        );
        time(Rule::Product, "weights streaming in", seconds, vec![weights, fact.below()])
    }
}

/// A rate of arithmetic from the published peak.
fn rate(plan: &Plan, entry: &Entry<Accelerator>, case: &Case, what: &str, rate: f64, peak: f64) -> Step {
    let share = rate / peak;
    let class = if peak == case.device.peak16 { ComputeClass::Sixteen } else { case.format.class };
    let (bits, keys): (_, &[&str]) = match class {
        ComputeClass::Four => ("4-bit", &["fp4"]),
        ComputeClass::Eight => ("8-bit", &["fp8", "int8"]),
        ComputeClass::Sixteen => ("16-bit", &["fp16", "bf16"]),
        ComputeClass::ThirtyTwo => ("32-bit", &["fp32", "tf32"]),
    };
    let field = keys
        .iter()
        .map(|key| format!("precision_flop_per_s.{key}"))
        .find(|field| entry.field_sources.contains_key(field));
    let source = cited(&entry.id, "peak", entry.source_of(field.as_deref().unwrap_or("peak_flop_per_s")));
    let by = if plan.hardware.efficiency.is_some() {
        "plan: hardware.efficiency, and what the format and the kernel add".to_owned()
    } else {
        format!(
            "measurements of the family {}, stack {} (docs/physics.md)",
            case.device.family.constants().name,
            case.stack.name
        )
    };
    let fact =
        Step::given(format!("{bits} peak of one {}", entry.id), format::flop_per_s(peak), Some(peak), source);
    Step::product(
        what,
        format::flop_per_s(rate),
        rate,
        vec![fact, Step::given("share attained", super::pass::share(share), Some(share), by)],
    )
}
