//! Requests that arrive at random, machines that are racks or bridged pairs, and what is assumed of them.

use mlsysim_tui::engine::{self, Report};
use mlsysim_tui::metrics::Lens;
use mlsysim_tui::plan::{self, Options};
use mlsysim_tui::registry::Registry;

fn report(serve: &str, hardware: &str, rest: &str) -> Report {
    let text = format!(
        "version: \"1.0\"\nname: x\nworkload: {{name: Llama3_8B, mode: serve, batch_size: 32, seq_len: 4096{serve}}}\nhardware: {{{hardware}}}\n{rest}\n"
    );
    let reading = plan::read(&text, &Registry::builtin(), Options::default());
    let plan = reading.plan.unwrap_or_else(|| panic!("{text}\n{:?}", reading.diagnostics));
    engine::evaluate(&plan, &Registry::builtin())
}

fn p(report: &Report, key: &str) -> Option<f64> {
    report.metric(Lens::Performance, key)
}

fn warned(report: &Report, code: &str) -> bool {
    report.warnings.iter().any(|warning| warning.code == code)
}

const ASK: &str = "constraints: {assert: [{metric: performance.ttft_p99_ms, max: 600000}]}";

#[test]
fn quantiles_of_waiting_grow_with_the_load_and_name_how_requests_arrive() {
    let at = |rate: &str| report(&format!(", serve: {{request_rate: {rate}}}"), "name: H100", ASK);
    let (idle, busy) = (at("0.01/s"), at("2/s"));
    for report in [&idle, &busy] {
        let get = |key| p(report, key).unwrap();
        assert!(get("ttft_p50_ms") < get("ttft_p99_ms"), "{report:?}");
        assert!(get("request_latency_p50_ms") < get("request_latency_p99_ms"));
        assert!(get("ttft_p99_ms") < get("request_latency_p99_ms"));
        assert!(
            report.performance.summary.contains("P99 (Poisson arrivals)"),
            "{}",
            report.performance.summary
        );
        assert!(report.violations.is_empty());
    }
    for key in ["ttft_ms", "ttft_p50_ms", "ttft_p99_ms", "request_latency_p99_ms"] {
        assert!(p(&busy, key) > p(&idle, key), "{key}");
    }
    // An idle server answers at once, and says that this is what the figure means.
    let alone = report("", "name: H100", "");
    assert!(alone.performance.summary.contains("(idle)"), "{}", alone.performance.summary);
    assert_eq!(p(&alone, "ttft_p99_ms"), None);
}

/// D-31: 10 ms of service at half load are 92.1 ms in the hundredth worst case.
#[test]
fn d_31_the_quantile_of_a_sojourn_is_that_of_the_whole_time() {
    let load = engine::model::inference::settle((0.01, 0.01), 0.5, 0.0, (0.0, 256.0), |_| 0.0);
    assert!((load.ttft_quantile_s(0.99) - 0.092_103).abs() < 1e-5, "{}", load.ttft_quantile_s(0.99));
    assert!((load.ttft_s - 0.02).abs() < 1e-12);
}

#[test]
fn a_saturated_server_gives_no_time_and_breaks_every_promise_of_one() {
    let report = report(", serve: {request_rate: 500/s}", "name: H100", ASK);
    assert!(warned(&report, "saturated"), "{:?}", report.warnings);
    for key in ["ttft_ms", "ttft_p50_ms", "ttft_p99_ms", "request_latency_ms", "request_latency_p99_ms"] {
        assert_eq!(p(&report, key), None, "{key}");
    }
    assert!(p(&report, "offered_load").unwrap() > 1.0);
    // The plan's own promise, and that its requests are answered.
    assert_eq!(report.violations.len(), 2);
    assert!(report.performance.summary.contains("without end (saturated)"), "{}", report.performance.summary);
}

