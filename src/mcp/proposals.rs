//! A human and an agent on one plan: reading it, proposing a change, and hearing what became of it.

use serde_json::json;

use super::arguments::{Argument, Given, Kind, PLAN};
use super::draft;
use super::errors::Refusal;
use super::tools::{Answer, Effect, Job, Tool, object, words};
use crate::files::{
    self,
    proposals::{Desk, Outcome},
};
use crate::render::diff;
use crate::yaml::MAX_BYTES;

/// Longest wait for an answer, s.
const LONGEST_WAIT_S: u64 = 300;

/// The tool.
pub const READ: Tool = Tool {
    name: "read_open_plan",
    title: "Read the plan that is open",
    description: "The plan that this server was started beside: its text on disk, whether a person has it open in the \
        studio, and whether they have changes there that are not saved (which cannot be read).",
    arguments: &[],
    output: || {
        object(
            json!({
                "yaml": {"type": "string"},
                "path": {"type": "string"},
                "open_in_studio": {"type": "boolean"},
                "unsaved_changes": {"type": "boolean", "description": "Not in yaml."},
            }),
            &["yaml", "path", "open_in_studio", "unsaved_changes"],
        )
    },
    effect: Effect::None,
    open_plan: true,
    work: read,
};

/// The tool.
pub const PROPOSE: Tool = Tool {
    name: "propose_change",
    title: "Propose a change to the open plan",
    description: "Puts a change of the open plan before the person who has it in the studio: they see who and why, its \
        effect on every wall and the difference in text, and accept or refuse. The file is never written here. Give the \
        whole new text, or assignments. Answers at once; proposal_status tells what became of it.",
    arguments: &[
        Argument::optional(
            PLAN.name,
            Kind::Text(MAX_BYTES),
            "",
            "The whole new text; keep the person's comments.",
        ),
        Argument::optional(
            "assignments",
            Kind::Texts(1, 50, 1000),
            "",
            "Instead: FIELD=VALUE each; comments are kept.",
        ),
        Argument::required("why", Kind::Text(2000), "One or two sentences for the person."),
        Argument::optional("who", Kind::Text(100), "\"an agent\"", "What to call you."),
    ],
    output: || {
        object(
            json!({
                "proposal_id": {"type": "string"},
                "status": {"const": "pending"},
                "difference": {"type": "string"},
                "after": {"type": "object"},
                "open_in_studio": {"type": "boolean"},
            }),
            &["proposal_id", "status", "difference", "open_in_studio"],
        )
    },
    effect: Effect::Proposal,
    open_plan: true,
    work: propose,
};

/// The tool.
pub const STATUS: Tool = Tool {
    name: "proposal_status",
    title: "What became of a proposal",
    description: "pending, accepted (it is in the editor; the person saves it) or refused, with their reason. wait_s waits \
        for an answer.",
    arguments: &[
        Argument::required("proposal_id", Kind::Text(100), "As propose_change gave it."),
        Argument::optional("wait_s", Kind::Integer(0, LONGEST_WAIT_S), "0", "Seconds to wait for an answer."),
    ],
    output: || {
        object(
            json!({
                "proposal_id": {"type": "string"},
                "status": {"enum": ["pending", "accepted", "refused"]},
                "why": {"type": ["string", "null"]},
                "open_in_studio": {"type": "boolean"},
            }),
            &["proposal_id", "status", "open_in_studio"],
        )
    },
    effect: Effect::None,
    open_plan: true,
    work: status,
};

/// How long the call may wait before it says that nobody has answered; nothing for other tools and answers.
pub fn wait_s(tool: &Tool, given: &Given, answer: &Answer) -> Option<u64> {
    let pending = tool.name == STATUS.name && answer.structured["status"] == "pending";
    given.integer("wait_s").filter(|_| pending)
}

fn desk(job: &Job<'_>) -> Result<Desk, Refusal> {
    job.bench.plan.as_deref().and_then(Desk::of).ok_or_else(|| {
        Refusal::new(
            "no-open-plan",
            "",
            "the open plan's file is not there any more, or there is no state directory",
        )
    })
}

