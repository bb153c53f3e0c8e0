//! Changes to a plan's text that keep comments: a splice, re-parsed and compared before it is accepted.
//!
//! An edit is never trusted: the new text is parsed again, and its tree must equal the old tree with
//! exactly the change that was asked for. Otherwise the text stays as it is and the reason is told.

mod moving;
mod push;
mod splice;

use std::ops::Range;

use super::Fix;
use crate::yaml::{self, Entry, Node, Value};
pub(super) use moving::moved;
pub use push::push;
pub(super) use splice::{insert, removal};

/// Bytes to replace, and what to put there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextEdit {
    /// Bytes of the old text.
    pub range: Range<usize>,
    /// The new text in their place.
    pub replacement: String,
}

impl TextEdit {
    /// The text with the edit carried out; `None` where the range is not one of this text.
    pub fn apply(&self, text: &str) -> Option<String> {
        text.get(self.range.clone())?;
        let mut edited = String::with_capacity(text.len() + self.replacement.len());
        edited.push_str(&text[..self.range.start]);
        edited.push_str(&self.replacement);
        edited.push_str(&text[self.range.end..]);
        Some(edited)
    }
}

/// Why a text was not changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    /// The text is not YAML as it stands.
    #[error("the plan cannot be edited while it does not parse: {0}")]
    NotYaml(String),
    /// The path leads through something that is not a mapping, or names no place.
    #[error("{0} is not a place that a value can be put into")]
    NoPlace(String),
    /// The value comes through an alias in a way that leaves no place of its own to write to.
    #[error("{0} comes from an alias (`*name`); edit the `&name` that it refers to")]
    Aliased(String),
    /// A block with contents of its own stands there.
    #[error("{0} is a block; edit its fields one by one")]
    NotAScalar(String),
    /// The new value is not one YAML scalar or flow collection on one line.
    #[error("`{0}` is not a value that fits on one line")]
    BadValue(String),
    /// The result would mean something else than was asked for.
    #[error("this text is laid out in a way that {0} cannot be changed in safely; edit it by hand")]
    Unsafe(String),
}

/// The text with the value at a dotted path set to a YAML scalar as written (`H100`, `0.5`, `"a: b"`).
/// An existing value is replaced in place; a missing key is added, and its parents too.
pub fn set(text: &str, path: &str, value: &str) -> Result<String, EditError> {
    let tree = parse(text)?;
    let edit = set_edit(text, &tree, path, value)?;
    edit.apply(text).ok_or_else(|| EditError::Unsafe(path.to_owned()))
}

/// Several assignments, one after the other; all or nothing.
pub fn set_all(text: &str, assignments: &[(String, String)]) -> Result<String, EditError> {
    let mut edited = text.to_owned();
    for (path, value) in assignments {
        edited = set(&edited, path, value)?;
    }
    Ok(edited)
}

/// The edit behind [`set`], checked.
pub fn set_edit(text: &str, tree: &Node, path: &str, value: &str) -> Result<TextEdit, EditError> {
    let value = value.trim();
    let bad = || EditError::BadValue(value.to_owned());
    if value.contains(['\n', '\r']) {
        return Err(bad());
    }
    let new = yaml::parse(value).map_err(|_| bad())?.value;
    let segments = segments(path)?;
    let expected = with(tree, &segments, &new).ok_or_else(|| EditError::NoPlace(path.to_owned()))?;
    let splice = splice::set(text, tree, path, &segments, value)?;
    let holds = |edit: &TextEdit| {
        edit.apply(text)
            .and_then(|edited| yaml::parse(&edited).ok())
            .is_some_and(|tree| tree.value.same(&expected))
    };
    if holds(&splice) {
        return Ok(splice);
    }
    // Where others refer to the old value, the first of them keeps it and its name.
    if let Some(edit) = find(tree, &segments).and_then(|node| splice::unanchored(text, node, value))
        && holds(&edit)
    {
        return Ok(edit);
    }
    // A text that is sound by itself may need quotes where it goes: `a, b` inside `{…}`.
    if let Value::Text(plain) = &new {
        let quoted = splice::set(text, tree, path, &segments, &quoted(plain))?;
        if holds(&quoted) {
            return Ok(quoted);
        }
    }
    Err(EditError::Unsafe(path.to_owned()))
}

