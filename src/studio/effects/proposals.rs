//! The folder that an agent's server hands proposals over in.

use std::path::Path;
use std::sync::mpsc::Sender;
use std::sync::{Mutex, PoisonError};

use crate::files::proposals::{Desk, Open, Outcome, Presence, Proposal};
use crate::files::{self, Watch};
use crate::studio::app::{App, Considered, Overlay};
use crate::studio::diff::diff;
use crate::studio::message::Message;

/// The folder of the plan that is open, followed.
pub struct Post {
    desk: Desk,
    presence: Option<Presence>,
    unsaved: bool,
    _watch: Option<Watch>,
}

impl Post {
    /// Opens the folder of a plan; `None` where there is none, or another studio answers for the plan.
    pub fn open(plan: &Path, sender: &Sender<Message>) -> Option<Post> {
        let desk = Desk::of(plan)?;
        let presence = desk.enter(&Open { unsaved: false }).ok()??;
        let (folder, to, file) = (desk.clone(), sender.clone(), plan.to_owned());
        let told = Mutex::new(None);
        // Our own notes are written there as well: what says nothing new costs no frame.
        let tell = move || {
            let pending = folder.pending();
            let mut told = told.lock().unwrap_or_else(PoisonError::into_inner);
            if told.as_ref() != Some(&pending) {
                *told = Some(pending.clone());
                // The loop may have ended: nobody is left to tell.
                drop(to.send(Message::Proposals { plan: file.clone(), pending }));
            }
        };
        let watch = files::watch_dirs(&[desk.directory().to_owned()], tell).ok();
        Some(Post { desk, presence: Some(presence), unsaved: false, _watch: watch })
    }

    /// Tells the studio what waits.
    pub fn announce(&self, plan: &Path, sender: &Sender<Message>) {
        // The loop may have ended: nobody is left to tell.
        let _ = sender.send(Message::Proposals { plan: plan.to_owned(), pending: self.desk.pending() });
    }

    /// Says whether the editor holds what the file does not.
    pub fn tell(&mut self, unsaved: bool) {
        if unsaved != self.unsaved {
            self.unsaved = unsaved;
            if let Some(presence) = &mut self.presence {
                // An agent that is told the old state asks again.
                let _ = presence.update(&Open { unsaved });
            }
        }
    }

    /// Answers a proposal.
    pub fn answer(&self, app: &mut App, id: &str, outcome: &Outcome) {
        if let Err(why) = self.desk.answer(id, outcome) {
            app.complain(format!("the answer could not be written: {why}"));
        }
    }
}

/// Evaluates a proposal and shows it.
pub fn consider(app: &mut App, proposal: Proposal) {
    // Only a plan that names a model of the hub already makes a proposal ask the hub.
    let hub = app.hub.as_ref().filter(|_| app.editor.as_str().contains("hf://"));
    let (_, report) = super::read(&proposal.text, &app.registry, app.physics, app.path.as_deref(), hub);
    let text = app.editor.as_str();
    let considered = Considered {
        moved: files::content_hash(text) != proposal.base,
        difference: diff(text, &proposal.text),
        report,
        proposal,
    };
    app.overlay = Overlay::Proposal { considered: Box::new(considered), scroll: 0 };
}