#[test]
fn load_goes_with_a_cached_prefix_a_draft_and_a_decode_pool() {
    let with = |more: &str| {
        let serve = format!(", serve: {{request_rate: 2/s, prompt_tokens: 3584, output_tokens: 512{more}}}");
        report(&serve, "name: H100, accelerators: 2", "parallelism: {tensor: 2, data: 1}")
    };
    let plain = with("");
    let ttft = |report: &Report| p(report, "ttft_p99_ms").unwrap();
    assert!(ttft(&with(", cached_prefix_tokens: 3000")) < ttft(&plain));
    for more in [", draft_model: Llama3_2_1B, draft_acceptance: 0.8", ", decode_hardware: H200"] {
        let report = with(more);
        assert!(
            ttft(&report).is_finite() && p(&report, "request_latency_p99_ms") > p(&report, "ttft_p99_ms"),
            "{more}"
        );
    }
}

#[test]
fn a_rack_need_not_be_full_and_nodes_that_cut_its_link_are_told() {
    let at = |hardware: &str| report("", hardware, "parallelism: {tensor: 8, data: 2}");
    let rack = at("name: GB200, accelerators: 16, accelerators_per_node: 72");
    let open = at("name: GB200, accelerators: 16");
    assert_eq!(p(&rack, "itl_ms"), p(&open, "itl_ms"));
    assert!(!warned(&open, "link_cut"));
    let cut = at("name: GB200, accelerators: 16, accelerators_per_node: 4");
    assert!(warned(&cut, "link_cut") && p(&cut, "itl_ms") > p(&rack, "itl_ms"));
}

#[test]
fn hosts_without_a_published_server_are_assumed_aloud() {
    let ops = "ops: {region: Quebec, duration_days: 365}";
    let card = report("", "name: L4, accelerators: 2", ops);
    assert!(warned(&card, "assumed_host_power"), "{:?}", card.warnings);
    let term = |report: &Report| {
        report
            .tco
            .as_ref()
            .and_then(|tco| tco.terms.iter().find(|term| term.key == "host_energy_usd").map(|t| t.value))
    };
    assert!(term(&card).is_some_and(|value| value > 0.0));
    let published = report("", "name: H100, accelerators: 2", ops);
    assert!(!warned(&published, "assumed_host_power") && term(&published).is_some());
    // A computer is its own host.
    let whole = report("", "name: Apple_M2_Ultra", ops);
    assert!(!warned(&whole, "assumed_host_power") && term(&whole).is_none());
}

#[test]
fn a_geforce_card_is_no_faster_than_its_sums_allow() {
    let ttft = |card: &str, stack: &str| {
        let text = format!(
            "version: \"1.0\"\nname: x\nworkload: {{name: Llama3_8B, mode: serve, batch_size: 1, seq_len: 4096, stack: {stack}}}\nhardware: {{name: {card}}}\n"
        );
        let plan = plan::read(&text, &Registry::builtin(), Options::default()).plan.unwrap();
        p(&engine::evaluate(&plan, &Registry::builtin()), "ttft_ms").unwrap()
    };
    // 165 Tflop/s dense with 32-bit sums: 16 Tflop a thousand tokens of the prompt cannot take less.
    let least_ms = 2.0 * 7.5e9 * 3584.0 / 165.2e12 * 1e3;
    assert!(ttft("RTX_4090", "vllm") > least_ms, "{} {least_ms}", ttft("RTX_4090", "vllm"));
}

#[test]
fn a_hybrid_of_thin_layers_costs_what_its_parameters_do() {
    let itl = |model: &str| {
        let text = format!(
            "version: \"1.0\"\nname: x\nworkload: {{name: {model}, mode: serve, batch_size: 1, seq_len: 1024}}\nhardware: {{name: H200}}\n"
        );
        let reading = plan::read(&text, &Registry::builtin(), Options::default());
        let plan = reading.plan.unwrap_or_else(|| panic!("{:?}", reading.diagnostics));
        (
            p(&engine::evaluate(&plan, &Registry::builtin()), "itl_ms").unwrap(),
            plan.workload.model.facts.parameters.unwrap(),
        )
    };
    let ((hybrid, size), (dense, other)) = (itl("Nemotron_H_56B"), itl("Llama3_70B"));
    // Reading weights binds: time goes with parameters, within a tenth.
    assert!((hybrid / size / (dense / other) - 1.0).abs() < 0.1, "{hybrid} {dense}");
}
