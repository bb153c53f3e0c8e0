//! Walls 17 and 18: money and carbon against what the plan asserts.

use super::super::assertions::upper_bound;
use super::super::format;
use super::super::report::{WallReading, WallState};
use super::super::walls::Wall;
use super::{ReadingInputs, blank, cite, finite, state_of};

/// Demand against an asserted bound; without a bound there is a figure but no pressure.
fn against_bound(
    wall: &Wall,
    demand: f64,
    bound: Option<f64>,
    show: fn(f64) -> String,
    sentence: &str,
    substituted: String,
) -> WallReading {
    let pressure = bound.filter(|bound| *bound > 0.0).and_then(|bound| finite(demand / bound));
    let state = match bound {
        Some(bound) if demand > bound => WallState::Violated,
        _ => state_of(pressure.unwrap_or(0.0), false),
    };
    let sentence = match bound {
        Some(bound) if demand > bound => format!("{sentence}, above the asserted {}.", show(bound)),
        Some(bound) => format!("{sentence}, within the asserted {}.", show(bound)),
        None => format!("{sentence}; no limit asserted."),
    };
    WallReading {
        pressure,
        value: show(demand),
        limit: bound.map_or_else(|| "no limit asserted".to_owned(), show),
        sentence,
        substituted,
        ..blank(wall, state)
    }
}

pub(super) fn capital(wall: &Wall, i: &ReadingInputs<'_>) -> WallReading {
    let Some(tco) = i.tco else {
        return blank(wall, i.unpriced.clone());
    };
    let mut terms = String::new();
    for term in &tco.terms {
        if !terms.is_empty() {
            terms.push_str(" + ");
        }
        terms.push_str(term.label);
        terms.push(' ');
        terms.push_str(&format::usd(term.value));
    }
    let total = format::usd(tco.total_usd);
    let mut reading = against_bound(
        wall,
        tco.total_usd,
        upper_bound(&i.plan.assertions, "macro.tco_usd"),
        format::usd,
        &format!("{total} over {}", format::count(tco.duration_days.round() as u64, "day")),
        format!("{terms} = {total}"),
    );
    if !tco.missing.is_empty() {
        reading.sentence.push_str(" It is incomplete.");
        reading.sources.push(format!("not counted: {}", tco.missing.join(", ")));
    }
    reading.sources.push(format!("electricity: {}", tco.electricity_source));
    cite(&mut reading, i.accelerator(), "unit_cost_usd");
    reading
}

pub(super) fn sustainability(wall: &Wall, i: &ReadingInputs<'_>) -> WallReading {
    let Some(carbon) = i.carbon else {
        return blank(wall, i.uncounted.clone());
    };
    // What an assertion on the metric bounds is operation alone; manufacture is told beside it.
    let tons = carbon.operational_kg / 1e3;
    let grid = format::figure(carbon.grid_g_per_kwh);
    let emitted = format::carbon_kg(carbon.operational_kg);
    let of = if carbon.embodied_kg.is_some() { " of operation" } else { "" };
    let sentence = format!("{emitted}{of} at {grid} g/kWh");
    let mut reading = against_bound(
        wall,
        tons,
        upper_bound(&i.plan.assertions, "macro.carbon_footprint"),
        |tons| format::carbon_kg(tons * 1e3),
        &sentence,
        format!(
            "{} kWh × {} × {} g/kWh = {}",
            format::figure(carbon.it_energy_kwh),
            format::figure(carbon.pue),
            format::figure(carbon.grid_g_per_kwh),
            format::carbon_kg(carbon.operational_kg)
        ) + &carbon
            .embodied_kg
            .map_or_else(String::new, |kg| format!("; manufacture {}", format::carbon_kg(kg))),
    );
    cite(&mut reading, i.accelerator(), "tdp_w");
    reading
}
