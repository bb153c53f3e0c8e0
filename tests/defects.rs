//! Defects of mlsysim 0.3.0 that the studio profile must not have, by their ids.

use mlsysim_tui::engine;
use mlsysim_tui::engine::report::{LensStatus, Report, Status, WallReading, WallState};
use mlsysim_tui::metrics::Lens;
use mlsysim_tui::plan::{self, Options};
use mlsysim_tui::registry::Registry;

fn report(workload: &str, hardware: &str, rest: &str) -> Report {
    let registry = Registry::builtin();
    let text =
        format!("version: \"1.0\"\nname: test\nworkload: {{{workload}}}\nhardware: {{{hardware}}}\n{rest}");
    let reading = plan::read(&text, &registry, Options::default());
    let plan = reading.plan.unwrap_or_else(|| panic!("{:?}", reading.diagnostics));
    engine::evaluate(&plan, &registry)
}

fn p(report: &Report, key: &str) -> f64 {
    report.metric(Lens::Performance, key).unwrap_or_else(|| panic!("no {key}: {:?}", report.performance))
}

fn m(report: &Report, key: &str) -> f64 {
    report.metric(Lens::Macro, key).unwrap_or_else(|| panic!("no {key}: {:?}", report.economics))
}

fn warned(report: &Report, code: &str) -> bool {
    report.warnings.iter().any(|warning| warning.code == code)
}

const F8: &str = "name: H100, accelerators: 8, accelerators_per_node: 8";

#[test]
fn d_01_a_model_that_does_not_fit_exits_with_2() {
    let report = report("name: Llama3_70B", "name: H100", "");
    assert_eq!(report.status, Status::Infeasible);
    assert_eq!(report.status.exit_code(), 2);
}

#[test]
fn d_02_the_verdict_says_why() {
    let report = report("name: Llama3_70B", "name: H100", "");
    assert!(report.feasibility.summary.contains("but only has 85.9 GB"), "{}", report.feasibility.summary);
    assert!(report.bottleneck.is_some() && report.timeline.is_some());
}

#[test]
fn d_03_the_region_counts() {
    let of = |region: &str| {
        report(
            "name: Llama3_8B, batch_size: 64",
            F8,
            &format!("ops: {{region: {region}, duration_days: 30}}"),
        )
    };
    let (quebec, poland) = (of("Quebec"), of("Poland"));
    assert!(m(&poland, "carbon_footprint") > 20.0 * m(&quebec, "carbon_footprint"));
}

#[test]
fn d_04_fleet_memory_is_checked() {
    let report =
        report("name: Llama3_405B, batch_size: 8", "name: T4, accelerators: 8, accelerators_per_node: 8", "");
    assert_eq!((report.feasibility.status, report.status), (LensStatus::Fail, Status::Infeasible));
    assert!(report.memory.is_some_and(|memory| memory.checked && memory.used_bytes > memory.capacity_bytes));
}

#[test]
fn d_05_one_accelerator_is_priced() {
    let report = report("name: Llama3_8B", "name: H100", "ops: {region: US_Avg, duration_days: 365}");
    assert_eq!(report.economics.status, LensStatus::Pass);
    assert!(m(&report, "tco_usd") > 8_000.0);
}

#[test]
fn d_06_sequence_length_division_and_recomputation_count() {
    let step = |length: u64, rest: &str| {
        let workload = format!("name: Llama3_8B, batch_size: 8, seq_len: {length}");
        p(&report(&workload, F8, rest), "step_latency")
    };
    assert!(step(8192, "") > 3.0 * step(512, ""));
    assert!(step(4096, "parallelism: {tensor: 8}") != step(4096, "parallelism: {tensor: 1}"));
    let fixed = |recompute: &str| step(4096, &format!("parallelism: {{tensor: 8, recompute: {recompute}}}"));
    assert!(fixed("full") > 1.1 * fixed("none"));
}

#[test]
fn d_07_a_fleet_can_serve() {
    let report = report("name: Llama3_70B, mode: serve", F8, "parallelism: {tensor: 8}");
    assert!(p(&report, "ttft_ms") > 0.0 && p(&report, "itl_ms") < 30.0);
}

#[test]
fn d_08_energy_follows_achieved_utilization() {
    let cost = |efficiency: &str| {
        let hardware = format!("{F8}, efficiency: {efficiency}");
        m(
            &report("name: Llama3_8B, batch_size: 64", &hardware, "ops: {region: US_Avg, duration_days: 30}"),
            "energy_cost",
        )
    };
    assert!(cost("0.9") > 1.2 * cost("0.1"));
}

