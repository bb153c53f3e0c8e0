//! Jobs that a user does in the studio's views, by keys and by mouse, read off the screen and off the file.

use std::fs;

use super::Session;

const PLAN: &str = "\
version: \"1.0\"
name: \"Serve\"
workload:
  name: Llama3_8B
  mode: serve
  batch_size: 8
hardware:
  name: H100   # to be compared
ops:
  region: Poland   # too dear
  duration_days: 365
";

/// Clicks on the first place of a text on the screen.
fn click(session: &mut Session, text: &str) {
    session.until(text);
    let contents = session.screen.screen().contents();
    let (row, line) = contents.lines().enumerate().find(|(_, line)| line.contains(text)).unwrap();
    let column = line[..line.find(text).unwrap()].chars().count();
    let place = format!("{};{}", column + 1, row + 1);
    session.type_text(&format!("\x1b[<0;{place}M\x1b[<0;{place}m"));
}

#[test]
fn find_the_cheapest_region_by_keys() {
    let mut session = Session::start_with(&["plan.yaml"], PLAN);
    session.until("FITS");
    session.type_text("\x1b");
    session.until("␣ menu");
    session.type_text("m");
    session.until("places by cost");
    session.type_text("\r");
    session.until("undo takes it back");
    session.type_text("s");
    session.until("saved plan.yaml");
    let text = fs::read_to_string(session.plan()).unwrap();
    assert!(!text.contains("region: Poland") && text.contains("# too dear"), "{text}");
}

#[test]
fn find_the_cheapest_region_by_mouse() {
    let mut session = Session::start_with(&["plan.yaml"], PLAN);
    session.until("FITS");
    session.type_text("\x1b");
    session.until("␣ menu");
    session.type_text("m");
    click(&mut session, "Quebec (Hydro)");
    click(&mut session, "Quebec (Hydro)");
    session.until("region: Quebec");
}

#[test]
fn compare_two_accelerators_by_keys() {
    let mut session = Session::start_with(&["plan.yaml"], PLAN);
    session.until("FITS");
    session.type_text("\x1b");
    session.until("␣ menu");
    session.type_text("b");
    session.until("pinned");
    session.type_text("R");
    session.until("what suits this plan first");
    session.type_text("mi300x");
    session.until("AMD MI300X");
    session.type_text("\r");
    session.until("name: MI300X   # to be compared");
    session.type_text("c");
    session.until("hardware.name: H100 → MI300X");
    session.until("better");
}

#[test]
fn compare_two_accelerators_by_mouse() {
    let mut session = Session::start_with(&["plan.yaml"], PLAN);
    session.until("FITS");
    session.type_text("\x1b");
    session.until("␣ menu");
    session.type_text("b");
    session.until("pinned");
    session.type_text("R");
    session.until("what suits this plan first");
    session.type_text("mi300x");
    session.until("find mi300x");
    click(&mut session, "AMD MI300X");
    session.until("name: MI300X   # to be compared");
    session.type_text("c");
    session.until("edits since pinned baseline");
}
