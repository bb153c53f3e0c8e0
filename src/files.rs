//! Files: reading with clear refusals, atomic saving, following a file that other programs change.
