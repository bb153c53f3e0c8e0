//! How far predictions lie from measurements, by kind and source. Errors are those of time or bytes:
//! a rate counts by its reciprocal.

use std::collections::BTreeMap;

use super::measurement::{Kind, Measurement};
use super::{Prediction, is_rate};

/// One row that was both measured and predicted, as times or bytes.
#[derive(Debug, Clone, PartialEq)]
pub struct Scored {
    /// Heading that it counts under.
    pub group: &'static str,
    /// Publication.
    pub source: String,
    /// Measured.
    pub measured: f64,
    /// Predicted.
    pub predicted: f64,
    /// Inside the band.
    pub covered: bool,
    /// Share of peak that is used, measured and predicted, for training rows.
    pub shares: Option<(f64, f64)>,
}

impl Scored {
    /// Scores a row; `None` where nothing was measured.
    pub fn of(row: &Measurement, prediction: &Prediction) -> Option<Scored> {
        let measured = row.value?;
        let rate = is_rate(&row.metric);
        let time = |figure: f64| if rate { 1.0 / figure } else { figure };
        // A step's measured time stands to the predicted one as the metric's times do.
        let shares = prediction.ideal_s.zip(prediction.step_s).map(|(ideal, step)| {
            let ratio = time(measured) / time(prediction.value);
            (ideal / (step * ratio), ideal / step)
        });
        Some(Scored {
            group: group(row),
            source: row.source.clone(),
            measured: time(measured),
            predicted: time(prediction.value),
            covered: prediction.lower <= measured && measured <= prediction.upper,
            shares,
        })
    }

    fn error(&self) -> f64 {
        (self.predicted / self.measured - 1.0).abs()
    }
}

/// The heading that a row counts under.
pub fn group(row: &Measurement) -> &'static str {
    match row.kind {
        Kind::Train => "train",
        Kind::Prefill => "prefill",
        Kind::Decode => "decode",
        Kind::Serve if row.metric.ends_with("_mean") => "serve-online",
        Kind::Serve if row.metric == "request_latency_ms" => "serve-request",
        Kind::Serve => "serve-offline",
        Kind::Memory if row.metric.starts_with("train_") => "memory-train",
        Kind::Memory => "memory-infer",
    }
}

/// Errors over some rows. Shares are per cent.
#[derive(Debug, Clone, PartialEq)]
pub struct Errors {
    /// Rows.
    pub rows: usize,
    /// Mean absolute percentage error.
    pub mape_pct: f64,
    /// Median absolute percentage error.
    pub median_pct: f64,
    /// Above zero where predictions are too long or too large (geometric mean).
    pub bias_pct: f64,
    /// Spearman's rank correlation of times or bytes; none below three rows or without variation.
    pub rank_correlation: Option<f64>,
    /// The same of the share of peak that is used, for training: step times alone rank by batch size.
    pub rank_correlation_of_peak_share: Option<f64>,
    /// Rows inside their band.
    pub coverage_pct: f64,
}

/// Errors of one kind.
#[derive(Debug, Clone, PartialEq)]
pub struct Summary {
    /// Heading.
    pub group: &'static str,
    /// Mean over sources of their mean error.
    pub macro_mape_pct: f64,
    /// Mean over sources of the share inside the band.
    pub macro_coverage_pct: f64,
    /// All rows.
    pub all: Errors,
    /// By source, in alphabetical order.
    pub sources: Vec<(String, Errors)>,
}

/// Summaries by kind, in alphabetical order.
pub fn summarize(rows: &[Scored]) -> Vec<Summary> {
    let mut groups: BTreeMap<&'static str, BTreeMap<&str, Vec<&Scored>>> = BTreeMap::new();
    for row in rows {
        groups.entry(row.group).or_default().entry(&row.source).or_default().push(row);
    }
    groups
        .into_iter()
        .map(|(group, sources)| {
            let all: Vec<&Scored> = sources.values().flatten().copied().collect();
            let sources: Vec<(String, Errors)> =
                sources.into_iter().map(|(source, rows)| (source.to_owned(), errors(&rows))).collect();
            let mean = |figure: fn(&Errors) -> f64| {
                sources.iter().map(|(_, errors)| figure(errors)).sum::<f64>() / sources.len() as f64
            };
            Summary {
                group,
                macro_mape_pct: mean(|errors| errors.mape_pct),
                macro_coverage_pct: mean(|errors| errors.coverage_pct),
                all: errors(&all),
                sources,
            }
        })
        .collect()
}

