//! Why a tool has no answer, in a shape that a program can act on.

use serde_json::{Map, Value, json};

use crate::plan::{Diagnostic, Severity, edit, fields};

/// Longest piece of what was found that is quoted back, characters.
const QUOTED: usize = 80;

/// Most problems that one refusal lists.
const LISTED: usize = 50;

/// A refusal: what, where, what is allowed, the nearest name, one fix.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Refusal {
    /// Stable, kebab-case.
    pub code: String,
    /// One sentence.
    pub message: String,
    /// Argument of the tool, or dotted path in the plan.
    pub field: String,
    /// 1-based line and column in the plan's text.
    pub place: Option<(usize, usize)>,
    /// What stands there.
    pub found: Option<String>,
    /// What is allowed.
    pub allowed: Option<String>,
    /// The nearest name.
    pub nearest: Option<String>,
    /// What to do, in words.
    pub fix: Option<String>,
    /// Every problem of the plan, where the plan is what is wrong.
    pub problems: Vec<Value>,
}

impl Refusal {
    /// A refusal of an argument.
    pub fn new(code: &str, field: &str, message: impl Into<String>) -> Refusal {
        Refusal { code: code.into(), field: field.into(), message: message.into(), ..Refusal::default() }
    }

    /// With what was found.
    #[must_use]
    pub fn found(mut self, found: impl Into<String>) -> Refusal {
        self.found = Some(quoted(&found.into()));
        self
    }

    /// With what is allowed.
    #[must_use]
    pub fn allowed(mut self, allowed: impl Into<String>) -> Refusal {
        self.allowed = Some(allowed.into());
        self
    }

    /// With the nearest of the names that there are.
    #[must_use]
    pub fn nearest<'a>(mut self, found: &str, names: impl IntoIterator<Item = &'a str>) -> Refusal {
        self.nearest = nearest(found, names).map(str::to_owned);
        if let Some(name) = &self.nearest
            && self.fix.is_none()
        {
            self.fix = Some(format!("write {name}"));
        }
        self
    }

    /// With what to do.
    #[must_use]
    pub fn fix(mut self, fix: impl Into<String>) -> Refusal {
        self.fix = Some(fix.into());
        self
    }

    /// A plan that cannot be read: its first error in the fields, all of its problems in the list.
    pub fn plan(diagnostics: &[Diagnostic], text: &str) -> Refusal {
        let first = diagnostics.iter().find(|one| one.severity == Severity::Error).or(diagnostics.first());
        let Some(first) = first else {
            return Refusal::new("unreadable-plan", "yaml_config_string", "the plan cannot be read");
        };
        Refusal {
            problems: diagnostics.iter().take(LISTED).map(|one| problem(one, text)).collect(),
            ..of(first, text)
        }
    }

    /// A plan that was made of a call's arguments: what is wrong is told of the arguments, `names` by the field
    /// that each went to. Nobody but the server has seen the text, so no line of it is named.
    #[must_use]
    pub fn of_arguments(mut self, names: &[(&str, &str)]) -> Refusal {
        self.place = None;
        let argument = |field: &str| names.iter().find(|(path, _)| *path == field).map(|(_, name)| *name);
        if let Some(name) = argument(&self.field) {
            self.message = in_arguments(&self.message, &self.field, name);
            name.clone_into(&mut self.field);
        }
        for problem in &mut self.problems {
            problem["line"] = Value::Null;
            problem["column"] = Value::Null;
            let field = problem["field"].as_str().unwrap_or_default().to_owned();
            if let Some(name) = argument(&field) {
                let message = problem["message"].as_str().unwrap_or_default();
                problem["message"] = in_arguments(message, &field, name).into();
                problem["field"] = name.into();
            }
        }
        // The first problem is the refusal itself.
        if self.problems.len() == 1 {
            self.problems.clear();
        }
        self
    }

    /// The same, where the text was changed by assignments: a problem in a field that one of them set is told of it.
    #[must_use]
    pub fn of_assignments(mut self, edits: &[(String, String)]) -> Refusal {
        if let Some((path, value)) = edits.iter().find(|(path, _)| *path == self.field) {
            self.message = format!("{path}={value}: {}", self.message);
            self.field = "assignments".into();
            self.place = None;
            self.problems.clear();
        }
        self
    }

    /// The structured content of the error.
    pub fn json(&self) -> Value {
        let mut object = Map::new();
        object.insert("code".into(), json!(self.code));
        object.insert("message".into(), json!(self.message));
        object.insert("field".into(), json!(self.field));
        object.insert("line".into(), json!(self.place.map(|(line, _)| line)));
        object.insert("column".into(), json!(self.place.map(|(_, column)| column)));
        object.insert("found".into(), json!(self.found));
        object.insert("allowed".into(), json!(self.allowed));
        object.insert("nearest".into(), json!(self.nearest));
        object.insert("fix".into(), json!(self.fix));
        if !self.problems.is_empty() {
            object.insert("problems".into(), json!(self.problems));
        }
        Value::Object(object)
    }

    /// The same for reading: the first line says what is wrong.
    pub fn text(&self) -> String {
        let mut text = format!("error[{}]", self.code);
        if !self.field.is_empty() {
            text.push_str(&format!(" {}", self.field));
        }
        if let Some((line, column)) = self.place {
            text.push_str(&format!(" (line {line}, column {column})"));
        }
        text.push_str(&format!(": {}\n", self.message));
        let facts = [
            ("found", &self.found),
            ("allowed", &self.allowed),
            ("nearest", &self.nearest),
            ("fix", &self.fix),
        ];
        for (name, value) in facts {
            if let Some(value) = value {
                text.push_str(&format!("{name}: {value}\n"));
            }
        }
        for problem in self.problems.iter().skip(1) {
            let word = |key: &str| problem[key].as_str().unwrap_or_default().to_owned();
            let place = match &problem["line"] {
                Value::Null => word("field"),
                line => format!("line {line}"),
            };
            text.push_str(&format!("also {} {place}: {}\n", word("severity"), word("message")));
        }
        text
    }
}

