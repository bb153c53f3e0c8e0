//! The views that fill the screen and the dialogs of tabs, agents and searches, with figures that stand still.
//! Every name that a person or an agent can choose is given, so that wide letters can be tried everywhere.

use std::path::Path;
use std::sync::Arc;

use mlsysim_tui::engine::cash::Cash;
use mlsysim_tui::engine::explain::step::Step;
use mlsysim_tui::engine::report::{LensStatus, Status, WallState};
use mlsysim_tui::plan::difference::Edit;
use mlsysim_tui::registry::Registry;
use mlsysim_tui::search::attribution::Attribution;
use mlsysim_tui::search::fitting::Place;
use mlsysim_tui::search::money::{Curve, Money};
use mlsysim_tui::studio::app::{App, Comparison, Considered, Derivation, MoneyView, Overlay, Rival, Screen};
use mlsysim_tui::studio::diff::diff;

use crossterm::event::KeyCode;
use mlsysim_tui::files::proposals::Proposal;

use super::press;
use crate::screen::{fixed_report, letters};

/// A view and the names in it.
pub type Named = (&'static str, fn(&mut App, &str));

pub const NEWER: &[Named] = &[
    ("registry", |app, name| {
        registry(app, name);
        letters(app, "Gallery");
    }),
    ("registry_nothing_found", |app, _| {
        press(app, KeyCode::Esc);
        press(app, KeyCode::Char('R'));
        letters(app, "qqqq");
    }),
    ("derivation", |app, name| derivation(app, name, false)),
    ("derivation_open", |app, name| derivation(app, name, true)),
    ("compare", compare),
    ("money_view", money),
    ("export", |app, name| {
        app.title = format!("{name}.yaml");
        press(app, KeyCode::Esc);
        press(app, KeyCode::Char('X'));
    }),
    ("explore", |app, _| {
        press(app, KeyCode::Esc);
        press(app, KeyCode::Char('x'));
        crate::explore::still(app);
    }),
    ("proposal", proposal),
    ("tabs", |app, name| {
        app.title = format!("{name}.yaml");
        app.add_tab(Path::new(&format!("/plans/{name}-8.yaml")), "name: another\n".into());
        app.add_tab(Path::new("/plans/train.yaml"), "name: a third\n".into());
    }),
];

/// An entry of the user's own, so that no fact of the shipped registry stands in a picture.
fn registry(app: &mut App, name: &str) {
    let text = format!(
        "hardware:\n  GalleryChip:\n    name: \"{name}\"\n    peak: 400 TFLOP/s\n    peaks: {{fp8: 800 TFLOP/s}}\n    \
         memory: 96 GiB\n    memory_bandwidth: 2.5 TB/s\n    nvlink: {{name: link, one_way: 200 GB/s}}\n    \
         tdp: 500 W\n    unit_cost: 21000 USD\n  GalleryTwo:\n    name: \"{name} 2\"\n    peak: 800 TFLOP/s\n    \
         memory: 192 GiB\n    memory_bandwidth: 5 TB/s\n    tdp: 900 W\n"
    );
    let (registry, problems) = Registry::builtin().with_user_files(&[("mine.yaml".into(), text)]);
    assert!(problems.is_empty(), "{problems:?}");
    app.registry = registry;
    press(app, KeyCode::Esc);
    press(app, KeyCode::Char('R'));
}

fn derivation(app: &mut App, name: &str, open: bool) {
    let price = Step::given(
        "price of one",
        "$25,000",
        Some(25_000.0),
        format!("{name}, price: A data sheet (2026-06-11)"),
    );
    let count = Step::given("accelerators", "8", Some(8.0), "plan: hardware.accelerators");
    let bought = Step::product(format!("{name} bought"), "$200,000", 200_000.0, vec![price, count]);
    let years = Step::given("write-off", "3 years", Some(3.0), "A book, 2018").below();
    let capex =
        Step::equation("capex", "$66,667", "bought / write-off", "$200,000 / 3 years", vec![bought, years]);
    let energy =
        Step::given("energy", "$1,718", Some(1_718.0), format!("{name}, power: A data sheet (2026-06-11)"));
    let total = Step::sum("TCO", "$68,385", 68_385.0, vec![capex, energy]).with_sources([
        format!("{name}, price: A data sheet (2026-06-11)"),
        format!("{name}, power: A data sheet (2026-06-11)"),
        format!("Maker of {name}: A data sheet (checked 2026-06-11)"),
    ]);
    let share = Step::given("memory used", "151.9 GB", Some(151.9), "plan: workload.name");
    let mut view = Derivation {
        title: "every figure".into(),
        roots: vec![total, share],
        open: std::collections::BTreeSet::new(),
        selected: 0,
    };
    if open {
        view.toggle_all();
    }
    app.overlay = Overlay::Screen(Box::new(Screen::Derivation(view)));
}

fn compare(app: &mut App, name: &str) {
    let Some(now) = app.report.clone() else { return };
    let mut before = now;
    before.status = Status::Ok;
    before.feasibility.status = LensStatus::Pass;
    before.feasibility.metrics = vec![("memory_used_gb", 79.5), ("memory_utilization", 0.93)];
    before.performance.metrics = vec![("itl_ms", 29.2), ("ttft_ms", 547.0), ("output_tokens_per_s", 256.0)];
    before.economics.metrics = vec![("tco_usd", 39_000.0), ("carbon_footprint", 0.0849)];
    let edits = vec![
        Edit { path: "hardware.accelerators".into(), before: Some("4".into()), after: Some("1".into()) },
        Edit { path: "workload.name".into(), before: Some(name.into()), after: Some("Llama3_70B".into()) },
    ];
    let alone = vec![Some(before.clone()), app.report.clone()];
    let without = vec![app.report.clone(), Some(before.clone())];
    let rivals = vec![
        Rival {
            name: format!("{name}.yaml"),
            answer: Ok((before.clone(), Attribution { edits, alone, without })),
            same_plan: false,
        },
        Rival {
            name: "last commit".into(),
            answer: Err("No committed version: no repository.".into()),
            same_plan: false,
        },
    ];
    let view = Comparison { rivals: Some(Arc::new(rivals)), ..Comparison::default() };
    app.overlay = Overlay::Screen(Box::new(Screen::Comparison(view)));
}

fn money(app: &mut App, name: &str) {
    let place = |id: &str, at: f64| Place {
        id: id.into(),
        name: format!("{name} {id}"),
        tco_usd: Some(37_100.0 + 700.0 * at),
        electricity_usd_per_kwh: 0.051 + 0.01 * at,
        assumed_price: at > 20.0,
        carbon_kg: Some(76.3 * (1.0 + at)),
        grid_g_per_kwh: Some(1.3 * (1.0 + at)),
        pue: Some(1.1),
        doubt: None,
    };
    let regions = (0..24).map(|at| place(&format!("region-{at}"), f64::from(at))).collect();
    let line = |first: f64, last: f64, end: f64| {
        (0..=20).map(|at| f64::from(at) / 20.0).map(|at| (end * at, first + (last - first) * at)).collect()
    };
    let cash = Cash {
        purchase_usd: Some(30_000.0),
        owned_usd_per_day: Some(14.0),
        rent_usd_per_day: Some(110.0),
        break_even_days: Some(312.5),
        duration_days: 365.0,
        write_off_days: 1095.0,
        missing: Vec::new(),
        rent_source: None,
    };
    let money = Money {
        cash: Some(cash),
        electricity: Some(Curve { points: line(36_000.0, 44_000.0, 0.3), here: 0.051 }),
        carbon: Some(Curve { points: line(37_100.0, 37_130.0, 200.0), here: 0.0 }),
        regions,
    };
    app.money = Some((app.editor.revision(), Arc::new(money)));
    app.overlay = Overlay::Screen(Box::new(Screen::Money(MoneyView { selected: 2, ..MoneyView::default() })));
}

fn proposal(app: &mut App, name: &str) {
    let now = app.editor.text();
    let text = now.replace("  name: H100", "  name: H100\n  accelerators: 2");
    let mut report = fixed_report(app);
    report.status = Status::Ok;
    report.feasibility.status = LensStatus::Pass;
    report.feasibility.summary = "fits: 76.0 GB of 85.9 GB per accelerator (88 %)".into();
    report.walls[0].state = WallState::Binding;
    report.walls[0].pressure = Some(0.31);
    report.walls[1].state = WallState::Near;
    report.walls[1].pressure = Some(0.88);
    report.walls[2].pressure = Some(0.91);
    let proposal = Proposal {
        id: "1".into(),
        who: name.into(),
        why: "Two accelerators hold the weights, with room for a context twice as long.".into(),
        base: 0,
        text: text.clone(),
        created_s: 0,
    };
    let difference = diff(&now, &text);
    let considered = Considered { proposal, report: Some(report), difference, moved: true };
    app.overlay = Overlay::Proposal { considered: Box::new(considered), scroll: 0 };
}
