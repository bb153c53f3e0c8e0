//! What holds for every plan: numbers are numbers, and more of a good thing is never worse.
//!
//! `MLSYSIM_TUI_PLANS=100000 cargo test --release --test runner properties` looks at more plans than the
//! default run does.
#![allow(clippy::format_push_string)]

use std::sync::Arc;

use mlsysim_tui::engine::report::{LensStatus, Report, Status};
use mlsysim_tui::engine::{self, studio};
use mlsysim_tui::metrics::{Lens, METRICS};
use mlsysim_tui::plan::{self, Acquisition, Auto, Mode, Options, Plan, Recompute};
use mlsysim_tui::registry::{Accelerator, Entry, Grid, Model, Physics, Registry};

/// Plans that a default run looks at; the properties of pairs of plans take a quarter of them.
const PLANS: u64 = 10_000;
/// One in so many is written as text, read, and evaluated with its walls and suggestions.
const WHOLE: u64 = 40;

fn plans() -> u64 {
    std::env::var("MLSYSIM_TUI_PLANS")
        .map_or(PLANS, |number| number.parse().expect("MLSYSIM_TUI_PLANS is a number"))
}

/// SplitMix64: the same plans in every run, on every machine.
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
    fn below(&mut self, n: usize) -> usize {
        (self.roll() % n as u64) as usize
    }
    fn one<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }
    /// True once in `n`.
    fn once(&mut self, n: u64) -> bool {
        self.roll().is_multiple_of(n)
    }
    /// A factor from 1 to 8.
    fn factor(&mut self) -> f64 {
        1.0 + (self.roll() % 700) as f64 / 100.0
    }
}

/// What plans are made of.
struct Parts {
    registry: Registry,
    models: Vec<Arc<Entry<Model>>>,
    devices: Vec<Arc<Entry<Accelerator>>>,
    grids: Vec<Arc<Entry<Grid>>>,
}

const FORMATS: &[&str] = &[
    "fp32", "tf32", "fp16", "bf16", "fp8", "mxfp8", "int8", "int4", "fp4", "mxfp4", "nvfp4", "awq", "nf4",
    "q8_0", "q4_k_m",
];
const LENGTHS: &[u64] = &[1, 16, 128, 1000, 2048, 4096, 8192, 32_768, 131_072];
const BATCHES: &[u64] = &[1, 2, 3, 7, 8, 32, 64, 100, 256, 1024];

impl Parts {
    fn new() -> Parts {
        let registry = Registry::builtin();
        // Models that can be evaluated at all: with a shape, or with operations of one unit of work.
        let known = |entry: &&Arc<Entry<Model>>| {
            let facts = &entry.facts;
            facts.parameters.is_some()
                && (facts.inference_flop.is_some() || (facts.layers.is_some() && facts.hidden_dim.is_some()))
        };
        let models = registry.models(Physics::Studio).filter(known).cloned().collect();
        let devices = registry.accelerators(Physics::Studio).cloned().collect();
        let grids = registry.grids(Physics::Studio).cloned().collect();
        Parts { registry, models, devices, grids }
    }

