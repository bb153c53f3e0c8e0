//! Figures of the registry as people read them: a field's name says its unit.

use serde_json::Value;

use super::numbers::{bytes, bytes_per_s, number, seconds, si};

/// Prints a figure with its unit.
type Printer = fn(f64) -> String;

/// Units that field names end in, longest first.
const UNITS: &[(&str, Printer)] = &[
    ("_bytes_per_s", bytes_per_s),
    ("_flop_per_s", |value| si(value, "FLOP/s")),
    ("_g_per_kwh", |value| format!("{} g/kWh", number(value))),
    ("_l_per_kwh", |value| format!("{} L/kWh", number(value))),
    ("_gbit_per_s", |value| format!("{} Gbit/s", number(value))),
    ("_usd_per_kwh", |value| format!("${}/kWh", number(value))),
    ("_usd_per_accelerator_hour", |value| format!("${}/h", number(value))),
    ("_usd_per_h", |value| format!("${}/h", number(value))),
    ("_per_s", |value| format!("{} /s", number(value))),
    ("_bytes", bytes),
    ("_flop", |value| si(value, "FLOP")),
    ("_kwh", |value| format!("{} kWh", number(value))),
    ("_usd", |value| format!("${}", number(value))),
    ("_kg", |value| format!("{} kg", number(value))),
    ("_hz", |value| si(value, "Hz")),
    ("_pct", |value| format!("{} %", number(value))),
    ("_J", |value| si(value, "J")),
    ("_W", |value| format!("{} W", number(value))),
    ("_mm2", |value| format!("{} mm²", number(value))),
    ("_w", |value| format!("{} W", number(value))),
    ("_s", seconds),
];

/// Fields in the words of the trade.
const SAID: &[(&str, &str)] = &[
    ("tdp_w", "TDP"),
    ("unit_cost_usd", "price of one"),
    ("dispatch_tax_s", "launch overhead"),
    ("vendor_node", "accelerators in a node"),
    ("nvlink.name", "fast link"),
    ("nvlink.quoted_bytes_per_s", "fast link, both ways"),
    ("nvlink.one_way_bytes_per_s", "fast link, one way"),
    ("nvlink.latency_s", "fast link, latency"),
    ("interconnect.name", "link to the host"),
    ("interconnect.quoted_bytes_per_s", "link to the host, quoted"),
    ("interconnect.one_way_bytes_per_s", "link to the host, one way"),
    ("intra_node_bytes_per_s", "bandwidth inside a node"),
    ("wue_l_per_kwh", "water (WUE)"),
    ("weights_dtype", "published in"),
];

/// Facts of which zero means that nobody says them.
const UNKNOWN_AS_ZERO: [&str; 5] =
    ["dispatch_tax_s", "intra_node_bytes_per_s", "nics_per_node", "psus_per_node", "psu_redundancy"];

/// Words of field names that are written otherwise.
const WORDS: &[(&str, &str)] = &[
    ("bw", "bandwidth"),
    ("co2e", "CO₂e"),
    ("cpu", "CPU"),
    ("dtype", "format"),
    ("ffn", "FFN"),
    ("gpu", "GPU"),
    ("hbm", "HBM"),
    ("iops", "IOPS"),
    ("kda", "KDA"),
    ("kv", "KV"),
    ("l2", "L2"),
    ("lat", "latitude"),
    ("lon", "longitude"),
    ("lora", "LoRA"),
    ("mig", "MIG"),
    ("mlp", "MLP"),
    ("moe", "MoE"),
    ("mttf", "mean time to failure,"),
    ("nic", "NIC"),
    ("nics", "NICs"),
    ("nvlink", "NVLink"),
    ("nvswitch", "NVSwitch"),
    ("psu", "PSU"),
    ("psus", "PSUs"),
    ("pue", "PUE"),
    ("qk", "query-key"),
    ("rope", "RoPE"),
    ("sm", "SM"),
    ("sram", "SRAM"),
    ("tdp", "TDP"),
    ("vcpus", "vCPUs"),
    ("vocab", "vocabulary"),
    ("wue", "WUE"),
];

