//! JSON-RPC messages, one a line, on two streams; with bounds, and an answer to whatever arrives.
//!
//! The transport that comes with the protocol's library drops what it cannot parse without a word and reads
//! on however much is waiting. An agent that sent a broken line would wait for ever, and one that sends
//! faster than it reads would fill the memory.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rmcp::RoleServer;
use rmcp::model::{GetExtensions, JsonRpcMessage};
use rmcp::service::{RxJsonRpcMessage, TxJsonRpcMessage};
use rmcp::transport::Transport;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore, mpsc};

use super::bench::Bench;
use super::kept;
use super::lines::{Lines, Said};
use super::progress::Stop;

/// Longest line.
pub const MOST_BYTES: usize = 16 << 20;

/// Requests that have been read and not answered may take so much together, KiB of their lines.
const WAITING_KIB: usize = 64 << 10;

/// What every request counts for at least, KiB: so no more than 4096 wait.
const LEAST_KIB: usize = 16;

/// Answers that the client has not read may take so much before no more requests are taken.
const UNREAD_BYTES: usize = 32 << 20;

/// Answers on their way out.
#[derive(Default)]
struct Outbox {
    bytes: AtomicUsize,
    less: Notify,
}

/// The two streams.
pub struct Wire<R> {
    input: BufReader<R>,
    lines: Lines,
    /// A request that waits for room.
    pending: Option<(RxJsonRpcMessage<RoleServer>, usize)>,
    room: Arc<Semaphore>,
    out: Option<mpsc::UnboundedSender<Vec<u8>>>,
    outbox: Arc<Outbox>,
    writer: Option<tokio::task::JoinHandle<()>>,
    stop: Arc<Stop>,
    /// Has the answers that markers stand for.
    bench: Arc<Bench>,
}

/// What holds a request's share of the room until it is answered.
#[derive(Clone)]
struct Share(#[allow(dead_code)] Arc<OwnedSemaphorePermit>);

impl<R: AsyncRead + Unpin + Send> Wire<R> {
    /// Reads from `input` and writes to `output`; `stop` is set once the input has closed.
    pub fn new(
        input: R,
        output: impl AsyncWrite + Unpin + Send + 'static,
        stop: Arc<Stop>,
        bench: Arc<Bench>,
    ) -> Wire<R> {
        let (out, lines) = mpsc::unbounded_channel();
        let outbox = Arc::new(Outbox::default());
        let writer = tokio::spawn(write(output, lines, outbox.clone()));
        Wire {
            input: BufReader::with_capacity(64 << 10, input),
            lines: Lines::new(MOST_BYTES),
            pending: None,
            room: Arc::new(Semaphore::new(WAITING_KIB)),
            out: Some(out),
            outbox,
            writer: Some(writer),
            stop,
            bench,
        }
    }

    /// What the next line says and its bytes; nothing at the end of the input. May be dropped at any await and
    /// called again.
    async fn next_line(&mut self) -> Option<(Said, usize)> {
        loop {
            let available = self.input.fill_buf().await.ok().filter(|bytes| !bytes.is_empty())?;
            let (taken, whole) = self.lines.push(available);
            self.input.consume(taken);
            if whole {
                return Some(self.lines.end());
            }
        }
    }

    fn put(&self, message: &TxJsonRpcMessage<RoleServer>) -> bool {
        let Ok(bytes) = serde_json::to_vec(message) else { return false };
        let mut bytes = kept::fill(bytes, &self.bench);
        bytes.push(b'\n');
        self.outbox.bytes.fetch_add(bytes.len(), Ordering::Relaxed);
        self.out.as_ref().is_some_and(|out| out.send(bytes).is_ok())
    }
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
            let Some((said, size)) = self.next_line().await else {
                self.stop.end();
                return None;
            };
            match said {
                Said::Nothing => {}
                Said::Refused(answer) => {
                    self.put(&answer);
                }
                Said::Message(message) if matches!(*message, JsonRpcMessage::Request(_)) => {
                    self.pending = Some((*message, size));
                }
                Said::Message(message) => return Some(*message),
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
