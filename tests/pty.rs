//! The program in a real terminal: it shows, follows, and gives the terminal back.
//!
//! Every step waits for a condition, with a deadline that only a hang reaches.
#![cfg(unix)]

mod faults;
mod jobs;
mod search;

use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

const DEADLINE: Duration = Duration::from_secs(30);
const PLAN: &str = "\
version: \"1.0\"
name: \"First name\"
workload:
  name: Llama3_8B
  batch_size: 1
hardware:
  name: H100
";

struct Session {
    writer: Box<dyn Write + Send>,
    chunks: Receiver<Vec<u8>>,
    child: Box<dyn Child + Send + Sync>,
    screen: vt100::Parser,
    /// Everything the program has written.
    bytes: Vec<u8>,
    directory: tempfile::TempDir,
    master: Option<Box<dyn MasterPty + Send>>,
}

impl Session {
    fn start(arguments: &[&str]) -> Session {
        Session::start_with(arguments, PLAN)
    }

    fn start_with(arguments: &[&str], plan: &str) -> Session {
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join("plan.yaml"), plan).unwrap();
        Session::start_in(directory, arguments)
    }

    /// The program once more where it was before, with what it left there.
    fn again(&mut self, arguments: &[&str]) {
        let directory = std::mem::replace(&mut self.directory, tempfile::tempdir().unwrap());
        *self = Session::start_in(directory, arguments);
    }

    fn start_in(directory: tempfile::TempDir, arguments: &[&str]) -> Session {
        Session::start_by(directory, (150, 40), |command| command.args(arguments))
    }

    /// In a terminal of this many columns and rows; the last argument may change how it is started.
    fn start_by(
        directory: tempfile::TempDir,
        (cols, rows): (u16, u16),
        prepare: impl FnOnce(&mut CommandBuilder),
    ) -> Session {
        let size = PtySize { rows, cols, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).unwrap();
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_mlsysim-tui"));
        command.cwd(directory.path());
        command.env("TERM", "xterm-256color");
        command.env("MLSYSIM_TUI_STATE_DIR", directory.path().join("state"));
        command.env("MLSYSIM_TUI_CONFIG_DIR", directory.path().join("config"));
        command.env_remove("NO_COLOR");
        prepare(&mut command);
        let child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let mut reader = pair.master.try_clone_reader().unwrap();
        let (sender, chunks) = mpsc::channel();
        std::thread::spawn(move || {
            let mut buffer = vec![0; 65536];
            while let Ok(count) = reader.read(&mut buffer) {
                if count == 0 || sender.send(buffer[..count].to_vec()).is_err() {
                    break;
                }
            }
        });
        let writer = pair.master.take_writer().unwrap();
        let screen = vt100::Parser::new(rows, cols, 0);
        Session { writer, chunks, child, screen, bytes: Vec::new(), directory, master: Some(pair.master) }
    }

    fn plan(&self) -> PathBuf {
        self.directory.path().join("plan.yaml")
    }

    /// Waits until the screen has the text.
    fn until(&mut self, text: &str) {
        let deadline = Instant::now() + DEADLINE;
        while !(self.whole_frame() && self.screen.screen().contents().contains(text)) {
            match self.chunks.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
                Ok(chunk) => {
                    self.screen.process(&chunk);
                    self.bytes.extend(chunk);
                }
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
                    panic!("`{text}` never came:\n{}", self.screen.screen().contents())
                }
            }
        }
    }

    /// Waits until the screen has the text no longer.
    fn until_not(&mut self, text: &str) {
        let deadline = Instant::now() + DEADLINE;
        while !self.whole_frame() || self.screen.screen().contents().contains(text) {
            let Ok(chunk) = self.chunks.recv_timeout(deadline.saturating_duration_since(Instant::now()))
            else {
                panic!("`{text}` never went:\n{}", self.screen.screen().contents())
            };
            self.screen.process(&chunk);
            self.bytes.extend(chunk);
        }
    }

    /// Whether no frame is half received: what is seen is what was drawn.
    fn whole_frame(&self) -> bool {
        let last = |mark: &[u8]| self.bytes.windows(mark.len()).rposition(|window| window == mark);
        last(b"\x1b[?2026h") <= last(b"\x1b[?2026l")
    }

    fn type_text(&mut self, text: &str) {
        self.writer.write_all(text.as_bytes()).unwrap();
        self.writer.flush().unwrap();
    }

    /// Reads to the end and waits for the program.
    fn end(&mut self) -> portable_pty::ExitStatus {
        let deadline = Instant::now() + DEADLINE;
        loop {
            match self.chunks.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
                Ok(chunk) => self.bytes.extend(chunk),
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => panic!("the program does not end"),
            }
        }
        self.child.wait().unwrap()
    }

    fn signal(&self, name: &str) {
        let process = self.child.process_id().unwrap().to_string();
        assert!(Command::new("kill").args(["-s", name, &process]).status().unwrap().success());
    }

    fn output(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    /// The sequences that undo what the program did to the terminal.
    fn assert_restored(&self) {
        let output = self.output();
        let taken = output.rfind("\x1b[?1049h").expect("the alternate screen was taken");
        for undone in ["\x1b[?1049l", "\x1b[?2004l", "\x1b[?1000l", "\x1b[?1004l", "\x1b[?25h"] {
            let at = output.rfind(undone).unwrap_or_else(|| panic!("{undone:?} is missing"));
            assert!(at > taken, "{undone:?} comes too early");
        }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        let _ = self.child.kill();
    }
}

