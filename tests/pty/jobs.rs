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

/// A plan whose KV cache is a doubling or three away from the end of the memory.
const SERVING: &str = "\
version: \"1.0\"
name: \"Serve\"
workload:
  name: Llama3_8B
  mode: serve
  batch_size: 8   # users at once
  seq_len: 8192
hardware:
  name: H100   # what we have
";

/// Column and row of the first place of a text on the screen, both from 1.
fn place(session: &mut Session, text: &str) -> (usize, usize) {
    session.until(text);
    let contents = session.screen.screen().contents();
    let (row, line) = contents.lines().enumerate().find(|(_, line)| line.contains(text)).unwrap();
    (line[..line.find(text).unwrap()].chars().count() + 1, row + 1)
}

/// Clicks on the first place of a text on the screen.
fn click(session: &mut Session, text: &str) {
    let (column, row) = place(session, text);
    session.type_text(&format!("\x1b[<0;{column};{row}M\x1b[<0;{column};{row}m"));
}

/// A turn of the wheel over a text: up, with modifiers (8 alt, 16 ctrl).
fn wheel_up(session: &mut Session, text: &str, modifiers: u8) {
    let (column, row) = place(session, text);
    session.type_text(&format!("\x1b[<{};{column};{row}M", 64 + modifiers));
}

/// Saves by key and reads the file.
fn saved(session: &mut Session) -> String {
    session.type_text("\x13");
    session.until("saved plan.yaml");
    fs::read_to_string(session.plan()).unwrap()
}

fn too_large() -> String {
    SERVING.replace("batch_size: 8 ", "batch_size: 64 ")
}

#[test]
fn mend_a_plan_that_does_not_fit_by_keys() {
    let mut session = Session::start_with(&["plan.yaml"], &too_large());
    session.until("requires 88.0 GB");
    session.until("use H20");
    // The second suggestion: behind the error and the first one.
    session.type_text("\x1b");
    session.until("␣ menu");
    session.type_text("7jj");
    session.type_text("a");
    session.until("applied: KV cache in fp8");
    session.until("53.6 GB of 85.9 GB");
    let text = saved(&mut session);
    assert!(text.contains("kv_precision: fp8") && text.contains("# users at once"), "{text}");
    session.type_text("u");
    session.until("requires 88.0 GB");
}

#[test]
fn mend_a_plan_that_does_not_fit_by_one_key_from_the_editor() {
    let mut session = Session::start_with(&["plan.yaml"], &too_large());
    session.until("use H20");
    session.type_text("\x1ba");
    session.until("applied: use H20");
    session.until("name: H20   # what we have");
    session.until("fits");
}

#[test]
fn mend_a_plan_that_does_not_fit_by_mouse() {
    let mut session = Session::start_with(&["plan.yaml"], &too_large());
    click(&mut session, "use fp8");
    click(&mut session, "use fp8");
    session.until("applied: use fp8");
    session.until("precision: fp8");
}

#[test]
fn double_the_batch_until_the_kv_cache_binds_by_keys() {
    let mut session = Session::start_with(&["plan.yaml"], SERVING);
    session.until("FITS");
    session.type_text("\x1b[B\x1b[B\x1b[B\x1b[B\x1b[B");
    session.type_text("\x1b[1;3C");
    session.until("batch_size 8 → 16");
    session.type_text("\x1b[1;3C");
    session.until("batch_size 16 → 32");
    session.type_text("\x1b[1;3C");
    session.until("batch_size 32 → 64");
    session.until("requires 88.0 GB");
    session.until("KV cache");
    session.type_text("\x1b[1;3D");
    session.until("53.6 GB of 85.9 GB");
    let text = saved(&mut session);
    assert!(text.contains("batch_size: 32   # users at once"), "{text}");
}

#[test]
fn double_the_batch_until_the_kv_cache_binds_by_mouse() {
    let mut session = Session::start_with(&["plan.yaml"], SERVING);
    session.until("FITS");
    // With alt the wheel doubles, with ctrl it takes the next value.
    for batch in [8, 16, 32] {
        wheel_up(&mut session, &format!("batch_size: {batch}"), 8);
    }
    session.until("batch_size: 64");
    session.until("requires 88.0 GB");
    wheel_up(&mut session, "batch_size: 64", 16);
    session.until("batch_size 64 → 72");
}

#[test]
fn change_the_theme_by_keys() {
    let mut session = Session::start_with(&["plan.yaml"], PLAN);
    session.until("FITS");
    session.type_text("\x10high theme");
    session.until("high-contrast");
    session.type_text("\r");
    session.until("theme: high-contrast");
    session.type_text("\x11");
    assert!(session.end().success());
    session.again(&["plan.yaml"]);
    session.until("FITS");
    session.type_text("\x10high theme");
    session.until("The theme in use");
}

#[test]
fn change_the_theme_by_mouse() {
    let mut session = Session::start_with(&["plan.yaml"], PLAN);
    session.until("FITS");
    click(&mut session, "f10 menu");
    session.until("menu: press a key");
    click(&mut session, "t theme");
    session.until("theme: ");
    // The palette as well: its line, and the line again.
    click(&mut session, "f10 menu");
    click(&mut session, ": palette");
    session.until("palette");
    session.type_text("blind theme");
    session.until("1 of");
}

/// A plan with unsaved text whose file another program has changed.
fn conflict() -> Session {
    let mut session = Session::start_with(&["plan.yaml"], PLAN);
    session.until("FITS");
    session.type_text("# mine\r");
    session.until("unsaved");
    fs::write(session.plan(), PLAN.replace("Poland   # too dear", "Quebec   # theirs")).unwrap();
    session.until("changed on both sides");
    session
}

#[test]
fn both_sides_changed_take_theirs_by_keys() {
    let mut session = conflict();
    session.type_text("d");
    session.until("- # mine");
    session.until("+   region: Quebec   # theirs");
    // A letter that was on its way when the dialog came decides nothing.
    session.type_text("tm\x1bt");
    session.until("took the file's text");
    session.until("region: Quebec");
    // Undo brings mine back, and it is unsaved again.
    session.type_text("\x15");
    session.until("# mine");
    session.until("region: Poland");
    let text = saved(&mut session);
    assert!(text.starts_with("# mine\n") && text.contains("Poland"), "{text}");
}

#[test]
fn both_sides_changed_keep_mine_by_keys() {
    let mut session = conflict();
    session.type_text("\x1bm");
    session.until("kept your text");
    let text = saved(&mut session);
    assert!(text.starts_with("# mine\n") && text.contains("Poland"), "{text}");
}

#[test]
fn both_sides_changed_decide_later_and_saving_asks_again() {
    let mut session = conflict();
    session.type_text("\x1b");
    session.until("both texts are kept");
    // The message goes; that there is something to decide stays.
    session.until("file differs: save decides");
    session.type_text("\x13");
    session.until("changed on both sides");
    session.type_text("\x1bt");
    session.until("region: Quebec   # theirs");
    assert!(fs::read_to_string(session.plan()).unwrap().contains("# theirs"));
}

#[test]
fn both_sides_changed_by_mouse() {
    let mut session = conflict();
    click(&mut session, "d diff");
    session.until("- # mine");
    click(&mut session, "t theirs");
    session.until("took the file's text");
    session.until("region: Quebec");
    let mut session = conflict();
    click(&mut session, "m mine");
    session.until("kept your text");
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
    session.until("undoes");
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
