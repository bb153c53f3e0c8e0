//! Behaviour of the whole editor, as a user would notice it.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use proptest::prelude::*;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::{Color, Modifier, Style};

use super::*;

const PLAIN: KeyModifiers = KeyModifiers::NONE;
const CTRL: KeyModifiers = KeyModifiers::CONTROL;
const ALT: KeyModifiers = KeyModifiers::ALT;
const SHIFT: KeyModifiers = KeyModifiers::SHIFT;

fn press(editor: &mut Editor, code: KeyCode, modifiers: KeyModifiers) -> EditorEvent {
    editor.on_key(KeyEvent::new(code, modifiers))
}

fn ctrl(editor: &mut Editor, c: char) -> EditorEvent {
    press(editor, KeyCode::Char(c), CTRL)
}

fn type_text(editor: &mut Editor, text: &str) {
    for c in text.chars() {
        match c {
            '\n' => press(editor, KeyCode::Enter, PLAIN),
            c => press(editor, KeyCode::Char(c), PLAIN),
        };
    }
}

fn at(text: &str, row: usize, col: usize) -> Editor {
    let mut editor = Editor::new(text);
    editor.go_to(row, col);
    editor
}

fn mouse(kind: MouseEventKind, column: u16, row: u16) -> MouseEvent {
    MouseEvent { kind, column, row, modifiers: PLAIN }
}

fn draw(editor: &mut Editor, width: u16, height: u16) -> (Buffer, Option<Position>) {
    let area = Rect::new(0, 0, width, height);
    let mut buf = Buffer::empty(area);
    let cursor = editor.render(area, &mut buf, &EditorStyles::default(), true);
    (buf, cursor)
}

fn rows(buf: &Buffer) -> Vec<String> {
    let area = buf.area;
    (0..area.height)
        .map(|y| {
            let row: String = (0..area.width).map(|x| buf[(x, y)].symbol()).collect();
            row.trim_end().to_owned()
        })
        .collect()
}

// Text

#[test]
fn the_text_comes_back_as_it_was_loaded() {
    for text in
        ["", "\n", "a: 1", "a: 1\n", "a: 1\r\nb: 2\r\n", "a\nb\r\nc", "a\r\r\n\rb", "\u{feff}a: 日本\n\n\n"]
    {
        let mut editor = Editor::new(text);
        assert_eq!(editor.text(), text);
        editor.go_to_offset(text.len());
        type_text(&mut editor, "x");
        ctrl(&mut editor, 'z');
        assert_eq!(editor.text(), text);
    }
}

#[test]
fn new_lines_get_the_ending_of_the_file() {
    let mut editor = at("a: 1\r\nb: 2\r\n", 0, 4);
    type_text(&mut editor, "\nc: 3");
    assert_eq!(editor.text(), "a: 1\r\nc: 3\r\nb: 2\r\n");
    editor.on_paste("\nd: 4\ne: 5");
    assert_eq!(editor.text(), "a: 1\r\nc: 3\r\nd: 4\r\ne: 5\r\nb: 2\r\n");
    assert_eq!(editor.cursor(), (3, 4));
}

#[test]
fn the_revision_tells_whether_the_text_changed() {
    let mut editor = at("a: 1\n", 0, 0);
    assert_eq!(press(&mut editor, KeyCode::Right, PLAIN), EditorEvent::Moved);
    assert_eq!(press(&mut editor, KeyCode::F(1), PLAIN), EditorEvent::Ignored);
    assert_eq!(ctrl(&mut editor, 's'), EditorEvent::Ignored);
    assert_eq!(editor.revision(), 0);
    assert!(!editor.apply_edits(&[(0..1, "a".to_owned())]), "the same text is no change");
    assert_eq!(press(&mut editor, KeyCode::Char('x'), PLAIN), EditorEvent::Changed);
    assert!(editor.revision() > 0 && editor.is_modified());
    editor.undo();
    assert!(!editor.is_modified());
}

#[test]
fn a_new_text_from_the_disk_keeps_the_line_and_is_one_undo_step() {
    let mut editor = at("a: 1\nb: 2\nc: 3\n", 2, 3);
    editor.replace_all("a: 1\nb: 20\nc: 30\nd: 4\n");
    assert_eq!(editor.cursor(), (2, 3));
    assert_eq!(editor.text(), "a: 1\nb: 20\nc: 30\nd: 4\n");
    assert!(editor.undo());
    assert_eq!(editor.text(), "a: 1\nb: 2\nc: 3\n");
    assert!(!editor.undo());
}

// Folding

const BLOCKS: &str =
    "a: 1\nb:\n  c: 2\n  d:\n    e: 3\n\n  # of b\n  f: 4\n# of g\ng:\n- h: 5\n  i: 6\n- j\nk: 7\n";