/// Rows inside their band, per cent: of all rows, and the mean over sources. `None` without rows.
pub fn coverage(rows: &[Scored]) -> Option<(f64, f64)> {
    let mut sources: BTreeMap<&str, (f64, f64)> = BTreeMap::new();
    for row in rows {
        let (covered, count) = sources.entry(&row.source).or_default();
        *covered += f64::from(u8::from(row.covered));
        *count += 1.0;
    }
    let covered: f64 = sources.values().map(|(covered, _)| covered).sum();
    let mean = sources.values().map(|(covered, count)| covered / count).sum::<f64>() / sources.len() as f64;
    (!rows.is_empty()).then(|| (100.0 * covered / rows.len() as f64, 100.0 * mean))
}

/// Errors of at least one row.
fn errors(rows: &[&Scored]) -> Errors {
    let count = rows.len() as f64;
    let mut sizes: Vec<f64> = rows.iter().map(|row| row.error()).collect();
    sizes.sort_by(f64::total_cmp);
    let middle = sizes.len() / 2;
    let median = if sizes.len() % 2 == 1 {
        sizes[middle]
    } else {
        f64::midpoint(sizes[middle.saturating_sub(1)], sizes.get(middle).copied().unwrap_or(0.0))
    };
    let bias = rows.iter().map(|row| (row.predicted / row.measured).ln()).sum::<f64>() / count;
    let covered = rows.iter().filter(|row| row.covered).count() as f64;
    let correlation = |pairs: Vec<(f64, f64)>| {
        let (left, right): (Vec<f64>, Vec<f64>) = pairs.into_iter().unzip();
        spearman(&left, &right)
    };
    Errors {
        rows: rows.len(),
        mape_pct: 100.0 * sizes.iter().sum::<f64>() / count,
        median_pct: 100.0 * median,
        bias_pct: 100.0 * bias.exp_m1(),
        rank_correlation: correlation(rows.iter().map(|row| (row.measured, row.predicted)).collect()),
        rank_correlation_of_peak_share: correlation(rows.iter().filter_map(|row| row.shares).collect()),
        coverage_pct: 100.0 * covered / count,
    }
}

/// Ranks from 1, ties sharing their mean.
fn ranks(figures: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..figures.len()).collect();
    order.sort_by(|&a, &b| figures[a].total_cmp(&figures[b]));
    let mut ranks = vec![0.0; figures.len()];
    let mut start = 0;
    while start < order.len() {
        let same =
            order[start..].iter().take_while(|&&at| figures[at] == figures[order[start]]).count().max(1);
        let shared = start as f64 + f64::midpoint(1.0, same as f64);
        for &at in &order[start..start + same] {
            ranks[at] = shared;
        }
        start += same;
    }
    ranks
}

fn spearman(left: &[f64], right: &[f64]) -> Option<f64> {
    if left.len() < 3 {
        return None;
    }
    let (left, right) = (ranks(left), ranks(right));
    let mean = f64::midpoint(1.0, left.len() as f64);
    let product = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| (a - mean) * (b - mean)).sum::<f64>();
    let spread = (product(&left, &left) * product(&right, &right)).sqrt();
    (spread > 0.0).then(|| product(&left, &right) / spread)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scored(source: &str, measured: f64, predicted: f64) -> Scored {
        Scored {
            group: "decode",
            source: source.to_owned(),
            measured,
            predicted,
            covered: (predicted / measured - 1.0).abs() < 0.2,
            shares: None,
        }
    }

    #[test]
    fn sources_count_alike_whatever_their_number_of_rows() {
        let mut rows = vec![scored("few", 1.0, 1.5)];
        rows.extend((1..=9).map(|size| scored("many", f64::from(size), f64::from(size))));
        let summary = &summarize(&rows)[0];
        assert!((summary.macro_mape_pct - 25.0).abs() < 1e-9);
        assert!((summary.all.mape_pct - 5.0).abs() < 1e-9);
        assert_eq!(summary.all.coverage_pct, 90.0);
        assert_eq!(summary.macro_coverage_pct, 50.0);
        assert_eq!(summary.all.median_pct, 0.0);
        assert!(summary.all.bias_pct > 0.0);
    }

    #[test]
    fn ranks_share_ties_and_correlate() {
        assert_eq!(ranks(&[3.0, 1.0, 3.0, 2.0]), [3.5, 1.0, 3.5, 2.0]);
        assert_eq!(spearman(&[1.0, 2.0, 3.0], &[10.0, 20.0, 40.0]), Some(1.0));
        assert_eq!(spearman(&[1.0, 2.0, 3.0], &[3.0, 2.0, 1.0]), Some(-1.0));
        assert_eq!(spearman(&[1.0, 1.0, 1.0], &[3.0, 2.0, 1.0]), None);
        assert_eq!(spearman(&[1.0, 2.0], &[1.0, 2.0]), None);
    }
}
