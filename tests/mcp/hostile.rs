//! Whatever comes in: a clear answer each, and the server goes on.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::{Value, json};

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
        wire.send(br#"{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}"#);
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
        let request = json!({"jsonrpc": "2.0", "id": id, "method": "tools/call", "params": {"name": tool, "arguments": arguments}});
        self.send(request.to_string().as_bytes());
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
    let request = json!({"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": {"name": "check_fit", "arguments": {"model": "x".repeat(17 << 20)}}});
    wire.send(request.to_string().as_bytes());
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
        ("evaluate_cluster_yaml", json!({"yaml": "a"}), "unknown-argument"),
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
        let request = json!({"jsonrpc": "2.0", "id": id, "method": "tools/call", "params": {"name": "sweep", "arguments": {
            "yaml_config_string": super::OOM, "vary": vary, "objectives": ["f_memory_used_gb"]}}});
        wire.send(request.to_string().as_bytes());
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

#[test]
fn a_client_that_is_killed_ends_the_server() {
    let mut wire = Wire::open();
    let plan = include_str!("../../sample-plans/serve-llama3-70b-on-eight.yaml");
    let request = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "sweep", "arguments": {
        "yaml_config_string": plan, "vary": ["workload.batch_size=1..100000", "ops.utilization=0.1..0.9+0.1"]}}});
    wire.send(request.to_string().as_bytes());
    // Neither end is there any more, in the middle of the work.
    let Wire { mut child, input, output, _state } = wire;
    drop((input, output));
    assert!(child.wait().unwrap().success());
}

#[test]
fn over_http_pages_of_others_are_refused() {
    let state = tempfile::tempdir().unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_mlsysim-tui"))
        .args(["--mcp", "--http", "0"])
        .env("MLSYSIM_TUI_CONFIG_DIR", state.path())
        .stdin(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stderr.take().unwrap()).read_line(&mut line).unwrap();
    let address =
        line.trim().strip_prefix("listening on http://").unwrap().strip_suffix("/mcp").unwrap().to_owned();
    let post = |headers: &str| -> String {
        let body = r#"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}"#;
        let mut stream = std::net::TcpStream::connect(&address).unwrap();
        write!(stream, "POST /mcp HTTP/1.1\r\n{headers}Content-Type: application/json\r\nAccept: application/json, text/event-stream\r\nContent-Length: {}\r\n\r\n{body}", body.len()).unwrap();
        let mut status = String::new();
        BufReader::new(stream).read_line(&mut status).unwrap();
        status
    };
    assert!(post(&format!("Host: {address}\r\n")).contains("200"));
    assert!(post(&format!("Host: {address}\r\nOrigin: http://{address}\r\n")).contains("200"));
    assert!(post(&format!("Host: {address}\r\nOrigin: https://evil.example\r\n")).contains("403"));
    assert!(post("Host: evil.example\r\n").contains("403"));
    child.kill().unwrap();
    child.wait().unwrap();
    let refused = Command::new(env!("CARGO_BIN_EXE_mlsysim-tui"))
        .args(["--mcp", "--http", "0.0.0.0:1"])
        .output()
        .unwrap();
    assert_eq!(refused.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("127.0.0.1:1"));
}

#[test]
fn over_http_calls_beyond_the_cap_are_told_to_come_again() {
    let state = tempfile::tempdir().unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_mlsysim-tui"))
        .args(["--mcp", "--http", "0"])
        .env("MLSYSIM_TUI_CONFIG_DIR", state.path())
        .stdin(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stderr.take().unwrap()).read_line(&mut line).unwrap();
    let address =
        line.trim().strip_prefix("listening on http://").unwrap().strip_suffix("/mcp").unwrap().to_owned();
    // The head of the answer, and the connection, which a call that is not answered keeps.
    let post = |session: &str, body: &str| {
        let mut stream = std::net::TcpStream::connect(&address).unwrap();
        write!(stream, "POST /mcp HTTP/1.1\r\nHost: {address}\r\n{session}Content-Type: application/json\r\nAccept: application/json, text/event-stream\r\nContent-Length: {}\r\n\r\n{body}", body.len()).unwrap();
        let mut reader = BufReader::new(stream);
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            assert_ne!(reader.read_line(&mut head).unwrap(), 0, "{head}");
        }
        (head, reader)
    };
    let hello = r#"{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}"#;
    let (head, _hello) = post("", hello);
    let id = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("mcp-session-id").then(|| value.trim().to_owned())
    });
    let session = format!("Mcp-Session-Id: {}\r\nMCP-Protocol-Version: 2025-11-25\r\n", id.unwrap());
    post(&session, r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#);
    // Minutes of work each, in a space of 4 million plans.
    let call = |id: usize| {
        json!({"jsonrpc": "2.0", "id": id, "method": "tools/call", "params": {"name": "sweep", "arguments": {
            "yaml_config_string": super::OOM,
            "vary": ["workload.batch_size=1..2000", "workload.seq_len=1..2000"],
        }}})
        .to_string()
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
    child.kill().unwrap();
    child.wait().unwrap();
}