/// The text without the key at a dotted path.
pub fn remove(text: &str, path: &str) -> Result<String, EditError> {
    let tree = parse(text)?;
    let segments = segments(path)?;
    let unsafe_edit = || EditError::Unsafe(path.to_owned());
    let (Some(Segment::Key(key)), parents) =
        segments.split_last().map_or((None, &[][..]), |(l, p)| (Some(l), p))
    else {
        return Err(EditError::NoPlace(path.to_owned()));
    };
    let parent = find(&tree, parents).ok_or_else(|| EditError::NoPlace(path.to_owned()))?;
    let Value::Mapping(entries) = &parent.value else { return Err(EditError::NoPlace(path.to_owned())) };
    let index = entries
        .iter()
        .position(|entry| entry.key == *key)
        .ok_or_else(|| EditError::NoPlace(path.to_owned()))?;
    if parent.aliased || is_aliased(&entries[index]) {
        return Err(EditError::Aliased(path.to_owned()));
    }
    let edit = removal(text, parent, index).ok_or_else(unsafe_edit)?;
    let expected = without(&tree, parents, index).ok_or_else(unsafe_edit)?;
    let edited = edit.apply(text).ok_or_else(unsafe_edit)?;
    match yaml::parse(&edited) {
        Ok(tree) if tree.value.same(&expected) => Ok(edited),
        _ => Err(unsafe_edit()),
    }
}

/// The text with a diagnostic's fix applied; `None` where the text has changed since.
pub fn apply_fix(text: &str, fix: &Fix) -> Option<String> {
    TextEdit { range: fix.range.clone(), replacement: fix.replacement.clone() }.apply(text)
}

/// Text as a YAML scalar: plain where that reads back as the same text, else in double quotes.
pub fn scalar(text: &str) -> String {
    let plain = !text.contains(['\n', '\r', '#', ',', '[', ']', '{', '}'])
        && yaml::parse(text).is_ok_and(|node| node.value == Value::Text(text.to_owned()));
    if plain { text.to_owned() } else { quoted(text) }
}

/// In double quotes. JSON's escapes are YAML's.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// One step of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Segment {
    Key(String),
    Index(usize),
}

fn segments(path: &str) -> Result<Vec<Segment>, EditError> {
    let bad = || EditError::NoPlace(format!("`{path}`"));
    let mut segments = Vec::new();
    for part in path.split('.') {
        let (key, mut indices) =
            part.split_once('[').map_or((part, ""), |(key, _)| (key, &part[key.len()..]));
        if key.is_empty() {
            return Err(bad());
        }
        segments.push(Segment::Key(key.to_owned()));
        while let Some((index, rest)) = indices.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            segments.push(Segment::Index(index.parse().map_err(|_| bad())?));
            indices = rest;
        }
        if !indices.is_empty() {
            return Err(bad());
        }
    }
    Ok(segments)
}

fn parse(text: &str) -> Result<Node, EditError> {
    yaml::parse(text).map_err(|error| EditError::NotYaml(error.message))
}

fn child<'n>(node: &'n Node, segment: &Segment) -> Option<&'n Node> {
    match (&node.value, segment) {
        (Value::Mapping(entries), Segment::Key(key)) => {
            entries.iter().find(|entry| entry.key == *key).map(|entry| &entry.value)
        }
        (Value::Sequence(items), Segment::Index(index)) => items.get(*index),
        _ => None,
    }
}

/// The node at a dotted path.
pub(super) fn node_at<'n>(tree: &'n Node, path: &str) -> Option<&'n Node> {
    find(tree, &segments(path).ok()?)
}

fn find<'n>(tree: &'n Node, segments: &[Segment]) -> Option<&'n Node> {
    segments.iter().try_fold(tree, child)
}

/// True for entries that a merge (`<<: *name`) brought in.
fn is_aliased(entry: &Entry) -> bool {
    // A merged key has the alias as its place, which its value shares.
    entry.value.aliased && entry.key_range == entry.value.range
}

