//! A name in the system's words to an entry of the registry, or to none: a guess would be a wrong answer.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::detect::Found;
use crate::registry::{Accelerator, Entry, Physics, Registry};

/// Words that say who made a device, how its memory is made or how it is built in, not which it is.
const NEUTRAL: &[&str] = &[
    "nvidia",
    "amd",
    "apple",
    "intel",
    "google",
    "advanced",
    "micro",
    "devices",
    "inc",
    "corporation",
    "tesla",
    "instinct",
    "radeon",
    "geforce",
    "gpu",
    "graphics",
    "accelerator",
    "generation",
    "edition",
    "server",
    "workstation",
    "developer",
    "kit",
    "oam",
    "sxm",
    "sxm2",
    "sxm3",
    "sxm4",
    "sxm5",
    "sxm6",
    "hbm",
    "hbm2",
    "hbm2e",
    "hbm3",
    "hbm3e",
    "model",
    "b",
    "rev",
    "engineering",
    "reference",
];

/// How far the memory that the system reports may be from the registry's: drivers keep some for themselves.
const TOLERANCE: f64 = 0.1;

/// The words that tell a device from others. What stands in parentheses explains, and counts only where there
/// is nothing else; memory sizes are compared as numbers.
fn words(name: &str) -> BTreeSet<String> {
    let plain: String = match name.split_once('(') {
        Some((before, rest)) => {
            let after = rest.split_once(')').map_or("", |(_, after)| after);
            format!("{before} {after}")
        }
        None => name.to_string(),
    };
    let lower = plain.to_lowercase();
    lower
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty() && !NEUTRAL.contains(word))
        .filter(|word| {
            let size = word.strip_suffix("gb").or_else(|| word.strip_suffix("gib"));
            !size.is_some_and(|digits| digits.bytes().all(|b| b.is_ascii_digit()))
        })
        // Revision numbers of boards: `1.0`.
        .filter(|word| word.len() > 1 || !word.bytes().all(|b| matches!(b, b'0'..=b'1')))
        .map(str::to_string)
        .collect()
}

/// The registry's entry for a device, or up to three entries with the nearest names.
pub fn identify(
    found: &Found,
    registry: &Registry,
    physics: Physics,
) -> Result<Arc<Entry<Accelerator>>, Vec<String>> {
    let wanted = words(&found.name);
    let fits = |entry: &Entry<Accelerator>| {
        found.memory_bytes.is_none_or(|memory| {
            let count = entry.facts.accelerator_count.map_or(1.0, |count| f64::from(count.max(1)));
            let listed = entry.facts.memory_bytes / count;
            // Decimal and binary gigabytes are both in use on data sheets.
            [listed, listed * 1.073_741_824].iter().any(|size| (memory / size - 1.0).abs() <= TOLERANCE)
        })
    };
    let named = |entry: &Entry<Accelerator>| {
        [&entry.id, &entry.name].into_iter().chain(&entry.aliases).any(|name| words(name) == wanted)
    };
    let mut candidates = registry
        .accelerators(physics)
        .filter(|entry| !wanted.is_empty() && named(entry) && fits(entry))
        .cloned()
        .collect::<Vec<_>>();
    if candidates.len() > 1 {
        // The nearest memory decides; without a memory to compare, the size in the name does.
        let size = |entry: &Entry<Accelerator>| {
            let memory = found.memory_bytes.or_else(|| gigabytes(&found.name))?;
            Some((entry.facts.memory_bytes / memory - 1.0).abs())
        };
        candidates.sort_by(|a, b| size(a).unwrap_or(0.0).total_cmp(&size(b).unwrap_or(0.0)));
        if found.memory_bytes.is_none() && gigabytes(&found.name).is_none() {
            return Err(candidates.iter().take(3).map(|entry| entry.id.clone()).collect());
        }
    }
    candidates.into_iter().next().ok_or_else(|| nearest(&wanted, registry, physics))
}

/// `80GB` in a name, bytes.
fn gigabytes(name: &str) -> Option<f64> {
    name.split(|c: char| !c.is_alphanumeric()).find_map(|word| {
        let lower = word.to_lowercase();
        let digits: f64 = lower.strip_suffix("gb")?.parse().ok()?;
        Some(digits * 1024.0 * 1024.0 * 1024.0)
    })
}

fn nearest(wanted: &BTreeSet<String>, registry: &Registry, physics: Physics) -> Vec<String> {
    let mut near: Vec<(usize, usize, String)> = registry
        .accelerators(physics)
        .filter_map(|entry| {
            let best = [&entry.id, &entry.name]
                .into_iter()
                .chain(&entry.aliases)
                .map(|name| {
                    let words = words(name);
                    (words.intersection(wanted).count(), words.symmetric_difference(wanted).count())
                })
                .max_by_key(|(shared, different)| (*shared, usize::MAX - different))?;
            (best.0 > 0).then(|| (best.0, best.1, entry.id.clone()))
        })
        .collect();
    near.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)).then(a.2.cmp(&b.2)));
    near.into_iter().take(3).map(|(.., id)| id).collect()
}
