//! Walking a design space and finding things by name.
//!
//! | part | what it does |
//! | --- | --- |
//! | [`attribution`] | which edit explains which change |
//! | [`axis`] | a field and the values it takes |
//! | [`fitting`] | every accelerator and every place, each put into one plan |
//! | [`fuzzy`] | candidates by the letters of a query |
//! | [`money`] | cost over time and under other prices |
//! | [`pareto`] | points that no other point beats |
//! | [`points`] | a space of plans, and the numbers of each of its points |
//! | [`run`] | walking a space on several threads |

pub mod attribution;
pub mod axis;
pub mod fitting;
pub mod fuzzy;
pub mod money;
pub mod pareto;
pub mod points;
pub mod run;
