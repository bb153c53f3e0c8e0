//! The same server over streamable HTTP, for clients that cannot start a process.
//!
//! A page in a browser must not reach it: the `Host` of a request must be the address that is listened on,
//! and its `Origin`, where a browser sends one, the same.

mod door;

use std::future::poll_fn;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, HttpBody as _};
use axum::extract::Request;
use axum::http::{Method, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse as _, Response};

use rmcp::transport::streamable_http_server::session::local::LocalSessionManager;
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::ServeError;
use super::lines;
use super::server::Server;
use super::wire::MOST_BYTES;

/// Path of the server.
const PATH: &str = "/mcp";

/// Calls that have been taken and not answered, of all clients together; more are told to come again.
const MOST_CALLS: usize = 256;

/// Bodies of requests that have been read and not answered may take so much together, KiB.
const ROOM_KIB: usize = 64 << 10;

/// So much of every body is free, so that large ones do not keep small ones out, bytes.
const FREE_BYTES: usize = 64 << 10;

/// A body takes room in pieces of this size, KiB, as it arrives.
const PIECE_KIB: usize = 64;

/// Connections at once; more wait to be let in.
const MOST_CONNECTIONS: usize = 512;

/// Sessions at once, of clients that open one; a session that is not used ends by itself.
const MOST_SESSIONS: usize = 256;

/// A session that is not used for so long ends.
const SESSION_IDLE: Duration = Duration::from_secs(30 * 60);

/// Longest silence of a connection. A long call is not silent: its stream is kept alive every few seconds.
const QUIET: Duration = Duration::from_secs(60);

/// Longest time for a body to arrive, and to wait for its room.
const ARRIVES: Duration = Duration::from_secs(30);

/// Holds a request's share of the room until it is answered.
#[derive(Clone)]
struct Share(#[allow(dead_code)] Arc<OwnedSemaphorePermit>);

/// What every request is measured by.
struct Gate {
    server: Server,
    room: Arc<Semaphore>,
    sessions: Arc<LocalSessionManager>,
}

/// 503 with a JSON-RPC error that says when to come again.
fn busy(id: &serde_json::Value, what: &str) -> Response {
    let error = serde_json::json!({
        "jsonrpc": "2.0",
        "id": id,
        "error": {"code": -32_000, "message": format!("busy: {what}; call again when some have been answered")},
    });
    let head = [(header::CONTENT_TYPE, "application/json"), (header::RETRY_AFTER, "1")];
    (StatusCode::SERVICE_UNAVAILABLE, head, error.to_string()).into_response()
}

/// A request that came no further than its body.
fn unread(status: StatusCode, message: &str) -> Response {
    let error = serde_json::json!({
        "jsonrpc": "2.0",
        "id": null,
        "error": {"code": -32_600, "message": message},
    });
    (status, [(header::CONTENT_TYPE, "application/json")], error.to_string()).into_response()
}

/// The room that a body has taken, and what more of it takes.
struct Taken<'a> {
    room: &'a Arc<Semaphore>,
    share: Option<OwnedSemaphorePermit>,
}

impl Taken<'_> {
    /// Waits until there is room for so many bytes in all.
    async fn hold(&mut self, bytes: usize) {
        let wanted = bytes.saturating_sub(FREE_BYTES).div_ceil(PIECE_KIB << 10) * PIECE_KIB;
        let held = self.share.as_ref().map_or(0, OwnedSemaphorePermit::num_permits);
        let more = wanted.min(ROOM_KIB).saturating_sub(held);
        if more > 0
            && let Ok(more) = self.room.clone().acquire_many_owned(more as u32).await
        {
            match &mut self.share {
                Some(share) => share.merge(more),
                None => self.share = Some(more),
            }
        }
    }
}

/// Reads a body and takes room for what arrives of it.
async fn read(taken: &mut Taken<'_>, mut body: Body) -> Result<Vec<u8>, Response> {
    let mut bytes = Vec::new();
    loop {
        let frame = match poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await {
            None => break,
            Some(Err(error)) => {
                return Err(unread(StatusCode::BAD_REQUEST, &format!("the body cannot be read: {error}")));
            }
            Some(Ok(frame)) => frame,
        };
        let Ok(data) = frame.into_data() else { continue };
        if bytes.len() + data.len() > MOST_BYTES {
            let what = format!("a message may have {MOST_BYTES} bytes, and this has more");
            return Err(unread(StatusCode::PAYLOAD_TOO_LARGE, &what));
        }
        taken.hold(bytes.len() + data.len()).await;
        bytes.extend_from_slice(&data);
    }
    let values = lines::values(&bytes);
    if values > lines::MOST_VALUES {
        return Err(unread(StatusCode::PAYLOAD_TOO_LARGE, &lines::too_many()));
    }
    taken.hold(lines::memory(bytes.len(), values)).await;
    Ok(bytes)
}

