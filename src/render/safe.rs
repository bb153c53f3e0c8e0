//! Text that cannot play tricks on a terminal.

use std::borrow::Cow;

/// Text that is safe on a terminal: control characters, and the characters that reorder text, are
/// shown as escapes instead of being obeyed. Line ends and tabs become spaces.
pub fn clean(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_hostile) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        match character {
            '\n' | '\r' | '\t' => safe.push(' '),
            hostile if is_hostile(hostile) => safe.extend(hostile.escape_unicode()),
            plain => safe.push(plain),
        }
    }
    Cow::Owned(safe)
}

/// As [`clean`], but keeps line ends: for text of several lines.
pub fn clean_lines(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for (index, line) in text.split('\n').enumerate() {
        if index > 0 {
            safe.push('\n');
        }
        safe.push_str(&clean(line));
    }
    safe
}

fn is_hostile(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{200e}' | '\u{200f}' | '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// JSON leaves DEL and the C1 controls as they are, and some terminals obey them. They can only
/// stand inside strings, so that an escape is always right.
pub fn escape_controls_in_json(text: &str) -> Cow<'_, str> {
    let obeyed = |character: char| ('\u{7f}'..='\u{9f}').contains(&character);
    if !text.contains(obeyed) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        if obeyed(character) {
            safe.push_str(&format!("\\u{:04x}", u32::from(character)));
        } else {
            safe.push(character);
        }
    }
    Cow::Owned(safe)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_shown_not_obeyed() {
        assert_eq!(clean("a\x1b[31mred\x07"), "a\\u{1b}[31mred\\u{7}");
        assert_eq!(clean("two\nlines"), "two lines");
        assert_eq!(clean("right\u{202e}left"), "right\\u{202e}left");
        assert_eq!(clean_lines("a\x1b\nb"), "a\\u{1b}\nb");
        assert!(matches!(clean("Größe 日本"), Cow::Borrowed(_)));
    }

    #[test]
    fn json_escapes_what_terminals_obey() {
        assert_eq!(escape_controls_in_json("\"a\u{9b}31m\u{7f}\""), "\"a\\u009b31m\\u007f\"");
    }
}
