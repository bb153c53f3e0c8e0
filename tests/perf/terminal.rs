//! What a user waits for, measured from outside: `cargo bench --bench terminal`.
//!
//! Starts the program in a pty, types, and stops the clock when the bytes of the redraw have arrived.
//! The clock includes the kernel's pty but no terminal emulator.
#![allow(clippy::unwrap_used, missing_docs)]

use std::fmt::Write as _;
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};

use portable_pty::{CommandBuilder, PtySize, native_pty_system};

const PROGRAM: &str = env!("CARGO_BIN_EXE_mlsysim-tui");
const KEYS: usize = 300;

struct Session {
    writer: Box<dyn Write + Send>,
    chunks: Receiver<(Instant, Vec<u8>)>,
    child: Box<dyn portable_pty::Child + Send + Sync>,
    screen: vt100::Parser,
    _master: Box<dyn portable_pty::MasterPty + Send>,
}

impl Session {
    fn start(plan: &Path, state: &Path, columns: u16, rows: u16) -> Session {
        let pair = native_pty_system()
            .openpty(PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 })
            .unwrap();
        let mut command = CommandBuilder::new(PROGRAM);
        command.arg(plan);
        command.env("TERM", "xterm-256color");
        command.env("MLSYSIM_TUI_STATE_DIR", state);
        command.env("MLSYSIM_TUI_CONFIG_DIR", state);
        command.env_remove("NO_COLOR");
        let child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let mut reader = pair.master.try_clone_reader().unwrap();
        let (sender, chunks) = mpsc::channel();
        std::thread::spawn(move || {
            let mut buffer = vec![0; 65536];
            while let Ok(count) = reader.read(&mut buffer) {
                if count == 0 || sender.send((Instant::now(), buffer[..count].to_vec())).is_err() {
                    break;
                }
            }
        });
        let writer = pair.master.take_writer().unwrap();
        let screen = vt100::Parser::new(rows, columns, 0);
        Session { writer, chunks, child, screen, _master: pair.master }
    }

    /// Reads until `done` holds or ten seconds have passed; gives the arrival of the deciding chunk.
    fn until(&mut self, mut done: impl FnMut(&vt100::Screen) -> bool) -> Option<Instant> {
        let deadline = Instant::now() + Duration::from_secs(10);
        while let Ok((at, bytes)) =
            self.chunks.recv_timeout(deadline.saturating_duration_since(Instant::now()))
        {
            self.screen.process(&bytes);
            if done(self.screen.screen()) {
                return Some(at);
            }
        }
        None
    }

    /// Takes what arrives until nothing does for `quiet`; gives the last arrival and the bytes.
    fn settle(&mut self, quiet: Duration) -> (Option<Instant>, usize) {
        let (mut last, mut count) = (None, 0);
        while let Ok((at, bytes)) = self.chunks.recv_timeout(quiet) {
            count += bytes.len();
            self.screen.process(&bytes);
            last = Some(at);
        }
        (last, count)
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Types keys of which each pair leaves the text as it was, then one that stays; gives the milliseconds until the
/// screen is the one that this one key alone leads to. No key may be lost on the way.
fn burst(session: &mut Session, pair: &[u8], key: &[u8]) -> f64 {
    let settled = Duration::from_secs(1);
    let one = |session: &mut Session, keys: &[u8]| {
        session.writer.write_all(keys).unwrap();
        session.writer.flush().unwrap();
    };
    one(session, key);
    session.settle(settled);
    let wanted = text_of(session);
    one(session, b"\x7f");
    session.settle(settled);
    assert_ne!(text_of(session), wanted, "a key changes the text");
    let start = Instant::now();
    one(session, &[pair.repeat(2500).as_slice(), key].concat());
    let (last, _) = session.settle(settled);
    let last = last.expect("5,000 keys reach the screen within a second");
    assert_eq!(text_of(session), wanted, "no key is lost");
    one(session, b"\x7f");
    session.settle(settled);
    last.duration_since(start).as_secs_f64() * 1e3
}

/// The rows of the editor on the screen: what is beside and below it tells how long things took.
fn text_of(session: &Session) -> Vec<String> {
    let screen = session.screen.screen();
    screen.rows(0, 60).filter(|row| row.contains(": ")).map(|row| row.chars().take(60).collect()).collect()
}

fn quantile(sorted: &[f64], share: f64) -> f64 {
    sorted[((sorted.len() - 1) as f64 * share).round() as usize]
}

/// What was measured, the figure, and what it should be.
pub type Row = (String, String, String);

fn tell(rows: &mut Vec<Row>, name: &str, figure: String, budget: &str) {
    println!("{name:<34} {figure}   budget {budget}");
    rows.push((name.into(), figure, budget.into()));
}

fn print(rows: &mut Vec<Row>, name: &str, mut milliseconds: Vec<f64>, budget: &str) {
    milliseconds.sort_by(f64::total_cmp);
    let figure = format!(
        "p50 {:.2} ms, p99 {:.2} ms, max {:.2} ms",
        quantile(&milliseconds, 0.5),
        quantile(&milliseconds, 0.99),
        milliseconds[milliseconds.len() - 1],
    );
    tell(rows, name, figure, budget);
}

/// CPU ticks and voluntary + involuntary context switches over all threads, and resident kB.
fn usage(pid: u32) -> Option<(u64, u64, u64)> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks = fields[11].parse::<u64>().ok()? + fields[12].parse::<u64>().ok()?;
    let (mut switches, mut resident) = (0, 0);
    for task in std::fs::read_dir(format!("/proc/{pid}/task")).ok()? {
        let status = std::fs::read_to_string(task.ok()?.path().join("status")).ok()?;
        for line in status.lines() {
            let number = || line.split_whitespace().nth(1).and_then(|n| n.parse::<u64>().ok()).unwrap_or(0);
            if line.contains("ctxt_switches") {
                switches += number();
            } else if line.starts_with("VmRSS") {
                resident = number();
            }
        }
    }
    Some((ticks, switches, resident))
}

