//! What can go wrong around the program: full disks, homes that are none, readers that leave, names that are no
//! text, clocks that are wrong, a kill in the middle of a save. Each has a clear message or no effect at all.
#![cfg(unix)]

use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, SystemTime};

use mlsysim_tui::files;

const SAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/sample-plans/carbon-quebec.yaml");

/// The program away from the user's own directories, in an empty one.
fn program(room: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mlsysim-tui"));
    command
        .current_dir(room)
        .env("MLSYSIM_TUI_CONFIG_DIR", room.join("config"))
        .env("MLSYSIM_TUI_STATE_DIR", room.join("state"))
        .env("MLSYSIM_TUI_CACHE_DIR", room.join("cache"))
        .env_remove("NO_COLOR")
        .stdin(Stdio::null());
    command
}

fn room() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

fn told(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn answer(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn names(directory: &Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

// Outputs

#[cfg(target_os = "linux")]
#[test]
fn an_answer_that_finds_no_room_is_a_failure_that_says_so() {
    let room = room();
    let sweep = ["sweep", SAMPLE, "--vary", "workload.batch_size=1..64", "--output", "jsonl"];
    let commands: &[&[&str]] = &[
        &["--version"],
        &["--help"],
        &["eval", SAMPLE],
        &["eval", SAMPLE, "--output", "json"],
        &["check", SAMPLE],
        &["batch", SAMPLE],
        &["zoo"],
        &["schema"],
        &["man"],
        &["completions", "bash"],
        &["new"],
        &sweep,
    ];
    for arguments in commands {
        let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
        let output = program(room.path()).args(*arguments).stdout(full).output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{arguments:?}");
        let told = told(&output);
        assert!(told.contains("the answer could not be written: the disk is full"), "{arguments:?}: {told}");
    }
}

#[test]
fn a_reader_that_leaves_is_no_failure() {
    let room = room();
    let sweep = ["sweep", SAMPLE, "--vary", "workload.batch_size=1..2000", "--output", "jsonl"];
    let commands: &[&[&str]] =
        &[&["--help"], &["zoo", "--output", "json"], &["schema"], &["completions", "zsh"], &sweep];
    for arguments in commands {
        let mut child = program(room.path())
            .args(*arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // One byte, as `head` would do, and the pipe is closed.
        let mut first = [0];
        child.stdout.take().unwrap().read_exact(&mut first).unwrap();
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", told(&output));
        assert_eq!(told(&output), "", "{arguments:?}");
    }
}

#[test]
fn closed_streams_leave_the_exit_code() {
    let room = room();
    let script = format!("exec {} eval {SAMPLE} >&- 2>&-", env!("CARGO_BIN_EXE_mlsysim-tui"));
    let output = Command::new("sh").args(["-c", &script]).current_dir(room.path()).output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    let script = format!("exec {} eval - <&-", env!("CARGO_BIN_EXE_mlsysim-tui"));
    let output = Command::new("sh").args(["-c", &script]).current_dir(room.path()).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(told(&output).contains("the plan is empty") || told(&output).contains("cannot be read"));
}

// Files that grow no further

/// What `ulimit -f 0` does to every write into a file, a full disk does as well; it needs no privileges.
fn without_room(room: &Path, arguments: &str) -> Output {
    let script = format!("ulimit -f 0; exec \"$0\" {arguments}");
    let mut command = Command::new("sh");
    command.args(["-c", &script, env!("CARGO_BIN_EXE_mlsysim-tui")]).current_dir(room);
    command
        .env("MLSYSIM_TUI_CONFIG_DIR", room.join("config"))
        .env("MLSYSIM_TUI_STATE_DIR", room.join("state"));
    command.stdin(Stdio::null()).output().unwrap()
}

#[test]
fn a_plan_that_cannot_be_saved_is_as_it_was_and_nothing_is_left_beside_it() {
    let room = room();
    let plan = room.path().join("plan.yaml");
    let broken = fs::read_to_string(SAMPLE).unwrap().replace("workload:", "worklod:");
    fs::write(&plan, &broken).unwrap();
    let output = without_room(room.path(), "check --fix plan.yaml");
    assert_eq!(output.status.code(), Some(1), "{}", told(&output));
    assert_eq!(told(&output).matches("plan.yaml").count(), 1, "said once: {}", told(&output));
    assert!(told(&output).contains("not saved: file too large; the file is unchanged"), "{}", told(&output));
    assert_eq!(fs::read_to_string(&plan).unwrap(), broken);
    assert_eq!(names(room.path()), ["plan.yaml"]);

    let output = without_room(room.path(), "new --force plan.yaml");
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(fs::read_to_string(&plan).unwrap(), broken, "the old plan is not cut off for the new one");

    let output = without_room(room.path(), "new other.yaml");
    assert_eq!(output.status.code(), Some(1));
    assert!(told(&output).contains("other.yaml cannot be written: file too large"), "{}", told(&output));
    assert_eq!(names(room.path()), ["plan.yaml"], "no half of a plan is left");

    let output = program(room.path()).args(["check", "--fix", "plan.yaml"]).output().unwrap();
    assert_eq!(fs::read_to_string(&plan).unwrap(), fs::read_to_string(SAMPLE).unwrap(), "{}", told(&output));
}

// Homes that are none

#[test]
fn without_a_home_everything_but_memory_works() {
    let room = room();
    let with = program(room.path()).args(["eval", SAMPLE, "--output", "json"]).output().unwrap();
    fs::write(room.path().join("a-file"), "").unwrap();
    let file = room.path().join("a-file");
    for home in [Path::new("/dev/null"), Path::new(""), &file, Path::new("/no/such/home")] {
        let output = program(room.path())
            .args(["eval", SAMPLE, "--output", "json"])
            .env("HOME", home)
            .env("MLSYSIM_TUI_CONFIG_DIR", home.join("config"))
            .env("MLSYSIM_TUI_STATE_DIR", home.join("state"))
            .env("MLSYSIM_TUI_CACHE_DIR", home.join("cache"))
            .env_remove("XDG_CONFIG_HOME")
            .output()
            .unwrap();
        assert_eq!(answer(&output), answer(&with), "{}", home.display());
        assert_eq!(told(&output), "", "{}", home.display());
    }
    // A `registry` that is no directory has no entries either.
    fs::create_dir(room.path().join("config")).unwrap();
    fs::write(room.path().join("config/registry"), "not a directory").unwrap();
    let output = program(room.path()).args(["eval", SAMPLE, "--output", "json"]).output().unwrap();
    assert_eq!(answer(&output), answer(&with));
}

// Names that are no text

#[test]
fn names_that_are_not_utf_8_are_read_and_shown_as_far_as_they_go() {
    let room = room();
    let odd = OsStr::from_bytes(b"pl\xffn.yaml");
    if fs::copy(SAMPLE, room.path().join(odd)).is_err() {
        // Some file systems refuse such names themselves.
        return;
    }
    let output = program(room.path()).arg("eval").arg(odd).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", told(&output));
    let missing = program(room.path()).arg("eval").arg(OsStr::from_bytes(b"pl\xfen.yaml")).output().unwrap();
    assert_eq!(missing.status.code(), Some(1));
    assert!(told(&missing).contains("there is no such file"), "{}", told(&missing));
    for arguments in [[b"zoo".as_slice(), b"\xff"], [b"--output", b"\xff"], [b"\xff", b"\xfe"]] {
        let output = program(room.path()).args(arguments.map(OsStr::from_bytes)).output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{arguments:?}");
        assert!(told(&output).starts_with("error: "), "{arguments:?}: {}", told(&output));
    }
    let output = program(room.path())
        .args(["eval", SAMPLE])
        .env("MLSYSIM_TUI_CONFIG_DIR", OsStr::from_bytes(b"/\xff"))
        .env("TERM", OsStr::from_bytes(b"\xff"))
        .env("NO_COLOR", OsStr::from_bytes(b"\xff"))
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", told(&output));
}

// Inputs without end

#[test]
fn inputs_beyond_the_limits_are_refused_by_their_limit() {
    let room = room();
    let endless = |arguments: &[&str]| {
        let zero = File::open("/dev/zero").unwrap();
        program(room.path()).args(arguments).stdin(zero).output().unwrap()
    };
    let output = endless(&["eval", "-"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(told(&output).contains("standard input has more than the 1 MiB"), "{}", told(&output));
    let output = endless(&["validate", "-"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(told(&output).contains("too large"), "{}", told(&output));
    let output = endless(&["eval", "/dev/zero"]);
    assert!(told(&output).contains("this is a device, not a file"), "{}", told(&output));

    let plan = room.path().join("plan.yaml");
    for (text, limit) in [
        ("a: [".to_owned() + &"[".repeat(70) + &"]".repeat(71), "nested more than 64 deep"),
        ("a: [".to_owned() + &"1,".repeat(20_000) + "1]", "more than 10000 values"),
        ("a: 1\n".repeat(300_000), "more than the 1 MiB a plan may have"),
    ] {
        fs::write(&plan, text).unwrap();
        let output = program(room.path()).args(["eval", "plan.yaml"]).output().unwrap();
        assert_eq!(output.status.code(), Some(1));
        assert!(told(&output).contains(limit), "{limit}: {}", told(&output));
    }
}

#[test]
fn a_file_that_shrinks_and_grows_while_it_is_read_is_text_or_a_reason() {
    let room = room();
    let path = room.path().join("plan.yaml");
    let (short, long) = ("a: é\n", "b: 日本\n".repeat(40_000));
    fs::write(&path, short).unwrap();
    let done = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut file = OpenOptions::new().write(true).open(&path).unwrap();
            for turn in 0..400 {
                file.set_len(0).unwrap();
                std::io::Seek::rewind(&mut file).unwrap();
                file.write_all(if turn % 2 == 0 { long.as_bytes() } else { short.as_bytes() }).unwrap();
            }
            done.store(true, std::sync::atomic::Ordering::Relaxed);
        });
        while !done.load(std::sync::atomic::Ordering::Relaxed) {
            match files::load(&path) {
                Ok(loaded) => assert!(loaded.text.len() <= long.len()),
                Err(error) => assert!(matches!(error, files::FileError::NotText { .. }), "{error}"),
            }
        }
    });
}

// Clocks that are wrong

#[test]
fn the_clock_of_a_file_says_nothing() {
    let room = room();
    let path = room.path().join("plan.yaml");
    let text = fs::read_to_string(SAMPLE).unwrap();
    let set = |time: SystemTime| File::options().write(true).open(&path).unwrap().set_modified(time).unwrap();
    fs::write(&path, &text).unwrap();
    let (send, changes) = std::sync::mpsc::channel();
    let watch = files::watch(&path, move |change| send.send(change).unwrap_or_default()).unwrap();
    watch.expect(files::content_hash(&text));
    let century = Duration::from_secs(100 * 365 * 86_400);
    let times = [SystemTime::now() + century, SystemTime::UNIX_EPOCH, SystemTime::now()];
    for (turn, time) in times.into_iter().enumerate() {
        let text = format!("{text}# {turn}\n");
        let hash = files::save(&path, &text, None).unwrap();
        set(time);
        let change = changes.recv_timeout(Duration::from_secs(20)).expect("the change is seen");
        assert_eq!(change, files::DiskChange::Changed { text: text.clone(), hash });
        let output = program(room.path()).args(["eval", "plan.yaml"]).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", told(&output));
        // Read again before the save: a time that goes backwards is no conflict.
        files::save(&path, &text, Some(hash)).unwrap();
    }
    // The same text at another time is no news.
    set(SystemTime::UNIX_EPOCH);
    assert!(changes.recv_timeout(Duration::from_millis(500)).is_err());
}

// Kill −9

const ROUNDS: u64 = 24;

fn old_text() -> String {
    "# old\n".to_owned() + &"a: 1\n".repeat(100_000)
}

fn new_text() -> String {
    "# new\n".to_owned() + &"b: 22\n".repeat(100_000)
}

/// Saves without end: the part that [`a_kill_while_saving_loses_nothing`] kills.
#[test]
#[ignore = "runs until it is killed"]
fn save_for_ever() {
    let Some(path) = std::env::var_os("MLSYSIM_TUI_TEST_SAVES") else { return };
    loop {
        files::save(Path::new(&path), &new_text(), None).unwrap();
        files::save(Path::new(&path), &old_text(), None).unwrap();
    }
}

#[test]
fn a_kill_while_saving_loses_nothing() {
    let room = room();
    let path = room.path().join("plan.yaml");
    let (old, new) = (old_text(), new_text());
    fs::write(&path, &old).unwrap();
    for round in 0..ROUNDS {
        let mut saver = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "faults::save_for_ever", "--ignored", "--nocapture"])
            .env("MLSYSIM_TUI_TEST_SAVES", &path)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // Until it saves, and then some more: a different moment each time.
        let end = std::time::Instant::now() + Duration::from_secs(20);
        while names(room.path()).len() < 2 {
            assert!(std::time::Instant::now() < end, "it never saves");
            std::thread::yield_now();
        }
        std::thread::sleep(Duration::from_micros(137 * round));
        saver.kill().unwrap();
        saver.wait().unwrap();
        let text = fs::read_to_string(&path).unwrap();
        assert!(text == old || text == new, "round {round}: {} bytes", text.len());
        // What the dead one was writing lies beside it, never under its name.
        for name in names(room.path()) {
            assert!(name == "plan.yaml" || name.starts_with(".plan.yaml."), "{name}");
            if name != "plan.yaml" {
                fs::remove_file(room.path().join(name)).unwrap();
            }
        }
    }
    let hash = files::save(&path, "a: 1\n", None).unwrap();
    assert_eq!(hash, files::content_hash("a: 1\n"));
}
