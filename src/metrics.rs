//! The metrics that a report can carry: one table for JSON keys, assertions, panels and documentation.

/// The three lenses of a verdict, and the prefix of their keys in flat JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Lens {
    /// Does it fit? `f_`
    Feasibility,
    /// Is it fast? `p_`
    Performance,
    /// Is it worth it: money, energy, carbon. `m_`
    Macro,
}

impl Lens {
    /// `f_`, `p_` or `m_`.
    pub fn prefix(self) -> &'static str {
        match self {
            Lens::Feasibility => "f_",
            Lens::Performance => "p_",
            Lens::Macro => "m_",
        }
    }
    /// The name assertions use: `feasibility`, `performance`, `macro`.
    pub fn name(self) -> &'static str {
        match self {
            Lens::Feasibility => "feasibility",
            Lens::Performance => "performance",
            Lens::Macro => "macro",
        }
    }
}

/// Which direction is an improvement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Better {
    /// Smaller is better (latency, cost).
    Lower,
    /// Larger is better (throughput, MFU).
    Higher,
    /// Neither (memory capacity).
    Neither,
}

/// One metric.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Metric {
    /// The lens it belongs to.
    pub lens: Lens,
    /// Key without the lens prefix, for example `tco_usd`. Flat JSON has `m_tco_usd`, assertions `macro.tco_usd`.
    pub key: &'static str,
    /// Short label for a screen, for example `TCO`.
    pub label: &'static str,
    /// Unit as printed: `ms`, `GB`, `1/s`, `USD`, `t CO2e`, or empty for a ratio.
    pub unit: &'static str,
    /// Which way is better.
    pub better: Better,
    /// One sentence.
    pub doc: &'static str,
}

macro_rules! metrics {
    ($($lens:ident $key:literal $label:literal $unit:literal $better:ident $doc:literal;)*) => {
        &[$(Metric { lens: Lens::$lens, key: $key, label: $label, unit: $unit, better: Better::$better, doc: $doc }),*]
    };
}

/// Every metric, in the order of the flat JSON.
pub const METRICS: &[Metric] = metrics! {
    Feasibility "memory_used_gb" "memory used" "GB" Lower "Memory needed on each accelerator, decimal gigabytes.";
    Feasibility "memory_capacity_gb" "memory capacity" "GB" Neither "Memory of each accelerator, decimal gigabytes.";
    Feasibility "memory_utilization" "memory utilization" "" Lower "Memory needed over memory there is; above 1 it does not fit.";
    Performance "latency" "latency" "ms" Lower "One unit of work: a decode step of the batch for an LLM being served, a batch of inputs otherwise.";
    Performance "throughput" "throughput" "1/s" Higher "Units of work per second.";
    Performance "step_latency" "step time" "ms" Lower "One training step of the fleet.";
    Performance "comm_overhead" "communication" "ms" Lower "Collective communication in one step, before any overlap.";
    Performance "fleet_throughput" "fleet throughput" "samples/s" Higher "Training samples per second of the whole fleet.";
    Performance "mfu" "MFU" "" Higher "Model FLOP/s over peak FLOP/s.";
    Performance "node_mfu" "replica MFU" "" Higher "MFU of one model replica, before communication.";
    Performance "scaling_efficiency" "scaling efficiency" "" Higher "Replica time over step time; 1 means communication is free.";
    Performance "ttft_ms" "TTFT" "ms" Lower "Time to first token: of a request that finds the deployment free, or, at a request rate, the mean over requests that arrive at random.";
    Performance "ttft_p50_ms" "TTFT P50" "ms" Lower "Time to first token that half of the requests stay under, at a request rate: Poisson arrivals, prompts whose lengths vary as an exponential does; withheld where the queue has no end.";
    Performance "ttft_p99_ms" "TTFT P99" "ms" Lower "Time to first token that 99 of 100 requests stay under, at a request rate: Poisson arrivals, prompts whose lengths vary as an exponential does; withheld where the queue has no end.";
    Performance "itl_ms" "ITL" "ms" Lower "Inter-token latency at the plan's concurrency.";
    Performance "request_latency_ms" "request latency" "ms" Lower "Prompt to last token of one request: TTFT and, after it, the tokens at the ITL. Without a request rate nobody waits before it; at one, it is the mean.";
    Performance "request_latency_p50_ms" "request P50" "ms" Lower "Time of a whole request that half of them stay under, at a request rate (Poisson arrivals).";
    Performance "request_latency_p99_ms" "request P99" "ms" Lower "Time of a whole request that 99 of 100 stay under, at a request rate (Poisson arrivals).";
    Performance "output_tokens_per_s" "output tokens/s" "tok/s" Higher "Output tokens per second of the whole deployment.";
    Performance "max_concurrency" "max concurrency" "sequences" Higher "Concurrent sequences that memory allows at this context length.";
    Performance "offered_load" "offered load" "" Lower "Output tokens that the request rate asks for over those that the deployment can write; from 1 on the queue grows without bound.";
    Performance "tokens_per_s" "training tokens/s" "tok/s" Higher "Training tokens per second of the whole fleet.";
    Performance "hfu" "HFU" "" Higher "Executed FLOP/s, recomputation included, over peak FLOP/s.";
    Performance "time_to_train_days" "time to train" "days" Lower "Days to the token budget at this step time.";
    Macro "tco_usd" "TCO" "USD" Lower "Total cost of ownership over the plan's duration.";
    Macro "carbon_footprint" "carbon" "t CO2e" Lower "Operational carbon over the plan's duration, metric tons.";
    Macro "energy_cost" "energy cost" "USD" Lower "Electricity over the plan's duration.";
    Macro "capex" "capex share" "USD" Lower "Share of the purchase that falls in the plan's duration.";
    Macro "annual_tco_usd" "TCO per year" "USD" Lower "TCO scaled to 365 days.";
    Macro "maintenance_usd" "maintenance" "USD" Lower "Maintenance over the plan's duration.";
    Macro "energy_kwh" "energy" "kWh" Lower "Facility energy over the plan's duration.";
    Macro "water_liters" "water" "L" Lower "Cooling water over the plan's duration.";
    Macro "usd_per_million_tokens" "cost per million tokens" "USD" Lower "TCO over output (serving) or trained (training) tokens, in millions.";
    Macro "g_co2_per_million_tokens" "carbon per million tokens" "g" Lower "Carbon over tokens, in millions.";
};

