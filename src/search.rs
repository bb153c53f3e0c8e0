//! Walking a design space and finding things by name.
//!
//! | part | what it does |
//! | --- | --- |
//! | [`axis`] | a field and the values it takes |
//! | [`fuzzy`] | candidates by the letters of a query |
//! | [`points`] | a space of plans, and the numbers of each of its points |

pub mod axis;
pub mod fuzzy;
pub mod points;
