//! Questions that take a search: traffic to a fleet, the cheapest design within limits.

use serde_json::{Value, json};

use super::{OOM, answer, call, modern, refusal, text, with};

#[test]
fn traffic_is_shared_by_the_instances() {
    with(modern(), &[], async |session, _| {
        let asked = json!({"model": "Llama3_70B", "users": 2000, "max_ttft_ms": 500, "accelerators": ["H100"],
            "precisions": ["fp8"], "max_ttft_p99_ms": 1500});
        let sized = answer(&session, "size_serving", asked).await;
        assert_eq!(sized["found"], true, "{sized}");
        assert!((sized["request_rate_per_s"].as_f64().unwrap() - 2000.0 / 60.0).abs() < 1e-9);
        assert!(sized["best"]["instances"].as_u64().unwrap() > 1);
        let yaml = sized["yaml"].as_str().unwrap();
        let evaluated = answer(&session, "evaluate_cluster_yaml", json!({"yaml_config_string": yaml})).await;
        assert_eq!(evaluated["status"], "ok", "every target stands in the plan");
        assert!(yaml.contains("performance.ttft_p99_ms, max: 1500"));
        // One node less does not do, else the answer was not the cheapest.
        let (tensor, instances) =
            (sized["best"]["tensor"].as_u64().unwrap(), sized["best"]["instances"].as_u64().unwrap());
        let sequences = sized["best"]["concurrency"].as_u64().unwrap() / instances;
        let less = instances - 8 / tensor;
        let fewer = yaml
            .replace(
                &format!("  accelerators: {}\n", tensor * instances),
                &format!("  accelerators: {}\n", tensor * less),
            )
            .replace(&format!("  data: {instances}\n"), &format!("  data: {less}\n"))
            .replace(
                &format!("  batch_size: {}\n", sequences * instances),
                &format!("  batch_size: {}\n", sequences * less),
            );
        let evaluated = answer(&session, "evaluate_cluster_yaml", json!({"yaml_config_string": fewer})).await;
        assert_eq!(evaluated["status"], "sla_failed");
        for (arguments, code) in [
            (json!({"model": "Llama3_70B"}), "missing-argument"),
            (json!({"model": "Llama3_70B", "users": 1, "request_rate_per_s": 1}), "conflict"),
        ] {
            assert_eq!(refusal(&session, "size_serving", arguments).await["code"], code);
        }
    });
}

#[test]
fn limits_are_kept_beside_the_plans_own() {
    let own =
        "constraints:\n  assert:\n    - metric: performance.itl_ms   # theirs\n      max: 60  # stays\n";
    let flow = "constraints: {assert: [{metric: performance.itl_ms, max: 60}]}\n";
    let kept = [
        "hardware.name=H100,H200",
        "hardware.accelerators=4,8",
        "hardware.precision=fp16",
        "ops.region=Quebec",
    ];
    with(modern(), &[], async |session, _| {
        for constraints in ["", own, flow] {
            let plan = format!("{OOM}{constraints}");
            let asked = json!({"yaml_config_string": plan, "objectives": ["cost"], "vary": kept,
                "constraints": ["p_itl_ms<=25", "p_output_tokens_per_s>=1"]});
            let found = answer(&session, "optimize", asked).await;
            assert_eq!(found["status"], "ok", "{found}");
            let yaml = found["yaml"].as_str().unwrap();
            let evaluated =
                answer(&session, "evaluate_cluster_yaml", json!({"yaml_config_string": yaml})).await;
            assert_eq!(evaluated["status"], "ok");
            assert!(evaluated["p_itl_ms"].as_f64().unwrap() <= 25.0);
            assert!(yaml.contains("performance.itl_ms, max: 25"), "{yaml}");
            assert_eq!(yaml.contains("# stays"), constraints == own, "{yaml}");
        }
        let impossible = json!({"yaml_config_string": OOM, "vary": kept, "constraints": ["p_itl_ms<=0.001"]});
        assert_eq!(answer(&session, "optimize", impossible).await["status"], "sla_failed");
        let wrong = json!({"yaml_config_string": OOM, "constraints": ["p_itl_ms<40"]});
        assert_eq!(refusal(&session, "optimize", wrong).await["code"], "wrong-form");
    });
}