/// The tree's value with one change; the order of keys is that of the edited text.
fn with(tree: &Node, segments: &[Segment], new: &Value) -> Option<Value> {
    let Some((segment, rest)) = segments.split_first() else { return Some(new.clone()) };
    match (&tree.value, segment) {
        (Value::Mapping(entries), Segment::Key(key)) => {
            let mut entries = entries.clone();
            let place = entries.iter().position(|entry| entry.key == *key);
            let merged = place.filter(|&place| is_aliased(&entries[place]));
            let value = match place {
                Some(place) => with(&entries[place].value, rest, new)?,
                None => nest(rest, new)?,
            };
            match (place, merged) {
                (Some(place), None) => entries[place].value.value = value,
                (_, merged) => {
                    // A key of its own stands before what a merge brings in, and counts instead of it.
                    if let Some(place) = merged {
                        entries.remove(place);
                    }
                    let at = entries.iter().position(is_aliased).unwrap_or(entries.len());
                    entries.insert(at, entry(key, value));
                }
            }
            Some(Value::Mapping(entries))
        }
        (Value::Sequence(items), Segment::Index(index)) => {
            let mut items = items.clone();
            let item = items.get_mut(*index)?;
            item.value = with(item, rest, new)?;
            Some(Value::Sequence(items))
        }
        (Value::Null, Segment::Key(_)) => nest(segments, new),
        _ => None,
    }
}

fn nest(segments: &[Segment], new: &Value) -> Option<Value> {
    segments.iter().rev().try_fold(new.clone(), |value, segment| match segment {
        Segment::Key(key) => Some(Value::Mapping(vec![entry(key, value)])),
        Segment::Index(_) => None,
    })
}

fn entry(key: &str, value: Value) -> Entry {
    Entry { key: key.to_owned(), key_range: 0..0, value: Node { value, range: 0..0, aliased: false } }
}

