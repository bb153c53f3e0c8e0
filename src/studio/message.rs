//! What comes in, and what goes out.

use std::path::PathBuf;
use std::sync::Arc;

use crossterm::event::{KeyEvent, MouseEvent};

use super::app::{Explored, Format, Neighbourhood, Rival};
use crate::files::proposals::{Outcome, Proposal};
use crate::plan::step::Step;
use crate::search::fitting::Fit;
use crate::search::money::Money;

/// Something that happened.
#[derive(Debug, Clone, PartialEq)]
pub enum Message {
    /// What happened to a file that is followed. It means nothing once another plan is in front.
    OfFile(PathBuf, Box<Message>),
    /// A key went down.
    Key(KeyEvent),
    /// Text was pasted.
    Paste(String),
    /// The mouse did something.
    Mouse(MouseEvent),
    /// The screen has this many columns and rows now.
    Resize(u16, u16),
    /// The file has this text now, and somebody else wrote it.
    DiskChanged(String),
    /// The file is gone.
    DiskRemoved,
    /// The file cannot be read any more, in one sentence.
    DiskUnreadable(String),
    /// The plan was written to its file.
    Saved {
        /// Where.
        path: PathBuf,
        /// What was written.
        text: String,
    },
    /// It could not be written.
    SaveFailed(String),
    /// Another plan was read.
    Opened {
        /// From where.
        path: PathBuf,
        /// What it says.
        text: String,
        /// Whether it cannot be written.
        read_only: bool,
    },
    /// It could not be read, in one sentence.
    OpenFailed(String),
    /// A plan for a tab of its own was read.
    TabOpened {
        /// From where.
        path: PathBuf,
        /// What it says.
        text: String,
    },
    /// What every accelerator would do in the plan of a revision of the text.
    Surveyed(u64, Arc<Vec<Fit>>),
    /// The money of the plan of a revision of the text, from every side.
    Priced(u64, Arc<Money>),
    /// The plans to compare that of a revision of the text with.
    Compared(u64, Arc<Vec<Rival>>),
    /// A report was written.
    Exported(PathBuf),
    /// A report was not written: this file is there already.
    ExportExists(PathBuf),
    /// The user's themes are these now: name and text.
    ThemesChanged(Vec<(String, String)>),
    /// The settings file says this now; `None`: it is gone.
    SettingsChanged(Option<String>),
    /// The settings file cannot be read, in one sentence.
    SettingsUnreadable(String),
    /// The hub has an answer: reading the plan again gives more.
    Fetched,
    /// How the file is followed now.
    Following(Follow),
    /// What the headline figure would be around the value under the cursor.
    Neighbourhood(Box<Neighbourhood>),
    /// These changes are proposed and not answered.
    Proposals {
        /// The plan's file, as the studio was told it.
        plan: PathBuf,
        /// All that wait, oldest first.
        pending: Vec<Proposal>,
    },
    /// What was found so far of the design space.
    Explored(Box<Explored>),
    /// The toast has been there long enough.
    ToastOver,
    /// What a save changed has been set off long enough.
    FlashOver,
    /// The command line asks for the tour.
    Tour,
    /// The program is to stop: SIGTSTP.
    Suspend,
    /// The program goes on: SIGCONT.
    Resume,
    /// The program is to end at once: SIGTERM, SIGHUP.
    Terminate(i32),
}

/// How the file is followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Follow {
    /// There is no file yet.
    #[default]
    Unnamed,
    /// The system tells of changes.
    Watching,
    /// The file is looked at every second.
    Polling,
    /// It cannot be followed.
    Off,
}

impl Follow {
    /// One word for the status line.
    pub fn word(self) -> &'static str {
        match self {
            Follow::Unnamed => "not saved yet",
            Follow::Watching => "watching",
            Follow::Polling => "polling",
            Follow::Off => "not watching",
        }
    }
}

/// Something to be done outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Read the text, evaluate the plan, note how long it took.
    Evaluate,
    /// Step the value under the cursor.
    Step(Step),
    /// Write the text to the file.
    Save(PathBuf),
    /// Read another plan.
    Open(PathBuf),
    /// Open the plans of the last time, with this one in front.
    Reopen(Vec<PathBuf>, usize),
    /// Follow this file from now on.
    Follow(PathBuf),
    /// Evaluate a proposed change and show it.
    Consider(Proposal),
    /// Tell what became of a proposed change.
    Answer(String, Outcome),
    /// Remove the copy that a crash left.
    ForgetRecovery,
    /// Listen to the mouse, or leave it to the terminal.
    Mouse(bool),
    /// Write what is to be remembered.
    Remember,
    /// Write one setting into the settings file.
    Set {
        /// Its key.
        key: &'static str,
        /// Its value.
        value: String,
    },
    /// Read a plan into a tab of its own.
    OpenTab(PathBuf),
    /// See whether the file has changed while nobody followed it.
    Look(PathBuf),
    /// Work out what every accelerator would do in the plan.
    Survey,
    /// Work out the plan's money from every side.
    Price,
    /// Evaluate these plans (name and text) and the committed one, to compare.
    Compare(Vec<(String, String)>),
    /// Write a report.
    Export {
        /// Where to.
        path: PathBuf,
        /// In which form.
        format: Format,
        /// Write over a file that is there.
        overwrite: bool,
    },
    /// Put text on the terminal's clipboard.
    Copy(String),
    /// Forget what the terminal shows and draw everything.
    Redraw,
    /// Stop, and come back.
    Suspend,
    /// End.
    Leave,
}
