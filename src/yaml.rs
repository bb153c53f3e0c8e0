//! YAML text to a tree in which every key and value knows its byte range.
//!
//! The only file that imports `serde-saphyr`, so that replacing the parser is a change in one place.
//! Duplicate keys stay in the tree (the decoder reports them with both places), numbers that fit no
//! `i64` become floats, and what the parser says about broken text is put into our own words
//! (`yaml/explain.rs`).

mod alone;
mod explain;

use std::fmt;
use std::ops::Range;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::options::NonFiniteFloatPolicy;
use serde_saphyr::{DuplicateKeyPolicy, Spanned};

/// Longest text that is read, in bytes.
pub const MAX_BYTES: usize = 1 << 20;
/// Most values in a document, aliases expanded.
pub const MAX_NODES: usize = 10_000;
/// Deepest nesting of lists and mappings.
pub const MAX_DEPTH: usize = 64;

/// A value of a YAML document with its place in the text.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// What stands there.
    pub value: Value,
    /// Byte range in the text. For block mappings and sequences: first key/item to the end of the last
    /// child; for flow ones (`{…}`, `[…]`): the brackets included; for block text (`|`, `>`): from the
    /// indicator on; for an empty value: the empty range after the colon.
    pub range: Range<usize>,
    /// True where the value came through an alias (`*name`): such a place cannot be edited safely.
    pub aliased: bool,
}

/// The kinds of YAML value.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// `null`, `~` or nothing.
    Null,
    /// `true` / `false` only (YAML 1.2).
    Bool(bool),
    /// A number without a fraction or exponent.
    Integer(i64),
    /// Any other number.
    Float(f64),
    /// Text, quoted or not.
    Text(String),
    /// A list.
    Sequence(Vec<Node>),
    /// A mapping in document order; duplicate keys are kept so that they can be reported.
    Mapping(Vec<Entry>),
}

/// One `key: value` of a mapping.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The key's text.
    pub key: String,
    /// Byte range of the key.
    pub key_range: Range<usize>,
    /// The value.
    pub value: Node,
}

/// Why a text is not one YAML document within our limits.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{message}")]
pub struct YamlError {
    /// One sentence, our own words where we know the case (tabs, two documents, too deep, too large).
    pub message: String,
    /// Byte range the message is about.
    pub range: Range<usize>,
    /// How to mend it, where known.
    pub help: Option<String>,
}

impl Node {
    /// The value as written in `text`, quotes and all. For an aliased value: the alias.
    pub fn raw<'t>(&self, text: &'t str) -> &'t str {
        text.get(self.range.clone()).unwrap_or("")
    }

    /// The value of a key, where this is a mapping that has it (the first of duplicates).
    pub fn get(&self, key: &str) -> Option<&Node> {
        match &self.value {
            Value::Mapping(entries) => {
                entries.iter().find(|entry| entry.key == key).map(|entry| &entry.value)
            }
            _ => None,
        }
    }
}

impl Value {
    /// The kind in words: `a number`, `text`, `a list`, …
    pub fn kind(&self) -> &'static str {
        match self {
            Value::Null => "nothing",
            Value::Bool(_) => "true or false",
            Value::Integer(_) | Value::Float(_) => "a number",
            Value::Text(_) => "text",
            Value::Sequence(_) => "a list",
            Value::Mapping(_) => "a mapping",
        }
    }

    /// Equal as values, wherever they stand: places and aliases do not count, a NaN equals itself.
    pub fn same(&self, other: &Value) -> bool {
        match (self, other) {
            (Value::Float(a), Value::Float(b)) => a == b || (a.is_nan() && b.is_nan()),
            (Value::Sequence(a), Value::Sequence(b)) => {
                a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.value.same(&b.value))
            }
            (Value::Mapping(a), Value::Mapping(b)) => {
                a.len() == b.len()
                    && a.iter().zip(b).all(|(a, b)| a.key == b.key && a.value.value.same(&b.value.value))
            }
            _ => self == other,
        }
    }
}