#[test]
fn d_09_every_term_of_the_cost_is_reported() {
    let report = report("name: Llama3_8B, batch_size: 64", F8, "ops: {region: US_Avg, duration_days: 30}");
    let sum = m(&report, "capex") + m(&report, "energy_cost") + m(&report, "maintenance_usd");
    assert!((sum - m(&report, "tco_usd")).abs() < 1e-6);
    assert!(m(&report, "energy_kwh") > 0.0 && m(&report, "water_liters") > 0.0);
}

#[test]
fn d_10_a_precision_that_the_device_lacks_is_a_finding_and_never_faster() {
    let latency = |precision: &str| {
        let hardware = format!("name: JetsonAGXOrin, precision: {precision}");
        p(&report("name: ResNet50, batch_size: 32", &hardware, ""), "latency")
    };
    assert!(latency("fp32") > latency("fp16"));
    let coral = report("name: MobileNetV2", "name: Coral, precision: fp32", "");
    assert!(warned(&coral, "precision_unsupported"));
    let t4 = |precision: &str| {
        let hardware = format!("name: T4, precision: {precision}");
        p(&report("name: ResNet50, batch_size: 256", &hardware, ""), "latency")
    };
    assert!(t4("fp32") > 2.0 * t4("fp16"));
}

#[test]
fn d_11_prefill_of_experts_counts_active_parameters() {
    let mixtral =
        report("name: Mixtral_8x7B, seq_len: 2048", "name: H200, accelerators: 1, precision: fp8", "");
    let dense = report("name: Llama3_70B, seq_len: 2048", "name: H200, accelerators: 1, precision: fp8", "");
    assert!(p(&mixtral, "ttft_ms") < 0.6 * p(&dense, "ttft_ms"));
}

#[test]
fn d_12_decode_of_experts_reads_the_touched_ones() {
    let itl = |batch: u64| {
        let workload = format!("name: Mixtral_8x7B, mode: serve, batch_size: {batch}, seq_len: 1024");
        p(&report(&workload, "name: H200", ""), "itl_ms")
    };
    // 46.7 billion weights in 16 bits would take 19.5 ms to read.
    assert!(itl(1) < 10.0, "{}", itl(1));
    assert!(itl(32) > 1.8 * itl(1));
}

#[test]
fn d_13_throughput_becomes_compute_bound_with_batch() {
    let throughput = |batch: u64| {
        let workload = format!("name: ResNet50, batch_size: {batch}");
        p(&report(&workload, "name: H100", ""), "throughput")
    };
    assert!(throughput(256) > 10.0 * throughput(1));
}

#[test]
fn d_14_no_plan_is_faster_than_the_peak() {
    let report = report(
        "name: Llama3_8B, mode: serve, batch_size: 20000, seq_len: 32, serve: {prompt_tokens: 16, output_tokens: 16}",
        "name: H100",
        "",
    );
    let flop_per_s = p(&report, "throughput") * 2.0 * 8.03e9;
    assert!(flop_per_s < 989e12, "{flop_per_s}");
    assert!(p(&report, "mfu") <= 1.0);
}

#[test]
fn d_18_training_time_grows_with_the_sequence() {
    let latency = |length: u64| {
        let workload = format!("name: Llama3_8B, mode: train, seq_len: {length}");
        p(&report(&workload, "name: H100", ""), "step_latency")
    };
    assert!(latency(8192) > 3.0 * latency(128));
}

#[test]
fn d_19_throughput_is_the_batch_over_the_step() {
    for batch in [1_u64, 8, 15, 16] {
        let workload = format!("name: ResNet50, batch_size: {batch}");
        let report = report(&workload, "name: H100, accelerators: 16", "");
        let honest = batch as f64 / (p(&report, "step_latency") / 1e3);
        assert!((p(&report, "fleet_throughput") - honest).abs() < 1e-6 * honest);
        assert_eq!(warned(&report, "idle_ranks"), batch < 16);
    }
}

#[test]
fn d_20_a_rack_is_counted_by_its_accelerators() {
    let report = report(
        "name: Llama3_405B, batch_size: 64, mode: serve",
        "name: GB200_NVL72, accelerators: 72",
        "ops: {region: US_Avg, duration_days: 365}",
    );
    assert!(warned(&report, "rack"));
    assert!(m(&report, "capex") < 2e6, "one rack, a third of its price a year: {}", m(&report, "capex"));
}