#[test]
fn concise_answers_are_short_and_full_ones_complete() {
    let plan = include_str!("../../sample-plans/serve-llama3-70b-on-eight.yaml");
    let vary = ["workload.batch_size=8..64*2", "hardware.name=H100,H200"];
    with(modern(), &[], async |session, _| {
        let size = |value: &Value| value.to_string().len();
        // What every session of an agent begins with.
        let tools = session.peer().list_tools(None).await.unwrap();
        let listed = serde_json::to_string(&tools).unwrap().len();
        assert!(listed < 24_000, "{listed}");
        let schema = answer(&session, "get_schemas", json!({})).await;
        assert!(size(&schema) < 14_000, "{}", size(&schema));
        let asked = |detail: &str| json!({"yaml_config_string": plan, "vary": vary, "objectives": ["p_mfu", "f_memory_used_gb"], "detail": detail});
        let (concise, full) = (
            answer(&session, "sweep", asked("concise")).await,
            answer(&session, "sweep", asked("full")).await,
        );
        // What was asked for is there, and what is there is the same.
        let (short, long) = (concise["best"][0].as_object().unwrap(), full["best"][0].as_object().unwrap());
        assert!(short.len() < long.len() && short.contains_key("f_memory_used_gb"));
        assert!(short.iter().all(|(key, value)| long[key] == *value));
        let places =
            answer(&session, "optimize", json!({"yaml_config_string": plan, "what": "placement"})).await;
        assert!(size(&places) < 10_000, "{}", size(&places));
        let full =
            call(&session, "evaluate_cluster_yaml", json!({"yaml_config_string": plan, "detail": "full"}))
                .await;
        let said = text(&full);
        assert!(said.len() < 5_000 && said.contains("\nwall 14 "), "{} {said}", said.len());
        let entries = json!({"query": "h100", "details": true});
        let entries = call(&session, "search_registry", entries).await;
        assert!(text(&entries).len() < 3_000, "{}", text(&entries).len());
        assert!(size(&entries.structured_content.unwrap()) < 12_000);
        let wall =
            answer(&session, "explain_metric", json!({"yaml_config_string": plan, "metric": "binding_wall"}))
                .await;
        assert_eq!(wall["wall"]["state"], "binding");
    });
}

#[test]
fn names_as_people_write_them_are_found() {
    with(modern(), &[], async |session, _| {
        for (query, kind, id) in [
            ("meta-llama/Llama-3.1-8B-Instruct", "models", "Llama3_8B"),
            ("llama 405b instruct", "models", "Llama3_405B"),
            ("nvidia h100 sxm 80gb", "hardware", "H100"),
        ] {
            let found =
                answer(&session, "search_registry", json!({"query": query, "kind": kind, "limit": 5})).await;
            let ids: Vec<&str> = found["entries"]
                .as_array()
                .unwrap()
                .iter()
                .map(|entry| entry["id"].as_str().unwrap())
                .collect();
            assert!(ids.contains(&id), "{query}: {ids:?}");
            assert!(ids[0].starts_with(id), "another chip is not nearer: {query}: {ids:?}");
        }
        let none = answer(&session, "search_registry", json!({"query": "qqqq zzzz xxxx"})).await;
        assert_eq!(none["total"], 0);
        // The words that optimize takes name objectives of a sweep as well.
        let plan = include_str!("../../sample-plans/train-llama3-8b-64.yaml");
        let swept =
            json!({"yaml_config_string": plan, "vary": ["hardware.name=H100,H200"], "objectives": ["cost"]});
        let swept = answer(&session, "sweep", swept).await;
        assert_eq!(swept["objectives"][0]["metric"], "m_usd_per_million_tokens");
        let asked = json!({"yaml_config_string": plan, "metric": "wall 2"});
        assert_eq!(answer(&session, "explain_metric", asked).await["wall"]["name"], "Memory");
    });
}

