//! The key sets in the manner of emacs and vim: what their users' fingers know works.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use mlsysim_tui::registry::Registry;
use mlsysim_tui::studio::app::{App, Mode, Overlay, Shape, Start};
use mlsysim_tui::studio::keymap::KeySet;
use mlsysim_tui::studio::message::{Effect, Message};
use mlsysim_tui::studio::theme::{ColorDepth, Themes};
use mlsysim_tui::studio::update::update;
use proptest::prelude::*;

fn app(keys: KeySet, text: &str) -> App {
    let mut app = App::new(Start {
        registry: Registry::builtin(),
        physics: None,
        watch: false,
        ascii: false,
        themes: Themes::new(ColorDepth::True, Vec::new()),
        theme: "terminal".into(),
        size: (120, 36),
    });
    app.open_unnamed("test", text);
    app.keys = keys;
    app
}

/// `<esc>`, `<c-r>`, `<a-w>`, `<cr>`, `<down>`; anything else is itself.
fn keys(script: &str) -> Vec<KeyEvent> {
    let mut keys = Vec::new();
    let mut rest = script;
    while let Some(first) = rest.chars().next() {
        let named = rest.strip_prefix('<').and_then(|named| named.split_once('>'));
        let known = named.and_then(|(name, after)| {
            let letter = |name: &str| name.chars().next().map(KeyCode::Char);
            let (code, modifiers) = match name {
                "esc" => (KeyCode::Esc, KeyModifiers::NONE),
                "cr" => (KeyCode::Enter, KeyModifiers::NONE),
                "bs" => (KeyCode::Backspace, KeyModifiers::NONE),
                "down" => (KeyCode::Down, KeyModifiers::NONE),
                "c-space" => (KeyCode::Char(' '), KeyModifiers::CONTROL),
                _ => match name.split_once('-')? {
                    ("c", name) => (letter(name)?, KeyModifiers::CONTROL),
                    ("a", name) => (letter(name)?, KeyModifiers::ALT),
                    _ => return None,
                },
            };
            Some((KeyEvent::new(code, modifiers), after))
        });
        if let Some((key, after)) = known {
            keys.push(key);
            rest = after;
        } else {
            keys.push(KeyEvent::new(KeyCode::Char(first), KeyModifiers::NONE));
            rest = &rest[first.len_utf8()..];
        }
    }
    keys
}

fn press(app: &mut App, script: &str) -> Vec<Effect> {
    keys(script).into_iter().flat_map(|key| update(app, Message::Key(key))).collect()
}

/// The text after the keys, with `|` at the cursor.
fn after(set: KeySet, marked: &str, script: &str) -> String {
    let offset = marked.find('|').unwrap();
    let mut app = app(set, &marked.replacen('|', "", 1));
    app.editor.go_to_offset(offset);
    press(&mut app, script);
    let mut text = app.editor.text();
    text.insert(app.editor.cursor_offset(), '|');
    text
}

