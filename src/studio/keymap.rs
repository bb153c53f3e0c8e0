//! The one key table. Dispatch, footer, menu, help screen and `docs/keys.md` are all read from it, so
//! that they cannot disagree.

use std::fmt::Write as _;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::editor::{self, Command};
use crate::plan::step::Step;

/// Where a key is heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Context {
    /// Everywhere except in dialogs; chords only, because the editor takes the letters.
    Anywhere,
    /// While the editor has the focus.
    Editor,
    /// While the list of completions is open; every other key goes to the editor.
    Completion,
    /// While a panel has the focus, and in the menu.
    Panel,
    /// In the palette; letters go to what is searched for.
    Palette,
    /// In a list that fills the screen: the chooser, the help.
    List,
    /// In the card that explains a wall.
    Card,
    /// In the view of the design space.
    Explore,
    /// In a line that asks for text: search, file name.
    Prompt,
    /// In the line that asks what takes the place of the matches.
    Replace,
    /// When the file changed on both sides.
    Conflict,
    /// When unsaved text would be lost.
    Leave,
    /// When a crash left unsaved text.
    Recovered,
    /// In the registry; letters go to what is searched for.
    Registry,
    /// In the derivation of figures.
    Derivation,
    /// In the comparison of plans.
    Comparison,
    /// In the money view.
    Money,
    /// In the dialog that writes a report.
    Export,
    /// When an agent proposes a change.
    Proposal,
}

impl Context {
    /// Every context, in the order of the help screen.
    pub const ALL: [Context; 19] = [
        Context::Anywhere,
        Context::Editor,
        Context::Completion,
        Context::Panel,
        Context::Palette,
        Context::List,
        Context::Card,
        Context::Explore,
        Context::Prompt,
        Context::Replace,
        Context::Conflict,
        Context::Leave,
        Context::Recovered,
        Context::Registry,
        Context::Derivation,
        Context::Comparison,
        Context::Money,
        Context::Export,
        Context::Proposal,
    ];

    /// Heading on the help screen.
    pub fn title(self) -> &'static str {
        match self {
            Context::Anywhere => "Anywhere",
            Context::Editor => "In the editor",
            Context::Completion => "While completions are shown",
            Context::Panel => "On a panel, or after the menu key",
            Context::Palette => "In the palette",
            Context::List => "In a list",
            Context::Card => "In the card of a wall",
            Context::Explore => "In the design space",
            Context::Prompt => "In a prompt",
            Context::Replace => "While replacing",
            Context::Conflict => "When the file changed on both sides",
            Context::Leave => "When unsaved text would be lost",
            Context::Recovered => "When a crash left unsaved text",
            Context::Registry => "In the registry",
            Context::Derivation => "In the derivation of figures",
            Context::Comparison => "In the comparison of plans",
            Context::Money => "In the money view",
            Context::Export => "When a report is written",
            Context::Proposal => "When an agent proposes a change",
        }
    }
}

/// What a key does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs)] // the table below describes each
pub enum Action {
    Save,
    SaveAs,
    Open,
    Quit,
    Suspend,
    Redraw,
    Help,
    Menu,
    Palette,
    NextTheme,
    Tour,
    TourNext,
    TourBack,
    KeepTheme,
    NextPane,
    PreviousPane,
    Focus(u8),
    ToEditor,
    ToPanels,
    Zoom,
    Wider,
    Narrower,
    Taller,
    Shorter,
    ResetSizes,
    Apply,
    Fix,
    Pin,
    Unpin,
    Find,
    FindNext,
    FindPrevious,
    Replace,
    Undo,
    Redo,
    Copy,
    Cut,
    SelectAll,
    Complete,
    Roofline,
    Up,
    Down,
    PageUp,
    PageDown,
    First,
    Last,
    Activate,
    Accept,
    Cancel,
    TakeTheirs,
    KeepMine,
    Difference,
    SaveAndLeave,
    Discard,
    Restore,
    Step(Step),
    Neighbourhood,
    GoToEntry,
    Edit(Command),
    Vim(Vim),
    SaveAndQuit,
    Fold,
    FoldAll,
    Registry,
    Compare,
    Money,
    Export,
    Derive,
    OpenTab,
    CloseTab,
    NextTab,
    PreviousTab,
    NextShelf,
    PreviousShelf,
    ScrollDown,
    ScrollUp,
    ToggleAll,
    Proposals,
    Explore,
    Objectives,
    Axis(u8),
}

/// One line of the table.
#[derive(Debug, Clone, Copy)]
pub struct Binding {
    /// What it does.
    pub action: Action,
    /// Keys in words (`ctrl-s`, `alt-enter`, `?`); the first one is shown.
    pub keys: &'static [&'static str],
    /// Where it is heard.
    pub context: Context,
    /// One or two words for footer and menu.
    pub label: &'static str,
    /// One sentence for help and documentation.
    pub description: &'static str,
    /// Place in the footer, smaller first; `None` keeps it out.
    pub footer: Option<u8>,
}

macro_rules! keys {
    ($($context:ident $action:expr, [$($key:literal),+] $label:literal $footer:expr, $description:literal;)*) => {
        &[$(Binding {
            action: $action, keys: &[$($key),+], context: Context::$context,
            label: $label, description: $description, footer: $footer,
        }),*]
    };
}

