//! The full-screen terminal program.
//!
//! One direction: an event becomes a [`message`], [`update`] turns it into a new state ([`app`]) and
//! [`effects`], then [`view`] draws. Threads read keys, signals and the watched file and send messages to one
//! queue; the loop sleeps in it, so nothing runs while nothing happens.

pub mod app;
mod background;
pub mod diff;
pub mod editor;
pub mod effects;
pub mod export;
pub mod glossary;
pub mod keymap;
pub mod layout;
pub mod message;
pub mod picture;
pub mod samples;
pub mod session;
pub mod settings;
pub mod signals;
mod terminal;
pub mod theme;
pub mod tour;
pub mod update;
pub mod view;
pub mod work;

use std::io::{self, BufWriter, Stdout, Write as _, stdout};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use crossterm::cursor::SetCursorStyle;
use crossterm::event::{self, Event};
use crossterm::queue;
use crossterm::terminal::{BeginSynchronizedUpdate, EndSynchronizedUpdate};
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;

use crate::files;
use crate::net;
use crate::registry::{Physics, Registry};
use app::{App, Flags, Shape, Start};
use effects::{Next, Outside};
use message::Message;
use theme::{ColorDepth, Themes};
use view::Flash;

/// How long a late answer of the terminal about its background is waited for.
const LATE: Duration = Duration::from_secs(3);

/// How long what a save changed is set off.
const FLASH: Duration = Duration::from_secs(1);

/// What the command line asks for.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The plan to open; without one the chooser is shown.
    pub plan: Option<PathBuf>,
    /// Further plans, each in a tab behind it.
    pub others: Vec<PathBuf>,
    /// Panels only, following the file.
    pub watch: bool,
    /// Wins over the plan's own `physics:`.
    pub physics: Option<Physics>,
    /// Theme to start with.
    pub theme: Option<String>,
    /// Keys of the editor.
    pub keys: Option<keymap::KeySet>,
    /// No colours.
    pub mono: bool,
    /// Nothing may move.
    pub no_animation: bool,
    /// Frames and signs from ASCII only.
    pub ascii: bool,
    /// The mouse is left to the terminal.
    pub no_mouse: bool,
    /// Fetch nothing over the network.
    pub offline: bool,
    /// Begin with the tour.
    pub tour: bool,
}

/// Opens the studio and returns when the user leaves it.
// The options are the caller's gift; nothing is left to do with them there.
#[allow(clippy::needless_pass_by_value)]
pub fn run(options: Options) -> io::Result<()> {
    let (sender, receiver) = channel();
    let mut outside = Outside::new(sender.clone());
    let (mut app, late) = start(&options, &mut outside)?;
    let told = sender.clone();
    // The loop may have ended: nobody is left to tell.
    let tell = move || drop(told.send(Message::Fetched));
    let settings = net::Settings::from_env(options.offline);
    app.hub = Some(Arc::new(net::ModelHub::in_background(settings, files::cache_dir(), tell)));
    if let Some(path) = app.path.clone() {
        outside.follow(&mut app, &path);
        effects::evaluate(&mut app);
        effects::offer_recovery(&mut app);
    }
    if options.tour {
        let effects = update::update(&mut app, Message::Tour);
        outside.carry_out(&mut app, effects, &mut false);
        effects::evaluate(&mut app);
    }
    let guard = terminal::Guard::take()?;
    signals::listen(sender.clone())?;
    read_input(sender, late)?;
    // The state outlives a panic of the loop, so that unsaved text can be kept.
    let ended = catch_unwind(AssertUnwindSafe(|| event_loop(&mut app, &mut outside, &receiver)));
    drop(guard);
    outside.remember(&mut app);
    match ended {
        Ok(Ok(None)) => Ok(()),
        Ok(Ok(Some(signal))) => {
            effects::keep_unsaved(&app);
            end_by(signal)
        }
        Ok(Err(error)) => {
            effects::keep_unsaved(&app);
            Err(error)
        }
        Err(panic) => {
            effects::keep_unsaved(&app);
            resume_unwind(panic)
        }
    }
}