    /// The lines of a plan that reads without an error.
    fn text(&self, dice: &mut Dice) -> String {
        let model = dice.one(&self.models).clone();
        let device = dice.one(&self.devices).clone();
        let language = model.facts.kind.is_transformer();
        let train = dice.once(2);
        let nodes = [1, 1, 2, 4, 16][dice.below(5)];
        let node =
            device.facts.vendor_node.or(device.facts.accelerator_count).map_or(1, u64::from).clamp(1, 8);
        let per_node = if nodes > 1 { node } else { [1, node][dice.below(2)] };
        let total = nodes * per_node;
        let mut workload = format!(
            "name: {}, mode: {}, batch_size: {}, seq_len: {}",
            plan::edit::scalar(&model.id),
            if train { "train" } else { "serve" },
            dice.one(BATCHES),
            dice.one(LENGTHS)
        );
        if train && dice.once(2) {
            let optimizer = dice.one(&["adam", "sgd", "none"]);
            workload += &format!(
                ", train: {{tokens: 1e10, optimizer: {optimizer}, lora_rank: {}}}",
                dice.one(&[0, 0, 16])
            );
        } else if !train && dice.once(2) {
            workload += &format!(
                ", serve: {{prompt_tokens: {}, output_tokens: {}, kv_precision: {}, request_rate: {}/s}}",
                dice.one(LENGTHS),
                dice.one(&[1, 16, 512]),
                dice.one(&["fp16", "fp8", "int4"]),
                dice.one(&["0.01", "1", "50"])
            );
        }
        let mut text = format!("version: \"1.0\"\nname: any\nworkload: {{{workload}}}\n");
        text += &format!(
            "hardware: {{name: {}, accelerators: {total}, accelerators_per_node: {per_node}, precision: {}}}\n",
            plan::edit::scalar(&device.id),
            dice.one(FORMATS)
        );
        if language && total > 1 && dice.once(2) {
            let tensor = [1, 2, 4, 8][dice.below(4)];
            let pipeline = [1, 2][dice.below(2)];
            if total % (tensor * pipeline) == 0 {
                text += &format!("parallelism: {{tensor: {tensor}, pipeline: {pipeline}");
                if train {
                    let recompute = dice.one(&["none", "selective", "full", "auto"]);
                    text += &format!(
                        ", zero: {}, recompute: {recompute}, overlap: {}",
                        dice.below(4),
                        dice.once(2)
                    );
                }
                text += "}\n";
            }
        }
        if !dice.once(5) {
            let grid = dice.one(&self.grids);
            text += &format!(
                "ops: {{region: {}, duration_days: {}, acquisition: {}, carbon_usd_per_tonne: {}",
                plan::edit::scalar(&grid.id),
                dice.one(&[1, 30, 365, 1000]),
                dice.one(&["buy", "buy", "rent"]),
                dice.one(&[0, 100])
            );
            if dice.once(3) {
                text += &format!(", utilization: {}", dice.one(&["0.1", "0.6", "1"]));
            }
            text += "}\n";
        }
        text
    }

    fn read(&self, text: &str) -> Plan {
        let reading = plan::read(text, &self.registry, Options::default());
        reading.plan.unwrap_or_else(|| panic!("{text}\n{:?}", reading.diagnostics))
    }

    fn assess(&self, plan: &Plan) -> Report {
        studio::assess(plan, &self.registry)
    }
}

/// Runs `check` on every plan, on two threads; the number of the plan that fails is its seed.
fn every_plan(count: u64, check: impl Fn(&Parts, &mut Dice, u64) + Sync) {
    let parts = Parts::new();
    let (parts, check) = (&parts, &check);
    std::thread::scope(|scope| {
        for half in 0..2 {
            scope.spawn(move || {
                for seed in (half..count).step_by(2) {
                    check(parts, &mut Dice(seed), seed);
                }
            });
        }
    });
}

fn numbers(report: &Report, text: &str) {
    for lens in [&report.feasibility, &report.performance, &report.economics] {
        for (key, value) in &lens.metrics {
            assert!(METRICS.iter().any(|metric| metric.lens == lens.lens && metric.key == *key), "{key}");
            assert!(value.is_finite() && *value >= 0.0, "{key} is {value}\n{text}");
        }
    }
    let share = |key: &str| report.metric(Lens::Performance, key).is_none_or(|share| share <= 1.0 + 1e-9);
    assert!(share("mfu") && share("hfu") && share("scaling_efficiency"), "{text}");
    if let Some(memory) = &report.memory {
        assert!(memory.parts.iter().all(|part| part.value.is_finite() && part.value > 0.0), "{text}");
        let fits = memory.used_bytes <= memory.capacity_bytes;
        assert_eq!(fits, report.feasibility.status == LensStatus::Pass, "{text}");
        assert_eq!(!fits, report.status == Status::Infeasible, "{text}");
    }
    if let Some(tco) = &report.tco {
        let sum: f64 = tco.terms.iter().map(|term| term.value).sum();
        assert!((sum - tco.total_usd).abs() <= 1e-9 * sum.max(1.0), "{text}");
        assert!(tco.terms.iter().all(|term| term.value >= 0.0 && term.value.is_finite()), "{text}");
    }
    if let Some(timeline) = &report.timeline {
        assert!(timeline.total_s > 0.0 && timeline.total_s.is_finite(), "{text}");
        assert!(timeline.segments.iter().all(|part| part.value.is_finite() && part.value >= 0.0), "{text}");
    }
}

