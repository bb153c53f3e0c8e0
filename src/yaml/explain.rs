//! What is wrong with a text that is not YAML, in words that say what to do.

use std::ops::Range;

use super::{MAX_DEPTH, MAX_NODES, YamlError, line_column};

/// What the parser stumbled over.
pub(super) enum Trouble {
    /// A second document begins.
    TwoDocuments,
    /// Nested deeper than [`MAX_DEPTH`].
    TooDeep,
    /// More than [`MAX_NODES`] values, or an alias bomb.
    TooLarge,
    /// `*name` without `&name`.
    UnknownAnchor,
    /// `&name` that contains `*name`.
    Recursive,
    /// The parser's own message.
    Other(String),
}

/// The error at `offset`, with the range that the eye should go to.
pub(super) fn explain(text: &str, offset: usize, trouble: &Trouble) -> YamlError {
    let here = word_at(text, offset);
    match trouble {
        Trouble::TwoDocuments => {
            let marker = text[..offset].rfind("---").unwrap_or(offset);
            error(
                "a second YAML document begins here; a file holds one plan",
                marker..(marker + 3).min(text.len()),
                "remove the `---` line, or put the second plan into a file of its own",
            )
        }
        Trouble::TooDeep => error(
            format!("lists and mappings are nested more than {MAX_DEPTH} deep"),
            here,
            "no plan needs this; look for an unclosed or repeated bracket",
        ),
        Trouble::TooLarge => error(
            format!("the document holds more than {MAX_NODES} values once its aliases are expanded"),
            here,
            "write values out instead of nesting aliases (`*name`)",
        ),
        Trouble::UnknownAnchor => {
            let name = &text[here.clone()];
            error(format!("nothing is named `{}` here", name.trim_start_matches('*')), here, QUOTE_OR_ANCHOR)
        }
        Trouble::Recursive => {
            error("this alias stands inside the value that it refers to", here, "write it out")
        }
        Trouble::Other(message) => other(text, offset, here, message),
    }
}

const QUOTE_OR_ANCHOR: &str =
    "a value that begins with `*` refers to an `&name` above it; put it in quotes if it is text";

fn other(text: &str, offset: usize, here: Range<usize>, message: &str) -> YamlError {
    if let Some(fence) = fence(text) {
        return error(
            "this line is Markdown and not YAML",
            fence,
            "remove the lines with ``` around the plan",
        );
    }
    // The parser tells the value before the tab.
    let offset =
        if message.contains("found a tab") { indenting_tab(text, offset).unwrap_or(offset) } else { offset };
    let line = line_range(text, offset);
    if message.contains("tabs disallowed") || leading_tab(text, &line).is_some() {
        let tab = leading_tab(text, &line).unwrap_or(here);
        return error(
            "a tab is used for indentation",
            tab,
            "YAML is indented with spaces: use two for each level",
        );
    }
    if message.contains("unclosed quote") || message.contains("end of quoted") {
        return error(
            "this quote is never closed",
            here.start..(here.start + 1).min(text.len()).max(here.start),
            "add the closing quote",
        );
    }
    if message.contains("misplaced bracket") {
        let bracket = &text[here.clone()];
        return error(format!("`{bracket}` closes nothing"), here, "remove it, or add the opening bracket");
    }
    if message.contains("unclosed bracket") && text[offset..].starts_with(['[', '{']) {
        return never_closed(text, offset);
    }
    if let Some((_, at)) = open_bracket(text, offset) {
        let (opened, _) = line_column(text, at);
        let (bracket, closing) = partners(text, at);
        return if closes(text, at) {
            error(
                format!("a comma or `{closing}` is missing before this"),
                here,
                format!(
                    "the `{bracket}` of line {opened} is still open here; separate its items with commas"
                ),
            )
        } else {
            never_closed(text, at)
        };
    }
    if message.contains("mapping values are not allowed") {
        return stray_colon(text, offset, here, &line);
    }
    if message.contains("did not find expected key") || message.contains("did not find expected '-'") {
        return error(
            "the indentation of this line fits no block above it",
            here,
            "keys of one block begin in the same column; list items all begin with `- `",
        );
    }
    if message.contains("simple key expected ':'") {
        return error(
            format!("`{}` is not followed by `: value`", text[line.clone()].trim()),
            here,
            "every line of a mapping is `key: value`",
        );
    }
    if message.contains("block sequence entries are not allowed") {
        return error(
            "a list cannot begin on the line of its key",
            here,
            "put `- item` on the next line, or write the list as `[item, item]`",
        );
    }
    if message.contains("escape character") {
        return error(
            "unknown escape in a double-quoted text",
            here,
            "use single quotes, or write the backslash twice",
        );
    }
    if message.contains("unexpected character") || text[here.clone()].starts_with([',', '%', '@', '`']) {
        let found: String = text[here.start..].chars().take(1).flat_map(char::escape_debug).collect();
        return error(format!("a value cannot begin with `{found}`"), here, "put the value in quotes");
    }
    YamlError { message: format!("not valid YAML: {message}"), range: here, help: None }
}

