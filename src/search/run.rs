//! Walking a space on several threads, with the answer in the order of its points.
//!
//! Threads take chunks of points as they become free and work each chunk into a result; the calling thread
//! receives the results in the order of the chunks. So the answer is the same for any number of threads,
//! and whatever is costly (evaluating, but also writing a row) is done in parallel.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;
use std::str::FromStr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::sync_channel;
use std::thread;

use super::points::{Evaluator, Outcome, Space};

/// Points of one chunk: enough that handing over costs nothing, few enough that a cancel is felt at once.
pub const CHUNK: u64 = 512;

/// One part of a space that is walked by several machines: `3/16` is the third of sixteen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    /// Which part, from 1.
    pub part: u64,
    /// How many parts there are.
    pub parts: u64,
}

impl Shard {
    /// The whole space.
    pub const WHOLE: Shard = Shard { part: 1, parts: 1 };

    /// The points of this part of a space. The parts follow one another, their sizes differ by one at
    /// most, and together they are the whole.
    pub fn range(self, points: u64) -> Range<u64> {
        let cut = |part: u64| (u128::from(points) * u128::from(part) / u128::from(self.parts.max(1))) as u64;
        cut(self.part.saturating_sub(1))..cut(self.part)
    }
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Shard, String> {
        let numbers = text.split_once('/').and_then(|(part, parts)| {
            Some((part.trim().parse::<u64>().ok()?, parts.trim().parse::<u64>().ok()?))
        });
        match numbers {
            Some((part, parts)) if (1..=parts).contains(&part) => Ok(Shard { part, parts }),
            Some((part, parts)) => {
                Err(format!("there is no part {part} of {parts}: parts are 1/{parts} to {parts}/{parts}"))
            }
            None => Err("a shard is PART/PARTS, for example 3/16".into()),
        }
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.part, self.parts)
    }
}

/// How to walk.
pub struct Walk<'w> {
    /// Points to walk.
    pub range: Range<u64>,
    /// Threads, at least one.
    pub threads: usize,
    /// Ends the walk early once true.
    pub cancel: &'w AtomicBool,
}

/// Walks a space. `work` makes a result of a chunk, given the number of its first point and the outcomes,
/// on any thread; `each` takes the results in order, with the points done so far, on this one, and ends the
/// walk by answering false. Gives the number of points whose result was taken.
///
/// # Panics
/// Where `work` does: a result would be missing.
pub fn walk<T: Send>(
    space: &Space<'_>,
    how: &Walk<'_>,
    work: impl Fn(u64, &[Outcome]) -> T + Sync,
    mut each: impl FnMut(T, u64) -> bool,
) -> u64 {
    let range = how.range.start..how.range.end.min(space.len());
    let chunks = range.end.saturating_sub(range.start).div_ceil(CHUNK);
    let threads = how.threads.max(1).min(usize::try_from(chunks).unwrap_or(usize::MAX).max(1));
    let chunk = |number: u64| {
        let start = range.start + number * CHUNK;
        start..(start + CHUNK).min(range.end)
    };
    let next = AtomicU64::new(0);
    let stop = AtomicBool::new(false);
    let (results, inbox) = sync_channel::<(u64, T)>(threads * 4);
    let mut done = 0;
    thread::scope(|scope| {
        for _ in 0..threads {
            let (results, next, stop, work, chunk) = (results.clone(), &next, &stop, &work, &chunk);
            scope.spawn(move || {
                let mut evaluator = Evaluator::new(space);
                let mut outcomes = Vec::with_capacity(CHUNK as usize);
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= chunks || stop.load(Ordering::Relaxed) || how.cancel.load(Ordering::Relaxed)
                    {
                        return;
                    }
                    let points = chunk(number);
                    let first = points.start;
                    outcomes.clear();
                    for point in points {
                        // Points of some spaces are slow; a cancel does not wait for a whole chunk of them.
                        if how.cancel.load(Ordering::Relaxed) {
                            return;
                        }
                        outcomes.push(evaluator.figures(point));
                    }
                    // Nobody listens any more: the walk has ended.
                    if results.send((number, work(first, &outcomes))).is_err() {
                        return;
                    }
                }
            });
        }
        drop(results);
        let mut early = BTreeMap::new();
        let mut expected = 0;
        while let Ok((number, result)) = inbox.recv() {
            early.insert(number, result);
            while let Some(result) = early.remove(&expected) {
                let points = chunk(expected);
                done += points.end - points.start;
                expected += 1;
                if !each(result, done) {
                    stop.store(true, Ordering::Relaxed);
                    // Threads that wait to hand a result over must find nobody.
                    drop(inbox);
                    return;
                }
            }
        }
    });
    done
}