#[test]
fn vim_moves_changes_and_counts() {
    let vim = |marked: &str, script: &str| after(KeySet::Vim, marked, script);
    let mut wrong = Vec::new();
    for (from, script, to) in [
        ("|a: one two\n", "w", "a|: one two\n"),
        ("|a: one two\n", "3w", "a: one |two\n"),
        ("a: one |two\n", "b", "a: |one two\n"),
        ("a: |one two\n", "e", "a: on|e two\n"),
        ("a: |one\n", "$", "a: on|e\n"),
        ("  a: |one\n", "0", "|  a: one\n"),
        ("  a: |one\n", "^", "  |a: one\n"),
        ("a\nb\n|c\n", "gg", "|a\nb\nc\n"),
        ("|a\nb\nc\n", "2G", "a\n|b\nc\n"),
        ("|a\nb\n\nc\n", "}", "a\nb\n|\nc\n"),
        ("|a\nb\nc\n", "dd", "|b\nc\n"),
        ("a\n|b\nc\nd\n", "2dd", "a\n|d\n"),
        ("a\n|b", "dd", "|a"),
        ("|a\nb\n", "yyp", "a\n|a\nb\n"),
        ("|a\nb\n", "yyP", "|a\na\nb\n"),
        ("a\n|b", "yyp", "a\nb\n|b"),
        ("|a\nb\nc\n", "ddp", "b\n|a\nc\n"),
        ("a: |one two\n", "dw", "a: |two\n"),
        ("a: one |two\nb\n", "dw", "a: one| \nb\n"),
        ("a: |one two\n", "cwx<esc>", "a: |x two\n"),
        ("a: o|ne two\n", "ciwten<esc>", "a: te|n two\n"),
        ("a: |one # c\n", "civ2<esc>", "a: |2 # c\n"),
        ("|a: 1\n", "civ20<esc>", "a: 2|0\n"),
        ("a: |one two\n", "D", "a:| \n"),
        ("  |a: 1\n  b: 2\n", "ccx<esc>", "  |x\n  b: 2\n"),
        ("a: |one\n", "x", "a: |ne\n"),
        ("a: |one\n", "rx", "a: |xne\n"),
        ("a: |one\n", "3rx", "a: xx|x\n"),
        ("|a\nb\n", "J", "a| b\n"),
        ("  |a:\n", "ob<esc>", "  a:\n    |b\n"),
        ("  |a\n", "Ob<esc>", "  |b\n  a\n"),
        ("a: |one\n", "A # c<esc>", "a: one # |c\n"),
        ("  a: |one\n", "Ib<esc>", "  |ba: one\n"),
        ("|a\nb\n", ">>", "  |a\nb\n"),
        ("  |a\nb\n", "<<", "|a\nb\n"),
        ("|a\nb\nc\n", "Vjd", "|c\n"),
        ("|a\nb\nc\n", "Vj>", "  |a\n  b\nc\n"),
        ("|a\nb\n", "gcc", "# |a\nb\n"),
        ("|a\nb\nc\n", "dj", "|c\n"),
        ("a\nb\n|c\n", "dgg", "|"),
        ("a: |1\nb: 1\n", "r2j.", "a: 2\nb: |2\n"),
        ("a: |x y\n", "ciwz<esc>w.", "a: z |z\n"),
        ("|a\nb\nc\nd\n", "dd.", "|c\nd\n"),
        ("|one\n", "xxu", "|ne\n"),
        ("|one\n", "ciwtwo words<esc>u", "|one\n"),
        ("|one\n", "xu<c-r>", "|ne\n"),
        ("a |one one\n", ":%s/one/two/<cr>", "a two| two\n"),
        ("|a\nb\n", ":2<cr>", "a\n|b\n"),
        ("|a\nb b\n", "/b<cr>", "a\n|b b\n"),
        ("|a\nb b\n", "/b<cr>n", "a\nb |b\n"),
        ("|a\nb b\n", "/b<cr>nn", "a\n|b b\n"),
        ("|a\nb b\n", "/b<cr>N", "a\nb |b\n"),
        ("|a\nb b\n", "/b<cr>x", "a\n| b\n"),
        ("|ab ab\n", "/ab<cr>dw", "ab| \n"),
    ] {
        let found = vim(from, script);
        if found != to {
            wrong.push(format!("{script} on {from:?}: {found:?}, not {to:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn vim_selects_finds_and_keeps_under_letters() {
    let vim = |marked: &str, script: &str| after(KeySet::Vim, marked, script);
    let mut wrong = Vec::new();
    for (from, script, to) in [
        ("|one two\n", "vwd", "|wo\n"),
        ("|one two\n", "ved", "| two\n"),
        ("|one two three\n", "vedx.", "|wo three\n"),
        ("|one two\n", "vey$p", "one twoon|e\n"),
        ("a: |one two\n", "viwcx<esc>", "a: |x two\n"),
        ("a: |one # c\n", "vivc2<esc>", "a: |2 # c\n"),
        ("|ab\ncd\n", "vjd", "|d\n"),
        ("|ab\ncd\n", "v$d", "|cd\n"),
        ("|ab\n", "vlllld", "|\n"),
        ("a|bc\n", "vod", "a|c\n"),
        ("|abc\n", "vlohd", "|c\n"),
        ("|abc\n", "vlrx", "|xxc\n"),
        ("|a\nb\n", "Vjrx", "|x\nx\n"),
        ("|abc def\n", "yiwwviwp", "abc ab|c\n"),
        ("|abc def\n", "yiwwviwp$p", "abc abcde|f\n"),
        ("|abc def\n", "yiwwviwP$p", "abc abcab|c\n"),
        ("|a\nb\nc\n", "yyjVp", "a\n|a\nc\n"),
        ("|a\nb", "yyjVp", "a\n|a"),
        ("|a\nbcd\n", "yyjlvp", "a\nb\n|a\nd\n"),
        ("|a\nb\nc\n", "Vjvd", "|\nc\n"),
        ("|a\nb\nc\n", "vjJ", "a| b\nc\n"),
        ("|one two\n", "vwvx", "one |wo\n"),
        ("|one two\n", "vw<esc>x", "one |wo\n"),
        ("|a: 1\nb: 2\n", "v>", "  |a: 1\nb: 2\n"),
        ("|a: 1\nb: 2\nc: 3\n", "vjgc", "|# a: 1\n# b: 2\nc: 3\n"),
        ("a|b\ncd\nef\n", "vjD", "|ef\n"),
        ("|one two\n", "ved", "| two\n"),
        ("|one two\n", "vedu", "|one two\n"),
        ("|one two\n", "vedu<c-r>", "| two\n"),
        ("|a\nb\n", "\"ayyj\"byy\"ap", "a\nb\n|a\n"),
        ("|a\nb\n", "\"ayyj\"byy\"aP", "a\n|a\nb\n"),
        ("|one two\n", "\"ayiww\"Ayiw$\"ap", "one twoonetw|o\n"),
        ("|one two\n", "ve\"zd$\"zp", " twoon|e\n"),
        ("|a\nb\nc\n", "yyjdd\"0p", "a\nc\n|a\n"),
        ("|a\nb\n", "yyj\"_ddp", "a\n|a\n"),
        ("|a\nb\n", "\"add\"ap", "b\n|a\n"),
        ("|a: one, two\n", "f,", "a: one|, two\n"),
        ("a: |one, two\n", "dt,", "a: |, two\n"),
        ("a: |one, two\n", "df,", "a: | two\n"),
        ("a: |one, two\n", "ct,x<esc>", "a: |x, two\n"),
        ("|a.b.c.d\n", "f.;", "a.b|.c.d\n"),
        ("|a.b.c.d\n", "t.;", "a.|b.c.d\n"),
        ("|a.b.c.d\n", "f.;,", "a|.b.c.d\n"),
        ("|a.b.c.d\n", "2f.", "a.b|.c.d\n"),
        ("a.b.c|.d\n", "F.", "a.b|.c.d\n"),
        ("a.b.c|.d\n", "T.", "a.b.|c.d\n"),
        ("a.b.c|.d\n", "dF.", "a.b|.d\n"),
        ("|a.b\n", "vf.d", "|b\n"),
        ("|a.b\n", "fx", "|a.b\n"),
        ("|a.b\n", "dfxx", "|.b\n"),
    ] {
        let found = vim(from, script);
        if found != to {
            wrong.push(format!("{script} on {from:?}: {found:?}, not {to:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn vim_says_what_it_selects_and_what_it_keeps() {
    let mut app = app(KeySet::Vim, "one two\n");
    press(&mut app, "v");
    assert_eq!((app.modal.mode, app.modal.mode.word()), (Mode::Visual, "VISUAL"));
    press(&mut app, "V");
    assert_eq!(app.modal.mode, Mode::Lines);
    press(&mut app, "<esc>");
    assert_eq!((app.modal.mode, app.editor.selection()), (Mode::Normal, None));
    press(&mut app, "\"a");
    assert_eq!(app.modal.pending(app.editor.registers().chosen()), "\"a");
    let copied = |effects: &[Effect]| effects.iter().any(|effect| matches!(effect, Effect::Copy(_)));
    assert!(!copied(&press(&mut app, "yiw")), "a register of its own is not for the clipboard");
    assert!(copied(&press(&mut app, "yiw")));
    press(&mut app, "\"ad<esc>:reg<cr>");
    let said = app.toast.as_ref().unwrap().text.clone();
    assert!(said.contains("\"a one") && said.contains("\"0 one"), "{said}");
    press(&mut app, "\"!");
    assert!(app.toast.as_ref().unwrap().text.contains("a to z"));
}

#[test]
fn vim_marks_go_along_with_the_text() {
    let mut app = app(KeySet::Vim, "a: 1\nb: 2\n  c: 3\nd: 4\n");
    // A mark inside the third line; two lines above it go.
    press(&mut app, "jjllma");
    press(&mut app, "ggdd");
    press(&mut app, "G`a");
    assert_eq!(app.editor.cursor(), (1, 2));
    press(&mut app, "G'a");
    assert_eq!(app.editor.cursor(), (1, 2), "to the start of the line's text");
    // An operator takes whole lines with ', characters with `.
    press(&mut app, "ggd'a");
    assert_eq!(app.editor.text(), "d: 4\n");
    press(&mut app, "u");
    press(&mut app, "gg0mbll`bx");
    assert_eq!(app.editor.text(), ": 2\n  c: 3\nd: 4\n");
    press(&mut app, "'z");
    assert!(app.toast.as_ref().unwrap().text.contains("mz marks a place"));
    press(&mut app, "m!");
    assert!(app.toast.as_ref().unwrap().text.contains("a to z"));
}

#[test]
fn vim_macros_press_recorded_keys_again() {
    let mut app = app(KeySet::Vim, "a: 1\nb: 1\nc: 1\nd: 1\n");
    press(&mut app, "qa");
    assert!(app.modal.pending(None).contains("recording a"));
    press(&mut app, "A0<esc>jq");
    assert!(app.modal.macro_recorded.is_none());
    assert_eq!(app.editor.text(), "a: 10\nb: 1\nc: 1\nd: 1\n");
    assert_eq!(press(&mut app, "@a"), [Effect::Evaluate]);
    assert_eq!(app.editor.text(), "a: 10\nb: 10\nc: 1\nd: 1\n");
    assert_eq!(press(&mut app, "2@@"), [Effect::Evaluate], "evaluated once, however often it changed");
    assert_eq!(app.editor.text(), "a: 10\nb: 10\nc: 10\nd: 10\n");
    // A prompt inside a macro is part of it.
    // A search leaves the cursor on its match.
    press(&mut app, "ggqb/1<cr>xjq@b");
    assert_eq!(app.editor.text(), "a: 0\nb: 10\nc: 0\nd: 10\n");
    press(&mut app, "@z");
    assert!(app.toast.as_ref().unwrap().text.contains("nothing is recorded under z"));
    // One that plays itself does not go on for ever.
    press(&mut app, "qcx@cq");
    press(&mut app, "@c");
    assert!(app.toast.as_ref().unwrap().text.contains("does not play another"));
}

#[test]
fn what_is_cut_in_one_plan_is_put_into_another() {
    let mut app = app(KeySet::Default, "a: 1\n");
    app.editor.select_all();
    press(&mut app, "<c-x>");
    app.add_tab(std::path::Path::new("b.yaml"), "b: 2\n".into());
    app.turn_tab(true);
    press(&mut app, "<c-v>");
    assert_eq!(app.editor.text(), "a: 1\nb: 2\n");
    app.turn_tab(true);
    press(&mut app, "<c-v>");
    assert_eq!(app.editor.text(), "a: 1\n");
}

#[test]
fn vim_shows_its_mode_and_asks_for_commands() {
    let mut app = app(KeySet::Vim, "name: x\n");
    assert_eq!((app.modal.mode, app.cursor_shape()), (Mode::Normal, Some(Shape::Block)));
    press(&mut app, "d");
    assert_eq!((app.modal.pending(None).as_str(), app.cursor_shape()), ("d", Some(Shape::Underline)));
    press(&mut app, "<esc>i");
    assert_eq!((app.modal.mode, app.cursor_shape()), (Mode::Insert, Some(Shape::Bar)));
    press(&mut app, "na<esc>");
    assert_eq!(app.modal.mode, Mode::Normal, "Esc closes a list and ends typing at once");
    assert!(app.popup.is_none());
    assert!(press(&mut app, ":w<cr>").is_empty());
    assert!(matches!(app.overlay, Overlay::Name { .. }), "an unnamed plan asks for its name");
    press(&mut app, "<esc>");
    assert_eq!(press(&mut app, ":q!<cr>"), [Effect::Leave]);
    press(&mut app, ":nonsense<cr>");
    assert!(app.toast.as_ref().is_some_and(|toast| toast.bad && toast.text.contains(":nonsense")));
    press(&mut app, "u:q<cr>");
    press(&mut app, "q");
}

#[test]
fn vim_folds_and_leaves_common_chords_alone() {
    let mut app = app(KeySet::Vim, "a:\n  b: 1\nc: 2\n");
    press(&mut app, "jza");
    assert!(app.editor.is_folded(0));
    press(&mut app, "dd");
    assert_eq!(app.editor.text(), "c: 2\n", "a fold is one line");
    press(&mut app, "uzMzR");
    assert!(!app.editor.has_folds());
    press(&mut app, "<c-f>");
    assert_eq!(app.overlay, Overlay::None, "a screen down, not the search");
}

#[test]
fn emacs_chords() {
    let emacs = |marked: &str, script: &str| after(KeySet::Emacs, marked, script);
    let mut wrong = Vec::new();
    for (from, script, to) in [
        ("a: |one\n", "<c-a>", "|a: one\n"),
        ("a: |one\n", "<c-e>", "a: one|\n"),
        ("|a\nb\n", "<c-n><c-f>", "a\nb|\n"),
        ("a: |one\n", "<c-d>", "a: |ne\n"),
        ("a: |one\nb\n", "<c-k>", "a: |\nb\n"),
        ("|a\nb\nc\n", "<c-k><c-k><c-k><c-k><c-e><c-y>", "ca\nb\n|\n"),
        ("|one two\n", "<c-space><a-f><c-w><c-e><c-y>", "twoone |\n"),
        ("|one two\n", "<a-d>", "| two\n"),
        ("|one two\n", "<c-space><a-f><a-w><c-e><c-y>", "one twoone |\n"),
        ("|one two\n", "<c-space><a-f><a-w><c-d>", "one |wo\n"),
        ("|one two\n", "<c-space><a-f><c-x><c-x>", "|one two\n"),
        ("|one two\n", "<c-space><a-f><c-g><c-d>", "one |wo\n"),
        ("|one\n", "<a-;>", "# |one\n"),
        ("|a\n", "xy<c-x>u", "|a\n"),
        ("|a\n", "x<c-_>", "|a\n"),
    ] {
        let found = emacs(from, script);
        if found != to {
            wrong.push(format!("{script} on {from:?}: {found:?}, not {to:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let mut app = app(KeySet::Emacs, "a: 1\n");
    press(&mut app, "<c-x>");
    assert_eq!(app.modal.pending(None), "ctrl-x ");
    assert_eq!(press(&mut app, "<c-c>"), [Effect::Leave]);
    press(&mut app, "<c-s>");
    assert!(matches!(app.overlay, Overlay::Search(_)));
}

fn any_key() -> impl Strategy<Value = String> {
    let letters = "hjklwbe0$^gGdycxXpPoOiaIADCsrvVJu.n/:zafFtT;,\"MRNZqm'`@{}><3 2".chars().map(String::from);
    let named = [
        "<esc>",
        "<esc>",
        "<esc>",
        "<c-r>",
        "<c-d>",
        "<c-u>",
        "<cr>",
        "<bs>",
        "<c-x>",
        "<c-k>",
        "<c-y>",
        "<c-space>",
        "<a-d>",
        "é",
        "日",
    ];
    prop::sample::select(letters.chain(named.map(String::from)).collect::<Vec<_>>())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever is pressed in whichever set: no panic, and undo leads back to the first byte.
    #[test]
    fn any_keys_and_undo_leads_back(script in prop::collection::vec(any_key(), 1..120), set in 0usize..3) {
        let text = "# c\r\nname: \"日本\" # x\r\nworkload:\r\n  name: Llama3_8B\r\n  serve: {prompt_tokens: 8}\n\nhardware:\n  name: H100\n";
        let mut app = app(KeySet::ALL[set], text);
        for key in &script {
            press(&mut app, key);
            if matches!(app.overlay, Overlay::Chooser(_) | Overlay::Leave(_)) {
                app.overlay = Overlay::None;
            }
        }
        while app.editor.undo() {}
        prop_assert_eq!(app.editor.text(), text);
    }
}