#[test]
fn shows_the_plan_follows_a_key_and_gives_the_terminal_back() {
    let mut session = Session::start(&["plan.yaml"]);
    session.until("First name");
    session.until("FITS");
    // Down to the name, to its end, before the quote.
    session.type_text("\x1b[B\x1b[F\x1b[D X");
    session.until("First name X");
    session.until("unsaved");
    session.type_text("\x13");
    session.until("saved plan.yaml");
    assert!(fs::read_to_string(session.plan()).unwrap().contains("First name X"));
    session.type_text("\x11");
    assert!(session.end().success());
    session.assert_restored();
}

#[test]
fn a_value_is_stepped_without_typing_and_one_undo_brings_it_back() {
    let mut session = Session::start(&["plan.yaml"]);
    session.until("FITS");
    // To the batch size; held Alt-Right, as terminals send it.
    session.type_text("\x1b[B\x1b[B\x1b[B\x1b[B");
    session.type_text("\x1b[1;3C\x1b[1;3C\x1b[1;3C");
    session.until("batch_size 4 → 8");
    session.until("batch_size: 8");
    session.type_text("\x1b[1;3A");
    session.until("batch_size 8 → 9");
    session.type_text("\x15");
    session.until("batch_size: 1");
    // The accelerator of the same class with half the peak or less, and its neighbours in time.
    session.type_text("\x1b[B\x1b[B\x1bn");
    session.until("name moves");
    session.type_text("\x1b[1;3B");
    session.until("name H100 →");
    session.type_text("\x1b[24~");
    session.until("source");
    session.type_text("q\x15\x11");
    assert!(session.end().success());
    session.assert_restored();
}

#[test]
fn thousands_of_keys_at_once_all_arrive_without_another_key_to_push_them() {
    let mut session = Session::start(&["plan.yaml"]);
    session.until("First name");
    // To the end of the line with the name; the key that stays comes last.
    session.type_text("\x1b[B\x1b[F\x1b[D");
    session.type_text(&format!("{}Z", "a\x7f".repeat(5000)));
    session.until("First nameZ");
}

