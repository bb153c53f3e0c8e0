use std::collections::BTreeMap;

use super::detect::{Probe, detect};
use super::*;
use crate::registry::{Physics, Registry};

/// Answers recorded from a machine.
#[derive(Default)]
struct Recorded {
    os: &'static str,
    files: BTreeMap<&'static str, &'static str>,
    programs: BTreeMap<String, &'static str>,
}

impl Recorded {
    fn linux() -> Recorded {
        Recorded {
            os: "linux",
            files: BTreeMap::from([
                (
                    "/proc/cpuinfo",
                    "processor\t: 0\nmodel name\t: AMD EPYC 9654\n\nprocessor\t: 1\nmodel name\t: AMD EPYC 9654\n",
                ),
                ("/proc/meminfo", "MemTotal:       131072000 kB\nMemFree: 1 kB\n"),
            ]),
            programs: BTreeMap::new(),
        }
    }

    fn file(mut self, path: &'static str, text: &'static str) -> Recorded {
        self.files.insert(path, text);
        self
    }

    fn program(mut self, line: &str, text: &'static str) -> Recorded {
        self.programs.insert(line.to_string(), text);
        self
    }

    fn smi(self, text: &'static str) -> Recorded {
        self.program("nvidia-smi --query-gpu=name,memory.total --format=csv,noheader,nounits", text)
    }
}

impl Probe for Recorded {
    fn os(&self) -> String {
        self.os.to_string()
    }

    fn read(&self, path: &str) -> Option<String> {
        self.files.get(path).map(ToString::to_string)
    }

    fn list(&self, path: &str) -> Vec<String> {
        let prefix = format!("{path}/");
        let mut names: Vec<String> = self
            .files
            .keys()
            .filter_map(|file| file.strip_prefix(&prefix)?.split('/').next().map(String::from))
            .collect();
        names.dedup();
        names
    }

    fn ask(&self, program: &str, arguments: &[&str]) -> Option<String> {
        self.programs.get(&format!("{program} {}", arguments.join(" "))).map(ToString::to_string)
    }

    fn threads(&self) -> Option<u64> {
        Some(2)
    }
}

fn found(name: &str, gib: Option<f64>) -> Found {
    Found {
        name: name.into(),
        memory_bytes: gib.map(|gib| gib * 1024.0 * 1024.0 * 1024.0),
        told_by: "nvidia-smi",
    }
}

fn known(name: &str, gib: Option<f64>) -> Result<String, Vec<String>> {
    identify::identify(&found(name, gib), &Registry::builtin(), Physics::Studio).map(|entry| entry.id.clone())
}

#[test]
fn a_server_with_nvidia_devices_is_read() {
    let machine =
        detect(&Recorded::linux().smi("NVIDIA H100 80GB HBM3, 81559\nNVIDIA H100 80GB HBM3, 81559\n"));
    assert_eq!(machine.processor.as_deref(), Some("AMD EPYC 9654"));
    assert_eq!(machine.threads, Some(2));
    assert_eq!(machine.memory_bytes, Some(131_072_000.0 * 1024.0));
    assert_eq!(machine.accelerators.len(), 2);
    assert_eq!(machine.accelerators[0].name, "NVIDIA H100 80GB HBM3");
}

#[test]
fn the_driver_tells_where_the_tool_is_missing() {
    let machine = detect(&Recorded::linux().file(
        "/proc/driver/nvidia/gpus/0000:01:00.0/information",
        "Model: \t\t NVIDIA L4\nIRQ:   \t\t 81\n",
    ));
    assert_eq!(machine.accelerators[0].name, "NVIDIA L4");
    assert_eq!(machine.accelerators[0].told_by, "/proc/driver/nvidia");
}

#[test]
fn amd_devices_are_named_by_product_or_number() {
    let machine = detect(
        &Recorded::linux()
            .file("/sys/class/drm/card0/device/vendor", "0x1002\n")
            .file("/sys/class/drm/card0/device/device", "0x74a1\n")
            .file("/sys/class/drm/card0/device/mem_info_vram_total", "206141652992\n")
            .file("/sys/class/drm/card0-DP-1/status", "connected\n")
            .file("/sys/class/drm/card1/device/vendor", "0x1a03\n"),
    );
    assert_eq!(machine.accelerators.len(), 1);
    assert_eq!(machine.accelerators[0].name, "AMD Instinct MI300X");
    let entry = identify::identify(&machine.accelerators[0], &Registry::builtin(), Physics::Studio).unwrap();
    assert_eq!(entry.id, "MI300X");
}

