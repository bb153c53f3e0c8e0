//! The arguments of a tool: one table for the input schema and for the check, so that what is offered is
//! what is accepted.

mod synonyms;

use serde_json::{Map, Value, json};

use super::errors::Refusal;
use crate::yaml::MAX_BYTES;
use synonyms::{NEAR, SAME, take_same};

/// Arguments as they came.
pub type Values = Map<String, Value>;

/// What an argument may be.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    /// Text of at most so many bytes.
    Text(usize),
    /// A whole number.
    Integer(u64, u64),
    /// A number above the first and at most the second.
    Number(f64, f64),
    /// One of a few words, each with its meaning.
    Choice(&'static [(&'static str, &'static str)]),
    /// `true` or `false`.
    Flag,
    /// A list of texts: fewest and most items, and bytes of each.
    Texts(usize, usize, usize),
}

/// One argument.
#[derive(Debug, Clone, Copy)]
pub struct Argument {
    /// Its name, with the unit where it has one.
    pub name: &'static str,
    /// What it may be.
    pub kind: Kind,
    /// True where it must be there.
    pub required: bool,
    /// What holds without it, as JSON; empty where there is no such value.
    pub default: &'static str,
    /// One sentence, with an example where that helps.
    pub doc: &'static str,
}

impl Argument {
    /// One that must be there.
    pub const fn required(name: &'static str, kind: Kind, doc: &'static str) -> Argument {
        Argument { name, kind, required: true, default: "", doc }
    }

    /// One that may be left out.
    pub const fn optional(
        name: &'static str,
        kind: Kind,
        default: &'static str,
        doc: &'static str,
    ) -> Argument {
        Argument { name, kind, required: false, default, doc }
    }

    fn schema(&self) -> Value {
        let mut schema = match self.kind {
            Kind::Text(_) => json!({"type": "string"}),
            Kind::Integer(min, max) => json!({"type": "integer", "minimum": min, "maximum": max}),
            Kind::Number(above, max) => {
                let mut schema = json!({"type": "number", "exclusiveMinimum": above});
                if max.is_finite() {
                    schema["maximum"] = json!(max);
                }
                schema
            }
            Kind::Choice(words) => {
                json!({"enum": words.iter().map(|(word, _)| *word).collect::<Vec<_>>()})
            }
            Kind::Flag => json!({"type": "boolean"}),
            Kind::Texts(min, max, _) => {
                json!({"type": "array", "items": {"type": "string"}, "minItems": min, "maxItems": max})
            }
        };
        let mut doc = self.doc.to_owned();
        if let Kind::Choice(words) = self.kind {
            let meanings: Vec<String> = words
                .iter()
                .filter(|(_, meaning)| !meaning.is_empty())
                .map(|(word, meaning)| format!("{word}: {meaning}"))
                .collect();
            if !meanings.is_empty() {
                doc = format!("{doc} {}.", meanings.join("; "));
            }
        }
        schema["description"] = doc.into();
        if let Ok(default) = serde_json::from_str::<Value>(self.default) {
            schema["default"] = default;
        }
        schema
    }

    fn allowed(&self) -> String {
        match self.kind {
            Kind::Text(max) => format!("text of at most {max} bytes"),
            Kind::Integer(min, max) if max == u64::MAX => format!("a whole number from {min}"),
            Kind::Integer(min, max) => format!("a whole number from {min} to {max}"),
            Kind::Number(above, max) if max.is_infinite() => format!("a number greater than {above}"),
            Kind::Number(above, max) => format!("a number greater than {above} and at most {max}"),
            Kind::Choice(words) => words.iter().map(|(word, _)| *word).collect::<Vec<_>>().join(", "),
            Kind::Flag => "true or false".into(),
            Kind::Texts(min, max, _) => format!("a list of {min} to {max} texts"),
        }
    }

