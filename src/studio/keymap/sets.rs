//! Key sets: what the editor hears beside the common table, in the manner of another editor.

use super::{A, Binding, Context};
use crate::studio::editor::{Command as C, Motion as M, Object, Operator, Reach};

/// A way to use the keys of the editor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum KeySet {
    /// Those of most programs.
    #[default]
    Default,
    /// Chords of emacs and of shells.
    Emacs,
    /// Modes, motions and operators of vim.
    Vim,
}

impl KeySet {
    /// Every set.
    pub const ALL: [KeySet; 3] = [KeySet::Default, KeySet::Emacs, KeySet::Vim];

    /// As settings name it.
    pub fn name(self) -> &'static str {
        match self {
            KeySet::Default => "default",
            KeySet::Emacs => "emacs",
            KeySet::Vim => "vim",
        }
    }

    /// The set of a name.
    pub fn named(name: &str) -> Option<KeySet> {
        KeySet::ALL.into_iter().find(|set| set.name() == name)
    }

    /// What its keys do, by part of the documentation. They win over the common table.
    pub fn parts(self) -> &'static [(&'static str, &'static [Binding])] {
        match self {
            KeySet::Default => &[],
            KeySet::Emacs => &[("In the editor, with `keys: emacs`", EMACS)],
            KeySet::Vim => &[
                ("In the editor, with `keys: vim`: normal mode", NORMAL),
                ("Movements, by themselves and after an operator", MOTIONS),
                ("Objects, after an operator", OBJECTS),
                ("After `:`", EX),
            ],
        }
    }
}

/// What a key of the vim-like set is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Vim {
    /// A movement.
    Motion(M),
    /// Does something with what a movement or an object spans.
    Operate(Operator),
    /// A range.
    Object(Object),
    /// An operator with its movement: `D`, `x`.
    Short(Operator, M),
    /// Insert at a place.
    Insert(Place),
    /// Select, from character to character or whole lines.
    Select(Reach),
    /// The next key names the register of the command after it.
    Register,
    /// The next key is looked for in the line.
    Find {
        /// To the right.
        forward: bool,
        /// Stop beside it.
        beside: bool,
    },
    /// Look for the same character again, the other way where `back`.
    FindAgain {
        /// The other way.
        back: bool,
    },
    /// Put back, behind or before.
    Put {
        /// Before the cursor.
        before: bool,
    },
    /// Join lines.
    Join,
    /// Replace characters by the next key.
    Replace,
    /// The next key names a mark: the cursor's place is kept under it.
    Mark,
    /// To the mark that the next key names; to the start of its line where `line`.
    ToMark {
        /// Whole lines.
        line: bool,
    },
    /// The next key names a macro: keys are kept until this is pressed once more.
    Record,
    /// Press the keys again of the macro that the next key names.
    Play,
    /// Do the last change again.
    Repeat,
    /// Undo.
    Undo,
    /// Redo.
    Redo,
    /// Fold at the cursor: `true` closes, `false` opens, `None` the other one.
    Fold(Option<bool>),
    /// Fold all, or open all.
    FoldAll(bool),
    /// Ask for a command.
    Ask,
    /// A command after `:`; the key is its name.
    Ex,
}

/// Where inserting begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Place {
    /// Before the cursor.
    Here,
    /// Behind the cursor.
    After,
    /// At the start of the line's text.
    TextStart,
    /// At the end of the line.
    LineEnd,
    /// On a new line below.
    Below,
    /// On a new line above.
    Above,
}

use Vim as V;

