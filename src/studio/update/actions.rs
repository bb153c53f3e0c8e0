//! The actions of the key table outside dialogs.

use super::{
    after_editing, completing, dialogs, disk, ex, explore, mentions, palette, prompts, resize, screens,
};
use crate::plan::{Severity, edit};
use crate::studio::app::{App, Browser, Overlay, Problem, Then};
use crate::studio::editor::{Command, EditorEvent};
use crate::studio::keymap::{Action, KeySet};
use crate::studio::layout::{Pane, Shape};
use crate::studio::message::Effect;
use crate::studio::tour;

/// How far the page keys move.
const PAGE: isize = 10;

/// Does it.
pub(super) fn on_action(app: &mut App, action: Action) -> Vec<Effect> {
    if app.watch && action.edits() && action != Action::ToEditor {
        app.say("watching: the plan is edited elsewhere");
        return Vec::new();
    }
    match action {
        Action::Save => dialogs::save(app, Then::Stay),
        Action::SaveAs => dialogs::ask_name(app, Then::Stay),
        Action::Open => dialogs::leave(app, Then::Choose),
        Action::Quit => dialogs::leave(app, Then::Leave),
        Action::Suspend => vec![Effect::Suspend],
        Action::Redraw => vec![Effect::Redraw],
        Action::Help => dialogs::help(app),
        Action::Menu => show(app, Overlay::Menu),
        Action::Palette => palette::open(app),
        Action::Registry => screens::registry(app, Browser::default()),
        Action::Compare => screens::compare(app),
        Action::Money => screens::money(app),
        Action::Export => screens::export(app),
        Action::Derive => screens::derive(app, app.focus),
        Action::OpenTab => show(app, Overlay::OpenTab(String::new())),
        Action::NextTab => app.turn_tab(true),
        Action::PreviousTab => app.turn_tab(false),
        Action::CloseTab if app.tabs.is_empty() => app.close_tab(),
        Action::CloseTab => dialogs::leave(app, Then::CloseTab),
        Action::NextTheme => next_theme(app),
        Action::KeepTheme => keep_theme(app),
        Action::Tour => take_tour(app),
        Action::TourNext | Action::TourBack => {
            match (app.tour, action) {
                (None, _) => app.say("no tour is being taken; shift-f1 starts it"),
                (_, Action::TourNext) => tour::next(app),
                _ => tour::back(app),
            }
            Vec::new()
        }
        Action::Wider | Action::Narrower | Action::Taller | Action::Shorter | Action::ResetSizes => {
            resize::on_action(app, action)
        }
        Action::NextPane => step_focus(app, true),
        Action::PreviousPane => step_focus(app, false),
        Action::Focus(number) => focus(app, Pane::by_number(number).unwrap_or(app.focus)),
        Action::ToEditor | Action::Cancel => focus(app, Pane::Plan),
        Action::ToPanels if app.editor.selection().is_some() => {
            app.editor.clear_search();
            app.editor.run(Command::Unmark);
            Vec::new()
        }
        Action::ToPanels => {
            app.editor.clear_search();
            focus(app, app.panel)
        }
        Action::Zoom => {
            app.zoom = !app.zoom;
            Vec::new()
        }
        Action::Apply => apply(app),
        Action::Fix => fix(app),
        Action::Pin => pin(app),
        Action::Unpin => {
            app.baseline = None;
            app.baseline_text = None;
            app.say("nothing is pinned now");
            Vec::new()
        }
        Action::Complete => completing::open(app),
        Action::Step(step) => vec![Effect::Step(step)],
        Action::Neighbourhood => {
            app.around.shown = !app.around.shown;
            Vec::new()
        }
        Action::GoToEntry => go_to_entry(app),
        Action::Explore => explore::open(app),
        Action::Edit(command) => {
            let before = app.editor.revision();
            app.editor.run(command);
            after_change(app, app.editor.revision() != before)
        }
        Action::SaveAndQuit => ex::save_and_quit(app),
        Action::Fold => {
            if !app.editor.toggle_fold() {
                app.say("there is no block here to fold");
            }
            Vec::new()
        }
        Action::FoldAll => {
            let any = if app.editor.has_folds() { app.editor.unfold_all() } else { app.editor.fold_all() };
            if !any {
                app.say("there is no block to fold");
            }
            Vec::new()
        }
        Action::Proposals => super::proposals::show(app),
        Action::Roofline => roofline(app),
        Action::Replace => replace(app),
        Action::Find => show(app, Overlay::Search(app.editor.selected_text().unwrap_or_default())),
        Action::FindNext => found(app, true),
        Action::FindPrevious => found(app, false),
        Action::Undo => edit_with(app, "nothing to undo", |app| app.editor.undo()),
        Action::Redo => edit_with(app, "nothing to redo", |app| app.editor.redo()),
        Action::Copy => {
            app.say(if app.editor.selection().is_some() {
                "copied the selection"
            } else {
                "copied the line"
            });
            app.editor.keep_clip();
            let text = app.editor.copy();
            if app.keys == KeySet::Emacs {
                // The region is done with once it was copied.
                app.editor.run(Command::Unmark);
            }
            vec![Effect::Copy(text)]
        }
        Action::Cut => {
            let text = app.editor.cut();
            if text.is_empty() { Vec::new() } else { vec![Effect::Copy(text), Effect::Evaluate] }
        }
        Action::SelectAll => {
            app.editor.select_all();
            Vec::new()
        }
        Action::Up => step(app, -1),
        Action::Down => step(app, 1),
        Action::PageUp => step(app, -PAGE),
        Action::PageDown => step(app, PAGE),
        Action::First => step(app, isize::MIN / 2),
        Action::Last => step(app, isize::MAX / 2),
        Action::Activate | Action::Accept => activate(app),
        // Dialogs, and the set that has them, carry these out.
        Action::Vim(_)
        | Action::Clear
        | Action::ReplaceAll
        | Action::NextShelf
        | Action::PreviousShelf
        | Action::ScrollDown
        | Action::ScrollUp
        | Action::ToggleAll
        | Action::TakeTheirs
        | Action::KeepMine
        | Action::Difference
        | Action::SaveAndLeave
        | Action::Discard
        | Action::Restore
        | Action::Objectives
        | Action::Vary
        | Action::Limit
        | Action::Axis(_) => Vec::new(),
    }
}

