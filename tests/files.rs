//! Reading, saving and following files.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};

use mlsysim_tui::files::{
    DiskChange, FileError, PlanFiles, SaveError, Watch, content_hash, load, save, watch, watch_dirs,
};
use mlsysim_tui::plan::Files as _;

/// Long enough for the slowest machine; nothing waits for it when all is well.
const PATIENCE: Duration = Duration::from_secs(20);
/// After this much silence nothing more is expected.
const SILENCE: Duration = Duration::from_millis(600);

struct Room {
    directory: tempfile::TempDir,
}

impl Room {
    fn new() -> Self {
        Room { directory: tempfile::tempdir().unwrap() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn file(&self, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, text).unwrap();
        path
    }

    fn names(&self) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(self.directory.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }
}

fn follow(path: &Path) -> (Watch, Receiver<DiskChange>) {
    let (send, changes) = mpsc::channel();
    let watch = watch(path, move |change| send.send(change).unwrap_or_default()).unwrap();
    (watch, changes)
}

/// Waits until the file is reported with this text; an editor's half-written text may come first.
fn wait_for(changes: &Receiver<DiskChange>, wanted: &str) {
    let end = Instant::now() + PATIENCE;
    loop {
        let left = end.saturating_duration_since(Instant::now());
        match changes.recv_timeout(left).expect("the change is reported") {
            DiskChange::Changed { text, hash } if text == wanted => {
                return assert_eq!(hash, content_hash(wanted));
            }
            DiskChange::Changed { .. } => {}
            other => panic!("{other:?}"),
        }
    }
}

fn assert_silent(changes: &Receiver<DiskChange>) {
    let news = changes.recv_timeout(SILENCE);
    assert!(news.is_err(), "{news:?}");
}

// Reading

#[test]
fn a_file_is_read_byte_for_byte() {
    let room = Room::new();
    let path = room.file("plan.yaml", "a: 1\r\nb: 日本\r\n");
    let loaded = load(&path).unwrap();
    assert_eq!(loaded.text, "a: 1\r\nb: 日本\r\n");
    assert_eq!(loaded.hash, content_hash(&loaded.text));
    assert_eq!(loaded.line_ending, Some("\r\n"));
    assert!(!loaded.read_only);
}

#[test]
fn a_missing_file_names_its_neighbours() {
    let room = Room::new();
    room.file("plan.yaml", "");
    room.file("zebra.txt", "");
    let error = load(&room.path("plam.yaml")).unwrap_err();
    assert!(error.to_string().ends_with("plam.yaml: there is no such file"), "{error}");
    assert_eq!(error.help().unwrap(), "did you mean plan.yaml?");
    assert_eq!(load(Path::new("/no/such/place.yaml")).unwrap_err().help(), None);
    let first = load(&room.path("quite-another.yml")).unwrap_err().help().unwrap();
    assert!(first.starts_with("`mlsysim-tui new ") && first.contains("quite-another.yml"), "{first}");
    assert!(matches!(load(&room.path("plan.yaml/x")), Err(FileError::Missing { .. })));
}

#[test]
fn a_directory_lists_its_plans() {
    let room = Room::new();
    room.file("a.yaml", "");
    room.file("b.yml", "");
    room.file("c.txt", "");
    let error = load(room.directory.path()).unwrap_err();
    assert!(error.to_string().contains("this is a directory"), "{error}");
    assert_eq!(error.help().unwrap(), "it holds a.yaml, b.yml; name one of them");
}

#[test]
fn a_large_file_is_refused_before_it_is_read() {
    let room = Room::new();
    let path = room.path("big.yaml");
    fs::File::create(&path).unwrap().set_len(50_000_000).unwrap();
    let error = load(&path).unwrap_err().to_string();
    assert!(error.contains("50 MB") && error.contains("1 MiB"), "{error}");
}

#[test]
fn what_is_not_text_is_refused_with_its_place() {
    let room = Room::new();
    let error = load(&room.file("x.yaml", b"a: 1\nb: \xff\n")).unwrap_err();
    assert!(error.to_string().contains("byte 8 (line 2)"), "{error}");
    let error = load(&room.file("y.yaml", b"\xff\xfea\0:\0")).unwrap_err();
    assert_eq!(error.help().unwrap(), "it looks like UTF-16; save it as UTF-8");
}

#[cfg(unix)]
#[test]
fn pipes_devices_and_broken_links_are_refused_at_once() {
    let room = Room::new();
    let pipe = room.path("pipe");
    if Command::new("mkfifo").arg(&pipe).status().is_ok_and(|status| status.success()) {
        assert!(load(&pipe).unwrap_err().to_string().contains("this is a pipe"));
    }
    assert!(load(Path::new("/dev/null")).unwrap_err().to_string().contains("this is a device"));
    let link = room.path("link.yaml");
    std::os::unix::fs::symlink("gone.yaml", &link).unwrap();
    let error = load(&link).unwrap_err().to_string();
    assert!(error.contains("gone.yaml, which does not exist"), "{error}");
}

#[cfg(unix)]
#[test]
fn a_file_without_permission_says_so() {
    let room = Room::new();
    let path = room.file("secret.yaml", "a: 1\n");
    set_mode(&path, 0o000);
    // The superuser may read everything.
    if fs::read(&path).is_err() {
        let error = load(&path).unwrap_err();
        assert!(error.to_string().ends_with("cannot be read: permission denied"), "{error}");
    }
}

#[test]
fn files_of_a_plan_are_meant_from_its_directory() {
    let room = Room::new();
    room.file("prices.yaml", "h100: 2\n");
    let files = PlanFiles::beside(&room.path("plan.yaml"));
    assert_eq!(files.read("prices.yaml").unwrap(), "h100: 2\n");
    let sentence = files.read("price.yaml").unwrap_err();
    assert!(sentence.contains("no such file (did you mean prices.yaml?)"), "{sentence}");
}

// Saving

#[cfg(unix)]
fn set_mode(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[cfg(unix)]
#[test]
fn saving_keeps_permissions_and_links_and_leaves_nothing_behind() {
    use std::os::unix::fs::PermissionsExt as _;
    let room = Room::new();
    let path = room.file("plan.yaml", "a: 1\n");
    set_mode(&path, 0o640);
    let link = room.path("link.yaml");
    std::os::unix::fs::symlink("plan.yaml", &link).unwrap();

    let hash = save(&link, "a: 2\n", Some(content_hash("a: 1\n"))).unwrap();

    assert_eq!(hash, content_hash("a: 2\n"));
    assert_eq!(fs::read_to_string(&path).unwrap(), "a: 2\n");
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o640);
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(room.names(), ["link.yaml", "plan.yaml"]);
}

#[test]
fn a_new_file_is_made_as_any_program_would() {
    let room = Room::new();
    save(&room.path("new.yaml"), "a: 1\n", None).unwrap();
    let plain = fs::metadata(room.file("plain", "")).unwrap().permissions();
    assert_eq!(fs::metadata(room.path("new.yaml")).unwrap().permissions(), plain);
}

#[test]
fn a_file_changed_meanwhile_is_not_overwritten() {
    let room = Room::new();
    let path = room.file("plan.yaml", "theirs\n");
    let error = save(&path, "mine\n", Some(content_hash("base\n"))).unwrap_err();
    assert_eq!(error, SaveError::Conflict { disk_text: Some("theirs\n".to_owned()) });
    assert_eq!(fs::read_to_string(&path).unwrap(), "theirs\n");
    assert_eq!(room.names(), ["plan.yaml"]);
    save(&path, "mine\n", None).unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), "mine\n");
}

