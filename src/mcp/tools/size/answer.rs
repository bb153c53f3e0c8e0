//! What `size_serving` says: the cheapest fleet, the next, what does not do, what was assumed and not tried.

use serde_json::{Value, json};

use super::super::{Answer, words};
use super::{Candidate, Search};
use crate::mcp::arguments::Values;
use crate::mcp::errors::Refusal;
use crate::metrics::Lens;
use crate::registry::Physics;
use crate::render::numbers::number;

/// Most names of accelerators that were not tried in the text.
const NAMED: usize = 16;

/// The answer, from what was found, what does not do and why, and what was assumed and not tried.
pub(super) fn answer(
    search: &Search<'_, '_>,
    candidates: &[Candidate],
    refused: &[String],
    (assumed, not_tried): (&Values, &[String]),
) -> Result<Answer, Refusal> {
    let show = |candidate: &Candidate| {
        let Candidate { fleet, figures, usd_per_year } = candidate;
        let performance = |key| figures.metric(Lens::Performance, key);
        json!({
            "accelerator": fleet.accelerator,
            "precision": fleet.precision,
            "tensor": fleet.tensor,
            "instances": fleet.instances,
            "accelerators": fleet.tensor * fleet.instances,
            "concurrency": fleet.concurrency * fleet.instances,
            "p_ttft_ms": performance("ttft_ms"),
            "p_itl_ms": performance("itl_ms"),
            "p_offered_load": performance("offered_load"),
            "p_output_tokens_per_s": performance("output_tokens_per_s"),
            "m_annual_tco_usd": usd_per_year,
            "m_usd_per_million_tokens": figures.metric(Lens::Macro, "usd_per_million_tokens"),
        })
    };
    let line = |candidate: &Candidate| {
        let Candidate { fleet, figures, usd_per_year } = candidate;
        let performance = |key| figures.metric(Lens::Performance, key).map_or("–".into(), number);
        format!(
            "{} × {} ({}, tensor {}, instances {}, sequences {}): ${}/yr, TTFT {} ms, ITL {} ms, load {}",
            fleet.tensor * fleet.instances,
            fleet.accelerator,
            fleet.precision,
            fleet.tensor,
            fleet.instances,
            fleet.concurrency * fleet.instances,
            number(*usd_per_year),
            performance("ttft_ms"),
            performance("itl_ms"),
            performance("offered_load"),
        )
    };
    let limit = search.job.given.integer("limit").map_or(5, |most| most as usize);
    let best = candidates.first();
    let yaml = best.map(|best| search.demand.text(&best.fleet));
    let mut text = match best {
        Some(best) => {
            format!("Cheapest for {} requests/s: {}\n", number(search.demand.rate), line(best))
        }
        None => format!(
            "Nothing that was tried meets the targets at {} requests/s.\n",
            number(search.demand.rate)
        ),
    };
    if let Some(yaml) = &yaml {
        // The numbers of the answer are those of its plan, read and evaluated like any other.
        let report = search.job.bench.evaluate(yaml, Some(Physics::Studio))?.report;
        text.push_str(&format!("{}\n", words::headline(&report)));
    }
    if !assumed.is_empty() {
        text.push_str(&format!("assumed: {}\n", words::assumed(assumed)));
    }
    let model = search.job.bench.registry.model(Physics::Studio, &search.demand.model).ok();
    let narrowed =
        |best: &Candidate| model.as_ref().is_some_and(|model| model.facts.narrowed_by(&best.fleet.precision));
    if best.is_some_and(narrowed) {
        text.push_str("fewer than 16 bits: check the accuracy, or give precisions\n");
    }
    for (index, candidate) in candidates.iter().enumerate().take(limit).skip(1) {
        text.push_str(&format!("{}. {}\n", index + 1, line(candidate)));
    }
    let more = |all: usize, what: &str| {
        if all > limit {
            format!("and {} more {what}; limit shows them\n", all - limit)
        } else {
            String::new()
        }
    };
    text.push_str(&more(candidates.len(), "that meet the targets"));
    for why in refused.iter().take(limit) {
        text.push_str(&format!("not {why}\n"));
    }
    text.push_str(&more(refused.len(), "that do not"));
    if !not_tried.is_empty() {
        let more = not_tried.len().saturating_sub(NAMED);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let named = not_tried.iter().take(NAMED).map(String::as_str).collect::<Vec<_>>().join(", ");
        text.push_str(&format!("not tried: {named}{more}; name them in accelerators\n"));
    }
    if let Some(yaml) = &yaml {
        text.push_str(&format!("\nplan:\n{yaml}"));
    }
    let structured = json!({
        "found": best.is_some(),
        "best": best.map_or(Value::Null, show),
        "request_rate_per_s": search.demand.rate,
        "candidates": candidates.iter().take(limit).map(show).collect::<Vec<_>>(),
        "candidates_in_all": candidates.len(),
        "refused": refused.iter().take(limit).collect::<Vec<_>>(),
        "refused_in_all": refused.len(),
        "assumed": assumed,
        "not_tried": not_tried,
        "yaml": yaml,
        "tried": search.tried,
    });
    Ok(Answer { text, structured })
}