/// A figure with its unit.
pub fn show(field: &str, value: &Value) -> String {
    match value {
        Value::Number(figure) => {
            let Some(figure) = figure.as_f64() else { return figure.to_string() };
            // Peaks by precision: the unit stands on the parent's name.
            if field.starts_with("precision_flop_per_s.") {
                return si(figure, "FLOP/s");
            }
            for (suffix, print) in UNITS {
                if field.ends_with(suffix) {
                    return print(figure);
                }
            }
            if field.contains("year") {
                return format!("{figure}");
            }
            if ["parameters", "active_parameters", "training_tokens"].contains(&field) {
                return si(figure, "").replace(" G", " B");
            }
            number(figure)
        }
        Value::String(text) => text.clone(),
        Value::Bool(true) => "yes".into(),
        Value::Bool(false) => "no".into(),
        Value::Array(items) => items.iter().map(|item| show(field, item)).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}

/// A field's name without its unit: `memory_bytes_per_s` is `memory rate`.
pub fn label(field: &str) -> String {
    let mut name = field.trim_start_matches("figures.").to_string();
    if let Some(rest) = name.strip_prefix("precision_flop_per_s.") {
        return format!("peak {rest}");
    }
    // Names of the format that say little to whoever has not read it.
    if let Some((_, said)) = SAID.iter().find(|(known, _)| *known == name) {
        return (*said).to_owned();
    }
    for (suffix, _) in UNITS {
        if let Some(stem) = name.strip_suffix(suffix) {
            let rate = matches!(*suffix, "_bytes_per_s") && !stem.ends_with("bandwidth");
            name = if rate { format!("{stem} bandwidth") } else { stem.to_string() };
            break;
        }
    }
    // What is counted says so by its number: `sm_count` is `SMs`.
    let counted = name.strip_suffix("_count");
    let words: Vec<&str> = counted.unwrap_or(&name).split(['_', '.']).map(said).collect();
    let plural = if counted.is_some_and(|stem| !stem.ends_with('s')) { "s" } else { "" };
    words.join(" ") + plural
}

fn said(word: &str) -> &str {
    WORDS.iter().find(|(written, _)| *written == word).map_or(word, |(_, said)| said)
}

/// The other names of an entry.
pub fn aliases(entry: &Value) -> Vec<&str> {
    let names = entry.get("aliases").and_then(Value::as_array);
    names.into_iter().flatten().filter_map(Value::as_str).collect()
}

/// Facts with nested ones under dotted names.
pub fn flat(facts: &Value) -> Vec<(String, Value)> {
    fn walk(prefix: &str, value: &Value, list: &mut Vec<(String, Value)>) {
        match value {
            Value::Object(map) => {
                for (key, value) in map {
                    let path = if prefix.is_empty() { key.clone() } else { format!("{prefix}.{key}") };
                    walk(&path, value, list);
                }
            }
            Value::Null => {}
            // What nobody gave is not none at all.
            Value::Number(zero) if UNKNOWN_AS_ZERO.contains(&prefix) && zero.as_f64() == Some(0.0) => {}
            leaf => list.push((prefix.to_string(), leaf.clone())),
        }
    }
    let mut list = Vec::new();
    walk("", facts, &mut list);
    // A link of which one way alone is known: both would be twice that, and nobody quotes them.
    for link in ["nvlink", "interconnect"] {
        let rate =
            |way: &str| facts.get(link).and_then(|link| link.get(format!("{way}_bytes_per_s"))).cloned();
        if rate("quoted").is_some() && rate("quoted") == rate("one_way") {
            list.retain(|(field, _)| *field != format!("{link}.quoted_bytes_per_s"));
        }
    }
    list
}

/// The first few figures of an entry, for a listing.
pub fn brief(facts: &Value) -> String {
    let figures: Vec<String> = flat(facts)
        .iter()
        .filter(|(_, value)| value.is_number())
        .take(3)
        .map(|(field, value)| format!("{} {}", label(field), show(field, value)))
        .collect();
    figures.join(", ")
}

/// A source in one line.
pub fn source(source: &Value) -> String {
    let part = |key: &str| source.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
    let mut text = part("title").or(part("kind")).unwrap_or("no source").to_string();
    if let (Some(kind), Some(_)) = (part("kind"), part("title")) {
        text.push_str(&format!(" ({})", kind.replace('_', " ")));
    }
    if let Some(date) = part("date") {
        text.push_str(&format!(", checked {date}"));
    }
    if let Some(url) = part("url") {
        text.push_str(&format!(", {url}"));
    }
    text
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_launch_overhead_that_nobody_gave_is_not_shown() {
        assert!(flat(&json!({"dispatch_tax_s": 0.0, "name": null})).is_empty());
        assert_eq!(flat(&json!({"dispatch_tax_s": 1e-6})).len(), 1);
    }

    #[test]
    fn what_nobody_says_is_not_shown() {
        let shown = flat(&json!({"intra_node_bytes_per_s": 0.0, "psus_per_node": 0, "max_power_w": 0.0}));
        assert_eq!(shown.iter().map(|fact| fact.0.as_str()).collect::<Vec<_>>(), ["max_power_w"]);
        let link =
            |quoted: f64| json!({"nvlink": {"quoted_bytes_per_s": quoted, "one_way_bytes_per_s": 2e11}});
        assert_eq!((flat(&link(4e11)).len(), flat(&link(2e11)).len()), (2, 1));
    }

    #[test]
    fn figures_carry_the_unit_of_their_field() {
        assert_eq!(show("peak_flop_per_s", &json!(989e12)), "989 TFLOP/s");
        assert_eq!(show("memory_bytes_per_s", &json!(3.35e12)), "3.35 TB/s");
        assert_eq!(show("dispatch_tax_s", &json!(1e-5)), "10 µs");
        assert_eq!(show("parameters", &json!(70.6e9)), "70.6 B");
        assert_eq!(show("release_year", &json!(2022)), "2022");
        assert_eq!(show("precision_flop_per_s.fp8", &json!(1979e12)), "1.98 PFLOP/s");
    }

    #[test]
    fn labels_are_words() {
        assert_eq!(label("memory_bytes_per_s"), "memory bandwidth");
        assert_eq!(label("nvlink.one_way_bytes_per_s"), "fast link, one way");
        assert_eq!(label("dispatch_tax_s"), "launch overhead");
        assert_eq!(label("precision_flop_per_s.fp8"), "peak fp8");
        assert_eq!(label("figures.sm_count"), "SMs");
        assert_eq!(label("figures.hbm_stacks"), "HBM stacks");
        assert_eq!(label("figures.mig_1g.10gb_sm_count"), "MIG 1g 10gb SMs");
        assert_eq!(label("kv_lora_rank"), "KV LoRA rank");
        assert_eq!(label("interconnect.quoted_bytes_per_s"), "link to the host, quoted");
        assert_eq!(label("figures.renewable_pct"), "renewable");
        assert_eq!(show("figures.renewable_pct", &json!(21)), "21 %");
        assert_eq!(show("figures.clock_rate_hz", &json!(64e6)), "64 MHz");
    }
}
