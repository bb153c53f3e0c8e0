//! Metrics of training, and of networks by their operation count.

use super::cited;
use super::pass::{Attained, number, time, told};
use super::step::{Rule, Step};
use super::tree::Builder;
use crate::engine::format;
use crate::engine::model::training;
use crate::engine::studio::anatomy::{Plain, Trained};
use crate::metrics::Lens;

const PHYSICS: &str = "docs/physics.md";

fn flop(name: &str, value: f64, source: String) -> Step {
    Step::given(name, format::flop(value), Some(value), source)
}

fn rate(name: &str, value: f64, source: &str) -> Step {
    Step::given(name, format::flop_per_s(value), Some(value), source)
}

/// A sum of times; what is zero is left out.
fn sum(name: &str, seconds: f64, parts: Vec<Step>) -> Step {
    time(Rule::Sum, name, seconds, parts.into_iter().filter(|part| part.number != Some(0.0)).collect())
}

impl Builder<'_> {
    fn samples(&self) -> Step {
        number("batch", self.plan.workload.batch_size as f64, "plan: workload.batch_size")
    }

    /// Matrix products of all layers and micro-batches, forward and backward.
    fn products(&self, t: &Trained) -> Step {
        let (linear, permute) = training::linear_parts(&t.case, &t.plan);
        let entry = &self.plan.hardware.accelerator;
        let mut attained = Attained::new(self.plan, entry, &t.case, &t.rates).of_a_layer();
        let mut inputs: Vec<Step> =
            linear.iter().map(|(name, parts)| attained.gemm(name, parts, "matrices")).collect();
        if permute > 0.0 {
            inputs.push(attained.data("sorting tokens to experts", permute, &[]));
        }
        let layer = inputs.iter().filter_map(|step| step.number).sum();
        let layer = time(Rule::Sum, "one layer forward", layer, inputs);
        let repeats = 2.0 + t.plan.trainable + t.plan.recomputed;
        let layers = t.case.shape.layers / t.case.split.pipeline;
        time(
            Rule::Product,
            "matrix products",
            t.step.gemm,
            vec![
                layer,
                number("layers of a stage", layers, "the model's layers over the pipeline"),
                number("micro-batches", t.plan.micro_batches, "plan, or chosen by the engine to fit"),
                number(
                    "forward, backward, recomputed share",
                    repeats,
                    "1, 1 for the passing gradient, the trained share, and what is computed again",
                ),
            ],
        )
    }

    fn busy(&self, t: &Trained) -> Step {
        let step = &t.step;
        let total = step.gemm + step.attention + step.elementwise + step.head + step.optimizer;
        sum(
            "compute",
            total,
            vec![
                self.products(t),
                told("attention", step.attention, PHYSICS),
                told("norms and activation functions", step.elementwise, PHYSICS),
                told("language head and loss", step.head, PHYSICS),
                told("optimizer", step.optimizer, PHYSICS),
            ],
        )
    }

    fn exposed(t: &Trained) -> Step {
        let step = &t.step;
        sum(
            "communication that is waited for",
            step.model_comm + step.p2p + step.data_exposed,
            vec![
                told("over tensor ranks and experts", step.model_comm, PHYSICS),
                told("between pipeline stages", step.p2p, PHYSICS),
                told("gradients and sharded state", step.data_exposed, PHYSICS),
            ],
        )
    }

    fn train_step(&self, t: &Trained) -> Step {
        let mut inputs =
            vec![self.busy(t), Self::exposed(t), told("pipeline bubble", t.step.bubble, PHYSICS)];
        let so_far: f64 = inputs.iter().filter_map(|step| step.number).sum();
        let rest = t.step.total - so_far;
        if rest >= 0.0 {
            inputs.push(told("host, launches and uneven stages", rest, PHYSICS));
        } else {
            inputs.push(told("head beside a shorter last stage", -rest, PHYSICS).below());
        }
        sum("step", t.step.total, inputs)
    }

    fn fleet(&self) -> Step {
        number("accelerators", self.plan.hardware.accelerators.max(1) as f64, "plan: hardware.accelerators")
    }

    fn samples_per_s(&self, t: &Trained) -> Step {
        let value = t.batch / t.step.total;
        Step::product(
            "samples/s",
            format!("{}/s", format::figure(value)),
            value,
            vec![self.samples(), self.train_step(t).below()],
        )
    }

    fn tokens_per_s(&self, t: &Trained) -> Step {
        let value = t.batch / t.step.total * t.plan.sequence;
        Step::product(
            "tokens/s",
            format!("{} tok/s", format::figure(value)),
            value,
            vec![
                self.samples_per_s(t),
                number("tokens of a sequence", t.plan.sequence, "plan: workload.seq_len"),
            ],
        )
    }

    fn utilization(&self, t: &Trained) -> Step {
        let peak = t.case.peak();
        let value = t.flop / (t.step.total * t.fleet * peak);
        let model = &self.plan.workload.model;
        Step::product(
            "MFU",
            super::pass::share(value),
            value,
            vec![
                flop(
                    "operations of the batch",
                    t.flop,
                    cited(&model.id, "operations, forward and backward", &model.source),
                ),
                self.train_step(t).below(),
                self.fleet().below(),
                self.peak_fact(peak).below(),
            ],
        )
    }

    fn peak_fact(&self, peak: f64) -> Step {
        let device = &self.plan.hardware.accelerator;
        rate(
            &format!("peak of one {}", device.id),
            peak,
            &cited(&device.id, "peak", device.source_of("peak_flop_per_s")),
        )
    }

    fn scaling(&self, t: &Trained) -> Step {
        let step = self.train_step(t);
        let waiting = t.step.model_comm + t.step.p2p + t.step.data_exposed;
        let work = (t.step.total - waiting - t.step.bubble).max(0.0);
        let alone = time(
            Rule::Sum,
            "work without waiting",
            work,
            vec![
                step,
                Self::exposed(t).brief().below(),
                told("pipeline bubble", t.step.bubble, PHYSICS).below(),
            ],
        );
        let value = work / t.step.total;
        let whole = told("step", t.step.total, "");
        Step::product("scaling efficiency", super::pass::share(value), value, vec![alone, whole.below()])
    }

    /// A metric of training.
    pub(super) fn training(&self, key: &str, t: &Trained) -> Option<Step> {
        let value = self.report.metric(Lens::Performance, key)?;
        let capped = t.flop / (t.step.total * t.fleet * t.case.peak()) >= 1.0;
        Some(match key {
            "latency" | "step_latency" => self.train_step(t),
            "comm_overhead" => sum(
                "communication",
                value / 1e3,
                vec![
                    told("over tensor ranks", t.step.tensor_comm, PHYSICS),
                    told("among experts", t.step.expert_comm, PHYSICS),
                    told("between pipeline stages", t.step.p2p, PHYSICS),
                    told("gradients and sharded state", t.step.data_comm, PHYSICS),
                ],
            ),
            "throughput" | "fleet_throughput" => self.samples_per_s(t),
            "tokens_per_s" => self.tokens_per_s(t),
            "time_to_train_days" => {
                let tokens = self.plan.workload.train.as_ref().and_then(|train| train.tokens)?;
                Step::product(
                    "days",
                    format!("{} days", format::figure(value)),
                    value,
                    vec![
                        Step::given(
                            "tokens",
                            format!("{tokens:e}"),
                            Some(tokens),
                            "plan: workload.train.tokens",
                        ),
                        self.tokens_per_s(t).below(),
                        number("seconds a day", 86_400.0, "").below(),
                    ],
                )
            }
            "mfu" if !capped => self.utilization(t),
            "hfu" if !capped && value < 1.0 => Step::product(
                "HFU",
                super::pass::share(value),
                value,
                vec![
                    self.utilization(t),
                    number(
                        "operations executed over those of the model",
                        t.executed,
                        "recomputation is executed too",
                    ),
                ],
            ),
            "node_mfu" if !capped && value < 1.0 => Step::product(
                "MFU without waiting",
                super::pass::share(value),
                value,
                vec![self.utilization(t), self.scaling(t).below()],
            ),
            "scaling_efficiency" => self.scaling(t),
            _ => return None,
        })
    }

    fn plain_time(&self, p: &Plain) -> Step {
        let device = &self.plan.hardware.accelerator;
        let model = &self.plan.workload.model;
        let compute = time(
            Rule::Product,
            "compute",
            p.compute.seconds,
            vec![
                flop(
                    "operations of a replica's batch",
                    p.compute.amount,
                    cited(&model.id, "operations", &model.source),
                ),
                {
                    let share = p.compute.rate / p.peak_one;
                    let share = Step::given(
                        "share attained",
                        super::pass::share(share),
                        Some(share),
                        "assumed, or plan: hardware.efficiency",
                    );
                    Step::product(
                        "attained rate",
                        format::flop_per_s(p.compute.rate),
                        p.compute.rate,
                        vec![self.peak_fact(p.peak_one), share],
                    )
                    .below()
                },
            ],
        );
        let activations = (p.traffic.amount - p.weights).max(0.0);
        let moved = Step::sum(
            "bytes",
            format::bytes(p.traffic.amount),
            p.traffic.amount,
            vec![
                super::pass::bytes("weights", p.weights, cited(&model.id, "parameters", &model.source)),
                super::pass::bytes(
                    "activations",
                    activations,
                    "one byte for 100 operations, or a tenth of the weights (docs/physics.md)",
                ),
            ],
        );
        let bandwidth = Step::given(
            "attained bandwidth",
            format::bytes_per_s(p.traffic.rate),
            Some(p.traffic.rate),
            cited(
                &device.id,
                "memory bandwidth, as far as kernels attain it",
                device.source_of("memory_bytes_per_s"),
            ),
        );
        let memory = time(Rule::Product, "memory", p.traffic.seconds, vec![moved, bandwidth.below()]);
        let busy = Rule::SmoothMaximum
            .apply(&[(p.compute.seconds, false), (p.traffic.seconds, false)])
            .unwrap_or_default();
        sum(
            "one batch",
            p.total_s,
            vec![
                time(Rule::SmoothMaximum, "work", busy, vec![compute, memory]),
                told("launches", p.overhead_s, PHYSICS),
                told("gradients that are waited for", p.exchange_s.1, PHYSICS),
            ],
        )
    }

    fn plain_scaling(p: &Plain, batch: Step, value: f64) -> Step {
        let work = p.total_s - p.exchange_s.1;
        let below = batch.brief().below();
        let waits = told("gradients that are waited for", p.exchange_s.1, PHYSICS).below();
        let alone = time(Rule::Sum, "work without waiting", work, vec![batch, waits]);
        Step::product("scaling efficiency", super::pass::share(value), value, vec![alone, below])
    }

    /// A metric of a network by its operation count.
    pub(super) fn plain(&self, key: &str, p: &Plain) -> Option<Step> {
        let value = self.report.metric(Lens::Performance, key)?;
        let batch = self.plain_time(p);
        Some(match key {
            "latency" | "step_latency" => batch,
            "throughput" | "fleet_throughput" => Step::product(
                "throughput",
                format!("{}/s", format::figure(value)),
                value,
                vec![self.samples(), batch.below()],
            ),
            "mfu" if value < 1.0 => Step::product(
                "MFU",
                super::pass::share(value),
                value,
                vec![
                    flop("operations of the batch", p.flop, String::new()),
                    batch.below(),
                    self.fleet().below(),
                    self.peak_fact(p.peak_one).below(),
                ],
            ),
            "comm_overhead" => told("gradient exchange", p.exchange_s.0, PHYSICS),
            "scaling_efficiency" => Self::plain_scaling(p, batch, value),
            "node_mfu" if value < 1.0 => {
                let work = p.total_s - p.exchange_s.1;
                let mfu = self.plain("mfu", p)?;
                let scaling = Self::plain_scaling(p, batch, work / p.total_s);
                Step::product(
                    "MFU without waiting",
                    super::pass::share(value),
                    value,
                    vec![mfu, scaling.below()],
                )
            }
            _ => return None,
        })
    }
}
