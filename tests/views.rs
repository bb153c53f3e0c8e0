//! What the studio's views are made of: derivations, attributed edits, fits, places, money over time.

mod screens;

use mlsysim_tui::engine::explain::step::{Rule, Step};
use mlsysim_tui::engine::explain::tree;
use mlsysim_tui::engine::{self, Report};
use mlsysim_tui::metrics::{Lens, METRICS};
use mlsysim_tui::plan::{self, Plan};
use mlsysim_tui::registry::Registry;
use mlsysim_tui::search::attribution::attribute;
use mlsysim_tui::search::fitting::{self, Rank, Verdict};
use mlsysim_tui::search::money;
use mlsysim_tui::studio::samples::SAMPLES;

fn evaluated(text: &str) -> (Plan, Report) {
    let registry = Registry::builtin();
    let plan = plan::read(text, &registry, plan::Options::default()).plan.unwrap();
    let report = engine::evaluate(&plan, &registry);
    (plan, report)
}

fn sample(name: &str) -> &'static str {
    SAMPLES.iter().find(|entry| entry.name == name).unwrap().text
}

fn metric(key: &str) -> &'static mlsysim_tui::metrics::Metric {
    METRICS.iter().find(|metric| metric.key == key).unwrap()
}

fn steps(step: &Step) -> Vec<&Step> {
    step.walk().into_iter().map(|(_, step)| step).collect()
}

#[test]
fn every_sum_and_product_of_a_derivation_holds() {
    let mut checked = 0;
    for sample in SAMPLES {
        let (plan, report) = evaluated(sample.text);
        for metric in METRICS {
            let Some(tree) = tree::metric(metric, &plan, &report) else { continue };
            for step in steps(&tree) {
                let (Some(value), Some(again)) = (step.number, step.recomputed()) else { continue };
                checked += 1;
                assert!(
                    (value - again).abs() <= 1e-9 * value.abs().max(1e-12),
                    "{}: {} of {} is {value}, its inputs give {again}\n{}",
                    sample.name,
                    step.name,
                    metric.key,
                    step.equation
                );
            }
        }
    }
    assert!(checked > 200, "{checked}");
}

#[test]
fn a_derivation_ends_in_facts_with_source_and_date() {
    let (plan, report) = evaluated(sample("serve-llama3-70b-on-eight"));
    let tree = tree::metric(metric("usd_per_million_tokens"), &plan, &report).unwrap();
    let find = |name: &str| {
        steps(&tree).into_iter().find(|step| step.name == name).cloned().unwrap_or_else(|| panic!("{name}"))
    };
    for (name, source) in [
        ("price of one H100", "H100, price of one H100"),
        ("electricity price", "Quebec"),
        ("PUE", "Quebec, PUE"),
    ] {
        let step = find(name);
        assert_eq!(step.rule, Rule::Given);
        assert!(step.sources[0].contains(source) && step.sources[0].contains("(20"), "{:?}", step.sources);
    }
    assert!(find("TCO").inputs.len() >= 3);
    assert!(
        steps(&find("output tokens/s"))
            .iter()
            .any(|step| step.name == "matrix products" && !step.inputs.is_empty())
    );
}

#[test]
fn every_metric_and_wall_of_the_samples_has_a_derivation() {
    for sample in SAMPLES {
        let (plan, report) = evaluated(sample.text);
        for metric in METRICS {
            let value = report.metric(metric.lens, metric.key);
            let tree = tree::metric(metric, &plan, &report);
            assert_eq!(value.is_some(), tree.is_some(), "{} {}", sample.name, metric.key);
            if let Some(tree) = tree {
                assert!(
                    !tree.inputs.is_empty() || metric.key == "memory_capacity_gb",
                    "{} {} has no inputs",
                    sample.name,
                    metric.key
                );
                assert!(steps(&tree).iter().any(|step| !step.sources.is_empty()), "{}", metric.key);
            }
        }
        for wall in &report.walls {
            assert!(!tree::wall(wall, &plan, &report).value.is_empty(), "{} {}", sample.name, wall.number);
        }
    }
}

