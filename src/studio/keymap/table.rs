//! The table itself.

use super::{Action as A, Binding, Context};
use crate::plan::step::Step;
use crate::studio::editor::Command;

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
    Anywhere A::Fix, ["alt-.", "alt-enter"] "fix" Some(6), "Mend the problem at hand with its first fix; without one, write the first suggestion into the plan.";
    Anywhere A::Pin, ["alt-b"] "pin" None, "Pin the present numbers: from now on every figure shows its change.";
    Anywhere A::Find, ["ctrl-f"] "find" Some(7), "Search in the plan.";
    Anywhere A::FindNext, ["f3"] "next match" None, "Go to the next match.";
    Anywhere A::FindPrevious, ["shift-f3"] "previous match" None, "Go to the previous match.";
    Anywhere A::Step(Step::Next), ["alt-up", "alt-+", "alt-="] "step up" None, "Step the value under the cursor up: the next number, the next wider format, the next larger model, the next accelerator of its maker and class by year and peak, the next region by carbon. Every panel follows.";
    Anywhere A::Step(Step::Previous), ["alt-down", "alt--"] "step down" None, "Step the value under the cursor down. A value that the plan cannot have is passed over.";
    Anywhere A::Step(Step::Double), ["alt-right", "alt-*"] "double" None, "Double the value under the cursor, or go to the next entry that is twice as large; an accelerator to its maker's next generation.";
    Anywhere A::Step(Step::Halve), ["alt-left", "alt-/"] "halve" None, "Halve the value under the cursor, or go to the next entry that is half as large; an accelerator to its maker's generation before.";
    Anywhere A::Neighbourhood, ["alt-n"] "neighbours" None, "Show below the plan what the headline figure would be for the values around the one under the cursor, or hide that again.";
    Anywhere A::GoToEntry, ["f12", "alt-i"] "entry" None, "Show the registry entry under the cursor: its facts and where they come from.";
    Anywhere A::Proposals, ["alt-r"] "proposal" None, "Show the change that an agent proposes, to accept or refuse it.";
    Anywhere A::Explore, ["alt-x"] "explore" None, "Explore the designs around this plan: what each costs against what it gives, and those that nothing beats.";
    Anywhere A::Redraw, ["ctrl-l"] "redraw" None, "Draw the whole screen again.";
    Anywhere A::Suspend, ["ctrl-z"] "suspend" None, "Go back to the shell; `fg` returns.";
    Editor A::ToPanels, ["esc"] "panels" Some(4), "Leave the editor for the panels, where letters are commands; with a selection, first drop that.";
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
    Panel A::Fix, ["f"] "fix" Some(6), "Mend the selected problem with its first fix; without one, write the first suggestion into the plan.";
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
    Suggestion A::Activate, ["enter", "e"] "apply this one" Some(0), "Write the selected suggestion into the plan.";
    Suggestion A::Apply, ["a"] "apply" None, "Write the selected suggestion into the plan.";
    Suggestion A::Fix, ["f"] "fix" None, "Write the selected suggestion into the plan.";
    Problem A::Activate, ["enter", "e"] "go there" Some(0), "Go to the line of the plan.";
    Problem A::Fix, ["f"] "fix this" Some(1), "Mend it with its first fix; without one, write the first suggestion into the plan.";
    MoneyPane A::Money, ["m"] "cheapest place" Some(0), "Rank the places for this plan by cost or by carbon; Enter there writes one into the plan.";
    Palette A::Accept, ["enter"] "do it" Some(0), "Do what the selected line says.";
    Palette A::Cancel, ["esc", "ctrl-c", "ctrl-q"] "close" Some(1), "Close the palette; a theme that was only looked at goes.";
    Palette A::Down, ["down", "ctrl-n", "tab"] "next" Some(2), "Move down; a theme is shown at once.";
    Palette A::Up, ["up", "ctrl-p", "backtab"] "previous" Some(3), "Move up.";
    Palette A::PageUp, ["pgup"] "page up" None, "Move up by ten.";
    Palette A::PageDown, ["pgdn"] "page down" None, "Move down by ten.";
    Palette A::Clear, ["ctrl-u"] "clear" None, "Empty the line.";
    Rows A::Up, ["up"] "up" None, "Move up.";
    Rows A::Down, ["down"] "down" Some(6), "Move down.";
    Rows A::PageUp, ["pgup"] "page up" None, "Move up by ten.";
    Rows A::PageDown, ["pgdn"] "page down" None, "Move down by ten.";
    Rows A::First, ["home"] "first" None, "Move to the first row.";
    Rows A::Last, ["end"] "last" None, "Move to the last row.";
    Rows A::Cancel, ["esc", "ctrl-c"] "close" Some(1), "Close it.";
    Rows A::Help, ["f1"] "help" Some(7), "Explain what is shown and list the keys; in the help, close it.";
    Rows A::NextTheme, ["f2"] "theme" None, "Switch to the next theme.";
    Rows A::Quit, ["ctrl-q"] "quit" Some(9), "Leave the program; asks first when there is unsaved text.";
    Letters A::Up, ["k"] "up" None, "Move up.";
    Letters A::Down, ["j"] "down" None, "Move down.";
    Letters A::PageDown, ["space"] "page down" None, "Move down by ten.";
    Letters A::First, ["g"] "first" None, "Move to the first row.";
    Letters A::Last, ["G"] "last" None, "Move to the last row.";
    Letters A::Cancel, ["q"] "close" None, "Close it.";
    Letters A::Help, ["?"] "help" Some(7), "Explain what is shown and list the keys; in the help, close it.";
    Letters A::NextTheme, ["t"] "theme" Some(8), "Switch to the next theme.";
    List A::Accept, ["enter"] "ok" Some(0), "Take the selected entry.";
    List A::Find, ["/"] "search" None, "In the help: show only the lines with these letters.";
    List A::Tour, ["shift-f1"] "tour" None, "Two minutes on a sample plan, step by step.";
    Card A::Up, ["up", "k", "left", "h", "backtab"] "previous wall" Some(1), "Explain the wall before this one.";
    Card A::Down, ["down", "j", "right", "l", "tab"] "next wall" Some(0), "Explain the wall after this one.";
    Card A::First, ["home", "g"] "first" None, "Explain the first wall.";
    Card A::Last, ["end", "G"] "last" None, "Explain the last wall.";
    Card A::PageUp, ["pgup"] "page up" None, "Scroll a long card up.";
    Card A::PageDown, ["pgdn", "space"] "page down" Some(4), "Scroll a long card down.";
    Card A::Apply, ["a", "alt-a"] "apply" Some(3), "Close the card and write the first suggestion into the plan.";
    Card A::Cancel, ["esc", "enter", "e", "q", "ctrl-c"] "close" Some(2), "Close the card.";
    Explore A::Accept, ["enter"] "write into plan" Some(0), "Write the selected design into the plan and close; comments stay, undo takes it back.";
    Explore A::Cancel, ["x", "alt-x"] "close" None, "Close the design space.";
    Explore A::Down, ["down"] "next" Some(4), "Select the next design of the frontier.";
    Explore A::Objectives, ["tab"] "objectives" Some(2), "Weigh the next pair of figures against each other.";
    Explore A::Vary, ["v"] "vary" Some(5), "Type an axis: a field and its values, or several fields that turn together.";
    Explore A::Limit, ["l"] "limit" Some(6), "Type limits that hold here and never go into the plan: a metric and a value each.";
    Explore A::Axis(1), ["1"] "axes" Some(3), "Turn the first axis on or off.";
    Explore A::Axis(2), ["2"] "axis 2" None, "Turn axis 2 on or off.";
    Explore A::Axis(3), ["3"] "axis 3" None, "Turn axis 3 on or off.";
    Explore A::Axis(4), ["4"] "axis 4" None, "Turn axis 4 on or off.";
    Explore A::Axis(5), ["5"] "axis 5" None, "Turn axis 5 on or off.";
    Explore A::Axis(6), ["6"] "axis 6" None, "Turn axis 6 on or off.";
    Explore A::Axis(7), ["7"] "axis 7" None, "Turn axis 7 on or off.";
    Explore A::Axis(8), ["8"] "axis 8" None, "Turn axis 8 on or off.";
    Explore A::Axis(9), ["9"] "axis 9" None, "Turn axis 9 on or off.";
    Prompt A::Cancel, ["esc", "ctrl-c", "ctrl-q"] "cancel" Some(1), "Close the prompt.";
    Prompt A::SelectAll, ["ctrl-a"] "select all" Some(5), "Select the whole line: what is typed next takes its place.";
    Prompt A::Clear, ["ctrl-u"] "clear" Some(6), "Empty the line.";
    Search A::Accept, ["enter"] "stay here" Some(0), "Close the prompt and go on at the match.";
    Search A::FindNext, ["down", "f3"] "next match" Some(2), "Go to the next match and keep the prompt open.";
    Search A::FindPrevious, ["up", "shift-f3"] "previous match" Some(3), "Go to the previous match and keep the prompt open.";
    Search A::Replace, ["ctrl-r"] "replace" Some(4), "Ask what takes the place of the matches.";
    FileName A::Accept, ["enter"] "save" Some(0), "Save under this name and go on with that file.";
    OpenFile A::Accept, ["enter"] "open" Some(0), "Open the file in a tab of its own.";
    Vary A::Accept, ["enter"] "explore" Some(0), "Explore with this axis; an empty line takes the typed axis away.";
    Limit A::Accept, ["enter"] "explore" Some(0), "Explore within these limits; an empty line takes them all away. A name that is not complete yet is completed.";
    Limit A::Complete, ["tab"] "take" Some(2), "Write the selected metric.";
    Limit A::Down, ["down", "ctrl-n"] "next" Some(3), "Move down among the metrics.";
    Limit A::Up, ["up", "ctrl-p"] "previous" None, "Move up among the metrics.";
    Reason A::Accept, ["enter"] "refuse" Some(0), "Refuse, with this reason or without one.";
    Ex A::Accept, ["enter"] "run" Some(0), "Run the command.";
    HelpSearch A::Accept, ["enter"] "keep" Some(0), "Keep what was found and go back to the list.";
    Replace A::Accept, ["enter", "ctrl-r"] "this one" Some(0), "Replace the selected match and go to the next one.";
    Replace A::ReplaceAll, ["ctrl-a", "alt-enter"] "all" Some(1), "Replace every match; one undo takes all of it back.";
    Replace A::FindNext, ["down", "f3"] "next match" Some(3), "Leave this match and go to the next one.";
    Replace A::FindPrevious, ["up", "shift-f3"] "previous match" Some(4), "Go to the previous match.";
    Replace A::Cancel, ["esc", "ctrl-c", "ctrl-q"] "close" Some(2), "Close the prompt; what was replaced stays replaced.";
    // With alt: the dialog may open while somebody types, and no letter on its way may decide.
    Conflict A::TakeTheirs, ["alt-t"] "theirs" Some(0), "Take the text of the file; yours stays in the undo history.";
    Conflict A::KeepMine, ["alt-m"] "mine" Some(1), "Keep your text; the next save writes over the file.";
    Conflict A::Difference, ["d"] "diff" Some(3), "Show the two texts line by line.";
    Conflict A::Up, ["up", "k"] "up" None, "Scroll the difference up.";
    Conflict A::Down, ["down", "j"] "down" None, "Scroll the difference down.";
    Conflict A::Cancel, ["esc"] "later" Some(2), "Decide later: nothing is changed, saving asks again.";
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
    Registry A::Down, ["ctrl-n"] "down" None, "Move down.";
    Registry A::Up, ["ctrl-p"] "up" None, "Move up.";
    Registry A::Clear, ["ctrl-u"] "clear" None, "Empty the line that is searched for.";
    Registry A::ScrollDown, ["ctrl-d"] "more facts" Some(3), "Scroll the facts down.";
    Registry A::ScrollUp, ["ctrl-b"] "facts up" None, "Scroll the facts up.";
    Derivation A::Activate, ["enter", "space"] "open" Some(0), "Open the step into what went into it, or close it.";
    Derivation A::NextShelf, ["right", "l"] "in" None, "Open the step.";
    Derivation A::PreviousShelf, ["left", "h"] "out" None, "Close the step, or go to the one above it.";
    Derivation A::ToggleAll, ["*", "a"] "open all" Some(1), "Open everything below the step, or close it all.";
    Derivation A::Copy, ["y", "c"] "copy" Some(2), "Copy the step and everything below it as Markdown.";
    Comparison A::NextShelf, ["tab", "right", "l"] "next plan" Some(0), "Tell the edits since the next plan.";
    Comparison A::PreviousShelf, ["backtab", "left", "h"] "previous plan" None, "Tell the edits since the previous plan.";
    Comparison A::Cancel, ["enter", "c"] "close" None, "Close the view.";
    Money A::Cancel, ["m"] "close" None, "Close the view.";
    Money A::Accept, ["enter"] "use place" Some(0), "Write the selected place into the plan; undo takes it back.";
    Money A::ToggleAll, ["s"] "cost or carbon" Some(1), "Rank the places by carbon, or by cost again.";
    Export A::Accept, ["enter"] "write" Some(0), "Write the report; a file that is there is asked about.";
    Export A::NextShelf, ["tab", "right", "down"] "next form" Some(1), "Turn to the next form.";
    Export A::PreviousShelf, ["backtab", "left", "up"] "previous form" None, "Turn to the previous form.";
    Export A::Cancel, ["esc", "ctrl-c"] "cancel" Some(2), "Write nothing.";
    Export A::Clear, ["ctrl-u"] "clear the name" Some(3), "Empty the name of the file.";
    Export A::Quit, ["ctrl-q"] "quit" None, "Leave the program; asks first when there is unsaved text.";
    Proposal A::Accept, ["a"] "accept" Some(0), "Put the proposed text into the editor; undo takes it back, and the file stays as it is until you save.";
    Proposal A::Discard, ["r"] "refuse" Some(1), "Leave the plan as it is and tell the agent.";
    Proposal A::Cancel, ["esc", "q"] "later" Some(2), "Decide later: the proposal waits.";
};

/// What else people call an action: the palette finds it by these words too.
pub const CALLED: &[(A, &str)] = &[
    (A::Money, "cheap cheapest cost price budget region place electricity green clean carbon"),
    (A::Focus(2), "does it fit status answer"),
    (A::Focus(3), "slow bottleneck limit bound why"),
    (A::Focus(4), "oom out of memory vram hbm"),
    (A::Focus(5), "slow latency step profile"),
    (A::Focus(6), "cost price budget tco carbon energy water"),
    (A::Focus(7), "errors warnings suggestions hints"),
    (A::Explore, "sweep pareto frontier trade-off tradeoff search best optimize"),
    (A::Registry, "hardware gpu accelerators models catalogue zoo"),
    (A::Compare, "diff versus before after"),
    (A::Pin, "baseline reference compare"),
    (A::Export, "report html markdown json picture share"),
    (A::Apply, "suggestion recommend improve faster cheaper"),
    (A::Fix, "repair mend suggestion"),
    (A::Activate, "derivation formula equation source"),
    (A::Neighbourhood, "what if sensitivity around plot"),
    (A::Roofline, "arithmetic intensity ridge"),
    (A::Undo, "back revert"),
    (A::Find, "search"),
];
