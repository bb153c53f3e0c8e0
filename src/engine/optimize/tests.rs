use super::*;
use crate::engine::{evaluate, testing};
use crate::plan::{self, Options};
use crate::registry::Registry;

fn read(text: &str) -> Plan {
    let reading = plan::read(text, &Registry::builtin(), Options::default());
    reading.plan.unwrap_or_else(|| panic!("{:?}", reading.diagnostics))
}

fn text(workload: &str, hardware: &str, rest: &str) -> String {
    format!("version: \"1.0\"\nname: test\nworkload: {{{workload}}}\nhardware: {{{hardware}}}\n{rest}")
}

const TRAIN: &str = "name: Llama3_8B, mode: train, batch_size: 128, seq_len: 4096";
const FLEET: &str = "name: H100, accelerators: 64";

/// The report of a plan's text with a search's edits put into it.
fn applied(text: &str, found: &Search) -> Report {
    let edited = plan::edit::set_all(text, &found.edits).unwrap();
    evaluate(&read(&edited), &Registry::builtin())
}

#[test]
fn d_50_the_winner_put_into_the_plan_gives_the_numbers_of_the_search() {
    let text = text(TRAIN, FLEET, "");
    let registry = Registry::builtin();
    let found = parallelism(&read(&text), &registry).unwrap();
    assert_eq!(found.status, Status::Ok);
    let report = applied(&text, &found);
    let close = |key: &str, value: f64| {
        let right = performance(&report, key).unwrap();
        assert!((right / value - 1.0).abs() < 1e-9, "{key}: {right} is not {value}");
    };
    close("mfu", found.outputs["best_mfu"].as_f64().unwrap());
    close("fleet_throughput", found.outputs["best_throughput_per_s"].as_f64().unwrap());
    close("step_latency", found.outputs["best_step_time_s"].as_f64().unwrap() * 1e3);
}

#[test]
fn d_24_candidates_are_ranked_by_the_mfu_that_they_achieve() {
    let registry = Registry::builtin();
    let found = parallelism(&read(&text(TRAIN, FLEET, "")), &registry).unwrap();
    let ranked: Vec<f64> = found.outputs["top_candidates"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["mfu"].as_f64().unwrap())
        .collect();
    assert!(ranked.len() > 1 && ranked.windows(2).all(|pair| pair[0] >= pair[1]), "{ranked:?}");
    // What `eval` chooses on its own is among what was searched.
    let own = evaluate(&read(&text(TRAIN, FLEET, "")), &registry);
    assert!(performance(&own, "mfu").unwrap() <= ranked[0] * (1.0 + 1e-9));
}

#[test]
fn d_50_the_sequence_length_counts() {
    let registry = Registry::builtin();
    let mfu = |seq_len: u64| {
        let text =
            text(&format!("name: Llama3_8B, mode: train, batch_size: 128, seq_len: {seq_len}"), FLEET, "");
        parallelism(&read(&text), &registry).unwrap().outputs["best_mfu"].as_f64().unwrap()
    };
    assert!(mfu(512) != mfu(8192));
}

#[test]
fn a_model_that_no_division_holds_is_infeasible_and_one_accelerator_bad_input() {
    let registry = Registry::builtin();
    let found = parallelism(
        &read(&text("name: Llama3_70B, mode: train, batch_size: 8", "name: H100, accelerators: 2", "")),
        &registry,
    )
    .unwrap();
    assert_eq!(found.status, Status::Infeasible);
    assert!(found.sentence.contains("2 accelerators"), "{}", found.sentence);
    assert!(parallelism(&read(&text("name: Llama3_8B", "name: H100", "")), &registry).is_err());
    let mut reference = testing::fleet("Llama3_70B", "H100", 2, 2);
    reference.workload.batch_size = 8;
    assert_eq!(parallelism(&reference, &registry).unwrap().status, Status::Infeasible);
}

