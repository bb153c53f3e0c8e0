//! What goes wrong around an open studio: a terminal that is gone, dumb, tiny or changes its size all the time; a
//! plan that becomes something else; disks and homes that take nothing.

use std::time::{Duration, Instant};

use super::*;
use std::fs::File;

fn directory() -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("plan.yaml"), PLAN).unwrap();
    directory
}

/// The studio on `plan.yaml` by way of a shell, which may change what the studio finds.
fn start_by_shell(script: &str) -> Session {
    let script = format!("{script}; exec \"$0\" plan.yaml");
    Session::start_by(directory(), (150, 40), |command| {
        let program = env!("CARGO_BIN_EXE_mlsysim-tui");
        *command.get_argv_mut() = ["sh", "-c", &script, program].map(Into::into).to_vec();
    })
}

impl Session {
    /// Waits until the screen is the program's.
    fn until_taken(&mut self) {
        let deadline = Instant::now() + DEADLINE;
        while !self.output().contains("\x1b[?1049h") {
            let chunk = self.chunks.recv_timeout(deadline.saturating_duration_since(Instant::now()));
            let chunk = chunk.unwrap_or_else(|_| panic!("the screen is never taken:\n{}", self.output()));
            self.screen.process(&chunk);
            self.bytes.extend(chunk);
        }
    }

    fn resize(&self, cols: u16, rows: u16) {
        let size = PtySize { rows, cols, pixel_width: 0, pixel_height: 0 };
        self.master.as_ref().unwrap().resize(size).unwrap();
    }

    /// Takes what has come by now.
    fn catch_up(&mut self) {
        while let Ok(chunk) = self.chunks.try_recv() {
            self.screen.process(&chunk);
            self.bytes.extend(chunk);
        }
    }
}

// The terminal

#[test]
fn a_terminal_that_is_closed_leaves_a_copy_of_unsaved_text() {
    let mut session = Session::start(&["plan.yaml"]);
    session.until("FITS");
    session.type_text("# precious\r");
    session.until("unsaved");
    // Nobody reads any more: the reader lets go of the terminal at the next frame, then we do.
    session.chunks = mpsc::channel().1;
    session.type_text("#");
    session.writer = Box::new(std::io::sink());
    session.master = None;
    let deadline = Instant::now() + DEADLINE;
    while session.child.try_wait().unwrap().is_none() {
        assert!(Instant::now() < deadline, "it goes on without a terminal");
        std::thread::sleep(Duration::from_millis(10));
    }
    let kept = files_below(&session.directory.path().join("state"));
    assert!(kept.iter().any(|text| text.contains("# precious")), "{kept:?}");
    assert_eq!(fs::read_to_string(session.plan()).unwrap(), PLAN, "the file is as it was");
    session.again(&["plan.yaml"]);
    session.until("unsaved text from the last time");
    session.type_text("r");
    session.until("# precious");
}

#[test]
fn a_dumb_terminal_is_told_what_works_there() {
    let mut session = start_by_shell("export TERM=dumb");
    assert!(!session.end().success());
    let output = session.output();
    assert!(output.contains("TERM=dumb") && output.contains("mlsysim-tui eval plan.yaml"), "{output}");
    assert!(!output.contains('\x1b'), "{output:?}");
}

#[test]
fn input_that_is_no_terminal_is_told_what_works_there() {
    for script in ["exec </dev/null", "exec >/dev/null"] {
        let mut session = start_by_shell(&format!("exec 2>told; {script}"));
        assert!(!session.end().success());
        let told = fs::read_to_string(session.directory.path().join("told")).unwrap();
        assert!(told.contains("the studio needs a terminal"), "{told}");
        assert!(!session.output().contains('\x1b'));
    }
}

#[test]
fn tiny_terminals_are_drawn_into_and_left() {
    for size in [(1, 1), (5, 3), (2, 60), (200, 1)] {
        let mut session = Session::start_by(directory(), size, |command| command.args(["plan.yaml"]));
        session.until_taken();
        session.type_text("\x1b[B\x1b[Bx\x15?\x1b \x1b:\x1b\x1b[<0;1;1M\x1b[<0;1;1m");
        session.type_text("\x11");
        // Undone as it is, the text may ask before it goes.
        session.type_text("d");
        assert!(session.end().success(), "{size:?}: {}", session.output());
        session.assert_restored();
        assert!(!session.output().contains("panicked"), "{size:?}");
        assert_eq!(fs::read_to_string(session.plan()).unwrap(), PLAN);
    }
}

#[test]
fn a_terminal_that_changes_its_size_all_the_time_ends_with_a_whole_screen() {
    let mut session = Session::start(&["plan.yaml"]);
    session.until("FITS");
    for turn in 0_u16..120 {
        session.resize(1 + turn * 37 % 211, 1 + turn * 13 % 67);
        session.type_text(["\x1b[B", "\x1b[6~", "\t", "\x1b[1;3C", "\x15", "\x1b[A"][usize::from(turn) % 6]);
        session.catch_up();
    }
    session.type_text("\x1b\x1b");
    session.resize(120, 35);
    session.screen = vt100::Parser::new(35, 120, 0);
    session.until("FITS");
    session.until("First name");
    session.resize(150, 40);
    session.screen = vt100::Parser::new(40, 150, 0);
    session.until("FITS");
    session.signal("TERM");
    assert!(!session.end().success());
    session.assert_restored();
    assert!(!session.output().contains("panicked"));
}

