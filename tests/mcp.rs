//! The server for agents as a process, by way of a client that this project did not write: both revisions,
//! the founding loop, progress, cancellation, hostile input.

mod agents;
mod hostile;
mod http;
#[cfg(target_os = "linux")]
mod memory;
mod proposals;
mod said;
mod same;
mod searches;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use mlsysim_tui::mcp::bench::Bench;
use mlsysim_tui::mcp::direct;
use mlsysim_tui::registry::Registry;
use rmcp::model::{
    ArgumentInfo, CallToolRequestParams, CallToolResult, ClientRequest, CompleteRequestParams,
    GetPromptRequestParams, ProgressNotificationParam, ProtocolVersion, ReadResourceRequestParams, Reference,
};
use rmcp::service::{NotificationContext, PeerRequestOptions, RunningService};
use rmcp::transport::TokioChildProcess;
use rmcp::{ClientHandler, ClientLifecycleMode, ClientServiceExt, RoleClient};
use serde_json::{Value, json};

const LEGACY: ClientLifecycleMode = ClientLifecycleMode::Initialize;

fn modern() -> ClientLifecycleMode {
    ClientLifecycleMode::Discover { preferred_versions: vec![ProtocolVersion::V_2026_07_28] }
}

/// A client that remembers what it was told of progress.
#[derive(Clone, Default)]
struct Client {
    progress: Arc<Mutex<Vec<ProgressNotificationParam>>>,
}

impl ClientHandler for Client {
    async fn on_progress(&self, params: ProgressNotificationParam, _: NotificationContext<RoleClient>) {
        self.progress.lock().unwrap().push(params);
    }
}

type Session = RunningService<RoleClient, Client>;

/// The server, away from the user's configuration.
fn server(arguments: &[&str], state: &std::path::Path) -> tokio::process::Command {
    let mut command = tokio::process::Command::new(env!("CARGO_BIN_EXE_mlsysim-tui"));
    command
        .arg("--mcp")
        .args(arguments)
        .env("MLSYSIM_TUI_CONFIG_DIR", state.join("config"))
        .env("MLSYSIM_TUI_STATE_DIR", state.join("state"));
    command
}

/// Runs a test against a server of its own.
fn with<T>(mode: ClientLifecycleMode, arguments: &[&str], test: impl AsyncFnOnce(Session, Client) -> T) -> T {
    let state = tempfile::tempdir().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let client = Client::default();
        let transport = TokioChildProcess::new(server(arguments, state.path())).unwrap();
        let session = client.clone().serve_with_lifecycle(transport, mode).await.unwrap();
        test(session, client).await
    })
}

async fn call(session: &Session, tool: &str, arguments: Value) -> CallToolResult {
    let Value::Object(arguments) = arguments else { panic!("arguments are an object") };
    let request = CallToolRequestParams::new(tool.to_owned()).with_arguments(arguments);
    session.peer().call_tool(request).await.unwrap()
}

/// The structured content of an answer that is no error.
async fn answer(session: &Session, tool: &str, arguments: Value) -> Value {
    let result = call(session, tool, arguments).await;
    assert_ne!(result.is_error, Some(true), "{tool}: {}", text(&result));
    result.structured_content.unwrap()
}

/// The structured content of a refusal.
async fn refusal(session: &Session, tool: &str, arguments: Value) -> Value {
    let result = call(session, tool, arguments).await;
    assert_eq!(result.is_error, Some(true), "{tool}: {}", text(&result));
    result.structured_content.unwrap()
}

fn text(result: &CallToolResult) -> String {
    result.content.iter().filter_map(|block| block.as_text()).map(|block| block.text.clone()).collect()
}

const OOM: &str = "# who asks: the founding document\nversion: \"1.0\"\nname: Serve Llama-3 70B on one H100\nworkload: {name: Llama3_70B, mode: serve, batch_size: 1, seq_len: 4096}\nhardware: {name: H100}   # one\nops: {region: Quebec, duration_days: 365}\n";

