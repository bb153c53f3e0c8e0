//! What there is to know about a completion, beside the list.

use super::{About, Completion};
use crate::plan::fields;
use crate::registry::{Kind, Physics, Registry, Source};
use crate::units;

/// Names and texts: unit, default and what is allowed of a field; the main facts and the source of an entry. Looked up
/// only for the one that is shown.
pub fn notes(item: &Completion, physics: Physics, registry: &Registry) -> Vec<(&'static str, String)> {
    let mut notes = Vec::new();
    let mut note = |name: &'static str, text: String| {
        if !text.is_empty() {
            notes.push((name, text));
        }
    };
    match &item.about {
        About::Field(path) => {
            let Some(doc) = fields::field_doc(path) else { return notes };
            note("unit", doc.unit.unwrap_or_default());
            note("default", doc.default.unwrap_or_default());
            note("allowed", doc.allowed);
            note("example", doc.example.unwrap_or_default());
        }
        About::Entry(Kind::Hardware, id) => {
            let Ok(entry) = registry.accelerator(physics, id) else { return notes };
            let facts = &entry.facts;
            note("name", entry.name.clone());
            note("year", facts.release_year.map_or_else(String::new, |year| year.to_string()));
            note("peak", units::format_flop_rate(facts.peak_flop_per_s));
            note("memory", units::format_bytes(facts.memory_bytes));
            note("bandwidth", units::format_rate(facts.memory_bytes_per_s));
            note("power", facts.tdp_w.map(units::format_power).unwrap_or_default());
            note("price", facts.unit_cost_usd.map(units::format_usd).unwrap_or_default());
            note("source", said(&entry.source));
        }
        About::Entry(Kind::Models, id) => {
            let Ok(entry) = registry.model(physics, id) else { return notes };
            let facts = &entry.facts;
            note("name", entry.name.clone());
            note("parameters", facts.parameters.map(units::format_count).unwrap_or_default());
            note("active", facts.active_parameters.map(units::format_count).unwrap_or_default());
            note("layers", facts.layers.map_or_else(String::new, |layers| layers.to_string()));
            note(
                "context",
                facts.context_length.map_or_else(String::new, |tokens| format!("{tokens} tokens")),
            );
            note("source", said(&entry.source));
        }
        About::Entry(Kind::Grids, id) => {
            let Ok(entry) = registry.grid(physics, id) else { return notes };
            let facts = &entry.facts;
            note("name", entry.name.clone());
            note("carbon", format!("{} g CO2e/kWh", facts.carbon_g_per_kwh));
            note("power", facts.primary_source.clone());
            note("PUE", facts.pue.to_string());
            let price = facts.electricity_usd_per_kwh;
            note("price", price.map_or_else(String::new, |price| format!("{price} USD/kWh")));
            note("source", said(&entry.source));
        }
        About::Word | About::Entry(..) => {}
    }
    notes
}

/// A source in a few words.
fn said(source: &Source) -> String {
    let parts = [source.title.as_str(), source.kind.as_str(), source.date.as_str()];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ")
}
