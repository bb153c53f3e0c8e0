//! A reader with a calculator gets every figure from the lines below it.

use super::step::{Rule, Step};
use super::tree;
use crate::engine::{self, Report};
use crate::metrics::{Lens, METRICS};
use crate::plan::{self, Plan};
use crate::registry::{Physics, Registry};
use crate::studio::samples::SAMPLES;

fn evaluated(text: &str) -> (Plan, Report) {
    let registry = Registry::builtin();
    let reading = plan::read(text, &registry, plan::Options::default());
    let plan = reading.plan.unwrap_or_else(|| panic!("{text}: {:?}", reading.diagnostics));
    let report = engine::evaluate(&plan, &registry);
    (plan, report)
}

/// Plans whose figures are made in every way that there is.
fn others() -> Vec<String> {
    let plan = |name: &str, workload: &str, hardware: &str, rest: &str| {
        format!(
            "version: \"1.0\"\nname: {name}\nworkload: {{{workload}}}\nhardware: {{{hardware}}}\n{rest}\n"
        )
    };
    let eight = "name: H100, accelerators: 8, accelerators_per_node: 8";
    vec![
        plan(
            "fp8",
            "name: Llama3_70B, mode: serve, batch_size: 16, seq_len: 4096",
            "name: H100, accelerators: 2, precision: fp8",
            "",
        ),
        plan(
            "rate",
            "name: Llama3_70B, mode: serve, batch_size: 32, seq_len: 4096, serve: {prompt_tokens: 2000, output_tokens: 300, request_rate: 1/s}",
            eight,
            "parallelism: {tensor: 8}",
        ),
        plan(
            "draft",
            "name: Llama3_70B, mode: serve, batch_size: 8, seq_len: 4096, serve: {draft_model: Llama3_8B, draft_acceptance: 0.7}",
            eight,
            "",
        ),
        plan(
            "pools",
            "name: Llama3_70B, mode: serve, batch_size: 8, seq_len: 4096, serve: {decode_hardware: H200}",
            eight,
            "",
        ),
        plan(
            "both",
            "name: Llama3_8B, mode: serve, batch_size: 64, seq_len: 2048, serve: {decode_hardware: H200, request_rate: 3/s, draft_model: Llama3_8B}",
            eight,
            "",
        ),
        plan(
            "awq",
            "name: Llama3_70B, mode: serve, batch_size: 1, seq_len: 2048",
            "name: RTX4090, accelerators: 2, precision: awq",
            "",
        ),
        plan(
            "gguf",
            "name: Llama3_8B, mode: serve, batch_size: 1, seq_len: 2048",
            "name: RTX4090, precision: q4_k_m",
            "",
        ),
        plan(
            "host",
            "name: Llama3_8B, mode: serve, batch_size: 4, seq_len: 2048, stack: transformers",
            "name: A100",
            "",
        ),
        plan(
            "latent",
            "name: DeepSeek_V3, mode: serve, batch_size: 32, seq_len: 8192",
            "name: H200, accelerators: 16, accelerators_per_node: 8, precision: fp8",
            "parallelism: {tensor: 8, pipeline: 2}",
        ),
        plan(
            "wafer",
            "name: Llama3_405B, mode: serve, batch_size: 4, seq_len: 2048",
            "name: Cerebras_CS3",
            "",
        ),
        plan(
            "stages",
            "name: Llama3_405B, mode: serve, batch_size: 16, seq_len: 4096",
            "name: H100, accelerators: 16, accelerators_per_node: 8",
            "parallelism: {tensor: 8, pipeline: 2}",
        ),
        plan("encoder", "name: BERT_Large, mode: serve, batch_size: 8, seq_len: 512", "name: A100", ""),
        plan(
            "lora",
            "name: Llama3_8B, mode: train, batch_size: 64, seq_len: 4096, train: {lora_rank: 16, tokens: 1.0e9}",
            eight,
            "",
        ),
        plan(
            "pipe",
            "name: Llama3_70B, mode: train, batch_size: 256, seq_len: 4096, train: {tokens: 1.0e12}",
            "name: H100, accelerators: 64, accelerators_per_node: 8",
            "parallelism: {tensor: 8, pipeline: 4, data: 2}\nops: {region: Poland, duration_days: 90, carbon_usd_per_tonne: 80}",
        ),
        plan(
            "moe",
            "name: Mixtral_8x7B, mode: train, batch_size: 128, seq_len: 4096",
            "name: H100, accelerators: 32, accelerators_per_node: 8",
            "",
        ),
        plan(
            "vision",
            "name: ResNet50, mode: train, batch_size: 512",
            eight,
            "ops: {region: Quebec, duration_days: 30, acquisition: rent}",
        ),
    ]
}

