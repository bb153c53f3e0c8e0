//! Wall 10, Locality: what the shape of the network leaves of a link when everybody talks.
//!
//! `effective = b·β/o`, `bisection = b·β·N/2/o`, with
//!
//! | topology | β | average hops |
//! | --- | --- | --- |
//! | `fat_tree` | 1 | 4 |
//! | `dragonfly` | 0.85 | 3 |
//! | `torus_3d` | `2 N^(−1/3)` | `0.75 N^(1/3)` |
//! | `ring` | `2/N` | `N/4` |
//! | anything else | 1 | 4 |
//!
//! Bytes/s. Defaults: fat tree, 64 nodes, oversubscription 1.
//! Sources: Leiserson 1985 (fat tree), Kim 2008 (dragonfly), Dally and Towles 2003 (torus, ring).

use super::error::WallError;
use super::output::output;

/// What the wall needs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Inputs<'a> {
    /// One link, bytes/s.
    pub link_bytes_per_s: f64,
    /// Ports down over ports up; 1 is non-blocking.
    pub oversubscription_ratio: f64,
    /// Shape of the network.
    pub topology: &'a str,
    /// End points.
    pub num_nodes: u64,
}

output! {
    /// What the wall answers.
    pub struct Outputs {
        /// Per link with everybody talking, bytes/s.
        pub effective_bw_bytes_per_s: f64,
        /// Across the middle, bytes/s.
        pub bisection_bw_bytes_per_s: f64,
        /// β.
        pub bisection_bw_fraction: f64,
        /// Switches on an average path.
        pub hops_avg: f64,
        /// Echo.
        pub topology: String,
        /// Echo.
        pub num_nodes: u64,
    }
}

/// Solves the wall.
pub fn solve(inputs: &Inputs<'_>) -> Result<Outputs, WallError> {
    if inputs.oversubscription_ratio == 0.0 {
        return Err(WallError::evaluation("oversubscription_ratio", "is zero"));
    }
    let nodes = inputs.num_nodes as f64;
    if inputs.topology == "torus_3d" && inputs.num_nodes == 0 {
        return Err(WallError::evaluation("num_nodes", "a torus needs at least one node"));
    }
    let (fraction, hops) = match inputs.topology {
        "dragonfly" => (0.85, 3.0),
        "torus_3d" => (2.0 * nodes.powf(-1.0 / 3.0), 0.75 * nodes.powf(1.0 / 3.0)),
        "ring" => (2.0 / nodes.max(1.0), nodes / 4.0),
        _ => (1.0, 4.0),
    };
    let link = inputs.link_bytes_per_s * fraction / inputs.oversubscription_ratio;
    Ok(Outputs {
        effective_bw_bytes_per_s: link,
        bisection_bw_bytes_per_s: link * nodes / 2.0,
        bisection_bw_fraction: fraction,
        hops_avg: hops,
        topology: inputs.topology.to_owned(),
        num_nodes: inputs.num_nodes,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ring_loses_bisection_with_every_node_and_a_fat_tree_does_not() {
        let ring = |num_nodes| {
            solve(&Inputs {
                link_bytes_per_s: 1e10,
                oversubscription_ratio: 1.0,
                topology: "ring",
                num_nodes,
            })
            .unwrap()
        };
        assert!(ring(64).effective_bw_bytes_per_s < ring(8).effective_bw_bytes_per_s);
        let tree = solve(&Inputs {
            link_bytes_per_s: 1e10,
            oversubscription_ratio: 2.0,
            topology: "fat_tree",
            num_nodes: 64,
        })
        .unwrap();
        assert_eq!(tree.effective_bw_bytes_per_s, 5e9);
    }
}
