//! Reading plans: what is accepted, what is said.
