//! `compare` with its edits and git, `explain` down to sources, and pages with plots.

use std::fs;

use super::{run, stderr, stdout};

#[test]
fn compare_tells_which_edit_explains_what_also_against_the_last_commit() {
    let folder = tempfile::tempdir().unwrap();
    let plan = folder.path().join("plan.yaml");
    let text = fs::read_to_string("sample-plans/serve-llama3-70b-on-eight.yaml").unwrap();
    fs::write(&plan, &text).unwrap();
    let path = plan.to_str().unwrap();
    let refused = run(&["compare", "--git", path]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(stderr(&refused).contains("not in a git repository"), "{}", stderr(&refused));
    let git = |arguments: &[&str]| {
        let done = std::process::Command::new("git")
            .args(["-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false", "-C"])
            .arg(folder.path())
            .args(arguments)
            .output()
            .unwrap();
        assert!(done.status.success(), "{done:?}");
    };
    git(&["init", "-q"]);
    let refused = run(&["compare", "--git", path]);
    assert!(stderr(&refused).contains("no commit yet"), "{}", stderr(&refused));
    git(&["add", "."]);
    git(&["commit", "-qm", "one"]);
    fs::write(&plan, text.replace("region: Quebec", "region: Poland")).unwrap();
    let answer = run(&["compare", "--git", path]);
    let shown = stdout(&answer);
    for words in
        ["as committed", "1 ops.region: Quebec → Poland", "Which edit explains what", "worse: edit 1 +"]
    {
        assert!(shown.contains(words), "{words}\n{shown}");
    }
    let json: serde_json::Value =
        serde_json::from_str(&stdout(&run(&["compare", "--git", path, "--output", "json"]))).unwrap();
    let change = &json["changes"][0];
    assert_eq!(change["edits"][0]["path"], "ops.region");
    let carbon = &change["figures"]["m_carbon_footprint"];
    let moved = carbon["to"].as_f64().unwrap() - carbon["from"].as_f64().unwrap();
    assert!((carbon["edits"][0]["alone"].as_f64().unwrap() - moved).abs() < 1e-9 * moved);
    fs::write(folder.path().join("new.yaml"), text).unwrap();
    let refused = run(&["compare", "--git", folder.path().join("new.yaml").to_str().unwrap()]);
    assert!(stderr(&refused).contains("commit it once"), "{}", stderr(&refused));
    assert_eq!(run(&["compare", path]).status.code(), Some(1));
}

#[test]
fn a_page_has_its_plots_in_it() {
    let page = stdout(&run(&["eval", "sample-plans/serve-llama3-70b-on-eight.yaml", "--output", "html"]));
    for words in
        ["Roofline of one accelerator", "Spent over time", "buying is cheaper after", "pressure of each wall"]
    {
        assert!(page.contains(words), "{words}");
    }
    assert!(!page.contains("<script") && !page.contains("src=") && !page.contains("http://"));
}

#[test]
fn explain_walks_down_to_sources_in_every_form() {
    let plan = "sample-plans/serve-llama3-70b-on-eight.yaml";
    let text = stdout(&run(&["explain", "usd_per_million_tokens", plan]));
    assert!(text.contains("price of one H100") && text.contains("from H100"), "{text}");
    let json: serde_json::Value =
        serde_json::from_str(&stdout(&run(&["explain", "tco_usd", plan, "--output", "json"]))).unwrap();
    assert_eq!(json["derivation"]["inputs"][0]["name"], "capex");
    let markdown = stdout(&run(&["explain", "17", plan, "--output", "markdown"]));
    assert!(markdown.contains("## Derivation") && markdown.contains("  - **TCO**"), "{markdown}");
}
