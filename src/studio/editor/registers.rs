//! What was cut or copied: the last text, the last copy, and as many under a letter as one likes. Places under a letter
//! as well.

use std::collections::BTreeMap;

/// A kept text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Clip {
    pub(super) text: String,
    /// Whether it is whole lines.
    pub(super) lines: bool,
}

/// Every kept text, and the letter that the next command means.
#[derive(Debug, Clone, Default)]
pub struct Registers {
    last: Clip,
    yanked: Clip,
    named: BTreeMap<char, Clip>,
    chosen: Option<char>,
}

impl Registers {
    /// Whether a register has this name: a letter, `0` for the last copy, `_` for nowhere, `"`, `+` and `*` for the
    /// last text.
    pub fn is_name(name: char) -> bool {
        name.is_ascii_alphabetic() || matches!(name, '0' | '_' | '"' | '+' | '*')
    }

    /// The next command means this one; `None`: the last text.
    pub fn choose(&mut self, name: Option<char>) {
        self.chosen = name.filter(|name| Self::is_name(*name));
    }

    /// The letter that the next command means.
    pub fn chosen(&self) -> Option<char> {
        self.chosen
    }

    /// Keeps a text. A capital letter adds to what is under the small one.
    pub(super) fn keep(&mut self, clip: Clip, copied: bool) {
        match self.chosen {
            Some('_') => return,
            Some(name) if name.is_ascii_uppercase() => {
                let kept = self.named.entry(name.to_ascii_lowercase()).or_default();
                if clip.lines && !kept.lines && !kept.text.is_empty() {
                    kept.text.push('\n');
                }
                kept.text.push_str(&clip.text);
                kept.lines |= clip.lines;
                if kept.lines && !kept.text.ends_with('\n') {
                    kept.text.push('\n');
                }
            }
            Some(name) if name.is_ascii_lowercase() => {
                self.named.insert(name, clip.clone());
            }
            _ if copied => self.yanked = clip.clone(),
            _ => {}
        }
        self.last = clip;
    }

    /// Adds to the last text.
    pub(super) fn extend(&mut self, text: &str) {
        self.last.text.push_str(text);
    }

    /// What putting back gives.
    pub(super) fn clip(&self) -> Clip {
        match self.chosen {
            Some('_') => Clip::default(),
            Some('0') => self.yanked.clone(),
            Some(name) if name.is_ascii_alphabetic() => {
                self.named.get(&name.to_ascii_lowercase()).cloned().unwrap_or_default()
            }
            _ => self.last.clone(),
        }
    }

    /// The last text.
    pub fn last(&self) -> &str {
        &self.last.text
    }

    /// Names and texts of those that hold something, the last text first.
    pub fn list(&self) -> Vec<(char, &str)> {
        let own = [('"', &self.last), ('0', &self.yanked)];
        own.into_iter()
            .chain(self.named.iter().map(|(name, clip)| (*name, clip)))
            .filter(|(_, clip)| !clip.text.is_empty())
            .map(|(name, clip)| (name, clip.text.as_str()))
            .collect()
    }
}

impl super::Editor {
    /// Keeps the cursor's place under a letter.
    pub fn set_place(&mut self, name: char) {
        self.places.insert(name, self.cursor_offset());
    }

    /// The line of an offset, from 0.
    pub fn row_of(&self, offset: usize) -> usize {
        self.document.row_of(offset.min(self.document.len()))
    }

    /// The place under a letter, in bytes of the text; `None` where nothing is kept.
    pub fn place_of(&self, name: char) -> Option<usize> {
        self.places.get(&name).copied().map(|at| at.min(self.as_str().len()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clip(text: &str, lines: bool) -> Clip {
        Clip { text: text.into(), lines }
    }

    #[test]
    fn a_capital_letter_adds_and_the_last_text_follows() {
        let mut registers = Registers::default();
        registers.choose(Some('a'));
        registers.keep(clip("x", false), true);
        registers.choose(Some('A'));
        registers.keep(clip("y\n", true), true);
        assert_eq!(registers.clip(), clip("x\ny\n", true));
        registers.choose(None);
        assert_eq!(registers.clip(), clip("y\n", true));
        registers.choose(Some('_'));
        registers.keep(clip("gone", false), false);
        registers.choose(None);
        assert_eq!(registers.last(), "y\n");
        assert_eq!(registers.list(), [('"', "y\n"), ('a', "x\ny\n")]);
    }
}
