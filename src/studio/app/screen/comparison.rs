//! Plans side by side.

use std::sync::Arc;

use crate::engine::Report;
use crate::search::attribution::Attribution;

/// A plan that the present one is compared with.
#[derive(Debug, Clone, PartialEq)]
pub struct Rival {
    /// What it is: the pinned baseline, another tab, the file as committed.
    pub name: String,
    /// Its report and the edits from it to the present plan, or one sentence why there is none.
    pub answer: Result<(Report, Attribution), String>,
    /// It is the present plan itself, on another accelerator.
    pub same_plan: bool,
}

/// The state of the view.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Comparison {
    /// The others, once they are evaluated.
    pub rivals: Option<Arc<Vec<Rival>>>,
    /// Which of them the edits are told of.
    pub against: usize,
    /// First line shown.
    pub scroll: usize,
}

impl Comparison {
    /// Whether all there is to compare with is the plan itself on other accelerators.
    pub fn same_plan(&self) -> bool {
        self.rivals.as_ref().is_some_and(|rivals| rivals.iter().all(|rival| rival.same_plan))
    }

    /// The rival whose edits are told.
    pub fn rival(&self) -> Option<&Rival> {
        let rivals = self.rivals.as_ref()?;
        rivals.get(self.against.min(rivals.len().saturating_sub(1)))
    }
}