/// Powers of ten of the prefixes that values are shown with.
fn prefix(letter: char) -> Option<f64> {
    Some(match letter {
        'E' => 1e18,
        'P' => 1e15,
        'T' => 1e12,
        'G' => 1e9,
        'M' => 1e6,
        'k' => 1e3,
        'm' => 1e-3,
        'µ' => 1e-6,
        'n' => 1e-9,
        _ => return None,
    })
}

/// The lowest and the highest number that are shown as this text, in SI units, dollars, days and kWh.
fn range(text: &str) -> (f64, f64) {
    let text = text.replace('−', "-");
    let text = text.trim_start_matches('$');
    let end = text.find(|c: char| !(c.is_ascii_digit() || ",.-".contains(c))).unwrap_or(text.len());
    let (digits, mut unit) = (text[..end].replace(',', ""), text[end..].trim());
    let mut factor = 1.0;
    if let Some(exponent) = unit.strip_prefix('e') {
        // Written as the plan does: exact.
        let value: f64 = format!("{digits}e{exponent}").parse().unwrap();
        return (value, value);
    }
    match unit {
        "ms" | "µs" | "ns" => factor = prefix(unit.chars().next().unwrap()).unwrap(),
        "h" if digits != "24" => factor = 3600.0,
        "%" => factor = 0.01,
        "kg CO2e" => factor = 1e-3,
        "g CO2e" => factor = 1e-6,
        _ => {
            for word in ["B", "FLOP"] {
                if let Some(at) = unit.find(word).filter(|at| *at <= 2 && *at > 0) {
                    factor = prefix(unit[..at].chars().next().unwrap()).unwrap();
                    unit = &unit[at..];
                }
            }
        }
    }
    if unit.starts_with('k') && !unit.starts_with("kW") && !unit.starts_with("kg") && text.len() > end {
        factor = 1e3;
    }
    let value: f64 = digits.parse().unwrap_or_else(|_| panic!("no number: {text}"));
    let decimals = digits.split_once('.').map_or(0, |(_, rest)| rest.len());
    let half = 0.5000001 * 0.1_f64.powf(decimals as f64);
    ((value - half) * factor, (value + half) * factor)
}

/// The range of what a rule makes of ranges; every rule is monotone in every input.
fn apply(rule: Rule, inputs: &[((f64, f64), bool)]) -> Option<(f64, f64)> {
    let ends = |high: bool| {
        let list: Vec<(f64, bool)> = inputs
            .iter()
            .map(|((low, top), other)| (if high == *other { *low } else { *top }, *other))
            .collect();
        rule.apply(&list)
    };
    let (low, high) = (ends(false)?, ends(true)?);
    Some((low, high))
}

/// What is wrong with a step and all below it.
fn check(step: &Step, checked: &mut usize, wrong: &mut Vec<String>) {
    if let (Some(number), Some(again)) = (step.number, step.recomputed()) {
        let lines = format!("{} = {}", step.equation, step.substituted);
        if (number - again).abs() > 1e-6 * number.abs().max(1e-12) {
            wrong.push(format!("{} is {number}, its inputs give {again}: {lines}", step.name));
        }
        let inputs: Vec<((f64, f64), bool)> =
            step.inputs.iter().map(|input| (range(&input.value), input.divides)).collect();
        let (low, high) = apply(step.rule, &inputs).unwrap();
        let (least, most) = range(&step.value);
        if low > most || high < least {
            let value = &step.value;
            wrong.push(format!("{} is shown as {value}, the lines give {low} to {high}: {lines}", step.name));
        }
        *checked += 1;
    }
    for input in &step.inputs {
        check(input, checked, wrong);
    }
}

