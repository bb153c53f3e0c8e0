//! Where keys are heard.

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
