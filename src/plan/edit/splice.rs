//! Where in the text an edit goes and what is written there, by the layout that it finds: block or flow, with the
//! indentation and the line breaks of what stands around it. Nothing here is checked; [`super`] does that.

use std::ops::Range;

use super::{EditError, Segment, TextEdit, child, is_aliased};
use crate::yaml::{Node, Value};

/// The edit that sets the value at a path, not checked.
pub(super) fn set(
    text: &str,
    tree: &Node,
    path: &str,
    segments: &[Segment],
    value: &str,
) -> Result<TextEdit, EditError> {
    let mut node = tree;
    let mut depth = 0;
    while let Some(next) = segments.get(depth).and_then(|segment| child(node, segment)) {
        depth += 1;
        if next.aliased {
            return own(text, (node, &segments[depth - 1]), next, &segments[depth..], value)
                .ok_or_else(|| EditError::Aliased(path.to_owned()));
        }
        node = next;
    }
    if depth == segments.len() {
        return replace(text, node, path, value);
    }
    let mut keys = Vec::new();
    for segment in &segments[depth..] {
        match segment {
            Segment::Key(key) => keys.push(key.as_str()),
            Segment::Index(_) => return Err(EditError::NoPlace(path.to_owned())),
        }
    }
    insert(text, node, &keys, value).ok_or_else(|| EditError::NoPlace(path.to_owned()))
}

/// A value of its own where an alias gives one: in place of `*name`, beside a merged key, or in a mapping
/// that merges the aliased one. What the alias refers to stays as it is. `None` where that is not possible.
fn own(
    text: &str,
    (parent, segment): (&Node, &Segment),
    node: &Node,
    rest: &[Segment],
    value: &str,
) -> Option<TextEdit> {
    let alias = node.raw(text);
    let merged = match (&parent.value, segment) {
        (Value::Mapping(entries), Segment::Key(key)) => {
            entries.iter().find(|entry| entry.key == *key).is_some_and(is_aliased)
        }
        _ => false,
    };
    let scalar = !matches!(node.value, Value::Mapping(_) | Value::Sequence(_));
    match (rest, segment) {
        ([], Segment::Key(key)) if merged && scalar => insert(text, parent, &[key], value),
        ([], _) if scalar && alias.starts_with('*') => {
            Some(TextEdit { range: node.range.clone(), replacement: value.to_owned() })
        }
        ([Segment::Key(key), deeper @ ..], _) if !merged && alias.starts_with('*') => {
            let mut keys = vec![key.as_str()];
            for segment in deeper {
                let Segment::Key(key) = segment else { return None };
                keys.push(key);
            }
            let replacement = format!("{{<<: {alias}, {}}}", flow(&keys, value));
            Some(TextEdit { range: node.range.clone(), replacement })
        }
        _ => None,
    }
}

/// The edit of a scalar that has a name (`&name 512`) and is referred to: it gets the new value without the name, and
/// the first `*name` behind it becomes `&name 512`. `None` where there is no name or nobody refers to it.
pub(super) fn unanchored(text: &str, node: &Node, value: &str) -> Option<TextEdit> {
    if matches!(node.value, Value::Mapping(_) | Value::Sequence(_)) || node.aliased {
        return None;
    }
    let before = text[..node.range.start].trim_end_matches([' ', '\t']);
    let at = before.rfind('&')?;
    let name = &before[at + 1..];
    let part = |c: char| !c.is_whitespace() && !matches!(c, ',' | '[' | ']' | '{' | '}');
    if name.is_empty() || !name.chars().all(part) {
        return None;
    }
    let end = node.range.end;
    let alias = format!("*{name}");
    let (start, _) = text[end..]
        .match_indices(&alias)
        .map(|(place, found)| (end + place, found))
        .find(|(place, _)| !text[place + alias.len()..].starts_with(part))?;
    let replacement = format!("{value}{}&{name} {}", &text[end..start], node.raw(text));
    Some(TextEdit { range: at..start + alias.len(), replacement })
}

fn replace(text: &str, node: &Node, path: &str, value: &str) -> Result<TextEdit, EditError> {
    let is_flow = text[node.range.clone()].starts_with(['[', '{']);
    if matches!(node.value, Value::Mapping(_) | Value::Sequence(_)) && !is_flow {
        return Err(EditError::NotAScalar(path.to_owned()));
    }
    let touches = node.range.is_empty() && text[..node.range.start].ends_with(|c: char| !c.is_whitespace());
    let replacement = if touches { format!(" {value}") } else { value.to_owned() };
    Ok(TextEdit { range: node.range.clone(), replacement })
}