#[test]
fn d_21_a_sampling_run_reads_the_weights_at_each_step() {
    let report = report("name: StableDiffusion_v1_5", "name: H100", "");
    // 50 steps over 1.72 GB at 3.35 TB/s.
    assert!(p(&report, "latency") > 25.0);
}

#[test]
fn d_22_a_fleet_without_a_node_size_has_the_vendors() {
    let workload = "name: Llama3_8B, batch_size: 64";
    let open = report(workload, "name: H100, accelerators: 8", "");
    let written = report(workload, F8, "");
    assert_eq!(p(&open, "step_latency"), p(&written, "step_latency"));
}

#[test]
fn d_23_an_unknown_price_is_not_zero() {
    let report = report(
        "name: Llama3_8B, batch_size: 64",
        "name: H100_PCIe, accelerators: 8",
        "ops: {region: US_Avg, duration_days: 365}",
    );
    let known = report.metric(Lens::Macro, "tco_usd");
    if let Some(tco) = known {
        assert!(tco > 10_000.0, "a year of eight cards for {tco} USD");
    } else {
        assert!(report.economics.summary.starts_with("incomplete: H100_PCIe has no known price"));
        assert!(warned(&report, "unknown_price"));
        assert!(report.metric(Lens::Macro, "usd_per_million_tokens").is_none());
    }
}

#[test]
fn d_27_water_counts_accelerator_energy() {
    let report = report("name: Llama3_8B, batch_size: 64", F8, "ops: {region: US_Avg, duration_days: 30}");
    let carbon = report.carbon.as_ref().unwrap();
    let wue = Registry::builtin()
        .grid(mlsysim_tui::registry::Physics::Studio, "US_Avg")
        .unwrap()
        .facts
        .wue_l_per_kwh;
    assert!((carbon.water_l - carbon.it_energy_kwh * wue).abs() < 1e-9 * carbon.water_l);
}

#[test]
fn d_36_sharding_and_adapters_change_the_step() {
    let comm = |zero: u64| {
        p(
            &report(
                "name: Llama3_8B, batch_size: 64",
                "name: H100, accelerators: 64",
                &format!("parallelism: {{tensor: 1, zero: {zero}, microbatches: 1}}"),
            ),
            "comm_overhead",
        )
    };
    assert!(comm(3) > 1.3 * comm(1));
    let step = |train: &str| {
        let workload = format!("name: Llama3_8B, batch_size: 8, seq_len: 1024, mode: train{train}");
        p(&report(&workload, "name: H100", "parallelism: {recompute: full}"), "step_latency")
    };
    assert!(step(", train: {lora_rank: 8}") < 0.9 * step(""));
}

#[test]
fn d_37_an_encoder_counts_its_sequence_once() {
    let report = report("name: BERT_Base, batch_size: 8, seq_len: 128, mode: train", F8, "");
    assert!(p(&report, "step_latency") < 100.0);
    let flop = p(&report, "mfu") * 8.0 * 989e12 * p(&report, "step_latency") / 1e3;
    assert!(flop < 1.5 * 6.0 * 110e6 * 128.0 * 8.0, "{flop}");
}

#[test]
fn d_38_a_cnn_has_no_tensor_parallelism() {
    let report = report("name: ResNet50, batch_size: 64", F8, "parallelism: {tensor: 8}");
    assert_eq!((report.status, report.status.exit_code()), (Status::Error, 1));
}

#[test]
fn d_43_memory_outranks_assertions() {
    let report = report(
        "name: Llama3_70B",
        "name: H100",
        "constraints: {assert: [{metric: performance.itl_ms, max: 0.001}]}",
    );
    assert!(!report.violations.is_empty());
    assert_eq!(report.status, Status::Infeasible);
}

#[test]
fn d_46_experts_exchange_tokens_in_every_layer() {
    let step = |length: u64| {
        let workload = format!("name: Mixtral_8x7B, batch_size: 64, seq_len: {length}, mode: train");
        report(
            &workload,
            "name: H100, accelerators: 64",
            "parallelism: {tensor: 1, pipeline: 1, expert: 8, zero: 1, recompute: full}",
        )
    };
    let report = step(4096);
    let wall = report.walls.iter().find(|wall| wall.number == 14).unwrap();
    assert!(wall.substituted.contains("expert parallel"), "{}", wall.substituted);
    // Dispatch and combination, forward, backward and recomputed, in each of 32 layers: 4096 tokens of
    // 2 experts, 4096 wide, 2 bytes, seven eighths of them over NVLink at 324 GB/s.
    let exchanges = 2.0 * 3.0 * 32.0;
    let least_ms = exchanges * 7.0 / 8.0 * 4096.0 * 2.0 * 4096.0 * 2.0 / 324e9 * 1e3;
    assert!(p(&report, "comm_overhead") > least_ms);
}