    fn check(&self, value: &Value) -> Result<(), Refusal> {
        let wrong = |code: &str, message: String| {
            Err(Refusal::new(code, self.name, message).found(shown(value)).allowed(self.allowed()))
        };
        let kind = kind_of(value);
        let number =
            value.as_str().map(str::trim).filter(|text| text.parse::<f64>().is_ok_and(f64::is_finite));
        let numbers = matches!(self.kind, Kind::Integer(..) | Kind::Number(..));
        let wrong_type = |wanted: &str| {
            let said = wrong("wrong-type", format!("{} must be {wanted}, and this is {kind}", self.name));
            match number.filter(|_| numbers) {
                Some(text) => {
                    said.map_err(|refusal| refusal.fix(format!("write {text} without quotation marks")))
                }
                None => said,
            }
        };
        match self.kind {
            Kind::Text(max) => match value.as_str() {
                None => wrong_type("text"),
                Some(text) if text.len() > max => wrong(
                    "too-large",
                    format!("{} has {} bytes, more than the {max} that it may have", self.name, text.len()),
                ),
                Some(_) => Ok(()),
            },
            Kind::Integer(min, max) => {
                let whole = value.as_u64().or_else(|| {
                    value.as_f64().filter(|n| n.fract() == 0.0 && *n >= 0.0 && *n < 9e15).map(|n| n as u64)
                });
                match whole {
                    _ if !value.is_number() => wrong_type("a whole number"),
                    Some(number) if (min..=max).contains(&number) => Ok(()),
                    _ => wrong("out-of-range", format!("{} must be {}", self.name, self.allowed())),
                }
            }
            Kind::Number(above, max) => match value.as_f64() {
                None => wrong_type("a number"),
                Some(number) if number > above && number <= max => Ok(()),
                Some(_) => wrong("out-of-range", format!("{} must be {}", self.name, self.allowed())),
            },
            Kind::Choice(words) => match value.as_str() {
                None => wrong_type("text"),
                Some(word) if words.iter().any(|(known, _)| known.eq_ignore_ascii_case(word)) => Ok(()),
                Some(word) => wrong("unknown-choice", format!("{} cannot be {}", self.name, shown(value)))
                    .map_err(|refusal| refusal.nearest(word, words.iter().map(|(known, _)| *known))),
            },
            Kind::Flag if value.is_boolean() => Ok(()),
            Kind::Flag => wrong_type("true or false"),
            Kind::Texts(min, max, each) => match value.as_array() {
                None => wrong_type("a list of texts").map_err(|refusal| match value.as_str() {
                    Some(one) if one.len() <= each => {
                        refusal.fix(format!("write {}", Value::from(vec![one])))
                    }
                    _ => refusal,
                }),
                Some(items) if !(min..=max).contains(&items.len()) => wrong(
                    "out-of-range",
                    format!("{} must be {}, and this has {}", self.name, self.allowed(), items.len()),
                ),
                Some(items) => items.iter().try_for_each(|item| match item.as_str() {
                    None => wrong(
                        "wrong-type",
                        format!("each of {} must be text, and one is {}", self.name, kind_of(item)),
                    ),
                    Some(text) if text.len() > each => wrong(
                        "too-large",
                        format!(
                            "one of {} has {} bytes, more than the {each} that it may have",
                            self.name,
                            text.len()
                        ),
                    ),
                    Some(_) => Ok(()),
                }),
            },
        }
    }
}

fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "nothing",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

/// A value as it was written, without printing what is large.
fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.chars().take(100).collect(),
        Value::Array(items) => format!("a list of {}", items.len()),
        Value::Object(_) => "an object".into(),
        other => other.to_string(),
    }
}

/// The argument that nearly every tool takes.
pub const PLAN: Argument = Argument::required("yaml_config_string", Kind::Text(MAX_BYTES), "The plan, YAML.");

/// How much an evaluation says.
pub const DETAIL: Argument = Argument::optional(
    "detail",
    Kind::Choice(&[("concise", ""), ("full", "also memory, 22 walls, cost, carbon, timeline")]),
    "\"concise\"",
    "How much.",
);

/// Which physics.
pub const PHYSICS: Argument = Argument::optional(
    "physics",
    Kind::Choice(&[("studio", ""), ("mlsysim", "")]),
    "",
    "Default: the plan's.",
);

/// How much is said of each of several plans.
pub const ROWS: Argument = Argument::optional(
    "detail",
    Kind::Choice(&[("concise", ""), ("full", "every metric of each plan")]),
    "\"concise\"",
    "How much.",
);

/// Bounds on metrics.
pub const CONSTRAINTS: Argument = Argument::optional(
    "constraints",
    Kind::Texts(1, 16, 200),
    "",
    "METRIC<=VALUE or METRIC>=VALUE each: p_itl_ms<=40.",
);