#[test]
fn a_fold_shows_its_first_line_and_how_much_is_hidden() {
    let mut editor = at(BLOCKS, 1, 0);
    assert!(editor.toggle_fold());
    let shown = rows(&draw(&mut editor, 40, 8).0);
    assert_eq!(shown[..4], ["   1 a: 1", "   2▸b: ⋯ 6 lines", "   9 # of g", "  10 g:"]);
    editor.go_to(9, 0);
    assert!(editor.toggle_fold());
    assert_eq!(rows(&draw(&mut editor, 40, 8).0)[3], "  10▸g: ⋯ 3 lines");
    assert_eq!(editor.text(), BLOCKS);
    assert!(editor.unfold_all());
    assert_eq!(rows(&draw(&mut editor, 40, 20).0)[2], "   3   c: 2");
}

#[test]
fn moving_goes_over_a_fold_and_searching_opens_it() {
    let mut editor = at(BLOCKS, 1, 0);
    editor.toggle_fold();
    press(&mut editor, KeyCode::Down, PLAIN);
    assert_eq!(editor.cursor(), (8, 0));
    press(&mut editor, KeyCode::Left, PLAIN);
    assert_eq!(editor.cursor(), (1, 2), "to the end of the line that stands for the block");
    press(&mut editor, KeyCode::Right, PLAIN);
    assert_eq!(editor.cursor(), (8, 0));
    assert!(editor.has_folds());
    editor.set_search("e: 3", false).unwrap();
    editor.search_next();
    assert!(!editor.has_folds());
    assert_eq!(editor.selected_text().as_deref(), Some("e: 3"));
}

#[test]
fn folding_inside_goes_to_the_line_that_stays() {
    let mut editor = at(BLOCKS, 4, 5);
    assert!(editor.toggle_fold(), "the block that the line is in");
    assert_eq!(editor.cursor(), (3, 2));
    assert!(editor.is_folded(3) && editor.is_hidden(4));
    assert!(editor.fold_all());
    assert_eq!(editor.cursor().0, 1);
    assert_eq!(rows(&draw(&mut editor, 40, 8).0)[4], "  14 k: 7");
}

#[test]
fn what_is_folded_is_cut_copied_and_moved_as_a_whole() {
    let mut editor = at("a:\n  b: 1\nc: 2\n", 0, 0);
    editor.toggle_fold();
    assert_eq!(editor.copy(), "a:\n  b: 1\n");
    press(&mut editor, KeyCode::Down, ALT);
    assert_eq!(editor.text(), "c: 2\na:\n  b: 1\n");
    editor.undo();
    editor.fold_all();
    editor.go_to(0, 0);
    ctrl(&mut editor, 'k');
    assert_eq!(editor.text(), "c: 2\n");
    editor.undo();
    editor.fold_all();
    editor.go_to(2, 0);
    press(&mut editor, KeyCode::Up, ALT);
    assert_eq!(editor.text(), "c: 2\na:\n  b: 1\n");
}

#[test]
fn typing_at_a_fold_opens_it_before_anything_is_lost() {
    let mut editor = at("a:\n  b: 1\nc: 2\n", 0, 2);
    editor.toggle_fold();
    type_text(&mut editor, "\nx: 1");
    assert_eq!(editor.text(), "a:\n  x: 1\n  b: 1\nc: 2\n");
    assert!(!editor.is_hidden(1));
    let mut editor = at("a:\n  b: 1\nc: 2\n", 0, 2);
    editor.toggle_fold();
    press(&mut editor, KeyCode::Delete, PLAIN);
    assert_eq!(editor.text(), "a:  b: 1\nc: 2\n", "one line break, and not the block");
}

#[test]
fn the_sign_beside_the_number_folds_by_mouse() {
    let mut editor = Editor::new(BLOCKS);
    let area = Rect::new(0, 0, 40, 10);
    draw(&mut editor, 40, 10);
    let click = mouse(MouseEventKind::Down(MouseButton::Left), 4, 1);
    editor.on_mouse(click, area);
    assert!(editor.is_folded(1));
    draw(&mut editor, 40, 10);
    editor.on_mouse(mouse(MouseEventKind::Down(MouseButton::Left), 12, 3), area);
    assert_eq!(editor.cursor().0, 9, "the fourth line shown");
    editor.on_mouse(click, area);
    assert!(!editor.has_folds());
}

#[test]
fn the_other_bracket_is_shown() {
    let mut editor = at("a: {b: [1, '}'], c: 2} # }\n", 0, 3);
    let (buf, _) = draw(&mut editor, 40, 3);
    let matched = |x: u16| buf[(5 + x, 0)].modifier.contains(Modifier::UNDERLINED);
    assert!(matched(3) && matched(21) && !matched(12) && !matched(7));
}

