//! Keys and the names that the table gives them.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// A key name as it is shown: `space` is shown as `␣`.
pub fn shown(name: &'static str, ascii: bool) -> &'static str {
    match name {
        "space" if !ascii => "␣",
        "up" if !ascii => "↑",
        "down" if !ascii => "↓",
        "left" if !ascii => "←",
        "right" if !ascii => "→",
        "enter" if !ascii => "↵",
        other => other,
    }
}

/// The key of a name; `None` for what is no key, like a command after `:`.
pub fn event(name: &str) -> Option<KeyEvent> {
    let mut rest = name;
    let mut modifiers = KeyModifiers::NONE;
    for (prefix, modifier) in
        [("ctrl-", KeyModifiers::CONTROL), ("alt-", KeyModifiers::ALT), ("shift-", KeyModifiers::SHIFT)]
    {
        if let Some(stripped) = rest.strip_prefix(prefix).filter(|stripped| !stripped.is_empty()) {
            rest = stripped;
            modifiers |= modifier;
        }
    }
    let code = match rest {
        "enter" => KeyCode::Enter,
        "esc" => KeyCode::Esc,
        "tab" => KeyCode::Tab,
        "backtab" => KeyCode::BackTab,
        "backspace" => KeyCode::Backspace,
        "delete" => KeyCode::Delete,
        "space" => KeyCode::Char(' '),
        "up" => KeyCode::Up,
        "down" => KeyCode::Down,
        "left" => KeyCode::Left,
        "right" => KeyCode::Right,
        "pgup" => KeyCode::PageUp,
        "pgdn" => KeyCode::PageDown,
        "home" => KeyCode::Home,
        "end" => KeyCode::End,
        _ => {
            let mut letters = rest.chars();
            match (letters.next(), letters.as_str()) {
                (Some(letter), "") => KeyCode::Char(letter),
                (Some('f'), number) => KeyCode::F(number.parse().ok()?),
                _ => return None,
            }
        }
    };
    Some(KeyEvent::new(code, modifiers))
}

/// The keys of a chord (`ctrl-x ctrl-s`), one after the other.
pub fn events(chord: &str) -> Vec<KeyEvent> {
    chord.split(' ').filter_map(event).collect()
}

/// Does the key event carry this name?
pub(super) fn matches(name: &str, key: KeyEvent) -> bool {
    let Some(wanted) = event(name) else { return false };
    // Shift is part of a letter or of BackTab already; terminals disagree on whether they report it too.
    let relevant = match key.code {
        KeyCode::Char(_) | KeyCode::BackTab => KeyModifiers::CONTROL | KeyModifiers::ALT,
        _ => KeyModifiers::CONTROL | KeyModifiers::ALT | KeyModifiers::SHIFT,
    };
    key.code == wanted.code && key.modifiers & relevant == wanted.modifiers & relevant
}
