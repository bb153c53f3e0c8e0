//! Every suggestion, applied to the text, reads well and gives the numbers that it promised.

use crate::engine::evaluate;
use crate::engine::report::{LensStatus, Report, Status, Suggestion};
use crate::metrics::{self, Lens};
use crate::plan::{self, Options, Reading, edit};
use crate::registry::Registry;

fn read(text: &str) -> Reading {
    plan::read(text, &Registry::builtin(), Options::default())
}

fn report(text: &str) -> Report {
    let reading = read(text);
    let plan = reading.plan.as_ref().unwrap_or_else(|| panic!("{text}\n{:?}", reading.diagnostics));
    evaluate(plan, &Registry::builtin())
}

/// Applies each suggestion and holds it against what it says.
fn checked(text: &str) -> Report {
    let before = report(text);
    let known: Vec<(&str, String)> =
        read(text).diagnostics.into_iter().map(|one| (one.code, one.path)).collect();
    for suggestion in &before.suggestions {
        let after = applied(text, suggestion);
        let new: Vec<_> = read(&after)
            .diagnostics
            .into_iter()
            .filter(|one| !known.contains(&(one.code, one.path.clone())))
            .collect();
        assert!(new.is_empty(), "{after}\n{new:?}");
        assert_eq!(text.matches('#').count(), after.matches('#').count(), "comments stay: {after}");
        let now = report(&after);
        assert_eq!(now.feasibility.status, LensStatus::Pass, "{}\n{after}", suggestion.title);
        let metric = metrics::by_assertion_name(&suggestion.metric).unwrap();
        let (value, promised) = (now.metric(metric.lens, metric.key).unwrap(), suggestion.after.unwrap());
        assert!(
            (value - promised).abs() <= 1e-9 * promised.abs(),
            "{}: {value} {promised}",
            suggestion.title
        );
        assert!(suggestion.share.is_some_and(|share| share > 0.0), "{suggestion:?}");
        assert!(!suggestion.title.is_empty() && !suggestion.gain.is_empty());
    }
    let mut edits: Vec<_> = before.suggestions.iter().map(|one| &one.edits).collect();
    edits.dedup();
    assert_eq!(edits.len(), before.suggestions.len());
    before
}

fn applied(text: &str, suggestion: &Suggestion) -> String {
    edit::set_all(text, &suggestion.edits).unwrap_or_else(|why| panic!("{why}: {suggestion:?}\n{text}"))
}

fn plan(workload: &str, hardware: &str, rest: &str) -> String {
    format!("version: \"1.0\" # v\nname: test\nworkload: {{{workload}}}\nhardware: {{{hardware}}}\n{rest}")
}

fn offers(report: &Report, field: &str) -> bool {
    report.suggestions.iter().any(|one| one.edits.iter().any(|edit| edit.0 == field))
}

const OPS: &str = "ops: {region: US_Avg, duration_days: 365}";
const PROMISE: &str = "constraints: {assert: [{metric: ";

#[test]
fn training_that_does_not_fit_gets_the_levers_of_training() {
    let step = "name: Llama3_8B, mode: train, batch_size: 16, seq_len: 8192";
    let held = checked(&plan(
        step,
        "name: H100, accelerators: 8",
        "parallelism: {tensor: 1, zero: 1, recompute: none}",
    ));
    assert_eq!(held.status, Status::Infeasible);
    assert!(
        offers(&held, "parallelism.zero") && offers(&held, "parallelism.recompute"),
        "{:?}",
        held.suggestions
    );
    let one = checked(&plan(step, "name: H100", OPS));
    assert!(offers(&one, "hardware.accelerators"), "{:?}", one.suggestions);
    assert!(one.suggestions[0].gain.starts_with("fits; step "), "{:?}", one.suggestions[0]);
    let pieces = checked(&plan(
        "name: Llama3_8B, mode: train, batch_size: 64, seq_len: 4096, train: {gradient_accumulation: 2}",
        "name: H100, accelerators: 8",
        "parallelism: {recompute: full}",
    ));
    assert!(
        offers(&pieces, "workload.train.gradient_accumulation") || pieces.status != Status::Infeasible,
        "{:?}",
        pieces.suggestions
    );
    let adapters =
        checked(&plan("name: Llama3_8B, mode: train, batch_size: 1, seq_len: 2048", "name: A100", ""));
    assert!(offers(&adapters, "workload.train.lora_rank"), "{:?}", adapters.suggestions);
}

