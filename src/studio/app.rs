//! The whole state of the studio. Nothing here draws, and nothing here touches the outside.

mod explore;
mod hints;
mod history;
mod modal;
mod neighbourhood;
mod overlay;
mod palette;
mod places;
mod popup;
mod preferences;
mod problems;
mod screen;
mod tabs;
mod telling;

use std::cell::Cell;
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub use explore::{Design, Exploration, Explore, Explored, Offer, Question};
pub use hints::Hints;
pub use history::History;
pub use modal::{Awaiting, Modal, Mode, Shape};
pub use neighbourhood::{Around, Neighbourhood, Outcome, Value, figure, headline, outcome, second};
pub use overlay::{Considered, Help, Overlay, Then, Toast};
pub use palette::{Choice, Command, Palette};
pub use popup::{Following, Popup};
pub use preferences::{Flags, Preferences};
pub use problems::{Problem, problems};
pub use screen::{
    Browser, Comparison, Derivation, Export, Format, Line, MoneyView, Rival, Row, SHELVES, Screen, ShelfOf,
};
pub use tabs::Tab;

use ratatui::buffer::Buffer;

use crate::engine::Report;
use crate::files::proposals::Proposal;
use crate::plan::{Diagnostic, Hub, Reading, Severity, Spans};
use crate::registry::{Physics, Registry};
use crate::search::fitting::Fit;
use crate::search::money::Money;

use super::editor::{Editor, Mark};
use super::keymap::{Context, KeySet};
use super::layout::{Edge, Pane, Panes, Sizes, layout};
use super::message::{Effect, Follow};
use super::samples::SAMPLES;
use super::session::Session;
use super::theme::{Theme, Themes};
use super::view::Flash;

/// How far a text can be scrolled that was not drawn yet.
pub const UNSEEN: usize = usize::MAX / 2;

/// Most recent files that the chooser offers.
const MAX_RECENT: usize = 5;

