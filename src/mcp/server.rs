//! What the protocol asks of a server, answered from the tables of tools, resources and prompts.

use std::borrow::Cow;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use rmcp::model::{
    CacheScope, CallToolRequestParams, CallToolResponse, CallToolResult, CompleteRequestParams,
    CompleteResult, CompletionInfo, ContentBlock, CustomRequest, CustomResult, DiscoverResult, ErrorCode,
    ErrorData, GetPromptRequestParams, GetPromptResponse, Implementation, ListPromptsResult,
    ListResourceTemplatesResult, ListResourcesResult, ListToolsResult, PaginatedRequestParams,
    ProgressNotificationParam, ProtocolVersion, ReadResourceRequestParams, ReadResourceResponse, Reference,
    ServerCapabilities, ServerConfig, Tool as Offered, ToolAnnotations,
};
use rmcp::service::RequestContext;
use rmcp::{RoleServer, ServerHandler};
use tokio::sync::{Semaphore, mpsc};

use super::arguments::{self, Given};
use super::bench::Bench;
use super::errors::{self, Refusal};
use super::progress::{Progress, Step, Stop};
use super::tools::{self, Answer, Effect, Job, Tool};
use super::{kept, prompts, proposals, resources};

/// Revisions of the protocol that are spoken.
const REVISIONS: [ProtocolVersion; 2] = [ProtocolVersion::V_2025_11_25, ProtocolVersion::V_2026_07_28];

/// How long what cannot change while the server runs may be kept by a client, ms.
const KEPT_MS: u64 = 3_600_000;

/// Calls that wait for a thread; more are told to come again.
const MOST_WAITING: usize = 4096;

/// Entries of one page of a list.
pub const PAGE: usize = 100;

const INSTRUCTIONS: &str = "The ground truth for questions about ML systems: does a model fit on some accelerators, \
    what limits it, how fast is it, what does it cost and emit? Never estimate these yourself; call the tools. \
    Order: get_schemas once, draft a plan as YAML, evaluate_cluster_yaml; when f_status is FAIL (out of memory) \
    suggest_fixes and apply_suggestion, or solve_for least_accelerators, then evaluate again and report the numbers. \
    For a quick question check_fit takes just model and accelerator; for traffic and latency targets size_serving; \
    to make a plan cheaper or faster optimize; for many designs sweep. Names come from search_registry. \
    Units are in the keys: _gb is decimal GB per accelerator, _ms milliseconds, _usd US dollars; carbon is metric tons \
    of CO2e. m_annual_tco_usd is the cost of 365 days and needs an ops block in the plan. \
    Accuracy: memory is counted; times are a calibrated model's, with its band in p_summary; prices carry dates. \
    Results are deterministic.";

/// One server; clones share everything.
#[derive(Clone)]
pub struct Server {
    bench: Arc<Bench>,
    running: Arc<Semaphore>,
    waiting: Arc<AtomicUsize>,
    stop: Arc<Stop>,
    offered: Arc<Vec<Offered>>,
    /// Answers that are kept are put into the line by whoever writes it.
    keeps: bool,
}

