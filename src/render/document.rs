//! What a report says to a reader: verdict first, then what limits it, then the numbers.

use super::numbers::{bytes, energy, number, percent, seconds};
use super::paint::Tone;
use super::safe::clean;
use super::told;
use crate::engine::assertions::OFFERED_LOAD;
use crate::engine::format;
use crate::engine::json::state as engine_state;
use crate::engine::report::{
    LensReport, LensStatus, Part, Phase, Report, Status, Violation, WallReading, WallState,
};
use crate::metrics::{Lens, METRICS};

/// Title of the block that names the binding wall and the next.
pub const LIMITS: &str = "What limits it";
/// Title of the block with every cost term.
pub const MONEY: &str = "Money";
/// Title of the bar of the cost terms, for forms of output that draw.
pub const SPLIT: &str = "Where the money goes";
/// Title of the table of all walls.
pub const WALLS: &str = "The 22 walls";
/// Title of the equations and sources behind the walls.
pub const EVIDENCE: &str = "Where it comes from";

/// A report as blocks that every printer knows. All text in it is free of control characters.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    /// The plan's name.
    pub title: String,
    /// Mode, profile and versions.
    pub subtitle: String,
    /// The whole verdict in a word, its tone, and what it means.
    pub verdict: (String, Tone, String),
    /// The three lenses: status word, tone, question, sentence.
    pub lenses: Vec<(String, Tone, &'static str, String)>,
    /// The rest.
    pub blocks: Vec<Block>,
}

