//! A tool called on this thread, without a session: what the fuzzers and measurements of the server's own
//! cost go through.

use std::sync::Arc;

use rmcp::RoleServer;
use rmcp::model::{CallToolResult, ClientRequest, ErrorData, JsonRpcMessage};
use rmcp::service::RxJsonRpcMessage;

use super::arguments::{Given, Values};
use super::bench::Bench;
use super::progress::Stop;
use super::server;
use super::tools::{Job, Progress};

/// What a tool answers. Long work ends where it would first tell of its progress, if `brief` says so.
///
/// # Errors
///
/// Where there is no such tool.
pub fn call(bench: &Bench, name: &str, values: Values, brief: bool) -> Result<CallToolResult, ErrorData> {
    let tool = server::tool(name, bench.plan.is_some())?;
    let progress =
        Progress::new(Arc::default(), Arc::new(if brief { Stop::come() } else { Stop::default() }), None);
    let said = Given::check(tool.arguments, values, bench.plan.is_some()).and_then(|given| {
        let answer = (tool.work)(&Job { bench, given: &given, progress: &progress })?;
        Ok(server::told(answer, &given))
    });
    Ok(server::result(said))
}

/// The tool that a message calls, and its arguments.
pub fn called(message: RxJsonRpcMessage<RoleServer>) -> Option<(String, Values)> {
    let JsonRpcMessage::Request(request) = message else { return None };
    let ClientRequest::CallToolRequest(call) = request.request else { return None };
    Some((call.params.name.into_owned(), call.params.arguments.unwrap_or_default()))
}
