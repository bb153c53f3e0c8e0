//! The numbers of a plan without their words: what a search keeps of each of its many points.
//!
//! [`Figures`] are those of the plan's [`Report`], bit for bit: status, every metric, the binding wall and
//! the division of the fleet. What costs time and is not among them is not computed: the sentences of the
//! three lenses and of the 22 readings, warnings, sensitivities, the roofline, suggestions.

use std::sync::Arc;

use super::mlsysim;
use super::report::{ChosenParallelism, LensStatus, Report, Status};
use super::studio;
use super::studio::facts::{Facts, Net, Supply};
use crate::metrics::{Lens, Values, place};
use crate::plan::{Mode, Plan};
use crate::registry::{Accelerator, Entry, Grid, Model, Physics, Registry};

/// Verdict, metrics and binding wall of one plan.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Figures {
    /// The whole verdict, assertions included.
    pub status: Status,
    /// Train or serve.
    pub mode: Mode,
    /// Fits?
    pub feasibility: LensStatus,
    /// Fast?
    pub performance: LensStatus,
    /// Worth it?
    pub economics: LensStatus,
    /// Number of the wall that limits the plan; `None` where nothing could be evaluated.
    pub binding_wall: Option<u8>,
    /// Division of the fleet, as evaluated.
    pub parallelism: Option<ChosenParallelism>,
    /// Every metric that applies.
    pub values: Values,
}

impl Figures {
    /// The figures of a report.
    pub fn of(report: &Report) -> Figures {
        let mut values = Values::default();
        for lens in [&report.feasibility, &report.performance, &report.economics] {
            for (key, value) in &lens.metrics {
                values.set(place(lens.lens, key), *value);
            }
        }
        Figures {
            status: report.status,
            mode: report.mode,
            feasibility: report.feasibility.status,
            performance: report.performance.status,
            economics: report.economics.status,
            binding_wall: report.binding_wall().map(|wall| wall.number),
            parallelism: report.parallelism,
            values,
        }
    }

    /// Of a plan that cannot be evaluated.
    pub fn failed(mode: Mode) -> Figures {
        Figures {
            status: Status::Error,
            mode,
            feasibility: LensStatus::Skipped,
            performance: LensStatus::Skipped,
            economics: LensStatus::Skipped,
            binding_wall: None,
            parallelism: None,
            values: Values::default(),
        }
    }

    /// The metric at a place of [`crate::metrics::METRICS`], in its unit; `None` where this plan has none.
    pub fn at(&self, place: usize) -> Option<f64> {
        self.values.at(place)
    }

    /// A metric by lens and key.
    pub fn metric(&self, lens: Lens, key: &str) -> Option<f64> {
        self.at(place(lens, key))
    }

    /// True where the plan fits and its assertions hold.
    pub fn is_ok(&self) -> bool {
        self.status == Status::Ok
    }
}

/// What plans that are evaluated one after the other share: facts of the registry entries that they name.
#[derive(Debug, Clone)]
pub struct Workspace {
    registry: Registry,
    supplies: Vec<(Arc<Entry<Accelerator>>, Supply)>,
    nets: Vec<(Arc<Entry<Model>>, Net)>,
    /// The grid on which mlsysim 0.3.0 prices everything.
    us_average: Option<Arc<Entry<Grid>>>,
}

/// The facts of an entry, worked out when it is first met. An entry is the same where it is the same object:
/// the list keeps it alive, so that no other can take its place in memory.
fn known<T, F: Copy>(list: &mut Vec<(Arc<T>, F)>, entry: &Arc<T>, work_out: impl Fn(&T) -> F) -> F {
    if let Some((_, facts)) = list.iter().find(|(other, _)| Arc::ptr_eq(other, entry)) {
        return *facts;
    }
    let facts = work_out(entry);
    list.push((Arc::clone(entry), facts));
    facts
}

impl Workspace {
    /// For plans whose names are looked up in `registry`.
    pub fn new(registry: &Registry) -> Workspace {
        Workspace {
            registry: registry.clone(),
            supplies: Vec::new(),
            nets: Vec::new(),
            us_average: registry.grid(Physics::Mlsysim, "US_Avg").ok(),
        }
    }

    fn facts(&mut self, plan: &Plan) -> Facts {
        let Workspace { registry, supplies, nets, .. } = self;
        let mut supply = |entry| known(supplies, entry, |entry| Supply::of(entry, registry));
        let mut net = |entry| known(nets, entry, Net::of);
        let serve = plan.workload.serve.as_ref();
        Facts {
            supply: supply(&plan.hardware.accelerator),
            net: net(&plan.workload.model),
            draft: serve.and_then(|serve| serve.draft_model.as_ref()).map(&mut net),
            second: serve.and_then(|serve| serve.decode_hardware.as_ref()).map(&mut supply),
        }
    }

    /// The figures of a plan: those of [`super::evaluate`].
    pub fn figures(&mut self, plan: &Plan) -> Figures {
        match plan.physics {
            Physics::Studio => {
                let facts = self.facts(plan);
                studio::figures(plan, &self.registry, &facts)
            }
            Physics::Mlsysim => mlsysim::figures(plan, &self.registry, self.us_average.as_deref()),
        }
    }
}

/// The figures of one plan: those of [`super::evaluate`].
pub fn figures(plan: &Plan, registry: &Registry) -> Figures {
    Workspace::new(registry).figures(plan)
}
