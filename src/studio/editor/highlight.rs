//! Colours for YAML, one line at a time.
//!
//! This is a lexer for looks, not a parser: it never fails and never decides what a plan means. A
//! line needs to know only what the line before it left open (a block scalar, a quoted string), so
//! the results are kept as a prefix of the text and only what an edit touched is read again.

use std::ops::Range;

/// What a stretch of text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Token {
    Key,
    Text,
    Number,
    Boolean,
    Comment,
    Punctuation,
    Anchor,
}

/// What is still open at the end of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Open {
    #[default]
    Nothing,
    /// A block scalar whose lines are indented by more than this; by anything without it.
    Block(Option<usize>),
    /// A quoted string, with its quote.
    Quote(u8),
}

/// Tokens with their byte ranges within the line, in order and without overlap.
pub(super) type Spans = Vec<(Range<usize>, Token)>;

/// Tokens of the first lines of the text, as far as they were needed.
#[derive(Debug, Clone, Default)]
pub(super) struct Cache {
    lines: Vec<(Spans, Open)>,
}

impl Cache {
    /// Forgets a line and all after it.
    pub(super) fn invalidate_from(&mut self, row: usize) {
        self.lines.truncate(row);
    }

    /// Tokens of a line; `line` gives the text of any line up to it.
    pub(super) fn spans<'t>(
        &mut self,
        row: usize,
        line: impl Fn(usize) -> &'t str,
    ) -> &[(Range<usize>, Token)] {
        while self.lines.len() <= row {
            let open = self.lines.last().map(|(_, open)| *open).unwrap_or_default();
            let next = lex(line(self.lines.len()), open);
            self.lines.push(next);
        }
        &self.lines[row].0
    }
}

/// Reads one line.
fn lex(line: &str, open: Open) -> (Spans, Open) {
    let mut lexer = Lexer { line, bytes: line.as_bytes(), at: 0, spans: Vec::new(), flow: 0, owner: None };
    let open = lexer.run(open);
    (lexer.spans, open)
}

struct Lexer<'a> {
    line: &'a str,
    bytes: &'a [u8],
    at: usize,
    spans: Spans,
    /// Depth of `[` and `{` on this line.
    flow: usize,
    /// Column of the last item or key, to which a block scalar belongs.
    owner: Option<usize>,
}

