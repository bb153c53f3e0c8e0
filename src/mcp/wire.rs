//! JSON-RPC messages, one a line, on two streams; with bounds, and an answer to whatever arrives.
//!
//! The transport that comes with the protocol's library drops what it cannot parse without a word and reads
//! on however much is waiting. An agent that sent a broken line would wait for ever, and one that sends
//! faster than it reads would fill the memory.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use rmcp::RoleServer;
use rmcp::model::{ErrorCode, ErrorData, GetExtensions, JsonRpcMessage, NumberOrString};
use rmcp::service::{RxJsonRpcMessage, TxJsonRpcMessage};
use rmcp::transport::Transport;
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore, mpsc};

/// Longest line.
pub const MOST_BYTES: usize = 16 << 20;

/// Requests that have been read and not answered may take so much together, KiB of their lines.
const WAITING_KIB: usize = 64 << 10;

/// What every request counts for at least, KiB: so no more than 4096 wait.
const LEAST_KIB: usize = 16;

/// Answers that the client has not read may take so much before no more requests are taken.
const UNREAD_BYTES: usize = 32 << 20;

/// Buffer of a line that is kept between lines.
const KEPT_BYTES: usize = 1 << 20;

/// Bytes at both ends of a line that is too long: enough to find its id.
const ENDS: usize = 512;

/// Answers on their way out.
#[derive(Default)]
struct Outbox {
    bytes: AtomicUsize,
    less: Notify,
}

/// The two streams.
pub struct Wire<R> {
    input: BufReader<R>,
    line: Vec<u8>,
    /// Set while a line that is too long is passed over; its last bytes are kept in `tail`.
    passing: bool,
    tail: Vec<u8>,
    /// A request that waits for room.
    pending: Option<(RxJsonRpcMessage<RoleServer>, usize)>,
    room: Arc<Semaphore>,
    out: Option<mpsc::UnboundedSender<Vec<u8>>>,
    outbox: Arc<Outbox>,
    writer: Option<tokio::task::JoinHandle<()>>,
    stop: Arc<AtomicBool>,
}

