//! Walking a design space and finding things by name.
//!
//! | part | what it does |
//! | --- | --- |
//! | [`axis`] | a field and the values it takes |
//! | [`fuzzy`] | candidates by the letters of a query |
//! | [`pareto`] | points that no other point beats |
//! | [`points`] | a space of plans, and the numbers of each of its points |
//! | [`run`] | walking a space on several threads |

pub mod axis;
pub mod fuzzy;
pub mod pareto;
pub mod points;
pub mod run;