/// The input schema of a tool with these arguments.
pub fn schema(arguments: &[Argument], plan_is_open: bool) -> Map<String, Value> {
    let mut properties = Map::new();
    let mut required = Vec::new();
    for argument in arguments {
        let open = plan_is_open && argument.name == PLAN.name;
        let mut schema = argument.schema();
        if open {
            schema["description"] = format!("{} Default: the open plan.", argument.doc).into();
        }
        properties.insert(argument.name.into(), schema);
        if argument.required && !open {
            required.push(argument.name);
        }
    }
    let mut object = Map::new();
    object.insert("type".into(), "object".into());
    object.insert("properties".into(), properties.into());
    if !required.is_empty() {
        object.insert("required".into(), required.into());
    }
    object.insert("additionalProperties".into(), false.into());
    object
}

/// Arguments that passed the check.
#[derive(Debug, Clone, Default)]
pub struct Given {
    values: Values,
    taken: Vec<String>,
}

impl Given {
    /// Checks arguments against a tool's table. `null` is the same as leaving the argument out.
    ///
    /// # Errors
    ///
    /// The first argument that is unknown, missing, of the wrong type or out of range.
    pub fn check(arguments: &[Argument], mut values: Values, plan_is_open: bool) -> Result<Given, Refusal> {
        let names = || arguments.iter().map(|argument| argument.name);
        let listed = || {
            let all: Vec<&str> = names().collect();
            if all.is_empty() { "no arguments".to_owned() } else { all.join(", ") }
        };
        let taken = take_same(arguments, &mut values);
        let unknown: Vec<String> = values
            .keys()
            .filter(|name| !names().any(|known| known == name.as_str()))
            .take(8)
            .map(|name| name.chars().take(80).collect())
            .collect();
        for (name, value) in &values {
            match arguments.iter().find(|argument| argument.name == name) {
                None => {
                    let short: String = name.chars().take(80).collect();
                    let mut refusal = Refusal::new(
                        "unknown-argument",
                        &short,
                        format!("there is no argument {}", unknown.join(", nor ")),
                    )
                    .found(short.clone())
                    .allowed(listed());
                    if short.starts_with("constraint") && names().any(|known| known == PLAN.name) {
                        return Err(refusal.fix(
                            "write limits into the plan: constraints: {assert: [{metric: performance.itl_ms, max: 40}]}",
                        ));
                    }
                    let other = SAME
                        .iter()
                        .chain(NEAR)
                        .find(|(other, real)| *other == short && names().any(|known| known == *real));
                    if let Some((_, real)) = other {
                        refusal.nearest = Some((*real).to_owned());
                        return Err(refusal.fix(format!("write {real}")));
                    }
                    return Err(refusal.nearest(name, names()));
                }
                Some(_) if value.is_null() => {}
                Some(argument) => argument.check(value)?,
            }
        }
        let absent = |argument: &&Argument| values.get(argument.name).is_none_or(Value::is_null);
        let needed =
            |argument: &&Argument| argument.required && !(plan_is_open && argument.name == PLAN.name);
        if let Some(missing) = arguments.iter().filter(needed).find(absent) {
            return Err(Refusal::new(
                "missing-argument",
                missing.name,
                format!("{} is missing", missing.name),
            )
            .allowed(missing.allowed())
            .fix(format!("add {}: {}", missing.name, missing.doc)));
        }
        Ok(Given { values, taken })
    }

    /// What was read under another name: `name as model`.
    pub fn taken(&self) -> &[String] {
        &self.taken
    }

