//! Figures that a plan would carry in fields and tables of measurements keep in their notes.

use super::super::model::GIB;

/// What a note states.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Noted {
    /// Network between nodes, bytes/s of a device.
    pub nic: Option<f64>,
    /// Share of memory that a serving engine may use.
    pub utilization: Option<f64>,
    /// Memory that the driver reports, bytes.
    pub usable_bytes: Option<f64>,
    /// Release of vLLM before 1.0: 8 for 0.8.4.
    pub vllm_minor: Option<u32>,
    /// Offered load.
    pub requests_per_s: Option<f64>,
    /// Sequence length, tokens.
    pub sequence: Option<f64>,
    /// Tensor-parallel communication overlaps.
    pub async_tensor: bool,
    /// The schedule of a pipeline: interleaved, or one forward and one backward.
    pub interleaved: Option<bool>,
    /// Sequence parallelism: in rows with selective recomputation only, or not stated.
    pub sequence_parallel_if_selective: bool,
    /// The output matrix is the embedding.
    pub tied: bool,
}

/// Reads a note; `node` is the number of devices that share a node's network. Of the source, only the
/// release of its software is read.
pub fn read(notes: &str, source: &str, node: f64) -> Noted {
    let lower = notes.to_lowercase();
    let schedule_stated = !lower.contains("not stated");
    Noted {
        nic: network(notes, &lower, node),
        utilization: number_after(&lower, "utilization").filter(|share| *share > 0.0 && *share <= 1.0),
        usable_bytes: ["usable ", "total "]
            .iter()
            .find_map(|word| figure_with_unit(&lower, word, " gib"))
            .map(|gib| gib * GIB),
        vllm_minor: vllm_release(&lower).or_else(|| vllm_release(&source.to_lowercase())),
        requests_per_s: figure_with_unit(&lower, "offered load ", " request"),
        sequence: number_after_any(&lower, "sequence length"),
        async_tensor: ["async tp", "asynctp", "async-tp"].iter().any(|word| lower.contains(word)),
        interleaved: if schedule_stated && lower.contains("interleave") {
            Some(true)
        } else if schedule_stated && lower.contains("1f1b") {
            Some(false)
        } else {
            None
        },
        sequence_parallel_if_selective: lower.contains("selective row also uses sequence parallel"),
        tied: lower.contains("tied") && !lower.contains("untied"),
    }
}

/// The number that ends where `text` ends, spaces aside: of `8x200 ` it is 200, with `8x` left over.
fn number_before(text: &str) -> Option<(f64, &str)> {
    let text = text.trim_end();
    let start = text
        .char_indices()
        .rev()
        .take_while(|(_, c)| c.is_ascii_digit() || *c == '.')
        .last()
        .map(|(at, _)| at)?;
    let figure = text[start..].parse::<f64>().ok()?;
    Some((figure, &text[..start]))
}

/// The number at the start of `text`.
fn number_at(text: &str) -> Option<(f64, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    // A full stop after the number ends a sentence.
    let figure = text[..end].trim_end_matches('.');
    Some((figure.parse().ok()?, &text[end..]))
}

fn number_after(text: &str, word: &str) -> Option<f64> {
    text.match_indices(word).find_map(|(at, _)| {
        let rest = text[at + word.len()..].trim_start_matches([' ', '=', ':']);
        number_at(rest).map(|(figure, _)| figure)
    })
}

/// The second part of a release such as `vLLM v0.6.3`.
fn vllm_release(text: &str) -> Option<u32> {
    text.match_indices("vllm").find_map(|(at, word)| {
        let rest = text[at + word.len()..].trim_start_matches([' ', 'v', '=', '<', '>', '@', '(', '-', ':']);
        let minor = rest.strip_prefix("0.")?;
        let end = minor.find(|c: char| !c.is_ascii_digit()).unwrap_or(minor.len());
        minor[..end].parse().ok()
    })
}