/// The state at the start: settings, memory and plan read, or a clear refusal before the terminal is touched. The
/// second answer says that the terminal may still tell its background.
fn start(options: &Options, outside: &mut Outside) -> io::Result<(App, bool)> {
    let refuse = |kind, text: String| io::Error::new(kind, text);
    let variable = |name: &str| std::env::var(name).ok();
    let depth = if options.mono { ColorDepth::Mono } else { ColorDepth::detect(variable) };
    let themes = Themes::new(depth, effects::config::user_themes());
    if let Some(theme) = options.theme.as_deref().filter(|theme| *theme != settings::AUTO) {
        themes.load(theme).map_err(|why| refuse(io::ErrorKind::InvalidInput, why))?;
    }
    let registry = Registry::builtin().with_user_files(&files::user_registry_files()).0;
    let size = crossterm::terminal::size().unwrap_or((80, 24));
    let mut app = App::new(Start {
        registry,
        physics: options.physics,
        watch: options.watch,
        ascii: options.ascii,
        themes,
        theme: "terminal".into(),
        size,
    });
    app.directory = std::env::current_dir().unwrap_or_default();
    app.preferences.flags = Flags {
        theme: options.theme.clone(),
        keys: options.keys,
        ascii: options.ascii,
        no_animation: options.no_animation,
        no_mouse: options.no_mouse,
    };
    match effects::config::settings_text() {
        Ok(text) => drop(app.take_settings(text.as_deref())),
        Err(why) => app.complain(why),
    }
    outside.prepare(&mut app);
    terminal::set_mouse(app.mouse())?;
    let mut late = false;
    if app.follows_background() && depth != ColorDepth::Mono {
        let (background, unanswered) = background::ask(variable);
        app.preferences.background = Some(background);
        late = unanswered;
    }
    app.load_theme();
    if let Some(path) = &options.plan {
        let loaded =
            files::load(path).map_err(|error| refuse(io::ErrorKind::InvalidData, error.sentence()))?;
        let read_only = loaded.read_only && !options.watch;
        app.open_file(path.clone(), loaded.text);
        if read_only {
            app.say("the file is read-only: save under another name");
        }
        for path in &options.others {
            let loaded =
                files::load(path).map_err(|error| refuse(io::ErrorKind::InvalidData, error.sentence()))?;
            app.add_tab(path, loaded.text);
        }
    }
    Ok((app, late))
}

/// The signal of a terminal that is gone.
const HANG_UP: i32 = 1;

/// Sends keys, mouse and sizes as messages.
fn read_input(sender: Sender<Message>, late: bool) -> io::Result<()> {
    let mut late = late.then(|| (background::Late::default(), Instant::now()));
    thread::Builder::new().name("input".into()).spawn(move || {
        while let Ok(event) = event::read() {
            late.take_if(|(_, since)| since.elapsed() > LATE);
            let message = match event {
                Event::Key(key) if late.as_mut().is_some_and(|(late, _)| late.swallows(key)) => continue,
                Event::Key(key) if key.kind == event::KeyEventKind::Release => continue,
                Event::Key(key) => Message::Key(key),
                Event::Paste(text) => Message::Paste(text),
                // Movement without a button changes nothing and would wake the loop for every cell.
                Event::Mouse(mouse) if mouse.kind == event::MouseEventKind::Moved => continue,
                Event::Mouse(mouse) => Message::Mouse(mouse),
                Event::Resize(columns, rows) => Message::Resize(columns, rows),
                Event::FocusGained | Event::FocusLost => continue,
            };
            if sender.send(message).is_err() {
                return;
            }
        }
        // A terminal that can no longer be read has hung up, whether or not the system said so.
        let _ = sender.send(Message::Terminate(HANG_UP));
    })?;
    Ok(())
}

type Screen = Terminal<CrosstermBackend<BufWriter<Stdout>>>;

