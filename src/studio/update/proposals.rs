//! Changes that an agent proposes: announced, never in the way of typing, answered by the user.

use crate::files::proposals::{Outcome, Proposal};
use crate::studio::app::{App, Considered, Overlay};
use crate::studio::keymap::Action;
use crate::studio::message::Effect;

/// These wait for an answer now.
pub(super) fn arrived(app: &mut App, mut pending: Vec<Proposal>) -> Vec<Effect> {
    pending.retain(|proposal| !app.answered.contains(&proposal.id));
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
            app.say("accepted: it is in the editor, undo takes it back, saving is yours");
            let effect = answer(Outcome::Accepted);
            forget(app, &considered.proposal.id);
            vec![effect, Effect::Evaluate]
        }
        Action::Discard => {
            app.say(format!("refused; {} is told", considered.proposal.who));
            let effect = answer(Outcome::Refused { why: String::new() });
            forget(app, &considered.proposal.id);
            vec![effect]
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

fn forget(app: &mut App, id: &str) {
    app.answered.push(id.to_owned());
    app.proposals.retain(|proposal| proposal.id != id);
}