impl Lexer<'_> {
    fn run(&mut self, open: Open) -> Open {
        let indent = self.line.len() - self.line.trim_start_matches(' ').len();
        match open {
            Open::Block(parent) => {
                let deeper = parent.is_none_or(|parent| indent > parent);
                if self.line.trim().is_empty() {
                    return open;
                }
                if deeper {
                    self.push(indent..self.line.len(), Token::Text);
                    return open;
                }
            }
            Open::Quote(quote) => {
                if !self.quoted_rest(0, quote, Token::Text) {
                    return open;
                }
            }
            Open::Nothing => {
                if self.line.starts_with("---") || self.line.starts_with("...") {
                    self.push(0..3, Token::Punctuation);
                    self.at = 3;
                } else if self.line.starts_with('%') {
                    self.push(0..self.line.len(), Token::Anchor);
                    return Open::Nothing;
                }
            }
        }
        self.tokens()
    }

    fn push(&mut self, range: Range<usize>, token: Token) {
        if !range.is_empty() {
            self.spans.push((range, token));
        }
    }

    fn tokens(&mut self) -> Open {
        while let Some(&byte) = self.bytes.get(self.at) {
            let start = self.at;
            match byte {
                b' ' | b'\t' => self.at += 1,
                b'#' if start == 0 || matches!(self.bytes[start - 1], b' ' | b'\t') => {
                    self.push(start..self.line.len(), Token::Comment);
                    self.at = self.line.len();
                }
                b'-' | b'?' if self.blank_at(start + 1) => {
                    self.push(start..start + 1, Token::Punctuation);
                    self.at += 1;
                    self.owner = Some(start);
                }
                b'{' | b'[' => {
                    self.flow += 1;
                    self.single(Token::Punctuation);
                }
                b'}' | b']' => {
                    self.flow = self.flow.saturating_sub(1);
                    self.single(Token::Punctuation);
                }
                b',' if self.flow > 0 => self.single(Token::Punctuation),
                b':' if self.blank_at(start + 1) || self.flow > 0 => {
                    self.single(Token::Punctuation);
                }
                b'&' | b'*' | b'!' => {
                    let end = self.word_end(start);
                    self.push(start..end, Token::Anchor);
                    self.at = end;
                }
                b'|' | b'>' if self.is_block_header(start) => {
                    let end = self.word_end(start);
                    self.push(start..end, Token::Punctuation);
                    self.at = end;
                    self.trailing_comment();
                    return Open::Block(self.owner);
                }
                b'"' | b'\'' => {
                    self.at += 1;
                    let token = if self.quoted_is_key(start, byte) {
                        self.owner = Some(start);
                        Token::Key
                    } else {
                        Token::Text
                    };
                    if !self.quoted_rest(start, byte, token) {
                        return Open::Quote(byte);
                    }
                }
                _ => self.plain(start),
            }
        }
        Open::Nothing
    }

    fn single(&mut self, token: Token) {
        self.push(self.at..self.at + 1, token);
        self.at += 1;
    }

    fn blank_at(&self, at: usize) -> bool {
        self.bytes.get(at).is_none_or(|b| matches!(b, b' ' | b'\t'))
    }

    fn word_end(&self, start: usize) -> usize {
        let stop = |b: &u8| matches!(b, b' ' | b'\t') || (self.flow > 0 && matches!(b, b',' | b']' | b'}'));
        let rest = &self.bytes[start..];
        start + rest.iter().position(stop).unwrap_or(rest.len()).max(1)
    }

    /// `|`, `>-`, `|2+` and then nothing but a comment.
    fn is_block_header(&self, start: usize) -> bool {
        let mut rest = self.line[start + 1..].bytes().skip_while(|b| matches!(b, b'+' | b'-' | b'0'..=b'9'));
        self.flow == 0
            && match rest.next() {
                None => true,
                Some(b' ' | b'\t') => {
                    let tail = rest.find(|b| !matches!(b, b' ' | b'\t'));
                    tail.is_none_or(|b| b == b'#')
                }
                Some(_) => false,
            }
    }

    fn trailing_comment(&mut self) {
        if let Some(hash) = self.line[self.at..].find('#') {
            self.push(self.at + hash..self.line.len(), Token::Comment);
        }
        self.at = self.line.len();
    }

    /// End of the quoted string whose inside starts at `at`, past its quote.
    fn quote_end(&self, mut at: usize, quote: u8) -> Option<usize> {
        while let Some(&byte) = self.bytes.get(at) {
            if byte == b'\\' && quote == b'"' {
                at += 2;
            } else if byte == quote {
                if quote == b'\'' && self.bytes.get(at + 1) == Some(&quote) {
                    at += 2;
                } else {
                    return Some(at + 1);
                }
            } else {
                at += 1;
            }
        }
        None
    }

    fn quoted_is_key(&self, start: usize, quote: u8) -> bool {
        self.quote_end(start + 1, quote).is_some_and(|end| {
            let rest = self.line[end..].trim_start_matches([' ', '\t']);
            rest.strip_prefix(':')
                .is_some_and(|after| self.flow > 0 || after.is_empty() || after.starts_with([' ', '\t']))
        })
    }

    /// Colours a quoted string up to its end; false where it goes on in the next line.
    fn quoted_rest(&mut self, start: usize, quote: u8, token: Token) -> bool {
        let end = self.quote_end(self.at, quote);
        self.at = end.unwrap_or(self.line.len());
        self.push(start..self.at, token);
        end.is_some()
    }

    /// An unquoted key or value.
    fn plain(&mut self, start: usize) {
        let mut end = start;
        let mut is_key = false;
        while let Some(&byte) = self.bytes.get(end) {
            let colon =
                byte == b':' && (self.blank_at(end + 1) || (self.flow > 0 && self.flow_indicator(end + 1)));
            if colon {
                is_key = true;
                break;
            }
            if byte == b'#' && end > start && matches!(self.bytes[end - 1], b' ' | b'\t') {
                break;
            }
            if self.flow > 0 && matches!(byte, b',' | b']' | b'}' | b'[' | b'{') {
                break;
            }
            end += 1;
        }
        self.at = end.max(start + 1);
        let text = self.line[start..end].trim_end();
        let token = if is_key {
            self.owner = Some(start);
            Token::Key
        } else {
            scalar(text)
        };
        self.push(start..start + text.len(), token);
    }

    fn flow_indicator(&self, at: usize) -> bool {
        matches!(self.bytes.get(at), Some(b',' | b']' | b'}' | b'[' | b'{'))
    }
}

/// What an unquoted value looks like to a reader of plans.
fn scalar(text: &str) -> Token {
    match text {
        "true" | "false" | "True" | "False" | "TRUE" | "FALSE" | "yes" | "no" | "on" | "off" | "null"
        | "Null" | "NULL" | "~" | "auto" => Token::Boolean,
        _ if is_quantity(text) => Token::Number,
        _ => Token::Text,
    }
}

