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
    /// On a suggestion of the problems.
    Suggestion,
    /// On another line of the problems.
    Problem,
    /// On money and carbon.
    MoneyPane,
    /// In the palette; letters go to what is searched for.
    Palette,
    /// In a list that fills the screen: the chooser, the help.
    List,
    /// In the card that explains a wall.
    Card,
    /// In the view of the design space.
    Explore,
    /// In every list and view, where it means nothing else there.
    Rows,
    /// The same with letters, where letters search nothing.
    Letters,
    /// In every line that asks for text.
    Prompt,
    /// In the line that asks what to find in the plan.
    Search,
    /// In the line that asks under which name to save.
    FileName,
    /// In the line that asks for a file to open in a tab.
    OpenFile,
    /// In the line that asks for an axis of the design space.
    Vary,
    /// In the line that asks for limits of the design space.
    Limit,
    /// In the line that asks why a proposal is refused.
    Reason,
    /// In the line that asks for a command, after `:`.
    Ex,
    /// In the line that asks what to find in the help.
    HelpSearch,
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
    pub const ALL: [Context; 32] = [
        Context::Anywhere,
        Context::Editor,
        Context::Completion,
        Context::Panel,
        Context::Suggestion,
        Context::Problem,
        Context::MoneyPane,
        Context::Palette,
        Context::Rows,
        Context::Letters,
        Context::List,
        Context::Card,
        Context::Explore,
        Context::Prompt,
        Context::Search,
        Context::Replace,
        Context::FileName,
        Context::OpenFile,
        Context::Vary,
        Context::Limit,
        Context::Reason,
        Context::Ex,
        Context::HelpSearch,
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
            Context::List => "In the chooser, the help and the card of an entry",
            Context::Card => "In the card of a wall",
            Context::Explore => "In the design space",
            Context::Suggestion => "On a suggestion",
            Context::Problem => "On a problem",
            Context::MoneyPane => "On the pane of money and carbon",
            Context::Rows => "In every list and view",
            Context::Letters => "In every list and view where letters search nothing",
            Context::Prompt => "In every prompt",
            Context::Search => "While searching in the plan",
            Context::FileName => "When a name to save under is asked for",
            Context::OpenFile => "When a file to open is asked for",
            Context::Vary => "When an axis is asked for",
            Context::Limit => "When a limit of the design space is asked for",
            Context::Reason => "When a reason to refuse is asked for",
            Context::Ex => "After `:` in the vim-like set",
            Context::HelpSearch => "While searching in the help",
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

    /// What is heard here too, after the keys of the context itself.
    pub fn also(self) -> &'static [Context] {
        match self {
            Context::Editor | Context::Panel => &[Context::Anywhere],
            Context::Suggestion | Context::Problem | Context::MoneyPane => {
                &[Context::Panel, Context::Anywhere]
            }
            Context::List
            | Context::Card
            | Context::Explore
            | Context::Derivation
            | Context::Comparison
            | Context::Money
            | Context::Proposal => &[Context::Letters, Context::Rows],
            Context::Registry => &[Context::Rows],
            Context::Search
            | Context::FileName
            | Context::OpenFile
            | Context::Vary
            | Context::Limit
            | Context::Reason
            | Context::Ex
            | Context::HelpSearch => &[Context::Prompt],
            _ => &[],
        }
    }

    /// Whether letters are text of a line.
    pub fn is_prompt(self) -> bool {
        self == Context::Replace || self.also().contains(&Context::Prompt)
    }
}
