//! The copy of an unsaved text that a crash leaves, and how the next start finds it.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::load::read;
use super::{content_hash, state_dir};

/// Where the copy for a plan is: the plan's name to recognise it by, and a hash of its full path
/// because many plans are called `plan.yaml`.
fn place(state: Option<PathBuf>, plan: Option<&Path>) -> Option<PathBuf> {
    let directory = state?.join("recovery");
    let name = match plan {
        None => "untitled.yaml".to_owned(),
        Some(path) => {
            let full = path.canonicalize().or_else(|_| std::path::absolute(path)).ok()?;
            let keep = |c: char| if c.is_alphanumeric() || matches!(c, '-' | '_') { c } else { '-' };
            let stem = full.file_stem().unwrap_or_default().to_string_lossy();
            let stem: String = stem.chars().map(keep).take(40).collect();
            format!("{stem}-{:016x}.yaml", content_hash(&full.to_string_lossy()))
        }
    };
    Some(directory.join(name))
}

/// Keeps a text for the next start; `None` for one that has no file yet. Only the user can read it.
///
/// # Errors
/// Where there is no place for it, or it cannot be written.
pub fn write_recovery(plan: Option<&Path>, text: &str) -> io::Result<PathBuf> {
    write_in(state_dir(), plan, text)
}

/// The text kept for a plan and where it is kept. Nothing where the plan on the disk has that very
/// text: then nothing was lost, and the copy is removed.
pub fn find_recovery(plan: Option<&Path>) -> Option<(PathBuf, String)> {
    find_in(state_dir(), plan)
}

/// Removes the text kept for a plan.
pub fn discard_recovery(plan: Option<&Path>) {
    if let Some(path) = place(state_dir(), plan) {
        // Not there is what is wanted; anything else leaves a file that the next start offers again.
        let _ = fs::remove_file(path);
    }
}

fn write_in(state: Option<PathBuf>, plan: Option<&Path>, text: &str) -> io::Result<PathBuf> {
    let path = place(state, plan)
        .ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, "there is no home directory to keep it in"))?;
    let directory = super::save::parent(&path);
    fs::create_dir_all(directory)?;
    // A temporary file is readable by its owner only, and stays so under its new name.
    let mut file = tempfile::Builder::new().prefix(".recovery").tempfile_in(directory)?;
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    file.persist(&path).map_err(|error| error.error)?;
    Ok(path)
}

fn find_in(state: Option<PathBuf>, plan: Option<&Path>) -> Option<(PathBuf, String)> {
    let path = place(state, plan)?;
    let (text, _) = read(&path).ok()?;
    let saved = plan.and_then(|plan| read(plan).ok());
    if saved.is_some_and(|(saved, _)| saved == text) {
        let _ = fs::remove_file(path);
        return None;
    }
    Some((path, text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_kept_for_its_plan_until_it_is_saved() {
        let room = tempfile::tempdir().unwrap();
        let state = || Some(room.path().join("state"));
        let plan = room.path().join("plan.yaml");
        let other = room.path().join("other/plan.yaml");
        fs::write(&plan, "saved\n").unwrap();

        let kept = write_in(state(), Some(&plan), "edited\n").unwrap();
        assert_eq!(find_in(state(), Some(&plan)), Some((kept.clone(), "edited\n".to_owned())));
        assert_eq!(find_in(state(), Some(&other)), None);
        assert_eq!(find_in(state(), None), None);

        fs::write(&plan, "edited\n").unwrap();
        assert_eq!(find_in(state(), Some(&plan)), None);
        assert!(!kept.exists());

        write_in(state(), None, "unnamed").unwrap();
        assert_eq!(find_in(state(), None).unwrap().1, "unnamed");
    }

    #[test]
    fn without_a_home_directory_it_says_so() {
        let error = write_in(None, None, "x").unwrap_err();
        assert!(error.to_string().contains("no home directory"));
        assert_eq!(find_in(None, None), None);
    }
}