#[cfg(unix)]
#[test]
fn a_read_only_file_stays_as_it_is() {
    let room = Room::new();
    let path = room.file("plan.yaml", "a: 1\n");
    set_mode(&path, 0o444);
    assert!(load(&path).unwrap().read_only);
    let error = save(&path, "a: 2\n", None).unwrap_err();
    assert!(error.to_string().contains("the file is read-only; change that with chmod u+w"), "{error}");
    assert_eq!(fs::read_to_string(&path).unwrap(), "a: 1\n");
}

#[cfg(unix)]
#[test]
fn a_directory_that_takes_no_files_is_explained() {
    let room = Room::new();
    let error = save(&room.path("no/such/plan.yaml"), "a: 1\n", None).unwrap_err();
    assert!(error.to_string().contains("no file can be created in this directory"), "{error}");
    let path = room.file("plan.yaml", "a: 1\n");
    set_mode(room.directory.path(), 0o555);
    let saved = save(&path, "a: 2\n", None);
    set_mode(room.directory.path(), 0o755);
    // The superuser may write everywhere.
    if let Err(error) = saved {
        assert!(error.to_string().contains("permission denied; save under another name"), "{error}");
        assert_eq!(fs::read_to_string(&path).unwrap(), "a: 1\n");
    }
    let error = save(room.directory.path(), "a: 1\n", None).unwrap_err();
    assert!(error.to_string().contains("this is a directory"), "{error}");
}

// Following

#[test]
fn changes_are_seen_however_another_program_saves() {
    let room = Room::new();
    let path = room.file("plan.yaml", "zero\n");
    let (_watch, changes) = follow(&path);

    // In place.
    fs::write(&path, "one\n").unwrap();
    wait_for(&changes, "one\n");

    // A new file renamed over it, twice: a watch on the file itself would see only the first.
    for text in ["two\n", "three\n"] {
        let new = room.file("plan.yaml.new", text);
        fs::rename(new, &path).unwrap();
        wait_for(&changes, text);
    }

    // As vim does: the old file moved away, the new one written under the name.
    fs::rename(&path, room.path("plan.yaml~")).unwrap();
    fs::write(&path, "four\n").unwrap();
    wait_for(&changes, "four\n");
    fs::remove_file(room.path("plan.yaml~")).unwrap();
    assert_silent(&changes);
}