#[test]
fn d_54_seventy_billion_parameters_fit_eight_accelerators() {
    let report = report("name: Llama3_70B, mode: serve", F8, "");
    assert_eq!(report.status, Status::Ok);
    assert!(report.parallelism.is_some_and(|chosen| chosen.tensor >= 2));
}

/// Bytes of a part of the memory of one accelerator.
fn part(report: &Report, key: &str) -> f64 {
    let memory = report.memory.as_ref().unwrap();
    memory.parts.iter().find(|part| part.key == key).map_or(0.0, |part| part.value)
}

const SPECULATION: &str = "name: Llama3_70B, mode: serve, batch_size: 16, seq_len: 4096";

#[test]
fn d_45_the_drafts_cache_takes_memory() {
    let of = |serve: &str| {
        let workload = format!("{SPECULATION}, serve: {{{serve}}}");
        report(&workload, F8, "parallelism: {tensor: 8}")
    };
    let plain = of("prompt_tokens: 3584");
    let drafted = of("prompt_tokens: 3584, draft_model: Llama3_8B");
    // 32 layers, 8 KV heads of 128, keys and values in 16 bits, for 16 sequences over 8 accelerators.
    let cache = 16.0 * 4096.0 * 32.0 * 2.0 * 8.0 * 128.0 * 2.0 / 8.0;
    assert!((part(&drafted, "draft_kv") - cache).abs() < 1e-6 * cache, "{}", part(&drafted, "draft_kv"));
    assert!(part(&drafted, "draft_weights") > 8.0e9 * 2.0 / 8.0);
    assert_eq!(part(&plain, "draft_kv"), 0.0);
    assert!(p(&drafted, "max_concurrency") < p(&plain, "max_concurrency"));
}

#[test]
fn d_45_accepted_drafts_shorten_the_time_between_tokens() {
    let itl = |serve: &str| {
        let workload = format!("{SPECULATION}, serve: {{prompt_tokens: 3584{serve}}}");
        p(&report(&workload, F8, "parallelism: {tensor: 8}"), "itl_ms")
    };
    let (plain, most) = (itl(""), itl(", draft_model: Llama3_8B, draft_acceptance: 1"));
    let (some, none) = (
        itl(", draft_model: Llama3_8B, draft_acceptance: 0.7"),
        itl(", draft_model: Llama3_8B, draft_acceptance: 0"),
    );
    assert!(most < plain && most < some && some < none && none > plain, "{plain} {most} {some} {none}");
    // Five tokens of a verification that costs more than one step, after four of the draft.
    assert!(most > plain / 5.0);
}

#[test]
fn d_45_a_decode_pool_of_its_own_decodes_and_is_paid_for() {
    let of = |serve: &str| {
        let workload = format!(
            "name: Llama3_70B, mode: serve, batch_size: 64, seq_len: 4096, serve: {{prompt_tokens: 3584{serve}}}"
        );
        report(&workload, F8, "parallelism: {tensor: 8}\nops: {region: US_Avg, duration_days: 365}")
    };
    let (one, two) = (of(""), of(", decode_hardware: H200"));
    assert!(warned(&two, "two_pools"));
    assert!(p(&two, "itl_ms") < 0.95 * p(&one, "itl_ms"), "an H200 reads 4.8 TB/s instead of 3.35");
    assert!(p(&two, "ttft_ms") > p(&one, "ttft_ms"), "the cache of the prompt must travel");
    assert!(m(&two, "capex") > 1.9 * m(&one, "capex"));
    assert!(two.memory.is_some_and(|memory| memory.capacity_bytes > 100e9));
}

