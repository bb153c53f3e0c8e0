//! What the system says about the machine it runs on.
//!
//! [`detect`] asks through [`Probe`], so that recorded answers of other machines can be read in tests.

use std::io::Read;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Longest time a program of the system may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// Ways to ask the system.
pub trait Probe {
    /// `linux`, `macos`, `windows`, …
    fn os(&self) -> String;
    /// A file's text.
    fn read(&self, path: &str) -> Option<String>;
    /// Names in a directory, sorted.
    fn list(&self, path: &str) -> Vec<String>;
    /// What a program writes to standard output, where it ends well.
    fn ask(&self, program: &str, arguments: &[&str]) -> Option<String>;
    /// Logical processors.
    fn threads(&self) -> Option<u64>;
}

/// This machine.
#[derive(Debug, Clone, Copy)]
pub struct System;

impl Probe for System {
    fn os(&self) -> String {
        std::env::consts::OS.to_string()
    }

    fn read(&self, path: &str) -> Option<String> {
        let mut text = Vec::new();
        std::fs::File::open(path).ok()?.take(1 << 20).read_to_end(&mut text).ok()?;
        Some(String::from_utf8_lossy(&text).into_owned())
    }

    fn list(&self, path: &str) -> Vec<String> {
        let entries = std::fs::read_dir(Path::new(path)).into_iter().flatten();
        let mut names: Vec<String> =
            entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok()).collect();
        names.sort();
        names
    }

    fn ask(&self, program: &str, arguments: &[&str]) -> Option<String> {
        let mut child = Command::new(program)
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .ok()?;
        // A driver in trouble can make its tools hang.
        let deadline = Instant::now() + PATIENCE;
        loop {
            match child.try_wait() {
                Ok(Some(status)) if status.success() => break,
                Ok(None) if Instant::now() < deadline => std::thread::sleep(Duration::from_millis(10)),
                _ => {
                    let _ = child.kill();
                    let _ = child.wait();
                    return None;
                }
            }
        }
        let mut text = String::new();
        child.stdout.take()?.take(1 << 20).read_to_string(&mut text).ok()?;
        Some(text)
    }

    fn threads(&self) -> Option<u64> {
        std::thread::available_parallelism().ok().map(|count| count.get() as u64)
    }
}

/// An accelerator as the system names it.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// Name in the system's words.
    pub name: String,
    /// Its own memory, bytes, where told; `None` for memory shared with the processor.
    pub memory_bytes: Option<f64>,
    /// Who told.
    pub told_by: &'static str,
}

/// A machine.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Machine {
    /// Operating system.
    pub os: String,
    /// Processor in the system's words.
    pub processor: Option<String>,
    /// Logical processors.
    pub threads: Option<u64>,
    /// Main memory, bytes.
    pub memory_bytes: Option<f64>,
    /// Accelerators, each on its own.
    pub accelerators: Vec<Found>,
    /// Signs of accelerators that could not be read.
    pub notes: Vec<String>,
}

/// Asks the system.
pub fn detect(probe: &impl Probe) -> Machine {
    let mut machine = Machine { os: probe.os(), threads: probe.threads(), ..Machine::default() };
    if machine.os == "macos" {
        apple(probe, &mut machine);
    } else {
        linux_processor(probe, &mut machine);
        nvidia(probe, &mut machine);
        amd(probe, &mut machine);
        board(probe, &mut machine);
    }
    machine
}

/// `key : value` of a text of such lines.
fn field<'t>(text: &'t str, key: &str) -> Option<&'t str> {
    text.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        (name.trim() == key).then(|| value.trim()).filter(|value| !value.is_empty())
    })
}

fn linux_processor(probe: &impl Probe, machine: &mut Machine) {
    if let Some(text) = probe.read("/proc/cpuinfo") {
        machine.processor = ["model name", "Model", "Hardware", "cpu"]
            .iter()
            .find_map(|key| field(&text, key))
            .map(String::from);
        let count = text
            .lines()
            .filter(|line| line.split(':').next().is_some_and(|key| key.trim() == "processor"))
            .count();
        if count > 0 {
            machine.threads = Some(count as u64);
        }
    }
    machine.memory_bytes = probe.read("/proc/meminfo").and_then(|text| {
        let kib: f64 = field(&text, "MemTotal")?.split_whitespace().next()?.parse().ok()?;
        Some(kib * 1024.0)
    });
}