#[test]
fn steps_of_a_value_are_one_undo_and_back_again_is_none() {
    let mut editor = at("batch: 8 # keep\n", 0, 8);
    for value in ["16", "32", "64"] {
        let end = editor.as_str().find(" #").unwrap();
        editor.step_value(7..end, value);
    }
    assert_eq!((editor.text().as_str(), editor.cursor()), ("batch: 64 # keep\n", (0, 8)));
    editor.step_value(7..9, "32");
    editor.undo();
    assert_eq!(editor.text(), "batch: 8 # keep\n");
    assert!(!editor.can_undo());
    editor.step_value(7..8, "16");
    editor.step_value(7..9, "8");
    assert!(!editor.can_undo(), "nothing was changed in the end");
}

// Undo

#[test]
fn undo_goes_by_words() {
    let mut editor = Editor::new("");
    type_text(&mut editor, "hello big world");
    editor.undo();
    assert_eq!(editor.text(), "hello big ");
    editor.undo();
    assert_eq!(editor.text(), "hello ");
    editor.redo();
    assert_eq!(editor.text(), "hello big ");
    type_text(&mut editor, "x");
    assert!(!editor.redo(), "typing forgets what was undone");
}

#[test]
fn a_replaced_selection_and_a_paste_are_one_step_each() {
    let mut editor = Editor::new("batch: 8");
    editor.select(7..8);
    type_text(&mut editor, "16");
    assert_eq!(editor.text(), "batch: 16");
    editor.on_paste("\nx: 1\n");
    editor.undo();
    assert_eq!(editor.text(), "batch: 16");
    editor.undo();
    assert_eq!(editor.text(), "batch: 8");
    assert_eq!(editor.selected_text().as_deref(), Some("8"));
}

#[test]
fn applied_edits_are_one_step_and_the_cursor_stays_with_its_text() {
    let text = "a: 1 # keep\nb: 2\n";
    let mut editor = at(text, 1, 3);
    let edits = [(15..16, "two".to_owned()), (3..4, "one".to_owned()), (3..9, "overlaps".to_owned())];
    assert!(editor.apply_edits(&edits));
    assert_eq!(editor.text(), "a: one # keep\nb: two\n");
    assert_eq!(editor.cursor(), (1, 6));
    editor.undo();
    assert_eq!((editor.text().as_str(), editor.cursor()), (text, (1, 3)));
    editor.apply_edits(&[(900..999, "z".to_owned())]);
    assert_eq!(editor.text(), format!("{text}z"), "out of bounds is the end");
}

// Keys

#[test]
fn enter_indents() {
    let mut editor = Editor::new("");
    type_text(&mut editor, "hardware:\naccelerator: H100\nlist:\n- a\nb\n\n");
    assert_eq!(
        editor.text(),
        "hardware:\n  accelerator: H100\n  list:\n    - a\n    - b\n    ",
        "an empty item ends the list"
    );
}

#[test]
fn indentation_goes_by_two() {
    let mut editor = at("a:\n    b: 1\n", 1, 4);
    press(&mut editor, KeyCode::Backspace, PLAIN);
    assert_eq!(editor.line(1), "  b: 1");
    press(&mut editor, KeyCode::Tab, PLAIN);
    assert_eq!(editor.line(1), "    b: 1");
    press(&mut editor, KeyCode::BackTab, SHIFT);
    assert_eq!(editor.line(1), "  b: 1");
    editor.select_all();
    press(&mut editor, KeyCode::Tab, PLAIN);
    assert_eq!(editor.text(), "  a:\n    b: 1\n");
    press(&mut editor, KeyCode::BackTab, SHIFT);
    assert_eq!(editor.text(), "a:\n  b: 1\n");
    assert_eq!(editor.selected_text().unwrap(), editor.text());
}

#[test]
fn comments_are_put_on_and_taken_off() {
    let text = "a:\n  b: 1\n\n  c: 2\n";
    let mut editor = at(text, 1, 5);
    editor.select(5..16);
    ctrl(&mut editor, '/');
    assert_eq!(editor.text(), "a:\n  # b: 1\n\n  # c: 2\n");
    ctrl(&mut editor, '_');
    assert_eq!(editor.text(), text);
}

#[test]
fn lines_are_moved_duplicated_and_deleted() {
    let mut editor = at("a\nb\nc", 0, 1);
    press(&mut editor, KeyCode::Down, ALT);
    assert_eq!((editor.text().as_str(), editor.cursor()), ("b\na\nc", (1, 1)));
    press(&mut editor, KeyCode::Down, ALT);
    press(&mut editor, KeyCode::Down, ALT);
    assert_eq!((editor.text().as_str(), editor.cursor()), ("b\nc\na", (2, 1)));
    press(&mut editor, KeyCode::Up, ALT);
    assert_eq!((editor.text().as_str(), editor.cursor()), ("b\na\nc", (1, 1)));
    ctrl(&mut editor, 'd');
    assert_eq!((editor.text().as_str(), editor.cursor()), ("b\na\na\nc", (2, 1)));
    ctrl(&mut editor, 'k');
    assert_eq!((editor.text().as_str(), editor.cursor()), ("b\na\nc", (2, 1)));
    ctrl(&mut editor, 'k');
    assert_eq!((editor.text().as_str(), editor.cursor()), ("b\na", (1, 1)));
    for _ in 0..4 {
        editor.undo();
    }
    assert_eq!(editor.text(), "b\nc\na");
}

