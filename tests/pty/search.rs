//! The design space while it is searched: keys are answered, leaving ends the work.

use std::fs;
use std::sync::mpsc::RecvTimeoutError;
use std::time::Instant;

use super::{DEADLINE, Session};

const PLAN: &str = "\
version: \"1.0\"
name: \"Serve\"
workload: {name: Llama3_70B, mode: serve, batch_size: 8}
hardware: {name: H100, accelerators: 8}
ops: {region: Quebec, duration_days: 365}
";

/// Waits until the screen is as wanted; a screen that does not change is looked at again and again, since what
/// is waited for may lie outside of it.
fn wait(session: &mut Session, what: &str, mut wanted: impl FnMut(&Session) -> bool) {
    let deadline = Instant::now() + DEADLINE;
    while !wanted(session) {
        match session.chunks.recv_timeout(std::time::Duration::from_millis(20)) {
            Ok(chunk) => session.screen.process(&chunk),
            Err(RecvTimeoutError::Timeout) if Instant::now() < deadline => {}
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
                panic!("{what} never came:\n{}", session.screen.screen().contents())
            }
        }
    }
}

fn shown(session: &Session) -> String {
    session.screen.screen().contents()
}

/// Row of the screen in which the design that is selected stands.
fn selected(session: &Session) -> Option<usize> {
    shown(session).lines().position(|line| line.contains('▸'))
}

/// Whether the thread that searches is there; not told where the system does not list threads by name.
fn searching(session: &Session) -> Option<bool> {
    let process = session.child.process_id()?;
    let tasks = fs::read_dir(format!("/proc/{process}/task")).ok()?;
    let mut names =
        tasks.flatten().map(|task| fs::read_to_string(task.path().join("comm")).unwrap_or_default());
    Some(names.any(|name| name.trim() == "explore"))
}

#[test]
fn keys_are_answered_while_the_space_is_searched_and_leaving_ends_the_search() {
    let mut session = Session::start_with(&["plan.yaml"], PLAN);
    session.until("FITS");
    session.type_text("\x1b");
    session.until("␣ menu");
    session.type_text("x");
    session.until("against");
    // More axes: a space that takes longer than the keys of this test.
    for (digit, axis) in [("1", "device"), ("4", "pipeline"), ("5", "precision"), ("7", "region")] {
        wait(&mut session, "the axis", |session| shown(session).contains(&format!("{digit} {axis}")));
        session.type_text(digit);
        wait(&mut session, "the axis turned on", |session| {
            let text = shown(session);
            text.contains(&format!("{digit} {axis}")) && !text.contains(&format!("{axis} off"))
        });
    }
    wait(&mut session, "a frontier", |session| selected(session).is_some());
    let before = selected(&session);
    session.type_text("j");
    wait(&mut session, "the next design", |session| selected(session) != before);
    assert_ne!(searching(&session), Some(false), "the search was over before a key was answered");
    session.type_text("\x1b");
    wait(&mut session, "the end of the search", |session| searching(session) != Some(true));
    wait(&mut session, "the panels", |session| shown(session).contains("␣ menu"));
    session.type_text("i# typed ");
    wait(&mut session, "the text", |session| shown(session).contains("# typed"));
}