fn nvidia(probe: &impl Probe, machine: &mut Machine) {
    let asked = probe.ask("nvidia-smi", &["--query-gpu=name,memory.total", "--format=csv,noheader,nounits"]);
    if let Some(text) = asked {
        for line in text.lines().filter(|line| !line.trim().is_empty()) {
            let (name, memory) = line.rsplit_once(',').unwrap_or((line, ""));
            let mib: Option<f64> = memory.trim().parse().ok();
            machine.accelerators.push(Found {
                name: name.trim().to_string(),
                memory_bytes: mib.filter(|mib| *mib > 0.0).map(|mib| mib * 1024.0 * 1024.0),
                told_by: "nvidia-smi",
            });
        }
        return;
    }
    for slot in probe.list("/proc/driver/nvidia/gpus") {
        let text = probe.read(&format!("/proc/driver/nvidia/gpus/{slot}/information"));
        match text.as_deref().and_then(|text| field(text, "Model")) {
            Some(name) => machine.accelerators.push(Found {
                name: name.to_string(),
                memory_bytes: None,
                told_by: "/proc/driver/nvidia",
            }),
            None => machine.notes.push(format!("an NVIDIA device at {slot} does not say what it is")),
        }
    }
}

/// Products that a PCI device number names beyond doubt.
const AMD_DEVICES: &[(&str, &str)] = &[
    ("0x7408", "AMD Instinct MI250X"),
    ("0x740f", "AMD Instinct MI210"),
    ("0x74a1", "AMD Instinct MI300X"),
    ("0x74a5", "AMD Instinct MI325X"),
    ("0x75a0", "AMD Instinct MI350X"),
    ("0x75a3", "AMD Instinct MI355X"),
];

fn amd(probe: &impl Probe, machine: &mut Machine) {
    let cards = probe.list("/sys/class/drm");
    // card0, not card0-HDMI-A-1 or renderD128.
    let is_card = |name: &&String| {
        name.strip_prefix("card")
            .is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_digit()))
    };
    for card in cards.iter().filter(is_card) {
        let read = |file: &str| {
            let text = probe.read(&format!("/sys/class/drm/{card}/device/{file}"))?;
            Some(text.trim().to_string()).filter(|text| !text.is_empty())
        };
        if read("vendor").as_deref() != Some("0x1002") {
            continue;
        }
        let number = read("device").unwrap_or_default().to_lowercase();
        let known =
            AMD_DEVICES.iter().find(|(device, _)| *device == number).map(|(_, name)| (*name).to_string());
        let memory_bytes = read("mem_info_vram_total").and_then(|text| text.parse().ok());
        match read("product_name").or(known) {
            Some(name) => {
                machine.accelerators.push(Found { name, memory_bytes, told_by: "the amdgpu driver" });
            }
            None => machine.accelerators.push(Found {
                name: format!("AMD device {number}"),
                memory_bytes,
                told_by: "the amdgpu driver",
            }),
        }
    }
    if machine.accelerators.is_empty() {
        let nodes = probe.list("/sys/class/kfd/kfd/topology/nodes");
        let computes = nodes
            .iter()
            .filter_map(|node| probe.read(&format!("/sys/class/kfd/kfd/topology/nodes/{node}/properties")))
            .filter(|text| {
                text.lines().any(|line| {
                    let mut words = line.split_whitespace();
                    words.next() == Some("simd_count") && words.next().is_some_and(|count| count != "0")
                })
            })
            .count();
        if computes > 0 {
            machine.notes.push(format!("the ROCm driver sees {computes} AMD device(s) without a name"));
        }
    }
}

/// Boards whose accelerator is named by the board.
fn board(probe: &impl Probe, machine: &mut Machine) {
    let Some(model) = probe.read("/proc/device-tree/model") else { return };
    let model = model.trim_matches(['\0', ' ', '\n']).to_string();
    if model.contains("Jetson") || model.contains("Raspberry Pi") {
        // The board's name says more than the one that its driver gives to its part.
        machine.accelerators = vec![Found { name: model, memory_bytes: None, told_by: "the device tree" }];
    }
}

fn apple(probe: &impl Probe, machine: &mut Machine) {
    let ask = |key: &str| {
        let text = probe.ask("sysctl", &["-n", key])?;
        Some(text.trim().to_string()).filter(|text| !text.is_empty())
    };
    machine.processor = ask("machdep.cpu.brand_string");
    machine.memory_bytes = ask("hw.memsize").and_then(|text| text.parse().ok());
    if let Some(threads) = ask("hw.logicalcpu").and_then(|text| text.parse().ok()) {
        machine.threads = Some(threads);
    }
    if let Some(name) = machine.processor.clone().filter(|name| name.starts_with("Apple ")) {
        machine.accelerators.push(Found { name, memory_bytes: None, told_by: "sysctl" });
    }
}
