//! Settings, what the command line says over them, and what is remembered.

use super::{App, Modal};
use crate::plan::Diagnostic;
use crate::studio::background::Background;
use crate::studio::keymap::KeySet;
use crate::studio::message::Effect;
use crate::studio::settings::{self, AUTO, Settings};

/// What the command line says; it wins over the settings.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Flags {
    /// `--theme`.
    pub theme: Option<String>,
    /// `--keys`.
    pub keys: Option<KeySet>,
    /// `--ascii`.
    pub ascii: bool,
    /// `--no-animation`.
    pub no_animation: bool,
    /// `--no-mouse`.
    pub no_mouse: bool,
}

/// The settings in use and what is wrong with their file.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Preferences {
    /// What the file says, defaults for the rest.
    pub settings: Settings,
    /// What is wrong with it.
    pub problems: Vec<Diagnostic>,
    /// The command line.
    pub flags: Flags,
    /// The terminal's background, where it was asked for.
    pub background: Option<Background>,
    /// A theme that was asked for and could not be used.
    pub missing_theme: Option<String>,
}

impl App {
    /// Takes the text of the settings file; `None`: there is no file.
    pub fn take_settings(&mut self, text: Option<&str>) -> Vec<Effect> {
        let names: Vec<&str> = self.themes.names().collect();
        let (settings, problems) = settings::read(text.unwrap_or_default(), &names);
        let before = std::mem::replace(&mut self.preferences.settings, settings);
        let mouse = self.mouse();
        if let Some(first) = problems.first() {
            let more = match problems.len() {
                1 => String::new(),
                count => format!(" (and {} more)", count - 1),
            };
            // What was meant and what is allowed, so that nobody has to look it up.
            let help = first.help.as_ref().map_or_else(String::new, |help| format!("; {help}"));
            self.complain(format!("{}{more}{help}", sentence(first)));
        }
        self.preferences.problems = problems;
        let now = &self.preferences.settings;
        self.ascii = self.preferences.flags.ascii || now.ascii;
        let keys = self.preferences.flags.keys.unwrap_or(now.keys);
        if keys != self.keys {
            self.keys = keys;
            self.modal = Modal::default();
            self.editor.select_by(None);
        }
        if now.roofline != before.roofline {
            self.roofline = now.roofline;
        }
        let themes = |settings: &Settings| {
            (settings.theme.clone(), settings.light_theme.clone(), settings.dark_theme.clone())
        };
        if themes(now) != themes(&before) {
            self.load_theme();
        }
        vec![Effect::Mouse(mouse)]
    }

    /// The theme that arguments, settings and the last choice ask for, in this order.
    pub fn wanted_theme(&self) -> String {
        let settings = &self.preferences.settings;
        match (self.asked_theme(), self.preferences.background) {
            (AUTO, Some(Background::Light)) => settings.light_theme.clone(),
            (AUTO, _) => settings.dark_theme.clone(),
            (name, _) => name.to_owned(),
        }
    }

    /// Uses the theme that is asked for; one with a mistake is named and the plainest takes its place.
    pub fn load_theme(&mut self) {
        let name = self.wanted_theme();
        self.preferences.missing_theme = None;
        match self.themes.load(&name) {
            Ok(theme) => self.theme = theme,
            Err(why) => {
                self.preferences.missing_theme = Some(name);
                self.theme = self.themes.load_or_default("terminal");
                self.complain(why);
            }
        }
    }

    /// Whether the terminal has to be asked for its background.
    pub fn follows_background(&self) -> bool {
        self.asked_theme() == AUTO
    }

    fn asked_theme(&self) -> &str {
        let settings = &self.preferences.settings;
        match (&self.preferences.flags.theme, &self.session.theme) {
            (Some(theme), _) => theme,
            (None, Some(theme)) if !settings.gives("theme") => theme,
            _ => &settings.theme,
        }
    }

    /// Whether things may move on the screen.
    pub fn animation(&self) -> bool {
        self.preferences.settings.animation && !self.preferences.flags.no_animation
    }

    /// Whether the mouse is listened to.
    pub fn mouse(&self) -> bool {
        self.preferences.settings.mouse && !self.preferences.flags.no_mouse
    }
}

/// A mistake in the settings in one sentence, with its place.
pub fn sentence(problem: &Diagnostic) -> String {
    let Diagnostic { line, column, message, .. } = problem;
    format!("{}:{line}:{column}: {message}", settings::FILE)
}