use Action as A;

pub mod sets;

pub use sets::KeySet;
use sets::Vim;

/// The table.
pub const BINDINGS: &[Binding] = keys! {
    Anywhere A::Save, ["ctrl-s"] "save" Some(2), "Write the plan to its file; an unnamed plan asks for a name.";
    Anywhere A::Quit, ["ctrl-q"] "quit" Some(3), "Leave; asks first when there is unsaved text.";
    Anywhere A::Help, ["f1"] "help" Some(1), "Show every key.";
    Anywhere A::Menu, ["f10"] "menu" Some(0), "Show what can be done from here; the next key does it.";
    Anywhere A::Palette, ["ctrl-p"] "palette" Some(9), "Find any action, theme, sample, wall or field by a few letters.";
    Anywhere A::Tour, ["shift-f1"] "tour" None, "Two minutes on a sample plan, step by step; once more leaves it.";
    Anywhere A::TourNext, ["f8"] "next step" None, "Go on to the next step of the tour.";
    Anywhere A::TourBack, ["shift-f8"] "step back" None, "Go back to the step of the tour before.";
    Anywhere A::NextTheme, ["f2"] "theme" None, "Switch to the next theme.";
    Anywhere A::NextPane, ["f6"] "next pane" None, "Move the focus to the next pane.";
    Anywhere A::PreviousPane, ["shift-f6"] "previous pane" None, "Move the focus to the previous pane.";
    Anywhere A::Focus(1), ["alt-1"] "plan" None, "Focus the editor.";
    Anywhere A::Focus(2), ["alt-2"] "verdict" None, "Focus the verdict.";
    Anywhere A::Focus(3), ["alt-3"] "walls" None, "Focus the walls.";
    Anywhere A::Focus(4), ["alt-4"] "memory" None, "Focus the memory fit.";
    Anywhere A::Focus(5), ["alt-5"] "time" None, "Focus the time line of one step.";
    Anywhere A::Focus(6), ["alt-6"] "money" None, "Focus money and carbon.";
    Anywhere A::Focus(7), ["alt-7"] "problems" None, "Focus the problems.";
    Anywhere A::Zoom, ["alt-z"] "zoom" None, "Give the focused pane the whole screen, or take it back.";
    Anywhere A::Apply, ["alt-a"] "apply" Some(5), "Write the first suggestion into the plan.";
    Anywhere A::Fix, ["alt-.", "alt-enter"] "fix" Some(6), "Mend the problem at hand with its first fix.";
    Anywhere A::Pin, ["alt-b"] "pin" None, "Pin the present numbers: from now on every figure shows its change.";
    Anywhere A::Find, ["ctrl-f"] "find" Some(7), "Search in the plan.";
    Anywhere A::FindNext, ["f3"] "next match" None, "Go to the next match.";
    Anywhere A::FindPrevious, ["shift-f3"] "previous match" None, "Go to the previous match.";
    Anywhere A::Step(Step::Next), ["alt-up", "alt-+", "alt-="] "step up" None, "Step the value under the cursor up: the next number, the next wider format, the next larger model, the next accelerator of its class, the next region by carbon. Every panel follows.";
    Anywhere A::Step(Step::Previous), ["alt-down", "alt--"] "step down" None, "Step the value under the cursor down. A value that the plan cannot have is passed over.";
    Anywhere A::Step(Step::Double), ["alt-right", "alt-*"] "double" None, "Double the value under the cursor, or go to the next entry that is twice as large.";
    Anywhere A::Step(Step::Halve), ["alt-left", "alt-/"] "halve" None, "Halve the value under the cursor, or go to the next entry that is half as large.";
    Anywhere A::Neighbourhood, ["alt-n"] "neighbours" None, "Show below the plan what the headline figure would be for the values around the one under the cursor, or hide that again.";
    Anywhere A::GoToEntry, ["f12", "alt-i"] "entry" None, "Show the registry entry under the cursor: its facts and where they come from.";
    Anywhere A::Proposals, ["alt-r"] "proposal" None, "Show the change that an agent proposes, to accept or refuse it.";
    Anywhere A::Explore, ["alt-x"] "explore" None, "Explore the designs around this plan: what each costs against what it gives, and those that nothing beats.";
    Anywhere A::Redraw, ["ctrl-l"] "redraw" None, "Draw the whole screen again.";
    Anywhere A::Suspend, ["ctrl-z"] "suspend" None, "Go back to the shell; `fg` returns.";
    Editor A::ToPanels, ["esc", "backtab"] "panels" Some(4), "Leave the editor for the panels, where letters are commands.";
    Editor A::Undo, ["ctrl-u", "alt-u"] "undo" Some(8), "Take the last change back, a word at a time.";
    Editor A::Redo, ["ctrl-y"] "redo" None, "Make the change again that was taken back.";
    Editor A::Copy, ["ctrl-c"] "copy" None, "Copy the selection to the terminal's clipboard.";
    Editor A::Cut, ["ctrl-x"] "cut" None, "Cut the selection to the terminal's clipboard.";
    Editor A::Edit(Command::Paste), ["ctrl-v"] "paste" None, "Put back what was cut or copied here; the terminal's own paste works as well.";
    Editor A::Fold, ["f4", "alt-o"] "fold" None, "Fold the block under the cursor to its first line, or open it; a click on the sign beside the line number does the same.";
    Editor A::FoldAll, ["shift-f4", "alt-O"] "fold all" None, "Fold every block of the first level, or open every fold.";
    Editor A::SelectAll, ["ctrl-a"] "select all" None, "Select the whole plan.";
    Editor A::Complete, ["ctrl-space", "alt-c"] "complete" None, "Show what can be written at the cursor; it is shown by itself while you type.";
    Editor A::Replace, ["ctrl-r"] "replace" None, "Search and replace: asks what to find; ctrl-r again asks what to put there.";
    Completion A::Down, ["down", "ctrl-n"] "next" None, "Move down in the list.";
    Completion A::Up, ["up", "ctrl-p"] "previous" None, "Move up in the list.";
    Completion A::Activate, ["tab"] "take" None, "Write the selected entry, or the first one.";
    Completion A::Accept, ["enter"] "take" None, "Write the selected entry; without one, Enter stays a line break.";
    Completion A::Cancel, ["esc"] "close" None, "Close the list and go on typing.";
    Panel A::Menu, ["space"] "menu" Some(0), "Show what can be done from here; the next key does it.";
    Panel A::Help, ["?"] "help" Some(1), "Show every key.";
    Panel A::ToEditor, ["esc", "i"] "edit" Some(2), "Return to the editor.";
    Panel A::NextPane, ["tab", "right", "l"] "next pane" Some(3), "Move the focus to the next pane.";
    Panel A::PreviousPane, ["backtab", "left", "h"] "previous pane" None, "Move the focus to the previous pane.";
    Panel A::Activate, ["enter", "e"] "explain" Some(4), "Open the card of the selected wall, or the figures of the panel down to their sources; go to the selected problem.";
    Panel A::Apply, ["a"] "apply" Some(5), "Write the first suggestion into the plan.";
    Panel A::Fix, ["f"] "fix" Some(6), "Mend the selected problem with its first fix.";
    Panel A::Pin, ["b"] "pin" Some(7), "Pin the present numbers: from now on every figure shows its change.";
    Panel A::Unpin, ["B"] "unpin" None, "Forget the pinned numbers.";
    Panel A::Zoom, ["z"] "zoom" Some(8), "Give the focused pane the whole screen, or take it back.";
    Panel A::Palette, [":"] "palette" Some(10), "Find any action, theme, sample, wall or field by a few letters.";
    Panel A::Wider, ["ctrl-right"] "wider" None, "Make the focused pane wider; its border can be dragged with the mouse as well.";
    Panel A::Narrower, ["ctrl-left"] "narrower" None, "Make the focused pane narrower.";
    Panel A::Taller, ["ctrl-down"] "taller" None, "Make the focused pane taller.";
    Panel A::Shorter, ["ctrl-up"] "shorter" None, "Make the focused pane shorter.";
    Panel A::ResetSizes, ["Z"] "usual sizes" None, "Put every border between panes back to where it was.";
    Panel A::Up, ["up", "k"] "up" None, "Move up in the pane.";
    Panel A::Down, ["down", "j"] "down" None, "Move down in the pane.";
    Panel A::PageUp, ["pgup"] "page up" None, "Move up by ten.";
    Panel A::PageDown, ["pgdn"] "page down" None, "Move down by ten.";
    Panel A::First, ["home", "g"] "first" None, "Move to the first line of the pane.";
    Panel A::Last, ["end", "G"] "last" None, "Move to the last line of the pane.";
    Panel A::Undo, ["u"] "undo" None, "Take the last change of the plan back.";
    Panel A::Redo, ["U"] "redo" None, "Make the change again that was taken back.";
    Panel A::Roofline, ["r"] "roofline" None, "Show the roofline in the place of the time line, or the time line again.";
    Panel A::Explore, ["x"] "explore" Some(11), "Explore the designs around this plan: what each costs against what it gives, and those that nothing beats.";
    Panel A::Find, ["/"] "find" None, "Search in the plan.";
    Panel A::FindNext, ["n"] "next match" None, "Go to the next match.";
    Panel A::FindPrevious, ["N"] "previous match" None, "Go to the previous match.";
    Panel A::Save, ["s"] "save" None, "Write the plan to its file; an unnamed plan asks for a name.";
    Panel A::SaveAs, ["S"] "save as" None, "Write the plan to another file and go on with that one.";
    Panel A::Open, ["o"] "samples" None, "Open a sample plan or the new-plan template.";
    Panel A::NextTheme, ["t"] "theme" None, "Switch to the next theme.";
    Panel A::KeepTheme, ["T"] "keep theme" None, "Write the theme in use into the settings file.";
    Panel A::Focus(1), ["1"] "plan" None, "Focus the editor.";
    Panel A::Focus(2), ["2"] "verdict" None, "Focus the verdict.";
    Panel A::Focus(3), ["3"] "walls" None, "Focus the walls.";
    Panel A::Focus(4), ["4"] "memory" None, "Focus the memory fit.";
    Panel A::Focus(5), ["5"] "time" None, "Focus the time line of one step.";
    Panel A::Focus(6), ["6"] "money" None, "Focus money and carbon.";
    Panel A::Focus(7), ["7"] "problems" None, "Focus the problems.";
    Panel A::Quit, ["q"] "quit" Some(9), "Leave; asks first when there is unsaved text.";
    Palette A::Accept, ["enter"] "do it" Some(0), "Do what the selected line says.";
    Palette A::Cancel, ["esc", "ctrl-c", "ctrl-q"] "close" Some(1), "Close the palette; a theme that was only looked at goes.";
    Palette A::Down, ["down", "ctrl-n", "tab"] "next" Some(2), "Move down; a theme is shown at once.";
    Palette A::Up, ["up", "ctrl-p", "backtab"] "previous" Some(3), "Move up.";
    Palette A::PageUp, ["pgup"] "page up" None, "Move up by ten.";
    Palette A::PageDown, ["pgdn"] "page down" None, "Move down by ten.";
    List A::Up, ["up", "k"] "up" None, "Move up.";
    List A::Down, ["down", "j"] "down" Some(1), "Move down.";
    List A::PageUp, ["pgup"] "page up" None, "Move up by ten.";
    List A::PageDown, ["pgdn", "space"] "page down" None, "Move down by ten.";
    List A::First, ["home", "g"] "first" None, "Move to the first line.";
    List A::Last, ["end", "G"] "last" None, "Move to the last line.";
    List A::Accept, ["enter"] "ok" Some(0), "Take the selected entry.";
    List A::Find, ["/"] "search" None, "In the help: show only the lines with these letters.";
    List A::Tour, ["shift-f1"] "tour" None, "Two minutes on a sample plan, step by step.";
    List A::Cancel, ["esc", "q", "?", "f1"] "close" Some(2), "Close the list.";
    List A::NextTheme, ["f2", "t"] "theme" Some(3), "Switch to the next theme.";
    List A::Quit, ["ctrl-q", "ctrl-c"] "quit" Some(4), "Leave the program.";
    Card A::Up, ["up", "k", "left", "h", "backtab"] "previous wall" Some(1), "Explain the wall before this one.";
    Card A::Down, ["down", "j", "right", "l", "tab"] "next wall" Some(0), "Explain the wall after this one.";
    Card A::First, ["home", "g"] "first" None, "Explain the first wall.";
    Card A::Last, ["end", "G"] "last" None, "Explain the last wall.";
    Card A::PageUp, ["pgup"] "page up" None, "Scroll a long card up.";
    Card A::PageDown, ["pgdn", "space"] "page down" Some(4), "Scroll a long card down.";
    Card A::Apply, ["a", "alt-a"] "apply" Some(3), "Close the card and write the first suggestion into the plan.";
    Card A::Cancel, ["esc", "enter", "e", "q", "ctrl-c"] "close" Some(2), "Close the card.";
    Card A::NextTheme, ["f2", "t"] "theme" None, "Switch to the next theme.";
    Card A::Quit, ["ctrl-q"] "quit" None, "Leave the program; asks first when there is unsaved text.";
    Explore A::Accept, ["enter"] "write into plan" Some(0), "Write the selected design into the plan and close; comments stay, undo takes it back.";
    Explore A::Down, ["down", "j"] "next" Some(4), "Select the next design of the frontier.";
    Explore A::Up, ["up", "k"] "previous" None, "Select the design before.";
    Explore A::PageDown, ["pgdn", "space"] "page down" None, "Move down by ten.";
    Explore A::PageUp, ["pgup"] "page up" None, "Move up by ten.";
    Explore A::First, ["home", "g"] "first" None, "Select the first design.";
    Explore A::Last, ["end", "G"] "last" None, "Select the last design.";
    Explore A::Objectives, ["tab"] "objectives" Some(2), "Weigh the next pair of figures against each other.";
    Explore A::Axis(1), ["1"] "axes" Some(3), "Turn the first axis on or off.";
    Explore A::Axis(2), ["2"] "axis 2" None, "Turn axis 2 on or off.";
    Explore A::Axis(3), ["3"] "axis 3" None, "Turn axis 3 on or off.";
    Explore A::Axis(4), ["4"] "axis 4" None, "Turn axis 4 on or off.";
    Explore A::Axis(5), ["5"] "axis 5" None, "Turn axis 5 on or off.";
    Explore A::Axis(6), ["6"] "axis 6" None, "Turn axis 6 on or off.";
    Explore A::Axis(7), ["7"] "axis 7" None, "Turn axis 7 on or off.";
    Explore A::Axis(8), ["8"] "axis 8" None, "Turn axis 8 on or off.";
    Explore A::Axis(9), ["9"] "axis 9" None, "Turn axis 9 on or off.";
    Explore A::Cancel, ["esc", "q", "x", "alt-x", "ctrl-c"] "close" Some(1), "Close the design space.";
    Explore A::NextTheme, ["f2", "t"] "theme" None, "Switch to the next theme.";
    Prompt A::Accept, ["enter"] "accept" Some(0), "Take the text as it stands.";
    Prompt A::FindNext, ["down", "f3"] "next match" Some(2), "Go to the next match and keep the prompt open.";
    Prompt A::FindPrevious, ["up", "shift-f3"] "previous match" Some(3), "Go to the previous match and keep the prompt open.";
    Prompt A::Replace, ["ctrl-r"] "replace" Some(4), "In a search: ask what takes the place of the matches.";
    Prompt A::Cancel, ["esc", "ctrl-c", "ctrl-q"] "cancel" Some(1), "Close the prompt.";
    Replace A::Accept, ["enter"] "all" Some(0), "Replace every match; one undo takes all of it back.";
    Replace A::Replace, ["ctrl-r"] "this one" Some(1), "Replace the selected match and go to the next one.";
    Replace A::FindNext, ["down", "f3"] "next match" Some(3), "Leave this match and go to the next one.";
    Replace A::FindPrevious, ["up", "shift-f3"] "previous match" Some(4), "Go to the previous match.";
    Replace A::Cancel, ["esc", "ctrl-c", "ctrl-q"] "close" Some(2), "Close the prompt; what was replaced stays replaced.";
    Conflict A::TakeTheirs, ["t"] "theirs" Some(0), "Take the text of the file; yours stays in the undo history.";
    Conflict A::KeepMine, ["m"] "mine" Some(1), "Keep your text; the next save writes over the file.";
    Conflict A::Difference, ["d"] "difference" Some(2), "Show the two texts line by line.";
    Conflict A::Up, ["up", "k"] "up" None, "Scroll the difference up.";
    Conflict A::Down, ["down", "j"] "down" None, "Scroll the difference down.";
    Conflict A::Cancel, ["esc"] "later" Some(3), "Decide later: nothing is changed, saving asks again.";
    Leave A::SaveAndLeave, ["s", "y", "enter"] "save" Some(0), "Save and go on.";
    Leave A::Discard, ["d", "n"] "discard" Some(1), "Go on without saving.";
    Leave A::Cancel, ["esc", "c", "ctrl-q"] "cancel" Some(2), "Stay as if nothing had been asked.";
    Recovered A::Restore, ["r", "enter"] "restore" Some(0), "Put the kept text into the editor; the file stays as it is until you save.";
    Recovered A::Discard, ["d"] "discard" Some(1), "Remove the kept text for good.";
    Recovered A::Cancel, ["esc"] "later" Some(2), "Go on with the file; the kept text is offered again at the next start.";
    Anywhere A::NextTab, ["ctrl-pgdn"] "next tab" None, "Bring the next open plan to the front.";
    Anywhere A::PreviousTab, ["ctrl-pgup"] "previous tab" None, "Bring the previous open plan to the front.";
    Panel A::Registry, ["R"] "registry" None, "Browse the registry: accelerators with what suits the plan first, models, regions, nodes, data sets, prices; Enter puts an entry into the plan.";
    Panel A::Compare, ["c"] "compare" None, "Compare the plan with the pinned baseline, the other tabs and the last commit, and see which edit explains what.";
    Panel A::Money, ["m"] "money view" None, "Money and carbon on the whole screen: cost over time, other prices, places ranked.";
    Panel A::Export, ["X"] "export" None, "Write a report: HTML with plots, Markdown, JSON, or this screen as a picture.";
    Panel A::OpenTab, ["O"] "open in a tab" None, "Open another plan in a tab.";
    Panel A::CloseTab, ["W"] "close tab" None, "Close this plan; asks first when it has unsaved text.";
    Panel A::NextTab, ["]"] "next tab" None, "Bring the next open plan to the front.";
    Panel A::PreviousTab, ["["] "previous tab" None, "Bring the previous open plan to the front.";
    Card A::Derive, ["d"] "derive" Some(5), "Show where the figures behind the wall come from.";
    Registry A::Accept, ["enter"] "use in plan" Some(0), "Write the entry into the plan; undo takes it back.";
    Registry A::NextShelf, ["tab", "right"] "next shelf" Some(2), "Turn to the next kind of entry.";
    Registry A::PreviousShelf, ["backtab", "left"] "previous shelf" None, "Turn to the previous kind of entry.";
    Registry A::Down, ["down", "ctrl-n"] "down" None, "Move down.";
    Registry A::Up, ["up", "ctrl-p"] "up" None, "Move up.";
    Registry A::PageDown, ["pgdn"] "page down" None, "Move down by ten.";
    Registry A::PageUp, ["pgup"] "page up" None, "Move up by ten.";
    Registry A::First, ["home"] "first" None, "Move to the first entry.";
    Registry A::Last, ["end"] "last" None, "Move to the last entry.";
    Registry A::ScrollDown, ["ctrl-d"] "more facts" Some(3), "Scroll the facts down.";
    Registry A::ScrollUp, ["ctrl-b"] "facts up" None, "Scroll the facts up.";
    Registry A::Cancel, ["esc", "ctrl-c"] "close" Some(1), "Close the registry.";
    Registry A::NextTheme, ["f2"] "theme" None, "Switch to the next theme.";
    Registry A::Quit, ["ctrl-q"] "quit" None, "Leave the program; asks first when there is unsaved text.";
    Derivation A::Activate, ["enter", "space"] "open" Some(0), "Open the step into what went into it, or close it.";
    Derivation A::NextShelf, ["right", "l"] "in" None, "Open the step.";
    Derivation A::PreviousShelf, ["left", "h"] "out" None, "Close the step, or go to the one above it.";
    Derivation A::ToggleAll, ["*", "a"] "open all" Some(1), "Open everything below the step, or close it all.";
    Derivation A::Copy, ["y", "c"] "copy" Some(2), "Copy the step and everything below it as Markdown.";
    Derivation A::Down, ["down", "j"] "down" None, "Move down.";
    Derivation A::Up, ["up", "k"] "up" None, "Move up.";
    Derivation A::PageDown, ["pgdn"] "page down" None, "Move down by ten.";
    Derivation A::PageUp, ["pgup"] "page up" None, "Move up by ten.";
    Derivation A::First, ["home", "g"] "first" None, "Move to the first row.";
    Derivation A::Last, ["end", "G"] "last" None, "Move to the last row.";
    Derivation A::Cancel, ["esc", "q", "ctrl-c"] "close" Some(3), "Close the view.";
    Derivation A::NextTheme, ["f2", "t"] "theme" None, "Switch to the next theme.";
    Derivation A::Quit, ["ctrl-q"] "quit" None, "Leave the program; asks first when there is unsaved text.";
    Comparison A::NextShelf, ["tab", "right", "l"] "next plan" Some(0), "Tell the edits since the next plan.";
    Comparison A::PreviousShelf, ["backtab", "left", "h"] "previous plan" None, "Tell the edits since the previous plan.";
    Comparison A::Down, ["down", "j"] "down" Some(1), "Scroll down.";
    Comparison A::Up, ["up", "k"] "up" None, "Scroll up.";
    Comparison A::PageDown, ["pgdn", "space"] "page down" None, "Scroll down by ten.";
    Comparison A::PageUp, ["pgup"] "page up" None, "Scroll up by ten.";
    Comparison A::First, ["home", "g"] "first" None, "Scroll to the top.";
    Comparison A::Last, ["end", "G"] "last" None, "Scroll to the end.";
    Comparison A::Cancel, ["esc", "enter", "q", "c", "ctrl-c"] "close" Some(2), "Close the view.";
    Comparison A::NextTheme, ["f2", "t"] "theme" None, "Switch to the next theme.";
    Comparison A::Quit, ["ctrl-q"] "quit" None, "Leave the program; asks first when there is unsaved text.";
    Money A::Accept, ["enter"] "use place" Some(0), "Write the selected place into the plan; undo takes it back.";
    Money A::ToggleAll, ["s"] "cost or carbon" Some(1), "Rank the places by carbon, or by cost again.";
    Money A::Down, ["down", "j"] "down" None, "Move down.";
    Money A::Up, ["up", "k"] "up" None, "Move up.";
    Money A::PageDown, ["pgdn", "space"] "page down" None, "Move down by ten.";
    Money A::PageUp, ["pgup"] "page up" None, "Move up by ten.";
    Money A::First, ["home", "g"] "first" None, "Move to the first place.";
    Money A::Last, ["end", "G"] "last" None, "Move to the last place.";
    Money A::Cancel, ["esc", "q", "m", "ctrl-c"] "close" Some(2), "Close the view.";
    Money A::NextTheme, ["f2", "t"] "theme" None, "Switch to the next theme.";
    Money A::Quit, ["ctrl-q"] "quit" None, "Leave the program; asks first when there is unsaved text.";
    Export A::Accept, ["enter"] "write" Some(0), "Write the report; a file that is there is asked about.";
    Export A::NextShelf, ["tab", "right", "down"] "next form" Some(1), "Turn to the next form.";
    Export A::PreviousShelf, ["backtab", "left", "up"] "previous form" None, "Turn to the previous form.";
    Export A::Cancel, ["esc", "ctrl-c"] "cancel" Some(2), "Write nothing.";
    Export A::Quit, ["ctrl-q"] "quit" None, "Leave the program; asks first when there is unsaved text.";
    Proposal A::Accept, ["a"] "accept" Some(0), "Put the proposed text into the editor; undo takes it back, and the file stays as it is until you save.";
    Proposal A::Discard, ["r"] "refuse" Some(1), "Leave the plan as it is and tell the agent.";
    Proposal A::Cancel, ["esc", "q"] "later" Some(2), "Decide later: the proposal waits.";
    Proposal A::Down, ["down", "j"] "down" Some(3), "Scroll down.";
    Proposal A::Up, ["up", "k"] "up" None, "Scroll up.";
    Proposal A::PageDown, ["pgdn", "space"] "page down" None, "Scroll down by ten.";
    Proposal A::PageUp, ["pgup"] "page up" None, "Scroll up by ten.";
};

