//! What a call did not say is said back, and what is wrong with it is told of its arguments.

use serde_json::{Value, json};

use super::{OOM, answer, call, modern, refusal, text, with};

#[test]
fn a_wrong_argument_is_named_and_no_line_that_nobody_wrote() {
    with(modern(), &[], async |session, _| {
        let size = |name: &str, value: Value| {
            let mut asked = json!({"model": "Llama3_70B", "request_rate_per_s": 4});
            asked[name] = value;
            ("size_serving", asked)
        };
        let fit = |name: &str, value: Value| {
            let mut asked = json!({"model": "Llama3_70B", "accelerator": "H100"});
            asked[name] = value;
            ("check_fit", asked)
        };
        for ((tool, arguments), field, nearest) in [
            (size("accelerators", json!(["H1000"])), "accelerators", json!("H100")),
            (size("accelerators", json!(["Voodoo"])), "accelerators", Value::Null),
            (size("model", json!("Llama3_70C")), "model", json!("Llama3_70B")),
            (size("precisions", json!(["fp17"])), "precisions", json!("fp16")),
            (size("region", json!("Quebek")), "region", json!("Quebec")),
            (size("model", json!("hf://a/b")), "model", Value::Null),
            (fit("accelerator", json!("H1000")), "accelerator", json!("H100")),
            (fit("model", json!("plans/my.yaml")), "model", Value::Null),
            (fit("precision", json!("fp17")), "precision", json!("fp16")),
            (fit("region", json!("Quebek")), "region", json!("Quebec")),
        ] {
            let wrong = refusal(&session, tool, arguments.clone()).await;
            assert_eq!((&wrong["field"], &wrong["nearest"]), (&json!(field), &nearest), "{wrong}");
            assert_eq!((&wrong["line"], &wrong["column"]), (&Value::Null, &Value::Null), "{wrong}");
            let said = text(&call(&session, tool, arguments).await);
            for word in ["line ", "hardware.", "workload.", "ops.", "mlsysim-tui", ".yaml` file"] {
                assert!(!said.contains(word), "{word:?} in {said}");
            }
        }
        // Where the plan is the agent's own, its lines are told, and tools in place of commands.
        let plan = OOM.replace("H100}", "Voodoo}");
        let wrong = refusal(&session, "evaluate_cluster_yaml", json!({"yaml_config_string": plan})).await;
        assert_eq!(wrong["line"], 5);
        assert!(wrong["fix"].as_str().unwrap().contains("search_registry"), "{wrong}");
        let silent =
            refusal(&session, "size_serving", json!({"model": "ResNet50", "request_rate_per_s": 4})).await;
        assert_eq!((&silent["code"], &silent["field"]), (&json!("not-served"), &json!("model")));
    });
}

#[test]
fn what_was_assumed_is_said_once() {
    with(modern(), &[], async |session, _| {
        let asked =
            json!({"model": "Llama3_8B", "users": 60, "accelerators": ["H100"], "precisions": ["fp16"]});
        let sized = answer(&session, "size_serving", asked.clone()).await;
        assert_eq!(sized["assumed"]["seconds_between_requests"], 60);
        assert_eq!(sized["assumed"]["prompt_tokens"], 1024);
        assert!(sized["assumed"].get("accelerators").is_none() && sized["assumed"].get("limit").is_none());
        assert!(sized["assumed"]["times_in_service"].to_string().contains("vary like an exponential"));
        let batching = json!({"yaml_config_string": OOM, "what": "batching"});
        let batching = refusal(&session, "optimize", batching).await;
        assert!(
            batching["message"].as_str().unwrap().ends_with("sla_ms and request_rate_per_s"),
            "{batching}"
        );
        let others = sized["not_tried"].as_array().unwrap();
        assert!(others.contains(&json!("B200")) && !others.contains(&json!("H100")), "{others:?}");
        let said = text(&call(&session, "size_serving", asked).await);
        assert!(said.contains("\nassumed: seconds_between_requests 60, prompt_tokens 1024,"), "{said}");
        assert!(said.contains("\nnot tried: "), "{said}");
        let rate = answer(
            &session,
            "size_serving",
            json!({"model": "Llama3_8B", "request_rate_per_s": 1, "accelerators": ["H100"]}),
        )
        .await;
        assert!(rate["assumed"].get("seconds_between_requests").is_none(), "{}", rate["assumed"]);
        let fit = json!({"model": "Llama3_8B", "accelerator": "H100", "batch_size": 8});
        let fit = answer(&session, "check_fit", fit).await;
        assert_eq!(fit["assumed"]["seq_len"], 2048);
        assert!(fit["assumed"].get("batch_size").is_none());
        let own = answer(&session, "check_fit", json!({"yaml_config_string": OOM})).await;
        assert_eq!(own["assumed"], json!({}));
    });
}

