//! An agent beside a plan that is open: it reads, proposes, and never writes.

use serde_json::json;

use super::{OOM, answer, call, modern, refusal, text, with};

#[test]
fn a_proposal_waits_and_the_file_stays() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("plan.yaml");
    std::fs::write(&path, OOM).unwrap();
    let arguments = ["--plan", path.to_str().unwrap()];
    with(modern(), &arguments, async |session, _| {
        let open = answer(&session, "read_open_plan", json!({})).await;
        assert_eq!(open["yaml"], OOM);
        assert_eq!(open["open_in_studio"], false);
        let evaluated = answer(&session, "evaluate_cluster_yaml", json!({})).await;
        assert_eq!(evaluated["f_status"], "FAIL", "without a text the open plan is meant");
        let change = json!({"assignments": ["hardware.accelerators=8"], "why": "it does not fit on one"});
        let proposed = answer(&session, "propose_change", change).await;
        assert_eq!(proposed["status"], "pending");
        assert_eq!(proposed["after"]["f_status"], "PASS");
        assert!(proposed["difference"].as_str().unwrap().contains("accelerators: 8"));
        assert_eq!(std::fs::read_to_string(&path).unwrap(), OOM, "the file is the person's");
        let id = &proposed["proposal_id"];
        let status = answer(&session, "proposal_status", json!({"proposal_id": id, "wait_s": 0})).await;
        assert_eq!(status["status"], "pending");
        let none = refusal(&session, "proposal_status", json!({"proposal_id": "../x"})).await;
        assert_eq!(none["code"], "unknown-proposal");
        let same = refusal(&session, "propose_change", json!({"yaml_config_string": OOM, "why": "x"})).await;
        assert_eq!(same["code"], "no-change");
        let broken =
            call(&session, "propose_change", json!({"yaml_config_string": "version: [", "why": "x"})).await;
        assert_eq!(broken.is_error, Some(true), "{}", text(&broken));
        // A text that an agent sends reads no file that the plan on disk does not name.
        let sneaky = OOM.replace("Llama3_70B", "secret.yaml");
        std::fs::write(folder.path().join("secret.yaml"), "x").unwrap();
        let refused = refusal(&session, "evaluate_cluster_yaml", json!({"yaml_config_string": sneaky})).await;
        assert!(refused["message"].as_str().unwrap().contains("only files"), "{refused}");
    });
}
