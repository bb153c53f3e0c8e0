//! Quantities on `uom` with the base dimensions of this field, and the reader for how people write them.
//! Nothing else imports `uom`.

mod format;
pub(crate) mod parse;
mod system;

pub use format::{
    format_bytes, format_count, format_energy, format_flop, format_flop_rate, format_percent, format_power,
    format_rate, format_seconds, format_usd,
};
pub use parse::{Dimension, Quantity, UnitError};
pub use system::{
    carbon_kg, compute_s, energy_kwh, rent_usd, ridge_flop_per_byte, transfer_s, usd_per_million_tokens,
};

/// Reads any quantity: `50 GB/s`, `80 GiB`, `989 TFLOP/s`, `30 min`, `4/s`, `0.12 USD/kWh`, `1.0e12`.
pub fn parse(text: &str) -> Result<Quantity, UnitError> {
    parse::parse(text).map_err(with_nearest)
}

/// Reads a quantity of one dimension; the value is in [`Dimension::unit`]. Errors name both dimensions.
pub fn parse_as(text: &str, dimension: Dimension) -> Result<f64, UnitError> {
    parse::parse_as(text, dimension).map_err(with_nearest)
}

/// Adds the nearest known unit to an unknown one.
fn with_nearest(error: UnitError) -> UnitError {
    match error {
        UnitError::UnknownUnit { unit, .. } => {
            let nearest = nearest_unit(&unit);
            UnitError::UnknownUnit { unit, nearest }
        }
        other => other,
    }
}

fn nearest_unit(unit: &str) -> Option<String> {
    if unit.is_empty() {
        return None;
    }
    let folded = unit.to_lowercase();
    let near = |known: &&&str| {
        let other = known.to_lowercase();
        // A different case is the nearest miss of all: `gb`, `tflop`.
        if folded == other { 0 } else { 1 + strsim::damerau_levenshtein(&folded, &other) }
    };
    parse::COMMON_UNITS
        .iter()
        .min_by_key(near)
        .filter(|known| near(known) <= 1 + unit.len().min(4) / 2)
        .map(|known| (*known).to_owned())
}

#[cfg(test)]
mod tests;