#[test]
fn without_a_mouse_the_terminal_keeps_its_own() {
    let mut session = Session::start(&["--no-mouse", "plan.yaml"]);
    session.until("FITS");
    session.type_text("\x11");
    assert!(session.end().success());
    for wanted in ["\x1b[?1000h", "\x1b[?1002h", "\x1b[?1003h", "\x1b[?1006h"] {
        assert!(!session.output().contains(wanted));
    }
}

// The plan

/// Puts something in the place of the plan; false where that cannot be made here.
type Change = fn(&Path) -> bool;

#[test]
fn a_plan_that_becomes_something_else_is_told_and_the_text_stays() {
    let mut session = Session::start(&["plan.yaml"]);
    session.until("FITS");
    let plan = session.plan();
    let away = session.directory.path().join("away.yaml");
    let changes: [(Change, &str); 4] = [
        (|plan| fs::create_dir(plan).is_ok(), "this is a directory"),
        (|plan| Command::new("mkfifo").arg(plan).status().is_ok_and(|done| done.success()), "this is a pipe"),
        (|plan| std::os::unix::fs::symlink("/dev/zero", plan).is_ok(), "this is a device"),
        (|plan| File::create(plan).and_then(|file| file.set_len(1 << 40)).is_ok(), "more than the 1 MiB"),
    ];
    for (number, (change, words)) in changes.into_iter().enumerate() {
        fs::rename(&plan, &away).unwrap();
        if !change(&plan) {
            // Not everywhere can such a thing be made.
            fs::rename(&away, &plan).unwrap();
            continue;
        }
        session.until(words);
        session.until("First name");
        // The text can be edited and its save is refused, not lost.
        session.type_text(&format!("# {number}\r"));
        session.until(&format!("# {number}"));
        session.type_text("\x13");
        session.until("not saved");
        session.type_text("\x1b\x15\x15");
        if plan.is_dir() {
            fs::remove_dir(&plan).unwrap();
        } else {
            fs::remove_file(&plan).unwrap();
        }
        fs::rename(&away, &plan).unwrap();
    }
    if let Ok(status) = fs::read_to_string(format!("/proc/{}/status", session.child.process_id().unwrap())) {
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        let kilobytes: u64 = peak.trim().trim_end_matches(" kB").parse().unwrap();
        assert!(kilobytes < 300_000, "{kilobytes} kB");
    }
    session.signal("TERM");
    session.end();
    session.assert_restored();
    assert_eq!(fs::read_to_string(plan).unwrap(), PLAN);
}

// Disks and homes

#[test]
fn a_full_disk_refuses_the_save_and_the_studio_goes_on() {
    // A file may have nothing in it: what a full disk does to every write, without privileges.
    let mut session = start_by_shell("ulimit -f 0");
    session.until("FITS");
    session.type_text("# precious\r");
    session.until("unsaved");
    session.type_text("\x13");
    session.until("not saved: file too large; the file is unchanged");
    session.until("# precious");
    session.type_text("# more\r");
    session.until("# more");
    session.signal("TERM");
    assert!(!session.end().success());
    session.assert_restored();
    let output = session.output();
    assert!(output.contains("unsaved text could not be kept: file too large"), "{output}");
    assert_eq!(fs::read_to_string(session.plan()).unwrap(), PLAN);
}

#[test]
fn without_a_place_for_its_memory_the_studio_works_and_says_what_is_lost() {
    // No directory can be made below a file.
    let script =
        "export HOME=/dev/null MLSYSIM_TUI_STATE_DIR=plan.yaml/state MLSYSIM_TUI_CONFIG_DIR=plan.yaml/config";
    let mut session = start_by_shell(script);
    session.until("FITS");
    session.type_text("# precious\r");
    session.until("unsaved");
    session.type_text("\x13");
    session.until("saved plan.yaml");
    session.type_text("# lost\r");
    session.until("unsaved");
    session.signal("TERM");
    assert!(!session.end().success());
    session.assert_restored();
    assert!(session.output().contains("unsaved text could not be kept: "), "{}", session.output());
    assert_eq!(fs::read_to_string(session.plan()).unwrap(), format!("# precious\n{PLAN}"));
}

#[test]
fn a_kill_leaves_the_plan_whole_and_the_next_start_works() {
    let mut session = Session::start(&["plan.yaml"]);
    session.until("FITS");
    session.type_text("# kept\r\x13");
    session.until("saved plan.yaml");
    session.type_text("# lost\r");
    session.signal("KILL");
    assert!(!session.end().success());
    assert_eq!(fs::read_to_string(session.plan()).unwrap(), format!("# kept\n{PLAN}"));
    session.again(&["plan.yaml"]);
    session.until("# kept");
    session.type_text("\x11");
    assert!(session.end().success());
}
