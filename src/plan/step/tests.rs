use std::fmt::Write as _;

use proptest::prelude::*;

use super::*;

fn facts(registry: &Registry) -> Facts<'_> {
    Facts { registry, physics: Physics::Studio, accelerators: Some(16) }
}

/// What the steps lead to from the `|` in a text: the first value offered.
fn stepped(marked: &str, step: Step) -> String {
    let offset = marked.find('|').unwrap();
    let text = marked.replacen('|', "", 1);
    let registry = Registry::builtin();
    let target = target(&text, offset).unwrap();
    let items = scale(&target, facts(&registry)).unwrap().after(step);
    let Some(item) = items.first() else { return "end".to_owned() };
    let mut text = text;
    text.replace_range(target.range, &item.written);
    text
}

fn value(field: &str, value: &str, step: Step) -> String {
    let (block, key) = field.rsplit_once('.').unwrap();
    let mut text = String::new();
    for (depth, part) in block.split('.').enumerate() {
        writeln!(text, "{}{part}:", "  ".repeat(depth)).unwrap();
    }
    let lead = format!("{text}      {key}: ");
    let stepped = stepped(&format!("{lead}{value}|"), step);
    stepped.strip_prefix(&lead).unwrap_or(&stepped).to_owned()
}

#[test]
fn the_value_under_the_cursor_is_found_on_its_line() {
    let text = "workload: {name: GPT2, batch_size: 4} # eight\nhardware:\n  name: \"H100\"  # fast\nops:\n";
    let at = |needle: &str| target(text, text.find(needle).unwrap());
    assert_eq!(at("GPT2").unwrap().path, "workload.name");
    assert_eq!(at("batch").unwrap().written, "4");
    assert_eq!(at("eight").unwrap().path, "workload.batch_size", "nearest on the line");
    let quoted = at("fast").unwrap();
    assert_eq!((quoted.written.as_str(), quoted.path.as_str()), ("H100", "hardware.name"));
    assert_eq!(&text[quoted.range.start - 1..=quoted.range.end], "\"H100\"");
    assert!(at("ops").unwrap_err().contains("no value yet"));
    assert!(target("a: [", 2).unwrap_err().contains("YAML"));
    assert_eq!(target("# only\n", 2), Err("no value on this line".into()));
}

#[test]
fn numbers_keep_their_spelling_and_their_range() {
    use Step::{Double, Halve, Next, Previous};
    for (field, from, step, to) in [
        ("workload.batch_size", "32", Double, "64"),
        ("workload.batch_size", "32", Halve, "16"),
        ("workload.batch_size", "7", Halve, "3"),
        ("workload.batch_size", "1", Halve, "end"),
        ("workload.batch_size", "1", Previous, "end"),
        ("workload.batch_size", "8", Next, "9"),
        ("workload.seq_len", "4096", Next, "4608"),
        ("workload.seq_len", "4096", Previous, "3840"),
        ("workload.seq_len", "1000", Next, "1100"),
        ("hardware.fabric_bandwidth", "400 Gbit/s", Double, "800 Gbit/s"),
        ("hardware.fabric_bandwidth", "400 Gbit/s", Next, "450 Gbit/s"),
        ("hardware.intra_node_bw", "\"450 GB/s\"", Halve, "\"225 GB/s\""),
        ("hardware.efficiency", "0.5", Next, "0.55"),
        ("hardware.efficiency", "0.6", Double, "1.0"),
        ("hardware.efficiency", "1", Double, "end"),
        ("hardware.efficiency", "auto", Next, "0.5"),
        ("hardware.efficiency", "50%", Double, "100%"),
        ("workload.train.tokens", "1.0e12", Double, "2.0e12"),
        ("workload.train.tokens", "1e12", Halve, "5e11"),
        ("workload.serve.request_rate", "4/s", Next, "4.5/s"),
        ("ops.rent_usd_per_accelerator_hour", "2.50", Double, "5.00"),
        ("ops.electricity_usd_per_kwh", "0.05", Next, "0.055"),
        ("ops.duration_days", "365", Previous, "360"),
        ("ops.carbon_usd_per_tonne", "0", Next, "10"),
        ("ops.carbon_usd_per_tonne", "0", Double, "end"),
        ("parallelism.zero", "3", Next, "end"),
        ("parallelism.zero", "2", Double, "3"),
        ("parallelism.microbatches", "auto", Next, "1"),
    ] {
        assert_eq!(value(field, from, step), to, "{field} {from} {step:?}");
    }
}

