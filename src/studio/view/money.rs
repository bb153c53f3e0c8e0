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
    Term { label: String, value: String, share: f64, index: usize },
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
    let wanted = app.selected[usize::from(Pane::Money.number())];
    let first = wanted.min(rows.len().saturating_sub(height));
    app.hidden[usize::from(Pane::Money.number())].set((first, rows.len().saturating_sub(first + height)));
    for (y, row) in rows.iter().skip(first).take(height).enumerate() {
        let y = y as u16;
        match row {
            Row::Term { label, value, share, index } => {
                let x = canvas.swatch(0, y, *index, label);
                let x = canvas.text(x, y, Role::Text, label).max(names) + 2;
                if width >= BARS {
                    canvas.bar(x, y, width.saturating_sub(x + 18), *share, series(*index));
                }
                canvas.text_right(width.saturating_sub(6), y, Role::Strong, value);
                canvas.text_right(width, y, Role::Dim, &number::percent(*share));
            }
            Row::Figure { label, value, strong, change } => {
                let mut start =
                    canvas.text_right(width, y, if *strong { Role::Strong } else { Role::Text }, value);
                if let Some((role, words)) = change
                    && label.width() + words.width() + 3 <= usize::from(start)
                {
                    start = canvas.text_right(start.saturating_sub(2), y, *role, words);
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

fn rows(app: &App, report: &Report, width: usize) -> Vec<Row> {
    let mut rows = Vec::new();
    let figure = |rows: &mut Vec<Row>, label, value, strong| {
        rows.push(Row::Figure { label, value, strong, change: None });
    };
    // The change of a figure since the pin; less is better for money and for carbon.
    let moved = |rows: &mut Vec<Row>, label, value, before: Option<f64>, now: f64| {
        let change = before.and_then(|before| change::signed(Better::Lower, before, now, app.ascii));
        rows.push(Row::Figure { label, value, strong: true, change });
    };
    let pinned = app.baseline.as_ref();
    let whole =
        |report: &Report| report.tco.as_ref().filter(|tco| tco.missing.is_empty()).map(|tco| tco.total_usd);
    if report.economics.status == LensStatus::Skipped && report.tco.is_none() {
        rows.extend(running(Role::Dim, &report.economics.summary, width));
        return rows;
    }
    if let Some(tco) = &report.tco {
        if tco.terms.is_empty() && !tco.missing.is_empty() {
            figure(&mut rows, "total cost of ownership", "not known".into(), true);
        } else {
            // A total that lacks something is no measure of a change.
            let before = whole(report).and(pinned.and_then(whole));
            moved(&mut rows, "total cost of ownership", number::usd(tco.total_usd), before, tco.total_usd);
            let per_year = report.metric(Lens::Macro, "annual_tco_usd").unwrap_or_else(|| {
                if tco.duration_days > 0.0 { tco.total_usd * 365.0 / tco.duration_days } else { 0.0 }
            });
            // A plan of a year has its cost told already.
            if (per_year - tco.total_usd).abs() > 1e-9 * tco.total_usd.abs() {
                figure(&mut rows, "a year", number::usd(per_year), false);
            }
        }
        if let Some(value) = report.metric(Lens::Macro, "usd_per_million_tokens") {
            let before = pinned.and_then(|report| report.metric(Lens::Macro, "usd_per_million_tokens"));
            moved(&mut rows, "per million tokens", number::usd(value), before, value);
        }
        rows.push(Row::Gap);
        for (index, Part { label, value, .. }) in tco.terms.iter().enumerate() {
            let share = if tco.total_usd == 0.0 { 0.0 } else { value / tco.total_usd };
            rows.push(Row::Term { label: (*label).to_owned(), value: number::usd(*value), share, index });
        }
        if let Some(rent) = tco.rent_alternative_usd {
            figure(&mut rows, "rented instead", number::usd(rent), false);
        }
        if let Some(days) = tco.break_even_days {
            figure(&mut rows, "cheaper than rent after", whole_days(days), false);
        }
        rows.push(Row::Gap);
    }
    if let Some(carbon) = &report.carbon {
        let before = pinned.and_then(|report| report.carbon.as_ref()).map(|carbon| carbon.operational_kg);
        let now = carbon.operational_kg;
        moved(&mut rows, "carbon, operation", number::carbon(now), before, now);
        if let Some(embodied) = carbon.embodied_kg {
            figure(&mut rows, "carbon, manufacture", number::carbon(embodied), false);
        }
        if let Some(value) = report.metric(Lens::Macro, "g_co2_per_million_tokens") {
            figure(&mut rows, "per million tokens", number::carbon(value / 1e3), false);
        }
        figure(&mut rows, "energy at the meter", number::energy(carbon.facility_energy_kwh), false);
        figure(&mut rows, "water", number::litres(carbon.water_l), false);
        figure(
            &mut rows,
            "grid",
            format!("{} g/kWh, PUE {}", number::plain(carbon.grid_g_per_kwh), number::plain(carbon.pue)),
            false,
        );
    }
    if let Some(tco) = &report.tco {
        figure(
            &mut rows,
            "electricity",
            format!("${}/kWh", number::plain(tco.electricity_usd_per_kwh)),
            false,
        );
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