/// What holds a request's share of the room until it is answered.
#[derive(Clone)]
struct Share(#[allow(dead_code)] Arc<OwnedSemaphorePermit>);

impl<R: AsyncRead + Unpin + Send> Wire<R> {
    /// Reads from `input` and writes to `output`; `stop` is set once the input has closed.
    pub fn new(input: R, output: impl AsyncWrite + Unpin + Send + 'static, stop: Arc<AtomicBool>) -> Wire<R> {
        let (out, lines) = mpsc::unbounded_channel();
        let outbox = Arc::new(Outbox::default());
        let writer = tokio::spawn(write(output, lines, outbox.clone()));
        Wire {
            input: BufReader::with_capacity(64 << 10, input),
            line: Vec::new(),
            passing: false,
            tail: Vec::new(),
            pending: None,
            room: Arc::new(Semaphore::new(WAITING_KIB)),
            out: Some(out),
            outbox,
            writer: Some(writer),
            stop,
        }
    }

    /// The next line into `self.line`: true, false where it was too long, nothing at the end. May be dropped
    /// at any await and called again.
    async fn next_line(&mut self) -> Option<bool> {
        loop {
            let available = self.input.fill_buf().await.ok().filter(|bytes| !bytes.is_empty())?;
            let end = available.iter().position(|byte| *byte == b'\n');
            let taken = end.map_or(available.len(), |at| at + 1);
            let bytes = &available[..taken];
            if !self.passing && self.line.len() + taken > MOST_BYTES {
                self.passing = true;
                self.line.truncate(ENDS);
                self.line.shrink_to(KEPT_BYTES);
            }
            if self.passing {
                self.tail.extend_from_slice(&bytes[bytes.len().saturating_sub(ENDS)..]);
                let surplus = self.tail.len().saturating_sub(ENDS);
                self.tail.drain(..surplus);
            } else {
                self.line.extend_from_slice(bytes);
            }
            self.input.consume(taken);
            if end.is_some() {
                return Some(!std::mem::take(&mut self.passing));
            }
        }
    }

    fn refuse(&self, id: Option<NumberOrString>, code: ErrorCode, message: String) {
        let error = ErrorData::new(code, message, None);
        self.put(&JsonRpcMessage::error(error, id));
    }

    fn put(&self, message: &TxJsonRpcMessage<RoleServer>) -> bool {
        let Ok(mut bytes) = serde_json::to_vec(message) else { return false };
        bytes.push(b'\n');
        self.outbox.bytes.fetch_add(bytes.len(), Ordering::Relaxed);
        self.out.as_ref().is_some_and(|out| out.send(bytes).is_ok())
    }

    /// A line as a message; what is none is answered.
    fn parse(&self, line: &[u8]) -> Option<RxJsonRpcMessage<RoleServer>> {
        let line = line.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(line).trim_ascii();
        if line.is_empty() {
            return None;
        }
        if let Ok(message) = serde_json::from_slice(line) {
            return Some(message);
        }
        let value: Result<Value, _> = serde_json::from_slice(line);
        match value {
            Err(error) => {
                let place = error.column();
                let what = if std::str::from_utf8(line).is_err() {
                    "the line is not UTF-8 text".to_owned()
                } else {
                    format!("the line is not JSON: column {place}, or nested more than 128 deep")
                };
                self.refuse(None, ErrorCode::PARSE_ERROR, what);
            }
            // A notification is never answered.
            Ok(Value::Object(object)) if object.contains_key("method") && !object.contains_key("id") => {}
            Ok(value) => {
                let id = value.get("id").cloned().and_then(|id| serde_json::from_value(id).ok());
                // All of a request but its parameters.
                if id.is_some() && value["jsonrpc"] == "2.0" && value["method"].is_string() {
                    let what = "the parameters are not as the protocol has them: params is an object";
                    self.refuse(id, ErrorCode::INVALID_PARAMS, what.into());
                    return None;
                }
                let what = "not a JSON-RPC 2.0 request: it needs jsonrpc \"2.0\", id and method";
                self.refuse(id, ErrorCode::INVALID_REQUEST, what.into());
            }
        }
        None
    }
}

/// The id of a message of which only the ends are known: clients write it near one of them.
fn id_of(start: &[u8], end: &[u8]) -> Option<NumberOrString> {
    let find = |bytes: &[u8]| -> Option<NumberOrString> {
        let text = String::from_utf8_lossy(bytes);
        let at = text.find("\"id\"")?;
        let rest = text[at + 4..].trim_start().strip_prefix(':')?.trim_start();
        let length = match rest.strip_prefix('"') {
            Some(inner) => inner.find('"')? + 2,
            None => rest.find(|c: char| !c.is_ascii_digit() && c != '-').unwrap_or(rest.len()),
        };
        serde_json::from_str(&rest[..length]).ok()
    };
    find(start).or_else(|| find(end))
}

async fn write(
    mut output: impl AsyncWrite + Unpin + Send,
    mut lines: mpsc::UnboundedReceiver<Vec<u8>>,
    outbox: Arc<Outbox>,
) {
    while let Some(line) = lines.recv().await {
        // A reader that has gone away ends the session by its closed input.
        if output.write_all(&line).await.is_err() || output.flush().await.is_err() {
            return;
        }
        outbox.bytes.fetch_sub(line.len(), Ordering::Relaxed);
        outbox.less.notify_waiters();
    }
}

impl<R: AsyncRead + Unpin + Send + 'static> Transport<RoleServer> for Wire<R> {
    type Error = io::Error;

    fn send(
        &mut self,
        item: TxJsonRpcMessage<RoleServer>,
    ) -> impl Future<Output = Result<(), io::Error>> + Send + 'static {
        let sent = self.put(&item);
        std::future::ready(if sent { Ok(()) } else { Err(io::ErrorKind::BrokenPipe.into()) })
    }

    async fn receive(&mut self) -> Option<RxJsonRpcMessage<RoleServer>> {
        loop {
            loop {
                let less = self.outbox.less.notified();
                if self.outbox.bytes.load(Ordering::Relaxed) < UNREAD_BYTES {
                    break;
                }
                less.await;
            }
            if let Some((_, size)) = &self.pending {
                let share = (size / 1024).clamp(LEAST_KIB, WAITING_KIB) as u32;
                let permit = self.room.clone().acquire_many_owned(share).await.ok()?;
                let (mut message, _) = self.pending.take()?;
                if let JsonRpcMessage::Request(request) = &mut message {
                    request.request.extensions_mut().insert(Share(Arc::new(permit)));
                }
                return Some(message);
            }
            let Some(whole) = self.next_line().await else {
                self.stop.store(true, Ordering::Relaxed);
                return None;
            };
            if !whole {
                let id = id_of(&self.line, &self.tail);
                self.refuse(
                    id,
                    ErrorCode::INVALID_REQUEST,
                    format!("a message may have {MOST_BYTES} bytes, and this has more"),
                );
                self.line.clear();
                self.tail.clear();
                continue;
            }
            let size = self.line.len();
            let line = std::mem::take(&mut self.line);
            let message = self.parse(&line);
            if line.capacity() <= KEPT_BYTES {
                self.line = line;
                self.line.clear();
            }
            match message {
                None => {}
                Some(message @ JsonRpcMessage::Request(_)) => self.pending = Some((message, size)),
                Some(message) => return Some(message),
            }
        }
    }

    async fn close(&mut self) -> Result<(), io::Error> {
        self.out = None;
        if let Some(writer) = self.writer.take() {
            // A client that does not read must not hold the process.
            let _ = tokio::time::timeout(std::time::Duration::from_secs(2), writer).await;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_id_is_found_at_either_end() {
        let number = |n| Some(NumberOrString::Number(n));
        assert_eq!(id_of(b"{\"jsonrpc\":\"2.0\",\"id\": 7,\"method\"", b"xxx"), number(7));
        assert_eq!(
            id_of(b"{\"method\":\"tools/call\"", b"xxx\"}},\"jsonrpc\":\"2.0\",\"id\":12}\n"),
            number(12)
        );
        assert_eq!(id_of(b"{\"id\":\"a-1\"", b""), Some(NumberOrString::String("a-1".into())));
        assert_eq!(id_of(b"{", b"}"), None);
    }
}