#[test]
fn words_graphemes_and_columns() {
    let mut editor = at("batch_size: 8", 0, 13);
    press(&mut editor, KeyCode::Left, CTRL);
    assert_eq!(editor.cursor(), (0, 12));
    press(&mut editor, KeyCode::Backspace, CTRL);
    assert_eq!(editor.text(), "batch_size8");
    let mut editor = at("👨‍👩‍👧e\u{301}\nab\nlong line", 0, 0);
    press(&mut editor, KeyCode::Right, PLAIN);
    press(&mut editor, KeyCode::Right, PLAIN);
    assert_eq!(editor.cursor(), (0, 7), "two steps over two graphemes");
    press(&mut editor, KeyCode::Backspace, PLAIN);
    assert_eq!(editor.line(0), "👨‍👩‍👧");
    let mut editor = at("long line\nab\nlong line", 0, 6);
    press(&mut editor, KeyCode::Down, PLAIN);
    assert_eq!(editor.cursor(), (1, 2));
    press(&mut editor, KeyCode::Down, PLAIN);
    assert_eq!(editor.cursor(), (2, 6), "the column is remembered over a short line");
    press(&mut editor, KeyCode::Down, PLAIN);
    assert_eq!(editor.cursor(), (2, 9), "down in the last line goes to its end");
}

#[test]
fn home_goes_to_the_text_first() {
    let mut editor = at("  a: 1", 0, 5);
    press(&mut editor, KeyCode::Home, PLAIN);
    assert_eq!(editor.cursor(), (0, 2));
    press(&mut editor, KeyCode::Home, SHIFT);
    assert_eq!(editor.selected_text().as_deref(), Some("  "));
    assert_eq!(press(&mut editor, KeyCode::Esc, PLAIN), EditorEvent::Moved);
    assert_eq!(editor.selected_text(), None);
    assert_eq!(press(&mut editor, KeyCode::Esc, PLAIN), EditorEvent::Ignored);
}

#[test]
fn copy_and_cut_take_the_line_where_nothing_is_selected() {
    let mut editor = at("a: 1\nb: 2\n", 0, 2);
    assert_eq!(editor.copy(), "a: 1\n");
    assert_eq!(editor.cut(), "a: 1\n");
    assert_eq!(editor.text(), "b: 2\n");
    editor.select(3..4);
    assert_eq!(editor.cut(), "2");
    assert_eq!(editor.text(), "b: \n");
}

// Search

#[test]
fn searching_goes_round_and_ignores_case_without_capitals() {
    let mut editor = at("Batch: 1\nbatch: 2\n# BATCH\n", 0, 0);
    assert_eq!(editor.set_search("batch", false), Ok(3));
    assert_eq!(editor.search_next(), Some(0));
    assert_eq!(editor.search_next(), Some(1));
    assert_eq!(editor.selected_text().as_deref(), Some("batch"));
    assert_eq!(editor.search_next(), Some(2));
    assert_eq!(editor.search_next(), Some(0));
    assert_eq!(editor.search_prev(), Some(2));
    assert_eq!(editor.set_search("Batch", false), Ok(1));
    assert_eq!(editor.set_search("1.2(", false), Ok(0), "signs mean themselves");
    assert_eq!(editor.set_search("日本 é", false), Ok(0));
    let error = editor.set_search("a(", true).unwrap_err();
    assert_eq!(error, "not a regular expression: unclosed group");
    editor.clear_search();
    assert!(editor.search_matches().is_empty());
}

#[test]
fn replacing_one_and_all() {
    let mut editor = at("a: 8\nb: 8\nc: 16\n", 0, 0);
    editor.set_search(r"(\w): (\d)$", true).unwrap();
    assert!(!editor.replace_current("$1 = $2"), "the first time it only shows the match");
    assert!(editor.replace_current("$1 = $2"));
    assert_eq!(editor.text(), "a = 8\nb: 8\nc: 16\n");
    assert_eq!(editor.selected_text().as_deref(), Some("b: 8"));
    editor.undo();
    editor.set_search("8", false).unwrap();
    assert_eq!(editor.replace_all_matches("$1"), 2);
    assert_eq!(editor.text(), "a: $1\nb: $1\nc: 16\n", "a plain text is put in as it is");
    editor.undo();
    assert_eq!(editor.text(), "a: 8\nb: 8\nc: 16\n");
    assert_eq!(editor.search_matches().len(), 2);
}

// Marks and drawing

fn mark(range: Range<usize>, severity: Severity) -> Mark {
    Mark { range, severity, message: format!("{severity:?}") }
}

