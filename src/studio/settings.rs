//! The user's settings: one YAML file, read like a plan, with every mistake named and none of them fatal.

mod docs;

use serde_json::{Map, Value as Json, json};

use super::keymap::KeySet;
use super::layout::Pane;
use crate::plan::{Diagnostic, Fix, Severity, line_column, nearest};
use crate::yaml::{self, Entry, Value};

pub use docs::settings_markdown;

/// Name of the file in the configuration directory.
pub const FILE: &str = "settings.yaml";

/// The theme that follows the background of the terminal.
pub const AUTO: &str = "auto";

/// What the user has set, defaults for the rest.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// Theme by name, or [`AUTO`].
    pub theme: String,
    /// Theme of [`AUTO`] on a light background.
    pub light_theme: String,
    /// Theme of [`AUTO`] on a dark background.
    pub dark_theme: String,
    /// Frames and signs from ASCII only.
    pub ascii: bool,
    /// The keys of the editor.
    pub keys: KeySet,
    /// Whether things may move on the screen.
    pub animation: bool,
    /// Whether the mouse is listened to.
    pub mouse: bool,
    /// How long a message of the program stays, in seconds.
    pub message_seconds: f64,
    /// The pane with the focus once a plan is opened.
    pub start_pane: Pane,
    /// Whether the roofline stands in the place of the time line at the start.
    pub roofline: bool,
    /// Whether panes, cursors and recent files are remembered from one time to the next.
    pub remember: bool,
    /// The keys that the file has, in its order.
    pub given: Vec<&'static str>,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            theme: "terminal".into(),
            light_theme: "light".into(),
            dark_theme: "dark".into(),
            ascii: false,
            keys: KeySet::Default,
            animation: true,
            mouse: true,
            message_seconds: 4.0,
            start_pane: Pane::Plan,
            roofline: false,
            remember: true,
            given: Vec::new(),
        }
    }
}

impl Settings {
    /// Whether the file has this key.
    pub fn gives(&self, key: &str) -> bool {
        self.given.contains(&key)
    }
}

/// What a setting may be.
#[derive(Debug, Clone, Copy)]
enum Kind {
    /// `true` or `false`.
    Switch,
    /// One of these words.
    Words(&'static [&'static str]),
    /// A number in a range, both ends allowed.
    Number(f64, f64),
    /// The name of a theme, or `auto` where the flag is set.
    Theme(bool),
}

/// One setting.
struct Field {
    key: &'static str,
    kind: Kind,
    /// The default as it would be written.
    default: &'static str,
    doc: &'static str,
    /// Takes a value that has been checked.
    put: fn(&mut Settings, &Value),
}

const PANES: &[&str] = &["plan", "verdict", "walls", "memory", "time", "money", "problems"];

/// Every setting, in the order of the documentation.
const FIELDS: &[Field] = &[
    Field {
        key: "theme",
        kind: Kind::Theme(true),
        default: "terminal",
        doc: "Theme of the studio. `auto` asks the terminal whether its background is light or dark.",
        put: |settings, value| settings.theme = word(value),
    },
    Field {
        key: "light_theme",
        kind: Kind::Theme(false),
        default: "light",
        doc: "Theme on a light background; counts with `theme: auto`.",
        put: |settings, value| settings.light_theme = word(value),
    },
    Field {
        key: "dark_theme",
        kind: Kind::Theme(false),
        default: "dark",
        doc: "Theme on a dark background; counts with `theme: auto`.",
        put: |settings, value| settings.dark_theme = word(value),
    },
    Field {
        key: "borders",
        kind: Kind::Words(&["unicode", "ascii"]),
        default: "unicode",
        doc: "What frames, bars, curves and signs are made of.",
        put: |settings, value| settings.ascii = word(value) == "ascii",
    },
    Field {
        key: "keys",
        kind: Kind::Words(&["default", "emacs", "vim"]),
        default: "default",
        doc: "Keys of the editor: those of most programs, the chords of emacs, or the modes of vim.",
        put: |settings, value| settings.keys = KeySet::named(&word(value)).unwrap_or_default(),
    },
    Field {
        key: "animation",
        kind: Kind::Switch,
        default: "true",
        doc: "Whether anything may move or flash on the screen.",
        put: |settings, value| settings.animation = switch(value),
    },
    Field {
        key: "mouse",
        kind: Kind::Switch,
        default: "true",
        doc: "Whether the studio listens to the mouse; without it the terminal selects text as usual.",
        put: |settings, value| settings.mouse = switch(value),
    },
    Field {
        key: "message_seconds",
        kind: Kind::Number(1.0, 60.0),
        default: "4",
        doc: "How long a message in the last line stays, in seconds; a key takes it away at once.",
        put: |settings, value| settings.message_seconds = number(value).unwrap_or(settings.message_seconds),
    },
    Field {
        key: "start_pane",
        kind: Kind::Words(PANES),
        default: "plan",
        doc: "The pane that has the focus once a plan is opened.",
        put: |settings, value| {
            let at = PANES.iter().position(|pane| *pane == word(value));
            settings.start_pane = at.and_then(|at| Pane::by_number(at as u8 + 1)).unwrap_or(Pane::Plan);
        },
    },
    Field {
        key: "roofline",
        kind: Kind::Switch,
        default: "false",
        doc: "Whether the studio starts with the roofline in the place of the time line.",
        put: |settings, value| settings.roofline = switch(value),
    },
    Field {
        key: "remember",
        kind: Kind::Switch,
        default: "true",
        doc: "Whether sizes of panes, places in files, what was open and shown, recent files and the chosen theme are kept from one time to the next.",
        put: |settings, value| settings.remember = switch(value),
    },
];