#[test]
fn every_number_of_every_plan_is_a_number() {
    every_plan(plans(), |parts, dice, seed| {
        let text = parts.text(dice);
        let plan = parts.read(&text);
        let light = parts.assess(&plan);
        assert!(light.status != Status::Error, "{:?}\n{text}", light.error);
        numbers(&light, &text);
        if seed % WHOLE != 0 {
            return;
        }
        let whole = engine::evaluate(&plan, &parts.registry);
        assert_eq!(whole.feasibility.metrics, light.feasibility.metrics, "{text}");
        assert_eq!(whole.performance.metrics, light.performance.metrics, "{text}");
        assert_eq!(whole.economics.metrics, light.economics.metrics, "{text}");
        assert_eq!(whole.walls.len(), 22);
        for wall in &whole.walls {
            assert!(
                wall.pressure.is_none_or(|pressure| pressure.is_finite() && pressure >= 0.0),
                "{wall:?}\n{text}"
            );
            for words in [&wall.sentence, &wall.substituted, &wall.value, &wall.limit] {
                let wrong =
                    words.split(|c: char| !c.is_ascii_alphanumeric()).any(|w| w == "NaN" || w == "inf");
                assert!(!wrong, "{words}\n{text}");
            }
        }
        for one in &whole.suggestions {
            let edited =
                plan::edit::set_all(&text, &one.edits).unwrap_or_else(|why| panic!("{why}: {one:?}\n{text}"));
            let reading = plan::read(&edited, &parts.registry, Options::default());
            let plan = reading.plan.unwrap_or_else(|| panic!("{:?}\n{edited}", reading.diagnostics));
            let after = parts.assess(&plan);
            assert_eq!(after.feasibility.status, LensStatus::Pass, "{one:?}\n{edited}");
            let metric = mlsysim_tui::metrics::by_assertion_name(&one.metric).unwrap();
            let value = after.metric(metric.lens, metric.key).unwrap();
            let promised = one.after.unwrap();
            assert!((value - promised).abs() <= 1e-9 * promised.abs(), "{one:?}: {value}\n{edited}");
        }
    });
}

/// The division, and what else is left open, as the engine chose it; without a queue in front, whose waits
/// follow from how prompts happen to fall together.
fn fixed(mut plan: Plan, report: &Report) -> Plan {
    if let Some(serve) = &mut plan.workload.serve {
        serve.request_rate_per_s = None;
    }
    if let Some(chosen) = report.parallelism {
        let p = &mut plan.parallelism;
        p.tensor = Some(Auto::Is(chosen.tensor));
        p.pipeline = Some(Auto::Is(chosen.pipeline));
        p.data = Some(Auto::Is(chosen.data));
        p.microbatches = p.microbatches.or(Some(Auto::Is(1)));
        if !matches!(p.recompute, Some(Auto::Is(_))) {
            p.recompute = Some(Auto::Is(Recompute::Full));
        }
    }
    plan
}

/// The plan with another accelerator.
fn device(plan: &Plan, change: impl FnOnce(&mut Accelerator)) -> Plan {
    let mut plan = plan.clone();
    let mut entry = (*plan.hardware.accelerator).clone();
    change(&mut entry.facts);
    plan.hardware.accelerator = Arc::new(entry);
    plan
}

const TIMES: &[&str] =
    &["latency", "step_latency", "itl_ms", "ttft_ms", "request_latency_ms", "time_to_train_days"];

const DOLLARS: &[&str] = &["tco_usd", "annual_tco_usd", "usd_per_million_tokens"];

/// No metric of `keys` is larger in `after`.
fn no_more(lens: Lens, keys: &[&str], before: &Report, after: &Report, what: &str, text: &str) {
    for key in keys {
        if let (Some(was), Some(now)) = (before.metric(lens, key), after.metric(lens, key)) {
            assert!(now <= was * (1.0 + 1e-9) + 1e-12, "{what}: {key} from {was} to {now}\n{text}");
        }
    }
}

