//! What the studio remembers from one time to the next: sizes of panes, places in files, recent files, the theme.
//!
//! One JSON file under the state directory. Several studios may run at once: each writes only what it changed, over
//! what the others wrote meanwhile.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::layout::{Class, Divider, Pane, Sizes};

/// Name of the file in the state directory.
pub const FILE: &str = "session.json";
/// The form of the file that this program writes.
const VERSION: u32 = 1;
/// Most files that are remembered.
const MAX_FILES: usize = 50;
/// Most choices of the palette that are remembered.
const MAX_CHOICES: usize = 10;
/// A longer file is not ours.
const MAX_BYTES: usize = 1 << 18;

/// What is remembered.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Session {
    version: u32,
    /// How far borders were moved: kind of screen, border, cells.
    panes: BTreeMap<String, BTreeMap<String, i16>>,
    /// The theme that was chosen last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub theme: Option<String>,
    /// Whether the tour was taken or declined.
    pub tour_seen: bool,
    /// Files that were open, the last one first, and the line and column of the cursor in each (from 0).
    pub files: Vec<(PathBuf, usize, usize)>,
    /// What was chosen in the palette, the last one first.
    pub chosen: Vec<String>,
    /// Files that were open in tabs when the studio was left, in the order of the tabs.
    pub tabs: Vec<PathBuf>,
    /// Which of them was in front, from 0.
    pub front: usize,
    /// What was shown of a file on a kind of screen, the last one first.
    views: Vec<View>,
}

/// What was shown of a file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct View {
    file: PathBuf,
    screen: String,
    /// The pane that had the whole screen.
    #[serde(skip_serializing_if = "Option::is_none")]
    zoomed: Option<String>,
    /// Whether the neighbours of the value under the cursor were shown.
    pub neighbours: bool,
}

impl View {
    /// What is shown: the pane that has the whole screen, and whether neighbours are.
    pub fn new(zoomed: Option<Pane>, neighbours: bool) -> View {
        View { zoomed: zoomed.map(|pane| pane.word().to_owned()), neighbours, ..View::default() }
    }

    /// The pane that had the whole screen. Words that this version does not know are passed over.
    pub fn zoomed(&self) -> Option<Pane> {
        Pane::ALL.into_iter().find(|pane| self.zoomed.as_deref() == Some(pane.word()))
    }
}

impl Session {
    /// Reads the file's text. The error says in one sentence why it does not count.
    pub fn read(text: &str) -> Result<Session, String> {
        if text.len() > MAX_BYTES {
            return Err("the session file is too long to be ours; it was left out".into());
        }
        let session: Session = serde_json::from_str(text).map_err(|error| {
            format!("the session file is broken at line {}; it was left out", error.line())
        })?;
        match session.version {
            VERSION => Ok(session.bounded()),
            0 => Err("the session file has no version; it was left out".into()),
            _ => Err("the session file is of a newer version; it was left out".into()),
        }
    }

    /// The text of the file.
    pub fn write(&self) -> String {
        let session = Session { version: VERSION, ..self.clone() }.bounded();
        // Strings, numbers and lists of them: this cannot fail.
        let mut text = serde_json::to_string_pretty(&session).unwrap_or_default();
        text.push('\n');
        text
    }

    fn bounded(mut self) -> Session {
        self.files.truncate(MAX_FILES);
        self.chosen.truncate(MAX_CHOICES);
        self.tabs.truncate(MAX_FILES);
        self.views.truncate(MAX_FILES);
        self
    }

    /// What another studio wrote (`theirs`), with what this one changed since it read `before`.
    #[must_use]
    pub fn merged(&self, before: &Session, theirs: Session) -> Session {
        let mut merged = theirs;
        for class in Class::ALL.iter().map(|class| class.name()) {
            if self.panes.get(class) != before.panes.get(class) {
                match self.panes.get(class) {
                    Some(sizes) => merged.panes.insert(class.to_owned(), sizes.clone()),
                    None => merged.panes.remove(class),
                };
            }
        }
        if self.theme != before.theme {
            merged.theme.clone_from(&self.theme);
        }
        merged.tour_seen |= self.tour_seen;
        // From the oldest to the newest, so that the newest ends in front.
        for file in self.files.iter().rev().filter(|file| !before.files.contains(file)) {
            merged.files.retain(|known| known.0 != file.0);
            merged.files.insert(0, file.clone());
        }
        if self.chosen != before.chosen {
            merged.chosen.clone_from(&self.chosen);
        }
        if (&self.tabs, self.front) != (&before.tabs, before.front) {
            merged.tabs.clone_from(&self.tabs);
            merged.front = self.front;
        }
        for view in self.views.iter().rev().filter(|view| !before.views.contains(view)) {
            merged.put_view(view.clone());
        }
        merged.bounded()
    }

