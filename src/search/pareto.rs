//! Points that no other point beats: the frontier of several objectives.

use crate::metrics::{Better, Metric};

/// Which way an objective is to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Goal {
    /// The smaller the better.
    Least,
    /// The larger the better.
    Most,
}

impl Goal {
    /// The goal of a metric; `None` for one that has no better side.
    pub fn of(metric: &Metric) -> Option<Goal> {
        match metric.better {
            Better::Lower => Some(Goal::Least),
            Better::Higher => Some(Goal::Most),
            Better::Neither => None,
        }
    }

    /// A value as a cost: the smaller the better, whatever the goal.
    pub fn cost(self, value: f64) -> f64 {
        match self {
            Goal::Least => value,
            Goal::Most => -value,
        }
    }
}

/// A point and its costs, one for each objective; the smaller the better.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    /// Number of the point in its space.
    pub index: u64,
    /// Costs in the order of the objectives.
    pub costs: Vec<f64>,
}

/// The candidates that no other candidate beats. Of candidates with equal costs the one with the lowest
/// number stays, so that the frontier is the same in whatever order candidates come.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Frontier {
    members: Vec<Candidate>,
}

/// What one set of costs is to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    /// No worse in any, better in one.
    Beats,
    /// The same.
    Equal,
    /// No better in any, worse in one.
    Beaten,
    /// Better in one, worse in another.
    Apart,
}

fn standing(a: &[f64], b: &[f64]) -> Standing {
    let (mut better, mut worse) = (false, false);
    for (a, b) in a.iter().zip(b) {
        better |= a < b;
        worse |= a > b;
    }
    match (better, worse) {
        (true, false) => Standing::Beats,
        (false, true) => Standing::Beaten,
        (false, false) => Standing::Equal,
        (true, true) => Standing::Apart,
    }
}

impl Frontier {
    /// An empty frontier.
    pub fn new() -> Frontier {
        Frontier::default()
    }

    /// Offers a candidate whose costs are all numbers. True where it is now a member.
    pub fn offer(&mut self, index: u64, costs: &[f64]) -> bool {
        let mut at = 0;
        while at < self.members.len() {
            match standing(costs, &self.members[at].costs) {
                Standing::Beaten => {
                    // Members that beat one candidate tend to beat the next: keep them in front.
                    self.members.swap(0, at);
                    return false;
                }
                Standing::Equal => {
                    let member = &mut self.members[at];
                    let first = index < member.index;
                    member.index = member.index.min(index);
                    return first;
                }
                Standing::Beats => {
                    self.members.swap_remove(at);
                }
                Standing::Apart => at += 1,
            }
        }
        self.members.push(Candidate { index, costs: costs.to_vec() });
        true
    }

    /// True where a member is at least as good in every objective: nothing that costs at least `costs` can
    /// be new to the frontier, unless it equals a member and has a lower number.
    pub fn beats(&self, costs: &[f64]) -> bool {
        self.members.iter().any(|member| standing(&member.costs, costs) == Standing::Beats)
    }

    /// Takes the members of another frontier in.
    pub fn merge(&mut self, other: &Frontier) {
        for member in &other.members {
            self.offer(member.index, &member.costs);
        }
    }

    /// How many members there are.
    pub fn len(&self) -> usize {
        self.members.len()
    }

    /// True where nothing was offered yet.
    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// The members of several frontiers of one objective, best first; equals by number.
    pub fn each(frontiers: &[Frontier]) -> Vec<Candidate> {
        let mut all: Vec<Candidate> = frontiers.iter().flat_map(Frontier::sorted).collect();
        all.sort_by(|a, b| a.costs[0].total_cmp(&b.costs[0]).then(a.index.cmp(&b.index)));
        all
    }

    /// The members, best first in the first objective, then in the next; equals by number.
    pub fn sorted(&self) -> Vec<Candidate> {
        let mut sorted = self.members.clone();
        sorted.sort_by(|a, b| {
            let costs = a.costs.iter().zip(&b.costs).map(|(a, b)| a.total_cmp(b));
            costs.fold(std::cmp::Ordering::Equal, std::cmp::Ordering::then).then(a.index.cmp(&b.index))
        });
        sorted
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A small generator of its own, so that the sets are the same on every machine.
    struct Random(u64);

    impl Random {
        fn below(&mut self, most: u64) -> u64 {
            self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            (self.0 >> 33) % most
        }
    }

    fn brute_force(points: &[Vec<f64>]) -> Vec<u64> {
        let beaten = |one: usize| {
            points.iter().enumerate().any(|(other, costs)| {
                let no_worse = costs.iter().zip(&points[one]).all(|(a, b)| a <= b);
                no_worse && (costs != &points[one] || other < one)
            })
        };
        (0..points.len()).filter(|one| !beaten(*one)).map(|one| one as u64).collect()
    }

    fn members(frontier: &Frontier) -> Vec<u64> {
        let mut indices: Vec<u64> = frontier.sorted().iter().map(|one| one.index).collect();
        indices.sort_unstable();
        indices
    }

    #[test]
    fn frontiers_equal_brute_force_in_any_order_and_in_parts() {
        let mut random = Random(1);
        for round in 0..500 {
            let objectives = 1 + random.below(4) as usize;
            let count = 1 + random.below(60);
            // Few different values, so that ties are common.
            let points: Vec<Vec<f64>> =
                (0..count).map(|_| (0..objectives).map(|_| random.below(8) as f64).collect()).collect();
            let wanted = brute_force(&points);
            let mut forward = Frontier::new();
            let mut backward = Frontier::new();
            let mut parts = [Frontier::new(), Frontier::new(), Frontier::new()];
            for (index, costs) in points.iter().enumerate() {
                forward.offer(index as u64, costs);
                parts[index % 3].offer(index as u64, costs);
            }
            for (index, costs) in points.iter().enumerate().rev() {
                backward.offer(index as u64, costs);
            }
            let mut whole = Frontier::new();
            parts.iter().rev().for_each(|part| whole.merge(part));
            assert_eq!(members(&forward), wanted, "round {round}");
            assert_eq!(members(&backward), wanted, "round {round}");
            assert_eq!(members(&whole), wanted, "round {round}");
            assert_eq!(forward.sorted(), backward.sorted());
        }
    }

    #[test]
    fn one_objective_has_one_winner_the_first_of_equals() {
        let mut frontier = Frontier::new();
        assert!(frontier.offer(7, &[2.0]));
        assert!(frontier.offer(9, &[1.0]));
        assert!(!frontier.offer(11, &[1.0]));
        assert!(frontier.offer(3, &[1.0]));
        assert_eq!(frontier.sorted(), [Candidate { index: 3, costs: vec![1.0] }]);
        assert!(frontier.beats(&[1.5]) && !frontier.beats(&[1.0]));
    }
}