#[test]
fn follows_a_change_from_outside() {
    let mut session = Session::start(&["--watch", "plan.yaml"]);
    session.until("First name");
    let replaced = session.directory.path().join("other");
    fs::write(&replaced, PLAN.replace("First name", "Second name")).unwrap();
    fs::rename(&replaced, session.plan()).unwrap();
    session.until("Second name");
    fs::write(session.plan(), PLAN.replace("First name", "Third name")).unwrap();
    session.until("Third name");
    session.type_text("q");
    assert!(session.end().success());
}

#[test]
fn a_signal_leaves_a_copy_of_unsaved_text_that_the_next_start_offers() {
    let mut session = Session::start(&["plan.yaml"]);
    session.until("FITS");
    session.type_text("# precious\r");
    session.until("unsaved");
    session.signal("TERM");
    assert!(!session.end().success());
    session.assert_restored();
    assert!(session.output().contains("unsaved text is kept in"), "{}", session.output());
    let kept = files_below(&session.directory.path().join("state"));
    assert!(kept.iter().any(|text| text.contains("# precious")), "{kept:?}");
    assert_eq!(fs::read_to_string(session.plan()).unwrap(), PLAN, "the file is as it was");
}

fn files_below(directory: &Path) -> Vec<String> {
    let mut texts = Vec::new();
    for entry in fs::read_dir(directory).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            texts.extend(files_below(&path));
        } else {
            texts.push(fs::read_to_string(path).unwrap());
        }
    }
    texts
}

