//! Tree and registry to plan and diagnostics.
//!
//! Three steps, none of which stops at the first problem: every value is read by the table of fields
//! (`walk`, `scalar`), then names are looked up and fields are held against each other (`names`, `shape`,
//! `rules`), then a [`Plan`](super::Plan) is put together where nothing was an error (`assemble`).

mod assemble;
pub mod draft;
mod links;
mod names;
mod rules;
mod scalar;
mod shape;
mod walk;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::diagnostic::{Diagnostic, Fix, Severity, line_column};
use super::edit::{self, TextEdit};
use super::template::TEMPLATE;
use super::{Files, Options, Reading, Spans};
use crate::registry::{Physics, Registry};
use crate::yaml::{self, Node, Value};

/// Fields that are read and checked, but that this version's physics does not use yet.
pub const NOT_EVALUATED_YET: &[&str] = &[];

/// Fields that mlsysim 0.3.0 does not have and that the walls read all the same: of a service, of a training
/// run, and of both.
const READ_BY_WALLS_OF_A_SERVICE: &[&str] = &[
    "workload.serve.request_rate",
    "workload.serve.output_tokens",
    "workload.serve.cached_prefix_tokens",
    "workload.serve.prefill_chunk_tokens",
    "workload.serve.kv_block_tokens",
    "workload.serve.reasoning_steps",
];
const READ_BY_WALLS_OF_A_RUN: &[&str] = &[
    "workload.train.tokens",
    "workload.train.optimizer",
    "workload.train.checkpoint_interval",
    "workload.train.dp_epsilon",
    "ops.utilization",
];
const READ_BY_WALLS: &[&str] =
    &["data.dataset", "data.sample_bytes", "data.storage_bandwidth", "data.cpu_workers"];

/// See [`super::read`].
pub fn decode(text: &str, registry: &Registry, options: Options<'_>) -> Reading {
    let tree = match yaml::parse(text) {
        Ok(tree) => tree,
        Err(error) => {
            let (line, column) = line_column(text, error.range.start);
            let diagnostic = Diagnostic {
                code: "syntax",
                severity: Severity::Error,
                path: String::new(),
                line,
                column,
                range: error.range,
                message: error.message,
                help: error.help,
                fixes: Vec::new(),
            };
            return Reading {
                plan: None,
                diagnostics: vec![diagnostic],
                spans: Spans::default(),
                registry: None,
            };
        }
    };
    let mut decoder = decoder(text, &tree, registry, options);
    let plan = decoder.plan();
    let Decoder { spans, mut diagnostics, registry, extended, .. } = decoder;
    diagnostics.sort_by_key(|diagnostic| (diagnostic.range.start, diagnostic.severity));
    let sound = diagnostics.iter().all(|diagnostic| diagnostic.severity != Severity::Error);
    Reading { plan: plan.filter(|_| sound), diagnostics, spans, registry: extended.then_some(registry) }
}

/// A decoder at the start of a text.
fn decoder<'a>(text: &'a str, tree: &'a Node, registry: &Registry, options: Options<'a>) -> Decoder<'a> {
    let mut spans = Spans::default();
    collect_spans(tree, "", &mut spans);
    let written = tree.get("physics").and_then(|node| match &node.value {
        Value::Text(name) => {
            [Physics::Studio, Physics::Mlsysim].into_iter().find(|p| p.name() == name.to_lowercase())
        }
        _ => None,
    });
    Decoder {
        text,
        tree,
        spans,
        physics: options.physics.or(written).unwrap_or_default(),
        files: options.files,
        registry: registry.clone(),
        extended: false,
        values: BTreeMap::new(),
        present: BTreeSet::new(),
        diagnostics: Vec::new(),
    }
}

/// A value that has passed its field's own checks. Quantities are in SI units.
#[derive(Debug, Clone, PartialEq)]
enum Given {
    Count(u64),
    Number(f64),
    Text(String),
    Flag(bool),
    Auto,
}

/// The state of one reading.
struct Decoder<'a> {
    text: &'a str,
    tree: &'a Node,
    spans: Spans,
    physics: Physics,
    files: &'a dyn Files,
    registry: Registry,
    /// True where the plan's own registry files were added.
    extended: bool,
    /// Sound values by path.
    values: BTreeMap<String, Given>,
    /// Known keys that have a value, sound or not, so that what is wrong is not called missing as well.
    present: BTreeSet<String>,
    diagnostics: Vec<Diagnostic>,
}