#[test]
fn marks_are_found_and_move_with_the_text() {
    let mut editor = at("a: 1\nb: 2\n", 1, 3);
    editor.set_marks(vec![
        mark(5..9, Severity::Note),
        mark(8..9, Severity::Error),
        mark(0..1, Severity::Warning),
    ]);
    assert_eq!(editor.mark_at_cursor().unwrap().severity, Severity::Error);
    editor.go_to(0, 3);
    assert_eq!(editor.mark_at_cursor().unwrap().severity, Severity::Warning);
    editor.go_to(0, 4);
    type_text(&mut editor, "\nx: 1");
    assert_eq!(editor.marks()[1].range, 13..14);
    assert_eq!(&editor.text()[editor.marks()[1].range.clone()], "2");
}

#[test]
fn the_gutter_shows_numbers_and_signs() {
    let mut editor = at("a: 1\nb: 日本 # x\n", 1, 5);
    editor.set_marks(vec![mark(8..11, Severity::Error), mark(0..1, Severity::Note)]);
    let (buf, cursor) = draw(&mut editor, 30, 4);
    assert_eq!(rows(&buf), ["●  1 a: 1", "✖  2 b: 日 本  # x", "   3", ""]);
    assert_eq!(cursor, Some(Position::new(5 + 7, 1)), "after both wide characters");
    let marked = &buf[(8, 1)];
    assert!(marked.modifier.contains(Modifier::UNDERLINED));
    assert_eq!(marked.underline_color, Color::Red);
    assert!(!buf[(10, 1)].modifier.contains(Modifier::UNDERLINED));
    assert_eq!(buf[(5, 0)].fg, EditorStyles::default().key.fg.unwrap());
    assert_eq!(buf[(8, 0)].fg, EditorStyles::default().number.fg.unwrap());
}

#[test]
fn a_narrow_pane_gives_its_room_to_the_text() {
    let mut editor = Editor::new("batch: 1\n");
    assert_eq!(rows(&draw(&mut editor, 10, 1).0), ["batch: 1"]);
    assert_eq!(rows(&draw(&mut editor, 14, 1).0), [" batch: 1"]);
    assert_eq!(draw(&mut editor, 0, 0).1, None);
}

#[test]
fn the_view_follows_the_cursor_and_the_wheel_does_not_move_it() {
    let text = (0..100).fold(String::new(), |text, n| text + &format!("key{n}: {n}\n"));
    let mut editor = Editor::new(&text);
    let area = Rect::new(0, 0, 40, 10);
    editor.go_to(50, 0);
    let (buf, cursor) = draw(&mut editor, 40, 10);
    assert!(rows(&buf)[usize::from(cursor.unwrap().y)].ends_with("key50: 50"));
    let event = editor.on_mouse(mouse(MouseEventKind::ScrollDown, 3, 3), area);
    assert_eq!(event, EditorEvent::Moved);
    for _ in 0..99 {
        editor.on_mouse(mouse(MouseEventKind::ScrollDown, 3, 3), area);
    }
    let (buf, cursor) = draw(&mut editor, 40, 10);
    assert_eq!((rows(&buf)[9].as_str(), cursor), (" 101", None));
    assert_eq!(editor.cursor(), (50, 0));
    type_text(&mut editor, "x");
    assert!(draw(&mut editor, 40, 10).1.is_some());
    editor.go_to(0, 0);
    type_text(&mut editor, &"w".repeat(100));
    let (buf, cursor) = draw(&mut editor, 40, 10);
    assert!(rows(&buf)[0].starts_with("   1 wwww") && cursor.unwrap().x == 39);
}

#[test]
fn a_wide_character_cut_by_the_edge_leaves_blanks() {
    let mut editor = Editor::new(&"日".repeat(40));
    editor.go_to(0, 40);
    let (buf, cursor) = draw(&mut editor, 12, 1);
    assert_eq!(rows(&buf)[0].replace(' ', ""), "日".repeat(5));
    assert_eq!(cursor, Some(Position::new(11, 0)));
}

#[test]
fn the_mouse_puts_the_cursor_selects_and_takes_words() {
    let area = Rect::new(10, 5, 40, 4);
    let mut editor = Editor::new("name: 日本 H100\nb: 2\n");
    let mut buf = Buffer::empty(Rect::new(0, 0, 60, 20));
    editor.render(area, &mut buf, &EditorStyles::default(), true);
    let down = MouseEventKind::Down(MouseButton::Left);
    let text_x = 10 + 5;
    editor.on_mouse(mouse(down, text_x + 9, 5), area);
    assert_eq!(editor.cursor(), (0, 7), "the second half of a wide character is that character");
    editor.on_mouse(mouse(MouseEventKind::Drag(MouseButton::Left), text_x + 1, 6), area);
    assert_eq!(editor.selected_text().as_deref(), Some("本 H100\nb"));
    editor.on_mouse(mouse(MouseEventKind::Up(MouseButton::Left), text_x + 1, 6), area);
    editor.on_mouse(mouse(down, text_x + 13, 5), area);
    editor.on_mouse(mouse(down, text_x + 13, 5), area);
    assert_eq!(editor.selected_text().as_deref(), Some("H100"));
    editor.on_mouse(mouse(down, text_x + 13, 5), area);
    assert_eq!(editor.selected_text().as_deref(), Some("name: 日本 H100\n"));
    editor.on_mouse(mouse(down, text_x + 30, 8), area);
    assert_eq!(editor.cursor(), (2, 0), "below the text is its end");
    assert_eq!(editor.on_mouse(mouse(down, 3, 3), area), EditorEvent::Ignored);
}