#[test]
fn both_revisions_are_spoken() {
    let bench = Bench::of(Registry::builtin());
    for (mode, revision) in [(LEGACY, "2025-11-25"), (modern(), "2026-07-28")] {
        with(mode, &[], async |session, _| {
            let info = session.peer().peer_info().unwrap();
            assert_eq!(info.protocol_version.as_str(), revision);
            assert_eq!(info.server_info.as_ref().unwrap().name, "mlsysim-tui");
            assert!(info.instructions.as_deref().unwrap().contains("get_schemas"));
            let listed = session.peer().list_tools(None).await.unwrap();
            assert!(listed.tools.iter().any(|tool| tool.name == "evaluate_cluster_yaml"));
            assert!(listed.tools.iter().all(|tool| tool.name != "propose_change"), "no plan is open");
            assert_eq!(listed.ttl_ms.is_some(), revision == "2026-07-28" || listed.ttl_ms.is_some());
            // Kept answers go out as bytes: the text and the object are those of a call without a session.
            for arguments in [json!({}), json!({"kind": "ALL", "detail": "full"}), json!({})] {
                let Value::Object(values) = arguments.clone() else { unreachable!() };
                let said = call(&session, "get_schemas", arguments).await;
                let direct = direct::call(&bench, "get_schemas", values, false).unwrap();
                assert_eq!(said.structured_content, direct.structured_content);
                assert_eq!((text(&said), said.is_error), (text(&direct), Some(false)));
            }
            let unknown = session.peer().call_tool(CallToolRequestParams::new("evaluate_cluster")).await;
            let error = unknown.unwrap_err().to_string();
            assert!(error.contains("-32602") && error.contains("evaluate_cluster_yaml"), "{error}");
        });
    }
}

#[test]
fn the_founding_loop_ends_with_the_true_cost() {
    with(modern(), &[], async |session, _| {
        let schema = answer(&session, "get_schemas", json!({})).await;
        assert_eq!(schema["MlsysPlanSchema"]["required"], json!(["version", "name", "workload", "hardware"]));
        let first = answer(&session, "evaluate_cluster_yaml", json!({"yaml_config_string": OOM})).await;
        assert_eq!(first["f_status"], "FAIL");
        assert!(first["f_summary"].as_str().unwrap().starts_with("OOM"));
        let fixes = answer(&session, "suggest_fixes", json!({"yaml_config_string": OOM})).await;
        assert_eq!(fixes["suggestions"][0]["after"]["f_status"], "PASS");
        let changed =
            answer(&session, "apply_suggestion", json!({"yaml_config_string": OOM, "suggestion": 1})).await;
        let yaml = changed["yaml"].as_str().unwrap();
        assert!(yaml.contains("# who asks") && yaml.contains("# one"), "comments stay: {yaml}");
        let last = answer(&session, "evaluate_cluster_yaml", json!({"yaml_config_string": yaml})).await;
        assert_eq!(last["status"], "ok");
        assert!(last["m_annual_tco_usd"].as_f64().unwrap() > 1000.0);
        assert_eq!(last["m_annual_tco_usd"], changed["after"]["m_annual_tco_usd"]);
    });
}

#[test]
fn every_tool_answers() {
    let plan = include_str!("../sample-plans/serve-llama3-70b-on-eight.yaml");
    with(LEGACY, &[], async |session, _| {
        let fit = answer(&session, "check_fit", json!({"model": "Llama3_70B", "accelerator": "H100"})).await;
        assert_eq!(fit["fits"], false);
        assert!(fit["headroom_gb"].as_f64().unwrap() < 0.0);
        let valid = answer(
            &session,
            "validate_plan",
            json!({"yaml_config_string": plan.replace("  batch_size", "  batchsize")}),
        )
        .await;
        assert_eq!(valid["valid"], false);
        assert_eq!(valid["problems"][0]["nearest"], "batch_size");
        assert_eq!(valid["fixed_yaml"], plan);
        let metric =
            answer(&session, "explain_metric", json!({"yaml_config_string": plan, "metric": "p_itl_ms"}))
                .await;
        assert!(!metric["sources"].as_array().unwrap().is_empty());
        let wall =
            answer(&session, "explain_metric", json!({"yaml_config_string": plan, "metric": "2"})).await;
        assert_eq!(wall["wall"]["name"], "Memory");
        let both =
            answer(&session, "compare_plans", json!({"plans": [plan, plan.replace("H100", "H200")]})).await;
        assert_eq!(both["best"]["p_itl_ms"], json!([1]), "more bandwidth, less latency");
        let levers = answer(&session, "sensitivity", json!({"yaml_config_string": plan})).await;
        let strength = |n: usize| levers["levers"][n]["elasticity"].as_f64().unwrap().abs();
        assert!(strength(0) >= strength(1));
        let least =
            answer(&session, "solve_for", json!({"yaml_config_string": OOM, "target": "least_accelerators"}))
                .await;
        assert_eq!(least["value"], 2);
        assert_eq!(least["after"]["f_status"], "PASS");
        let batch =
            answer(&session, "solve_for", json!({"yaml_config_string": plan, "target": "largest_batch"}))
                .await;
        let value = batch["value"].as_u64().unwrap();
        assert!(value > 32 && batch["why"].as_str().unwrap().contains(&(value + 1).to_string()), "{batch}");
        let needed = answer(
            &session,
            "solve_for",
            json!({"yaml_config_string": plan, "target": "needed_bandwidth", "max_itl_ms": 12}),
        )
        .await;
        assert!(needed["value"].as_f64().unwrap() > needed["as_written"].as_f64().unwrap(), "{needed}");
        let parallel =
            answer(&session, "optimize", json!({"yaml_config_string": plan, "what": "parallelism"})).await;
        assert_eq!(parallel["status"], "ok");
        let found = answer(
            &session,
            "search_registry",
            json!({"query": "h100", "kind": "hardware", "details": true}),
        )
        .await;
        assert_eq!(found["entries"][0]["id"], "H100");
        assert!(found["entries"][0]["entry"]["facts"].is_object());
        let first = answer(&session, "search_registry", json!({"kind": "models", "limit": 100})).await;
        let next = first["next_cursor"].as_str().unwrap();
        let second =
            answer(&session, "search_registry", json!({"kind": "models", "limit": 100, "cursor": next}))
                .await;
        assert_ne!(first["entries"][0]["id"], second["entries"][0]["id"]);
        let report =
            answer(&session, "render_report", json!({"yaml_config_string": plan, "format": "html"})).await;
        assert!(report["document"].as_str().unwrap().contains("<html"));
    });
}

