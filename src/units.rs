//! Quantities on `uom` with the base dimensions of this field, and the reader for how people write them.
//! Nothing else imports `uom`.