#[test]
fn serving_that_does_not_fit_gets_the_levers_of_serving() {
    let large =
        checked(&plan("name: Llama3_70B, mode: serve, batch_size: 8, seq_len: 4096", "name: H100", OPS));
    assert!(offers(&large, "hardware.precision") && offers(&large, "hardware.accelerators"));
    assert!(
        large.suggestions.iter().all(|one| one.gain.starts_with("fits; ITL ")),
        "{:?}",
        large.suggestions
    );
    let more = large.suggestions.iter().find(|one| one.edits[0].0 == "hardware.accelerators").unwrap();
    assert!(more.gain.contains("/yr (+$"), "{}", more.gain);
    let cache =
        checked(&plan("name: Llama3_8B, mode: serve, batch_size: 64, seq_len: 16384", "name: H100", ""));
    assert!(offers(&cache, "workload.serve.kv_precision"), "{:?}", cache.suggestions);
    let crowd =
        checked(&plan("name: Llama3_8B, mode: serve, batch_size: 4000, seq_len: 8192", "name: L4", ""));
    assert!(offers(&crowd, "workload.batch_size"), "{:?}", crowd.suggestions);
}

/// The largest batch that fits is offered, is the largest, and is named as what it is.
#[test]
fn a_batch_too_large_for_memory_is_lowered_to_the_largest_that_fits() {
    for (workload, hardware, rest, alone) in [
        (
            "name: Llama3_70B, mode: serve, batch_size: 512, seq_len: 8192",
            "name: H100, accelerators: 8",
            "",
            true,
        ),
        ("name: Llama3_8B, mode: serve, batch_size: 4000, seq_len: 8192", "name: H100", OPS, true),
        // No batch fits at 16 bits: both at once.
        ("name: Llama3_70B, mode: serve, batch_size: 64, seq_len: 8192", "name: H100", OPS, false),
        (
            "name: Llama3_8B, mode: train, batch_size: 4096, seq_len: 8192",
            "name: H100, accelerators: 8",
            "parallelism: {recompute: none, microbatches: 1, data: 8}",
            false,
        ),
        (
            "name: Llama3_8B, mode: train, batch_size: 4096",
            "name: H100, accelerators: 8",
            "parallelism: {zero: 3, recompute: none, microbatches: 1}",
            true,
        ),
        ("name: ResNet50, batch_size: 1000000", "name: A100", "", true),
    ] {
        let text = plan(workload, hardware, rest);
        let before = checked(&text);
        let Some(lower) = before
            .suggestions
            .iter()
            .find(|one| one.edits.iter().any(|edit| edit.0 == "workload.batch_size"))
        else {
            panic!("{workload}: {:?}", before.suggestions);
        };
        assert!(lower.title.contains("lower the batch to "), "{lower:?}");
        assert_eq!(lower.edits.len() == 1, alone, "{lower:?}");
        let batch: u64 =
            lower.edits.iter().find(|edit| edit.0 == "workload.batch_size").unwrap().1.parse().unwrap();
        let step = if workload.contains("train") { 8 } else { 1 };
        let mut more = lower.clone();
        for edit in more.edits.iter_mut().filter(|edit| edit.0 == "workload.batch_size") {
            edit.1 = (batch + step).to_string();
        }
        let over = report(&applied(&text, &more));
        assert_eq!(over.feasibility.status, LensStatus::Fail, "{batch} is not the largest: {workload}");
    }
    let serve = report(&plan(
        "name: Llama3_70B, mode: serve, batch_size: 512, seq_len: 8192",
        "name: H100, accelerators: 8",
        "",
    ));
    assert!(serve.feasibility.summary.contains(" (KV cache 171.8 GB)"), "{}", serve.feasibility.summary);
    let train = report(&plan(
        "name: Llama3_8B, mode: train, batch_size: 4096, seq_len: 8192",
        "name: H100, accelerators: 8",
        "parallelism: {recompute: none, microbatches: 1}",
    ));
    assert!(train.feasibility.summary.contains(" (activations "), "{}", train.feasibility.summary);
    assert!(
        offers(&train, "parallelism.microbatches") || offers(&train, "workload.train.gradient_accumulation"),
        "{:?}",
        train.suggestions
    );
    let wall = serve.walls.iter().find(|wall| wall.number == 2).unwrap();
    assert!(
        wall.sentence.ends_with("a smaller batch, fewer bits or more accelerators."),
        "{}",
        wall.sentence
    );
    let weights = report(&plan("name: Llama3_70B, mode: serve", "name: H100", ""));
    assert!(!weights.feasibility.summary.contains('('), "{}", weights.feasibility.summary);
}