#[cfg(unix)]
#[test]
fn a_link_is_followed_to_the_file_and_when_it_is_turned() {
    let room = Room::new();
    let elsewhere = Room::new();
    elsewhere.file("a.yaml", "zero\n");
    elsewhere.file("b.yaml", "other\n");
    let link = room.path("plan.yaml");
    std::os::unix::fs::symlink(elsewhere.path("a.yaml"), &link).unwrap();
    let (_watch, changes) = follow(&link);

    elsewhere.file("a.yaml", "one\n");
    wait_for(&changes, "one\n");
    fs::rename(elsewhere.file("new", "two\n"), elsewhere.path("a.yaml")).unwrap();
    wait_for(&changes, "two\n");

    std::os::unix::fs::symlink(elsewhere.path("b.yaml"), room.path("turned")).unwrap();
    fs::rename(room.path("turned"), &link).unwrap();
    wait_for(&changes, "other\n");
    elsewhere.file("b.yaml", "three\n");
    wait_for(&changes, "three\n");
}

#[test]
fn our_own_save_and_readers_and_neighbours_are_no_news() {
    let room = Room::new();
    let path = room.file("plan.yaml", "zero\n");
    let (watch, changes) = follow(&path);

    watch.ignore(content_hash("ours\n"));
    save(&path, "ours\n", Some(content_hash("zero\n"))).unwrap();
    fs::read(&path).unwrap();
    room.file("neighbour.yaml", "x");
    fs::write(&path, "ours\n").unwrap();
    assert_silent(&changes);

    fs::write(&path, "theirs\n").unwrap();
    wait_for(&changes, "theirs\n");
}

#[test]
fn a_removed_file_is_reported_once_and_so_is_its_return() {
    let room = Room::new();
    let path = room.file("plan.yaml", "zero\n");
    let (_watch, changes) = follow(&path);
    fs::remove_file(&path).unwrap();
    assert_eq!(changes.recv_timeout(PATIENCE).unwrap(), DiskChange::Removed);
    assert_silent(&changes);
    fs::rename(room.file("new", "zero\n"), &path).unwrap();
    wait_for(&changes, "zero\n");
}

#[test]
fn a_file_that_cannot_be_read_any_more_is_reported() {
    let room = Room::new();
    let path = room.file("plan.yaml", "zero\n");
    let (_watch, changes) = follow(&path);
    fs::rename(room.file("new", b"\xff"), &path).unwrap();
    match changes.recv_timeout(PATIENCE).unwrap() {
        DiskChange::Unreadable(why) => assert!(why.contains("not UTF-8"), "{why}"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_happened_before_the_watch_is_caught_up_with() {
    let room = Room::new();
    let path = room.file("plan.yaml", "now\n");
    let (watch, changes) = follow(&path);
    watch.expect(content_hash("now\n"));
    assert_silent(&changes);
    watch.expect(content_hash("then\n"));
    wait_for(&changes, "now\n");
}

#[test]
fn without_events_the_file_is_looked_at() {
    let room = Room::new();
    let path = room.file("plan.yaml", "zero\n");
    let (send, changes) = mpsc::channel();
    let watch = watch::watch_polling(&path, move |change| send.send(change).unwrap_or_default()).unwrap();
    assert!(watch.polling());
    // Within the same second and of the same size: only the content tells.
    fs::write(&path, "once\n").unwrap();
    wait_for(&changes, "once\n");
}

#[test]
fn directories_report_any_change_also_once_they_appear() {
    let room = Room::new();
    let (send, changes) = mpsc::channel();
    let (config, themes) = (room.path("config"), room.path("config/themes"));
    let watching =
        watch_dirs(&[config.clone(), themes.clone()], move || send.send(()).unwrap_or_default()).unwrap();
    // Made, removed and made anew: what counts is the name.
    for _ in 0..2 {
        fs::create_dir_all(&themes).unwrap();
        fs::write(themes.join("dusk.yaml"), "x").unwrap();
        changes.recv_timeout(PATIENCE).unwrap();
        // The directory may have been seen before the file in it: that is told too.
        while changes.recv_timeout(Duration::from_millis(400)).is_ok() {}
        fs::write(themes.join("dusk.yaml"), "y").unwrap();
        changes.recv_timeout(PATIENCE).unwrap();
        fs::write(config.join("settings.yaml"), "z").unwrap();
        changes.recv_timeout(PATIENCE).unwrap();
        fs::remove_dir_all(&config).unwrap();
        changes.recv_timeout(PATIENCE).unwrap();
        while changes.recv_timeout(Duration::from_millis(400)).is_ok() {}
    }
    drop(watching);
    // The thread ends with the watch, and with it the sender.
    assert!(changes.iter().count() < 10);
    assert!(watch(&room.path("none/plan.yaml"), |_| ()).is_err());
}
