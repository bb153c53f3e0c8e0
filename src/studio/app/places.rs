//! Where one was: in a file, on the screen, and with which plans open.

use std::path::PathBuf;

use super::{App, file_name};
use crate::studio::layout::{Class, Pane};
use crate::studio::session::View;

impl App {
    /// Remembers where in the file the cursor stands, and what is shown of it on this kind of screen.
    pub fn note_place(&mut self) {
        let Some(path) = self.full_path() else { return };
        // A pane beside an editor has no cursor of its own.
        if !self.watch {
            self.session.visit(&path, self.editor.cursor());
        }
        if let Some(class) = Class::of(self.panes().shape, self.watch) {
            let zoomed = self.zoom.then_some(self.focus);
            self.session.see(&path, class, View::new(zoomed, self.around.shown));
        }
    }

    /// Goes to where one was in the file that has just been opened.
    pub fn recall_place(&mut self) {
        let Some(path) = self.full_path() else { return };
        if let Some((row, column)) = self.session.place(&path) {
            self.editor.go_to(row, column);
        }
        let class = Class::of(self.panes().shape, self.watch);
        let Some(view) = class.and_then(|class| self.session.view(&path, class)) else { return };
        self.around.shown = view.neighbours;
        if let Some(pane) = view.zoomed().filter(|pane| !(self.watch && *pane == Pane::Plan)) {
            self.zoom = true;
            self.focus = pane;
            if pane != Pane::Plan {
                self.panel = pane;
            }
        }
    }

    /// Remembers which plans are open.
    pub fn note_tabs(&mut self) {
        if self.watch {
            return;
        }
        let own = self.full_path();
        let mut open: Vec<Option<PathBuf>> =
            self.tabs.iter().map(|tab| tab.path.as_ref().map(|path| self.directory.join(path))).collect();
        let front = self.front.min(open.len());
        open.insert(front, own);
        // A plan without a file cannot be opened again.
        let before = open.iter().take(front).flatten().count();
        let open: Vec<PathBuf> = open.into_iter().flatten().collect();
        if !open.is_empty() {
            self.session.front = before.min(open.len() - 1);
            self.session.tabs = open;
        }
    }

    /// Names of the plans that were open together the last time, while nothing is open yet.
    pub(super) fn left_open(&self) -> Option<String> {
        let tabs = &self.session.tabs;
        if tabs.len() < 2 || self.on_disk.is_some() || self.watch {
            return None;
        }
        let names: Vec<String> = tabs.iter().map(|path| file_name(path)).collect();
        Some(format!("{} plans: {}", tabs.len(), names.join(", ")))
    }
}