/// Chords of emacs.
pub const EMACS: &[Binding] = keys! {
    Editor A::Edit(C::Move(M::LineStart)), ["ctrl-a"] "line start" None, "Go to the start of the line.";
    Editor A::Edit(C::Move(M::LineEnd)), ["ctrl-e"] "line end" None, "Go to the end of the line.";
    Editor A::Edit(C::Move(M::Right)), ["ctrl-f"] "right" None, "Go one character right.";
    Editor A::Edit(C::Move(M::Left)), ["ctrl-b"] "left" None, "Go one character left.";
    Editor A::Edit(C::Move(M::Down)), ["ctrl-n"] "down" None, "Go one line down.";
    Editor A::Edit(C::Move(M::Up)), ["ctrl-p"] "up" None, "Go one line up.";
    Editor A::Edit(C::Move(M::Word)), ["alt-f"] "word" None, "Go to the next word.";
    Editor A::Edit(C::Move(M::WordBack)), ["alt-b"] "word back" None, "Go to the start of the word.";
    Editor A::Edit(C::Move(M::PageDown)), ["ctrl-v"] "page down" None, "Go one screen down.";
    Editor A::Edit(C::Move(M::PageUp)), ["alt-v"] "page up" None, "Go one screen up.";
    Editor A::Edit(C::Move(M::FirstLine)), ["alt-<"] "first line" None, "Go to the start of the plan.";
    Editor A::Edit(C::Move(M::LastLine)), ["alt->"] "last line" None, "Go to the end of the plan.";
    Editor A::Edit(C::Move(M::BlockBack)), ["alt-{"] "block back" None, "Go to the blank line before.";
    Editor A::Edit(C::Move(M::Block)), ["alt-}"] "block" None, "Go to the next blank line.";
    Editor A::Edit(C::Delete), ["ctrl-d"] "delete" None, "Delete the character under the cursor.";
    Editor A::Edit(C::DeleteWord), ["alt-d"] "delete word" None, "Delete to the end of the word.";
    Editor A::Edit(C::KillLine), ["ctrl-k"] "kill" None, "Cut to the end of the line; again and again, more of it.";
    Editor A::Edit(C::Paste), ["ctrl-y"] "yank" None, "Put back what was cut or copied last.";
    Editor A::Edit(C::Mark), ["ctrl-space"] "mark" None, "Begin to select: movements extend the selection.";
    Editor A::Edit(C::SwapEnds), ["ctrl-x ctrl-x"] "other end" None, "Go to the other end of the selection.";
    Editor A::Edit(C::Unmark), ["ctrl-g"] "cancel" None, "Stop selecting.";
    Editor A::Cut, ["ctrl-w"] "cut" None, "Cut the selection, or the line.";
    Editor A::Copy, ["alt-w"] "copy" None, "Copy the selection, or the line.";
    Editor A::Edit(C::OpenLine), ["ctrl-o"] "open line" None, "Break the line behind the cursor.";
    Editor A::Edit(C::Comment), ["alt-;"] "comment" None, "Comment or uncomment the lines.";
    Editor A::Undo, ["ctrl-/", "ctrl-_", "ctrl-7", "ctrl-x u"] "undo" Some(8), "Take the last change back, a word at a time.";
    Editor A::Redo, ["alt-_", "alt-r"] "redo" None, "Make the change again that was taken back.";
    Editor A::Find, ["ctrl-s"] "find" Some(7), "Search in the plan.";
    Editor A::FindPrevious, ["ctrl-r"] "previous match" None, "Go to the previous match.";
    Editor A::Replace, ["alt-%"] "replace" None, "Search and replace.";
    Editor A::Save, ["ctrl-x ctrl-s"] "save" Some(2), "Write the plan to its file.";
    Editor A::SaveAs, ["ctrl-x ctrl-w"] "save as" None, "Write the plan to another file.";
    Editor A::Open, ["ctrl-x ctrl-f"] "samples" None, "Open a sample plan or the new-plan template.";
    Editor A::Quit, ["ctrl-x ctrl-c"] "quit" Some(3), "Leave; asks first when there is unsaved text.";
    Editor A::NextPane, ["ctrl-x o"] "next pane" None, "Move the focus to the next pane.";
    Editor A::Zoom, ["ctrl-x 1"] "zoom" None, "Give the pane the whole screen, or take it back.";
    Editor A::SelectAll, ["ctrl-x h"] "select all" None, "Select the whole plan.";
    Editor A::Complete, ["alt-c", "alt-tab"] "complete" None, "Show what can be written at the cursor.";
    Editor A::Menu, ["alt-x"] "menu" Some(0), "Show what can be done from here.";
};

