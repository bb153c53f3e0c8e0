//! The accelerator that a row names, as the model sees it.
//!
//! Tables write a part with its form, memory, power cap and cores, as in `A100-SXM-80GB-330W`,
//! `M2-Ultra-76c` or `MI250X-1GCD`. The entry of the registry with the same core name is taken, among
//! several the one whose form and memory agree, and what the name says beyond that is applied.

use std::sync::Arc;

use super::super::model::{Device, Family, GIB};
use super::super::studio::machine;
use crate::registry::{Accelerator, Entry, Physics, Registry};

/// A part: the registry's entry and what the row's name adds.
#[derive(Debug, Clone)]
pub struct Part {
    /// The registry's entry.
    pub entry: Arc<Entry<Accelerator>>,
    words: Words,
}

/// A name, taken apart.
#[derive(Debug, Clone, PartialEq, Default)]
struct Words {
    /// What is left of the name: maker, form, memory, power and cores aside.
    core: String,
    /// GB of memory.
    memory: Option<f64>,
    /// W of a power cap.
    power: Option<f64>,
    /// GPU cores.
    cores: Option<f64>,
    /// A PCIe card.
    pcie: bool,
    /// A card of a bridged pair.
    nvl: bool,
    /// One die of a part that has two.
    half: bool,
    /// Form and kind of memory: `sxm3`, `hbm2e`.
    marks: Vec<String>,
}

/// Words that say nothing about the part.
const SILENT: &[&str] = &[
    "nvidia",
    "amd",
    "google",
    "intel",
    "apple",
    "aws",
    "tesla",
    "instinct",
    "geforce",
    "radeon",
    "cloud",
    "gpu",
    "chip",
    "card",
    "hgx",
    "dgx",
    "generation",
    "oam",
    "tensor",
    "core",
];

impl Words {
    fn of(name: &str) -> Words {
        let mut words = Words::default();
        let lower = name.to_lowercase();
        for token in lower.split(|c: char| !c.is_alphanumeric()).filter(|token| !token.is_empty()) {
            let figure = |unit: &str| token.strip_suffix(unit)?.parse::<f64>().ok().filter(|f| *f > 0.0);
            if let Some(memory) = figure("gb").or_else(|| figure("gib")).or_else(|| figure("g")) {
                words.memory = Some(memory);
            } else if let Some(power) = figure("w").filter(|power| *power >= 10.0) {
                words.power = Some(power);
            } else if let Some(cores) = figure("c") {
                words.cores = Some(cores);
            } else if token == "1gcd" || token == "gcd" {
                words.half = true;
            } else if token.starts_with("pcie") {
                words.pcie = true;
            } else if token == "nvl" {
                words.nvl = true;
            } else if token.strip_prefix("nvl").is_some_and(|spans| spans.parse::<u32>().is_ok())
                || token == "2gcd"
            {
                // `GB200-NVL72` names one of the 72, and both dies are the part.
            } else if token.starts_with("sxm") || token.starts_with("hbm") {
                words.marks.push(token.to_owned());
            } else if !SILENT.contains(&token) {
                words.core.push_str(token);
            }
        }
        words
    }

    /// How well a spelling of the same core agrees with this one.
    fn likeness(&self, spellings: &[Words], memory_gib: f64) -> i32 {
        let any = |has: fn(&Words) -> bool| spellings.iter().any(has);
        let mut score = 0;
        score += if self.pcie == any(|other| other.pcie) { 4 } else { -4 };
        score += if self.nvl == any(|other| other.nvl) { 4 } else { -4 };
        if let Some(memory) = self.memory {
            score += if (memory / memory_gib - 1.0).abs() < 0.06 { 3 } else { -1 };
        }
        for mark in &self.marks {
            score += i32::from(spellings.iter().any(|other| other.marks.contains(mark)));
        }
        score
    }
}

