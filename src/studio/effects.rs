//! Carries out what [`update`](super::update) asks for: the only part of the studio that touches files.

pub mod config;
mod explore;
mod memory;
mod neighbours;
mod proposals;
mod whatif;

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::time::Instant;

use crossterm::clipboard::CopyToClipboard;
use crossterm::execute;

use super::app::{App, Overlay, Tab};
use super::message::{Effect, Follow, Message};
use super::terminal;
use super::update::update;
use super::{export, work};
use crate::engine::{self, Report};
use crate::files::{self, DiskChange, PlanFiles, SaveError, Watch};
use crate::plan::{self, Reading};
use crate::registry::{Physics, Registry};

pub use explore::explore_now;

/// What the loop has to do next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Next {
    /// Go on.
    Go,
    /// Draw everything anew.
    Redraw,
    /// Stop and come back.
    Suspend,
    /// End.
    Leave,
}

/// The world outside the state.
pub struct Outside {
    explore: explore::Worker,
    neighbours: neighbours::Worker,
    sender: Sender<Message>,
    watch: Option<Watch>,
    /// The desk of every plan that is open, in whichever tab.
    posts: BTreeMap<PathBuf, proposals::Post>,
    config: Option<Watch>,
    memory: memory::Memory,
}

impl Outside {
    /// Messages from outside go to `sender`.
    pub fn new(sender: Sender<Message>) -> Outside {
        Outside {
            explore: explore::Worker::default(),
            neighbours: neighbours::Worker::default(),
            sender,
            watch: None,
            posts: BTreeMap::new(),
            config: None,
            memory: memory::Memory::default(),
        }
    }

    /// Carries the effects out, in order. Evaluations are left to the caller (`evaluate` says whether one is
    /// due), so that many keys at once cost one.
    pub fn carry_out(&mut self, app: &mut App, effects: Vec<Effect>, evaluate: &mut bool) -> Next {
        let mut next = Next::Go;
        for effect in effects {
            match effect {
                Effect::Evaluate => *evaluate = true,
                Effect::Step(step) => whatif::step(app, step),
                Effect::Redraw => next = next.max(Next::Redraw),
                Effect::Suspend => next = next.max(Next::Suspend),
                Effect::Leave => next = Next::Leave,
                Effect::Copy(text) => {
                    // Over SSH as well: the terminal itself keeps the text (OSC 52).
                    if execute!(std::io::stdout(), CopyToClipboard::to_clipboard_from(text)).is_err() {
                        app.complain("the terminal did not take the text");
                    }
                }
                Effect::Follow(path) => self.follow(app, &path),
                Effect::Mouse(wanted) => {
                    if terminal::set_mouse(wanted).is_err() {
                        app.complain("the terminal did not take the change of the mouse");
                    }
                }
                Effect::Remember => self.memory.keep(app),
                Effect::Set { key, value } => config::set(app, key, &value),
                Effect::OpenTab(path) => {
                    let message = match files::load(&path) {
                        Ok(loaded) => Message::TabOpened { path, text: loaded.text },
                        Err(error) => Message::OpenFailed(error.sentence()),
                    };
                    let more = update(app, message);
                    next = next.max(self.carry_out(app, more, evaluate));
                }
                Effect::Look(path) => {
                    if let Ok(loaded) = files::load(&path)
                        && app.on_disk.as_ref() != Some(&loaded.text)
                    {
                        let more = update(app, Message::DiskChanged(loaded.text));
                        next = next.max(self.carry_out(app, more, evaluate));
                    }
                }
                Effect::Survey | Effect::Price => {
                    let job = if effect == Effect::Price { work::price(app) } else { work::survey(app) };
                    if let Some(job) = job {
                        work::start(&self.sender, job);
                    }
                }
                Effect::Compare(others) => work::start(&self.sender, work::compare(app, others)),
                Effect::Export { path, format, overwrite } => {
                    let message = export::write(app, &path, format, overwrite);
                    let more = update(app, message);
                    next = next.max(self.carry_out(app, more, evaluate));
                }
                Effect::Open(path) => {
                    let message = match files::load(&path) {
                        Ok(loaded) => {
                            Message::Opened { path, text: loaded.text, read_only: loaded.read_only }
                        }
                        Err(error) => Message::OpenFailed(error.sentence()),
                    };
                    let more = update(app, message);
                    next = next.max(self.carry_out(app, more, evaluate));
                }
                Effect::Reopen(paths, front) => {
                    let more = reopen(app, &paths, front);
                    next = next.max(self.carry_out(app, more, evaluate));
                }
                Effect::Consider(proposal) => proposals::consider(app, proposal),
                Effect::Answer(id, outcome) => {
                    if let Some(post) = app.path.as_ref().and_then(|path| self.posts.get(path)) {
                        post.answer(app, &id, &outcome);
                    }
                }
                Effect::ForgetRecovery => files::discard_recovery(app.path.as_deref()),
                Effect::Save(path) => {
                    let message = self.save(app, &path);
                    let saved = matches!(message, Message::Saved { .. });
                    let more = update(app, message);
                    next = next.max(self.carry_out(app, more, evaluate));
                    if !saved {
                        // What was to come after saving would lose the text.
                        return next;
                    }
                }
            }
        }
        next
    }