/// The 1-based line and column (in characters) of a byte offset.
pub fn line_column(text: &str, offset: usize) -> (usize, usize) {
    let offset = floor_boundary(text, offset);
    let before = &text[..offset];
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
    let column = before[line_start..].trim_start_matches('\u{feff}').chars().count() + 1;
    (line, column)
}

/// Parses one document. Limits: 10,000 nodes, depth 64, 1 MiB of text.
/// An empty text is `Null`.
pub fn parse(text: &str) -> Result<Node, YamlError> {
    if text.len() > MAX_BYTES {
        return Err(YamlError {
            message: format!("the text is {} KiB long; at most 1 MiB is read", text.len() / 1024),
            range: 0..0,
            help: None,
        });
    }
    if let Some(value) = alone::scalar(text) {
        return Ok(Node { value, range: 0..text.len(), aliased: false });
    }
    parse_any(text)
}

fn parse_any(text: &str) -> Result<Node, YamlError> {
    let options = serde_saphyr::options! {
        strict_booleans: true,
        duplicate_keys: DuplicateKeyPolicy::PassThrough,
        non_finite_float_policy: NonFiniteFloatPolicy::PassThrough,
        with_snippet: false,
        budget: serde_saphyr::budget! { max_nodes: MAX_NODES, max_depth: MAX_DEPTH },
    };
    match serde_saphyr::from_str_with_options::<Spanned<Raw>>(text, options) {
        Ok(root) => node(text, root, 0),
        Err(error) => Err(explain(text, &error)),
    }
}

/// A value as the parser hands it out.
enum Raw {
    Null,
    Bool(bool),
    Integer(i64),
    Float(f64),
    Text(String),
    Sequence(Vec<Spanned<Raw>>),
    Mapping(Vec<(Spanned<Raw>, Spanned<Raw>)>),
}

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Raw, D::Error> {
        deserializer.deserialize_any(RawVisitor)
    }
}

struct RawVisitor;

impl<'de> Visitor<'de> for RawVisitor {
    type Value = Raw;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a YAML value")
    }
    fn visit_unit<E>(self) -> Result<Raw, E> {
        Ok(Raw::Null)
    }
    fn visit_none<E>(self) -> Result<Raw, E> {
        Ok(Raw::Null)
    }
    fn visit_bool<E>(self, value: bool) -> Result<Raw, E> {
        Ok(Raw::Bool(value))
    }
    fn visit_i64<E>(self, value: i64) -> Result<Raw, E> {
        Ok(Raw::Integer(value))
    }
    fn visit_u64<E>(self, value: u64) -> Result<Raw, E> {
        Ok(i64::try_from(value).map_or(Raw::Float(value as f64), Raw::Integer))
    }
    fn visit_f64<E>(self, value: f64) -> Result<Raw, E> {
        Ok(Raw::Float(value))
    }
    fn visit_str<E>(self, value: &str) -> Result<Raw, E> {
        Ok(Raw::Text(value.to_owned()))
    }
    fn visit_string<E>(self, value: String) -> Result<Raw, E> {
        Ok(Raw::Text(value))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Raw, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = access.next_element()? {
            items.push(item);
        }
        Ok(Raw::Sequence(items))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Raw, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = access.next_entry()? {
            entries.push(entry);
        }
        Ok(Raw::Mapping(entries))
    }
}

/// The parser's place as a byte range that is safe to slice with.
fn range_of<T>(text: &str, spanned: &Spanned<T>) -> Range<usize> {
    let span = spanned.referenced.span();
    let byte = |value: Option<u64>| value.and_then(|value| usize::try_from(value).ok());
    let start = byte(span.byte_offset()).unwrap_or(text.len());
    let end = start.saturating_add(byte(span.byte_len()).unwrap_or(0));
    let start = floor_boundary(text, start);
    start..floor_boundary(text, end).max(start)
}

fn floor_boundary(text: &str, offset: usize) -> usize {
    let mut offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    offset
}