#[test]
fn edits_are_told_apart_by_what_they_do() {
    let registry = Registry::builtin();
    let before = sample("serve-llama3-70b-on-eight");
    let after =
        before.replace("region: Quebec", "region: Poland").replace("batch_size: 32", "batch_size: 64");
    let evaluate = |text: &str| {
        let plan = plan::read(text, &registry, plan::Options::default()).plan?;
        Some(engine::evaluate(&plan, &registry))
    };
    let (first, second) = (evaluate(before).unwrap(), evaluate(&after).unwrap());
    let answer = attribute(before, &after, evaluate).unwrap();
    let names: Vec<&str> = answer.edits.iter().map(|edit| edit.path.as_str()).collect();
    assert_eq!(names, ["workload.batch_size", "ops.region"]);
    let memory = answer.story(metric("memory_used_gb"), &first, &second).unwrap();
    assert_eq!(
        memory.shares.iter().map(|share| share.edit).collect::<Vec<_>>(),
        [0],
        "only the batch moves memory"
    );
    assert!(!memory.interacts());
    let carbon = answer.story(metric("carbon_footprint"), &first, &second).unwrap();
    assert_eq!(carbon.shares[0].edit, 1, "the grid moves carbon most");
    assert!(answer.story(metric("memory_capacity_gb"), &first, &second).is_none());
}

#[test]
fn edits_that_only_work_together_are_said_to_interact() {
    let registry = Registry::builtin();
    let before = sample("serve-llama3-70b-on-eight");
    let after =
        before.replace("batch_size: 32", "batch_size: 128").replace("seq_len: 4096", "seq_len: 16384");
    let evaluate = |text: &str| {
        let plan = plan::read(text, &registry, plan::Options::default()).plan?;
        Some(engine::evaluate(&plan, &registry))
    };
    let (first, second) = (evaluate(before).unwrap(), evaluate(&after).unwrap());
    let answer = attribute(before, &after, evaluate).unwrap();
    let memory = answer.story(metric("memory_used_gb"), &first, &second).unwrap();
    assert!(memory.interacts(), "the cache is their product: {memory:?}");
}

#[test]
fn what_fits_comes_first_and_the_engine_agrees() {
    let registry = Registry::builtin();
    let (plan, _) = evaluated(sample("serve-llama3-70b"));
    let fits = fitting::accelerators(&plan, &registry);
    assert_eq!(fits.len(), registry.accelerators(plan.physics).count());
    assert!(fits.windows(2).all(|pair| pair[0].verdict <= pair[1].verdict));
    let verdict = |id: &str| fits.iter().find(|fit| fit.id == id).unwrap().verdict;
    assert_eq!(verdict("H100"), Verdict::TooSmall);
    assert!(verdict("MI300X") <= Verdict::Misses, "192 GB hold 141 GB of weights");
    let too_small = fits.iter().find(|fit| fit.id == "H100").unwrap();
    assert!(too_small.headline.is_none() && too_small.why.contains("GB"), "{too_small:?}");
}

#[test]
fn places_are_ranked_by_cost_and_by_carbon() {
    let registry = Registry::builtin();
    let (plan, report) = evaluated(sample("serve-llama3-70b-on-eight"));
    let mut places = fitting::regions(&plan, &registry);
    let own = places.iter().find(|place| place.id == "Quebec").unwrap();
    assert_eq!(own.tco_usd, report.metric(Lens::Macro, "tco_usd"));
    let known: Vec<f64> =
        places.iter().filter(|place| !place.assumed_price).filter_map(|place| place.tco_usd).collect();
    assert!(known.len() > 20 && known.is_sorted(), "{}", known.len());
    fitting::sort(&mut places, Rank::Carbon, false);
    assert!(places.iter().filter_map(|place| place.carbon_kg).collect::<Vec<_>>().is_sorted());
}

#[test]
fn the_break_even_of_the_curves_is_that_of_the_report() {
    let registry = Registry::builtin();
    let (plan, report) = evaluated(sample("serve-llama3-70b-on-eight"));
    let money = money::money(&plan, &report, &registry);
    let cash = money.cash.unwrap();
    let even = cash.break_even_days.unwrap();
    let told = report.tco.as_ref().unwrap().break_even_days.unwrap();
    assert!((even - told).abs() < 1e-6 * told, "{even} {told}");
    assert!((cash.bought(even).unwrap() - cash.rented(even).unwrap()).abs() < 1.0);
    let electricity = money.electricity.unwrap();
    let energy = report.metric(Lens::Macro, "energy_kwh").unwrap();
    assert!((electricity.slope() - energy).abs() < 1e-6 * energy, "each USD/kWh costs the energy");
    let carbon = report.metric(Lens::Macro, "carbon_footprint").unwrap();
    assert!((money.carbon.unwrap().slope() - carbon).abs() < 1e-6 * carbon);
}
