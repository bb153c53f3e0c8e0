//! Money and carbon: every term, where the price comes from, what is missing.

use ratatui::layout::Position;
use unicode_width::UnicodeWidthStr;

use super::canvas::{Canvas, series, wrap};
use super::{change, number};
use crate::engine::Report;
use crate::engine::format::whole_days;
use crate::engine::report::{LensStatus, Part};
use crate::metrics::{Better, Lens};
use crate::studio::app::App;
use crate::studio::layout::Pane;
use crate::studio::theme::Role;

/// One row: label, value, share of a sum with its colour or change since the pin, or a running text.
enum Row {
    Term { label: String, value: String, share: f64, index: usize, change: Option<(Role, String)> },
    Figure { label: &'static str, value: String, strong: bool, change: Option<(Role, String)> },
    Text { role: Role, text: String },
    Gap,
}

/// From this width on each term has a bar of its own.
const BARS: u16 = 64;

/// Draws the pane.
pub fn draw(app: &App, canvas: &mut Canvas) -> Option<Position> {
    let report = app.report.as_ref()?;
    canvas.stale = app.stale();
    let width = canvas.width();
    let mut rows = rows(app, report, usize::from(width));
    let height = usize::from(canvas.height());
    if rows.len() > height {
        // Spacing goes first, then the pane scrolls.
        rows.retain(|row| !matches!(row, Row::Gap));
    }
    let names = rows.iter().map(|row| if let Row::Term { label, .. } = row { label.width() } else { 0 });
    let names = names.max().unwrap_or(0) as u16 + 3;
    // What changed since the pin stands between the bars and the figures.
    let changes = rows
        .iter()
        .map(|row| if let Row::Term { change: Some((_, words)), .. } = row { words.width() + 2 } else { 0 });
    let changes = changes.max().unwrap_or(0) as u16;
    let wanted = app.selected[usize::from(Pane::Money.number())];
    let first = wanted.min(rows.len().saturating_sub(height));
    app.hidden[usize::from(Pane::Money.number())].set((first, rows.len().saturating_sub(first + height)));
    for (y, row) in rows.iter().skip(first).take(height).enumerate() {
        let y = y as u16;
        match row {
            Row::Term { label, value, share, index, change } => {
                let x = canvas.swatch(0, y, *index, label);
                let x = canvas.text(x, y, Role::Text, label).max(names) + 2;
                if width >= BARS {
                    canvas.bar(x, y, width.saturating_sub(x + 18 + changes), *share, series(*index));
                }
                let start = canvas.text_right(width.saturating_sub(6), y, Role::Strong, value);
                canvas.text_right(width, y, Role::Dim, &number::percent(*share));
                let room = start.saturating_sub(x + 1);
                if let Some((role, words)) = change.as_ref().and_then(|change| fitting(change, room)) {
                    canvas.text_right(start - 2, y, role, words);
                }
            }
            Row::Figure { label, value, strong, change } => {
                let mut start =
                    canvas.text_right(width, y, if *strong { Role::Strong } else { Role::Text }, value);
                let room = start.saturating_sub(label.width() as u16 + 3);
                if let Some((role, words)) = change.as_ref().and_then(|change| fitting(change, room)) {
                    start = canvas.text_right(start.saturating_sub(2), y, role, words);
                }
                canvas.text_within(0, y, start.saturating_sub(1), Role::Dim, label);
            }
            Row::Text { role, text } => {
                canvas.text(0, y, *role, text);
            }
            Row::Gap => {}
        }
    }
    None
}

/// A change with its word, or with arrow and size alone, as there is room.
fn fitting((role, words): &(Role, String), room: u16) -> Option<(Role, &str)> {
    let brief = words.rsplit_once(' ').map_or(words.as_str(), |(brief, _)| brief);
    [words.as_str(), brief]
        .into_iter()
        .find(|words| words.width() <= usize::from(room))
        .map(|words| (*role, words))
}

fn rows(app: &App, report: &Report, width: usize) -> Vec<Row> {
    let mut rows = Vec::new();
    let plain = |rows: &mut Vec<Row>, label, value| {
        rows.push(Row::Figure { label, value, strong: false, change: None });
    };
    // Less is better for money, energy, water and carbon.
    let since = |before: Option<f64>, now: f64| {
        before.and_then(|before| change::signed(Better::Lower, before, now, app.ascii))
    };
    let moved = |rows: &mut Vec<Row>, label, value, strong, before: Option<f64>, now: f64| {
        rows.push(Row::Figure { label, value, strong, change: since(before, now) });
    };
    let pinned = app.baseline.as_ref();
    let then = |key: &str| pinned.and_then(|report| report.metric(Lens::Macro, key));
    let whole =
        |report: &Report| report.tco.as_ref().filter(|tco| tco.missing.is_empty()).map(|tco| tco.total_usd);
    if report.economics.status == LensStatus::Skipped && report.tco.is_none() {
        rows.extend(running(Role::Dim, &report.economics.summary, width));
        return rows;
    }
    if let Some(tco) = &report.tco {
        if tco.terms.is_empty() && !tco.missing.is_empty() {
            let value = "not known".into();
            rows.push(Row::Figure { label: "total cost of ownership", value, strong: true, change: None });
        } else {
            // A total that lacks something is no measure of a change.
            let before = whole(report).and(pinned.and_then(whole));
            let now = tco.total_usd;
            moved(&mut rows, "total cost of ownership", number::usd(now), true, before, now);
            let per_year = report.metric(Lens::Macro, "annual_tco_usd").unwrap_or_else(|| {
                if tco.duration_days > 0.0 { tco.total_usd * 365.0 / tco.duration_days } else { 0.0 }
            });
            // A plan of a year has its cost told already.
            if (per_year - tco.total_usd).abs() > 1e-9 * tco.total_usd.abs() {
                let before = before.and(then("annual_tco_usd"));
                moved(&mut rows, "a year", number::usd(per_year), false, before, per_year);
            }
        }
        if let Some(value) = report.metric(Lens::Macro, "usd_per_million_tokens") {
            let before = then("usd_per_million_tokens");
            moved(&mut rows, "per million tokens", number::usd(value), true, before, value);
        }
        rows.push(Row::Gap);
        for (index, Part { label, value, key }) in tco.terms.iter().enumerate() {
            let share = if tco.total_usd == 0.0 { 0.0 } else { value / tco.total_usd };
            let before = pinned
                .and_then(|report| report.tco.as_ref())
                .and_then(|tco| tco.terms.iter().find(|part| part.key == *key))
                .map(|part| part.value);
            rows.push(Row::Term {
                label: (*label).to_owned(),
                value: number::usd(*value),
                share,
                index,
                change: since(before, *value),
            });
        }
        if let Some(rent) = tco.rent_alternative_usd {
            let before = pinned.and_then(|report| report.tco.as_ref()?.rent_alternative_usd);
            moved(&mut rows, "rented instead", number::usd(rent), false, before, rent);
        }
        if let Some(days) = tco.break_even_days {
            plain(&mut rows, "whole price below rent after", whole_days(days));
        }
        rows.push(Row::Gap);
    }
    if let Some(carbon) = &report.carbon {
        let before = pinned.and_then(|report| report.carbon.as_ref());
        let now = carbon.operational_kg;
        let was = before.map(|carbon| carbon.operational_kg);
        moved(&mut rows, "carbon, operation", number::carbon(now), true, was, now);
        if let Some(now) = carbon.embodied_kg {
            let was = before.and_then(|carbon| carbon.embodied_kg);
            moved(&mut rows, "carbon, manufacture", number::carbon(now), false, was, now);
        }
        if let Some(now) = report.metric(Lens::Macro, "g_co2_per_million_tokens") {
            let was = then("g_co2_per_million_tokens");
            moved(&mut rows, "per million tokens", number::carbon(now / 1e3), false, was, now);
        }
        let (now, was) = (carbon.facility_energy_kwh, before.map(|carbon| carbon.facility_energy_kwh));
        moved(&mut rows, "energy at the meter", number::energy(now), false, was, now);
        let (now, was) = (carbon.water_l, before.map(|carbon| carbon.water_l));
        moved(&mut rows, "water", number::litres(now), false, was, now);
        let grid =
            format!("{} g/kWh, PUE {}", number::plain(carbon.grid_g_per_kwh), number::plain(carbon.pue));
        plain(&mut rows, "grid", grid);
    }
    if let Some(tco) = &report.tco {
        plain(&mut rows, "electricity", format!("${}/kWh", number::plain(tco.electricity_usd_per_kwh)));
        rows.extend(running(Role::Dim, &tco.electricity_source, width));
        if !tco.missing.is_empty() {
            rows.extend(running(
                Role::Warn,
                &format!("! not in the total: {}", tco.missing.join(", ")),
                width,
            ));
        }
    }
    rows
}

fn running(role: Role, text: &str, width: usize) -> impl Iterator<Item = Row> {
    wrap(text, width).into_iter().map(move |text| Row::Text { role, text })
}