#[test]
fn fewer_bits_in_weights_and_cache_are_offered_together_where_neither_is_enough() {
    let both = checked(&plan(
        "name: Llama3_70B, mode: serve, batch_size: 64, seq_len: 8192",
        "name: H100, accelerators: 2",
        OPS,
    ));
    let pair = both.suggestions.iter().find(|one| one.title == "use fp8, KV cache in fp8").unwrap();
    let fields: Vec<&str> = pair.edits.iter().map(|edit| edit.0.as_str()).collect();
    assert_eq!(fields, ["hardware.precision", "workload.serve.kv_precision"]);
    assert!(pair.gain.starts_with("fits; ITL ") && pair.gain.ends_with("check the accuracy"), "{pair:?}");
}

#[test]
fn a_broken_promise_is_what_the_edits_are_for() {
    let serve = "name: Llama3_70B, mode: serve, batch_size: 32, seq_len: 4096";
    let late = checked(&plan(
        serve,
        "name: H100, accelerators: 8",
        &format!("parallelism: {{tensor: 4}}\n{OPS}\n{PROMISE}performance.itl_ms, max: 20}}]}}"),
    ));
    assert_eq!(late.status, Status::SlaFailed);
    let first = &late.suggestions[0];
    assert_eq!(first.metric, "performance.itl_ms");
    assert!(first.gain.contains("meets 20 ms") && first.after.unwrap() <= 20.0, "{first:?}");
    let dear = checked(&plan(
        serve,
        "name: H100, accelerators: 8",
        &format!("{OPS}\n{PROMISE}macro.tco_usd, max: 50000}}]}}"),
    ));
    assert!(dear.suggestions[0].after.unwrap() <= 50_000.0, "{:?}", dear.suggestions);
    assert!(offers(&dear, "hardware.accelerators"), "{:?}", dear.suggestions);
    let dirty = checked(&plan(
        "name: Llama3_8B, batch_size: 64",
        "name: H100, accelerators: 8",
        &format!("ops: {{region: Poland}}\n{PROMISE}macro.carbon_footprint, max: 1}}]}}"),
    ));
    assert_eq!(dirty.suggestions[0].edits[0].0, "ops.region", "{:?}", dirty.suggestions);
    assert!(dirty.suggestions[0].gain.starts_with("carbon "), "{:?}", dirty.suggestions[0]);
    // A promise that an edit breaks is named.
    let both = checked(&plan(
        serve,
        "name: H100, accelerators: 8",
        &format!(
            "parallelism: {{tensor: 8}}\n{OPS}\n{PROMISE}performance.itl_ms, max: 9}}, {{metric: macro.tco_usd, max: 80000}}]}}"
        ),
    ));
    let twice = both.suggestions.iter().find(|one| one.edits[0].1 == "16");
    assert!(twice.is_none_or(|one| one.gain.contains("breaks macro.tco_usd")), "{:?}", both.suggestions);
}

#[test]
fn a_plan_that_holds_gets_faster_cheaper_and_cleaner_ways() {
    let serve = checked(&plan(
        "name: Llama3_70B, mode: serve, batch_size: 8, seq_len: 4096",
        "name: H100, accelerators: 8",
        "ops: {region: Poland, duration_days: 365}",
    ));
    assert_eq!(serve.status, Status::Ok);
    let of = |lens: Lens| serve.suggestions.iter().filter(|one| one.metric.starts_with(lens.name())).count();
    assert!((1..=2).contains(&of(Lens::Performance)) && of(Lens::Macro) >= 1, "{:?}", serve.suggestions);
    assert_eq!(serve.suggestions[0].metric, "performance.itl_ms");
    let train = checked(&plan(
        "name: Llama3_8B, mode: train, batch_size: 256, seq_len: 4096, train: {tokens: 1e12}",
        "name: H100, accelerators: 64",
        "parallelism: {overlap: false, recompute: full}",
    ));
    assert_eq!(train.suggestions[0].metric, "performance.time_to_train_days");
    assert!(
        offers(&train, "parallelism.overlap") || offers(&train, "parallelism.recompute"),
        "{:?}",
        train.suggestions
    );
}

