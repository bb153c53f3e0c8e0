//! A key that stands in the wrong block, moved to where it belongs.

use super::{Segment, TextEdit, find, is_aliased, removal, segments, splice, with, without};
use crate::yaml::{self, Node, Value};

/// The edit that takes the key at `from` out and puts its value in at `to`, with the comment behind it. `None` where
/// something stands at `to` already, where the value takes more than one line, or where the move would not be exact.
pub(in crate::plan) fn moved(text: &str, tree: &Node, from: &str, to: &str) -> Option<TextEdit> {
    let (from, goal) = (segments(from).ok()?, segments(to).ok()?);
    let (Segment::Key(key), parents) = from.split_last()? else { return None };
    let parent = find(tree, parents)?;
    let Value::Mapping(entries) = &parent.value else { return None };
    let index = entries.iter().position(|entry| entry.key == *key)?;
    let entry = &entries[index];
    let raw = entry.value.raw(text);
    if parent.aliased || is_aliased(entry) || raw.is_empty() || raw.contains('\n') {
        return None;
    }
    // Nothing that has a value is written over.
    if find(tree, &goal).is_some_and(|node| node.value != Value::Null) {
        return None;
    }
    let cut = removal(text, parent, index)?;
    let own_line = text[cut.range.clone()].ends_with('\n') || cut.range.end == text.len();
    let comment = if own_line { comment(text, entry.value.range.end) } else { "" };
    let without_key = cut.apply(text)?;
    let bare = yaml::parse(&without_key).ok()?;
    let mut put = splice::set(&without_key, &bare, to, &goal, raw).ok()?;
    if !comment.is_empty() {
        let rest = &without_key[put.range.end..];
        if !put.replacement.ends_with(raw) || !(rest.is_empty() || rest.starts_with(['\n', '\r'])) {
            return None;
        }
        put.replacement.push_str(&text[entry.value.range.end..entry.value.range.end + comment.len()]);
    }
    let whole = put.apply(&without_key)?;
    let taken_out = Node { value: without(tree, parents, index)?, range: tree.range.clone(), aliased: false };
    let expected = with(&taken_out, &goal, &entry.value.value)?;
    if !yaml::parse(&whole).is_ok_and(|tree| tree.value.same(&expected)) {
        return None;
    }
    Some(joined(text, &cut, &put, &whole))
}

/// The blanks and the comment behind a value on its line; empty where there is none.
fn comment(text: &str, end: usize) -> &str {
    let line = text[end..].split('\n').next().unwrap_or_default().trim_end();
    if line.trim_start().starts_with('#') { line } else { "" }
}

/// Two edits, the second of them in the text that the first leaves, as one.
fn joined(text: &str, cut: &TextEdit, put: &TextEdit, whole: &str) -> TextEdit {
    let gone = cut.range.len() - cut.replacement.len();
    // Places of the second edit in the text as it was.
    let old = |at: usize| if at > cut.range.start { at + gone } else { at };
    let start = cut.range.start.min(put.range.start);
    let end = cut.range.end.max(old(put.range.end));
    let after = text.len() - end;
    TextEdit { range: start..end, replacement: whole[start..whole.len() - after].to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn go(text: &str, from: &str, to: &str) -> Option<String> {
        moved(text, &yaml::parse(text).unwrap(), from, to)?.apply(text)
    }

    #[test]
    fn a_key_goes_where_it_belongs_with_its_comment() {
        let text = "name: t\nbatch_size: 32 # mine\nworkload:\n  name: X # model\n  count: 4\nhardware: {name: H100}\n";
        assert_eq!(
            go(text, "batch_size", "workload.batch_size").unwrap(),
            "name: t\nworkload:\n  name: X # model\n  count: 4\n  batch_size: 32 # mine\nhardware: {name: H100}\n"
        );
        assert_eq!(
            go(text, "workload.count", "hardware.accelerators").unwrap(),
            "name: t\nbatch_size: 32 # mine\nworkload:\n  name: X # model\nhardware: {name: H100, accelerators: 4}\n"
        );
        assert_eq!(
            go(text, "workload.count", "parallelism.tensor").unwrap(),
            text.replace("  count: 4\n", "") + "parallelism:\n  tensor: 4\n"
        );
        // Upwards, out of braces, and into a block that is not there yet.
        let flow = "workload:\n  name: X\nhardware: {name: H100, seq_len: 8, tp: 2} # h\n";
        assert_eq!(
            go(flow, "hardware.seq_len", "workload.seq_len").unwrap(),
            "workload:\n  name: X\n  seq_len: 8\nhardware: {name: H100, tp: 2} # h\n"
        );
        assert_eq!(
            go(flow, "hardware.tp", "parallelism.tensor").unwrap(),
            "workload:\n  name: X\nhardware: {name: H100, seq_len: 8} # h\nparallelism:\n  tensor: 2\n"
        );
        assert_eq!(go("a: 1\r\nb:\r\n  c: 2\r\n", "a", "b.a").unwrap(), "b:\r\n  c: 2\r\n  a: 1\r\n");
    }

    #[test]
    fn nothing_is_written_over_and_no_comment_is_lost() {
        let text = "batch_size: 32\nworkload:\n  batch_size: 4\nlist:\n- a\nx: &n 3\ny: *n\n";
        assert_eq!(go(text, "batch_size", "workload.batch_size"), None);
        assert_eq!(go(text, "list", "workload.list"), None);
        assert_eq!(go("a: 1 # why\nb: {c: 2}\n", "a", "b.a"), None);
        // An anchor may not be moved behind what refers to it.
        assert_eq!(go("x: &n 3\ny: *n\nb:\n  c: 1\n", "x", "b.x"), None);
    }
}