fn show(app: &mut App, overlay: Overlay) -> Vec<Effect> {
    app.overlay = overlay;
    Vec::new()
}

/// Uses a theme from now on.
pub(super) fn choose_theme(app: &mut App, name: &str) -> Vec<Effect> {
    match app.themes.load(name) {
        Ok(theme) => {
            app.theme = theme;
            app.session.theme = Some(name.to_owned());
            if app.preferences.settings.gives("theme") {
                app.say(format!(
                    "theme: {name}, for now; `keep theme` in the palette writes it to the settings"
                ));
            } else {
                app.say(format!("theme: {name}"));
            }
        }
        Err(why) => app.complain(why),
    }
    vec![Effect::Remember]
}

/// Starts the tour, or leaves it.
pub(super) fn take_tour(app: &mut App) -> Vec<Effect> {
    if app.tour.take().is_some() {
        app.say("the tour is over; the plan stays open");
        return Vec::new();
    }
    // A studio that has no plan yet has nothing to lose.
    if app.on_disk.is_none() { start_tour(app) } else { dialogs::leave(app, Then::Tour) }
}

/// Opens the sample of the tour.
pub(super) fn start_tour(app: &mut App) -> Vec<Effect> {
    let mut effects = app.open_sample(tour::SAMPLE);
    // Not the editor: the first step asks for Enter, which would part a line there.
    app.focus = Pane::Verdict;
    app.welcome = false;
    app.tour = Some(0);
    app.session.tour_seen = true;
    effects.push(Effect::Remember);
    effects
}

/// Writes the theme in use into the settings.
fn keep_theme(app: &mut App) -> Vec<Effect> {
    vec![Effect::Set { key: "theme", value: app.theme.name.clone() }]
}

pub(super) fn next_theme(app: &mut App) -> Vec<Effect> {
    let name = app.themes.after(&app.theme.name);
    match app.themes.load(&name) {
        Ok(theme) => {
            app.theme = theme;
            app.session.theme = Some(name.clone());
            app.say(format!("theme: {name}"));
        }
        Err(why) => {
            // A user's theme with a mistake is stepped over, not stopped at.
            app.theme.name = name;
            app.complain(why);
        }
    }
    Vec::new()
}

/// The roofline in the place of the time line, and back. A narrow screen gives it all of itself.
fn roofline(app: &mut App) -> Vec<Effect> {
    app.roofline = !app.roofline;
    if app.panes().shape == Shape::Narrow {
        app.zoom = app.roofline;
    }
    focus(app, Pane::Time)
}

/// Asks what to find, or, where text is selected, at once what to put in its place.
fn replace(app: &mut App) -> Vec<Effect> {
    if let Some(find) = app.editor.selected_text().filter(|text| !text.contains('\n')) {
        app.overlay = Overlay::Search(find);
        let effects = prompts::after_prompt(app);
        prompts::ask_replacement(app);
        return effects;
    }
    app.say("what to find? then ctrl-r");
    show(app, Overlay::Search(String::new()))
}

