//! `batch`: many plans, one JSON object a line, evaluated on all cores and answered in order.
//!
//! Three stages joined by bounded channels, so that memory does not grow with the file: a reader
//! cuts the input into chunks, workers evaluate chunks, the main thread writes the answers in the
//! order of the questions. Each chunk carries its own channel for its answer; the queue of those
//! channels is what keeps the order. When the input pauses a chunk is handed on at once, so that a
//! program which writes one line and waits for its answer gets it.

use std::io::{BufRead, BufReader, Read, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::args::{BatchArgs, Global, Output};
use super::input::{self, Session, Source};
use super::out::{self, Failure, Outcome};
use super::progress::Progress;
use crate::engine::json;
use crate::plan::Severity;
use crate::plan::diagnostic;

mod flow;

use flow::PlanText;

/// Lines of one chunk.
const CHUNK: usize = 128;
/// Bytes after which a chunk is full, however few its lines.
const HEAVY: usize = 256 * 1024;
/// Longest line; a plan is far smaller.
const LONGEST: u64 = 4 * 1024 * 1024;

/// One line of input, or why it is none.
enum Line {
    Text(Vec<u8>),
    TooLong,
}

impl Line {
    fn len(&self) -> usize {
        match self {
            Line::Text(bytes) => bytes.len(),
            Line::TooLong => 0,
        }
    }
}

/// Lines with the number of the first, and where the answer goes.
struct Chunk {
    first: usize,
    lines: Vec<Line>,
    answer: Sender<Vec<u8>>,
}

/// Runs the command.
pub fn run(args: &BatchArgs, global: &Global) -> Outcome {
    super::allow(global.output, "batch", &[Output::Text, Output::Json])?;
    let input = input::open(&args.file)?;
    let threads =
        args.threads.map_or_else(|| thread::available_parallelism().map_or(1, usize::from), usize::from);
    let session = Arc::new(Session::open(global));
    let detail = args.detail;

    let (jobs, waiting) = sync_channel::<Chunk>(threads * 2);
    let (promises, order) = sync_channel::<Receiver<Vec<u8>>>(threads * 4);
    let waiting = Arc::new(Mutex::new(waiting));
    // The threads are not joined: when the reader of our answers goes away, we leave at once, even
    // if the input is still open and silent.
    let reader = thread::spawn(move || cut(input, &jobs, &promises));
    for _ in 0..threads {
        let (waiting, session) = (Arc::clone(&waiting), Arc::clone(&session));
        thread::spawn(move || work(&waiting, &session, detail));
    }

    let mut sink = std::io::stdout().lock();
    let mut progress = Progress::new(None, "plans", true);
    let mut done = 0;
    for promise in order {
        // A worker always answers; should one be lost, its chunk is missing and that must be loud.
        let Ok(answer) = promise.recv() else {
            return Err(Failure::bad_input("a worker ended without an answer"));
        };
        sink.write_all(&answer)?;
        sink.flush()?;
        done += answer.split(|byte| *byte == b'\n').count() as u64 - 1;
        progress.at(done, "");
    }
    drop(progress);
    match reader.join() {
        Ok(Ok(())) => Ok(0),
        Ok(Err(error)) => {
            Err(Failure::bad_input(format!("{} cannot be read to its end: {error}", args.file.display())))
        }
        Err(_) => Err(Failure::bad_input("reading ended without an answer")),
    }
}

/// Cuts the input into chunks. Ends early when nobody listens any more.
fn cut(
    input: Box<dyn Read + Send>,
    jobs: &SyncSender<Chunk>,
    promises: &SyncSender<Receiver<Vec<u8>>>,
) -> std::io::Result<()> {
    let mut input = BufReader::with_capacity(64 * 1024, input);
    let mut first = 1;
    loop {
        let mut lines = Vec::with_capacity(CHUNK);
        let mut bytes = 0;
        let mut ended = false;
        while lines.len() < CHUNK {
            let Some(line) = read_line(&mut input)? else {
                ended = true;
                break;
            };
            bytes += line.len();
            lines.push(line);
            if input.buffer().is_empty() || bytes > HEAVY {
                break;
            }
        }
        let count = lines.len();
        if count > 0 {
            let (answer, promise) = channel();
            if promises.send(promise).is_err() || jobs.send(Chunk { first, lines, answer }).is_err() {
                return Ok(());
            }
            first += count;
        }
        if ended {
            return Ok(());
        }
    }
}

fn read_line(input: &mut BufReader<Box<dyn Read + Send>>) -> std::io::Result<Option<Line>> {
    let mut line = Vec::new();
    let read = input.by_ref().take(LONGEST).read_until(b'\n', &mut line)?;
    if read == 0 {
        return Ok(None);
    }
    if read as u64 == LONGEST && line.last() != Some(&b'\n') {
        // The rest is passed over without being kept.
        loop {
            let rest = input.fill_buf()?;
            let (used, done) = match rest.iter().position(|byte| *byte == b'\n') {
                Some(end) => (end + 1, true),
                None => (rest.len(), rest.is_empty()),
            };
            input.consume(used);
            if done {
                return Ok(Some(Line::TooLong));
            }
        }
    }
    Ok(Some(Line::Text(line)))
}

fn work(waiting: &Mutex<Receiver<Chunk>>, session: &Session, detail: bool) {
    loop {
        let next = match waiting.lock() {
            Ok(queue) => queue.recv(),
            Err(_) => return,
        };
        let Ok(chunk) = next else { return };
        let mut answer = Vec::with_capacity(chunk.lines.len() * 512);
        for (index, line) in chunk.lines.iter().enumerate() {
            if let Some(value) = answer_line(line, chunk.first + index, session, detail) {
                let text = value.to_string();
                answer.extend_from_slice(out::escape_controls_in_json(&text).as_bytes());
                answer.push(b'\n');
            }
        }
        // Nobody waits for it when the output was closed.
        let _ = chunk.answer.send(answer);
    }
}

/// What one line asks for.
#[derive(Deserialize)]
struct Question {
    #[serde(default)]
    id: Value,
    plan: Option<PlanText>,
}

/// The answer to one line; blank lines have none.
fn answer_line(line: &Line, number: usize, session: &Session, detail: bool) -> Option<Value> {
    let Line::Text(bytes) = line else {
        return Some(bad_line(&Value::Null, number, "the line is too long to hold a plan"));
    };
    let Ok(text) = std::str::from_utf8(bytes) else {
        return Some(bad_line(&Value::Null, number, "the line is not UTF-8"));
    };
    let text = text.trim_start_matches('\u{feff}').trim();
    if text.is_empty() {
        return None;
    }
    let question: Question = match serde_json::from_str(text) {
        Ok(question) => question,
        Err(error) => {
            return Some(bad_line(
                &Value::Null,
                number,
                &format!("the line is not an object {{id, plan}}: {error}"),
            ));
        }
    };
    let id = question.id;
    let Some(plan) = question.plan else {
        return Some(bad_line(&id, number, "the line has no plan"));
    };
    // One plan must not take the others with it, whatever happens.
    let answer = catch_unwind(AssertUnwindSafe(|| evaluate(&plan, session, detail)));
    Some(match answer {
        Ok(rest) => {
            let mut object = Map::new();
            object.insert("id".into(), id);
            object.extend(rest);
            Value::Object(object)
        }
        Err(_) => problem(&id, number, "internal", "the evaluation broke off; please report this plan"),
    })
}

fn evaluate(plan: &PlanText, session: &Session, detail: bool) -> Map<String, Value> {
    let source = Source::new("", plan.text.clone());
    let (reading, report) = session.evaluate(&source);
    let mut object = Map::new();
    let refusal = match &report {
        None => Some(reading.diagnostics),
        Some(report) => report.error.as_ref().map(|(message, path)| {
            let mut diagnostics = reading.diagnostics;
            diagnostics.push(input::evaluation_error(
                &reading.spans,
                &source.text,
                message.clone(),
                path.clone(),
            ));
            diagnostics
        }),
    };
    match (refusal, report) {
        (None, Some(report)) => {
            object.insert("exit".into(), report.status.exit_code().into());
            object.insert("flat".into(), json::flat(&report, detail));
            if let Some(side) = report.bottleneck {
                object.insert("bottleneck".into(), side.name().into());
            }
        }
        (diagnostics, _) => {
            object.insert("exit".into(), 1.into());
            let mut list = diagnostic::to_json(&diagnostics.unwrap_or_default());
            if !plan.written {
                forget_places(&mut list);
            }
            object.insert("diagnostics".into(), list);
        }
    }
    object
}

/// Places in a text that we made from an object would mislead: nobody has seen that text.
fn forget_places(diagnostics: &mut Value) {
    for one in diagnostics.as_array_mut().into_iter().flatten().filter_map(Value::as_object_mut) {
        for place in ["line", "column", "start", "end", "fixes"] {
            one.remove(place);
        }
    }
}

fn bad_line(id: &Value, number: usize, message: &str) -> Value {
    problem(id, number, "bad-line", message)
}

fn problem(id: &Value, number: usize, code: &str, message: &str) -> Value {
    serde_json::json!({
        "id": id,
        "exit": 1,
        "diagnostics": [{
            "code": code,
            "severity": Severity::Error.name(),
            "path": "",
            "line": number,
            "message": message,
        }],
    })
}