#[test]
fn stops_and_comes_back() {
    let mut session = Session::start(&["plan.yaml"]);
    session.until("FITS");
    session.type_text("\x1a");
    let deadline = Instant::now() + DEADLINE;
    let process = session.child.process_id().unwrap();
    loop {
        // The state is the first letter after the name in brackets.
        let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
        if stat.rsplit(')').next().is_some_and(|rest| rest.trim_start().starts_with('T')) {
            break;
        }
        assert!(Instant::now() < deadline, "it never stopped");
        if cfg!(not(target_os = "linux")) {
            return;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    while let Ok(chunk) = session.chunks.recv_timeout(Duration::from_millis(200)) {
        session.screen.process(&chunk);
        session.bytes.extend(chunk);
    }
    assert!(!session.screen.screen().alternate_screen(), "the shell has its screen");
    session.signal("CONT");
    session.until("FITS");
    assert!(session.screen.screen().alternate_screen());
    session.type_text("\x11");
    assert!(session.end().success());
    session.assert_restored();
}

#[test]
fn without_a_plan_the_samples_are_offered() {
    let mut session = Session::start(&[]);
    session.until("open a plan");
    session.type_text("\r");
    session.until("FITS");
    session.type_text("\x11");
    assert!(session.end().success());
}

#[test]
fn a_plan_that_cannot_be_read_is_refused_before_the_screen_is_taken() {
    let mut session = Session::start(&["missing.yaml"]);
    assert!(!session.end().success());
    let output = session.output();
    assert!(output.contains("missing.yaml") && !output.contains("\x1b[?1049h"), "{output}");
}

#[test]
fn settings_that_appear_later_count_at_once_and_mistakes_are_told() {
    let mut session = Session::start(&["plan.yaml"]);
    session.until("─ 1 plan");
    let config = session.directory.path().join("config");
    fs::create_dir_all(&config).unwrap();
    fs::write(config.join("settings.yaml"), "borders: ascii\n").unwrap();
    session.until("+- 1 plan");
    fs::write(config.join("settings.yaml"), "borders: unicode\nmouze: false\n").unwrap();
    session.until("settings.yaml:2:1: there is no setting `mouze`; did you mean `mouse`? There are theme,");
    session.until("─ 1 plan");
    fs::write(config.join("settings.yaml"), "keys: vimm\n").unwrap();
    session.until("`keys` cannot be `vimm`; did you mean `vim`? Allowed: default, emacs, vim");
    fs::create_dir_all(config.join("themes")).unwrap();
    fs::write(config.join("themes/dusk.yaml"), "roles: {titel: bold}\n").unwrap();
    fs::write(config.join("settings.yaml"), "theme: dusk\n").unwrap();
    session.until("theme dusk: unknown role titel");
    session.type_text("\x10dusk");
    session.until("1 of");
}

#[test]
fn places_sizes_and_themes_are_remembered_and_a_broken_memory_is_left_out() {
    let mut session = Session::start(&["plan.yaml"]);
    session.until("First name");
    // Down twice, to the panels, the verdict two rows taller, the dark theme by the palette.
    session.type_text("\x1b[B\x1b[B");
    session.until("3:1");
    session.type_text("\x1b");
    session.until("␣ menu");
    session.type_text("\x1b[1;5B\x1b[1;5B:dark theme\r");
    session.until("theme: dark");
    session.type_text("q");
    assert!(session.end().success());
    let file = session.directory.path().join("state/session.json");
    let text = fs::read_to_string(&file).unwrap();
    assert!(text.contains("\"theme\": \"dark\"") && text.contains("\"verdict\": 2"), "{text}");
    session.again(&["plan.yaml"]);
    session.until("3:1");
    session.type_text("\x11");
    assert!(session.end().success());
    fs::write(&file, "{ broken").unwrap();
    session.again(&["plan.yaml"]);
    session.until("the session file is broken at line 1; it was left out");
    session.type_text("\x11");
    assert!(session.end().success());
}

#[test]
fn what_was_open_and_shown_comes_back_and_what_is_gone_is_named() {
    let mut session = Session::start(&["plan.yaml"]);
    session.until("First name");
    let other = session.directory.path().join("other.yaml");
    fs::write(&other, PLAN.replace("First", "Other")).unwrap();
    session.again(&["plan.yaml", "other.yaml"]);
    session.until("First name");
    // To the second plan, to its batch size, its neighbours, the editor on the whole screen.
    session.type_text("\x1b[6;5~");
    session.until("Other name");
    session.type_text("\x1b[B\x1b[B\x1b[B\x1b[B\x1bn");
    session.until("batch_size moves");
    session.type_text("\x1bz");
    session.until_not("FITS");
    session.type_text("\x11");
    assert!(session.end().success());
    session.again(&[]);
    session.until("2 plans: plan.yaml, other.yaml");
    session.type_text("\r");
    session.until("Other name");
    session.until("batch_size moves");
    assert!(!session.screen.screen().contents().contains("FITS"), "the editor has the screen");
    session.type_text("\x1bz");
    session.until("FITS");
    session.type_text("\x1b[6;5~");
    session.until("First name");
    session.type_text("\x11");
    assert!(session.end().success());
    fs::remove_file(&other).unwrap();
    session.again(&[]);
    session.until("2 plans");
    session.type_text("\r");
    session.until("First name");
    session.until("other.yaml");
}

#[test]
fn a_memory_that_cannot_be_read_stops_no_start() {
    let broken: [&[u8]; 4] = [b"\xff\xfe\x00", b"{\"version\": 1, \"views\": 7}", b"", b"null"];
    let mut session = Session::start(&["plan.yaml"]);
    session.until("FITS");
    for bytes in broken {
        session.type_text("\x11");
        assert!(session.end().success());
        fs::write(session.directory.path().join("state/session.json"), bytes).unwrap();
        session.again(&["plan.yaml"]);
        session.until("FITS");
    }
    session.type_text("\x11");
    assert!(session.end().success());
    // Where the file would be there is a directory: still a start, and an end.
    let file = session.directory.path().join("state/session.json");
    fs::remove_file(&file).unwrap();
    fs::create_dir(&file).unwrap();
    session.again(&["plan.yaml"]);
    session.until("FITS");
    session.type_text("\x11");
    assert!(session.end().success());
}

#[test]
fn the_terminal_is_asked_for_its_background_and_nothing_of_the_answer_is_typed() {
    let mut session = Session::start(&["--theme", "auto", "plan.yaml"]);
    // The program asks before its first frame; this terminal answers that it is white.
    let deadline = Instant::now() + DEADLINE;
    while !session.output().contains("\x1b]11;?") && Instant::now() < deadline {
        if let Ok(chunk) = session.chunks.recv_timeout(Duration::from_millis(20)) {
            session.screen.process(&chunk);
            session.bytes.extend(chunk);
        }
    }
    session.type_text("\x1b]10;rgb:0000/0000/0000\x1b\\\x1b]11;rgb:ffff/ffff/ffff\x1b\\\x1b[?62;c");
    session.until("First name");
    session.type_text("\x10light theme");
    session.until("The theme in use");
    assert!(!session.screen.screen().contents().contains("rgb:"));
    assert_eq!(fs::read_to_string(session.plan()).unwrap(), PLAN);
}

#[test]
fn a_proposal_for_another_tab_is_announced_and_shown_there() {
    use mlsysim_tui::files::content_hash;
    use mlsysim_tui::files::proposals::{Desk, Outcome};

    let directory = tempfile::tempdir().unwrap();
    let other = directory.path().join("other.yaml");
    fs::write(directory.path().join("plan.yaml"), PLAN).unwrap();
    fs::write(&other, PLAN.replace("First name", "Second name")).unwrap();
    let state = directory.path().join("state");
    let mut session = Session::start_in(directory, &["plan.yaml", "other.yaml"]);
    session.until("First name");
    let desk = Desk::under(&state, &other).unwrap();
    assert!(desk.open().is_some(), "the studio answers for every tab");
    let text = PLAN.replace("batch_size: 1", "batch_size: 64");
    let id = desk.propose("a test", "more at once", content_hash(PLAN), &text).unwrap();
    session.until("a test proposes a change of other");
    session.type_text("\x1br");
    session.until("no change is proposed");
    session.type_text("\x1b[6;5~");
    session.until("Second name");
    session.type_text("\x1br");
    session.until("more at once");
    session.type_text("r\r");
    session.until("refused; a test is told");
    assert_eq!(desk.outcome(&id), Some(Outcome::Refused { why: String::new() }));
}

#[test]
fn an_agents_proposal_is_shown_and_answered() {
    use mlsysim_tui::files::content_hash;
    use mlsysim_tui::files::proposals::{Desk, Outcome};

    let mut session = Session::start(&["plan.yaml"]);
    session.until("First name");
    let desk = Desk::under(&session.directory.path().join("state"), &session.plan()).unwrap();
    assert!(desk.open().is_some_and(|open| !open.unsaved), "the studio says that it has the plan open");
    let changed = PLAN.replace("batch_size: 1", "batch_size: 64");
    let first = desk.propose("a test", "more at once", content_hash(PLAN), &changed).unwrap();
    session.until("a test proposes a change");
    session.type_text("\x1br");
    session.until("a proposed change");
    session.until("more at once");
    session.until("verdict");
    session.type_text("a");
    session.until("accepted: it is in the editor");
    session.until("batch_size: 64");
    assert_eq!(desk.outcome(&first), Some(Outcome::Accepted));
    assert_eq!(fs::read_to_string(session.plan()).unwrap(), PLAN, "saving is the person's own step");
    let second = desk.propose("a test", "back again", content_hash(PLAN), PLAN).unwrap();
    session.until("a test proposes a change");
    session.type_text("\x1br");
    session.until("Your text has changed since");
    session.type_text("r");
    session.until("a reason for a test");
    session.type_text("too dear\r");
    session.until("refused; a test is told why");
    assert_eq!(desk.outcome(&second), Some(Outcome::Refused { why: "too dear".into() }));
    session.type_text("\x11");
    session.until("not saved");
    session.type_text("d");
    assert!(session.end().success());
    assert_eq!(desk.open(), None);
}
