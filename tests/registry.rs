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
