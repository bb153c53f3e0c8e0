//! What a text still says in words after a value has changed: its name and its comments, which nobody rewrites.

use crate::plan::Spans;

/// Small numbers as they are written in words.
const WORDS: &[(&str, &str)] = &[
    ("2", "two"),
    ("3", "three"),
    ("4", "four"),
    ("5", "five"),
    ("6", "six"),
    ("7", "seven"),
    ("8", "eight"),
    ("16", "sixteen"),
    ("32", "thirty-two"),
    ("64", "sixty-four"),
];

/// The first line (from 1) that names the old value of an edit in the plan's name or in a comment, and how it is
/// written there. `before` is the text that `spans` are of, `after` the edited one.
pub(super) fn left_behind(
    before: &str,
    spans: &Spans,
    edits: &[(String, String)],
    after: &str,
) -> Option<(usize, String)> {
    let mut olds: Vec<&str> = Vec::new();
    for (path, new) in edits {
        let Some(old) = spans.values.get(path).and_then(|range| before.get(range.clone())) else { continue };
        let old = old.trim().trim_matches(['"', '\'']);
        // A lone 1 or a word as common as `none` says nothing about the plan.
        if old == new || old.len() < 2 && !WORDS.iter().any(|(digits, _)| *digits == old) {
            continue;
        }
        olds.push(old);
        olds.extend(WORDS.iter().find(|(digits, _)| *digits == old).map(|(_, word)| *word));
    }
    after.lines().enumerate().find_map(|(at, line)| {
        let prose = prose(line);
        let found = olds.iter().find_map(|old| word(prose, old))?;
        Some((at + 1, found.to_owned()))
    })
}

/// The part of a line that is for people: its comment, or the plan's name.
fn prose(line: &str) -> &str {
    if let Some(name) = line.strip_prefix("name:") {
        return name;
    }
    if line.trim_start().starts_with('#') {
        return line;
    }
    line.find(" #").map_or("", |at| &line[at..])
}

/// A word in a text, whatever its case, as it is written there.
fn word<'t>(text: &'t str, wanted: &str) -> Option<&'t str> {
    let inside = |letter: char| letter.is_alphanumeric() || letter == '_' || letter == '.';
    (0..text.len()).find_map(|at| {
        let found = text.get(at..at + wanted.len())?;
        let (before, after) = (&text[..at], &text[at + wanted.len()..]);
        let whole = !before.ends_with(inside)
            && !after.starts_with(|letter: char| letter.is_alphanumeric() || letter == '_');
        (found.eq_ignore_ascii_case(wanted) && whole).then_some(found)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{self, Options};
    use crate::registry::Registry;

    const PLAN: &str = "# Eight of them, since 2024.\nversion: \"1.0\"\nname: Serve on 8 H100s, H100\nworkload: {name: Llama3_8B, mode: serve, batch_size: 1} # 1 user\nhardware: {name: H100, accelerators: 8}\n";

    fn left(path: &str, value: &str) -> Option<(usize, String)> {
        let spans = plan::read(PLAN, &Registry::builtin(), Options::default()).spans;
        left_behind(PLAN, &spans, &[(path.into(), value.into())], PLAN)
    }

    #[test]
    fn the_name_and_the_comments_are_looked_through_for_the_old_value() {
        assert_eq!(left("hardware.accelerators", "16"), Some((1, "Eight".into())));
        assert_eq!(left("hardware.name", "H200"), Some((3, "H100".into())), "not the H100s before it");
        // A lone 1 is said everywhere, and a value that was not there before was not spoken of.
        assert_eq!(left("workload.batch_size", "8"), None);
        assert_eq!(left("hardware.precision", "fp8"), None);
    }
}
