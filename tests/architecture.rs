//! Which module may use which.