#[test]
fn apple_machines_and_boards_are_their_own_accelerators() {
    let apple = Recorded { os: "macos", ..Recorded::default() }
        .program("sysctl -n machdep.cpu.brand_string", "Apple M4 Pro\n")
        .program("sysctl -n hw.memsize", "51539607552\n")
        .program("sysctl -n hw.logicalcpu", "14\n");
    let machine = detect(&apple);
    assert_eq!(machine.threads, Some(14));
    let registry = Registry::builtin();
    let entry = identify::identify(&machine.accelerators[0], &registry, Physics::Studio).unwrap();
    assert_eq!(entry.name, "Apple M4 Pro (GPU)");

    let jetson = Recorded::linux()
        .file("/proc/device-tree/model", "NVIDIA Jetson AGX Orin Developer Kit\0")
        .smi("Orin (nvgpu), [N/A]\n");
    let machine = detect(&jetson);
    assert_eq!(machine.accelerators.len(), 1);
    let entry = identify::identify(&machine.accelerators[0], &registry, Physics::Studio).unwrap();
    assert_eq!(entry.name, "NVIDIA Jetson AGX Orin");
}

#[test]
fn names_of_the_driver_find_their_entries() {
    for (name, gib, display) in [
        ("NVIDIA H100 80GB HBM3", 79.6, "NVIDIA H100"),
        ("NVIDIA H100 PCIe", 79.6, "NVIDIA H100 PCIe"),
        ("NVIDIA H200", 140.4, "NVIDIA H200"),
        ("NVIDIA A100-SXM4-80GB", 80.0, "NVIDIA A100"),
        ("NVIDIA A100-SXM4-40GB", 40.0, "NVIDIA A100 40GB"),
        ("Tesla T4", 15.0, "NVIDIA T4"),
        ("Tesla V100-SXM2-32GB", 32.0, "NVIDIA V100"),
        ("NVIDIA A10G", 22.5, "NVIDIA A10G (AWS g5)"),
        ("NVIDIA L40S", 45.0, "NVIDIA L40S"),
        ("NVIDIA GeForce RTX 4090", 23.99, "NVIDIA GeForce RTX 4090"),
        ("NVIDIA RTX 6000 Ada Generation", 47.99, "NVIDIA RTX 6000 Ada Generation"),
        ("AMD Instinct MI300X OAM", 191.98, "AMD MI300X"),
    ] {
        let entry = identify::identify(&found(name, Some(gib)), &Registry::builtin(), Physics::Studio);
        assert_eq!(entry.map(|entry| entry.name.clone()), Ok(display.to_string()), "{name}");
    }
}

#[test]
fn what_is_unknown_is_never_guessed() {
    for (name, gib) in [
        ("NVIDIA GeForce RTX 4090 Laptop GPU", 16.0),
        ("NVIDIA A100-PCIE-17GB", 17.0),
        ("Tesla V100-SXM2-11GB", 11.0),
        ("Tesla T4 Max-Q", 15.0),
        ("NVIDIA H100 80GB HBM3 MIG 1g.10gb", 10.0),
        ("Graphics Device", 24.0),
        ("NVIDIA Z9000", 24.0),
        ("Quadro Z6000", 24.0),
    ] {
        assert!(known(name, Some(gib)).is_err(), "{name}: {:?}", known(name, Some(gib)));
    }
    assert!(known("NVIDIA GeForce RTX 4090 Laptop GPU", Some(16.0)).unwrap_err().len() <= 3);
    assert!(known("", None).unwrap_err().is_empty());
}

#[test]
fn a_machine_without_accelerators_says_what_to_run_instead() {
    let machine = detect(&Recorded::linux());
    assert!(machine.accelerators.is_empty());
    let advice = advice(&machine, &[], None);
    assert!(advice[0].starts_with("no accelerator was found"));
    assert!(advice[1].contains("mlsysim-tui eval"));
    let rows = machine_rows(&machine, &[]);
    assert!(rows.iter().any(|(label, value, _)| label == "accelerator" && value == "none found"));
    let json = answer(&machine, &[], None, None, &advice);
    assert_eq!(json["environment"]["type"], "none");
    assert_eq!(json["reference_hardware"], Value::Null);
}

#[test]
fn a_system_that_tells_nothing_is_no_reason_to_fail() {
    let machine = detect(&Recorded { os: "plan9", ..Recorded::default() });
    let rows = machine_rows(&machine, &[]);
    assert!(rows.iter().any(|(_, value, _)| value.contains("not told by the system")));
}