impl Decoder<'_> {
    fn plan(&mut self) -> Option<super::Plan> {
        if !self.top_level() {
            return None;
        }
        self.block(self.tree, "");
        self.required();
        self.extend_registry();
        let names = self.resolve();
        let shape = self.shape(names.accelerator.as_deref().map(|entry| &entry.facts));
        self.rules(&shape);
        self.data(&names, &shape);
        self.links(&names);
        self.assemble(names, &shape)
    }

    /// Is there a mapping to read at all?
    fn top_level(&mut self) -> bool {
        const NEEDS: &str = "a plan needs `version`, `name`, `workload` and `hardware`";
        match &self.tree.value {
            Value::Mapping(_) => true,
            Value::Null => {
                let diagnostic = self.error("empty-plan", "", 0..0, format!("the plan is empty; {NEEDS}"));
                diagnostic.help = Some("`mlsysim-tui new` writes one to start from".into());
                let end = self.text.len();
                let gap = if self.text.is_empty() || self.text.ends_with('\n') { "" } else { "\n" };
                self.fix(
                    "begin with a small plan that explains itself",
                    end..end,
                    format!("{gap}{TEMPLATE}"),
                );
                false
            }
            other => {
                let found = other.kind();
                let is_text = matches!(other, Value::Text(_));
                let range = self.tree.range.clone();
                let message = format!("a plan is a mapping of `key: value` lines, found {found}");
                let diagnostic = self.error("wrong-type", "", range, message);
                diagnostic.help = Some(if is_text {
                    format!("write a space after each colon, as in `name: My plan`; {NEEDS}")
                } else {
                    NEEDS.into()
                });
                false
            }
        }
    }

    fn is_mlsysim(&self) -> bool {
        self.physics == Physics::Mlsysim
    }

    fn report(
        &mut self,
        severity: Severity,
        code: &'static str,
        path: &str,
        range: Range<usize>,
        message: String,
    ) -> &mut Diagnostic {
        let (line, column) = line_column(self.text, range.start);
        let at = self.diagnostics.len();
        self.diagnostics.push(Diagnostic {
            code,
            severity,
            path: path.to_owned(),
            line,
            column,
            range,
            message,
            help: None,
            fixes: Vec::new(),
        });
        &mut self.diagnostics[at]
    }

    fn error(
        &mut self,
        code: &'static str,
        path: &str,
        range: Range<usize>,
        message: String,
    ) -> &mut Diagnostic {
        self.report(Severity::Error, code, path, range, message)
    }

    fn warning(
        &mut self,
        code: &'static str,
        path: &str,
        range: Range<usize>,
        message: String,
    ) -> &mut Diagnostic {
        self.report(Severity::Warning, code, path, range, message)
    }

    /// Adds a fix to the diagnostic reported last.
    fn fix(&mut self, title: impl Into<String>, range: Range<usize>, replacement: impl Into<String>) {
        if let Some(diagnostic) = self.diagnostics.last_mut() {
            diagnostic.fixes.push(Fix { title: title.into(), range, replacement: replacement.into() });
        }
    }

    /// Adds the replacement of a value as a fix, unless the value comes through an alias.
    fn fix_value(&mut self, title: impl Into<String>, path: &str, replacement: impl Into<String>) {
        if let Some(node) = self.node(path)
            && !node.aliased
        {
            self.fix(title, node.range.clone(), replacement);
        }
    }

    /// Adds the insertion of a key as a fix.
    fn fix_insert(&mut self, title: impl Into<String>, parent: &str, keys: &[&str], value: &str) {
        if let Some(node) = self.node(parent)
            && !node.aliased
            && let Some(TextEdit { range, replacement }) = edit::insert(self.text, node, keys, value)
        {
            self.fix(title, range, replacement);
        }
    }

    /// Adds the removal of a key as a fix.
    fn fix_remove(&mut self, title: impl Into<String>, parent: &str, key: &str) {
        if let Some(node) = self.node(parent)
            && !node.aliased
            && let Value::Mapping(entries) = &node.value
            && let Some(index) = entries.iter().position(|entry| entry.key == key)
            && let Some(TextEdit { range, replacement }) = edit::removal(self.text, node, index)
        {
            self.fix(title, range, replacement);
        }
    }

    /// The node at a path of the tree.
    fn node(&self, path: &str) -> Option<&Node> {
        if path.is_empty() { Some(self.tree) } else { edit::node_at(self.tree, path) }
    }

    /// Paths of the items of a list.
    fn items(&self, path: &str) -> Vec<String> {
        match self.node(path).map(|node| &node.value) {
            Some(Value::Sequence(items)) => {
                (0..items.len()).map(|index| format!("{path}[{index}]")).collect()
            }
            _ => Vec::new(),
        }
    }

    fn value_range(&self, path: &str) -> Range<usize> {
        self.spans.values.get(path).cloned().unwrap_or_else(|| self.key_range(path))
    }

    /// The key at a path, or the nearest key above it; the start of the plan at the top.
    fn key_range(&self, path: &str) -> Range<usize> {
        let mut path = path;
        loop {
            if let Some(range) = self.spans.keys.get(path) {
                return range.clone();
            }
            match path.rfind(['.', '[']) {
                Some(at) => path = &path[..at],
                None => return self.tree.range.start..self.tree.range.start,
            }
        }
    }

    fn present(&self, path: &str) -> bool {
        self.present.contains(path)
    }

    fn count(&self, path: &str) -> Option<u64> {
        match self.values.get(path)? {
            Given::Count(value) => Some(*value),
            _ => None,
        }
    }

    fn number(&self, path: &str) -> Option<f64> {
        match self.values.get(path)? {
            Given::Number(value) => Some(*value),
            _ => None,
        }
    }

    fn words(&self, path: &str) -> Option<&str> {
        match self.values.get(path)? {
            Given::Text(value) => Some(value),
            _ => None,
        }
    }
}