/// Our node from the parser's; `previous` is where the token before it ends.
fn node(text: &str, spanned: Spanned<Raw>, previous: usize) -> Result<Node, YamlError> {
    let mut range = range_of(text, &spanned);
    let aliased = spanned.referenced != spanned.defined;
    let value = match spanned.value {
        Raw::Null => {
            // The parser puts an empty value on the colon itself; after it is where one would type.
            if range.is_empty() && text[range.start..].starts_with(':') {
                range = range.start + 1..range.start + 1;
            }
            Value::Null
        }
        Raw::Bool(value) => Value::Bool(value),
        Raw::Integer(value) => Value::Integer(value),
        Raw::Float(value) => Value::Float(value),
        Raw::Text(value) => {
            if !aliased {
                range = with_block_indicator(text, range, previous);
            }
            Value::Text(value)
        }
        Raw::Sequence(items) => {
            let mut nodes = Vec::with_capacity(items.len());
            let mut end = range.end;
            for item in items {
                let item = node(text, item, end)?;
                end = end.max(item.range.end);
                nodes.push(item);
            }
            range = collection_range(text, range, nodes.iter().map(|item| item.range.clone()), aliased);
            Value::Sequence(nodes)
        }
        Raw::Mapping(raw) => {
            let mut entries = Vec::with_capacity(raw.len());
            for (key, value) in raw {
                let key_range = range_of(text, &key);
                let key = key_text(text, &key, &key_range)?;
                let value = node(text, value, key_range.end)?;
                entries.push(Entry { key, key_range, value });
            }
            let children =
                entries.iter().flat_map(|entry| [entry.key_range.clone(), entry.value.range.clone()]);
            range = collection_range(text, range, children, aliased);
            Value::Mapping(entries)
        }
    };
    Ok(Node { value, range, aliased })
}

fn key_text(text: &str, key: &Spanned<Raw>, range: &Range<usize>) -> Result<String, YamlError> {
    let aliased = key.referenced != key.defined;
    Ok(match &key.value {
        Raw::Text(key) => key.clone(),
        Raw::Sequence(_) | Raw::Mapping(_) => {
            return Err(YamlError {
                message: "a key must be plain text, not a list or a mapping".into(),
                range: range.clone(),
                help: None,
            });
        }
        _ if !aliased => text[range.clone()].to_owned(),
        Raw::Bool(key) => key.to_string(),
        Raw::Integer(key) => key.to_string(),
        Raw::Float(key) => key.to_string(),
        Raw::Null => "null".into(),
    })
}

/// The parser gives collections a start only: the end is the closing bracket, or the end of the last child.
fn collection_range(
    text: &str,
    opener: Range<usize>,
    children: impl Iterator<Item = Range<usize>>,
    aliased: bool,
) -> Range<usize> {
    if aliased {
        return opener;
    }
    let end = children.map(|child| child.end).max().unwrap_or(opener.end).max(opener.end);
    let closing = match text.as_bytes().get(opener.start) {
        Some(b'[') if !opener.is_empty() => ']',
        Some(b'{') if !opener.is_empty() => '}',
        _ => return opener.start..end,
    };
    // Between the last child and the bracket stand blanks, a comma or a colon, and comments.
    let mut in_comment = false;
    let mut before = ' ';
    for (at, character) in text[end..].char_indices() {
        match character {
            '\n' => in_comment = false,
            '#' if before.is_whitespace() || before == ',' => in_comment = true,
            _ if !in_comment && character == closing => return opener.start..end + at + 1,
            _ => {}
        }
        before = character;
    }
    opener.start..end
}

/// Block text starts at its `|` or `>` and ends with its last line, without the line break.
fn with_block_indicator(text: &str, range: Range<usize>, previous: usize) -> Range<usize> {
    let Some(between) = text.get(previous..range.start) else { return range };
    let Some((header, _)) = between.split_once('\n') else { return range };
    let header = header.split(" #").next().unwrap_or("");
    let Some(token) = header.split_whitespace().rfind(|token| token.starts_with(['|', '>'])) else {
        return range;
    };
    let Some(at) = between.find(token) else { return range };
    let start = previous + at;
    let end = range.start + text[range.clone()].trim_end().len();
    start..end.max(start + token.len())
}

