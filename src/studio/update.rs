//! What each message does to the state. Pure: everything outside is asked for by an [`Effect`].

mod actions;
mod completing;
mod dialogs;
mod disk;
mod ex;
mod explore;
mod macros;
mod mentions;
mod modal;
mod mouse;
mod palette;
mod prompts;
mod proposals;
mod resize;
mod screens;

use crossterm::event::{KeyCode, KeyEvent, KeyEventKind};

use super::app::{App, Following, Overlay, UNSEEN};
use super::editor::EditorEvent;
use super::keymap::{self, Context, KeySet};
use super::message::{Effect, Message};
use super::view::Flash;

/// Takes one message in.
pub fn update(app: &mut App, message: Message) -> Vec<Effect> {
    let effects = take(app, message);
    super::tour::follow(app);
    effects
}

fn take(app: &mut App, message: Message) -> Vec<Effect> {
    let types_on = matches!(message, Message::Key(key) if completing::is_of_word(key));
    if !(types_on && app.context() == Context::Editor) {
        app.settle_completions();
    }
    match message {
        Message::Key(key) if key.kind == KeyEventKind::Release => Vec::new(),
        Message::Key(key) => on_key(app, key),
        Message::ToastOver => {
            app.toast = None;
            Vec::new()
        }
        Message::FlashOver => {
            app.flash = Flash::Off;
            Vec::new()
        }
        Message::Neighbourhood(found) => {
            app.around.take(*found);
            Vec::new()
        }
        Message::Explored(answer) => {
            app.explore.take(*answer);
            Vec::new()
        }
        Message::Mouse(event) if app.popup.is_some() && app.overlay == Overlay::None => {
            if let Some(effects) = completing::on_mouse(app, event) {
                effects
            } else {
                app.popup = None;
                app.following = Following::Off;
                on_event(app, message)
            }
        }
        message => {
            app.popup = None;
            app.following = Following::Off;
            on_event(app, message)
        }
    }
}

/// Everything but keys.
fn on_event(app: &mut App, message: Message) -> Vec<Effect> {
    match message {
        Message::Key(_)
        | Message::ToastOver
        | Message::FlashOver
        | Message::Neighbourhood(_)
        | Message::Explored(_) => Vec::new(),
        Message::OfFile(path, message) => {
            // The tab of another file looks at it when it comes to the front.
            if app.path.as_ref() == Some(&path) { on_event(app, *message) } else { Vec::new() }
        }
        Message::Tour => actions::on_action(app, keymap::Action::Tour),
        Message::Paste(text) => on_paste(app, &text),
        Message::Mouse(event) => mouse::on_mouse(app, event),
        Message::Resize(columns, rows) => {
            app.size = (columns, rows);
            vec![Effect::Redraw]
        }
        Message::DiskChanged(text) => disk::changed(app, text),
        Message::DiskRemoved => {
            app.removed = true;
            app.complain("the file is gone; saving writes it again");
            Vec::new()
        }
        Message::TabOpened { path, text } => app.open_tab(path, text),
        Message::Surveyed(revision, fits) => {
            screens::surveyed(app, revision, fits);
            Vec::new()
        }
        Message::Priced(revision, money) => {
            app.money = Some((revision, money));
            Vec::new()
        }
        Message::Compared(revision, rivals) => {
            screens::compared(app, revision, rivals);
            Vec::new()
        }
        Message::Exported(path) => {
            app.overlay = Overlay::None;
            app.say(format!("wrote {}", path.display()));
            Vec::new()
        }
        Message::ExportExists(path) => {
            screens::export_exists(app, path.display().to_string());
            Vec::new()
        }
        Message::Opened { path, text, read_only } => disk::opened(app, path, text, read_only),
        Message::Saved { path, text } => disk::saved(app, path, text),
        Message::DiskUnreadable(why) | Message::SaveFailed(why) | Message::SettingsUnreadable(why) => {
            app.complain(why);
            Vec::new()
        }
        Message::OpenFailed(why) => {
            app.complain(why);
            if app.on_disk.is_none() {
                // Nothing is open: choose another one.
                app.overlay = Overlay::Chooser(0);
            }
            Vec::new()
        }
        Message::ThemesChanged(user) => {
            actions::reload_themes(app, user);
            Vec::new()
        }
        Message::SettingsChanged(text) => app.take_settings(text.as_deref()),
        Message::Fetched => vec![Effect::Evaluate],
        Message::Following(follow) => {
            app.follow = follow;
            Vec::new()
        }
        Message::Proposals { plan, pending } => proposals::arrived(app, &plan, pending),
        Message::Suspend => vec![Effect::Suspend],
        Message::Resume => vec![Effect::Redraw],
        Message::Terminate(_) => vec![Effect::Leave],
    }
}