#[test]
fn rows_carry_warnings_and_a_training_its_whole_cost() {
    let plan = include_str!("../../sample-plans/train-llama3-8b-64.yaml");
    with(modern(), &[], async |session, _| {
        let asked =
            json!({"yaml_config_string": plan, "vary": ["workload.batch_size=500"], "objectives": ["cost"]});
        let swept = answer(&session, "sweep", asked).await;
        assert!(swept["best"][0]["warnings"].to_string().contains("uneven_batch"), "{}", swept["best"]);
        let kept = [
            "hardware.name=H100,H200,MI300X",
            "hardware.accelerators=64,96",
            "parallelism.zero=1",
            "parallelism.recompute=none",
            "ops.region=Quebec",
        ];
        let asked = json!({"yaml_config_string": plan, "objectives": ["cost"], "vary": kept, "limit": 2});
        let found = answer(&session, "optimize", asked.clone()).await;
        let rows = found["candidates"].as_array().unwrap();
        assert_eq!(rows.len(), 2, "limit asks for two and there are two: {found}");
        let each = rows[0]["m_usd_per_million_tokens"].as_f64().unwrap();
        assert!((rows[0]["training_usd"].as_f64().unwrap() / (each * 1e6) - 1.0).abs() < 1e-9);
        assert!(rows[0]["warnings"].is_array());
        let notes = found["notes"].to_string();
        for said in
            ["hardware.accelerators 64, 96", "batch_size 512", "check the accuracy", "in place of Iowa"]
        {
            assert!(notes.contains(said), "{said}: {notes}");
        }
        let said = text(&call(&session, "optimize", asked).await);
        assert!(said.lines().next().unwrap().contains(", trained in "), "{said}");
        let first = text(&call(&session, "evaluate_cluster_yaml", json!({"yaml_config_string": plan})).await);
        assert!(
            first
                .lines()
                .next()
                .unwrap()
                .ends_with("divided tensor 2 × data 32 (chosen: shortest step without pipeline)"),
            "{first}"
        );
    });
}

#[test]
fn a_fleet_is_shown_on_every_accelerator_and_in_the_format_of_the_model() {
    with(modern(), &[], async |session, _| {
        let asked = json!({"model": "gpt_oss_120b", "request_rate_per_s": 2, "accelerators": ["H100", "H200", "B200"]});
        let sized = answer(&session, "size_serving", asked).await;
        let rows = sized["candidates"].as_array().unwrap();
        let mut first: Vec<&str> =
            rows.iter().take(3).map(|row| row["accelerator"].as_str().unwrap()).collect();
        first.sort_unstable();
        assert_eq!(first, ["B200", "H100", "H200"], "{rows:?}");
        assert!(rows.iter().any(|row| row["precision"] == "mxfp4"), "{rows:?}");
    });
}

#[test]
fn replicas_written_for_one_count_do_not_stop_a_search() {
    with(modern(), &[], async |session, _| {
        let asked = json!({"model": "Llama3_8B", "request_rate_per_s": 20, "accelerators": ["H100"], "precisions": ["fp16"]});
        let sized = answer(&session, "size_serving", asked).await;
        let yaml = sized["yaml"].as_str().unwrap();
        assert!(yaml.contains("\n  data: "), "{yaml}");
        let kept =
            ["hardware.name=H100", "hardware.precision=fp16", "ops.region=US_Avg", "workload.batch_size=64"];
        let found = answer(
            &session,
            "optimize",
            json!({"yaml_config_string": yaml, "objectives": ["tco"], "vary": kept}),
        )
        .await;

        // Of 5 counts and 16 divisions, 33 have a place for every rank; two formats of the cache each.
        let counted = found["notes"][0].as_str().unwrap();
        assert!(counted.starts_with("160 of 160 ") && counted.ends_with(" 94 are no plan"), "{counted}");
        let confirmed = found["yaml"].as_str().unwrap();
        assert_eq!(
            answer(&session, "evaluate_cluster_yaml", json!({"yaml_config_string": confirmed})).await["status"],
            "ok"
        );
    });
}