/// Places of every key and value, known to us or not. Of duplicates the first counts.
fn collect_spans(node: &Node, path: &str, spans: &mut Spans) {
    spans.values.entry(path.to_owned()).or_insert_with(|| node.range.clone());
    match &node.value {
        Value::Mapping(entries) => {
            for entry in entries {
                let path = join(path, &entry.key);
                if spans.keys.contains_key(&path) {
                    continue;
                }
                spans.keys.insert(path.clone(), entry.key_range.clone());
                collect_spans(&entry.value, &path, spans);
            }
        }
        Value::Sequence(items) => {
            for (index, item) in items.iter().enumerate() {
                collect_spans(item, &format!("{path}[{index}]"), spans);
            }
        }
        _ => {}
    }
}

fn join(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

/// What stands at a node, for messages: short, and on one line.
fn found(text: &str, node: &Node) -> String {
    match &node.value {
        Value::Null => "nothing".into(),
        Value::Sequence(_) => "a list".into(),
        Value::Mapping(_) => "a mapping".into(),
        Value::Text(words) => format!("`{}`", shorten(words)),
        Value::Bool(flag) => format!("`{flag}`"),
        Value::Integer(number) if node.aliased => format!("`{number}`"),
        Value::Float(number) if node.aliased => format!("`{number}`"),
        Value::Integer(_) | Value::Float(_) => format!("`{}`", shorten(node.raw(text))),
    }
}

fn shorten(words: &str) -> String {
    let line: String = words.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    if line.chars().count() <= 40 {
        line
    } else {
        format!("{}…", line.chars().take(39).collect::<String>())
    }
}

/// The candidate that a misspelt word most likely means.
pub(crate) fn nearest<'c>(word: &str, candidates: impl Iterator<Item = &'c str>) -> Option<&'c str> {
    let fold = |word: &str| word.to_lowercase().replace(['-', ' '], "_");
    let word = fold(&shorten(word));
    let candidates: Vec<&str> = candidates.collect();
    // The beginning of one name only: `ttft` for `ttft_ms`.
    let mut begun = candidates.iter().filter(|candidate| fold(candidate).starts_with(&word));
    if word.len() >= 3
        && let (Some(begun), None) = (begun.next(), begun.next())
    {
        return Some(begun);
    }
    let limit = (word.chars().count() / 3).max(1);
    candidates
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(&word, &fold(candidate)), candidate))
        .filter(|(distance, _)| *distance <= limit)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// `a`, `b` and `c`.
pub(super) fn listed<'c>(names: impl Iterator<Item = &'c str>) -> String {
    let names: Vec<String> = names.map(|name| format!("`{name}`")).collect();
    match names.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
        None => String::new(),
    }
}
