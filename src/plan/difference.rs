//! What was edited between two plan texts, as assignments that can be carried out one by one.

use super::edit::{self, EditError};
use crate::yaml::{self, Node, Value};

/// A field that two plans write differently. Comments, order and spelling of the same value do not count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// Dotted path, for example `hardware.name`.
    pub path: String,
    /// The value of the first plan as a YAML scalar or in flow style; `None` where the field is not written.
    pub before: Option<String>,
    /// The value of the second plan.
    pub after: Option<String>,
}

impl Edit {
    /// `hardware.name: H100 → MI300X`, or what was added or removed.
    pub fn sentence(&self) -> String {
        match (&self.before, &self.after) {
            (Some(before), Some(after)) => format!("{}: {before} → {after}", self.path),
            (None, Some(after)) => format!("{}: {after} (added)", self.path),
            (Some(before), None) => format!("{}: {before} (removed)", self.path),
            (None, None) => self.path.clone(),
        }
    }

    /// The first plan's text with this edit alone.
    pub fn apply(&self, text: &str) -> Result<String, EditError> {
        carry_out(text, &self.path, self.after.as_deref())
    }

    /// The second plan's text with this edit alone taken back.
    pub fn revert(&self, text: &str) -> Result<String, EditError> {
        carry_out(text, &self.path, self.before.as_deref())
    }
}

fn carry_out(text: &str, path: &str, value: Option<&str>) -> Result<String, EditError> {
    match value {
        Some(value) => edit::set(text, path, value),
        None => edit::remove(text, path),
    }
}

/// The fields that differ, in the order of the second plan, then those that only the first one has. `None`
/// where one of the texts is no YAML.
pub fn difference(before: &str, after: &str) -> Option<Vec<Edit>> {
    let before = leaves(&yaml::parse(before).ok()?);
    let after = leaves(&yaml::parse(after).ok()?);
    let find = |list: &[(String, String)], path: &str| {
        list.iter().find(|(known, _)| known == path).map(|(_, value)| value.clone())
    };
    let changed = after.iter().filter_map(|(path, value)| {
        let old = find(&before, path);
        (old.as_ref() != Some(value)).then(|| Edit {
            path: path.clone(),
            before: old,
            after: Some(value.clone()),
        })
    });
    let removed = before.iter().filter(|(path, _)| find(&after, path).is_none()).map(|(path, value)| Edit {
        path: path.clone(),
        before: Some(value.clone()),
        after: None,
    });
    Some(changed.chain(removed).collect())
}

/// Every field that holds a value, lists as one value.
fn leaves(tree: &Node) -> Vec<(String, String)> {
    fn walk(prefix: &str, node: &Node, list: &mut Vec<(String, String)>) {
        match &node.value {
            Value::Mapping(entries) if !entries.is_empty() => {
                for entry in entries {
                    let path =
                        if prefix.is_empty() { entry.key.clone() } else { format!("{prefix}.{}", entry.key) };
                    // The first of duplicate keys counts, as everywhere.
                    if !list.iter().any(|(known, _)| *known == path) {
                        walk(&path, &entry.value, list);
                    }
                }
            }
            _ if prefix.is_empty() => {}
            value => list.push((prefix.to_owned(), flow(value))),
        }
    }
    let mut list = Vec::new();
    walk("", tree, &mut list);
    list
}

/// A value on one line, so that it can be written into a plan.
fn flow(value: &Value) -> String {
    match value {
        Value::Null => "null".into(),
        Value::Bool(value) => value.to_string(),
        Value::Integer(value) => value.to_string(),
        Value::Float(value) if value.is_nan() => ".nan".into(),
        Value::Float(value) if value.is_infinite() => if *value > 0.0 { ".inf" } else { "-.inf" }.into(),
        Value::Float(value) => format!("{value:?}"),
        Value::Text(text) => edit::scalar(text),
        Value::Sequence(items) => {
            let items: Vec<String> = items.iter().map(|item| flow(&item.value)).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Mapping(entries) => {
            let entries: Vec<String> = entries
                .iter()
                .map(|entry| format!("{}: {}", edit::scalar(&entry.key), flow(&entry.value.value)))
                .collect();
            format!("{{{}}}", entries.join(", "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = "name: a # here\nhardware:\n  name: H100\n  accelerators: 8\nops: {region: Quebec}\n";
    const TWO: &str = "name: \"a\"\nhardware:\n  name: MI300X\n  precision: fp8\nops:\n  region: Quebec\nconstraints:\n  assert:\n    - {metric: macro.tco_usd, max: 2.5}\n";

    #[test]
    fn fields_that_differ_are_named_and_those_that_are_only_spelt_differently_are_not() {
        let edits = difference(ONE, TWO).unwrap();
        let sentences: Vec<String> = edits.iter().map(Edit::sentence).collect();
        assert_eq!(
            sentences,
            [
                "hardware.name: H100 → MI300X",
                "hardware.precision: fp8 (added)",
                "constraints.assert: [{metric: macro.tco_usd, max: 2.5}] (added)",
                "hardware.accelerators: 8 (removed)",
            ]
        );
        assert_eq!(difference(ONE, ONE).unwrap(), []);
        assert_eq!(difference(ONE, "a: [").map(|_| ()), None);
    }

    #[test]
    fn all_edits_together_make_one_plan_of_the_other_and_comments_stay() {
        let edits = difference(ONE, TWO).unwrap();
        let mut text = ONE.to_owned();
        for edit in &edits {
            text = edit.apply(&text).unwrap();
        }
        assert!(text.contains("# here"));
        assert_eq!(difference(&text, TWO).unwrap(), []);
        let mut back = TWO.to_owned();
        for edit in edits.iter().rev() {
            back = edit.revert(&back).unwrap();
        }
        let left = difference(&back, ONE).unwrap();
        assert!(left.iter().all(|edit| edit.path.starts_with("constraints")), "{left:?}");
    }
}