#[test]
fn d_40_hosts_and_network_take_power_and_count_once() {
    let report = report("name: Llama3_8B, batch_size: 64", F8, "ops: {region: US_Avg, duration_days: 30}");
    let tco = report.tco.as_ref().unwrap();
    let term = |key: &str| tco.terms.iter().find(|term| term.key == key).map_or(0.0, |term| term.value);
    // A DGX H100 draws at most 10.2 kW, of which eight accelerators 5.6 kW.
    let ratio = term("host_energy_usd") / term("energy_usd");
    assert!((ratio - (10.2 - 5.6) / 5.6).abs() < 1e-9, "{ratio}");
    let carbon = report.carbon.as_ref().unwrap();
    let paid = carbon.facility_energy_kwh * tco.electricity_usd_per_kwh;
    assert!((m(&report, "energy_cost") - paid).abs() < 1e-9 * paid);
    assert!(carbon.embodied_kg.is_some_and(|kg| (kg - 8.0 * 164.0 * 30.0 / 365.0 / 3.0).abs() < 1.0));
}

#[test]
fn d_40_buying_and_renting_meet_at_the_break_even() {
    let days = |days: f64, how: &str| {
        let ops = format!("ops: {{region: US_Avg, duration_days: {days}, acquisition: {how}}}");
        report("name: Llama3_8B, batch_size: 64", F8, &ops).tco.unwrap()
    };
    let bought = days(365.0, "buy");
    let rented = days(365.0, "rent");
    assert_eq!(bought.rent_alternative_usd, Some(rented.total_usd));
    assert!(bought.rent_source.as_ref().is_some_and(|source| source.contains("2026")));
    let even = bought.break_even_days.unwrap();
    let running =
        bought.terms.iter().filter(|term| term.key != "capex_usd").map(|term| term.value).sum::<f64>();
    let purchase = bought.terms.iter().find(|term| term.key == "capex_usd").unwrap().value * 3.0;
    let (owned, hired) = (purchase + running / 365.0 * even, rented.total_usd / 365.0 * even);
    assert!((owned - hired).abs() < 1e-6 * hired, "{owned} {hired}");
}

#[test]
fn d_22_a_bridge_joins_two_cards_and_a_rack_is_one_domain() {
    let step = |hardware: &str| {
        let report = report(
            "name: Llama3_8B, mode: serve, seq_len: 4096",
            hardware,
            "parallelism: {tensor: 2, data: 1}",
        );
        p(&report, "ttft_ms")
    };
    // Two cards share a bridge, in a node of eight as well; a stated link is that of all of them.
    assert_eq!(step("name: A100_PCIe, accelerators: 2"), step("name: A100_PCIe, accelerators: 8"));
    assert!(
        step("name: A100_PCIe, accelerators: 2")
            < step("name: A100_PCIe, accelerators: 8, intra_node_bw: 31.5 GB/s")
    );
    let ttft = |per_node: &str| {
        let hardware = format!("name: GB200, accelerators: 72{per_node}");
        p(&report("name: Llama3_70B, mode: serve", &hardware, "parallelism: {tensor: 8, data: 1}"), "ttft_ms")
    };
    assert_eq!(ttft(""), ttft(", accelerators_per_node: 72"));
    assert!(ttft("") < ttft(", accelerators_per_node: 4"));
}

fn wall(report: &Report, number: u8) -> &WallReading {
    report.walls.iter().find(|wall| wall.number == number).unwrap()
}

#[test]
fn d_28_no_topology_gives_a_link_more_than_it_has() {
    let train = "name: Llama3_8B, batch_size: 256, seq_len: 4096";
    for (count, state) in [(8, "NotApplicable"), (16, "Clear"), (512, "Clear")] {
        let hardware = format!("name: H100, accelerators: {count}, fabric_bandwidth: 50 GB/s");
        let report = report(train, &hardware, "");
        let reading = wall(&report, 10);
        let of = format!("{:?}", reading.state);
        assert!(of.starts_with(state) || (state == "Clear" && of != "Violated"), "{count}: {of}");
        if count > 8 {
            assert!(reading.limit.starts_with("50 GB/s"), "{}", reading.limit);
            assert!(
                reading
                    .sources
                    .iter()
                    .any(|source| source.contains("fat tree") && source.contains("assumed"))
            );
        }
    }
}

#[test]
fn d_29_the_best_size_follows_from_the_budget_in_its_own_unit() {
    let best = |tokens: &str| {
        let workload = format!("name: Llama3_8B, batch_size: 64, train: {{tokens: {tokens}}}");
        let report = report(&workload, F8, "");
        wall(&report, 11).limit.clone()
    };
    // C = 6 × 8.03e9 × 1e12 = 4.8e22: √(C / 120) is 20 billion parameters, in whatever unit the budget is.
    assert!(best("1e12").starts_with("20 B"), "{}", best("1e12"));
    assert_eq!(best("1e12"), best("1000 Gtokens"));
}

