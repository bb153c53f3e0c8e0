use super::*;
use crate::engine::json;
use crate::engine::report::{LensStatus, WallState};
use crate::engine::testing::{fleet as fleet_plan, ops, plan};
use crate::metrics::{Lens, METRICS};
use crate::plan::Assertion;

fn evaluated(plan: &Plan) -> Report {
    evaluate(plan, &Registry::builtin())
}

fn assertion(metric: &str, max: Option<f64>, min: Option<f64>) -> Assertion {
    Assertion { metric: metric.into(), max, min }
}

fn codes(report: &Report) -> Vec<&'static str> {
    report.warnings.iter().map(|warning| warning.code).collect()
}

#[test]
fn seventy_billion_parameters_do_not_fit_one_h100() {
    let report = evaluated(&plan("Llama3_70B", "H100"));
    assert_eq!(report.status.exit_code(), 2);
    assert_eq!(report.feasibility.summary, "OOM: requires 141.2 GB per accelerator but only has 85.9 GB");
    assert_eq!(report.feasibility.status, LensStatus::Fail);
    assert_eq!(report.performance.status, LensStatus::Fail);
    assert_eq!(report.binding_wall().map(|wall| wall.name), Some("Memory"));
    let precision = &report.suggestions[0].edits[0];
    assert_eq!((precision.0.as_str(), precision.1.as_str()), ("hardware.precision", "int8"));
}

#[test]
fn the_suggested_precision_fits() {
    let mut plan = plan("Llama3_70B", "H100");
    plan.hardware.precision = evaluated(&plan).suggestions[0].edits[0].1.clone();
    assert_eq!(evaluated(&plan).status, Status::Ok);
}

#[test]
fn a_fleet_that_does_not_fit_passes_as_in_the_reference_and_exits_2() {
    let mut plan = fleet_plan("Llama3_405B", "T4", 8, 8);
    plan.assertions.push(assertion("performance.mfu", None, Some(1.0)));
    let report = evaluated(&plan);
    assert_eq!(report.feasibility.status, LensStatus::Skipped);
    assert_eq!(report.performance.status, LensStatus::Pass);
    assert!(report.feasibility.summary.starts_with("OOM: requires "), "{}", report.feasibility.summary);
    assert!(codes(&report).contains(&"fleet_memory"));
    assert_eq!(report.violations.len(), 1);
    // Out of memory outranks the failing assertion.
    assert_eq!(report.status, Status::Infeasible);
    assert!(!report.memory.unwrap().checked);
}

#[test]
fn an_assertion_holds_at_its_bound_and_fails_beyond() {
    let mut plan = plan("ResNet50", "A100");
    let latency = evaluated(&plan).metric(Lens::Performance, "latency").unwrap();
    plan.assertions = vec![assertion("performance.latency", Some(latency), Some(latency))];
    assert_eq!(evaluated(&plan).status, Status::Ok);
    plan.assertions = vec![assertion("performance.latency", Some(latency * 0.5), None)];
    let report = evaluated(&plan);
    assert_eq!(report.status.exit_code(), 3);
    assert_eq!(report.violations[0].why, "max");
    assert!(report.violations[0].sentence().contains("above the maximum"));
}

#[test]
fn a_metric_that_is_not_there_breaks_its_assertion() {
    let mut plan = plan("ResNet50", "A100");
    plan.assertions = vec![assertion("macro.tco_usd", Some(1e9), None)];
    let report = evaluated(&plan);
    assert_eq!(report.status, Status::SlaFailed);
    assert_eq!(report.violations[0].sentence(), "macro.tco_usd is not available for this plan");
}

#[test]
fn every_plan_is_priced_in_the_average_of_the_us_and_says_so() {
    let mut plan = fleet_plan("Llama3_8B", "H100", 8, 8);
    plan.ops = Some(ops("Quebec", 30.0));
    let report = evaluated(&plan);
    assert!((report.metric(Lens::Macro, "tco_usd").unwrap() - 6843.27).abs() < 0.01);
    assert!((report.metric(Lens::Macro, "carbon_footprint").unwrap() - 1.937).abs() < 0.001);
    assert!(codes(&report).contains(&"region_ignored"));
    plan.ops = Some(ops("Atlantis", 30.0));
    assert!(codes(&evaluated(&plan)).contains(&"unknown_region"));
    let tco = report.tco.unwrap();
    let sum: f64 = tco.terms.iter().map(|term| term.value).sum();
    assert!((sum - tco.total_usd).abs() < 1e-6);
}

#[test]
fn an_unknown_price_is_named() {
    let mut plan = fleet_plan("Llama3_8B", "Gaudi3", 8, 8);
    plan.ops = Some(ops("US_Avg", 365.0));
    let report = evaluated(&plan);
    assert!(codes(&report).contains(&"unknown_price"));
    assert_eq!(report.tco.unwrap().missing.len(), 1);
}

