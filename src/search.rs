//! Walking a design space and finding things by name.
//!
//! | part | what it does |
//! | --- | --- |
//! | [`fuzzy`] | candidates by the letters of a query |

pub mod fuzzy;