fn part(report: &Report, key: &str) -> f64 {
    report
        .memory
        .as_ref()
        .and_then(|memory| memory.parts.iter().find(|part| part.key == key))
        .map_or(0.0, |part| part.value)
}

fn used(report: &Report) -> f64 {
    report.memory.as_ref().map_or(0.0, |memory| memory.used_bytes)
}

#[test]
fn more_of_a_good_thing_is_never_worse() {
    every_plan(plans() / 4, |parts, dice, seed| {
        let text = parts.text(dice);
        let open = parts.read(&text);
        let first = parts.assess(&open);
        // With the division held, so that one thing changes at a time.
        let plan = fixed(open.clone(), &first);
        let before = parts.assess(&plan);
        let factor = dice.factor();
        let slower = |after: &Plan, what: &str| {
            no_more(Lens::Performance, TIMES, &before, &parts.assess(after), what, &text);
        };
        match seed % 8 {
            0 => slower(
                &device(&plan, |facts| {
                    facts.memory_bytes_per_s *= factor;
                    facts.sram_bytes_per_s = facts.sram_bytes_per_s.map(|rate| rate * factor);
                    facts.flash_bytes_per_s = facts.flash_bytes_per_s.map(|rate| rate * factor);
                }),
                "more memory bandwidth",
            ),
            1 => slower(
                &device(&plan, |facts| {
                    facts.peak_flop_per_s *= factor;
                    facts.precision_flop_per_s.values_mut().for_each(|rate| *rate *= factor);
                    facts.tdp_w = facts.tdp_w.map(|watts| watts * factor);
                }),
                "more arithmetic",
            ),
            2 => {
                let mut faster = device(&plan, |facts| {
                    for link in [&mut facts.nvlink, &mut facts.interconnect].into_iter().flatten() {
                        link.one_way_bytes_per_s *= factor;
                        link.quoted_bytes_per_s *= factor;
                    }
                });
                faster.hardware.fabric_bytes_per_s *= factor;
                slower(&faster, "faster links");
            }
            3 => {
                let larger = device(&open, |facts| {
                    facts.memory_bytes *= factor;
                    facts.flash_bytes = facts.flash_bytes.map(|bytes| bytes * factor);
                    facts.sram_bytes = facts.sram_bytes.map(|bytes| bytes * factor);
                });
                let after = parts.assess(&larger);
                let fits = |report: &Report| report.feasibility.status == LensStatus::Pass;
                assert!(!fits(&first) || fits(&after), "more memory fits no longer\n{text}");
                let most =
                    |report: &Report| report.metric(Lens::Performance, "max_concurrency").unwrap_or(0.0);
                let held = parts.assess(&device(&plan, |facts| facts.memory_bytes *= factor));
                assert!(most(&held) >= most(&before), "more memory holds fewer sequences\n{text}");
            }
            4 => {
                let mut longer = plan.clone();
                longer.workload.seq_len = longer.workload.seq_len.saturating_mul(2);
                let after = parts.assess(&longer);
                assert!(part(&after, "kv_cache") >= part(&before, "kv_cache"), "a longer context\n{text}");
                assert!(used(&after) >= used(&before) * (1.0 - 1e-9), "a longer context\n{text}");
                no_more(
                    Lens::Performance,
                    &["step_latency", "itl_ms", "latency"],
                    &after,
                    &before,
                    "shorter",
                    &text,
                );
            }
            5 => {
                let mut more = plan.clone();
                more.workload.batch_size *= 2;
                let after = parts.assess(&more);
                assert!(
                    used(&after) >= used(&before) * (1.0 - 1e-9),
                    "a larger batch takes less memory\n{text}"
                );
                no_more(
                    Lens::Performance,
                    &["step_latency", "latency", "itl_ms"],
                    &after,
                    &before,
                    "smaller batch",
                    &text,
                );
            }
            6 => {
                // Fewer bits in a weight or in the cache never take more memory.
                if before.mode == Mode::Serve {
                    let mut narrow = plan.clone();
                    narrow.hardware.precision = "int4".into();
                    if ["fp32", "tf32", "fp16", "bf16", "fp8", "int8"]
                        .contains(&plan.hardware.precision.as_str())
                    {
                        let after = parts.assess(&narrow);
                        assert!(part(&after, "weights") <= part(&before, "weights") * (1.0 + 1e-9), "{text}");
                    }
                }
            }
            _ => {
                let mut slow = plan.clone();
                slow.hardware.efficiency = Some(0.9);
                let mut slower = plan.clone();
                slower.hardware.efficiency = Some(0.9 / factor);
                let (slow, slower) = (parts.assess(&slow), parts.assess(&slower));
                no_more(Lens::Performance, TIMES, &slower, &slow, "more efficient", &text);
            }
        }
    });
}