#[test]
fn d_25_batching_spreads_a_model_over_accelerators_and_counts_the_wait_for_a_batch() {
    let registry = Registry::builtin();
    let serve = "name: Llama3_70B, serve: {prompt_tokens: 512, output_tokens: 128}";
    let found =
        batching(&read(&text(serve, "name: H100, accelerators: 8", "")), &registry, 20_000.0, 1.0).unwrap();
    assert_eq!(found.status, Status::Ok, "{}", found.sentence);
    assert!(found.outputs["tensor"].as_u64().unwrap() > 1);
    let get = |key: &str| found.outputs[key].as_f64().unwrap();
    // At one request a second a batch of b fills in b - 1 seconds, which the target must hold too.
    assert!((get("batch_fill_s") - (get("best_batch_size") - 1.0)).abs() < 1e-9);
    assert!(get("batch_fill_s") + get("service_s") <= get("p99_latency_s") + 1e-9);
    assert!(get("p99_latency_s") <= 20.0);
}

#[test]
fn a_target_that_nothing_meets_and_a_model_that_does_not_fit_are_told_apart() {
    let registry = Registry::builtin();
    let serve = "name: Llama3_8B, serve: {prompt_tokens: 512, output_tokens: 128}";
    for physics in ["studio", "mlsysim"] {
        let rest = format!("physics: {physics}");
        let fits = read(&text("name: Llama3_8B, seq_len: 2048", "name: H100", &rest));
        assert_eq!(batching(&fits, &registry, 1.0, 4.0).unwrap().status, Status::SlaFailed, "{physics}");
        let large = read(&text("name: Llama3_70B, seq_len: 2048", "name: T4", &rest));
        assert_eq!(batching(&large, &registry, 1e6, 0.01).unwrap().status, Status::Infeasible, "{physics}");
    }
    let plan = read(&text(serve, "name: H100", ""));
    for (sla, qps) in [(0.0, 1.0), (1.0, 0.0), (f64::NAN, 1.0), (1.0, f64::INFINITY)] {
        assert!(batching(&plan, &registry, sla, qps).is_err());
    }
}

#[test]
fn d_26_placement_looks_at_every_grid_with_its_own_price_and_agrees_with_eval() {
    let registry = Registry::builtin();
    let text = text(TRAIN, FLEET, "ops: {region: Norway, duration_days: 30}");
    let found = placement(&read(&text), &registry, Some(0.0)).unwrap();
    let grids = registry.grids(Physics::Studio).count();
    assert_eq!(found.rows.len(), grids);
    let prices: std::collections::BTreeSet<String> =
        found.rows.iter().map(|row| row[4].to_string()).collect();
    assert!(prices.len() > 1, "one electricity price for all");
    let best = found.outputs["lowest_tco"].as_f64().unwrap();
    let eval = applied(&text, &found).metric(Lens::Macro, "tco_usd").unwrap();
    assert!((eval / best - 1.0).abs() < 1e-12);
    // Carbon at a high price can only move the choice to a grid with less of it.
    let taxed = placement(&read(&text), &registry, Some(10_000.0)).unwrap();
    let carbon = |found: &Search| found.outputs["carbon_footprint"].as_f64().unwrap();
    assert!(carbon(&taxed) <= carbon(&found));
}

#[test]
fn the_reference_profile_searches_as_the_reference_does() {
    let registry = Registry::builtin();
    let mut plan = testing::fleet("Llama3_8B", "H100", 64, 8);
    plan.workload.batch_size = 64;
    plan.ops = Some(testing::ops("Quebec", 30.0));
    let placed = placement(&plan, &registry, None).unwrap();
    assert_eq!(placed.outputs["total_searched"], 3);
    assert_eq!(placed.outputs["best_region"], "Quebec");
    assert!(placed.edits.is_empty());
    let divided = parallelism(&plan, &registry).unwrap();
    for key in [
        "objective_value",
        "best_config",
        "total_searched",
        "best_mfu",
        "best_throughput",
        "best_step_time",
        "search_space_size",
        "top_candidates",
    ] {
        assert!(divided.outputs.contains_key(key), "{key}");
    }
    let batched = batching(&plan, &registry, 60_000.0, 2.0).unwrap();
    // The reference's throughput is the load times the context.
    assert_eq!(batched.outputs["max_throughput"].as_f64(), Some(2.0 * 2048.0));
}