/// Lets a request through as far as there is room for it. What is no call passes also where many calls wait: a
/// cancellation makes room.
async fn limit(gate: &Gate, request: Request, next: Next) -> Response {
    if request.method() != Method::POST {
        return next.run(request).await;
    }
    let (mut head, body) = request.into_parts();
    let mut taken = Taken { room: &gate.room, share: None };
    let bytes = match tokio::time::timeout(ARRIVES, read(&mut taken, body)).await {
        Ok(Ok(bytes)) => bytes,
        Ok(Err(answer)) => return answer,
        Err(_) if gate.room.available_permits() < PIECE_KIB => {
            return busy(&serde_json::Value::Null, "the requests that wait are too large together");
        }
        Err(_) => {
            let what = format!("the body did not arrive in {} s", ARRIVES.as_secs());
            return unread(StatusCode::REQUEST_TIMEOUT, &what);
        }
    };
    let calls = gate.server.waiting() >= MOST_CALLS;
    let opens = !head.headers.contains_key("mcp-session-id");
    let sessions = opens && gate.sessions.sessions.read().await.len() >= MOST_SESSIONS;
    if calls || sessions {
        let message: serde_json::Value = serde_json::from_slice(&bytes).unwrap_or_default();
        if calls && message["method"] == "tools/call" {
            return busy(&message["id"], &format!("{MOST_CALLS} calls wait already"));
        }
        if sessions && message["method"] == "initialize" {
            return busy(&message["id"], &format!("{MOST_SESSIONS} sessions are open already"));
        }
    }
    // Whatever keeps the request keeps its share of the room.
    if let Some(share) = taken.share {
        head.extensions.insert(Share(Arc::new(share)));
    }
    next.run(Request::from_parts(head, Body::from(bytes))).await
}

/// `8137` or `127.0.0.1:8137` as an address to listen on.
///
/// # Errors
///
/// Where it is no address, or one that stands for all of the machine's addresses.
pub fn address(text: &str) -> Result<SocketAddr, ServeError> {
    let wrong = |what: String| Err(ServeError::Address(what));
    let text = text.trim().replace("localhost:", "127.0.0.1:");
    let address = match (text.parse::<SocketAddr>(), text.trim_start_matches(':').parse::<u16>()) {
        (Ok(address), _) => address,
        (_, Ok(port)) => SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port),
        _ => {
            return wrong(format!(
                "--http {text}: write a port, or an address and a port such as 127.0.0.1:8137"
            ));
        }
    };
    if address.ip().is_unspecified() {
        return wrong(format!(
            "--http {text} would listen on every address of this machine, and the server asks nobody who they are; name one address, for example 127.0.0.1:{}",
            address.port()
        ));
    }
    Ok(address)
}

/// Listens and serves until the process ends.
///
/// # Errors
///
/// Where the address cannot be had.
pub async fn serve(server: Server, address: SocketAddr, notice: fn(&str)) -> Result<(), ServeError> {
    let listener = tokio::net::TcpListener::bind(address)
        .await
        .map_err(|error| ServeError::Address(format!("{address} cannot be listened on: {error}")))?;
    let bound = listener.local_addr()?;
    let port = bound.port();
    let mut hosts = vec![bound.to_string(), bound.ip().to_string()];
    let mut origins = vec![format!("http://{bound}")];
    if bound.ip().is_loopback() {
        hosts.extend([format!("localhost:{port}"), "localhost".into()]);
        origins.push(format!("http://localhost:{port}"));
    } else {
        notice("warning: the server can be reached from other machines, and it asks nobody who they are");
    }
    let config = StreamableHttpServerConfig::default()
        .with_allowed_hosts(hosts)
        .with_allowed_origins(origins)
        .enforce_origin_validation()
        .with_max_request_body_bytes(MOST_BYTES);
    let mut sessions = LocalSessionManager::default();
    sessions.session_config.keep_alive = Some(SESSION_IDLE);
    let sessions = Arc::new(sessions);
    let gate = Arc::new(Gate {
        server: server.clone(),
        room: Arc::new(Semaphore::new(ROOM_KIB)),
        sessions: sessions.clone(),
    });
    let gate = middleware::from_fn(move |request: Request, next: Next| {
        let gate = gate.clone();
        async move { limit(&gate, request, next).await }
    });
    let service = StreamableHttpService::new(move || Ok(server.clone()), sessions, config);
    let router = axum::Router::new().nest_service(PATH, service).layer(gate);
    notice(&format!("listening on http://{bound}{PATH}"));
    axum::serve(door::Door::new(listener, MOST_CONNECTIONS, QUIET), router).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_is_what_a_port_means() {
        assert_eq!(address("8137").unwrap().to_string(), "127.0.0.1:8137");
        assert_eq!(address("localhost:0").unwrap().to_string(), "127.0.0.1:0");
        assert_eq!(address("[::1]:8137").unwrap().to_string(), "[::1]:8137");
        for wrong in ["0.0.0.0:8137", "[::]:8137", "example.com:1", "x", "", "99999"] {
            assert!(address(wrong).is_err(), "{wrong}");
        }
    }
}