#[test]
fn the_lines_below_a_figure_give_the_figure_that_is_shown() {
    let (mut checked, mut wrong) = (0, Vec::new());
    let samples = SAMPLES.iter().map(|sample| (sample.name.to_owned(), sample.text.to_owned()));
    let others = others().into_iter().map(|text| (text.lines().nth(1).unwrap().to_owned(), text));
    for (name, text) in samples.chain(others) {
        let (plan, report) = evaluated(&text);
        for metric in METRICS {
            let Some(tree) = tree::metric(metric, &plan, &report) else { continue };
            let mut here = Vec::new();
            check(&tree, &mut checked, &mut here);
            wrong.extend(here.into_iter().map(|line| format!("{name}, {}: {line}", metric.key)));
            // The studio's own figures are opened by rules, not by words.
            let by_words: Vec<&str> = tree
                .walk()
                .iter()
                .filter(|(_, step)| step.rule == Rule::Equation)
                .map(|(_, step)| step.name.as_str())
                .collect();
            if plan.physics == Physics::Studio && metric.lens != Lens::Macro {
                wrong.extend(by_words.iter().map(|step| format!("{name}, {}: {step} is words", metric.key)));
            }
        }
    }
    wrong.dedup();
    assert!(wrong.is_empty(), "{} of {checked}:\n{}", wrong.len(), wrong.join("\n"));
    assert!(checked > 5_000, "{checked}");
}

#[test]
fn what_the_engine_chose_is_not_said_to_be_the_plans() {
    let (plan, report) = evaluated(
        "version: \"1.0\"\nname: x\nworkload: {name: Llama3_70B, mode: serve, batch_size: 8, seq_len: 4096}\n\
         hardware: {name: H100, accelerators: 8, accelerators_per_node: 8}\n",
    );
    assert!(report.parallelism.unwrap().tensor > 1);
    let metric = METRICS.iter().find(|metric| metric.key == "memory_used_gb").unwrap();
    let tree = tree::metric(metric, &plan, &report).unwrap();
    let steps = tree.walk();
    let tensor = steps.iter().find(|(_, step)| step.name == "tensor").unwrap().1;
    assert!(tensor.sources[0].starts_with("chosen by the engine: "), "{:?}", tensor.sources);
}

#[test]
fn the_flat_form_holds_the_parts_too() {
    let text = SAMPLES.iter().find(|sample| sample.name == "serve-llama3-70b-on-eight").unwrap().text;
    let (plan, report) = evaluated(text);
    let metric = METRICS.iter().find(|metric| metric.key == "annual_tco_usd").unwrap();
    let opened = super::metric(metric, &plan, &report);
    for part in ["TCO", "capex", "energy", "maintenance", "duration"] {
        assert!(opened.values.iter().any(|(name, _)| name == part), "{part}: {:?}", opened.values);
    }
}

/// A document is cited once, and only for what the figure rests on.
#[test]
fn a_document_is_cited_once() {
    for text in [
        include_str!("../../../sample-plans/serve-llama3-70b-on-eight.yaml"),
        include_str!("../../../sample-plans/train-llama3-8b-64.yaml"),
    ] {
        let (plan, report) = evaluated(text);
        for metric in METRICS.iter().filter(|metric| report.metric(metric.lens, metric.key).is_some()) {
            let sources = super::metric(metric, &plan, &report).sources;
            let document = |source: &str| {
                source
                    .split_once(": ")
                    .map_or(source, |(_, rest)| rest)
                    .split(" (")
                    .next()
                    .unwrap()
                    .to_owned()
            };
            let device =
                sources.iter().map(|source| document(source)).filter(|text| text.contains("datasheet"));
            assert!(device.count() <= 1, "{}: {sources:?}", metric.key);
            let electricity = sources.iter().any(|source| source.starts_with("electricity"));
            assert!(!electricity || metric.key != "capex", "{sources:?}");
        }
    }
}

/// The operations of a matrix product follow from the model's shape: Llama-3 70B's query, key and value over 8 ranks.
#[test]
fn operations_can_be_worked_out_by_hand() {
    let (plan, report) = evaluated(include_str!("../../../sample-plans/serve-llama3-70b-on-eight.yaml"));
    let itl = METRICS.iter().find(|metric| metric.key == "itl_ms").unwrap();
    let tree = tree::metric(itl, &plan, &report).unwrap();
    let steps = tree.walk();
    let at = steps.iter().position(|(_, step)| step.name == "query, key and value").unwrap();
    let find = |name: &str| steps[at..].iter().find(|(_, step)| step.name.starts_with(name)).unwrap().1;
    let tensor = report.parallelism.unwrap().tensor as f64;
    let weights = 8192.0 * (8192.0 + 2.0 * 1024.0) * 80.0 / tensor;
    let shown = find("weights of it on one accelerator").number.unwrap();
    assert!((shown - weights).abs() < 1e-4 * weights, "{shown} {weights}");
    assert_eq!(
        find("tokens").number.unwrap(),
        plan.workload.batch_size as f64 / report.parallelism.unwrap().data as f64
    );
    let operations = find("operations").number.unwrap();
    assert!((operations - 2.0 * weights * find("rows").number.unwrap()).abs() < 1e-4 * operations);
}
