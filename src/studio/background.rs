//! Whether the terminal's background is light or dark.

use std::time::Duration;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use terminal_colorsaurus::{QueryOptions, ThemeMode, theme_mode};

/// The background.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Background {
    /// Dark text on it can be read.
    Light,
    /// Light text on it can be read.
    Dark,
}

/// Longest wait for the terminal. Over a slow line the answer comes later than this; it is swallowed then.
const PATIENCE: Duration = Duration::from_millis(100);

/// Asks the terminal, which must not be read by anybody else meanwhile. The second answer says that the terminal
/// may still send its answer.
pub fn ask(variable: impl Fn(&str) -> Option<String>) -> (Background, bool) {
    let term = variable("TERM").unwrap_or_default();
    let by_variable =
        || variable("COLORFGBG").and_then(|value| from_variable(&value)).unwrap_or(Background::Dark);
    if term == "dumb" || term.is_empty() {
        return (by_variable(), false);
    }
    let mut options = QueryOptions::default();
    options.timeout = PATIENCE;
    match theme_mode(options) {
        Ok(ThemeMode::Light) => (Background::Light, false),
        Ok(ThemeMode::Dark) => (Background::Dark, false),
        Err(_) => (by_variable(), true),
    }
}

/// `COLORFGBG`: `15;0`, `0;default;15`. The last number is the background, of the sixteen.
fn from_variable(value: &str) -> Option<Background> {
    let background: u8 = value.rsplit(';').next()?.parse().ok()?;
    match background {
        0..=6 | 8 => Some(Background::Dark),
        7 | 9..=15 => Some(Background::Light),
        _ => None,
    }
}

/// Swallows the answer of a terminal that was asked and answered too late: it would come as typed text.
#[derive(Debug, Default)]
pub struct Late {
    inside: bool,
}

impl Late {
    /// Whether a key belongs to such an answer (`ESC ] 11 ; rgb:… BEL`, or `ESC \` at its end).
    pub fn swallows(&mut self, key: KeyEvent) -> bool {
        let alt = key.modifiers.contains(KeyModifiers::ALT);
        if !self.inside {
            self.inside = alt && key.code == KeyCode::Char(']');
            return self.inside;
        }
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        match key.code {
            KeyCode::Char('g') if control => self.inside = false,
            KeyCode::Char('\\') if alt => self.inside = false,
            KeyCode::Char(letter) if letter.is_ascii_hexdigit() || ";rgba:/?".contains(letter) => {}
            _ => {
                // No part of an answer: the user is typing.
                self.inside = false;
                return false;
            }
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_variable_is_read_from_its_end() {
        assert_eq!(from_variable("15;0"), Some(Background::Dark));
        assert_eq!(from_variable("0;default;15"), Some(Background::Light));
        assert_eq!(from_variable("0;7"), Some(Background::Light));
        for odd in ["", "default;default", "1;99", "x"] {
            assert_eq!(from_variable(odd), None, "{odd}");
        }
    }

    #[test]
    fn a_dumb_terminal_is_not_asked() {
        let variable = |name: &str| match name {
            "TERM" => Some("dumb".to_owned()),
            "COLORFGBG" => Some("0;15".to_owned()),
            _ => None,
        };
        assert_eq!(ask(variable), (Background::Light, false));
    }

    #[test]
    fn a_late_answer_is_swallowed_and_typing_is_not() {
        let key = |letter| KeyEvent::new(KeyCode::Char(letter), KeyModifiers::NONE);
        let mut late = Late::default();
        assert!(!late.swallows(key('a')));
        assert!(late.swallows(KeyEvent::new(KeyCode::Char(']'), KeyModifiers::ALT)));
        for letter in "11;rgb:ffff/ffff/ffff".chars() {
            assert!(late.swallows(key(letter)), "{letter}");
        }
        assert!(late.swallows(KeyEvent::new(KeyCode::Char('\\'), KeyModifiers::ALT)));
        assert!(!late.swallows(key('b')));
    }
}