/// The parser's complaint in our words.
fn explain(text: &str, error: &serde_saphyr::Error) -> YamlError {
    use serde_saphyr::Error;
    use serde_saphyr::budget::BudgetBreach;

    let error = error.without_snippet();
    let offset = error.location().map_or(text.len(), |location| {
        let characters = usize::try_from(location.span().offset()).unwrap_or(usize::MAX);
        text.char_indices().nth(characters).map_or(text.len(), |(at, _)| at)
    });
    let cause = match error {
        Error::AliasError { error, .. } => error.without_snippet(),
        other => other,
    };
    let trouble = match cause {
        Error::MultipleDocuments { .. } => explain::Trouble::TwoDocuments,
        Error::Budget { breach: BudgetBreach::Depth { .. }, .. } => explain::Trouble::TooDeep,
        Error::Budget { .. }
        | Error::AliasReplayLimitExceeded { .. }
        | Error::AliasExpansionLimitExceeded { .. }
        | Error::AliasReplayStackDepthExceeded { .. } => explain::Trouble::TooLarge,
        Error::UnknownAnchor { .. } => explain::Trouble::UnknownAnchor,
        Error::RecursiveReferencesRequireWeakTypes { .. } => explain::Trouble::Recursive,
        other => {
            let message = other.to_string();
            // The place is carried by the range; the parser repeats it at the end of its message.
            explain::Trouble::Other(message.split(" at line ").next().unwrap_or(&message).to_owned())
        }
    };
    explain::explain(text, offset, &trouble)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at<'a>(tree: &'a Node, path: &str) -> &'a Node {
        path.split('.').fold(tree, |node, key| node.get(key).unwrap())
    }

    /// Every place is one of the text.
    fn check(node: &Node, text: &str) {
        assert!(text.get(node.range.clone()).is_some());
        match &node.value {
            Value::Sequence(items) => items.iter().for_each(|item| check(item, text)),
            Value::Mapping(entries) => entries.iter().for_each(|entry| {
                assert!(text.get(entry.key_range.clone()).is_some());
                check(&entry.value, text);
            }),
            _ => {}
        }
    }

    #[test]
    fn every_value_knows_its_place() {
        let text = "a: 1\nb: \"x y\" # c\nd:\n  f:\n  g: null\nh: [1, {x: 2}, ] # ]\ni: {}\nk: |\n  hi\n  yo\nm: z\n";
        let tree = parse(text).unwrap();
        let raw = |path: &str| at(&tree, path).raw(text);
        assert_eq!(raw("a"), "1");
        assert_eq!(raw("b"), "\"x y\"");
        assert_eq!(raw("d"), "f:\n  g: null");
        assert_eq!(raw("d.f"), "");
        assert_eq!(&text[..at(&tree, "d.f").range.start], "a: 1\nb: \"x y\" # c\nd:\n  f:");
        assert_eq!(raw("h"), "[1, {x: 2}, ]");
        assert_eq!(raw("i"), "{}");
        assert_eq!(raw("k"), "|\n  hi\n  yo");
        assert_eq!(at(&tree, "k").value, Value::Text("hi\nyo\n".into()));
        assert_eq!(raw("m"), "z");
        assert_eq!(tree.range, 0..text.len() - 1);
    }

    #[test]
    fn scalars_are_yaml_1_2() {
        let text = "a: 99999999999999999999\nb: .inf\nc: .nan\nd: 0x10\ne: yes\nf: NO\ng: true\nh: 1.0e12\ni: ~\nj: \"5\"";
        let tree = parse(text).unwrap();
        assert_eq!(at(&tree, "a").value, Value::Float(1e20));
        assert_eq!(at(&tree, "b").value, Value::Float(f64::INFINITY));
        assert!(at(&tree, "c").value.same(&Value::Float(f64::NAN)));
        assert_eq!(at(&tree, "d").value, Value::Integer(16));
        assert_eq!(at(&tree, "e").value, Value::Text("yes".into()));
        assert_eq!(at(&tree, "f").value, Value::Text("NO".into()));
        assert_eq!(at(&tree, "g").value, Value::Bool(true));
        assert_eq!(at(&tree, "h").value, Value::Float(1e12));
        assert_eq!(at(&tree, "i").value, Value::Null);
        assert_eq!(at(&tree, "j").value, Value::Text("5".into()));
    }

    #[test]
    fn duplicates_stay_and_aliases_are_marked() {
        let text = "a: 1\na: 2\nx: &s {p: 1}\ny: *s\nz:\n  <<: *s\n  q: 3\n1.0: k\n";
        let tree = parse(text).unwrap();
        let Value::Mapping(entries) = &tree.value else { panic!("not a mapping") };
        assert_eq!(entries.iter().filter(|entry| entry.key == "a").count(), 2);
        assert!(at(&tree, "y").aliased && at(&tree, "y.p").aliased && at(&tree, "z.p").aliased);
        assert!(!at(&tree, "x.p").aliased);
        assert_eq!(at(&tree, "y").raw(text), "*s");
        assert_eq!(entries.last().unwrap().key, "1.0");
    }

    #[test]
    fn any_encoding_of_lines_and_letters() {
        for text in ["日本: é # x\r\nb: ü1\r\n", "\u{feff}日本: é\nb: ü1\n"] {
            let tree = parse(text).unwrap();
            assert_eq!(at(&tree, "日本").raw(text), "é");
            assert_eq!(at(&tree, "b").raw(text), "ü1");
        }
        assert_eq!(line_column("日本: é\nb: ü1", 14), (2, 4));
        assert_eq!(line_column("\u{feff}a: 1", 3), (1, 1));
        assert_eq!(line_column("a", 99), (1, 2));
        assert_eq!(parse("").unwrap().value, Value::Null);
        assert_eq!(parse("# only a comment\n").unwrap().value, Value::Null);
    }

    #[test]
    fn a_fence_and_a_tab_are_named_where_they_are() {
        let place = |text: &str| {
            let error = parse(text).unwrap_err();
            (line_column(text, error.range.start).0, error.message)
        };
        let (line, message) = place("```yaml\nversion: \"1.0\"\n```\n");
        assert_eq!((line, message.as_str()), (1, "this line is Markdown and not YAML"));
        let (line, message) = place("a:\n  b: Llama3_70B\n\tc: 1\n");
        assert_eq!((line, message.as_str()), (3, "a tab is used for indentation"));
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "[ \\t\\n\\r:,\\-#&*!|>'\"%@`{}\\[\\]?a-c0-3é日~.<]{0,120}") {
            if let Err(error) = parse(&text) {
                prop_assert!(text.get(error.range.clone()).is_some());
                prop_assert!(!error.message.is_empty());
            }
        }

        #[test]
        fn no_damage_to_a_plan_makes_it_panic(cut in 0usize..200, len in 0usize..12, put in "[ \\t\\n:,\\-#&*|\"'{}\\[\\]é]{0,4}") {
            let plan = "version: \"1.0\"\nname: 'Llama é'\nworkload: {name: Llama3_8B, batch_size: 8} # c\nhardware:\n  name: &h H100\n  other: *h\n  list:\n    - 1\n    - {a: [1, 2]}\n  text: |\n    one\n    two\nops:\n";
            let start = floor_boundary(plan, cut);
            let end = floor_boundary(plan, start + len).max(start);
            let text = format!("{}{put}{}", &plan[..start], &plan[end..]);
            match parse(&text) {
                Ok(tree) => check(&tree, &text),
                Err(error) => prop_assert!(text.get(error.range).is_some()),
            }
        }
    }
}
