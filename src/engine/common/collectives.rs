//! Time of collective operations, alpha–beta model with one-way bandwidths.

use super::{ResolveError, Resolved};

/// A time that is never, s: far beyond any plan, far below where a float overflows.
const NEVER_S: f64 = 1e100;

/// Time of a collective over a link; an error where the link is dead or as good as dead.
fn priced(bytes_per_s: f64, seconds: f64) -> Resolved<f64> {
    if bytes_per_s > 0.0 && seconds < NEVER_S {
        Ok(seconds)
    } else {
        Err(ResolveError::bad_input(
            "hardware.fabric_bandwidth",
            format!("a collective over a link of {bytes_per_s} byte/s never ends; more bandwidth is needed"),
        ))
    }
}

/// Ring all-reduce of `bytes` over `ranks`, s (Patarasuk & Yuan 2009). Zero for one rank.
pub fn ring_allreduce(bytes: f64, ranks: f64, bytes_per_s: f64, latency_s: f64) -> Resolved<f64> {
    if ranks <= 1.0 {
        return Ok(0.0);
    }
    let seconds = 2.0 * (ranks - 1.0) / ranks * bytes / bytes_per_s + 2.0 * (ranks - 1.0) * latency_s;
    priced(bytes_per_s, seconds)
}

/// All-to-all of `bytes` over `ranks`, s. Zero for one rank.
pub fn all_to_all(bytes: f64, ranks: f64, bytes_per_s: f64, latency_s: f64) -> Resolved<f64> {
    if ranks <= 1.0 {
        return Ok(0.0);
    }
    priced(bytes_per_s, (ranks - 1.0) / ranks * bytes / bytes_per_s + (ranks - 1.0) * latency_s)
}

/// Hierarchical all-reduce of `bytes`: reduce-scatter and all-gather over `ranks_per_node` inside each
/// node, a ring of 1/ranks_per_node of the bytes over `nodes` between them, s.
pub fn hierarchical_allreduce(
    bytes: f64,
    nodes: f64,
    ranks_per_node: f64,
    inside: (f64, f64),
    between: (f64, f64),
) -> Resolved<f64> {
    let (inside_bytes_per_s, inside_latency_s) = inside;
    let mut local = 0.0;
    if ranks_per_node > 1.0 {
        let share = (ranks_per_node - 1.0) / ranks_per_node * bytes / inside_bytes_per_s;
        local = priced(inside_bytes_per_s, 2.0 * (share + (ranks_per_node - 1.0) * inside_latency_s))?;
    }
    Ok(local + ring_allreduce(bytes / ranks_per_node, nodes, between.0, between.1)?)
}

/// Share of a pipeline's time that is bubble: `stages` of pipeline, `microbatches`, `interleaved`
/// stages per device, all at least 1 (Narayanan 2021).
pub fn bubble_fraction(stages: f64, microbatches: f64, interleaved: f64) -> f64 {
    let idle = stages - 1.0;
    idle / (interleaved * microbatches + idle)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_rank_talks_to_nobody() {
        assert_eq!(ring_allreduce(1e9, 1.0, 0.0, 1.0), Ok(0.0));
        assert_eq!(all_to_all(1e9, 1.0, 0.0, 1.0), Ok(0.0));
    }

    #[test]
    fn a_dead_link_is_an_error_that_names_the_field() {
        let error = ring_allreduce(1e9, 2.0, 0.0, 0.0).unwrap_err();
        assert_eq!(error.field, "hardware.fabric_bandwidth");
    }

    #[test]
    fn a_hierarchy_of_single_ranks_is_a_ring() {
        let ring = ring_allreduce(1e9, 8.0, 50e9, 5e-6).unwrap();
        let tree = hierarchical_allreduce(1e9, 8.0, 1.0, (450e9, 5e-7), (50e9, 5e-6)).unwrap();
        assert_eq!(ring, tree);
    }

    #[test]
    fn one_stage_has_no_bubble() {
        assert_eq!(bubble_fraction(1.0, 1.0, 1.0), 0.0);
        assert_eq!(bubble_fraction(4.0, 3.0, 1.0), 0.5);
    }
}