/// Normal mode of the vim-like set.
pub const NORMAL: &[Binding] = keys! {
    Editor A::Vim(V::Operate(Operator::Delete)), ["d"] "delete" None, "Cut what the next movement or object spans; `dd` the line.";
    Editor A::Vim(V::Operate(Operator::Change)), ["c"] "change" None, "Cut what the next movement or object spans and insert; `cc` the line.";
    Editor A::Vim(V::Operate(Operator::Yank)), ["y"] "yank" None, "Copy what the next movement or object spans; `yy` the line.";
    Editor A::Vim(V::Operate(Operator::Indent)), [">"] "indent" None, "Indent the lines of the next movement; `>>` the line.";
    Editor A::Vim(V::Operate(Operator::Outdent)), ["<"] "outdent" None, "Outdent the lines of the next movement; `<<` the line.";
    Editor A::Vim(V::Short(Operator::Delete, M::Right)), ["x", "delete"] "delete" None, "Cut the character.";
    Editor A::Vim(V::Short(Operator::Delete, M::Left)), ["X"] "delete left" None, "Cut the character before.";
    Editor A::Vim(V::Short(Operator::Delete, M::LineEnd)), ["D"] "delete rest" None, "Cut to the end of the line.";
    Editor A::Vim(V::Short(Operator::Change, M::LineEnd)), ["C"] "change rest" None, "Cut to the end of the line and insert.";
    Editor A::Vim(V::Short(Operator::Change, M::Right)), ["s"] "substitute" None, "Cut the character and insert.";
    Editor A::Vim(V::Insert(Place::Here)), ["i"] "insert" Some(0), "Insert before the cursor; esc leads back.";
    Editor A::Vim(V::Insert(Place::After)), ["a"] "append" None, "Insert behind the cursor.";
    Editor A::Vim(V::Insert(Place::TextStart)), ["I"] "insert at start" None, "Insert at the start of the line's text.";
    Editor A::Vim(V::Insert(Place::LineEnd)), ["A"] "append at end" None, "Insert at the end of the line.";
    Editor A::Vim(V::Insert(Place::Below)), ["o"] "line below" None, "Insert on a new line below; while selecting, go to the other end.";
    Editor A::Vim(V::Insert(Place::Above)), ["O"] "line above" None, "Insert on a new line above.";
    Editor A::Vim(V::Select(Reach::Characters)), ["v"] "select" Some(4), "Select characters; movements and objects extend, an operator ends it.";
    Editor A::Vim(V::Select(Reach::Lines)), ["V"] "lines" None, "Select lines; movements extend, an operator ends it.";
    Editor A::Vim(V::Register), ["\""] "register" None, "The next key names a register for the command after it: a letter keeps or puts that text, a capital adds to it, `0` is the last copy, `_` keeps nothing.";
    Editor A::Vim(V::Put { before: false }), ["p"] "put" None, "Put what was cut or copied behind the cursor, lines below.";
    Editor A::Vim(V::Put { before: true }), ["P"] "put before" None, "Put what was cut or copied before the cursor, lines above.";
    Editor A::Vim(V::Join), ["J"] "join" None, "Join the next line to this one.";
    Editor A::Vim(V::Replace), ["r"] "replace" None, "Replace the character by the next key.";
    Editor A::Vim(V::Repeat), ["."] "repeat" None, "Do the last change again.";
    Editor A::Vim(V::Mark), ["m"] "mark" None, "Keep the place under the letter that the next key is; it goes along with the text around it.";
    Editor A::Vim(V::Record), ["q"] "record" None, "Record the keys from now on under the letter that the next key is; once more ends it.";
    Editor A::Vim(V::Play), ["@"] "play" None, "Press the keys recorded under the letter that the next key is; `@@` those played last. A number before it repeats.";
    Editor A::Vim(V::Undo), ["u"] "undo" Some(5), "Take the last change back.";
    Editor A::Vim(V::Redo), ["ctrl-r"] "redo" None, "Make the change again that was taken back.";
    Editor A::Edit(C::Comment), ["g c c", "g c"] "comment" None, "Comment or uncomment the lines.";
    Editor A::Step(crate::plan::step::Step::Next), ["ctrl-a"] "step up" None, "Step the value under the cursor up.";
    Editor A::Step(crate::plan::step::Step::Previous), ["ctrl-x"] "step down" None, "Step the value under the cursor down.";
    Editor A::Find, ["/"] "find" Some(3), "Search in the plan.";
    Editor A::FindNext, ["n"] "next match" None, "Go to the next match.";
    Editor A::FindPrevious, ["N"] "previous match" None, "Go to the previous match.";
    Editor A::GoToEntry, ["g d", "K"] "entry" None, "Show the registry entry under the cursor.";
    Editor A::Vim(V::Fold(None)), ["z a"] "fold" None, "Fold the block under the cursor, or open it.";
    Editor A::Vim(V::Fold(Some(true))), ["z f", "z c"] "fold" None, "Fold the block under the cursor.";
    Editor A::Vim(V::Fold(Some(false))), ["z o"] "open fold" None, "Open the fold under the cursor.";
    Editor A::Vim(V::FoldAll(true)), ["z M"] "fold all" None, "Fold every block of the first level.";
    Editor A::Vim(V::FoldAll(false)), ["z R"] "open all" None, "Open every fold.";
    Editor A::NextPane, ["ctrl-w w", "ctrl-w ctrl-w", "ctrl-w l"] "next pane" None, "Move the focus to the next pane.";
    Editor A::PreviousPane, ["ctrl-w h", "ctrl-w p"] "previous pane" None, "Move the focus to the previous pane.";
    Editor A::Zoom, ["ctrl-w o"] "zoom" None, "Give the pane the whole screen, or take it back.";
    Editor A::Menu, ["space"] "menu" Some(2), "Show what can be done from here; the next key does it.";
    Editor A::Help, ["?"] "help" Some(1), "Show every key.";
    Editor A::Vim(V::Ask), [":"] "command" Some(6), "Ask for a command.";
    Editor A::SaveAndQuit, ["Z Z"] "save, quit" None, "Save and leave.";
};