#[test]
fn a_refusal_says_what_to_write() {
    let serve = include_str!("../../sample-plans/serve-llama3-70b-on-eight.yaml");
    let train = include_str!("../../sample-plans/train-llama3-8b-64.yaml");
    with(modern(), &[], async |session, _| {
        let plan = |text: &str, more: Value| {
            let mut asked = more;
            asked["yaml_config_string"] = json!(text);
            asked
        };
        let wrong =
            "version: \"1.0\"\nname: x\nworkload: {name: Llama3_8B, tokens: 3}\nhardware: {name: H100}\n";
        for (tool, arguments, field, fix) in [
            (
                "apply_suggestion",
                plan(serve, json!({"assignments": ["hardware.name=H1000"]})),
                "assignments",
                "change to H100",
            ),
            (
                "apply_suggestion",
                plan(serve, json!({"assignments": ["hardware.accelerator=8"]})),
                "assignments",
                "did you mean `name`?",
            ),
            (
                "evaluate_cluster_yaml",
                plan(wrong, json!({})),
                "workload.tokens",
                "move to `workload.train.tokens`",
            ),
            ("sweep", plan(serve, json!({"vary": "batch_size=1,2"})), "vary", "write [\"batch_size=1,2\"]"),
            (
                "sweep",
                plan(serve, json!({"vary": ["hardware.name=H20X"]})),
                "vary",
                "did you mean `H20` or `H200`?",
            ),
            (
                "sweep",
                plan(serve, json!({"vary": ["batch_size=1,2"], "objectives": ["cots"]})),
                "objectives",
                "write cost",
            ),
            (
                "solve_for",
                plan(train, json!({"target": "largest_batch", "max_itl_ms": 20})),
                "max_itl_ms",
                "leave the target out; serving has itl_ms and ttft_ms, training step_latency",
            ),
        ] {
            let said = refusal(&session, tool, arguments).await;
            assert_eq!((&said["field"], &said["fix"]), (&json!(field), &json!(fix)), "{said}");
            assert_eq!(said["line"].is_null(), field != "workload.tokens", "{said}");
        }
        // Another word for the same is taken; what stands in the wrong block is moved.
        let named = json!({"name": "Llama3_8B", "gpu": "H100", "count": 2});
        let fit = call(&session, "check_fit", named).await;
        assert!(text(&fit).contains("note: read gpu as accelerator"), "{}", text(&fit));
        let fit = fit.structured_content.unwrap();
        assert_eq!(fit["read_as"], json!(["name as model", "gpu as accelerator", "count as accelerators"]));
        let moved = answer(&session, "validate_plan", plan(wrong, json!({}))).await;
        assert!(
            moved["fixed_yaml"].as_str().unwrap().contains("{name: Llama3_8B, train: {tokens: 3}}"),
            "{moved}"
        );
        assert!(moved["problems"][0]["nearest"].is_null(), "{moved}");
        let bare = answer(&session, "explain_metric", plan(serve, json!({"metric": "annual_tco"}))).await;
        assert_eq!(bare["subject"], "m_annual_tco_usd");
        let tight =
            answer(&session, "solve_for", plan(serve, json!({"target": "largest_batch", "max_itl_ms": 20})))
                .await;
        let why = tight["why"].as_str().unwrap();
        let (found, allowed) = why.rsplit_once(" is ").unwrap().1.split_once(", above ").unwrap();
        assert_ne!(found, allowed, "{why}");
        let places = plan(serve, json!({"what": "placement", "limit": 2}));
        let said = text(&call(&session, "optimize", places).await);
        assert_eq!(
            said.lines().filter(|line| line.matches(" | ").count() > 3).count(),
            3,
            "head and two: {said}"
        );
    });
}

