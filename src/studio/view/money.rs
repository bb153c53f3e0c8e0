//! Money and carbon: every term, where the price comes from, what is missing.

use ratatui::layout::Position;

use super::canvas::{Canvas, wrap};
use super::number;
use crate::engine::Report;
use crate::engine::report::{LensStatus, Part};
use crate::metrics::Lens;
use crate::studio::app::App;
use crate::studio::layout::Pane;
use crate::studio::theme::Role;

/// One row: label, value, share of a sum with its colour, or a running text.
enum Row {
    Term { label: String, value: String, share: f64, index: usize },
    Figure { label: &'static str, value: String, strong: bool },
    Text { role: Role, text: String },
    Gap,
}

/// Draws the pane.
pub fn draw(app: &App, canvas: &mut Canvas) -> Option<Position> {
    let report = app.report.as_ref()?;
    canvas.stale = app.stale();
    let width = canvas.width();
    let mut rows = rows(report, usize::from(width));
    let height = usize::from(canvas.height());
    if rows.len() > height {
        // Spacing goes first, then the pane scrolls.
        rows.retain(|row| !matches!(row, Row::Gap));
    }
    let wanted = app.selected[usize::from(Pane::Money.number())];
    let first = wanted.min(rows.len().saturating_sub(height));
    for (y, row) in rows.iter().skip(first).take(height).enumerate() {
        let y = y as u16;
        match row {
            Row::Term { label, value, share, index } => {
                let x = canvas.swatch(0, y, *index, label);
                canvas.text(x, y, Role::Text, label);
                canvas.text_right(width.saturating_sub(6), y, Role::Strong, value);
                canvas.text_right(width, y, Role::Dim, &number::percent(*share));
            }
            Row::Figure { label, value, strong } => {
                let start =
                    canvas.text_right(width, y, if *strong { Role::Strong } else { Role::Text }, value);
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

fn rows(report: &Report, width: usize) -> Vec<Row> {
    let mut rows = Vec::new();
    let figure = |rows: &mut Vec<Row>, label, value, strong| rows.push(Row::Figure { label, value, strong });
    if report.economics.status == LensStatus::Skipped && report.tco.is_none() {
        rows.extend(running(Role::Dim, &report.economics.summary, width));
        return rows;
    }
    if let Some(tco) = &report.tco {
        figure(&mut rows, "total cost of ownership", number::usd(tco.total_usd), true);
        let per_year = report.metric(Lens::Macro, "annual_tco_usd").unwrap_or_else(|| {
            if tco.duration_days > 0.0 { tco.total_usd * 365.0 / tco.duration_days } else { 0.0 }
        });
        figure(&mut rows, "a year", number::usd(per_year), false);
        if let Some(value) = report.metric(Lens::Macro, "usd_per_million_tokens") {
            figure(&mut rows, "per million tokens", number::usd(value), true);
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
            figure(
                &mut rows,
                "cheaper than rent after",
                format!("{} days", number::plain(days.ceil())),
                false,
            );
        }
        rows.push(Row::Gap);
    }
    if let Some(carbon) = &report.carbon {
        figure(&mut rows, "carbon, operation", number::carbon(carbon.operational_kg), true);
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