/// Movements of the vim-like set; a number before them counts.
pub const MOTIONS: &[Binding] = keys! {
    Editor A::Vim(V::Motion(M::Left)), ["h", "left", "backspace"] "left" None, "One character left.";
    Editor A::Vim(V::Motion(M::Right)), ["l", "right"] "right" None, "One character right.";
    Editor A::Vim(V::Motion(M::Up)), ["k", "up"] "up" None, "One line up.";
    Editor A::Vim(V::Motion(M::Down)), ["j", "down", "enter"] "down" None, "One line down.";
    Editor A::Vim(V::Motion(M::Word)), ["w"] "word" None, "To the next word.";
    Editor A::Vim(V::Motion(M::WordBack)), ["b"] "word back" None, "To the start of the word.";
    Editor A::Vim(V::Motion(M::WordEnd)), ["e"] "word end" None, "To the end of the word.";
    Editor A::Vim(V::Motion(M::LineStart)), ["0", "home"] "line start" None, "To the start of the line.";
    Editor A::Vim(V::Motion(M::TextStart)), ["^"] "text start" None, "To the start of the line's text.";
    Editor A::Vim(V::Motion(M::LineEnd)), ["$", "end"] "line end" None, "To the end of the line.";
    Editor A::Vim(V::Find { forward: true, beside: false }), ["f"] "find" None, "To the next key's character further on in the line.";
    Editor A::Vim(V::Find { forward: true, beside: true }), ["t"] "till" None, "To before the next key's character.";
    Editor A::Vim(V::Find { forward: false, beside: false }), ["F"] "find back" None, "To the next key's character before in the line.";
    Editor A::Vim(V::Find { forward: false, beside: true }), ["T"] "till back" None, "To behind the next key's character before.";
    Editor A::Vim(V::FindAgain { back: false }), [";"] "again" None, "The same character again.";
    Editor A::Vim(V::FindAgain { back: true }), [","] "again back" None, "The same character the other way.";
    Editor A::Vim(V::ToMark { line: true }), ["'"] "mark's line" None, "To the line of the mark that the next key names.";
    Editor A::Vim(V::ToMark { line: false }), ["`"] "mark" None, "To the mark that the next key names.";
    Editor A::Vim(V::Motion(M::FirstLine)), ["g g"] "first line" None, "To the first line, or to the line of the number before it.";
    Editor A::Vim(V::Motion(M::LastLine)), ["G"] "last line" None, "To the last line, or to the line of the number before it.";
    Editor A::Vim(V::Motion(M::BlockBack)), ["{"] "block back" None, "To the blank line before.";
    Editor A::Vim(V::Motion(M::Block)), ["}"] "block" None, "To the next blank line.";
    Editor A::Vim(V::Motion(M::HalfUp)), ["ctrl-u"] "half up" None, "Half a screen up.";
    Editor A::Vim(V::Motion(M::HalfDown)), ["ctrl-d"] "half down" None, "Half a screen down.";
    Editor A::Vim(V::Motion(M::PageUp)), ["ctrl-b", "pgup"] "page up" None, "A screen up.";
    Editor A::Vim(V::Motion(M::PageDown)), ["ctrl-f", "pgdn"] "page down" None, "A screen down.";
};

