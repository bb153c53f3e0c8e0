//! The worked transcript of docs/agents.md: a scripted model that drafts, computes, reflects and corrects.
//!
//! The script decides from what the tools say, as a model would: it knows none of the numbers.

use std::fmt::Write as _;
use std::path::Path;

use serde_json::{Value, json};

use super::{Session, call, modern, text, with};

const BEGIN: &str = "<!-- transcript: made by `UPDATE=1 cargo test mcp`; do not edit -->\n";
const END: &str = "<!-- end of transcript -->\n";

/// What is said and called, as it goes into the documentation.
struct Transcript<'s> {
    session: &'s Session,
    out: String,
}

impl Transcript<'_> {
    fn say(&mut self, who: &str, words: &str) {
        writeln!(self.out, "**{who}**: {words}\n").unwrap();
    }

    async fn call(&mut self, tool: &str, arguments: Value, lines: usize) -> Value {
        let shown: Vec<String> = arguments
            .as_object()
            .unwrap()
            .iter()
            .map(|(name, value)| match value.as_str() {
                Some(long) if long.contains('\n') => format!("{name}=(the plan)"),
                _ => format!("{name}={value}"),
            })
            .collect();
        let result = call(self.session, tool, arguments).await;
        assert_ne!(result.is_error, Some(true), "{}", text(&result));
        let said: Vec<String> = text(&result).lines().take(lines).map(str::to_owned).collect();
        writeln!(self.out, "→ `{tool}` {}\n\n```text\n{}\n```\n", shown.join(" "), said.join("\n")).unwrap();
        result.structured_content.unwrap()
    }
}

#[test]
fn the_worked_transcript_is_a_real_run() {
    let transcript = with(modern(), &[], async |session, _| {
        let mut t = Transcript { session: &session, out: String::new() };
        t.say("User", "I need to serve Llama-3 70B. Does it fit on one H100? If not, design a cluster that does and tell me the annual TCO.");
        // Draft.
        let schema = t.call("get_schemas", json!({"kind": "plan"}), 1).await;
        let required: Vec<&str> = schema["MlsysPlanSchema"]["required"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(Value::as_str)
            .collect();
        assert_eq!(required, ["version", "name", "workload", "hardware"]);
        let found =
            t.call("search_registry", json!({"query": "llama3 70b", "kind": "models", "limit": 1}), 3).await;
        let model = found["entries"][0]["id"].as_str().unwrap();
        let plan = format!(
            "version: \"1.0\"\nname: Serve {model}\nworkload:\n  name: {model}\n  mode: serve\n  batch_size: 8\n  seq_len: 4096\nhardware:\n  name: H100\n  accelerators: 1\nops:\n  region: US_Avg\n  duration_days: 365\n"
        );
        // Compute.
        let first = t.call("evaluate_cluster_yaml", json!({"yaml_config_string": plan}), 1).await;
        assert_eq!(first["f_status"], "FAIL");
        t.say("Agent", "It does not fit on one H100. How many does it take?");
        // Reflect and correct.
        let least =
            t.call("solve_for", json!({"yaml_config_string": plan, "target": "least_accelerators"}), 2).await;
        let yaml = least["yaml"].as_str().unwrap();
        let last = t.call("evaluate_cluster_yaml", json!({"yaml_config_string": yaml}), 12).await;
        assert_eq!(last["f_status"], "PASS");
        let money = t
            .call("explain_metric", json!({"yaml_config_string": yaml, "metric": "m_annual_tco_usd"}), 8)
            .await;
        assert_eq!(money["value"], last["m_annual_tco_usd"]);
        t.say(
            "Agent",
            &format!(
                "No: {}. {} H100 hold it ({}). The annual TCO is ${:.0}.",
                first["f_summary"].as_str().unwrap(),
                least["value"],
                last["f_summary"].as_str().unwrap(),
                last["m_annual_tco_usd"].as_f64().unwrap()
            ),
        );
        t.out
    });
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/agents.md");
    let document = std::fs::read_to_string(&path).unwrap();
    let (before, rest) = document.split_once(BEGIN).unwrap();
    let (_, after) = rest.split_once(END).unwrap();
    let fresh = format!("{before}{BEGIN}\n{transcript}{END}{after}");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, fresh).unwrap();
    } else {
        assert!(fresh == document, "docs/agents.md is stale: UPDATE=1 cargo test mcp");
    }
}
