//! The walls in words: what each reads from a plan, and what stands in for what a plan leaves out.

use std::fmt::Write as _;

use super::super::walls::WALLS;

/// What a wall reads, in the order of [`WALLS`]: inputs with their defaults, and what its pressure is.
pub const INPUTS: [(&str, &str); 22] = [
    (
        "model, `hardware.name`, `precision`, `efficiency` (auto), `workload.batch_size` (1), `seq_len` (2048)",
        "its share of the phase",
    ),
    (
        "the same, and the division of the fleet",
        "the share of memory in use or of the phase, whichever is larger",
    ),
    ("dispatch time of the accelerator, layers of the model, stack", "its share of the phase"),
    (
        "`workload.serve`: prompt and output (the output is an eighth of `seq_len`, at most 512 tokens); bounds on `performance.ttft_ms` and `performance.itl_ms`",
        "latency over the asserted bound; none without one",
    ),
    (
        "`workload.batch_size`, `seq_len`, `serve.kv_block_tokens`, `serve.kv_precision` (16 bits)",
        "live sequences over those that memory allows",
    ),
    (
        "wafer-scale systems that serve: the link into a wafer, where no division of the plan holds the weights on the wafers (then memory holds two layers of them); the pass without waiting (`seq_len`, `batch_size`)",
        "time to stream a layer in over time to run it",
    ),
    (
        "`workload.serve.request_rate` (needed); service times vary like an exponential",
        "requests that arrive over requests that are answered",
    ),
    (
        "`data.sample_bytes`, else the mean of `data.dataset`, else that of the usual data set of such models (ImageNet, Criteo, LAION, Speech Commands), else token ids of 2 or 4 bytes; `data.storage_bandwidth` of the fleet, else the device's storage and host link",
        "bytes wanted over bytes there",
    ),
    (
        "a sample as in wall 8; `data.cpu_workers` (8 for each accelerator) at 40 MB/s each",
        "time to prepare a batch over the step",
    ),
    (
        "`hardware.fabric_bandwidth` (50 GB/s), nodes; a fat tree without oversubscription",
        "the share of the step in which the fabric is busy",
    ),
    ("`workload.train.tokens` (needed), active parameters", "parameters over the best number for the budget"),
    (
        "`workload.serve.reasoning_steps` (needed), 50 tokens each; bound on `performance.request_latency_ms`",
        "time over the asserted bound; none without one",
    ),
    (
        "`hardware.precision` against the format in which the model was released: as the registry says, else 16 bits for transformers and 32 for the rest",
        "accuracy lost over 1 point",
    ),
    (
        "the division of the fleet, `intra_node_bw`, `fabric_bandwidth`, `parallelism.overlap`",
        "its share of the phase, bubbles included",
    ),
    (
        "nodes and accelerators in each; a network card for each accelerator (one a node under mlsysim), two power supplies; recovery 300 s; the checkpoint and interval of wall 19 (under mlsysim the best interval, and no work to repeat); the run lasts `train.tokens`, else `ops.duration_days`",
        "the share of the time that is lost",
    ),
    ("`ops.utilization` (needed) as the load of the cluster, jobs like this one", "the load"),
    (
        "`ops`: duration (30 days), purchase or rent, electricity; bound on `macro.tco_usd`",
        "cost over the asserted bound; none without one",
    ),
    (
        "`ops.region` (US_Avg), duration; bound on `macro.carbon_footprint`",
        "carbon over the asserted bound; none without one",
    ),
    (
        "`workload.train.checkpoint_interval` (the best by Young and Daly; 4 h under mlsysim), optimizer; `data.storage_bandwidth` of the fleet, else 1 GB/s for each node (one writer under mlsysim); file system 500 GB/s",
        "time to write over the interval",
    ),
    ("`workload.train.dp_epsilon` (needed)", "the share of the training time that privacy takes"),
    ("the whole plan, each lever 10 % larger, the division kept", "none: a method"),
    (
        "bounds on `performance.itl_ms`, `performance.latency` or `performance.step_latency` (one needed)",
        "the larger of bandwidth needed over bandwidth there and time over the bound",
    ),
];

const HEAD: &str = "<!-- Written from the code: `UPDATE=1 cargo test --test runner readings`. Do not edit. -->
# The 22 walls

Every plan has a reading of each wall: a state, a pressure (demand over limit, 1 is at the wall), value and
limit, one sentence, the equation, the equation with the plan's numbers, and sources. `eval PLAN --output json
--detail` prints them all; in the studio, Enter on a wall opens its card. `solve WALL` runs one resolver alone.

## What binds

A plan has one phase, the *step* (of training, or of a batch), or two, *prefill* and *decode*, where a language
model answers requests. In each phase exactly one wall binds.

1. Where the plan does not fit into memory, wall 2 is violated and stands for every phase.
2. Else the walls that share the phase's time compete: arithmetic (1), data movement (2), launches and host (3)
   and communication (14). The one with the most seconds binds, the first of equals.
3. Work beside the phase competes only where it takes longer than the whole phase, which then waits for it:
   weights that stream in (6), samples that are read (8) and prepared (9). Samples compete only where the plan
   says how they are stored or prepared (`data:`): an assumption never binds.

The wall that binds the step or, for requests, decode (every token waits for it) is the plan's
`binding_wall`. One that binds prefill alone is told as `binds prefill`; in JSON both have the state `binding`, and `binds`
names the phase. All other walls are

| state | meaning |
| --- | --- |
| violated | a capacity or an asserted bound does not hold |
| near | pressure from 0.8 on |
| clear | pressure below, or a figure without a limit |
| not applicable | the sentence says why |
| needs input | the field that is missing |

A wall that competes in both phases is read where it binds, else in the phase of which it takes the larger share.
A pressure is a finite number or absent; what has no end is said in words.

## Profiles

Walls 1 to 5, 14, 17 and 18 are what the profile computed (`physics: studio` or `mlsysim`). The others call the
same resolver in both; under `mlsysim` they read fields that mlsysim 0.3.0 does not have, and change no metric.
";

/// `docs/walls.md`.
pub fn markdown() -> String {
    let mut text = HEAD.to_owned();
    let mut domain = "";
    for (wall, (inputs, pressure)) in WALLS.iter().zip(INPUTS) {
        if wall.domain != domain {
            domain = wall.domain;
            let title =
                domain.get(..1).unwrap_or_default().to_uppercase() + domain.get(1..).unwrap_or_default();
            // Writing into a string does not fail.
            let _ = writeln!(text, "\n## {title}");
        }
        let _ = write!(
            text,
            "\n### {} {}\n\n{}\n\n- equation: `{}`\n- reads: {inputs}\n- pressure: {pressure}\n- sources: {}\n",
            wall.number,
            wall.name,
            wall.question,
            wall.equation,
            wall.sources.join("; ")
        );
    }
    text
}