/// Sleeps in the queue, takes everything that waits there, draws once. The answer is the signal that ended it.
fn event_loop(app: &mut App, outside: &mut Outside, receiver: &Receiver<Message>) -> io::Result<Option<i32>> {
    let mut screen = Terminal::new(CrosstermBackend::new(BufWriter::with_capacity(1 << 16, stdout())))?;
    anew(&mut screen)?;
    if app.keys == keymap::KeySet::Vim {
        queue!(screen.backend_mut(), SetCursorStyle::SteadyBlock)?;
    }
    draw(app, &mut screen)?;
    let mut shown = app.toast.clone();
    let mut shape = None;
    let mut toast_since = Instant::now();
    let mut flash_since = None;
    loop {
        flash_since = match app.flash {
            Flash::On(_) => flash_since.or_else(|| Some(Instant::now())),
            _ => None,
        };
        if app.toast != shown {
            shown.clone_from(&app.toast);
            toast_since = Instant::now();
        }
        let toast = app.toast.as_ref().map(|_| {
            let stays = Duration::from_secs_f64(app.preferences.settings.message_seconds);
            (stays.saturating_sub(toast_since.elapsed()), Message::ToastOver)
        });
        let flash = flash_since.map(|since| (FLASH.saturating_sub(since.elapsed()), Message::FlashOver));
        let first = match toast.into_iter().chain(flash).min_by_key(|(left, _)| *left) {
            Some((left, over)) => match receiver.recv_timeout(left) {
                Ok(message) => message,
                Err(RecvTimeoutError::Timeout) => over,
                Err(RecvTimeoutError::Disconnected) => return Ok(None),
            },
            None => match receiver.recv() {
                Ok(message) => message,
                Err(_) => return Ok(None),
            },
        };
        let (mut next, mut evaluate) = (Next::Go, false);
        for message in std::iter::once(first).chain(receiver.try_iter()) {
            if let Message::Terminate(signal) = message {
                return Ok(Some(signal));
            }
            let effects = update::update(app, message);
            next = next.max(outside.carry_out(app, effects, &mut evaluate));
            if next == Next::Leave {
                return Ok(None);
            }
            if next == Next::Suspend {
                break;
            }
        }
        if evaluate {
            effects::evaluate(app);
        }
        if next == Next::Suspend {
            terminal::leave();
            signals::stop();
            terminal::enter()?;
        }
        if next != Next::Go {
            // Also after SIGCONT: the shell may have changed what the screen shows.
            terminal::enter()?;
            anew(&mut screen)?;
        }
        if app.cursor_shape() != shape {
            shape = app.cursor_shape();
            let style = match shape {
                Some(Shape::Block) => SetCursorStyle::SteadyBlock,
                Some(Shape::Bar) => SetCursorStyle::SteadyBar,
                Some(Shape::Underline) => SetCursorStyle::SteadyUnderScore,
                None => SetCursorStyle::DefaultUserShape,
            };
            queue!(screen.backend_mut(), style)?;
        }
        draw(app, &mut screen)?;
        outside.look_around(app);
        outside.tell_agents(app);
    }
}

/// Takes the size of the terminal and forgets what it shows. Not `Terminal::clear`: that asks the terminal
/// where its cursor is, and the answer would go to the thread that reads keys.
fn anew(screen: &mut Screen) -> io::Result<()> {
    let size = screen.size()?;
    screen.resize(size.into())
}

/// One frame in one synchronized update, so that no terminal shows half of it.
fn draw(app: &mut App, screen: &mut Screen) -> io::Result<()> {
    queue!(screen.backend_mut(), BeginSynchronizedUpdate)?;
    screen.draw(|frame| view::view(app, frame))?;
    queue!(screen.backend_mut(), EndSynchronizedUpdate)?;
    screen.backend_mut().flush()
}

/// Ends the way the signal ends a program, so that whoever sent it sees that.
#[cfg(unix)]
fn end_by(signal: i32) -> io::Result<()> {
    signal_hook::low_level::emulate_default_handler(signal)
}

/// Signals do not end programs here.
#[cfg(not(unix))]
fn end_by(_signal: i32) -> io::Result<()> {
    Ok(())
}