#[test]
fn a_sweep_finds_what_evaluation_confirms() {
    let plan = include_str!("../sample-plans/serve-llama3-70b-on-eight.yaml");
    let vary = ["hardware.name=H100,H200", "workload.batch_size=8..64*2"];
    with(modern(), &[], async |session, _| {
        let one = answer(
            &session,
            "sweep",
            json!({"yaml_config_string": plan, "vary": vary, "objectives": ["p_itl_ms"]}),
        )
        .await;
        assert_eq!(one["points"], 8);
        let sum = ["holding", "infeasible", "failing", "refused"]
            .map(|key| one[key].as_u64().unwrap())
            .iter()
            .sum::<u64>();
        assert_eq!(sum, 8);
        let best =
            answer(&session, "evaluate_cluster_yaml", json!({"yaml_config_string": one["best_yaml"]})).await;
        assert_eq!(best["p_itl_ms"], one["best"][0]["p_itl_ms"]);
        let many = answer(
            &session,
            "sweep",
            json!({"yaml_config_string": plan, "vary": vary, "objectives": ["p_itl_ms", "p_output_tokens_per_s"], "constraints": ["p_itl_ms<=40"]}),
        )
        .await;
        assert!(many["frontier_size"].as_u64().unwrap() > 1);
        let bad = refusal(
            &session,
            "sweep",
            json!({"yaml_config_string": plan, "vary": ["hardware.acelerators=8"]}),
        )
        .await;
        assert_eq!(bad["code"], "bad-axis");
    });
}

#[test]
fn designs_by_objectives_are_what_evaluation_confirms() {
    let plan = include_str!("../sample-plans/train-llama3-8b-64.yaml");
    // Few enough fields that a debug build is quick.
    let kept = [
        "hardware.name=H100,H200",
        "parallelism.zero=1",
        "parallelism.recompute=none,full",
        "hardware.precision=bf16",
        "ops.region=Quebec,Poland",
    ];
    with(modern(), &[], async |session, client| {
        let found = answer(
            &session,
            "optimize",
            json!({"yaml_config_string": plan, "objectives": ["tco"], "vary": kept}),
        )
        .await;
        assert_eq!(found["status"], "ok");
        let tco = found["candidates"][0]["m_tco_usd"].as_f64().unwrap();
        assert!(tco <= found["before"]["m_tco_usd"].as_f64().unwrap(), "{found}");
        let best =
            answer(&session, "evaluate_cluster_yaml", json!({"yaml_config_string": found["yaml"]})).await;
        assert_eq!(best["m_tco_usd"].as_f64(), Some(tco));
        let many = answer(
            &session,
            "optimize",
            json!({"yaml_config_string": plan, "objectives": ["tco", "time-to-train"], "vary": kept, "limit": 3}),
        )
        .await;
        assert!(
            many["candidates"].as_array().unwrap().len() <= 3 && many["objectives"][1]["unit"] != "",
            "{many}"
        );
        assert!(!client.progress.lock().unwrap().is_empty());
        for (arguments, code) in [
            (json!({"yaml_config_string": plan, "objectives": ["csot"]}), "bad-objective"),
            (json!({"yaml_config_string": plan, "objectives": ["p_itl_ms"]}), "bad-objective"),
            (json!({"yaml_config_string": plan, "vary": ["hardware.nmae=H100"]}), "bad-axis"),
            (json!({"yaml_config_string": plan, "what": "parallelism", "objectives": ["cost"]}), "not-used"),
        ] {
            assert_eq!(refusal(&session, "optimize", arguments).await["code"], code);
        }
    });
}