/// The first line that fences a block of code in Markdown.
fn fence(text: &str) -> Option<Range<usize>> {
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        if line.trim_start().starts_with("```") {
            return Some(start..start + line.trim_end().len());
        }
        start += line.len();
    }
    None
}

/// The first tab from here on that indents its line.
fn indenting_tab(text: &str, offset: usize) -> Option<usize> {
    let from = text[..offset].rfind('\n').map_or(0, |at| at + 1);
    let mut start = from;
    for line in text[from..].split_inclusive('\n') {
        let blank = line.len() - line.trim_start_matches([' ', '\t']).len();
        if let Some(tab) = line[..blank].find('\t') {
            return Some(start + tab);
        }
        start += line.len();
    }
    None
}

fn partners(text: &str, at: usize) -> (char, char) {
    if text[at..].starts_with('[') { ('[', ']') } else { ('{', '}') }
}

fn never_closed(text: &str, at: usize) -> YamlError {
    let (bracket, closing) = partners(text, at);
    error(format!("this `{bracket}` is never closed"), at..at + 1, format!("add `{closing}`"))
}

/// `key: value` where no mapping can be: too deep an indentation, a line without a colon above, or a
/// colon in unquoted text.
fn stray_colon(text: &str, offset: usize, here: Range<usize>, line: &Range<usize>) -> YamlError {
    let before = &text[line.start..offset];
    if before.contains(": ") {
        return error(
            "a second `: ` on this line",
            here,
            "put the value in quotes if the colon belongs to it; else begin a new line",
        );
    }
    let key = line.start + (text[line.clone()].len() - text[line.clone()].trim_start().len())..offset;
    let above = text[..line.start].lines().rev().find(|line| {
        let line = line.trim_start();
        !line.is_empty() && !line.starts_with('#')
    });
    match above {
        Some(above) if !above.contains(':') => error(
            format!("the line above this one, `{}`, has no `: `", above.trim()),
            key,
            "every line of a mapping is `key: value`",
        ),
        Some(above) => error(
            format!(
                "this line is indented as if it belonged to `{}`, which has a value already",
                above.trim()
            ),
            key,
            "align it with the key it belongs beside",
        ),
        None => {
            error("`: ` is not expected here", here, "put the value in quotes if the colon belongs to it")
        }
    }
}

fn error(message: impl Into<String>, range: Range<usize>, help: impl Into<String>) -> YamlError {
    YamlError { message: message.into(), range, help: Some(help.into()) }
}

/// The line around `offset`, without its break.
fn line_range(text: &str, offset: usize) -> Range<usize> {
    let start = text[..offset].rfind('\n').map_or(0, |at| at + 1);
    let end = text[offset..].find('\n').map_or(text.len(), |at| offset + at);
    start..end
}

/// The word that begins at `offset`, at least one character where there is one.
fn word_at(text: &str, offset: usize) -> Range<usize> {
    let rest = &text[offset..];
    let stop = |character: char| character.is_whitespace() || ",[]{}:".contains(character);
    let len = match rest.find(stop) {
        Some(0) | None if rest.starts_with(stop) => rest.chars().next().map_or(0, char::len_utf8),
        Some(at) => at,
        None => rest.len(),
    };
    if rest.starts_with('\n') { offset..offset } else { offset..offset + len }
}

fn leading_tab(text: &str, line: &Range<usize>) -> Option<Range<usize>> {
    let content = &text[line.clone()];
    let indent = &content[..content.len() - content.trim_start_matches([' ', '\t']).len()];
    indent.find('\t').map(|at| line.start + at..line.start + at + 1)
}