/// Finds the part.
pub fn find(registry: &Registry, name: &str) -> Result<Part, String> {
    let words = Words::of(name);
    let mut best: Option<(i32, &Arc<Entry<Accelerator>>)> = None;
    for entry in registry.accelerators(Physics::Studio) {
        let names = [&entry.id, &entry.name].into_iter().chain(&entry.aliases);
        let spellings: Vec<Words> = names.map(|name| Words::of(name)).collect();
        if words.core.is_empty() || spellings.iter().all(|other| other.core != words.core) {
            continue;
        }
        let score = words.likeness(&spellings, entry.facts.memory_bytes / GIB);
        // Of equals, the one with the plainest name.
        let better =
            best.is_none_or(|(most, held)| score > most || score == most && entry.id.len() < held.id.len());
        if better {
            best = Some((score, entry));
        }
    }
    if let Some((_, entry)) = best {
        return Ok(Part { entry: entry.clone(), words });
    }
    match registry.accelerator(Physics::Studio, name) {
        Ok(entry) => Ok(Part { entry, words }),
        Err(miss) => {
            let shown: String = name.chars().take(48).collect();
            let hint = miss.nearest.first().map(|id| format!("; the nearest is {id}")).unwrap_or_default();
            Err(format!("the registry has no accelerator `{shown}`{hint}"))
        }
    }
}

impl Part {
    fn chips(&self) -> f64 {
        self.entry.facts.accelerator_count.map_or(1.0, |count| f64::from(count.max(1)))
    }

    /// One device, in a group of `ranks` that share a link. An error where a figure allows no evaluation.
    pub fn device(&self, ranks: f64) -> Result<Device, String> {
        let (entry, facts, chips) = (self.entry.as_ref(), &self.entry.facts, self.chips());
        // One of two dies is half of the part.
        let share = if self.words.half { 0.5 } else { 1.0 };
        let (peak, _) = machine::peak16(entry, chips);
        let mut units = machine::units(entry, peak) * share;
        let mut peak16 = peak * share;
        if let Some(cores) = self.words.cores {
            peak16 *= cores / units;
            units = cores;
        }
        let bandwidth = facts.memory_bytes_per_s / chips * share;
        let capacity = match self.words.memory {
            // One die keeps its own memory, whatever the name says about the part.
            Some(memory) if !self.words.half => memory * GIB,
            _ => facts.memory_bytes / chips * share,
        };
        let tdp = facts.tdp_w.map_or(f64::MAX, |tdp| tdp / chips * share);
        let device = Device {
            family: Family::of_device(&entry.id, bandwidth),
            peak16,
            peak8: 0.0,
            peak32: machine::table_rate(entry, "fp32"),
            bandwidth,
            capacity,
            intra: self.link(ranks),
            bridge: machine::bridge(facts).filter(|bridge| ranks > bridge.cards),
            units,
            power_w: self.words.power.unwrap_or(tdp).min(tdp),
        };
        let figures = [device.peak16, device.bandwidth, device.capacity, device.intra, device.units];
        if figures.iter().all(|figure| *figure > 0.0 && figure.is_finite()) {
            Ok(device)
        } else {
            Err(format!("{} lacks a figure that the model needs", entry.name))
        }
    }

    /// Link between the devices of a node, bytes/s one way.
    fn link(&self, ranks: f64) -> f64 {
        machine::link(&self.entry.facts, ranks).unwrap_or(PCIE_GEN4)
    }

    /// Devices that share the fast link, where the row does not say.
    pub fn node(&self, devices: f64) -> f64 {
        let facts = &self.entry.facts;
        if Family::of_device(&self.entry.id, facts.memory_bytes_per_s) == Family::Tpu {
            // The chips of a slice are neighbours on one torus.
            return devices.max(1.0);
        }
        if self.chips() > 1.0 {
            return self.chips();
        }
        // The vendor's link may span a rack.
        facts.link_domain().or(facts.vendor_node).map_or(8.0, f64::from).max(1.0)
    }
}

/// PCIe Gen4 x16, for a card whose link the registry does not have.
const PCIE_GEN4: f64 = 31.5e9;

