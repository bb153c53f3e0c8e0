//! Reading, saving and following files.