#[test]
fn selection_and_search_are_laid_over_the_colours() {
    let mut editor = Editor::new("a: 1\nb: 1\n");
    editor.set_search("1", false).unwrap();
    editor.select(0..7);
    let styles = EditorStyles {
        selection: Style::new().bg(Color::Blue),
        search_match: Style::new().bg(Color::Yellow),
        ..EditorStyles::default()
    };
    let area = Rect::new(0, 0, 30, 3);
    let mut buf = Buffer::empty(area);
    editor.render(area, &mut buf, &styles, true);
    let ground = |x, y| buf[(x, y)].bg;
    assert_eq!((ground(5, 0), ground(8, 0), ground(9, 0)), (Color::Blue, Color::Blue, Color::Blue));
    assert_eq!((ground(6, 1), ground(7, 1), ground(8, 1)), (Color::Blue, Color::Reset, Color::Yellow));
}

#[test]
fn very_many_lines_and_very_long_lines_are_reached() {
    let mut editor = Editor::new(&"\n".repeat(70_000));
    press(&mut editor, KeyCode::End, CTRL);
    assert_eq!(editor.cursor(), (70_000, 0));
    type_text(&mut editor, "end");
    assert!(editor.text().ends_with("\nend"));
    assert!(draw(&mut editor, 30, 5).1.is_some());
    editor.undo();
    let mut editor = Editor::new(&"x".repeat(70_000));
    press(&mut editor, KeyCode::End, PLAIN);
    type_text(&mut editor, "y");
    assert!(editor.text().ends_with("xy"));
    assert!(draw(&mut editor, 30, 5).1.is_some());
}

// Anything at all

#[derive(Debug, Clone)]
enum Input {
    Key(KeyCode, KeyModifiers),
    Paste(String),
    Mouse(MouseEventKind, u16, u16),
    Edits(Vec<(usize, usize, String)>),
    Disk(String),
    Search(String, bool),
    Next,
    Replace(String, bool),
    GoTo(usize),
    Cut,
    Redo,
    Fold(u8),
    Step(usize, usize, String),
    Run(Command),
}

fn text() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "a",
        "b: ",
        "- ",
        "  ",
        "\n",
        "\r\n",
        "\r",
        "#",
        "日",
        "e\u{301}",
        "👨‍👩‍👧",
        "\t",
        "\"",
        "'",
        "|",
        "8",
        "[",
        "}",
        "\u{200b}",
        "\u{1b}",
        ":\n",
        " ",
        "ﾞ",
    ]);
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

fn input() -> impl Strategy<Value = Input> {
    let modifiers = prop::sample::select(vec![PLAIN, PLAIN, SHIFT, CTRL, ALT, CTRL | SHIFT, ALT | SHIFT]);
    let code = prop::sample::select(vec![
        KeyCode::Left,
        KeyCode::Right,
        KeyCode::Up,
        KeyCode::Down,
        KeyCode::Home,
        KeyCode::End,
        KeyCode::PageUp,
        KeyCode::PageDown,
        KeyCode::Enter,
        KeyCode::Enter,
        KeyCode::Tab,
        KeyCode::BackTab,
        KeyCode::Backspace,
        KeyCode::Backspace,
        KeyCode::Delete,
        KeyCode::Esc,
        KeyCode::Char('a'),
        KeyCode::Char('z'),
        KeyCode::Char('y'),
        KeyCode::Char('k'),
        KeyCode::Char('d'),
        KeyCode::Char('/'),
        KeyCode::Char(' '),
        KeyCode::Char('日'),
        KeyCode::Char('\u{301}'),
        KeyCode::Char(':'),
        KeyCode::Char('-'),
        KeyCode::Char('h'),
        KeyCode::Char('f'),
    ]);
    let kind = prop::sample::select(vec![
        MouseEventKind::Down(MouseButton::Left),
        MouseEventKind::Drag(MouseButton::Left),
        MouseEventKind::Up(MouseButton::Left),
        MouseEventKind::ScrollDown,
        MouseEventKind::ScrollUp,
        MouseEventKind::ScrollLeft,
        MouseEventKind::ScrollRight,
    ]);
    let pattern = prop::sample::select(vec!["a", "b: ", "日", "", "(", ".*", "x*", "\\s", "\u{301}"]);
    let edit = (0..200usize, 0..9usize, text());
    prop_oneof![
        12 => (code, modifiers).prop_map(|(code, modifiers)| Input::Key(code, modifiers)),
        2 => text().prop_map(Input::Paste),
        2 => (kind, 0..40u16, 0..12u16).prop_map(|(kind, x, y)| Input::Mouse(kind, x, y)),
        1 => prop::collection::vec(edit, 0..4).prop_map(Input::Edits),
        1 => text().prop_map(Input::Disk),
        1 => (pattern, any::<bool>()).prop_map(|(pattern, regex)| Input::Search(pattern.to_owned(), regex)),
        1 => Just(Input::Next),
        1 => (text(), any::<bool>()).prop_map(|(with, all)| Input::Replace(with, all)),
        1 => (0..300usize).prop_map(Input::GoTo),
        1 => Just(Input::Cut),
        3 => (0..5u8).prop_map(Input::Fold),
        1 => (0..200usize, 0..6usize, "[0-9]{1,4}").prop_map(|(at, len, with)| Input::Step(at, len, with)),
        3 => command().prop_map(Input::Run),
        1 => Just(Input::Redo),
    ]
}