/// Counts a call among those that wait while it lives.
struct Waiting(Arc<AtomicUsize>);

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Server {
    /// A server with so many evaluations at once.
    pub fn new(bench: Arc<Bench>, threads: usize) -> Server {
        let plan_is_open = bench.plan.is_some();
        let offered = tools::offered(plan_is_open).map(|tool| offer(tool, plan_is_open)).collect();
        Server {
            bench,
            running: Arc::new(Semaphore::new(threads)),
            waiting: Arc::default(),
            stop: Arc::default(),
            offered: Arc::new(offered),
            keeps: false,
        }
    }

    /// For a wire that fills markers in.
    #[must_use]
    pub fn with_kept(self) -> Server {
        Server { keeps: true, ..self }
    }

    /// Set it to end all long work.
    pub fn stop(&self) -> Arc<Stop> {
        self.stop.clone()
    }

    /// Calls that have been taken and not answered.
    pub fn waiting(&self) -> usize {
        self.waiting.load(Ordering::Relaxed)
    }

    /// Does a tool's work on a thread of its own and tells of its progress meanwhile.
    async fn work(
        &self,
        tool: &'static Tool,
        given: &Arc<Given>,
        context: &RequestContext<RoleServer>,
    ) -> Result<Answer, Refusal> {
        if tool.name == tools::schemas::TOOL.name {
            // Its answers are kept: a thread would cost more than they do.
            let number = self.bench.schemas.number(&self.bench.registry, given).filter(|_| self.keeps);
            if let Some(number) = number {
                return Ok(kept::marker(number));
            }
            let progress = Progress::new(Arc::default(), self.stop.clone(), None);
            return guarded(tool, &Job { bench: &self.bench, given, progress: &progress });
        }
        let cancelled = Arc::new(AtomicBool::new(false));
        let gone = || Refusal::new("cancelled", "", "the call was cancelled");
        let permit = tokio::select! {
            permit = self.running.clone().acquire_owned() => permit.map_err(|_| gone())?,
            () = context.ct.cancelled() => return Err(gone()),
            () = self.stop.wait() => return Err(gone()),
        };
        let token = context.meta.get_progress_token();
        let (to, mut steps) = mpsc::channel::<Step>(4);
        let progress = Progress::new(cancelled.clone(), self.stop.clone(), token.is_some().then_some(to));
        let (bench, given) = (self.bench.clone(), given.clone());
        let mut handle = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            guarded(tool, &Job { bench: &bench, given: &given, progress: &progress })
        });
        loop {
            tokio::select! {
                done = &mut handle => return done.unwrap_or_else(|_| Err(defect(tool))),
                Some(step) = steps.recv() => {
                    if let Some(token) = &token {
                        let told = ProgressNotificationParam::new(token.clone(), step.done)
                            .with_total(step.total)
                            .with_message(step.message);
                        // A client that is gone needs no news.
                        let _ = context.peer.notify_progress(told).await;
                    }
                }
                () = context.ct.cancelled(), if !cancelled.load(Ordering::Relaxed) => {
                    cancelled.store(true, Ordering::Relaxed);
                }
                () = self.stop.wait(), if !cancelled.load(Ordering::Relaxed) => {
                    cancelled.store(true, Ordering::Relaxed);
                }
            }
        }
    }

    /// Checks, works, and where the tool waits for a person, asks again until the time is up.
    async fn call(
        &self,
        tool: &'static Tool,
        values: arguments::Values,
        context: &RequestContext<RoleServer>,
    ) -> Result<Answer, Refusal> {
        let given = Arc::new(Given::check(tool.arguments, values, self.bench.plan.is_some())?);
        let waiting = Waiting(self.waiting.clone());
        if self.waiting.fetch_add(1, Ordering::Relaxed) >= MOST_WAITING {
            return Err(Refusal::new("busy", "", format!("{MOST_WAITING} calls wait already"))
                .fix("call again when some have been answered"));
        }
        let started = tokio::time::Instant::now();
        loop {
            let answer = told(self.work(tool, &given, context).await?, &given);
            match proposals::wait_s(tool, &given, &answer) {
                Some(seconds) if started.elapsed() < Duration::from_secs(seconds) => {
                    tokio::select! {
                        () = tokio::time::sleep(Duration::from_millis(100)) => {}
                        () = context.ct.cancelled() => return Ok(answer),
                    }
                    if self.stop.ended() {
                        return Ok(answer);
                    }
                }
                _ => {
                    drop(waiting);
                    return Ok(answer);
                }
            }
        }
    }
}

/// The work of a tool; a panic in it is told and harms nobody else.
fn guarded(tool: &Tool, job: &Job<'_>) -> Result<Answer, Refusal> {
    std::panic::catch_unwind(AssertUnwindSafe(|| (tool.work)(job))).unwrap_or_else(|_| Err(defect(tool)))
}

fn defect(tool: &Tool) -> Refusal {
    Refusal::new("internal", "", format!("{} failed: this is a defect of the server", tool.name))
        .fix("report it with these arguments; the server goes on")
}

