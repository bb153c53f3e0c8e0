//! Everything that can be done, found by a few letters.

use std::path::PathBuf;

use super::{App, file_name};
use crate::registry::Physics;
use crate::search::fuzzy::{self, Match};
use crate::studio::keymap::{self, Action, Context};
use crate::studio::samples::SAMPLES;

/// Ways in which a workload is run, as the plan writes them.
const MODES: [(&str, &str); 3] = [
    ("serve", "Write workload.mode: the model answers requests"),
    ("train", "Write workload.mode: the model is trained"),
    ("auto", "Write workload.mode: the plan's serve or train block decides"),
];

/// What is wanted most, before anything was chosen here. The first is what an unmeant Enter does: it changes nothing.
const FIRST: [Action; 12] = [
    Action::Explore,
    Action::Compare,
    Action::Money,
    Action::Apply,
    Action::Registry,
    Action::Pin,
    Action::Save,
    Action::Open,
    Action::Export,
    Action::Tour,
    Action::Help,
    Action::NextTheme,
];

/// What choosing a line does.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// An action of the key table.
    Act(Action),
    /// Use this theme.
    Theme(String),
    /// Open this line of the chooser.
    Sample(usize),
    /// Open this file.
    Open(PathBuf),
    /// Look at the plan in this body of physics, whatever it says itself.
    Physics(Physics),
    /// Write `workload.mode`.
    Mode(&'static str),
    /// Show the card of a wall.
    Wall(u8),
    /// Go to this byte of the plan.
    Field(usize),
}

/// A line of the palette.
#[derive(Debug, Clone, PartialEq)]
pub struct Choice {
    /// What kind of thing it is, in a word.
    pub kind: &'static str,
    /// What it is.
    pub label: String,
    /// One sentence about it; may be empty.
    pub detail: String,
    /// The key that does the same, where there is one.
    pub key: &'static str,
    /// What it does.
    pub command: Command,
}

impl Choice {
    /// What it is remembered by.
    pub fn id(&self) -> String {
        format!("{} {}", self.label, self.kind)
    }

    /// What is searched in: the kind is a word like any other, and so is what else an action is called.
    pub fn text(&self) -> String {
        let also = match self.command {
            Command::Act(action) => keymap::called(action),
            _ => "",
        };
        format!("{} {} {also}", self.label, self.kind)
    }
}

/// The palette while it is open.
#[derive(Debug, Clone, PartialEq)]
pub struct Palette {
    /// What was typed.
    pub query: String,
    /// Every line there is.
    pub choices: Vec<Choice>,
    /// The lines that match, best first.
    pub found: Vec<Match>,
    /// The selected one of `found`.
    pub selected: usize,
    /// The theme before one was looked at.
    pub theme: String,
}

impl Palette {
    /// The selected line.
    pub fn choice(&self) -> Option<&Choice> {
        self.choices.get(self.found.get(self.selected)?.index)
    }

    /// Searches anew; the best match is selected.
    pub fn search(&mut self) {
        let texts: Vec<String> = self.choices.iter().map(Choice::text).collect();
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        self.found = fuzzy::rank(&self.query, &texts);
        self.selected = 0;
    }
}

impl App {
    /// The palette with nothing typed: what was chosen last comes first.
    pub fn palette(&self) -> Palette {
        let mut choices = self.actions();
        choices.extend(
            self.session.recent().into_iter().filter(|path| self.full_path().as_ref() != Some(path)).map(
                |path| Choice {
                    kind: "open",
                    label: file_name(&path),
                    detail: path.display().to_string(),
                    key: "",
                    command: Command::Open(path),
                },
            ),
        );
        choices.extend(self.themes.names().map(|name| Choice {
            kind: "theme",
            label: name.to_owned(),
            detail: if name == self.theme.name { "The theme in use".into() } else { String::new() },
            key: "",
            command: Command::Theme(name.to_owned()),
        }));
        let physics = [Physics::Studio, Physics::Mlsysim].map(|physics| Choice {
            kind: "physics",
            label: physics.name().to_owned(),
            detail: "Evaluate in these physics until the studio is left; the plan is not changed".into(),
            key: "",
            command: Command::Physics(physics),
        });
        choices.extend(physics);
        choices.extend(self.walls());
        if !self.watch {
            choices.extend(MODES.map(|(mode, detail)| Choice {
                kind: "mode",
                label: mode.to_owned(),
                detail: detail.into(),
                key: "",
                command: Command::Mode(mode),
            }));
            choices.extend(SAMPLES.iter().enumerate().map(|(index, sample)| Choice {
                kind: "sample",
                label: sample.name.to_owned(),
                detail: sample.title.into(),
                key: "",
                command: Command::Sample(index),
            }));
            choices.extend(self.reading.spans.keys.iter().map(|(path, range)| Choice {
                kind: "field",
                label: path.clone(),
                detail: "Go to this line of the plan".into(),
                key: "",
                command: Command::Field(range.start),
            }));
        }
        let chosen = |choice: &Choice| self.session.chosen.iter().position(|id| *id == choice.id());
        let usual = |choice: &Choice| match choice.command {
            Command::Act(action) => FIRST.iter().position(|first| *first == action),
            _ => None,
        };
        let place = |at: Option<usize>| at.unwrap_or(usize::MAX);
        choices.sort_by_key(|choice| (place(chosen(choice)), place(usual(choice))));
        let mut palette = Palette {
            query: String::new(),
            choices,
            found: Vec::new(),
            selected: 0,
            theme: self.theme.name.clone(),
        };
        palette.search();
        palette
    }

    /// The actions of the key table, each once, with the key that does it from here.
    fn actions(&self) -> Vec<Choice> {
        let here = self.context();
        let contexts = match here {
            Context::Editor => [Context::Anywhere, Context::Editor, Context::Panel],
            _ => [Context::Panel, Context::Anywhere, Context::Editor],
        };
        let listed = keymap::choices(&contexts, self.watch);
        let choice = |binding: &keymap::Binding| Choice {
            kind: "do",
            label: binding.label.to_owned(),
            detail: binding.description.to_owned(),
            key: keymap::key_for(binding.action, here, self.keys).unwrap_or_default(),
            command: Command::Act(binding.action),
        };
        listed.into_iter().filter(|binding| binding.action != Action::Palette).map(choice).collect()
    }

    fn walls(&self) -> Vec<Choice> {
        let walls = self.report.as_ref().map_or(&[][..], |report| report.walls.as_slice());
        let wall = |wall: &crate::engine::report::WallReading| Choice {
            kind: "wall",
            label: format!("{} {}", wall.number, wall.name),
            detail: wall.sentence.clone(),
            key: "",
            command: Command::Wall(wall.number),
        };
        walls.iter().map(wall).collect()
    }
}
