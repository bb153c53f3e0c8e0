//! The registry browser: what is listed, and what Enter writes into the plan.

use crate::registry::{Kind, Physics};
use crate::search::fitting::Fit;
use crate::search::fuzzy;
use crate::studio::app::App;

/// A shelf of the browser.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ShelfOf {
    /// One kind of entry, all of it.
    Kind(Kind),
    /// Data sets among the systems.
    DataSets,
    /// The systems that are no data sets.
    Systems,
}

/// The shelves in their order, with their names.
pub const SHELVES: [(&str, ShelfOf); 7] = [
    ("accelerators", ShelfOf::Kind(Kind::Hardware)),
    ("models", ShelfOf::Kind(Kind::Models)),
    ("regions", ShelfOf::Kind(Kind::Grids)),
    ("nodes", ShelfOf::Kind(Kind::Nodes)),
    ("data sets", ShelfOf::DataSets),
    ("prices", ShelfOf::Kind(Kind::Prices)),
    ("systems", ShelfOf::Systems),
];

impl ShelfOf {
    /// The registry's kind.
    pub fn kind(self) -> Kind {
        match self {
            ShelfOf::Kind(kind) => kind,
            ShelfOf::DataSets | ShelfOf::Systems => Kind::Systems,
        }
    }
}

/// The state of the browser.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Browser {
    /// Which of [`SHELVES`].
    pub shelf: usize,
    /// What is searched for.
    pub query: String,
    /// The selected line.
    pub selected: usize,
    /// First line of the facts shown.
    pub scroll: usize,
    /// Whether the view was opened at an entry, which then stays selected when the order changes.
    pub at_entry: bool,
}

/// A line of the list.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// Registry id.
    pub id: String,
    /// Display name.
    pub name: String,
    /// Group.
    pub group: String,
    /// What it would do in the present plan, where that is known.
    pub fit: Option<Fit>,
    /// Letters of `id` that the query matched, as indices into its grapheme clusters.
    pub matched: Vec<usize>,
}

impl Browser {
    /// The browser at an entry.
    pub fn at(app: &App, kind: Kind, id: &str) -> Browser {
        let shelf = SHELVES.iter().position(|(_, shelf)| {
            shelf.kind() == kind
                && match shelf {
                    ShelfOf::Kind(_) => true,
                    other => lines(app, *other).iter().any(|(own, ..)| own == id),
                }
        });
        let mut browser = Browser { shelf: shelf.unwrap_or(0), at_entry: true, ..Browser::default() };
        browser.selected = browser.lines(app).iter().position(|line| line.id == id).unwrap_or(0);
        browser
    }

    /// The shelf.
    pub fn shelf(&self) -> ShelfOf {
        SHELVES.get(self.shelf).map_or(ShelfOf::Kind(Kind::Hardware), |(_, shelf)| *shelf)
    }

    /// What is listed: by the query; without one accelerators by how well they suit the plan, once that is known.
    pub fn lines(&self, app: &App) -> Vec<Line> {
        let shelf = self.shelf();
        let entries = lines(app, shelf);
        let fits = (shelf == ShelfOf::Kind(Kind::Hardware)).then(|| app.fits()).flatten();
        let texts: Vec<String> =
            entries.iter().map(|(id, name, group)| format!("{id} {name} {group}")).collect();
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let mut list: Vec<Line> = fuzzy::rank(&self.query, &texts)
            .into_iter()
            .filter_map(|found| {
                let (id, name, group) = entries.get(found.index)?.clone();
                let length = id.chars().count();
                let matched = if self.query.trim().is_empty() { Vec::new() } else { found.positions };
                let matched = matched.into_iter().filter(|at| *at < length).collect();
                let fit = fits.and_then(|fits| fits.iter().find(|fit| fit.id == id).cloned());
                Some(Line { id, name, group, fit, matched })
            })
            .collect();
        if self.query.trim().is_empty()
            && let Some(fits) = fits
        {
            let place = |id: &str| fits.iter().position(|fit| fit.id == id).unwrap_or(usize::MAX);
            list.sort_by_cached_key(|line| place(&line.id));
        }
        list
    }

    /// The edits that put an entry into the plan, or why there are none.
    pub fn edits(&self, app: &App, id: &str) -> Result<Vec<(String, String)>, String> {
        let id = crate::plan::edit::scalar(id);
        let one = |path: &str| Ok(vec![(path.to_owned(), id.clone())]);
        match self.shelf() {
            ShelfOf::Kind(Kind::Hardware) => one("hardware.name"),
            ShelfOf::Kind(Kind::Models) => one("workload.name"),
            ShelfOf::Kind(Kind::Grids) => one("ops.region"),
            ShelfOf::DataSets => one("data.dataset"),
            ShelfOf::Kind(Kind::Nodes) => {
                let node = app
                    .reading
                    .registry_or(&app.registry)
                    .node(app.profile(), &id)
                    .map_err(|_| format!("the registry has no node {id}"))?;
                Ok(vec![
                    ("hardware.name".into(), crate::plan::edit::scalar(&node.facts.accelerator)),
                    ("hardware.accelerators_per_node".into(), node.facts.accelerators_per_node.to_string()),
                ])
            }
            ShelfOf::Kind(Kind::Prices | Kind::Systems) | ShelfOf::Systems => {
                Err("a plan has no field that takes this entry; the engine reads it by itself".into())
            }
        }
    }
}

/// Id, name and group of a shelf's entries.
fn lines(app: &App, shelf: ShelfOf) -> Vec<(String, String, String)> {
    let mut list = app.reading.registry_or(&app.registry).list(shelf.kind());
    match shelf {
        ShelfOf::Kind(_) => {}
        ShelfOf::DataSets => list.retain(|(_, _, group)| group == "dataset"),
        ShelfOf::Systems => list.retain(|(_, _, group)| group != "dataset"),
    }
    list
}

impl App {
    /// The profile of the plan, or the one that was asked for.
    pub fn profile(&self) -> Physics {
        self.physics.or(self.reading.plan.as_ref().map(|plan| plan.physics)).unwrap_or_default()
    }

    /// What every accelerator would do in the plan, once that is known for the present text.
    pub fn fits(&self) -> Option<&[Fit]> {
        let (revision, fits) = self.fits.as_ref()?;
        (*revision == self.editor.revision()).then_some(fits.as_slice())
    }
}