    /// Writes the text, unless somebody else has written the file since we read it.
    fn save(&mut self, app: &App, path: &Path) -> Message {
        let own = app.path.as_deref() == Some(path);
        if !own && path.exists() {
            let name = path.display();
            return Message::SaveFailed(format!(
                "{name} exists already; give another name, or open that file"
            ));
        }
        let text = app.editor.text();
        let expected =
            if own && !app.removed { app.on_disk.as_deref().map(files::content_hash) } else { None };
        if let Some(watch) = &self.watch {
            watch.ignore(files::content_hash(&text));
        }
        match files::save(path, &text, expected) {
            Ok(_) => {
                files::discard_recovery(app.path.as_deref());
                Message::Saved { path: path.to_owned(), text }
            }
            Err(SaveError::Conflict { disk_text: Some(theirs) }) => Message::DiskChanged(theirs),
            Err(error) => Message::SaveFailed(error.to_string()),
        }
    }

    /// Reads settings and what is remembered, and follows the settings and the user's themes: what is being written
    /// is seen as it is saved, also where the directories do not exist yet.
    pub fn prepare(&mut self, app: &mut App) {
        self.memory.recall(app);
        let sender = self.sender.clone();
        // Without it they are those of the start, which is no reason to disturb.
        self.config = config::follow(move |message| {
            // The loop has ended: nobody is left to tell.
            let _ = sender.send(message);
        });
    }

    /// Writes what is to be remembered, at the end.
    pub fn remember(&mut self, app: &mut App) {
        app.note_place();
        app.note_tabs();
        // Asked about at the first start only.
        app.session.tour_seen = true;
        self.memory.keep(app);
    }

    /// Asks for the neighbourhood of the value under the cursor and for the design space, where they are shown and
    /// not known yet. To be called
    /// after a frame: nobody waits for the answer.
    pub fn look_around(&mut self, app: &mut App) {
        self.neighbours.ask(app, &self.sender);
        self.explore.ask(app, &self.sender);
    }

    /// Tells agents beside this studio whether its text is saved. To be called after a frame.
    pub fn tell_agents(&mut self, app: &App) {
        for (path, post) in &mut self.posts {
            let tab = app.other_tabs().iter().find(|tab| tab.path.as_ref() == Some(path));
            post.tell(tab.map_or_else(|| app.dirty(), Tab::dirty));
        }
    }

    /// Opens a desk for every plan that is open and closes the others.
    fn attend(&mut self, app: &App, front: &Path) {
        // Watched panes edit nothing: the proposal is for whoever does.
        if app.watch {
            return;
        }
        let others = app.other_tabs().iter().filter_map(|tab| tab.path.clone());
        let open: Vec<PathBuf> = others.chain([front.to_owned()]).collect();
        self.posts.retain(|path, _| open.contains(path));
        for path in open {
            if !self.posts.contains_key(&path)
                && let Some(post) = proposals::Post::open(&path, &self.sender)
            {
                post.announce(&path, &self.sender);
                self.posts.insert(path, post);
            } else if path == front
                && let Some(post) = self.posts.get(&path)
            {
                // What was said of it while it stood behind is shown now.
                post.announce(&path, &self.sender);
            }
        }
    }