/// Three answers about one training say what each varied and what it held, so that they do not contradict.
#[test]
fn each_answer_says_what_it_searched() {
    let train = include_str!("../../sample-plans/train-llama3-8b-64.yaml");
    with(modern(), &[], async |session, _| {
        let ask = |more: Value| {
            let mut asked = more;
            asked["yaml_config_string"] = json!(train);
            asked
        };
        let divided = answer(&session, "optimize", ask(json!({"what": "parallelism"}))).await;
        let searched = divided["searched"].as_str().unwrap();
        assert!(searched.contains("of 64 × H100 for the highest MFU; held: batch 512, bf16"), "{searched}");
        let fixes = answer(&session, "suggest_fixes", ask(json!({}))).await;
        assert!(fixes["searched"].as_str().unwrap().contains("one at a time; held:"), "{fixes}");
        let least = text(&call(&session, "solve_for", ask(json!({"target": "least_accelerators"}))).await);
        assert!(least.contains("searched: hardware.accelerators") && least.contains("divided "), "{least}");
        // A batch that was varied is told, and so is one beyond what large models use.
        let vary = json!([
            "workload.batch_size=512,8192",
            "hardware.name=H100",
            "hardware.accelerators=64",
            "parallelism.tensor=1",
            "parallelism.pipeline=1",
            "parallelism.zero=2",
            "parallelism.recompute=none"
        ]);
        let fast =
            answer(&session, "optimize", ask(json!({"objectives": ["time-to-train"], "vary": vary}))).await;
        let notes = fast["notes"].to_string();
        assert!(fast["searched"].as_str().unwrap().contains("workload.batch_size"), "{fast}");
        assert!(notes.contains("workload.batch_size varies: what is learnt"), "{notes}");
        assert!(notes.contains("67.1 M tokens in each step") && notes.contains("1812.06162"), "{notes}");
        assert!(notes.contains("check the accuracy"), "{notes}");
    });
}

#[test]
fn a_plan_that_does_not_fit_is_no_measure() {
    with(modern(), &[], async |session, _| {
        let asked =
            json!({"yaml_config_string": OOM, "objectives": ["cost"], "vary": ["hardware.name=H100"]});
        let found = call(&session, "optimize", asked).await;
        let said = text(&found);
        assert!(said.contains("the plan as it is does not fit, so that nothing is compared"), "{said}");
        assert!(!said.contains("(now ") && !said.contains("pays with"), "{said}");
        assert_eq!(found.structured_content.unwrap()["before"]["f_status"], "FAIL");
    });
}

/// A value that others refer to can be changed: they keep theirs.
#[test]
fn a_suggestion_on_a_value_with_a_name_can_be_applied() {
    let plan = "version: \"1.0\"\nname: t\nworkload: {name: Llama3_70B, mode: serve, batch_size: &b 512, seq_len: 8192, \
                serve: {reasoning_steps: *b}}\nhardware: {name: H100, accelerators: 8}\n";
    with(modern(), &[], async |session, _| {
        let fixes = answer(&session, "suggest_fixes", json!({"yaml_config_string": plan})).await;
        let count = fixes["suggestions"].as_array().unwrap().len();
        assert!(fixes.to_string().contains("lower the batch to"), "{fixes}");
        for number in 1..=count {
            let asked = json!({"yaml_config_string": plan, "suggestion": number});
            let after = answer(&session, "apply_suggestion", asked).await;
            assert_eq!(after["after"]["f_status"], "PASS", "{after}");
            assert!(after["yaml"].as_str().unwrap().contains("&b 512"), "{after}");
        }
    });
}
