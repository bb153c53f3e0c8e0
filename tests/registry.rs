//! The shipped facts and a user's own.

use mlsysim_tui::registry::{Kind, Physics, Registry};

#[test]
fn the_whole_reference_catalogue_is_there() {
    let registry = Registry::builtin();
    let count = |kind| registry.list(kind).len();
    assert!(count(Kind::Hardware) >= 52, "{}", count(Kind::Hardware));
    assert!(count(Kind::Models) >= 42);
    assert!(count(Kind::Grids) >= 12);
    assert_eq!(count(Kind::Prices), 50);
    assert!(count(Kind::Nodes) >= 8);
}

#[test]
fn a_name_is_found_in_any_case_by_id_display_name_and_alias() {
    let registry = Registry::builtin();
    for name in ["H100", "h100", "NVIDIA H100", "nvidia h100"] {
        assert_eq!(registry.accelerator(Physics::Studio, name).unwrap().id, "H100", "{name}");
    }
    for name in ["Llama3_70B", "llama3_70b", "Llama-3.1-70B", "llama 3.1 70b"] {
        assert_eq!(registry.model(Physics::Studio, name).unwrap().id, "Llama3_70B", "{name}");
    }
    assert_eq!(registry.grid(Physics::Studio, "quebec").unwrap().id, "Quebec");
}

#[test]
fn an_unknown_name_gets_its_likely_neighbours_and_only_those() {
    let registry = Registry::builtin();
    let miss = registry.accelerator(Physics::Studio, "H1000").unwrap_err();
    assert_eq!(miss.nearest.first().map(String::as_str), Some("H100"), "{miss:?}");
    let miss = registry.model(Physics::Studio, "Lama3_70B").unwrap_err();
    assert_eq!(miss.nearest.first().map(String::as_str), Some("Llama3_70B"), "{miss:?}");
    let miss = registry.grid(Physics::Studio, "Atlantis").unwrap_err();
    assert!(miss.nearest.is_empty(), "{miss:?}");
    assert!(registry.accelerator(Physics::Studio, "").is_err());
}

#[test]
fn technology_classes_are_no_accelerators() {
    let registry = Registry::builtin();
    for name in ["L2", "DDR5", "NVLink", "HBM3", "Register"] {
        assert!(registry.accelerator(Physics::Mlsysim, name).is_err(), "{name}");
    }
    assert!(registry.table(Physics::Studio, "HBM3").is_ok());
}

#[test]
fn tables_and_constants_are_readable() {
    let registry = Registry::builtin();
    assert_eq!(registry.calibration("MFU_FFN_CAP"), Some(0.6));
    assert_eq!(registry.calibration("HBM3"), None);
    let fabric = registry.table(Physics::Studio, "Fabrics.InfiniBand_NDR").unwrap();
    assert_eq!(fabric.facts.number("bandwidth_bytes_per_s"), Some(50e9));
    assert_eq!(fabric.id, "InfiniBand_NDR");
    let electricity = registry.price(Physics::Mlsysim, "ElectricityPerKwh").unwrap();
    assert_eq!((electricity.facts.value, electricity.facts.unit.as_str()), (0.12, "USD/kWh"));
}

/// Every figure of the reference registry, exact to the last bit, through the same door as everybody.
#[test]
fn mlsysim_physics_reads_the_figures_of_0_3_0_exactly() {
    let registry = Registry::builtin();
    let mut wrong = Vec::new();
    let mut rows = 0;
    for line in include_str!("registry/mlsysim-0.3.0.tsv").lines().filter(|line| !line.starts_with('#')) {
        let [kind, name, path, value] = line.split('\t').collect::<Vec<_>>()[..] else { panic!("{line}") };
        let wanted: serde_json::Value = serde_json::from_str(value).unwrap();
        let Some(entry) = registry.entry_json(Physics::Mlsysim, Kind::named(kind).unwrap(), name) else {
            wrong.push(format!("{kind} {name}: not found"));
            continue;
        };
        let found = path.strip_prefix('/').map_or_else(
            || path.split('/').try_fold(&entry["facts"], |at, key| at.get(key)),
            |key| entry.get(key),
        );
        let same = match (found, &wanted) {
            (Some(found), serde_json::Value::Number(_)) => found.as_f64() == wanted.as_f64(),
            (Some(found), _) => found == &wanted,
            (None, _) => false,
        };
        if !same {
            wrong.push(format!("{kind} {name} {path}: {found:?}, not {wanted}"));
        }
        rows += 1;
    }
    assert!(wrong.is_empty(), "{} of {rows}:\n{}", wrong.len(), wrong.join("\n"));
    assert!(rows > 1500, "{rows}");
}

#[test]
fn the_studio_reads_corrected_figures_with_their_own_source() {
    let registry = Registry::builtin();
    let studio = registry.accelerator(Physics::Studio, "Trainium2").unwrap();
    let reference = registry.accelerator(Physics::Mlsysim, "Trainium2").unwrap();
    assert_eq!((studio.facts.peak_flop_per_s, reference.facts.peak_flop_per_s), (667e12, 380e12));
    assert!(studio.source_of("peak_flop_per_s").title.contains("Neuron"));
    assert_eq!(reference.source_of("peak_flop_per_s"), &reference.source);

    let t4 = registry.accelerator(Physics::Studio, "T4").unwrap();
    assert_eq!(t4.facts.precision_flop_per_s.get("fp32"), Some(&8.1e12));
    let orin = registry.accelerator(Physics::Studio, "JetsonAGXOrin").unwrap();
    assert!(
        orin.facts.peak_flop_per_s < orin.facts.precision_flop_per_s["int8"],
        "dense, and int8 is faster"
    );
    let coral = registry.accelerator(Physics::Studio, "Coral").unwrap();
    assert_eq!(coral.facts.peak_precision.as_deref(), Some("int8"));
    assert_eq!(registry.model(Physics::Studio, "DeepSeek_V3").unwrap().facts.heads, Some(128));
    assert_eq!(registry.model(Physics::Mlsysim, "DeepSeek_V3").unwrap().facts.heads, Some(56));
    let iowa = |physics| registry.grid(physics, "Iowa").unwrap().facts.carbon_g_per_kwh;
    assert_eq!((iowa(Physics::Studio), iowa(Physics::Mlsysim)), (287.6, 680.0));
}

#[test]
fn every_shipped_entry_says_where_it_comes_from_and_when() {
    let registry = Registry::builtin();
    for kind in Kind::ALL {
        for (id, name, group) in registry.list(kind) {
            let entry = registry.entry_json(Physics::Studio, kind, &id).unwrap();
            assert!(!name.is_empty() && !group.is_empty(), "{id}");
            assert!(entry["source"]["kind"].is_string() && entry["source"]["date"].is_string(), "{id}");
        }
    }
}