/// The tree's value without entry `index` of the mapping at `segments`; an emptied block becomes nothing.
fn without(tree: &Node, segments: &[Segment], index: usize) -> Option<Value> {
    let mut value = tree.clone();
    let mut node = &mut value;
    for segment in segments {
        node = match (&mut node.value, segment) {
            (Value::Mapping(entries), Segment::Key(key)) => {
                &mut entries.iter_mut().find(|entry| entry.key == *key)?.value
            }
            (Value::Sequence(items), Segment::Index(index)) => items.get_mut(*index)?,
            _ => return None,
        };
    }
    let Value::Mapping(entries) = &mut node.value else { return None };
    entries.remove(index);
    // A flow mapping stays one; its range begins at the brace, a block's at its first key.
    let block = entries.is_empty() && node.range.start == find(tree, segments)?.range.start && {
        let Value::Mapping(old) = &find(tree, segments)?.value else { return None };
        old.first().is_some_and(|first| first.key_range.start == node.range.start)
    };
    if block {
        node.value = Value::Null;
    }
    Some(value.value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const PLAN: &str = "# top\nversion: \"1.0\"  # v\nname: x\nworkload:\n  name: Llama3_8B\n  batch_size: 8 # keep even\n\n  # about hardware\nhardware: {name: H100, accelerators: 8}\nops:\nconstraints:\n  assert:\n    - metric: macro.tco_usd\n      max: 5\n";

    #[test]
    fn values_change_in_place() {
        let text = set(PLAN, "workload.batch_size", "16").unwrap();
        assert_eq!(text, PLAN.replace("batch_size: 8 #", "batch_size: 16 #"));
        let text = set(PLAN, "hardware.name", "A100").unwrap();
        assert_eq!(text, PLAN.replace("H100", "A100"));
        let text = set(PLAN, "constraints.assert[0].max", "6").unwrap();
        assert_eq!(text, PLAN.replace("max: 5", "max: 6"));
        assert!(matches!(set(PLAN, "name", "a: b"), Err(EditError::Unsafe(_))));
        assert_eq!(set(PLAN, "name", "\"a: b\"").unwrap(), PLAN.replace("name: x", "name: \"a: b\""));
    }

    #[test]
    fn keys_are_added_where_they_belong() {
        let text = set(PLAN, "workload.seq_len", "4096").unwrap();
        assert_eq!(text, PLAN.replace("# keep even\n", "# keep even\n  seq_len: 4096\n"));
        let text = set(PLAN, "hardware.precision", "fp8").unwrap();
        assert_eq!(text, PLAN.replace("accelerators: 8}", "accelerators: 8, precision: fp8}"));
        let text = set(PLAN, "ops.region", "Quebec").unwrap();
        assert_eq!(text, PLAN.replace("ops:\n", "ops:\n  region: Quebec\n"));
        let text = set(PLAN, "parallelism.tensor", "8").unwrap();
        assert_eq!(text, format!("{PLAN}parallelism:\n  tensor: 8\n"));
        let text = set(PLAN, "workload.serve.prompt_tokens", "9").unwrap();
        assert_eq!(text, PLAN.replace("# keep even\n", "# keep even\n  serve:\n    prompt_tokens: 9\n"));
        let text = set(PLAN, "constraints.assert[0].min", "1").unwrap();
        assert_eq!(text, format!("{PLAN}      min: 1\n"));
        assert_eq!(set("", "workload.name", "X").unwrap(), "workload:\n  name: X\n");
        assert_eq!(set("a: {}", "a.b.c", "1").unwrap(), "a: {b: {c: 1}}");
        assert_eq!(set("a: 1", "b", "2").unwrap(), "a: 1\nb: 2");
        assert_eq!(set("a: 1\r\nb:\r\n", "b.c", "2").unwrap(), "a: 1\r\nb:\r\n  c: 2\r\n");
        assert_eq!(set("a: {b: }", "a.b.c", "2").unwrap(), "a: {b: {c: 2} }");
        assert_eq!(set("a: {b: 1}", "a.b", "x, y").unwrap(), "a: {b: \"x, y\"}");
    }

    #[test]
    fn keys_go_with_their_lines() {
        assert_eq!(remove(PLAN, "name").unwrap(), PLAN.replace("name: x\n", ""));
        assert_eq!(remove(PLAN, "hardware.name").unwrap(), PLAN.replace("name: H100, ", ""));
        assert_eq!(remove(PLAN, "hardware.accelerators").unwrap(), PLAN.replace(", accelerators: 8", ""));
        assert_eq!(
            remove(PLAN, "constraints.assert[0].metric").unwrap(),
            PLAN.replace("metric: macro.tco_usd\n      ", "")
        );
        assert_eq!(remove("a:\n  b: 1\nc: 2\n", "a.b").unwrap(), "a:\nc: 2\n");
        assert_eq!(remove("a: {b: 1}\n", "a.b").unwrap(), "a: {}\n");
        assert!(remove(PLAN, "workload.absent").is_err());
    }

    #[test]
    fn what_is_not_safe_is_refused() {
        let text = "x: &a {p: 1}\ny: *a\nz:\n  <<: *a\n  q: 2\ns: text\nl: [1]\n";
        assert!(matches!(set(text, "x.p", "2"), Err(EditError::Unsafe(_))));
        assert!(matches!(set(text, "z", "2"), Err(EditError::NotAScalar(_))));
        assert!(matches!(set(text, "s.t", "2"), Err(EditError::NoPlace(_))));
        assert!(matches!(set(text, "l[4]", "2"), Err(EditError::NoPlace(_))));
        assert!(matches!(set(text, "s", "a\nb"), Err(EditError::BadValue(_))));
        assert!(matches!(set("a: [", "a", "1"), Err(EditError::NotYaml(_))));
        assert_eq!(set(text, "z.q", "3").unwrap(), text.replace("q: 2", "q: 3"));
        assert_eq!(set(text, "z.r", "3").unwrap(), text.replace("q: 2", "q: 2\n  r: 3"));
        let stale = Fix { title: String::new(), range: 5..900, replacement: String::new() };
        assert_eq!(apply_fix("short", &stale), None);
    }

    #[test]
    fn what_an_alias_gives_gets_a_value_of_its_own() {
        let text = "x: &a {p: 1}\ny: *a\nz:\n  <<: *a\n  q: 2\nn: &n 7\nm: *n # seven\nw: {<<: *a, r: 1}\n";
        assert_eq!(set(text, "m", "8").unwrap(), text.replace("m: *n #", "m: 8 #"));
        assert_eq!(set(text, "y.p", "2").unwrap(), text.replace("y: *a", "y: {<<: *a, p: 2}"));
        assert_eq!(set(text, "y.new", "2").unwrap(), text.replace("y: *a", "y: {<<: *a, new: 2}"));
        assert_eq!(set(text, "z.p", "2").unwrap(), text.replace("q: 2", "q: 2\n  p: 2"));
        assert_eq!(set(text, "w.p", "2").unwrap(), text.replace("r: 1", "r: 1, p: 2"));
        // What lies deeper in a merged block has no place of its own.
        let deep = "x: &a {b: {c: 1, d: 2}}\ny:\n  <<: *a\nz: *a\n";
        assert!(set(deep, "y.b.c", "2").is_err());
        assert!(set(deep, "z.b.c", "2").is_err());
        assert_eq!(set(deep, "z.b", "2").unwrap(), deep.replace("z: *a", "z: {<<: *a, b: 2}"));
    }

    #[test]
    fn what_others_refer_to_keeps_its_value_for_them() {
        let text = "a: {b: &n 512 # batch\n  , c: *n}\nd: *n # again\ne: *nn\n".replace("*nn", "7");
        assert_eq!(
            set(&text, "a.b", "8").unwrap(),
            "a: {b: 8 # batch\n  , c: &n 512}\nd: *n # again\ne: 7\n"
        );
        assert_eq!(
            set("a: &x 1\nb: &xy 2\nc: *xy\nd: *x\n", "a", "3").unwrap(),
            "a: 3\nb: &xy 2\nc: *xy\nd: &x 1\n"
        );
        assert_eq!(set("a: &x 1\nb: 2\n", "a", "3").unwrap(), "a: &x 3\nb: 2\n");
    }

    #[test]
    fn text_is_quoted_where_needed() {
        assert_eq!(scalar("H100"), "H100");
        assert_eq!(scalar("1.0"), "\"1.0\"");
        assert_eq!(scalar("a: b"), "\"a: b\"");
        assert_eq!(scalar("x #y"), "\"x #y\"");
        assert_eq!(scalar(""), "\"\"");
    }

    proptest! {
        /// Whatever the layout, a change is exact or refused.
        #[test]
        fn a_change_is_exact(
            flow in any::<bool>(), comment in "( # [a-z ]{0,8})?", gap in "(\n| # c\n|\n\n)", last in "(|\n|\n# end\n)",
            path in prop::sample::select(vec!["a", "b.c", "b.d.e", "l[1]", "new", "b.new.deep", "n.x", "l[0].k"]),
            value in "[a-z0-9.]{1,6}|\"[a-z, :#]{0,5}\"|\\[1, 2\\]|~",
        ) {
            let b = if flow { "{c: 1, d: {e: 'x y'} }".to_owned() } else { "\n  c: 1\n  d:\n    e: 'x y'".to_owned() };
            let text = format!("a: 1{comment}{gap}b: {b}\nn:\nl:\n- k: 1\n  m: |\n    t\n    u\n- 2{last}");
            let before = yaml::parse(&text).unwrap();
            if let Ok(after) = set(&text, path, &value) {
                let tree = yaml::parse(&after).unwrap();
                let steps = segments(path).unwrap();
                let found = find(&tree, &steps).unwrap();
                prop_assert!(found.value.same(&yaml::parse(&value).unwrap().value));
                prop_assert_eq!(text.matches('#').count(), after.matches('#').count() - value.matches('#').count());
                // Taking a new key out again, or setting the old value back, gives the old tree.
                let back = match find(&before, &steps) {
                    Some(old) if old.raw(&text).is_empty() => return Ok(()),
                    Some(old) => set(&after, path, old.raw(&text)).ok(),
                    None if path == "new" => remove(&after, path).ok(),
                    None => return Ok(()),
                };
                if let Some(back) = back {
                    prop_assert!(yaml::parse(&back).unwrap().value.same(&before.value));
                }
            }
        }
    }
}