/// The action of a key in a context. In the editor and on panels the keys of [`Context::Anywhere`] count too.
pub fn action(context: Context, key: KeyEvent) -> Option<Action> {
    let find = |wanted: Context| {
        BINDINGS
            .iter()
            .find(|binding| binding.context == wanted && binding.keys.iter().any(|name| matches(name, key)))
            .map(|binding| binding.action)
    };
    find(context).or_else(|| match context {
        Context::Editor | Context::Panel => find(Context::Anywhere),
        _ => None,
    })
}

impl Action {
    /// Whether it needs an editor, which `--watch` has not.
    pub fn edits(self) -> bool {
        matches!(
            self,
            Action::Save
                | Action::SaveAs
                | Action::Open
                | Action::Tour
                | Action::ToEditor
                | Action::Focus(1)
                | Action::Apply
                | Action::Fix
                | Action::Find
                | Action::FindNext
                | Action::FindPrevious
                | Action::Replace
                | Action::Undo
                | Action::Redo
                | Action::Step(_)
                | Action::Neighbourhood
                | Action::Edit(_)
                | Action::Vim(_)
                | Action::SaveAndQuit
                | Action::Fold
                | Action::FoldAll
                | Action::Proposals
        )
    }
}

/// The bindings that the footer shows in a context, best first.
pub fn footer(context: Context) -> Vec<&'static Binding> {
    let anywhere = context == Context::Editor;
    let mut shown: Vec<&Binding> = BINDINGS
        .iter()
        .filter(|binding| binding.footer.is_some())
        .filter(|binding| binding.context == context || (anywhere && binding.context == Context::Anywhere))
        .collect();
    shown.sort_by_key(|binding| binding.footer);
    shown
}