/// Types keys one by one at the cursor and gives the milliseconds to the last byte of each redraw.
fn typed(session: &mut Session, keys: &[&[u8]], count: usize) -> Vec<f64> {
    (0..count)
        .map(|index| {
            let start = Instant::now();
            session.writer.write_all(keys[index % keys.len()]).unwrap();
            session.writer.flush().unwrap();
            // The first bytes may take their time on a busy machine; what belongs to them follows closely.
            let first = session.until(|_| true).expect("a key changes the screen");
            let (last, _) = session.settle(Duration::from_millis(20));
            last.unwrap_or(first).duration_since(start).as_secs_f64() * 1e3
        })
        .collect()
}

/// A plan of 300 lines: typing with every panel live, stepping a value, and typing with the list of completions open.
fn long_plan(rows: &mut Vec<Row>, folder: &Path, text: &str) {
    const LINES: usize = 300;
    let mut long = text.trim_end().to_owned();
    for index in long.lines().count()..LINES {
        let _ = write!(long, "\n    # {index}: why this promise is made, and to whom");
    }
    long.push('\n');
    let plan = folder.join("long.yaml");
    std::fs::write(&plan, &long).unwrap();
    let row = |key: &str| long.lines().position(|line| line.trim_start().starts_with(key)).unwrap();
    let open = |line: usize| {
        let mut session = Session::start(&plan, folder, 160, 50);
        session.until(|screen| screen.contents().contains("Llama3_70B"));
        session.settle(Duration::from_millis(300));
        // To the first line whatever was remembered, then down.
        session.writer.write_all(b"\x1b[1;5H").unwrap();
        session.writer.write_all(&b"\x1b[B".repeat(line)).unwrap();
        session.writer.write_all(b"\x1b[F").unwrap();
        session.settle(Duration::from_millis(300));
        session
    };
    let mut session = open(row("batch_size"));
    print(
        rows,
        "300 lines: key to screen",
        typed(&mut session, &[b"1", b"\x7f"], KEYS),
        "p50 3 ms, p99 8 ms",
    );
    let steps: &[&[u8]] = &[b"\x1b[1;3A", b"\x1b[1;3B"];
    print(rows, "300 lines: step to screen", typed(&mut session, steps, KEYS), "p50 3 ms, p99 8 ms");
    let milliseconds = (0..5).map(|_| burst(&mut session, b"7\x7f", b"7")).collect();
    print(rows, "300 lines: 5,000 keys, settled", milliseconds, "100 ms");
    drop(session);
    // The name of the accelerator, cut short: from here on every key keeps the list open.
    let hardware = row("hardware:") + 1;
    let mut session = open(hardware);
    session.writer.write_all(b"\x7f\x7f\x7f").unwrap();
    session.settle(Duration::from_millis(300));
    session.writer.write_all(b"1").unwrap();
    session.settle(Duration::from_millis(300));
    assert!(session.screen.screen().contents().contains("tab takes"), "the list is open");
    let times = typed(&mut session, &[b"0", b"\x7f"], KEYS);
    print(rows, "300 lines: list open, key to screen", times, "p50 3 ms, p99 8 ms");
    let milliseconds = (0..5).map(|_| burst(&mut session, b"0\x7f", b"0")).collect();
    print(rows, "300 lines: list open, 5,000 keys", milliseconds, "100 ms");
}

#[allow(dead_code, reason = "the table of all figures takes the rows alone")]
fn main() {
    measure(&mut Vec::new());
}

