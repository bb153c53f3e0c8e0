//! One more item at the end of a list.

use super::{EditError, parse, segments, set, with};
use crate::plan::edit::find;
use crate::yaml::{self, Node, Value};

/// The text with one more item at the end of the list at a dotted path: `item` as it is written in YAML, on one
/// line. A list that is missing or empty is begun. Comments stay, and the layout is that of the items before.
///
/// # Errors
///
/// Where something else than a list stands there, or the text is laid out so that nothing can be put into it safely.
pub fn push(text: &str, path: &str, item: &str) -> Result<String, EditError> {
    let item = item.trim();
    let bad = || EditError::BadValue(item.to_owned());
    if item.contains(['\n', '\r']) {
        return Err(bad());
    }
    let new = yaml::parse(item).map_err(|_| bad())?;
    let tree = parse(text)?;
    let segments = segments(path)?;
    let items: &[Node] = match find(&tree, &segments).map(|node| &node.value) {
        Some(Value::Sequence(items)) => items,
        Some(Value::Null) | None => &[],
        Some(_) => return Err(EditError::NoPlace(path.to_owned())),
    };
    let Some(last) = items.last() else { return set(text, path, &format!("[{item}]")) };
    let mut all = items.to_vec();
    all.push(Node { value: new.value, range: 0..0, aliased: false });
    let expected = with(&tree, &segments, &Value::Sequence(all));
    // Before the last item stands its dash, or something of a list in one line.
    let line = text[..last.range.start].rfind('\n').map_or(0, |at| at + 1);
    let before = &text[line..last.range.start];
    let end = last.range.end;
    let edited = if before.trim() == "-" {
        let stop = text[end..].find('\n').map_or(text.len(), |at| end + at);
        // A line that ends as Windows ends them stays one.
        let (stop, ending) = if text[..stop].ends_with('\r') { (stop - 1, "\r\n") } else { (stop, "\n") };
        format!("{}{ending}{before}{item}{}", &text[..stop], &text[stop..])
    } else {
        format!("{}, {item}{}", &text[..end], &text[end..])
    };
    match yaml::parse(&edited) {
        Ok(tree) if expected.is_some_and(|expected| tree.value.same(&expected)) => Ok(edited),
        _ => Err(EditError::Unsafe(path.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_item_comes_last_whatever_the_layout() {
        let of = |text: &str| push(text, "a.b", "{c: 2}");
        assert_eq!(
            of("a:\n  b:\n    - {c: 1} # one\nd: 1\n").unwrap(),
            "a:\n  b:\n    - {c: 1} # one\n    - {c: 2}\nd: 1\n"
        );
        assert_eq!(
            of("a:\n  b:\n    - c: 1\n      e: 3 # why").unwrap(),
            "a:\n  b:\n    - c: 1\n      e: 3 # why\n    - {c: 2}"
        );
        assert_eq!(of("a: {b: [{c: 1}]}\n").unwrap(), "a: {b: [{c: 1}, {c: 2}]}\n");
        assert_eq!(of("a:\r\n  b:\r\n  - {c: 1}\r\n").unwrap(), "a:\r\n  b:\r\n  - {c: 1}\r\n  - {c: 2}\r\n");
        assert_eq!(of("d: 1\n").unwrap(), "d: 1\na:\n  b: [{c: 2}]\n");
        assert_eq!(of("a:\n  b: []\n").unwrap(), "a:\n  b: [{c: 2}]\n");
    }

    #[test]
    fn what_cannot_be_done_exactly_is_not_done() {
        assert!(matches!(push("a: {b: 3}\n", "a.b", "1"), Err(EditError::NoPlace(_))));
        assert!(matches!(push("a: {b: [1]}\n", "a.b", "1\n2"), Err(EditError::BadValue(_))));
        // The list belongs to another place as well.
        assert!(push("x: &x\n  - 1\na: {b: *x}\n", "a.b", "2").is_err());
    }
}
