//! A server over HTTP, and requests to it at the level of bytes.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

/// The first request of a session of the older revision.
pub(super) const HELLO: &str = r#"{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}"#;

/// A server that ends with the test.
pub(super) struct Http {
    pub(super) child: Child,
    pub(super) address: String,
    _state: tempfile::TempDir,
}

impl Http {
    pub(super) fn open() -> Http {
        let state = tempfile::tempdir().unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_mlsysim-tui"))
            .args(["--mcp", "--http", "0"])
            .env("MLSYSIM_TUI_CONFIG_DIR", state.path())
            .env("MLSYSIM_TUI_STATE_DIR", state.path())
            .stdin(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stderr.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim().strip_prefix("listening on http://").unwrap().strip_suffix("/mcp").unwrap();
        Http { child, address: address.to_owned(), _state: state }
    }

    /// `Host` as the server wants it.
    pub(super) fn host(&self) -> String {
        format!("Host: {}\r\n", self.address)
    }

    /// The head of a request with these lines in it, its body still to come.
    pub(super) fn begin(&self, lines: &str) -> TcpStream {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        write!(stream, "POST /mcp HTTP/1.1\r\n{lines}Content-Type: application/json\r\nAccept: application/json, text/event-stream\r\n\r\n").unwrap();
        stream
    }

    /// A whole request: the head of the answer, and the connection, which a call that is not answered keeps.
    pub(super) fn post(&self, lines: &str, body: &str) -> (String, BufReader<TcpStream>) {
        let mut stream = self.begin(&format!("{lines}Content-Length: {}\r\n", body.len()));
        stream.write_all(body.as_bytes()).unwrap();
        let mut reader = BufReader::new(stream);
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            assert_ne!(reader.read_line(&mut head).unwrap(), 0, "{head}");
        }
        (head, reader)
    }
}

impl Drop for Http {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