/// Measures everything; rows come as they are done.
///
/// # Panics
/// Where the program does not answer in time.
pub fn measure(rows: &mut Vec<Row>) {
    let folder = tempfile::tempdir().unwrap();
    let plan = folder.path().join("plan.yaml");
    std::fs::copy(
        Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-plans/serve-llama3-70b-on-eight.yaml"),
        &plan,
    )
    .unwrap();

    let process = |arguments: &[&str]| {
        let times: Vec<f64> = (0..50)
            .map(|_| {
                let start = Instant::now();
                Command::new(PROGRAM)
                    .args(arguments)
                    .stdout(Stdio::null())
                    .stderr(Stdio::null())
                    .status()
                    .unwrap();
                start.elapsed().as_secs_f64() * 1e3
            })
            .collect();
        times
    };
    print(rows, "process: --version", process(&["--version"]), "5 ms");
    print(
        rows,
        "process: eval, JSON",
        process(&["eval", plan.to_str().unwrap(), "--output", "json"]),
        "10 ms",
    );

    let first: Vec<f64> = (0..20)
        .map(|_| {
            let start = Instant::now();
            let mut session = Session::start(&plan, folder.path(), 160, 50);
            let at = session.until(|screen| {
                let text = screen.contents();
                text.contains("Llama3_70B") && text.contains("total cost of ownership")
            });
            at.expect("the studio shows its panels").duration_since(start).as_secs_f64() * 1e3
        })
        .collect();
    print(rows, "start to first full frame", first, "25 ms");

    let mut session = Session::start(&plan, folder.path(), 160, 50);
    session.until(|screen| screen.contents().contains("Llama3_70B"));
    session.settle(Duration::from_millis(300));
    // To the batch size, where each digit changes every panel.
    let text = std::fs::read_to_string(&plan).unwrap();
    let line = text.lines().position(|line| line.trim_start().starts_with("batch_size")).unwrap();
    session.writer.write_all(&b"\x1b[B".repeat(line)).unwrap();
    session.writer.write_all(b"\x1b[F").unwrap();
    session.settle(Duration::from_millis(300));
    let (mut times, mut bytes) = (Vec::new(), Vec::new());
    for index in 0..KEYS {
        let key: &[u8] = if index % 2 == 0 { b"1" } else { b"\x7f" };
        let start = Instant::now();
        session.writer.write_all(key).unwrap();
        session.writer.flush().unwrap();
        let (last, count) = session.settle(Duration::from_millis(20));
        times.push(last.expect("a key changes the screen").duration_since(start).as_secs_f64() * 1e3);
        bytes.push(count as f64);
    }
    print(rows, "key to screen, all panels live", times, "p50 3 ms, p99 8 ms");
    bytes.sort_by(f64::total_cmp);
    tell(rows, "written for a key", format!("p50 {:.0} bytes", quantile(&bytes, 0.5)), "none");

    let milliseconds = (0..5).map(|_| burst(&mut session, b"a\x7f", b"7")).collect();
    print(rows, "5,000 keys in a burst, settled", milliseconds, "100 ms");

    long_plan(rows, folder.path(), &text);

    // A change from outside, while nothing is unsaved.
    let outside = folder.path().join("outside.yaml");
    std::fs::write(&outside, &text).unwrap();
    let mut watching = Session::start(&outside, folder.path(), 160, 50);
    watching.until(|screen| screen.contents().contains("Llama3_70B"));
    watching.settle(Duration::from_millis(500));
    let times: Vec<f64> = (0..20)
        .map(|index| {
            let name = format!("change number {index:03}");
            let changed = text.replace("Serve Llama-3 70B on eight H100", &name);
            let start = Instant::now();
            std::fs::write(&outside, changed).unwrap();
            let at =
                watching.until(|screen| screen.contents().contains(&name)).expect("the change is followed");
            watching.settle(Duration::from_millis(200));
            at.duration_since(start).as_secs_f64() * 1e3
        })
        .collect();
    print(rows, "outside save to new numbers", times, "100 ms");

    if let Some(pid) = session.child.process_id() {
        session.settle(Duration::from_secs(1));
        if let (Some(before), Some(after)) = (usage(pid), {
            std::thread::sleep(Duration::from_secs(10));
            usage(pid)
        }) {
            let figure = format!(
                "{} ticks of the processor, {} context switches",
                after.0 - before.0,
                after.1 - before.1
            );
            tell(rows, "idle for 10 s", figure, "0, 0");
            tell(rows, "resident memory", format!("{:.1} MB", after.2 as f64 / 1024.0), "30 MB");
        }
    }
    let size = std::fs::metadata(PROGRAM).map_or(0, |metadata| metadata.len());
    // What tests ask of libraries (a client, whole tables of letters) is in it; a plain release is smaller.
    tell(rows, "binary, as benches link it", format!("{:.1} MB", size as f64 / 1e6), "12 MB without that");
}