#[test]
fn d_30_all_walls_have_one_decode_model() {
    let report = report(
        "name: Llama3_8B, mode: serve, batch_size: 8, seq_len: 1024, serve: {reasoning_steps: 1, request_rate: 1/s}",
        "name: H100",
        "",
    );
    let itl = engine::format::seconds(p(&report, "itl_ms") / 1e3);
    assert!(wall(&report, 4).substituted.contains(&format!("ITL {itl}")), "{}", wall(&report, 4).substituted);
    let most = format!("{} sequences", engine::format::grouped(p(&report, "max_concurrency")));
    assert_eq!(wall(&report, 5).limit, most);
}

#[test]
fn d_31_an_overload_is_told_by_how_much_and_its_queue_has_no_end() {
    let at = |rate: &str| {
        let workload = format!(
            "name: Llama3_8B, mode: serve, batch_size: 8, serve: {{prompt_tokens: 512, output_tokens: 128, request_rate: {rate}/s}}"
        );
        report(&workload, "name: H100", "")
    };
    let (low, over, twice) = (at("0.1"), at("50"), at("100"));
    let load = |report: &Report| wall(report, 7).pressure.unwrap();
    assert!(load(&low) < 0.1 && wall(&low, 7).state == WallState::Clear);
    assert!(load(&over) > 1.0 && wall(&over, 7).state == WallState::Violated);
    assert!((load(&twice) / load(&over) - 2.0).abs() < 1e-9);
    assert!((p(&twice, "offered_load") / p(&over, "offered_load") - 2.0).abs() < 1e-9);
    assert!(warned(&over, "saturated") && !warned(&low, "saturated"));
    assert!(wall(&over, 7).sentence.contains("the queue never ends"), "{}", wall(&over, 7).sentence);
}

#[test]
fn d_32_no_number_of_replicas_answers_faster_than_one() {
    let plan = |rest: &str| {
        report(
            "name: Llama3_8B, mode: serve, batch_size: 1, serve: {prompt_tokens: 1024, output_tokens: 512}",
            "name: H100",
            rest,
        )
    };
    // Half a second at most, and one request takes seconds.
    let late = plan("constraints: {assert: [{metric: performance.request_latency_ms, max: 100}]}");
    assert_eq!(late.status, Status::SlaFailed);
    assert!(p(&late, "request_latency_ms") > 1000.0);
    for suggestion in &late.suggestions {
        assert!(!suggestion.gain.contains("meets"), "{suggestion:?}");
        assert!(suggestion.after.unwrap() > 100.0);
    }
    let registry = Registry::builtin();
    let text = "version: \"1.0\"\nname: x\nworkload: {name: Llama3_8B, mode: serve}\nhardware: {name: H100, accelerators: 8}\n";
    let reading = plan::read(text, &registry, Options::default()).plan.unwrap();
    let found = engine::optimize::batching(&reading, &registry, 5.0, 1.0).unwrap();
    assert_eq!(found.status, Status::SlaFailed, "{}", found.sentence);
}

#[test]
fn d_33_each_format_has_its_own_loss_and_none_is_faster_than_the_device_can() {
    let loss = |precision: &str| {
        let report =
            report("name: Llama3_8B, mode: serve", &format!("name: H100, precision: {precision}"), "");
        wall(&report, 13).pressure.unwrap()
    };
    assert!(loss("bf16") == 0.0 && loss("fp8") < loss("int8") && loss("int8") < loss("int4"));
    // A microcontroller multiplies 4-bit weights no faster than it can multiply.
    let latency = |precision: &str| {
        p(&report("name: DS_CNN", &format!("name: ESP32_S3, precision: {precision}"), ""), "latency")
    };
    assert!(latency("int4") >= 0.99 * latency("int8"), "{} {}", latency("int4"), latency("int8"));
}

#[test]
fn d_34_what_checkpoints_take_is_a_share_and_assumed_storage_is_named() {
    let of = |rest: &str| {
        report(
            "name: Llama3_70B, batch_size: 8, train: {checkpoint_interval: 6 min}",
            "name: A100, accelerators: 64",
            rest,
        )
    };
    let assumed = of("");
    let reading = wall(&assumed, 19);
    assert!(reading.sources.iter().any(|source| source.contains("1 GB/s")), "{:?}", reading.sources);
    let slow = of("data: {storage_bandwidth: 1 GB/s}");
    let reading = wall(&slow, 19);
    assert!(reading.pressure.unwrap() > 1.0 && reading.state == WallState::Violated);
    assert!(reading.sentence.contains("no time is left"), "{}", reading.sentence);
    // What is lost is never more than all of the time.
    assert!(wall(&slow, 15).pressure.unwrap() <= 1.0);
    let fast = of("data: {storage_bandwidth: 500 GB/s}");
    assert!(wall(&fast, 19).pressure.unwrap() < 0.05);
}