fn command() -> impl Strategy<Value = Command> {
    use Motion as M;
    let motions = [
        M::Left,
        M::Right,
        M::Up,
        M::Down,
        M::Word,
        M::WordBack,
        M::WordEnd,
        M::LineStart,
        M::TextStart,
        M::LineEnd,
        M::FirstLine,
        M::LastLine,
        M::BlockBack,
        M::Block,
        M::HalfUp,
        M::PageDown,
    ];
    let others = [
        Command::Delete,
        Command::DeleteWord,
        Command::KillLine,
        Command::DeleteLines,
        Command::Duplicate,
        Command::Comment,
        Command::LinesUp,
        Command::LinesDown,
        Command::Mark,
        Command::Unmark,
        Command::OpenLine,
        Command::Paste,
    ];
    prop::sample::select(motions.map(Command::Move).into_iter().chain(others).collect::<Vec<_>>())
}

fn apply(editor: &mut Editor, input: &Input) {
    match input {
        Input::Key(code, modifiers) => {
            press(editor, *code, *modifiers);
        }
        Input::Paste(text) => {
            editor.on_paste(text);
        }
        Input::Mouse(kind, x, y) => {
            editor.on_mouse(mouse(*kind, *x, *y), Rect::new(2, 1, 30, 8));
        }
        Input::Edits(edits) => {
            let edits: Vec<_> = edits.iter().map(|(at, len, with)| (*at..at + len, with.clone())).collect();
            editor.apply_edits(&edits);
        }
        Input::Disk(text) => {
            editor.replace_all(text);
            assert_eq!(editor.text(), *text);
        }
        Input::Search(pattern, regex) => drop(editor.set_search(pattern, *regex)),
        Input::Next => {
            editor.search_next();
            editor.search_prev();
        }
        Input::Replace(with, true) => {
            editor.replace_all_matches(with);
        }
        Input::Replace(with, false) => {
            editor.replace_current(with);
        }
        Input::GoTo(offset) => editor.go_to_offset(*offset),
        Input::Cut => {
            editor.cut();
        }
        Input::Redo => {
            editor.redo();
        }
        Input::Fold(what) => {
            let before = editor.text();
            let (row, _) = editor.cursor();
            match what {
                0 => editor.toggle_fold(),
                1 => editor.fold_around(row),
                2 => editor.unfold(row),
                3 => editor.fold_all(),
                _ => editor.unfold_all(),
            };
            assert_eq!(editor.text(), before, "folding is not an edit");
        }
        Input::Step(at, len, with) => editor.step_value(*at..at + len, with),
        Input::Run(command) => editor.run(*command),
    }
}