/// A problem of a plan as JSON: place, what was found, what is allowed, the nearest name and one fix.
pub fn problem(diagnostic: &Diagnostic, text: &str) -> Value {
    let mut value = of(diagnostic, text).json();
    value["severity"] = diagnostic.severity.name().into();
    value
}

fn of(diagnostic: &Diagnostic, text: &str) -> Refusal {
    let found = text.get(diagnostic.range.clone()).map(str::trim).filter(|found| !found.is_empty());
    let allowed = fields::field(&diagnostic.path).map(allowed).filter(|words| !words.is_empty());
    let help = diagnostic.help.as_deref().map(|help| help_for_agents(diagnostic.code, help));
    let first = diagnostic.fixes.first();
    let names_something = diagnostic.code.starts_with("unknown-") || diagnostic.code == "wrong-choice";
    Refusal {
        code: diagnostic.code.into(),
        message: diagnostic.message.clone(),
        field: diagnostic.path.clone(),
        place: Some((diagnostic.line, diagnostic.column)),
        found: found.map(quoted),
        allowed: allowed.or_else(|| help.clone()),
        nearest: first
            .filter(|fix| names_something && fix.title.starts_with("change to "))
            .map(|fix| fix.replacement.trim().trim_matches('"').to_owned()),
        // To take a thing out mends the plan and loses what it was for: where it belongs elsewhere, that is the fix.
        fix: match (first, &help) {
            (Some(fix), Some(help)) if fix.replacement.trim().is_empty() => Some(help.clone()),
            (Some(fix), _) => Some(fix.title.clone()),
            (None, _) => help,
        },
        problems: Vec::new(),
    }
}

/// What a field may be, for somebody who has tools and no shell: names are searched, and files are not read.
fn allowed(field: &fields::Field) -> String {
    match field.kind {
        fields::Kind::Model => "a model of the registry: search_registry finds them".into(),
        fields::Kind::Accelerator => "an accelerator of the registry: search_registry finds them".into(),
        fields::Kind::Region => "a region of the registry: search_registry finds them, kind grids".into(),
        _ => fields::allowed(field),
    }
}

/// Help that names a command of the shell, or a file, in terms of tools.
fn help_for_agents(code: &str, help: &str) -> String {
    match () {
        () if code == "unreadable-file" => "name an entry of the registry".into(),
        () if help.contains("mlsysim-tui zoo") => "search_registry lists what there is".into(),
        () if help.contains("mlsysim-tui new") => "get_schemas has an example to start from".into(),
        () => help.into(),
    }
}

/// A message about a field as one about an argument.
fn in_arguments(message: &str, field: &str, name: &str) -> String {
    let message = message.strip_prefix(&format!("`{field}`: ")).unwrap_or(message);
    message.replace(&format!("`{field}`"), &format!("`{name}`"))
}

/// A plan that reads well and cannot be evaluated.
pub fn evaluation(message: &str, path: &str) -> Refusal {
    let allowed = fields::field(path).map(allowed);
    Refusal { allowed, ..Refusal::new("evaluation", path, message) }
}

/// A change to a plan that cannot be made.
pub fn edit(error: &edit::EditError, field: &str) -> Refusal {
    Refusal::new("edit", field, error.to_string())
        .fix("write the field by hand; a change is made only where it is exact")
}

/// What was found, on one line and of a length that can be printed.
fn quoted(found: &str) -> String {
    let clean: String = found.chars().take(QUOTED).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if found.chars().nth(QUOTED).is_some() { format!("{clean}…") } else { clean }
}

/// The name nearest to what was written, if any is near.
pub fn nearest<'a>(found: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let found: String = found.to_lowercase().chars().take(100).collect();
    names
        .into_iter()
        .map(|name| (strsim::jaro_winkler(&found, &name.to_lowercase()), name))
        .filter(|(score, _)| *score > 0.8)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, name)| name)
}