/// Network of one device in the servers that a family usually comes in, bytes/s; where nothing is stated.
pub fn usual_network(family: Family) -> f64 {
    match family {
        Family::Hopper | Family::Blackwell | Family::Cdna => 50e9,
        Family::Ampere | Family::Tpu => 25e9,
        Family::Gaudi => 37.5e9,
        _ => 12.5e9,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(name: &str) -> String {
        find(&Registry::builtin(), name).map_or_else(|reason| reason, |part| part.entry.id.clone())
    }

    #[test]
    fn tables_names_find_the_registrys_parts() {
        for (name, expected) in [
            ("A100-SXM-80GB", "A100"),
            ("A100-SXM", "A100"),
            ("A100-SXM-40GB", "A100_40GB"),
            ("A100-SXM-80GB-330W", "A100"),
            ("A100-PCIe-80GB", "A100_PCIe"),
            ("A100-PCIe-40GB", "A100_PCIe_40GB"),
            ("NVIDIA A100 80GB PCIe", "A100_PCIe"),
            ("H100-SXM-80GB", "H100"),
            ("H100 SXM5 80GB HBM3", "H100"),
            ("H100-PCIe-80GB", "H100_PCIe"),
            ("H100-NVL-94GB", "H100_NVL"),
            ("H100-SXM-96GB-HBM2e-500W", "H100_96GB_HBM2e"),
            ("H200-SXM-141GB", "H200"),
            ("GH200-96GB", "GH200"),
            ("GH200-144GB", "GH200_144GB"),
            ("V100-SXM3-32GB", "V100_SXM3"),
            ("V100-SXM2-16GB", "V100"),
            ("RTX4090", "RTX_4090"),
            ("GeForce RTX 3080", "RTX_3080"),
            ("RTX-6000-Ada", "RTX_6000_Ada"),
            ("RTX-5000-Ada", "RTX_5000_Ada"),
            ("RTX-A6000", "RTX_A6000"),
            ("L40S", "L40S"),
            ("L4", "L4"),
            ("T4", "T4"),
            ("Tesla T4", "T4"),
            ("MI250X-1GCD", "MI250X"),
            ("MI300X", "MI300X"),
            ("TPUv5p", "TPUv5p"),
            ("TPU v4", "TPUv4"),
            ("TPUv6e", "TPUv6"),
            ("M2-Ultra-76c", "Apple_M2_Ultra"),
            ("M2-10c", "Apple_M2_GPU"),
            ("GB200", "GB200"),
            ("GB300-NVL72", "GB300"),
            ("A100 80G", "A100"),
            ("MI250X-2GCD", "MI250X"),
            ("B200", "B200"),
            ("Gaudi2", "Gaudi2"),
        ] {
            assert_eq!(id(name), expected, "{name}");
        }
        assert!(id("Abacus-9000").starts_with("the registry has no accelerator `Abacus-9000`"));
        assert!(id("NVIDIA 80GB").starts_with("the registry has no accelerator"));
    }

    #[test]
    fn what_the_name_says_is_applied() {
        let device = |name| find(&Registry::builtin(), name).unwrap().device(8.0).unwrap();
        assert_eq!(device("A100-SXM-80GB-330W").power_w, 330.0);
        assert_eq!(device("V100-SXM2-16GB").capacity, 16.0 * 1_073_741_824.0);
        let (whole, half) = (device("MI250X"), device("MI250X-1GCD"));
        assert_eq!(half.bandwidth * 2.0, whole.bandwidth);
        assert_eq!(half.peak16 * 2.0, whole.peak16);
        let (all, fewer) = (device("M2-Ultra-76c"), device("M2-Ultra-60c"));
        assert!((fewer.peak16 / all.peak16 - 60.0 / 76.0).abs() < 1e-9);
        assert_eq!(device("RTX-6000-Ada").family, Family::Ada);
        assert_eq!(device("RTX-5000-Ada").family, Family::Ada);
        // Two bridged cards have the bridge, eight have PCIe.
        let pair = find(&Registry::builtin(), "A100-PCIe-80GB").unwrap();
        assert!(pair.device(2.0).unwrap().intra > pair.device(8.0).unwrap().intra);
        assert_eq!(find(&Registry::builtin(), "GB200").unwrap().node(8.0), 72.0);
    }
}