/// Brackets that are open at `offset`; quotes and comments are skipped as far as a glance can.
fn open_bracket(text: &str, offset: usize) -> Option<(char, usize)> {
    brackets(&text[..offset]).pop()
}

/// Does the bracket at `at` have a partner anywhere later?
fn closes(text: &str, at: usize) -> bool {
    !brackets(text).iter().any(|(_, open)| *open == at)
}

fn brackets(text: &str) -> Vec<(char, usize)> {
    let mut open = Vec::new();
    let mut quote: Option<char> = None;
    let mut comment = false;
    let mut before = '\n';
    for (at, character) in text.char_indices() {
        match character {
            '\n' => comment = false,
            _ if comment => {}
            _ if quote == Some(character) && before != '\\' => quote = None,
            _ if quote.is_some() => {}
            // A quote opens only where a value may begin; elsewhere it is an apostrophe.
            '"' | '\'' if before.is_whitespace() || "[{,:-".contains(before) => quote = Some(character),
            '#' if before.is_whitespace() => comment = true,
            '[' | '{' if !open.is_empty() || before.is_whitespace() => open.push((character, at)),
            ']' if open.last().is_some_and(|(opener, _)| *opener == '[') => drop(open.pop()),
            '}' if open.last().is_some_and(|(opener, _)| *opener == '{') => drop(open.pop()),
            _ => {}
        }
        before = character;
    }
    open
}

#[cfg(test)]
mod tests {
    use super::super::parse;

    /// Message and the text it points at.
    fn said(text: &str) -> (String, String) {
        let error = parse(text).unwrap_err();
        assert!(error.help.is_some(), "{}", error.message);
        (error.message, text[error.range].to_owned())
    }

    fn expect(text: &str, message: &str, at: &str) {
        let (said, place) = said(text);
        assert!(said.contains(message), "{text:?}: {said}");
        assert_eq!(place, at, "{text:?}: {said}");
    }

    #[test]
    fn common_slips_are_named() {
        expect("a:\n\tb: 1\n", "tab", "\t");
        expect("a: 1\n---\nb: 2\n", "second YAML document", "---");
        expect("a: [1, 2\nb: 3\n", "`[` is never closed", "[");
        expect("a: {x: 1\nb: 3\n", "`{` is never closed", "{");
        expect("a: [1, 2\n", "`[` is never closed", "[");
        expect("a: {x: 1 y: 2}\n", "comma or `}` is missing", ":");
        expect("a: ]\n", "`]` closes nothing", "]");
        expect("a: {b: 1}}\n", "`}` closes nothing", "}");
        expect("a:\n  b: 1\n c: 2\n", "fits no block", "c");
        expect("a:\n  - 1\n  b: 2\n", "fits no block", "b");
        expect("a: 1\n  b: 2\n", "belonged to `a: 1`", "b");
        expect("a: b: c\n", "second `: `", ":");
        expect("a 1\nb: 2\n", "`a 1`, has no `: `", "b");
        expect("a: 5\nb\n", "`b` is not followed by", "b");
        expect("é: \"abc\n", "never closed", "\"");
        expect("a: *nope\n", "nothing is named `nope`", "*nope");
        expect("a: &x [*x]\n", "inside the value", "*x");
        expect("\u{feff}a: @x\n", "cannot begin with `@`", "@x");
        expect("a: ,\n", "cannot begin with `,`", ",");
        expect("a: - 1\n", "list cannot begin", "-");
        expect("a: \"\\q\"\n", "unknown escape", "\"\\q\"");
    }

    #[test]
    fn limits_are_named() {
        let deep = format!("a: {}{}", "[".repeat(100), "]".repeat(100));
        assert!(said(&deep).0.contains("more than 64 deep"));
        let mut bomb = vec!["a0: &a0 [1,1,1,1,1,1,1,1,1,1]".to_owned()];
        for level in 1..8 {
            let item = format!("*a{},", level - 1).repeat(10);
            bomb.push(format!("a{level}: &a{level} [{item}]"));
        }
        let bomb = bomb.join("\n");
        assert!(said(&bomb).0.contains("more than 10000 values"));
        let long = "a".repeat(super::super::MAX_BYTES + 1);
        assert!(parse(&long).unwrap_err().message.contains("1 MiB"));
    }
}
