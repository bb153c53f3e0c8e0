//! The configuration directory: settings and the user's own themes.

use std::path::Path;

use crate::files::{self, SaveError, Watch};
use crate::plan::edit;
use crate::studio::app::App;
use crate::studio::message::Message;
use crate::studio::settings::FILE;

/// What the settings file says; `None` where there is none. One that cannot be read says why.
pub fn settings_text() -> Result<Option<String>, String> {
    let Some(path) = files::config_dir().map(|directory| directory.join(FILE)) else { return Ok(None) };
    match files::load(&path) {
        Ok(loaded) => Ok(Some(loaded.text)),
        Err(files::FileError::Missing { .. }) => Ok(None),
        Err(error) => Err(error.sentence()),
    }
}

/// The user's themes: name and text.
pub fn user_themes() -> Vec<(String, String)> {
    let files = files::themes_dir().map(|directory| files::places::yaml_files(&directory).0);
    files.unwrap_or_default().into_iter().map(|(file, text)| (theme_name(&file), text)).collect()
}

/// `dusk` of `/…/dusk.yaml`.
fn theme_name(file: &str) -> String {
    Path::new(file).file_stem().map_or_else(|| file.to_owned(), |stem| stem.to_string_lossy().into_owned())
}

/// Sends what changed, whenever it did.
pub(super) fn follow(send: impl Fn(Message) + Send + 'static) -> Option<Watch> {
    let directories = [files::config_dir()?, files::themes_dir()?];
    let known = std::sync::Mutex::new((user_themes(), settings_text()));
    let changed = move || {
        let now = (user_themes(), settings_text());
        let mut known = known.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if *known == now {
            return;
        }
        if known.0 != now.0 {
            send(Message::ThemesChanged(now.0.clone()));
        }
        // Also where only the themes changed: the settings may have named one that was not there.
        send(match &now.1 {
            Ok(text) => Message::SettingsChanged(text.clone()),
            Err(why) => Message::SettingsUnreadable(why.clone()),
        });
        *known = now;
    };
    files::watch_dirs(&directories, changed).ok()
}

/// Writes one setting into the file; comments and the rest stay as they are.
pub(super) fn set(app: &mut App, key: &str, value: &str) {
    match written(key, value) {
        Ok(place) => app.say(format!("written: {key}: {value} in {place}")),
        Err(why) => app.complain(format!("not written: {why}")),
    }
}

fn written(key: &str, value: &str) -> Result<String, String> {
    let directory = files::config_dir().ok_or("there is no configuration directory")?;
    let before = settings_text()?;
    let after =
        edit::set(before.as_deref().unwrap_or_default(), key, value).map_err(|error| error.to_string())?;
    std::fs::create_dir_all(&directory).map_err(|error| format!("{}: {error}", directory.display()))?;
    let path = directory.join(FILE);
    match files::save(&path, &after, before.as_deref().map(files::content_hash)) {
        Ok(_) => Ok(path.display().to_string()),
        Err(SaveError::Conflict { .. }) => {
            Err("the settings were changed meanwhile; once more, please".into())
        }
        Err(error) => Err(error.to_string()),
    }
}