    /// Follows a file.
    pub fn follow(&mut self, app: &mut App, path: &Path) {
        app.proposals.clear();
        self.attend(app, path);
        let sender = self.sender.clone();
        let own = path.to_owned();
        let watch = files::watch(path, move |change| {
            let message = match change {
                DiskChange::Changed { text, .. } => Message::DiskChanged(text),
                DiskChange::Removed => Message::DiskRemoved,
                DiskChange::Unreadable(why) => Message::DiskUnreadable(why),
            };
            // The loop has ended: nobody is left to tell.
            let _ = sender.send(Message::OfFile(own.clone(), Box::new(message)));
        });
        app.follow = match &watch {
            Ok(watch) if watch.polling() => Follow::Polling,
            Ok(_) => Follow::Watching,
            Err(_) => Follow::Off,
        };
        match watch {
            Ok(watch) => {
                if let Some(text) = &app.on_disk {
                    watch.expect(files::content_hash(text));
                }
                self.watch = Some(watch);
            }
            Err(why) => {
                self.watch = None;
                app.complain(why);
            }
        }
    }
}

/// Opens the plans of the last time. Those that are gone are named, and the others come.
fn reopen(app: &mut App, paths: &[PathBuf], front: usize) -> Vec<Effect> {
    let mut effects = Vec::new();
    let mut missing = Vec::new();
    for path in paths {
        match files::load(path) {
            Ok(loaded) if app.on_disk.is_none() => {
                effects.extend(update(
                    app,
                    Message::Opened { path: path.clone(), text: loaded.text, read_only: loaded.read_only },
                ));
            }
            Ok(loaded) => app.add_tab(path, loaded.text),
            Err(error) => missing.push(error.sentence()),
        }
    }
    if let Some(wanted) = paths.get(front)
        && let Some(at) = app.tabs.iter().position(|tab| tab.path.as_ref() == Some(wanted))
    {
        effects = app.show_tab(if at < app.front { at } else { at + 1 });
        app.zoom = false;
        app.recall_place();
    }
    if !missing.is_empty() {
        effects.extend(update(app, Message::OpenFailed(missing.join("; "))));
    }
    effects
}

/// Reads the text and evaluates the plan; notes how long that took.
pub fn evaluate(app: &mut App) {
    let begin = Instant::now();
    let (reading, report) =
        read(app.editor.as_str(), &app.registry, app.physics, app.path.as_deref(), app.hub.as_ref());
    let elapsed_ms = begin.elapsed().as_secs_f64() * 1e3;
    app.accept(reading, report, elapsed_ms);
}

/// Reads a text as that of a file and evaluates its plan.
fn read(
    text: &str,
    registry: &Registry,
    physics: Option<Physics>,
    path: Option<&Path>,
    hub: Option<&Arc<dyn plan::Hub>>,
) -> (Reading, Option<Report>) {
    let beside = path.map(|path| PlanFiles::beside(path).with_hub(hub.cloned()));
    let alone = plan::HubOnly(hub.cloned());
    let files: &dyn plan::Files = match &beside {
        Some(files) => files,
        None => &alone,
    };
    let reading = plan::read(text, registry, plan::Options { physics, files });
    let facts = reading.registry_or(registry);
    let report = reading.plan.as_ref().map(|plan| engine::evaluate(plan, facts));
    (reading, report)
}

/// Offers the text that a crash left, if there is one.
pub fn offer_recovery(app: &mut App) {
    if app.watch {
        return;
    }
    if let Some((place, text)) = files::find_recovery(app.path.as_deref())
        && text != app.editor.as_str()
    {
        app.overlay = Overlay::Recovered { place: place.display().to_string(), text };
    }
}

/// Keeps unsaved text when the program has to end at once, and says where.
pub fn keep_unsaved(app: &App) {
    if app.watch {
        return;
    }
    let front = app.dirty().then(|| (app.path.as_deref(), app.editor.as_str()));
    let others = app.other_tabs().iter().filter(|tab| tab.dirty());
    for (path, text) in front.into_iter().chain(others.map(|tab| (tab.path.as_deref(), tab.editor.as_str())))
    {
        keep(path, text);
    }
}

fn keep(path: Option<&Path>, text: &str) {
    // The terminal may be gone, so nothing here may fail loudly.
    let _ = match files::write_recovery(path, text) {
        Ok(place) => writeln!(std::io::stderr(), "mlsysim-tui: unsaved text is kept in {}", place.display()),
        Err(why) => writeln!(
            std::io::stderr(),
            "mlsysim-tui: unsaved text could not be kept: {}",
            files::reason(&why)
        ),
    };
}
