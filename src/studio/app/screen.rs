//! The views that fill the screen: registry, derivation, comparison, money, export.

mod browser;
mod comparison;
mod derivation;
mod export;

pub use browser::{Browser, Line, SHELVES, ShelfOf};
pub use comparison::{Comparison, Rival};
pub use derivation::{Derivation, Row};
pub use export::{Export, Format};

use crate::search::fitting::{Place, Rank};

use super::App;

/// A view that fills the screen.
#[derive(Debug, Clone, PartialEq)]
pub enum Screen {
    /// The registry.
    Registry(Browser),
    /// Where figures come from.
    Derivation(Derivation),
    /// Plans side by side.
    Comparison(Comparison),
    /// Money and carbon.
    Money(MoneyView),
    /// Writing a report.
    Export(Export),
}

/// The state of the money view.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct MoneyView {
    /// What places are ranked by.
    pub rank: Rank,
    /// The selected place.
    pub selected: usize,
}

impl MoneyView {
    /// The places in their order, once they are known for the present text.
    pub fn places(self, app: &App) -> Vec<Place> {
        let Some((_, money)) = app.money.as_ref().filter(|(revision, _)| *revision == app.editor.revision())
        else {
            return Vec::new();
        };
        let mut places = money.regions.clone();
        if self.rank != Rank::Cost {
            let rented = app.report.as_ref().and_then(|report| report.tco.as_ref());
            let rented = rented.is_some_and(|tco| tco.terms.iter().any(|term| term.key == "rent_usd"));
            crate::search::fitting::sort(&mut places, self.rank, rented);
        }
        places
    }
}
