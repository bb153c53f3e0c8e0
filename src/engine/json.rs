//! The report as one flat, strictly typed JSON object, and its nested parts on request.

use serde_json::{Map, Value, json};

use super::report::{LensReport, Part, Report, WallReading, WallState};

/// A finite number, or `null`: JSON has no infinity.
fn number(value: f64) -> Value {
    serde_json::Number::from_f64(value).map_or(Value::Null, Value::Number)
}

/// The report as JSON. Keys of the reference keep their names, units and meaning; `detail` adds the
/// nested parts. The same report gives the same bytes.
pub fn flat(report: &Report, detail: bool) -> Value {
    let mut object = Map::new();
    let mut put = |key: &str, value: Value| {
        object.insert(key.to_owned(), value);
    };
    put("scenario", json!(report.scenario));
    put("status", json!(report.status.name()));
    if let Some((reason, field)) = &report.error {
        put("title", json!("Bad Input"));
        put("reason", json!(reason));
        put("field", json!(field));
    }
    let lenses = [&report.feasibility, &report.performance, &report.economics];
    for lens in lenses {
        put(&format!("{}status", lens.lens.prefix()), json!(lens.status.name()));
    }
    for lens in lenses {
        for (key, value) in &lens.metrics {
            put(&format!("{}{key}", lens.lens.prefix()), number(*value));
        }
    }
    for LensReport { lens, summary, .. } in lenses {
        put(&format!("{}summary", lens.prefix()), json!(summary));
    }
    put("bottleneck", report.bottleneck.map_or(Value::Null, |side| json!(side.name())));
    put("binding_wall", report.binding_wall().map_or(Value::Null, |wall| json!(wall.name)));
    put("mode", json!(report.mode.name()));
    put("physics", json!(report.physics.name()));
    put("engine_version", json!(env!("CARGO_PKG_VERSION")));
    put("registry_version", json!(report.registry_version));
    put(
        "warnings",
        report
            .warnings
            .iter()
            .map(|warning| json!({"code": warning.code, "message": warning.message}))
            .collect(),
    );
    put("assumed", report.tco.iter().flat_map(|tco| &tco.assumed).map(|said| json!(said)).collect());
    put("violations", report.violations.iter().map(|violation| json!(violation.sentence())).collect());
    put(
        "suggestions",
        report
            .suggestions
            .iter()
            .map(|suggestion| {
                let edits: Vec<Value> = suggestion
                    .edits
                    .iter()
                    .map(|(path, value)| json!({"path": path, "value": value}))
                    .collect();
                json!({
                    "title": suggestion.title,
                    "text": format!("{}: {}", suggestion.title, suggestion.gain),
                    "edits": edits,
                    "metric": suggestion.metric,
                    "unit": suggestion.unit,
                    "before": suggestion.before.map(number),
                    "after": suggestion.after.map(number),
                    "gain": suggestion.share.map(number),
                })
            })
            .collect(),
    );
    if detail {
        nested(report, &mut object);
    }
    Value::Object(object)
}

fn parts(parts: &[Part]) -> Value {
    Value::Object(parts.iter().map(|part| (part.key.to_owned(), number(part.value))).collect())
}

fn nested(report: &Report, object: &mut Map<String, Value>) {
    let mut put = |key: &str, value: Value| {
        object.insert(key.to_owned(), value);
    };
    put(
        "memory",
        report.memory.as_ref().map_or(Value::Null, |memory| {
            json!({
                "parts_bytes": parts(&memory.parts),
                "used_bytes": number(memory.used_bytes),
                "capacity_bytes": number(memory.capacity_bytes),
                "checked": memory.checked,
            })
        }),
    );
    put("walls", report.walls.iter().map(wall).collect());
    put(
        "phases",
        report
            .phases
            .iter()
            .map(|phase| {
                json!({
                    "phase": phase.phase.name(),
                    "seconds": number(phase.seconds),
                    "binding_wall": phase.binding,
                })
            })
            .collect(),
    );
    put("sensitivities", parts(&report.sensitivities));
    put(
        "tco",
        report.tco.as_ref().map_or(Value::Null, |tco| {
            json!({
                "terms_usd": parts(&tco.terms),
                "total_usd": number(tco.total_usd),
                "duration_days": number(tco.duration_days),
                "electricity_usd_per_kwh": number(tco.electricity_usd_per_kwh),
                "electricity_source": tco.electricity_source,
                "region": tco.region,
                "missing": tco.missing,
                "rent_alternative_usd": tco.rent_alternative_usd.map(number),
                "rent_source": tco.rent_source,
                "break_even_days": tco.break_even_days.map(number),
            })
        }),
    );
    put(
        "carbon",
        report.carbon.as_ref().map_or(Value::Null, |carbon| {
            json!({
                "it_energy_kwh": number(carbon.it_energy_kwh),
                "facility_energy_kwh": number(carbon.facility_energy_kwh),
                "operational_kg": number(carbon.operational_kg),
                "embodied_kg": carbon.embodied_kg.map_or(Value::Null, number),
                "water_l": number(carbon.water_l),
                "grid_g_per_kwh": number(carbon.grid_g_per_kwh),
                "pue": number(carbon.pue),
            })
        }),
    );
    put(
        "timeline",
        report.timeline.as_ref().map_or(
            Value::Null,
            |timeline| json!({"segments_s": parts(&timeline.segments), "total_s": number(timeline.total_s)}),
        ),
    );
    put(
        "parallelism",
        report.parallelism.map_or(
            Value::Null,
            |p| json!({"tensor": p.tensor, "pipeline": p.pipeline, "data": p.data, "expert": p.expert}),
        ),
    );
}

/// The state's name, and why where the wall has no reading.
pub fn state(state: &WallState) -> (&'static str, Option<&str>) {
    match state {
        WallState::Violated => ("violated", None),
        WallState::Binding => ("binding", None),
        WallState::Near => ("near", None),
        WallState::Clear => ("clear", None),
        WallState::NotApplicable(why) => ("not applicable", Some(why)),
        WallState::NeedsInput(field) => ("needs input", Some(field)),
        WallState::NotEvaluated(why) => ("not evaluated", Some(why)),
    }
}

/// One wall reading as JSON.
pub fn wall(reading: &WallReading) -> Value {
    let (state, reason) = state(&reading.state);
    json!({
        "number": reading.number,
        "name": reading.name,
        "domain": reading.domain,
        "phase": reading.phase.name(),
        "state": state,
        "binds": matches!(reading.state, WallState::Binding).then(|| reading.phase.name()),
        "reason": reason,
        "pressure": reading.pressure.map_or(Value::Null, number),
        "value": reading.value,
        "limit": reading.limit,
        "sentence": reading.sentence,
        "equation": reading.equation,
        "substituted": reading.substituted,
        "sources": reading.sources,
    })
}
