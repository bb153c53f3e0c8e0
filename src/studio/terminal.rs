//! The terminal as we take it and as we give it back: on return, on error, on panic, on signals.

use std::io::{self, Write, stdout};
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};

use crossterm::cursor::{SetCursorStyle, Show};
use crossterm::event::{
    DisableBracketedPaste, DisableFocusChange, DisableMouseCapture, EnableBracketedPaste, EnableFocusChange,
    EnableMouseCapture,
};
use crossterm::terminal::{
    EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode,
};
use crossterm::{execute, queue};

/// Whether the terminal is ours now.
static TAKEN: AtomicBool = AtomicBool::new(false);

/// Whether the mouse is to be ours as well.
static MOUSE: AtomicBool = AtomicBool::new(true);

/// Gives the terminal back when dropped.
#[derive(Debug)]
pub struct Guard(());

impl Guard {
    /// Takes the terminal.
    pub fn take() -> io::Result<Guard> {
        hook();
        // The guard exists before the first step, so that a failure half-way is undone as well.
        let guard = Guard(());
        enter()?;
        Ok(guard)
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        leave();
    }
}

/// Raw mode, alternate screen, mouse, bracketed paste, focus.
pub fn enter() -> io::Result<()> {
    enable_raw_mode()?;
    TAKEN.store(true, Ordering::SeqCst);
    execute!(stdout(), EnterAlternateScreen, EnableBracketedPaste, EnableFocusChange)?;
    if MOUSE.load(Ordering::SeqCst) { execute!(stdout(), EnableMouseCapture) } else { Ok(()) }
}

/// Listens to the mouse from now on, or leaves it to the terminal.
pub fn set_mouse(wanted: bool) -> io::Result<()> {
    let before = MOUSE.swap(wanted, Ordering::SeqCst);
    match (TAKEN.load(Ordering::SeqCst), before, wanted) {
        (true, false, true) => execute!(stdout(), EnableMouseCapture),
        (true, true, false) => execute!(stdout(), DisableMouseCapture),
        _ => Ok(()),
    }
}

/// Undoes [`enter`], once.
pub fn leave() {
    if !TAKEN.swap(false, Ordering::SeqCst) {
        return;
    }
    let mut out = stdout();
    // Nothing can be done about a terminal that is gone; each step is tried whatever the one before gave.
    let _ = queue!(
        out,
        EndSynchronizedUpdate,
        DisableFocusChange,
        DisableBracketedPaste,
        DisableMouseCapture,
        SetCursorStyle::DefaultUserShape,
        LeaveAlternateScreen,
        Show
    );
    let _ = out.flush();
    let _ = disable_raw_mode();
}

/// A panic gives the terminal back before its message is printed, or the message would be lost with the screen.
fn hook() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let previous = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            leave();
            previous(info);
        }));
    });
}