fn read(job: &Job<'_>) -> Result<Answer, Refusal> {
    let text = job.bench.disk()?;
    let path = job.bench.plan.as_deref().map(|path| path.display().to_string()).unwrap_or_default();
    let open = desk(job)?.open();
    let unsaved = open.is_some_and(|open| open.unsaved);
    let state = match (&open, unsaved) {
        (None, _) => "not open in a studio",
        (Some(_), false) => "open in the studio, all saved",
        (Some(_), true) => "open in the studio with changes that are not saved and not shown here",
    };
    Ok(Answer {
        text: format!("{path}: {state}\n\n{text}"),
        structured: json!({
            "yaml": text,
            "path": path,
            "open_in_studio": open.is_some(),
            "unsaved_changes": unsaved,
        }),
    })
}

fn propose(job: &Job<'_>) -> Result<Answer, Refusal> {
    let disk = job.bench.disk()?;
    let edits = draft::assignments(&job.given.texts("assignments"), "assignments")?;
    let changed = match (job.given.text(PLAN.name), edits.is_empty()) {
        (Some(text), true) => text.to_owned(),
        (None, false) => draft::set_all(&disk, &edits)?,
        (Some(_), false) => {
            return Err(Refusal::new("conflict", "assignments", "a text and assignments were both given")
                .fix("give one of them"));
        }
        (None, true) => {
            return Err(Refusal::new("missing-argument", PLAN.name, "no change was given")
                .allowed("yaml_config_string or assignments")
                .fix("add assignments: [\"hardware.accelerators=8\"]"));
        }
    };
    if changed == disk {
        return Err(Refusal::new("no-change", PLAN.name, "the plan is already as proposed"));
    }
    // A text that cannot be evaluated is told to the agent and never reaches the person.
    let after = job.bench.evaluate(&changed, job.bench.physics)?;
    let desk = desk(job)?;
    let who = job.given.text("who").unwrap_or("an agent");
    let why = job.given.text("why").unwrap_or_default();
    let id = desk.propose(who, why, files::content_hash(&disk), &changed).map_err(|error| {
        Refusal::new("not-proposed", "", format!("the proposal cannot be handed over: {error}"))
    })?;
    let open = desk.open().is_some();
    let difference = diff::unified(&disk, &changed, "plan");
    let state = if open {
        "the person sees it now"
    } else {
        "no studio has the plan open; it is shown when one opens it"
    };
    let text =
        format!("proposed as {id}: {state}. If accepted: {}\n\n{difference}", words::headline(&after.report));
    Ok(Answer {
        text,
        structured: json!({
            "proposal_id": id,
            "status": "pending",
            "difference": difference,
            "after": words::brief(&after.report),
            "open_in_studio": open,
        }),
    })
}

fn status(job: &Job<'_>) -> Result<Answer, Refusal> {
    let desk = desk(job)?;
    let id = job.given.text("proposal_id").unwrap_or_default();
    let known = desk.proposal(id).is_some();
    if !known {
        let pending: Vec<String> = desk.pending().into_iter().map(|proposal| proposal.id).collect();
        return Err(Refusal::new("unknown-proposal", "proposal_id", format!("there is no proposal {id}"))
            .found(id)
            .allowed(if pending.is_empty() { "none is pending".into() } else { pending.join(", ") }));
    }
    let outcome = desk.outcome(id);
    let open = desk.open().is_some();
    let (status, why) = match outcome {
        None => ("pending", None),
        Some(Outcome::Accepted) => ("accepted", None),
        Some(Outcome::Refused { why }) => ("refused", Some(why).filter(|why| !why.is_empty())),
    };
    let reason = why.as_ref().map_or_else(String::new, |why| format!(": {why}"));
    Ok(Answer {
        text: format!("{status}{reason}"),
        structured: json!({"proposal_id": id, "status": status, "why": why, "open_in_studio": open}),
    })
}