/// The state.
pub struct App {
    /// The text.
    pub editor: Editor,
    /// Facts.
    pub registry: Registry,
    /// `--physics`.
    pub physics: Option<Physics>,
    /// Where `hf://` addresses are looked up; nowhere until the program has one.
    pub hub: Option<Arc<dyn Hub>>,
    /// The file; `None` for a plan that was never saved.
    pub path: Option<PathBuf>,
    /// Name shown for a plan without a file.
    pub title: String,
    /// What the file says as far as is known.
    pub on_disk: Option<String>,
    /// Whether the file is missing although it has been there.
    pub removed: bool,
    /// The file has another text, and which one counts was left open.
    pub undecided: bool,
    /// How the file is followed.
    pub follow: Follow,
    /// Panels only.
    pub watch: bool,
    /// What reading the text gave.
    pub reading: Reading,
    /// The last report of a plan without errors.
    pub report: Option<Report>,
    /// How hard each wall was pressed since the plan was opened.
    pub history: History,
    /// How long reading and evaluating took, in milliseconds.
    pub elapsed_ms: f64,
    /// Numbers to compare with.
    pub baseline: Option<Report>,
    /// The text that they are of.
    pub baseline_text: Option<String>,
    /// Plans behind the one in front.
    pub tabs: Vec<Tab>,
    /// The place of the front plan among all tabs.
    pub front: usize,
    /// What every accelerator would do in the plan, and of which revision of the text.
    pub fits: Option<(u64, Arc<Vec<Fit>>)>,
    /// The plan's money from every side, and of which revision of the text.
    pub money: Option<(u64, Arc<Money>)>,
    /// The focused pane.
    pub focus: Pane,
    /// The panel that Esc leads to from the editor.
    pub panel: Pane,
    /// Whether the focused pane has the whole screen.
    pub zoom: bool,
    /// Selected line of the panes that have lines, by pane number.
    pub selected: [usize; 8],
    /// The first row shown of the panes that have lines, by pane number.
    pub tops: [Cell<usize>; 8],
    /// What lies over the panes.
    pub overlay: Overlay,
    /// The key set of the editor.
    pub keys: KeySet,
    /// Its mode and half-typed commands.
    pub modal: Modal,
    /// What could be written at the cursor, while that is shown.
    pub popup: Option<Popup>,
    /// Whether that follows what is typed.
    pub following: Following,
    /// What the values around the one under the cursor would lead to.
    pub around: Around,
    /// The design space around the plan.
    pub explore: Explore,
    /// Whether the roofline stands in the place of the time line.
    pub roofline: bool,
    /// Changes that agents propose, the oldest first.
    pub proposals: Vec<Proposal>,
    /// Ids of those that were answered here: the folder may still show them for a moment.
    pub answered: Vec<String>,
    /// Message to show for a while.
    pub toast: Option<Toast>,
    /// Whether the welcome line is still to be seen.
    pub welcome: bool,
    /// Keys that are named on the screen.
    pub hints: Hints,
    /// Columns and rows.
    pub size: (u16, u16),
    /// How far the borders between panes were moved.
    pub sizes: Sizes,
    /// The border that the mouse holds, where it took hold, and how far the border was moved then.
    pub drag: Option<(Edge, u16, i16)>,
    /// A file to open once the text is safe.
    pub opening: Option<PathBuf>,
    /// What a save from outside changed, while that is set off.
    pub flash: Flash,
    /// The frame before, kept while watching.
    pub shown: Option<Buffer>,
    /// The step of the tour, while it is taken.
    pub tour: Option<usize>,
    /// The help.
    pub help: Help,
    /// Whether the whole line of a prompt is selected: what is typed next takes its place.
    pub line_selected: bool,
    /// The first row shown of the list in front of the panes.
    pub list_top: Cell<usize>,
    /// How far the text in front can be scrolled: drawing says it.
    pub scroll_last: Cell<usize>,
    /// How many rows of a pane lie above and below what is shown, by pane number.
    pub hidden: [Cell<(usize, usize)>; 8],
    /// Settings and what the command line says over them.
    pub preferences: Preferences,
    /// What is remembered from one time to the next.
    pub session: Session,
    /// Where the program was started: what a relative file name is meant from.
    pub directory: PathBuf,
    /// Every theme.
    pub themes: Themes,
    /// The one in use.
    pub theme: Theme,
    /// Frames and signs from ASCII only.
    pub ascii: bool,
}

/// What an [`App`] starts with.
pub struct Start {
    /// Facts.
    pub registry: Registry,
    /// `--physics`.
    pub physics: Option<Physics>,
    /// Panels only.
    pub watch: bool,
    /// ASCII only.
    pub ascii: bool,
    /// Themes.
    pub themes: Themes,
    /// Name of the theme to start with.
    pub theme: String,
    /// Columns and rows.
    pub size: (u16, u16),
}

impl App {
    /// A studio with the chooser open and no plan in it.
    pub fn new(start: Start) -> App {
        let theme = start.themes.load_or_default(&start.theme);
        App {
            editor: Editor::new(""),
            registry: start.registry,
            physics: start.physics,
            hub: None,
            path: None,
            title: "new plan".into(),
            on_disk: None,
            removed: false,
            undecided: false,
            follow: Follow::Unnamed,
            watch: start.watch,
            reading: App::nothing_read(),
            report: None,
            history: History::default(),
            elapsed_ms: 0.0,
            baseline: None,
            baseline_text: None,
            tabs: Vec::new(),
            front: 0,
            fits: None,
            money: None,
            focus: if start.watch { Pane::Verdict } else { Pane::Plan },
            panel: Pane::Verdict,
            zoom: false,
            selected: [0; 8],
            tops: Default::default(),
            overlay: Overlay::Chooser(0),
            popup: None,
            following: Following::Off,
            keys: KeySet::default(),
            modal: Modal::default(),
            around: Around::default(),
            explore: Explore::default(),
            roofline: false,
            proposals: Vec::new(),
            answered: Vec::new(),
            toast: None,
            welcome: true,
            hints: Hints::default(),
            size: start.size,
            sizes: Sizes::default(),
            drag: None,
            opening: None,
            flash: Flash::Off,
            shown: None,
            tour: None,
            help: Help::default(),
            line_selected: false,
            list_top: Cell::default(),
            scroll_last: Cell::new(UNSEEN),
            hidden: Default::default(),
            preferences: Preferences::default(),
            session: Session::default(),
            directory: PathBuf::new(),
            themes: start.themes,
            theme,
            ascii: start.ascii,
        }
    }

