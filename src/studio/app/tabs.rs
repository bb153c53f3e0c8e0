//! Several plans open at once: the one in front is the [`App`]'s own, the others wait here.

use std::path::{Path, PathBuf};

use super::{App, History, Mode};
use crate::engine::Report;
use crate::plan::Reading;
use crate::studio::editor::Editor;
use crate::studio::message::{Effect, Follow};

/// A plan that is open behind the one in front.
pub struct Tab {
    /// The text.
    pub editor: Editor,
    /// The file.
    pub path: Option<PathBuf>,
    /// Name shown.
    pub title: String,
    /// What the file said last.
    pub on_disk: Option<String>,
    removed: bool,
    undecided: bool,
    reading: Reading,
    report: Option<Report>,
    history: History,
    elapsed_ms: f64,
    baseline: Option<Report>,
    baseline_text: Option<String>,
    selected: [usize; 8],
}

impl Tab {
    /// Whether its text differs from its file's.
    pub fn dirty(&self) -> bool {
        self.on_disk.as_deref() != Some(self.editor.as_str())
    }
}

impl App {
    /// The plans behind the one in front, in the order of their tabs.
    pub fn other_tabs(&self) -> &[Tab] {
        &self.tabs
    }

    /// Titles of all tabs, whether each has unsaved text, and which is in front.
    pub fn tab_titles(&self) -> (Vec<(String, bool)>, usize) {
        let mut titles: Vec<(String, bool)> =
            self.tabs.iter().map(|tab| (tab.title.clone(), tab.dirty())).collect();
        let front = self.front.min(titles.len());
        titles.insert(front, (self.title.clone(), self.dirty()));
        (titles, front)
    }

    /// Puts the plan in front aside and leaves an empty place for another.
    fn park(&mut self) {
        self.note_place();
        self.editor.select_by(None);
        self.modal.reset();
        self.modal.mode = Mode::Normal;
        let mut empty = Editor::new("");
        // What was cut in one plan is put into another.
        *empty.registers_mut() = self.editor.registers().clone();
        let tab = Tab {
            editor: std::mem::replace(&mut self.editor, empty),
            path: self.path.take(),
            title: std::mem::take(&mut self.title),
            on_disk: self.on_disk.take(),
            removed: self.removed,
            undecided: self.undecided,
            reading: std::mem::replace(&mut self.reading, App::nothing_read()),
            report: self.report.take(),
            history: std::mem::take(&mut self.history),
            elapsed_ms: self.elapsed_ms,
            baseline: self.baseline.take(),
            baseline_text: self.baseline_text.take(),
            selected: self.selected,
        };
        let front = self.front.min(self.tabs.len());
        self.tabs.insert(front, tab);
    }

    /// Takes a parked plan to the front, whose place must be empty.
    fn unpark(&mut self, at: usize) -> Vec<Effect> {
        if at >= self.tabs.len() {
            return Vec::new();
        }
        let tab = self.tabs.remove(at);
        self.front = at;
        let registers = std::mem::take(self.editor.registers_mut());
        self.editor = tab.editor;
        *self.editor.registers_mut() = registers;
        self.path = tab.path;
        self.title = tab.title;
        self.on_disk = tab.on_disk;
        self.removed = tab.removed;
        self.undecided = tab.undecided;
        self.reading = tab.reading;
        self.report = tab.report;
        self.history = tab.history;
        self.elapsed_ms = tab.elapsed_ms;
        self.baseline = tab.baseline;
        self.baseline_text = tab.baseline_text;
        self.selected = tab.selected;
        self.popup = None;
        self.fits = None;
        self.money = None;
        self.follow = Follow::Unnamed;
        let mut effects = vec![Effect::Evaluate, Effect::Redraw];
        if let Some(path) = self.path.clone() {
            // Nobody has watched the file meanwhile.
            effects.insert(0, Effect::Follow(path.clone()));
            effects.push(Effect::Look(path));
        }
        effects
    }

    /// Brings a tab to the front, by its place among all of them.
    pub fn show_tab(&mut self, place: usize) -> Vec<Effect> {
        if place == self.front || place > self.tabs.len() {
            return Vec::new();
        }
        self.park();
        self.unpark(place)
    }

    /// The tab after or before the one in front.
    pub fn turn_tab(&mut self, forward: bool) -> Vec<Effect> {
        let count = self.tabs.len() + 1;
        if count == 1 {
            self.say("one plan is open; O opens another one in a tab");
            return Vec::new();
        }
        self.show_tab((self.front + if forward { 1 } else { count - 1 }) % count)
    }

    /// Opens a file in a tab of its own, behind the others, and brings it to the front. One that is open already is
    /// brought to the front.
    pub fn open_tab(&mut self, path: PathBuf, text: String) -> Vec<Effect> {
        if self.path.as_deref() == Some(path.as_path()) {
            return Vec::new();
        }
        if let Some(at) = self.tabs.iter().position(|tab| tab.path.as_deref() == Some(path.as_path())) {
            return self.show_tab(if at < self.front { at } else { at + 1 });
        }
        // An untouched sample or an empty start gives its place.
        let blank = self.path.is_none() && !self.dirty();
        if !blank {
            self.park();
            self.front = self.tabs.len();
        }
        self.open_file(path.clone(), text);
        vec![Effect::Follow(path), Effect::Evaluate, Effect::Redraw]
    }

    /// Opens a file behind the one in front, without showing it: for a start with several files.
    pub fn add_tab(&mut self, path: &Path, text: String) {
        let shown = self.front;
        // What is shown is that of the one in front.
        let (focus, panel, zoom, around) = (self.focus, self.panel, self.zoom, self.around.shown);
        self.park();
        self.front = self.tabs.len();
        self.open_file(path.to_owned(), text);
        self.park();
        self.front = shown;
        self.unpark(shown);
        (self.focus, self.panel, self.zoom, self.around.shown) = (focus, panel, zoom, around);
    }

    /// Closes the plan in front; the one before it comes to the front. The last one stays.
    pub fn close_tab(&mut self) -> Vec<Effect> {
        if self.tabs.is_empty() {
            self.say("the last plan stays open; q leaves the program");
            return Vec::new();
        }
        self.note_place();
        let next = self.front.min(self.tabs.len()).saturating_sub(1);
        self.unpark(next)
    }

    /// The place of a tab behind the front with unsaved text.
    pub fn unsaved_tab(&self) -> Option<usize> {
        let at = self.tabs.iter().position(Tab::dirty)?;
        Some(if at < self.front { at } else { at + 1 })
    }
}