/// One part of a document.
#[derive(Debug, Clone, PartialEq)]
pub enum Block {
    /// Label, value and unit in a line each; a note may follow.
    Figures(String, Vec<Figure>),
    /// A sum against a limit: title, parts, and the sentence below the bar.
    Bar(String, Vec<BarPart>, String),
    /// Sentences, each with a sign: warnings, violations, suggestions.
    Sentences(String, Tone, Vec<String>),
    /// Things with several lines each: a heading, then label and text.
    Cards(String, Vec<Card>),
    /// A table: title, head, rows.
    Table(String, Vec<&'static str>, Vec<Vec<String>>),
}

/// A heading with labelled lines.
#[derive(Debug, Clone, PartialEq)]
pub struct Card {
    /// What it is about.
    pub heading: String,
    /// Label and text.
    pub lines: Vec<(&'static str, String)>,
}

/// A labelled value.
#[derive(Debug, Clone, PartialEq)]
pub struct Figure {
    /// What.
    pub label: String,
    /// How much, already formatted.
    pub value: String,
    /// Unit, may be empty.
    pub unit: String,
    /// Explanation, may be empty.
    pub note: String,
}

/// A part of a bar.
#[derive(Debug, Clone, PartialEq)]
pub struct BarPart {
    /// What.
    pub label: String,
    /// How much, already formatted.
    pub text: String,
    /// Share of the limit.
    pub share: f64,
}

/// Status word and tone of a lens.
pub fn lens_tone(status: LensStatus) -> Tone {
    match status {
        LensStatus::Pass => Tone::Good,
        LensStatus::Fail => Tone::Bad,
        LensStatus::Skipped => Tone::Quiet,
    }
}

/// The verdict as a word, a tone and a sentence.
pub fn verdict(report: &Report) -> (String, Tone, String) {
    match report.status {
        Status::Ok => ("OK".into(), Tone::Good, "The plan holds.".into()),
        Status::Infeasible => ("INFEASIBLE".into(), Tone::Bad, "Physics says no.".into()),
        Status::SlaFailed => (
            "SLA FAILED".into(),
            Tone::Bad,
            match report.violations.len() {
                1 if report.violations[0].metric == OFFERED_LOAD => {
                    "More requests arrive than are answered.".into()
                }
                1 => "An assertion does not hold.".into(),
                several => format!("{several} assertions do not hold."),
            },
        ),
        Status::Error => (
            "ERROR".into(),
            Tone::Bad,
            report.error.as_ref().map_or_else(
                || "The plan cannot be evaluated.".into(),
                |(message, _)| clean(message).into_owned(),
            ),
        ),
    }
}

/// The walls nearest to binding after the binding one, most pressing first.
pub fn next_walls(report: &Report) -> Vec<&WallReading> {
    let binding = report.binding_wall().map(|wall| wall.number);
    let mut walls: Vec<&WallReading> = report
        .walls
        .iter()
        .filter(|wall| Some(wall.number) != binding && wall.pressure.is_some_and(f64::is_finite))
        .filter(|wall| {
            matches!(
                wall.state,
                WallState::Violated | WallState::Binding | WallState::Near | WallState::Clear
            )
        })
        .collect();
    walls.sort_by(|a, b| b.pressure.unwrap_or(0.0).total_cmp(&a.pressure.unwrap_or(0.0)));
    walls
}

/// The state of a wall in words. One wall binds the plan; the one that binds its prefill alone is told as such.
pub fn state_words(wall: &WallReading) -> String {
    match &wall.state {
        WallState::Violated => "violated".into(),
        WallState::Binding if wall.phase == Phase::Prefill => "binds prefill".into(),
        WallState::Binding => "binding".into(),
        WallState::Near if wall.pressure.is_some_and(|pressure| pressure > 1.0) => "over".into(),
        WallState::Near => "near".into(),
        WallState::Clear => "clear".into(),
        WallState::NotApplicable(why) => format!("not applicable: {}", clean(why)),
        WallState::NeedsInput(field) => format!("needs {}", clean(field)),
        WallState::NotEvaluated(why) => format!("not evaluated: {}", clean(why)),
    }
}

/// Builds the document; `detail` adds every wall with its equation, time and the split of the fleet.
pub fn document(report: &Report, detail: bool) -> Document {
    let lens = |lens: &LensReport, question: &'static str| {
        (lens.status.name().to_string(), lens_tone(lens.status), question, clean(&lens.summary).into_owned())
    };
    let mut blocks = Vec::new();
    limits(report, &mut blocks);
    for one in [&report.feasibility, &report.performance, &report.economics] {
        figures(one, &mut blocks);
    }
    memory(report, &mut blocks);
    money(report, &mut blocks);
    if detail {
        details(report, &mut blocks);
    }
    sentences(report, &mut blocks);
    Document {
        title: clean(&report.scenario).into_owned(),
        subtitle: format!(
            "{} · {} physics · engine {} · registry {}",
            report.mode.name(),
            report.physics.name(),
            env!("CARGO_PKG_VERSION"),
            report.registry_version
        ),
        verdict: verdict(report),
        lenses: vec![
            lens(&report.feasibility, "fits"),
            lens(&report.performance, "fast"),
            lens(&report.economics, "worth it"),
        ],
        blocks,
    }
}

/// The phase that a wall binds, or is read in, where a plan has several: ` (decode)`.
fn phase(report: &Report, wall: &WallReading) -> String {
    let own = report.phases.iter().rev().find(|phase| phase.binding == wall.number);
    let read = (wall.phase == Phase::Prefill).then_some(wall.phase);
    let named = own.map(|phase| phase.phase).or(read).filter(|_| report.phases.len() > 1);
    named.map(|phase| format!(" ({})", phase.name())).unwrap_or_default()
}

fn limits(report: &Report, blocks: &mut Vec<Block>) {
    let line = |wall: &WallReading, role: &str| Figure {
        label: role.into(),
        value: format!("{} {}{}", wall.number, wall.name, phase(report, wall)),
        unit: wall.pressure.map(|pressure| format!("at {}", percent(pressure))).unwrap_or_default(),
        note: clean(&wall.sentence).into_owned(),
    };
    let mut rows = Vec::new();
    if let Some(wall) = report.binding_wall() {
        rows.push(line(wall, &state_words(wall)));
    }
    if let Some(wall) = next_walls(report).first() {
        rows.push(line(wall, "next"));
    }
    if rows.is_empty()
        && let Some(side) = report.bottleneck
    {
        rows.push(Figure {
            label: "binding".into(),
            value: side.name().into(),
            unit: String::new(),
            note: "the side of the roofline that sets the time of a step".into(),
        });
    }
    if !rows.is_empty() {
        blocks.push(Block::Figures(LIMITS.into(), rows));
    }
}

fn figures(lens: &LensReport, blocks: &mut Vec<Block>) {
    let rows: Vec<Figure> = lens
        .metrics
        .iter()
        .filter(|(key, _)| !told::repeats(lens, key))
        .map(|(key, value)| {
            let metric = METRICS.iter().find(|metric| metric.lens == lens.lens && metric.key == *key);
            let unit = metric.map_or("", |metric| metric.unit);
            // Ratios read better as percentages.
            let (value, unit) = match unit {
                "" => (number(value * 100.0), "%"),
                "USD" => (dollars(*value), ""),
                "kWh" => (energy(*value), ""),
                unit => (number(*value), unit),
            };
            Figure {
                label: metric.map_or(*key, |metric| metric.label).to_string(),
                value,
                unit: unit.to_string(),
                note: String::new(),
            }
        })
        .collect();
    if rows.is_empty() {
        return;
    }
    let title = match lens.lens {
        Lens::Feasibility => "Does it fit",
        Lens::Performance => "Is it fast",
        Lens::Macro => "Is it worth it",
    };
    blocks.push(Block::Figures(title.into(), rows));
}

/// An amount as every form of output shows it; sentences use the same sign. Cents where there are cents: a price of
/// less than ten of them keeps its digits.
fn dollars(value: f64) -> String {
    let size = value.abs();
    let sign = if value < 0.0 { "-" } else { "" };
    if (0.1..999.995).contains(&size) {
        format!("{sign}${size:.2}")
    } else {
        format!("{sign}${}", number(size))
    }
}

fn memory(report: &Report, blocks: &mut Vec<Block>) {
    let Some(fit) = &report.memory else { return };
    if fit.parts.is_empty() {
        return;
    }
    let share =
        |value: f64| if fit.capacity_bytes > 0.0 { value / fit.capacity_bytes } else { f64::INFINITY };
    let parts = fit
        .parts
        .iter()
        .map(|part| BarPart { label: part.label.into(), text: bytes(part.value), share: share(part.value) })
        .collect();
    let free = fit.capacity_bytes - fit.used_bytes;
    let mut total = format!(
        "{} of {}, {}; {}",
        bytes(fit.used_bytes),
        bytes(fit.capacity_bytes),
        percent(share(fit.used_bytes)),
        if free < 0.0 { format!("over by {}", bytes(-free)) } else { format!("{} free", bytes(free)) }
    );
    if !fit.checked {
        total.push_str(" (not part of the verdict in this profile)");
    }
    blocks.push(Block::Bar("Memory on each accelerator".into(), parts, total));
}

fn money(report: &Report, blocks: &mut Vec<Block>) {
    if let Some(tco) = &report.tco {
        let usd = |label: &str, value: f64, note: String| Figure {
            label: label.into(),
            value: dollars(value),
            unit: String::new(),
            note,
        };
        let mut rows: Vec<Figure> =
            tco.terms.iter().map(|term| usd(term.label, term.value, String::new())).collect();
        rows.push(usd(
            "total",
            tco.total_usd,
            format!("over {} days in {}", number(tco.duration_days), clean(&tco.region)),
        ));
        rows.push(Figure {
            label: "electricity".into(),
            value: dollars(tco.electricity_usd_per_kwh),
            unit: "/kWh".into(),
            note: clean(&tco.electricity_source).into_owned(),
        });
        let source = tco.rent_source.as_deref().map(clean).unwrap_or_default();
        rows.extend(tco.rent_alternative_usd.map(|rent| usd("rented instead", rent, source.into_owned())));
        rows.extend(tco.break_even_days.map(|days| Figure {
            label: "cheaper than rent after".into(),
            value: format::whole_days(days),
            unit: String::new(),
            note: String::new(),
        }));
        blocks.push(Block::Figures(MONEY.into(), rows));
        if tco.total_usd > 0.0 {
            let part = |term: &Part| BarPart {
                label: term.label.into(),
                text: dollars(term.value),
                share: term.value / tco.total_usd,
            };
            let total = format!("{} over {} days", dollars(tco.total_usd), number(tco.duration_days));
            blocks.push(Block::Bar(SPLIT.into(), tco.terms.iter().map(part).collect(), total));
        }
        if !tco.assumed.is_empty() {
            let items = tco.assumed.iter().map(|text| clean(text).into_owned()).collect();
            blocks.push(Block::Sentences("What the cost rests on".into(), Tone::Quiet, items));
        }
        if !tco.missing.is_empty() {
            let items = tco.missing.iter().map(|text| clean(text).into_owned()).collect();
            blocks.push(Block::Sentences("Not in the total".into(), Tone::Warn, items));
        }
    }
    if let Some(carbon) = &report.carbon {
        let row = |label: &str, value: f64, unit: &str| Figure {
            label: label.into(),
            value: number(value),
            unit: unit.into(),
            note: String::new(),
        };
        let power =
            |label: &str, kwh: f64| Figure { value: energy(kwh), unit: String::new(), ..row(label, kwh, "") };
        let mut rows = vec![
            power("energy of the machines", carbon.it_energy_kwh),
            power("energy of the facility", carbon.facility_energy_kwh),
            row("operational carbon", carbon.operational_kg, "kg CO2e"),
        ];
        rows.extend(carbon.embodied_kg.map(|kg| row("carbon of manufacture", kg, "kg CO2e")));
        rows.push(row("water", carbon.water_l, "L"));
        rows.push(row("grid", carbon.grid_g_per_kwh, "g CO2e/kWh"));
        rows.push(row("PUE", carbon.pue, ""));
        blocks.push(Block::Figures("Energy and carbon".into(), rows));
    }
}

fn details(report: &Report, blocks: &mut Vec<Block>) {
    if let Some(timeline) = &report.timeline {
        let share = |value: f64| if timeline.total_s > 0.0 { value / timeline.total_s } else { 0.0 };
        let rows = timeline
            .segments
            .iter()
            .map(|part| (part.label, part.value))
            .chain([("step", timeline.total_s)])
            .map(|(label, value)| Figure {
                label: label.into(),
                value: seconds(value),
                unit: percent(share(value)),
                note: String::new(),
            })
            .collect();
        blocks.push(Block::Figures("Time of one step (parts may overlap)".into(), rows));
    }
    if let Some(split) = report.parallelism {
        let row = |label: &str, value: u64| Figure {
            label: label.into(),
            value: value.to_string(),
            unit: String::new(),
            note: String::new(),
        };
        blocks.push(Block::Figures(
            "How the fleet is divided".into(),
            vec![
                row("tensor", split.tensor),
                row("pipeline", split.pipeline),
                row("data", split.data),
                row("expert", split.expert),
            ],
        ));
    }
    walls(report, blocks);
}

/// Every wall in a line, then what stands behind those that have a reading.
fn walls(report: &Report, blocks: &mut Vec<Block>) {
    if report.walls.is_empty() {
        return;
    }
    let text = |text: &str| clean(text).into_owned();
    let rows = report
        .walls
        .iter()
        .map(|wall| {
            let (state, why) = engine_state(&wall.state);
            vec![
                wall.number.to_string(),
                wall.name.to_string(),
                state.replace('_', " "),
                wall.pressure.map(percent).unwrap_or_default(),
                text(&wall.value),
                text(&wall.limit),
                why.map(text).unwrap_or_default(),
            ]
        })
        .collect();
    blocks.push(Block::Table(
        WALLS.into(),
        vec!["#", "wall", "state", "pressure", "demand", "limit", ""],
        rows,
    ));
    let cards: Vec<Card> = report
        .walls
        .iter()
        .filter(|wall| !wall.substituted.is_empty())
        .map(|wall| {
            let mut lines = vec![("equation", wall.equation.to_string()), ("here", text(&wall.substituted))];
            lines.extend(wall.sources.iter().map(|source| ("source", text(source))));
            Card { heading: format!("{} {}", wall.number, wall.name), lines }
        })
        .collect();
    if !cards.is_empty() {
        blocks.push(Block::Cards(EVIDENCE.into(), cards));
    }
}

fn sentences(report: &Report, blocks: &mut Vec<Block>) {
    let mut add = |title: &str, tone, items: Vec<String>| {
        if !items.is_empty() {
            let items = items.iter().map(|item| clean(item).into_owned()).collect();
            blocks.push(Block::Sentences(title.into(), tone, items));
        }
    };
    add("Assertions that fail", Tone::Bad, report.violations.iter().map(Violation::sentence).collect());
    add("Warnings", Tone::Warn, report.warnings.iter().map(|warning| warning.message.clone()).collect());
    add(
        "What would help",
        Tone::Good,
        report
            .suggestions
            .iter()
            .map(|suggestion| {
                let edits: Vec<String> =
                    suggestion.edits.iter().map(|(path, value)| format!("{path}: {value}")).collect();
                let mut line = suggestion.title.clone();
                if !suggestion.gain.is_empty() {
                    line.push_str(&format!(" → {}", suggestion.gain));
                }
                if !edits.is_empty() {
                    line.push_str(&format!("  ({})", edits.join(", ")));
                }
                line
            })
            .collect(),
    );
}