/// The tool of a name.
pub(super) fn tool(name: &str, plan_is_open: bool) -> Result<&'static Tool, ErrorData> {
    let offered = || tools::offered(plan_is_open);
    offered().find(|tool| tool.name == name).ok_or_else(|| {
        let short: String = name.chars().take(80).collect();
        let nearest = errors::nearest(name, offered().map(|tool| tool.name));
        let hint = nearest.map_or_else(String::new, |nearest| format!("; did you mean {nearest}?"));
        ErrorData::invalid_params(format!("there is no tool {short}{hint}"), None)
    })
}

/// Says what was read under another name.
pub(super) fn told(mut answer: Answer, given: &Given) -> Answer {
    for taken in given.taken() {
        answer.text.push_str(&format!("\nnote: read {taken}"));
    }
    if let (Some(object), false) = (answer.structured.as_object_mut(), given.taken().is_empty()) {
        object.insert("read_as".into(), given.taken().into());
    }
    answer
}

/// What a tool said, as the protocol has it.
pub(super) fn result(said: Result<Answer, Refusal>) -> CallToolResult {
    let (mut result, structured) = match said {
        Ok(answer) => (CallToolResult::success(vec![ContentBlock::text(answer.text)]), answer.structured),
        Err(refusal) => (CallToolResult::error(vec![ContentBlock::text(refusal.text())]), refusal.json()),
    };
    result.structured_content = Some(structured);
    result
}

/// A tool as the protocol lists it.
fn offer(tool: &Tool, plan_is_open: bool) -> Offered {
    let output = match (tool.output)() {
        serde_json::Value::Object(schema) => schema,
        _ => serde_json::Map::new(),
    };
    let mut annotations = ToolAnnotations::new().open_world(false);
    annotations = match tool.effect {
        // Of what reads, the protocol asks no more.
        Effect::None => annotations.read_only(true),
        Effect::Proposal => annotations.read_only(false).destructive(false).idempotent(false),
    };
    let description: String = tool.description.split_whitespace().collect::<Vec<_>>().join(" ");
    Offered::new(tool.name, description, arguments::schema(tool.arguments, plan_is_open))
        .with_title(tool.title)
        .with_raw_output_schema(Arc::new(output))
        .with_annotations(annotations)
}

/// The part of a list that a cursor asks for, and where to go on.
fn page<T: Clone>(
    all: &[T],
    request: Option<&PaginatedRequestParams>,
) -> Result<(Vec<T>, Option<String>), ErrorData> {
    let start = match request.and_then(|request| request.cursor.as_deref()) {
        None => 0,
        Some(cursor) => cursor
            .parse::<usize>()
            .ok()
            .filter(|start| *start < all.len())
            .ok_or_else(|| ErrorData::invalid_params("this is not a cursor of this list", None))?,
    };
    let end = (start + PAGE).min(all.len());
    Ok((all[start..end].to_vec(), (end < all.len()).then(|| end.to_string())))
}

impl ServerHandler for Server {
    fn get_info(&self) -> ServerConfig {
        let capabilities = ServerCapabilities::builder()
            .enable_tools()
            .enable_resources()
            .enable_prompts()
            .enable_completions()
            .build();
        let me = Implementation::new("mlsysim-tui", env!("CARGO_PKG_VERSION"))
            .with_title("mlsysim-tui")
            .with_description("Physics, cost and carbon of ML systems from one YAML plan");
        ServerConfig::new(capabilities)
            .with_protocol_version(ProtocolVersion::V_2025_11_25)
            .with_server_info(me)
            .with_instructions(INSTRUCTIONS)
    }