    /// The reading of no text.
    fn nothing_read() -> Reading {
        Reading { plan: None, diagnostics: Vec::new(), spans: Spans::default(), registry: None }
    }

    /// Opens the text of a file.
    pub fn open_file(&mut self, path: PathBuf, text: String) {
        self.note_place();
        self.title = file_name(&path);
        self.path = Some(path);
        self.open_text(&text);
        self.on_disk = Some(text);
        self.recall_place();
    }

    /// The file from the root on.
    pub fn full_path(&self) -> Option<PathBuf> {
        self.path.as_ref().map(|path| self.directory.join(path))
    }

    /// Opens a text without a file.
    pub fn open_unnamed(&mut self, title: &str, text: &str) {
        self.note_place();
        title.clone_into(&mut self.title);
        self.path = None;
        self.follow = Follow::Unnamed;
        self.open_text(text);
        // A sample that nobody touched is nothing to save.
        self.on_disk = Some(text.to_owned());
    }

    fn open_text(&mut self, text: &str) {
        let registers = std::mem::take(self.editor.registers_mut());
        self.editor = Editor::new(text);
        *self.editor.registers_mut() = registers;
        self.report = None;
        self.history.clear();
        self.baseline = None;
        self.baseline_text = None;
        self.fits = None;
        self.money = None;
        self.removed = false;
        self.undecided = false;
        self.selected = [0; 8];
        self.overlay = Overlay::None;
        self.popup = None;
        self.around.forget();
        self.explore = Explore::default();
        self.focus = self.preferences.settings.start_pane;
        if self.watch && self.focus == Pane::Plan {
            self.focus = Pane::Verdict;
        }
        if self.focus != Pane::Plan {
            self.panel = self.focus;
        }
        self.modal = Modal::default();
        self.zoom = false;
    }

    /// Whether the text differs from the file's.
    pub fn dirty(&self) -> bool {
        self.on_disk.as_deref() != Some(self.editor.as_str())
    }

    /// Whether the numbers belong to an earlier text.
    pub fn stale(&self) -> bool {
        self.report.is_some() && self.reading.plan.is_none()
    }

    /// How many diagnostics are errors.
    pub fn error_count(&self) -> usize {
        self.reading.diagnostics.iter().filter(|diagnostic| diagnostic.severity == Severity::Error).count()
    }

    /// Where everything stands.
    pub fn panes(&self) -> Panes {
        layout(self.size, self.focus, self.zoom, self.watch, &self.sizes)
    }

    /// Everything that the problems pane lists.
    pub fn problems(&self) -> Vec<Problem> {
        let mut list = problems(&self.reading, self.report.as_ref().filter(|_| !self.stale()));
        list.extend(self.preferences.problems.iter().map(problems::of_settings));
        list
    }

    /// Whether letters of the editor are commands, as in vim's normal mode, where a cursor stands on a letter and
    /// nothing is selected.
    pub fn letters_command(&self) -> bool {
        self.keys == KeySet::Vim && self.modal.mode == Mode::Normal && !self.watch
    }

