//! Fuzzy search: the letters of the query in order, not necessarily side by side, best match first.

use nucleo_matcher::pattern::{AtomKind, CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};

/// A candidate that has the letters of the query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Match {
    /// Which candidate.
    pub index: usize,
    /// How well it matches; higher is better. Only to be compared within one search.
    pub score: u32,
    /// Which letters matched: indices into the grapheme clusters of the candidate, ascending.
    pub positions: Vec<usize>,
}

/// The candidates that match, best first; of equals the shorter one, then the earlier one. Every word of the query must be
/// found, in any order. Small letters match large ones, and plain letters match accented ones. An empty query
/// matches everything, in the given order.
pub fn rank(query: &str, candidates: &[&str]) -> Vec<Match> {
    let pattern = Pattern::new(query, CaseMatching::Ignore, Normalization::Smart, AtomKind::Fuzzy);
    let mut matcher = Matcher::new(Config::DEFAULT);
    let mut letters = Vec::new();
    let mut found: Vec<Match> = candidates
        .iter()
        .enumerate()
        .filter_map(|(index, candidate)| {
            let mut positions = Vec::new();
            let score =
                pattern.indices(Utf32Str::new(candidate, &mut letters), &mut matcher, &mut positions)?;
            positions.sort_unstable();
            positions.dedup();
            Some(Match { index, score, positions: positions.into_iter().map(|at| at as usize).collect() })
        })
        .collect();
    if !query.trim().is_empty() {
        // Stable, so that equals keep the order of the candidates.
        found.sort_by_key(|found| (std::cmp::Reverse(found.score), candidates[found.index].len()));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(query: &str, candidates: &[&str]) -> Vec<usize> {
        rank(query, candidates).into_iter().map(|found| found.index).collect()
    }

    #[test]
    fn letters_in_order_match_and_others_do_not() {
        assert_eq!(order("sv", &["save", "vise", "quit"]), [0]);
        assert_eq!(order("h1", &["MI300X", "H100", "H200"]), [1]);
    }

    #[test]
    fn the_nearer_match_comes_first() {
        assert_eq!(order("theme", &["the me", "next theme", "theme"])[0], 2);
        assert_eq!(order("zoom", &["a zone of moments", "zoom"]), [1, 0]);
    }

    #[test]
    fn every_word_counts_in_any_order() {
        assert_eq!(order("wall memory", &["memory wall", "memory", "wall"]), [0]);
    }

    #[test]
    fn nothing_asked_gives_everything_in_order() {
        assert_eq!(order("", &["b", "a"]), [0, 1]);
    }

    #[test]
    fn accents_and_case_do_not_hide_anything() {
        assert_eq!(order("quebec", &["Québec"]), [0]);
        assert_eq!(rank("QB", &["Québec"])[0].positions, [0, 3]);
    }
}
