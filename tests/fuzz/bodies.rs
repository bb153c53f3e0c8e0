//! What each fuzz target does with its bytes. Shared by the fuzzers (`tests/fuzz/fuzz_targets`) and by
//! the ordinary tests, which replay the kept corpora (`tests/fuzzing.rs`).
//!
//! A body asserts what must hold for any bytes at all; a panic is a finding.

use std::fmt::Write as _;

use mlsysim_tui::plan::{self, Diagnostic, Options};
use mlsysim_tui::registry::{Physics, Registry};
use mlsysim_tui::{cli, engine, mcp, render, units, yaml};

/// A target: its name and its body.
pub type Target = (&'static str, fn(&[u8]));

/// Every target, by the name of its corpus.
pub const TARGETS: &[Target] = &[
    ("plan_text", plan_text),
    ("plan_fields", plan_fields),
    ("units", unit_strings),
    ("edits", edits),
    ("registry", registry_files),
    ("themes", theme_files),
    ("hf_config", hf_config),
    ("csv", csv_tables),
    ("axes", axes),
    ("terminal", terminal),
    ("rpc_lines", rpc_lines),
    ("tool_arguments", tool_arguments),
];

/// A report may hold no number that JSON cannot, and every printer must cope with it.
fn report_is_sound(plan: &plan::Plan, registry: &Registry) {
    let report = engine::evaluate(plan, registry);
    for lens in [&report.feasibility, &report.performance, &report.economics] {
        for (key, value) in &lens.metrics {
            assert!(!value.is_nan(), "{key} is not a number");
        }
    }
    let flat = engine::json::flat(&report, true);
    assert!(serde_json::to_string(&flat).is_ok_and(|text| text.starts_with('{')));
    let document = render::document::document(&report, true);
    let text = render::text::print(&document, render::paint::Paint { color: false });
    assert!(!text.chars().any(|character| character.is_control() && character != '\n'));
    render::markdown::print(&document);
    render::html::print(&document);
}

/// Diagnostics point into the text, can be shown, and their fixes can be carried out.
fn diagnostics_are_sound(text: &str, diagnostics: &[Diagnostic]) {
    for diagnostic in diagnostics {
        assert!(text.get(diagnostic.range.clone()).is_some(), "{diagnostic:?} points beside the text");
        assert!(!diagnostic.message.is_empty());
        for fix in &diagnostic.fixes {
            plan::edit::apply_fix(text, fix);
        }
    }
    plan::diagnostic::render(diagnostics, text, "plan.yaml");
}

fn read_and_evaluate(text: &str) {
    let registry = Registry::builtin();
    for physics in [None, Some(Physics::Mlsysim)] {
        let reading = plan::read(text, &registry, Options { physics, ..Options::default() });
        assert_eq!(reading.plan.is_none(), reading.has_errors(), "a plan exactly when nothing is an error");
        diagnostics_are_sound(text, &reading.diagnostics);
        if let Some(plan) = &reading.plan {
            report_is_sound(plan, reading.registry.as_ref().unwrap_or(&registry));
        }
    }
}

/// Any text as a plan: read, shown, evaluated, completed and hovered over at any place.
pub fn plan_text(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let _ = yaml::parse(text);
    read_and_evaluate(text);
    let registry = Registry::builtin();
    let reading = plan::read(text, &registry, Options::default());
    for offset in [0, text.len() / 2, text.len()] {
        let offset = (offset..=text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(text.len());
        plan::complete::hover(&reading.spans, offset);
        for completion in plan::complete::complete(text, offset, Physics::Studio, &registry) {
            assert!(completion.edit.apply(text).is_some(), "{completion:?} points beside the text");
        }
    }
}

/// Words that a plan may hold, so that a few bytes make a plan that gets as far as the engine.
const FIELDS: &[(&str, &[&str])] = &[
    (
        "workload.name",
        &["Llama3_70B", "Mixtral_8x7B", "ResNet50", "DeepSeek_V3", "StableDiffusion", "no model"],
    ),
    ("workload.mode", &["auto", "serve", "train"]),
    ("workload.batch_size", &["1", "7", "64", "1000000", "0", "-1", "1.5"]),
    ("workload.seq_len", &["1", "128", "4096", "131072", "10000000"]),
    ("workload.serve.prompt_tokens", &["0", "1", "3584", "100000"]),
    ("workload.serve.output_tokens", &["0", "1", "512"]),
    ("workload.serve.request_rate", &["0/s", "0.001/s", "4/s", "1e9/s", "3/min"]),
    ("workload.serve.kv_precision", &["fp8", "fp16", "int4"]),
    ("workload.serve.prefill_chunk_tokens", &["1", "2048"]),
    ("workload.serve.decode_hardware", &["H200", "A100"]),
    ("workload.train.tokens", &["0", "1.0e12", "1e30"]),
    ("workload.train.optimizer", &["adam", "sgd", "adafactor"]),
    ("workload.train.gradient_accumulation", &["1", "8", "3"]),
    ("workload.train.lora_rank", &["0", "16", "1000000"]),
    ("hardware.name", &["H100", "MI300X", "ESP32", "GB200", "A100", "no such card"]),
    ("hardware.accelerators", &["1", "2", "8", "13", "512", "1000000"]),
    ("hardware.accelerators_per_node", &["1", "8", "72"]),
    ("hardware.intra_node_bw", &["450 GB/s", "0 GB/s", "1 B/s"]),
    ("hardware.fabric_bandwidth", &["400 Gbit/s", "1 kbit/s"]),
    ("hardware.precision", &["fp32", "fp16", "fp8", "int4", "awq", "q4_k_m", "nonsense"]),
    ("hardware.efficiency", &["auto", "0.5", "1", "0.000001", "0"]),
    ("parallelism.tensor", &["1", "2", "8", "auto", "3"]),
    ("parallelism.pipeline", &["1", "4", "auto"]),
    ("parallelism.data", &["1", "2", "64", "auto"]),
    ("parallelism.expert", &["1", "8"]),
    ("parallelism.context", &["1", "2"]),
    ("parallelism.zero", &["0", "1", "3"]),
    ("parallelism.microbatches", &["1", "16"]),
    ("parallelism.recompute", &["none", "full", "selective"]),
    ("ops.region", &["Quebec", "Poland", "US_Avg", "Atlantis"]),
    ("ops.duration_days", &["0", "1", "365", "1e9"]),
    ("ops.acquisition", &["buy", "rent"]),
    ("ops.electricity_usd_per_kwh", &["0", "0.05", "1e12"]),
    ("ops.utilization", &["0", "0.6", "1", "2"]),
    ("physics", &["studio", "mlsysim"]),
];

/// Two bytes choose a field and a value: plans that mostly decode, in every combination. (That edits write such
/// plans is [`edits`]' to show.)
pub fn plan_fields(data: &[u8]) {
    read_and_evaluate(&plan_of(data));
}

/// The plan that pairs of bytes choose; without any, a plan that is sound.
pub fn plan_of(data: &[u8]) -> String {
    let mut fields = std::collections::BTreeMap::from([
        ("version", "\"1.0\""),
        ("name", "x"),
        ("workload.name", "Llama3_8B"),
        ("hardware.name", "H100"),
    ]);
    for pair in data.chunks_exact(2).take(24) {
        let (path, values) = FIELDS[usize::from(pair[0]) % FIELDS.len()];
        fields.insert(path, values[usize::from(pair[1]) % values.len()]);
    }
    let (mut text, mut open) = (String::new(), Vec::new());
    for (path, value) in fields {
        let mut blocks: Vec<&str> = path.split('.').collect();
        let leaf = blocks.pop().unwrap_or_default();
        open.truncate(open.iter().zip(&blocks).take_while(|(open, block)| open == block).count());
        for block in blocks.into_iter().skip(open.len()).collect::<Vec<_>>() {
            let _ = writeln!(text, "{:indent$}{block}:", "", indent = 2 * open.len());
            open.push(block);
        }
        let _ = writeln!(text, "{:indent$}{leaf}: {value}", "", indent = 2 * open.len());
    }
    text
}

/// Any text as a quantity.
pub fn unit_strings(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Ok(quantity) = units::parse(text) {
        assert!(!quantity.value.is_nan(), "{text} is not a number");
    }
}

/// Text, path and value, separated by NUL: an edit that succeeds leaves YAML behind, and everything
/// outside its own range as it was.
pub fn edits(data: &[u8]) {
    let Ok(all) = std::str::from_utf8(data) else { return };
    let mut parts = all.splitn(3, '\0');
    let (Some(text), Some(path), Some(value)) = (parts.next(), parts.next(), parts.next()) else { return };
    if let Ok(edited) = plan::edit::set(text, path, value) {
        assert!(yaml::parse(&edited).is_ok(), "not YAML any more: {edited}");
        let tree = yaml::parse(text).expect("what was edited is YAML");
        let mut start = 0;
        // A carriage return alone ends a line of YAML too, and with it a comment.
        for line in text.split_inclusive(['\n', '\r']) {
            // A line of a quoted text or of a block of text is no comment, whatever it begins with.
            if line.trim_start().starts_with('#') && !within_text(&tree, start) {
                assert!(edited.contains(line.trim_end()), "a comment is lost: {line}");
            }
            start += line.len();
        }
    }
    if let Ok(edited) = plan::edit::remove(text, path) {
        assert!(yaml::parse(&edited).is_ok(), "not YAML any more: {edited}");
    }
}

/// Whether a byte of a text lies inside a value that is text.
fn within_text(node: &yaml::Node, byte: usize) -> bool {
    match &node.value {
        yaml::Value::Text(_) => node.range.start < byte && byte < node.range.end,
        yaml::Value::Sequence(items) => items.iter().any(|item| within_text(item, byte)),
        yaml::Value::Mapping(entries) => {
            entries.iter().any(|entry| entry.key_range.contains(&byte) || within_text(&entry.value, byte))
        }
        _ => false,
    }
}

/// Any text as an axis of a design space; lines are axes of one space. What is refused is told with its place;
/// the ends of a space are what reading their texts says.
pub fn axes(data: &[u8]) {
    use mlsysim_tui::search::axis::{self, Base};
    use mlsysim_tui::search::points::{self, Evaluator, Outcome, Space};
    const PLAN: &str = "version: \"1.0\"\nname: x\nworkload: {name: Llama3_8B, mode: serve}\nhardware: {name: H100, accelerators: 8}\nops: {region: Quebec}\nconstraints:\n  assert:\n    - {metric: performance.itl_ms, max: 40}\n";
    let Ok(text) = std::str::from_utf8(data) else { return };
    let registry = Registry::builtin();
    let options = Options::default();
    let reading = plan::read(PLAN, &registry, options);
    let Some(base) = Base::of(PLAN, &reading, &registry, options) else {
        panic!("the plan reads without errors")
    };
    let mut all = Vec::new();
    for line in text.lines().take(4) {
        match axis::parse(line, &base) {
            Ok(axes) => {
                assert!(!axes.is_empty() && !axes[0].linked);
                for axis in &axes {
                    assert!(!axis.values.is_empty() && axis.values.len() <= axis::MOST_VALUES);
                    assert_eq!(axis.values.len(), axes[0].values.len());
                    assert!(plan::fields::field(&axis.path).is_some(), "{}", axis.path);
                }
                all.extend(axes);
            }
            Err(error) => {
                assert!(line.get(error.range.clone()).is_some(), "{error:?} points beside {line}");
                assert!(error.render().contains('^'));
            }
        }
    }
    let Ok(space) = Space::new(PLAN, &registry, options, all) else { return };
    let mut evaluator = Evaluator::new(&space);
    for point in [0, space.len() / 2, space.len() - 1] {
        match (evaluator.figures(point), points::by_text(&space, point)) {
            (Outcome::Figures(found), Outcome::Figures(wanted)) => assert_eq!(found, wanted),
            (Outcome::Refused(found), Outcome::Refused(wanted)) => {
                assert!(!found.is_empty() && !wanted.is_empty());
            }
            (found, wanted) => panic!("point {point}: {found:?} instead of {wanted:?}"),
        }
    }
}

/// Any text as a user's registry file.
pub fn registry_files(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let (registry, problems) = Registry::builtin().with_user_files(&[("mine.yaml".into(), text.into())]);
    for problem in problems {
        let mut shown = String::new();
        let _ = write!(shown, "{problem:?}");
    }
    registry.list(mlsysim_tui::registry::Kind::Hardware);
}

/// Any text as a theme.
pub fn theme_files(data: &[u8]) {
    use mlsysim_tui::studio::theme::{ColorDepth, Themes};
    let Ok(text) = std::str::from_utf8(data) else { return };
    let themes = Themes::new(ColorDepth::True, vec![("mine".into(), text.into())]);
    let _ = themes.load("mine");
    themes.load_or_default("mine");
}

/// Any text as a Hugging Face `config.json`.
pub fn hf_config(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let _ = mlsysim_tui::registry::model_from_hf_config(text, "mine");
    let _ = mlsysim_tui::registry::model_from_yaml(text, "mine");
    let _ = mlsysim_tui::registry::accelerator_from_yaml(text, "mine");
}

/// Any bytes as a table of measurements; every row is predicted or has a reason.
pub fn csv_tables(data: &[u8]) {
    // A long table only repeats what a short one shows.
    if data.len() > 8192 {
        return;
    }
    let registry = Registry::builtin();
    for stack in [engine::validation::StackChoice::Known, engine::validation::StackChoice::Default] {
        let Ok(validation) = cli::validate::validate(data, &registry, stack) else { return };
        for answer in validation.answers {
            match answer.prediction {
                Ok(prediction) => assert!(!prediction.value.is_nan(), "line {}", answer.line),
                Err(reason) => assert!(!reason.is_empty(), "line {}", answer.line),
            }
        }
    }
}

/// Bytes as what a terminal sends to the studio: keys, mouse, pastes, sizes, files that change.
pub fn terminal(data: &[u8]) {
    use crossterm::event::{KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
    use mlsysim_tui::studio::message::{Effect, Message};
    use mlsysim_tui::studio::theme::{ColorDepth, Themes};
    use mlsysim_tui::studio::{app, effects, update, view};

    let mut studio = app::App::new(app::Start {
        registry: Registry::builtin(),
        physics: None,
        watch: false,
        ascii: false,
        themes: Themes::new(ColorDepth::True, Vec::new()),
        theme: "terminal".into(),
        size: (100, 30),
    });
    studio.open_file(
        "plan.yaml".into(),
        "workload:\n  name: Llama3_8B # 日本\nhardware: {name: H100}\n".into(),
    );
    effects::evaluate(&mut studio);
    let Ok(mut screen) = ratatui::Terminal::new(ratatui::backend::TestBackend::new(100, 30));
    // A screen is drawn after each message: a longer input is slower, not more telling.
    for bytes in data.chunks_exact(3).take(24) {
        let [kind, first, second] = [bytes[0], bytes[1], bytes[2]];
        let message = match kind % 12 {
            0 => {
                // Mostly the sizes people have, now and then one that nobody has.
                let (most_columns, most_rows) = if kind < 24 { (256, 256) } else { (170, 55) };
                let (columns, rows) = (u16::from(first) % most_columns, u16::from(second) % most_rows);
                screen.backend_mut().resize(columns, rows);
                Message::Resize(columns, rows)
            }
            1 => Message::Paste(String::from_utf8_lossy(&[first, b'\n', second]).into_owned()),
            2 | 3 => Message::Mouse(MouseEvent {
                kind: match kind / 12 % 6 {
                    0 => MouseEventKind::Down(MouseButton::Left),
                    1 => MouseEventKind::Drag(MouseButton::Left),
                    2 => MouseEventKind::Up(MouseButton::Left),
                    3 => MouseEventKind::ScrollDown,
                    4 => MouseEventKind::ScrollUp,
                    _ => MouseEventKind::Moved,
                },
                column: u16::from(first),
                row: u16::from(second),
                modifiers: KeyModifiers::NONE,
            }),
            4 => Message::DiskChanged(format!("name: {}\n", char::from(first))),
            5 => Message::DiskRemoved,
            _ => {
                let code = match first % 40 {
                    0 => KeyCode::Enter,
                    1 => KeyCode::Esc,
                    2 => KeyCode::Backspace,
                    3 => KeyCode::Delete,
                    4 => KeyCode::Up,
                    5 => KeyCode::Down,
                    6 => KeyCode::Left,
                    7 => KeyCode::Right,
                    8 => KeyCode::Home,
                    9 => KeyCode::End,
                    10 => KeyCode::PageUp,
                    11 => KeyCode::PageDown,
                    12 => KeyCode::Tab,
                    13 => KeyCode::BackTab,
                    14 => KeyCode::F(second % 13),
                    _ => KeyCode::Char(char::from(second % 128)),
                };
                Message::Key(KeyEvent::new(code, KeyModifiers::from_bits_truncate(kind / 12 % 8)))
            }
        };
        let effects = update::update(&mut studio, message);
        if effects.contains(&Effect::Evaluate) {
            effects::evaluate(&mut studio);
        }
        if effects.contains(&Effect::Leave) {
            return;
        }
        let _ = screen.draw(|frame| view::view(&mut studio, frame));
    }
}

/// Facts for the tools of agents, once.
fn bench() -> &'static mcp::bench::Bench {
    static BENCH: std::sync::OnceLock<mcp::bench::Bench> = std::sync::OnceLock::new();
    BENCH.get_or_init(|| mcp::bench::Bench::of(Registry::builtin()))
}

/// A tool's answer is one that a client can read: text whose first line says something, an object, and where it
/// is an error, a code and a message.
fn tool_answer_is_sound(name: &str, arguments: mcp::arguments::Values) {
    let Ok(result) = mcp::direct::call(bench(), name, arguments, true) else { return };
    let json = serde_json::to_value(&result).unwrap_or_default();
    let said = json["content"][0]["text"].as_str().unwrap_or_default();
    assert!(said.lines().next().is_some_and(|line| !line.trim().is_empty()), "{name} says nothing");
    let structured = &json["structuredContent"];
    assert!(structured.is_object(), "{name}: no structured content");
    if json["isError"] == true {
        for key in ["code", "message"] {
            assert!(structured[key].as_str().is_some_and(|word| !word.is_empty()), "{name}: no {key}");
        }
        assert_ne!(structured["code"], "internal", "{name}: {structured}");
        assert!(said.len() < 64 << 10, "{name}: an error of {} bytes", said.len());
    } else {
        let tool = mcp::tools::TOOLS.iter().find(|tool| tool.name == name);
        let schema = tool.map(|tool| (tool.output)()).unwrap_or_default();
        for key in schema["required"].as_array().into_iter().flatten().filter_map(serde_json::Value::as_str) {
            assert!(structured.get(key).is_some(), "{name}: {key} is promised and not there");
        }
    }
}

/// Any bytes as what an agent's client writes: the first two choose how they arrive.
pub fn rpc_lines(data: &[u8]) {
    use mcp::lines::{Lines, Said};
    // Longer input only repeats.
    let ([chunk, most, text @ ..], true) = (data, data.len() < 64 << 10) else { return };
    let most = 256 + 64 * usize::from(*most);
    let collect = |chunk: usize| {
        let mut lines = Lines::new(most);
        let mut all = Vec::new();
        for bytes in text.chunks(chunk) {
            lines.feed(bytes, |said| all.push(said));
            assert!(lines.held() < (2 << 20), "a line of at most {most} bytes holds {}", lines.held());
        }
        all
    };
    let all = collect(usize::from(*chunk) + 1);
    // However the bytes arrive, the lines are the same.
    assert_eq!(format!("{all:?}"), format!("{:?}", collect(text.len().max(1))));
    for said in all {
        match said {
            Said::Nothing => {}
            Said::Refused(answer) => {
                let json = serde_json::to_value(&answer).unwrap_or_default();
                assert!(json["error"]["code"].is_i64() && json["jsonrpc"] == "2.0", "{json}");
                assert!(
                    json["error"]["message"].as_str().is_some_and(|message| !message.is_empty()),
                    "{json}"
                );
            }
            Said::Message(message) => {
                assert!(serde_json::to_string(&message).is_ok());
                if let Some((name, arguments)) = mcp::direct::called(*message) {
                    tool_answer_is_sound(&name, arguments);
                }
            }
        }
    }
}

/// Texts that arguments may hold, so that a few bytes get as far as the work of a tool.
const TEXTS: &[&str] = &[
    "",
    "Llama3_70B",
    "H100",
    "version: \"1.0\"\nname: x\nworkload: {name: Llama3_8B, mode: serve}\nhardware: {name: H100}\nops: {region: Quebec}\n",
    "version: \"1.0\"\nname: x\nworkload: {name: Llama3_70B, mode: train, batch_size: 64}\nhardware: {name: H100, accelerators: 64}\n",
    "version: \"1.0\"\nname: x\nworkload: {name: Llama3_70B}\nhardware: {name: H100}\n",
    "version: [",
    "hardware.accelerators=8",
    "workload.batch_size=1..64*2",
    "hardware.name=H100,H200",
    "hardware.precision",
    "p_itl_ms<=40",
    "p_itl_ms",
    "m_annual_tco_usd",
    "cost",
    "2",
    "fp8",
    "=",
    "\u{0}\u{202e}",
    "models",
];

/// One byte chooses a tool, then pairs an argument and a value of it: calls that mostly pass the check.
pub fn tool_arguments(data: &[u8]) {
    use mcp::arguments::Kind;
    let [first, pairs @ ..] = data else { return };
    let tools = mcp::tools::TOOLS;
    let tool = tools[usize::from(*first) % tools.len()];
    let mut values = mcp::arguments::Values::new();
    let text = |byte: u8| TEXTS[usize::from(byte) % TEXTS.len()];
    // What is required is there to begin with, else no call would get far.
    for argument in tool.arguments.iter().filter(|argument| argument.required) {
        let value = match argument.kind {
            Kind::Text(_) => text(3).into(),
            Kind::Texts(least, ..) => vec![text(if argument.name == "plans" { 3 } else { 8 }); least].into(),
            Kind::Choice(words) => words[0].0.into(),
            Kind::Flag => true.into(),
            Kind::Integer(..) | Kind::Number(..) => 1.into(),
        };
        values.insert(argument.name.into(), value);
    }
    for pair in pairs.chunks_exact(2).take(12) {
        let (which, byte) = (usize::from(pair[0]), pair[1]);
        let Some(argument) = tool.arguments.get(which % tool.arguments.len().max(1)) else { break };
        let other = which / tool.arguments.len() % 8 == 7;
        let value: serde_json::Value = match argument.kind {
            _ if other => [serde_json::Value::Null, 1e30.into(), (-1).into(), "".into(), vec![1].into()]
                [usize::from(byte) % 5]
                .clone(),
            Kind::Text(_) => text(byte).into(),
            Kind::Texts(..) => {
                let mut items: Vec<serde_json::Value> =
                    values.get(argument.name).and_then(|had| had.as_array()).cloned().unwrap_or_default();
                items.push(text(byte).into());
                items.into()
            }
            Kind::Choice(words) => words[usize::from(byte) % words.len()].0.into(),
            Kind::Flag => (byte % 2 == 0).into(),
            Kind::Integer(least, most) => {
                [least, least.saturating_add(u64::from(byte)), 1 << (byte % 40), most][usize::from(byte) % 4]
                    .into()
            }
            Kind::Number(above, most) => {
                let near = above + f64::from(byte).exp2() * 1e-9;
                [near, above, most.min(1e300), f64::from(byte) / 16.0][usize::from(byte) % 4].into()
            }
        };
        values.insert(argument.name.into(), value);
    }
    tool_answer_is_sound(tool.name, values);
}