/// Takes a user's themes anew; the one in use changes on the screen, unless it has a mistake.
pub(super) fn reload_themes(app: &mut App, user: Vec<(String, String)>) {
    app.themes = app.themes.with_user(user);
    match app.themes.load(&app.theme.name) {
        Ok(theme) => app.theme = theme,
        Err(why) => app.complain(why),
    }
    let missing = app.preferences.missing_theme.clone();
    if missing.is_some_and(|name| app.themes.load(&name).is_ok()) {
        app.load_theme();
    }
}

/// Shows the registry entry that the value under the cursor names.
fn go_to_entry(app: &mut App) -> Vec<Effect> {
    match app.entry_at_cursor() {
        Ok((kind, id)) => show(app, Overlay::Entry { kind, id, scroll: 0 }),
        Err(why) => {
            app.say(why);
            Vec::new()
        }
    }
}

/// Moves the focus to a pane.
pub(super) fn focus(app: &mut App, pane: Pane) -> Vec<Effect> {
    if app.watch && pane == Pane::Plan {
        app.zoom = false;
        return Vec::new();
    }
    app.focus = pane;
    if pane != Pane::Plan {
        app.panel = pane;
    }
    Vec::new()
}

fn step_focus(app: &mut App, forward: bool) -> Vec<Effect> {
    let count = Pane::ALL.len();
    let mut at = usize::from(app.focus.number()) - 1;
    loop {
        at = (at + if forward { 1 } else { count - 1 }) % count;
        let pane = Pane::by_number(at as u8 + 1).unwrap_or(Pane::Plan);
        if !(app.watch && pane == Pane::Plan) {
            return focus(app, pane);
        }
    }
}

/// How many lines a pane has to select from.
pub(super) fn lines(app: &App, pane: Pane) -> usize {
    match pane {
        Pane::Walls => app.report.as_ref().map_or(0, |report| report.walls.len()),
        Pane::Problems => app.problems().len(),
        Pane::Money => 40,
        _ => 0,
    }
}

/// Moves the selection of the focused pane.
pub(super) fn step(app: &mut App, by: isize) -> Vec<Effect> {
    let last = lines(app, app.focus).saturating_sub(1);
    let selected = &mut app.selected[usize::from(app.focus.number())];
    *selected = selected.saturating_add_signed(by).min(last);
    Vec::new()
}

/// The problem that fix and Enter mean: the selected one, or the one at the cursor, or the first that `wanted` takes.
fn problem_at_hand(app: &App, wanted: impl Fn(&Problem) -> bool) -> Option<Problem> {
    let problems = app.problems();
    if app.focus == Pane::Problems {
        let selected = problems.get(app.selected[usize::from(Pane::Problems.number())]);
        if let Some(problem) = selected.filter(|problem| wanted(problem)) {
            return Some(problem.clone());
        }
    }
    let (line, _) = app.editor.cursor();
    let here = problems
        .iter()
        .find(|problem| problem.place.is_some_and(|place| place.0 == line + 1) && wanted(problem));
    here.or_else(|| problems.iter().find(|problem| wanted(problem))).cloned()
}

fn fix(app: &mut App) -> Vec<Effect> {
    if app.watch {
        app.say("watching: the plan is edited elsewhere");
        return Vec::new();
    }
    // On a suggestion it is that one, not a problem elsewhere.
    let fix = match app.selected_suggestion() {
        Some(_) => None,
        None => problem_at_hand(app, |problem| problem.fix.is_some()).and_then(|problem| problem.fix),
    };
    let Some(fix) = fix else {
        // A plan that cannot be evaluated as it stands has no suggestions either.
        if app.stale() || app.report.as_ref().is_none_or(|report| report.suggestions.is_empty()) {
            app.say("nothing here has a fix, and there is nothing to suggest");
            return Vec::new();
        }
        return apply(app);
    };
    let changed = app.editor.apply_edits(&[(fix.range.clone(), fix.replacement.clone())]);
    app.say(format!("{}; {}", fix.title, app.undoes()));
    after_change(app, changed)
}

