//! Walking a design space and finding things by name.
//!
//! | part | what it does |
//! | --- | --- |
//! | [`attribution`] | which edit explains which change |
//! | [`axis`] | a field and the values it takes |
//! | [`explore`] | a space as a cloud over two figures, finer with time |
//! | [`fitting`] | every accelerator and every place, each put into one plan |
//! | [`fuzzy`] | candidates by the letters of a query |
//! | [`limits`] | bounds on metrics typed for a search, beside those of the plan |
//! | [`money`] | cost over time and under other prices |
//! | [`optimize`] | the best designs of a space |
//! | [`pareto`] | points that no other point beats |
//! | [`points`] | a space of plans, and the numbers of each of its points |
//! | [`run`] | walking a space on several threads |
//! | [`tally`] | what became of the points, counted |

pub mod attribution;
pub mod axis;
pub mod explore;
pub mod fitting;
pub mod fuzzy;
pub mod limits;
pub mod money;
pub mod optimize;
pub mod pareto;
pub mod points;
pub mod run;
pub mod tally;
