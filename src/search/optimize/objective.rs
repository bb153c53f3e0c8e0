//! What a search makes small or large.

use crate::engine::figures::Figures;
use crate::metrics::{self, Lens, METRICS, Metric};
use crate::search::pareto::Goal;

/// One objective: a metric, and which way it is to go.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Objective {
    /// Place in [`METRICS`].
    pub place: usize,
    /// Small or large.
    pub goal: Goal,
}

impl Objective {
    /// The metric.
    pub fn metric(&self) -> &'static Metric {
        &METRICS[self.place]
    }

    /// The point's cost under this objective: the smaller the better. `None` where it has no such metric.
    pub fn cost(&self, figures: &Figures) -> Option<f64> {
        figures.at(self.place).map(|value| self.goal.cost(value))
    }
}

/// Words for what people want, and the metrics that measure it: the first that a plan has.
pub const WORDS: &[(&str, &[(Lens, &str)])] = &[
    ("cost", &[(Lens::Macro, "usd_per_million_tokens"), (Lens::Macro, "tco_usd")]),
    ("tco", &[(Lens::Macro, "tco_usd")]),
    (
        "latency",
        &[
            (Lens::Performance, "request_latency_ms"),
            (Lens::Performance, "step_latency"),
            (Lens::Performance, "latency"),
        ],
    ),
    (
        "throughput",
        &[
            (Lens::Performance, "output_tokens_per_s"),
            (Lens::Performance, "tokens_per_s"),
            (Lens::Performance, "fleet_throughput"),
            (Lens::Performance, "throughput"),
        ],
    ),
    ("energy", &[(Lens::Macro, "energy_kwh")]),
    ("carbon", &[(Lens::Macro, "g_co2_per_million_tokens"), (Lens::Macro, "carbon_footprint")]),
    ("time-to-train", &[(Lens::Performance, "time_to_train_days")]),
];

/// Metrics by a word, a key (`itl_ms`), an assertion's name (`performance.itl_ms`) or a key of the report
/// (`p_itl_ms`). Empty where nothing is called so.
pub fn named(name: &str) -> Vec<usize> {
    let lower = name.trim().to_lowercase();
    let word = lower.replace(['_', ' '], "-");
    if let Some((_, measured)) = WORDS.iter().find(|(own, _)| *own == word) {
        return measured.iter().map(|(lens, key)| metrics::place(*lens, key)).collect();
    }
    let is = |metric: &Metric| {
        metric.key == lower
            || lower.strip_prefix(metric.lens.prefix()) == Some(metric.key)
            || lower.strip_prefix(metric.lens.name()).and_then(|rest| rest.strip_prefix('.'))
                == Some(metric.key)
    };
    METRICS.iter().position(is).into_iter().collect()
}

/// One metric by any of its names, or a sentence that says what there is.
pub fn metric(name: &str) -> Result<usize, String> {
    named(name).first().copied().ok_or_else(|| {
        let lower = name.to_lowercase();
        let words = WORDS.iter().map(|(word, _)| *word);
        let near = words
            .chain(METRICS.iter().map(|metric| metric.key))
            .map(|known| (strsim::jaro_winkler(&lower, known), known))
            .filter(|(score, _)| *score > 0.75)
            .max_by(|a, b| a.0.total_cmp(&b.0));
        let words: Vec<&str> = WORDS.iter().map(|(word, _)| *word).collect();
        match near {
            Some((_, near)) => format!("there is no metric `{name}`; did you mean {near}?"),
            None => format!("there is no metric `{name}`; {} or a key of the report", words.join(", ")),
        }
    })
}

/// The objective that a name means for a plan with these figures, or a sentence that says what it lacks.
pub fn objective(name: &str, base: &Figures) -> Result<Objective, String> {
    metric(name)?;
    let metrics = named(name);
    let Some(&place) = metrics.iter().find(|place| base.at(**place).is_some()) else {
        let metric = &METRICS[metrics[0]];
        let lacks = match metric.lens {
            Lens::Macro => "an `ops:` block, or a price that is known",
            Lens::Performance if metric.key == "time_to_train_days" => {
                "`mode: train` and `workload.train.tokens`"
            }
            _ => "another mode or another model",
        };
        return Err(format!("this plan has no {name}: it takes {lacks}"));
    };
    let metric = &METRICS[place];
    let goal = Goal::of(metric).ok_or_else(|| {
        format!("{} has no better side, so that there is nothing to search for", metric.label)
    })?;
    Ok(Objective { place, goal })
}

/// What is searched for where nothing is asked: money against speed, as far as the plan has them.
pub fn defaults(base: &Figures) -> Vec<Objective> {
    let mut found: Vec<Objective> = Vec::new();
    for word in ["cost", "latency", "throughput"] {
        if found.len() < 2
            && let Ok(one) = objective(word, base)
        {
            found.push(one);
        }
    }
    found
}