    /// Where keys go.
    pub fn context(&self) -> Context {
        match &self.overlay {
            Overlay::None if self.focus == Pane::Plan && !self.watch => Context::Editor,
            Overlay::None | Overlay::Menu => Context::Panel,
            Overlay::Palette(_) => Context::Palette,
            Overlay::Help(_) if self.help.typing => Context::HelpSearch,
            Overlay::Help(_) | Overlay::Chooser(_) | Overlay::Entry { .. } => Context::List,
            Overlay::Card(..) => Context::Card,
            Overlay::Search(_) => Context::Search,
            Overlay::Command(_) => Context::Ex,
            Overlay::Name { .. } => Context::FileName,
            Overlay::OpenTab(_) => Context::OpenFile,
            Overlay::Vary(_) => Context::Vary,
            Overlay::Limit { .. } => Context::Limit,
            Overlay::Refusal { .. } => Context::Reason,
            Overlay::Screen(screen) => match **screen {
                Screen::Registry(_) => Context::Registry,
                Screen::Derivation(_) => Context::Derivation,
                Screen::Comparison(_) => Context::Comparison,
                Screen::Money(_) => Context::Money,
                Screen::Export(_) => Context::Export,
            },
            Overlay::Explore => Context::Explore,
            Overlay::Replace { .. } => Context::Replace,
            Overlay::Conflict { .. } => Context::Conflict,
            Overlay::Leave(_) => Context::Leave,
            Overlay::Recovered { .. } => Context::Recovered,
            Overlay::Proposal { .. } => Context::Proposal,
        }
    }

    /// Takes in what an evaluation gave.
    pub fn accept(&mut self, reading: Reading, report: Option<Report>, elapsed_ms: f64) {
        if let Some(report) = report {
            self.history.record(&report);
            if self.report.is_none() {
                // The wall that binds is the one to ask about first.
                let binds = report.binding_wall().map(|wall| wall.number);
                let at = report.walls.iter().position(|wall| Some(wall.number) == binds);
                self.selected[usize::from(Pane::Walls.number())] = at.unwrap_or(0);
            }
            self.report = Some(report);
        }
        let marks: Vec<Mark> = reading.diagnostics.iter().map(mark).collect();
        self.editor.set_marks(marks);
        self.reading = reading;
        self.elapsed_ms = elapsed_ms;
        super::tour::follow(self);
    }

    /// Shows a short message.
    pub fn say(&mut self, text: impl Into<String>) {
        self.toast = Some(Toast { text: text.into(), bad: false });
    }

    /// Shows a short message about something that went wrong.
    pub fn complain(&mut self, text: impl Into<String>) {
        self.toast = Some(Toast { text: text.into(), bad: true });
    }

    /// The entries of the chooser: name and title. The plans of the last time first, then recent files, the samples,
    /// the template last.
    pub fn choices(&self) -> Vec<(String, String)> {
        let again = self.left_open().map(|names| ("last time".to_owned(), names));
        let recent = self.recent().into_iter().map(|path| (file_name(&path), path.display().to_string()));
        let samples = SAMPLES.iter().map(|sample| (sample.name.to_owned(), sample.title.to_owned()));
        let template = ("new plan".to_owned(), "A plan with a comment on every line".to_owned());
        again.into_iter().chain(recent).chain(samples).chain([template]).collect()
    }

    /// The files that the chooser offers, the last one first.
    fn recent(&self) -> Vec<PathBuf> {
        let own = self.full_path();
        self.session.recent().into_iter().filter(|path| Some(path) != own.as_ref()).take(MAX_RECENT).collect()
    }

    /// Opens an entry of the chooser.
    pub fn choose(&mut self, index: usize) -> Vec<Effect> {
        let recent = self.recent();
        let index = match (self.left_open(), index) {
            (Some(_), 0) => return vec![Effect::Reopen(self.session.tabs.clone(), self.session.front)],
            (Some(_), index) => index - 1,
            (None, index) => index,
        };
        match recent.get(index) {
            Some(path) => vec![Effect::Open(path.clone())],
            None => self.open_sample(index - recent.len()),
        }
    }

    /// Opens a sample, or the template behind the last one.
    pub fn open_sample(&mut self, index: usize) -> Vec<Effect> {
        match SAMPLES.get(index) {
            Some(sample) => self.open_unnamed(sample.name, sample.text),
            None => self.open_unnamed("new plan", crate::plan::template()),
        }
        vec![Effect::Evaluate, Effect::Redraw]
    }
}

/// Last part of a path.
pub fn file_name(path: &Path) -> String {
    path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned())
}

fn mark(diagnostic: &Diagnostic) -> Mark {
    Mark {
        range: diagnostic.range.clone(),
        severity: diagnostic.severity,
        message: diagnostic.message.clone(),
    }
}