#[test]
fn ranks_without_work_and_sequences_without_a_rank_are_named() {
    let mut plan = fleet_plan("ResNet50", "H100", 16, 8);
    assert!(codes(&evaluated(&plan)).contains(&"idle_ranks"));
    plan.workload.batch_size = 33;
    let report = evaluated(&plan);
    assert!(codes(&report).contains(&"remainder_dropped"));
    assert!(!codes(&report).contains(&"idle_ranks"));
}

#[test]
fn a_dead_link_is_an_error_with_the_field_to_change() {
    let mut plan = fleet_plan("Llama3_8B", "H100", 2, 1);
    plan.hardware.fabric_bytes_per_s = 0.0;
    let report = evaluated(&plan);
    assert_eq!(report.status.exit_code(), 1);
    assert_eq!(report.error.as_ref().unwrap().1, "hardware.fabric_bandwidth");
    assert_eq!(report.walls.len(), 22);
    let mut plan = fleet_plan("Llama3_8B", "H100", 8, 8);
    plan.hardware.intra_node_bytes_per_s = Some(0.0);
    assert_eq!(evaluated(&plan).error.unwrap().1, "hardware.intra_node_bw");
}

#[test]
fn a_fleet_that_does_not_fill_its_nodes_is_refused() {
    let report = evaluated(&fleet_plan("Llama3_8B", "H100", 12, 8));
    assert_eq!(report.status, Status::Error);
    assert_eq!(report.error.unwrap().1, "hardware.accelerators");
}

#[test]
fn one_wall_of_a_plan_that_fits_binds() {
    for plan in [plan("Llama3_8B", "H100"), plan("ResNet50", "A100"), fleet_plan("Llama3_8B", "H100", 64, 8)]
    {
        let mut plan = plan;
        plan.workload.batch_size = 64;
        let report = evaluated(&plan);
        let binding = report.walls.iter().filter(|wall| wall.state == WallState::Binding).count();
        let violated = report.walls.iter().filter(|wall| wall.state == WallState::Violated).count();
        assert_eq!(binding + violated, 1, "{}", plan.name);
        assert!(report.walls.iter().all(|wall| !wall.sentence.is_empty()));
    }
}

#[test]
fn flat_json_keeps_the_keys_of_the_reference_in_the_order_of_the_table() {
    let mut plan = fleet_plan("Llama3_8B", "H100", 8, 8);
    plan.ops = Some(ops("US_Avg", 30.0));
    let flat = json::flat(&evaluated(&plan), false);
    let keys: Vec<&str> = flat.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(keys[..5], ["scenario", "status", "f_status", "p_status", "m_status"]);
    let metrics: Vec<String> = METRICS
        .iter()
        .map(|metric| format!("{}{}", metric.lens.prefix(), metric.key))
        .filter(|key| keys.contains(&key.as_str()))
        .collect();
    let found: Vec<&str> =
        keys.iter().copied().filter(|key| metrics.iter().any(|metric| metric == key)).collect();
    assert_eq!(found, metrics);
    assert_eq!(metrics.len(), 10);
    assert!(!keys.contains(&"walls"));
    assert!(json::flat(&evaluated(&plan), true)["walls"].as_array().unwrap().len() == 22);
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig { failure_persistence: None, ..Default::default() })]

    /// Whatever the sizes, the report is whole: 22 walls, finite numbers, the same bytes twice.
    #[test]
    fn no_size_breaks_the_report(
        model in proptest::sample::select(vec!["Llama3_70B", "DeepSeek_V3", "ResNet50", "Mamba_2_8B", "DLRM"]),
        device in proptest::sample::select(vec!["H100", "GB200_NVL72", "ESP32_S3", "Coral", "TPUv5p"]),
        precision in proptest::sample::select(vec!["fp32", "bf16", "int8", "int4", "fp4"]),
        accelerators in proptest::sample::select(vec![1, 2, 7, 8, 72, 100_000, u64::MAX]),
        batch in proptest::sample::select(vec![1, 3, 4096, u64::MAX]),
        efficiency in proptest::sample::select(vec![1e-9, 0.5, 1.0]),
        fabric in proptest::sample::select(vec![0.0, 1e-300, 50e9, 1e300]),
        days in proptest::sample::select(vec![1e-6, 30.0, 1e12]),
    ) {
        let mut plan = plan(model, device);
        plan.hardware.precision = precision.into();
        plan.hardware.accelerators = accelerators;
        plan.workload.batch_size = batch;
        plan.hardware.efficiency = Some(efficiency);
        plan.hardware.fabric_bytes_per_s = fabric;
        plan.ops = Some(ops("US_Avg", days));
        let report = evaluated(&plan);
        let text = json::flat(&report, true).to_string();
        proptest::prop_assert_eq!(&text, &json::flat(&evaluated(&plan), true).to_string());
        proptest::prop_assert_eq!(report.walls.len(), 22);
        for (key, value) in [&report.feasibility, &report.performance, &report.economics]
            .into_iter()
            .flat_map(|lens| &lens.metrics)
        {
            proptest::prop_assert!(value.is_finite(), "{} is {}", key, value);
        }
        proptest::prop_assert!(!text.contains("NaN"), "{}", text);
    }
}
