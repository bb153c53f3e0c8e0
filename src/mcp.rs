//! The server for agents: the Model Context Protocol over standard input and output, or over HTTP.
//!
//! ```text
//! line or POST ─► wire, http ─► server ─► arguments ─► tool (on a thread of its own) ─► answer or refusal
//! ```
//!
//! A tool is an entry of [`tools::TOOLS`]: its words, its arguments, what it gives, and a function from
//! arguments to an answer. It calls `plan::read` and `engine::evaluate` like every other door, so that an
//! agent reads the numbers that the studio shows. Nothing but protocol goes to standard output.

// As in `cli`: pushing a formatted line reads better than a `write!` whose result is nothing.
#![allow(clippy::format_push_string)]
// A refusal is made once, at the end of a call: its size costs nothing.
#![allow(clippy::result_large_err)]

pub mod arguments;
pub mod bench;
pub mod direct;
mod draft;
pub mod errors;
mod http;
mod kept;
pub mod lines;
mod progress;
mod prompts;
mod proposals;
mod resources;
mod server;
pub mod tools;
mod wire;

use std::path::PathBuf;
use std::sync::Arc;

use rmcp::ServiceExt as _;

use crate::registry::Physics;
use bench::Bench;
use server::Server;

/// How to serve.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Address to listen on over HTTP; without it, standard input and output.
    pub http: Option<String>,
    /// A plan that a person may have open in the studio: it can be read, and changes to it proposed.
    pub plan: Option<PathBuf>,
    /// `--physics`: wins over what plans say.
    pub physics: Option<Physics>,
}

/// Why there is no server. Each is one sentence that says what to do.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The address cannot be listened on, or must not be.
    #[error("{0}")]
    Address(String),
    /// The plan cannot be read.
    #[error("{0}")]
    Plan(String),
    /// The system does not give what a server needs.
    #[error("the server cannot start: {0}")]
    Io(#[from] std::io::Error),
}

/// Threads for evaluations: one a core, and no more than is useful.
fn workers() -> usize {
    std::thread::available_parallelism().map_or(2, std::num::NonZero::get).clamp(2, 16)
}

/// Serves until the input closes. `notice` takes lines for people: never standard output.
///
/// # Errors
///
/// Where the address or the plan cannot be used, or the system refuses what a server needs.
pub fn serve(options: Options, notice: fn(&str)) -> Result<(), ServeError> {
    let address = options.http.as_deref().map(http::address).transpose()?;
    let bench = Arc::new(Bench::open(options.plan, options.physics, notice)?);
    let warm = bench.clone();
    // The first call should not be slower than the next: the client says hello meanwhile. Without this
    // thread the same is made when it is asked for.
    let _ = std::thread::Builder::new().name("warm".into()).spawn(move || warm.warm());
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .max_blocking_threads(workers() + 2)
        .build()?;
    let served = runtime.block_on(async {
        let lines = bench.clone();
        let server = Server::new(bench, workers());
        if let Some(address) = address {
            return http::serve(server, address, notice).await;
        }
        stdio(server.with_kept(), lines).await;
        Ok(())
    });
    // Work that nobody waits for any more must not hold the process.
    runtime.shutdown_background();
    served
}

/// One session on standard input and output, until the input closes.
async fn stdio(server: Server, bench: Arc<Bench>) {
    let (input, output) = rmcp::transport::stdio_pipes();
    let stop = server.stop();
    let wire = wire::Wire::new(input, output, stop, bench);
    // A client that goes away before it says who it is has ended its session like any other.
    if let Ok(session) = server.serve(wire).await {
        let _ = session.waiting().await;
    }
}