/// Words that agents bring along from elsewhere lead to a plan that reads, without a change of meaning.
#[test]
fn habits_of_other_tools_are_mended() {
    with(modern(), &[], async |session, _| {
        let draft = "version: \"1.0\"\nname: t\nworkload:\n  name: Llama2_13B\n  mode: training\n  batch_size: 1024\n  train: {tokens: 2T}\n\
                     hardware: {name: H100, nodes: 16, gpus_per_node: 8}\nparallelism: {tp: 2}\n";
        let mended = answer(&session, "validate_plan", json!({"yaml_config_string": draft})).await;
        let yaml = mended["fixed_yaml"].as_str().unwrap();
        assert!(yaml.contains("node_count: 16, accelerators_per_node: 8}"), "{yaml}");
        assert!(yaml.contains("tokens: 2e12") && yaml.contains("mode: train\n"), "{yaml}");
        assert!(mended.to_string().contains("`T` is no unit; tokens are a plain number"), "{mended}");
        let after = answer(&session, "evaluate_cluster_yaml", json!({"yaml_config_string": yaml})).await;
        assert_eq!(after["status"], "ok", "{after}");
        let beside = draft.replace("gpus_per_node", "accelerators_per_node");
        let mended = answer(&session, "validate_plan", json!({"yaml_config_string": beside})).await;
        assert!(mended["fixed_yaml"].as_str().unwrap().contains("node_count: 16,"), "{mended}");
        // A region is the one that is spelt so, and a metric is found by its words.
        let region = "version: \"1.0\"\nname: t\nworkload: {name: Llama3_8B}\nhardware: {name: H100}\nops: {region: us-east-1}\n";
        let said = refusal(&session, "evaluate_cluster_yaml", json!({"yaml_config_string": region})).await;
        assert_eq!(said["nearest"], "AWS_us_east_1", "{said}");
        let good = region.replace("us-east-1", "US_Avg");
        let asked = json!({"yaml_config_string": good, "metric": "annual TCO"});
        assert_eq!(answer(&session, "explain_metric", asked).await["subject"], "m_annual_tco_usd");
        let sized = json!({"model": "Llama3_8B", "qps": 1, "gpu": "H100", "precision": "fp8"});
        let sized = answer(&session, "size_serving", sized).await;
        assert_eq!(
            sized["read_as"],
            json!(["gpu as accelerators", "precision as precisions", "qps as request_rate_per_s"])
        );
        let long = "version: \"1.0\"\nname: t\nworkload: {name: Llama3_8B, seq_len: 32k}\nhardware: {name: NVIDIA H100 80GB HBM3}\n\
                    parallelism: {expert_parallel: 2}\n";
        let said = answer(&session, "validate_plan", json!({"yaml_config_string": long})).await;
        assert_eq!(said["problems"][0]["fix"], "change to 32768", "{said}");
        assert_eq!(said["problems"][1]["fix"], "change to `expert`", "{said}");
        assert_eq!(said["errors"], 2, "{said}");
        for (tool, more, fix) in [
            ("apply_suggestion", json!({"suggestion": "1"}), "write 1 without quotation marks"),
            (
                "sweep",
                json!({"vary": ["batch_size=1,2"], "constraints": ["p_itl_ms < 20"]}),
                "write p_itl_ms<=20",
            ),
            ("solve_for", json!({"target": "needed_bandwidth", "metric": "p_itl_ms"}), "write max_itl_ms"),
        ] {
            let mut asked = more;
            asked["yaml_config_string"] = json!(good);
            assert_eq!(refusal(&session, tool, asked).await["fix"], fix);
        }
        let listed = json!({"yaml_config_string": good, "vary": ["batch_size=[1, 2, 4]"]});
        assert_eq!(answer(&session, "sweep", listed).await["points"], 3);
    });
}

/// What stands for figures that a plan does not give is in every answer, and the same as for a shell.
#[test]
fn what_a_cost_rests_on_is_in_the_structured_answer() {
    let serve = include_str!("../../sample-plans/serve-llama3-70b-on-eight.yaml");
    with(modern(), &[], async |session, _| {
        let report = answer(&session, "evaluate_cluster_yaml", json!({"yaml_config_string": serve})).await;
        let said: Vec<&str> =
            report["assumed"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
        assert!(said[0].starts_with("capex covers the accelerators alone"), "{said:?}");
        assert!(said[1].starts_with("power is TDP"), "{said:?}");
    });
}

/// A client pays for the list of tools in every conversation.
#[test]
fn the_list_of_tools_stays_short() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("plan.yaml");
    std::fs::write(&path, OOM).unwrap();
    with(modern(), &["--plan", path.to_str().unwrap()], async |session, _| {
        let tools = session.peer().list_all_tools().await.unwrap();
        let bytes = serde_json::to_string(&tools).unwrap().len();
        assert!(bytes <= 24 << 10, "{bytes}");
        assert!(tools.iter().all(|tool| tool.output_schema.is_some() && tool.description.is_some()));
    });
}
