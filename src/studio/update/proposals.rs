//! Changes that an agent proposes: announced, never in the way of typing, answered by the user.

use std::path::Path;

use crate::files::proposals::{Outcome, Proposal};
use crate::studio::app::{App, Considered, Overlay};
use crate::studio::keymap::Action;
use crate::studio::message::Effect;

/// Longest reason, characters.
const MOST_REASON: usize = 500;

/// These wait for an answer now, for the plan in front or for one in another tab.
pub(super) fn arrived(app: &mut App, plan: &Path, mut pending: Vec<Proposal>) -> Vec<Effect> {
    pending.retain(|proposal| !app.answered.contains(&proposal.id));
    if app.path.as_deref() != Some(plan) {
        // Its own tab shows it; here it is only said where to look.
        if let (Some(new), Some(tab)) =
            (pending.last(), app.other_tabs().iter().find(|tab| tab.path.as_deref() == Some(plan)))
        {
            let words = format!("{} proposes a change of {}: turn to its tab", new.who, tab.title);
            app.say(words);
        }
        return Vec::new();
    }
    let new = pending.iter().find(|proposal| app.proposals.iter().all(|known| known.id != proposal.id));
    if let Some(new) = new {
        // The dialog is not opened by itself: the next letter may be meant for the plan.
        let who = new.who.clone();
        app.say(format!("{who} proposes a change: alt-r shows it"));
    }
    app.proposals = pending;
    Vec::new()
}

/// Shows the oldest proposal.
pub(super) fn show(app: &mut App) -> Vec<Effect> {
    if let Some(proposal) = app.proposals.first() {
        vec![Effect::Consider(proposal.clone())]
    } else {
        app.say("no change is proposed");
        Vec::new()
    }
}

/// A key in the dialog.
pub(super) fn on_action(
    app: &mut App,
    considered: Box<Considered>,
    scroll: usize,
    action: Action,
) -> Vec<Effect> {
    let answer = |outcome| Effect::Answer(considered.proposal.id.clone(), outcome);
    match action {
        Action::Accept => {
            app.editor.replace_all(&considered.proposal.text);
            app.say(format!("accepted: it is in the editor; {}, saving is yours", app.undoes()));
            let effect = answer(Outcome::Accepted);
            forget(app, &considered.proposal.id);
            vec![effect, Effect::Evaluate]
        }
        Action::Discard => {
            app.overlay = Overlay::Refusal { considered, text: String::new() };
            Vec::new()
        }
        Action::Cancel => {
            app.say("the proposal waits: alt-r shows it again");
            Vec::new()
        }
        _ => {
            let last = crate::studio::view::proposal::length(app, &considered).saturating_sub(1);
            let scroll = super::dialogs::moved(scroll, action, last);
            app.overlay = Overlay::Proposal { considered, scroll };
            Vec::new()
        }
    }
}

/// A key in the prompt for the reason of a refusal.
pub(super) fn refuse(
    app: &mut App,
    considered: Box<Considered>,
    text: String,
    action: Action,
) -> Vec<Effect> {
    match action {
        Action::Accept => {
            let why: String = text.trim().chars().take(MOST_REASON).collect();
            let told = if why.is_empty() { "is told" } else { "is told why" };
            app.say(format!("refused; {} {told}", considered.proposal.who));
            forget(app, &considered.proposal.id);
            vec![Effect::Answer(considered.proposal.id.clone(), Outcome::Refused { why })]
        }
        Action::Cancel => {
            app.overlay = Overlay::Proposal { considered, scroll: 0 };
            Vec::new()
        }
        _ => {
            app.overlay = Overlay::Refusal { considered, text };
            Vec::new()
        }
    }
}

fn forget(app: &mut App, id: &str) {
    app.answered.push(id.to_owned());
    app.proposals.retain(|proposal| proposal.id != id);
}