    fn supported_protocol_versions(&self) -> Cow<'static, [ProtocolVersion]> {
        Cow::Borrowed(&REVISIONS)
    }

    async fn discover(&self, _: RequestContext<RoleServer>) -> Result<DiscoverResult, ErrorData> {
        Ok(DiscoverResult::from_server_info(REVISIONS.to_vec(), self.get_info())
            .with_ttl_ms(KEPT_MS)
            .with_cache_scope(CacheScope::Public))
    }

    async fn list_tools(
        &self,
        request: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        let (tools, next) = page(&self.offered, request.as_ref())?;
        let mut result =
            ListToolsResult::with_all_items(tools).with_ttl_ms(KEPT_MS).with_cache_scope(CacheScope::Public);
        result.next_cursor = next;
        Ok(result)
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let tool = tool(&request.name, self.bench.plan.is_some())?;
        let values = request.arguments.unwrap_or_default();
        Ok(result(self.call(tool, values, &context).await).into())
    }

    fn get_tool(&self, name: &str) -> Option<Offered> {
        self.offered.iter().find(|tool| tool.name == name).cloned()
    }

    async fn list_resources(
        &self,
        request: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListResourcesResult, ErrorData> {
        let (found, next) = page(&resources::list(), request.as_ref())?;
        let mut result = ListResourcesResult::with_all_items(found)
            .with_ttl_ms(KEPT_MS)
            .with_cache_scope(CacheScope::Public);
        result.next_cursor = next;
        Ok(result)
    }

    async fn list_resource_templates(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListResourceTemplatesResult, ErrorData> {
        Ok(ListResourceTemplatesResult::with_all_items(resources::templates())
            .with_ttl_ms(KEPT_MS)
            .with_cache_scope(CacheScope::Public))
    }

    async fn read_resource(
        &self,
        request: ReadResourceRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<ReadResourceResponse, ErrorData> {
        let result = resources::read(&request.uri, &self.bench.registry)?;
        Ok(result.with_ttl_ms(KEPT_MS).with_cache_scope(CacheScope::Public).into())
    }

    async fn list_prompts(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListPromptsResult, ErrorData> {
        Ok(ListPromptsResult::with_all_items(prompts::list())
            .with_ttl_ms(KEPT_MS)
            .with_cache_scope(CacheScope::Public))
    }

    async fn get_prompt(
        &self,
        request: GetPromptRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<GetPromptResponse, ErrorData> {
        Ok(prompts::get(&request.name, &request.arguments.unwrap_or_default())?.into())
    }

    async fn complete(
        &self,
        request: CompleteRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<CompleteResult, ErrorData> {
        let argument = &request.argument;
        let chosen = request.context.as_ref().and_then(|context| context.get_argument("kind")).cloned();
        let all = match &request.r#ref {
            Reference::Resource(resource) => {
                resources::values(&resource.uri, &argument.name, chosen.as_deref(), &self.bench.registry)
            }
            Reference::Prompt(prompt) => prompts::values(&prompt.name, &argument.name, &self.bench.registry),
            _ => None,
        };
        let all = all.ok_or_else(|| {
            ErrorData::invalid_params(format!("there is nothing to complete for {}", argument.name), None)
        })?;
        let names: Vec<&str> = all.iter().map(String::as_str).collect();
        let found = crate::search::fuzzy::rank(&argument.value, &names);
        let values: Vec<String> =
            found.iter().take(CompletionInfo::MAX_VALUES).map(|found| all[found.index].clone()).collect();
        let more = found.len() > values.len();
        let info = CompletionInfo::with_pagination(values, u32::try_from(found.len()).ok(), more)
            .map_err(|error| ErrorData::internal_error(error, None))?;
        Ok(CompleteResult::new(info))
    }

    async fn on_custom_request(
        &self,
        request: CustomRequest,
        _: RequestContext<RoleServer>,
    ) -> Result<CustomResult, ErrorData> {
        // A method that is known and still came here had parameters that are not the protocol's.
        const KNOWN: [&str; 9] = [
            "initialize",
            "tools/call",
            "tools/list",
            "resources/read",
            "resources/list",
            "resources/templates/list",
            "prompts/get",
            "prompts/list",
            "completion/complete",
        ];
        let method: String = request.method.chars().take(80).collect();
        if KNOWN.contains(&method.as_str()) {
            return Err(ErrorData::invalid_params(
                format!("the parameters of {method} are not as the protocol has them"),
                None,
            ));
        }
        Err(ErrorData::new(ErrorCode::METHOD_NOT_FOUND, format!("there is no method {method}"), None))
    }
}
