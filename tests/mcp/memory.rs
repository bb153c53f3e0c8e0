//! Memory stays under the bounds that docs/agents.md states, whatever arrives, and the server answers after it.

use serde_json::json;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;

use super::hostile::{Wire, request};
use super::http::{HELLO, Http};

/// The bound of docs/agents.md for standard input and output, MiB.
const STDIO_MIB: u64 = 256;

/// The bound of docs/agents.md over HTTP, MiB.
const HTTP_MIB: u64 = 384;

/// The most memory that a process ever had, MiB.
fn peak_mib(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").trim().parse::<u64>().unwrap() / 1024
}

#[test]
fn on_standard_input_and_output() {
    let mut wire = Wire::open();
    let mut lines: Vec<String> = Vec::new();
    // What is refused at the door.
    for _ in 0..4 {
        lines.push("{".repeat(15 << 20));
        lines.push(format!("{{\"id\":1,\"x\":\"{}\"}}", "x".repeat(17 << 20)));
        lines.push(format!("[{}1]", "1,".repeat(7 << 20)));
        lines.push(format!("{}{}", "[".repeat(1 << 20), "]".repeat(1 << 20)));
    }
    // What is refused by a tool, all at once.
    let bomb = (0..30).fold("a0: &a0 [x]\n".to_owned(), |text, n| {
        format!("{text}a{}: &a{} [*a{n}, *a{n}, *a{n}, *a{n}]\n", n + 1, n + 1)
    });
    let wide = format!("a: [{}1]", "1,".repeat(500_000));
    let mut ids = 1..;
    let mut id = || ids.next().unwrap();
    for _ in 0..8 {
        for text in [&"x".repeat(10 << 20), &bomb, &wide] {
            lines.push(request(id(), "evaluate_cluster_yaml", &json!({"yaml_config_string": text})));
        }
        let other = json!({"yaml_config_string": [vec![0; 150_000]], "no_such": "x".repeat(5 << 20)});
        lines.push(request(id(), "evaluate_cluster_yaml", &other));
    }
    // More answers than a client reads.
    for _ in 0..1500 {
        lines.push(request(id(), "get_schemas", &json!({"detail": "full"})));
    }
    let count = lines.len();
    let mut input = wire.input.take().unwrap();
    let writer = std::thread::spawn(move || {
        for line in lines {
            input.write_all(line.as_bytes()).unwrap();
            input.write_all(b"\n").unwrap();
        }
        // A line that never ends, as far as anybody has seen.
        for _ in 0..64 {
            input.write_all(&vec![b'x'; 1 << 20]).unwrap();
        }
        input
    });
    for _ in 0..count {
        wire.next();
    }
    let mut input = writer.join().unwrap();
    input.write_all(b"\n").unwrap();
    wire.input = Some(input);
    assert_eq!(wire.next()["error"]["code"], -32600, "the endless line has ended");
    wire.alive();
    let peak = peak_mib(wire.child.id());
    assert!(peak < STDIO_MIB, "{peak} MiB");
    wire.close();
}

#[test]
fn over_http() {
    let http = Http::open();
    let begin = |length: &str| http.begin(&format!("{}{length}\r\n", http.host()));
    // Connections that say nothing, and some in the middle of a sentence.
    let idle: Vec<TcpStream> = (0..200).map(|_| TcpStream::connect(&http.address).unwrap()).collect();
    let half: Vec<TcpStream> = (0..100).map(|_| begin("Content-Length: 100")).collect();
    // Bodies without an end: each takes as much as it is given.
    let endless: Vec<TcpStream> = (0..12)
        .map(|_| {
            let mut stream = begin("Transfer-Encoding: chunked");
            stream.set_nonblocking(true).unwrap();
            let chunk = format!("100000\r\n{}\r\n", "x".repeat(1 << 20));
            // Written until the server takes no more.
            for _ in 0..15 {
                if stream.write(chunk.as_bytes()).is_err() {
                    break;
                }
            }
            stream
        })
        .collect();
    // Too long, and too many values, in whole.
    for body in ["x".repeat(17 << 20), format!("[{}1]", "1,".repeat(7 << 20))] {
        let mut stream = begin(&format!("Content-Length: {}", body.len()));
        // The server may turn it away before all of it is there.
        let _ = stream.write_all(body.as_bytes());
        let mut status = String::new();
        let _ = BufReader::new(stream).read_line(&mut status);
        assert!(status.is_empty() || status.contains(" 413 ") || status.contains(" 503 "), "{status}");
    }
    // More sessions than there may be.
    let mut refused = 0;
    for _ in 0..300 {
        let (status, _) = http.post(&http.host(), HELLO);
        assert!(status.contains(" 200 ") || status.contains(" 503 "), "{status}");
        refused += usize::from(status.contains(" 503 "));
    }
    assert_eq!(refused, 300 - 256);
    // It still answers: one of the newer revision needs no session.
    let meta = json!({"io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientInfo": {"name": "t", "version": "1"}, "io.modelcontextprotocol/clientCapabilities": {}});
    let list = json!({"jsonrpc": "2.0", "id": 1, "method": "server/discover", "params": {"_meta": meta}})
        .to_string();
    let mut stream = begin(&format!(
        "MCP-Protocol-Version: 2026-07-28\r\nMcp-Method: server/discover\r\nConnection: close\r\nContent-Length: {}",
        list.len()
    ));
    stream.write_all(list.as_bytes()).unwrap();
    let mut said = String::new();
    stream.read_to_string(&mut said).unwrap();
    assert!(said.contains(" 200 ") && said.contains("mlsysim-tui"), "{said}");
    let peak = peak_mib(http.child.id());
    assert!(peak < HTTP_MIB, "{peak} MiB");
    drop((idle, half, endless));
}
