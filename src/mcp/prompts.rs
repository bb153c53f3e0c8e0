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
    /// The text; `{name}` stands for an argument, and what is in `[[ ]]` is said only where its arguments are given.
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
            ("prompt_tokens", "Tokens that a request brings.", false, None),
            ("output_tokens", "Tokens that an answer has.", false, None),
            ("region", "Where it runs.", false, Some(Kind::Grids)),
            ("targets", "Latency targets in words.", false, None),
        ],
        text: "Size a deployment that serves {model} at {request_rate_per_s} requests per second[[ in {region}]]. \
            [[Each brings {prompt_tokens} prompt tokens. ]][[Each answer has {output_tokens} tokens. ]][[Targets: {targets}. ]]\
            Call size_serving with these, and say what it assumed; take its plan through evaluate_cluster_yaml with detail full; say what limits it \
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
        text: "Cut the yearly cost of this plan in half, or say how near one can come.\n\n```yaml\n{plan}\n```\n\n[[Must hold: {keep}. ]]\
            Evaluate it first. Then optimize with the objective cost and what must hold as constraints (without any, hold the \
            latency that it has); try renting (ops.acquisition). Say what the cheaper plan asks for: fewer bits, another \
            maker, another region. Compare the best with the original by compare_plans and give the difference in text.",
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
        text: "Write a procurement memo[[ for {audience}]] about this plan.\n\n```yaml\n{plan}\n```\n\nCall render_report as markdown for the \
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
    for (name, _, required, _) in job.arguments {
        match given.get(*name) {
            Some(serde_json::Value::String(_)) => {}
            Some(serde_json::Value::Null) | None if !required => {}
            Some(serde_json::Value::Null) | None => return Err(wrong(format!("{name} is missing"))),
            Some(_) => return Err(wrong(format!("{name} must be text"))),
        }
    }
    let value =
        |name: &str| given.get(name).and_then(serde_json::Value::as_str).filter(|value| !value.is_empty());
    // Piece by piece, so that what stands in an argument is not taken for a place.
    let mut text = String::new();
    let words = job.text.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    for (nth, piece) in words.split("[[").enumerate() {
        let (said, after) =
            if nth == 0 { ("", piece) } else { piece.split_once("]]").unwrap_or(("", piece)) };
        if let Some(said) = filled(said, &value) {
            text.push_str(&said);
        }
        text.push_str(&filled(after, &|name| value(name).or(Some(""))).unwrap_or_default());
    }
    Ok(GetPromptResult::new(vec![PromptMessage::new_text(Role::User, text)]).with_description(job.what))
}

/// A piece of a text with its arguments; `None` where one of them is not given.
fn filled<'v>(piece: &str, value: &dyn Fn(&str) -> Option<&'v str>) -> Option<String> {
    let mut text = String::new();
    let mut rest = piece;
    while let Some((before, (name, after))) =
        rest.split_once('{').and_then(|(before, after)| Some((before, after.split_once('}')?)))
    {
        text.push_str(before);
        text.push_str(value(name)?);
        rest = after;
    }
    text.push_str(rest);
    Some(text)
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
        assert!(text.contains("name: {keep}") && !text.contains("Must hold"), "{text}");
        given.insert("keep".into(), "p_itl_ms<=40 [[x]]".into());
        let text = serde_json::to_string(&get("halve-the-cost", &given).unwrap()).unwrap();
        assert!(text.contains("Must hold: p_itl_ms<=40 [[x]]. Evaluate it"), "{text}");
        assert!(get("halve-the-cost", &JsonObject::new()).is_err());
        assert!(get("halve-cost", &given).unwrap_err().message.contains("halve-the-cost"));
        given.insert("other".into(), "x".into());
        assert!(get("halve-the-cost", &given).is_err());
    }
}