fn word(value: &Value) -> String {
    if let Value::Text(text) = value { text.clone() } else { String::new() }
}

fn switch(value: &Value) -> bool {
    *value == Value::Bool(true)
}

fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Integer(whole) => Some(*whole as f64),
        Value::Float(number) => Some(*number),
        _ => None,
    }
}

/// Reads the file. What is wrong keeps its default and is named; the rest counts.
pub fn read(text: &str, themes: &[&str]) -> (Settings, Vec<Diagnostic>) {
    let mut settings = Settings::default();
    let mut found = Vec::new();
    let tree = match yaml::parse(text) {
        Ok(tree) => tree,
        Err(error) => {
            found.push(diagnostic(text, "", "yaml", error.range, error.message, error.help));
            return (settings, found);
        }
    };
    let entries: &[Entry] = match &tree.value {
        Value::Mapping(entries) => entries,
        Value::Null => &[],
        other => {
            let message = format!("settings are a mapping of keys to values, not {}", other.kind());
            found.push(diagnostic(text, "", "wrong-type", tree.range, message, None));
            &[]
        }
    };
    for entry in entries {
        let Some(field) = FIELDS.iter().find(|field| field.key == entry.key) else {
            found.push(unknown_key(text, entry));
            continue;
        };
        if settings.gives(field.key) {
            let message = format!("`{}` stands here twice; the first one counts", field.key);
            found.push(diagnostic(text, field.key, "duplicate-key", entry.key_range.clone(), message, None));
            continue;
        }
        match check(field, &entry.value.value, themes) {
            Ok(()) => {
                (field.put)(&mut settings, &entry.value.value);
                settings.given.push(field.key);
            }
            Err((code, message, meant)) => {
                let range = entry.value.range.clone();
                let help = match &meant {
                    Some(meant) => format!("did you mean `{meant}`? Allowed: {}", allowed(field, themes)),
                    None => format!("allowed: {}", allowed(field, themes)),
                };
                let mut wrong = diagnostic(text, field.key, code, range.clone(), message, Some(help));
                wrong.fixes.extend(meant.map(|meant| change(&meant, range)));
                found.push(wrong);
            }
        }
    }
    (settings, found)
}