/// The bindings that the footer shows in the editor of a key set: its own first.
pub fn editor_footer(set: KeySet) -> Vec<&'static Binding> {
    let mut own: Vec<&Binding> = set
        .parts()
        .first()
        .map_or(&[][..], |part| part.1)
        .iter()
        .filter(|binding| binding.footer.is_some())
        .collect();
    own.sort_by_key(|binding| binding.footer);
    if set != KeySet::Vim {
        own.extend(footer(Context::Editor).into_iter().filter(|common| {
            !set.parts().iter().flat_map(|part| part.1).any(|own| own.action == common.action)
        }));
        own.sort_by_key(|binding| binding.footer);
    }
    own
}

/// The bindings of one context, in table order.
pub fn bindings(context: Context) -> impl Iterator<Item = &'static Binding> {
    BINDINGS.iter().filter(move |binding| binding.context == context)
}

/// A key name as it is shown: `space` is shown as `␣`.
pub fn shown(name: &'static str, ascii: bool) -> &'static str {
    match name {
        "space" if !ascii => "␣",
        "up" if !ascii => "↑",
        "down" if !ascii => "↓",
        "left" if !ascii => "←",
        "right" if !ascii => "→",
        "enter" if !ascii => "↵",
        other => other,
    }
}

/// Does the key event carry this name?
fn matches(name: &str, key: KeyEvent) -> bool {
    let mut rest = name;
    let mut wanted = KeyModifiers::NONE;
    for (prefix, modifier) in
        [("ctrl-", KeyModifiers::CONTROL), ("alt-", KeyModifiers::ALT), ("shift-", KeyModifiers::SHIFT)]
    {
        if let Some(stripped) = rest.strip_prefix(prefix).filter(|stripped| !stripped.is_empty()) {
            rest = stripped;
            wanted |= modifier;
        }
    }
    let code = match rest {
        "enter" => KeyCode::Enter,
        "esc" => KeyCode::Esc,
        "tab" => KeyCode::Tab,
        "backtab" => KeyCode::BackTab,
        "backspace" => KeyCode::Backspace,
        "delete" => KeyCode::Delete,
        "space" => KeyCode::Char(' '),
        "up" => KeyCode::Up,
        "down" => KeyCode::Down,
        "left" => KeyCode::Left,
        "right" => KeyCode::Right,
        "pgup" => KeyCode::PageUp,
        "pgdn" => KeyCode::PageDown,
        "home" => KeyCode::Home,
        "end" => KeyCode::End,
        _ => {
            let mut letters = rest.chars();
            match (letters.next(), letters.as_str()) {
                (Some(letter), "") => KeyCode::Char(letter),
                (Some('f'), number) => match number.parse() {
                    Ok(number) => KeyCode::F(number),
                    Err(_) => return false,
                },
                _ => return false,
            }
        }
    };
    // Shift is part of a letter or of BackTab already; terminals disagree on whether they report it too.
    let relevant = match key.code {
        KeyCode::Char(_) | KeyCode::BackTab => KeyModifiers::CONTROL | KeyModifiers::ALT,
        _ => KeyModifiers::CONTROL | KeyModifiers::ALT | KeyModifiers::SHIFT,
    };
    key.code == code && key.modifiers & relevant == wanted & relevant
}

/// The table as Markdown, for `docs/keys.md`.
pub fn keys_markdown() -> String {
    let mut out = String::from(
        "# Keys of the studio\n\nWritten by the program from its key table; do not edit by hand.\n",
    );
    for context in Context::ALL {
        table(&mut out, context.title(), bindings(context));
        if context == Context::Editor {
            out.push_str("\n### While typing, in every key set but vim's normal mode\n\n| key | does |\n| --- | --- |\n");
            for (keys, does) in editor::KEYS {
                let _ = writeln!(out, "| {keys} | {does} |");
            }
        }
    }
    out.push_str(
        "\n# Key sets\n\nThe setting `keys: default | emacs | vim`, or `--keys`, chooses one. What a set hears wins \
         over the tables above; the rest stays.\n",
    );
    for (title, bindings) in KeySet::ALL.into_iter().flat_map(KeySet::parts) {
        table(&mut out, title, bindings.iter());
    }
    out
}

fn table(out: &mut String, title: &str, bindings: impl Iterator<Item = &'static Binding>) {
    out.push_str("\n## ");
    out.push_str(title);
    out.push_str("\n\n| key | does | in full |\n| --- | --- | --- |\n");
    for binding in bindings {
        let keys: Vec<String> = binding.keys.iter().map(|key| format!("`{key}`")).collect();
        // Writing to a String cannot fail.
        let _ = writeln!(out, "| {} | {} | {} |", keys.join(", "), binding.label, binding.description);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_action_is_described() {
        for binding in BINDINGS {
            assert!(!binding.label.is_empty() && binding.description.ends_with('.'), "{binding:?}");
            assert!(binding.description.chars().count() >= 8, "{binding:?}");
        }
    }

    #[test]
    fn no_key_stands_twice_where_it_would_be_heard_twice() {
        for context in Context::ALL {
            let mut seen = Vec::new();
            for binding in bindings(context) {
                for key in binding.keys {
                    assert!(!seen.contains(key), "{key} twice in {context:?}");
                    seen.push(key);
                }
            }
            if matches!(context, Context::Editor | Context::Panel) {
                for binding in bindings(Context::Anywhere) {
                    for key in binding.keys {
                        assert!(!seen.contains(key), "{key} in {context:?} hides the one of Anywhere");
                    }
                }
            }
        }
    }

    #[test]
    fn every_name_is_a_key_that_finds_its_action() {
        for binding in BINDINGS {
            for name in binding.keys {
                let mut modifiers = KeyModifiers::NONE;
                let mut rest = *name;
                for (prefix, modifier) in [
                    ("ctrl-", KeyModifiers::CONTROL),
                    ("alt-", KeyModifiers::ALT),
                    ("shift-", KeyModifiers::SHIFT),
                ] {
                    if let Some(stripped) = rest.strip_prefix(prefix) {
                        rest = stripped;
                        modifiers |= modifier;
                    }
                }
                let code = match rest {
                    "enter" => KeyCode::Enter,
                    "esc" => KeyCode::Esc,
                    "tab" => KeyCode::Tab,
                    "backtab" => KeyCode::BackTab,
                    "space" => KeyCode::Char(' '),
                    "up" => KeyCode::Up,
                    "down" => KeyCode::Down,
                    "left" => KeyCode::Left,
                    "right" => KeyCode::Right,
                    "pgup" => KeyCode::PageUp,
                    "pgdn" => KeyCode::PageDown,
                    "home" => KeyCode::Home,
                    "end" => KeyCode::End,
                    _ if rest.len() > 1 => KeyCode::F(rest[1..].parse().unwrap()),
                    _ => KeyCode::Char(rest.chars().next().unwrap()),
                };
                assert_eq!(
                    action(binding.context, KeyEvent::new(code, modifiers)),
                    Some(binding.action),
                    "{name}"
                );
            }
        }
    }

    #[test]
    fn a_set_has_no_key_twice_and_no_chord_that_begins_with_another_command() {
        for set in KeySet::ALL {
            assert_eq!(KeySet::named(set.name()), Some(set));
            for (title, bindings) in set.parts() {
                let mut seen: Vec<&str> = Vec::new();
                for key in bindings.iter().flat_map(|binding| binding.keys) {
                    assert!(!seen.contains(key), "{key} twice: {title}");
                    assert!(key.split(' ').all(|name| name.chars().count() == 1 || is_name(name)), "{key}");
                    seen.push(key);
                }
                for binding in *bindings {
                    assert!(!binding.label.is_empty() && binding.description.ends_with('.'), "{binding:?}");
                }
            }
        }
    }

    fn is_name(name: &str) -> bool {
        const NAMED: [&str; 12] = [
            "left",
            "right",
            "up",
            "down",
            "home",
            "end",
            "pgup",
            "pgdn",
            "enter",
            "space",
            "backspace",
            "delete",
        ];
        NAMED.contains(&name)
            || name.starts_with("ctrl-")
            || name.starts_with("alt-")
            || ["wq", "noh", "NUMBER"].contains(&name)
    }

    #[test]
    fn letters_reach_the_editor() {
        for letter in ('!'..='~').chain([' ']) {
            let key = KeyEvent::new(KeyCode::Char(letter), KeyModifiers::NONE);
            assert_eq!(action(Context::Editor, key), None, "{letter}");
        }
    }

    #[test]
    fn shifted_letters_are_found_with_and_without_the_reported_shift() {
        for modifiers in [KeyModifiers::NONE, KeyModifiers::SHIFT] {
            let key = KeyEvent::new(KeyCode::Char('G'), modifiers);
            assert_eq!(action(Context::Panel, key), Some(Action::Last));
        }
    }
}
