//! Prompts for the common jobs.

use rmcp::model::{ErrorData, GetPromptResult, JsonObject, Prompt, PromptArgument, PromptMessage, Role};

use super::errors;
use crate::registry::{Kind, Registry};

/// An argument: name, what it is, required, what completes it.
type Wanted = (&'static str, &'static str, bool, Option<Kind>);

/// A prompt.
struct Job {
    name: &'static str,
    title: &'static str,
    what: &'static str,
    arguments: &'static [Wanted],
    /// The text; `{name}` stands for an argument.
    text: &'static str,
}

const PLAN: Wanted = ("plan", "The plan as YAML text.", true, None);

const JOBS: [Job; 5] = [
    Job {
        name: "size-a-deployment",
        title: "Size a deployment",
        what: "From traffic and latency targets to a fleet with its yearly cost.",
        arguments: &[
            ("model", "Model by registry name.", true, Some(Kind::Models)),
            ("request_rate_per_s", "Requests per second at peak.", true, None),
            ("region", "Where it runs.", false, Some(Kind::Grids)),
            ("targets", "Latency targets in words.", false, None),
        ],
        text: "Size a deployment that serves {model} at {request_rate_per_s} requests per second in {region}. Targets: {targets}. \
            Call size_serving with these; take its plan through evaluate_cluster_yaml with detail full; say what limits it \
            (explain_metric on the binding wall), what it costs a year and emits, and which assumption matters most \
            (sensitivity). Give the final YAML. Report only numbers that the tools gave.",
    },
    Job {
        name: "why-is-it-slow",
        title: "Why is it slow?",
        what: "What limits a plan and what would move it.",
        arguments: &[PLAN],
        text: "Find out what limits this plan and what would help.\n\n```yaml\n{plan}\n```\n\nCall evaluate_cluster_yaml with detail \
            full, then sensitivity, then explain_metric on the binding wall. Name the wall, its equation with this plan's \
            values, the two levers with the largest effect, and try each with apply_suggestion assignments before you \
            recommend it.",
    },
    Job {
        name: "halve-the-cost",
        title: "Halve the cost",
        what: "The cheapest changes that keep what the plan promises.",
        arguments: &[PLAN, ("keep", "What must not get worse, for example p_itl_ms<=40.", false, None)],
        text: "Cut the yearly cost of this plan in half, or say how near one can come.\n\n```yaml\n{plan}\n```\n\nMust hold: {keep}. \
            Evaluate it first. Then sweep hardware.name, hardware.precision, hardware.accelerators and workload.batch_size \
            with the objective m_annual_tco_usd and the constraints; try renting (ops.acquisition) and other regions \
            (optimize placement). Compare the best with the original by compare_plans and give the difference in text.",
    },
    Job {
        name: "review-a-plan-change",
        title: "Review a change of a plan",
        what: "What a change of a plan does to fit, speed, money and carbon.",
        arguments: &[
            ("before", "The plan before, YAML.", true, None),
            ("after", "The plan after, YAML.", true, None),
        ],
        text: "Review this change of a plan.\n\nBefore:\n```yaml\n{before}\n```\nAfter:\n```yaml\n{after}\n```\n\nCall compare_plans with \
            both, validate_plan on the new one, and explain_metric on every metric that got worse. Say whether to accept \
            it, in one sentence, and then why.",
    },
    Job {
        name: "procurement-memo",
        title: "Write a procurement memo",
        what: "A memo for people who pay, with every number from the tools.",
        arguments: &[PLAN, ("audience", "Who reads it.", false, None)],
        text: "Write a procurement memo for {audience} about this plan.\n\n```yaml\n{plan}\n```\n\nCall render_report as markdown for the \
            figures, explain_metric on m_tco_usd for prices with their dates, and compare with one cheaper and one faster \
            alternative that you find by sweep. State assumptions, the error band, and what would change the decision.",
    },
];

/// What there is.
pub fn list() -> Vec<Prompt> {
    JOBS.iter()
        .map(|job| {
            let arguments = job
                .arguments
                .iter()
                .map(|(name, what, required, _)| {
                    PromptArgument::new(*name).with_description(*what).with_required(*required)
                })
                .collect();
            Prompt::new(job.name, Some(job.what), Some(arguments)).with_title(job.title)
        })
        .collect()
}

fn job(name: &str) -> Result<&'static Job, ErrorData> {
    JOBS.iter().find(|job| job.name == name).ok_or_else(|| {
        let short: String = name.chars().take(80).collect();
        let hint = errors::nearest(name, JOBS.iter().map(|job| job.name))
            .map_or_else(String::new, |nearest| format!("; did you mean {nearest}?"));
        ErrorData::invalid_params(format!("there is no prompt {short}{hint}"), None)
    })
}

/// A prompt with its arguments in place.
///
/// # Errors
///
/// Where there is no such prompt, or an argument is missing, unknown or not text.
pub fn get(name: &str, given: &JsonObject) -> Result<GetPromptResult, ErrorData> {
    let job = job(name)?;
    let wrong = |message: String| ErrorData::invalid_params(message, None);
    if let Some(unknown) = given.keys().find(|key| job.arguments.iter().all(|(name, ..)| name != key)) {
        let names: Vec<&str> = job.arguments.iter().map(|(name, ..)| *name).collect();
        let unknown: String = unknown.chars().take(80).collect();
        return Err(wrong(format!(
            "there is no argument {unknown}; {} takes {}",
            job.name,
            names.join(", ")
        )));
    }
    // Piece by piece, so that what stands in an argument is not taken for a place.
    let mut text = String::new();
    let words = job.text.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    let mut rest = words.as_str();
    while let Some((before, after)) = rest.split_once('{') {
        let Some((name, after)) = after.split_once('}') else { break };
        text.push_str(before);
        let required = job.arguments.iter().any(|(known, _, required, _)| *known == name && *required);
        match given.get(name) {
            Some(serde_json::Value::String(value)) => text.push_str(value),
            Some(serde_json::Value::Null) | None if !required => text.push_str("(not given)"),
            Some(serde_json::Value::Null) | None => return Err(wrong(format!("{name} is missing"))),
            Some(_) => return Err(wrong(format!("{name} must be text"))),
        }
        rest = after;
    }
    text.push_str(rest);
    Ok(GetPromptResult::new(vec![PromptMessage::new_text(Role::User, text)]).with_description(job.what))
}

/// What an argument may be, where names of the registry complete it.
pub fn values(prompt: &str, argument: &str, registry: &Registry) -> Option<Vec<String>> {
    let job = job(prompt).ok()?;
    let (.., kind) = job.arguments.iter().find(|(name, ..)| *name == argument)?;
    Some(kind.map_or_else(Vec::new, |kind| registry.list(kind).into_iter().map(|(id, _, _)| id).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_stand_where_they_belong() {
        let mut given = JsonObject::new();
        given.insert("plan".into(), "name: {keep}".into());
        let prompt = get("halve-the-cost", &given).unwrap();
        let text = serde_json::to_string(&prompt).unwrap();
        assert!(text.contains("name: {keep}") && text.contains("Must hold: (not given)"));
        assert!(get("halve-the-cost", &JsonObject::new()).is_err());
        assert!(get("halve-cost", &given).unwrap_err().message.contains("halve-the-cost"));
        given.insert("other".into(), "x".into());
        assert!(get("halve-the-cost", &given).is_err());
    }
}