/// Code of the mistake, what is wrong, and what was probably meant.
type Mistake = (&'static str, String, Option<String>);

fn check(field: &Field, value: &Value, themes: &[&str]) -> Result<(), Mistake> {
    let key = field.key;
    let wrong_type =
        |wanted: &str| Err(("wrong-type", format!("`{key}` is {wanted}, not {}", value.kind()), None));
    match (field.kind, value) {
        (Kind::Switch, Value::Bool(_)) => Ok(()),
        (Kind::Switch, _) => wrong_type("true or false"),
        (Kind::Number(least, most), value) => match number(value) {
            None => wrong_type("a number"),
            Some(number) if (least..=most).contains(&number) => Ok(()),
            Some(number) => Err(("out-of-range", format!("`{key}` is {number}"), None)),
        },
        (Kind::Words(words), Value::Text(text)) if words.contains(&text.as_str()) => Ok(()),
        (Kind::Theme(auto), Value::Text(text))
            if themes.contains(&text.as_str()) || (auto && text == AUTO) =>
        {
            Ok(())
        }
        (kind @ (Kind::Words(_) | Kind::Theme(_)), Value::Text(text)) => {
            let meant = match kind {
                Kind::Words(words) => nearest(text, words.iter().copied()),
                _ => nearest(text, themes.iter().copied().chain([AUTO])),
            };
            Err(("unknown-name", format!("`{key}` cannot be `{text}`"), meant.map(str::to_owned)))
        }
        (Kind::Words(_), _) => wrong_type("a word"),
        (Kind::Theme(_), _) => wrong_type("the name of a theme"),
    }
}

fn allowed(field: &Field, themes: &[&str]) -> String {
    match field.kind {
        Kind::Switch => "true, false".into(),
        Kind::Words(words) => words.join(", "),
        Kind::Number(least, most) => format!("{least} to {most}"),
        Kind::Theme(auto) => {
            let names: Vec<&str> = auto.then_some(AUTO).into_iter().chain(themes.iter().copied()).collect();
            names.join(", ")
        }
    }
}

fn unknown_key(text: &str, entry: &Entry) -> Diagnostic {
    let keys = || FIELDS.iter().map(|field| field.key);
    let meant = nearest(&entry.key, keys());
    let all = keys().collect::<Vec<_>>().join(", ");
    let help = match meant {
        Some(meant) => format!("did you mean `{meant}`? There are {all}"),
        None => format!("there are {all}"),
    };
    let range = entry.key_range.clone();
    let message = format!("there is no setting `{}`", entry.key);
    let mut unknown = diagnostic(text, &entry.key, "unknown-key", range.clone(), message, Some(help));
    unknown.fixes.extend(meant.map(|meant| change(meant, range)));
    unknown
}

fn change(to: &str, range: std::ops::Range<usize>) -> Fix {
    Fix { title: format!("change to `{to}`"), range, replacement: to.to_owned() }
}

fn diagnostic(
    text: &str,
    path: &str,
    code: &'static str,
    range: std::ops::Range<usize>,
    message: String,
    help: Option<String>,
) -> Diagnostic {
    let (line, column) = line_column(text, range.start);
    Diagnostic {
        code,
        severity: Severity::Error,
        path: path.to_owned(),
        line,
        column,
        range,
        message,
        help,
        fixes: Vec::new(),
    }
}

/// JSON Schema of the file, for editors.
pub fn schema() -> Json {
    let mut properties = Map::new();
    for field in FIELDS {
        let default = yaml::parse(field.default).map_or(Value::Null, |node| node.value);
        let mut property = match field.kind {
            Kind::Switch => json!({"type": "boolean", "default": switch(&default)}),
            Kind::Words(words) => json!({"enum": words, "default": field.default}),
            Kind::Number(least, most) => {
                json!({"type": "number", "minimum": least, "maximum": most, "default": number(&default)})
            }
            Kind::Theme(_) => json!({"type": "string", "default": field.default}),
        };
        property["description"] = field.doc.into();
        properties.insert(field.key.into(), property);
    }
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Settings of mlsysim-tui",
        "description": "settings.yaml in the configuration directory",
        "type": "object",
        "properties": properties,
        "additionalProperties": false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const THEMES: &[&str] = &["terminal", "dark", "light"];

    #[test]
    fn an_empty_file_sets_nothing() {
        for text in ["", "# nothing yet\n"] {
            assert_eq!(read(text, THEMES), (Settings::default(), Vec::new()));
        }
    }

    #[test]
    fn every_setting_takes_its_default_and_the_default_is_the_programs() {
        let lines: Vec<String> =
            FIELDS.iter().map(|field| format!("{}: {}\n", field.key, field.default)).collect();
        let text = lines.concat();
        let (settings, problems) = read(&text, THEMES);
        assert!(problems.is_empty(), "{problems:?}");
        assert_eq!(Settings { given: Vec::new(), ..settings }, Settings::default());
    }

    #[test]
    fn what_is_set_counts() {
        let text = "theme: auto\nborders: ascii\nmouse: false\nmessage_seconds: 2.5\nstart_pane: walls\n";
        let (settings, problems) = read(text, THEMES);
        assert!(problems.is_empty(), "{problems:?}");
        assert!(settings.theme == AUTO && settings.ascii && !settings.mouse && settings.gives("mouse"));
        assert_eq!((settings.message_seconds, settings.start_pane), (2.5, Pane::Walls));
    }

    #[test]
    fn mistakes_have_a_place_and_a_way_out_and_the_rest_counts() {
        let text = "themes: dark\nborders: asci\nmessage_seconds: 900\nmouse: maybe\nanimation: false\nmouse: false\n";
        let (settings, problems) = read(text, THEMES);
        let said: Vec<(usize, usize, &str)> =
            problems.iter().map(|problem| (problem.line, problem.column, problem.code)).collect();
        assert_eq!(
            said,
            [(1, 1, "unknown-key"), (2, 10, "unknown-name"), (3, 18, "out-of-range"), (4, 8, "wrong-type")]
        );
        assert!(problems[0].help.as_ref().unwrap().contains("`theme`? There are theme, light_theme"));
        assert!(problems[1].help.as_ref().unwrap().contains("`ascii`? Allowed: unicode, ascii"));
        assert!(problems[2].help.as_ref().unwrap().contains("1 to 60"));
        assert!(!settings.animation && !settings.mouse && settings.theme == "terminal");
    }

    #[test]
    fn a_broken_file_is_one_problem() {
        for text in ["theme: [", "- a\n- b\n", "just words"] {
            let (settings, problems) = read(text, THEMES);
            assert_eq!((settings, problems.len()), (Settings::default(), 1), "{text}");
        }
    }

    #[test]
    fn the_schema_knows_every_setting() {
        let schema = schema();
        assert_eq!(schema["properties"].as_object().unwrap().len(), FIELDS.len());
        assert_eq!(schema["properties"]["mouse"]["default"], true);
    }
}