#[test]
fn a_higher_price_is_never_cheaper_and_more_work_never_takes_less_energy() {
    every_plan(plans() / 4, |parts, dice, seed| {
        let mut text = parts.text(dice);
        if !text.contains("ops:") {
            text += "ops: {region: Poland}\n";
        }
        let plan = parts.read(&text);
        let before = parts.assess(&plan);
        let factor = dice.factor();
        let dearer = |after: &Plan, what: &str| {
            no_more(Lens::Macro, DOLLARS, &parts.assess(after), &before, what, &text);
        };
        let ops = |change: &dyn Fn(&mut plan::Ops)| {
            let mut plan = plan.clone();
            change(plan.ops.as_mut().unwrap());
            plan
        };
        let grid = |change: &dyn Fn(&mut Grid)| {
            ops(&|ops: &mut plan::Ops| {
                let mut entry = (**ops.region.as_ref().unwrap()).clone();
                change(&mut entry.facts);
                ops.region = Some(Arc::new(entry));
            })
        };
        match seed % 8 {
            0 => dearer(
                &device(&plan, |facts| facts.unit_cost_usd = facts.unit_cost_usd.map(|usd| usd * factor)),
                "price",
            ),
            1 => dearer(
                &device(&plan, |facts| {
                    facts.rent_usd_per_accelerator_hour =
                        facts.rent_usd_per_accelerator_hour.map(|usd| usd * factor);
                }),
                "rent",
            ),
            2 => dearer(
                &grid(&|grid| {
                    grid.electricity_usd_per_kwh = grid.electricity_usd_per_kwh.map(|usd| usd * factor);
                }),
                "electricity",
            ),
            3 => {
                let worse = grid(&|grid| grid.pue *= factor);
                dearer(&worse, "PUE");
                let after = parts.assess(&worse);
                no_more(Lens::Macro, &["carbon_footprint", "energy_kwh"], &after, &before, "PUE", &text);
            }
            4 => {
                dearer(&ops(&|ops| ops.carbon_usd_per_tonne += 50.0 * factor), "carbon price");
                dearer(&ops(&|ops| ops.infrastructure_multiplier *= factor), "infrastructure");
            }
            5 => {
                let busy = |share: f64| parts.assess(&ops(&|ops| ops.utilization = Some(share)));
                let (less, more) = (busy(0.9 / factor), busy(0.9));
                no_more(
                    Lens::Macro,
                    &["energy_kwh", "energy_cost", "carbon_footprint", "water_liters"],
                    &more,
                    &less,
                    "less use",
                    &text,
                );
            }
            6 => {
                let dirty = parts.assess(&grid(&|grid| grid.carbon_g_per_kwh *= factor));
                no_more(Lens::Macro, &["carbon_footprint"], &dirty, &before, "carbon intensity", &text);
            }
            _ => {
                let longer = parts.assess(&ops(&|ops| ops.duration_days *= factor));
                let keys = &["tco_usd", "energy_kwh", "carbon_footprint", "water_liters", "capex"];
                no_more(Lens::Macro, keys, &longer, &before, "longer", &text);
                // Rent and purchase are alternatives: what is asked for is what is counted.
                let rented = plan.ops.as_ref().is_some_and(|ops| ops.acquisition == Acquisition::Rent);
                assert!(!rented || before.metric(Lens::Macro, "capex").is_none(), "{text}");
            }
        }
    });
}