/// `8`, `-1.5e3`, `64 GB`, `400Gb/s`, `1_000`, `.inf`, `10 req/s`, `90%`, `$2.10/h`.
fn is_quantity(text: &str) -> bool {
    let body = text.strip_prefix(['+', '-']).unwrap_or(text);
    let body = body.strip_prefix('$').unwrap_or(body);
    if matches!(body, ".inf" | ".Inf" | ".INF" | ".nan" | ".NaN" | ".NAN") {
        return true;
    }
    let starts = |s: &str| s.starts_with(|c: char| c.is_ascii_digit());
    if !starts(body) && !body.strip_prefix('.').is_some_and(starts) {
        return false;
    }
    let digits = body.trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, '.' | '_' | ','));
    let unit = match digits.strip_prefix(['e', 'E']) {
        Some(exponent) if starts(exponent.trim_start_matches(['+', '-'])) => {
            exponent.trim_start_matches(['+', '-']).trim_start_matches(|c: char| c.is_ascii_digit())
        }
        _ => digits,
    };
    let spaced = unit.starts_with(' ');
    let unit = unit.trim_start();
    // A unit is one word; `8x7b` or a date is a name.
    !unit.contains(' ')
        && !unit.contains(|c: char| c.is_ascii_digit())
        && (spaced || unit.len() <= 12)
        && unit.chars().all(|c| c.is_alphabetic() || matches!(c, '/' | '%' | '$' | '·' | '*' | '^' | '²'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Vec<(String, Token)> {
        let lines: Vec<_> = text.split('\n').collect();
        let mut cache = Cache::default();
        let mut all = Vec::new();
        for (row, line) in lines.iter().enumerate() {
            for (range, token) in cache.spans(row, |row| lines[row]) {
                all.push((line[range.clone()].to_owned(), *token));
            }
        }
        all
    }

    fn tokens(text: &str) -> Vec<(&'static str, Token)> {
        shown(text).into_iter().map(|(s, t)| (&*s.leak(), t)).collect()
    }

    #[test]
    fn keys_values_and_comments() {
        use Token::{Boolean, Comment, Key, Number, Punctuation, Text};
        assert_eq!(
            tokens("  batch_size: 8 # keep even"),
            [("batch_size", Key), (":", Punctuation), ("8", Number), ("# keep even", Comment)]
        );
        assert_eq!(tokens("a: 400 Gb/s")[2], ("400 Gb/s", Number));
        assert_eq!(tokens("a: auto")[2], ("auto", Boolean));
        assert_eq!(tokens("a: H100-80GB")[2], ("H100-80GB", Text));
        assert_eq!(tokens("a: 8x7b")[2], ("8x7b", Text));
        assert_eq!(tokens("a: 2024-01-02")[2], ("2024-01-02", Text));
        assert_eq!(tokens("u: http://x#y")[2], ("http://x#y", Text));
        assert_eq!(
            tokens("{a: 1, \"b\": [x, *y]}"),
            [
                ("{", Punctuation),
                ("a", Key),
                (":", Punctuation),
                ("1", Number),
                (",", Punctuation),
                ("\"b\"", Key),
                (":", Punctuation),
                ("[", Punctuation),
                ("x", Text),
                (",", Punctuation),
                ("*y", Token::Anchor),
                ("]", Punctuation),
                ("}", Punctuation),
            ]
        );
    }

    #[test]
    fn block_scalars_and_quotes_reach_over_lines() {
        use Token::{Comment, Key, Punctuation, Text};
        assert_eq!(
            tokens("note: |  # why\n  # text, not comment\n\n  a: 1\nnext: \"x\n  y: z\" # c"),
            [
                ("note", Key),
                (":", Punctuation),
                ("|", Punctuation),
                ("# why", Comment),
                ("# text, not comment", Text),
                ("a: 1", Text),
                ("next", Key),
                (":", Punctuation),
                ("\"x", Text),
                ("  y: z\"", Text),
                ("# c", Comment),
            ]
        );
        assert_eq!(
            tokens("- a: >-\n    b\n  c: 1")[4..],
            [("b", Text), ("c", Key), (":", Punctuation), ("1", Token::Number)]
        );
    }

    #[test]
    fn spans_are_in_order_for_any_text() {
        for text in [
            "",
            "'",
            "\"\\",
            "日本: '本",
            "&",
            "- - - x",
            "a:\t|",
            ": : :",
            "[[[",
            "!!! ",
            "%",
            "---- x",
            "--- |\na",
            "é#",
            "x: |é",
        ] {
            let lines: Vec<_> = text.split('\n').collect();
            let mut cache = Cache::default();
            for (row, line) in lines.iter().enumerate() {
                let mut end = 0;
                for (range, _) in cache.spans(row, |row| lines[row]) {
                    assert!(
                        range.start >= end
                            && line.is_char_boundary(range.start)
                            && line.is_char_boundary(range.end),
                        "{text:?} {range:?}"
                    );
                    end = range.end;
                }
            }
        }
    }
}