/// The edit that puts `keys[0]: … keys[n]: value` into a mapping, or into the empty value of a key.
/// The result is not checked; `None` where `parent` can hold no keys.
pub(in crate::plan) fn insert(text: &str, parent: &Node, keys: &[&str], value: &str) -> Option<TextEdit> {
    let at = |at: usize, replacement: String| Some(TextEdit { range: at..at, replacement });
    match &parent.value {
        Value::Mapping(entries) if text[parent.range.clone()].starts_with('{') => {
            match entries.iter().map(|entry| entry.value.range.end.max(entry.key_range.end)).max() {
                Some(end) => at(end, format!(", {}", flow(keys, value))),
                None => at(parent.range.start + 1, flow(keys, value)),
            }
        }
        Value::Mapping(entries) => {
            let own = entries.iter().find(|entry| !is_aliased(entry))?;
            let column = indent_of(text, own.key_range.start);
            let end = line_end(text, parent.range.end);
            at(end, format!("{}{}", newline(text), block(text, column, keys, value)))
        }
        Value::Null => {
            let place = parent.range.end;
            let line = line_start(text, place);
            if text[..place].trim().is_empty() {
                // Nothing in the text but perhaps comments: the plan begins here.
                let at_end = if text.is_empty() || text.ends_with('\n') { "" } else { newline(text) };
                let lines = block(text, 0, keys, value);
                return at(text.len(), format!("{at_end}{lines}{}", newline(text)));
            }
            if !parent.range.is_empty() {
                return Some(TextEdit {
                    range: parent.range.clone(),
                    replacement: format!("{{{}}}", flow(keys, value)),
                });
            }
            let before = text[line..place].trim_start_matches('\u{feff}');
            if before.contains(['{', '[']) {
                return at(place, format!(" {{{}}}", flow(keys, value)));
            }
            let key = before.len() - before.trim_start_matches([' ', '-']).len();
            let end = line_end(text, place);
            at(end, format!("{}{}", newline(text), block(text, key + 2, keys, value)))
        }
        _ => None,
    }
}

/// `a: {b: value}`.
fn flow(keys: &[&str], value: &str) -> String {
    let mut nested = value.to_owned();
    for (index, key) in keys.iter().enumerate().rev() {
        nested = if index == 0 { format!("{key}: {nested}") } else { format!("{{{key}: {nested}}}") };
    }
    nested
}

/// `a:` and `b: value` on lines of their own, from `column` on; no line break at the end.
fn block(text: &str, column: usize, keys: &[&str], value: &str) -> String {
    let mut lines = String::new();
    for (depth, key) in keys.iter().enumerate() {
        if depth > 0 {
            lines.push_str(newline(text));
        }
        lines.push_str(&" ".repeat(column + 2 * depth));
        lines.push_str(key);
        lines.push(':');
    }
    lines.push(' ');
    lines.push_str(value);
    lines
}

/// The edit that takes entry `index` out of a mapping; `None` where its layout leaves no clean cut.
pub(in crate::plan) fn removal(text: &str, parent: &Node, index: usize) -> Option<TextEdit> {
    let Value::Mapping(entries) = &parent.value else { return None };
    let entry = entries.get(index)?;
    let cut = |range: Range<usize>| Some(TextEdit { range, replacement: String::new() });
    let end = entry.value.range.end.max(entry.key_range.end);
    if text[parent.range.clone()].starts_with('{') {
        return match (entries.get(index + 1), index.checked_sub(1).and_then(|index| entries.get(index))) {
            (Some(next), _) => cut(entry.key_range.start..next.key_range.start),
            (None, Some(previous)) => cut(previous.value.range.end.max(previous.key_range.end)..end),
            (None, None) => cut(parent.range.start + 1..parent.range.end.checked_sub(1)?),
        };
    }
    let start = line_start(text, entry.key_range.start);
    if !text[start..entry.key_range.start].trim_start_matches('\u{feff}').trim().is_empty() {
        // The first key of a list item stands behind its dash.
        let next = entries.get(index + 1).filter(|next| next.key_range.start > entry.key_range.start)?;
        return cut(entry.key_range.start..next.key_range.start);
    }
    let stop = line_end(text, end);
    let stop = stop + text[stop..].find('\n').map_or(0, |at| at + 1);
    let start = if text[start..].starts_with('\u{feff}') { start + '\u{feff}'.len_utf8() } else { start };
    cut(start..stop)
}

/// Where the line of `offset` begins.
fn line_start(text: &str, offset: usize) -> usize {
    text[..offset].rfind('\n').map_or(0, |at| at + 1)
}

/// Where the line of `offset` ends, before its break.
fn line_end(text: &str, offset: usize) -> usize {
    let end = text[offset..].find('\n').map_or(text.len(), |at| offset + at);
    if text[offset..end].ends_with('\r') { end - 1 } else { end }
}

/// Columns before `offset` on its line.
fn indent_of(text: &str, offset: usize) -> usize {
    text[line_start(text, offset)..offset].trim_start_matches('\u{feff}').chars().count()
}

/// The line break that the text uses.
fn newline(text: &str) -> &'static str {
    if text.contains("\r\n") { "\r\n" } else { "\n" }
}