#[test]
fn edits_go_to_the_keys_that_the_text_uses() {
    let legacy = checked(&plan("name: Llama3_405B, mode: serve", "name: H100, nodes: 8", ""));
    assert!(offers(&legacy, "hardware.nodes"), "{:?}", legacy.suggestions);
    let counted = checked(&plan(
        "name: Llama3_405B, mode: serve",
        "name: H100, node_count: 1, accelerators_per_node: 8, accelerators: 8",
        "",
    ));
    let nodes =
        counted.suggestions.iter().find(|one| one.edits.iter().any(|edit| edit.0 == "hardware.node_count"));
    assert!(nodes.is_some_and(|one| one.edits.iter().any(|edit| edit.0 == "hardware.accelerators")));
    for division in
        ["{tensor: 4, data: 2}", "{tensor: auto, data: 2}", "{data: 8}", "{tensor: 2, pipeline: 2, data: 2}"]
    {
        checked(&plan(
            "name: Llama3_405B, mode: serve, batch_size: 16",
            "name: H100, accelerators: 8",
            &format!("parallelism: {division}"),
        ));
        checked(&plan(
            "name: Llama3_8B, mode: train, batch_size: 64",
            "name: H100, accelerators: 8",
            &format!("parallelism: {division}\n{OPS}"),
        ));
    }
    // Blocks and values that come by alias.
    let text = "version: \"1.0\"\nname: x\nworkload: {name: Llama3_70B, mode: serve, batch_size: 8, seq_len: 4096, serve: {reasoning_steps: &n 8}}\n\
                hardware: &h # eight\n  name: H100\n  accelerators: *n\n  precision: &p fp16\n\
                constraints:\n  assert: [{metric: performance.itl_ms, max: 13.2}]\n";
    assert!(!checked(text).suggestions.is_empty());
}

#[test]
fn an_edit_never_moves_the_division_in_silence() {
    for (model, device, batch) in [
        ("Llama3_405B", "MI300X", 8),
        ("Llama3_70B", "H100", 8),
        ("Llama3_70B", "H100", 64),
        ("Llama3_8B", "A100", 16),
    ] {
        let text = plan(
            &format!("name: {model}, mode: serve, batch_size: {batch}, seq_len: 4096"),
            &format!("name: {device}, accelerators: 8"),
            OPS,
        );
        let before = checked(&text);
        let was = before.parallelism.unwrap();
        for suggestion in &before.suggestions {
            let now = report(&applied(&text, suggestion)).parallelism.unwrap();
            let told = suggestion.title.contains(&format!("tensor {}", now.tensor));
            assert!(now.tensor == was.tensor || told, "{was:?} {now:?}: {suggestion:?}");
        }
        // Fewer bits are worth what they are with the best division for them.
        if model == "Llama3_405B" {
            let fewer = before.suggestions.iter().find(|one| one.edits[0].0 == "hardware.precision").unwrap();
            assert!(fewer.share.unwrap() > 0.25, "{fewer:?}");
        }
    }
}

#[test]
fn other_workloads_get_what_applies_to_them() {
    for (workload, hardware) in [
        ("name: ResNet50, batch_size: 32", "name: A100"),
        ("name: ResNet50, batch_size: 4096", "name: H100, accelerators: 8"),
        ("name: StableDiffusion_v1_5", "name: T4"),
        ("name: BERT_Base, mode: serve, batch_size: 8, seq_len: 128", "name: T4"),
        ("name: DS_CNN", "name: ESP32_S3, precision: int8"),
        ("name: Mixtral_8x7B, mode: serve, batch_size: 16", "name: H200, accelerators: 2"),
        ("name: DeepSeek_V3, mode: serve, batch_size: 16", "name: H200, accelerators: 8"),
        ("name: DeepSeek_V3, mode: train, batch_size: 256", "name: H100, accelerators: 64"),
        ("name: Llama3_70B, mode: serve, serve: {request_rate: 100/s}", "name: H100, accelerators: 8"),
        (
            "name: Llama3_8B, mode: serve, serve: {prompt_tokens: 8000, output_tokens: 2, prefill_chunk_tokens: 512}",
            "name: H100",
        ),
        ("name: Llama3_405B, mode: train, batch_size: 64, seq_len: 32768", "name: H100, accelerators: 64"),
    ] {
        let report = checked(&plan(workload, hardware, OPS));
        assert!(report.suggestions.len() <= 4);
    }
}