/// Writes a suggestion into the text: the selected one, else the first.
fn apply(app: &mut App) -> Vec<Effect> {
    if app.watch {
        app.say("watching: the plan is edited elsewhere");
        return Vec::new();
    }
    if app.stale() {
        app.say("mend the problems first; the suggestions are of an earlier text");
        return Vec::new();
    }
    let index =
        problem_at_hand(app, |problem| problem.suggestion.is_some()).and_then(|problem| problem.suggestion);
    let suggestion = index.and_then(|index| app.report.as_ref()?.suggestions.get(index).cloned());
    let Some(suggestion) = suggestion else {
        app.say("nothing to apply: the engine has no suggestion for this plan");
        return Vec::new();
    };
    let before = app.editor.text();
    match edit::set_all(&before, &suggestion.edits) {
        Ok(after) => {
            let changed = app.editor.apply_edits(&[changed_range(&before, &after)]);
            // What it did, and how to take it back; the cost of it stands in the panels now.
            let effect = suggestion.gain.split("; ").next().unwrap_or_default();
            let effect = if effect.is_empty() { String::new() } else { format!(": {effect}") };
            // Name and comments are the user's own: they are not rewritten, but what they still say is pointed at.
            let stale = mentions::left_behind(&before, &app.reading.spans, &suggestion.edits, &after)
                .map_or_else(String::new, |(line, word)| format!("; line {line} still says {word}"));
            app.say(format!("applied: {}{effect}{stale}; {}", suggestion.title, app.undoes()));
            after_change(app, changed)
        }
        Err(why) => {
            app.complain(format!("not applied: {why}"));
            Vec::new()
        }
    }
}

/// Writes another text in the place of this one, as one edit that undo takes back.
pub(super) fn put(app: &mut App, before: &str, after: &str) -> Vec<Effect> {
    let changed = app.editor.apply_edits(&[changed_range(before, after)]);
    after_change(app, changed)
}

/// The one replacement that turns a text into another, as short as it can be.
pub(super) fn changed_range(before: &str, after: &str) -> (std::ops::Range<usize>, String) {
    let mut head = before.bytes().zip(after.bytes()).take_while(|(a, b)| a == b).count();
    while !(before.is_char_boundary(head) && after.is_char_boundary(head)) {
        head -= 1;
    }
    let mut tail =
        before[head..].bytes().rev().zip(after[head..].bytes().rev()).take_while(|(a, b)| a == b).count();
    while !(before.is_char_boundary(before.len() - tail) && after.is_char_boundary(after.len() - tail)) {
        tail -= 1;
    }
    (head..before.len() - tail, after[head..after.len() - tail].to_owned())
}

fn pin(app: &mut App) -> Vec<Effect> {
    if app.stale() || app.report.is_none() {
        app.say("nothing to pin: the numbers are not of this text");
    } else {
        app.baseline.clone_from(&app.report);
        app.baseline_text = Some(app.editor.text());
        app.say("pinned: figures show their change now");
    }
    Vec::new()
}

fn found(app: &mut App, forward: bool) -> Vec<Effect> {
    let found = match forward {
        _ if app.letters_command() => app.editor.go_to_match(forward),
        true => app.editor.search_next(),
        false => app.editor.search_prev(),
    };
    if found.is_none() {
        app.say("no match");
    }
    Vec::new()
}

fn edit_with(app: &mut App, nothing: &str, change: impl FnOnce(&mut App) -> bool) -> Vec<Effect> {
    if app.watch {
        return Vec::new();
    }
    let changed = change(app);
    if !changed {
        app.say(nothing);
    }
    after_change(app, changed)
}

fn after_change(app: &mut App, changed: bool) -> Vec<Effect> {
    after_editing(app, if changed { EditorEvent::Changed } else { EditorEvent::Moved })
}

/// Enter: explain the wall, go to the problem, apply the suggestion.
pub(super) fn activate(app: &mut App) -> Vec<Effect> {
    let selected = app.selected[usize::from(app.focus.number())];
    match app.focus {
        Pane::Walls => {
            let number = app.report.as_ref().and_then(|report| Some(report.walls.get(selected)?.number));
            number.map_or_else(Vec::new, |number| show(app, Overlay::Card(number, 0)))
        }
        Pane::Verdict | Pane::Memory | Pane::Time | Pane::Money => screens::derive(app, app.focus),
        Pane::Problems => match app.problems().get(selected).cloned() {
            Some(problem) if problem.suggestion.is_some() => apply(app),
            Some(Problem { range: Some(range), severity, .. }) => {
                app.editor.go_to_offset(range.start);
                if severity == Some(Severity::Error) || !app.watch {
                    focus(app, Pane::Plan);
                }
                Vec::new()
            }
            _ => Vec::new(),
        },
        Pane::Plan => Vec::new(),
    }
}

/// Closes what is open and goes on.
pub(super) fn close(app: &mut App, then: Then) -> Vec<Effect> {
    app.overlay = Overlay::None;
    disk::proceed(app, then)
}

#[cfg(test)]
mod tests {
    use super::changed_range;

    #[test]
    fn the_shortest_replacement_is_found_and_respects_letters() {
        assert_eq!(changed_range("a: 1 # é\n", "a: 2 # é\n"), (3..4, "2".into()));
        assert_eq!(changed_range("é", "è"), (0..2, "è".into()));
        assert_eq!(changed_range("aa", "aaa"), (2..2, "a".into()));
        assert_eq!(changed_range("same", "same"), (4..4, String::new()));
    }
}