#[test]
fn the_broken_assertion_is_named() {
    let plan = include_str!("../sample-plans/serve-llama3-70b-on-eight.yaml");
    assert!(plan.contains("{metric: performance.itl_ms, max: 40}"));
    with(modern(), &[], async |session, _| {
        let arguments = json!({"yaml_config_string": plan, "target": "largest_batch"});
        let batch = answer(&session, "solve_for", arguments).await;
        let why = batch["why"].as_str().unwrap();
        assert!(why.contains("performance.itl_ms is ") && why.contains("at most 40 ms"), "{batch}");
    });
}

#[test]
fn a_fleet_meets_its_targets() {
    with(LEGACY, &[], async |session, _| {
        let arguments = json!({"model": "Llama3_8B", "request_rate_per_s": 20, "accelerators": ["H100"], "precisions": ["fp16"]});
        let sized = answer(&session, "size_serving", arguments).await;
        let evaluated =
            answer(&session, "evaluate_cluster_yaml", json!({"yaml_config_string": sized["yaml"]})).await;
        assert_eq!(evaluated["status"], "ok", "the targets stand in the plan as assertions");
        assert_eq!(evaluated["m_annual_tco_usd"], sized["best"]["m_annual_tco_usd"]);
        let wrong =
            refusal(&session, "size_serving", json!({"model": "Llama3_8C", "request_rate_per_s": 20})).await;
        assert_eq!(wrong["field"], "model");
    });
}

/// A sweep that takes long enough to be watched and stopped.
fn long_sweep() -> CallToolRequestParams {
    let plan = "version: \"1.0\"\nname: x\nworkload: {name: ResNet50, mode: serve}\nhardware: {name: H100}\n";
    let Value::Object(arguments) = json!({
        "yaml_config_string": plan,
        "objectives": ["p_latency"],
        "vary": ["workload.batch_size=1..100000", "hardware.efficiency=0.1..0.9+0.1"],
    }) else {
        unreachable!()
    };
    CallToolRequestParams::new("sweep").with_arguments(arguments)
}

#[test]
fn long_work_tells_of_its_progress_and_can_be_cancelled() {
    with(LEGACY, &[], async |session, client| {
        let request = ClientRequest::CallToolRequest(rmcp::model::Request::new(long_sweep()));
        let handle =
            session.peer().send_cancellable_request(request, PeerRequestOptions::no_options()).await.unwrap();
        for _ in 0..600 {
            if client.progress.lock().unwrap().len() >= 2 {
                break;
            }
            // The loop is free for others meanwhile.
            answer(&session, "check_fit", json!({"model": "Llama3_8B", "accelerator": "H100"})).await;
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let steps = client.progress.lock().unwrap().clone();
        assert!(steps.len() >= 2, "{steps:?}");
        assert!(steps[0].progress < steps[1].progress && steps[0].total == Some(900_000.0));
        handle.cancel(Some("enough".into())).await.unwrap();
        answer(&session, "check_fit", json!({"model": "Llama3_8B", "accelerator": "H100"})).await;
        // Its thread is free again: as many sweeps as there are threads do not stop the server.
        session.cancel().await.unwrap();
    });
}

#[test]
fn resources_prompts_and_completion() {
    for mode in [LEGACY, modern()] {
        with(mode, &[], async |session, _| {
            let peer = session.peer();
            for resource in peer.list_resources(None).await.unwrap().resources {
                let read =
                    peer.read_resource(ReadResourceRequestParams::new(resource.uri.clone())).await.unwrap();
                assert_eq!(read.contents.len(), 1, "{}", resource.uri);
            }
            assert!(peer.read_resource(ReadResourceRequestParams::new("mlsysim://none")).await.is_err());
            let template = Reference::for_resource("mlsysim://registry/{kind}/{id}");
            let ids = peer
                .complete(CompleteRequestParams::new(template, ArgumentInfo::new("id", "h100")))
                .await
                .unwrap();
            assert!(ids.completion.values.contains(&"H100".to_owned()));
            for prompt in peer.list_prompts(None).await.unwrap().prompts {
                assert!(
                    peer.get_prompt(GetPromptRequestParams::new(prompt.name.clone())).await.is_err(),
                    "arguments are required"
                );
            }
            let Value::Object(arguments) = json!({"model": "Llama3_70B", "request_rate_per_s": "4"}) else {
                unreachable!()
            };
            let prompt = GetPromptRequestParams::new("size-a-deployment").with_arguments(arguments);
            let text = serde_json::to_string(&peer.get_prompt(prompt).await.unwrap()).unwrap();
            assert!(text.contains("Llama3_70B"));
        });
    }
}