    /// How far borders were moved. Words that this version does not know are passed over.
    pub fn sizes(&self) -> Sizes {
        let mut sizes = Sizes::default();
        for (class, dividers) in &self.panes {
            for (divider, offset) in dividers {
                if let (Some(class), Some(divider)) = (Class::by_name(class), Divider::by_name(divider)) {
                    sizes.set(class, divider, *offset);
                }
            }
        }
        sizes
    }

    /// Remembers how far borders were moved.
    pub fn set_sizes(&mut self, sizes: &Sizes) {
        self.panes.clear();
        for (class, divider, offset) in sizes.iter() {
            self.panes.entry(class.name().into()).or_default().insert(divider.name().into(), offset);
        }
    }

    /// Remembers a file and the place in it.
    pub fn visit(&mut self, path: &Path, cursor: (usize, usize)) {
        self.files.retain(|(known, ..)| known != path);
        self.files.insert(0, (path.to_owned(), cursor.0, cursor.1));
        self.files.truncate(MAX_FILES);
    }

    /// Remembers what is shown of a file on a kind of screen.
    pub fn see(&mut self, path: &Path, class: Class, view: View) {
        self.put_view(View { file: path.to_owned(), screen: class.name().to_owned(), ..view });
    }

    fn put_view(&mut self, view: View) {
        self.views.retain(|known| (&known.file, &known.screen) != (&view.file, &view.screen));
        self.views.insert(0, view);
        self.views.truncate(MAX_FILES);
    }

    /// What was shown of a file on a kind of screen.
    pub fn view(&self, path: &Path, class: Class) -> Option<&View> {
        self.views.iter().find(|view| view.file == path && view.screen == class.name())
    }

    /// The place in a file.
    pub fn place(&self, path: &Path) -> Option<(usize, usize)> {
        self.files.iter().find(|(known, ..)| known == path).map(|(_, row, column)| (*row, *column))
    }

    /// Files that were open, the last one first.
    pub fn recent(&self) -> Vec<PathBuf> {
        self.files.iter().map(|(path, ..)| path.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        let mut session = Session::default();
        let mut sizes = Sizes::default();
        sizes.set(Class::Wide, Divider::Problems, -3);
        session.set_sizes(&sizes);
        session.theme = Some("dark".into());
        session.visit(Path::new("/plans/a.yaml"), (3, 4));
        session.see(Path::new("/plans/a.yaml"), Class::Wide, View::new(Some(Pane::Plan), false));
        session.see(Path::new("/plans/a.yaml"), Class::Wide, View::new(Some(Pane::Walls), true));
        session.tabs = vec!["/plans/a.yaml".into(), "/plans/b.yaml".into()];
        session.front = 1;
        let again = Session::read(&session.write()).unwrap();
        assert_eq!(again.sizes(), sizes);
        assert_eq!(again.place(Path::new("/plans/a.yaml")), Some((3, 4)));
        assert_eq!(again.theme.as_deref(), Some("dark"));
        assert_eq!(
            again.view(Path::new("/plans/a.yaml"), Class::Wide).and_then(View::zoomed),
            Some(Pane::Walls)
        );
        assert_eq!(again.view(Path::new("/plans/a.yaml"), Class::Narrow), None);
        assert_eq!((again.tabs.len(), again.front), (2, 1));
    }

    #[test]
    fn what_does_not_count_says_why() {
        let broken = [
            "",
            "{",
            "[]",
            "null",
            "{\"version\": 99}",
            "{\"version\": -1}",
            "{\"panes\": 3}",
            "{\"version\": 1, \"tabs\": {}}",
            "{\"version\": 1, \"front\": -1}",
            "{\"version\": 1, \"views\": [3]}",
            "{\"version\": 1, \"files\": [[\"/a\", -1, 0]]}",
            &"x".repeat(1 << 19),
        ];
        for text in broken {
            assert!(Session::read(text).unwrap_err().ends_with("it was left out"), "{text:.20}");
        }
    }

    #[test]
    fn words_of_other_versions_are_passed_over() {
        let text = r#"{"version": 1, "panes": {"wide": {"nowhere": 3, "plan": 4}, "round": {"plan": 1}}, "more": 1}"#;
        assert_eq!(Session::read(text).unwrap().sizes().iter().count(), 1);
    }

    #[test]
    fn several_studios_do_not_undo_each_other() {
        let before = Session::default();
        let mut first = before.clone();
        first.theme = Some("light".into());
        first.visit(Path::new("/a.yaml"), (1, 0));
        let mut second = before.clone();
        second.visit(Path::new("/b.yaml"), (2, 0));
        let on_disk = first.merged(&before, Session::default());
        let both = second.merged(&before, on_disk);
        assert_eq!(both.theme.as_deref(), Some("light"));
        assert_eq!(both.recent(), [PathBuf::from("/b.yaml"), PathBuf::from("/a.yaml")]);
    }

    #[test]
    fn it_does_not_grow_without_end() {
        let mut session = Session::default();
        for number in 0..500 {
            session.visit(Path::new(&format!("/{number}.yaml")), (0, 0));
        }
        assert_eq!(Session::read(&session.write()).unwrap().files.len(), MAX_FILES);
    }
}
