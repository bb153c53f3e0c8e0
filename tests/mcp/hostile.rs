//! Whatever comes in: a clear answer each, and the server goes on.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::{Value, json};

use super::http::{HELLO, Http};

/// A call of a tool as a line.
pub(super) fn request(id: u64, tool: &str, arguments: &Value) -> String {
    json!({"jsonrpc": "2.0", "id": id, "method": "tools/call", "params": {"name": tool, "arguments": arguments}})
        .to_string()
}

/// The server at the level of lines.
pub(super) struct Wire {
    pub(super) child: Child,
    pub(super) input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
    _state: tempfile::TempDir,
}

impl Wire {
    pub(super) fn open() -> Wire {
        let state = tempfile::tempdir().unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_mlsysim-tui"))
            .arg("--mcp")
            .env("MLSYSIM_TUI_CONFIG_DIR", state.path())
            .env("MLSYSIM_TUI_STATE_DIR", state.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let input = child.stdin.take();
        let output = BufReader::new(child.stdout.take().unwrap());
        let mut wire = Wire { child, input, output, _state: state };
        wire.send(HELLO.as_bytes());
        assert_eq!(wire.next()["id"], 0);
        wire.send(br#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#);
        wire
    }

    pub(super) fn send(&mut self, line: &[u8]) {
        let input = self.input.as_mut().unwrap();
        input.write_all(line).unwrap();
        input.write_all(b"\n").unwrap();
        input.flush().unwrap();
    }

    pub(super) fn line(&mut self) -> String {
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        line
    }

    pub(super) fn next(&mut self) -> Value {
        let line = self.line();
        serde_json::from_str(&line).unwrap_or_else(|_| panic!("only protocol on standard output: {line:?}"))
    }

    fn ask(&mut self, id: u64, tool: &str, arguments: &Value) -> Value {
        self.send(request(id, tool, arguments).as_bytes());
        let answer = self.next();
        assert_eq!(answer["id"], id, "{answer}");
        answer
    }

    pub(super) fn alive(&mut self) {
        let answer = self.ask(99_999, "check_fit", &json!({"model": "Llama3_8B", "accelerator": "H100"}));
        assert_eq!(answer["result"]["structuredContent"]["fits"], true);
    }

    /// Closes the input; the server ends by itself and well.
    pub(super) fn close(mut self) {
        drop(self.input.take());
        assert!(self.child.wait().unwrap().success());
    }
}

#[test]
fn lines_that_are_no_request() {
    let mut wire = Wire::open();
    wire.send(b"{");
    assert_eq!(wire.next()["error"]["code"], -32700);
    wire.send(b"\xff\xfe{}");
    let answer = wire.next();
    assert_eq!(answer["error"]["code"], -32700);
    assert!(answer["error"]["message"].as_str().unwrap().contains("UTF-8"));
    wire.send(format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000)).as_bytes());
    assert_eq!(wire.next()["error"]["code"], -32700);
    wire.send(b"[1, 2]");
    assert_eq!(wire.next()["error"]["code"], -32600);
    wire.send(br#"{"id": 5}"#);
    assert_eq!(wire.next()["error"]["code"], -32600);
    wire.send(br#"{"jsonrpc":"2.0","id":6,"method":"no/such"}"#);
    assert_eq!(wire.next()["error"]["code"], -32601);
    wire.send(br#"{"jsonrpc":"2.0","id":7,"method":"tools/call","params":[1]}"#);
    assert_eq!(wire.next()["error"]["code"], -32602);
    wire.send(b"");
    wire.alive();
    wire.close();
}

#[test]
fn messages_that_are_too_large() {
    let mut wire = Wire::open();
    let large = wire.ask(1, "evaluate_cluster_yaml", &json!({"yaml_config_string": "x".repeat(10 << 20)}));
    assert_eq!(large["result"]["isError"], true);
    assert_eq!(large["result"]["structuredContent"]["code"], "too-large");
    wire.send(request(2, "check_fit", &json!({"model": "x".repeat(17 << 20)})).as_bytes());
    let refused = wire.next();
    assert_eq!((&refused["id"], &refused["error"]["code"]), (&json!(2), &json!(-32600)));
    wire.alive();
    wire.close();
}

#[test]
fn plans_that_are_traps() {
    let mut wire = Wire::open();
    let bomb = (0..30).fold("a0: &a0 [x]\n".to_owned(), |text, n| {
        format!("{text}a{}: &a{} [*a{n}, *a{n}, *a{n}, *a{n}]\n", n + 1, n + 1)
    });
    let deep = format!("a: {}{}", "[".repeat(50_000), "]".repeat(50_000));
    for (id, plan) in [bomb, deep, "\u{0}".into(), "version: [".into(), String::new()].into_iter().enumerate()
    {
        let answer = wire.ask(id as u64 + 1, "evaluate_cluster_yaml", &json!({"yaml_config_string": plan}));
        let refusal = &answer["result"]["structuredContent"];
        assert_eq!(answer["result"]["isError"], true, "{answer}");
        for key in ["code", "message"] {
            assert!(!refusal[key].as_str().unwrap().is_empty(), "{refusal}");
        }
        assert!(refusal["line"].is_u64() && refusal["column"].is_u64(), "{refusal}");
    }
    wire.alive();
    wire.close();
}

#[test]
fn arguments_that_are_wrong() {
    let mut wire = Wire::open();
    for (id, (tool, arguments, code)) in [
        ("evaluate_cluster_yaml", json!({"yaml_config_string": "a", "yaml": "a"}), "unknown-argument"),
        ("evaluate_cluster_yaml", json!({}), "missing-argument"),
        ("evaluate_cluster_yaml", json!({"yaml_config_string": [1]}), "wrong-type"),
        ("solve_for", json!({"yaml_config_string": "", "target": "least_acelerators"}), "unknown-choice"),
        ("search_registry", json!({"limit": 1e30}), "out-of-range"),
        ("search_registry", json!({"cursor": "x"}), "bad-cursor"),
        ("compare_plans", json!({"plans": []}), "out-of-range"),
    ]
    .into_iter()
    .enumerate()
    {
        let answer = wire.ask(id as u64 + 1, tool, &arguments);
        assert_eq!(answer["result"]["isError"], true);
        assert_eq!(answer["result"]["structuredContent"]["code"], code, "{answer}");
        let said = answer["result"]["content"][0]["text"].as_str().unwrap();
        assert!(said.starts_with(&format!("error[{code}]")), "{said}");
    }
    wire.close();
}

#[test]
fn thousands_of_calls_at_once() {
    const CALLS: u64 = 5000;
    let mut wire = Wire::open();
    let mut input = wire.input.take().unwrap();
    // All are written before any answer is read.
    for id in 1..=CALLS {
        writeln!(input, "{{\"jsonrpc\":\"2.0\",\"id\":{id},\"method\":\"tools/call\",\"params\":{{\"name\":\"search_registry\",\"arguments\":{{\"query\":\"h100\",\"limit\":1}}}}}}").unwrap();
    }
    input.flush().unwrap();
    let mut seen = vec![false; CALLS as usize + 1];
    for _ in 0..CALLS {
        let answer = wire.next();
        let id = answer["id"].as_u64().unwrap() as usize;
        assert!(!std::mem::replace(&mut seen[id], true), "each is answered once");
    }
    wire.input = Some(input);
    wire.alive();
    wire.close();
}

#[test]
fn cancelled_work_leaves_its_threads() {
    let mut wire = Wire::open();
    // Slow points, and of each call more than anybody would wait for.
    let vary = ["physics=studio,mlsysim", "workload.batch_size=1..2000", "workload.seq_len=1..1000"];
    for id in 1..=40 {
        let asked =
            json!({"yaml_config_string": super::OOM, "vary": vary, "objectives": ["f_memory_used_gb"]});
        wire.send(request(id, "sweep", &asked).as_bytes());
    }
    for id in 1..=40 {
        let cancel =
            json!({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": id}});
        wire.send(cancel.to_string().as_bytes());
    }
    // Answered by a thread that a sweep has left.
    wire.alive();
    wire.close();
}

/// Minutes of work, with news of its progress.
fn long_work() -> String {
    let vary = ["physics=studio,mlsysim", "workload.batch_size=1..2000", "workload.seq_len=1..1000"];
    let asked = json!({"yaml_config_string": super::OOM, "vary": vary, "objectives": ["f_memory_used_gb"]});
    let mut request: Value = serde_json::from_str(&request(1, "sweep", &asked)).unwrap();
    request["params"]["_meta"] = json!({"progressToken": "p"});
    request.to_string()
}

#[test]
fn an_input_that_closes_in_the_middle_of_the_work_ends_the_server() {
    let mut wire = Wire::open();
    wire.send(long_work().as_bytes());
    assert_eq!(wire.next()["method"], "notifications/progress");
    drop(wire.input.take());
    // Whatever still comes is protocol, and then the output ends too.
    loop {
        let line = wire.line();
        if line.is_empty() {
            break;
        }
        assert!(serde_json::from_str::<Value>(&line).is_ok(), "{line}");
    }
    assert!(wire.child.wait().unwrap().success());
}

/// The client is a process of its own, and is killed: nobody closes anything in order.
#[cfg(unix)]
#[test]
fn a_client_that_is_killed_in_the_middle_of_the_work_ends_the_server() {
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| dir.path().join(name).to_str().unwrap().to_owned();
    let (input, output, asks) = (path("in"), path("out"), path("asks"));
    assert!(Command::new("mkfifo").args([&input, &output]).status().unwrap().success());
    let started = r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#;
    std::fs::write(&asks, format!("{HELLO}\n{started}\n{}\n", long_work())).unwrap();
    let mut server = Command::new("sh")
        .args(["-c", "exec \"$0\" --mcp <\"$1\" >\"$2\"", env!("CARGO_BIN_EXE_mlsysim-tui"), &input, &output])
        .env("MLSYSIM_TUI_CONFIG_DIR", path("config"))
        .env("MLSYSIM_TUI_STATE_DIR", path("state"))
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    // Writes its requests, waits for news of the work, says so, and then holds both ends and does nothing.
    let script = r#"exec 3>"$0" 4<"$1"; cat "$2" >&3
        while read -r line <&4; do case $line in *notifications/progress*) echo going; exec sleep 600;; esac; done"#;
    let mut client = Command::new("sh")
        .args(["-c", script, &input, &output, &asks])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = String::new();
    BufReader::new(client.stdout.take().unwrap()).read_line(&mut said).unwrap();
    assert_eq!(said, "going\n");
    assert!(server.try_wait().unwrap().is_none(), "it works");
    client.kill().unwrap();
    client.wait().unwrap();
    assert!(server.wait().unwrap().success());
}

#[test]
fn over_http_pages_of_others_are_refused() {
    let http = Http::open();
    let address = &http.address;
    let post = |lines: &str| http.post(lines, HELLO).0;
    assert!(post(&http.host()).contains(" 200 "));
    assert!(post(&format!("Host: {address}\r\nOrigin: http://{address}\r\n")).contains(" 200 "));
    assert!(post(&format!("Host: {address}\r\nOrigin: https://evil.example\r\n")).contains(" 403 "));
    assert!(post("Host: evil.example\r\n").contains(" 403 "));
    let refused = Command::new(env!("CARGO_BIN_EXE_mlsysim-tui"))
        .args(["--mcp", "--http", "0.0.0.0:1"])
        .output()
        .unwrap();
    assert_eq!(refused.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("127.0.0.1:1"));
}

#[test]
fn over_http_calls_beyond_the_cap_are_told_to_come_again() {
    let http = Http::open();
    let post = |session: &str, body: &str| http.post(&format!("{}{session}", http.host()), body);
    let (head, _hello) = post("", HELLO);
    let id = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("mcp-session-id").then(|| value.trim().to_owned())
    });
    let session = format!("Mcp-Session-Id: {}\r\nMCP-Protocol-Version: 2025-11-25\r\n", id.unwrap());
    post(&session, r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#);
    // Minutes of work each, in a space of 4 million plans.
    let call = |id: usize| {
        let vary = ["workload.batch_size=1..2000", "workload.seq_len=1..2000"];
        request(id as u64, "sweep", &json!({"yaml_config_string": super::OOM, "vary": vary}))
    };
    let mut open = Vec::new();
    let mut turned = None;
    // A call counts a moment after its answer begins, so that a few more than the cap may pass.
    for id in 1..400 {
        let (head, mut reader) = post(&session, &call(id));
        if head.contains(" 503 ") {
            let mut body = vec![0; 4096];
            let read = std::io::Read::read(&mut reader, &mut body).unwrap();
            turned = Some((id, head, serde_json::from_slice::<Value>(&body[..read]).unwrap()));
            break;
        }
        open.push(reader);
    }
    let (id, head, body) = turned.expect("a call is turned away");
    assert!((257..300).contains(&id), "{id}");
    assert!(head.to_lowercase().contains("retry-after: 1"), "{head}");
    assert_eq!(body["id"], id);
    assert_eq!(
        body["error"]["message"],
        "busy: 256 calls wait already; call again when some have been answered"
    );
    // What is no call is heard, so that a client can make room.
    let (head, _list) = post(&session, r#"{"jsonrpc":"2.0","id":9000,"method":"tools/list"}"#);
    assert!(head.contains(" 200 "), "{head}");
    let cancel = r#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}"#;
    let (head, _cancel) = post(&session, cancel);
    assert!(head.contains(" 202 "), "{head}");
}