#[test]
fn d_35_the_network_of_a_node_is_shared_as_the_report_says() {
    let of = |fabric: &str| {
        let hardware = format!("name: H100, accelerators: 64, fabric_bandwidth: {fabric}");
        report("name: Llama3_8B, batch_size: 64", &hardware, "parallelism: {tensor: 1, zero: 1}")
    };
    let (one, eighth) = (of("50 GB/s"), of("6.25 GB/s"));
    assert!(p(&eighth, "comm_overhead") > 4.0 * p(&one, "comm_overhead"), "one card for eight accelerators");
    let told = one.warnings.iter().find(|warning| warning.code == "network_per_accelerator").unwrap();
    assert!(told.message.contains("50 GB/s") && told.message.contains("one network card each"), "{told:?}");
}

#[test]
fn d_39_failures_and_checkpoints_are_part_of_a_plan() {
    let lost = |count: u64, interval: &str| {
        let workload = format!("name: Llama3_8B, batch_size: 1024, train: {{tokens: 1e12{interval}}}");
        let report = report(
            &workload,
            &format!("name: H100, accelerators: {count}"),
            "data: {storage_bandwidth: 100 GB/s}",
        );
        (wall(&report, 15).pressure.unwrap(), wall(&report, 15).sentence.clone())
    };
    let (few, sentence) = lost(64, "");
    assert!(few > 0.0 && sentence.contains("A failure every"), "{sentence}");
    assert!(lost(512, "").0 > few, "more nodes fail more often");
    assert!(lost(64, ", checkpoint_interval: 24 h").0 > few, "the plan's interval counts");
}

#[test]
fn d_44_streaming_counts_a_latent_cache_as_what_it_is() {
    let report =
        report("name: DeepSeek_V3, mode: serve, batch_size: 32, seq_len: 4096", "name: Cerebras_CS3", "");
    let words = &wall(&report, 6).substituted;
    // 61 layers of 576 numbers in 16 bits for each of 131,072 tokens, of 47 GB.
    let cache = 61.0 * 576.0 * 2.0 * 4096.0 * 32.0 / 47.244e9;
    let share = engine::format::percent(cache);
    assert!(words.contains(&format!("KV cache {share}")), "{words}: {share}");
}

#[test]
fn d_51_a_link_written_with_both_directions_is_noticed() {
    let registry = Registry::builtin();
    let read = |link: &str| {
        let text = format!(
            "version: \"1.0\"\nname: x\nworkload: {{name: Llama3_8B, batch_size: 64}}\nhardware: {{{F8}, intra_node_bw: {link}}}\n"
        );
        (plan::read(&text, &registry, Options::default()), text)
    };
    let (reading, text) = read("900 GB/s");
    let warning = reading.diagnostics.iter().find(|one| one.code == "two-way-link").unwrap();
    assert!(!reading.has_errors() && warning.message.contains("one way"), "{warning:?}");
    let mended = plan::edit::apply_fix(&text, &warning.fixes[0]).unwrap();
    assert!(mended.contains("intra_node_bw: 450 GB/s"), "{mended}");
    assert!(plan::read(&mended, &registry, Options::default()).diagnostics.is_empty());
    assert!(read("450 GB/s").0.diagnostics.is_empty() && read("200 GB/s").0.diagnostics.is_empty());
}

#[test]
fn d_52_thoughts_fill_the_context_that_later_thoughts_read() {
    let taken = |steps: u64| {
        let workload = format!(
            "name: Llama3_8B, mode: serve, batch_size: 64, seq_len: 1024, serve: {{reasoning_steps: {steps}}}"
        );
        let report = report(&workload, "name: H100", "");
        let words = wall(&report, 12).substituted.clone();
        let itl = words.rsplit(" × ").next().unwrap().split(" ms").next().unwrap().parse::<f64>().unwrap();
        (itl, words)
    };
    let (few, many) = (taken(4), taken(400));
    assert!(many.0 > 1.2 * few.0, "{} then {}", few.1, many.1);
}

