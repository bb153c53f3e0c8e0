//! The same numbers, byte for byte, whichever way one asks: `eval`, the studio's export, the tool.

use std::path::Path;

use mlsysim_tui::registry::{Physics, Registry};
use mlsysim_tui::studio::app::{App, Format, Start};
use mlsysim_tui::studio::theme::{ColorDepth, Themes};
use mlsysim_tui::studio::{effects, export};
use serde_json::{Value, json};

use super::hostile::Wire;

/// What the studio writes as JSON; nothing where there is no report.
fn exported(path: &Path, text: &str, physics: Option<Physics>) -> Option<String> {
    let mut app = App::new(Start {
        registry: Registry::builtin(),
        physics,
        watch: false,
        ascii: false,
        themes: Themes::new(ColorDepth::True, Vec::new()),
        theme: "terminal".into(),
        size: (100, 30),
    });
    app.open_file(path.to_owned(), text.to_owned());
    effects::evaluate(&mut app);
    export::render(&mut app, Format::Json)
}

fn eval(path: &Path, physics: Option<&str>, flags: &[&str]) -> String {
    let folder = path.parent().unwrap();
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_mlsysim-tui"))
        .env("MLSYSIM_TUI_CONFIG_DIR", folder.join("none"))
        .env("MLSYSIM_TUI_STATE_DIR", folder.join("none"))
        .arg("eval")
        .arg(path)
        .args(["--output", "json"])
        .args(physics.map(|physics| format!("--physics={physics}")))
        .args(flags)
        .output()
        .unwrap();
    String::from_utf8(output.stdout).unwrap()
}

/// The same JSON without the spaces between its parts. As text: a reader of numbers may be off by the last digit.
fn compact(pretty: &str) -> String {
    let (mut quoted, mut escaped) = (false, false);
    let keep = |letter: &char| {
        let outside = !quoted;
        match letter {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            _ => {}
        }
        !(outside && letter.is_whitespace())
    };
    pretty.chars().filter(keep).collect()
}

/// What the tool answers, as it goes over the wire.
fn tool(wire: &mut Wire, arguments: &Value) -> String {
    let request = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call",
        "params": {"name": "evaluate_cluster_yaml", "arguments": arguments}});
    wire.send(request.to_string().as_bytes());
    wire.line()
}

#[test]
fn three_doors_give_the_same_bytes() {
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-plans");
    let mut plans: Vec<_> = std::fs::read_dir(samples).unwrap().map(|entry| entry.unwrap().path()).collect();
    plans.sort();
    assert!(plans.len() >= 10);
    let folder = tempfile::tempdir().unwrap();
    let mut wire = Wire::open();
    let mut evaluated = 0;
    for sample in &plans {
        let text = std::fs::read_to_string(sample).unwrap();
        let path = folder.path().join(sample.file_name().unwrap());
        std::fs::write(&path, &text).unwrap();
        for (physics, of) in
            [(None, None), (Some("studio"), Some(Physics::Studio)), (Some("mlsysim"), Some(Physics::Mlsysim))]
        {
            let asked = format!("{} {physics:?}", path.display());
            let printed = eval(&path, physics, &[]);
            let answer = tool(&mut wire, &json!({"yaml_config_string": text, "physics": physics}));
            let Some(studio) = exported(&path, &text, of) else {
                // What cannot be evaluated is refused at every door.
                assert!(answer.contains("\"isError\":true"), "{asked}");
                assert!(printed.contains("\"status\": \"error\""), "{asked}");
                continue;
            };
            evaluated += 1;
            assert_eq!(printed, studio, "{asked}");
            let sent = format!("\"structuredContent\":{}", compact(&printed));
            assert!(answer.contains(&sent), "{asked}: {answer}");
        }
    }
    assert!(evaluated >= 3 * plans.len() - 3, "only {evaluated} could be compared");
    wire.close();
}

#[test]
fn all_the_details_as_well() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("plan.yaml");
    let mut wire = Wire::open();
    for plan in [
        include_str!("../../sample-plans/train-llama3-8b-64.yaml"),
        include_str!("../../sample-plans/serve-llama3-70b-on-eight.yaml"),
    ] {
        std::fs::write(&path, plan).unwrap();
        let printed = eval(&path, None, &["--detail"]);
        let answer = tool(&mut wire, &json!({"yaml_config_string": plan, "detail": "full"}));
        assert!(answer.contains(&format!("\"structuredContent\":{}", compact(&printed))), "{answer}");
    }
    wire.close();
}
