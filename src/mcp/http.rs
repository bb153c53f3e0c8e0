//! The same server over streamable HTTP, for clients that cannot start a process.
//!
//! A page in a browser must not reach it: the `Host` of a request must be the address that is listened on,
//! and its `Origin`, where a browser sends one, the same.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::{Method, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse as _, Response};

use rmcp::transport::streamable_http_server::session::local::LocalSessionManager;
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};

use super::ServeError;
use super::server::Server;
use super::wire::MOST_BYTES;

/// Path of the server.
const PATH: &str = "/mcp";

/// Calls that have been taken and not answered, of all clients together; more are told to come again.
const MOST_CALLS: usize = 256;

/// Requests that are being read; more are turned away unread, for each may have 16 MB.
const MOST_READ: usize = 512;

/// Counts a request among those that are being read while it lives.
struct Reading<'a>(&'a AtomicUsize);

impl Drop for Reading<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
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

/// Turns calls away while too many wait. What is no call passes: a cancellation makes room.
async fn limit(server: &Server, reading: &AtomicUsize, request: Request, next: Next) -> Response {
    if request.method() != Method::POST {
        return next.run(request).await;
    }
    let before = reading.fetch_add(1, Ordering::Relaxed);
    let _reading = Reading(reading);
    let nobody = serde_json::Value::Null;
    if before >= MOST_READ {
        return busy(&nobody, &format!("{MOST_READ} requests are being read already"));
    }
    if server.waiting() < MOST_CALLS {
        return next.run(request).await;
    }
    let (head, body) = request.into_parts();
    let Ok(bytes) = to_bytes(body, MOST_BYTES).await else {
        return busy(&nobody, &format!("{MOST_CALLS} calls wait already, and this request cannot be read"));
    };
    let message: serde_json::Value = serde_json::from_slice(&bytes).unwrap_or_default();
    if message["method"] == "tools/call" {
        return busy(&message["id"], &format!("{MOST_CALLS} calls wait already"));
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
    let (watched, reading) = (server.clone(), Arc::new(AtomicUsize::new(0)));
    let gate = middleware::from_fn(move |request: Request, next: Next| {
        let (server, reading) = (watched.clone(), reading.clone());
        async move { limit(&server, &reading, request, next).await }
    });
    let service = StreamableHttpService::new(
        move || Ok(server.clone()),
        Arc::new(LocalSessionManager::default()),
        config,
    );
    let router = axum::Router::new().nest_service(PATH, service).layer(gate);
    notice(&format!("listening on http://{bound}{PATH}"));
    axum::serve(listener, router).await?;
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