/// The first number anywhere after a word.
fn number_after_any(text: &str, word: &str) -> Option<f64> {
    let rest = &text[text.find(word)? + word.len()..];
    let start = rest.find(|c: char| c.is_ascii_digit())?;
    number_at(&rest[start..]).map(|(figure, _)| figure).filter(|figure| *figure > 0.0)
}

/// The number between a word and a unit.
fn figure_with_unit(text: &str, word: &str, unit: &str) -> Option<f64> {
    text.match_indices(word)
        .find_map(|(at, _)| {
            let (figure, rest) = number_at(&text[at + word.len()..])?;
            rest.starts_with(unit).then_some(figure)
        })
        .filter(|figure| *figure > 0.0)
}

/// Network of one device, bytes/s: stated per GPU, per node, or as cards of a node.
fn network(notes: &str, lower: &str, node: f64) -> Option<f64> {
    let (mut cards, mut per_node, mut per_device) = (None, None, None);
    // Small b is bits, capital B bytes.
    for (unit, bytes) in [("Gb/s", 1.25e8), ("Gbps", 1.25e8), ("Gbit/s", 1.25e8), ("GB/s", 1e9)] {
        for (at, _) in notes.match_indices(unit) {
            let Some((figure, before)) = number_before(&notes[..at]) else { continue };
            let rate = figure * bytes;
            let after = &notes[at + unit.len()..];
            if after.starts_with(" per GPU") || after.starts_with(" per accelerator") {
                per_device = Some(rate);
            } else if after.starts_with(" per node")
                || after.split_whitespace().skip(1).take(2).eq(["per", "node"])
            {
                per_node = Some(rate / node);
            } else if let Some((count, _)) = before.strip_suffix('x').and_then(number_before) {
                cards = Some(count * rate / node);
            }
        }
    }
    let omni_path = lower.find(" omni-path").and_then(|at| number_before(&lower[..at]));
    let omni_path = omni_path.map(|(count, _)| count * 12.5e9 / node);
    per_device.or(per_node).or(cards).or(omni_path).filter(|rate| *rate > 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_are_read_in_bits_and_bytes_per_device_and_node() {
        for (notes, rate) in [
            ("400 Gb/s per GPU RDMA", 50e9),
            ("8x200 Gb/s IB", 25e9),
            ("8x200Gb/s HDR IB per node (Selene)", 25e9),
            ("inter-node 800 Gb/s per node, NVLink bus bandwidth 230 GB/s per config", 12.5e9),
            ("1600 Gb/s RoCE per node", 25e9),
            ("4 Omni-Path links per node", 6.25e9),
            ("100 GB/s per node", 12.5e9),
        ] {
            assert_eq!(read(notes, "", 8.0).nic, Some(rate), "{notes}");
        }
        assert_eq!(read("NVSwitch node; Gb/s per GPU", "", 8.0).nic, None);
    }

    #[test]
    fn engines_and_loads_are_read() {
        let noted = read("vLLM, usable 79.19 GiB, gpu-memory-utilization 0.95, max-model-len 16384", "", 8.0);
        assert_eq!((noted.utilization, noted.usable_bytes), (Some(0.95), Some(79.19 * GIB)));
        assert_eq!(read("offered load 4.5 requests/s, mean", "", 8.0).requests_per_s, Some(4.5));
        assert_eq!(read("sequence length not in the file (README: 2048)", "", 8.0).sequence, Some(2048.0));
        assert_eq!(read("interleaving not stated", "", 8.0).interleaved, None);
        assert_eq!(read("vLLM v0.6.3, H100", "", 8.0).vllm_minor, Some(6));
        assert_eq!(read("", "memory results (vLLM <=0.16-era, H100)", 8.0).vllm_minor, Some(16));
        assert_eq!(read("vLLM 1.0", "", 8.0).vllm_minor, None);
        assert_eq!(read("1F1B, checkpointing", "", 8.0).interleaved, Some(false));
        assert_eq!(read("é 0. utilization . … offered load x", "", 8.0), Noted::default());
    }
}