fn on_key(app: &mut App, key: KeyEvent) -> Vec<Effect> {
    app.toast = None;
    macros::record(app, key);
    let scrolls = matches!(
        app.overlay,
        Overlay::Help(_) | Overlay::Card(..) | Overlay::Entry { .. } | Overlay::Screen(_)
    );
    if !scrolls {
        app.scroll_last.set(UNSEEN);
    }
    let context = app.context();
    if !context.is_prompt() {
        app.line_selected = false;
    }
    let popup = app.popup.take().filter(|_| context == Context::Editor);
    let followed = popup.is_some() || app.following != Following::Off;
    app.following = Following::Off;
    // In a set with modes Esc ends typing at once; the list closes with it.
    let ends_typing = app.keys == KeySet::Vim && key.code == KeyCode::Esc;
    if !ends_typing && let Some(effects) = popup.and_then(|popup| completing::on_key(app, popup, key)) {
        return effects;
    }
    if context == Context::Editor
        && let Some(effects) = modal::on_key(app, key)
    {
        app.welcome = false;
        return effects;
    }
    let menu = app.overlay == Overlay::Menu;
    if menu {
        app.overlay = Overlay::None;
    }
    match context {
        Context::List
        | Context::Card
        | Context::Conflict
        | Context::Leave
        | Context::Recovered
        | Context::Proposal => match keymap::action(context, key) {
            Some(action) => dialogs::on_action(app, action),
            None => Vec::new(),
        },
        Context::Palette => palette::on_key(app, key),
        Context::Registry | Context::Derivation | Context::Comparison | Context::Money | Context::Export => {
            match keymap::action(context, key) {
                Some(keymap::Action::Quit) => dialogs::quit_from_screen(app),
                Some(keymap::Action::NextTheme) => actions::next_theme(app),
                Some(keymap::Action::Help) => dialogs::help(app),
                Some(action) => screens::on_action(app, action),
                None => screens::on_key(app, key),
            }
        }
        Context::Explore => match keymap::action(context, key) {
            Some(keymap::Action::Quit) => dialogs::quit_from_screen(app),
            Some(keymap::Action::NextTheme) => actions::next_theme(app),
            Some(keymap::Action::Help) => dialogs::help(app),
            Some(action) => explore::on_action(app, action),
            None => Vec::new(),
        },
        context if context.is_prompt() => match keymap::action(context, key) {
            Some(action) => dialogs::on_action(app, action),
            None => prompts::on_prompt_key(app, key),
        },
        _ => {
            let action = keymap::action(context, key);
            if menu
                && action
                    .is_some_and(|action| matches!(action, keymap::Action::Menu | keymap::Action::ToEditor))
            {
                // The menu key and Esc close the menu.
                return Vec::new();
            }
            app.welcome &= action.is_none() && context == Context::Editor;
            match action {
                Some(action) => actions::on_action(app, action),
                None if context == Context::Editor => {
                    let event = app.editor.on_key(key);
                    if event == EditorEvent::Changed {
                        completing::follow(app, key, followed);
                    }
                    after_editing(app, event)
                }
                None => Vec::new(),
            }
        }
    }
}

fn on_paste(app: &mut App, text: &str) -> Vec<Effect> {
    match &mut app.overlay {
        Overlay::None if app.watch => Vec::new(),
        Overlay::None => {
            app.focus = super::layout::Pane::Plan;
            let event = app.editor.on_paste(text);
            after_editing(app, event)
        }
        Overlay::Search(_)
        | Overlay::Command(_)
        | Overlay::OpenTab(_)
        | Overlay::Vary(_)
        | Overlay::Limit { .. }
        | Overlay::Name { .. }
        | Overlay::Refusal { .. }
        | Overlay::Replace { .. } => prompts::on_paste(app, text),
        Overlay::Help(_) if app.help.typing => prompts::on_paste(app, text),
        Overlay::Screen(_) => {
            screens::on_paste(app, text);
            Vec::new()
        }
        Overlay::Palette(_) => {
            palette::on_paste(app, text);
            Vec::new()
        }
        _ => Vec::new(),
    }
}

/// What an edit asks for.
fn after_editing(app: &mut App, event: EditorEvent) -> Vec<Effect> {
    if event == EditorEvent::Changed {
        app.welcome = false;
        vec![Effect::Evaluate]
    } else {
        Vec::new()
    }
}
