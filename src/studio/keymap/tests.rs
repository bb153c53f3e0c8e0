use crossterm::event::{KeyCode, KeyModifiers};

use super::*;

#[test]
fn every_action_is_described() {
    for binding in BINDINGS {
        assert!(!binding.label.is_empty() && binding.description.ends_with('.'), "{binding:?}");
        assert!(binding.description.chars().count() >= 8, "{binding:?}");
    }
}

#[test]
fn no_key_stands_twice_where_it_would_be_heard_twice() {
    for context in Context::ALL {
        let mut seen = Vec::new();
        for binding in bindings(context) {
            for key in binding.keys {
                assert!(!seen.contains(key), "{key} twice in {context:?}");
                seen.push(key);
            }
        }
        if matches!(context, Context::Editor | Context::Panel) {
            for binding in bindings(Context::Anywhere) {
                for key in binding.keys {
                    assert!(!seen.contains(key), "{key} in {context:?} hides the one of Anywhere");
                }
            }
        }
    }
}

#[test]
fn every_context_hears_a_key_that_closes_it_and_views_one_that_explains_them() {
    let press = |context, name| action(context, events(name)[0]);
    for context in Context::ALL {
        let closes = press(context, "esc");
        let base = matches!(context, Context::Anywhere | Context::Letters);
        assert!(base || closes.is_some(), "{context:?}: esc does nothing");
        if context.also().contains(&Context::Rows) {
            assert_eq!(press(context, "f1"), Some(Action::Help), "{context:?}");
        }
        if context.also().contains(&Context::Letters) {
            assert_eq!(press(context, "?"), Some(Action::Help), "{context:?}");
        }
    }
}

#[test]
fn a_footer_names_each_action_once_and_never_that_of_another_prompt() {
    for context in Context::ALL {
        let footer = footer(context);
        for (at, binding) in footer.iter().enumerate() {
            assert!(footer[..at].iter().all(|other| other.action != binding.action), "{context:?}");
            assert_eq!(action(context, events(binding.keys[0])[0]), Some(binding.action), "{context:?}");
        }
        let searches = footer.iter().any(|binding| binding.action == Action::FindNext);
        assert_eq!(searches, matches!(context, Context::Search | Context::Replace), "{context:?}");
    }
}

#[test]
fn every_name_is_a_key_that_finds_its_action() {
    for binding in BINDINGS {
        for name in binding.keys {
            let key = events(name)[0];
            assert_eq!(action(binding.context, key), Some(binding.action), "{name}");
        }
    }
}

#[test]
fn a_set_has_no_key_twice_and_no_chord_that_begins_with_another_command() {
    for set in KeySet::ALL {
        assert_eq!(KeySet::named(set.name()), Some(set));
        for (title, bindings) in set.parts() {
            let mut seen: Vec<&str> = Vec::new();
            for key in bindings.iter().flat_map(|binding| binding.keys) {
                assert!(!seen.contains(key), "{key} twice: {title}");
                assert!(key.split(' ').all(|name| name.chars().count() == 1 || is_name(name)), "{key}");
                seen.push(key);
            }
            for binding in *bindings {
                assert!(!binding.label.is_empty() && binding.description.ends_with('.'), "{binding:?}");
            }
        }
    }
}

fn is_name(name: &str) -> bool {
    const NAMED: [&str; 12] = [
        "left",
        "right",
        "up",
        "down",
        "home",
        "end",
        "pgup",
        "pgdn",
        "enter",
        "space",
        "backspace",
        "delete",
    ];
    NAMED.contains(&name)
        || name.starts_with("ctrl-")
        || name.starts_with("alt-")
        || ["wq", "reg", "noh", "NUMBER"].contains(&name)
}

#[test]
fn letters_reach_the_editor() {
    for letter in ('!'..='~').chain([' ']) {
        let key = KeyEvent::new(KeyCode::Char(letter), KeyModifiers::NONE);
        assert_eq!(action(Context::Editor, key), None, "{letter}");
    }
}

#[test]
fn shifted_letters_are_found_with_and_without_the_reported_shift() {
    for modifiers in [KeyModifiers::NONE, KeyModifiers::SHIFT] {
        let key = KeyEvent::new(KeyCode::Char('G'), modifiers);
        assert_eq!(action(Context::Panel, key), Some(Action::Last));
    }
}