#[test]
fn d_53_every_wall_is_read_from_a_plan() {
    let report = report(
        "name: Llama3_8B, batch_size: 512, train: {tokens: 1e12, dp_epsilon: 8}",
        "name: H100, accelerators: 64",
        "ops: {region: US_Avg, utilization: 0.6}\ndata: {storage_bandwidth: 10 GB/s, cpu_workers: 64}\n\
         constraints: {assert: [{metric: performance.step_latency, max: 100000}]}",
    );
    let numbers: Vec<u8> = report.walls.iter().map(|wall| wall.number).collect();
    assert_eq!(numbers, (1..=22).collect::<Vec<u8>>());
    let read = report.walls.iter().filter(|wall| wall.pressure.is_some()).count();
    assert!(read >= 14, "{read}");
    for wall in &report.walls {
        assert!(!matches!(wall.state, WallState::NotEvaluated(_)), "{wall:?}");
    }
}

#[test]
fn d_55_unknown_storage_is_asked_for_and_no_failure() {
    let of = |device: &str| {
        let report = report("name: ResNet50, batch_size: 8, mode: serve", &format!("name: {device}"), "");
        wall(&report, 8).state.clone()
    };
    assert_eq!(of("Coral"), WallState::NeedsInput("data.storage_bandwidth".into()));
    let tiny = report("name: DS_CNN", "name: nRF52840", "");
    assert!(matches!(wall(&tiny, 8).state, WallState::NotApplicable(_)), "{:?}", wall(&tiny, 8).state);
}

/// "I need to serve Llama-3 70B: does it fit on one H100? If not, design a cluster that does and tell me the
/// annual TCO."
#[test]
fn the_headline_question_has_a_true_answer() {
    let registry = Registry::builtin();
    let draft = |region: &str| {
        format!(
            "version: \"1.0\"\nname: Serve Llama-3 70B # the question\nworkload: {{name: Llama3_70B, mode: serve, batch_size: 8, seq_len: 4096}}\n\
             hardware:\n  name: H100 # one of them\nops: {{region: {region}, duration_days: 365}}\n"
        )
    };
    let answer = |text: &str| {
        let reading = plan::read(text, &registry, Options::default());
        engine::evaluate(&reading.plan.unwrap_or_else(|| panic!("{:?}", reading.diagnostics)), &registry)
    };
    let one = answer(&draft("Quebec"));
    assert_eq!((one.status, one.status.exit_code()), (Status::Infeasible, 2));
    let memory = one.memory.as_ref().unwrap();
    let (needs, has) =
        (format!("{:.1} GB", memory.used_bytes / 1e9), format!("{:.1} GB", memory.capacity_bytes / 1e9));
    assert_eq!(one.feasibility.summary, format!("OOM: requires {needs} per accelerator but only has {has}"));
    for suggestion in &one.suggestions {
        let edited = plan::edit::set_all(&draft("Quebec"), &suggestion.edits).unwrap();
        assert!(edited.contains("# the question") && edited.contains("# one of them"));
        let after = answer(&edited);
        assert_eq!((after.status, after.feasibility.status), (Status::Ok, LensStatus::Pass), "{edited}");
        let tco = after.tco.as_ref().unwrap();
        let keys: Vec<&str> = tco.terms.iter().map(|term| term.key).collect();
        for key in ["capex_usd", "energy_usd", "maintenance_usd"] {
            assert!(keys.contains(&key), "{keys:?}");
        }
        let sum: f64 = tco.terms.iter().map(|term| term.value).sum();
        assert!(tco.missing.is_empty() && (sum - m(&after, "annual_tco_usd")).abs() < 1e-6 * sum);
    }
    let fleet =
        |region: &str| answer(&draft(region).replace("name: H100 #", "name: H100\n  accelerators: 8 #"));
    let (quebec, poland) = (fleet("Quebec"), fleet("Poland"));
    assert_eq!((quebec.status, poland.status), (Status::Ok, Status::Ok));
    let grid =
        |region: &str| registry.grid(mlsysim_tui::registry::Physics::Studio, region).unwrap().facts.clone();
    let (north, east) = (grid("Quebec"), grid("Poland"));
    let ratio = east.carbon_g_per_kwh * east.pue / (north.carbon_g_per_kwh * north.pue);
    let emitted = m(&poland, "carbon_footprint") / m(&quebec, "carbon_footprint");
    assert!((emitted / ratio - 1.0).abs() < 1e-9, "{emitted} {ratio}");
    assert!(m(&poland, "energy_cost") > m(&quebec, "energy_cost"));
    assert_eq!(m(&poland, "capex"), m(&quebec, "capex"));
}