/// As many threads as the machine has cores.
pub fn all_cores() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Options;
    use crate::registry::Registry;
    use crate::search::axis::Axis;

    const PLAN: &str =
        "version: \"1.0\"\nname: x\nworkload: {name: Llama3_8B, mode: serve}\nhardware: {name: H100}\n";

    fn space(registry: &Registry) -> Space<'_> {
        let axis = |path: &str, values: Vec<String>| Axis::new(path, values);
        let axes = vec![
            axis("hardware.name", vec!["H100".into(), "A100".into()]),
            axis("workload.batch_size", (1..=700).map(|batch| batch.to_string()).collect()),
        ];
        Space::new(PLAN, registry, Options::default(), axes).unwrap()
    }

    fn rows(space: &Space<'_>, threads: usize, range: Range<u64>) -> Vec<(u64, Outcome)> {
        let cancel = AtomicBool::new(false);
        let mut all = Vec::new();
        let done = walk(
            space,
            &Walk { range, threads, cancel: &cancel },
            |first, outcomes| (first..).zip(outcomes.to_vec()).collect::<Vec<_>>(),
            |rows, _| {
                all.extend(rows);
                true
            },
        );
        assert_eq!(done, all.len() as u64);
        all
    }

    #[test]
    fn any_number_of_threads_and_shards_gives_the_same() {
        let registry = Registry::builtin();
        let space = space(&registry);
        let whole = rows(&space, 1, Shard::WHOLE.range(space.len()));
        assert_eq!(whole.len(), 1400);
        assert!(whole.iter().enumerate().all(|(at, (index, _))| at as u64 == *index));
        assert_eq!(rows(&space, 3, 0..space.len()), whole);
        let mut merged = Vec::new();
        for part in 1..=3 {
            let shard = Shard { part, parts: 3 };
            merged.extend(rows(&space, 2, shard.range(space.len())));
        }
        assert_eq!(merged, whole);
    }

    #[test]
    fn a_walk_ends_where_it_is_told_to() {
        let registry = Registry::builtin();
        let space = space(&registry);
        let cancel = AtomicBool::new(false);
        let how = Walk { range: 0..space.len(), threads: 2, cancel: &cancel };
        let mut seen = 0;
        assert_eq!(
            walk(
                &space,
                &how,
                |first, _| first,
                |first, _| {
                    assert_eq!(first, seen);
                    seen += CHUNK;
                    false
                }
            ),
            CHUNK
        );
        cancel.store(true, Ordering::Relaxed);
        assert_eq!(walk(&space, &how, |_, _| (), |(), _| true), 0);
    }

    #[test]
    fn shards_cover_a_space_once() {
        for points in [0, 1, 7, 1000, u64::MAX] {
            for parts in [1, 2, 3, 16, 1000] {
                let ranges: Vec<_> = (1..=parts).map(|part| Shard { part, parts }.range(points)).collect();
                assert_eq!(ranges[0].start, 0);
                assert!(ranges.windows(2).all(|pair| pair[0].end == pair[1].start));
                assert_eq!(ranges[ranges.len() - 1].end, points);
                let sizes = || ranges.iter().map(|range| range.end - range.start);
                assert!(sizes().max().unwrap() - sizes().min().unwrap() <= 1);
            }
        }
        assert_eq!("3/16".parse(), Ok(Shard { part: 3, parts: 16 }));
        for wrong in ["0/4", "5/4", "1", "a/b", "1/0", ""] {
            assert!(wrong.parse::<Shard>().is_err(), "{wrong}");
        }
    }
}