    /// A text or a choice.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.values.get(name)?.as_str()
    }

    /// A choice, in small letters; `default` where it was left out.
    pub fn choice(&self, name: &str, default: &str) -> String {
        self.text(name).unwrap_or(default).to_lowercase()
    }

    /// A whole number.
    pub fn integer(&self, name: &str) -> Option<u64> {
        let value = self.values.get(name)?;
        value.as_u64().or_else(|| value.as_f64().map(|number| number as u64))
    }

    /// A number.
    pub fn number(&self, name: &str) -> Option<f64> {
        self.values.get(name)?.as_f64()
    }

    /// A flag; false where it was left out.
    pub fn flag(&self, name: &str) -> bool {
        self.values.get(name).and_then(Value::as_bool).unwrap_or(false)
    }

    /// A list of texts; empty where it was left out.
    pub fn texts(&self, name: &str) -> Vec<&str> {
        self.values
            .get(name)
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect()
    }

    /// What was taken for the arguments that were left out and have a value without, of those that `told` picks.
    pub fn assumed(&self, arguments: &[Argument], told: impl Fn(&str) -> bool) -> Values {
        arguments
            .iter()
            .filter(|argument| told(argument.name) && !self.has(argument.name))
            .filter_map(|argument| {
                Some((argument.name.to_owned(), serde_json::from_str(argument.default).ok()?))
            })
            .collect()
    }

    /// Whether it was given.
    pub fn has(&self, name: &str) -> bool {
        self.values.get(name).is_some_and(|value| !value.is_null())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &[Argument] = &[
        PLAN,
        DETAIL,
        Argument::optional("limit", Kind::Integer(1, 50), "10", "How many."),
        Argument::optional("rate", Kind::Number(0.0, f64::INFINITY), "", "How fast."),
        Argument::optional("plans", Kind::Texts(2, 3, 10), "", "Plans."),
    ];

    fn refused(values: Value) -> Refusal {
        let Value::Object(values) = values else { unreachable!() };
        Given::check(TABLE, values, false).unwrap_err()
    }

    #[test]
    fn what_is_wrong_is_said_with_the_nearest_name() {
        let unknown = refused(json!({"yaml_configs": "a"}));
        assert_eq!(
            (unknown.code.as_str(), unknown.nearest.as_deref()),
            ("unknown-argument", Some("yaml_config_string"))
        );
        let other = refused(json!({"yaml_config_string": "", "config": "a", "zzzz": 1}));
        assert_eq!(other.nearest.as_deref(), Some("yaml_config_string"));
        assert!(other.message.contains("config, nor zzzz"), "{}", other.message);
        let constraint = refused(json!({"constraints": ["p_itl_ms<=40"]}));
        assert!(constraint.fix.unwrap().contains("assert"));
        assert_eq!(refused(json!({})).code, "missing-argument");
        assert_eq!(refused(json!({"yaml_config_string": 3})).code, "wrong-type");
        assert_eq!(refused(json!({"yaml_config_string": null})).code, "missing-argument");
        let choice = refused(json!({"yaml_config_string": "", "detail": "ful"}));
        assert_eq!(choice.nearest.as_deref(), Some("full"));
        for wrong in [json!(0), json!(51), json!(1.5), json!(-1)] {
            assert_eq!(refused(json!({"yaml_config_string": "", "limit": wrong})).code, "out-of-range");
        }
        assert_eq!(refused(json!({"yaml_config_string": "", "rate": 0})).code, "out-of-range");
        assert_eq!(refused(json!({"yaml_config_string": "", "plans": ["a"]})).code, "out-of-range");
        assert_eq!(refused(json!({"yaml_config_string": "", "plans": ["a", 1]})).code, "wrong-type");
        assert_eq!(
            refused(json!({"yaml_config_string": "", "plans": ["a", "01234567890"]})).code,
            "too-large"
        );
        assert_eq!(refused(json!({"yaml_config_string": "x".repeat(MAX_BYTES + 1)})).code, "too-large");
    }

    #[test]
    fn another_word_for_the_same_is_taken_and_told() {
        let check = |values: Value| {
            let Value::Object(values) = values else { unreachable!() };
            Given::check(&super::super::draft::FLAT, values, false)
        };
        let given = check(json!({"name": "Llama3_70B", "hardware": "H100", "count": 4, "batch": 2})).unwrap();
        assert_eq!((given.text("model"), given.text("accelerator")), (Some("Llama3_70B"), Some("H100")));
        assert_eq!((given.integer("accelerators"), given.integer("batch_size")), (Some(4), Some(2)));
        assert_eq!(
            given.taken(),
            ["name as model", "hardware as accelerator", "count as accelerators", "batch as batch_size"]
        );
        // Never in place of what was given, and never what the argument does not take.
        let both = check(json!({"model": "Llama3_70B", "name": "Llama3_8B"})).unwrap_err();
        assert_eq!((both.code.as_str(), both.field.as_str()), ("unknown-argument", "name"));
        assert_eq!(check(json!({"count": "four"})).unwrap_err().code, "unknown-argument");
        let plan = json!({"plan": "version: 1"});
        let Value::Object(values) = plan else { unreachable!() };
        assert_eq!(Given::check(TABLE, values, false).unwrap().text(PLAN.name), Some("version: 1"));
    }

    #[test]
    fn an_open_plan_needs_no_text() {
        assert!(Given::check(TABLE, Map::new(), true).is_ok());
        assert!(schema(TABLE, true).get("required").is_none());
        assert_eq!(schema(TABLE, false)["required"], json!(["yaml_config_string"]));
    }
}
