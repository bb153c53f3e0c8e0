//! What can be styled.

macro_rules! roles {
    ($($role:ident $name:literal $doc:literal;)*) => {
        /// What a piece of the screen is, as far as its style goes.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Role { $(#[doc = $doc] $role),* }

        impl Role {
            /// Every role.
            pub const ALL: [Role; Role::COUNT] = [$(Role::$role),*];
            /// How many there are.
            pub const COUNT: usize = [$($name),*].len();

            /// A role by the name that theme files use.
            pub fn by_name(name: &str) -> Option<Role> {
                match name { $($name => Some(Role::$role),)* _ => None }
            }
        }
    };
}

roles! {
    Text "text" "Ordinary text, and the background of the whole screen.";
    Strong "strong" "Figures and names that the eye should find.";
    Dim "dim" "Labels, units, what is secondary.";
    Faint "faint" "Rules, tracks of bars, what is not applicable.";
    Border "border" "Frames.";
    BorderFocus "border-focus" "The frame of the focused pane.";
    Title "title" "Titles of panes.";
    TitleFocus "title-focus" "The title of the focused pane.";
    Good "good" "Holds, is better.";
    Bad "bad" "Fails, is worse, is an error.";
    Warn "warn" "Near, is a warning.";
    Info "info" "Binding, is a note.";
    Accent "accent" "What the program itself says: toasts, welcome.";
    Selection "selection" "The selected line of a list, selected text.";
    Key "key" "A key in footer, menu and help.";
    Dialog "dialog" "The face of a dialog.";
    Track "track" "The empty part of a bar.";
    Over "over" "What lies beyond a limit.";
    Series1 "series-1" "First part of a sum.";
    Series2 "series-2" "Second part of a sum.";
    Series3 "series-3" "Third part of a sum.";
    Series4 "series-4" "Fourth part of a sum.";
    Series5 "series-5" "Fifth part of a sum.";
    Series6 "series-6" "Sixth part of a sum.";
    Stale "stale" "Laid over numbers that are not of the text on screen.";
    Gutter "gutter" "Line numbers.";
    GutterCurrent "gutter-current" "The number of the line with the cursor.";
    CursorLine "cursor-line" "The line with the cursor.";
    SearchMatch "search-match" "Matches of a search.";
    YamlKey "yaml-key" "Keys.";
    YamlString "yaml-string" "Text values.";
    YamlNumber "yaml-number" "Numbers with and without units.";
    YamlKeyword "yaml-keyword" "true, false, null, auto.";
    YamlComment "yaml-comment" "Comments.";
    YamlPunctuation "yaml-punctuation" "Colons, dashes, brackets.";
    Added "added" "Lines that only the other text has.";
    Removed "removed" "Lines that only your text has.";
}
