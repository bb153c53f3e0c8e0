//! Walls 21 and 22: methods rather than limits. What moves the result, and what machine a promise needs.

use super::super::assertions::upper_bound;
use super::super::format;
use super::super::report::{Part, WallReading, WallState};
use super::super::walls::{Wall, synthesis as build};
use super::{ReadingInputs, blank, finite, needs, refused, state_of};

/// What a lever is multiplied with to see what it moves.
pub const GROWTH: f64 = 1.1;

/// `ln(T'/T) / ln(x'/x)`: −1 where twice the lever takes half the time, 0 where it changes nothing.
pub fn elasticity(before_s: f64, after_s: f64, growth: f64) -> f64 {
    let value = (after_s / before_s).ln() / growth.ln();
    // Rounding is no effect.
    if value.is_finite() && value.abs() > 1e-9 { value } else { 0.0 }
}

/// Work to do rather than a machine to buy: more of it always takes longer.
const WORK: [&str; 2] = ["batch_size", "seq_len"];

/// The lever of the machine that moves the result most, first of equals.
fn strongest(levers: &[Part]) -> Option<&Part> {
    let mut best: Option<&Part> = None;
    for lever in levers.iter().filter(|lever| !WORK.contains(&lever.key)) {
        if best.is_none_or(|best| lever.value.abs() > best.value.abs()) {
            best = Some(lever);
        }
    }
    best
}

pub(super) fn sensitivity(wall: &Wall, i: &ReadingInputs<'_>) -> WallReading {
    let Some(best) = strongest(i.sensitivities).filter(|best| best.value != 0.0) else {
        return WallReading {
            value: "nothing".into(),
            limit: "a method, not a limit".into(),
            sentence: "No figure of the machine moves the time of this plan.".into(),
            substituted: "all elasticities are 0".into(),
            ..blank(wall, WallState::Clear)
        };
    };
    let mut substituted = String::new();
    for lever in i.sensitivities {
        if !substituted.is_empty() {
            substituted.push_str(", ");
        }
        substituted.push_str(lever.label);
        substituted.push(' ');
        substituted.push_str(&signed(lever.value));
    }
    let change = (GROWTH.powf(best.value) - 1.0).abs();
    let way = if best.value < 0.0 { "saves" } else { "costs" };
    WallReading {
        value: format!("{} {}", best.label, signed(best.value)),
        limit: "a method, not a limit".into(),
        sentence: format!("10 % more {} {way} {} of the time.", best.label, format::percent(change)),
        substituted,
        ..blank(wall, WallState::Clear)
    }
}

fn signed(value: f64) -> String {
    let sign = if value < 0.0 { "−" } else { "+" };
    format!("{sign}{:.2}", value.abs())
}

/// The time that the plan promises for one phase, s, and the promise.
fn promise(i: &ReadingInputs<'_>) -> Option<(f64, &'static str)> {
    let names: &[&'static str] = if i.trains() {
        &["performance.step_latency", "performance.latency"]
    } else if i.serving.is_some() {
        &["performance.itl_ms", "performance.latency"]
    } else {
        &["performance.latency"]
    };
    names.iter().find_map(|name| {
        upper_bound(&i.plan.assertions, name).filter(|bound| *bound > 0.0).map(|bound| (bound / 1e3, *name))
    })
}

pub(super) fn synthesis(wall: &Wall, i: &ReadingInputs<'_>) -> WallReading {
    let Some((target_s, name)) = promise(i) else {
        return needs(wall, "constraints.assert");
    };
    let loads = &i.main;
    // The resolver prices one forward pass; a training step is what the engine counted.
    let (traffic, flop, memory) = if i.trains() {
        (loads.memory.amount, loads.compute.amount, i.footprint_bytes)
    } else {
        match build::solve(&build::Inputs {
            model: i.model(),
            target_latency_s: target_s,
            precision: i.precision(),
            efficiency: i.efficiency,
        }) {
            Ok(answer) => {
                let batch = loads.compute.amount.max(answer.total_ops_flop / i.accelerators());
                (answer.model_size_bytes / i.accelerators(), batch, i.footprint_bytes)
            }
            Err(error) => return refused(wall, &error),
        }
    };
    let traffic = traffic.max(loads.memory.amount);
    let efficiency = if i.efficiency > 0.0 { i.efficiency } else { 1.0 };
    let (bandwidth, rate) = (traffic / target_s, flop / (target_s * efficiency));
    let device = i.device();
    let chips = device.accelerator_count.map_or(1.0, |count| f64::from(count.max(1)));
    let has = device.memory_bytes_per_s / chips;
    // Needed over had, by bandwidth and by time.
    let slow = loads.total_s / target_s;
    let pressure = slow.max(if has > 0.0 { bandwidth / has } else { 0.0 });
    let (wants, had) = (format::bytes_per_s(bandwidth), format::bytes_per_s(has));
    let target = format::seconds(target_s);
    let mut reading = WallReading {
        pressure: finite(pressure),
        sentence: if pressure > 1.0 {
            format!("{target} needs {wants} and {} per accelerator.", format::flop_per_s(rate))
        } else {
            format!("{target} needs {wants} per accelerator; this one has {had}.")
        },
        substituted: format!(
            "{} / {target} = {wants}; {} / ({target} × {}) = {}; {}",
            format::bytes(traffic),
            format::flop(flop),
            format::figure(efficiency),
            format::flop_per_s(rate),
            format::bytes(memory)
        ),
        value: wants,
        limit: had,
        ..blank(wall, state_of(pressure, true))
    };
    reading.sources.push(format!("target: {name}"));
    reading
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elasticities_are_exact_for_power_laws() {
        assert!((elasticity(2.0, 2.0 / GROWTH, GROWTH) + 1.0).abs() < 1e-12);
        assert!((elasticity(2.0, 2.0 * GROWTH, GROWTH) - 1.0).abs() < 1e-12);
        assert_eq!(elasticity(2.0, 2.0, GROWTH), 0.0);
        assert_eq!(elasticity(0.0, 0.0, GROWTH), 0.0);
        assert_eq!(elasticity(1.0, f64::INFINITY, GROWTH), 0.0);
    }

    #[test]
    fn the_strongest_lever_is_the_first_of_equals() {
        let lever = |key, value| Part { key, label: key, value };
        let levers = [lever("a", 0.1), lever("b", -0.5), lever("c", 0.5)];
        assert_eq!(strongest(&levers).map(|lever| lever.key), Some("b"));
        assert_eq!(strongest(&[]), None);
    }
}