#[test]
fn names_go_in_the_order_of_what_they_are() {
    use Step::{Double, Halve, Next, Previous};
    assert_eq!(value("parallelism.overlap", "true", Next), "false");
    assert_eq!(value("parallelism.overlap", "false", Previous), "true");
    assert_eq!(value("ops.acquisition", "buy", Next), "rent");
    assert_eq!(value("ops.acquisition", "rent", Next), "end");
    assert_eq!(value("parallelism.tensor", "4", Next), "8");
    assert_eq!(value("parallelism.tensor", "1", Previous), "auto");
    assert_eq!(value("parallelism.tensor", "auto", Next), "1");
    assert_eq!(value("parallelism.pipeline", "16", Next), "end");
    assert_eq!(value("hardware.precision", "fp16", Halve), "fp8");
    assert_eq!(value("hardware.precision", "fp8", Double), "bf16");
    assert_eq!(value("hardware.precision", "bf16", Previous), "fp8");
    let registry = Registry::builtin();
    let year = |name: &str| registry.accelerator(Physics::Studio, name).unwrap().facts.release_year;
    let next = value("hardware.name", "H100", Next);
    assert!(year(&next) >= year("H100"), "{next}");
    let group = |name: &str| registry.accelerator(Physics::Studio, name).unwrap().group.clone();
    assert_eq!(group(&next), group("H100"));
    // Twice and half are generations of the same maker, and the plain name before its variants.
    for (from, step, to) in [
        ("H100", Double, "B200"),
        ("H200", Halve, "A100"),
        ("B200", Halve, "H200"),
        ("H100", Halve, "A100"),
        ("A100", Double, "H100"),
        ("A100", Halve, "V100"),
        ("V100", Double, "A100"),
        ("B200", Double, "end"),
        ("TPUv4", Double, "TPUv6"),
        ("MI250X", Double, "MI300X"),
        ("GB200_NVL72", Halve, "end"),
    ] {
        assert_eq!(value("hardware.name", from, step), to, "{from} {step:?}");
    }
    // Key after key, no step leaves the maker or leads from a card for data centres to one for a shelf, or to a rack.
    for (from, step, never) in [
        ("H100", Previous, ["L4", "T4", "A2", "L40S", "MI250X"].as_slice()),
        ("H100", Next, &["L4", "L40S", "GB200_NVL72", "MI300X"]),
        ("L4", Previous, &["H100", "A100", "V100"]),
        ("MI300X", Previous, &["H100", "RX_7900_XTX"]),
    ] {
        let target = Target { path: "hardware.name".into(), range: 0..0, written: from.into() };
        let items = scale(&target, facts(&registry)).unwrap().after(step);
        assert!(!items.is_empty(), "{from}");
        for item in items {
            assert!(!never.contains(&item.written.as_str()), "{from} {step:?} leads to {}", item.written);
            assert!(item.note.contains("by year, then peak"), "{}", item.note);
        }
    }
    assert_eq!(value("hardware.name", "H200", Previous), "H20");
    assert_eq!(value("hardware.name", "L4", Next), "L40S");
    let rack = Target { path: "hardware.name".into(), range: 0..0, written: "B200".into() };
    let end = scale(&rack, facts(&registry)).unwrap().end(Double);
    assert!(end.contains("NVIDIA") && end.contains("alt-up"), "{end}");
    let carbon = |name: &str| registry.grid(Physics::Studio, name).unwrap().facts.carbon_g_per_kwh;
    let cleaner = value("ops.region", "US_Avg", Previous);
    assert!(carbon(&cleaner) <= carbon("US_Avg"));
    assert!(carbon(&value("ops.region", "US_Avg", Halve)) <= carbon("US_Avg") / 2.0);
    let size = |name: &str| registry.model(Physics::Studio, name).unwrap().facts.parameters.unwrap();
    let larger = value("workload.name", "llama3_8b", Double);
    assert!(size(&larger) >= 2.0 * size("Llama3_8B") && size(&larger) < 4.0 * size("Llama3_8B"), "{larger}");
    let file = Target { path: "workload.name".into(), range: 0..0, written: "my.yaml".into() };
    assert!(scale(&file, facts(&registry)).unwrap_err().contains("not a model of the registry"));
    let text = Target { path: "name".into(), range: 0..0, written: "x".into() };
    assert!(scale(&text, facts(&registry)).unwrap_err().contains("nothing to step"));
}

#[test]
fn the_neighbourhood_holds_the_value_itself() {
    let registry = Registry::builtin();
    let around = |path: &str, written: &str| {
        let target = Target { path: path.into(), range: 0..0, written: written.into() };
        let (items, at) = scale(&target, facts(&registry)).unwrap().around(8);
        assert_eq!(items[at].written.to_lowercase(), written.to_lowercase());
        (items.len(), at)
    };
    assert_eq!(around("workload.batch_size", "32"), (17, 8));
    assert_eq!(around("workload.batch_size", "3"), (11, 2));
    assert_eq!(around("parallelism.overlap", "true"), (2, 1));
    assert_eq!(around("hardware.fabric_bandwidth", "400 Gbit/s").1, 8);
    assert!(around("ops.region", "Quebec").0 > 5);
}

proptest! {
    /// Stepping up and down again comes back, and steps never stand still.
    #[test]
    fn steps_of_numbers_are_strict_and_ordered(value in 1u64..2_000_000, quantity in any::<bool>()) {
        let (path, written) = if quantity {
            ("hardware.fabric_bandwidth", format!("{value} Gbit/s"))
        } else {
            ("workload.batch_size", value.to_string())
        };
        let registry = Registry::builtin();
        let number = |text: &str| text.trim_end_matches(" Gbit/s").parse::<f64>().unwrap();
        let target = Target { path: path.into(), range: 0..0, written };
        let scale = scale(&target, facts(&registry)).unwrap();
        let (items, at) = scale.around(6);
        let values: Vec<f64> = items.iter().map(|item| number(&item.written)).collect();
        prop_assert!(values.windows(2).all(|pair| pair[0] < pair[1]), "{values:?}");
        prop_assert_eq!(values[at], value as f64);
        prop_assert_eq!(number(&scale.after(Step::Double)[0].written), 2.0 * value as f64);
    }

    /// Whatever stands in a text, looking for a value neither fails nor leaves it.
    #[test]
    fn any_text_has_a_value_or_a_reason(text in "[a-z0-9:\\-{}\\[\\] ,\"'#&*|.\\n]{0,60}", at in 0usize..70) {
        if let Ok(found) = target(&text, at) {
            prop_assert_eq!(&text[found.range.clone()], found.written.as_str());
            let registry = Registry::builtin();
            let _ = scale(&found, facts(&registry)).map(|scale| scale.around(8));
        }
    }
}