fn check(editor: &mut Editor) {
    assert_eq!(
        editor.document.lines(),
        Document::new(editor.as_str()).lines(),
        "the index of lines is right"
    );
    let (row, col) = editor.cursor();
    let offset = editor.cursor_offset();
    assert_eq!(editor.document.position(offset), (row, col));
    if let Some(selection) = editor.selection() {
        assert!(selection.start == offset || selection.end == offset);
    }
    assert!(!editor.is_hidden(row), "the cursor is where it can be seen");
    let shown: Vec<_> = (0..editor.line_count()).filter(|row| !editor.is_hidden(*row)).collect();
    assert_eq!(shown.len(), editor.shown_count());
    for (at, row) in shown.into_iter().enumerate() {
        assert_eq!((editor.shown_row(at), editor.shown_before(row)), (row, at));
    }
    for mark in editor.marks() {
        assert!(editor.as_str().get(mark.range.clone()).is_some(), "a mark is a part of the text");
    }
    let area = Rect::new(2, 1, 30, 8);
    let mut buf = Buffer::empty(Rect::new(0, 0, 40, 12));
    if let Some(cursor) = editor.render(area, &mut buf, &EditorStyles::default(), true) {
        assert!(area.contains(cursor));
    }
    for y in 0..12 {
        for x in 0..40 {
            let inside = area.contains(Position::new(x, y));
            assert!(inside || buf[(x, y)].symbol() == " ", "drawing stays in its area");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_panics_and_undo_leads_back(original in text(), inputs in prop::collection::vec(input(), 1..120)) {
        let mut editor = Editor::new(&original);
        editor.set_marks(vec![mark(0..3, Severity::Error), mark(5..90, Severity::Warning)]);
        for input in &inputs {
            let (before, revision) = (editor.text(), editor.revision());
            apply(&mut editor, input);
            if editor.text() != before {
                prop_assert_ne!(editor.revision(), revision);
            }
            check(&mut editor);
        }
        let last = editor.text();
        while editor.undo() {
            check(&mut editor);
        }
        prop_assert_eq!(editor.text(), original);
        let mut again = false;
        while editor.redo() {
            again = true;
            check(&mut editor);
        }
        // Steps that were undone before the end come back as well, so only then may it differ.
        let undid = inputs.iter().any(|input| matches!(input, Input::Key(KeyCode::Char('z' | 'y'), _) | Input::Redo));
        prop_assert!(!again || undid || editor.text() == last);
    }
}

/// The text after keys, `|` at the cursor; `⏎` Enter, `⇥` Tab, `⇤` Shift-Tab, `⌃` comments.
fn written(marked: &str, script: &str) -> String {
    let offset = marked.find('|').unwrap();
    let mut editor = Editor::new(&marked.replacen('|', "", 1));
    editor.go_to_offset(offset);
    for letter in script.chars() {
        match letter {
            '⏎' => press(&mut editor, KeyCode::Enter, PLAIN),
            '⇥' => press(&mut editor, KeyCode::Tab, PLAIN),
            '⇤' => press(&mut editor, KeyCode::BackTab, SHIFT),
            '⌃' => press(&mut editor, KeyCode::Char('/'), KeyModifiers::CONTROL),
            letter => press(&mut editor, KeyCode::Char(letter), PLAIN),
        };
    }
    let mut text = editor.text();
    text.insert(editor.cursor_offset(), '|');
    text
}

#[test]
fn a_plan_is_written_without_counting_blanks() {
    for (from, script, to) in [
        // A block, out of it, the next one.
        ("|", "a:⏎b: 1⏎c: 2⏎⏎d:⏎", "a:\n  b: 1\n  c: 2\n\nd:\n  |"),
        ("a:\n  b:\n    c: 1|", "⏎⏎d: 2", "a:\n  b:\n    c: 1\n\n  d: 2|"),
        ("a:\n  b: 1|", "⏎⇤c: 2", "a:\n  b: 1\nc: 2|"),
        // A list goes on, and an empty item ends it.
        ("a:\n  - x|", "⏎y⏎⏎", "a:\n  - x\n  - y\n  |"),
        ("a:\n  - k: 1|", "⏎l: 2", "a:\n  - k: 1\n    l: 2|"),
        // A block goes on as it began, also where that is four blanks.
        ("a:|\n    b: 1\n", "⏎", "a:\n    |\n    b: 1\n"),
        ("a:|\nb: 1\n", "⏎", "a:\n  |\nb: 1\n"),
        // Before the text of a line the line moves down and nothing is left above.
        ("a:\n  |b: 1", "⏎", "a:\n\n  |b: 1"),
        ("|a: 1", "⏎", "\n|a: 1"),
        ("a: one |two", "⏎", "a: one \n|two"),
        // Brackets open like a book.
        ("a: {|}", "⏎b: 1", "a: {\n  b: 1|\n}"),
        ("a: [|", "⏎", "a: [\n  |"),
        // CRLF stays CRLF.
        ("a:|\r\nb: 1\r\n", "⏎", "a:\r\n  |\r\nb: 1\r\n"),
        // Comments: on, off, and on a line with nothing on it.
        ("  a|: 1", "⌃", "  # a|: 1"),
        ("  # a|: 1", "⌃", "  a|: 1"),
        ("a: 1\n  |\n", "⌃x", "a: 1\n  # x|\n"),
    ] {
        assert_eq!(written(from, script), to, "{script} on {from:?}");
    }
}

#[test]
fn each_line_break_and_each_indentation_is_one_undo() {
    let mut editor = Editor::new("a: {}\nb: 1\nc: 2\n");
    let before = editor.text();
    editor.go_to_offset(4);
    press(&mut editor, KeyCode::Enter, PLAIN);
    assert!(editor.undo());
    assert_eq!(editor.text(), before);
    editor.select(6..15);
    for code in [KeyCode::Tab, KeyCode::BackTab] {
        press(&mut editor, code, if code == KeyCode::BackTab { SHIFT } else { PLAIN });
    }
    assert_eq!(editor.text(), before);
    editor.undo();
    assert_eq!(editor.text(), "a: {}\n  b: 1\n  c: 2\n");
    editor.undo();
    assert_eq!(editor.text(), before);
}