impl Metric {
    /// The side on which values of this metric are better beside each other. Memory that a plan uses is no loss as
    /// long as all of them fit, and how much of it is used without its capacity says nothing.
    pub fn judged(&self, values: impl IntoIterator<Item = f64>) -> Better {
        match (self.lens, self.key) {
            (Lens::Feasibility, "memory_used_gb") => Better::Neither,
            (Lens::Feasibility, "memory_utilization") if values.into_iter().all(|value| value <= 1.0) => {
                Better::Neither
            }
            _ => self.better,
        }
    }
}

/// The metric named `lens.key` in an assertion.
pub fn by_assertion_name(name: &str) -> Option<&'static Metric> {
    let (lens, key) = name.split_once('.')?;
    METRICS.iter().find(|metric| metric.lens.name() == lens && metric.key == key)
}

/// How many metrics there are.
pub const COUNT: usize = METRICS.len();

const fn equal(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    if a.len() != b.len() {
        return false;
    }
    let mut at = 0;
    while at < a.len() {
        if a[at] != b[at] {
            return false;
        }
        at += 1;
    }
    true
}

/// Place of a metric in [`METRICS`], [`COUNT`] where there is none. Written in a `const` block it costs
/// nothing when the program runs.
pub const fn place(lens: Lens, key: &str) -> usize {
    let mut at = 0;
    while at < COUNT && !(METRICS[at].lens as u8 == lens as u8 && equal(METRICS[at].key, key)) {
        at += 1;
    }
    at
}

/// A value for each metric that applies.
#[derive(Debug, Clone, Copy)]
pub struct Values([f64; COUNT]);

impl Default for Values {
    fn default() -> Values {
        Values([f64::NAN; COUNT])
    }
}

impl Values {
    /// Gives the metric at a place of [`METRICS`] its value. What is not a number is no value.
    pub fn set(&mut self, place: usize, value: f64) {
        if let Some(slot) = self.0.get_mut(place) {
            *slot = value;
        }
    }

    /// The metric at a place of [`METRICS`], where it applies.
    pub fn at(&self, place: usize) -> Option<f64> {
        self.0.get(place).copied().filter(|value| !value.is_nan())
    }

    /// Keys and values of a lens, in the order of [`METRICS`].
    pub fn of(&self, lens: Lens) -> Vec<(&'static str, f64)> {
        METRICS
            .iter()
            .zip(self.0)
            .filter(|(metric, value)| metric.lens == lens && !value.is_nan())
            .map(|(metric, value)| (metric.key, value))
            .collect()
    }
}

/// Equal to the last bit.
impl PartialEq for Values {
    fn eq(&self, other: &Values) -> bool {
        let same = |(a, b): (&f64, &f64)| a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan());
        self.0.iter().zip(&other.0).all(same)
    }
}
