//! The 22 walls: number, name, domain and the question each answers.
//!
//! Each has a module with a pure function from numbers and registry facts to a result; equation, units,
//! defaults and source stand in its documentation. They reproduce mlsysim 0.3.0, defects included; where `studio` says
//! otherwise, its readings correct them (docs/differences.md).

pub mod batching;
pub mod batching_optimizer;
pub mod capital;
pub mod checkpoint;
pub mod communication;
pub mod complexity;
pub mod compute;
pub mod error;
pub mod fidelity;
pub mod fragility;
pub mod ingestion;
pub mod locality;
pub mod memory;
pub mod moe_routing;
pub mod multi_tenant;
pub mod network_roofline;
pub mod output;
pub mod parallelism_optimizer;
pub mod placement_optimizer;
pub mod reasoning;
pub mod safety;
pub mod sensitivity;
pub mod serving;
pub mod serving_capacity;
pub mod software;
pub mod streaming;
pub mod sustainability;
pub mod synthesis;
pub mod tail_latency;
pub mod training_memory;
pub mod transformation;

/// One wall.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wall {
    /// 1 to 22.
    pub number: u8,
    /// For example `Memory`.
    pub name: &'static str,
    /// `node`, `data`, `algorithm`, `fleet`, `ops`, `analysis`.
    pub domain: &'static str,
    /// What it asks.
    pub question: &'static str,
    /// The equation at its heart.
    pub equation: &'static str,
    /// Where the equation comes from.
    pub sources: &'static [&'static str],
}

macro_rules! walls {
    ($($number:literal $name:literal $domain:literal $question:literal $equation:literal [$($source:literal),*];)*) => {
        [$(Wall {
            number: $number,
            name: $name,
            domain: $domain,
            question: $question,
            equation: $equation,
            sources: &[$($source),*],
        }),*]
    };
}

/// All walls by number.
pub const WALLS: [Wall; 22] = walls! {
    1 "Compute" "node" "Is arithmetic what takes the time?"
        "t_compute = operations / (peak × efficiency)" ["Williams et al. 2009, Roofline"];
    2 "Memory" "node" "Does it fit, and does moving it take the time?"
        "footprint ≤ capacity; t_memory = traffic / bandwidth" ["Williams et al. 2009, Roofline"];
    3 "Software" "node" "How much of the peak does the software reach?"
        "MFU = model operations / (time × peak)" ["Chowdhery et al. 2022, PaLM", "Dao et al. 2022, FlashAttention"];
    4 "Serving" "node" "How long to the first token, and between tokens?"
        "TTFT = prefill operations / rate; ITL = (weights + KV) / bandwidth + communication + overhead"
        ["Pope et al. 2023", "Agrawal et al. 2024, Sarathi-Serve", "Zhong et al. 2024, DistServe"];
    5 "Batching" "node" "How many sequences fit at once?"
        "concurrency = (capacity − weights) / KV per sequence" ["Kwon et al. 2023, vLLM"];
    6 "Streaming" "node" "Can weights stream in as fast as they are used?"
        "t_inject = layer bytes / link ≤ t_compute" ["Lie 2022, Cerebras weight streaming"];
    7 "Tail Latency" "node" "What does the slowest one in a hundred wait?"
        "p99 = service + Erlang-C wait" ["Dean & Barroso 2013, The Tail at Scale"];
    8 "Ingestion" "data" "Can storage feed the accelerators?"
        "data rate ≤ storage bandwidth" ["Mohan et al. 2022"];
    9 "Transformation" "data" "Can the CPUs prepare batches in time?"
        "batch × sample / CPU rate ≤ step time" ["Murray et al. 2021, tf.data"];
    10 "Locality" "data" "How much of the fabric reaches across it?"
        "bisection = link × β × nodes / 2" ["Leiserson 1985, Fat-Trees", "Dally & Towles 2003"];
    11 "Complexity" "algorithm" "Is the compute budget spent on the right size?"
        "C = 6 × parameters × tokens; 20 tokens per parameter" ["Hoffmann et al. 2022, Chinchilla"];
    12 "Reasoning" "algorithm" "What does thinking longer cost?"
        "time = TTFT + steps × tokens per step × ITL" ["Wei et al. 2022", "Snell et al. 2024"];
    13 "Fidelity" "algorithm" "How much accuracy does compression cost?"
        "loss(bits) ≤ 1 point; ratio = released bits / bits" ["Han et al. 2015", "Gholami et al. 2021"];
    14 "Communication" "fleet" "Is talking between accelerators what takes the time?"
        "t_ring = 2(n−1)/n × bytes / bandwidth + 2(n−1)α"
        ["Shoeybi et al. 2019, Megatron-LM", "Patarasuk & Yuan 2009, ring all-reduce"];
    15 "Fragility" "fleet" "How often does something break?"
        "MTBF = 1 / (node failure rate × nodes)" ["Young 1974", "Daly 2006"];
    16 "Multi-tenant" "fleet" "How long do jobs queue?"
        "wait = ρD / (2(1−ρ))" ["Little 1961", "Jeon et al. 2019"];
    17 "Capital" "ops" "What does it cost?"
        "TCO = capex share + energy + maintenance" ["Barroso et al. 2018, The Datacenter as a Computer"];
    18 "Sustainability" "ops" "What does it emit?"
        "carbon = IT energy × PUE × grid intensity" ["Patterson et al. 2022", "Barroso & Hölzle 2007"];
    19 "Checkpoint" "ops" "What do checkpoints take from training?"
        "penalty = checkpoint bytes / write bandwidth / interval" ["Eisenman et al. 2022, Check-N-Run"];
    20 "Safety" "ops" "What do privacy and fairness cost?"
        "slowdown = 1 + 2 / ε" ["Abadi et al. 2016, DP-SGD"];
    21 "Sensitivity" "analysis" "Which fact moves the result most?"
        "elasticity = ln(T' / T) / ln 1.1 for +10 %" ["Williams et al. 2009, Roofline"];
    22 "Synthesis" "analysis" "What hardware would the target need?"
        "bandwidth = weights / t; rate = operations / (t × efficiency)" ["Williams et al. 2009, Roofline"];
};

/// A wall by number.
pub fn wall(number: u8) -> Option<&'static Wall> {
    WALLS.get(usize::from(number).checked_sub(1)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn walls_stand_in_order() {
        for (index, wall) in WALLS.iter().enumerate() {
            assert_eq!(usize::from(wall.number), index + 1);
        }
        assert_eq!(wall(0), None);
        assert_eq!(wall(14).map(|wall| wall.name), Some("Communication"));
        assert_eq!(wall(23), None);
    }
}