/// Objects of the vim-like set.
pub const OBJECTS: &[Binding] = keys! {
    Editor A::Vim(V::Object(Object::Word)), ["i w"] "word" None, "The word: `ciw` changes it.";
    Editor A::Vim(V::Object(Object::AroundWord)), ["a w"] "around word" None, "The word and the blanks behind it.";
    Editor A::Vim(V::Object(Object::Value)), ["i v"] "value" None, "The value of the line's key, without its comment.";
};

/// Commands of the vim-like set.
pub const EX: &[Binding] = keys! {
    Editor A::Vim(V::Ex), ["w"] "save" None, "Write the plan to its file; `:w NAME` to another one.";
    Editor A::Vim(V::Ex), ["q"] "quit" None, "Leave, unless there is unsaved text; `:q!` leaves without asking.";
    Editor A::Vim(V::Ex), ["wq", "x"] "save, quit" None, "Write the plan and leave.";
    Editor A::Vim(V::Ex), ["e"] "open" None, "Open a sample plan; `:e!` takes the text of the file again.";
    Editor A::Vim(V::Ex), ["s"] "replace" None, "`:%s/OLD/NEW/` replaces every match of a regular expression.";
    Editor A::Vim(V::Ex), ["reg"] "registers" None, "Say what the registers hold.";
    Editor A::Vim(V::Ex), ["noh"] "no search" None, "Forget the search.";
    Editor A::Vim(V::Ex), ["NUMBER"] "go" None, "Go to a line.";
};

/// The binding of a set for keys pressed one after the other, and whether more keys might follow.
pub fn find(
    bindings: &'static [Binding],
    pressed: &[crossterm::event::KeyEvent],
) -> (Option<&'static Binding>, bool) {
    let (mut found, mut more) = (None, false);
    for binding in bindings.iter().filter(|binding| binding.context == Context::Editor) {
        for names in binding.keys {
            let mut names = names.split(' ');
            let fits = pressed.iter().all(|key| names.next().is_some_and(|name| super::matches(name, *key)));
            if fits {
                match names.next() {
                    None if found.is_none() => found = Some(binding),
                    None => {}
                    Some(_) => more = true,
                }
            }
        }
    }
    (found, more)
}
